//! An invented provider as the directory holds it, without a store between: for benches that build large indexes.

use std::sync::LazyLock;

use uuid::{Builder, Uuid};

use super::{
    organization::category,
    reference::{NETWORK_COUNT, network_id},
    site::Site,
    synthetic::Synthetic,
};
use crate::domain::provider::{Location, Participation, Provider};
use crate::vocab::{Lexicon, LocationId, Locator, NetworkId, PartyId, ProviderId, terms::ProviderKind};

/// The moment of the first provider, 2026-01-01T00:00:00Z in milliseconds; each further one comes a millisecond later.
const FIRST_MS: u64 = 1_767_225_600_000;

static NETWORK_IDS: LazyLock<Vec<NetworkId>> = LazyLock::new(|| (0..NETWORK_COUNT).map(network_id).collect());

impl Synthetic {
    /// The provider as an import would have stored it, located by the lexicon's gazetteer.
    ///
    /// Ids are uuids of version 7, made of seed and index, in the order of generation.
    pub fn to_provider(&self, lexicon: &Lexicon) -> Provider {
        let locations: Vec<Location> = (0..)
            .zip(&self.sites)
            .map(|(n, site)| self.location(n, site, lexicon))
            .collect();
        let code = self
            .specialties
            .iter()
            .find(|s| s.primary)
            .map_or("", |s| s.code.as_str());
        let languages: Vec<String> = self.languages.iter().map(|l| (*l).to_owned()).collect();
        Provider {
            id: ProviderId(self.uuid(0)),
            locator: Locator {
                year: 2026,
                number: u32::try_from(self.index + 1).unwrap_or(u32::MAX),
            },
            npi: Some(self.npi),
            party_id: PartyId(self.uuid(1)),
            kind: self.kind,
            category: match (self.kind, code) {
                (ProviderKind::Organization, code) => category(code),
                (_, "170300000X") => "genetic_counselor",
                (_, code) if code.starts_with("103T") || code.starts_with("103G") => "psychologist",
                _ => "practitioner",
            }
            .to_owned(),
            name: self.name.clone(),
            other_names: self.other_name.clone().into_iter().collect(),
            specialties: self.specialties.clone(),
            languages,
            gender: self.gender,
            network_status: self.network_status,
            address: None,
            phone: self.sites.first().map(|s| s.phone.clone()),
            email: None,
            activated_at: self
                .activated
                .and_then(|day| day.and_hms_opt(12, 0, 0))
                .map(|t| t.and_utc()),
            version: 1,
            owner_organization_id: None,
            verified_at: self.verified,
            participations: self.participations(&locations),
            locations,
            identifiers: Vec::new(),
            affiliations: Vec::new(),
        }
    }

    fn location(&self, number: u64, site: &Site, lexicon: &Lexicon) -> Location {
        let found = lexicon.gazetteer.locate(Some(&site.postal_code), None, None, None);
        Location {
            id: LocationId(self.uuid(2 + number)),
            line1: Some(site.line1.clone()),
            line2: site.line2.clone(),
            city: Some(site.city.to_owned()),
            state: Some(site.state.to_owned()),
            postal_code: Some(site.postal_code.clone()),
            county: found.county,
            country: "US".to_owned(),
            point: found.point,
            position_quality: found.quality,
            phone: Some(site.phone.clone()),
            fax: site.fax.clone(),
            time_zone: found.time_zone.map(str::to_owned),
            hours: site.hours.clone(),
            telehealth: site.telehealth,
            accessibility: site.accessibility.clone(),
            primary: number == 0,
        }
    }

    fn participations(&self, locations: &[Location]) -> Vec<Participation> {
        let numbered = (16..).zip(&self.memberships);
        numbered
            .map(|(number, membership)| Participation {
                id: self.uuid(number),
                network_id: NETWORK_IDS[membership.network],
                location_id: locations.get(membership.site).map(|l| l.id),
                tier: membership.tier.map(str::to_owned),
                status: membership.status,
                effective: membership.effective,
                termination: membership.termination,
                accepting: Some(membership.accepting),
                characteristics: None,
            })
            .collect()
    }

    /// The provider's uuid for a purpose: shaped like version 7, a millisecond for each index.
    fn uuid(&self, purpose: u64) -> Uuid {
        let high = mixed(self.seed ^ mixed(self.index).rotate_left(17) ^ mixed(purpose));
        let low = mixed(high);
        let mut random = [0; 10];
        random[..8].copy_from_slice(&high.to_le_bytes());
        random[8..].copy_from_slice(&low.to_le_bytes()[..2]);
        Builder::from_unix_timestamp_millis(FIRST_MS + self.index, &random).into_uuid()
    }
}

/// Spreads a number over all 64 bits (the finaliser of `SplitMix64`).
fn mixed(number: u64) -> u64 {
    let mut z = number.wrapping_add(0x9e37_79b9_7f4a_7c15);
    z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}
