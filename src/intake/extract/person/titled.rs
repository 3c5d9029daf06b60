//! Names behind a title: `Dr. Jane A. Smith`, `Drs. Lee and Park`, on labels `DR. LEE, ANN`.

use super::{Finder, Found, From, MOST_TITLES, Words};
use crate::intake::extract::text::{Case, Kind};
use crate::intake::extract::words::sense;

/// Words of a way's name.
const LONGEST_WAY: usize = 4;

impl Finder<'_, '_, '_> {
    /// `Dr. Jane A. Smith`, `Drs. Lee and Park`.
    pub(super) fn behind_titles(&mut self) {
        let mut at = 0;
        while at < self.view.len() {
            let next = if self.view.is(at, sense::DOCTOR | sense::CIVIL) && !self.view.is_closed(at) && !self.owned[at]
            {
                self.behind_title(at)
            } else {
                None
            };
            at = next.unwrap_or(at + 1);
        }
    }

    fn behind_title(&mut self, title: usize) -> Option<usize> {
        let view = self.view;
        if view.text.tokens[title].case == Case::Lower && view.is(title, sense::CIVIL) {
            return None;
        }
        let mut start = view.past_stop(title);
        let follows = |at: usize| at < view.len() && view.flows(at);
        // `Frau Dr. Smith` is a doctor.
        if view.is(title, sense::CIVIL) && follows(start) && view.is(start, sense::DOCTOR) {
            return None;
        }
        // `Prof. Dr. med. Jane Smith`; nobody has a page of them.
        for _ in 1..MOST_TITLES {
            if follows(start) && (view.is(start, sense::DOCTOR) || self.is_faculty(start)) {
                start = view.past_stop(start);
            }
        }
        // `Good morning, doctor.` above `GUEST: Good morning`
        let line = view.text.tokens.get(start)?.line;
        if line != view.text.tokens[title].line && view.text.lines[line as usize].labelled {
            return None;
        }
        let words = self.forward(start, From::Title)?;
        let words = self.turned(&words).unwrap_or(words);
        if self.is_way(title, &words) {
            return None;
        }
        let mut behind = self.add(&words, Some(title), Found::Title);
        if !matches!(view.text.folded(title), "drs" | "doctors") {
            return Some(behind);
        }
        while let Some(words) = self.next_of_several(behind) {
            behind = self.add(&words, None, Found::Title);
        }
        Some(behind)
    }

    /// `DR. KELLY, MORGAN A   713-555-0142`: on a label, a surname and what is behind its comma.
    fn turned(&self, words: &Words) -> Option<Words> {
        let view = self.view;
        let [surname] = *words.tokens else { return None };
        let first = surname + 2;
        let fits = view.is_mark(surname + 1, ',') && view.flows(surname + 1) && first < view.len() && view.flows(first);
        if !fits
            || words.suffix.is_some()
            || !view.is_name_word(first)
            || view.is_credential(first)
            || !view.is_given(first)
        {
            return None;
        }
        let mut tokens = vec![surname, first];
        let mut end = first + 1;
        if end < view.len() && view.flows(end) && view.is_initial(end) {
            tokens.push(end);
            end = view.past_stop(end);
        }
        let goes_on = end < view.len() && view.flows(end) && !self.owned[end];
        let ends =
            !goes_on || view.text.tokens[end].kind == Kind::Number || view.is_mark(end, ';') || view.is_closed(end);
        ends.then(|| Words {
            tokens,
            before_comma: Some(1),
            ..Words::default()
        })
    }

    /// `3922 Union Dr Minneapolis 55417`: a way between its number and a town.
    fn is_way(&self, title: usize, words: &Words) -> bool {
        let view = self.view;
        if !view.is(title, sense::STREET) {
            return false;
        }
        let mut at = title;
        while at > 0 && title - at < LONGEST_WAY && view.flows(at) && view.text.tokens[at - 1].is_capital() {
            at -= 1;
        }
        let numbered = at > 0 && view.flows(at) && view.text.tokens[at - 1].kind == Kind::Number;
        // `FROM: 9 Elm Dr     PG 1`
        let (end, behind) = (
            view.text.tokens[title].end as usize,
            words.tokens.first().copied().unwrap_or(title),
        );
        let gap = view.text.source.get(end..view.text.tokens[behind].start as usize);
        if numbered && gap.is_some_and(|gap| gap.starts_with("  ")) {
            return true;
        }
        let last = *words.tokens.last().unwrap_or(&title);
        let town: Vec<&str> = words.tokens.iter().map(|at| view.text.written(*at)).collect();
        numbered && (view.is_zip(last + 1) || view.lexicon.gazetteer.is_city(&town.join(" ")))
    }

    /// What somebody is a doctor of: `Dr. med.`, `Dr. phil.`
    fn is_faculty(&self, at: usize) -> bool {
        let faculty = matches!(
            self.view.text.folded(at),
            "med" | "dent" | "phil" | "univ" | "habil" | "rer" | "nat"
        );
        faculty && self.view.past_stop(at) > at + 1
    }

    /// The name behind `and` or a comma.
    fn next_of_several(&self, behind: usize) -> Option<Words> {
        let view = self.view;
        let joins = |at: usize| view.is_mark(at, ',') || view.is_mark(at, '&') || view.text.folded(at) == "and";
        let mut next = behind;
        while next < view.len() && joins(next) {
            next += 1;
        }
        (next > behind).then(|| self.forward(next, From::Title)).flatten()
    }
}
