//! Half a name that is misspelt too far or too short to be told by itself: `pau burnett san antonio tx`. Whoever is called by the
//! other half in the town that is named, and nearly so by this one, is meant.

use super::{Forced, Reader, townsfolk};
use crate::query::{filter::tier, spelling};
use crate::vocab::place::Place;

/// Shorter words are near to too much.
const SHORTEST: usize = 3;
/// Shorter words that sound otherwise are near to too much.
const SHORTEST_SLIP: usize = 4;
/// From this length on a word may be two edits away.
const SHORTEST_TWO: usize = 8;

impl Reader<'_, '_> {
    /// `dr leee pittsburgh pa`: the surname of somebody in the town, where nobody anywhere bears what stands behind the title, or
    /// where it is but its beginning.
    pub(super) fn surname_in_town(&mut self) {
        let Some(place) = self
            .reading
            .place
            .clone()
            .filter(|place| self.titled && place.city.is_some())
        else {
            return;
        };
        let [typed] = self.reading.name.as_slice() else { return };
        let typed = typed.clone();
        let literal = self.named.iter().any(|at| self.forced[*at] == Some(Forced::Name));
        let plain = typed.len() >= SHORTEST && typed.bytes().all(|b| b.is_ascii_lowercase());
        let word = std::slice::from_ref(&typed);
        // `dr zimmer something in solon oh`: so much of it is remembered.
        let behind = self.named.last().and_then(|last| self.words.get(last + 1));
        let begun = behind.is_some_and(|word| word == "something");
        let borne = if begun {
            townsfolk::is_borne_at(self.snapshot, word, &place)
        } else {
            spelling::is_borne(self.snapshot, word)
        };
        if literal || !plain || borne {
            return;
        }
        let near = |own: &str| (begun && own.starts_with(&typed)) || strsim::osa_distance(own, &typed) == 1;
        if let Some(own) = townsfolk::surname_like(self.snapshot, &place, &typed, near) {
            self.tell(format!("`{typed}` is taken for `{own}`, who is there"));
            self.reading.name = vec![own];
        }
    }

    /// `dentist gwrcia fort myers fl`, `doctor portor aurora co`: beside a kind of care a word that nobody bears, where somebody of
    /// that kind in the town has a surname that is a slip away or sounds so.
    pub(super) fn surname_of_care(&mut self) -> bool {
        let place = self.reading.place.clone().filter(|place| place.city.is_some());
        let (&[at], Some(place)) = (self.named.as_slice(), place) else {
            return false;
        };
        let care = self.care();
        let physician = self.physician.is_some_and(|physician| physician + 1 == at);
        // As it was typed: what it was corrected to is left out otherwise.
        let typed = self.tokens[at].word.clone();
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let plain = typed.len() >= SHORTEST && typed.bytes().all(|b| b.is_ascii_lowercase());
        let known = || {
            self.everyday().is_filler(&typed)
                || self.everyday().is_ordinary(&typed)
                || self.everyday().is_institution(&typed)
                || self.snapshot.lexicon.words.bearers(&typed) > 0
                || gazetteer.is_city(&typed)
                || spelling::is_borne(self.snapshot, &[typed.as_str()])
        };
        if !plain || (care.is_empty() && !physician) || known() {
            return false;
        }
        // `dentist feld houston`: without a state so short a word is near to too much.
        let last = |text: &str| text.split(' ').next_back().is_some_and(|last| gazetteer.is_state(last));
        let mut places = self.reading.terms.iter().filter(|term| term.kind == "place");
        if typed.len() <= SHORTEST_SLIP && !places.any(|term| last(&term.text)) {
            return false;
        }
        let Some(own) = self.surname_heard(&typed, &care, &place) else {
            return false;
        };
        self.tell(format!("`{typed}` is taken for `{own}`, who is there"));
        self.reading.name = vec![own];
        true
    }

    /// The surname of somebody in a town, of some kinds of care if there are any, that sounds like a word or is a slip away: rather
    /// one that begins alike, and in a short word nothing else.
    fn surname_heard(&self, typed: &str, care: &[&str], town: &Place) -> Option<String> {
        let farthest = match typed.len() {
            ..SHORTEST_SLIP => tier::PHONETIC,
            SHORTEST_SLIP..SHORTEST_TWO => tier::TYPO,
            _ => tier::TWO_EDITS,
        };
        let like = spelling::like_word(self.snapshot, typed);
        let (alike, others): (Vec<_>, Vec<_>) = like.into_iter().partition(|(word, _)| word.starts_with(&typed[..1]));
        let others = others.into_iter().filter(|_| typed.len() > SHORTEST_SLIP);
        let mut names = alike.into_iter().chain(others).filter(|(_, tier)| *tier <= farthest);
        let there = names.find(|(own, _)| townsfolk::has_surname(self.snapshot, own, care, town));
        there.map(|(own, _)| own)
    }

    /// The name of somebody in the town who is called by one of two words, and like the other; or one of the two, by which
    /// somebody there is called.
    pub(super) fn half_in_town(&mut self) -> Option<Vec<String>> {
        let place = self.reading.place.clone().filter(|place| place.city.is_some())?;
        let whole: Vec<usize> = self
            .named
            .iter()
            .copied()
            .filter(|at| self.words[*at].len() > 1)
            .collect();
        let [first, last] = whole.as_slice() else { return None };
        if first + 1 != *last && self.named.len() == 2 {
            return None;
        }
        let (given, surname) = (&self.words[*first], &self.words[*last]);
        let everyday = self.everyday();
        let plain = |word: &String| {
            word.len() >= SHORTEST
                && word.bytes().all(|b| b.is_ascii_lowercase())
                && !everyday.is_filler(word)
                && !everyday.is_ordinary(word)
                && self.snapshot.lexicon.words.bearers(word) == 0
        };
        let whole = [given.clone(), surname.clone()].join(" ");
        let near = |own: &str, typed: &String| {
            let edits = if typed.len() < SHORTEST_TWO { 1 } else { 2 };
            own.len() > 1 && strsim::osa_distance(own, typed) <= edits
        };
        let like = |exact: &String, other: &String| {
            plain(other)
                .then(|| townsfolk::called_like(self.snapshot, exact, &place, |own| own != exact && near(own, other)))
                .flatten()
        };
        let found = like(surname, given)
            .map(|own| vec![own, surname.clone()])
            .or_else(|| like(given, surname).map(|own| vec![given.clone(), own]));
        if let Some(name) = found {
            // `john l forth`: only the initial is another.
            if name != [given.clone(), surname.clone()] {
                let told = format!("`{whole}` is taken for `{}`, who is there", name.join(" "));
                self.tell(told);
            }
            return Some(name);
        }
        // `qqq burnett san antonio tx`: a surname there.
        let care = self.care();
        let there = |word: &String| {
            word.len() >= SHORTEST && plain(word) && townsfolk::has_surname(self.snapshot, word, &care, &place)
        };
        if !there(surname) {
            return None;
        }
        let (left, kept) = (given.clone(), surname.clone());
        self.named.retain(|at| at == last);
        if spelling::is_borne_by_person(self.snapshot, std::slice::from_ref(&left)) {
            // `james tisdale norfolk va`: the given name is another there.
            let label = &place.label;
            self.tell(format!(
                "nobody called `{left} {kept}` is found in {label}; shown is whoever is called `{kept}` there"
            ));
        } else {
            self.reading.leave_out(&left);
        }
        Some(vec![kept])
    }

    /// `palmer family practice pikeville ky`: the surname of somebody in the town before a kind of care, of which no house is called
    /// so.
    pub(super) fn takes_surname_before_care(&mut self) -> bool {
        let name = self.name();
        let together = self.named.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        let place = self
            .reading
            .place
            .as_ref()
            .filter(|place| place.city.is_some() && together);
        let (Some(town), Some((surname, care))) = (place, name.split_first()) else {
            return false;
        };
        let phrase = self.snapshot.lexicon.specialties.longest_prefix(care);
        let Some((codes, _)) = phrase.filter(|(_, taken)| *taken == care.len()) else {
            return false;
        };
        let there = surname.len() >= SHORTEST && townsfolk::has_surname(self.snapshot, surname, &[], town);
        if there {
            self.term_at(self.named[1], care.len(), "specialty", codes.join("|"));
            self.reading.specialty = codes.to_vec();
            self.reading.name = vec![surname.clone()];
            self.named.truncate(1);
        }
        there
    }

    /// `pcp jones in dayton oh mychart`: of single words that are nobody's name together one that is the surname of somebody in the
    /// town who is of the kind that is asked for.
    pub(super) fn lone_surname(&self) -> Option<usize> {
        let place = self.reading.place.as_ref().filter(|place| place.city.is_some())?;
        let care = self.care();
        if care.is_empty() && !self.titled && self.physician.is_none() {
            return None;
        }
        let mut named = self.named.iter().copied();
        named.find(|at| {
            let word = &self.words[*at];
            word.len() >= SHORTEST
                && !self.everyday().is_ordinary(word)
                && townsfolk::has_surname(self.snapshot, word, &care, place)
        })
    }
}
