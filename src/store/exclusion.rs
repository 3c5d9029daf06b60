//! Lists of exclusions as they were loaded, and which providers are on them.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};
use sqlx::{FromRow, types::Uuid};

use super::{Error, Tx, audit, connection::hex};
use crate::domain::exclusion::{Exclusion, hit};
use crate::vocab::{Fault, Npi, ProviderId};

/// A list that readers see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, FromRow)]
pub struct List {
    /// Whose: `OIG LEIE`.
    pub source: String,
    /// The day whose state the file has.
    pub as_of: NaiveDate,
    /// When it was loaded.
    pub loaded_at: DateTime<Utc>,
    /// Lines that were taken.
    pub lines: i64,
    /// Lines that were damaged.
    pub skipped: i64,
}

/// The key of a list.
pub type ListId = Uuid;

/// Begins to load a list. Nobody sees it before [`publish`].
///
/// # Errors
/// [`Error::Forbidden`] for others than the platform.
pub async fn begin(tx: &mut Tx, source: &str, as_of: NaiveDate, now: DateTime<Utc>) -> Result<Uuid, Error> {
    Ok(
        sqlx::query_scalar("INSERT INTO exclusion_list (source, as_of, loaded_at) VALUES ($1, $2, $3) RETURNING id")
            .bind(source)
            .bind(as_of)
            .bind(now)
            .fetch_one(tx.connection())
            .await?,
    )
}

/// Adds lines, each with its number in the file.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn add(tx: &mut Tx, list: Uuid, lines: &[(i64, Exclusion)]) -> Result<(), Error> {
    let rows = lines.iter().map(|(number, line)| {
        json!({
            "line": number, "npi": line.npi.map(Npi::number), "last_name": line.last_name, "first_name": line.first_name,
            "business_name": line.business_name, "state": line.state, "born_on": line.born_on, "kind": line.kind,
            "excluded_on": line.excluded_on, "reinstated_on": line.reinstated_on, "waived_on": line.waived_on,
            "waiver_state": line.waiver_state, "detail": {
                "middle_name": line.middle_name, "general": line.general, "specialty": line.specialty,
                "address": line.address, "city": line.city, "postal_code": line.postal_code,
            },
        })
    });
    sqlx::query(
        "INSERT INTO exclusion (list_id, line, npi, last_name, first_name, business_name, state, born_on, kind,
            excluded_on, reinstated_on, waived_on, waiver_state, detail)
        SELECT $1, r.line, r.npi, r.last_name, r.first_name, r.business_name, r.state, r.born_on, r.kind, r.excluded_on,
            r.reinstated_on, r.waived_on, r.waiver_state, r.detail
        FROM jsonb_to_recordset($2) AS r (line bigint, npi bigint, last_name text, first_name text, business_name text,
            state text, born_on date, kind text, excluded_on date, reinstated_on date, waived_on date, waiver_state text,
            detail jsonb)",
    )
    .bind(list)
    .bind(Value::Array(rows.collect()))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Takes lines over from the list that counts, of the same source, behind a line; the last of them, none at the end.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn take_over(tx: &mut Tx, list: ListId, after: i64, most: i64) -> Result<Option<i64>, Error> {
    Ok(sqlx::query_scalar(
        "WITH taken AS (
            INSERT INTO exclusion (list_id, line, npi, last_name, first_name, business_name, state, born_on, kind,
                excluded_on, reinstated_on, waived_on, waiver_state, detail)
            SELECT $1, x.line, x.npi, x.last_name, x.first_name, x.business_name, x.state, x.born_on, x.kind,
                x.excluded_on, x.reinstated_on, x.waived_on, x.waiver_state, x.detail
            FROM exclusion x JOIN exclusion_list l ON l.id = x.list_id AND l.is_current
            WHERE l.source = (SELECT n.source FROM exclusion_list n WHERE n.id = $1) AND x.line > $2
            ORDER BY x.line LIMIT $3
            RETURNING line
        )
        SELECT max(t.line) FROM taken t",
    )
    .bind(list)
    .bind(after)
    .bind(most)
    .fetch_one(tx.connection())
    .await?)
}

/// Lifts lines of a list: those of the same number, or where a line has none of the same name, excluded on the same day.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn lift(tx: &mut Tx, list: ListId, lines: &[(i64, Exclusion)], as_of: NaiveDate) -> Result<(), Error> {
    let rows = lines.iter().map(|(_, line)| {
        json!({
            "npi": line.npi.map(Npi::number), "last_name": line.last_name, "first_name": line.first_name,
            "business_name": line.business_name, "excluded_on": line.excluded_on,
            "reinstated_on": line.reinstated_on.unwrap_or(as_of),
        })
    });
    sqlx::query(
        "UPDATE exclusion x SET reinstated_on = r.reinstated_on
        FROM jsonb_to_recordset($2) AS r (npi bigint, last_name text, first_name text, business_name text, excluded_on date,
            reinstated_on date)
        WHERE x.list_id = $1 AND x.excluded_on = r.excluded_on AND x.npi IS NOT DISTINCT FROM r.npi
        AND (r.npi IS NOT NULL OR exclusion_key(x.last_name) = exclusion_key(r.last_name)
            AND exclusion_key(x.first_name) = exclusion_key(r.first_name)
            AND exclusion_key(x.business_name) = exclusion_key(r.business_name))",
    )
    .bind(list)
    .bind(Value::Array(rows.collect()))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// Closes findings whose line the list no longer has, or has lifted: what stood in the way no longer does, unless a later
/// list has it again. Nobody is let in by it; how many were closed.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn close_lifted(tx: &mut Tx, list: ListId, as_of: NaiveDate, now: DateTime<Utc>) -> Result<u64, Error> {
    let closed: Vec<(Uuid, Uuid, String)> = sqlx::query_as(
        "UPDATE exclusion_finding f
        SET status = 'DISMISSED', decided_at = $3, decided_by = 'list:' || l.source,
            note = 'no longer on the list of ' || $2::text
        FROM exclusion_list l
        WHERE l.id = $1 AND f.source = l.source AND f.status <> 'DISMISSED' AND NOT EXISTS (
            SELECT 1 FROM exclusion x
            WHERE x.list_id = l.id AND x.reinstated_on IS NULL
            AND x.excluded_on = (f.evidence ->> 'excluded_on')::date
            AND x.npi IS NOT DISTINCT FROM (f.evidence ->> 'npi')::bigint
            AND x.last_name = f.evidence ->> 'last_name' AND x.first_name = f.evidence ->> 'first_name'
            AND x.business_name = f.evidence ->> 'business_name')
        RETURNING f.id, f.provider_id, f.source",
    )
    .bind(list)
    .bind(as_of)
    .bind(now)
    .fetch_all(tx.connection())
    .await?;
    for (finding, provider, source) in &closed {
        let detail = json!({ "finding": finding, "source": source, "reason": "no longer on the list" });
        audit::record(tx, "exclusions.lift", "provider", &provider.to_string(), &detail).await?;
    }
    Ok(closed.len() as u64)
}

/// Makes a loaded list the one that counts, in the place of the one before.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn publish(tx: &mut Tx, list: ListId, skipped: i64) -> Result<(), Error> {
    sqlx::query(
        "UPDATE exclusion_list SET is_current = false
        WHERE is_current AND source = (SELECT l.source FROM exclusion_list l WHERE l.id = $1)",
    )
    .bind(list)
    .execute(tx.connection())
    .await?;
    let lines: i64 = sqlx::query_scalar(
        "UPDATE exclusion_list l SET is_current = true, skipped = $2,
            lines = (SELECT count(*) FROM exclusion x WHERE x.list_id = l.id)
        WHERE l.id = $1 RETURNING l.lines",
    )
    .bind(list)
    .bind(skipped)
    .fetch_one(tx.connection())
    .await?;
    let detail = json!({ "lines": lines, "skipped": skipped });
    audit::record(tx, "exclusions.load", "exclusion_list", &list.to_string(), &detail).await
}

/// Removes some lines of lists that no longer count, and those lists once they are empty; whether there may be more.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn forget(tx: &mut Tx, keep: Uuid, most: i64) -> Result<bool, Error> {
    let gone = sqlx::query(
        "DELETE FROM exclusion x WHERE (x.list_id, x.line) IN (
            SELECT o.list_id, o.line FROM exclusion o JOIN exclusion_list l ON l.id = o.list_id
            WHERE NOT l.is_current AND l.id <> $1
            AND l.source = (SELECT k.source FROM exclusion_list k WHERE k.id = $1) LIMIT $2)",
    )
    .bind(keep)
    .bind(most)
    .execute(tx.connection())
    .await?;
    Ok(gone.rows_affected() > 0)
}

/// The lists that count.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn lists(tx: &mut Tx) -> Result<Vec<List>, Error> {
    Ok(sqlx::query_as(
        "SELECT l.source, l.as_of, l.loaded_at, l.lines, l.skipped FROM exclusion_list l
        WHERE l.is_current ORDER BY l.source",
    )
    .fetch_all(tx.connection())
    .await?)
}

/// What a look at the lists found, of what nobody has dismissed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Screening {
    /// The lists that were looked at.
    pub lists: Vec<List>,
    /// Findings by number.
    pub identified: u64,
    /// Findings by name.
    pub candidates: u64,
}

#[derive(FromRow)]
struct Pair {
    provider_id: Uuid,
    provider_npi: Option<i64>,
    provider_first: String,
    provider_last: String,
    provider_organization: String,
    source: String,
    line: i64,
    npi: Option<i64>,
    last_name: String,
    first_name: String,
    business_name: String,
    state: String,
    born_on: Option<NaiveDate>,
    kind: String,
    excluded_on: NaiveDate,
    waived_on: Option<NaiveDate>,
    waiver_state: String,
    agrees: bool,
}

/// Looks for providers on the lists that count, and keeps what is found: the same line is found once, however often it is
/// looked for, and what a person dismissed stays dismissed.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn screen(tx: &mut Tx, providers: &[ProviderId], now: DateTime<Utc>) -> Result<Screening, Error> {
    let ids: Vec<Uuid> = providers.iter().map(|id| id.0).collect();
    let lists = lists(tx).await?;
    let pairs: Vec<Pair> = sqlx::query_as(
        "SELECT p.id AS provider_id, own.npi AS provider_npi, coalesce(p.first_name, '') AS provider_first,
            coalesce(p.last_name, '') AS provider_last, coalesce(p.organization_name, '') AS provider_organization,
            l.source, x.line, x.npi, x.last_name, x.first_name, x.business_name, x.state, x.born_on, x.kind,
            x.excluded_on, x.waived_on, x.waiver_state,
            EXISTS (SELECT 1 FROM provider_location o WHERE o.provider_id = p.id AND o.state = x.state) AS agrees
        FROM provider p
        CROSS JOIN LATERAL (
            SELECT p.npi UNION SELECT m.npi FROM provider_npis_merged() m WHERE m.kept_npi = p.npi
        ) own (npi)
        CROSS JOIN LATERAL (
            SELECT n.* FROM exclusion n WHERE n.npi = own.npi
            UNION SELECT n.* FROM exclusion n WHERE n.last_name <> ''
                AND exclusion_key(n.last_name) = exclusion_key(p.last_name)
                AND exclusion_key(n.first_name) = exclusion_key(p.first_name)
            UNION SELECT n.* FROM exclusion n WHERE n.business_name <> ''
                AND exclusion_key(n.business_name) = exclusion_key(p.organization_name)
        ) x
        JOIN exclusion_list l ON l.id = x.list_id AND l.is_current
        WHERE p.id = ANY ($1) AND x.reinstated_on IS NULL
        ORDER BY p.id, l.source, x.line",
    )
    .bind(&ids)
    .fetch_all(tx.connection())
    .await?;
    for pair in &pairs {
        keep(tx, pair, now).await?;
    }
    let counts: Vec<(String, i64)> = sqlx::query_as(
        "SELECT f.hit, count(*) FROM exclusion_finding f
        WHERE f.provider_id = ANY ($1) AND f.status <> 'DISMISSED' GROUP BY f.hit",
    )
    .bind(&ids)
    .fetch_all(tx.connection())
    .await?;
    let counts: HashMap<String, i64> = counts.into_iter().collect();
    let of = |hit: &str| counts.get(hit).copied().unwrap_or_default().cast_unsigned();
    Ok(Screening {
        lists,
        identified: of("identified"),
        candidates: of("candidate"),
    })
}

/// Keeps a pair that the rule takes for a hit. What a person dismissed stays so; what a list had lifted and has again is open
/// again.
async fn keep(tx: &mut Tx, pair: &Pair, now: DateTime<Utc>) -> Result<(), Error> {
    use sha2::{Digest, Sha256};
    let number = |npi: Option<i64>| npi.and_then(|n| Npi::from_number(n.cast_unsigned()).ok());
    let line = Exclusion {
        last_name: pair.last_name.clone(),
        first_name: pair.first_name.clone(),
        business_name: pair.business_name.clone(),
        npi: number(pair.npi),
        ..Exclusion::default()
    };
    let found = hit(
        &line,
        number(pair.provider_npi),
        &pair.provider_first,
        &pair.provider_last,
        &pair.provider_organization,
    );
    let Some(hit) = found else { return Ok(()) };
    let said = json!([
        pair.last_name,
        pair.first_name,
        pair.business_name,
        pair.npi,
        pair.born_on,
        pair.kind,
        pair.excluded_on
    ]);
    let evidence = json!({
        "line": pair.line, "last_name": pair.last_name, "first_name": pair.first_name,
        "business_name": pair.business_name, "npi": pair.npi, "state": pair.state, "born_on": pair.born_on,
        "kind": pair.kind, "excluded_on": pair.excluded_on, "waived_on": pair.waived_on,
        "waiver_state": pair.waiver_state, "practises_in_that_state": pair.agrees,
    });
    let done = sqlx::query(
        "INSERT INTO exclusion_finding (provider_id, source, line_key, hit, evidence, found_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT ON CONSTRAINT exclusion_finding_line_key DO UPDATE
        SET status = 'OPEN', found_at = excluded.found_at, decided_at = NULL, decided_by = NULL, note = NULL
        WHERE exclusion_finding.decided_by LIKE 'list:%'",
    )
    .bind(pair.provider_id)
    .bind(&pair.source)
    .bind(hex(&Sha256::digest(said.to_string())))
    .bind(hit.code())
    .bind(&evidence)
    .bind(now)
    .execute(tx.connection())
    .await?;
    if done.rows_affected() == 1 {
        let detail = json!({ "source": pair.source, "hit": hit });
        audit::record(
            tx,
            "exclusions.find",
            "provider",
            &pair.provider_id.to_string(),
            &detail,
        )
        .await?;
    }
    Ok(())
}

/// Providers that are in, or ask to be let in, behind `after`: those whom a new list is compared with.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn in_scope(tx: &mut Tx, after: Option<ProviderId>, most: i64) -> Result<Vec<ProviderId>, Error> {
    let ids: Vec<Uuid> = sqlx::query_scalar(
        "SELECT p.id FROM provider p
        WHERE ($1::uuid IS NULL OR p.id > $1) AND (p.network_status = 'ACTIVE' OR EXISTS (
            SELECT 1 FROM credentialing_request r WHERE r.provider_id = p.id AND r.status = 'SUBMITTED'))
        ORDER BY p.id LIMIT $2",
    )
    .bind(after.map(|id| id.0))
    .bind(most)
    .fetch_all(tx.connection())
    .await?;
    Ok(ids.into_iter().map(ProviderId).collect())
}

/// A provider found on a list.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema, FromRow)]
pub struct Found {
    /// Its key.
    pub id: Uuid,
    /// Who was found.
    pub provider_id: Uuid,
    /// On whose list.
    pub source: String,
    /// `identified` by the NPI, or `candidate` by the name.
    pub hit: String,
    /// What the line says, and whether the provider practises in its state.
    pub evidence: Value,
    /// When.
    pub found_at: DateTime<Utc>,
    /// `OPEN`, `CONFIRMED`, `DISMISSED`.
    pub status: String,
    /// When somebody decided.
    pub decided_at: Option<DateTime<Utc>>,
    /// Who.
    pub decided_by: Option<String>,
    /// Why.
    pub note: Option<String>,
}

/// Findings that the actor may see, the latest first.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn findings(
    tx: &mut Tx,
    status: Option<&str>,
    provider: Option<ProviderId>,
    limit: i64,
) -> Result<Vec<Found>, Error> {
    Ok(sqlx::query_as(
        "SELECT f.id, f.provider_id, f.source, f.hit, f.evidence, f.found_at, f.status, f.decided_at, f.decided_by, f.note
        FROM exclusion_finding f
        WHERE ($1::text IS NULL OR f.status = $1) AND ($2::uuid IS NULL OR f.provider_id = $2)
        ORDER BY f.found_at DESC, f.id LIMIT $3",
    )
    .bind(status)
    .bind(provider.map(|id| id.0))
    .bind(limit)
    .fetch_all(tx.connection())
    .await?)
}

/// Findings about these providers that the actor may see, the latest first, of each at most twenty.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn findings_of(tx: &mut Tx, providers: &[ProviderId]) -> Result<Vec<Found>, Error> {
    Ok(sqlx::query_as(
        "SELECT f.* FROM unnest($1::uuid[]) AS u (id)
        CROSS JOIN LATERAL (
            SELECT f.id, f.provider_id, f.source, f.hit, f.evidence, f.found_at, f.status, f.decided_at, f.decided_by, f.note
            FROM exclusion_finding f WHERE f.provider_id = u.id
            ORDER BY f.found_at DESC, f.id LIMIT 20) f
        ORDER BY f.found_at DESC, f.id",
    )
    .bind(providers.iter().map(|id| id.0).collect::<std::collections::BTreeSet<_>>().into_iter().collect::<Vec<_>>())
    .fetch_all(tx.connection())
    .await?)
}

/// Decides whether a finding is about the provider; what was decided before is taken back by it, and stays in the audit.
///
/// # Errors
/// [`Error::NotFound`] where there is no such finding; [`Error::Refused`] where somebody has decided the same already.
pub async fn decide(tx: &mut Tx, finding: Uuid, confirmed: bool, note: &str, now: DateTime<Utc>) -> Result<(), Error> {
    let status = if confirmed { "CONFIRMED" } else { "DISMISSED" };
    let before: Option<Before> = sqlx::query_as(
        "SELECT f.provider_id, f.status, f.decided_by, f.note FROM exclusion_finding f WHERE f.id = $1 FOR UPDATE",
    )
    .bind(finding)
    .fetch_optional(tx.connection())
    .await?;
    let before = before.ok_or(Error::NotFound)?;
    // What a list has lifted, nobody has looked at.
    let by_list = before.decided_by.as_deref().is_some_and(|by| by.starts_with("list:"));
    if before.status == status && !by_list {
        let message = format!("the finding is {status} already");
        return Err(Error::Refused(Fault::new("confirmed", "decided", message)));
    }
    sqlx::query(
        "UPDATE exclusion_finding SET status = $2, note = $3, decided_at = $4, decided_by = app_actor() WHERE id = $1",
    )
    .bind(finding)
    .bind(status)
    .bind(note)
    .bind(now)
    .execute(tx.connection())
    .await?;
    let detail = json!({
        "finding": finding, "status": status, "reason": note,
        "was": {"status": before.status, "decided_by": before.decided_by, "reason": before.note},
    });
    audit::record(
        tx,
        "exclusions.decide",
        "provider",
        &before.provider_id.to_string(),
        &detail,
    )
    .await
}

/// What a finding was before somebody decided.
#[derive(FromRow)]
struct Before {
    provider_id: Uuid,
    status: String,
    decided_by: Option<String>,
    note: Option<String>,
}
