//! Towns, states and names that are misspelt, and words that are a title, a street or a thing by what stands around them.

use std::sync::OnceLock;

use serde_json::Value;

use super::{
    words_names::{Town, Words},
    words_reading::assert_read,
};

const LEWISTON: Town = ("Lewiston", "ME", "04240", 44.1, -70.21);
const BEAVERTON: Town = ("Beaverton", "OR", "97005", 45.49, -122.8);
const SAN_ANTONIO: Town = ("San Antonio", "TX", "78229", 29.5, -98.57);
const HOUSTON: Town = ("Houston", "TX", "77030", 29.7, -95.4);
const GRAND_RAPIDS: Town = ("Grand Rapids", "MI", "49503", 42.97, -85.66);
const BELLINGHAM: Town = ("Bellingham", "WA", "98225", 48.75, -122.5);
const NEW_YORK: Town = ("New York", "NY", "10001", 40.75, -73.99);
const ALTOONA: Town = ("Altoona", "PA", "16601", 40.51, -78.4);
const MELBOURNE: Town = ("Melbourne", "FL", "32901", 28.08, -80.61);
const CALEXICO: Town = ("Calexico", "CA", "92231", 32.68, -115.5);
const WEST_CHESTER: Town = ("West Chester", "OH", "45069", 39.34, -84.4);
const ACTON: Town = ("Acton", "MA", "01720", 42.48, -71.44);
const LA_CROSSE: Town = ("La Crosse", "WI", "54601", 43.8, -91.22);

/// A name, what they do, and where they are.
const ROWS: &[(&str, &str, Town)] = &[
    ("Howard Tharp", "207Q00000X", LEWISTON),
    ("Vicki Garcia", "207Q00000X", BEAVERTON),
    ("Paul Burnett", "207Q00000X", SAN_ANTONIO),
    ("Thomas Burnett", "207Q00000X", HOUSTON),
    ("John Poole", "207Q00000X", GRAND_RAPIDS),
    ("James Rash", "106H00000X", BELLINGHAM),
    ("Dora Billings", "207Q00000X", NEW_YORK),
    ("Sam Houston", "207X00000X", HOUSTON),
    ("Cindy Spence", "363A00000X", ALTOONA),
    ("Altoona Hospital", "282N00000X", ALTOONA),
    ("Tyrone Chadwick", "207Q00000X", MELBOURNE),
    ("St Peter Melbourne Hospital", "282N00000X", MELBOURNE),
    ("Rosa Mejia", "207Q00000X", CALEXICO),
    ("David Robbins I", "207Q00000X", NEW_YORK),
    ("Alan Robbins", "207Q00000X", CALEXICO),
    ("David Pena", "207Q00000X", WEST_CHESTER),
    ("Acton Clinical Laboratories", "291U00000X", ACTON),
    ("Gina Womack", "207V00000X", NEW_YORK),
    ("Walter Day", "163W00000X", HOUSTON),
    ("Justin Hodge", "207Q00000X", LA_CROSSE),
    ("Georgina Lee", "207Q00000X", NEW_YORK),
    ("Domingo Scott", "207Q00000X", NEW_YORK),
    ("St Francis Kidney Care", "261QE0700X", CALEXICO),
    ("Partners Regional Health", "261QM1300X", HOUSTON),
];

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| Words::of_rows(ROWS))
}

fn first(answer: &Value) -> &str {
    answer["results"][0]["name"].as_str().unwrap_or_default()
}

/// A misspelt town before a state whose two letters are a word, too, is looked for in that state.
#[test]
fn a_misspelt_town_is_one_of_its_state() {
    assert_read(
        world(),
        &[
            ("dentist in birmingam al", "is=122300000X at=Birmingham, AL"),
            ("Birmingam, AL dentist", "is=122300000X at=Birmingham, AL"),
            ("dentist in tulas ok", "is=122300000X at=Tulsa, OK"),
            ("dentist in denvor co", "is=122300000X at=Denver, CO"),
            ("dentist in fort colins co", "is=122300000X at=Fort Collins, CO"),
            ("dentist indianapolus in", "is=122300000X at=Indianapolis, IN"),
            ("dentist in portlnd or", "is=122300000X at=Portland, OR"),
            ("dentist new orlins la", "is=122300000X at=New Orleans, LA"),
            (
                "dentist baton rogue la open saturday",
                "is=122300000X open_at=2026-11-28T10:00 at=Baton Rouge, LA",
            ),
            ("howard tharp lewistin me", "name=howard tharp at=Lewiston, ME"),
            ("vicki garcia beaferton or", "name=vicki garcia at=Beaverton, OR"),
            ("tharp lewistin me", "name=tharp at=Lewiston, ME"),
            ("dentist in san franciso ca", "is=122300000X at=San Francisco, CA"),
            ("dentist in sandiago", "is=122300000X at=San Diego, CA"),
            ("la crose wisconsin", "at=La Crosse, WI"),
            ("dentist in la corse wi", "is=122300000X at=Wisconsin"),
            ("dentist in la jola california", "is=122300000X at=La Jolla, CA"),
            ("dentist in zzorqk md", "is=122300000X at=Maryland"),
            ("dentist in new orleasn la", "is=122300000X at=New Orleans, LA"),
            ("my boyfriend beats me", "is=101YM0800X"),
            ("dentist in gotham al", "is=122300000X at=Alabama"),
            // No French, where nobody speaks.
            (
                "st frrancis kidney care calexico ca",
                "is=207RN0300X name=st frrancis at=Calexico, CA",
            ),
            // At least the state, where no town of it is like that.
            ("dentist in zzorqk al", "is=122300000X at=Alabama"),
            // The word goes on with the sentence.
            ("dentist in springfield or houston", "is=122300000X at=Springfield, MO"),
            ("dentist in la", "is=122300000X at=Los Angeles, CA"),
        ],
    );
}

/// There are but fifty states, so a word that is nearly one is it, whatever village is called like it.
#[test]
fn misspelt_states_are_known() {
    assert_read(
        world(),
        &[
            ("dentist in calfornia", "is=122300000X at=California"),
            ("dentist calfornia", "is=122300000X at=California"),
            ("calfornia dentist", "is=122300000X at=California"),
            ("dentist in flordia", "is=122300000X at=Florida"),
            ("dentist texes", "is=122300000X at=Texas"),
            ("dentist in pensilvania", "is=122300000X at=Pennsylvania"),
            ("dentist missippi", "is=122300000X at=Mississippi"),
            ("dentist in ohoi", "is=122300000X at=Ohio"),
            ("dentist utha", "is=122300000X at=Utah"),
            ("dentist in arkansaw", "is=122300000X at=Arkansas"),
            ("dentist in marland", "is=122300000X at=Maryland"),
            ("dentist in marland ok", "is=122300000X at=Marland, OK"),
            ("dentist in rode island", "is=122300000X at=Rhode Island"),
            ("dentist in new hamshire", "is=122300000X at=New Hampshire"),
            ("dentist north carlina", "is=122300000X at=North Carolina"),
            ("dentist new jersy", "is=122300000X at=New Jersey"),
            ("dentist in salem massachussetts", "is=122300000X at=Salem, MA"),
            ("dentist in manchester conneticut", "is=122300000X at=Manchester, CT"),
            (
                "dentist arlington heights ilinois",
                "is=122300000X at=Arlington Heights, IL",
            ),
            ("dentist in virgina beach", "is=122300000X at=Virginia Beach, VA"),
            ("dentist virgina", "is=122300000X at=Virginia"),
            // Names and words that are a letter from a state.
            ("georgina lee", "name=georgina lee"),
            ("dentist georgina", "is=122300000X name=georgina"),
        ],
    );
}

/// Behind what describes a doctor and before a town `dr` is none's title.
#[test]
fn dr_is_a_noun_too() {
    assert_read(
        world(),
        &[
            ("knee dr houston tx", "is=207X00000X at=Houston, TX"),
            ("knee dr houston", "is=207X00000X at=Houston, TX"),
            ("good dr tampa fl", "at=Tampa, FL"),
            ("need a dr houston tx", "at=Houston, TX"),
            ("drs houston tx", "at=Houston, TX"),
            ("female dr fort worth", "gender=F at=Fort Worth, TX"),
            ("womens dr tampa fl", "is=207V00000X at=Tampa, FL"),
            ("womens doc tampa fl", "is=207V00000X at=Tampa, FL"),
            ("knee dr winter park fl", "is=207X00000X at=Winter Park, FL"),
            // A name, or a trade before one.
            ("dr houston tx", "name=houston at=Texas"),
            ("good dr pena", "name=pena"),
            ("good dr pena west chester oh", "name=pena at=West Chester, OH"),
            ("lady dr tampa fl", "gender=F at=Tampa, FL"),
        ],
    );
}

/// A number, a name and what streets are is a street, whatever else its last word may be.
#[test]
fn a_numbered_street_is_no_title() {
    assert_read(
        world(),
        &[
            (
                "Cindy Spence\n8849 Central Dr\nAltoona PA 16601",
                "name=cindy spence at=16601 Altoona, PA",
            ),
            (
                "Tyrone Chadwick, 3982 Pine St, Melbourne, FL 32901",
                "name=tyrone chadwick at=32901 Melbourne, FL",
            ),
            (
                "my address is 220 Oak Dr, Tampa FL, find me a dentist",
                "is=122300000X at=Tampa, FL",
            ),
            ("123 Oak Dr Reno NV dentist", "is=122300000X at=Reno, NV"),
            (
                "howard tharp 250 court dr west des moines ia",
                "name=howard tharp at=West Des Moines, IA",
            ),
            ("6292 Forest Way", ""),
            ("3851 Medical Center Blvd", ""),
            ("dentist on main way in rochester mi", "is=122300000X at=Rochester, MI"),
            ("100 main st louis mo dentist", "is=122300000X at=Saint Louis, MO"),
            // A title all the same.
            ("dr spence 16601", "name=spence at=16601 Altoona, PA"),
        ],
    );
}

/// What somebody tells of is no town, and nobody.
#[test]
fn words_of_complaints_are_no_towns() {
    let nowhere = [
        "bleeding gums when i brush",
        "hurts to bend my knee",
        "hurts when i bend my knee",
        "cant bend my finger",
        "ptsd from the war",
        "my son broke his leg at camp",
        "ankles puffy at end of day",
        "need a nurse during the day",
        "nose bleeds every day",
    ];
    for text in nowhere {
        let read = &world().ask(&[("q", text)])["interpreted"];
        assert!(read["place"].is_null() && read["name"].is_null(), "{text}: {read}");
    }
    assert_read(
        world(),
        &[
            ("dentist in bend", "is=122300000X at=Bend, OR"),
            ("dentist brush co", "is=122300000X at=Brush, CO"),
            ("my dallas dentist", "is=122300000X at=Dallas, TX"),
            ("i need a houston dentist", "is=122300000X at=Houston, TX"),
            ("nurse day", "is=163W00000X name=day"),
        ],
    );
}

/// Somebody whose name is half right is who is so called in the town that is named.
#[test]
fn half_a_name_is_looked_for_in_its_town() {
    for (text, name) in [
        ("pau burnett san antonio tx", "Paul Burnett"),
        ("qqrst burnett san antonio tx", "Paul Burnett"),
        ("johhn poole grand rapids mi", "John Poole"),
        ("jon pooel grand rapids mi", "John Poole"),
        ("jaes rash bellingham wa", "James Rash"),
        ("dr biillings new york ny", "Dora Billings"),
        ("domingo scott new york ny", "Domingo Scott"),
        ("dr dayy houston tx", "Walter Day"),
        ("dr robb something in calexico ca", "Alan Robbins"),
        ("dr r something mejia in calexico ca", "Rosa Mejia"),
        ("dr robbins i think its spelled robbins calexico ca", "Alan Robbins"),
        ("drdavidpena west chester oh", "David Pena"),
        ("www.drpena.com west chester oh", "David Pena"),
        ("davidpenamd west chester oh", "David Pena"),
        ("actonclinicallaboratories acton ma", "Acton Clinical Laboratories"),
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(first(&answer), name, "{text}: {}", answer["interpreted"]);
    }
    let answer = world().ask(&[("q", "pau burnett san antonio tx")]);
    assert_eq!(
        answer["hint"], "`pau burnett` is taken for `paul burnett`, who is there",
        "{answer}"
    );
}
