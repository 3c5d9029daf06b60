//! Whoever is named in a town is shown, whatever else stands in the sentence: what for somebody goes, for whom, what was said of
//! other things. And the place may stand before the name.

use std::sync::OnceLock;

use super::words_names::{Town, Words, provider_in};

const AUSTIN: Town = ("Austin", "TX", "78701", 30.27, -97.74);
const CEDARTOWN: Town = ("Cedartown", "GA", "30125", 34.01, -85.26);
const SEATTLE: Town = ("Seattle", "WA", "98101", 47.61, -122.33);
const NORTH_LITTLE_ROCK: Town = ("North Little Rock", "AR", "72114", 34.77, -92.27);

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        Words::of(vec![
            provider_in(0, "Mark Castro", "207Q00000X", AUSTIN),
            provider_in(2, "Rosa Castro", "208000000X", CEDARTOWN),
            provider_in(4, "Cora Castro", "163W00000X", CEDARTOWN),
            provider_in(6, "Doris Walker", "207RC0000X", AUSTIN),
            provider_in(8, "Emil Walker", "332B00000X", CEDARTOWN),
            provider_in(10, "Lakeview Recovery Center", "261QM0801X", SEATTLE),
            provider_in(12, "Michael Blanscet", "207Q00000X", NORTH_LITTLE_ROCK),
            provider_in(14, "James Ford", "208000000X", SEATTLE),
        ])
    })
}

#[test]
fn a_complaint_beside_a_name_hides_nobody_who_is_there() {
    for text in [
        "dr castro austin tx for a 6 month old",
        "dr castro austin tx for kids",
        "nurse line dr castro austin tx",
        "mark castro in austin tx for my teenager",
        "pediatrician dr castro austin tx",
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(answer["results"][0]["name"], "Mark Castro", "{text}: {answer}");
        let told = answer["hint"].as_str().unwrap_or_default();
        assert!(told.contains("for that kind of care"), "{text}: {told}");
        assert!(!told.contains("miles away"), "{text}: {told}");
    }
    // Where one of the kind is there, it is that one.
    let answer = world().ask(&[("q", "dr castro cedartown ga for a 6 month old")]);
    assert_eq!(answer["results"][0]["name"], "Rosa Castro", "{answer}");
}

#[test]
fn a_house_is_shown_whatever_is_wanted_of_it() {
    for text in [
        "lakeview recovery center seattle wa for a flu shot",
        "lakeview recovery center seattle wa for my son",
        "blood test at lakeview recovery center seattle wa",
        "lakeview recovery center in seattle wa blood test",
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(
            answer["results"][0]["name"], "Lakeview Recovery Center",
            "{text}: {answer}"
        );
        assert!(answer["interpreted"]["specialty"].is_null(), "{text}: {answer}");
    }
}

#[test]
fn a_place_may_stand_before_a_name() {
    for (text, first, place) in [
        ("texas doris walker", "Doris Walker", "Texas"),
        ("austin tx doris walker", "Doris Walker", "Austin, TX"),
        ("austin dr walker", "Doris Walker", "Austin, TX"),
        (
            "ar north little rock michael blanscet",
            "Michael Blanscet",
            "North Little Rock, AR",
        ),
        (
            "wa seattle lakeview recovery center",
            "Lakeview Recovery Center",
            "Seattle, WA",
        ),
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(answer["results"][0]["name"], first, "{text}: {answer}");
        assert_eq!(answer["interpreted"]["place"]["label"], place, "{text}: {answer}");
    }
}

/// People forget given names: whoever has the surname in the town is shown, and that is said.
#[test]
fn a_wrong_given_name_hides_nobody_of_the_surname_in_the_town() {
    for text in [
        "dr james castro in austin tx",
        "james castro austin tx",
        "cora castro austin tx",
        "family doctor james castro in austin tx",
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(answer["results"][0]["name"], "Mark Castro", "{text}: {answer}");
        let told = answer["hint"].as_str().unwrap_or_default();
        assert!(
            told.contains("shown is whoever is called `castro` there"),
            "{text}: {told}"
        );
    }
    // Two people are no name of one.
    let answer = world().ask(&[("q", "ford or castro austin tx")]);
    assert_ne!(answer["interpreted"]["name"], "castro", "{answer}");
    // Nearly the right name is no wrong one.
    let answer = world().ask(&[("q", "marc castro austin tx")]);
    assert_eq!(answer["results"][0]["name"], "Mark Castro", "{answer}");
    assert!(answer["hint"].is_null(), "{answer}");
}

/// A word that says nothing takes no surname with it.
#[test]
fn a_stray_word_takes_no_surname_with_it() {
    for text in [
        "family doctor castro in austin tx mychart",
        "family doctor castro in austin tx usa",
        "family doctor castro in austin tx, United States",
        "family doctor castro austin tx qwpzk",
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(answer["results"][0]["name"], "Mark Castro", "{text}: {answer}");
        assert_eq!(answer["interpreted"]["name"], "castro", "{text}: {answer}");
    }
}

/// A name, and a town misspelt before its state.
#[test]
fn a_misspelt_town_behind_a_name_is_that_of_whoever_is_there() {
    for text in ["dr castro asutin tx", "dr walker austn tx", "mark castro austun tx"] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(
            answer["interpreted"]["place"]["label"], "Austin, TX",
            "{text}: {answer}"
        );
        assert_eq!(answer["total"]["value"], 1, "{text}: {answer}");
    }
}
