//! Words of complaints that are towns and names, too: `when i brush`, `hurts to bend`, `every day`, `from the war`, `at camp`. The
//! words before them say that somebody tells of a thing or of what they do.

use super::{Before, Reader};

/// Behind these stands what somebody does, or a thing.
const DOING: &[&str] = &[
    "i", "you", "he", "she", "we", "they", "cant", "cannot", "can", "could", "couldnt", "dont", "doesnt", "didnt",
    "wont", "will", "would",
];
/// And behind these a thing, if no great city is called so: `my dallas doctor`.
const OF_THINGS: &[&str] = &[
    "a", "an", "each", "every", "her", "his", "its", "my", "our", "that", "their", "these", "this", "those", "your",
];
/// Behind these `to` says what is done, and not where to.
const ABLE: &[&str] = &[
    "able",
    "difficult",
    "hard",
    "harder",
    "have",
    "how",
    "hurt",
    "hurting",
    "hurts",
    "painful",
    "trying",
    "unable",
    "want",
    "wants",
];
/// Words that lead to a place, and to much else.
const WEAK_LEADS: &[&str] = &["at", "by", "from", "of", "to"];
/// So many people live in a town of one word that is meant behind them.
const TOWN: u32 = 2_000;
/// Behind these a word is a thing that somebody tells of.
const BEFORE_THING: &[&str] = &["a", "an", "the", "un", "una", "at", "from", "i", "cant", "when"];
/// Behind these it is one, whoever tells it.
const EACH: &[&str] = &["each", "every"];
/// And behind `of` and `the`, if these say which part of it.
const PART: &[&str] = &[
    "all",
    "beginning",
    "during",
    "end",
    "middle",
    "most",
    "of",
    "part",
    "start",
    "throughout",
];

impl Reader<'_, '_> {
    /// `hurts to bend`: what is done.
    pub(super) fn tells_of_doing(&self, at: usize) -> bool {
        let able = |before: usize| ABLE.contains(&self.words[before].as_str());
        self.words[at] == "to" && at.checked_sub(1).is_some_and(able)
    }

    /// Whether a word by itself is what somebody does, or a thing.
    pub(super) fn is_thing_or_deed(&self, at: usize) -> bool {
        let Some(before) = at.checked_sub(1) else {
            return false;
        };
        let word = self.words[before].as_str();
        let great = || self.snapshot.lexicon.gazetteer.is_great_city(&self.words[at]);
        let thing = OF_THINGS.contains(&word) && !great();
        // `from the war`
        let led = || {
            before
                .checked_sub(1)
                .is_some_and(|lead| WEAK_LEADS.contains(&self.words[lead].as_str()))
        };
        let told = thing
            || (word == "the" && led() && !great())
            || DOING.contains(&word)
            || self.tells_of_doing(before)
            || self.is_part_of(at);
        told && !self.known_follows(at + 1)
    }

    /// `my dallas dentist`: whose it is, and nothing else stands before.
    pub(super) fn is_described(&self, at: usize) -> bool {
        let before = at.checked_sub(1).map_or("", |before| self.words[before].as_str());
        self.before == Before::Nothing && OF_THINGS.contains(&before)
    }

    /// `at camp`, `from war`: a village that nobody means by its name alone behind such a word.
    pub(super) fn is_village_of_a_word(&self, at: usize, town: &str) -> bool {
        WEAK_LEADS.contains(&self.words[at].as_str()) && !self.snapshot.lexicon.gazetteer.is_town(town, TOWN)
    }

    /// `end of day`, `during the day`.
    fn is_part_of(&self, at: usize) -> bool {
        let word = |back: usize| at.checked_sub(back).map_or("", |at| self.words[at].as_str());
        EACH.contains(&word(1)) || (matches!(word(1), "of" | "the") && PART.contains(&word(2)))
    }

    /// `lost my keys houston`: a great city at the end of words that say nothing here, whoever is called so.
    pub(super) fn is_city_of_story(&self, name: &[String]) -> bool {
        let ends = self.named.last().is_some_and(|last| last + 1 == self.words.len());
        // `cant stop coughing boston`: other words stand there that are nobody's name.
        let others = self.words.len() > self.named.len() + 1;
        let told = (!self.ordinary.is_empty() || others) && !self.titled && self.pieces == 0;
        told && ends && self.snapshot.lexicon.gazetteer.is_great_city(&name.join(" "))
    }

    /// Whether the one word that is left is a thing and nobody's name: `my kid swallowed a penny`, `nose bleeds every day`.
    pub(super) fn is_thing(&self, at: usize, story: bool) -> bool {
        let before = at.checked_sub(1).map_or("", |before| self.words[before].as_str());
        self.is_part_of(at) || self.tells_of_doing(at.saturating_sub(1)) || (story && BEFORE_THING.contains(&before))
    }
}
