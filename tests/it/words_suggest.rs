//! Completions: each of its type, conditions among them, one typo from the fourth letter on, what was typed marked.

use std::sync::OnceLock;

use provider_directory::{
    query::{self, suggest::Suggestion},
    vocab::place::Point,
};

use super::words_names::{Words, provider};

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let names = [
            "Ruth Cardenas",
            "José Cardoso",
            "Ida Winterbottom",
            "Riverside Heart Center",
        ];
        let all = (0..).map(|n| n * 2).zip(names);
        // All in the segment: completions of typos ask its edges.
        let twice = all.flat_map(|(n, name)| {
            [
                provider(n, name, None, "207RC0000X"),
                provider(n + 1, name, None, "207RC0000X"),
            ]
        });
        Words::of(twice.collect())
    })
}

fn suggest(q: &str) -> Vec<Suggestion> {
    let snapshot = world().index.snapshot();
    query::suggest(&snapshot, q, None, 8).expect("completions").suggestions
}

fn has(found: &[Suggestion], kind: &str, text: &str) -> bool {
    found
        .iter()
        .any(|s| s.kind == kind && s.text.eq_ignore_ascii_case(text))
}

#[test]
fn completions_are_typed_and_marked() {
    let found = suggest("card");
    assert!(found.iter().any(|s| s.kind == "specialty"), "{found:?}");
    assert!(has(&found, "provider", "Ruth Cardenas"), "{found:?}");
    let ruth = found.iter().find(|s| s.text == "Ruth Cardenas").expect("Ruth");
    assert_eq!(ruth.highlights, [(5, 9)]);
    let found = suggest("diabet");
    assert!(has(&found, "condition", "diabetes"), "{found:?}");
    for suggestion in found.iter().chain(&suggest("c")).chain(&suggest("jose car")) {
        let length = suggestion.text.chars().count();
        assert!(
            suggestion
                .highlights
                .iter()
                .all(|(from, to)| from < to && *to <= length),
            "{suggestion:?}"
        );
    }
}

/// Titles and what stands before a place do not keep completions away; English goes before Spanish, words before letters.
#[test]
fn what_is_typed_before_a_name_or_a_place_is_no_part_of_it() {
    for typed in ["dr card", "dr. cardena", "doctor ruth card"] {
        assert!(has(&suggest(typed), "provider", "Ruth Cardenas"), "{typed}");
    }
    for (typed, text) in [
        ("dentist in hous", "dentist in Houston, TX"),
        ("dentist near ho", "dentist near Houston, TX"),
        ("eye doctor in new yo", "eye doctor in New York, NY"),
    ] {
        assert!(has(&suggest(typed), "place", text), "{typed}: {:?}", suggest(typed));
    }
    let first = |typed: &str| suggest(typed).first().map(|s| s.text.clone()).unwrap_or_default();
    let pedi = suggest("pedi");
    let mut english = pedi.iter().take_while(|s| !s.text.starts_with("pediatra"));
    assert!(english.any(|s| s.text.starts_with("pediatric")), "{pedi:?}");
    assert_eq!(first("pediatra"), "pediatra");
    assert!(first("dermitol").starts_with("dermatolog"), "{}", first("dermitol"));
    assert_ne!(first("dermitol"), "dermatologa");
    assert!(first("c").len() > 3, "{}", first("c"));
    // What people would read comes before what offices write.
    for (typed, text) in [
        ("psy", "psychiatrist"),
        ("psy", "psychologist"),
        ("eye", "eye doctor"),
        ("urg", "urgent care"),
    ] {
        assert!(has(&suggest(typed), "specialty", text), "{typed}: {:?}", suggest(typed));
    }
    assert!(first("pain").starts_with("pain"), "{}", first("pain"));
    assert!(
        suggest("pain")
            .iter()
            .take(2)
            .all(|s| !s.text.ends_with(" dr") && !s.text.ends_with(" mgt"))
    );
}

#[test]
fn one_typo_from_the_fourth_letter_is_forgiven() {
    for (typed, kind, text) in [
        ("dermitolog", "specialty", "dermatologist"),
        ("wimterbo", "provider", "Ida Winterbottom"),
        ("iwnterb", "provider", "Ida Winterbottom"),
    ] {
        let found = suggest(typed);
        assert!(has(&found, kind, text), "{typed}: {found:?}");
    }
    assert!(suggest("wxq").is_empty());
    // In an earlier word, too.
    for (typed, kind, text) in [
        ("hart docto", "specialty", "heart doctor"),
        ("rutj card", "provider", "Ruth Cardenas"),
        ("riversdie heart", "organization", "Riverside Heart Center"),
    ] {
        let found = suggest(typed);
        assert!(has(&found, kind, text), "{typed}: {found:?}");
    }
}

/// States, languages by a word within, and a typo in a language or in one of two words.
#[test]
fn states_languages_and_two_words_are_completed() {
    for (typed, kind, text) in [
        ("psych", "specialty", "psychologist"),
        ("soc", "specialty", "social worker"),
        ("flor", "place", "Florida"),
        ("sign", "language", "American Sign Language"),
        ("vietm", "language", "Vietnamese"),
        ("los na", "place", "Los Angeles, CA"),
        ("nwe yo", "place", "New York, NY"),
    ] {
        let found = suggest(typed);
        assert!(has(&found, kind, text), "{typed}: {found:?}");
    }
}

/// 1.13: whoever says where they are is shown the nearest first, and how far they are; the same are found.
#[test]
fn feature_1_13_completions_are_nearest_first_where_a_place_is_given() {
    // All are called alike; what tells them apart is the place.
    let places = [
        ("Nan Farrow", 32.78, -96.8),
        ("Ned Farrow", 29.76, -95.37),
        ("Nic Farrow", 30.27, -97.74),
    ];
    let all = (0..).zip(places).map(|(n, (name, lat, lon))| {
        let mut row = provider(n, name, None, "207RC0000X");
        row.locations[0].point = Point::from_degrees(lat, lon);
        row
    });
    let world = Words::of(all.collect());
    let snapshot = world.index.snapshot();
    let ask = |near: Option<&str>| -> Vec<Suggestion> {
        let near = near.map(|near| snapshot.lexicon.gazetteer.find(near).expect("a place"));
        let found = query::suggest(&snapshot, "farr", near.as_ref(), 8).expect("completions");
        found.suggestions.into_iter().filter(|s| s.kind == "provider").collect()
    };
    for (near, order) in [
        ("29.76,-95.37", ["Ned Farrow", "Nic Farrow", "Nan Farrow"]),
        ("Dallas, TX", ["Nan Farrow", "Nic Farrow", "Ned Farrow"]),
        ("Austin, TX", ["Nic Farrow", "Ned Farrow", "Nan Farrow"]),
    ] {
        let found = ask(Some(near));
        let names: Vec<&str> = found.iter().map(|s| s.text.as_str()).collect();
        assert_eq!(names, order, "{near}");
        let miles: Vec<f64> = found.iter().map(|s| s.distance_miles.expect("a distance")).collect();
        assert!(
            miles.is_sorted() && miles[0] < 10.0 && miles[2] > 100.0,
            "{near}: {miles:?}"
        );
    }
    let nowhere = ask(None);
    assert_eq!(nowhere.len(), 3);
    assert!(nowhere.iter().all(|s| s.distance_miles.is_none()), "{nowhere:?}");
}

#[test]
fn networks_and_plans_are_completed() {
    for q in ["harbor nat", "dentist harbor nat", "tidew"] {
        let found = suggest(q);
        let payer = found.iter().find(|s| matches!(s.kind, "network" | "plan"));
        let payer = payer.unwrap_or_else(|| panic!("{q}: {found:?}"));
        assert!(payer.value.is_some() && !payer.highlights.is_empty(), "{payer:?}");
    }
    assert!(suggest("zzyz nat").iter().all(|s| s.kind != "network"));
}

/// The shortest words are not the commonest: of those that mean the same the one for the person is offered, or the whole word.
#[test]
fn the_commonest_words_are_completed() {
    for (q, wanted) in [
        ("pedi", "pediatrician"),
        ("cardi", "cardiologist"),
        ("derma", "dermatologist"),
        ("hosp", "hospital"),
        ("urg", "urgent care"),
    ] {
        let found = suggest(q);
        assert!(found.iter().any(|s| s.text == wanted), "{q}: {found:?}");
    }
}

/// What completes to nothing is corrected within a fixed number of look-ups, the likeliest slips first.
#[test]
fn correcting_what_is_typed_is_bounded() {
    let snapshot = world().index.snapshot();
    let cost = |typed: &str| query::suggest(&snapshot, typed, None, 8).expect("completions").lookups;
    for typed in ["card", "heart doc", "los an", "77030", ""] {
        assert_eq!(cost(typed), 0, "{typed}");
    }
    for typed in [
        "qzxvw",
        "wqzkj xqvbn",
        "asdfgh jklqwe",
        "zzyzxqkwv",
        "blorft quxwiz",
        "xkcd qwop zxcv",
        "dentistqqq wwwxz",
        "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        "rhythmzq gbdfjk vwxzq lmnpq rstvw",
    ] {
        let cost = cost(typed);
        assert!((1..=query::suggest::MOST_LOOKUPS).contains(&cost), "{typed}: {cost}");
    }
    // A slip that people make is found long before the budget ends.
    for (typed, text) in [
        ("dermitolog", "dermatologist"),
        ("wimterbo", "Ida Winterbottom"),
        ("pediatricain", "pediatrician"),
        ("psycholgist", "psychologist"),
    ] {
        let found = query::suggest(&snapshot, typed, None, 8).expect("completions");
        assert!(
            found.suggestions.iter().any(|s| s.text == text),
            "{typed}: {:?}",
            found.suggestions
        );
        assert!(found.lookups <= 120, "{typed}: {}", found.lookups);
    }
}

/// Within a sentence the last words are completed, and a place with its state stays one.
#[test]
fn sentences_and_places_with_their_states_are_completed() {
    for (typed, kind, text) in [
        ("chicago, il", "place", "Chicago, IL"),
        ("chicago i", "place", "Chicago, IL"),
        ("portland me", "place", "Portland, ME"),
        ("dentist chicago", "place", "dentist Chicago, IL"),
        ("dentist in chicago, il", "place", "dentist in Chicago, IL"),
        ("dentist 60614", "place", "dentist 60614 Chicago, IL"),
        ("female obgyn", "specialty", "female obgyn"),
    ] {
        let found = suggest(typed);
        assert!(has(&found, kind, text), "{typed}: {found:?}");
    }
    assert!(
        suggest("i need a dent")
            .iter()
            .any(|s| s.text.starts_with("i need a dent"))
    );
    assert!(suggest("dentist near me").iter().all(|s| s.kind != "place"));
}

/// What people wish for beside a kind of care, a payer by a word of its name, a telephone number, a name with an apostrophe.
#[test]
fn wishes_payers_and_numbers_are_completed() {
    let mut rows = vec![
        provider(0, "Kevin O'Brien", None, "207V00000X"),
        provider(2, "Oberon Fields", None, "207V00000X"),
    ];
    rows[0].locations[0].phone = Some("7135550103".to_owned());
    let world = Words::of(rows);
    let snapshot = world.index.snapshot();
    let suggest = |q: &str| query::suggest(&snapshot, q, None, 8).expect("completions").suggestions;
    for (typed, kind, text) in [
        ("acc", "wish", "accepting new patients"),
        ("open n", "wish", "open now"),
        ("teleh", "wish", "telehealth"),
        ("dentist accept", "wish", "dentist accepting new patients"),
        ("spanish speak", "language", "Spanish speaking"),
        ("spanish s", "language", "Spanish speaking"),
        ("o'b", "provider", "Kevin O'Brien"),
        ("o\u{2019}br", "provider", "Kevin O'Brien"),
        ("7135550103", "provider", "Kevin O'Brien"),
        ("(713) 555-0103", "provider", "Kevin O'Brien"),
        ("1 713 555 0103", "provider", "Kevin O'Brien"),
    ] {
        assert!(has(&suggest(typed), kind, text), "{typed}: {:?}", suggest(typed));
    }
    assert!(suggest("medicaid").iter().any(|s| s.kind == "network"));
    assert!(suggest("o'b").iter().all(|s| s.kind == "provider"));
}
