//! The outbox as publishers read it: every version of every provider, and events of other kinds, in order, each behind a
//! cursor of its own that only one process at a time may move.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Postgres, pool::PoolConnection, types::Json, types::Uuid};

use super::{Error, Store, outbox};
use crate::domain::event::{Changed, Event, FieldChange, Head, sequence};
use crate::vocab::{OrganizationId, Position};

/// An event, and who may have it.
#[derive(Clone, Debug, PartialEq)]
pub struct Published {
    /// What is told.
    pub event: Event,
    /// Where it stands.
    pub position: Position,
    /// Who has got all events up to this one reads on from here.
    pub resume: Position,
    /// Only for this tenant; none: for everybody.
    pub owner: Option<OrganizationId>,
}

/// Some events, and where to read on.
#[derive(Clone, Debug, PartialEq)]
pub struct Batch {
    /// In order for each partition key.
    pub events: Vec<Published>,
    /// Everything up to here has been read.
    pub position: Position,
    /// Whether there may be more at once.
    pub more: bool,
}

#[derive(FromRow)]
struct Row {
    final_below: String,
    xid: Option<String>,
    id: Option<i64>,
    provider_id: Option<Uuid>,
    version: Option<i64>,
    head: Option<Json<Head>>,
    event: Option<Json<Owned>>,
    created_at: Option<DateTime<Utc>>,
    fields: Option<Json<BTreeMap<String, FieldChange>>>,
}

/// An event as an EVENT row has it.
#[derive(serde::Deserialize)]
struct Owned {
    owner: Option<OrganizationId>,
    event: Event,
}

/// Reads up to `limit` rows behind `after`. Rows that have been pruned are gone: who asks for them gets the rest.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn read(store: &Store, after: Position, limit: i64) -> Result<Batch, Error> {
    let mut connection = store.feed().acquire().await?;
    read_on(&mut connection, after, limit).await
}

async fn read_on(connection: &mut PgConnection, after: Position, limit: i64) -> Result<Batch, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS final_below, e.xid_text AS xid, e.id, e.provider_id,
            e.version, e.head, e.event, e.created_at, f.fields
        FROM (SELECT 1) one
        LEFT JOIN LATERAL (
            SELECT o.xid, o.xid::text AS xid_text, o.id, o.provider_id, o.version, o.head, o.event, o.created_at
            FROM outbox o
            WHERE (o.xid, o.id) > ($1::text::xid8, $2)
            AND o.xid < pg_snapshot_xmin(pg_current_snapshot())
            AND (o.version IS NOT NULL OR o.kind = 'EVENT')
            ORDER BY o.xid, o.id
            LIMIT $3
        ) e ON true
        LEFT JOIN LATERAL (
            SELECT jsonb_object_agg(c.field, jsonb_build_object('before', c.before, 'after', c.after)) AS fields
            FROM provider_change c
            WHERE c.provider_id = e.provider_id AND c.xid = e.xid AND c.before IS DISTINCT FROM c.after
        ) f ON true
        ORDER BY e.xid, e.id",
    )
    .bind(after.xid.to_string())
    .bind(after.id)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    let mut end = after;
    let mut events = Vec::with_capacity(rows.len());
    for row in rows {
        end = end.max(outbox::below(&row.final_below)?);
        events.extend(published(row)?);
    }
    let more = i64::try_from(events.len()).is_ok_and(|read| read >= limit);
    let position = events.last().filter(|_| more).map_or(end, |last| last.position);
    in_order_of_versions(&mut events, after);
    Ok(Batch { events, position, more })
}

fn published(row: Row) -> Result<Option<Published>, Error> {
    let (Some(xid), Some(id), Some(at)) = (row.xid, row.id, row.created_at) else {
        return Ok(None);
    };
    let xid = xid
        .parse()
        .map_err(|_| Error::Corrupt(format!("transaction number {xid}")))?;
    let position = Position { xid, id };
    if let Some(Json(mut owned)) = row.event {
        owned.event.sequence = sequence(position);
        return Ok(Some(Published {
            event: owned.event,
            position,
            resume: position,
            owner: owned.owner,
        }));
    }
    let (Some(provider), Some(version), Some(Json(head))) = (row.provider_id, row.version, row.head) else {
        return Err(Error::Corrupt(format!("outbox row {position}")));
    };
    let owner = head.owner;
    let changed = Changed {
        provider_id: provider.into(),
        version,
        head,
        fields: row.fields.map(|Json(fields)| fields).unwrap_or_default(),
        position,
        at,
    };
    Ok(Some(Published {
        event: changed.event(),
        position,
        resume: position,
        owner,
    }))
}

/// Transactions number themselves when they first write, and may come to the same provider the other way round: the places
/// that a provider has in the batch are kept, its versions put in order into them.
fn in_order_of_versions(events: &mut [Published], after: Position) {
    let mut places: BTreeMap<String, Vec<usize>> = BTreeMap::new();
    for (n, published) in events.iter().enumerate() {
        if published.event.data["version"].is_i64() {
            places.entry(published.event.partitionkey.clone()).or_default().push(n);
        }
    }
    for places in places.into_values().filter(|places| places.len() > 1) {
        let mut same: Vec<_> = places.iter().map(|n| events[*n].clone()).collect();
        same.sort_by_key(|published| published.event.data["version"].as_i64());
        for (n, mut published) in places.into_iter().zip(same) {
            published.event.sequence.clone_from(&events[n].event.sequence);
            events[n] = published;
        }
    }
    // Where some came early, who reads on must begin before those that they overtook.
    let mut first_of_rest = vec![None; events.len() + 1];
    for (n, published) in events.iter().enumerate().rev() {
        let rest = first_of_rest[n + 1].unwrap_or(published.position);
        first_of_rest[n] = Some(published.position.min(rest));
    }
    let (mut read, mut resume) = (after, after);
    for (published, rest) in events.iter_mut().zip(&first_of_rest[1..]) {
        read = read.max(published.position);
        if rest.is_none_or(|rest| rest > read) {
            resume = read;
        }
        published.resume = resume;
    }
}

/// Writes an event of another kind than a change of a provider; it is published in its turn.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn write(
    connection: &mut PgConnection,
    event: &Event,
    owner: Option<OrganizationId>,
) -> Result<(), Error> {
    sqlx::query("SELECT outbox_event(jsonb_build_object('owner', $1::uuid, 'event', $2::jsonb))")
        .bind(owner.map(|id| id.0))
        .bind(Json(event))
        .execute(connection)
        .await?;
    Ok(())
}

/// The turn of one publisher: as long as it is held, no other process publishes under this name.
pub struct Turn {
    connection: Option<PoolConnection<Postgres>>,
    name: String,
    position: Position,
}

impl Turn {
    /// Takes the turn; none: another process has it.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn take(store: &Store, name: &str) -> Result<Option<Self>, Error> {
        let mut connection = store.feed().acquire().await?;
        let taken: bool = sqlx::query_scalar("SELECT pg_try_advisory_lock(hashtextextended('publisher ' || $1, 0))")
            .bind(name)
            .fetch_one(&mut *connection)
            .await?;
        if !taken {
            return Ok(None);
        }
        sqlx::query("INSERT INTO publisher (name) VALUES ($1) ON CONFLICT DO NOTHING")
            .bind(name)
            .execute(&mut *connection)
            .await?;
        let (xid, id): (String, i64) = sqlx::query_as("SELECT xid::text, id FROM publisher WHERE name = $1")
            .bind(name)
            .fetch_one(&mut *connection)
            .await?;
        let xid = xid
            .parse()
            .map_err(|_| Error::Corrupt(format!("transaction number {xid}")))?;
        Ok(Some(Self {
            connection: Some(connection),
            name: name.to_owned(),
            position: Position { xid, id },
        }))
    }

    /// How far this publisher has come.
    pub fn position(&self) -> Position {
        self.position
    }

    /// What is to be published next.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn read(&mut self, limit: i64) -> Result<Batch, Error> {
        let after = self.position;
        read_on(self.connection(), after, limit).await
    }

    /// Notes that everything up to `position` has been published.
    ///
    /// # Errors
    /// [`Error::Unavailable`]; it is then published once more.
    pub async fn advance(&mut self, position: Position) -> Result<(), Error> {
        let name = self.name.clone();
        sqlx::query("UPDATE publisher SET xid = $2::text::xid8, id = $3, moved_at = now() WHERE name = $1")
            .bind(name)
            .bind(position.xid.to_string())
            .bind(position.id)
            .execute(self.connection())
            .await?;
        self.position = position;
        Ok(())
    }

    fn connection(&mut self) -> &mut PgConnection {
        self.connection.as_mut().expect("held until the turn is given up")
    }
}

impl Drop for Turn {
    /// The lock belongs to the session: a connection that went back to the pool would keep it.
    fn drop(&mut self) {
        if let Some(connection) = self.connection.take() {
            drop(connection.detach());
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn published(xid: u64, version: i64) -> Published {
        let position = Position { xid, id: 1 };
        let head = json!({"npi": null, "locator": "PRV-2026-000042", "owner": null, "network_status": "PENDING", "activated_at": null});
        let changed = Changed {
            provider_id: crate::vocab::ProviderId(Uuid::from_u128(7)),
            version,
            head: serde_json::from_value(head).expect("a head"),
            fields: BTreeMap::new(),
            position,
            at: DateTime::UNIX_EPOCH,
        };
        Published {
            event: changed.event(),
            position,
            resume: position,
            owner: None,
        }
    }

    #[test]
    fn versions_come_in_order_and_who_reads_on_misses_none() {
        let mut events = vec![published(10, 6), published(11, 5), published(12, 7)];
        in_order_of_versions(&mut events, Position { xid: 9, id: 3 });
        let versions = events.iter().map(|e| e.event.data["version"].as_i64());
        assert_eq!(versions.collect::<Vec<_>>(), [Some(5), Some(6), Some(7)]);
        assert!(events.is_sorted_by_key(|e| e.event.sequence.clone()));
        let resume = events.iter().map(|e| e.resume.xid).collect::<Vec<_>>();
        assert_eq!(
            resume,
            [9, 11, 12],
            "after the first, 6 is still to come, and it stands at 10"
        );
    }
}
