//! What outside providers reach with a token: the portal's JSON under `/api/portal/v1` for people, and the external API under
//! `/api/external/v1` for their systems. The two differ in who comes through, not in what is behind.
//!
//! What may not be seen and what is not there get the same answer to the letter. Every answer is written down: who saw what.

use std::sync::Arc;

use axum::{
    Json,
    extract::{FromRequestParts, RawQuery, State},
    http::{HeaderMap, StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::{
    Rooms, Routes,
    agency::now,
    downloads::{self, Reader, hidden},
    links::Links,
    operation::{Answer, Operation, query},
    parameters,
    path::Path,
    problem::{Kind, Problem},
    refusals,
};
use crate::domain::{
    case::{Case, Document},
    case_view::{
        CaseView, DocumentView, FinancialItemView, MatchSheetListView, MatchSheetView, NoteView, ProviderNoteView,
    },
};
use crate::store::{
    self, Tx, audit, portal,
    portal::{After, Change, Myself, Shown},
    provider_tokens::{self, Bearer, Dead},
};
use crate::vocab::{
    CaseId, CaseItemId, OrganizationId, ProviderId, ProviderTokenId, ProviderUserId,
    terms::{CaseStatus, ProviderUserKind, ProviderUserStatus, SightKind},
};

/// How long a download link is good, once.
const LINK_GOOD_FOR: TimeDelta = TimeDelta::minutes(5);

/// The two ways in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Door {
    Portal,
    External,
}

impl Door {
    fn kind(self) -> ProviderUserKind {
        match self {
            Self::Portal => ProviderUserKind::Person,
            Self::External => ProviderUserKind::Machine,
        }
    }

    /// Lets through who has a token for this door, and for this.
    fn admits(self, bearer: &Bearer, acknowledging: bool) -> Result<(), Problem> {
        let scope = match (self, acknowledging) {
            (Self::Portal, _) => "portal",
            (Self::External, false) => "external:read",
            (Self::External, true) => "external:acknowledge",
        };
        if bearer.kind == self.kind() && bearer.scopes.iter().any(|has| has == scope) {
            return Ok(());
        }
        let detail = format!("The token is not for this: it needs the scope `{scope}`.");
        Err(Problem::new(Kind::NotAllowed, detail))
    }
}

/// Lets through a person with a token for the portal.
pub fn admit_person(bearer: &Bearer) -> Result<(), Problem> {
    Door::Portal.admits(bearer, false)
}

/// Lets through a system with a token that may read.
pub fn admit_system(bearer: &Bearer) -> Result<(), Problem> {
    Door::External.admits(bearer, false)
}

/// Somebody of an outside provider with a good token, who does not ask too often. Their first request accepts the invitation.
pub struct Guest(pub Bearer);

impl FromRequestParts<Arc<Rooms>> for Guest {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, rooms: &Arc<Rooms>) -> Result<Self, Problem> {
        let token = token_of(&parts.headers).ok_or_else(not_known)?;
        let asked = provider_tokens::authenticate(&rooms.store, token, now(rooms));
        let asked = tokio::time::timeout(rooms.settings.store_patience, asked).await;
        let Some(bearer) = asked.map_err(|_| refusals::away())?? else {
            not_taken(rooms, token).await;
            return Err(not_known());
        };
        rooms.token_rate.check(bearer.token_id.0)?;
        welcome(rooms, bearer).await.map(Self)
    }
}

/// Writes down under the agency that one of its tokens was shown and not taken. Of what no agency has issued nothing is known.
pub async fn not_taken(rooms: &Rooms, token: &str) {
    written_down(rooms, provider_tokens::dead(&rooms.store, token, now(rooms)).await).await;
}

/// The same of a session of the portal's pages.
pub async fn session_not_taken(rooms: &Rooms, session: &str) {
    written_down(
        rooms,
        provider_tokens::dead_session(&rooms.store, session, now(rooms)).await,
    )
    .await;
}

async fn written_down(rooms: &Rooms, found: Result<Option<Dead>, store::Error>) {
    let written = async {
        match found? {
            Some(dead) if may_write(rooms, dead.token_id) => {
                provider_tokens::refused(&rooms.store, &dead, now(rooms)).await
            }
            _ => Ok(()),
        }
    };
    log(written.await);
}

/// A link that fetched nothing.
async fn link_not_taken(rooms: &Rooms, link: &str, was_taken: bool) -> Problem {
    let may_write = |token| may_write(rooms, token);
    log(portal::link_refused(&rooms.store, link, was_taken, now(rooms), may_write).await);
    hidden()
}

/// Whether a refusal may be written down again: as often as a token may ask, in a measure of its own, so that nobody fills the
/// audit and nobody uses up what the good token has.
fn may_write(rooms: &Rooms, token: ProviderTokenId) -> bool {
    let beside = uuid::Uuid::from_u128(!token.0.as_u128());
    rooms.token_rate.check(beside).is_ok()
}

fn log(written: Result<(), store::Error>) {
    if let Err(error) = written {
        tracing::error!(
            error = &error as &dyn std::error::Error,
            "a refusal could not be written down"
        );
    }
}

/// Writes down what somebody of an outside provider asked for, and with which token.
pub async fn asked(
    tx: &mut Tx,
    bearer: &Bearer,
    action: &str,
    (entity, id): (&str, &str),
    mut detail: Value,
) -> Result<(), store::Error> {
    detail["token_id"] = json!(bearer.token_id);
    audit::record(tx, action, entity, id, &detail).await
}

/// Somebody who was invited and comes for the first time is active from now on.
pub async fn welcome(rooms: &Rooms, mut bearer: Bearer) -> Result<Bearer, Problem> {
    if bearer.status == ProviderUserStatus::Invited {
        provider_tokens::accept(&rooms.store, &bearer, now(rooms)).await?;
        bearer.status = ProviderUserStatus::Active;
    }
    Ok(bearer)
}

fn token_of(headers: &HeaderMap) -> Option<&str> {
    let given = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let (scheme, token) = given.split_once(' ')?;
    Some(token.trim()).filter(|t| scheme.eq_ignore_ascii_case("bearer") && t.len() <= 512)
}

fn not_known() -> Problem {
    Problem::new(
        Kind::NotSignedIn,
        "Send a provider's token in the header Authorization: Bearer. Others, and those that are revoked or have run out, are not taken.",
    )
}

/// What the store says to an outside provider: of what may not be seen it says nothing.
pub fn quiet(error: store::Error) -> Problem {
    match error {
        store::Error::NotFound | store::Error::Forbidden | store::Error::Refused(_) => hidden(),
        other => other.into(),
    }
}

/// Runs `body` as the provider user, and commits.
pub async fn does<T>(
    rooms: &Rooms,
    bearer: &Bearer,
    body: impl AsyncFnOnce(&mut Tx) -> Result<T, store::Error>,
) -> Result<T, Problem> {
    let done = async {
        let mut tx = rooms.store.begin_at(&bearer.actor, now(rooms)).await?;
        let done = body(&mut tx).await?;
        tx.commit().await?;
        Ok(done)
    };
    done.await.map_err(quiet)
}

/// A case as it is sent: by the portal, the external API, and the agency's preview of both.
pub fn told(view: &CaseView) -> Response {
    Json(view).into_response()
}

/// A case in a list.
#[derive(Serialize, JsonSchema)]
pub struct CaseSummary {
    /// Its key.
    pub id: CaseId,
    /// The agency's key.
    pub reference: String,
    /// `surrogacy`, `egg_donation`, the agency's word.
    pub kind: String,
    /// Where it stands.
    pub status: CaseStatus,
}

impl From<Case> for CaseSummary {
    fn from(case: Case) -> Self {
        Self {
            id: case.id,
            reference: case.reference,
            kind: case.kind,
            status: case.status,
        }
    }
}

/// The cases of a provider.
#[derive(Serialize, JsonSchema)]
struct CaseSummaries {
    /// By reference.
    cases: Vec<CaseSummary>,
}

async fn me(rooms: Arc<Rooms>, bearer: Bearer, door: Door) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let user = bearer.user_id.to_string();
    let myself = does(&rooms, &bearer, async |tx| {
        asked(tx, &bearer, "portal.me", ("provider_user", &user), json!({})).await?;
        portal::myself(tx).await
    })
    .await?;
    myself.map(|me| Json(me).into_response()).ok_or_else(hidden)
}

async fn cases(rooms: Arc<Rooms>, bearer: Bearer, door: Door) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let cases = seen_cases(&rooms, &bearer).await?;
    Ok(Json(CaseSummaries { cases }).into_response())
}

/// The cases that somebody sees, and a line in the audit that they asked.
pub async fn seen_cases(rooms: &Rooms, bearer: &Bearer) -> Result<Vec<CaseSummary>, Problem> {
    let at = now(rooms);
    let read = does(rooms, bearer, async |tx| {
        let user = bearer.user_id.to_string();
        asked(tx, bearer, "portal.cases", ("provider_user", &user), json!({})).await?;
        portal::cases(tx, bearer.kind, at).await
    });
    Ok(read.await?.into_iter().map(Into::into).collect())
}

/// What somebody sees of a case; what `pick` takes out of it is written down as seen.
pub async fn seen_case<T>(
    rooms: &Rooms,
    bearer: &Bearer,
    case: &str,
    how: SightKind,
    pick: impl FnOnce(&CaseView) -> Option<(T, Shown)>,
) -> Result<T, Problem> {
    let case = case.parse::<CaseId>().map_err(|_| hidden())?;
    let at = now(rooms);
    does(rooms, bearer, async |tx| {
        let view = portal::case(tx, case, bearer.kind, at).await?;
        let view = view.ok_or(store::Error::NotFound)?;
        let (picked, shown) = pick(&view).ok_or(store::Error::NotFound)?;
        portal::saw(tx, bearer.token_id, &view, &shown, how).await?;
        Ok(picked)
    })
    .await
}

async fn case(rooms: Arc<Rooms>, bearer: Bearer, door: Door, case: String) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    seen_case(&rooms, &bearer, &case, SightKind::Viewed, |view| {
        Some((told(view), Shown::whole(view)))
    })
    .await
}

/// The items of one kind, under the word of their path.
fn part(view: &CaseView, word: &str) -> Option<Vec<Value>> {
    let part = match word {
        "documents" => json!(view.documents),
        "match-sheets" => json!(view.match_sheets),
        "match-sheet-lists" => json!(view.match_sheet_lists),
        "notes" => json!(view.notes),
        "financial-items" => json!(view.financial_items),
        _ => return None,
    };
    match part {
        Value::Array(items) => Some(items),
        _ => None,
    }
}

fn id_of(item: &Value) -> Option<CaseItemId> {
    item["id"].as_str()?.parse().ok()
}

async fn items(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    (case, word): (String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    seen_case(&rooms, &bearer, &case, SightKind::Viewed, |view| {
        let items = part(view, &word)?;
        let ids = items.iter().filter_map(id_of).collect();
        Some((Json(json!({ "items": items })).into_response(), Shown::items(ids)))
    })
    .await
}

/// One item out of a view.
fn one(view: &CaseView, word: &str, item: &str) -> Option<(Value, CaseItemId)> {
    let id = item.parse::<CaseItemId>().ok()?;
    let found = part(view, word)?.into_iter().find(|item| id_of(item) == Some(id))?;
    Some((found, id))
}

async fn item(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    (case, word, item): (String, String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    seen_case(&rooms, &bearer, &case, SightKind::Viewed, |view| {
        let (found, id) = one(view, &word, &item)?;
        Some((Json(found).into_response(), Shown::items(vec![id])))
    })
    .await
}

/// That something has arrived.
#[derive(Serialize, JsonSchema)]
struct Acknowledgement {
    /// What.
    item_id: CaseItemId,
    /// When.
    acknowledged_at: DateTime<Utc>,
}

async fn acknowledge(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    (case, word, item): (String, String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, true)?;
    let found = seen_case(&rooms, &bearer, &case, SightKind::Acknowledged, |view| {
        one(view, &word, &item).map(|(_, id)| (id, Shown::items(vec![id])))
    });
    let told = Acknowledgement {
        item_id: found.await?,
        acknowledged_at: now(&rooms),
    };
    Ok((StatusCode::CREATED, Json(told)).into_response())
}

async fn content(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    (case, item): (String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    download(&rooms, &bearer, &case, &item).await
}

/// The bytes of a document that somebody sees.
pub async fn download(rooms: &Arc<Rooms>, bearer: &Bearer, case: &str, item: &str) -> Result<Response, Problem> {
    let item = item.parse::<CaseItemId>().map_err(|_| hidden())?;
    let document = seen_case(rooms, bearer, case, SightKind::Downloaded, |view| {
        document(view, item).map(|document| (document, Shown::items(vec![item])))
    });
    let document = document.await?;
    let reader = Reader {
        actor: bearer.actor.clone(),
        token: Some(bearer.token_id),
    };
    downloads::of_case(rooms, reader, item, &document).await.map_err(quiet)
}

fn document(view: &CaseView, item: CaseItemId) -> Option<Document> {
    let found = view.documents.iter().find(|document| document.shared.id == item)?;
    Some(Document {
        name: found.name.clone(),
        media_type: found.media_type.clone(),
        size_bytes: found.size_bytes,
        sha256: found.sha256.clone(),
    })
}

/// An address that fetches a document once, without a token.
#[derive(Serialize, JsonSchema)]
struct Link {
    /// The address.
    url: String,
    /// Good before this moment, and as long as the document may be seen.
    expires_at: DateTime<Utc>,
}

async fn link(
    rooms: Arc<Rooms>,
    bearer: Bearer,
    door: Door,
    links: Links,
    (case, item): (String, String),
) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let id = item.parse::<CaseItemId>().map_err(|_| hidden())?;
    let case = case.parse::<CaseId>().map_err(|_| hidden())?;
    let secret = rand::random::<[u8; 32]>()
        .iter()
        .map(|b| format!("{b:02x}"))
        .collect::<String>();
    let (at, expires_at) = (now(&rooms), now(&rooms) + LINK_GOOD_FOR);
    does(&rooms, &bearer, async |tx| {
        let view = portal::case(tx, case, bearer.kind, at).await?;
        view.and_then(|view| document(&view, id))
            .ok_or(store::Error::NotFound)?;
        let detail = json!({"document_id": id});
        asked(tx, &bearer, "portal.link", ("case_item", &id.to_string()), detail).await?;
        portal::make_link(tx, bearer.token_id, id, &secret, expires_at).await
    })
    .await?;
    let url = links.absolute(&format!("/api/downloads/{secret}"));
    Ok((StatusCode::CREATED, Json(Link { url, expires_at })).into_response())
}

/// `GET /api/downloads/{link}`: once, and only what the maker of the link may see now.
async fn by_link(State(rooms): State<Arc<Rooms>>, Path(link): Path<String>) -> Result<Response, Problem> {
    let at = now(&rooms);
    let taken = portal::use_link(&rooms.store, &link, at).await?;
    let Some((token, item)) = taken else {
        return Err(link_not_taken(&rooms, &link, false).await);
    };
    let Some(bearer) = provider_tokens::bearer(&rooms.store, token, at).await? else {
        return Err(link_not_taken(&rooms, &link, true).await);
    };
    let case = does(&rooms, &bearer, async |tx| portal::case_of(tx, item).await).await?;
    match case {
        Some(case) => download(&rooms, &bearer, &case.to_string(), &item.to_string()).await,
        None => Err(link_not_taken(&rooms, &link, true).await),
    }
}

/// Notes about the provider itself.
#[derive(Serialize, JsonSchema)]
struct ProviderNotes {
    /// By time.
    notes: Vec<ProviderNoteView>,
}

async fn provider_notes(rooms: Arc<Rooms>, bearer: Bearer, door: Door) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let notes = seen_notes(&rooms, &bearer).await?;
    Ok(Json(ProviderNotes { notes }).into_response())
}

/// The notes about the provider itself, written down as seen.
pub async fn seen_notes(rooms: &Rooms, bearer: &Bearer) -> Result<Vec<ProviderNoteView>, Problem> {
    does(rooms, bearer, async |tx| {
        let notes = portal::provider_notes(tx).await?;
        portal::saw_notes(tx, &notes).await?;
        let ids = notes.iter().map(|note| note.id).collect::<Vec<_>>();
        let user = bearer.user_id.to_string();
        asked(
            tx,
            bearer,
            "portal.notes",
            ("provider_user", &user),
            json!({"notes": ids}),
        )
        .await?;
        Ok(notes)
    })
    .await
}

/// What was shared or taken back.
#[derive(Serialize, JsonSchema)]
struct Changes {
    /// The last one of each item, in order. Now and then one is told again; none is left out.
    changes: Vec<Change>,
    /// For `after`, the next time.
    next: Option<String>,
}

async fn changes(rooms: Arc<Rooms>, bearer: Bearer, door: Door, raw: Option<String>) -> Result<Response, Problem> {
    door.admits(&bearer, false)?;
    let [after] = parameters::only(parameters::pairs(raw.as_deref())?, ["after"])?;
    let read = |text: &String| match text.parse() {
        Ok(position) => Ok(After::Position(position)),
        Err(_) => text.parse().map(After::Moment),
    };
    let place = after.as_ref().map(read).transpose();
    let place = place.map_err(|_| Problem::fault("after", "invalid", "`next` of the answer before"))?;
    let user = bearer.user_id.to_string();
    let (changes, next) = does(&rooms, &bearer, async |tx| {
        let (changes, next) = portal::changes(tx, place).await?;
        let items = changes.iter().map(|change| change.item_id).collect::<Vec<_>>();
        asked(
            tx,
            &bearer,
            "portal.changes",
            ("provider_user", &user),
            json!({"items": items}),
        )
        .await?;
        Ok((changes, next))
    })
    .await?;
    let next = next.map(|position| position.to_string()).or(after);
    Ok(Json(Changes { changes, next }).into_response())
}

/// Who a token is.
#[derive(Serialize, JsonSchema)]
struct Checked {
    /// Always true: a token that is not good is a 401.
    active: bool,
    /// Whose it is.
    provider_user_id: ProviderUserId,
    /// Their name.
    name: String,
    /// `person` or `machine`.
    kind: ProviderUserKind,
    /// The provider.
    provider_id: ProviderId,
    /// The agency.
    organization_id: OrganizationId,
    /// What the token is for.
    scopes: Vec<String>,
    /// When it runs out.
    expires_at: Option<DateTime<Utc>>,
}

/// `GET /api/provider-auth`: whether the token in `Authorization` is good, and whose it is.
async fn provider_auth(State(rooms): State<Arc<Rooms>>, Guest(bearer): Guest) -> Result<Response, Problem> {
    does(&rooms, &bearer, async |tx| {
        audit::record(
            tx,
            "provider_token.check",
            "provider_token",
            &bearer.token_id.to_string(),
            &json!({}),
        )
        .await
    })
    .await?;
    let told = Checked {
        active: true,
        provider_user_id: bearer.user_id,
        name: bearer.name,
        kind: bearer.kind,
        provider_id: bearer.provider_id,
        organization_id: bearer.organization_id,
        scopes: bearer.scopes,
        expires_at: bearer.expires_at,
    };
    Ok(Json(told).into_response())
}

/// The paths behind one door.
macro_rules! behind {
    ($door:expr, $prefix:literal) => {{
        type R = State<Arc<Rooms>>;
        vec![
            (
                concat!($prefix, "/me"),
                get(|State(r): R, Guest(b): Guest| me(r, b, $door)),
            ),
            (
                concat!($prefix, "/cases"),
                get(|State(r): R, Guest(b): Guest| cases(r, b, $door)),
            ),
            (
                concat!($prefix, "/cases/{id}"),
                get(|State(r): R, Guest(b): Guest, Path(p)| case(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/{items}"),
                get(|State(r): R, Guest(b): Guest, Path(p)| items(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/{items}/{item}"),
                get(|State(r): R, Guest(b): Guest, Path(p)| item(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/{items}/{item}/acknowledgement"),
                post(|State(r): R, Guest(b): Guest, Path(p)| acknowledge(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/documents/{item}/content"),
                get(|State(r): R, Guest(b): Guest, Path(p)| content(r, b, $door, p)),
            ),
            (
                concat!($prefix, "/cases/{id}/documents/{item}/link"),
                post(|State(r): R, Guest(b): Guest, l: Links, Path(p)| link(r, b, $door, l, p)),
            ),
            (
                concat!($prefix, "/provider-notes"),
                get(|State(r): R, Guest(b): Guest| provider_notes(r, b, $door)),
            ),
            (
                concat!($prefix, "/changes"),
                get(|State(r): R, Guest(b): Guest, RawQuery(q)| changes(r, b, $door, q)),
            ),
        ]
    }};
}

/// The paths.
pub fn routes() -> Routes {
    let mut routes: Routes = behind!(Door::Portal, "/api/portal/v1");
    routes.extend(behind!(Door::External, "/api/external/v1"));
    routes.push(("/api/downloads/{link}", get(by_link)));
    routes.push(("/api/provider-auth", get(provider_auth)));
    routes
}

/// An item of any kind.
#[derive(JsonSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "tells the OpenAPI document what the answers look like")]
enum AnyItem {
    Document(DocumentView),
    MatchSheet(MatchSheetView),
    MatchSheetList(MatchSheetListView),
    Note(NoteView),
    FinancialItem(FinancialItemView),
}

/// Items of one kind.
#[derive(JsonSchema)]
#[expect(dead_code, reason = "tells the OpenAPI document what the answers look like")]
struct AnyItems {
    /// By time.
    items: Vec<AnyItem>,
}

/// What the paths behind one door do.
macro_rules! told_behind {
    ($prefix:literal, $tag:literal, $who:literal) => {{
        let after = query("after", &json!({"type": "string"}), "`next` of the answer before.");
        let bytes = Answer::Media("*/*");
        let never = [Kind::NotFound, Kind::TooManyRequests];
        let content = concat!($prefix, "/cases/{id}/documents/{item}/content");
        let told = vec![
            Operation::answering_with::<Myself>("get", concat!($prefix, "/me"), $tag, "Who the token is"),
            Operation::answering_with::<CaseSummaries>("get", concat!($prefix, "/cases"), $tag, "Cases assigned"),
            Operation::answering_with::<CaseView>("get", concat!($prefix, "/cases/{id}"), $tag, "A case, as far as it is shared"),
            Operation::answering_with::<AnyItems>(
                "get",
                concat!($prefix, "/cases/{id}/{items}"),
                $tag,
                "Shared documents, match-sheets, match-sheet-lists, notes or financial-items",
            ),
            Operation::answering_with::<AnyItem>("get", concat!($prefix, "/cases/{id}/{items}/{item}"), $tag, "One of them"),
            Operation::answering_with::<Acknowledgement>(
                "post",
                concat!($prefix, "/cases/{id}/{items}/{item}/acknowledgement"),
                $tag,
                "Say that it has arrived",
            )
            .answering(201),
            Operation::new("get", content, $tag, "The bytes of a document", bytes),
            Operation::answering_with::<Link>(
                "post",
                concat!($prefix, "/cases/{id}/documents/{item}/link"),
                $tag,
                "An address that fetches the document once, without a token",
            )
            .answering(201),
            Operation::answering_with::<ProviderNotes>("get", concat!($prefix, "/provider-notes"), $tag, "Notes about the provider"),
            Operation::answering_with::<Changes>("get", concat!($prefix, "/changes"), $tag, "What was shared or taken back")
                .asking([after]),
        ];
        told.into_iter().map(move |operation| operation.by($who).refusing(&never))
    }};
}

/// What they do.
pub fn operations() -> Vec<Operation> {
    let mut told = Vec::new();
    told.extend(told_behind!(
        "/api/portal/v1",
        "portal",
        "A person of an outside provider."
    ));
    told.extend(told_behind!(
        "/api/external/v1",
        "external",
        "A system of an outside provider."
    ));
    let link = Operation::new(
        "get",
        "/api/downloads/{link}",
        "portal",
        "What a link fetches, once",
        Answer::Media("*/*"),
    );
    told.push(link.refusing(&[Kind::NotFound]));
    let auth = Operation::answering_with::<Checked>(
        "get",
        "/api/provider-auth",
        "portal",
        "Whether a provider's token is good",
    );
    told.push(
        auth.by("Anybody of an outside provider.")
            .refusing(&[Kind::TooManyRequests]),
    );
    told
}
