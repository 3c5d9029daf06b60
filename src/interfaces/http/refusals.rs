//! What the rooms refuse, as problems: the one table from errors to statuses.

use super::problem::{Kind, Problem};
use crate::query;
use crate::store;

/// Refusals where nothing is wrong with what was asked, but with what is there already.
const CONFLICTS: [&str; 7] = [
    "duplicate_profile",
    "duplicate_npi",
    "assigned_already",
    "primary_needed",
    "has_schedules",
    "schedule_conflict",
    "slot_full",
];

/// The same table where what is not there has a name: `what` is a sentence.
pub fn unless_absent(what: &'static str) -> impl Fn(store::Error) -> Problem {
    move |error| match error {
        store::Error::NotFound => Problem::not_found(what),
        other => other.into(),
    }
}

impl From<store::Error> for Problem {
    fn from(error: store::Error) -> Self {
        match error {
            store::Error::NpiTaken(npi) => {
                let message = format!("another provider has the NPI {npi}");
                let fault = crate::vocab::Fault::new("npi", "npi_taken", message);
                Problem::new(Kind::Conflict, format!("A provider with the NPI {npi} exists already."))
                    .with_errors(vec![fault])
            }
            store::Error::NotFound => Problem::not_found("There is no such thing here, or none that you may see."),
            store::Error::Merged(into) => Problem::merged(into),
            store::Error::VersionMismatch { current } => Problem::new(
                Kind::VersionMismatch,
                format!("It is at version {current} now; read it again, then repeat the change."),
            ),
            store::Error::Refused(fault) if fault.code == "request_transition" => {
                Problem::new(Kind::TransitionRefused, fault.message.clone()).with_errors(vec![fault])
            }
            store::Error::RefusedAll(faults) => {
                let told = faults.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
                Problem::new(Kind::RuleRefused, told).with_errors(faults)
            }
            store::Error::Refused(mut fault) => {
                if fault.field.is_empty() {
                    fault.field.push_str("body"); // A value that Postgres refused without saying which.
                }
                let kind = if CONFLICTS.contains(&fault.code) {
                    Kind::Conflict
                } else {
                    Kind::RuleRefused
                };
                Problem::new(kind, fault.message.clone()).with_errors(vec![fault])
            }
            store::Error::Behind => {
                let detail = "The events behind this position are not kept any longer. Read what you follow anew, then go on \
                    without a position.";
                Problem::new(Kind::NoLongerKept, detail)
            }
            store::Error::Forbidden => Problem::new(Kind::NotAllowed, "The store does not let this actor do that."),
            store::Error::Conflict(_) => {
                let detail = "Another change was in the way; the same again may work.";
                Problem::new(Kind::Conflict, detail).retry_after(1)
            }
            store::Error::Unavailable(cause) => {
                tracing::warn!(error = &cause as &dyn std::error::Error, "the store did not answer");
                away()
            }
            other => Problem::internal(&other),
        }
    }
}

/// Postgres does not answer: reading goes on from the index, this can't.
pub fn away() -> Problem {
    Problem::new(
        Kind::Unavailable,
        "The store of record can't be reached right now. Searching goes on.",
    )
    .retry_after(5)
}

impl From<query::Error> for Problem {
    fn from(error: query::Error) -> Self {
        match error {
            query::Error::Malformed(faults) => Problem::faults(faults),
            query::Error::NotBuilt => {
                Problem::new(Kind::Unavailable, "The directory is being built; it answers soon.").retry_after(2)
            }
            query::Error::TooCostly(_) => Problem::new(
                Kind::TooCostly,
                "The search would have to look at more than one search may; ask for less.",
            ),
            query::Error::Index(cause) => Problem::internal(&cause),
        }
    }
}
