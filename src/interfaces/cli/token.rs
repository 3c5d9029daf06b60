//! `provdir token ...`: tokens for administrators and machines.

use std::process::ExitCode;

use chrono::{DateTime, Days, Utc};
use clap::Subcommand;

use super::{Error, print, print_json};
use crate::domain::access::{Actor, Role, is_scope};
use crate::store::{
    Store,
    access::{self, Grant},
};
use crate::vocab::{Fault, OrganizationId, terms::UnknownTerm};

/// A hundred years.
const MOST_DAYS: u64 = 36_525;

/// Issues, lists and revokes tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Issue a token and print it. It is not shown again.
    Create {
        /// What it is for; unique.
        name: String,
        /// What it may do: platform-admin, organization-admin, reviewer, practitioner, employer, member, service, import.
        #[arg(long, value_parser = role, default_value = "platform-admin")]
        role: Role,
        /// The tenant it acts for, by its slug or id; platform-admin and import have none.
        #[arg(long, value_name = "SLUG", requires = "role")]
        organization: Option<String>,
        /// What a service is limited to, such as `network:check`; once for each.
        #[arg(long, value_name = "NOUN:VERB")]
        scope: Vec<String>,
        /// Days until it runs out [default: never].
        #[arg(long, value_name = "N")]
        days: Option<u64>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the tokens, without the tokens themselves.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Make a token worthless at once.
    Revoke {
        /// Its name.
        name: String,
    },
}

/// A role as it is typed, with hyphens or underscores.
pub(super) fn role(text: &str) -> Result<Role, UnknownTerm> {
    text.replace('-', "_").parse()
}

/// A tenant by its slug or id.
async fn tenant(store: &Store, named: &str) -> Result<OrganizationId, Error> {
    if let Ok(id) = named.parse() {
        return Ok(id);
    }
    let mut tx = store.begin(&operator()).await?;
    Ok(super::user::of_slug(&mut tx, named).await?.id)
}

/// A token that acts for a tenant and is of the platform's, or could never be used for what it was made for.
fn refuse_unfit(role: Role, organization: Option<OrganizationId>, scopes: &[String]) -> Result<(), Error> {
    let of_platform = matches!(role, Role::PlatformAdmin | Role::Import);
    let fault = match organization {
        Some(_) if of_platform => Some(("organization", format!("{role} acts for no tenant"))),
        _ => scopes
            .iter()
            .find(|scope| !is_scope(scope))
            .map(|scope| ("scope", format!("nothing needs the scope `{scope}`"))),
    };
    match fault {
        Some((field, message)) => Err(Error::Refused(vec![Fault::new(field, "invalid_value", message)])),
        None => Ok(()),
    }
}

/// When a token runs out that is good for so many days.
fn ends_in(days: u64, now: DateTime<Utc>) -> Result<DateTime<Utc>, Error> {
    let ends = (1..=MOST_DAYS)
        .contains(&days)
        .then(|| now.checked_add_days(Days::new(days)));
    ends.flatten().ok_or_else(|| {
        let message = format!("1 to {MOST_DAYS}; without it, never");
        Error::Refused(vec![Fault::new("days", "range", message)])
    })
}

/// Runs a token command.
///
/// # Errors
/// If the name is taken, or Postgres can't be reached.
pub async fn run(store: &Store, command: &Command, now: DateTime<Utc>) -> Result<ExitCode, Error> {
    match command {
        Command::Create {
            name,
            role,
            organization,
            scope,
            days,
            json,
        } => {
            let organization_id = match organization {
                Some(named) => Some(tenant(store, named).await?),
                None => None,
            };
            refuse_unfit(*role, organization_id, scope)?;
            let expires = days.map(|days| ends_in(days, now)).transpose()?;
            let grant = Grant {
                name: name.clone(),
                role: *role,
                organization_id,
                scopes: scope.clone(),
                expires_at: expires,
            };
            let mut tx = store.begin(&operator()).await?;
            let token = access::issue_token(&mut tx, &grant, rand::random(), now).await?;
            tx.commit().await?;
            if *json {
                print_json(&serde_json::json!({ "name": name, "token": token, "expires_at": expires }))?;
            } else {
                print(&token)?;
            }
        }
        Command::List { json } => list(store, *json).await?,
        Command::Revoke { name } => {
            let mut tx = store.begin(&operator()).await?;
            let revoked = access::revoke_token(&mut tx, name, now).await?;
            tx.commit().await?;
            if !revoked {
                print(&format!("no token named {name} that is still good"))?;
                return Ok(ExitCode::FAILURE);
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}

async fn list(store: &Store, json: bool) -> Result<(), Error> {
    let mut tx = store.begin(&operator()).await?;
    let tokens = access::list_tokens(&mut tx).await?;
    if json {
        return Ok(print_json(&tokens)?);
    }
    for token in tokens {
        let ends = token
            .expires_at
            .map_or_else(|| "never".to_owned(), |at| at.format("%F").to_string());
        let state = if token.revoked_at.is_some() { "revoked" } else { "good" };
        print(&format!(
            "{:<24} {:<16} {state:<8} runs out {ends}",
            token.name, token.role
        ))?;
    }
    Ok(())
}

/// Whoever may run this program on the data folder administrates it.
pub(crate) fn operator() -> Actor {
    Actor::new("cli", Role::PlatformAdmin)
}
