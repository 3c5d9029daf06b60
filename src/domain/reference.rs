//! Networks, plans and organisations as other rooms join them to providers: small, whole in memory, renamed without re-indexing.

use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::vocab::{NetworkId, OrganizationId, PlanId, names::words};

/// All networks, plans and organisations that a reader may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Networks, by id.
    pub networks: Vec<Network>,
    /// Plans, by id.
    pub plans: Vec<Plan>,
    /// Tenants, by id.
    pub organizations: Vec<Organization>,
}

/// A network that providers take part in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Its key.
    pub id: NetworkId,
    /// The name shown.
    pub name: String,
    /// Who runs it.
    pub organization_id: OrganizationId,
    /// Whether everybody may see and filter by it.
    pub public: bool,
}

/// A plan, which uses one or several networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its key.
    pub id: PlanId,
    /// HIOS plan id or the payer's own.
    pub code: String,
    /// The name shown.
    pub name: String,
    /// The payer.
    pub organization_id: OrganizationId,
    /// The networks it pays in.
    pub networks: Vec<PlanNetwork>,
    /// What happens to claims from outside.
    pub oon_policy: OonPolicy,
    /// What happens to claims of providers whose credentialing is open.
    pub pending_policy: PendingPolicy,
}

/// A network of a plan, and the tier that the plan sees it as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanNetwork {
    /// The network.
    pub network_id: NetworkId,
    /// Only providers of this tier; none: all of the network.
    pub tier: Option<String>,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its key.
    pub id: OrganizationId,
    /// The name shown.
    pub name: String,
    /// Its word in addresses.
    pub slug: String,
    /// `hospital`, `clinic`, `practice_group`, `payer`, `agency`.
    pub kind: String,
}

/// Claims from outside the network are paid at the higher cost share, or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OonPolicy {
    /// Pay.
    Pay,
    /// Deny.
    Deny,
}

/// Claims of a PENDING provider are held, treated as out of network, or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PendingPolicy {
    /// Hold.
    Hold,
    /// Out of network.
    Oon,
    /// Deny.
    Deny,
}

impl Reference {
    /// The network of an id, if everybody may see it.
    pub fn public_network(&self, id: u128) -> Option<&Network> {
        let at = self
            .networks
            .binary_search_by(|network| network.id.0.as_u128().cmp(&id))
            .ok()?;
        self.networks.get(at).filter(|network| network.public)
    }
}

/// The names of networks and plans as texts are read for them: folded once, not for each text.
#[derive(Clone, Debug, Default)]
pub struct FoldedNames {
    /// The words of the name of each public network, and its id.
    pub networks: Vec<(Vec<String>, NetworkId)>,
    /// The words of the name of each plan, in the order of the plans.
    pub plans: Vec<Vec<String>>,
    all: FxHashSet<String>,
}

impl FoldedNames {
    /// Of all networks that everybody may see, and of all plans.
    pub fn of(reference: &Reference) -> Self {
        let public = reference.networks.iter().filter(|network| network.public);
        let networks: Vec<_> = public.map(|network| (words(&network.name), network.id)).collect();
        let plans: Vec<_> = reference.plans.iter().map(|plan| words(&plan.name)).collect();
        let all = networks.iter().map(|(name, _)| name).chain(&plans).flatten();
        Self {
            all: all.cloned().collect(),
            networks,
            plans,
        }
    }

    /// Whether a folded word is of one of the names.
    pub fn has(&self, word: &str) -> bool {
        self.all.contains(word)
    }
}
