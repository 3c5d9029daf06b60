//! Rosters as CSV: `npi` and `effective` at least, columns in any order, unknown columns refused by name.

use std::collections::BTreeMap;

use crate::domain::roster::{COLUMNS, Checked, MAX_ROWS, RowFault, check};

/// Reads a roster. Every fault is told with its line; good rows are good whatever the others are.
pub fn read(bytes: &[u8]) -> Checked {
    let mut damaged = Vec::new();
    let bytes = match open_quote(bytes) {
        None => bytes,
        Some((line, start)) => {
            let message = "a quote is opened and never closed: nothing from here on is read";
            damaged.push(RowFault::new(line, "row", "open_quote", message));
            &bytes[..start]
        }
    };
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = match reader.byte_headers() {
        Ok(header) => header.iter().map(name).collect::<Vec<_>>(),
        Err(error) => return refused(vec![RowFault::new(1, "header", "malformed", error.to_string())]),
    };
    let faults = header_faults(&header);
    if !faults.is_empty() {
        damaged.extend(faults);
        return refused(damaged);
    }
    let mut rows = Vec::new();
    for record in reader.into_byte_records() {
        let record = match record {
            Ok(record) => record,
            Err(error) => {
                let line = error.position().map_or(0, csv::Position::line);
                damaged.push(RowFault::new(line, "row", "malformed", error.to_string()));
                continue;
            }
        };
        let line = record.position().map_or(0, csv::Position::line);
        let cells = record.iter().map(std::str::from_utf8).collect::<Result<Vec<_>, _>>();
        match cells {
            _ if rows.len() == MAX_ROWS => {
                let message = format!("at most {MAX_ROWS} rows at once");
                damaged.push(RowFault::new(line, "row", "too_many", message));
                break;
            }
            Err(_) => damaged.push(RowFault::new(line, "row", "encoding", "the row is not UTF-8")),
            Ok(cells) if cells.iter().any(|cell| cell.contains('\0')) => {
                damaged.push(RowFault::new(
                    line,
                    "row",
                    "control_character",
                    "NUL is not allowed in text",
                ));
            }
            Ok(cells) if cells.len() != header.len() => {
                let message = format!("has {} cells, the header {}", cells.len(), header.len());
                damaged.push(RowFault::new(line, "row", "columns", message));
            }
            Ok(cells) => rows.push((line, cells.into_iter().map(str::to_owned).collect::<Vec<_>>())),
        }
    }
    let named = rows.iter().map(|(line, cells)| {
        let cells = header.iter().map(String::as_str).zip(cells.iter().map(String::as_str));
        (*line, cells.collect::<BTreeMap<_, _>>())
    });
    let mut checked = check(named);
    checked.faults.extend(damaged);
    checked.faults.sort_by_key(|fault| fault.line);
    checked
}

/// Where a row has a quote that is open at the end of the file: the line of the quote, and where the row begins.
fn open_quote(bytes: &[u8]) -> Option<(u64, usize)> {
    let (mut line, mut row) = (1, 0);
    let mut opened = None;
    let mut at_cell = true;
    let mut next = 0;
    while let Some(&byte) = bytes.get(next) {
        next += 1;
        line += u64::from(byte == b'\n');
        match (byte, opened) {
            (b'"', Some(_)) if bytes.get(next) == Some(&b'"') => next += 1,
            (b'"', Some(_)) => opened = None,
            (_, Some(_)) => {}
            (b'"', None) if at_cell => {
                opened = Some(line);
                at_cell = false;
            }
            (b'\n' | b'\r', None) => (row, at_cell) = (next, true),
            (b',', None) => at_cell = true,
            _ => at_cell = false,
        }
    }
    opened.map(|line| (line, row))
}

/// The name of a column: lower case, without a byte order mark, blanks as underscores.
fn name(cell: &[u8]) -> String {
    let text = String::from_utf8_lossy(cell);
    let text = text.trim_start_matches('\u{feff}').trim().to_ascii_lowercase();
    match text.replace([' ', '-'], "_").as_str() {
        "effective_date" => "effective".to_owned(),
        "termination_date" => "termination".to_owned(),
        other => other.to_owned(),
    }
}

fn header_faults(header: &[String]) -> Vec<RowFault> {
    if let [only] = header
        && only.contains([';', '\t', '|'])
    {
        let message = "cells stand apart by commas";
        return vec![RowFault::new(1, "header", "separator", message)];
    }
    let mut faults = Vec::new();
    for needed in ["npi", "effective"] {
        if !header.iter().any(|name| name == needed) {
            faults.push(RowFault::new(1, needed, "required", "the column is needed"));
        }
    }
    for (n, name) in header.iter().enumerate() {
        if !COLUMNS.contains(&name.as_str()) {
            let message = format!("a roster has the columns {}", COLUMNS.join(", "));
            faults.push(RowFault::new(1, name, "unknown_column", message));
        } else if header[..n].contains(name) {
            faults.push(RowFault::new(1, name, "repeated", "the column comes twice"));
        }
    }
    faults
}

fn refused(faults: Vec<RowFault>) -> Checked {
    Checked {
        rows: Vec::new(),
        faults,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn feature_2_16_files_are_read_in_any_order_of_columns() {
        let file = b"\xef\xbb\xbfEffective Date,NPI,Tier\n2026-12-01,1234567893,gold\n2026-12-01\n2026-12-01,\xff,x\n";
        let checked = read(file);
        assert_eq!(checked.rows.len(), 1);
        assert_eq!(checked.rows[0].tier.as_deref(), Some("gold"));
        let told = checked
            .faults
            .iter()
            .map(|f| (f.line, f.code.as_str()))
            .collect::<Vec<_>>();
        assert_eq!(told, [(3, "columns"), (4, "encoding")]);
        let told = read(b"npi,colour\n1,2\n").faults;
        let told = told
            .iter()
            .map(|f| (f.field.as_str(), f.code.as_str()))
            .collect::<Vec<_>>();
        assert_eq!(told, [("effective", "required"), ("colour", "unknown_column")]);
        assert_eq!(read(b"").faults.len(), 2);
    }

    #[test]
    fn feature_2_16_an_open_quote_is_told_at_its_line() {
        let file =
            b"npi,effective,tier\r\n1234567893,2026-12-01,\"go\"\"ld\"\r\n1003000126,2026-12-01,\"gold\r\n1,2,3\r\n";
        let checked = read(file);
        let told = |checked: &Checked| {
            let faults = checked.faults.iter();
            faults.map(|f| (f.line, f.code.clone())).collect::<Vec<_>>()
        };
        assert_eq!(checked.rows.len(), 1);
        assert_eq!(told(&checked), [(3, "open_quote".to_owned())]);
        let inches = read(b"npi,effective,tier\n1234567893,2026-12-01,5\" wide\n");
        assert_eq!((inches.rows.len(), told(&inches)), (1, Vec::new()));
        let apart = read(b"npi;effective\n1234567893;2026-12-01\n");
        assert_eq!(told(&apart), [(1, "separator".to_owned())]);
        let tiers = format!(
            "npi,effective,tier\n1234567893,2026-12-01,{}\n1003000126,2026-12-01,a\u{202e}b\n",
            "g".repeat(5_000)
        );
        let tiers = told(&read(tiers.as_bytes()));
        assert_eq!(tiers, [(2, "length".to_owned()), (3, "length".to_owned())]);
        assert!(told(&read(b"npi,\"effective\n")).contains(&(1, "open_quote".to_owned())));
    }
}
