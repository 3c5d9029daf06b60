//! What a doctor's office and the public do about a listing in a browser, without an account and without a script.

use serde_json::{Value, json};

use crate::{
    admin_pages::send,
    credentialing_http::ask,
    http_site::Site,
    listings::{listed, post},
};

/// 2.20: the page behind an update link shows the listing, confirms it, takes corrections, and says what is wrong at the field.
#[tokio::test]
async fn feature_2_20_an_office_corrects_its_listing_at_a_page() {
    let site = Site::open().await;
    listed(&site, "1234567893", "2026-08-23").await;
    let made = site
        .write("POST", "/providers/1234567893/update-links", None, json!({}))
        .await
        .json();
    let token = made["token"].as_str().expect("a token");
    assert!(
        made["url"]
            .as_str()
            .is_some_and(|url| url.ends_with(&format!("/update-links/{token}")))
    );
    let link = format!("/update-links/{token}");
    let shown = send(&site, "GET", &link, None, "").await;
    assert_eq!(shown.status, 200, "{}", shown.text);
    assert_eq!(shown.header("cache-control"), "no-store");
    for part in [
        "Smith",
        "value=\"Houston\"",
        "name=\"confirm\"",
        "Send the corrections",
        "1234567893",
    ] {
        assert!(shown.text.contains(part), "{part} is missing in {}", shown.text);
    }
    // A program still gets what it got.
    assert_eq!(
        site.get(&link).await.json()["listing"]["locations"][0]["city"],
        "Houston"
    );

    // What stays as it is is no correction.
    let same = send(&site, "POST", &link, None, "phone=&city.0=Houston").await;
    assert_eq!(same.status, 400, "{}", same.text);
    let wrong = "phone=713-555-0100&email=nobody&state.0=TX&line1.0=1+Main+St&postal_code.0=7703";
    let wrong = send(&site, "POST", &link, None, wrong).await;
    assert!(wrong.status.is_client_error(), "{}", wrong.text);
    for part in ["value=\"713-555-0100\"", "value=\"1 Main St\"", "aria-invalid=\"true\""] {
        assert!(wrong.text.contains(part), "{part} is missing in {}", wrong.text);
    }
    let right = "phone=713-555-0100&languages=English%2C+Vietnamese&line1.0=1+Main+St&city.1=Austin&state.1=TX";
    let sent = send(&site, "POST", &link, None, right).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let done = send(&site, "GET", sent.header("location"), None, "").await;
    assert!(done.text.contains("role=\"status\""), "{}", done.text);
    let open = ask(&site, &site.token, "GET", "/listing-changes", Value::Null)
        .await
        .json();
    let change = &open[0]["change"];
    assert_eq!(
        (&change["phone"], &change["languages"]),
        (&json!("713-555-0100"), &json!(["en", "vi"])),
        "{open}"
    );
    assert_eq!(
        (
            &change["locations"][0]["line1"],
            &change["locations"][0]["city"],
            &change["locations"][1]["city"]
        ),
        (&json!("1 Main St"), &json!("Houston"), &json!("Austin"))
    );
    assert_eq!(open.as_array().map(Vec::len), Some(1), "{open}");
    let decide = format!("/listing-changes/{}/decide", open[0]["id"].as_str().expect("an id"));
    let decided = site
        .write("POST", &decide, None, json!({"apply": true, "outcome": "called back"}))
        .await;
    assert_eq!(decided.status, 200, "{}", decided.text);

    let confirmed = send(&site, "POST", &link, None, "confirm=true").await;
    assert_eq!(
        confirmed.header("location"),
        format!("{link}?done=confirmed"),
        "{}",
        confirmed.text
    );
    let told = site.get("/providers/1234567893/listing").await.json();
    assert_eq!(told["verified_at"], "2026-11-22", "{told}");
    for (method, form) in [("GET", ""), ("POST", "confirm=true")] {
        let unknown = send(&site, method, "/update-links/00ff", None, form).await;
        assert_eq!(unknown.status, 401, "{}", unknown.text);
        assert!(unknown.text.contains("<h1>"), "{}", unknown.text);
    }
}

/// 2.21: anybody reports a wrong listing from its page, and sees later what has become of it.
#[tokio::test]
async fn feature_2_21_a_wrong_listing_is_reported_from_its_page() {
    let site = Site::open().await;
    listed(&site, "1234567893", "2026-08-23").await;
    let page = send(&site, "GET", "/p/1234567893", None, "").await;
    let at = page.text.split('"').find(|part| part.ends_with("/report"));
    let at = at
        .unwrap_or_else(|| panic!("no way to report in {}", page.text))
        .to_owned();
    let form = send(&site, "GET", &at, None, "").await;
    assert!(
        form.text.contains("<textarea") && form.text.contains("Smith"),
        "{}",
        form.text
    );
    let wordless = send(&site, "POST", &at, None, "text=+&contact=me%40example.org").await;
    assert_eq!(wordless.status, 400, "{}", wordless.text);
    assert!(
        wordless.text.contains("value=\"me@example.org\"") && wordless.text.contains("aria-invalid"),
        "{}",
        wordless.text
    );
    let sent = send(&site, "POST", &at, None, "text=The+office+has+moved.&contact=").await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let followed = sent.header("location").to_owned();
    assert!(followed.starts_with("/reports/"), "{followed}");
    let shown = send(&site, "GET", &followed, None, "").await;
    assert!(shown.text.contains("somebody looks at it"), "{}", shown.text);
    let open = ask(&site, &site.token, "GET", "/listing-changes", Value::Null)
        .await
        .json();
    assert_eq!(
        (&open[0]["text"], &open[0]["contact"]),
        (&json!("The office has moved."), &Value::Null),
        "{open}"
    );
    assert_eq!(site.get(&followed).await.json()["status"], "OPEN");
    assert_eq!(send(&site, "GET", "/p/1003000126/report", None, "").await.status, 404);
    assert_eq!(
        post(&site, "/providers/1003000126/reports", json!({"text": "x"}))
            .await
            .status,
        404
    );
}
