//! A place that outweighs one that was read before it: a ZIP, a town with its state, a town behind `in` or at the end outweigh a
//! bare word that is a town's, too. That word is then of a name, if somebody is called so there, or nothing that is asked for:
//! `roswell autism services near 88201`, `dallas cardiology in austin tx`.

use chrono::{DateTime, Utc};

use super::places::{MOST_WORDS, TOWN, is_whole_state, leads, zip_length};
use super::{Forced, Reader, Reading, Text, townsfolk};
use crate::query::spelling;
use crate::vocab::{names::fold, place::Place};

/// Between two places of which either will do.
pub(super) const JOINS: &[&str] = &["or", "and", "o", "y", "u", "plus"];
/// Words behind which a place surely stands.
const SURELY: &[&str] = &["in", "near", "around", "en"];

impl Reader<'_, '_> {
    /// Such a place at a word, and how many words it took.
    pub(super) fn surer_place(&mut self, at: usize) -> Option<usize> {
        if at == self.placed && JOINS.contains(&self.words[at].as_str()) {
            return None;
        }
        let bare = self.bare_place()?;
        let led = usize::from(leads(&self.words[at]));
        let from = at + led;
        self.words.get(from)?;
        if let Some(taken) = self.town_of_namesake(from, bare) {
            return Some(led + taken);
        }
        let (place, taken) = self
            .exact_place(from)
            .or_else(|| self.greater_city(from))
            .or_else(|| self.later_city(at, from, bare))?;
        if self.reading.place.as_ref() == Some(&place) {
            // `austin counseling center in austin`
            self.displace();
            self.placed = from + taken;
        } else {
            self.put_instead(from, taken, place);
        }
        Some(led + taken)
    }

    /// The word at which the known place begins, if that is named by a bare word or two.
    fn bare_place(&self) -> Option<usize> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let known = self.reading.place.as_ref().or(self.reading.state.as_ref())?;
        let county = known.city.is_none() && known.county.is_some();
        if known.postal_code.is_some() || county || !self.reading.other_states.is_empty() {
            return None;
        }
        let term = self.reading.terms.iter().find(|term| term.kind == "place")?;
        let city = known.city.as_deref().map(fold).unwrap_or_default();
        let last = term.text.split(' ').next_back().unwrap_or_default();
        let stated = term.text != city && known.city.is_some() && gazetteer.is_state(last);
        let first = self.tokens.iter().position(|token| token.start == term.start)?;
        (!stated && term.text.len() > 2).then_some(first)
    }

    /// A town with its state, or a ZIP, elsewhere than what is known; the same place once more only makes it more exact.
    fn exact_place(&self, from: usize) -> Option<(Place, usize)> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let rest = &self.words[from..];
        let known = self.reading.place.as_ref().or(self.reading.state.as_ref())?;
        if let Some(zip) = gazetteer.postal_code(&rest[0]) {
            return (zip.state != known.state).then(|| (zip, zip_length(rest)));
        }
        let (place, taken) = self.with_state(rest).filter(|(_, taken)| *taken > 1)?;
        let city = |place: &Place| place.city.as_deref().map(fold);
        let same = if is_whole_state(known) {
            place.state == known.state
        } else {
            city(&place) == city(known) && place.state == known.state
        };
        (!same && !is_whole_state(&place)).then_some((place, taken))
    }

    /// `mobile dentist houston`, `hyde park clinic chicago`: a great city behind what was taken for a town.
    fn greater_city(&self, from: usize) -> Option<(Place, usize)> {
        if !self.bare_town {
            return None;
        }
        let rest = &self.words[from..];
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let (city, taken) = (1..=rest.len().min(MOST_WORDS)).rev().find_map(|length| {
            let name = rest[..length].join(" ");
            let place = gazetteer
                .is_great_city(&name)
                .then(|| self.meant_city(&name))
                .flatten()?;
            Some((place, length))
        })?;
        // `boston in texas`, `dahlonega georgia`: the state of the town.
        let state = is_whole_state(&city) || gazetteer.is_state(&rest[..taken].join(" "));
        (!state).then_some((city, taken))
    }

    /// `washington eye care in seattle`: a town behind `in` that ends the text, where the known one is a bare word that nothing
    /// led to; without `in` a great city that is nobody's name, and the known one the first word.
    fn later_city(&self, at: usize, from: usize, bare: usize) -> Option<(Place, usize)> {
        let was_led = SURELY.contains(&self.words[bare].as_str())
            || bare
                .checked_sub(1)
                .is_some_and(|before| SURELY.contains(&self.words[before].as_str()));
        let led = from > at && SURELY.contains(&self.words[at].as_str());
        if was_led || !(led || (from == at && bare == 0)) {
            return None;
        }
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let rest = &self.words[from..];
        (1..=rest.len().min(MOST_WORDS)).rev().find_map(|length| {
            let name = rest[..length].join(" ");
            let great = gazetteer.is_great_city(&name);
            let ends = length == rest.len() || (led && self.known_follows(from + length));
            let known = great || (led && gazetteer.is_town(&name, TOWN));
            // `davenport drugs davenport`: the same once more.
            let again = || self.reading.place.is_some() && self.meant_city(&name) == self.reading.place;
            let person = || spelling::is_borne_by_person(self.snapshot, &rest[..length]);
            let meant = led || (great && (!person() || again()));
            let other = !gazetteer.is_state(&name) && !self.snapshot.lexicon.everyday.is_filler(&name);
            if !(ends && known && meant && other) {
                return None;
            }
            self.meant_city(&name).map(|place| (place, length))
        })
    }

    /// Remembers the words of the place that was read first: a name may begin with them.
    pub(super) fn displace(&mut self) {
        let Some(town) = self.reading.terms.iter().find(|term| term.kind == "place") else {
            return;
        };
        let inside = |at: &usize| self.tokens[*at].start >= town.start && self.tokens[*at].end <= town.end;
        self.reading.displaced = (0..self.tokens.len()).filter(inside).collect();
    }

    /// A place in the stead of the one before, whose words are left out, and that is told.
    pub(super) fn put_instead(&mut self, at: usize, taken: usize, place: Place) {
        self.bare_town = false;
        self.displace();
        if let Some(town) = self.reading.terms.iter_mut().find(|term| term.kind == "place") {
            town.kind = "unknown";
            town.value.clone_from(&town.text);
            let said = town.text.clone();
            // `quincy medical clinic quincy fl`: said again, more exactly.
            if place.city.as_deref().map(fold).as_deref() != Some(said.as_str()) {
                self.reading.leave_out(&said);
            }
        }
        self.term_at(at, taken, "place", place.label.clone());
        self.reading.place = None;
        self.reading.state = None;
        self.put_place(place);
        self.placed = at + taken;
    }
}

impl Text<'_> {
    /// The first reading with the words of a place that another outweighed as words of a name, where somebody bears it.
    pub(super) fn called(&self, forced: &[Option<Forced>], first: &Reading, now: DateTime<Utc>) -> Option<Reading> {
        if first.displaced.is_empty() {
            return None;
        }
        let mut forced = forced.to_vec();
        for at in &first.displaced {
            forced[*at] = Some(Forced::Name);
        }
        let read = self.read(&forced, false, now);
        // `houston dentist houston`: a kind of care, and nobody called Houston. `parker orthodontist in ephrata pa`: a surname there.
        let in_town = || {
            let town = first.place.as_ref();
            town.is_some_and(|town| townsfolk::is_called_at(self.snapshot, &read.name, town, |_| true))
        };
        let named = read.name.len() > 1 || read.titled || first.displaced[0] > 0 || in_town();
        (named && read.place == first.place && spelling::is_borne(self.snapshot, &read.name)).then_some(read)
    }
}
