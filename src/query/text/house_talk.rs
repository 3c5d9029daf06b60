//! A house by its whole name in its town, within a sentence: `directions to algonquin optical, algonquin il`, `is premier medical in
//! hartford ct open on saturday`. What leads to the name says nothing, and what stands behind the place is wished of it.

use chrono::{DateTime, Utc};

use super::{Before, Forced, Reader, Reading, Term, Text, places, starts_with, townsfolk};
use crate::query::spelling::{self, CORPORATE};
use crate::vocab::names::fold;

/// More words are a letter.
const MOST_WORDS: usize = 24;
/// Fewer words are no name and a town.
const FEWEST: usize = 3;
/// Fewer words are no name of a house that any sentence may hold.
const FEWEST_OF_NAME: usize = 2;
/// So many towns of a name are looked at, the greatest first.
const MOST_TOWNS: usize = 24;

/// What stands before the name of a house.
const LEADS: &[&[&str]] = &[
    &["phone", "number", "for"],
    &["phone", "number", "of"],
    &["phone", "for"],
    &["number", "for"],
    &["fax", "number", "for"],
    &["fax", "for"],
    &["where", "is"],
    &["where", "can", "i", "find"],
    &["directions", "to"],
    &["how", "do", "i", "get", "to"],
    &["how", "to", "get", "to"],
    &["how", "far", "is"],
    &["who", "works", "at"],
    &["who", "is", "at"],
    &["doctors", "at"],
    &["has", "anyone", "been", "to"],
    &["have", "you", "been", "to"],
    &["i", "need", "an", "appointment", "at"],
    &["need", "an", "appointment", "at"],
    &["appointment", "at"],
    &["appointment", "with"],
    &["book", "at"],
    &["my", "dad", "is", "at"],
    &["my", "mom", "is", "at"],
    &["my", "husband", "is", "at"],
    &["my", "wife", "is", "at"],
    &["my", "son", "is", "at"],
    &["my", "daughter", "is", "at"],
    &["my", "doctor", "is", "at"],
    &["address", "for"],
    &["address", "of"],
    &["hours", "for"],
    &["hours", "of"],
    &["what", "are", "the", "hours", "of"],
    &["what", "time", "does"],
    &["when", "does"],
    &["reviews", "for"],
    &["reviews", "of"],
    &["referral", "to"],
    &["is"],
    &["does"],
    &["call"],
    &["contact"],
    &["find"],
    &["looking", "for"],
    &["i", "go", "to"],
    &["i", "was", "at"],
    &["the"],
];
/// So many words may stand before `at` and the name.
const FURTHEST_LEAD: usize = 5;
/// Between the name and the place.
const IN: &[&str] = &["at", "in", "near"];
/// Between the name and what leads to the place, these say nothing.
const BETWEEN: &[&str] = &["by", "location", "locations", "office", "reviews"];
/// First words of what is wished behind the place.
const TAILS: &[&str] = &[
    "accept",
    "accepting",
    "accepts",
    "address",
    "and",
    "can",
    "close",
    "closed",
    "complaints",
    "currently",
    "do",
    "does",
    "fax",
    "for",
    "has",
    "have",
    "hours",
    "is",
    "new",
    "number",
    "offer",
    "offers",
    "on",
    "open",
    "openings",
    "phone",
    "please",
    "rating",
    "ratings",
    "reviews",
    "saturday",
    "saturdays",
    "speak",
    "speaks",
    "sunday",
    "sundays",
    "still",
    "take",
    "takes",
    "taking",
    "telehealth",
    "telemedicine",
    "that",
    "they",
    "tomorrow",
    "today",
    "video",
    "virtual",
    "weekend",
    "weekends",
    "wheelchair",
    "which",
    "who",
    "with",
];

impl Text<'_> {
    /// Such a house with what is wished of it.
    pub(super) fn house_in_talk(
        &self,
        words: &[String],
        forced: &[Option<Forced>],
        now: DateTime<Utc>,
    ) -> Option<Reading> {
        if !(FEWEST..=MOST_WORDS).contains(&words.len()) {
            return None;
        }
        let mut from = 0;
        while let Some(lead) = LEADS
            .iter()
            .filter(|lead| starts_with(&words[from..], lead))
            .map(|lead| lead.len())
            .max()
        {
            from += lead;
        }
        // `blood test at unity therapy norman ok`
        if from == 0
            && let Some(at) = words.iter().take(FURTHEST_LEAD).position(|word| word == "at")
        {
            from = at + 1;
        }
        let lexicon = &self.snapshot.lexicon;
        let begins = |at: usize| {
            let word = words[at].as_str();
            // `new iberia clinic in new iberia la blood test`
            let stated = || {
                let before = words[at - 1].as_str();
                (before.len() == 2 && lexicon.gazetteer.is_state(before))
                    || lexicon.gazetteer.postal_code(before).is_some()
            };
            TAILS.contains(&word) || lexicon.languages.longest_prefix(&words[at..]).is_some() || stated()
        };
        let ends = (from + FEWEST..=words.len()).rev();
        let mut ends = ends.filter(|to| *to == words.len() || begins(*to));
        ends.find_map(|to| {
            // Name and place alone are read elsewhere.
            let more =
                from > 0 || to < words.len() || words.iter().any(|word| IN.contains(&word.as_str()) || word == "by");
            let (name, place) = more.then(|| self.house_at(&words[from..to])).flatten()?;
            let mut reader = Reader::new(words, self, forced, now);
            let first = from + usize::from(words[from] == "the");
            reader.named = (first..first + name.len()).collect();
            // The town of the name is no wish.
            let label = place.label.clone();
            reader.reading.whole.clone_from(&name);
            reader.reading.name = name;
            reader.reading.place = Some(place);
            let town = first + reader.named.len()..to;
            let town = town.start + usize::from(IN.contains(&words[town.start].as_str()))..to;
            reader.reading.terms.push(Term::of(&self.tokens[town], "place", label));
            reader.before = Before::Understood;
            let named = reader.named.len();
            reader.read_from(to);
            let plain = reader.leftover == 0 && reader.named.len() == named;
            plain.then(|| {
                reader.leave_out_kind();
                reader.finish()
            })
        })
    }

    /// The name of a house and the place behind it where it is.
    fn house_at(&self, words: &[String]) -> Option<(Vec<String>, crate::vocab::place::Place)> {
        let words = words.strip_prefix(&["the".to_owned()][..]).unwrap_or(words);
        let named = |name: &[String], town: &str| {
            let mut name = name.to_vec();
            // `urgent care in houston open now`: any of its kind; not `old bridge therapy old bridge nj`.
            let again = || {
                town.split(' ')
                    .eq(name.iter().take(town.split(' ').count()).map(String::as_str))
            };
            if !name.iter().any(|word| self.is_own(word)) && !again() {
                return None;
            }
            let leads = |word: &String| IN.contains(&word.as_str()) || BETWEEN.contains(&word.as_str());
            while name.last().is_some_and(leads) {
                name.pop();
            }
            let whole = |name: &[String]| {
                let whole = (name.len() >= FEWEST_OF_NAME).then(|| spelling::whole_house(self.snapshot, name));
                whole.flatten()
            };
            whole(&name).or_else(|| {
                let bare = name.iter().rposition(|word| !CORPORATE.contains(&word.as_str()))? + 1;
                (bare < name.len()).then(|| whole(&name[..bare]))?
            })
        };
        if let Some((place, start)) = self.address(words) {
            let town = place.city.as_deref().map(fold).unwrap_or_default();
            let name = named(words.get(..start)?, &town)?;
            return townsfolk::is_borne_at(self.snapshot, &name, &place).then_some((name, place));
        }
        // A bare town stands behind `in`.
        let lead = words.iter().rposition(|word| IN.contains(&word.as_str()))?;
        let town = words
            .get(lead + 1..)
            .filter(|town| (1..=places::MOST_WORDS).contains(&town.len()))?;
        let name = named(&words[..lead], &town.join(" "))?;
        let towns = self.snapshot.lexicon.gazetteer.cities(&town.join(" ")).into_iter();
        let place = towns
            .take(MOST_TOWNS)
            .find(|town| townsfolk::is_borne_at(self.snapshot, &name, town))?;
        Some((name, place))
    }
}

impl Reader<'_, '_> {
    /// What for a house is asked that is known by its name and town keeps nobody from it: `for a flu shot`, `for my son`.
    fn leave_out_kind(&mut self) {
        if self.specialties.is_empty() && !self.child {
            return;
        }
        let (kinds, rest): (Vec<Term>, Vec<Term>) = std::mem::take(&mut self.reading.terms)
            .into_iter()
            .partition(|term| term.kind == "specialty");
        self.reading.terms = rest;
        let said: Vec<&str> = kinds.iter().map(|term| term.text.as_str()).collect();
        let told = format!("`{}` is left out, as the house is known by its name", said.join(" "));
        self.reading.tell(told);
        for term in kinds {
            let (kind, value) = ("unknown", term.text.clone());
            self.reading.terms.push(Term { kind, value, ..term });
        }
        self.specialties.clear();
        self.specialty_words.clear();
        self.child = false;
    }
}
