//! `/fhir/Location`: the clinics of a tenant.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    absent, answer,
    bundle::{Bundle, Page},
    operation,
    search::{self, Search, one},
    types::{ContactPoint, Reference},
};
use crate::domain::{
    access::Permission,
    clinic::{Clinic, Details, Hours},
};
use crate::interfaces::http::{
    Rooms, Routes,
    access::InOrganization,
    links::Links,
    operation::{Operation, query},
    paging,
    path::Path,
    problem::{Kind, Problem},
};
use crate::store::clinics;
use crate::vocab::{ClinicId, Fault};

/// The parameters of a search, with their kinds.
pub const PARAMETERS: [(&str, &str); 3] = [("_id", "token"), ("name", "string"), ("status", "token")];

const PATH: &str = "/fhir/Location";

/// A location of R4.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirLocation")]
struct Location {
    resource_type: &'static str,
    id: ClinicId,
    /// `active` or `inactive`.
    status: &'static str,
    name: String,
    /// A place, and not a kind of places.
    mode: &'static str,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    telecom: Vec<ContactPoint>,
    #[serde(skip_serializing_if = "Option::is_none")]
    address: Option<Address>,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<Position>,
    managing_organization: Reference,
    /// Each week; holidays are not told here.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    hours_of_operation: Vec<HoursOfOperation>,
}

/// Where it is.
#[derive(PartialEq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirAddress")]
struct Address {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    line: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    city: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    state: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    postal_code: Option<String>,
}

/// In degrees (WGS 84).
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FhirLocationPosition")]
struct Position {
    longitude: f64,
    latitude: f64,
}

/// When it is open on a weekday; an end that is not after the begin is on the next day.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirLocationHours")]
struct HoursOfOperation {
    days_of_week: [&'static str; 1],
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    all_day: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    opening_time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closing_time: Option<String>,
}

const WEEKDAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

impl HoursOfOperation {
    fn of(hours: Hours) -> Option<Self> {
        let weekday = usize::from(hours.weekday).checked_sub(1)?;
        // R4 has no 24:00.
        let time = |minutes: u16| format!("{:02}:{:02}:00", minutes / 60 % 24, minutes % 60);
        let all_day = hours.opens == 0 && hours.closes == 1440;
        Some(Self {
            days_of_week: [*WEEKDAYS.get(weekday)?],
            all_day,
            opening_time: (!all_day).then(|| time(hours.opens)),
            closing_time: (!all_day).then(|| time(hours.closes)),
        })
    }
}

impl Location {
    fn of(known: Clinic) -> (String, Self) {
        let Details {
            name,
            line1,
            line2,
            city,
            state,
            postal_code,
            lat,
            lon,
            phone,
            email,
            operating_hours,
            ..
        } = known.details;
        let point = |system| move |value| ContactPoint { system, value };
        let address = Address {
            line: line1.into_iter().chain(line2).collect(),
            city,
            state,
            postal_code,
        };
        let is_known = !address.line.is_empty()
            || [&address.city, &address.state, &address.postal_code]
                .iter()
                .any(|part| part.is_some());
        let told = Self {
            resource_type: "Location",
            id: known.id,
            status: status(known.is_active),
            name,
            mode: "instance",
            telecom: phone
                .map(point("phone"))
                .into_iter()
                .chain(email.map(point("email")))
                .collect(),
            address: is_known.then_some(address),
            position: lat
                .zip(lon)
                .map(|(latitude, longitude)| Position { longitude, latitude }),
            managing_organization: Reference::by_key("Organization", known.organization_id),
            hours_of_operation: operating_hours.into_iter().filter_map(HoursOfOperation::of).collect(),
        };
        (known.id.to_string(), told)
    }
}

fn status(is_active: bool) -> &'static str {
    if is_active { "active" } else { "inactive" }
}

/// Which clinics.
#[derive(Default)]
struct Filter {
    id: Option<ClinicId>,
    /// How the name begins, in small letters.
    name: Option<String>,
    statuses: Option<Vec<&'static str>>,
}

impl Filter {
    fn fits(&self, clinic: &Clinic) -> bool {
        self.id.is_none_or(|id| id == clinic.id)
            && self
                .name
                .as_ref()
                .is_none_or(|name| clinic.details.name.to_lowercase().starts_with(name))
            && self
                .statuses
                .as_ref()
                .is_none_or(|list| list.contains(&status(clinic.is_active)))
    }
}

/// The paths.
pub fn routes() -> Routes {
    vec![(PATH, get(list)), ("/fhir/Location/{id}", get(read))]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    let text = json!({"type": "string"});
    let own = [
        query("_id", &text, "With this id."),
        query("name", &text, "How the name begins."),
        query("status", &text, "`active`, `inactive`, commas between."),
    ];
    let who = "Members with clinics:read.";
    vec![
        operation::<Bundle<Location>>(PATH, "Clinics that fit, by name", who).asking(search::asked(own, "name")),
        operation::<Location>("/fhir/Location/{id}", "One clinic", who).refusing(&[Kind::NotFound]),
    ]
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    links: Links,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::ClinicsRead)?;
    let mut filter = Filter::default();
    let search = Search::read(raw.as_deref(), (&PARAMETERS, "name"), |name, value| {
        narrow(&mut filter, name, value)
    })?;
    let after: Option<ClinicId> = paging::read(search.cursor.clone())?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let mut found = clinics::list(&mut tx, true).await?;
    found.retain(|clinic| filter.fits(clinic));
    let mut page = Page::default();
    if search.counts() {
        page.counted = i64::try_from(found.len()).ok();
    }
    if !search.only_total {
        if let Some(last) = after {
            let behind = found.iter().position(|clinic| clinic.id == last);
            found.drain(..behind.map_or(0, |n| n + 1));
        }
        let (found, next) = paging::page(found, search.count(), |last| last.id);
        (page.found, page.next) = (found.into_iter().map(Location::of).collect(), next);
    }
    answer(&Bundle::page(&links, PATH, &search, page))
}

/// Narrows a search by one parameter. Whether it is one of clinics.
fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
    match name {
        "_id" => one(&mut filter.id, name, search::reference(name, value, "Location")?)?,
        "name" => one(&mut filter.name, name, value.to_lowercase())?,
        "status" => {
            let read = |code: &str| ["active", "inactive"].into_iter().find(|known| *known == code);
            search::narrow(
                &mut filter.statuses,
                search::codes(name, value, read, "active, inactive")?,
            );
        }
        _ => return Ok(false),
    }
    Ok(true)
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ClinicId>,
) -> Result<Response, Problem> {
    inside.require(Permission::ClinicsRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = clinics::find(&mut tx, id).await?;
    let found = found.ok_or_else(|| absent("clinic"))?;
    answer(&Location::of(found).1)
}
