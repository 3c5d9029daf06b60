//! Names as people type them: nicknames, sounds, typos and words written together add below the exact hits, never above
//! them and never instead of them, and each hit says which it is.

use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use provider_directory::{
    domain::provider::{Location, Name, OtherName, Provider, Specialty},
    index::{Change, Index, schema::Handle},
    query::{self, Request},
    vocab::{
        Locator, Npi, PartyId, Position,
        place::Point,
        terms::{NetworkStatus, PositionQuality, ProviderKind},
    },
};
use serde_json::Value;
use uuid::Uuid;

pub(super) fn schema() -> Handle {
    static SCHEMA: OnceLock<Handle> = OnceLock::new();
    SCHEMA.get_or_init(Handle::embedded).clone()
}

pub(super) fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 17, 0, 0).single().expect("a moment")
}

pub(super) fn today() -> NaiveDate {
    now().date_naive()
}

/// A city, its state, a ZIP and where that is.
pub(super) type Town = (&'static str, &'static str, &'static str, f64, f64);

/// As [`provider`], in a town.
pub(super) fn provider_in(number: u64, name: &str, specialty: &str, (city, state, zip, lat, lon): Town) -> Provider {
    let mut provider = provider(number, name, None, specialty);
    let location = &mut provider.locations[0];
    location.city = Some(city.to_owned());
    location.state = Some(state.to_owned());
    location.postal_code = Some(zip.to_owned());
    location.point = Point::from_degrees(lat, lon);
    provider
}

/// A person or organisation in Houston: `first last` or `organization`, of a specialty, who may have had another name.
pub(super) fn provider(number: u64, name: &str, other: Option<&str>, specialty: &str) -> Provider {
    let organization = name.contains("Clinic") || name.contains("Center") || name.contains("Associates");
    let parts = |name: &str| match name.split_once(' ') {
        Some((first, last)) if !organization => Name {
            first: Some(first.to_owned()),
            last: Some(last.to_owned()),
            ..Name::default()
        },
        _ if organization => Name {
            organization: Some(name.to_owned()),
            ..Name::default()
        },
        _ => Name {
            last: Some(name.to_owned()),
            ..Name::default()
        },
    };
    Provider {
        id: Uuid::from_u128(1 << 96 | u128::from(number) << 70 | u128::from(number)).into(),
        locator: Locator {
            year: 2026,
            number: number as u32 + 1,
        },
        npi: Some(Npi::from_base(200_000_000 + number)),
        party_id: PartyId(Uuid::nil()),
        kind: if organization {
            ProviderKind::Organization
        } else {
            ProviderKind::Individual
        },
        category: "practitioner".to_owned(),
        name: parts(name),
        other_names: other
            .map(|other| OtherName {
                type_code: if organization { 3 } else { 1 },
                name: parts(other),
            })
            .into_iter()
            .collect(),
        specialties: vec![Specialty {
            code: specialty.to_owned(),
            primary: true,
            license_number: None,
            license_state: None,
        }],
        languages: vec!["en".to_owned()],
        gender: None,
        network_status: NetworkStatus::Active,
        address: None,
        phone: None,
        email: None,
        activated_at: None,
        version: 1,
        owner_organization_id: None,
        verified_at: None,
        locations: vec![Location {
            id: Uuid::from_u128(3 << 96 | u128::from(number)).into(),
            line1: None,
            line2: None,
            city: Some("Houston".to_owned()),
            state: Some("TX".to_owned()),
            postal_code: Some("77030".to_owned()),
            county: None,
            country: "US".to_owned(),
            point: Point::from_degrees(29.7, -95.4),
            position_quality: PositionQuality::PostalCode,
            phone: None,
            fax: None,
            time_zone: Some("America/Chicago".to_owned()),
            hours: Vec::new(),
            telehealth: false,
            accessibility: Vec::new(),
            primary: true,
        }],
        identifiers: Vec::new(),
        affiliations: Vec::new(),
        participations: Vec::new(),
    }
}

/// An index of some providers: those of even number in a segment, the others in the overlay.
pub(super) struct Words {
    pub(super) index: Index,
    _folder: tempfile::TempDir,
}

impl Words {
    /// Of a name, what they do and where they are, each.
    pub(super) fn of_rows(rows: &[(&str, &str, Town)]) -> Self {
        let rows = (0..).zip(rows);
        let rows = rows.map(|(number, (name, code, place))| provider_in(number, name, code, *place));
        Self::of(rows.collect())
    }

    pub(super) fn of(providers: Vec<Provider>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path(), schema()).expect("an index");
        index.set_reference(provider_directory::intake::generate::reference());
        let mut rebuild = index.rebuild().expect("a rebuild");
        let mut later = Vec::new();
        for (number, provider) in providers.into_iter().enumerate() {
            if number % 2 == 0 {
                rebuild.add(provider, today()).expect("added");
            } else {
                later.push(Change::Put(Box::new(provider)));
            }
        }
        rebuild.seal(Position { xid: 1, id: 1 }, 42).expect("sealed");
        rebuild.swap().expect("swapped");
        index
            .apply(later, Position { xid: 2, id: 1 }, today())
            .expect("applied");
        Self { index, _folder: folder }
    }

    pub(super) fn ask(&self, parameters: &[(&str, &str)]) -> Value {
        let snapshot = self.index.snapshot();
        let pairs: Vec<(String, String)> = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let request = Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
        let answer = query::search(&snapshot, &request, now()).expect("an answer");
        serde_json::to_value(&answer).expect("JSON")
    }

    /// Names and how they matched, best first. What is counted is what is shown.
    pub(super) fn names(&self, parameters: &[(&str, &str)]) -> Vec<(String, String)> {
        let answer = self.ask(parameters);
        let results = answer["results"].as_array().expect("results");
        assert_eq!(answer["total"]["value"], results.len(), "{parameters:?}");
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        results
            .iter()
            .map(|card| (text(&card["name"]), text(&card["matched"]["name"])))
            .collect()
    }
}

const NAMES: &[(&str, Option<&str>)] = &[
    ("Maria Gonzalez", None),
    ("Maria Gonzales", None),
    ("Robert Gonzalez", None),
    ("Bob Gonzalez", None),
    ("Anne Smith", None),
    ("Anne Smyth", None),
    ("Anne Smithers", None),
    ("Jane Keller", Some("Jane Smith")),
    ("Fiona McDonald", None),
    ("Fiona Mc Donald", None),
    ("Pedro De La Cruz", None),
    ("Mary Ann Fairweather", None),
    ("Kim Li", None),
    ("Kam Lin", None),
    ("Kevin O'Brien", None),
    ("José Muñoz", None),
    ("Hue Nguyen", None),
    ("Katherine Winterbottom", None),
    ("Catherine Winterbotham", None),
    ("Riverside Heart Center", Some("Bayou Cardiac Clinic")),
    ("Ines Vandenberg", None),
    ("St Claire Clinic", None),
    ("Paul Stpierre", None),
];

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let all = (0..).zip(NAMES);
        Words::of(
            all.map(|(n, (name, other))| provider(n, name, *other, "207RC0000X"))
                .collect(),
        )
    })
}

fn found(name: &str) -> Vec<(String, String)> {
    world().names(&[("name", name)])
}

fn pairs(expected: &[(&str, &str)]) -> Vec<(String, String)> {
    expected
        .iter()
        .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
        .collect()
}

#[test]
fn feature_1_14_each_way_of_matching_is_labelled_and_stands_below_the_better_ones() {
    for (typed, expected) in [
        (
            "maria gonzales",
            &[("Maria Gonzales", "exact"), ("Maria Gonzalez", "phonetic")][..],
        ),
        ("anne smith", &[("Anne Smith", "exact"), ("Anne Smyth", "phonetic")]),
        ("jane smith", &[("Jane Keller", "former")]),
        ("bayou cardiac", &[("Riverside Heart Center", "alias")]),
        (
            "bob gonzalez",
            &[("Bob Gonzalez", "exact"), ("Robert Gonzalez", "nickname")],
        ),
        (
            "robert gonzales",
            &[("Robert Gonzalez", "phonetic"), ("Bob Gonzalez", "phonetic")],
        ),
        ("hue bguyen", &[("Hue Nguyen", "typo")]),
        ("hue ngyuen", &[("Hue Nguyen", "phonetic")]),
        ("nugyne", &[("Hue Nguyen", "phonetic")]),
        ("faixweatherq", &[("Mary Ann Fairweather", "typo")]),
        ("delacruz", &[("Pedro De La Cruz", "exact")]),
        ("maryann fairweather", &[("Mary Ann Fairweather", "typo")]),
        ("OBRIEN", &[("Kevin O'Brien", "exact")]),
        ("o brien", &[("Kevin O'Brien", "typo")]),
        ("kevin o brien", &[("Kevin O'Brien", "typo")]),
        ("de lacruz", &[("Pedro De La Cruz", "typo")]),
        ("van den berg", &[("Ines Vandenberg", "typo")]),
        ("saint claire", &[("St Claire Clinic", "exact")]),
        ("saint pierre", &[("Paul Stpierre", "exact")]),
        ("o\u{2019}brien, kevin", &[("Kevin O'Brien", "exact")]),
        ("munoz", &[("José Muñoz", "exact")]),
        ("li", &[("Kim Li", "exact")]),
        ("kim", &[("Kim Li", "exact")]),
        ("kin", &[]),
    ] {
        assert_eq!(found(typed), pairs(expected), "{typed}");
    }
    assert_eq!(
        found("fiona mcdonald"),
        pairs(&[("Fiona McDonald", "exact"), ("Fiona Mc Donald", "exact")])
    );
    assert_eq!(
        found("fiona mc donald"),
        pairs(&[("Fiona Mc Donald", "exact"), ("Fiona McDonald", "typo")])
    );
}

/// Many who are somewhat like it do not crowd out whose name is merely written together.
#[test]
fn a_name_written_apart_is_found_among_many_that_are_like_it() {
    let firsts = [
        "John", "Jon", "Joan", "Johan", "Jean", "Jonny", "Jack", "Johnny", "Jonathan", "Jan",
    ];
    let lasts = ["Obrien", "Brienz", "Brian", "Bryan", "Bren", "Oakley", "Otto"];
    let all = firsts
        .iter()
        .flat_map(|first| lasts.iter().map(move |last| format!("{first} {last}")));
    let all = (0..).zip(all).map(|(n, name)| provider(n, &name, None, "207RC0000X"));
    let world = Words::of(all.collect());
    let answer = world.ask(&[("name", "john o brien")]);
    let names: Vec<&str> = answer["results"]
        .as_array()
        .expect("results")
        .iter()
        .filter_map(|c| c["name"].as_str())
        .collect();
    assert!(names.contains(&"John Obrien"), "{names:?}");
}

#[test]
fn feature_1_16_ways_of_matching_can_be_switched_off() {
    let world = world();
    let exact = world.names(&[("name", "bob gonzales"), ("match", "exact")]);
    assert!(exact.is_empty(), "{exact:?}");
    let plain = world.names(&[("name", "bob gonzalez"), ("nicknames", "false")]);
    assert_eq!(plain, pairs(&[("Bob Gonzalez", "exact")]));
    let smiths = world.names(&[("name", "smith"), ("match", "exact")]);
    assert_eq!(smiths, pairs(&[("Anne Smith", "exact"), ("Jane Keller", "former")]));
}

#[test]
fn a_label_does_not_depend_on_the_order() {
    let world = world();
    let labels = |more: &[(&str, &str)]| {
        let mut found = world.names(&[&[("name", "maria gonzales"), ("match", "fuzzy")], more].concat());
        found.sort();
        found
    };
    let by_relevance = labels(&[]);
    for more in [
        &[("sort", "name")][..],
        &[("near", "77030"), ("radius", "10")],
        &[("near", "77030"), ("sort", "distance")],
    ] {
        assert_eq!(labels(more), by_relevance, "{more:?}");
    }
}

#[test]
fn feature_1_17_what_is_added_never_hides_the_exact_hit() {
    let world = world();
    let top = |parameters: &[(&str, &str)]| world.names(parameters);
    for (name, _) in NAMES {
        let exact = top(&[("name", name), ("match", "exact")]);
        assert!(exact.iter().any(|(found, _)| found == name), "{name}: {exact:?}");
        for (more, value) in [("match", "auto"), ("match", "fuzzy")] {
            let all = top(&[("name", name), (more, value)]);
            assert_eq!(all[..exact.len()], exact, "{name} with {more}={value}");
            let filtered = top(&[
                ("name", name),
                (more, value),
                ("specialty", "207RC0000X"),
                ("near", "77030"),
            ]);
            assert!(filtered.iter().all(|hit| all.contains(hit)), "a filter adds to {name}");
        }
        for typed in [
            name.to_uppercase(),
            format!("{name}, MD"),
            format!("Dr. {name}"),
            format!("{name} Jr."),
            name.replace('o', "ó"),
        ] {
            let all = top(&[("name", &typed)]);
            assert!(
                all.iter().any(|(found, how)| found == name && how == "exact"),
                "{typed}: {all:?}"
            );
        }
        let typo = format!("{}{}", &name[..name.len() - 2], &name[name.len() - 1..]);
        let all = top(&[("name", &typo)]);
        let short = name.split(' ').next_back().is_none_or(|last| last.len() < 5);
        assert!(short || all.iter().any(|(found, _)| found == name), "{typo}: {all:?}");
    }
}

#[test]
fn pages_of_many_ways_hold_each_provider_once() {
    let world = world();
    let whole = world.names(&[("name", "smith"), ("match", "fuzzy")]);
    let mut walked = Vec::new();
    let mut cursor = None::<String>;
    loop {
        let mut parameters = vec![("name", "smith"), ("match", "fuzzy"), ("limit", "1")];
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let page = world.ask(&parameters);
        assert_eq!(page["total"]["value"], whole.len());
        for card in page["results"].as_array().expect("results") {
            walked.push(card["name"].as_str().expect("a name").to_owned());
        }
        match page["next_cursor"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(walked, whole.into_iter().map(|(name, _)| name).collect::<Vec<_>>());
}
