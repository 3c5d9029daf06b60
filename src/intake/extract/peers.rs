//! Names that nothing tells of but the lines around them: in a list in which the others are providers, so is the one without letters
//! behind the name.

use rustc_hash::FxHashMap;

use super::Who;
use super::field::FieldKind;
use super::group::Holder;
use super::roles::Role;
use super::view::View;
use crate::vocab::names::words;

/// Bytes of a line before its name.
const LEAD: usize = 40;

/// What the lines of a list have in common: the words before the name, and its block where there are none.
type Place = (String, u32);

/// Makes those providers of whom nothing tells, where most of their peers are and none is somebody else.
pub fn join(view: &View<'_, '_>, who: &[Who], holders: &[Holder], roles: &mut [Role]) {
    let places: Vec<Option<Place>> = who.iter().map(|who| place(view, who)).collect();
    let mut tallies: FxHashMap<&Place, (usize, usize)> = FxHashMap::default();
    for ((place, role), who) in places.iter().zip(roles.iter()).zip(who) {
        let (Some(place), Who::Person(person)) = (place, who) else {
            continue;
        };
        let (sure, other) = tallies.entry(place).or_default();
        *sure += usize::from(matches!(role, Role::Provider(_)) && person.is_clinician);
        *other += usize::from(*role == Role::Other);
    }
    let reached = |holder: &Holder| {
        [FieldKind::Phone, FieldKind::Address, FieldKind::Npi]
            .iter()
            .any(|kind| holder.has(*kind))
    };
    let joined: Vec<usize> = (0..who.len())
        .filter(|at| roles[*at] == Role::Unknown && reached(&holders[*at]))
        .filter(|at| {
            let tally = places[*at].as_ref().and_then(|place| tallies.get(place));
            tally.is_some_and(|(sure, other)| *sure > 1 && *other == 0)
        })
        .collect();
    joined.into_iter().for_each(|at| roles[at] = Role::Provider("provider"));
}

/// Where a name stands among the lines of its list.
fn place(view: &View<'_, '_>, who: &Who) -> Option<Place> {
    let Who::Person(person) = who else { return None };
    person.first.as_ref()?;
    let line = &view.text.lines[view.text.line_at(person.whole.start)];
    let lead = view.text.source.get(line.bytes.start..person.whole.start)?;
    if lead.len() > LEAD {
        return None;
    }
    let lead = words(lead)
        .into_iter()
        .filter(|word| !word.bytes().all(|b| b.is_ascii_digit()));
    let lead: Vec<String> = lead.collect();
    let block = if lead.is_empty() { line.block + 1 } else { 0 };
    Some((lead.join(" "), block))
}
