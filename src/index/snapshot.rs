//! What a search reads: segments, what is dead in them, the overlay, and the names to be joined. Never changes.

use std::sync::Arc;

use tantivy::schema::Field;

use super::{
    former::FormerNpis,
    free_slots::FreeSlots,
    living::Living,
    overlay::{Changed, Published},
    private::Tenants,
    references::{References, Seen},
};
use crate::domain::reference::{FoldedNames, Reference};
use crate::vocab::{Lexicon, OrganizationId, Position};

/// The index at one position of the feed.
#[derive(Clone)]
pub struct Snapshot {
    /// The generation's number; 0 before the first is built.
    pub generation: u64,
    /// Everything up to here is in; `None` before the first build.
    pub position: Option<Position>,
    /// Open segments.
    pub segments: Vec<Living>,
    /// Changes that are in no segment yet. Their providers are dead in all segments.
    pub overlay: Arc<Published>,
    /// What tenants have of their own.
    pub private: Arc<Tenants>,
    /// What the tenant that asks has of its own; empty for everybody else.
    pub own: Arc<Published>,
    /// When providers are next free.
    pub free_slots: Arc<FreeSlots>,
    /// Numbers that lead to a provider who has another now.
    pub former: Arc<FormerNpis>,
    /// Networks and plans as each tenant sees them.
    pub references: Arc<References>,
    /// Networks, plans, organisations, as far as whoever asks may see them.
    pub reference: Arc<Reference>,
    /// The names of networks and plans, folded.
    pub reference_names: Arc<FoldedNames>,
    /// The vocabulary.
    pub lexicon: Arc<Lexicon>,
}

/// Where a provider was found.
pub enum Found<'a> {
    /// In a segment: its number there.
    InSegment(&'a Living, u32),
    /// In the overlay.
    InOverlay(&'a Arc<Changed>),
}

impl Snapshot {
    /// The same as somebody of a tenant sees it: with the providers and networks that are the tenant's own.
    #[must_use]
    pub fn for_tenant(self: Arc<Self>, organization: Option<OrganizationId>) -> Arc<Self> {
        let own = organization.and_then(|organization| self.private.get(&organization).map(Arc::clone));
        let seen = self.networks_of(organization).cloned();
        if own.is_none() && seen.is_none() {
            return self;
        }
        let mut whole = (*self).clone();
        whole.own = own.unwrap_or(whole.own);
        if let Some(Seen { reference, names }) = seen {
            whole.reference = reference;
            whole.reference_names = names;
        }
        Arc::new(whole)
    }

    /// What a tenant sees of networks and plans beyond what everybody does; none: nothing.
    pub fn networks_of(&self, organization: Option<OrganizationId>) -> Option<&Seen> {
        organization.and_then(|organization| self.references.tenant(organization))
    }

    /// What is in no segment: changes, and what is the tenant's own.
    pub fn overlays(&self) -> [&Published; 2] {
        [&self.overlay, &self.own]
    }

    /// The provider of an id, if it is in no segment.
    pub fn changed(&self, id: u128) -> Option<&Arc<Changed>> {
        self.overlays().into_iter().find_map(|overlay| overlay.get(id))
    }

    /// All providers that are in no segment.
    pub fn changed_providers(&self) -> impl Iterator<Item = &Arc<Changed>> {
        self.overlays().into_iter().flat_map(|overlay| &overlay.list)
    }

    /// Living providers.
    pub fn providers(&self) -> u64 {
        self.segments.iter().map(Living::providers).sum::<u64>() + self.overlay.list.len() as u64
    }

    /// Living provider-at-location entries.
    pub fn locations(&self) -> u64 {
        self.segments.iter().map(Living::locations).sum::<u64>() + self.overlay.rows.len() as u64
    }

    /// The provider that has a number in one of the number fields.
    pub fn by_number(
        &self,
        field: impl Fn(&super::schema::Fields) -> Field,
        number: u64,
    ) -> tantivy::Result<Option<Found<'_>>> {
        for living in &self.segments {
            let field = field(living.segment.fields());
            let term = tantivy::Term::from_field_u64(field, number);
            if let Some(provider) = living.provider_with(field, &term)? {
                return Ok(Some(Found::InSegment(living, provider)));
            }
        }
        Ok(None)
    }
}
