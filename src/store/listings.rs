//! Whether listings are still true: who is due, who confirmed what, what is said to be wrong.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};
use sqlx::{FromRow, types::Uuid};

use super::{
    Error, Store, Tx, audit,
    connection::hex,
    providers::{self, ProviderChange, ProviderKey, sources},
};
use crate::domain::{access::Actor, provider::Provider, survivorship::Source};
use crate::vocab::{Fault, ProviderId};

/// A listing that was confirmed so long ago that somebody should look.
#[derive(Clone, Debug, PartialEq, Eq, FromRow)]
pub struct Listed {
    /// Whose.
    pub provider_id: Uuid,
    /// Its readable key.
    pub locator: String,
    /// `individual` or `organization`.
    pub kind: String,
    /// When it was last confirmed, or came in.
    pub confirmed_on: NaiveDate,
}

/// ACTIVE providers that were confirmed on or before a day: people before one, facilities before another; the longest ago
/// first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn due(tx: &mut Tx, people: NaiveDate, facilities: NaiveDate, limit: i64) -> Result<Vec<Listed>, Error> {
    Ok(sqlx::query_as(
        "SELECT p.id AS provider_id, p.locator, p.kind,
            coalesce(p.verified_at, (p.activated_at AT TIME ZONE 'UTC')::date) AS confirmed_on
        FROM provider p
        WHERE p.network_status = 'ACTIVE'
        AND coalesce(p.verified_at, (p.activated_at AT TIME ZONE 'UTC')::date) <= greatest($1, $2)
        AND coalesce(p.verified_at, (p.activated_at AT TIME ZONE 'UTC')::date)
            <= CASE p.kind WHEN 'individual' THEN $1 ELSE $2 END
        ORDER BY coalesce(p.verified_at, (p.activated_at AT TIME ZONE 'UTC')::date), p.id LIMIT $3",
    )
    .bind(people)
    .bind(facilities)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Takes public ACTIVE listings out of searches that were confirmed by a day (people by one, facilities by another), and brings
/// those back that are no longer so old, or no longer ACTIVE; at most so many each, and how many there were.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Forbidden`].
pub async fn suppress(
    tx: &mut Tx,
    people: NaiveDate,
    facilities: NaiveDate,
    today: NaiveDate,
    limit: i64,
) -> Result<u64, Error> {
    let out: Vec<Uuid> = sqlx::query_scalar(
        "WITH overdue AS (
            SELECT p.id FROM provider p
            WHERE p.network_status = 'ACTIVE' AND p.owner_organization_id IS NULL AND p.merged_into IS NULL
            AND p.suppressed_on IS NULL AND coalesce(p.verified_at, (p.activated_at AT TIME ZONE 'UTC')::date)
                <= CASE p.kind WHEN 'individual' THEN $1 ELSE $2 END
            ORDER BY p.id LIMIT $4 FOR UPDATE SKIP LOCKED)
        UPDATE provider p SET suppressed_on = $3 FROM overdue WHERE p.id = overdue.id RETURNING p.id",
    )
    .bind(people)
    .bind(facilities)
    .bind(today)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    let back: Vec<Uuid> = sqlx::query_scalar(
        "WITH good AS (
            SELECT p.id FROM provider p
            WHERE p.suppressed_on IS NOT NULL AND (p.network_status <> 'ACTIVE'
                OR coalesce(p.verified_at, (p.activated_at AT TIME ZONE 'UTC')::date)
                    > CASE p.kind WHEN 'individual' THEN $1 ELSE $2 END)
            ORDER BY p.id LIMIT $3 FOR UPDATE SKIP LOCKED)
        UPDATE provider p SET suppressed_on = NULL FROM good WHERE p.id = good.id RETURNING p.id",
    )
    .bind(people)
    .bind(facilities)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?;
    for (action, providers) in [("listing.suppress", &out), ("listing.restore", &back)] {
        if !providers.is_empty() {
            let detail = json!({ "day": today, "providers": providers });
            audit::record(tx, action, "provider", "", &detail).await?;
        }
    }
    Ok((out.len() + back.len()) as u64)
}

/// Since when a listing is in no search; none: it is, or is not known.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn suppressed_on(tx: &mut Tx, provider: ProviderId) -> Result<Option<NaiveDate>, Error> {
    let found: Option<Option<NaiveDate>> = sqlx::query_scalar("SELECT suppressed_on FROM provider WHERE id = $1")
        .bind(provider.0)
        .fetch_optional(tx.connection())
        .await?;
    Ok(found.flatten())
}

/// Somebody confirms a listing as it is now: its snapshot is kept, and its clock begins anew.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`].
pub async fn attest(tx: &mut Tx, provider: ProviderId, method: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let found = providers::find(tx, &ProviderKey::Id(provider))
        .await?
        .ok_or(Error::NotFound)?;
    let groups = sources::told(&found);
    sqlx::query("SELECT listing_attest($1, $2, $3, $4, $5, $6)")
        .bind(provider.0)
        .bind(now)
        .bind(method)
        .bind(json!(found))
        .bind(groups.iter().map(|group| (*group).to_owned()).collect::<Vec<_>>())
        .bind(json!(Source::new("attested", now.date_naive())))
        .execute(tx.connection())
        .await?;
    let detail = json!({ "method": method });
    audit::record(tx, "listing.attest", "provider", &provider.to_string(), &detail).await
}

/// One confirmation.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, FromRow)]
pub struct Attestation {
    /// When.
    pub attested_at: DateTime<Utc>,
    /// By whom.
    pub attested_by: String,
    /// How.
    pub method: String,
    /// The listing as it was confirmed.
    pub snapshot: Value,
}

/// All confirmations of a listing, the latest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn attestations(tx: &mut Tx, provider: ProviderId) -> Result<Vec<Attestation>, Error> {
    Ok(sqlx::query_as(
        "SELECT a.attested_at, a.attested_by, a.method, a.snapshot FROM listing_attestation a
        WHERE a.provider_id = $1 ORDER BY a.attested_at DESC, a.id DESC LIMIT 100",
    )
    .bind(provider.0)
    .fetch_all(tx.connection())
    .await?)
}

/// Makes a link for a listing out of 256 random bits; the words that its holder shows.
///
/// # Errors
/// [`Error::Forbidden`].
pub async fn make_link(
    tx: &mut Tx,
    provider: ProviderId,
    secret: [u8; 32],
    now: DateTime<Utc>,
    expires: DateTime<Utc>,
) -> Result<String, Error> {
    let token = hex(&secret);
    sqlx::query("INSERT INTO listing_link (provider_id, token_hash, created_at, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(provider.0)
        .bind(digest(&token))
        .bind(now)
        .bind(expires)
        .execute(tx.connection())
        .await?;
    let detail = json!({ "expires_at": expires });
    audit::record(tx, "listing.link", "provider", &provider.to_string(), &detail).await?;
    Ok(token)
}

/// Who holds a link, and the listing that it is for; none: it is unknown or has expired.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find_link(store: &Store, token: &str, now: DateTime<Utc>) -> Result<Option<(Actor, ProviderId)>, Error> {
    let found: Option<(Uuid, Uuid)> = sqlx::query_as("SELECT id, provider_id FROM listing_link_find($1, $2)")
        .bind(digest(token))
        .bind(now)
        .fetch_optional(store.app())
        .await?;
    Ok(found.map(|(link, provider)| (Actor::of_link(link, provider.into()), provider.into())))
}

/// What a provider says about itself, to be accepted by somebody.
///
/// # Errors
/// [`Error::Forbidden`]; [`Error::RefusedAll`] for what nobody may write.
pub async fn propose(
    tx: &mut Tx,
    provider: ProviderId,
    change: &ProviderChange,
    now: DateTime<Utc>,
    due: DateTime<Utc>,
) -> Result<Uuid, Error> {
    let before = providers::find(tx, &ProviderKey::Id(provider))
        .await?
        .ok_or(Error::NotFound)?;
    providers::check_change(change, &before, now.date_naive())?;
    let change = stated(change);
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO listing_change (provider_id, kind, received_at, due_at, change, seen)
        VALUES ($1, 'update', $2, $3, $4, $5) RETURNING id",
    )
    .bind(provider.0)
    .bind(now)
    .bind(due)
    .bind(&change)
    .bind(replaced(&change, &before))
    .fetch_one(tx.connection())
    .await?;
    let detail = json!({ "change": id });
    audit::record(tx, "listing.propose", "provider", &provider.to_string(), &detail).await?;
    Ok(id)
}

/// A change without what it does not say: those members are null where null does not mean to clear.
fn stated(change: &ProviderChange) -> Value {
    let mut value = json!(change);
    if let Value::Object(members) = &mut value {
        let unsaid = [
            "kind",
            "category",
            "other_names",
            "specialties",
            "languages",
            "locations",
            "identifiers",
            "affiliations",
        ];
        members.retain(|name, value| !(value.is_null() && unsaid.contains(&name.as_str())));
    }
    value
}

/// What a change replaces, as it is.
fn replaced(change: &Value, provider: &Provider) -> Value {
    let whole = json!(provider);
    let names = change.as_object().into_iter().flat_map(serde_json::Map::keys);
    let now = names.filter_map(|name| Some((name.clone(), whole.get(name)?.clone())));
    Value::Object(now.collect())
}

/// The public says that a listing is wrong; the key by which the reporter follows it.
///
/// # Errors
/// [`Error::NotFound`] where there is no such public listing.
pub async fn report(
    tx: &mut Tx,
    provider: ProviderId,
    text: &str,
    contact: Option<&str>,
    secret: [u8; 32],
    now: DateTime<Utc>,
    due: DateTime<Utc>,
) -> Result<String, Error> {
    let key = hex(&secret);
    let made: Option<Uuid> = sqlx::query_scalar("SELECT listing_report($1, $2, $3, $4, $5, $6)")
        .bind(provider.0)
        .bind(text)
        .bind(contact)
        .bind(digest(&key))
        .bind(now)
        .bind(due)
        .fetch_one(tx.connection())
        .await?;
    made.map(|_| key).ok_or(Error::NotFound)
}

/// What has become of a report.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, FromRow)]
pub struct Followed {
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// Until when it is to be seen to.
    pub due_at: DateTime<Utc>,
    /// `OPEN`, `APPLIED`, `DISMISSED`.
    pub status: String,
    /// When somebody decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// What came of it.
    pub outcome: Option<String>,
}

/// What has become of the report of this key, if there is one.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn follow(store: &Store, key: &str) -> Result<Option<Followed>, Error> {
    Ok(
        sqlx::query_as("SELECT received_at, due_at, status, decided_at, outcome FROM listing_follow($1)")
            .bind(digest(key))
            .fetch_optional(store.app())
            .await?,
    )
}

/// A report or an update that somebody has to see to.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, FromRow)]
pub struct Change {
    /// Its key.
    pub id: Uuid,
    /// About which provider.
    pub provider_id: Uuid,
    /// `report` or `update`.
    pub kind: String,
    /// When it came in.
    pub received_at: DateTime<Utc>,
    /// Until when it is to be seen to.
    pub due_at: DateTime<Utc>,
    /// In the reporter's words.
    pub text: Option<String>,
    /// How the reporter can be reached.
    pub contact: Option<String>,
    /// What the provider says about itself.
    pub change: Option<Value>,
    /// `OPEN`, `APPLIED`, `DISMISSED`.
    pub status: String,
    /// What came of it.
    pub outcome: Option<String>,
}

/// What is to be seen to, the most urgent first; or what was.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn changes(tx: &mut Tx, open: bool, limit: i64) -> Result<Vec<Change>, Error> {
    Ok(sqlx::query_as(
        "SELECT c.id, c.provider_id, c.kind, c.received_at, c.due_at, c.text, c.contact, c.change, c.status, c.outcome
        FROM listing_change c WHERE (c.status = 'OPEN') = $1 ORDER BY c.due_at, c.id LIMIT $2",
    )
    .bind(open)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Decides about a report or update; an accepted update changes the provider with the same commit.
///
/// # Errors
/// [`Error::NotFound`] where there is none that is open, [`Error::Refused`] where what it replaces has changed since, and those
/// of [`providers::update`].
pub async fn decide(
    tx: &mut Tx,
    id: Uuid,
    apply: bool,
    outcome: &str,
    now: DateTime<Utc>,
) -> Result<ProviderId, Error> {
    let status = if apply { "APPLIED" } else { "DISMISSED" };
    let found: Option<(Uuid, Option<Value>, Option<Value>)> = sqlx::query_as(
        "UPDATE listing_change SET status = $2, outcome = $3, decided_at = $4, decided_by = app_actor()
        WHERE id = $1 AND status = 'OPEN' RETURNING provider_id, change, seen",
    )
    .bind(id)
    .bind(status)
    .bind(outcome)
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    let (provider, change, seen) = found.ok_or(Error::NotFound)?;
    let provider = ProviderId(provider);
    if let Some(change) = change.filter(|_| apply) {
        let before = providers::find(tx, &ProviderKey::Id(provider))
            .await?
            .ok_or(Error::NotFound)?;
        if seen.is_some_and(|seen| seen != replaced(&change, &before)) {
            let message =
                "what it replaces was changed since: dismiss it, and make the change yourself where it still holds";
            return Err(Error::Refused(Fault::new("change", "outdated", message)));
        }
        let change: ProviderChange = serde_json::from_value(change).map_err(|why| {
            Error::Refused(Fault::new(
                "change",
                "invalid",
                format!("the change can't be applied: {why}"),
            ))
        })?;
        providers::update_as(tx, provider, before.version, &change, "attested", now).await?;
    }
    let detail = json!({ "change": id, "status": status, "reason": outcome });
    audit::record(tx, "listing.decide", "provider", &provider.to_string(), &detail).await?;
    Ok(provider)
}

/// The secrets are 256 random bits, so a plain digest is as good as a slow one.
fn digest(token: &str) -> Vec<u8> {
    Sha256::digest(token.as_bytes()).to_vec()
}
