//! Names that say nothing by themselves, and of whom the rest of the text or the directory tells that they provide: `Call Ann Lee
//! about it`, where `Dr. Lee` is spoken of; `Ann Lee 713-555-0142`, whose number that is; `said Lee`, once she was introduced.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Who,
    field::{Field, FieldKind},
    group::Holder,
    person::{Found, Person},
    roles::Role,
    view::View,
};
use crate::vocab::names::{fold, words};

/// Makes those providers of whom nothing else tells.
pub fn settle(view: &View<'_, '_>, who: &[Who], holders: &[Holder], fields: &[Field], roles: &mut [Role]) {
    by_phone(view, who, holders, fields, roles);
    by_title(who, roles);
    by_introduction(who, roles);
}

fn people(who: &[Who]) -> impl Iterator<Item = (usize, &Person)> {
    who.iter().enumerate().filter_map(|(at, who)| match who {
        Who::Person(person) => Some((at, person)),
        _ => None,
    })
}

/// Whose telephone number, as the directory has it, stands beside the name.
fn by_phone(view: &View<'_, '_>, who: &[Who], holders: &[Holder], fields: &[Field], roles: &mut [Role]) {
    for (at, person) in people(who) {
        let Some(first) = person.first.as_deref().filter(|_| roles[at] == Role::Unknown) else {
            continue;
        };
        let (given, last) = (words(first), words(&person.last).concat());
        let phone = holders[at].fields.iter().map(|number| &fields[*number]);
        let phone = phone.clone().find(|field| field.kind == FieldKind::Phone);
        let reached = phone
            .map(|field| view.names.reached_by(&field.value))
            .unwrap_or_default();
        let is_it = reached
            .iter()
            .any(|own| own.last.concat() == last && given.first().is_some_and(|given| own.given.contains(given)));
        if is_it {
            roles[at] = Role::Provider("provider");
        }
    }
}

/// `Dr. Lee` is spoken of, and one person alone is called so in full.
fn by_title(who: &[Who], roles: &mut [Role]) {
    let mut titled: FxHashSet<String> = FxHashSet::default();
    for (at, person) in people(who) {
        if matches!(roles[at], Role::Provider(_)) && person.first.is_none() && person.found == Found::Title {
            titled.insert(fold(&person.last));
        }
    }
    if titled.is_empty() {
        return;
    }
    for (surname, all) in by_surname(who) {
        let unknown = all.iter().all(|(at, _)| roles[*at] == Role::Unknown);
        let one = all.iter().all(|(_, first)| *first == all[0].1);
        if titled.contains(&surname) && unknown && one {
            all.iter().for_each(|(at, _)| roles[*at] = Role::Provider("provider"));
        }
    }
}

/// `said Lee`, where one person alone is called so, and provides.
fn by_introduction(who: &[Who], roles: &mut [Role]) {
    let by_surname = by_surname(who);
    for (at, person) in people(who).filter(|(_, person)| person.found == Found::Surname) {
        let Some(all) = by_surname.get(&fold(&person.last)) else {
            continue;
        };
        let initial = person.first.as_deref().map(fold).unwrap_or_default();
        let all: Vec<&(usize, String)> = all.iter().filter(|(_, first)| first.starts_with(&initial)).collect();
        let sure = all.iter().any(|(at, _)| matches!(roles[*at], Role::Provider(_)));
        let other = all.iter().any(|(at, _)| roles[*at] == Role::Other);
        let one = all
            .iter()
            .all(|(_, first)| first.chars().next() == all[0].1.chars().next());
        if roles[at] == Role::Unknown && sure && !other && one {
            roles[at] = Role::Provider("provider");
        }
    }
}

/// Those who are called in full, by their surnames.
fn by_surname(who: &[Who]) -> FxHashMap<String, Vec<(usize, String)>> {
    let mut found: FxHashMap<String, Vec<(usize, String)>> = FxHashMap::default();
    for (at, person) in people(who).filter(|(_, person)| person.found != Found::Surname) {
        if let Some(first) = &person.first {
            found.entry(fold(&person.last)).or_default().push((at, fold(first)));
        }
    }
    found
}
