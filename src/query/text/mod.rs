//! The one box: which words name a specialty, a language, a place, a network, a wish, and which are a name.
//!
//! Words are first corrected where no name has them and a dictionary nearly does; then read from left to right, the longest
//! phrase first. What is a word of a dictionary and of a name is decided by evidence: a title before it, and whether somebody
//! bears it together with the name words beside it. A text that is whole a name somebody bears is read as that name, unless
//! the dictionaries explain all of it.

mod cities;
mod corrections;
mod misspelt;
mod negations;
mod numbers;
mod others;
mod payers;
mod places;
mod specialties;
mod terms;
mod times;
mod untold;
mod wishes;

pub use terms::Term;

use chrono::{DateTime, NaiveDate, Utc};

use super::{
    filter::{Conditions, NameWanted},
    request::{NetworkChoice, OpenAt, Request, Sort},
    spelling,
};
use crate::index::{Snapshot, geometry::KM_PER_MILE};
use crate::vocab::{
    Npi, PlanId,
    lexicon::EverydayWords,
    names::{self, CREDENTIALS, SUFFIXES, TITLES, Token},
    place::Place,
    terms::{Accessibility, Gender},
};

/// In a longer text nothing is taken for a name: it is a story, not an address.
const MOST_NAMED: usize = 40;
/// Words of a text that are read.
const MOST_WORDS: usize = 200;
/// Words of names that stand before another one.
const PARTICLES: &[&str] = &[
    "al", "da", "de", "del", "den", "der", "di", "du", "el", "la", "le", "mac", "mc", "o", "san", "st", "van", "von",
];
/// What was understood.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Reading {
    /// Words of a name.
    pub name: Vec<String>,
    /// NUCC codes.
    pub specialty: Vec<String>,
    /// Language codes.
    pub language: Vec<String>,
    /// A place to measure from.
    pub place: Option<Place>,
    /// A whole state.
    pub state: Option<Place>,
    /// More of them, any of which will do.
    pub other_states: Vec<Place>,
    /// Miles around the place.
    pub radius_miles: Option<f64>,
    /// "accepting new patients".
    pub accepting: Option<bool>,
    /// "telehealth".
    pub telehealth: Option<bool>,
    /// "female doctor".
    pub gender: Option<Gender>,
    /// "wheelchair accessible": one of these.
    pub accessibility: Vec<Accessibility>,
    /// "open now", "open saturday".
    pub open_at: Option<OpenAt>,
    /// "before friday": a free appointment before that day.
    pub available_before: Option<NaiveDate>,
    /// The order that is wished for: "closest", "earliest appointment".
    pub sort: Option<Sort>,
    /// "near me" or "closest": a place to measure from is needed.
    pub needs_place: bool,
    /// Networks.
    pub networks: Vec<NetworkChoice>,
    /// Plans with their networks.
    pub plans: Vec<(PlanId, Vec<NetworkChoice>)>,
    /// What is not wanted.
    pub exclude: Option<Box<Conditions>>,
    /// An NPI.
    pub npi: Option<Npi>,
    /// Ten digits that look like an NPI but are none.
    pub mistyped_npi: Option<u64>,
    /// A telephone number, ten digits.
    pub phone: Option<String>,
    /// The pieces of the text and what each was taken for, from left to right.
    pub terms: Vec<Term>,
    /// What was not understood, and why.
    pub hint: Option<String>,
    /// The text with its words corrected, where some were.
    pub corrected: Option<String>,
}

/// Reads a text against a snapshot: its vocabulary, its networks and plans, and the names that are borne in it. `literal`
/// words are words of a name, whatever else they may mean.
pub fn read(text: &str, literal: &[String], snapshot: &Snapshot, now: DateTime<Utc>) -> Reading {
    let text = Text::of(text, snapshot);
    text.read(&text.forced(literal), true, now)
}

/// The same, and what the text may mean besides, the likelier first; with each whether it is worth offering beside an answer,
/// or only stands in where nobody is found by the first reading.
pub fn read_all(
    text: &str,
    literal: &[String],
    snapshot: &Snapshot,
    now: DateTime<Utc>,
) -> (Reading, Vec<(Reading, bool)>) {
    let text = Text::of(text, snapshot);
    let forced = text.forced(literal);
    let first = text.read(&forced, true, now);
    let others = text.others(&forced, &first, now);
    (first, others)
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
    snapshot: &'s Snapshot,
}

impl<'s> Text<'s> {
    fn of(text: &str, snapshot: &'s Snapshot) -> Self {
        let lexicon = &snapshot.lexicon;
        // `Buffalo N.Y.`, `E.N.T.`: what is a word is no initials.
        let tokens = names::tokens(text);
        let last = tokens.len().saturating_sub(1);
        let mut tokens = names::apart(tokens, text, |at, word| {
            let word = std::slice::from_ref(word);
            (at > 0 && lexicon.gazetteer.state(&word[0]).is_some())
                || (at > 0 && at == last && places::is_city(&lexicon.gazetteer, &word[0]))
                || lexicon.specialties.longest_prefix(word).is_some()
        });
        tokens.truncate(MOST_WORDS);
        let typed: Vec<String> = tokens.iter().map(|token| token.word.clone()).collect();
        let known = |word: &String| {
            let meant = misspelt::meant(word).filter(|_| !spelling::is_borne(snapshot, std::slice::from_ref(word)));
            meant.map_or_else(|| word.clone(), str::to_owned)
        };
        let known: Vec<String> = typed.iter().map(known).collect();
        let (words, _) = corrections::corrected(&known, snapshot);
        Self {
            tokens,
            typed,
            words,
            snapshot,
        }
    }

    /// For each word, whether somebody says that it is of a name.
    fn forced(&self, literal: &[String]) -> Vec<Option<Forced>> {
        let is_literal = |word: &String| literal.contains(word).then_some(Forced::Name);
        self.typed.iter().map(is_literal).collect()
    }

    /// Reads it. `names`: all of it may be one name.
    fn read(&self, forced: &[Option<Forced>], names: bool, now: DateTime<Utc>) -> Reading {
        let mut words = self.words.clone();
        for (at, forced) in forced.iter().enumerate() {
            if *forced == Some(Forced::Name) {
                words[at].clone_from(&self.typed[at]);
            }
        }
        let mut reader = Reader::new(&words, &self.tokens, forced, self.snapshot, now);
        reader.read();
        let explained = reader.leftover == 0 && reader.skipped == 0 && reader.pieces > 0;
        let titled = words.len() > 1 && TITLES.contains(&words[0].as_str()) && words[0] != "doctor";
        if names
            && words.len() <= MOST_NAMED
            && (!explained || titled)
            && reader.reading.npi.is_none()
            && let Some(name) = self.whole_name(&words)
        {
            return self.as_name(name);
        }
        let mut reading = reader.finish();
        if reading.is_nothing() && !reading.needs_place && reading.hint.is_none() && !untold::describes_anybody(&words)
        {
            reading.tell("nothing in this text was understood, so everybody is shown".to_owned());
        }
        reading.corrected = (words != self.typed).then(|| words.join(" "));
        reading
    }

    /// The name that all of it is, as typed or as corrected.
    fn whole_name(&self, corrected: &[String]) -> Option<Vec<String>> {
        whole_name(&self.typed, self.snapshot)
            .or_else(|| (corrected != self.typed).then(|| whole_name(corrected, self.snapshot))?)
    }

    /// The whole of it is a name.
    fn as_name(&self, name: Vec<String>) -> Reading {
        let other = |word: &String| spelling::other_way(word).is_some_and(|other| name.iter().any(|own| own == other));
        let is_name = |at: &usize| {
            let typed = &self.typed[*at];
            name.contains(typed) || name.contains(&self.words[*at]) || other(typed)
        };
        let first = (0..self.typed.len()).find(is_name).unwrap_or(0);
        let last = (0..self.typed.len()).rev().find(is_name).unwrap_or(first);
        Reading {
            terms: vec![Term::of(&self.tokens[first..=last], "name", name.join(" "))],
            name,
            ..Reading::default()
        }
    }
}

/// All words are a name somebody bears, be it without title, suffix and credentials.
fn whole_name(words: &[String], snapshot: &Snapshot) -> Option<Vec<String>> {
    let untitled: Vec<String> = words
        .iter()
        .filter(|word| !TITLES.contains(&word.as_str()))
        .cloned()
        .collect();
    let bare = spelling::without_extras(words);
    let names = [untitled, bare];
    let borne = names.iter().find(|name| spelling::is_borne(snapshot, name)).cloned();
    borne.or_else(|| {
        let mut written = names.iter().filter_map(|name| spelling::as_borne(snapshot, name));
        written.find(|name| spelling::is_borne(snapshot, name))
    })
}

/// What a piece of the text is, as far as its neighbours care.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Before {
    Nothing,
    Title,
    Name,
    Understood,
}

struct Reader<'t, 's> {
    words: &'t [String],
    tokens: &'t [Token],
    forced: &'t [Option<Forced>],
    snapshot: &'s Snapshot,
    now: DateTime<Utc>,
    reading: Reading,
    /// The name words so far, by where they stand.
    named: Vec<usize>,
    before: Before,
    /// Where the last place ended.
    placed: usize,
    /// Words of specialties, to ask for their form for children.
    specialty_words: Vec<String>,
    /// Each phrase's codes, and whether it is what somebody has or wants done, not who is asked for.
    specialties: Vec<(Vec<String>, bool)>,
    /// Whether a title stood before a name.
    titled: bool,
    child: bool,
    /// Phrases that were understood.
    pieces: usize,
    /// Words that were not.
    leftover: usize,
    /// Words that were passed over, but may be those of a name.
    skipped: usize,
}

impl<'t, 's> Reader<'t, 's> {
    fn new(
        words: &'t [String],
        tokens: &'t [Token],
        forced: &'t [Option<Forced>],
        snapshot: &'s Snapshot,
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            words,
            tokens,
            forced,
            snapshot,
            now,
            reading: Reading::default(),
            named: Vec::new(),
            before: Before::Nothing,
            placed: 0,
            specialty_words: Vec::new(),
            specialties: Vec::new(),
            titled: false,
            child: false,
            pieces: 0,
            leftover: 0,
            skipped: 0,
        }
    }

    fn read(&mut self) {
        let mut at = 0;
        while at < self.words.len() {
            at += self.step(at).max(1);
        }
    }

    /// Reads what stands at a place, and says how many words it took.
    fn step(&mut self, at: usize) -> usize {
        let words = self.words;
        let rest = &words[at..];
        let word = rest[0].as_str();
        if self.forced[at] == Some(Forced::Name) {
            self.name_word(at);
            return 1;
        }
        if let Some(alarm) = self.everyday().alarm(rest) {
            self.tell(alarm.told().to_owned());
        }
        if let Some(taken) = self.number(rest) {
            let (kind, value) = match (&self.reading.npi, &self.reading.phone) {
                (Some(npi), _) => ("npi", npi.to_string()),
                (None, Some(phone)) => ("phone", phone.clone()),
                (None, None) => ("unknown", word.to_owned()),
            };
            self.term_at(at, taken, kind, value);
            self.understood();
            return taken;
        }
        // `ms specialist`: no lady, but what somebody has.
        let phrase = || self.snapshot.lexicon.specialties.longest_prefix(rest);
        let is_title = TITLES.contains(&word)
            && !matches!(word, "doctor")
            && rest.len() > 1
            && !(word == "ms" && phrase().is_some_and(|(_, taken)| taken > 1));
        if is_title {
            // `weight loss dr jacksonville`: no title, but what is looked for.
            let city = self.pieces > 0 && self.snapshot.lexicon.gazetteer.is_great_city(&rest[1]);
            if !city {
                self.before = Before::Title;
            }
            return 1;
        }
        if self.before == Before::Title && self.everyday().is_filler(word) && !self.belongs_to_name(at) {
            self.before = Before::Nothing;
        }
        if self.is_extra(word) {
            return 1;
        }
        if self.belongs_to_name(at) {
            self.name_word(at);
            return 1;
        }
        if let Some(taken) = self.negated(at) {
            return taken;
        }
        if let Some(taken) = self
            .payer_at(at)
            .or_else(|| self.wish_at(at))
            .or_else(|| self.place_term(at))
            .or_else(|| self.term(at))
        {
            self.understood();
            return taken;
        }
        if let Some((is_child, taken)) = specialties::age(rest) {
            self.child |= is_child;
            if is_child {
                self.term_at(at, taken, "specialty", "pediatric".to_owned());
            }
            self.understood();
            return taken;
        }
        if self.everyday().is_child(word) {
            self.child = true;
            self.term_at(at, 1, "specialty", "pediatric".to_owned());
            self.understood();
            return 1;
        }
        if self.everyday().is_filler(word) || CREDENTIALS.contains(&word) {
            if self.before == Before::Name {
                self.before = Before::Understood;
            }
            self.skipped += usize::from(self.everyday().is_common(word));
            return 1;
        }
        self.leftover += 1;
        if self.everyday().is_institution(word) && self.before != Before::Name {
            return 1;
        }
        self.name_word(at);
        1
    }

    fn everyday(&self) -> &'s EverydayWords {
        &self.snapshot.lexicon.everyday
    }

    fn understood(&mut self) {
        self.pieces += 1;
        self.before = Before::Understood;
    }

    fn name_word(&mut self, at: usize) {
        self.titled |= self.before == Before::Title;
        self.named.push(at);
        self.before = Before::Name;
    }

    /// Credentials and suffixes behind a name.
    fn is_extra(&self, word: &str) -> bool {
        self.before == Before::Name && (CREDENTIALS.contains(&word) || SUFFIXES.contains(&word))
    }

    /// A word that a dictionary may know, but that is a name here: behind a title, or behind name words that are borne
    /// together with it.
    fn belongs_to_name(&self, at: usize) -> bool {
        let is_word = self.forced[at] == Some(Forced::Word);
        if is_word || self.words.len() > MOST_NAMED || self.words[at].bytes().any(|b| b.is_ascii_digit()) {
            return false;
        }
        let word = self.words[at].clone();
        match self.before {
            Before::Title => {
                // `dr near me`, `dr for my son`: nobody's name, however borne.
                !matches!(
                    word.as_str(),
                    "near" | "in" | "for" | "who" | "that" | "by" | "with" | "of" | "at"
                ) && spelling::is_borne(self.snapshot, &[word])
            }
            Before::Name => {
                let mut name = self.name();
                name.push(word);
                spelling::is_borne(self.snapshot, &name)
            }
            Before::Nothing | Before::Understood => false,
        }
    }

    fn name(&self) -> Vec<String> {
        self.named.iter().map(|at| self.words[*at].clone()).collect()
    }

    fn payer_at(&mut self, at: usize) -> Option<usize> {
        let (networks, plans) = (self.reading.networks.clone(), self.reading.plans.len());
        let words = self.words;
        let taken = self.payer(&words[at..])?;
        let id = |id: u128| uuid::Uuid::from_u128(id).to_string();
        let plan_ids: Vec<String> = self.reading.plans[plans..]
            .iter()
            .map(|(plan, _)| plan.to_string())
            .collect();
        let found = &self.reading.networks;
        // A second payer may have narrowed what the first one named.
        let new = if found.len() > networks.len() {
            networks.len()
        } else {
            0
        };
        let (kind, ids) = if !plan_ids.is_empty() {
            ("plan", plan_ids)
        } else if *found == networks {
            ("unknown", Vec::new())
        } else {
            let ids = found[new..].iter().map(|network| id(network.id));
            ("network", ids.collect())
        };
        self.term_at(at, taken, kind, ids.join("|"));
        Some(taken)
    }

    fn wish_at(&mut self, at: usize) -> Option<usize> {
        let (before, hint) = (self.reading.wishes(), self.reading.hint.clone());
        let words = self.words;
        let taken = self.wish(&words[at..])?;
        let wishes = self.reading.wishes();
        let changed = wishes.iter().zip(&before).find(|(now, before)| now != before);
        if let Some((kind, value)) = changed.map(|(wish, _)| wish.clone()) {
            self.term_at(at, taken, kind, value);
        } else if self.reading.hint != hint {
            self.term_at(at, taken, "unknown", words[at..at + taken].join(" "));
        }
        Some(taken)
    }

    fn place_term(&mut self, at: usize) -> Option<usize> {
        if self.reading.place.is_some() || self.reading.state.is_some() {
            return self.another_place(at);
        }
        let taken = self.place(at)?;
        let place = self.reading.place.as_ref().or(self.reading.state.as_ref());
        let label = place.map(|place| place.label.clone()).unwrap_or_default();
        // `in the bronx`: the place begins behind `in`.
        let words = &self.words[at..at + taken - 1];
        let before = words
            .iter()
            .take_while(|word| places::leads(word) || word.as_str() == "the");
        let before = before.count();
        self.term_at(at + before, taken - before, "place", label);
        Some(taken)
    }

    /// Remembers what some words were taken for.
    fn term_at(&mut self, at: usize, taken: usize, kind: &'static str, value: String) {
        let tokens = &self.tokens[at..(at + taken).min(self.tokens.len())];
        self.reading.terms.push(Term::of(tokens, kind, value));
    }

    /// Adds to what is told of the text.
    fn tell(&mut self, told: String) {
        self.reading.tell(told);
    }

    /// Settles what depends on the whole text.
    fn finish(mut self) -> Reading {
        self.settle_specialty();
        self.settle_unwanted();
        if self.words.len() > MOST_NAMED {
            return self.reading;
        }
        self.settle_name();
        if !self.reading.name.is_empty() {
            let first = self.named.iter().copied().min().unwrap_or(0);
            let last = self.named.iter().copied().max().unwrap_or(first);
            let name = self.reading.name.join(" ");
            self.term_at(first, last + 1 - first, "name", name);
        }
        self.reading.terms.sort_by_key(|term| (term.start, term.end));
        self.reading
    }

    /// The words that are left are a name, a name and a place behind it, or nothing that is known here.
    fn settle_name(&mut self) {
        self.take_initials();
        self.leave_out_unknown();
        let name = spelling::without_extras(&self.name());
        let name = self.without_place(name);
        let name = spelling::as_borne(self.snapshot, &name).unwrap_or(name);
        let literal = self.named.iter().any(|at| self.forced[*at] == Some(Forced::Name));
        let sure = self.pieces == 0 || literal || self.titled;
        if name.is_empty() || sure || spelling::is_borne(self.snapshot, &name) {
            self.reading.name = name;
            return;
        }
        let together = self.named.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        if together && name.len() < 4 && !spelling::alternatives(self.snapshot, &name, true).is_empty() {
            self.reading.name = name;
            return;
        }
        self.keep_borne();
    }

    /// Numbers that are nobody's name, and what stands behind `near` and is no place that is known: both find nobody.
    fn leave_out_unknown(&mut self) {
        let literal = self.named.iter().any(|at| self.forced[*at] == Some(Forced::Name));
        let (Some(first), false) = (self.named.first().copied(), literal || self.titled) else {
            return;
        };
        if spelling::is_borne(self.snapshot, &self.name()) {
            return;
        }
        let words = self.words;
        let is_number = |at: &usize| words[*at].bytes().all(|b| b.is_ascii_digit());
        let near = first > 0 && matches!(self.words[first - 1].as_str(), "near" | "around" | "in");
        let together = self.named.windows(2).all(|pair| pair[0] + 1 == pair[1]);
        if near && together && !self.named.iter().any(is_number) {
            let place = self.name().join(" ");
            self.tell(format!("`{place}` is no place that is known here, so it is left out"));
            self.named.clear();
        } else if self.named.iter().any(is_number) {
            let numbers = self.named.iter().filter(|at| is_number(at));
            let numbers: Vec<&str> = numbers.map(|at| self.words[*at].as_str()).collect();
            let told = format!("not understood, so left out: {}", numbers.join(", "));
            let named = self.named.iter().copied().filter(|at| !is_number(at)).collect();
            self.tell(told);
            self.named = named;
        }
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
        for at in (0..count).rev().chain(0..count).filter(|at| is_letter(*at)) {
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

    /// Of words that are no name together, the longest run that is one; two words at least, or nobody would be found for a word
    /// that merely is unknown here.
    fn keep_borne(&mut self) {
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
        let kept = borne.max_by_key(|run| run.len()).cloned().unwrap_or_default();
        let lost = self.named.iter().filter(|at| !kept.contains(at));
        let lost: Vec<&str> = lost.map(|at| self.words[*at].as_str()).collect();
        if self.reading.hint.is_none() {
            // `kathy johnson`: names both, but nobody's together.
            let names = kept.is_empty() && lost.iter().all(|word| spelling::is_borne(self.snapshot, &[*word]));
            self.reading.hint = Some(if names {
                format!("nobody of the name `{}` is found", lost.join(" "))
            } else {
                format!("not understood, so left out: {}", lost.join(", "))
            });
        }
        self.reading.name = words(&kept);
        self.named = kept;
    }

    /// `smith houston`: nobody is called so, but a Smith and a Houston there are.
    fn without_place(&mut self, name: Vec<String>) -> Vec<String> {
        let free = self.reading.place.is_none() && self.reading.state.is_none();
        if name.len() < 2 || !free || spelling::is_borne(self.snapshot, &name) {
            return name;
        }
        let last = self.named.last().copied().unwrap_or(0);
        for length in (1..=3.min(name.len() - 1)).rev() {
            let (rest, city) = name.split_at(name.len() - length);
            let literal = (last + 1 - length.min(last + 1)..=last).any(|at| self.forced[at] == Some(Forced::Name));
            let gazetteer = &self.snapshot.lexicon.gazetteer;
            if literal || (!gazetteer.is_great_city(&city.join(" ")) && spelling::is_borne(self.snapshot, city)) {
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
            let named =
                |rest: &[String]| spelling::is_borne(self.snapshot, rest) || (great && self.is_likely_name(rest));
            if let Some(place) = place.filter(|_| sure || named(rest)) {
                let first = (last + 1).saturating_sub(length);
                self.term_at(first, length, "place", place.label.clone());
                self.put_place(place);
                self.named.retain(|at| *at < first);
                return rest.to_vec();
            }
        }
        name
    }

    /// Borne, or like a name that is.
    fn is_likely_name(&self, words: &[String]) -> bool {
        spelling::is_borne(self.snapshot, words) || !spelling::alternatives(self.snapshot, words, true).is_empty()
    }
}

impl Reading {
    /// Adds to what is told of the text.
    fn tell(&mut self, told: String) {
        self.hint = Some(match self.hint.take() {
            Some(known) if known.contains(&told) => known,
            Some(known) => format!("{known}; {told}"),
            None => told,
        });
    }

    /// Says that a place is needed to find what is near, where a request has none.
    pub(super) fn ask_for_place(&mut self, request: &Request) {
        let conditions = &request.conditions;
        let lists = [
            &conditions.state,
            &conditions.city,
            &conditions.county,
            &conditions.postal_code,
        ];
        let somewhere = request.near.is_some()
            || !request.boxes.is_empty()
            || request.polygon.is_some()
            || lists.iter().any(|list| !list.is_empty());
        if self.needs_place && !somewhere {
            self.tell("to find what is near, add a place: a ZIP, or a city and its state".to_owned());
        }
    }

    /// Wishes by kind, as the answer tells them.
    fn wishes(&self) -> [(&'static str, String); 8] {
        let flag = |flag: Option<bool>| flag.map_or_else(String::new, |flag| flag.to_string());
        let radius = self.radius_miles.map_or_else(String::new, |miles| miles.to_string());
        let gender = self.gender.map_or_else(String::new, |gender| gender.code().to_owned());
        [
            ("radius_miles", radius),
            ("open_at", self.open_at.map_or_else(String::new, |at| at.to_string())),
            (
                "available_before",
                self.available_before.map_or_else(String::new, |day| day.to_string()),
            ),
            ("sort", self.sort.map_or_else(String::new, |sort| sort.to_string())),
            ("accepting_new_patients", flag(self.accepting)),
            ("telehealth", flag(self.telehealth)),
            ("gender", gender),
            ("accessibility", self.accessibility_codes().join("|")),
        ]
    }

    fn accessibility_codes(&self) -> Vec<&'static str> {
        self.accessibility.iter().map(|access| access.code()).collect()
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
        conditions.phone = conditions.phone.take().or_else(|| self.phone.clone());
        conditions.accepting = conditions.accepting.or(self.accepting);
        conditions.telehealth = conditions.telehealth.or(self.telehealth);
        conditions.open_at = conditions.open_at.or(self.open_at);
        conditions.available_before = conditions.available_before.or(self.available_before);
        if conditions.gender.is_empty() {
            conditions.gender.extend(self.gender);
        }
        if conditions.accessibility.is_empty() {
            conditions.accessibility.extend_from_slice(&self.accessibility);
        }
        if !conditions.asks_network() {
            conditions.networks.extend(self.networks.iter().cloned());
            for (plan, networks) in &self.plans {
                conditions.plan_ids.push(*plan);
                conditions
                    .plans
                    .get_or_insert_default()
                    .extend(networks.iter().cloned());
            }
        }
        if let Some(unwanted) = &self.exclude {
            exclude(&mut request.exclude, unwanted);
        }
        let states = self.state.iter().chain(&self.other_states);
        if conditions.state.is_empty() {
            let codes = states.map(|place| place.state.to_ascii_lowercase());
            conditions.state.extend(codes);
        }
        if request.near.is_none() {
            request.near.clone_from(&self.place);
        }
        // The nearest first needs a place to measure from.
        let sort = self
            .sort
            .filter(|sort| *sort != Sort::Distance || request.near.is_some());
        if request.sort == Sort::Relevance {
            request.sort = sort.unwrap_or_default();
        }
        request.radius_km = request.radius_km.or(self.radius_miles.map(|miles| miles * KM_PER_MILE));
    }
}

/// Adds what the text does not want to what the request does not want.
fn exclude(to: &mut Conditions, unwanted: &Conditions) {
    to.names.extend(unwanted.names.iter().cloned());
    to.gender.extend_from_slice(&unwanted.gender);
    to.networks.extend(unwanted.networks.iter().cloned());
    to.plan_ids.extend_from_slice(&unwanted.plan_ids);
    if let Some(networks) = &unwanted.plans {
        to.plans.get_or_insert_default().extend(networks.iter().cloned());
    }
    for (to, unwanted) in [
        (&mut to.specialty, &unwanted.specialty),
        (&mut to.language, &unwanted.language),
        (&mut to.city, &unwanted.city),
        (&mut to.state, &unwanted.state),
        (&mut to.county, &unwanted.county),
        (&mut to.postal_code, &unwanted.postal_code),
    ] {
        to.extend_from_slice(unwanted);
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
