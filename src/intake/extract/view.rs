//! What is known of each token: the word's senses, whether it is a name and which, whether something else has it already.

use std::{cell::RefCell, ops::Range};

use rustc_hash::FxHashMap;

use super::layout::{Cell, Layout};
use super::text::{Case, Kind, Text};
use super::words::{sense, senses};
use crate::intake::census::{CENSUS, Weight};
use crate::query::candidates::Parts;
use crate::vocab::Lexicon;

/// What the directory knows of names.
pub trait Names {
    /// How many providers bear a folded word in one of their names.
    fn bearers(&self, word: &str) -> u32;
    /// Whether some provider bears all these folded words in its names.
    fn is_borne(&self, words: &[String]) -> bool;
    /// The name of the person who has an NPI.
    fn holder(&self, npi: u64) -> Option<Parts>;
    /// The names of those people, or some of them, whom a telephone number of ten digits reaches.
    fn reached_by(&self, _phone: &str) -> Vec<Parts> {
        Vec::new()
    }
}

/// A text with what is known of its words.
pub struct View<'a, 't> {
    /// The text.
    pub text: &'a Text<'t>,
    /// How it is laid out.
    pub layout: &'a Layout,
    /// Specialties, languages, places, nicknames.
    pub lexicon: &'a Lexicon,
    /// The directory's names.
    pub names: &'a dyn Names,
    senses: Vec<u16>,
    closed: Vec<bool>,
    apart: Vec<bool>,
    bearers: RefCell<FxHashMap<String, u32>>,
}

impl<'a, 't> View<'a, 't> {
    /// Looks every word up.
    pub fn new(text: &'a Text<'t>, layout: &'a Layout, lexicon: &'a Lexicon, names: &'a dyn Names) -> Self {
        let senses = (0..text.tokens.len()).map(|at| match (text.tokens[at].kind, text.tokens[at].case) {
            // The `Y.` of `Ann Y. Lee` is no particle.
            (Kind::Word, Case::Initial) => of_word(text.folded(at)) & !sense::PARTICLE,
            (Kind::Word, _) => of_word(text.folded(at)),
            _ => 0,
        });
        Self {
            senses: senses.collect(),
            closed: vec![false; text.tokens.len()],
            apart: apart(text),
            bearers: RefCell::default(),
            text,
            layout,
            lexicon,
            names,
        }
    }

    /// Takes the tokens of some bytes out of what names are looked for in.
    pub fn close(&mut self, bytes: &Range<usize>) {
        let first = self.text.tokens.partition_point(|t| t.end as usize <= bytes.start);
        let last = self.text.tokens.partition_point(|t| (t.start as usize) < bytes.end);
        self.closed[first..last.max(first)].fill(true);
    }

    /// Whether a token is part of something else.
    pub fn is_closed(&self, at: usize) -> bool {
        self.closed[at]
    }

    /// Whether a token is a word with one of these senses.
    pub fn is(&self, at: usize, flags: u16) -> bool {
        self.senses[at] & flags != 0
    }

    /// How often a word is which kind of name; of a double name, its likeliest part.
    pub fn weight(&self, at: usize) -> Weight {
        let parts = self.text.folded(at).split('-').map(|part| CENSUS.weight(part));
        parts.fold(Weight::default(), |a, b| Weight {
            given: a.given.max(b.given),
            surname: a.surname.max(b.surname),
            ..a
        })
    }

    /// Whether a word is a given name or a nickname.
    pub fn is_given(&self, at: usize) -> bool {
        self.text.folded(at).split('-').any(|part| {
            let nicknames = &self.lexicon.nicknames;
            CENSUS.weight(part).given > 0.0
                || nicknames.nicknames_of(part).next().is_some()
                || nicknames.names_of(part).next().is_some()
        })
    }

    /// How many providers bear a word.
    pub fn bearers(&self, at: usize) -> u32 {
        let word = self.text.folded(at);
        if let Some(known) = self.bearers.borrow().get(word) {
            return *known;
        }
        let bearers = word.split('-').map(|part| self.names.bearers(part)).min().unwrap_or(0);
        self.bearers.borrow_mut().insert(word.to_owned(), bearers);
        bearers
    }

    /// Whether somebody bears all these tokens.
    pub fn is_borne(&self, tokens: &[usize]) -> bool {
        if tokens.iter().any(|at| self.bearers(*at) == 0) {
            return false;
        }
        let words: Vec<String> = tokens
            .iter()
            .flat_map(|at| self.text.folded(*at).split('-').map(str::to_owned))
            .collect();
        self.names.is_borne(&words)
    }

    /// Whether a token may be a word of somebody's name.
    pub fn is_name_word(&self, at: usize) -> bool {
        let token = &self.text.tokens[at];
        if self.closed[at] || !token.is_capital() || token.case == Case::Initial || self.text.folded(at).len() < 2 {
            return false;
        }
        if self.is(at, sense::HEAD | sense::EPONYM_HEAD | sense::DOCTOR | sense::CIVIL) {
            return false;
        }
        if self.is(at, sense::NEVER | sense::WEAK_HEAD | sense::CLERK | sense::PATIENT) {
            // `May`, `Bell`, `Young`: a name where the Census has it as one, and often.
            let weight = self.weight(at);
            return weight.surname > 5.0
                && !self.is(at, sense::WEAK_HEAD | sense::PATIENT)
                && self.is_common_as_name(at);
        }
        true
    }

    /// Words that are ordinary, and yet names of many.
    fn is_common_as_name(&self, at: usize) -> bool {
        matches!(
            self.text.folded(at),
            "may"
                | "page"
                | "case"
                | "best"
                | "day"
                | "march"
                | "august"
                | "north"
                | "west"
                | "good"
                | "street"
                | "will"
                | "new"
                | "job"
                | "do"
                | "an"
                | "so"
                | "see"
                | "more"
                | "english"
                | "judge"
        ) && (self.text.tokens[at].case == Case::Title
            || (self.text.tokens[at].case == Case::Upper && self.text.tokens.get(at + 1).is_some_and(|t| t.is(','))))
    }

    /// Whether a token is an initial: `J`, `J.R`.
    pub fn is_initial(&self, at: usize) -> bool {
        !self.closed[at] && self.text.tokens[at].case == Case::Initial && self.text.tokens[at].kind == Kind::Word
    }

    /// Whether a token is written as a credential.
    pub fn is_credential(&self, at: usize) -> bool {
        if self.closed[at] || !self.is(at, sense::CREDENTIAL) {
            return false;
        }
        let dotted = self.text.written(at).contains('.');
        match self.text.tokens[at].case {
            Case::Upper => true,
            Case::Title => dotted || !self.is(at, sense::AMBIGUOUS),
            Case::Initial => dotted, // `M.D`, `D.O`
            Case::Lower => {
                let sure = !self.is(at, sense::AMBIGUOUS) && self.text.folded(at).len() <= 4;
                dotted || sure || self.is_between_commas(at)
            }
            Case::None => false,
        }
    }

    /// `jane smith, do, 1200 main st`: letters in a text without capitals that may be a word, but not there.
    fn is_between_commas(&self, at: usize) -> bool {
        let told = matches!(self.text.folded(at), "do" | "pa" | "od" | "dc" | "ot");
        let ends = || {
            self.text
                .tokens
                .get(at + 1)
                .is_none_or(|next| next.is(',') || next.is('(') || next.is(';'))
        };
        told && at > 0 && self.is_mark(at - 1, ',') && ends()
    }

    /// The token behind one, past a full stop that belongs to it.
    pub fn past_stop(&self, at: usize) -> usize {
        let next = at + 1;
        let stop = self
            .text
            .tokens
            .get(next)
            .is_some_and(|token| token.is('.') && token.glued);
        next + usize::from(stop)
    }

    /// Whether a token is the five digits of a ZIP, on the line of the one before.
    pub fn is_zip(&self, at: usize) -> bool {
        let token = self.text.tokens.get(at);
        token.is_some_and(|token| token.kind == Kind::Number && token.range().len() == 5) && self.follows(at)
    }

    /// How many tokens there are.
    pub fn len(&self) -> usize {
        self.text.tokens.len()
    }

    /// Whether this is that mark.
    pub fn is_mark(&self, at: usize, mark: char) -> bool {
        self.text.tokens.get(at).is_some_and(|token| token.is(mark))
    }

    /// Whether a token goes on what stands before it.
    pub fn flows(&self, at: usize) -> bool {
        self.follows(at) && !self.apart[at]
    }

    /// The same, be it behind a gap.
    pub fn follows(&self, at: usize) -> bool {
        at < self.len() && self.text.flows(at) && self.same_cell(at)
    }

    /// Whether a token stands behind a gap or the edge of a cell.
    pub fn is_apart(&self, at: usize) -> bool {
        at < self.len() && at > 0 && (self.apart[at] || (self.text.flows(at) && !self.same_cell(at)))
    }

    /// Not across the edge of a cell.
    fn same_cell(&self, at: usize) -> bool {
        let (before, here) = (
            self.text.tokens[at - 1].start as usize,
            self.text.tokens[at].start as usize,
        );
        let cell = self.layout.cell_at(here);
        let left = |cell: &Cell| !cell.bytes.contains(&here);
        match cell {
            Some(cell) => cell.bytes.contains(&before),
            // What stands behind a table is no part of its last cell.
            None => !self.layout.cell_at(before).is_some_and(left),
        }
    }
}

/// Of each token, whether a gap parts it from the word before: three blanks, or two in a line that has several such gaps.
fn apart(text: &Text<'_>) -> Vec<bool> {
    let mut apart = vec![false; text.tokens.len()];
    for line in &text.lines {
        let gap = |at: usize| {
            let before = &text.tokens[at - 1];
            let between = &text.source[before.end as usize..text.tokens[at].start as usize];
            let wide = between.chars().filter(|c| c.is_whitespace()).count();
            if between.contains('\t') { 3 } else { wide }
        };
        let inner = line.tokens.start + 1..line.tokens.end;
        let several = inner.clone().filter(|at| gap(*at) > 1).take(2).count() > 1;
        for at in inner {
            let joins = matches!(text.tokens[at - 1].kind, Kind::Mark(',' | '(' | '-' | ':'))
                || matches!(text.tokens[at].kind, Kind::Mark(_))
                || (text.tokens[at - 1].is('.')
                    && at > 1
                    && text.tokens[at - 2].kind == Kind::Word
                    && is_title(text, at - 2));
            let wide = gap(at);
            apart[at] = !joins && (wide > 2 || (wide > 1 && several));
        }
    }
    apart
}

/// `Dr.   Lee`: the gap behind a title parts nothing.
fn is_title(text: &Text<'_>, at: usize) -> bool {
    senses(text.folded(at)) & (sense::DOCTOR | sense::CIVIL) != 0
}

/// The senses of a word; `FNP-C` is a credential as `FNPC` is.
fn of_word(folded: &str) -> u16 {
    if folded.contains('-') {
        senses(&folded.replace('-', "")) & (sense::CREDENTIAL | sense::LAY)
    } else {
        senses(folded)
    }
}
