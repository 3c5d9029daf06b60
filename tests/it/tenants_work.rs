//! What one tenant has costs another one no work: nothing can be learned from how long an answer takes. Work is counted, nothing
//! here is timed.

use std::collections::BTreeMap;

use axum::{body::Body, http::Request};
use provider_directory::{domain::access::Role, interfaces::http::openapi::DOCUMENT, interfaces::http::routes};

use crate::{
    http_site::Site, statements::Statements, tenants::signed_in, tenants_routes::filled, tenants_world::World,
};

/// What an answer was, and the work for it.
#[derive(Debug, PartialEq, Eq)]
struct Work {
    status: u16,
    statements: Vec<String>,
}

async fn work(site: &Site, statements: &Statements, token: &str, (method, path): (&str, &str)) -> Work {
    let request = Request::builder()
        .method(method.to_uppercase().as_str())
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json")
        .header("if-match", "*")
        .body(Body::from(if method == "get" { "" } else { "{}" }));
    statements.take();
    let answer = site.send(request.expect("a request")).await;
    Work {
        status: answer.status.as_u16(),
        statements: statements.take(),
    }
}

/// 5.02, "timed": an administrator of Beta who names a key of Alpha's gets the answer that a key of nobody's gets, for the same
/// statements, which find as much: on every route that takes a key.
#[tokio::test]
async fn feature_5_02_a_key_of_anothers_costs_what_a_key_of_nobodys_costs() {
    let site = Site::open().await;
    let world = World::new(&site.house).await;
    let keys = world.keys(&mut site.house.owner().await).await;
    let beta = signed_in(&site.house, world.beta, Role::OrganizationAdmin).await;
    let nobodys: Vec<_> = keys
        .iter()
        .map(|(table, _)| (table.clone(), uuid::Uuid::now_v7().to_string()))
        .collect();
    let (mut asked, mut heard, mut differ) = (0, 0, BTreeMap::new());
    let statements = Statements::default();
    let _listening = statements.listen();
    for (path, _) in routes() {
        if !path.contains('{') || path.starts_with("/sessions") {
            continue;
        }
        for method in DOCUMENT["paths"][path].as_object().expect("methods").keys() {
            if method != "get" && path.starts_with("/admin") {
                continue;
            }
            for (alphas, nobodys) in filled(path, &keys).iter().zip(filled(path, &nobodys)).take(3) {
                asked += 1;
                // What the background asks in between is no part of it, and is not there every time.
                let mut difference = None;
                for _ in 0..8 {
                    let known = work(&site, &statements, &beta, (method, alphas)).await;
                    let unknown = work(&site, &statements, &beta, (method, &nobodys)).await;
                    heard += known.statements.len();
                    difference = (known != unknown).then_some((known, unknown));
                    if difference.is_none() {
                        break;
                    }
                }
                differ.extend(difference.map(|works| (format!("{method} {alphas}"), works)));
            }
        }
    }
    assert!(asked > 100 && heard > asked, "{asked} asked, {heard} statements");
    assert!(differ.is_empty(), "{differ:#?}");
}
