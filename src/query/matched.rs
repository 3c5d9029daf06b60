//! How the name on a card matches the name that was asked for: in which way, which of its names, which characters.

use serde::Serialize;

use super::filter::{NameWanted, tier};
use crate::index::packed::Texts;
use crate::vocab::{Npi, names, terms::ProviderKind};

/// Which name matched, and how.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Matched<'a> {
    /// `exact`, `former`, `alias`, `nickname`, `initial`, `phonetic`, `typo`; none where no name was asked for.
    pub name: Option<&'static str>,
    /// The name that matched, as it is written: the current one, or one of the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<&'a str>,
    /// Which characters of it matched: from, and up to but not including.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub highlights: Vec<(usize, usize)>,
    /// The number that was asked for, where the provider has another now: that of a record that was merged into this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub former_npi: Option<Npi>,
}

impl<'a> Matched<'a> {
    /// Of a hit whose name matches in a way: the name that has most characters of it.
    pub(super) fn of(wanted: &[NameWanted], tier: u8, kind: ProviderKind, current: &'a str, others: Texts<'a>) -> Self {
        let mut best = (0, current, Vec::new());
        for (number, name) in std::iter::once(current).chain(others.iter()).enumerate() {
            let tokens = names::tokens(name);
            for wanted in wanted.iter().filter(|wanted| wanted.tier <= tier) {
                let highlights = marked(&tokens, &wanted.words);
                let length: usize = highlights.iter().map(|(from, to)| to - from).sum();
                // Another name has to beat the current one, unless it is known to be another that matched.
                let weight = 2 * length + usize::from((number > 0) == (tier == tier::OTHER_NAME));
                if length > 0 && weight > best.0 {
                    best = (weight, name, highlights);
                }
            }
        }
        Self {
            name: Some(name_label(tier, kind)),
            text: Some(best.1),
            highlights: best.2,
            former_npi: None,
        }
    }
}

/// Which characters of a name are words that were asked for, one by one or written together.
fn marked(tokens: &[names::Token], wanted: &[String]) -> Vec<(usize, usize)> {
    let mut marked = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        let together = (1..=(tokens.len() - at).min(3))
            .rev()
            .find(|count| wanted.iter().any(|word| are(&tokens[at..at + count], word)));
        if let Some(count) = together {
            marked.push((tokens[at].start, tokens[at + count - 1].end));
        }
        at += together.unwrap_or(1);
    }
    marked
}

/// Whether words, written together, are a word.
fn are(tokens: &[names::Token], word: &str) -> bool {
    let rest = tokens
        .iter()
        .try_fold(word, |rest, token| rest.strip_prefix(token.word.as_str()));
    rest.is_some_and(str::is_empty)
}

/// What the contract calls a way in which a name matches. Other names of organisations are names they trade under.
pub(super) fn name_label(name: u8, kind: ProviderKind) -> &'static str {
    match name {
        tier::EXACT => "exact",
        tier::OTHER_NAME if kind == ProviderKind::Organization => "alias",
        tier::OTHER_NAME => "former",
        tier::NICKNAME => "nickname",
        tier::INITIAL => "initial",
        tier::PHONETIC => "phonetic",
        _ => "typo",
    }
}
