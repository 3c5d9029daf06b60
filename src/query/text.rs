//! The one box: which words name a specialty, a language, a place, a wish, and which are a name.
//!
//! The reading is greedy over dictionaries, longest phrase first; what no dictionary knows is a name. A text that is
//! whole a name somebody bears is read as that name.

use super::{filter::NameWanted, request::Request};
use crate::vocab::{
    Lexicon, Npi, NpiError,
    names::{CREDENTIALS, SUFFIXES, TITLES, words},
    place::Place,
    terms::Gender,
};

/// What was understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Words of a name.
    pub name: Vec<String>,
    /// NUCC codes.
    pub specialty: Vec<String>,
    /// Language codes.
    pub language: Vec<String>,
    /// A place.
    pub place: Option<Place>,
    /// Miles around it.
    pub radius_miles: Option<f64>,
    /// "accepting new patients".
    pub accepting: Option<bool>,
    /// "telehealth".
    pub telehealth: Option<bool>,
    /// "female doctor".
    pub gender: Option<Gender>,
    /// An NPI.
    pub npi: Option<Npi>,
    /// Ten digits that are none, and the digit that should be there.
    pub npi_hint: Option<String>,
}

/// Words that carry no meaning of their own in a search.
const FILLERS: &[&str] = &[
    "a", "an", "and", "the", "in", "at", "near", "me", "by", "around", "for", "of", "to", "who", "that", "is", "are",
    "with", "i", "need", "find", "looking", "speaks", "speak", "speaking", "please", "my", "good", "best", "within",
    "close",
];

/// Phrases that are a wish.
const ACCEPTING: &[&[&str]] = &[
    &["accepting", "new", "patients"],
    &["taking", "new", "patients"],
    &["accepts", "new", "patients"],
    &["new", "patients"],
    &["accepting"],
];
const TELEHEALTH: &[&[&str]] = &[
    &["telehealth"],
    &["telemedicine"],
    &["virtual", "visit"],
    &["video", "visit"],
    &["online"],
];
const FEMALE: &[&[&str]] = &[&["female"], &["woman"], &["lady"]];
const MALE: &[&[&str]] = &[&["male"], &["man"]];

/// Reads a text. `is_name` tells whether somebody bears all these words in a name.
pub fn read(text: &str, lexicon: &Lexicon, is_name: impl Fn(&[String]) -> bool) -> Reading {
    let mut reading = Reading::default();
    let all = words(text);
    let named = name_of(&all);
    if !named.is_empty() && named.len() == without_titles(&all).len() && !is_term(&all, lexicon) && is_name(&named) {
        reading.name = named;
        return reading;
    }
    let mut rest: &[String] = &all;
    let mut name = Vec::new();
    while let Some(word) = rest.first() {
        let taken = reading.take(rest, lexicon, word);
        if taken == 0 {
            name.push(word.clone());
        }
        rest = &rest[taken.max(1)..];
    }
    reading.name = name_of(&name);
    reading
}

/// A text that is one phrase of a dictionary is that phrase, even if somebody is called so.
fn is_term(words: &[String], lexicon: &Lexicon) -> bool {
    let whole = |length: usize| length == words.len();
    lexicon.specialties.longest_prefix(words).is_some_and(|(_, n)| whole(n))
        || lexicon.languages.longest_prefix(words).is_some_and(|(_, n)| whole(n))
}

fn without_titles(words: &[String]) -> Vec<&String> {
    words.iter().filter(|word| !TITLES.contains(&word.as_str())).collect()
}

/// The words of a name without titles, suffixes and credentials, unless nothing else is left.
fn name_of(words: &[String]) -> Vec<String> {
    let untitled = || words.iter().filter(|word| !TITLES.contains(&word.as_str()));
    let bare: Vec<String> = untitled()
        .enumerate()
        .filter(|(at, word)| *at == 0 || !(SUFFIXES.contains(&word.as_str()) || CREDENTIALS.contains(&word.as_str())))
        .map(|(_, word)| word.clone())
        .collect();
    if bare.is_empty() { words.to_vec() } else { bare }
}

impl Reading {
    /// Takes what stands at the beginning of the words, and says how many it took.
    fn take(&mut self, rest: &[String], lexicon: &Lexicon, word: &str) -> usize {
        if let Some(taken) = self.take_number(word) {
            return taken;
        }
        if let Some(taken) = self.take_wish(rest) {
            return taken;
        }
        if let Some((miles, taken)) = distance(rest) {
            self.radius_miles = Some(miles);
            return taken;
        }
        if let Some((place, taken)) = self.place_at(rest, lexicon) {
            self.place = Some(place);
            return taken;
        }
        if let Some((codes, taken)) = lexicon.specialties.longest_prefix(rest) {
            self.specialty.extend(codes.iter().cloned());
            return taken;
        }
        if let Some((language, taken)) = lexicon.languages.longest_prefix(rest) {
            self.language.push(language.code.clone());
            return taken;
        }
        usize::from(FILLERS.contains(&word))
    }

    /// "accepting new patients", "telehealth", "female".
    fn take_wish(&mut self, rest: &[String]) -> Option<usize> {
        let said = |phrases: &[&[&str]]| {
            phrases
                .iter()
                .find(|phrase| starts_with(rest, phrase))
                .map(|phrase| phrase.len())
        };
        if let Some(taken) = said(ACCEPTING) {
            self.accepting = Some(true);
            return Some(taken);
        }
        if let Some(taken) = said(TELEHEALTH) {
            self.telehealth = Some(true);
            return Some(taken);
        }
        if let Some(taken) = said(FEMALE) {
            self.gender = Some(Gender::Female);
            return Some(taken);
        }
        said(MALE).inspect(|_| self.gender = Some(Gender::Male))
    }

    /// A ten-digit number is an NPI.
    fn take_number(&mut self, word: &str) -> Option<usize> {
        if word.len() != 10 || !word.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        match word.parse::<Npi>() {
            Ok(npi) => self.npi = Some(npi),
            Err(error @ NpiError::CheckDigit { .. }) => self.npi_hint = Some(error.to_string()),
            Err(_) => return None,
        }
        Some(1)
    }

    /// A ZIP anywhere; a city with its state; a bare city only behind a preposition or where something else was understood.
    fn place_at(&self, rest: &[String], lexicon: &Lexicon) -> Option<(Place, usize)> {
        if self.place.is_some() {
            return None;
        }
        let gazetteer = &lexicon.gazetteer;
        if let Some(place) = gazetteer.postal_code(&rest[0]) {
            return Some((place, 1));
        }
        let behind = usize::from(matches!(rest[0].as_str(), "in" | "near" | "around" | "by" | "at"));
        let rest = &rest[behind..];
        for length in (1..=rest.len().min(4)).rev() {
            let city = rest[..length].join(" ");
            if let Some(state) = rest.get(length).filter(|state| state.len() == 2)
                && let Some(place) = gazetteer.city(&city, state)
            {
                return Some((place, behind + length + 1));
            }
            let understood = behind == 1 || !self.specialty.is_empty() || !self.language.is_empty();
            let ends = length == rest.len();
            if understood
                && (behind == 1 || ends)
                && let Some(place) = gazetteer.find(&city)
            {
                return Some((place, behind + length));
            }
        }
        if behind == 1
            && let Some(place) = rest.first().and_then(|zip| gazetteer.postal_code(zip))
        {
            return Some((place, 2));
        }
        None
    }

    /// Puts what was understood into the conditions of a request; what the request says itself goes first.
    pub fn apply(&self, request: &mut Request) {
        let conditions = &mut request.conditions;
        add(&mut conditions.specialty, &self.specialty);
        add(&mut conditions.language, &self.language);
        if conditions.names.is_empty() && !self.name.is_empty() {
            conditions.names.push(NameWanted::exact(self.name.clone()));
        } else {
            // Whatever name was asked for, it must have the words of the box, too.
            for name in &mut conditions.names {
                name.words.extend_from_slice(&self.name);
            }
        }
        conditions.npi.extend(self.npi.map(Npi::number));
        conditions.accepting = conditions.accepting.or(self.accepting);
        conditions.telehealth = conditions.telehealth.or(self.telehealth);
        if conditions.gender.is_empty() {
            conditions.gender.extend(self.gender);
        }
        if request.near.is_none() {
            request.near.clone_from(&self.place);
        }
        request.radius_km = request.radius_km.or(self
            .radius_miles
            .map(|miles| miles * crate::index::geometry::KM_PER_MILE));
    }

    /// Whether nothing was understood, so that nothing would be asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

fn add(to: &mut Vec<String>, found: &[String]) {
    if to.is_empty() {
        to.extend_from_slice(found);
    }
}

fn starts_with(words: &[String], phrase: &[&str]) -> bool {
    words.len() >= phrase.len() && words.iter().zip(phrase).all(|(word, wanted)| word == wanted)
}

/// `within 10 miles` or `10 miles`, with `of` behind it.
fn distance(words: &[String]) -> Option<(f64, usize)> {
    let at = usize::from(words.first()? == "within");
    let number: f64 = words.get(at)?.parse().ok()?;
    let factor = match words.get(at + 1)?.as_str() {
        "mile" | "miles" | "mi" => 1.0,
        "km" | "kilometers" | "kilometres" => 1.0 / crate::index::geometry::KM_PER_MILE,
        _ => return None,
    };
    let miles = number * factor;
    let of = usize::from(words.get(at + 2).is_some_and(|word| word == "of"));
    (miles > 0.0 && miles <= 12_437.0).then_some((miles, at + 2 + of))
}
