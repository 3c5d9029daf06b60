//! A part of a town, or a word that says which part, before the town itself: `in east nashville`, `in pilsen chicago`, `in greater
//! boston`, `in la jolla san diego`. The part is a town of its own, or it is left out, and that is said; the town stays.

use super::{Before, Forced, Reader, places, states::NEVER};
use crate::query::spelling;
use crate::vocab::{
    names::{TITLES, fold},
    place::Place,
};

/// Most words before the town.
const MOST_BEFORE: usize = 4;
/// Most words of the town.
const MOST_WORDS: usize = 3;
/// So many people has a town that is meant without its state.
const KNOWN_TOWN: u32 = 20_000;
/// So many has one that another one is weighed against.
const GREAT: &[u32] = &[KNOWN_TOWN, 100_000, 500_000];
/// So many has one that all of the words are called.
const SMALL_TOWN: u32 = 500;
/// What says which part of a town, and is no town beside it, whatever village is called so.
const WHICH: &[&str] = &[
    "central",
    "downtown",
    "east",
    "eastern",
    "far",
    "greater",
    "inner",
    "lower",
    "metro",
    "metropolitan",
    "midtown",
    "mid",
    "north",
    "northeast",
    "northern",
    "northwest",
    "old",
    "outer",
    "south",
    "southeast",
    "southern",
    "southwest",
    "suburban",
    "upper",
    "uptown",
    "west",
    "western",
];
/// First words of names of towns that are written with two letters.
const SHORT: &[&str] = &["ft", "mt", "st"];
/// Between two towns.
const JOINS: &[&str] = &["and", "or", "to", "y", "o"];
/// Before a town that is not meant.
const NOT_OF_IT: &[&str] = &[
    "besides",
    "but",
    "except",
    "excluding",
    "not",
    "other",
    "outside",
    "sin",
    "without",
];

impl Reader<'_, '_> {
    /// The town at the end of the words behind `in`, and how many words it took with what leads to it.
    pub(super) fn town_of_quarter(&mut self, at: usize) -> Option<usize> {
        if !matches!(self.words[at].as_str(), "in" | "near" | "around") || self.words.len() < at + 3 {
            return None;
        }
        // `marriage in trouble chicago`: no place of somebody.
        if self.before == Before::Name && !self.titled && self.named.len() < 2 {
            return None;
        }
        let from = at + 1 + usize::from(self.words[at + 1] == "the");
        let (place, start, end) = self.town_behind(from)?;
        let part = &self.words[from..start];
        let everyday = self.everyday();
        let said = part.iter().any(|word| !everyday.is_filler(word));
        if !said || self.is_outweighed(&place, from, start, end) || !self.is_part_of_town(at, from, start, end) {
            return None;
        }
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let part = part.join(" ");
        // `la jolla san diego`: a town of its own.
        let which = WHICH.contains(&part.as_str());
        let nearer = (!which).then(|| gazetteer.city(&part, &place.state)).flatten();
        if nearer.is_none() {
            self.reading.leave_out(&part);
        }
        let place = nearer.unwrap_or(place);
        self.term_at(start, end - start, "place", place.label.clone());
        self.put_place(place);
        self.bare_town = false;
        self.placed = end;
        Some(end - at)
    }

    /// The first town that many know, or that has its state, behind at least one word that may be of its part: which, where it
    /// begins and where it ends.
    fn town_behind(&self, from: usize) -> Option<(Place, usize, usize)> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        for start in from..(from + 1 + MOST_BEFORE).min(self.words.len()) {
            let word = self.words[start].as_str();
            let plain = word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase());
            let name = TITLES.contains(&word) || self.forced[start] == Some(Forced::Name);
            // `in florida but not miami`
            let parted = NOT_OF_IT.contains(&word);
            if !plain || name || parted || JOINS.contains(&word) || places::leads(word) || self.is_known_at(start) {
                return None;
            }
            if start == from {
                continue;
            }
            let rest = &self.words[start..];
            // `adams morgan dc`, but not `baton rouge la`.
            if self.snapshot.lexicon.gazetteer.is_short(word) {
                let part = self.words[from..start].join(" ");
                // `in gotham la`: the state, unless it is a part of Los Angeles.
                let state = (word == "la" && !gazetteer.has_city(&part, "ca")) || word == "ny";
                let own = word.len() == 2 && (state || gazetteer.has_city(&part, word));
                let (place, taken) = self.in_short(rest, true).filter(|_| !own)?;
                return Some((place, start, start + taken));
            }
            if word.len() == 2 && !SHORT.contains(&word) {
                return None;
            }
            for length in (1..=rest.len().min(MOST_WORDS)).rev() {
                let name = rest[..length].join(" ");
                let state = rest
                    .get(length)
                    .filter(|code| code.len() == 2 && !NEVER.contains(&code.as_str()) && gazetteer.is_state(code));
                if let Some(place) = state.and_then(|code| gazetteer.city(&name, code)) {
                    return Some((place, start, start + length + 1));
                }
                let known = name.len() > 2 && gazetteer.is_town(&name, KNOWN_TOWN);
                if let Some(place) = known.then(|| self.meant_city(&name)).flatten() {
                    return Some((place, start, start + length));
                }
            }
        }
        None
    }

    /// Whether what stands before a town is a part of it and no town, house or kind of care by itself, and nothing goes on behind it.
    fn is_part_of_town(&self, at: usize, from: usize, start: usize, end: usize) -> bool {
        let lexicon = &self.snapshot.lexicon;
        let gazetteer = &lexicon.gazetteer;
        let rest = &self.words[from..];
        let term = lexicon.specialties.longest_prefix(&self.words[at..]).is_some();
        let month = places::MONTHS.contains(&rest[0].as_str());
        // `north kansas city`, `east san gabriel ca`: all of it is the town's name.
        let whole = (start - from + 1..=rest.len().min(end - from)).any(|length| {
            let name = rest[..length].join(" ");
            gazetteer.is_town(&name, SMALL_TOWN) || gazetteer.is_state(&name)
        });
        let follows = self.words.get(end).is_none_or(|word| {
            lexicon.everyday.is_filler(word)
                || places::leads(word)
                || self.is_known_at(end)
                || gazetteer.postal_code(word).is_some()
        });
        // `in mount sinai miami`: a house, where no kind of care is asked for.
        let house = || {
            self.specialties.is_empty()
                && start - from > 1
                && spelling::is_borne(self.snapshot, &self.words[from..start])
        };
        // `in austin kelly jackson`: a town, and somebody's name.
        let named = || {
            (1..start - from).any(|length| {
                gazetteer.is_town(&rest[..length].join(" "), SMALL_TOWN)
                    && spelling::is_borne_by_person(self.snapshot, &self.words[from + length..end])
            })
        };
        // `winstn salem`
        let misspelt = || gazetteer.like(&self.words[from..end].join(" "), None).is_some();
        !term && !month && !whole && follows && !house() && !named() && self.with_state(rest).is_none() && !misspelt()
    }

    /// `in austin kelly jackson`: the words before a town without its state begin with one that is as great.
    fn is_outweighed(&self, place: &Place, from: usize, start: usize, end: usize) -> bool {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let rank = |town: &str| GREAT.iter().filter(|people| gazetteer.is_town(town, **people)).count();
        let city = place.city.as_deref().map(fold).unwrap_or_default();
        if end - start > city.split(' ').count() {
            return false;
        }
        let own = rank(&city);
        (1..start - from).any(|length| {
            let before = rank(&self.words[from..from + length].join(" "));
            before > 0 && before >= own
        })
    }

    /// Whether what is asked for begins at a word: a kind of care, a language, a wish, a payer, a number.
    fn is_known_at(&self, at: usize) -> bool {
        let word = &self.words[at];
        self.known_follows(at)
            || word.bytes().any(|b| b.is_ascii_digit())
            || (word.len() > 4 && self.begins_payer(std::slice::from_ref(word)))
    }
}
