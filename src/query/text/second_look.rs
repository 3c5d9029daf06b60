//! A text of which something was not understood, looked at once more: the place stands before the name (`ohio doris walker`, `ar
//! north little rock michael blanscet`), only the first words of a house's name are told in its town (`beacon place boston ma`), or
//! the town is misspelt beside a name (`dr hunter osocda mi`).
//! Only what somebody here bears answers these, so nothing else is taken for them.

use super::{Reading, Term, Text, houses::MOST_OF_NAME, places, townsfolk};
use crate::query::spelling;
use crate::vocab::{
    names::{TITLES, Token},
    place::Place,
};

/// Fewer words are no place and a name.
const FEWEST: usize = 3;
/// More words are a story.
const MOST: usize = 10;
/// Most words of a misspelt town.
const LONGEST_TOWN: usize = 3;
/// So many names that a misspelt one may stand for are looked for in it.
const MOST_LIKE: usize = 8;
/// So many towns of a name are looked at, the greatest first.
const MOST_TOWNS: usize = 24;

impl Text<'_> {
    /// Whether a reading left something out, or asks for a name that nobody bears.
    pub(super) fn is_doubtful(&self, reading: &Reading) -> bool {
        (FEWEST..=MOST).contains(&self.words.len())
            && (reading.hint.is_some()
                || (!reading.name.is_empty() && !spelling::is_borne(self.snapshot, &reading.name)))
    }

    /// What such a text means, if somebody answers to it.
    pub(super) fn second_look(&self, words: &[String], first: &Reading) -> Option<Reading> {
        self.place_first(words)
            .or_else(|| self.house_before_town(words))
            .or_else(|| self.beginning_of_house(words))
            .or_else(|| first.place.is_none().then(|| self.misspelt_town(words))?)
            .or_else(|| (first.place.is_none() && first.state.is_none()).then(|| self.unfinished(words))?)
    }

    /// A place and behind it the name of somebody who is there.
    fn place_first(&self, words: &[String]) -> Option<Reading> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let state = (1..=2).rev().find_map(|length| {
            let text = words.get(..length)?.join(" ");
            Some((gazetteer.state(&text)?, length))
        });
        let longest = places::MOST_WORDS.min(words.len());
        if let Some((state, from)) = state {
            let in_state = (1..=longest).rev().find_map(|length| {
                let town = gazetteer.city(&words.get(from..from + length)?.join(" "), &state.state)?;
                self.named_at(words, from + length, town)
            });
            return in_state.or_else(|| self.named_at(words, from, state));
        }
        (1..=longest).rev().find_map(|length| {
            let text = words[..length].join(" ");
            let stated = words.get(length).and_then(|code| gazetteer.state(code));
            if let Some(state) = stated {
                let town = gazetteer.city(&text, &state.state)?;
                return self.named_at(words, length + 1, town);
            }
            let towns = gazetteer
                .is_town(&text, places::TOWN)
                .then(|| gazetteer.cities(&text))?;
            let mut towns = towns.into_iter().take(MOST_TOWNS);
            towns.find_map(|town| self.named_at(words, length, town))
        })
    }

    /// The words from one on as the name of somebody at a place, if all of them are.
    fn named_at(&self, words: &[String], from: usize, place: Place) -> Option<Reading> {
        let rest = words.get(from..)?;
        let titled = rest.first().is_some_and(|word| TITLES.contains(&word.as_str()));
        let name = spelling::without_extras(rest);
        if name.is_empty() || name.len() > MOST_OF_NAME || (name.len() < 2 && !titled) {
            return None;
        }
        let person = spelling::is_borne_by_person(self.snapshot, &name);
        let name = if person {
            name
        } else {
            spelling::whole_house(self.snapshot, &name)?
        };
        let there = places::is_whole_state(&place) || townsfolk::is_borne_at(self.snapshot, &name, &place);
        there.then(|| self.at_place(name, titled, (&self.tokens[from..], &self.tokens[..from]), place))
    }

    /// `er wait time st michael health center columbus oh`: words of something else, then the whole name of a house and its town.
    fn house_before_town(&self, words: &[String]) -> Option<Reading> {
        let (place, end) = self.address(words)?;
        let (from, name) = (1..end.saturating_sub(1)).find_map(|from| {
            let name = words.get(from..end).filter(|name| name.len() <= MOST_OF_NAME)?;
            let own = name.iter().any(|word| self.is_own(word));
            let name = own.then(|| spelling::whole_house(self.snapshot, name))??;
            townsfolk::is_borne_at(self.snapshot, &name, &place).then_some((from, name))
        })?;
        let tokens = (&self.tokens[from..end], &self.tokens[end..]);
        let mut reading = self.at_place(name, false, tokens, place);
        reading.leave_out(&words[..from].join(" "));
        Some(reading)
    }

    /// `dr hunter osocda mi`: a name, and a misspelt town of the state behind it in which somebody is called so, be it nearly.
    fn misspelt_town(&self, words: &[String]) -> Option<Reading> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let (state, end) = (1..=2).rev().find_map(|length| {
            let end = words.len().checked_sub(length)?;
            Some((gazetteer.state(&words[end..].join(" "))?, end))
        })?;
        (1..=LONGEST_TOWN.min(end.saturating_sub(1))).find_map(|length| {
            let from = end - length;
            let place = gazetteer.like(&words[from..end].join(" "), Some(&state.state))?;
            let titled = TITLES.contains(&words[0].as_str());
            let name = spelling::without_extras(&words[..from]);
            if name.len() > MOST_OF_NAME || (name.len() < 2 && !titled) {
                return None;
            }
            let is_there = |name: &[String]| townsfolk::is_borne_at(self.snapshot, name, &place);
            let like = || {
                spelling::alternatives(self.snapshot, &name, true)
                    .into_iter()
                    .take(MOST_LIKE)
            };
            let there = is_there(&name) || like().any(|like| is_there(&like.words));
            there.then(|| self.at_place(name, titled, (&self.tokens[..from], &self.tokens[from..]), place))
        })
    }

    /// The first words of a house's name, and its town and state.
    fn beginning_of_house(&self, words: &[String]) -> Option<Reading> {
        let (place, end) = self.address(words)?;
        let from = usize::from(words[0] == "the");
        let mut name = words.get(from..end)?;
        while let Some((last, before)) = name.split_last()
            && matches!(last.as_str(), "in" | "at" | "near")
        {
            name = before;
        }
        let titled = name.first().is_some_and(|word| TITLES.contains(&word.as_str()));
        if titled || !(2..=MOST_OF_NAME).contains(&name.len()) || !name.iter().any(|word| self.is_own(word)) {
            return None;
        }
        let begins = townsfolk::is_beginning_at(self.snapshot, name, &place)
            && !spelling::is_borne_by_person(self.snapshot, name);
        let tokens = (&self.tokens[from..from + name.len()], &self.tokens[end..]);
        begins.then(|| self.at_place(name.to_vec(), false, tokens, place))
    }

    pub(super) fn at_place(
        &self,
        name: Vec<String>,
        titled: bool,
        (named, placed): (&[Token], &[Token]),
        place: Place,
    ) -> Reading {
        let mut terms = vec![
            Term::of(named, "name", name.join(" ")),
            Term::of(placed, "place", place.label.clone()),
        ];
        terms.sort_by_key(|term| (term.start, term.end));
        Reading {
            name,
            titled,
            terms,
            ..Reading::default()
        }
        .at(place)
    }
}
