//! A house by its whole name: `cleveland clinic`, whatever the city and the kind of care say together; and with its address, as it is copied from a card or a letter: `Los Angeles Clinic, Los Angeles, CA 90015`. The address
//! proves that what stands before it is the name of a house, though its words are those of a place and of a kind of care.

use super::{Reading, Term, Text, places};
use crate::query::spelling::{self, CORPORATE};
use crate::vocab::place::Place;

/// More words are a letter rather than a name and an address.
const MOST_WORDS: usize = 14;
/// A longer name is told by its words.
pub(super) const MOST_OF_NAME: usize = 6;
/// Fewer words before an address are a kind of care, or a person: `cardiologist houston tx`.
const FEWEST_OF_NAME: usize = 2;

/// Last words of names of houses, beside those that the table of everyday words has for institutions.
const HOUSES: &[&str] = &[
    "center",
    "centre",
    "centers",
    "clinic",
    "clinics",
    "ctr",
    "hospital",
    "hospitals",
    "institute",
    "pavilion",
];

impl Text<'_> {
    /// All of it is the whole name of a house that is here: it ends like one, and has a word of its own beside what any may be
    /// called.
    pub(super) fn house(&self, words: &[String]) -> Option<Vec<String>> {
        let mut name = words.to_vec();
        while name.last().is_some_and(|word| CORPORATE.contains(&word.as_str())) {
            name.pop();
        }
        let lexicon = &self.snapshot.lexicon;
        let is_house = |word: &String| HOUSES.contains(&word.as_str()) || lexicon.everyday.is_institution(word);
        let is_own =
            |word: &String| !is_house(word) && !lexicon.everyday.is_filler(word) && lexicon.words.bearers(word) == 0;
        let told = (FEWEST_OF_NAME..=MOST_OF_NAME).contains(&name.len())
            && name.last().is_some_and(is_house)
            && name.iter().any(is_own);
        (told && spelling::is_whole_house(self.snapshot, &name)).then_some(name)
    }

    /// All of it is the whole name of a house that is here and an address behind it, with a ZIP or with a city and its state.
    pub(super) fn with_address(&self, words: &[String]) -> Option<Reading> {
        if words.len() <= FEWEST_OF_NAME || words.len() > MOST_WORDS {
            return None;
        }
        let (place, from) = self.address(words)?;
        let mut name = words[..from].to_vec();
        while name.last().is_some_and(|word| CORPORATE.contains(&word.as_str())) {
            name.pop();
        }
        if name.len() < FEWEST_OF_NAME || !spelling::is_whole_house(self.snapshot, &name) {
            return None;
        }
        let terms = vec![
            Term::of(&self.tokens[..name.len()], "name", name.join(" ")),
            Term::of(&self.tokens[from..], "place", place.label.clone()),
        ];
        Some(Reading {
            name,
            place: Some(place),
            terms,
            ..Reading::default()
        })
    }

    /// The address at the end of the words, and where it begins.
    fn address(&self, words: &[String]) -> Option<(Place, usize)> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let mut from = words.len();
        let zip = (1..=2).find_map(|taken| {
            let rest = words.get(words.len() - taken..)?;
            let zip = gazetteer.postal_code(&rest[0])?;
            (places::zip_length(rest) == taken).then_some((zip, taken))
        });
        let zip = zip.map(|(zip, taken)| {
            from -= taken;
            zip
        });
        let state = (1..=2).rev().find_map(|taken| {
            let start = from.checked_sub(taken)?;
            let state = gazetteer.state(&words[start..from].join(" "))?;
            zip.as_ref()
                .is_none_or(|zip| zip.state == state.state)
                .then_some((state.state, start))
        });
        let state = state.map(|(state, start)| {
            from = start;
            state
        });
        let code = state.as_ref().or(zip.as_ref().map(|zip| &zip.state))?;
        let city = (1..=places::MOST_WORDS).rev().find_map(|taken| {
            let start = from.checked_sub(taken).filter(|start| *start >= FEWEST_OF_NAME)?;
            let city = gazetteer.city(&words[start..from].join(" "), code)?;
            Some((city, start))
        });
        match (zip, city) {
            (Some(zip), Some((_, start))) => Some((zip, start)),
            // `new york clinic 10014`
            (Some(zip), None) => Some((zip, from)),
            (None, Some((city, start))) => Some((city, start)),
            (None, None) => None,
        }
    }
}
