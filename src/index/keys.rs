//! The keys of a provider: every writing under which a record that means it may look for it, see [`crate::vocab::keys`].

use crate::domain::provider::{Name, Provider};
use crate::vocab::{
    keys::{Street, key, license, organization_words, phone, sound, surnames},
    names,
};

/// All keys of a provider, sorted, each once.
pub fn keys(provider: &Provider) -> Vec<String> {
    let mut keys = Vec::new();
    let mut states: Vec<&str> = provider.locations.iter().filter_map(|l| l.state.as_deref()).collect();
    states.extend(provider.specialties.iter().filter_map(|s| s.license_state.as_deref()));
    states.sort_unstable();
    states.dedup();
    let others = provider.other_names.iter().map(|other| &other.name);
    for name in std::iter::once(&provider.name).chain(others) {
        add_name(name, &provider.name, &states, &mut keys);
    }
    let phones = provider.locations.iter().filter_map(|l| l.phone.as_deref());
    keys.extend(
        phones
            .chain(provider.phone.as_deref())
            .filter_map(phone)
            .map(|p| key::phone(&p)),
    );
    for specialty in &provider.specialties {
        if let Some(number) = specialty.license_number.as_deref().and_then(license) {
            keys.push(key::license(specialty.license_state.as_deref(), &number));
            keys.push(key::license(None, &number));
        }
    }
    for location in &provider.locations {
        let street = Street::parse(location.line1.as_deref(), location.line2.as_deref());
        if let (Some(street), Some(zip)) = (street, location.postal_code.as_deref().and_then(|zip| zip.get(..5))) {
            keys.push(key::address(&street.key(), zip));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The keys of a name; an other name without a given name takes that of the current one.
fn add_name(name: &Name, current: &Name, states: &[&str], keys: &mut Vec<String>) {
    if let Some(organization) = &name.organization {
        keys.push(key::organization(&organization_words(organization)));
        return;
    }
    let Some(last) = &name.last else { return };
    let given = name.first.as_deref().or(current.first.as_deref()).unwrap_or_default();
    let first = names::words(given).into_iter().next().unwrap_or_default();
    if !first.is_empty() {
        keys.push(key::first(&first));
    }
    for (number, surname) in surnames(last).iter().enumerate() {
        keys.push(key::last(surname));
        let Some(initial) = first.chars().next() else { continue };
        keys.push(key::person(surname, &first));
        let sound = if number == 0 { sound(surname) } else { String::new() };
        for state in states {
            keys.push(key::local(surname, initial, state));
            if !sound.is_empty() {
                keys.push(key::sounding(&sound, initial, state));
            }
        }
    }
}
