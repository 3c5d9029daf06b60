//! What a parameter can choose between, and keys of what it names.

use std::{fmt, str::FromStr};

use chrono::NaiveDateTime;

use crate::index::packed::NetworkHere;
use crate::vocab::{Locator, Npi, terms::UnknownTerm};

/// A network, perhaps only one tier of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct NetworkChoice {
    /// The network.
    pub id: u128,
    /// Only this tier.
    pub tier: Option<String>,
}

impl NetworkChoice {
    /// Whether a participation is in it.
    pub fn includes(&self, network: &NetworkHere<'_>) -> bool {
        network.id == self.id && self.tier.as_deref().is_none_or(|tier| network.tier == Some(tier))
    }
}

/// A provider named by one of its keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// By id.
    Id(u128),
    /// By NPI.
    Npi(Npi),
    /// By locator.
    Locator(Locator),
}

impl FromStr for Key {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(id) = text.parse::<uuid::Uuid>() {
            return Ok(Self::Id(id.as_u128()));
        }
        if text.starts_with("PRV-") {
            return text.parse().map(Self::Locator).map_err(|e| format!("{e}"));
        }
        text.parse().map(Self::Npi).map_err(|e| format!("{e}"))
    }
}

/// The moment of `open_at`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum OpenAt {
    /// Now, wherever the location is.
    Now,
    /// At this wall-clock time of the location.
    Local(NaiveDateTime),
}

impl fmt::Display for OpenAt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Now => f.write_str("now"),
            Self::Local(at) => write!(f, "{}", at.format("%Y-%m-%dT%H:%M")),
        }
    }
}

macro_rules! choices {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
        pub enum $name { #[default] $($(#[$vdoc])* $variant),+ }

        impl FromStr for $name {
            type Err = UnknownTerm;

            fn from_str(text: &str) -> Result<Self, UnknownTerm> {
                match text {
                    $($code => Ok(Self::$variant),)+
                    _ => Err(UnknownTerm {
                        given: text.chars().take(40).collect(),
                        codes: [$($code),+].join(", "),
                    }),
                }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self { $(Self::$variant => $code),+ })
            }
        }
    )+};
}

// The macro puts `#[default]` on the first variant.
choices! {
    /// Unit of radius and distance.
    Unit {
        /// Miles.
        Miles = "mi",
        /// Kilometres.
        Kilometres = "km",
    }
    /// How names match.
    NameMatch {
        /// Exact hits first, others below.
        Auto = "auto",
        /// Exact hits only.
        Exact = "exact",
        /// As `auto`, with all ways of matching tried even where exact hits abound.
        Fuzzy = "fuzzy",
    }
    /// The order of the rows.
    Sort {
        /// Best first.
        Relevance = "relevance",
        /// Nearest first.
        Distance = "distance",
        /// By name.
        Name = "name",
        /// Lately confirmed first.
        Verified = "verified",
        /// First free first.
        NextAvailable = "next_available",
    }
    /// What a row is.
    Group {
        /// A provider, at its best location.
        Provider = "provider",
        /// A provider at a location.
        Location = "location",
    }
    /// Form of the answer.
    Format {
        /// The contract's object.
        Json = "json",
        /// A GeoJSON FeatureCollection.
        Geojson = "geojson",
        /// Comma-separated, all rows.
        Csv = "csv",
        /// A card a line, all rows.
        Ndjson = "ndjson",
    }
    /// What can be counted by value.
    Facet {
        /// NUCC code.
        Specialty = "specialty",
        /// Language code.
        Language = "language",
        /// Gender.
        Gender = "gender",
        /// Network.
        Network = "network",
        /// Plan.
        Plan = "plan",
        /// Status.
        NetworkStatus = "network_status",
        /// New patients.
        AcceptingNewPatients = "accepting_new_patients",
        /// Telehealth.
        Telehealth = "telehealth",
        /// City.
        City = "city",
        /// State.
        State = "state",
        /// Person or organisation.
        Kind = "kind",
        /// Category.
        Category = "category",
        /// Organisation it belongs to.
        Affiliation = "affiliation",
    }
}
