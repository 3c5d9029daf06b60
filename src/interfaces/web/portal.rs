//! The portal's pages at `/provider/`: sign-in by token, the cases, one case with what is shared of it.

use std::sync::Arc;

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
    routing::{get, post},
};
use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use maud::{Markup, html};
use serde_json::Value;

use super::{
    portal_layout,
    portal_session::{Guest, HOME, clothes, cookie, elsewhere, is_own, is_person, own_page},
    sign_in::posted,
};
use crate::domain::{
    case_view::{CaseView, DocumentView, FinancialItemView, MatchSheetView, Shared},
    match_sheet::Field,
};
use crate::interfaces::http::{
    Rooms, Routes,
    agency::now,
    links::Links,
    operation::{Answer, Operation},
    parameters,
    path::Path,
    portal::{does, download, not_taken, seen_case, seen_cases, seen_notes, welcome},
    problem::{Kind, Problem},
};
use crate::store::{
    portal::{self, Clothes, Shown},
    provider_tokens,
};
use crate::vocab::{CaseId, CaseItemId, terms::SightKind};

/// How long a session lasts, at most.
const SESSION: TimeDelta = TimeDelta::hours(8);

/// `GET /provider/`: the cases.
async fn home(State(rooms): State<Arc<Rooms>>, links: Links, guest: Guest) -> Response {
    shown(&links, &guest, cases(&rooms, &links, &guest).await, "Your cases")
}

/// A page with this content, or what stands in its way.
pub fn shown(links: &Links, guest: &Guest, content: Result<Markup, Problem>, title: &str) -> Response {
    match content {
        Ok(content) => portal_layout::page(links, guest, title, &content),
        Err(problem) => portal_layout::problem(links, guest, &problem),
    }
}

async fn cases(rooms: &Rooms, links: &Links, guest: &Guest) -> Result<Markup, Problem> {
    let cases = seen_cases(rooms, &guest.bearer).await?;
    let me = does(rooms, &guest.bearer, async |tx| portal::myself(tx).await).await?;
    let notes = seen_notes(rooms, &guest.bearer).await?;
    Ok(html! {
        h1 { "Your cases" }
        @if let Some(me) = me {
            p .muted { (me.provider_name) " with " (me.organization_name) }
        }
        @if cases.is_empty() { p { "No case is assigned to you right now." } } @else {
            ul .plain {
                @for case in &cases {
                    li .card {
                        h2 { a href=(links.path(&format!("/provider/cases/{}", case.id))) { (case.reference) } }
                        p { (in_words(&case.kind)) " " span .badge { (in_words(case.status.code())) } }
                    }
                }
            }
        }
        @if !notes.is_empty() {
            section aria-labelledby="notes" {
                h2 #notes { "Notes for you" }
                @for note in &notes { div .box { p .text { (note.text) } p .muted { (moment(note.written_at)) } } }
            }
        }
    })
}

/// `GET /provider/cases/{id}`.
async fn case(State(rooms): State<Arc<Rooms>>, links: Links, guest: Guest, Path(id): Path<String>) -> Response {
    let seen = seen_case(&rooms, &guest.bearer, &id, SightKind::Viewed, |view| {
        Some((view.clone(), Shown::whole(view)))
    });
    let read = async {
        let view = seen.await?;
        let receipts = does(&rooms, &guest.bearer, async |tx| portal::receipts(tx, view.id).await).await?;
        Ok((view, receipts))
    };
    match read.await {
        Ok((view, receipts)) => portal_layout::page(
            &links,
            &guest,
            &view.reference,
            &whole_case(&links, Some((&guest.word(), &receipts)), &view),
        ),
        Err(problem) => portal_layout::problem(&links, &guest, &problem),
    }
}

/// What has been confirmed to have arrived, and since when.
type Receipts<'a> = &'a [(CaseItemId, DateTime<Utc>)];

/// All of a case; with the word of the session, the forms too, and what has been done with them.
pub fn whole_case(links: &Links, own: Option<(&str, Receipts<'_>)>, view: &CaseView) -> Markup {
    let empty = view.items().next().is_none() && view.provider_notes.is_empty();
    html! {
        @if own.is_some() { p { a href=(links.path("/provider/")) { "Your cases" } } }
        h1 { "Case " (view.reference) }
        dl {
            dt { "Kind" } dd { (in_words(&view.kind)) }
            dt { "Status" } dd { (in_words(view.status.code())) }
            @for role in &view.roles {
                dt { "You are" }
                dd { (in_words(&role.role)) ", since " (moment(role.since)) @if let Some(end) = role.until { " until " (moment(end)) } }
            }
        }
        @if empty { p { "Nothing of this case is shared with you right now." } }
        @if !view.documents.is_empty() {
            section aria-labelledby="documents" {
                h2 #documents { "Documents" }
                ul .plain { @for document in &view.documents { li .card { (document_card(links, own, view, document)) } } }
            }
        }
        @if !view.match_sheets.is_empty() {
            section aria-labelledby="sheets" {
                h2 #sheets { "Match sheets" }
                @for sheet in &view.match_sheets { (match_sheet(sheet)) }
            }
        }
        @if !view.match_sheet_lists.is_empty() {
            section aria-labelledby="lists" {
                h2 #lists { "Lists of match sheets" }
                ul .plain {
                    @for list in &view.match_sheet_lists {
                        li .card {
                            h3 { (list.title) }
                            ul { @for id in &list.match_sheets {
                                @if let Some(sheet) = view.match_sheets.iter().find(|sheet| sheet.shared.id == *id) {
                                    li { a href={ "#sheet-" (id) } { (sheet.title) } }
                                }
                            } }
                            (since(&list.shared))
                        }
                    }
                }
            }
        }
        @if !view.notes.is_empty() {
            section aria-labelledby="case-notes" {
                h2 #case-notes { "Notes" }
                @for note in &view.notes { div .box { p .text { (note.text) } p .muted { "Written " (moment(note.written_at)) } (since(&note.shared)) } }
            }
        }
        @if !view.financial_items.is_empty() { (amounts(&view.financial_items)) }
        @if !view.provider_notes.is_empty() {
            section aria-labelledby="about-you" {
                h2 #about-you { "Notes for you" }
                @for note in &view.provider_notes { div .box { p .text { (note.text) } p .muted { (moment(note.written_at)) } } }
            }
        }
    }
}

fn document_card(links: &Links, own: Option<(&str, Receipts<'_>)>, view: &CaseView, document: &DocumentView) -> Markup {
    let at = format!("/provider/cases/{}/documents/{}", view.id, document.shared.id);
    html! {
        @if own.is_some() { h3 { a href=(links.path(&at)) download { (document.name) } } } @else { h3 { (document.name) } }
        p { (document.media_type) ", " (size(document.size_bytes)) }
        p .muted { "SHA-256 " code { (document.sha256) } }
        (since(&document.shared))
        @if let Some((word, receipts)) = own {
            @if let Some((_, at)) = receipts.iter().find(|(item, _)| *item == document.shared.id) {
                p { "You confirmed receipt " (moment(*at)) }
            } @else {
                form .inline action=(links.path(&format!("{at}/received"))) method="post" {
                    input type="hidden" name="word" value=(word);
                    button .quiet type="submit" aria-label={ "Confirm receipt of " (document.name) } { "Confirm receipt" }
                }
            }
        }
    }
}

fn match_sheet(sheet: &MatchSheetView) -> Markup {
    html! {
        article .box id={ "sheet-" (sheet.shared.id) } {
            h3 { (sheet.title) }
            @for section in &sheet.sections {
                h4 { (section.title) }
                dl { @for field in &section.fields { dt { (field.label) } dd .text { (value(field)) } } }
            }
            (since(&sheet.shared))
        }
    }
}

fn amounts(items: &[FinancialItemView]) -> Markup {
    html! {
        section aria-labelledby="amounts" {
            h2 #amounts { "Amounts" }
            div .scroll tabindex="0" role="group" aria-labelledby="amounts" {
                table {
                    thead { tr { th scope="col" { "For" } th scope="col" { "Amount" } th scope="col" { "Due" } th scope="col" { "Shared" } } }
                    tbody { @for item in items {
                        tr {
                            th scope="row" { (item.label) }
                            td { (money(item.amount_cents, &item.currency)) }
                            td { @if let Some(day) = item.due_on { (date(day)) } @else { "–" } }
                            td { (since(&item.shared)) }
                        }
                    } }
                }
            }
        }
    }
}

fn since(shared: &Shared) -> Markup {
    html! {
        p .muted { "Shared " (moment(shared.shared_at)) @if let Some(end) = shared.expires_at { ", until " (moment(end)) } }
    }
}

/// `GET /provider/cases/{id}/documents/{item}`: the file.
async fn fetch(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    guest: Guest,
    Path((case, item)): Path<(String, String)>,
) -> Response {
    match download(&rooms, &guest.bearer, &case, &item).await {
        Ok(file) => file,
        Err(problem) => portal_layout::problem(&links, &guest, &problem),
    }
}

/// `POST /provider/cases/{id}/documents/{item}/received`: that it has arrived.
async fn received(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    guest: Guest,
    Path((case, item)): Path<(String, String)>,
    body: Bytes,
) -> Response {
    let done = async {
        let [word] = posted(&body, ["word"])?;
        guest.confirm(&word)?;
        // Said once is said: sending the form anew adds nothing to the proof.
        let again = match (case.parse::<CaseId>(), item.parse::<CaseItemId>()) {
            (Ok(case), Ok(item)) => {
                let receipts = does(&rooms, &guest.bearer, async |tx| portal::receipts(tx, case).await).await?;
                receipts.iter().any(|(known, _)| *known == item)
            }
            _ => false,
        };
        if again {
            return Ok(None);
        }
        let seen = seen_case(&rooms, &guest.bearer, &case, SightKind::Acknowledged, |view| {
            let mut documents = view.documents.iter();
            let found = documents.find(|document| document.shared.id.to_string() == item)?;
            Some((found.name.clone(), Shown::items(vec![found.shared.id])))
        });
        seen.await.map(Some)
    };
    match done.await {
        Ok(None) => Redirect::to(&links.path(&format!("/provider/cases/{case}"))).into_response(),
        Ok(Some(name)) => {
            let content = html! {
                h1 { "Receipt confirmed" }
                p .done role="status" { "The agency sees that " (name) " has arrived." }
                p { a href=(links.path(&format!("/provider/cases/{case}"))) { "Back to the case" } }
            };
            portal_layout::page(&links, &guest, "Receipt confirmed", &content)
        }
        Err(problem) => portal_layout::problem(&links, &guest, &problem),
    }
}

/// `GET /provider/sign-in`.
async fn sign_in(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let asked = parameters::pairs(raw.as_deref())?;
    let next = asked.iter().find(|(name, _)| name == "next");
    let next = next.map_or(HOME, |(_, next)| own_page(next));
    let clothes = clothes(&rooms, &headers).await?;
    Ok(sign_in_page(&links, StatusCode::OK, clothes.as_ref(), next, false))
}

fn sign_in_page(links: &Links, status: StatusCode, clothes: Option<&Clothes>, next: &str, refused: bool) -> Response {
    let content = html! {
        h1 { "Sign in" }
        @if !refused && next != HOME {
            p .done role="status" { "Sign in to go on. If you were signed in, your session has ended; what was not sent before is not kept." }
        }
        @if let Some(clothes) = clothes { @if !clothes.welcome.is_empty() { p .text { (clothes.welcome) } } }
        @if refused {
            div .alert role="alert" { p { "This token is not taken. It may have run out or been revoked: ask the agency for a new one." } }
        }
        form .stack action=(links.path("/provider/sign-in")) method="post" {
            @if next != HOME { input type="hidden" name="next" value=(next); }
            div {
                label for="token" { "Your token" }
                input #token type="password" name="token" required autocomplete="current-password" maxlength="512"
                    aria-describedby="token-help";
                p #token-help .muted { "The agency has sent it to you. It begins with pvp_." }
            }
            div { button type="submit" { "Sign in" } }
        }
    };
    let title = if refused { Kind::NotSignedIn.title() } else { "Sign in" };
    portal_layout::outside(links, status, clothes, title, &content)
}

/// `POST /provider/sign-in` with the form.
async fn enter(
    State(rooms): State<Arc<Rooms>>,
    links: Links,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    if !is_own(&headers) {
        return Err(elsewhere());
    }
    let [token, next] = posted(&body, ["token", "next"])?;
    let next = own_page(&next);
    if token.trim().is_empty() {
        return Err(Problem::fault("token", "missing", "the token that the agency has sent"));
    }
    let at = now(&rooms);
    let found = provider_tokens::authenticate(&rooms.store, token.trim(), at).await?;
    let Some(bearer) = found.filter(is_person) else {
        not_taken(&rooms, token.trim()).await;
        let clothes = clothes(&rooms, &headers).await?;
        return Ok(sign_in_page(
            &links,
            StatusCode::UNAUTHORIZED,
            clothes.as_ref(),
            next,
            true,
        ));
    };
    rooms.token_rate.check(bearer.token_id.0)?;
    let bearer = welcome(&rooms, bearer).await?;
    let session = provider_tokens::open_session(&rooms.store, &bearer, rand::random(), at, at + SESSION).await?;
    let cookie = cookie(&links, &session, SESSION.num_seconds());
    Ok(([(header::SET_COOKIE, cookie)], Redirect::to(&links.path(next))).into_response())
}

/// `POST /provider/sign-out` with the form.
async fn leave(State(rooms): State<Arc<Rooms>>, links: Links, guest: Guest, body: Bytes) -> Result<Response, Problem> {
    let [word] = posted(&body, ["word"])?;
    guest.confirm(&word)?;
    provider_tokens::end_session(&rooms.store, &guest.session, now(&rooms)).await?;
    let gone = cookie(&links, "", 0);
    let to = Redirect::to(&links.path("/provider/sign-in"));
    Ok(([(header::SET_COOKIE, gone)], to).into_response())
}

/// `egg_donation` as `Egg donation`.
pub fn in_words(code: &str) -> String {
    // Letters that stand for words stay what they are.
    let spelt = |word: &str| {
        if matches!(word, "api" | "id" | "ivf" | "npi") {
            word.to_uppercase()
        } else {
            word.to_owned()
        }
    };
    let mut words = code.split('_').map(spelt).collect::<Vec<_>>().join(" ");
    if let Some(first) = words.get(..1).map(str::to_uppercase) {
        words.replace_range(..1, &first);
    }
    words
}

/// `Egg donation` as `egg_donation`: what somebody calls something, as the code that is kept. What no code has stays, to be refused.
pub fn code_of(words: &str) -> String {
    let words = words.split(|c: char| c.is_whitespace() || matches!(c, '-' | '_'));
    let words = words.filter(|word| !word.is_empty()).map(str::to_lowercase);
    words.collect::<Vec<_>>().join("_")
}

/// A moment as people write it, to the minute.
pub fn moment(at: DateTime<Utc>) -> Markup {
    html! { time datetime=(at.to_rfc3339()) { (at.format("%-d %B %Y, %H:%M UTC")) } }
}

/// A day as people write it.
pub fn date(day: NaiveDate) -> Markup {
    html! { time datetime=(day) { (day.format("%-d %B %Y")) } }
}

fn value(field: &Field) -> String {
    match &field.value {
        Value::String(text) => text.clone(),
        Value::Bool(true) => "Yes".to_owned(),
        Value::Bool(false) => "No".to_owned(),
        other => other.to_string(),
    }
}

/// `-1234500` of `USD` as `-12,345.00 USD`.
pub fn money(cents: i64, currency: &str) -> String {
    let (whole, rest) = (cents.unsigned_abs() / 100, cents.unsigned_abs() % 100);
    let digits = whole.to_string();
    let mut grouped = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n) % 3 == 0 {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{grouped}.{rest:02} {currency}")
}

/// `3 MB`, `12 kB`, `5 bytes`.
pub fn size(bytes: i64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes / 1_000),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}

/// The pages.
pub fn routes() -> Routes {
    vec![
        ("/provider", get(home)),
        ("/provider/", get(home)),
        ("/provider/sign-in", get(sign_in).post(enter)),
        ("/provider/sign-out", post(leave)),
        ("/provider/cases/{id}", get(case)),
        ("/provider/cases/{id}/documents/{item}", get(fetch)),
        ("/provider/cases/{id}/documents/{item}/received", post(received)),
    ]
}

/// What they are, for the OpenAPI document.
pub fn operations() -> Vec<Operation> {
    const WHO: &str = "A person of an outside provider, by the portal's own cookie.";
    let page = |method, path, summary| Operation::new(method, path, "portal", summary, Answer::Media("text/html"));
    let file = Answer::Media("*/*");
    let document = "/provider/cases/{id}/documents/{item}";
    vec![
        page("get", "/provider", "The portal: cases").by(WHO),
        page("get", "/provider/", "The portal: cases").by(WHO),
        page("get", "/provider/sign-in", "The portal's sign-in page"),
        page("post", "/provider/sign-in", "Sign in to the portal by a form")
            .answering(303)
            .refusing(&[Kind::NotSignedIn, Kind::TooManyRequests]),
        page("post", "/provider/sign-out", "Sign out of the portal by a form")
            .by(WHO)
            .answering(303),
        page("get", "/provider/cases/{id}", "A case in the portal")
            .by(WHO)
            .refusing(&[Kind::NotFound]),
        Operation::new("get", document, "portal", "A file of a case", file)
            .by(WHO)
            .refusing(&[Kind::NotFound]),
        page(
            "post",
            "/provider/cases/{id}/documents/{item}/received",
            "Confirm receipt by a form",
        )
        .by(WHO)
        .refusing(&[Kind::NotFound]),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn amounts_and_sizes_are_written_as_people_do() {
        assert_eq!(money(1_234_500, "USD"), "12,345.00 USD");
        assert_eq!(money(-5, "EUR"), "-0.05 EUR");
        assert_eq!(money(100_000_000, "USD"), "1,000,000.00 USD");
        assert_eq!([size(5), size(12_345), size(3_100_000)], ["5 bytes", "12 kB", "3.1 MB"]);
        assert_eq!(
            [in_words("egg_donation"), in_words("ivf_clinic"), in_words("")],
            ["Egg donation", "IVF clinic", ""]
        );
        assert_eq!(
            [code_of(" Egg  donation"), code_of("ivf_clinic"), code_of("José's")],
            ["egg_donation", "ivf_clinic", "josé's"]
        );
    }
}
