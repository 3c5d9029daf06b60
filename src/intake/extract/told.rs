//! Mentions as they are told: spans in Unicode scalar values, fields by name, and whom each mention means.

use std::{borrow::Cow, collections::BTreeMap, ops::Range};

use schemars::JsonSchema;
use serde::Serialize;

use super::{Address, Check, Detail, Extraction, Field, FieldKind, Mention, RULE_VERSION, Who, text::MAX_BYTES};
use crate::vocab::{Lexicon, Position};

/// What a text mentions.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Told<M> {
    /// The caller's own key, given back as it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<serde_json::Value>,
    /// Providers in the order of the text.
    pub mentions: Vec<ToldMention<M>>,
    /// Whether there are more mentions, which are not told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub truncated: bool,
    /// Which rules found them.
    pub rule_version: &'static str,
    /// The state of the directory that was asked.
    #[schemars(with = "Option<String>")]
    pub position: Option<Position>,
}

/// A provider in the text. `text[start..end]`, counted in Unicode scalar values, is `text`.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct ToldMention<M> {
    /// First character.
    pub start: usize,
    /// Behind the last character.
    pub end: usize,
    /// The name (without title and credentials) or number as it stands there.
    pub text: String,
    /// `person`, `organization`, or `identifier` for a number without a name.
    pub kind: &'static str,
    /// The part it plays: `provider`, `referring`, `attending`, `primary_care`, ...
    pub role: &'static str,
    /// Mentions of one number mean one provider.
    pub cluster: usize,
    /// The first field of each kind: `name`, `credential`, `npi`, `dea`, `license`, `phone`, `fax`, `email`, `address`, `specialty`,
    /// `language`, `date`.
    pub fields: BTreeMap<&'static str, ToldField>,
    /// Further fields, in the order of the text.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub more: Vec<NamedField>,
    /// Whom it means, as `POST /providers/match` answers it.
    #[serde(rename = "match")]
    pub matched: M,
}

/// A field and where it stands.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct ToldField {
    /// First character.
    pub start: usize,
    /// Behind the last character.
    pub end: usize,
    /// In one spelling: digits alone, ISO dates, codes.
    pub value: String,
    /// Of an identifier: whether it can be one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub check: Option<Check>,
    /// Of a licence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<String>,
    /// Of an address.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<Address>,
    /// Of a person's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parts: Option<Parts>,
    /// Of a specialty, the NUCC codes that its words stand for, best first; of a language, its code.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub codes: Vec<String>,
    /// Of a day: `effective`, `expires`, `issued`, `birth`, `verified`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub meaning: Option<&'static str>,
}

/// A field with its name.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct NamedField {
    /// `phone`, `address`, ...
    pub field: &'static str,
    /// The field.
    #[serde(flatten)]
    pub told: ToldField,
}

/// The parts of a person's name, as written.
#[derive(Clone, Debug, Default, Serialize, JsonSchema)]
pub struct Parts {
    /// Given name or initial.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub first: Option<String>,
    /// Further given names and initials.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub middle: Option<String>,
    /// Surname.
    pub last: String,
    /// Jr.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suffix: Option<String>,
}

/// Most mentions of one answer: a book is to be sent in chapters.
pub const MOST_MENTIONS: usize = 2_000;

/// Why a text is not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// Longer than [`MAX_BYTES`].
    #[error("the text has {0} bytes, at most {MAX_BYTES} are read")]
    TooLong(usize),
    /// Not text.
    #[error("this is no text: it has many NULs or bytes that are not UTF-8")]
    Binary,
}

/// Scanners leave a NUL here and there, in a word or behind it; UTF-16 has one beside each letter and is no text.
const TEXT_PER_NUL: usize = 4;

/// The text in some bytes, if they are one. A NUL is a blank.
///
/// # Errors
/// If they are too many, no UTF-8, or have so many NULs that they are no text.
pub fn readable(bytes: &[u8]) -> Result<Cow<'_, str>, Unreadable> {
    if bytes.len() > MAX_BYTES {
        return Err(Unreadable::TooLong(bytes.len()));
    }
    let text = std::str::from_utf8(bytes).map_err(|_| Unreadable::Binary)?;
    match bytes.iter().filter(|byte| **byte == 0).count() {
        0 => Ok(Cow::Borrowed(text)),
        // A blank is as long as a NUL, so that spans stay true.
        nuls if nuls * TEXT_PER_NUL < bytes.len() => Ok(Cow::Owned(text.replace('\0', " "))),
        _ => Err(Unreadable::Binary),
    }
}

impl Extraction<'_> {
    /// The answer. `matched` says whom a mention means.
    pub fn told<M>(
        &self,
        lexicon: &Lexicon,
        position: Option<Position>,
        mut matched: impl FnMut(&Mention) -> M,
    ) -> Told<M> {
        let mentions = self.mentions.iter().map(|mention| {
            let whom = matched(mention);
            self.told_mention(mention, lexicon, whom)
        });
        Told {
            id: None,
            mentions: mentions.collect(),
            truncated: self.truncated,
            rule_version: RULE_VERSION,
            position,
        }
    }

    fn told_mention<M>(&self, mention: &Mention, lexicon: &Lexicon, matched: M) -> ToldMention<M> {
        let mut fields = BTreeMap::new();
        let mut more = Vec::new();
        for (kind, told) in self.names(mention) {
            fields.insert(kind.code(), told);
        }
        for field in &mention.fields {
            let told = self.told_field(field, lexicon);
            let name = field.kind.code();
            if fields.contains_key(name) {
                more.push(NamedField { field: name, told });
            } else {
                fields.insert(name, told);
            }
        }
        ToldMention {
            start: mention.characters.start,
            end: mention.characters.end,
            text: self.source[mention.bytes.clone()].to_owned(),
            kind: match mention.who {
                Who::Person(_) => "person",
                Who::Organization(_) => "organization",
                Who::Identifier => "identifier",
            },
            role: mention.role,
            cluster: mention.cluster,
            fields,
            more,
            matched,
        }
    }

    /// Name and credentials.
    fn names(&self, mention: &Mention) -> Vec<(FieldKind, ToldField)> {
        let told = |bytes: &Range<usize>, value: String| {
            let characters = self.characters(bytes);
            ToldField {
                start: characters.start,
                end: characters.end,
                value,
                ..ToldField::default()
            }
        };
        match &mention.who {
            Who::Person(person) => {
                let parts = [
                    person.first.as_deref(),
                    person.middle.as_deref(),
                    Some(&person.last),
                    person.suffix.as_deref(),
                ];
                let value = parts.into_iter().flatten().collect::<Vec<_>>().join(" ");
                let mut name = told(&person.bytes, value);
                name.parts = Some(Parts {
                    first: person.first.clone(),
                    middle: person.middle.clone(),
                    last: person.last.clone(),
                    suffix: person.suffix.clone(),
                });
                let credential = person.credential.as_ref().map(|bytes| {
                    let written = self.source[bytes.clone()]
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" ");
                    (FieldKind::Credential, told(bytes, written))
                });
                [(FieldKind::Name, name)].into_iter().chain(credential).collect()
            }
            Who::Organization(organization) => {
                vec![(FieldKind::Name, told(&organization.bytes, organization.name.clone()))]
            }
            Who::Identifier => Vec::new(),
        }
    }

    fn told_field(&self, field: &Field, lexicon: &Lexicon) -> ToldField {
        let characters = self.characters(&field.bytes);
        let mut told = ToldField {
            start: characters.start,
            end: characters.end,
            value: field.value.clone(),
            ..ToldField::default()
        };
        match &field.detail {
            Detail::Check(check) => told.check = Some(*check),
            Detail::State(state) => told.state.clone_from(state),
            Detail::Address(address) => told.address = Some(address.clone()),
            Detail::Codes(codes) => {
                told.codes.clone_from(codes);
                let name = codes.first().and_then(|code| lexicon.specialties.get(code));
                told.value = name.map_or_else(|| field.value.clone(), |term| term.name.clone());
            }
            Detail::Meaning(meaning) => told.meaning = Some(*meaning).filter(|meaning| !meaning.is_empty()),
            Detail::None => {}
        }
        if field.kind == FieldKind::Language {
            told.codes = vec![field.value.clone()];
            told.value = lexicon
                .languages
                .get(&field.value)
                .map_or_else(|| field.value.clone(), |term| term.name.clone());
        }
        told
    }
}
