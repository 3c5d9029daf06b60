//! The one box, feature by feature: numbers, initials, readings that can be undone, other readings, ranking by weights, what
//! is marked, hours by the clock of the location, widening, and that no way of typing a name loses its bearer.

use std::sync::OnceLock;

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use proptest::prelude::*;
use provider_directory::{
    domain::{
        configuration::{Configuration, Ranking},
        provider::{OpeningHours, Participation, Provider},
    },
    index::{Index, Snapshot},
    intake::generate::network_id,
    query::{self, Request, score::Weights},
    vocab::{
        Position,
        place::Point,
        terms::{Accepting, NetworkStatus},
    },
};
use serde_json::{Value, json};
use uuid::Uuid;

use super::words_names::{Words, now, provider, schema, today};

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let names = [
            ("Jane A. Smith", None, "207Q00000X"),
            ("Jane Alice Smith", None, "207Q00000X"),
            ("J. Smith", None, "207Q00000X"),
            ("Jon Bly Smith", None, "207Q00000X"),
            ("Sam Smith", None, "207Q00000X"),
            ("Michael Jordan", None, "208000000X"),
            ("Priya Spanish", None, "207Q00000X"),
            ("Susan Cold", None, "207Q00000X"),
            ("Robert Gonzalez", None, "207RC0000X"),
            ("José Muñoz", None, "207RC0000X"),
            ("Jane Keller", Some("Jane Winter"), "207RC0000X"),
            ("Riverside Heart Center", Some("Bayou Cardiac Clinic"), "207RC0000X"),
            ("Pedro De La Cruz", None, "207N00000X"),
            ("Wei Li", None, "207N00000X"),
            ("Lia Liu", None, "207N00000X"),
            ("Margaret Walker", None, "207Q00000X"),
        ];
        let all = (0..).zip(names).map(|(n, (name, other, code))| {
            let mut provider = provider(n * 1_234_567, name, other, code);
            if name == "Robert Gonzalez" {
                provider.languages.push("es".to_owned());
            }
            provider.locations[0].phone = Some(format!("(713) 555-{:04}", 100 + n));
            provider
        });
        Words::of(all.collect())
    })
}

fn npi(number: usize) -> String {
    let answer = world().ask(&[("q", &format!("713-555-{:04}", 100 + number))]);
    answer["results"][0]["npi"].as_str().expect("an NPI").to_owned()
}

fn shown(answer: &Value) -> Vec<String> {
    let cards = answer["results"].as_array().expect("results").iter();
    cards
        .map(|card| card["name"].as_str().unwrap_or_default().to_owned())
        .collect()
}

/// 1.02: an NPI in groups is one; a mistyped one is a hint, with the one that was probably meant and its count.
#[test]
fn feature_1_02_numbers_are_keys_however_they_are_written() {
    let smith = npi(0);
    for text in [
        smith.clone(),
        format!("{} {} {}", &smith[..4], &smith[4..7], &smith[7..]),
        format!("npi {smith}"),
    ] {
        assert_eq!(shown(&world().ask(&[("q", &text)])), ["Jane A. Smith"], "{text}");
    }
    let mut digits = smith.clone().into_bytes();
    digits[9] = if digits[9] == b'9' { b'0' } else { digits[9] + 1 };
    let typed = String::from_utf8(digits).expect("digits");
    let answer = world().ask(&[("q", &typed)]);
    assert!(
        answer["hint"].as_str().is_some_and(|hint| hint.contains("check digit")),
        "{answer}"
    );
    assert_eq!(answer["did_you_mean"], json!({"text": smith, "count": 1}), "{answer}");
    for text in [
        "(713) 555-0103",
        "713.555.0103",
        "+1 713 555 0103",
        "17135550103",
        "call 7135550103 please",
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(shown(&answer), ["Jon Bly Smith"], "{text}");
        assert_eq!(answer["interpreted"]["phone"], "7135550103");
        assert_eq!(answer["interpreted"]["terms"][0]["kind"], "phone");
    }
    assert_eq!(world().ask(&[("q", "713 555 9999")])["total"]["value"], 0);
}

/// Initials stand for names, and middle names for initials; all of it below the exact hit, and only with another word.
#[test]
fn initials_stand_for_names_below_the_exact_hits() {
    let labelled = |name: &str| world().names(&[("q", name)]);
    let pairs = |expected: &[(&str, &str)]| -> Vec<(String, String)> {
        expected
            .iter()
            .map(|(a, b)| ((*a).to_owned(), (*b).to_owned()))
            .collect()
    };
    let j_smith = labelled("J Smith");
    assert_eq!(j_smith[0], ("J. Smith".to_owned(), "exact".to_owned()));
    let rest: Vec<&str> = j_smith[1..].iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(rest, ["Jane A. Smith", "Jane Alice Smith", "Jon Bly Smith"]);
    assert!(j_smith[1..].iter().all(|(_, label)| label == "initial"), "{j_smith:?}");
    for text in ["J. A. Smith", "J.A. Smith", "Smith, J A"] {
        let found = labelled(text);
        let names: Vec<&str> = found.iter().take(2).map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["Jane A. Smith", "Jane Alice Smith"], "{text}: {found:?}");
    }
    assert_eq!(labelled("Jane B. Keller"), pairs(&[("Jane Keller", "initial")]));
    // The S of Smith is no other name of Sam's.
    assert_eq!(labelled("s smith"), pairs(&[("Sam Smith", "initial")]));
    assert_eq!(
        world().names(&[("name", "J Smith"), ("match", "exact")]),
        pairs(&[("J. Smith", "exact")])
    );
    // Short names stay what they are.
    assert_eq!(labelled("Li"), pairs(&[("Wei Li", "exact")]));
}

/// Each piece of the box is told with its place in the text, and can be taken for a name instead.
#[test]
fn a_reading_is_told_piece_by_piece_and_can_be_undone() {
    let text = "Señor: spanish speaking heart doctor near 77030, open saturday!";
    let answer = world().ask(&[("q", text)]);
    let characters: Vec<char> = text.chars().collect();
    let terms = answer["interpreted"]["terms"].as_array().expect("terms");
    let told: Vec<(&str, String)> = terms
        .iter()
        .map(|term| {
            let at = |end: &str| term[end].as_u64().expect("an offset") as usize;
            let (start, end) = (at("start"), at("end"));
            (
                term["kind"].as_str().expect("a kind"),
                characters[start..end].iter().collect(),
            )
        })
        .collect();
    let expected = [
        ("language", "spanish"),
        ("specialty", "heart doctor"),
        ("place", "77030"),
        ("open_at", "open saturday"),
    ];
    assert_eq!(told, expected.map(|(kind, text)| (kind, text.to_owned())), "{answer}");

    let clever = world().ask(&[("q", "spanish doctor")]);
    assert_eq!(clever["interpreted"]["language"][0], "es", "{clever}");
    let literal = world().ask(&[("q", "spanish doctor"), ("literal", "Spanish")]);
    assert_eq!(shown(&literal), ["Priya Spanish"], "{literal}");
    assert_eq!(literal["interpreted"]["language"], Value::Null);
}

/// What a text may mean besides is searched, too, and stands beside the answer with the parameters that ask for it.
#[test]
fn the_other_reading_is_offered_and_the_exact_hit_never_hidden() {
    for (text, first, other, parameter) in [
        ("cold", "specialty", "Susan Cold", json!({"name": ["cold"]})),
        ("dr spanish", "name", "Robert Gonzalez", json!({"language": ["es"]})),
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_ne!(answer["interpreted"][first], Value::Null, "{text}: {answer}");
        let readings = answer["other_readings"].as_array();
        let named = shown(&answer).contains(&other.to_owned());
        let offered = readings
            .into_iter()
            .flatten()
            .any(|reading| reading["parameters"] == parameter && shown(reading).contains(&other.to_owned()));
        assert!(named || offered, "{text}: {answer}");
    }
    // A name nobody here bears beside words that are understood: the words alone are better than nothing.
    let answer = world().ask(&[("q", "smith dermatologist")]);
    assert_eq!(answer["interpreted"]["name"], Value::Null, "{answer}");
    assert!(
        answer["hint"].as_str().is_some_and(|hint| hint.contains("smith")),
        "{answer}"
    );
    assert_eq!(answer["total"]["value"], 3);
    // A walker is an aid, but Margret with a typo has none in mind.
    assert_eq!(shown(&world().ask(&[("q", "margret walker")])), ["Margaret Walker"]);
}

/// The same thing typed otherwise, in upper case, with an accent, a typo, a nickname, a credential behind it: the bearer is
/// among the first, and stands first where the name is still exact.
#[test]
fn no_way_of_typing_a_name_loses_its_bearer() {
    for (name, first, variants) in [
        (
            "Robert Gonzalez",
            &[
                "ROBERT GONZALEZ",
                "robert gonzález",
                "Robert Gonzalez, M.D.",
                "dr robert gonzalez",
                "Gonzalez, Robert",
            ][..],
            &[
                "bob gonzalez",
                "robert gonzales",
                "rbert gonzalez",
                "obert gonzalez",
                "bobby gonzalez md",
            ][..],
        ),
        (
            "José Muñoz",
            &[
                "JOSE MUNOZ",
                "jose muñoz",
                "José Muñoz MD FACC",
                "munoz jose",
                "mun\u{303}oz",
            ],
            &["pepe munoz", "jose munos", "hose munoz", "jose munozz"],
        ),
        (
            "Pedro De La Cruz",
            &[
                "PEDRO DE LA CRUZ",
                "pedro delacruz",
                "de la cruz, pedro",
                "pedro de-la-cruz jr",
            ],
            &["pedro dela cruz", "pedro de la crus", "padro de la cruz"],
        ),
    ] {
        for text in first {
            assert_eq!(
                shown(&world().ask(&[("q", text)])).first().map(String::as_str),
                Some(name),
                "{text}"
            );
        }
        for text in variants {
            let found = shown(&world().ask(&[("q", text)]));
            assert!(found.iter().take(3).any(|shown| shown == name), "{text}: {found:?}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// A filter never adds a result, whatever the box says.
    #[test]
    fn a_filter_never_adds_results(
        text in prop::sample::select(vec![
            "smith", "heart doctor", "jane", "j smith", "robert gonzales", "doctor near 77030", "de la cruz", "riverside",
        ]),
        filter in prop::sample::select(vec![
            ("language", "en"), ("language", "es"), ("state", "TX"), ("kind", "organization"), ("network_status", "ACTIVE"),
            ("specialty", "207RC0000X"), ("telehealth", "true"), ("exclude.specialty", "207Q00000X"), ("city", "Houston"),
        ]),
    ) {
        let all = shown(&world().ask(&[("q", text), ("limit", "100")]));
        let some = shown(&world().ask(&[("q", text), ("limit", "100"), filter]));
        prop_assert!(some.iter().all(|name| all.contains(name)), "{text} {filter:?}: {some:?} of {all:?}");
    }
}

/// 1.39: a hit tells which of its names matched, and which characters of it.
#[test]
fn feature_1_39_what_matched_is_marked() {
    for (text, name, marked) in [
        ("smith jane", "Jane Alice Smith", vec!["Jane", "Smith"]),
        ("munoz", "José Muñoz", vec!["Muñoz"]),
        ("delacruz", "Pedro De La Cruz", vec!["De La Cruz"]),
        ("jane winter", "Jane Winter", vec!["Jane", "Winter"]),
        ("bayou cardiac", "Bayou Cardiac Clinic", vec!["Bayou", "Cardiac"]),
        ("robert gonzales", "Robert Gonzalez", vec!["Robert", "Gonzalez"]),
    ] {
        let answer = world().ask(&[("name", text)]);
        let cards = answer["results"].as_array().expect("results");
        let matched = cards
            .iter()
            .map(|card| &card["matched"])
            .find(|matched| matched["text"] == name);
        let matched = matched.unwrap_or_else(|| panic!("{text}: {answer}"));
        let characters: Vec<char> = name.chars().collect();
        let spans = matched["highlights"].as_array().expect("highlights").iter();
        let told: Vec<String> = spans
            .map(|span| {
                let at = |n: usize| span[n].as_u64().expect("an offset") as usize;
                characters[at(0)..at(1)].iter().collect()
            })
            .collect();
        assert_eq!(told, marked, "{text}");
    }
    let answer = world().ask(&[("name", "smith"), ("fields", "npi,matched")]);
    for card in answer["results"].as_array().expect("results") {
        let mut properties: Vec<&str> = card.as_object().expect("a card").keys().map(String::as_str).collect();
        properties.sort_unstable();
        assert_eq!(properties, ["matched", "npi"]);
    }
    assert_eq!(
        world().ask(&[("specialty", "207N00000X")])["results"][0]["matched"],
        json!({"name": null})
    );
}

/// Some providers in one segment, and nothing else.
struct Small {
    index: Index,
    _folder: tempfile::TempDir,
}

impl Small {
    fn of(providers: Vec<Provider>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let index = Index::open(folder.path(), schema()).expect("an index");
        index.set_reference(provider_directory::intake::generate::reference());
        let mut rebuild = index.rebuild().expect("a rebuild");
        for provider in providers {
            rebuild.add(provider, today()).expect("added");
        }
        rebuild.seal(Position { xid: 1, id: 1 }, 42).expect("sealed");
        rebuild.swap().expect("swapped");
        Self { index, _folder: folder }
    }

    fn request(&self, parameters: &[(&str, &str)]) -> (std::sync::Arc<Snapshot>, Request) {
        let snapshot = self.index.snapshot();
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let pairs: Vec<(String, String)> = parameters.iter().map(own).collect();
        let request = Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
        (snapshot, request)
    }

    fn ask_at(&self, parameters: &[(&str, &str)], now: DateTime<Utc>) -> Value {
        let (snapshot, request) = self.request(parameters);
        serde_json::to_value(query::search(&snapshot, &request, now).expect("an answer")).expect("JSON")
    }

    fn weighed(&self, parameters: &[(&str, &str)], weights: &Weights) -> Value {
        let (snapshot, mut request) = self.request(parameters);
        request.weights.clone_from(weights);
        serde_json::to_value(query::search(&snapshot, &request, now()).expect("an answer")).expect("JSON")
    }
}

/// `Ada` is near, `Bea` takes new patients in the tier that is preferred, `Cleo` is verified, `Dora` INACTIVE; a mile apart.
fn ranked() -> &'static Small {
    static WORLD: OnceLock<Small> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut all: Vec<Provider> = ["Ada Quill", "Bea Quill", "Cleo Quill", "Dora Quill"]
            .into_iter()
            .zip(0..)
            .map(|(name, n)| {
                let mut provider = provider(n, name, None, "207RC0000X");
                provider.locations[0].point = Point::from_degrees(29.7 + 0.0145 * n as f64, -95.4);
                let here = Participation {
                    id: Uuid::nil(),
                    network_id: network_id(0),
                    location_id: None,
                    tier: Some(if n == 1 { "Tier 1" } else { "Tier 2" }.to_owned()),
                    status: NetworkStatus::Active,
                    effective: NaiveDate::from_ymd_opt(2020, 1, 1).expect("a day"),
                    termination: None,
                    accepting: Some(Accepting::None),
                    characteristics: None,
                };
                provider.participations = vec![here];
                provider
            })
            .collect();
        all[1].participations[0].accepting = Some(Accepting::New);
        all[2].verified_at = Some(today() - TimeDelta::days(30));
        all[3].network_status = NetworkStatus::Inactive;
        Small::of(all)
    })
}

/// 1.36: an organisation's weights move providers, and drop nobody; the order is that of the scores, and theirs is the
/// formula of the documents.
#[test]
fn feature_1_36_weights_move_providers_and_drop_nobody() {
    let network = network_id(0).to_string();
    let near = [("near", "29.7,-95.4"), ("radius", "50"), ("specialty", "207RC0000X")];
    let in_network = [&near[..], &[("network", network.as_str())]].concat();
    let plain = Weights {
        accepting: 1.0,
        verified: 1.0,
        active: 1.0,
        tiers: Default::default(),
        ..Weights::default()
    };
    let by_distance = ["Ada Quill", "Bea Quill", "Cleo Quill", "Dora Quill"];
    assert_eq!(shown(&ranked().weighed(&near, &plain)), by_distance);
    let usual = ranked().weighed(&near, &Weights::default());
    assert_eq!(shown(&usual), ["Bea Quill", "Ada Quill", "Cleo Quill", "Dora Quill"]);
    let scores: Vec<f64> = usual["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|card| card["score"].as_f64().expect("a score"))
        .collect();
    assert!(scores.is_sorted_by(|a, b| a >= b), "{scores:?}");
    let verified = Weights {
        verified: 10.0,
        ..plain.clone()
    };
    assert_eq!(shown(&ranked().weighed(&near, &verified))[0], "Cleo Quill");
    // As an organisation writes it down.
    let mut configuration = Configuration::default();
    configuration.search.ranking = Ranking {
        accepting_new_patients: 1.0,
        verified_lately: 1.0,
        ..Ranking::default()
    };
    configuration.search.tier_weights = [("tier 2".to_owned(), 8.0)].into();
    let own = Weights::of(&configuration.search);
    let total = |answer: &Value| answer["total"]["value"].clone();
    let moved = ranked().weighed(&in_network, &own);
    assert_eq!(shown(&moved), ["Ada Quill", "Cleo Quill", "Bea Quill"]);
    assert_eq!(total(&moved), total(&ranked().weighed(&in_network, &plain)));
    // Without a place, too; and a page at a time it is the same order.
    let named = [("name", "quill")];
    let whole = shown(&ranked().weighed(
        &named,
        &Weights {
            verified: 10.0,
            active: 0.1,
            ..plain
        },
    ));
    assert_eq!(whole[0], "Cleo Quill", "{whole:?}");
    assert_eq!(whole.len(), 4);
    let mut paged = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut parameters = vec![("name", "quill"), ("limit", "1")];
        parameters.extend(cursor.as_deref().map(|cursor| ("cursor", cursor)));
        let (snapshot, request) = ranked().request(&parameters);
        let answer = query::search(&snapshot, &request, now()).expect("an answer");
        paged.extend(answer.cards().into_iter().map(|card| card.name.to_owned()));
        cursor.clone_from(&answer.next_cursor);
        if cursor.is_none() {
            break;
        }
    }
    assert_eq!(paged, shown(&ranked().weighed(&named, &Weights::default())));
}

/// 1.28: the clock is that of each location, also on the day on which it is put back.
#[test]
fn feature_1_28_hours_are_those_of_the_location() {
    let with = |n: u64, name: &str, zone: &str, opens: u16, closes: u16| {
        let mut provider = provider(n, name, None, "261QU0200X");
        provider.locations[0].time_zone = Some(zone.to_owned());
        provider.locations[0].hours = (1..=7)
            .map(|day| OpeningHours {
                weekday: day,
                opens,
                closes,
            })
            .collect();
        provider
    };
    let world = Small::of(vec![
        with(0, "Early York", "America/New_York", 9 * 60, 17 * 60),
        with(1, "Later Angeles", "America/Los_Angeles", 9 * 60, 17 * 60),
        with(2, "Night Owl", "America/New_York", 22 * 60, 2 * 60),
        provider(3, "Silent Hours", None, "261QU0200X"),
    ]);
    let utc = |month, day, hour, minute| {
        Utc.with_ymd_and_hms(2026, month, day, hour, minute, 0)
            .single()
            .expect("a moment")
    };
    for (at, open) in [
        // Wednesday in summer: New York is four hours behind, Los Angeles seven.
        (utc(7, 15, 13, 0), vec!["Early York"]),
        (utc(7, 15, 12, 59), vec![]),
        (utc(7, 15, 16, 0), vec!["Early York", "Later Angeles"]),
        (utc(7, 15, 21, 0), vec!["Later Angeles"]),
        (utc(7, 16, 5, 59), vec!["Night Owl"]),
        // 1 November 2026: the clock is put back at two, so nine is an hour later.
        (utc(10, 31, 13, 0), vec!["Early York"]),
        (utc(11, 1, 13, 59), vec![]),
        (utc(11, 1, 14, 0), vec!["Early York"]),
        // The hour from one to two comes twice, and both are night.
        (utc(11, 1, 5, 30), vec!["Night Owl"]),
        (utc(11, 1, 6, 30), vec!["Night Owl"]),
        // 8 March: it is put forward.
        (utc(3, 7, 14, 0), vec!["Early York"]),
        (utc(3, 8, 13, 0), vec!["Early York"]),
    ] {
        for asked in [("open_at", "now"), ("q", "urgent care open now")] {
            let mut found = shown(&world.ask_at(&[asked], at));
            found.sort();
            assert_eq!(found, open, "{at} {asked:?}");
        }
    }
    let at = |moment: &str| shown(&world.ask_at(&[("open_at", moment)], now()));
    assert_eq!(at("2026-11-25T23:30"), ["Night Owl"]);
    assert_eq!(at("2026-11-25T17:00"), Vec::<String>::new());
    let wide = shown(&world.ask_at(&[("q", "24 hour urgent care")], now()));
    assert!(wide.is_empty(), "{wide:?}");
}

/// 1.10: where nobody is near, the search looks farther, step by step, and says how far it looked.
#[test]
fn feature_1_10_a_search_looks_farther_and_says_so() {
    let mut far = provider(0, "Far Away", None, "207RC0000X");
    far.locations[0].point = Point::from_degrees(45.58, -100.0);
    let world = Small::of(vec![far, provider(1, "Other Trade", None, "207N00000X")]);
    let ask = |more: &[(&str, &str)]| {
        world.ask_at(
            &[&[("specialty", "207RC0000X"), ("near", "45.0,-100.0")], more].concat(),
            now(),
        )
    };
    let answer = ask(&[]);
    assert_eq!(shown(&answer), ["Far Away"]);
    assert_eq!(answer["expanded_radius_miles"], 50.0, "{answer}");
    let miles = answer["results"][0]["distance_miles"].as_f64().expect("a distance");
    assert!((40.0..41.0).contains(&miles), "{miles}");
    // A radius that was asked for is kept.
    let kept = ask(&[("radius", "30")]);
    assert_eq!(
        (&kept["total"]["value"], &kept["expanded_radius_miles"]),
        (&json!(0), &Value::Null)
    );
    let near = world.ask_at(&[("specialty", "207RC0000X"), ("near", "45.5,-100.0")], now());
    assert_eq!(near["expanded_radius_miles"], Value::Null);
}

/// Texts of all kinds get an answer; what they say is never an operator.
#[test]
fn bad_texts_are_answered_and_never_obeyed() {
    let words: Vec<String> = (0..500).map(|n| format!("word{n}")).collect();
    for text in [
        words.join(" "),
        "smith ".repeat(500),
        "the of and in".to_owned(),
        "*:*".to_owned(),
        "name:smith OR specialty:*".to_owned(),
        "smith~2 AND NOT jane".to_owned(),
        "'; DROP TABLE provider; --".to_owned(),
        "\"smith".to_owned(),
        "\u{202e}htims".to_owned(),
        "שלום דוקטור".to_owned(),
        "\u{1f9b7}\u{1f468}\u{200d}\u{2695}\u{fe0f}".to_owned(),
    ] {
        let answer = world().ask(&[("q", &text)]);
        assert!(answer["results"].is_array(), "{text}");
        let length = text.chars().count() as u64;
        for term in answer["interpreted"]["terms"].as_array().expect("terms") {
            let at = |end: &str| term[end].as_u64().expect("an offset");
            assert!(at("start") < at("end") && at("end") <= length, "{text}: {term}");
        }
    }
    // `*` and `~` are no letters, and `OR` is no operator.
    let star = world().ask(&[("name", "smi*")]);
    assert!(shown(&star).iter().all(|name| !name.contains("Keller")), "{star}");
}
