//! What the network check reads of providers: status over days, participations, taxonomies; by NPI, as the database knows
//! it now or knew it at an earlier moment.

use std::collections::{HashMap, HashSet};

use chrono::{DateTime, Utc};
use sqlx::{FromRow, PgConnection, Postgres, Transaction, types::Uuid};

use super::{
    Error, Store, outbox,
    provider_rows::{ParticipationRow, term},
};
use crate::domain::network::{Change, Facts, Timeline};
use crate::domain::provider::Participation;
use crate::vocab::{NetworkId, Npi, Position, ProviderId};

/// A provider as the network check sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    /// Who.
    pub id: ProviderId,
    /// Its number; none: it has none, or has lost it.
    pub npi: Option<Npi>,
    /// The rest.
    pub facts: Facts,
}

/// A moment of the past, and what could be seen then.
#[derive(Clone, Copy, Debug)]
pub struct Moment<'a> {
    /// When.
    pub at: DateTime<Utc>,
    /// The snapshot that was read from; none: whatever was recorded by then counts.
    pub snapshot: Option<&'a str>,
}

impl From<DateTime<Utc>> for Moment<'static> {
    fn from(at: DateTime<Utc>) -> Self {
        Self { at, snapshot: None }
    }
}

/// What is known now, and what stands for "now".
#[derive(Clone, Debug)]
pub struct Present {
    /// What is known; none: nobody has the number.
    pub standing: Option<Standing>,
    /// The moment.
    pub at: DateTime<Utc>,
    /// The snapshot that it was read from.
    pub snapshot: String,
    /// Everything up to here is contained.
    pub position: Position,
}

/// A record, and the provider that it is: itself, or the one that it was merged into.
#[derive(FromRow)]
struct Known {
    id: Uuid,
    npi: Option<i64>,
    stands_for: Uuid,
}

/// The providers among `ids` that are there, in no order; with those who stand behind one of them, for their numbers are
/// answered by what holds for that one.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn load(store: &Store, ids: &[ProviderId]) -> Result<Vec<Standing>, Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.0).collect();
    let mut tx = repeatable_read(store).await?;
    let rows: Vec<Known> = sqlx::query_as(
        "WITH RECURSIVE asked (id) AS (
            SELECT unnest($1::uuid[])
            UNION SELECT p.id FROM asked a JOIN provider p ON p.merged_into = a.id
        )
        SELECT p.id, p.npi, CASE WHEN p.merged_into IS NULL THEN p.id ELSE provider_stands_for(p.id, NULL) END AS stands_for
        FROM asked a JOIN provider p ON p.id = a.id",
    )
    .bind(ids)
    .fetch_all(&mut *tx)
    .await?;
    let found = complete(&mut tx, rows, None).await?;
    tx.commit().await?;
    Ok(found)
}

/// What was known of an NPI at a moment; none: now. An NPI that nobody had then is none.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn as_known(store: &Store, npi: Npi, then: Option<Moment<'_>>) -> Result<Option<Standing>, Error> {
    let mut tx = repeatable_read(store).await?;
    // Who got the number by a merge did not have it before.
    let rows: Vec<Known> = sqlx::query_as(
        "SELECT p.id, $1::bigint AS npi, provider_stands_for(p.id, $2) AS stands_for
        FROM provider p
        WHERE p.id = coalesce(
            (SELECT m.gone_id FROM provider_merge m
                WHERE m.moved ->> 'npi' = $1::bigint::text AND m.undone_at IS NULL AND m.recorded_at > $2
                ORDER BY m.recorded_at LIMIT 1),
            (SELECT h.id FROM provider h WHERE h.npi = $1))
        AND ($2 IS NULL OR was_known(p.created_at, p.created_xid, $2, $3::text::pg_snapshot))",
    )
    .bind(npi.number().cast_signed())
    .bind(then.map(|then| then.at))
    .bind(then.and_then(|then| then.snapshot))
    .fetch_all(&mut *tx)
    .await?;
    let found = complete(&mut tx, rows, then).await?.pop();
    tx.commit().await?;
    Ok(found)
}

/// What was known of a provider at a moment.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn facts_as_known(store: &Store, id: ProviderId, at: DateTime<Utc>) -> Result<Facts, Error> {
    let mut tx = repeatable_read(store).await?;
    let itself = Known {
        id: id.0,
        npi: None,
        stands_for: id.0,
    };
    let found = complete(&mut tx, vec![itself], Some(at.into())).await?.pop();
    tx.commit().await?;
    Ok(found.map(|standing| standing.facts).unwrap_or_default())
}

/// When what is known of an NPI, or what a plan or network says, has changed after the first and up to the second moment, in the
/// order of time: between two of them it was one and the same.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn moments(
    store: &Store,
    npi: Npi,
    reference: Option<Uuid>,
    (after, until): (DateTime<Utc>, DateTime<Utc>),
) -> Result<Vec<DateTime<Utc>>, Error> {
    Ok(sqlx::query_scalar(
        "WITH who (id) AS (
            SELECT p.id FROM provider p WHERE p.npi = $1
            UNION SELECT provider_stands_for(p.id, NULL) FROM provider p WHERE p.npi = $1
        ), changed (at) AS (
            SELECT x.recorded_at FROM participation x JOIN who ON who.id = x.provider_id
            UNION SELECT unnest(ARRAY[x.recorded_at, x.superseded_at])
            FROM participation_history x JOIN who ON who.id = x.provider_id
            UNION SELECT x.recorded_at FROM provider_status_history x JOIN who ON who.id = x.provider_id
            UNION SELECT unnest(ARRAY[x.recorded_at, x.undone_recorded_at])
            FROM provider_merge x JOIN who ON who.id IN (x.kept_id, x.gone_id)
            UNION SELECT x.superseded_at FROM reference_history x WHERE x.id = $2
        )
        SELECT at FROM changed WHERE at > $3 AND at <= $4 ORDER BY at",
    )
    .bind(npi.number().cast_signed())
    .bind(reference)
    .bind(after)
    .bind(until)
    .fetch_all(store.feed())
    .await?)
}

/// The networks that anybody takes or took part in: of the others the directory has no data.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn networks_with_data(store: &Store) -> Result<Vec<NetworkId>, Error> {
    let networks: Vec<Uuid> = sqlx::query_scalar("SELECT DISTINCT network_id FROM network_with_data")
        .fetch_all(store.feed())
        .await?;
    Ok(networks.into_iter().map(NetworkId).collect())
}

/// What is known of an NPI now, with moment, snapshot and position: said as a [`Moment`] later, they lead to the same.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn now(store: &Store, npi: Npi) -> Result<Present, Error> {
    let mut tx = repeatable_read(store).await?;
    let (at, snapshot, xmin): (DateTime<Utc>, String, String) =
        sqlx::query_as("SELECT now(), pg_current_snapshot()::text, pg_snapshot_xmin(pg_current_snapshot())::text")
            .fetch_one(&mut *tx)
            .await?;
    let rows: Vec<Known> =
        sqlx::query_as("SELECT id, npi, provider_stands_for(id, NULL) AS stands_for FROM provider WHERE npi = $1")
            .bind(npi.number().cast_signed())
            .fetch_all(&mut *tx)
            .await?;
    let standing = complete(&mut tx, rows, None).await?.pop();
    tx.commit().await?;
    Ok(Present {
        standing,
        at,
        snapshot,
        position: outbox::below(&xmin)?,
    })
}

/// All providers with an NPI as they are at one moment, in the order of the number.
pub struct Export {
    tx: Transaction<'static, Postgres>,
    position: Position,
    after: i64,
}

impl Export {
    /// Takes the snapshot. It is held until the value is dropped.
    ///
    /// # Errors
    /// [`Error::Unavailable`].
    pub async fn begin(store: &Store) -> Result<Self, Error> {
        let mut tx = repeatable_read(store).await?;
        let xmin: String = sqlx::query_scalar("SELECT pg_snapshot_xmin(pg_current_snapshot())::text")
            .fetch_one(&mut *tx)
            .await?;
        let position = outbox::below(&xmin)?;
        Ok(Self { tx, position, after: 0 })
    }

    /// Everything up to here is contained.
    pub fn position(&self) -> Position {
        self.position
    }

    /// Up to `n` more; empty at the end.
    ///
    /// # Errors
    /// [`Error::Unavailable`], [`Error::Corrupt`].
    pub async fn next(&mut self, n: usize) -> Result<Vec<Standing>, Error> {
        let rows: Vec<Known> = sqlx::query_as(
            "SELECT id, npi, CASE WHEN merged_into IS NULL THEN id ELSE provider_stands_for(id, NULL) END AS stands_for
            FROM provider WHERE npi > $1 ORDER BY npi LIMIT $2",
        )
        .bind(self.after)
        .bind(i64::try_from(n).unwrap_or(i64::MAX))
        .fetch_all(&mut *self.tx)
        .await?;
        self.after = rows.last().and_then(|row| row.npi).unwrap_or(self.after);
        complete(&mut self.tx, rows, None).await
    }
}

/// Adds to ids and numbers what else was known at a moment, keeping their order.
async fn complete(
    connection: &mut PgConnection,
    rows: Vec<Known>,
    then: Option<Moment<'_>>,
) -> Result<Vec<Standing>, Error> {
    let mut ids: Vec<Uuid> = rows.iter().map(|row| row.stands_for).collect();
    ids.sort_unstable();
    ids.dedup();
    if ids.is_empty() {
        return Ok(Vec::new());
    }
    let changes = changes(connection, &ids, then).await?;
    let rejected = rejected(connection, &ids, then).await?;
    let participations = participations(connection, &ids, then).await?;
    let taxonomies = taxonomies(connection, &ids).await?;
    let standing = |row: Known| {
        let npi = row
            .npi
            .map(|n| Npi::from_number(n.cast_unsigned()).map_err(|_| Error::Corrupt(format!("the npi {n}"))));
        let of = row.stands_for;
        let facts = Facts {
            timeline: Timeline::of(changes.get(&of).cloned().unwrap_or_default()).rejected(rejected.contains(&of)),
            participations: participations.get(&of).cloned().unwrap_or_default(),
            taxonomies: taxonomies.get(&of).cloned().unwrap_or_default(),
        };
        Ok(Standing {
            id: row.id.into(),
            npi: npi.transpose()?,
            facts,
        })
    };
    rows.into_iter().map(standing).collect()
}

/// What a merged record was before the one that it was merged into became anything counts as that one's past.
async fn changes(
    connection: &mut PgConnection,
    ids: &[Uuid],
    then: Option<Moment<'_>>,
) -> Result<HashMap<Uuid, Vec<Change>>, Error> {
    let rows: Vec<(Uuid, DateTime<Utc>, String)> = sqlx::query_as(
        "WITH RECURSIVE member (stands_for, id) AS (
            SELECT u, u FROM unnest($1::uuid[]) u
            UNION SELECT m.stands_for, g.gone_id FROM member m JOIN provider_merge g ON g.kept_id = m.id
            WHERE CASE WHEN $2::timestamptz IS NULL THEN g.undone_at IS NULL
                ELSE g.recorded_at <= $2 AND (g.undone_recorded_at IS NULL OR g.undone_recorded_at > $2) END
        )
        SELECT m.stands_for, h.changed_at, h.to_status
        FROM member m JOIN provider_status_history h ON h.provider_id = m.id
        WHERE ($2::timestamptz IS NULL OR was_known(h.recorded_at, h.recorded_xid, $2, $3::text::pg_snapshot))
        AND (m.id = m.stands_for OR h.changed_at < coalesce(
            (SELECT min(o.changed_at) FROM provider_status_history o
                WHERE o.provider_id = m.stands_for AND ($2::timestamptz IS NULL
                    OR was_known(o.recorded_at, o.recorded_xid, $2, $3::text::pg_snapshot))), 'infinity'))
        ORDER BY m.stands_for, m.id = m.stands_for, h.id",
    )
    .bind(ids)
    .bind(then.map(|then| then.at))
    .bind(then.and_then(|then| then.snapshot))
    .fetch_all(connection)
    .await?;
    let mut changes: HashMap<Uuid, Vec<Change>> = HashMap::new();
    for (provider, at, status) in rows {
        let status = term(&status)?;
        changes.entry(provider).or_default().push(Change { at, status });
    }
    Ok(changes)
}

/// Those of whom no request was open any more after one had been rejected.
async fn rejected(
    connection: &mut PgConnection,
    ids: &[Uuid],
    then: Option<Moment<'_>>,
) -> Result<HashSet<Uuid>, Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT r.provider_id FROM credentialing_request r
        WHERE r.provider_id = ANY ($1) AND r.status = 'REJECTED'
        GROUP BY r.provider_id HAVING provider_is_rejected(r.provider_id, $2, $3::text::pg_snapshot)",
    )
    .bind(ids)
    .bind(then.map(|then| then.at))
    .bind(then.and_then(|then| then.snapshot))
    .fetch_all(connection)
    .await?;
    Ok(ids.into_iter().collect())
}

/// Two statements rather than one with both cases: that of the present reads no history.
async fn participations(
    connection: &mut PgConnection,
    ids: &[Uuid],
    then: Option<Moment<'_>>,
) -> Result<HashMap<Uuid, Vec<Participation>>, Error> {
    let present = sqlx::query_as(
        "SELECT provider_id, id, network_id, location_id, tier, status, effective, termination, accepting
        FROM participation
        WHERE provider_id = ANY ($1)
        ORDER BY provider_id, network_id, effective, id",
    );
    let past = sqlx::query_as(
        "SELECT provider_id, id, network_id, location_id, tier, status, effective, termination, accepting
        FROM participation
        WHERE provider_id = ANY ($1) AND was_known(recorded_at, recorded_xid, $2, $3::text::pg_snapshot)
        UNION ALL
        SELECT provider_id, id, network_id, location_id, tier, status, effective, termination, accepting
        FROM participation_history
        WHERE provider_id = ANY ($1) AND was_known(recorded_at, recorded_xid, $2, $3::text::pg_snapshot)
        AND was_known(superseded_at, superseded_xid, $2, $3::text::pg_snapshot) IS NOT TRUE
        ORDER BY provider_id, network_id, effective, id",
    );
    let rows: Vec<ParticipationRow> = match then {
        None => present.bind(ids).fetch_all(connection).await?,
        Some(Moment { at, snapshot }) => past.bind(ids).bind(at).bind(snapshot).fetch_all(connection).await?,
    };
    let mut participations: HashMap<Uuid, Vec<Participation>> = HashMap::new();
    for row in rows {
        participations.entry(row.provider_id).or_default().push(row.try_into()?);
    }
    Ok(participations)
}

async fn taxonomies(connection: &mut PgConnection, ids: &[Uuid]) -> Result<HashMap<Uuid, Vec<String>>, Error> {
    let rows: Vec<(Uuid, String)> = sqlx::query_as(
        "SELECT DISTINCT provider_id, code COLLATE \"C\" AS code
        FROM provider_specialty
        WHERE provider_id = ANY ($1)
        ORDER BY provider_id, code",
    )
    .bind(ids)
    .fetch_all(connection)
    .await?;
    let mut taxonomies: HashMap<Uuid, Vec<String>> = HashMap::new();
    for (provider, code) in rows {
        taxonomies.entry(provider).or_default().push(code);
    }
    Ok(taxonomies)
}

async fn repeatable_read(store: &Store) -> Result<Transaction<'static, Postgres>, Error> {
    Ok(store
        .feed()
        .begin_with("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
        .await?)
}
