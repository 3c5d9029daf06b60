//! What a label or the head of a column says that it names, by its words.

use super::Label;
use crate::intake::extract::words;

/// Whoever a label names in its last word: `Accepting MD`, `Patient's physician`, whatever the word before.
fn names_who_provides(label: &[String]) -> bool {
    let [before @ .., last] = label else { return false };
    let last = matches!(
        last.as_str(),
        "md" | "physician" | "provider" | "doctor" | "clinician" | "prescriber" | "pcp"
    );
    // A specialty as well.
    let last = last && before.last().is_some_and(|word| word != "family");
    let numbered = || {
        before
            .iter()
            .any(|word| words::decided(std::slice::from_ref(word)) == Some(Label::Number))
    };
    let known = || before.iter().all(|word| words::is_of_labels(word));
    last && (before.len() == 1 || known()) && !numbered()
}

/// What a label names, if all of its folded words are words of labels.
pub fn label_of(label: &[String]) -> Option<Label> {
    if label.is_empty() || label.len() > 7 {
        return None;
    }
    let has = |word: &str| label.iter().any(|w| w == word);
    if names_who_provides(label) {
        return Some(Label::Name);
    }
    if !label.iter().all(|word| words::is_of_labels(word)) {
        return None;
    }
    if let [first, .., last] = label
        && last == "to"
        && matches!(first.as_str(), "refer" | "referred" | "referral" | "consult")
        && !has("from")
    {
        return Some(Label::Name);
    }
    if label == ["initial"] || label == ["initials"] {
        return Some(Label::Middle);
    }
    if has("city") && (has("zip") || has("state")) {
        return Some(Label::Place);
    }
    // `Group contact` is no group.
    let asked = has("name") || has("person") || label.last().is_some_and(|word| word == "contact");
    if has("contact") && asked && !has("phone") {
        return Some(Label::Other);
    }
    // `Physician's name and address` names the physician first.
    let both = has("name") && has("and") && has("address");
    let named: Vec<String>;
    let label = if both {
        named = label.iter().filter(|word| *word != "address").cloned().collect();
        &named
    } else {
        label
    };
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
