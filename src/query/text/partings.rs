//! Whom somebody leaves (`fired dr brown`, `hate dr garcia`), and who must not be for children alone: said without a word that
//! denies, or of more than it denies.

use super::{Reader, starts_with};
use crate::vocab::names::TITLES;

/// Before somebody whom they name people say so that they look for somebody else.
const PARTED: &[&[&str]] = &[
    &["hate"],
    &["hated"],
    &["fired"],
    &["firing"],
    &["leaving"],
    &["left"],
    &["quit"],
    &["quitting"],
    &["ditching"],
    &["ditched"],
    &["done", "with"],
    &["switching", "from"],
    &["switch", "from"],
    &["changing", "from"],
    &["moving", "on", "from"],
    &["unhappy", "with"],
    &["not", "happy", "with"],
    &["fed", "up", "with"],
    &["tired", "of"],
    &["sick", "of"],
    &["mad", "at"],
    &["replace"],
    &["replacing"],
    &["replacement", "for"],
    &["didnt", "like"],
    &["dont", "trust"],
    &["odio", "al"],
    &["odio", "a", "la"],
];
/// Words that say that there is nothing else.
const ONLY: &[&str] = &["exclusively", "just", "only", "solely"];
/// What stands with them before those whom somebody sees.
const ONLY_FOR: &[&str] = &[
    "a",
    "be",
    "deal",
    "deals",
    "do",
    "does",
    "exclusively",
    "for",
    "is",
    "just",
    "one",
    "only",
    "place",
    "see",
    "sees",
    "solely",
    "someone",
    "take",
    "takes",
    "that",
    "the",
    "treat",
    "treats",
    "who",
    "with",
    "work",
    "works",
];
/// Most of those.
const MOST_BETWEEN: usize = 7;

impl Reader<'_, '_> {
    /// `fired dr brown`, `hate dr garcia`: whom somebody names so is whom they leave.
    pub(super) fn parted_from(&mut self, at: usize) -> Option<usize> {
        let words = self.words;
        let said = PARTED.iter().filter(|phrase| starts_with(&words[at..], phrase));
        let mut from = at + said.map(|phrase| phrase.len()).max()?;
        while words
            .get(from)
            .is_some_and(|word| matches!(word.as_str(), "my" | "our" | "old" | "current" | "the" | "mi"))
        {
            from += 1;
        }
        let first = from;
        while words
            .get(from)
            .is_some_and(|word| TITLES.contains(&word.as_str()) || word == "drs")
        {
            from += 1;
        }
        (from > first && from < words.len())
            .then(|| self.not_named(at, from))
            .flatten()
    }

    /// `not one that only does kids`: whoever sees children, too, will do, so nothing is asked for or excluded.
    pub(super) fn not_only_children(&mut self, at: usize) -> Option<usize> {
        let words = self.words;
        if !matches!(words[at].as_str(), "not" | "doesnt" | "dont" | "isnt" | "arent") {
            return None;
        }
        let rest = &words[at + 1..];
        let between = rest.iter().take_while(|word| ONLY_FOR.contains(&word.as_str())).count();
        let only = rest[..between].iter().any(|word| ONLY.contains(&word.as_str()));
        let child = rest.get(between).filter(|word| self.everyday().is_child(word))?;
        if !only || between > MOST_BETWEEN || child.is_empty() {
            return None;
        }
        self.leave_out(at, at + between + 2);
        self.understood();
        Some(between + 2)
    }
}
