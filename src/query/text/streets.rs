//! Streets: `120 main st`, `on park avenue`. Nobody is looked for by the name of a street, so it is left out, and that is said.

use super::Reader;
use crate::query::spelling;

/// What streets are.
const STREETS: &[&str] = &[
    "ave",
    "avenue",
    "blvd",
    "boulevard",
    "broadway",
    "cir",
    "circle",
    "court",
    "ct",
    "dr",
    "drive",
    "highway",
    "hwy",
    "lane",
    "ln",
    "loop",
    "parkway",
    "pike",
    "pkwy",
    "rd",
    "road",
    "pl",
    "plaza",
    "st",
    "street",
    "ter",
    "terrace",
    "trail",
    "turnpike",
    "way",
];
/// Which of them is a title as well.
const TITLE: &str = "dr";
/// Those of them that are hardly anything else.
const CLEAR: &[&str] = &[
    "ave",
    "avenue",
    "blvd",
    "boulevard",
    "hwy",
    "parkway",
    "pkwy",
    "rd",
    "road",
    "street",
];
/// Behind a number these are counted, and are no name of a street.
const UNITS: &[&str] = &[
    "hour", "hours", "hr", "hrs", "year", "years", "yr", "yrs", "month", "months", "week", "weeks", "day", "days",
    "mile", "miles", "mi", "minute", "minutes", "min", "star", "block", "blocks", "kids", "am", "pm", "yo", "mo",
    "noon",
];
/// Behind an address: which part of the house.
const PARTS: &[&str] = &["suite", "ste", "apt", "unit", "floor", "room"];
/// Which side of a town a street is on, or which end of it.
const SIDES: &[&str] = &[
    "e", "east", "n", "ne", "north", "nw", "s", "se", "south", "sw", "w", "west",
];
/// A number of so many digits is hardly anything but a house's or a ZIP.
const DIGITS_OF_HOUSE: usize = 3;
/// Most words between the number of a house and its street.
const MOST_WORDS: usize = 4;

impl Reader<'_, '_> {
    /// A street at a word, and how many words it took.
    pub(super) fn street(&mut self, at: usize) -> Option<usize> {
        // `larson hospice care, suite 200, portland`.
        let part = self.part(at);
        if part > 0 {
            let said = self.words[at..at + part].join(" ");
            self.tell(format!(
                "`{said}` is a part of an address, which cannot be searched for, so it is left out"
            ));
            self.term_at(at, part, "unknown", said);
            return Some(part);
        }
        let taken = self.numbered(at).or_else(|| self.unnumbered(at))?;
        let taken = taken + self.part(at + taken);
        let said = self.words[at..at + taken].join(" ");
        self.tell(format!(
            "`{said}` is a street, which cannot be searched for, so it is left out: name a ZIP or a city"
        ));
        self.term_at(at, taken, "unknown", said);
        Some(taken)
    }

    /// `120 main st`, `1200 n lake shore drive`.
    fn numbered(&self, at: usize) -> Option<usize> {
        let number = self.words[at].as_str();
        let is_number = (1..6).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
        if !is_number || self.snapshot.lexicon.gazetteer.postal_code(number).is_some() {
            return None;
        }
        let ends = at + 2..self.words.len().min(at + 2 + MOST_WORDS);
        let street = ends.into_iter().find(|to| self.ends_street(*to, number.len()))?;
        // `24 hour pharmacy on lake road`: no name of a street stands between. `3851 medical center blvd`: its name, whatever
        // else is called so.
        let long = number.len() >= DIGITS_OF_HOUSE;
        let named =
            (at + 1..street).all(|between| self.may_name_street(between) || (long && self.is_of_terms(between)));
        named.then_some(street + 1 - at)
    }

    /// Whether the word behind a number and a name is that of a street: `8849 central dr altoona pa`, but not `5 dr smith`.
    fn ends_street(&self, at: usize, digits: usize) -> bool {
        let word = self.words[at].as_str();
        if word == TITLE {
            return digits > 1 && self.place_or_end_follows(at);
        }
        self.is_street(at) || (word == "st" && self.place_or_end_follows(at) && !self.is_saints_town(at))
    }

    /// Whether a text ends behind a word, or goes on with a town and its state, a ZIP, or a part of an address.
    fn place_or_end_follows(&self, at: usize) -> bool {
        let Some(rest) = self.words.get(at + 1..).filter(|rest| !rest.is_empty()) else {
            return true;
        };
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let from = usize::from(SIDES.contains(&rest[0].as_str()));
        let is_zip = |word: &String| gazetteer.postal_code(word).is_some();
        let stated = |length: usize| {
            let state = gazetteer.state(rest.get(length)?)?;
            gazetteer.city(&rest[..length].join(" "), &state.state)
        };
        let great = || (1..=3).any(|length| length == rest.len() && gazetteer.is_great_city(&rest.join(" ")));
        self.part(at + 1) > 0
            || rest.get(from).is_some_and(is_zip)
            || (1..=MOST_WORDS).any(|length| stated(length).is_some())
            || (from > 0 && self.with_state(&rest[from..]).is_some_and(|(_, taken)| taken > 1))
            || great()
    }

    /// `st paul mn`, behind the name of a street.
    fn is_saints_town(&self, at: usize) -> bool {
        let rest = &self.words[at..];
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        (2..=MOST_WORDS).any(|length| {
            let state = rest.get(length).and_then(|code| gazetteer.state(code));
            state.is_some_and(|state| gazetteer.has_city(&rest[..length].join(" "), &state.state))
        })
    }

    /// A word of a kind of care, or of houses, which streets are called after, too.
    fn is_of_terms(&self, at: usize) -> bool {
        let word = &self.words[at];
        let lexicon = &self.snapshot.lexicon;
        lexicon.words.bearers(word) > 0 && !lexicon.everyday.is_child(word) && !UNITS.contains(&word.as_str())
    }

    /// `on park avenue`, `5th ave`.
    fn unnumbered(&self, at: usize) -> Option<usize> {
        let led = matches!(self.words[at].as_str(), "on" | "at" | "off" | "along");
        let first = at + usize::from(led);
        let counted = self
            .words
            .get(first)
            .is_some_and(|word| word.as_bytes()[0].is_ascii_digit());
        if !led && !counted {
            return None;
        }
        let is_clear = |to: &usize| CLEAR.contains(&self.words[*to].as_str());
        // `on main st`; but `at st joseph`.
        let on = matches!(self.words[at].as_str(), "on" | "off" | "along");
        let is_one = |to: &usize| self.words[*to] != TITLE && self.is_street(*to);
        let street = (first + 1..self.words.len().min(first + 3)).find(|to| is_clear(to) || (on && is_one(to)))?;
        let named = (first..street).all(|between| self.may_name_street(between));
        named.then_some(street + 1 - at)
    }

    /// `st louis` is a city: a street that may be something else ends the text, or something else goes on.
    fn is_street(&self, at: usize) -> bool {
        let word = self.words[at].as_str();
        let ends = || {
            self.words.get(at + 1).is_none_or(|next| {
                let city = [word, next.as_str()].join(" ");
                !self.snapshot.lexicon.gazetteer.is_city(&city)
                    && !spelling::is_borne(self.snapshot, &[word, next.as_str()])
            })
        };
        CLEAR.contains(&word) || (STREETS.contains(&word) && ends())
    }

    fn may_name_street(&self, at: usize) -> bool {
        let word = self.words[at].as_str();
        let counted = word.as_bytes()[0].is_ascii_digit() && word.len() < 5;
        let letters = word.bytes().all(|b| b.is_ascii_lowercase());
        let specialties = &self.snapshot.lexicon.specialties;
        let known = self.everyday().is_filler(word) && !self.everyday().is_common(word);
        (letters || counted)
            && !known
            && !UNITS.contains(&word)
            && specialties.longest_prefix(&self.words[at..]).is_none()
    }

    /// `suite 200`.
    fn part(&self, at: usize) -> usize {
        let is_part = self.words.get(at).is_some_and(|word| PARTS.contains(&word.as_str()));
        let numbered = || {
            self.words
                .get(at + 1)
                .is_some_and(|word| word.bytes().any(|b| b.is_ascii_digit()))
        };
        if is_part && numbered() { 2 } else { 0 }
    }
}
