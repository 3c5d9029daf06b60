//! `/agency-providers`: the network of an agency, public providers and its own entries side by side; notes about them; the
//! clothes of a clinic's portal.

use std::sync::Arc;

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::{get, patch},
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::{
    Rooms, Routes,
    access::{Asker, admit},
    agency::{Staff, does, id, refuse},
    operation::{Answer, Operation},
    parameters,
    path::Path,
    position::at_position,
    problem::{Kind, Problem},
    providers::parse_key,
};
use crate::domain::{
    access::{Actor, Permission},
    case::{ProviderNote, check_text},
};
use crate::store::{
    self,
    agency_providers::{self, AgencyProvider, ClinicPortal},
    providers::{self, NewProvider},
};
use crate::vocab::{CaseId, Fault, Position, ProviderId, ProviderNoteId, terms::ProviderKind};

/// What outside providers are to agencies, and whether a national provider number goes with it. Others are an agency's own words.
pub const TYPES: [(&str, &str, bool); 5] = [
    ("ivf_clinic", "IVF clinic", true),
    ("attorney", "Attorney", false),
    ("escrow_agency", "Escrow agency", false),
    ("genetic_counselor", "Genetic counselor", true),
    ("psychologist", "Psychologist", true),
];

/// The agency's network.
#[derive(Serialize, JsonSchema)]
struct AgencyNetwork {
    /// By type and name.
    providers: Vec<AgencyProvider>,
}

async fn list(State(rooms): State<Arc<Rooms>>, Staff(actor): Staff) -> Result<Response, Problem> {
    let (providers, _) = does(&rooms, &actor, async |tx| agency_providers::list(tx, None).await).await?;
    Ok(Json(AgencyNetwork { providers }).into_response())
}

/// A provider to work with: one of the directory, or a new entry of the agency's own.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAgencyProvider {
    /// `ivf_clinic`, `attorney`, `escrow_agency`, `genetic_counselor`, `psychologist`, or a word of the agency's own. In any case.
    pub r#type: String,
    /// NPI, locator or id of a provider of the directory.
    #[serde(default)]
    pub provider: Option<String>,
    /// Or the name of a new one, which nobody else sees.
    #[serde(default)]
    #[schemars(length(min = 1, max = 200))]
    pub name: Option<String>,
    /// Of a new one.
    #[serde(default)]
    pub phone: Option<String>,
    /// Of a new one.
    #[serde(default)]
    pub email: Option<String>,
}

/// `POST /agency-providers`.
async fn create(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Asker(known): Asker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let new: NewAgencyProvider = parameters::json(&headers, &body)?;
    if new.provider.is_none() {
        admit(known, Permission::ProvidersWrite)?;
    }
    let (added, position) = take_in(&rooms, &actor, new).await?;
    Ok(at_position(StatusCode::CREATED, &added, position))
}

/// Takes a provider into the network. Also what the administrators' page calls.
pub async fn take_in(
    rooms: &Rooms,
    actor: &Actor,
    new: NewAgencyProvider,
) -> Result<(AgencyProvider, Position), Problem> {
    let kind = new.r#type.trim().to_ascii_lowercase();
    let now = rooms.now();
    match (new.provider, new.name) {
        (Some(key), None) => {
            let key = parse_key(&key)?;
            does(rooms, actor, async |tx| {
                let found = providers::find(tx, &key).await?;
                let found = found.ok_or_else(unknown_provider)?;
                if found.npi.is_some() && !may_have_npi(&kind) {
                    let message = format!("a provider with an NPI practises health care: it is no {kind}");
                    return Err(store::Error::Refused(Fault::new("type", "npi_not_applicable", message)));
                }
                agency_providers::add(tx, found.id, &kind).await
            })
            .await
        }
        (None, Some(name)) => {
            check_text("name", &name, 200).map_err(refuse)?;
            let entry = own_entry(&kind, name, new.phone, new.email)?;
            does(rooms, actor, async |tx| {
                let made = providers::create(tx, &entry, now).await?;
                agency_providers::add(tx, made.id, &kind).await
            })
            .await
        }
        _ => Err(Problem::fault(
            "provider",
            "one_of",
            "either `provider`, one of the directory, or `name`, a new one",
        )),
    }
}

fn unknown_provider() -> store::Error {
    store::Error::Refused(Fault::new(
        "provider",
        "unknown_provider",
        "is no provider that is known",
    ))
}

/// Words of the agency's own may mean health care.
fn may_have_npi(kind: &str) -> bool {
    TYPES
        .iter()
        .find(|(code, ..)| *code == kind)
        .is_none_or(|(.., npi)| *npi)
}

fn own_entry(kind: &str, name: String, phone: Option<String>, email: Option<String>) -> Result<NewProvider, Problem> {
    let entry = serde_json::json!({
        "kind": ProviderKind::Organization, "category": kind, "organization_name": name, "phone": phone, "email": email,
    });
    parameters::from_value(entry)
}

async fn read(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(provider): Path<String>,
) -> Result<Response, Problem> {
    let provider = id::<ProviderId>(&provider)?;
    let (found, _) = does(&rooms, &actor, async |tx| agency_providers::get(tx, provider).await).await?;
    Ok(Json(found).into_response())
}

/// What is to change; what is not said stays.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AgencyProviderChange {
    /// What it is to the agency.
    #[serde(default)]
    r#type: Option<String>,
    /// False: the agency works with it no more, and its people see nothing from now on.
    #[serde(default)]
    is_active: Option<bool>,
}

async fn change(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let provider = id::<ProviderId>(&provider)?;
    let change: AgencyProviderChange = parameters::json(&headers, &body)?;
    let kind = change.r#type.map(|kind| kind.trim().to_ascii_lowercase());
    let done = does(&rooms, &actor, async |tx| {
        agency_providers::change(tx, provider, kind.as_deref(), change.is_active).await
    });
    let (changed, position) = done.await?;
    Ok(at_position(StatusCode::OK, &changed, position))
}

/// Notes about a provider.
#[derive(Serialize, JsonSchema)]
struct Notes {
    /// By time, the internal ones too.
    notes: Vec<ProviderNote>,
}

async fn notes(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(provider): Path<String>,
) -> Result<Response, Problem> {
    let provider = id::<ProviderId>(&provider)?;
    let read = does(&rooms, &actor, async |tx| {
        agency_providers::get(tx, provider).await?;
        agency_providers::notes(tx, Some(provider), None).await
    });
    let (notes, _) = read.await?;
    Ok(Json(Notes { notes }).into_response())
}

/// A note to be written.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewProviderNote {
    /// Plain text.
    #[schemars(length(min = 1, max = 20000))]
    text: String,
    /// The case that it is about.
    #[serde(default)]
    case_id: Option<CaseId>,
    /// Whether the provider's own people see it; not, if not said.
    #[serde(default)]
    shareable: bool,
}

async fn add_note(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let provider = id::<ProviderId>(&provider)?;
    let new: NewProviderNote = parameters::json(&headers, &body)?;
    check_text("text", &new.text, 20_000).map_err(refuse)?;
    let made = does(&rooms, &actor, async |tx| {
        agency_providers::add_note(tx, provider, new.case_id, &new.text, new.shareable).await
    });
    let (note, position) = made.await?;
    Ok(at_position(StatusCode::CREATED, &note, position))
}

/// What a note is to be.
#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ProviderNoteChange {
    /// Whether the provider's own people see it.
    shareable: bool,
}

/// `PATCH /provider-notes/{id}` with `{shareable}`.
async fn change_note(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(note): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let note = id::<ProviderNoteId>(&note)?;
    let ProviderNoteChange { shareable } = parameters::json(&headers, &body)?;
    let done = does(&rooms, &actor, async |tx| {
        agency_providers::set_note_shareable(tx, note, shareable).await
    });
    let (note, position) = done.await?;
    Ok(at_position(StatusCode::OK, &note, position))
}

async fn clinic_portal(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(provider): Path<String>,
) -> Result<Response, Problem> {
    let provider = id::<ProviderId>(&provider)?;
    let read = does(&rooms, &actor, async |tx| {
        let found = agency_providers::clinic_portal(tx, provider).await?;
        found.ok_or(store::Error::NotFound)
    });
    let (portal, _) = read.await?;
    Ok(Json(portal).into_response())
}

/// `PUT /agency-providers/{id}/clinic-portal` with `{subdomain, title, theme?, welcome?}`.
async fn set_clinic_portal(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(provider): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let provider = id::<ProviderId>(&provider)?;
    let portal: ClinicPortal = parameters::json(&headers, &body)?;
    check_portal(&portal)?;
    let done = does(&rooms, &actor, async |tx| {
        agency_providers::set_clinic_portal(tx, provider, &portal).await
    });
    let ((), position) = done.await?;
    Ok(at_position(StatusCode::OK, &portal, position))
}

/// Whether the texts of a clinic's portal are of a fitting length.
pub fn check_portal(portal: &ClinicPortal) -> Result<(), Problem> {
    check_text("title", &portal.title, 100).map_err(refuse)?;
    if portal.welcome.chars().count() > 1000 {
        return Err(refuse(Fault::new("welcome", "length", "at most 1000 characters")));
    }
    Ok(())
}

async fn remove_clinic_portal(
    State(rooms): State<Arc<Rooms>>,
    Staff(actor): Staff,
    Path(provider): Path<String>,
) -> Result<Response, Problem> {
    let provider = id::<ProviderId>(&provider)?;
    does(&rooms, &actor, async |tx| {
        agency_providers::get(tx, provider).await?;
        agency_providers::remove_clinic_portal(tx, provider).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/agency-providers", get(list).post(create)),
        ("/agency-providers/{id}", get(read).patch(change)),
        ("/agency-providers/{id}/notes", get(notes).post(add_note)),
        ("/provider-notes/{id}", patch(change_note)),
        (
            "/agency-providers/{id}/clinic-portal",
            get(clinic_portal).put(set_clinic_portal).delete(remove_clinic_portal),
        ),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "The agency's administrators, or a service with the scope `cases`.";
    const TAG: &str = "agency network";
    let refused = [Kind::NotFound, Kind::RuleRefused];
    let portal = "/agency-providers/{id}/clinic-portal";
    let told = vec![
        Operation::answering_with::<AgencyNetwork>("get", "/agency-providers", TAG, "The agency's network at a glance"),
        Operation::answering_with::<AgencyProvider>("post", "/agency-providers", TAG, "Work with a provider")
            .taking_a::<NewAgencyProvider>()
            .answering(201),
        Operation::answering_with::<AgencyProvider>("get", "/agency-providers/{id}", TAG, "One of them"),
        Operation::answering_with::<AgencyProvider>(
            "patch",
            "/agency-providers/{id}",
            TAG,
            "Change its type, stop, go on",
        )
        .taking_a::<AgencyProviderChange>(),
        Operation::answering_with::<Notes>("get", "/agency-providers/{id}/notes", TAG, "Notes about it"),
        Operation::answering_with::<ProviderNote>("post", "/agency-providers/{id}/notes", TAG, "Write a note about it")
            .taking_a::<NewProviderNote>()
            .answering(201),
        Operation::answering_with::<ProviderNote>(
            "patch",
            "/provider-notes/{id}",
            TAG,
            "Show a note to the provider, or hide it",
        )
        .taking_a::<ProviderNoteChange>(),
        Operation::answering_with::<ClinicPortal>("get", portal, TAG, "The clothes of its portal"),
        Operation::answering_with::<ClinicPortal>("put", portal, TAG, "Dress its portal up").taking_a::<ClinicPortal>(),
        Operation::new("delete", portal, TAG, "Back to the plain portal", Answer::Nothing).answering(204),
    ];
    told.into_iter()
        .map(|operation| operation.by(WHO).refusing(&refused))
        .collect()
}
