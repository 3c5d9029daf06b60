//! Who acts: the person or machine behind a request, and what it may do.

pub use crate::vocab::terms::Role;
use crate::vocab::{OrganizationId, ProviderUserId, UserId};

/// Somebody whose token or session has been checked. The store opens transactions for actors only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What is written to history and audit: `token:ops`, `cli`, `import:nppes`, `user:<id>`.
    pub name: String,
    /// The tenant whose rows the transaction may see, if any.
    pub organization_id: Option<OrganizationId>,
    /// What the actor may do.
    pub role: Role,
    /// The person, if it is one with an account.
    pub user_id: Option<UserId>,
    /// The person at an outside provider, if it is one.
    pub provider_user_id: Option<ProviderUserId>,
    /// What a machine's token is limited to; empty: nothing beyond its role.
    pub scopes: Vec<String>,
}

impl Actor {
    /// Somebody without a tenant.
    pub fn new(name: impl Into<String>, role: Role) -> Self {
        Self {
            name: name.into(),
            organization_id: None,
            role,
            user_id: None,
            provider_user_id: None,
            scopes: Vec::new(),
        }
    }

    /// The same, within a tenant.
    #[must_use]
    pub fn within(mut self, organization: OrganizationId) -> Self {
        self.organization_id = Some(organization);
        self
    }
}
