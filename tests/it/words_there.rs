//! Whoever is named and is in the town that is named comes first, whatever keeps them out: a wish that a namesake of the next town
//! has, a word for their kind of care that is not theirs, a name of which only the beginning or the sound is known, a town of
//! which only the beginning is typed. What is left out is told, and whoever has all of it stands beside them.

use std::sync::OnceLock;

use provider_directory::vocab::terms::NetworkStatus;
use serde_json::Value;

use super::{
    words_names::{Town, Words, provider_in},
    words_reading::assert_read,
};

const ADA: Town = ("Ada", "OK", "74820", 34.77, -96.68);
const CORBIN: Town = ("Corbin", "KY", "40701", 36.94, -84.1);
const GREELEY: Town = ("Greeley", "CO", "80631", 40.42, -104.71);
const LOVELAND: Town = ("Loveland", "CO", "80537", 40.4, -105.08);
const MEDINA: Town = ("Medina", "OH", "44256", 41.14, -81.86);
const OCALA: Town = ("Ocala", "FL", "34471", 29.16, -82.13);
const SPOKANE: Town = ("Spokane", "WA", "99201", 47.66, -117.43);
const TACOMA: Town = ("Tacoma", "WA", "98402", 47.25, -122.44);

const FAMILY_NURSE: &str = "363LF0000X";
const FAMILY: &str = "207Q00000X";
const DENTIST: &str = "122300000X";
const INTERNIST: &str = "207R00000X";

/// A name, what they do, and where they are.
const ROWS: &[(&str, &str, Town)] = &[
    ("Nora Thompson", FAMILY, GREELEY),
    ("Paul Thompson", FAMILY, LOVELAND),
    ("Otis Hussain", INTERNIST, OCALA),
    ("Page Health Center", "261Q00000X", SPOKANE),
    ("Wyatt Family Dental Center", DENTIST, SPOKANE),
    ("Lena Wyatt", FAMILY, CORBIN),
    ("Emil Palmer", INTERNIST, CORBIN),
    ("Rosa Family", DENTIST, SPOKANE),
    ("Ida Practice", DENTIST, SPOKANE),
    ("Martin Walker", FAMILY_NURSE, SPOKANE),
    ("Ada Bourland", DENTIST, ADA),
    ("Carl Stuart", FAMILY, ADA),
    ("Hugh Murray", FAMILY, MEDINA),
    ("Jane Testerman", DENTIST, MEDINA),
    ("Murray Testerman", DENTIST, TACOMA),
    ("Thomas Gagne", INTERNIST, TACOMA),
    ("Keith Thomas", FAMILY, TACOMA),
    ("Karen Rosario", FAMILY, TACOMA),
    ("Hanna German", "208000000X", TACOMA),
    ("Kurt Kaiser", DENTIST, SPOKANE),
];

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let rows = (0..).zip(ROWS).map(|(number, (name, code, place))| {
            let mut row = provider_in(number, name, code, *place);
            match *name {
                "Paul Thompson" => row.languages.push("es".to_owned()),
                "Keith Thomas" => row.network_status = NetworkStatus::Pending,
                _ => {}
            }
            row
        });
        Words::of(rows.collect())
    })
}

fn names(answer: &Value) -> Vec<&str> {
    let results = answer["results"].as_array().expect("results").iter();
    results.map(|card| card["name"].as_str().unwrap_or_default()).collect()
}

/// Who is first for a sentence, and what of the hint tells why.
#[test]
fn whoever_is_named_in_the_town_comes_first() {
    for (q, first, told) in [
        // A wish that a namesake of the next town has.
        (
            "dr thompson greeley co speaks spanish",
            "Nora Thompson",
            "nobody of the name `thompson` in Greeley, CO is known to speak that language",
        ),
        // Another kind of care.
        (
            "psychiatrist hussain ocala fl",
            "Otis Hussain",
            "nobody of the name `hussain` in Ocala, FL is listed for that kind of care",
        ),
        (
            "hussain therapist in ocala fl",
            "Otis Hussain",
            "nobody of the name `hussain` in Ocala, FL is listed for that kind of care",
        ),
        // A trade behind a surname, whatever house is called by its first words.
        ("dr wyatt family doctor corbin ky", "Lena Wyatt", ""),
        ("wyatt family physician corbin ky", "Lena Wyatt", ""),
        (
            "palmer family practice corbin ky",
            "Emil Palmer",
            "nobody of the name `palmer` in Corbin, KY is listed for that kind of care",
        ),
        // A surname that is the word of another kind of care.
        ("walker nurse practitioner in spokane wa", "Martin Walker", ""),
        // The beginning of a surname, or one by ear.
        (
            "dr bourl ada ok",
            "Ada Bourland",
            "nobody of the very name `bourl` is near Ada, OK",
        ),
        (
            "dr stewart in ada ok",
            "Carl Stuart",
            "nobody of the very name `stewart` is near Ada, OK",
        ),
        // A surname before who has it for a given name, and whoever is active.
        ("dr thomas tacoma wa", "Keith Thomas", ""),
        // A town that is still being typed.
        (
            "dr rosario taco",
            "Karen Rosario",
            "`taco` is taken for the beginning of Tacoma, WA",
        ),
        ("karen rosario tacoma w", "Karen Rosario", ""),
        // A word apart from the name.
        ("dr hussain ocala fl kaiser", "Otis Hussain", "left out: kaiser"),
    ] {
        let answer = world().ask(&[("q", q)]);
        assert_eq!(names(&answer).first(), Some(&first), "{q}: {answer}");
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(told), "{q}: {answer}");
    }
}

/// Whoever has all that is wished, elsewhere, stands beside who is in the town; and those of the kind that was said.
#[test]
fn whoever_has_what_is_wished_stands_beside() {
    let answer = world().ask(&[("q", "dr thompson greeley co speaks spanish")]);
    assert_eq!(names(&answer["other_readings"][0]), ["Paul Thompson"], "{answer}");
    let answer = world().ask(&[("q", "dr thompson loveland co speaks spanish")]);
    assert_eq!(names(&answer)[0], "Paul Thompson", "{answer}");
    assert_eq!(answer["hint"], Value::Null, "{answer}");
    // Nobody in the town who speaks it: the language stays, and the surname is offered.
    let answer = world().ask(&[("q", "kids doctor german tacoma wa")]);
    assert_eq!(names(&answer), ["Hanna German"], "{answer}");
}

/// Two people with a title each, whoever is called by both surnames.
#[test]
fn two_titles_are_two_people() {
    for q in [
        "dr murray / dr testerman medina, oh",
        "dr murray and dr testerman in medina oh",
    ] {
        let answer = world().ask(&[("q", q)]);
        let mut found = names(&answer);
        found.sort_unstable();
        assert_eq!(found, ["Hugh Murray", "Jane Testerman"], "{q}: {answer}");
    }
}

/// Without a title and a state a word may be any, whoever in the town is called so.
#[test]
fn a_word_without_a_title_and_a_state_is_nobodys_surname() {
    let answer = world().ask(&[("q", "psychiatrist thompson greeley")]);
    assert_ne!(names(&answer).first(), Some(&"Nora Thompson"), "{answer}");
}

/// How far, and where, in whatever words.
#[test]
fn miles_and_states_are_read_however_they_are_said() {
    assert_read(
        world(),
        &[
            (
                "dentist within 2.5 miles of 60614",
                "is=122300000X at=60614 Chicago, IL miles=2.5",
            ),
            (
                "dentist within twenty five miles of tulsa ok",
                "is=122300000X at=Tulsa, OK miles=25.0",
            ),
            (
                "dentist within a mile and a half of 60614",
                "is=122300000X at=60614 Chicago, IL miles=1.5",
            ),
            (
                "dentist half a mile from 60614",
                "is=122300000X at=60614 Chicago, IL miles=0.5",
            ),
            // A town with a slip before letters that are a degree behind a name.
            ("dentist wellsley ma", "is=122300000X at=Wellesley, MA"),
            ("pediatrician cambridg md", "is=208000000X at=Cambridge, MD"),
            ("dentist qqqtown ma", "is=122300000X at=Massachusetts"),
            ("dentist mi", "is=122300000X at=Michigan"),
            // A city that is called like its state.
            ("dentist in new york ny", "is=122300000X at=New York, NY"),
            ("physician assistant driver tulsa ok", "is=363A00000X at=Tulsa, OK"),
        ],
    );
}

/// Of two kinds of care the one that is asked for: not whoever sent somebody on, what was taken back, or what only describes the other.
#[test]
fn what_is_only_told_of_is_not_asked_for() {
    assert_read(
        world(),
        &[
            (
                "my pcp referred me to a rheumatologist in akron oh",
                "is=207RR0500X at=Akron, OH",
            ),
            (
                "i have a dentist but i need a psychiatrist in reno nv",
                "is=2084P0800X at=Reno, NV",
            ),
            (
                "tired of pediatricians want a dermatologist in tulsa ok",
                "is=207N00000X at=Tulsa, OK",
            ),
            ("dentist no wait internist in tulsa ok", "is=207R00000X at=Tulsa, OK"),
            ("dermatologist in phoenix i mean tucson", "is=207N00000X at=Tucson, AZ"),
            (
                "dentist in 60614 correction 60657",
                "is=122300000X at=60657 Chicago, IL",
            ),
            (
                "female dentist make it male in omaha",
                "is=122300000X gender=M at=Omaha, NE",
            ),
            ("oncology nurse houston", "is=163W00000X at=Houston, TX"),
            ("psychiatrist uh no dentist in tulsa ok", "is=122300000X at=Tulsa, OK"),
            ("dentist sorry internist in tulsa ok", "is=207R00000X at=Tulsa, OK"),
            ("dentist - no, internist in tulsa ok", "is=207R00000X at=Tulsa, OK"),
            (
                "neurologist recommended by my family doctor in tulsa ok",
                "is=2084N0400X at=Tulsa, OK",
            ),
            (
                "i saw my dentist and he recommended a psychiatrist near reno nv",
                "is=2084P0800X at=Reno, NV",
            ),
        ],
    );
    let answer = world().ask(&[("q", "dentist no wait internist in tulsa ok")]);
    assert_eq!(
        answer["hint"], "`dentist` is not what is asked for, so it is left out",
        "{answer}"
    );
}

/// Words beside a surname and its town, and signs that are said.
#[test]
fn words_beside_a_surname_leave_whoever_is_there() {
    for (q, first) in [
        ("dr hussain down in ocala", "Otis Hussain"),
        ("dr hussain greater ocala area fl", "Otis Hussain"),
        ("dr hussain based in ocala fl", "Otis Hussain"),
        ("dr hussain loved ocala fl", "Otis Hussain"),
        ("doctor hussain in ocala florida period", "Otis Hussain"),
        ("who is doctor hussain in ocala florida question mark", "Otis Hussain"),
        ("d r hussain ocala fl", "Otis Hussain"),
        ("dr hussain family practice ocala fl", "Otis Hussain"),
        ("anyone in dr karen rosario practice tacoma wa", "Karen Rosario"),
        ("dr rosario tacoma bio", "Karen Rosario"),
    ] {
        let answer = world().ask(&[("q", q)]);
        assert_eq!(names(&answer).first(), Some(&first), "{q}: {answer}");
    }
}
