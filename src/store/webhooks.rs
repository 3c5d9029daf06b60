//! Addresses that events are posted to, and what became of each event for each of them.

use std::time::Duration;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::{
    FromRow,
    postgres::types::PgInterval,
    types::{Json, Uuid},
};

use super::{Error, Store, Tx, pruning, publish::Published};
use crate::domain::event::Event;
use crate::vocab::ProviderTokenId;

/// A webhook as its owner sees it; the secret is shown once, when it is made.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, Serialize, JsonSchema)]
pub struct Webhook {
    /// Its key.
    pub id: Uuid,
    /// Whose it is; none: the platform's.
    pub organization_id: Option<Uuid>,
    /// Where events are posted to.
    pub url: String,
    /// Only events of these types; none: all.
    pub types: Vec<String>,
    /// Whether it is used.
    pub is_active: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// By whom it was made.
    pub created_by: String,
}

/// Makes a webhook for the tenant of the transaction, or for the platform. `secret` is the key of its signatures.
///
/// # Errors
/// [`Error::Forbidden`] for others, [`Error::Refused`] for an address that is none.
pub async fn create(tx: &mut Tx, url: &str, types: &[String], secret: &str) -> Result<Webhook, Error> {
    Ok(sqlx::query_as(
        "INSERT INTO webhook (organization_id, url, types, secret) VALUES (app_organization_id(), $1, $2, $3)
        RETURNING id, organization_id, url, types, is_active, created_at, created_by",
    )
    .bind(url)
    .bind(types)
    .bind(secret)
    .fetch_one(tx.connection())
    .await?)
}

/// Makes a webhook for the system of an outside provider that the transaction acts for. It ends with the token that made it.
///
/// # Errors
/// [`Error::Forbidden`] for others.
pub async fn create_for_provider(
    tx: &mut Tx,
    token: ProviderTokenId,
    url: &str,
    types: &[String],
    secret: &str,
) -> Result<Webhook, Error> {
    Ok(sqlx::query_as(
        "INSERT INTO webhook (organization_id, provider_user_id, provider_token_id, url, types, secret)
        VALUES (app_portal_organization_id(), app_provider_user_id(), $1, $2, $3, $4)
        RETURNING id, organization_id, url, types, is_active, created_at, created_by",
    )
    .bind(token.0)
    .bind(url)
    .bind(types)
    .bind(secret)
    .fetch_one(tx.connection())
    .await?)
}

/// Whether there may be another one beside those that the actor sees. Others of `whose` wait until this transaction is over.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn has_room(tx: &mut Tx, whose: &str, most: i64) -> Result<bool, Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended('webhooks of ' || $1, 0))")
        .bind(whose)
        .execute(tx.connection())
        .await?;
    Ok(sqlx::query_scalar("SELECT count(*) < $1 FROM webhook")
        .bind(most)
        .fetch_one(tx.connection())
        .await?)
}

/// The webhooks that the actor may see, oldest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx) -> Result<Vec<Webhook>, Error> {
    Ok(sqlx::query_as(
        "SELECT id, organization_id, url, types, is_active, created_at, created_by FROM webhook ORDER BY id LIMIT 1000",
    )
    .fetch_all(tx.connection())
    .await?)
}

/// Takes a webhook away, with what was not delivered yet.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn delete(tx: &mut Tx, id: Uuid) -> Result<(), Error> {
    let done = sqlx::query("DELETE FROM webhook WHERE id = $1")
        .bind(id)
        .execute(tx.connection())
        .await?;
    if done.rows_affected() == 1 {
        Ok(())
    } else {
        Err(Error::NotFound)
    }
}

/// One event for one webhook.
#[derive(Clone, Debug, PartialEq, Eq, FromRow, Serialize, JsonSchema)]
pub struct Delivery {
    /// Its key.
    pub id: i64,
    /// The id of the event.
    pub event_id: Uuid,
    /// PENDING, DELIVERED or DEAD.
    pub status: String,
    /// How often it was tried.
    pub attempts: i32,
    /// When it is tried next.
    pub due_at: DateTime<Utc>,
    /// What came back last: a status or why there was none.
    pub last_answer: Option<String>,
    /// When it was delivered or given up.
    pub done_at: Option<DateTime<Utc>>,
}

/// The latest deliveries of a webhook, of one status if wanted.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn deliveries(tx: &mut Tx, id: Uuid, status: Option<&str>, limit: i64) -> Result<Vec<Delivery>, Error> {
    Ok(sqlx::query_as(
        "SELECT id, event_id, status, attempts, due_at, last_answer, done_at
        FROM webhook_delivery
        WHERE webhook_id = $1 AND ($2::text IS NULL OR status = $2)
        ORDER BY id DESC
        LIMIT $3",
    )
    .bind(id)
    .bind(status)
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Makes deliveries of a webhook pending once more: those that were given up, or all of the last so many days. How many. One that was
/// switched off is on again.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn replay(tx: &mut Tx, id: Uuid, since: Option<DateTime<Utc>>) -> Result<u64, Error> {
    let awake = sqlx::query("UPDATE webhook SET is_active = true WHERE id = $1")
        .bind(id)
        .execute(tx.connection())
        .await?;
    if awake.rows_affected() == 0 {
        return Err(Error::NotFound);
    }
    let done = sqlx::query(
        "UPDATE webhook_delivery SET status = 'PENDING', attempts = 0, due_at = now(), done_at = NULL
        WHERE webhook_id = $1 AND (status = 'DEAD' OR status = 'DELIVERED' AND created_at >= $2)",
    )
    .bind(id)
    .bind(since)
    .execute(tx.connection())
    .await?;
    Ok(done.rows_affected())
}

/// Hands events to all webhooks that want them, once each however often it is called.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn enqueue(store: &Store, events: &[Published]) -> Result<u64, Error> {
    let column = |f: fn(&Published) -> String| events.iter().map(f).collect::<Vec<_>>();
    let done = sqlx::query(
        "INSERT INTO webhook_delivery (webhook_id, organization_id, event_id, partition_key, event)
        SELECT w.id, w.organization_id, e.id, e.key, e.event
        FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[], $6::jsonb[])
            WITH ORDINALITY AS e (id, type, xid, key, owner, event, n)
        JOIN webhook w ON w.is_active AND e.xid::xid8 > w.since
            AND w.provider_user_id IS NULL
            AND (w.types = '{}' OR e.type = ANY (w.types))
            AND (e.owner IS NULL OR e.owner = w.organization_id)
        ORDER BY e.n
        ON CONFLICT (webhook_id, event_id) DO NOTHING",
    )
    .bind(events.iter().map(|e| e.event.id).collect::<Vec<_>>())
    .bind(column(|e| e.event.kind.clone()))
    .bind(column(|e| e.position.xid.to_string()))
    .bind(column(|e| e.event.partitionkey.clone()))
    .bind(events.iter().map(|e| e.owner.map(|id| id.0)).collect::<Vec<_>>())
    .bind(events.iter().map(|e| Json(&e.event)).collect::<Vec<_>>())
    .execute(store.feed())
    .await?;
    Ok(done.rows_affected())
}

/// A delivery that is to be tried now.
#[derive(Clone, Debug, PartialEq, FromRow)]
pub struct Due {
    /// Its key.
    pub id: i64,
    /// For which webhook.
    pub webhook_id: Uuid,
    /// Where to.
    pub url: String,
    /// The key of the signature.
    pub secret: String,
    /// What.
    pub event: Json<Event>,
    /// Which try this is, from one.
    pub attempts: i32,
    /// Whether a tenant or somebody outside has named the address, not the platform.
    pub from_outside: bool,
}

/// How deliveries are claimed: at most `$1` for each webhook, none for those in `$2`, for the interval `$3`. It reads as much
/// as it claims, however much waits.
pub const CLAIM: &str = "WITH next AS (
        SELECT l.head
        FROM webhook w
        CROSS JOIN LATERAL (
            SELECT l.head
            FROM webhook_lane l
            WHERE l.webhook_id = w.id AND l.due_at <= now()
            ORDER BY l.due_at, l.head
            LIMIT $1
            FOR UPDATE SKIP LOCKED
        ) l
        WHERE w.is_active AND w.id <> ALL ($2) AND webhook_stands(w.provider_token_id)
    ), due AS (
        SELECT d.id
        FROM next n
        CROSS JOIN LATERAL (
            SELECT d.id
            FROM webhook_delivery d
            WHERE d.id = n.head AND d.status = 'PENDING' AND d.due_at <= now()
            FOR UPDATE SKIP LOCKED
        ) d
    )
    UPDATE webhook_delivery d
    SET attempts = d.attempts + 1, due_at = now() + $3
    FROM webhook w
    WHERE d.id = ANY (ARRAY(SELECT due.id FROM due)) AND w.id = d.webhook_id
    RETURNING d.id, d.webhook_id, w.url, w.secret, d.event, d.attempts,
        (w.organization_id IS NOT NULL OR w.provider_token_id IS NOT NULL) AS from_outside";

/// Claims deliveries that are due, the first of each partition key: up to `limit` for each webhook, none for those that are
/// `busy`. Who does not tell what became of one within `lease` loses the claim to the next who asks.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn claim(store: &Store, limit: i64, busy: &[Uuid], lease: Duration) -> Result<Vec<Due>, Error> {
    Ok(sqlx::query_as(CLAIM)
        .bind(limit)
        .bind(busy)
        .bind(interval(lease))
        .fetch_all(store.feed())
        .await?)
}

/// Deletes what was delivered or given up before `older_than`, in batches; how many.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn prune(store: &Store, older_than: DateTime<Utc>) -> Result<u64, Error> {
    let statement = "DELETE FROM webhook_delivery WHERE id = ANY (ARRAY(
            SELECT d.id FROM webhook_delivery d WHERE d.status <> 'PENDING' AND d.done_at < $1 LIMIT $2))
        AND status <> 'PENDING'";
    pruning::in_batches(store, statement, older_than).await
}

/// What became of a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The receiver has it.
    Delivered,
    /// To be tried again after this long.
    Again(Duration),
    /// Given up.
    Dead,
    /// The receiver wants no more: given up, and the webhook switched off.
    Gone,
}

/// Tells what became of the try `attempts` of a claimed delivery. Who has lost the claim says nothing any more: what the next
/// one said stands.
///
/// # Errors
/// [`Error::Unavailable`]; it is then tried again after its lease.
pub async fn settle(store: &Store, id: i64, attempts: i32, outcome: Outcome, answer: &str) -> Result<(), Error> {
    let (status, wait) = match outcome {
        Outcome::Delivered => ("DELIVERED", Duration::ZERO),
        Outcome::Again(wait) => ("PENDING", wait),
        Outcome::Dead | Outcome::Gone => ("DEAD", Duration::ZERO),
    };
    sqlx::query(
        "WITH settled AS (
            UPDATE webhook_delivery
            SET status = $2, due_at = now() + $3, last_answer = $4, done_at = CASE $2 WHEN 'PENDING' THEN NULL ELSE now() END
            WHERE id = $1 AND attempts = $5 AND status = 'PENDING'
            RETURNING webhook_id
        )
        UPDATE webhook SET is_active = false WHERE $6 AND id IN (SELECT webhook_id FROM settled)",
    )
    .bind(id)
    .bind(status)
    .bind(interval(wait))
    .bind(answer)
    .bind(attempts)
    .bind(outcome == Outcome::Gone)
    .execute(store.feed())
    .await?;
    Ok(())
}

fn interval(duration: Duration) -> PgInterval {
    PgInterval {
        months: 0,
        days: 0,
        microseconds: i64::try_from(duration.as_micros()).unwrap_or(i64::MAX),
    }
}
