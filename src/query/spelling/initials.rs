//! Initials: `J. A. Smith` may be Jane Alice Smith, and `Jane Alice Smith` may be listed as Jane A. Smith.

use std::collections::BTreeMap;

use super::{MOST_WORDS, is_borne};
use crate::index::Snapshot;
use crate::query::{
    changed,
    filter::{NameWanted, tier},
    matches::{in_field, while_in_all},
};

/// Of so many providers, the best of those who bear the whole words, names that begin with the initials are gathered.
const MOST_READ: usize = 256;
/// Most names that one name with initials is expanded into: those that most of them bear.
const MOST: usize = 24;

/// The names that a name may stand for if initials are names, or names initials.
pub fn of(snapshot: &Snapshot, words: &[String]) -> Vec<NameWanted> {
    if words.len() < 2 || words.len() > MOST_WORDS {
        return Vec::new();
    }
    let is_initial = |word: &&String| word.len() == 1 && word.bytes().all(|b| b.is_ascii_lowercase());
    let initials: Vec<String> = words.iter().filter(is_initial).cloned().collect();
    let whole: Vec<String> = words.iter().filter(|word| !is_initial(word)).cloned().collect();
    let mut found = Vec::new();
    if !initials.is_empty() && !whole.is_empty() {
        found = spelt_out(snapshot, &initials, &whole);
    }
    if !is_borne(snapshot, words) {
        found.extend(abbreviated(words).filter(|name| is_borne(snapshot, name)));
    }
    let mut names: Vec<NameWanted> = Vec::new();
    for words in found {
        if names.iter().all(|known| known.words != words) {
            names.push(NameWanted {
                words,
                tier: tier::INITIAL,
            });
        }
    }
    names
}

/// Words between the first and the last are written as an initial, or not at all.
fn abbreviated(words: &[String]) -> impl Iterator<Item = Vec<String>> {
    let middle = 1..words.len().saturating_sub(1);
    middle.flat_map(move |at| {
        let mut short = words.to_vec();
        short[at].truncate(1);
        let mut without = words.to_vec();
        without.remove(at);
        [short, without].into_iter().filter(move |name| name != words)
    })
}

/// The names of those who bear the whole words and, for each initial, another word that begins with it.
fn spelt_out(snapshot: &Snapshot, initials: &[String], whole: &[String]) -> Vec<Vec<String>> {
    let mut borne: BTreeMap<Vec<String>, usize> = BTreeMap::new();
    let mut note = |name: Vec<&str>| {
        if let Some(name) = with_initials(name, initials, whole) {
            *borne.entry(name).or_default() += 1;
        }
    };
    for living in &snapshot.segments {
        let segment = &living.segment;
        let fields = segment.fields();
        let mut terms = in_field(fields.name, whole);
        terms.extend(initials.iter().map(|initial| (fields.edge, initial.as_str())));
        let mut read = 0;
        // A segment that cannot be read has nobody; the search itself will say why.
        let _ = while_in_all(segment, &terms, |provider| {
            if living.is_alive(provider)
                && let Some(location) = segment.locations_of(provider).first()
            {
                note(segment.record(*location).words.split(' ').collect());
                read += 1;
            }
            read < MOST_READ
        });
    }
    for changed in changed::bearers(snapshot, whole).take(MOST_READ) {
        note(changed.spellings.current.iter().map(String::as_str).collect());
    }
    let mut names: Vec<(Vec<String>, usize)> = borne.into_iter().collect();
    names.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
    names.truncate(MOST);
    names.into_iter().map(|(name, _)| name).collect()
}

/// The words that the initials stand for in a name, with the whole words. `None`: it has none for one of them, or it has nothing
/// but the initials themselves.
fn with_initials(mut free: Vec<&str>, initials: &[String], whole: &[String]) -> Option<Vec<String>> {
    free.retain(|word| !whole.iter().any(|known| known == word));
    let mut found = Vec::with_capacity(initials.len() + whole.len());
    for initial in initials {
        let at = free.iter().position(|word| word.starts_with(initial.as_str()))?;
        found.push(free.remove(at).to_owned());
    }
    if found == initials {
        return None;
    }
    found.extend_from_slice(whole);
    Some(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(text: &str) -> Vec<String> {
        text.split(' ').map(str::to_owned).collect()
    }

    #[test]
    fn an_initial_is_another_word_than_the_whole_ones() {
        let told = |name: &str, initials: &str| {
            with_initials(name.split(' ').collect(), &words(initials), &words("smith")).map(|name| name.join(" "))
        };
        assert_eq!(told("jane alice smith", "j a").as_deref(), Some("jane alice smith"));
        assert_eq!(told("jane a smith", "j a").as_deref(), Some("jane a smith"));
        assert_eq!(told("j a smith", "j a"), None);
        assert_eq!(told("robert smith", "s"), None);
        assert_eq!(told("jane smith", "j a"), None);
    }

    #[test]
    fn a_middle_name_is_an_initial_or_left_out() {
        let told: Vec<String> = abbreviated(&words("jane alice smith"))
            .map(|name| name.join(" "))
            .collect();
        assert_eq!(told, ["jane a smith", "jane smith"]);
        let told: Vec<String> = abbreviated(&words("jane a smith")).map(|name| name.join(" ")).collect();
        assert_eq!(told, ["jane smith"]);
        assert_eq!(abbreviated(&words("jane smith")).count(), 0);
    }
}
