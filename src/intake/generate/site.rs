//! Where an invented provider practises: street, phone, hours, what the place offers.

use super::draw::Draw;
use super::tables::TABLES;
use crate::domain::provider::OpeningHours;
use crate::vocab::terms::Accessibility;

const STREETS: &[&str] = &[
    "Main",
    "Oak",
    "Maple",
    "Cedar",
    "Elm",
    "Washington",
    "Park",
    "Lake",
    "Hill",
    "Walnut",
    "Church",
    "Center",
    "Spring",
    "River",
    "Lincoln",
    "Jackson",
    "Franklin",
    "Pine",
    "Madison",
    "Jefferson",
    "Highland",
    "Medical Center",
    "Hospital",
    "University",
    "Broadway",
    "Market",
    "State",
    "Union",
    "Mill",
    "Prospect",
    "Sunset",
    "Valley View",
    "Chestnut",
    "College",
    "Commerce",
    "Court",
    "Grant",
    "Monroe",
    "Adams",
    "Cherry",
    "Ridge",
    "Forest",
    "Meadow",
    "Locust",
    "Liberty",
    "Central",
    "Martin Luther King Jr",
    "County Road 12",
    "Professional",
    "Wellness",
    "Northern",
    "Southern",
    "Western",
    "Eastern",
];
const STREET_TYPES: &[&str] = &["St", "Ave", "Rd", "Blvd", "Dr", "Ln", "Pkwy", "Way", "Hwy", "Ct"];
/// Monday to Friday.
const DAYS_OPEN: u8 = 5;

/// A place of an invented provider.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Site {
    /// Street.
    pub line1: String,
    /// Suite.
    pub line2: Option<String>,
    /// City.
    pub city: &'static str,
    /// Two letters.
    pub state: &'static str,
    /// Nine digits.
    pub postal_code: String,
    /// Ten digits, of the exchange 555.
    pub phone: String,
    /// Ten digits.
    pub fax: Option<String>,
    /// Whether patients are seen by telehealth from here.
    pub telehealth: bool,
    /// What the place offers.
    pub accessibility: Vec<Accessibility>,
    /// May be unknown, then empty.
    pub hours: Vec<OpeningHours>,
}

/// The first place, and for one provider in five up to four more, in the neighbouring ZIPs of the state.
pub(super) fn sites(draw: &mut Draw, at: usize, organization: bool) -> Vec<Site> {
    let further = match draw.below(1000) {
        0..800 => 0,
        800..900 => 1,
        900..956 => 2,
        956..984 => 3,
        _ => 4,
    };
    let mut sites = vec![site(draw, at, organization)];
    for _ in 0..further {
        let beside = (at + draw.between(1, 24) as usize)
            .saturating_sub(12)
            .min(TABLES.zips.len() - 1);
        let same_state = TABLES.zips[beside].state == TABLES.zips[at].state;
        sites.push(site(draw, if same_state { beside } else { at }, organization));
    }
    sites
}

fn site(draw: &mut Draw, at: usize, organization: bool) -> Site {
    let zip = &TABLES.zips[at];
    let phone = |draw: &mut Draw| format!("{}555{:04}", area_code(&zip.code), draw.below(10_000));
    let mut accessibility = Vec::new();
    for (term, per_mille) in [
        (Accessibility::HandicapAccess, 450),
        (Accessibility::AdaCompliant, 520),
        (Accessibility::PublicTransport, 240),
        (Accessibility::CulturalCompetence, 150),
        (Accessibility::Mobility, 110),
        (Accessibility::AnsweringService, 120),
        (Accessibility::Cognitive, 40),
    ] {
        if draw.chance(per_mille) {
            accessibility.push(term);
        }
    }
    Site {
        line1: format!(
            "{} {} {}",
            draw.between(1, 9_800),
            draw.pick(STREETS),
            draw.pick(STREET_TYPES)
        ),
        line2: draw.chance(380).then(|| format!("Ste {}", draw.between(1, 400))),
        city: &zip.city,
        state: &zip.state,
        postal_code: format!("{}{:04}", zip.code, draw.between(1, 9_999)),
        phone: phone(draw),
        fax: draw.chance(550).then(|| phone(draw)),
        telehealth: !organization && draw.chance(320),
        accessibility,
        hours: hours(draw),
    }
}

fn hours(draw: &mut Draw) -> Vec<OpeningHours> {
    if draw.chance(250) {
        return Vec::new();
    }
    let opens = *draw.pick(&[420, 450, 480, 480, 510, 540, 540, 600]);
    let closes = *draw.pick(&[960, 990, 1020, 1020, 1050, 1080, 1140]);
    let day = |weekday, opens, closes| OpeningHours { weekday, opens, closes };
    let mut week: Vec<_> = (1..=DAYS_OPEN).map(|weekday| day(weekday, opens, closes)).collect();
    if draw.chance(180) {
        week.push(day(6, 540, 780));
    }
    if draw.chance(40) {
        week.push(day(7, 600, 840));
    }
    week
}

/// An area code of our own for the ZIP's region, with the first digit that area codes may have.
fn area_code(zip: &str) -> u32 {
    let region: u32 = zip[..3].parse().unwrap_or(0);
    201 + region * 7 % 789
}
