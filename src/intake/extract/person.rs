//! Names of people: behind a title, before credentials, as a labelled value, or a given name and a surname side by side.
//!
//! Written in any of the ways of letters, lists and forms: `Dr. Jane A. Smith`, `SMITH, ROBERT J JR MD`, `Smith Jane MD`.

use std::ops::Range;

use super::field::{Field, FieldKind};
use super::layout::Label;
use super::text::{Case, Kind};
use super::view::View;
use super::words::sense;
use crate::query::candidates::Parts;

/// Most words of a name.
const MOST_WORDS: usize = 5;
/// Most titles before one.
const MOST_TITLES: usize = 4;
/// So many lines above an NPI may name its holder,
const LINES_ABOVE: usize = 2;
/// so many tokens before it,
const TOKENS_BEFORE: usize = 40;
/// and so many behind.
const TOKENS_BEHIND: usize = 12;
/// Numbers whose holders are looked up.
const MOST_HOLDERS: usize = 2_000;
/// So many tokens from one part of a holder's name to the other.
const MOST_BETWEEN: usize = 4;

/// How a name was found; the earlier says more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Found {
    /// Behind Dr. or the like.
    Title,
    /// Before MD or the like.
    Credential,
    /// The value of a label or the cell of a column for names of providers.
    Label,
    /// Words that are a name, and nothing that says so.
    Bare,
}

/// A person's name in the text.
#[derive(Clone, Debug)]
pub struct Person {
    /// The name's bytes, without title and credentials.
    pub bytes: Range<usize>,
    /// From the title to the last credential.
    pub whole: Range<usize>,
    /// Given name or initial, as written.
    pub first: Option<String>,
    /// Further given names and initials.
    pub middle: Option<String>,
    /// Surname.
    pub last: String,
    /// Jr.
    pub suffix: Option<String>,
    /// The bytes of the credentials.
    pub credential: Option<Range<usize>>,
    /// Whether one of them is that of somebody who cares for patients.
    pub is_clinician: bool,
    /// How it was found.
    pub found: Found,
    /// Called Mr. or Ms.
    pub civil: bool,
}

/// Of a million people, so many bear a given name that is a usual one.
const USUAL_GIVEN: f32 = 50.0;

/// Where words are read from.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    /// Behind a title.
    Title,
    /// Behind the comma of `SMITH, ROBERT J`.
    Comma,
    /// Where a value or a name without anything beside it begins.
    Start,
}

/// The words of a name as tokens.
#[derive(Default)]
struct Words {
    /// In the order of the text.
    tokens: Vec<usize>,
    /// How many of them stand before the comma of `SMITH, ROBERT J`.
    before_comma: Option<usize>,
    suffix: Option<usize>,
    /// Whether the last is known to be the surname.
    ends_in_surname: bool,
}

/// All names of people in a text, in their order. `numbers`: what may tell who is named beside it.
pub fn find(view: &View<'_, '_>, numbers: &[Field]) -> Vec<Person> {
    let mut finder = Finder {
        view,
        owned: vec![false; view.len()],
        people: Vec::new(),
    };
    finder.behind_titles();
    finder.before_credentials();
    finder.labelled();
    finder.in_parts();
    finder.beside_numbers(numbers);
    finder.bare();
    finder.people.sort_by_key(|person| person.bytes.start);
    finder.people
}

struct Finder<'v, 'a, 't> {
    view: &'v View<'a, 't>,
    /// Whether a token is part of somebody already.
    owned: Vec<bool>,
    people: Vec<Person>,
}

impl Finder<'_, '_, '_> {
    fn add(&mut self, words: &Words, title: Option<usize>, found: Found) -> usize {
        let (view, text) = (self.view, self.view.text);
        let first = words.tokens[0].min(words.suffix.unwrap_or(usize::MAX));
        let last = (*words.tokens.last().unwrap_or(&first)).max(words.suffix.unwrap_or(0));
        let end = view.past_stop(last);
        // The full stop behind `Jr.` or a last initial belongs to the name, that behind a word ends the sentence.
        let dotted = view.is_initial(last) || words.suffix == Some(last);
        let bytes = text.tokens[first].start as usize..text.tokens[if dotted { end - 1 } else { last }].end as usize;
        let (credential, behind, is_clinician) = self.credentials(end);
        let start = title.map_or(bytes.start, |title| text.tokens[title].start as usize);
        let whole = start..credential.as_ref().map_or(bytes.end, |credential| credential.end);
        let parts = parts(view, words);
        let civil = title.is_some_and(|title| view.is(title, sense::CIVIL)) || self.civil_before(first);
        self.owned[title.unwrap_or(first)..behind.max(end)].fill(true);
        self.people.push(Person {
            bytes,
            whole,
            first: parts.first,
            middle: parts.middle,
            last: parts.last,
            suffix: words.suffix.map(|at| text.written(at).to_owned()),
            credential,
            is_clinician,
            found,
            civil,
        });
        behind.max(end)
    }

    fn civil_before(&self, first: usize) -> bool {
        let before = first.checked_sub(1).map(|at| {
            if self.view.is_mark(at, '.') {
                at.saturating_sub(1)
            } else {
                at
            }
        });
        before.is_some_and(|at| self.view.is(at, sense::CIVIL))
    }

    /// The credentials that begin at a token or behind its comma: their bytes, the token behind them, and whether one of
    /// them is a clinician's.
    fn credentials(&self, from: usize) -> (Option<Range<usize>>, usize, bool) {
        let view = self.view;
        let mut at = from;
        let (mut start, mut end, mut behind) = (None, 0, from);
        let mut clinician = false;
        while view.flows(at) {
            let token = &view.text.tokens[at];
            if view.is_credential(at) {
                start.get_or_insert(token.start as usize);
                clinician |= !view.is(at, sense::LAY);
                behind = view.past_stop(at);
                end = view.text.tokens[behind - 1].end as usize;
                at = behind;
                // `FNP-C` is one token; `PA - C` and `OTR/L` are three.
                if view.is_mark(at, '/') && view.is_initial(at + 1) && at + 1 < view.len() {
                    behind = at + 2;
                    end = view.text.tokens[at + 1].end as usize;
                    at = behind;
                }
            } else if matches!(token.kind, Kind::Mark(',' | '/' | '&' | '(' | '-' | ';')) && at < view.len() {
                let separates = start.is_some() || token.is(',') || token.is('(') || token.is('-');
                let further = at + 1 < view.len() && view.is_credential(at + 1);
                if !(separates && further) {
                    break;
                }
                at += 1;
            } else {
                break;
            }
        }
        (start.map(|start| start..end), behind, clinician)
    }

    /// `Dr. Jane A. Smith`, `Drs. Lee and Park`.
    fn behind_titles(&mut self) {
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
        let words = self.forward(start, From::Title)?;
        let mut behind = self.add(&words, Some(title), Found::Title);
        if !matches!(view.text.folded(title), "drs" | "doctors") {
            return Some(behind);
        }
        while let Some(words) = self.next_of_several(behind) {
            behind = self.add(&words, None, Found::Title);
        }
        Some(behind)
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

    /// The words of a name from a token on.
    fn forward(&self, start: usize, from: From) -> Option<Words> {
        let view = self.view;
        let mut words = Words {
            tokens: Vec::new(),
            before_comma: None,
            suffix: None,
            ..Words::default()
        };
        let mut at = start;
        while at < view.len() && words.tokens.len() < MOST_WORDS && !self.owned[at] {
            if at > start && !view.flows(at) {
                break;
            }
            let has_surname = words
                .tokens
                .iter()
                .any(|t| !view.is_initial(*t) && !view.is(*t, sense::PARTICLE));
            if has_surname && view.is(at, sense::SUFFIX) && view.text.tokens[at].is_capital() {
                words.suffix = Some(at);
                break;
            }
            let lower_name = from == From::Title && self.is_lower_part(&words.tokens, at);
            let particle = view.is(at, sense::PARTICLE) && self.leads_to_name(at);
            if has_surname && view.is_credential(at) && !particle {
                break;
            }
            if view.is_initial(at) || particle || lower_name || view.is_name_word(at) {
                if has_surname && !particle && !lower_name && !self.goes_on(&words.tokens, at, from) {
                    break;
                }
                words.tokens.push(at);
                at = if view.is_initial(at) {
                    view.past_stop(at)
                } else {
                    at + 1
                };
            } else if has_surname && self.nickname(at) {
                at += 3;
            } else {
                break;
            }
        }
        while words
            .tokens
            .last()
            .is_some_and(|t| view.is(*t, sense::PARTICLE) && !view.is_name_word(*t))
        {
            words.tokens.pop();
        }
        if let Some(suffix) = self.suffix_behind(&words, at) {
            words.suffix = Some(suffix);
        }
        let named = words.tokens.iter().any(|t| !view.is_initial(*t));
        (named && !self.is_thing(&words)).then_some(words)
    }

    /// `smith` and `jane smith` behind `dr`, in a text without capitals.
    fn is_lower_part(&self, before: &[usize], at: usize) -> bool {
        let view = self.view;
        let follows = |at: usize| view.flows(at) && self.is_lower_name(at) && view.weight(at).surname > 0.0;
        match before {
            [] => {
                // `ask dr dubler`: in no list of names, but the directory has one.
                let known = view.weight(at).surname > 0.0 || (self.is_no_word(at) && view.bearers(at) > 0);
                self.is_lower_name(at) && (known || (view.is_given(at) && follows(at + 1)))
            }
            [first] => {
                let given = view.text.tokens[*first].case == Case::Lower && view.is_given(*first);
                given && follows(at) && !self.is_lexical(at)
            }
            _ => false,
        }
    }

    /// No short word, nor one of everyday sentences or of specialties.
    fn is_no_word(&self, at: usize) -> bool {
        let word = self.view.text.folded(at);
        let everyday = &self.view.lexicon.everyday;
        word.len() > 4 && !self.is_lexical(at) && !everyday.is_common(word) && !everyday.is_filler(word)
    }

    /// `gary dalton` before `dds`, in a text without capitals: a given name with a surname, as somebody in the directory has both.
    fn lower_pair(&self, end: usize) -> Option<Words> {
        let view = self.view;
        let (first, last) = (end.checked_sub(2)?, end - 1);
        let both = [first, last]
            .iter()
            .all(|at| self.is_lower_name(*at) && !self.owned[*at]);
        let named = both && view.flows(last) && view.flows(end) && view.is_given(first);
        (named && view.is_borne(&[first, last])).then(|| Words {
            tokens: vec![first, last],
            ends_in_surname: true,
            ..Words::default()
        })
    }

    fn is_lower_name(&self, at: usize) -> bool {
        let view = self.view;
        let token = &view.text.tokens[at];
        token.kind == Kind::Word
            && token.case == Case::Lower
            && !view.is_closed(at)
            && view.text.folded(at).len() >= 3
            && !view.is(
                at,
                sense::NEVER | sense::HEAD | sense::WEAK_HEAD | sense::PATIENT | sense::CLERK,
            )
    }

    /// A particle that a name follows, be it behind another one.
    fn leads_to_name(&self, at: usize) -> bool {
        let view = self.view;
        let next = view.past_stop(at);
        view.flows(next)
            && (view.is_name_word(next)
                || (view.is(next, sense::PARTICLE) && next + 1 < view.len() && view.is_name_word(next + 1)))
    }

    /// Whether one more word is part of the name.
    fn goes_on(&self, tokens: &[usize], at: usize, from: From) -> bool {
        let view = self.view;
        let full: Vec<usize> = tokens
            .iter()
            .copied()
            .filter(|t| !view.is_initial(*t) && !view.is(*t, sense::PARTICLE))
            .collect();
        let (first, last) = (tokens[0], *full.last().unwrap_or(&tokens[0]));
        if view.is_initial(at) {
            if from == From::Comma {
                return true;
            }
            // `Jane A. Smith`; but `Smith J` only where nothing else can be meant.
            let next = view.past_stop(at);
            let ends = next >= view.len() || !view.flows(next) || !view.text.tokens[next].is_capital();
            let shouted = view.text.tokens[last].case == Case::Upper && view.text.tokens[first].case == Case::Upper;
            // `SMITH JANE L`
            if full.len() == 2 && shouted && ends && view.is_given(last) && view.weight(first).surname > 0.0 {
                return true;
            }
            return next < view.len()
                && view.flows(next)
                && (view.is_name_word(next) || view.is_initial(next))
                && full.len() == 1;
        }
        if view.is_initial(first) && full.len() == 1 {
            return view.is_borne(&[last, at]) && view.weight(last).given > 0.0;
        }
        let surname_only = view.weight(last).surname > 0.0 && !view.is_given(last);
        match full.len() {
            1 if surname_only && from == From::Title => view.is_borne(&[last, at]),
            1 => true,
            _ => {
                let before = full[full.len() - 2];
                (view.is_given(last) && !surname_only && view.weight(last).given > view.weight(last).surname)
                    || view.is_borne(&[before, last, at])
            }
        }
    }

    /// `(Bob)` or `"Bob"`.
    fn nickname(&self, at: usize) -> bool {
        let view = self.view;
        let opens = view.is_mark(at, '(') || view.is_mark(at, '"') || view.is_mark(at, '\u{201c}');
        let closes = view.is_mark(at + 2, ')') || view.is_mark(at + 2, '"') || view.is_mark(at + 2, '\u{201d}');
        let further = at + 3 < view.len() && view.flows(at + 3) && view.is_name_word(at + 3);
        opens && closes && further && view.is_name_word(at + 1) && !view.is_credential(at + 1)
    }

    /// `Jr.` behind the words, also behind a comma.
    fn suffix_behind(&self, words: &Words, at: usize) -> Option<usize> {
        let view = self.view;
        let last = *words.tokens.last()?;
        let mut at = at.max(last + 1);
        at += usize::from(view.is_mark(at, ','));
        let fits = at < view.len() && view.flows(at) && view.is(at, sense::SUFFIX) && view.text.tokens[at].is_capital();
        fits.then_some(at)
    }

    /// A disease, a street or an organisation that is called after somebody.
    fn is_thing(&self, words: &Words) -> bool {
        let view = self.view;
        let (Some(first), Some(last)) = (words.tokens.first(), words.tokens.last()) else {
            return true;
        };
        if self.is_street(words.suffix.unwrap_or(*last)) {
            return true;
        }
        let next = last + 1;
        let possessive = view.is_mark(next, '\'') || view.is_mark(next, '\u{2019}');
        let head = if possessive { next + 2 } else { next };
        let eponym =
            head < view.len() && view.flows(head) && view.is(head, sense::EPONYM_HEAD) && words.tokens.len() == 1;
        let behind_doctor = first
            .checked_sub(1)
            .is_some_and(|at| view.is(at, sense::DOCTOR) || view.is_mark(at, '.'));
        eponym && (view.is(*last, sense::EPONYM) || !behind_doctor)
    }

    /// Whether a name that ends here is that of a street: `Martin Luther King Jr. Blvd`.
    fn is_street(&self, last: usize) -> bool {
        let view = self.view;
        let way = view.past_stop(last);
        let is_way = way < view.len()
            && view.flows(way)
            && view.is(way, sense::STREET)
            && view.text.tokens[way].is_capital()
            && view.text.folded(way).len() > 1;
        let behind = view.past_stop(way.min(view.len().saturating_sub(1)));
        // `Dr. Jane Lee St. Mary Hospital`: the saint is no street.
        let goes_on = behind < view.len() && view.flows(behind) && view.is_name_word(behind);
        is_way && !goes_on
    }

    /// `Jane A. Smith, MD` and `SMITH, ROBERT J JR MD`.
    fn before_credentials(&mut self) {
        let mut at = 0;
        while at < self.view.len() {
            let behind = if self.view.is_credential(at) && !self.owned[at] {
                self.before_credential(at)
            } else {
                None
            };
            at = behind.unwrap_or(at + 1);
        }
    }

    fn before_credential(&mut self, credential: usize) -> Option<usize> {
        let view = self.view;
        if credential == 0 || !view.flows(credential) {
            return None;
        }
        let comma =
            view.is_mark(credential - 1, ',') || view.is_mark(credential - 1, '(') || view.is_mark(credential - 1, '-');
        let end = if comma { credential - 1 } else { credential };
        let words = self.backward(end).or_else(|| self.lower_pair(end))?;
        let single = words.tokens.len() == 1;
        let word = words.tokens[0];
        let ambiguous = view.is(credential, sense::AMBIGUOUS);
        if single && !comma && ambiguous && (view.is_given(word) || view.weight(word).surname == 0.0) {
            return None; // `LINDA DO`
        }
        if single && view.weight(word).surname == 0.0 && !(comma && view.bearers(word) > 0) {
            return None;
        }
        if !comma && self.is_city(&words, credential) {
            return None;
        }
        Some(self.add(&words, None, Found::Credential))
    }

    /// `Philadelphia PA`.
    fn is_city(&self, words: &Words, credential: usize) -> bool {
        let view = self.view;
        let written: Vec<&str> = words.tokens.iter().map(|t| view.text.written(*t)).collect();
        let code = view.text.folded(credential);
        // `Fall River`: that somebody somewhere is called Fall makes it no person.
        let first = words.tokens[0];
        let person = words.tokens.len() > 1 && view.is_given(first) && view.weight(first).given > USUAL_GIVEN;
        code.len() == 2 && !person && view.lexicon.gazetteer.city(&written.join(" "), code).is_some()
    }

    /// The words of a name that end before a token.
    fn backward(&self, end: usize) -> Option<Words> {
        let view = self.view;
        let (mut tokens, suffix, start) = self.run_before(end)?;
        let mut before_comma = None;
        let comma = start
            .checked_sub(1)
            .filter(|at| view.is_mark(*at, ',') && view.flows(start) && view.flows(*at));
        if let Some(comma) = comma
            && self.is_given_part(&tokens)
            && let Some((mut surname, inner, _)) = self.run_before(comma)
            && surname.iter().any(|t| !view.is_initial(*t))
            && (surname.len() <= 2 || view.is(surname[0], sense::PARTICLE))
        {
            // `Summit Clinic, Jane Smith`: what stands before must be a surname alone.
            while surname.len() > 1 && !self.is_surname_part(&surname) {
                surname.remove(0);
            }
            before_comma = Some(surname.len());
            surname.extend(tokens);
            tokens = surname;
            return Some(Words {
                tokens,
                before_comma,
                suffix: suffix.or(inner),
                ..Words::default()
            });
        }
        self.trim(&mut tokens);
        let words = Words {
            tokens,
            before_comma,
            suffix,
            ..Words::default()
        };
        (!words.tokens.is_empty()).then_some(words)
    }

    /// Name words, initials and a suffix that end before a token, in the order of the text; and where they begin.
    fn run_before(&self, end: usize) -> Option<(Vec<usize>, Option<usize>, usize)> {
        let view = self.view;
        let mut tokens: Vec<usize> = Vec::new();
        let mut suffix = None;
        let mut at = end;
        while at > 0 && tokens.len() < MOST_WORDS {
            let before = at - 1;
            if self.owned[before] || !view.flows(at) {
                break;
            }
            // The full stop of an initial or of `Jr.`
            let word = if view.is_mark(before, '.') && before > 0 {
                before - 1
            } else {
                before
            };
            let dotted = word < before;
            if tokens.is_empty()
                && suffix.is_none()
                && view.is(word, sense::SUFFIX)
                && view.text.tokens[word].is_capital()
            {
                suffix = Some(word);
                at = word;
                at -= usize::from(at > 0 && view.is_mark(at - 1, ','));
            } else if view.is_initial(word)
                || (!dotted && view.is_name_word(word) && !view.is_credential(word))
                || (!tokens.is_empty() && view.is(word, sense::PARTICLE))
            {
                tokens.insert(0, word);
                at = word;
            } else if !tokens.is_empty() && before >= 3 && self.nickname(before - 2) {
                at = before - 2;
            } else {
                break;
            }
        }
        (!tokens.is_empty()).then_some((tokens, suffix, at))
    }

    /// What may stand behind the comma of `SMITH, ROBERT J`: given names and initials alone.
    fn is_given_part(&self, tokens: &[usize]) -> bool {
        let view = self.view;
        let full: Vec<usize> = tokens.iter().copied().filter(|t| !view.is_initial(*t)).collect();
        match full.as_slice() {
            [] => true,
            [one] => view.is_given(*one) || view.weight(*one).surname == 0.0 || !view.is_initial(tokens[0]),
            [first, .., last] => {
                let last_weight = view.weight(*last);
                view.is_given(*first) && last_weight.given > last_weight.surname && full.len() == 2
            }
        }
    }

    fn is_surname_part(&self, tokens: &[usize]) -> bool {
        let view = self.view;
        tokens.iter().all(|t| {
            view.is(*t, sense::PARTICLE)
                || (view.weight(*t).surname > 0.0 || view.bearers(*t) > 0) && !view.is_given(*t)
        })
    }

    /// Drops words before a name that are no part of it: `Cardiologist Jane Smith`, `Houston Jane Smith`.
    fn trim(&self, tokens: &mut Vec<usize>) {
        let view = self.view;
        // `Mon J. Smith, Tue A. Lee`: of a plan of the week.
        let is_day = |at: usize| {
            matches!(
                view.text.folded(at),
                "mon" | "tue" | "tues" | "wed" | "thu" | "thurs" | "fri" | "sat"
            )
        };
        if tokens.len() > 2 && is_day(tokens[0]) {
            tokens.remove(0);
        }
        while tokens.len() > 2 {
            let first = tokens[0];
            let given_later = tokens[1..tokens.len() - 1].iter().any(|t| view.is_given(*t));
            let surname_first = tokens.len() == 3 && view.is_initial(tokens[2]) && view.weight(first).surname > 0.0;
            let known =
                surname_first || view.is_initial(first) || view.is_given(first) || view.is(first, sense::PARTICLE);
            if known || (!given_later && self.is_unusual_given(first)) {
                break;
            }
            tokens.remove(0);
        }
        // `Cardiologist Smith`: a word of specialties that nobody bears.
        while tokens.len() > 1 && self.is_lexical(tokens[0]) && !view.is_initial(tokens[0]) {
            tokens.remove(0);
        }
    }

    /// No name of the Census, yet one in the directory, or of nowhere: given names of the whole world are not listed.
    fn is_unusual_given(&self, at: usize) -> bool {
        !self.is_lexical(at) && (self.view.bearers(at) > 0 || self.view.weight(at).surname == 0.0)
    }

    /// A word of specialties and languages, and no usual name.
    fn is_lexical(&self, at: usize) -> bool {
        let view = self.view;
        view.lexicon.words.bearers(view.text.folded(at)) > 0 && view.weight(at).surname < 20.0 && !view.is_given(at)
    }

    /// Values of labels and cells of columns that hold names of providers.
    fn labelled(&mut self) {
        let layout = self.view.layout;
        let cells = layout
            .cells()
            .iter()
            .filter(|cell| cell.label == Some(Label::Name))
            .map(|cell| cell.bytes.clone());
        let items = layout
            .items()
            .iter()
            .filter(|item| item.label == Label::Name)
            .map(|item| item.bytes.clone());
        let values: Vec<Range<usize>> = cells.chain(items).collect();
        for bytes in values {
            let tokens = self.view.text.tokens_in(&bytes);
            if tokens.is_empty() || tokens.clone().any(|at| self.owned[at]) {
                continue;
            }
            if let Some(words) = self.value(&tokens) {
                self.add(&words, None, Found::Label);
            }
        }
    }

    /// A whole value as a name, in either order.
    fn value(&self, tokens: &Range<usize>) -> Option<Words> {
        let view = self.view;
        let comma = tokens.clone().take(5).find(|at| view.is_mark(*at, ','));
        if let Some(comma) = comma {
            let (surname, inner, start) = self.run_before(comma)?;
            if start <= tokens.start && comma + 1 < view.len() {
                let given = self.forward(comma + 1, From::Comma);
                if let Some(given) = given.filter(|given| given.tokens.iter().all(|t| tokens.contains(t))) {
                    let mut all = surname.clone();
                    all.extend(given.tokens);
                    return Some(Words {
                        before_comma: Some(surname.len()),
                        tokens: all,
                        suffix: given.suffix.or(inner),
                        ..Words::default()
                    });
                }
            }
        }
        let words = self.forward(tokens.start, From::Start)?;
        let inside = words.tokens.iter().all(|t| tokens.contains(t));
        (inside && words.tokens.len() > 1 && !self.is_organization(tokens)).then_some(words)
    }

    fn is_organization(&self, tokens: &Range<usize>) -> bool {
        tokens
            .clone()
            .any(|at| self.view.is(at, sense::HEAD | sense::LEGAL) && !self.view.is_credential(at))
    }

    /// `Last Name | First Name`: a name in pieces.
    fn in_parts(&mut self) {
        let layout = self.view.layout;
        let is_part = |label: Label| {
            matches!(
                label,
                Label::First | Label::Middle | Label::Last | Label::Suffix | Label::Credential
            )
        };
        let cells = layout
            .cells()
            .iter()
            .filter_map(|cell| Some((u64::from(cell.row), cell.label?, cell.bytes.clone())));
        let cells: Vec<_> = cells
            .filter(|(_, label, bytes)| is_part(*label) && !bytes.is_empty())
            .collect();
        for row in cells.chunk_by(|a, b| a.0 == b.0) {
            let parts: Vec<(Label, Range<usize>)> =
                row.iter().map(|(_, label, bytes)| (*label, bytes.clone())).collect();
            self.assemble(&parts);
        }
        let mut parts: Vec<(Label, Range<usize>)> = Vec::new();
        for item in layout.items() {
            if !is_part(item.label) || item.bytes.is_empty() {
                continue;
            }
            if parts.iter().any(|(label, _)| *label == item.label) {
                self.assemble(&parts);
                parts.clear();
            }
            parts.push((item.label, item.bytes.clone()));
        }
        self.assemble(&parts);
    }

    fn assemble(&mut self, parts: &[(Label, Range<usize>)]) {
        let view = self.view;
        let part = |wanted: Label| {
            parts
                .iter()
                .find(|(label, _)| *label == wanted)
                .map(|(_, bytes)| bytes.clone())
        };
        let (Some(last), Some(first)) = (part(Label::Last), part(Label::First)) else {
            return;
        };
        let written = |bytes: &Range<usize>| view.text.source[bytes.clone()].to_owned();
        let named = [
            Some(&last),
            Some(&first),
            part(Label::Middle).as_ref(),
            part(Label::Suffix).as_ref(),
        ]
        .map(Option::<&Range<usize>>::cloned);
        let start = named
            .iter()
            .flatten()
            .map(|bytes| bytes.start)
            .min()
            .unwrap_or(last.start);
        let end = named.iter().flatten().map(|bytes| bytes.end).max().unwrap_or(last.end);
        let tokens = view.text.tokens_in(&(start..end));
        let letters = view.text.source[last.clone()]
            .chars()
            .filter(|c| c.is_alphabetic())
            .count();
        if letters < 2 || tokens.clone().any(|at| self.owned[at]) {
            return;
        }
        self.owned[tokens].fill(true);
        let credential = part(Label::Credential);
        let is_clinician = credential.clone().is_some_and(|bytes| {
            let tokens = view.text.tokens_in(&bytes);
            tokens
                .into_iter()
                .any(|at| view.is(at, sense::CREDENTIAL) && !view.is(at, sense::LAY))
        });
        let whole_end = credential.as_ref().map_or(end, |bytes| bytes.end.max(end));
        self.people.push(Person {
            bytes: start..end,
            whole: start..whole_end,
            first: Some(written(&first)),
            middle: part(Label::Middle).map(|bytes| written(&bytes)),
            last: written(&last),
            suffix: part(Label::Suffix).map(|bytes| written(&bytes)),
            credential: credential.filter(|_| is_clinician),
            is_clinician,
            found: Found::Label,
            civil: false,
        });
    }

    /// `KENT, BAILEY 1629652425`: words by an NPI that are the name of its holder.
    fn beside_numbers(&mut self, numbers: &[Field]) {
        let sound = numbers
            .iter()
            .filter(|field| field.kind == FieldKind::Npi && field.is_sound());
        for field in sound.take(MOST_HOLDERS) {
            let holder = field.value.parse().ok().and_then(|npi| self.view.names.holder(npi));
            if let Some(words) = holder.and_then(|holder| self.named_at(&holder, field.bytes.start)) {
                self.add(&words, None, Found::Label);
            }
        }
    }

    /// The given name and surname of somebody side by side, on the line of a byte or one of those above it.
    fn named_at(&self, holder: &Parts, byte: usize) -> Option<Words> {
        let (view, text) = (self.view, self.view.text);
        let (first, last) = (holder.given.first()?, holder.last.concat());
        let line = text.line_at(byte);
        let is_near = |at: usize| {
            let of = text.tokens[at].line as usize;
            (line.saturating_sub(LINES_ABOVE)..=line).contains(&of) && text.lines[of].block == text.lines[line].block
        };
        let number = text.tokens.partition_point(|token| (token.start as usize) < byte);
        let mut tokens = number.saturating_sub(TOKENS_BEFORE)..view.len().min(number + TOKENS_BEHIND);
        let is_word = |at: usize| text.tokens[at].kind == Kind::Word;
        let free = |at: usize| !self.owned[at] && !view.is_closed(at) && is_word(at);
        let is = |at: usize, name: &str| text.folded(at).replace('-', "") == name;
        // Between them stands a mark, an initial or one more name.
        let reach = |from: usize| {
            (from + 1..view.len())
                .take(MOST_BETWEEN)
                .take_while(move |at| view.flows(*at))
        };
        while let Some(at) = tokens.find(|at| free(*at) && is_near(*at)) {
            if is(at, first)
                && let Some(surname) = reach(at).find(|other| free(*other) && is(*other, &last))
            {
                return Some(Words {
                    tokens: (at..=surname).filter(|at| is_word(*at)).collect(),
                    ends_in_surname: true,
                    ..Words::default()
                });
            }
            if is(at, &last)
                && let Some(given) = reach(at).find(|other| free(*other) && is(*other, first))
                && (at + 1..given).all(|between| matches!(text.tokens[between].kind, Kind::Mark(_)))
            {
                let middle = |next: usize| {
                    view.is_initial(next) || holder.given[1..].iter().any(|name| free(next) && is(next, name))
                };
                let more = (given + 1..view.len()).take_while(|next| view.flows(*next) && middle(*next));
                return Some(Words {
                    tokens: [at, given].into_iter().chain(more.take(2)).collect(),
                    before_comma: Some(1),
                    ..Words::default()
                });
            }
        }
        None
    }

    /// A given name and a surname side by side, with nothing that says what they are.
    fn bare(&mut self) {
        let mut at = 0;
        while at < self.view.len() {
            let behind = if self.owned[at] || !self.view.is_name_word(at) {
                None
            } else {
                self.bare_at(at)
            };
            at = behind.unwrap_or(at + 1);
        }
    }

    fn bare_at(&mut self, at: usize) -> Option<usize> {
        let view = self.view;
        // `SMITH, ROBERT J`, where a line or cell begins.
        let begins = at == 0
            || !view.flows(at)
            || view.text.tokens[at - 1].line != view.text.tokens[at].line
            || matches!(view.text.tokens[at - 1].kind, Kind::Mark(_) | Kind::Number);
        if begins
            && view.is_mark(at + 1, ',')
            && at + 2 < view.len()
            && view.weight(at).surname > 0.0
            && view.is_given(at + 2)
            && view.is_name_word(at + 2)
        {
            let given = self.forward(at + 2, From::Comma)?;
            let weight = given.tokens.last().map(|t| view.weight(*t)).unwrap_or_default();
            let one_given = given.tokens.len() == 1
                || given.tokens.iter().skip(1).all(|t| view.is_initial(*t))
                || weight.given > weight.surname;
            let borne = view.is_borne(&[at, given.tokens[0]]);
            if one_given && (borne || view.text.tokens[at].case == Case::Upper) {
                let mut tokens = vec![at];
                tokens.extend(given.tokens);
                let words = Words {
                    tokens,
                    before_comma: Some(1),
                    suffix: given.suffix,
                    ..Words::default()
                };
                return Some(self.add(&words, None, Found::Bare));
            }
        }
        if !view.is_given(at) || self.is_lexical(at) {
            return None;
        }
        let words = self.forward(at, From::Start)?;
        if self.leads_to_head(*words.tokens.last()?) {
            return None;
        }
        let full: Vec<usize> = words.tokens.iter().copied().filter(|t| !view.is_initial(*t)).collect();
        let last = *full.last()?;
        let named = full.len() > 1 && (view.weight(last).surname > 0.0 || view.bearers(last) > 0);
        (named && !self.is_lexical(last)).then(|| self.add(&words, None, Found::Bare))
    }
}

impl Finder<'_, '_, '_> {
    /// `Hope Alcoa Medical Associates`: the words before an organisation's head are its own.
    fn leads_to_head(&self, last: usize) -> bool {
        let view = self.view;
        let goes_on = |at: &usize| *at < view.len() && view.flows(*at) && !view.is_closed(*at);
        let behind = (last + 1..last + 5).take_while(goes_on);
        let mut behind = behind.take_while(|at| view.text.tokens[*at].is_capital() || view.is_mark(*at, '&'));
        behind.any(|at| view.is(at, sense::HEAD | sense::WEAK_HEAD | sense::LEGAL) && !view.is_credential(at))
    }
}

struct Split {
    first: Option<String>,
    middle: Option<String>,
    last: String,
}

/// Which word is what.
fn parts(view: &View<'_, '_>, words: &Words) -> Split {
    let written = |tokens: &[usize]| {
        let texts: Vec<&str> = tokens.iter().map(|t| view.text.written(*t)).collect();
        texts.join(" ")
    };
    let tokens = words.tokens.as_slice();
    let (surname, given): (&[usize], &[usize]) = match words.before_comma {
        Some(count) => tokens.split_at(count),
        None if tokens.len() == 1 => (tokens, &[]),
        None if words.ends_in_surname => {
            let (given, surname) = tokens.split_at(tokens.len() - 1);
            (surname, given)
        }
        None if is_surname_first(view, tokens) => tokens.split_at(1),
        None => {
            let particle = (1..tokens.len()).find(|at| view.is(tokens[*at], sense::PARTICLE) && *at + 1 < tokens.len());
            let cut = particle.unwrap_or(if view.is(tokens[0], sense::PARTICLE) {
                0
            } else {
                tokens.len() - 1
            });
            let (given, surname) = tokens.split_at(cut);
            (surname, given)
        }
    };
    Split {
        first: given.first().map(|t| view.text.written(*t).to_owned()),
        middle: (given.len() > 1).then(|| written(&given[1..])),
        last: written(surname),
    }
}

/// `Smith Jane A`: the first word is a surname and the second a given name, more than the other way round.
fn is_surname_first(view: &View<'_, '_>, tokens: &[usize]) -> bool {
    let (first, last) = (tokens[0], tokens[tokens.len() - 1]);
    if view.is_initial(first) {
        return false;
    }
    if view.is_initial(last) {
        return true;
    }
    let (a, b) = (view.weight(first), view.weight(tokens[1]));
    let z = view.weight(last);
    let forward = (a.given + 0.1) * (z.surname + 0.1);
    let reverse = (a.surname + 0.1) * (b.given + 0.1);
    reverse > 20.0 * forward && (tokens.len() == 2 || b.given > b.surname)
}
