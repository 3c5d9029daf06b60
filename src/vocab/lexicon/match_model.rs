//! How much agreement and disagreement of each field tell: `match_model.json`, made by `provdir match train`.
//!
//! A level of a field (`exact`, `typo`, ...) has a probability under each way in which a record and a provider can belong
//! together: it is meant (match), or the record means somebody who is not in the directory but a namesake, a junior or
//! senior, kin, or a colleague of the provider. Under plain chance it has a probability of its own, or one that follows
//! from how frequent the value is.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::TableError;

/// Its file.
const FILE: &str = "match_model.json";

/// Names of the ways in which a record and a provider can belong together, in the order of [`Level::under`].
pub const WAYS: [&str; 5] = ["match", "namesake", "junior", "kin", "colleague"];

/// Every field with its levels: what a profile must have.
pub const LEVELS: &[(&str, &[&str])] = &[
    ("last", &["exact", "other_name", "part", "typo", "sound", "different"]),
    (
        "first",
        &["exact", "nickname", "initial", "middle", "typo", "sound", "different"],
    ),
    ("middle", &["exact", "initial", "different"]),
    ("suffix", &["exact", "absent", "given_only", "found_only", "different"]),
    ("organization", &["exact", "alike", "contains", "part", "different"]),
    ("kind", &["different"]),
    ("credential", &["same", "different"]),
    ("specialty", &["exact", "classification", "grouping", "different"]),
    ("gender", &["exact", "implied", "slip", "different"]),
    ("language", &["shared", "different"]),
    ("npi", &["exact", "near", "bad", "unknown", "other_provider"]),
    ("license", &["exact", "number_only", "different", "other_state"]),
    ("place", &["address", "postal_code", "city", "state", "different"]),
    // The place of an organisation, which seldom moves.
    ("site", &["address", "postal_code", "city", "state", "different"]),
    ("phone", &["exact", "exact_there", "different_there", "different"]),
];

/// The model: parameters by profile of the source.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MatchModel {
    /// Its version, for people.
    pub version: String,
    /// Where the numbers are from.
    pub about: String,
    /// Parameters by source.
    pub profiles: BTreeMap<String, Profile>,
    /// The first digits of the file's SHA-256.
    #[serde(skip)]
    pub hash: String,
}

/// Parameters for one kind of source.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// Share of records whose provider is not in the directory.
    pub absent: f64,
    /// Among those, shares that mean a namesake, junior, kin or colleague of one who is.
    pub hidden: Hidden,
    /// From which probability on a match is a match.
    pub threshold: f64,
    /// From which on a person should look.
    pub review: f64,
    /// Weights are taken to this power: below 1 where they overstate.
    pub temperature: f64,
    /// Levels by field.
    pub fields: BTreeMap<String, BTreeMap<String, Level>>,
    /// How often probabilities of a range were right, where it was measured.
    #[serde(default)]
    pub calibration: Vec<Bin>,
}

/// Shares of the absent who resemble somebody who is there.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Hidden {
    /// Same name, elsewhere.
    pub namesake: f64,
    /// Same name and place, other suffix.
    pub junior: f64,
    /// Same surname and place.
    pub kin: f64,
    /// Same place.
    pub colleague: f64,
}

impl Hidden {
    /// In the order of [`WAYS`], without the match.
    pub fn shares(&self) -> [f64; 4] {
        [self.namesake, self.junior, self.kin, self.colleague]
    }
}

/// Probabilities of one level.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Level {
    /// If the provider is meant.
    pub r#match: f64,
    /// By chance; none: it follows from the frequency of the value.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub chance: Option<f64>,
    /// If a namesake is meant; none here and below: as by chance.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub namesake: Option<f64>,
    /// If a junior or senior is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub junior: Option<f64>,
    /// If kin is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kin: Option<f64>,
    /// If a colleague is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub colleague: Option<f64>,
}

impl Level {
    /// In the order of [`WAYS`].
    pub fn under(&self) -> [Option<f64>; 5] {
        [Some(self.r#match), self.namesake, self.junior, self.kin, self.colleague]
    }
}

/// One range of probabilities as it was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bin {
    /// Mean probability told.
    pub told: f64,
    /// Share that was right.
    pub right: f64,
    /// How many.
    pub records: u32,
}

impl MatchModel {
    /// Reads `match_model.json`.
    ///
    /// # Errors
    /// What is wrong with it: a field or level that is missing or unknown, a probability outside 0 to 1.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let fault = |reason: String| refused(1, reason);
        let mut read: Self = serde_json::from_str(text).map_err(|e| refused(e.line() as u64, e.to_string()))?;
        if !read.profiles.contains_key("default") {
            return Err(fault("there is no profile `default`".to_owned()));
        }
        for (name, profile) in &read.profiles {
            profile
                .check()
                .map_err(|reason| fault(format!("profile `{name}`: {reason}")))?;
        }
        let digest = Sha256::digest(text.as_bytes());
        read.hash = digest.iter().take(6).map(|byte| format!("{byte:02x}")).collect();
        Ok(read)
    }

    /// The model that is compiled in.
    ///
    /// # Panics
    /// Never: a test reads the file.
    pub fn embedded() -> Self {
        Self::parse(include_str!("../../../index_schema/match_model.json")).expect("the file compiled in is sound")
    }

    /// Version and hash: which rules an answer was made by.
    pub fn rule_version(&self) -> String {
        format!("{}+{}", self.version, self.hash)
    }
}

fn refused(line: u64, reason: String) -> TableError {
    TableError {
        file: FILE,
        line,
        reason,
    }
}

impl Profile {
    /// A level. Every profile has all of [`LEVELS`].
    ///
    /// # Panics
    /// For a name that is none of [`LEVELS`].
    pub fn level(&self, field: &str, level: &str) -> &Level {
        let found = self.fields.get(field).and_then(|levels| levels.get(level));
        found.expect("a profile has every level, its reader sees to it")
    }

    fn check(&self) -> Result<(), String> {
        let share = |what: &str, number: f64| match number {
            0.0..=1.0 => Ok(()),
            _ => Err(format!("{what} is {number}, not from 0 to 1")),
        };
        share("absent", self.absent)?;
        share("threshold", self.threshold)?;
        share("review", self.review)?;
        if !(0.05..=2.0).contains(&self.temperature) {
            return Err(format!("temperature is {}, not from 0.05 to 2", self.temperature));
        }
        share("hidden", self.hidden.shares().iter().sum())?;
        for (field, levels) in LEVELS {
            let own = self
                .fields
                .get(*field)
                .ok_or_else(|| format!("there is no field `{field}`"))?;
            for level in *levels {
                let found = own
                    .get(*level)
                    .ok_or_else(|| format!("`{field}` has no level `{level}`"))?;
                for number in found.under().into_iter().chain([found.chance]).flatten() {
                    share(&format!("`{field}.{level}`"), number)?;
                }
                if found.r#match <= 0.0 || found.chance == Some(0.0) {
                    return Err(format!("`{field}.{level}` is never seen"));
                }
            }
            if let Some(odd) = own.keys().find(|name| !levels.contains(&name.as_str())) {
                return Err(format!("`{field}` has an unknown level `{odd}`"));
            }
        }
        match self
            .fields
            .keys()
            .find(|name| LEVELS.iter().all(|(field, _)| field != name))
        {
            Some(odd) => Err(format!("there is an unknown field `{odd}`")),
            None => Ok(()),
        }
    }
}
