//! A tenant that practises: clinics, people, schedules, in a few words.

use chrono::NaiveDate;
use provider_directory::{
    domain::{
        access::{Actor, Role},
        practitioner::ClinicAssignment,
        schedule::{Schedule, Weekly},
    },
    store::{
        Error, Tx,
        appointments::{self, NewAppointment},
        clinic_assignments,
        practitioners::{self, NewPractitioner},
        schedules,
        slots::{self, Filter, Slot},
    },
    vocab::{
        ClinicId, OrganizationId, PractitionerId, UserId,
        ids::{AppointmentId, ClinicAssignmentId, SlotId},
    },
};
use uuid::Uuid;

use super::house::{House, noon};

/// A tenant in a house.
pub struct Practice<'a> {
    pub house: &'a House,
    pub organization: OrganizationId,
    /// Its administrator.
    pub actor: Actor,
}

impl<'a> Practice<'a> {
    /// A tenant of this name with nothing in it.
    pub async fn open(house: &'a House, name: &str) -> Self {
        let organization = house.organization(name).await.id;
        let actor = Actor::new(format!("user:{name}"), Role::OrganizationAdmin).within(organization);
        Self {
            house,
            organization,
            actor,
        }
    }

    /// Runs one step in a transaction of the administrator, and commits it.
    pub async fn run<T>(&self, mut step: impl AsyncFnMut(&mut Tx) -> Result<T, Error>) -> Result<T, Error> {
        let mut tx = self.house.store.begin(&self.actor).await?;
        let done = step(&mut tx).await?;
        tx.commit().await?;
        Ok(done)
    }

    /// A clinic in a zone.
    pub async fn clinic(&self, name: &str, zone: &str) -> ClinicId {
        let id = Uuid::now_v7();
        let (organization, at) = (self.organization, noon());
        self.house
            .sql(&format!(
                "INSERT INTO clinic (id, organization_id, name, time_zone, created_at, updated_at)
                VALUES ('{id}', '{organization}', '{name}', '{zone}', '{at}', '{at}')"
            ))
            .await;
        ClinicId(id)
    }

    /// A member with an account.
    pub async fn user(&self, name: &str) -> UserId {
        let id = Uuid::now_v7();
        let (organization, at) = (self.organization, noon());
        self.house
            .sql(&format!(
                "INSERT INTO app_user (id, email, name, created_at) VALUES ('{id}', '{id}@example.org', '{name}', '{at}');
                INSERT INTO organization_member (organization_id, user_id, role, created_at)
                VALUES ('{organization}', '{id}', 'practitioner', '{at}')"
            ))
            .await;
        UserId(id)
    }

    /// A practitioner of this name, with an account.
    pub async fn practitioner(&self, name: &str) -> PractitionerId {
        let new = profile(self.user(name).await);
        self.run(async |tx| practitioners::create(tx, &new, noon()).await)
            .await
            .expect("a profile")
            .id
    }

    /// A practitioner of this name at these clinics, the first one the primary.
    pub async fn practitioner_at(&self, name: &str, clinics: &[ClinicId]) -> PractitionerId {
        let id = self.practitioner(name).await;
        for clinic in clinics {
            self.assign(id, *clinic).await;
        }
        id
    }

    /// Assigns for good.
    pub async fn assign(&self, practitioner: PractitionerId, clinic: ClinicId) -> ClinicAssignment {
        let new = ClinicAssignment {
            id: ClinicAssignmentId(Uuid::now_v7()),
            practitioner_id: practitioner,
            clinic_id: clinic,
            start_date: day("2026-01-01"),
            end_date: None,
            is_primary: false,
        };
        self.run(async |tx| clinic_assignments::assign(tx, &new).await)
            .await
            .expect("assigned")
    }

    /// Tries to add a schedule.
    pub async fn try_schedule(
        &self,
        practitioner: PractitionerId,
        clinic: ClinicId,
        weekly: &Weekly,
    ) -> Result<Schedule, Error> {
        self.run(async |tx| schedules::create(tx, practitioner, clinic, weekly, noon()).await)
            .await
            .map(|made| made.0)
    }

    /// Adds a schedule.
    pub async fn schedule(&self, practitioner: PractitionerId, clinic: ClinicId, weekly: &Weekly) -> Schedule {
        self.try_schedule(practitioner, clinic, weekly)
            .await
            .expect("a schedule")
    }

    /// Slots in the order of time.
    pub async fn slots(&self, filter: &Filter) -> Vec<Slot> {
        self.run(async |tx| slots::list(tx, filter, 10_000, noon()).await)
            .await
            .expect("slots")
    }

    /// Books a place.
    pub async fn book(&self, slot: SlotId, patient: &str) -> Result<AppointmentId, Error> {
        let new = booking(slot, patient);
        self.run(async |tx| appointments::book(tx, &new, noon()).await)
            .await
            .map(|a| a.id)
    }
}

/// A profile without particulars.
pub fn profile(user: UserId) -> NewPractitioner {
    NewPractitioner {
        user_id: user,
        name: None,
        specialty: None,
        license_number: None,
        npi: None,
        gender: None,
        qualifications: Vec::new(),
    }
}

/// A booking without particulars.
pub fn booking(slot: SlotId, patient: &str) -> NewAppointment {
    NewAppointment {
        slot_id: slot,
        hold_id: None,
        appointment_type: None,
        patient_reference: patient.to_owned(),
        note: None,
    }
}

/// Hours on a weekday (1 Monday), half-hour slots for one.
pub fn hours(weekday: u8, start: &str, end: &str) -> Weekly {
    Weekly {
        day_of_week: weekday,
        start_time: start.parse().expect("a time"),
        end_time: end.parse().expect("a time"),
        slot_minutes: 30,
        buffer_minutes: 0,
        max_bookings: 1,
        appointment_types: Vec::new(),
        valid_from: day("2026-11-01"),
        valid_until: None,
    }
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().expect("a day")
}

/// The code of a refusal.
pub fn code<T: std::fmt::Debug>(done: Result<T, Error>) -> &'static str {
    match done {
        Err(Error::Refused(fault)) => fault.code,
        Err(Error::RefusedAll(faults)) => faults[0].code,
        other => panic!("not refused: {other:?}"),
    }
}
