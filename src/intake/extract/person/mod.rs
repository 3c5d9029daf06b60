//! Names of people: behind a title, before credentials, as a labelled value, or a given name and a surname side by side.
//!
//! Written in any of the ways of letters, lists and forms: `Dr. Jane A. Smith`, `SMITH, ROBERT J JR MD`, `Smith Jane MD`.

mod again;
mod bare;
mod labelled;
mod parts;
mod titled;

use std::ops::Range;

use self::parts::parts;
use super::field::Field;
use super::others::BRANDS;
use super::text::{Case, Kind};
use super::view::View;
use super::words::sense;

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
    finder.again();
    finder.bare();
    finder.in_grids();
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
        while view.follows(at) {
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
                at = if view.is_initial(at) || particle {
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
        let folded = words.tokens.iter().map(|at| view.text.folded(*at));
        if folded.eq(["martin", "luther", "king"])
            || (words.tokens.len() == 1 && BRANDS.contains(&view.text.folded(*last)))
        {
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
        if credential == 0 || !view.follows(credential) {
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
        if (!comma || single) && self.is_city(&words, credential) {
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
            while surname.len() > 1 && !view.is(surname[0], sense::PARTICLE) && !self.is_surname_part(&surname) {
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
        // `M.S., CCC-SLP`: letters alone are nobody.
        let named = words.tokens.iter().any(|at| !view.is_initial(*at));
        named.then_some(words)
    }

    /// Name words, initials and a suffix that end before a token, in the order of the text; and where they begin.
    fn run_before(&self, end: usize) -> Option<(Vec<usize>, Option<usize>, usize)> {
        let view = self.view;
        let mut tokens: Vec<usize> = Vec::new();
        let mut suffix = None;
        let mut at = end;
        while at > 0 && tokens.len() < MOST_WORDS {
            let before = at - 1;
            let goes_on = if at == end { view.follows(at) } else { view.flows(at) };
            if self.owned[before] || !goes_on {
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
}
