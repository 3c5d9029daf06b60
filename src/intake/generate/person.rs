//! Who an invented provider is: names that go with gender, specialty and place, and the languages that go with them.

use super::draw::Draw;
use super::organization;
use super::tables::{self, TABLES, Zip};
use crate::domain::provider::{Name, OtherName};
use crate::vocab::terms::Gender;

const SUFFIXES: &[&str] = &["Jr.", "III", "II", "Sr.", "IV"];
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

/// Name and what hangs on it.
pub(super) struct Who {
    pub(super) name: Name,
    pub(super) other_name: Option<OtherName>,
    pub(super) gender: Option<Gender>,
    /// The language that the surname suggests, or nothing.
    pub(super) group: &'static str,
}

impl Who {
    pub(super) fn person(draw: &mut Draw, specialty: &tables::Specialty, home: &Zip) -> Self {
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

    pub(super) fn organization(draw: &mut Draw, specialty: &tables::Specialty, home: &Zip) -> Self {
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

/// What a provider speaks: English, what the surname brings, Spanish by state, now and then something learned.
pub(super) fn languages(draw: &mut Draw, group: &str, state: &str, organization: bool) -> Vec<&'static str> {
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

fn spanish(state: &str) -> u32 {
    SPANISH_STATES
        .iter()
        .find(|(s, _)| *s == state)
        .map_or(45, |(_, per_mille)| *per_mille)
}
