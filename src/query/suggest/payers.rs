//! Networks and plans that are being typed: `harbor nat`, `dentist harbor national g`.

use super::{Suggestion, plain};
use crate::index::Snapshot;

/// Most of them that are offered.
const MOST: usize = 3;
/// Fewer letters begin the name of too many.
const SHORTEST: usize = 4;

/// Programs by which networks are known that have them within their names.
const PROGRAMS: &[&str] = &["marketplace", "medicaid", "medicare", "tricare"];

/// Networks and plans whose names begin with the words from some word on; what stands before stays before them.
pub(super) fn payers(snapshot: &Snapshot, words: &[String]) -> Vec<Suggestion> {
    let (reference, folded) = (&snapshot.reference, &snapshot.reference_names);
    for from in 0..words.len() {
        let typed = &words[from..];
        if typed.len() == 1 && typed[0].len() < SHORTEST {
            break;
        }
        let networks = folded.networks.iter().filter(|(name, _)| begins(name, typed));
        let networks = networks.filter_map(|(_, id)| {
            let network = reference.networks.iter().find(|network| network.id == *id)?;
            Some(("network", network.name.as_str(), id.to_string()))
        });
        let plans = folded.plans.iter().zip(&reference.plans);
        let plans = plans.filter(|(name, _)| begins(name, typed));
        let plans = plans.map(|(_, plan)| ("plan", plan.name.as_str(), plan.id.to_string()));
        let before = words[..from].iter().fold(String::new(), |text, word| text + word + " ");
        let found = networks.chain(plans).take(MOST);
        let found: Vec<Suggestion> = found
            .map(|(kind, name, id)| plain(kind, before.clone() + name, Some(id)))
            .collect();
        if !found.is_empty() {
            return found;
        }
    }
    by_a_word(snapshot, words)
}

/// Networks of a program that is being typed at the end.
fn by_a_word(snapshot: &Snapshot, words: &[String]) -> Vec<Suggestion> {
    let is_begun = |typed: &str| PROGRAMS.iter().any(|program| program.starts_with(typed));
    let begun = words
        .split_last()
        .filter(|(typed, _)| typed.len() >= SHORTEST && is_begun(typed));
    let Some((typed, before)) = begun else {
        return Vec::new();
    };
    let before = before.iter().fold(String::new(), |text, word| text + word + " ");
    let folded = snapshot.reference_names.networks.iter();
    let with = folded.filter(|(name, _)| name.iter().any(|word| word.starts_with(typed.as_str())));
    let named = with.filter_map(|(_, id)| snapshot.reference.networks.iter().find(|network| network.id == *id));
    named
        .take(MOST)
        .map(|network| plain("network", before.clone() + &network.name, Some(network.id.to_string())))
        .collect()
}

/// Whether a name begins with words of which the last may be unfinished.
fn begins(name: &[String], typed: &[String]) -> bool {
    let Some((last, whole)) = typed.split_last() else {
        return false;
    };
    name.starts_with(whole)
        && name
            .get(whole.len())
            .is_some_and(|word| word.starts_with(last.as_str()))
}
