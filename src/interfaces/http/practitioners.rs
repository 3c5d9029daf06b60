//! `/practitioners`: who practises in a tenant; found by id, account, specialty, clinic, NPI or name. Their bookings also as
//! an iCalendar feed.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::{IntoResponse, Response},
    routing::get,
};
use chrono::{NaiveDate, TimeDelta};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::{
    Rooms, Routes,
    access::InOrganization,
    calendar,
    operation::{Answer, Operation, pages, query},
    paging, parameters,
    path::Path,
    problem::{Kind, Problem},
    provider_body::nucc_code,
    providers::if_match,
    versioned::{self, Made, Once},
};
use crate::domain::{
    access::Permission,
    configuration::merge,
    practitioner::{Practitioner, Qualification, Standing},
};
use crate::store::{
    appointments, audit,
    practitioners::{self, Filter, NewPractitioner, PractitionerChange},
};
use crate::vocab::{
    Npi, PractitionerId, UserId,
    terms::{Gender, PractitionerStatus},
};

/// A profile to be made for a member of the organisation.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewProfile {
    /// Whose it is.
    user_id: UserId,
    /// As shown; the account's name if not said.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    name: Option<String>,
    /// A NUCC code, a code of the specialty list or words.
    #[serde(default)]
    specialty: Option<String>,
    #[serde(default)]
    #[schemars(length(min = 1, max = 80))]
    license_number: Option<String>,
    /// Links the profile to the provider of the directory, who must have a surname of this name, unless the platform sets it.
    #[serde(default)]
    #[schemars(with = "Option<String>")]
    npi: Option<Npi>,
    #[serde(default)]
    gender: Option<Gender>,
    #[serde(default)]
    qualifications: Vec<Qualification>,
}

/// What of a profile can be changed, as it is afterwards.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Changed {
    #[schemars(length(min = 1, max = 200))]
    name: String,
    specialty: Option<String>,
    #[schemars(length(min = 1, max = 80))]
    license_number: Option<String>,
    #[schemars(with = "Option<String>")]
    npi: Option<Npi>,
    gender: Option<Gender>,
    qualifications: Vec<Qualification>,
    status: PractitionerStatus,
    status_from: Option<NaiveDate>,
    status_until: Option<NaiveDate>,
    cover_practitioner_id: Option<PractitionerId>,
}

impl Changed {
    fn of(p: Practitioner) -> Self {
        Self {
            name: p.name,
            specialty: p.specialty,
            license_number: p.license_number,
            npi: p.npi,
            gender: p.gender,
            qualifications: p.qualifications,
            status: p.standing.status,
            status_from: p.standing.status_from,
            status_until: p.standing.status_until,
            cover_practitioner_id: p.standing.cover_practitioner_id,
        }
    }

    fn change(self) -> PractitionerChange {
        PractitionerChange {
            name: Some(self.name),
            specialty: Some(self.specialty),
            license_number: Some(self.license_number),
            npi: Some(self.npi),
            gender: Some(self.gender),
            qualifications: Some(self.qualifications),
            standing: Some(Standing {
                status: self.status,
                status_from: self.status_from,
                status_until: self.status_until,
                cover_practitioner_id: self.cover_practitioner_id,
            }),
        }
    }
}

/// Some of the tenant's practitioners.
#[derive(Serialize, JsonSchema)]
struct Practitioners {
    /// By name.
    practitioners: Vec<Practitioner>,
    /// For the page behind.
    next_cursor: Option<String>,
}

/// The paths of this noun.
pub fn routes() -> Routes {
    vec![
        ("/practitioners", get(list).post(create)),
        ("/practitioners/{id}", get(read).patch(change)),
        ("/practitioners/{id}/calendar.ics", get(bookings)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const TAG: &str = "scheduling";
    let text = json!({"type": "string"});
    let id = json!({"type": "string", "format": "uuid"});
    let asked = [
        query("user_id", &id, "The one of this account."),
        query("specialty", &text, "NUCC code, code of the specialty list, or words."),
        query("name", &text, "Each word begins a word of the name."),
        query("npi", &text, "With this NPI."),
        query("clinic_id", &id, "Assigned to this clinic."),
    ];
    let one = |method, path, summary| Operation::answering_with::<Practitioner>(method, path, TAG, summary);
    vec![
        Operation::answering_with::<Practitioners>("get", "/practitioners", TAG, "Practitioners of the organisation")
            .by("Members with practitioners:read.")
            .asking(asked)
            .asking(pages(500, 100)),
        one("post", "/practitioners", "Make a profile for a member")
            .by("Those with practitioners:write.")
            .taking_a::<NewProfile>()
            .answering(201)
            .once()
            .refusing(&[Kind::RuleRefused, Kind::Conflict]),
        one("get", "/practitioners/{id}", "One practitioner")
            .by("Members with practitioners:read.")
            .refusing(&[Kind::NotFound]),
        one(
            "patch",
            "/practitioners/{id}",
            "Change a profile by JSON Merge Patch, also its status",
        )
        .by("Those with practitioners:write.")
        .taking_a::<Changed>()
        .with_version()
        .refusing(&[Kind::RuleRefused, Kind::Conflict]),
        Operation::new(
            "get",
            "/practitioners/{id}/calendar.ics",
            TAG,
            "Bookings from a month ago on, as iCalendar (RFC 5545)",
            Answer::Media(calendar::MEDIA_TYPE),
        )
        .by("Those with appointments:read.")
        .refusing(&[Kind::NotFound]),
    ]
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersRead)?;
    let known = ["user_id", "specialty", "name", "npi", "clinic_id", "limit", "cursor"];
    let [user_id, specialty, name, npi, clinic_id, limit, cursor] =
        parameters::only(parameters::pairs(raw.as_deref())?, known)?;
    let limit = parameters::number("limit", limit.as_deref(), 1, 500, 100)?;
    let specialty = specialty
        .map(|words| nucc_code("specialty", &words, &rooms.schema.lexicon()))
        .transpose()?;
    let filter = Filter {
        user_id: parameters::parsed("user_id", user_id, "an id")?,
        specialty,
        npi: parameters::parsed("npi", npi, "an NPI")?,
        clinic_id: parameters::parsed("clinic_id", clinic_id, "an id")?,
        name,
        after: paging::read(cursor)?,
        ..Filter::default()
    };
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = practitioners::list(&mut tx, &filter, paging::one_more(limit)).await?;
    let (practitioners, next_cursor) = paging::page(found, limit, |last| (last.name.clone(), last.id));
    Ok(Json(Practitioners {
        practitioners,
        next_cursor,
    })
    .into_response())
}

async fn create(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersWrite)?;
    let given: NewProfile = parameters::json(&headers, &body)?;
    let new = NewPractitioner {
        user_id: given.user_id,
        name: given.name,
        specialty: coded(&rooms, given.specialty)?,
        license_number: given.license_number,
        npi: given.npi,
        gender: given.gender,
        qualifications: given.qualifications,
    };
    versioned::create(&rooms, &inside.actor, &once, &body, async |tx| {
        let told = practitioners::create(tx, &new, rooms.now()).await?;
        Ok(Made {
            version: told.version,
            told,
        })
    })
    .await
}

fn coded(rooms: &Rooms, words: Option<String>) -> Result<Option<String>, Problem> {
    words
        .map(|words| nucc_code("specialty", &words, &rooms.schema.lexicon()))
        .transpose()
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<PractitionerId>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = practitioners::find(&mut tx, id).await?;
    let found = found.ok_or_else(|| versioned::absent("practitioner"))?;
    versioned::read(&headers, found.version, &found)
}

async fn change(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<PractitionerId>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersWrite)?;
    let mut patch: Value = parameters::json(&headers, &body)?;
    let version = if_match(&headers)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let before = practitioners::find(&mut tx, id).await?;
    let before = before.ok_or_else(|| versioned::absent("practitioner"))?;
    if let Some(status) = patch.get("status").filter(|status| !status.is_null())
        && (*status == "active" || *status != json!(before.standing.status))
        && let Some(patch) = patch.as_object_mut()
    {
        // Another status has the days that come with it: those of a leave are not those of who comes back, or does not.
        for gone in ["status_from", "status_until", "cover_practitioner_id"] {
            patch.entry(gone).or_insert(Value::Null);
        }
    }
    let version = version.unwrap_or(before.version);
    let mut document = serde_json::to_value(Changed::of(before)).map_err(|e| Problem::internal(&e))?;
    merge(&mut document, &patch);
    let mut after: Changed = parameters::from_value(document)?;
    if patch.get("specialty").is_some() {
        after.specialty = coded(&rooms, after.specialty)?;
    }
    let told = practitioners::update(&mut tx, id, version, &after.change(), rooms.now()).await?;
    let position = tx.commit().await?;
    Ok(versioned::changed(told.version, position, &told))
}

/// How far back a calendar goes.
const CALENDAR_PAST: TimeDelta = TimeDelta::days(31);

/// Most bookings of a calendar.
const CALENDAR_ROWS: i64 = 5000;

async fn bookings(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<PractitionerId>,
) -> Result<Response, Problem> {
    inside.require(Permission::AppointmentsRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = practitioners::find(&mut tx, id).await?;
    let found = found.ok_or_else(|| versioned::absent("practitioner"))?;
    let filter = appointments::Filter {
        practitioner_id: Some(id),
        from: Some(rooms.now() - CALENDAR_PAST),
        ..appointments::Filter::default()
    };
    let list = appointments::list(&mut tx, &filter, CALENDAR_ROWS).await?;
    let detail = json!({"appointments": list.len()});
    audit::record(&mut tx, "appointment.read", "practitioner", &id.to_string(), &detail).await?;
    tx.commit().await?;
    let headers = [
        (header::CONTENT_TYPE, calendar::MEDIA_TYPE),
        (header::CACHE_CONTROL, "private, no-cache"),
    ];
    Ok((headers, calendar::write(&found.name, &list, rooms.now())).into_response())
}
