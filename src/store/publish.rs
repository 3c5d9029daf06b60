//! The outbox as publishers read it: every version of every provider, and events of other kinds, in order, each behind a
//! cursor of its own that only one process at a time may move.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Postgres, pool::PoolConnection, types::Json, types::Uuid};

use super::{Error, Store, outbox};
use crate::domain::event::{Changed, Event, FieldChange, Head, sequence};
use crate::vocab::{OrganizationId, Position, ProviderId};

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
    /// Providers whose credentialing was opened or closed; nobody outside is told.
    pub decided: Vec<ProviderId>,
    /// Everything up to here has been read.
    pub position: Position,
    /// Whether there may be more at once.
    pub more: bool,
}

/// A row of the outbox that is told, at its own place or before a later version of its provider that stands before it.
#[derive(FromRow)]
struct Row {
    final_below: String,
    /// The place at which it is told; none: there is nothing.
    xid: Option<String>,
    id: Option<i64>,
    provider_id: Option<Uuid>,
    version: Option<i64>,
    head: Option<Json<Head>>,
    event: Option<Json<Owned>>,
    /// None: what stands here was told before.
    created_at: Option<DateTime<Utc>>,
    fields: Option<Json<BTreeMap<String, FieldChange>>>,
}

/// An event as an EVENT row has it.
#[derive(serde::Deserialize)]
struct Owned {
    owner: Option<OrganizationId>,
    event: Event,
}

/// Reads up to `limit` rows behind `after`.
///
/// # Errors
/// [`Error::Behind`] where rows behind `after` have been pruned; [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn read(store: &Store, after: Position, limit: i64) -> Result<Batch, Error> {
    let mut connection = store.feed().acquire().await?;
    let batch = read_on(&mut connection, after, limit).await?;
    // Asked last: what is pruned in between was perhaps not read.
    let pruned: bool = sqlx::query_scalar("SELECT (h.xid, h.id) > ($1::text::xid8, $2) FROM outbox_horizon h")
        .bind(after.xid.to_string())
        .bind(after.id)
        .fetch_one(&mut *connection)
        .await?;
    if pruned { Err(Error::Behind) } else { Ok(batch) }
}

/// Transactions number themselves when they first write, and may come to the same provider the other way round. The earlier
/// version then stands behind the later one, perhaps where nothing is final yet; but it was committed before, so whoever
/// sees the later one sees it too. Each version is therefore told at the first place of any version that is not earlier.
async fn read_on(connection: &mut PgConnection, after: Position, limit: i64) -> Result<Batch, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS final_below, e.xid_text AS xid, e.id, e.provider_id,
            t.version, t.head, t.event, t.created_at, f.fields
        FROM (SELECT 1) one
        LEFT JOIN LATERAL (
            SELECT o.xid, o.xid::text AS xid_text, o.id, o.provider_id, o.version
            FROM outbox o
            WHERE (o.xid, o.id) > ($1::text::xid8, $2)
            AND o.xid < pg_snapshot_xmin(pg_current_snapshot())
            AND (o.version IS NOT NULL OR o.kind IN ('EVENT', 'DECIDED'))
            ORDER BY o.xid, o.id
            LIMIT $3
        ) e ON true
        LEFT JOIN LATERAL (
            SELECT o.xid, o.version, o.head, o.event, o.created_at
            FROM outbox o
            WHERE e.version IS NULL AND o.xid = e.xid AND o.id = e.id
            UNION ALL
            SELECT o.xid, o.version, o.head, o.event, o.created_at
            FROM outbox o
            WHERE o.provider_id = e.provider_id AND o.version <= e.version AND (o.xid, o.id) >= (e.xid, e.id)
            AND NOT EXISTS (
                SELECT 1 FROM outbox b
                WHERE b.provider_id = e.provider_id AND b.version > o.version AND (b.xid, b.id) < (e.xid, e.id))
        ) t ON true
        LEFT JOIN LATERAL (
            SELECT jsonb_object_agg(c.field, jsonb_build_object('before', c.before, 'after', c.after)) AS fields
            FROM provider_change c
            WHERE c.provider_id = e.provider_id AND c.xid = t.xid AND c.before IS DISTINCT FROM c.after
        ) f ON true
        ORDER BY e.xid, e.id, t.version",
    )
    .bind(after.xid.to_string())
    .bind(after.id)
    .bind(limit)
    .fetch_all(connection)
    .await?;
    let mut end = after;
    let mut events = Vec::with_capacity(rows.len());
    let (mut decided, mut places, mut last) = (Vec::new(), 0, after);
    for row in rows {
        end = end.max(outbox::below(&row.final_below)?);
        let Some(place) = place(&row)? else {
            continue;
        };
        if place != last {
            (places, last) = (places + 1, place);
        }
        match (row.provider_id, row.version) {
            (Some(provider), None) if row.created_at.is_some() => decided.push(provider.into()),
            _ => events.extend(published(row, place)?),
        }
    }
    tell_apart(&mut events, after);
    let more = places >= limit;
    let position = if more { last } else { end };
    Ok(Batch {
        events,
        decided,
        position,
        more,
    })
}

fn place(row: &Row) -> Result<Option<Position>, Error> {
    let (Some(xid), Some(id)) = (&row.xid, row.id) else {
        return Ok(None);
    };
    let xid = xid
        .parse()
        .map_err(|_| Error::Corrupt(format!("transaction number {xid}")))?;
    Ok(Some(Position { xid, id }))
}

fn published(row: Row, position: Position) -> Result<Option<Published>, Error> {
    let Some(at) = row.created_at else {
        return Ok(None);
    };
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

/// Versions that are told at one place: their sequence is the place's, and the version behind it; who has had one of them
/// reads on before the place, until the last.
fn tell_apart(events: &mut [Published], after: Position) {
    let mut before = after;
    for together in events.chunk_by_mut(|one, next| one.position == next.position) {
        let place = together[0].position;
        let last = together.len() - 1;
        for (n, published) in together.iter_mut().enumerate() {
            if last > 0 {
                let version = published.event.data["version"].as_i64().unwrap_or_default();
                published.event.sequence += &format!("-{version:019}");
            }
            published.resume = if n == last { place } else { before };
        }
        before = place;
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
            provider_id: ProviderId(Uuid::from_u128(7)),
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
    fn who_reads_on_between_versions_of_one_place_misses_none() {
        let mut events = vec![published(10, 5), published(10, 6), published(12, 7)];
        tell_apart(&mut events, Position { xid: 9, id: 3 });
        assert!(events.is_sorted_by(|a, b| a.event.sequence < b.event.sequence));
        let resume = events.iter().map(|e| e.resume.xid).collect::<Vec<_>>();
        assert_eq!(
            resume,
            [9, 10, 12],
            "after the first, 6 is still to come, and it stands at 10"
        );
        assert_eq!(events[2].event.sequence, sequence(events[2].position));
    }
}
