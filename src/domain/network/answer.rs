//! The words of a network check: what is asked, under which terms, and what comes out.

use std::borrow::Cow;

use chrono::NaiveDate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::reference::{Days, OonPolicy, PendingPolicy, Plan, PlanNetwork};
use crate::vocab::{
    LocationId, NetworkId, Npi,
    terms::{Accepting, NetworkStatus},
};

/// Raised whenever the same facts can lead to another decision.
pub const RULE_VERSION: &str = "2026-11-30";

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The word as every interface writes it.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }
        }
    )+};
}

codes! {
    /// Whether the provider was in network. Five answers that must not be mistaken for each other.
    Answer {
        /// ACTIVE, and takes part in a network of the plan.
        InNetwork = "IN_NETWORK",
        /// Known, and not in network.
        OutOfNetwork = "OUT_OF_NETWORK",
        /// Not decided: credentialing is open.
        Pending = "PENDING",
        /// A well-formed NPI that the directory does not have.
        UnknownProvider = "UNKNOWN_PROVIDER",
        /// The directory has no participations of these networks at all, so it cannot say.
        NoData = "NO_DATA",
    }

    /// What the allowed amount is taken from.
    AllowedBasis {
        /// The contract with the network.
        Contracted = "CONTRACTED",
        /// Usual, customary and reasonable charges.
        Ucr = "UCR",
        /// Nothing is allowed.
        None = "NONE",
        /// Not decided (yet), or no plan was named.
        Undecided = "UNDECIDED",
    }

    /// Which class of deductible and coinsurance the member has.
    CostShare {
        /// That of the network.
        InNetwork = "IN_NETWORK",
        /// That of outsiders.
        OutOfNetwork = "OUT_OF_NETWORK",
        /// What the plan says of services that it does not cover.
        PerPlan = "PER_PLAN",
        /// Not decided (yet), or no plan was named.
        Undecided = "UNDECIDED",
    }

    /// What becomes of the claim.
    Disposition {
        /// Paid.
        Pay = "PAY",
        /// Denied.
        Deny = "DENY",
        /// Held until more is known.
        PendingInfo = "PENDING_INFO",
        /// No plan was named, and without one nothing follows.
        Undecided = "UNDECIDED",
    }

    /// Why. Stable words for programs; one decision may have several.
    Reason {
        /// A participation covers the day.
        Participating = "PARTICIPATING",
        /// Credentialing was open on the day.
        ProviderPending = "PROVIDER_PENDING",
        /// Credentialing was open on the day and has been decided since.
        CredentialingResolved = "CREDENTIALING_RESOLVED",
        /// The request was rejected, and no other one is open.
        CredentialingRejected = "CREDENTIALING_REJECTED",
        /// The provider was INACTIVE on the day.
        ProviderInactive = "PROVIDER_INACTIVE",
        /// The participation that covers the day is not decided yet.
        ParticipationPending = "PARTICIPATION_PENDING",
        /// The participation that covers the day has been switched off.
        ParticipationInactive = "PARTICIPATION_INACTIVE",
        /// No participation in these networks, on any day.
        NoParticipation = "NO_PARTICIPATION",
        /// The last participation ended before the day.
        Terminated = "TERMINATED",
        /// The first participation begins after the day.
        NotYetEffective = "NOT_YET_EFFECTIVE",
        /// The day lies between two participations.
        Gap = "GAP",
        /// In network on the day, but at another location.
        OtherLocation = "OTHER_LOCATION",
        /// In network on the day, but in a tier that the plan does not use.
        OtherTier = "OTHER_TIER",
        /// The NPI is not in the directory.
        UnknownNpi = "UNKNOWN_NPI",
        /// No participations of these networks are in the directory.
        NoNetworkData = "NO_NETWORK_DATA",
        /// The plan does not cover services from outside its networks.
        StrictNetwork = "STRICT_NETWORK",
        /// The plan does not cover services of providers whose credentialing is open.
        PendingDenied = "PENDING_DENIED",
        /// The provider does not list the taxonomy that was asked for. A note: it changes nothing.
        TaxonomyNotListed = "TAXONOMY_NOT_LISTED",
        /// The public directory listed the provider as in network on the day that the member relied on.
        DirectoryReliance = "DIRECTORY_RELIANCE",
    }
}

/// What is asked of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Question {
    /// Who.
    pub npi: Npi,
    /// The date of service.
    pub service_date: NaiveDate,
    /// At which location; none: at any.
    pub location_id: Option<LocationId>,
    /// As which taxonomy, if that is of interest.
    pub taxonomy: Option<String>,
}

/// What a plan says about claims that are not in network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policies {
    /// Of claims from outside the network.
    pub oon: OonPolicy,
    /// Of claims of providers whose credentialing is open.
    pub pending: PendingPolicy,
}

/// The networks that count, and what the plan says about the rest.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms<'a> {
    /// Any of these.
    pub networks: Cow<'a, [PlanNetwork]>,
    /// None: a network was named and no plan.
    pub policies: Option<Policies>,
}

impl<'a> Terms<'a> {
    /// The same, for longer than the plan is borrowed.
    pub fn into_owned(self) -> Terms<'static> {
        Terms {
            networks: Cow::Owned(self.networks.into_owned()),
            policies: self.policies,
        }
    }

    /// Those of a plan on a day of service, whose networks end with it ([`Reference::narrowed`](crate::domain::reference::Reference::narrowed)).
    pub fn of_plan(plan: &'a Plan, day: NaiveDate) -> Self {
        let (oon, pending) = plan.policies_on(day);
        Self {
            networks: Cow::Borrowed(&plan.networks),
            policies: Some(Policies { oon, pending }),
        }
    }

    /// Of a single network, whatever the tier.
    pub fn of_network(network_id: NetworkId) -> Terms<'static> {
        Self::of_network_until(network_id, None)
    }

    /// Of a single network that ends on a day.
    pub fn of_network_until(network_id: NetworkId, ends_on: Option<NaiveDate>) -> Terms<'static> {
        let all = PlanNetwork {
            network_id,
            tier: None,
            days: Days {
                begins_on: None,
                ends_on,
            },
        };
        Terms {
            networks: Cow::Owned(vec![all]),
            policies: None,
        }
    }
}

/// The participation that a decision rests on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct InNetwork {
    /// In which network.
    pub network_id: NetworkId,
    /// At which location; none: at every one.
    pub location_id: Option<LocationId>,
    /// In which tier.
    pub tier: Option<String>,
    /// PENDING, ACTIVE or INACTIVE.
    pub status: NetworkStatus,
    /// The first day.
    pub effective: NaiveDate,
    /// The last day, inclusive.
    pub termination: Option<NaiveDate>,
    /// Whether new patients are taken.
    pub accepting: Option<Accepting>,
}

/// What follows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Decision {
    /// Whether the provider was in network.
    pub decision: Answer,
    /// What the allowed amount is taken from.
    pub allowed_basis: AllowedBasis,
    /// Which class of cost share the member has.
    pub cost_share: CostShare,
    /// What becomes of the claim.
    pub disposition: Disposition,
    /// Claim adjustment reason code (X12): 45 for a contractual discount, 242 for services from outside the network.
    pub carc: Option<Cow<'static, str>>,
    /// Why.
    pub reasons: Vec<Reason>,
    /// Where the provider stood on the day; none: not known.
    pub provider_status: Option<NetworkStatus>,
    /// The participation that it rests on.
    pub participation: Option<InNetwork>,
    /// Whether the public directory listed the provider as in network on the day that the member relied on.
    pub directory_reliance: bool,
}
