//! The person who is asked for by name at a place, though something beside the name keeps them out of the answer: a wish, a word for
//! their kind of care that is not theirs, a given name that is another. Whoever asks about a doctor whom they know is not helped
//! by a namesake in the next town, nor by strangers: whoever bears the name in the very town comes first, then who bears it near.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use super::{
    Error, Request,
    answer::Answer,
    filter::tier,
    lesser::{self, Lesser},
    plan::Plan,
    relaxed,
    search::{Spending, answer},
    spelling,
    text::{self, Reading},
};
use crate::index::Snapshot;
use crate::vocab::{names::fold, place::Place, terms::ProviderKind};

/// Whoever bears a name so far away is hardly meant, if somebody is called like it at the place.
pub(super) const FAR_MILES: f64 = 100.0;
/// What is near a place.
pub(super) const NEAR_MILES: f64 = 25.0;
/// A shorter surname says little alone.
const SHORTEST_SURNAME: usize = 3;
/// So many rows are looked at for one in the town.
const LOOKED_AT: usize = 5;

/// What was asked, how its box was read, and what that has found.
pub(super) struct Asked<'a> {
    pub(super) snapshot: &'a Arc<Snapshot>,
    pub(super) request: &'a Request,
    pub(super) reading: &'a Reading,
    pub(super) first: &'a Answer,
    pub(super) now: DateTime<Utc>,
    pub(super) spending: Spending,
}

impl Asked<'_> {
    /// The reading that shows whoever is meant by the name, where the first one does not. It goes by the box alone, so that no
    /// filter brings in others.
    pub(super) fn named_there(&self) -> Result<Option<Reading>, Error> {
        if self.reading.name.is_empty() || !self.request.literal.is_empty() {
            return Ok(None);
        }
        if let Some(in_town) = self.in_town()? {
            return Ok(Some(in_town));
        }
        match self.near()? {
            Some(near) => Ok(Some(near)),
            None => self.by_surname(),
        }
    }

    /// Whoever bears the very name in the very town.
    pub(super) fn in_town(&self) -> Result<Option<Reading>, Error> {
        let Some(town) = self.town().filter(|_| lesser::is_possible(self.reading)) else {
            return Ok(None);
        };
        if self.shows_in(town) || !self.may_be_meant_in(town) || self.is_in(town, self.reading)? {
            return Ok(None);
        }
        let nobody = format!("nobody of the name `{}` in {}", self.name(), town.label);
        let groups = [
            lesser::of_the_care(self.snapshot, self.reading, &nobody),
            lesser::of_any_care(self.reading, &nobody),
        ];
        first_of(groups, |less| self.is_in(town, less))
    }

    /// Whoever bears the very name near the place.
    fn near(&self) -> Result<Option<Reading>, Error> {
        let (reading, snapshot) = (self.reading, self.snapshot);
        if is_there(self.first) || !self.may_be_meant() {
            return Ok(None);
        }
        let nobody = format!("nobody of the name `{}`", self.name());
        let near = reading
            .place
            .as_ref()
            .map(|place| format!("{nobody} near {}", place.label));
        let near = near.unwrap_or_else(|| nobody.clone());
        let far = if self.first.has_named() { &near } else { &nobody };
        let placed = reading.place.is_some() || self.request.near.is_some();
        // Without a place the name alone tells nobody from strangers, so wishes are weighed elsewhere.
        let of_the_care = placed || lesser::wider(snapshot, reading).is_some();
        let of_any_care = placed && self.may_lack_kind();
        let groups = [
            of_the_care.then(|| lesser::of_the_care(snapshot, reading, far)),
            of_any_care.then(|| lesser::of_any_care(reading, &near)),
        ];
        let groups = groups.map(Option::unwrap_or_default);
        if groups.iter().all(Vec::is_empty) || self.is_near(reading)? {
            return Ok(None);
        }
        first_of(groups, |less| self.is_near(less))
    }

    /// Whoever has the surname in the town, where nobody of both names is near: people forget given names, and hear others at the
    /// front desk. A kind of care behind the surname may have been taken for a word of the name: `hope internal medicine dr`.
    fn by_surname(&self) -> Result<Option<Reading>, Error> {
        let Some(town) = self
            .town()
            .filter(|_| self.is_plain_name() && !self.is_anybody_like_it_near())
        else {
            return Ok(None);
        };
        let Some(called) = self.by_part_of_name(town) else {
            return Ok(None);
        };
        let surname = called.name.join(" ");
        let nobody = format!("nobody of the name `{surname}` in {}", town.label);
        let told = format!(
            "nobody called `{}` is found near {}; shown is whoever is called `{surname}` there",
            self.name(),
            town.label
        );
        let groups = [
            vec![called.clone()],
            lesser::of_the_care(self.snapshot, &called, &nobody),
            lesser::of_any_care(&called, &nobody),
        ];
        let mut found = first_of(groups, |less| self.is_in(town, less))?;
        if let Some(less) = &mut found {
            less.tell(told);
        }
        Ok(found)
    }

    /// The reading with that word of the name alone which is a surname in a town: the last of two, or the one before a kind of care.
    /// Behind a title it may be any of them, or several: `dr felix garcia practice`.
    fn by_part_of_name(&self, town: &Place) -> Option<Reading> {
        let name = &self.reading.name;
        let (first, behind) = name.split_first()?;
        let specialties = &self.snapshot.lexicon.specialties;
        let care = specialties.longest_prefix(behind);
        let care = care.filter(|(_, taken)| *taken == behind.len());
        let is_called = |part: &[String]| {
            let long = part.iter().any(|word| word.len() >= SHORTEST_SURNAME);
            long && text::is_called_at(self.snapshot, part, town, |_| true)
        };
        let (part, care) = match (behind, care) {
            ([surname], _) if first.len() > 1 && is_called(std::slice::from_ref(surname)) => (&name[1..], None),
            (_, Some((codes, _))) if is_called(std::slice::from_ref(first)) => (&name[..1], Some(codes)),
            _ if self.reading.titled => {
                let mut parts = (1..name.len()).rev().flat_map(|length| name.windows(length));
                (parts.find(|part| is_called(part))?, None)
            }
            _ => return None,
        };
        let mut called = self.reading.clone();
        for term in called.terms.iter_mut().filter(|term| term.kind == "name") {
            term.value = part.join(" ");
        }
        called.name = part.to_vec();
        if let Some(codes) = care.filter(|_| called.specialty.is_empty()) {
            called.specialty = codes.to_vec();
        }
        Some(called)
    }

    /// The town that the text names and that is searched around.
    pub(super) fn town(&self) -> Option<&Place> {
        let chosen = self.request.near.is_some() && !self.request.near_is_position;
        let place = self.reading.place.as_ref();
        place.filter(|place| place.city.is_some() && place.postal_code.is_none() && !chosen)
    }

    pub(super) fn name(&self) -> String {
        self.reading.name.join(" ")
    }

    /// Whether one of the first on the page bears the very name in a town.
    fn shows_in(&self, town: &Place) -> bool {
        let city = town.city.as_deref().map(fold);
        let cards = self.first.cards();
        let mut named = named(self.first).zip(&cards).take(LOOKED_AT);
        named.any(|(bears, card)| {
            let here = card.location.as_ref();
            let same = |own: Option<&str>| own.map(fold) == city;
            bears && here.is_some_and(|here| same(here.city) && here.state == Some(town.state.as_str()))
        })
    }

    /// Whether somebody in a town bears the name of a reading and is all that it asks for.
    pub(super) fn is_in(&self, town: &Place, reading: &Reading) -> Result<bool, Error> {
        // Who is called so is asked of the town.
        let nameless = Reading {
            name: Vec::new(),
            other_names: Vec::new(),
            ..reading.clone()
        };
        let bare = relaxed::alone(self.request);
        let (plan, _) = Plan::read(self.snapshot, &bare, nameless, self.now)?;
        let mut names = std::iter::once(&reading.name).chain(&reading.other_names);
        let is_there = |name| text::is_called_at(self.snapshot, name, town, |record| plan.admits_overlay(record));
        Ok(names.any(|name| is_there(name)))
    }

    /// Whether a search for a reading finds who bears the very name near the place.
    fn is_near(&self, reading: &Reading) -> Result<bool, Error> {
        let bare = relaxed::alone(self.request);
        match answer(self.snapshot, &bare, reading.clone(), self.now, self.spending) {
            // A house is called after its town by one word.
            Ok(found) => Ok(is_there(&found) && (reading.name.len() > 1 || is_of_person(&found))),
            Err(Error::TooCostly(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }

    /// Whether somebody's name is meant, or the whole one of a house, and not a word that houses have in theirs.
    fn may_be_meant(&self) -> bool {
        let reading = self.reading;
        reading.is_more_than_a_name()
            && reading.name.iter().any(|word| word.len() > 1)
            && (spelling::is_borne_by_person(self.snapshot, &reading.name) || reading.whole == reading.name)
    }

    /// The same of somebody in a town.
    fn may_be_meant_in(&self, town: &Place) -> bool {
        match self.reading.name.as_slice() {
            [_] => {
                let name = &self.reading.name;
                self.may_be_surname(town) && text::is_called_at(self.snapshot, name, town, |_| true)
            }
            _ => self.may_be_meant(),
        }
    }

    /// Whether the one word of a name may be somebody's in a town, though they are not what is asked for. Without a title it may be
    /// any word, as long as neither it nor the place is doubtful: `young dentist boston`, `urgent care west houston tx`.
    pub(super) fn may_be_surname(&self, town: &Place) -> bool {
        let reading = self.reading;
        let [word] = reading.name.as_slice() else { return false };
        let everyday = &self.snapshot.lexicon.everyday;
        let word_too = everyday.is_ordinary(word) || everyday.is_filler(word) || text::begins_towns(word);
        let sure = word.len() >= SHORTEST_SURNAME && !word_too && self.is_stated(town);
        reading.titled || sure || (reading.specialty.is_empty() && !word_too)
    }

    /// Whether the state of a town was said.
    fn is_stated(&self, town: &Place) -> bool {
        let city = town.city.as_deref().map(fold).unwrap_or_default();
        let mut terms = self.reading.terms.iter();
        let said = terms.find(|term| term.kind == "place" && term.text != city);
        let last = said.and_then(|said| said.text.split(' ').next_back());
        last.is_some_and(|last| self.snapshot.lexicon.gazetteer.is_state(last))
    }

    /// Whether a kind of care beside a name may rather tell what for somebody is asked: `dr castro austin tx for a 6 month old`.
    /// What names a kind of person does so where whoever is both is a stranger far away.
    fn may_lack_kind(&self) -> bool {
        let far = || nearest_named(self.first).is_none_or(|miles| miles > FAR_MILES);
        let called = self.reading.titled || self.reading.name.len() > 1;
        called && !self.reading.specialty.is_empty() && (!self.reading.means_person || far())
    }

    /// Whether somebody is near who is called like the name, so that they are meant.
    fn is_anybody_like_it_near(&self) -> bool {
        let cards = self.first.cards();
        let mut like = cards.iter().filter_map(|card| card.distance_miles);
        like.any(|miles| miles <= NEAR_MILES) || nearest_named(self.first).is_some_and(|miles| miles <= FAR_MILES)
    }

    /// Whether the name was said in one go, by whole words: `smith or jones` are two people.
    fn is_plain_name(&self) -> bool {
        let name = self.name();
        let mut terms = self.reading.terms.iter();
        let together = terms.any(|term| term.kind == "name" && term.text == name);
        self.reading.whole.is_empty() && together && self.request.radius_km.is_none()
    }
}

/// The first reading that finds somebody; of a group none is tried where that finds nobody which asks for least.
pub(super) fn first_of<const N: usize>(
    groups: [Lesser; N],
    finds: impl Fn(&Reading) -> Result<bool, Error>,
) -> Result<Option<Reading>, Error> {
    for mut group in groups {
        let Some(least) = group.pop() else { continue };
        if !finds(&least)? {
            continue;
        }
        for less in group {
            if finds(&less)? {
                return Ok(Some(less));
            }
        }
        return Ok(Some(least));
    }
    Ok(None)
}

/// Whether somebody who bears the very name is on a page, near the place if there is one.
pub(super) fn is_there(answer: &Answer) -> bool {
    nearest_named(answer).is_some_and(|miles| miles <= NEAR_MILES)
}

fn is_of_person(answer: &Answer) -> bool {
    answer
        .cards()
        .first()
        .is_some_and(|card| card.kind == ProviderKind::Individual)
}

/// For each hit, whether it bears the very name.
fn named(answer: &Answer) -> impl Iterator<Item = bool> {
    let hits = answer.hits.iter();
    hits.map(|hit| hit.name.is_some_and(|bears| bears <= tier::INITIAL))
}

/// How far away the nearest on a page is who bears the very name; nothing counts as far where no distance is measured.
pub(super) fn nearest_named(answer: &Answer) -> Option<f64> {
    if !answer.has_named() {
        return None;
    }
    let cards = answer.cards();
    let named = named(answer).zip(&cards).filter(|(bears, _)| *bears);
    let miles = named.map(|(_, card)| card.distance_miles.unwrap_or_default());
    miles.min_by(f64::total_cmp)
}
