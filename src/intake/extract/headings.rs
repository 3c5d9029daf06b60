//! A specialty on a line of its own above a list of names is that of all of them.

use rustc_hash::FxHashMap;

use super::field::{Field, FieldKind};
use super::group::Holder;
use super::layout::Layout;
use super::text::Text;

/// A name stands so near the beginning of its line, in bytes.
const BEGINS: usize = 8;

/// Whom the headings of a text are about, by the numbers of their fields.
pub fn find(text: &Text<'_>, layout: &Layout, holders: &[Holder], fields: &[Field]) -> FxHashMap<usize, Vec<usize>> {
    let mut found = FxHashMap::default();
    let mut number = 0;
    while number < fields.len() {
        let line = text.line_at(fields[number].bytes.start);
        let on_line = fields[number..].partition_point(|field| field.bytes.start < text.lines[line].bytes.end);
        let next = number + on_line.max(1);
        if let Some(owners) = owners(text, layout, holders, fields, line, number..next) {
            found.insert(number, owners);
            found.extend((number + 1..next).map(|more| (more, Vec::new())));
        }
        number = next;
    }
    found
}

/// The names below a line that is a heading.
fn owners(
    text: &Text<'_>,
    layout: &Layout,
    holders: &[Holder],
    fields: &[Field],
    line: usize,
    own: std::ops::Range<usize>,
) -> Option<Vec<usize>> {
    let own = &fields[own];
    let bytes = &text.lines[line].bytes;
    if own.iter().any(|field| field.kind != FieldKind::Specialty) || layout.cell_at(own[0].bytes.start).is_some() {
        return None;
    }
    let mut from = bytes.start;
    for field in own {
        if text
            .source
            .get(from..field.bytes.start)?
            .contains(char::is_alphanumeric)
        {
            return None;
        }
        from = field.bytes.end;
    }
    if text.source.get(from..bytes.end)?.contains(char::is_alphanumeric) {
        return None;
    }
    let block = text.lines[line].block;
    let fields_of = |line: usize| {
        let bytes = &text.lines[line].bytes;
        let first = fields.partition_point(|field| field.bytes.start < bytes.start);
        fields[first..].iter().take_while(|field| field.bytes.start < bytes.end)
    };
    let name_of = |line: usize| {
        let bytes = &text.lines[line].bytes;
        let at = holders.partition_point(|holder| holder.bytes.start < bytes.start);
        let holder = holders.get(at).filter(|holder| holder.bytes.start < bytes.end)?;
        let lead = text.source.get(bytes.start..holder.bytes.start)?.trim_start();
        (holder.is_person && holder.may_provide && lead.len() <= BEGINS).then_some(at)
    };
    // `Ann Lee, MD` above it: it says what she does. A whole row above it says that something new begins.
    let before = line.checked_sub(1).filter(|above| text.lines[*above].block == block);
    let is_row = |line: usize| {
        fields_of(line).any(|field| matches!(field.kind, FieldKind::Phone | FieldKind::Npi | FieldKind::Address))
    };
    if before.is_some_and(|above| !text.lines[above].tokens.is_empty() && !is_row(above)) {
        return None;
    }
    let below = (line + 1..text.lines.len()).take_while(|below| text.lines[*below].block == block);
    let mut owners = Vec::new();
    for below in below {
        let name = name_of(below);
        let told = fields_of(below).any(|field| field.kind == FieldKind::Specialty);
        if told || (name.is_none() && owners.is_empty()) {
            break;
        }
        owners.extend(name);
    }
    // One name below is as well told by what is near.
    (!owners.is_empty()).then_some(owners)
}
