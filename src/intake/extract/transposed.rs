//! Tables that lie on their side: a label at the beginning of each line, and a column for each provider.

use std::ops::Range;

use super::layout::{Label, label_of, trimmed};
use crate::vocab::names::words;

/// Label and at least two providers: `Label  value` is a form.
const FEWEST: usize = 3;

/// The table put upright, row by row of cells, the heads first; `None` where the lines are no such table.
pub fn rows(source: &str, lines: &[Range<usize>]) -> Option<Vec<Vec<Range<usize>>>> {
    let first = &source[lines.first()?.clone()];
    let separator = match () {
        () if first.contains('\t') => "\t",
        () if first.contains('|') => "|",
        () => "  ",
    };
    // Most blocks end here.
    let leads =
        |line: &Range<usize>| label_of(&words(cells(source, line, separator).next().map_or("", |c| &source[c])));
    leads(&lines[0])?;
    let lines: Vec<Vec<Range<usize>>> = lines
        .iter()
        .map(|line| cells(source, line, separator).collect::<Vec<_>>())
        .filter(|cells| !cells.iter().all(|cell| is_rule(&source[cell.clone()])))
        .collect();
    let count = lines.first().map(Vec::len).filter(|count| *count >= FEWEST)?;
    if lines.len() < 2 || lines.iter().any(|cells| cells.len() != count) {
        return None;
    }
    let label = |cell: &Range<usize>| label_of(&words(&source[cell.clone()]));
    let labels: Vec<Option<Label>> = lines.iter().map(|cells| label(&cells[0])).collect();
    let names = |label: Option<Label>| {
        matches!(
            label,
            Some(Label::Name | Label::First | Label::Last | Label::Organization)
        )
    };
    let named = labels.iter().copied().any(names);
    let upright = lines[0][1..].iter().any(|cell| label(cell).is_some());
    if !named || upright || labels.iter().flatten().count() * 3 < labels.len() * 2 {
        return None;
    }
    let is_name = |cell: &Range<usize>| !source[cell.clone()].contains(|c: char| c.is_ascii_digit());
    let plausible = lines
        .iter()
        .zip(&labels)
        .all(|(cells, label)| !names(*label) || cells[1..].iter().all(is_name));
    plausible.then(|| {
        (0..count)
            .map(|column| lines.iter().map(|cells| cells[column].clone()).collect())
            .collect()
    })
}

/// The cells of a line, trimmed; those outside the bars of `| a | b |` are none.
fn cells<'a>(source: &'a str, line: &Range<usize>, separator: &'a str) -> impl Iterator<Item = Range<usize>> + use<'a> {
    let written = trimmed(source, line.clone());
    let is_bar = |c: char| separator == "|" && c == '|';
    let inner = source[written.clone()].trim_start_matches(is_bar);
    let offset = written.end - inner.len();
    let inner = inner.trim_end_matches(is_bar);
    let mut from = 0;
    let gap = separator == "  ";
    std::iter::from_fn(move || {
        if from > inner.len() {
            return None;
        }
        let rest = &inner[from..];
        let end = rest.find(separator).unwrap_or(rest.len());
        let cell = offset + from..offset + from + end;
        let behind = &rest[end..];
        from += end
            + if behind.is_empty() {
                1
            } else if gap {
                behind.len() - behind.trim_start().len()
            } else {
                separator.len()
            };
        Some(trimmed(source, cell))
    })
}

fn is_rule(cell: &str) -> bool {
    cell.bytes().all(|b| matches!(b, b'-' | b':' | b'=' | b'+'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_on_its_side_is_put_upright() {
        let read = |source: &str| {
            let mut start = 0;
            let lines: Vec<Range<usize>> = source
                .lines()
                .map(|line| {
                    let bytes = start..start + line.len();
                    start = bytes.end + 1;
                    bytes
                })
                .collect();
            let rows = rows(source, &lines)?;
            let row = |cells: Vec<Range<usize>>| cells.into_iter().map(|cell| source[cell].to_owned()).collect();
            Some(rows.into_iter().map(row).collect::<Vec<Vec<String>>>())
        };
        let upright = [
            ["Name", "NPI", "City"],
            ["Ann Lee", "1234567893", "Katy"],
            ["Bob Roe", "1245319599", "Reno"],
        ];
        for source in [
            "Name\tAnn Lee\tBob Roe\nNPI\t1234567893\t1245319599\nCity\tKaty\tReno",
            "| Name | Ann Lee | Bob Roe |\n|---|---|---|\n| NPI | 1234567893 | 1245319599 |\n| City | Katy | Reno |",
            "Name   Ann Lee     Bob Roe\nNPI    1234567893  1245319599\nCity   Katy        Reno",
        ] {
            assert_eq!(read(source).expect(source), upright, "{source}");
        }
        for other in [
            "Name\tNPI\tCity\nAnn Lee\t1234567893\tKaty",
            "Name\tAnn Lee\nNPI\t1234567893",
            "Ann Lee\tBob Roe\tCy Poe\nKaty\tReno\tYork",
        ] {
            assert!(read(other).is_none(), "{other}");
        }
    }
}
