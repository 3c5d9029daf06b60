//! What a keyboard has run together: towns, states, ZIPs, kinds of care; parts of towns, and letters of licences.

use super::words_reading::{assert_read, world};

#[test]
fn words_that_were_run_together_are_parted() {
    assert_read(
        world(),
        &[
            ("dentist houstontx", "is=122300000X at=Houston, TX"),
            ("dentist losangelesca", "is=122300000X at=Los Angeles, CA"),
            ("dentist near77030", "is=122300000X at=77030 Houston, TX"),
            ("dentist tx77030", "is=122300000X at=77030 Houston, TX"),
            ("dentisthouston", "is=122300000X at=Houston, TX"),
            ("pediatricianinchicago", "is=208000000X at=Chicago, IL"),
            ("houstondentist", "is=122300000X at=Houston, TX"),
            ("laura smithhouston tx", "name=laura smith at=Houston, TX"),
            // What is one word stays one.
            ("dr gonzalez houston", "name=gonzalez at=Houston, TX"),
        ],
    );
}

#[test]
fn a_part_of_a_town_is_in_the_town() {
    assert_read(
        world(),
        &[
            ("dentist in east nashville", "is=122300000X at=Nashville, TN"),
            ("dentist in logan square chicago", "is=122300000X at=Logan Square, IL"),
            ("dentist in greater boston", "is=122300000X at=Boston, MA"),
            ("dentist in north tampa fl", "is=122300000X at=Tampa, FL"),
            (
                "dentist inland empire",
                "is=122300000X at=Inland Empire (Riverside, CA) miles=30.0",
            ),
        ],
    );
}

#[test]
fn letters_of_licences_are_kinds_of_care_where_no_name_stands_before_them() {
    assert_read(
        world(),
        &[
            ("licsw in houston tx", "is=1041C0700X at=Houston, TX"),
            ("pa-c in houston tx", "is=363A00000X at=Houston, TX"),
            ("dc in houston tx", "is=111N00000X at=Houston, TX"),
            ("fnp-bc houston", "is=363LF0000X at=Houston, TX"),
            ("emily hart licsw", "name=emily hart"),
            ("dentist in dc", "is=122300000X at=Washington, DC"),
        ],
    );
}

#[test]
fn a_town_of_four_letters_is_known_with_a_typo_before_its_state() {
    assert_read(
        world(),
        &[
            ("dentist wacp tx", "is=122300000X at=Waco, TX"),
            ("dentist in lmia oh", "is=122300000X at=Lima, OH"),
            ("dentist mesq az", "is=122300000X at=Mesa, AZ"),
        ],
    );
}

#[test]
fn times_of_complaints_are_no_hours_of_a_door() {
    assert_read(
        world(),
        &[
            ("sore throat since monday houston tx", "is=261QU0200X at=Houston, TX"),
            (
                "open at midnight pharmacy houston",
                "is=333600000X open_at=2026-11-23T00:00 at=Houston, TX",
            ),
            (
                "pharmacy open until midnight houston",
                "is=333600000X open_at=2026-11-23T23:59 at=Houston, TX",
            ),
            (
                "urgent care open at 2 am houston",
                "is=261QU0200X open_at=2026-11-23T02:00 at=Houston, TX",
            ),
        ],
    );
    let told = |text: &str| {
        let answer = world().ask(&[("q", text)]);
        answer["hint"].as_str().unwrap_or_default().to_owned()
    };
    for text in [
        "dentist open on a holiday houston",
        "pharmacy holiday hours houston",
        "pharmacy open memorial day houston",
        "pharmacy open on christmas houston",
    ] {
        assert!(
            told(text).contains("hours on holidays are not known here"),
            "{text}: {}",
            told(text)
        );
    }
    for text in ["flu shots got shot last year", "i got shot for shingles vaccine"] {
        assert!(!told(text).contains("911"), "{text}: {}", told(text));
    }
    assert!(told("my brother got shot").contains("911"));
}
