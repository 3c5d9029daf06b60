//! Phrases of one or several folded words, found whole, by the longest beginning of a text, by prefix, or by likeness.

use rustc_hash::FxHashMap;

/// Likeness (Jaro-Winkler) below which a phrase is no suggestion.
const LIKE: f64 = 0.8;
/// What those that are put last fall behind others that are as like.
const BEHIND: f64 = 0.03;
/// Shorter phrases are no completion of a single letter: who types `c` has more to say than `ct`.
const SHORTEST: usize = 4;
/// Bytes of a text up to which phrases like it are looked for.
const LONGEST_LIKE: usize = 80;

/// Each phrase leads to the number of what it stands for.
#[derive(Clone, Debug, Default)]
pub(super) struct Phrases {
    numbers: FxHashMap<Box<str>, u32>,
    /// First words, so that most texts are dismissed without being joined; and the most words of a phrase that begins so.
    first_words: FxHashMap<Box<str>, usize>,
    /// Sorted, for prefixes.
    sorted: Vec<Box<str>>,
    /// Of each of these, whether it is completed to after all others.
    last: Vec<bool>,
}

impl Phrases {
    /// The phrases with their numbers. A phrase is folded words joined by single spaces.
    pub(super) fn new(phrases: impl IntoIterator<Item = (Box<str>, u32)>) -> Self {
        let numbers: FxHashMap<Box<str>, u32> = phrases.into_iter().collect();
        let mut sorted: Vec<_> = numbers.keys().cloned().collect();
        sorted.sort_unstable();
        let mut first_words = FxHashMap::<Box<str>, usize>::default();
        for phrase in &sorted {
            let first = phrase.split(' ').next().unwrap_or_default();
            let longest = first_words.entry(first.into()).or_default();
            *longest = (*longest).max(phrase.split(' ').count());
        }
        Self {
            first_words,
            last: vec![false; sorted.len()],
            sorted,
            numbers,
        }
    }

    /// Puts some phrases behind all others that begin alike.
    pub(super) fn put_last(&mut self, is_last: impl Fn(&str) -> bool) {
        self.last = self.sorted.iter().map(|phrase| is_last(phrase)).collect();
    }

    /// All phrases, in alphabetical order.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        self.sorted.iter().map(AsRef::as_ref)
    }

    /// The number of exactly this phrase.
    pub(super) fn get(&self, phrase: &str) -> Option<u32> {
        self.numbers.get(phrase).copied()
    }

    /// The number of this phrase or of its singular.
    pub(super) fn get_singular(&self, phrase: &str) -> Option<u32> {
        self.get(phrase).or_else(|| {
            let (stem, ending) = match phrase.strip_suffix("ies") {
                Some(stem) => (stem, "y"),
                None => (phrase.strip_suffix('s')?, ""),
            };
            self.get(&[stem, ending].concat())
        })
    }

    /// The longest phrase at the start of these words, singular or plural: its number and how many words it took.
    pub(super) fn longest_prefix(&self, words: &[String]) -> Option<(u32, usize)> {
        let first = words.first()?.as_str();
        let singular = first.strip_suffix('s').unwrap_or(first);
        // `allergies` stands for `allergy`, and is a phrase of one word then.
        let alone = first.ends_with("ies").then_some(1);
        let longest = |word: &str| self.first_words.get(word).copied();
        let most = longest(first).max(longest(singular)).max(alone)?.min(words.len());
        let mut text = words[..most].join(" ");
        for count in (1..=most).rev() {
            if let Some(number) = self.get_singular(&text) {
                return Some((number, count));
            }
            text.truncate(text.len().saturating_sub(words[count - 1].len() + 1));
        }
        None
    }

    /// Up to `limit` of the phrases that start with `prefix`: the shortest ones, in alphabetical order where they are as
    /// long; those that are put last behind all others.
    pub(super) fn shortest_starting_with(&self, prefix: &str, limit: usize) -> Vec<(&str, u32)> {
        let start = self.sorted.partition_point(|p| **p < *prefix);
        let length = self.sorted[start..].partition_point(|p| p.starts_with(prefix));
        let order = |at: usize| {
            let (phrase, last) = (&self.sorted[at], self.last[at]);
            (last || (prefix.len() == 1 && phrase.len() < SHORTEST), phrase.len())
        };
        let mut shortest: Vec<usize> = Vec::with_capacity(limit + 1);
        // Hundreds begin with one letter: each is only looked at for its length.
        for at in start..start + length {
            if shortest.len() < limit || shortest.last().is_some_and(|last| order(at) < order(*last)) {
                let place = shortest.partition_point(|known| order(*known) <= order(at));
                shortest.insert(place, at);
                shortest.truncate(limit);
            }
        }
        let phrases = shortest.into_iter().map(|at| self.sorted[at].as_ref());
        phrases.map(|phrase| (phrase, self.numbers[phrase])).collect()
    }

    /// The phrases like `text`, the likest first. A text that is longer than any phrase with slips in it is like none: to
    /// compare it with all of them would take seconds.
    pub(super) fn like(&self, text: &str) -> Vec<(&str, u32)> {
        if text.len() > LONGEST_LIKE {
            return Vec::new();
        }
        let likeness = |p: &str| {
            let by_word = p
                .split(' ')
                .map(|w| strsim::jaro_winkler(w, text) - 0.05)
                .fold(0.0, f64::max);
            strsim::jaro_winkler(p, text).max(by_word)
        };
        let is_last = |at: usize| self.last.get(at).is_some_and(|last| *last);
        let behind = |at: usize| if is_last(at) { BEHIND } else { 0.0 };
        let mut found: Vec<(f64, &str)> = self
            .sorted
            .iter()
            .enumerate()
            .map(|(at, p)| (likeness(p) - behind(at), p.as_ref()))
            .filter(|(likeness, _)| *likeness >= LIKE)
            .collect();
        found.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(b.1)));
        found.into_iter().map(|(_, p)| (p, self.numbers[p])).collect()
    }
}
