//! Wishes of which no record tells: what a provider believes or looks like, ratings, prices, parking. They are left out, and
//! that is said: neither does a page pretend to have looked for them, nor does it look for people who are called so.

use super::{Reader, starts_with};
use crate::query::spelling;

/// What people ask for, and what nobody's record tells.
const UNTOLD: &[&[&str]] = &[
    &["african", "american"],
    &["asian"],
    &["hispanic"],
    &["latino"],
    &["latina"],
    &["latinx"],
    &["caucasian"],
    &["jewish"],
    &["muslim"],
    &["catholic"],
    &["hindu"],
    &["buddhist"],
    &["mormon"],
    &["gay", "friendly"],
    &["lgbt", "friendly"],
    &["lgbtq", "friendly"],
    &["lgbtqia", "friendly"],
    &["queer", "friendly"],
    &["trans", "friendly"],
    &["vegan", "friendly"],
    &["sensory", "friendly"],
    &["top", "rated"],
    &["best", "rated"],
    &["highest", "rated"],
    &["highly", "rated"],
    &["high", "rated"],
    &["highly", "recommended"],
    &["best", "reviewed"],
    &["best", "reviews"],
    &["good", "reviews"],
    &["great", "reviews"],
    &["five", "star"],
    &["5", "star"],
    &["cheap"],
    &["cheapest"],
    &["affordable"],
    &["inexpensive"],
    &["low", "cost"],
    &["not", "expensive"],
    &["barato"],
    &["barata"],
    &["economico"],
    &["economica"],
    &["walking", "distance"],
    &["free", "parking"],
    &["free"],
    &["gratis"],
    &["low", "income"],
    &["self", "pay"],
    &["cash", "only"],
    &["cash", "pay"],
    &["cash", "price"],
    &["sliding", "fee"],
    &["second", "opinion"],
    &["delivery"],
    &["that", "delivers"],
    &["parking"],
    &["out", "of", "pocket"],
    &["no", "insurance"],
    &["without", "insurance"],
    &["sin", "seguro"],
    &["uninsured"],
    &["bilingual"],
    &["house", "calls"],
    &["house", "call"],
    &["house", "visits"],
    &["in", "person", "only"],
    &["short", "wait", "times"],
    &["short", "wait"],
    &["small", "practice"],
    &["prior", "auth"],
    &["prior", "authorization"],
    &["handicap", "placard"],
    &["payment", "plans"],
    &["payment", "plan"],
    &["board", "certified"],
    &["harvard", "trained"],
    &["ivy", "league"],
    &["concierge"],
    &["experienced"],
    &["years", "of", "experience"],
    &["years", "experience"],
    &["bus", "access"],
    &["bus", "line"],
    &["bus", "route"],
    &["on", "a", "bus", "line"],
];
/// Days on which hours are others, of which no record tells.
const HOLIDAYS: &[&[&str]] = &[
    &["4th", "of", "july"],
    &["bank", "holiday"],
    &["bank", "holidays"],
    &["black", "friday"],
    &["christmas"],
    &["christmas", "day"],
    &["christmas", "eve"],
    &["easter", "monday"],
    &["easter", "sunday"],
    &["federal", "holiday"],
    &["federal", "holidays"],
    &["fourth", "of", "july"],
    &["good", "friday"],
    &["holiday", "hours"],
    &["holidays"],
    &["independence", "day"],
    &["labor", "day"],
    &["memorial", "day"],
    &["mlk", "day"],
    &["new", "years"],
    &["new", "years", "day"],
    &["new", "years", "eve"],
    &["presidents", "day"],
    &["thanksgiving"],
    &["thanksgiving", "day"],
    &["the", "holidays"],
    &["veterans", "day"],
];
/// Behind these `holiday` is one, and nobody's name.
const BEFORE_HOLIDAY: &[&str] = &["a", "during", "on", "open", "over", "the", "this"];
/// The same of words that are names of people, too: only before what says that a kind of provider is described.
const OF_PEOPLE: &[&str] = &["black", "christian", "gay", "lesbian", "indian"];
/// What is described.
const DESCRIBED: &[&str] = &[
    "doctor",
    "doctors",
    "dr",
    "drs",
    "physician",
    "physicians",
    "provider",
    "providers",
    "female",
    "woman",
    "women",
    "male",
    "man",
    "lady",
    "owned",
];

/// Whether a word asks for anybody who sees patients.
pub(super) fn is_anybody(word: &str) -> bool {
    matches!(
        word,
        "doctor"
            | "doctors"
            | "physician"
            | "physicians"
            | "provider"
            | "providers"
            | "specialist"
            | "specialists"
            | "medico"
            | "medicos"
            | "doctores"
    )
}

/// Whether a word asks for a physician, of whatever kind.
pub(super) fn is_physician(word: &str) -> bool {
    matches!(
        word,
        "doctor"
            | "doctors"
            | "dr"
            | "drs"
            | "doc"
            | "docs"
            | "physician"
            | "physicians"
            | "specialist"
            | "specialists"
            | "medico"
            | "medicos"
            | "doctora"
            | "doctoras"
            | "doctores"
    )
}

/// Whether a text speaks of providers, whatever else it says.
pub(super) fn describes_anybody(words: &[String]) -> bool {
    let named = |word: &String| {
        let word = word.as_str();
        DESCRIBED.contains(&word)
            || matches!(
                word,
                "specialist" | "specialists" | "medico" | "medicos" | "doctora" | "doctores"
            )
    };
    words.iter().any(named)
}

/// Whether the words begin with such a wish.
pub(super) fn begins(words: &[String]) -> bool {
    UNTOLD.iter().chain(HOLIDAYS).any(|phrase| starts_with(words, phrase))
}

impl Reader<'_, '_> {
    /// Such a wish at the beginning of the words, and how many words it took.
    pub(super) fn untold(&mut self, rest: &[String]) -> Option<usize> {
        let longest = |rest: &[String], phrases: &[&[&str]]| {
            let phrases = phrases.iter().filter(|phrase| starts_with(rest, phrase));
            phrases.map(|phrase| phrase.len()).max()
        };
        let said = |rest: &[String]| longest(rest, UNTOLD);
        let holiday = longest(rest, HOLIDAYS).or_else(|| self.is_holiday(rest).then_some(1));
        // `20 years experience`: the number is of the wish.
        let number = rest[0].bytes().all(|b| b.is_ascii_digit()) && rest.get(1).is_some_and(|word| word == "years");
        let counted = || number.then(|| said(&rest[1..])).flatten().map(|taken| taken + 1);
        let taken = said(rest)
            .max(holiday)
            .or_else(counted)
            .or_else(|| self.describes(rest).then_some(1))?;
        let specialties = &self.snapshot.lexicon.specialties;
        let longer = specialties
            .longest_prefix(rest)
            .is_some_and(|(_, length)| length >= taken);
        // `jewish hospital`: somebody's name.
        let borne = rest.len() > taken && spelling::is_borne(self.snapshot, &rest[..=taken]);
        if longer || borne {
            return None;
        }
        let said = rest[..taken].join(" ");
        self.tell(if holiday.is_some() {
            format!("hours on holidays are not known here, so `{said}` is left out: call before you go")
        } else {
            format!("nothing is known here of `{said}`, so it is left out")
        });
        Some(taken)
    }

    /// `open on a holiday`, but neither `dr holiday` nor a town called so.
    fn is_holiday(&self, rest: &[String]) -> bool {
        let at = self.words.len() - rest.len();
        let before = at.checked_sub(1).map_or("", |before| self.words[before].as_str());
        rest[0] == "holiday"
            && BEFORE_HOLIDAY.contains(&before)
            && rest
                .get(1)
                .is_none_or(|next| !self.snapshot.lexicon.gazetteer.is_state(next))
    }

    fn describes(&self, rest: &[String]) -> bool {
        let next = rest.get(1).map(String::as_str);
        OF_PEOPLE.contains(&rest[0].as_str())
            && next.is_some_and(|next| {
                DESCRIBED.contains(&next) || self.snapshot.lexicon.specialties.longest_prefix(&rest[1..]).is_some()
            })
    }
}
