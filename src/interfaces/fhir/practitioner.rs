//! `/fhir/Practitioner`: the people who practise in a tenant.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::{
    resource::{Parameter, Resource, Told},
    search::{self, one},
    types::{CodeableConcept, Identifier, NPI, Period, Reference},
};
use crate::domain::{access::Permission, practitioner};
use crate::store::{
    Error, Tx,
    practitioners::{self, Filter},
};
use crate::vocab::{
    Fault, PractitionerId,
    terms::{Gender, PractitionerStatus},
};

/// A practitioner of R4.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirPractitioner")]
pub struct Practitioner {
    resource_type: &'static str,
    id: PractitionerId,
    /// The NPI and the licence.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    identifier: Vec<Identifier>,
    /// Who is on leave is still active.
    active: bool,
    name: [HumanName; 1],
    /// `female`, `male` or `other`.
    #[serde(skip_serializing_if = "Option::is_none")]
    gender: Option<&'static str>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    qualification: Vec<Qualification>,
}

/// A name.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FhirHumanName")]
struct HumanName {
    /// As it is shown.
    text: String,
}

/// A degree, a certificate or a licence.
#[derive(Serialize, JsonSchema)]
#[schemars(rename = "FhirPractitionerQualification")]
struct Qualification {
    code: CodeableConcept,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    issuer: Option<Reference>,
}

impl Resource for Practitioner {
    const TOLD: Told = Told {
        of: "Practitioner",
        path: "/fhir/Practitioner",
        path_of_search: "/fhir/Practitioner/_search",
        path_of_one: "/fhir/Practitioner/{id}",
        mandatory: &[],
        called: "practitioner",
        reads: "One practitioner",
        finds: "Practitioners that fit, by name",
        sorted_by: "name",
        parameters: &[
            Parameter::new("_id", "token", "With one of these ids, commas between."),
            Parameter::LAST_UPDATED,
            Parameter::new("identifier", "token", "With this NPI, with or without its system."),
            Parameter::new("name", "string", "Each word begins a word of the name."),
        ],
        who: "Members with practitioners:read.",
        permission: Permission::PractitionersRead,
    };
    type Key = PractitionerId;
    type Filter = Filter;
    type Known = practitioner::Practitioner;
    type Place = (String, PractitionerId);

    fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
        match name {
            "_id" => search::narrow(&mut filter.ids, search::references(name, value, "Practitioner")?),
            "_lastUpdated" => filter.changed = filter.changed.and(search::changed(name, value)?),
            "identifier" => {
                let (system, number) = value.rsplit_once('|').unwrap_or((NPI, value));
                let npi = number.parse().ok().filter(|_| system == NPI);
                let npi = npi.ok_or_else(|| Fault::new(name, "malformed", format!("an NPI, or {NPI}|<NPI>")))?;
                one(&mut filter.npi, name, npi)?;
            }
            "name" => one(&mut filter.name, name, value.to_owned())?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn only(key: PractitionerId) -> Filter {
        Filter {
            ids: Some(vec![key]),
            ..Filter::default()
        }
    }

    async fn count(tx: &mut Tx, filter: &Filter, _now: DateTime<Utc>) -> Result<i64, Error> {
        practitioners::count(tx, filter).await
    }

    async fn page(
        tx: &mut Tx,
        filter: Filter,
        after: Option<Self::Place>,
        limit: i64,
        _now: DateTime<Utc>,
    ) -> Result<Vec<Self::Known>, Error> {
        practitioners::list(tx, &Filter { after, ..filter }, limit).await
    }

    fn place(known: &Self::Known) -> Self::Place {
        (known.name.clone(), known.id)
    }

    fn changed_at(known: &Self::Known) -> Option<DateTime<Utc>> {
        Some(known.changed_at)
    }

    fn of(known: practitioner::Practitioner, today: NaiveDate) -> (String, Self) {
        let npi = known.npi.map(|npi| Identifier {
            of: None,
            system: Some(NPI),
            value: npi.to_string(),
        });
        let license = known.license_number.map(|value| Identifier {
            of: Some(CodeableConcept::code(
                "http://terminology.hl7.org/CodeSystem/v2-0203",
                "LN",
                None,
            )),
            system: None,
            value,
        });
        let qualification = |one: practitioner::Qualification| Qualification {
            code: CodeableConcept::words(one.name),
            period: Period::known(one.valid_from, one.valid_until),
            issuer: one.issuer.map(Reference::named),
        };
        let told = Self {
            resource_type: "Practitioner",
            id: known.id,
            identifier: npi.into_iter().chain(license).collect(),
            active: known.standing.on(today) != PractitionerStatus::Inactive,
            name: [HumanName { text: known.name }],
            gender: known.gender.map(|gender| match gender {
                Gender::Female => "female",
                Gender::Male => "male",
                Gender::Other => "other",
            }),
            qualification: known.qualifications.into_iter().map(qualification).collect(),
        };
        (known.id.to_string(), told)
    }
}
