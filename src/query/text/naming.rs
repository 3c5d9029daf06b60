//! The words that nothing else explains: a name, a name and a place behind it, or nothing that is known here.

use super::{Forced, Reader, Reading, Term, houses, places::TOWN, townsfolk};
use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::{
    names::{TITLES, fold},
    place::Place,
};

/// Words of names that stand before another one.
const PARTICLES: &[&str] = &[
    "al", "da", "de", "del", "den", "der", "di", "du", "el", "la", "le", "mac", "mc", "o", "san", "st", "van", "von",
];

/// Words of people who tell what ails them.
const STORY: &[&str] = &[
    "i", "my", "im", "ive", "cant", "wont", "dont", "when", "because", "hurts", "keeps", "weeks", "days", "months",
    "too", "husband", "wife", "newborn", "me", "mi", "tengo", "duele", "siento", "puedo",
];
/// Between two people who are both asked for.
const JOINS: &[&str] = &["and", "or", "y", "o"];

/// In a longer run of words that are nobody's name nobody is sought.
const MOST_OF_RUN: usize = 6;
/// So many towns of a name are looked at, the greatest first.
const MOST_TOWNS: usize = 24;
/// So many names that a misspelt one may stand for are looked for in each.
const MOST_LIKE: usize = 16;

impl Reader<'_, '_> {
    /// The words that are left are a name, a name and a place behind it, or nothing that is known here.
    pub(super) fn settle_name(&mut self) {
        self.take_initials();
        self.leave_out_unknown();
        if self.are_several() || self.part_at_title() {
            return;
        }
        let name = spelling::without_extras(&self.name());
        let name = self.without_place(name);
        if self.leave_out_names(&name) {
            return;
        }
        let name = spelling::as_borne(self.snapshot, &name).unwrap_or(name);
        let literal = self.named.iter().any(|at| self.forced[*at] == Some(Forced::Name));
        // `constipated for weeks`: who tells a story and types a word that is nobody's name means nobody of a like name.
        let letters = name.iter().all(|word| word.len() == 1);
        // `kyle mclain flint mi`: a state is of no story.
        let tells =
            || (0..self.words.len()).any(|at| STORY.contains(&self.words[at].as_str()) && !self.is_of_place(at));
        let story = !letters && !literal && !self.titled && !self.anybody && tells();
        // `my kid swallowed a penny`: a thing, whoever is called so.
        let untitled = name.len() == 1 && !self.titled && !literal;
        let thing = untitled && (story || self.pieces > 0) && self.is_thing(self.named[0], story);
        if thing {
            self.reading.leave_out(&name[0]);
            self.named.clear();
            return;
        }
        let sure = (self.pieces == 0 && !story) || literal || self.titled;
        let borne = spelling::is_borne(self.snapshot, &name);
        if !borne && !literal && !story && (self.surname_of_care() || self.house_of_initials()) {
            return;
        }
        // `cancel larry sims`, `kendall thibodeau senior`: nobody is called so, but by some of the words.
        let lost = !borne && !literal && name.len() > 2 && self.pieces == 0 && !story && {
            spelling::alternatives(self.snapshot, &name, true).is_empty() && self.has_borne_run()
        };
        let together = self.named.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        // `dr hughes warren oh kaiser`: whoever is there, and a word apart from the name.
        let stray = self.titled && !literal && !borne && !together && self.lone_surname().is_some();
        if name.is_empty() || (sure && !lost && !stray) || borne {
            self.reading.name = name;
            return;
        }
        if together && !story && name.len() < 4 && !spelling::alternatives(self.snapshot, &name, true).is_empty() {
            self.reading.name = name;
            return;
        }
        if !story && !literal && self.takes_surname_before_care() {
            return;
        }
        let half = if story || literal { None } else { self.half_in_town() };
        if let Some(name) = half {
            self.reading.name = name;
            return;
        }
        self.keep_borne();
    }

    /// Whether a word is of a place that was read.
    fn is_of_place(&self, at: usize) -> bool {
        let token = &self.tokens[at];
        let mut places = self.reading.terms.iter().filter(|term| term.kind == "place");
        places.any(|term| term.start <= token.start && token.end <= term.end)
    }

    /// `drs lee and kim`: two people behind a title, whom nobody is called like together.
    fn are_several(&mut self) -> bool {
        let joined = |pair: &[usize]| {
            let between = &self.words[pair[0] + 1..pair[1]];
            let is_join = |word: &String| JOINS.contains(&word.as_str());
            let is_title = |word: &String| TITLES.contains(&word.as_str());
            between.iter().any(is_join) && between.iter().all(|word| is_join(word) || is_title(word))
        };
        // `smith or jones dentist`, `paul atchison or robert ball`: without a title only `or` joins two people.
        let either = |pair: &[usize]| {
            let between = &self.words[pair[0] + 1..pair[1]];
            joined(pair) && between.iter().any(|word| word == "or" || word == "o")
        };
        let any = self
            .named
            .windows(2)
            .any(|pair| if self.titled { joined(pair) } else { either(pair) });
        if self.named.len() < 2 || !any {
            return false;
        }
        let people: Vec<Vec<usize>> = self
            .named
            .chunk_by(|a, b| !joined(&[*a, *b]))
            .map(<[usize]>::to_vec)
            .collect();
        let name = |person: &Vec<usize>| -> Vec<String> { person.iter().map(|at| self.words[*at].clone()).collect() };
        let mut names: Vec<Vec<String>> = people.iter().map(name).collect();
        let is_somebody = |name: &Vec<String>| {
            if self.titled {
                spelling::is_borne(self.snapshot, name)
            } else {
                spelling::is_borne_by_person(self.snapshot, name)
            }
        };
        let all_borne = names.iter().all(is_somebody);
        if !all_borne || spelling::is_borne(self.snapshot, &self.name()) {
            return false;
        }
        self.reading.name = names.remove(0);
        self.reading.other_names = names;
        true
    }

    /// Numbers that are nobody's name, and what stands behind `near` and is no place that is known: both find nobody.
    fn leave_out_unknown(&mut self) {
        let literal = self.named.iter().any(|at| self.forced[*at] == Some(Forced::Name));
        let (Some(first), false) = (self.named.first().copied(), literal) else {
            return;
        };
        if spelling::is_borne(self.snapshot, &self.name()) {
            return;
        }
        let words = self.words;
        let is_number = |at: &usize| words[*at].bytes().all(|b| b.is_ascii_digit());
        // `PCP: DR LINDA WITTIG   Member since 01/2024`: numbers are of no name, titled or not; places are no title's matter.
        let near = !self.titled && first > 0 && matches!(self.words[first - 1].as_str(), "near" | "around" | "in");
        let together = self.named.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        if near && together && self.takes_town_at_end() {
            return;
        }
        if near && together && !self.named.iter().any(is_number) {
            let place = self.name().join(" ");
            // A place that is known, beside the one that is searched.
            if self.reading.place.is_some() || self.reading.state.is_some() {
                self.reading.leave_out(&place);
            } else {
                self.tell(format!("`{place}` is no place that is known here, so it is left out"));
            }
            self.named.clear();
        } else if self.named.iter().any(is_number) {
            let numbers = self.named.iter().filter(|at| is_number(at));
            let numbers: Vec<&str> = numbers.map(|at| words[*at].as_str()).collect();
            let named = self.named.iter().copied().filter(|at| !is_number(at)).collect();
            numbers.iter().rev().for_each(|number| self.reading.leave_out(number));
            self.named = named;
        }
    }

    /// `in east nashville`, `in logan square chicago`: of words behind `in` that are no place together the last ones, if they are one
    /// that many know. The words before them are left out.
    fn takes_town_at_end(&mut self) -> bool {
        let name = self.name();
        let longest = (name.len() - 1).min(super::places::MOST_WORDS);
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let state = self.reading.state.as_ref().map(|state| state.state.clone());
        if self.reading.place.is_some() || name.len() < 2 {
            return false;
        }
        let town = |length: usize| {
            let text = name[name.len() - length..].join(" ");
            match &state {
                Some(state) => gazetteer.city(&text, state),
                None => (text.len() > 3 && gazetteer.is_town(&text, TOWN))
                    .then(|| self.meant_city(&text))
                    .flatten(),
            }
        };
        let Some((place, length)) = (1..=longest).rev().find_map(|length| Some((town(length)?, length))) else {
            return false;
        };
        let left = name[..name.len() - length].join(" ");
        let (label, last) = (place.label.clone(), self.named.last().copied().unwrap_or(0));
        self.term_at(last + 1 - length, length, "place", label);
        self.reading.state = None;
        self.put_place(place);
        self.reading.leave_out(&left);
        self.named.clear();
        true
    }

    /// Single letters beside the words of a name are its initials. `a` and `i` are words of their own, unless the text begins
    /// with them or another initial stands before them.
    fn take_initials(&mut self) {
        let is_letter = |at: usize| {
            let word = self.words[at].as_str();
            word.len() == 1 && word.bytes().all(|b| b.is_ascii_lowercase())
        };
        let mut all = self.named.clone();
        let count = self.words.len();
        for at in (0..count)
            .rev()
            .chain(0..count)
            // `dr gabriele o fallon mo`: not what is of a place.
            .filter(|at| is_letter(*at) && !self.is_of_place(*at))
        {
            let own = matches!(self.words[at].as_str(), "a" | "i");
            let first = at == 0 || (at == 1 && TITLES.contains(&self.words[0].as_str()));
            let behind = at > 0 && all.contains(&(at - 1)) && (!own || is_letter(at - 1));
            let before = all.contains(&(at + 1)) && (!own || first);
            if (behind || before) && !all.contains(&at) {
                all.push(at);
            }
        }
        all.sort_unstable();
        self.named = all;
    }

    /// Of runs of words the most that stand together and are somebody's name, or a house's of three words at least.
    fn borne_within(&self, runs: &[Vec<usize>]) -> Option<Vec<usize>> {
        let words = |run: &[usize]| -> Vec<String> { run.iter().map(|at| self.words[*at].clone()).collect() };
        let runs = || runs.iter().filter(|run| run.len() < MOST_OF_RUN);
        (2..MOST_OF_RUN).rev().find_map(|length| {
            let parts = runs().flat_map(|run| run.windows(length));
            let mut parts = parts.filter(|part| part.iter().all(|at| self.words[*at].len() > 2));
            let borne = |part: &[usize]| {
                let name = words(part);
                spelling::is_borne_by_person(self.snapshot, &name)
                    || (length > 2 && spelling::is_borne(self.snapshot, &name))
            };
            parts.find(|part| borne(part)).map(<[usize]>::to_vec)
        })
    }

    /// Whether some of the name words that stand together are somebody's name.
    fn has_borne_run(&self) -> bool {
        let runs: Vec<Vec<usize>> = self.named.chunk_by(|a, b| a + 1 == *b).map(<[usize]>::to_vec).collect();
        self.borne_within(&runs).is_some()
    }

    /// Of words that are no name together, the longest run that is one; two words at least, or nobody would be found for a word
    /// that merely is unknown here.
    fn keep_borne(&mut self) {
        // `lubbers g`
        let name = self.name();
        if self.is_known(&name) {
            self.reading.name = name;
            return;
        }
        let mut runs: Vec<Vec<usize>> = Vec::new();
        for at in &self.named {
            match runs.last_mut() {
                Some(run) if run.last().is_some_and(|last| last + 1 == *at) => run.push(*at),
                _ => runs.push(vec![*at]),
            }
        }
        let words = |run: &[usize]| -> Vec<String> { run.iter().map(|at| self.words[*at].clone()).collect() };
        let borne = runs
            .iter()
            .filter(|run| run.len() > 1 && spelling::is_borne(self.snapshot, &words(run)));
        let kept = borne.max_by_key(|run| run.len()).cloned();
        // `nancy hutton xyz`: somebody's name, and a word that is nobody's.
        let kept = kept.or_else(|| self.borne_within(&runs));
        let kept = kept.or_else(|| self.lone_surname().map(|at| vec![at]));
        let kept = kept.unwrap_or_default();
        let lost = self.named.iter().filter(|at| !kept.contains(at));
        let lost: Vec<&str> = lost.map(|at| self.words[*at].as_str()).collect();
        if self.reading.hint.is_none() {
            // `kathy johnson`: names both, but nobody's together.
            let names = kept.is_empty() && lost.iter().all(|word| spelling::is_borne(self.snapshot, &[*word]));
            let house = lost.len() > 1 && matches!(lost[0], "st" | "saint");
            self.reading.hint = Some(if let Some(told) = self.no_such_house(&kept) {
                told
            } else if names || house {
                format!("nobody of the name `{}` is found", lost.join(" "))
            } else {
                format!("not understood, so left out: {}", lost.join(", "))
            });
        } else {
            let lost: Vec<String> = lost.into_iter().map(str::to_owned).collect();
            lost.iter().rev().for_each(|word| self.reading.leave_out(word));
        }
        self.reading.name = words(&kept);
        self.named = kept;
    }

    /// `scripps clinic`: what is told where nobody is called by a word before the kind of a house.
    fn no_such_house(&self, kept: &[usize]) -> Option<String> {
        let (first, last) = (*self.named.first()?, *self.named.last()?);
        let behind = self.tokens.get(last + 1)?;
        let kind = self
            .reading
            .terms
            .iter()
            .find(|term| term.kind == "specialty" && term.start == behind.start)?;
        let is_house = kind
            .text
            .split(' ')
            .next_back()
            .is_some_and(|word| self.is_institution(word));
        let together = last + 1 - first == self.named.len();
        let typed: Vec<&str> = self.tokens[first..=last]
            .iter()
            .map(|token| token.word.as_str())
            .collect();
        let name = typed.join(" ");
        (kept.is_empty() && is_house && together).then(|| houses::no_such(&format!("{name} {}", kind.text)))
    }

    /// `smith houston`: nobody is called so, but a Smith and a Houston there are.
    fn without_place(&mut self, name: Vec<String>) -> Vec<String> {
        // `anthony do`: no credential.
        let whole = self.name();
        let name = if self.is_known(&whole) { whole } else { name };
        let free = self.reading.place.is_none() && self.reading.state.is_none();
        let literal = self.named.iter().any(|at| self.forced[*at] == Some(Forced::Name));
        if free && !literal && self.is_city_of_story(&name) {
            let (last, city) = (self.named.last().copied().unwrap_or(0), name.join(" "));
            if let Some(place) = self.meant_city(&city) {
                return self.name_before(place, &[], last, name.len());
            }
        }
        if free
            && !literal
            && let Some((place, length)) = self.town_behind_surname(&name)
        {
            let last = self.named.last().copied().unwrap_or(0);
            let rest = name[..name.len() - length].to_vec();
            return self.name_before(place, &rest, last, length);
        }
        // `jane b keller`: somebody is called so, the initial apart.
        let whole = name.iter().filter(|word| word.len() > 1).count();
        if name.len() < 2 || !free || (whole > 1 && self.is_known(&name)) {
            return name;
        }
        let last = self.named.last().copied().unwrap_or(0);
        for length in (1..=3.min(name.len() - 1)).rev() {
            let (rest, city) = name.split_at(name.len() - length);
            let literal = (last + 1 - length.min(last + 1)..=last).any(|at| self.forced[at] == Some(Forced::Name));
            let gazetteer = &self.snapshot.lexicon.gazetteer;
            let text = city.join(" ");
            // `affiliated with st mary`: a house. Nor does anybody mean a hamlet by its name alone.
            let of_house = (last + 1)
                .checked_sub(length + 1)
                .is_some_and(|at| self.words[at] == "with");
            if !literal
                && !of_house
                && let Some(place) = self.town_of(rest, &text)
            {
                return self.name_before(place, rest, last, length);
            }
            let person = || !gazetteer.is_great_city(&text) && spelling::is_borne_by_person(self.snapshot, city);
            if literal || of_house || !(gazetteer.is_town(&text, TOWN) || gazetteer.is_state(&text)) || person() {
                continue;
            }
            // `van dyke`: a particle belongs to what stands behind it.
            if rest.last().is_some_and(|word| PARTICLES.contains(&word.as_str())) {
                continue;
            }
            // Beside what else was understood a great city is one, whatever the words before it are.
            let sure = self.pieces > 0 && gazetteer.is_great_city(&city.join(" "));
            let place = self.meant_city(&city.join(" "));
            // `swallowed a coin`: words that are nobody's name make no place of a village.
            let great = gazetteer.is_great_city(&city.join(" "));
            let named = |rest: &[String]| self.is_known(rest) || (great && self.is_likely_name(rest));
            // `janine parker`: somebody's name, misspelt, rather than whoever is called Janine in a city that few know.
            let few = || rest.len() == 1 && !gazetteer.is_town(&city.join(" "), KNOWN_BY_ALL);
            if few()
                && spelling::is_borne_by_person(self.snapshot, city)
                && !spelling::alternatives(self.snapshot, &name, true).is_empty()
            {
                continue;
            }
            // `stepped on a rusty nail omaha`: the city stays, whatever the rest is.
            let apart = || great && spelling::alternatives(self.snapshot, &name, true).is_empty();
            if let Some(place) = place.filter(|_| sure || named(rest) || apart()) {
                self.pieces += usize::from(rest.len() > 1 && !named(rest));
                return self.name_before(place, rest, last, length);
            }
        }
        let name = self.without_town_before(name);
        self.without_misspelt_city(name)
    }

    /// `dr jhonson chicgo`, `dentist huston smyth`: words that nobody is called like together, of which one is a letter from a great
    /// city and the others are like somebody's name.
    fn without_misspelt_city(&mut self, name: Vec<String>) -> Vec<String> {
        let placed = self.reading.place.is_some() || self.reading.state.is_some();
        let asked = self.titled || !self.specialties.is_empty();
        let said = self.named.iter().map(|at| &self.words[*at]).eq(&name);
        let literal = self.named.iter().any(|at| self.forced[*at] == Some(Forced::Name));
        if placed || !asked || !said || literal || !(2..=3).contains(&name.len()) || self.is_likely_name(&name) {
            return name;
        }
        let last = name.len() - 1;
        for at in [last, 0] {
            // Behind a title stands a name.
            if at == 0 && self.titled {
                continue;
            }
            let Some(place) = self.snapshot.lexicon.gazetteer.like_great_city(&name[at]) else {
                continue;
            };
            let mut rest = name.clone();
            rest.remove(at);
            if self.is_likely_name(&rest) {
                let from = self.named.remove(at);
                self.term_at(from, 1, "place", place.label.clone());
                self.put_place(place);
                return rest;
            }
        }
        name
    }

    /// `tempe ann harn`: the town before the name of somebody who is there.
    fn without_town_before(&mut self, name: Vec<String>) -> Vec<String> {
        for length in (1..=3.min(name.len().saturating_sub(2))).rev() {
            let (town, rest) = name.split_at(length);
            let places: Vec<usize> = self.named.iter().copied().take(length).collect();
            let said = places.iter().map(|at| &self.words[*at]).eq(town);
            let literal = places.iter().any(|at| self.forced[*at] == Some(Forced::Name));
            if !said || literal || self.titled {
                continue;
            }
            if let Some(place) = self.town_of(rest, &town.join(" ")) {
                self.term_at(places[0], length, "place", place.label.clone());
                let rest = rest.to_vec();
                self.named.drain(..length);
                self.put_place(place);
                return rest;
            }
        }
        name
    }

    /// What is left of a name of which the last words, so many of them, are a place.
    fn name_before(&mut self, place: Place, rest: &[String], last: usize, length: usize) -> Vec<String> {
        let first = (last + 1).saturating_sub(length);
        self.term_at(first, length, "place", place.label.clone());
        self.put_place(place);
        self.named.retain(|at| *at < first);
        rest.to_vec()
    }

    /// `james watkins forestville`, `markert d norwood`: the town of a name in which somebody is called so, be it misspelt.
    fn town_of(&self, name: &[String], town: &str) -> Option<Place> {
        let towns = self.snapshot.lexicon.gazetteer.cities(town);
        if name.len() < 2 || towns.is_empty() {
            return None;
        }
        let whole: Vec<String> = name.iter().filter(|word| word.len() > 1).cloned().collect();
        let mut towns = towns.into_iter().take(MOST_TOWNS);
        if self.is_known(name) {
            return towns.find(|town| townsfolk::is_borne_at(self.snapshot, &whole, town));
        }
        if whole.len() < 2 {
            return None;
        }
        let mut like = spelling::alternatives(self.snapshot, name, true);
        like.truncate(MOST_LIKE);
        towns.find(|town| {
            like.iter()
                .any(|name| townsfolk::is_borne_at(self.snapshot, &name.words, town))
        })
    }

    /// Borne, or like a name that is.
    pub(super) fn is_likely_name(&self, words: &[String]) -> bool {
        spelling::is_borne(self.snapshot, words) || !spelling::alternatives(self.snapshot, words, true).is_empty()
    }

    /// Borne, initials apart: `lubbers g`. A letter alone is no name.
    fn is_known(&self, words: &[String]) -> bool {
        if spelling::is_borne(self.snapshot, words) {
            return true;
        }
        let whole = words.iter().map(String::as_str).filter(|word| word.len() > 1);
        let whole: Vec<&str> = whole.collect();
        !whole.is_empty() && whole.len() < words.len() && spelling::is_borne_by_person(self.snapshot, &whole)
    }
}

impl Reading {
    /// `mayo clinic rochester`: of several towns of a bare name the one in which somebody is called so.
    pub(super) fn settle_town(&mut self, name: &[String], snapshot: &Snapshot) {
        let Some(place) = self.place.as_ref().filter(|place| place.postal_code.is_none()) else {
            return;
        };
        let city = place.city.as_deref().map(fold).unwrap_or_default();
        let is_bare = |term: &&mut Term| term.kind == "place" && term.text == city;
        let Some(term) = self.terms.iter_mut().find(is_bare) else {
            return;
        };
        if name.len() < 2 || !spelling::is_borne(snapshot, name) || townsfolk::is_borne_at(snapshot, name, place) {
            return;
        }
        let label = &place.label;
        let towns = snapshot.lexicon.gazetteer.cities(&city).into_iter().take(MOST_TOWNS);
        let mut others = towns.filter(|town| town.label != *label);
        if let Some(town) = others.find(|town| townsfolk::is_borne_at(snapshot, name, town)) {
            term.value.clone_from(&town.label);
            self.place = Some(town);
        }
    }
}

/// So many people has a city that is meant behind a name, though somebody is called like both together.
const KNOWN_BY_ALL: u32 = 500_000;
