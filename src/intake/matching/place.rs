//! Address, city, state and phone as one field: they are not independent, and a provider has several places.

use super::compare::{Finding, Scales, Source, View};
use crate::query::candidates::Candidate;
use crate::vocab::{
    keys::{Street, phone},
    names::fold,
    terms::ProviderKind,
};

/// How near a location is to what is given: the smaller the nearer.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Nearness {
    Address,
    PostalCode,
    City,
    State,
    Different,
}

const ALL: [(Nearness, &str); 5] = [
    (Nearness::Address, "address"),
    (Nearness::PostalCode, "postal_code"),
    (Nearness::City, "city"),
    (Nearness::State, "state"),
    (Nearness::Different, "different"),
];

/// The nearest location, and what the phone adds.
pub fn compare(scales: &Scales<'_>, view: &View<'_, '_>) -> Vec<Finding> {
    let places = view.candidate.records.iter().enumerate();
    let places = places.filter(|(_, record)| record.place.is_some());
    let nearest = places
        .map(|(number, _)| (nearness(scales, view, number), number))
        .min_by_key(|(near, number)| (*near, *number));
    let Some((near, number)) = nearest else {
        return Vec::new();
    };
    let mut found = Vec::new();
    let given = scales.given;
    // The nearest that the record could show at all.
    let finest = match () {
        () if given.street.is_some() && (given.zip.is_some() || given.city.is_some() || near == Nearness::Address) => {
            Some(Nearness::Address)
        }
        () if given.zip.is_some() => Some(Nearness::PostalCode),
        () if given.city.is_some() => Some(Nearness::City),
        () if given.state.is_some() => Some(Nearness::State),
        () => None,
    };
    if let Some(finest) = finest {
        found.push(placed(scales, row_of(view.candidate), near.max(finest), finest, number));
    }
    let mut phone = by_phone(scales, view, near == Nearness::Address);
    if let (Some(phone), Some(place)) = (&mut phone, found.first())
        && phone.level == "exact"
        && finest == Some(Nearness::Address)
    {
        // Two branches share a phone: the one at the very address is no less likely for it.
        let row = row_of(view.candidate);
        let there = placed(scales, row, Nearness::Address, Nearness::Address, number);
        let beside = scales.finding("phone", "exact_there", 1.0 / scales.chances.phone, phone.source);
        for (way, bits) in phone.bits.iter_mut().enumerate() {
            *bits = bits.min(there.bits[way] + beside.bits[way] - place.bits[way]);
        }
    }
    found.extend(phone);
    found
}

/// Whose places: persons move more than organisations.
pub fn row_of(candidate: &Candidate<'_>) -> &'static str {
    match candidate.records[0].kind {
        ProviderKind::Individual => "place",
        ProviderKind::Organization => "site",
    }
}

/// A level takes over what the finer levels would have had, where the record could not show them.
fn placed(scales: &Scales<'_>, row: &'static str, near: Nearness, finest: Nearness, number: usize) -> Finding {
    let chances = scales.chances;
    let (level, frequency) = match near {
        Nearness::Address => ("address", chances.address.min(chances.zip)),
        Nearness::PostalCode => ("postal_code", chances.zip),
        Nearness::City => ("city", chances.city),
        Nearness::State => ("state", chances.state),
        Nearness::Different => ("different", 1.0),
    };
    let mut finding = Finding {
        field: "place",
        ..scales.finding(row, level, 1.0 / frequency, Source::Location(number))
    };
    if near == finest {
        let finer = ALL.iter().filter(|(other, _)| *other < finest);
        let mut sums = scales.profile.level(row, level).under().map(|p| p.unwrap_or(0.0));
        for (_, name) in finer {
            for (sum, more) in sums.iter_mut().zip(scales.profile.level(row, name).under()) {
                *sum += more.unwrap_or(0.0);
            }
        }
        finding.bits = sums.map(|sum| (sum / frequency).max(1e-12).log2());
    }
    finding
}

fn nearness(scales: &Scales<'_>, view: &View<'_, '_>, number: usize) -> Nearness {
    let given = scales.given;
    let Some(place) = &view.candidate.records[number].place else {
        return Nearness::Different;
    };
    let zip = place.postal_code.and_then(|zip| zip.get(..5));
    let same_zip = given.zip.is_some() && zip == given.zip.as_deref();
    let same_city = given
        .city
        .as_deref()
        .is_some_and(|city| place.city.is_some_and(|own| is_city(own, city)));
    let same_state = match (&given.state, place.state) {
        (Some(given), Some(own)) => own.eq_ignore_ascii_case(given),
        _ => false,
    };
    // A street alone is one of any town.
    let anywhere = given.zip.is_none() && given.city.is_none() && (given.state.is_none() || same_state);
    let near_by = same_zip || (same_city && same_state) || anywhere;
    if near_by
        && let Some(street) = &given.street
        && [place.line1, place.line2]
            .into_iter()
            .flatten()
            .any(|line| may_have(line, &street.house))
        && let Some(own) = Street::parse(place.line1, place.line2)
        && same_street(street, &own)
    {
        return Nearness::Address;
    }
    match () {
        () if same_zip => Nearness::PostalCode,
        () if same_city && (same_state || given.state.is_none()) => Nearness::City,
        () if same_state => Nearness::State,
        () => Nearness::Different,
    }
}

/// Whether a city as written is one as folded. Most are written in letters and blanks alone.
fn is_city(own: &str, folded: &str) -> bool {
    own.eq_ignore_ascii_case(folded)
        || (!own.bytes().all(|b| b.is_ascii_alphabetic() || b == b' ') && fold(own) == folded)
}

/// Whether a line can have a house number at all; spares taking apart those that have not.
fn may_have(line: &str, house: &str) -> bool {
    !house.bytes().all(|b| b.is_ascii_digit()) || line.contains(house)
}

fn same_street(given: &Street, own: &Street) -> bool {
    if given.key() == own.key() {
        return true;
    }
    let (a, b) = (given.words.join(" "), own.words.join(" "));
    given.house == own.house && (strsim::osa_distance(&a, &b) <= 2 || super::alike::is_typo(&a, &b))
}

fn by_phone(scales: &Scales<'_>, view: &View<'_, '_>, there: bool) -> Option<Finding> {
    let given = scales.given.phone.as_deref()?;
    let records = view.candidate.records.iter().enumerate();
    let mut own = records.filter_map(|(number, record)| Some((number, record.place.as_ref()?.phone?)));
    let (first, phone) = own.next()?;
    let mut all = std::iter::once((first, phone)).chain(own);
    let same = all.find(|(_, own)| is_phone(own, given));
    let level = match (same.is_some(), there) {
        (true, true) => "exact_there",
        (true, false) => "exact",
        (false, true) => "different_there",
        (false, false) => "different",
    };
    let number = same.map_or(first, |(number, _)| number);
    Some(scales.finding("phone", level, 1.0 / scales.chances.phone, Source::Location(number)))
}

/// Whether a phone as written has these ten digits.
fn is_phone(own: &str, digits: &str) -> bool {
    own == digits || (own.len() != digits.len() && phone(own).as_deref() == Some(digits))
}
