//! A house by its whole name: `cleveland clinic`, whatever the city and the kind of care say together; with the town in which it is
//! (`Chicago Med Equipment Chicago`); and with its address, as it is copied from a card or a letter: `Los Angeles Clinic, Los
//! Angeles, CA 90015`. Where it is proves that what stands before is the name of a house, though its words are those of a place and
//! of a kind of care.

use super::{Reading, Term, Text, places, townsfolk};
use crate::query::spelling::{self, CORPORATE};
use crate::vocab::{names::Token, place::Place};

/// More words are a letter rather than a name and an address.
const MOST_WORDS: usize = 14;
/// A longer name is told by its words.
pub(super) const MOST_OF_NAME: usize = 6;
/// Fewer words before an address are a kind of care, or a person: `cardiologist houston tx`.
const FEWEST_OF_NAME: usize = 2;
/// Most words of a town behind the name of a house.
const MOST_OF_TOWN: usize = 3;
/// So many towns of a name are looked at, the greatest first.
const MOST_TOWNS: usize = 24;
/// So many may be called like a house that is known by its name, wherever one is: `mayo clinic houston`, but no `memorial hospital`.
const FEW: usize = 3;
/// Most words before `at`: of a person's name.
const MOST_OF_PERSON: usize = 4;
/// Between a person and the house they work at.
const WORKS_AT: &[&str] = &["at", "from", "of", "with"];

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

/// Those that say so only where all of it is the name of a house that is here.
const GROUPS: &[&str] = &["associates", "group", "partners", "services"];

impl Text<'_> {
    /// All of it is the whole name of a house that is here: it ends like one, and has a word of its own beside what any may be
    /// called.
    pub(super) fn house(&self, words: &[String]) -> Option<Vec<String>> {
        let mut name = words.to_vec();
        while name.last().is_some_and(|word| CORPORATE.contains(&word.as_str())) {
            name.pop();
        }
        let told = (FEWEST_OF_NAME..=MOST_OF_NAME).contains(&name.len())
            && name.last().is_some_and(|word| self.ends_house(word))
            && name.iter().any(|word| self.is_own(word));
        if let Some(name) = told.then(|| spelling::whole_house(self.snapshot, &name)).flatten() {
            return Some(name);
        }
        // `Walk Physical Therapy PA`: with what it is as a company, and more than a kind of care.
        let formed = (FEWEST_OF_NAME + 1..=MOST_OF_NAME).contains(&words.len())
            && words.last().is_some_and(|word| spelling::is_company(word));
        let phrase = self.snapshot.lexicon.specialties.longest_prefix(words);
        let more = phrase.is_none_or(|(_, taken)| taken + 1 < words.len());
        (formed && more && spelling::is_whole_house(self.snapshot, words)).then(|| words.to_vec())
    }

    pub(super) fn is_house(&self, word: &str) -> bool {
        HOUSES.contains(&word) || self.snapshot.lexicon.everyday.is_institution(word)
    }

    /// Such a word, or one that is short for it or for a group: `hosp`, `assoc`.
    fn ends_house(&self, word: &str) -> bool {
        let short = || {
            let mut written = self.snapshot.lexicon.abbreviations.words_of(word);
            written.any(|word| self.is_house(word) || GROUPS.contains(&word))
        };
        self.is_house(word) || short()
    }

    /// A word beside what any house may be called.
    pub(super) fn is_own(&self, word: &str) -> bool {
        let lexicon = &self.snapshot.lexicon;
        !self.is_house(word) && !lexicon.everyday.is_filler(word) && lexicon.words.bearers(word) == 0
    }

    /// All of it is the whole name of a house and the town behind it in which it is; a name that begins with the town may be
    /// misspelt there, and hold nothing of its own: `Dabenport Drugs davenport`, `omaha dental clinic pa omaha`. A house that is
    /// known by its name is meant though it is elsewhere.
    pub(super) fn house_in_town(&self, words: &[String]) -> Option<Reading> {
        let (count, gazetteer) = (words.len(), &self.snapshot.lexicon.gazetteer);
        if !(FEWEST_OF_NAME + 1..=MOST_WORDS).contains(&count) {
            return None;
        }
        (1..=MOST_OF_TOWN.min(count - FEWEST_OF_NAME)).rev().find_map(|length| {
            let (name, town) = words.split_at(count - length);
            let text = town.join(" ");
            let mut name = name.to_vec();
            let again = name.len() > length && name.iter().zip(town).all(|(first, last)| is_like(first, last));
            let formed = name.last().is_some_and(|word| spelling::is_company(word));
            while name.last().is_some_and(|word| spelling::is_company(word)) {
                name.pop();
            }
            let is_end = |word: &String| self.ends_house(word) || GROUPS.contains(&word.as_str());
            let ends = (formed || name.last().is_some_and(is_end)) && name.iter().any(|word| self.is_own(word));
            if name.len() < FEWEST_OF_NAME || !(again || ends) || !gazetteer.is_town(&text, places::TOWN) {
                return None;
            }
            if again {
                name[..length].clone_from_slice(town);
            }
            let name = spelling::whole_house(self.snapshot, &name)?;
            let mut towns = gazetteer.cities(&text).into_iter().take(MOST_TOWNS).peekable();
            let greatest = towns.peek().cloned();
            let there = towns.find(|town| townsfolk::is_borne_at(self.snapshot, &name, town));
            let known = || ends && !again && spelling::bearers(self.snapshot, &name, FEW + 1) <= FEW;
            let place = there.or_else(|| greatest.filter(|_| known()))?;
            let terms = vec![
                Term::of(&self.tokens[..count - length], "name", name.join(" ")),
                Term::of(&self.tokens[count - length..], "place", place.label.clone()),
            ];
            Some(Reading {
                whole: name.clone(),
                name,
                place: Some(place),
                terms,
                ..Reading::default()
            })
        })
    }

    /// `Frederick Murrell at Beacon Perry Clinic PC`: a person and the house that they are at, which both are here. Who is asked for
    /// is the person; the house stands beside.
    pub(super) fn person_at_house(&self, words: &[String]) -> Option<(Reading, Reading)> {
        let at = words.iter().position(|word| WORKS_AT.contains(&word.as_str()))?;
        if !(FEWEST_OF_NAME..=MOST_OF_PERSON).contains(&at) || words.len() > MOST_WORDS {
            return None;
        }
        let name = spelling::without_extras(&words[..at]);
        let from = at + 1 + usize::from(words.get(at + 1).is_some_and(|word| word == "the"));
        let mut house = words.get(from..)?.to_vec();
        if name.len() < FEWEST_OF_NAME || house.len() < FEWEST_OF_NAME {
            return None;
        }
        while house.len() > FEWEST_OF_NAME && house.last().is_some_and(|word| spelling::is_company(word)) {
            house.pop();
        }
        if !spelling::is_borne_by_person(self.snapshot, &name) || !spelling::is_whole_house(self.snapshot, &house) {
            return None;
        }
        let called = |name: Vec<String>, tokens: &[Token]| Reading {
            terms: vec![Term::of(tokens, "name", name.join(" "))],
            name,
            ..Reading::default()
        };
        let mut person = called(name, &self.tokens[..at]);
        let said = words[at..].join(" ");
        person.terms.push(Term::of(&self.tokens[at..], "unknown", said.clone()));
        person.tell(format!(
            "`{said}` is left out: the house stands beside whoever is called so"
        ));
        Some((person, called(house, &self.tokens[from..])))
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
        if name.len() < FEWEST_OF_NAME {
            return None;
        }
        let name = spelling::whole_house(self.snapshot, &name)?;
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
    pub(super) fn address(&self, words: &[String]) -> Option<(Place, usize)> {
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

/// Whether a word is another one, or that one misspelt.
fn is_like(word: &str, other: &str) -> bool {
    let edits = match other.len() {
        0..5 => 0,
        5..9 => 1,
        _ => 2,
    };
    word == other || strsim::osa_distance(word, other) <= edits
}

/// What is told where no house is called so, beside others of the kind.
pub(super) fn no_such(house: &str) -> String {
    format!("nobody called `{house}` is in this directory; shown are others of that kind")
}
