//! The words of a name that is asked for.

use crate::vocab::names::{self, CREDENTIALS, SUFFIXES};

/// Credentials that are no family names, so that they can be set aside without a comma before them.
const PLAIN_CREDENTIALS: &[&str] = &[
    "md", "dds", "dmd", "dpm", "phd", "psyd", "rn", "fnp", "aprn", "pharmd", "facc", "facs", "faap",
];

/// The words of a name without what stands behind it: `Smith, MD` and `Smith M.D.` are `smith`; `Smith, Jane` is both words.
pub(super) fn name_words(value: &str) -> Vec<String> {
    let behind = |word: &String| CREDENTIALS.contains(&word.as_str()) || SUFFIXES.contains(&word.as_str());
    let mut all: Vec<String> = Vec::new();
    let spelt = |part: &str| -> Vec<String> {
        let tokens = names::apart(names::tokens(part), part, |_, _| false);
        tokens.into_iter().map(|token| token.word).collect()
    };
    for part in value.split(',').map(spelt) {
        if all.is_empty() || !part.iter().all(behind) {
            all.extend(part);
        }
    }
    while all.len() > 1
        && all
            .last()
            .is_some_and(|last| PLAIN_CREDENTIALS.contains(&last.as_str()))
    {
        all.pop();
    }
    all
}
