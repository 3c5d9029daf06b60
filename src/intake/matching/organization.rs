//! Names of organisations held against one another: which words they share, which of them are cut, misspelt or initials, and
//! what their legal forms tell.

use super::{
    alike::{are_glued, are_initials, is_cut_off, is_slip_of, is_written_for},
    compare::{Finding, Scales, Source, View, is_there},
};
use crate::vocab::{
    keys::{self, legal_form_of, telling_words},
    names,
};

/// Letters with which words of one specialty begin alike.
const ONE_FIELD: usize = 4;
/// What another legal form takes of the bits of an organisation's name.
const LOST_BY_FORM: f64 = 0.3;
/// Bits of the same legal form: one of some five, and hardly ever another where both sides tell it.
const SAME_FORM: f64 = 2.2;
/// And of a form that the directory does not have: mostly it has one, if the body has.
const FORM_BESIDE_NONE: f64 = -1.5;
/// Bodies of a city are called after it: where the city agrees, its words in a name tell this part less.
const TOLD_TWICE: f64 = 0.5;
/// Who bears a part of a name is by so many bits less one than who bears the whole.
const PART_OF_A_NAME: f64 = 3.0;

fn conflict(one: Option<&str>, other: Option<&str>) -> bool {
    one.zip(other).is_some_and(|(one, other)| one != other)
}

impl Scales<'_> {
    /// The likest of the organisation's names, and what their legal forms tell.
    pub(super) fn organization(&self, view: &View<'_, '_>, places: &[Finding], findings: &mut Vec<Finding>) {
        let record = &view.candidate.records[0];
        let own = std::iter::once(record.name).chain(record.other_names.iter());
        let mut best: Option<(Finding, Option<Finding>, f64)> = None;
        for (number, name) in own.enumerate() {
            let words = names::words(name);
            let own = telling_words(&words);
            let form = legal_form_of(&words);
            for (reading, given) in self.given.organizations.iter().enumerate() {
                let (level, bits) = self.alike(given, &own, &words, reading);
                // `Trinity Therapy LLC` is seldom `Trinity Therapy Inc`.
                let given_form = self.form_given(reading, &words);
                let is_other_form = conflict(given_form, form) && level != "different";
                let level = if is_other_form && level == "exact" {
                    "alike"
                } else {
                    level
                };
                let source = if number == 0 {
                    Source::Name
                } else {
                    Source::OtherName(number - 1)
                };
                let found = Finding {
                    reading,
                    ..self.finding("organization", level, bits.exp2(), source)
                };
                let form = match (given_form, form) {
                    _ if level == "different" => None,
                    _ if is_other_form => Some(self.other_form(&found, "different")),
                    // `Corp` and `Inc` are written for each other.
                    (Some("inc"), Some(_)) => None,
                    (Some(_), Some(_)) => Some(form_of(&found, "same", SAME_FORM)),
                    (Some(_), None) => Some(form_of(&found, "given_only", FORM_BESIDE_NONE)),
                    (None, _) => None,
                };
                let worth = found.bits[0] + form.map_or(0.0, |form| form.bits[0]);
                if best.is_none_or(|(_, _, most)| worth > most) {
                    best = Some((found, form, worth));
                }
            }
        }
        match best {
            Some((best, form, _)) => {
                findings.push(best);
                findings.extend(form);
                findings.extend(self.place_in_name(&best, places));
                // Who is named beside an organisation works there.
                if self.given.is_employed {
                    findings.push(self.finding("kind", "different", 1.0, Source::Provider));
                }
            }
            None if self.given.readings.is_empty() => {}
            None => findings.push(self.finding("kind", "different", 1.0, Source::Provider)),
        }
    }

    /// The legal form of a name that is given, as it is beside the words of somebody's.
    fn form_given(&self, reading: usize, own: &[String]) -> Option<&'static str> {
        self.given.legal_forms[reading].or_else(|| form_within(self.given.organizations[reading].last()?, own))
    }

    /// What a name that bears its city tells twice where the city agrees as well.
    fn place_in_name(&self, name: &Finding, places: &[Finding]) -> Option<Finding> {
        let is_there = places
            .iter()
            .any(|found| found.field == "place" && matches!(found.level, "address" | "postal_code" | "city"));
        let twice = TOLD_TWICE * self.chances.city_bits[name.reading];
        (is_there && name.level != "different" && twice > 0.0).then_some(Finding {
            field: "place_in_name",
            level: "told_twice",
            bits: [-twice; 5],
            ..*name
        })
    }

    /// What another legal form takes from the likeness of an organisation's name.
    fn other_form(&self, name: &Finding, level: &'static str) -> Finding {
        let likeness = name.bits[0] - self.profile.level("organization", name.level).r#match.log2();
        let lost = match level {
            "different" => -LOST_BY_FORM * likeness.max(0.0),
            _ => 0.0,
        };
        Finding {
            field: "legal_form",
            level,
            bits: [lost; 5],
            ..*name
        }
    }

    /// Settles what other legal forms tell. Who is there by address or phone, with nobody of that name and form beside them,
    /// is the one that is meant, and the form is a slip; elsewhere, and beside another, it tells two bodies apart.
    pub fn settle_forms(&self, compared: &mut [Vec<Finding>]) {
        if self.given.organizations.is_empty() {
            return;
        }
        let of_name = |findings: &[Finding]| findings.iter().position(|finding| finding.field == "organization");
        let is_rival = |findings: &Vec<Finding>| {
            is_there(findings) && of_name(findings).is_some_and(|number| findings[number].level == "exact")
        };
        let has_rival = compared.iter().any(is_rival);
        for findings in compared {
            let form = findings
                .iter()
                .position(|finding| finding.field == "legal_form" && finding.level.starts_with("different"));
            let (Some(form), Some(name)) = (form, of_name(findings)) else {
                continue;
            };
            let level = if is_there(findings) && !has_rival {
                "different_there"
            } else {
                "different"
            };
            findings[form] = self.other_form(&findings[name], level);
        }
    }

    /// How alike two names of organisations are, and what such likeness is worth in bits, at most a whole name.
    fn alike(&self, given: &[String], own: &[String], words: &[String], reading: usize) -> (&'static str, f64) {
        let whole = -self.chances.organizations[reading].log2();
        if given == own {
            return ("exact", whole);
        }
        // `SAINTJOSEPHCLINIC`, and what a narrow column has left of a name.
        if are_glued(words, &self.given.glued[reading]) {
            return ("alike", whole * 0.8);
        }
        if is_cut_off(given, own) {
            return ("contains", whole.min(self.chances.providers.log2()) * 0.65);
        }
        let weights = &self.chances.organization_bits[reading];
        let (mut shared, mut lost, mut slips) = (0.0, 0.0, 0);
        let mut most_lost: f64 = 0.0;
        for (at, (word, bits)) in given.iter().zip(weights).enumerate() {
            if own.contains(word) {
                shared += bits;
            } else if own
                .iter()
                .any(|other| is_written_for(word, other) && !self.are_two_fields(word, other))
            {
                // What is misspelt or cut is rarer than what is meant.
                shared += bits.min(12.0) * 0.8;
                slips += 1;
            } else if are_initials(given, own, at) {
                shared += bits.min(12.0) * 0.8;
            } else {
                lost += bits;
                most_lost = bits.max(most_lost);
            }
        }
        let more = (0..own.len())
            .filter(|at| !given.contains(&own[*at]) && !are_initials(own, given, *at))
            .count()
            .saturating_sub(slips);
        let cap = self.chances.providers.log2();
        let worth = |part: f64| (shared * part).min(cap);
        let of_part = |part: f64| (shared * part).min(cap - PART_OF_A_NAME);
        // `FirstrBrooklyn` and `MedicalkClinic`, whose words are others.
        let is_slip = || is_slip_of(&self.given.glued[reading], words);
        // `Bluebonnet Physical Therapy` is not `Myo Reset Physical Therapy`: on both sides the word that tells is another.
        let most = weights.iter().copied().fold(0.0, f64::max);
        let is_another = more > 0 && most_lost > 0.0 && most_lost >= most;
        match () {
            () if lost == 0.0 && more == 0 => ("alike", worth(0.8)),
            () if (lost > 0.0 || more > 0) && is_slip() => ("alike", whole.min(cap) * 0.8),
            () if is_another => ("different", 0.0),
            () if shared > 0.0 && (lost == 0.0 || (more == 0 && shared >= lost)) => ("contains", of_part(0.65)),
            () if shared > 0.0 && shared >= lost * 0.8 => ("part", of_part(0.45)),
            () => ("different", 0.0),
        }
    }

    /// `Urology` is no slip of `Neurology`: both are words of specialties, and do not begin alike as `Pediatric` and `Pediatrics` do.
    fn are_two_fields(&self, word: &str, other: &str) -> bool {
        let known = &self.lexicon.words;
        let alike = word.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        alike < ONE_FIELD && known.bearers(word) > 0 && known.bearers(other) > 0
    }
}

/// The legal form that a slip for the blank before it has made part of a word: `ClinicrPA`.
fn form_within(word: &str, own: &[String]) -> Option<&'static str> {
    let mut begun = own.iter().filter(|own| own.len() > 3);
    let behind = begun.find_map(|own| word.strip_prefix(own.as_str()))?;
    let mut behind_slip = behind.chars();
    behind_slip.next();
    keys::legal_form(behind).or_else(|| keys::legal_form(behind_slip.as_str()))
}

/// What a legal form tells of a body of that name: of another one it is no more and no less likely than of any.
fn form_of(name: &Finding, level: &'static str, bits: f64) -> Finding {
    Finding {
        field: "legal_form",
        level,
        bits: [bits, 0.0, 0.0, 0.0, 0.0],
        ..*name
    }
}
