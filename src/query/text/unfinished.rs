//! A text that is still being typed: behind a name the beginning of a town, or of its state. `dr ward miam`, `karen rosario smi`,
//! `brandon anderson yakima w`. Of the towns that begin so the one is meant in which somebody is called so.

use super::{Reading, Text, houses::MOST_OF_NAME, townsfolk};
use crate::query::spelling;
use crate::vocab::{names::TITLES, place::Place};

/// Fewer letters begin too many towns.
const SHORTEST: usize = 3;
/// So many towns that begin so are looked at, the greatest first.
const MOST_TOWNS: usize = 48;
/// Most words of the beginning of a town, and of its state.
const LONGEST: usize = 4;

impl Text<'_> {
    /// What such a text means, if somebody answers to it.
    pub(super) fn unfinished(&self, words: &[String]) -> Option<Reading> {
        let titled = TITLES.contains(&words.first()?.as_str());
        (1..=LONGEST.min(words.len().saturating_sub(1)))
            .rev()
            .find_map(|length| {
                let (name, town) = words.split_at(words.len() - length);
                let name = spelling::without_extras(name);
                let plain = (1..=MOST_OF_NAME).contains(&name.len()) && (titled || name.len() > 1);
                if !plain || !spelling::is_borne_by_person(self.snapshot, &name) {
                    return None;
                }
                let is_there = |town: &Place| townsfolk::is_called_at(self.snapshot, &name, town, |_| true);
                let place = self.towns_beginning(town).into_iter().find(is_there)?;
                let from = words.len() - length;
                let mut reading = self.at_place(name, titled, (&self.tokens[..from], &self.tokens[from..]), place);
                let label = reading.place.as_ref().map_or("", |place| &place.label);
                reading.tell(format!("`{}` is taken for the beginning of {label}", town.join(" ")));
                Some(reading)
            })
    }

    /// The towns that begin with some words, or are called so and lie in a state that begins with the last one.
    fn towns_beginning(&self, words: &[String]) -> Vec<Place> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let begun = words.join(" ");
        if begun.len() < SHORTEST {
            return Vec::new();
        }
        let mut towns = gazetteer.complete(&begun, MOST_TOWNS);
        if let Some((state, town)) = words.split_last().filter(|(_, town)| !town.is_empty()) {
            let in_state = gazetteer.cities(&town.join(" ")).into_iter();
            towns.extend(in_state.filter(|place| place.state.to_ascii_lowercase().starts_with(state.as_str())));
        }
        towns
    }
}
