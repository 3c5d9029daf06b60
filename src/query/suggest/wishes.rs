//! Wishes that are being typed: `acc` goes on as `accepting new patients`, `spanish sp` as `Spanish speaking`.

use super::{Suggestion, phrases::languages, plain};
use crate::vocab::Lexicon;

/// What people wish for beside a kind of care, as it is said; each is understood by the box.
const WISHES: &[&str] = &[
    "accepting new patients",
    "female doctor",
    "male doctor",
    "new patients",
    "open now",
    "open saturday",
    "open sunday",
    "open today",
    "open tomorrow",
    "telehealth",
    "video visit",
    "wheelchair accessible",
];
/// From so many letters on a wish is completed.
const SHORTEST: usize = 3;
/// Behind a language.
const SPEAKING: &str = "speaking";

/// Wishes that begin so, and a language that somebody begins to ask for by `speaking`.
pub(super) fn wishes(lexicon: &Lexicon, prefix: &str) -> Vec<Suggestion> {
    if prefix.len() < SHORTEST {
        return Vec::new();
    }
    let begun = WISHES.iter().filter(|wish| wish.starts_with(prefix));
    let mut found: Vec<Suggestion> = begun.map(|wish| plain("wish", (*wish).to_owned(), None)).collect();
    if let Some((language, last)) = prefix.rsplit_once(' ')
        && !last.is_empty()
        && SPEAKING.starts_with(last)
    {
        let same = languages(lexicon, language).filter(|known| known.name.eq_ignore_ascii_case(language));
        found.extend(same.map(|known| {
            plain(
                "language",
                format!("{} {SPEAKING}", known.name),
                Some(known.code.clone()),
            )
        }));
    }
    found
}
