//! A decision with everything it was made from, in one order of bytes: what is hashed, signed, and decided again later.

use std::borrow::Cow;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::{Decision, Facts, Question, RULE_VERSION, Terms, decide};

/// What a receipt states.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    /// What was asked.
    pub question: Question,
    /// Under which terms.
    pub terms: Terms<'static>,
    /// What was known of the provider; none: nothing.
    pub facts: Option<Facts>,
    /// Whether the directory had participations of the networks at all.
    pub any_data: bool,
    /// What was decided.
    pub decision: Decision,
    /// By which version of the rules.
    pub rule_version: Cow<'static, str>,
    /// The moment whose knowledge it was decided from.
    pub known_at: DateTime<Utc>,
    /// The snapshot of the store that it was read from: changes under way at that moment are not in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub snapshot: Option<String>,
    /// The change feed was read up to here.
    pub data_version: String,
}

impl Statement {
    /// Decides, and states what from.
    pub fn make(
        question: Question,
        terms: Terms<'static>,
        facts: Option<Facts>,
        any_data: bool,
        known_at: DateTime<Utc>,
        data_version: String,
    ) -> Self {
        let decision = judge(&question, &terms, facts.as_ref(), any_data);
        Self {
            question,
            terms,
            facts,
            any_data,
            decision,
            rule_version: Cow::Borrowed(RULE_VERSION),
            known_at,
            snapshot: None,
            data_version,
        }
    }

    /// The bytes that are hashed: always the same for the same statement.
    ///
    /// # Panics
    /// Never: all of it can be written as JSON.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("maps with text keys and finite numbers")
    }

    /// Whether the same facts still lead to the same decision; none: it was made by other rules.
    pub fn is_reproduced(&self) -> Option<bool> {
        (self.rule_version == RULE_VERSION).then(|| self.decide_by(self.facts.as_ref()) == self.decision)
    }

    /// What the same question under the same terms comes to with these facts.
    pub fn decide_by(&self, facts: Option<&Facts>) -> Decision {
        judge(&self.question, &self.terms, facts, self.any_data)
    }

    /// The answer in a sentence, as a member or provider is owed it in writing.
    pub fn in_words(&self) -> String {
        let Question { npi, service_date, .. } = &self.question;
        let said = match self.decision.decision {
            super::Answer::InNetwork => "was in network",
            super::Answer::OutOfNetwork => "was not in network",
            super::Answer::Pending => "was being credentialed; whether in network is not decided",
            super::Answer::UnknownProvider => "is not known to this directory",
            super::Answer::NoData => "can't be told: the directory has no data of this network",
        };
        let known_at = self.known_at.format("%Y-%m-%d %H:%M UTC");
        format!("On {service_date}, the provider with NPI {npi} {said}, as known on {known_at}.")
    }
}

/// Decides by what was known, whatever it is.
pub fn judge(question: &Question, terms: &Terms<'_>, facts: Option<&Facts>, any_data: bool) -> Decision {
    let memberships = facts.map(Facts::memberships).unwrap_or_default();
    let known = facts.map(|f| (&f.timeline, &memberships[..], &f.taxonomies[..]));
    decide(question, terms, known, any_data)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::{NetworkId, Npi};

    #[test]
    fn a_statement_read_back_has_the_same_bytes_and_decides_the_same() {
        let question = Question {
            npi: Npi::from_base(123_456_789),
            service_date: chrono::NaiveDate::from_ymd_opt(2028, 2, 29).expect("a day"),
            location_id: None,
            taxonomy: Some("207RC0000X".to_owned()),
        };
        let terms = Terms::of_network(NetworkId(uuid::Uuid::from_u128(1)));
        let made = Statement::make(
            question,
            terms,
            Some(Facts::default()),
            true,
            DateTime::UNIX_EPOCH,
            "744-12".to_owned(),
        );
        // Through a document that keeps no order, as jsonb does.
        let value: serde_json::Value = serde_json::from_slice(&made.bytes()).expect("JSON");
        let back: Statement = serde_json::from_value(value).expect("a statement");
        assert_eq!(back.bytes(), made.bytes());
        assert_eq!(back.is_reproduced(), Some(true));
        let mut other = back;
        other.rule_version = Cow::Borrowed("1999-01");
        assert_eq!(other.is_reproduced(), None);
    }
}
