//! One provider with everything the directory says about it in public.
//!
//! Names of networks and specialties are joined here, and a participation is told as it stands today.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use serde_json::Value;
use uuid::Uuid;

use crate::domain::{
    provider::{Affiliation, Identifier, Location, Name, OpeningHours, OtherName, Participation, Provider, Specialty},
    reference::Reference,
    survivorship::{Source, confidence},
};
use crate::store::clinic_assignments::PublicRole;
use crate::vocab::{
    Lexicon, LocationId, Locator, NetworkId, Npi, PartyId, ProviderId,
    place::Point,
    terms::{Accepting, Accessibility, Gender, NetworkStatus, PositionQuality, ProviderKind},
};

/// A provider as `GET /providers/{key}` answers it: a result card's words where both have the same, and all the rest.
#[derive(Debug, Serialize)]
pub struct Detail<'a> {
    id: ProviderId,
    locator: Locator,
    npi: Option<Npi>,
    party_id: PartyId,
    kind: ProviderKind,
    category: &'a str,
    name: String,
    name_parts: &'a Name,
    other_names: &'a [OtherName],
    /// The primary one in the platform's short code (`CARDIOLOGY`), else its NUCC code.
    specialty: Option<&'a str>,
    specialties: Vec<SpecialtyDetail<'a>>,
    languages: &'a [String],
    gender: Option<Gender>,
    network_status: NetworkStatus,
    networks: Vec<NetworkDetail<'a>>,
    accepting_new_patients: Option<bool>,
    telehealth: bool,
    address: Option<&'a Value>,
    phone: Option<&'a str>,
    email: Option<&'a str>,
    locations: Vec<LocationDetail<'a>>,
    identifiers: &'a [Identifier],
    affiliations: &'a [Affiliation],
    activated_at: Option<DateTime<Utc>>,
    verified_at: Option<NaiveDate>,
    /// By group of fields, who says so.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    sources: BTreeMap<String, SourceDetail>,
    /// The clinics of organisations at which they practise.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<PublicRole>,
    version: i64,
}

/// Who says so, since when, and how far that can be trusted today.
#[derive(Debug, Serialize)]
struct SourceDetail {
    source: String,
    verified_at: Option<NaiveDate>,
    confidence: f64,
}

#[derive(Debug, Serialize)]
struct SpecialtyDetail<'a> {
    code: &'a str,
    name: Option<&'a str>,
    primary: bool,
    license_number: Option<&'a str>,
    license_state: Option<&'a str>,
}

#[derive(Debug, Serialize)]
struct NetworkDetail<'a> {
    id: NetworkId,
    name: &'a str,
    status: NetworkStatus,
    tier: Option<&'a str>,
    location_id: Option<LocationId>,
    effective: NaiveDate,
    termination: Option<NaiveDate>,
    accepting: Option<Accepting>,
    characteristics: Option<&'a str>,
    participation_id: Uuid,
}

#[derive(Debug, Serialize)]
struct LocationDetail<'a> {
    id: LocationId,
    primary: bool,
    line1: Option<&'a str>,
    line2: Option<&'a str>,
    city: Option<&'a str>,
    state: Option<&'a str>,
    postal_code: Option<&'a str>,
    county: Option<&'a str>,
    country: &'a str,
    lat: Option<f64>,
    lon: Option<f64>,
    position_quality: PositionQuality,
    phone: Option<&'a str>,
    fax: Option<&'a str>,
    time_zone: Option<&'a str>,
    hours: &'a [OpeningHours],
    telehealth: bool,
    accessibility: &'a [Accessibility],
}

impl<'a> Detail<'a> {
    /// The provider as it is told on `today`. Networks that are not public are left out.
    pub fn new(provider: &'a Provider, lexicon: &'a Lexicon, reference: &'a Reference, today: NaiveDate) -> Self {
        Self {
            id: provider.id,
            locator: provider.locator,
            npi: provider.npi,
            party_id: provider.party_id,
            kind: provider.kind,
            category: &provider.category,
            name: provider.name.display(),
            name_parts: &provider.name,
            other_names: &provider.other_names,
            specialty: provider
                .specialties
                .iter()
                .find(|s| s.primary)
                .map(|s| short(s, lexicon)),
            specialties: provider.specialties.iter().map(|s| specialty(s, lexicon)).collect(),
            languages: &provider.languages,
            gender: provider.gender,
            network_status: provider.network_status,
            networks: networks(provider, reference, today),
            accepting_new_patients: accepting(provider, today),
            telehealth: provider.locations.iter().any(|location| location.telehealth),
            address: provider.address.as_ref(),
            phone: provider.phone.as_deref(),
            email: provider.email.as_deref(),
            locations: provider.locations.iter().map(place).collect(),
            identifiers: &provider.identifiers,
            affiliations: &provider.affiliations,
            activated_at: provider.activated_at,
            verified_at: provider.verified_at,
            sources: BTreeMap::new(),
            roles: Vec::new(),
            version: provider.version,
        }
    }

    /// With the clinics at which they practise.
    #[must_use]
    pub fn with_roles(mut self, roles: Vec<PublicRole>) -> Self {
        self.roles = roles;
        self
    }

    /// With the source of each group of fields.
    #[must_use]
    pub fn with_sources(mut self, sources: BTreeMap<String, Source>, today: NaiveDate) -> Self {
        let told = |(group, source): (String, Source)| {
            let confidence = confidence(&source, today);
            let (source, verified_at) = (source.source, source.verified_at);
            let told = SourceDetail {
                source,
                verified_at,
                confidence,
            };
            (group, told)
        };
        self.sources = sources.into_iter().map(told).collect();
        self
    }
}

fn short<'a>(specialty: &'a Specialty, lexicon: &'a Lexicon) -> &'a str {
    let term = lexicon.specialties.get(&specialty.code);
    term.and_then(|term| term.seed_codes.first()).unwrap_or(&specialty.code)
}

fn specialty<'a>(specialty: &'a Specialty, lexicon: &'a Lexicon) -> SpecialtyDetail<'a> {
    SpecialtyDetail {
        code: &specialty.code,
        name: lexicon.specialties.get(&specialty.code).map(|term| term.name.as_str()),
        primary: specialty.primary,
        license_number: specialty.license_number.as_deref(),
        license_state: specialty.license_state.as_deref(),
    }
}

fn networks<'a>(provider: &'a Provider, reference: &'a Reference, today: NaiveDate) -> Vec<NetworkDetail<'a>> {
    let told = |participation: &'a Participation| {
        let of = |network: &&crate::domain::reference::Network| network.id == participation.network_id;
        let network = reference.networks.iter().find(of).filter(|network| network.public)?;
        Some(NetworkDetail {
            id: network.id,
            name: &network.name,
            status: participation.status_on(today, provider.network_status),
            tier: participation.tier.as_deref(),
            location_id: participation.location_id,
            effective: participation.effective,
            termination: participation.termination,
            accepting: participation.accepting,
            characteristics: participation.characteristics.as_deref(),
            participation_id: participation.id,
        })
    };
    provider.participations.iter().filter_map(told).collect()
}

/// Yes if any network in force today says so, no if all that say something say no, else unknown.
fn accepting(provider: &Provider, today: NaiveDate) -> Option<bool> {
    let active = |p: &&Participation| p.status_on(today, provider.network_status) == NetworkStatus::Active;
    let said = provider
        .participations
        .iter()
        .filter(active)
        .filter_map(|p| p.accepting);
    said.map(|code| code == Accepting::New).reduce(|any, next| any || next)
}

fn place(location: &Location) -> LocationDetail<'_> {
    LocationDetail {
        id: location.id,
        primary: location.primary,
        line1: location.line1.as_deref(),
        line2: location.line2.as_deref(),
        city: location.city.as_deref(),
        state: location.state.as_deref(),
        postal_code: location.postal_code.as_deref(),
        county: location.county.as_deref(),
        country: &location.country,
        lat: location.point.map(Point::lat),
        lon: location.point.map(Point::lon),
        position_quality: location.position_quality,
        phone: location.phone.as_deref(),
        fax: location.fax.as_deref(),
        time_zone: location.time_zone.as_deref(),
        hours: &location.hours,
        telehealth: location.telehealth,
        accessibility: &location.accessibility,
    }
}
