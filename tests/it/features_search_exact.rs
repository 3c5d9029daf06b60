//! The rows of the feature table on search that brute force can check: who is within a radius, how far, in which order, on every
//! page.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use geo::{Distance, Haversine};
use provider_directory::{
    domain::provider::{Location, Provider},
    index::{Index, schema::Handle},
    intake::generate,
    query,
    vocab::{LocationId, Position, ProviderId, place::Point, terms::PositionQuality},
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use super::{
    features_search::{ids, search},
    features_search_filters::peopled,
    house::noon,
    lexicon::LEXICON,
};

const KM_PER_MILE: f64 = 1.609_344;

/// An index over providers, without a store.
struct Shelf {
    index: Index,
    rows: Vec<Provider>,
    _folder: tempfile::TempDir,
}

impl Shelf {
    fn of(rows: Vec<Provider>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path(), Handle::embedded()).expect("an index");
        index.set_reference(generate::reference());
        let mut rebuild = index.rebuild().expect("a rebuild");
        for provider in &rows {
            rebuild.add(provider.clone(), noon().date_naive()).expect("added");
        }
        rebuild.seal(Position { xid: 1, id: 1 }, 42).expect("sealed");
        rebuild.swap().expect("swapped");
        Self {
            index,
            rows,
            _folder: folder,
        }
    }

    /// Every row of every page: the provider, its place and how far that is.
    fn walk(&self, parameters: &[(&str, String)]) -> Vec<(ProviderId, Option<LocationId>, Option<f64>)> {
        let snapshot = self.index.snapshot();
        let mut rows = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let mut pairs: Vec<_> = parameters
                .iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone()))
                .collect();
            pairs.push(("limit".to_owned(), "100".to_owned()));
            pairs.extend(cursor.take().map(|at| ("cursor".to_owned(), at)));
            let request = query::Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
            let answer = query::search(&snapshot, &request, noon()).expect("an answer");
            let of = |card: &query::Card<'_>| {
                (
                    ProviderId(card.id),
                    card.location.as_ref().map(|l| LocationId(l.id)),
                    card.distance_miles,
                )
            };
            rows.extend(answer.cards().iter().map(of));
            cursor = answer.next_cursor.clone();
            if cursor.is_none() {
                assert_eq!(answer.total.map(|t| t.value), Some(rows.len() as u64), "{parameters:?}");
                return rows;
            }
        }
    }
}

fn invented(count: u64) -> Vec<Provider> {
    generate::providers(count, 5).map(|p| p.to_provider(&LEXICON)).collect()
}

fn miles(from: (f64, f64), to: Point) -> f64 {
    let (from, to) = (geo::Point::new(from.1, from.0), geo::Point::new(to.lon(), to.lat()));
    Haversine.distance(from, to) / 1000.0 / KM_PER_MILE
}

/// The nearest place of a provider that lies within a radius.
fn nearest(provider: &Provider, from: (f64, f64), radius: f64) -> Option<f64> {
    let points = provider.locations.iter().filter_map(|location| location.point);
    points
        .map(|point| miles(from, point))
        .filter(|miles| *miles <= radius)
        .min_by(f64::total_cmp)
}

/// 1.04: for 1,000 random centres the set of the index is the set of brute-force haversine, in miles and in kilometres.
#[test]
fn feature_1_04_the_set_within_a_radius_is_that_of_brute_force() {
    let shelf = Shelf::of(invented(3_000));
    let mut dice = ChaCha8Rng::seed_from_u64(104);
    for round in 0..1_000 {
        // Half of the centres lie at a provider, so that the small radii have something in them.
        let at = shelf.rows[dice.random_range(0..shelf.rows.len())]
            .locations
            .first()
            .and_then(|l| l.point);
        let from = match at.filter(|_| round % 2 == 0) {
            Some(point) => (point.lat(), point.lon()),
            None => (dice.random_range(18.0..65.0), dice.random_range(-160.0..-66.0)),
        };
        let radius: f64 = [0.5, 3.0, 12.5, 40.0, 150.0][dice.random_range(0..5)];
        let (given, unit) = if round % 3 == 0 {
            (radius * KM_PER_MILE, "km")
        } else {
            (radius, "mi")
        };
        let parameters = [
            ("near", format!("{},{}", from.0, from.1)),
            ("radius", given.to_string()),
            ("unit", unit.to_owned()),
        ];
        let set: BTreeSet<ProviderId> = shelf.walk(&parameters).into_iter().map(|row| row.0).collect();
        let (mut sure, mut edge) = (BTreeSet::new(), BTreeSet::new());
        for provider in &shelf.rows {
            match nearest(provider, from, radius + 0.001) {
                Some(miles) if miles <= radius - 0.001 => drop(sure.insert(provider.id)),
                Some(_) => drop(edge.insert(provider.id)), // Within a metre and a half of the rim: rounding may decide.
                None => {}
            }
        }
        assert!(sure.is_subset(&set), "missing at {from:?} {radius} mi");
        assert!(
            set.difference(&sure).all(|id| edge.contains(id)),
            "too many at {from:?} {radius} mi"
        );
    }
}

fn moved(provider: &mut Provider, to: &[(f64, f64)]) {
    let template = provider.locations[0].clone();
    let place = |(n, (lat, lon)): (usize, &(f64, f64))| Location {
        id: LocationId(uuid::Uuid::from_u128(provider.id.0.as_u128() ^ (n as u128 + 1) << 40)),
        point: Some(Point::from_degrees(*lat, *lon).expect("on the globe")),
        position_quality: PositionQuality::Given,
        ..template.clone()
    };
    provider.locations = to.iter().enumerate().map(place).collect();
    provider.participations.clear();
}

/// 1.05: the distance of each hit and the order by it are those of brute-force haversine, at the provider's nearest place,
/// across the date line and around the poles too.
#[test]
fn feature_1_05_distances_and_their_order_are_exact_everywhere() {
    let mut rows = invented(800);
    let mut dice = ChaCha8Rng::seed_from_u64(105);
    for provider in rows.iter_mut().take(400) {
        let places = (0..dice.random_range(1..4)).map(|_| match dice.random_range(0..3) {
            0 => (
                dice.random_range(-17.0..-15.0),
                [179.0, -180.0][dice.random_range(0..2)] + dice.random_range(0.0..1.0),
            ),
            1 => (dice.random_range(87.0..=90.0), dice.random_range(-180.0..180.0)),
            _ => (dice.random_range(-90.0..=-88.0), dice.random_range(-180.0..180.0)),
        });
        let places = places.collect::<Vec<_>>();
        moved(provider, &places);
    }
    let shelf = Shelf::of(rows);
    let mut centres = vec![
        (-16.0, 180.0),
        (-16.0, -179.99),
        (-16.2, 179.99),
        (90.0, 0.0),
        (89.9, 135.0),
        (-89.5, -77.0),
        (-90.0, 10.0),
        (40.75, -73.99),
    ];
    centres.extend((0..40).map(|_| (dice.random_range(-90.0..90.0), dice.random_range(-180.0..180.0))));
    for from in centres {
        let parameters = [
            ("near", format!("{},{}", from.0, from.1)),
            ("radius", "12000".to_owned()),
            ("sort", "distance".to_owned()),
        ];
        let rows = shelf.walk(&parameters);
        let known: HashMap<ProviderId, &Provider> = shelf.rows.iter().map(|p| (p.id, p)).collect();
        let mut last = 0.0;
        for (provider, location, told) in &rows {
            let provider = known[provider];
            let exact = nearest(provider, from, f64::MAX).expect("a place");
            let told = told.expect("a distance");
            assert!((told - exact).abs() < 0.006, "{told} is not {exact} from {from:?}");
            let at = provider
                .locations
                .iter()
                .find(|l| Some(l.id) == *location)
                .and_then(|l| l.point);
            assert!(
                miles(from, at.expect("its point")) - exact < 0.001,
                "not its nearest place"
            );
            assert!(
                exact >= last - 0.001,
                "out of order: {exact} after {last} from {from:?}"
            );
            last = exact;
        }
        let within = shelf.rows.iter().filter(|p| nearest(p, from, 12_000.0).is_some());
        assert_eq!(rows.len(), within.count(), "{from:?}");
    }
}

/// 1.35: each order twice is the same, row by row, and ties break by id.
#[test]
fn feature_1_35_two_identical_runs_give_the_same_order() {
    let shelf = Shelf::of(invented(1_200));
    for sort in ["relevance", "distance", "name", "verified"] {
        let parameters = [
            ("near", "40.75,-73.99".to_owned()),
            ("radius", "12000".to_owned()),
            ("sort", sort.to_owned()),
        ];
        let (once, again) = (shelf.walk(&parameters), shelf.walk(&parameters));
        assert!(once.len() > 1_100, "{}", once.len());
        assert_eq!(once, again, "{sort}");
    }
    let known: HashMap<ProviderId, &Provider> = shelf.rows.iter().map(|p| (p.id, p)).collect();
    let by_name = shelf.walk(&[("sort", "name".to_owned())]);
    let keys = by_name
        .iter()
        .map(|row| (known[&row.0].name.sort_key(), row.0))
        .collect::<Vec<_>>();
    assert!(keys.is_sorted(), "by name, then by id");
    let by_day = shelf.walk(&[("sort", "verified".to_owned())]);
    let days = by_day
        .iter()
        .map(|row| (std::cmp::Reverse(known[&row.0].verified_at), row.0))
        .collect::<Vec<_>>();
    assert!(days.is_sorted(), "lately verified first, then by id");
}

/// 1.37: all pages of a large result: their union is the total, nothing comes twice, in the default order and by distance.
#[tokio::test(flavor = "multi_thread")]
async fn feature_1_37_every_page_to_the_last_hit() {
    let site = peopled(3_000).await;
    for query in ["limit=100", "limit=100&near=40.75,-73.99&radius=12000&sort=distance"] {
        let (mut seen, mut pages, mut cursor) = (BTreeSet::new(), 0, String::new());
        let mut total = 0;
        loop {
            let answer = search(&site, &format!("{query}{cursor}&fields=id")).await;
            total = answer["total"]["value"].as_u64().expect("a total").max(total);
            pages += 1;
            for id in ids(&answer) {
                assert!(seen.insert(id), "one came twice on page {pages} of {query}");
            }
            match answer["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => break,
            }
        }
        // Whoever was on an earlier page is passed over, not tested again.
        let last = search(&site, &format!("{query}{cursor}&count=none&explain=true")).await;
        let tested = last["explain"]["looked_at"]["documents"].as_u64().expect("a number");
        assert!(tested < total / 3, "{tested} of {total} on the last page of {query}");
        assert_eq!((seen.len() as u64, pages), (total, total.div_ceil(100)), "{query}");
        assert!(total >= 2_900, "{total}");
    }
}

/// 1.38: one row for a provider with its other places counted, or one for each place: both ways tell the same.
#[test]
fn feature_1_38_rows_for_providers_and_rows_for_locations_agree() {
    let shelf = Shelf::of(invented(1_500));
    let snapshot = shelf.index.snapshot();
    for parameters in [
        &[][..],
        &[("state", "CA")],
        &[("telehealth", "true")],
        &[("near", "34.05,-118.24"), ("radius", "50")],
    ] {
        let total = |group: &str| {
            let pairs = parameters.iter().copied().chain([("group", group), ("limit", "100")]);
            let pairs = pairs.map(|(a, b)| (a.to_owned(), b.to_owned())).collect::<Vec<_>>();
            let request = query::Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
            query::search(&snapshot, &request, noon()).expect("an answer")
        };
        let of = |group: &str| {
            let mut all = parameters
                .iter()
                .map(|(a, b)| (*a, (*b).to_owned()))
                .collect::<Vec<_>>();
            all.push(("group", group.to_owned()));
            shelf.walk(&all)
        };
        let (providers, locations) = (of("provider"), of("location"));
        let mut places: BTreeMap<ProviderId, usize> = BTreeMap::new();
        for row in &locations {
            *places.entry(row.0).or_default() += 1;
        }
        assert!(!locations.is_empty());
        assert_eq!(
            places.keys().copied().collect::<BTreeSet<_>>(),
            providers.iter().map(|row| row.0).collect()
        );
        for card in total("provider").cards() {
            assert_eq!(card.other_locations + 1, places[&ProviderId(card.id)], "{parameters:?}");
        }
    }
}
