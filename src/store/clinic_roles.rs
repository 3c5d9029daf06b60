//! Who works where, with what is said of them there: assignments to clinics as programs read them, page by page.

use chrono::NaiveDate;
use sqlx::{FromRow, Postgres, QueryBuilder, types::Uuid};

use super::{Error, Tx, conditions::one_of, term};
use crate::domain::practitioner::{ClinicAssignment, Standing};
use crate::vocab::{ClinicId, OrganizationId, PractitionerId, ids::ClinicAssignmentId};

/// An assignment to a clinic with what is known of the practitioner.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClinicRole {
    /// Whose tenant's.
    pub organization_id: OrganizationId,
    /// Who, where, and on which days.
    pub assignment: ClinicAssignment,
    /// A NUCC code.
    pub specialty: Option<String>,
    /// Whether they practise.
    pub standing: Standing,
}

/// Which assignments; all that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// With one of these keys.
    pub ids: Option<Vec<ClinicAssignmentId>>,
    /// Of one of these practitioners.
    pub practitioners: Option<Vec<PractitionerId>>,
    /// At one of these clinics.
    pub clinics: Option<Vec<ClinicId>>,
}

/// What they are sorted by: the practitioner, the primary clinic first, then the first day.
pub type Place = (PractitionerId, bool, NaiveDate, ClinicAssignmentId);

/// Where one stands in a list.
pub fn place(role: &ClinicRole) -> Place {
    let ClinicAssignment {
        id,
        practitioner_id,
        start_date,
        is_primary,
        ..
    } = role.assignment;
    (practitioner_id, !is_primary, start_date, id)
}

#[derive(FromRow)]
struct Row {
    id: Uuid,
    organization_id: Uuid,
    practitioner_id: Uuid,
    clinic_id: Uuid,
    start_date: NaiveDate,
    end_date: Option<NaiveDate>,
    is_primary: bool,
    specialty: Option<String>,
    status: String,
    status_from: Option<NaiveDate>,
    status_until: Option<NaiveDate>,
    cover_practitioner_id: Option<Uuid>,
}

impl Row {
    fn read(self) -> Result<ClinicRole, Error> {
        Ok(ClinicRole {
            organization_id: self.organization_id.into(),
            assignment: ClinicAssignment {
                id: self.id.into(),
                practitioner_id: self.practitioner_id.into(),
                clinic_id: self.clinic_id.into(),
                start_date: self.start_date,
                end_date: self.end_date,
                is_primary: self.is_primary,
            },
            specialty: self.specialty,
            standing: Standing {
                status: term(&self.status)?,
                status_from: self.status_from,
                status_until: self.status_until,
                cover_practitioner_id: self.cover_practitioner_id.map(Into::into),
            },
        })
    }
}

fn narrow(sql: &mut QueryBuilder<Postgres>, filter: &Filter) {
    sql.push(
        "FROM clinic_assignment a JOIN practitioner p ON p.id = a.practitioner_id
        WHERE a.organization_id = app_organization_id()",
    );
    if let Some(ids) = &filter.ids {
        one_of(sql, "a.id", ids.iter().map(|id| id.0));
    }
    if let Some(ids) = &filter.practitioners {
        one_of(sql, "a.practitioner_id", ids.iter().map(|id| id.0));
    }
    if let Some(ids) = &filter.clinics {
        one_of(sql, "a.clinic_id", ids.iter().map(|id| id.0));
    }
}

/// The first `limit` of the tenant's assignments that fit, behind a place in the order of [`place`].
///
/// # Errors
/// [`Error::Unavailable`], [`Error::Corrupt`].
pub async fn page(tx: &mut Tx, filter: &Filter, after: Option<Place>, limit: i64) -> Result<Vec<ClinicRole>, Error> {
    let mut sql = QueryBuilder::<Postgres>::new(
        "SELECT a.id, a.organization_id, a.practitioner_id, a.clinic_id, a.start_date, a.end_date, a.is_primary,
            p.specialty, p.status, p.status_from, p.status_until, p.cover_practitioner_id ",
    );
    narrow(&mut sql, filter);
    if let Some((practitioner, is_secondary, start, id)) = after {
        sql.push(" AND (a.practitioner_id, NOT a.is_primary, a.start_date, a.id) > (")
            .push_bind(practitioner.0)
            .push(", ")
            .push_bind(is_secondary)
            .push(", ")
            .push_bind(start)
            .push(", ")
            .push_bind(id.0)
            .push(")");
    }
    sql.push(" ORDER BY a.practitioner_id, NOT a.is_primary, a.start_date, a.id LIMIT ")
        .push_bind(limit);
    let rows: Vec<Row> = sql.build_query_as().fetch_all(tx.connection()).await?;
    rows.into_iter().map(Row::read).collect()
}

/// How many of the tenant's assignments fit.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn count(tx: &mut Tx, filter: &Filter) -> Result<i64, Error> {
    let mut sql = QueryBuilder::<Postgres>::new("SELECT count(*) ");
    narrow(&mut sql, filter);
    Ok(sql.build_query_scalar().fetch_one(tx.connection()).await?)
}
