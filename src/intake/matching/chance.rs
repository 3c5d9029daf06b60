//! How likely what a record says is of anybody at all: the frequencies that make agreement tell little or much.

use super::{
    blocking::nicknames,
    given::{Given, GivenNpi},
    name::Reading,
};
use crate::query::{
    Error,
    candidates::{Area, Directory, Misspellings},
};
use crate::vocab::{
    Lexicon,
    keys::{self, key},
    lexicon::Profile,
};

/// How often one particular misspelling is made, where one is made: letters times places.
pub const ONE_TYPO: f64 = 1.0 / 150.0;
/// How often one particular writing with the same sound is.
pub const ONE_SOUND: f64 = 1.0 / 3000.0;
/// What is in no name of the directory is taken for the name of so many of its providers.
const UNSEEN: f64 = 0.3;
/// So many more than the directory holds are taken to be about: what both of two providers have is not what everybody has.
/// Hardly to be noticed at the size of a county, not at all at that of a country.
const OTHERS: f64 = 1_000.0;
/// How many of those others are in any one state.
const OF_A_STATE: f64 = 20.0;
/// How many have any one specialty.
const OF_A_SPECIALTY: f64 = 10.0;
/// How many are at an address of which only the city is known.
const OF_A_STREET: f64 = 20.0;
/// Share of all who are at a street address of which nothing else is known: many towns have a `12 Main St`.
const ANYWHERE: f64 = 2e-4;
/// How many have anything else in common.
const OF_ANYTHING: f64 = 0.5;
/// How often a surname is written with another one.
const DOUBLE: f64 = 0.012;
/// How often a given name begins with one particular letter.
const ONE_INITIAL: f64 = 0.07;

/// For each body of a name that is listed, so many that are not have it as well: most names of bodies that are found once in
/// a directory are found once in all of it.
const NAMED_ALIKE: f64 = 0.3;
/// The same for a name that nobody listed has.
const FIRST_OF_A_NAME: f64 = 0.1;
/// The words of a name are not independent: together they tell this part of what each tells alone.
const COMPOSED: f64 = 0.85;

/// A name that so large a share bears is hardly ever a slip of another: what slips would add is not looked up.
const TOO_FREQUENT_TO_BE_A_SLIP: f64 = 1e-4;
/// Nor are slips that would add less than this part.
const LEAST_ADDED: f64 = 0.02;
/// Names at one edit that are looked up: those that most bear.
const MOST_SLIPS: usize = 8;

/// Of one reading of a name.
#[derive(Clone, Debug)]
pub struct NameChance {
    /// Share of providers with the surname.
    pub last: f64,
    /// Likelihood to write that surname for anybody.
    pub any_last: f64,
    /// Likelihood to write a surname with each of its parts for anybody, behind the whole.
    pub parts: Vec<f64>,
    /// Share of providers with the given name.
    pub first: f64,
    /// Likelihood to write that given name for anybody.
    pub any_first: f64,
}

/// Of one record in one directory.
#[derive(Clone, Debug)]
pub struct Chances {
    /// Providers.
    pub providers: f64,
    /// For each reading.
    pub names: Vec<NameChance>,
    /// Share of providers with the street address in its ZIP.
    pub address: f64,
    /// In the ZIP.
    pub zip: f64,
    /// In the city.
    pub city: f64,
    /// In the state.
    pub state: f64,
    /// With the phone.
    pub phone: f64,
    /// With one of the specialties.
    pub specialty: f64,
    /// With the organisation's whole name, for each name.
    pub organizations: Vec<f64>,
    /// Bits that each telling word of the organisation's names is worth, for each name.
    pub organization_bits: Vec<Vec<f64>>,
    /// Bits of the words of the record's city in each of these names, at most what the city itself is worth.
    pub city_bits: Vec<f64>,
    /// Whether the NPI that is given is somebody's here.
    pub npi_is_known: bool,
}

impl Chances {
    /// Asks the directory.
    pub fn of(
        given: &Given,
        directory: &Directory<'_>,
        profile: &Profile,
        misspellings: &Misspellings<'_, '_>,
    ) -> Result<Self, Error> {
        let providers = directory.providers().max(1) as f64;
        let among = |others: f64| move |count: u64| (count as f64 + others) / (providers + OTHERS);
        let share = among(OF_ANYTHING);
        let area =
            |area: Option<Area>, others| area.map_or(Ok(1.0), |area| directory.population(&area).map(among(others)));
        let lexicon = directory.lexicon();
        let mut names = Vec::with_capacity(given.readings.len());
        for reading in &given.readings {
            names.push(of_reading(reading, directory, lexicon, profile, misspellings)?);
        }
        let zip = area(given.zip.clone().map(Area::PostalCode), OF_ANYTHING)?;
        let city = area(given.city.clone().map(Area::City), OF_ANYTHING)?;
        let address = match (&given.street, &given.zip) {
            (Some(street), Some(zip)) => share(directory.frequency(&key::address(&street.key(), zip))?),
            // Addresses are kept by their ZIP; without it the street is one of its city.
            (Some(_), None) if given.city.is_some() => among(OF_A_STREET)(0).min(city),
            (Some(_), None) => ANYWHERE,
            _ => 1.0,
        };
        let phone = match &given.phone {
            Some(phone) => share(directory.frequency(&key::phone(phone))?),
            None => 1.0,
        };
        let mut organizations = Vec::new();
        let mut organization_bits = Vec::new();
        let mut city_bits = Vec::new();
        let is_placed = given.zip.is_some() || given.city.is_some() || given.phone.is_some();
        let of_city = given.city.as_deref().map(keys::organization_words).unwrap_or_default();
        for words in &given.organizations {
            let mut bits = Vec::with_capacity(words.len());
            for word in words {
                // It stands abbreviated here, and in the index as it is written.
                let mut bearers = directory.bearers(word);
                for long in keys::long_writings(word) {
                    bearers += directory.bearers(long);
                }
                bits.push(-share(bearers).log2());
            }
            let named = words.iter().zip(&bits).filter(|(word, _)| of_city.contains(word));
            let (count, sum) = named.fold((0, 0.0), |(count, sum), (_, bits)| (count + 1, sum + bits));
            let bears_city = count > 0 && count >= of_city.len();
            city_bits.push(if bears_city { sum.min(-city.log2()) } else { 0.0 });
            // A name that is made of common words is somebody else's, too, whether the directory shows it or not.
            let composed = (-bits.iter().sum::<f64>() * COMPOSED).exp2();
            let listed = directory.frequency(&key::organization(words))?;
            // Beside another place, a name that is found once is rather that of a body which is not listed.
            let own = if is_placed {
                share(listed)
            } else {
                (listed as f64 * NAMED_ALIKE + FIRST_OF_A_NAME) / (providers + OTHERS)
            };
            organizations.push(own.max(composed).min(1.0));
            organization_bits.push(bits);
        }
        let of_specialties: u64 = given.specialties.iter().map(|code| directory.of_specialty(code)).sum();
        Ok(Self {
            providers,
            names,
            address,
            zip,
            city,
            state: area(given.state.clone().map(Area::State), OF_A_STATE)?,
            phone,
            specialty: among(OF_A_SPECIALTY)(of_specialties).min(1.0),
            organizations,
            organization_bits,
            city_bits,
            npi_is_known: match given.npi {
                Some(GivenNpi::Valid(npi)) => {
                    directory.knows(npi)? || given.replacement.map_or(Ok(false), |npi| directory.knows(npi))?
                }
                _ => false,
            },
        })
    }
}

fn of_reading(
    reading: &Reading,
    directory: &Directory<'_>,
    lexicon: &Lexicon,
    profile: &Profile,
    misspellings: &Misspellings<'_, '_>,
) -> Result<NameChance, Error> {
    let providers = directory.providers() as f64 + OTHERS;
    let share = |count: u64| (count as f64).max(UNSEEN) / providers;
    let chance_of = |field: &str, level: &str| profile.level(field, level).r#match;
    // What others add who slip into this name.
    let slips = |name: &str, own: f64, chance: f64, key: fn(&str) -> String| -> Result<f64, Error> {
        if own > TOO_FREQUENT_TO_BE_A_SLIP {
            return Ok(0.0);
        }
        let near = misspellings.at_one_edit(name);
        let near = &near[..near.len().min(MOST_SLIPS)];
        let most: u64 = near.iter().map(|word| word.bearers).sum();
        if chance * ONE_TYPO * most as f64 / providers < own * LEAST_ADDED {
            return Ok(0.0);
        }
        let mut sum = 0;
        for word in near {
            sum += directory.frequency(&key(&word.text))?;
        }
        Ok(chance * ONE_TYPO * sum as f64 / providers)
    };
    let last = share(directory.frequency(&key::last(&reading.last))?);
    let any_last = last + slips(&reading.last, last, chance_of("last", "typo"), key::last)?;
    let mut parts = Vec::new();
    for part in reading.surnames.iter().skip(1) {
        parts.push(DOUBLE * share(directory.frequency(&key::last(part))?));
    }
    if reading.first.chars().count() == 1 {
        return Ok(NameChance {
            last,
            any_last,
            parts,
            first: chance_of("first", "initial") * ONE_INITIAL,
            any_first: chance_of("first", "initial") * ONE_INITIAL,
        });
    }
    let first = share(directory.frequency(&key::first(&reading.first))?);
    let mut by_nickname = 0.0;
    for name in nicknames(&reading.first, lexicon) {
        by_nickname += directory.frequency(&key::first(name))? as f64 / providers / nickname_share(name, lexicon);
    }
    let any_first = first
        + slips(&reading.first, first, chance_of("first", "typo"), key::first)?
        + chance_of("first", "nickname") * by_nickname;
    Ok(NameChance {
        last,
        any_last,
        parts,
        first,
        any_first,
    })
}

/// Into how many other writings a given name goes.
pub fn nickname_share(name: &str, lexicon: &Lexicon) -> f64 {
    let table = &lexicon.nicknames;
    (table.nicknames_of(name).count() + table.names_of(name).count()).max(1) as f64
}
