//! Reads a text from left to right, the longest phrase first: each step takes what stands at a word, and says how many words
//! that took. What a word is may depend on what stands before it.

use chrono::{DateTime, Utc};

use super::{
    Forced, MOST_NAMED, Reading, Term, Text, alarms::Heard, licences, places, specialties, times::When, untold,
};
use crate::index::Snapshot;
use crate::query::spelling;
use crate::vocab::{
    lexicon::EverydayWords,
    names::{CREDENTIALS, SUFFIXES, TITLES, Token},
    place::Point,
};

/// What a piece of the text is, as far as its neighbours care.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Before {
    Nothing,
    Title,
    Name,
    Understood,
}

/// A text that is being read.
pub(super) struct Reader<'t, 's> {
    pub(super) words: &'t [String],
    pub(super) tokens: &'t [Token],
    pub(super) capitals: &'t [bool],
    pub(super) forced: &'t [Option<Forced>],
    pub(super) snapshot: &'s Snapshot,
    pub(super) here: Option<Point>,
    pub(super) now: DateTime<Utc>,
    pub(super) reading: Reading,
    /// The name words so far, by where they stand.
    pub(super) named: Vec<usize>,
    pub(super) before: Before,
    /// Where the last place ended.
    pub(super) placed: usize,
    /// Whether the place is a town by its bare name, which a great city behind it outweighs.
    pub(super) bare_town: bool,
    /// What was said of when somebody should be open.
    pub(super) when: Option<When>,
    /// Words of specialties, to ask for their form for children.
    pub(super) specialty_words: Vec<String>,
    /// Each phrase's codes, and whether it is what somebody has or wants done, not who is asked for.
    pub(super) specialties: Vec<(Vec<String>, bool)>,
    /// Whether a title stood before a name.
    pub(super) titled: bool,
    pub(super) child: bool,
    /// Whether the text says that somebody is asked for: `doctors in Houston`.
    pub(super) anybody: bool,
    /// Words of stories that say nothing here, by where they stand.
    pub(super) ordinary: Vec<usize>,
    /// The word for a physician of whatever kind, by where it stands.
    pub(super) physician: Option<usize>,
    /// Phrases that were understood.
    pub(super) pieces: usize,
    /// Words that were not.
    pub(super) leftover: usize,
    /// Whether a town with its state ended a name.
    pub(super) stated: bool,
    /// What calls for help.
    pub(super) alarms: Heard,
    /// Words that were passed over, but may be those of a name.
    pub(super) skipped: usize,
}

impl<'t, 's> Reader<'t, 's> {
    pub(super) fn new(
        words: &'t [String],
        text: &'t Text<'s>,
        forced: &'t [Option<Forced>],
        now: DateTime<Utc>,
    ) -> Self {
        Self {
            words,
            tokens: &text.tokens,
            capitals: &text.capitals,
            forced,
            snapshot: text.snapshot,
            here: text.here,
            now,
            reading: Reading::default(),
            named: Vec::new(),
            before: Before::Nothing,
            placed: 0,
            bare_town: false,
            when: None,
            specialty_words: Vec::new(),
            specialties: Vec::new(),
            titled: false,
            child: false,
            anybody: false,
            ordinary: Vec::new(),
            physician: None,
            pieces: 0,
            leftover: 0,
            stated: false,
            alarms: Heard::new(),
            skipped: 0,
        }
    }

    pub(super) fn read(&mut self) {
        self.hear_alarms();
        self.read_from(0);
    }

    /// Reads what stands from a word on.
    pub(super) fn read_from(&mut self, from: usize) {
        let mut at = from;
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
        if let Some(taken) = self.street(at) {
            self.understood();
            // A house may be called so.
            self.leftover += 1;
            return taken;
        }
        if let Some(taken) = self.medical_code(at) {
            self.understood();
            return taken;
        }
        if let Some(taken) = self.locator(rest).or_else(|| self.number(rest)) {
            let (kind, value) = match (&self.reading.npi, &self.reading.phone) {
                (Some(npi), _) => ("npi", npi.to_string()),
                (None, Some(phone)) => ("phone", phone.clone()),
                (None, None) => ("unknown", word.to_owned()),
            };
            self.term_at(at, taken, kind, value);
            self.understood();
            return taken;
        }
        if let Some(code) = self.code(at) {
            self.specialties.push((vec![code.clone()], false));
            self.specialty_words.push(word.to_owned());
            self.term_at(at, 1, "specialty", code);
            self.understood();
            return 1;
        }
        // `ms specialist`: no lady, but what somebody has.
        let phrase = || self.snapshot.lexicon.specialties.longest_prefix(rest);
        let is_title = (TITLES.contains(&word) || word == "drs")
            && !matches!(word, "doctor")
            && rest.len() > 1
            && !(word == "ms" && phrase().is_some_and(|(_, taken)| taken > 1))
            // `Jim Wagner, DDS, MS`: what he learnt.
            && !self.is_extra(word);
        if is_title {
            // `weight loss dr jacksonville`: no title, but what is looked for.
            // `dr los angeles skin`.
            let gazetteer = &self.snapshot.lexicon.gazetteer;
            let great = |length: usize| {
                let city = rest.get(1..=length).map(|city| city.join(" "));
                city.is_some_and(|city| gazetteer.is_great_city(&city)) && self.known_follows(at + 1 + length)
            };
            // `female dr anderson cartersville ga`, `cardiologist dr anderson`: somebody's name.
            let ends = rest.len() == 2 || self.known_follows(at + 2) || gazetteer.is_state(&rest[2]);
            let is_name = || spelling::is_borne_by_person(self.snapshot, &rest[1..2]);
            let city = self.pieces > 0 && ends && gazetteer.is_great_city(&rest[1]) && !is_name();
            // `physical therapist dr salt lake city`
            let several = |length: usize| rest.len() == length + 1 && gazetteer.is_great_city(&rest[1..].join(" "));
            // `dr urgent care tampa`
            let specialties = &self.snapshot.lexicon.specialties;
            let kind = specialties
                .longest_prefix(&rest[1..])
                .is_some_and(|(_, taken)| taken > 1);
            let city = city || (self.pieces > 0 && (2..=3).any(several));
            if city || kind || (self.pieces == 0 && (1..=3).any(great)) {
                self.physician = Some(at);
                self.anybody = true;
                self.before = Before::Understood;
            } else {
                self.before = Before::Title;
            }
            return 1;
        }
        // `my id is 4421987`, `prof dr med ann ngo`, `a counselor called sarah`.
        if self.is_label(at) || (self.before == Before::Title && self.is_learned(at)) {
            return 1;
        }
        if self.calls(at) {
            self.before = Before::Title;
            return 1;
        }
        if self.before == Before::Title && self.everyday().is_filler(word) && !self.belongs_to_name(at) {
            // `dr near me`: nobody's title.
            self.physician = at.checked_sub(1).filter(|at| untold::is_physician(&words[*at]));
            self.before = Before::Nothing;
        }
        // `anthony do`: no credential, where somebody is called so.
        let family =
            matches!(word, "do" | "ma" | "lac" | "lat") && self.before == Before::Name && self.belongs_to_name(at);
        let ends = rest.len() == 1;
        if self.is_extra(word) && !family && !self.is_behind_unknown_town(at, ends) {
            return 1;
        }
        let of_name = self.belongs_to_name(at)
            || self.is_misspelt_surname(at)
            || self.is_called_like_a_day(at)
            || self.is_heard_surname(at);
        let of_name = of_name && !self.is_trade_behind_surname(at);
        // `dr jackson jackson ms`: the town and its state, whoever is called like both.
        let repeats = of_name && self.repeats_place(at);
        self.stated |= repeats;
        if of_name && !repeats {
            if let Some(taken) = self.town_of_titled(at) {
                self.understood();
                return taken;
            }
            if !self.town_begins(at) {
                self.name_word(at);
                return 1;
            }
            self.stated = true;
        }
        if let Some(taken) = self.moved_from(at).or_else(|| self.lives_now(at)) {
            self.understood();
            return taken;
        }
        if let Some(taken) = self.refused(at).or_else(|| self.negated(at)) {
            return taken + self.further_denied(at + taken);
        }
        if let Some(taken) = self
            .town_of_wish(at)
            .or_else(|| self.payer_at(at))
            .or_else(|| self.wish_at(at))
            .or_else(|| self.vague_place(at))
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
        if self.is_of_alarm(at) {
            self.understood();
            return 1;
        }
        // `seattle therapy pllc`: a house may be called so.
        if untold::is_physician(word) {
            self.physician = Some(at);
        }
        let company = spelling::CORPORATE.contains(&word);
        self.skipped += usize::from(company);
        if let Some(taken) = self.town_of_titled(at) {
            self.understood();
            return taken;
        }
        let says_nothing = self.everyday().is_filler(word) || untold::is_physician(word);
        if says_nothing || CREDENTIALS.contains(&word) || company {
            if self.before == Before::Name {
                self.before = Before::Understood;
            }
            if untold::is_anybody(word) {
                self.anybody = true;
                self.before = Before::Understood;
            }
            self.skipped += usize::from(self.everyday().is_common(word));
            return 1;
        }
        self.leftover += 1;
        if self.everyday().is_institution(word) && self.before != Before::Name {
            return 1;
        }
        // `hip pain after birth`: nobody called Burt.
        let untitled = !matches!(self.before, Before::Name | Before::Title);
        let borne = || {
            let pair = self.words.get(at..at + 2);
            spelling::is_borne_by_person(self.snapshot, &[word])
                || pair.is_some_and(|pair| spelling::is_borne(self.snapshot, pair))
        };
        if untitled && self.everyday().is_ordinary(word) && !borne() {
            self.ordinary.push(at);
            return 1;
        }
        // `dentist off highway 6 houston`: no name begins with the number.
        let before = self.before;
        self.name_word(at);
        if before == Before::Understood && word.bytes().all(|b| b.is_ascii_digit()) {
            self.before = before;
        }
        1
    }

    pub(super) fn everyday(&self) -> &'s EverydayWords {
        &self.snapshot.lexicon.everyday
    }

    pub(super) fn understood(&mut self) {
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
        self.before == Before::Name && (SUFFIXES.contains(&word) || licences::is_licence(word))
    }

    /// A word that a dictionary may know, but that is a name here: behind a title, or behind name words that are borne
    /// together with it.
    fn belongs_to_name(&self, at: usize) -> bool {
        let is_word = self.forced[at] == Some(Forced::Word);
        if is_word || self.words.len() > MOST_NAMED || self.words[at].bytes().any(|b| b.is_ascii_digit()) {
            return false;
        }
        let word = self.words[at].clone();
        // `dr robbins i think`: who speaks goes on.
        let goes_on = || {
            self.words
                .get(at + 1)
                .is_some_and(|next| self.everyday().is_filler(next))
        };
        if word == "i" && self.before == Before::Name && goes_on() {
            return false;
        }
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
                spelling::is_borne(self.snapshot, &name) || self.is_misspelt_name(at, &name)
            }
            Before::Nothing | Before::Understood => false,
        }
    }

    pub(super) fn name(&self) -> Vec<String> {
        self.named.iter().map(|at| self.words[*at].clone()).collect()
    }

    pub(super) fn payer_at(&mut self, at: usize) -> Option<usize> {
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

    pub(super) fn wish_at(&mut self, at: usize) -> Option<usize> {
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

    pub(super) fn place_term(&mut self, at: usize) -> Option<usize> {
        if self.reading.place.is_some() || self.reading.state.is_some() {
            return self
                .surer_place(at)
                .or_else(|| self.another_place(at))
                .or_else(|| self.nearer_place(at));
        }
        if let Some((place, taken)) = self.area_code_at(at) {
            self.term_at(at, taken, "place", place.label.clone());
            self.put_place(place);
            self.placed = at + taken;
            return Some(taken);
        }
        if !self.landmark_stands(at)
            && let Some(taken) = self.town_of_quarter(at)
        {
            return Some(taken);
        }
        let taken = self.place(at)?;
        self.bare_town = self.is_bare_town(&self.words[at..at + taken]);
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
    pub(super) fn term_at(&mut self, at: usize, taken: usize, kind: &'static str, value: String) {
        let tokens = &self.tokens[at..(at + taken).min(self.tokens.len())];
        self.reading.terms.push(Term::of(tokens, kind, value));
    }

    /// Adds to what is told of the text.
    pub(super) fn tell(&mut self, told: String) {
        self.reading.tell(told);
    }

    /// Settles what depends on the whole text.
    pub(super) fn finish(mut self) -> Reading {
        self.reading.titled = self.titled;
        self.take_surname_of_kind();
        self.settle_specialty();
        self.settle_kind();
        self.settle_unwanted();
        let is_short = self.words.len() <= MOST_NAMED;
        if is_short && self.reading.name.is_empty() {
            self.settle_name();
            self.surname_in_town();
            let name = self.reading.name.clone();
            self.reading.settle_town(&name, self.snapshot);
            self.settle_town_of_surname();
            self.weigh_other_towns();
        }
        for at in std::mem::take(&mut self.ordinary) {
            self.reading.leave_out(&self.words[at]);
        }
        self.settle_alarm();
        self.settle_profession();
        self.settle_reach();
        if !is_short {
            return self.reading;
        }
        if !self.reading.name.is_empty() {
            let first = self.named.iter().copied().min().unwrap_or(0);
            let last = self.named.iter().copied().max().unwrap_or(first);
            let others = self.reading.other_names.iter().map(|name| name.join(" "));
            let names: Vec<String> = std::iter::once(self.reading.name.join(" ")).chain(others).collect();
            let name = names.join("|");
            self.term_at(first, last + 1 - first, "name", name);
        }
        self.reading.terms.sort_by_key(|term| (term.start, term.end));
        self.reading
    }
}
