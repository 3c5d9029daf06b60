//! The steps of a credentialing that nobody has to press a button for, and when each is due.
//!
//! A step is named in the store by its text form. It may run late, and twice where a process died, never out of order with
//! what it depends on: each looks at the request as it is then.

use std::{fmt, str::FromStr};

use chrono::{DateTime, NaiveTime, TimeDelta, Utc};
use uuid::Uuid;

use super::{
    calendar::{end_of_day, months_after, zone_of_state},
    credentialing::Policy,
    verification::Verification,
};
use crate::vocab::terms::{Element, Finding};

/// What the engine does by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Step {
    /// Looks at what came in, and sets the clocks.
    Intake,
    /// Compares the provider with the lists of exclusions.
    Screen,
    /// Looks whether all is verified, so that somebody can decide.
    Review,
    /// Reminds the reviewers, so many days after submission.
    Remind(u32),
    /// Tells the organisation's administrators.
    Escalate,
    /// Should have been decided by now.
    Deadline,
    /// The provider should have been told by now.
    LetterOverdue,
    /// Asks for the next request, so many days before the approval runs out.
    Renew(u32),
    /// Looks at exclusions and licence, so many months after the decision.
    Monitor(u32),
    /// The licence of this verification has run out where it was issued.
    LicenseEnded(Uuid),
}

impl fmt::Display for Step {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Intake => f.write_str("intake"),
            Self::Screen => f.write_str("screen"),
            Self::Review => f.write_str("review"),
            Self::Remind(days) => write!(f, "remind:{days}"),
            Self::Escalate => f.write_str("escalate"),
            Self::Deadline => f.write_str("deadline"),
            Self::LetterOverdue => f.write_str("letter_overdue"),
            Self::Renew(days) => write!(f, "renew:{days}"),
            Self::Monitor(month) => write!(f, "monitor:{month}"),
            Self::LicenseEnded(verification) => write!(f, "license_ended:{verification}"),
        }
    }
}

/// A text that names no step: written by a newer program.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no step")]
pub struct UnknownStep(String);

impl FromStr for Step {
    type Err = UnknownStep;

    fn from_str(text: &str) -> Result<Self, UnknownStep> {
        let unknown = || UnknownStep(text.to_owned());
        let (name, argument) = text.split_once(':').unwrap_or((text, ""));
        let number = || argument.parse::<u32>().map_err(|_| unknown());
        match name {
            "intake" => Ok(Self::Intake),
            "screen" => Ok(Self::Screen),
            "review" => Ok(Self::Review),
            "remind" => number().map(Self::Remind),
            "escalate" => Ok(Self::Escalate),
            "deadline" => Ok(Self::Deadline),
            "letter_overdue" => Ok(Self::LetterOverdue),
            "renew" => number().map(Self::Renew),
            "monitor" => number().map(Self::Monitor),
            "license_ended" => argument.parse().map(Self::LicenseEnded).map_err(|_| unknown()),
            _ => Err(unknown()),
        }
    }
}

/// A step and when it is due.
pub type Due = (Step, DateTime<Utc>);

/// The clocks of a request that has come in.
pub fn after_submission(policy: &Policy, submitted: DateTime<Utc>) -> Vec<Due> {
    let after = |days: u32| submitted + TimeDelta::days(i64::from(days));
    let mut due = vec![
        (Step::Escalate, after(policy.escalation_days)),
        (Step::Deadline, after(policy.deadline_days)),
    ];
    due.extend(
        policy
            .reminder_days
            .iter()
            .map(|days| (Step::Remind(*days), after(*days))),
    );
    due
}

/// The clocks of an approval: what is due after it, up to when it runs out.
pub fn after_approval(
    policy: &Policy,
    decided: DateTime<Utc>,
    expires: DateTime<Utc>,
    known: &[Verification],
) -> Vec<Due> {
    let mut due = vec![
        (
            Step::LetterOverdue,
            decided + TimeDelta::days(i64::from(policy.letter_days)),
        ),
        (Step::Monitor(1), months_after(decided, 1)),
    ];
    let renewals = policy.renewal_alert_days.iter().filter_map(|days| {
        let at = expires - TimeDelta::days(i64::from(*days));
        (at > decided).then_some((Step::Renew(*days), at))
    });
    due.extend(renewals);
    let licences = known.iter().filter(|v| v.result == Finding::Confirmed);
    due.extend(licences.filter_map(license_ends));
    due
}

/// The clocks of an approval that somebody else decided earlier: a look at the lists now, the next monthly look, and what
/// is still to be asked for before it runs out. What lies behind is not made up for.
pub fn after_delegation(
    policy: &Policy,
    decided: DateTime<Utc>,
    expires: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Vec<Due> {
    let mut due = vec![(Step::Screen, now)];
    let mut looks = (0..).map_while(|month| next_look(month, decided, expires));
    due.extend(looks.find(|(_, at)| *at > now));
    let renewals = policy.renewal_alert_days.iter().map(|days| {
        let at = expires - TimeDelta::days(i64::from(*days));
        (Step::Renew(*days), at)
    });
    due.extend(renewals.filter(|(_, at)| *at > now));
    due
}

/// When a verified licence runs out: at midnight after its last day, where it was issued. Where no state is named, at
/// midnight UTC.
pub fn license_ends(known: &Verification) -> Option<Due> {
    let last = known.expires_on.filter(|_| known.element == Element::License)?;
    let zone = known.state.as_deref().and_then(zone_of_state);
    let at = match zone {
        Some(zone) => end_of_day(last, zone),
        None => last.succ_opt()?.and_time(NaiveTime::MIN).and_utc(),
    };
    Some((Step::LicenseEnded(known.id), at))
}

/// The next monthly look after the `month`th: counted from the decision, so that it does not creep; none after the end.
pub fn next_look(month: u32, decided: DateTime<Utc>, expires: DateTime<Utc>) -> Option<Due> {
    let next = month.checked_add(1)?;
    let at = months_after(decided, next);
    (at < expires).then_some((Step::Monitor(next), at))
}

/// How long a step that failed waits before it is tried again: twice as long each time, an hour at most.
pub fn backoff(attempts: u32) -> TimeDelta {
    TimeDelta::seconds(2_i64.saturating_pow(attempts.min(12)).min(3600))
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDate;

    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().expect("a moment")
    }

    fn a_license() -> Verification {
        Verification {
            id: Uuid::nil(),
            provider_id: Uuid::nil().into(),
            element: Element::License,
            source: "board".to_owned(),
            verified_on: NaiveDate::MIN,
            verifier: "somebody".to_owned(),
            method: "web".to_owned(),
            result: Finding::Confirmed,
            document: None,
            note: None,
            expires_on: None,
            state: None,
            recorded_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn steps_are_named_and_read_back() {
        for step in [
            Step::Intake,
            Step::Screen,
            Step::Review,
            Step::Remind(14),
            Step::Escalate,
            Step::Deadline,
            Step::LetterOverdue,
            Step::Renew(180),
            Step::Monitor(7),
            Step::LicenseEnded(Uuid::nil()),
        ] {
            assert_eq!(step.to_string().parse(), Ok(step));
        }
        assert!("remind:soon".parse::<Step>().is_err());
        assert!("dance".parse::<Step>().is_err());
    }

    /// 3.09: the alerts before an approval runs out; none that lie before the decision.
    #[test]
    fn feature_3_09_alerts_come_before_the_end() {
        let (decided, expires) = (moment("2024-02-29T10:00:00Z"), moment("2027-02-28T10:00:00Z"));
        let due = after_approval(&Policy::default(), decided, expires, &[]);
        let told = due.iter().filter(|(step, _)| matches!(step, Step::Renew(_)));
        let told = told
            .map(|(step, at)| format!("{step} {}", at.date_naive()))
            .collect::<Vec<_>>();
        assert_eq!(
            told,
            [
                "renew:180 2026-09-01",
                "renew:120 2026-10-31",
                "renew:90 2026-11-30",
                "renew:60 2026-12-30",
                "renew:30 2027-01-29"
            ]
        );
        let provisional = after_approval(&Policy::default(), decided, decided + TimeDelta::days(60), &[]);
        let renewals = provisional.iter().filter(|(step, _)| matches!(step, Step::Renew(_)));
        assert_eq!(renewals.count(), 1, "thirty days before sixty are over");
    }

    /// 3.02, 3.11: days are counted as days, over a leap day too; a licence ends at midnight where it was issued.
    #[test]
    fn feature_3_02_and_3_11_clocks_over_leap_days_month_ends_and_zones() {
        let submitted = moment("2028-02-15T23:30:00Z");
        let due = after_submission(&Policy::default(), submitted);
        let at = |wanted: Step| due.iter().find(|(step, _)| *step == wanted).map(|(_, at)| *at);
        let days = Policy::default().deadline_days;
        assert_eq!(at(Step::Remind(14)), Some(moment("2028-02-29T23:30:00Z")));
        assert_eq!(at(Step::Deadline), Some(submitted + TimeDelta::days(i64::from(days))));
        for (last, state, end) in [
            ("2028-02-29", Some("TX"), "2028-03-01T06:00:00Z"),
            ("2028-02-28", Some("TX"), "2028-02-29T06:00:00Z"),
            ("2026-12-31", Some("HI"), "2027-01-01T10:00:00Z"),
            ("2026-12-31", Some("GU"), "2026-12-31T14:00:00Z"),
            ("2026-07-31", Some("AZ"), "2026-08-01T07:00:00Z"), // No summer time there,
            ("2026-07-31", Some("CO"), "2026-08-01T06:00:00Z"), // but there.
            ("2026-11-01", Some("NY"), "2026-11-02T05:00:00Z"), // The day that has 25 hours.
            ("2026-02-28", None, "2026-03-01T00:00:00Z"),
        ] {
            let license = Verification {
                expires_on: last.parse().ok(),
                state: state.map(str::to_owned),
                ..a_license()
            };
            let ends = license_ends(&license).map(|(_, at)| at);
            assert_eq!(ends, Some(moment(end)), "{last} {state:?}");
        }
    }

    /// 3.10, 3.12: of what somebody else decided, only what is still to come.
    #[test]
    fn feature_3_12_an_earlier_decision_goes_on_from_where_it_is() {
        let (decided, expires) = (moment("2024-01-31T00:00:00Z"), moment("2027-01-31T00:00:00Z"));
        let due = after_delegation(&Policy::default(), decided, expires, moment("2026-11-22T12:00:00Z"));
        let told = due.iter().map(|(step, at)| format!("{step} {}", at.date_naive()));
        let told = told.collect::<Vec<_>>();
        assert_eq!(
            told,
            [
                "screen 2026-11-22",
                "monitor:34 2026-11-30",
                "renew:60 2026-12-02",
                "renew:30 2027-01-01"
            ]
        );
    }

    #[test]
    fn monthly_looks_keep_their_day_and_end_with_the_approval() {
        let (decided, expires) = (moment("2026-01-31T10:00:00Z"), moment("2026-04-30T10:00:00Z"));
        let (step, at) = next_look(1, decided, expires).expect("a look");
        assert_eq!((step, at), (Step::Monitor(2), moment("2026-03-31T10:00:00Z")));
        assert_eq!(next_look(2, decided, expires), None);
        assert_eq!(backoff(1), TimeDelta::seconds(2));
        assert_eq!(backoff(40), TimeDelta::hours(1));
    }
}
