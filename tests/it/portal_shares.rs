//! What is shared with whom over HTTP: every kind in every state for everybody on every route, guessed ids, the preview, the proof.

use chrono::TimeDelta;
use provider_directory::{
    domain::sharing::Terms,
    store::{case_items, provider_users, sharing},
    vocab::{AssignmentId, CaseItemId, ProviderUserId, terms::ItemKind},
};
use rand::{Rng, SeedableRng, distr::Alphanumeric, rngs::StdRng};
use serde_json::json;

use crate::agency::{Agency, document, minute, sheet, thing};
use crate::browser::{browser, form_word};
use crate::house::noon;
use crate::portal::{EXTERNAL, MACHINE, PERSON, PORTAL, World};

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
