//! `provdir token ...`: tokens for administrators and machines.

use std::process::ExitCode;

use chrono::{DateTime, Days, Utc};
use clap::{Subcommand, ValueEnum};

use super::{Error, print, print_json};
use crate::domain::access::{self as domain, Actor};
use crate::store::{
    Store,
    access::{self, Grant},
};

/// Issues, lists and revokes tokens.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Issue a token and print it. It is not shown again.
    Create {
        /// What it is for; unique.
        name: String,
        /// What it may do.
        #[arg(long, value_enum, default_value = "platform-admin")]
        role: Role,
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

/// What a token may do.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum Role {
    /// Write public providers and reference data.
    PlatformAdmin,
    /// Import.
    Import,
}

impl From<Role> for domain::Role {
    fn from(role: Role) -> Self {
        match role {
            Role::PlatformAdmin => Self::PlatformAdmin,
            Role::Import => Self::Import,
        }
    }
}

/// Runs a token command.
///
/// # Errors
/// If the name is taken, or Postgres can't be reached.
pub async fn run(store: &Store, command: &Command, now: DateTime<Utc>) -> Result<ExitCode, Error> {
    match command {
        Command::Create { name, role, days, json } => {
            let expires = days.and_then(|d| now.checked_add_days(Days::new(d)));
            let grant = Grant {
                name: name.clone(),
                role: (*role).into(),
                organization_id: None,
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
    Actor {
        name: "cli".to_owned(),
        organization_id: None,
        role: domain::Role::PlatformAdmin,
    }
}
