//! Records as other systems would send them, drawn without a look at how [`provider_directory::intake::matching::dirty`]
//! makes its own: claims extracts with fields of fixed width, rosters out of spreadsheets, what a clerk heard on the phone,
//! faxes read by a machine, contacts of a sales team. Each draw depends on seed and number alone.

use provider_directory::{
    intake::{
        generate::{self, Synthetic},
        matching::Record,
    },
    vocab::{Npi, terms::ProviderKind},
};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use serde_json::{Map, Value, json};

/// A record, who is meant, and what kind of trouble it is.
pub struct Stranger {
    /// What the trouble is.
    pub kind: &'static str,
    /// What is sent.
    pub record: Record,
    /// Who is meant; nobody: not in the directory.
    pub meant: Option<Npi>,
}

const PRESENT: &[&str] = &[
    "claims",
    "claims",
    "heard",
    "heard",
    "fax",
    "fax",
    "sheet",
    "sheet",
    "contact",
    "contact",
    "keyed",
    "keyed",
    "twice_keyed",
    "half_surname",
    "stale",
    "stale",
    "married",
    "wrong_npi",
    "nulls",
    "bare",
    "specialty_words",
];
const ABSENT: &[&str] = &[
    "absent",
    "absent",
    "absent_generation",
    "absent_namesake",
    "absent_household",
    "absent_office",
    "absent_wrong_npi",
];

/// Where the records are drawn from.
pub struct World {
    /// The seed of the population.
    pub population: u64,
    /// How many of it are in the directory.
    pub providers: u64,
    /// The seed of the records.
    pub seed: u64,
}

impl World {
    /// The record with a number.
    pub fn stranger(&self, number: u64) -> Stranger {
        let mut chance = ChaCha8Rng::seed_from_u64(self.seed ^ number.wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let there = self.somebody(&mut chance);
        let away = generate::provider(self.providers + 7 + number, self.population);
        let absent = chance.random_bool(0.22);
        let kinds = if absent { ABSENT } else { PRESENT };
        let kind = kinds.choose(&mut chance).copied().unwrap_or("claims");
        let fields = if absent {
            self.nobody(kind, &there, &away, &mut chance)
        } else {
            self.known(kind, &there, &mut chance)
        };
        // A system that has no room for a `Jr` leaves nothing that tells a son from his father.
        let kind = match kind {
            "absent_generation" if !tells_generation(&fields) => "absent_untold",
            kind => kind,
        };
        let record =
            Record::parse(fields).unwrap_or_else(|_| Record::parse(json!({"name": "Nobody"})).expect("a record"));
        Stranger {
            kind,
            record,
            meant: (!absent).then_some(there.npi),
        }
    }

    fn somebody(&self, chance: &mut ChaCha8Rng) -> Synthetic {
        generate::provider(chance.random_range(0..self.providers), self.population)
    }

    fn nobody(&self, kind: &str, there: &Synthetic, away: &Synthetic, chance: &mut ChaCha8Rng) -> Value {
        let mut who = away.clone();
        let persons = there.kind == ProviderKind::Individual && away.kind == ProviderKind::Individual;
        match kind {
            "absent_generation" if persons => {
                let theirs = there.name.suffix.as_deref().unwrap_or_default().to_ascii_lowercase();
                who.name.first.clone_from(&there.name.first);
                who.name.last.clone_from(&there.name.last);
                who.name.middle.clone_from(&there.name.middle);
                who.name.suffix = Some(
                    if theirs.starts_with('s') || theirs.is_empty() {
                        "Jr"
                    } else {
                        "III"
                    }
                    .to_owned(),
                );
                who.sites.clone_from(&there.sites);
                who.specialties.clone_from(&there.specialties);
            }
            "absent_namesake" if persons => {
                who.name.first.clone_from(&there.name.first);
                who.name.last.clone_from(&there.name.last);
            }
            "absent_household" if persons => {
                who.name.last.clone_from(&there.name.last);
                who.sites.clone_from(&there.sites);
            }
            "absent_office" => who.sites.clone_from(&there.sites),
            _ => {}
        }
        let style = ["claims", "sheet", "contact", "stale_free"]
            .choose(chance)
            .copied()
            .unwrap_or("claims");
        let mut fields = written(&who, style, chance);
        if kind == "absent_wrong_npi" {
            fields.insert("npi".to_owned(), json!(there.npi.to_string()));
        } else {
            fields.remove("npi");
            fields.remove("license");
        }
        Value::Object(fields)
    }

    fn known(&self, kind: &str, who: &Synthetic, chance: &mut ChaCha8Rng) -> Value {
        let style = match kind {
            "claims" | "sheet" | "contact" => kind,
            _ => ["claims", "sheet", "contact"]
                .choose(chance)
                .copied()
                .unwrap_or("sheet"),
        };
        let mut who = who.clone();
        let other = self.somebody(chance);
        match kind {
            "heard" => each_name(&mut who, heard),
            "fax" => each_name(&mut who, |name| faxed(name, chance)),
            "keyed" => {
                let which = chance.random_range(0..2);
                let mut at = 0;
                each_name(&mut who, |name| {
                    at += 1;
                    if (at - 1) % 2 == which {
                        mistyped(name, chance)
                    } else {
                        name.to_owned()
                    }
                });
            }
            "twice_keyed" => each_name(&mut who, |name| mistyped(name, chance)),
            "half_surname" => who.name.last = who.name.last.map(|last| half_or_double(&last, &other, chance)),
            "married" if who.kind == ProviderKind::Individual && who.other_name.is_none() => {
                who.name.last = other.name.last.clone().or(who.name.last);
            }
            "stale" => {
                let state = who.sites[0].state;
                let near = (0..60)
                    .map(|_| self.somebody(chance))
                    .find(|other| other.sites[0].state == state);
                who.sites = near.unwrap_or(other.clone()).sites;
                who.sites.truncate(1);
            }
            _ => {}
        }
        let mut fields = written(&who, style, chance);
        match kind {
            "wrong_npi" => {
                fields.insert("npi".to_owned(), json!(other.npi.to_string()));
            }
            "stale" | "married" | "heard" if chance.random_bool(0.7) => {
                fields.remove("npi");
            }
            "stale" | "married" | "heard" => {}
            "nulls" => nulls(&mut fields, chance),
            "bare" => {
                let kept: &[&str] = if chance.random_bool(0.5) {
                    &["name", "first_name", "last_name", "organization_name", "phone"]
                } else {
                    &[
                        "name",
                        "first_name",
                        "last_name",
                        "organization_name",
                        "specialty",
                        "address",
                        "credential",
                    ]
                };
                fields.retain(|field, _| kept.contains(&field.as_str()));
                if let Some(address) = fields.get_mut("address").and_then(Value::as_object_mut) {
                    address.retain(|part, _| matches!(part.as_str(), "city" | "state"));
                }
                fields.retain(|_, value| value.as_object().is_none_or(|object| !object.is_empty()));
            }
            "specialty_words" => {
                fields.remove("npi");
            }
            _ => {}
        }
        if chance.random_bool(0.06)
            && let Some(npi) = fields.get("npi").and_then(Value::as_str)
        {
            let npi = mangled(npi, chance);
            fields.insert("npi".to_owned(), json!(npi));
        }
        Value::Object(fields)
    }
}

/// Whether any of the names in a record has a suffix.
fn tells_generation(fields: &Value) -> bool {
    let names = ["suffix", "last_name", "name"]
        .iter()
        .filter_map(|field| fields[field].as_str());
    let mut words = names.flat_map(|name| name.split(|c: char| !c.is_alphanumeric()));
    words.any(|word| matches!(word.to_ascii_lowercase().as_str(), "jr" | "sr" | "ii" | "iii"))
}

fn each_name(who: &mut Synthetic, mut change: impl FnMut(&str) -> String) {
    for name in [&mut who.name.first, &mut who.name.last, &mut who.name.organization]
        .into_iter()
        .flatten()
    {
        *name = change(name);
    }
}

fn put(fields: &mut Map<String, Value>, name: &str, text: impl Into<String>) {
    let text = text.into();
    if !text.trim().is_empty() {
        fields.insert(name.to_owned(), json!(text));
    }
}

/// A provider as one kind of system writes it down.
fn written(who: &Synthetic, style: &str, chance: &mut ChaCha8Rng) -> Map<String, Value> {
    let mut fields = Map::new();
    let name = &who.name;
    let text = |part: &Option<String>| part.clone().unwrap_or_default();
    let site = who.sites.choose(chance).unwrap_or(&who.sites[0]);
    let (line1, line2) = (site.line1.as_str(), site.line2.clone().unwrap_or_default());
    let zip5 = &site.postal_code[..5];
    let cut = |text: &str, width: usize| text.chars().take(width).collect::<String>().trim().to_owned();
    let digits = site.phone.as_str();
    let mut address = Map::new();
    match style {
        "claims" => {
            let width = |text: String, width| cut(&text.to_uppercase(), width);
            if let Some(organization) = &name.organization {
                put(&mut fields, "organization_name", width(organization.clone(), 30));
            } else if chance.random_bool(0.5) {
                put(
                    &mut fields,
                    "name",
                    cut(
                        &format!(
                            "{},{} {}",
                            text(&name.last),
                            text(&name.first),
                            cut(&text(&name.middle), 1)
                        )
                        .to_uppercase(),
                        35,
                    ),
                );
            } else {
                put(
                    &mut fields,
                    "last_name",
                    width(format!("{} {}", text(&name.last), text(&name.suffix)), 18),
                );
                put(&mut fields, "first_name", width(text(&name.first), 10));
                put(&mut fields, "middle_name", width(text(&name.middle), 1));
            }
            put(&mut address, "line1", width(format!("{line1} {line2}"), 25));
            put(&mut address, "city", width(site.city.to_owned(), 15));
            put(&mut address, "state", site.state);
            put(&mut address, "postal_code", site.postal_code.clone());
            if chance.random_bool(0.45) {
                put(&mut fields, "npi", who.npi.to_string());
            }
        }
        "sheet" => {
            if let Some(organization) = &name.organization {
                put(
                    &mut fields,
                    "organization_name",
                    reworded(organization, site.city, chance),
                );
            } else {
                let last = format!("{} {}", text(&name.last), text(&name.credential).replace('.', ""));
                put(
                    &mut fields,
                    "last_name",
                    if chance.random_bool(0.3) {
                        last
                    } else {
                        text(&name.last)
                    },
                );
                let first = format!("{} {}", text(&name.first), cut(&text(&name.middle), 1));
                put(
                    &mut fields,
                    "first_name",
                    if chance.random_bool(0.4) {
                        first
                    } else {
                        text(&name.first)
                    },
                );
                put(&mut fields, "suffix", text(&name.suffix));
                if let Some(gender) = who.gender.filter(|_| chance.random_bool(0.3)) {
                    put(&mut fields, "gender", gender.code());
                }
            }
            put(&mut address, "line1", street(line1, chance));
            put(&mut address, "line2", line2.replace("Ste", "#").replace("Suite", "#"));
            put(&mut address, "city", site.city);
            put(&mut address, "state", site.state);
            put(&mut address, "postal_code", zip5.trim_start_matches('0'));
            put(
                &mut fields,
                "phone",
                format!("{}-{}-{}", &digits[..3], &digits[3..6], &digits[6..]),
            );
            if chance.random_bool(0.35) {
                put(&mut fields, "npi", format!("{}.0", who.npi));
            }
        }
        _ => {
            if let Some(organization) = &name.organization {
                put(&mut fields, "name", reworded(organization, site.city, chance));
            } else {
                let credential = text(&name.credential);
                let whole = match chance.random_range(0..4) {
                    0 => format!(
                        "{} {} {}",
                        text(&name.first),
                        text(&name.last),
                        credential.replace('.', "")
                    ),
                    1 => format!("{} {} {}", text(&name.last), text(&name.first), text(&name.middle)),
                    2 => format!(
                        "Dr {} {} {}, {credential}",
                        text(&name.first),
                        text(&name.last),
                        text(&name.suffix)
                    ),
                    _ => format!("{}, {} ({credential})", text(&name.last), text(&name.first)),
                };
                put(
                    &mut fields,
                    "name",
                    whole
                        .split_whitespace()
                        .collect::<Vec<_>>()
                        .join(" ")
                        .replace(" ,", ",")
                        .replace(" ()", ""),
                );
            }
            put(&mut address, "city", town(site.city));
            put(&mut address, "state", site.state);
            if chance.random_bool(0.5) {
                put(&mut address, "postal_code", zip5);
            }
            if chance.random_bool(0.7) {
                put(
                    &mut fields,
                    "phone",
                    format!(
                        "+1 ({}) {} {} ext {}",
                        &digits[..3],
                        &digits[3..6],
                        &digits[6..],
                        chance.random_range(1..900)
                    ),
                );
            }
        }
    }
    if let Some(specialty) = who
        .specialties
        .iter()
        .find(|one| one.primary)
        .filter(|_| chance.random_bool(0.5))
    {
        put(&mut fields, "specialty", specialty.code.clone());
        if let Some(number) = specialty.license_number.as_deref().filter(|_| chance.random_bool(0.2)) {
            let state = specialty.license_state.clone().unwrap_or_default();
            fields.insert(
                "license".to_owned(),
                json!({"number": format!("{state}-{number}").to_lowercase(), "state": state}),
            );
            let bare = chance
                .random_bool(0.6)
                .then(|| number.trim_start_matches('0').to_owned());
            if let Some(bare) = bare {
                fields["license"]["number"] = json!(bare);
            }
        }
    }
    if !address.is_empty() {
        fields.insert("address".to_owned(), Value::Object(address));
    }
    fields
}

/// Written by ear: as it sounds, not as it is spelt.
fn heard(name: &str) -> String {
    let sounds = [
        ("ph", "f"),
        ("sch", "sh"),
        ("ck", "k"),
        ("kn", "n"),
        ("ie", "ee"),
        ("ei", "ie"),
        ("ough", "o"),
        ("tz", "ts"),
        ("cz", "ch"),
        ("ll", "l"),
        ("nn", "n"),
        ("tt", "t"),
        ("ss", "s"),
        ("y", "i"),
        ("c", "k"),
        ("z", "s"),
    ];
    let lower = name.to_lowercase();
    let found = sounds
        .iter()
        .find(|(spelt, _)| lower[1.min(lower.len())..].contains(spelt));
    let Some((spelt, sound)) = found else {
        return name.to_owned();
    };
    let at = lower[1..].find(spelt).map_or(0, |at| at + 1);
    capital(&[&lower[..at], sound, &lower[at + spelt.len()..]].concat())
}

/// Read off a fax: shapes for shapes, blanks where there are none.
fn faxed(name: &str, chance: &mut ChaCha8Rng) -> String {
    let shapes = [
        ("m", "rn"),
        ("rn", "m"),
        ("l", "1"),
        ("o", "0"),
        ("e", "c"),
        ("h", "li"),
        ("d", "cl"),
        ("S", "5"),
        ("B", "8"),
        ("i", "l"),
        ("n", "ri"),
    ];
    let fitting: Vec<_> = shapes.iter().filter(|(from, _)| name.contains(from)).collect();
    match fitting.choose(chance) {
        Some((from, to)) if chance.random_bool(0.8) => name.replacen(from, to, 1),
        _ if name.len() > 6 => {
            let at = name
                .char_indices()
                .nth(name.chars().count() / 2)
                .map_or(0, |(at, _)| at);
            format!("{} {}", &name[..at], &name[at..])
        }
        _ => name.to_owned(),
    }
}

/// A neighbouring key, a letter twice, one left out, two in the wrong order.
fn mistyped(name: &str, chance: &mut ChaCha8Rng) -> String {
    const ROWS: [&str; 3] = ["qwertyuiop", "asdfghjkl", "zxcvbnm"];
    let mut letters: Vec<char> = name.chars().collect();
    if letters.len() < 4 {
        return name.to_owned();
    }
    let at = chance.random_range(1..letters.len());
    match chance.random_range(0..4) {
        0 => {
            let row = ROWS
                .iter()
                .find_map(|row| Some((*row, row.find(letters[at].to_ascii_lowercase())?)));
            if let Some((row, place)) = row {
                let beside = if place == 0 { 1 } else { place - 1 };
                letters[at] = row.chars().nth(beside).unwrap_or(letters[at]);
            }
        }
        1 => letters.insert(at, letters[at]),
        2 => {
            letters.remove(at);
        }
        _ => letters.swap(at - 1, at),
    }
    letters.into_iter().collect()
}

fn half_or_double(last: &str, other: &Synthetic, chance: &mut ChaCha8Rng) -> String {
    let parts: Vec<&str> = last.split(['-', ' ']).filter(|part| part.len() > 2).collect();
    let theirs = other.name.last.clone().unwrap_or_else(|| "Reyes".to_owned());
    match parts.as_slice() {
        [one, .., two] => (if chance.random_bool(0.5) { *one } else { *two }).to_owned(),
        _ if chance.random_bool(0.5) => format!("{last}-{theirs}"),
        _ => format!("{theirs} {last}"),
    }
}

/// What people write where they know nothing.
fn nulls(fields: &mut Map<String, Value>, chance: &mut ChaCha8Rng) {
    const NOTHING: [&str; 8] = ["N/A", "NONE", "<UNAVAIL>", "--", "UNKNOWN", "null", "0", "."];
    for field in [
        "middle_name",
        "suffix",
        "credential",
        "npi",
        "phone",
        "gender",
        "specialty",
    ] {
        if !fields.contains_key(field) && chance.random_bool(0.5) || field == "npi" && chance.random_bool(0.5) {
            fields.insert(field.to_owned(), json!(NOTHING.choose(chance)));
        }
    }
    if let Some(address) = fields.get_mut("address").and_then(Value::as_object_mut) {
        for part in ["line1", "line2", "city", "postal_code"] {
            if chance.random_bool(0.4) {
                address.insert(part.to_owned(), json!(NOTHING.choose(chance)));
            }
        }
    }
}

fn mangled(npi: &str, chance: &mut ChaCha8Rng) -> String {
    let mut digits: Vec<char> = npi.trim_end_matches(".0").chars().collect();
    if digits.len() < 10 {
        return npi.to_owned();
    }
    let at = chance.random_range(1..digits.len());
    match chance.random_range(0..3) {
        0 => digits.swap(at - 1, at),
        1 => {
            digits[at] = char::from_digit(
                (digits[at].to_digit(10).unwrap_or(0) + 1 + chance.random_range(0..8)) % 10,
                10,
            )
            .unwrap_or('0');
        }
        _ => {
            digits.remove(at);
        }
    }
    digits.into_iter().collect()
}

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

fn town(city: &str) -> String {
    city.replace("Saint ", "St. ")
        .replace("Fort ", "Ft ")
        .replace("Mount ", "Mt ")
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
