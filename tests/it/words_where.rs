//! Where in a text a place may stand: behind a part of it, or written together with what is beside it; and payers that stand
//! beside one.

use std::sync::OnceLock;

use super::{
    words_names::{Town, Words},
    words_reading::assert_read,
};

const NASHVILLE: Town = ("Nashville", "TN", "37203", 36.15, -86.79);
const TAMPA: Town = ("Tampa", "FL", "33602", 27.95, -82.46);
const MIAMI: Town = ("Miami", "FL", "33155", 25.74, -80.31);
const COLUMBUS_GA: Town = ("Columbus", "GA", "31901", 32.46, -84.98);
const LOS_ANGELES: Town = ("Los Angeles", "CA", "90015", 34.04, -118.27);

/// A name, what they do, and where they are.
const ROWS: &[(&str, &str, Town)] = &[
    ("Rita Paulson", "122300000X", NASHVILLE),
    ("Lee Abston", "207Q00000X", MIAMI),
    ("Martha Vega", "207Q00000X", COLUMBUS_GA),
    ("Ana Vela", "207Q00000X", LOS_ANGELES),
    ("Joseph Edwards", "207Q00000X", TAMPA),
];

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| Words::of_rows(ROWS))
}

#[test]
fn a_town_stays_behind_its_part() {
    assert_read(
        world(),
        &[
            ("dentist in east nashville", "is=122300000X at=Nashville, TN"),
            ("dentist in east nashville tn", "is=122300000X at=Nashville, TN"),
            ("dentist in pilsen chicago", "is=122300000X at=Chicago, IL"),
            (
                "dentist in pilsen chicago il open saturday",
                "is=122300000X open_at=2026-11-28T10:00 at=Chicago, IL",
            ),
            ("dentist in greater boston", "is=122300000X at=Boston, MA"),
            (
                "dentist in mission district san francisco",
                "is=122300000X at=Mission District, CA",
            ),
            (
                "dentist in queen anne seattle who takes medicaid",
                "is=122300000X at=Seattle, WA networks=4",
            ),
            ("dentist in foggy bottom dc", "is=122300000X at=Foggy Bottom, DC"),
            // A part that is a town of its own.
            ("dentist in la jolla san diego", "is=122300000X at=La Jolla, CA"),
            ("dentist in north las vegas", "is=122300000X at=North Las Vegas, NV"),
            ("dentist in west palm beach", "is=122300000X at=West Palm Beach, FL"),
            ("dentist in baton rouge la", "is=122300000X at=Baton Rouge, LA"),
            ("dentist in spring valley ny", "is=122300000X at=Spring Valley, NY"),
            ("midtown houston dentist", "is=122300000X at=Houston, TX"),
            ("dentist in west houston", "is=122300000X at=Houston, TX"),
            ("dentist in soulard st louis", "is=122300000X at=Saint Louis, MO"),
            // Two towns.
            ("dentist in houston or dallas", "is=122300000X at=Houston, TX"),
        ],
    );
    let answer = world().ask(&[("q", "dentist in pilsen chicago")]);
    let hint = answer["hint"].as_str().unwrap_or_default();
    assert!(hint.contains("not understood, so left out: pilsen"), "{answer}");
}

#[test]
fn towns_and_zips_are_parted_from_what_they_are_written_together_with() {
    assert_read(
        world(),
        &[
            ("dr abston miamifl", "name=abston at=Miami, FL"),
            ("dr vela losangelesca", "name=vela at=Los Angeles, CA"),
            ("lee abston fl33155", "name=lee abston at=33155 Miami, FL"),
            ("lee abston miami33155", "name=lee abston at=33155 Miami, FL"),
            ("dentist near60614", "is=122300000X at=60614 Chicago, IL"),
            ("primary care60614", "is=207Q00000X at=60614 Chicago, IL"),
            ("martha vegacolumbus ga", "name=martha vega at=Columbus, GA"),
            ("lee abston inmiami fl", "name=lee abston at=Miami, FL"),
            ("martha.vega.columbus.ga", "name=martha vega at=Columbus, GA"),
            ("lee%20abston%20miami%20fl", "name=lee abston at=Miami, FL"),
            (
                "https://www.healthgrades.com/physician/dr-joseph-edwards-x7k2q tampa fl",
                "name=joseph edwards at=Tampa, FL",
            ),
            ("obgynin atlanta", "is=207V00000X at=Atlanta, GA"),
            ("pediatricianchicago", "is=208000000X at=Chicago, IL"),
        ],
    );
}

#[test]
fn a_payer_is_said_in_short_and_hides_no_state() {
    assert_read(
        world(),
        &[
            (
                "prairie select pediatrician chicago",
                "is=208000000X at=Chicago, IL networks=1",
            ),
            (
                "harbor choice cardiologist denver co",
                "is=207RC0000X at=Denver, CO networks=1",
            ),
            (
                "tidewater select dentist houston tx",
                "is=122300000X at=Houston, TX networks=1",
            ),
            (
                "dentist augusta me tidewater mutual select hmo",
                "is=122300000X at=Augusta, ME networks=1",
            ),
            (
                "dentist portland me tidewater choice ppo",
                "is=122300000X at=Portland, ME networks=1",
            ),
            (
                "dentist columbus in tidewater mutual select hmo",
                "is=122300000X at=Columbus, IN networks=1",
            ),
            (
                "dentist dover de tidewater medicaid",
                "is=122300000X at=Dover, DE networks=1",
            ),
        ],
    );
}
