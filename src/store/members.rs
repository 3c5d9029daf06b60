//! Who belongs to a tenant, and as what.

use chrono::{DateTime, Utc};
use sqlx::types::Uuid;

use super::{Error, Tx, audit, organizations::term};
use crate::domain::person::Member;
use crate::vocab::{OrganizationId, UserId, terms::Role};

#[derive(sqlx::FromRow)]
struct Row {
    organization_id: Uuid,
    user_id: Uuid,
    email: String,
    name: String,
    role: String,
    is_active: bool,
    created_at: DateTime<Utc>,
    version: i64,
}

impl TryFrom<Row> for Member {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            organization_id: row.organization_id.into(),
            user_id: row.user_id.into(),
            email: row.email,
            name: row.name,
            role: term(&row.role)?,
            is_active: row.is_active,
            created_at: row.created_at,
            version: row.version,
        })
    }
}

/// Lets a person in, or in again with another role.
///
/// # Errors
/// [`Error::Refused`] for a role that no member can have, [`Error::Forbidden`] for others than its administrators.
pub async fn add(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    role: Role,
    now: DateTime<Utc>,
) -> Result<Member, Error> {
    sqlx::query(
        "INSERT INTO organization_member (organization_id, user_id, role, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT ON CONSTRAINT organization_member_pkey DO UPDATE SET role = excluded.role, is_active = true",
    )
    .bind(organization.0)
    .bind(user.0)
    .bind(role.code())
    .bind(now)
    .execute(tx.connection())
    .await?;
    let told = serde_json::json!({"organization_id": organization, "role": role});
    audit::record(tx, "member.add", "member", &user.to_string(), &told).await?;
    find(tx, organization, user).await?.ok_or(Error::Forbidden)
}

/// One member, revoked ones included.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn find(tx: &mut Tx, organization: OrganizationId, user: UserId) -> Result<Option<Member>, Error> {
    let row: Option<Row> = sqlx::query_as(
        "SELECT m.organization_id, m.user_id, u.email, u.name, m.role, m.is_active, m.created_at, m.version
        FROM organization_member m JOIN app_user u ON u.id = m.user_id
        WHERE m.organization_id = $1 AND m.user_id = $2",
    )
    .bind(organization.0)
    .bind(user.0)
    .fetch_optional(tx.connection())
    .await?;
    row.map(TryInto::try_into).transpose()
}

/// The members of a tenant by name, revoked ones included.
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn list(tx: &mut Tx, organization: OrganizationId) -> Result<Vec<Member>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT m.organization_id, m.user_id, u.email, u.name, m.role, m.is_active, m.created_at, m.version
        FROM organization_member m JOIN app_user u ON u.id = m.user_id
        WHERE m.organization_id = $1
        ORDER BY u.name, u.id",
    )
    .bind(organization.0)
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Gives a member another role, or revokes or renews the membership. Either of the first two withdraws the open invitations of
/// that person, at the moment of the transaction.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Refused`] where the last administrator would go,
/// [`Error::Forbidden`] for others than its administrators.
pub async fn update(
    tx: &mut Tx,
    organization: OrganizationId,
    user: UserId,
    version: Option<i64>,
    role: Option<Role>,
    is_active: Option<bool>,
) -> Result<Member, Error> {
    let before = find(tx, organization, user).await?.ok_or(Error::NotFound)?;
    if version.is_some_and(|version| version != before.version) {
        return Err(Error::VersionMismatch {
            current: before.version,
        });
    }
    if role.is_none_or(|role| role == before.role) && is_active.is_none_or(|active| active == before.is_active) {
        return Ok(before); // Nobody's ETag dies for nothing.
    }
    let updated = sqlx::query(
        "UPDATE organization_member SET role = $4, is_active = $5
        WHERE organization_id = $1 AND user_id = $2 AND version = $3",
    )
    .bind(organization.0)
    .bind(user.0)
    .bind(before.version)
    .bind(role.unwrap_or(before.role).code())
    .bind(is_active.unwrap_or(before.is_active))
    .execute(tx.connection())
    .await?;
    let after = find(tx, organization, user).await?.ok_or(Error::NotFound)?;
    if updated.rows_affected() == 0 {
        return Err(match after.version == before.version {
            true => Error::Forbidden,
            false => Error::VersionMismatch { current: after.version },
        });
    }
    let told = serde_json::json!({
        "before": {"role": before.role, "is_active": before.is_active},
        "after": {"role": after.role, "is_active": after.is_active},
    });
    audit::record(tx, "member.update", "member", &user.to_string(), &told).await?;
    Ok(after)
}
