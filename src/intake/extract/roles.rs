//! What part somebody plays in the text: a provider, and which; or a patient, a clerk, nobody that a directory has.

use std::ops::Range;

use super::field::{Field, FieldKind};
use super::layout::{Label, label_of};
use super::others;
use super::person::{Found, Person};
use super::text::Case;
use super::view::View;
use super::words::{circle, is_in, sense};
use crate::vocab::names::words;

/// Words before a name that are looked at.
const BEFORE: usize = 6;
/// Words behind a name that are looked at.
const BEHIND: usize = 6;

/// Words of what somebody is called behind a name.
const MOST_OF_TITLE: usize = 4;

/// Why a name stands in the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Somebody who cares for patients, with the part as it is told.
    Provider(&'static str),
    /// Somebody else.
    Other,
    /// Nothing tells.
    Unknown,
}

/// Words that name the part of a provider.
const PARTS: &[(&str, &str)] = &[
    ("referring", "referring"),
    ("referred", "referring"),
    ("attending", "attending"),
    ("pcp", "primary_care"),
    ("primary", "primary_care"),
    ("rendering", "rendering"),
    ("ordering", "ordering"),
    ("supervising", "supervising"),
    ("collaborating", "supervising"),
    ("consulting", "consulting"),
    ("consultant", "consulting"),
    ("surgeon", "surgeon"),
    ("covering", "covering"),
    ("admitting", "admitting"),
    ("prescriber", "prescribing"),
    ("prescribing", "prescribing"),
    ("prescribed", "prescribing"),
    ("dictated", "signing"),
    ("signed", "signing"),
    ("sincerely", "signing"),
    ("regards", "signing"),
    ("billing", "billing"),
    ("servicing", "rendering"),
    ("performing", "rendering"),
];

/// The part of a person. `fields` are those that were attached.
pub fn of_person(view: &View<'_, '_>, person: &Person, fields: &[&Field]) -> Role {
    // Of a surname alone the one who was told in full says it.
    if person.found == Found::Surname {
        return Role::Unknown;
    }
    let behind = words_behind(view, person);
    let before = words_before(view, person);
    let close = &before[before.len().saturating_sub(3)..];
    let licensed = fields
        .iter()
        .any(|field| matches!(field.kind, FieldKind::Npi | FieldKind::License | FieldKind::Dea));
    if others::is_dead(close, &behind)
        || others::consents(close, &behind)
        || others::signs_before_witness(view, person)
        || (!licensed && others::is_of_another_calling(person, close, &behind))
    {
        return Role::Other;
    }
    let titled = person.found == Found::Title && !person.civil;
    // `Ann Lee   Emergency contact (wife)`; but `Dr. Ann Lee, mother of three`.
    if !person.is_clinician && !titled && !licensed && others::is_related(&behind) {
        return Role::Other;
    }
    if !person.is_clinician && !titled && !licensed && others::is_of_house(close) {
        return Role::Other;
    }
    if !licensed && others::studies(&behind) {
        return Role::Other;
    }
    if !person.is_clinician && !titled && !licensed && others::is_of_ward(&behind) {
        return Role::Other;
    }
    // `physician: Ann Lee, DO; compliance contact Bob Kim`
    let asked = !person.is_clinician && !licensed && close.last().is_some_and(|word| word == "contact");
    if asked && is_within_value(view, person) {
        return Role::Other;
    }
    let sure = person.is_clinician || titled || licensed;
    if !sure && (others::is_of_house_by_column(view, person) || others::is_asked_for(view, person)) {
        return Role::Other;
    }
    if !sure && others::speaks(view, person) {
        return Role::Unknown;
    }
    if let Some(role) = by_label(view, person, licensed) {
        // `Dictated by: Rosa Delgado, transcriptionist`, `Staff: Ann Lee (Recording Secretary)`.
        let writes = !person.is_clinician && !licensed && is_called_clerk(view, person, &behind);
        return if writes { Role::Other } else { role };
    }
    if is_somebody_else(person, close, &behind, licensed) {
        // `the bill from Ann Lee`: of which a label elsewhere may tell more.
        let unsaid = close.last().is_some_and(|word| matches!(word.as_str(), "from" | "by"));
        return if unsaid && !sure { Role::Unknown } else { Role::Other };
    }
    let part = || {
        let named = before
            .iter()
            .rev()
            .find_map(|word| PARTS.iter().find(|(w, _)| w == word));
        named.map_or("provider", |(_, part)| *part)
    };
    if person.is_clinician || titled || licensed || person.found == Found::Label {
        return Role::Provider(part());
    }
    if person.credential.is_some() || person.civil {
        return Role::Other;
    }
    let practising = fields.iter().any(|field| field.kind == FieldKind::Specialty);
    // What begins on the line below may be about somebody else.
    let near = if ends_line(view, person) { 1 } else { BEHIND };
    let caring = before
        .iter()
        .chain(behind.iter().take(near))
        .any(|word| is_in(word, circle::CARING));
    if practising || caring || is_of_row(view, person) {
        return Role::Provider(part());
    }
    Role::Unknown
}

/// Whether a name in a table is whom its row is about: where one column is headed as that of providers, those in others are not.
fn is_of_row(view: &View<'_, '_>, person: &Person) -> bool {
    let Some(cell) = view.layout.cell_at(person.bytes.start) else {
        return false;
    };
    let is_name = |label: Option<Label>| matches!(label, Some(Label::Name | Label::First | Label::Last));
    let row = view.layout.row(cell.row).iter().take(MOST_CELLS);
    let mut others = row.filter(|other| other.bytes != cell.bytes);
    cell.head.is_none() || is_name(cell.label) || !others.any(|other| is_name(other.label) && !other.bytes.is_empty())
}

/// `Rosa Delgado, transcriptionist`, and in a value that goes on `Rosa Delgado, Medical Staff Coordinator; ..`.
fn is_called_clerk(view: &View<'_, '_>, person: &Person, behind: &[String]) -> bool {
    // What the next cell of a row says is a specialty as well: `Case Manager`.
    if let Some(cell) = view.layout.cell_at(person.bytes.start) {
        let rest = view.text.source.get(person.whole.end..cell.bytes.end);
        return rest.is_some_and(|rest| words(rest).iter().take(MOST_OF_TITLE).any(|word| is_clerk(word)));
    }
    let value = view.layout.item_at(person.bytes.start).map(|item| item.bytes.end);
    let rest = value.and_then(|end| view.text.source.get(person.whole.end..end));
    let title = rest.and_then(|rest| rest.trim_start().strip_prefix(','));
    let title = title.map(|title| title.split([',', ';', '(', ':']).next().unwrap_or_default());
    behind.iter().take(2).any(|word| is_clerk(word))
        || title.is_some_and(|title| words(title).iter().take(MOST_OF_TITLE).any(|word| is_clerk(word)))
}

/// Whether a line ends with a name.
fn ends_line(view: &View<'_, '_>, person: &Person) -> bool {
    let line = &view.text.lines[view.text.line_at(person.bytes.start)].bytes;
    let rest = view.text.source.get(person.whole.end..line.end).unwrap_or_default();
    !rest.contains(char::is_alphanumeric)
}

/// What a label or the head of a column says.
fn by_label(view: &View<'_, '_>, person: &Person, licensed: bool) -> Option<Role> {
    let byte = person.bytes.start;
    if view.layout.is_of_others(byte) {
        return Some(Role::Other);
    }
    let (label, head) = match (view.layout.cell_at(byte), view.layout.item_at(byte)) {
        (Some(cell), _) => (cell.label, cell.head.clone()?),
        (None, Some(item)) => (Some(item.label), item.label_bytes.clone()),
        (None, None) => return None,
    };
    let head = words(&view.text.source[head]);
    // `Referred patient` heads a column of patients, `Scheduler` one of clerks.
    let is_of_nobody = |word: &String| super::words::senses(word) & (sense::PATIENT | sense::CLERK) != 0;
    if label.is_none() && head.iter().any(is_of_nobody) {
        return Some(Role::Other);
    }
    // A label of a letter's head names who it is to, who may well be a provider: `To: Dr. Smith`.
    let addressed = head
        .iter()
        .any(|word| matches!(word.as_str(), "from" | "to" | "cc" | "attn" | "attention"));
    match label {
        // `Attendant: Ann Lee, MD   NPI: 1234567893`, whatever is attended.
        Some(Label::Other) if licensed && person.is_clinician => None,
        // `Office contact: Ann Lee, MD`
        Some(Label::Other) if person.is_clinician && head.last().is_some_and(|word| word == "contact") => None,
        Some(Label::Other) if addressed || is_further_on(view, person) || is_of_board(view, person, &head) => None,
        // A physician in training; without letters behind the name, somebody who lives there.
        Some(Label::Other) if head == ["resident"] && person.is_clinician => None,
        Some(Label::Other) => Some(Role::Other),
        // `Nurse: Ann Lee`, without letters behind the name: of the house, and not to be asked for.
        Some(Label::Name) if is_of_ward(&head) && !person.is_clinician => Some(Role::Other),
        Some(Label::Name | Label::First | Label::Last) => {
            let part = head.iter().find_map(|word| PARTS.iter().find(|(w, _)| w == word));
            // `Referred to` names the other one.
            let part = part.filter(|_| head != ["referred", "to"]);
            Some(Role::Provider(part.map_or("provider", |(_, part)| *part)))
        }
        _ => None,
    }
}

/// `Primary nurse`, `School nurse`; but `Nurse practitioner`.
fn is_of_ward(head: &[String]) -> bool {
    let has = |words: &[&str]| head.iter().any(|word| words.contains(&word.as_str()));
    has(&["nurse", "nurses"]) && !has(&["practitioner", "midwife", "provider", "anesthetist"])
}

/// `Members: Ann Lee, MD, ..` of a board, and a witness who speaks of a doctor: `THE WITNESS:  Dr. Lee saw him first.`
fn is_of_board(view: &View<'_, '_>, person: &Person, head: &[String]) -> bool {
    let has = |word: &str| head.iter().any(|other| other == word);
    let titled = person.found == Found::Title && !person.civil;
    let goes_on = || words_behind(view, person).first().is_some_and(|word| !is_clerk(word));
    (has("members") && person.is_clinician) || (has("witness") && titled && goes_on())
}

/// Whether somebody called a doctor stands further on in a value: `Patient: Ann Miller. Treated by Brian Hall, DO.`
fn is_further_on(view: &View<'_, '_>, person: &Person) -> bool {
    let called = person.is_clinician || (person.found == Found::Title && !person.civil);
    called && is_within_value(view, person)
}

/// Whether something stands before a name in its value.
fn is_within_value(view: &View<'_, '_>, person: &Person) -> bool {
    let value = view.layout.item_at(person.bytes.start).map(|item| item.bytes.start);
    let before = value.and_then(|start| view.text.source.get(start..person.whole.start));
    before.is_some_and(|before| before.contains(char::is_alphabetic))
}

/// What forms and tables ask of a patient in two words.
const OF_PATIENTS_IN_TWO: &[[&str; 2]] = &[
    ["member", "id"],
    ["of", "birth"],
    ["for", "visit"],
    ["birth", "date"],
    ["policy", "number"],
];
/// Lines of a form below a name that are about the one named.
const LINES_BELOW: usize = 3;
/// Bytes before and behind a name that a line of a form is read for: where a whole form is one line, each name in it has its own.
const AROUND: usize = 1_024;
/// Cells of a row that are asked what their heads say.
const MOST_CELLS: usize = 64;

/// Whether a plain `Name` in a form or table is a patient's: birth, insurance or diagnosis beside it, and nothing that only
/// those have who practise.
pub fn is_patient_of_form(view: &View<'_, '_>, person: &Person, fields: &[&Field]) -> bool {
    let practises = person.is_clinician
        || fields
            .iter()
            .any(|field| matches!(field.kind, FieldKind::Npi | FieldKind::License | FieldKind::Dea));
    let byte = person.bytes.start;
    let plain = |head: &Range<usize>| {
        let head = words(&view.text.source[head.clone()]);
        head.iter().all(|word| {
            matches!(
                word.as_str(),
                "name" | "nombre" | "full" | "first" | "last" | "given" | "family" | "legal"
            )
        })
    };
    if practises {
        return false;
    }
    let beside: Vec<String> = match (view.layout.cell_at(byte), view.layout.item_at(byte)) {
        (Some(cell), _) if cell.head.as_ref().is_some_and(plain) => {
            let row = view.layout.row(cell.row).iter().take(MOST_CELLS);
            let heads = row.filter_map(|other| other.head.clone());
            heads.flat_map(|head| words(&view.text.source[head])).collect()
        }
        (None, Some(item)) if plain(&item.label_bytes) => {
            let line = view.text.line_at(byte);
            let block = view.text.lines[line].block;
            let lines = view.text.lines.iter().enumerate().skip(line).take(LINES_BELOW + 1);
            let lines = lines.take_while(|(_, other)| other.block == block);
            lines
                .flat_map(|(number, _)| words(around(view, number, byte)))
                .collect()
        }
        _ => return false,
    };
    beside.iter().any(|word| is_in(word, circle::OF_PATIENTS))
        || beside.windows(2).any(|pair| {
            OF_PATIENTS_IN_TWO
                .iter()
                .any(|two| pair[0] == two[0] && pair[1] == two[1])
        })
}

/// What of a line is near a byte.
fn around<'t>(view: &View<'_, 't>, line: usize, byte: usize) -> &'t str {
    let line = &view.text.lines[line].bytes;
    let source = view.text.source;
    let start = source.floor_char_boundary(byte.saturating_sub(AROUND).clamp(line.start, line.end));
    let end = source.floor_char_boundary((byte + AROUND).clamp(line.start, line.end));
    &source[start..end]
}

fn is_clerk(word: &str) -> bool {
    super::words::senses(word) & sense::CLERK != 0
}

/// Patients by what stands before them, clerks by what stands behind.
fn is_somebody_else(person: &Person, close: &[String], behind: &[String], licensed: bool) -> bool {
    // The members of a board who have letters behind their names are no members of a plan.
    let of_board = |word: &String| person.is_clinician && word == "members";
    let patient = |word: &String| super::words::senses(word) & sense::PATIENT != 0 && !of_board(word);
    let clerk = |word: &String| is_clerk(word);
    let titled = person.found == Found::Title && !person.civil;
    // A label of providers, or the number beside the name, says whose name it is.
    let sure = person.is_clinician || titled || person.found == Found::Label;
    // `patient Jane Smith`, `our member, Jane Smith`; but `the patient saw Dr. Smith`.
    let right_before = close.last().is_some_and(patient)
        || (close.len() > 1
            && patient(&close[close.len() - 2])
            && matches!(
                close[close.len() - 1].as_str(),
                "name" | "is" | "named" | "mr" | "ms" | "mrs" | "s" | "of" | "called"
            ));
    if right_before && (!titled || person.is_clinician) {
        return true;
    }
    if sure || licensed {
        return false;
    }
    if close.iter().rev().take(2).any(|word| is_in(word, circle::KIN)) {
        return true;
    }
    let written = |words: &[&str]| behind.first().is_some_and(|word| words.contains(&word.as_str()));
    let born = behind
        .iter()
        .take(3)
        .any(|word| matches!(word.as_str(), "dob" | "mrn" | "ssn" | "born" | "aged"));
    let age = behind
        .get(1)
        .is_some_and(|word| word == "year" || word == "yo" || word == "y")
        || written(&["yo"]);
    let works = behind.iter().take(4).any(clerk) || close.iter().any(clerk);
    let contact = close.last().is_some_and(|word| {
        matches!(
            word.as_str(),
            "contact" | "ask" | "by" | "attn" | "from" | "dear" | "hi" | "hello" | "thanks"
        )
    });
    let asked = contact
        && !close.iter().any(|word| {
            matches!(
                word.as_str(),
                "signed" | "dictated" | "seen" | "treated" | "referred" | "evaluated" | "performed" | "examined"
            )
        });
    born || age || works || asked
}

/// The folded words before a person in its sentence or line, in their order.
fn words_before(view: &View<'_, '_>, person: &Person) -> Vec<String> {
    let first = view
        .text
        .tokens
        .partition_point(|t| (t.start as usize) < person.whole.start);
    let mut found = Vec::new();
    let mut at = first;
    let line = view.text.tokens.get(first).map_or(0, |t| t.line);
    let mut lines = 0;
    while at > 0 && found.len() < BEFORE {
        at -= 1;
        let token = &view.text.tokens[at];
        // A line above says something only where it is short: `Sincerely,` and `Our providers:`.
        if token.line != line && lines == 0 {
            lines = 1;
            if token.is('.') || view.text.lines[token.line as usize].tokens.len() > 5 && !view.flows(at + 1) {
                break;
            }
        }
        let ends = (token.is('.') && at > 0 && view.text.tokens[at - 1].case == Case::Lower) || token.is(';');
        if ends {
            break;
        }
        let word = view.text.folded(at);
        if !word.is_empty() {
            found.insert(0, word.to_owned());
        }
    }
    found
}

/// The folded words behind a person, to the end of its sentence; a line below counts where this one ends with the name.
fn words_behind(view: &View<'_, '_>, person: &Person) -> Vec<String> {
    let first = view
        .text
        .tokens
        .partition_point(|t| (t.start as usize) < person.whole.end);
    let mut found = Vec::new();
    let line = first.checked_sub(1).map_or(0, |at| view.text.tokens[at].line);
    let mut here = 0;
    for at in first..view.len() {
        let token = &view.text.tokens[at];
        let below = token.line > line;
        if found.len() >= BEHIND || token.is(';') || (token.is('.') && !below) || token.line > line + 1 {
            break;
        }
        // A line below counts where this one ends with the name, unless it is a label with a value of its own.
        let written = || view.text.line(token.line as usize);
        if below && (here > 0 || written().contains(':') || label_of(&words(written())).is_some()) {
            break;
        }
        let word = view.text.folded(at);
        if !word.is_empty() {
            found.push(word.to_owned());
            here += usize::from(!below);
        }
    }
    found
}
