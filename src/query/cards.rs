//! A result card: what is shown of a provider at a location, in words of the contract.

use chrono::NaiveDate;
use serde::Serialize;

use super::{explain::Explained, matched::Matched};
use crate::domain::reference::Reference;
use crate::index::record::{PlaceRecord, Record};
use crate::vocab::{
    Lexicon, Locator, Npi,
    place::Point,
    terms::{Accessibility, Gender, NetworkStatus, PositionQuality, ProviderKind},
};

/// The properties of a card, for `fields=`.
pub const PROPERTIES: &[&str] = &[
    "id",
    "locator",
    "npi",
    "name",
    "kind",
    "category",
    "specialties",
    "languages",
    "gender",
    "network_status",
    "networks",
    "accepting_new_patients",
    "telehealth",
    "accessibility",
    "location",
    "other_locations",
    "distance_miles",
    "next_available",
    "verified_at",
    "score",
    "matched",
];

/// One result as it is shown.
#[derive(Clone, Debug, Serialize)]
pub struct Card<'a> {
    /// The provider's id.
    pub id: uuid::Uuid,
    /// The readable key.
    pub locator: Locator,
    /// NPI.
    pub npi: Option<Npi>,
    /// Name as shown.
    pub name: &'a str,
    /// Person or organisation.
    pub kind: ProviderKind,
    /// Category.
    pub category: &'a str,
    /// Specialties, the primary one first.
    pub specialties: Vec<SpecialtyOnCard<'a>>,
    /// Language codes.
    pub languages: Vec<&'a str>,
    /// Gender.
    pub gender: Option<Gender>,
    /// The provider's status.
    pub network_status: NetworkStatus,
    /// Networks here.
    pub networks: Vec<NetworkOnCard<'a>>,
    /// New patients, where known.
    pub accepting_new_patients: Option<bool>,
    /// Telehealth from here.
    pub telehealth: bool,
    /// Plan-Net codes.
    pub accessibility: Vec<Accessibility>,
    /// The location; none for a provider without one.
    pub location: Option<LocationOnCard<'a>>,
    /// Further locations of the provider that match.
    pub other_locations: usize,
    /// Great-circle distance from the place asked for.
    pub distance_miles: Option<f64>,
    /// The next free appointment.
    pub next_available: Option<String>,
    /// When the listing was last confirmed.
    pub verified_at: Option<NaiveDate>,
    /// Higher is better; `None` where the order is not by relevance.
    pub score: Option<f64>,
    /// How the name matched.
    pub matched: Matched<'a>,
    /// Why it is a hit, where that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub explain: Option<Explained>,
}

/// A specialty on a card.
#[derive(Clone, Debug, Serialize)]
pub struct SpecialtyOnCard<'a> {
    /// NUCC code.
    pub code: &'a str,
    /// Its name.
    pub name: &'a str,
    /// The primary one.
    pub primary: bool,
}

/// A network on a card.
#[derive(Clone, Debug, Serialize)]
pub struct NetworkOnCard<'a> {
    /// Its id.
    pub id: uuid::Uuid,
    /// Its name.
    pub name: &'a str,
    /// The participation's status here.
    pub status: NetworkStatus,
    /// Tier.
    pub tier: Option<&'a str>,
}

/// A location on a card.
#[derive(Clone, Debug, Serialize)]
pub struct LocationOnCard<'a> {
    /// Its id.
    pub id: uuid::Uuid,
    /// Street.
    pub line1: Option<&'a str>,
    /// Suite.
    pub line2: Option<&'a str>,
    /// City.
    pub city: Option<&'a str>,
    /// State.
    pub state: Option<&'a str>,
    /// ZIP.
    pub postal_code: Option<&'a str>,
    /// Latitude.
    pub lat: Option<f64>,
    /// Longitude.
    pub lon: Option<f64>,
    /// How the point was found.
    pub position_quality: PositionQuality,
    /// Phone.
    pub phone: Option<&'a str>,
}

impl<'a> Card<'a> {
    /// The card of a record, without what a search adds.
    pub fn of(record: Record<'a>, lexicon: &'a Lexicon, reference: &'a Reference) -> Self {
        let primary = record.has_primary;
        let specialty = |(at, code): (usize, &'a str)| SpecialtyOnCard {
            code,
            name: lexicon.specialties.get(code).map_or(code, |term| term.name.as_str()),
            primary: at == 0 && primary,
        };
        let networks = record.networks.iter().filter_map(|here| {
            let network = reference.public_network(here.id)?;
            Some(NetworkOnCard {
                id: network.id.0,
                name: &network.name,
                status: here.status,
                tier: here.tier,
            })
        });
        let (telehealth, accessible) = record
            .place
            .as_ref()
            .map_or((false, 0), |p| (p.telehealth, p.accessibility));
        Self {
            id: uuid::Uuid::from_u128(record.provider),
            locator: Locator {
                year: record.locator.0,
                number: record.locator.1,
            },
            npi: record.npi.and_then(|number| Npi::from_number(number).ok()),
            name: record.name,
            kind: record.kind,
            category: record.category,
            networks: networks.collect(),
            accepting_new_patients: record.accepting(),
            specialties: record.specialties.iter().enumerate().map(specialty).collect(),
            gender: record.gender,
            network_status: record.status,
            telehealth,
            accessibility: Accessibility::ALL
                .iter()
                .copied()
                .filter(|a| accessible & (1 << *a as u8) != 0)
                .collect(),
            other_locations: 0,
            distance_miles: None,
            next_available: None,
            verified_at: record.verified.and_then(NaiveDate::from_num_days_from_ce_opt),
            score: None,
            matched: Matched::default(),
            explain: None,
            languages: record.languages.iter().collect(),
            location: record.place.map(LocationOnCard::of),
        }
    }
}

impl<'a> LocationOnCard<'a> {
    fn of(place: PlaceRecord<'a>) -> Self {
        Self {
            id: uuid::Uuid::from_u128(place.id),
            line1: place.line1,
            line2: place.line2,
            city: place.city,
            state: place.state,
            postal_code: place.postal_code,
            lat: place.point.map(Point::lat),
            lon: place.point.map(Point::lon),
            position_quality: place.quality,
            phone: place.phone,
        }
    }
}

/// Only some properties of a card.
pub fn selected(card: &Card<'_>, fields: &[String]) -> serde_json::Value {
    match serde_json::to_value(card) {
        Ok(serde_json::Value::Object(mut object)) => {
            object.retain(|property, _| property == "explain" || fields.iter().any(|field| field == property));
            serde_json::Value::Object(object)
        }
        other => other.unwrap_or_default(),
    }
}
