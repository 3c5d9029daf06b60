//! A record in the writing in which it is compared: folded, abbreviated, taken apart; both sides go through the same hands.

use super::{
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

/// Words that only organisations have in their names.
const ORGANIZATIONAL: &[&str] = &[
    "clinic",
    "clinics",
    "hospital",
    "hospitals",
    "center",
    "centre",
    "centers",
    "pharmacy",
    "pharmacies",
    "llc",
    "inc",
    "corp",
    "corporation",
    "pllc",
    "llp",
    "ltd",
    "pc",
    "group",
    "associates",
    "associate",
    "medical",
    "health",
    "healthcare",
    "services",
    "care",
    "laboratory",
    "laboratories",
    "lab",
    "labs",
    "hospice",
    "dental",
    "dentistry",
    "chiropractic",
    "therapy",
    "rehab",
    "rehabilitation",
    "institute",
    "foundation",
    "department",
    "university",
    "county",
    "physicians",
    "partners",
    "imaging",
    "radiology",
    "orthopedics",
    "orthopaedics",
    "pediatrics",
    "cardiology",
    "dermatology",
    "optical",
    "eyewear",
    "vision",
    "eyecare",
    "home",
    "ambulance",
    "ems",
    "surgery",
    "surgical",
    "diagnostics",
    "practice",
    "medicine",
    "system",
    "network",
    "wellness",
    "counseling",
    "recovery",
    "manor",
    "living",
    "drugs",
    "drug",
    "apothecary",
    "supply",
    "equipment",
    "transport",
    "transportation",
    "transit",
    "dialysis",
    "urgent",
    "community",
    "memorial",
    "regional",
    "acupuncture",
    "podiatry",
    "psychiatry",
    "women",
    "womens",
    "smiles",
    "spine",
    "skin",
    "joint",
    "kidney",
    "sleep",
    "school",
    "district",
    "agency",
    "city",
];

/// Whether a word says what many organisations are, and which one it is no more than `group` does.
pub fn is_usual_of_organizations(word: &str) -> bool {
    ORGANIZATIONAL.contains(&word)
}

/// The class of those who have studied medicine, in either school.
pub const PHYSICIAN: &str = "physician";

/// The classes of nurses: one studies on to become the other.
pub const NURSES: [&str; 2] = ["nurse", "nurse practitioner"];

/// The NPI that examples are made with.
pub const SAMPLE_NPI: u64 = 1_234_567_893;

/// Classes of credentials whose members are written for one another.
const CREDENTIAL_CLASSES: &[(&str, &[&str])] = &[
    (PHYSICIAN, &["md", "do", "mbbs", "mbchb", "mdphd"]),
    ("dentist", &["dds", "dmd", "bds"]),
    ("podiatrist", &["dpm"]),
    ("optometrist", &["od"]),
    ("chiropractor", &["dc"]),
    ("psychologist", &["psyd", "edd", "abpp"]),
    (
        "nurse practitioner",
        &[
            "np", "fnp", "aprn", "arnp", "crnp", "cnp", "dnp", "pmhnp", "agnp", "cpnp", "apn", "fnpc", "fnpbc", "cnm",
            "crna", "cns", "msn",
        ],
    ),
    ("nurse", &["rn", "lpn", "bsn", "lvn"]),
    ("physician assistant", &["pa", "pac", "mpas"]),
    ("pharmacist", &["pharmd", "rph"]),
    (
        "counselor",
        &[
            "lcsw", "lmsw", "msw", "lpc", "lmft", "lmhc", "lcpc", "lpcc", "lcswc", "licsw", "lsw", "bcba", "rbt",
        ],
    ),
    (
        "therapist",
        &[
            "pt", "dpt", "ot", "otr", "otrl", "otd", "slp", "ccc", "cccslp", "mspt", "ota", "pta",
        ],
    ),
    ("dietitian", &["rd", "ldn", "rdn"]),
];

/// Classes whose members have practices that are called after them.
const OWNERS: &[&str] = &[
    PHYSICIAN,
    "dentist",
    "podiatrist",
    "optometrist",
    "chiropractor",
    "psychologist",
];

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
        given.phone = record.phone.as_deref().and_then(keys::phone);
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
            let class = CREDENTIAL_CLASSES
                .iter()
                .find(|(_, members)| members.contains(&word.as_str()));
            if let Some((class, _)) = class
                && !self.credentials.contains(class)
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

    /// Notes what has become of the NPI.
    pub fn follow(&mut self, lives: &NpiLives) {
        if let Some(GivenNpi::Valid(npi)) = self.npi {
            self.replacement = lives.replacement(npi);
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

/// The classes of a provider's credential.
pub fn credential_classes(text: &str) -> Vec<&'static str> {
    let mut classes: Vec<&'static str> = Vec::new();
    for token in text.split([',', ' ', '/', ';']) {
        let word = words(token).concat();
        let class = CREDENTIAL_CLASSES
            .iter()
            .find(|(_, members)| members.contains(&word.as_str()));
        classes.extend(class.map(|(class, _)| *class).filter(|class| !classes.contains(class)));
    }
    classes
}

/// Whether a text of credentials has one of some words.
pub fn shares_a_word(some: &[String], text: &str) -> bool {
    let mut tokens = text.split([',', ' ', '/', ';']);
    tokens.any(|token| some.contains(&words(token).concat()))
}

/// Whether a name has a word that only organisations have. A legal form behind credentials is that of one person's practice,
/// who may be meant as well: `WILKERSON WILLIAM C D.D.S.,P.L.L.C.`
pub fn looks_organizational(name: &str) -> bool {
    let all = words(name);
    let behind_comma = name.split(',').skip(1).flat_map(words).next();
    let practises = !credential_classes(name).is_empty();
    // A `PC` behind a comma may be a person's practice; `PA` and `MD` are credentials.
    let telling = |word: &&String| {
        ORGANIZATIONAL.contains(&word.as_str()) && !(practises && keys::legal_form(word.as_str()).is_some())
    };
    all.iter().any(|word| telling(&word)) || (behind_comma.is_none() && name.contains('&'))
}

/// Whether a name given as an organisation's is that of a person: a credential, and nothing that only organisations have.
pub fn is_one_person(name: &str) -> bool {
    let titled = words(name).first().is_some_and(|word| word == "dr");
    let formed = keys::legal_form(name).is_some();
    let several = name.contains(['&', '/']) || !(2..=6).contains(&words(name).len());
    !formed && !several && !looks_organizational(name) && (titled || !credential_classes(name).is_empty())
}

/// The person after whom a practice is called, with the credential and without the legal form: `MAX ROSENTHAL MD PC`.
fn owner_of(name: &str) -> Option<&str> {
    let bare = name.trim_end_matches(['.', ',', ' ']);
    let form = keys::legal_form(bare)?;
    let (before, _) = bare.rsplit_once([' ', ','])?;
    let before = before.trim_end_matches([',', ' ']);
    // Behind a nurse's credentials `PA` is one more.
    let owns = form != "pa" || credential_classes(before).iter().all(|class| OWNERS.contains(class));
    (owns && is_one_person(before)).then_some(before)
}

/// Marks behind which stands a department, a campus, whom to ask: nothing of the name.
const BESIDE: [&str; 8] = [" attn", " c/o ", " - ", " #", " (", " @ ", " / ", " site "];
/// Words of a department, which stand before or behind the name.
const DEPARTMENTS: &[&str] = &[
    "accounts",
    "attn",
    "billing",
    "dept",
    "department",
    "ed",
    "er",
    "main",
    "office",
    "patient",
    "payable",
    "campus",
    "of",
];
/// Words between two names of one organisation.
const ALSO: [&str; 10] = [
    " d/b/a ",
    " dba ",
    " d b a ",
    " t/a ",
    " a/k/a ",
    " aka ",
    " f/k/a ",
    " fka ",
    "(formerly ",
    " formerly ",
];

/// The names that stand in one: `Lakeside LLC DBA Shore Clinic - MAIN CAMPUS`; nothing where it is one name only.
fn names_within(name: &str) -> Vec<&str> {
    let mut parts = vec![name];
    for mark in ALSO {
        parts = parts.into_iter().flat_map(|part| split_once_at(part, mark)).collect();
    }
    for part in &mut parts {
        for mark in BESIDE {
            *part = split_once_at(part, mark)[0];
        }
        *part = part.trim_matches([' ', ',', ';', '(', ')', '-', '.']);
    }
    let bare = without_department(name);
    parts.extend(bare);
    parts.retain(|part| *part != name && !keys::organization_words(part).is_empty());
    parts
}

/// A name without the department at its beginning or its end: `Attn: Billing, Shore Clinic`, `ER Dept Shore Pharmacy`.
fn without_department(name: &str) -> Option<&str> {
    let is_department = |word: &str| {
        let folded = words(word).concat();
        folded.is_empty() || DEPARTMENTS.contains(&folded.as_str())
    };
    let mut bare = name;
    while let Some((_, rest)) = bare.split_once(' ').filter(|(word, _)| is_department(word)) {
        bare = rest.trim_start();
    }
    while let Some((rest, _)) = bare.rsplit_once(' ').filter(|(_, word)| is_department(word)) {
        bare = rest.trim_end_matches([' ', ',', '-']);
    }
    (bare != name && words(bare).len() > 1).then_some(bare)
}

/// What stands before and behind a mark, in any case; the whole where it has none, or stands at the beginning.
fn split_once_at<'n>(name: &'n str, mark: &str) -> Vec<&'n str> {
    match name.to_ascii_lowercase().find(mark).filter(|at| *at > 0) {
        Some(at) => vec![&name[..at], &name[at + mark.len()..]],
        None => vec![name],
    }
}

/// An NPI as a spreadsheet or a form has left it: `NPI: 1234567893`, `1234567893.0`.
fn npi(text: &str) -> Option<GivenNpi> {
    let text = text.trim();
    let text = text.strip_suffix(".0").unwrap_or(text);
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

    #[test]
    fn departments_are_no_part_of_a_name() {
        for (name, bare) in [
            ("ER Dept Lynnwood Pharmacy PC", Some("Lynnwood Pharmacy PC")),
            ("Attn: Billing, Heritage Counseling", Some("Heritage Counseling")),
            ("St Rita Family Health Patient Accounts", Some("St Rita Family Health")),
            ("Heritage Counseling", None),
            ("Billing Office", None),
        ] {
            assert_eq!(without_department(name), bare, "{name}");
        }
        assert_eq!(names_within("St Jude Imaging Site 3"), ["St Jude Imaging"]);
    }

    #[test]
    fn practices_are_called_after_their_owners() {
        for (name, owner) in [
            ("MAX ROSENTHAL MD PC", Some("MAX ROSENTHAL MD")),
            ("Gary Dalton, D.D.S., P.A.", Some("Gary Dalton, D.D.S.")),
            ("GARY DALTON DDS", None),
            ("JANE DOE MPAS PA", None),
            ("Dalton Dental PLLC", None),
            ("Gary Dalton LLC", None),
            ("Dalton & Eubanks DDS PA", None),
        ] {
            assert_eq!(owner_of(name), owner, "{name}");
        }
    }
}
