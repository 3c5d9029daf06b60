//! The people of the demo: a clinic and an agency, with somebody for each role.

use std::{fs, io, path::Path};

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::{
    Error, print,
    token::operator,
    user::{Wanted, add, fresh_password},
};
use crate::domain::access::Role;
use crate::store::{
    Store, Tx, members,
    organizations::{self, NewOrganization},
    people,
};
use crate::vocab::{
    OrganizationId,
    terms::{OrganizationType, SubscriptionTier},
};

/// The file in the data folder with the password of all of them. It is made anew for each folder.
const PASSWORD: &str = "demo.password";

/// Slug, name and type of each organisation.
const ORGANIZATIONS: [(&str, &str, OrganizationType); 2] = [
    ("demo-clinic", "Demo Clinic", OrganizationType::Clinic),
    ("demo-agency", "Demo Agency", OrganizationType::Agency),
];

/// Address, name, organisation and role of each person; without an organisation: on the platform.
const PEOPLE: [(&str, &str, Option<&str>, Role); 8] = [
    ("platform@demo.example", "Pat Platform", None, Role::PlatformAdmin),
    ("reviewer@demo.example", "Robin Reviewer", None, Role::Reviewer),
    (
        "admin@clinic.example",
        "Alex Administrator",
        Some("demo-clinic"),
        Role::OrganizationAdmin,
    ),
    (
        "doctor@clinic.example",
        "Dana Doctor",
        Some("demo-clinic"),
        Role::Practitioner,
    ),
    ("desk@clinic.example", "Drew Desk", Some("demo-clinic"), Role::Member),
    (
        "benefits@clinic.example",
        "Bo Benefits",
        Some("demo-clinic"),
        Role::Employer,
    ),
    (
        "admin@agency.example",
        "Ari Agency",
        Some("demo-agency"),
        Role::OrganizationAdmin,
    ),
    ("staff@agency.example", "Sky Staff", Some("demo-agency"), Role::Member),
];

/// Makes organisations and accounts that are not there yet; the password of all of them.
///
/// # Errors
/// If the data folder can't be written or Postgres goes away.
pub async fn make(store: &Store, data: &Path, now: DateTime<Utc>) -> Result<String, Error> {
    let password = password(&data.join(PASSWORD))?;
    let mut tx = store.begin(&operator()).await?;
    for (slug, name, kind) in ORGANIZATIONS {
        if organizations::find_by_slug(&mut tx, slug).await?.is_none() {
            let new = NewOrganization {
                id: OrganizationId(Uuid::now_v7()),
                name: name.to_owned(),
                slug: Some(slug.to_owned()),
                r#type: kind,
                tier: SubscriptionTier::Enterprise,
                parent_id: None,
            };
            organizations::create(&mut tx, &new).await?;
        }
    }
    for (email, name, place, role) in PEOPLE {
        if people::find_by_email(&mut tx, email).await?.is_none() {
            let platform_role = place.is_none().then_some(role);
            let wanted = Wanted {
                email,
                name,
                platform_role,
            };
            let user = add(&mut tx, &wanted, &password, now).await?;
            if let Some(slug) = place {
                join(&mut tx, slug, user, role, now).await?;
            }
        }
    }
    tx.commit().await?;
    Ok(password)
}

async fn join(
    tx: &mut Tx,
    slug: &str,
    user: crate::vocab::UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let organization = super::user::of_slug(tx, slug).await?;
    members::add(tx, organization.id, user, role, now).await?;
    Ok(())
}

/// The password in the file, which only its owner reads; made where there is none. The file is there with all of it or not at
/// all; an empty one was left by somebody who was killed.
fn password(file: &Path) -> io::Result<String> {
    match fs::read_to_string(file) {
        Ok(kept) if !kept.trim().is_empty() => return Ok(kept.trim().to_owned()),
        Ok(_) => {}
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let made = fresh_password();
    let part = file.with_extension("part");
    match fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(&part)?;
    io::Write::write_all(&mut written, made.as_bytes())?;
    written.sync_all()?;
    fs::rename(part, file)?;
    Ok(made)
}

/// Says who can sign in, and where; `portal`: the token of an outside provider's person.
///
/// # Errors
/// If standard output is closed.
pub fn tell(base: &str, password: &str, portal: Option<&str>) -> Result<(), Error> {
    print(&format!("Sign in at {base}/sign-in with the password {password} as"))?;
    for (email, _, place, role) in PEOPLE {
        print(&format!("  {email:<24} {role} {}", place.unwrap_or("of the platform")))?;
    }
    if let Some(token) = portal {
        print(&format!(
            "An outside provider of demo-agency enters at {base}/provider/ with the token\n  {token}"
        ))?;
    }
    Ok(())
}
