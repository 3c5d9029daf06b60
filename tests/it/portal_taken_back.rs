//! Whatever takes something back from an outside provider is told to it: by the list of changes, and to its systems by webhook.

use provider_directory::{
    store::cases::NewAssignment,
    vocab::{
        AssignmentId, CaseItemId,
        terms::{ItemKind, ProviderUserKind},
    },
};
use serde_json::{Value, json};

use crate::agency::minute;
use crate::portal::{MACHINE, PERSON, World};

const EXTERNAL: &str = "/api/external/v1";

/// Since an hour ago, so that it can end now.
async fn assigned(world: &World, channel: ProviderUserKind, role: &str) -> AssignmentId {
    let new = NewAssignment {
        provider: world.clinic,
        channel,
        role: role.to_owned(),
        external_reference: None,
        starts_at: minute(-60),
        ends_at: None,
    };
    let made = world
        .agency
        .does(async |tx| provider_directory::store::cases::assign(tx, world.case, &new).await);
    made.await.expect("assigned").id
}

/// What is told behind a place, as item and action, and where to go on.
fn told(changes: &Value) -> (Vec<(String, String)>, String) {
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let list = changes["changes"].as_array().expect("a list").iter();
    let list = list.map(|change| (text(&change["item_id"]), text(&change["action"])));
    (list.collect(), changes["next"].as_str().unwrap_or_default().to_owned())
}

async fn robot_hears(world: &World, after: &str) -> (Vec<(String, String)>, String) {
    world.site.house.settled().await;
    let after = if after.is_empty() {
        String::new()
    } else {
        format!("?after={after}")
    };
    told(&world.robot(&format!("/changes{after}")).await.json())
}

/// Events that wait for the provider's systems, in the order that they name.
async fn queued(world: &World) -> Vec<(String, String)> {
    let read =
        "SELECT event -> 'data' ->> 'item_id', event ->> 'type' FROM webhook_delivery ORDER BY event ->> 'sequence'";
    let rows = sqlx::query_as(read)
        .fetch_all(&mut world.site.house.owner().await)
        .await;
    rows.expect("read")
}

fn pairs(of: &[(CaseItemId, &str)]) -> Vec<(String, String)> {
    of.iter()
        .map(|(item, word)| (item.to_string(), (*word).to_owned()))
        .collect()
}

/// 7.10, 7.15: an item that is withdrawn and an assignment that ends are told like a revocation.
#[tokio::test]
async fn feature_7_10_systems_hear_of_what_is_withdrawn_and_of_the_end() {
    let world = World::open().await;
    let hook = json!({"url": "https://hooks.example.org/cases"});
    let robot = Some(world.robot_token.as_str());
    let made = world
        .ask("POST", &format!("{EXTERNAL}/webhooks"), robot, Some(hook))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let lab = assigned(&world, MACHINE, "lab").await;
    let mut items = Vec::new();
    for _ in 0..4 {
        items.push(world.agency.item(world.case, ItemKind::Document).await);
    }
    let [withdrawn, alone, both, revoked] = items[..] else {
        unreachable!()
    };
    for item in &items {
        world.agency.share(world.case, lab, *item).await;
    }
    world.agency.share(world.case, world.external, both).await;
    let (_, place) = robot_hears(&world, "").await;
    let withdraw = format!("{}/items/{withdrawn}/withdraw", world.at_case());
    assert_eq!(world.staff("POST", &withdraw, json!({})).await.status, 200);
    world.agency.revoke(world.case, lab, revoked).await;
    let (heard, place) = robot_hears(&world, &place).await;
    assert_eq!(heard, pairs(&[(withdrawn, "revoke"), (revoked, "revoke")]));

    let end = format!("{}/providers/{lab}/end", world.at_case());
    assert_eq!(world.staff("POST", &end, json!({})).await.status, 200);
    let (heard, place) = robot_hears(&world, &place).await;
    let of = |item: CaseItemId| {
        let mut of = heard.iter().filter(|(heard, _)| *heard == item.to_string());
        of.next().map(|(_, action)| action.as_str())
    };
    assert_eq!(of(alone), Some("revoke"), "{heard:?}");
    assert_ne!(of(both), Some("revoke"), "the other assignment shows it");
    assert_eq!(robot_hears(&world, &place).await, (Vec::new(), place));
    // Who reads all of it knows how things stand.
    let (mut all, _) = robot_hears(&world, "").await;
    all.retain(|(_, action)| action == "grant");
    assert_eq!(all, pairs(&[(both, "grant")]));
    let shared = |item| (item, "case.item.shared");
    let taken = |item| (item, "case.item.revoked");
    let events = [
        shared(withdrawn),
        shared(alone),
        shared(both),
        shared(revoked),
        shared(both),
        taken(withdrawn),
        taken(revoked),
        taken(alone),
    ];
    assert_eq!(queued(&world).await, pairs(&events));
}

/// 7.10: a note that is hidden is told as taken back, and as shared once it is shown again; what was never shared is not told.
#[tokio::test]
async fn feature_7_10_people_hear_of_a_note_that_is_hidden_and_shown_again() {
    let world = World::open().await;
    let portal = assigned(&world, PERSON, "lab").await;
    let note = world.agency.item(world.case, ItemKind::Note).await;
    let other = world.agency.item(world.case, ItemKind::Note).await;
    world.agency.share(world.case, portal, note).await;
    let mut place = String::new();
    for (internal, action) in [(false, "grant"), (true, "revoke"), (false, "grant")] {
        for note in [note, other] {
            let at = format!("{}/notes/{note}", world.at_case());
            let done = world.staff("PATCH", &at, json!({"internal": internal})).await;
            assert_eq!(done.status, 200, "{}", done.text);
        }
        world.site.house.settled().await;
        let after = if place.is_empty() {
            String::new()
        } else {
            format!("?after={place}")
        };
        let (heard, next) = told(&world.ann(&format!("/changes{after}")).await.json());
        assert_eq!(heard, pairs(&[(note, action)]), "internal: {internal}");
        place = next;
    }
}

/// 7.15: a link that was made before a revocation fetches nothing, also once the document is shared again.
#[tokio::test]
async fn feature_7_15_a_revocation_ends_links_for_good() {
    let world = World::open().await;
    let item = world.agency.item(world.case, ItemKind::Document).await;
    let at = format!("/api/portal/v1{}/documents/{item}/link", world.at_case());
    let link = async || {
        let made = world.ask("POST", &at, Some(&world.ann_token), None).await;
        assert_eq!(made.status, 201, "{}", made.text);
        let url = made.json()["url"].as_str().expect("an address").to_owned();
        url[url.find("/api/").expect("a path")..].to_owned()
    };
    world.agency.share(world.case, world.portal, item).await;
    let before = link().await;
    world.agency.revoke(world.case, world.portal, item).await;
    world.agency.share(world.case, world.portal, item).await;
    assert_eq!(world.ask("GET", &before, None, None).await.status, 404);
    assert_eq!(world.audited("portal.link_refused").await, 1);
    let now = link().await;
    assert_eq!(world.ask("GET", &now, None, None).await.status, 200);
}
