//! Appointments: what may be booked, and what may follow what.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{access::Role, schedule::takes, slot::Span};
use crate::vocab::{
    ClinicId, Fault, OrganizationId, PractitionerId,
    ids::{AppointmentId, SlotId},
    terms::AppointmentStatus,
};

/// A booked place in a slot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Appointment {
    /// Its key.
    pub id: AppointmentId,
    /// Whose tenant's.
    pub organization_id: OrganizationId,
    /// The slot; none: the hours have changed and there is none any more, see `displaced`.
    pub slot_id: Option<SlotId>,
    /// With whom.
    pub practitioner_id: PractitionerId,
    /// Where.
    pub clinic_id: ClinicId,
    /// When.
    #[serde(flatten)]
    pub span: Span,
    /// What for.
    pub appointment_type: Option<String>,
    /// The patient, by the key that the organisation's own records have for them.
    pub patient_reference: String,
    /// For people.
    pub note: Option<String>,
    /// Where it stands.
    pub status: AppointmentStatus,
    /// The schedule has changed so that no slot is left for it: somebody has to call.
    pub displaced: bool,
    /// Why it was cancelled.
    pub cancellation_reason: Option<String>,
    /// When it was booked.
    pub created_at: DateTime<Utc>,
    /// For If-Match; also iCalendar's SEQUENCE.
    pub version: i64,
}

/// How long before its beginning a patient may be there: who comes earlier than that is there for something else, or it is the
/// wrong day.
const EARLY: TimeDelta = TimeDelta::hours(4);

/// The states that an appointment can still be led out of; the others are final.
pub const OPEN: [AppointmentStatus; 3] = [
    AppointmentStatus::Booked,
    AppointmentStatus::Confirmed,
    AppointmentStatus::Arrived,
];

/// What one does to an appointment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Step {
    /// The patient says that they come.
    Confirm,
    /// The patient is there: from four hours before the beginning on.
    Arrive,
    /// It took place: from the beginning on.
    Fulfil,
    /// It won't take place.
    Cancel,
    /// The patient did not come.
    NoShow,
    /// To another slot.
    Reschedule,
}

impl Step {
    /// All of them.
    pub const ALL: [Step; 6] = [
        Step::Confirm,
        Step::Arrive,
        Step::Fulfil,
        Step::Cancel,
        Step::NoShow,
        Step::Reschedule,
    ];

    /// As it is written in paths and in the audit.
    pub fn word(self) -> &'static str {
        match self {
            Step::Confirm => "confirm",
            Step::Arrive => "arrive",
            Step::Fulfil => "fulfil",
            Step::Cancel => "cancel",
            Step::NoShow => "no-show",
            Step::Reschedule => "reschedule",
        }
    }
}

/// The status after a step.
///
/// # Errors
/// Where the step does not follow the status, or comes too early or too late.
pub fn after(
    status: AppointmentStatus,
    step: Step,
    span: Span,
    now: DateTime<Utc>,
) -> Result<AppointmentStatus, Fault> {
    use AppointmentStatus::{Arrived, Booked, Cancelled, Confirmed, Fulfilled, NoShow};
    let next = match (status, step) {
        (Booked, Step::Confirm) => Confirmed,
        (Booked | Confirmed, Step::Arrive) => Arrived,
        (Booked | Confirmed, Step::NoShow) => NoShow,
        (Booked | Confirmed | Arrived, Step::Cancel) => Cancelled,
        (Booked | Confirmed, Step::Reschedule) => Booked,
        (Arrived, Step::Fulfil) => Fulfilled,
        _ => {
            let message = format!("an appointment that is {status} does not take the step {}", step.word());
            return Err(Fault::new("status", "transition", message));
        }
    };
    let begun = span.starts_at <= now;
    match step {
        Step::NoShow | Step::Fulfil if !begun => Err(Fault::new("status", "too_early", "it has not begun yet")),
        Step::Arrive if now < span.starts_at - EARLY => {
            let message = format!("it begins more than {} hours from now", EARLY.num_hours());
            Err(Fault::new("status", "too_early", message))
        }
        Step::Confirm | Step::Reschedule if begun => Err(Fault::new("status", "too_late", "it has begun already")),
        _ => Ok(next),
    }
}

/// Whether somebody cancels and moves appointments as they like: those who see the patients, run the clinic or speak for its own
/// systems. Everybody else keeps the organisation's notice.
pub fn needs_no_notice(role: Role) -> bool {
    use Role::{OrganizationAdmin, PlatformAdmin, Practitioner, Service};
    matches!(role, Practitioner | OrganizationAdmin | PlatformAdmin | Service)
}

/// Whether an appointment may still be cancelled or moved by who has to keep a notice of so many hours: either leaves a place
/// empty that nobody else takes so soon. One that has lost its slot may at any time: nobody comes to it.
///
/// # Errors
/// Where it begins too soon, or has begun.
pub fn in_time(appointment: &Appointment, notice_hours: u16, now: DateTime<Utc>) -> Result<(), Fault> {
    let until = appointment.span.starts_at - TimeDelta::hours(notice_hours.into());
    if now <= until || appointment.displaced {
        return Ok(());
    }
    let message = format!(
        "members cancel and move until {notice_hours} hours before it begins, this one until {}; the clinic's staff can still do it",
        until.to_rfc3339_opts(SecondsFormat::Secs, true)
    );
    Err(Fault::new("starts_at", "cancellation_notice", message))
}

/// A slot as somebody sees it who wants a place in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// Its time.
    pub span: Span,
    /// What it takes; empty: anything.
    pub appointment_types: Vec<String>,
    /// Whether practitioner, schedule, clinic, assignment and organisation are all active at its time.
    pub open: bool,
}

/// Whether a place in the slot may be booked; whether one is free is the database's to say.
///
/// # Errors
/// Where the slot has begun, is closed, or is for other types.
pub fn may_book(offer: &Offer, appointment_type: Option<&str>, now: DateTime<Utc>) -> Result<(), Fault> {
    if offer.span.starts_at <= now {
        return Err(Fault::new("slot_id", "elapsed", "the slot has begun already"));
    }
    if !offer.open {
        let message = "the practitioner, schedule, clinic or organisation is not active then";
        return Err(Fault::new("slot_id", "slot_closed", message));
    }
    if !takes(&offer.appointment_types, appointment_type) {
        let message = format!("the slot takes {}", offer.appointment_types.join(", "));
        return Err(Fault::new("appointment_type", "wrong_type", message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        format!("2026-11-23T{hour:02}:00:00Z").parse().expect("a moment")
    }

    #[test]
    fn the_states_follow_each_other_as_drawn() {
        let span = Span::new(at(10), at(11));
        let told = |now| {
            let line = |status: &AppointmentStatus| {
                let to = |step: &Step| after(*status, *step, span, now).ok().map(AppointmentStatus::code);
                let to: Vec<_> = Step::ALL.iter().map(|step| to(step).unwrap_or("-")).collect();
                format!("{status}: {}", to.join(" "))
            };
            AppointmentStatus::ALL.iter().map(line).collect::<Vec<_>>()
        };
        // confirm, arrive, fulfil, cancel, no-show, reschedule
        assert_eq!(
            told(at(9)),
            [
                "booked: confirmed arrived - cancelled - booked",
                "confirmed: - arrived - cancelled - booked",
                "arrived: - - - cancelled - -",
                "fulfilled: - - - - - -",
                "cancelled: - - - - - -",
                "no_show: - - - - - -",
            ]
        );
        let later = told(at(12));
        assert_eq!(later[0], "booked: - arrived - cancelled no_show -");
        assert_eq!(later[2], "arrived: - - fulfilled cancelled - -");
        let early = |step, from, now| after(from, step, span, now).err().map(|fault| fault.code);
        let (booked, arrived) = (AppointmentStatus::Booked, AppointmentStatus::Arrived);
        assert_eq!(early(Step::Arrive, booked, at(5)), Some("too_early"));
        assert_eq!(early(Step::Arrive, booked, at(6)), None);
        assert_eq!(early(Step::Fulfil, arrived, at(9)), Some("too_early"));
        assert_eq!(early(Step::Fulfil, arrived, at(10)), None);
        for status in AppointmentStatus::ALL {
            let stays = Step::ALL
                .iter()
                .all(|step| after(*status, *step, span, at(12)).is_err());
            assert_eq!(stays, !OPEN.contains(status), "{status}");
        }
    }

    #[test]
    fn what_has_begun_is_closed_or_of_another_type_is_not_booked() {
        let mut offer = Offer {
            span: Span::new(at(10), at(11)),
            appointment_types: vec!["Vaccination".to_owned()],
            open: true,
        };
        let code = |offer: &Offer, wanted, now| may_book(offer, wanted, now).err().map(|f| f.code);
        assert_eq!(code(&offer, Some("vaccination"), at(9)), None);
        assert_eq!(code(&offer, Some("vaccination"), at(10)), Some("elapsed"));
        assert_eq!(code(&offer, None, at(9)), Some("wrong_type"));
        offer.open = false;
        assert_eq!(code(&offer, Some("vaccination"), at(9)), Some("slot_closed"));
    }
}
