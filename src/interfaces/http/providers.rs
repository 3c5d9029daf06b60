//! `/providers` and `/providers/{key}`: reading one, and writing by administrators.
//!
//! An ETag begins with the provider's version; a change names the version it is based on with `If-Match`. What a write answers
//! in `X-Position` can be given to a search as `min_position`, which then sees it.

use std::{collections::BTreeMap, sync::Arc};

use axum::{
    Json,
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Rooms,
    access::{Administrator, Searcher, anonymous},
    detail::Detail,
    links::Links,
    listing, parameters, past,
    path::Path,
    position::position_header,
    problem::{Kind, Problem},
    provider_body::{Body, find_points, read_body, with_primary},
    refusals::away,
    refusals::unless_absent,
    search::{View, kept},
    versioned::{self, Once},
};
use crate::domain::{access::Actor, provider::Provider, reference::Reference, survivorship::Source};
use crate::store::{
    self, Tx,
    clinic_assignments::{self, PublicRole},
    idempotency::{self, Claim},
    merges,
    providers::{self, NewProvider, ProviderChange, ProviderKey, sources},
};
use crate::vocab::{Npi, Position};

/// `GET /providers/{npi|locator|id}`; with `as_of` and `as_known_on`, as it was ([`past`]). With the store away it answers with what the index knows, without an ETag.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    Searcher(known): Searcher,
    administrator: Result<Administrator, Problem>,
    Path(key): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let view = View::of(known.as_ref());
    let [as_of, as_known_on] = parameters::only(parameters::pairs(raw.as_deref())?, ["as_of", "as_known_on"])?;
    let key = parse_key(&key)?;
    if as_of.is_some() || as_known_on.is_some() {
        let Administrator(actor) = administrator?;
        return past::get(&rooms, &actor, &key, as_of, as_known_on).await;
    }
    let Found {
        provider,
        sources,
        roles,
    } = match read(&rooms, &view, &key).await {
        Err(problem) if problem.kind() == Kind::Unavailable => {
            let told = listing::merged(listing::cards(&rooms, &view, &key)?);
            return Ok(kept(Json(told).into_response(), &view));
        }
        read => read?,
    };
    let snapshot = view.snapshot(&rooms);
    let text = written_out(&rooms, &snapshot.reference, &provider, sources, roles)?;
    let etag = versioned::tag(provider.version, &text);
    let response = if asks_for(&headers, &etag) {
        let headers = [(header::ETAG, etag), (header::CACHE_CONTROL, "no-cache".to_owned())];
        (StatusCode::NOT_MODIFIED, headers).into_response()
    } else {
        whole(etag, text)
    };
    let is_private = provider.owner_organization_id.is_some() || snapshot.networks_of(view.organization).is_some();
    Ok(if is_private { kept(response, &view) } else { response })
}

/// A provider as the store has it, and what is told along.
pub struct Found {
    /// The provider.
    pub provider: Provider,
    /// Where each group of fields comes from.
    pub sources: Sources,
    /// The clinics at which they practise.
    pub roles: Vec<PublicRole>,
}

/// The provider under a key as the store has it, if everybody may see it, or the tenant of who asks. Also what the provider's
/// page calls.
pub async fn read(rooms: &Rooms, view: &View, key: &ProviderKey) -> Result<Found, Problem> {
    let mut actor = anonymous();
    actor.organization_id = view.organization;
    let found = async {
        let mut tx = rooms.store.begin(&actor).await?;
        let provider = locate(&mut tx, key).await?;
        let sources = sources::of(&mut tx, provider.id).await?;
        let roles = clinic_assignments::public_roles(&mut tx, provider.id, rooms.now()).await?;
        Ok::<_, store::Error>(Found {
            provider,
            sources,
            roles,
        })
    };
    let found = tokio::time::timeout(rooms.settings.store_patience, found)
        .await
        .map_err(|_| away())?;
    found.map_err(unless_absent("There is no provider under this key."))
}

/// `POST /providers`.
pub async fn create(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    Administrator(actor): Administrator,
    once: Once,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = once.key()?;
    let lexicon = rooms.schema.lexicon();
    let Body {
        said: mut new,
        specialty,
    } = read_body::<NewProvider>(&headers, &body, &lexicon)?;
    if let Some(code) = specialty {
        new.specialties = with_primary(new.specialties, code);
    }
    find_points(&mut new.locations, &lexicon);
    let mut tx = rooms.store.begin(&actor).await?;
    if let Some(key) = key
        && let Claim::Answered(answer, position) =
            idempotency::claim(&mut tx, key, once.request(&body), rooms.now()).await?
    {
        return Ok(created(&links, &answer, position));
    }
    let provider = providers::create(&mut tx, &new, rooms.now()).await?;
    let sources = sources::of(&mut tx, provider.id).await?;
    let roles = clinic_assignments::public_roles(&mut tx, provider.id, rooms.now()).await?;
    let snapshot = rooms.index.snapshot().for_tenant(actor.organization_id);
    let text = written_out(&rooms, &snapshot.reference, &provider, sources, roles)?;
    let answer = json!({
        "version": provider.version,
        "locator": provider.locator,
        "body": text,
    });
    if let Some(key) = key {
        idempotency::keep(&mut tx, key, &answer).await?;
    }
    let position = tx.commit().await?;
    Ok(created(&links, &answer, position))
}

/// What a creation answers, now and whenever it is asked again under its key.
fn created(links: &Links, answer: &Value, position: Position) -> Response {
    let locator = answer["locator"].as_str().unwrap_or_default();
    let at = links.absolute(&format!("/providers/{locator}"));
    let headers = [
        (header::ETAG, etag(answer["version"].as_i64().unwrap_or_default())),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::LOCATION, at),
        (header::CONTENT_TYPE, "application/json".to_owned()),
    ];
    let body = answer["body"].as_str().unwrap_or_default().to_owned();
    let mut response = (StatusCode::CREATED, headers, body).into_response();
    response.headers_mut().extend(position_header(position));
    response
}

/// `PATCH /providers/{key}`: properties that are given replace, others stay. `PUT` does the same, for clients without PATCH.
pub async fn change(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = parse_key(&key)?;
    let lexicon = rooms.schema.lexicon();
    let Body {
        said: mut change,
        specialty,
    } = read_body::<ProviderChange>(&headers, &body, &lexicon)?;
    find_points(change.locations.as_deref_mut().unwrap_or_default(), &lexicon);
    let expected = if_match(&headers)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let before = locate(&mut tx, &key).await?;
    if let Some(code) = specialty {
        let specialties = change.specialties.take().unwrap_or_else(|| before.specialties.clone());
        change.specialties = Some(with_primary(specialties, code));
    }
    let version = expected.unwrap_or(before.version);
    let provider = providers::update(&mut tx, before.id, version, &change, rooms.now()).await?;
    written(&rooms, &actor, tx, &provider).await
}

/// Why a provider leaves the directory's networks.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Deactivation {
    reason: String,
}

/// `POST /providers/{key}/deactivate` with `{"reason": ".."}`: to INACTIVE.
pub async fn deactivate(
    State(rooms): State<Arc<Rooms>>,
    Path(key): Path<String>,
    Administrator(actor): Administrator,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let key = parse_key(&key)?;
    let Deactivation { reason } = parameters::json(&headers, &body)?;
    let reason = reason.trim();
    if reason.is_empty() || reason.chars().count() > 1000 {
        return Err(Problem::fault("reason", "length", "1 to 1000 characters that say why"));
    }
    let expected = if_match(&headers)?;
    let mut tx = rooms.store.begin(&actor).await?;
    let before = locate(&mut tx, &key).await?;
    let version = expected.unwrap_or(before.version);
    let provider = providers::deactivate(&mut tx, before.id, version, reason, rooms.now()).await?;
    written(&rooms, &actor, tx, &provider).await
}

/// The provider of a key that the actor may see; an old key of one that was merged says of which.
pub(super) async fn locate(tx: &mut Tx, key: &ProviderKey) -> Result<Provider, store::Error> {
    if let Some(found) = providers::find(tx, key).await? {
        return Ok(found);
    }
    Err(match merges::moved_to(tx, key).await? {
        Some(into) => store::Error::Merged(into),
        None => store::Error::NotFound,
    })
}

/// Commits; the provider as it is now, and the position from which a search sees it so.
pub(super) async fn written(
    rooms: &Rooms,
    actor: &Actor,
    mut tx: Tx,
    provider: &Provider,
) -> Result<Response, Problem> {
    let sources = sources::of(&mut tx, provider.id).await?;
    let roles = clinic_assignments::public_roles(&mut tx, provider.id, rooms.now()).await?;
    let snapshot = rooms.index.snapshot().for_tenant(actor.organization_id);
    let text = written_out(rooms, &snapshot.reference, provider, sources, roles)?;
    let position = tx.commit().await?;
    let mut response = whole(etag(provider.version), text);
    response.headers_mut().extend(position_header(position));
    Ok(response)
}

/// Where each group of fields comes from.
type Sources = BTreeMap<String, Source>;

/// A provider as it is told, with the networks of a reader.
fn written_out(
    rooms: &Rooms,
    reference: &Reference,
    provider: &Provider,
    sources: Sources,
    roles: Vec<PublicRole>,
) -> Result<String, Problem> {
    let (lexicon, today) = (rooms.schema.lexicon(), rooms.now().date_naive());
    let detail = Detail::new(provider, &lexicon, reference, today);
    let detail = detail.with_sources(sources, today).with_roles(roles);
    serde_json::to_string(&detail).map_err(|e| Problem::internal(&e))
}

fn whole(etag: String, text: String) -> Response {
    let headers = [
        (header::ETAG, etag),
        (header::CACHE_CONTROL, "no-cache".to_owned()),
        (header::CONTENT_TYPE, "application/json".to_owned()),
    ];
    (headers, text).into_response()
}

/// An NPI, a locator or an id. An NPI that can't be one is told what would be right.
pub fn parse_key(text: &str) -> Result<ProviderKey, Problem> {
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        let npi = text.parse::<Npi>().map(ProviderKey::Npi);
        return npi.map_err(|why| Problem::fault("npi", why.code(), why.to_string()));
    }
    if let Ok(locator) = text.to_ascii_uppercase().parse() {
        return Ok(ProviderKey::Locator(locator));
    }
    let id = text.parse().map(ProviderKey::Id);
    id.map_err(|_| Problem::fault("key", "unknown_key", "an NPI, a locator like PRV-2026-000042 or an id"))
}

/// The tag of a version, whatever else is told beside: for what was written. What is read has one that covers all of it
/// ([`versioned::tag`]).
fn etag(version: i64) -> String {
    format!("\"{version}\"")
}

/// Whether `If-None-Match` holds this tag (weakly compared, RFC 9110 13.1.2).
pub fn asks_for(headers: &HeaderMap, etag: &str) -> bool {
    let given = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|v| v.to_str().ok());
    given
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .any(|tag| tag == "*" || tag.trim_start_matches("W/") == etag)
}

/// The version in `If-Match`; `None` for `*`, any version. What stands behind it in the tag of an answer that was read does not
/// matter: a change is based on what it changes. Of several tags only the latest can still be the one of now, for versions only
/// grow. Weak ones match nothing (RFC 9110, 13.1.1).
pub(super) fn if_match(headers: &HeaderMap) -> Result<Option<i64>, Problem> {
    if !headers.contains_key(header::IF_MATCH) {
        let detail = "Send the ETag as you read it in the header If-Match.";
        return Err(Problem::new(Kind::VersionRequired, detail));
    }
    let malformed = || Problem::fault("If-Match", "malformed", "ETags as they were read, like \"17\", or *");
    let mut versions = Vec::new();
    let mut weak = false;
    for given in headers.get_all(header::IF_MATCH) {
        let given = given.to_str().map_err(|_| malformed())?.trim();
        if given == "*" {
            return Ok(None);
        }
        for tag in given.split(',').map(str::trim).filter(|tag| !tag.is_empty()) {
            let strong = tag.strip_prefix("W/").unwrap_or(tag);
            let quoted = strong.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
            let quoted = quoted.ok_or_else(malformed)?;
            if strong.len() < tag.len() {
                weak = true;
            } else {
                let version = quoted.split_once('-').map_or(quoted, |(version, _)| version);
                versions.push(version.parse::<i64>().map_err(|_| malformed())?);
            }
        }
    }
    match versions.into_iter().max() {
        Some(latest) => Ok(Some(latest)),
        None if weak => {
            let detail = "A weak ETag matches nothing (RFC 9110, 13.1.1): send it without the W/.";
            Err(Problem::new(Kind::VersionMismatch, detail))
        }
        None => Err(malformed()),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, HeaderValue};

    use super::*;

    fn headers(name: HeaderName, value: &'static str) -> HeaderMap {
        HeaderMap::from_iter([(name, HeaderValue::from_static(value))])
    }

    #[test]
    fn a_key_is_one_of_three_and_a_wrong_npi_is_told_the_right_digit() {
        assert!(matches!(parse_key("1234567893"), Ok(ProviderKey::Npi(_))));
        assert!(matches!(parse_key("prv-2026-000042"), Ok(ProviderKey::Locator(_))));
        assert!(matches!(
            parse_key("0198c5f0-0000-7000-8000-000000000000"),
            Ok(ProviderKey::Id(_))
        ));
        let refused = parse_key("1234567890").expect_err("refused");
        assert_eq!(refused.errors()[0].code, "check_digit");
        assert!(refused.detail().contains("should be 3"), "{}", refused.detail());
        assert_eq!(parse_key("jane").err().map(|p| p.errors()[0].code), Some("unknown_key"));
    }

    #[test]
    fn a_change_names_its_version() {
        assert_eq!(
            if_match(&HeaderMap::new()).expect_err("needed").kind(),
            Kind::VersionRequired
        );
        for tag in ["\"17\"", "\"17-0a1b2c3d4e5f6071\""] {
            assert_eq!(if_match(&headers(header::IF_MATCH, tag)), Ok(Some(17)));
        }
        assert_eq!(if_match(&headers(header::IF_MATCH, "*")), Ok(None));
        let weak = if_match(&headers(header::IF_MATCH, "W/\"17\""));
        assert_eq!(weak.expect_err("never the same").kind(), Kind::VersionMismatch);
        let several = ["\"16\", \"17-0a1b2c3d4e5f6071\"", "\"17\",\"3\"", "W/\"18\", \"17\""];
        for tags in several {
            assert_eq!(if_match(&headers(header::IF_MATCH, tags)), Ok(Some(17)), "{tags}");
        }
        let mut lines = headers(header::IF_MATCH, "\"17\"");
        lines.append(header::IF_MATCH, HeaderValue::from_static("\"16\""));
        assert_eq!(if_match(&lines), Ok(Some(17)), "lines of one header are one list");
        for odd in ["17", "\"1\", 2", "\"x\"", "\"-17\"", "", ",", "\"1\", *"] {
            assert_eq!(
                if_match(&headers(header::IF_MATCH, odd)).expect_err("odd").kind(),
                Kind::InvalidParameter
            );
        }
        assert!(asks_for(&headers(header::IF_NONE_MATCH, "\"1\", W/\"17\""), "\"17\""));
        assert!(!asks_for(&headers(header::IF_NONE_MATCH, "\"170\""), "\"17\""));
    }
}
