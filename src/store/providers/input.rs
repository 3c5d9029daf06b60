//! What a caller may say about a provider, as JSON has it, and the rules that need no database.

use chrono::NaiveDate;
use serde::{Deserialize, Deserializer, Serialize};

use crate::domain::provider::{Affiliation, Identifier, Name, OpeningHours, OtherName, Provider, Specialty};
use crate::store::Error;
use crate::vocab::{
    Fault, LocationId, Npi, PartyId,
    place::Point,
    terms::{Accessibility, Gender, PositionQuality, ProviderKind},
};

/// A provider to be created.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewProvider {
    /// Person or organisation.
    pub kind: ProviderKind,
    /// `practitioner`, `hospital`, `attorney`, ... or a tenant's own word: lower case, digits, underscores.
    pub category: String,
    /// Ten digits with a right check digit; none outside health care.
    #[serde(default)]
    pub npi: Option<Npi>,
    /// An existing party of type PROVIDER; none: a new one is made.
    #[serde(default)]
    pub party_id: Option<PartyId>,
    /// `Dr.`
    #[serde(default)]
    pub prefix: Option<String>,
    /// Given name.
    #[serde(default)]
    pub first_name: Option<String>,
    /// Middle name or initial.
    #[serde(default)]
    pub middle_name: Option<String>,
    /// Family name; a person needs it.
    #[serde(default)]
    pub last_name: Option<String>,
    /// `Jr.`
    #[serde(default)]
    pub suffix: Option<String>,
    /// `MD, FACC`.
    #[serde(default)]
    pub credential: Option<String>,
    /// Legal business name; an organisation needs it.
    #[serde(default)]
    pub organization_name: Option<String>,
    /// Former names, aliases.
    #[serde(default)]
    pub other_names: Vec<OtherName>,
    /// Taxonomies; where none is marked primary, the first is.
    #[serde(default)]
    pub specialties: Vec<Specialty>,
    /// BCP 47 codes; none: those of `address.extension.languages`.
    #[serde(default)]
    pub languages: Option<Vec<String>>,
    /// Of a person, where known.
    #[serde(default)]
    pub gender: Option<Gender>,
    /// Free JSON object.
    #[serde(default)]
    pub address: Option<serde_json::Value>,
    /// Of the provider as a whole.
    #[serde(default)]
    pub phone: Option<String>,
    /// Of the provider as a whole.
    #[serde(default)]
    pub email: Option<String>,
    /// When somebody last confirmed the listing.
    #[serde(default)]
    pub verified_at: Option<NaiveDate>,
    /// Where it practises.
    #[serde(default)]
    pub locations: Vec<NewLocation>,
    /// Medicaid, DEA, state and other identifiers.
    #[serde(default)]
    pub identifiers: Vec<Identifier>,
    /// To which other providers it belongs.
    #[serde(default)]
    pub affiliations: Vec<Affiliation>,
}

/// A place of practice. The point comes in: given, or found by the caller from the address.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLocation {
    /// An existing location of the provider, which is changed; none: a new one.
    #[serde(default)]
    pub id: Option<LocationId>,
    /// Street.
    #[serde(default)]
    pub line1: Option<String>,
    /// Suite, building.
    #[serde(default)]
    pub line2: Option<String>,
    /// City.
    #[serde(default)]
    pub city: Option<String>,
    /// Two letters.
    #[serde(default)]
    pub state: Option<String>,
    /// Five or nine digits, no dash.
    #[serde(default)]
    pub postal_code: Option<String>,
    /// County name without the word County.
    #[serde(default)]
    pub county: Option<String>,
    /// Two letters; none: US.
    #[serde(default)]
    pub country: Option<String>,
    /// Where it is.
    #[serde(default)]
    pub point: Option<Point>,
    /// How the point was found; none: given, where there is a point.
    #[serde(default)]
    pub position_quality: Option<PositionQuality>,
    /// Digits as given.
    #[serde(default)]
    pub phone: Option<String>,
    /// Fax.
    #[serde(default)]
    pub fax: Option<String>,
    /// IANA zone.
    #[serde(default)]
    pub time_zone: Option<String>,
    /// Opening hours per weekday.
    #[serde(default)]
    pub hours: Vec<OpeningHours>,
    /// Whether patients are seen by telehealth from here.
    #[serde(default)]
    pub telehealth: bool,
    /// Plan-Net accessibility codes.
    #[serde(default)]
    pub accessibility: Vec<Accessibility>,
    /// The main place of practice.
    #[serde(default)]
    pub primary: bool,
}

/// What is to change. A field that is absent stays; `null` clears it; a list replaces the whole list.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct ProviderChange {
    /// As in [`NewProvider`].
    pub kind: Option<ProviderKind>,
    /// As in [`NewProvider`].
    pub category: Option<String>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub npi: Option<Option<Npi>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub prefix: Option<Option<String>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub first_name: Option<Option<String>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub middle_name: Option<Option<String>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub last_name: Option<Option<String>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub suffix: Option<Option<String>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub credential: Option<Option<String>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub organization_name: Option<Option<String>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub gender: Option<Option<Gender>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub address: Option<Option<serde_json::Value>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub phone: Option<Option<String>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub email: Option<Option<String>>,
    /// As in [`NewProvider`].
    #[serde(deserialize_with = "said", skip_serializing_if = "Option::is_none")]
    pub verified_at: Option<Option<NaiveDate>>,
    /// As in [`NewProvider`].
    pub other_names: Option<Vec<OtherName>>,
    /// As in [`NewProvider`].
    pub specialties: Option<Vec<Specialty>>,
    /// As in [`NewProvider`].
    pub languages: Option<Vec<String>>,
    /// As in [`NewProvider`]; locations that are not in the list are removed, with their participations.
    pub locations: Option<Vec<NewLocation>>,
    /// As in [`NewProvider`].
    pub identifiers: Option<Vec<Identifier>>,
    /// As in [`NewProvider`].
    pub affiliations: Option<Vec<Affiliation>>,
}

/// Tells a field that was said to be null from one that was not said.
fn said<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Option<Option<T>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

/// What can be refused without the database; the specialties with exactly one primary.
pub(super) fn check(new: &NewProvider) -> Result<Vec<Specialty>, Error> {
    let name = Name {
        last: new.last_name.clone(),
        organization: new.organization_name.clone(),
        ..Name::default()
    };
    check_name(new.kind, &name)?;
    check_address(new.address.as_ref())?;
    check_category(&new.category)?;
    check_locations(&new.locations)?;
    one_primary(new.specialties.clone())
}

fn check_locations(locations: &[NewLocation]) -> Result<(), Error> {
    for (n, location) in locations.iter().enumerate() {
        let refuse = |field: &str, code, message| {
            Err(Error::Refused(Fault::new(
                format!("locations[{n}].{field}"),
                code,
                message,
            )))
        };
        let letters = |t: &str| t.len() == 2 && t.bytes().all(|b| b.is_ascii_uppercase());
        if location.state.as_deref().is_some_and(|s| !letters(s)) {
            return refuse("state", "format", "two capital letters, such as TX");
        }
        if location.country.as_deref().is_some_and(|c| !letters(c)) {
            return refuse("country", "format", "two capital letters, such as US");
        }
        let zip = |t: &str| matches!(t.len(), 5 | 9) && t.bytes().all(|b| b.is_ascii_digit());
        if location.postal_code.as_deref().is_some_and(|p| !zip(p)) {
            return refuse("postal_code", "format", "five or nine digits without a dash");
        }
        let unknown = location.position_quality == Some(PositionQuality::Unknown);
        if unknown == location.point.is_some() && (unknown || location.position_quality.is_some()) {
            return refuse(
                "position_quality",
                "point",
                "a point has a quality, and no point has the quality unknown",
            );
        }
        let hour = |h: &OpeningHours| (1..=7).contains(&h.weekday) && h.opens < 1440 && h.closes <= 1440;
        if !location.hours.iter().all(hour) {
            return refuse(
                "hours",
                "range",
                "weekday 1 to 7, opens below 1440, closes at most 1440 minutes",
            );
        }
    }
    Ok(())
}

fn check_name(kind: ProviderKind, name: &Name) -> Result<(), Error> {
    let (field, needed) = match kind {
        ProviderKind::Individual => ("last_name", &name.last),
        ProviderKind::Organization => ("organization_name", &name.organization),
    };
    if needed.as_ref().is_none_or(|n| n.trim().is_empty()) {
        let message = "a person needs a last name, an organisation its name";
        return Err(Error::Refused(Fault::new(field, "required", message)));
    }
    Ok(())
}

fn check_category(category: &str) -> Result<(), Error> {
    let fine = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    let starts = category.bytes().next().is_some_and(|b| b.is_ascii_lowercase());
    if starts && category.len() <= 63 && category.bytes().all(fine) {
        return Ok(());
    }
    let message = "lower-case letters, digits and underscores, such as `practitioner`";
    Err(Error::Refused(Fault::new("category", "format", message)))
}

fn check_address(address: Option<&serde_json::Value>) -> Result<(), Error> {
    if address.is_none_or(serde_json::Value::is_object) {
        return Ok(());
    }
    Err(Error::Refused(Fault::new("address", "type", "is a JSON object")))
}

/// Exactly one primary: the one marked, or the first where none is.
fn one_primary(mut specialties: Vec<Specialty>) -> Result<Vec<Specialty>, Error> {
    for (n, specialty) in specialties.iter().enumerate() {
        let code = |b: u8| b.is_ascii_uppercase() || b.is_ascii_digit();
        if specialty.code.len() != 10 || !specialty.code.bytes().all(code) {
            let message = "a NUCC code has ten capital letters and digits, such as 207RC0000X";
            return Err(Error::Refused(Fault::new(
                format!("specialties[{n}].code"),
                "format",
                message,
            )));
        }
    }
    match specialties.iter().filter(|s| s.primary).count() {
        0 => {
            if let Some(first) = specialties.first_mut() {
                first.primary = true;
            }
        }
        1 => {}
        _ => {
            let message = "exactly one specialty is the primary one";
            return Err(Error::Refused(Fault::new("specialties", "primary", message)));
        }
    }
    Ok(specialties)
}

impl ProviderChange {
    /// The provider as it would be, as far as its own columns and plain lists go.
    pub(super) fn applied_to(&self, provider: &Provider) -> Result<Provider, Error> {
        fn set<T: Clone>(to: &mut T, change: Option<&T>) {
            if let Some(value) = change {
                to.clone_from(value);
            }
        }
        let mut after = provider.clone();
        set(&mut after.kind, self.kind.as_ref());
        set(&mut after.category, self.category.as_ref());
        set(&mut after.npi, self.npi.as_ref());
        set(&mut after.name.prefix, self.prefix.as_ref());
        set(&mut after.name.first, self.first_name.as_ref());
        set(&mut after.name.middle, self.middle_name.as_ref());
        set(&mut after.name.last, self.last_name.as_ref());
        set(&mut after.name.suffix, self.suffix.as_ref());
        set(&mut after.name.credential, self.credential.as_ref());
        set(&mut after.name.organization, self.organization_name.as_ref());
        set(&mut after.gender, self.gender.as_ref());
        set(&mut after.address, self.address.as_ref());
        set(&mut after.phone, self.phone.as_ref());
        set(&mut after.email, self.email.as_ref());
        set(&mut after.verified_at, self.verified_at.as_ref());
        set(&mut after.other_names, self.other_names.as_ref());
        set(&mut after.identifiers, self.identifiers.as_ref());
        set(&mut after.affiliations, self.affiliations.as_ref());
        if let Some(specialties) = &self.specialties {
            after.specialties = one_primary(specialties.clone())?;
        }
        check_name(after.kind, &after.name)?;
        check_address(after.address.as_ref())?;
        check_category(&after.category)?;
        check_locations(self.locations.as_deref().unwrap_or_default())?;
        Ok(after)
    }
}
