//! Specialties and languages: phrases of the lexicon, where the text says them of somebody.

use std::ops::Range;

use super::field::{Detail, Field, FieldKind};
use super::layout::{Label, Layout};
use super::text::{Kind, Text};
use crate::vocab::Lexicon;

/// Words behind which languages are meant.
const SPEAKING: &[&str] = &[
    "speaks",
    "speak",
    "speaking",
    "fluent",
    "fluently",
    "language",
    "languages",
    "bilingual",
    "spoken",
    "habla",
    "hablan",
    "idiomas",
    "interpreter",
];
/// Words that as a label name a part in an operation.
const PARTS: &[&str] = &[
    "surgeon",
    "anesthesia",
    "anesthesiologist",
    "anesthetist",
    "assistant",
    "pathologist",
    "radiologist",
];
/// Words of a sentence that may stand between such a word and the language.
const REACH: usize = 8;

/// All of a text, in their order. What lies in `taken` (names, addresses) is no specialty.
pub fn find(text: &Text<'_>, layout: &Layout, lexicon: &Lexicon, taken: &[Range<usize>]) -> Vec<Field> {
    let mut fields = Vec::new();
    for line in &text.lines {
        let tokens: Vec<usize> = line
            .tokens
            .clone()
            .filter(|at| matches!(text.tokens[*at].kind, Kind::Word | Kind::Mixed))
            .collect();
        let mut words: Vec<String> = Vec::new();
        let mut token_of: Vec<usize> = Vec::new();
        for at in tokens {
            for part in text.folded(at).split('-').filter(|part| !part.is_empty()) {
                words.push(part.to_owned());
                token_of.push(at);
            }
        }
        let mut at = 0;
        let mut speaking = 0_usize;
        while at < words.len() {
            if SPEAKING.contains(&words[at].as_str()) {
                speaking = REACH;
            }
            speaking = speaking.saturating_sub(1);
            let token = token_of[at];
            if is_taken(taken, text.tokens[token].range()) {
                at += 1;
                continue;
            }
            let column = label_at(layout, text.tokens[token].start as usize);
            let language = lexicon
                .languages
                .longest_prefix(&words[at..])
                .filter(|_| speaking > 0 || column == Some(Label::Language));
            if let Some((term, count)) = language {
                let bytes = text.tokens[token].start as usize..text.tokens[token_of[at + count - 1]].end as usize;
                fields.push(Field::new(FieldKind::Language, bytes, term.code.clone()));
                at += count;
                speaking = REACH;
                continue;
            }
            at += specialty(text, lexicon, &words[at..], &token_of[at..], column).map_or(1, |(field, count)| {
                fields.push(field);
                count
            });
        }
    }
    fields
}

fn label_at(layout: &Layout, byte: usize) -> Option<Label> {
    let cell = layout.cell_at(byte).and_then(|cell| cell.label);
    cell.or_else(|| layout.item_at(byte).map(|item| item.label))
}

fn is_taken(taken: &[Range<usize>], bytes: Range<usize>) -> bool {
    let at = taken.partition_point(|range| range.end <= bytes.start);
    taken.get(at).is_some_and(|range| range.start < bytes.end)
}

/// The specialty that the words begin with: a title or a field, no disease.
fn specialty(
    text: &Text<'_>,
    lexicon: &Lexicon,
    words: &[String],
    tokens: &[usize],
    column: Option<Label>,
) -> Option<(Field, usize)> {
    let asked = column == Some(Label::Specialty);
    if words[0].len() == 10 && words[0].ends_with('x') {
        let term = lexicon.specialties.get(&words[0].to_ascii_uppercase())?;
        let field = Field::new(FieldKind::Specialty, text.tokens[tokens[0]].range(), term.code.clone());
        return Some((field.with(Detail::Codes(vec![term.code.clone()])), 1));
    }
    let (codes, count) = lexicon.specialties.longest_prefix(words)?;
    // `Surgeon: Jane Doe, DDS` says what she did there.
    let next = tokens[count - 1] + 1;
    if PARTS.contains(&words[0].as_str()) && count == 1 && text.tokens.get(next).is_some_and(|token| token.is(':')) {
        return None;
    }
    let phrase = words[..count].join(" ");
    let vague = VAGUE.contains(&phrase.as_str()) || (phrase.len() < 4 && !asked);
    if (vague || lexicon.specialties.is_condition(&phrase)) && !asked {
        return None;
    }
    // A phrase does not go on behind a comma.
    let joined = tokens[..count].windows(2).all(|pair| {
        pair[1] <= pair[0] + 1
            || !(pair[0] + 1..pair[1]).any(|between| {
                text.tokens[between].is(',') || text.tokens[between].is('.') || text.tokens[between].is('|')
            })
    });
    if !joined {
        return None;
    }
    if is_unticked(text, tokens[0]) {
        return None;
    }
    let bytes = text.tokens[tokens[0]].start as usize..text.tokens[tokens[count - 1]].end as usize;
    let field = Field::new(FieldKind::Specialty, bytes, codes.first()?.clone()).with(Detail::Codes(codes.to_vec()));
    Some((field, count))
}

/// Whether a box stands before a token that nobody has ticked: `[ ] Cardiology`, `☐ Cardiology`.
fn is_unticked(text: &Text<'_>, at: usize) -> bool {
    let before = |back: usize| at.checked_sub(back).map(|at| &text.tokens[at]);
    let is = |back: usize, marks: &[char]| before(back).is_some_and(|token| marks.iter().any(|mark| token.is(*mark)));
    let box_of_two = is(1, &[']', ')']) && is(2, &['[', '(']);
    box_of_two || is(1, &['\u{2610}', '\u{25a1}', '\u{25fb}', '\u{274f}'])
}

/// Phrases of the lexicon that say too little, or something else, in running text.
const VAGUE: &[&str] = &[
    "pharmacy",
    "hospital",
    "clinic",
    "health",
    "medical",
    "surgery",
    "surgical",
    "medicine",
    "technician",
    "student",
    "nurse",
    "driver",
    "case management",
    "contractor",
    "home health",
    "group",
    "nursing",
    "school",
    "community health",
    "research",
    "rehabilitation",
    "interpreter",
    "supports brokerage",
    "day training",
    "physical",
    "exam",
    "checkup",
    "check up",
    "emergency",
    "therapy",
    "counselor",
    "pain",
    "family",
    "children",
    "women",
    "adult",
    "general",
    "primary care",
    "new patient",
    "vaccine",
    "vaccines",
    "shots",
    "baby",
    "teeth",
    "dental",
    "lab",
    "labs",
    "imaging",
    "department",
    "specialist",
];
