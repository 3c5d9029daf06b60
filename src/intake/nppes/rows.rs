//! From the fields of a row to what it says: a provider, a practice location, another name, an endpoint, an event.

use chrono::NaiveDate;

use crate::domain::provider::{Identifier, Name, OtherName, Specialty};
use crate::intake::nppes::{
    casing, category,
    cells::{self, cell, code, squeezed},
    columns::{AddressColumns, Columns, DEACTIVATION_DATE, NameColumns, ProviderColumns},
    dates,
    lines::Fields,
    rejects::{Fault, Note, Notes},
};
use crate::store::nppes::{Endpoint, Event, EventKind, Place, Record};
use crate::vocab::{
    Npi, names,
    terms::{Gender, ProviderKind},
};

/// More characters than any name has.
const LONGEST_NAME: usize = 300;

/// NPPES gives no date for a replacement; where the row has no other date either, the day NPPES opened stands for it, so
/// that reading the row again says the same.
const NPPES_OPENED: NaiveDate = NaiveDate::from_ymd_opt(2005, 5, 23).expect("a day");

/// The NPI of a row. A spreadsheet's damage is undone and noted; a wrong check digit refuses the row.
pub fn npi(text: &str, notes: &mut Notes) -> Result<Npi, Fault> {
    match cells::npi(text) {
        Ok((npi, repaired)) => {
            notes.add_if(repaired, Note::NpiRepaired);
            notes.add_if(!npi.is_issuable(), Note::NpiPrefix);
            Ok(npi)
        }
        Err(reason) => Err(Fault::new("NPI", reason.to_string())),
    }
}

/// Reads rows of a main file.
pub struct ProviderRows {
    columns: ProviderColumns,
}

impl ProviderRows {
    /// For a file with this header, if it has an NPI and an entity type.
    pub fn new(columns: &Columns) -> Option<Self> {
        ProviderColumns::of(columns).map(|columns| Self { columns })
    }

    /// What a row says. The bare row of a deactivated NPI becomes a record without a kind, which carries events only.
    pub fn read(&self, row: &Fields, line: u64, notes: &mut Notes) -> Result<Record, Fault> {
        let at = &self.columns;
        let npi = npi(row.get(at.npi), notes)?;
        let mut date = |column: Option<usize>| optional_date(get(row, column), notes);
        let (enumerated, updated, certified) = (date(at.enumerated), date(at.updated), date(at.certified));
        let (deactivated, reactivated) = (date(at.deactivated), date(at.reactivated));
        let replacement = get(row, at.replacement)
            .and_then(|t| cells::npi(t).ok())
            .map(|(npi, _)| npi);
        let events = events(npi, deactivated, reactivated, replacement, updated.or(enumerated));
        let kind = match code(row.get(at.entity_type)) {
            Some("1") => Some(ProviderKind::Individual),
            Some("2") => Some(ProviderKind::Organization),
            None if deactivated.is_some() || replacement.is_some() => None,
            None => {
                return Err(Fault::new(
                    "Entity Type Code",
                    "is empty, and the row is not that of a deactivated NPI",
                ));
            }
            Some(other) => {
                return Err(Fault::new(
                    "Entity Type Code",
                    format!("`{}` is neither 1 nor 2", shortened(other)),
                ));
            }
        };
        let specialties = self.specialties(row, notes);
        let has_group = at.taxonomy_groups.iter().any(|&g| category::is_group(row.get(g)));
        let name = match kind {
            Some(kind) => self.name(row, kind)?,
            None => Name::default(),
        };
        Ok(Record {
            line,
            npi,
            kind,
            category: kind.map_or("other", |kind| category(kind, &specialties, has_group)),
            name,
            other_names: self.other_names(row),
            specialties,
            identifiers: self.identifiers(row),
            gender: get(row, at.gender).and_then(gender),
            practice: address(row, &at.practice),
            mailing: address(row, &at.mailing),
            secondary: Vec::new(),
            endpoints: Vec::new(),
            enumerated,
            updated,
            certified,
            events,
            languages: Vec::new(),
            verified: None,
            partial: at.partial,
        })
    }

    fn name(&self, row: &Fields, kind: ProviderKind) -> Result<Name, Fault> {
        let at = &self.columns;
        match kind {
            ProviderKind::Individual => {
                let name = person(row, &at.name);
                if name.last.is_none() {
                    return Err(Fault::new("Provider Last Name (Legal Name)", "is empty"));
                }
                measured(name.last.as_deref(), "Provider Last Name (Legal Name)")?;
                measured(name.first.as_deref(), "Provider First Name")?;
                measured(name.middle.as_deref(), "Provider Middle Name")?;
                Ok(name)
            }
            ProviderKind::Organization => {
                let organization = get(row, at.organization)
                    .and_then(squeezed)
                    .map(|n| casing::organization(&n));
                if organization.is_none() {
                    return Err(Fault::new(
                        "Provider Organization Name (Legal Business Name)",
                        "is empty",
                    ));
                }
                measured(
                    organization.as_deref(),
                    "Provider Organization Name (Legal Business Name)",
                )?;
                Ok(Name {
                    organization,
                    ..Name::default()
                })
            }
        }
    }

    fn other_names(&self, row: &Fields) -> Vec<OtherName> {
        let at = &self.columns;
        let organization = get(row, at.other_organization)
            .and_then(squeezed)
            .map(|name| OtherName {
                type_code: type_code(get(row, at.other_organization_type)),
                name: Name {
                    organization: Some(casing::organization(&name)),
                    ..Name::default()
                },
            });
        let person = Some(person(row, &at.other_name))
            .filter(|name| name.last.is_some() || name.first.is_some())
            .map(|name| OtherName {
                type_code: type_code(get(row, at.other_name_type)),
                name,
            });
        organization.into_iter().chain(person).collect()
    }

    fn specialties(&self, row: &Fields, notes: &mut Notes) -> Vec<Specialty> {
        let slots = self
            .columns
            .taxonomies
            .iter()
            .filter_map(|[code, license, state, primary]| {
                let code = get(row, *code).and_then(cell)?;
                Some(Slot {
                    code,
                    license: get(row, *license),
                    state: get(row, *state),
                    primary: get(row, *primary).is_some_and(|t| t.trim().eq_ignore_ascii_case("Y")),
                })
            });
        specialties(slots, notes)
    }

    fn identifiers(&self, row: &Fields) -> Vec<Identifier> {
        let slots = self.columns.identifiers.iter();
        slots
            .filter_map(|[value, kind, state, issuer]| {
                let value = get(row, *value).and_then(squeezed)?;
                Some(identifier(value, get(row, *kind), get(row, *state), get(row, *issuer)))
            })
            .collect()
    }
}

/// One taxonomy as a source gives it.
pub struct Slot<'t> {
    /// NUCC code.
    pub code: &'t str,
    /// Licence number.
    pub license: Option<&'t str>,
    /// Licence state.
    pub state: Option<&'t str>,
    /// Whether it is marked as the primary one.
    pub primary: bool,
}

/// The specialties of a provider: malformed codes are left out and noted, the same code stays once for each licence, and
/// exactly one is primary: the first that is marked, else the first.
pub fn specialties<'t>(slots: impl Iterator<Item = Slot<'t>>, notes: &mut Notes) -> Vec<Specialty> {
    let mut found: Vec<Specialty> = Vec::new();
    let mut primary = None;
    for slot in slots {
        let code = slot.code.trim().to_ascii_uppercase();
        if code.len() != 10 || !code.bytes().all(|b| b.is_ascii_alphanumeric()) {
            notes.add(Note::TaxonomyCode);
            continue;
        }
        let specialty = Specialty {
            code,
            primary: false,
            license_number: slot.license.and_then(squeezed),
            license_state: slot.state.and_then(state_code),
        };
        let at = match found.iter().position(|s| *s == specialty) {
            Some(at) => at,
            None => {
                found.push(specialty);
                found.len() - 1
            }
        };
        if slot.primary {
            primary.get_or_insert(at);
        }
    }
    notes.add_if(primary.is_none() && !found.is_empty(), Note::NoPrimary);
    if let Some(specialty) = found.get_mut(primary.unwrap_or(0)) {
        specialty.primary = true;
    }
    found
}

/// An identifier of NPPES; its type code has two digits, whatever a spreadsheet made of it.
pub fn identifier(value: String, kind: Option<&str>, state: Option<&str>, issuer: Option<&str>) -> Identifier {
    let kind = kind.and_then(code).unwrap_or("01");
    Identifier {
        type_code: format!("{kind:0>2}"),
        value,
        state: state.and_then(state_code),
        issuer: issuer.and_then(squeezed),
    }
}

/// Two letters, upper case.
pub fn state_code(text: &str) -> Option<String> {
    let text = cell(text)?.to_ascii_uppercase();
    (text.len() == 2 && text.bytes().all(|b| b.is_ascii_uppercase())).then_some(text)
}

/// The type of another name; 5 is "other".
pub fn type_code(text: Option<&str>) -> i16 {
    text.and_then(code)
        .and_then(|t| t.parse().ok())
        .filter(|t| (1..=5).contains(t))
        .unwrap_or(5)
}

/// F, M or X.
pub fn gender(text: &str) -> Option<Gender> {
    match cell(text)?.as_bytes().first()?.to_ascii_uppercase() {
        b'F' => Some(Gender::Female),
        b'M' => Some(Gender::Male),
        b'X' => Some(Gender::Other),
        _ => None,
    }
}

/// The parts of a person's name as given, in display case; a suffix that stands in the last or the first name
/// (`VERGO, JR.`) goes where it belongs.
pub fn person_name(parts: [Option<&str>; 6]) -> Name {
    let [last, first, middle, prefix, suffix, credential] = parts.map(|part| part.and_then(squeezed));
    let shown = |part: Option<String>| {
        part.map(|text| casing::person(&text))
            .filter(|t| t.chars().any(char::is_alphanumeric))
    };
    let (last, of_last) = last.map_or((None, None), |name| without_suffix(&name));
    let (first, of_first) = first.map_or((None, None), |name| without_suffix(&name));
    Name {
        prefix: shown(prefix),
        first: shown(first),
        middle: shown(middle),
        last: shown(last),
        suffix: shown(suffix.or(of_last).or(of_first)),
        credential,
        organization: None,
    }
}

/// A name without the generational suffix at its end, and that suffix. A name that is nothing but a suffix is a name.
fn without_suffix(name: &str) -> (Option<String>, Option<String>) {
    let Some((rest, last)) = name.trim_end_matches([',', ' ']).rsplit_once([' ', ',']) else {
        return (Some(name.trim_end_matches([',', ' ']).to_owned()), None);
    };
    let rest = rest.trim_end_matches([',', ' ']);
    if !rest.is_empty() && names::SUFFIXES.contains(&names::fold(last).as_str()) {
        (Some(rest.to_owned()), Some(last.to_owned()))
    } else {
        (Some(name.to_owned()), None)
    }
}

/// The events that the dates of a row tell.
pub fn events(
    npi: Npi,
    deactivated: Option<NaiveDate>,
    reactivated: Option<NaiveDate>,
    replacement: Option<Npi>,
    known: Option<NaiveDate>,
) -> Vec<Event> {
    let event = |kind, on, replacement| Event {
        npi,
        kind,
        on,
        replacement,
    };
    let mut events = Vec::new();
    events.extend(deactivated.map(|on| event(EventKind::Deactivation, on, None)));
    events.extend(reactivated.map(|on| event(EventKind::Reactivation, on, None)));
    // Some rows name themselves as their replacement.
    events.extend(replacement.filter(|other| *other != npi).map(|other| {
        let on = deactivated.or(known).unwrap_or(NPPES_OPENED);
        event(EventKind::Replacement, on, Some(other))
    }));
    events
}

/// The parts of an address as a source gives them.
#[derive(Default)]
pub struct RawAddress<'t> {
    pub line1: Option<&'t str>,
    pub line2: Option<&'t str>,
    pub city: Option<&'t str>,
    pub state: Option<&'t str>,
    pub postal_code: Option<&'t str>,
    pub country: Option<&'t str>,
    pub phone: Option<&'t str>,
    pub fax: Option<&'t str>,
}

/// An address from its parts; `None` if there is nothing but perhaps a country. `UNKNOWN` stands for no street.
pub fn place(raw: RawAddress<'_>) -> Option<Place> {
    let shown = |text: Option<&str>| text.and_then(squeezed).map(|t| casing::address(&t));
    let line = |text| shown(text).filter(|t| !t.eq_ignore_ascii_case("UNKNOWN"));
    let given_state = raw.state.and_then(squeezed);
    let country = raw.country.and_then(state_code);
    let domestic = cells::is_domestic(given_state.as_deref(), country.as_deref());
    let state = given_state.as_deref().and_then(state_code).filter(|_| domestic);
    let mut city = shown(raw.city);
    if let (None, Some(province)) = (&state, &given_state) {
        // A province abroad has no code of two letters: it is kept with the city.
        let province = casing::address(province);
        city = Some(city.map_or_else(|| province.clone(), |city| format!("{city}, {province}")));
    }
    let digits = |text: Option<&str>| text.and_then(code).map(str::to_owned);
    let place = Place {
        line1: line(raw.line1),
        line2: line(raw.line2),
        city,
        state,
        postal_code: raw.postal_code.and_then(|t| cells::postal_code(t, domestic)),
        country: country.unwrap_or_else(|| "US".to_owned()),
        phone: digits(raw.phone),
        fax: digits(raw.fax),
        ..Place::default()
    };
    let anything = [
        &place.line1,
        &place.line2,
        &place.city,
        &place.state,
        &place.postal_code,
        &place.phone,
    ];
    if anything.into_iter().all(Option::is_none) {
        return None;
    }
    Some(place)
}

/// A row of a practice location file.
pub fn location(row: &Fields, at: &AddressColumns) -> Result<Place, Fault> {
    address(row, at)
        .filter(|p| p.line1.is_some() || p.city.is_some() || p.postal_code.is_some())
        .ok_or_else(|| {
            Fault::new(
                "Provider Secondary Practice Location Address- Address Line 1",
                "no address in this row",
            )
        })
}

/// Where the columns of the smaller files are.
pub struct NameRow {
    name: Option<usize>,
    type_code: Option<usize>,
}

impl NameRow {
    /// For an other-name file with this header.
    pub fn new(columns: &Columns) -> Self {
        Self {
            name: columns.find("Provider Other Organization Name"),
            type_code: columns.find("Provider Other Organization Name Type Code"),
        }
    }

    /// The other name in a row.
    pub fn read(&self, row: &Fields) -> Result<OtherName, Fault> {
        let name = get(row, self.name)
            .and_then(squeezed)
            .ok_or_else(|| Fault::new("Provider Other Organization Name", "is empty"))?;
        Ok(OtherName {
            type_code: type_code(get(row, self.type_code)),
            name: Name {
                organization: Some(casing::organization(&name)),
                ..Name::default()
            },
        })
    }
}

/// Where the columns of an endpoint file are.
pub struct EndpointRow {
    type_code: Option<usize>,
    endpoint: Option<usize>,
    description: Option<usize>,
    use_code: Option<usize>,
    content_type: Option<usize>,
    affiliation: Option<usize>,
}

impl EndpointRow {
    /// For an endpoint file with this header.
    pub fn new(columns: &Columns) -> Self {
        Self {
            type_code: columns.find("Endpoint Type"),
            endpoint: columns.find("Endpoint"),
            description: columns.find("Endpoint Description"),
            use_code: columns.find("Use Code"),
            content_type: columns.find("Content Type"),
            affiliation: columns.find("Affiliation Legal Business Name"),
        }
    }

    /// The endpoint in a row.
    pub fn read(&self, row: &Fields) -> Result<Endpoint, Fault> {
        let text = |column| get(row, column).and_then(squeezed);
        let endpoint = text(self.endpoint).ok_or_else(|| Fault::new("Endpoint", "is empty"))?;
        Ok(Endpoint {
            type_code: text(self.type_code).unwrap_or_else(|| "OTHERS".to_owned()),
            endpoint,
            description: text(self.description),
            use_code: text(self.use_code),
            content_type: text(self.content_type),
            affiliation: text(self.affiliation),
        })
    }
}

/// The date in a row of a list of deactivated NPIs.
pub fn deactivation(row: &Fields, columns: &Columns, npi: Npi) -> Result<Event, Fault> {
    let text = get(row, columns.any(DEACTIVATION_DATE))
        .and_then(cell)
        .unwrap_or_default();
    let on = dates::date(text)
        .ok_or_else(|| Fault::new("deactivation_date", format!("`{}` is no date", shortened(text))))?;
    Ok(Event {
        npi,
        kind: EventKind::Deactivation,
        on,
        replacement: None,
    })
}

/// At most forty characters of a text, for messages.
pub fn shortened(text: &str) -> String {
    shortened_to(text, 40)
}

/// At most so many characters of a text.
pub fn shortened_to(text: &str, characters: usize) -> String {
    text.chars().take(characters).collect()
}

/// The date of a cell; something that is no date is noted and left out.
pub fn optional_date(text: Option<&str>, notes: &mut Notes) -> Option<NaiveDate> {
    let text = cell(text?)?;
    let date = dates::date(text);
    notes.add_if(date.is_none(), Note::Date);
    date
}

fn get(row: &Fields, column: Option<usize>) -> Option<&str> {
    column.map(|at| row.get(at))
}

/// Refuses what is too long for a name: some other text in its place.
fn measured(name: Option<&str>, column: &'static str) -> Result<(), Fault> {
    match name.map(|name| name.chars().count()) {
        Some(length) if length > LONGEST_NAME => {
            let message = format!("has {length} characters, no name has more than {LONGEST_NAME}");
            Err(Fault::new(column, message))
        }
        _ => Ok(()),
    }
}

fn person(row: &Fields, at: &NameColumns) -> Name {
    person_name([at.last, at.first, at.middle, at.prefix, at.suffix, at.credential].map(|column| get(row, column)))
}

fn address(row: &Fields, at: &AddressColumns) -> Option<Place> {
    place(RawAddress {
        line1: get(row, at.line1),
        line2: get(row, at.line2),
        city: get(row, at.city),
        state: get(row, at.state),
        postal_code: get(row, at.postal_code),
        country: get(row, at.country),
        phone: get(row, at.phone),
        fax: get(row, at.fax),
    })
}
