//! The staging tables and how a batch gets into them: COPY in text format.

use std::fmt::{Display, Write as _};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::provider::{Name, OtherName},
    store::{
        Error,
        nppes::{Endpoint, EventKind, Keyed, Place, Record, Rows},
    },
};

/// One import at a time merges; the others wait without a transaction number of their own, so the feed does not wait.
const IMPORT_LOCK: i64 = 0x6e70_7065_735f_6d65;

const TABLES: &str = r"
    CREATE TEMP TABLE IF NOT EXISTS nppes_provider (
        line bigint, npi bigint, kind text, category text,
        name_prefix text, first_name text, middle_name text, last_name text, name_suffix text, credential text,
        organization_name text, gender text, address jsonb, mailing_address jsonb, phone text,
        enumerated_on date, source_updated_on date, source_digest bytea, extra jsonb, partial boolean,
        id uuid, party_id uuid, provider_id uuid, verdict text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS nppes_specialty (
        npi bigint, position smallint, code text, is_primary boolean, license_number text, license_state text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS nppes_identifier (
        npi bigint, position smallint, type_code text, value text, state text, issuer text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS nppes_other_name (
        line bigint, seq bigint, of_record boolean, npi bigint, type_code smallint,
        name_prefix text, first_name text, middle_name text, last_name text, name_suffix text, credential text,
        organization_name text, provider_id uuid, verdict text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS nppes_place (
        line bigint, seq bigint, of_record boolean, npi bigint,
        line1 text, line2 text, city text, state text, postal_code text, foreign_postal_code text,
        county text, country text, lat_e7 integer, lon_e7 integer, position_quality text,
        phone text, fax text, time_zone text,
        key text, provider_id uuid, location_id uuid, verdict text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS nppes_endpoint (
        line bigint, seq bigint, npi bigint, type_code text, address text, use_code text, content_type text,
        description text, affiliation text, provider_id uuid, verdict text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS nppes_event (
        line bigint, bare boolean, npi bigint, kind text, occurred_on date, replacement_npi bigint
    ) ON COMMIT DELETE ROWS;
";

/// Waits for other imports and makes the staging tables, once for each connection.
pub async fn prepare(connection: &mut PgConnection, bulk: bool) -> Result<(), Error> {
    sqlx::query("SELECT pg_advisory_xact_lock($1)").bind(IMPORT_LOCK).execute(&mut *connection).await?;
    // That a table is there already is no news.
    sqlx::raw_sql("SET LOCAL client_min_messages = warning").execute(&mut *connection).await?;
    sqlx::raw_sql(TABLES).execute(&mut *connection).await?;
    if bulk {
        sqlx::raw_sql("SET LOCAL app.bulk = 'on'").execute(&mut *connection).await?;
    }
    Ok(())
}

/// Stages records with their specialties, identifiers, other names and practice locations.
pub async fn records(connection: &mut PgConnection, records: &[Record], now: DateTime<Utc>) -> Result<(), Error> {
    let (mut providers, mut specialties, mut identifiers) = (Copy::default(), Copy::default(), Copy::default());
    let (mut names, mut places) = (Copy::default(), Copy::default());
    for record in records {
        stage_provider(&mut providers, record, now)?;
        let npi = record.npi.number();
        for (n, specialty) in (1..).zip(&record.specialties) {
            let n: i16 = n;
            specialties
                .value(npi)
                .value(n)
                .text(Some(&specialty.code))
                .value(specialty.primary)
                .text(specialty.license_number.as_deref())
                .text(specialty.license_state.as_deref())
                .end();
        }
        for (n, identifier) in (1..).zip(&record.identifiers) {
            let n: i16 = n;
            identifiers
                .value(npi)
                .value(n)
                .text(Some(&identifier.type_code))
                .text(Some(&identifier.value))
                .text(identifier.state.as_deref())
                .text(identifier.issuer.as_deref())
                .end();
        }
        for (n, name) in (0..).zip(&record.other_names) {
            stage_other_name(&mut names, record.line, n, true, npi, name);
        }
        if let Some(place) = &record.practice {
            stage_place(&mut places, record.line, 0, true, npi, place);
        }
    }
    providers
        .send(
            connection,
            "nppes_provider (line, npi, kind, category, name_prefix, first_name, middle_name, last_name, name_suffix, \
             credential, organization_name, gender, address, mailing_address, phone, enumerated_on, source_updated_on, \
             source_digest, extra, partial, id, party_id)",
        )
        .await?;
    specialties.send(connection, "nppes_specialty").await?;
    identifiers.send(connection, "nppes_identifier").await?;
    names.send(connection, OTHER_NAME_COLUMNS).await?;
    places.send(connection, PLACE_COLUMNS).await
}

/// Stages secondary practice locations.
pub async fn places(connection: &mut PgConnection, places: &[Keyed<Place>]) -> Result<(), Error> {
    let mut copy = Copy::default();
    for (seq, place) in (0..).zip(places) {
        stage_place(&mut copy, place.line, seq, false, place.npi.number(), &place.value);
    }
    copy.send(connection, PLACE_COLUMNS).await
}

/// Stages other names.
pub async fn other_names(connection: &mut PgConnection, names: &[Keyed<OtherName>]) -> Result<(), Error> {
    let mut copy = Copy::default();
    for (seq, name) in (0..).zip(names) {
        stage_other_name(&mut copy, name.line, seq, false, name.npi.number(), &name.value);
    }
    copy.send(connection, OTHER_NAME_COLUMNS).await
}

/// Stages endpoints.
pub async fn endpoints(connection: &mut PgConnection, endpoints: &[Keyed<Endpoint>]) -> Result<(), Error> {
    let mut copy = Copy::default();
    for (seq, Keyed { line, npi, value }) in (0_u64..).zip(endpoints) {
        copy.value(line)
            .value(seq)
            .value(npi)
            .text(Some(&value.type_code))
            .text(Some(&value.endpoint))
            .text(value.use_code.as_deref())
            .text(value.content_type.as_deref())
            .text(value.description.as_deref())
            .text(value.affiliation.as_deref())
            .end();
    }
    copy.send(
        connection,
        "nppes_endpoint (line, seq, npi, type_code, address, use_code, content_type, description, affiliation)",
    )
    .await
}

/// Stages the events of records and of bare rows.
pub async fn events(connection: &mut PgConnection, rows: &Rows) -> Result<(), Error> {
    let mut copy = Copy::default();
    let of_records = rows.records.iter().flat_map(|r| r.events.iter().map(move |e| (r.line, false, e)));
    let bare = rows.events.iter().flat_map(|k| k.value.iter().map(move |e| (k.line, true, e)));
    for (line, bare, event) in of_records.chain(bare) {
        let kind = match event.kind {
            EventKind::Deactivation => "deactivation",
            EventKind::Reactivation => "reactivation",
            EventKind::Replacement => "replacement",
        };
        copy.value(line)
            .value(bare)
            .value(event.npi)
            .text(Some(kind))
            .value(event.on)
            .optional(event.replacement)
            .end();
    }
    copy.send(connection, "nppes_event").await
}

fn stage_provider(copy: &mut Copy, record: &Record, now: DateTime<Utc>) -> Result<(), Error> {
    let extra = record.certified.map(|day| json!({ "certified_on": day }).to_string());
    let phone = record.practice.as_ref().and_then(|p| p.phone.as_deref());
    copy.value(record.line)
        .value(record.npi)
        .text(record.kind.map(|k| k.code()))
        .text(Some(record.category));
    stage_name(copy, &record.name)
        .text(record.gender.map(|g| g.code()))
        .text(record.practice.as_ref().map(address).as_deref())
        .text(record.mailing.as_ref().map(address).as_deref())
        .text(phone)
        .optional(record.enumerated)
        .optional(record.updated)
        .text(Some(&digest(record)?))
        .text(extra.as_deref())
        .value(record.partial)
        .value(new_id(record, 0, now))
        .value(new_id(record, 1, now))
        .end();
    Ok(())
}

fn stage_name<'c>(copy: &'c mut Copy, name: &Name) -> &'c mut Copy {
    copy.text(name.prefix.as_deref())
        .text(name.first.as_deref())
        .text(name.middle.as_deref())
        .text(name.last.as_deref())
        .text(name.suffix.as_deref())
        .text(name.credential.as_deref())
        .text(name.organization.as_deref())
}

const OTHER_NAME_COLUMNS: &str = "nppes_other_name (line, seq, of_record, npi, type_code, name_prefix, first_name, \
    middle_name, last_name, name_suffix, credential, organization_name)";

fn stage_other_name(copy: &mut Copy, line: u64, seq: u64, of_record: bool, npi: u64, name: &OtherName) {
    copy.value(line).value(seq).value(of_record).value(npi).value(name.type_code);
    stage_name(copy, &name.name).end();
}

const PLACE_COLUMNS: &str = "nppes_place (line, seq, of_record, npi, line1, line2, city, state, postal_code, \
    foreign_postal_code, county, country, lat_e7, lon_e7, position_quality, phone, fax, time_zone, key)";

fn stage_place(copy: &mut Copy, line: u64, seq: u64, of_record: bool, npi: u64, place: &Place) {
    let (zip, foreign) = match &place.postal_code {
        Some(code) if matches!(code.len(), 5 | 9) && code.bytes().all(|b| b.is_ascii_digit()) => (Some(code), None),
        code => (None, code.as_ref()),
    };
    copy.value(line)
        .value(seq)
        .value(of_record)
        .value(npi)
        .text(place.line1.as_deref())
        .text(place.line2.as_deref())
        .text(place.city.as_deref())
        .text(place.state.as_deref())
        .text(zip.map(String::as_str))
        .text(foreign.map(String::as_str))
        .text(place.county.as_deref())
        .text(Some(&place.country))
        .optional(place.point.map(|p| p.lat_e7))
        .optional(place.point.map(|p| p.lon_e7))
        .text(Some(place.quality.map_or("unknown", |q| q.code())))
        .text(place.phone.as_deref())
        .text(place.fax.as_deref())
        .text(place.time_zone)
        .text(Some(&place_key(place)))
        .end();
}

/// Under which two rows are the same place: street, suite, city and five digits of the ZIP, in lower case. The merge
/// computes the same from stored rows.
fn place_key(place: &Place) -> String {
    let part = |text: &Option<String>| text.as_deref().unwrap_or_default().to_lowercase();
    let zip: String = part(&place.postal_code).chars().take(5).collect();
    format!("{}|{}|{}|{zip}", part(&place.line1), part(&place.line2), part(&place.city))
}

/// The address as `provider.address` keeps it.
fn address(place: &Place) -> String {
    json!({
        "line1": place.line1, "line2": place.line2, "city": place.city, "state": place.state,
        "postal_code": place.postal_code, "country": place.country,
    })
    .to_string()
}

/// Sixteen bytes that differ when anything of the record does, as `bytea` in hex.
fn digest(record: &Record) -> Result<String, Error> {
    let mut hasher = Sha256::new();
    record
        .serialize(&mut serde_json::Serializer::new(&mut hasher))
        .map_err(|e| Error::Unavailable(sqlx::Error::Encode(Box::new(e))))?;
    let mut hex = String::from("\\x");
    for byte in &hasher.finalize()[..16] {
        // Writing to a string cannot fail.
        let _ = write!(hex, "{byte:02x}");
    }
    Ok(hex)
}

/// A uuid v7 of the run's moment, in the order of the file, unique because line and NPI are.
fn new_id(record: &Record, which: u64, now: DateTime<Utc>) -> Uuid {
    let millis = u64::try_from(now.timestamp_millis()).unwrap_or_default();
    let mut rest = [0; 10];
    // Version and variant take the first four bits of byte 0 and the first two of byte 2.
    let line = record.line;
    rest[0] = (line >> 30) as u8 & 0x0f;
    rest[1] = (line >> 22) as u8;
    rest[2] = (line >> 16) as u8 & 0x3f;
    rest[3] = (line >> 8) as u8;
    rest[4] = line as u8;
    // An NPI needs 34 bits of the last 40.
    rest[5..].copy_from_slice(&((which << 34) | record.npi.number()).to_be_bytes()[3..]);
    uuid::Builder::from_unix_timestamp_millis(millis, &rest).into_uuid()
}

/// Rows in the text format of COPY.
#[derive(Default)]
struct Copy {
    rows: String,
}

impl Copy {
    /// A value whose text needs no escapes.
    fn value(&mut self, value: impl Display) -> &mut Self {
        let _ = write!(self.rows, "{value}\t");
        self
    }

    /// The same, or null.
    fn optional(&mut self, value: Option<impl Display>) -> &mut Self {
        match value {
            Some(value) => self.value(value),
            None => self.text(None),
        }
    }

    /// Any text, or null.
    fn text(&mut self, text: Option<&str>) -> &mut Self {
        match text {
            None => self.rows.push_str("\\N"),
            Some(text) => {
                for c in text.chars() {
                    match c {
                        '\\' => self.rows.push_str("\\\\"),
                        '\t' => self.rows.push_str("\\t"),
                        '\n' => self.rows.push_str("\\n"),
                        '\r' => self.rows.push_str("\\r"),
                        // Postgres has no such character.
                        '\0' => {}
                        c => self.rows.push(c),
                    }
                }
            }
        }
        self.rows.push('\t');
        self
    }

    /// Ends the row.
    fn end(&mut self) {
        self.rows.pop();
        self.rows.push('\n');
    }

    /// Sends all rows into a table, named with its columns where they are not all given.
    async fn send(self, connection: &mut PgConnection, into: &str) -> Result<(), Error> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut copy = connection.copy_in_raw(&format!("COPY {into} FROM STDIN")).await?;
        copy.send(self.rows.into_bytes()).await?;
        copy.finish().await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let mut copy = Copy::default();
        copy.text(Some("a\tb\\c\nd\0")).text(None).value(5).end();
        assert_eq!(copy.rows, "a\\tb\\\\c\\nd\t\\N\t5\n");
    }
}
