//! The proof of sharing, from the tables that only ever grow.

use chrono::{DateTime, Utc};
use sqlx::types::Uuid;

use super::{Error, Tx, agency_providers, case_items, cases, provider_users, sharing, term};
use crate::domain::{
    case::{Content, Item, ProviderNote},
    sharing_proof::{History, Period, Proof, ProofItem, ProofNote, ProofUser, Sight, Standing, Subject},
};
use crate::vocab::{CaseId, CaseItemId, ProviderId, ProviderUserId, terms::ProviderUserKind};

/// Everything that ever decided what a provider sees of a case.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn history(tx: &mut Tx, case: CaseId, provider: ProviderId) -> Result<History, Error> {
    let users = provider_users::list(tx, Some(provider)).await?;
    let kind_of = |id: Uuid| users.iter().find(|u| u.id.0 == id).map(|u| u.kind);
    type Row = (
        i64,
        String,
        Uuid,
        bool,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
        DateTime<Utc>,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT seq, entity, entity_id, holds, starts_at, ends_at, at FROM standing_history
        WHERE (entity IN ('agency_provider', 'provider_user') AND provider_id = $2)
            OR (entity IN ('case_provider', 'case_provider_external', 'provider_note') AND provider_id = $2 AND case_id = $1)
            OR (entity = 'case_item' AND case_id = $1)
            OR (entity = 'organization' AND entity_id = app_organization_id())
        ORDER BY seq",
    )
    .bind(case.0)
    .bind(provider.0)
    .fetch_all(tx.connection())
    .await?;
    let mut standings = Vec::new();
    for (seq, entity, id, holds, starts_at, ends_at, at) in rows {
        let subject = match entity.as_str() {
            "organization" => Subject::Agency,
            "agency_provider" => Subject::Provider,
            "provider_user" => match kind_of(id) {
                Some(kind) => Subject::User(id.into(), kind),
                None => continue,
            },
            "case_provider" => Subject::Assignment(id.into(), ProviderUserKind::Person),
            "case_provider_external" => Subject::Assignment(id.into(), ProviderUserKind::Machine),
            "case_item" => Subject::Item(id.into()),
            "provider_note" => Subject::Note(id),
            other => return Err(Error::Corrupt(format!("standing of {other}"))),
        };
        standings.push(Standing {
            seq,
            subject,
            holds,
            starts_at,
            ends_at,
            at,
        });
    }
    let mut shares = sharing::history(tx, case, None).await?;
    let assigned = |id| {
        let mut subjects = standings.iter().map(|s| s.subject);
        subjects.any(|s| matches!(s, Subject::Assignment(of, _) if of == id))
    };
    shares.retain(|record| assigned(record.share.assignment_id));
    Ok(History {
        shares: shares.into_iter().map(|record| record.share).collect(),
        standings,
    })
}

/// The report: everything that a provider could ever see of a case up to a moment, and what it did see.
///
/// # Errors
/// [`Error::NotFound`] for the case.
pub async fn report(tx: &mut Tx, case: CaseId, provider: ProviderId, as_of: DateTime<Utc>) -> Result<Proof, Error> {
    cases::get(tx, case).await?;
    let history = history(tx, case, provider).await?;
    let users = provider_users::list(tx, Some(provider)).await?;
    let each_user = |periods: &dyn Fn(ProviderUserId, ProviderUserKind) -> Vec<Period>| {
        users.iter().flat_map(|u| periods(u.id, u.kind)).collect::<Vec<_>>()
    };
    let sights = sights(tx, case, provider, as_of).await?;
    let seen = |what: Seen| {
        let of = sights.iter().filter(|(seen, _)| *seen == what);
        of.map(|(_, sight)| sight.clone()).collect::<Vec<_>>()
    };
    let records = sharing::history(tx, case, None).await?;
    let mut items = Vec::new();
    for id in history.granted_items() {
        let item = case_items::get(tx, case, id).await?;
        let mut shares = records.clone();
        shares.retain(|r| r.share.item_id == id && r.share.at <= as_of && history.shares.contains(&r.share));
        items.push(ProofItem {
            id,
            kind: item.content.kind(),
            title: title(&item),
            could_see: each_user(&|user, kind| history.item_periods(user, kind, id, as_of)),
            did_see: seen(Seen::Item(id)),
            shares,
        });
    }
    let notes = history.standings.iter().filter_map(|s| match s.subject {
        Subject::Note(id) if s.holds => Some(id),
        _ => None,
    });
    let notes = notes.collect::<std::collections::BTreeSet<_>>();
    let texts = agency_providers::notes(tx, Some(provider), Some(case)).await?;
    let note = |id| ProofNote {
        id,
        title: texts
            .iter()
            .find(|note| note.id.0 == id)
            .map(beginning)
            .unwrap_or_default(),
        could_see: each_user(&|user, kind| history.note_periods(user, kind, id, as_of)),
        did_see: seen(Seen::Note(id)),
    };
    Ok(Proof {
        case_id: case,
        provider_id: provider,
        as_of,
        case: each_user(&|user, kind| history.case_periods(user, kind, as_of)),
        case_seen: seen(Seen::Case),
        items,
        provider_notes: notes.into_iter().map(note).collect(),
        users: users
            .into_iter()
            .map(|u| ProofUser {
                id: u.id,
                kind: u.kind,
                name: u.name,
            })
            .collect(),
    })
}

fn beginning(note: &ProviderNote) -> String {
    note.text.chars().take(80).collect()
}

/// What of a case was seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Seen {
    Case,
    Item(CaseItemId),
    Note(Uuid),
}

/// What people recognise an item by.
fn title(item: &Item) -> String {
    match &item.content {
        Content::Document(document) => document.name.clone(),
        Content::MatchSheet(sheet) => sheet.title.clone(),
        Content::MatchSheetList(list) => list.title.clone(),
        Content::Note(note) => note.text.chars().take(80).collect(),
        Content::FinancialItem(amount) => amount.label.clone(),
    }
}

/// What people and machines of a provider saw of a case, in order.
async fn sights(
    tx: &mut Tx,
    case: CaseId,
    provider: ProviderId,
    until: DateTime<Utc>,
) -> Result<Vec<(Seen, Sight)>, Error> {
    type Row = (
        Option<Uuid>,
        Option<Uuid>,
        Uuid,
        String,
        DateTime<Utc>,
        Option<Vec<String>>,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT s.item_id, s.note_id, s.provider_user_id, s.how, s.at, s.fields
        FROM share_sight s JOIN provider_user u ON u.id = s.provider_user_id
        WHERE s.case_id = $1 AND u.provider_id = $2 AND s.at <= $3 ORDER BY s.seq",
    )
    .bind(case.0)
    .bind(provider.0)
    .bind(until)
    .fetch_all(tx.connection())
    .await?;
    let sight = |(item, note, user, how, at, fields): Row| {
        let sight = Sight {
            provider_user_id: user.into(),
            how: term(&how)?,
            at,
            fields,
        };
        let what = match (item, note) {
            (Some(item), _) => Seen::Item(item.into()),
            (None, Some(note)) => Seen::Note(note),
            (None, None) => Seen::Case,
        };
        Ok((what, sight))
    };
    rows.into_iter().map(sight).collect()
}
