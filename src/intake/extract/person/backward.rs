//! Names read backwards, from the credential behind them: `Jane A. Smith, MD`, `SMITH, ROBERT J JR MD`, `SMITH JR ROBERT MD`.

use super::parts::is_surname_first;
use super::{Finder, Found, MOST_WORDS, USUAL_GIVEN, USUAL_SURNAME, Words};
use crate::intake::extract::text::Kind;
use crate::intake::extract::words::sense;

impl Finder<'_, '_, '_> {
    /// `Jane A. Smith, MD` and `SMITH, ROBERT J JR MD`.
    pub(super) fn before_credentials(&mut self) {
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
        let mut end = if comma { credential - 1 } else { credential };
        while end > 1 && (view.is_mark(end - 1, '*') || view.is_mark(end - 1, '_')) {
            end -= 1;
        }
        let words = self
            .backward(end)
            .or_else(|| self.lower_pair(end).filter(|_| view.flows(end)));
        let words = words.or_else(|| self.ordinary_surname(end, credential))?;
        let single = words.tokens.len() == 1;
        let word = words.tokens[0];
        let ambiguous = view.is(credential, sense::AMBIGUOUS);
        if single && !comma && ambiguous && (view.is_given(word) || view.weight(word).surname == 0.0) {
            return None; // `LINDA DO`
        }
        if single && view.weight(word).surname == 0.0 && !(comma && view.bearers(word) > 0) {
            return None;
        }
        // `VALLEY MED GRP LLC`
        let behind = view.past_stop(credential);
        if single && !comma && behind < view.len() && view.flows(behind) && view.is(behind, sense::HEAD) {
            return None;
        }
        if (!comma || single) && self.is_city(&words, credential) {
            return None;
        }
        // `4947 MONROE RD`
        let numbered = word
            .checked_sub(1)
            .is_some_and(|at| view.text.tokens[at].kind == Kind::Number);
        if !comma && numbered && view.flows(word) && view.is(credential, sense::STREET) {
            return None;
        }
        Some(self.add(&words, None, Found::Credential))
    }

    /// `Frank K. Eye, MD`: a surname that is an ordinary word, behind a given name as many bear.
    fn ordinary_surname(&self, end: usize, credential: usize) -> Option<Words> {
        let view = self.view;
        let last = end.checked_sub(1)?;
        let ordinary = view.is(
            last,
            sense::NEVER | sense::HEAD | sense::WEAK_HEAD | sense::EPONYM_HEAD | sense::CLERK | sense::PATIENT,
        );
        let written = view.text.tokens[last].is_capital() && !view.is_closed(last) && !self.owned[last];
        // Without a comma only where many are called so: `NETTIE WEST DDS`.
        let often = view.weight(last).surname > USUAL_SURNAME && !view.is(credential, sense::AMBIGUOUS);
        let told = (view.is_mark(end, ',') || often) && !view.is(credential, sense::LAY);
        if !ordinary || !written || !told || view.text.folded(last).len() < 3 {
            return None;
        }
        let (mut tokens, _, _) = self.run_before(last).filter(|_| view.flows(last))?;
        while tokens.len() > 1 && !view.is_given(tokens[0]) {
            tokens.remove(0);
        }
        let first = tokens[0];
        let one = tokens.iter().skip(1).all(|at| view.is_initial(*at));
        let usual = view.weight(first).given > USUAL_GIVEN && view.weight(last).surname > 0.0;
        let named = usual && !view.is(credential, sense::AMBIGUOUS) && !view.is(last, sense::HEAD);
        (one && !view.is_initial(first) && (named || view.is_borne(&[first, last]))).then(|| {
            tokens.push(last);
            Words {
                tokens,
                ends_in_surname: true,
                ..Words::default()
            }
        })
    }

    /// `Philadelphia PA`.
    fn is_city(&self, words: &Words, credential: usize) -> bool {
        let view = self.view;
        let written: Vec<&str> = words.tokens.iter().map(|t| view.text.written(*t)).collect();
        let code = view.text.folded(credential);
        // `Fall River`: that somebody somewhere is called Fall makes it no person.
        let first = words.tokens[0];
        let person = words.tokens.len() > 1 && view.is_given(first) && view.weight(first).given > USUAL_GIVEN;
        // `GLEN BURNIE MD 21061`
        let person = person && !view.is_zip(credential + 1);
        code.len() == 2 && !person && view.lexicon.gazetteer.has_city(&written.join(" "), code)
    }

    /// The words of a name that end before a token.
    fn backward(&self, end: usize) -> Option<Words> {
        let view = self.view;
        let (mut tokens, suffix, start) = self.run_before(end)?;
        if let Some(words) = self.around_suffix(&tokens, start).filter(|_| suffix.is_none()) {
            return Some(words);
        }
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

    /// A suffix between the parts of a name: `SMITH JR ROBERT`, as tables and old systems write it, and `ROBERT JR SMITH`. What
    /// stands behind it begins at a token.
    fn around_suffix(&self, behind: &[usize], start: usize) -> Option<Words> {
        let view = self.view;
        let before = start.checked_sub(1)?;
        let suffix = if view.is_mark(before, '.') {
            before.checked_sub(1)?
        } else {
            before
        };
        let told = !self.owned[suffix] && view.is(suffix, sense::SUFFIX) && view.text.tokens[suffix].is_capital();
        if !told || !view.flows(start) {
            return None;
        }
        let (mut first, _, _) = self.run_before(suffix).filter(|_| view.flows(suffix))?;
        let names = |tokens: &[usize]| tokens.iter().filter(|at| !view.is_initial(**at)).count();
        let begins = *behind.first()?;
        if names(behind) == 1 && self.is_given_behind(&first, begins) {
            return Some(Words {
                before_comma: Some(first.len()),
                tokens: first.into_iter().chain(behind.iter().copied()).collect(),
                suffix: Some(suffix),
                ..Words::default()
            });
        }
        let is_surname = behind.len() == 1 && view.weight(begins).surname > 0.0;
        (is_surname && names(&first) == 1 && view.is_given(first[0])).then(|| {
            first.push(begins);
            Words {
                tokens: first,
                suffix: Some(suffix),
                ends_in_surname: true,
                ..Words::default()
            }
        })
    }

    /// Whether a given name stands behind words that are a surname alone.
    pub(super) fn is_given_behind(&self, surname: &[usize], given: usize) -> bool {
        let view = self.view;
        let whole: Vec<usize> = surname
            .iter()
            .copied()
            .filter(|at| !view.is(*at, sense::PARTICLE))
            .collect();
        let [one] = whole.as_slice() else { return false };
        let is_first = || !view.is_given(*one) || is_surname_first(view, &[*one, given]);
        !view.is_initial(*one) && view.is_name_word(given) && view.is_given(given) && is_first()
    }

    /// Name words, initials and a suffix that end before a token, in the order of the text; and where they begin.
    pub(super) fn run_before(&self, end: usize) -> Option<(Vec<usize>, Option<usize>, usize)> {
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
                || (!dotted && view.is_name_word(word) && !view.is_credential(word) && !view.is(word, sense::SUFFIX))
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
}
