//! The agency's cases as pages: who works on one, what is in it, and who sees what of it; the preview and the proof.

use std::sync::Arc;

use axum::{
    extract::State,
    response::Response,
    routing::{get, post},
};
use maud::{Markup, html};

use super::{
    admin::{Desk, shown},
    admin_case_forms::{item_forms, moment_of, new_items, status_form, terms_form},
    admin_done::{Done, ask_first},
    admin_fields::{Field, options},
    admin_network::{WAYS_IN, type_name},
    admin_proof,
    admin_sent::Sent,
    portal::{code_of, in_words, moment, whole_case},
};
use crate::domain::{
    access::Permission,
    case::{Case, CaseFile, Content, Item, Note, check_text},
    case_view::view,
    sharing::{Assignment, Share, Terms, grant_at},
};
use crate::interfaces::http::{
    Rooms, Routes,
    agency::{does, id, now, refuse},
    downloads::hidden,
    links::Links,
    path::Path,
    problem::Problem,
};
use crate::store::{
    agency_providers::{self, AgencyProvider},
    case_items::{self, NewItem},
    cases::{self, NewAssignment, Of},
    provider_users::{self, ProviderUser},
    sharing,
};
use crate::vocab::{
    AssignmentId, CaseId, CaseItemId, ProviderId, ProviderUserId,
    terms::{ProviderUserKind, ProviderUserStatus},
};

/// The pages, for the OpenAPI document.
pub const PAGES: &[(&str, &str, &str)] = &[
    ("get", "/admin/cases", "The agency's cases"),
    ("post", "/admin/cases", "Open a case, by a form"),
    ("get", "/admin/cases/{id}", "A case: who works on it, who sees what"),
    ("post", "/admin/cases/{id}/providers", "Assign a provider, by a form"),
    (
        "post",
        "/admin/cases/{id}/providers/{assignment}/end",
        "End an assignment, by a form",
    ),
    ("post", "/admin/cases/{id}/notes", "Write a note, by a form"),
    (
        "post",
        "/admin/cases/{id}/shares",
        "Share an item or take it back, by a form",
    ),
    (
        "get",
        "/admin/cases/{id}/view-as/{provider_user}",
        "The case as a provider user sees it",
    ),
    (
        "get",
        "/admin/cases/{id}/proof/{provider}",
        "Who could see what, and when",
    ),
];

/// The pages.
pub fn routes() -> Routes {
    vec![
        ("/admin/cases", get(list).post(open)),
        ("/admin/cases/{id}", get(case)),
        ("/admin/cases/{id}/providers", post(assign)),
        ("/admin/cases/{id}/providers/{assignment}/end", post(end)),
        ("/admin/cases/{id}/notes", post(add_note)),
        ("/admin/cases/{id}/shares", post(share)),
        ("/admin/cases/{id}/view-as/{provider_user}", get(view_as)),
        ("/admin/cases/{id}/proof/{provider}", get(admin_proof::page)),
    ]
}

async fn list(State(rooms): State<Arc<Rooms>>, links: Links, desk: Desk) -> Response {
    shown(&links, &desk, "Cases", list_content(&rooms, &links, &desk).await)
}

/// All that the list of cases shows.
pub async fn list_content(rooms: &Rooms, links: &Links, desk: &Desk) -> Result<Markup, Problem> {
    let read = does(rooms, &desk.actor, async |tx| cases::list(tx, None, None, 1000).await).await;
    read.map(|(cases, _)| {
        html! {
            h1 { "Cases" }
            @if cases.is_empty() { p { "No case yet." } }
            ul .plain { @for case in &cases { (case_line(links, case)) } }
            section aria-labelledby="open" {
                h2 #open { "Open a case" }
                @let action = links.path("/admin/cases");
                @let form = desk.form(&action);
                form .stack action=(action) method="post" {
                    (desk.hidden_word())
                    (form.line(
                        Field::new("reference", "reference", "Reference")
                            .help("Shown to outside providers: no names in it.")
                            .longest(64)
                            .required()
                    ))
                    (form.line(
                        Field::new("kind", "kind", "Kind")
                            .value("surrogacy")
                            .help("In your own words, such as egg donation: letters, digits and spaces.")
                            .longest(63)
                            .required()
                    ))
                    div { button type="submit" { "Open" } }
                }
            }
        }
    })
}

fn case_line(links: &Links, case: &Case) -> Markup {
    html! {
        li .card {
            h2 { a href=(links.path(&format!("/admin/cases/{}", case.id))) { (case.reference) } }
            p { (in_words(&case.kind)) " " span .badge { (in_words(case.status.code())) } }
        }
    }
}

async fn open(form: Sent) -> Response {
    let done = async {
        let [reference, kind] = form.fields(["reference", "kind"])?;
        let made = form.does(async |tx| cases::create(tx, reference.trim(), &code_of(&kind)).await);
        let case = made.await?;
        Ok((format!("/admin/cases/{}", case.id), Done::Opened))
    };
    form.acted(done.await).await
}

/// Everything that the page of a case shows.
struct Sheet {
    file: CaseFile,
    assignments: Vec<Assignment>,
    shares: Vec<Share>,
    network: Vec<AgencyProvider>,
    users: Vec<ProviderUser>,
}

async fn case(State(rooms): State<Arc<Rooms>>, links: Links, desk: Desk, Path(case): Path<String>) -> Response {
    shown(&links, &desk, "Case", case_content(&rooms, &links, &desk, &case).await)
}

/// All that a case's page shows.
pub async fn case_content(rooms: &Rooms, links: &Links, desk: &Desk, case: &str) -> Result<Markup, Problem> {
    let at = now(rooms);
    let case = id::<CaseId>(case)?;
    let read = does(rooms, &desk.actor, async |tx| {
        Ok(Sheet {
            file: case_items::file(tx, case).await?,
            assignments: cases::assignments(tx, Of::Case(case)).await?,
            shares: sharing::history(tx, case, None)
                .await?
                .into_iter()
                .map(|r| r.share)
                .collect(),
            network: agency_providers::list(tx, None).await?,
            users: provider_users::list(tx, None).await?,
        })
    });
    let (sheet, _) = read.await?;
    let open = sheet
        .assignments
        .iter()
        .filter(|a| a.ends_at.is_none_or(|end| end > at));
    let open = open.collect::<Vec<_>>();
    Ok(html! {
        p { a href=(links.path("/admin/cases")) { "Cases" } }
        h1 { "Case " (sheet.file.case.reference) }
        p { (in_words(&sheet.file.case.kind)) " " span .badge { (in_words(sheet.file.case.status.code())) } }
        (status_form(links, desk, case, sheet.file.case.status))
        (assigned(links, desk, &sheet, &open))
        (items(links, desk, &sheet, &open, at))
        (on_terms(links, desk, &sheet, &open))
        (note_form(links, desk, case))
        (new_items(links, desk, case, &sheet.file.items))
    })
}

fn name_of(sheet: &Sheet, provider: ProviderId) -> &str {
    let found = sheet.network.iter().find(|p| p.provider_id == provider.0);
    found.map_or("", |p| p.name.as_str())
}

fn assigned(links: &Links, desk: &Desk, sheet: &Sheet, open: &[&Assignment]) -> Markup {
    let case = sheet.file.case.id;
    let providers = sheet.network.iter().filter(|p| p.is_active);
    let providers = providers.map(|p| {
        (
            p.provider_id.to_string(),
            format!("{}, {}", p.name, type_name(&p.r#type)),
        )
    });
    let providers = providers.collect::<Vec<_>>();
    html! {
        section aria-labelledby="assigned" {
            h2 #assigned { "Who works on it" }
            @if open.is_empty() { p { "Nobody." } }
            @for assignment in open {
                @let name = name_of(sheet, assignment.provider_id);
                div .box {
                    h3 { (name) " " span .badge { (in_words(&assignment.role)) ", " (channel(assignment)) } }
                    p .muted { "Since " (moment(assignment.starts_at)) @if let Some(end) = assignment.ends_at { " until " (moment(end)) } }
                    p {
                        a href=(links.path(&format!("/admin/cases/{case}/proof/{}", assignment.provider_id))) { "Sharing proof for " (name) }
                    }
                    ul {
                        @for user in sheet.users.iter().filter(|u| u.provider_id == assignment.provider_id && u.kind == assignment.channel) {
                            li { a href=(links.path(&format!("/admin/cases/{case}/view-as/{}", user.id))) { "View as " (user.name) } }
                        }
                    }
                    @let form = html! {
                        form .inline action=(links.path(&format!("/admin/cases/{case}/providers/{}/end", assignment.id))) method="post" {
                            (desk.hidden_word())
                            button .quiet type="submit" { "End the assignment of " (name) }
                        }
                    };
                    (ask_first(&html! { "End the assignment of " (name) }, "They see nothing of the case from then on.", &form))
                }
            }
            h3 { "Assign a provider" }
            @let action = links.path(&format!("/admin/cases/{case}/providers"));
            @let form = desk.form(&action);
            form .stack action=(action) method="post" {
                (desk.hidden_word())
                (form.choice(Field::new("provider", "provider", "Provider"), &providers))
                (form.line(
                    Field::new("role", "role", "As what")
                        .value("advisor")
                        .help("In your own words, such as IVF clinic or attorney: letters, digits and spaces. They see it.")
                        .longest(63)
                        .required()
                ))
                (form.choice(Field::new("channel", "channel", "Sees it through"), &options(WAYS_IN)))
                (form.line(Field::new("starts", "starts_at", "From (UTC)").of_type("datetime-local")))
                (form.line(Field::new("ends", "ends_at", "Until (UTC)").of_type("datetime-local")))
                div { button type="submit" { "Assign" } }
            }
        }
    }
}

/// Who works on the case, as what and through what: one provider may do so in several ways.
fn called(sheet: &Sheet, assignment: &Assignment) -> String {
    let role = in_words(&assignment.role);
    format!(
        "{}, {role}, {}",
        name_of(sheet, assignment.provider_id),
        channel(assignment)
    )
}

fn channel(assignment: &Assignment) -> &'static str {
    match assignment.channel {
        ProviderUserKind::Person => "portal",
        ProviderUserKind::Machine => "external API",
    }
}

fn title(item: &Item) -> String {
    match &item.content {
        Content::Document(document) => document.name.clone(),
        Content::MatchSheet(sheet) => sheet.title.clone(),
        Content::MatchSheetList(list) => list.title.clone(),
        Content::Note(note) => note.text.chars().take(120).collect(),
        Content::FinancialItem(amount) => amount.label.clone(),
    }
}

/// One row an item, one column an assignment: shared or not, and the button for the other.
fn items(links: &Links, desk: &Desk, sheet: &Sheet, open: &[&Assignment], at: chrono::DateTime<chrono::Utc>) -> Markup {
    let action = links.path(&format!("/admin/cases/{}/shares", sheet.file.case.id));
    html! {
        section aria-labelledby="items" {
            h2 #items { "What is in it, and who sees it" }
            @if sheet.file.items.is_empty() { p { "Nothing yet." } } @else {
                div .scroll tabindex="0" role="group" aria-labelledby="items" {
                    table {
                        thead { tr {
                            th scope="col" { "Item" } th scope="col" { "Kind" }
                            @for assignment in open { th scope="col" { (called(sheet, assignment)) } }
                        } }
                        tbody { @for item in &sheet.file.items {
                            tr {
                                th scope="row" { (title(item)) (item_forms(links, desk, sheet.file.case.id, item, &title(item))) }
                                td {
                                    (in_words(item.content.kind().code()))
                                    @if item.withdrawn_at.is_some() { ", withdrawn" } @else if !item.offered { ", internal" }
                                }
                                @for assignment in open {
                                    td { (share_cell(&action, desk, sheet, item, assignment, at)) }
                                }
                            }
                        } }
                    }
                }
            }
        }
    }
}

fn share_cell(
    action: &str,
    desk: &Desk,
    sheet: &Sheet,
    item: &Item,
    assignment: &Assignment,
    at: chrono::DateTime<chrono::Utc>,
) -> Markup {
    let shared = grant_at(&sheet.shares, &[assignment.id], item.id, at).is_some();
    let may = item.offered && item.withdrawn_at.is_none();
    let may = may && crate::domain::sharing::goes_through(assignment.channel, item.content.kind());
    let (says, does, then) = if shared {
        ("Shared", "Take back", "revoke")
    } else {
        ("Not shared", "Share", "grant")
    };
    html! {
        @if shared && !may { "Hidden" } @else { (says) }
        @if shared || may {
            form action=(action) method="post" {
                (desk.hidden_word())
                input type="hidden" name="assignment" value=(assignment.id);
                input type="hidden" name="item" value=(item.id);
                input type="hidden" name="then" value=(then);
                button .quiet type="submit" aria-label={ (does) ": " (title(item)) ", " (called(sheet, assignment)) } { (does) }
            }
        }
    }
}

/// Sharing on terms, where there is something to share and somebody to share it with.
fn on_terms(links: &Links, desk: &Desk, sheet: &Sheet, open: &[&Assignment]) -> Markup {
    let with = open.iter().map(|a| (a.id, called(sheet, a)));
    let with = with.collect::<Vec<_>>();
    let offered = sheet
        .file
        .items
        .iter()
        .filter(|i| i.offered && i.withdrawn_at.is_none());
    let offered = offered.map(|item| (item.id, title(item))).collect::<Vec<_>>();
    html! {
        @if !with.is_empty() && !offered.is_empty() { (terms_form(links, desk, sheet.file.case.id, &with, &offered)) }
    }
}

fn note_form(links: &Links, desk: &Desk, case: CaseId) -> Markup {
    html! {
        section aria-labelledby="write" {
            h2 #write { "Write a note" }
            @let action = links.path(&format!("/admin/cases/{case}/notes"));
            @let form = desk.form(&action);
            form .stack action=(action) method="post" {
                (desk.hidden_word())
                (form.area(Field::new("note", "text", "Note").longest(20_000).required(), 3))
                (form.tick("shareable", "true", "It may be shared"))
                div { button type="submit" { "Write" } }
            }
        }
    }
}

async fn assign(Path(case): Path<String>, form: Sent) -> Response {
    let done = async {
        let known = ["provider", "role", "channel", "starts_at", "ends_at"];
        let [provider, role, channel, starts_at, ends_at] = form.fields(known)?;
        let case = id::<CaseId>(&case)?;
        let channel = channel.parse::<ProviderUserKind>();
        let new = NewAssignment {
            provider: id(&provider)?,
            channel: channel.map_err(|why| Problem::fault("channel", "unknown_term", why.to_string()))?,
            role: code_of(&role),
            external_reference: None,
            starts_at: moment_of("starts_at", &starts_at)?.unwrap_or_else(|| form.now()),
            ends_at: moment_of("ends_at", &ends_at)?,
        };
        form.does(async |tx| cases::assign(tx, case, &new).await).await?;
        Ok((format!("/admin/cases/{case}"), Done::Assigned))
    };
    form.acted(done.await).await
}

async fn end(Path((case, assignment)): Path<(String, String)>, form: Sent) -> Response {
    let done = async {
        let [] = form.fields([])?;
        let (case, assignment, at) = (id::<CaseId>(&case)?, id::<AssignmentId>(&assignment)?, form.now());
        form.does(async |tx| cases::end(tx, case, assignment, at).await).await?;
        Ok((format!("/admin/cases/{case}"), Done::Ended))
    };
    form.acted(done.await).await
}

async fn add_note(Path(case): Path<String>, form: Sent) -> Response {
    let done = async {
        let [text, shareable] = form.fields(["text", "shareable"])?;
        check_text("text", &text, 20_000).map_err(refuse)?;
        let case = id::<CaseId>(&case)?;
        let new = NewItem::Note {
            note: Note { text },
            internal: shareable != "true",
        };
        form.does(async |tx| case_items::add(tx, case, &new).await).await?;
        Ok((format!("/admin/cases/{case}"), Done::Written))
    };
    form.acted(done.await).await
}

async fn share(Path(case): Path<String>, form: Sent) -> Response {
    let done = async {
        let [assignment, item, then] = form.fields(["assignment", "item", "then"])?;
        form.desk.require(Permission::SharesWrite)?;
        let (case, at) = (id::<CaseId>(&case)?, form.now());
        let (assignment, item) = (id::<AssignmentId>(&assignment)?, id::<CaseItemId>(&item)?);
        form.does(async |tx| match then.as_str() {
            "revoke" => sharing::revoke(tx, case, assignment, item, None, at).await,
            _ => sharing::grant(tx, case, assignment, item, &Terms::default(), None, at).await,
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

/// The case as a provider user sees it: what the portal's page shows, without its forms.
async fn view_as(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    desk: Desk,
    Path((case, user)): Path<(String, String)>,
) -> Response {
    let at = now(&rooms);
    let read = async {
        let (case, user) = (id::<CaseId>(&case)?, id::<ProviderUserId>(&user)?);
        let read = does(&rooms, &desk.actor, async |tx| {
            let file = case_items::file(tx, case).await?;
            let viewer = sharing::viewer(tx, user, case).await?;
            let user = provider_users::get(tx, user).await?;
            let detail = serde_json::json!({"provider_user_id": user.id});
            crate::store::audit::record(tx, "case.view_as", "case", &case.to_string(), &detail).await?;
            Ok((view(&file, &viewer, at), user))
        });
        let ((seen, user), _) = read.await?;
        if seen.is_none() && user.status != ProviderUserStatus::Active {
            let invited = user.status == ProviderUserStatus::Invited;
            return Ok(html! {
                h1 { "View as " (user.name) }
                p .done role="status" {
                    @if invited { (user.name) " has not signed in yet, and sees nothing before." }
                    @else { (user.name) " is deactivated, and sees nothing." }
                }
                p { a href=(links.path(&format!("/admin/cases/{case}"))) { "Back to the case" } }
            });
        }
        let seen = seen.ok_or_else(hidden)?;
        Ok(html! {
            p .done role="status" { "This is what " (user.name) " sees right now. " a href=(links.path(&format!("/admin/cases/{case}"))) { "Back to the case" } }
            (whole_case(&links, None, &seen))
        })
    };
    shown(&links, &desk, "View as a provider", read.await)
}
