//! `/fhir/Practitioner`: the people who practise in a tenant.

use std::sync::Arc;

use axum::{
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    absent, answer,
    bundle::{Bundle, Page},
    operation,
    search::{self, Search, one},
    types::{CodeableConcept, Identifier, NPI, Period, Reference},
};
use crate::domain::{access::Permission, practitioner};
use crate::interfaces::http::{
    Rooms, Routes,
    access::InOrganization,
    links::Links,
    operation::{Operation, query},
    paging,
    path::Path,
    problem::{Kind, Problem},
};
use crate::store::practitioners::{self, Filter};
use crate::vocab::{
    Fault, PractitionerId,
    terms::{Gender, PractitionerStatus},
};

/// The parameters of a search, with their kinds.
pub const PARAMETERS: [(&str, &str); 3] = [("_id", "token"), ("identifier", "token"), ("name", "string")];

const PATH: &str = "/fhir/Practitioner";

/// A practitioner of R4.
#[derive(Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "FhirPractitioner")]
struct Practitioner {
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

impl Practitioner {
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

/// The paths.
pub fn routes() -> Routes {
    vec![(PATH, get(list)), ("/fhir/Practitioner/{id}", get(read))]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    let text = json!({"type": "string"});
    let own: [Value; 3] = [
        query("_id", &text, "With this id."),
        query("identifier", &text, "With this NPI, with or without its system."),
        query("name", &text, "Each word begins a word of the name."),
    ];
    let who = "Members with practitioners:read.";
    vec![
        operation::<Bundle<Practitioner>>(PATH, "Practitioners that fit, by name", who)
            .asking(search::asked(own, "name")),
        operation::<Practitioner>("/fhir/Practitioner/{id}", "One practitioner", who).refusing(&[Kind::NotFound]),
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
    let search = Search::read(raw.as_deref(), (&PARAMETERS, "name"), |name, value| {
        narrow(&mut filter, name, value)
    })?;
    let today = rooms.now().date_naive();
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let mut page = Page::default();
    if search.counts() {
        page.counted = Some(practitioners::count(&mut tx, &filter).await?);
    }
    filter.after = paging::read(search.cursor.clone())?;
    if !search.only_total {
        let found = practitioners::list(&mut tx, &filter, paging::one_more(search.count())).await?;
        let (found, next) = paging::page(found, search.count(), |last| (last.name.clone(), last.id));
        let told = found.into_iter().map(|one| Practitioner::of(one, today));
        (page.found, page.next) = (told.collect(), next);
    }
    answer(&Bundle::page(&links, PATH, &search, page))
}

/// Narrows a search by one parameter. Whether it is one of practitioners.
fn narrow(filter: &mut Filter, name: &str, value: &str) -> Result<bool, Fault> {
    match name {
        "_id" => one(&mut filter.id, name, search::reference(name, value, "Practitioner")?)?,
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

async fn read(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(id): Path<PractitionerId>,
) -> Result<Response, Problem> {
    inside.require(Permission::PractitionersRead)?;
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = practitioners::find(&mut tx, id).await?;
    let found = found.ok_or_else(|| absent("practitioner"))?;
    answer(&Practitioner::of(found, rooms.now().date_naive()).1)
}
