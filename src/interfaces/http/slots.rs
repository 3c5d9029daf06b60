//! `/slots`: what can be booked, across all clinics; and places that are kept for a moment (`/holds`).

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::HeaderMap,
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Rooms, Routes,
    access::InOrganization,
    operation::{Answer, Operation, pages, query},
    paging, parameters,
    path::Path,
    problem::{Kind, Problem},
    provider_body::nucc_code,
    versioned::{self, Made, Once},
};
use crate::domain::{access::Permission, appointment::needs_no_notice};
use crate::store::{
    Tx, practitioners,
    slots::{self, Filter, Hold, Slot, Which},
};
use crate::vocab::{
    Npi, PractitionerId,
    ids::{HoldId, SlotId},
};

/// Slots.
#[derive(Serialize, JsonSchema)]
pub struct Slots {
    /// In the order of time.
    slots: Vec<Slot>,
    /// For the page behind.
    next_cursor: Option<String>,
}

/// For how long a place is kept.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewHold {
    /// 1 to 60; ten if not said.
    #[serde(default)]
    #[schemars(range(min = 1, max = 60))]
    minutes: Option<i64>,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/slots", get(list)),
        ("/slots/{id}/holds", post(hold)),
        ("/holds/{id}", delete(release)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "scheduling";
    vec![
        Operation::answering_with::<Slots>("get", "/slots", TAG, "What can be booked, across all clinics")
            .by("Members with schedules:read.")
            .asking(asked()),
        Operation::answering_with::<Hold>("post", "/slots/{id}/holds", TAG, "Keep a place for some minutes")
            .by("Those with appointments:write. Who has the role `member` keeps up to ten places at a time.")
            .taking_a::<NewHold>()
            .answering(201)
            .once()
            .refusing(&[Kind::RuleRefused, Kind::Conflict]),
        Operation::new("delete", "/holds/{id}", TAG, "Give a kept place back", Answer::Nothing)
            .by("Those with appointments:write.")
            .answering(204)
            .refusing(&[Kind::NotFound]),
    ]
}

fn asked() -> Vec<serde_json::Value> {
    let text = json!({"type": "string"});
    let id = json!({"type": "string", "format": "uuid"});
    let moment = json!({"type": "string", "format": "date-time"});
    let mut asked = vec![
        query("practitioner_id", &id, "With this practitioner."),
        query("npi", &text, "With the practitioner who has this NPI."),
        query("specialty", &text, "With a practitioner of this specialty."),
        query("clinic_id", &id, "At this clinic; at all if not said."),
        query("schedule_id", &id, "Of this schedule."),
        query("appointment_type", &text, "That take appointments of this type."),
        query(
            "from",
            &moment,
            "Free ones that begin at or after this moment; others with a moment at or after it.",
        ),
        query("until", &moment, "That begin before this moment."),
        query(
            "start",
            &moment,
            "That overlap the time from this moment on, whatever their status.",
        ),
        query(
            "end",
            &moment,
            "That overlap the time up to this moment; with `start`, exactly those that overlap both.",
        ),
        query("schedule", &id, "The same as `schedule_id`."),
        query(
            "status",
            &json!({"type": "string", "enum": ["free", "busy", "all"], "default": "free"}),
            "Free ones to come, those without a place left, or all that there are.",
        ),
    ];
    asked.extend(pages(1000, 50));
    asked
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let found = look(&rooms, &inside, parameters::pairs(raw.as_deref())?).await?;
    Ok(Json(found).into_response())
}

/// The slots that these parameters ask for.
///
/// # Errors
/// For those who may not see schedules, and for parameters that are not understood.
pub async fn look(rooms: &Rooms, inside: &InOrganization, pairs: Vec<(String, String)>) -> Result<Slots, Problem> {
    inside.require(Permission::SchedulesRead)?;
    let known = [
        "practitioner_id",
        "npi",
        "specialty",
        "clinic_id",
        "schedule_id",
        "appointment_type",
        "from",
        "until",
        "start",
        "end",
        "schedule",
        "status",
        "limit",
        "cursor",
    ];
    let [
        practitioner,
        npi,
        specialty,
        clinic,
        schedule,
        appointment_type,
        from,
        until,
        start,
        end,
        same_schedule,
        status,
        limit,
        cursor,
    ] = parameters::only(pairs, known)?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 1000, 50)?;
    let specialty = specialty
        .map(|words| nucc_code("specialty", &words, &rooms.schema.lexicon()))
        .transpose()?;
    let npi = parameters::parsed::<Npi>("npi", npi, "an NPI of ten digits with its check digit")?;
    let mut filter = Filter {
        which: which(status.as_deref())?,
        practitioners: parameters::parsed("practitioner_id", practitioner, "an id")?.map(|id| vec![id]),
        clinic_id: parameters::parsed("clinic_id", clinic, "an id")?,
        schedule_id: parameters::parsed("schedule_id", schedule.or(same_schedule), "an id")?,
        appointment_type,
        from: parameters::moment("from", from)?,
        ending_after: parameters::moment("start", start)?,
        until: earlier(parameters::moment("until", until)?, parameters::moment("end", end)?),
        after: paging::read(cursor)?,
    };
    let mut tx = rooms.store.begin(&inside.actor).await?;
    if specialty.is_some() || npi.is_some() {
        let able = able(&mut tx, specialty, npi).await?;
        filter.practitioners = Some(match filter.practitioners {
            Some(named) => named.into_iter().filter(|id| able.contains(id)).collect(),
            None => able,
        });
    }
    let found = slots::list(&mut tx, &filter, paging::one_more(limit), rooms.now()).await?;
    tx.commit().await?; // Holds that have run out were given back.
    let (slots, next_cursor) = paging::page(found, limit, |last| (last.span.starts_at, last.id));
    Ok(Slots { slots, next_cursor })
}

/// The earlier of two bounds, where there are two.
fn earlier(a: Option<DateTime<Utc>>, b: Option<DateTime<Utc>>) -> Option<DateTime<Utc>> {
    a.into_iter().chain(b).min()
}

fn which(status: Option<&str>) -> Result<Which, Problem> {
    match status {
        None | Some("free") => Ok(Which::Free),
        Some("busy") => Ok(Which::Busy),
        Some("all") => Ok(Which::All),
        Some(_) => Err(Problem::fault("status", "unknown_term", "is one of free, busy, all")),
    }
}

async fn able(tx: &mut Tx, specialty: Option<String>, npi: Option<Npi>) -> Result<Vec<PractitionerId>, Problem> {
    let filter = practitioners::Filter {
        specialty,
        npi,
        ..practitioners::Filter::default()
    };
    let able = practitioners::list(tx, &filter, i64::MAX).await?;
    Ok(able.into_iter().map(|p| p.id).collect())
}

/// How long a place is kept if nobody says.
const HOLD_MINUTES: i64 = 10;
/// Places that one person keeps at a time, who neither sees the patients nor runs the clinic: whoever keeps all has booked none.
const HOLDS_OF_ONE: i64 = 10;

async fn hold(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<SlotId>,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::AppointmentsWrite)?;
    let new: NewHold = parameters::json(&headers, &body)?;
    let minutes = new.minutes.unwrap_or(HOLD_MINUTES);
    if !(1..=60).contains(&minutes) {
        return Err(Problem::fault("minutes", "range", "1 to 60 minutes"));
    }
    let until = rooms.now() + TimeDelta::minutes(minutes);
    let keeps_some = !needs_no_notice(inside.actor.role);
    versioned::create(&rooms, &inside.actor, &once, &body, async |tx| {
        if keeps_some {
            slots::holds_few(tx, HOLDS_OF_ONE, rooms.now()).await?;
        }
        let told = slots::hold(tx, id, until, rooms.now()).await?;
        Ok(Made { version: 1, told })
    })
    .await
}

async fn release(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<HoldId>,
) -> Result<Response, Problem> {
    inside.require(Permission::AppointmentsWrite)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    slots::release(&mut tx, id).await?;
    Ok(versioned::done(tx.commit().await?))
}
