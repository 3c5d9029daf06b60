//! Names that are told in full somewhere else in the text: `PARENT, BEVERLY` further on in a run of capitals, the surnames of a
//! plan of calls, `said Lee`.

use std::ops::Range;

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Finder, Found, Words};
use crate::intake::extract::layout::Label;
use crate::intake::extract::text::{Case, Kind};
use crate::intake::extract::words::sense;
use crate::vocab::names::fold;

/// Cells of a line that make it one of a plan.
const FEWEST_CELLS: usize = 3;
/// Surnames of a line that make it a list of them.
const FEWEST_ENTRIES: usize = 2;
/// Words of a surname.
const MOST_WORDS: usize = 3;
/// What heads the columns of a plan, and may be somebody's name.
const DAYS: &[&str] = &[
    "mon", "tue", "wed", "thu", "fri", "sat", "sun", "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep",
    "oct", "nov", "dec", "day", "night", "week",
];

impl Finder<'_, '_, '_> {
    /// `PARENT, BEVERLY`, where somebody was found who is called so.
    pub(super) fn again(&mut self) {
        let mut called: FxHashMap<String, FxHashSet<String>> = FxHashMap::default();
        for person in self.people.iter().filter(|person| !person.civil) {
            if let Some(first) = &person.first {
                called.entry(fold(&person.last)).or_default().insert(fold(first));
            }
        }
        let view = self.view;
        let is_free = |finder: &Self, at: usize| {
            at < view.len() && !finder.owned[at] && !view.is_closed(at) && view.text.tokens[at].is_capital()
        };
        for at in 0..view.len() {
            if !is_free(self, at) {
                continue;
            }
            // `Beverly Parent` as before.
            let fits = at > 0
                && view.flows(at)
                && is_free(self, at - 1)
                && called
                    .get(view.text.folded(at))
                    .is_some_and(|given| given.contains(view.text.folded(at - 1)));
            if fits {
                let words = Words {
                    tokens: vec![at - 1, at],
                    suffix: self.suffix_at(at + 1),
                    ends_in_surname: true,
                    ..Words::default()
                };
                let next = at + 1;
                let is_more = words.suffix.is_none() && next < view.len() && view.flows(next);
                let is_more = is_more && view.is_name_word(next) && !view.is_credential(next);
                if !is_more && !self.is_thing(&words) && !self.leads_to_head(at) {
                    self.add(&words, None, Found::Bare);
                }
                continue;
            }
            let given = called
                .get(view.text.folded(at))
                .filter(|_| view.is_mark(at + 1, ',') && view.flows(at + 1));
            let next = at + 2;
            let fits = given
                .is_some_and(|given| is_free(self, next) && view.flows(next) && given.contains(view.text.folded(next)));
            if fits {
                let initial =
                    Some(next + 1).filter(|more| is_free(self, *more) && view.flows(*more) && view.is_initial(*more));
                let words = Words {
                    tokens: [at, next].into_iter().chain(initial).collect(),
                    before_comma: Some(1),
                    ..Words::default()
                };
                self.add(&words, None, Found::Bare);
            }
        }
    }

    /// `said Lee`, `covering for Lee`: the surname alone of somebody who was told in full, within a sentence.
    pub(super) fn surnames(&mut self) {
        // Their given names, where those are told.
        let mut told: FxHashMap<String, Vec<String>> = FxHashMap::default();
        // Whom nothing but their names tells of: their surnames are looked for where nothing else can stand.
        let mut bare: FxHashSet<String> = FxHashSet::default();
        for person in self.people.iter().filter(|person| !person.civil) {
            if person.first.is_some() {
                bare.insert(fold(&person.last).replace(' ', "-"));
            }
            let fits = match &person.first {
                Some(_) => person.found != Found::Bare || person.is_clinician,
                None => person.found == Found::Title,
            };
            if fits {
                let given = told.entry(fold(&person.last).replace(' ', "-")).or_default();
                given.extend(person.first.as_deref().map(fold));
            }
        }
        if told.is_empty() && bare.is_empty() {
            return;
        }
        for at in 1..self.view.len() {
            let Some(given) = told.get(self.view.text.folded(at)) else {
                let entered = bare.contains(self.view.text.folded(at)) && self.is_entry(at);
                if entered && self.stands_alone(at, at) {
                    self.add_surname(at, None);
                }
                continue;
            };
            let initial = self.initial_before(at);
            let begins = initial.unwrap_or(at);
            // `cc: J. Lee`, where `Jane Lee` was told.
            let fits = initial.is_some_and(|initial| {
                let letter = self.view.text.folded(initial);
                given.iter().any(|given| given.starts_with(letter))
            });
            if (fits || self.is_within(begins, at) || self.is_entry(at)) && self.stands_alone(begins, at) {
                self.add_surname(at, initial);
            }
        }
    }

    fn add_surname(&mut self, at: usize, initial: Option<usize>) {
        let words = Words {
            tokens: initial.into_iter().chain([at]).collect(),
            before_comma: initial.is_none().then_some(1),
            ends_in_surname: true,
            ..Words::default()
        };
        self.add(&words, None, Found::Surname);
    }

    /// `Wed: Lee`, `713-555-0142 (Lee)`: all that stands behind a label that is none of patients, or in a number's brackets.
    fn is_entry(&self, at: usize) -> bool {
        let view = self.view;
        let Some(before) = at.checked_sub(1).filter(|_| view.follows(at)) else {
            return false;
        };
        if view.is_mark(before, '(') {
            let number = before.checked_sub(1).is_some_and(|at| view.is_closed(at));
            return number && view.is_mark(at + 1, ')');
        }
        if !view.is_mark(before, ':') {
            return false;
        }
        let ends = !view.flows(at + 1) || view.text.tokens[at + 1].line != view.text.tokens[at].line;
        let ends = ends || matches!(view.text.tokens[at + 1].kind, Kind::Mark(',' | ';' | '(' | '/' | '|'));
        let of_others = view.layout.item_at(view.text.tokens[at].start as usize);
        let of_others = of_others.is_some_and(|item| item.label == Label::Other);
        let line = view.text.tokens[at].line;
        let mut label = (0..before)
            .rev()
            .take_while(|word| view.text.tokens[*word].line == line)
            .take(MOST_WORDS);
        ends && !of_others && !label.any(|word| view.is(word, sense::PATIENT | sense::CLERK))
    }

    /// The `J` of `J. Lee`.
    fn initial_before(&self, at: usize) -> Option<usize> {
        let view = self.view;
        let initial = at.checked_sub(if view.is_mark(at - 1, '.') { 2 } else { 1 })?;
        let fits = view.is_initial(initial) && !self.owned[initial] && view.flows(at);
        fits.then_some(initial)
    }

    /// Whether a surname stands within a sentence or behind a dash; it may begin with an initial.
    fn is_within(&self, begins: usize, at: usize) -> bool {
        let view = self.view;
        let Some(before) = begins.checked_sub(1).map(|before| &view.text.tokens[before]) else {
            return false;
        };
        if !view.flows(begins) || matches!(before.kind, Kind::Mark('.' | '!' | '?' | ']')) {
            return self.is_spoken_of(at);
        }
        match before.kind {
            Kind::Word if view.text.folded(begins - 1) == "defendant" => true,
            Kind::Word => before.case == Case::Lower && !view.is(begins - 1, sense::PATIENT | sense::PARTICLE),
            // `Mon 7a-7p Lee`
            Kind::Mixed => is_hour(view.text.written(begins - 1)),
            Kind::Mark('-' | '\u{2013}' | '\u{2014}') => !before.glued,
            // `Call 713-555-0142 (Lee)`
            Kind::Mark('(') => view.is_mark(at + 1, ')') && begins == at,
            Kind::Mark(';') => self.is_spoken_of(at),
            // `"We grow," Lee said.`
            Kind::Mark('"' | '\u{201d}') => !view.text.tokens[begins].glued && self.is_spoken_of(at),
            _ => false,
        }
    }

    /// `Lee sees patients from Monday on.`, `Lee: on my way`: a sentence begins with somebody, or what was said by them.
    fn is_spoken_of(&self, at: usize) -> bool {
        let view = self.view;
        let (next, everyday) = (at + 1, &view.lexicon.everyday);
        let is_name = !everyday.is_filler(view.text.folded(at));
        if next >= view.len() || !view.flows(next) {
            return false;
        }
        let token = &view.text.tokens[next];
        // `Lee, 67, said the decision was not easy.`
        let aged = token.is(',')
            && next + 3 < view.len()
            && view.text.tokens[next + 1].kind == Kind::Number
            && view.text.tokens[next + 1].range().len() == 2
            && view.is_mark(next + 2, ',')
            && view.text.tokens[next + 3].case == Case::Lower;
        (aged && is_name) || token.is(':') || (is_name && token.kind == Kind::Word && token.case == Case::Lower)
    }

    /// Whether a surname with a capital is part of nothing else.
    fn stands_alone(&self, begins: usize, at: usize) -> bool {
        let view = self.view;
        let token = &view.text.tokens[at];
        if self.owned[at] || view.is_closed(at) || token.case != Case::Title || begins == 0 {
            return false;
        }
        let next = at + 1;
        let possessive = view.is_mark(next, '\'') || view.is_mark(next, '\u{2019}');
        let head = if possessive { next + 2 } else { next };
        // `Lee practices at ..` is a sentence.
        let named = |head: usize| view.is(head, sense::STREET | sense::HEAD) && view.text.tokens[head].is_capital();
        let is_thing = head < view.len() && (named(head) || view.is(head, sense::EPONYM_HEAD));
        let joined = view.is_mark(next, '-') || view.is_mark(next, '&');
        let goes_on =
            next < view.len() && view.follows(next) && (view.text.tokens[next].is_capital() || joined || is_thing);
        // `says Turner.`: a disease goes on, or stands with an apostrophe.
        let ends = !possessive && (!view.follows(next) || matches!(view.text.tokens[next].kind, Kind::Mark(_)));
        // `whose life Turner saved`; but `Foley in.`, `the Foley drained`.
        let acts = || {
            let before = &view.text.tokens[begins - 1];
            let article = matches!(view.text.folded(begins - 1), "the" | "a" | "with" | "and" | "of");
            let lower = before.case == Case::Lower && view.text.tokens[next].case == Case::Lower;
            lower && !article && view.text.folded(next).ends_with("ed") && !is_thing
        };
        !goes_on && (ends || !view.is(at, sense::EPONYM) || (!possessive && acts()))
    }

    /// `jane lee` in a text without capitals, in which `dr lee` is spoken of: as somebody in the directory is called.
    pub(super) fn lower_pairs(&mut self) {
        let titled = |person: &&super::Person| person.found == Found::Title && !person.civil && person.first.is_none();
        let told: FxHashSet<String> = self.people.iter().filter(titled).map(|p| fold(&p.last)).collect();
        if told.is_empty() {
            return;
        }
        for at in 2..=self.view.len() {
            if told.contains(self.view.text.folded(at - 1))
                && let Some(words) = self.lower_pair(at)
            {
                self.add(&words, None, Found::Bare);
            }
        }
    }

    /// The cells of a plan, and the entries of a list, that are the surname of somebody who is listed with letters behind the
    /// name.
    pub(super) fn in_grids(&mut self) {
        let mut listed: FxHashMap<String, FxHashSet<String>> = FxHashMap::default();
        for person in self.people.iter().filter(|person| person.is_clinician) {
            let first = person.first.as_deref().map(fold).unwrap_or_default();
            listed.entry(plain(&person.last)).or_default().insert(first);
        }
        if listed.is_empty() {
            return;
        }
        for line in &self.view.text.lines {
            let cells = self.cells(line.tokens.clone());
            if cells.len() >= FEWEST_CELLS {
                let surnames = cells.into_iter().filter(|cell| self.is_surname(cell, &listed));
                self.add_surnames(surnames.collect());
            }
            let entries = self.entries(line.tokens.clone());
            let surnames: Vec<_> = entries
                .into_iter()
                .filter(|entry| self.is_surname(entry, &listed))
                .collect();
            if surnames.len() >= FEWEST_ENTRIES {
                self.add_surnames(surnames);
            }
        }
    }

    /// The tokens of a line between its gaps.
    fn cells(&self, line: Range<usize>) -> Vec<Range<usize>> {
        let bounds = line.clone().filter(|at| *at == line.start || self.view.is_apart(*at));
        let starts: Vec<usize> = bounds.collect();
        let ends = starts.iter().skip(1).copied().chain([line.end]);
        starts.iter().zip(ends).map(|(start, end)| *start..end).collect()
    }

    /// The entries of a list behind its label, without what stands in brackets: `Present: Lee (chair), Park, Roe`.
    fn entries(&self, line: Range<usize>) -> Vec<Range<usize>> {
        let view = self.view;
        let Some(label) = line.clone().find(|at| view.is_mark(*at, ':')) else {
            return Vec::new();
        };
        let inner = label + 1..line.end;
        let commas = inner
            .clone()
            .filter(|at| view.is_mark(*at, ',') || view.is_mark(*at, ';'));
        let ends: Vec<usize> = commas.chain([line.end]).collect();
        let starts = std::iter::once(inner.start).chain(ends.iter().map(|end| end + 1));
        let entries = starts.zip(&ends).map(|(start, end)| {
            let bracket = (start..*end).find(|at| view.is_mark(*at, '('));
            start..bracket.unwrap_or(*end)
        });
        entries.collect()
    }

    /// Whether all of a cell is the surname of one who is listed.
    fn is_surname(&self, cell: &Range<usize>, listed: &FxHashMap<String, FxHashSet<String>>) -> bool {
        let view = self.view;
        let free = |at: usize| view.text.tokens[at].kind == Kind::Word && !self.owned[at] && !view.is_closed(at);
        let named = (1..=MOST_WORDS).contains(&cell.len()) && cell.clone().all(free);
        let word: String = cell.clone().map(|at| view.text.folded(at).replace('-', "")).collect();
        named && !DAYS.contains(&word.as_str()) && listed.get(&word).is_some_and(|given| given.len() == 1)
    }

    fn add_surnames(&mut self, cells: Vec<Range<usize>>) {
        for cell in cells {
            let words = Words {
                before_comma: Some(cell.len()),
                tokens: cell.collect(),
                ..Words::default()
            };
            self.add(&words, None, Found::Label);
        }
    }
}

/// `7p`, `7pm`.
fn is_hour(written: &str) -> bool {
    let rest = written.trim_start_matches(|c: char| c.is_ascii_digit());
    rest.len() < written.len() && matches!(rest, "a" | "p" | "am" | "pm")
}

fn plain(name: &str) -> String {
    fold(name).replace([' ', '-'], "")
}
