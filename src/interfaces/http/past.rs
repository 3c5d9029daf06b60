//! `GET /providers/{key}?as_of=&as_known_on=`: a provider as it was on a day, as the directory knew it on another.
//!
//! Closed to the public: who has moved or taken another name is found under the new one by everybody, and under the old one by
//! those who must answer for a decision of that day.

use axum::{
    Json,
    http::header,
    response::{IntoResponse, Response},
};
use chrono::NaiveDate;
use serde::Serialize;

use super::{Rooms, detail::Detail, parameters, problem::Problem, providers::locate};
use crate::domain::access::Actor;
use crate::interfaces::network_check::end_of;
use crate::store::{networks, past, providers::ProviderKey};
use crate::vocab::Fault;

/// A provider as it was.
#[derive(Serialize)]
struct Past<'a> {
    #[serde(flatten)]
    detail: Detail<'a>,
    /// On this day.
    as_of: NaiveDate,
    /// As known at the end of this one.
    as_known_on: NaiveDate,
}

/// Answers it.
pub(super) async fn get(
    rooms: &Rooms,
    actor: &Actor,
    key: &ProviderKey,
    as_of: Option<String>,
    as_known_on: Option<String>,
) -> Result<Response, Problem> {
    let what = "a day of the calendar, such as 2026-11-22";
    let today = rooms.now().date_naive();
    let as_of = parameters::parsed("as_of", as_of, what)?.unwrap_or(today);
    let as_known_on = parameters::parsed("as_known_on", as_known_on, what)?.unwrap_or(today);
    if as_known_on > today {
        let message = "what will be known is not known today";
        return Err(Problem::faults(vec![Fault::new("as_known_on", "range", message)]));
    }
    let known_at = end_of(as_known_on);
    let mut tx = rooms.store.begin(actor).await?;
    let mut provider = locate(&mut tx, key).await?;
    let found = past::turn_back(&mut tx, &rooms.store, &mut provider, as_of, known_at, end_of(as_of)).await?;
    tx.commit().await?;
    if !found {
        return Err(Problem::not_found("The directory did not know this provider then."));
    }
    let earlier = networks::earlier(&rooms.store, known_at).await?;
    let reference = networks::reference(&rooms.store).await?.with_earlier(earlier);
    let lexicon = rooms.schema.lexicon();
    let past = Past {
        detail: Detail::new(&provider, &lexicon, &reference, as_of),
        as_of,
        as_known_on,
    };
    Ok(([(header::CACHE_CONTROL, "no-store")], Json(past)).into_response())
}
