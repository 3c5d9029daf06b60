//! Readings of a box that ask for less than it says, so that whoever bears the name in it is found: without a wish, with narrower
//! kinds of the care that was said, without that kind of care. What is left out is told.

use super::{
    relaxed::{WISHES, Wish, without_kind},
    text::Reading,
};
use crate::index::Snapshot;
use crate::vocab::lexicon::SpecialtyTerm;

/// Readings that ask for less, what leaves out least before the others; the last one asks for least.
pub(super) type Lesser = Vec<Reading>;

/// How somebody is told whom nobody is like: ``nobody of the name `baker` in New Haven, CT``.
pub(super) type Nobody<'a> = &'a str;

/// The wishes that may be given up for a name: who is not wanted stays so.
fn wishes() -> impl Iterator<Item = &'static Wish> {
    WISHES.iter().filter(|wish| !wish.is_of_unwanted())
}

/// The same without all wishes, and how many there were.
fn without_wishes(reading: &Reading) -> (Reading, usize) {
    let mut bare = reading.clone();
    let left = wishes().filter(|wish| wish.leave_out(&mut bare)).count();
    (bare, left)
}

/// Whether a reading has wishes that may keep people out.
pub(super) fn has_wishes(reading: &Reading) -> bool {
    without_wishes(reading).1 > 0
}

/// Whether anything may be left out beside a name and a place.
pub(super) fn is_possible(reading: &Reading) -> bool {
    !reading.specialty.is_empty() || has_wishes(reading)
}

/// With narrower kinds of the care that was said, without the first wish that keeps people out, without all.
pub(super) fn of_the_care(snapshot: &Snapshot, reading: &Reading, nobody: Nobody<'_>) -> Lesser {
    let wider = wider(snapshot, reading);
    let (mut bare, left) = without_wishes(wider.as_ref().unwrap_or(reading));
    let mut lesser = Lesser::new();
    if let Some(mut wider) = wider.clone() {
        let said = reading.terms.iter().find(|term| term.kind == "specialty");
        let said = said.map_or_else(|| "just that".to_owned(), |term| format!("`{}`", term.text));
        wider.tell(format!(
            "{nobody} is listed as {said}; shown is who is called so and does something close to it"
        ));
        lesser.push(wider);
    }
    for wish in wishes() {
        for (of, is_wider) in [(Some(reading), false), (wider.as_ref(), true)] {
            let Some(mut less) = of.cloned().filter(|_| left > 0) else {
                continue;
            };
            if wish.leave_out(&mut less) {
                less.tell(format!("{}; whoever is called so is shown", wish.told_of(nobody)));
                if is_wider {
                    less.tell("shown is who does something close to that care".to_owned());
                }
                lesser.push(less);
            }
        }
    }
    if left > 1 {
        bare.tell(format!(
            "{nobody} is found who is all of that; whoever is called so is shown"
        ));
        lesser.push(bare);
    }
    lesser
}

/// Whatever care they give: with all wishes, and without.
pub(super) fn of_any_care(reading: &Reading, nobody: Nobody<'_>) -> Lesser {
    let Some(mut any) = without_kind(reading) else {
        return Lesser::new();
    };
    let (mut bare, left) = without_wishes(&any);
    any.tell(format!(
        "{nobody} is listed for that kind of care; whoever is called so is shown"
    ));
    let mut lesser = vec![any];
    if left > 0 {
        bare.tell(format!(
            "{nobody} is found who is all of that; whoever is called so is shown"
        ));
        lesser.push(bare);
    }
    lesser
}

/// With all kinds of the care that was said: a Hand Surgeon is an orthopedic surgeon, a cardiologist an internist.
pub(super) fn wider(snapshot: &Snapshot, reading: &Reading) -> Option<Reading> {
    let specialties = &snapshot.lexicon.specialties;
    let mut codes = reading.specialty.clone();
    for said in reading.specialty.iter().filter_map(|code| specialties.get(code)) {
        let is_kind = |term: &&SpecialtyTerm| {
            term.grouping == said.grouping && term.classification == said.classification && !codes.contains(&term.code)
        };
        let kinds: Vec<String> = specialties
            .iter()
            .filter(is_kind)
            .map(|term| term.code.clone())
            .collect();
        codes.extend(kinds);
    }
    if codes.len() == reading.specialty.len() {
        return None;
    }
    let mut wider = reading.clone();
    let all = codes.join("|");
    wider.specialty = codes;
    let mut terms = wider.terms.iter_mut();
    if let Some(term) = terms.find(|term| term.kind == "specialty") {
        term.value = all;
    }
    Some(wider)
}

impl Wish {
    /// What is told where nobody has it: of people of a name, or in a place.
    pub(super) fn told_of(&self, nobody: Nobody<'_>) -> String {
        let told = self.told.replace("nobody found", nobody);
        told.replace("nobody is", &format!("{nobody} is"))
    }
}
