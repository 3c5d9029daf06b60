//! Records as they come in, made from invented providers with the answer known: for training, for benches, for tests.
//!
//! Every record is made from seed and number alone. Its kind says what was done to it.

use super::record::{Address, License, Record};
use crate::domain::provider::Name;
use crate::intake::generate::{self, Synthetic, draw::Draw};
use crate::vocab::{Lexicon, Npi, names, terms::ProviderKind};

/// A record with its answer.
#[derive(Clone, Debug)]
pub struct Dirty {
    /// What is sent.
    pub record: Record,
    /// The provider that is meant, if it is in the directory.
    pub meant: Option<Npi>,
    /// Whether the record cannot tell several providers apart.
    pub ambiguous: bool,
    /// What was done to it.
    pub kind: &'static str,
}

/// Kinds of records whose provider is there, with how many in 1,000 of all.
const PRESENT: &[(&str, u32)] = &[
    ("clean", 150),
    ("typo_last", 70),
    ("typo_first", 50),
    ("nickname", 60),
    ("npi_digit", 60),
    ("npi_of_other", 40),
    ("married", 40),
    ("moved", 90),
    ("initials", 50),
    ("swapped", 30),
    ("suffix_lost", 20),
    ("ocr", 50),
    ("other_name", 40),
    ("little", 30),
];

/// Kinds whose provider is not there.
const ABSENT: &[(&str, u32)] = &[
    ("absent_random", 120),
    ("absent_junior", 30),
    ("absent_namesake", 30),
    ("absent_kin", 20),
    ("absent_colleague", 20),
];

/// Makes records about the first `providers` of a generated population.
pub struct Dirtier<'l> {
    lexicon: &'l Lexicon,
    population: u64,
    providers: u64,
    seed: u64,
}

impl<'l> Dirtier<'l> {
    /// About a directory that holds the first `providers` of the population with this seed.
    pub fn new(lexicon: &'l Lexicon, population: u64, providers: u64, seed: u64) -> Self {
        Self {
            lexicon,
            population,
            providers: providers.max(1),
            seed,
        }
    }

    /// The record with a number.
    pub fn record(&self, number: u64) -> Dirty {
        let mut draw = Draw::new(self.seed ^ 0x6d61_7463_6800, number);
        let all: u32 = PRESENT.iter().chain(ABSENT).map(|(_, weight)| weight).sum();
        let mut at = draw.below(all);
        for (kind, weight) in PRESENT.iter().chain(ABSENT) {
            if at < *weight {
                return self.of_kind(kind, &mut draw, number);
            }
            at -= weight;
        }
        unreachable!("the weights add up")
    }

    /// A record of a kind.
    fn of_kind(&self, kind: &'static str, draw: &mut Draw, number: u64) -> Dirty {
        let there = self.there(draw);
        // Behind the directory's last: the same world, not in the directory.
        let away = generate::provider(self.providers + 1 + number % 1_000_000, self.population);
        let (mut record, meant) = if ABSENT.iter().any(|(absent, _)| *absent == kind) {
            (self.absent(kind, &there, &away, draw), None)
        } else {
            (self.present(kind, &there, draw), Some(there.npi))
        };
        record.id = Some(serde_json::json!(format!("r{number}")));
        if draw.chance(350) {
            in_one(&mut record, draw);
        }
        Dirty {
            record,
            meant,
            ambiguous: false,
            kind,
        }
    }

    fn there(&self, draw: &mut Draw) -> Synthetic {
        let index = u64::from(draw.below(self.providers.min(u64::from(u32::MAX)) as u32));
        generate::provider(index, self.population)
    }

    /// A record about a provider as somebody would write it down, before anything goes wrong.
    fn plain(&self, provider: &Synthetic, draw: &mut Draw) -> Record {
        let name = &provider.name;
        let site = draw.pick(&provider.sites).clone();
        let primary = provider
            .specialties
            .iter()
            .find(|s| s.primary)
            .or(provider.specialties.first());
        let mut record = Record {
            npi: draw.chance(400).then(|| provider.npi.to_string()),
            phone: draw.chance(500).then(|| phone(&site.phone, draw)),
            ..Record::default()
        };
        match provider.kind {
            ProviderKind::Organization => record.organization_name.clone_from(&name.organization),
            ProviderKind::Individual => {
                record.first_name.clone_from(&name.first);
                record.last_name.clone_from(&name.last);
                record.suffix.clone_from(&name.suffix);
                record.credential = name.credential.clone().filter(|_| draw.chance(600));
                record.middle_name = name.middle.clone().filter(|_| draw.chance(550));
                if draw.chance(200) {
                    record.gender = provider.gender.map(|gender| gender.code().to_owned());
                }
            }
        }
        if let Some(primary) = primary {
            if draw.chance(600) {
                let term = self.lexicon.specialties.get(&primary.code);
                record.specialty = match draw.below(3) {
                    0 => Some(primary.code.clone()),
                    1 => term.map(|term| term.classification.clone()),
                    _ => term.map(|term| term.name.clone()),
                };
            }
            if draw.chance(250)
                && let Some(number) = &primary.license_number
            {
                record.license = Some(License {
                    number: Some(number.clone()),
                    state: primary.license_state.clone(),
                });
            }
        }
        let mut address = Address {
            line1: Some(site.line1.clone()),
            line2: site.line2.clone(),
            city: Some(site.city.to_owned()),
            state: Some(site.state.to_owned()),
            postal_code: Some(site.postal_code[..if draw.chance(500) { 5 } else { 9 }].to_owned()),
        };
        match draw.below(100) {
            0..70 => {
                if draw.chance(300) {
                    address.line1 = address.line1.map(|line| rewritten(&line));
                }
            }
            70..88 => (address.line1, address.line2) = (None, None),
            88..95 => {
                address = Address {
                    state: address.state,
                    ..Address::default()
                };
            }
            _ => address = Address::default(),
        }
        record.address = Some(address).filter(|address| *address != Address::default());
        record
    }

    fn present(&self, kind: &str, there: &Synthetic, draw: &mut Draw) -> Record {
        let mut record = self.plain(there, draw);
        let person = there.kind == ProviderKind::Individual;
        match kind {
            "typo_last" => {
                record.last_name = record.last_name.map(|name| typo(&name, draw));
                record.organization_name = record.organization_name.map(|name| typo(&name, draw));
            }
            "typo_first" => record.first_name = record.first_name.map(|name| typo(&name, draw)),
            "nickname" => {
                let first = names::fold(record.first_name.as_deref().unwrap_or_default());
                let table = &self.lexicon.nicknames;
                let known: Vec<&str> = table.nicknames_of(&first).chain(table.names_of(&first)).collect();
                if !known.is_empty() {
                    record.first_name = Some(capital(draw.pick::<&str>(&known)));
                }
            }
            "npi_digit" => record.npi = Some(slipped(&there.npi.to_string(), draw)),
            "npi_of_other" => record.npi = Some(self.there(draw).npi.to_string()),
            "married" if person => {
                let other = self.there(draw).name.last.unwrap_or_else(|| "Lindqvist".to_owned());
                let last = record.last_name.clone().unwrap_or_default();
                record.last_name = Some(if draw.chance(500) {
                    format!("{last}-{other}")
                } else {
                    other
                });
            }
            "moved" => self.moved(&mut record, draw),
            "initials" => {
                let initial = |name: Option<String>| name.and_then(|name| Some(format!("{}.", name.chars().next()?)));
                record.first_name = initial(record.first_name);
                record.middle_name = initial(record.middle_name);
            }
            "swapped" => std::mem::swap(&mut record.first_name, &mut record.last_name),
            "suffix_lost" => record.suffix = None,
            "ocr" => {
                for field in [
                    &mut record.last_name,
                    &mut record.first_name,
                    &mut record.organization_name,
                ] {
                    *field = field.take().map(|name| scanned(&name, draw));
                }
            }
            "other_name" => {
                if let Some(other) = &there.other_name {
                    let Name { last, organization, .. } = &other.name;
                    record.last_name = last.clone().or(record.last_name);
                    record.organization_name = organization.clone().or(record.organization_name);
                }
            }
            "little" => {
                let address = record.address.take();
                record = Record {
                    first_name: record.first_name,
                    last_name: record.last_name,
                    organization_name: record.organization_name,
                    specialty: record.specialty,
                    address: address.map(|address| Address {
                        line1: None,
                        line2: None,
                        ..address
                    }),
                    ..Record::default()
                };
            }
            _ => {}
        }
        record
    }

    /// Another place: mostly of the same state.
    fn moved(&self, record: &mut Record, draw: &mut Draw) {
        let state = record.address.as_ref().and_then(|address| address.state.clone());
        let wanted = if draw.chance(850) { state } else { None };
        let other = (0..40).map(|_| self.there(draw)).find(|other| {
            wanted
                .as_deref()
                .is_none_or(|state| other.sites.iter().any(|site| site.state == state))
        });
        let Some(other) = other else { return };
        let site = &other.sites[0];
        record.address = Some(Address {
            line1: Some(site.line1.clone()),
            line2: None,
            city: Some(site.city.to_owned()),
            state: Some(site.state.to_owned()),
            postal_code: Some(site.postal_code[..5].to_owned()),
        });
        record.phone = record.phone.take().map(|_| site.phone.clone());
    }

    /// A record about somebody who is not there.
    fn absent(&self, kind: &str, there: &Synthetic, away: &Synthetic, draw: &mut Draw) -> Record {
        let mut record = self.plain(away, draw);
        let persons = there.kind == ProviderKind::Individual && away.kind == ProviderKind::Individual;
        let site = &there.sites[0];
        let place = Address {
            line1: Some(site.line1.clone()),
            line2: site.line2.clone(),
            city: Some(site.city.to_owned()),
            state: Some(site.state.to_owned()),
            postal_code: Some(site.postal_code[..5].to_owned()),
        };
        match kind {
            "absent_junior" if persons => {
                record.first_name.clone_from(&there.name.first);
                record.last_name.clone_from(&there.name.last);
                record.suffix = Some(
                    if there.name.suffix.as_deref() == Some("Jr.") {
                        "Sr."
                    } else {
                        "Jr."
                    }
                    .to_owned(),
                );
                record.middle_name = there.name.middle.clone().filter(|_| draw.chance(400));
                record.address = Some(place);
                record.phone = record.phone.take().map(|_| site.phone.clone());
            }
            "absent_namesake" if persons => {
                record.first_name.clone_from(&there.name.first);
                record.last_name.clone_from(&there.name.last);
            }
            "absent_kin" if persons => {
                record.last_name.clone_from(&there.name.last);
                record.address = Some(place);
                record.phone = record.phone.take().map(|_| site.phone.clone());
            }
            "absent_colleague" => {
                record.address = Some(place);
                record.phone = record.phone.take().map(|_| site.phone.clone());
            }
            _ => {}
        }
        record
    }
}

/// Puts the parts of a name into one field.
fn in_one(record: &mut Record, draw: &mut Draw) {
    if let Some(organization) = record.organization_name.take() {
        record.name = Some(organization);
        return;
    }
    let part = |field: &mut Option<String>| field.take().unwrap_or_default();
    let (first, middle, last) = (
        part(&mut record.first_name),
        part(&mut record.middle_name),
        part(&mut record.last_name),
    );
    let (suffix, credential) = (part(&mut record.suffix), part(&mut record.credential));
    let name = match draw.below(3) {
        0 => format!("{last} {suffix}, {first} {middle} {credential}").to_uppercase(),
        1 => format!("{first} {middle} {last} {suffix} {credential}"),
        _ => format!("Dr. {first} {middle} {last} {suffix}, {credential}"),
    };
    let name = name.split_whitespace().collect::<Vec<_>>().join(" ").replace(" ,", ",");
    record.name = Some(name.trim_end_matches([',', ' ']).to_owned());
}

fn phone(digits: &str, draw: &mut Draw) -> String {
    match draw.below(3) {
        0 => digits.to_owned(),
        1 => format!("({}) {}-{}", &digits[..3], &digits[3..6], &digits[6..]),
        _ => format!("{}.{}.{}", &digits[..3], &digits[3..6], &digits[6..]),
    }
}

fn rewritten(line: &str) -> String {
    let pairs = [
        (" St", " Street"),
        (" Ave", " Avenue"),
        (" Rd", " Road"),
        (" Dr", " Drive"),
        (" Blvd", " Boulevard"),
    ];
    let found = pairs.iter().find(|(short, _)| line.ends_with(short));
    found.map_or_else(
        || line.to_uppercase(),
        |(short, long)| format!("{}{long}", line.trim_end_matches(short)),
    )
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters
        .next()
        .map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// One letter more, less or other, or two swapped.
fn typo(word: &str, draw: &mut Draw) -> String {
    let mut letters: Vec<char> = word.chars().collect();
    if letters.len() < 4 {
        return word.to_owned();
    }
    let at = draw.between(1, letters.len() as u32 - 1) as usize;
    let other = char::from(b'a' + draw.below(26) as u8);
    match draw.below(4) {
        0 => letters[at] = other,
        1 => letters.insert(at, other),
        2 => {
            letters.remove(at);
        }
        _ => letters.swap(at - 1, at),
    }
    letters.into_iter().collect()
}

/// What a scanner makes of letters.
fn scanned(word: &str, draw: &mut Draw) -> String {
    let pairs = [
        ("rn", "m"),
        ("m", "rn"),
        ("l", "1"),
        ("o", "0"),
        ("cl", "d"),
        ("i", "l"),
        ("e", "c"),
        ("h", "b"),
    ];
    let present: Vec<_> = pairs.iter().filter(|(from, _)| word.contains(from)).collect();
    if present.is_empty() {
        return word.to_owned();
    }
    let (from, to) = draw.pick(&present);
    word.replacen(from, to, 1)
}

/// One digit other, or two swapped.
fn slipped(npi: &str, draw: &mut Draw) -> String {
    let mut digits: Vec<u8> = npi.bytes().collect();
    let at = draw.between(1, 9) as usize;
    if draw.chance(500) && digits[at] != digits[at - 1] {
        digits.swap(at - 1, at);
    } else {
        digits[at] = b'0' + (digits[at] - b'0' + 1 + draw.below(9) as u8) % 10;
    }
    digits.into_iter().map(char::from).collect()
}
