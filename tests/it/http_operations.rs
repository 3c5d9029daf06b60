//! Health, metrics, the index's name, reference lists, pages, and all of it under a prefix.

use axum::{body::Body, http::Request};
use serde_json::json;

use super::http_site::Site;

#[tokio::test]
async fn operators_see_the_alias_the_numbers_and_the_health() {
    let site = Site::open().await;
    site.house.network("BlueChoice", true).await;
    site.house.network("Backstage", false).await;
    site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Doe"}))
        .await;
    let networks = site.get("/networks").await.json();
    assert_eq!(
        (&networks["total"], &networks["networks"][0]["name"]),
        (&json!(1), &json!("BlueChoice"))
    );
    assert_eq!(site.get("/healthz").await.json()["status"], "up");
    let ready = site.get("/readyz").await.json();
    assert_eq!(
        (&ready["status"], &ready["store"]["reachable"]),
        (&json!("ready"), &json!(true))
    );
    assert_eq!(ready["index"]["alias"], "provider.providers");
    let index = site.get("/admin/index").await.json();
    assert_eq!(index["alias"], "provider.providers");
    assert!(index["generation"].as_u64().is_some_and(|live| live > 0), "{index}");
    site.get("/providers/search?q=anybody").await;
    let metrics = site.get("/metrics").await.text;
    for name in [
        "provdir_http_requests_total{",
        "provdir_search_duration_seconds_bucket{",
        "provdir_index_providers ",
        "provdir_index_position_xid ",
        "provdir_store_reachable 1",
    ] {
        assert!(metrics.contains(name), "{name} is missing in {metrics}");
    }
    let refused = Request::post("/admin/index/rebuild")
        .body(Body::empty())
        .expect("a request");
    assert_eq!(site.send(refused).await.status, 401);
    assert_eq!(
        site.write("POST", "/admin/index/rebuild", None, json!({})).await.status,
        202
    );
}

/// 11.08: it works under the prefix `/api/v1`, with `X-Forwarded-*` and request ids.
#[tokio::test]
async fn feature_11_08_the_same_paths_work_under_a_prefix_and_behind_a_gateway() {
    let site = Site::open().await;
    for path in [
        "/healthz",
        "/specialties?q=cardio",
        "/languages?q=span",
        "/networks",
        "/plans",
        "/providers/search",
    ] {
        let (at_root, under) = (site.get(path).await, site.get(&format!("/api/v1{path}")).await);
        assert_eq!(
            (at_root.status.as_u16(), under.status.as_u16()),
            (200, 200),
            "{path}: {}",
            under.text
        );
    }
    assert!(site.get("/specialties?q=cardio").await.text.contains("207RC0000X"));
    let page = site.get("/api/v1/").await.text;
    assert!(page.contains("href=\"/api/v1/assets/style.css?v="), "{page}");
    let gateway = Request::get("/")
        .header("x-forwarded-prefix", "/directory")
        .body(Body::empty())
        .expect("a request");
    assert!(site.send(gateway).await.text.contains("action=\"/directory/\""));
    let given = Request::get("/nowhere")
        .header("x-request-id", "gw-1")
        .body(Body::empty())
        .expect("a request");
    let given = site.send(given).await;
    assert_eq!((given.status.as_u16(), given.header("x-request-id")), (404, "gw-1"));
    assert_eq!(given.json()["request_id"], "gw-1");
}

#[tokio::test]
async fn a_person_can_search_read_and_is_told_what_is_wrong() {
    let site = Site::open().await;
    let created = site
        .person(json!({
            "kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "O'Hara <b>",
            "specialties": [{"code": "207RC0000X", "primary": true}], "languages": ["es"],
            "locations": [{"city": "Houston", "state": "TX", "postal_code": "77030", "phone": "7135550100"}]
        }))
        .await;
    let home = site.get("/").await;
    assert!(home.text.contains("<title>Provider Directory</title>"));
    assert!(
        !home.text.contains("<style") && !home.text.contains("onclick"),
        "the policy forbids inline style and script"
    );
    let found = site.get("/?q=O%27Hara&near=77030&radius=&language=").await;
    assert_eq!(found.status, 200);
    let locator = created["locator"].as_str().expect("a locator");
    for words in [
        "1 provider",
        "O&#39;Hara &lt;b&gt;",
        "tel:+17135550100",
        "Spanish",
        "Not in network yet",
        &format!("/p/{locator}"),
    ] {
        let found = found.text.replace("O'Hara", "O&#39;Hara");
        assert!(found.contains(words), "{words} is missing in {found}");
    }
    let page = site.get(&format!("/p/{locator}")).await;
    assert!(page.text.contains("Cardiovascular Disease Physician") && page.text.contains(locator));
    assert!(
        site.get("/?q=zzzzzzzz+nobody")
            .await
            .text
            .contains("No providers found")
    );
    // A corrected word is told, whatever is found by it.
    let corrected = site.get("/?q=dermitology").await;
    assert_eq!(corrected.status, 200, "{}", corrected.text);
    let wrong = site.get("/?q=a&near=Nowhereville,+QQ").await;
    assert_eq!(wrong.status, 400);
    assert!(
        wrong.text.contains("role=\"alert\"") && wrong.text.contains("<strong>Where</strong>"),
        "{}",
        wrong.text
    );
    let missing = Request::get("/nowhere")
        .header("accept", "text/html,*/*")
        .body(Body::empty())
        .expect("a request");
    let missing = site.send(missing).await;
    assert!(missing.status == 404 && missing.text.contains("There is nothing at this path."));
}
