//! Places that are no towns (`landmarks.csv`): `sf`, `dfw`, `central florida`, `near jfk`, `by o'hare`, `near lackland afb`, `in the
//! 305`. A name of several words says by itself that it is a place; of one word it has to stand where a place does.

use super::cities::WORDS_TOO;
use super::places::{MOST_WORDS, TOWN, leads};
use super::{Before, Reader};
use crate::index::geometry::{KM_PER_MILE, Origin};
use crate::query::spelling;
use crate::vocab::{
    names::fold,
    place::{Landmark, LandmarkKind, Place},
};

/// Behind these an airport, a university or a base stands.
const BESIDE: &[&str] = &["around", "at", "by", "close", "from", "near", "outside", "to"];
/// Words behind the name of a region or of a place with grounds that belong to it.
const BEHIND: &[&str] = &["area", "campus", "metro", "metroplex", "region"];
/// So near to a landmark is the town that is told behind it.
const ITS_TOWN_MILES: f64 = 40.0;

impl Reader<'_, '_> {
    /// A landmark at the beginning of the words, and how many words it took. `said`: a place is expected.
    pub(super) fn in_short(&self, rest: &[String], said: bool) -> Option<(Place, usize)> {
        let (landmark, taken) = self.snapshot.lexicon.gazetteer.landmark(rest)?;
        if self.is_town_stated(rest, taken) {
            return None;
        }
        match landmark.kind {
            LandmarkKind::Short | LandmarkKind::SureShort => self.city_in_short(landmark, rest, taken, said),
            LandmarkKind::AreaCode => self.area_code(landmark, rest),
            _ => self.landmark(landmark, rest, taken, said),
        }
    }

    /// `fort drum ny`, `south beach ny`, `north bay shore ny`: so many words or more are a town of the state behind them.
    fn is_town_stated(&self, rest: &[String], words: usize) -> bool {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        (words..=rest.len().min(MOST_WORDS)).any(|length| {
            let stated = |states: usize| {
                let state = rest.get(length..length + states).map(|state| state.join(" "));
                let state = state.and_then(|state| gazetteer.state(&state));
                state.is_some_and(|state| gazetteer.has_city(&rest[..length].join(" "), &state.state))
            };
            stated(1) || stated(2)
        })
    }

    /// Whether a landmark that is no mere name of a city stands at a word, or behind what leads to it.
    pub(super) fn landmark_stands(&self, at: usize) -> bool {
        let skipped = self.words[at..]
            .iter()
            .take_while(|word| leads(word) || word.as_str() == "the");
        let rest = &self.words[at + skipped.count()..];
        let found = self.snapshot.lexicon.gazetteer.landmark(rest);
        found.is_some_and(|(landmark, _)| !landmark.kind.is_short())
    }

    /// How far the region reaches that the text is about, where it says nothing of how far.
    pub(super) fn settle_reach(&mut self) {
        let place = self.reading.place.as_ref();
        if let Some(place) = place.filter(|_| self.reading.radius_miles.is_none()) {
            self.reading.radius_miles = self.snapshot.lexicon.gazetteer.reach(place);
        }
    }

    /// `in the 305`.
    fn area_code(&self, landmark: &Landmark, rest: &[String]) -> Option<(Place, usize)> {
        let at = self.words.len() - rest.len();
        let before = |back: usize| at.checked_sub(back).map(|at| self.words[at].as_str());
        let taken = 1 + usize::from(rest.get(1).is_some_and(|word| word == "area"));
        let said = before(1) == Some("the") && before(2) == Some("in") && self.ends_or_goes_on(at + taken);
        said.then(|| (landmark.place.clone(), taken))
    }

    /// `area code 713` at a word.
    pub(super) fn area_code_at(&self, at: usize) -> Option<(Place, usize)> {
        let said = super::starts_with(&self.words[at..], &["area", "code"]);
        let rest = self.words.get(at + 2..).filter(|_| said)?;
        let (landmark, _) = self.snapshot.lexicon.gazetteer.landmark(rest)?;
        let is_code = landmark.kind == LandmarkKind::AreaCode && self.ends_or_goes_on(at + 3);
        is_code.then(|| (landmark.place.clone(), 3))
    }

    /// An airport, a university, a base, a region.
    fn landmark(&self, landmark: &Landmark, rest: &[String], length: usize, said: bool) -> Option<(Place, usize)> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let at = self.words.len() - rest.len();
        let name = rest[..length].join(" ");
        // `north bay village`: a town.
        let longer =
            (length + 1..=rest.len().min(MOST_WORDS)).any(|length| gazetteer.is_city(&rest[..length].join(" ")));
        // `fort drum`: a town of its own.
        let town = !matches!(landmark.kind, LandmarkKind::Region | LandmarkKind::Sight) && gazetteer.is_city(&name);
        let word = |at: usize| rest.get(at).map_or("", String::as_str);
        let grounds = rest[length..].iter().take_while(|word| BEHIND.contains(&word.as_str()));
        let mut taken = length + grounds.count();
        // `jfk medical center`, `university of michigan hospital`: a house.
        if longer || town || self.is_institution(word(taken)) || word(taken) == "medical" {
            return None;
        }
        taken += self.told_behind(&landmark.place, &rest[taken..]);
        let before = |back: usize| at.checked_sub(back).map(|at| self.words[at].as_str());
        let lead = if before(1) == Some("the") { before(2) } else { before(1) };
        let beside = lead.is_some_and(|lead| BESIDE.contains(&lead));
        let ends = self.ends_or_goes_on(at + taken);
        let stands = ends && (at == 0 || self.is_behind_what_is_known());
        let person = || spelling::is_borne_by_person(self.snapshot, &rest[..length]);
        let meant = match (landmark.kind, length) {
            (LandmarkKind::Region, _) => said || stands,
            // `central park dental`: a house.
            (LandmarkKind::Sight, _) => said || beside,
            (_, 1) => (beside && (ends || !person())) || (stands && at > 0 && !person()),
            _ => said || beside || stands,
        };
        meant.then(|| (landmark.place.clone(), taken))
    }

    /// Whether the text ends at a word, or goes on with what is asked for.
    fn ends_or_goes_on(&self, at: usize) -> bool {
        let filler = |word: &String| self.everyday().is_filler(word);
        self.words.get(at).is_none_or(filler) || self.known_follows(at)
    }

    /// `jfk airport new york`, `south jersey nj`: how many words behind a landmark tell its town or its state.
    fn told_behind(&self, place: &Place, behind: &[String]) -> usize {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let here = Origin::new(place.point);
        let near = |town: &Place| here.km(town.point) <= ITS_TOWN_MILES * KM_PER_MILE;
        let town = (1..=behind.len().min(3)).rev().find(|length| {
            let name = behind[..*length].join(" ");
            name.len() > 2 && gazetteer.towns(&name, TOWN).iter().any(near)
        });
        let town = town.unwrap_or(0);
        let state = behind.get(town).is_some_and(|word| {
            let own = gazetteer.state(word).is_some_and(|state| state.state == place.state);
            // `central florida or tampa`
            own && (!WORDS_TOO.contains(&word.as_str()) || behind.len() == town + 1)
        });
        town + usize::from(state)
    }

    /// `in la`, `dermatologist sf`: behind a word that says so, or at the end of what else was understood; not where a longer
    /// name goes on (`la jolla`).
    fn city_in_short(&self, landmark: &Landmark, rest: &[String], taken: usize, said: bool) -> Option<(Place, usize)> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let city = &landmark.place;
        let is_la = taken == 1 && rest[0] == "la";
        let ends = rest.len() == taken && self.pieces > 0 && self.before == Before::Understood;
        let longer =
            (taken + 1..=rest.len().min(MOST_WORDS)).any(|length| gazetteer.is_city(&rest[..length].join(" ")));
        let before = self.words.len().checked_sub(rest.len() + 1);
        let article = rest[0] == "la" && rest.len() > 1 && before.is_some_and(|at| self.words[at] == "en");
        // `la crose wi`: misspelt, with its state.
        let longer = longer || (rest[0] == "la" && self.is_la_of_another_state(rest));
        // `back bay boston`: the city behind its part.
        let of = city.city.as_deref().map(fold).unwrap_or_default();
        let of: Vec<&str> = of.split(' ').collect();
        let named = rest[taken..]
            .iter()
            .map(String::as_str)
            .take(of.len())
            .eq(of.iter().copied());
        let taken = taken + if named { of.len() } else { 0 };
        // `sf therapist`, `jax fl obgyn`; but not `la dentista`.
        let behind = &rest[taken..];
        let stated = usize::from(
            behind
                .first()
                .is_some_and(|word| word.eq_ignore_ascii_case(&city.state)),
        );
        let spanish = rest[0] == "la" && behind.first().is_some_and(|word| word.ends_with(['a', 'o']));
        let begins = before.is_none()
            && !spanish
            && self
                .snapshot
                .lexicon
                .specialties
                .longest_prefix(&behind[stated..])
                .is_some();
        // `dentist phx female`, `dentist LA female`: amid what is understood.
        let at = self.words.len() - rest.len();
        let amid = self.is_behind_what_is_known() && {
            let sure = landmark.kind == LandmarkKind::SureShort;
            let sure = sure || self.capitals[at] || self.known_follows(at + taken);
            sure && (!is_la || self.capitals[at])
        };
        // Of several words none is anybody's name.
        if longer || article || !(said || ends || begins || amid || stated > 0 || taken > 1) {
            return None;
        }
        Some((city.clone(), taken + stated))
    }
}
