//! People who practise in an organisation: who may become one, their status over time, their clinics.

use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::line::check_line;
use crate::vocab::{
    ClinicId, Fault, Npi, OrganizationId, PractitionerId, ProviderId, UserId,
    ids::ClinicAssignmentId,
    terms::{Gender, PractitionerStatus},
};

/// A person's profile in one organisation. The same person may have one in each.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Practitioner {
    /// Their key.
    pub id: PractitionerId,
    /// The tenant.
    pub organization_id: OrganizationId,
    /// The account behind it.
    pub user_id: UserId,
    /// As shown.
    pub name: String,
    /// A NUCC code.
    pub specialty: Option<String>,
    /// The licence, as its state writes it.
    pub license_number: Option<String>,
    /// Their number, if they have one.
    #[schemars(with = "Option<String>")]
    pub npi: Option<Npi>,
    /// The provider of the public directory with that number.
    pub provider_id: Option<ProviderId>,
    /// F, M or X; none: not said.
    pub gender: Option<Gender>,
    /// Whether they practise.
    #[serde(flatten)]
    pub standing: Standing,
    /// Degrees and certificates.
    pub qualifications: Vec<Qualification>,
    /// Since when.
    pub created_at: DateTime<Utc>,
    /// When what is told of them last changed.
    #[serde(skip)]
    pub changed_at: DateTime<Utc>,
    /// For If-Match.
    pub version: i64,
}

/// A degree or a certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Qualification {
    /// What it is called: `MD`, `Board certified in cardiology`.
    #[schemars(length(min = 1, max = 200))]
    pub name: String,
    /// `degree`, `certificate` or `licence`.
    pub kind: QualificationKind,
    /// Who gave it.
    #[serde(default)]
    #[schemars(length(max = 200))]
    pub issuer: Option<String>,
    /// The first day.
    #[serde(default)]
    pub valid_from: Option<NaiveDate>,
    /// The last day, inclusive; none: for good.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
}

/// What sort of qualification it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum QualificationKind {
    /// Of a school.
    Degree,
    /// Of a board.
    Certificate,
    /// Of a state.
    Licence,
}

/// A status with the days it holds. `inactive` and `on_leave` hold from `status_from` (none: always) to `status_until`
/// (none: open), on other days the practitioner is active.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Standing {
    /// Whether they practise.
    pub status: PractitionerStatus,
    /// The first day of it.
    #[serde(default)]
    pub status_from: Option<NaiveDate>,
    /// The last day of it, inclusive.
    #[serde(default)]
    pub status_until: Option<NaiveDate>,
    /// Who stands in meanwhile.
    #[serde(default)]
    pub cover_practitioner_id: Option<PractitionerId>,
}

impl Standing {
    /// Practises.
    pub fn active() -> Self {
        Self {
            status: PractitionerStatus::Active,
            status_from: None,
            status_until: None,
            cover_practitioner_id: None,
        }
    }

    /// Whether it makes sense for `whom`.
    pub fn check(&self, whom: PractitionerId) -> Vec<Fault> {
        let mut faults = Vec::new();
        let dated = self.status_from.is_some() || self.status_until.is_some();
        match self.status {
            PractitionerStatus::Active if dated || self.cover_practitioner_id.is_some() => {
                let message = "who is active has no days of absence and no cover";
                faults.push(Fault::new("status_from", "unexpected", message));
            }
            PractitionerStatus::OnLeave if self.status_from.is_none() => {
                faults.push(Fault::new("status_from", "required", "a leave has a first day"));
            }
            _ => {}
        }
        if let (Some(first), Some(last)) = (self.status_from, self.status_until)
            && last < first
        {
            faults.push(Fault::new(
                "status_until",
                "range",
                "the last day is not before the first",
            ));
        }
        if self.cover_practitioner_id == Some(whom) {
            faults.push(Fault::new(
                "cover_practitioner_id",
                "self",
                "nobody covers for themselves",
            ));
        }
        faults
    }

    /// The status on a day.
    pub fn on(&self, day: NaiveDate) -> PractitionerStatus {
        let begun = self.status_from.is_none_or(|first| first <= day);
        let ended = self.status_until.is_some_and(|last| last < day);
        if begun && !ended {
            self.status
        } else {
            PractitionerStatus::Active
        }
    }
}

/// What is known before a profile is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ground {
    /// Whether the account exists and is a member of the organisation; none: there is no such account.
    pub user: Option<UserStanding>,
    /// Whether the organisation is active; none: there is no such organisation.
    pub organization_active: Option<bool>,
    /// Whether the user has a profile in this organisation.
    pub has_profile: bool,
    /// Whether another profile of this organisation has the NPI.
    pub npi_taken: bool,
}

/// What an account is to an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStanding {
    /// An active member.
    Member,
    /// An account, but none of this organisation (any more).
    Stranger,
    /// Closed.
    Closed,
}

/// Why a profile is not made; one for each step of the making.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Step one: the user.
    User(Fault),
    /// Step two: the organisation.
    Organization(Fault),
    /// Step three: there is one already.
    Duplicate(Fault),
    /// Step four: what is to be stored makes no sense.
    Record(Vec<Fault>),
}

/// The first four steps of making a profile, in their order; the fifth, that caches hear of it, is the store's.
///
/// # Errors
/// The first step that refuses.
pub fn may_create(ground: Ground, record: Vec<Fault>) -> Result<(), Refusal> {
    let user = |code, message: &str| Err(Refusal::User(Fault::new("user_id", code, message)));
    match ground.user {
        None => return user("unknown_user", "there is no such user"),
        Some(UserStanding::Closed) => return user("user_closed", "the user's account is closed"),
        Some(UserStanding::Stranger) => {
            return user("not_a_member", "the user is no active member of the organisation");
        }
        Some(UserStanding::Member) => {}
    }
    let organization = |code, message: &str| {
        let fault = Fault::new("organization_id", code, message);
        Err(Refusal::Organization(fault))
    };
    match ground.organization_active {
        None => return organization("unknown_organization", "there is no such organisation"),
        Some(false) => return organization("organization_inactive", "the organisation is not active"),
        Some(true) => {}
    }
    if ground.has_profile {
        let message = "the user has a profile in this organisation already";
        return Err(Refusal::Duplicate(Fault::new("user_id", "duplicate_profile", message)));
    }
    if ground.npi_taken {
        let message = "another practitioner of this organisation has this NPI";
        return Err(Refusal::Duplicate(Fault::new("npi", "duplicate_npi", message)));
    }
    if record.is_empty() {
        Ok(())
    } else {
        Err(Refusal::Record(record))
    }
}

/// What is wrong with the words of a profile.
pub fn check_record(name: &str, license_number: Option<&str>, qualifications: &[Qualification]) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(check_line("name", name, 200).err());
    if license_number.is_some_and(|n| n.trim().is_empty() || n.chars().count() > 80) {
        faults.push(Fault::new(
            "license_number",
            "length",
            "1 to 80 characters, or left out",
        ));
    }
    if qualifications.len() > 100 {
        faults.push(Fault::new("qualifications", "too_many", "at most 100"));
    }
    for (n, q) in qualifications.iter().enumerate() {
        if q.name.trim().is_empty() || q.name.chars().count() > 200 {
            faults.push(Fault::new(
                format!("qualifications[{n}].name"),
                "length",
                "1 to 200 characters",
            ));
        }
        if q.issuer.as_ref().is_some_and(|issuer| issuer.chars().count() > 200) {
            let field = format!("qualifications[{n}].issuer");
            faults.push(Fault::new(field, "length", "at most 200 characters"));
        }
        if let (Some(first), Some(last)) = (q.valid_from, q.valid_until)
            && last < first
        {
            let field = format!("qualifications[{n}].valid_until");
            faults.push(Fault::new(field, "range", "the last day is not before the first"));
        }
    }
    faults
}

/// That a practitioner works at a clinic.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClinicAssignment {
    /// Its key.
    pub id: ClinicAssignmentId,
    /// Who.
    pub practitioner_id: PractitionerId,
    /// Where.
    pub clinic_id: ClinicId,
    /// The first day.
    pub start_date: NaiveDate,
    /// The last day, inclusive; none: open.
    pub end_date: Option<NaiveDate>,
    /// The clinic where they are mostly; everybody with clinics has exactly one.
    pub is_primary: bool,
}

impl ClinicAssignment {
    /// Whether its days make sense.
    pub fn check(&self) -> Vec<Fault> {
        let ordered = self.end_date.is_none_or(|last| last >= self.start_date);
        let fault = || Fault::new("end_date", "range", "the last day is not before the first");
        (!ordered).then(fault).into_iter().collect()
    }

    /// Whether a schedule with these days lies within it.
    pub fn covers(&self, first: NaiveDate, last: Option<NaiveDate>) -> bool {
        let ends_within = self.end_date.is_none_or(|end| last.is_some_and(|last| last <= end));
        self.start_date <= first && ends_within
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: Ground = Ground {
        user: Some(UserStanding::Member),
        organization_active: Some(true),
        has_profile: false,
        npi_taken: false,
    };

    #[test]
    fn each_step_refuses_with_a_code_of_its_own_and_the_first_one_speaks() {
        let worst = Ground {
            user: None,
            organization_active: None,
            has_profile: true,
            npi_taken: true,
        };
        let code = |ground: Ground, record: Vec<Fault>| match may_create(ground, record) {
            Ok(()) => "created",
            Err(Refusal::User(f) | Refusal::Organization(f) | Refusal::Duplicate(f)) => f.code,
            Err(Refusal::Record(faults)) => faults[0].code,
        };
        let bad = || check_record("", None, &[]);
        let mut ground = worst;
        assert_eq!(code(ground, bad()), "unknown_user");
        ground.user = GOOD.user;
        assert_eq!(code(ground, bad()), "unknown_organization");
        ground.organization_active = Some(false);
        assert_eq!(code(ground, bad()), "organization_inactive");
        ground.organization_active = Some(true);
        assert_eq!(code(ground, bad()), "duplicate_profile");
        ground.has_profile = false;
        assert_eq!(code(ground, bad()), "duplicate_npi");
        ground.npi_taken = false;
        assert_eq!(code(ground, bad()), "length");
        assert_eq!(code(GOOD, Vec::new()), "created");
    }

    #[test]
    fn a_leave_holds_on_its_days_alone() {
        let day = |text: &str| text.parse::<NaiveDate>().expect("a day");
        let leave = Standing {
            status: PractitionerStatus::OnLeave,
            status_from: Some(day("2026-12-01")),
            status_until: Some(day("2026-12-10")),
            cover_practitioner_id: None,
        };
        for (on, status) in [
            ("2026-11-30", PractitionerStatus::Active),
            ("2026-12-01", PractitionerStatus::OnLeave),
            ("2026-12-10", PractitionerStatus::OnLeave),
            ("2026-12-11", PractitionerStatus::Active),
        ] {
            assert_eq!(leave.on(day(on)), status, "{on}");
        }
        let nobody = PractitionerId(uuid::Uuid::nil());
        assert!(leave.check(nobody).is_empty());
        let endless = Standing {
            status_from: None,
            ..leave
        };
        assert_eq!(endless.check(nobody)[0].code, "required");
    }
}
