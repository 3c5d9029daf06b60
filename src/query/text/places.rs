//! Where: a ZIP anywhere, a city with its state, a state, a bare city where the words around it say that a place is meant.

use super::{Before, Forced, Reader};
use crate::query::spelling;
use crate::vocab::place::{Gazetteer, Place};

/// Longest name of a city, in words.
pub(super) const MOST_WORDS: usize = 4;
/// First words of names of towns that have several.
pub(super) const OF_TOWNS: &[&str] = &[
    "east", "el", "fort", "ft", "la", "lake", "las", "long", "los", "mount", "mt", "new", "north", "palm", "port",
    "san", "santa", "south", "west",
];

/// What stands in short before the names of cities.
const WRITTEN_SHORT: &[(&str, &str)] = &[
    ("e", "east"),
    ("n", "north"),
    ("no", "north"),
    ("pt", "point"),
    ("s", "south"),
    ("so", "south"),
    ("w", "west"),
];
/// So many people live in a place that is meant by its bare name alone: nobody looks for a hamlet without saying where it is.
pub(super) const TOWN: u32 = 1_000;
/// Between a great city that begins a text and the kind of care that is asked for there.
const BEFORE_CARE: &[&str] = &["area", "best", "cheap", "good", "local", "metro", "top"];
/// So many live in one that is meant behind `in`.
const SMALL_TOWN: u32 = 500;
/// So many has one that is meant though others are called so, too.
const KNOWN_TOWN: u32 = 20_000;
/// Most towns that begin with a name.
const MOST_OF_A_NAME: usize = 12;
/// Villages that nobody means by their name alone, which is a word of everyday sentences.
const NO_PLACE: &[&str] = &["disney", "home", "school", "university", "work"];
/// Those that somebody may mean behind `in` or `near`.
const NOT_ALONE: &[&str] = &[
    "bath",
    "bear",
    "cash",
    "center",
    "center city",
    "colon",
    "day",
    "early",
    "energy",
    "eye",
    "fall",
    "falls",
    "grace",
    "heart",
    "hope",
    "normal",
    "plan",
    "price",
    "sandwich",
    "welcome",
    "young",
];
/// Great ones that are words before a kind of care: `mobile dentist`, `reading glasses`.
const NOT_FIRST: &[&str] = &["independence", "mobile", "reading"];
/// Names of months, which behind `in` say when.
pub(super) const MONTHS: &[&str] = &["march", "april", "may", "june", "august"];

/// Whether names of towns begin with a word: `west`, `lake`.
pub(in crate::query) fn begins_towns(word: &str) -> bool {
    OF_TOWNS.contains(&word)
}

/// Whether a word is what a city is called: for short, or an alias of it.
pub(super) fn is_city(gazetteer: &Gazetteer, word: &str) -> bool {
    gazetteer.is_short(word) || gazetteer.is_city(word)
}

/// The whole word of a direction in short: `n`, `so`.
pub(super) fn whole_direction(word: &str) -> Option<&'static str> {
    let at = WRITTEN_SHORT.binary_search_by_key(&word, |(short, _)| *short).ok()?;
    Some(WRITTEN_SHORT[at].1)
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
        self.tell_of_unknown_town(at, taken, &place);
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

    /// Whether a place stands at a word.
    pub(super) fn place_at_ahead(&self, at: usize) -> bool {
        self.place_at(at).is_some()
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
        if rest.is_empty() || (words[0] == "in" && MONTHS.contains(&rest[0].as_str())) || self.tells_of_doing(at) {
            return None;
        }
        let written = self.written_out(rest);
        if let Some(found) = written.as_deref().and_then(|rest| self.place_written(at, behind, rest)) {
            return Some(found);
        }
        if let Some(place) = gazetteer.postal_code(&rest[0]) {
            return Some((place, behind + zip_length(rest)));
        }
        if let Some((place, taken)) = self.in_short(rest, behind > 0) {
            return Some((place, behind + taken));
        }
        if let Some((state, taken)) = self.spanish_state(rest) {
            return Some((state, behind + taken));
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
        if let Some((state, taken)) = self.state_behind_town(at, behind) {
            return Some((state, behind + taken));
        }
        if let Some(state) = self.state_of_old(at, behind) {
            return Some((state, behind + 1));
        }
        // `colorado sprengs`: no state.
        if behind == 0
            && let Some(found) = self.misspelt_city(at).filter(|(_, taken)| *taken > 1)
        {
            return Some(found);
        }
        let is_term = || {
            let lexicon = &self.snapshot.lexicon;
            lexicon.specialties.longest_prefix(rest).is_some() || lexicon.languages.longest_prefix(rest).is_some()
        };
        for length in (1..=rest.len().min(MOST_WORDS)).rev() {
            let city = rest[..length].join(" ");
            let digits = city.bytes().any(|b| b.is_ascii_digit());
            let word = NO_PLACE.contains(&city.as_str()) || (behind == 0 && NOT_ALONE.contains(&city.as_str()));
            let word = word || (at == 0 && behind == 0 && NOT_FIRST.contains(&city.as_str()));
            // `in tidewater`: the payer that is here, whatever village is called so.
            let word = word || (!gazetteer.is_great_city(&city) && self.begins_payer(&rest[..length]));
            // `at st mary hospital`: a house.
            let word = word || self.is_saints_house(rest, length);
            if city.len() < 3 || digits || word || self.snapshot.lexicon.everyday.is_filler(&city) {
                continue;
            }
            // `in the valley`: no village of that name.
            let article = behind == 2 && !gazetteer.is_great_city(&city) && !gazetteer.is_town(&city, KNOWN_TOWN);
            let meant = if article || (behind > 0 && length == 1 && self.is_village_of_a_word(at, &city)) {
                false
            } else if behind > 0 {
                !self.goes_on(at + behind + length, &city)
            } else {
                let led = at > 0 && leads(&self.words[at - 1]);
                self.says_place(at, length, &rest[..length]) && !(led && self.goes_on(at + length, &city))
            };
            if meant && let Some(place) = self.meant_city(&city) {
                // `dentist woodbridge ct`: the state that was said, and not the town of another one.
                let said = (at + behind + length, behind > 0, gazetteer.is_great_city(&city));
                return Some(match self.other_state(&place, said) {
                    Some((state, taken)) => (state, behind + length + taken),
                    None => (place, behind + length),
                });
            }
        }
        if let Some(state) = self.state_alone(at, behind) {
            return Some((state, behind + 1));
        }
        if behind == 0
            && let Some(found) = self.misspelt_city(at)
        {
            return Some(found);
        }
        // `dolor en la espalda`: an article.
        let article = words[0] == "en" && rest[0] == "la";
        // `in colchester`: the town that is called so, and none that many know and that is called like it.
        if matches!(words[0].as_str(), "in" | "near" | "around") && behind == 1 && !is_term() {
            let exact = (1..=rest.len().min(MOST_WORDS)).rev().find_map(|length| {
                let town = rest[..length].join(" ");
                let is_word = self.snapshot.lexicon.everyday.is_filler(&town) || NO_PLACE.contains(&town.as_str());
                let stated = self.said_state(at + behind + length).is_some();
                let meant = town.len() > 3 && !is_word && !stated && gazetteer.is_town(&town, SMALL_TOWN);
                let ends = meant && !self.goes_on(at + behind + length, &town);
                let greatest = || gazetteer.cities(&town).into_iter().next();
                let place = ends.then(|| self.town_near(&town).or_else(greatest)).flatten()?;
                Some((place, behind + length))
            });
            if exact.is_some() {
                return exact;
            }
        }
        if behind > 0 && !article && !is_term() {
            for length in (1..=rest.len().min(3)).rev() {
                let city = rest[..length].join(" ");
                let known = self.snapshot.lexicon.everyday.is_filler(&rest[length - 1]);
                let goes_on = |place: &Place| {
                    let meant = place.city.as_deref().unwrap_or_default().to_ascii_lowercase();
                    self.goes_on(at + behind + length, &meant)
                };
                // `in the woodland tx`: a town of that state, or none.
                let state = rest.get(length).is_some_and(|word| gazetteer.is_state(word));
                let like = (!state).then(|| gazetteer.like(&city, None)).flatten();
                let house = self.is_saints_house(rest, length);
                if let Some(place) = like.filter(|place| !known && !house && !goes_on(place)) {
                    return Some((place, behind + length));
                }
            }
        }
        None
    }

    /// `n charleston`, `pt pleasant`: the words with the first written out, where a city is called so.
    fn written_out(&self, rest: &[String]) -> Option<Vec<String>> {
        let whole = whole_direction(&rest[0])?;
        let mut written = rest.to_vec();
        whole.clone_into(&mut written[0]);
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let is_place = |length: usize| {
            let name = written.get(..length)?.join(" ");
            (gazetteer.is_city(&name) || gazetteer.is_state(&name)).then_some(())
        };
        (2..=3).find_map(is_place)?;
        Some(written)
    }

    /// A city of which the first word was written in short, with its state or where a bare one is meant.
    fn place_written(&self, at: usize, behind: usize, written: &[String]) -> Option<(Place, usize)> {
        if let Some((place, taken)) = self.with_state(written) {
            return (taken > 1).then_some((place, behind + taken));
        }
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        // `in n carolina`, `dentist w virginia`.
        let state = written.get(..2).and_then(|name| gazetteer.state(&name.join(" ")));
        if let Some(state) = state.filter(|_| behind > 0 || at > 0 || self.known_follows(at + 2)) {
            return Some((state, behind + 2));
        }
        (2..=written.len().min(MOST_WORDS)).rev().find_map(|length| {
            // `pt pleasant nj` is Point Pleasant Beach.
            if let Some(state) = written.get(length).and_then(|word| gazetteer.state(word)) {
                let longer = gazetteer.complete(&written[..length].join(" "), MOST_OF_A_NAME);
                let place = longer.into_iter().find(|place| place.state == state.state)?;
                return Some((place, behind + length + 1));
            }
            let city = written[..length].join(" ");
            let to = at + behind + length;
            let said = behind > 0 || self.is_behind_what_is_known() || (at == 0 && self.known_follows(to));
            let town = gazetteer.is_town(&city, TOWN);
            let place = (said && town).then(|| self.meant_city(&city)).flatten()?;
            Some((place, behind + length))
        })
    }

    /// `dentist milwakee`: behind what was understood, at the end or before what is, a word that nobody is called, one letter
    /// from a great city that nobody is called like.
    fn misspelt_city(&self, at: usize) -> Option<(Place, usize)> {
        let lexicon = &self.snapshot.lexicon;
        let behind = self.is_behind_what_is_known();
        if !behind && at > 0 {
            return None;
        }
        (1..=3).rev().find_map(|length| {
            let words = self.words.get(at..at + length)?;
            if !behind && !self.known_follows(at + length) {
                return None;
            }
            let plain = words.iter().all(|word| word.bytes().all(|b| b.is_ascii_lowercase()));
            let ends = at + length == self.words.len() || self.known_follows(at + length);
            let is_known = |word: &String| lexicon.everyday.is_filler(word) || lexicon.words.bearers(word) > 0;
            let first =
                length == 1 || !(OF_TOWNS.contains(&words[0].as_str()) || lexicon.gazetteer.is_state(&words[0]));
            let known = is_known(&words[length - 1]) || (first && is_known(&words[0]));
            if !plain || !ends || known || spelling::is_borne(self.snapshot, words) {
                return None;
            }
            let place = lexicon.gazetteer.like_great_city(&words.join(" "))?;
            let called = place
                .city
                .as_deref()
                .map(crate::vocab::names::words)
                .unwrap_or_default();
            // `dentist clevland`: whoever is called Cleveland is not meant beside a kind of care.
            let cared = !self.specialties.is_empty() || !behind;
            (cared || !spelling::is_borne_by_person(self.snapshot, &called)).then_some((place, length))
        })
    }

    /// `st mary hospital`: a house that is called after a saint, as no great city is.
    fn is_saints_house(&self, words: &[String], length: usize) -> bool {
        let saint = matches!(words[0].as_str(), "st" | "saint");
        saint
            && words.get(length).is_some_and(|word| self.is_institution(word))
            && !self
                .snapshot
                .lexicon
                .gazetteer
                .is_great_city(&words[..length].join(" "))
    }

    /// Whether a word is a house's.
    pub(super) fn is_institution(&self, word: &str) -> bool {
        matches!(word, "clinic" | "hospital" | "hospitals") || self.everyday().is_institution(word)
    }

    /// `near central park`: a word that nothing explains stands behind what only a small town is called.
    pub(super) fn goes_on(&self, behind: usize, city: &str) -> bool {
        let lexicon = &self.snapshot.lexicon;
        self.words.get(behind).is_some_and(|word| {
            let rest = &self.words[behind..];
            !lexicon.gazetteer.is_great_city(city)
                && word.len() > 2
                && word.bytes().all(|b| b.is_ascii_lowercase())
                && !lexicon.gazetteer.is_state(word)
                && !lexicon.everyday.is_filler(word)
                && !lexicon.everyday.is_child(word)
                && !super::wishes::words().any(|known| known == word)
                && !super::payers::names(self.snapshot, word)
                && lexicon.specialties.longest_prefix(rest).is_none()
                && lexicon.languages.longest_prefix(rest).is_none()
        })
    }

    /// `la crose wisconsin`, `la qqq tx`: a town of several words, or of a state in which Los Angeles is not.
    pub(super) fn is_la_of_another_state(&self, rest: &[String]) -> bool {
        let lexicon = &self.snapshot.lexicon;
        let elsewhere = |town: &String, state: &String| {
            let known = lexicon.words.bearers(town) > 0 || lexicon.everyday.is_filler(town);
            let state = lexicon.gazetteer.state(state);
            !known && state.is_some_and(|state| state.state != "CA")
        };
        let other = matches!(rest, [_, town, state] if elsewhere(town, state));
        other || self.with_state(rest).is_some_and(|(_, taken)| taken > 2)
    }

    /// What a name of a city means: the town near whoever asks, the one beyond doubt, or the greatest city so called.
    pub(super) fn meant_city(&self, text: &str) -> Option<Place> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let greatest = || {
            gazetteer
                .is_great_city(text)
                .then(|| gazetteer.cities(text).into_iter().next())
        };
        // Of several towns of a name the greatest, if many mean it.
        let known = || {
            let found = gazetteer.is_town(text, KNOWN_TOWN).then(|| gazetteer.cities(text));
            found.and_then(|found| found.into_iter().next())
        };
        let near = self.town_near(text);
        near.or_else(|| gazetteer.find(text))
            .or_else(|| greatest().flatten())
            .or_else(known)
    }

    /// A bare city or state counts where something else was understood and the text ends or goes on with something else;
    /// where the name words beside it are borne without it; not where it is a word of a dictionary.
    fn says_place(&self, at: usize, length: usize, words: &[String]) -> bool {
        let lexicon = &self.snapshot.lexicon;
        if lexicon.specialties.longest_prefix(words).is_some() || lexicon.languages.longest_prefix(words).is_some() {
            return false;
        }
        if length == 1 && self.is_thing_or_deed(at) {
            return false;
        }
        let text = words.join(" ");
        let state = text.len() > 3 && lexicon.gazetteer.is_state(&text);
        let county = length > 1 && words[length - 1] == "county";
        // `affiliated with st mary`: a house, whatever town is called so.
        let of_house = at > 0 && self.words[at - 1] == "with";
        if of_house || (!state && !county && !lexicon.gazetteer.is_town(&text, TOWN)) {
            return false;
        }
        let forced = (at..at + length).all(|word| self.forced[word] == Some(Forced::Word));
        // A small town's name is a person's, if somebody is called so. A house is rather called after the town.
        let borne = !forced && spelling::is_borne_by_person(self.snapshot, words);
        let great = lexicon.gazetteer.is_great_city(&text);
        let ends = at + length == self.words.len();
        // `houston area dentist`, `houston best dentist`.
        let between = self.words.get(at + length).map_or("", String::as_str);
        let led = at == 0 && great && BEFORE_CARE.contains(&between);
        let follows = self.known_follows(at + length + usize::from(led));
        // `smith los angeles`: no part of it is of the name. `ent santa monica`: whatever houses are called so.
        let several = length > 1 && OF_TOWNS.contains(&words[0].as_str());
        if (state || (several && great)) && self.before == Before::Name && (ends || follows) {
            return true;
        }
        let known = self.is_behind_what_is_known();
        let town = several && ends && self.pieces > 0;
        if borne && !(state && (known || at == 0)) && !great && !town {
            return false;
        }
        let whole = at == 0 && ends;
        let unheard = || forced || !spelling::is_borne(self.snapshot, words);
        // `my dallas dentist`; but `where is dallas dental care`.
        let begins = at == 0 || (great && self.pieces == 0 && self.is_described(at));
        known || (begins && follows && (great || state)) || (whole && ((great && length > 1) || unheard()))
    }
}
