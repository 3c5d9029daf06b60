//! How a list of exclusions is laid out, as data: two are built in, any state's list comes with a file of its own.
//!
//! ```toml
//! source = "TX HHSC OIG"          # as findings name it
//! date_formats = ["%m/%d/%Y"]
//! no_date = ["N/A"]               # beside empty cells and zeros
//! needed = ["name", "excluded_on"]
//! name = "last, first"            # of the column `name`, where it holds people too
//!
//! [columns]                       # what a line says, and the header of its column
//! name = "Provider Name"
//! npi = "NPI"
//! excluded_on = "Start Date"
//! ```

use std::{collections::BTreeMap, fs, path::Path};

use chrono::NaiveDate;
use serde::Deserialize;

use crate::domain::exclusion::Exclusion;
use crate::intake::Error;
use crate::vocab::{Npi, day};

/// What a line can say.
const WORDS: [&str; 18] = [
    "last_name",
    "first_name",
    "middle_name",
    "business_name",
    "name",
    "general",
    "specialty",
    "npi",
    "born_on",
    "address",
    "city",
    "state",
    "postal_code",
    "kind",
    "excluded_on",
    "reinstated_on",
    "waived_on",
    "waiver_state",
];

/// A layout.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Layout {
    /// Whose list it is, as findings name it.
    pub source: String,
    /// How days are written, each tried in turn (`strftime`).
    pub date_formats: Vec<String>,
    /// Words that stand for no day.
    #[serde(default)]
    pub no_date: Vec<String>,
    /// What the file must have a column for.
    pub needed: Vec<String>,
    /// How the column `name` writes people; none: it has firms only.
    #[serde(default)]
    pub name: Option<NameOrder>,
    /// By word, the header of its column.
    pub columns: BTreeMap<String, String>,
}

/// How a name is written in one column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
pub enum NameOrder {
    /// `DOE, JANE A`; without a comma it is a firm.
    #[serde(rename = "last, first")]
    LastFirst,
}

impl Layout {
    /// The OIG's.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn leie() -> Self {
        built_in(include_str!("leie.toml"))
    }

    /// SAM.gov's.
    ///
    /// # Panics
    /// Never: a test reads it.
    pub fn sam() -> Self {
        built_in(include_str!("sam.toml"))
    }

    /// One of a file.
    ///
    /// # Errors
    /// If it can't be read, or makes no sense; the reason names what is wrong.
    pub fn read(path: &Path) -> Result<Self, Error> {
        let text = fs::read_to_string(path).map_err(|source| Error::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        Self::parse(&text).map_err(|reason| Error::Layout {
            path: path.to_owned(),
            reason,
        })
    }

    /// Reads a layout.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, String> {
        let layout: Self = toml::from_str(text).map_err(|why| why.to_string())?;
        let strange = layout
            .columns
            .keys()
            .chain(&layout.needed)
            .find(|w| !WORDS.contains(&w.as_str()));
        if let Some(word) = strange {
            return Err(format!(
                "`{word}` is nothing that a line says; known are {}",
                WORDS.join(", ")
            ));
        }
        let has = |word: &str| layout.columns.contains_key(word);
        if let Some(word) = layout.needed.iter().find(|word| !has(word)) {
            return Err(format!("`{word}` is needed, but has no column"));
        }
        if layout.source.trim().is_empty() || layout.date_formats.is_empty() {
            return Err("source and date_formats are not empty".to_owned());
        }
        if !has("excluded_on") || !(has("name") || has("last_name") || has("business_name")) {
            return Err("excluded_on and a name need a column".to_owned());
        }
        Ok(layout)
    }

    /// Where each word's column is in a header; none: one that is needed is not there.
    pub fn places(&self, header: &[String]) -> Option<Places<'_>> {
        let find = |name: &str| {
            let is_it = |cell: &String| cell.trim_start_matches('\u{feff}').trim().eq_ignore_ascii_case(name);
            header.iter().position(is_it)
        };
        let found = self
            .columns
            .iter()
            .filter_map(|(word, name)| Some((word.as_str(), find(name)?)));
        let found: BTreeMap<&str, usize> = found.collect();
        let whole = self.needed.iter().all(|word| found.contains_key(word.as_str()));
        whole.then_some(Places { layout: self, found })
    }
}

fn built_in(text: &str) -> Layout {
    Layout::parse(text).expect("a layout that a test reads")
}

/// A layout held against the header of a file.
pub struct Places<'l> {
    layout: &'l Layout,
    found: BTreeMap<&'l str, usize>,
}

impl Places<'_> {
    /// A line, or what is wrong with it. An exclusion that has ended by `as_of` counts as lifted.
    ///
    /// # Errors
    /// The column and what stands in it.
    pub fn line(&self, cells: &[String], as_of: NaiveDate) -> Result<Exclusion, String> {
        let cell = |word: &str| {
            let at = self.found.get(word);
            at.and_then(|at| cells.get(*at)).cloned().unwrap_or_default()
        };
        let day = |word: &str| self.day(word, &cell(word));
        let mut line = Exclusion {
            last_name: cell("last_name"),
            first_name: cell("first_name"),
            middle_name: cell("middle_name"),
            business_name: cell("business_name"),
            general: cell("general"),
            specialty: cell("specialty"),
            npi: npi(&cell("npi"))?,
            born_on: day("born_on")?,
            address: cell("address"),
            city: cell("city"),
            state: cell("state"),
            postal_code: cell("postal_code"),
            kind: cell("kind"),
            excluded_on: day("excluded_on")?.ok_or_else(|| format!("{} is empty", self.header("excluded_on")))?,
            reinstated_on: day("reinstated_on")?,
            waived_on: day("waived_on")?,
            waiver_state: cell("waiver_state"),
        };
        let name = cell("name");
        if line.last_name.is_empty() && line.business_name.is_empty() && !name.is_empty() {
            match (self.layout.name, name.split_once(',')) {
                (Some(NameOrder::LastFirst), Some((last, given))) => {
                    let mut given = given.split_whitespace();
                    line.last_name = last.trim().to_owned();
                    line.first_name = given.next().unwrap_or_default().to_owned();
                    line.middle_name = given.collect::<Vec<_>>().join(" ");
                }
                _ => line.business_name = name,
            }
        }
        if line.last_name.is_empty() && line.business_name.is_empty() {
            let names = ["last_name", "business_name", "name"].map(|word| self.header(word));
            let names = names.into_iter().filter(|name| !name.is_empty()).collect::<Vec<_>>();
            return Err(format!("has nothing in {}", names.join(", ")));
        }
        // A day to come is the end of an exclusion that still holds.
        line.reinstated_on = line.reinstated_on.filter(|day| *day <= as_of);
        Ok(line)
    }

    fn header(&self, word: &str) -> &str {
        self.layout.columns.get(word).map(String::as_str).unwrap_or_default()
    }

    /// Zeros and the layout's own words stand for no day.
    fn day(&self, word: &str, text: &str) -> Result<Option<NaiveDate>, String> {
        let none = |known: &String| known.eq_ignore_ascii_case(text);
        if text.bytes().all(|b| b == b'0') || self.layout.no_date.iter().any(none) {
            return Ok(None);
        }
        let read = day::in_formats(text, self.layout.date_formats.iter().map(String::as_str));
        let sample = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap_or_default();
        read.map(Some).ok_or_else(|| {
            let like = sample.format(self.layout.date_formats.first().map_or("%Y%m%d", String::as_str));
            format!("{} `{text}` is no day like {like}", self.header(word))
        })
    }
}

/// Ten zeros stand for no number.
fn npi(text: &str) -> Result<Option<Npi>, String> {
    if text.bytes().all(|b| b == b'0') {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|why| format!("NPI {text}: {why}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_3_10_layouts_are_data_and_a_wrong_one_says_why() {
        assert_eq!(Layout::leie().source, "OIG LEIE");
        assert_eq!(Layout::sam().source, "SAM.gov");
        let refused = |text: &str| Layout::parse(text).expect_err("refused");
        let head = "source = \"X\"\ndate_formats = [\"%Y\"]\n";
        assert!(refused(&format!("{head}needed = []\ncolour = 1\n[columns]")).contains("colour"));
        assert!(refused(&format!("{head}needed = []\n[columns]\nshoe_size = \"A\"")).contains("shoe_size"));
        assert!(refused(&format!("{head}needed = [\"npi\"]\n[columns]\nname = \"A\"")).contains("`npi` is needed"));
        assert!(refused(&format!("{head}needed = []\n[columns]\nname = \"A\"")).contains("excluded_on"));
    }
}
