//! `/fhir/PractitionerRole`: at which clinics the practitioners of a tenant work, and from when to when.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::json;

use super::{
    absent, answer,
    bundle::{Bundle, Page},
    operation,
    search::{self, Search, one},
    types::{CodeableConcept, NUCC, Period, Reference},
};
use crate::domain::access::Permission;
use crate::interfaces::http::{
    Rooms, Routes,
    access::InOrganization,
    links::Links,
    operation::{Operation, query},
    paging,
    path::Path,
    problem::{Kind, Problem},
};
use crate::store::clinic_roles::{self, ClinicRole, Filter};
use crate::vocab::{Fault, ids::ClinicAssignmentId, terms::PractitionerStatus};

/// The parameters of a search, with their kinds.
pub const PARAMETERS: [(&str, &str); 3] = [
    ("_id", "token"),
    ("practitioner", "reference"),
    ("location", "reference"),
];

const PATH: &str = "/fhir/PractitionerRole";

/// A role of R4: an assignment to a clinic.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirPractitionerRole")]
struct PractitionerRole {
    resource_type: &'static str,
    id: ClinicAssignmentId,
    /// Whether they work there today, or are only on leave.
    active: bool,
    period: Period,
    practitioner: Reference,
    organization: Reference,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    specialty: Vec<CodeableConcept>,
    location: [Reference; 1],
}

impl PractitionerRole {
    fn of(known: ClinicRole, today: NaiveDate) -> (String, Self) {
        let assignment = known.assignment;
        let period = Period::of(Some(assignment.start_date), assignment.end_date);
        let specialty = known.specialty.map(|code| CodeableConcept::code(NUCC, code, None));
        let told = Self {
            resource_type: "PractitionerRole",
            id: assignment.id,
            active: period.has(today) && known.standing.on(today) != PractitionerStatus::Inactive,
            period,
            practitioner: Reference::here("Practitioner", assignment.practitioner_id),
            organization: Reference::by_key("Organization", known.organization_id),
            specialty: specialty.into_iter().collect(),
            location: [Reference::here("Location", assignment.clinic_id)],
        };
        (assignment.id.to_string(), told)
    }
}

/// The paths.
pub fn routes() -> Routes {
    vec![(PATH, get(list)), ("/fhir/PractitionerRole/{id}", get(read))]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    let text = json!({"type": "string"});
    let own = [
        query("_id", &text, "With this id."),
        query("practitioner", &text, "Of this practitioner (`Practitioner/<id>`)."),
        query("location", &text, "At this clinic (`Location/<id>`)."),
    ];
    let who = "Members with practitioners:read.";
    vec![
        operation::<Bundle<PractitionerRole>>(PATH, "Roles that fit, by practitioner, the primary clinic first", who)
            .asking(search::asked(own, "practitioner")),
        operation::<PractitionerRole>("/fhir/PractitionerRole/{id}", "One role", who).refusing(&[Kind::NotFound]),
    ]
}

async fn list(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    links: Links,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersRead)?;
    let mut filter = Filter::default();
    let search = Search::read(raw.as_deref(), (&PARAMETERS, "practitioner"), |name, value| {
        narrow(&mut filter, name, value)
    })?;
    let today = rooms.now().date_naive();
    let after = paging::read(search.cursor.clone())?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let mut page = Page::default();
    if search.counts() {
        page.counted = Some(clinic_roles::count(&mut tx, filter).await?);
    }
    if !search.only_total {
        let found = clinic_roles::page(&mut tx, filter, after, paging::one_more(search.count())).await?;
        let (found, next) = paging::page(found, search.count(), clinic_roles::place);
        let told = found.into_iter().map(|one| PractitionerRole::of(one, today));
        (page.found, page.next) = (told.collect(), next);
    }
    answer(&Bundle::page(&links, PATH, &search, page))
}

/// Narrows a search by one parameter. Whether it is one of roles.
fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
    match name {
        "_id" => one(
            &mut filter.id,
            name,
            search::reference(name, value, "PractitionerRole")?,
        )?,
        "practitioner" => one(
            &mut filter.practitioner_id,
            name,
            search::reference(name, value, "Practitioner")?,
        )?,
        "location" => one(&mut filter.clinic_id, name, search::reference(name, value, "Location")?)?,
        _ => return Ok(false),
    }
    Ok(true)
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<ClinicAssignmentId>,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersRead)?;
    let filter = Filter {
        id: Some(id),
        ..Filter::default()
    };
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = clinic_roles::page(&mut tx, filter, None, 1).await?.pop();
    let found = found.ok_or_else(|| absent("role"))?;
    answer(&PractitionerRole::of(found, rooms.now().date_naive()).1)
}
