//! Coded terms of a fixed size: status, kind, gender, accepting, accessibility, quality of a position.
//!
//! Their codes are those of the standards named at each; specialties and languages are tables, see [`super::lexicon`].

use std::{fmt, str::FromStr};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A text that is none of a term's codes. Says which there are.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{given}` is none of {codes}")]
pub struct UnknownTerm {
    /// What was given.
    pub given: String,
    /// The codes, separated by commas.
    pub codes: String,
}

macro_rules! terms {
    ($($(#[$doc:meta])* $name:ident { $($(#[$vdoc:meta])* $variant:ident = $code:literal),+ $(,)? })+) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
        #[repr(u8)]
        pub enum $name { $($(#[$vdoc])* #[serde(rename = $code)] $variant),+ }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The code as the standard writes it.
            pub fn code(self) -> &'static str {
                match self { $($name::$variant => $code),+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.code())
            }
        }

        impl FromStr for $name {
            type Err = UnknownTerm;

            fn from_str(text: &str) -> Result<Self, UnknownTerm> {
                Self::ALL.iter().copied().find(|t| t.code().eq_ignore_ascii_case(text.trim())).ok_or_else(|| UnknownTerm {
                    given: text.chars().take(40).collect(),
                    codes: Self::ALL.iter().map(|t| t.code()).collect::<Vec<_>>().join(", "),
                })
            }
        }
    )+};
}

terms! {
    /// Something that says whether a provider is where the directory lists it.
    ListingSignal {
        /// A claim of a service there was paid.
        ClaimSeen = "claim_seen",
        /// An appointment there was kept.
        AppointmentKept = "appointment_kept",
        /// Somebody answered the telephone and said so.
        CallConfirmed = "call_confirmed",
        /// Somebody went there and found it so.
        VisitConfirmed = "visit_confirmed",
        /// Somebody answered the telephone and said that it is not so.
        CallDenied = "call_denied",
        /// Somebody went there and found it not so.
        VisitDenied = "visit_denied",
        /// The number is out of service.
        PhoneDisconnected = "phone_disconnected",
        /// A letter came back.
        MailReturned = "mail_returned",
        /// A message came back.
        EmailBounced = "email_bounced",
        /// Nobody answered. Says nothing.
        NoAnswer = "no_answer",
    }

    /// A group of NUCC codes that people name by one word. There are hundreds of them in it, so it is asked for as such.
    Profession {
        /// A person with a code of "Allopathic & Osteopathic Physicians": what people call a doctor.
        Physician = "physician",
    }

    /// Whether a provider is where the directory lists it, by what is known.
    Presence {
        /// Lately seen or confirmed there.
        Present = "present",
        /// Nothing is known lately.
        Unverified = "unverified",
        /// Something came back, but nobody has said that it is not so.
        Doubtful = "doubtful",
        /// Somebody said, or saw, that it is not so, and nobody has said otherwise since.
        Ghost = "ghost",
    }

    /// A field of a listing whose accuracy is measured.
    ListingField {
        /// The name.
        Name = "name",
        /// The specialty.
        Specialty = "specialty",
        /// The telephone.
        Phone = "phone",
        /// The street address.
        Address = "address",
        /// Whether new patients are taken.
        AcceptingNewPatients = "accepting_new_patients",
        /// Whether people with disabilities are accommodated.
        Accessibility = "accessibility",
        /// Languages.
        Languages = "languages",
        /// Whether patients are seen by telehealth.
        Telehealth = "telehealth",
        /// Whether the provider takes part in the plan.
        InNetwork = "in_network",
    }

    /// What a check of a field found.
    FieldFinding {
        /// As listed.
        Right = "right",
        /// Not as listed.
        Wrong = "wrong",
        /// Nobody could be asked. Neither right nor wrong.
        Unreachable = "unreachable",
    }

    /// Where a provider or a participation stands. Not to be confused with the status of a credentialing request or of a practitioner.
    NetworkStatus {
        /// Known, not (yet) credentialed.
        Pending = "PENDING",
        /// In.
        Active = "ACTIVE",
        /// Out.
        Inactive = "INACTIVE",
    }

    /// A person (NPPES entity type 1) or an organisation (2).
    ProviderKind {
        /// NPI-1.
        Individual = "individual",
        /// NPI-2.
        Organization = "organization",
    }

    /// As NPPES knows it. A provider may have none.
    Gender {
        /// Female.
        Female = "F",
        /// Male.
        Male = "M",
        /// X.
        Other = "X",
    }

    /// Whether somebody practises in an organisation right now. Not the network status of a provider.
    PractitionerStatus {
        /// Practises.
        Active = "active",
        /// Does not.
        Inactive = "inactive",
        /// Does not for some days.
        OnLeave = "on_leave",
    }

    /// Where an appointment stands; after FHIR R4 `AppointmentStatus`.
    AppointmentStatus {
        /// It has its place.
        Booked = "booked",
        /// The patient has said that they come.
        Confirmed = "confirmed",
        /// The patient is there.
        Arrived = "arrived",
        /// It took place.
        Fulfilled = "fulfilled",
        /// It will not take place.
        Cancelled = "cancelled",
        /// The patient did not come.
        NoShow = "no_show",
    }

    /// How a day differs from the weekly schedule.
    ExceptionKind {
        /// No slots.
        Closed = "closed",
        /// A session more.
        Extra = "extra",
    }

    /// What a person says about a record and the provider that it may mean.
    MatchVerdict {
        /// It is meant.
        Confirmed = "confirmed",
        /// It is not.
        Rejected = "rejected",
    }

    /// Plan-Net `AcceptingPatientsCS`.
    Accepting {
        /// Not accepting patients.
        None = "nopt",
        /// Accepting new patients.
        New = "newpt",
        /// Existing patients only.
        ExistingOnly = "existptonly",
        /// Existing patients and their families.
        ExistingAndFamily = "existptfam",
    }

    /// Plan-Net `AccessibilityCS`.
    Accessibility {
        /// Cultural competence.
        CulturalCompetence = "cultcomp",
        /// Handicap accessible.
        HandicapAccess = "handiaccess",
        /// ADA compliant.
        AdaCompliant = "adacomp",
        /// Public transport.
        PublicTransport = "pubtrans",
        /// Answering service.
        AnsweringService = "anssrvc",
        /// Services for cognitive impairment.
        Cognitive = "cognitive",
        /// Services for mobility impairment.
        Mobility = "mobility",
    }

    /// What somebody who acts may do in principle; what exactly, their organisation configures. Default is deny.
    Role {
        /// Not signed in: sees what is public.
        Anonymous = "anonymous",
        /// Somebody of an organisation without further rights: front desk, billing, a plan's member.
        Member = "member",
        /// An employer's benefits staff: searches and reports for their people.
        Employer = "employer",
        /// Somebody of an organisation who practises there.
        Practitioner = "practitioner",
        /// Reviews credentialing requests.
        Reviewer = "reviewer",
        /// Runs an organisation: its people, settings, cases, networks.
        OrganizationAdmin = "organization_admin",
        /// A person at an outside provider, in an agency's portal only.
        ProviderUser = "provider_user",
        /// A machine: claims, a pipeline. What it may do is its token's scopes.
        Service = "service",
        /// Runs the platform: public providers, reference data, tokens.
        PlatformAdmin = "platform_admin",
        /// The import commands, on the machine itself.
        Import = "import",
    }

    /// Where a case stands. It decides nothing about who sees it: assignments do.
    CaseStatus {
        /// Being worked on.
        Open = "open",
        /// Waiting.
        OnHold = "on_hold",
        /// Done.
        Closed = "closed",
    }

    /// A thing of a case that is shared by itself.
    ItemKind {
        /// A file.
        Document = "document",
        /// What is told about one side of a match.
        MatchSheet = "match_sheet",
        /// Match sheets offered together.
        MatchSheetList = "match_sheet_list",
        /// A note about the case.
        Note = "note",
        /// An amount.
        FinancialItem = "financial_item",
    }

    /// Who comes from an outside provider, and with it the way that they come.
    ProviderUserKind {
        /// Somebody who signs in to the portal.
        Person = "person",
        /// A system that uses the external API.
        Machine = "machine",
    }

    /// Where a provider user stands.
    ProviderUserStatus {
        /// Has a token and never used it.
        Invited = "invited",
        /// Counts.
        Active = "active",
        /// Counts no more; the tokens are dead while it lasts.
        Deactivated = "deactivated",
    }

    /// What a row of the sharing history says.
    ShareAction {
        /// From here on it is shared.
        Grant = "grant",
        /// From here on it is not.
        Revoke = "revoke",
    }

    /// What somebody at an outside provider did with an item.
    SightKind {
        /// Had it on the screen, or in an answer.
        Viewed = "viewed",
        /// Fetched the file.
        Downloaded = "downloaded",
        /// Said that it has arrived.
        Acknowledged = "acknowledged",
    }

    /// The type of a field of a match sheet.
    FieldType {
        /// A string.
        Text = "text",
        /// A number.
        Number = "number",
        /// A day, `2026-11-28`.
        Date = "date",
        /// True or false.
        Boolean = "boolean",
    }

    /// Where a request for credentialing stands, as everybody may know it.
    RequestStatus {
        /// Under way.
        Submitted = "SUBMITTED",
        /// Decided: in.
        Approved = "APPROVED",
        /// Decided: not in; a new request may follow. Also what was withdrawn or not decided in time.
        Rejected = "REJECTED",
    }

    /// What is being done with a request while it is SUBMITTED.
    Stage {
        /// Taken in, not looked at yet.
        Intake = "INTAKE",
        /// Sources are being asked.
        Verifying = "VERIFYING",
        /// All is known; somebody has to decide.
        Committee = "COMMITTEE",
        /// Decided.
        Decided = "DECIDED",
    }

    /// Which elements a request has to show, and how old they may be.
    Profile {
        /// A reviewer's judgement, no checklist.
        Basic = "basic",
        /// NCQA credentialing accreditation.
        NcqaAccreditation = "ncqa_accreditation",
        /// NCQA certification of a verification organisation.
        NcqaCertification = "ncqa_certification",
    }

    /// What is verified about somebody.
    Element {
        /// The licence, with the state that issued it.
        License = "license",
        /// DEA or CDS registration.
        DeaCds = "dea_cds",
        /// Education and training, the highest level.
        Education = "education",
        /// Board certification, where one is claimed.
        BoardCertification = "board_certification",
        /// Five years of work.
        WorkHistory = "work_history",
        /// Five years of malpractice claims.
        MalpracticeHistory = "malpractice_history",
        /// Sanctions on the licence, exclusion from Medicare and Medicaid.
        Sanctions = "sanctions",
        /// Malpractice cover.
        MalpracticeCover = "malpractice_cover",
        /// The applicant's own word that all is true.
        Attestation = "attestation",
    }

    /// What a source said.
    Finding {
        /// As claimed.
        Confirmed = "confirmed",
        /// There is nothing to verify: no board certification claimed, no DEA number needed.
        NotApplicable = "not_applicable",
        /// Not as claimed.
        Discrepancy = "discrepancy",
        /// As claimed, and it speaks against.
        Adverse = "adverse",
        /// The source did not answer.
        Unobtainable = "unobtainable",
    }

    /// What a tenant is.
    OrganizationType {
        /// A hospital.
        Hospital = "hospital",
        /// A clinic.
        Clinic = "clinic",
        /// A group of practices.
        PracticeGroup = "practice_group",
        /// A health plan or another payer.
        Payer = "payer",
        /// An agency that works with outside providers.
        Agency = "agency",
    }

    /// What a tenant pays for; each has what the one before has.
    SubscriptionTier {
        /// The directory, people, clinics, schedules, cases.
        Basic = "basic",
        /// And what groups of organisations need.
        Professional = "professional",
        /// And what large houses need.
        Enterprise = "enterprise",
    }

    /// A part of the product that an organisation can have or not.
    Feature {
        /// Practitioners, schedules, slots, appointments.
        Scheduling = "scheduling",
        /// Cases with outside providers.
        Cases = "cases",
        /// Numbers about people, slots and appointments.
        Statistics = "statistics",
        /// Organisations below the own one.
        Hierarchy = "hierarchy",
        /// Own rules about who may do what.
        CustomPermissions = "custom_permissions",
        /// Everything that the tenant has, as one file.
        TenantExport = "tenant_export",
    }

    /// One kind of act on one kind of thing, as `noun:verb`. A machine's scopes are these words, too.
    Permission {
        /// See what the organisation is.
        OrganizationRead = "organization:read",
        /// Rename it.
        OrganizationWrite = "organization:write",
        /// See the organisations below it.
        OrganizationDescend = "organization:descend",
        /// Take everything it has along.
        OrganizationExport = "organization:export",
        /// See who belongs to it.
        MembersRead = "members:read",
        /// Invite, change roles, revoke.
        MembersWrite = "members:write",
        /// See its sites.
        ClinicsRead = "clinics:read",
        /// Change its sites.
        ClinicsWrite = "clinics:write",
        /// See its settings.
        ConfigurationRead = "configuration:read",
        /// Change its settings.
        ConfigurationWrite = "configuration:write",
        /// See who practises there.
        PractitionersRead = "practitioners:read",
        /// Take on practitioners, change and assign them.
        PractitionersWrite = "practitioners:write",
        /// See schedules and free slots.
        SchedulesRead = "schedules:read",
        /// Change schedules.
        SchedulesWrite = "schedules:write",
        /// See appointments.
        AppointmentsRead = "appointments:read",
        /// Book, move and cancel.
        AppointmentsWrite = "appointments:write",
        /// See numbers about all of it.
        StatisticsRead = "statistics:read",
        /// Run networks, plans and who takes part.
        NetworksWrite = "networks:write",
        /// Ask what a provider's status was for a claim.
        NetworkCheck = "network:check",
        /// See credentialing requests.
        CredentialingRead = "credentialing:read",
        /// Ask that a provider be credentialed.
        CredentialingSubmit = "credentialing:submit",
        /// Decide about requests.
        CredentialingReview = "credentialing:review",
        /// Make and change providers.
        ProvidersWrite = "providers:write",
        /// Match records to known providers.
        ProvidersMatch = "providers:match",
        /// Read providers out of text.
        ProvidersExtract = "providers:extract",
        /// See cases and what belongs to them.
        CasesRead = "cases:read",
        /// Change cases and what belongs to them.
        CasesWrite = "cases:write",
        /// Give outside providers sight of a case, and take it back.
        SharesWrite = "shares:write",
        /// Let people of outside providers in, and out.
        ProviderUsersWrite = "provider_users:write",
        /// Reports on access to care.
        ReportsRead = "reports:read",
        /// Follow what changes.
        EventsRead = "events:read",
        /// See who did what.
        AuditRead = "audit:read",
        /// Create and close organisations and accounts, look after index and reference data.
        PlatformAdminister = "platform:administer",
    }

    /// How a location's point was found; better first.
    PositionQuality {
        /// Given with the record, or set by hand.
        Given = "given",
        /// The centroid of its ZIP.
        PostalCode = "postal_code",
        /// The centroid of its city.
        City = "city",
        /// The centroid of its county.
        County = "county",
        /// No point.
        Unknown = "unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_round_trip_in_any_case_and_others_are_told_the_choice() {
        assert_eq!("active".parse(), Ok(NetworkStatus::Active));
        assert_eq!(
            serde_json::to_string(&Accepting::New).ok().as_deref(),
            Some("\"newpt\"")
        );
        let refused = "BUSY".parse::<NetworkStatus>().expect_err("no such status");
        assert_eq!(refused.to_string(), "`BUSY` is none of PENDING, ACTIVE, INACTIVE");
    }
}
