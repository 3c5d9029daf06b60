//! What happens to a request by itself: each step of [`Step`] as one transaction. A step looks at the request as it is now
//! and does what is still to be done, so a step that comes late, or twice, does no harm.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};
use sqlx::types::Uuid;

use super::{WORKFLOW, close, doors::Closing, enter, lock, policy, work};
use crate::domain::{
    credentialing::{Request, is_complete},
    verification::Verification,
    workflow::{Step, after_submission, license_ends, next_look},
};
use crate::store::{Error, Tx, exclusion, verification, workflow};
use crate::vocab::{
    CredentialingRequestId,
    terms::{Element, Finding, RequestStatus, Stage},
};

/// Does one step. A request that is gone needs none.
///
/// # Errors
/// [`Error::Unavailable`] and whatever a step runs into: it is tried again.
pub async fn run(tx: &mut Tx, id: CredentialingRequestId, step: Step, now: DateTime<Utc>) -> Result<(), Error> {
    let request = match lock(tx, id).await {
        Err(Error::NotFound) => return Ok(()),
        found => found?,
    };
    match (request.status, step) {
        (RequestStatus::Submitted, Step::Intake) => intake(tx, &request, now).await,
        (RequestStatus::Submitted | RequestStatus::Approved, Step::Screen) => screen(tx, &request, now).await,
        (RequestStatus::Submitted, Step::Review) => review(tx, &request, now).await,
        (RequestStatus::Submitted, Step::Remind(days)) => remind(tx, &request, days, now).await,
        (RequestStatus::Submitted, Step::Escalate) => escalate(tx, &request, now).await,
        (RequestStatus::Submitted, Step::Deadline) => deadline(tx, &request, now).await,
        (RequestStatus::Approved | RequestStatus::Rejected, Step::LetterOverdue) => {
            letter_overdue(tx, &request, now).await
        }
        (RequestStatus::Approved, Step::Renew(days)) => renew(tx, &request, days, now).await,
        (RequestStatus::Approved, Step::Monitor(month)) => monitor(tx, &request, month, now).await,
        (RequestStatus::Approved, Step::LicenseEnded(license)) => license_ended(tx, &request, license, now).await,
        _ => Ok(()), // Decided in between: what the clock was for has come.
    }
}

/// Takes in what the directory knows already, and sets the clocks.
async fn intake(tx: &mut Tx, request: &Request, now: DateTime<Utc>) -> Result<(), Error> {
    let known: Value = sqlx::query_scalar(
        "SELECT jsonb_build_object('npi', p.npi::text, 'source', p.source, 'source_updated_on', p.source_updated_on,
            'specialty', p.specialty, 'licenses', (
                SELECT jsonb_agg(jsonb_build_object('number', s.license_number, 'state', s.license_state) ORDER BY s.position)
                FROM provider_specialty s WHERE s.provider_id = p.id AND s.license_number IS NOT NULL),
            'npi_deactivated_on', (
                SELECT max(e.occurred_on) FROM npi_event e WHERE e.npi = p.npi AND e.kind = 'deactivation'
                AND NOT EXISTS (SELECT 1 FROM npi_event back WHERE back.npi = e.npi AND back.kind = 'reactivation'
                    AND back.occurred_on >= e.occurred_on)))
        FROM provider p WHERE p.id = $1",
    )
    .bind(request.provider_id.0)
    .fetch_one(tx.connection())
    .await?;
    work::record(tx, request.id, "prefilled", None, None, &known, now).await?;
    if !known["npi_deactivated_on"].is_null() {
        let text = format!("NPPES has the NPI as deactivated on {}.", known["npi_deactivated_on"]);
        ask(tx, request, "npi_deactivated", reviewer(request), &text, now).await?;
    }
    enter(tx, request, Stage::Verifying, now).await?;
    let policy = policy(tx).await?;
    for (step, at) in after_submission(&policy, request.submitted_at) {
        workflow::schedule(tx, WORKFLOW, request.id.0, &step.to_string(), at).await?;
    }
    workflow::schedule(tx, WORKFLOW, request.id.0, &Step::Screen.to_string(), now).await
}

/// Compares with the lists of exclusions: a number that is on one is adverse, a name is for a person to look at.
async fn screen(tx: &mut Tx, request: &Request, now: DateTime<Utc>) -> Result<(), Error> {
    let screening = exclusion::screen(tx, &[request.provider_id], now).await?;
    for list in &screening.lists {
        let result = match (screening.identified, screening.candidates) {
            (0, 0) => Finding::Confirmed,
            (0, _) => continue,
            _ => Finding::Adverse,
        };
        let found = verification::NewVerification {
            element: Element::Sanctions,
            source: format!("{} of {}", list.source, list.as_of),
            verified_on: now.date_naive(),
            method: "automatic".to_owned(),
            result,
            document: None,
            note: None,
            expires_on: None,
            state: None,
        };
        verification::record(tx, request.id, &found, now).await?;
    }
    tell_of_exclusions(tx, request, &screening, now).await?;
    if request.status != RequestStatus::Submitted {
        return Ok(()); // Decided elsewhere: there is nothing to review.
    }
    workflow::schedule(tx, WORKFLOW, request.id.0, &Step::Review.to_string(), now).await
}

async fn tell_of_exclusions(
    tx: &mut Tx,
    request: &Request,
    screening: &exclusion::Screening,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let (name, text) = if screening.identified > 0 {
        ("excluded", "The NPI is on a list of exclusions.")
    } else if screening.candidates > 0 {
        (
            "exclusion_candidate",
            "Somebody of this name is on a list of exclusions: confirm or dismiss.",
        )
    } else {
        return Ok(());
    };
    ask(tx, request, name, reviewer(request), text, now).await
}

/// Moves on to the decision once all is verified, and back where something is no longer.
async fn review(tx: &mut Tx, request: &Request, now: DateTime<Utc>) -> Result<(), Error> {
    let policy = policy(tx).await?;
    let known = verification::of_request(tx, request.id).await?;
    let complete = is_complete(request, &policy, &known, now);
    match (request.stage, complete) {
        (Stage::Verifying, true) => {
            enter(tx, request, Stage::Committee, now).await?;
            ask(
                tx,
                request,
                "decide",
                reviewer(request),
                "All is verified: decide.",
                now,
            )
            .await
        }
        (Stage::Committee, false) => enter(tx, request, Stage::Verifying, now).await,
        _ => Ok(()),
    }
}

async fn remind(tx: &mut Tx, request: &Request, days: u32, now: DateTime<Utc>) -> Result<(), Error> {
    let text = format!("Submitted {days} days ago and not decided.");
    let name = Step::Remind(days).to_string();
    ask(tx, request, &name, reviewer(request), &text, now).await
}

async fn escalate(tx: &mut Tx, request: &Request, now: DateTime<Utc>) -> Result<(), Error> {
    let text = format!(
        "In {} since {} and not decided.",
        request.stage,
        request.submitted_at.date_naive()
    );
    ask(tx, request, "escalate", "organization_admin", &text, now).await
}

async fn deadline(tx: &mut Tx, request: &Request, now: DateTime<Utc>) -> Result<(), Error> {
    if policy(tx).await?.close_at_deadline {
        let notes = "Not decided by the deadline; a new request may be opened.";
        return close(tx, request.id, Closing::NotDecidedInTime, Some(notes), now)
            .await
            .map(drop);
    }
    ask(
        tx,
        request,
        "deadline",
        "organization_admin",
        "The deadline of the decision has passed.",
        now,
    )
    .await
}

async fn letter_overdue(tx: &mut Tx, request: &Request, now: DateTime<Utc>) -> Result<(), Error> {
    let filter = work::TaskFilter {
        request: Some(request.id),
        open: Some(true),
        recipient: None,
    };
    let open = work::tasks(tx, &filter, 1000).await?;
    if !open.iter().any(|task| task.name == "letter") {
        return Ok(());
    }
    let text = "The provider has not been told of the decision in time.";
    ask(tx, request, "letter_overdue", "organization_admin", text, now).await
}

async fn renew(tx: &mut Tx, request: &Request, days: u32, now: DateTime<Utc>) -> Result<(), Error> {
    let renewed: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM credentialing_request later
            WHERE later.provider_id = $1 AND (later.expires_at > $2 OR later.previous_request_id = $3
                AND later.status = 'SUBMITTED'))",
    )
    .bind(request.provider_id.0)
    .bind(request.expires_at)
    .bind(request.id.0)
    .fetch_one(tx.connection())
    .await?;
    if renewed {
        return Ok(());
    }
    let until = request
        .expires_at
        .map(|at| at.date_naive().to_string())
        .unwrap_or_default();
    let text = format!("The credentialing runs out on {until}: send a new application.");
    ask(tx, request, &Step::Renew(days).to_string(), "provider", &text, now).await
}

/// The monthly look at exclusions and licence (NCQA, 42 CFR 455.436).
async fn monitor(tx: &mut Tx, request: &Request, month: u32, now: DateTime<Utc>) -> Result<(), Error> {
    let screening = exclusion::screen(tx, &[request.provider_id], now).await?;
    tell_of_exclusions(tx, request, &screening, now).await?;
    let lists = screening.lists.iter().map(|l| format!("{} of {}", l.source, l.as_of));
    let detail = json!({
        "month": month,
        "lists": lists.collect::<Vec<_>>(),
        "identified": screening.identified,
        "candidates": screening.candidates,
    });
    work::record(tx, request.id, "monitored", None, None, &detail, now).await?;
    let next = request
        .reviewed_at
        .zip(request.expires_at)
        .and_then(|(decided, expires)| next_look(month, decided, expires));
    if let Some((step, at)) = next {
        workflow::schedule(tx, WORKFLOW, request.id.0, &step.to_string(), at).await?;
    }
    Ok(())
}

/// A licence has run out, unless a later verification, for whichever request of the same organization about the provider, says
/// that it was renewed (what another found out proves nothing here): one task, and, where the settings say so, the provider is out.
async fn license_ended(tx: &mut Tx, request: &Request, license: Uuid, now: DateTime<Utc>) -> Result<(), Error> {
    let known = verification::of_provider(tx, request.provider_id, request.organization_id).await?;
    let Some(ended) = known.iter().find(|v| v.id == license) else {
        return Ok(());
    };
    let renews = |v: &&Verification| {
        v.element == Element::License
            && v.result == Finding::Confirmed
            && v.state == ended.state
            && v.expires_on > ended.expires_on
    };
    if let Some(next) = known.iter().filter(renews).max_by_key(|v| v.expires_on) {
        return watch(tx, request, next).await;
    }
    let state = ended.state.as_deref().unwrap_or("?");
    let day = ended.expires_on.map(|d| d.to_string()).unwrap_or_default();
    let text = format!("The licence of {state} was good through {day}.");
    let name = Step::LicenseEnded(license).to_string();
    ask(tx, request, &name, reviewer(request), &text, now).await?;
    if policy(tx).await?.suspend_on_expired_license {
        sqlx::query("SELECT provider_deactivate($1, $2, $3)")
            .bind(request.provider_id.0)
            .bind(format!("licence of {state} expired"))
            .bind(now)
            .execute(tx.connection())
            .await?;
    }
    Ok(())
}

/// Sees to the end of a licence that was verified for another request of the provider, unless it is seen to there.
async fn watch(tx: &mut Tx, request: &Request, license: &Verification) -> Result<(), Error> {
    let Some((step, at)) = license_ends(license) else {
        return Ok(());
    };
    let watched: bool = sqlx::query_scalar(
        "SELECT EXISTS (SELECT 1 FROM verification v JOIN workflow_step s ON s.subject = v.request_id
            WHERE v.id = $1 AND s.workflow = $2 AND s.name = $3)",
    )
    .bind(license.id)
    .bind(WORKFLOW)
    .bind(step.to_string())
    .fetch_one(tx.connection())
    .await?;
    if watched {
        return Ok(());
    }
    workflow::schedule(tx, WORKFLOW, request.id.0, &step.to_string(), at).await
}

/// Raises a task, and tells of it in the timeline the first time.
async fn ask(
    tx: &mut Tx,
    request: &Request,
    name: &str,
    recipient: &str,
    text: &str,
    now: DateTime<Utc>,
) -> Result<(), Error> {
    let task = work::NewTask {
        name,
        recipient,
        text,
        due_at: None,
    };
    if work::raise(tx, request.id, &task, now).await? {
        let detail = json!({ "task": name, "recipient": recipient });
        work::record(tx, request.id, "task", None, Some(text), &detail, now).await?;
    }
    Ok(())
}

/// Whose the work on a request is.
fn reviewer(request: &Request) -> &str {
    request.assigned_to.as_deref().unwrap_or("reviewer")
}
