//! Names that a label or the head of a column tells, whole or in parts.

use std::ops::Range;

use super::{Finder, Found, From, Person, Words};
use crate::intake::extract::layout::Label;
use crate::intake::extract::words::{STATE_CODES, sense};

impl Finder<'_, '_, '_> {
    /// Values of labels and cells of columns that hold names of providers.
    pub(super) fn labelled(&mut self) {
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
            // `Physicians: LEE, ANN; KIM, BOB`
            let marks = tokens.clone().filter(|at| self.view.is_mark(*at, ';'));
            let ends: Vec<usize> = marks.chain([tokens.end]).collect();
            let mut start = tokens.start;
            for end in ends {
                if let Some(words) = Some(start..end)
                    .filter(|one| !one.is_empty())
                    .and_then(|one| self.value(&one))
                {
                    self.add(&words, None, Found::Label);
                }
                start = end + 1;
            }
        }
    }

    /// A whole value as a name, in either order.
    fn value(&self, tokens: &Range<usize>) -> Option<Words> {
        let view = self.view;
        let comma = tokens.clone().take(5).find(|at| view.is_mark(*at, ','));
        if let Some(comma) = comma.filter(|comma| !self.is_town(comma + 1)) {
            let (surname, inner, start) = self.run_before(comma)?;
            if start <= tokens.start && comma + 1 < view.len() {
                if let Some(initials) = self.initials(comma + 1, tokens.end) {
                    return Some(Words {
                        before_comma: Some(surname.len()),
                        tokens: surname.into_iter().chain(initials).collect(),
                        suffix: inner,
                        ..Words::default()
                    });
                }
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
        // `Premier Atlanta Community Services`
        let headed = !view.is_given(words.tokens[0]) && self.leads_to_head(*words.tokens.last()?);
        (inside && words.tokens.len() > 1 && !headed && !self.is_organization(tokens)).then_some(words)
    }

    /// `Ann Lee, Baldwin NY`: a town and its state, of one to three words.
    fn is_town(&self, at: usize) -> bool {
        let view = self.view;
        (at + 1..at + 4)
            .take_while(|code| *code < view.len() && view.flows(*code))
            .any(|code| {
                let town: Vec<&str> = (at..code).map(|at| view.text.written(at)).collect();
                let state = view.text.written(code);
                STATE_CODES.contains(state) && view.lexicon.gazetteer.has_city(&town.join(" "), state)
            })
    }

    /// The initials that a value ends in: `MITCHELL, T.`
    fn initials(&self, from: usize, end: usize) -> Option<Vec<usize>> {
        let view = self.view;
        let mut initials = Vec::new();
        let mut at = from;
        while at < end && view.is_initial(at) {
            initials.push(at);
            at = view.past_stop(at);
        }
        (at >= end && !initials.is_empty()).then_some(initials)
    }

    fn is_organization(&self, tokens: &Range<usize>) -> bool {
        tokens
            .clone()
            .any(|at| self.view.is(at, sense::HEAD | sense::LEGAL) && !self.view.is_credential(at))
    }

    /// `Last Name | First Name`: a name in pieces.
    pub(super) fn in_parts(&mut self) {
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
        // `<suffix value="MD"/>`
        let letters = part(Label::Suffix).filter(|bytes| {
            let mut words = view
                .text
                .tokens_in(bytes)
                .filter(|at| !view.text.folded(*at).is_empty());
            words.clone().count() > 0 && words.all(|at| view.is(at, sense::CREDENTIAL))
        });
        let suffix = part(Label::Suffix).filter(|_| letters.is_none());
        let written = |bytes: &Range<usize>| view.text.source[bytes.clone()].to_owned();
        let named = [Some(&last), Some(&first), part(Label::Middle).as_ref(), suffix.as_ref()]
            .map(Option::<&Range<usize>>::cloned);
        let start = named
            .iter()
            .flatten()
            .map(|bytes| bytes.start)
            .min()
            .unwrap_or(last.start);
        let end = named.iter().flatten().map(|bytes| bytes.end).max().unwrap_or(last.end);
        let tokens = view.text.tokens_in(&(start..end));
        let length = view.text.source[last.clone()]
            .chars()
            .filter(|c| c.is_alphabetic())
            .count();
        if length < 2 || tokens.clone().any(|at| self.owned[at]) {
            return;
        }
        self.owned[tokens].fill(true);
        let credential = part(Label::Credential).or(letters);
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
            suffix: suffix.map(|bytes| written(&bytes)),
            credential: credential.filter(|_| is_clinician),
            is_clinician,
            found: Found::Label,
            civil: false,
        });
    }
}
