//! An NPI that stands next to one name and is that of another one in the text, as the directory knows: it goes to its bearer.

use rustc_hash::FxHashMap;

use super::Who;
use super::field::{Field, FieldKind};
use super::group::Holder;
use super::view::View;
use crate::vocab::names::fold;

/// Numbers whose bearers are looked up.
const MOST: usize = 2_000;
/// Names that share a surname, of which the bearer is one.
const MOST_OF_ONE_NAME: usize = 16;

/// Gives such numbers to those who bear them and have none.
pub fn put_right(view: &View<'_, '_>, who: &[Who], holders: &mut [Holder], fields: &[Field]) {
    let mut named: FxHashMap<String, Vec<usize>> = FxHashMap::default();
    for (at, who) in who.iter().enumerate() {
        if let Who::Person(person) = who {
            named.entry(plain(&person.last)).or_default().push(at);
        }
    }
    let held: Vec<(usize, usize)> = (0..holders.len())
        .flat_map(|at| {
            holders[at]
                .fields
                .iter()
                .map(move |number| (at, *number))
                .collect::<Vec<_>>()
        })
        .filter(|(_, number)| fields[*number].kind == FieldKind::Npi && fields[*number].is_sound())
        .take(MOST)
        .collect();
    for (holder, number) in held {
        let bearer = fields[number].value.parse().ok().and_then(|npi| view.names.holder(npi));
        let Some(bearer) = bearer else { continue };
        let (first, last) = (bearer.given.first().map_or("", String::as_str), bearer.last.concat());
        if matches!(&who[holder], Who::Person(person) if plain(&person.last) == last) {
            continue;
        }
        let mut able = named
            .get(&last)
            .into_iter()
            .flatten()
            .take(MOST_OF_ONE_NAME)
            .filter(|at| {
                let given = match &who[**at] {
                    Who::Person(person) => person.first.as_deref().map(plain).unwrap_or_default(),
                    _ => String::new(),
                };
                given == first && holders[**at].may_provide && !holders[**at].has(FieldKind::Npi)
            });
        if let (Some(one), None) = (able.next().copied(), able.next()) {
            holders[holder].drop(number, &fields[number]);
            holders[one].hold(number, &fields[number]);
        }
    }
}

fn plain(name: &str) -> String {
    fold(name).replace([' ', '-'], "")
}
