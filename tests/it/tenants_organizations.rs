//! Organisations, their sites and their people, from outside.

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::access::Role,
    vocab::{OrganizationId, terms::SubscriptionTier},
};
use serde_json::{Value, json};

use crate::{
    http_site::{Answer, Site},
    tenants::{PASSWORD, account, ask, join, session, signed_in, tenant},
};

/// Changes something under If-Match.
pub async fn change(
    site: &Site,
    token: &str,
    organization: OrganizationId,
    path: &str,
    version: &str,
    body: Value,
) -> Answer {
    let request = Request::patch(path)
        .header("authorization", format!("Bearer {token}"))
        .header("x-organization-id", organization.to_string())
        .header("content-type", "application/merge-patch+json")
        .header("if-match", version)
        .body(Body::from(body.to_string()))
        .expect("a request");
    site.send(request).await
}

/// 5.01: a slug is made of the name, numbered where it is taken, and stays when the name changes.
#[tokio::test]
async fn feature_5_01_organizations_are_made_renamed_and_keep_their_slug() {
    let site = Site::open().await;
    let make = async |body: Value| site.write("POST", "/organizations", None, body).await;
    let first = make(json!({"name": "St. Mary's Clinic", "type": "clinic"})).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let second = make(json!({"name": "St Mary’s Clinic", "type": "clinic", "subscription_tier": "enterprise"})).await;
    let (first, second) = (first.json(), second.json());
    assert_eq!(
        (&first["slug"], &first["subscription_tier"]),
        (&json!("st-marys-clinic"), &json!("basic"))
    );
    assert_eq!(
        (&second["slug"], &second["subscription_tier"], &second["is_active"]),
        (&json!("st-marys-clinic-2"), &json!("enterprise"), &json!(true))
    );
    for (body, status, field) in [
        (json!({"name": "X", "type": "bank"}), 400, "type"),
        (json!({"name": "", "type": "clinic"}), 400, "name"),
        (json!({"name": "???", "type": "clinic"}), 422, "name"),
        (
            json!({"name": "Y", "type": "clinic", "slug": "st-marys-clinic"}),
            422,
            "slug",
        ),
        (
            json!({"name": "Y", "type": "clinic", "parent_id": uuid::Uuid::now_v7()}),
            422,
            "parent_id",
        ),
        (json!({"name": "Y", "type": "clinic", "colour": 1}), 400, "colour"),
    ] {
        let refused = make(body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (status, field),
            "{}",
            refused.text
        );
    }
    let id: OrganizationId = first["id"].as_str().expect("an id").parse().expect("an id");
    let admin = signed_in(&site.house, id, Role::OrganizationAdmin).await;
    let path = format!("/organizations/{id}");
    let renamed = change(&site, &admin, id, &path, "\"1\"", json!({"name": "Mary's"})).await;
    assert_eq!(renamed.status, 200, "{}", renamed.text);
    assert_eq!(
        (&renamed.json()["name"], &renamed.json()["slug"], renamed.header("etag")),
        (&json!("Mary's"), &json!("st-marys-clinic"), "\"2\"")
    );
    assert_eq!(
        change(&site, &admin, id, &path, "\"1\"", json!({"name": "M"}))
            .await
            .status,
        412
    );
    let beyond = change(
        &site,
        &admin,
        id,
        &path,
        "\"2\"",
        json!({"subscription_tier": "enterprise"}),
    )
    .await;
    assert_eq!(
        (beyond.status.as_u16(), beyond.fault().1.as_str()),
        (403, "platform_only")
    );
    let other: OrganizationId = second["id"].as_str().expect("an id").parse().expect("an id");
    let stranger = ask(&site, &admin, None, "GET", &format!("/organizations/{other}"), None).await;
    assert_eq!(
        (stranger.status.as_u16(), stranger.fault().1.as_str()),
        (403, "not_a_member")
    );
    let mine = ask(&site, &admin, None, "GET", "/organizations", None).await.json();
    assert_eq!(mine["organizations"].as_array().map(Vec::len), Some(1), "{mine}");
}

/// 5.05 and 5.17: organisations stand in a tree; looking down it comes with a tier.
#[tokio::test]
async fn feature_5_05_and_5_17_a_tier_gates_the_tree() {
    let site = Site::open().await;
    let make = async |name: &str, parent: Option<&Value>| {
        let body = json!({"name": name, "type": "hospital", "parent_id": parent});
        site.write("POST", "/organizations", None, body).await.json()["id"].clone()
    };
    let root = make("System", None).await;
    let middle = make("Region", Some(&root)).await;
    let leaf = make("Site", Some(&middle)).await;
    make("Elsewhere", None).await;
    let id: OrganizationId = root.as_str().expect("an id").parse().expect("an id");
    let admin = signed_in(&site.house, id, Role::OrganizationAdmin).await;
    let path = format!("/organizations/{id}/descendants");
    let refused = ask(&site, &admin, None, "GET", &path, None).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().1.as_str()),
        (403, "tier_required"),
        "{}",
        refused.text
    );
    let raised = json!({"subscription_tier": "professional"});
    let raised = site
        .write("PATCH", &format!("/organizations/{id}"), Some("\"1\""), raised)
        .await;
    assert_eq!(raised.status, 200, "{}", raised.text);
    let below = ask(&site, &admin, None, "GET", &path, None).await.json();
    let names = below["descendants"].as_array().expect("a list").iter();
    let names = names
        .map(|one| (one["name"].as_str().unwrap_or_default(), one["depth"].as_i64()))
        .collect::<Vec<_>>();
    assert_eq!(names, [("Region", Some(1)), ("Site", Some(2))]);
    let circle = site
        .write(
            "PATCH",
            &format!("/organizations/{id}"),
            Some("*"),
            json!({"parent_id": leaf}),
        )
        .await;
    assert_eq!(
        (circle.status.as_u16(), circle.fault()),
        (422, ("parent_id".to_owned(), "circle".to_owned()))
    );
    let child: OrganizationId = middle.as_str().expect("an id").parse().expect("an id");
    let theirs = ask(&site, &admin, Some(child), "GET", "/clinics", None).await;
    assert_eq!(
        theirs.status, 403,
        "to see that there is one below is not to act for it"
    );
}

/// 5.06: sites with address, point, hours, holidays and a time zone.
#[tokio::test]
async fn feature_5_06_clinics_are_made_changed_and_taken_out_of_use() {
    let site = Site::open().await;
    let (a, b) = (
        tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id,
        tenant(&site.house, "Beta", SubscriptionTier::Basic).await.id,
    );
    let admin = signed_in(&site.house, a, Role::OrganizationAdmin).await;
    let member = signed_in(&site.house, a, Role::Member).await;
    let other = signed_in(&site.house, b, Role::OrganizationAdmin).await;
    let clinic = json!({
        "name": "Night clinic", "line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030",
        "lat": 29.7, "lon": -95.4, "phone": "7135550100", "email": "night@example.org", "time_zone": "America/Chicago",
        "operating_hours": [{"weekday": 5, "opens": 1320, "closes": 360}], "holidays": [{"date": "2026-12-25"}],
    });
    let made = ask(&site, &admin, None, "POST", "/clinics", Some(clinic.clone())).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    for (field, value) in clinic.as_object().expect("an object") {
        let kept = &made.json()[field];
        match field.as_str() {
            "holidays" => assert_eq!(kept, &json!([{"date": "2026-12-25", "name": null, "hours": []}])),
            _ => assert_eq!(kept, value, "{field}"),
        }
    }
    let path = format!("/clinics/{id}");
    assert_eq!(ask(&site, &member, None, "GET", &path, None).await.status, 200);
    assert_eq!(
        ask(&site, &member, None, "POST", "/clinics", Some(clinic.clone()))
            .await
            .status,
        403
    );
    assert_eq!(
        ask(&site, &other, None, "GET", &path, None).await.status,
        404,
        "another tenant's does not exist"
    );
    let twice = ask(&site, &admin, None, "POST", "/clinics", Some(clinic.clone())).await;
    assert_eq!(
        (twice.status.as_u16(), twice.fault()),
        (422, ("name".to_owned(), "taken".to_owned()))
    );
    let wrong = json!({"name": "Y", "time_zone": "Mars/Olympus", "state": "Texas"});
    let wrong = ask(&site, &admin, None, "POST", "/clinics", Some(wrong)).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(
        wrong.json()["errors"].as_array().map(Vec::len),
        Some(2),
        "all that is wrong: {}",
        wrong.text
    );
    let changed = change(
        &site,
        &admin,
        a,
        &path,
        "\"1\"",
        json!({"line1": null, "phone": "7135550199"}),
    )
    .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(
        (
            &changed.json()["line1"],
            &changed.json()["phone"],
            &changed.json()["city"]
        ),
        (&Value::Null, &json!("7135550199"), &json!("Houston"))
    );
    let stale = change(&site, &admin, a, &path, "\"1\"", json!({"phone": "1"})).await;
    assert_eq!(stale.status, 412);
    let theirs = change(&site, &other, b, &path, "*", json!({"phone": "1"})).await;
    assert_eq!(theirs.status, 404);
    let closed = change(&site, &admin, a, &path, "*", json!({"is_active": false})).await;
    assert_eq!(closed.json()["is_active"], json!(false));
    let listed = async |query: &str| {
        ask(&site, &member, None, "GET", &format!("/clinics{query}"), None)
            .await
            .json()
    };
    assert_eq!(listed("").await["clinics"], json!([]));
    assert_eq!(
        listed("?inactive=true").await["clinics"].as_array().map(Vec::len),
        Some(1)
    );
}

/// 5.08: one person, several organisations, a role in each; invitations; the last administrator stays.
#[tokio::test]
async fn feature_5_08_members_are_invited_changed_and_revoked() {
    let site = Site::open().await;
    let (a, b) = (
        tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id,
        tenant(&site.house, "Beta", SubscriptionTier::Basic).await.id,
    );
    let jane = account(&site.house, "jane@example.org", false, None).await;
    join(&site.house, a, jane, Role::OrganizationAdmin).await;
    join(&site.house, b, jane, Role::Member).await;
    let token = session(&site.house, jane).await;
    let clinic = || Some(json!({"name": "One", "time_zone": "America/Chicago"}));
    assert_eq!(
        ask(&site, &token, Some(a), "POST", "/clinics", clinic()).await.status,
        201
    );
    assert_eq!(
        ask(&site, &token, Some(b), "POST", "/clinics", clinic()).await.status,
        403,
        "a member there"
    );
    let nowhere = ask(&site, &token, None, "GET", "/clinics", None).await;
    assert_eq!(
        (nowhere.status.as_u16(), nowhere.fault().0.as_str()),
        (400, "X-Organization-Id")
    );
    let body = Some(json!({"organization_id": b}));
    assert_eq!(
        ask(&site, &token, None, "PATCH", "/sessions/current", body)
            .await
            .status,
        204
    );
    assert_eq!(
        ask(&site, &token, None, "GET", "/clinics", None).await.json()["clinics"],
        json!([])
    );

    let alone = change(
        &site,
        &token,
        a,
        &format!("/members/{jane}"),
        "\"1\"",
        json!({"is_active": false}),
    )
    .await;
    assert_eq!(
        (alone.status.as_u16(), alone.fault().1.as_str()),
        (422, "last_admin"),
        "{}",
        alone.text
    );
    let invite = |role: &str| Some(json!({"email": "sam@example.org", "role": role}));
    let refused = ask(&site, &token, Some(a), "POST", "/invitations", invite("platform_admin")).await;
    assert_eq!((refused.status.as_u16(), refused.fault().0.as_str()), (422, "role"));
    let old = ask(&site, &token, Some(a), "POST", "/invitations", invite("member")).await;
    let asked = ask(
        &site,
        &token,
        Some(a),
        "POST",
        "/invitations",
        invite("organization_admin"),
    )
    .await;
    assert_eq!(asked.status, 201, "{}", asked.text);
    let accept = async |answer: &Answer, more: Value| {
        let mut body = json!({"token": answer.json()["token"]});
        let more = more.as_object().expect("an object").clone();
        body.as_object_mut().expect("an object").extend(more);
        let request = Request::post("/invitations/accept").header("content-type", "application/json");
        site.send(request.body(Body::from(body.to_string())).expect("a request"))
            .await
    };
    let full = json!({"name": "Sam", "password": PASSWORD});
    assert_eq!(
        accept(&old, full.clone()).await.status,
        404,
        "a later invitation ends an earlier one"
    );
    assert_eq!(accept(&asked, json!({"name": "Sam"})).await.fault().0, "password");
    let joined = accept(&asked, full.clone()).await;
    assert_eq!(joined.status, 200, "{}", joined.text);
    assert_eq!(accept(&asked, full).await.status, 404, "once");
    let members = ask(&site, &token, Some(a), "GET", "/members", None).await.json();
    assert_eq!(members["members"].as_array().map(Vec::len), Some(2), "{members}");

    let gone = change(
        &site,
        &token,
        a,
        &format!("/members/{jane}"),
        "*",
        json!({"is_active": false}),
    )
    .await;
    assert_eq!(gone.status, 200, "another administrator is there now: {}", gone.text);
    let after = ask(&site, &token, Some(a), "GET", "/clinics", None).await;
    assert_eq!(
        (after.status.as_u16(), after.fault().1.as_str()),
        (403, "not_a_member"),
        "at once"
    );
    assert_eq!(ask(&site, &token, Some(b), "GET", "/clinics", None).await.status, 200);
}

/// 5.08: two administrators who revoke each other at the same time do not both succeed.
#[tokio::test]
async fn two_last_administrators_cannot_remove_each_other() {
    let site = Site::open().await;
    let a = tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id;
    let mut people = Vec::new();
    for name in ["one@example.org", "two@example.org"] {
        let user = account(&site.house, name, false, None).await;
        join(&site.house, a, user, Role::OrganizationAdmin).await;
        people.push((user, session(&site.house, user).await));
    }
    let revoke = async |by: usize, whom: usize| {
        let path = format!("/members/{}", people[whom].0);
        change(&site, &people[by].1, a, &path, "*", json!({"role": "member"}))
            .await
            .status
            .as_u16()
    };
    let (first, second) = tokio::join!(revoke(0, 1), revoke(1, 0));
    let done = [first, second].iter().filter(|status| **status == 200).count();
    assert_eq!(done, 1, "{first} {second}");
}

/// 5.08: what an administrator has decided of a member is stronger than an invitation from before.
#[tokio::test]
async fn feature_5_08_nobody_comes_back_by_an_older_invitation() {
    let site = Site::open().await;
    let a = tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id;
    let jane = account(&site.house, "jane@example.org", false, None).await;
    join(&site.house, a, jane, Role::OrganizationAdmin).await;
    let sam = account(&site.house, "Sam@example.org", false, None).await;
    join(&site.house, a, sam, Role::Reviewer).await;
    let (admin, theirs) = (session(&site.house, jane).await, session(&site.house, sam).await);
    let invite = async || {
        let body = json!({"email": "sam@example.org", "role": "organization_admin"});
        let made = ask(&site, &admin, Some(a), "POST", "/invitations", Some(body)).await;
        assert_eq!(made.status, 201, "{}", made.text);
        json!({"token": made.json()["token"]})
    };
    let decide = async |what: Value| {
        let done = change(&site, &admin, a, &format!("/members/{sam}"), "*", what).await;
        assert_eq!(done.status, 200, "{}", done.text);
    };
    let accept = async |token: Value| {
        ask(&site, &theirs, None, "POST", "/invitations/accept", Some(token))
            .await
            .status
            .as_u16()
    };
    for what in [json!({"role": "member"}), json!({"is_active": false})] {
        let older = invite().await;
        decide(what.clone()).await;
        assert_eq!(accept(older).await, 404, "{what}");
    }
    let listed = ask(&site, &admin, Some(a), "GET", "/invitations", None).await.json();
    let listed = listed["invitations"].as_array().expect("a list");
    assert!(listed.iter().all(|one| one["revoked_at"].is_string()), "{listed:?}");

    // One that slipped through, to an address that the person had then, is void as well.
    let older = invite().await;
    site.house
        .sql("UPDATE organization_member SET revoked_at = '2026-11-23T00:00:00Z' WHERE NOT is_active")
        .await;
    assert_eq!(accept(older).await, 404);
    site.house
        .sql("UPDATE organization_member SET revoked_at = '2026-11-22T00:00:00Z' WHERE NOT is_active")
        .await;
    assert_eq!(accept(invite().await).await, 200, "who is asked anew is welcome");
}
