//! Somebody who has shown who they are, and what they may.

use super::browser::csrf_of;
use crate::domain::{
    access::{Actor, Rights, Role, Terms},
    configuration::Search,
};
use crate::store::access::{Standing, Tenant};

/// Somebody who has shown who they are.
#[derive(Clone, Debug)]
pub struct Identity {
    /// Who acts, and for which tenant.
    pub actor: Actor,
    /// What they may.
    pub rights: Rights,
    /// How members of their tenant search.
    pub search: Search,
    /// The tenant, also where it is not active and nobody can act for it.
    pub organization: Option<Tenant>,
    /// The token of their session, if they have one.
    pub session: Option<String>,
    pub(super) by_cookie: bool,
}

/// What was found out about a request, for the next one who asks.
#[derive(Clone)]
pub(super) struct Known(pub(super) Option<Identity>);

impl Identity {
    pub(super) fn new(standing: Standing, session: Option<String>, by_cookie: bool) -> Self {
        let Standing {
            mut actor,
            organization,
            terms,
            search,
            ..
        } = standing;
        let platform = actor.role == Role::PlatformAdmin;
        let active = organization.as_ref().is_some_and(|tenant| tenant.is_active || platform);
        if !active && actor.organization_id.take().is_some() {
            actor.role = Role::Member; // What they were was for the organisation.
        }
        Self {
            rights: rights(&actor, terms.filter(|_| active)),
            search: if active { search } else { Search::default() },
            actor,
            organization,
            session,
            by_cookie,
        }
    }

    /// The word that a form of one of our pages sends along, so that no other site's form can.
    pub fn csrf(&self) -> String {
        self.session.as_deref().map(csrf_of).unwrap_or_default()
    }
}

pub(super) fn rights(actor: &Actor, terms: Option<Terms>) -> Rights {
    Rights {
        role: actor.role,
        scopes: actor.scopes.clone(),
        terms,
    }
}
