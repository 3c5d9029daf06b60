//! Many words with how often they occur, and the ways from a word as typed to the words it may stand for: one edit (an
//! index of deletions), two edits (a scan over bit masks), and the same sound (Double Metaphone).
//!
//! Of the words of names there are some 200,000 for nine million providers.

use std::hash::{BuildHasher, Hasher};

use rphonetic::DoubleMetaphone;

use super::likeness::Typed;

/// Shorter words are taken as they are: `Li`, `Ng`, `Kim` are whole names.
pub const SHORTEST_MISSPELT: usize = 4;
/// Shorter words sound like too much else.
pub const SHORTEST_SOUND: usize = 5;
/// Shorter words are not compared at two edits.
pub const SHORTEST_TWO_EDITS: usize = 6;
/// Longer ones are no words that anybody types.
pub const LONGEST: usize = 40;
/// Words whose letters are compared at once.
const STRETCH: usize = 8;
/// Letters of a Double Metaphone key.
const KEY_LENGTH: usize = 8;

/// A word of the vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'v> {
    /// As folded.
    pub text: &'v str,
    /// How many providers bear it.
    pub bearers: u32,
}

/// Words, and an index of them.
#[derive(Clone, Debug, Default)]
pub struct Vocabulary {
    /// All words one after another, sorted.
    text: String,
    /// Where each begins, and where the last ends.
    starts: Vec<u32>,
    bearers: Vec<u32>,
    /// Which letters each has, see [`letters`].
    letters: Vec<u32>,
    /// From the word, or the word without one letter.
    shortened: Ways,
    /// From how it sounds.
    sounds: Ways,
    /// Whether the two above are filled.
    indexed: bool,
}

impl Vocabulary {
    /// Of a few words with the number of those who bear them: quick to make, they are read one by one.
    pub fn of_few(mut words: Vec<(String, u32)>) -> Self {
        words.sort_unstable();
        words.dedup_by(|next, kept| {
            let same = next.0 == kept.0;
            if same {
                kept.1 += next.1;
            }
            same
        });
        let mut made = Self::default();
        for (word, bearers) in &words {
            made.starts.push(made.text.len() as u32);
            made.text.push_str(word);
            made.bearers.push(*bearers);
            made.letters.push(letters(word));
        }
        made.starts.push(made.text.len() as u32);
        made
    }

    /// Of many words: with an index of them.
    pub fn of_many(words: Vec<(String, u32)>) -> Self {
        let mut made = Self::of_few(words);
        let metaphone = DoubleMetaphone::new(Some(KEY_LENGTH));
        let (mut short, mut sound) = (Vec::new(), Vec::new());
        for number in 0..made.len() as u32 {
            let word = made.word(number).text;
            if is_spelt(word, SHORTEST_MISSPELT) {
                short.extend(shortened(word).map(|hash| (hash, number)));
                let keys = sounds(&metaphone, word).into_iter().filter(|key| *key != 0);
                sound.extend(keys.map(|hash| (hash, number)));
            }
        }
        (made.shortened, made.sounds, made.indexed) = (Ways::of(short), Ways::of(sound), true);
        made
    }

    fn word(&self, number: u32) -> Word<'_> {
        let at = number as usize;
        Word {
            text: &self.text[self.starts[at] as usize..self.starts[at + 1] as usize],
            bearers: self.bearers[at],
        }
    }

    /// How many words there are.
    pub fn len(&self) -> usize {
        self.bearers.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.bearers.is_empty()
    }

    /// How many providers bear a word, dead ones included.
    pub fn bearers(&self, word: &str) -> u32 {
        let (mut low, mut high) = (0, self.len() as u32);
        while low < high {
            let middle = (low + high) / 2;
            let found = self.word(middle);
            match found.text.cmp(word) {
                std::cmp::Ordering::Less => low = middle + 1,
                std::cmp::Ordering::Greater => high = middle,
                std::cmp::Ordering::Equal => return found.bearers,
            }
        }
        0
    }

    /// The words at one edit (a letter more, less or other, or two neighbours swapped) from a word.
    pub fn at_one_edit(&self, word: &str) -> Vec<Word<'_>> {
        let Some(typed) = typed(word, SHORTEST_MISSPELT) else {
            return Vec::new();
        };
        let mut numbers: Vec<u32> = if self.indexed {
            shortened(word)
                .flat_map(|hash| self.shortened.numbers_of(hash))
                .collect()
        } else {
            self.within_edits::<1>(word)
        };
        numbers.sort_unstable();
        numbers.dedup();
        let words = numbers.into_iter().map(|number| self.word(number));
        words
            .filter(|found| is_spelt(found.text, SHORTEST_MISSPELT) && typed.edits(found.text) == 1)
            .collect()
    }

    /// The words at two edits. Reads all masks, so only for a word that nothing nearer was found for.
    pub fn at_two_edits(&self, word: &str) -> Vec<Word<'_>> {
        let Some(typed) = typed(word, SHORTEST_TWO_EDITS) else {
            return Vec::new();
        };
        let words = self.within_edits::<2>(word).into_iter();
        let words = words.map(|number| self.word(number));
        words.filter(|found| is_at_two_edits(&typed, found.text)).collect()
    }

    /// The words that sound the same and are written not too differently.
    pub fn sounding_like(&self, word: &Sounding<'_>) -> Vec<Word<'_>> {
        let Some(typed) = &word.typed else { return Vec::new() };
        if !self.indexed {
            let alike = self.with_letters_like(typed.text(), 8).map(|number| self.word(number));
            let same_sound = alike.filter(|found| word.sounds_like(&Shape::of(found.text)));
            return same_sound.filter(|found| word.is_written_like(found.text)).collect();
        }
        let mut numbers: Vec<u32> = word.keys().flat_map(|hash| self.sounds.numbers_of(hash)).collect();
        numbers.sort_unstable();
        numbers.dedup();
        let words = numbers.into_iter().map(|number| self.word(number));
        words.filter(|found| word.is_written_like(found.text)).collect()
    }

    /// The numbers of the words that so many edits may make of a word, by their letters: an edit brings in one letter at most,
    /// and takes out one. All words are asked, a [`STRETCH`] of them at a time, without a branch for each.
    fn within_edits<const EDITS: usize>(&self, word: &str) -> Vec<u32> {
        let own = letters(word);
        let may_be =
            |letters: u32| without_lowest::<EDITS>(letters & !own) | without_lowest::<EDITS>(own & !letters) == 0;
        let mut found = Vec::new();
        for (stretch, letters) in self.letters.chunks(STRETCH).enumerate() {
            if letters.iter().fold(false, |any, letters| any | may_be(*letters)) {
                let numbers = (stretch * STRETCH) as u32..;
                let near = numbers.zip(letters).filter(|(_, letters)| may_be(**letters));
                found.extend(near.map(|(number, _)| number));
            }
        }
        found
    }

    /// The numbers of the words that have the same letters as a word but for a few.
    fn with_letters_like(&self, word: &str, most: u32) -> impl Iterator<Item = u32> {
        let own = letters(word);
        let numbers = (0..).zip(&self.letters);
        numbers
            .filter(move |(_, letters)| (**letters ^ own).count_ones() <= most)
            .map(|(number, _)| number)
    }
}

/// What a word is told apart by before its letters are read.
#[derive(Clone, Copy, Debug)]
pub struct Shape {
    /// Its first letters, the very first one in the highest byte.
    head: u32,
    /// Which letters it has.
    letters: u32,
    /// How it sounds, hashed: once or twice the same, or in two ways. 0 where it is too short or no word.
    sounds: [u32; 2],
}

impl Shape {
    /// Of a word. Finding out how it sounds takes a microsecond.
    pub fn of(word: &str) -> Self {
        let keys = if is_spelt(word, SHORTEST_MISSPELT) {
            sounds(&DoubleMetaphone::new(Some(KEY_LENGTH)), word)
        } else {
            [0; 2]
        };
        Self {
            head: head(word),
            letters: letters(word),
            sounds: keys,
        }
    }

    /// Whether a word of this shape may begin with a text.
    pub fn may_begin_with(&self, beginning: &Self) -> bool {
        // The text has no more letters where its head has none.
        let length = 4 - beginning.head.trailing_zeros() / 8;
        let mask = u32::MAX.checked_shl(8 * (4 - length)).unwrap_or(0);
        self.head & mask == beginning.head
    }

    /// Whether a word of this shape may be so many edits from one of another shape.
    pub fn may_be_at(&self, edits: u32, other: &Self) -> bool {
        (self.letters ^ other.letters).count_ones() <= 2 * edits
    }
}

/// The first letters of a word, as a number.
fn head(word: &str) -> u32 {
    (0..4).fold(0, |head, at| {
        head << 8 | u32::from(word.as_bytes().get(at).copied().unwrap_or(0))
    })
}

/// Whether a word is one edit, or two, from a word as typed.
pub fn is_at(edits: u32, word: &str, typed: &Typed<'_>) -> bool {
    match edits {
        1 => {
            is_spelt(typed.text(), SHORTEST_MISSPELT)
                && is_spelt(word, SHORTEST_MISSPELT)
                && word.len().abs_diff(typed.text().len()) <= 1
                && typed.edits(word) == 1
        }
        _ => is_spelt(typed.text(), SHORTEST_TWO_EDITS) && is_at_two_edits(typed, word),
    }
}

/// A word as typed, with how it sounds.
pub struct Sounding<'t> {
    /// None: too short to sound like anything, or no word.
    typed: Option<Typed<'t>>,
    sounds: [u32; 2],
}

impl<'t> Sounding<'t> {
    /// Of a word.
    pub fn new(word: &'t str) -> Self {
        let typed = typed(word, SHORTEST_SOUND);
        let sounds = match &typed {
            Some(_) => sounds(&DoubleMetaphone::new(Some(KEY_LENGTH)), word),
            None => [0; 2],
        };
        Self { typed, sounds }
    }

    /// Whether words of a shape sound the same.
    pub fn sounds_like(&self, shape: &Shape) -> bool {
        self.keys().any(|key| shape.sounds.contains(&key))
    }

    /// Whether a word, which sounds the same, is another and written not too differently.
    pub fn is_written_like(&self, word: &str) -> bool {
        let typed = self.typed.as_ref();
        typed.is_some_and(|typed| word != typed.text() && is_alike(typed, word))
    }

    fn keys(&self) -> impl Iterator<Item = u32> {
        let [first, second] = self.sounds;
        let different = if first == second { 1 } else { 2 };
        [first, second].into_iter().take(different).filter(|key| *key != 0)
    }
}

fn typed(word: &str, shortest: usize) -> Option<Typed<'_>> {
    Typed::new(word).filter(|_| is_spelt(word, shortest))
}

fn is_at_two_edits(typed: &Typed<'_>, word: &str) -> bool {
    word.len().abs_diff(typed.text().len()) <= 2 && is_spelt(word, SHORTEST_MISSPELT) && typed.edits(word) == 2
}

/// A key that is one consonant is shared by hundreds of words: letters must agree, too.
fn is_alike(typed: &Typed<'_>, word: &str) -> bool {
    typed.edits(word) as usize * 3 <= word.len().max(typed.text().len()) || typed.likeness(word) >= 0.75
}

/// Whether a word has the length and the letters of one that can be misspelt.
fn is_spelt(word: &str, shortest: usize) -> bool {
    (shortest..=LONGEST).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_lowercase())
}

/// The bits without the lowest ones that are set.
fn without_lowest<const COUNT: usize>(mut bits: u32) -> u32 {
    for _ in 0..COUNT {
        bits &= bits.wrapping_sub(1);
    }
    bits
}

/// One bit for each letter that occurs.
fn letters(word: &str) -> u32 {
    word.bytes().fold(0, |bits, b| {
        bits | 1
            << match b {
                b'a'..=b'z' => u32::from(b - b'a'),
                _ => 26 + u32::from(b) % 6,
            }
    })
}

fn hash(parts: [&str; 2]) -> u32 {
    let mut hasher = rustc_hash::FxBuildHasher.build_hasher();
    // Byte by byte, so that the hash does not depend on where the parts meet.
    for byte in parts.into_iter().flat_map(str::bytes) {
        hasher.write_u8(byte);
    }
    let hash = hasher.finish();
    (hash ^ hash >> 32) as u32
}

/// The word, and the word without each of its letters, hashed.
fn shortened(word: &str) -> impl Iterator<Item = u32> {
    let without = (0..word.len()).map(move |at| hash([&word[..at], &word[at + 1..]]));
    std::iter::once(hash([word, ""])).chain(without)
}

/// The two ways in which a word sounds, hashed; twice the same where there is but one, 0 where it has no sound.
fn sounds(metaphone: &DoubleMetaphone, word: &str) -> [u32; 2] {
    let key = metaphone.double_metaphone(word);
    let hashed = |key: &str| if key.is_empty() { 0 } else { hash([key, ""]).max(1) };
    let (primary, alternate) = (hashed(&key.primary()), hashed(&key.alternate()));
    match (primary, alternate) {
        (0, other) | (other, 0) => [other; 2],
        both => both.into(),
    }
}

/// The ways from hashes to the numbers of words.
#[derive(Clone, Debug, Default)]
struct Ways {
    /// Where those begin whose hashes have the same upper half, and where the last end: a search among all of them would miss
    /// the cache at every step.
    starts: Vec<u32>,
    /// (hash, number of the word), sorted.
    pairs: Vec<(u32, u32)>,
}

impl Ways {
    fn of(mut pairs: Vec<(u32, u32)>) -> Self {
        pairs.sort_unstable();
        pairs.dedup();
        let mut starts = Vec::with_capacity(usize::from(u16::MAX) + 2);
        let mut at = 0;
        for upper in 0..=u32::from(u16::MAX) {
            starts.push(at as u32);
            at += pairs[at..].iter().take_while(|(hash, _)| hash >> 16 == upper).count();
        }
        starts.push(at as u32);
        Self { starts, pairs }
    }

    /// The numbers that a hash leads to.
    fn numbers_of(&self, hash: u32) -> impl Iterator<Item = u32> {
        let upper = (hash >> 16) as usize;
        let alike = &self.pairs[self.starts[upper] as usize..self.starts[upper + 1] as usize];
        let same = alike.iter().skip_while(move |(known, _)| *known < hash);
        same.take_while(move |(known, _)| *known == hash)
            .map(|(_, number)| *number)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_shape_shows_how_a_word_begins() {
        let word = Shape::of("smithers");
        for (beginning, may) in [
            ("s", true),
            ("smi", true),
            ("smit", true),
            ("smithx", true),
            ("t", false),
            ("smx", false),
        ] {
            assert_eq!(word.may_begin_with(&Shape::of(beginning)), may, "{beginning}");
        }
        assert!(!Shape::of("sm").may_begin_with(&Shape::of("smi")) && Shape::of("sm").may_begin_with(&Shape::of("sm")));
    }

    fn texts(words: Vec<Word<'_>>) -> Vec<&str> {
        words.into_iter().map(|word| word.text).collect()
    }

    #[test]
    fn a_word_leads_to_those_it_may_stand_for() {
        let words = [
            "gonzalez",
            "gonzales",
            "smith",
            "smyth",
            "kathryn",
            "catherine",
            "kim",
            "kam",
            "li",
            "ngo",
            "nguyen",
            "schmidt",
            "anderson",
            "andersen",
        ];
        let words = words.map(|word| (word.to_owned(), 2)).to_vec();
        for vocabulary in [Vocabulary::of_many(words.clone()), Vocabulary::of_few(words)] {
            check(&vocabulary);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(300))]
        #[test]
        fn words_at_edits_are_those_that_a_reading_of_all_finds(
            words in proptest::collection::vec("[a-e]{4,9}|[a-z]{4,12}", 1..60),
            typed in "[a-e]{6,9}",
        ) {
            let words: Vec<(String, u32)> = words.into_iter().map(|word| (word, 1)).collect();
            let at = |edits: usize| {
                let mut all: Vec<&str> = words.iter().map(|(word, _)| word.as_str()).collect();
                all.retain(|word| strsim::osa_distance(word, &typed) == edits);
                all.sort_unstable();
                all.dedup();
                all
            };
            for vocabulary in [Vocabulary::of_many(words.clone()), Vocabulary::of_few(words.clone())] {
                prop_assert_eq!(texts(vocabulary.at_one_edit(&typed)), at(1));
                prop_assert_eq!(texts(vocabulary.at_two_edits(&typed)), at(2));
            }
        }
    }

    fn check(vocabulary: &Vocabulary) {
        assert_eq!(texts(vocabulary.at_one_edit("gonzales")), ["gonzalez"]);
        assert_eq!(texts(vocabulary.at_one_edit("hgonzalez")), ["gonzalez"]);
        assert_eq!(texts(vocabulary.at_one_edit("mgonzalez")), ["gonzalez"]);
        assert_eq!(texts(vocabulary.at_one_edit("nguyne")), ["nguyen"]);
        assert_eq!(texts(vocabulary.at_one_edit("bguyen")), ["nguyen"]);
        assert_eq!(texts(vocabulary.at_two_edits("shmitd")), ["schmidt", "smith"]);
        assert_eq!(
            texts(vocabulary.sounding_like(&Sounding::new("smithe"))),
            ["smith", "smyth"]
        );
        assert_eq!(
            texts(vocabulary.sounding_like(&Sounding::new("katherine"))),
            ["catherine", "kathryn"]
        );
        assert_eq!((vocabulary.bearers("kim"), vocabulary.bearers("kin")), (2, 0));
        for short in ["kim", "li", "ng"] {
            assert!(
                vocabulary.at_one_edit(short).is_empty() && vocabulary.sounding_like(&Sounding::new(short)).is_empty()
            );
        }
    }
}
