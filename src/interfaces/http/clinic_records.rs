//! Contacts and papers of a clinic: under `/clinics/{id}` for a tenant's own sites, under `/agency-providers/{id}` for the
//! outside providers of an agency, and under the portal for these providers themselves.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::{DefaultBodyLimit, RawQuery, State, rejection::BytesRejection},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{delete, get, patch},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use uuid::Uuid;

use super::{
    Rooms, Routes,
    agency::{Keeper, Staff, does, id, problem, refuse},
    downloads::attached,
    operation::{Answer, Operation, query},
    parameters,
    path::Path,
    portal::{self, Guest},
    position::at_position,
    problem::{Kind, Problem},
};
use crate::domain::{access::Actor, document};
use crate::store::{
    self, audit,
    clinic_records::{self, Clinic, Contact, NewContact, NewPaper, Paper},
};
use crate::vocab::{ClinicId, Fault, ProviderId};

/// The people to talk to at a clinic.
#[derive(Serialize, JsonSchema)]
struct Contacts {
    /// By name.
    contacts: Vec<Contact>,
}

/// The papers of a clinic.
#[derive(Serialize, JsonSchema)]
struct Papers {
    /// By time.
    documents: Vec<Paper>,
}

async fn contacts(rooms: Arc<Rooms>, actor: Actor, clinic: Clinic) -> Result<Response, Problem> {
    let (contacts, _) = does(&rooms, &actor, async |tx| {
        clinic_records::must_be_known(tx, clinic).await?;
        clinic_records::contacts(tx, clinic).await
    })
    .await?;
    Ok(Json(Contacts { contacts }).into_response())
}

async fn add_contact(
    rooms: Arc<Rooms>,
    actor: Actor,
    clinic: Clinic,
    (headers, body): (HeaderMap, Bytes),
) -> Result<Response, Problem> {
    let new: NewContact = parameters::json(&headers, &body)?;
    let faults = new.faults();
    if !faults.is_empty() {
        return Err(problem(store::Error::RefusedAll(faults)));
    }
    let made = does(&rooms, &actor, async |tx| {
        clinic_records::must_be_known(tx, clinic).await?;
        clinic_records::add_contact(tx, clinic, &new).await
    });
    let (contact, position) = made.await?;
    Ok(at_position(StatusCode::CREATED, &contact, position))
}

/// `DELETE /clinic-contacts/{id}`.
async fn remove_contact(
    State(rooms): State<Arc<Rooms>>,
    Keeper(actor): Keeper,
    Path(contact): Path<String>,
) -> Result<Response, Problem> {
    let contact = id::<Uuid>(&contact)?;
    does(&rooms, &actor, async |tx| {
        clinic_records::remove_contact(tx, contact).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

async fn papers(rooms: Arc<Rooms>, actor: Actor, clinic: Clinic) -> Result<Response, Problem> {
    let (documents, _) = does(&rooms, &actor, async |tx| {
        clinic_records::must_be_known(tx, clinic).await?;
        clinic_records::papers(tx, clinic).await
    })
    .await?;
    Ok(Json(Papers { documents }).into_response())
}

async fn add_paper(
    rooms: Arc<Rooms>,
    actor: Actor,
    clinic: Clinic,
    raw: Option<String>,
    (headers, body): (HeaderMap, Result<Bytes, BytesRejection>),
) -> Result<Response, Problem> {
    does(&rooms, &actor, async |tx| {
        clinic_records::must_be_known(tx, clinic).await
    })
    .await?;
    let [name] = parameters::only(parameters::pairs(raw.as_deref())?, ["name"])?;
    let name = name.ok_or_else(|| Problem::fault("name", "missing", "what the file is called"))?;
    let Ok(body) = body else {
        let message = format!("a file may have {} bytes", document::MAX_BYTES);
        let fault = Fault::new("content", "length", message.clone());
        refused(&rooms, &actor, clinic, &fault).await?;
        return Err(Problem::new(Kind::TooLarge, message).with_errors(vec![fault]));
    };
    let declared = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let media_type = match document::check(&name, declared.unwrap_or_default(), &body) {
        Ok(media_type) => media_type,
        Err(fault) => {
            refused(&rooms, &actor, clinic, &fault).await?;
            return Err(refuse(fault));
        }
    };
    let new = NewPaper {
        name: &name,
        media_type,
        content: &body,
    };
    let made = does(&rooms, &actor, async |tx| {
        clinic_records::add_paper(tx, clinic, &new).await
    });
    let (paper, position) = made.await?;
    Ok(at_position(StatusCode::CREATED, &paper, position))
}

/// Writes down that somebody tried to put a file there that is not taken.
pub async fn refused(rooms: &Rooms, actor: &Actor, clinic: Clinic, fault: &Fault) -> Result<(), Problem> {
    let detail = json!({"field": fault.field, "code": fault.code});
    let (entity, id) = match clinic {
        Clinic::Own(id) => ("clinic", id.to_string()),
        Clinic::Outside(id) => ("agency_provider", id.to_string()),
    };
    let written = does(rooms, actor, async |tx| {
        audit::record(tx, "clinic_document.refused", entity, &id, &detail).await
    });
    written.await.map(|_| ())
}

async fn content(rooms: Arc<Rooms>, actor: Actor, clinic: Clinic, paper: &str) -> Result<Response, Problem> {
    let paper = id::<Uuid>(paper)?;
    let read = does(&rooms, &actor, async |tx| {
        clinic_records::paper_content(tx, clinic, paper).await
    });
    let ((paper, content), _) = read.await?;
    Ok(attached(&paper.name, &paper.media_type, content))
}

/// Whether the clinic's own people see a paper.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PaperChange {
    /// In the portal.
    shareable: bool,
}

/// `PATCH /agency-providers/{id}/documents/{document}` with `{shareable}`.
async fn change_paper(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path((provider, paper)): Path<(String, String)>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let (provider, paper) = (id::<ProviderId>(&provider)?, id::<Uuid>(&paper)?);
    let PaperChange { shareable } = parameters::json(&headers, &body)?;
    let done = does(&rooms, &actor, async |tx| {
        clinic_records::set_paper_shareable(tx, Clinic::Outside(provider), paper, shareable).await
    });
    let (paper, position) = done.await?;
    Ok(at_position(StatusCode::OK, &paper, position))
}

/// What a provider's people see of the agency's records about it.
#[derive(Serialize, JsonSchema)]
pub struct OwnRecords {
    /// Whom the agency talks to.
    pub contacts: Vec<Contact>,
    /// Papers that the agency shows.
    pub documents: Vec<Paper>,
}

/// What somebody of an outside provider sees of the records about it.
pub async fn own_records(rooms: &Rooms, guest: &store::provider_tokens::Bearer) -> Result<OwnRecords, Problem> {
    let clinic = Clinic::Outside(guest.provider_id);
    portal::does(rooms, guest, async |tx| {
        let records = OwnRecords {
            contacts: clinic_records::contacts(tx, clinic).await?,
            documents: clinic_records::papers(tx, clinic).await?,
        };
        let papers = records.documents.iter().map(|paper| paper.id).collect::<Vec<_>>();
        let provider = guest.provider_id.to_string();
        let detail = json!({"documents": papers, "contacts": records.contacts.len()});
        portal::asked(tx, guest, "portal.clinic", ("agency_provider", &provider), detail).await?;
        Ok(records)
    })
    .await
}

/// The bytes of a paper that somebody of an outside provider sees.
pub async fn own_content(
    rooms: &Rooms,
    guest: &store::provider_tokens::Bearer,
    paper: &str,
) -> Result<Response, Problem> {
    let paper = paper.parse::<Uuid>().map_err(|_| super::downloads::hidden())?;
    let clinic = Clinic::Outside(guest.provider_id);
    let read = portal::does(rooms, guest, async |tx| {
        let content = clinic_records::paper_content(tx, clinic, paper).await?;
        let id = paper.to_string();
        portal::asked(tx, guest, "portal.clinic_document", ("clinic_document", &id), json!({})).await?;
        Ok(content)
    });
    let (paper, content) = read.await?;
    Ok(attached(&paper.name, &paper.media_type, content))
}

async fn own(State(rooms): State<Arc<Rooms>>, Guest(bearer): Guest) -> Result<Response, Problem> {
    portal::admit_person(&bearer)?;
    Ok(Json(own_records(&rooms, &bearer).await?).into_response())
}

async fn own_paper(
    State(rooms): State<Arc<Rooms>>,
    Guest(bearer): Guest,
    Path(paper): Path<String>,
) -> Result<Response, Problem> {
    portal::admit_person(&bearer)?;
    own_content(&rooms, &bearer, &paper).await
}

/// The paths of one kind of clinic.
macro_rules! of {
    ($prefix:literal, $staff:ident, $id:ty, $clinic:expr) => {{
        type R = State<Arc<Rooms>>;
        let file = DefaultBodyLimit::max(document::MAX_BYTES + 1);
        let listed = get(|State(r): R, $staff(a): $staff, Path(c): Path<String>| async move {
            contacts(r, a, $clinic(id::<$id>(&c)?)).await
        });
        let kept = get(|State(r): R, $staff(a): $staff, Path(c): Path<String>| async move {
            papers(r, a, $clinic(id::<$id>(&c)?)).await
        });
        vec![
            (
                concat!($prefix, "/contacts"),
                listed.post(
                    |State(r): R, $staff(a): $staff, Path(c): Path<String>, h: HeaderMap, b: Bytes| async move {
                        add_contact(r, a, $clinic(id::<$id>(&c)?), (h, b)).await
                    },
                ),
            ),
            (
                concat!($prefix, "/documents"),
                kept.post(
                    |State(r): R,
                     $staff(a): $staff,
                     Path(c): Path<String>,
                     RawQuery(q),
                     h: HeaderMap,
                     b: Result<Bytes, BytesRejection>| async move {
                        add_paper(r, a, $clinic(id::<$id>(&c)?), q, (h, b)).await
                    },
                )
                .layer(file),
            ),
            (
                concat!($prefix, "/documents/{document}/content"),
                get(
                    |State(r): R, $staff(a): $staff, Path((c, d)): Path<(String, String)>| async move {
                        content(r, a, $clinic(id::<$id>(&c)?), &d).await
                    },
                ),
            ),
        ]
    }};
}

/// The paths.
pub fn routes() -> Routes {
    let mut routes: Routes = of!("/clinics/{id}", Keeper, ClinicId, Clinic::Own);
    routes.extend(of!("/agency-providers/{id}", Staff, ProviderId, Clinic::Outside));
    routes.push(("/agency-providers/{id}/documents/{document}", patch(change_paper)));
    routes.push(("/clinic-contacts/{id}", delete(remove_contact)));
    routes.push(("/api/portal/v1/clinic", get(own)));
    routes.push(("/api/portal/v1/clinic/documents/{document}/content", get(own_paper)));
    routes
}

/// What the paths of one kind of clinic do.
macro_rules! told_of {
    ($prefix:literal) => {{
        let name = query("name", &serde_json::json!({"type": "string"}), "What the file is called, without a path.");
        let content = concat!($prefix, "/documents/{document}/content");
        vec![
            Operation::answering_with::<Contacts>("get", concat!($prefix, "/contacts"), "clinic records", "Whom to talk to"),
            Operation::answering_with::<Contact>("post", concat!($prefix, "/contacts"), "clinic records", "Keep a contact")
                .taking_a::<NewContact>()
                .answering(201),
            Operation::answering_with::<Papers>("get", concat!($prefix, "/documents"), "clinic records", "Papers"),
            Operation::answering_with::<Paper>("post", concat!($prefix, "/documents"), "clinic records", "Keep a paper: the body is the file")
                .asking([name])
                .refusing(&[Kind::TooLarge])
                .answering(201),
            Operation::new("get", content, "clinic records", "The bytes of a paper", Answer::Media("*/*")),
        ]
    }};
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "The organisation's administrators, or a service with the scope `cases`.";
    const TAG: &str = "clinic records";
    let mut told = told_of!("/clinics/{id}");
    told.extend(told_of!("/agency-providers/{id}"));
    let shown = "/agency-providers/{id}/documents/{document}";
    told.push(
        Operation::answering_with::<Paper>("patch", shown, TAG, "Show a paper to the clinic's people, or hide it")
            .taking_a::<PaperChange>(),
    );
    told.push(
        Operation::new(
            "delete",
            "/clinic-contacts/{id}",
            TAG,
            "Forget a contact",
            Answer::Nothing,
        )
        .answering(204),
    );
    let refused = [Kind::NotFound, Kind::RuleRefused];
    let mut told = told
        .into_iter()
        .map(|o| o.by(WHO).refusing(&refused))
        .collect::<Vec<_>>();
    let own = "/api/portal/v1/clinic/documents/{document}/content";
    let theirs = [
        Operation::answering_with::<OwnRecords>(
            "get",
            "/api/portal/v1/clinic",
            "portal",
            "Contacts and papers of the clinic",
        ),
        Operation::new("get", own, "portal", "The bytes of a paper", Answer::Media("*/*")),
    ];
    let refused = [Kind::NotFound, Kind::TooManyRequests];
    told.extend(theirs.map(|o| o.by("A person of an outside provider.").refusing(&refused)));
    told
}
