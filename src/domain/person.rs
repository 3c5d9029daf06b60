//! People with accounts, and what they are in an organisation.

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::Serialize;

use super::line::is_hidden;
use crate::vocab::{OrganizationId, UserId, terms::Role};

/// A person who can sign in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Person {
    /// Their key.
    pub id: UserId,
    /// What they sign in with.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they may do without an organisation: `platform_admin`, `reviewer`; usually nothing special.
    pub platform_role: Option<Role>,
    /// Whether they can sign in.
    pub is_active: bool,
}

/// A person in an organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Member {
    /// The organisation.
    pub organization_id: OrganizationId,
    /// The person.
    pub user_id: UserId,
    /// What they sign in with.
    pub email: String,
    /// What they are called.
    pub name: String,
    /// What they are there.
    pub role: Role,
    /// Whether they can act there.
    pub is_active: bool,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// Raised by every change; the ETag.
    pub version: i64,
}

/// Whether a text can be an address that mail goes to.
pub fn is_email(text: &str) -> bool {
    let halves = text.split_once('@');
    let plain = |c: char| !c.is_whitespace() && !is_hidden(c) && !matches!(c, '@' | '<' | '>' | ',' | ';' | '"');
    text.len() <= 254
        && halves.is_some_and(|(account, host)| {
            !account.is_empty()
                && !host.is_empty()
                && text.chars().filter(|c| *c != '@').all(plain)
                && !host.contains('@')
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in ["jane@example.org", "j.d+x@localhost"] {
            assert!(is_email(good), "{good}");
        }
        for bad in [
            "",
            "jane",
            "@example.org",
            "jane@",
            "a b@c",
            "a@b@c",
            "Jane <j@e.org>",
            "a@b,c@d",
        ] {
            assert!(!is_email(bad), "{bad}");
        }
    }
}
