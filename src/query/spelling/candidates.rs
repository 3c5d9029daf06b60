//! The words that one word of a name may stand for, from the words of all segments and of the overlay.

use std::collections::BTreeMap;

use crate::index::Snapshot;
use crate::query::filter::tier;
use crate::vocab::vocabulary::{Vocabulary, Word};

/// Most candidates of one tier for one word.
const MOST_OF_A_TIER: usize = 6;
/// Nicknames stand for given names of at least so many letters.
const SHORTEST_NICKNAME: usize = 2;

/// A word that another may stand for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Candidate {
    /// The word.
    pub text: String,
    /// How far it is.
    pub tier: u8,
    /// How many providers bear it.
    pub bearers: u32,
}

/// The words of all names in a snapshot.
pub struct Words<'s> {
    /// The snapshot.
    pub snapshot: &'s Snapshot,
    /// Of what is in no segment yet.
    overlay: Vocabulary,
}

impl<'s> Words<'s> {
    /// Of a snapshot.
    pub fn new(snapshot: &'s Snapshot) -> Self {
        let spelt = snapshot.overlay.list.iter().flat_map(|changed| {
            let spellings = &changed.spellings;
            let all = if spellings.any.is_empty() {
                &spellings.current
            } else {
                &spellings.any
            };
            all.iter().map(|word| (word.clone(), 1))
        });
        Self {
            snapshot,
            overlay: Vocabulary::of_few(spelt.collect()),
        }
    }

    fn each(&self) -> impl Iterator<Item = &Vocabulary> {
        let segments = self.snapshot.segments.iter().map(|living| living.segment.vocabulary());
        segments.chain([&self.overlay])
    }

    /// How many providers bear a word.
    pub fn bearers(&self, word: &str) -> u32 {
        self.each().map(|words| words.bearers(word)).sum()
    }

    fn merged<'w>(&'w self, find: impl Fn(&'w Vocabulary) -> Vec<Word<'w>>) -> BTreeMap<&'w str, u32> {
        let mut merged = BTreeMap::new();
        for word in self.each().flat_map(find) {
            *merged.entry(word.text).or_default() += word.bearers;
        }
        merged
    }

    /// What a word may stand for, the best of each tier.
    pub fn candidates(&self, word: &str, nicknames: bool) -> Vec<Candidate> {
        let mut found: Vec<Candidate> = Vec::new();
        if nicknames && word.len() >= SHORTEST_NICKNAME {
            let table = &self.snapshot.lexicon.nicknames;
            let given = table.names_of(word).chain(table.nicknames_of(word));
            let given = given.map(|name| (name, self.bearers(name)));
            add(&mut found, given.collect(), tier::NICKNAME);
        }
        add(
            &mut found,
            self.merged(|words| words.sounding_like(word)),
            tier::PHONETIC,
        );
        add(&mut found, self.merged(|words| words.at_one_edit(word)), tier::TYPO);
        if found.iter().all(|known| known.tier == tier::NICKNAME) && self.bearers(word) == 0 {
            add(
                &mut found,
                self.merged(|words| words.at_two_edits(word)),
                tier::TWO_EDITS,
            );
        }
        found
    }
}

/// Adds the words that most bear, as candidates of a tier.
fn add(found: &mut Vec<Candidate>, words: BTreeMap<&str, u32>, tier: u8) {
    let new = words
        .into_iter()
        .filter(|(text, bearers)| *bearers > 0 && found.iter().all(|known| known.text != *text));
    let mut new: Vec<Candidate> = new
        .map(|(text, bearers)| Candidate {
            text: text.to_owned(),
            tier,
            bearers,
        })
        .collect();
    new.sort_by(|a, b| b.bearers.cmp(&a.bearers).then_with(|| a.text.cmp(&b.text)));
    new.truncate(MOST_OF_A_TIER);
    found.extend(new);
}
