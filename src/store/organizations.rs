//! Tenants: made and closed by the platform, renamed by their administrators.

use serde_json::Value;
use sqlx::types::Uuid;

use super::{Error, Tx, audit};
use crate::domain::organization::{Organization, numbered, slug_of};
use crate::vocab::{
    Fault, OrganizationId,
    terms::{OrganizationType, SubscriptionTier},
};

/// The columns of [`Row`].
const COLUMNS: &str = "id, name, slug, type, is_active, tier, parent_id, version";

#[derive(sqlx::FromRow)]
struct Row {
    id: Uuid,
    name: String,
    slug: String,
    r#type: String,
    is_active: bool,
    tier: String,
    parent_id: Option<Uuid>,
    version: i64,
}

impl TryFrom<Row> for Organization {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            id: row.id.into(),
            name: row.name,
            slug: row.slug,
            r#type: term(&row.r#type)?,
            is_active: row.is_active,
            subscription_tier: term(&row.tier)?,
            parent_id: row.parent_id.map(Into::into),
            version: row.version,
        })
    }
}

/// A coded term as it is stored.
pub(super) fn term<T: std::str::FromStr<Err: std::fmt::Display>>(code: &str) -> Result<T, Error> {
    code.parse().map_err(|e: T::Err| Error::Corrupt(e.to_string()))
}

/// A tenant to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewOrganization {
    /// Its key, a uuid v7 of the caller's.
    pub id: OrganizationId,
    /// The name shown.
    pub name: String,
    /// Its word in addresses; none: made of the name, with a number where others have it.
    pub slug: Option<String>,
    /// What it is.
    pub r#type: OrganizationType,
    /// What it pays for.
    pub tier: SubscriptionTier,
    /// The organisation that it belongs to.
    pub parent_id: Option<OrganizationId>,
}

/// Adds a tenant.
///
/// # Errors
/// [`Error::Refused`] where a slug that was asked for is taken, [`Error::Forbidden`] for others than the platform.
pub async fn create(tx: &mut Tx, new: &NewOrganization) -> Result<Organization, Error> {
    if let Some(slug) = &new.slug {
        insert(tx, new, slug).await?;
    } else {
        let word = slug_of(&new.name);
        let word = word.ok_or_else(|| Fault::new("name", "no_slug", "has no letter or digit to make a slug of"));
        let word = word.map_err(Error::Refused)?;
        let mut number = 1;
        while !insert_unless_taken(tx, new, &numbered(&word, number)).await? {
            number += 1;
        }
    }
    let created = find(tx, new.id).await?.ok_or(Error::Forbidden)?;
    let told = serde_json::json!({"name": created.name, "slug": created.slug, "type": created.r#type});
    audit::record(tx, "organization.create", "organization", &new.id.to_string(), &told).await?;
    Ok(created)
}

async fn insert(tx: &mut Tx, new: &NewOrganization, slug: &str) -> Result<(), Error> {
    sqlx::query("INSERT INTO organization (id, name, slug, type, tier, parent_id) VALUES ($1, $2, $3, $4, $5, $6)")
        .bind(new.id.0)
        .bind(&new.name)
        .bind(slug)
        .bind(new.r#type.code())
        .bind(new.tier.code())
        .bind(new.parent_id.map(|id| id.0))
        .execute(tx.connection())
        .await?;
    Ok(())
}

async fn insert_unless_taken(tx: &mut Tx, new: &NewOrganization, slug: &str) -> Result<bool, Error> {
    let inserted = sqlx::query(
        "INSERT INTO organization (id, name, slug, type, tier, parent_id) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT ON CONSTRAINT organization_slug_key DO NOTHING",
    )
    .bind(new.id.0)
    .bind(&new.name)
    .bind(slug)
    .bind(new.r#type.code())
    .bind(new.tier.code())
    .bind(new.parent_id.map(|id| id.0))
    .execute(tx.connection())
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A tenant, if the actor may see it.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn find(tx: &mut Tx, id: OrganizationId) -> Result<Option<Organization>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM organization WHERE id = $1");
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(id.0)
        .fetch_optional(tx.connection())
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// All tenants that the actor may see, by name: the platform all, a person those they belong to.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn list(tx: &mut Tx) -> Result<Vec<Organization>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM organization ORDER BY name, id");
    let rows: Vec<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .fetch_all(tx.connection())
        .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// The tenant of a slug, if the actor may see it.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn find_by_slug(tx: &mut Tx, slug: &str) -> Result<Option<Organization>, Error> {
    let sql = format!("SELECT {COLUMNS} FROM organization WHERE slug = $1");
    let row: Option<Row> = sqlx::query_as(sqlx::AssertSqlSafe(sql))
        .bind(slug)
        .fetch_optional(tx.connection())
        .await?;
    row.map(TryInto::try_into).transpose()
}

/// The organisations below one, nearest first. Empty for those who do not act for it.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn descendants(tx: &mut Tx, root: OrganizationId) -> Result<Vec<Descendant>, Error> {
    #[derive(sqlx::FromRow)]
    struct Below {
        id: Uuid,
        parent_id: Option<Uuid>,
        name: String,
        slug: String,
        r#type: String,
        is_active: bool,
        depth: i32,
    }
    let rows: Vec<Below> =
        sqlx::query_as("SELECT id, parent_id, name, slug, type, is_active, depth FROM organization_descendants($1)")
            .bind(root.0)
            .fetch_all(tx.connection())
            .await?;
    let one = |row: Below| {
        Ok(Descendant {
            id: row.id.into(),
            parent_id: row.parent_id.map(Into::into),
            name: row.name,
            slug: row.slug,
            r#type: term(&row.r#type)?,
            is_active: row.is_active,
            depth: row.depth.cast_unsigned(),
        })
    };
    rows.into_iter().map(one).collect()
}

/// Everything that a tenant has: the kind of thing and its row, without what would let anybody in.
///
/// # Errors
/// [`Error::Forbidden`] for others than its administrators.
pub async fn export(tx: &mut Tx, id: OrganizationId) -> Result<Vec<(String, Value)>, Error> {
    let rows = sqlx::query_as("SELECT entity, content FROM tenant_export($1)")
        .bind(id.0)
        .fetch_all(tx.connection())
        .await?;
    let told = serde_json::json!({});
    audit::record(tx, "organization.export", "organization", &id.to_string(), &told).await?;
    Ok(rows)
}

/// Takes a tenant away with everything that it has; how many rows of each table. The audit stays.
///
/// # Errors
/// [`Error::Refused`] where it is active still, [`Error::Forbidden`] for others than the platform.
pub async fn delete(tx: &mut Tx, id: OrganizationId) -> Result<Value, Error> {
    let counts: Value = sqlx::query_scalar("SELECT tenant_delete($1)")
        .bind(id.0)
        .fetch_one(tx.connection())
        .await?;
    let told = serde_json::json!({"rows": counts});
    audit::record(tx, "organization.delete", "organization", &id.to_string(), &told).await?;
    Ok(counts)
}

/// An organisation below another one.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, schemars::JsonSchema)]
pub struct Descendant {
    /// Its key.
    pub id: OrganizationId,
    /// The one right above it.
    pub parent_id: Option<OrganizationId>,
    /// The name shown.
    pub name: String,
    /// Its word in addresses.
    pub slug: String,
    /// What it is.
    pub r#type: OrganizationType,
    /// Whether anybody can act for it.
    pub is_active: bool,
    /// How many steps below: 1, 2, ...
    pub depth: u32,
}

/// What is to be different of a tenant; what is none stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Change {
    /// The name shown. The slug stays.
    pub name: Option<String>,
    /// What it is.
    pub r#type: Option<OrganizationType>,
    /// What it pays for.
    pub tier: Option<SubscriptionTier>,
    /// Whether anybody can act for it.
    pub is_active: Option<bool>,
    /// The organisation that it belongs to; `Some(None)`: to none.
    pub parent_id: Option<Option<OrganizationId>>,
}

/// Changes a tenant that is at `version`; with none, at any.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Refused`] for a circle in the tree, [`Error::Forbidden`] where
/// its administrators change more than its name.
pub async fn update(
    tx: &mut Tx,
    id: OrganizationId,
    version: Option<i64>,
    change: &Change,
) -> Result<Organization, Error> {
    let before = find(tx, id).await?.ok_or(Error::NotFound)?;
    if version.is_some_and(|version| version != before.version) {
        return Err(Error::VersionMismatch {
            current: before.version,
        });
    }
    let updated = sqlx::query(
        "UPDATE organization SET name = $3, type = $4, tier = $5, is_active = $6, parent_id = $7
        WHERE id = $1 AND version = $2",
    )
    .bind(id.0)
    .bind(before.version)
    .bind(change.name.as_ref().unwrap_or(&before.name))
    .bind(change.r#type.unwrap_or(before.r#type).code())
    .bind(change.tier.unwrap_or(before.subscription_tier).code())
    .bind(change.is_active.unwrap_or(before.is_active))
    .bind(change.parent_id.unwrap_or(before.parent_id).map(|id| id.0))
    .execute(tx.connection())
    .await?;
    let after = find(tx, id).await?.ok_or(Error::NotFound)?;
    if updated.rows_affected() == 0 {
        return Err(match after.version == before.version {
            true => Error::Forbidden, // The row was there and not his to change.
            false => Error::VersionMismatch { current: after.version },
        });
    }
    let told = serde_json::json!({"before": before, "after": after});
    audit::record(tx, "organization.update", "organization", &id.to_string(), &told).await?;
    Ok(after)
}
