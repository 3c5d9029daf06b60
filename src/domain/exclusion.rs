//! Lists of people and firms that may not be paid (OIG LEIE, SAM, state lists), and what it means to be found on one.
//!
//! The same NPI is an identification. The same name is a candidate, whatever else agrees: a person looks at it, nothing
//! happens by itself.

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::vocab::Npi;

/// One line of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exclusion {
    /// Family name of a person.
    pub last_name: String,
    /// Given name.
    pub first_name: String,
    /// Middle name.
    pub middle_name: String,
    /// Name of a firm.
    pub business_name: String,
    /// What kind of provider, in the list's own words.
    pub general: String,
    /// Specialty, in the list's own words.
    pub specialty: String,
    /// The number, where the list has one.
    pub npi: Option<Npi>,
    /// Birthday.
    pub born_on: Option<NaiveDate>,
    /// Street.
    pub address: String,
    /// City.
    pub city: String,
    /// Two letters.
    pub state: String,
    /// ZIP.
    pub postal_code: String,
    /// Section of the law, such as `1128a1`.
    pub kind: String,
    /// Since when.
    pub excluded_on: NaiveDate,
    /// When it was lifted, where it was.
    pub reinstated_on: Option<NaiveDate>,
    /// When it was waived, where it was.
    pub waived_on: Option<NaiveDate>,
    /// For which state it was waived.
    pub waiver_state: String,
}

/// How somebody was found on a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// By the NPI: it is them.
    Identified,
    /// By the name: a person has to look.
    Candidate,
}

impl Hit {
    /// As it is stored.
    pub fn code(self) -> &'static str {
        match self {
            Self::Identified => "identified",
            Self::Candidate => "candidate",
        }
    }
}

/// Whether a line is about somebody with this NPI and these names; none: it is not.
pub fn hit(line: &Exclusion, npi: Option<Npi>, first: &str, last: &str, organization: &str) -> Option<Hit> {
    if line.npi.is_some() && line.npi == npi {
        return Some(Hit::Identified);
    }
    // A line with an NPI of its own is about the bearer of that one.
    if line.npi.is_some() && npi.is_some() {
        return None;
    }
    let person = !line.last_name.is_empty()
        && same(&line.last_name, last)
        && !line.first_name.is_empty()
        && same(&line.first_name, first);
    let firm = !line.business_name.is_empty() && same(&line.business_name, organization);
    (person || firm).then_some(Hit::Candidate)
}

fn same(a: &str, b: &str) -> bool {
    let letters = |t: &str| {
        let kept = t.chars().filter(|c| c.is_alphanumeric());
        kept.flat_map(char::to_uppercase).collect::<String>()
    };
    letters(a) == letters(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(last: &str, first: &str, npi: Option<&str>) -> Exclusion {
        Exclusion {
            last_name: last.to_owned(),
            first_name: first.to_owned(),
            npi: npi.map(|n| n.parse().expect("an NPI")),
            ..Exclusion::default()
        }
    }

    /// 3.10: the NPI identifies, the name suggests.
    #[test]
    fn feature_3_10_a_number_identifies_and_a_name_suggests() {
        let npi = |text: &str| text.parse::<Npi>().ok();
        let mine = npi("1234567893");
        let found = |l: &Exclusion, npi, first, last| hit(l, npi, first, last, "");
        let numbered = line("OTHER", "NAME", Some("1234567893"));
        assert_eq!(found(&numbered, mine, "JANE", "DOE"), Some(Hit::Identified));
        let named = line("O'DOE", "JANE", None);
        assert_eq!(found(&named, mine, "Jane", "ODoe"), Some(Hit::Candidate));
        assert_eq!(found(&named, mine, "June", "ODoe"), None);
        let other = line("DOE", "JANE", Some("1234567893"));
        assert_eq!(
            found(&other, npi("1003000126"), "JANE", "DOE"),
            None,
            "another's number"
        );
        assert_eq!(found(&other, None, "JANE", "DOE"), Some(Hit::Candidate));
        assert_eq!(found(&line("", "", None), None, "", ""), None);
    }
}
