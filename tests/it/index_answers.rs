//! The index answers exactly what a naive scan over the rows answers: which rows, in which order, how far, how many, on
//! every page; whether a row is in the base segment, in a small one, in the overlay, replaced or removed; whoever asks, for
//! nobody and for each tenant with what is its own; and who is free when.

use proptest::prelude::*;
use provider_directory::{
    index::{Index, free_slots::FreeSlot, layout::VERSION},
    query::{self, Request},
    vocab::{OrganizationId, ProviderId, place::Point, terms::NetworkStatus},
};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

use super::{
    index_scan::{MOMENTS, Naive, Row},
    index_world::{
        LANGUAGES, SPECIALTIES, World, network, next_free, now, point, reference, schema, table_of, tenant, today,
        world,
    },
};

/// Parameters of a query.
type Pairs = Vec<(&'static str, String)>;

/// A random query: its parameters.
fn query(rng: &mut ChaCha8Rng) -> Vec<(String, String)> {
    let mut pairs = Pairs::new();
    draw_region(rng, &mut pairs);
    draw_kinds(rng, &mut pairs);
    draw_name(rng, &mut pairs);
    draw_others(rng, &mut pairs);
    let mut sorts = vec!["relevance", "name", "verified", "next_available"];
    if pairs.iter().any(|(name, _)| *name == "near") {
        sorts.push("distance");
    }
    pairs.push(("sort", (*sorts.choose(rng).expect("not empty")).to_owned()));
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// Somewhere: around a point, in a box or a polygon, or anywhere.
fn draw_region(rng: &mut ChaCha8Rng, pairs: &mut Pairs) {
    // Sometimes a pole, or a point at sea.
    let place = match rng.random_range(0..12) {
        0 => Point::from_degrees(90.0, 25.0).expect("a pole"),
        1 => Point::from_degrees(-90.0, 0.0).expect("a pole"),
        2 => Point::from_degrees(30.0, -40.0).expect("the Atlantic"),
        3 => Point::from_degrees(52.0, -179.95).expect("beyond the Aleutians"),
        _ => point(rng),
    };
    if rng.random_bool(0.5) {
        pairs.push(("near", format!("{},{}", place.lat(), place.lon())));
        pairs.push((
            "radius",
            format!(
                "{}",
                [0.5, 5.0, 60.0, 800.0, 3_000.0, 12_000.0]
                    .choose(rng)
                    .expect("not empty")
            ),
        ));
    } else if rng.random_bool(0.3) {
        // The second begins on the very meridian of a crowd.
        let (w, e) = *[
            (-75.0, -73.0),
            (-73.99, -73.0),
            (179.0, -179.0),
            (-180.0, 180.0),
            (144.0, 145.0),
        ]
        .choose(rng)
        .expect("not empty");
        pairs.push((
            "bbox",
            format!(
                "{w},{},{e},{}",
                rng.random_range(-90.0..40.0),
                rng.random_range(41.0..90.0)
            ),
        ));
    } else if rng.random_bool(0.2) {
        let ring = *[
            "-75,40;-73,40;-73,41.5;-74.5,42",
            "-73.99,40.75;-73,40;-73,41.5",
            "178,50;180,50;180,54;178,53",
            "144.8,13.4;146,13;145,12",
        ]
        .choose(rng)
        .expect("not empty");
        pairs.push(("polygon", ring.to_owned()));
    }
}

/// What somebody is and does, and for whom.
fn draw_kinds(rng: &mut ChaCha8Rng, pairs: &mut Pairs) {
    if rng.random_bool(0.4) {
        for _ in 0..rng.random_range(1..3) {
            pairs.push(("specialty", (*SPECIALTIES.choose(rng).expect("not empty")).to_owned()));
        }
    }
    if rng.random_bool(0.3) {
        pairs.push(("language", (*LANGUAGES.choose(rng).expect("not empty")).to_owned()));
    }
    if rng.random_bool(0.3) {
        pairs.push((
            "network_status",
            NetworkStatus::ALL.choose(rng).expect("not empty").to_string(),
        ));
    }
    if rng.random_bool(0.3) {
        pairs.push((
            "network",
            network(*[0, 1, 2, 66, 68].choose(rng).expect("not empty")).to_string(),
        ));
    }
    if rng.random_bool(0.15) {
        pairs.push(("plan", format!("PLAN{}", rng.random_range(0..2))));
    }
    if rng.random_bool(0.2) {
        pairs.push(("accepting_new_patients", rng.random_bool(0.7).to_string()));
    }
}

/// A name, right or misspelt.
fn draw_name(rng: &mut ChaCha8Rng, pairs: &mut Pairs) {
    if rng.random_bool(0.3) {
        let names = [
            "smith",
            "obrien",
            "O'Brien",
            "garcia",
            "garcialopez",
            "maria smith",
            "jose",
            "young clinic",
            "ng",
            "cruz",
        ];
        let misspelt = [
            "smiht",
            "mria smith",
            "obrian",
            "garcialopes",
            "jon young",
            "de la crux",
            "delacruz",
        ];
        let fuzzy = rng.random_bool(0.4);
        let name = if fuzzy && rng.random_bool(0.7) {
            *misspelt.choose(rng).expect("not empty")
        } else {
            *names.choose(rng).expect("not empty")
        };
        pairs.push(("name", name.to_owned()));
        pairs.push(("match", if fuzzy { "fuzzy" } else { "exact" }.to_owned()));
    }
}

/// Conditions that have one value or few, each now and then; many the other way round.
fn draw_others(rng: &mut ChaCha8Rng, pairs: &mut Pairs) {
    for (name, chance, value) in [
        ("gender", 0.1, "F".to_owned()),
        ("kind", 0.1, "organization".to_owned()),
        ("profession", 0.15, "physician".to_owned()),
        ("telehealth", 0.1, "true".to_owned()),
        ("state", 0.1, "TX".to_owned()),
        ("city", 0.1, "new york".to_owned()),
        ("postal_code", 0.1, "10012".to_owned()),
        ("open_at", 0.15, (*MOMENTS.choose(rng).expect("not empty")).to_owned()),
        (
            "exclude.open_at",
            0.06,
            (*MOMENTS.choose(rng).expect("not empty")).to_owned(),
        ),
        (
            "available_before",
            0.15,
            format!("2026-11-{}", rng.random_range(22..28)),
        ),
        ("exclude.language", 0.1, "es".to_owned()),
        ("exclude.specialty", 0.1, SPECIALTIES[0].to_owned()),
        ("exclude.gender", 0.08, "F".to_owned()),
        ("exclude.kind", 0.04, "organization".to_owned()),
        ("exclude.profession", 0.04, "physician".to_owned()),
        ("exclude.city", 0.08, "new york".to_owned()),
        ("exclude.state", 0.05, "TX".to_owned()),
        ("exclude.telehealth", 0.05, "true".to_owned()),
        ("exclude.network_status", 0.1, "PENDING".to_owned()),
        ("exclude.accepting_new_patients", 0.1, "true".to_owned()),
        (
            "exclude.network",
            0.1,
            network(*[0, 2, 66].choose(rng).expect("not empty")).to_string(),
        ),
        ("exclude.plan", 0.08, format!("PLAN{}", rng.random_range(0..2))),
        ("exclude.name", 0.08, "Smith".to_owned()),
        ("group", 0.3, "location".to_owned()),
    ] {
        if rng.random_bool(chance) {
            pairs.push((name, value));
        }
    }
}

/// Checks what somebody of a tenant is answered, or nobody in particular.
fn check(world: &World, viewer: Option<OrganizationId>, pairs: &[(String, String)], limit: usize) {
    let snapshot = world.index.snapshot().for_tenant(viewer);
    let mut rows = world.rows.clone();
    let own = world
        .own
        .iter()
        .filter(|(_, provider)| provider.owner_organization_id == viewer);
    rows.extend(own.map(|(id, provider)| (*id, provider.clone())));
    let asked = Request::parse(pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
    let mut names = asked.conditions.names.clone();
    query::spelling::expand(&snapshot, &asked, &mut names);
    let expected = Naive { pairs, names }.scan(&rows);
    let mut shown: Vec<(ProviderId, Option<Uuid>)> = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut page = pairs.to_vec();
        page.push(("limit".to_owned(), limit.to_string()));
        page.extend(cursor.take().map(|c| ("cursor".to_owned(), c)));
        let request = Request::parse(&page, &snapshot.lexicon, &snapshot.reference).expect("a request");
        let answer = query::search(&snapshot, &request, now()).expect("an answer");
        assert_eq!(
            answer.total.map(|t| t.value),
            Some(expected.len() as u64),
            "total of {pairs:?}"
        );
        let plain = serde_json::to_string(&answer).expect("JSON");
        assert_eq!(
            String::from_utf8(answer.to_json().expect("JSON")).expect("a text"),
            plain,
            "the answer as it is sent"
        );
        for card in answer.cards() {
            let row = &expected[shown.len().min(expected.len() - 1)];
            if let Some((miles, card)) = row.miles.zip(card.distance_miles) {
                assert!((miles - card).abs() < 0.006, "{miles} is not {card}");
            }
            let free = next_free(card.id.into()).and_then(FreeSlot::local);
            assert_eq!(card.next_available, free.map(|at| at.to_rfc3339()), "next free slot");
            shown.push((ProviderId(card.id), card.location.map(|l| l.id)));
        }
        cursor.clone_from(&answer.next_cursor);
        if cursor.is_none() {
            break;
        }
        assert!(
            shown.len() <= expected.len(),
            "pages go on beyond the total of {pairs:?}"
        );
    }
    let by = |sort: &str| pairs.contains(&("sort".to_owned(), sort.to_owned()));
    if pairs.iter().any(|(name, _)| name == "near") && (by("distance") || by("relevance")) {
        in_one_order(&expected, &mut shown);
    }
    let expected: Vec<_> = expected.iter().map(|row| (row.provider, row.location)).collect();
    assert_eq!(shown, expected, "rows of {pairs:?} in pages of {limit}");
}

/// Puts rows that are equally far into the order of the scan: two ways to compute a distance need not agree on its last bit,
/// as seen from a pole, where all of one latitude are as far as each other.
fn in_one_order(expected: &[Row], shown: &mut [(ProviderId, Option<Uuid>)]) {
    // In miles, a millimetre or two.
    let as_far = |one: &Row, other: &Row| {
        one.tier == other.tier && (one.number - other.number).abs() <= 1e-6 && (one.score - other.score).abs() <= 1e-6
    };
    let mut start = 0;
    for alike in expected.chunk_by(as_far) {
        let end = (start + alike.len()).min(shown.len());
        let place = |row: &(ProviderId, Option<Uuid>)| {
            let same = |known: &Row| (known.provider, known.location) == *row;
            alike.iter().position(same).unwrap_or(usize::MAX)
        };
        shown[start..end].sort_by_key(place);
        start = end;
    }
}

/// Some sixty random questions to a random directory, each answered by the index and by a scan.
fn ask_and_scan(seed: u64) {
    let world = world(seed);
    let mut rng = ChaCha8Rng::seed_from_u64(!seed);
    for _ in 0..60 {
        let pairs = query(&mut rng);
        let viewer = *[None, Some(tenant(0)), Some(tenant(1))]
            .choose(&mut rng)
            .expect("not empty");
        check(&world, viewer, &pairs, rng.random_range(1..12));
    }
}

/// Here two providers are as far from a pole as each other, up to the last bit.
#[test]
fn those_who_are_as_far_from_a_pole_are_found() {
    ask_and_scan(13_854_232_157_972_141_479);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_answers_what_a_scan_answers(seed in any::<u64>()) {
        ask_and_scan(seed);
    }

    #[test]
    fn a_facet_counts_what_its_filter_finds(seed in any::<u64>()) {
        let world = world(seed);
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        let snapshot = world.index.snapshot();
        let total = |pairs: &[(String, String)]| {
            let request = Request::parse(pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
            query::search(&snapshot, &request, now()).expect("an answer")
        };
        for round in 0..6 {
            // Once over everything, which is counted when a segment is written.
            let pairs = if round == 0 { Vec::new() } else { query(&mut rng) };
            let mut faceted = pairs.clone();
            faceted.push(("facets".to_owned(), "specialty,language,gender,network,plan,network_status,accepting_new_patients,telehealth,city,kind,state,category".to_owned()));
            for (facet, values) in total(&faceted).facets {
                for value in values {
                    // A facet does not feel its own filter: take that out before asking for the value.
                    let mut asked: Vec<_> = pairs.iter().filter(|(name, _)| *name != facet).cloned().collect();
                    asked.push((facet.clone(), value.value.clone()));
                    prop_assert_eq!(total(&asked).total.map(|t| t.value), Some(value.count), "{} {} of {:?}", facet, value.value, pairs);
                }
            }
        }
    }
}

/// What lies beside a segment is made of its documents; a program with another layout makes it again when it opens the index.
#[test]
fn what_an_older_version_wrote_is_derived_anew() {
    let World {
        index,
        rows,
        own,
        folder,
    } = world(3);
    index.commit(today()).expect("committed");
    drop(index);
    let mut aged = 0;
    let generations = std::fs::read_dir(folder.path()).expect("a folder").flatten();
    for generation in generations.filter(|entry| entry.path().is_dir()) {
        for file in std::fs::read_dir(generation.path()).expect("a generation").flatten() {
            if file.path().extension().is_none_or(|extension| extension != "directory") {
                continue;
            }
            let mut bytes = std::fs::read(file.path()).expect("a file");
            // Behind our file stands tantivy's footer and, in eight bytes, how long that is.
            let number =
                |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
            let end = bytes.len() - 8 - number(&bytes, bytes.len() - 8) as usize;
            let table = end - 8 - number(&bytes, end - 8) as usize;
            assert_eq!(u32::from(bytes[table]), VERSION, "the version comes first");
            bytes[table] -= 1;
            std::fs::write(file.path(), bytes).expect("written");
            aged += 1;
        }
    }
    assert!(aged > 0);
    let index = Index::open(folder.path(), schema()).expect("an index");
    index.set_reference(reference());
    index.set_free_slots(table_of(rows.keys()));
    let world = World {
        index,
        rows,
        own,
        folder,
    };
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..20 {
        check(&world, None, &query(&mut rng), 7);
    }
}

#[test]
fn clusters_sum_up_to_the_total() {
    let world = world(7);
    let snapshot = world.index.snapshot();
    for zoom in ["0", "4", "12"] {
        let pairs = [("bbox", "-180,-90,180,90"), ("clusters", zoom)].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let request = Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
        let answer = query::search(&snapshot, &request, now()).expect("an answer");
        let counted: u64 = answer.clusters.iter().flatten().map(|cluster| cluster.count).sum();
        assert_eq!(Some(counted), answer.total.map(|t| t.value));
    }
}
