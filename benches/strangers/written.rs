//! How other systems write a provider down: a claims extract, a spreadsheet, a list of contacts.

use provider_directory::intake::generate::{Site, Synthetic};
use rand::{Rng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

use super::slips::mistyped;

/// A provider as one kind of system writes it down.
pub fn written(who: &Synthetic, style: &str, chance: &mut ChaCha8Rng) -> Map<String, Value> {
    let site = who.sites.choose(chance).unwrap_or(&who.sites[0]);
    let (mut fields, address) = match style {
        "claims" => claim(who, site, chance),
        "sheet" => sheet(who, site, chance),
        _ => contact(who, site, chance),
    };
    add_specialty(&mut fields, who, chance);
    if !address.is_empty() {
        fields.insert("address".to_owned(), Value::Object(address));
    }
    fields
}

/// Fields, and those of the address.
type Written = (Map<String, Value>, Map<String, Value>);

/// Capitals in fields of fixed width.
fn claim(who: &Synthetic, site: &Site, chance: &mut ChaCha8Rng) -> Written {
    let (mut fields, mut address) = (Map::new(), Map::new());
    let name = &who.name;
    let width = |text: String, width| cut(&text.to_uppercase(), width);
    if let Some(organization) = &name.organization {
        put(&mut fields, "organization_name", width(organization.clone(), 30));
    } else if chance.random_bool(0.5) {
        let whole = format!(
            "{},{} {}",
            text(&name.last),
            text(&name.first),
            cut(&text(&name.middle), 1)
        );
        put(&mut fields, "name", width(whole, 35));
    } else {
        let last = format!("{} {}", text(&name.last), text(&name.suffix));
        put(&mut fields, "last_name", width(last, 18));
        put(&mut fields, "first_name", width(text(&name.first), 10));
        put(&mut fields, "middle_name", width(text(&name.middle), 1));
    }
    let line = format!("{} {}", site.line1, text(&site.line2));
    put(&mut address, "line1", width(line, 25));
    put(&mut address, "city", width(site.city.to_owned(), 15));
    put(&mut address, "state", site.state);
    put(&mut address, "postal_code", site.postal_code.clone());
    if chance.random_bool(0.45) {
        put(&mut fields, "npi", who.npi.to_string());
    }
    (fields, address)
}

/// Cells that hold more than they should, and numbers that a spreadsheet took for numbers.
fn sheet(who: &Synthetic, site: &Site, chance: &mut ChaCha8Rng) -> Written {
    let (mut fields, mut address) = (Map::new(), Map::new());
    let name = &who.name;
    if let Some(organization) = &name.organization {
        let organization = reworded(organization, site.city, chance);
        put(&mut fields, "organization_name", organization);
    } else {
        let (last, first) = (text(&name.last), text(&name.first));
        let last = if chance.random_bool(0.3) {
            format!("{last} {}", text(&name.credential).replace('.', ""))
        } else {
            last
        };
        put(&mut fields, "last_name", last);
        let first = if chance.random_bool(0.4) {
            format!("{first} {}", cut(&text(&name.middle), 1))
        } else {
            first
        };
        put(&mut fields, "first_name", first);
        put(&mut fields, "suffix", text(&name.suffix));
        if let Some(gender) = who.gender.filter(|_| chance.random_bool(0.3)) {
            put(&mut fields, "gender", gender.code());
        }
    }
    let suite = text(&site.line2).replace("Ste", "#").replace("Suite", "#");
    put(&mut address, "line1", street(&site.line1, chance));
    put(&mut address, "line2", suite);
    put(&mut address, "city", site.city);
    put(&mut address, "state", site.state);
    put(
        &mut address,
        "postal_code",
        site.postal_code[..5].trim_start_matches('0'),
    );
    let (area, exchange, line) = phone(site);
    put(&mut fields, "phone", format!("{area}-{exchange}-{line}"));
    if chance.random_bool(0.35) {
        put(&mut fields, "npi", format!("{}.0", who.npi));
    }
    (fields, address)
}

/// One field for the whole name, in whatever order, and half of the address.
fn contact(who: &Synthetic, site: &Site, chance: &mut ChaCha8Rng) -> Written {
    let (mut fields, mut address) = (Map::new(), Map::new());
    let name = &who.name;
    if let Some(organization) = &name.organization {
        put(&mut fields, "name", reworded(organization, site.city, chance));
    } else {
        let (first, last, credential) = (text(&name.first), text(&name.last), text(&name.credential));
        let whole = match chance.random_range(0..4) {
            0 => format!("{first} {last} {}", credential.replace('.', "")),
            1 => format!("{last} {first} {}", text(&name.middle)),
            2 => format!("Dr {first} {last} {}, {credential}", text(&name.suffix)),
            _ => format!("{last}, {first} ({credential})"),
        };
        let whole = whole.split_whitespace().collect::<Vec<_>>().join(" ");
        put(&mut fields, "name", whole.replace(" ,", ",").replace(" ()", ""));
    }
    put(&mut address, "city", town(site.city));
    put(&mut address, "state", site.state);
    if chance.random_bool(0.5) {
        put(&mut address, "postal_code", &site.postal_code[..5]);
    }
    if chance.random_bool(0.7) {
        let (area, exchange, line) = phone(site);
        let extension = chance.random_range(1..900);
        let whole = format!("+1 ({area}) {exchange} {line} ext {extension}");
        put(&mut fields, "phone", whole);
    }
    (fields, address)
}

/// The code of the specialty and the number of the licence, where the system keeps them.
fn add_specialty(fields: &mut Map<String, Value>, who: &Synthetic, chance: &mut ChaCha8Rng) {
    let primary = who.specialties.iter().find(|one| one.primary);
    let Some(specialty) = primary.filter(|_| chance.random_bool(0.5)) else {
        return;
    };
    put(fields, "specialty", specialty.code.clone());
    if let Some(number) = specialty.license_number.as_deref().filter(|_| chance.random_bool(0.2)) {
        let state = specialty.license_state.clone().unwrap_or_default();
        let number = if chance.random_bool(0.6) {
            number.trim_start_matches('0').to_owned()
        } else {
            format!("{state}-{number}").to_lowercase()
        };
        fields.insert("license".to_owned(), json!({"number": number, "state": state}));
    }
}

fn text(part: &Option<String>) -> String {
    part.clone().unwrap_or_default()
}

fn cut(text: &str, width: usize) -> String {
    text.chars().take(width).collect::<String>().trim().to_owned()
}

/// A telephone number in its three parts.
fn phone(site: &Site) -> (&str, &str, &str) {
    let digits = site.phone.as_str();
    (&digits[..3], &digits[3..6], &digits[6..])
}

/// Writes a field, if there is anything to write.
fn put(fields: &mut Map<String, Value>, name: &str, text: impl Into<String>) {
    let text = text.into();
    if !text.trim().is_empty() {
        fields.insert(name.to_owned(), json!(text));
    }
}

/// An organisation by fewer or other words.
fn reworded(organization: &str, city: &str, chance: &mut ChaCha8Rng) -> String {
    let short = [
        ("Center", "Ctr."),
        ("Associates", "Assoc"),
        ("Medical", "Med"),
        ("Hospital", "Hosp"),
        ("and", "&"),
        ("Saint", "St."),
        ("Family", "Fam"),
    ];
    let mut name = organization.to_owned();
    for (long, brief) in short {
        if chance.random_bool(0.4) {
            name = name.replace(long, brief);
        }
    }
    for form in [" LLC", " Inc", " PC", " PLLC", " PA", ", LLC", ", Inc.", " Inc."] {
        name = name.trim_end_matches(form).to_owned();
    }
    match chance.random_range(0..6) {
        0 => format!("{name} - {city}"),
        1 => format!("The {name}"),
        2 => format!("{name} #{}", chance.random_range(2..4_000)),
        _ => name,
    }
}

/// A street with its kind written out, or a slip of the pen.
fn street(line: &str, chance: &mut ChaCha8Rng) -> String {
    let long = [
        (" St", " Street"),
        (" Ave", " Av."),
        (" Blvd", " Boulevard"),
        (" Rd", " Rd."),
        (" Dr", " Drive"),
        (" N ", " North "),
        (" W ", " West "),
    ];
    let found = long
        .iter()
        .filter(|(short, _)| line.contains(short))
        .collect::<Vec<_>>();
    let line = found
        .choose(chance)
        .map_or_else(|| line.to_owned(), |(short, long)| line.replacen(short, long, 1));
    if chance.random_bool(0.1) {
        mistyped(&line, chance)
    } else {
        line
    }
}

/// A town as people shorten it.
fn town(city: &str) -> String {
    city.replace("Saint ", "St. ")
        .replace("Fort ", "Ft ")
        .replace("Mount ", "Mt ")
}
