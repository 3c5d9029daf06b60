//! The staging tables and how a batch gets into them: one COPY of all its rows into a wide table of texts, from which the
//! typed tables are filled. One, because each COPY over TCP may cost a delayed acknowledgement (40 ms): the driver sends
//! the data and its end in two writes.

use std::fmt::{Display, Write as _};

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::provider::{Name, OtherName};
use crate::store::{
    Error,
    nppes::{Beside, Endpoint, Event, EventKind, Keyed, Place, Record, Rows},
};

/// One import at a time merges; the others wait without a transaction number of their own, so the feed does not wait.
const IMPORT_LOCK: i64 = 0x6e70_7065_735f_6d65;

const TABLES: &str = r"
    CREATE TEMP TABLE IF NOT EXISTS nppes_staged (
        section smallint, c1 text, c2 text, c3 text, c4 text, c5 text, c6 text, c7 text, c8 text, c9 text, c10 text, c11 text,
        c12 text, c13 text, c14 text, c15 text, c16 text, c17 text, c18 text, c19 text, c20 text, c21 text, c22 text,
        c23 text
    ) ON COMMIT DELETE ROWS;
    CREATE TEMP TABLE IF NOT EXISTS nppes_provider (
        line bigint, npi bigint, kind text, category text,
        name_prefix text, first_name text, middle_name text, last_name text, name_suffix text, credential text,
        organization_name text, gender text, address jsonb, mailing_address jsonb, phone text,
        enumerated_on date, source_updated_on date, source_digest bytea, extra jsonb, verified_at date, partial boolean,
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
    -- Nobody analyses these tables: with an index the row-by-row plans that Postgres makes for them stay linear.
    CREATE INDEX IF NOT EXISTS nppes_provider_npi ON nppes_provider (npi);
    CREATE INDEX IF NOT EXISTS nppes_specialty_npi ON nppes_specialty (npi);
    CREATE INDEX IF NOT EXISTS nppes_identifier_npi ON nppes_identifier (npi);
    CREATE INDEX IF NOT EXISTS nppes_other_name_npi ON nppes_other_name (npi);
    CREATE INDEX IF NOT EXISTS nppes_place_npi ON nppes_place (npi);
";

/// Waits for other imports and makes the staging tables, once for each connection.
pub async fn prepare(connection: &mut PgConnection, bulk: bool, beside: Beside) -> Result<(), Error> {
    sqlx::query(match beside {
        Beside::Nobody => "SELECT pg_advisory_xact_lock($1)",
        Beside::Parts => "SELECT pg_advisory_xact_lock_shared($1)",
    })
    .bind(IMPORT_LOCK)
    .execute(&mut *connection)
    .await?;
    // That a table is there already is no news.
    sqlx::raw_sql("SET LOCAL client_min_messages = warning")
        .execute(&mut *connection)
        .await?;
    sqlx::raw_sql(TABLES).execute(&mut *connection).await?;
    if bulk {
        sqlx::raw_sql("SET LOCAL app.bulk = 'on'")
            .execute(&mut *connection)
            .await?;
    }
    Ok(())
}

/// Nobody else analyses temporary tables, and without it the joins below are planned for a handful of rows: nested loops,
/// quadratic in the batch. Only keys are looked at.
const COUNT_ROWS: &str = "ANALYZE nppes_provider (npi), nppes_specialty (npi), nppes_identifier (npi), \
    nppes_other_name (npi), nppes_place (npi), nppes_endpoint (npi)";

/// Tells the planner how many rows have which verdict, once they have one.
pub async fn count_verdicts(connection: &mut PgConnection) -> Result<(), Error> {
    sqlx::raw_sql("ANALYZE nppes_provider (npi, provider_id, verdict)")
        .execute(connection)
        .await?;
    Ok(())
}

/// A typed staging table: its number in the wide one, its columns as they are staged, and their types.
struct Section {
    number: i16,
    into: &'static str,
    types: &'static [&'static str],
}

const PROVIDER: Section = Section {
    number: 1,
    into: "nppes_provider (line, npi, kind, category, name_prefix, first_name, middle_name, last_name, name_suffix, credential, \
        organization_name, gender, address, mailing_address, phone, enumerated_on, source_updated_on, source_digest, extra, \
        verified_at, partial, id, party_id)",
    types: &[
        "bigint", "bigint", "text", "text", "text", "text", "text", "text", "text", "text", "text", "text", "jsonb",
        "jsonb", "text", "date", "date", "bytea", "jsonb", "date", "boolean", "uuid", "uuid",
    ],
};
const SPECIALTY: Section = Section {
    number: 2,
    into: "nppes_specialty (npi, position, code, is_primary, license_number, license_state)",
    types: &["bigint", "smallint", "text", "boolean", "text", "text"],
};
const IDENTIFIER: Section = Section {
    number: 3,
    into: "nppes_identifier (npi, position, type_code, value, state, issuer)",
    types: &["bigint", "smallint", "text", "text", "text", "text"],
};
const OTHER_NAME: Section = Section {
    number: 4,
    into: "nppes_other_name (line, seq, of_record, npi, type_code, name_prefix, first_name, middle_name, last_name, \
        name_suffix, credential, organization_name)",
    types: &[
        "bigint", "bigint", "boolean", "bigint", "smallint", "text", "text", "text", "text", "text", "text", "text",
    ],
};
const PLACE: Section = Section {
    number: 5,
    into: "nppes_place (line, seq, of_record, npi, line1, line2, city, state, postal_code, foreign_postal_code, county, \
        country, lat_e7, lon_e7, position_quality, phone, fax, time_zone, key)",
    types: &[
        "bigint", "bigint", "boolean", "bigint", "text", "text", "text", "text", "text", "text", "text", "text",
        "integer", "integer", "text", "text", "text", "text", "text",
    ],
};
const ENDPOINT: Section = Section {
    number: 6,
    into: "nppes_endpoint (line, seq, npi, type_code, address, use_code, content_type, description, affiliation)",
    types: &[
        "bigint", "bigint", "bigint", "text", "text", "text", "text", "text", "text",
    ],
};
const EVENT: Section = Section {
    number: 7,
    into: "nppes_event (line, bare, npi, kind, occurred_on, replacement_npi)",
    types: &["bigint", "boolean", "bigint", "text", "date", "bigint"],
};
const SECTIONS: &[Section] = &[PROVIDER, SPECIALTY, IDENTIFIER, OTHER_NAME, PLACE, ENDPOINT, EVENT];

/// How many columns of text the wide table has.
const WIDTH: usize = 23;

/// Stages all rows of a batch.
pub async fn stage(connection: &mut PgConnection, rows: &Rows, now: DateTime<Utc>) -> Result<(), Error> {
    let mut copy = Copy::default();
    for record in &rows.records {
        stage_record(&mut copy, record, now)?;
    }
    for (seq, place) in (0..).zip(&rows.places) {
        stage_place(&mut copy, place.line, seq, false, place.npi.number(), &place.value);
    }
    for (seq, name) in (0..).zip(&rows.other_names) {
        stage_other_name(&mut copy, name.line, seq, false, name.npi.number(), &name.value);
    }
    for (seq, endpoint) in (0..).zip(&rows.endpoints) {
        stage_endpoint(&mut copy, seq, endpoint);
    }
    for row in &rows.events {
        row.value
            .iter()
            .for_each(|event| stage_event(&mut copy, row.line, true, event));
    }
    copy.send(connection).await
}

/// A record with its specialties, identifiers, other names, practice location and events.
fn stage_record(copy: &mut Copy, record: &Record, now: DateTime<Utc>) -> Result<(), Error> {
    stage_provider(copy, record, now)?;
    let npi = record.npi.number();
    for (n, specialty) in (1_i16..).zip(&record.specialties) {
        copy.begin(&SPECIALTY)
            .value(npi)
            .value(n)
            .text(Some(&specialty.code))
            .value(specialty.primary)
            .text(specialty.license_number.as_deref())
            .text(specialty.license_state.as_deref())
            .end();
    }
    for (n, identifier) in (1_i16..).zip(&record.identifiers) {
        copy.begin(&IDENTIFIER)
            .value(npi)
            .value(n)
            .text(Some(&identifier.type_code))
            .text(Some(&identifier.value))
            .text(identifier.state.as_deref())
            .text(identifier.issuer.as_deref())
            .end();
    }
    for (n, name) in (0..).zip(&record.other_names) {
        stage_other_name(copy, record.line, n, true, npi, name);
    }
    if let Some(place) = &record.practice {
        stage_place(copy, record.line, 0, true, npi, place);
    }
    record
        .events
        .iter()
        .for_each(|event| stage_event(copy, record.line, false, event));
    Ok(())
}

fn stage_endpoint(copy: &mut Copy, seq: u64, Keyed { line, npi, value }: &Keyed<Endpoint>) {
    copy.begin(&ENDPOINT)
        .value(line)
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

fn stage_event(copy: &mut Copy, line: u64, bare: bool, event: &Event) {
    let kind = match event.kind {
        EventKind::Deactivation => "deactivation",
        EventKind::Reactivation => "reactivation",
        EventKind::Replacement => "replacement",
    };
    copy.begin(&EVENT)
        .value(line)
        .value(bare)
        .value(event.npi)
        .text(Some(kind))
        .value(event.on)
        .optional(event.replacement)
        .end();
}

fn stage_provider(copy: &mut Copy, record: &Record, now: DateTime<Utc>) -> Result<(), Error> {
    let extra = record.certified.map(|day| json!({ "certified_on": day }).to_string());
    let phone = record.practice.as_ref().and_then(|p| p.phone.as_deref());
    copy.begin(&PROVIDER)
        .value(record.line)
        .value(record.npi)
        .text(record.kind.map(crate::vocab::terms::ProviderKind::code))
        .text(Some(record.category));
    stage_name(copy, &record.name)
        .text(record.gender.map(crate::vocab::terms::Gender::code))
        .text(spoken_at(record).as_deref())
        .text(
            record
                .mailing
                .as_ref()
                .map(|place| address(place).to_string())
                .as_deref(),
        )
        .text(phone)
        .optional(record.enumerated)
        .optional(record.updated)
        .text(Some(&digest(record)?))
        .text(extra.as_deref())
        .optional(record.verified)
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

fn stage_other_name(copy: &mut Copy, line: u64, seq: u64, of_record: bool, npi: u64, name: &OtherName) {
    copy.begin(&OTHER_NAME)
        .value(line)
        .value(seq)
        .value(of_record)
        .value(npi)
        .value(name.type_code);
    stage_name(copy, &name.name).end();
}

fn stage_place(copy: &mut Copy, line: u64, seq: u64, of_record: bool, npi: u64, place: &Place) {
    let (zip, foreign) = match &place.postal_code {
        Some(code) if matches!(code.len(), 5 | 9) && code.bytes().all(|b| b.is_ascii_digit()) => (Some(code), None),
        code => (None, code.as_ref()),
    };
    copy.begin(&PLACE)
        .value(line)
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
    format!(
        "{}|{}|{}|{zip}",
        part(&place.line1),
        part(&place.line2),
        part(&place.city)
    )
}

/// The practice address with the languages spoken there: the schema reads them from it, all at once.
fn spoken_at(record: &Record) -> Option<String> {
    let mut address = address(record.practice.as_ref()?);
    if !record.languages.is_empty() {
        address["extension"] = json!({ "languages": record.languages });
    }
    Some(address.to_string())
}

/// The address as `provider.address` keeps it.
fn address(place: &Place) -> serde_json::Value {
    json!({
        "line1": place.line1, "line2": place.line2, "city": place.city, "state": place.state,
        "postal_code": place.postal_code, "country": place.country,
    })
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

/// Rows for the wide table, in the text format of COPY.
#[derive(Default)]
struct Copy {
    rows: String,
    /// Columns of the row so far.
    columns: usize,
    /// How many rows each section has.
    counts: [usize; SECTIONS.len()],
}

impl Copy {
    /// Begins a row of a section.
    fn begin(&mut self, section: &Section) -> &mut Self {
        let _ = write!(self.rows, "{}\t", section.number);
        self.counts[section.number as usize - 1] += 1;
        self
    }

    /// A value whose text needs no escapes.
    fn value(&mut self, value: impl Display) -> &mut Self {
        let _ = write!(self.rows, "{value}\t");
        self.columns += 1;
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
        self.columns += 1;
        self
    }

    /// Ends the row; the columns that its section does not have stay null.
    fn end(&mut self) {
        for _ in self.columns..WIDTH {
            self.rows.push_str("\\N\t");
        }
        self.columns = 0;
        self.rows.pop();
        self.rows.push('\n');
    }

    /// Sends all rows and spreads them over the typed tables.
    async fn send(self, connection: &mut PgConnection) -> Result<(), Error> {
        if self.rows.is_empty() {
            return Ok(());
        }
        let mut copy = connection.copy_in_raw("COPY nppes_staged FROM STDIN").await?;
        copy.send(self.rows.into_bytes()).await?;
        copy.finish().await?;
        let mut spread = String::new();
        for section in SECTIONS.iter().filter(|s| self.counts[s.number as usize - 1] > 0) {
            let columns: Vec<String> = (1..)
                .zip(section.types)
                .map(|(n, t): (u8, _)| format!("c{n}::{t}"))
                .collect();
            let Section { number, into, .. } = section;
            let _ = write!(
                spread,
                "INSERT INTO {into} SELECT {} FROM nppes_staged WHERE section = {number};",
                columns.join(", ")
            );
        }
        spread.push_str("TRUNCATE nppes_staged;");
        spread.push_str(COUNT_ROWS);
        sqlx::raw_sql(sqlx::AssertSqlSafe(spread)).execute(connection).await?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_escaped() {
        let mut copy = Copy::default();
        copy.begin(&EVENT).text(Some("a\tb\\c\nd\0")).text(None).value(5).end();
        assert!(copy.rows.starts_with("7\ta\\tb\\\\c\\nd\t\\N\t5\t\\N\t"));
        assert_eq!(copy.rows.matches('\t').count(), WIDTH);
    }
}
