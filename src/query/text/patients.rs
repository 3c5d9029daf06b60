//! Whether a word for a woman or a man tells who is ill, and not who shall treat them: `70 year old woman needs primary care`,
//! `man with chest pain`, `i am a woman`. Only before a doctor, a title or a kind of care such a word is a wish.

use super::{Reader, untold};

/// May stand between such a word and what says that it is the patient.
const BETWEEN: &[&str] = &[
    "a",
    "adult",
    "aged",
    "an",
    "black",
    "diabetic",
    "disabled",
    "elderly",
    "gay",
    "middle",
    "o",
    "old",
    "older",
    "overweight",
    "pregnant",
    "single",
    "trans",
    "transgender",
    "una",
    "un",
    "very",
    "white",
    "y",
    "year",
    "years",
    "yo",
    "young",
    "younger",
    "yr",
    "yrs",
];
/// Of those, such as nobody says of a doctor.
const OF_PATIENTS: &[&str] = &[
    "diabetic",
    "disabled",
    "elderly",
    "old",
    "overweight",
    "pregnant",
    "year",
    "years",
    "yo",
    "yr",
    "yrs",
];
/// Right before it: who speaks.
const ONESELF: &[&str] = &["am", "im", "soy"];
/// Right behind it: what somebody has or wants who is a patient.
const BEHIND: &[&str] = &[
    "age",
    "aged",
    "con",
    "embarazada",
    "experiencing",
    "has",
    "have",
    "having",
    "mayor",
    "necesita",
    "needing",
    "needs",
    "patient",
    "patients",
    "pregnant",
    "seeking",
    "suffering",
    "tiene",
    "trying",
    "wants",
    "w",
    "with",
];
/// Behind `with` of a doctor.
const OF_DOCTORS: &[&str] = &[
    "appointments",
    "availability",
    "evening",
    "experience",
    "good",
    "great",
    "hours",
    "openings",
    "reviews",
    "saturday",
    "weekend",
];
/// Before `for`: who is looked for.
const LOOKING: &[&str] = &["asking", "hoping", "look", "looking", "searching", "search", "wish"];

impl Reader<'_, '_> {
    /// Whether the words at one that is for a woman or a man, so many of them, tell of the patient.
    pub(super) fn is_of_patient(&self, at: usize, taken: usize) -> bool {
        let words = self.words;
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        let next = at + taken;
        if untold::is_physician(word(next)) {
            return false;
        }
        if BEHIND.contains(&word(next)) {
            return !OF_DOCTORS.contains(&word(next + 1));
        }
        // `mujer de 30 años`, `male 45`
        let aged = |at: usize| (1..=3).contains(&word(at).len()) && word(at).bytes().all(|b| b.is_ascii_digit());
        let unit = |at: usize| {
            matches!(
                word(at),
                "7" | "am"
                    | "hour"
                    | "hours"
                    | "hr"
                    | "hrs"
                    | "km"
                    | "mi"
                    | "mile"
                    | "miles"
                    | "min"
                    | "mins"
                    | "minutes"
                    | "pm"
            )
        };
        if (word(next) == "de" && aged(next + 1)) || (aged(next) && word(next).len() > 1 && !unit(next + 1)) {
            return true;
        }
        let (mut from, mut told, mut aged) = (at, false, false);
        while let Some(before) = from.checked_sub(1) {
            let said = word(before);
            // `65yo man`
            let age = said.trim_end_matches("yo");
            let age = !age.is_empty() && age.len() < 4 && age.bytes().all(|b| b.is_ascii_digit());
            if !age && !BETWEEN.contains(&said) {
                break;
            }
            aged |= age || matches!(said, "elderly" | "pregnant" | "year" | "years" | "yo" | "yr" | "yrs");
            told |= OF_PATIENTS.contains(&said);
            from = before;
        }
        if aged {
            return true;
        }
        let before = from.checked_sub(1).map_or("", word);
        let specialties = &self.snapshot.lexicon.specialties;
        let trade = || {
            let rest = words.get(next..).unwrap_or_default();
            specialties
                .longest_prefix(rest)
                .is_some_and(|(_, taken)| !specialties.is_condition(&rest[..taken].join(" ")))
        };
        // `older female doctor`, `old male dentist`: still a wish.
        if told || (from < at && ONESELF.contains(&before)) {
            return !trade();
        }
        let asked = !self.specialties.is_empty() || self.anybody;
        let looking = from.checked_sub(2).is_some_and(|at| LOOKING.contains(&word(at)));
        matches!(before, "for" | "para") && asked && !looking && !trade()
    }
}
