//! Shares: granted and revoked item by item, for one assignment each. The history is all there is; nothing is ever changed.

use chrono::{DateTime, Utc};
use sqlx::types::Uuid;

use super::{Error, Tx, audit, case_items, cases, term};
use crate::domain::{
    case::{Content, Item},
    case_view::Viewer,
    sharing::{Assignment, Share, Terms, grant_at, may_grant},
    sharing_lists::{Along, Decided},
    sharing_proof::ShareRecord,
};
use crate::vocab::{
    AssignmentId, CaseId, CaseItemId, Fault, ProviderUserId,
    terms::{ProviderUserKind, ProviderUserStatus},
};

#[derive(sqlx::FromRow)]
struct Row {
    seq: i64,
    assignment_id: Uuid,
    item_id: Uuid,
    item_kind: String,
    action: String,
    fields: Option<Vec<String>>,
    expires_at: Option<DateTime<Utc>>,
    at: DateTime<Utc>,
    actor: String,
    reason: Option<String>,
    list_id: Option<Uuid>,
}

impl TryFrom<Row> for ShareRecord {
    type Error = Error;

    fn try_from(row: Row) -> Result<Self, Error> {
        Ok(Self {
            share: Share {
                seq: row.seq,
                assignment_id: row.assignment_id.into(),
                item_id: row.item_id.into(),
                action: term(&row.action)?,
                fields: row.fields,
                expires_at: row.expires_at,
                at: row.at,
            },
            item_kind: term(&row.item_kind)?,
            actor: row.actor,
            reason: row.reason,
            list_id: row.list_id.map(Into::into),
        })
    }
}

/// The history of a case, or of one assignment of it, as the agency sees it.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn history(tx: &mut Tx, case: CaseId, assignment: Option<AssignmentId>) -> Result<Vec<ShareRecord>, Error> {
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, assignment_id, item_id, item_kind, action, fields, expires_at, at, actor, reason, list_id FROM share
        WHERE case_id = $1 AND ($2::uuid IS NULL OR assignment_id = $2) ORDER BY seq",
    )
    .bind(case.0)
    .bind(assignment.map(|id| id.0))
    .fetch_all(tx.connection())
    .await?;
    rows.into_iter().map(TryInto::try_into).collect()
}

/// Shares an item with an assignment, on these terms from now on. With a list of match sheets, its sheets are shared as well,
/// each by a row of its own; one that is shared by itself keeps its own terms.
///
/// # Errors
/// [`Error::NotFound`] for case, item or assignment; [`Error::Refused`] where a rule forbids it.
pub async fn grant(
    tx: &mut Tx,
    case: CaseId,
    assignment: AssignmentId,
    item: CaseItemId,
    terms: &Terms,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<ShareRecord>, Error> {
    in_turn(tx, assignment).await?;
    let assignment = cases::assignment(tx, case, assignment).await?;
    let item = kept(tx, case, item).await?;
    may_grant(&item.candidate(), &assignment, terms, now).map_err(Error::Refused)?;
    let history = history(tx, case, Some(assignment.id)).await?;
    let decided = Decided { history: &history, now };
    let mut rows = vec![insert_grant(tx, &assignment, &item, terms, None, reason).await?];
    if let Content::MatchSheetList(list) = &item.content {
        let lists = case_items::match_sheet_lists(tx, case).await?;
        for sheet in &list.match_sheets {
            let others = others(&lists, item.id, *sheet);
            let along = decided.granted(*sheet, item.id, terms.expires_at, &others);
            rows.extend(write_along(tx, &assignment, *sheet, along, item.id, (reason, now)).await?);
        }
    }
    Ok(rows)
}

/// An item that nobody withdraws or hides before this transaction ends: whoever does so then knows with whom it is shared.
async fn kept(tx: &mut Tx, case: CaseId, item: CaseItemId) -> Result<Item, Error> {
    sqlx::query("SELECT 1 FROM case_item WHERE id = $1 AND case_id = $2 FOR SHARE")
        .bind(item.0)
        .bind(case.0)
        .execute(tx.connection())
        .await?;
    case_items::get(tx, case, item).await
}

/// The lists with a sheet in them that are not withdrawn, but for one.
fn others(lists: &[Item], but: CaseItemId, sheet: CaseItemId) -> Vec<CaseItemId> {
    let has = |list: &&Item| {
        list.id != but
            && list.withdrawn_at.is_none()
            && matches!(&list.content, Content::MatchSheetList(list) if list.match_sheets.contains(&sheet))
    };
    lists.iter().filter(has).map(|list| list.id).collect()
}

/// Writes down what a list does to one of its sheets.
async fn write_along(
    tx: &mut Tx,
    assignment: &Assignment,
    sheet: CaseItemId,
    along: Option<Along>,
    list: CaseItemId,
    (reason, now): (Option<&str>, DateTime<Utc>),
) -> Result<Option<ShareRecord>, Error> {
    let Some(along) = along else { return Ok(None) };
    let sheet = case_items::get(tx, assignment.case_id, sheet).await?;
    match along {
        Along::Grant(list, expires_at) => {
            let terms = Terms {
                fields: None,
                expires_at,
            };
            let sheet = kept(tx, assignment.case_id, sheet.id).await?;
            // A sheet that cannot be shared any more stays out; the list does not show it either.
            if may_grant(&sheet.candidate(), assignment, &terms, now).is_err() {
                return Ok(None);
            }
            let row = insert_grant(tx, assignment, &sheet, &terms, Some(list), reason).await?;
            Ok(Some(row))
        }
        Along::Revoke => {
            let row = insert(tx, assignment, &sheet, "revoke", &Terms::default(), Some(list), reason).await?;
            Ok(Some(row))
        }
    }
}

/// One decision about an assignment after the other: the order of rows is the order of commits, and each sees those before.
pub(super) async fn in_turn(tx: &mut Tx, assignment: AssignmentId) -> Result<(), Error> {
    sqlx::query("SELECT pg_advisory_xact_lock(hashtextextended($1::text, 0))")
        .bind(assignment.0)
        .execute(tx.connection())
        .await?;
    Ok(())
}

async fn insert_grant(
    tx: &mut Tx,
    assignment: &Assignment,
    item: &Item,
    terms: &Terms,
    list: Option<CaseItemId>,
    reason: Option<&str>,
) -> Result<ShareRecord, Error> {
    insert(tx, assignment, item, "grant", terms, list, reason).await
}

/// Takes an item back from an assignment. With a list of match sheets, the sheets that were shared along with it are taken
/// back too, but for those that are shared by themselves or with another list. Whoever is downloading it gets no more of it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it is not shared.
pub async fn revoke(
    tx: &mut Tx,
    case: CaseId,
    assignment: AssignmentId,
    item: CaseItemId,
    reason: Option<&str>,
    now: DateTime<Utc>,
) -> Result<Vec<ShareRecord>, Error> {
    in_turn(tx, assignment).await?;
    let assignment = cases::assignment(tx, case, assignment).await?;
    let item = case_items::get(tx, case, item).await?;
    let history = history(tx, case, Some(assignment.id)).await?;
    let shares = history.iter().map(|r| r.share.clone()).collect::<Vec<_>>();
    if grant_at(&shares, &[assignment.id], item.id, now).is_none() {
        let message = "the item is not shared with this assignment";
        return Err(Error::Refused(Fault::new("item_id", "not_shared", message)));
    }
    let decided = Decided { history: &history, now };
    let mut rows = vec![insert(tx, &assignment, &item, "revoke", &Terms::default(), None, reason).await?];
    if let Content::MatchSheetList(list) = &item.content {
        let lists = case_items::match_sheet_lists(tx, case).await?;
        for sheet in &list.match_sheets {
            let along = decided.revoked(*sheet, &others(&lists, item.id, *sheet));
            rows.extend(write_along(tx, &assignment, *sheet, along, item.id, (reason, now)).await?);
        }
    }
    Ok(rows)
}

async fn insert(
    tx: &mut Tx,
    assignment: &Assignment,
    item: &Item,
    action: &str,
    terms: &Terms,
    list: Option<CaseItemId>,
    reason: Option<&str>,
) -> Result<ShareRecord, Error> {
    let (portal, external) = match assignment.channel {
        ProviderUserKind::Person => (Some(assignment.id.0), None),
        ProviderUserKind::Machine => (None, Some(assignment.id.0)),
    };
    let row: Row = sqlx::query_as(
        "INSERT INTO share (organization_id, case_id, case_provider_id, case_provider_external_id, item_id, item_kind,
            action, fields, expires_at, list_id, reason)
        VALUES (app_organization_id(), $1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
        RETURNING seq, assignment_id, item_id, item_kind, action, fields, expires_at, at, actor, reason, list_id",
    )
    .bind(assignment.case_id.0)
    .bind(portal)
    .bind(external)
    .bind(item.id.0)
    .bind(item.content.kind().code())
    .bind(action)
    .bind(&terms.fields)
    .bind(terms.expires_at)
    .bind(list.map(|id| id.0))
    .bind(reason)
    .fetch_one(tx.connection())
    .await?;
    let record = ShareRecord::try_from(row)?;
    let detail =
        serde_json::json!({ "case_id": assignment.case_id, "assignment_id": assignment.id, "seq": record.share.seq });
    let action = format!("share.{action}");
    audit::record(tx, &action, "case_item", &item.id.to_string(), &detail).await?;
    Ok(record)
}

/// What a provider user's visibility hangs on, as the agency sees it: for the preview.
///
/// # Errors
/// [`Error::NotFound`] for a user who is not the agency's.
pub async fn viewer(tx: &mut Tx, user: ProviderUserId, case: CaseId) -> Result<Viewer, Error> {
    let user = super::provider_users::get(tx, user).await?;
    let provider = super::agency_providers::get(tx, user.provider_id).await?;
    let assignments = cases::assignments(tx, cases::Of::Provider(user.provider_id)).await?;
    let history = history(tx, case, None).await?;
    let open: Option<bool> = sqlx::query_scalar("SELECT agency_is_open(app_organization_id())")
        .fetch_one(tx.connection())
        .await?;
    Ok(Viewer {
        kind: user.kind,
        provider: provider.is_active && open.unwrap_or_default(),
        user: user.status == ProviderUserStatus::Active,
        assignments,
        shares: history.into_iter().map(|record| record.share).collect(),
    })
}
