//! Rosters as CSV: `npi` and `effective` at least, columns in any order, unknown columns refused by name.

use std::collections::BTreeMap;

use crate::domain::roster::{COLUMNS, Checked, MAX_ROWS, RowFault, check};

/// Reads a roster. Every fault is told with its line; good rows are good whatever the others are.
pub fn read(bytes: &[u8]) -> Checked {
    let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(bytes);
    let header = match reader.byte_headers() {
        Ok(header) => header.iter().map(name).collect::<Vec<_>>(),
        Err(error) => return refused(vec![RowFault::new(1, "header", "malformed", error.to_string())]),
    };
    let faults = header_faults(&header);
    if !faults.is_empty() {
        return refused(faults);
    }
    let mut rows = Vec::new();
    let mut damaged = Vec::new();
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
}
