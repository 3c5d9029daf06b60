//! The words that tell what their neighbours are: titles, credentials, heads of organisations' names, streets, people who are
//! no providers. All folded; `index_schema/text_words.csv` has them, and its README says what each kind is.

mod states;

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use self::states::STATE_NAMES;
use super::layout::Label;
use crate::vocab::names::{CREDENTIALS, SUFFIXES};

/// A word and its kind a line, below a header.
const TABLE: &str = include_str!("../../../../index_schema/text_words.csv");

/// What the kinds of the table are as senses.
const SENSES: &[(&str, u16)] = &[
    ("doctor", sense::DOCTOR),
    ("civil", sense::CIVIL),
    ("credential", sense::CREDENTIAL),
    ("credential_in_capitals", sense::AMBIGUOUS),
    ("lay_credential", sense::LAY),
    ("particle", sense::PARTICLE),
    ("head", sense::HEAD),
    ("weak_head", sense::WEAK_HEAD),
    ("legal_form", sense::HEAD | sense::LEGAL),
    ("short_legal_form", sense::WEAK_HEAD | sense::LEGAL),
    ("street", sense::STREET),
    ("eponym", sense::EPONYM),
    ("eponym_head", sense::EPONYM_HEAD),
    ("never", sense::NEVER),
    ("patient", sense::PATIENT),
    ("clerk", sense::CLERK),
];
/// What the kinds are that say what a label names, the one that decides first before the others.
const LABELS: &[(&str, Label)] = &[
    ("label_other", Label::Other),
    ("label_number", Label::Number),
    ("label_misc", Label::Misc),
    ("label_last", Label::Last),
    ("label_first", Label::First),
    ("label_middle", Label::Middle),
    ("label_suffix", Label::Suffix),
    ("label_credential", Label::Credential),
    ("label_specialty", Label::Specialty),
    ("label_language", Label::Language),
    ("label_zip", Label::Zip),
    ("label_city", Label::City),
    ("label_place", Label::Place),
    ("label_street", Label::Street),
    ("label_organization", Label::Organization),
    ("label_name", Label::Name),
];
/// Words that labels have beside those that decide.
const FILLER: &str = "label_filler";
/// What the kinds of the table are as circles.
const CIRCLES: &[(&str, u32)] = &[
    ("kin", circle::KIN),
    ("caring", circle::CARING),
    ("of_patients", circle::OF_PATIENTS),
    ("calling", circle::CALLING),
    ("calling_before", circle::CALLING_BEFORE),
    ("calling_behind", circle::CALLING_BEHIND),
    ("calling_of_school", circle::CALLING_OF_SCHOOL),
    ("calling_of_doctor", circle::CALLING_OF_DOCTOR),
    ("subject", circle::SUBJECT),
    ("consent", circle::CONSENT),
    ("brand", circle::BRAND),
    ("authority", circle::AUTHORITY),
    ("payer", circle::PAYER),
    ("trade", circle::TRADE),
    ("learning", circle::LEARNING),
    ("practising", circle::PRACTISING),
    ("apposition_before", circle::APPOSITION_BEFORE),
    ("apposition_behind", circle::APPOSITION_BEHIND),
];

/// What the table says of its words.
#[derive(Default)]
struct Table {
    senses: FxHashMap<&'static str, u16>,
    /// Of a word of labels, the number of what it decides for in [`LABELS`], which is none for a filler.
    labels: FxHashMap<&'static str, Option<usize>>,
    circles: FxHashMap<&'static str, u32>,
}

static WORDS: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::default();
    for (words, flag) in [(CREDENTIALS, sense::CREDENTIAL), (SUFFIXES, sense::SUFFIX)] {
        for word in words {
            *table.senses.entry(*word).or_default() |= flag;
        }
    }
    for (word, kind) in TABLE.lines().skip(1).filter_map(|line| line.split_once(',')) {
        table.take(word, kind);
    }
    table
});

impl Table {
    fn take(&mut self, word: &'static str, kind: &str) {
        if let Some((_, flag)) = SENSES.iter().find(|(known, _)| *known == kind) {
            *self.senses.entry(word).or_default() |= flag;
        } else if let Some(number) = LABELS.iter().position(|(known, _)| *known == kind) {
            let decides = self.labels.entry(word).or_default();
            *decides = Some(decides.map_or(number, |other| other.min(number)));
        } else if let Some((_, flag)) = CIRCLES.iter().find(|(known, _)| *known == kind) {
            *self.circles.entry(word).or_default() |= flag;
        } else {
            assert_eq!(kind, FILLER, "no kind of words is called so");
            self.labels.entry(word).or_default();
        }
    }
}

/// Whether a folded word is in one of these circles.
pub fn is_in(word: &str, circles: u32) -> bool {
    WORDS.circles.get(word).is_some_and(|own| own & circles != 0)
}

/// Whether a folded word is one of labels.
pub fn is_of_labels(word: &str) -> bool {
    WORDS.labels.contains_key(word)
}

/// What a label names, by that word of it that goes before the others.
pub fn decided(label: &[String]) -> Option<Label> {
    let numbers = label.iter().filter_map(|word| *WORDS.labels.get(word.as_str())?);
    numbers.min().map(|number| LABELS[number].1)
}

/// What a word says of whoever is named beside it, as flags.
pub mod circle {
    /// Who belongs to a patient, or to anybody else.
    pub const KIN: u32 = 1;
    /// Speaks of a provider.
    pub const CARING: u32 = 1 << 1;
    /// What forms and tables ask of a patient.
    pub const OF_PATIENTS: u32 = 1 << 2;
    /// Another calling than to care for patients.
    pub const CALLING: u32 = 1 << 3;
    /// The same as a title, before a name.
    pub const CALLING_BEFORE: u32 = 1 << 4;
    /// The same behind a name; before it a surname as well.
    pub const CALLING_BEHIND: u32 = 1 << 5;
    /// Whom a school calls doctor, before a name.
    pub const CALLING_OF_SCHOOL: u32 = 1 << 6;
    /// What is said right behind the name of a doctor who cares for nobody.
    pub const CALLING_OF_DOCTOR: u32 = 1 << 7;
    /// What else professors teach.
    pub const SUBJECT: u32 = 1 << 8;
    /// What somebody does who gives leave: `I, Ann Lee, authorize ..`.
    pub const CONSENT: u32 = 1 << 9;
    /// A brand that is called doctor.
    pub const BRAND: u32 = 1 << 10;
    /// Begins the names of authorities and payers, which care for nobody.
    pub const AUTHORITY: u32 = 1 << 11;
    /// Of payers and authorities, anywhere in a name.
    pub const PAYER: u32 = 1 << 12;
    /// What lawyers and accountants call their firm.
    pub const TRADE: u32 = 1 << 13;
    /// What is done at a school.
    pub const LEARNING: u32 = 1 << 14;
    /// What is done where patients are seen.
    pub const PRACTISING: u32 = 1 << 15;
    /// May stand between a specialty and the name behind it.
    pub const APPOSITION_BEFORE: u32 = 1 << 16;
    /// May stand between a name and its specialty behind it.
    pub const APPOSITION_BEHIND: u32 = 1 << 17;
}

/// What a word is, as flags.
pub mod sense {
    /// A title of doctors.
    pub const DOCTOR: u16 = 1;
    /// A title of anybody.
    pub const CIVIL: u16 = 1 << 1;
    /// A credential.
    pub const CREDENTIAL: u16 = 1 << 2;
    /// A credential only in capitals.
    pub const AMBIGUOUS: u16 = 1 << 3;
    /// A credential of somebody who is no provider.
    pub const LAY: u16 = 1 << 4;
    /// Jr, III.
    pub const SUFFIX: u16 = 1 << 5;
    /// Stands before a surname.
    pub const PARTICLE: u16 = 1 << 6;
    /// Head of an organisation's name.
    pub const HEAD: u16 = 1 << 7;
    /// May be part of one.
    pub const WEAK_HEAD: u16 = 1 << 8;
    /// A legal form.
    pub const LEGAL: u16 = 1 << 9;
    /// A way.
    pub const STREET: u16 = 1 << 10;
    /// Called after somebody.
    pub const EPONYM: u16 = 1 << 11;
    /// Behind an eponym.
    pub const EPONYM_HEAD: u16 = 1 << 12;
    /// No part of a name.
    pub const NEVER: u16 = 1 << 13;
    /// A patient or who belongs to one.
    pub const PATIENT: u16 = 1 << 14;
    /// Works with papers.
    pub const CLERK: u16 = 1 << 15;
}

/// All that a folded word may be.
pub fn senses(word: &str) -> u16 {
    WORDS.senses.get(word).copied().unwrap_or(0)
}

/// Names of states and their two letters, folded.
pub static STATES: LazyLock<FxHashMap<String, &'static str>> = LazyLock::new(|| {
    let named = STATE_NAMES.iter().map(|(name, code)| ((*name).to_owned(), *code));
    let coded = STATE_NAMES.iter().map(|(_, code)| (code.to_ascii_lowercase(), *code));
    named.chain(coded).collect()
});

/// Two letters, of states and territories.
pub static STATE_CODES: LazyLock<FxHashSet<&'static str>> =
    LazyLock::new(|| STATE_NAMES.iter().map(|(_, code)| *code).collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_may_be_several_things() {
        assert_ne!(senses("dr") & sense::DOCTOR, 0);
        assert_ne!(senses("dr") & sense::STREET, 0);
        assert_ne!(senses("pa") & (sense::CREDENTIAL | sense::LEGAL | sense::AMBIGUOUS), 0);
        assert_eq!(senses("featherstonehaugh"), 0);
        assert_eq!(STATES.get("tx"), Some(&"TX"));
        assert!(STATE_CODES.contains("CT"));
    }

    #[test]
    fn every_line_of_the_table_is_a_folded_word_of_a_known_kind() {
        let mut lines = TABLE.lines();
        assert_eq!(lines.next(), Some("word,kind"));
        let mut seen = FxHashSet::default();
        for line in lines {
            let (word, kind) = line.split_once(',').expect("two columns");
            let is_sense = SENSES.iter().any(|(known, _)| *known == kind);
            let is_label = LABELS.iter().any(|(known, _)| *known == kind);
            let is_circle = CIRCLES.iter().any(|(known, _)| *known == kind);
            assert!(is_sense || is_label || is_circle || kind == FILLER, "{line}");
            assert!(!word.is_empty() && !word.contains(char::is_uppercase), "{line}");
            assert!(seen.insert(line), "{line} stands twice");
        }
    }
}
