//! What stands in the wrong field of a record: rosters have one column for the names of people and of organisations, forms
//! are filled in a line too early, and whole letterheads are pasted into a name. Nothing is guessed: what is moved is what
//! can only be the other thing, and only to where nothing stands.

use super::{
    alike::are_usual,
    called::{is_one_person, looks_organizational},
    record::{Address, Record},
};
use crate::vocab::{Npi, keys, names::words};

/// A record with everything where it belongs.
pub fn in_place(mut record: Record) -> Record {
    letterhead(&mut record);
    organization(&mut record);
    person(&mut record);
    city(&mut record);
    number(&mut record);
    record
}

/// `Lakeside Clinic LLC` as a surname, with no given name.
fn organization(record: &mut Record) {
    let alone = record.first_name.is_none() && record.middle_name.is_none() && record.name.is_none();
    if alone
        && record.organization_name.is_none()
        && let Some(last) = record
            .last_name
            .take_if(|last| words(last).len() > 1 && looks_organizational(last))
    {
        record.organization_name = Some(last);
    }
}

/// `Gary Dalton DDS` as an organisation: a credential, and no word or form that only organisations have. Or `Gary Dalton`, which
/// may be either.
fn person(record: &mut Record) {
    let alone = record.name.is_none() && record.first_name.is_none() && record.last_name.is_none();
    let is_person = |name: &str| is_one_person(name) || is_usual_name(name);
    if alone && record.organization_name.as_deref().is_some_and(is_person) {
        record.name = record.organization_name.take();
    }
}

/// Whether a name is two or three words, of which the first is a usual given name, and none says what organisations are.
fn is_usual_name(name: &str) -> bool {
    let all = words(name);
    (2..=3).contains(&all.len())
        && !looks_organizational(name)
        && keys::legal_form(name).is_none()
        && all.iter().all(|word| word.bytes().all(|b| b.is_ascii_alphabetic()))
        && all.first().is_some_and(|first| are_usual(first, first))
}

/// The city with its state and ZIP behind it, or the street with all of that.
fn city(record: &mut Record) {
    let Some(written) = &mut record.address else { return };
    if written.state.is_some() || written.postal_code.is_some() {
        return;
    }
    let whole = match (written.line1.as_deref(), written.city.as_deref()) {
        (street, Some(city)) if ends_in_a_zip(city) || ends_in_a_state(city) => {
            format!("{}, {city}", street.unwrap_or_default())
        }
        (Some(street), None) if ends_in_a_zip(street) && street.contains(',') => street.to_owned(),
        _ => return,
    };
    let parts: Vec<&str> = whole.split(',').map(str::trim).collect();
    let read = address(&parts);
    if read.state.is_some() && read.city.is_some() {
        written.line1 = read.line1.filter(|line| !line.is_empty());
        (written.city, written.state, written.postal_code) = (read.city, read.state, read.postal_code);
    }
}

/// `Katy, TX`
fn ends_in_a_state(text: &str) -> bool {
    let behind = text.rsplit_once(',').map_or("", |(_, behind)| behind.trim());
    behind.len() == 2 && behind.bytes().all(|b| b.is_ascii_uppercase())
}

fn ends_in_a_zip(text: &str) -> bool {
    let last = text.split_whitespace().next_back().unwrap_or_default();
    last.len() >= 5 && last.bytes().all(|b| b.is_ascii_digit() || b == b'-')
}

/// An NPI as the number of a licence, or as a phone: no area code begins with a one.
fn number(record: &mut Record) {
    if record.npi.as_deref().is_some_and(|npi| is_npi(npi).is_some()) {
        return;
    }
    if let Some(license) = &mut record.license
        && let Some(npi) = license.number.as_deref().and_then(is_npi)
    {
        license.number = record.npi.replace(npi);
        return;
    }
    if record.npi.is_none()
        && let Some(npi) = record
            .phone
            .as_deref()
            .and_then(is_npi)
            .filter(|npi| npi.starts_with('1'))
    {
        record.phone = None;
        record.npi = Some(npi);
    }
}

/// Ten digits whose check digit fits, and nothing else.
fn is_npi(text: &str) -> Option<String> {
    let text = text.trim();
    let npi = text.parse::<Npi>().ok().filter(|npi| npi.is_issuable())?;
    Some(npi.to_string())
}

/// A name with more behind it: `Jane Doe MD, 1200 Main St, Houston TX 77030`, `Jane Doe NPI# 1234567893`.
fn letterhead(record: &mut Record) {
    let Some(name) = record
        .name
        .as_deref()
        .filter(|name| name.bytes().any(|b| b.is_ascii_digit()))
    else {
        return;
    };
    let mut name = name.to_owned();
    if record.npi.is_none()
        && let Some((before, npi, behind)) = labelled_npi(&name).or_else(|| bare_npi(&name))
    {
        record.npi = Some(npi);
        name = format!("{before} {behind}").trim().to_owned();
    }
    let parts: Vec<&str> = name.split(',').map(str::trim).collect();
    let street = parts
        .iter()
        .skip(1)
        .position(|part| part.contains(' ') && part.starts_with(|c: char| c.is_ascii_digit()));
    if let Some(street) = street.map(|at| at + 1) {
        if record.address.is_none() {
            record.address = Some(address(&parts[street..]));
        }
        name = parts[..street].join(", ");
    }
    record.name = Some(name.trim_matches([' ', ',', ';', '-']).to_owned()).filter(|name| !name.is_empty());
}

/// What stands before an NPI that is named as one, the NPI, and what stands behind it.
fn labelled_npi(name: &str) -> Option<(&str, String, &str)> {
    let at = name.to_ascii_lowercase().find("npi")?;
    let (before, rest) = (&name[..at], &name[at + 3..]);
    if before.ends_with(|c: char| c.is_alphanumeric()) {
        return None;
    }
    let number = rest.trim_start_matches([' ', '#', ':', '.', '-', '=']);
    let length = number.bytes().take_while(u8::is_ascii_digit).count();
    let npi = is_npi(&number[..length])?;
    Some((
        before.trim_end_matches([' ', ',', '(', ';', '-']),
        npi,
        number[length..].trim_start_matches(')'),
    ))
}

/// The same of an NPI that nothing names: `1234567893 - DOE, JANE`.
fn bare_npi(name: &str) -> Option<(&str, String, &str)> {
    let mut from = 0;
    while let Some(at) = name[from..].find(|c: char| c.is_ascii_digit()) {
        let start = from + at;
        let length = name[start..].bytes().take_while(u8::is_ascii_digit).count();
        from = start + length;
        if let Some(npi) = Some(&name[start..from]).filter(|_| length == 10).and_then(is_npi) {
            let before = name[..start].trim_end_matches([' ', ',', '(', ';', '-']);
            return Some((before, npi, name[from..].trim_start_matches([' ', ',', ')', ';', '-'])));
        }
    }
    None
}

/// Street, then `City ST 12345`, or each behind a comma of its own.
fn address(parts: &[&str]) -> Address {
    let mut address = Address {
        line1: parts.first().map(|part| (*part).to_owned()),
        ..Address::default()
    };
    let mut words: Vec<&str> = parts.iter().skip(1).flat_map(|part| part.split_whitespace()).collect();
    let zip = words
        .last()
        .copied()
        .filter(|word| word.len() >= 5 && word.bytes().all(|b| b.is_ascii_digit() || b == b'-'));
    if let Some(zip) = zip {
        address.postal_code = Some(zip.to_owned());
        words.pop();
    }
    let state = words
        .last()
        .copied()
        .filter(|word| word.len() == 2 && word.bytes().all(|b| b.is_ascii_alphabetic()));
    if let Some(state) = state {
        address.state = Some(state.to_owned());
        words.pop();
    }
    address.city = Some(words.join(" ")).filter(|city| !city.is_empty());
    address
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn moved(record: Value) -> Value {
        serde_json::to_value(in_place(Record::parse(record).expect("a record"))).expect("JSON")
    }

    #[test]
    fn what_stands_in_the_wrong_field_is_taken_for_what_it_is() {
        for (given, meant) in [
            (
                json!({"last_name": "ESSENT HEALTH CARE OF MASS INC"}),
                json!({"organization_name": "ESSENT HEALTH CARE OF MASS INC"}),
            ),
            (
                json!({"npi": "T549961", "license": {"number": "1234567893", "state": "TX"}}),
                json!({"npi": "1234567893", "license": {"number": "T549961", "state": "TX"}}),
            ),
            (
                json!({"last_name": "Doe", "phone": "1234567893"}),
                json!({"last_name": "Doe", "npi": "1234567893"}),
            ),
            (
                json!({"name": "Jane Doe MD NPI# 1234567893"}),
                json!({"name": "Jane Doe MD", "npi": "1234567893"}),
            ),
            (
                json!({"name": "1234567893 - DOE, JANE"}),
                json!({"name": "DOE, JANE", "npi": "1234567893"}),
            ),
            (
                json!({"last_name": "Doe", "address": {"line1": "300 S School St", "city": "Dermott, AR"}}),
                json!({"last_name": "Doe", "address": {"line1": "300 S School St", "city": "Dermott", "state": "AR"}}),
            ),
            (
                json!({"name": "Jane Doe MD, 1200 Main St, Houston TX 77030"}),
                json!({"name": "Jane Doe MD", "address": {"line1": "1200 Main St", "city": "Houston", "state": "TX", "postal_code": "77030"}}),
            ),
            (
                json!({"organization_name": "GARY DALTON DDS"}),
                json!({"name": "GARY DALTON DDS"}),
            ),
            (
                json!({"last_name": "Doe", "address": {"line1": "300 S School St", "city": "Dermott, AR 71638"}}),
                json!({"last_name": "Doe", "address": {"line1": "300 S School St", "city": "Dermott", "state": "AR", "postal_code": "71638"}}),
            ),
            (
                json!({"last_name": "Doe", "address": {"line1": "300 S School St, Dermott, AR 71638"}}),
                json!({"last_name": "Doe", "address": {"line1": "300 S School St", "city": "Dermott", "state": "AR", "postal_code": "71638"}}),
            ),
        ] {
            assert_eq!(moved(given), meant);
        }
    }

    #[test]
    fn what_may_stand_there_stays() {
        for record in [
            json!({"first_name": "Ann", "last_name": "Health"}),
            json!({"organization_name": "Gary Dalton DDS PLLC"}),
            json!({"address": {"line1": "1200 Main St", "city": "Houston", "state": "TX"}, "last_name": "Doe"}),
            json!({"npi": "1245319599", "license": {"number": "1234567893"}}),
            json!({"name": "2nd Street Dental"}),
            json!({"name": "Clinic 24, Houston"}),
            json!({"last_name": "Doe", "phone": "2234567892"}),
        ] {
            assert_eq!(moved(record.clone()), record);
        }
    }
}
