//! Names that are told in full somewhere else in the text: `PARENT, BEVERLY` further on in a run of capitals, or the surnames of a
//! plan of calls.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{Finder, Found, Words};
use crate::intake::extract::text::Kind;
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
