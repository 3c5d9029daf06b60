//! Names that nothing says to be one: beside the number of somebody called so, or a given name with a surname.

use super::{Finder, Found, From, LINES_ABOVE, MOST_BETWEEN, MOST_HOLDERS, TOKENS_BEFORE, TOKENS_BEHIND, Words};
use crate::intake::extract::field::{Field, FieldKind};
use crate::intake::extract::text::{Case, Kind};
use crate::intake::extract::words::{STATE_CODES, sense};
use crate::query::candidates::Parts;

impl Finder<'_, '_, '_> {
    /// `KENT, BAILEY 1629652425`: words by an NPI that are the name of its holder.
    pub(super) fn beside_numbers(&mut self, numbers: &[Field]) {
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
                    suffix: self.suffix_at(surname + 1),
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
    pub(super) fn bare(&mut self) {
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

    /// `6536 Hospital Rd, Virginia Beach`
    fn is_town_behind_street(&self, at: usize) -> bool {
        let view = self.view;
        let Some(street) = at.checked_sub(2) else { return false };
        let parted = view.is_mark(at - 1, ',') || view.is_mark(at - 1, '*') || view.is_mark(at - 1, '|');
        let town = || format!("{} {}", view.text.written(at), view.text.written(at + 1));
        let words = at + 1 < view.len()
            && [street, at + 1]
                .iter()
                .all(|at| view.text.tokens[*at].kind == Kind::Word);
        words && parted && view.is_closed(street) && view.lexicon.gazetteer.is_city(&town())
    }

    fn bare_at(&mut self, at: usize) -> Option<usize> {
        let view = self.view;
        if view.is(at, sense::SUFFIX) || self.is_town_behind_street(at) {
            return None;
        }
        let begins = self.begins(at);
        let is_surname = view.weight(at).surname > 0.0 || view.bearers(at) > 0;
        // `FARR JR RODERICK | MD`
        let has_suffix = begins && is_surname && at + 1 < view.len() && view.is(at + 1, sense::SUFFIX);
        if has_suffix
            && let Some(words) = self
                .forward(at, From::Start)
                .filter(|words| words.before_comma.is_some())
            && (view.text.tokens[at].case == Case::Upper || self.is_row(view.past_stop(*words.tokens.last()?)))
        {
            return Some(self.add(&words, None, Found::Bare));
        }
        if let Some(words) = self.long_surname(at).filter(|_| begins) {
            return Some(self.add(&words, None, Found::Bare));
        }
        let is_pair = view.is_mark(at + 1, ',') && view.flows(at + 1) && at + 2 < view.len() && view.flows(at + 2);
        if is_pair && is_surname && view.is_name_word(at + 2) && (view.is_given(at + 2) || view.bearers(at + 2) > 0) {
            let given = self.forward(at + 2, From::Comma)?;
            let weight = given.tokens.last().map(|t| view.weight(*t)).unwrap_or_default();
            let one_given = given.tokens.len() == 1
                || given.tokens.iter().skip(1).all(|t| view.is_initial(*t))
                || weight.given > weight.surname;
            let borne = view.is_borne(&[at, given.tokens[0]]);
            let known = view.is_given(at + 2) && view.weight(at).surname > 0.0;
            let small = at > 0 && view.text.tokens[at - 1].case == Case::Lower;
            let last = *given.tokens.last()?;
            let told =
                borne || (known && (view.text.tokens[at].case == Case::Upper || self.is_row(view.past_stop(last))));
            if one_given && told && (begins || (small && borne)) {
                let saint = self.saint(at);
                let mut tokens: Vec<usize> = saint.into_iter().chain([at]).collect();
                let before_comma = Some(tokens.len());
                tokens.extend(given.tokens);
                let words = Words {
                    tokens,
                    before_comma,
                    suffix: given.suffix,
                    ..Words::default()
                };
                return Some(self.add(&words, None, Found::Bare));
            }
        }
        if self.is_lexical(at) {
            return None;
        }
        // `Nissi Okolosi - Behavior Technician`: in no list of names, but the directory has somebody of both.
        let unusual = begins
            && !view.is_given(at)
            && view.flows(at + 1)
            && view.is_name_word(at + 1)
            && self.is_row(at + 2)
            && !self.is_lexical(at + 1)
            && view.is_borne(&[at, at + 1]);
        if !view.is_given(at) && !unusual {
            return None;
        }
        let words = self.forward(at, From::Start)?;
        if self.leads_to_head(*words.tokens.last()?) {
            return None;
        }
        let full: Vec<usize> = words.tokens.iter().copied().filter(|t| !view.is_initial(*t)).collect();
        let last = *full.last()?;
        let named = full.len() > 1 && (view.weight(last).surname > 0.0 || view.bearers(last) > 0);
        (named && !self.is_lexical(last) && !self.is_place(&full)).then(|| self.add(&words, None, Found::Bare))
    }

    /// Whether a line, a cell or what stands behind a mark begins with a token.
    fn begins(&self, at: usize) -> bool {
        let view = self.view;
        at == 0
            || !view.flows(at)
            || view.text.tokens[at - 1].line != view.text.tokens[at].line
            || matches!(view.text.tokens[at - 1].kind, Kind::Mark(_) | Kind::Number)
    }

    /// Whether a name before a token stands in a row: a dash, a bar, dots or a gap is behind it.
    fn is_row(&self, at: usize) -> bool {
        let view = self.view;
        let mark = view.text.tokens.get(at).map(|token| token.kind);
        let dots = view.is_mark(at, '.') && view.is_mark(at + 1, '.');
        let dash = matches!(mark, Some(Kind::Mark('-' | '\u{2013}' | '\u{2014}' | '|' | ';' | '/')))
            && !view.text.tokens[at].glued;
        at >= view.len() || dots || dash || view.is_apart(at)
    }

    /// `VAN DYKE, CELESTE H` and `Calderon II, Dennis`: a surname of several words or with a suffix before the comma, in a row or in
    /// capitals.
    fn long_surname(&self, at: usize) -> Option<Words> {
        let view = self.view;
        let mut surname = vec![at];
        while surname.len() < 3 && view.is(*surname.last()?, sense::PARTICLE) {
            let next = surname.last()? + 1;
            let fits =
                next < view.len() && view.flows(next) && !self.owned[next] && view.text.tokens[next].is_capital();
            fits.then(|| surname.push(next))?;
        }
        let last = *surname.last()?;
        let mut comma = last + 1;
        let suffix = Some(comma).filter(|at| {
            *at < view.len() && view.flows(*at) && view.is(*at, sense::SUFFIX) && view.text.tokens[*at].is_capital()
        });
        if let Some(suffix) = suffix {
            comma = view.past_stop(suffix);
        }
        let given = comma + 1;
        let longer = surname.len() > 1 || suffix.is_some();
        let parted = view.is_mark(comma, ',') && view.flows(comma) && given < view.len() && view.flows(given);
        if !longer || !parted || self.owned[given] || !view.is_name_word(given) || !view.is_given(given) {
            return None;
        }
        if view.weight(last).surname == 0.0 && view.bearers(last) == 0 {
            return None;
        }
        let more = self.forward(given, From::Comma)?;
        let one = more.tokens.iter().skip(1).all(|t| view.is_initial(*t));
        let behind = view.past_stop(*more.tokens.last()?);
        let told = view.text.tokens[last].case == Case::Upper || self.is_row(behind) || view.is_borne(&[last, given]);
        (one && told).then(|| Words {
            before_comma: Some(surname.len()),
            tokens: surname.into_iter().chain(more.tokens).collect(),
            suffix: suffix.or(more.suffix),
            ..Words::default()
        })
    }

    /// The `St` of `ST. JAMES, PATRICIA`, before its second word.
    fn saint(&self, at: usize) -> Option<usize> {
        let view = self.view;
        let saint = at.checked_sub(2)?;
        let written =
            view.is_mark(at - 1, '.') && view.text.tokens[at - 1].glued && view.flows(at) && view.flows(at - 1);
        let begins = self.begins(saint) && !self.owned[saint] && !view.is_closed(saint);
        (written && begins && view.text.folded(saint) == "st").then_some(saint)
    }

    /// `West Bloomfield`, `CHARLOTTE NC`: a town, as far as nobody in the directory is called so.
    fn is_place(&self, words: &[usize]) -> bool {
        let view = self.view;
        let written: Vec<&str> = words.iter().map(|at| view.text.written(*at)).collect();
        let gazetteer = &view.lexicon.gazetteer;
        let (last, town) = (written[written.len() - 1], written[..written.len() - 1].join(" "));
        let zip = view.is_zip(words[words.len() - 1] + 1);
        let in_state = STATE_CODES.contains(last) && (zip || gazetteer.has_city(&town, last));
        // `in Little Rock`, `the West Bloomfield office`: whoever may be called so.
        let said = words[0].checked_sub(1).is_some_and(|at| {
            view.flows(words[0]) && matches!(view.text.folded(at), "in" | "at" | "near" | "of" | "from")
        });
        let behind = words[words.len() - 1] + 1;
        let site = behind < view.len()
            && view.flows(behind)
            && matches!(
                view.text.folded(behind),
                "location" | "office" | "area" | "campus" | "site" | "branch"
            );
        // `San Antonio`, `Montgomery Village`: of usual names only who is called `Charlotte Hall` stays.
        let usual =
            view.weight(words[0]).given > super::USUAL_GIVEN && view.weight(*words.last().unwrap_or(&0)).surname > 20.0;
        in_state || ((said || site || !usual || !view.is_borne(words)) && gazetteer.is_city(&written.join(" ")))
    }
}

impl Finder<'_, '_, '_> {
    /// `Hope Alcoa Medical Associates`: the words before an organisation's head are its own.
    pub(super) fn leads_to_head(&self, last: usize) -> bool {
        let view = self.view;
        let goes_on = |at: &usize| *at < view.len() && view.flows(*at) && !view.is_closed(*at);
        let behind = (last + 1..last + 5).take_while(goes_on);
        let mut behind = behind.take_while(|at| view.text.tokens[*at].is_capital() || view.is_mark(*at, '&'));
        behind.any(|at| view.is(at, sense::HEAD | sense::WEAK_HEAD | sense::LEGAL) && !view.is_credential(at))
    }
}
