//! The one box: which words name a specialty, a language, a place, a network, a wish, and which are a name.
//!
//! Words are first corrected where no name has them and a dictionary nearly does; then read from left to right, the longest
//! phrase first. What is a word of a dictionary and of a name is decided by evidence: a title before it, and whether somebody
//! bears it together with the name words beside it. A text that is whole a name somebody bears is read as that name, unless
//! the dictionaries explain all of it.

mod corrections;
mod payers;
mod places;
mod wishes;

use chrono::{DateTime, Utc};

use super::{
    filter::NameWanted,
    request::{NetworkChoice, OpenAt, Request},
    spelling,
};
use crate::index::{Snapshot, geometry::KM_PER_MILE};
use crate::vocab::{
    Npi, NpiError, PlanId,
    names::{CREDENTIALS, SUFFIXES, TITLES, words},
    place::Place,
    terms::Gender,
};

/// In a longer text nothing is taken for a name: it is a story, not an address.
const MOST_NAMED: usize = 40;
/// Words of a text that are read.
const MOST_WORDS: usize = 200;
/// Languages spoken nearby by everyone are still a wish when named, but not twice.
const MOST_LANGUAGES: usize = 8;

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
    /// Miles around the place.
    pub radius_miles: Option<f64>,
    /// "accepting new patients".
    pub accepting: Option<bool>,
    /// "telehealth".
    pub telehealth: Option<bool>,
    /// "female doctor".
    pub gender: Option<Gender>,
    /// "open now", "open saturday".
    pub open_at: Option<OpenAt>,
    /// Networks.
    pub networks: Vec<NetworkChoice>,
    /// Plans with their networks.
    pub plans: Vec<(PlanId, Vec<NetworkChoice>)>,
    /// An NPI.
    pub npi: Option<Npi>,
    /// What was not understood, and why.
    pub hint: Option<String>,
    /// The text with its words corrected, where some were.
    pub corrected: Option<String>,
}

/// Words that carry no meaning of their own in a search.
const FILLERS: &[&str] = &[
    "a",
    "about",
    "accept",
    "accepts",
    "address",
    "affordable",
    "after",
    "afternoon",
    "afternoons",
    "all",
    "also",
    "always",
    "am",
    "an",
    "and",
    "any",
    "anyone",
    "appointment",
    "appointments",
    "are",
    "area",
    "around",
    "as",
    "at",
    "available",
    "bad",
    "be",
    "because",
    "been",
    "before",
    "being",
    "best",
    "both",
    "busco",
    "but",
    "by",
    "call",
    "can",
    "care",
    "cerca",
    "change",
    "cheap",
    "check",
    "checked",
    "close",
    "closest",
    "con",
    "could",
    "covered",
    "covers",
    "dad",
    "de",
    "do",
    "doctor",
    "doctors",
    "does",
    "during",
    "el",
    "en",
    "even",
    "evening",
    "evenings",
    "ever",
    "exam",
    "experienced",
    "family",
    "father",
    "feel",
    "feeling",
    "find",
    "fix",
    "fluent",
    "fluently",
    "for",
    "friend",
    "friendly",
    "from",
    "gentle",
    "get",
    "give",
    "going",
    "good",
    "got",
    "great",
    "habla",
    "hablan",
    "hablar",
    "hable",
    "had",
    "happy",
    "has",
    "have",
    "having",
    "he",
    "hello",
    "help",
    "her",
    "here",
    "hey",
    "hi",
    "him",
    "his",
    "hour",
    "hours",
    "how",
    "hurt",
    "hurting",
    "hurts",
    "husband",
    "i",
    "if",
    "im",
    "in",
    "insurance",
    "into",
    "is",
    "issue",
    "issues",
    "it",
    "just",
    "keep",
    "kind",
    "la",
    "language",
    "late",
    "lately",
    "later",
    "like",
    "list",
    "listens",
    "living",
    "local",
    "located",
    "location",
    "look",
    "looking",
    "lot",
    "m",
    "make",
    "me",
    "member",
    "mi",
    "mile",
    "miles",
    "mom",
    "more",
    "morning",
    "mornings",
    "most",
    "mother",
    "moved",
    "much",
    "must",
    "my",
    "near",
    "nearby",
    "nearest",
    "necesito",
    "need",
    "needs",
    "network",
    "nice",
    "no",
    "not",
    "now",
    "number",
    "of",
    "off",
    "office",
    "offices",
    "old",
    "on",
    "once",
    "one",
    "only",
    "open",
    "or",
    "other",
    "our",
    "out",
    "over",
    "own",
    "pain",
    "painful",
    "para",
    "patient",
    "patients",
    "people",
    "person",
    "phone",
    "physician",
    "physicians",
    "plan",
    "please",
    "practitioner",
    "private",
    "problem",
    "problems",
    "professional",
    "provider",
    "providers",
    "quality",
    "que",
    "quick",
    "quickly",
    "rated",
    "really",
    "recommend",
    "recommended",
    "reliable",
    "s",
    "same",
    "se",
    "search",
    "see",
    "seeing",
    "she",
    "should",
    "show",
    "since",
    "smart",
    "so",
    "some",
    "somebody",
    "someone",
    "soon",
    "sore",
    "speak",
    "speaker",
    "speakers",
    "speaking",
    "speaks",
    "specialist",
    "specialists",
    "specializes",
    "specializing",
    "spoken",
    "still",
    "such",
    "suffering",
    "take",
    "takes",
    "taking",
    "talk",
    "talks",
    "than",
    "thank",
    "thanks",
    "that",
    "the",
    "their",
    "them",
    "there",
    "they",
    "thing",
    "things",
    "this",
    "through",
    "to",
    "today",
    "tomorrow",
    "tonight",
    "top",
    "treat",
    "treating",
    "treatment",
    "treats",
    "trusted",
    "try",
    "trying",
    "un",
    "una",
    "under",
    "until",
    "up",
    "us",
    "use",
    "using",
    "very",
    "visit",
    "walk",
    "want",
    "wants",
    "was",
    "we",
    "week",
    "weekday",
    "weekdays",
    "weeks",
    "well",
    "what",
    "when",
    "where",
    "which",
    "while",
    "who",
    "whos",
    "wife",
    "will",
    "with",
    "within",
    "without",
    "work",
    "works",
    "would",
    "year",
    "years",
    "yet",
    "you",
    "your",
];

/// Words of the names of institutions, which say nothing where no such name is borne.
const INSTITUTIONS: &[&str] = &["center", "centers", "centre", "centres", "place", "places"];

/// Words that say that the patient is a child.
const CHILD: &[&str] = &[
    "child",
    "children",
    "childs",
    "childrens",
    "daughter",
    "kid",
    "kids",
    "pediatric",
    "paediatric",
    "peds",
    "son",
    "teenager",
    "toddler",
    "baby",
    "teen",
    "teens",
    "infant",
];

/// Reads a text against a snapshot: its vocabulary, its networks and plans, and the names that are borne in it.
pub fn read(text: &str, snapshot: &Snapshot, now: DateTime<Utc>) -> Reading {
    let mut typed = words(text);
    typed.truncate(MOST_WORDS);
    let (words, corrected) = corrections::corrected(&typed, snapshot);
    let mut reader = Reader::new(&words, snapshot, now);
    reader.read();
    let explained = reader.leftover == 0 && reader.pieces > 0;
    let titled = words.len() > 1 && TITLES.contains(&words[0].as_str()) && words[0] != "doctor";
    if words.len() <= MOST_NAMED
        && (!explained || titled)
        && reader.reading.npi.is_none()
        && let Some(name) = whole_name(&typed, snapshot)
    {
        return Reading {
            name,
            ..Reading::default()
        };
    }
    let mut reading = reader.finish();
    reading.corrected = corrected.then(|| words.join(" "));
    reading
}

/// All words are a name somebody bears, be it without title, suffix and credentials.
fn whole_name(words: &[String], snapshot: &Snapshot) -> Option<Vec<String>> {
    let untitled: Vec<String> = words
        .iter()
        .filter(|word| !TITLES.contains(&word.as_str()))
        .cloned()
        .collect();
    let bare = spelling::without_extras(words);
    [untitled, bare]
        .into_iter()
        .find(|name| spelling::is_borne(snapshot, name))
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
    snapshot: &'s Snapshot,
    now: DateTime<Utc>,
    reading: Reading,
    /// The name words so far, by where they stand.
    named: Vec<usize>,
    before: Before,
    /// Words of specialties, to ask for their form for children.
    specialty_words: Vec<String>,
    /// Each phrase's codes.
    specialties: Vec<Vec<String>>,
    child: bool,
    /// Phrases that were understood.
    pieces: usize,
    /// Words that were not.
    leftover: usize,
}

impl<'t, 's> Reader<'t, 's> {
    fn new(words: &'t [String], snapshot: &'s Snapshot, now: DateTime<Utc>) -> Self {
        Self {
            words,
            snapshot,
            now,
            reading: Reading::default(),
            named: Vec::new(),
            before: Before::Nothing,
            specialty_words: Vec::new(),
            specialties: Vec::new(),
            child: false,
            pieces: 0,
            leftover: 0,
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
        if let Some(taken) = self.number(rest) {
            self.understood();
            return taken;
        }
        let is_title = TITLES.contains(&word) && !matches!(word, "doctor") && rest.len() > 1;
        if is_title {
            self.before = Before::Title;
            return 1;
        }
        if self.is_extra(word) {
            return 1;
        }
        if self.belongs_to_name(at) {
            self.name_word(at);
            return 1;
        }
        if let Some(taken) = self
            .payer(rest)
            .or_else(|| self.wish(rest))
            .or_else(|| self.place(at))
            .or_else(|| self.term(rest))
        {
            self.understood();
            return taken;
        }
        if CHILD.contains(&word) {
            self.child = true;
            self.understood();
            return 1;
        }
        if FILLERS.contains(&word) || CREDENTIALS.contains(&word) {
            if self.before == Before::Name {
                self.before = Before::Understood;
            }
            return 1;
        }
        self.leftover += 1;
        if INSTITUTIONS.contains(&word) && self.before != Before::Name {
            return 1;
        }
        self.name_word(at);
        1
    }

    fn understood(&mut self) {
        self.pieces += 1;
        self.before = Before::Understood;
    }

    fn name_word(&mut self, at: usize) {
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
        if self.words.len() > MOST_NAMED || self.words[at].bytes().any(|b| b.is_ascii_digit()) {
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

    /// NPIs, and other numbers that people type.
    fn number(&mut self, rest: &[String]) -> Option<usize> {
        let word = rest[0].as_str();
        if !word.bytes().all(|b| b.is_ascii_digit()) {
            return None;
        }
        let parts: Vec<usize> = rest
            .iter()
            .take(4)
            .take_while(|word| word.bytes().all(|b| b.is_ascii_digit()))
            .map(String::len)
            .collect();
        if let [3, 3, 4, ..] | [1, 3, 3, 4] = parts.as_slice() {
            self.reading.hint = Some("telephone numbers are not searched: leave the number out".to_owned());
            return Some(if parts[0] == 1 { 4 } else { 3 });
        }
        if word.len() != 10 {
            return None;
        }
        match word.parse::<Npi>() {
            Ok(npi) => self.reading.npi = Some(npi),
            Err(error @ NpiError::CheckDigit { .. }) => self.reading.hint = Some(error.to_string()),
            Err(_) => {
                self.reading.hint = Some("telephone numbers are not searched: leave the number out".to_owned());
            }
        }
        Some(1)
    }

    /// The longer of a specialty and a language.
    fn term(&mut self, rest: &[String]) -> Option<usize> {
        let lexicon = &self.snapshot.lexicon;
        let specialty = lexicon.specialties.longest_prefix(rest);
        let language = lexicon.languages.longest_prefix(rest);
        match (specialty, language) {
            (Some((codes, taken)), other) if other.is_none_or(|(_, length)| taken >= length) => {
                self.specialties.push(codes.to_vec());
                self.specialty_words.extend_from_slice(&rest[..taken]);
                Some(taken)
            }
            (_, Some((language, taken))) => {
                let spoken = &mut self.reading.language;
                if spoken.len() < MOST_LANGUAGES && !spoken.contains(&language.code) {
                    spoken.push(language.code.clone());
                }
                Some(taken)
            }
            _ => None,
        }
    }

    /// Settles what depends on the whole text.
    fn finish(mut self) -> Reading {
        self.settle_specialty();
        if self.words.len() > MOST_NAMED {
            return self.reading;
        }
        let name = spelling::without_extras(&self.name());
        self.reading.name = self.without_place(name);
        self.reading
    }

    /// The codes that all phrases agree on, else those of each; for a child, the children's doctors among them.
    fn settle_specialty(&mut self) {
        let lexicon = &self.snapshot.lexicon;
        if self.child {
            let phrase = ["pediatric".to_owned(), self.specialty_words.join(" ")].join(" ");
            let wanted = if self.specialties.is_empty() {
                "pediatrician"
            } else {
                phrase.trim()
            };
            let codes = lexicon.specialties.resolve(wanted);
            let segments = || self.snapshot.segments.iter();
            let somebody = |code: &String| segments().any(|living| living.segment.specialty(code).is_some());
            if self.specialties.is_empty() || codes.iter().any(somebody) {
                self.reading.specialty = codes.to_vec();
                return;
            }
        }
        let mut phrases = self.specialties.iter();
        let Some(first) = phrases.next() else { return };
        let mut common = first.clone();
        let mut all = first.clone();
        for codes in phrases {
            common.retain(|code| codes.contains(code));
            all.extend(codes.iter().filter(|code| !first.contains(code)).cloned());
        }
        all.sort();
        all.dedup();
        self.reading.specialty = if common.is_empty() { all } else { common };
    }

    /// `smith houston`: nobody is called so, but a Smith and a Houston there are.
    fn without_place(&mut self, name: Vec<String>) -> Vec<String> {
        let free = self.reading.place.is_none() && self.reading.state.is_none();
        if name.len() < 2 || !free || spelling::is_borne(self.snapshot, &name) {
            return name;
        }
        for length in (1..=3.min(name.len() - 1)).rev() {
            let (rest, city) = name.split_at(name.len() - length);
            let gazetteer = &self.snapshot.lexicon.gazetteer;
            if !gazetteer.is_great_city(&city.join(" ")) && spelling::is_borne(self.snapshot, city) {
                continue;
            }
            let place = gazetteer.find(&city.join(" "));
            if let Some(place) = place.filter(|_| spelling::is_borne(self.snapshot, rest)) {
                self.put_place(place);
                return rest.to_vec();
            }
        }
        name
    }
}

impl Reading {
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
        conditions.open_at = conditions.open_at.or(self.open_at);
        if conditions.gender.is_empty() {
            conditions.gender.extend(self.gender);
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
        let state = self.state.as_ref().map(|place| place.state.to_ascii_lowercase());
        if conditions.state.is_empty() {
            conditions.state.extend(state);
        }
        if request.near.is_none() {
            request.near.clone_from(&self.place);
        }
        request.radius_km = request.radius_km.or(self.radius_miles.map(|miles| miles * KM_PER_MILE));
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
