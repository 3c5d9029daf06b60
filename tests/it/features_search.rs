//! The rows of the feature table on directory and search, each by the test that its row names.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use geo::{Distance, Haversine};
use provider_directory::{
    domain::provider::{Location, Provider},
    index::{Index, schema::Handle},
    intake::{generate, load},
    query::{self, request::PARAMETERS},
    vocab::{
        LocationId, Npi, Position, ProviderId,
        place::Point,
        terms::{Accessibility, PositionQuality},
    },
};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};

use super::{house::noon, http_site::Site, lexicon::LEXICON};

const KM_PER_MILE: f64 = 1.609_344;

/// A person with this last name, and whatever else there is to say.
fn person(last: &str, more: Value) -> Value {
    let mut person = json!({"kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": last});
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        person[name] = value;
    }
    person
}

fn npi(n: u64) -> String {
    Npi::from_base(100_000_000 + n).to_string()
}

/// The answer to a search that must be understood.
async fn search(site: &Site, query: &str) -> Value {
    let answer = site.get(&format!("/providers/search?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.json()
}

fn ids(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().expect("results");
    results
        .iter()
        .map(|card| card["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Who is found, in order.
async fn found(site: &Site, query: &str) -> Vec<String> {
    ids(&search(site, query).await)
}

/// The ids of providers as they were created.
fn id(created: &Value) -> String {
    created["id"].as_str().expect("an id").to_owned()
}

/// Writes as the administrator and waits until a search sees it.
async fn written(site: &Site, method: &str, path: &str, body: Value) -> Value {
    let answer = site.write(method, path, Some("*"), body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text);
    let at = answer.header("x-position");
    let seen = site.get(&format!("/providers/search?limit=1&min_position={at}")).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    answer.json()
}

async fn activate(site: &Site, npis: &[&str]) {
    let roster = json!({"npis": npis, "source": "roster of a test", "decided": "2026-10-01"});
    let done = written(site, "POST", "/credentialing-requests/delegated", roster).await;
    assert_eq!(done["approved"], npis.len());
}

/// 1.01: full text over name, organisation, specialty: of 20 providers, the one with the surname is first, HTTP 200.
#[tokio::test]
async fn feature_1_01_a_surname_an_organisation_and_a_specialty_are_found_in_one_box() {
    let site = Site::open().await;
    let surnames = [
        "Abernathy",
        "Blackwood",
        "Carmichael",
        "Dumont",
        "Eriksson",
        "Fairbanks",
        "Goldstein",
        "Hathaway",
        "Ivanov",
        "Jablonski",
        "Kowalczyk",
        "Lindqvist",
        "Montague",
        "Nakamura",
        "Oyelaran",
        "Pemberton",
        "Quesada",
        "Rosenthal",
    ];
    for (n, last) in (0..).zip(surnames) {
        site.person(person(
            last,
            json!({"npi": npi(n), "specialties": [{"code": "208000000X"}]}),
        ))
        .await;
    }
    let clinic = json!({"kind": "organization", "category": "clinic", "organization_name": "Willow Creek Clinic", "npi": npi(18)});
    site.person(clinic).await;
    site.person(person("Zimmermann", json!({"npi": npi(19), "specialty": "CARDIOLOGY"})))
        .await;
    for (n, last) in (0..).zip(surnames) {
        let answer = search(&site, &format!("q={}", last.to_lowercase())).await;
        assert_eq!(answer["results"][0]["npi"], npi(n), "{last}");
    }
    assert_eq!(search(&site, "q=willow+creek").await["results"][0]["npi"], npi(18));
    let cardiologists = search(&site, "q=cardiologist").await;
    assert_eq!(
        (&cardiologists["results"][0]["npi"], &cardiologists["total"]["value"]),
        (&json!(npi(19)), &json!(1))
    );
}

/// 1.02: ten digits give exactly one hit; `npi=` with a wrong check digit is a typed 400, in `q` a hint beside the answer;
/// a prefix is allowed in typeahead.
#[tokio::test]
async fn feature_1_02_an_npi_is_a_key() {
    let site = Site::open().await;
    for n in 0..12 {
        site.house.provider(&format!("Keyes{n}"), Some(&npi(n))).await;
    }
    site.person(person("Keyeslast", json!({"npi": "1234567893"}))).await;
    for query in ["q=1234567893", "npi=1234567893"] {
        let answer = search(&site, query).await;
        assert_eq!(
            (&answer["total"]["value"], &answer["results"][0]["npi"]),
            (&json!(1), &json!("1234567893")),
            "{query}"
        );
    }
    let refused = site.get("/providers/search?npi=1234567890").await;
    assert_eq!(
        (refused.status, refused.fault()),
        (StatusCode::BAD_REQUEST, ("npi".to_owned(), "check_digit".to_owned()))
    );
    assert!(refused.text.contains("should be 3"), "{}", refused.text);
    let hinted = site.get("/providers/search?q=1234567890").await;
    assert_eq!(hinted.status, 200);
    assert!(hinted.text.contains("should be 3"), "{}", hinted.text);
    for typed in ["12", "12345", "1234567893"] {
        let told = site.get(&format!("/providers/suggest?q={typed}")).await.json();
        let values = told["suggestions"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|s| s["value"].clone());
        assert!(
            values.collect::<Vec<_>>().contains(&json!("1234567893")),
            "{typed}: {told}"
        );
    }
    let told = site.get("/providers/suggest?q=10000&limit=20").await.json();
    let of_people = told["suggestions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|s| s["type"] == "provider");
    assert_eq!(of_people.count(), 12, "{told}");
}

/// 1.03: `CARDIOLOGY`, `207RC0000X` and "Cardiovascular Disease" give the same set; an unknown code is a 400 with suggestions.
#[tokio::test]
async fn feature_1_03_a_specialty_in_three_ways_is_one_set() {
    let site = Site::open().await;
    let mut hearts = BTreeSet::new();
    for (n, words) in (0..).zip(["CARDIOLOGY", "207RC0000X", "Cardiovascular Disease"]) {
        hearts.insert(id(&site
            .person(person(&format!("Heart{n}"), json!({"specialty": words})))
            .await));
    }
    site.person(person("Skin", json!({"specialty": "Dermatology"}))).await;
    for query in ["CARDIOLOGY", "207RC0000X", "Cardiovascular+Disease", "cardiology"] {
        let set = found(&site, &format!("specialty={query}")).await;
        assert_eq!(set.into_iter().collect::<BTreeSet<_>>(), hearts, "{query}");
    }
    let refused = site.get("/providers/search?specialty=cardiolgy").await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().1.as_str()),
        (400, "unknown_specialty")
    );
    assert!(
        refused.text.contains("did you mean") && refused.text.to_lowercase().contains("cardiology"),
        "{}",
        refused.text
    );
    let refused = site
        .write(
            "POST",
            "/providers",
            None,
            person("Odd", json!({"specialty": "cardiolgy"})),
        )
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (400, "specialty")
    );
}

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

/// 1.06: each status gives only its own; without the filter all are found, each labelled.
#[tokio::test]
async fn feature_1_06_each_status_gives_only_its_own() {
    let site = Site::open().await;
    for n in 0..3 {
        site.person(person("Statusson", json!({"npi": npi(n)}))).await;
    }
    activate(&site, &[&npi(1), &npi(2)]).await;
    written(
        &site,
        "POST",
        &format!("/providers/{}/deactivate", npi(2)),
        json!({"reason": "retired"}),
    )
    .await;
    for (n, status) in (0..).zip(["PENDING", "ACTIVE", "INACTIVE"]) {
        let answer = search(&site, &format!("name=Statusson&network_status={status}")).await;
        assert_eq!(
            (&answer["total"]["value"], &answer["results"][0]["npi"]),
            (&json!(1), &json!(npi(n))),
            "{status}"
        );
    }
    let all = search(&site, "name=Statusson").await;
    let labels = all["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|c| c["network_status"].as_str().expect("a label"));
    assert_eq!(
        labels.collect::<BTreeSet<_>>(),
        BTreeSet::from(["ACTIVE", "INACTIVE", "PENDING"])
    );
    assert_eq!(
        search(&site, "network_status=PENDING&network_status=ACTIVE").await["total"]["value"],
        2
    );
}

/// 1.07: a provider with `address.extension.languages = ["es"]` is found by `language=es` and by "Spanish".
#[tokio::test]
async fn feature_1_07_languages_are_read_from_the_extension_of_the_address() {
    let site = Site::open().await;
    let address = |languages: Value| json!({"address": {"line1": "1 Main St", "extension": {"languages": languages}}});
    let spanish = site.person(person("Lingua", address(json!(["es"])))).await;
    assert_eq!(
        (&spanish["languages"], &spanish["address"]["extension"]["languages"]),
        (&json!(["es"]), &json!(["es"]))
    );
    site.person(person("Muta", json!({}))).await;
    for language in ["es", "Spanish", "spanish", "ES"] {
        assert_eq!(
            found(&site, &format!("language={language}")).await,
            [id(&spanish)],
            "{language}"
        );
    }
    let path = format!("/providers/{}", id(&spanish));
    written(&site, "PATCH", &path, address(json!(["Vietnamese"]))).await;
    assert_eq!(found(&site, "language=es").await, [""; 0]);
    assert_eq!(found(&site, "language=vi").await, [id(&spanish)]);
    let refused = site
        .write("PATCH", &path, Some("*"), address(json!(["Klingonese"])))
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (400, "address.extension.languages[0]")
    );
}

/// 1.08: `/admin/index` tells the alias `provider.providers` and the live generation behind it; so does the health output.
#[tokio::test]
async fn feature_1_08_the_alias_leads_to_the_live_generation() {
    let site = Site::open().await;
    let before = site.get("/admin/index").await.json();
    assert_eq!(before["alias"], "provider.providers");
    assert_eq!(site.get("/readyz").await.json()["index"]["alias"], "provider.providers");
    site.write("POST", "/admin/index/rebuild", None, json!({})).await;
    let generation = |told: &Value| told["generation"].as_u64().expect("a number");
    for _ in 0..2_000 {
        if generation(&site.get("/admin/index").await.json()) > generation(&before) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the alias still leads to generation {}", generation(&before));
}

/// 1.09: `near=10013&radius=5` is the query by latitude and longitude at that ZIP's centroid; city, state and county are
/// places too.
#[tokio::test]
async fn feature_1_09_a_zip_is_its_centroid() {
    let site = Site::open().await;
    for (n, (city, state, zip)) in (0..).zip([
        ("New York", "NY", "10013"),
        ("New York", "NY", "10001"),
        ("Brooklyn", "NY", "11201"),
        ("Jersey City", "NJ", "07302"),
        ("Houston", "TX", "77030"),
        ("Yonkers", "NY", "10701"),
    ]) {
        let place = json!({"locations": [{"city": city, "state": state, "postal_code": zip}]});
        site.person(person(&format!("Place{n}"), place)).await;
    }
    let by_zip = search(&site, "near=10013&radius=5").await;
    let place = &by_zip["interpreted"]["place"];
    let by_point = search(&site, &format!("near={},{}&radius=5", place["lat"], place["lon"])).await;
    let told = |answer: &Value| {
        answer["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|c| (c["id"].clone(), c["distance_miles"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&by_zip), told(&by_point));
    assert!((3..=4).contains(&told(&by_zip).len()), "{by_zip}");
    assert_eq!(search(&site, "city=new+york&state=NY").await["total"]["value"], 2);
    assert_eq!(search(&site, "state=Texas").await["total"]["value"], 1);
    assert_eq!(search(&site, "county=Kings&state=NY").await["total"]["value"], 1);
    assert_eq!(search(&site, "near=Houston,+TX&radius=15").await["total"]["value"], 1);
    assert_eq!(search(&site, "postal_code=10001").await["total"]["value"], 1);
}

/// 1.13: "card" suggests Cardiology and people named Card..., each typed; places too; from the first character on.
#[tokio::test]
async fn feature_1_13_completions_are_typed_and_begin_at_the_first_character() {
    let site = Site::open().await;
    site.person(person("Cardoso", json!({"npi": npi(1)}))).await;
    let clinic = json!({"kind": "organization", "category": "clinic", "organization_name": "Cardinal Health Partners"});
    site.person(clinic).await;
    let told = site.get("/providers/suggest?q=card&limit=12").await.json();
    let of = |told: &Value, kind: &str| {
        let list = told["suggestions"].as_array().expect("a list").iter();
        list.filter(|s| s["type"] == kind)
            .map(|s| s["text"].as_str().expect("a text").to_lowercase())
            .collect::<Vec<_>>()
    };
    assert!(of(&told, "specialty").contains(&"cardiologist".to_owned()), "{told}");
    assert_eq!(of(&told, "provider"), ["jane cardoso"], "{told}");
    assert_eq!(of(&told, "organization"), ["cardinal health partners"], "{told}");
    for typed in ["c", "ca"] {
        let told = site.get(&format!("/providers/suggest?q={typed}&limit=12")).await.json();
        assert!(
            !of(&told, "specialty").is_empty() && !of(&told, "provider").is_empty() && !of(&told, "place").is_empty(),
            "{told}"
        );
    }
    let told = site.get("/providers/suggest?q=hous").await.json();
    assert!(of(&told, "place").contains(&"houston, tx".to_owned()), "{told}");
}

/// 1.18: `obrien`, `O'Brien`, `OBRIEN` are one set; `munoz` is `Muñoz`; hyphens, suffixes and credentials don't matter.
#[tokio::test]
async fn feature_1_18_a_name_is_found_however_it_is_written() {
    let site = Site::open().await;
    let mut all = Vec::new();
    for name in [
        json!({"last_name": "O'Brien"}),
        json!({"last_name": "OBRIEN"}),
        json!({"last_name": "O’Brien"}),
        json!({"last_name": "Muñoz"}),
        json!({"last_name": "MUNOZ"}),
        json!({"last_name": "Garcia-Lopez", "suffix": "Jr.", "credential": "M.D., FACC"}),
    ] {
        all.push(id(&site.person(person("", name)).await));
    }
    let set = |of: &[usize]| of.iter().map(|n| all[*n].clone()).collect::<BTreeSet<_>>();
    for (queries, of) in [
        (&["obrien", "O'Brien", "OBRIEN", "o%E2%80%99brien"][..], &[0, 1, 2][..]),
        (&["munoz", "Mu%C3%B1oz", "MUNOZ", "Mun%CC%83oz"][..], &[3, 4][..]),
        (
            &[
                "garcia-lopez",
                "Garcia+Lopez",
                "GARCIA-LOPEZ+JR",
                "Garcia-Lopez,+MD",
                "Garcia-Lopez+Jr.+M.D.",
            ][..],
            &[5][..],
        ),
    ] {
        for query in queries {
            for parameter in ["name", "q"] {
                let found: BTreeSet<_> = found(&site, &format!("{parameter}={query}"))
                    .await
                    .into_iter()
                    .collect();
                assert_eq!(found, set(of), "{parameter}={query}");
            }
        }
    }
}

/// 1.19: a maiden name finds the provider, and the hit says that it was a former name.
#[tokio::test]
async fn feature_1_19_former_and_business_names_find_their_bearer() {
    let site = Site::open().await;
    let married = json!({"other_names": [{"type_code": 1, "first": "Jane", "last": "Maidenhead"}]});
    let married = id(&site.person(person("Marriott", married)).await);
    let clinic = json!({"kind": "organization", "category": "clinic", "organization_name": "Harris Holdings LLC",
        "other_names": [{"type_code": 3, "organization": "Sunny Smiles"}]});
    let clinic = id(&site.person(clinic).await);
    for (query, who, how) in [
        ("name=Maidenhead", &married, "former"),
        ("q=jane+maidenhead", &married, "former"),
        ("q=sunny+smiles", &clinic, "alias"),
    ] {
        let answer = search(&site, query).await;
        assert_eq!(ids(&answer), [who.as_str()], "{query}");
        assert_eq!(answer["results"][0]["matched"]["name"], how, "{query}");
    }
    assert_eq!(
        search(&site, "name=Marriott").await["results"][0]["matched"]["name"],
        "exact"
    );
}

/// A payer with networks of these names: their ids.
async fn networks(site: &Site, names: &[&str]) -> (Value, Vec<Value>) {
    let payer = json!({"name": "Payer", "slug": "payer", "type": "payer"});
    let payer = written(site, "POST", "/organizations", payer).await["id"].clone();
    let mut ids = Vec::new();
    for name in names {
        let network = json!({"organization_id": payer, "name": name});
        ids.push(written(site, "POST", "/networks", network).await["id"].clone());
    }
    (payer, ids)
}

async fn joins(site: &Site, provider: &str, participations: Value) {
    let path = format!("/providers/{provider}/participations");
    written(site, "PUT", &path, json!({"participations": participations})).await;
}

/// 1.24: a provider that takes new patients at A and not at B is found only with location A.
#[tokio::test]
async fn feature_1_24_new_patients_are_taken_at_one_place_and_not_at_the_other() {
    let site = Site::open().await;
    let (_, networks) = networks(&site, &["BlueChoice", "GreenCare"]).await;
    let places = json!({"npi": npi(1), "locations": [
        {"city": "Houston", "state": "TX", "postal_code": "77030", "primary": true},
        {"city": "Austin", "state": "TX", "postal_code": "78701"}]});
    let provider = site.person(person("Twoplaces", places)).await;
    activate(&site, &[&npi(1)]).await;
    let places: BTreeMap<&str, &Value> = provider["locations"]
        .as_array()
        .expect("places")
        .iter()
        .map(|l| (l["city"].as_str().expect("a city"), &l["id"]))
        .collect();
    let at = |city: &str, network: &Value, accepting: &str| json!({"network_id": network, "location_id": places[city], "status": "ACTIVE", "effective": "2026-01-01", "accepting": accepting});
    let list = json!([
        at("Houston", &networks[0], "newpt"),
        at("Austin", &networks[0], "nopt"),
        at("Austin", &networks[1], "existptonly")
    ]);
    joins(&site, &npi(1), list).await;
    for query in [
        "accepting_new_patients=true&group=location",
        "accepting_new_patients=true&network=BlueChoice",
    ] {
        let answer = search(&site, query).await;
        assert_eq!(
            (&answer["total"]["value"], &answer["results"][0]["location"]["city"]),
            (&json!(1), &json!("Houston")),
            "{query}"
        );
    }
    assert_eq!(
        search(&site, "accepting_new_patients=true&near=78701&radius=20").await["total"]["value"],
        0
    );
    assert_eq!(
        search(&site, "accepting_new_patients=true&network=GreenCare").await["total"]["value"],
        0
    );
    let closed = search(&site, "accepting_new_patients=false&group=location").await;
    assert_eq!(
        (&closed["total"]["value"], &closed["results"][0]["location"]["city"]),
        (&json!(1), &json!("Austin"))
    );
}

/// 1.25: an unknown gender never matches `M` or `F`.
#[tokio::test]
async fn feature_1_25_an_unknown_gender_matches_neither() {
    let site = Site::open().await;
    for (last, gender) in [
        ("Unknown", json!(null)),
        ("Female", json!("F")),
        ("Male", json!("M")),
        ("Other", json!("X")),
    ] {
        site.person(person(last, json!({"gender": gender}))).await;
    }
    for (gender, last) in [("F", "Female"), ("M", "Male"), ("X", "Other"), ("f", "Female")] {
        let answer = search(&site, &format!("gender={gender}")).await;
        assert_eq!(
            (&answer["total"]["value"], &answer["results"][0]["name"]),
            (&json!(1), &json!(format!("Jane {last}")))
        );
    }
    assert_eq!(search(&site, "gender=F&gender=M").await["total"]["value"], 2);
    assert_eq!(search(&site, "").await["total"]["value"], 4);
}

/// 1.26: a provider that is there by video only, without any address, is found; by state where licensed.
#[tokio::test]
async fn feature_1_26_a_virtual_provider_is_found_without_a_location() {
    let site = Site::open().await;
    let afar = json!({"specialties": [{"code": "208000000X", "license_number": "T1", "license_state": "TX"}],
        "locations": [{"telehealth": true}]});
    let afar = id(&site.person(person("Video", afar)).await);
    let clinic = json!({"locations": [{"city": "Houston", "state": "TX", "postal_code": "77030"}]});
    let clinic = id(&site.person(person("Clinic", clinic)).await);
    assert_eq!(found(&site, "telehealth=true").await, [afar.as_str()]);
    assert_eq!(found(&site, "q=telehealth").await, [afar.as_str()]);
    assert_eq!(found(&site, "telehealth=true&state=TX").await, [afar.as_str()]);
    assert_eq!(found(&site, "telehealth=true&state=NY").await, [""; 0]);
    assert_eq!(found(&site, "telehealth=false").await, [clinic.as_str()]);
    assert_eq!(
        found(&site, "near=77030&radius=10").await,
        [clinic],
        "a place filter leaves out who has none"
    );
    let card = &search(&site, "telehealth=true").await["results"][0];
    assert_eq!(
        (&card["location"]["lat"], &card["distance_miles"]),
        (&json!(null), &json!(null)),
        "{card}"
    );
}

/// 1.27: each Plan-Net code of accessibility filters.
#[tokio::test]
async fn feature_1_27_each_accessibility_code_filters() {
    let site = Site::open().await;
    let mut of = Vec::new();
    for code in Accessibility::ALL {
        let place = json!({"locations": [{"city": "Houston", "state": "TX", "postal_code": "77030", "accessibility": [code.code()]}]});
        of.push((code.code(), id(&site.person(person("Ramp", place)).await)));
    }
    site.person(person(
        "Stairs",
        json!({"locations": [{"city": "Houston", "state": "TX"}]}),
    ))
    .await;
    assert_eq!(of.len(), 7);
    for (code, who) in &of {
        assert_eq!(
            found(&site, &format!("accessibility={code}")).await,
            [who.as_str()],
            "{code}"
        );
    }
    assert_eq!(
        search(&site, "accessibility=adacomp&accessibility=pubtrans").await["total"]["value"],
        2
    );
}

/// 1.30: a provider in network N1 only is not found for a plan that uses N2; a plan's tier counts.
#[tokio::test]
async fn feature_1_30_a_plan_stands_for_its_networks_and_tiers() {
    let site = Site::open().await;
    let (payer, nets) = networks(&site, &["North", "South"]).await;
    let plan = |code: &str, used: Value| json!({"organization_id": payer, "code": code, "name": format!("Plan {code}"), "networks": used});
    for (code, used) in [
        ("P1", json!([{"network_id": nets[0]}])),
        ("P2", json!([{"network_id": nets[1]}])),
        ("GOLD", json!([{"network_id": nets[0], "tier": "GOLD"}])),
    ] {
        written(&site, "POST", "/plans", plan(code, used)).await;
    }
    let mut ids = Vec::new();
    for n in 0..4 {
        let place = json!({"npi": npi(n), "locations": [{"city": "Houston", "state": "TX", "postal_code": "77030"}]});
        ids.push(id(&site.person(person("Member", place)).await));
    }
    activate(&site, &[&npi(0), &npi(1), &npi(2)]).await;
    let of = |network: &Value, tier: Value| json!([{"network_id": network, "tier": tier, "status": "ACTIVE", "effective": "2026-01-01"}]);
    joins(&site, &npi(0), of(&nets[0], json!(null))).await;
    joins(&site, &npi(1), of(&nets[1], json!(null))).await;
    joins(&site, &npi(2), of(&nets[0], json!("GOLD"))).await;
    joins(&site, &npi(3), of(&nets[0], json!(null))).await; // PENDING: in no network, whatever its participation says.
    let set = |of: &[usize]| of.iter().map(|n| ids[*n].clone()).collect::<BTreeSet<_>>();
    let north = nets[0].as_str().expect("an id");
    for (query, of) in [
        ("plan=P1", &[0, 2][..]),
        ("plan=P2", &[1][..]),
        ("plan=GOLD", &[2][..]),
        ("plan=Plan+P2", &[1][..]),
        ("network=North", &[0, 2][..]),
        (&format!("network={north}"), &[0, 2][..]),
        ("network=South", &[1][..]),
        ("plan=P1&plan=P2", &[0, 1, 2][..]),
        ("network=North&network_status=PENDING", &[3][..]),
    ] {
        assert_eq!(
            found(&site, query).await.into_iter().collect::<BTreeSet<_>>(),
            set(of),
            "{query}"
        );
    }
    let refused = site.get("/providers/search?plan=P9").await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault()),
        (400, ("plan".to_owned(), "unknown_plan".to_owned()))
    );
}

/// 1.31: those affiliated with an organisation, named by id, NPI or locator, are those that SQL finds.
#[tokio::test]
async fn feature_1_31_the_affiliated_set_is_that_of_sql() {
    let site = Site::open().await;
    let hospital =
        json!({"kind": "organization", "category": "hospital", "organization_name": "St. Luke", "npi": npi(1)});
    let hospital = site.person(hospital).await;
    let group = site
        .person(json!({"kind": "organization", "category": "group", "organization_name": "Group"}))
        .await;
    for (n, (to, role)) in (0..).zip([
        (&hospital, "admitting"),
        (&hospital, "member_of"),
        (&group, "member_of"),
        (&hospital, "covering"),
    ]) {
        site.person(person(
            &format!("Affiliate{n}"),
            json!({"affiliations": [{"to": to["id"], "role": role}]}),
        ))
        .await;
    }
    let sql = "SELECT DISTINCT a.provider_id::text FROM provider_affiliation a JOIN provider p ON p.id = a.to_provider_id WHERE p.npi = $1";
    let by_sql: Vec<String> = sqlx::query_scalar(sql)
        .bind(npi(1).parse::<i64>().expect("a number"))
        .fetch_all(&mut site.house.owner().await)
        .await
        .expect("asked");
    assert_eq!(by_sql.len(), 3);
    for key in [
        id(&hospital),
        npi(1),
        hospital["locator"].as_str().expect("a locator").to_owned(),
    ] {
        for parameter in ["affiliation", "organization"] {
            let set = found(&site, &format!("{parameter}={key}")).await;
            assert_eq!(
                set.into_iter().collect::<BTreeSet<_>>(),
                by_sql.iter().cloned().collect(),
                "{parameter}={key}"
            );
        }
    }
    assert_eq!(
        search(&site, &format!("affiliation={}", npi(2))).await["total"]["value"],
        0,
        "nobody's NPI has no members"
    );
}

/// A site with so many invented providers.
async fn peopled(count: u64) -> Site {
    let site = Site::open().await;
    load::networks(&site.house.store).await.expect("networks");
    load::synthetic(&site.house.store, &LEXICON, count, 5, noon(), |_| {})
        .await
        .expect("loaded");
    let at = site.house.settled().await;
    // A bulk load is owed for a while: single changes pass it, so `min_position` does not wait for it.
    let loaded = site.index.wait_for_all(at, Duration::from_secs(120)).await;
    assert!(loaded, "the index never had all up to {at}");
    site
}

/// Who is new comes whole: nothing was there before it, so nothing is kept of what it was, and nobody is told twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_leaves_no_history_and_the_second_changes_nothing() {
    let site = peopled(1_200).await;
    let rows = "SELECT 'kept', count(*) FROM provider_history UNION ALL SELECT 'told', count(*) FROM provider_change
        UNION ALL SELECT 'versions', sum(version)::bigint FROM provider
        UNION ALL SELECT 'members', count(*) FROM participation";
    let first = counted(&site, rows).await;
    assert_eq!((first["kept"], first["told"], first["versions"]), (0, 0, 1_200));
    load::synthetic(&site.house.store, &LEXICON, 1_200, 5, noon(), |_| {})
        .await
        .expect("loaded");
    let second = counted(&site, rows).await;
    assert_eq!(second["members"], first["members"]);
    assert_eq!((second["kept"], second["told"]), (0, 0));
}

async fn counted(site: &Site, sql: &'static str) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(sql)
        .fetch_all(&mut site.house.owner().await)
        .await
        .expect("counted");
    rows.into_iter().collect()
}

/// 1.33: kinds and categories are counted as SQL counts them, by filter and by facet.
#[tokio::test(flavor = "multi_thread")]
async fn feature_1_33_kinds_and_categories_count_as_in_sql() {
    let site = peopled(400).await;
    let facets = search(&site, "limit=1&facets=kind,category").await["facets"].clone();
    for (name, sql) in [
        ("kind", "SELECT kind, count(*) FROM provider GROUP BY 1"),
        ("category", "SELECT category, count(*) FROM provider GROUP BY 1"),
    ] {
        let by_sql = counted(&site, sql).await;
        assert!(by_sql.len() > 1, "{by_sql:?}");
        let mut by_filter = BTreeMap::new();
        for value in by_sql.keys() {
            let total = search(&site, &format!("{name}={value}&limit=1")).await["total"]["value"]
                .as_i64()
                .expect("a total");
            by_filter.insert(value.clone(), total);
        }
        assert_eq!(by_filter, by_sql);
        let by_facet = facets[name].as_array().expect("counts").iter();
        let by_facet = by_facet.map(|v| {
            (
                v["value"].as_str().expect("a value").to_owned(),
                v["count"].as_i64().expect("a count"),
            )
        });
        assert_eq!(by_facet.collect::<BTreeMap<_, _>>(), by_sql);
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

/// 1.46: every documented parameter has a value that is refused by its name.
#[tokio::test]
async fn feature_1_46_every_parameter_refuses_a_bad_value_by_name() {
    let site = Site::open().await;
    let long = "x".repeat(5_000);
    let table = [
        ("q", long.as_str()),
        ("literal", long.as_str()),
        ("name", "%21%21"),
        ("npi", "1234567890"),
        ("specialty", "basketry"),
        ("language", "klingonese"),
        ("network_status", "BUSY"),
        ("network", "Nonet"),
        ("plan", "Noplan"),
        ("near", "91,0"),
        ("radius", "0"),
        ("unit", "furlong"),
        ("bbox", "1,2,3"),
        ("polygon", "1,2;3,4"),
        ("city", "%21"),
        ("state", "QQ"),
        ("postal_code", "123"),
        ("county", "%2E"),
        ("gender", "Q"),
        ("accepting_new_patients", "maybe"),
        ("telehealth", "perhaps"),
        ("kind", "robot"),
        ("profession", "plumber"),
        ("category", ""),
        ("accessibility", "wings"),
        ("open_at", "noonish"),
        ("available_before", "someday"),
        ("organization", "nobody"),
        ("affiliation", "1234567890"),
        ("match", "psychic"),
        ("nicknames", "some"),
        ("sort", "karma"),
        ("group", "tribe"),
        ("limit", "101"),
        ("cursor", "abc"),
        ("facets", "colour"),
        ("clusters", "99"),
        ("count", "roughly"),
        ("fields", "colour"),
        ("format", "xml"),
        ("explain", "why"),
        ("min_position", "soon"),
    ];
    let named: BTreeSet<&str> = table.iter().map(|row| row.0).collect();
    assert_eq!(
        named,
        PARAMETERS.iter().copied().collect(),
        "each parameter is in the table"
    );
    for (parameter, value) in table {
        let near = if parameter == "radius" { "&near=77030" } else { "" };
        let refused = site.get(&format!("/providers/search?{parameter}={value}{near}")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.header("content-type")),
            (400, "application/problem+json"),
            "{parameter}"
        );
        assert_eq!(refused.fault().0, parameter, "{}", refused.text);
        assert_eq!(refused.json()["type"], "/problems/invalid-parameter");
        let body = json!({parameter: if parameter == "category" { json!({}) } else { json!(value.replace("%21", "!").replace("%2E", ".")) }, "near": if parameter == "near" { "91,0" } else { "77030" }});
        let posted = Request::post("/providers/search").header("content-type", "application/json");
        let posted = site
            .send(posted.body(Body::from(body.to_string())).expect("a request"))
            .await;
        assert_eq!(
            (posted.status.as_u16(), posted.fault().0.as_str()),
            (400, parameter),
            "{}",
            posted.text
        );
    }
    for unknown in ["colour", "exclude.colour", "exclude.near", "Q"] {
        let refused = site.get(&format!("/providers/search?{unknown}=1")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault()),
            (400, (unknown.to_owned(), "unknown_parameter".to_owned()))
        );
    }
}
