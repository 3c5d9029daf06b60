//! Whether a specialty's words in running text are said of somebody: `Dr. Lee, a cardiologist` and not `Dr. Lee thanked the nurses`.

use super::field::Field;
use super::group::Holder;
use super::layout::Layout;
use super::text::Text;
use super::words::{circle, is_in};
use crate::vocab::names::words;

/// Bytes between a name and what is said of it.
const REACH: usize = 90;

/// Whether a specialty may be that of a holder. What is written large, labelled or alone on its line is said of somebody anyway.
pub fn is_said_of(text: &Text<'_>, layout: &Layout, field: &Field, holder: &Holder) -> bool {
    let source = text.source;
    if layout.cell_at(field.bytes.start).is_some() || layout.item_at(field.bytes.start).is_some() {
        return true;
    }
    let line = &text.lines[text.line_at(field.bytes.start)].bytes;
    let before = source[line.start..field.bytes.start].trim_end();
    let alone = !before.contains(char::is_alphanumeric)
        && !source[field.bytes.end.min(line.end)..line.end].contains(char::is_alphanumeric);
    if alone || !is_small(&source[field.bytes.clone()], before) {
        return true;
    }
    let fits = |gap: Option<&str>, small: u32| {
        gap.is_some_and(|gap| {
            gap.len() <= REACH
                && !ends_sentence(gap)
                && gap
                    .split_whitespace()
                    .filter(|word| word.starts_with(char::is_lowercase))
                    .flat_map(words)
                    .all(|word| is_in(&word, small))
        })
    };
    if holder.bytes.start < field.bytes.start {
        fits(
            source.get(holder.bytes.end..field.bytes.start),
            circle::APPOSITION_BEHIND,
        )
    } else {
        fits(
            source.get(field.bytes.end..holder.bytes.start),
            circle::APPOSITION_BEFORE,
        )
    }
}

/// Whether words are those of a sentence: all small, or with a capital for the sentence's sake.
fn is_small(written: &str, before: &str) -> bool {
    let mut words = written.split_whitespace();
    let first = words.next().unwrap_or_default();
    let rest: Vec<&str> = words.collect();
    let small = |word: &&str| word.starts_with(char::is_lowercase);
    if small(&first) {
        return true;
    }
    let begins = before.is_empty() || before.ends_with(['.', '!', '?']);
    begins && !rest.is_empty() && rest.iter().all(small)
}

/// Whether a full stop behind a word of small letters stands in a text.
fn ends_sentence(gap: &str) -> bool {
    gap.match_indices('.').any(|(at, _)| {
        let small = gap[..at].chars().rev().take_while(char::is_ascii_lowercase).count();
        small > 3 && gap[at + 1..].starts_with(char::is_whitespace)
    })
}
