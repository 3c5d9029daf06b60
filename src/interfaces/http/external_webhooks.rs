//! Webhooks of an outside provider's system: told at once of what is shared with it and what is taken back, by keys only.
//!
//! Whoever is outside names the address, so it must be a public one of https: this server posts into nobody's inner network.

use std::{net::IpAddr, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, Uri},
    response::{IntoResponse, Response},
    routing::{delete, get, post},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    Rooms, Routes,
    downloads::hidden,
    operation::{Answer, Operation, query},
    parameters,
    path::Path,
    portal::{Guest, admit_system, asked, does},
    problem::{Kind, Problem},
    webhooks::{
        Deliveries, Made, NewWebhook, Replay, Replayed, Webhooks, check_types, deliveries_of, new_secret, wanted_status,
    },
};
use crate::domain::{
    event::{ITEM_REVOKED, ITEM_SHARED},
    public_net,
};
use crate::store::webhooks;

/// Webhooks of one system.
const MOST: i64 = 10;

/// Who may.
const WHOM: &str = "A system of an outside provider, for itself.";

/// The paths.
pub fn routes() -> Routes {
    vec![
        ("/api/external/v1/webhooks", get(list).post(create)),
        ("/api/external/v1/webhooks/{id}", delete(remove)),
        ("/api/external/v1/webhooks/{id}/deliveries", get(deliveries)),
        ("/api/external/v1/webhooks/{id}/replay", post(replay)),
    ]
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    let status = json!({"type": "string", "enum": ["PENDING", "DELIVERED", "DEAD"]});
    let told = vec![
        Operation::answering_with::<Webhooks>("get", "/api/external/v1/webhooks", "external", "The webhooks"),
        Operation::answering_with::<Made>(
            "post",
            "/api/external/v1/webhooks",
            "external",
            "Make a webhook for what is shared and taken back; its secret is shown once",
        )
        .taking_a::<NewWebhook>()
        .answering(201),
        Operation::new(
            "delete",
            "/api/external/v1/webhooks/{id}",
            "external",
            "Take a webhook away",
            Answer::Nothing,
        )
        .answering(204),
        Operation::answering_with::<Deliveries>(
            "get",
            "/api/external/v1/webhooks/{id}/deliveries",
            "external",
            "What became of the latest events for a webhook",
        )
        .asking([query("status", &status, "Only these.")]),
        Operation::answering_with::<Replayed>(
            "post",
            "/api/external/v1/webhooks/{id}/replay",
            "external",
            "Try again what was given up, and with `since` also what was delivered from then on",
        )
        .taking_a::<Replay>(),
    ];
    let never = [Kind::NotFound, Kind::TooManyRequests];
    told.into_iter().map(|o| o.by(WHOM).refusing(&never)).collect()
}

async fn list(State(rooms): State<Arc<Rooms>>, Guest(bearer): Guest) -> Result<Response, Problem> {
    admit_system(&bearer)?;
    let user = bearer.user_id.to_string();
    let webhooks = does(&rooms, &bearer, async |tx| {
        asked(tx, &bearer, "webhook.list", ("provider_user", &user), json!({})).await?;
        webhooks::list(tx).await
    })
    .await?;
    Ok(Json(Webhooks { webhooks }).into_response())
}

async fn create(
    State(rooms): State<Arc<Rooms>>,
    Guest(bearer): Guest,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    admit_system(&bearer)?;
    let NewWebhook { url, types } = parameters::json(&headers, &body)?;
    if !is_public(&url) {
        let message = "an address of https on a public host, with 2,000 characters at most";
        return Err(Problem::fault("url", "format", message));
    }
    check_types(&types, &[ITEM_SHARED, ITEM_REVOKED])?;
    let secret = new_secret();
    let made = does(&rooms, &bearer, async |tx| {
        if !webhooks::has_room(tx, &bearer.user_id.to_string(), MOST).await? {
            return Ok(None);
        }
        let made = webhooks::create_for_provider(tx, bearer.token_id, &url, &types, &secret).await?;
        let (id, detail) = (made.id.to_string(), json!({"url": url}));
        asked(tx, &bearer, "webhook.create", ("webhook", &id), detail).await?;
        Ok(Some(made))
    });
    let webhook = made.await?.ok_or_else(|| {
        let message = format!("there are {MOST} webhooks already: take one away first");
        Problem::fault("url", "too_many", message)
    })?;
    Ok((StatusCode::CREATED, Json(Made { webhook, secret })).into_response())
}

async fn remove(
    State(rooms): State<Arc<Rooms>>,
    Guest(bearer): Guest,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    admit_system(&bearer)?;
    let id = parse(&id)?;
    does(&rooms, &bearer, async |tx| {
        webhooks::delete(tx, id).await?;
        asked(tx, &bearer, "webhook.delete", ("webhook", &id.to_string()), json!({})).await
    })
    .await?;
    Ok(StatusCode::NO_CONTENT)
}

async fn deliveries(
    State(rooms): State<Arc<Rooms>>,
    Guest(bearer): Guest,
    Path(id): Path<String>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    admit_system(&bearer)?;
    let id = parse(&id)?;
    let status = wanted_status(raw.as_deref())?;
    let deliveries = does(&rooms, &bearer, async |tx| {
        let deliveries = deliveries_of(tx, id, status.as_deref()).await?;
        asked(
            tx,
            &bearer,
            "webhook.deliveries",
            ("webhook", &id.to_string()),
            json!({}),
        )
        .await?;
        Ok(deliveries)
    });
    let deliveries = deliveries.await?;
    Ok(Json(Deliveries { deliveries }).into_response())
}

async fn replay(
    State(rooms): State<Arc<Rooms>>,
    Guest(bearer): Guest,
    Path(id): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    admit_system(&bearer)?;
    let id = parse(&id)?;
    let Replay { since } = parameters::json(&headers, &body)?;
    let replayed = does(&rooms, &bearer, async |tx| {
        let replayed = webhooks::replay(tx, id, since).await?;
        let detail = json!({"since": since, "replayed": replayed});
        asked(tx, &bearer, "webhook.replay", ("webhook", &id.to_string()), detail).await?;
        Ok(replayed)
    });
    let replayed = replayed.await?;
    Ok(Json(Replayed { replayed }).into_response())
}

fn parse(id: &str) -> Result<Uuid, Problem> {
    id.parse().map_err(|_| hidden())
}

/// Whether an address is one of https, and its host no number of a private net and no name that only an inner net knows.
pub fn is_public(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let Some(host) = uri.host().filter(|_| uri.scheme_str() == Some("https")) else {
        return false;
    };
    let host = host.trim_end_matches('.').to_ascii_lowercase();
    let number = host.trim_start_matches('[').trim_end_matches(']').parse::<IpAddr>();
    let inner = ["localhost", "local", "internal", "home.arpa"];
    let is_inner = |name: &str| {
        inner
            .iter()
            .any(|end| name == *end || name.ends_with(&format!(".{end}")))
    };
    // A number in another writing (0x7f.1, 2130706433) ends in a digit; no name of a public host does.
    let is_name = host.contains('.') && !host.ends_with(|c: char| c.is_ascii_digit()) && !is_inner(&host);
    url.len() <= 2_000
        && !uri.authority().is_some_and(|a| a.as_str().contains('@'))
        && match number {
            Ok(number) => public_net::is_public(number),
            Err(_) => is_name && !host.starts_with("0x"),
        }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_hosts_are_posted_to() {
        for good in [
            "https://hooks.example.org/a?b=c",
            "https://example.org:8443/",
            "https://93.184.216.34/x",
        ] {
            assert!(is_public(good), "{good}");
        }
        for bad in [
            "http://example.org/",
            "https://localhost/",
            "https://db.internal/",
            "https://printer.local./",
            "https://intranet/",
            "https://127.0.0.1/",
            "https://127.1/",
            "https://2130706433/",
            "https://0x7f000001/",
            "https://10.0.0.8/",
            "https://169.254.169.254/latest/meta-data",
            "https://100.64.1.1/",
            "https://[::1]/",
            "https://[::ffff:10.0.0.1]/",
            "https://[fd00::1]/",
            "https://user@example.org/",
            "ftp://example.org/",
            "no address",
        ] {
            assert!(!is_public(bad), "{bad}");
        }
    }
}
