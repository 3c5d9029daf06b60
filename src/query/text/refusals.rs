//! Times at which somebody cannot come (`cant do mondays`, `any day but sunday`), and what a negation denies behind its first
//! object: `not in brooklyn or queens`. None of it may be read as its opposite.

use super::{
    Reader, clocks,
    negations::{BETWEEN, Denied},
    spoken::is_title,
    starts_with,
};

/// Before a day or an hour these say that it is not wanted.
const REFUSALS: &[&[&str]] = &[
    &["cant"],
    &["cannot"],
    &["can", "not"],
    &["couldnt"],
    &["unable"],
    &["unavailable"],
    &["never"],
    &["avoid"],
    &["avoiding"],
    &["skip"],
    &["hate"],
    &["closed"],
    &["closes"],
    &["besides"],
    &["busy"],
    &["day", "but"],
    &["days", "but"],
    &["week", "but"],
    &["weekday", "but"],
    &["weekdays", "but"],
    &["time", "but"],
    &["times", "but"],
    &["anytime", "but"],
    &["everyday", "but"],
    &["daily", "but"],
    &["day", "except"],
    &["i", "work"],
    &["we", "work"],
    &["im", "working"],
    &["at", "work"],
    &["in", "school"],
    &["no", "puedo"],
    &["no", "podemos"],
    &["menos"],
    &["cerrado"],
    &["trabajo"],
    &["nunca"],
];
/// The same before a part of the day.
const NOT: &[&str] = &["no", "not"];
/// May stand between such a refusal and the time.
const BEFORE_TIME: &[&str] = &[
    "a",
    "an",
    "any",
    "anyone",
    "appointment",
    "appointments",
    "are",
    "at",
    "be",
    "by",
    "come",
    "do",
    "does",
    "during",
    "el",
    "en",
    "every",
    "for",
    "from",
    "get",
    "go",
    "in",
    "is",
    "it",
    "los",
    "make",
    "me",
    "on",
    "see",
    "seen",
    "them",
    "the",
    "there",
    "to",
    "work",
    "working",
    "ir",
];
/// Most of those.
const FARTHEST: usize = 5;
/// Between two things that are denied together.
const JOINS: &[&str] = &["or", "nor", "and", "o", "ni", "y", "u"];

impl Reader<'_, '_> {
    /// A refusal and the time behind it, which is left out; and how many words that took.
    pub(super) fn refused(&mut self, at: usize) -> Option<usize> {
        let words = self.words;
        let said = REFUSALS.iter().filter(|phrase| starts_with(&words[at..], phrase));
        let said = said.map(|phrase| phrase.len()).max();
        // `no mornings`, `not in the evening`; but `not before noon` says when.
        let part = || NOT.contains(&words[at].as_str()) && !clocks::is_denied_bound(&words[at..]);
        let lead = said.or_else(|| part().then_some(1))?;
        // `not closed on saturday`
        let before = at.checked_sub(1).map(|before| words[before].as_str());
        if matches!(before, Some("not" | "isnt" | "arent" | "no" | "never" | "dont")) {
            return None;
        }
        for from in at + lead..words.len().min(at + lead + FARTHEST) {
            let taken = if said.is_some() {
                self.opening(&words[from..]).map(|(_, taken)| taken)
            } else {
                clocks::part_of_day(&words[from..]).map(|part| part.taken)
            };
            if let Some(taken) = taken {
                let to = self.stretch_of_days(from + taken);
                // `any day but tuesday`
                let any = matches!(before, Some("any" | "every" | "each" | "all" | "some"));
                self.leave_out(at - usize::from(any), to);
                self.understood();
                return Some(to - at);
            }
            if !BEFORE_TIME.contains(&words[from].as_str()) {
                return None;
            }
        }
        None
    }

    /// `monday to friday`: where a day goes on to another one.
    fn stretch_of_days(&self, to: usize) -> usize {
        let words = self.words;
        let joined = words
            .get(to)
            .is_some_and(|word| matches!(word.as_str(), "to" | "through" | "thru" | "till" | "until" | "a"));
        let last = words.get(to + 1..).filter(|rest| joined && !rest.is_empty());
        match last.and_then(|rest| self.opening(rest)) {
            Some((_, taken)) => to + 1 + taken,
            None => to,
        }
    }

    /// What is denied together with what was denied before a word: as long as it is of the same kind. How many words that took.
    pub(super) fn further_denied(&mut self, first: usize) -> usize {
        let words = self.words;
        let mut to = first;
        while words.get(to).is_some_and(|word| JOINS.contains(&word.as_str())) {
            let Some(kind) = self.last_denied() else { break };
            let is_between = |word: &&String| BETWEEN.contains(&word.as_str()) || is_title(word);
            let from = to + 1 + words[to + 1..].iter().take_while(is_between).count();
            if from >= words.len() || self.forced[from].is_some() {
                break;
            }
            let kept = (self.reading.clone(), self.before);
            let taken = if kind == "name" {
                self.not_named(to, from).map(|taken| to + taken)
            } else {
                match self.denied(to, from, false) {
                    Denied::Words(taken) => Some(from + taken),
                    _ => None,
                }
            };
            let same = taken.is_some() && self.last_denied().as_deref() == Some(kind.as_str());
            // `i dont speak spanish or french`: neither is a condition.
            let left_out = kind == "unknown" && !matches!(words[to].as_str(), "and" | "y");
            match taken {
                Some(end) if same => to = end,
                Some(end) if left_out => {
                    (self.reading, self.before) = kept;
                    self.leave_out(to, end);
                    to = end;
                }
                _ => {
                    (self.reading, self.before) = kept;
                    break;
                }
            }
            self.understood();
        }
        to - first
    }

    /// What kind the last piece of the text was of, where it was denied.
    fn last_denied(&self) -> Option<String> {
        let last = self.reading.terms.last()?;
        match last.kind {
            "excluded" => last.value.split('=').next().map(str::to_owned),
            "unknown" => Some(last.kind.to_owned()),
            _ => None,
        }
    }
}
