//! What outside providers leave behind: an audit row with their token for all that they ask for, a sight for all that was shown,
//! a row for tokens and links that are not taken; and changes that none of them misses.

use provider_directory::{
    domain::sharing::Terms,
    store::{cases::NewAssignment, sharing},
    vocab::{
        CaseId,
        terms::{ItemKind, ProviderUserKind},
    },
};
use serde_json::{Value, json};

use crate::house::noon;
use crate::portal::{World, id};

const PORTAL: &str = "/api/portal/v1";
const EXTERNAL: &str = "/api/external/v1";

/// The details of the audit rows of an action, in order.
async fn details(world: &World, action: &str) -> Vec<Value> {
    sqlx::query_scalar("SELECT detail FROM audit WHERE action = $1 AND organization_id = $2 ORDER BY id")
        .bind(action)
        .bind(world.agency.id.0)
        .fetch_all(&mut world.site.house.owner().await)
        .await
        .expect("read")
}

async fn rows_with_token(world: &World) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM audit WHERE organization_id = $1 AND detail ? 'token_id'")
        .bind(world.agency.id.0)
        .fetch_one(&mut world.site.house.owner().await)
        .await
        .expect("counted")
}

/// 7.14: whatever is opened is written down with the token that opened it, also where two tokens are one person's.
#[tokio::test]
async fn feature_7_14_everything_that_is_opened_is_written_down_with_its_token() {
    let world = World::open().await;
    let second = world.agency.token(world.ann, 30).await;
    let item = world.agency.item(world.case, ItemKind::Document).await;
    world.agency.share(world.case, world.portal, item).await;
    world.agency.share(world.case, world.external, item).await;
    let case = world.at_case();
    let document = format!("{case}/documents/{item}");
    let both = ["/me", "/cases", &case, "/provider-notes", "/changes", &document];
    for (prefix, token, own) in [
        (PORTAL, &world.ann_token, "/clinic"),
        (PORTAL, &second, "/clinic"),
        (EXTERNAL, &world.robot_token, "/webhooks"),
    ] {
        for path in both.into_iter().chain([own]) {
            let before = rows_with_token(&world).await;
            let answer = world.ask("GET", &format!("{prefix}{path}"), Some(token), None).await;
            assert_eq!(answer.status, 200, "{prefix}{path}: {}", answer.text);
            assert_eq!(rows_with_token(&world).await, before + 1, "{prefix}{path}");
        }
    }
    let tokens = details(&world, "portal.cases").await;
    let tokens = tokens.iter().map(|detail| detail["token_id"].to_string());
    assert_eq!(tokens.collect::<std::collections::BTreeSet<_>>().len(), 3);
    let cookie = world.sign_in(&second).await;
    let at = format!("/provider{case}");
    for (path, action) in [("/provider/", "portal.notes"), (at.as_str(), "portal.viewed")] {
        let before = details(&world, action).await.len();
        assert_eq!(world.page(Some(&cookie), "GET", path).await.status, 200);
        assert_eq!(details(&world, action).await.len(), before + 1, "{path}");
    }
}

/// 7.17: notes about the provider are seen like everything else, and the proof says so.
#[tokio::test]
async fn feature_7_17_notes_that_were_seen_are_in_the_proof() {
    let world = World::open().await;
    let at = format!("/agency-providers/{}/notes", world.clinic);
    let note = json!({"text": "please call us", "case_id": world.case, "shareable": true});
    let note = id(&world.staff("POST", &at, note).await);
    let general = json!({"text": "for you", "shareable": true});
    let general = id(&world.staff("POST", &at, general).await);
    let proof = format!("/cases/{}/sharing-proof?provider_id={}", world.case, world.clinic);
    let told = async || {
        let proof = world.staff("GET", &proof, json!({})).await.json();
        proof["provider_notes"][0].clone()
    };
    assert_eq!(told().await["did_see"], json!([]));
    world.ann(&world.at_case()).await;
    world.ann("/provider-notes").await;
    let seen = told().await;
    assert_eq!((&seen["id"], &seen["title"]), (&json!(note), &json!("please call us")));
    assert_eq!(seen["did_see"][0]["provider_user_id"], json!(world.ann));
    let sights: Vec<String> =
        sqlx::query_scalar("SELECT note_id::text FROM share_sight WHERE note_id IS NOT NULL ORDER BY seq")
            .fetch_all(&mut world.site.house.owner().await)
            .await
            .expect("read");
    assert_eq!(sights, [note, general]);
}

/// 7.13 and 7.15: a token that has run out or was revoked, and a link that was used, are refused everywhere, and the agency
/// reads of it.
#[tokio::test]
async fn feature_7_13_dead_tokens_and_links_are_refused_and_written_down() {
    let world = World::open().await;
    let item = world.agency.item(world.case, ItemKind::Document).await;
    world.agency.share(world.case, world.portal, item).await;
    let link = format!("{PORTAL}/cases/{}/documents/{item}/link", world.case);
    let made = world.ask("POST", &link, Some(&world.ann_token), None).await.json();
    let url = made["url"].as_str().expect("an address");
    let url = &url[url.find("/api/").expect("a path")..];
    for status in [200, 404, 404] {
        assert_eq!(world.ask("GET", url, None, None).await.status.as_u16(), status);
    }
    assert_eq!(world.ask("GET", "/api/downloads/00", None, None).await.status, 404);
    let replayed = details(&world, "portal.link_refused").await;
    assert_eq!(replayed.len(), 2, "of a link that nobody made nothing is known");
    assert_eq!(replayed[0]["reason"], "used");

    world
        .site
        .house
        .sql("UPDATE provider_token SET expires_at = '2026-11-22T11:59:59Z'")
        .await;
    let doors = [
        format!("{PORTAL}/me"),
        format!("{EXTERNAL}/me"),
        "/api/provider-auth".to_owned(),
    ];
    for token in [&world.ann_token, &world.robot_token] {
        for door in &doors {
            let refused = world.ask("GET", door, Some(token), None).await;
            assert_eq!(refused.status, 401, "{door}: {}", refused.text);
        }
    }
    let form = format!("token={}", world.ann_token);
    let page = crate::browser::browser("POST", "/provider/sign-in", "127.0.0.1", None, &form);
    assert_eq!(world.site.send(page).await.status, 401);
    let written = details(&world, "provider_token.refused").await;
    assert_eq!(written.len(), 7, "{written:?}");
    assert!(
        written.iter().all(|detail| detail["reason"] == "expired"),
        "{written:?}"
    );
    let wrong = world.ann_token.replace("_0101", "_0102");
    for (token, rows) in [(wrong.as_str(), 8), ("pvp_000000000000_00", 8), ("x", 8)] {
        assert_eq!(world.ask("GET", &doors[0], Some(token), None).await.status, 401);
        let written = details(&world, "provider_token.refused").await;
        assert_eq!(written.len(), rows, "{token}");
    }
    assert_eq!(
        details(&world, "provider_token.refused").await[7]["reason"],
        "wrong_secret"
    );
}

/// 7.09: a decision that was made before another, and is committed after it, is told by the next answer.
#[tokio::test]
async fn feature_7_09_a_change_that_commits_late_is_told() {
    let world = World::open().await;
    let late = world.agency.item(world.case, ItemKind::Document).await;
    let second = world.agency.case("HOPE-2").await;
    let other = assigned(&world, second).await;
    let early = world.agency.item(second, ItemKind::Document).await;
    let mut slow = world
        .agency
        .store
        .begin_at(&world.agency.staff, noon())
        .await
        .expect("begun");
    let terms = Terms::default();
    let granted = sharing::grant(&mut slow, world.case, world.external, late, &terms, None, noon()).await;
    granted.expect("granted");
    world.agency.share(second, other, early).await;
    let told = world.robot("/changes").await.json();
    let items = |told: &Value| {
        let changes = told["changes"].as_array().expect("a list").iter();
        changes.map(|change| change["item_id"].clone()).collect::<Vec<_>>()
    };
    assert_eq!(items(&told), [json!(early)]);
    slow.commit().await.expect("committed");
    world.site.house.settled().await;
    let after = told["next"]
        .as_str()
        .map_or_else(String::new, |next| format!("?after={next}"));
    let next = world.robot(&format!("/changes{after}")).await.json();
    assert!(items(&next).contains(&json!(late)), "{next}");
    let last = next["next"].as_str().expect("a place").to_owned();
    let nothing = world.robot(&format!("/changes?after={last}")).await.json();
    assert_eq!((items(&nothing), &nothing["next"]), (vec![], &json!(last)));
    let moment = world.robot("/changes?after=2026-11-22T11:00:00Z").await.json();
    assert_eq!(items(&moment).len(), 2, "a moment is taken, too");
    let odd = world.robot("/changes?after=yesterday").await;
    assert_eq!(odd.fault(), ("after".to_owned(), "invalid".to_owned()));
}

async fn assigned(world: &World, case: CaseId) -> provider_directory::vocab::AssignmentId {
    let new = NewAssignment {
        provider: world.clinic,
        channel: ProviderUserKind::Machine,
        role: "lab".to_owned(),
        external_reference: None,
        starts_at: noon(),
        ends_at: None,
    };
    let made = world
        .agency
        .does(async |tx| provider_directory::store::cases::assign(tx, case, &new).await);
    made.await.expect("assigned").id
}
