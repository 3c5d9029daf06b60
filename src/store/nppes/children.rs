//! The merge of staged practice locations, other names and endpoints. They are added or refreshed, never taken away: a
//! weekly file has only some of them, and a place that other data hangs on does not vanish silently.

use chrono::{DateTime, Utc};
use sqlx::{PgConnection, Row as _};

use crate::store::{
    Error,
    nppes::{Keyed, Outcome, Record, Rows, npi_of, query, staging},
};

/// Merges what the registry's API has within its records: the places and endpoints of those that were added or changed.
pub async fn of_records(connection: &mut PgConnection, records: &[Record], now: DateTime<Utc>) -> Result<(), Error> {
    if records.iter().all(|r| r.secondary.is_empty() && r.endpoints.is_empty()) {
        return Ok(());
    }
    let fresh: Vec<i64> =
        sqlx::query_scalar("SELECT line FROM nppes_provider WHERE verdict IN ('added', 'changed') ORDER BY line")
            .fetch_all(&mut *connection)
            .await?;
    let fresh = records
        .iter()
        .filter(|r| i64::try_from(r.line).is_ok_and(|line| fresh.binary_search(&line).is_ok()));
    let mut within = Rows::default();
    for record in fresh {
        let (line, npi) = (record.line, record.npi);
        within.places.extend(record.secondary.iter().map(|value| Keyed {
            line,
            npi,
            value: value.clone(),
        }));
        within.endpoints.extend(record.endpoints.iter().map(|value| Keyed {
            line,
            npi,
            value: value.clone(),
        }));
    }
    let mut counted_with_their_record = Outcome::default();
    staging::stage(connection, &within, now).await?;
    places(connection, &mut counted_with_their_record).await?;
    endpoints(connection, &mut counted_with_their_record).await
}

/// Merges staged secondary practice locations. The same place is known by street, suite, city and ZIP.
pub async fn places(connection: &mut PgConnection, outcome: &mut Outcome) -> Result<(), Error> {
    find_providers(connection, "nppes_place", "AND NOT s.of_record").await?;
    settle_duplicates(connection, "nppes_place", "s.key").await?;
    query(
        "UPDATE nppes_place s
        SET location_id = l.id,
            verdict = CASE
                WHEN l.source IS DISTINCT FROM 'nppes:pl'
                    OR l.verified_at >= current_setting('app.trusted_since')::date
                    OR (l.postal_code, l.foreign_postal_code, l.county, l.lat_e7, l.lon_e7, l.phone, l.fax, l.time_zone)
                    IS NOT DISTINCT FROM
                    (s.postal_code, s.foreign_postal_code, s.county, s.lat_e7, s.lon_e7, s.phone, s.fax, s.time_zone)
                THEN 'unchanged' ELSE 'changed' END
        FROM provider_location l
        WHERE l.provider_id = s.provider_id AND s.verdict IS NULL
            AND s.key = lower(coalesce(l.line1, '')) || '|' || lower(coalesce(l.line2, '')) || '|'
                || lower(coalesce(l.city, '')) || '|' || lower(left(coalesce(l.postal_code, l.foreign_postal_code, ''), 5))",
    )
    .execute(&mut *connection)
    .await?;
    query(
        "UPDATE provider_location l
        SET postal_code = s.postal_code, foreign_postal_code = s.foreign_postal_code, county = s.county,
            lat_e7 = s.lat_e7, lon_e7 = s.lon_e7, position_quality = s.position_quality, phone = s.phone, fax = s.fax,
            time_zone = s.time_zone
        FROM nppes_place s
        WHERE l.provider_id = s.provider_id AND l.id = s.location_id AND s.verdict = 'changed'",
    )
    .execute(&mut *connection)
    .await?;
    query(
        "INSERT INTO provider_location (provider_id, line1, line2, city, state, postal_code, foreign_postal_code, county,
            country, lat_e7, lon_e7, position_quality, phone, fax, time_zone, is_primary, source)
        SELECT s.provider_id, s.line1, s.line2, s.city, s.state, s.postal_code, s.foreign_postal_code, s.county, s.country,
            s.lat_e7, s.lon_e7, s.position_quality, s.phone, s.fax, s.time_zone, false, 'nppes:pl'
        FROM nppes_place s
        WHERE s.provider_id IS NOT NULL AND s.verdict IS NULL AND NOT s.of_record
        ORDER BY s.provider_id, s.seq",
    )
    .execute(&mut *connection)
    .await?;
    count(connection, "nppes_place", "WHERE NOT of_record", outcome).await
}

/// Merges staged other names.
pub async fn other_names(connection: &mut PgConnection, outcome: &mut Outcome) -> Result<(), Error> {
    find_providers(connection, "nppes_other_name", "AND NOT s.of_record").await?;
    settle_duplicates(
        connection,
        "nppes_other_name",
        "s.type_code, lower(s.organization_name)",
    )
    .await?;
    query(
        "UPDATE nppes_other_name s SET verdict = 'unchanged'
        FROM provider_other_name c
        WHERE c.provider_id = s.provider_id AND s.verdict IS NULL AND c.type_code = s.type_code
            AND lower(c.organization_name) = lower(s.organization_name)",
    )
    .execute(&mut *connection)
    .await?;
    query(
        "INSERT INTO provider_other_name (provider_id, position, type_code, organization_name, source)
        SELECT s.provider_id,
            coalesce((SELECT max(c.position) FROM provider_other_name c WHERE c.provider_id = s.provider_id), 0)
                + row_number() OVER (PARTITION BY s.provider_id ORDER BY s.seq),
            s.type_code, s.organization_name, 'nppes:othername'
        FROM nppes_other_name s
        WHERE s.provider_id IS NOT NULL AND s.verdict IS NULL AND NOT s.of_record",
    )
    .execute(&mut *connection)
    .await?;
    count(connection, "nppes_other_name", "WHERE NOT of_record", outcome).await
}

/// Merges staged endpoints. The same endpoint is known by type and address.
pub async fn endpoints(connection: &mut PgConnection, outcome: &mut Outcome) -> Result<(), Error> {
    find_providers(connection, "nppes_endpoint", "").await?;
    settle_duplicates(connection, "nppes_endpoint", "s.type_code, lower(s.address)").await?;
    query(
        "UPDATE nppes_endpoint s
        SET verdict = CASE
            WHEN (c.use_code, c.content_type, c.description, c.affiliation)
                IS NOT DISTINCT FROM (s.use_code, s.content_type, s.description, s.affiliation)
            THEN 'unchanged' ELSE 'changed' END
        FROM provider_endpoint c
        WHERE c.provider_id = s.provider_id AND s.verdict IS NULL AND c.type_code = s.type_code
            AND lower(c.address) = lower(s.address)",
    )
    .execute(&mut *connection)
    .await?;
    query(
        "UPDATE provider_endpoint c
        SET use_code = s.use_code, content_type = s.content_type, description = s.description, affiliation = s.affiliation
        FROM nppes_endpoint s
        WHERE c.provider_id = s.provider_id AND s.verdict = 'changed' AND c.type_code = s.type_code
            AND lower(c.address) = lower(s.address)",
    )
    .execute(&mut *connection)
    .await?;
    query(
        "INSERT INTO provider_endpoint (provider_id, position, type_code, address, use_code, content_type, description,
            affiliation)
        SELECT s.provider_id,
            coalesce((SELECT max(c.position) FROM provider_endpoint c WHERE c.provider_id = s.provider_id), 0)
                + row_number() OVER (PARTITION BY s.provider_id ORDER BY s.seq),
            s.type_code, s.address, s.use_code, s.content_type, s.description, s.affiliation
        FROM nppes_endpoint s
        WHERE s.provider_id IS NOT NULL AND s.verdict IS NULL",
    )
    .execute(&mut *connection)
    .await?;
    count(connection, "nppes_endpoint", "", outcome).await
}

async fn find_providers(connection: &mut PgConnection, table: &'static str, only: &'static str) -> Result<(), Error> {
    let sql = format!("UPDATE {table} s SET provider_id = p.id FROM provider p WHERE p.npi = s.npi {only}");
    query(sqlx::AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

/// Of several staged rows for one thing the first counts; the others say nothing new.
async fn settle_duplicates(connection: &mut PgConnection, table: &'static str, key: &'static str) -> Result<(), Error> {
    let sql = format!(
        "UPDATE {table} d SET verdict = 'unchanged'
        FROM (
            SELECT s.ctid AS at, row_number() OVER (PARTITION BY s.provider_id, {key} ORDER BY s.seq) AS n
            FROM {table} s WHERE s.provider_id IS NOT NULL AND s.verdict IS NULL
        ) s
        WHERE d.ctid = s.at AND s.n > 1"
    );
    query(sqlx::AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

async fn count(
    connection: &mut PgConnection,
    table: &'static str,
    only: &'static str,
    outcome: &mut Outcome,
) -> Result<(), Error> {
    let sql = format!(
        "SELECT count(*) FILTER (WHERE provider_id IS NOT NULL AND verdict IS NULL),
            count(*) FILTER (WHERE verdict = 'changed'),
            count(*) FILTER (WHERE verdict = 'unchanged')
        FROM {table} {only}"
    );
    let row = query(sqlx::AssertSqlSafe(sql)).fetch_one(&mut *connection).await?;
    let number = |at| {
        row.try_get::<i64, usize>(at)
            .map(|n| u64::try_from(n).unwrap_or_default())
    };
    outcome.added += number(0)?;
    outcome.changed += number(1)?;
    outcome.unchanged += number(2)?;
    let and = if only.is_empty() { "WHERE" } else { "AND" };
    let sql = format!("SELECT line, npi FROM {table} {only} {and} provider_id IS NULL ORDER BY seq");
    for row in &query(sqlx::AssertSqlSafe(sql)).fetch_all(connection).await? {
        outcome.unknown.push(npi_of(row)?);
    }
    Ok(())
}
