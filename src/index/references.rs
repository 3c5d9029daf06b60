//! Networks and plans as each reader sees them: what is public, and what a tenant runs besides, in its own searches alone.
//! Who takes part in a private network is in the index like everything else; without the network nobody can ask for it.

use std::sync::{Arc, OnceLock};

use rustc_hash::FxHashMap;

use crate::domain::reference::{FoldedNames, Reference};
use crate::vocab::OrganizationId;

/// What one reader sees.
#[derive(Clone, Debug, Default)]
pub struct Seen {
    /// Networks, plans, organisations.
    pub reference: Arc<Reference>,
    /// The names of networks and plans, folded.
    pub names: Arc<FoldedNames>,
}

impl Seen {
    fn of(reference: Reference) -> Self {
        Self {
            names: Arc::new(FoldedNames::of(&reference)),
            reference: Arc::new(reference),
        }
    }
}

/// What everybody sees, and each tenant that has a private network. What a tenant sees is made when it asks first: few do.
#[derive(Debug, Default)]
pub struct References {
    whole: Reference,
    everybody: Seen,
    tenants: FxHashMap<OrganizationId, OnceLock<Seen>>,
}

impl References {
    /// Of all networks and plans, private ones too.
    pub fn new(mut whole: Reference) -> Self {
        // Cards find a network by its id.
        whole.networks.sort_by_key(|network| network.id);
        let private = whole.networks.iter().filter(|network| !network.public);
        Self {
            everybody: Seen::of(whole.seen_by(None)),
            tenants: private
                .map(|network| (network.organization_id, OnceLock::new()))
                .collect(),
            whole,
        }
    }

    /// What everybody sees.
    pub fn everybody(&self) -> &Seen {
        &self.everybody
    }

    /// What a tenant sees; none: the same as everybody.
    pub fn tenant(&self, tenant: OrganizationId) -> Option<&Seen> {
        let seen = self.tenants.get(&tenant)?;
        Some(seen.get_or_init(|| Seen::of(self.whole.seen_by(Some(tenant)))))
    }
}
