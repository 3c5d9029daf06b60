//! The one box: which words name a specialty, a language, a place, a network, a wish, and which are a name.
//!
//! Words are first corrected where no name has them and a dictionary nearly does; then read from left to right, the longest
//! phrase first. What is a word of a dictionary and of a name is decided by evidence: a title before it, and whether somebody
//! bears it together with the name words beside it. A text that is whole a name somebody bears is read as that name, unless
//! the dictionaries explain all of it.

mod abbreviations;
mod alarms;
mod around;
mod cities;
mod clocks;
mod codes;
mod corrections;
mod dates;
mod days;
mod degrees;
mod forms;
mod glued;
mod halves;
mod harms;
mod house_initials;
mod house_talk;
mod houses;
mod joined;
mod landmarks;
mod licences;
mod mail;
mod miles;
mod misspelt;
mod moves;
mod naming;
mod negations;
mod nouns;
mod numbers;
mod others;
mod partings;
mod pasted;
mod patients;
mod payers;
mod places;
mod quarters;
mod reader;
mod reading;
mod referred;
mod refusals;
mod run_together;
mod second_look;
mod signs;
mod slips;
mod specialties;
mod spelt_states;
mod spoken;
mod states;
mod stories;
mod streets;
mod surer;
mod surnames;
mod taken_back;
mod terms;
mod times;
mod titled;
mod town_words;
mod towns;
mod townsfolk;
mod unfinished;
mod unknown_towns;
mod untold;
mod vague;
mod wishes;

pub(in crate::query) use places::begins_towns;
pub use reading::Reading;
pub(in crate::query) use specialties::OF_CHILDREN;
pub use terms::Term;
pub(in crate::query) use townsfolk::{is_called_at, surnames_beginning};

use chrono::{DateTime, Utc};

use super::spelling;
use crate::index::Snapshot;
use crate::vocab::{
    names::{self, TITLES, Token},
    place::Point,
};
use reader::{Before, Reader};

/// In a longer text nothing is taken for a name: it is a story, not an address.
const MOST_NAMED: usize = 40;
/// Words of a text that are read.
const MOST_WORDS: usize = 200;

/// Reads a text against a snapshot: its vocabulary, its networks and plans, and the names that are borne in it. `literal`
/// words are words of a name, whatever else they may mean; of several towns of a name that near `here` is meant.
pub fn read(text: &str, literal: &[String], snapshot: &Snapshot, here: Option<Point>, now: DateTime<Utc>) -> Reading {
    let text = Text::of(text, snapshot, here);
    text.read(&text.forced(literal), true, now)
}

/// Whether a word is one of those by which wishes are said: `female`, `telehealth`.
pub(super) fn is_word_of_wish(word: &str) -> bool {
    wishes::words().any(|own| own == word) || untold::is_physician(word)
}

/// All that a text may mean.
pub struct Readings {
    /// What it likely means.
    pub first: Reading,
    /// What else, the likelier first; with each whether it is worth offering beside an answer, or only stands in where nobody is
    /// found by the first reading.
    pub others: Vec<(Reading, bool)>,
    /// The first one with a place in what was taken for a name: where nobody bears that very name, but some are called like it.
    pub placed: Option<Reading>,
    /// The first one with a word of a name where a place was that another one outweighs.
    pub called: Option<Reading>,
}

/// The same, and what the text may mean besides.
pub fn read_all(
    text: &str,
    literal: &[String],
    snapshot: &Snapshot,
    here: Option<Point>,
    now: DateTime<Utc>,
) -> Readings {
    let text = Text::of(text, snapshot, here);
    let forced = text.forced(literal);
    let first = text.read(&forced, true, now);
    let others = text.others(&forced, &first, now);
    let placed = text.with_place(&first);
    let called = text.called(&forced, &first, now);
    Readings {
        first,
        others,
        placed,
        called,
    }
}

/// What somebody says that a word is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Forced {
    /// Of a name.
    Name,
    /// Of a dictionary, and no name.
    Word,
}

/// A text in words.
struct Text<'s> {
    tokens: Vec<Token>,
    /// The words as typed.
    typed: Vec<String>,
    /// The same, corrected.
    words: Vec<String>,
    /// Which of them are two capital letters in a text that has small ones, too: `OR` is rather Oregon than `or`.
    capitals: Vec<bool>,
    /// Labels that it was copied with.
    form: forms::Form,
    /// What was taken back in it, or only told of.
    taken_back: Vec<String>,
    snapshot: &'s Snapshot,
    /// Where whoever asks is, if that is known.
    here: Option<Point>,
}

impl<'s> Text<'s> {
    fn of(text: &str, snapshot: &'s Snapshot, here: Option<Point>) -> Self {
        let lexicon = &snapshot.lexicon;
        let text = &*mail::blanked(text);
        let text = &*pasted::parted(text);
        // `Buffalo N.Y.`, `E.N.T.`: what is a word is no initials.
        let mut tokens = names::tokens(text);
        numbers::unparted(&mut tokens, text);
        signs::read(&mut tokens, text);
        let form = forms::Form::take(&mut tokens, text);
        degrees::take(&mut tokens, text, snapshot);
        forms::join_letters(&mut tokens, snapshot);
        forms::join_abbreviations(&mut tokens, snapshot);
        spoken::dictated(&mut tokens, text);
        numbers::apart(&mut tokens);
        numbers::said(&mut tokens);
        miles::written(&mut tokens, text);
        dates::join(&mut tokens, text);
        let last = tokens.len().saturating_sub(1);
        let behind: Vec<String> = tokens.iter().skip(1).take(2).map(|token| token.word.clone()).collect();
        let before_term = lexicon.specialties.longest_prefix(&behind).is_some();
        let mut tokens = names::apart(tokens, text, |at, word| {
            let word = std::slice::from_ref(word);
            let at_an_end = (at > 0 && at == last) || (at == 0 && before_term);
            (at > 0 && lexicon.gazetteer.is_state(&word[0]))
                || (at > 1 && spelling::CORPORATE.contains(&word[0].as_str()))
                || (at_an_end && places::is_city(&lexicon.gazetteer, &word[0]))
                || lexicon.specialties.longest_prefix(word).is_some()
        });
        tokens.truncate(MOST_WORDS);
        licences::join(&mut tokens, text);
        spoken::settle(&mut tokens, text, snapshot);
        spoken::part_title(&mut tokens, snapshot);
        run_together::part(&mut tokens, snapshot);
        glued::part(&mut tokens, snapshot);
        joined::settle(&mut tokens, snapshot);
        spoken::initials(&mut tokens, text, snapshot);
        nouns::settle(&mut tokens, snapshot);
        let mut taken_back = taken_back::settle(&mut tokens, text, snapshot);
        taken_back.extend(referred::settle(&mut tokens, snapshot));
        around::settle(&mut tokens, snapshot);
        let capitals = spoken::capitals(&tokens, text);
        let typed: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
        let known = |word: &String| {
            let meant = misspelt::meant(word).filter(|_| !spelling::is_borne(snapshot, std::slice::from_ref(word)));
            meant.map_or_else(|| word.clone(), str::to_owned)
        };
        let mut known: Vec<String> = typed.iter().map(known).collect();
        town_words::settle(&mut known, snapshot);
        let mut known = spelt_states::corrected(known, snapshot);
        abbreviations::settle(&mut known, snapshot);
        slips::settle(&mut known, snapshot);
        let known = corrections::with_payers(known, snapshot);
        let (words, _) = corrections::corrected(&known, snapshot);
        Self {
            tokens,
            typed,
            words,
            capitals,
            form,
            taken_back,
            snapshot,
            here,
        }
    }

    /// For each word, whether somebody says that it is of a name.
    fn forced(&self, literal: &[String]) -> Vec<Option<Forced>> {
        let is_literal = |(word, token): (&String, &Token)| {
            (literal.contains(word) || self.form.is_name(token)).then_some(Forced::Name)
        };
        self.typed.iter().zip(&self.tokens).map(is_literal).collect()
    }

    /// Reads it. `names`: all of it may be one name.
    fn read(&self, forced: &[Option<Forced>], names: bool, now: DateTime<Utc>) -> Reading {
        if names && let Some(reading) = self.with_address(&self.words) {
            return reading;
        }
        let free = forced.iter().all(Option::is_none);
        if names
            && free
            && let Some(name) = self.house(&self.typed).or_else(|| self.house(&self.words))
        {
            return self.as_name(name);
        }
        if names
            && free
            && let Some(reading) = self
                .house_in_town(&self.words)
                .or_else(|| self.person_at_house(&self.typed).map(|(person, _)| person))
                .or_else(|| self.house_in_talk(&self.typed, forced, now))
        {
            return reading;
        }
        let mut words = self.words.clone();
        for (at, forced) in forced.iter().enumerate() {
            if *forced == Some(Forced::Name) {
                words[at].clone_from(&self.typed[at]);
            }
        }
        let mut reader = Reader::new(&words, self, forced, now);
        reader.read();
        let explained = reader.leftover == 0 && reader.skipped == 0 && reader.pieces > 0;
        let titled = words.len() > 1 && TITLES.contains(&words[0].as_str()) && words[0] != "doctor";
        if names
            && words.len() <= MOST_NAMED
            && (!explained || titled)
            && reader.reading.npi.is_none()
            && reader.alarms.is_empty()
            && !(titled && reader.stated)
            && let Some(name) = self.whole_name(&words)
            && !(reader.titled && reader.town_behind_surname(&name).is_some())
        {
            return self.as_state(&name).unwrap_or_else(|| self.as_name(name));
        }
        let alarmed = !reader.alarms.is_empty();
        let mut reading = reader.finish();
        if let Some(only) = reading.by_number(self.snapshot) {
            return only;
        }
        if names
            && free
            && !alarmed
            && self.is_doubtful(&reading)
            && let Some(better) = self.second_look(&words, &reading)
        {
            return better;
        }
        if reading.is_nothing() && !reading.needs_place && reading.hint.is_none() && !untold::describes_anybody(&words)
        {
            reading.tell("nothing in this text was understood, so everybody is shown".to_owned());
        }
        for label in &self.form.left_out {
            reading.tell(format!(
                "`{label}` says nothing that can be searched for, so it is left out"
            ));
        }
        for said in &self.taken_back {
            reading.tell(format!("`{said}` is not what is asked for, so it is left out"));
        }
        self.as_typed(&mut reading);
        let few = (2..=houses::MOST_OF_NAME).contains(&words.len());
        if names && free && few && reading.name.is_empty() && spelling::is_whole_house(self.snapshot, &words) {
            reading.settle_town(&words, self.snapshot);
            reading.whole.clone_from(&words);
        }
        reading.corrected = (words != self.typed).then(|| words.join(" "));
        reading
    }

    /// The name that all of it is, as typed or as corrected.
    fn whole_name(&self, corrected: &[String]) -> Option<Vec<String>> {
        whole_name(&self.typed, self.snapshot)
            .or_else(|| (corrected != self.typed).then(|| whole_name(corrected, self.snapshot))?)
    }

    /// `texas`: of a name that only houses bear, after the state that they are in.
    fn as_state(&self, name: &[String]) -> Option<Reading> {
        let whole = self.tokens.len() == name.len() && !spelling::is_borne_by_person(self.snapshot, name);
        let text = name.join(" ");
        let state = (whole && text.len() > 3).then(|| self.snapshot.lexicon.gazetteer.state(&text))??;
        Some(Reading {
            terms: vec![Term::of(&self.tokens, "place", state.label.clone())],
            state: Some(state),
            ..Reading::default()
        })
    }

    /// Words of a name that nobody bears are those that were typed, whatever they were corrected to.
    fn as_typed(&self, reading: &mut Reading) {
        let name = &reading.name;
        if name.is_empty() || self.words == self.typed || spelling::is_borne(self.snapshot, name) {
            return;
        }
        let typed = |word: &String| {
            let at = self.words.iter().position(|own| own == word);
            at.map_or_else(|| word.clone(), |at| self.typed[at].clone())
        };
        let typed: Vec<String> = name.iter().map(typed).collect();
        // What was corrected to somebody's name stays so: nobody would be found by the other.
        if typed != *name && spelling::alternatives(self.snapshot, name, true).is_empty() {
            for term in reading.terms.iter_mut().filter(|term| term.kind == "name") {
                term.value = typed.join(" ");
            }
            reading.name = typed;
        }
    }

    /// The whole of it is a name.
    fn as_name(&self, name: Vec<String>) -> Reading {
        let short = &self.snapshot.lexicon.abbreviations;
        let other = |word: &String| {
            let mut others = short.others(word).chain(spelling::other_way(word));
            others.any(|other| name.iter().any(|own| own == other))
        };
        let is_name = |at: &usize| {
            let typed = &self.typed[*at];
            name.contains(typed) || name.contains(&self.words[*at]) || other(typed)
        };
        let first = (0..self.typed.len()).find(is_name).unwrap_or(0);
        let last = (0..self.typed.len()).rev().find(is_name).unwrap_or(first);
        Reading {
            terms: vec![Term::of(&self.tokens[first..=last], "name", name.join(" "))],
            titled: self.typed.first().is_some_and(|word| TITLES.contains(&word.as_str())),
            name,
            ..Reading::default()
        }
    }
}

/// All words are a name somebody bears, be it without title, suffix and credentials.
fn whole_name(words: &[String], snapshot: &Snapshot) -> Option<Vec<String>> {
    let names = spelling::with_fewer_extras(words);
    let borne = names.iter().find(|name| spelling::is_borne(snapshot, name)).cloned();
    borne.or_else(|| {
        let mut written = names.iter().filter_map(|name| spelling::as_borne(snapshot, name));
        written.find(|name| spelling::is_borne(snapshot, name))
    })
}

fn starts_with(words: &[String], phrase: &[&str]) -> bool {
    words.len() >= phrase.len() && words.iter().zip(phrase).all(|(word, wanted)| word == wanted)
}
