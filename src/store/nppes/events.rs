//! The merge of staged events, and the proposals that follow from them: a deactivated NPI never takes a provider out of
//! the directory by itself, a person decides.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _};

use crate::store::{
    Error,
    nppes::{Outcome, Rows, query},
};

/// Merges staged events. A bare row counts as added if any event of it is new.
pub async fn merge(
    connection: &mut PgConnection,
    rows: &Rows,
    now: DateTime<Utc>,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let any = !rows.events.is_empty() || rows.records.iter().any(|r| !r.events.is_empty());
    if any {
        let row = query(
            "WITH new AS (
                INSERT INTO npi_event (npi, kind, occurred_on, replacement_npi, source)
                SELECT DISTINCT ON (e.npi, e.kind, e.occurred_on) e.npi, e.kind, e.occurred_on, e.replacement_npi, 'nppes'
                FROM nppes_event e
                ORDER BY e.npi, e.kind, e.occurred_on, e.line
                ON CONFLICT DO NOTHING
                RETURNING npi, kind, occurred_on
            )
            SELECT (SELECT count(*) FROM new),
                (SELECT count(DISTINCT e.npi) FROM nppes_event e JOIN new USING (npi, kind, occurred_on) WHERE e.bare)",
        )
        .fetch_one(&mut *connection)
        .await?;
        let number = |at| {
            row.try_get::<i64, usize>(at)
                .map(|n| u64::try_from(n).unwrap_or_default())
        };
        outcome.events += number(0)?;
        let (bare, added) = (rows.events.len() as u64, number(1)?);
        outcome.added += added;
        outcome.unchanged += bare - added.min(bare);
    }
    if any || outcome.added > 0 {
        propose(connection, now, outcome).await?;
    }
    Ok(())
}

/// The latest word on each NPI of this batch that the directory holds. On one day a reactivation is the later word.
///
/// `OFFSET 0` has each provider found by its NPI: while a first import runs, Postgres takes `provider` for a table of one row
/// and would read it whole, with all of the batch for each of its rows.
const LATEST: &str = "SELECT p.id, p.network_status, e.kind, e.occurred_on
    FROM (SELECT npi FROM nppes_event UNION SELECT npi FROM nppes_provider WHERE verdict = 'added') touched
    CROSS JOIN LATERAL (SELECT p.id, p.network_status FROM provider p WHERE p.npi = touched.npi OFFSET 0) p
    CROSS JOIN LATERAL (
        SELECT e.kind, e.occurred_on FROM npi_event e
        WHERE e.npi = touched.npi AND e.kind IN ('deactivation', 'reactivation')
        ORDER BY e.occurred_on DESC, e.kind DESC LIMIT 1
    ) e";

/// Proposes that providers whose NPI is deactivated become INACTIVE, once for each deactivation; withdraws what a
/// reactivation has made pointless; proposes to take back those who left for that reason.
async fn propose(connection: &mut PgConnection, now: DateTime<Utc>, outcome: &mut Outcome) -> Result<(), Error> {
    let proposals = format!(
        "INSERT INTO change_proposal (provider_id, kind, change, source, created_at)
        SELECT l.id,
            CASE l.kind WHEN 'deactivation' THEN 'deactivate' ELSE 'reactivate' END,
            jsonb_build_object(
                'network_status', CASE l.kind WHEN 'deactivation' THEN 'INACTIVE' ELSE 'ACTIVE' END,
                'npi_event', l.kind, 'occurred_on', l.occurred_on),
            'nppes', $1
        FROM ({LATEST}) l
        WHERE NOT EXISTS (
                SELECT 1 FROM change_proposal c
                WHERE c.provider_id = l.id AND c.source = 'nppes'
                    AND c.kind = CASE l.kind WHEN 'deactivation' THEN 'deactivate' ELSE 'reactivate' END
                    AND (c.status = 'OPEN' OR (c.change ->> 'occurred_on')::date >= l.occurred_on))
            AND CASE l.kind
                WHEN 'deactivation' THEN l.network_status <> 'INACTIVE'
                ELSE l.network_status = 'INACTIVE' AND EXISTS (
                    SELECT 1 FROM change_proposal c
                    WHERE c.provider_id = l.id AND c.source = 'nppes' AND c.kind = 'deactivate' AND c.status = 'ACCEPTED'
                        AND (c.change ->> 'occurred_on')::date <= l.occurred_on) END
        ORDER BY l.id
        ON CONFLICT DO NOTHING"
    );
    outcome.proposals += query(sqlx::AssertSqlSafe(proposals))
        .bind(now)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    let withdraw = format!(
        "UPDATE change_proposal c SET status = 'DISMISSED', decided_at = $1, decided_by = 'nppes: reactivated'
        FROM ({LATEST}) l
        WHERE c.provider_id = l.id AND c.source = 'nppes' AND c.kind = 'deactivate' AND c.status = 'OPEN'
            AND l.kind = 'reactivation'"
    );
    query(sqlx::AssertSqlSafe(withdraw))
        .bind(now)
        .execute(connection)
        .await?;
    Ok(())
}
