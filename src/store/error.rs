//! What can go wrong in the store; each variant is a thing that a caller does differently.

use std::path::PathBuf;

use sqlx::{error::DatabaseError, postgres::PgDatabaseError};

use crate::vocab::{Fault, Locator, Npi};

/// Why the store did not do it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Another provider has this NPI.
    #[error("another provider has the npi {0}")]
    NpiTaken(Npi),
    /// No such row, or none that the actor may see.
    #[error("not found")]
    NotFound,
    /// The provider of this key turned out to be another one, which has this locator.
    #[error("the provider is one with {0}")]
    Merged(Locator),
    /// Somebody else changed it in between.
    #[error("the version is {current} by now")]
    VersionMismatch {
        /// The version to start from again.
        current: i64,
    },
    /// A rule says no; names the field.
    #[error("{0}")]
    Refused(Fault),
    /// Rules say no to several fields.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    RefusedAll(Vec<Fault>),
    /// The actor may not do this.
    #[error("the actor may not do this")]
    Forbidden,
    /// Another transaction was in the way; the same again may work.
    #[error("another transaction was in the way")]
    Conflict(#[source] sqlx::Error),
    /// The reader stands before what has been pruned from the outbox, and has to rebuild.
    #[error("the outbox no longer reaches back that far")]
    Behind,
    /// No Postgres to be had.
    #[error(
        "no Postgres found (looked {looked}); install one with `apt-get install -y postgresql`, or give its address in DATABASE_URL"
    )]
    NoPostgres {
        /// Where it was looked for, and what was wrong there.
        looked: String,
    },
    /// The managed Postgres does not start, or its folder cannot be used. The text says what helps.
    #[error("{0}")]
    Cluster(String),
    /// A file of the data folder.
    #[error("use {path}", path = .path.display())]
    File {
        /// Which one.
        path: PathBuf,
        /// What the system said.
        #[source]
        source: std::io::Error,
    },
    /// The schema cannot be brought up to date.
    #[error("migrate the database")]
    Migration(#[from] sqlx::migrate::MigrateError),
    /// A row that cannot be: written past the checks of this product.
    #[error("a stored value makes no sense: {0}")]
    Corrupt(String),
    /// The database cannot be reached, or answered something unforeseen.
    #[error("reach the database")]
    Unavailable(#[source] sqlx::Error),
}

/// What the guards of the schema refuse, by constraint: (constraint, field, code, sentence).
const REFUSALS: &[(&str, &str, &str, &str)] = &[
    (
        "provider_status_transition",
        "network_status",
        "transition",
        "the status goes PENDING, ACTIVE, INACTIVE, ACTIVE, or from PENDING to INACTIVE",
    ),
    (
        "provider_needs_credentialing",
        "network_status",
        "credentialing",
        "a provider becomes ACTIVE through an approved credentialing request that has not run out",
    ),
    (
        "provider_merge_allowed",
        "other",
        "merge",
        "these two can't become one, or not this way round",
    ),
    (
        "provider_merge_open_request",
        "other",
        "open_request",
        "has an open credentialing request: decide or withdraw it first",
    ),
    (
        "provider_merge_agency",
        "other",
        "agency",
        "an agency works with it: merge the other way round, or take it out of that agency's network first",
    ),
    (
        "provider_merge_later",
        "id",
        "later_merge",
        "a later merge of the provider that stayed stands: undo that first",
    ),
    (
        "provider_activated_once",
        "activated_at",
        "read_only",
        "is set by the first activation only",
    ),
    (
        "delegated_decision",
        "decided",
        "delegated_decision",
        "a delegated decision names its source and is at most 36 months old",
    ),
    (
        "credentialing_request_open",
        "request",
        "not_open",
        "there is no open request that the actor may approve",
    ),
    (
        "credentialing_request_open_key",
        "provider_id",
        "open_request",
        "the provider has an open request already",
    ),
    (
        "credentialing_four_eyes",
        "reviewer",
        "four_eyes",
        "who submitted a request does not decide it: somebody else has to",
    ),
    (
        "credentialing_excluded",
        "provider_id",
        "excluded",
        "the provider is on a list of exclusions; the finding has to be dismissed first",
    ),
    (
        "participation_characteristics_check",
        "characteristics",
        "not_accepting",
        "is said, in at most 500 characters, only where patients are taken",
    ),
    (
        "append_only",
        "id",
        "append_only",
        "what is recorded is never changed; a later record supersedes it",
    ),
    (
        "provider_party_fkey",
        "party_id",
        "party",
        "is no party of type PROVIDER that is known",
    ),
    (
        "provider_name_check",
        "name",
        "required",
        "a person needs a last name, an organisation its name",
    ),
    (
        "provider_private_npi_check",
        "npi",
        "private_npi",
        "a private provider carries no NPI: the public provider of that NPI is the one to refer to",
    ),
    ("organization_slug_key", "slug", "taken", "another organisation has it"),
    (
        "practitioner_user_key",
        "user_id",
        "duplicate_profile",
        "the user has a profile in this organisation already",
    ),
    (
        "practitioner_npi_key",
        "npi",
        "duplicate_npi",
        "another practitioner of this organisation has this NPI",
    ),
    (
        "practitioner_user_id_fkey",
        "user_id",
        "unknown_user",
        "there is no such user",
    ),
    (
        "practitioner_cover_fkey",
        "cover_practitioner_id",
        "unknown_practitioner",
        "there is no such practitioner",
    ),
    (
        "clinic_assignment_key",
        "clinic_id",
        "assigned_already",
        "the practitioner is assigned to this clinic already",
    ),
    (
        "clinic_assignment_practitioner_fkey",
        "practitioner_id",
        "unknown_practitioner",
        "there is no such practitioner",
    ),
    (
        "clinic_assignment_clinic_fkey",
        "clinic_id",
        "unknown_clinic",
        "there is no such clinic",
    ),
    (
        "clinic_assignment_has_primary",
        "is_primary",
        "primary_needed",
        "who has clinics has exactly one primary one: make another the primary first",
    ),
    (
        "schedule_assignment_fkey",
        "clinic_id",
        "has_schedules",
        "schedules of the practitioner at this clinic hang on it",
    ),
    (
        "schedule_exception_schedule_fkey",
        "schedule_id",
        "unknown_schedule",
        "there is no such schedule",
    ),
    (
        "schedule_exception_practitioner_fkey",
        "practitioner_id",
        "unknown_practitioner",
        "there is no such practitioner",
    ),
    (
        "schedule_exception_clinic_fkey",
        "clinic_id",
        "unknown_clinic",
        "there is no such clinic",
    ),
    (
        "time_slot_overlap",
        "start_time",
        "schedule_conflict",
        "the practitioner has other slots at this time, here or at another clinic",
    ),
    (
        "time_slot_taken_check",
        "slot_id",
        "slot_full",
        "the slot has no place left",
    ),
    (
        "slot_hold_slot_id_fkey",
        "slot_id",
        "unknown_slot",
        "there is no such slot",
    ),
    (
        "appointment_slot_id_fkey",
        "slot_id",
        "unknown_slot",
        "there is no such slot",
    ),
    (
        "participation_location_fkey",
        "location",
        "unknown_location",
        "a location that is named is not the provider's any more",
    ),
    (
        "network_name_key",
        "name",
        "taken",
        "the organisation has a network of that name",
    ),
    (
        "network_organization_id_fkey",
        "organization_id",
        "unknown_organization",
        "is no organisation that is known",
    ),
    (
        "plan_organization_id_fkey",
        "organization_id",
        "unknown_organization",
        "is no organisation that is known",
    ),
    (
        "plan_network_network_id_fkey",
        "networks",
        "unknown_network",
        "names a network that is not known",
    ),
    (
        "plan_network_key",
        "networks",
        "repeated",
        "names a network and tier twice",
    ),
    (
        "organization_type_check",
        "type",
        "unknown_term",
        "is one of hospital, clinic, practice_group, payer, agency",
    ),
    (
        "organization_slug_check",
        "slug",
        "format",
        "lower-case letters, digits and dashes, at most 63",
    ),
    (
        "organization_slug_stays",
        "slug",
        "read_only",
        "stays as it is: addresses hold over a rename",
    ),
    (
        "organization_is_active",
        "is_active",
        "active",
        "an organisation is made inactive before it is deleted",
    ),
    (
        "organization_tree",
        "parent_id",
        "circle",
        "is the organisation itself or below it",
    ),
    (
        "organization_parent_id_fkey",
        "parent_id",
        "unknown_organization",
        "is no organisation that is known",
    ),
    (
        "app_user_email_key",
        "email",
        "taken",
        "there is an account with this address already",
    ),
    (
        "app_user_platform_role_check",
        "platform_role",
        "unknown_term",
        "is platform_admin or reviewer",
    ),
    (
        "organization_member_role_check",
        "role",
        "unknown_term",
        "is one of organization_admin, reviewer, practitioner, employer, member",
    ),
    (
        "organization_member_user_id_fkey",
        "user_id",
        "unknown_user",
        "is nobody who has an account",
    ),
    (
        "organization_last_admin",
        "role",
        "last_admin",
        "the last administrator of an organisation stays one: name another first",
    ),
    (
        "clinic_name_key",
        "name",
        "taken",
        "the organisation has a clinic of that name",
    ),
    (
        "plan_code_key",
        "code",
        "taken",
        "the organisation has a plan of that code",
    ),
    (
        "api_token_name_key",
        "name",
        "taken",
        "there is a token of that name already",
    ),
    (
        "api_token_role_check",
        "role",
        "needs_organization",
        "a token of this role acts within an organisation: name it",
    ),
    (
        "agency_provider_provider_id_fkey",
        "provider_id",
        "unknown_provider",
        "is no provider that is known",
    ),
    (
        "agency_provider_pkey",
        "provider_id",
        "in_network",
        "the agency works with it already",
    ),
    (
        "agency_provider_type_check",
        "type",
        "format",
        "lower-case letters, digits and underscores, at most 63",
    ),
    (
        "provider_user_provider_fkey",
        "provider_id",
        "not_in_network",
        "is no provider that the agency works with",
    ),
    (
        "provider_user_email_key",
        "email",
        "taken",
        "the provider has a user with this address",
    ),
    ("provider_user_email_check", "email", "format", "is no e-mail address"),
    (
        "provider_user_person_check",
        "email",
        "required",
        "a person needs an e-mail address",
    ),
    (
        "case_reference_key",
        "reference",
        "taken",
        "the agency has a case with this reference",
    ),
    (
        "case_reference_check",
        "reference",
        "format",
        "letters, digits and . _ / -, at most 64",
    ),
    (
        "case_kind_check",
        "kind",
        "format",
        "lower-case letters, digits and underscores, at most 63",
    ),
    (
        "case_provider_role_check",
        "role",
        "format",
        "lower-case letters, digits and underscores, at most 63",
    ),
    (
        "case_provider_external_role_check",
        "role",
        "format",
        "lower-case letters, digits and underscores, at most 63",
    ),
    (
        "case_provider_dates_check",
        "ends_at",
        "order",
        "an assignment ends after it starts",
    ),
    (
        "case_provider_external_dates_check",
        "ends_at",
        "order",
        "an assignment ends after it starts",
    ),
    (
        "case_provider_open_key",
        "role",
        "assigned",
        "the provider is assigned in this role already",
    ),
    (
        "case_provider_external_open_key",
        "role",
        "assigned",
        "the provider is assigned in this role already",
    ),
    (
        "case_provider_provider_fkey",
        "provider_id",
        "not_in_network",
        "is no provider that the agency works with",
    ),
    (
        "case_provider_external_provider_fkey",
        "provider_id",
        "not_in_network",
        "is no provider that the agency works with",
    ),
    (
        "provider_note_provider_fkey",
        "provider_id",
        "not_in_network",
        "is no provider that the agency works with",
    ),
    (
        "provider_note_case_fkey",
        "case_id",
        "unknown_case",
        "is no case of the agency",
    ),
    ("clinic_contact_email_check", "email", "format", "is no e-mail address"),
    (
        "clinic_contact_clinic_fkey",
        "clinic",
        "unknown_clinic",
        "is no clinic of the organisation",
    ),
    (
        "clinic_contact_provider_fkey",
        "provider",
        "not_in_network",
        "is no provider that the agency works with",
    ),
    (
        "clinic_document_clinic_fkey",
        "clinic",
        "unknown_clinic",
        "is no clinic of the organisation",
    ),
    (
        "clinic_document_provider_fkey",
        "provider",
        "not_in_network",
        "is no provider that the agency works with",
    ),
    (
        "clinic_portal_pkey",
        "subdomain",
        "taken",
        "another clinic has this subdomain",
    ),
    (
        "clinic_portal_subdomain_check",
        "subdomain",
        "format",
        "lower-case letters, digits and dashes, at most 63",
    ),
    (
        "clinic_portal_clinic_fkey",
        "clinic_id",
        "unknown",
        "is no site of the agency's",
    ),
    (
        "clinic_portal_theme_check",
        "theme",
        "unknown_term",
        "is one of plain, teal, plum, amber",
    ),
    (
        "provider_affiliation_to_provider_id_fkey",
        "affiliations",
        "unknown_provider",
        "is no provider that is known",
    ),
];

/// A value that the schema refuses and no name foresees. Functions of ours say why; Postgres names tables and values, which are
/// nobody's business.
fn unforeseen(database: &(dyn DatabaseError + 'static), code: &str) -> Fault {
    let constraint = database.constraint().unwrap_or_default();
    let raised = database.try_downcast_ref::<PgDatabaseError>();
    if raised.and_then(PgDatabaseError::routine) == Some("exec_stmt_raise") {
        return Fault::new(constraint, "constraint", database.message());
    }
    tracing::warn!(
        code,
        constraint,
        "the schema refused a value that nothing before it has refused"
    );
    Fault::new("value", "constraint", "holds a value that can't be stored")
}

impl From<sqlx::Error> for Error {
    fn from(error: sqlx::Error) -> Self {
        let Some(database) = error.as_database_error() else {
            return Self::Unavailable(error);
        };
        let constraint = database.constraint().unwrap_or_default();
        if let Some((_, field, code, message)) = REFUSALS.iter().find(|r| r.0 == constraint) {
            return Self::Refused(Fault::new(*field, code, *message));
        }
        match database.code().as_deref().unwrap_or_default() {
            "42501" => Self::Forbidden,
            "40001" | "40P01" | "55P03" => Self::Conflict(error),
            "P0002" => Self::NotFound,
            // Integrity and data exceptions that no name above foresees: the value is at fault, not the database.
            code if code.starts_with("23") || code.starts_with("22") => Self::Refused(unforeseen(database, code)),
            _ => Self::Unavailable(error),
        }
    }
}
