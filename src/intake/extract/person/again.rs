//! Names that are told in full somewhere else in the text: `PARENT, BEVERLY` further on in a run of capitals, the surnames of a
//! plan of calls, `said Lee`.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Finder, Found, Words};
use crate::intake::extract::text::{Case, Kind};
use crate::intake::extract::words::sense;
use crate::vocab::names::fold;

/// Cells of a line that make it one of a plan.
const FEWEST_CELLS: usize = 3;
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
        let mut told: FxHashSet<String> = FxHashSet::default();
        for person in self
            .people
            .iter()
            .filter(|person| !person.civil && person.first.is_some())
        {
            if person.found != Found::Bare || person.is_clinician {
                told.insert(fold(&person.last));
            }
        }
        for person in self.people.iter().filter(|person| person.first.is_none()) {
            if person.found == Found::Title && !person.civil {
                told.insert(fold(&person.last));
            }
        }
        if told.is_empty() {
            return;
        }
        for at in 1..self.view.len() {
            if !told.contains(self.view.text.folded(at)) {
                continue;
            }
            let initial = self.initial_before(at);
            if self.stands_alone(initial.unwrap_or(at), at) {
                let words = Words {
                    tokens: initial.into_iter().chain([at]).collect(),
                    before_comma: initial.is_none().then_some(1),
                    ends_in_surname: true,
                    ..Words::default()
                };
                self.add(&words, None, Found::Surname);
            }
        }
    }

    /// The `J` of `J. Lee`.
    fn initial_before(&self, at: usize) -> Option<usize> {
        let view = self.view;
        let initial = at.checked_sub(if view.is_mark(at - 1, '.') { 2 } else { 1 })?;
        let fits = view.is_initial(initial) && !self.owned[initial] && view.flows(at);
        fits.then_some(initial)
    }

    /// Whether a surname with a capital stands within a sentence or behind a dash, and is part of nothing else; it may begin with
    /// an initial.
    fn stands_alone(&self, begins: usize, at: usize) -> bool {
        let view = self.view;
        let token = &view.text.tokens[at];
        if self.owned[at] || view.is_closed(at) || token.case != Case::Title || begins == 0 || !view.flows(begins) {
            return false;
        }
        let before = &view.text.tokens[begins - 1];
        let within = match before.kind {
            Kind::Word if view.text.folded(begins - 1) == "defendant" => true,
            Kind::Word => before.case == Case::Lower && !view.is(begins - 1, sense::PATIENT | sense::PARTICLE),
            Kind::Mark('-' | '\u{2013}' | '\u{2014}') => !before.glued,
            _ => false,
        };
        let next = at + 1;
        let possessive = view.is_mark(next, '\'') || view.is_mark(next, '\u{2019}');
        let head = if possessive { next + 2 } else { next };
        let is_thing = head < view.len() && view.is(head, sense::STREET | sense::HEAD | sense::EPONYM_HEAD);
        let joined = view.is_mark(next, '-') || view.is_mark(next, '&');
        let goes_on =
            next < view.len() && view.follows(next) && (view.text.tokens[next].is_capital() || joined || is_thing);
        within && !goes_on && !view.is(at, sense::EPONYM)
    }

    /// The cells of a plan that are the surname of somebody who is listed with letters behind the name.
    pub(super) fn in_grids(&mut self) {
        let mut listed: FxHashMap<String, FxHashSet<String>> = FxHashMap::default();
        for person in self.people.iter().filter(|person| person.is_clinician) {
            let first = person.first.as_deref().map(fold).unwrap_or_default();
            listed.entry(plain(&person.last)).or_default().insert(first);
        }
        if listed.is_empty() {
            return;
        }
        let view = self.view;
        for line in &view.text.lines {
            let mut cells: Vec<Vec<usize>> = Vec::new();
            for at in line.tokens.clone() {
                if at == line.tokens.start || view.is_apart(at) {
                    cells.push(Vec::new());
                }
                cells.last_mut().expect("a cell was begun").push(at);
            }
            if cells.len() < FEWEST_CELLS {
                continue;
            }
            for tokens in cells {
                let named = tokens.len() <= MOST_WORDS
                    && tokens
                        .iter()
                        .all(|at| view.text.tokens[*at].kind == Kind::Word && !self.owned[*at] && !view.is_closed(*at));
                let word: String = tokens.iter().map(|at| view.text.folded(*at).replace('-', "")).collect();
                let one = listed.get(&word).is_some_and(|given| given.len() == 1);
                if named && one && !DAYS.contains(&word.as_str()) {
                    let words = Words {
                        before_comma: Some(tokens.len()),
                        tokens,
                        ..Words::default()
                    };
                    self.add(&words, None, Found::Label);
                }
            }
        }
    }
}

fn plain(name: &str) -> String {
    fold(name).replace([' ', '-'], "")
}
