//! The merge of staged records into `provider` and what belongs to them.

use std::sync::LazyLock;

use chrono::{DateTime, Datelike, Utc};
use sqlx::{PgConnection, Row as _};

use crate::store::{
    Error,
    nppes::{Outcome, npi_of, query, staging},
};

/// Columns that a newer row brings, with the field group under which `provenance` protects them.
const FIELDS: &[(&str, &str)] = &[
    ("kind", "name"),
    ("category", "category"),
    ("name_prefix", "name"),
    ("first_name", "name"),
    ("middle_name", "name"),
    ("last_name", "name"),
    ("name_suffix", "name"),
    ("credential", "name"),
    ("organization_name", "name"),
    ("gender", "gender"),
    ("mailing_address", "mailing_address"),
    ("phone", "phone"),
    ("enumerated_on", "npi"),
];

/// True in SQL where somebody else than NPPES has vouched for a group of fields of the provider `p`, lately enough:
/// [`crate::domain::survivorship::is_kept`] for sets of rows.
fn vouched(group: &str) -> String {
    format!(
        "(p.provenance ? '{group}' AND {})",
        kept(&format!("p.provenance -> '{group}'"))
    )
}

/// True in SQL where a source (an object of `provider.provenance`) is kept against NPPES.
fn kept(source: &str) -> String {
    format!(
        "({source} ->> 'source' NOT LIKE 'nppes%' AND coalesce(({source} ->> 'verified_at')::date, 'infinity')
            >= current_setting('app.trusted_since')::date)"
    )
}

/// What a row of a layout without all columns does not say stays; so does the extension of an address.
static UPDATE: LazyLock<String> = LazyLock::new(|| {
    let fields = FIELDS.iter().map(|(column, group)| {
        format!(
            "{column} = CASE WHEN {} THEN p.{column}
                ELSE coalesce(s.{column}, CASE WHEN s.partial THEN p.{column} END) END,",
            vouched(group)
        )
    });
    format!(
        "UPDATE provider p
        SET {}
            address = CASE
                WHEN {} OR s.partial AND s.address IS NULL THEN p.address
                WHEN p.address ? 'extension' THEN coalesce(s.address, '{{}}')
                    || jsonb_build_object('extension', p.address -> 'extension')
                ELSE s.address END,
            provenance = CASE WHEN p.provenance = '{{}}' THEN p.provenance ELSE (
                SELECT coalesce(jsonb_object_agg(e.key, e.value), '{{}}') FROM jsonb_each(p.provenance) e WHERE {}) END,
            source = coalesce(p.source, 'nppes'),
            source_updated_on = s.source_updated_on,
            source_digest = s.source_digest,
            extra = nullif(coalesce(p.extra, '{{}}') || coalesce(s.extra, '{{}}'), '{{}}')
        FROM nppes_provider s
        WHERE p.id = s.provider_id AND s.verdict = 'changed'",
        fields.collect::<String>(),
        vouched("address"),
        kept("e.value"),
    )
});

/// Where NPPES says something else than what is kept against it, a person decides: one open proposal for each provider.
static PROPOSE: LazyLock<String> = LazyLock::new(|| {
    let columns = FIELDS.iter().map(|(column, group)| {
        format!(
            "('{column}', {}, to_jsonb(p.{column}), to_jsonb(s.{column})),",
            vouched(group)
        )
    });
    format!(
        "INSERT INTO change_proposal (provider_id, kind, change, source, created_at)
        SELECT p.id, 'update', x.change, 'nppes', $1
        FROM nppes_provider s JOIN provider p ON p.id = s.provider_id
        CROSS JOIN LATERAL (
            SELECT jsonb_object_agg(f.field, jsonb_build_object('held', f.held, 'offered', f.offered)) AS change
            FROM (VALUES {} ('address', {}, p.address - 'extension', s.address - 'extension')) f (field, vouched, held, offered)
            WHERE f.vouched AND f.offered IS NOT NULL AND f.held IS DISTINCT FROM f.offered
        ) x
        WHERE s.verdict = 'changed' AND p.provenance <> '{{}}' AND x.change IS NOT NULL
        ON CONFLICT (provider_id, kind, source) WHERE status = 'OPEN' DO UPDATE SET change = excluded.change",
        columns.collect::<String>(),
        vouched("address"),
    )
});

/// Merges the staged records: providers first, then what hangs on them.
pub async fn merge(connection: &mut PgConnection, now: DateTime<Utc>, outcome: &mut Outcome) -> Result<(), Error> {
    judge(connection).await?;
    insert(connection, now).await?;
    staging::count_verdicts(connection).await?;
    outcome.proposals += query(sqlx::AssertSqlSafe(PROPOSE.as_str()))
        .bind(now)
        .execute(&mut *connection)
        .await?
        .rows_affected();
    query(sqlx::AssertSqlSafe(UPDATE.as_str()))
        .execute(&mut *connection)
        .await?;
    specialties(connection).await?;
    identifiers(connection).await?;
    other_names(connection).await?;
    practice(connection).await?;
    let verdicts = query("SELECT verdict, count(*) FROM nppes_provider GROUP BY verdict")
        .fetch_all(&mut *connection)
        .await?;
    for row in &verdicts {
        let count = u64::try_from(row.try_get::<i64, _>(1)?).unwrap_or_default();
        match row.try_get::<&str, _>(0)? {
            "added" => outcome.added += count,
            "changed" => outcome.changed += count,
            "older" => outcome.older += count,
            "unchanged" | "merged" => outcome.unchanged += count,
            _ => {}
        }
    }
    let taken = query("SELECT line, npi FROM nppes_provider WHERE verdict = 'taken' ORDER BY line")
        .fetch_all(&mut *connection)
        .await?;
    for row in &taken {
        outcome.taken.push(npi_of(row)?);
    }
    Ok(())
}

/// Says of each staged record whether the directory holds it, and whether it brings something new.
async fn judge(connection: &mut PgConnection) -> Result<(), Error> {
    // A row that was seen before brings something new once what was kept against it is too old.
    let judged = format!(
        "UPDATE nppes_provider s
        SET provider_id = p.id,
            verdict = CASE
                WHEN p.source_updated_on > s.source_updated_on THEN 'older'
                WHEN p.source_digest = s.source_digest AND (p.provenance = '{{}}' OR NOT EXISTS (
                    SELECT 1 FROM jsonb_each(p.provenance) e WHERE e.value ->> 'source' NOT LIKE 'nppes%' AND NOT {}))
                    THEN 'unchanged'
                ELSE 'changed' END
        FROM provider p
        WHERE p.npi = s.npi",
        kept("e.value")
    );
    query(sqlx::AssertSqlSafe(judged)).execute(&mut *connection).await?;
    // A record that stands behind another stays as it was when it was merged.
    query(
        "UPDATE nppes_provider s SET verdict = 'merged' FROM provider_npis_merged() m
        WHERE s.provider_id IS NULL AND m.npi = s.npi",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds the records that the directory does not hold. An NPI that somebody adds in the same moment is left to them.
async fn insert(connection: &mut PgConnection, now: DateTime<Utc>) -> Result<(), Error> {
    let fresh = query(
        "INSERT INTO party (id, party_type)
        SELECT s.party_id, 'PROVIDER' FROM nppes_provider s
        WHERE s.provider_id IS NULL AND s.verdict IS NULL ORDER BY s.line",
    )
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if fresh == 0 {
        return Ok(());
    }
    let added = query(
        "INSERT INTO provider (id, locator, npi, party_id, kind, category, name_prefix, first_name, middle_name, last_name,
            name_suffix, credential, organization_name, gender, address, mailing_address, phone, source, enumerated_on,
            source_updated_on, source_digest, extra, verified_at, specialty)
        SELECT s.id, next_locator($1), s.npi, s.party_id, s.kind, s.category, s.name_prefix, s.first_name, s.middle_name,
            s.last_name, s.name_suffix, s.credential, s.organization_name, s.gender, s.address, s.mailing_address, s.phone,
            'nppes', s.enumerated_on, s.source_updated_on, s.source_digest, s.extra, s.verified_at, n.code
        FROM nppes_provider s LEFT JOIN nppes_specialty n ON n.npi = s.npi AND n.is_primary
        WHERE s.provider_id IS NULL AND s.verdict IS NULL
        ORDER BY s.line
        ON CONFLICT (npi) DO NOTHING",
    )
    .bind(now.year())
    .execute(&mut *connection)
    .await?
    .rows_affected();
    if added < fresh {
        query(
            "UPDATE nppes_provider s SET verdict = 'taken'
            WHERE s.provider_id IS NULL AND s.verdict IS NULL AND NOT EXISTS (SELECT 1 FROM provider p WHERE p.id = s.id)",
        )
        .execute(&mut *connection)
        .await?;
    }
    query(
        "UPDATE nppes_provider SET provider_id = id, verdict = 'added' WHERE provider_id IS NULL AND verdict IS NULL",
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Replaces the taxonomies of changed providers, unless somebody else has vouched for them.
async fn specialties(connection: &mut PgConnection) -> Result<(), Error> {
    let replaced = format!(
        "SELECT s.provider_id, s.npi
        FROM nppes_provider s JOIN provider p ON p.id = s.provider_id
        WHERE s.verdict = 'added' OR s.verdict = 'changed' AND NOT {}
            AND (NOT s.partial OR EXISTS (SELECT 1 FROM nppes_specialty n WHERE n.npi = s.npi))",
        vouched("specialties")
    );
    let delete = format!(
        "DELETE FROM provider_specialty c USING ({replaced}) r, nppes_provider s
        WHERE c.provider_id = r.provider_id AND s.npi = r.npi AND s.verdict = 'changed'"
    );
    let insert = format!(
        "INSERT INTO provider_specialty (provider_id, position, code, is_primary, license_number, license_state)
        SELECT r.provider_id, n.position, n.code, n.is_primary, n.license_number, n.license_state
        FROM ({replaced}) r JOIN nppes_specialty n ON n.npi = r.npi
        ORDER BY r.provider_id"
    );
    run(connection, &delete).await?;
    run(connection, &insert).await
}

/// Replaces the identifiers of NPPES (their type is a number); those of other kinds, such as `dea`, stay.
async fn identifiers(connection: &mut PgConnection) -> Result<(), Error> {
    let replaced = format!(
        "SELECT s.provider_id, s.npi, s.verdict
        FROM nppes_provider s JOIN provider p ON p.id = s.provider_id
        WHERE s.verdict = 'added' OR s.verdict = 'changed' AND NOT {}
            AND (NOT s.partial OR EXISTS (SELECT 1 FROM nppes_identifier n WHERE n.npi = s.npi))",
        vouched("identifiers")
    );
    let delete = format!(
        "DELETE FROM provider_identifier c USING ({replaced}) r
        WHERE c.provider_id = r.provider_id AND r.verdict = 'changed' AND c.type_code ~ '^[0-9]+$'"
    );
    let insert = format!(
        "INSERT INTO provider_identifier (provider_id, position, type_code, value, state, issuer)
        SELECT r.provider_id, n.position + coalesce(
                (SELECT max(c.position) FROM provider_identifier c WHERE c.provider_id = r.provider_id), 0),
            n.type_code, n.value, n.state, n.issuer
        FROM ({replaced}) r JOIN nppes_identifier n ON n.npi = r.npi
        ORDER BY r.provider_id"
    );
    run(connection, &delete).await?;
    run(connection, &insert).await
}

/// Replaces the other names that came with the provider's row; those of the other-name file and of people stay.
async fn other_names(connection: &mut PgConnection) -> Result<(), Error> {
    run(
        connection,
        "DELETE FROM provider_other_name c USING nppes_provider s
        WHERE c.provider_id = s.provider_id AND s.verdict = 'changed' AND c.source = 'nppes'
            AND (NOT s.partial OR EXISTS (SELECT 1 FROM nppes_other_name n WHERE n.npi = s.npi))",
    )
    .await?;
    run(
        connection,
        "INSERT INTO provider_other_name (provider_id, position, type_code, name_prefix, first_name, middle_name, last_name,
            name_suffix, credential, organization_name, source)
        SELECT s.provider_id,
            coalesce((SELECT max(c.position) FROM provider_other_name c WHERE c.provider_id = s.provider_id), 0)
                + row_number() OVER (PARTITION BY s.provider_id ORDER BY n.seq),
            n.type_code, n.name_prefix, n.first_name, n.middle_name, n.last_name, n.name_suffix, n.credential,
            n.organization_name, 'nppes'
        FROM nppes_provider s JOIN nppes_other_name n ON n.npi = s.npi
        WHERE s.verdict IN ('added', 'changed') AND n.of_record
            AND NOT EXISTS (
                SELECT 1 FROM provider_other_name c
                WHERE c.provider_id = s.provider_id AND c.type_code = n.type_code
                    AND lower(coalesce(c.organization_name, '')) = lower(coalesce(n.organization_name, ''))
                    AND lower(coalesce(c.last_name, '')) = lower(coalesce(n.last_name, ''))
                    AND lower(coalesce(c.first_name, '')) = lower(coalesce(n.first_name, '')))",
    )
    .await
}

/// The practice location: it keeps its key when its address changes, and is left alone while somebody has verified it
/// lately.
async fn practice(connection: &mut PgConnection) -> Result<(), Error> {
    run(
        connection,
        "UPDATE provider_location l
        SET line1 = n.line1, line2 = n.line2, city = n.city, state = n.state, postal_code = n.postal_code,
            foreign_postal_code = n.foreign_postal_code, county = n.county, country = n.country, lat_e7 = n.lat_e7,
            lon_e7 = n.lon_e7, position_quality = n.position_quality, phone = n.phone, fax = n.fax,
            time_zone = n.time_zone
        FROM nppes_provider s JOIN nppes_place n ON n.npi = s.npi AND n.of_record
        WHERE s.verdict = 'changed' AND l.provider_id = s.provider_id AND l.source = 'nppes'
            AND (l.verified_at IS NULL OR l.verified_at < current_setting('app.trusted_since')::date)
            AND (l.line1, l.line2, l.city, l.state, l.postal_code, l.foreign_postal_code, l.county, l.country, l.lat_e7,
                l.lon_e7, l.position_quality, l.phone, l.fax, l.time_zone)
            IS DISTINCT FROM (n.line1, n.line2, n.city, n.state, n.postal_code, n.foreign_postal_code, n.county, n.country,
                n.lat_e7, n.lon_e7, n.position_quality, n.phone, n.fax, n.time_zone)",
    )
    .await?;
    run(
        connection,
        "INSERT INTO provider_location (provider_id, line1, line2, city, state, postal_code, foreign_postal_code, county,
            country, lat_e7, lon_e7, position_quality, phone, fax, time_zone, is_primary, source)
        SELECT s.provider_id, n.line1, n.line2, n.city, n.state, n.postal_code, n.foreign_postal_code, n.county, n.country,
            n.lat_e7, n.lon_e7, n.position_quality, n.phone, n.fax, n.time_zone,
            NOT EXISTS (SELECT 1 FROM provider_location l WHERE l.provider_id = s.provider_id AND l.is_primary), 'nppes'
        FROM nppes_provider s JOIN nppes_place n ON n.npi = s.npi AND n.of_record
        WHERE s.verdict IN ('added', 'changed')
            AND NOT EXISTS (SELECT 1 FROM provider_location l WHERE l.provider_id = s.provider_id AND l.source = 'nppes')
        ORDER BY s.provider_id",
    )
    .await
}

/// Runs a statement that takes no parameters and is made of constants of this file.
async fn run(connection: &mut PgConnection, sql: &str) -> Result<(), Error> {
    query(sqlx::AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}
