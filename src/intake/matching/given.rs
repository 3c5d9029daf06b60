//! A record in the writing in which it is compared: folded, abbreviated, taken apart; both sides go through the same hands.

use super::{
    called::{looks_organizational, names_within, owner_of},
    credential::class_of,
    misplaced,
    name::{self, Reading},
    record::{Address, Record},
    said,
};
use crate::domain::npi_life::NpiLives;
use crate::vocab::{
    Lexicon, Npi,
    keys::{self, Street},
    names::{self, words},
    place::Point,
    terms::Gender,
};

/// The NPI that examples are made with.
pub const SAMPLE_NPI: u64 = 1_234_567_893;

/// What a record says about an NPI.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GivenNpi {
    /// A number whose check digit is right.
    Valid(u64),
    /// Anything else, its digits.
    Damaged(String),
}

/// A record as it is compared.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// The NPI, if any.
    pub npi: Option<GivenNpi>,
    /// The NPI that has taken the place of the one given.
    pub replacement: Option<u64>,
    /// Whether the one given is deactivated.
    pub npi_is_deactivated: bool,
    /// Ways to read the person's name; empty where no person is named.
    pub readings: Vec<Reading>,
    /// Names of organisations, each as its words; the plain one first.
    pub organizations: Vec<Vec<String>>,
    /// Their legal forms.
    pub legal_forms: Vec<Option<&'static str>>,
    /// Each in one word.
    pub glued: Vec<String>,
    /// The words of the first as they are written.
    pub organization_words: Vec<String>,
    /// Whether the record speaks of an organisation, where it is sure.
    pub is_organization: Option<bool>,
    /// Whether the name is that of somebody's practice, `GARY DALTON DDS PLLC`: the body may be meant, or the one who owns it.
    pub is_practice: bool,
    /// Whether a person is named beside the organisation: then that is where the person works, and not who is meant.
    pub is_employed: bool,
    /// Whether the name is that of two people: `Gerard Faucett / Lamont Blanche`.
    pub names_several: bool,
    /// Classes of the credentials.
    pub credentials: Vec<&'static str>,
    /// The credentials as they are written, folded.
    pub credential_words: Vec<String>,
    /// NUCC codes.
    pub specialties: Vec<String>,
    /// The street.
    pub street: Option<Street>,
    /// Five digits.
    pub zip: Option<String>,
    /// Folded.
    pub city: Option<String>,
    /// Two letters, lower case; that of the ZIP where none is given.
    pub state: Option<String>,
    /// Ten digits.
    pub phone: Option<String>,
    /// State and number of a licence.
    pub license: Option<(Option<String>, String)>,
    /// Gender.
    pub gender: Option<Gender>,
    /// Language codes without English.
    pub languages: Vec<String>,
}

impl Given {
    /// Of a record.
    pub fn of(record: &Record, lexicon: &Lexicon) -> Self {
        let mut given = Self::default();
        let record = &misplaced::in_place(said::told(record));
        given.take_names(record);
        given.npi = record.npi.as_deref().and_then(npi);
        given.take_place(record.address.as_ref().unwrap_or(&Address::default()), lexicon);
        if let Some(text) = record.specialty.as_deref() {
            given.specialties = specialties(text, lexicon);
        }
        given.phone = record.phone.as_deref().and_then(said::phone);
        if let Some(license) = &record.license {
            let state = license.state.as_deref().and_then(|state| state_code(state, lexicon));
            given.license = license
                .number
                .as_deref()
                .and_then(|number| keys::license(said::bare_license(number, state.as_deref())))
                .map(|number| (state, number));
        }
        given.gender = record.gender.as_deref().and_then(gender);
        let resolve = |text: &String| Some(lexicon.languages.resolve(text)?.code.clone());
        given.languages = record
            .languages
            .iter()
            .filter_map(resolve)
            .filter(|code| code != "en")
            .collect();
        given
    }

    fn take_names(&mut self, record: &Record) {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let mut named = name::in_parts(
            &text(&record.first_name),
            &text(&record.middle_name),
            &text(&record.last_name),
            &text(&record.suffix),
        );
        let mut organizations: Vec<&str> = record.organization_name.as_deref().into_iter().collect();
        let in_parts = !named.readings.is_empty();
        let whole = record.name.as_deref().or(record.organization_name.as_deref());
        let owner = whole.filter(|_| !in_parts).and_then(owner_of);
        self.is_practice = owner.is_some();
        if let Some(name) = record.name.as_deref() {
            let organizational = looks_organizational(name);
            if !in_parts && (!organizational || organizations.is_empty()) {
                let people = name::people(name);
                self.names_several = people.len() > 1 && !organizational;
                named = name::whole(owner.or(people.first().copied()).unwrap_or(name));
                for other in people.iter().skip(1).filter(|_| self.names_several) {
                    named.readings.extend(name::whole(other).readings);
                }
            }
            if organizational || !in_parts {
                organizations.push(name);
            }
            if organizational && !in_parts {
                named.readings.clear();
                self.is_organization = Some(true);
            } else if !in_parts && record.credential.is_some() {
                self.is_organization = Some(false);
            }
        }
        if in_parts {
            self.is_organization = Some(false);
        } else if record.organization_name.is_some() && record.name.is_none() {
            self.is_organization = Some(true);
            named = owner.map(name::whole).unwrap_or_default();
        }
        for other in &record.other_names {
            self.take_other_name(other, &mut named.readings, &mut organizations, in_parts);
        }
        self.organization_words = organizations.first().map(|name| words(name)).unwrap_or_default();
        let within: Vec<&str> = organizations.iter().flat_map(|name| names_within(name)).collect();
        organizations.extend(within);
        organizations.retain(|name| !keys::organization_words(name).is_empty());
        self.is_employed = record.organization_name.is_some() && !named.readings.is_empty() && !self.is_practice;
        self.legal_forms = organizations.iter().map(|name| keys::legal_form(name)).collect();
        self.glued = organizations.iter().map(|name| keys::glued(name)).collect();
        self.organizations = organizations.into_iter().map(keys::organization_words).collect();
        self.readings = named.readings;
        let mut written = named.credentials;
        let behind = text(&record.credential);
        // `JR, DDS` in the field of the credential.
        if let Some(suffix) = behind.split([',', ' ', '/', ';']).find_map(name::suffix_of) {
            for reading in self.readings.iter_mut().filter(|reading| reading.suffix.is_none()) {
                reading.suffix = Some(suffix.clone());
            }
        }
        written.extend(behind.split([',', ' ', '/', ';']).map(|token| words(token).concat()));
        for word in written {
            self.credential_words.push(word.clone());
            if let Some(class) = class_of(&word)
                && !self.credentials.contains(&class)
            {
                self.credentials.push(class);
            }
        }
    }

    /// A former name of a person is one more way to read the name; one word alone is a surname.
    fn take_other_name<'r>(
        &self,
        other: &'r str,
        readings: &mut Vec<Reading>,
        organizations: &mut Vec<&'r str>,
        in_parts: bool,
    ) {
        if looks_organizational(other) || (readings.is_empty() && !in_parts) {
            organizations.push(other);
            return;
        }
        let Some(mut reading) = name::whole(other).readings.into_iter().next() else {
            return;
        };
        if let Some(plain) = readings.first()
            && reading.first.is_empty()
        {
            reading.first.clone_from(&plain.first);
            reading.middles.clone_from(&plain.middles);
            reading.suffix.clone_from(&plain.suffix);
        }
        reading.how = Some("other_name");
        reading.cost = 2.0;
        readings.push(reading);
    }

    fn take_place(&mut self, address: &Address, lexicon: &Lexicon) {
        self.street = Street::parse(address.line1.as_deref(), address.line2.as_deref());
        self.zip = address.postal_code.as_deref().and_then(zip5);
        self.city = address.city.as_deref().map(names::fold).filter(|city| !city.is_empty());
        let given = address.state.as_deref().and_then(|state| state_code(state, lexicon));
        self.state = given.or_else(|| {
            let place = lexicon.gazetteer.postal_code(self.zip.as_deref()?)?;
            Some(place.state.to_ascii_lowercase())
        });
    }

    /// Notes what has become of the NPI, be it that of a record that was merged into another.
    pub fn follow(&mut self, lives: &NpiLives, merged: impl Fn(u64) -> Option<u64>) {
        if let Some(GivenNpi::Valid(npi)) = self.npi {
            let replacement = lives.replacement(npi);
            self.replacement = merged(replacement.unwrap_or(npi)).or(replacement);
            self.npi_is_deactivated = lives.is_deactivated(npi);
        }
    }

    /// Where the record is, as far as its ZIP or its city says.
    pub fn point(&self, lexicon: &Lexicon) -> Option<Point> {
        let zip = self.zip.as_deref().and_then(|zip| lexicon.gazetteer.postal_code(zip));
        let city = || lexicon.gazetteer.city(self.city.as_deref()?, self.state.as_deref()?);
        zip.or_else(city).map(|place| place.point)
    }

    /// Whether anything in it can single a provider out.
    pub fn is_telling(&self) -> bool {
        let named = !self.readings.is_empty() || !self.organizations.is_empty();
        let numbered = self.npi.is_some() || self.phone.is_some() || self.license.is_some();
        named || numbered || (self.street.is_some() && self.zip.is_some())
    }
}

/// What stands in columns for specialties and is none.
const NO_SPECIALTY: &[&str] = &[
    "",
    "physician",
    "practitioner",
    "provider",
    "other",
    "pcp",
    "specialist",
    "group practice",
    "solo practice",
    "single specialty",
    "single specialty group",
    "multi specialty",
    "multi specialty group",
    "multispecialty",
    "multispecialty group",
];

/// The codes that a specialty stands for. Payers write `Physician/Cardiovascular Disease (Cardiology)`: where the whole is
/// not known, its parts are asked.
fn specialties(text: &str, lexicon: &Lexicon) -> Vec<String> {
    let whole = lexicon.specialties.resolve(text);
    let generic = |text: &str| NO_SPECIALTY.contains(&names::fold(text).as_str());
    if generic(text) || !whole.is_empty() {
        return whole.iter().filter(|_| !generic(text)).cloned().collect();
    }
    let bare = text.split(['(', '[']).next().unwrap_or_default();
    let behind = bare.split_once('/').map_or(bare, |(_, behind)| behind);
    let parts = text.split(['/', '(', ')', ',', ';', '&']);
    let mut codes: Vec<String> = Vec::new();
    for part in [bare, behind].into_iter().chain(parts) {
        let part = part
            .trim()
            .trim_start_matches("Certified ")
            .trim_end_matches(" in Private Practice");
        for code in lexicon.specialties.resolve(part).iter().filter(|_| !generic(part)) {
            if !codes.contains(code) {
                codes.push(code.clone());
            }
        }
        if !codes.is_empty() && part.len() >= behind.trim().len() {
            break;
        }
    }
    codes
}

/// An NPI as a spreadsheet or a form has left it: `NPI: 1234567893`, `1234567893.0`.
fn npi(text: &str) -> Option<GivenNpi> {
    let text = said::in_ascii(text.trim());
    if let Some(npi) = whole_npi(&text) {
        return Some(GivenNpi::Valid(npi.number()));
    }
    let text = text.strip_suffix(".0").unwrap_or(&text);
    // A zero for an O, a one for an I: what OCR makes of digits.
    let digits: String = text
        .chars()
        .filter_map(|c| match c {
            '0'..='9' => Some(c),
            'O' | 'o' if text.chars().filter(char::is_ascii_digit).count() > 5 => Some('0'),
            'l' if text.chars().filter(char::is_ascii_digit).count() > 5 => Some('1'),
            _ => None,
        })
        .collect();
    match digits.parse::<Npi>() {
        Ok(npi) => Some(GivenNpi::Valid(npi.number())),
        Err(_) if digits.is_empty() => None,
        Err(_) => Some(GivenNpi::Damaged(digits.chars().take(20).collect())),
    }
}

/// Ten digits by themselves, `1234567893 (Type 1)`, behind the prefix that a card has or a zero too many; or as spreadsheets
/// write great numbers: `1.234567893E9`.
fn whole_npi(text: &str) -> Option<Npi> {
    let great = text.parse::<f64>().ok().filter(|_| text.contains(['e', 'E']));
    let great = great.map(|number| format!("{number:.0}"));
    let runs = text.split(|c: char| !c.is_ascii_digit()).map(|run| {
        let mut behind = ["80840", "0"].iter().filter_map(|prefix| run.strip_prefix(prefix));
        behind.find(|rest| rest.len() == 10).unwrap_or(run)
    });
    let mut numbers = great.as_deref().into_iter().chain(runs).filter(|run| run.len() == 10);
    numbers.find_map(|run| run.parse().ok())
}

/// Five digits; leading zeros that a spreadsheet took are put back.
fn zip5(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    match digits.len() {
        5 | 9 => Some(digits[..5].to_owned()),
        4 | 8 => Some(format!("0{}", &digits[..4])),
        3 => Some(format!("00{digits}")),
        _ => None,
    }
}

fn state_code(text: &str, lexicon: &Lexicon) -> Option<String> {
    let text = text.trim();
    let text = text.strip_prefix("US-").unwrap_or(text);
    if text.len() == 2 && text.bytes().all(|b| b.is_ascii_alphabetic()) {
        return Some(text.to_ascii_lowercase());
    }
    let state = lexicon.gazetteer.state(text)?.state;
    (!state.is_empty()).then(|| state.to_ascii_lowercase())
}

fn gender(text: &str) -> Option<Gender> {
    match text.trim().to_ascii_lowercase().as_str() {
        "f" | "female" | "woman" => Some(Gender::Female),
        "m" | "male" | "man" => Some(Gender::Male),
        "x" => Some(Gender::Other),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_npi_is_read_as_programs_leave_it() {
        for written in [
            "1234567893",
            "NPI: 1234567893",
            "1234567893.0",
            "1.234567893E9",
            "1234567893 (Type 1)",
            "1234567893 / group 1999999992",
            "808401234567893",
            "01234567893",
            "='1234567893'",
            "1234 567 893",
            "１２３４５６７８９３",
        ] {
            assert_eq!(npi(written), Some(GivenNpi::Valid(1_234_567_893)), "{written}");
        }
        assert_eq!(npi("1234567890"), Some(GivenNpi::Damaged("1234567890".to_owned())));
        assert_eq!(npi("1e308"), Some(GivenNpi::Damaged("1308".to_owned())));
    }

    #[test]
    fn what_says_nothing_is_not_compared() {
        let given =
            |record: serde_json::Value| Given::of(&Record::parse(record).expect("a record"), &Lexicon::default());
        let nothing = given(json!({
            "first_name": "Jane", "last_name": "Null", "npi": "N/A", "phone": "0000000000", "specialty": "<UNAVAIL>",
            "address": {"line1": "UNKNOWN", "city": "--", "postal_code": "00000"},
        }));
        assert_eq!(
            (nothing.npi, nothing.phone, nothing.zip, nothing.city),
            (None, None, None, None)
        );
        // Nor is it a specialty.
        let of = |specialty: &str| specialties(specialty, &Lexicon::default());
        assert_eq!((of("PCP"), of("Group Practice")), (Vec::new(), Vec::new()));
        // Some people are called so.
        assert_eq!(nothing.readings[0].last, "null");
        assert!(!given(json!({"name": "<UNAVAIL>"})).is_telling());
    }
}
