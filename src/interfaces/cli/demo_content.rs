//! What the people of the demo find behind their doors: a practice with an appointment, an agency with a case that it shares with an
//! outside provider, a request that waits for a reviewer. Made by the same functions that their own requests call.

use chrono::{DateTime, Days, Months, TimeDelta, Utc};
use serde_json::json;
use uuid::Uuid;

use super::{Error, token::operator};
use crate::domain::{
    access::{Actor, Role},
    case::{FinancialItem, MatchSheet, Note},
    clinic::Details,
    document,
    match_sheet::{self, Field, Section},
    practitioner::ClinicAssignment,
    schedule::Weekly,
    sharing::Terms,
};
use crate::store::{
    Error as StoreError, Store, Tx, agency_providers,
    appointments::{self, NewAppointment},
    case_items::{self, NewItem},
    cases::{self, NewAssignment},
    clinic_assignments, clinics,
    credentialing::{self, NewRequest},
    organizations, people,
    practitioners::{self, NewPractitioner},
    provider_tokens::{self, NewToken},
    provider_users,
    providers::{self, NewProvider, ProviderKey},
    schedules, sharing,
    slots::{self, Filter},
};
use crate::vocab::{
    CaseId, ClinicId, Fault, ProviderId,
    ids::ClinicAssignmentId,
    terms::{FieldType, ProviderUserKind, RequestStatus},
};

/// A dentist of Arkansas in the public register, of whom the demo's reviewer decides.
const WAITING: &str = "1003021692";
/// The address of the outside provider's person.
const OUTSIDE: &str = "riley@riverside.example";
/// What their token is called.
const TOKEN: &str = "demo";
/// How long it is good, in days.
const TOKEN_DAYS: Days = Days::new(30);

/// Makes what is not there yet; a fresh token for the portal of outside providers, in the place of those of earlier starts, which
/// can't be shown again.
///
/// # Errors
/// If Postgres goes away.
pub async fn make(store: &Store, now: DateTime<Utc>) -> Result<Option<String>, Error> {
    if let Some(admin) = person_of(store, "admin@clinic.example", "demo-clinic").await? {
        let mut tx = store.begin_at(&admin, now).await?;
        if clinics::list(&mut tx, true).await?.is_empty() {
            practice(&mut tx, &admin, now).await?;
        }
        tx.commit().await?;
    }
    waiting(store, now).await?;
    let Some(admin) = person_of(store, "admin@agency.example", "demo-agency").await? else {
        return Ok(None);
    };
    let mut tx = store.begin_at(&admin, now).await?;
    if agency_providers::list(&mut tx, None).await?.is_empty() {
        agency(&mut tx, now).await?;
    }
    let token = portal_token(&mut tx, now).await?;
    tx.commit().await?;
    Ok(token)
}

/// An administrator of an organisation, as their requests act.
async fn person_of(store: &Store, email: &str, slug: &str) -> Result<Option<Actor>, Error> {
    let mut tx = store.begin(&operator()).await?;
    let person = people::find_by_email(&mut tx, email).await?;
    let organization = organizations::find_by_slug(&mut tx, slug).await?;
    let (Some(person), Some(organization)) = (person, organization) else {
        return Ok(None);
    };
    let actor = Actor::new(format!("user:{}", person.id), Role::OrganizationAdmin);
    Ok(Some(actor.with_person(person.id).within(organization.id)))
}

/// A clinic, its doctor there on weekdays, and an appointment on the next of them.
async fn practice(tx: &mut Tx, admin: &Actor, now: DateTime<Utc>) -> Result<(), Error> {
    let (Some(organization), Some(doctor)) = (
        admin.organization_id,
        people::find_by_email(tx, "doctor@clinic.example").await?,
    ) else {
        return Ok(());
    };
    let text = |text: &str| Some(text.to_owned());
    let details = Details {
        name: "Lakeview".to_owned(),
        line1: text("100 W Superior St"),
        line2: text("Suite 4"),
        city: text("Duluth"),
        state: text("MN"),
        postal_code: text("55802"),
        lat: None,
        lon: None,
        phone: text("2185550142"),
        email: text("lakeview@clinic.example"),
        time_zone: "America/Chicago".to_owned(),
        operating_hours: Vec::new(),
        holidays: Vec::new(),
    };
    let clinic = clinics::create(tx, ClinicId(Uuid::now_v7()), organization, &details, now).await?;
    let new = NewPractitioner {
        user_id: doctor.id,
        name: None,
        specialty: text("207Q00000X"),
        license_number: None,
        npi: None,
        gender: None,
        qualifications: Vec::new(),
    };
    let practitioner = practitioners::create(tx, &new, now).await?;
    let today = now.date_naive();
    let assignment = ClinicAssignment {
        id: ClinicAssignmentId(Uuid::now_v7()),
        practitioner_id: practitioner.id,
        clinic_id: clinic.id,
        start_date: today,
        end_date: None,
        is_primary: true,
    };
    clinic_assignments::assign(tx, &assignment).await?;
    for day_of_week in 1..=5 {
        let weekly = Weekly {
            day_of_week,
            start_time: "09:00".parse().unwrap_or_default(),
            end_time: "12:00".parse().unwrap_or_default(),
            slot_minutes: 30,
            buffer_minutes: 0,
            max_bookings: 1,
            appointment_types: Vec::new(),
            valid_from: today,
            valid_until: None,
        };
        schedules::create(tx, practitioner.id, clinic.id, &weekly, now).await?;
    }
    let tomorrow = Filter {
        from: Some(now + TimeDelta::days(1)),
        ..Filter::default()
    };
    if let Some(slot) = slots::list(tx, &tomorrow, 1, now).await?.first() {
        let new = NewAppointment {
            slot_id: slot.id,
            hold_id: None,
            appointment_type: None,
            patient_reference: "patient-1001".to_owned(),
            note: text("First visit"),
        };
        appointments::book(tx, &new, now).await?;
    }
    Ok(())
}

/// A request of the platform's own that nobody has decided yet.
async fn waiting(store: &Store, now: DateTime<Utc>) -> Result<(), Error> {
    let Ok(npi) = WAITING.parse() else { return Ok(()) };
    let mut tx = store.begin(&operator()).await?;
    let Some(provider) = providers::find(&mut tx, &ProviderKey::Npi(npi)).await? else {
        return Ok(());
    };
    let asked = credentialing::Filter {
        provider: Some(provider.id),
        status: None::<RequestStatus>,
        ..credentialing::Filter::default()
    };
    if credentialing::list(&mut tx, &asked, 1).await?.is_empty() {
        credentialing::submit(&mut tx, provider.id, &NewRequest::default(), now).await?;
        tx.commit().await?;
    }
    Ok(())
}

/// A network of two, and a case of which one of them sees what is shared.
async fn agency(tx: &mut Tx, now: DateTime<Utc>) -> Result<(), Error> {
    let clinic = entry(tx, "ivf_clinic", "Riverside Fertility", now).await?;
    let attorney = entry(tx, "attorney", "Quinn Law Office", now).await?;
    provider_users::invite(tx, clinic, ProviderUserKind::Person, "Riley Rivera", Some(OUTSIDE)).await?;
    let welcome = "Please confirm receipt of each file that we share.";
    agency_providers::add_note(tx, clinic, None, welcome, true).await?;
    agency_providers::add_note(
        tx,
        attorney,
        None,
        "Answers within a day; prefers the telephone.",
        false,
    )
    .await?;

    let case = cases::create(tx, "DEMO-2041", "surrogacy").await?;
    let assigned = NewAssignment {
        provider: clinic,
        channel: ProviderUserKind::Person,
        role: "ivf_clinic".to_owned(),
        external_reference: None,
        starts_at: now,
        ends_at: None,
    };
    let assignment = cases::assign(tx, case.id, &assigned).await?;
    for (item, is_shared) in items(now)? {
        let id = put(tx, case.id, &item).await?;
        if is_shared {
            sharing::grant(tx, case.id, assignment.id, id, &Terms::default(), None, now).await?;
        }
    }
    Ok(())
}

/// A provider that only the agency sees, in its network.
async fn entry(tx: &mut Tx, kind: &str, name: &str, now: DateTime<Utc>) -> Result<ProviderId, Error> {
    let new = json!({"kind": "organization", "category": kind, "organization_name": name});
    let new: NewProvider = serde_json::from_value(new).map_err(|why| StoreError::Corrupt(why.to_string()))?;
    let made = providers::create(tx, &new, now).await?;
    agency_providers::add(tx, made.id, kind).await?;
    Ok(made.id)
}

async fn put(tx: &mut Tx, case: CaseId, item: &NewItem) -> Result<crate::vocab::CaseItemId, Error> {
    Ok(case_items::add(tx, case, item).await?.id)
}

/// What is in the case, and whether the clinic sees it.
fn items(now: DateTime<Utc>) -> Result<Vec<(NewItem, bool)>, Error> {
    let plan = "Transfer planned for the second week of the month.\nBlood work two days before.\n";
    let refused = |fault: Fault| StoreError::Refused(fault);
    let media_type = document::check("Plan.txt", "text/plain", plan.as_bytes()).map_err(refused)?;
    let field = |key: &str, label: &str, r#type, value| Field {
        key: key.to_owned(),
        label: label.to_owned(),
        r#type,
        value,
    };
    let sections = vec![
        Section {
            key: "about".to_owned(),
            title: "About".to_owned(),
            fields: vec![
                field("age", "Age", FieldType::Number, json!(31)),
                field("state", "State", FieldType::Text, json!("Minnesota")),
            ],
        },
        Section {
            key: "health".to_owned(),
            title: "Health".to_owned(),
            fields: vec![
                field("smokes", "Smokes", FieldType::Boolean, json!(false)),
                field(
                    "seen",
                    "Last seen by a doctor",
                    FieldType::Date,
                    json!(now.date_naive()),
                ),
            ],
        },
    ];
    match_sheet::check(&sections).map_err(refused)?;
    let note = |text: &str, internal| NewItem::Note {
        note: Note { text: text.to_owned() },
        internal,
    };
    Ok(vec![
        (
            NewItem::Document {
                name: "Plan.txt".to_owned(),
                media_type,
                content: plan.as_bytes().to_vec(),
            },
            true,
        ),
        (
            NewItem::MatchSheet(MatchSheet {
                title: "Surrogate 12".to_owned(),
                sections,
            }),
            true,
        ),
        (note("Both parties have signed the letter of intent.", false), true),
        (note("Ask about the second insurance before the transfer.", true), false),
        (
            NewItem::FinancialItem(FinancialItem {
                label: "Retainer".to_owned(),
                amount_cents: 120_000,
                currency: "USD".to_owned(),
                due_on: now.date_naive().checked_add_months(Months::new(1)),
            }),
            false,
        ),
    ])
}

/// A fresh token of the outside provider's person, if they are there still.
async fn portal_token(tx: &mut Tx, now: DateTime<Utc>) -> Result<Option<String>, Error> {
    let users = provider_users::list(tx, None).await?;
    let Some(user) = users.iter().find(|user| user.email.as_deref() == Some(OUTSIDE)) else {
        return Ok(None);
    };
    for old in provider_tokens::list(tx, Some(user.id)).await? {
        if old.name == TOKEN && old.revoked_at.is_none() {
            provider_tokens::revoke(tx, old.id.into()).await?;
        }
    }
    let new = NewToken {
        user: user.id,
        name: TOKEN.to_owned(),
        scopes: Vec::new(),
        expires_at: now.checked_add_days(TOKEN_DAYS),
    };
    let (_, token) = provider_tokens::issue(tx, &new, rand::random()).await?;
    Ok(Some(token))
}
