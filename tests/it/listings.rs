//! Whether listings are still true, over HTTP.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use crate::{
    credentialing_http::ask,
    http_site::{Answer, Site},
};

async fn post(site: &Site, path: &str, body: Value) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .expect("a request");
    site.send(request).await
}

/// An ACTIVE provider in Texas, confirmed on a day.
async fn listed(site: &Site, npi: &str, verified: &str) {
    site.person(
        json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": npi,
        "verified_at": verified, "locations": [{"city": "Houston", "state": "TX", "postal_code": "77030"}]}),
    )
    .await;
    let roster = json!({"npis": [npi], "source": "Roster", "decided": "2026-01-01"});
    let done = site
        .write("POST", "/credentialing-requests/delegated", None, roster)
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
}

/// 2.18, 2.19: due, not verified, to be removed; confirming begins the clock anew and keeps what was confirmed.
#[tokio::test]
async fn feature_2_18_listings_are_confirmed_in_time() {
    let site = Site::open().await;
    // Today is 22 November 2026: confirmed 91 days, 80 days and 10 days ago.
    listed(&site, "1234567893", "2026-08-23").await;
    listed(&site, "1003000126", "2026-09-03").await;
    listed(&site, "1003000142", "2026-11-12").await;
    let due = ask(&site, &site.token, "GET", "/listings/due", Value::Null)
        .await
        .json();
    let standings = due
        .as_array()
        .expect("a list")
        .iter()
        .map(|d| d["standing"].clone())
        .collect::<Vec<_>>();
    assert_eq!(standings, ["not_verified", "due"], "{due}");
    let told = site.get("/providers/1234567893/listing").await.json();
    assert_eq!(
        (&told["verified"], &told["clock"]["removal_on"]),
        (&json!(false), &json!("2026-11-30")),
        "{told}"
    );
    let confirmed = site
        .write(
            "POST",
            "/providers/1234567893/attestations",
            None,
            json!({"method": "telephone"}),
        )
        .await;
    assert_eq!(
        (confirmed.status.as_u16(), &confirmed.json()["verified"]),
        (201, &json!(true)),
        "{}",
        confirmed.text
    );
    let due = ask(&site, &site.token, "GET", "/listings/due", Value::Null)
        .await
        .json();
    assert_eq!(due.as_array().map(Vec::len), Some(1));
    let kept = ask(
        &site,
        &site.token,
        "GET",
        "/providers/1234567893/attestations",
        Value::Null,
    )
    .await
    .json();
    assert_eq!(
        (&kept[0]["method"], &kept[0]["snapshot"]["npi"]),
        (&json!("telephone"), &json!("1234567893")),
        "{kept}"
    );
    let touched = sqlx::query("UPDATE listing_attestation SET method = 'x'")
        .execute(&mut site.house.owner().await)
        .await;
    assert!(touched.is_err(), "a snapshot stays");
}

/// 2.20: a link shows, confirms and corrects one listing until it expires; a correction is made when somebody accepts it.
#[tokio::test]
async fn feature_2_20_links_let_providers_correct_their_own() {
    let site = Site::open().await;
    listed(&site, "1234567893", "2026-08-23").await;
    let made = site
        .write("POST", "/providers/1234567893/update-links", None, json!({"days": 7}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let link = format!("/update-links/{}", made.json()["token"].as_str().expect("a token"));
    let shown = site.get(&link).await;
    assert_eq!(
        shown.json()["listing"]["locations"][0]["city"],
        "Houston",
        "{}",
        shown.text
    );
    let refused = post(&site, &link, json!({"change": {"npi": null}})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (400, "change.npi")
    );
    assert_eq!(post(&site, &link, json!({})).await.status, 400);
    let used = post(
        &site,
        &link,
        json!({"confirm": true, "change": {"phone": "7135550100"}}),
    )
    .await;
    assert_eq!(used.status, 201, "{}", used.text);
    // Sunday, 22 November: Monday and Tuesday are the two business days, by the clock of Texas.
    assert_eq!(used.json()["due_at"], "2026-11-25T06:00:00Z");
    assert_eq!(site.get("/providers/1234567893").await.json()["phone"], Value::Null);
    let open = ask(&site, &site.token, "GET", "/listing-changes", Value::Null)
        .await
        .json();
    let decide = format!("/listing-changes/{}/decide", open[0]["id"].as_str().expect("an id"));
    let done = site
        .write("POST", &decide, None, json!({"apply": true, "outcome": "called back"}))
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(site.get("/providers/1234567893").await.json()["phone"], "7135550100");
    assert_eq!(
        site.write("POST", &decide, None, json!({"apply": true, "outcome": "x"}))
            .await
            .status,
        404
    );
    site.house
        .sql("UPDATE listing_link SET expires_at = '2026-11-22T12:00:00Z'")
        .await;
    assert_eq!(site.get(&link).await.status, 401, "expired");
    assert_eq!(post(&site, &link, json!({"confirm": true})).await.status, 401);
}

/// 2.21: anybody reports, somebody sees to it, the reporter follows.
#[tokio::test]
async fn feature_2_21_reports_have_an_outcome() {
    let site = Site::open().await;
    listed(&site, "1234567893", "2026-08-23").await;
    assert_eq!(
        post(&site, "/providers/1234567893/reports", json!({"text": " "}))
            .await
            .status,
        400
    );
    assert_eq!(
        post(&site, "/providers/1003000126/reports", json!({"text": "x"}))
            .await
            .status,
        404
    );
    let made = post(
        &site,
        "/providers/1234567893/reports",
        json!({"text": "The telephone is dead.", "contact": "me@example.org"}),
    )
    .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let key = made.json()["key"].as_str().expect("a key").to_owned();
    let followed = site.get(&format!("/reports/{key}")).await.json();
    assert_eq!(
        (&followed["status"], &followed["due_at"]),
        (&json!("OPEN"), &json!("2026-11-25T06:00:00Z"))
    );
    assert!(followed.get("contact").is_none());
    let open = ask(&site, &site.token, "GET", "/listing-changes", Value::Null)
        .await
        .json();
    assert_eq!(
        (&open[0]["text"], &open[0]["kind"]),
        (&json!("The telephone is dead."), &json!("report"))
    );
    let decide = format!("/listing-changes/{}/decide", open[0]["id"].as_str().expect("an id"));
    site.write("POST", &decide, None, json!({"apply": false, "outcome": "It rings."}))
        .await;
    let followed = site.get(&format!("/reports/{key}")).await.json();
    assert_eq!(
        (&followed["status"], &followed["outcome"]),
        (&json!("DISMISSED"), &json!("It rings."))
    );
    assert_eq!(site.get("/reports/none").await.status, 401);
}
