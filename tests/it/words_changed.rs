//! Whoever changed within the last minutes, and stands in no segment yet, is found and completed like anybody else.

use std::sync::OnceLock;

use provider_directory::query;

use super::words_names::{Town, Words, provider_in};

const SOLON: Town = ("Solon", "OH", "44139", 41.39, -81.44);
const MIDLAND: Town = ("Midland", "MI", "48640", 43.62, -84.23);
const PITTSBURGH: Town = ("Pittsburgh", "PA", "15213", 40.44, -79.96);
const SAN_ANTONIO: Town = ("San Antonio", "TX", "78205", 29.42, -98.49);

/// Those of even number are in a segment, the others have changed since.
fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| {
        Words::of(vec![
            provider_in(0, "Paul Zimmer", "207Q00000X", MIDLAND),
            provider_in(1, "Otto Zimmerman", "207Q00000X", SOLON),
            provider_in(2, "Ann Lee", "207Q00000X", MIDLAND),
            provider_in(3, "Ada Lee", "207Q00000X", PITTSBURGH),
            provider_in(4, "Ned Cole", "207Q00000X", SAN_ANTONIO),
            provider_in(5, "Paul Burnett", "207Q00000X", SAN_ANTONIO),
            provider_in(6, "Ned Ford", "207Q00000X", SOLON),
            provider_in(7, "Ida Winterbottom", "175L00000X", SOLON),
        ])
    })
}

#[test]
fn half_a_name_in_a_town_is_that_of_whoever_came_lately() {
    for (text, first) in [
        ("dr zimmer something in solon oh", "Otto Zimmerman"),
        ("dr leee pittsburgh pa", "Ada Lee"),
        ("pau burnett san antonio tx", "Paul Burnett"),
    ] {
        let answer = world().ask(&[("q", text)]);
        assert_eq!(answer["results"][0]["name"], first, "{text}: {answer}");
        let told = answer["hint"].as_str().unwrap_or_default();
        assert!(told.contains("who is there"), "{text}: {told}");
    }
}

#[test]
fn a_misspelt_beginning_is_completed_by_whoever_came_lately() {
    let snapshot = world().index.snapshot();
    for typed in ["wimterbo", "wintreb", "ida winterbx"] {
        let found = query::suggest(&snapshot, typed, None, 8)
            .expect("completions")
            .suggestions;
        assert!(found.iter().any(|s| s.text == "Ida Winterbottom"), "{typed}: {found:?}");
    }
}

#[test]
fn a_kind_of_care_that_one_came_lately_for_is_listed() {
    let answer = world().ask(&[("q", "homeopath")]);
    assert_eq!(answer["results"][0]["name"], "Ida Winterbottom", "{answer}");
    assert!(answer["hint"].is_null(), "{answer}");
}
