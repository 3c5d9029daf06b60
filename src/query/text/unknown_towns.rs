//! A state behind a town that is not known there: `in gotham al`, `weston fl`. Whatever towns of other states are called so, the state
//! that was said is searched, and that the town is not known is told.

use super::cities::WORDS_TOO;
use super::places::{MOST_WORDS, is_whole_state, leads};
use super::states::old_way;
use super::{Reader, surer::JOINS};
use crate::query::spelling;
use crate::vocab::{names::CREDENTIALS, place::Place};

/// Words behind which a town stands, be it unknown.
const LEADS: &[&str] = &["around", "en", "in", "near", "outside"];
/// Last words of what is no town, but a street or a house of one.
const NO_TOWN: &[&str] = &[
    "airport",
    "ave",
    "avenue",
    "blvd",
    "boulevard",
    "campus",
    "center",
    "centre",
    "church",
    "college",
    "garden",
    "mall",
    "park",
    "plaza",
    "rd",
    "road",
    "school",
    "square",
    "st",
    "station",
    "street",
    "university",
    "zoo",
];

impl Reader<'_, '_> {
    /// The state behind a town that it has not, where the words follow what leads to a place; and how many words both are.
    pub(super) fn state_behind_town(&self, at: usize, behind: usize) -> Option<(Place, usize)> {
        if behind == 0 || !LEADS.contains(&self.words[at].as_str()) {
            return None;
        }
        let from = at + behind;
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let (state, length, taken) = (1..=MOST_WORDS).find_map(|length| {
            let (state, taken) = self.said_state(from + length)?;
            Some((state, length, taken))
        })?;
        let town = &self.words[from..from + length];
        let part = |to: usize| town[..to].join(" ");
        // `in houston smith tx`: a town of that state, and more.
        let is_there = (1..=length).any(|to| gazetteer.has_city(&part(to), &state.state));
        // `in west virginia`
        let is_state = (1..=length + 1).any(|to| gazetteer.is_state(&self.words[from..from + to].join(" ")));
        // `in koreatown la`
        let of_angels = self.words[from + length] == "la" && gazetteer.has_city(&part(length), "CA");
        let elsewhere = (1..=length).any(|to| gazetteer.is_city(&part(to)));
        let place = elsewhere || !spelling::is_borne(self.snapshot, town);
        // `near times square ny`; but `brooklyn park mn`.
        let no_town = !elsewhere && town.last().is_some_and(|last| NO_TOWN.contains(&last.as_str()));
        let plain = (from..from + length).all(|at| self.may_be_of_town(at));
        (plain && place && !is_there && !is_state && !of_angels && !no_town).then_some((state, length + taken))
    }

    /// Whether a word may be one of a town's name.
    fn may_be_of_town(&self, at: usize) -> bool {
        let word = self.words[at].as_str();
        let lexicon = &self.snapshot.lexicon;
        word.len() > 1
            && word.bytes().all(|b| b.is_ascii_lowercase())
            && !(lexicon.everyday.is_filler(word) || lexicon.everyday.is_child(word) || self.is_institution(word))
            && !(leads(word) || JOINS.contains(&word))
            && !self.known_follows(at)
            && !self.begins_payer(&self.words[at..=at])
    }

    /// A state that is said at a word behind a town, by its name or by two letters, and how many words it is. Letters that are words
    /// or degrees, too, end the text.
    pub(super) fn said_state(&self, at: usize) -> Option<(Place, usize)> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let named = [2, 1].into_iter().find_map(|length| {
            let name = self.words.get(at..at + length)?.join(" ");
            let state = (name.len() > 3).then(|| gazetteer.state(&name))??;
            Some((state, length))
        });
        let old = || {
            let ends = at + 1 == self.words.len();
            let code = ends.then(|| old_way(self.words.get(at)?)).flatten()?;
            gazetteer.state(code)
        };
        let short = || self.plain_state(at).or_else(|| self.ending_state(at)).or_else(old);
        named.or_else(|| short().map(|state| (state, 1)))
    }

    /// The state that is said behind a bare town, if it is another one than the town's.
    pub(super) fn other_state(&self, place: &Place, (at, led, great): (usize, bool, bool)) -> Option<(Place, usize)> {
        let (state, taken) = self.said_state(at).filter(|(state, _)| state.state != place.state)?;
        let code = self.words[at].as_str();
        let sure = taken == 1 && code.len() == 2 && !WORDS_TOO.contains(&code) && !CREDENTIALS.contains(&code);
        let asked = led || !self.specialties.is_empty();
        (sure || (asked && !great)).then_some((state, taken))
    }

    /// Tells of the words that were taken together with a state that they are not a town of it.
    pub(super) fn tell_of_unknown_town(&mut self, at: usize, taken: usize, place: &Place) {
        if !is_whole_state(place) || place.state.is_empty() {
            return;
        }
        let words = &self.words[at..at + taken];
        let lead = words.iter().take_while(|word| leads(word) || word.as_str() == "the");
        let words = &words[lead.count()..];
        if self.spanish_state(words).is_some() {
            return;
        }
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let town = [2, 1].into_iter().find_map(|length| {
            let (town, state) = words.split_at(words.len().checked_sub(length)?);
            let name = state.join(" ");
            let said = gazetteer.state(old_way(&name).unwrap_or(&name))?;
            (said.state == place.state).then(|| town.join(" "))
        });
        if let Some(town) = town.filter(|town| !town.is_empty()) {
            let state = &place.label;
            self.tell(format!(
                "`{town}` is not known in {state}, so all of {state} is searched"
            ));
        }
    }
}
