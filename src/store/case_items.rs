//! The items of a case: put there, withdrawn, read as a whole file by whoever may.
//!
//! The same statements serve the agency and outside providers: what each gets to see is row-level security's business.

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::Value;
use sha2::{Digest, Sha256};
use sqlx::types::Uuid;

use super::{Error, Tx, agency_providers, audit, cases, connection::hex, term};
use crate::domain::{
    case::{CaseFile, Content, Document, FinancialItem, Item, MatchSheet, MatchSheetList, Note},
    match_sheet::{Field, Section},
};
use crate::vocab::{CaseId, CaseItemId, Fault, terms::ItemKind};

/// The case with everything in it that the actor may see.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn file(tx: &mut Tx, id: CaseId) -> Result<CaseFile, Error> {
    let case = cases::get(tx, id).await?;
    let mut items = list(tx, id).await?;
    items.sort_by_key(|item| (item.created_at, item.id));
    Ok(CaseFile {
        case,
        items,
        provider_notes: agency_providers::notes(tx, None, Some(id)).await?,
    })
}

/// One item of a case.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn get(tx: &mut Tx, case: CaseId, id: CaseItemId) -> Result<Item, Error> {
    let mut items = list(tx, case).await?;
    items.retain(|item| item.id == id);
    items.pop().ok_or(Error::NotFound)
}

/// What every item has, ahead of what it says.
type Head = (Uuid, bool, DateTime<Utc>, Option<DateTime<Utc>>);

fn item((id, offered, created_at, withdrawn_at): Head, content: Content) -> Item {
    Item {
        id: id.into(),
        offered,
        created_at,
        withdrawn_at,
        content,
    }
}

async fn list(tx: &mut Tx, case: CaseId) -> Result<Vec<Item>, Error> {
    let mut items = documents(tx, case).await?;
    items.extend(match_sheets(tx, case).await?);
    items.extend(match_sheet_lists(tx, case).await?);
    items.extend(notes(tx, case).await?);
    items.extend(financial_items(tx, case).await?);
    Ok(items)
}

async fn documents(tx: &mut Tx, case: CaseId) -> Result<Vec<Item>, Error> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        offered: bool,
        created_at: DateTime<Utc>,
        withdrawn_at: Option<DateTime<Utc>>,
        name: String,
        media_type: String,
        size_bytes: i64,
        sha256: Vec<u8>,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT i.id, i.offered, i.created_at, i.withdrawn_at, d.name, d.media_type, d.size_bytes, d.sha256
        FROM case_item i JOIN case_document d ON d.id = i.id WHERE i.case_id = $1",
    )
    .bind(case.0)
    .fetch_all(tx.connection())
    .await?;
    let read = |row: Row| {
        let content = Content::Document(Document {
            name: row.name,
            media_type: row.media_type,
            size_bytes: row.size_bytes,
            sha256: hex(&row.sha256),
        });
        item((row.id, row.offered, row.created_at, row.withdrawn_at), content)
    };
    Ok(rows.into_iter().map(read).collect())
}

async fn match_sheets(tx: &mut Tx, case: CaseId) -> Result<Vec<Item>, Error> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        offered: bool,
        created_at: DateTime<Utc>,
        withdrawn_at: Option<DateTime<Utc>>,
        title: String,
        fields: Value,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT i.id, i.offered, i.created_at, i.withdrawn_at, m.title, coalesce((
            SELECT jsonb_agg(jsonb_build_array(f.section, f.section_title, f.key, f.label, f.type, f.value) ORDER BY f.position)
            FROM match_sheet_field f WHERE f.match_sheet_id = m.id), '[]') AS fields
        FROM case_item i JOIN match_sheet m ON m.id = i.id WHERE i.case_id = $1",
    )
    .bind(case.0)
    .fetch_all(tx.connection())
    .await?;
    let read = |row: Row| {
        let content = Content::MatchSheet(MatchSheet {
            title: row.title,
            sections: sections(row.fields)?,
        });
        Ok(item((row.id, row.offered, row.created_at, row.withdrawn_at), content))
    };
    rows.into_iter().map(read).collect()
}

/// Fields in their order, put together by section.
fn sections(fields: Value) -> Result<Vec<Section>, Error> {
    type Row = (String, String, String, String, String, Value);
    let rows: Vec<Row> = serde_json::from_value(fields).map_err(|e| Error::Corrupt(e.to_string()))?;
    let mut sections: Vec<Section> = Vec::new();
    for (section, title, key, label, kind, value) in rows {
        let field = Field {
            key,
            label,
            r#type: term(&kind)?,
            value,
        };
        match sections.last_mut().filter(|last| last.key == section) {
            Some(last) => last.fields.push(field),
            None => sections.push(Section {
                key: section,
                title,
                fields: vec![field],
            }),
        }
    }
    Ok(sections)
}

/// The lists of match sheets of a case.
///
/// # Errors
/// [`Error::Unavailable`].
pub(super) async fn match_sheet_lists(tx: &mut Tx, case: CaseId) -> Result<Vec<Item>, Error> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        offered: bool,
        created_at: DateTime<Utc>,
        withdrawn_at: Option<DateTime<Utc>>,
        title: String,
        entries: Vec<Uuid>,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT i.id, i.offered, i.created_at, i.withdrawn_at, l.title, ARRAY(
            SELECT e.match_sheet_id FROM match_sheet_list_entry e WHERE e.match_sheet_list_id = l.id ORDER BY e.position)
            AS entries
        FROM case_item i JOIN match_sheet_list l ON l.id = i.id WHERE i.case_id = $1",
    )
    .bind(case.0)
    .fetch_all(tx.connection())
    .await?;
    let read = |row: Row| {
        let content = Content::MatchSheetList(MatchSheetList {
            title: row.title,
            match_sheets: row.entries.into_iter().map(Into::into).collect(),
        });
        item((row.id, row.offered, row.created_at, row.withdrawn_at), content)
    };
    Ok(rows.into_iter().map(read).collect())
}

async fn notes(tx: &mut Tx, case: CaseId) -> Result<Vec<Item>, Error> {
    type Row = (Uuid, bool, DateTime<Utc>, Option<DateTime<Utc>>, String);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT i.id, i.offered, i.created_at, i.withdrawn_at, n.text
        FROM case_item i JOIN case_note n ON n.id = i.id WHERE i.case_id = $1",
    )
    .bind(case.0)
    .fetch_all(tx.connection())
    .await?;
    let read =
        |(id, offered, created, withdrawn, text)| item((id, offered, created, withdrawn), Content::Note(Note { text }));
    Ok(rows.into_iter().map(read).collect())
}

async fn financial_items(tx: &mut Tx, case: CaseId) -> Result<Vec<Item>, Error> {
    #[derive(sqlx::FromRow)]
    struct Row {
        id: Uuid,
        offered: bool,
        created_at: DateTime<Utc>,
        withdrawn_at: Option<DateTime<Utc>>,
        label: String,
        amount_cents: i64,
        currency: String,
        due_on: Option<NaiveDate>,
    }
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT i.id, i.offered, i.created_at, i.withdrawn_at, f.label, f.amount_cents, f.currency, f.due_on
        FROM case_item i JOIN financial_item f ON f.id = i.id WHERE i.case_id = $1",
    )
    .bind(case.0)
    .fetch_all(tx.connection())
    .await?;
    let read = |row: Row| {
        let content = Content::FinancialItem(FinancialItem {
            label: row.label,
            amount_cents: row.amount_cents,
            currency: row.currency,
            due_on: row.due_on,
        });
        item((row.id, row.offered, row.created_at, row.withdrawn_at), content)
    };
    Ok(rows.into_iter().map(read).collect())
}

/// An item to be put into a case. A file brings its bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NewItem {
    /// A file: its name, its type, its bytes, all checked.
    Document {
        /// Without a path.
        name: String,
        /// As declared and found.
        media_type: &'static str,
        /// All of it.
        content: Vec<u8>,
    },
    /// A match sheet, checked.
    MatchSheet(MatchSheet),
    /// Match sheets of the same case.
    MatchSheetList(MatchSheetList),
    /// A note; internal, or one that may be shared.
    Note {
        /// Plain text.
        note: Note,
        /// Shared with nobody.
        internal: bool,
    },
    /// An amount.
    FinancialItem(FinancialItem),
}

impl NewItem {
    fn kind(&self) -> ItemKind {
        match self {
            Self::Document { .. } => ItemKind::Document,
            Self::MatchSheet(_) => ItemKind::MatchSheet,
            Self::MatchSheetList(_) => ItemKind::MatchSheetList,
            Self::Note { .. } => ItemKind::Note,
            Self::FinancialItem(_) => ItemKind::FinancialItem,
        }
    }
}

/// Puts an item into a case. Nobody outside of the agency sees it.
///
/// # Errors
/// [`Error::NotFound`] for the case; [`Error::Refused`] where a list names what is no match sheet of the case.
pub async fn add(tx: &mut Tx, case: CaseId, new: &NewItem) -> Result<Item, Error> {
    cases::get(tx, case).await?;
    let offered = !matches!(new, NewItem::Note { internal: true, .. });
    let id: Uuid = sqlx::query_scalar(
        "INSERT INTO case_item (organization_id, case_id, kind, offered) VALUES (app_organization_id(), $1, $2, $3)
        RETURNING id",
    )
    .bind(case.0)
    .bind(new.kind().code())
    .bind(offered)
    .fetch_one(tx.connection())
    .await?;
    match new {
        NewItem::Document {
            name,
            media_type,
            content,
        } => add_document(tx, id, name, media_type, content).await?,
        NewItem::MatchSheet(sheet) => add_match_sheet(tx, id, sheet).await?,
        NewItem::MatchSheetList(list) => add_match_sheet_list(tx, case, id, list).await?,
        NewItem::Note { note, .. } => {
            sqlx::query("INSERT INTO case_note (id, organization_id, text) VALUES ($1, app_organization_id(), $2)")
                .bind(id)
                .bind(&note.text)
                .execute(tx.connection())
                .await?;
        }
        NewItem::FinancialItem(amount) => {
            sqlx::query(
                "INSERT INTO financial_item (id, organization_id, label, amount_cents, currency, due_on)
                VALUES ($1, app_organization_id(), $2, $3, $4, $5)",
            )
            .bind(id)
            .bind(&amount.label)
            .bind(amount.amount_cents)
            .bind(&amount.currency)
            .bind(amount.due_on)
            .execute(tx.connection())
            .await?;
        }
    }
    let detail = serde_json::json!({ "case_id": case, "kind": new.kind() });
    audit::record(tx, "case_item.add", "case_item", &id.to_string(), &detail).await?;
    get(tx, case, id.into()).await
}

async fn add_document(tx: &mut Tx, id: Uuid, name: &str, media_type: &str, content: &[u8]) -> Result<(), Error> {
    sqlx::query(
        "INSERT INTO case_document (id, organization_id, name, media_type, size_bytes, sha256, content)
        VALUES ($1, app_organization_id(), $2, $3, $4, $5, $6)",
    )
    .bind(id)
    .bind(name)
    .bind(media_type)
    .bind(i64::try_from(content.len()).unwrap_or(i64::MAX))
    .bind(Sha256::digest(content).to_vec())
    .bind(content)
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn add_match_sheet(tx: &mut Tx, id: Uuid, sheet: &MatchSheet) -> Result<(), Error> {
    sqlx::query("INSERT INTO match_sheet (id, organization_id, title) VALUES ($1, app_organization_id(), $2)")
        .bind(id)
        .bind(&sheet.title)
        .execute(tx.connection())
        .await?;
    let rows = sheet.sections.iter().flat_map(|section| {
        let row = |field: &Field| {
            serde_json::json!({
                "section": section.key, "section_title": section.title, "key": field.key, "label": field.label,
                "type": field.r#type, "value": field.value,
            })
        };
        section.fields.iter().map(row).collect::<Vec<_>>()
    });
    let rows = rows.collect::<Vec<_>>();
    sqlx::query(
        "INSERT INTO match_sheet_field
            (match_sheet_id, organization_id, position, section, section_title, key, label, type, value)
        SELECT $1, app_organization_id(), n, f ->> 'section', f ->> 'section_title', f ->> 'key', f ->> 'label',
            f ->> 'type', f -> 'value'
        FROM jsonb_array_elements($2) WITH ORDINALITY AS rows (f, n)",
    )
    .bind(id)
    .bind(Value::Array(rows))
    .execute(tx.connection())
    .await?;
    Ok(())
}

async fn add_match_sheet_list(tx: &mut Tx, case: CaseId, id: Uuid, list: &MatchSheetList) -> Result<(), Error> {
    sqlx::query("INSERT INTO match_sheet_list (id, organization_id, title) VALUES ($1, app_organization_id(), $2)")
        .bind(id)
        .bind(&list.title)
        .execute(tx.connection())
        .await?;
    let sheets = list.match_sheets.iter().map(|id| id.0).collect::<Vec<_>>();
    let added = sqlx::query(
        "INSERT INTO match_sheet_list_entry (match_sheet_list_id, match_sheet_id, organization_id, position)
        SELECT $1, i.id, app_organization_id(), n
        FROM unnest($3::uuid[]) WITH ORDINALITY AS given (id, n)
        JOIN case_item i ON i.id = given.id AND i.case_id = $2 AND i.kind = 'match_sheet'
        ON CONFLICT DO NOTHING",
    )
    .bind(id)
    .bind(case.0)
    .bind(&sheets)
    .execute(tx.connection())
    .await?;
    if added.rows_affected() != sheets.len() as u64 {
        let message = "each once, and all of them match sheets of this case";
        return Err(Error::Refused(Fault::new(
            "match_sheets",
            "unknown_match_sheet",
            message,
        )));
    }
    Ok(())
}

/// Takes an item back from everybody for good. The agency keeps it.
///
/// # Errors
/// [`Error::NotFound`]; [`Error::Refused`] where it has been withdrawn already.
pub async fn withdraw(tx: &mut Tx, case: CaseId, id: CaseItemId) -> Result<Item, Error> {
    let done = sqlx::query(
        "UPDATE case_item SET withdrawn_at = app_now() WHERE id = $1 AND case_id = $2 AND withdrawn_at IS NULL",
    )
    .bind(id.0)
    .bind(case.0)
    .execute(tx.connection())
    .await?;
    let item = get(tx, case, id).await?;
    if done.rows_affected() == 0 {
        return Err(Error::Refused(Fault::new(
            "item",
            "withdrawn",
            "the item has been withdrawn already",
        )));
    }
    let detail = serde_json::json!({ "case_id": case });
    audit::record(tx, "case_item.withdraw", "case_item", &id.to_string(), &detail).await?;
    Ok(item)
}

/// Makes a note internal, which hides it from everybody at once, or lets its shares count.
///
/// # Errors
/// [`Error::NotFound`].
pub async fn set_note_internal(tx: &mut Tx, case: CaseId, id: CaseItemId, internal: bool) -> Result<Item, Error> {
    sqlx::query("UPDATE case_item SET offered = NOT $3 WHERE id = $1 AND case_id = $2 AND kind = 'note'")
        .bind(id.0)
        .bind(case.0)
        .bind(internal)
        .execute(tx.connection())
        .await?;
    let item = get(tx, case, id).await?;
    if item.content.kind() != ItemKind::Note {
        return Err(Error::NotFound);
    }
    let detail = serde_json::json!({ "case_id": case, "internal": internal });
    audit::record(tx, "case_note.internal", "case_item", &id.to_string(), &detail).await?;
    Ok(item)
}

/// A piece of a file's bytes, as long as the actor may see the file; none: not, or no longer.
///
/// # Errors
/// [`Error::Unavailable`].
pub async fn content_piece(tx: &mut Tx, id: CaseItemId, from: i32, length: i32) -> Result<Option<Vec<u8>>, Error> {
    Ok(
        sqlx::query_scalar("SELECT substring(d.content FROM $2 + 1 FOR $3) FROM case_document d WHERE d.id = $1")
            .bind(id.0)
            .bind(from)
            .bind(length)
            .fetch_optional(tx.connection())
            .await?,
    )
}
