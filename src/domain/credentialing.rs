//! How a provider comes in, goes out and comes back, and how a request to be let in is decided.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    calendar::months_after,
    verification::{self, GapNote, Period, Verification},
};
use crate::vocab::{
    CredentialingRequestId, Fault, OrganizationId, ProviderId,
    terms::{Element, NetworkStatus, Profile, RequestStatus, Stage},
};

/// Where a provider may go from a status.
pub fn provider_moves(from: NetworkStatus) -> &'static [NetworkStatus] {
    match from {
        NetworkStatus::Pending => &[NetworkStatus::Active, NetworkStatus::Inactive],
        NetworkStatus::Active => &[NetworkStatus::Inactive],
        NetworkStatus::Inactive => &[NetworkStatus::Active],
    }
}

/// Whether a provider may go from one status to another. To ACTIVE only with an approved request that has not run out.
///
/// # Errors
/// A refusal that says which ways there are, or that the approval is missing.
pub fn may_move(from: NetworkStatus, to: NetworkStatus, credentialed: bool) -> Result<(), Fault> {
    let ways = provider_moves(from);
    if !ways.contains(&to) {
        let message = format!(
            "a provider does not go from {from} to {to}; from {from} it goes to {}",
            listed(ways)
        );
        return Err(Fault::new("network_status", "transition", message));
    }
    if to == NetworkStatus::Active && !credentialed {
        let message = "a provider becomes ACTIVE through an approved credentialing request that has not run out";
        return Err(Fault::new("network_status", "credentialing", message));
    }
    Ok(())
}

/// Where a request may go from a status. What is decided stays so: a new request is opened instead.
pub fn request_moves(from: RequestStatus) -> &'static [RequestStatus] {
    match from {
        RequestStatus::Submitted => &[RequestStatus::Approved, RequestStatus::Rejected],
        RequestStatus::Approved | RequestStatus::Rejected => &[],
    }
}

/// Whether a request may go from one status to another.
///
/// # Errors
/// A refusal with the code `request_transition` that says which ways there are.
pub fn may_decide(from: RequestStatus, to: RequestStatus) -> Result<(), Fault> {
    let ways = request_moves(from);
    if ways.contains(&to) {
        return Ok(());
    }
    let message = if ways.is_empty() {
        format!("the request is {from}, which is final: no way leads to {to}; a new request can be opened")
    } else {
        format!(
            "a request does not go from {from} to {to}; from {from} it goes to {}",
            listed(ways)
        )
    };
    Err(Fault::new("status", "request_transition", message))
}

/// Where the work on a request may go from a stage.
pub fn stage_moves(from: Stage) -> &'static [Stage] {
    match from {
        Stage::Intake => &[Stage::Verifying, Stage::Decided],
        Stage::Verifying => &[Stage::Committee, Stage::Decided],
        Stage::Committee => &[Stage::Verifying, Stage::Decided],
        Stage::Decided => &[],
    }
}

fn listed<T: ToString>(ways: &[T]) -> String {
    ways.iter().map(ToString::to_string).collect::<Vec<_>>().join(" or ")
}

/// From which day on how old a verification may be at the decision.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Standard {
    /// The first day of decisions that it holds for.
    pub from: NaiveDate,
    /// Days, for an accreditation.
    pub accreditation_days: i64,
    /// Days, for a certification.
    pub certification_days: i64,
    /// Days, for what the applicant attested themselves.
    #[serde(default = "attestation_days")]
    pub attestation_days: i64,
}

/// As older rules have it that say nothing of it.
fn attestation_days() -> i64 {
    ATTESTATION_DAYS
}

/// How an organisation credentials. What is not said has these defaults.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Policy {
    /// What a request has to show unless it names a profile itself.
    pub profile: Profile,
    /// Whether somebody else than who submitted a request has to decide it.
    pub four_eyes: bool,
    /// The standard years, in the order of their first days.
    pub standards: Vec<Standard>,
    /// Days after submission on which the reviewers are reminded.
    pub reminder_days: Vec<u32>,
    /// Days after submission on which the organisation's administrators hear of it.
    pub escalation_days: u32,
    /// Days after submission by which it should have been decided.
    pub deadline_days: u32,
    /// Whether a request that is not decided by then is closed as REJECTED.
    pub close_at_deadline: bool,
    /// Days within which the provider is told of the decision.
    pub letter_days: u32,
    /// Days before an approval runs out on which the next request is asked for.
    pub renewal_alert_days: Vec<u32>,
    /// Whether an expired licence takes the provider out by itself.
    pub suspend_on_expired_license: bool,
    /// Days that a request may stay in one stage before it counts as stuck.
    pub stuck_days: u32,
}

impl Default for Policy {
    fn default() -> Self {
        let standard = |year, month, accreditation_days, certification_days| Standard {
            from: NaiveDate::from_ymd_opt(year, month, 1).unwrap_or_default(),
            accreditation_days,
            certification_days,
            attestation_days: ATTESTATION_DAYS,
        };
        Self {
            profile: Profile::Basic,
            four_eyes: false,
            standards: vec![standard(1970, 1, 180, 120), standard(2025, 7, 120, 90)],
            reminder_days: vec![14, 28],
            escalation_days: 45,
            deadline_days: 90,
            close_at_deadline: false,
            letter_days: 60,
            renewal_alert_days: vec![180, 120, 90, 60, 30],
            suspend_on_expired_license: false,
            stuck_days: 14,
        }
    }
}

impl Policy {
    /// What makes no sense in it.
    pub fn faults(&self) -> Vec<Fault> {
        let mut faults = Vec::new();
        if !self.standards.is_sorted_by(|a, b| a.from < b.from) {
            let message = "are in the order of their first days";
            faults.push(Fault::new("standards", "order", message));
        }
        if self
            .standards
            .iter()
            .any(|s| s.accreditation_days < 1 || s.certification_days < 1 || s.attestation_days < 1)
        {
            faults.push(Fault::new("standards", "range", "allow one day at least"));
        }
        let short = |days: &u32| (1..=1096).contains(days);
        let clocks = [
            ("escalation_days", self.escalation_days),
            ("deadline_days", self.deadline_days),
            ("letter_days", self.letter_days),
            ("stuck_days", self.stuck_days),
        ];
        for (field, _) in clocks.iter().filter(|(_, days)| !short(days)) {
            faults.push(Fault::new(*field, "range", "from 1 to 1096 days"));
        }
        for (field, list) in [
            ("reminder_days", &self.reminder_days),
            ("renewal_alert_days", &self.renewal_alert_days),
        ] {
            if list.len() > 20 || !list.iter().all(short) {
                faults.push(Fault::new(field, "range", "at most twenty, each from 1 to 1096 days"));
            }
        }
        faults
    }

    /// How old a verification of an element may be for a decision on a day.
    pub fn age_limit(&self, profile: Profile, element: Element, day: NaiveDate) -> i64 {
        let then = self.standards.iter().rfind(|s| s.from <= day);
        then.map_or(0, |standard| match (element, profile) {
            (Element::Attestation, _) => standard.attestation_days,
            (_, Profile::NcqaCertification) => standard.certification_days,
            (_, Profile::Basic | Profile::NcqaAccreditation) => standard.accreditation_days,
        })
    }
}

/// Days that an attestation is good for unless the settings say otherwise: the shorter of the limits that are published,
/// that for organisations that verify for others.
const ATTESTATION_DAYS: i64 = 305;
/// Months until somebody is credentialed anew, counted from the decision.
const CYCLE_MONTHS: u32 = 36;
/// Days after which a provisional approval lapses.
const PROVISIONAL_DAYS: i64 = 60;

/// When an approval runs out: the same moment that the database sets.
pub fn expires(decided: DateTime<Utc>, provisional: bool) -> DateTime<Utc> {
    if provisional {
        decided + TimeDelta::days(PROVISIONAL_DAYS)
    } else {
        months_after(decided, CYCLE_MONTHS)
    }
}

/// What an applicant brings. Members that are not listed are kept as they are.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Application {
    /// When the applicant signed that all is true.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attested_on: Option<NaiveDate>,
    /// Where they worked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub work_history: Vec<Period>,
    /// What they said about gaps.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub gap_notes: Vec<GapNote>,
    /// Everything else.
    #[serde(flatten)]
    pub rest: serde_json::Map<String, serde_json::Value>,
}

/// A request that a provider be let in.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Request {
    /// Its key.
    pub id: CredentialingRequestId,
    /// Whom it is about.
    pub provider_id: ProviderId,
    /// The tenant that asks; none: the platform.
    pub organization_id: Option<OrganizationId>,
    /// As everybody may know it.
    pub status: RequestStatus,
    /// What is being done with it.
    pub stage: Stage,
    /// What it has to show.
    pub profile: Profile,
    /// Whether the approval will hold for sixty days only.
    pub provisional: bool,
    /// Whether somebody else than who submitted it has to decide it.
    pub four_eyes: bool,
    /// When it came in.
    pub submitted_at: DateTime<Utc>,
    /// Who brought it.
    pub submitted_by: String,
    /// When it was decided.
    pub reviewed_at: Option<DateTime<Utc>>,
    /// Who decided it.
    pub reviewer: Option<String>,
    /// What they wrote about it.
    pub reviewer_notes: Option<String>,
    /// Why it was rejected: `declined`, `withdrawn`, `not_decided_in_time`.
    pub closing_reason: Option<String>,
    /// Who is to look at it.
    pub assigned_to: Option<String>,
    /// For a roster credentialed elsewhere: by whom.
    pub delegated_source: Option<String>,
    /// When the approval runs out.
    pub expires_at: Option<DateTime<Utc>>,
    /// The one before, of the same provider and tenant.
    pub previous_request_id: Option<CredentialingRequestId>,
    /// What the applicant brought.
    pub application: Application,
    /// Raised by each change.
    pub version: i64,
}

/// What stands between a request and its approval by somebody at a moment; empty: nothing.
pub fn obstacles(
    request: &Request,
    policy: &Policy,
    known: &[Verification],
    reviewer: &str,
    now: DateTime<Utc>,
) -> Vec<Fault> {
    let mut faults = Vec::new();
    if (request.four_eyes || policy.four_eyes) && request.submitted_by == reviewer {
        let message = "who submitted a request does not decide it: somebody else has to";
        faults.push(Fault::new("reviewer", "four_eyes", message));
    }
    let day = now.date_naive();
    for item in verification::checklist(request.profile, policy, day, known) {
        if !item.in_order {
            faults.push(Fault::new(item.element.code(), item.code, item.message));
        }
    }
    if request.profile != Profile::Basic {
        let (work, notes) = (&request.application.work_history, &request.application.gap_notes);
        faults.extend(verification::work_gaps(work, notes, day));
        faults.extend(attestation(request, policy, day));
    }
    faults
}

/// What is wrong on a day with the day on which the applicant signed, where the application says it.
fn attestation(request: &Request, policy: &Policy, day: NaiveDate) -> Option<Fault> {
    let signed = request.application.attested_on?;
    let (age, limit) = (
        (day - signed).num_days(),
        policy.age_limit(request.profile, Element::Attestation, day),
    );
    let (code, message) = if age < 0 {
        ("in_the_future", format!("was signed on {signed}, after the decision"))
    } else if age > limit {
        (
            "too_old",
            format!("was signed {age} days before the decision; {limit} are allowed"),
        )
    } else {
        return None;
    };
    Some(Fault::new("application.attested_on", code, message))
}

/// Whether all of the checklist is in order, and the application's signature, so that somebody may decide.
pub fn is_complete(request: &Request, policy: &Policy, known: &[Verification], now: DateTime<Utc>) -> bool {
    let day = now.date_naive();
    let items = verification::checklist(request.profile, policy, day, known);
    let signed = request.profile == Profile::Basic || attestation(request, policy, day).is_none();
    signed && items.iter().all(|item| item.in_order)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_2_06_a_refused_move_says_which_there_are() {
        use NetworkStatus::{Active, Inactive, Pending};
        for from in [Pending, Active, Inactive] {
            for to in [Pending, Active, Inactive] {
                let expected = matches!((from, to), (Pending | Inactive, Active) | (Active | Pending, Inactive));
                assert_eq!(may_move(from, to, true).is_ok(), expected, "{from} {to}");
            }
        }
        let refused = may_move(Active, Pending, true).expect_err("refused");
        assert!(
            refused.message.ends_with("from ACTIVE it goes to INACTIVE"),
            "{refused}"
        );
        let refused = may_move(Pending, Active, false).expect_err("refused");
        assert_eq!(refused.code, "credentialing");
    }

    #[test]
    fn feature_3_01_what_is_decided_stays_so() {
        use RequestStatus::{Approved, Rejected, Submitted};
        let ways = RequestStatus::ALL
            .iter()
            .flat_map(|from| RequestStatus::ALL.iter().map(move |to| (*from, *to)))
            .filter(|(from, to)| may_decide(*from, *to).is_ok())
            .collect::<Vec<_>>();
        assert_eq!(ways, [(Submitted, Approved), (Submitted, Rejected)]);
        let refused = may_decide(Approved, Submitted).expect_err("refused");
        assert_eq!(refused.code, "request_transition");
        assert!(refused.message.contains("final"), "{refused}");
    }

    /// 3.09: month ends and leap days.
    #[test]
    fn feature_3_09_the_cycle_counts_from_the_decision() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().expect("a moment");
        for (decided, until) in [
            ("2024-02-29T10:00:00Z", "2027-02-28T10:00:00Z"),
            ("2026-01-31T23:59:59Z", "2029-01-31T23:59:59Z"),
        ] {
            assert_eq!(expires(at(decided), false), at(until));
        }
        assert_eq!(expires(at("2026-01-31T00:00:00Z"), true), at("2026-04-01T00:00:00Z"));
    }
}
