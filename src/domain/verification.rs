//! What has to be known about somebody before they are let in: the elements, how old a verification may be, what is missing.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{calendar::months_later, credentialing::Policy};
use crate::vocab::{
    Fault, ProviderId,
    terms::{Element, Finding, Profile},
};

/// One thing that somebody asked a source, and what the source said. Never changed: a later one supersedes it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Verification {
    /// Its key.
    pub id: Uuid,
    /// About whom.
    pub provider_id: ProviderId,
    /// What was asked.
    pub element: Element,
    /// Who was asked: a board, a register, a file.
    pub source: String,
    /// The day on which the source answered.
    pub verified_on: NaiveDate,
    /// Who asked.
    pub verifier: String,
    /// How: `web`, `letter`, `telephone`, `file`, `automatic`.
    pub method: String,
    /// What came out.
    pub result: Finding,
    /// Where the proof is kept: a document's address or number.
    pub document: Option<String>,
    /// What else there is to say.
    pub note: Option<String>,
    /// The last day on which what was verified is good, such as a licence.
    pub expires_on: Option<NaiveDate>,
    /// The state that issued it, two letters.
    pub state: Option<String>,
    /// When it was written down.
    pub recorded_at: DateTime<Utc>,
}

/// Where one element of a checklist stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Item {
    /// Which one.
    pub element: Element,
    /// Whether it is in order on the day that was asked about.
    pub in_order: bool,
    /// `in_order`, `missing`, `too_old`, `expired`, `adverse`, `in_the_future`.
    pub code: &'static str,
    /// The same for a person.
    pub message: String,
    /// The day of the verification that counts: the latest one.
    pub verified_on: Option<NaiveDate>,
    /// The last day on which it is young enough for a decision.
    pub good_through: Option<NaiveDate>,
}

impl Item {
    fn new(element: Element, code: &'static str, message: impl Into<String>) -> Self {
        Self {
            element,
            in_order: code == "in_order",
            code,
            message: message.into(),
            verified_on: None,
            good_through: None,
        }
    }
}

/// The checklist of a profile for a decision on `day`. Empty for the basic profile, which asks for nothing.
///
/// Of several verifications of one element the latest counts; of two of the same day the one recorded later. But an adverse
/// finding stands until the same source, asked about the same state, has taken it back: a clean answer of one list of
/// sanctions says nothing about another.
pub fn checklist(profile: Profile, policy: &Policy, day: NaiveDate, known: &[Verification]) -> Vec<Item> {
    if profile == Profile::Basic {
        return Vec::new();
    }
    let item = |element: &Element| {
        let of_it = || known.iter().filter(|v| v.element == *element);
        let standing = of_it().filter(|v| v.result == Finding::Adverse && !of_it().any(|other| takes_back(other, v)));
        let limit = policy.age_limit(profile, *element, day);
        match (of_it().max_by_key(|v| when(v)), standing.max_by_key(|v| when(v))) {
            (None, _) => Item::new(*element, "missing", "has not been verified"),
            (Some(last), Some(adverse)) if last.id != adverse.id => {
                let message = format!(
                    "{} answered {} on {}, which only a later answer of the same source takes back",
                    adverse.source, adverse.result, adverse.verified_on
                );
                Item {
                    verified_on: Some(adverse.verified_on),
                    ..Item::new(*element, "adverse", message)
                }
            }
            (Some(last), _) => judged(last, limit, day),
        }
    };
    Element::ALL.iter().map(item).collect()
}

/// What is later counts.
fn when(verification: &Verification) -> (NaiveDate, DateTime<Utc>, Uuid) {
    (verification.verified_on, verification.recorded_at, verification.id)
}

/// Whether a source has said something since about the same, in whatever case its name is written.
fn takes_back(later: &Verification, earlier: &Verification) -> bool {
    let asked = |v: &Verification| (v.source.trim().to_lowercase(), v.state.clone());
    when(later) > when(earlier) && asked(later) == asked(earlier)
}

fn judged(last: &Verification, limit: i64, day: NaiveDate) -> Item {
    let waivable = matches!(last.element, Element::DeaCds | Element::BoardCertification);
    let fine = match last.result {
        Finding::Confirmed => true,
        Finding::NotApplicable => waivable,
        Finding::Discrepancy | Finding::Adverse | Finding::Unobtainable => false,
    };
    let age = (day - last.verified_on).num_days();
    let expired = last.expires_on.filter(|last_day| *last_day < day);
    let mut item = if !fine {
        Item::new(
            last.element,
            "adverse",
            format!("the source's answer was {}", last.result),
        )
    } else if age < 0 {
        Item::new(last.element, "in_the_future", "was verified after the decision")
    } else if age > limit {
        let message = format!("was verified {age} days before the decision; {limit} are allowed");
        Item::new(last.element, "too_old", message)
    } else if let Some(last_day) = expired {
        Item::new(last.element, "expired", format!("was good through {last_day}"))
    } else {
        Item::new(last.element, "in_order", "is in order")
    };
    item.verified_on = Some(last.verified_on);
    item.good_through = last.verified_on.checked_add_signed(TimeDelta::days(limit));
    item
}

/// A span of work, or of anything that fills the time; none: until today.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Period {
    /// The first day.
    pub from: NaiveDate,
    /// The last day; none: it goes on.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}

/// What somebody said about a gap.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct GapNote {
    /// A day within the gap.
    pub day: NaiveDate,
    /// What they did.
    pub note: String,
    /// Whether it was said in writing.
    #[serde(default)]
    pub in_writing: bool,
}

/// Years of work that are looked at.
const WORK_YEARS: u32 = 5;
/// Months from which a gap needs a word.
const EXPLAIN_MONTHS: u32 = 6;
/// Months from which the word must be in writing.
const WRITE_MONTHS: u32 = 12;

/// Gaps in the last five years of work that are six months or longer and not explained, or a year or longer and not
/// explained in writing.
pub fn work_gaps(periods: &[Period], notes: &[GapNote], day: NaiveDate) -> Vec<Fault> {
    let since = day
        .checked_sub_months(chrono::Months::new(12 * WORK_YEARS))
        .unwrap_or(NaiveDate::MIN);
    let mut sorted = periods.to_vec();
    sorted.sort_by_key(|p| p.from);
    let mut faults = Vec::new();
    let mut covered = since;
    let ends = [Period { from: day, until: None }];
    for period in sorted.iter().chain(&ends) {
        let to = period.from.min(day);
        if to > covered && to >= months_later(covered, EXPLAIN_MONTHS) {
            let long = to >= months_later(covered, WRITE_MONTHS);
            let said = |n: &&GapNote| (covered..to).contains(&n.day) && !n.note.trim().is_empty();
            let told = notes.iter().filter(said).any(|n| n.in_writing || !long);
            if !told {
                let how = if long { "in writing" } else { "at least by word" };
                let message = format!("the gap from {covered} until {to} is to be explained {how}");
                faults.push(Fault::new("application.work_history", "work_gap", message));
            }
        }
        covered = covered.max(period.until.unwrap_or(day).min(day));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a date")
    }

    fn verified(element: Element, on: NaiveDate) -> Verification {
        Verification {
            id: Uuid::nil(),
            provider_id: ProviderId(Uuid::nil()),
            element,
            source: "board".to_owned(),
            verified_on: on,
            verifier: "me".to_owned(),
            method: "web".to_owned(),
            result: Finding::Confirmed,
            document: None,
            note: None,
            expires_on: None,
            state: None,
            recorded_at: DateTime::UNIX_EPOCH,
        }
    }

    fn code_of_licence(profile: Profile, decision: &str, known: &[Verification]) -> &'static str {
        let list = checklist(profile, &Policy::default(), day(decision), known);
        let licence = list.iter().find(|i| i.element == Element::License);
        licence.expect("on the list").code
    }

    /// 3.08: day 120 passes, day 121 blocks; 90 for a certification; 180 before July 2025.
    #[test]
    fn feature_3_08_age_limits_follow_the_standard_year() {
        let on = day("2026-01-01");
        let later = |days: i64| (on + TimeDelta::days(days)).to_string();
        let known = [verified(Element::License, on)];
        for (profile, days, code) in [
            (Profile::NcqaAccreditation, 120, "in_order"),
            (Profile::NcqaAccreditation, 121, "too_old"),
            (Profile::NcqaCertification, 90, "in_order"),
            (Profile::NcqaCertification, 91, "too_old"),
            (Profile::NcqaAccreditation, -1, "in_the_future"),
        ] {
            assert_eq!(code_of_licence(profile, &later(days), &known), code, "{profile} {days}");
        }
        let earlier = [verified(Element::License, day("2025-01-01"))];
        assert_eq!(
            code_of_licence(Profile::NcqaAccreditation, "2025-06-30", &earlier),
            "in_order"
        ); // 180
        assert_eq!(
            code_of_licence(Profile::NcqaAccreditation, "2025-07-01", &earlier),
            "too_old"
        ); // 181, and 120 now
    }

    #[test]
    fn the_latest_word_counts_and_only_some_elements_can_be_waived() {
        let decision = "2026-02-01";
        let mut bad = verified(Element::License, day("2026-01-20"));
        bad.result = Finding::Discrepancy;
        let good = verified(Element::License, day("2026-01-10"));
        let both = [good.clone(), bad.clone()];
        assert_eq!(code_of_licence(Profile::NcqaAccreditation, decision, &both), "adverse");
        let mut again = good.clone();
        again.verified_on = day("2026-01-25");
        let three = [good, bad.clone(), again.clone()];
        assert_eq!(
            code_of_licence(Profile::NcqaAccreditation, decision, &three),
            "in_order"
        );
        again.expires_on = Some(day("2026-01-31"));
        assert_eq!(
            code_of_licence(Profile::NcqaAccreditation, decision, &[again]),
            "expired"
        );
        bad.result = Finding::NotApplicable;
        assert_eq!(code_of_licence(Profile::NcqaAccreditation, decision, &[bad]), "adverse");
        let mut dea = verified(Element::DeaCds, day("2026-01-10"));
        dea.result = Finding::NotApplicable;
        let list = checklist(Profile::NcqaAccreditation, &Policy::default(), day(decision), &[dea]);
        let in_order = list
            .iter()
            .filter(|i| i.in_order)
            .map(|i| i.element)
            .collect::<Vec<_>>();
        assert_eq!(in_order, [Element::DeaCds]);
        assert_eq!(list.len(), Element::ALL.len());
        assert!(checklist(Profile::Basic, &Policy::default(), day(decision), &[]).is_empty());
    }

    /// One source, one state: a clean answer of another takes nothing back.
    #[test]
    fn an_adverse_finding_stands_until_its_own_source_takes_it_back() {
        let said = |number: u128, source: &str, state: Option<&str>, on: &str, result| Verification {
            id: Uuid::from_u128(number),
            source: source.to_owned(),
            state: state.map(str::to_owned),
            result,
            ..verified(Element::License, day(on))
        };
        let code = |known: &[Verification]| code_of_licence(Profile::NcqaAccreditation, "2026-02-01", known);
        let adverse = said(1, "SAM.gov", None, "2026-01-10", Finding::Adverse);
        let elsewhere = said(2, "OIG LEIE", None, "2026-01-11", Finding::Confirmed);
        let cleared = said(3, "sam.gov ", None, "2026-01-12", Finding::Confirmed);
        assert_eq!(code(&[adverse.clone(), elsewhere.clone()]), "adverse");
        assert_eq!(code(&[adverse, elsewhere, cleared]), "in_order");
        let illinois = said(4, "board", Some("IL"), "2026-01-10", Finding::Adverse);
        let wisconsin = said(5, "board", Some("WI"), "2026-01-12", Finding::Confirmed);
        assert_eq!(code(&[illinois, wisconsin]), "adverse");
    }

    /// 3.06: gaps of work.
    #[test]
    fn feature_3_06_gaps_of_work_are_explained() {
        let today = day("2026-11-22");
        let period = |from: &str, until: Option<&str>| Period {
            from: day(from),
            until: until.map(day),
        };
        let note = |on: &str, in_writing| GapNote {
            day: day(on),
            note: "travelled".to_owned(),
            in_writing,
        };
        let whole = [period("2010-01-01", None)];
        assert_eq!(work_gaps(&whole, &[], today), []);
        let five_months = [period("2010-01-01", Some("2024-01-01")), period("2024-06-01", None)];
        assert_eq!(work_gaps(&five_months, &[], today), []);
        let half_year = [period("2024-07-01", None), period("2010-01-01", Some("2024-01-01"))];
        assert_eq!(work_gaps(&half_year, &[], today).len(), 1);
        assert_eq!(work_gaps(&half_year, &[note("2024-03-01", false)], today), []);
        let a_year = [period("2010-01-01", Some("2024-01-01")), period("2025-01-01", None)];
        assert_eq!(work_gaps(&a_year, &[note("2024-03-01", false)], today).len(), 1);
        assert_eq!(work_gaps(&a_year, &[note("2024-03-01", true)], today), []);
        assert_eq!(work_gaps(&[], &[], today).len(), 1, "five empty years");
    }
}
