//! Where: a ZIP anywhere, a city with its state, a state, a bare city where the words around it say that a place is meant.

use super::{Before, Reader};
use crate::query::spelling;
use crate::vocab::place::{Gazetteer, Place};

/// Longest name of a city, in words.
pub(super) const MOST_WORDS: usize = 4;
/// What people call cities and parts of them for short.
const SHORT: &[(&str, &str)] = &[
    ("atl", "Atlanta, GA"),
    ("bk", "Brooklyn, NY"),
    ("bmore", "Baltimore, MD"),
    ("cincy", "Cincinnati, OH"),
    ("dc", "Washington, DC"),
    ("dfw", "Dallas, TX"),
    ("dtla", "Los Angeles, CA"),
    ("harlem", "New York, NY"),
    ("indy", "Indianapolis, IN"),
    ("jax", "Jacksonville, FL"),
    ("kc", "Kansas City, MO"),
    ("la", "Los Angeles, CA"),
    ("nola", "New Orleans, LA"),
    ("ny", "New York, NY"),
    ("okc", "Oklahoma City, OK"),
    ("pdx", "Portland, OR"),
    ("philly", "Philadelphia, PA"),
    ("phx", "Phoenix, AZ"),
    ("san fran", "San Francisco, CA"),
    ("sf", "San Francisco, CA"),
    ("slc", "Salt Lake City, UT"),
    ("stl", "Saint Louis, MO"),
    ("upper east side", "New York, NY"),
    ("upper west side", "New York, NY"),
    ("vegas", "Las Vegas, NV"),
];

/// First words of names of towns that have several.
pub(super) const OF_TOWNS: &[&str] = &[
    "east", "el", "fort", "ft", "la", "lake", "las", "long", "los", "mount", "mt", "new", "north", "palm", "port",
    "san", "santa", "south", "west",
];

/// Whether a word is what a city is called: for short, or an alias of it.
pub(super) fn is_city(gazetteer: &Gazetteer, word: &str) -> bool {
    SHORT.iter().any(|(short, _)| *short == word) || !gazetteer.cities(word).is_empty()
}

/// How many words a ZIP takes: four digits may stand behind it.
pub(super) fn zip_length(rest: &[String]) -> usize {
    let is_rest = |word: &String| word.len() == 4 && word.bytes().all(|b| b.is_ascii_digit());
    1 + usize::from(rest.get(1).is_some_and(is_rest))
}

/// Whether a word stands before a place.
pub(super) fn leads(word: &str) -> bool {
    matches!(
        word,
        "in" | "near" | "around" | "by" | "at" | "from" | "of" | "to" | "en" | "outside" | "serving"
    )
}

/// Whether a place is a whole state.
pub(super) fn is_whole_state(place: &Place) -> bool {
    place.city.is_none() && place.county.is_none() && place.postal_code.is_none()
}

impl Reader<'_, '_> {
    /// A place at a word, and how many words it took.
    pub(super) fn place(&mut self, at: usize) -> Option<usize> {
        let (place, taken) = self.place_at(at)?;
        self.put_place(place);
        self.placed = at + taken;
        Some(taken)
    }

    /// A whole state is a condition, everything else a point to measure from.
    pub(super) fn put_place(&mut self, place: Place) {
        if is_whole_state(&place) {
            self.reading.state = Some(place);
        } else {
            self.reading.place = Some(place);
        }
    }

    fn place_at(&self, at: usize) -> Option<(Place, usize)> {
        let words = &self.words[at..];
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        if let Some(place) = gazetteer.postal_code(&words[0]) {
            return Some((place, zip_length(words)));
        }
        let mut behind = usize::from(leads(&words[0]));
        if behind == 1 && words.get(1).is_some_and(|word| word == "the") {
            behind = 2;
        }
        let rest = &words[behind..];
        if rest.is_empty() {
            return None;
        }
        if let Some(place) = gazetteer.postal_code(&rest[0]) {
            return Some((place, behind + zip_length(rest)));
        }
        if let Some((place, taken)) = self.in_short(rest, behind > 0) {
            return Some((place, behind + taken));
        }
        // `washington state` is no city.
        for length in [1, 2] {
            if rest.get(length).is_some_and(|word| word == "state")
                && let Some(state) = gazetteer.state(&rest[..length].join(" "))
            {
                return Some((state, behind + length + 1));
            }
        }
        let with_state = self.with_state(rest);
        if let Some((place, taken)) = with_state {
            return Some((place, behind + taken));
        }
        let is_term = || {
            let lexicon = &self.snapshot.lexicon;
            lexicon.specialties.longest_prefix(rest).is_some() || lexicon.languages.longest_prefix(rest).is_some()
        };
        for length in (1..=rest.len().min(MOST_WORDS)).rev() {
            let city = rest[..length].join(" ");
            let digits = city.bytes().any(|b| b.is_ascii_digit());
            if city.len() < 3 || digits || self.snapshot.lexicon.everyday.is_filler(&city) {
                continue;
            }
            let meant = if behind > 0 {
                !self.goes_on(at + behind + length, &city)
            } else {
                let led = at > 0 && leads(&self.words[at - 1]);
                self.says_place(at, length, &rest[..length]) && !(led && self.goes_on(at + length, &city))
            };
            if meant && let Some(place) = self.meant_city(&city) {
                return Some((place, behind + length));
            }
        }
        // `dolor en la espalda`: an article.
        let article = words[0] == "en" && rest[0] == "la";
        if behind > 0 && !article && !is_term() {
            for length in (1..=rest.len().min(3)).rev() {
                let city = rest[..length].join(" ");
                let known = self.snapshot.lexicon.everyday.is_filler(&rest[length - 1]);
                let goes_on = |place: &Place| {
                    let meant = place.city.as_deref().unwrap_or_default().to_ascii_lowercase();
                    self.goes_on(at + behind + length, &meant)
                };
                let like = gazetteer.like(&city, None);
                if let Some(place) = like.filter(|place| !known && !goes_on(place)) {
                    return Some((place, behind + length));
                }
            }
        }
        None
    }

    /// `near central park`: a word that nothing explains stands behind what only a small town is called.
    pub(super) fn goes_on(&self, behind: usize, city: &str) -> bool {
        let lexicon = &self.snapshot.lexicon;
        self.words.get(behind).is_some_and(|word| {
            let rest = &self.words[behind..];
            !lexicon.gazetteer.is_great_city(city)
                && word.len() > 2
                && word.bytes().all(|b| b.is_ascii_lowercase())
                && lexicon.gazetteer.state(word).is_none()
                && !lexicon.everyday.is_filler(word)
                && !lexicon.everyday.is_child(word)
                && !super::wishes::words().any(|known| known == word)
                && !super::payers::names(self.snapshot, word)
                && lexicon.specialties.longest_prefix(rest).is_none()
                && lexicon.languages.longest_prefix(rest).is_none()
        })
    }

    /// `in la`, `dermatologist sf`: behind a word that says so, or at the end of what else was understood; not where a longer
    /// name goes on (`la jolla`).
    pub(super) fn in_short(&self, rest: &[String], said: bool) -> Option<(Place, usize)> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let begins = |short: &str| {
            short
                .split(' ')
                .eq(rest.iter().take(short.split(' ').count()).map(String::as_str))
        };
        let (short, city) = SHORT.iter().find(|(short, _)| begins(short))?;
        let taken = short.split(' ').count();
        let ends = rest.len() == taken && self.pieces > 0 && self.before == Before::Understood;
        let longer = (taken + 1..=rest.len().min(MOST_WORDS))
            .any(|length| !gazetteer.cities(&rest[..length].join(" ")).is_empty());
        let before = self.words.len().checked_sub(rest.len() + 1);
        let article = rest[0] == "la" && rest.len() > 1 && before.is_some_and(|at| self.words[at] == "en");
        // `sf therapist`, `jax fl obgyn`; but not `la dentista`.
        let behind = &rest[taken..];
        let state = city.rsplit(", ").next().unwrap_or_default();
        let stated = usize::from(behind.first().is_some_and(|word| word.eq_ignore_ascii_case(state)));
        let spanish = rest[0] == "la" && behind.first().is_some_and(|word| word.ends_with(['a', 'o']));
        let begins = before.is_none()
            && !spanish
            && self
                .snapshot
                .lexicon
                .specialties
                .longest_prefix(&behind[stated..])
                .is_some();
        // Of several words none is anybody's name.
        if longer || article || !(said || ends || begins || stated > 0 || taken > 1) {
            return None;
        }
        gazetteer.find(city).map(|place| (place, taken + stated))
    }

    /// What a name of a city means: beyond doubt, or the greatest city so called.
    pub(super) fn meant_city(&self, text: &str) -> Option<Place> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let greatest = || {
            gazetteer
                .is_great_city(text)
                .then(|| gazetteer.cities(text).into_iter().next())
        };
        gazetteer.find(text).or_else(|| greatest().flatten())
    }

    /// A bare city or state counts where something else was understood and the text ends or goes on with something else;
    /// where the name words beside it are borne without it; not where it is a word of a dictionary.
    fn says_place(&self, at: usize, length: usize, words: &[String]) -> bool {
        let lexicon = &self.snapshot.lexicon;
        if lexicon.specialties.longest_prefix(words).is_some() || lexicon.languages.longest_prefix(words).is_some() {
            return false;
        }
        let behind = &self.words[at + length..];
        // A small town's name is a person's, if somebody is called so.
        let borne = spelling::is_borne(self.snapshot, words);
        let text = words.join(" ");
        let state = self.pieces > 0 && text.len() > 3 && lexicon.gazetteer.state(&text).is_some();
        let great = lexicon.gazetteer.is_great_city(&text);
        let ends = behind.is_empty();
        let next_term = !ends
            && (lexicon.specialties.longest_prefix(behind).is_some()
                || lexicon.languages.longest_prefix(behind).is_some());
        // `smith los angeles`: no part of it is of the name. `ent santa monica`: whatever houses are called so.
        let several = length > 1 && OF_TOWNS.contains(&words[0].as_str());
        if several && great && self.before == Before::Name && (ends || next_term) {
            return true;
        }
        let town = several && ends && self.pieces > 0;
        if borne && !state && !great && !town {
            return false;
        }
        let understood = self.pieces > 0 && self.before == Before::Understood;
        let whole = at == 0 && ends;
        (understood && (ends || next_term || self.before == Before::Understood))
            || (at == 0 && next_term && lexicon.gazetteer.is_great_city(&words.join(" ")))
            || (whole && (!borne || (great && length > 1)))
    }
}
