//! A provider with all that belongs to it, as the directory knows it, and the rules of its life.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::vocab::{
    LocationId, Locator, NetworkId, Npi, OrganizationId, PartyId, ProviderId,
    place::Point,
    terms::{Accepting, Accessibility, Gender, NetworkStatus, PositionQuality, ProviderKind},
};

/// A provider and everything that hangs on it: what the store reads as one, and what the index is made from.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Provider {
    /// The key that never changes (uuid v7).
    pub id: ProviderId,
    /// The readable key.
    pub locator: Locator,
    /// Unique across the platform; none for providers outside health care.
    pub npi: Option<Npi>,
    /// The party of type PROVIDER behind it.
    pub party_id: PartyId,
    /// Person or organisation.
    pub kind: ProviderKind,
    /// `practitioner`, `hospital`, `pharmacy`, `group`, `clinic`, `lab`, `facility`, ... or a tenant's own word.
    pub category: String,
    /// The current name.
    pub name: Name,
    /// Former names, aliases, "doing business as".
    pub other_names: Vec<OtherName>,
    /// Taxonomies. At most one is primary.
    pub specialties: Vec<Specialty>,
    /// BCP 47 language codes, sorted, lower case.
    pub languages: Vec<String>,
    /// Of a person, where known.
    pub gender: Option<Gender>,
    /// The ceiling over every participation.
    pub network_status: NetworkStatus,
    /// The address as the record has it, free JSON; `extension.languages` is emitted there.
    pub address: Option<serde_json::Value>,
    /// Of the provider as a whole.
    pub phone: Option<String>,
    /// Of the provider as a whole.
    pub email: Option<String>,
    /// The first time the provider became ACTIVE.
    pub activated_at: Option<DateTime<Utc>>,
    /// Raised once by every transaction that changes the provider or a child of it.
    pub version: i64,
    /// None: public. Otherwise private to that tenant.
    pub owner_organization_id: Option<OrganizationId>,
    /// When somebody last confirmed the listing.
    pub verified_at: Option<NaiveDate>,
    /// Where the provider practises.
    pub locations: Vec<Location>,
    /// Medicaid, state and other identifiers.
    pub identifiers: Vec<Identifier>,
    /// To which other providers it belongs.
    pub affiliations: Vec<Affiliation>,
    /// In which networks, where, since when.
    pub participations: Vec<Participation>,
}

/// The parts of a name. A person has `last`, an organisation has `organization`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// `Dr.`
    pub prefix: Option<String>,
    /// Given name.
    pub first: Option<String>,
    /// Middle name or initial.
    pub middle: Option<String>,
    /// Family name.
    pub last: Option<String>,
    /// `Jr.`, `III`.
    pub suffix: Option<String>,
    /// Free text in NPPES: `M.D.`, `MD, FACC`.
    pub credential: Option<String>,
    /// Legal business name.
    pub organization: Option<String>,
}

/// Another name under which the provider is or was known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OtherName {
    /// NPPES other-name type: 1 former, 2 professional, 3 doing business as, 4 former legal business, 5 other.
    pub type_code: i16,
    /// The name.
    #[serde(flatten)]
    pub name: Name,
}

/// One taxonomy of a provider, with the licence it is practised under.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Specialty {
    /// NUCC code, ten characters.
    pub code: String,
    /// The primary one.
    #[serde(default)]
    pub primary: bool,
    /// Licence number.
    pub license_number: Option<String>,
    /// The state that issued it, two letters.
    pub license_state: Option<String>,
}

/// A place where a provider practises.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Location {
    /// The location's key.
    pub id: LocationId,
    /// Street.
    pub line1: Option<String>,
    /// Suite, building.
    pub line2: Option<String>,
    /// City as written.
    pub city: Option<String>,
    /// Two letters.
    pub state: Option<String>,
    /// Five or nine digits, no dash.
    pub postal_code: Option<String>,
    /// County name without the word County, as the gazetteer knows it.
    pub county: Option<String>,
    /// Two letters; `US` if not said.
    pub country: String,
    /// Where it is.
    pub point: Option<Point>,
    /// How the point was found.
    pub position_quality: PositionQuality,
    /// Digits as given.
    pub phone: Option<String>,
    /// Fax.
    pub fax: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Opening hours per weekday.
    pub hours: Vec<OpeningHours>,
    /// Whether patients are seen by telehealth from here.
    pub telehealth: bool,
    /// Plan-Net accessibility codes.
    pub accessibility: Vec<Accessibility>,
    /// The provider's main place of practice.
    pub primary: bool,
}

/// Open from `opens` to `closes` on a weekday, in the location's zone. `closes <= opens` runs past midnight.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHours {
    /// 1 Monday to 7 Sunday (ISO 8601).
    pub weekday: u8,
    /// Minutes after midnight.
    pub opens: u16,
    /// Minutes after midnight.
    pub closes: u16,
}

/// An identifier other than the NPI.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifier {
    /// NPPES code: `01` other, `05` Medicaid; others by name.
    pub type_code: String,
    /// The value.
    pub value: String,
    /// State, if any.
    pub state: Option<String>,
    /// Issuer, if any.
    pub issuer: Option<String>,
}

/// A tie to another provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Affiliation {
    /// The group, hospital, supervisor.
    pub to: ProviderId,
    /// `member_of`, `admitting`, `covering`, `supervised_by`, `part_of`.
    pub role: String,
}

/// Provider x location x network (x tier) over a span of days.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Participation {
    /// Its key.
    pub id: Uuid,
    /// The network.
    pub network_id: NetworkId,
    /// The place it holds for; none: every place of the provider.
    pub location_id: Option<LocationId>,
    /// Tier within the network, upper case as in QHP.
    pub tier: Option<String>,
    /// PENDING, ACTIVE or INACTIVE, below the provider's own status.
    pub status: NetworkStatus,
    /// First day.
    pub effective: NaiveDate,
    /// Last day, inclusive; none: open.
    pub termination: Option<NaiveDate>,
    /// Whether new patients are taken, there, in that network.
    pub accepting: Option<Accepting>,
    /// Which new patients, in words; never where none are taken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub characteristics: Option<String>,
}

impl Name {
    /// The name as a card shows it: `Jane A. Smith Jr., MD` or the organisation's name.
    pub fn display(&self) -> String {
        if let Some(name) = &self.organization {
            return name.clone();
        }
        let parts = [&self.first, &self.middle, &self.last, &self.suffix];
        let mut shown = parts
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect::<Vec<_>>()
            .join(" ");
        if let Some(credential) = &self.credential {
            shown.push_str(", ");
            shown.push_str(credential);
        }
        shown
    }

    /// What an alphabetical list sorts by: `smith jane a`, folded.
    pub fn sort_key(&self) -> String {
        use crate::vocab::names::fold;
        match &self.organization {
            Some(name) => fold(name),
            None => fold(
                &[&self.last, &self.first, &self.middle]
                    .into_iter()
                    .flatten()
                    .cloned()
                    .collect::<Vec<_>>()
                    .join(" "),
            ),
        }
    }
}

impl Participation {
    /// What this participation amounts to on a day, under the provider's own status: not yet or no longer effective, or
    /// under a provider that is not ACTIVE, it is not ACTIVE.
    pub fn status_on(&self, day: NaiveDate, provider: NetworkStatus) -> NetworkStatus {
        let within = self.effective <= day && self.termination.is_none_or(|last| day <= last);
        match (provider, within) {
            (_, false) => NetworkStatus::Inactive,
            (NetworkStatus::Active, true) => self.status,
            (ceiling, true) => ceiling,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_pending_takes_part_in_nothing_that_has_ended() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let taken = |status| Participation {
            id: Uuid::nil(),
            network_id: NetworkId(Uuid::nil()),
            location_id: None,
            tier: None,
            status,
            effective: day("2026-01-01"),
            termination: Some(day("2026-06-30")),
            accepting: None,
            characteristics: None,
        };
        use NetworkStatus::{Active, Inactive, Pending};
        for (own, provider, at, expected) in [
            (Active, Pending, "2026-06-30", Pending),
            (Active, Pending, "2026-07-01", Inactive),
            (Pending, Pending, "2026-07-01", Inactive),
            (Active, Active, "2026-06-30", Active),
            (Active, Active, "2026-07-01", Inactive),
            (Active, Inactive, "2026-06-30", Inactive),
        ] {
            assert_eq!(
                taken(own).status_on(day(at), provider),
                expected,
                "{own} {provider} {at}"
            );
        }
    }
}
