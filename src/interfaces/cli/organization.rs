//! `provdir organization ...`: tenants.

use std::process::ExitCode;

use clap::Subcommand;
use uuid::Uuid;

use super::{
    Error, print, print_json,
    token::operator,
    user::{of_slug, refused},
};
use crate::domain::organization::named;
use crate::store::{
    Store,
    organizations::{self, NewOrganization},
};
use crate::vocab::{
    OrganizationId,
    terms::{OrganizationType, SubscriptionTier, UnknownTerm},
};

/// Creates and lists organisations.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Create an organisation and print its id.
    Create {
        /// The name shown.
        name: String,
        /// What it is: hospital, clinic, practice-group, payer, agency.
        #[arg(long = "type", value_parser = kind)]
        kind: OrganizationType,
        /// What it pays for: basic, professional, enterprise.
        #[arg(long, default_value = "basic")]
        tier: SubscriptionTier,
        /// Its word in addresses [default: made of the name].
        #[arg(long)]
        slug: Option<String>,
        /// The organisation that it belongs to, by its slug.
        #[arg(long, value_name = "SLUG")]
        parent: Option<String>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the organisations.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
}

/// A type as it is typed, with hyphens or underscores.
fn kind(text: &str) -> Result<OrganizationType, UnknownTerm> {
    text.replace('-', "_").parse()
}

/// Runs a command about organisations.
///
/// # Errors
/// If the slug is taken, or Postgres can't be reached.
pub async fn run(store: &Store, command: &Command) -> Result<ExitCode, Error> {
    let mut tx = store.begin(&operator()).await?;
    match command {
        Command::Create {
            name,
            kind,
            tier,
            slug,
            parent,
            json,
        } => {
            let parent_id = match parent {
                Some(slug) => Some(of_slug(&mut tx, slug).await?.id),
                None => None,
            };
            let new = NewOrganization {
                id: OrganizationId(Uuid::now_v7()),
                name: named("name", name).map_err(|fault| refused("name", fault.code, &fault.message))?,
                slug: slug.clone(),
                r#type: *kind,
                tier: *tier,
                parent_id,
            };
            let made = organizations::create(&mut tx, &new).await?;
            tx.commit().await?;
            if *json {
                print_json(&made)?;
            } else {
                print(&format!("{} {}", made.id, made.slug))?;
            }
        }
        Command::List { json } => {
            let all = organizations::list(&mut tx).await?;
            if *json {
                print_json(&all)?;
                return Ok(ExitCode::SUCCESS);
            }
            for one in all {
                let state = if one.is_active { "" } else { "inactive" };
                let (kind, tier) = (one.r#type.code(), one.subscription_tier.code());
                print(&format!("{} {:<28} {kind:<15} {tier:<13} {state}", one.id, one.slug))?;
            }
        }
    }
    Ok(ExitCode::SUCCESS)
}
