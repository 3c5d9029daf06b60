//! A name, mostly a surname, and the town behind it: `dr smith dallas tx`, `dr smith fort worth`, `dr lee manchester`. Somebody,
//! somewhere, is called by both words; who types a title means one surname, and a town with its state is always one.

use super::{Before, Forced, Reader, cities::PREPOSITIONS, places::TOWN, townsfolk};
use crate::index::geometry::Origin;
use crate::query::{filter::tier, spelling};
use crate::vocab::{
    names::{CREDENTIALS, fold},
    place::Place,
};

/// Most words of a town.
const MOST_WORDS: usize = 4;
/// A shorter word sounds like too many names.
const SHORTEST_HEARD: usize = 4;
/// So many towns of a name are looked at, the greatest first.
const MOST_TOWNS: usize = 24;

impl Reader<'_, '_> {
    /// Whether behind the words of a name a town and its state begin, whatever somebody else is called: `smith dallas tx`,
    /// `brown park city ut`. A state that is a degree, too, may be one behind a whole name: `anthony jackson ms`.
    pub(super) fn town_begins(&self, at: usize) -> bool {
        if self.before != Before::Name {
            return false;
        }
        let rest = &self.words[at..];
        let Some((place, taken)) = self.with_state(rest) else {
            return false;
        };
        if place.postal_code.is_some() {
            return true;
        }
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let city = place.city.as_deref().map(fold).unwrap_or_default();
        let stated = (1..=2).find(|state| {
            taken > *state
                && gazetteer
                    .city(&rest[..taken - state].join(" "), &place.state)
                    .is_some_and(|known| known.city.as_deref().map(fold).as_deref() == Some(city.as_str()))
        });
        let Some(state) = stated else { return false };
        // `kathleen anderson in eau claire`
        let (last, code) = (at + taken, rest[taken - 1].as_str());
        let goes_on = state == 1 && PREPOSITIONS.contains(&code) && !self.capitals[last - 1];
        if goes_on && last < self.words.len() && !self.known_follows(last) {
            return false;
        }
        let degree = state == 1 && CREDENTIALS.contains(&rest[taken - 1].as_str());
        let whole = || {
            let mut name = self.name();
            name.extend_from_slice(&rest[..taken - state]);
            spelling::is_borne_by_person(self.snapshot, &name)
        };
        !degree || self.titled || !whole()
    }

    /// `jaes rash bellingham wa`: a name of two words before a town and its state, of which the first is misspelt and the second a
    /// word of a kind of care.
    pub(super) fn is_misspelt_name(&self, at: usize, name: &[String]) -> bool {
        let [given, surname] = name else { return false };
        let specialties = &self.snapshot.lexicon.specialties;
        let stated = || {
            self.with_state(&self.words[at + 1..])
                .is_some_and(|(_, taken)| taken > 1)
        };
        !self.titled
            && surname.len() > 2
            && specialties
                .longest_prefix(&self.words[at..])
                .is_some_and(|(_, taken)| taken == 1)
            && given.bytes().all(|b| b.is_ascii_lowercase())
            && self.snapshot.lexicon.words.bearers(given) == 0
            && at + 1 < self.words.len()
            && stated()
            && spelling::is_borne_by_person(self.snapshot, std::slice::from_ref(surname))
            && !spelling::alternatives(self.snapshot, name, true).is_empty()
    }

    /// `domingo scott dayton oh`: a given name that is a day, at the beginning of somebody's name.
    pub(super) fn is_called_like_a_day(&self, at: usize) -> bool {
        let Some(name) = self.words.get(..2).filter(|_| at == 0) else {
            return false;
        };
        let lexicon = &self.snapshot.lexicon;
        matches!(name[0].as_str(), "domingo" | "sunday")
            && !lexicon.everyday.is_filler(&name[1])
            && lexicon.words.bearers(&name[1]) == 0
            && spelling::is_borne_by_person(self.snapshot, name)
    }

    /// `dr biillings new york ny`: right behind a title a misspelt surname, and no town that is called like it.
    pub(super) fn is_misspelt_surname(&self, at: usize) -> bool {
        let rest = &self.words[at..];
        if self.before != Before::Title || self.forced[at] == Some(Forced::Word) || rest.len() < 3 {
            return false;
        }
        let lexicon = &self.snapshot.lexicon;
        let word = std::slice::from_ref(&rest[0]);
        rest[0].len() > 3
            && rest[0].bytes().all(|b| b.is_ascii_lowercase())
            && lexicon.words.bearers(&rest[0]) == 0
            && !lexicon.everyday.is_filler(&rest[0])
            && self.with_state(rest).is_some()
            && self.with_state(&rest[1..]).is_some_and(|(_, taken)| taken > 1)
            && !spelling::alternatives(self.snapshot, word, false).is_empty()
    }

    /// `dr night walla walla wa`: between a title and a town with its state a word that nobody bears and a dictionary may know, where
    /// somebody in that town is called by a name that sounds so, or like it.
    pub(super) fn is_heard_surname(&self, at: usize) -> bool {
        let word = self.words[at].as_str();
        // `dr near boise id`: what leads to the town is nobody's name.
        let leads = self.everyday().is_filler(word) || super::places::leads(word);
        let plain = word.len() >= SHORTEST_HEARD && word.bytes().all(|b| b.is_ascii_lowercase()) && !leads;
        if self.before != Before::Title || self.forced[at] == Some(Forced::Word) || !plain {
            return false;
        }
        let rest = &self.words[at + 1..];
        let rest = rest.strip_prefix(&["in".to_owned()][..]).unwrap_or(rest);
        let Some((town, _)) = self.with_state(rest).filter(|(_, taken)| *taken > 1) else {
            return false;
        };
        let heard = || {
            let slip = |own: &str| !self.everyday().is_common(word) && own.starts_with(&word[..1]);
            let like = spelling::like_word(self.snapshot, word).into_iter();
            let mut like = like.filter(|(own, tier)| *tier <= tier::PHONETIC || (*tier == tier::TYPO && slip(own)));
            like.any(|(own, _)| townsfolk::has_surname(self.snapshot, &own, &[], &town))
        };
        !spelling::is_borne(self.snapshot, &[word]) && heard()
    }

    /// `dr smith fort worth`, `dr smith new albany`: a town of several words that ends the text behind a name with a title, which
    /// nobody is called like together. Amid the text a great city in which somebody is called so: `dr garcia new york cost`.
    pub(super) fn town_of_titled(&mut self, at: usize) -> Option<usize> {
        let free = self.reading.place.is_none() && self.reading.state.is_none();
        if !self.titled || self.before != Before::Name || !free {
            return None;
        }
        let left = self.words.len() - at;
        let (place, length) = (1..=MOST_WORDS.min(left)).rev().find_map(|length| {
            let place = self.town_behind_titled(at, length, length == left)?;
            Some((place, length))
        })?;
        self.term_at(at, length, "place", place.label.clone());
        self.put_place(place);
        self.placed = at + length;
        Some(length)
    }

    fn town_behind_titled(&self, at: usize, length: usize, ends: bool) -> Option<Place> {
        let town = &self.words[at..at + length];
        let text = town.join(" ");
        let meant = if ends {
            length > 1
        } else {
            self.snapshot.lexicon.gazetteer.is_great_city(&text)
        };
        if !meant || self.forced[at..at + length].contains(&Some(Forced::Name)) {
            return None;
        }
        let name = self.name();
        let mut whole = name.clone();
        whole.extend_from_slice(town);
        if !spelling::is_borne(self.snapshot, &name) || spelling::is_borne_by_person(self.snapshot, &whole) {
            return None;
        }
        let place = self.town_for(&name, &text)?;
        let is_there = || townsfolk::is_called_at(self.snapshot, &name, &place, |_| true);
        (ends || is_there()).then_some(place)
    }

    /// `dr lee manchester`, `surgeon ammann dunn`: of the words of a name with a title or beside a kind of care the last ones, if
    /// they are a town in which somebody of that surname is, or if nobody is called by all of them. How many they are, and which
    /// town.
    pub(super) fn town_behind_surname(&self, name: &[String]) -> Option<(Place, usize)> {
        let [surname, town @ ..] = name else { return None };
        let meant = self.titled || !self.specialties.is_empty();
        if !meant || !(1..=MOST_WORDS).contains(&town.len()) || surname.len() < 2 {
            return None;
        }
        // `dr mary jackson`: that is her surname. `dr jackson jackson` is in Jackson.
        if *town != [surname.as_str()] && townsfolk::is_surname(self.snapshot, name, town) {
            return None;
        }
        let text = town.join(" ");
        let is_there = |town: &Place| {
            if self.titled {
                townsfolk::is_borne_at(self.snapshot, std::slice::from_ref(surname), town)
            } else {
                townsfolk::has_surname(self.snapshot, surname, &self.care(), town)
            }
        };
        if let Some(there) = self.towns(&text).find(is_there) {
            return Some((there, town.len()));
        }
        let surname = std::slice::from_ref(surname);
        // `dr tim hubbard`: a nickname.
        let lone = !self.is_likely_name(name) && spelling::is_borne_by_person(self.snapshot, surname);
        let place = lone.then(|| self.town_for(surname, &text)).flatten()?;
        Some((place, town.len()))
    }

    /// Of several towns of a name the one in which somebody is called so, else the greatest, if it is no hamlet.
    fn town_for(&self, name: &[String], town: &str) -> Option<Place> {
        let there = self
            .towns(town)
            .find(|town| townsfolk::is_borne_at(self.snapshot, name, town));
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        there.or_else(|| gazetteer.is_town(town, TOWN).then(|| self.towns(town).next()).flatten())
    }

    /// Towns of a name, the nearest first if it is known where somebody asks, else the greatest.
    pub(super) fn towns(&self, town: &str) -> impl Iterator<Item = Place> {
        let mut towns = self.snapshot.lexicon.gazetteer.cities(town);
        towns.truncate(MOST_TOWNS);
        if let Some(here) = self.here {
            let origin = Origin::new(here);
            towns.sort_by(|a, b| origin.km(a.point).total_cmp(&origin.km(b.point)));
        }
        towns.into_iter()
    }
}
