//! Every route, asked with every key that another tenant has, and with keys that are none. The router is the list: no route can be
//! forgotten.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::access::Role,
    interfaces::http::{openapi::DOCUMENT, routes},
    vocab::terms::SubscriptionTier,
};
use serde_json::{Value, json};

use super::{
    http_site::Site,
    sample,
    tenants::{ask, signed_in, tenant},
    tenants_isolation::{spelt_out, strangers},
    tenants_world::{MARK, World},
};

/// What reads the names of all payers' networks and plans, which are everybody's: among them Alpha's make no sense here.
const OF_EVERYBODY: [&str; 1] = ["/plans/{id}/accuracy-reports"];

/// 5.02 and 5.03: an administrator of Beta and others who have no business with Alpha ask every route, with the keys that Alpha
/// has in path and body, to read and to write. Nothing of Alpha's comes back, and nothing of it is different afterwards.
#[tokio::test]
async fn feature_5_03_no_route_shows_or_changes_what_is_anothers() {
    let site = Site::open().await;
    let world = World::new(&site.house).await;
    let mut owner = site.house.owner().await;
    let keys = world.keys(&mut owner).await;
    let before = world.fingerprints(&mut owner).await;
    let (mut asked, mut broken) = (0, BTreeSet::new());
    for (n, (who, token)) in strangers(&site, &world).await.into_iter().enumerate() {
        for (path, _) in routes() {
            let mut filled = filled(path, &keys);
            if n > 0 {
                filled.truncate(2); // The first one asks for everything, the others for what is nearest.
            }
            for (method, operation) in DOCUMENT["paths"][path].as_object().expect("methods") {
                let leaves = path.starts_with("/sessions") || path == "/sign-out" || path == "/events";
                if leaves || method != "get" && path.starts_with("/admin") {
                    continue; // Ends the session, or the answer never ends.
                }
                for (real, body) in filled
                    .iter()
                    .flat_map(|real| bodies(method, operation, &keys).map(move |b| (real, b)))
                {
                    let request = Request::builder()
                        .method(method.to_uppercase().as_str())
                        .uri(real)
                        .header("authorization", format!("Bearer {token}"))
                        .header("content-type", "application/json")
                        .header("if-match", "*");
                    let answer = site
                        .send(request.body(Body::from(body.clone())).expect("a request"))
                        .await;
                    asked += 1;
                    assert!(
                        !answer.text.contains(MARK),
                        "{who}: {method} {real} {body}: {}",
                        answer.text
                    );
                    if answer.status == 500 && !OF_EVERYBODY.contains(&path) {
                        broken.insert(format!("{who}: {method} {path} {body}"));
                    }
                }
            }
        }
    }
    assert_eq!(broken, BTreeSet::new(), "read what they should not");
    assert!(asked > 200, "{asked}");
    let after = world.fingerprints(&mut owner).await;
    for (table, before) in before {
        assert_eq!(Some(&before), after.get(&table), "{table} was changed");
    }
}

/// The keys that a path can be about: those of tables that one of its words names, or else all.
fn fitting<'a>(path: &str, keys: &'a [(String, String)]) -> impl Iterator<Item = &'a str> {
    let words = path
        .split('/')
        .filter(|word| !word.is_empty() && !word.starts_with('{'));
    let words = words
        .map(|word| word.trim_end_matches('s').replace('-', "_"))
        .collect::<Vec<_>>();
    let fits = move |table: &str| words.iter().any(|word| table.contains(word.as_str()));
    let some = keys.iter().any(|(table, _)| fits(table));
    let fitting = keys.iter().filter(move |(table, _)| !some || fits(table));
    fitting.map(|(_, key)| key.as_str())
}

/// The paths with keys of Alpha's: every key that fits for the last of its parameters, and the row that it belongs to for those
/// before.
pub fn filled(path: &str, keys: &[(String, String)]) -> Vec<String> {
    let path = path.replace("{section}", "acl");
    let Some((head, last)) = path.rsplit_once('{') else {
        return vec![path];
    };
    let (_, tail) = last.split_once('}').expect("a parameter");
    let mut before = head.to_owned();
    while let Some((noun, rest)) = before.split_once('{') {
        let (_, behind) = rest.split_once('}').expect("a parameter");
        let key = nearest(noun.trim_end_matches('/').rsplit('/').next().unwrap_or_default(), keys);
        before = format!("{noun}{key}{behind}");
    }
    let known = head.rsplit('}').next().unwrap_or_default();
    let fitting = fitting(known, keys).map(|key| format!("{before}{key}{tail}"));
    fitting.collect()
}

/// The key in the table that a word names best.
fn nearest(word: &str, keys: &[(String, String)]) -> String {
    let word = word.trim_end_matches("_id").trim_end_matches('s').replace('-', "_");
    let fits = keys.iter().filter(|(table, _)| table.contains(&word));
    let best = fits.min_by_key(|(table, _)| table.len());
    best.or(keys.first()).map(|(_, key)| key.clone()).unwrap_or_default()
}

/// What is sent to an operation: nothing to read, else nothing said, and all that can be said.
fn bodies(method: &str, operation: &Value, keys: &[(String, String)]) -> impl Iterator<Item = String> {
    let whole = sample::body(&DOCUMENT, operation, &|name| nearest(name, keys));
    let bodies = if method == "get" {
        vec![String::new()]
    } else {
        let whole = whole.map(|body| body.to_string());
        std::iter::once("{}".to_owned()).chain(whole).collect()
    };
    bodies.into_iter()
}

/// A key that can be none is told with its field and the reason, on every route that takes one.
#[tokio::test]
async fn a_malformed_id_is_named_on_every_route() {
    let site = Site::open().await;
    let id = tenant(&site.house, "Alpha", SubscriptionTier::Enterprise).await.id;
    let admin = signed_in(&site.house, id, Role::OrganizationAdmin).await;
    let mut named = BTreeSet::new();
    for (path, methods) in DOCUMENT["paths"].as_object().expect("paths") {
        if !path.contains('{') {
            continue;
        }
        let real = spelt_out(path, "no-id");
        for method in methods.as_object().expect("methods").keys() {
            let body = (method != "get").then(|| json!({}));
            for token in [&admin, &site.token] {
                let answer = ask(&site, token, Some(id), &method.to_uppercase(), &real, body.clone()).await;
                assert_ne!(answer.status.as_u16(), 500, "{method} {path}: {}", answer.text);
                if answer.status != 400 || answer.header("content-type") != "application/problem+json" {
                    continue;
                }
                let (field, code) = answer.fault();
                assert!(
                    !field.is_empty() && !code.is_empty(),
                    "{method} {path}: {}",
                    answer.text
                );
                if path.contains(&format!("{{{field}}}")) {
                    named.insert(format!("{method} {path}"));
                }
            }
        }
    }
    for known in [
        "get /clinics/{id}",
        "patch /practitioners/{id}",
        "delete /schedules/{id}",
        "post /slots/{id}/holds",
        "delete /holds/{id}",
        "get /appointments/{id}",
        "post /appointments/{id}/reschedule",
        "delete /schedule-exceptions/{id}",
        "patch /clinic-assignments/{id}",
        "patch /members/{id}",
        "delete /invitations/{id}",
    ] {
        assert!(named.contains(known), "{known} of {named:#?}");
    }
}
