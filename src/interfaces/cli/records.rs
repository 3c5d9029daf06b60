//! The records of a file, CSV or NDJSON, one by one: a row that cannot be read is told in its place, and the next one follows.

use std::{
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

use csv::{ByteRecord, StringRecord};
use serde_json::{Map, Value, json};

use super::Error;
use crate::intake;
use crate::vocab::Fault;

/// A record, or what its row or line is instead of one.
pub type Read = Result<Value, Unreadable>;

/// A row or line that is no record.
#[derive(Clone, Debug, PartialEq)]
pub struct Unreadable {
    /// The caller's own key, as far as it can be read.
    id: Option<Value>,
    title: &'static str,
    detail: String,
}

impl Unreadable {
    /// What stands in the place of the answer.
    pub fn told(&self) -> Value {
        let mut told = json!({"error": {"status": 400, "title": self.title, "detail": self.detail}});
        if let Some(id) = &self.id {
            told["id"] = id.clone();
        }
        told
    }
}

fn is_csv(file: &Path) -> bool {
    file.extension()
        .is_some_and(|extension| extension.eq_ignore_ascii_case("csv"))
}

/// About how many records a file has, for the progress bar.
///
/// # Errors
/// If the file cannot be opened.
pub fn records_in(file: &Path) -> Result<u64, Error> {
    let lines = opened(file)?.split(b'\n');
    let lines = lines
        .filter(|line| line.as_ref().is_ok_and(|line| !line.trim_ascii().is_empty()))
        .count();
    Ok((lines as u64).saturating_sub(u64::from(is_csv(file))))
}

fn opened(file: &Path) -> Result<BufReader<File>, Error> {
    let opened = File::open(file).map_err(|source| intake::Error::Unreadable {
        path: file.to_owned(),
        source,
    })?;
    Ok(BufReader::with_capacity(1 << 20, opened))
}

/// The records of a file as JSON, one by one.
pub type Records = Box<dyn Iterator<Item = io::Result<Read>>>;

/// Opens a file of records.
///
/// # Errors
/// If the file cannot be read, or the CSV's header has an unknown column.
pub fn records_of(file: &Path) -> Result<Records, Error> {
    let reader = opened(file)?;
    if !is_csv(file) {
        let lines = reader
            .split(b'\n')
            .filter(|line| !line.as_ref().is_ok_and(|line| line.trim_ascii().is_empty()));
        return Ok(Box::new(lines.map(|line| Ok(of_line(&line?)))));
    }
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(reader);
    let header = reader.byte_headers().map_err(io::Error::other)?;
    let mut columns = Vec::with_capacity(header.len());
    for name in header {
        let name = String::from_utf8_lossy(name);
        columns.push(column(&name).ok_or_else(|| {
            let fault = Fault::new(&*name, "unknown_column", format!("known are {}", COLUMNS.join(", ")));
            Error::Refused(vec![fault])
        })?);
    }
    let rows = reader.into_byte_records();
    Ok(Box::new(
        rows.map(move |row| Ok(of_row(&columns, row.map_err(io::Error::other)?))),
    ))
}

fn of_line(line: &[u8]) -> Read {
    serde_json::from_slice(line).map_err(|error| match std::str::from_utf8(line) {
        Ok(_) => Unreadable {
            id: None,
            title: "The line is not JSON",
            detail: error.to_string(),
        },
        Err(_) => not_utf8(None, "The line"),
    })
}

fn of_row(columns: &[&'static str], row: ByteRecord) -> Read {
    StringRecord::from_byte_record(row)
        .map(|row| record_of(columns, &row))
        .map_err(|error| {
            let at = error.utf8_error().field();
            let row = error.into_byte_record();
            let id = columns.iter().position(|name| *name == "id");
            let id = id.and_then(|at| std::str::from_utf8(row.get(at)?).ok());
            let cell = columns
                .get(at)
                .map_or_else(|| "The row".to_owned(), |name| format!("The cell `{name}`"));
            not_utf8(id.filter(|id| !id.trim().is_empty()).map(Value::from), &cell)
        })
}

/// Files of older programs are mostly in Latin-1, or in what Windows makes of it.
fn not_utf8(id: Option<Value>, what: &str) -> Unreadable {
    let detail = format!(
        "{what} is not UTF-8; a file in Latin-1 or Windows-1252 is turned into it by `iconv -f WINDOWS-1252 -t UTF-8`"
    );
    Unreadable {
        id,
        title: "The text is not UTF-8",
        detail,
    }
}

/// What columns of a CSV are called; a dot leads into an object, lists are separated by semicolons.
const COLUMNS: [&str; 22] = [
    "id",
    "npi",
    "name",
    "first_name",
    "middle_name",
    "last_name",
    "suffix",
    "credential",
    "organization_name",
    "other_names",
    "specialty",
    "address.line1",
    "address.line2",
    "address.city",
    "address.state",
    "address.postal_code",
    "phone",
    "license.number",
    "license.state",
    "gender",
    "languages",
    "limit",
];

/// The property of a column, by its name or a short one.
fn column(name: &str) -> Option<&'static str> {
    let name = name
        .trim()
        .trim_start_matches('\u{feff}')
        .to_ascii_lowercase()
        .replace([' ', '-'], "_");
    let long = match name.as_str() {
        "line1" | "address1" | "address_1" | "address" | "street" | "address_line1" | "address_line_1" => {
            "address.line1"
        }
        "line2" | "address2" | "address_2" | "suite" | "address_line2" | "address_line_2" => "address.line2",
        "city" | "address_city" => "address.city",
        "state" | "address_state" => "address.state",
        "zip" | "postal_code" | "zip_code" | "zipcode" | "address_postal_code" => "address.postal_code",
        "license" | "license_number" => "license.number",
        "license_state" => "license.state",
        "first" => "first_name",
        "middle" => "middle_name",
        "last" => "last_name",
        "organization" => "organization_name",
        "credentials" => "credential",
        "telephone" | "phone_number" => "phone",
        other => other,
    };
    COLUMNS.into_iter().find(|known| *known == long)
}

fn record_of(columns: &[&'static str], row: &StringRecord) -> Value {
    let mut record = Map::new();
    for (name, cell) in columns.iter().zip(row).filter(|(_, cell)| !cell.trim().is_empty()) {
        let value = match *name {
            "other_names" | "languages" => cell.split(';').map(|part| Value::from(part.trim())).collect(),
            "limit" => cell
                .trim()
                .parse::<u64>()
                .map_or_else(|_| Value::from(cell), Value::from),
            _ => Value::from(cell),
        };
        match name.split_once('.') {
            None => {
                record.insert((*name).to_owned(), value);
            }
            Some((object, property)) => {
                let object = record.entry(object).or_insert_with(|| Value::Object(Map::new()));
                object[property] = value;
            }
        }
    }
    Value::Object(record)
}
