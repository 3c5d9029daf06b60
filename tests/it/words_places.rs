//! Where people say that somebody is, in fewer words than an address has; and the person who is asked for by name, whom nothing
//! else that is said may hide.

use std::sync::OnceLock;

use provider_directory::vocab::terms::{Gender, ProviderKind};
use serde_json::Value;

use super::{
    words_names::{Town, Words, provider_in},
    words_reading::assert_read,
};

/// Of a name, what they do, and where they are.
const ROWS: &[(&str, &str, Town)] = &[
    ("Violet Hagstrom", "207Q00000X", MIAMI),
    ("Jessica Ward", "207W00000X", MIAMI),
    ("Karen Wart", "207Q00000X", MIAMI),
    ("Jessica Warde", "207N00000X", MIAMI),
    ("Willie Leggett", "225200000X", MIAMI),
    ("Gene Lubbers", "207R00000X", BOSTON),
    ("Ella Spade", "207RH0000X", HOUSTON),
    ("Anthony Do", "363A00000X", HOUSTON),
    ("Anthony Reed", "207Q00000X", HOUSTON),
    ("John Decker", "207N00000X", MIAMI),
    ("Ada Decker", "207N00000X", MIAMI),
    ("Virginia Holt", "122300000X", BOSTON),
    ("Candy Mitchell", "207Q00000X", HOUSTON),
    ("Candy Mitchell", "207Q00000X", BOSTON),
    ("Poughkeepsie Care Center", "261QU0200X", POUGHKEEPSIE),
    ("Otto Marsh", "208000000X", POUGHKEEPSIE),
    ("Gulick Jones Associates", "207Q00000X", POUGHKEEPSIE),
    ("Los Angeles Clinic", "261QM1300X", LOS_ANGELES),
    ("Sewell Immediate Care Center", "261QU0200X", SEWELL),
    ("Nora Field", "122300000X", HOUSTON),
];

const MIAMI: Town = ("Miami", "FL", "33155", 25.74, -80.31);
const BOSTON: Town = ("Boston", "MA", "02111", 42.35, -71.06);
const HOUSTON: Town = ("Houston", "TX", "77030", 29.7, -95.4);
const POUGHKEEPSIE: Town = ("Poughkeepsie", "NY", "12601", 41.7, -73.92);
const LOS_ANGELES: Town = ("Los Angeles", "CA", "90015", 34.04, -118.27);
const SEWELL: Town = ("Sewell", "NJ", "08080", 39.75, -75.12);

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let rows = (0..).zip(ROWS).map(|(number, (name, code, place))| {
            let mut row = provider_in(number, name, code, *place);
            if row.kind == ProviderKind::Individual {
                row.gender = Some(Gender::Female);
            }
            row
        });
        Words::of(rows.collect())
    })
}

/// What each sentence is read as.
const SENTENCES: &[(&str, &str)] = &[
    // A place said twice, or nearer the second time.
    ("houston dentist tx", "is=122300000X at=Houston, TX"),
    ("dentist miami 33155", "is=122300000X at=33155 Miami, FL"),
    ("dentist texas houston", "is=122300000X at=Houston, TX"),
    ("dentist miami 90015", "is=122300000X at=90015 Los Angeles, CA"),
    // A house with its address, and a person as offices write them.
    (
        "Los Angeles Clinic, Los Angeles, CA 90015",
        "name=los angeles clinic at=90015 Los Angeles, CA",
    ),
    (
        "Sewell Immediate Care Center LLC, Sewell, NJ 08080",
        "name=sewell immediate care center at=08080 Sewell, NJ",
    ),
    ("gulick jones poughkeepsie", "name=gulick jones at=Poughkeepsie, NY"),
    ("lubbers, g Boston MA", "name=lubbers g at=Boston, MA"),
    ("g. lubbers boston ma", "name=g lubbers at=Boston, MA"),
    ("spade, e Houston TX", "name=spade e at=Houston, TX"),
    (
        "spade e hematology houston",
        "is=207RH0000X name=spade e at=Houston, TX",
    ),
    ("anthony do pa", "name=anthony do"),
    ("dr decker", "name=decker"),
    ("DR JOHN DECKER   Member since 01/2024", "name=john decker"),
    // Credentials as cards print them, and a word beside a name that nobody knows.
    ("Violet Hagstrom, PA-C, Miami FL", "name=violet hagstrom at=Miami, FL"),
    ("Nora Field, CCC-SLP, Houston TX", "name=nora field at=Houston, TX"),
    ("Jessica Ward OTR/L Miami FL", "name=jessica ward at=Miami, FL"),
    ("Nora Field, DDS, MS, Houston TX", "name=nora field at=Houston, TX"),
    ("nora field xqz houston tx", "name=nora field at=Houston, TX"),
    // The town in which somebody is called so.
    ("marsh o md poughkeepsie", "name=marsh o at=Poughkeepsie, NY"),
    ("otto mash poughkeepsie", "name=otto mash at=Poughkeepsie, NY"),
    // Beside a kind of care and a place nobody is asked for who is merely called like a word, or far off.
    ("dentist feld houston", "is=122300000X at=Houston, TX"),
    ("dentist houston holt", "is=122300000X at=Houston, TX"),
    ("dentist houston field", "is=122300000X name=field at=Houston, TX"),
    ("poughkeepsie otto marsh", "name=otto marsh at=Poughkeepsie, NY"),
    // Cities in short amid what is understood, misspelt ones at either end, and great ones behind towns.
    ("dentist phx spanish", "is=122300000X language=es at=Phoenix, AZ"),
    ("dentist LA female", "is=122300000X gender=F at=Los Angeles, CA"),
    (
        "heart doctor LA who speaks spanish",
        "is=207RC0000X language=es at=Los Angeles, CA",
    ),
    ("phila pa dentist", "is=122300000X at=Philadelphia, PA"),
    ("clevland dentist", "is=122300000X at=Cleveland, OH"),
    ("mobile dentist houston", "is=122300000X at=Houston, TX"),
    ("dentist off highway 6 houston", "is=122300000X at=Houston, TX"),
    ("dentist hyde park in chicago", "is=122300000X at=Chicago, IL"),
    ("dr los angeles skin", "is=207N00000X at=Los Angeles, CA"),
    // States whose letters are degrees and words elsewhere.
    ("dentist pa", "is=122300000X at=Pennsylvania"),
    ("dentist oh", "is=122300000X at=Ohio"),
    ("MD dentist", "is=122300000X at=Maryland"),
    ("va dentist", "is=122300000X at=Virginia"),
    ("dentist licensed in NY and NJ", "is=122300000X at=New York"),
    ("dentist MA female", "is=122300000X gender=F at=Massachusetts"),
    // Words, whatever villages are called.
    ("wheelchair repair for home 77030", "is=332B00000X at=77030 Houston, TX"),
    ("gene b. lubbers", "name=gene b lubbers"),
    // What is not wanted.
    ("therapist no kids", "is=101YM0800X"),
];

#[test]
fn places_are_read_as_people_shorten_them() {
    assert_read(world(), SENTENCES);
}

fn names(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().into_iter().flatten();
    results.filter_map(|card| card["name"].as_str()).collect()
}

/// Whatever else is asked: first whoever is called so, and what is not true of them is told.
#[test]
fn whoever_is_asked_for_by_name_is_shown() {
    for (q, name, told) in [
        (
            "violet hagstrom accepting new patients",
            "Violet Hagstrom",
            "nobody of the name `violet hagstrom` is known to take new patients as asked; whoever is called so is shown",
        ),
        (
            "does dr hagstrom take new patients",
            "Violet Hagstrom",
            "nobody of the name `hagstrom` is known to take new patients as asked; whoever is called so is shown",
        ),
        (
            "male violet hagstrom",
            "Violet Hagstrom",
            "nobody of the name `violet hagstrom` is of that gender, as far as is known; whoever is called so is shown",
        ),
        (
            "violet hagstrom speaks korean",
            "Violet Hagstrom",
            "nobody of the name `violet hagstrom` is known to speak that language; whoever is called so is shown",
        ),
        // A Warde who is a dermatologist hides no Ward who is none.
        (
            "jessica ward dermatologist",
            "Jessica Ward",
            "nobody of the name `jessica ward` is known for that kind of care; whoever is called so is shown",
        ),
        (
            "dr jessica ward harbor national health gold ppo",
            "Jessica Ward",
            "nobody of the name `jessica ward` is in that network or plan; whoever is called so is shown",
        ),
        (
            "willie leggett physical therapist telehealth",
            "Willie Leggett",
            "nobody of the name `willie leggett` is found who is all of that; whoever is called so is shown",
        ),
    ] {
        let answer = world().ask(&[("q", q)]);
        assert_eq!(names(&answer)[0], name, "{q}: {answer}");
        assert_eq!(answer["results"][0]["matched"]["name"], "exact", "{q}");
        assert_eq!(answer["hint"], told, "{q}");
    }
    // A parameter holds, and brings in nobody else.
    let filtered = world().ask(&[("q", "violet hagstrom speaks korean"), ("gender", "M")]);
    assert_eq!(filtered["total"]["value"], 0, "{filtered}");
    // Who is not wanted is not shown.
    let unwanted = world().ask(&[("q", "dermatologist not dr decker")]);
    assert!(
        !names(&unwanted).iter().any(|name| name.contains("Decker")),
        "{unwanted}"
    );
}

/// Who bears the very name near a place is whom one looks for: nobody is looked for farther away.
#[test]
fn whoever_bears_the_name_near_a_place_is_enough() {
    let answer = world().ask(&[("q", "candy mitchell boston")]);
    assert_eq!(names(&answer).len(), 1, "{answer}");
    assert_eq!(answer["results"][0]["location"]["city"], "Boston");
    assert_eq!(answer["expanded_radius_miles"], Value::Null);
    let far = world().ask(&[("q", "candy mitchell los angeles")]);
    assert_eq!(names(&far).len(), 2, "{far}");
}

/// Where somebody is does not go before where they say that they want to go; a place that was chosen does.
#[test]
fn a_place_in_the_text_goes_before_a_position() {
    let asked = |near: &str, q: &str| {
        let answer = world().ask(&[("q", q), ("near", near)]);
        answer["results"][0]["location"]["city"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    };
    let at_miami = "25.74,-80.31";
    assert_eq!(asked(at_miami, "family doctor"), "Miami");
    assert_eq!(asked(at_miami, "family doctor in houston tx"), "Houston");
    assert_eq!(asked(at_miami, "family doctor near me"), "Miami");
    assert_eq!(asked("Miami, FL", "family doctor in houston tx"), "Miami");
}

/// A bare town is a name first, and offered as a place.
#[test]
fn a_bare_town_is_offered_as_a_place() {
    let answer = world().ask(&[("q", "poughkeepsie")]);
    assert_eq!(names(&answer), ["Poughkeepsie Care Center"]);
    let other = &answer["other_readings"][0];
    assert_eq!(other["interpreted"]["place"]["label"], "Poughkeepsie, NY", "{answer}");
    assert_eq!(other["total"]["value"], 3);
}
