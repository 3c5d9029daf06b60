//! The portal, the external API and the agency's paths over HTTP: who gets what, and what everybody else gets.

use std::{
    convert::Infallible,
    num::NonZeroU32,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use axum::{
    body::{Body, Bytes},
    http::Request,
};
use chrono::TimeDelta;
use futures::StreamExt;
use provider_directory::{
    domain::{access::Role, sharing::Terms},
    feed::publish::webhooks::signature,
    index::schema,
    interfaces::http::Settings,
    store::{
        access::{Grant, issue_token},
        case_items, provider_users, sharing,
        slots::Filter,
    },
    vocab::{
        AssignmentId, CaseId, CaseItemId, ProviderId, ProviderUserId,
        terms::{ItemKind, ProviderUserKind},
    },
};
use rand::{Rng, SeedableRng, distr::Alphanumeric, rngs::StdRng};
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::agency::{Agency, document, minute, sheet, thing};
use crate::events::{Receiver, publish};
use crate::house::{admin, noon};
use crate::http_site::{Answer, Site};
use crate::practice::{Practice, hours};
use crate::tenants::ask;

const PERSON: ProviderUserKind = ProviderUserKind::Person;
const MACHINE: ProviderUserKind = ProviderUserKind::Machine;
const PORTAL: &str = "/api/portal/v1";
const EXTERNAL: &str = "/api/external/v1";

/// An agency with a clinic assigned to one case in both ways.
pub struct World {
    pub site: Site,
    pub agency: Agency,
    pub staff: String,
    pub clinic: ProviderId,
    pub ann: ProviderUserId,
    pub ann_token: String,
    pub robot: ProviderUserId,
    pub robot_token: String,
    pub case: CaseId,
    pub portal: AssignmentId,
    pub external: AssignmentId,
}

impl World {
    pub async fn open() -> Self {
        Self::set_up(Settings::default()).await
    }

    /// The same with settings of one's own.
    pub async fn set_up(settings: Settings) -> Self {
        let site = Site::set_up(schema::Handle::embedded(), settings).await;
        let agency = Agency::open(&site.house, "Hope").await;
        let grant = Grant {
            name: "staff".to_owned(),
            role: Role::OrganizationAdmin,
            organization_id: Some(agency.id),
            scopes: Vec::new(),
            expires_at: None,
        };
        let mut tx = site.house.store.begin(&admin()).await.expect("begun");
        let staff = issue_token(&mut tx, &grant, [8; 32], noon()).await.expect("issued");
        tx.commit().await.expect("committed");
        let clinic = agency.provider("Riverside IVF", "ivf_clinic").await;
        let ann = agency.user(clinic, PERSON, "Ann").await;
        let robot = agency.user(clinic, MACHINE, "Robot").await;
        let case = agency.case("HOPE-1").await;
        Self {
            ann_token: agency.token(ann, 1).await,
            robot_token: agency.token(robot, 2).await,
            portal: agency.assign(case, clinic, PERSON).await,
            external: agency.assign(case, clinic, MACHINE).await,
            site,
            agency,
            staff,
            clinic,
            ann,
            robot,
            case,
        }
    }

    pub async fn ask(&self, method: &str, path: &str, token: Option<&str>, body: Option<Value>) -> Answer {
        let mut request = Request::builder().method(method).uri(path).header("x-request-id", "r");
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        let request = request
            .header("content-type", "application/json")
            .header("if-match", "*");
        self.site.send(request.body(body).expect("a request")).await
    }

    /// Asks as the agency's staff.
    pub async fn staff(&self, method: &str, path: &str, body: Value) -> Answer {
        self.ask(method, path, Some(&self.staff), Some(body)).await
    }

    pub async fn ann(&self, path: &str) -> Answer {
        self.ask("GET", &format!("{PORTAL}{path}"), Some(&self.ann_token), None)
            .await
    }

    pub async fn robot(&self, path: &str) -> Answer {
        self.ask("GET", &format!("{EXTERNAL}{path}"), Some(&self.robot_token), None)
            .await
    }

    /// The cookie of the portal's pages for a token.
    pub async fn sign_in(&self, token: &str) -> String {
        let form = format!("token={token}");
        let entered = self
            .site
            .send(browser("POST", "/provider/sign-in", "127.0.0.1", None, &form))
            .await;
        assert_eq!(entered.status, 303, "{}", entered.text);
        let set = entered.header("set-cookie");
        set.split(';').next().expect("a pair").to_owned()
    }

    /// A page of the portal.
    pub async fn page(&self, cookie: Option<&str>, method: &str, path: &str) -> Answer {
        self.site
            .send(browser(method, path, "127.0.0.1", cookie, "word="))
            .await
    }

    pub fn at_case(&self) -> String {
        format!("/cases/{}", self.case)
    }

    pub async fn audited(&self, action: &str) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM audit WHERE action = $1 AND organization_id = $2")
            .bind(action)
            .bind(self.agency.id.0)
            .fetch_one(&mut self.site.house.owner().await)
            .await
            .expect("counted")
    }
}

pub fn id(answer: &Answer) -> String {
    answer.json()["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{}", answer.text))
        .to_owned()
}

/// 7.01: the types of an agency's network, private entries beside public ones, and an NPI only where it applies.
#[tokio::test]
async fn feature_7_01_providers_of_every_type_with_an_npi_only_where_it_applies() {
    let world = World::open().await;
    for kind in [
        "IVF_CLINIC",
        "attorney",
        "escrow_agency",
        "GENETIC_COUNSELOR",
        "psychologist",
        "doula",
    ] {
        let made = world
            .staff("POST", "/agency-providers", json!({"type": kind, "name": "New one"}))
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        let made = made.json();
        assert_eq!((&made["private"], &made["npi"]), (&json!(true), &Value::Null));
        assert_eq!(made["type"], kind.to_lowercase());
    }
    let public = world.site.house.provider("SMITH", Some("1234567893")).await;
    let as_attorney = world
        .staff(
            "POST",
            "/agency-providers",
            json!({"type": "attorney", "provider": "1234567893"}),
        )
        .await;
    assert_eq!(
        (as_attorney.status.as_u16(), as_attorney.fault().1.as_str()),
        (422, "npi_not_applicable")
    );
    let linked = world
        .staff(
            "POST",
            "/agency-providers",
            json!({"type": "psychologist", "provider": "1234567893"}),
        )
        .await;
    assert_eq!(linked.status, 201, "{}", linked.text);
    assert_eq!(linked.json()["provider_id"], json!(public.id));
    assert_eq!(linked.json()["private"], json!(false));
    let twice = world
        .staff(
            "POST",
            "/agency-providers",
            json!({"type": "psychologist", "provider": public.id}),
        )
        .await;
    assert_eq!(twice.fault().1, "in_network");
    let odd = world
        .staff("POST", "/agency-providers", json!({"type": "no such!", "name": "x"}))
        .await;
    assert_eq!(odd.status, 422);
    let network = world.staff("GET", "/agency-providers", json!({})).await.json();
    assert_eq!(network["providers"].as_array().map(Vec::len), Some(8));
    for stranger in [None, Some(world.ann_token.as_str()), Some(world.site.token.as_str())] {
        let refused = world.ask("GET", "/agency-providers", stranger, None).await;
        assert!(matches!(refused.status.as_u16(), 401 | 403), "{}", refused.text);
    }
}

/// 7.02: invited, active with the first request, deactivated: dead at once; several at one provider.
#[tokio::test]
async fn feature_7_02_users_are_invited_come_in_and_are_shut_out() {
    let world = World::open().await;
    let invite = json!({"provider_id": world.clinic, "name": "Cleo", "email": "cleo@example.org"});
    let invited = world.staff("POST", "/provider-users", invite.clone()).await;
    assert_eq!(
        (invited.status.as_u16(), &invited.json()["status"]),
        (201, &json!("invited"))
    );
    assert_eq!(world.staff("POST", "/provider-users", invite).await.fault().1, "taken");
    let cleo = id(&invited);
    let issued = world
        .staff(
            "POST",
            "/provider-tokens",
            json!({"provider_user_id": cleo, "name": "laptop"}),
        )
        .await;
    assert_eq!(issued.status, 201, "{}", issued.text);
    let token = issued.json()["token"].as_str().expect("shown once").to_owned();
    let me = world.ask("GET", &format!("{PORTAL}/me"), Some(&token), None).await;
    assert_eq!((me.status.as_u16(), &me.json()["user_name"]), (200, &json!("Cleo")));
    let at = format!("/provider-users/{cleo}");
    assert_eq!(world.staff("GET", &at, json!({})).await.json()["status"], "active");
    let both = world
        .staff(
            "GET",
            &format!("/provider-users?provider_id={}", world.clinic),
            json!({}),
        )
        .await;
    assert_eq!(both.json()["users"].as_array().map(Vec::len), Some(3));
    for (turn, status) in [("deactivate", 401), ("activate", 200)] {
        let turned = world.staff("POST", &format!("{at}/{turn}"), json!({})).await;
        assert_eq!(turned.status, 200, "{}", turned.text);
        let me = world.ask("GET", &format!("{PORTAL}/me"), Some(&token), None).await;
        assert_eq!(me.status.as_u16(), status, "{turn}");
        let again = world.staff("POST", &format!("{at}/{turn}"), json!({})).await;
        assert_eq!((again.status.as_u16(), again.fault().1.as_str()), (422, "transition"));
    }
    let foreign = Agency::open(&world.site.house, "Other").await;
    let theirs = foreign.provider("Elsewhere", "attorney").await;
    let stranger = foreign.user(theirs, PERSON, "Zoe").await;
    let reached = world
        .staff("POST", &format!("/provider-users/{stranger}/deactivate"), json!({}))
        .await;
    assert_eq!(reached.status, 404);
}

/// 7.03: a case, an assignment, its end.
#[tokio::test]
async fn feature_7_03_an_ended_assignment_shows_nothing_from_then_on() {
    let world = World::open().await;
    let made = world
        .staff("POST", "/cases", json!({"reference": "HOPE-2", "kind": "egg_donation"}))
        .await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (201, "\"1\""));
    let case = id(&made);
    let taken = world
        .staff("POST", "/cases", json!({"reference": "HOPE-2", "kind": "x"}))
        .await;
    assert_eq!(taken.fault().1, "taken");
    assert_eq!(world.ann(&format!("/cases/{case}")).await.status, 404);
    let assigned = world
        .staff(
            "POST",
            &format!("/cases/{case}/providers"),
            json!({"provider_id": world.clinic, "role": "ivf_clinic"}),
        )
        .await;
    assert_eq!(assigned.status, 201, "{}", assigned.text);
    assert_eq!(
        world.ann(&format!("/cases/{case}")).await.json()["roles"][0]["role"],
        "ivf_clinic"
    );
    assert_eq!(
        world.ann("/cases").await.json()["cases"].as_array().map(Vec::len),
        Some(2)
    );
    let end = format!("/cases/{case}/providers/{}/end", id(&assigned));
    assert_eq!(world.staff("POST", &end, json!({})).await.status, 200);
    assert_eq!(world.ann(&format!("/cases/{case}")).await.status, 404);
    assert_eq!(
        world.ann("/cases").await.json()["cases"].as_array().map(Vec::len),
        Some(1)
    );
    let closed = world
        .staff("PATCH", &format!("/cases/{case}"), json!({"status": "closed"}))
        .await;
    assert_eq!(
        (&closed.json()["status"], &closed.json()["version"]),
        (&json!("closed"), &json!(2))
    );
    let outsider = world
        .staff(
            "POST",
            &format!("/cases/{case}/providers"),
            json!({"provider_id": uuid::Uuid::now_v7(), "role": "x"}),
        )
        .await;
    assert_eq!(outsider.fault().1, "not_in_network");
}

/// Everybody who may ask.
const ACTORS: [&str; 9] = [
    "assigned person",
    "assigned machine",
    "colleague deactivated",
    "person of another provider on the case",
    "person of an unassigned provider",
    "person of another agency",
    "agency staff",
    "platform administrator",
    "nobody",
];

/// What a share may have come to.
const STATES: [&str; 6] = [
    "never shared",
    "shared",
    "revoked",
    "run out",
    "withdrawn",
    "shared with another",
];

/// The word of each kind in paths.
fn word(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Document => "documents",
        ItemKind::MatchSheet => "match-sheets",
        ItemKind::MatchSheetList => "match-sheet-lists",
        ItemKind::Note => "notes",
        ItemKind::FinancialItem => "financial-items",
    }
}

/// 7.05: every kind of item in every state of sharing, asked for by everybody on every route.
#[tokio::test]
async fn feature_7_05_every_kind_in_every_state_for_everybody_on_every_route() {
    let world = World::open().await;
    let agency = &world.agency;
    let law = agency.provider("Law", "attorney").await;
    let away = agency.provider("Away", "psychologist").await;
    let other = Agency::open(&world.site.house, "Other").await;
    let foreign = other.provider("Foreign", "ivf_clinic").await;
    let users = [
        agency.user(world.clinic, PERSON, "Dan").await,
        agency.user(law, PERSON, "Lea").await,
        agency.user(away, PERSON, "Max").await,
    ];
    let mut tokens = vec![Some(world.ann_token.clone()), Some(world.robot_token.clone())];
    for (n, user) in (10..).zip(users) {
        tokens.push(Some(agency.token(user, n).await));
    }
    let zoe = other.user(foreign, PERSON, "Zoe").await;
    tokens.push(Some(other.token(zoe, 20).await));
    tokens.extend([Some(world.staff.clone()), Some(world.site.token.clone()), None]);
    let shut = agency.does(async |tx| provider_users::set_active(tx, users[0], false).await);
    shut.await.expect("deactivated");
    let theirs = agency.assign(world.case, law, PERSON).await;
    let mut cookies = Vec::new();
    for (actor, token) in ACTORS.iter().zip(&tokens) {
        let person = actor.contains("person of") || *actor == "assigned person";
        cookies.push(match token {
            Some(token) if person => Some(world.sign_in(token).await),
            _ => None,
        });
    }
    let mut asked = 0;
    for kind in ItemKind::ALL.iter().copied() {
        for state in STATES {
            // A text that nothing else has: wherever it turns up, this item was shown.
            let secret = format!("zq{}x", uuid::Uuid::now_v7().simple());
            let item = agency.put(world.case, &saying(kind, &secret)).await;
            bring_about(&world, item, kind, state, theirs).await;
            for ((actor, token), cookie) in ACTORS.iter().zip(&tokens).zip(&cookies) {
                let one = Tried {
                    item,
                    kind,
                    state,
                    actor,
                    secret: &secret,
                };
                asked += held_against(&world, &one, token.as_deref()).await;
                asked += pages_held_against(&world, &one, cookie.as_deref()).await;
            }
        }
    }
    assert!(asked > 2000, "{asked} answers");
}

/// An item of a kind that says this, and nothing else that is remarkable.
fn saying(kind: ItemKind, secret: &str) -> case_items::NewItem {
    use case_items::NewItem;
    match kind {
        ItemKind::Document => document(&format!("{secret}.pdf"), format!("%PDF-1.7 {secret}").as_bytes()),
        ItemKind::MatchSheet => {
            let mut sheet = serde_json::to_value(sheet()).expect("JSON");
            sheet["title"] = json!(secret);
            sheet["sections"][1]["fields"][0]["value"] = json!(secret);
            NewItem::MatchSheet(serde_json::from_value(sheet).expect("a sheet"))
        }
        ItemKind::MatchSheetList => {
            let list = json!({"title": secret, "match_sheets": []});
            NewItem::MatchSheetList(serde_json::from_value(list).expect("a list"))
        }
        ItemKind::Note => NewItem::Note {
            note: serde_json::from_value(json!({"text": secret})).expect("a note"),
            internal: false,
        },
        ItemKind::FinancialItem => {
            let amount = json!({"label": secret, "amount_cents": 100, "currency": "USD", "due_on": null});
            NewItem::FinancialItem(serde_json::from_value(amount).expect("an amount"))
        }
    }
}

/// One item, in one state of sharing, and who asks for it.
struct Tried<'a> {
    item: CaseItemId,
    kind: ItemKind,
    state: &'a str,
    actor: &'a str,
    secret: &'a str,
}

impl Tried<'_> {
    /// Whether the actor sees the item, wherever they come in.
    fn sees(&self) -> bool {
        let through = self.actor != "assigned machine"
            || matches!(
                self.kind,
                ItemKind::Document | ItemKind::MatchSheet | ItemKind::MatchSheetList
            );
        match self.actor {
            "assigned person" | "assigned machine" => self.state == "shared" && through,
            "person of another provider on the case" => self.state == "shared with another",
            _ => false,
        }
    }
}

/// Opens the pages of the portal, as whoever has a session of it or none. How many there were.
async fn pages_held_against(world: &World, tried: &Tried<'_>, cookie: Option<&str>) -> usize {
    let case = format!("/provider/cases/{}", world.case);
    let file = format!("{case}/documents/{}", tried.item);
    let on_case = matches!(
        tried.actor,
        "assigned person" | "person of another provider on the case"
    );
    let pages = [
        ("/provider/".to_owned(), true, false),
        (case, on_case, tried.sees()),
        (file, tried.sees() && tried.kind == ItemKind::Document, tried.sees()),
    ];
    for (path, there, shows) in &pages {
        let page = world.page(cookie, "GET", path).await;
        let told = format!("{} {}, {}: {path}: {}", tried.kind, tried.state, tried.actor, page.text);
        let status = match (cookie, there) {
            (None, _) => 401,
            (Some(_), true) => 200,
            (Some(_), false) => 404,
        };
        assert_eq!(page.status.as_u16(), status, "{told}");
        assert_eq!(page.text.contains(tried.secret), *shows && status == 200, "{told}");
    }
    pages.len()
}

async fn bring_about(world: &World, item: CaseItemId, kind: ItemKind, state: &str, theirs: AssignmentId) {
    let agency = &world.agency;
    let mut to = vec![world.portal];
    if matches!(
        kind,
        ItemKind::Document | ItemKind::MatchSheet | ItemKind::MatchSheetList
    ) {
        to.push(world.external);
    }
    for assignment in to {
        match state {
            "never shared" => {}
            "shared with another" => return agency.share(world.case, theirs, item).await,
            "run out" => {
                let terms = Terms {
                    fields: None,
                    expires_at: Some(minute(-1)),
                };
                let then = minute(-2);
                let done = agency.does_at(then, async |tx| {
                    sharing::grant(tx, world.case, assignment, item, &terms, None, then).await
                });
                done.await.expect("granted");
            }
            _ => agency.share(world.case, assignment, item).await,
        }
        if state == "revoked" {
            agency.revoke(world.case, assignment, item).await;
        }
    }
    if state == "withdrawn" {
        let done = agency.does(async |tx| case_items::withdraw(tx, world.case, item).await);
        done.await.expect("withdrawn");
    }
}

/// Asks all routes for an item and holds the answers against what must come. How many there were.
async fn held_against(world: &World, tried: &Tried<'_>, token: Option<&str>) -> usize {
    let Tried {
        item,
        kind,
        state,
        actor,
        secret,
    } = *tried;
    let mut asked = 0;
    for (door, prefix) in [(PERSON, PORTAL), (MACHINE, EXTERNAL)] {
        let at_door = match actor {
            "assigned person" | "person of another provider on the case" => door == PERSON,
            "assigned machine" => door == MACHINE,
            "person of an unassigned provider" | "person of another agency" => door == PERSON,
            _ => false,
        };
        let is_known = !matches!(
            actor,
            "colleague deactivated" | "agency staff" | "platform administrator" | "nobody"
        );
        let sees = tried.sees();
        let on_case = matches!(
            actor,
            "assigned person" | "assigned machine" | "person of another provider on the case"
        );
        let case = format!("{prefix}/cases/{}", world.case);
        let (items, one) = (
            format!("{case}/{}", word(kind)),
            format!("{case}/{}/{item}", word(kind)),
        );
        let acknowledged = format!("{one}/acknowledgement");
        let (content, link) = (format!("{one}/content"), format!("{one}/link"));
        let file = kind == ItemKind::Document;
        let changes = format!("{prefix}/changes");
        let routes = [
            ("GET", &changes, true, false),
            ("GET", &case, on_case, false),
            ("GET", &items, on_case, false),
            ("GET", &one, sees, false),
            ("POST", &acknowledged, sees, true),
            ("GET", &content, sees && file, false),
            ("POST", &link, sees && file, true),
        ];
        for (method, path, good, creates) in routes {
            let answer = world.ask(method, path, token, None).await;
            asked += 1;
            let expected = match (is_known, at_door, good, creates) {
                (false, ..) => 401,
                (true, false, ..) => 403,
                (true, true, true, true) => 201,
                (true, true, true, false) => 200,
                (true, true, false, _) => 404,
            };
            // Content and link are paths of documents only.
            let expected = if !file && (path == &content || path == &link) {
                404
            } else {
                expected
            };
            let told = format!("{kind} {state}, {actor}: {method} {path}: {}", answer.text);
            assert_eq!(answer.status.as_u16(), expected, "{told}");
            let said = answer.text.contains(secret);
            let shows = [&case, &items, &one, &content].contains(&path);
            assert_eq!(said, sees && at_door && shows && expected == 200, "{told}");
            if path != &changes {
                // What was taken back is told by its key: to those to whom it was given, and to nobody else.
                let shows = path == &case || path == &items || path == &one || path == &acknowledged;
                let keys = answer.text.contains(&item.to_string());
                assert_eq!(keys, sees && at_door && shows, "{told}");
            }
        }
    }
    asked
}

/// 7.06: whatever id is tried, wherever: the same answer to the letter as for a path that does not exist.
#[tokio::test]
async fn feature_7_06_guessed_ids_get_the_same_answer_to_the_letter() {
    let world = World::open().await;
    let hidden = world.agency.item(world.case, ItemKind::Document).await;
    let unassigned = world.agency.case("HOPE-9").await;
    let other = Agency::open(&world.site.house, "Other").await;
    let foreign = other.case("X-1").await;
    let shared = world.agency.item(world.case, ItemKind::Document).await;
    world.agency.share(world.case, world.portal, shared).await;
    world.agency.share(world.case, world.external, shared).await;
    let seed = rand::random::<u64>();
    let mut random = StdRng::seed_from_u64(seed);
    let mut guesses = (0..6)
        .map(|n| {
            let id = uuid::Uuid::from_u128(random.random());
            // One digit away from what is there, and words that are no ids.
            let mut near = shared.to_string().into_bytes();
            let last = near.len() - 1 - n;
            near[last] = if near[last] == b'0' { b'1' } else { b'0' };
            let word = (0..random.random_range(1..40)).map(|_| random.sample(Alphanumeric) as char);
            [id.to_string(), String::from_utf8(near).expect("text"), word.collect()]
        })
        .collect::<Vec<_>>()
        .concat();
    let cases = [
        unassigned.to_string(),
        foreign.to_string(),
        guesses.pop().expect("a guess"),
        "00000000-0000-0000-0000-000000000000".to_owned(),
        "1".to_owned(),
        "x'%20OR%20'1'='1".to_owned(),
        "..%2F..%2Fadmin".to_owned(),
        "%00".to_owned(),
    ];
    let items = cases
        .iter()
        .cloned()
        .chain([hidden.to_string(), world.case.to_string()])
        .chain(guesses);
    let items = items.collect::<Vec<_>>();
    for (prefix, token) in [(PORTAL, &world.ann_token), (EXTERNAL, &world.robot_token)] {
        let mut paths = Vec::new();
        for case in &cases {
            paths.push(("GET", format!("{prefix}/cases/{case}")));
            for word in [
                "documents",
                "match-sheets",
                "match-sheet-lists",
                "notes",
                "financial-items",
                "secrets",
            ] {
                paths.push(("GET", format!("{prefix}/cases/{case}/{word}")));
                paths.push(("GET", format!("{prefix}/cases/{case}/{word}/{shared}")));
            }
            paths.push(("GET", format!("{prefix}/cases/{case}/documents/{shared}/content")));
            paths.push(("POST", format!("{prefix}/cases/{case}/documents/{shared}/link")));
        }
        for item in &items {
            let case = world.case;
            paths.push(("GET", format!("{prefix}/cases/{case}/documents/{item}")));
            paths.push(("GET", format!("{prefix}/cases/{case}/notes/{item}")));
            paths.push(("GET", format!("{prefix}/cases/{case}/documents/{item}/content")));
            paths.push(("POST", format!("{prefix}/cases/{case}/documents/{item}/link")));
            paths.push((
                "POST",
                format!("{prefix}/cases/{case}/documents/{item}/acknowledgement"),
            ));
            paths.push(("GET", format!("/api/downloads/{item}")));
        }
        paths.push(("GET", format!("{prefix}/cases/{}/providers", world.case)));
        paths.push(("GET", format!("{prefix}/cases/{}/shares", world.case)));
        for item in &items {
            if prefix == PORTAL {
                paths.push(("GET", format!("{prefix}/clinic/documents/{item}/content")));
            } else {
                paths.push(("GET", format!("{prefix}/webhooks/{item}/deliveries")));
                paths.push(("POST", format!("{prefix}/webhooks/{item}/replay")));
                paths.push(("DELETE", format!("{prefix}/webhooks/{item}")));
            }
        }
        let nowhere = world
            .ask("GET", &format!("{prefix}/nowhere/at/all/that/is"), Some(token), None)
            .await;
        assert_eq!(nowhere.status, 404);
        for (method, path) in paths {
            let body = path.ends_with("/replay").then(|| json!({}));
            let answer = world.ask(method, &path, Some(token), body).await;
            assert_eq!(
                (answer.status, &answer.text),
                (nowhere.status, &nowhere.text),
                "{method} {path} (seed {seed})"
            );
            let mut headers = answer.headers.clone();
            let mut expected = nowhere.headers.clone();
            for volatile in ["content-length", "vary"] {
                headers.remove(volatile);
                expected.remove(volatile);
            }
            assert_eq!(headers, expected, "{method} {path}");
        }
    }
    // The pages, too: one page for everything that is not there or not to be seen.
    let cookie = world.sign_in(&world.ann_token).await;
    let nowhere = world.page(Some(&cookie), "GET", "/provider/cases/1").await;
    assert_eq!(nowhere.status, 404);
    let paths = cases.iter().flat_map(|case| {
        let case = format!("/provider/cases/{case}");
        [case.clone(), format!("{case}/documents/{shared}")]
    });
    let of_items = items.iter().flat_map(|item| {
        [
            format!("/provider/cases/{}/documents/{item}", world.case),
            format!("/provider/clinic/documents/{item}"),
        ]
    });
    for path in paths.chain(of_items).chain(["/provider/clinic".to_owned()]) {
        let page = world.page(Some(&cookie), "GET", &path).await;
        assert_eq!(
            (page.status, &page.text),
            (nowhere.status, &nowhere.text),
            "{path} (seed {seed})"
        );
    }
    let word = form_word(&nowhere.text);
    for item in &items {
        let path = format!("/provider/cases/{}/documents/{item}/received", world.case);
        let form = format!("word={word}");
        let page = browser("POST", &path, "127.0.0.1", Some(&cookie), &form);
        let page = world.site.send(page).await;
        assert_eq!(
            (page.status, &page.text),
            (nowhere.status, &nowhere.text),
            "{path} (seed {seed})"
        );
    }
}

/// 7.09, 7.10: the external API has its own items; what it has got it acknowledges; the history tells all of it.
#[tokio::test]
async fn feature_7_09_a_machine_sees_its_own_items_and_acknowledges_them() {
    let world = World::open().await;
    let (mine, portals) = (
        world.agency.item(world.case, ItemKind::Document).await,
        world.agency.item(world.case, ItemKind::Document).await,
    );
    let grant =
        |assignment, item: CaseItemId| json!({"assignment_id": assignment, "item_id": item, "reason": "asked for"});
    let shares = format!("/cases/{}/shares", world.case);
    for (assignment, item) in [(world.external, mine), (world.portal, portals)] {
        let shared = world.staff("POST", &shares, grant(assignment, item)).await;
        assert_eq!(shared.status, 201, "{}", shared.text);
    }
    let at = world.at_case();
    let seen = world.robot(&at).await.json();
    assert_eq!(seen["documents"].as_array().map(Vec::len), Some(1));
    assert_eq!(seen["documents"][0]["id"], json!(mine));
    assert_eq!(world.ann(&at).await.json()["documents"][0]["id"], json!(portals));
    let file = world.robot(&format!("{at}/documents/{mine}/content")).await;
    assert_eq!(
        (file.status.as_u16(), file.text.as_str()),
        (200, "%PDF-1.7 secret-document")
    );
    assert!(
        file.header("content-disposition")
            .starts_with("attachment; filename=\"results.pdf\"")
    );
    let done = format!("{EXTERNAL}{at}/documents/{mine}/acknowledgement");
    assert_eq!(
        world.ask("POST", &done, Some(&world.robot_token), None).await.status,
        201
    );
    let note = world.agency.item(world.case, ItemKind::Note).await;
    let refused = world.staff("POST", &shares, grant(world.external, note)).await;
    assert_eq!((refused.status.as_u16(), refused.fault().1.as_str()), (422, "channel"));
    let changes = world.robot("/changes").await.json();
    assert_eq!(changes["changes"][0]["item_id"], json!(mine));
    world.site.house.settled().await;
    let changes = world.robot("/changes").await.json();
    let next = changes["next"].as_str().expect("a moment").replace('+', "%2B");
    assert_eq!(
        world.robot(&format!("/changes?after={next}")).await.json()["changes"],
        json!([])
    );
    let history = world.staff("GET", &shares, json!({})).await.json();
    assert_eq!(history["shares"].as_array().map(Vec::len), Some(2));
    let seq = &history["shares"][0]["seq"];
    let one = world.staff("GET", &format!("{shares}/{seq}"), json!({})).await.json();
    assert_eq!(
        (&one["actor"], &one["reason"]),
        (&json!("token:staff"), &json!("asked for"))
    );
    let proof = format!("{at}/sharing-proof?provider_id={}", world.clinic);
    let proof = world.staff("GET", &proof, json!({})).await.json();
    let told = proof["items"]
        .as_array()
        .expect("items")
        .iter()
        .find(|item| item["id"] == json!(mine));
    let how = told.expect("in the proof")["did_see"]
        .as_array()
        .expect("sights")
        .iter()
        .map(|s| s["how"].clone());
    assert_eq!(
        how.collect::<Vec<_>>(),
        [json!("viewed"), json!("downloaded"), json!("acknowledged")]
    );
}

/// 7.09, 7.10: a machine names an address and hears of each share and revocation, by keys only, as long as its token is good.
#[tokio::test]
async fn feature_7_09_a_machine_is_told_at_once_of_what_is_shared_with_it() {
    let world = World::open().await;
    let at = format!("{EXTERNAL}/webhooks");
    let robot = Some(world.robot_token.as_str());
    let post = |body: Value| world.ask("POST", &at, robot, Some(body));
    for (body, field) in [
        (json!({"url": "https://169.254.169.254/latest"}), "url"),
        (json!({"url": "http://hooks.example.org/"}), "url"),
        (
            json!({"url": "https://hooks.example.org/", "types": ["provider.updated"]}),
            "types[0]",
        ),
    ] {
        let refused = post(body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (400, field),
            "{}",
            refused.text
        );
    }
    let person = world.ask("GET", &at, Some(&world.ann_token), None).await;
    assert_eq!(person.status, 403, "the portal's tokens are not for systems");
    let made = post(json!({"url": "https://hooks.example.org/cases"})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (hook, secret) = (id(&made), made.json()["secret"].as_str().expect("a secret").to_owned());
    let agencys = world.staff("GET", "/webhooks", json!({})).await;
    assert_eq!(agencys.json()["webhooks"], json!([]), "it is the provider's alone");
    // No test posts to the world outside: the address becomes one of this machine behind the interface's back.
    let (receiver, url) = Receiver::open(1).await;
    let moved = format!("UPDATE webhook SET url = '{url}' WHERE id = '{hook}'");
    world.site.house.sql(&moved).await;
    publish(&world.site, 10);

    let item = world.agency.item(world.case, ItemKind::Document).await;
    let other = world.agency.item(world.case, ItemKind::MatchSheet).await;
    world.agency.share(world.case, world.portal, other).await;
    world.agency.share(world.case, world.external, item).await;
    world.agency.revoke(world.case, world.external, item).await;
    let got = receiver.wait_for(2).await;
    let told = got.iter().map(|(headers, body)| {
        let header = |name: &str| headers[name].to_str().expect("text").to_owned();
        let stamp = header("webhook-timestamp").parse().expect("a number");
        assert_eq!(
            header("webhook-signature"),
            signature(&secret, &header("webhook-id"), stamp, body)
        );
        let event: Value = serde_json::from_str(body).expect("JSON");
        assert_eq!(
            event["data"]["item_id"],
            json!(item),
            "what goes to the portal is not told here"
        );
        assert!(!body.contains("file") && !body.contains("HOPE-1"), "keys only: {body}");
        event["type"].as_str().expect("a type").to_owned()
    });
    assert_eq!(told.collect::<Vec<_>>(), ["case.item.shared", "case.item.revoked"]);
    let listed = world
        .robot(&format!("/webhooks/{hook}/deliveries?status=DELIVERED"))
        .await;
    assert_eq!(
        listed.json()["deliveries"].as_array().map(Vec::len),
        Some(2),
        "{}",
        listed.text
    );

    // Another system of the same agency's network sees nothing of it.
    let stranger = world
        .agency
        .user(world.agency.provider("Elm Law", "attorney").await, MACHINE, "Elm")
        .await;
    let stranger = world.agency.token(stranger, 9).await;
    for (method, path) in [
        ("GET", format!("{at}/{hook}/deliveries")),
        ("POST", format!("{at}/{hook}/replay")),
        ("DELETE", format!("{at}/{hook}")),
    ] {
        let hidden = world.ask(method, &path, Some(&stranger), Some(json!({}))).await;
        assert_eq!(hidden.status, 404, "{method} {path}: {}", hidden.text);
    }
    // Once the token is revoked, nothing is posted any more, not even what waits.
    world
        .site
        .house
        .sql("UPDATE provider_token SET revoked_at = now() - interval '1 s'")
        .await;
    let before: i64 = queued(&world).await;
    world.agency.share(world.case, world.external, item).await;
    assert_eq!(queued(&world).await, before, "nothing is queued for a dead token");
}

async fn queued(world: &World) -> i64 {
    let mut owner = world.site.house.owner().await;
    let count = sqlx::query_scalar("SELECT count(*) FROM webhook_delivery").fetch_one(&mut owner);
    count.await.expect("counted")
}

/// 7.11: a note about a provider: the flag shows and hides it at once.
#[tokio::test]
async fn feature_7_11_a_flag_shows_and_hides_a_note_at_once() {
    let world = World::open().await;
    let at = format!("/agency-providers/{}/notes", world.clinic);
    let note = world.staff("POST", &at, json!({"text": "pays late"})).await;
    assert_eq!(note.status, 201, "{}", note.text);
    let with_case = world
        .staff(
            "POST",
            &at,
            json!({"text": "call us", "case_id": world.case, "shareable": true}),
        )
        .await;
    assert_eq!(with_case.status, 201, "{}", with_case.text);
    let seen = async || {
        world.ann("/provider-notes").await.json()["notes"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!(seen().await, Some(0));
    assert_eq!(
        world.ann(&world.at_case()).await.json()["provider_notes"][0]["text"],
        "call us"
    );
    for (shareable, count) in [(true, 1), (false, 0)] {
        let flag = format!("/provider-notes/{}", id(&note));
        assert_eq!(
            world
                .staff("PATCH", &flag, json!({"shareable": shareable}))
                .await
                .status,
            200
        );
        assert_eq!(seen().await, Some(count));
    }
    // The same for a note of the case that is shared.
    let made = world
        .staff(
            "POST",
            &format!("/cases/{}/notes", world.case),
            json!({"text": "Embryo <b>7</b>"}),
        )
        .await;
    assert_eq!(made.json()["offered"], json!(false));
    let grant = json!({"assignment_id": world.portal, "item_id": id(&made)});
    let shares = format!("/cases/{}/shares", world.case);
    assert_eq!(
        world.staff("POST", &shares, grant.clone()).await.fault().1,
        "internal_note"
    );
    let flag = format!("/cases/{}/notes/{}", world.case, id(&made));
    for (internal, count) in [(false, 1), (true, 0), (false, 1)] {
        assert_eq!(
            world.staff("PATCH", &flag, json!({"internal": internal})).await.status,
            200
        );
        if world.staff("GET", &shares, json!({})).await.json()["shares"] == json!([]) {
            assert_eq!(world.staff("POST", &shares, grant.clone()).await.status, 201);
        }
        let notes = world.ann(&format!("{}/notes", world.at_case())).await.json();
        assert_eq!(
            notes["items"].as_array().map(Vec::len),
            Some(count),
            "internal: {internal}"
        );
    }
}

/// 7.13: issued once, checked, scoped, rotated, revoked.
#[tokio::test]
async fn feature_7_13_tokens_are_checked_rotated_and_revoked() {
    let world = World::open().await;
    let check = async |token: &str| world.ask("GET", "/api/provider-auth", Some(token), None).await;
    let checked = check(&world.ann_token).await;
    assert_eq!(
        (checked.status.as_u16(), &checked.json()["active"]),
        (200, &json!(true))
    );
    assert_eq!(checked.json()["scopes"], json!(["portal"]));
    for bad in [
        "pvp_000000000000_00",
        "provdir_00",
        &world.staff,
        &world.site.token,
        "x",
    ] {
        assert_eq!(check(bad).await.status, 401);
    }
    let wrong = json!({"provider_user_id": world.ann, "name": "x", "scopes": ["external:read"]});
    assert_eq!(
        world.staff("POST", "/provider-tokens", wrong).await.fault().1,
        "unknown_scope"
    );
    let past = json!({"provider_user_id": world.ann, "name": "x", "expires_at": minute(-1)});
    assert_eq!(world.staff("POST", "/provider-tokens", past).await.fault().1, "past");
    let reader = json!({"provider_user_id": world.robot, "name": "reader", "scopes": ["external:read"], "expires_at": minute(1)});
    let reader = world.staff("POST", "/provider-tokens", reader).await;
    let token = reader.json()["token"].as_str().expect("shown").to_owned();
    let document = world.agency.item(world.case, ItemKind::Document).await;
    world.agency.share(world.case, world.external, document).await;
    let at = format!("{EXTERNAL}/cases/{}/documents/{document}", world.case);
    assert_eq!(world.ask("GET", &at, Some(&token), None).await.status, 200);
    assert_eq!(
        world
            .ask("POST", &format!("{at}/acknowledgement"), Some(&token), None)
            .await
            .status,
        403
    );
    let rotated = world
        .staff("POST", &format!("/provider-tokens/{}/rotate", id(&reader)), json!({}))
        .await;
    let fresh = rotated.json()["token"].as_str().expect("shown").to_owned();
    assert_eq!(
        (check(&token).await.status.as_u16(), check(&fresh).await.status.as_u16()),
        (401, 200)
    );
    assert_eq!(rotated.json()["expires_at"], reader.json()["expires_at"]);
    let again = world
        .staff("POST", &format!("/provider-tokens/{}/rotate", id(&reader)), json!({}))
        .await;
    assert_eq!(again.fault().1, "dead");
    assert_eq!(
        world
            .staff("POST", &format!("/provider-tokens/{}/revoke", id(&rotated)), json!({}))
            .await
            .status,
        200
    );
    assert_eq!(check(&fresh).await.status, 401);
    // On every node with the next request: nothing about tokens is remembered.
    let other = world.site.second_node().await;
    let there = async || {
        ask(&other, &world.ann_token, None, "GET", "/api/provider-auth", None)
            .await
            .status
    };
    assert_eq!(there().await, 200);
    let of_ann = world
        .staff(
            "GET",
            &format!("/provider-tokens?provider_user_id={}", world.ann),
            json!({}),
        )
        .await
        .json();
    let of_ann = of_ann["tokens"][0]["id"].as_str().expect("an id").to_owned();
    let revoked = world
        .staff("POST", &format!("/provider-tokens/{of_ann}/revoke"), json!({}))
        .await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    assert_eq!(there().await, 401);
    let listed = world.staff("GET", "/provider-tokens", json!({})).await.text;
    assert!(
        !listed.contains(&fresh) && !listed.contains(&fresh[17..]) && listed.contains("prefix"),
        "{listed}"
    );
}

/// 7.14: each token has its own measure, and every access is in the audit.
#[tokio::test]
async fn feature_7_14_who_asks_too_often_waits_and_every_access_is_written_down() {
    // One more every six seconds: far longer than what is asked here between one answer and the next.
    let world = World::set_up(Settings {
        token_per_minute: NonZeroU32::new(10).expect("not zero"),
        ..Settings::default()
    })
    .await;
    world.ann(&world.at_case()).await;
    assert_eq!(world.audited("portal.viewed").await, 1);
    let chain: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit a JOIN audit_seal s ON s.audit_id = a.id WHERE a.actor = $1")
            .bind(format!("provider_user:{}", world.ann))
            .fetch_one(&mut world.site.house.owner().await)
            .await
            .expect("counted");
    assert!(chain > 0, "sealed like every other row");
    let cookie = world.sign_in(&world.ann_token).await;
    let mut refused = None;
    for _ in 0..100 {
        let answer = world
            .ask("GET", &format!("{PORTAL}/me/nowhere"), Some(&world.ann_token), None)
            .await;
        assert_eq!(answer.status, 404);
        let answer = world.ann("/me").await;
        if answer.status != 200 {
            refused = Some(answer);
            break;
        }
    }
    let refused = refused.expect("at last");
    assert_eq!(refused.status, 429);
    assert!(refused.header("retry-after").parse::<u32>().is_ok_and(|s| s >= 1));
    let page = browser("GET", "/provider/", "127.0.0.1", Some(&cookie), "");
    let page = world.site.send(page).await;
    assert_eq!(page.status, 429, "the pages are measured with the same token");
    assert!(!page.header("retry-after").is_empty());
    assert_eq!(world.robot("/me").await.status, 200, "another token is not concerned");
}

/// 7.15: a revocation stops a download that runs, and a link that was made before.
#[tokio::test]
async fn feature_7_15_a_revocation_stops_open_downloads_and_links() {
    let world = World::open().await;
    let mut bytes = b"%PDF-1.7 ".to_vec();
    bytes.resize(1 << 20, b'x');
    let item = world.agency.put(world.case, &document("large.pdf", &bytes)).await;
    world.agency.share(world.case, world.portal, item).await;
    let at = format!("{PORTAL}/cases/{}/documents/{item}", world.case);
    let fetch = || {
        let request =
            Request::get(format!("{at}/content")).header("authorization", format!("Bearer {}", world.ann_token));
        world
            .site
            .router()
            .oneshot(request.body(Body::empty()).expect("a request"))
    };
    let whole = axum::body::to_bytes(fetch().await.expect("an answer").into_body(), 4 << 20).await;
    assert_eq!(whole.expect("whole"), bytes);
    let link = async || {
        let made = world
            .ask("POST", &format!("{at}/link"), Some(&world.ann_token), None)
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        let url = made.json()["url"].as_str().expect("an address").to_owned();
        url[url.find("/api/").expect("a path")..].to_owned()
    };
    let (used, kept) = (link().await, link().await);
    assert_eq!(world.ask("GET", &used, None, None).await.text.len(), bytes.len());
    assert_eq!(
        world.ask("GET", &used, None, None).await.status,
        404,
        "a link is good once"
    );
    let mut body = fetch().await.expect("an answer").into_body();
    let first = next_piece(&mut body).await.expect("a piece").expect("good");
    assert!(first < bytes.len());
    world.agency.revoke(world.case, world.portal, item).await;
    let mut read = first;
    let stopped = loop {
        match next_piece(&mut body).await {
            Some(Ok(piece)) => read += piece,
            end => break end,
        }
    };
    assert!(
        matches!(stopped, Some(Err(_))) && read < bytes.len(),
        "{read} of {}",
        bytes.len()
    );
    assert_eq!(
        world.ask("GET", &kept, None, None).await.status,
        404,
        "the link is dead"
    );
    assert_eq!(
        world
            .ask("GET", &format!("{at}/content"), Some(&world.ann_token), None)
            .await
            .status,
        404
    );
    // A token that is revoked stops what it has begun, and its links; the person has another one.
    world.agency.share(world.case, world.portal, item).await;
    let second = world.agency.token(world.ann, 3).await;
    let begun = Request::get(format!("{at}/content")).header("authorization", format!("Bearer {second}"));
    let begun = world
        .site
        .router()
        .oneshot(begun.body(Body::empty()).expect("a request"));
    let mut body = begun.await.expect("an answer").into_body();
    next_piece(&mut body).await.expect("a piece").expect("good");
    let listed = world.staff("GET", "/provider-tokens", json!({})).await.json();
    let listed = listed["tokens"].as_array().expect("tokens").iter();
    let mut of_second = listed.filter(|token| second.contains(token["prefix"].as_str().expect("a prefix")));
    let of_second = of_second.next().expect("listed")["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let revoked = world
        .staff("POST", &format!("/provider-tokens/{of_second}/revoke"), json!({}))
        .await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    let stopped = loop {
        match next_piece(&mut body).await {
            Some(Ok(_)) => {}
            end => break end,
        }
    };
    assert!(matches!(stopped, Some(Err(_))), "a dead token reads on");
    assert_eq!(
        fetch().await.expect("an answer").status(),
        200,
        "the other token is good"
    );
    let kept = link().await;
    let shut = world
        .agency
        .does(async |tx| provider_users::set_active(tx, world.ann, false).await);
    shut.await.expect("deactivated");
    assert_eq!(world.ask("GET", &kept, None, None).await.status, 404);
}

/// The length of the next piece of a body.
async fn next_piece(body: &mut Body) -> Option<Result<usize, axum::Error>> {
    let mut stream = std::mem::take(body).into_data_stream();
    let piece = stream.next().await;
    *body = Body::from_stream(stream);
    piece.map(|piece| piece.map(|bytes| bytes.len()))
}

/// 7.16: the preview is the portal's answer byte for byte, for all kinds, by field, and after changes.
#[tokio::test]
async fn feature_7_16_the_preview_is_the_portals_answer_byte_for_byte() {
    let world = World::open().await;
    let preview = async |user: ProviderUserId| {
        let at = format!("/cases/{}/view-as/{user}", world.case);
        world.ask("GET", &at, Some(&world.staff), None).await
    };
    let same = async || {
        let (portal, external) = (world.ann(&world.at_case()).await, world.robot(&world.at_case()).await);
        let (as_ann, as_robot) = (preview(world.ann).await, preview(world.robot).await);
        assert_eq!((portal.status, &portal.text), (as_ann.status, &as_ann.text));
        assert_eq!((external.status, &external.text), (as_robot.status, &as_robot.text));
        portal.text
    };
    same().await;
    for kind in ItemKind::ALL {
        let item = world.agency.put(world.case, &thing(*kind)).await;
        world.agency.share(world.case, world.portal, item).await;
        same().await;
    }
    let by_field = world
        .agency
        .put(world.case, &case_items::NewItem::MatchSheet(sheet()))
        .await;
    let grant = json!({"assignment_id": world.external, "item_id": by_field, "fields": ["identity.age"], "expires_at": minute(5)});
    let shared = world
        .staff("POST", &format!("/cases/{}/shares", world.case), grant)
        .await;
    assert_eq!(shared.status, 201, "{}", shared.text);
    same().await;
    let seen = world.robot(&world.at_case()).await;
    assert!(seen.text.contains("\"age\"") && !seen.text.contains("Rosalind") && !seen.text.contains("Health"));
    let sights: i64 = sqlx::query_scalar("SELECT count(*) FROM share_sight")
        .fetch_one(&mut world.site.house.owner().await)
        .await
        .expect("counted");
    preview(world.ann).await;
    let after: i64 = sqlx::query_scalar("SELECT count(*) FROM share_sight")
        .fetch_one(&mut world.site.house.owner().await)
        .await
        .expect("counted");
    assert_eq!(sights, after, "a preview is nobody's look");
    let end = format!("/cases/{}/providers/{}/end", world.case, world.portal);
    world.staff("POST", &end, json!({})).await;
    assert!(same().await.contains("There is nothing at this path."));
}

/// Files that are not what they say, are too long, or come with a path: refused, written down, nothing stored by halves.
#[tokio::test]
async fn bad_files_are_refused_written_down_and_not_stored() {
    let world = World::open().await;
    let of_case = format!("/cases/{}/documents", world.case);
    let of_clinic = format!("/agency-providers/{}/documents", world.clinic);
    let post = async |at: &str, name: &str, kind: &str, body: Vec<u8>| {
        let request = Request::post(format!("{at}?name={name}"))
            .header("authorization", format!("Bearer {}", world.staff))
            .header("content-type", kind);
        world
            .site
            .send(request.body(Body::from(body)).expect("a request"))
            .await
    };
    let send = async |name: &str, kind: &str, body: Vec<u8>| post(&of_case, name, kind, body).await;
    let good = send("Lab%20results.pdf", "application/pdf", b"%PDF-1.7 fine".to_vec()).await;
    assert_eq!(good.status, 201, "{}", good.text);
    assert_eq!(good.json()["size_bytes"], 13);
    let pdf = b"%PDF-1.7".to_vec();
    for (name, kind, body, code) in [
        ("..%2F..%2Fetc%2Fpasswd.pdf", "application/pdf", pdf.clone(), "path"),
        ("a%5Cb.pdf", "application/pdf", pdf.clone(), "path"),
        ("bomb.zip", "application/zip", b"PK\x03\x04".to_vec(), "unsupported"),
        ("bomb.pdf", "application/pdf", b"PK\x03\x04".to_vec(), "type_mismatch"),
        ("page.pdf", "text/html", b"<script>".to_vec(), "unsupported"),
        ("page.exe", "application/pdf", pdf.clone(), "ending"),
        (
            "long.pdf",
            "application/pdf",
            [pdf, vec![b'x'; 26 << 20]].concat(),
            "length",
        ),
    ] {
        for (at, action) in [
            (&of_case, "case_document.refused"),
            (&of_clinic, "clinic_document.refused"),
        ] {
            let before = world.audited(action).await;
            let refused = post(at, name, kind, body.clone()).await;
            assert_eq!(refused.fault().1, code, "{at} {name}: {}", refused.text);
            let status = if code == "length" { 413 } else { 422 };
            assert_eq!(refused.status.as_u16(), status, "{at} {name}");
            assert_eq!(world.audited(action).await, before + 1, "{at} {name}");
        }
    }
    // A gigabyte is refused when it passes the limit, not when all of it has been read.
    let (read, piece) = (Arc::new(AtomicUsize::new(0)), Bytes::from(vec![b'x'; 1 << 16]));
    let counting = read.clone();
    let gigabyte = futures::stream::iter(0..1 << 14).map(move |_| {
        counting.fetch_add(piece.len(), Ordering::Relaxed);
        Ok::<_, Infallible>(piece.clone())
    });
    let request = Request::post(format!("{of_case}?name=giant.pdf"))
        .header("authorization", format!("Bearer {}", world.staff))
        .header("content-type", "application/pdf");
    let before = world.audited("case_document.refused").await;
    let request = request.body(Body::from_stream(gigabyte)).expect("a request");
    let refused = world.site.send(request).await;
    assert_eq!((refused.status.as_u16(), refused.fault().1.as_str()), (413, "length"));
    let read = read.load(Ordering::Relaxed);
    assert!(read < 27 << 20, "{read} bytes were read");
    assert_eq!(world.audited("case_document.refused").await, before + 1);
    let listed = world
        .staff("GET", &format!("/cases/{}/documents", world.case), json!({}))
        .await
        .json();
    assert_eq!(listed["items"].as_array().map(Vec::len), Some(1));
    let papers = world.staff("GET", &of_clinic, json!({})).await.json();
    assert_eq!(papers["documents"], json!([]));
    let item = id(&good);
    let read = world
        .staff(
            "GET",
            &format!("/cases/{}/documents/{item}/content", world.case),
            json!({}),
        )
        .await;
    assert_eq!(read.text, "%PDF-1.7 fine");
}

/// A browser's request.
pub fn browser(method: &str, path: &str, host: &str, cookie: Option<&str>, form: &str) -> Request<Body> {
    let mut request = Request::builder()
        .method(method)
        .uri(path)
        .header("host", host)
        .header("accept", "text/html");
    if let Some(cookie) = cookie {
        request = request.header("cookie", cookie);
    }
    let request = request.header("content-type", "application/x-www-form-urlencoded");
    request.body(Body::from(form.to_owned())).expect("a request")
}

/// The word of the first form on a page.
pub fn form_word(page: &str) -> String {
    let from = page.find("name=\"word\" value=\"").expect("a word") + 19;
    page[from..from + 64].to_owned()
}

/// 7.07: the portal's pages have a sign-in and a cookie of their own; nobody else's opens them, and theirs opens nothing else.
#[tokio::test]
async fn feature_7_07_the_portals_pages_stand_apart() {
    let world = World::open().await;
    let host = "127.0.0.1:8080";
    let site = &world.site;
    let first = site.send(browser("GET", "/provider/", host, None, "")).await;
    assert_eq!(
        (first.status.as_u16(), first.header("refresh")),
        (401, "0; url=/provider/sign-in")
    );
    let sign_in = async |token: &str| {
        site.send(browser(
            "POST",
            "/provider/sign-in",
            host,
            None,
            &format!("token={token}"),
        ))
        .await
    };
    for wrong in [&world.staff, &site.token, &world.robot_token, "pvp_x"] {
        let refused = sign_in(wrong).await;
        assert_eq!(refused.status, 401);
        assert!(refused.headers.get("set-cookie").is_none() && refused.text.contains("role=\"alert\""));
    }
    let entered = sign_in(&world.ann_token).await;
    let set = entered.header("set-cookie").to_owned();
    assert!(
        set.contains("Path=/provider;") && set.contains("HttpOnly; SameSite=Strict"),
        "{set}"
    );
    let cookie = set.split(';').next().expect("a pair").to_owned();
    let note = case_items::NewItem::Note {
        note: serde_json::from_value(json!({"text": "<script>alert(1)</script>"})).expect("a note"),
        internal: false,
    };
    let note = world.agency.put(world.case, &note).await;
    world.agency.share(world.case, world.portal, note).await;
    let file = world.agency.item(world.case, ItemKind::Document).await;
    world.agency.share(world.case, world.portal, file).await;
    let see = async |path: &str| site.send(browser("GET", path, host, Some(&cookie), "")).await;
    let home = see("/provider/").await;
    assert!(home.status == 200 && home.text.contains("HOPE-1"), "{}", home.text);
    let at = format!("/provider/cases/{}", world.case);
    let page = see(&at).await;
    assert!(
        page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.text.contains("<script"),
        "{}",
        page.text
    );
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(page.header("cache-control").contains("no-store"));
    let download = see(&format!("{at}/documents/{file}")).await;
    assert_eq!(download.text, "%PDF-1.7 secret-document");
    let received = format!("{at}/documents/{file}/received");
    let word = form_word(&page.text);
    for (form, status) in [("word=", 403), (&*format!("word={word}"), 200)] {
        let answer = site.send(browser("POST", &received, host, Some(&cookie), form)).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
    let mut foreign = browser("POST", &received, host, Some(&cookie), &format!("word={word}"));
    foreign
        .headers_mut()
        .insert("sec-fetch-site", "cross-site".parse().expect("a value"));
    assert_eq!(site.send(foreign).await.status, 403);
    let missing = [
        see("/provider/cases/1").await,
        see(&format!("/provider/cases/{}", uuid::Uuid::now_v7())).await,
    ];
    assert_eq!((missing[0].status.as_u16(), &missing[0].text), (404, &missing[1].text));
    // The cookie and the token open nothing else, and nothing else opens the portal.
    for path in ["/cases", "/agency-providers", "/provider-users", "/provider-tokens"] {
        assert_eq!(see(path).await.status, 401, "{path}");
        assert_eq!(
            world.ask("GET", path, Some(&world.ann_token), None).await.status,
            401,
            "{path}"
        );
    }
    let other = site
        .send(browser(
            "GET",
            "/provider/",
            host,
            Some("provdir_session=provsession_00"),
            "",
        ))
        .await;
    assert_eq!(other.status, 401);
    // The session dies with its token.
    let shut = world
        .agency
        .does(async |tx| provider_users::set_active(tx, world.ann, false).await);
    shut.await.expect("deactivated");
    assert_eq!(see(&at).await.status, 401);
    let back = world
        .agency
        .does(async |tx| provider_users::set_active(tx, world.ann, true).await);
    back.await.expect("activated");
    assert_eq!(see(&at).await.status, 200);
    let out = site
        .send(browser(
            "POST",
            "/provider/sign-out",
            host,
            Some(&cookie),
            &format!("word={word}"),
        ))
        .await;
    assert_eq!(out.status, 303);
    assert_eq!(see(&at).await.status, 401, "signed out");
}

/// 7.12: the host's first label chooses the clothes; an unknown one gets the plain portal.
#[tokio::test]
async fn feature_7_12_a_configured_subdomain_dresses_the_portal_up() {
    let world = World::open().await;
    let at = format!("/agency-providers/{}/clinic-portal", world.clinic);
    let clothes = json!({"subdomain": "riverside", "title": "Riverside <Family>", "theme": "teal", "welcome": "Hello"});
    assert_eq!(world.staff("PUT", &at, clothes.clone()).await.status, 200);
    let page = async |host: &str| {
        let page = world
            .site
            .send(browser("GET", "/provider/sign-in", host, None, ""))
            .await;
        assert_eq!(page.status, 200);
        page.text
    };
    let dressed = page("riverside.portal.example.org").await;
    assert!(
        dressed.contains("Riverside &lt;Family&gt;") && dressed.contains("theme-teal") && dressed.contains("Hello")
    );
    for plain in ["other.portal.example.org", "localhost:8080", "127.0.0.1"] {
        let page = page(plain).await;
        assert!(page.contains("Provider portal") && page.contains("theme-plain") && !page.contains("Riverside"));
    }
    for (subdomain, theme, code) in [("Not a label", "teal", "format"), ("fine", "<b>", "unknown_term")] {
        let body = json!({"subdomain": subdomain, "title": "x", "theme": theme});
        assert_eq!(world.staff("PUT", &at, body).await.fault().1, code);
    }
    let law = world.agency.provider("Law", "attorney").await;
    let taken = world
        .staff("PUT", &format!("/agency-providers/{law}/clinic-portal"), clothes)
        .await;
    assert_eq!(taken.fault().1, "taken");
    assert_eq!(world.staff("DELETE", &at, json!({})).await.status, 204);
    assert!(page("riverside.portal.example.org").await.contains("Provider portal"));
}

/// 7.12: a clinic sees in its own portal what is booked at the site that the agency has tied to it; whom for only where that
/// is a case assigned to it; and nothing without the tie, by a plain portal, or by a machine.
#[tokio::test]
async fn feature_7_12_a_clinic_sees_what_is_booked_at_it() {
    let world = World::open().await;
    let practice = Practice {
        house: &world.site.house,
        organization: world.agency.id,
        actor: world.agency.staff.clone(),
    };
    let main = practice.clinic("Main <Street>", "America/New_York").await;
    let away = practice.clinic("Away", "America/Chicago").await;
    let doctor = practice.practitioner_at("Dr. Gray", &[main, away]).await;
    for (clinic, monday) in [(main, hours(1, "09:00", "11:00")), (away, hours(1, "14:00", "15:00"))] {
        practice.schedule(doctor, clinic, &monday).await;
    }
    let book = async |at: &str, patient: &str| {
        let slots = practice.slots(&Filter::default()).await;
        let slot = slots
            .iter()
            .find(|slot| slot.span.starts_at.to_rfc3339().starts_with(at));
        let slot = slot.unwrap_or_else(|| panic!("a slot at {at}"));
        practice.book(slot.id, patient).await.expect("booked")
    };
    // In New York's winter nine o'clock is two in the afternoon, UTC.
    book("2026-11-23T14:00", "HOPE-1").await;
    book("2026-11-23T14:30", "Mrs Secret").await;
    world.agency.case("HOPE-2").await;
    book("2026-11-23T15:00", "HOPE-2").await;
    book("2026-11-30T14:00", "HOPE-1").await;
    book("2026-11-23T20:00", "HOPE-1").await;

    let at = format!("/agency-providers/{}/clinic-portal", world.clinic);
    let clothes = |clinic: Value| json!({"subdomain": "riverside", "title": "Riverside", "theme": "teal", "welcome": "", "clinic_id": clinic});
    let seen = async |query: &str| world.ann(&format!("/clinic/appointments{query}")).await;
    assert_eq!(world.staff("PUT", &at, clothes(Value::Null)).await.status, 200);
    assert_eq!(seen("").await.status, 404, "no site is tied to it");
    let unknown = world.staff("PUT", &at, clothes(json!(uuid::Uuid::nil()))).await;
    assert_eq!(unknown.fault(), ("clinic_id".to_owned(), "unknown".to_owned()));
    assert_eq!(world.staff("PUT", &at, clothes(json!(main))).await.status, 200);
    let kept = world.staff("GET", &at, json!({})).await.json();
    assert_eq!(kept, clothes(json!(main)));

    let week = seen("").await;
    assert_eq!(week.status, 200, "{}", week.text);
    assert!(!week.text.contains("Secret") && !week.text.contains("HOPE-2") && !week.text.contains("20:00"));
    let week = week.json();
    assert_eq!(
        (&week["clinic"], &week["from"], &week["until"], &week["more"]),
        (
            &json!("Main <Street>"),
            &json!("2026-11-22"),
            &json!("2026-11-29"),
            &json!(false)
        )
    );
    let told = |week: &Value| {
        let all = week["appointments"].as_array().cloned().unwrap_or_default();
        let one = |a: &Value| {
            assert_eq!(a["practitioner_name"], "Dr. Gray");
            (
                a["starts_at"].as_str().unwrap_or_default().to_owned(),
                a["case_reference"].clone(),
            )
        };
        all.iter().map(one).collect::<Vec<_>>()
    };
    let of = |at: &str, case: Value| (format!("{at}:00Z"), case);
    let first = of("2026-11-23T14:00", json!("HOPE-1"));
    let taken = ["2026-11-23T14:30", "2026-11-23T15:00"].map(|at| of(at, Value::Null));
    assert_eq!(told(&week), [vec![first], taken.to_vec()].concat());
    let next = seen("?from=2026-11-30&days=1").await.json();
    assert_eq!(told(&next), [of("2026-11-30T14:00", json!("HOPE-1"))]);
    for (query, field) in [
        ("?from=x", "from"),
        ("?days=63", "days"),
        ("?from=0001-01-01", "from"),
        ("?day=1", "day"),
    ] {
        assert_eq!(seen(query).await.fault().0, field, "{query}");
    }
    assert!(world.audited("portal.appointments").await >= 2);

    let cookie = world.sign_in(&world.ann_token).await;
    let page = async |host: &str, path: &str| world.site.send(browser("GET", path, host, Some(&cookie), "")).await;
    let path = "/provider/clinic/appointments";
    let own = page("riverside.portal.example.org", path).await;
    assert_eq!(own.status, 200, "{}", own.text);
    for words in [
        "Main &lt;Street&gt;",
        "09:00",
        "Dr. Gray",
        "HOPE-1",
        "from=2026-11-29",
        "from=2026-11-15",
    ] {
        assert!(own.text.contains(words), "{words}: {}", own.text);
    }
    assert!(!own.text.contains("Secret") && !own.text.contains("HOPE-2"));
    let plain = page("portal.example.org", path).await;
    assert_eq!(plain.status, 404, "only in the clinic's own portal");
    assert!(!page("portal.example.org", "/provider/").await.text.contains(path));

    // The case goes: the appointment stays, and is nobody's any more.
    let end = format!("/cases/{}/providers/{}/end", world.case, world.portal);
    let ended = world.staff("POST", &end, json!({})).await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    assert!(!seen("").await.text.contains("HOPE-1"));
    // The tie goes, too.
    assert_eq!(world.staff("PUT", &at, clothes(Value::Null)).await.status, 200);
    assert_eq!(seen("").await.status, 404);
    assert_eq!(page("riverside.portal.example.org", path).await.status, 404);
    let robot = format!("{PORTAL}/clinic/appointments");
    assert_eq!(
        world.ask("GET", &robot, Some(&world.robot_token), None).await.status,
        403
    );
}

/// 5.16: an agency that has `cases` switched off is closed to those outside, with every token, session and subdomain; what
/// they try is written down, and all is as before when it is on again.
#[tokio::test]
async fn feature_5_16_cases_switched_off_close_the_portal() {
    let world = World::open().await;
    let at = format!("/agency-providers/{}/clinic-portal", world.clinic);
    let clothes = json!({"subdomain": "riverside", "title": "Riverside", "theme": "teal"});
    assert_eq!(world.staff("PUT", &at, clothes).await.status, 200);
    let cookie = world.sign_in(&world.ann_token).await;
    let of = format!("/organizations/{}/config", world.agency.id);
    for (on, status) in [(true, 200), (false, 401), (true, 200)] {
        let switched = world.staff("PATCH", &of, json!({"features": {"cases": on}})).await;
        assert_eq!(switched.status, 200, "{}", switched.text);
        assert_eq!(world.ann("/me").await.status, status);
        assert_eq!(world.robot("/me").await.status, status);
        assert_eq!(world.page(Some(&cookie), "GET", "/provider/").await.status, status);
        let dressed = browser("GET", "/provider/sign-in", "riverside.example.org", None, "");
        assert_eq!(world.site.send(dressed).await.text.contains("Riverside"), on);
    }
    assert_eq!(
        world.audited("provider_token.refused").await,
        3,
        "two tokens and a session"
    );
}

/// 7.14: a session that is over is shown in vain, and its agency learns of it.
#[tokio::test]
async fn feature_7_14_a_session_that_is_over_leaves_a_trace() {
    let world = World::open().await;
    let cookie = world.sign_in(&world.ann_token).await;
    let page = world.page(Some(&cookie), "GET", "/provider/").await;
    let form = format!("word={}", form_word(&page.text));
    let out = browser("POST", "/provider/sign-out", "127.0.0.1", Some(&cookie), &form);
    assert_eq!(world.site.send(out).await.status, 303);
    assert_eq!(world.audited("provider_token.refused").await, 0);
    assert_eq!(world.page(Some(&cookie), "GET", "/provider/").await.status, 401);
    assert_eq!(world.audited("provider_token.refused").await, 1);
    let invented = format!("provdir_portal={}", "ab".repeat(32));
    assert_eq!(world.page(Some(&invented), "GET", "/provider/").await.status, 401);
    assert_eq!(
        world.audited("provider_token.refused").await,
        1,
        "of what nobody has opened nothing is known"
    );
}

/// 7.17: one report answers who could see what of a case, when, and what was seen, from the outside too.
#[tokio::test]
async fn feature_7_17_the_proof_tells_what_could_be_and_what_was_seen() {
    let world = World::open().await;
    let item = world
        .agency
        .put(world.case, &case_items::NewItem::MatchSheet(sheet()))
        .await;
    let grant =
        json!({"assignment_id": world.portal, "item_id": item, "fields": ["identity"], "expires_at": minute(60)});
    let shares = format!("/cases/{}/shares", world.case);
    assert_eq!(world.staff("POST", &shares, grant).await.status, 201);
    world.ann(&world.at_case()).await;
    let revoke = json!({"assignment_id": world.portal, "item_id": item, "reason": "withdrew consent"});
    assert_eq!(
        world.staff("POST", &format!("{shares}/revoke"), revoke).await.status,
        200
    );
    let hidden = world.agency.item(world.case, ItemKind::Document).await;
    let as_of = (noon() + TimeDelta::hours(2)).to_rfc3339().replace('+', "%2B");
    let at = format!(
        "/cases/{}/sharing-proof?provider_id={}&as_of={as_of}",
        world.case, world.clinic
    );
    let proof = world.staff("GET", &at, json!({})).await;
    assert_eq!(proof.status, 200, "{}", proof.text);
    assert!(!proof.text.contains(&hidden.to_string()), "never shared, never told");
    let proof = proof.json();
    let told = &proof["items"][0];
    assert_eq!(told["shares"].as_array().map(Vec::len), Some(2));
    assert_eq!(told["shares"][1]["reason"], "withdrew consent");
    assert_eq!(
        told["did_see"][0]["fields"],
        json!(["identity.first_name", "identity.age"])
    );
    assert_eq!(proof["case_seen"].as_array().map(Vec::len), Some(1));
    assert!(
        proof["case"].as_array().is_some_and(|periods| periods.len() == 2),
        "both users see the case"
    );
    let missing = world
        .staff("GET", &format!("/cases/{}/sharing-proof", world.case), json!({}))
        .await;
    assert_eq!(missing.fault().1, "missing");
}
