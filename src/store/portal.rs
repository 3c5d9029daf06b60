//! What outside providers do in transactions of their own: see their cases, leave a trace of what they saw, take links.
//!
//! Everything here runs as the provider user. Row-level security shows what is shared; `domain::case_view` decides the same
//! once more from the assignments and shares, and gives the answer its shape.

use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeDelta, Utc};
use chrono_tz::Tz;
use schemars::JsonSchema;
use serde::Serialize;
use sqlx::types::Uuid;

use super::{Error, Store, Tx, agency_providers, audit, case_items, cases, provider_tokens::digest, term};
use crate::domain::{
    access::{Actor, Role},
    case::Case,
    case_view::{CaseView, ProviderNoteView, Viewer, view},
    sharing::Share,
};
use crate::vocab::{
    CaseId, CaseItemId, Position, ProviderNoteId, ProviderTokenId,
    terms::{ProviderUserKind, SightKind},
};

/// Who the provider user is, for whom, with which agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, sqlx::FromRow)]
pub struct Myself {
    /// The agency's name.
    pub organization_name: String,
    /// The agency's word in addresses.
    pub organization_slug: String,
    /// The provider.
    pub provider_id: Uuid,
    /// Its name.
    pub provider_name: String,
    /// What it is to the agency.
    pub provider_type: String,
    /// The user's name.
    pub user_name: String,
    /// `person` or `machine`.
    pub kind: String,
}

/// Who the provider user of the transaction is; none: somebody who counts no more.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn myself(tx: &mut Tx) -> Result<Option<Myself>, Error> {
    Ok(sqlx::query_as("SELECT * FROM portal_self()")
        .fetch_optional(tx.connection())
        .await?)
}

/// What the visibility of the provider user hangs on, as far as it counts right now.
async fn own_viewer(tx: &mut Tx, kind: ProviderUserKind) -> Result<Viewer, Error> {
    type Row = (
        i64,
        Uuid,
        Uuid,
        String,
        Option<Vec<String>>,
        Option<DateTime<Utc>>,
        DateTime<Utc>,
    );
    let counts = myself(tx).await?.is_some();
    let rows: Vec<Row> =
        sqlx::query_as("SELECT seq, assignment_id, item_id, action, fields, expires_at, at FROM portal_shares()")
            .fetch_all(tx.connection())
            .await?;
    let share = |(seq, assignment, item, action, fields, expires_at, at): Row| {
        Ok(Share {
            seq,
            assignment_id: assignment.into(),
            item_id: item.into(),
            action: term(&action)?,
            fields,
            expires_at,
            at,
        })
    };
    Ok(Viewer {
        kind,
        provider: counts,
        user: counts,
        assignments: cases::own_assignments(tx).await?,
        shares: rows.into_iter().map(share).collect::<Result<_, Error>>()?,
    })
}

/// The cases that the provider user sees, by reference.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn cases(tx: &mut Tx, kind: ProviderUserKind, now: DateTime<Utc>) -> Result<Vec<Case>, Error> {
    let viewer = own_viewer(tx, kind).await?;
    let mut seen = cases::list(tx, None, None, i64::MAX).await?;
    seen.retain(|case| !viewer.assignments_to(case.id, now).is_empty());
    Ok(seen)
}

/// A case as the provider user sees it; none: nothing, for whatever reason.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn case(
    tx: &mut Tx,
    id: CaseId,
    kind: ProviderUserKind,
    now: DateTime<Utc>,
) -> Result<Option<CaseView>, Error> {
    let file = match case_items::file(tx, id).await {
        Err(Error::NotFound) => return Ok(None),
        file => file?,
    };
    let viewer = own_viewer(tx, kind).await?;
    Ok(view(&file, &viewer, now))
}

/// Notes about the provider itself that are shown to it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn provider_notes(tx: &mut Tx) -> Result<Vec<ProviderNoteView>, Error> {
    let notes = agency_providers::notes(tx, None, None).await?;
    let own = notes
        .into_iter()
        .filter(|note| note.shareable && note.case_id.is_none());
    let shown = own.map(|note| ProviderNoteView {
        id: note.id,
        text: note.text,
        written_at: note.created_at,
    });
    Ok(shown.collect())
}

/// What of a case was shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shown {
    /// Its items.
    pub items: Vec<CaseItemId>,
    /// Notes about the provider.
    pub notes: Vec<ProviderNoteId>,
}

impl Shown {
    /// All that is in a view.
    pub fn whole(view: &CaseView) -> Self {
        Self {
            items: view.items().collect(),
            notes: view.provider_notes.iter().map(|note| note.id).collect(),
        }
    }

    /// These items.
    pub fn items(items: Vec<CaseItemId>) -> Self {
        Self {
            items,
            notes: Vec::new(),
        }
    }
}

/// Writes down that the provider user has seen the case and what of it was shown, and with which token they came.
///
/// # Errors
/// [`Error::Forbidden`] where it may not be seen (any more).
pub async fn saw(
    tx: &mut Tx,
    token: ProviderTokenId,
    view: &CaseView,
    shown: &Shown,
    how: SightKind,
) -> Result<(), Error> {
    let case = (how == SightKind::Viewed).then(|| serde_json::json!({}));
    let item = |id: &CaseItemId| serde_json::json!({ "item_id": id, "fields": shown_fields(view, id.0) });
    let note = |id: &ProviderNoteId| serde_json::json!({ "note_id": id });
    let rows = case.into_iter().chain(shown.items.iter().map(item));
    let rows = rows.chain(shown.notes.iter().map(note)).collect::<Vec<_>>();
    insert_sights(tx, Some(view.id), how, rows).await?;
    let detail = serde_json::json!({ "token_id": token, "items": shown.items, "notes": shown.notes });
    audit::record(tx, &format!("portal.{how}"), "case", &view.id.to_string(), &detail).await
}

async fn insert_sights(
    tx: &mut Tx,
    case: Option<CaseId>,
    how: SightKind,
    rows: Vec<serde_json::Value>,
) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO share_sight (case_id, item_id, note_id, how, fields)
        SELECT $1, (r ->> 'item_id')::uuid, (r ->> 'note_id')::uuid, $2,
            CASE WHEN jsonb_typeof(r -> 'fields') = 'array' THEN ARRAY(SELECT jsonb_array_elements_text(r -> 'fields')) END
        FROM jsonb_array_elements($3) r",
    )
    .bind(case.map(|id| id.0))
    .bind(how.code())
    .bind(serde_json::Value::Array(rows))
    .execute(tx.connection())
    .await?;
    Ok(())
}

/// What of a case the provider user has confirmed to have arrived, and since when.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn receipts(tx: &mut Tx, case: CaseId) -> Result<Vec<(CaseItemId, DateTime<Utc>)>, Error> {
    let rows: Vec<(Uuid, DateTime<Utc>)> = sqlx::query_as("SELECT item_id, at FROM portal_receipts($1)")
        .bind(case.0)
        .fetch_all(tx.connection())
        .await?;
    Ok(rows.into_iter().map(|(item, at)| (item.into(), at)).collect())
}

/// Writes down that the provider user has seen notes about the provider as such.
///
/// # Errors
/// [`Error::Forbidden`] where one may not be seen (any more).
pub async fn saw_notes(tx: &mut Tx, notes: &[ProviderNoteView]) -> Result<(), Error> {
    let rows = notes.iter().map(|note| serde_json::json!({ "note_id": note.id }));
    insert_sights(tx, None, SightKind::Viewed, rows.collect()).await
}

/// The fields of a match sheet that are in the view.
fn shown_fields(view: &CaseView, id: Uuid) -> Option<Vec<String>> {
    let sheet = view.match_sheets.iter().find(|sheet| sheet.shared.id.0 == id)?;
    let named = sheet.sections.iter().flat_map(|section| {
        let name = |key: &String| format!("{}.{key}", section.key);
        section.fields.iter().map(|field| name(&field.key)).collect::<Vec<_>>()
    });
    Some(named.collect())
}

/// Makes a link that fetches a document once, without a token. `secret` is 32 random bytes.
///
/// # Errors
/// [`Error::Forbidden`] where the provider user may not see the document.
pub async fn make_link(
    tx: &mut Tx,
    token: ProviderTokenId,
    document: CaseItemId,
    secret: &str,
    expires_at: DateTime<Utc>,
) -> Result<(), Error> {
    sqlx::query("INSERT INTO download_link (token_id, document_id, link_hash, expires_at) VALUES ($1, $2, $3, $4)")
        .bind(token.0)
        .bind(document.0)
        .bind(digest(secret))
        .bind(expires_at)
        .execute(tx.connection())
        .await?;
    Ok(())
}

/// A link that was taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Link {
    /// For whose token it was made.
    pub token_id: Uuid,
    /// The document.
    pub document_id: Uuid,
    /// Whether the document was taken back after that. It may be shared anew by now, which brings no link back.
    pub is_revoked: bool,
}

/// Takes a link. A second time it is nothing.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn use_link(store: &Store, secret: &str, now: DateTime<Utc>) -> Result<Option<Link>, Error> {
    let mut tx = store.begin_at(&Actor::new("anonymous", Role::Anonymous), now).await?;
    let taken = sqlx::query_as(
        "SELECT token_id, document_id, download_link_revoked($1) AS is_revoked FROM download_link_use($1, $2)",
    )
    .bind(digest(secret))
    .bind(now)
    .fetch_optional(tx.connection())
    .await?;
    tx.commit().await?;
    Ok(taken)
}

/// Writes down under the agency that a link of its portal was followed and fetched nothing; of others nothing is known.
/// `may_write` says of the link's token whether this may be written down again.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn link_refused(
    store: &Store,
    secret: &str,
    was_taken: bool,
    now: DateTime<Utc>,
    may_write: impl FnOnce(ProviderTokenId) -> bool,
) -> Result<(), Error> {
    type Row = (Uuid, Uuid, Uuid, Uuid, bool);
    let found: Option<Row> = sqlx::query_as(
        "SELECT token_id, organization_id, provider_user_id, document_id, used FROM download_link_dead($1)",
    )
    .bind(digest(secret))
    .fetch_optional(store.app())
    .await?;
    let Some((token, organization, user, document, used)) = found else {
        return Ok(());
    };
    if !may_write(token.into()) {
        return Ok(());
    }
    let reason = match (was_taken, used) {
        (true, _) => "not_to_be_seen",
        (false, true) => "used",
        (false, false) => "expired",
    };
    let actor = super::provider_tokens::actor(organization.into(), user.into());
    let mut tx = store.begin_at(&actor, now).await?;
    let detail = serde_json::json!({ "token_id": token, "reason": reason });
    audit::record(
        &mut tx,
        "portal.link_refused",
        "case_item",
        &document.to_string(),
        &detail,
    )
    .await?;
    tx.commit_always().await.map(|_| ())
}

/// The case of an item that the provider user sees.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn case_of(tx: &mut Tx, item: CaseItemId) -> Result<Option<CaseId>, Error> {
    let case: Option<Uuid> = sqlx::query_scalar("SELECT case_id FROM case_item WHERE id = $1")
        .bind(item.0)
        .fetch_optional(tx.connection())
        .await?;
    Ok(case.map(Into::into))
}

/// The clothes of the portal under a subdomain.
#[derive(Clone, Debug, PartialEq, Eq, sqlx::FromRow)]
pub struct Clothes {
    /// The clinic's agency.
    pub organization_id: Uuid,
    /// The clinic.
    pub provider_id: Uuid,
    /// Shown instead of the portal's name.
    pub title: String,
    /// One of the looks of the style sheet.
    pub theme: String,
    /// Shown on the sign-in page.
    pub welcome: String,
    /// Whether the clinic sees what is booked at it.
    pub has_appointments: bool,
}

/// Who the portal is dressed up for under a subdomain; none: the plain portal.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn clothes(store: &Store, subdomain: &str) -> Result<Option<Clothes>, Error> {
    Ok(sqlx::query_as("SELECT * FROM clinic_portal_find($1)")
        .bind(subdomain)
        .fetch_optional(store.app())
        .await?)
}

/// Some days of what is booked at a clinic, by the clinic's clock.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct ClinicDays {
    /// What the agency calls the site.
    pub clinic: String,
    /// The IANA zone whose days these are.
    pub time_zone: String,
    /// The first day.
    pub from: NaiveDate,
    /// The day after the last one.
    pub until: NaiveDate,
    /// By time.
    pub appointments: Vec<BookedAt>,
    /// Whether there are more than are told.
    pub more: bool,
}

/// An appointment as the clinic sees it: nobody's name but the practitioner's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, sqlx::FromRow)]
pub struct BookedAt {
    /// The appointment.
    pub id: Uuid,
    /// From.
    pub starts_at: DateTime<Utc>,
    /// Until.
    pub ends_at: DateTime<Utc>,
    /// With whom.
    pub practitioner_name: String,
    /// What for.
    pub appointment_type: Option<String>,
    /// `booked`, `confirmed`, `arrived`, `fulfilled` or `no_show`; those that are cancelled are not told.
    pub status: String,
    /// Whether hours have changed so that it has to be moved.
    pub displaced: bool,
    /// The case that it is for, where that is assigned to the clinic.
    pub case_id: Option<Uuid>,
    /// The agency's key of that case.
    pub case_reference: Option<String>,
}

/// As many appointments are told at once.
const MOST_BOOKED: i64 = 1_000;

/// What is booked at the clinic of the provider user, from a day on, or from today; none: there is no such clinic for them.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn clinic_days(
    tx: &mut Tx,
    from: Option<NaiveDate>,
    days: usize,
    now: DateTime<Utc>,
) -> Result<Option<ClinicDays>, Error> {
    let clinic: Option<(String, String)> = sqlx::query_as("SELECT name, time_zone FROM portal_clinic()")
        .fetch_optional(tx.connection())
        .await?;
    let Some((clinic, time_zone)) = clinic else {
        return Ok(None);
    };
    let zone = time_zone.parse::<Tz>().unwrap_or(Tz::UTC);
    let from = from.unwrap_or_else(|| now.with_timezone(&zone).date_naive());
    let days = Days::new(u64::try_from(days).unwrap_or_default());
    let until = from.checked_add_days(days).unwrap_or(from);
    let mut appointments: Vec<BookedAt> = sqlx::query_as("SELECT * FROM portal_appointments($1, $2, $3)")
        .bind(midnight(from, zone))
        .bind(midnight(until, zone))
        .bind(MOST_BOOKED + 1)
        .fetch_all(tx.connection())
        .await?;
    let most = usize::try_from(MOST_BOOKED).unwrap_or_default();
    let more = appointments.len() > most;
    appointments.truncate(most);
    Ok(Some(ClinicDays {
        clinic,
        time_zone,
        from,
        until,
        appointments,
        more,
    }))
}

/// When a day begins by a clock; where it is put on at midnight, an hour later.
fn midnight(day: NaiveDate, zone: Tz) -> DateTime<Utc> {
    let naive = day.and_time(NaiveTime::MIN);
    let put_on = || (naive + TimeDelta::hours(1)).and_local_timezone(zone).earliest();
    let begins = naive.and_local_timezone(zone).earliest().or_else(put_on);
    begins.map_or_else(|| naive.and_utc(), |at| at.to_utc())
}

/// How an item stands since its last turn, as the provider is told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema, sqlx::FromRow)]
pub struct Change {
    /// The case.
    pub case_id: Uuid,
    /// The item.
    pub item_id: Uuid,
    /// What it is.
    pub item_kind: String,
    /// `grant`, or `revoke`: it was taken back or withdrawn, or the note is hidden, or the assignment has ended.
    pub action: String,
    /// When a grant ends by itself, at the latest with the assignment.
    pub expires_at: Option<DateTime<Utc>>,
    /// When it was decided.
    pub at: DateTime<Utc>,
}

/// Where a reader of changes stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Behind this decision, in the order of transactions.
    Position(Position),
    /// Behind this moment, as readers said who came before there were positions.
    Moment(DateTime<Utc>),
}

/// What was decided behind a place about items for the provider user's assignments, and where to go on.
///
/// All that can be seen is told; where to go on stays before every transaction that may still commit, so what it brings is
/// not missed. A decision beyond that place is told again.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn changes(tx: &mut Tx, after: Option<After>) -> Result<(Vec<Change>, Option<Position>), Error> {
    #[derive(sqlx::FromRow)]
    struct Row {
        #[sqlx(flatten)]
        change: Change,
        xid: String,
        seq: i64,
        is_final: bool,
    }
    let (position, moment) = match after {
        Some(After::Position(position)) => (Some(position), None),
        Some(After::Moment(moment)) => (None, Some(moment)),
        None => (None, None),
    };
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT case_id, item_id, item_kind, action, expires_at, at, xid::text AS xid, seq,
            xid < pg_snapshot_xmin(pg_current_snapshot()) AS is_final
        FROM portal_changes()
        WHERE ($1::timestamptz IS NULL OR at > $1) AND ($2::text IS NULL OR (xid, seq) > ($2::text::xid8, $3::bigint))
        ORDER BY portal_changes.xid, seq",
    )
    .bind(moment)
    .bind(position.map(|position| position.xid.to_string()))
    .bind(position.map(|position| position.id))
    .fetch_all(tx.connection())
    .await?;
    let place = |row: &Row| {
        let xid = row.xid.parse();
        let xid = xid.map_err(|_| Error::Corrupt(format!("the transaction {}", row.xid)))?;
        Ok::<_, Error>(Position { xid, id: row.seq })
    };
    let last = rows.iter().rfind(|row| row.is_final).map(place).transpose()?;
    Ok((rows.into_iter().map(|row| row.change).collect(), last.or(position)))
}
