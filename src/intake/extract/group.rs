//! Whose field is it? Each is given to the names of its row, its line, its block; a form's to the one that the form is about.

use std::ops::Range;

use rustc_hash::FxHashMap;

use super::apposition;
use super::field::{Detail, Field, FieldKind};
use super::headings;
use super::layout::{Label, Layout};
use super::text::Text;
use super::words;
use crate::intake::census::CENSUS;

/// Most names that share one address or telephone number.
const MOST_SHARED: usize = 12;
/// Of a million people, so many bear a surname that is a usual one.
const USUAL_SURNAME: f32 = 20.0;
/// Bytes between names, or a name and its number, that are told in one breath.
const BETWEEN: usize = 40;
/// In running text only what stands this close shares an address, in bytes.
const NEAR: usize = 80;
/// A shorter line was ended by its writer, and not for want of room, in bytes.
const WRAPPED: usize = 50;
/// Names, before or behind, that are asked whether a field is theirs.
const MOST_ASKED: usize = 200;
/// Labels of a line that are asked whom they name.
const MOST_ITEMS: usize = 16;
/// Bytes of what stands in brackets before a number that is closed off by them.
const IN_BRACKETS: usize = 64;
/// Tokens of a line, on average, up to which a block is a list and no prose.
const LISTING: usize = 14;

/// What fields are given to, in the order of the text.
#[derive(Clone, Debug)]
pub struct Holder {
    /// Where it stands, title and credentials included.
    pub bytes: Range<usize>,
    /// A person, else an organisation.
    pub is_person: bool,
    /// Whether it can be a provider at all.
    pub may_provide: bool,
    /// Whether a label names it.
    pub labelled: bool,
    /// Numbers of its fields.
    pub fields: Vec<usize>,
    /// The kinds of its fields, a bit each.
    pub kinds: u32,
}

impl Holder {
    /// Takes a field.
    pub fn hold(&mut self, number: usize, field: &Field) {
        self.fields.push(number);
        self.kinds |= bit(field.kind);
    }

    /// Gives the only field of its kind away.
    pub fn drop(&mut self, number: usize, field: &Field) {
        self.fields.retain(|other| *other != number);
        self.kinds &= !bit(field.kind);
    }

    /// Gives away a field, of whose kind it may have more.
    pub fn lose(&mut self, number: usize, fields: &[Field]) {
        self.fields.retain(|other| *other != number);
        self.kinds = self.fields.iter().fold(0, |kinds, own| kinds | bit(fields[*own].kind));
    }

    /// Whether it has a field of a kind.
    pub fn has(&self, kind: FieldKind) -> bool {
        self.kinds & bit(kind) != 0
    }
}

fn bit(kind: FieldKind) -> u32 {
    1 << kind as u32
}

/// Gives each field to its holders; the numbers of those that nobody holds are returned.
pub fn attach(text: &Text<'_>, layout: &Layout, holders: &mut [Holder], fields: &[Field]) -> Vec<usize> {
    let mut orphans = Vec::new();
    let listings = listings(text);
    let series: FxHashMap<usize, usize> = series(text, layout, holders, fields).into_iter().collect();
    let headed = headings::find(text, layout, holders, fields);
    for (number, field) in fields.iter().enumerate() {
        if let Some(owners) = headed.get(&number) {
            owners.iter().for_each(|owner| holders[*owner].hold(number, field));
            continue;
        }
        if let Some(holder) = series.get(&number) {
            holders[*holder].hold(number, field);
            continue;
        }
        let finder = Finder {
            text,
            layout,
            holders,
            fields,
            listings: &listings,
        };
        let owners = finder.owners(field);
        if owners.is_empty() {
            orphans.push(number);
        }
        for owner in owners {
            holders[owner].hold(number, field);
        }
    }
    holders.iter_mut().for_each(|holder| own_first(text, fields, holder));
    orphans
}

/// Where somebody has several NPIs, the one that stands next behind the name on its line is the own.
fn own_first(text: &Text<'_>, fields: &[Field], holder: &mut Holder) {
    let line_end = text.lines[text.line_at(holder.bytes.start)].bytes.end;
    let is_npi = |number: &&usize| fields[**number].kind == FieldKind::Npi;
    let mut npis = holder.fields.iter().filter(is_npi);
    let next = npis
        .clone()
        .find(|number| (holder.bytes.end..line_end).contains(&fields[**number].bytes.start));
    let (Some(first), Some(next)) = (npis.next().copied(), next.copied()) else {
        return;
    };
    if first != next {
        holder.fields.retain(|number| *number != next);
        let at = holder.fields.iter().position(|number| *number == first).unwrap_or(0);
        holder.fields.insert(at, next);
    }
}

/// `Drs. Ann Lee and Bob Kim (NPI 1234567893 and 1245319599)`: as many numbers as names go to them in their order.
fn series(text: &Text<'_>, layout: &Layout, holders: &[Holder], fields: &[Field]) -> Vec<(usize, usize)> {
    let npis: Vec<usize> = (0..fields.len())
        .filter(|number| fields[*number].kind == FieldKind::Npi && !fields[*number].of_organization)
        .filter(|number| layout.row_at(fields[*number].bytes.start).is_none())
        .collect();
    let mut given = Vec::new();
    for run in npis.chunk_by(|one, next| joins(&text.source[fields[*one].bytes.end..fields[*next].bytes.start])) {
        if run.len() < 2 {
            continue;
        }
        let names = names_before(text, holders, fields[run[0]].bytes.start, run.len() + 1);
        if names.len() == run.len() {
            given.extend(run.iter().copied().zip(names));
        }
    }
    given
}

/// Whether nothing stands between two numbers but what joins them.
fn joins(between: &str) -> bool {
    let words = crate::vocab::names::words(between);
    between.len() <= 12
        && !between.contains(['\n', '(', ')'])
        && words.iter().all(|word| matches!(word.as_str(), "and" | "y" | "npi"))
}

/// People who are named one after the other right before a byte, in their order; at most so many.
fn names_before(text: &Text<'_>, holders: &[Holder], byte: usize, most: usize) -> Vec<usize> {
    let behind = holders.partition_point(|holder| holder.bytes.start < byte);
    let mut names = Vec::new();
    let mut next = byte;
    for number in (0..behind).rev() {
        let holder = &holders[number];
        let gap = text.source.get(holder.bytes.end..next).unwrap_or("\n");
        let near = gap.len() <= BETWEEN && !gap.contains(['\n', ';']) && !gap.contains(". ");
        if names.len() == most || !near || !holder.is_person || !holder.may_provide {
            break;
        }
        names.push(number);
        next = holder.bytes.start;
    }
    names.reverse();
    names
}

/// Of each block, whether it is a list of short lines.
fn listings(text: &Text<'_>) -> Vec<bool> {
    let blocks = text.lines.last().map_or(0, |line| line.block as usize + 1);
    let mut counts = vec![(0_usize, 0_usize); blocks];
    for line in text.lines.iter().filter(|line| !line.tokens.is_empty()) {
        let (lines, tokens) = &mut counts[line.block as usize];
        *lines += 1;
        *tokens += line.tokens.len();
    }
    counts
        .into_iter()
        .map(|(lines, tokens)| tokens <= lines * LISTING)
        .collect()
}

struct Finder<'a, 't> {
    text: &'a Text<'t>,
    layout: &'a Layout,
    holders: &'a [Holder],
    fields: &'a [Field],
    listings: &'a [bool],
}

impl Finder<'_, '_> {
    fn owners(&self, field: &Field) -> Vec<usize> {
        if let Some(named) = self.named_behind(field) {
            return vec![named];
        }
        if let Some(row) = self.layout.row_at(field.bytes.start) {
            return self.in_row(row, field);
        }
        if is_shared(field.kind) {
            self.sharing(field)
        } else if field.kind == FieldKind::Npi && self.is_closed_off(field) {
            Vec::new()
        } else {
            let owner = self.single(field);
            let said = |owner: &usize| {
                field.kind != FieldKind::Specialty
                    || apposition::is_said_of(self.text, self.layout, field, &self.holders[*owner])
            };
            owner.filter(said).into_iter().collect()
        }
    }

    /// Whether a holder has a field of this kind.
    fn has(&self, holder: usize, kind: FieldKind) -> bool {
        self.holders[holder].has(kind)
    }

    fn may_hold(&self, holder: usize, field: &Field) -> bool {
        let who = &self.holders[holder];
        let suits = match field.kind {
            FieldKind::Npi | FieldKind::License | FieldKind::Dea | FieldKind::Specialty | FieldKind::Language => {
                who.may_provide
            }
            _ => true,
        };
        suits && !(who.is_person && field.of_organization)
    }

    /// `Call 713-555-0142 (Lee)`: whom a number's own brackets name.
    fn named_behind(&self, field: &Field) -> Option<usize> {
        if !matches!(field.kind, FieldKind::Phone | FieldKind::Fax | FieldKind::Npi) {
            return None;
        }
        let next = self
            .holders
            .partition_point(|holder| holder.bytes.start < field.bytes.end);
        let holder = self.holders.get(next).filter(|holder| holder.is_person)?;
        let gap = self.text.source.get(field.bytes.end..holder.bytes.start)?;
        let behind = self.text.source.get(holder.bytes.end..)?;
        let closed = matches!(gap.trim(), "(" | "[") && behind.starts_with([')', ']']) && !gap.contains('\n');
        (closed && self.may_hold(next, field)).then_some(next)
    }

    /// In a table a row is about one provider, and the organisation it may name.
    fn in_row(&self, row: u32, field: &Field) -> Vec<usize> {
        let cells = self.layout.row(row);
        let (Some(first), Some(last)) = (cells.first(), cells.last()) else {
            return Vec::new();
        };
        let (start, end) = (first.bytes.start, last.bytes.end);
        let from = self.holders.partition_point(|holder| holder.bytes.start < start);
        let to = self.holders.partition_point(|holder| holder.bytes.start <= end);
        let here = (from..to).take(MOST_ASKED);
        let here: Vec<usize> = here.filter(|holder| self.may_hold(*holder, field)).collect();
        if is_shared(field.kind) {
            let people = here.iter().filter(|holder| self.holders[**holder].is_person);
            return if people.count() > 1 {
                self.beside(&here, field, start..end)
            } else {
                here
            };
        }
        let person = here.iter().find(|holder| {
            self.holders[**holder].is_person && !(field.kind == FieldKind::Npi && self.has(**holder, field.kind))
        });
        person.or(here.first()).into_iter().copied().collect()
    }

    /// `Lee | 555-0142 | Roe | 555-0199`: of the names in a row those between a field and the one of its kind before it, or
    /// behind it where the row begins with one; all of them where there is but one.
    fn beside(&self, here: &[usize], field: &Field, row: Range<usize>) -> Vec<usize> {
        let first = self.fields.partition_point(|other| other.bytes.start < row.start);
        let alike = self.fields[first..].iter().take(MOST_ASKED);
        let alike = alike.take_while(|other| other.bytes.start < row.end);
        let alike: Vec<&Field> = alike.filter(|other| other.kind == field.kind).collect();
        if alike.len() < 2 {
            return here.to_vec();
        }
        let begins = |holder: &usize| self.holders[*holder].bytes.start;
        let leads = here.first().is_some_and(|holder| alike[0].bytes.start < begins(holder));
        let bounds: Vec<usize> = alike.iter().map(|other| other.bytes.start).collect();
        let own = |number: usize| -> Vec<usize> {
            let from = if leads {
                bounds[number]
            } else {
                number.checked_sub(1).map_or(0, |before| bounds[before])
            };
            let to = if leads {
                bounds.get(number + 1).copied().unwrap_or(row.end)
            } else {
                bounds[number]
            };
            here.iter()
                .copied()
                .filter(|holder| (from..to).contains(&begins(holder)))
                .collect()
        };
        let number = bounds.partition_point(|start| *start < field.bytes.start);
        // A second telephone number of the same people.
        (0..=number.min(bounds.len() - 1))
            .rev()
            .map(own)
            .find(|owners| !owners.is_empty())
            .unwrap_or_else(|| here.to_vec())
    }

    /// Who a number, a specialty or a language belongs to.
    fn single(&self, field: &Field) -> Option<usize> {
        let start = field.bytes.start;
        let line = self.text.line_at(start);
        let block = self.text.lines[line].block;
        let first_behind = self.holders.partition_point(|holder| holder.bytes.start <= start);
        let line_bytes = &self.text.lines[line].bytes;
        let behind = (first_behind..self.holders.len())
            .take(MOST_ASKED)
            .take_while(|holder| self.holders[*holder].bytes.start < line_bytes.end)
            .find(|holder| self.may_hold(*holder, field));
        let before = (0..first_behind)
            .rev()
            .take(MOST_SHARED)
            .take_while(|holder| self.text.block_at(self.holders[*holder].bytes.start) == block);
        let before: Vec<usize> = before.filter(|holder| self.may_hold(*holder, field)).collect();
        let on_line = before
            .iter()
            .any(|holder| self.holders[*holder].bytes.end >= line_bytes.start);
        if let Some(next) = behind {
            let gap = &self.text.source[field.bytes.end..self.holders[next].bytes.start.max(field.bytes.end)];
            let close = gap.len() <= 3 || (gap.len() <= 24 && !gap.contains(['.', ';', ',']));
            // `Dr. Faucett (cardiology) and Dr. Horace`: what stands in brackets is about the name before them.
            let closed = on_line && gap.trim_start().starts_with([')', ']']);
            let leads = field.kind == FieldKind::Specialty && close && !gap.contains(',') && !closed;
            if leads || (!on_line && !self.is_item(start)) || (on_line && self.begins_clause(field, next)) {
                return Some(next);
            }
        }
        if let Some(chosen) = self.choose(&before, field) {
            return Some(chosen);
        }
        self.far_owner(first_behind, field, line)
    }

    /// `NPI 1234567893 is Jane Doe's; NPI 1245319599 is that of John Roe`: whether a field opens a clause that has its name
    /// behind it.
    fn begins_clause(&self, field: &Field, next: usize) -> bool {
        let from = self.holders[..next].last().map_or(0, |last| last.bytes.end);
        let before = self.text.source.get(from..field.bytes.start).unwrap_or_default();
        let behind = self.text.source.get(field.bytes.end..self.holders[next].bytes.start);
        let joined = |gap: &str| gap.len() <= BETWEEN && !gap.contains(['.', ';', ',', '\n', '(']);
        behind.is_some_and(joined) && before.contains(';')
    }

    /// `Patient's name and address: Ann Lee, 1200 Main St`: what a label tells of somebody who is no provider.
    fn is_of_others(&self, field: &Field) -> bool {
        let line = &self.text.lines[self.text.line_at(field.bytes.start)].bytes;
        let items = self.layout.items_from(line.start).take(MOST_ITEMS);
        let mut items = items.take_while(|item| item.bytes.start <= field.bytes.start);
        // `Caller: Teri Hill (mother)   Callback: 713-555-0142`
        items.any(|item| {
            let label = crate::vocab::names::words(&self.text.source[item.label_bytes.clone()]);
            let is = |words: &[&str]| label.iter().any(|word| words.contains(&word.as_str()));
            let patient = label
                .iter()
                .any(|word| words::senses(word) & words::sense::PATIENT != 0);
            item.label == Label::Other && !item.bytes.is_empty() && (patient || is(&["caller", "rider"]))
        })
    }

    /// `870-538-9720 - Gary Dalton, DDS`: whom a number at the beginning of a line stands right before.
    fn led(&self, field: &Field, first_behind: usize) -> Option<usize> {
        let line = &self.text.lines[self.text.line_at(field.bytes.start)].bytes;
        let next = self
            .holders
            .get(first_behind)
            .filter(|next| next.bytes.start < line.end)?;
        let before = self.text.source.get(line.start..field.bytes.start)?;
        let begins = before.len() <= BETWEEN && crate::vocab::names::words(before).len() <= 1;
        let gap = self.text.source.get(field.bytes.end..next.bytes.start)?;
        let leads = begins && gap.len() <= 5 && !gap.contains(|c: char| c.is_alphanumeric() || c == ',');
        let held = self.holders[..first_behind]
            .last()
            .is_some_and(|last| last.bytes.end > line.start);
        (leads && !held && self.may_hold(first_behind, field)).then_some(first_behind)
    }

    /// The nearest before, but a person rather than the organisation between.
    fn choose(&self, before: &[usize], field: &Field) -> Option<usize> {
        let nearest = *before.first()?;
        if self.holders[nearest].is_person || field.of_organization {
            return Some(nearest);
        }
        let person = before.iter().copied().find(|holder| self.holders[*holder].is_person);
        let free = person.filter(|person| {
            let again = matches!(field.kind, FieldKind::Npi | FieldKind::Dea) && self.has(*person, field.kind);
            let close = self.listings[self.text.block_at(field.bytes.start) as usize]
                || self.holders[nearest].bytes.start < self.holders[*person].bytes.end + NEAR;
            !again && close
        });
        Some(free.unwrap_or(nearest))
    }

    /// Whether it stands in brackets behind words that are nobody's name here: then it is that unknown one's, and nobody else's.
    fn is_closed_off(&self, field: &Field) -> bool {
        let line = &self.text.lines[self.text.line_at(field.bytes.start)].bytes;
        let near = field.bytes.start.saturating_sub(IN_BRACKETS).max(line.start);
        let start = self.text.source.floor_char_boundary(near);
        let before = &self.text.source[start..field.bytes.start];
        let Some(open) = before.rfind('(').filter(|open| !before[*open..].contains(')')) else {
            return false;
        };
        let labels = crate::vocab::names::words(&before[open..]);
        if !labels
            .iter()
            .all(|word| matches!(word.as_str(), "npi" | "number" | "no" | "npis"))
        {
            return false;
        }
        let open = start + open;
        let behind = self.holders.partition_point(|holder| holder.bytes.start < open);
        let from = self.holders[..behind].last();
        let from = from.map_or(line.start, |last| last.bytes.end.max(line.start));
        let first = self.fields.partition_point(|other| other.bytes.start < from);
        let mut between = self.fields[first..].iter().take_while(|other| other.bytes.start < open);
        let says_more = between.any(|other| other.bytes.end <= open);
        if says_more {
            return false; // `Jane Doe, MD, Family Medicine (1234567893)`
        }
        let gap = self.text.source.get(from..open).unwrap_or_default();
        let words = gap.split(|c: char| !c.is_alphanumeric() && c != '\'' && c != '-');
        let last: Vec<&str> = words.filter(|word| !word.is_empty()).rev().take(2).collect();
        let capital = |word: &&str| word.chars().count() > 2 && word.starts_with(char::is_uppercase);
        let known = last.iter().any(|word| {
            let weight = CENSUS.weight(&crate::vocab::names::fold(word));
            weight.given > 0.0 || weight.surname >= USUAL_SURNAME
        });
        last.len() == 2 && last.iter().all(capital) && known
    }

    fn is_item(&self, byte: usize) -> bool {
        self.layout.item_at(byte).is_some()
    }

    /// Where nobody is named in the block: whom the form is about, or the block before.
    fn far_owner(&self, first_behind: usize, field: &Field, line: usize) -> Option<usize> {
        let short = self.text.lines[line].tokens.len() <= 16;
        if !self.is_item(field.bytes.start) && !short {
            return None;
        }
        let able = |holder: &usize| self.may_hold(*holder, field);
        let before = (0..first_behind).rev().take(MOST_ASKED).filter(able);
        let mut before = before.filter(|holder| self.holders[*holder].may_provide);
        let nearest = before.next();
        let labelled = nearest
            .into_iter()
            .chain(before)
            .find(|holder| self.holders[*holder].labelled && self.holders[*holder].is_person);
        if self.is_item(field.bytes.start) {
            let again =
                |holder: &usize| matches!(field.kind, FieldKind::Npi | FieldKind::Dea) && self.has(*holder, field.kind);
            let person = labelled.filter(|holder| !again(holder));
            return person.or(nearest.filter(|holder| !again(holder))).or_else(|| {
                (first_behind..self.holders.len())
                    .take(3)
                    .find(|holder| able(holder) && self.holders[*holder].may_provide)
            });
        }
        let block = self.text.lines[line].block;
        let adjacent = |holder: &usize| block.abs_diff(self.text.block_at(self.holders[*holder].bytes.start)) <= 1;
        // A heading is about what follows.
        let mut behind = (first_behind..self.holders.len()).take(MOST_ASKED);
        let follows = behind.find(able).filter(adjacent);
        let heading = field.kind == FieldKind::Specialty;
        if heading {
            follows.or(nearest.filter(adjacent))
        } else {
            nearest.filter(adjacent)
        }
    }

    /// An address or a telephone number is that of all names above it that have none, back to the last one.
    fn sharing(&self, field: &Field) -> Vec<usize> {
        let start = field.bytes.start;
        let block = self.text.block_at(start);
        let first_behind = self.holders.partition_point(|holder| holder.bytes.start <= start);
        let listing = self.listings[block as usize];
        if let Some(led) = self.led(field, first_behind) {
            return vec![led];
        }
        let mut owners: Vec<usize> = Vec::new();
        for holder in (0..first_behind).rev().take(MOST_SHARED) {
            let who = &self.holders[holder];
            if self.text.block_at(who.bytes.start) != block || !self.may_hold(holder, field) {
                break;
            }
            let same = owners
                .last()
                .map_or(start, |last: &usize| self.holders[*last].bytes.start);
            let near = owners.is_empty() || same.saturating_sub(who.bytes.end) <= NEAR;
            let other_kind = owners
                .iter()
                .all(|owner| self.holders[*owner].is_person != who.is_person);
            let others = self.has(holder, field.kind) || !near || (!listing && !other_kind);
            if !owners.is_empty() && (others || self.is_apart(who, same, start)) {
                break;
            }
            owners.push(holder);
            if !who.may_provide {
                break; // A patient's telephone number is nobody else's.
            }
        }
        if owners.is_empty() && !self.is_of_others(field) {
            let line = self.text.line_at(start);
            let end = self.text.lines[line].bytes.end;
            let next = self.holders.get(first_behind).filter(|next| next.bytes.start < end);
            let next = next.map(|_| first_behind);
            owners.extend(next.or_else(|| self.far_owner(first_behind, field, line)));
        }
        owners
    }
}

impl Finder<'_, '_> {
    /// Whether a name has nothing to do with the place or number of the one behind it: its sentence has ended, or the other
    /// has a line of its own with all that belongs there.
    fn is_apart(&self, who: &Holder, next: usize, field: usize) -> bool {
        let between = self.text.source.get(who.bytes.end..next).unwrap_or_default();
        let (line, of_next) = (self.text.line_at(who.bytes.start), self.text.line_at(next));
        let own_lines =
            line != of_next && of_next == self.text.line_at(field) && self.text.lines[line].bytes.len() < WRAPPED;
        own_lines || ends_sentence(between)
    }
}

/// Whether a sentence ends in a text: no abbreviation has so many small letters before its full stop.
fn ends_sentence(text: &str) -> bool {
    text.match_indices('.').any(|(at, _)| {
        let small = text[..at].chars().rev().take_while(char::is_ascii_lowercase).count();
        let ends = small > 3 || text[..at].ends_with(|c: char| c.is_ascii_digit());
        ends && text[at + 1..].starts_with(char::is_whitespace)
    })
}

/// What people of one place have in common.
fn is_shared(kind: FieldKind) -> bool {
    matches!(
        kind,
        FieldKind::Address | FieldKind::Phone | FieldKind::Fax | FieldKind::Email
    )
}

/// The state of a licence that does not say it, by the address beside it.
pub fn license_states(fields: &mut [Field], holders: &[Holder]) {
    for holder in holders {
        let state = holder.fields.iter().find_map(|number| match &fields[*number].detail {
            Detail::Address(address) => address.state.clone(),
            _ => None,
        });
        for number in &holder.fields {
            if let Detail::State(known @ None) = &mut fields[*number].detail {
                known.clone_from(&state);
            }
        }
    }
}
