//! Who acts: the person or machine behind a request, and what it may do.

use crate::vocab::OrganizationId;

/// Somebody whose token or session has been checked. The store opens transactions for actors only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Actor {
    /// What is written to history and audit: `token:ops`, `cli`, `import:nppes`.
    pub name: String,
    /// The tenant whose rows the transaction may see, if any.
    pub organization_id: Option<OrganizationId>,
    /// What the actor may do.
    pub role: Role,
}

/// The roles that exist so far; default is deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Not signed in: may search what is public.
    Anonymous,
    /// May write public providers and reference data.
    PlatformAdmin,
    /// The import commands, on the machine itself.
    Import,
}
