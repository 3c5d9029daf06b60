//! Two or more providers side by side, as a page is printed and a roster is pasted: each column is read by itself, from top
//! to bottom, and a table on its side row by row. A table of one provider a row is another thing, which stays as it is; so
//! does a form with two fields a line.

use std::{collections::BTreeSet, ops::Range};

use super::{pieces::Pieced, transposed};

/// Spaces that stand between columns.
const GAP: usize = 3;
/// Most columns.
const MOST: usize = 4;
/// Lines that must have all columns.
const LEAST_LINES: usize = 3;
/// Words and bytes of a label.
const MOST_OF_LABEL: usize = 4;
const LONGEST_LABEL: usize = 40;
/// How far a cell may stand from where its column begins, in characters.
const SHIFT: usize = 3;

/// A piece of a line, with the character at which it begins.
struct Cell {
    bytes: Range<usize>,
    column: usize,
}

/// The text with its columns one under the other, where it has any.
pub fn straightened(source: &str) -> Option<Pieced> {
    if !source.contains("  ") && !source.contains(['\t', '|']) {
        return None;
    }
    let mut straight = Pieced::with_capacity(source.len() + 16);
    let mut found = false;
    let mut block: Vec<Range<usize>> = Vec::new();
    let mut start = 0;
    for line in source.split('\n') {
        let bytes = start..start + line.len();
        start = bytes.end + 1;
        if line.trim().is_empty() {
            found |= flush(source, &mut block, &mut straight);
            straight.add_line(source, bytes);
        } else {
            block.push(bytes);
        }
    }
    found |= flush(source, &mut block, &mut straight);
    found.then_some(straight)
}

/// Puts a block of lines down, column by column if it has any. Whether it has.
fn flush(source: &str, block: &mut Vec<Range<usize>>, straight: &mut Pieced) -> bool {
    let lines = std::mem::take(block);
    if let Some(rows) = transposed::rows(source, &lines) {
        for row in rows {
            for (number, cell) in row.into_iter().enumerate() {
                if number > 0 {
                    straight.text.push('\t');
                }
                straight.add(source, cell, false);
            }
            straight.text.push('\n');
        }
        return true;
    }
    let columns = boxed(source, &lines).or_else(|| columns(source, &lines));
    let is_cut = columns.is_some();
    for bytes in columns
        .unwrap_or_else(|| vec![lines])
        .into_iter()
        .enumerate()
        .flat_map(|(number, column)| {
            let blank = column.first().map_or(0, |first| first.start);
            let between = (number > 0).then_some(blank..blank);
            between.into_iter().chain(column)
        })
    {
        straight.add_line(source, bytes);
    }
    is_cut
}

/// The lines of each column of a block.
fn columns(source: &str, lines: &[Range<usize>]) -> Option<Vec<Vec<Range<usize>>>> {
    let cells: Vec<Vec<Cell>> = lines.iter().map(|line| cells(source, line)).collect();
    let count = cells.iter().map(Vec::len).max()?;
    if !(2..=MOST).contains(&count) {
        return None;
    }
    let full = || cells.iter().filter(|line| line.len() == count);
    if full().count() < LEAST_LINES {
        return None;
    }
    let mut shapes = BTreeSet::new();
    for line in full() {
        let mut all = line.iter().map(|cell| shape(&source[cell.bytes.clone()]));
        let first = all.next().flatten();
        if let Some((shape, _)) = first.clone().filter(|_| all.all(|other| other == first)) {
            shapes.insert(shape);
        }
    }
    let several = shapes.len() > 1 && (shapes.contains(&Shape::Npi) || shapes.contains(&Shape::Person));
    // Without letters behind the names, whole addresses below them say the same.
    let addressed = [Shape::Street, Shape::Place].iter().all(|shape| shapes.contains(shape));
    let named = || {
        full()
            .next()
            .is_some_and(|line| line.iter().all(|cell| is_title(&source[cell.bytes.clone()])))
    };
    let several = several || (addressed && named());
    if !several {
        return None;
    }
    let tabbed = lines.iter().any(|line| source[line.clone()].contains('\t'));
    let begins: Vec<usize> = full().next()?.iter().map(|cell| cell.column).collect();
    let mut columns = vec![Vec::new(); count];
    for line in cells {
        for (number, cell) in line.into_iter().enumerate() {
            let near = |begin: &usize| begin.abs_diff(cell.column) <= SHIFT;
            let column = if tabbed {
                Some(number)
            } else {
                begins.iter().position(near)
            };
            columns[column?].push(cell.bytes);
        }
    }
    Some(columns)
}

/// `| Name: Ann Lee | Name: Bob Kim |`: forms in boxes side by side, whatever stands above and below them.
fn boxed(source: &str, lines: &[Range<usize>]) -> Option<Vec<Vec<Range<usize>>>> {
    let in_box = |line: &Range<usize>| source[line.clone()].trim_start().starts_with(['|', '+']);
    let first = lines.iter().position(in_box)?;
    let end = first + lines[first..].iter().take_while(|line| in_box(line)).count();
    let mut columns: Vec<Vec<Range<usize>>> = Vec::new();
    let mut labels: Vec<BTreeSet<String>> = Vec::new();
    let mut labelled = 0;
    for line in &lines[first..end] {
        let cells = between_bars(source, line);
        if cells.is_empty() {
            continue; // A rule.
        }
        if columns.is_empty() {
            columns.resize(cells.len(), Vec::new());
            labels.resize(cells.len(), BTreeSet::new());
        }
        if columns.len() != cells.len() {
            return None;
        }
        let own: Vec<String> = cells.iter().filter_map(|cell| label(&source[cell.clone()])).collect();
        if own.len() == cells.len() {
            labelled += 1;
            for (all, one) in labels.iter_mut().zip(own) {
                all.insert(one);
            }
        }
        for (column, cell) in columns.iter_mut().zip(cells) {
            column.push(cell);
        }
    }
    if !(2..=MOST).contains(&columns.len()) || labelled < LEAST_LINES || labelled * 2 <= columns[0].len() {
        return None;
    }
    // Each asks for the same, in lines of its own; else they are the fields of one form, or rows that name their cells.
    let common = labels[0].iter().any(|one| labels.iter().all(|all| all.contains(one)));
    let forms = common && labels.iter().all(|all| all.len() > 1);
    forms.then(|| {
        let parts = [lines[..first].to_vec()]
            .into_iter()
            .chain(columns)
            .chain([lines[end..].to_vec()]);
        parts.filter(|part| !part.is_empty()).collect()
    })
}

/// What stands between the bars of a line, trimmed; nothing for a rule.
fn between_bars(source: &str, line: &Range<usize>) -> Vec<Range<usize>> {
    let written = source[line.clone()].trim();
    let Some(inner) = written.strip_prefix('|').and_then(|rest| rest.strip_suffix('|')) else {
        return Vec::new();
    };
    let mut start = line.start + source[line.clone()].find('|').unwrap_or(0) + 1;
    let mut cells = Vec::new();
    for cell in inner.split('|') {
        cells.push(super::layout::trimmed(source, start..start + cell.len()));
        start += cell.len() + 1;
    }
    let is_rule = |cell: &Range<usize>| {
        source[cell.clone()]
            .bytes()
            .all(|b| matches!(b, b'-' | b'=' | b':' | b'+'))
    };
    if cells.iter().all(is_rule) { Vec::new() } else { cells }
}

/// The label of `NPI: 1234567893`.
fn label(cell: &str) -> Option<String> {
    let (label, _) = cell.split_once(':')?;
    let words = crate::vocab::names::words(label);
    let fits = (1..=MOST_OF_LABEL).contains(&words.len()) && label.len() <= LONGEST_LABEL;
    fits.then(|| words.join(" "))
}

/// The pieces of a line between gaps.
fn cells(source: &str, line: &Range<usize>) -> Vec<Cell> {
    let text = &source[line.clone()];
    let mut cells: Vec<Cell> = Vec::new();
    let mut open: Option<Cell> = None;
    let mut spaces = 0;
    for (column, (at, c)) in text.char_indices().enumerate() {
        if c == '\t' {
            spaces = GAP;
        } else if c.is_whitespace() {
            spaces += 1;
        } else {
            if spaces >= GAP {
                cells.extend(open.take());
            }
            spaces = 0;
            let end = line.start + at + c.len_utf8();
            let cell = open.get_or_insert(Cell {
                bytes: line.start + at..end,
                column,
            });
            cell.bytes.end = end;
        }
    }
    cells.extend(open);
    cells
}

/// Words with capitals that are no label.
fn is_title(cell: &str) -> bool {
    let written = cell
        .split_whitespace()
        .filter(|word| word.starts_with(char::is_uppercase));
    let words = crate::vocab::names::words(cell);
    written.count() > 1 && !cell.contains(|c: char| c.is_ascii_digit()) && super::layout::label_of(&words).is_none()
}

/// What a cell is by its looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Shape {
    Npi,
    Phone,
    Place,
    Street,
    Person,
}

/// The shape of a cell, and the words that name it: `Phone` and `Fax` are two things.
fn shape(cell: &str) -> Option<(Shape, String)> {
    let digits = cell.bytes().filter(u8::is_ascii_digit).count();
    let label: String = cell
        .chars()
        .filter(|c| c.is_alphabetic())
        .collect::<String>()
        .to_lowercase();
    let words: Vec<&str> = cell.split_whitespace().collect();
    let last = words.last().copied().unwrap_or_default();
    let is_zip = matches!(last.len(), 5 | 10) && last.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    let is_state = |word: &&str| word.len() == 2 && word.bytes().all(|b| b.is_ascii_uppercase());
    let is_credential = |word: &str| {
        let word = word.replace('.', "");
        (2..=5).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_uppercase())
    };
    let digit = |c: char| c.is_ascii_digit();
    match () {
        () if digits == 10 && label.len() < 30 && label.contains("npi") => Some((Shape::Npi, label)),
        () if digits == 10 && label.is_empty() && !cell.contains([' ', '-', '(', '.']) => Some((Shape::Npi, label)),
        () if digits == 10 && label.len() < 12 => Some((Shape::Phone, label)),
        () if is_zip && words.len() > 1 && words.iter().rev().nth(1).is_some_and(is_state) => {
            Some((Shape::Place, String::new()))
        }
        () if cell.starts_with(digit) && words.len() > 1 && !label.is_empty() => Some((Shape::Street, String::new())),
        () if digits == 0 && cell.contains(", ") && is_credential(last) => Some((Shape::Person, String::new())),
        () => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_people_are_put_under_one_another() {
        let source = "Our doctors\n\n\
            Jane Doe, MD               Robert Roe, DO\n\
            Cardiology\n\
            1200 Main St               55 Oak Ave\n\
            Houston, TX 77030          Dallas, TX 75201\n\
            NPI 1234567893             NPI 1245319599\n";
        let straight = straightened(source).expect("columns");
        let lines: Vec<&str> = straight.text.lines().filter(|line| !line.is_empty()).collect();
        assert_eq!(
            lines,
            [
                "Our doctors",
                "Jane Doe, MD",
                "Cardiology",
                "1200 Main St",
                "Houston, TX 77030",
                "NPI 1234567893",
                "Robert Roe, DO",
                "55 Oak Ave",
                "Dallas, TX 75201",
                "NPI 1245319599",
            ]
        );
        for word in ["Robert Roe", "1245319599", "Oak Ave", "Our doctors", "77030"] {
            let at = straight.text.find(word).expect("there");
            assert_eq!(&source[straight.back(&(at..at + word.len()))], word);
        }
    }

    #[test]
    fn whole_addresses_tell_people_without_letters() {
        let source = "Maude J. Drake, DPT            David R. Hill\n8499 Elm St                    4040 Church St\n\
            Akron, OH 44304                Akron, OH 44306\n935-555-1277                   935-555-1278\n";
        let straight = straightened(source).expect("columns");
        let lines = straight.text.lines().filter(|line| !line.is_empty());
        assert_eq!(
            lines.skip(4).collect::<Vec<_>>()[..2],
            ["David R. Hill", "4040 Church St"]
        );
        let asked = source.replace("Maude J. Drake, DPT", "Practice Address   ");
        let asked = asked.replace("David R. Hill", "Mailing Address");
        assert!(straightened(&asked).is_none());
    }

    #[test]
    fn tables_and_forms_are_none() {
        for source in [
            "Name               NPI            Phone\nJane Doe, MD       1234567893     (713) 555-0142\nRobert Roe, DO     1245319599     (214) 555-0199\nAnn Lee, NP        1679576722     (214) 555-0198\n",
            "NPI: 1234567893        Group NPI: 1245319599\nPhone: 713-555-0142    Fax: 713-555-0143\nName: Jane Doe, MD     License: T549961\n",
            "1200 Main St           PO Box 5\nHouston, TX 77030      Dallas, TX 75201\n713-555-0142           214-555-0199\n",
            "plain prose   with gaps\nand more   of them\nand again   one\n",
        ] {
            assert!(straightened(source).is_none(), "{source}");
        }
    }
}
