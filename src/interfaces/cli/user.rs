//! `provdir user ...`: accounts of people, and where they belong.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Subcommand;
use serde_json::json;
use uuid::Uuid;

use super::{
    Error, print, print_json,
    token::{operator, role},
};
use crate::domain::{
    access::{MEMBER_ROLES, Role},
    organization::Organization,
    password,
    person::is_email,
};
use crate::store::{
    Store, Tx, members, organizations,
    people::{self, NewPerson},
};
use crate::vocab::{Fault, UserId};

/// Creates, lists and closes accounts.
#[derive(Clone, Debug, Subcommand)]
pub enum Command {
    /// Create an account and print its password, which is not shown again.
    Create {
        /// What they sign in with.
        email: String,
        /// What they are called.
        #[arg(long)]
        name: String,
        /// An organisation to let them into, by its slug.
        #[arg(long, value_name = "SLUG", requires = "role")]
        organization: Option<String>,
        /// What they are there: organization-admin, reviewer, practitioner, employer, member.
        #[arg(long, value_parser = role, requires = "organization")]
        role: Option<Role>,
        /// What they may do without an organisation: platform-admin or reviewer [default: nothing].
        #[arg(long, value_parser = role)]
        platform_role: Option<Role>,
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// List the accounts.
    List {
        /// As JSON.
        #[arg(long)]
        json: bool,
    },
    /// Close an account; its sessions end at once, what they did stays.
    Disable {
        /// Their address.
        email: String,
    },
    /// Open a closed account again.
    Enable {
        /// Their address.
        email: String,
    },
    /// Give an account a new password and print it; its sessions end.
    Password {
        /// Their address.
        email: String,
    },
}

/// Runs a command about accounts.
///
/// # Errors
/// If the address is taken or unknown, or Postgres can't be reached.
pub async fn run(store: &Store, command: &Command, now: DateTime<Utc>) -> Result<ExitCode, Error> {
    match command {
        Command::Create {
            email,
            name,
            organization,
            role,
            platform_role,
            json,
        } => {
            let wanted = Wanted {
                email,
                name,
                platform_role: *platform_role,
            };
            let place = organization.as_deref().zip(*role);
            let (id, password) = create(store, &wanted, place, now).await?;
            if *json {
                print_json(&json!({"id": id, "email": email, "password": password}))?;
            } else {
                print(&password)?;
            }
        }
        Command::List { json } => list(store, *json).await?,
        Command::Disable { email } => enable(store, email, false, now).await?,
        Command::Enable { email } => enable(store, email, true, now).await?,
        Command::Password { email } => {
            let mut tx = store.begin(&operator()).await?;
            let person = known(&mut tx, email).await?;
            let password = fresh_password();
            let hash = password::hash(&password, rand::random());
            people::set_password(&mut tx, person, &hash, None, now).await?;
            tx.commit().await?;
            print(&password)?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// An account to be.
pub(super) struct Wanted<'a> {
    pub email: &'a str,
    pub name: &'a str,
    pub platform_role: Option<Role>,
}

/// Makes an account, in an organisation if one is named, and tells its password.
async fn create(
    store: &Store,
    wanted: &Wanted<'_>,
    place: Option<(&str, Role)>,
    now: DateTime<Utc>,
) -> Result<(UserId, String), Error> {
    if !is_email(wanted.email) {
        return Err(refused("email", "format", "an address such as jane@example.org"));
    }
    let password = fresh_password();
    let mut tx = store.begin(&operator()).await?;
    let id = add(&mut tx, wanted, &password, now).await?;
    if let Some((slug, role)) = place {
        if !MEMBER_ROLES.contains(&role) {
            return Err(refused("role", "unknown_term", "no member can have this role"));
        }
        let organization = of_slug(&mut tx, slug).await?;
        members::add(&mut tx, organization.id, id, role, now).await?;
    }
    tx.commit().await?;
    Ok((id, password))
}

/// Makes an account with a password.
pub(super) async fn add(tx: &mut Tx, wanted: &Wanted<'_>, password: &str, now: DateTime<Utc>) -> Result<UserId, Error> {
    let new = NewPerson {
        id: UserId(Uuid::now_v7()),
        email: wanted.email.to_owned(),
        name: wanted.name.to_owned(),
        password_hash: Some(password::hash(password, rand::random())),
        platform_role: wanted.platform_role,
    };
    people::create(tx, &new, now).await?;
    Ok(new.id)
}

/// The organisation of a slug.
pub(super) async fn of_slug(tx: &mut Tx, slug: &str) -> Result<Organization, Error> {
    let found = organizations::find_by_slug(tx, slug).await?;
    found.ok_or_else(|| refused("organization", "unknown_organization", "no organisation has this slug"))
}

async fn enable(store: &Store, email: &str, enabled: bool, now: DateTime<Utc>) -> Result<(), Error> {
    let mut tx = store.begin(&operator()).await?;
    let person = known(&mut tx, email).await?;
    people::enable(&mut tx, person, enabled, now).await?;
    tx.commit().await?;
    Ok(())
}

async fn known(tx: &mut Tx, email: &str) -> Result<UserId, Error> {
    let found = people::find_by_email(tx, email).await?;
    let found = found.ok_or_else(|| refused("email", "unknown_user", "nobody has an account with this address"))?;
    Ok(found.id)
}

async fn list(store: &Store, json: bool) -> Result<(), Error> {
    let mut tx = store.begin(&operator()).await?;
    let people = people::list(&mut tx).await?;
    if json {
        return Ok(print_json(&people)?);
    }
    for person in people {
        let state = if person.is_active { "open" } else { "closed" };
        let role = person.platform_role.map_or("", Role::code);
        print(&format!("{:<36} {:<28} {state:<7} {role}", person.email, person.name))?;
    }
    Ok(())
}

/// 120 random bits, in letters that can be read out.
pub(super) fn fresh_password() -> String {
    const LETTERS: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
    let random: [u8; 24] = rand::random();
    let mut password = String::new();
    for (at, byte) in random.iter().enumerate() {
        if at > 0 && at % 6 == 0 {
            password.push('-');
        }
        password.push(char::from(LETTERS[usize::from(byte % 32)]));
    }
    password
}

pub(super) fn refused(field: &str, code: &'static str, message: &str) -> Error {
    Error::Refused(vec![Fault::new(field, code, message)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_passwords_will_do() {
        let made = fresh_password();
        assert_eq!(made.len(), 27, "{made}");
        assert_eq!(password::check(&made, "jane@example.org"), Ok(()));
        assert_ne!(made, fresh_password());
    }
}
