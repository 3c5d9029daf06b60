//! What tenants have of their own: providers that nobody else sees, in a small index for each tenant that is merged when one
//! of it asks. It is in memory, exact, and looked through whole, like the changes since the last commit; the feed fills it
//! at every start and keeps it fresh.

use std::{collections::hash_map::Entry, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};

use super::overlay::{Changed, Overlay, Published};
use crate::vocab::{OrganizationId, ProviderId};

/// As searches read it.
pub type Tenants = FxHashMap<OrganizationId, Arc<Published>>;

/// The private providers of all tenants.
#[derive(Default)]
pub struct Private {
    tenants: FxHashMap<OrganizationId, Overlay>,
    owners: FxHashMap<ProviderId, OrganizationId>,
    published: Arc<Tenants>,
    touched: FxHashSet<OrganizationId>,
}

impl Private {
    /// Puts a provider where its owner finds it, over whatever was known of it.
    pub fn put(&mut self, owner: OrganizationId, changed: Arc<Changed>) {
        let id = changed.change.provider_id();
        if self.owners.get(&id).is_some_and(|known| *known != owner) {
            self.remove(id);
        }
        self.owners.insert(id, owner);
        self.tenants.entry(owner).or_default().put(changed);
        self.touched.insert(owner);
    }

    /// Drops a provider that is gone, or everybody's from now on.
    pub fn remove(&mut self, id: ProviderId) {
        let Some(owner) = self.owners.remove(&id) else { return };
        if let Entry::Occupied(mut tenant) = self.tenants.entry(owner) {
            tenant.get_mut().forget(id);
            if tenant.get().is_empty() {
                tenant.remove();
            }
        }
        self.touched.insert(owner);
    }

    /// All of it as searches read it, after whatever was put and removed.
    pub fn published(&mut self) -> Arc<Tenants> {
        if !self.touched.is_empty() {
            let tenants = Arc::make_mut(&mut self.published);
            for owner in self.touched.drain() {
                match self.tenants.get(&owner) {
                    Some(tenant) => tenants.insert(owner, Arc::new(tenant.published())),
                    None => tenants.remove(&owner),
                };
            }
        }
        Arc::clone(&self.published)
    }
}
