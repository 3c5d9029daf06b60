//! `/fhir/PractitionerRole`: at which clinics the practitioners of a tenant work, and from when to when.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    resource::{Parameter, Resource, Told},
    search,
    types::{CodeableConcept, NUCC, Period, Reference},
};
use crate::domain::access::Permission;
use crate::store::{
    Error, Tx,
    clinic_roles::{self, ClinicRole, Filter},
};
use crate::vocab::{Fault, ids::ClinicAssignmentId, terms::PractitionerStatus};

/// A role of R4: an assignment to a clinic.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirPractitionerRole")]
pub struct PractitionerRole {
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

impl Resource for PractitionerRole {
    const TOLD: Told = Told {
        of: "PractitionerRole",
        path: "/fhir/PractitionerRole",
        path_of_search: "/fhir/PractitionerRole/_search",
        path_of_one: "/fhir/PractitionerRole/{id}",
        mandatory: &[],
        called: "role",
        reads: "One role",
        finds: "Roles that fit, by practitioner, the primary clinic first",
        sorted_by: "practitioner",
        parameters: &[
            Parameter::new("_id", "token", "With one of these ids, commas between."),
            Parameter::new(
                "practitioner",
                "reference",
                "Of these practitioners: `Practitioner/<id>`, commas between.",
            ),
            Parameter::new(
                "location",
                "reference",
                "At these clinics: `Location/<id>`, commas between.",
            ),
        ],
        who: "Members with practitioners:read.",
        permission: Permission::PractitionersRead,
    };
    type Key = ClinicAssignmentId;
    type Filter = Filter;
    type Known = ClinicRole;
    type Place = clinic_roles::Place;

    fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
        match name {
            "_id" => search::narrow(&mut filter.ids, search::references(name, value, "PractitionerRole")?),
            "practitioner" => search::narrow(
                &mut filter.practitioners,
                search::references(name, value, "Practitioner")?,
            ),
            "location" => search::narrow(&mut filter.clinics, search::references(name, value, "Location")?),
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn only(key: ClinicAssignmentId) -> Filter {
        Filter {
            ids: Some(vec![key]),
            ..Filter::default()
        }
    }

    async fn count(tx: &mut Tx, filter: &Filter, _now: DateTime<Utc>) -> Result<i64, Error> {
        clinic_roles::count(tx, filter).await
    }

    async fn page(
        tx: &mut Tx,
        filter: Filter,
        after: Option<Self::Place>,
        limit: i64,
        _now: DateTime<Utc>,
    ) -> Result<Vec<ClinicRole>, Error> {
        clinic_roles::page(tx, &filter, after, limit).await
    }

    fn place(known: &ClinicRole) -> Self::Place {
        clinic_roles::place(known)
    }

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
