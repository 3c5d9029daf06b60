//! What encloses a value in JSON, XML or the sections of a settings file: what stands in `"patient": {..}`, `<Patient>` or
//! `[admin]` is about somebody who is no provider, whatever its own key.

use std::sync::LazyLock;

use regex::Regex;

use super::layout::{Label, label_of};
use super::markup::words_of_key;

/// So deep things are told apart; what is deeper is as what encloses it.
const DEEPEST: usize = 64;

static TOKENS: LazyLock<Regex> = LazyLock::new(|| {
    let section = r"(?m:^[ \t]*\[\[?(?P<section>[A-Za-z][\w .-]*)\]?\][ \t\r]*$)";
    let tag = r"<(?P<closes>/)?(?:\w+:)?(?P<tag>[A-Za-z][\w.-]*)[^<>]*?(?P<empty>/)?>";
    let kind = r#""resourceType"\s*:\s*"(?P<kind>\w+)""#;
    let object = r#""(?P<key>[A-Za-z_][\w -]{0,39})"\s*:\s*[{\[]"#;
    let rest = r#""(?:[^"\\\n]|\\.)*"|(?P<opens>[{\[])|(?P<ends>[}\]])"#;
    let blank = r"(?P<blank>\n[ \t]*\r?\n)";
    Regex::new(&format!("{section}|{blank}|{tag}|{kind}|{object}|{rest}")).expect("a pattern of our own")
});

/// Keys of people who are no providers.
const OTHERS: &[&str] = &[
    "patient",
    "subscriber",
    "guarantor",
    "insured",
    "beneficiary",
    "relatedperson",
    "kin",
    "admin",
    "administrator",
    "author",
    "owner",
    "user",
    "creator",
    "maintainer",
    "sender",
    "submitter",
    "spouse",
    "guardian",
    "contact",
];
/// What those did who have `By` in their key.
const WRITING: &[&str] = &[
    "exported",
    "created",
    "updated",
    "modified",
    "entered",
    "generated",
    "uploaded",
    "imported",
    "edited",
    "changed",
    "maintained",
    "assigned",
];

/// Whether a key names somebody who is no provider: `patient`, `exportedBy`.
pub fn is_of_others(key: &[String]) -> bool {
    let has = |words: &[&str]| key.iter().any(|word| words.contains(&word.as_str()));
    has(OTHERS) || (has(WRITING) && key.last().is_some_and(|word| word == "by"))
}

/// From which byte on what stands there is about somebody else, and from which no more.
#[derive(Debug, Default)]
pub struct Enclosing(Vec<(usize, bool)>);

impl Enclosing {
    /// Of a text with keys.
    pub fn of(source: &str) -> Self {
        let mut changes = Self::default();
        let mut objects = Stack::default();
        let mut tags = Stack::default();
        let mut section = false;
        for found in TOKENS.captures_iter(source) {
            let (Some(whole), name) = (found.get(0), |name| found.name(name).map(|part| part.as_str())) else {
                continue;
            };
            let end = whole.end();
            // A section of settings ends where another begins, or a line is blank.
            if let Some(head) = name("section") {
                section = about(head) == Some(true);
                changes.note(end, section);
            } else if name("blank").is_some() {
                if std::mem::take(&mut section) {
                    changes.note(end, objects.is_other());
                }
            } else if let Some(tag) = name("tag") {
                // What stands in the tag itself is about the same.
                if name("closes").is_none() && about(tag) == Some(true) {
                    changes.note(whole.start(), true);
                }
                if name("closes").is_some() {
                    tags.close(tag);
                } else if name("empty").is_none() {
                    tags.open(tag, about(tag));
                }
                changes.note(end, tags.is_other());
            } else if let Some(kind) = name("kind") {
                objects.is_about(about(kind));
                changes.note(end, section || objects.is_other());
            } else if let Some(key) = name("key") {
                objects.open("", about(key));
                changes.note(end, section || objects.is_other());
            } else if name("opens").is_some() {
                objects.open("", None);
            } else if name("ends").is_some() {
                objects.close("");
                changes.note(end, section || objects.is_other());
            }
        }
        changes
    }

    fn note(&mut self, byte: usize, other: bool) {
        if self.0.last().map_or(other, |last| last.1 != other) {
            self.0.push((byte, other));
        }
    }

    /// Whether what stands at a byte is about somebody who is no provider.
    pub fn is_of_others(&self, byte: usize) -> bool {
        let at = self.0.partition_point(|(from, _)| *from <= byte);
        at.checked_sub(1).is_some_and(|at| self.0[at].1)
    }
}

/// What a key says of all in it: that it is of others, of a provider, or nothing.
fn about(key: &str) -> Option<bool> {
    let words = words_of_key(key);
    // Of a document of HL7: `<author><assignedAuthor>` provides, an `<associatedPerson>` is called in an emergency.
    if let [relation, one] = words.as_slice()
        && matches!(one.as_str(), "author" | "entity" | "person")
    {
        match relation.as_str() {
            "assigned" => return Some(false),
            "associated" | "related" => return Some(true),
            _ => {}
        }
    }
    if is_of_others(&words) {
        return Some(true);
    }
    // A former name is a name of nobody else.
    if matches!(words.as_slice(), [other, names] if other == "other" && names == "names") {
        return Some(true);
    }
    // `<name>` is that of whoever it stands in.
    let provides = label_of(&words) == Some(Label::Name) && words != ["name"];
    provides.then_some(false)
}

/// What is open at a place, with whether it is of others.
#[derive(Default)]
struct Stack<'t>(Vec<(&'t str, bool)>);

impl<'t> Stack<'t> {
    fn is_other(&self) -> bool {
        self.0.last().is_some_and(|last| last.1)
    }

    fn open(&mut self, name: &'t str, about: Option<bool>) {
        if self.0.len() < DEEPEST {
            self.0.push((name, about.unwrap_or(self.is_other())));
        }
    }

    fn is_about(&mut self, about: Option<bool>) {
        if let (Some(last), Some(about)) = (self.0.last_mut(), about) {
            last.1 = about;
        }
    }

    fn close(&mut self, name: &str) {
        if let Some(at) = self.0.iter().rposition(|(open, _)| *open == name) {
            self.0.truncate(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_enclosed_is_about_whom_the_key_says() {
        for source in [
            r#"{"providers": [{"name": "P1"}], "patient": {"name": "O1", "pcp": {"name": "P2"}}, "x": {"name": "P3"}}"#,
            "<b><Practitioner><n>P1</n></Practitioner><Patient><br/><n>O1</n></Patient><n>P2</n></b>",
            "<b><Provider n='P1'/><Contact n='O1'/><Provider n='P2'/></b>",
            "[provider.main]\nname = P1\n[admin]\nname = O1\n[provider]\nname = P2",
            r#"[{"resourceType": "Patient", "n": ["O1"]}, {"resourceType": "Practitioner", "n": "P1"}]"#,
        ] {
            let enclosing = Enclosing::of(source);
            for (at, _) in source.match_indices(['O', 'P']) {
                if source[at + 1..].starts_with(|c: char| c.is_ascii_digit()) {
                    let other = source[at..].starts_with('O');
                    assert_eq!(enclosing.is_of_others(at), other, "{}", &source[at..]);
                }
            }
        }
    }
}
