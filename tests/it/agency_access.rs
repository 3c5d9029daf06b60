//! Who may do what at an agency: role, scope, what the organisation configures and what it has switched off decide on each path,
//! on the pages and in the database alike, and `/me/permissions` says the same.

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::access::Role,
    store::access::{Grant, issue_token},
    vocab::{OrganizationId, terms::SubscriptionTier},
};
use serde_json::{Value, json};

use crate::{
    house::{admin, noon},
    http_site::Site,
    tenants::{ask, signed_in, tenant},
    tenants_organizations::change,
};

/// A tenant that configures.
struct World {
    site: Site,
    id: OrganizationId,
    boss: String,
    reviewer: String,
    member: String,
}

impl World {
    async fn open() -> Self {
        let site = Site::open().await;
        let id = tenant(&site.house, "Hope", SubscriptionTier::Professional).await.id;
        Self {
            boss: signed_in(&site.house, id, Role::OrganizationAdmin).await,
            reviewer: signed_in(&site.house, id, Role::Reviewer).await,
            member: signed_in(&site.house, id, Role::Member).await,
            site,
            id,
        }
    }

    /// Replaces the rules about one role, and switches.
    async fn configure(&self, patch: Value) {
        let path = format!("/organizations/{}/config", self.id);
        let version = ask(&self.site, &self.boss, None, "GET", &path, None).await;
        let set = change(
            &self.site,
            &self.boss,
            self.id,
            &path,
            version.header("etag"),
            patch.clone(),
        )
        .await;
        assert_eq!(set.status, 200, "{patch}: {}", set.text);
    }

    /// Status and code of the answer.
    async fn told(&self, token: &str, method: &str, path: &str, body: Value) -> (u16, String) {
        let body = Some(body).filter(|body| !body.is_null());
        let answer = ask(&self.site, token, None, method, path, body).await;
        let is_problem = answer.header("content-type").starts_with("application/problem");
        (
            answer.status.as_u16(),
            if is_problem { answer.fault().1 } else { String::new() },
        )
    }

    async fn may(&self, token: &str, permission: &str) -> bool {
        let path = format!("/me/permissions/{permission}");
        ask(&self.site, token, None, "GET", &path, None).await.json()["allowed"] == json!(true)
    }

    async fn page(&self, token: &str, path: &str) -> (u16, String) {
        let request = Request::get(path)
            .header("accept", "text/html")
            .header("cookie", format!("provdir_session={token}"));
        let page = self.site.send(request.body(Body::empty()).expect("a request")).await;
        (page.status.as_u16(), page.text)
    }

    async fn service(&self, name: &str, scopes: &[&str], seed: u8) -> String {
        let grant = Grant {
            name: name.to_owned(),
            role: Role::Service,
            organization_id: Some(self.id),
            scopes: scopes.iter().map(|s| (*s).to_owned()).collect(),
            expires_at: None,
        };
        let mut tx = self.site.house.store.begin(&admin()).await.expect("begun");
        let token = issue_token(&mut tx, &grant, [seed; 32], noon()).await.expect("issued");
        tx.commit().await.expect("committed");
        token
    }
}

fn said(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// 5.15: what is allowed opens, what is denied closes, on each path that the permission is about.
#[tokio::test]
async fn feature_5_15_what_is_configured_holds_on_cases_sharing_and_credentialing() {
    let world = World::open().await;
    let (boss, member) = (&world.boss, &world.member);
    let case = |n: u8| json!({"reference": format!("C-{n}"), "kind": "surrogacy"});
    assert_eq!(
        world.told(member, "GET", "/cases", Value::Null).await,
        said(403, "role")
    );
    world
        .configure(json!({"acl": {"roles": {"member": {"allow": ["cases:read"]}}}}))
        .await;
    assert_eq!(world.told(boss, "POST", "/cases", case(1)).await.0, 201);
    let seen = ask(&world.site, member, None, "GET", "/cases", None).await;
    assert_eq!(
        seen.json()["cases"].as_array().map(Vec::len),
        Some(1),
        "the database lets them, too: {}",
        seen.text
    );
    assert_eq!(world.told(member, "POST", "/cases", case(2)).await, said(403, "role"));
    assert!(world.may(member, "cases:read").await && !world.may(member, "cases:write").await);
    let (status, page) = world.page(member, "/admin/cases").await;
    assert!(status == 200 && page.contains("C-1"), "{page}");
    world
        .configure(
            json!({"acl": {"roles": {"member": {"allow": ["cases:read", "cases:write", "credentialing:review"]}}}}),
        )
        .await;
    assert_eq!(world.told(member, "POST", "/cases", case(2)).await.0, 201);
    let at = format!("/cases/{}/shares", uuid::Uuid::now_v7());
    for (path, body) in [
        (at.as_str(), json!({})),
        ("/provider-users", json!({})),
        ("/provider-tokens", json!({})),
        ("/agency-providers", json!({"type": "attorney", "name": "Law"})),
    ] {
        assert_eq!(
            world.told(member, "POST", path, body).await,
            said(403, "role"),
            "{path}"
        );
    }

    // Credentialing: a member who may review decides, a reviewer who may not doesn't.
    let made = ask(
        &world.site,
        boss,
        None,
        "POST",
        "/agency-providers",
        Some(json!({"type": "psychologist", "name": "Own one"})),
    )
    .await
    .json();
    let request = json!({"provider": made["provider_id"]});
    let opened = ask(
        &world.site,
        boss,
        None,
        "POST",
        "/credentialing-requests",
        Some(request),
    )
    .await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    let at = format!(
        "/credentialing-requests/{}",
        opened.json()["id"].as_str().expect("an id")
    );
    world
        .configure(json!({"acl": {"roles": {"reviewer": {"deny": ["credentialing:review"]}}}}))
        .await;
    let notes = json!({"text": "looked at it"});
    let note = format!("{at}/notes");
    assert_eq!(
        world.told(&world.reviewer, "POST", &note, notes.clone()).await,
        said(403, "configured")
    );
    assert!(!world.may(&world.reviewer, "credentialing:review").await);
    assert_eq!(world.told(&world.reviewer, "GET", &at, Value::Null).await.0, 200);
    assert_eq!(world.page(&world.reviewer, "/admin/credentialing").await.0, 200);
    assert_eq!(world.told(member, "POST", &note, notes).await.0, 200);
    assert_eq!(
        world
            .told(member, "POST", &format!("{at}/reject"), json!({"notes": "no"}))
            .await
            .0,
        200
    );
    assert_eq!(
        world.told(member, "GET", &at, Value::Null).await,
        said(403, "role"),
        "to review is not to read"
    );
}

/// 5.15: each permission that a path asks can be taken from a role, and the path says so.
#[tokio::test]
async fn feature_5_15_what_is_denied_is_refused_on_every_path() {
    let world = World::open().await;
    let boss = &world.boss;
    let asked = [
        ("cases:read", "GET", "/agency-providers"),
        ("cases:write", "POST", "/cases"),
        ("shares:write", "POST", "/cases/1/shares/revoke"),
        ("provider_users:write", "POST", "/provider-users"),
        ("networks:write", "POST", "/rosters"),
        ("network:check", "GET", "/network-status?npi=1234567893&network=x"),
        ("network:check", "GET", "/network-status/holds"),
        ("credentialing:read", "GET", "/credentialing-requests"),
        ("credentialing:read", "GET", "/exclusions"),
        ("credentialing:submit", "POST", "/credentialing-requests"),
        ("credentialing:review", "POST", "/credentialing-requests/1/approve"),
        ("providers:match", "POST", "/providers/match"),
        ("reports:read", "GET", "/accuracy-reports/1"),
        ("events:read", "GET", "/webhooks"),
        ("events:read", "GET", "/events"),
    ];
    for (permission, method, path) in asked {
        if !path.starts_with("/events") {
            let before = world.told(boss, method, path, json!({})).await;
            assert!(before.0 != 403 && before.0 != 401, "{method} {path}: {before:?}");
        }
        world
            .configure(json!({"acl": {"roles": {"organization_admin": {"deny": [permission]}}}}))
            .await;
        assert_eq!(
            world.told(boss, method, path, json!({})).await,
            said(403, "configured"),
            "{method} {path}"
        );
        world
            .configure(json!({"acl": {"roles": {"organization_admin": null}}}))
            .await;
    }
    assert_eq!(world.told(boss, "GET", "/audit/report", Value::Null).await.0, 200);
    assert_eq!(
        world.told(&world.reviewer, "GET", "/audit/report", Value::Null).await,
        said(403, "role")
    );
}

/// 5.16: with `cases` switched off there is none of it, neither a path nor a page; the rest stays.
#[tokio::test]
async fn feature_5_16_cases_switched_off_are_gone_from_paths_and_pages() {
    let world = World::open().await;
    let paths = ["/cases", "/agency-providers", "/provider-users", "/provider-tokens"];
    for (on, status) in [(true, 200), (false, 404)] {
        world.configure(json!({"features": {"cases": on}})).await;
        for path in paths {
            let code = if on { "" } else { "feature_off" };
            assert_eq!(
                world.told(&world.boss, "GET", path, Value::Null).await,
                said(status, code),
                "{path}"
            );
        }
        for path in ["/admin/cases", "/admin/network"] {
            let (seen, page) = world.page(&world.boss, path).await;
            assert_eq!(seen, status, "{path}");
            assert!(on || page.contains("switched \u{201c}cases\u{201d} off"), "{page}");
        }
        let (seen, page) = world.page(&world.boss, "/admin/").await;
        assert_eq!(
            (seen, page.contains("/admin/cases")),
            (200, on),
            "what is off is not offered"
        );
    }
    let clinic = json!({"name": "Main", "time_zone": "America/Chicago"});
    let clinic = ask(&world.site, &world.boss, None, "POST", "/clinics", Some(clinic))
        .await
        .json();
    let contacts = format!("/clinics/{}/contacts", clinic["id"].as_str().expect("an id"));
    assert_eq!(
        world.told(&world.boss, "GET", &contacts, Value::Null).await.0,
        200,
        "one's own clinics have nothing to do with cases"
    );
}

/// 5.15: a machine has what its scopes name: `cases` for all of it, or one permission's word; the platform's administrators
/// have no part in an agency's cases, and are told so wherever they ask.
#[tokio::test]
async fn feature_5_15_scopes_name_all_of_it_or_one_act() {
    let world = World::open().await;
    let all = world.service("all", &["cases"], 1).await;
    let reads = world.service("reads", &["cases:read"], 2).await;
    let other = world.service("other", &["network:check"], 3).await;
    let case = json!({"reference": "C-1", "kind": "x"});
    let own = json!({"type": "attorney", "name": "Law"});
    assert_eq!(world.told(&all, "POST", "/cases", case.clone()).await.0, 201);
    assert_eq!(world.told(&all, "POST", "/agency-providers", own).await.0, 201);
    assert_eq!(world.told(&reads, "GET", "/cases", Value::Null).await.0, 200);
    assert_eq!(world.told(&reads, "POST", "/cases", case).await, said(403, "scope"));
    assert_eq!(
        world.told(&other, "GET", "/cases", Value::Null).await,
        said(403, "scope")
    );
    let platform = ask(&world.site, &world.site.token, Some(world.id), "GET", "/cases", None).await;
    assert_eq!((platform.status.as_u16(), platform.fault().1.as_str()), (403, "role"));
    let why = "/me/permissions/cases:read";
    let why = ask(&world.site, &world.site.token, Some(world.id), "GET", why, None).await;
    assert_eq!(why.json()["allowed"], json!(false));
}
