//! Credentialing requests that wait for a decision: a list of them, and a page for each with what there is to decide by.
//!
//! A decision leads back to the request's own page, which says what was decided: nothing else to decide lies under the pointer.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use chrono::DateTime;
use maud::{Markup, html};

use super::{
    admin::{Board, Desk, acted, shown},
    admin_done::{Done, ask_first},
    admin_fields::Field,
    portal::{date, in_words, moment},
    results,
    sign_in::posted,
    telling::sentences,
};
use crate::domain::{
    credentialing::Request,
    provider::Provider,
    verification::{Item, checklist},
};
use crate::interfaces::http::{
    Rooms, Routes,
    agency::{does, id},
    links::Links,
    parameters,
    path::Path,
    problem::Problem,
};
use crate::store::{
    Tx,
    credentialing::{self, Filter, doors::Closing},
    exclusion::{self, Found},
    providers, verification,
};
use crate::vocab::{
    CredentialingRequestId, Lexicon,
    terms::{RequestStatus, Stage},
};

/// The pages, for the OpenAPI document.
pub const PAGES: &[(&str, &str, &str)] = &[
    ("get", "/admin/credentialing", "Requests that wait for a decision"),
    (
        "get",
        "/admin/credentialing/{id}",
        "One request, with what there is to decide by",
    ),
    ("post", "/admin/credentialing/{id}", "Decide about a request, by a form"),
];

/// Requests on a page.
const PAGE: usize = 25;

/// The pages.
pub fn routes() -> Routes {
    vec![
        ("/admin/credentialing", get(list)),
        ("/admin/credentialing/{id}", get(one).post(decide)),
    ]
}

/// A request with whom it is about and what lists of exclusions say of them.
struct File {
    request: Request,
    provider: Option<Provider>,
    findings: Vec<Found>,
}

/// The files of requests: two questions to the store for all of them.
async fn files(tx: &mut Tx, requests: Vec<Request>) -> Result<Vec<File>, crate::store::Error> {
    let ids = requests.iter().map(|request| request.provider_id).collect::<Vec<_>>();
    let providers = providers::find_all(tx, &ids).await?;
    let findings = exclusion::findings_of(tx, &ids).await?;
    let file = |request: Request| {
        let own = findings
            .iter()
            .filter(|finding| finding.provider_id == request.provider_id.0);
        File {
            provider: providers.iter().find(|p| p.id == request.provider_id).cloned(),
            findings: own.cloned().collect(),
            request,
        }
    };
    Ok(requests.into_iter().map(file).collect())
}

impl File {
    fn name(&self) -> String {
        let name = self
            .provider
            .as_ref()
            .map(|provider| provider.name.display().to_string());
        name.unwrap_or_else(|| "A provider that is not shown to you".to_owned())
    }

    fn is_excluded(&self) -> bool {
        self.findings.iter().any(|finding| finding.status != "DISMISSED")
    }
}

async fn list(State(rooms): State<Arc<Rooms>>, links: Links, Board(desk): Board, RawQuery(raw): RawQuery) -> Response {
    let asked = parameters::pairs(raw.as_deref()).unwrap_or_default();
    let after = asked.iter().find(|(name, _)| name == "after");
    let filter = Filter {
        status: Some(RequestStatus::Submitted),
        after: after.and_then(|(_, place)| behind(place)),
        ..Filter::default()
    };
    let read = does(&rooms, &desk.actor, async |tx| {
        let most = i64::try_from(PAGE).unwrap_or_default() + 1;
        let waiting = credentialing::list(tx, &filter, most).await?;
        files(tx, waiting).await
    });
    let lexicon = rooms.schema.lexicon();
    let content = read.await.map(|(mut waiting, _)| {
        let more = waiting.len() > PAGE;
        waiting.truncate(PAGE);
        html! {
            h1 { "Credentialing" }
            @if waiting.is_empty() { p { "No request waits for a decision." } }
            @for file in &waiting { (card(&links, &desk, file, &lexicon)) }
            @if let Some(last) = waiting.last().filter(|_| more) {
                @let place = format!("{}.{}", last.request.submitted_at.timestamp_micros(), last.request.id);
                p { a rel="next" href=(links.path(&format!("/admin/credentialing?after={place}"))) { "Earlier requests" } }
            }
        }
    });
    shown(&links, &desk, "Credentialing", content)
}

/// The place behind a page; what is no place begins anew.
fn behind(place: &str) -> Option<(DateTime<chrono::Utc>, CredentialingRequestId)> {
    let (at, id) = place.split_once('.')?;
    Some((DateTime::from_timestamp_micros(at.parse().ok()?)?, id.parse().ok()?))
}

fn card(links: &Links, desk: &Desk, file: &File, lexicon: &Lexicon) -> Markup {
    let request = &file.request;
    let at = links.path(&format!("/admin/credentialing/{}", request.id));
    html! {
        section .card aria-labelledby={ "request-" (request.id) } {
            h2 id={ "request-" (request.id) } { a href=(at) { (file.name()) } }
            @if file.is_excluded() { p .alert { "A list of exclusions may name this provider." } }
            (facts(links, desk, file, lexicon))
        }
    }
}

/// What tells two people of one name apart, and where the request stands.
fn facts(links: &Links, desk: &Desk, file: &File, lexicon: &Lexicon) -> Markup {
    let request = &file.request;
    html! {
        dl {
            @if let Some(provider) = &file.provider {
                @if let Some(npi) = provider.npi { dt { "NPI" } dd { (npi) } }
                dt { "Listing" }
                dd { a href=(links.path(&format!("/p/{}", provider.locator))) { (provider.locator) } }
                @for specialty in provider.specialties.iter().take(3) {
                    dt { "Specialty" }
                    dd {
                        (lexicon.specialties.get(&specialty.code).map_or(specialty.code.as_str(), |term| term.name.as_str()))
                        @if let Some(state) = &specialty.license_state { ", licensed in " (state) }
                    }
                }
                @for place in provider.locations.iter().take(2) {
                    dt { "Place" }
                    dd {
                        @for line in [&place.line1, &place.line2].into_iter().flatten() { (line) ", " }
                        (results::town(place.city.as_deref(), place.state.as_deref(), place.postal_code.as_deref()))
                    }
                }
            }
            dt { "Submitted" } dd { (moment(request.submitted_at)) " by " (by(desk, &request.submitted_by)) }
            dt { "Stage" } dd { (stage(request.stage)) }
            @if let Some(who) = &request.assigned_to { dt { "With" } dd { (by(desk, who)) } }
        }
    }
}

/// Who did something, as far as their key tells.
fn by(desk: &Desk, actor: &str) -> String {
    if actor == desk.actor.name {
        return "you".to_owned();
    }
    match actor.split_once(':') {
        Some(("token", name)) => format!("the program {name}"),
        Some(("user", id)) => format!("a person with the account {}", id.get(..8).unwrap_or(id)),
        None if actor == "cli" => "whoever runs the server".to_owned(),
        Some(("import", name)) => format!("the import of {name}"),
        _ => actor.to_owned(),
    }
}

fn stage(stage: Stage) -> &'static str {
    match stage {
        Stage::Intake => "Taken in, not looked at yet",
        Stage::Verifying => "Sources are being asked",
        Stage::Committee => "All is known; somebody has to decide",
        Stage::Decided => "Decided",
    }
}

async fn one(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    Board(desk): Board,
    Path(request): Path<String>,
) -> Response {
    let read = one_content(&rooms, &links, &desk, &request).await;
    let title = read.as_ref().map_or("Credentialing", |(name, _)| name).to_owned();
    shown(&links, &desk, &title, read.map(|(_, content)| content))
}

/// Whom a request is about, and all that its page shows.
pub async fn one_content(
    rooms: &Rooms,
    links: &Links,
    desk: &Desk,
    request: &str,
) -> Result<(String, Markup), Problem> {
    let now = rooms.now();
    let request = id::<CredentialingRequestId>(request)?;
    let read = does(rooms, &desk.actor, async |tx| {
        let request = credentialing::find(tx, request).await?;
        let policy = credentialing::policy(tx).await?;
        let known = verification::of_request(tx, request.id).await?;
        let items = checklist(request.profile, &policy, now.date_naive(), &known);
        Ok((files(tx, vec![request]).await?, items))
    });
    let ((files, items), _) = read.await?;
    let file = files
        .into_iter()
        .next()
        .ok_or_else(|| Problem::not_found("There is no such request."))?;
    let lexicon = rooms.schema.lexicon();
    let content = html! {
        p { a href=(links.path("/admin/credentialing")) { "All requests that wait" } }
        h1 { (file.name()) }
        (decided(desk, &file))
        (facts(links, desk, &file, &lexicon))
        (findings(&file.findings))
        (to_show(&items))
        @if file.request.status == RequestStatus::Submitted { (decision(links, desk, &file)) }
    };
    Ok((file.name(), content))
}

fn decided(desk: &Desk, file: &File) -> Markup {
    let request = &file.request;
    html! {
        @if request.status != RequestStatus::Submitted {
            div .done role="status" {
                p {
                    (file.name()) @if request.status == RequestStatus::Approved { " was approved" } @else { " was rejected" }
                    @if let Some(who) = &request.reviewer { " by " (by(desk, who)) }
                    @if let Some(at) = request.reviewed_at { ", " (moment(at)) }
                    "."
                }
                @if let Some(notes) = &request.reviewer_notes { p .text { (notes) } }
            }
        }
    }
}

fn findings(found: &[Found]) -> Markup {
    html! {
        h2 { "Exclusions" }
        @if found.is_empty() { p { "No list of exclusions that is kept here names this provider." } }
        @else {
            ul {
                @for finding in found {
                    li {
                        strong { (finding.source.to_uppercase()) } ": "
                        @if finding.hit == "identified" { "named by the NPI" } @else { "somebody of this name" }
                        ", found " (moment(finding.found_at)) ", "
                        @match finding.status.as_str() {
                            "CONFIRMED" => "confirmed: it is this provider",
                            "DISMISSED" => "dismissed: it is somebody else",
                            _ => "nobody has decided whether it is this provider",
                        }
                        @if let Some(note) = &finding.note { ". " (note) }
                    }
                }
            }
        }
    }
}

/// What the profile asks for, as it stands today.
fn to_show(items: &[Item]) -> Markup {
    html! {
        h2 { "Checklist" }
        @if items.is_empty() { p { "Its profile has no checklist: the decision is a reviewer's judgement." } }
        @else {
            ul {
                @for item in items {
                    li {
                        strong { (in_words(item.element.code())) } ": "
                        @if item.in_order { "in order" } @else { (sentences(&item.message).join(" ")) }
                        @if let Some(day) = item.verified_on { ", verified " (date(day)) }
                        @if let Some(day) = item.good_through { ", good through " (date(day)) }
                    }
                }
            }
        }
    }
}

fn decision(links: &Links, desk: &Desk, file: &File) -> Markup {
    let name = file.name();
    let action = links.path(&format!("/admin/credentialing/{}", file.request.id));
    let notes = Field::new("notes", "notes", "Notes")
        .help("The applicant reads them. A rejection has to say why.")
        .longest(2_000);
    let button = |decision: &str, words: &str| {
        html! { button type="submit" name="decision" value=(decision) { (words) " " (name) } }
    };
    html! {
        h2 { "Decision" }
        form .stack action=(action) method="post" {
            (desk.hidden_word())
            (desk.form(&action).area(notes, 3))
            div {
                (ask_first(&html! { "Approve" }, "They are in the network from then on, and everybody finds them so.", &button("approve", "Approve")))
                (ask_first(&html! { "Reject" }, "The request ends here; what was decided stays decided.", &button("reject", "Reject")))
            }
        }
    }
}

async fn decide(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    Board(desk): Board,
    Path(request): Path<String>,
    body: Bytes,
) -> Response {
    let now = rooms.now();
    let done = async {
        let [word, notes, decision] = posted(&body, ["word", "notes", "decision"])?;
        desk.confirm(&word)?;
        let request = id::<CredentialingRequestId>(&request)?;
        let notes = Some(notes.trim()).filter(|notes| !notes.is_empty());
        if decision != "approve" && notes.is_none() {
            return Err(Problem::fault(
                "notes",
                "required",
                "say why, for the applicant to read",
            ));
        }
        does(&rooms, &desk.actor, async |tx| match decision.as_str() {
            "approve" => credentialing::approve(tx, request, notes, now).await,
            _ => credentialing::close(tx, request, Closing::Declined, notes, now).await,
        })
        .await?;
        Ok((format!("/admin/credentialing/{request}"), Done::Decided))
    };
    acted(&rooms, &links, &desk, &body, done.await).await
}
