//! One invented provider: who it is, where it practises, in which networks it is.

use chrono::{Days, NaiveDate};

use super::draw::Draw;
use super::organization;
use super::reference::{NETWORK_COUNT, PREFERRED, STANDARD, density};
use super::tables::{self, TABLES, Zip};
use crate::domain::provider::{Name, OpeningHours, OtherName, Specialty};
use crate::vocab::Npi;
use crate::vocab::terms::{Accepting, Accessibility, Gender, NetworkStatus, ProviderKind};

/// The last day of the invented world; every date lies before it.
pub(super) const TODAY: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 1).expect("a day of the calendar");

/// An invented provider. What NPPES knows of it goes into its files, the rest into `supplement.csv`.
#[derive(Clone, Debug, PartialEq)]
pub struct Synthetic {
    /// The seed it comes from.
    pub seed: u64,
    /// Its number within the seed, from zero.
    pub index: u64,
    /// Begins with 2, which no real individual's NPI of these years does.
    pub npi: Npi,
    /// Person or organisation.
    pub kind: ProviderKind,
    /// As a person would write it; NPPES's files have capitals.
    pub name: Name,
    /// A former name or a "doing business as".
    pub other_name: Option<OtherName>,
    /// Of a person.
    pub gender: Option<Gender>,
    /// One is primary, not always the first.
    pub specialties: Vec<Specialty>,
    /// Codes, sorted.
    pub languages: Vec<&'static str>,
    /// The first is primary.
    pub sites: Vec<Site>,
    /// Where it stands.
    pub network_status: NetworkStatus,
    /// Day of the NPI.
    pub enumerated: NaiveDate,
    /// Day of the last change.
    pub updated: NaiveDate,
    /// When it became ACTIVE, if it is or was.
    pub activated: Option<NaiveDate>,
    /// When the listing was last confirmed.
    pub verified: Option<NaiveDate>,
    /// In which networks, where.
    pub memberships: Vec<Membership>,
}

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

/// A participation in a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Membership {
    /// From zero to `NETWORK_COUNT`.
    pub network: usize,
    /// The number of the site.
    pub site: usize,
    /// In networks that have tiers.
    pub tier: Option<&'static str>,
    /// Below the provider's own.
    pub status: NetworkStatus,
    /// First day.
    pub effective: NaiveDate,
    /// Last day.
    pub termination: Option<NaiveDate>,
    /// Whether new patients are taken.
    pub accepting: Accepting,
}

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
const SUFFIXES: &[&str] = &["Jr.", "III", "II", "Sr.", "IV"];
/// Monday to Friday.
const DAYS_OPEN: u8 = 5;
/// Credentials (letters only) whose bearers are called doctor.
const DOCTORATES: &[&str] = &["MD", "DO", "DDS", "DMD", "DPM", "DC", "OD", "PHD", "PSYD", "ND"];

/// Hispanic surnames beyond the country's frequency, and Spanish spoken by others, in 1,000, by state.
const SPANISH_STATES: &[(&str, u32)] = &[
    ("PR", 930),
    ("TX", 240),
    ("CA", 220),
    ("NM", 280),
    ("FL", 210),
    ("AZ", 180),
    ("NV", 160),
    ("NY", 120),
    ("NJ", 130),
    ("IL", 100),
    ("CO", 110),
    ("CT", 90),
];

/// Languages that a surname's group may bring, each equally likely.
const GROUP_LANGUAGES: &[(&str, u32, &[&str])] = &[
    ("es", 620, &["es"]),
    ("zh", 640, &["zh", "cmn", "cmn", "yue"]),
    ("vi", 720, &["vi"]),
    ("ko", 640, &["ko"]),
    ("hi", 680, &["hi", "hi", "gu", "pa", "te", "ta", "ur", "bn"]),
    ("ar", 600, &["ar", "ar", "ur", "fa", "bn"]),
    ("ru", 560, &["ru", "ru", "uk", "he"]),
    ("pl", 260, &["pl"]),
    ("tl", 500, &["tl"]),
    ("ht", 300, &["ht", "fr"]),
    ("fa", 700, &["fa"]),
    ("hy", 480, &["hy", "ru"]),
    ("pt", 400, &["pt"]),
    ("it", 140, &["it"]),
    ("fr", 160, &["fr"]),
    ("ja", 380, &["ja"]),
    ("yo", 480, &["yo", "ig", "ha"]),
    ("am", 620, &["am", "ti"]),
    ("el", 340, &["el"]),
];

/// Languages that anybody may have learned.
const LEARNED: &[&str] = &[
    "fr", "de", "it", "pt", "ru", "zh", "ase", "ase", "ar", "hi", "tl", "ja", "ko", "ht", "pl",
];

impl Synthetic {
    /// The provider with this number of a seed.
    pub(super) fn draw(seed: u64, index: u64, npi: Npi) -> Self {
        let mut draw = Draw::new(seed, index);
        let organization = draw.chance(220);
        let at = TABLES.by_providers.draw(&mut draw);
        let home = &TABLES.zips[at];
        let weights = if organization {
            &TABLES.of_organizations
        } else {
            &TABLES.of_individuals
        };
        let specialty = &TABLES.specialties[weights.draw(&mut draw)];
        let who = if organization {
            Who::organization(&mut draw, specialty, home)
        } else {
            Who::person(&mut draw, specialty, home)
        };
        let enumerated = day_before(&mut draw, TODAY, 7_100);
        let network_status = match draw.below(1000) {
            0..850 => NetworkStatus::Active,
            850..950 => NetworkStatus::Pending,
            _ => NetworkStatus::Inactive,
        };
        let age = (TODAY - enumerated).num_days() as u32;
        let activated =
            (network_status != NetworkStatus::Pending).then(|| day_before(&mut draw, TODAY, age.min(1_090)));
        let mut provider = Self {
            seed,
            index,
            npi,
            kind: if organization {
                ProviderKind::Organization
            } else {
                ProviderKind::Individual
            },
            specialties: specialties(&mut draw, specialty, home, organization),
            languages: languages(&mut draw, who.group, &home.state, organization),
            sites: sites(&mut draw, at, organization),
            name: who.name,
            other_name: who.other_name,
            gender: who.gender,
            network_status,
            enumerated,
            updated: day_before(&mut draw, TODAY, age),
            activated,
            verified: draw.chance(800).then(|| day_before(&mut draw, TODAY, age.min(360))),
            memberships: Vec::new(),
        };
        provider.join_networks(&mut draw);
        provider
    }

    fn join_networks(&mut self, draw: &mut Draw) {
        let age = (TODAY - self.enumerated).num_days() as u32;
        for (site, place) in self.sites.iter().enumerate() {
            for network in 0..NETWORK_COUNT {
                let (per_mille, tiers) = density(network, place.state);
                if !draw.chance(per_mille) {
                    continue;
                }
                let effective = day_before(draw, TODAY, age.min(3_000));
                let gone = draw.chance(40);
                let status = match draw.below(100) {
                    0..95 => NetworkStatus::Active,
                    _ => NetworkStatus::Pending,
                };
                self.memberships.push(Membership {
                    network,
                    site,
                    tier: tiers.then(|| if draw.chance(300) { PREFERRED } else { STANDARD }),
                    status: if gone { NetworkStatus::Inactive } else { status },
                    effective,
                    termination: gone.then(|| {
                        let days = (TODAY - effective).num_days() as u32;
                        day_before(draw, TODAY, days.max(1))
                    }),
                    accepting: match draw.below(100) {
                        0..72 => Accepting::New,
                        72..87 => Accepting::ExistingOnly,
                        87..92 => Accepting::ExistingAndFamily,
                        _ => Accepting::None,
                    },
                });
            }
        }
    }
}

/// Name and what hangs on it.
struct Who {
    name: Name,
    other_name: Option<OtherName>,
    gender: Option<Gender>,
    /// The language that the surname suggests.
    group: &'static str,
}

impl Who {
    fn person(draw: &mut Draw, specialty: &tables::Specialty, home: &Zip) -> Self {
        let female = draw.chance(specialty.female_per_mille);
        let given = if female { &TABLES.female } else { &TABLES.male };
        // Half of a state's Spanish speakers show in surnames beyond what the country's frequencies give.
        let (last, group) = if draw.chance(spanish(&home.state) / 2) {
            TABLES.surnames.draw_hispanic(draw)
        } else {
            TABLES.surnames.draw(draw)
        };
        let last = match draw.below(1000) {
            0..12 => format!("{last}-{}", TABLES.surnames.draw(draw).0),
            _ => last.to_owned(),
        };
        let middle = match draw.below(100) {
            0..45 => Some(given.draw(draw)[..1].to_owned()),
            45..70 => Some(given.draw(draw).to_owned()),
            _ => None,
        };
        let credentials = &specialty.credentials;
        let credential = (!credentials.is_empty() && draw.chance(800)).then(|| draw.pick(credentials).clone());
        let title = match &credential {
            Some(credential) if is_doctorate(credential) => "Dr.",
            _ if female => "Ms.",
            _ => "Mr.",
        };
        let name = Name {
            prefix: draw.chance(300).then(|| title.to_owned()),
            first: Some(given.draw(draw).to_owned()),
            middle,
            last: Some(last),
            suffix: (!female && draw.chance(25)).then(|| (*draw.pick(SUFFIXES)).to_owned()),
            credential,
            organization: None,
        };
        // A former name: mostly women's names before marriage.
        let other_name = draw.chance(if female { 90 } else { 8 }).then(|| OtherName {
            type_code: if draw.chance(700) { 1 } else { 2 },
            name: Name {
                last: Some(TABLES.surnames.draw(draw).0.to_owned()),
                suffix: None,
                ..name.clone()
            },
        });
        let gender = match draw.below(1000) {
            0..3 => Gender::Other,
            _ if female => Gender::Female,
            _ => Gender::Male,
        };
        Self {
            name,
            other_name,
            gender: Some(gender),
            group,
        }
    }

    fn organization(draw: &mut Draw, specialty: &tables::Specialty, home: &Zip) -> Self {
        let legal = organization::name(draw, &specialty.code, home);
        let other_name = draw.chance(250).then(|| OtherName {
            type_code: *draw.pick(&[3, 3, 3, 4, 5]),
            name: Name {
                organization: Some(organization::name(draw, &specialty.code, home)),
                ..Name::default()
            },
        });
        Self {
            name: Name {
                organization: Some(legal),
                ..Name::default()
            },
            other_name,
            gender: None,
            group: "",
        }
    }
}

fn is_doctorate(credential: &str) -> bool {
    let letters: String = credential.chars().filter(char::is_ascii_alphabetic).collect();
    DOCTORATES.contains(&letters.as_str())
}

fn specialties(draw: &mut Draw, primary: &tables::Specialty, home: &Zip, organization: bool) -> Vec<Specialty> {
    let mut codes = vec![primary.code.as_str()];
    let further = match draw.below(100) {
        0..74 => 0,
        74..94 => 1,
        _ => 2,
    };
    if !organization && let Some(siblings) = TABLES.groupings.get(&primary.grouping) {
        for _ in 0..further {
            let code = TABLES.specialties[*draw.pick(siblings)].code.as_str();
            if !codes.contains(&code) {
                codes.push(code);
            }
        }
    }
    // The primary one is not in the first slot for about one in eight of those that have several.
    let mut all: Vec<Specialty> = codes
        .into_iter()
        .enumerate()
        .map(|(n, code)| {
            let licensed = !organization && draw.chance(850);
            Specialty {
                code: code.to_owned(),
                primary: n == 0,
                license_number: licensed.then(|| format!("{}{:06}", &home.state[..1], draw.below(1_000_000))),
                license_state: licensed.then(|| home.state.clone()),
            }
        })
        .collect();
    if all.len() > 1 && draw.chance(130) {
        all.swap(0, 1);
    }
    all
}

fn languages(draw: &mut Draw, group: &str, state: &str, organization: bool) -> Vec<&'static str> {
    let mut spoken = Vec::with_capacity(2);
    if state != "PR" || draw.chance(700) {
        spoken.push("en");
    }
    if let Some((_, per_mille, codes)) = GROUP_LANGUAGES.iter().find(|(g, ..)| *g == group)
        && draw.chance(*per_mille)
    {
        spoken.push(*draw.pick::<&str>(codes));
    }
    let spanish = spanish(state);
    if draw.chance(
        if organization {
            spanish + spanish / 2
        } else {
            spanish * 3 / 4
        }
        .max(40),
    ) {
        spoken.push("es");
    }
    if draw.chance(if organization { 90 } else { 35 }) {
        spoken.push(*draw.pick::<&str>(LEARNED));
    }
    if spoken.is_empty() {
        spoken.push("es");
    }
    spoken.sort_unstable();
    spoken.dedup();
    spoken
}

/// The first place, and for one provider in five up to four more, in the neighbouring ZIPs of the state.
fn sites(draw: &mut Draw, at: usize, organization: bool) -> Vec<Site> {
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

fn spanish(state: &str) -> u32 {
    SPANISH_STATES
        .iter()
        .find(|(s, _)| *s == state)
        .map_or(45, |(_, per_mille)| *per_mille)
}

/// A day at most `days` before another.
fn day_before(draw: &mut Draw, day: NaiveDate, days: u32) -> NaiveDate {
    let back = Days::new(u64::from(draw.below(days.max(1))));
    day.checked_sub_days(back).unwrap_or(day)
}
