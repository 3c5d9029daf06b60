//! Practitioners of a tenant and their qualifications.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::json;
use sqlx::{FromRow, Postgres, QueryBuilder, types::Uuid};

use super::{
    Error, Tx, audit,
    conditions::{Changed, one_of},
    practitioner_names::other_name,
    providers::npi_column,
};
use crate::domain::practitioner::{
    Ground, Practitioner, Qualification, Refusal, Standing, UserStanding, check_record, may_create,
};
use crate::vocab::{ClinicId, Npi, PractitionerId, UserId, terms::Gender};

/// What a profile is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPractitioner {
    /// Whose it is.
    pub user_id: UserId,
    /// As shown; none: the account's name.
    pub name: Option<String>,
    /// A NUCC code.
    pub specialty: Option<String>,
    /// The licence.
    pub license_number: Option<String>,
    /// Their number.
    pub npi: Option<Npi>,
    /// F, M, X or not said.
    pub gender: Option<Gender>,
    /// Degrees and certificates.
    pub qualifications: Vec<Qualification>,
}

/// What changes; what is not named stays, what is named as none goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PractitionerChange {
    /// As shown.
    pub name: Option<String>,
    /// A NUCC code.
    pub specialty: Option<Option<String>>,
    /// The licence.
    pub license_number: Option<Option<String>>,
    /// Their number.
    pub npi: Option<Option<Npi>>,
    /// F, M, X or not said.
    pub gender: Option<Option<Gender>>,
    /// Degrees and certificates, all of them.
    pub qualifications: Option<Vec<Qualification>>,
    /// Whether they practise.
    pub standing: Option<Standing>,
}

/// Which practitioners.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// With one of these keys.
    pub ids: Option<Vec<PractitionerId>>,
    /// Of this account.
    pub user_id: Option<UserId>,
    /// With this NUCC code.
    pub specialty: Option<String>,
    /// With this number.
    pub npi: Option<Npi>,
    /// Assigned to this clinic.
    pub clinic_id: Option<ClinicId>,
    /// Each word begins a word of the name.
    pub name: Option<String>,
    /// Last changed then.
    pub changed: Changed,
    /// Behind this one, in the order of names and ids.
    pub after: Option<(String, PractitionerId)>,
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    user_id: Uuid,
    name: String,
    specialty: Option<String>,
    license_number: Option<String>,
    npi: Option<i64>,
    provider_id: Option<Uuid>,
    gender: Option<String>,
    status: String,
    status_from: Option<NaiveDate>,
    status_until: Option<NaiveDate>,
    cover_practitioner_id: Option<Uuid>,
    qualifications: serde_json::Value,
    created_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    version: i64,
}

/// When what is told of `p` last changed: by somebody, or by the day (UTC) on which a status begins or has ended.
const CHANGED_AT: &str = "greatest(p.updated_at,
    CASE WHEN p.status_from <= (now() AT TIME ZONE 'UTC')::date THEN p.status_from::timestamp AT TIME ZONE 'UTC' END,
    CASE WHEN p.status_until < (now() AT TIME ZONE 'UTC')::date THEN (p.status_until + 1)::timestamp AT TIME ZONE 'UTC' END)";

/// The columns of [`Row`], behind [`CHANGED_AT`].
const COLUMNS: &str =
    " AS changed_at, p.id, p.organization_id, p.user_id, p.name, p.specialty, p.license_number, p.npi, p.provider_id,
        p.gender, p.status, p.status_from, p.status_until, p.cover_practitioner_id, p.created_at, p.version,
        coalesce((SELECT jsonb_agg(jsonb_build_object('name', q.name, 'kind', q.kind, 'issuer', q.issuer,
                'valid_from', q.valid_from, 'valid_until', q.valid_until) ORDER BY q.place)
            FROM practitioner_qualification q WHERE q.practitioner_id = p.id), '[]') AS qualifications
    FROM practitioner p ";

impl Row {
    fn read(self) -> Result<Practitioner, Error> {
        let corrupt = |what: &str| Error::Corrupt(format!("{what} of practitioner {}", self.id));
        Ok(Practitioner {
            id: self.id.into(),
            organization_id: self.organization_id.into(),
            user_id: self.user_id.into(),
            specialty: self.specialty,
            license_number: self.license_number,
            npi: match self.npi {
                Some(npi) => Some(npi.to_string().parse().map_err(|_| corrupt("npi"))?),
                None => None,
            },
            provider_id: self.provider_id.map(Into::into),
            gender: match self.gender {
                Some(code) => Some(code.parse().map_err(|_| corrupt("gender"))?),
                None => None,
            },
            standing: Standing {
                status: self.status.parse().map_err(|_| corrupt("status"))?,
                status_from: self.status_from,
                status_until: self.status_until,
                cover_practitioner_id: self.cover_practitioner_id.map(Into::into),
            },
            qualifications: serde_json::from_value(self.qualifications.clone())
                .map_err(|_| corrupt("qualifications"))?,
            name: self.name,
            created_at: self.created_at,
            changed_at: self.changed_at,
            version: self.version,
        })
    }
}

/// Makes a profile in the tenant of the transaction, in five steps: the user, the organisation, no duplicate, the record,
/// and that whoever keeps copies hears of it.
///
/// # Errors
/// [`Error::Refused`] with the code of the step that refuses, [`Error::RefusedAll`] where the record makes no sense.
pub async fn create(tx: &mut Tx, new: &NewPractitioner, now: DateTime<Utc>) -> Result<Practitioner, Error> {
    let (ground, account) = ground(tx, new).await?;
    let name = new.name.clone().unwrap_or(account);
    let mut faults = check_record(&name, new.license_number.as_deref(), &new.qualifications);
    faults.extend(other_name(tx, new.npi, &name).await?);
    may_create(ground, faults).map_err(refused)?;
    let id = PractitionerId(Uuid::now_v7());
    sqlx::query(
        "INSERT INTO practitioner (id, organization_id, user_id, name, specialty, license_number, npi, provider_id, gender,
            created_at, updated_at)
        VALUES ($1, app_organization_id(), $2, $3, $4, $5, $6, practitioner_links($6, $3, NULL), $7, $8, $8)",
    )
    .bind(id.0)
    .bind(new.user_id.0)
    .bind(name.trim())
    .bind(&new.specialty)
    .bind(&new.license_number)
    .bind(new.npi.map(npi_column))
    .bind(new.gender.map(Gender::code))
    .bind(now)
    .execute(tx.connection())
    .await?;
    set_qualifications(tx, id, &new.qualifications).await?;
    let made = find(tx, id).await?.ok_or(Error::NotFound)?;
    announce(tx, &made).await?;
    audit::record(
        tx,
        "practitioner.create",
        "practitioner",
        &id.to_string(),
        &json!({"user_id": made.user_id}),
    )
    .await?;
    Ok(made)
}

fn refused(refusal: Refusal) -> Error {
    match refusal {
        Refusal::User(fault) | Refusal::Organization(fault) | Refusal::Duplicate(fault) => Error::Refused(fault),
        Refusal::Record(faults) => Error::RefusedAll(faults),
    }
}

/// What the first three steps ask, and the account's name.
async fn ground(tx: &mut Tx, new: &NewPractitioner) -> Result<(Ground, String), Error> {
    #[derive(FromRow)]
    struct Found {
        account: Option<String>,
        account_open: Option<bool>,
        member: bool,
        organization_active: Option<bool>,
        has_profile: bool,
        npi_taken: bool,
    }
    let found: Found = sqlx::query_as(
        "SELECT u.name AS account, u.is_active AS account_open,
            EXISTS (SELECT 1 FROM organization_member m
                WHERE m.organization_id = app_organization_id() AND m.user_id = $1 AND m.is_active) AS member,
            (SELECT o.is_active FROM organization o WHERE o.id = app_organization_id()) AS organization_active,
            EXISTS (SELECT 1 FROM practitioner p WHERE p.organization_id = app_organization_id() AND p.user_id = $1)
                AS has_profile,
            EXISTS (SELECT 1 FROM practitioner p WHERE p.organization_id = app_organization_id() AND p.npi = $2)
                AS npi_taken
        FROM (SELECT 1) one LEFT JOIN app_user u ON u.id = $1",
    )
    .bind(new.user_id.0)
    .bind(new.npi.map(npi_column))
    .fetch_one(tx.connection())
    .await?;
    let user = found.account_open.map(|open| match (open, found.member) {
        (false, _) => UserStanding::Closed,
        (true, false) => UserStanding::Stranger,
        (true, true) => UserStanding::Member,
    });
    let ground = Ground {
        user,
        organization_active: found.organization_active,
        has_profile: found.has_profile,
        npi_taken: found.npi_taken,
    };
    Ok((ground, found.account.unwrap_or_default()))
}

/// The fifth step: copies of who practises where are made anew.
async fn announce(tx: &mut Tx, practitioner: &Practitioner) -> Result<(), Error> {
    sqlx::query("SELECT practitioner_changed($1)")
        .bind(practitioner.id.0)
        .execute(tx.connection())
        .await?;
    Ok(())
}

async fn set_qualifications(tx: &mut Tx, id: PractitionerId, list: &[Qualification]) -> Result<(), Error> {
    sqlx::query("DELETE FROM practitioner_qualification WHERE practitioner_id = $1")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    let list = serde_json::to_value(list).map_err(|e| Error::Corrupt(e.to_string()))?;
    sqlx::query(
        "INSERT INTO practitioner_qualification
            (practitioner_id, place, organization_id, kind, name, issuer, valid_from, valid_until)
        SELECT $1, u.place, app_organization_id(), u.q ->> 'kind', u.q ->> 'name', u.q ->> 'issuer',
            (u.q ->> 'valid_from')::date, (u.q ->> 'valid_until')::date
        FROM jsonb_array_elements($2) WITH ORDINALITY AS u (q, place)",
    )
    .bind(id.0)
    .bind(list)
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// The practitioner with this key, if there is one in the tenant.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn find(tx: &mut Tx, id: PractitionerId) -> Result<Option<Practitioner>, Error> {
    let filter = Filter {
        ids: Some(vec![id]),
        ..Filter::default()
    };
    Ok(list(tx, &filter, 1).await?.pop())
}

/// The tenant's practitioners in the order of their names.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn list(tx: &mut Tx, filter: &Filter, limit: i64) -> Result<Vec<Practitioner>, Error> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT ");
    sql.push(CHANGED_AT).push(COLUMNS);
    narrow(&mut sql, filter);
    if let Some((name, id)) = &filter.after {
        sql.push(" AND (p.name, p.id) > (")
            .push_bind(name)
            .push(", ")
            .push_bind(id.0)
            .push(")");
    }
    sql.push(" ORDER BY p.name, p.id LIMIT ").push_bind(limit);
    let rows: Vec<Row> = sql.build_query_as().fetch_all(tx.connection()).await?;
    rows.into_iter().map(Row::read).collect()
}

/// How many of the tenant's practitioners fit, wherever a page begins.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, Error> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT count(*) FROM practitioner p ");
    narrow(&mut sql, filter);
    Ok(sql.build_query_scalar().fetch_one(tx.connection()).await?)
}

fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    sql.push("WHERE p.organization_id = app_organization_id()");
    if let Some(ids) = &filter.ids {
        one_of(sql, "p.id", ids.iter().map(|id| id.0));
    }
    if let Some(id) = filter.user_id {
        sql.push(" AND p.user_id = ").push_bind(id.0);
    }
    if let Some(code) = &filter.specialty {
        sql.push(" AND p.specialty = ").push_bind(code.clone());
    }
    if let Some(npi) = filter.npi {
        sql.push(" AND p.npi = ").push_bind(npi_column(npi));
    }
    if let Some(id) = filter.clinic_id {
        sql.push(" AND EXISTS (SELECT 1 FROM clinic_assignment a WHERE a.practitioner_id = p.id AND a.clinic_id = ");
        sql.push_bind(id.0).push(")");
    }
    filter.changed.push(sql, CHANGED_AT);
    for word in filter.name.as_deref().unwrap_or_default().split_whitespace() {
        sql.push(" AND position(' ' || lower(").push_bind(word.to_owned());
        sql.push(") IN ' ' || translate(lower(p.name), ',-', '  ')) > 0");
    }
}

/// Changes a profile that is at `version`.
///
/// # Errors
/// [`Error::NotFound`], [`Error::VersionMismatch`], [`Error::Refused`], [`Error::RefusedAll`].
pub async fn update(
    tx: &mut Tx,
    id: PractitionerId,
    version: i64,
    change: &PractitionerChange,
    now: DateTime<Utc>,
) -> Result<Practitioner, Error> {
    sqlx::query("SELECT 1 FROM practitioner WHERE id = $1 FOR NO KEY UPDATE")
        .bind(id.0)
        .execute(tx.connection())
        .await?;
    let mut after = find(tx, id).await?.ok_or(Error::NotFound)?;
    if after.version != version {
        return Err(Error::VersionMismatch { current: after.version });
    }
    let change = change.clone();
    let number = after.npi;
    after.name = change.name.unwrap_or(after.name).trim().to_owned();
    after.specialty = change.specialty.unwrap_or(after.specialty);
    after.license_number = change.license_number.unwrap_or(after.license_number);
    after.npi = change.npi.unwrap_or(after.npi);
    after.gender = change.gender.unwrap_or(after.gender);
    after.qualifications = change.qualifications.unwrap_or(after.qualifications);
    after.standing = change.standing.unwrap_or(after.standing);
    let mut faults = check_record(&after.name, after.license_number.as_deref(), &after.qualifications);
    faults.extend(after.standing.check(id));
    if after.npi != number {
        faults.extend(other_name(tx, after.npi, &after.name).await?);
    }
    if !faults.is_empty() {
        return Err(Error::RefusedAll(faults));
    }
    write(tx, &after, now).await?;
    set_qualifications(tx, id, &after.qualifications).await?;
    let made = find(tx, id).await?.ok_or(Error::NotFound)?;
    announce(tx, &made).await?;
    let detail = json!({"version": made.version, "status": made.standing.status});
    audit::record(tx, "practitioner.update", "practitioner", &id.to_string(), &detail).await?;
    Ok(made)
}

async fn write(tx: &mut Tx, after: &Practitioner, now: DateTime<Utc>) -> Result<(), Error> {
    sqlx::query(
        "UPDATE practitioner SET name = $2, specialty = $3, license_number = $4, npi = $5,
            provider_id = practitioner_links($5, $2, provider_id), gender = $6, status = $7, status_from = $8,
            status_until = $9, cover_practitioner_id = $10, version = version + 1, updated_at = $11
        WHERE id = $1",
    )
    .bind(after.id.0)
    .bind(&after.name)
    .bind(&after.specialty)
    .bind(&after.license_number)
    .bind(after.npi.map(npi_column))
    .bind(after.gender.map(Gender::code))
    .bind(after.standing.status.code())
    .bind(after.standing.status_from)
    .bind(after.standing.status_until)
    .bind(after.standing.cover_practitioner_id.map(|id| id.0))
    .bind(now)
    .execute(tx.connection())
    .await?;
    Ok(())
}
