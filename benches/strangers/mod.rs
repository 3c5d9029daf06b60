//! Records as other systems would send them, drawn without a look at how [`provider_directory::intake::matching::dirty`]
//! makes its own: claims extracts with fields of fixed width, rosters out of spreadsheets, what a clerk heard on the phone,
//! faxes read by a machine, contacts of a sales team. Each draw depends on seed and number alone.

mod slips;
mod written;

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

use slips::{faxed, half_or_double, heard, mangled, mistyped, nulls};
use written::written;

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

    /// Somebody who is not in the directory, and how they are like somebody who is.
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

    /// Somebody of the directory with one kind of trouble.
    fn known(&self, kind: &str, who: &Synthetic, chance: &mut ChaCha8Rng) -> Value {
        let style = match kind {
            "claims" | "sheet" | "contact" => kind,
            _ => ["claims", "sheet", "contact"]
                .choose(chance)
                .copied()
                .unwrap_or("sheet"),
        };
        let other = self.somebody(chance);
        let who = self.troubled(kind, who.clone(), &other, chance);
        let mut fields = written(&who, style, chance);
        spoil(&mut fields, kind, &other, chance);
        if chance.random_bool(0.06)
            && let Some(npi) = fields.get("npi").and_then(Value::as_str)
        {
            let npi = mangled(npi, chance);
            fields.insert("npi".to_owned(), json!(npi));
        }
        Value::Object(fields)
    }

    /// What the sender takes somebody for: by another name, or where they were before.
    fn troubled(&self, kind: &str, mut who: Synthetic, other: &Synthetic, chance: &mut ChaCha8Rng) -> Synthetic {
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
            "half_surname" => who.name.last = who.name.last.map(|last| half_or_double(&last, other, chance)),
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
        who
    }
}

/// What goes wrong with the fields themselves.
fn spoil(fields: &mut Map<String, Value>, kind: &str, other: &Synthetic, chance: &mut ChaCha8Rng) {
    match kind {
        "wrong_npi" => {
            fields.insert("npi".to_owned(), json!(other.npi.to_string()));
        }
        "stale" | "married" | "heard" if chance.random_bool(0.7) => {
            fields.remove("npi");
        }
        "nulls" => nulls(fields, chance),
        "bare" => bare(fields, chance),
        "specialty_words" => {
            fields.remove("npi");
        }
        _ => {}
    }
}

/// Leaves a name and a telephone number, or a name, a specialty and a town.
fn bare(fields: &mut Map<String, Value>, chance: &mut ChaCha8Rng) {
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
