//! A kind of care that nobody in the directory is listed for: whoever does what is nearest to it is shown, and that is said. A wound
//! nurse's work is known to surgeons and podiatrists, a children's lung doctor's to children's doctors and lung doctors.

use super::{
    changed::is_listed,
    text::{OF_CHILDREN, Reading},
};
use crate::index::Snapshot;
use crate::vocab::lexicon::SpecialtyTerm;

/// Codes, and those of whoever does what is nearest to them where the classification does not tell it; the nearest first.
const NEAREST: &[(&str, &[&str])] = &[
    // Lactation consultants.
    ("163WL0100X", &["367A00000X", "207V00000X", "208000000X"]),
    ("174N00000X", &["367A00000X", "207V00000X", "208000000X"]),
    // Wound care nurses.
    ("163WW0000X", &["208600000X", "213E00000X", "207Q00000X"]),
    // Children's hospitals.
    ("282NC2000X", &["282N00000X"]),
    // Obesity medicine.
    ("207RB0002X", &["207RE0101X", "133V00000X"]),
    ("207QB0002X", &["207RE0101X", "133V00000X"]),
    // Birthing centers.
    ("261QB0400X", &["367A00000X", "207V00000X", "282N00000X"]),
    // Therapists of recreation, dance, music and art.
    ("225800000X", &["225X00000X"]),
    ("225600000X", &["225X00000X", "101YM0800X"]),
    ("225A00000X", &["225X00000X", "101YM0800X"]),
    ("221700000X", &["225X00000X", "101YM0800X"]),
    // Blood banks.
    ("331L00000X", &["282N00000X", "291U00000X"]),
    // Radiologic technologists.
    ("247100000X", &["261QR0200X", "2085R0202X"]),
    // Homeopaths.
    ("175L00000X", &["175F00000X"]),
];
/// Those who know a little of all are not kin to who knows all of a little.
const GENERAL: &[&str] = &["207Q00000X", "207R00000X"];
/// The doctors of children.
const PEDIATRICS: &str = "208000000X";
/// Beginning of the codes of their kinds.
const OF_PEDIATRICS: &str = "2080";
/// Most codes that stand in.
const MOST: usize = 12;

/// The reading with the kinds of care that are nearest to one that nobody is listed for.
pub(super) fn nearest(snapshot: &Snapshot, reading: &Reading) -> Option<Reading> {
    let borne = |code: &str| is_listed(snapshot, code);
    let asked = &reading.specialty;
    if asked.is_empty() || !reading.name.is_empty() || asked.iter().any(|code| borne(code)) {
        return None;
    }
    let specialties = &snapshot.lexicon.specialties;
    let mut near: Vec<String> = Vec::new();
    for code in asked {
        let told = NEAREST
            .iter()
            .find(|(of, _)| of == code)
            .map_or(&[][..], |(_, near)| *near);
        // Whoever sees children of every kind has no kin among those who see adults.
        let adults = OF_CHILDREN
            .iter()
            .filter(|(_, children)| children == code && code != PEDIATRICS);
        let adults = adults.map(|(adults, _)| *adults);
        let children = code.starts_with(OF_PEDIATRICS).then_some(PEDIATRICS);
        let term = specialties.get(code);
        let is_kind = |other: &&SpecialtyTerm| {
            term.is_some_and(|term| {
                other.grouping == term.grouping
                    && other.classification == term.classification
                    && other.specialization.is_empty()
                    && !GENERAL.contains(&other.code.as_str())
            })
        };
        let base = specialties.iter().filter(is_kind).map(|term| term.code.as_str());
        let base = base.filter(|_| told.is_empty());
        for code in told.iter().copied().chain(children).chain(adults).chain(base) {
            if near.len() < MOST && borne(code) && !near.iter().any(|known| known == code) {
                near.push(code.to_owned());
            }
        }
    }
    let name = |code: &String| specialties.get(code).map(|term| term.name.clone());
    let shown = name(near.first()?)?;
    let first = name(asked.first()?)?;
    let mut other = reading.clone();
    other.tell(format!(
        "nobody here is listed as `{first}`; shown is who does what is nearest to it, as `{shown}`"
    ));
    let all = near.join("|");
    if let Some(term) = other.terms.iter_mut().find(|term| term.kind == "specialty") {
        term.value = all;
    }
    other.specialty = near;
    Some(other)
}
