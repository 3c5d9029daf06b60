//! Towns that no ZIP is called after, states behind towns that they have not, two places in one sentence, and how far somebody goes.

use std::sync::OnceLock;

use super::{
    words_names::{Town, Words},
    words_reading::assert_read,
};

const MINNEAPOLIS: Town = ("Minneapolis", "MN", "55435", 44.87, -93.33);
const LITTLETON: Town = ("Littleton", "CO", "80123", 39.61, -105.07);
const DENVER: Town = ("Denver", "CO", "80202", 39.75, -104.99);
const MIAMI: Town = ("Miami", "FL", "33155", 25.74, -80.31);
const TAMPA: Town = ("Tampa", "FL", "33602", 27.95, -82.46);
const WESTON_MA: Town = ("Weston", "MA", "02493", 42.36, -71.3);
const JACKSON: Town = ("Jackson", "MS", "39201", 32.29, -90.18);

/// A name, what they do, and where they are.
const ROWS: &[(&str, &str, Town)] = &[
    ("Olga Johnson", "207Q00000X", MINNEAPOLIS),
    ("Peter Lee", "122300000X", LITTLETON),
    ("Rosa Denton", "122300000X", DENVER),
    ("Lee Abston", "208800000X", MIAMI),
    ("Joseph Edwards", "208800000X", TAMPA),
    ("Winifred Crane", "122300000X", WESTON_MA),
    ("Carl Jackson", "207RC0000X", JACKSON),
];

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| Words::of_rows(ROWS))
}

#[test]
fn a_town_that_no_zip_is_called_after_is_known_with_its_state() {
    assert_read(
        world(),
        &[
            ("dentist in bloomington mn", "is=122300000X at=Bloomington, MN"),
            ("dentist bloomington minnesota", "is=122300000X at=Bloomington, MN"),
            ("dentist lakewood co", "is=122300000X at=Lakewood, CO"),
            ("dentist parma oh", "is=122300000X at=Parma, OH"),
            ("dentist in brooklyn park mn", "is=122300000X at=Brooklyn Park, MN"),
            ("dentist in rochester hills mi", "is=122300000X at=Rochester Hills, MI"),
            ("dentist in estelle, la", "is=122300000X at=Estelle, LA"),
            ("dentist in cheektowaga ny", "is=122300000X at=Cheektowaga, NY"),
            // Bare, a name means the place of most people.
            ("dentist in edina", "is=122300000X at=Edina, MN"),
            ("dentist in parma", "is=122300000X at=Parma, OH"),
            ("parma", "at=Parma, OH"),
            ("dentist in kirkwood", "is=122300000X at=Kirkwood, MO"),
            ("dentist in mclean", "is=122300000X at=McLean, VA"),
            ("dentist in east hampton", "is=122300000X at=East Hampton, NY"),
            ("dentist in cheektowaga", "is=122300000X at=Cheektowaga, NY"),
            ("dentist hot springs ar", "is=122300000X at=Hot Springs, AR"),
            ("dentist normal il", "is=122300000X at=Normal, IL"),
            ("dr johnson edina mn", "name=johnson at=Edina, MN"),
            (
                "dentist in lafayette parish la",
                "is=122300000X at=Lafayette Parish, LA",
            ),
            ("dentist avoyelles parish la", "is=122300000X at=Avoyelles Parish, LA"),
            // Hardly fewer people, by the post's own count: the other one is told.
            ("dentist in lakewood", "is=122300000X at=Lakewood, NJ"),
        ],
    );
    let answer = world().ask(&[("q", "dr johnson edina mn")]);
    assert_eq!(answer["results"][0]["name"], "Olga Johnson", "{answer}");
    let answer = world().ask(&[("q", "dentist lakewood co")]);
    assert_eq!(answer["results"][0]["name"], "Rosa Denton", "{answer}");
    for near in ["Edina, MN", "edina"] {
        let answer = world().ask(&[("near", near)]);
        assert_eq!(answer["results"][0]["name"], "Olga Johnson", "{answer}");
    }
    let answer = world().ask(&[("q", "dentist in lakewood")]);
    assert_eq!(
        answer["hint"],
        "`lakewood` is taken for Lakewood, NJ; for Lakewood, CO or Lakewood, CA or Lakewood, WA add the state",
        "{answer}"
    );
}

#[test]
fn the_state_behind_an_unknown_town_is_searched_and_that_is_told() {
    assert_read(
        world(),
        &[
            ("dentist in gruyeres fl", "is=122300000X at=Florida"),
            ("dentist in wellesley hills mn", "is=122300000X at=Minnesota"),
            ("dentist in brooklyn meadows mn", "is=122300000X at=Minnesota"),
            ("dentist in gotham la", "is=122300000X at=Louisiana"),
            ("dentist in zanzibar ny", "is=122300000X at=New York"),
            ("dentist in wellesley florida", "is=122300000X at=Florida"),
            ("dentist in la", "is=122300000X at=Los Angeles, CA"),
        ],
    );
    for (text, told) in [
        (
            "dentist in brooklyn meadows mn",
            "`brooklyn meadows` is not known in Minnesota",
        ),
        ("dentist in wellesley florida", "`wellesley` is not known in Florida"),
        ("dentist in gotham la", "`gotham` is not known in Louisiana"),
    ] {
        let answer = world().ask(&[("q", text)]);
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(hint.contains(told), "{text}: {hint}");
    }
    for text in [
        "dentist in florida",
        "dentist w virginia",
        "dentist in n carolina",
        "dentist washington state",
    ] {
        let answer = world().ask(&[("q", text)]);
        let hint = answer["hint"].as_str().unwrap_or_default();
        assert!(!hint.contains("not known in"), "{text}: {hint}");
    }
}

/// Letters that are a degree or a word elsewhere.
#[test]
fn behind_a_kind_of_care_two_letters_at_the_end_are_the_state() {
    assert_read(
        world(),
        &[
            ("dentist westwod ma", "is=122300000X at=Westwood, MA"),
            ("dentist wellsley ma", "is=122300000X at=Wellesley, MA"),
            ("dentist danvile pa", "is=122300000X at=Danville, PA"),
            ("dentist plymouth meeling pa", "is=122300000X at=Plymouth Meeting, PA"),
            ("dentist vickaburg ms", "is=122300000X at=Vicksburg, MS"),
            ("dentist mi", "is=122300000X at=Michigan"),
            ("urgent care ma", "is=261QU0200X at=Massachusetts"),
        ],
    );
}

#[test]
fn of_two_places_the_one_that_is_past_or_excluded_is_not_meant() {
    assert_read(
        world(),
        &[
            (
                "just moved from denver to austin, need a dentist",
                "is=122300000X at=Austin, TX",
            ),
            ("moving from boise to tampa need dentist", "is=122300000X at=Tampa, FL"),
            (
                "we moved from texas to akron and need a dentist",
                "is=122300000X at=Akron, OH",
            ),
            (
                "used to live in boston now in akron need dentist",
                "is=122300000X at=Akron, OH",
            ),
            (
                "my dentist is in phoenix az but i live in boise id now",
                "is=122300000X at=Boise, ID",
            ),
            ("dentist leaving raleigh nc for omaha", "is=122300000X at=Omaha, NE"),
        ],
    );
    for text in [
        "urologist in florida but not miami",
        "urologist anywhere in florida except miami",
        "urologist in florida other than miami",
        "urologist in florida, not miami",
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(answer["interpreted"]["place"]["label"], "Florida", "{text}: {answer}");
        assert_eq!(answer["results"][0]["name"], "Joseph Edwards", "{text}: {answer}");
        assert_eq!(answer["total"]["value"], 1, "{text}: {answer}");
    }
}

#[test]
fn a_distance_is_understood_however_it_is_said() {
    assert_read(
        world(),
        &[
            (
                "dentist within 2.5 miles of denver",
                "is=122300000X at=Denver, CO miles=2.5",
            ),
            (
                "dentist within twenty five miles of denver",
                "is=122300000X at=Denver, CO miles=25.0",
            ),
            (
                "dentist denver no more than half a mile",
                "is=122300000X at=Denver, CO miles=0.5",
            ),
            (
                "dentist within 1 1/2 miles of denver",
                "is=122300000X at=Denver, CO miles=1.5",
            ),
            (
                "dentist in denver within a couple of miles",
                "is=122300000X at=Denver, CO miles=2.0",
            ),
            (
                "dentist up to a mile and a half from denver",
                "is=122300000X at=Denver, CO miles=1.5",
            ),
        ],
    );
}
