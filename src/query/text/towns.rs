//! Which of several towns of one name is meant: the one near whoever asks, the one in which somebody of that surname is, else the
//! greatest; then the others are told.

use super::{Reader, places::TOWN, townsfolk};
use crate::index::geometry::{KM_PER_MILE, Origin};
use crate::query::spelling;
use crate::vocab::{names::fold, place::Place};

/// Who asks so near a town means that one.
const NEAR_MILES: f64 = 150.0;
/// So many people has a town that is meant for its nearness, though a great city is called so, too.
const BESIDE_GREAT: u32 = 20_000;
/// A town is told as another one that may be meant, if it has at least one in so many people of the greatest.
const RIVAL: u32 = 3;
/// Most of them.
const MOST_TOLD: usize = 3;
/// So many towns of a name are looked at, the greatest first.
const MOST_TOWNS: usize = 24;
/// Most words of a town at the end.
const MOST_WORDS: usize = 3;

impl Reader<'_, '_> {
    /// Of several towns of a name the nearest to whoever asks, if it is within a day's reach.
    pub(super) fn town_near(&self, text: &str) -> Option<Place> {
        let here = Origin::new(self.here?);
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let great = gazetteer.is_great_city(text);
        let towns = gazetteer.towns(text, if great { BESIDE_GREAT } else { TOWN });
        // `new york`: a state is meant by its bare name, too.
        if towns.len() < 2 || gazetteer.is_state(text) {
            return None;
        }
        let far = |town: &Place| here.km(town.point);
        let nearest = towns.into_iter().min_by(|a, b| far(a).total_cmp(&far(b)))?;
        (far(&nearest) <= NEAR_MILES * KM_PER_MILE).then_some(nearest)
    }

    /// `psychologist paolucci columbus`: of several towns of a bare name the one in which somebody of that surname is.
    pub(super) fn settle_town_of_surname(&mut self) {
        let [surname] = self.reading.name.as_slice() else {
            return;
        };
        let meant = self.titled || !self.specialties.is_empty();
        let Some(place) = self.reading.place.as_ref().filter(|_| meant && self.here.is_none()) else {
            return;
        };
        let Some((city, at)) = self.bare_town_said(place) else {
            return;
        };
        let snapshot = self.snapshot;
        let towns = snapshot.lexicon.gazetteer.cities(&city);
        if towns.len() < 2 || townsfolk::is_borne_at(snapshot, std::slice::from_ref(surname), place) {
            return;
        }
        let mut others = towns
            .into_iter()
            .take(MOST_TOWNS)
            .filter(|town| town.label != place.label);
        if let Some(town) = others.find(|town| townsfolk::has_surname(snapshot, surname, &self.care(), town)) {
            self.reading.terms[at].value.clone_from(&town.label);
            self.reading.place = Some(town);
        }
    }

    /// The kinds of care that are asked for.
    pub(super) fn care(&self) -> Vec<&str> {
        let codes = self.specialties.iter().flat_map(|(codes, _)| codes);
        codes.map(String::as_str).collect()
    }

    /// Remembers which other towns a bare name may mean, where nothing says which.
    pub(super) fn weigh_other_towns(&mut self) {
        let Some(place) = self.reading.place.as_ref() else {
            return;
        };
        if self.here.is_some() {
            return;
        }
        let Some((city, _)) = self.bare_town_said(place) else {
            return;
        };
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let greatest = gazetteer.towns(&city, BESIDE_GREAT).into_iter().next();
        if let Some(greatest) = greatest.filter(|town| town.label != place.label) {
            let told = format!(
                "`{city}` is taken for {}, where somebody of that name is; for {} add its state",
                place.label, greatest.label
            );
            self.reading.other_towns = Some(told);
            return;
        }
        let rivals = gazetteer.rivals(&city, RIVAL);
        if rivals.is_empty() {
            return;
        }
        let others: Vec<&str> = rivals.iter().take(MOST_TOLD).map(|town| town.label.as_str()).collect();
        let told = format!(
            "`{city}` is taken for {}; for {} add the state",
            place.label,
            others.join(" or ")
        );
        self.reading.other_towns = Some(told);
    }

    /// The name of a place that was said without its state, and which term that is.
    fn bare_town_said(&self, place: &Place) -> Option<(String, usize)> {
        let city = place.city.as_deref().filter(|_| place.postal_code.is_none())?;
        let city = fold(city);
        let terms = &self.reading.terms;
        let at = terms
            .iter()
            .position(|term| term.kind == "place" && term.text == city)?;
        Some((city, at))
    }

    /// `nurse practitioner anderson huron`: the town that ends the text, where somebody is whose surname is that of the town that
    /// was read before.
    pub(super) fn town_of_namesake(&mut self, from: usize, bare: usize) -> Option<usize> {
        let rest = &self.words[from..];
        if self.specialties.is_empty() || rest.len() > MOST_WORDS {
            return None;
        }
        let (surname, name) = (&self.words[bare], rest.join(" "));
        let lexicon = &self.snapshot.lexicon;
        let single = self
            .reading
            .terms
            .iter()
            .any(|term| term.kind == "place" && term.text == *surname);
        let town = lexicon.gazetteer.is_town(&name, TOWN) && !lexicon.everyday.is_filler(&name);
        if !single || !town || !spelling::is_borne_by_person(self.snapshot, std::slice::from_ref(surname)) {
            return None;
        }
        let there = |town: &Place| townsfolk::has_surname(self.snapshot, surname, &self.care(), town);
        let place = self.towns(&name).find(there)?;
        let taken = rest.len();
        self.reading.terms.retain(|term| term.kind != "place");
        self.named.push(bare);
        self.named.sort_unstable();
        self.term_at(from, taken, "place", place.label.clone());
        (self.reading.place, self.reading.state) = (None, None);
        self.put_place(place);
        self.placed = from + taken;
        self.bare_town = false;
        Some(taken)
    }
}
