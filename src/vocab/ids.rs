//! Identifiers: uuids that cannot be mistaken for each other, the provider's locator, the position in the change feed.

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;

            fn from_str(text: &str) -> Result<Self, uuid::Error> {
                text.parse().map($name)
            }
        }

        impl From<Uuid> for $name {
            fn from(id: Uuid) -> Self {
                Self(id)
            }
        }
    )+};
}

ids! {
    /// A provider of the directory, person or organisation.
    ProviderId,
    /// A place where a provider practises.
    LocationId,
    /// A network that a payer or agency runs.
    NetworkId,
    /// A plan that uses networks.
    PlanId,
    /// A tenant.
    OrganizationId,
    /// The party (legal person) behind a provider.
    PartyId,
    /// A person who signs in, in whatever organisations.
    UserId,
    /// A person at an outside provider who signs in to an agency's portal.
    ProviderUserId,
    /// A site of an organisation.
    ClinicId,
    /// A person who practises in an organisation.
    PractitionerId,
    /// That a practitioner works at a clinic.
    ClinicAssignmentId,
    /// The weekly hours of a practitioner at a clinic.
    ScheduleId,
    /// A day or some hours that are otherwise than each week.
    ScheduleExceptionId,
    /// A span of time that can be booked.
    SlotId,
    /// A place in a slot that is kept for a moment.
    HoldId,
    /// A booked place in a slot.
    AppointmentId,
    /// A case of an agency.
    CaseId,
    /// One thing of a case that can be shared by itself.
    CaseItemId,
    /// A provider's assignment to a case.
    AssignmentId,
    /// What a provider user comes in with.
    ProviderTokenId,
    /// A note about an outside provider.
    ProviderNoteId,
    /// A request that a provider be credentialed.
    CredentialingRequestId,
}

/// A provider's readable key: `PRV-<year>-<at least six digits>`, counted anew each year, gaps allowed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Locator {
    /// The year of registration.
    pub year: u16,
    /// The number within the year, from one.
    pub number: u32,
}

/// A text that is no locator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a locator looks like PRV-2026-000042")]
pub struct LocatorError;

impl FromStr for Locator {
    type Err = LocatorError;

    fn from_str(text: &str) -> Result<Self, LocatorError> {
        let (year, number) = text
            .strip_prefix("PRV-")
            .and_then(|t| t.split_once('-'))
            .ok_or(LocatorError)?;
        let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
        if year.len() != 4 || number.len() < 6 || !digits(year) || !digits(number) {
            return Err(LocatorError);
        }
        Ok(Self {
            year: year.parse().map_err(|_| LocatorError)?,
            number: number.parse().map_err(|_| LocatorError)?,
        })
    }
}

impl fmt::Display for Locator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PRV-{:04}-{:06}", self.year, self.number)
    }
}

/// How far the change feed has been read: the last outbox row in the order of (transaction, row).
///
/// Written `<xid>-<id>`. Positions of one Postgres cluster are totally ordered; a later one contains an earlier one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Position {
    /// The transaction (`xid8`) that wrote the row.
    pub xid: u64,
    /// The row's number.
    pub id: i64,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.xid, self.id)
    }
}

/// A text that is no position.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a position looks like 744-12")]
pub struct PositionError;

impl FromStr for Position {
    type Err = PositionError;

    fn from_str(text: &str) -> Result<Self, PositionError> {
        let (xid, id) = text.split_once('-').ok_or(PositionError)?;
        Ok(Self {
            xid: xid.parse().map_err(|_| PositionError)?,
            id: id.parse().map_err(|_| PositionError)?,
        })
    }
}

impl Serialize for Position {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl Serialize for Locator {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Locator {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn locators_round_trip_and_grow_past_six_digits() {
        for text in ["PRV-2026-000042", "PRV-2026-1234567"] {
            assert_eq!(text.parse::<Locator>().map(|l| l.to_string()), Ok(text.to_owned()));
        }
        for text in [
            "PRV-26-000042",
            "PRV-2026-42",
            "prv-2026-000042",
            "PRV-2026-00004x",
            "PRV-2026-99999999999",
        ] {
            assert_eq!(text.parse::<Locator>(), Err(LocatorError), "{text}");
        }
    }

    #[test]
    fn positions_are_ordered_by_transaction_first() {
        let read = |t: &str| t.parse::<Position>().expect("a position");
        assert!(read("9-100") < read("10-1"));
        assert!(read("10-1") < read("10-2"));
        assert_eq!(read("744-12").to_string(), "744-12");
        assert!("744".parse::<Position>().is_err());
    }
}
