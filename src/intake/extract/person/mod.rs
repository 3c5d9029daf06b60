//! Names of people: behind a title, before credentials, as a labelled value, or a given name and a surname side by side.
//!
//! Written in any of the ways of letters, lists and forms: `Dr. Jane A. Smith`, `SMITH, ROBERT J JR MD`, `Smith Jane MD`.

mod again;
mod backward;
mod bare;
mod labelled;
mod parts;
mod titled;

use std::ops::Range;

use self::parts::parts;
use super::field::Field;
use super::text::{Case, Kind};
use super::view::View;
use super::words::{circle, is_in, is_of_labels, sense};

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
    /// The surname of somebody who is told in full elsewhere.
    Surname,
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

/// The same of a surname.
const USUAL_SURNAME: f32 = 20.0;

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
    finder.lower_pairs();
    finder.surnames();
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
        // `**Marti Rothe**, MD`
        while view.follows(at) && (view.is_mark(at, '*') || view.is_mark(at, '_')) {
            at += 1;
        }
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
            if at > start && (self.is_label(at) || !view.flows(at)) {
                break;
            }
            let has_surname = words
                .tokens
                .iter()
                .any(|t| !view.is_initial(*t) && !view.is(*t, sense::PARTICLE));
            if has_surname && self.is_suffix(at) {
                words.suffix = Some(at);
                self.given_behind_suffix(&mut words, from);
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
            } else if from == From::Title && self.is_ordinary_surname(&words.tokens, at) {
                words.tokens.push(at);
                break;
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

    /// `Dr. George Board`: a surname that is an ordinary word, as somebody in the directory is called.
    fn is_ordinary_surname(&self, before: &[usize], at: usize) -> bool {
        let view = self.view;
        let Some(first) = before.first().filter(|first| view.is_given(**first)) else {
            return false;
        };
        let ordinary = view.is(at, sense::NEVER | sense::CLERK | sense::WEAK_HEAD) && !view.is(at, sense::HEAD);
        let written = view.text.tokens[at].case == Case::Title && !view.is_closed(at) && view.text.folded(at).len() > 2;
        ordinary && written && before[1..].iter().all(|at| view.is_initial(*at)) && view.is_borne(&[*first, at])
    }

    /// `SMITH JR ROBERT J`: a given name behind the suffix of a surname that stands first.
    fn given_behind_suffix(&self, words: &mut Words, from: From) {
        let view = self.view;
        let Some(suffix) = words.suffix else { return };
        let mut at = view.past_stop(suffix);
        // `saw Dr. Smith Jr. Grace came along`: in a sentence a stop may end it.
        let ends = from != From::Start && at > suffix + 1;
        let goes_on = from != From::Comma && !ends && at < view.len() && view.flows(at) && !self.owned[at];
        if !goes_on || view.is_credential(at) || !self.is_given_behind(&words.tokens, at) {
            return;
        }
        words.before_comma = Some(words.tokens.len());
        words.tokens.push(at);
        at += 1;
        while at < view.len() && view.flows(at) && view.is_initial(at) && words.tokens.len() < MOST_WORDS {
            words.tokens.push(at);
            at = view.past_stop(at);
        }
    }

    /// `smith` and `jane smith` behind `dr`, in a text without capitals.
    fn is_lower_part(&self, before: &[usize], at: usize) -> bool {
        let view = self.view;
        let follows = |at: usize| view.flows(at) && self.is_lower_name(at) && view.weight(at).surname > 0.0;
        match before {
            [] => {
                // `ask dr dubler`: in no list of names, but the directory has one.
                let known = view.weight(at).surname > 0.0 || (self.is_no_word(at) && view.bearers(at) > 0);
                // `doctor riya trivedi`
                let both = || view.flows(at + 1) && self.is_lower_name(at + 1) && view.is_borne(&[at, at + 1]);
                self.is_lower_name(at) && (known || (view.is_given(at) && follows(at + 1)) || both())
            }
            [first] => {
                let named = view.is_given(*first) || view.is_borne(&[*first, at]);
                let given = view.text.tokens[*first].case == Case::Lower && named;
                // `doctor john vecchitto`: in no list of names, but the directory has one.
                let known = || view.flows(at) && self.is_lower_name(at) && self.is_no_word(at) && view.bearers(at) > 0;
                given && (follows(at) || known()) && !self.is_lexical(at)
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
        let suffix = end.checked_sub(1).filter(|at| *at > 0 && self.is_suffix(*at));
        let end = suffix.unwrap_or(end);
        let (first, last) = (end.checked_sub(2)?, end - 1);
        let both = [first, last]
            .iter()
            .all(|at| self.is_lower_name(*at) && !self.owned[*at]);
        let named = both && view.flows(last) && view.is_given(first);
        (named && view.is_borne(&[first, last])).then(|| Words {
            tokens: vec![first, last],
            suffix,
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
        // `by Dr. Smith POD 3`: letters behind a name that is written otherwise.
        let shouted = view.text.tokens[at].case == Case::Upper && view.text.tokens[last].case == Case::Title;
        if shouted && from == From::Title && view.weight(at).surname == 0.0 {
            return false;
        }
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

    /// `COPY TO: LEE,ANN  PH: ..`: a word that is the next label, which may begin the line below.
    fn is_label(&self, at: usize) -> bool {
        let view = self.view;
        let begins = at > 0 && view.text.tokens[at - 1].line != view.text.tokens[at].line;
        view.is_mark(at + 1, ':') && (begins || is_of_labels(view.text.folded(at)))
    }

    /// `(Bob)` or `"Bob"`.
    fn nickname(&self, at: usize) -> bool {
        let view = self.view;
        let opens = view.is_mark(at, '(') || view.is_mark(at, '"') || view.is_mark(at, '\u{201c}');
        let closes = view.is_mark(at + 2, ')') || view.is_mark(at + 2, '"') || view.is_mark(at + 2, '\u{201d}');
        let further = at + 3 < view.len() && view.flows(at + 3) && view.is_name_word(at + 3);
        let inner = at + 1;
        // `Dr. Lee (Hospitalist)`
        let called = || view.is_name_word(inner) && !view.is_credential(inner) && !self.is_lexical(inner);
        opens && closes && further && !self.is_label(at + 3) && called()
    }

    /// `Jr.` behind the words, also behind a comma.
    fn suffix_behind(&self, words: &Words, at: usize) -> Option<usize> {
        let last = *words.tokens.last()?;
        self.suffix_at(at.max(last + 1))
    }

    /// `Jr.` at a token or behind the comma there.
    fn suffix_at(&self, at: usize) -> Option<usize> {
        let view = self.view;
        let at = at + usize::from(view.is_mark(at, ','));
        (at < view.len() && view.flows(at) && self.is_suffix(at)).then_some(at)
    }

    /// `Jr`, `III`; `jr` behind a name in small letters.
    fn is_suffix(&self, at: usize) -> bool {
        let view = self.view;
        let small = |at: usize| view.text.tokens[at].case == Case::Lower;
        // `iv` is how drugs are given.
        let told = || matches!(view.text.folded(at), "jr" | "sr" | "ii" | "iii");
        let behind_small = || small(at) && at > 0 && small(at - 1) && told();
        view.is(at, sense::SUFFIX) && (view.text.tokens[at].is_capital() || behind_small())
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
            || (words.tokens.len() == 1 && is_in(view.text.folded(*last), circle::BRAND))
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
