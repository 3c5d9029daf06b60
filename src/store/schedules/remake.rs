//! Slots are made anew where hours change: those that stay are left alone, appointments are moved or flagged.

use std::collections::HashMap;

use chrono::{DateTime, Days, Utc};

use super::{Filter, Report, affected, change::no_conflict, list, lock, zone_of};
use crate::domain::{
    schedule::{self, Booked, Fate, Schedule},
    slot::Span,
};
use crate::store::{Error, Tx, schedule_exceptions, slots};
use crate::vocab::{ClinicId, ids::AppointmentId};

/// What the slots to come of a schedule will be, once those that go are gone.
struct Plan<'a> {
    schedule: &'a Schedule,
    wanted: Vec<Span>,
    moves: HashMap<AppointmentId, Span>,
    report: Report,
}

/// Makes the slots to come anew from hours and exceptions: those that stay are left alone, with what is booked in them;
/// of the others, appointments are moved or flagged first. An inactive schedule keeps what is booked and nothing else.
///
/// Of several schedules all slots that go are gone before any comes: those of one may take the time of another's.
pub(in crate::store) async fn remake(tx: &mut Tx, schedules: &[Schedule], now: DateTime<Utc>) -> Result<Report, Error> {
    let mut plans = Vec::with_capacity(schedules.len());
    for schedule in schedules {
        plans.push(clear(tx, schedule, now).await?);
    }
    let mut report = Report::default();
    for plan in plans {
        report.add(fill(tx, plan, now).await?);
    }
    Ok(report)
}

/// Decides what becomes of the slots to come, and takes away those that go.
async fn clear<'a>(tx: &mut Tx, schedule: &'a Schedule, now: DateTime<Utc>) -> Result<Plan<'a>, Error> {
    let booked = slots::booked_after(tx, schedule.id, now).await?;
    let (list, patients): (Vec<Booked>, Vec<String>) = booked.into_iter().unzip();
    let (wanted, fates) = if schedule.is_active {
        let wanted = wanted(tx, schedule, now).await?;
        let fates = schedule::replan(&list, &wanted, &schedule.weekly);
        (wanted, fates)
    } else {
        (list.iter().map(|b| b.span).collect(), vec![Fate::Kept; list.len()])
    };
    let mut report = Report::default();
    let mut moves = HashMap::new();
    for ((b, patient), fate) in list.iter().zip(&patients).zip(fates) {
        match fate {
            Fate::Kept => report.kept += 1,
            Fate::Moved(to) => {
                moves.insert(b.id, to);
                report.moved.push(affected(b, patient, Some(to)));
            }
            Fate::Invalidated => report.invalidated.push(affected(b, patient, None)),
        }
    }
    let loose: Vec<AppointmentId> = report
        .moved
        .iter()
        .chain(&report.invalidated)
        .map(|a| a.appointment_id)
        .collect();
    slots::displace(tx, &loose, now).await?;
    report.slots_removed = slots::remove_after(tx, schedule.id, &wanted, now).await?;
    Ok(Plan {
        schedule,
        wanted,
        moves,
        report,
    })
}

/// The slots to come of an active schedule. What has begun stays, so that nothing comes beside it that overlaps.
async fn wanted(tx: &mut Tx, schedule: &Schedule, now: DateTime<Utc>) -> Result<Vec<Span>, Error> {
    let zone = zone_of(schedule)?;
    let today = now.with_timezone(&zone).date_naive();
    let exceptions = schedule_exceptions::list_from(tx, today).await?;
    // The session of yesterday may still go on.
    let days = (today - Days::new(1), schedule.materialized_through);
    let mut wanted = schedule::slots(schedule, &exceptions, zone, days, now);
    let running = slots::running(tx, schedule.practitioner_id, now).await?;
    wanted.retain(|slot| !running.iter().any(|begun| begun.overlaps(slot)));
    Ok(wanted)
}

/// Makes the slots that come, and moves appointments into them.
async fn fill(tx: &mut Tx, plan: Plan<'_>, now: DateTime<Utc>) -> Result<Report, Error> {
    let Plan {
        schedule,
        wanted,
        moves,
        mut report,
    } = plan;
    if schedule.is_active {
        report.slots_added = slots::add(tx, schedule, &wanted, now).await?;
    }
    slots::place(tx, schedule.id, &moves, now).await?;
    Ok(report)
}

/// Makes the slots of a clinic anew after its hours, holidays or zone have changed; `moved`: its clock is another now.
pub(in crate::store) async fn follow_clinic(
    tx: &mut Tx,
    clinic: ClinicId,
    moved: bool,
    now: DateTime<Utc>,
) -> Result<Report, Error> {
    let filter = Filter {
        clinics: Some(vec![clinic]),
        ..Filter::default()
    };
    let mut touched = list(tx, &filter).await?;
    touched.retain(|schedule| schedule.is_active);
    for schedule in &touched {
        lock(tx, schedule.practitioner_id).await?;
    }
    if moved {
        for schedule in &touched {
            no_conflict(tx, schedule, now).await?;
        }
    }
    remake(tx, &touched, now).await
}
