//! The external API: what systems see, acknowledge and are told, and the tokens that they and people come with.

use std::{num::NonZeroU32, time::Duration};

use provider_directory::{
    feed::publish::webhooks::signature,
    interfaces::http::Settings,
    vocab::{CaseItemId, terms::ItemKind},
};
use serde_json::{Value, json};

use crate::agency::minute;
use crate::browser::browser;
use crate::events_webhooks::{Receiver, publish};
use crate::portal::{EXTERNAL, MACHINE, PORTAL, World, id};
use crate::tenants::ask;

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
    // What has arrived is noted as delivered once the answer has come back.
    let delivered = format!("/webhooks/{hook}/deliveries?status=DELIVERED");
    loop {
        let listed = world.robot(&delivered).await.json();
        match listed["deliveries"].as_array().map_or(0, Vec::len) {
            2 => break,
            fewer => assert!(fewer < 2, "{listed}"),
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }

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
