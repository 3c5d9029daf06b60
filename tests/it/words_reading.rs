//! What the one box makes of sentences: each part understood, told and applied.

use std::{fmt::Write as _, sync::OnceLock};

use provider_directory::{
    domain::provider::Specialty,
    index::free_slots::{Free, FreeSlot, FreeSlots},
    vocab::place::Point,
};
use serde_json::Value;

use super::words_names::{Words, now, provider, today};

pub(super) fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let names = [
            ("Jordan Young", "208000000X"),
            ("Michael Jordan", "207Q00000X"),
            ("Priya Spanish", "207Q00000X"),
            ("Emily Hart", "1223G0001X"),
            ("Emily Hart", "207RC0000X"),
            ("Robert Gonzalez", "207RC0000X"),
            ("Anh Do", "207Q00000X"),
            ("Susan Cold", "207Q00000X"),
            ("Will Best", "207Q00000X"),
            ("Houston Heart Center", "261QM1300X"),
            ("Laura Smith", "207N00000X"),
            ("Sam Houston", "207X00000X"),
            ("Maria Garcia", "208000000X"),
            ("Lakeside Family Medicine Associates", "207Q00000X"),
            ("Nora Field", "2080P0202X"),
            ("Santa Monica Eye Center", "207W00000X"),
            ("St Joseph Medical Center", "282N00000X"),
            // Of a town; it does not keep the other from being found.
            ("Saint Joseph Dental Center", "261QD0000X"),
            ("East Lansing Medical Center", "282N00000X"),
            ("Jersey City Medical Center", "282N00000X"),
            ("Denise Van", "207Q00000X"),
            // Called like cities and payers.
            ("Cleveland Boston", "207Q00000X"),
            ("Jackson Denver", "207Q00000X"),
            ("Columbus Mobile", "207Q00000X"),
            ("Brooklyn Harbor", "207Q00000X"),
            // Called after their towns, as no person here is.
            ("Poughkeepsie Care Center", "261QU0200X"),
            ("Marble Falls Dental Center", "261QD0000X"),
            ("Virginia Lee", "111N00000X"),
            ("Sun Kim", "207Q00000X"),
            ("Francis Smith", "207Q00000X"),
            ("Jessica Brown", "225200000X"),
            ("Tamara Paris", "207Q00000X"),
        ];
        let all = (0..).zip(names);
        Words::of(all.map(|(n, (name, code))| provider(n, name, None, code)).collect())
    })
}

/// The reading in a line: what is not null, in a fixed order.
fn reading(answer: &Value) -> String {
    let understood = &answer["interpreted"];
    let mut line = String::new();
    let mut tell = |name: &str, value: Option<String>| {
        if let Some(value) = value.filter(|value| !value.is_empty()) {
            let space = if line.is_empty() { "" } else { " " };
            write!(line, "{space}{name}={value}").expect("into memory");
        }
    };
    let text = |value: &Value| match value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(values) => Some(values.iter().filter_map(Value::as_str).collect::<Vec<_>>().join("|")),
        other => Some(other.to_string()),
    };
    let first = understood["specialty"].as_array().and_then(|codes| codes[0].as_str());
    tell("is", first.map(str::to_owned));
    for name in [
        "language",
        "gender",
        "accepting_new_patients",
        "telehealth",
        "accessibility",
        "open_at",
        "name",
        "npi",
    ] {
        tell(name, text(&understood[name]));
    }
    tell("at", text(&understood["place"]["label"]));
    tell("miles", text(&understood["radius_miles"]));
    let networks = understood["network"].as_array().map(|list| list.len().to_string());
    tell("networks", networks);
    let plans = understood["plan"].as_array().map(|list| list.len().to_string());
    tell("plans", plans);
    let terms = understood["terms"].as_array().into_iter().flatten();
    for excluded in terms.filter(|term| term["kind"] == "excluded") {
        let value = excluded["value"].as_str().unwrap_or_default();
        let first = value.split('|').next().unwrap_or_default();
        let (kind, _) = first.split_once('=').unwrap_or((first, ""));
        let id = matches!(kind, "network" | "plan");
        tell("not", Some(if id { kind } else { first }.to_owned()));
    }
    let mut terms = understood["terms"].as_array().into_iter().flatten();
    tell(
        "sort",
        terms
            .find(|term| term["kind"] == "sort")
            .and_then(|term| text(&term["value"])),
    );
    line
}

/// Sentences are read as they are expected to be, each with its [`reading`]; all that are not are told at once.
pub(super) fn assert_read(world: &Words, sentences: &[(&str, &str)]) {
    let mut faults = String::new();
    for (sentence, expected) in sentences {
        let found = reading(&world.ask(&[("q", sentence)]));
        if found != *expected {
            writeln!(faults, "{sentence}\n  is read as {found}\n  instead of {expected}").expect("into memory");
        }
    }
    assert!(faults.is_empty(), "\n{faults}");
}

#[test]
fn feature_1_15_a_corrected_word_is_told_with_what_it_finds() {
    let answer = world().ask(&[("q", "dermitology")]);
    assert_eq!(answer["did_you_mean"]["text"], "dermatology", "{answer}");
    assert_eq!(answer["did_you_mean"]["count"], answer["total"]["value"]);
    let answer = world().ask(&[("q", "Bob Gonzales"), ("match", "exact")]);
    assert_eq!(answer["total"]["value"], 0);
    assert_eq!(answer["did_you_mean"]["text"], "robert gonzalez", "{answer}");
    assert_eq!(answer["did_you_mean"]["count"], 1);
    let answer = world().ask(&[("q", "laura smith")]);
    assert_eq!(answer["did_you_mean"], Value::Null);
    // What is said beside the name stays.
    let answer = world().ask(&[("q", "Bob Gonzales, please"), ("match", "exact")]);
    assert_eq!(answer["did_you_mean"]["text"], "robert gonzalez, please", "{answer}");
    // Nor is a spelling offered that finds no other rows than are shown.
    let answer = world().ask(&[("q", "dr gonzales cardiologist, please")]);
    assert_eq!(answer["total"]["value"], 1, "{answer}");
    assert_eq!(answer["did_you_mean"], Value::Null, "{answer}");
}

#[test]
fn what_is_left_out_is_told() {
    for (text, told) in [
        ("no telehealth dermatologist", "`no telehealth` is no condition"),
        ("therapist that isnt christian", "`isnt christian` is no condition"),
        ("non smoking therapist", "`non smoking` is no condition"),
        ("dentist not open saturday", "`not open saturday` is no condition"),
        ("i dont have medicaid dentist", "`dont have medicaid` is no condition"),
        (
            "dentist not covered by medicare",
            "no network or plan called `medicare`",
        ),
        ("i dont speak english dentist", "say which language is spoken instead"),
        ("christian therapist", "nothing is known here of `christian`"),
        ("ppo dermatologist", "`ppo` alone names no network"),
        ("bcbs of texas dermatologist", "no network or plan called `bcbs`"),
        ("doctor near blorgh airport", "`blorgh` is no place that is known"),
        ("asian dentist", "nothing is known here of `asian`"),
        ("black female therapist", "nothing is known here of `black`"),
        (
            "doctor with 20 years experience",
            "nothing is known here of `20 years experience`",
        ),
        (
            "cheap vsp dentist",
            "of `cheap`, so it is left out; no network or plan called `vsp`",
        ),
        (
            "laura gonzalez dermatologist",
            "nobody of the name `laura gonzalez` is found",
        ),
        (
            "dentist in springfield or peoria",
            "only one place is searched at a time, so `peoria` is left out",
        ),
        ("dentist queens or brooklyn", "so `brooklyn` is left out"),
        (
            "harbor national platinum dentist",
            "no network or plan called `harbor national platinum` is in this directory, so `platinum` is left out",
        ),
        ("suicide", "call or text 988"),
        ("911", "in an emergency call 911"),
        ("my baby swallowed a battery", "call Poison Help, 1-800-222-1222"),
        ("i took too many pills", "call Poison Help, 1-800-222-1222"),
        ("dermatologist breathe", "not understood, so left out: breathe"),
        ("no puedo respirar", "in an emergency call 911"),
        ("my husband has chest pain", "in an emergency call 911"),
        ("dentist near me", "to find what is near, add a place"),
        ("closest hospital", "to find what is near, add a place"),
        ("dermatologist appointment next week", "`next week` is no day"),
        (
            "dermatologist available before friday",
            "no free appointments are published here, so `available before friday` is left out",
        ),
        (
            "earliest appointment with a dermatologist",
            "so `earliest appointment` is left out",
        ),
        ("dentist within 10 minutes", "`within 10 minutes` is no distance"),
        (
            "walking distance dentist",
            "nothing is known here of `walking distance`",
        ),
        (
            "dermatologist blue cross blue shield",
            "no network or plan called `blue cross blue shield`",
        ),
        ("the and of", "nothing in this text was understood"),
        ("\u{1f600}", "nothing in this text was understood"),
        (
            "120 main st dentist",
            "`120 main st` is a street, which cannot be searched for",
        ),
        ("dentist on park avenue new york", "`on park avenue` is a street"),
        ("no insurance dentist", "nothing is known here of `no insurance`"),
        ("bilingual pediatrician", "nothing is known here of `bilingual`"),
        ("PRV-2026-999999", "nobody here has the locator PRV-2026-999999"),
        ("555-1051", "with its area code"),
        ("251577575", "251577575 has 9 digits"),
        ("25157757590", "25157757590 has 11 digits"),
    ] {
        let answer = world().ask(&[("q", text)]);
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(told), "{text}: {hint}");
        assert_eq!(answer["interpreted"]["name"], Value::Null, "{text}");
    }
}

/// Where nobody is near enough, that is said, and nobody from a day's journey away is shown; who is asked for without a wish is
/// shown wherever they are.
#[test]
fn a_wish_is_looked_for_within_reach() {
    let mut rows = vec![
        provider(0, "Ada Kim", None, "1223G0001X"),
        provider(2, "Bea Green", None, "1223G0001X"),
        provider(4, "Cal Brown", None, "1223G0001X"),
    ];
    rows[0].languages = vec!["en".to_owned(), "ko".to_owned()];
    rows[1].locations[0].point = Point::from_degrees(29.72, -95.4);
    rows[2].locations[0].point = Point::from_degrees(29.74, -95.4);
    rows[2].verified_at = Some(today());
    let world = Words::of(rows);
    let far = world.ask(&[("q", "korean dentist"), ("near", "10013")]);
    assert_eq!(
        (&far["total"]["value"], &far["expanded_radius_miles"]),
        (&0.into(), &200.0.into())
    );
    assert_eq!(
        far["hint"],
        "within 200 miles nobody found is known to speak that language; without that there are 3"
    );
    for (q, near) in [
        ("korean dentist", "77030"),
        ("korean dentist", "Austin, TX"),
        ("ada kim", "10013"),
    ] {
        let found = world.ask(&[("q", q), ("near", near)]);
        assert_eq!(found["results"][0]["name"], "Ada Kim", "{q} near {near}");
    }
    let any = world.ask(&[("q", "dentist"), ("near", "10013")]);
    assert_eq!(any["total"]["value"], 3);
    // The nearest first, whatever else speaks for the others.
    let closest = world.ask(&[("q", "closest dentist"), ("near", "29.7,-95.4")]);
    let names: Vec<&str> = closest["results"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|c| c["name"].as_str())
        .collect();
    assert_eq!(names, ["Ada Kim", "Bea Green", "Cal Brown"]);
    assert_eq!(closest["hint"], Value::Null);
}

/// Where free appointments are published, they can be asked for in words.
#[test]
fn free_appointments_are_asked_for_in_words() {
    let rows = vec![
        provider(0, "Ada Kim", None, "207N00000X"),
        provider(2, "Bea Green", None, "207N00000X"),
        provider(4, "Cal Brown", None, "207N00000X"),
    ];
    let slot = |days: i64| Free {
        slots: vec![FreeSlot {
            starts_at: now().timestamp() + days * 86_400,
            utc_offset_minutes: -360,
        }],
        clinics: Vec::new(),
        more: false,
    };
    let mut table = FreeSlots::default();
    table.put(rows[1].id, slot(6));
    table.put(rows[2].id, slot(2));
    let world = Words::of(rows);
    world.index.set_free_slots(table);
    for q in [
        "next available dermatologist",
        "earliest appointment with a dermatologist",
    ] {
        let answer = world.ask(&[("q", q)]);
        let names: Vec<&str> = answer["results"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|c| c["name"].as_str())
            .collect();
        assert_eq!(names, ["Cal Brown", "Bea Green", "Ada Kim"], "{q}");
    }
    let answer = world.ask(&[("q", "dermatologist appointment before friday")]);
    assert_eq!(answer["interpreted"]["available_before"], "2026-11-27");
    assert_eq!(answer["results"][0]["name"], "Cal Brown");
    assert_eq!(answer["total"]["value"], 1);
    let nobody = world.ask(&[("q", "dermatologist available before tomorrow")]);
    assert_eq!(
        nobody["hint"],
        "nobody found has a free slot before that day; without that there are 3"
    );
}

/// Whoever asks for a doctor and says no more wants no dentist, therapist or house; who says more is taken at their word.
#[test]
fn a_bare_word_for_a_doctor_finds_physicians() {
    let expected = world().ask(&[("profession", "physician"), ("limit", "100")]);
    let names = |answer: &Value| -> Vec<String> {
        let results = answer["results"].as_array().into_iter().flatten();
        results
            .map(|card| card["name"].as_str().unwrap_or_default().to_owned())
            .collect()
    };
    assert!(names(&expected).contains(&"Jordan Young".to_owned()));
    for house_or_other in [
        "Lakeside Family Medicine Associates",
        "Virginia Lee",
        "Jessica Brown",
        "St Joseph Medical Center",
    ] {
        assert!(
            !names(&expected).contains(&house_or_other.to_owned()),
            "{house_or_other}"
        );
    }
    for q in [
        "doctor",
        "doctors near me",
        "Physicians",
        "dr in houston tx",
        "specialists in houston",
        "a doc please",
        "medicos",
    ] {
        let answer = world().ask(&[("q", q), ("limit", "100")]);
        assert_eq!(answer["interpreted"]["profession"], "physician", "{q}");
        assert_eq!(answer["total"], expected["total"], "{q}");
        let term = answer["interpreted"]["terms"].as_array().into_iter().flatten();
        assert!(term.clone().any(|term| term["kind"] == "profession"), "{q}");
    }
    let woman = world().ask(&[("q", "doctora")]);
    assert_eq!(
        (&woman["interpreted"]["profession"], &woman["interpreted"]["gender"]),
        (&"physician".into(), &"F".into())
    );
    for q in [
        "dr smith",
        "doctor smith",
        "heart doctor",
        "doctors office",
        "doctor of physical therapy",
        "anyone but dr smith",
    ] {
        let answer = world().ask(&[("q", q)]);
        assert_eq!(answer["interpreted"]["profession"], Value::Null, "{q}");
    }
    let others = world().ask(&[("exclude.profession", "physician"), ("limit", "100")]);
    let all = world().ask(&[("limit", "1")]);
    let count = |answer: &Value| answer["total"]["value"].as_u64().expect("a total");
    assert_eq!(count(&others) + count(&expected), count(&all));
}

/// Where the words mean a person, the houses with the same codes come behind; who does it besides, behind who does it first.
#[test]
fn people_come_before_houses_and_first_specialties_before_second_ones() {
    let mut second = provider(1, "Ann Second", None, "207X00000X");
    second.specialties.push(Specialty {
        code: "207RE0101X".to_owned(),
        primary: false,
        license_number: None,
        license_state: None,
    });
    let world = Words::of(vec![
        provider(0, "Houston Endocrine Associates", None, "207RE0101X"),
        second,
        provider(2, "Zoe First", None, "207RE0101X"),
        provider(3, "Bone Clinic", None, "207X00000X"),
        provider(4, "Max Bone", None, "207Q00000X"),
    ]);
    let first = |q: &str| {
        let answer = world.ask(&[("q", q)]);
        answer["results"][0]["name"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(first("endocrinologist"), "Zoe First");
    assert_eq!(first("endocrinologist in houston tx"), "Zoe First");
    assert_ne!(first("endocrinologist office"), "Ann Second");
    assert_eq!(first("dr bone"), "Max Bone");
}

/// Together with those who are not wanted they are everybody.
#[test]
fn what_is_not_wanted_is_excluded() {
    let everybody = world().ask(&[("limit", "100")]);
    let doctors = world().ask(&[("q", "doctor"), ("limit", "100")]);
    for (q, wanted, everybody) in [
        ("anyone but dr smith", "dr smith", &everybody),
        ("no dentists", "dentists", &everybody),
        ("doctor not in houston", "doctor in houston", &doctors),
    ] {
        let (others, those) = (
            world().ask(&[("q", q), ("limit", "100")]),
            world().ask(&[("q", wanted)]),
        );
        let count = |answer: &Value| answer["total"]["value"].as_u64().expect("a total");
        assert!(count(&those) > 0, "{wanted}");
        assert_eq!(count(&others) + count(&those), count(everybody), "{q}");
        let shown: Vec<&Value> = others["results"].as_array().into_iter().flatten().collect();
        let is_shown = |card: &Value| shown.iter().any(|other| other["locator"] == card["locator"]);
        assert!(!those["results"].as_array().into_iter().flatten().any(is_shown), "{q}");
    }
    let nobody = world().ask(&[("q", "dermatologist not named smith")]);
    assert_eq!(
        nobody["hint"],
        "everybody found is among those who are not wanted; without that there is 1"
    );
}

/// An empty page says which wish keeps everybody out, be it of the box or of a parameter.
#[test]
fn the_wish_that_keeps_everybody_out_is_told() {
    for (asked, told) in [
        (
            &[("q", "dentist open now")][..],
            "nobody found is known to be open then; without that there is 1",
        ),
        (
            &[("specialty", "dentist"), ("open_at", "now")],
            "nobody found is known to be open then; without that there are some",
        ),
        (
            &[("q", "cardiologist"), ("telehealth", "true")],
            "nobody found is known to offer telehealth as asked; without that there are 2",
        ),
        (
            &[("q", "wheelchair accessible dentist")],
            "nobody found is known to be accessible as asked; without that there is 1",
        ),
        (
            &[("q", "dentist within 5 miles of 10013")],
            "nobody is found so near; without that there is 1",
        ),
        (
            &[("q", "dentist who speaks korean")],
            "nobody found is known to speak that language; without that there is 1",
        ),
        (
            &[("q", "female korean dentist open now")],
            "nobody found is all of that; without those wishes there is 1",
        ),
        (&[("q", "zzyzxq")], "nobody of the name `zzyzxq` is found"),
        (
            &[("q", "713-555-0142")],
            "nobody is found by the telephone number 7135550142",
        ),
        (&[("q", "1245319599")], "nobody here has the NPI 1245319599"),
        (
            &[("category", "hospitals")],
            "nobody here is of the category `hospitals`; `hospital` is one",
        ),
        (&[("county", "Foo")], "`foo` is no county that is known here"),
    ] {
        let answer = world().ask(asked);
        assert_eq!(answer["total"]["value"], 0, "{asked:?}");
        assert_eq!(answer["hint"], told, "{asked:?}");
    }
    let answer = world().ask(&[("q", "dentist who speaks english")]);
    assert_eq!(answer["total"]["value"], 1);
    assert_eq!(answer["hint"], Value::Null);
}

/// Distances that nothing is measured from are told, not silently ignored.
#[test]
fn a_radius_without_a_place_is_told() {
    for more in [("radius", "50"), ("sort", "distance")] {
        let answer = world().ask(&[("q", "dentist"), more]);
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(hint.contains("distances need a point"), "{more:?}: {hint}");
        let placed = world().ask(&[("q", "dentist in houston tx"), more]);
        assert_eq!(placed["hint"], Value::Null, "{more:?}");
    }
}

/// Two places are asked for, and only one can be measured from: which is told.
#[test]
fn a_place_in_the_text_beside_another_is_told() {
    let answer = world().ask(&[("q", "dentist in boston"), ("near", "Houston, TX")]);
    let hint = answer["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("so `Boston, MA` is left out"), "{hint}");
    let same = world().ask(&[("q", "dentist in houston tx"), ("near", "Houston, TX")]);
    assert_eq!(same["hint"], Value::Null);
}

/// Nobody means the middle of a state.
#[test]
fn near_a_state_is_all_of_it() {
    let (near, state) = (
        world().ask(&[("q", "dentist"), ("near", "Texas")]),
        world().ask(&[("q", "dentist"), ("state", "tx")]),
    );
    assert_eq!(near["total"], state["total"]);
    assert_eq!(near["total"]["value"], 1);
    assert_eq!(near["expanded_radius_miles"], Value::Null);
    assert_eq!(near["results"][0]["distance_miles"], Value::Null);
}

/// Two people behind one title are both found; whoever is called so comes before the place that is meant, too, and beside it.
#[test]
fn two_people_and_a_locator_are_found() {
    let answer = world().ask(&[("q", "drs smith and kim"), ("limit", "20")]);
    let cards = answer["results"].as_array().expect("cards");
    for name in ["Laura Smith", "Sun Kim"] {
        assert!(cards.iter().any(|card| card["name"] == name), "{name}: {answer}");
    }
    let smith = cards
        .iter()
        .find(|card| card["name"] == "Laura Smith")
        .expect("Laura Smith");
    let locator = smith["locator"].as_str().expect("a locator");
    let found = world().ask(&[("q", locator)]);
    assert_eq!(found["total"]["value"], 1, "{found}");
    assert_eq!(found["results"][0]["name"], "Laura Smith");
    // `virginia chiropractor` is the state, where nobody is; Virginia Lee stands in for them.
    let answer = world().ask(&[("q", "virginia chiropractor")]);
    assert_eq!(answer["results"][0]["name"], "Virginia Lee", "{answer}");
}

#[test]
fn who_is_called_like_a_wish_is_offered_beside() {
    let world = Words::of(vec![
        provider(0, "Ada Black", None, "1223G0001X"),
        provider(1, "Bea Green", None, "1223G0001X"),
    ]);
    let answer = world.ask(&[("q", "black dentist")]);
    assert_eq!(answer["total"]["value"], 2);
    assert_eq!(
        answer["other_readings"][0]["results"][0]["name"], "Ada Black",
        "{answer}"
    );
    assert_eq!(answer["other_readings"][0]["total"]["value"], 1);
    let named = world.ask(&[("q", "dr black dentist")]);
    assert_eq!(named["interpreted"]["name"], "black", "{named}");
}
