//! What a label or the head of a column says that it names, by its words.

use super::Label;
use crate::intake::extract::words;

/// What a label names, if all of its folded words are words of labels.
pub fn label_of(label: &[String]) -> Option<Label> {
    if label.is_empty() || label.len() > 7 {
        return None;
    }
    let has = |word: &str| label.iter().any(|w| w == word);
    if !label.iter().all(|word| words::is_of_labels(word)) {
        return None;
    }
    if label == ["referred", "to"] {
        return Some(Label::Name);
    }
    if label == ["initial"] || label == ["initials"] {
        return Some(Label::Middle);
    }
    if has("city") && (has("zip") || has("state")) {
        return Some(Label::Place);
    }
    if has("contact") && (has("name") || has("person") || label.len() == 1) && !has("phone") {
        return Some(Label::Other);
    }
    match words::decided(label) {
        Some(Label::Organization) if has("address") => Some(Label::Street),
        // `Provider type` is no provider.
        Some(Label::Name | Label::Organization) if has("type") => Some(Label::Misc),
        // `Signed by`, `Dictated by` yes; `by` alone, `first` alone in a sentence no.
        Some(Label::Name) if label == ["by"] => None,
        Some(label) => Some(label),
        None if has("state") => Some(Label::State),
        None => None,
    }
}
