//! What becomes of slots and appointments where a schedule changes.

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::{schedule::Booked, slot::Span};
use crate::vocab::ids::AppointmentId;

/// What becomes of an appointment when hours change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Affected {
    /// Which one.
    pub appointment_id: AppointmentId,
    /// Whose.
    pub patient_reference: String,
    /// When it was.
    pub before: Span,
    /// When it is now; none: it has no slot any more and is flagged.
    pub after: Option<Span>,
}

/// What a change of hours does to the appointments to come.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Report {
    /// Slots that are new.
    pub slots_added: usize,
    /// Slots that are gone.
    pub slots_removed: usize,
    /// Appointments that stay as they are.
    pub kept: usize,
    /// Appointments that have moved to another slot.
    pub moved: Vec<Affected>,
    /// Appointments without a slot, now flagged as displaced.
    pub invalidated: Vec<Affected>,
    /// Appointments that were flagged and have their slot again.
    pub regained: usize,
}

impl Report {
    pub(in crate::store) fn add(&mut self, other: Self) {
        self.slots_added += other.slots_added;
        self.slots_removed += other.slots_removed;
        self.kept += other.kept;
        self.moved.extend(other.moved);
        self.invalidated.extend(other.invalidated);
        self.regained += other.regained;
    }
}

pub(super) fn affected(booked: &Booked, patient: &str, after: Option<Span>) -> Affected {
    Affected {
        appointment_id: booked.id,
        patient_reference: patient.to_owned(),
        before: booked.span,
        after,
    }
}
