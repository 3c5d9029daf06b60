//! The provider taxonomy (NUCC) and what the words of professionals and patients stand for in it.
//!
//! A phrase stands for a set of codes, best first. Four sources know phrases, and the first that knows one decides:
//!
//! 1. our own words: the short codes (`CARDIOLOGY`, `cardiology`) together with the lay terms (`heart doctor`),
//! 2. display names (`Cardiovascular Disease Physician`),
//! 3. classifications, which stand for their base code (`Dermatology` for 207N00000X),
//! 4. specializations and shortened display names (`Cardiovascular Disease`): those of physicians and dentists if there are
//!    any, else those of others where they have more than one word (`Clinical`, `School` alone mean nothing).
//!
//! A NUCC code always stands for itself. `doctor`, `physician`, `specialist` say nothing alone and nothing more behind a phrase.

use std::{cmp::Ordering, collections::BTreeMap};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    phrases::Phrases,
    table::{Table, TableError},
};
use crate::vocab::names::{fold, words};

const COLUMNS: &[&str] = &[
    "code",
    "name",
    "grouping",
    "classification",
    "specialization",
    "section",
    "seed_codes",
];
const SYNONYM_COLUMNS: &[&str] = &["phrase", "code", "weight", "kind"];
const SYNONYM_KINDS: &[&str] = &["title", "condition", "body", "procedure", "spanish"];

/// Words that say that somebody is asked for, not who.
const GENERIC: &[&str] = &[
    "doctor",
    "doctors",
    "physician",
    "physicians",
    "specialist",
    "specialists",
    "provider",
    "providers",
    "practitioner",
    "practitioners",
];

/// Groupings whose specializations are understood without their classification.
const LEADING_GROUPINGS: &[&str] = &["Allopathic & Osteopathic Physicians", "Dental Providers"];

/// Folded phrases.
type PhraseSet = FxHashSet<Box<str>>;

/// The provider taxonomy (NUCC) with the words people use for its codes.
#[derive(Clone, Debug, Default)]
pub struct Specialties {
    /// Sorted by code.
    terms: Vec<SpecialtyTerm>,
    /// What phrases stand for; the numbers of `phrases` count these.
    meanings: Vec<Meaning>,
    phrases: Phrases,
    /// The phrases that are a condition, a part of the body or a procedure.
    conditions: PhraseSet,
}

/// One code of the provider taxonomy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SpecialtyTerm {
    /// Ten characters, `207RC0000X`.
    pub code: String,
    /// Display name, `Cardiovascular Disease Physician`.
    pub name: String,
    /// `Allopathic & Osteopathic Physicians`.
    pub grouping: String,
    /// `Internal Medicine`.
    pub classification: String,
    /// `Cardiovascular Disease`, or empty.
    pub specialization: String,
    /// Whether the code is for organisations (NUCC section Non-Individual, and groups).
    pub organizational: bool,
    /// Short codes of our own, `CARDIOLOGY`.
    pub seed_codes: Vec<String>,
}

#[derive(Clone, Debug)]
struct Meaning {
    codes: Vec<String>,
    /// The phrase as a person would write it.
    shown: String,
}

/// Where a phrase is from; the smaller decides.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    Own,
    Name,
    Classification,
    Leading,
    Other,
}

/// One reading of a phrase: a term, by its number, with a weight of 0 to 1.
struct Reading {
    source: Source,
    weight: f32,
    term: usize,
    shown: String,
}

impl Specialties {
    /// Reads `specialties.csv` (NUCC and the short codes) and `specialty_synonyms.csv`.
    ///
    /// # Errors
    /// Unknown columns, a malformed or repeated code, a short code used twice, a synonym whose code is none of
    /// `specialties.csv`, whose weight is not above 0 and at most 1, whose kind is unknown, or which repeats a row.
    pub fn parse(specialties: &str, synonyms: &str) -> Result<Self, TableError> {
        let terms = read_terms(specialties)?;
        let mut readings = Readings::default();
        for (number, term) in terms.iter().enumerate() {
            readings.add_term(number, term);
        }
        let (conditions, spanish) = read_synonyms(synonyms, &terms, &mut readings)?;
        let (mut phrases, meanings) = readings.settle(&terms);
        // Who types Spanish types on, where the words part.
        phrases.put_last(|phrase| spanish.contains(phrase));
        Ok(Self {
            terms,
            meanings,
            phrases,
            conditions,
        })
    }

    /// The term of a NUCC code.
    pub fn get(&self, code: &str) -> Option<&SpecialtyTerm> {
        let at = self.terms.binary_search_by(|t| t.code.as_str().cmp(code)).ok()?;
        self.terms.get(at)
    }

    /// Every phrase that stands for codes, folded.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        self.phrases.all()
    }

    /// Whether a folded phrase is a condition, a part of the body or a procedure, and no title.
    pub fn is_condition(&self, phrase: &str) -> bool {
        self.conditions.contains(phrase)
    }

    /// All terms, by code.
    pub fn iter(&self) -> impl Iterator<Item = &SpecialtyTerm> {
        self.terms.iter()
    }

    /// The codes that a NUCC code, a short code (`CARDIOLOGY`) or a whole phrase (`heart doctor`, `Cardiovascular Disease`)
    /// stands for, best first; empty where the words mean nothing here.
    pub fn resolve(&self, text: &str) -> &[String] {
        let text = text.trim();
        if text.len() == 10
            && let Some(term) = self.get(&text.to_ascii_uppercase())
        {
            return std::slice::from_ref(&term.code);
        }
        let mut words = words(&text.replace('&', " and "));
        loop {
            if let Some(number) = self.phrases.get_singular(&words.join(" ")) {
                return self.codes(number);
            }
            match words.pop() {
                Some(last) if GENERIC.contains(&last.as_str()) && !words.is_empty() => {}
                _ => return &[],
            }
        }
    }

    /// The longest phrase of the vocabulary at the start of these folded words: its codes and how many words it took.
    pub fn longest_prefix(&self, words: &[String]) -> Option<(&[String], usize)> {
        let (number, count) = self.phrases.longest_prefix(words)?;
        let generic = words.get(count).is_some_and(|w| GENERIC.contains(&w.as_str()));
        // `june physician assistant`: a phrase of its own.
        let assists = words
            .get(count + 1)
            .is_some_and(|w| matches!(w.as_str(), "assistant" | "assistants"));
        Some((self.codes(number), count + usize::from(generic && !assists)))
    }

    /// Up to `limit` display names or phrases near a text that resolves to nothing, nearest first; one for each set of codes.
    pub fn suggest(&self, text: &str, limit: usize) -> Vec<String> {
        let mut near: Vec<&Meaning> = Vec::new();
        for (_, number) in self.phrases.like(&fold(text)) {
            if let Some(meaning) = self.meanings.get(number as usize)
                && near.iter().all(|n| n.codes != meaning.codes)
            {
                near.push(meaning);
            }
            if near.len() == limit {
                break;
            }
        }
        near.into_iter().map(|m| m.shown.clone()).collect()
    }

    /// Phrases (folded) that start with a folded prefix, shortest first, Spanish ones behind the others: (phrase, codes).
    pub fn complete(&self, prefix: &str, limit: usize) -> Vec<(&str, &[String])> {
        let found = self.phrases.shortest_starting_with(prefix, limit);
        found.into_iter().map(|(phrase, n)| (phrase, self.codes(n))).collect()
    }

    fn codes(&self, number: u32) -> &[String] {
        self.meanings.get(number as usize).map_or(&[], |m| &m.codes)
    }
}

fn read_terms(text: &str) -> Result<Vec<SpecialtyTerm>, TableError> {
    let mut table = Table::open("specialties.csv", text, COLUMNS)?;
    let mut terms = BTreeMap::new();
    let mut short = FxHashMap::default();
    while let Some(row) = table.next()? {
        let code = row.required(0)?;
        let characters = code.bytes().all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if code.len() != 10 || !characters || !code.ends_with('X') {
            return Err(row.fault(format!("`{code}` is no NUCC code such as 207RC0000X")));
        }
        let organizational = match row.text(5) {
            "individual" => false,
            "organization" => true,
            other => return Err(row.fault(format!("`{other}` in `section` is neither individual nor organization"))),
        };
        let seed_codes: Vec<String> = row
            .text(6)
            .split('|')
            .filter(|s| !s.is_empty())
            .map(str::to_owned)
            .collect();
        for seed in &seed_codes {
            if seed
                .bytes()
                .any(|b| !(b.is_ascii_uppercase() || b.is_ascii_digit() || b == b'_'))
            {
                return Err(row.fault(format!("`{seed}` in `seed_codes` is not written like GENERAL_PRACTICE")));
            }
            if let Some(other) = short.insert(seed.clone(), code.to_owned()) {
                return Err(row.fault(format!("the short code `{seed}` belongs to {other} already")));
            }
        }
        let term = SpecialtyTerm {
            code: code.to_owned(),
            name: row.required(1)?.to_owned(),
            grouping: row.required(2)?.to_owned(),
            classification: row.required(3)?.to_owned(),
            specialization: row.text(4).to_owned(),
            organizational,
            seed_codes,
        };
        if terms.insert(term.code.clone(), term).is_some() {
            return Err(row.fault(format!("the code `{code}` is there twice")));
        }
    }
    Ok(terms.into_values().collect())
}

/// Reads the synonyms, and says which of them are no titles but what somebody has or wants done.
fn read_synonyms(
    text: &str,
    terms: &[SpecialtyTerm],
    readings: &mut Readings,
) -> Result<(PhraseSet, PhraseSet), TableError> {
    let mut table = Table::open("specialty_synonyms.csv", text, SYNONYM_COLUMNS)?;
    let mut seen = FxHashSet::default();
    let (mut conditions, mut spanish) = (FxHashSet::default(), FxHashSet::default());
    while let Some(row) = table.next()? {
        let (phrase, code) = (row.required(0)?, row.required(1)?);
        let Ok(term) = terms.binary_search_by(|t| t.code.as_str().cmp(code)) else {
            return Err(row.fault(format!("the code `{code}` is not in specialties.csv")));
        };
        let weight: f32 = row.number(2)?;
        if !(weight > 0.0 && weight <= 1.0) {
            return Err(row.fault(format!("the weight {weight} is not above 0 and at most 1")));
        }
        if !SYNONYM_KINDS.contains(&row.text(3)) {
            return Err(row.fault(format!(
                "`{}` in `kind` is none of {}",
                row.text(3),
                SYNONYM_KINDS.join(", ")
            )));
        }
        let key = fold(phrase);
        if key.is_empty() || GENERIC.contains(&key.as_str()) {
            return Err(row.fault(format!("`{phrase}` says nothing about a specialty")));
        }
        if matches!(row.text(3), "condition" | "body" | "procedure") {
            conditions.insert(key.as_str().into());
        }
        if row.text(3) == "spanish" {
            spanish.insert(key.as_str().into());
        }
        if !seen.insert((key, term)) {
            return Err(row.fault(format!("`{phrase}` leads to {code} twice")));
        }
        readings.add(phrase, Source::Own, weight, term);
    }
    Ok((conditions, spanish))
}

/// All readings of all phrases, before it is settled which hold.
#[derive(Default)]
struct Readings {
    by_phrase: FxHashMap<Box<str>, Vec<Reading>>,
}

impl Readings {
    fn add(&mut self, phrase: &str, source: Source, weight: f32, term: usize) {
        let mut words = words(&phrase.replace('&', " and "));
        let shown = phrase.to_owned();
        // `Obstetrics & Gynecology` is said with and without the `and`, `orthopaedic` is spelled in two ways.
        for _ in 0..2 {
            let key = words.join(" ");
            if !key.is_empty() && !GENERIC.contains(&key.as_str()) {
                let reading = Reading {
                    source,
                    weight,
                    term,
                    shown: shown.clone(),
                };
                self.by_phrase
                    .entry(key.replace("orthopaedic", "orthopedic").into())
                    .or_default()
                    .push(Reading {
                        shown: shown.clone(),
                        ..reading
                    });
                if key.contains("orthopaedic") {
                    self.by_phrase.entry(key.into()).or_default().push(reading);
                }
            }
            if !phrase.contains('&') {
                break;
            }
            words.retain(|w| w != "and");
        }
    }

    fn add_term(&mut self, number: usize, term: &SpecialtyTerm) {
        for seed in &term.seed_codes {
            self.add(&seed.to_ascii_lowercase().replace('_', " "), Source::Own, 1.0, number);
        }
        self.add(&term.name, Source::Name, 1.0, number);
        if term.specialization.is_empty() {
            self.add(&term.classification, Source::Classification, 1.0, number);
        }
        let shortened = shorten(&term.name);
        for phrase in [term.specialization.as_str(), shortened.as_str()] {
            if LEADING_GROUPINGS.contains(&term.grouping.as_str()) {
                self.add(phrase, Source::Leading, 1.0, number);
            } else if words(phrase).len() > 1 {
                self.add(phrase, Source::Other, 1.0, number);
            }
        }
    }

    /// Lets the first source decide for each phrase, and puts its codes in order.
    fn settle(self, terms: &[SpecialtyTerm]) -> (Phrases, Vec<Meaning>) {
        let mut meanings = Vec::new();
        let mut numbered = Vec::new();
        for (phrase, mut readings) in self.by_phrase {
            readings.sort_by(|a, b| {
                let heavier = b.weight.partial_cmp(&a.weight).unwrap_or(Ordering::Equal);
                a.source
                    .cmp(&b.source)
                    .then(heavier)
                    .then(rank(a, terms).cmp(&rank(b, terms)))
            });
            let deciding = readings[0].source;
            let mut codes: Vec<String> = Vec::new();
            for reading in readings.iter().filter(|r| r.source == deciding) {
                let code = &terms[reading.term].code;
                if !codes.contains(code) {
                    codes.push(code.clone());
                }
            }
            numbered.push((phrase, meanings.len() as u32));
            meanings.push(Meaning {
                codes,
                shown: readings.swap_remove(0).shown,
            });
        }
        (Phrases::new(numbered), meanings)
    }
}

/// Among readings of one weight: the short code's own term first, then physicians, then the order of the codes.
fn rank(reading: &Reading, terms: &[SpecialtyTerm]) -> (bool, bool, usize) {
    let term = &terms[reading.term];
    let own = reading.source == Source::Own && term.seed_codes.is_empty();
    (own, !LEADING_GROUPINGS.contains(&term.grouping.as_str()), reading.term)
}

/// A display name without `Physician` and what stands in parentheses: `Hematology (Pathology) Physician` -> `Hematology`.
fn shorten(name: &str) -> String {
    let name = name.strip_suffix(" Physician").unwrap_or(name);
    name.split(" (").next().unwrap_or(name).to_owned()
}
