//! Hours as they are said in words: `half past four`, `at seven in the evening`, `after church`, `next monday`.

use super::words_reading::{assert_read, world};

/// Sunday, 22 November 2026, is today.
#[test]
fn hours_and_days_are_read_in_words() {
    assert_read(
        world(),
        &[
            ("dentist half past four today", "is=122300000X open_at=2026-11-22T16:30"),
            ("quarter to five dentist", "is=122300000X open_at=2026-11-23T16:45"),
            ("dentist at four thirty pm", "is=122300000X open_at=2026-11-23T16:30"),
            ("dentist at 4:30", "is=122300000X open_at=2026-11-23T16:30"),
            (
                "at 4:30 dentist in houston tx",
                "is=122300000X open_at=2026-11-23T16:30 at=Houston, TX",
            ),
            (
                "after 5 dentist in houston tx",
                "is=122300000X open_at=2026-11-23T17:00 at=Houston, TX",
            ),
            ("dentist after six pm", "is=122300000X open_at=2026-11-23T18:00"),
            (
                "dentist at seven in the evening",
                "is=122300000X open_at=2026-11-23T19:00",
            ),
            (
                "dentist at eight in the morning",
                "is=122300000X open_at=2026-11-23T08:00",
            ),
            ("dentist at nine am tuesday", "is=122300000X open_at=2026-11-24T09:00"),
            ("dentist around 5ish", "is=122300000X open_at=2026-11-23T17:00"),
            ("dentist at seven o'clock", "is=122300000X open_at=2026-11-23T19:00"),
            ("dentist monday evening at 7", "is=122300000X open_at=2026-11-23T19:00"),
            ("dentist at 7 monday evening", "is=122300000X open_at=2026-11-23T19:00"),
            ("dentist open tonight at 8", "is=122300000X open_at=2026-11-22T20:00"),
            ("dentist thur pm", "is=122300000X open_at=2026-11-26T14:00"),
            ("dentist weds", "is=122300000X open_at=2026-11-25T10:00"),
            ("dentist sat", "is=122300000X open_at=2026-11-28T10:00"),
            ("sat or sun dentist", "is=122300000X open_at=2026-11-28T10:00"),
            ("dentist next sunday", "is=122300000X open_at=2026-11-29T10:00"),
            ("dentist next monday", "is=122300000X open_at=2026-11-23T10:00"),
            ("dentist december third", "is=122300000X open_at=2026-12-03T10:00"),
            ("dentist 12-03-2026", "is=122300000X open_at=2026-12-03T10:00"),
            ("dentist 2026-12-03 at 2pm", "is=122300000X open_at=2026-12-03T14:00"),
            ("dentist the 3rd", "is=122300000X open_at=2026-12-03T10:00"),
            ("dentist during lunch", "is=122300000X open_at=2026-11-23T12:00"),
            ("dentist weeknights", "is=122300000X open_at=2026-11-23T18:00"),
            ("dentist weekday mornings", "is=122300000X open_at=2026-11-23T10:00"),
            ("dentist sunday after church", "is=122300000X open_at=2026-11-22T12:30"),
            (
                "dentist first thing in the morning tomorrow",
                "is=122300000X open_at=2026-11-23T08:00",
            ),
            ("dentist open early", "is=122300000X open_at=2026-11-23T07:00"),
            ("pharmacy open until late", "is=333600000X open_at=2026-11-23T21:00"),
            ("dentist open esta noche", "is=122300000X open_at=2026-11-22T20:00"),
            // What ails somebody, somebody's name, and what is counted.
            ("heartburn late at night", "is=207RG0100X"),
            ("dr sun kim", "name=sun kim"),
            (
                "dentist one block from the station houston",
                "is=122300000X at=Houston, TX",
            ),
        ],
    );
    let soon = world().ask(&[("q", "dentist in an hour")]);
    let at = soon["interpreted"]["open_at"].as_str().unwrap_or_default();
    assert!(at.starts_with("2026-11-22T"), "{soon}");
}
