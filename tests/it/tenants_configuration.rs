//! What organisations configure, and what follows from it; `/me`.

use std::time::Duration;

use axum::{body::Body, http::Request};
use chrono::{TimeDelta, Utc};
use provider_directory::{domain::access::Role, store::sessions, vocab::terms::SubscriptionTier};
use serde_json::{Value, json};

use crate::{
    house::House,
    http_site::Site,
    program::{Folder, Server},
    statements::Statements,
    tenants::{account, ask, join, session, signed_in, tenant},
    tenants_organizations::change,
};

/// 5.10 and 5.11: patches keep siblings, null goes back to the default, what is wrong is named and nothing is saved.
#[tokio::test]
async fn feature_5_10_and_5_11_settings_are_typed_merged_and_checked() {
    let site = Site::open().await;
    let id = tenant(&site.house, "Alpha", SubscriptionTier::Professional).await.id;
    let admin = signed_in(&site.house, id, Role::OrganizationAdmin).await;
    let path = format!("/organizations/{id}/config");
    let read = async |path: &str| ask(&site, &admin, None, "GET", path, None).await;
    let whole = read(&path).await;
    assert_eq!((whole.status.as_u16(), whole.version()), (200, "0"), "{}", whole.text);
    let section = read(&format!("{path}/appointments")).await;
    assert_eq!(section.json()["default_duration_minutes"], json!(30));
    assert!(section.text.len() * 3 < whole.text.len(), "a section is a small part");
    assert_eq!(read(&format!("{path}/colours")).await.status, 404);

    let patch = json!({"appointments": {"buffer_time_minutes": 10}, "branding": {"display_name": "The A"}});
    let first = change(&site, &admin, id, &path, "\"0\"", patch).await;
    assert_eq!(
        (first.status.as_u16(), first.header("etag")),
        (200, "\"1\""),
        "{}",
        first.text
    );
    let patch = json!({"default_duration_minutes": 20});
    let second = change(&site, &admin, id, &format!("{path}/appointments"), "\"1\"", patch).await;
    assert_eq!(
        (
            &second.json()["buffer_time_minutes"],
            &second.json()["default_duration_minutes"]
        ),
        (&json!(10), &json!(20)),
        "siblings stay"
    );
    assert_eq!(
        change(&site, &admin, id, &path, "\"1\"", json!({"acl": {}}))
            .await
            .status,
        412
    );
    for (patch, status, field) in [
        (json!({"matching": {"profile": "zzz"}}), 422, "matching.profile"),
        (
            json!({"appointments": {"buffer_time_minutes": 500}}),
            422,
            "appointments.buffer_time_minutes",
        ),
        (
            json!({"appointments": {"buffer_time_minutes": "ten"}}),
            400,
            "appointments.buffer_time_minutes",
        ),
        (json!({"appointments": {"colour": 1}}), 400, "appointments.colour"),
        (json!({"colours": {}, "x": 1}), 400, "x"),
        (json!({"branding": {"logo_url": "http://x"}}), 422, "branding.logo_url"),
        (
            json!({"encounters": {"default_documentation_type": "poem"}}),
            400,
            "encounters.default_documentation_type",
        ),
        (
            json!({"acl": {"roles": {"member": {"allow": ["members:write"]}}}}),
            422,
            "acl.roles.member",
        ),
        (json!([1]), 400, "body"),
    ] {
        let refused = change(&site, &admin, id, &path, "\"2\"", patch.clone()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (status, field),
            "{patch}: {}",
            refused.text
        );
    }
    assert_eq!(read(&path).await.version(), "2", "nothing was saved");
    let reset = change(
        &site,
        &admin,
        id,
        &path,
        "\"2\"",
        json!({"appointments": {"buffer_time_minutes": null}}),
    )
    .await;
    assert_eq!(
        reset.json()["appointments"]["buffer_time_minutes"],
        json!(0),
        "back to the default"
    );
    let member = signed_in(&site.house, id, Role::Member).await;
    assert_eq!(change(&site, &member, id, &path, "\"3\"", json!({})).await.status, 403);
}

/// 5.13: who changed what; going back restores the same bytes as a new version.
#[tokio::test]
async fn feature_5_13_settings_have_a_history_and_go_back() {
    let site = Site::open().await;
    let id = tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id;
    let admin = signed_in(&site.house, id, Role::OrganizationAdmin).await;
    let path = format!("/organizations/{id}/config");
    change(
        &site,
        &admin,
        id,
        &path,
        "\"0\"",
        json!({"appointments": {"buffer_time_minutes": 5}}),
    )
    .await;
    let before = ask(&site, &admin, None, "GET", &path, None).await.text;
    let patch = json!({"appointments": {"buffer_time_minutes": 7}, "branding": {"display_name": "B"}});
    change(&site, &admin, id, &path, "\"1\"", patch).await;
    let history = ask(&site, &admin, None, "GET", &format!("{path}/history"), None)
        .await
        .json();
    assert_eq!(
        history["versions"][0]["changes"],
        json!({
            "appointments.buffer_time_minutes": {"from": 5, "to": 7},
            "branding.display_name": {"from": null, "to": "B"},
        })
    );
    let by = history["versions"][0]["changed_by"].as_str().unwrap_or_default();
    assert!(by.starts_with("user:"), "{by}");
    let back = ask(
        &site,
        &admin,
        None,
        "POST",
        &format!("{path}/rollback"),
        Some(json!({"version": 1})),
    )
    .await;
    assert_eq!(
        (back.status.as_u16(), back.header("etag")),
        (200, "\"3\""),
        "{}",
        back.text
    );
    assert_eq!(
        ask(&site, &admin, None, "GET", &path, None).await.text,
        before,
        "the same bytes"
    );
    let history = ask(&site, &admin, None, "GET", &format!("{path}/history"), None)
        .await
        .json();
    assert_eq!(history["versions"][0]["restored_from"], json!(1));
    let unknown = ask(
        &site,
        &admin,
        None,
        "POST",
        &format!("{path}/rollback"),
        Some(json!({"version": 9})),
    )
    .await;
    assert_eq!(unknown.status, 404);
}

/// 5.15 and 5.16: permissions follow from role, own rules, tier and switches; a no says why.
#[tokio::test]
async fn feature_5_15_and_5_16_permissions_follow_from_the_settings() {
    let site = Site::open().await;
    let id = tenant(&site.house, "Alpha", SubscriptionTier::Professional).await.id;
    let admin = signed_in(&site.house, id, Role::OrganizationAdmin).await;
    let member = signed_in(&site.house, id, Role::Member).await;
    let why = async |token: &str, permission: &str| {
        let answer = ask(
            &site,
            token,
            None,
            "GET",
            &format!("/me/permissions/{permission}"),
            None,
        )
        .await
        .json();
        (
            answer["allowed"] == json!(true),
            answer["code"].as_str().unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(why(&member, "clinics:write").await, (false, "role".to_owned()));
    assert_eq!(
        why(&member, "organization:export").await,
        (false, "tier_required".to_owned())
    );
    let clinic = || Some(json!({"name": "One", "time_zone": "America/Chicago"}));
    assert_eq!(
        ask(&site, &member, None, "POST", "/clinics", clinic()).await.status,
        403
    );

    let path = format!("/organizations/{id}/config");
    let rules = json!({"acl": {"roles": {"member": {"allow": ["clinics:write"], "deny": ["appointments:write"]}}},
        "features": {"hierarchy": false}});
    let set = change(&site, &admin, id, &path, "\"0\"", rules).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(why(&member, "clinics:write").await, (true, "configured".to_owned()));
    assert_eq!(
        why(&member, "appointments:write").await,
        (false, "configured".to_owned())
    );
    assert_eq!(
        ask(&site, &member, None, "POST", "/clinics", clinic()).await.status,
        201
    );
    assert_eq!(
        why(&admin, "organization:descend").await,
        (false, "feature_off".to_owned())
    );
    let hidden = ask(
        &site,
        &admin,
        None,
        "GET",
        &format!("/organizations/{id}/descendants"),
        None,
    )
    .await;
    assert_eq!(
        (hidden.status.as_u16(), hidden.fault().1.as_str()),
        (404, "feature_off"),
        "a switch hides the endpoint"
    );
    let me = ask(&site, &member, None, "GET", "/me", None).await.json();
    assert_eq!(
        (&me["features"]["hierarchy"], &me["features"]["scheduling"]),
        (&json!(false), &json!(true))
    );
    let odd = ask(&site, &member, None, "GET", "/me/permissions/fly", None).await;
    assert_eq!((odd.status.as_u16(), odd.fault().0.as_str()), (400, "permission"));
}

/// What one of two nodes answers to somebody: the status, and the text as JSON.
async fn answer_of(node: &str, token: &str, method: &str, path: &str, body: Option<Value>) -> (u16, Value) {
    let method = method.parse().expect("a method");
    let mut request = reqwest::Client::new()
        .request(method, format!("{node}{path}"))
        .bearer_auth(token);
    if let Some(body) = body {
        request = request.header("if-match", "*").json(&body);
    }
    let answer = request.send().await.expect("an answer");
    (answer.status().as_u16(), answer.json().await.unwrap_or_default())
}

/// 5.12: what one node changes holds on another one that has read it before. Both are processes of their own on one Postgres, each
/// with an index of its own.
#[tokio::test]
async fn feature_5_12_a_change_on_one_node_holds_on_the_other() {
    let house = House::open().await;
    let id = tenant(&house, "Alpha", SubscriptionTier::Professional).await.id;
    house.provider("Pending", Some("1234567893")).await;
    let mut tokens = Vec::new();
    for role in [Role::OrganizationAdmin, Role::Member] {
        let user = account(&house, &format!("{role}@example.org"), false, None).await;
        join(&house, id, user, role).await;
        let now = Utc::now(); // As the programs have it.
        let opened = sessions::open(&house.store, user, rand::random(), now, now + TimeDelta::hours(1)).await;
        tokens.push(opened.expect("signed in"));
    }
    let url = house.url_for_programs().await;
    let folders = ["one-node", "other-node"].map(Folder::new);
    let mut nodes = folders
        .each_ref()
        .map(|folder| Server::start(&["serve", "--database-url", &url], &folder.0));
    let [one, other] = nodes.each_mut().map(Server::listening);

    let path = format!("/organizations/{id}/config");
    // The permission is read where it is needed, what a search goes by stands in the memory of each node.
    let read = async |node: &str| {
        let (_, whole) = answer_of(node, &tokens[0], "GET", &path, None).await;
        let (_, why) = answer_of(node, &tokens[1], "GET", "/me/permissions/clinics:write", None).await;
        (
            whole["search"]["default_network_status"].clone(),
            why["allowed"].clone(),
        )
    };
    let found = async |node: &str| {
        let (_, found) = answer_of(node, &tokens[1], "GET", "/providers/search", None).await;
        found["total"]["value"].as_u64()
    };
    for node in [&one, &other] {
        assert_eq!(read(node).await, (Value::Null, json!(false)));
        while found(node).await != Some(1) {
            tokio::time::sleep(Duration::from_millis(10)).await; // Until its index has been built.
        }
    }
    let rules = json!({
        "acl": {"roles": {"member": {"allow": ["clinics:write"]}}},
        "search": {"default_network_status": "ACTIVE"},
    });
    let (status, told) = answer_of(&one, &tokens[0], "PATCH", &path, Some(rules)).await;
    assert_eq!(status, 200, "{told}");
    assert_eq!(read(&other).await, (json!("ACTIVE"), json!(true)), "at once");
    for node in [&one, &other] {
        while found(node).await != Some(0) {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
    assert!(nodes.iter_mut().all(Server::stop), "they stop in order");
}

/// 5.14: six parts in one answer, few statements however many organisations, an ETag.
#[tokio::test]
async fn feature_5_14_me_tells_six_parts_in_one_answer() {
    let site = Site::open().await;
    let jane = account(&site.house, "jane@example.org", false, None).await;
    let mut last = None;
    for name in ["Alpha", "Beta", "Gamma", "Delta", "Epsilon"] {
        let id = tenant(&site.house, name, SubscriptionTier::Basic).await.id;
        join(&site.house, id, jane, Role::Practitioner).await;
        last = Some(id);
    }
    let token = session(&site.house, jane).await;
    site.feed.identities().catch_up().await; // What is read of them in the background is not counted.
    let counted = Statements::default();
    let listening = counted.listen();
    let (mut me, mut statements) = (None, usize::MAX);
    for _ in 0..5 {
        counted.take();
        me = Some(ask(&site, &token, last, "GET", "/me", None).await);
        statements = statements.min(counted.take().len()); // Now and then the background asks something in between.
    }
    drop(listening);
    let me = me.expect("asked");
    assert_eq!(me.status, 200, "{}", me.text);
    assert!((3..=10).contains(&statements), "{statements} statements");
    let told = me.json();
    assert_eq!(told["user"]["email"], json!("jane@example.org"));
    assert_eq!(told["organizations"].as_array().map(Vec::len), Some(5));
    assert_eq!(told["current_organization"]["name"], json!("Epsilon"));
    assert_eq!(
        (&told["practitioner"], &told["role"]),
        (&Value::Null, &json!("practitioner"))
    );
    assert!(
        told["permissions"]
            .as_array()
            .is_some_and(|all| all.contains(&json!("schedules:write")))
    );
    assert_eq!(told["features"]["tenant_export"], json!(false));
    site.house
        .sql(&format!(
            "INSERT INTO practitioner (organization_id, user_id, name, created_at, updated_at)
            VALUES ('{}', '{jane}', 'Dr Jane', now(), now())",
            last.expect("one")
        ))
        .await;
    let practising = ask(&site, &token, last, "GET", "/me", None).await;
    assert_eq!(practising.json()["practitioner"]["name"], json!("Dr Jane"));
    assert_ne!(practising.header("etag"), me.header("etag"));
    let me = practising;
    let again = Request::get("/me")
        .header("authorization", format!("Bearer {token}"))
        .header("x-organization-id", last.expect("one").to_string())
        .header("if-none-match", me.header("etag"));
    let again = site.send(again.body(Body::empty()).expect("a request")).await;
    assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    let machine = ask(&site, &site.token, None, "GET", "/me", None).await.json();
    assert_eq!(
        (&machine["user"], &machine["role"]),
        (&Value::Null, &json!("platform_admin"))
    );
}
