//! `POST /credentialing-requests/import`: an application as a credentialing service exports it becomes a request, each field
//! traced to where it came from.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
    routing::post,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{
    Rooms, Routes,
    access::{Asker, admit},
    credentialing::said,
    operation::Operation,
    parameters,
    position::at_position,
    problem::{Kind, Problem},
    providers::locate,
};
use crate::domain::access::Permission;
use crate::intake::application::{self, Trace, read};
use crate::store::{
    credentialing::{self, NewRequest},
    providers::{ProviderKey, sources},
};
use crate::vocab::{CredentialingRequestId, ProviderId, terms::Profile};

/// The path of this file.
pub fn routes() -> Routes {
    vec![("/credentialing-requests/import", post(import))]
}

/// What it does.
pub fn operations() -> Vec<Operation> {
    vec![
        Operation::answering_with::<Imported>(
            "post",
            "/credentialing-requests/import",
            "credentialing",
            "Open a request from an application in the manner of CAQH, with what the directory knows filled in",
        )
        .by("Reviewers, administrators, practitioners, services.")
        .taking_a::<Given>()
        .refusing(&[Kind::NotFound, Kind::RuleRefused])
        .answering(201),
    ]
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Given {
    /// What the file is called: traces name it.
    file: String,
    /// What is in it: an object with Provider, ProviderLicense, WorkHistory and so on; or the text of a CSV file with a column for
    /// each place, such as `ProviderLicense.0.State`, and one line.
    application: Value,
    /// What the request has to show; without it, as the organisation's settings say.
    #[serde(default)]
    profile: Option<Profile>,
}

#[derive(Serialize, JsonSchema)]
struct Imported {
    /// The request.
    id: CredentialingRequestId,
    /// Whose, found by the NPI.
    provider_id: ProviderId,
    /// Where each field came from.
    traces: Vec<Trace>,
    /// What the file says that was not understood.
    unread: Vec<String>,
}

async fn import(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let actor = admit(known, Permission::CredentialingSubmit)?;
    let given: Given = parameters::json(&headers, &body)?;
    let file = said("file", &given.file, "say what the file is called")?;
    let said = match &given.application {
        Value::String(text) => only_line(&file, text)?,
        document => read(&file, document),
    };
    let mut read = said.map_err(|mut faults| {
        for fault in &mut faults {
            fault.field = format!("application.{}", fault.field);
        }
        Problem::faults(faults)
    })?;
    let mut tx = rooms.store.begin(&actor).await?;
    let provider = locate(&mut tx, &ProviderKey::Npi(read.npi)).await?;
    read.prefill(&provider, &sources::of(&mut tx, provider.id).await?);
    let new = NewRequest {
        profile: given.profile,
        application: read.traced(),
        ..NewRequest::default()
    };
    let id = credentialing::submit(&mut tx, provider.id, &new, rooms.now()).await?;
    let position = tx.commit().await?;
    let told = Imported {
        id,
        provider_id: provider.id,
        traces: read.traces,
        unread: read.unread,
    };
    Ok(at_position(StatusCode::CREATED, &told, position))
}

/// The one application of a CSV file.
fn only_line(file: &str, text: &str) -> Result<application::Read, Problem> {
    let lines = application::read_csv(file, text.as_bytes());
    let mut lines = lines.map_err(|why| Problem::fault("application", "damaged", why.to_string()))?;
    let number = lines.len();
    match lines.pop() {
        Some((_, said)) if number == 1 => Ok(said),
        _ => {
            let message = format!("must have a header and one line, for one provider: it has {number}");
            Err(Problem::fault("application", "one_line", message))
        }
    }
}
