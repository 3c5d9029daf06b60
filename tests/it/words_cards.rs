//! What people copy from cards, bills and signatures: degrees behind a name, codes, insurance, houses with their towns.

use provider_directory::{domain::provider::Provider, vocab::place::Point};
use serde_json::Value;

use super::{
    words_names::{Words, provider},
    words_reading::assert_read,
};

fn names(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().into_iter().flatten();
    results.filter_map(|card| card["name"].as_str()).collect()
}

/// Somebody in a town: its name, state and ZIP, and where that is.
fn at(number: u64, name: &str, code: &str, town: (&str, &str, &str, f64, f64)) -> Provider {
    let mut row = provider(number, name, None, code);
    let (city, state, zip, lat, lon) = town;
    let location = &mut row.locations[0];
    location.city = Some(city.to_owned());
    location.state = Some(state.to_owned());
    location.postal_code = Some(zip.to_owned());
    location.point = Point::from_degrees(lat, lon);
    row
}

/// Whatever stands in capitals behind the comma of somebody's name is none of it.
#[test]
fn degrees_behind_a_comma_are_no_part_of_a_name() {
    let world = Words::of(vec![
        provider(0, "Andrew Poole", None, "122300000X"),
        provider(1, "Mia Anduha", None, "101Y00000X"),
        provider(2, "Kent Bartlett", None, "122300000X"),
        provider(3, "John Smith", None, "207Q00000X"),
        provider(4, "Ali Lima", None, "207Q00000X"),
        provider(5, "Otis Lee", None, "207Q00000X"),
        provider(6, "Mary Lees", None, "207Q00000X"),
    ]);
    for (text, name) in [
        ("Andrew Poole, BDS", "Andrew Poole"),
        ("Mia Anduha, B.A", "Mia Anduha"),
        ("Andrew Poole, DDS, PLC", "Andrew Poole"),
        ("Kent Bartlett, D.D.S.P.A", "Kent Bartlett"),
        ("Andrew Poole, CF-SLP", "Andrew Poole"),
        ("SMITH, JOHN A MD", "John Smith"),
        ("Smith John A., M.D., P.A.", "John Smith"),
        ("drlima", "Ali Lima"),
        ("Best regards, Mia Anduha", "Mia Anduha"),
        ("Mia Anduha, M.Ed., BCBA", "Mia Anduha"),
        ("mia.anduha@example.org", "Mia Anduha"),
        ("Lee's office", "Otis Lee"),
    ] {
        let answer = world.ask(&[("q", text)]);
        assert_eq!(names(&answer), [name], "{text}: {answer}");
    }
    assert_read(
        &world,
        &[
            // A state and a trade are what they are.
            ("Andrew Poole, TX", "name=andrew poole at=Texas"),
            ("andrew poole dentist", "is=122300000X name=andrew poole"),
        ],
    );
}

/// Codes of procedures and diagnoses are neither a ZIP nor a name, and it is told that they are not searched for.
#[test]
fn codes_of_procedures_are_left_out() {
    let world = Words::of(vec![
        provider(0, "Ann Lee", None, "207RG0100X"),
        provider(2, "Sam Code", None, "207Q00000X"),
    ]);
    assert_read(
        &world,
        &[
            ("gastroenterologist cpt 45378", "is=207RG0100X"),
            (
                "cpt code 99213 gastroenterologist houston",
                "is=207RG0100X at=Houston, TX",
            ),
            ("icd 10 e11.9 gastroenterologist", "is=207RG0100X"),
            ("gastroenterologist K21.9", "is=207RG0100X"),
            ("gastroenterologist diagnosis code K219", "is=207RG0100X"),
            // Digits alone are a ZIP.
            ("gastroenterologist 45378", "is=207RG0100X at=45378 Verona, OH"),
            ("dr code", "name=code"),
        ],
    );
    let answer = world.ask(&[("q", "gastroenterologist cpt 45378")]);
    assert_eq!(
        answer["hint"],
        "codes of procedures and diagnoses are not searched for, so `cpt 45378` is left out: say what it is for, like \
         `colonoscopy`"
    );
}

/// What stands on a card for a plan means all plans of that kind, or nothing; never somebody who is called like it.
#[test]
fn kinds_of_plans_are_nobodys_name() {
    let world = Words::of(vec![
        provider(0, "Mary Gold", None, "122300000X"),
        provider(2, "Edna Toney", None, "122300000X"),
        provider(4, "Regional Medical Center", None, "122300000X"),
    ]);
    assert_read(
        &world,
        &[
            ("gold ppo dentist", "is=122300000X plans=4"),
            ("medicaid", "networks=4"),
            ("takes medicaid", "networks=4"),
            ("aetna", ""),
            ("kaiser permanente", ""),
            ("blue cross blue shield dentist", "is=122300000X"),
            ("dr gold", "name=gold"),
            ("gold", "name=gold"),
        ],
    );
    let told = |text: &str| {
        world.ask(&[("q", text)])["hint"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    assert!(
        told("aetna").contains("no network or plan called `aetna`"),
        "{}",
        told("aetna")
    );
    let blue = told("blue cross blue shield");
    assert!(
        blue.contains("called `blue cross blue shield`") && !blue.contains("not understood"),
        "{blue}"
    );
    let gold = told("platinum epo dentist");
    assert!(gold.contains("`platinum epo` alone names no network or plan"), "{gold}");
}

/// A house and the town that it is in, whatever kind of care its name says, and the kind of care beside it.
#[test]
fn a_house_is_found_with_its_town() {
    let omaha = ("Omaha", "NE", "68102", 41.26, -95.93);
    let davenport = ("Davenport", "IA", "52801", 41.52, -90.57);
    let chicago = ("Chicago", "IL", "60601", 41.88, -87.62);
    let rochester = ("Rochester", "MN", "55905", 44.02, -92.48);
    let perry = ("Perry", "OK", "73077", 36.28, -97.28);
    let world = Words::of(vec![
        at(0, "Omaha Dental Center PA", "261QD0000X", omaha),
        at(1, "Brett Chou", "122300000X", omaha),
        at(2, "Davenport Drugs Associates", "3336C0003X", davenport),
        at(3, "Neil White", "101YA0400X", davenport),
        at(4, "Chicago Med Equipment Associates", "332B00000X", chicago),
        at(5, "Mayo Clinic", "282N00000X", rochester),
        at(6, "Lakeside Clinic", "261Q00000X", chicago),
        at(7, "Frederick Murrell", "207Q00000X", perry),
        at(8, "Beacon Perry Clinic PC", "261Q00000X", perry),
        at(9, "Memorial Wing Center", "282N00000X", rochester),
        at(10, "Lakeside Medical Associates", "282N00000X", chicago),
    ]);
    for (text, first) in [
        ("omaha dental center pa omaha", "Omaha Dental Center PA"),
        ("omaha dental center omaha", "Omaha Dental Center PA"),
        ("Dabenport Drugs Associates davenport", "Davenport Drugs Associates"),
        (
            "Chicago Med Equipment Associates Chicago",
            "Chicago Med Equipment Associates",
        ),
        ("Lakeside Med Associates chicago", "Lakeside Medical Associates"),
        ("mayo clinic", "Mayo Clinic"),
        ("mayo clinic chicago", "Mayo Clinic"),
    ] {
        let answer = world.ask(&[("q", text)]);
        assert_eq!(names(&answer).first(), Some(&first), "{text}: {answer}");
    }
    // Who is far away is told to be so.
    let answer = world.ask(&[("q", "mayo clinic"), ("near", "29.76,-95.37")]);
    assert_eq!(names(&answer), ["Mayo Clinic"], "{answer}");
    assert_eq!(
        answer["hint"],
        "nobody of the name `mayo clinic` is within 100 miles; the nearest is in Rochester, MN, 998 miles away",
        "{answer}"
    );
    // Where no house is called so, that is said plainly.
    let answer = world.ask(&[("q", "scripps clinic"), ("near", "41.88,-87.62")]);
    assert_eq!(names(&answer).first(), Some(&"Lakeside Clinic"), "{answer}");
    assert_eq!(
        answer["hint"], "nobody called `scripps clinic` is in this directory; shown are others of that kind",
        "{answer}"
    );
    // As it was typed, whatever it was corrected to.
    let answer = world.ask(&[("q", "methodist hospital")]);
    let told = answer["hint"].as_str().unwrap_or_default();
    assert!(told.contains("`methodist hospital`"), "{answer}");
    // A person and where they are.
    let answer = world.ask(&[("q", "Frederick Murrell at Beacon Perry Clinic PC")]);
    assert_eq!(names(&answer), ["Frederick Murrell"], "{answer}");
    assert_eq!(
        names(&answer["other_readings"][0]),
        ["Beacon Perry Clinic PC"],
        "{answer}"
    );
    assert_eq!(
        answer["hint"], "`at beacon perry clinic pc` is left out: the house stands beside whoever is called so",
        "{answer}"
    );
}

/// A thing in a story is nobody's name.
#[test]
fn a_thing_is_nobody() {
    let world = Words::of(vec![
        provider(0, "Penny Mitchell", None, "208000000X"),
        provider(2, "Lyle Jones", None, "363A00000X"),
        provider(4, "Ann Ngo", None, "207X00000X"),
    ]);
    assert_read(
        &world,
        &[
            ("my kid swallowed a penny", "is=208000000X"),
            ("dr penny", "name=penny"),
            // A surname is not corrected to a word behind somebody's given name.
            ("lyle jones physician assistant", "is=363A00000X name=lyle jones"),
        ],
    );
}
