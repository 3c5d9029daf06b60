//! The parts of a person's name, as far as a record of the index tells them apart.

use crate::index::record::Record;
use crate::vocab::names::{SUFFIXES, words};

/// The parts of a person's name, as far as a record tells them apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parts {
    /// Given and middle names, folded.
    pub given: Vec<String>,
    /// Words of the surname, folded.
    pub last: Vec<String>,
    /// `jr`.
    pub suffix: Option<String>,
    /// What stands behind the name, as written.
    pub credential: Option<String>,
}

impl Parts {
    /// Of a record: the name as shown and the name as sorted are the same words, turned by the length of the surname.
    pub fn of(record: &Record<'_>) -> Self {
        let (shown, behind) = record.name.split_once(", ").unwrap_or((record.name, ""));
        let (shown, sorted) = (words(shown), words(record.sort_name));
        let turned = (1..=sorted.len()).find(|cut| {
            let (last, given) = sorted.split_at(*cut);
            let rest = shown.strip_prefix(given);
            rest.is_some_and(|rest| rest.starts_with(last))
        });
        let cut = turned.unwrap_or(1.min(sorted.len()));
        let (last, given) = sorted.split_at(cut);
        let mut suffix = shown.get(sorted.len()).cloned();
        let mut credential = Some(behind).filter(|text| !text.is_empty());
        if let Some(text) = credential {
            let (first, rest) = text.split_once(", ").unwrap_or((text, ""));
            if let [word] = words(first).as_slice()
                && is_suffix(word)
            {
                suffix = Some(word.clone());
                credential = Some(rest).filter(|text| !text.is_empty());
            }
        }
        let (last, glued): (Vec<String>, Vec<String>) = last.iter().cloned().partition(|word| !is_suffix(word));
        Self {
            given: given.to_vec(),
            last,
            suffix: suffix.or_else(|| glued.into_iter().next()),
            credential: credential.map(str::to_owned),
        }
    }

    /// The surname of another name, which is kept only as it is shown: what stands behind the given names.
    pub fn other_surname(&self, shown: &str) -> String {
        let before = shown.split_once(", ").map_or(shown, |(name, _)| name);
        let all: Vec<String> = words(before).into_iter().filter(|word| !is_suffix(word)).collect();
        let same = all.iter().zip(&self.given).take_while(|(a, b)| a == b).count();
        let start = same.max(1).min(all.len().saturating_sub(1));
        all[start..].concat()
    }
}

fn is_suffix(word: &str) -> bool {
    SUFFIXES.contains(&word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_surname_is_what_stands_behind_the_given_names() {
        let parts = Parts {
            given: vec!["maria".to_owned(), "a".to_owned()],
            ..Parts::default()
        };
        assert_eq!(parts.other_surname("Maria A De La Cruz, MD"), "delacruz");
        assert_eq!(parts.other_surname("Mary Miller Jr., MD"), "miller");
        assert_eq!(parts.other_surname("Miller"), "miller");
    }
}
