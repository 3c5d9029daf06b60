//! Who is called so in a town: the evidence that the last words of a text are that town, however few live there; and whether these
//! words are rather somebody's surname.

use std::cell::{Cell, RefCell};

use crate::index::{Snapshot, names::Which, overlay::Changed, record::Record};
use crate::query::{
    changed,
    lists::Lists,
    matches::{in_field, while_in_all},
    spelling,
};
use crate::vocab::{names::fold, place::Place, terms::ProviderKind};

/// So many characters of a code tell the kind of care that its parts have in common.
const OF_KIND: usize = 4;
/// So many who bear a name are looked at.
const MOST_LOOKED_AT: usize = 64;

/// Words of names that give no letter to what they are shortened to.
const SMALL: &[&str] = &["and", "at", "for", "in", "of", "the"];
/// So many of a town are looked at for a misspelt surname, or of each category for a house.
const MOST_OF_TOWN: usize = 4_000;

/// Whether one of the first people who bear all words of a name has its last words for a surname.
pub(super) fn is_surname(snapshot: &Snapshot, name: &[String], surname: &[String]) -> bool {
    let surname = surname.join(" ");
    let is_of = |record: &Record<'_>| is_called(record, &surname);
    let in_segments = snapshot.segments.iter().any(|living| {
        let Some(mut lists) = Lists::open(living.segment.names(), Which::Current, name) else {
            return false;
        };
        let (mut from, mut left) = (0, MOST_LOOKED_AT);
        while left > 0
            && let Some(provider) = lists.next(from)
        {
            (from, left) = (provider + 1, left - 1);
            let location = living.segment.locations_of(provider).first();
            let is_called = location.is_some_and(|at| is_of(&living.segment.record(*at)));
            if is_called && living.is_alive(provider) {
                return true;
            }
        }
        false
    });
    let mut others = changed::bearers(snapshot, name).take(MOST_LOOKED_AT);
    in_segments || others.any(|changed| is_of(&changed.record(0)))
}

/// Whether a record is a person's of that surname.
fn is_called(record: &Record<'_>, surname: &str) -> bool {
    let sorted = fold(record.sort_name);
    let behind = sorted.strip_prefix(surname);
    record.kind == ProviderKind::Individual && behind.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

/// Whether a person of that surname is found in a town, who is for one of some kinds of care if there are any, be it a part of it.
pub(super) fn has_surname(snapshot: &Snapshot, surname: &String, care: &[&str], town: &Place) -> bool {
    let cares = |record: &Record<'_>| {
        let mut own = record.specialties.iter();
        care.is_empty() || own.any(|own| care.iter().any(|kind| own.get(..OF_KIND) == kind.get(..OF_KIND)))
    };
    is_called_at(snapshot, std::slice::from_ref(surname), town, cares)
}

/// Whether somebody in a town is called so and is meant: by one word whoever has it for a surname, by several who bears them all.
pub(in crate::query) fn is_called_at(
    snapshot: &Snapshot,
    name: &[String],
    town: &Place,
    is_meant: impl Fn(&Record<'_>) -> bool,
) -> bool {
    is_found_at(snapshot, name, town, |record| {
        let called = match name {
            [surname] => is_called(record, surname),
            _ => true,
        };
        called && is_meant(record)
    })
}

/// The surnames of people in a town that begin like a word, so many at most.
pub(in crate::query) fn surnames_beginning(snapshot: &Snapshot, town: &Place, begun: &str, most: usize) -> Vec<String> {
    let (found, looked) = (RefCell::new(Vec::new()), Cell::new(0));
    is_found_at(snapshot, &[], town, |record| {
        looked.set(looked.get() + 1);
        let mut found = found.borrow_mut();
        let surname = fold(record.sort_name.split([',', ' ']).next().unwrap_or_default());
        let person = record.kind == ProviderKind::Individual;
        if person && surname.starts_with(begun) && !found.contains(&surname) {
            found.push(surname);
        }
        found.len() == most || looked.get() == MOST_OF_TOWN
    });
    found.into_inner()
}

/// A word of the name of a person in a town who is called by another word, too, and which is meant by a misspelt one.
pub(super) fn called_like(
    snapshot: &Snapshot,
    exact: &String,
    town: &Place,
    is_like: impl Fn(&str) -> bool,
) -> Option<String> {
    let found = RefCell::new(None);
    is_found_at(snapshot, std::slice::from_ref(exact), town, |record| {
        let person = record.kind == ProviderKind::Individual;
        let own = person
            .then(|| record.words.split(' ').find(|own| is_like(own)))
            .flatten();
        if let Some(own) = own {
            *found.borrow_mut() = Some(own.to_owned());
        }
        own.is_some()
    });
    found.into_inner()
}

/// The surname of somebody in a town that is like a misspelt one: of those that are, rather one that begins alike.
pub(super) fn surname_like(
    snapshot: &Snapshot,
    town: &Place,
    typed: &str,
    is_like: impl Fn(&str) -> bool,
) -> Option<String> {
    let (found, looked) = (RefCell::new(None), Cell::new(0));
    is_found_at(snapshot, &[], town, |record| {
        looked.set(looked.get() + 1);
        let person = record.kind == ProviderKind::Individual;
        let surname = person.then(|| record.sort_name.split([',', ' ']).next().map(fold));
        let like = surname.flatten().filter(|own| is_like(own));
        let sure = like.as_ref().is_some_and(|own| own.starts_with(&typed[..1]));
        if let Some(own) = like.filter(|_| sure || found.borrow().is_none()) {
            *found.borrow_mut() = Some(own);
        }
        // Whoever begins alike is meant, and of a great city not everybody is looked at.
        sure || looked.get() == MOST_OF_TOWN
    });
    found.into_inner()
}

/// Whether somebody who bears all these words in the current name is found in a town.
pub(super) fn is_borne_at(snapshot: &Snapshot, words: &[String], town: &Place) -> bool {
    is_found_at(snapshot, words, town, |_| true)
}

/// Whether the name of a house in a town begins with these words.
pub(super) fn is_beginning_at(snapshot: &Snapshot, words: &[String], town: &Place) -> bool {
    is_found_at(snapshot, words, town, |record| {
        let mut own = record.words.split(' ');
        record.kind == ProviderKind::Organization && words.iter().all(|word| own.next() == Some(word.as_str()))
    })
}

/// The names of houses of a category in a town of which the words begin with these letters, so many at most.
pub(super) fn houses_of_initials(
    snapshot: &Snapshot,
    town: &Place,
    category: &str,
    letters: &str,
    most: usize,
) -> Vec<Vec<String>> {
    let (found, looked) = (RefCell::new(Vec::new()), Cell::new(0));
    is_found_of(snapshot, &[], Some(category), town, |record| {
        looked.set(looked.get() + 1);
        let mut found = found.borrow_mut();
        if record.kind == ProviderKind::Organization && has_initials(record.words, letters) {
            let words: Vec<String> = record.words.split(' ').map(str::to_owned).collect();
            if !found.contains(&words) {
                found.push(words);
            }
        }
        found.len() == most || looked.get() == MOST_OF_TOWN
    });
    found.into_inner()
}

/// Whether the words of a house's name begin with these letters, small words and what it is as a company apart.
fn has_initials(name: &str, letters: &str) -> bool {
    let mut words: Vec<&str> = name.split(' ').filter(|word| !SMALL.contains(word)).collect();
    while words.len() > 1 && words.last().is_some_and(|word| spelling::is_company(word)) {
        words.pop();
    }
    let mut initials = words.iter().filter_map(|word| word.chars().next());
    words.len() == letters.len() && letters.chars().all(|letter| initials.next() == Some(letter))
}

/// Whether somebody who bears all these words in the current name is found in a town and is meant.
fn is_found_at(snapshot: &Snapshot, words: &[String], town: &Place, is_meant: impl Fn(&Record<'_>) -> bool) -> bool {
    is_found_of(snapshot, words, None, town, is_meant)
}

/// The same of those of a category.
fn is_found_of(
    snapshot: &Snapshot,
    words: &[String],
    category: Option<&str>,
    town: &Place,
    is_meant: impl Fn(&Record<'_>) -> bool,
) -> bool {
    let Some(city) = town.city.as_deref().map(fold) else {
        return false;
    };
    let is_there = |there: Option<&str>| there.is_some_and(|there| there.eq_ignore_ascii_case(&town.state));
    // Recent changes first, which are few.
    let is_changed = |changed: &Changed| {
        changed.records().any(|record| {
            let here = record
                .place
                .as_ref()
                .is_some_and(|place| is_there(place.state) && place.city.map(fold).as_deref() == Some(&city));
            here && is_meant(&record)
        })
    };
    let in_overlay = match words {
        [] => snapshot.changed_providers().any(|changed| is_changed(changed)),
        words => changed::bearers(snapshot, words).any(is_changed),
    };
    in_overlay
        || snapshot.segments.iter().any(|living| {
            let (segment, mut found) = (&living.segment, false);
            let mut terms = in_field(segment.fields().place_name, words);
            terms.push((segment.fields().city, city.as_str()));
            terms.extend(category.map(|category| (segment.fields().category, category)));
            let looked = while_in_all(segment, &terms, |doc| {
                found = segment.location_of_doc(doc).is_some_and(|location| {
                    let record = segment.record(location);
                    let state = record.place.as_ref().and_then(|place| place.state);
                    living.is_alive(segment.entry(location).provider) && is_there(state) && is_meant(&record)
                });
                !found
            });
            // What cannot be read here fails the search itself.
            looked.is_ok() && found
        })
}
