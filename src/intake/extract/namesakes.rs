//! Names that say nothing by themselves, and of whom the rest of the text or the directory tells that they provide: `Call Ann Lee
//! about it`, where `Dr. Lee` is spoken of; `Ann Lee 713-555-0142`, whose number that is; `said Lee`, once she was introduced.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    Who,
    field::{Field, FieldKind},
    group::Holder,
    layout::Label,
    person::{Found, Person},
    roles::Role,
    view::View,
};
use crate::vocab::names::{fold, words};

/// Surnames whose numbers are looked up.
const MOST_LOOKED_UP: usize = 200;

/// Makes those providers of whom nothing else tells.
pub fn settle(view: &View<'_, '_>, who: &[Who], holders: &[Holder], fields: &[Field], roles: &mut [Role]) {
    by_others(view, who, holders, roles);
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

/// `Complainant: Ann Lee`, and further on `Signed: Ann Lee`: of whom a label alone would make a provider, and who is told to be
/// somebody else.
fn by_others(view: &View<'_, '_>, who: &[Who], holders: &[Holder], roles: &mut [Role]) {
    let full = |person: &Person| Some((fold(person.first.as_deref()?), fold(&person.last)));
    let mut others: FxHashSet<(String, String)> = FxHashSet::default();
    let mut sure: FxHashSet<(String, String)> = FxHashSet::default();
    let numbered = |at: usize| {
        [FieldKind::Npi, FieldKind::License, FieldKind::Dea]
            .iter()
            .any(|kind| holders[at].has(*kind))
    };
    let is_told = |at: usize, person: &Person| person.is_clinician || person.found < Found::Label || numbered(at);
    for (at, person) in people(who) {
        match roles[at] {
            Role::Other => others.extend(full(person)),
            Role::Provider(_) if is_told(at, person) => sure.extend(full(person)),
            _ => {}
        }
    }
    // Names that nothing tells to be one are known by their labels.
    let signed = |person: &Person| person.found == Found::Label && person.first.is_some();
    if people(who).any(|(at, person)| signed(person) && !is_told(at, person)) {
        for item in view.layout.items().iter().filter(|item| item.label == Label::Other) {
            let label = words(&view.text.source[item.label_bytes.clone()]);
            let value = words(
                view.text.source[item.bytes.clone()]
                    .split("  ")
                    .next()
                    .unwrap_or_default(),
            );
            // Whom a letter is to or from may well be a provider.
            let addressed = label
                .iter()
                .any(|word| matches!(word.as_str(), "from" | "to" | "cc" | "attn" | "attention"));
            if let ([first, last], false) = (value.as_slice(), addressed) {
                others.insert((first.clone(), last.clone()));
                others.insert((last.clone(), first.clone()));
            }
        }
    }
    if others.is_empty() {
        return;
    }
    for (at, person) in people(who).filter(|(at, person)| !is_told(*at, person)) {
        let named = full(person).filter(|name| others.contains(name) && !sure.contains(name));
        if named.is_some() {
            roles[at] = Role::Other;
        }
    }
}

/// Whose telephone number, as the directory has it, stands beside the name.
fn by_phone(view: &View<'_, '_>, who: &[Who], holders: &[Holder], fields: &[Field], roles: &mut [Role]) {
    by_phone_of_surname(view, who, holders, fields, roles);
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

/// `713-555-0142 (Lee)`, where that is the number of the Ann Lee who is told in full.
fn by_phone_of_surname(view: &View<'_, '_>, who: &[Who], holders: &[Holder], fields: &[Field], roles: &mut [Role]) {
    let alone: Vec<(usize, &Person)> = people(who)
        .filter(|(at, person)| person.found == Found::Surname && person.first.is_none() && roles[*at] == Role::Unknown)
        .filter(|(at, _)| holders[*at].has(FieldKind::Phone))
        .take(MOST_LOOKED_UP)
        .collect();
    if alone.is_empty() {
        return;
    }
    let by_surname = by_surname(who);
    for (at, person) in alone {
        let Some(all) = by_surname.get(&fold(&person.last)) else {
            continue;
        };
        let one = all.iter().all(|(_, first)| *first == all[0].1);
        if !one || all.iter().any(|(at, _)| roles[*at] != Role::Unknown) {
            continue;
        }
        let phone = holders[at].fields.iter().map(|number| &fields[*number]);
        let mut phone = phone.filter(|field| field.kind == FieldKind::Phone);
        let reached = phone
            .next()
            .map(|field| view.names.reached_by(&field.value))
            .unwrap_or_default();
        let last = words(&person.last).concat();
        if reached
            .iter()
            .any(|own| own.last.concat() == last && own.given.contains(&all[0].1))
        {
            all.iter().for_each(|(at, _)| roles[*at] = Role::Provider("provider"));
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
