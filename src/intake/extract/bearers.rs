//! An NPI that stands next to one name and is that of another one in the text, as the directory knows: it goes to its bearer. A
//! telephone number in a row of several people is that of those whom it reaches.

use rustc_hash::FxHashMap;

use super::field::{Field, FieldKind};
use super::group::Holder;
use super::view::View;
use super::{Who, bytes_of};
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
        let able = named
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
        // Who is named several times has the number where it stands; two of one name are not told apart.
        let able: Vec<usize> = able.copied().collect();
        let told = able.iter().all(|one| are_one(&who[*one], &who[able[0]]));
        let at = fields[number].bytes.start;
        let nearest = able.iter().min_by_key(|one| bytes_of(&who[**one]).start.abs_diff(at));
        if let Some(one) = nearest.filter(|_| told) {
            holders[holder].drop(number, &fields[number]);
            holders[*one].hold(number, &fields[number]);
        }
    }
}

/// Whether a name fills a cell of a row, or stands between gaps.
fn is_in_cell(view: &View<'_, '_>, holder: &Holder) -> bool {
    let first = view
        .text
        .tokens
        .partition_point(|token| (token.start as usize) < holder.bytes.start);
    view.layout.row_at(holder.bytes.start).is_some() || view.is_apart(first)
}

/// Takes a telephone number that several people of a row share from those whom it does not reach, where it reaches some.
pub fn put_right_phones(view: &View<'_, '_>, who: &[Who], holders: &mut [Holder], fields: &[Field]) {
    let mut shared: FxHashMap<usize, Vec<usize>> = FxHashMap::default();
    for (at, holder) in holders.iter().enumerate() {
        if !holder.is_person || !is_in_cell(view, holder) {
            continue;
        }
        let line = view.text.line_at(holder.bytes.start);
        let phones = holder.fields.iter().filter(|number| {
            let field = &fields[**number];
            field.kind == FieldKind::Phone && view.text.line_at(field.bytes.start) == line
        });
        phones.for_each(|number| shared.entry(*number).or_default().push(at));
    }
    let mut shared: Vec<(usize, Vec<usize>)> = shared.into_iter().filter(|(_, people)| people.len() > 1).collect();
    shared.sort_unstable();
    for (number, people) in shared.into_iter().take(MOST) {
        let reached = view.names.reached_by(&fields[number].value);
        let is_reached = |at: &usize| {
            let Who::Person(person) = &who[*at] else { return false };
            let given = person.first.as_deref().map(plain).unwrap_or_default();
            let last = plain(&person.last);
            reached
                .iter()
                .any(|own| own.last.concat() == last && own.given.contains(&given))
        };
        let (own, others): (Vec<usize>, Vec<usize>) = people.into_iter().partition(is_reached);
        if !own.is_empty() {
            others.iter().for_each(|other| holders[*other].lose(number, fields));
        }
    }
}

/// Whether two of one given name and surname may be the same: neither a suffix nor a middle initial tells them apart.
fn are_one(one: &Who, other: &Who) -> bool {
    let (Who::Person(one), Who::Person(other)) = (one, other) else {
        return false;
    };
    let initial = |middle: &Option<String>| plain(middle.as_deref().unwrap_or_default()).chars().next();
    let differ = initial(&one.middle)
        .zip(initial(&other.middle))
        .is_some_and(|(one, other)| one != other);
    let suffix = |suffix: &Option<String>| plain(suffix.as_deref().unwrap_or_default());
    !differ && suffix(&one.suffix) == suffix(&other.suffix)
}

fn plain(name: &str) -> String {
    fold(name).replace([' ', '-'], "")
}
