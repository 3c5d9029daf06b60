//! What is put into a case and done with it by forms: files, match sheets, lists of them, amounts; withdrawing, showing a note,
//! the terms of a share, where the case stands.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{DefaultBodyLimit, State, rejection::BytesRejection},
    http::HeaderMap,
    response::Response,
    routing::post,
};
use chrono::{DateTime, NaiveDate, NaiveDateTime, Utc};
use maud::{Markup, html};
use serde_json::{Value, json};

use super::{
    admin::{Desk, acted},
    admin_done::{Done, ask_first},
    admin_fields::Field,
    admin_sent::Sent,
    upload::{self, AROUND},
};
use crate::domain::{
    access::Permission,
    case::{Content, FinancialItem, Item, MatchSheet, MatchSheetList, check_text},
    currency, document,
    match_sheet::{self, Section},
    sharing::Terms,
};
use crate::interfaces::http::{
    Rooms, Routes,
    agency::{does, id, refuse},
    case_items::{checked, refused},
    links::Links,
    path::Path,
    problem::{Kind, Problem},
};
use crate::store::{
    case_items::{self, NewItem},
    cases, sharing,
};
use crate::vocab::{
    AssignmentId, CaseId, CaseItemId, Fault,
    terms::{CaseStatus, FieldType, ItemKind},
};

/// The forms, for the OpenAPI document.
pub const PAGES: &[(&str, &str, &str)] = &[
    ("post", "/admin/cases/{id}/status", "Say where a case stands, by a form"),
    (
        "post",
        "/admin/cases/{id}/documents",
        "Put a file into a case, by a form",
    ),
    (
        "post",
        "/admin/cases/{id}/match-sheets",
        "Write a match sheet, by a form",
    ),
    (
        "post",
        "/admin/cases/{id}/match-sheet-lists",
        "Put match sheets together in a list, by a form",
    ),
    ("post", "/admin/cases/{id}/amounts", "Write down an amount, by a form"),
    (
        "post",
        "/admin/cases/{id}/items/{item}/withdraw",
        "Take an item back from everybody, by a form",
    ),
    (
        "post",
        "/admin/cases/{id}/items/{item}/shareable",
        "Let a note be shared, or hide it, by a form",
    ),
    (
        "post",
        "/admin/cases/{id}/shares/terms",
        "Share on terms, or take back with a reason, by a form",
    ),
];

/// The paths.
pub fn routes() -> Routes {
    let file = DefaultBodyLimit::max(document::MAX_BYTES + AROUND);
    vec![
        ("/admin/cases/{id}/status", post(set_status)),
        ("/admin/cases/{id}/documents", post(put_file).layer(file)),
        ("/admin/cases/{id}/match-sheets", post(write_sheet)),
        ("/admin/cases/{id}/match-sheet-lists", post(write_list)),
        ("/admin/cases/{id}/amounts", post(write_amount)),
        ("/admin/cases/{id}/items/{item}/withdraw", post(withdraw)),
        ("/admin/cases/{id}/items/{item}/shareable", post(set_shareable)),
        ("/admin/cases/{id}/shares/terms", post(share_on_terms)),
    ]
}

/// A moment of a field `datetime-local`, which is told and meant in UTC; empty: none.
pub fn moment_of(field: &'static str, text: &str) -> Result<Option<DateTime<Utc>>, Problem> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    let read = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M")
        .or_else(|_| NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M:%S"));
    let read = read.map_err(|_| Problem::fault(field, "invalid", "a moment like 2026-11-22T12:00"))?;
    Ok(Some(read.and_utc()))
}

/// What can be done with one item beside sharing it.
pub fn item_forms(links: &Links, desk: &Desk, case: CaseId, item: &Item, title: &str) -> Markup {
    let at = format!("/admin/cases/{case}/items/{}", item.id);
    let is_note = item.content.kind() == ItemKind::Note;
    html! {
        @if item.withdrawn_at.is_none() {
            @if is_note {
                form action=(links.path(&format!("{at}/shareable"))) method="post" {
                    (desk.hidden_word())
                    input type="hidden" name="shareable" value=(!item.offered);
                    button .quiet type="submit" aria-label={ @if item.offered { "Make internal: " } @else { "Let be shared: " } (title) } {
                        @if item.offered { "Make internal" } @else { "Let be shared" }
                    }
                }
            }
            @let form = html! {
                form action=(links.path(&format!("{at}/withdraw"))) method="post" {
                    (desk.hidden_word())
                    button .quiet type="submit" { "Withdraw " (title) }
                }
            };
            (ask_first(&html! { "Withdraw" }, "It is taken back from everybody, and nothing brings it back.", &form))
        }
    }
}

/// Where the case stands.
pub fn status_form(links: &Links, desk: &Desk, case: CaseId, status: CaseStatus) -> Markup {
    let action = links.path(&format!("/admin/cases/{case}/status"));
    let all = CaseStatus::ALL.iter();
    let all = all.map(|term| (term.code().to_owned(), super::portal::in_words(term.code())));
    let field = Field::new("status", "status", "Status").value(status.code());
    html! {
        form .row action=(action) method="post" {
            (desk.hidden_word())
            (desk.form(&action).choice(field, &all.collect::<Vec<_>>()))
            button .quiet type="submit" { "Set" }
        }
    }
}

/// The forms for what goes into a case.
pub fn new_items(links: &Links, desk: &Desk, case: CaseId, items: &[Item]) -> Markup {
    let at = |what: &str| links.path(&format!("/admin/cases/{case}/{what}"));
    let form = |what: &str| desk.form(&at(what));
    let sheets = items.iter().filter_map(|item| match &item.content {
        Content::MatchSheet(sheet) if item.withdrawn_at.is_none() => Some((item.id, sheet.title.as_str())),
        _ => None,
    });
    let sheets = sheets.collect::<Vec<_>>();
    html! {
        section aria-labelledby="put" {
            h2 #put { "Put a file into it" }
            form .stack action=(at("documents")) method="post" enctype="multipart/form-data" {
                (desk.hidden_word())
                (form("documents").line(Field::new("file", "file", "File").required().of_type("file")))
                div { button type="submit" { "Upload" } }
            }
        }
        section aria-labelledby="sheet" {
            h2 #sheet { "Write a match sheet" }
            form .stack action=(at("match-sheets")) method="post" {
                (desk.hidden_word())
                (form("match-sheets").line(Field::new("sheet-title", "title", "Title of the sheet").longest(200).required()))
                (form("match-sheets").area(
                    Field::new("sheet-fields", "fields", "Fields")
                        .help("One a line: section, label, value, with bars between: Identity | Age | 31")
                        .longest(20_000)
                        .required(),
                    4
                ))
                div { button type="submit" { "Write the sheet" } }
            }
        }
        @if !sheets.is_empty() {
            section aria-labelledby="list" {
                h2 #list { "Put match sheets together" }
                form .stack action=(at("match-sheet-lists")) method="post" {
                    (desk.hidden_word())
                    (form("match-sheet-lists").line(Field::new("list-title", "title", "Title of the list").longest(200).required()))
                    @for (id, title) in &sheets { (form("match-sheet-lists").tick("match_sheets", &id.to_string(), title)) }
                    div { button type="submit" { "Make the list" } }
                }
            }
        }
        section aria-labelledby="amount" {
            h2 #amount { "Write down an amount" }
            form .stack action=(at("amounts")) method="post" {
                (desk.hidden_word())
                (form("amounts").line(Field::new("label", "label", "What for").longest(200).required()))
                (form("amounts").line(Field::new("sum", "amount", "Amount").longest(20).required().example("1200.00").keys("decimal")))
                (form("amounts").line(Field::new("currency", "currency", "Currency").value("USD").shape("[A-Z]{3}").longest(3).required()))
                (form("amounts").line(Field::new("due", "due_on", "Due on").of_type("date")))
                div { button type="submit" { "Write down" } }
            }
        }
    }
}

/// Sharing on terms: `assignments` and `items` are keys with what they are called.
pub fn terms_form(
    links: &Links,
    desk: &Desk,
    case: CaseId,
    assignments: &[(AssignmentId, String)],
    items: &[(CaseItemId, String)],
) -> Markup {
    let action = links.path(&format!("/admin/cases/{case}/shares/terms"));
    let form = desk.form(&action);
    let named = |(id, name): (String, &String)| (id, name.clone());
    let items = items
        .iter()
        .map(|(id, title)| named((id.to_string(), title)))
        .collect::<Vec<_>>();
    let with = assignments
        .iter()
        .map(|(id, name)| named((id.to_string(), name)))
        .collect::<Vec<_>>();
    html! {
        section aria-labelledby="terms" {
            h2 #terms { "Share on terms" }
            form .stack action=(action) method="post" {
                (desk.hidden_word())
                (form.choice(Field::new("terms-item", "item", "Item to share"), &items))
                (form.choice(Field::new("terms-with", "assignment", "With"), &with))
                (form.line(
                    Field::new("terms-fields", "fields", "Only these sections and fields of a match sheet")
                        .help("With commas between: identity, health.history. Empty: all.")
                        .longest(2_000)
                ))
                (form.line(Field::new("terms-until", "expires_at", "Until (UTC)").of_type("datetime-local")))
                (form.line(Field::new("terms-reason", "reason", "Reason, for the history").longest(1_000)))
                div {
                    button type="submit" name="then" value="grant" { "Share on these terms" } " "
                    button .quiet type="submit" name="then" value="revoke" { "Take back with this reason" }
                }
            }
        }
    }
}

async fn set_status(Path(case): Path<String>, form: Sent) -> Response {
    let done = async {
        let [status] = form.fields(["status"])?;
        let case = id::<CaseId>(&case)?;
        let status = status.parse::<CaseStatus>();
        let status = status.map_err(|why| Problem::fault("status", "unknown_term", why.to_string()))?;
        form.does(async |tx| cases::set_status(tx, case, None, status).await)
            .await?;
        Ok((format!("/admin/cases/{case}"), Done::Changed))
    };
    form.acted(done.await).await
}

/// Puts an item into a case, and leads back to it.
async fn add(rooms: &Rooms, desk: &Desk, case: &str, new: &NewItem) -> Result<(String, Done), Problem> {
    let case = id::<CaseId>(case)?;
    does(rooms, &desk.actor, async |tx| case_items::add(tx, case, new).await).await?;
    Ok((format!("/admin/cases/{case}"), Done::Written))
}

async fn put_file(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    desk: Desk,
    Path(case): Path<String>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Response {
    let done = async {
        let Ok(body) = body else {
            let fault = too_long();
            refused(&rooms, &desk.actor, &case, &fault).await?;
            return Err(Problem::new(Kind::TooLarge, fault.message.clone()).with_errors(vec![fault]));
        };
        let form = upload::read(&headers, &body)?;
        desk.confirm(&form.word)?;
        match checked(form.name, &form.media_type, &form.content) {
            Ok(new) => add(&rooms, &desk, &case, &new).await,
            Err(fault) => {
                refused(&rooms, &desk.actor, &case, &fault).await?;
                Err(refuse(fault))
            }
        }
    };
    acted(&rooms, &links, &desk, &[], done.await).await
}

/// What is wrong with a file that is too long to be read.
pub fn too_long() -> Fault {
    Fault::new(
        "content",
        "length",
        format!("a file may have {} bytes", document::MAX_BYTES),
    )
}

async fn write_sheet(Path(case): Path<String>, form: Sent) -> Response {
    let done = async {
        let [title, fields] = form.fields(["title", "fields"])?;
        check_text("title", &title, 200).map_err(refuse)?;
        let sections = sections_of(&fields)?;
        match_sheet::check(&sections).map_err(refuse)?;
        let sheet = MatchSheet { title, sections };
        add(&form.rooms, &form.desk, &case, &NewItem::MatchSheet(sheet)).await
    };
    form.acted(done.await).await
}

/// The sections that lines like `Identity | Age | 31` make. A number, a day, yes and no are told by how they look.
fn sections_of(text: &str) -> Result<Vec<Section>, Problem> {
    let mut sections = Vec::<Section>::new();
    for (n, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let parts = line.splitn(3, '|').map(str::trim).collect::<Vec<_>>();
        let [title, label, value] = parts[..] else {
            let message = format!("line {}: section | label | value", n + 1);
            return Err(Problem::fault("fields", "format", message));
        };
        let key = word_of(title);
        let at = match sections.iter().position(|section| section.key == key) {
            Some(at) => at,
            None => {
                sections.push(Section {
                    key,
                    title: title.to_owned(),
                    fields: Vec::new(),
                });
                sections.len() - 1
            }
        };
        let (r#type, value) = typed(value);
        sections[at].fields.push(match_sheet::Field {
            key: word_of(label),
            label: label.to_owned(),
            r#type,
            value,
        });
    }
    Ok(sections)
}

/// `First name` as `first_name`: what shares name it by.
fn word_of(title: &str) -> String {
    let letters = title.to_lowercase();
    let letters = letters.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' });
    letters.collect::<String>().trim_matches('_').to_owned()
}

fn typed(value: &str) -> (FieldType, Value) {
    let number = value.parse::<i64>().map(Value::from);
    let number = number.or_else(|_| value.parse::<f64>().map(Value::from));
    match (number, value.to_ascii_lowercase().as_str()) {
        (Ok(number @ Value::Number(_)), _) => (FieldType::Number, number),
        (_, "yes") => (FieldType::Boolean, json!(true)),
        (_, "no") => (FieldType::Boolean, json!(false)),
        _ if value.parse::<NaiveDate>().is_ok() => (FieldType::Date, json!(value)),
        _ => (FieldType::Text, json!(value)),
    }
}

async fn write_list(Path(case): Path<String>, form: Sent) -> Response {
    let done = async {
        let ([title], [chosen]) = form.fields_and_all_of(["title"], ["match_sheets"])?;
        check_text("title", &title, 200).map_err(refuse)?;
        let match_sheets = chosen.iter().map(|key| id::<CaseItemId>(key));
        let match_sheets = match_sheets.collect::<Result<Vec<_>, _>>()?;
        if match_sheets.is_empty() {
            return Err(Problem::fault("match_sheets", "required", "choose at least one"));
        }
        let list = MatchSheetList { title, match_sheets };
        add(&form.rooms, &form.desk, &case, &NewItem::MatchSheetList(list)).await
    };
    form.acted(done.await).await
}

async fn write_amount(Path(case): Path<String>, form: Sent) -> Response {
    let done = async {
        let [label, amount, currency, due_on] = form.fields(["label", "amount", "currency", "due_on"])?;
        check_text("label", &label, 200).map_err(refuse)?;
        currency::check(&currency).map_err(refuse)?;
        let due_on = Some(due_on.trim()).filter(|day| !day.is_empty());
        let due_on = due_on.map(str::parse::<NaiveDate>).transpose();
        let amount = FinancialItem {
            label,
            amount_cents: cents(&amount).ok_or_else(|| Problem::fault("amount", "format", "a sum like 1200.00"))?,
            currency,
            due_on: due_on.map_err(|_| Problem::fault("due_on", "format", "a day like 2026-11-22"))?,
        };
        add(&form.rooms, &form.desk, &case, &NewItem::FinancialItem(amount)).await
    };
    form.acted(done.await).await
}

/// `-1,200.5` as hundredths.
fn cents(text: &str) -> Option<i64> {
    let text = text.trim().replace(',', "");
    let (sign, digits) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.as_str()),
    };
    let (whole, rest) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || rest.len() > 2 || !is_number(whole) || !is_number(rest) {
        return None;
    }
    let rest = format!("{rest:0<2}").parse::<i64>().ok()?;
    whole
        .parse::<i64>()
        .ok()?
        .checked_mul(100)?
        .checked_add(rest)
        .map(|cents| sign * cents)
}

async fn withdraw(Path((case, item)): Path<(String, String)>, form: Sent) -> Response {
    let done = async {
        let [] = form.fields([])?;
        let (case, item) = (id::<CaseId>(&case)?, id::<CaseItemId>(&item)?);
        form.does(async |tx| case_items::withdraw(tx, case, item).await).await?;
        Ok((format!("/admin/cases/{case}"), Done::Withdrawn))
    };
    form.acted(done.await).await
}

async fn set_shareable(Path((case, item)): Path<(String, String)>, form: Sent) -> Response {
    let done = async {
        let [shareable] = form.fields(["shareable"])?;
        let (case, item) = (id::<CaseId>(&case)?, id::<CaseItemId>(&item)?);
        let internal = shareable != "true";
        form.does(async |tx| case_items::set_note_internal(tx, case, item, internal).await)
            .await?;
        Ok((format!("/admin/cases/{case}"), Done::Changed))
    };
    form.acted(done.await).await
}

async fn share_on_terms(Path(case): Path<String>, form: Sent) -> Response {
    let done = async {
        let known = ["assignment", "item", "fields", "expires_at", "reason", "then"];
        let [assignment, item, fields, expires_at, reason, then] = form.fields(known)?;
        form.desk.require(Permission::SharesWrite)?;
        let (case, at) = (id::<CaseId>(&case)?, form.now());
        let (assignment, item) = (id::<AssignmentId>(&assignment)?, id::<CaseItemId>(&item)?);
        let fields = fields.split(',').map(str::trim).filter(|field| !field.is_empty());
        let fields = fields.map(str::to_owned).collect::<Vec<_>>();
        let terms = Terms {
            fields: (!fields.is_empty()).then_some(fields),
            expires_at: moment_of("expires_at", &expires_at)?,
        };
        let reason = Some(reason.trim()).filter(|reason| !reason.is_empty());
        reason
            .map_or(Ok(()), |reason| check_text("reason", reason, 1000))
            .map_err(refuse)?;
        form.does(async |tx| match then.as_str() {
            "revoke" => sharing::revoke(tx, case, assignment, item, reason, at).await,
            _ => sharing::grant(tx, case, assignment, item, &terms, reason, at).await,
        })
        .await?;
        let done = if then == "revoke" {
            Done::TakenBack
        } else {
            Done::Shared
        };
        Ok((format!("/admin/cases/{case}"), done))
    };
    form.acted(done.await).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_become_typed_fields_in_their_sections() {
        let text =
            "Identity | First name | Ann | Marie\nHealth | Smokes | no\n\nIdentity | Age | 31\nHealth|Seen|2026-11-01";
        let sections = sections_of(text).expect("sections");
        match_sheet::check(&sections).expect("a sheet");
        let told = |s: &Section| {
            s.fields
                .iter()
                .map(|f| (f.key.clone(), f.r#type, f.value.clone()))
                .collect::<Vec<_>>()
        };
        assert_eq!(
            sections.iter().map(|s| s.key.as_str()).collect::<Vec<_>>(),
            ["identity", "health"]
        );
        assert_eq!(
            told(&sections[0]),
            [
                ("first_name".to_owned(), FieldType::Text, json!("Ann | Marie")),
                ("age".to_owned(), FieldType::Number, json!(31)),
            ]
        );
        assert_eq!(told(&sections[1])[0].2, json!(false));
        assert_eq!(told(&sections[1])[1].1, FieldType::Date);
        assert!(sections_of("Identity | Age").is_err());
    }

    #[test]
    fn sums_are_read_to_the_hundredth() {
        assert_eq!(
            [cents("1,200"), cents("0.5"), cents("-12.34")],
            [Some(120_000), Some(50), Some(-1234)]
        );
        for bad in ["", ".5", "1.234", "x", "1e9", "99999999999999999999", "--1"] {
            assert_eq!(cents(bad), None, "{bad}");
        }
        assert!(matches!(moment_of("x", "2026-11-22T12:00"), Ok(Some(_))) && moment_of("x", "noon").is_err());
    }
}
