//! Slots: which are free, places that are kept for a moment, and their making and unmaking when hours change.
//!
//! Whoever needs a slot and a hold or appointment in it locks the slot first.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;
use sqlx::{FromRow, Postgres, QueryBuilder, types::Uuid};

pub use super::slot_list::{Filter, Which, list};
use super::{Error, Tx, audit, schedules::column};
use crate::domain::{
    appointment::{self, Offer},
    schedule::{Booked, Schedule},
    slot::Span,
};
use crate::vocab::{
    ClinicId, Fault, PractitionerId,
    ids::{AppointmentId, HoldId, ScheduleId, SlotId},
    terms::AppointmentStatus,
};

/// A slot as it is listed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Slot {
    /// Its key.
    pub id: SlotId,
    /// The schedule that it is of.
    pub schedule_id: ScheduleId,
    /// With whom.
    pub practitioner_id: PractitionerId,
    /// Where.
    pub clinic_id: ClinicId,
    /// When.
    #[serde(flatten)]
    pub span: Span,
    /// The clinic's zone, for showing.
    pub time_zone: String,
    /// How many places it has.
    pub max_bookings: u16,
    /// How many of them are booked or held.
    pub taken: u16,
    /// What may be booked; empty: anything.
    pub appointment_types: Vec<String>,
}

#[derive(FromRow)]
pub(super) struct Row {
    id: Uuid,
    schedule_id: Uuid,
    practitioner_id: Uuid,
    clinic_id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    time_zone: String,
    max_bookings: i16,
    taken: i16,
    appointment_types: Vec<String>,
}

impl From<Row> for Slot {
    fn from(row: Row) -> Self {
        Self {
            id: row.id.into(),
            schedule_id: row.schedule_id.into(),
            practitioner_id: row.practitioner_id.into(),
            clinic_id: row.clinic_id.into(),
            span: Span::new(row.starts_at, row.ends_at),
            time_zone: row.time_zone,
            max_bookings: u16::try_from(row.max_bookings).unwrap_or_default(),
            taken: u16::try_from(row.taken).unwrap_or_default(),
            appointment_types: row.appointment_types,
        }
    }
}

/// No slot is longer.
pub(super) const LONGEST: TimeDelta = TimeDelta::days(1);

/// What ends after a moment begins after this one.
pub(super) fn earliest(moment: DateTime<Utc>) -> DateTime<Utc> {
    moment.checked_sub_signed(LONGEST).unwrap_or(moment)
}

pub(super) const COLUMNS: &str =
    "SELECT s.id, s.schedule_id, s.practitioner_id, s.clinic_id, s.starts_at, s.ends_at, c.time_zone,
    s.max_bookings, s.taken, s.appointment_types ";

/// Whether what a slot hangs on ([`HANGS_ON`]) is active at its time: the schedule, the clinic, the practitioner; and whether one of
/// the practitioner's periods at the clinic holds then.
pub(super) const OPEN: &str = " d.is_active AND c.is_active
    AND NOT (p.status <> 'active'
        AND (s.starts_at AT TIME ZONE c.time_zone)::date >= coalesce(p.status_from, '-infinity')
        AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(p.status_until, 'infinity'))
    AND EXISTS (SELECT 1 FROM clinic_assignment a
        WHERE a.practitioner_id = s.practitioner_id AND a.clinic_id = s.clinic_id
        AND (s.starts_at AT TIME ZONE c.time_zone)::date >= a.start_date
        AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(a.end_date, 'infinity')) ";

/// And whether it is not further ahead than the organisation books now. Behind [`OPEN`].
pub(super) const WITHIN: &str =
    " AND (s.starts_at AT TIME ZONE c.time_zone)::date <= coalesce(d.open_through, 'infinity') ";

/// What a slot hangs on.
pub(super) const HANGS_ON: &str = " JOIN schedule d ON d.id = s.schedule_id
    JOIN clinic c ON c.id = s.clinic_id
    JOIN practitioner p ON p.id = s.practitioner_id ";

pub(super) async fn organization_is_active(tx: &mut Tx) -> Result<bool, Error> {
    let active: Option<bool> =
        sqlx::query_scalar("SELECT o.is_active FROM organization o WHERE o.id = app_organization_id()")
            .fetch_optional(tx.connection())
            .await?;
    Ok(active.unwrap_or_default())
}

/// Gives back the tenant's holds that have run out.
pub(super) async fn release_expired(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "WITH due AS MATERIALIZED (
            SELECT s.id FROM time_slot s
            WHERE s.id IN (SELECT h.slot_id FROM slot_hold h
                WHERE h.organization_id = app_organization_id() AND h.expires_at <= $1)
            ORDER BY s.id FOR NO KEY UPDATE)
        DELETE FROM slot_hold h USING due WHERE h.slot_id = due.id AND h.expires_at <= $1",
    )
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

#[derive(FromRow)]
struct OfferRow {
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    appointment_types: Vec<String>,
    open: bool,
}

/// Locks a slot, gives back the holds in it that have run out, and says what it offers.
///
/// # Errors
/// [`Error::Refused`] where there is no such slot.
pub(super) async fn offer(tx: &mut Tx, id: SlotId, now: DateTime<Utc>) -> Result<Offer, Error> {
    let locked = sqlx::query("SELECT 1 FROM time_slot s WHERE s.id = $1 FOR NO KEY UPDATE")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    if locked.rows_affected() == 0 {
        return Err(Error::Refused(Fault::new(
            "slot_id",
            "unknown_slot",
            "there is no such slot",
        )));
    }
    sqlx::query("DELETE FROM slot_hold h WHERE h.slot_id = $1 AND h.expires_at <= $2")
        .bind(id.0)
        .bind(now)
        .execute(tx.connection())
        .await?;
    let mut sql = QueryBuilder::<Postgres>::new("SELECT s.starts_at, s.ends_at, s.appointment_types,");
    sql.push(OPEN)
        .push(WITHIN)
        .push("AS open FROM time_slot s")
        .push(HANGS_ON)
        .push("WHERE s.id = ")
        .push_bind(id.0);
    let found: Option<OfferRow> = sql.build_query_as().fetch_optional(tx.connection()).await?;
    let Some(found) = found else {
        return Err(Error::Refused(Fault::new(
            "slot_id",
            "unknown_slot",
            "there is no such slot",
        )));
    };
    Ok(Offer {
        span: Span::new(found.starts_at, found.ends_at),
        appointment_types: found.appointment_types,
        open: found.open && organization_is_active(tx).await?,
    })
}

/// A place that is kept for a moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Hold {
    /// Its key, to book with.
    pub id: HoldId,
    /// In which slot.
    pub slot_id: SlotId,
    /// Until when.
    pub expires_at: DateTime<Utc>,
}

/// Whether the actor may keep one place more, of `most` at a time; asked once at a time for each actor until the transaction ends.
///
/// # Errors
/// [`Error::Refused`] with the code `too_many_holds`.
pub async fn holds_few(tx: &mut Tx, most: i64, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('holds of ' || app_actor(), 0))")
        .execute(tx.connection())
        .await?;
    let held: i64 = sqlx::query_scalar(
        "SELECT count(*) FROM slot_hold
        WHERE organization_id = app_organization_id() AND held_by = app_actor() AND expires_at > $1",
    )
    .bind(now)
    .fetch_one(tx.connection())
    .await?;
    if held < most {
        return Ok(());
    }
    let message = format!("{most} places are kept for you already: book or give back one of them");
    Err(Error::Refused(Fault::new("slot_id", "too_many_holds", message)))
}

/// Keeps a place in a slot until `until`.
///
/// # Errors
/// [`Error::Refused`] where the slot is full, closed or has begun.
pub async fn hold(tx: &mut Tx, slot: SlotId, until: DateTime<Utc>, now: DateTime<Utc>) -> Result<Hold, Error> {
    let mut offer = offer(tx, slot, now).await?;
    offer.appointment_types.clear(); // What for is asked when it is booked.
    appointment::may_book(&offer, None, now).map_err(Error::Refused)?;
    let hold = Hold {
        id: HoldId(Uuid::now_v7()),
        slot_id: slot,
        expires_at: until.min(offer.span.starts_at),
    };
    sqlx::query(
        "INSERT INTO slot_hold (id, organization_id, slot_id, created_at, expires_at)
        VALUES ($1, app_organization_id(), $2, $3, $4)",
    )
    .bind(hold.id.0)
    .bind(slot.0)
    .bind(now)
    .bind(hold.expires_at)
    .execute(tx.connection())
    .await?;
    audit::record(
        tx,
        "hold.create",
        "slot",
        &slot.to_string(),
        &json!({"hold_id": hold.id}),
    )
    .await?;
    Ok(hold)
}

/// Gives a held place back.
///
/// # Errors
/// [`Error::NotFound`] where it is gone already.
pub async fn release(tx: &mut Tx, hold: HoldId) -> Result<(), Error> {
    let slot: Option<Uuid> = sqlx::query_scalar("SELECT slot_id FROM slot_hold WHERE id = $1")
        .bind(hold.0)
        .fetch_optional(tx.connection())
        .await?;
    let slot = slot.ok_or(Error::NotFound)?;
    sqlx::query("SELECT 1 FROM time_slot s WHERE s.id = $1 FOR NO KEY UPDATE")
        .bind(slot)
        .execute(tx.connection())
        .await?;
    if !take_hold(tx, hold, slot.into()).await? {
        return Err(Error::NotFound);
    }
    audit::record(tx, "hold.delete", "slot", &slot.to_string(), &json!({"hold_id": hold})).await
}

/// Ends a hold in a locked slot; whether it was there.
pub(super) async fn take_hold(tx: &mut Tx, hold: HoldId, slot: SlotId) -> Result<bool, Error> {
    let done = sqlx::query("DELETE FROM slot_hold WHERE id = $1 AND slot_id = $2")
        .bind(hold.0)
        .bind(slot.0)
        .execute(tx.connection())
        .await?;
    Ok(done.rows_affected() == 1)
}

#[derive(FromRow)]
struct BookedRow {
    id: Uuid,
    starts_at: DateTime<Utc>,
    ends_at: DateTime<Utc>,
    appointment_type: Option<String>,
    patient_reference: String,
}

/// The appointments of a schedule that begin after `now` and are not over, in the order in which they were booked, each with its
/// patient. Their slots are locked.
pub(super) async fn booked_after(
    tx: &mut Tx,
    schedule: ScheduleId,
    now: DateTime<Utc>,
) -> Result<Vec<(Booked, String)>, Error> {
    sqlx::query("SELECT 1 FROM time_slot WHERE schedule_id = $1 AND starts_at > $2 ORDER BY id FOR NO KEY UPDATE")
        .bind(schedule.0)
        .bind(now)
        .execute(tx.connection())
        .await?;
    let rows: Vec<BookedRow> = sqlx::query_as(
        "SELECT b.id, b.starts_at, b.ends_at, b.appointment_type, b.patient_reference
        FROM time_slot s JOIN appointment b ON b.slot_id = s.id
        WHERE s.schedule_id = $1 AND s.starts_at > $2 AND b.status = ANY ($3)
        ORDER BY b.created_at, b.id",
    )
    .bind(schedule.0)
    .bind(now)
    .bind(appointment::OPEN.map(AppointmentStatus::code))
    .fetch_all(tx.connection())
    .await?;
    let read = |row: BookedRow| {
        let booked = Booked {
            id: row.id.into(),
            span: Span::new(row.starts_at, row.ends_at),
            appointment_type: row.appointment_type,
        };
        (booked, row.patient_reference)
    };
    Ok(rows.into_iter().map(read).collect())
}

/// The slots of a practitioner that have begun and are not over.
pub(super) async fn running(tx: &mut Tx, practitioner: PractitionerId, now: DateTime<Utc>) -> Result<Vec<Span>, Error> {
    let rows: Vec<(DateTime<Utc>, DateTime<Utc>)> = sqlx::query_as(
        "SELECT starts_at, ends_at FROM time_slot
        WHERE practitioner_id = $1 AND starts_at <= $2 AND starts_at > $3 AND ends_at > $2",
    )
    .bind(practitioner.0)
    .bind(now)
    .bind(now - LONGEST)
    .fetch_all(tx.connection())
    .await?;
    Ok(rows.into_iter().map(|(from, until)| Span::new(from, until)).collect())
}

/// Takes appointments out of their slots and flags them.
pub(super) async fn displace(tx: &mut Tx, list: &[AppointmentId], now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "UPDATE appointment SET slot_id = NULL, displaced = true, version = version + 1, updated_at = $2
        WHERE id = ANY ($1)",
    )
    .bind(list.iter().map(|id| id.0).collect::<Vec<_>>())
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Removes the slots of a schedule that begin after `now` and are none of `wanted`. Nothing but holds and appointments that are
/// over may be in them; those stay as they are, without a slot. How many.
pub(super) async fn remove_after(
    tx: &mut Tx,
    schedule: ScheduleId,
    wanted: &[Span],
    now: DateTime<Utc>,
) -> Result<usize, Error> {
    let (starts, ends) = columns(wanted);
    let gone: Vec<Uuid> = sqlx::query_scalar(
        "SELECT s.id FROM time_slot s
        WHERE s.schedule_id = $1 AND s.starts_at > $2
        AND NOT EXISTS (SELECT 1 FROM unnest($3::timestamptz[], $4::timestamptz[]) AS u (starts_at, ends_at)
            WHERE u.starts_at = s.starts_at AND u.ends_at = s.ends_at)",
    )
    .bind(schedule.0)
    .bind(now)
    .bind(starts)
    .bind(ends)
    .fetch_all(tx.connection())
    .await?;
    sqlx::query("UPDATE appointment SET slot_id = NULL WHERE slot_id = ANY ($1) AND status <> ALL ($2)")
        .bind(&gone)
        .bind(appointment::OPEN.map(AppointmentStatus::code))
        .execute(tx.connection())
        .await?;
    sqlx::query("DELETE FROM time_slot WHERE id = ANY ($1)")
        .bind(&gone)
        .execute(tx.connection())
        .await?;
    Ok(gone.len())
}

/// Makes those of `wanted` that are not there, and brings capacity and types of those to come up to date. How many are new.
pub(super) async fn add(tx: &mut Tx, schedule: &Schedule, wanted: &[Span], now: DateTime<Utc>) -> Result<usize, Error> {
    let weekly = &schedule.weekly;
    // Where fewer places are left than are held, holds have to go.
    sqlx::query(
        "DELETE FROM slot_hold h USING time_slot s
        WHERE s.id = h.slot_id AND s.schedule_id = $1 AND s.starts_at > $2 AND s.taken > $3",
    )
    .bind(schedule.id.0)
    .bind(now)
    .bind(column(weekly.max_bookings))
    .execute(tx.connection())
    .await?;
    sqlx::query(
        "UPDATE time_slot SET max_bookings = $3, appointment_types = $4
        WHERE schedule_id = $1 AND starts_at > $2 AND (max_bookings, appointment_types) IS DISTINCT FROM ($3, $4)",
    )
    .bind(schedule.id.0)
    .bind(now)
    .bind(column(weekly.max_bookings))
    .bind(&weekly.appointment_types)
    .execute(tx.connection())
    .await?;
    let (starts, ends) = columns(wanted);
    let done = sqlx::query(
        "INSERT INTO time_slot (id, organization_id, schedule_id, practitioner_id, clinic_id, starts_at, ends_at,
            max_bookings, appointment_types)
        SELECT uuid_v7(), app_organization_id(), $1, $2, $3, u.starts_at, u.ends_at, $4, $5
        FROM unnest($6::timestamptz[], $7::timestamptz[]) AS u (starts_at, ends_at)
        WHERE NOT EXISTS (SELECT 1 FROM time_slot s WHERE s.schedule_id = $1
            AND s.starts_at = u.starts_at AND s.ends_at = u.ends_at)",
    )
    .bind(schedule.id.0)
    .bind(schedule.practitioner_id.0)
    .bind(schedule.clinic_id.0)
    .bind(column(weekly.max_bookings))
    .bind(&weekly.appointment_types)
    .bind(starts)
    .bind(ends)
    .execute(tx.connection())
    .await?;
    Ok(usize::try_from(done.rows_affected()).unwrap_or(usize::MAX))
}

/// Puts displaced appointments into the slots of a schedule that begin then.
pub(super) async fn place(
    tx: &mut Tx,
    schedule: ScheduleId,
    moves: &HashMap<AppointmentId, Span>,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (ids, starts): (Vec<Uuid>, Vec<DateTime<Utc>>) = moves.iter().map(|(id, to)| (id.0, to.starts_at)).unzip();
    sqlx::query(
        "UPDATE appointment b SET slot_id = s.id, displaced = false, updated_at = $4
        FROM unnest($2::uuid[], $3::timestamptz[]) AS u (id, starts_at)
        JOIN time_slot s ON s.schedule_id = $1 AND s.starts_at = u.starts_at
        WHERE b.id = u.id",
    )
    .bind(schedule.0)
    .bind(ids)
    .bind(starts)
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}

fn columns(spans: &[Span]) -> (Vec<DateTime<Utc>>, Vec<DateTime<Utc>>) {
    spans.iter().map(|s| (s.starts_at, s.ends_at)).unzip()
}
