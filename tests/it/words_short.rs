//! Names of houses with words in short: as people type them, and as lists have them.

use std::sync::OnceLock;

use super::words_names::{Words, provider};

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        let mut rows = vec![
            provider(0, "Bayou Behavioral Health Associates", None, "101YM0800X"),
            provider(2, "Lakeside Fam Med Center", None, "207Q00000X"),
            provider(4, "Beacon Place Recovery Center", None, "261QM0801X"),
            provider(6, "Ann Cole", None, "207Q00000X"),
            provider(8, "Gulf Orthopedic Associates", None, "207X00000X"),
        ];
        rows[1].name.organization = Some("Lakeside Fam Med Ctr".to_owned());
        Words::of(rows)
    })
}

#[test]
fn words_of_houses_are_known_in_short_and_written_out() {
    for (text, first) in [
        ("bayou behav hlth assoc", "Bayou Behavioral Health Associates"),
        (
            "bayou behav hlth assoc houston tx",
            "Bayou Behavioral Health Associates",
        ),
        (
            "bayou beh health associates in houston",
            "Bayou Behavioral Health Associates",
        ),
        ("directions to gulf orth assoc houston tx", "Gulf Orthopedic Associates"),
        ("lakeside family medical center", "Lakeside Fam Med Ctr"),
        ("lakeside family medicine center houston tx", "Lakeside Fam Med Ctr"),
        ("lakeside fam med ctr", "Lakeside Fam Med Ctr"),
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(answer["results"][0]["name"], first, "{text}: {answer}");
        assert!(answer["interpreted"]["specialty"].is_null(), "{text}: {answer}");
    }
    let answer = world().ask(&[("name", "lakeside family medicine center")]);
    assert_eq!(answer["results"][0]["name"], "Lakeside Fam Med Ctr", "{answer}");
    assert_eq!(answer["results"][0]["matched"]["name"], "nickname", "{answer}");
}

/// Nobody is called so: a kind of care.
#[test]
fn a_kind_of_care_is_known_in_short() {
    let answer = world().ask(&[("q", "occup therapy houston")]);
    assert_eq!(answer["interpreted"]["specialty"][0], "225X00000X", "{answer}");
}

#[test]
fn the_first_words_of_a_house_are_enough_in_its_town() {
    for text in ["beacon place houston tx", "the beacon place in houston tx"] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(
            answer["results"][0]["name"], "Beacon Place Recovery Center",
            "{text}: {answer}"
        );
        assert_eq!(
            answer["interpreted"]["place"]["label"], "Houston, TX",
            "{text}: {answer}"
        );
    }
}
