//! A house by the initials of its name and its town: `mgh boston ma` is the Massachusetts General Hospital there. Only a word that is
//! nobody's name and of no dictionary may be that.

use super::{Reader, townsfolk};

/// How many letters such initials have.
const LETTERS: std::ops::RangeInclusive<usize> = 3..=7;
/// So many houses of the same initials are shown.
const MOST: usize = 8;
/// The categories of houses, those first that are rather called by their initials.
const CATEGORIES: &[&str] = &["hospital", "clinic", "group", "facility", "lab", "pharmacy"];

impl Reader<'_, '_> {
    /// Takes the one word of a name for the initials of houses in the town, if there are any.
    pub(super) fn house_of_initials(&mut self) -> bool {
        let place = self.reading.place.as_ref().filter(|place| place.city.is_some());
        let (&[at], Some(place)) = (self.named.as_slice(), place) else {
            return false;
        };
        let letters = self.tokens[at].word.as_str();
        let plain = LETTERS.contains(&letters.len()) && letters.bytes().all(|b| b.is_ascii_lowercase());
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let place_too = || {
            gazetteer.is_city(letters)
                || gazetteer
                    .landmark(std::slice::from_ref(&self.tokens[at].word))
                    .is_some()
        };
        if !plain || self.titled || self.everyday().is_ordinary(letters) || place_too() {
            return false;
        }
        let houses = CATEGORIES
            .iter()
            .flat_map(|category| townsfolk::houses_of_initials(self.snapshot, place, category, letters, MOST));
        let mut houses = houses.take(MOST);
        let Some(first) = houses.next() else { return false };
        let others = houses.collect();
        let told = format!(
            "`{letters}` is taken for the initials of who is called `{}` there",
            first.join(" ")
        );
        self.reading.name = first;
        self.reading.other_names = others;
        self.tell(told);
        true
    }
}
