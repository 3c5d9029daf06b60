//! One provider from outside: three keys, versions, and who may write what.

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use super::http_site::{Answer, Site};

fn person(npi: &str) -> Value {
    json!({"kind": "individual", "category": "practitioner", "last_name": "Doe", "npi": npi})
}

fn refused(answer: &Answer) -> (u16, String) {
    assert_eq!(
        answer.header("content-type"),
        "application/problem+json",
        "{}",
        answer.text
    );
    (
        answer.status.as_u16(),
        answer.json()["type"]
            .as_str()
            .unwrap_or_default()
            .replace("/problems/", ""),
    )
}

/// 1.40: id, NPI and locator give the same record and the same ETag.
#[tokio::test]
async fn feature_1_40_three_keys_give_the_same_record_and_etag() {
    let site = Site::open().await;
    let created = site.person(person("1234567893")).await;
    let keys = [json!("1234567893"), created["locator"].clone(), created["id"].clone()];
    let tag = site.get("/providers/1234567893").await.header("etag").to_owned();
    for key in keys {
        let path = format!("/providers/{}", key.as_str().expect("a key"));
        let read = site.get(&path).await;
        assert_eq!(
            (read.status.as_u16(), read.header("etag"), read.version()),
            (200, tag.as_str(), "1"),
            "{}",
            read.text
        );
        assert_eq!(read.json(), created);
        let again = Request::get(&path)
            .header("if-none-match", &tag)
            .body(Body::empty())
            .expect("a request");
        let again = site.send(again).await;
        assert_eq!((again.status.as_u16(), again.text.as_str()), (304, ""));
    }
    assert_eq!(
        refused(&site.get("/providers/1234567890").await),
        (400, "invalid-parameter".to_owned())
    );
    assert_eq!(
        refused(&site.get("/providers/1000000004").await),
        (404, "not-found".to_owned())
    );
}

#[tokio::test]
async fn a_change_needs_the_version_it_is_based_on() {
    let site = Site::open().await;
    site.person(person("1234567893")).await;
    let path = "/providers/1234567893";
    let change = json!({"phone": "7135550100"});
    assert_eq!(
        refused(&site.write("PATCH", path, None, change.clone()).await),
        (428, "version-required".to_owned())
    );
    assert_eq!(
        site.write("PATCH", path, Some("\"1\""), change.clone()).await.status,
        200
    );
    assert_eq!(
        refused(&site.write("PATCH", path, Some("\"1\""), json!({"phone": null})).await),
        (412, "version-mismatch".to_owned())
    );
    let read = site.get(path).await;
    assert_eq!((read.version(), &read.json()["phone"]), ("2", &json!("7135550100")));
    let tag = Some(read.header("etag"));
    let cleared = site.write("PATCH", path, tag, json!({"phone": null})).await;
    assert_eq!(cleared.json()["phone"], Value::Null);
    assert_eq!(
        refused(&site.write("PATCH", path, Some("*"), json!({"colour": 1})).await),
        (400, "unknown-parameter".to_owned())
    );
}

#[tokio::test]
async fn nobody_becomes_active_by_writing() {
    let site = Site::open().await;
    site.person(person("1234567893")).await;
    for method in ["PUT", "PATCH"] {
        let answer = site
            .write(
                method,
                "/providers/1234567893",
                Some("\"1\""),
                json!({"network_status": "ACTIVE"}),
            )
            .await;
        assert_eq!(refused(&answer), (409, "status-guard".to_owned()));
    }
    let mut active = person("1000000004");
    active["network_status"] = json!("ACTIVE");
    assert_eq!(refused(&site.write("POST", "/providers", None, active).await).0, 409);
    let twice = site.write("POST", "/providers", None, person("1234567893")).await;
    assert_eq!((refused(&twice).0, twice.fault().1.as_str()), (409, "npi_taken"));
    let out = site
        .write(
            "POST",
            "/providers/1234567893/deactivate",
            Some("\"1\""),
            json!({"reason": "retired"}),
        )
        .await;
    assert_eq!(
        (out.status.as_u16(), &out.json()["network_status"]),
        (200, &json!("INACTIVE"))
    );
}

/// A new street for the only place corrects it: another place would leave the networks that the provider is in there.
#[tokio::test]
async fn the_only_location_is_corrected_and_keeps_its_id() {
    let site = Site::open().await;
    let mut doe = person("1234567893");
    doe["locations"] = json!([{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030"}]);
    site.person(doe).await;
    let before = site.get("/providers/1234567893").await.json();
    let moved = json!({"locations": [{"line1": "82 Broadway Ln", "city": "Houston", "state": "TX"}]});
    let after = site
        .write("PATCH", "/providers/1234567893", Some("*"), moved)
        .await
        .json();
    assert_eq!(after["locations"][0]["id"], before["locations"][0]["id"], "{after}");
    assert_eq!(after["locations"][0]["line1"], "82 Broadway Ln");
    // Of several, one without an id is new.
    let two = json!({"locations": [{"city": "Austin", "state": "TX"}, {"city": "Dallas", "state": "TX"}]});
    let after = site
        .write("PATCH", "/providers/1234567893", Some("*"), two)
        .await
        .json();
    let ids = after["locations"]
        .as_array()
        .expect("locations")
        .iter()
        .map(|l| &l["id"]);
    assert!(ids.clone().all(|id| *id != before["locations"][0]["id"]), "{after}");
    assert_eq!(ids.count(), 2);
}

#[tokio::test]
async fn with_the_store_away_the_index_goes_on_answering() {
    let site = Site::open().await;
    let mut doe = person("1234567893");
    doe["locations"] =
        json!([{"city": "Houston", "state": "TX", "postal_code": "77030"}, {"city": "Austin", "state": "TX"}]);
    site.person(doe).await;
    site.house.store.clone().close().await;
    assert_eq!(
        site.get("/providers/search?npi=1234567893").await.json()["total"]["value"],
        1
    );
    let read = site.get("/providers/1234567893").await;
    assert_eq!(
        (read.status.as_u16(), &read.json()["complete"]),
        (200, &json!(false)),
        "{}",
        read.text
    );
    assert_eq!(read.json()["locations"].as_array().map(Vec::len), Some(2));
    let page = site.get("/p/1234567893").await;
    assert!(page.status == 200 && page.text.contains("Austin, TX"), "{}", page.text);
    assert_eq!(
        refused(&site.get("/providers/1000000004").await),
        (404, "not-found".to_owned())
    );
    let ready = site.get("/readyz").await;
    assert_eq!(
        (ready.status.as_u16(), &ready.json()["store"]["reachable"]),
        (200, &json!(false))
    );
    let written = site
        .write("PATCH", "/providers/1234567893", Some("*"), json!({"phone": null}))
        .await;
    assert_eq!(refused(&written), (503, "unavailable".to_owned()));
}

#[tokio::test]
async fn only_an_administrator_writes() {
    let site = Site::open().await;
    for (token, status) in [
        (None, 401),
        (Some("Bearer provdir_nonsense"), 401),
        (Some("Basic abc"), 401),
    ] {
        let mut request = Request::post("/providers").header("content-type", "application/json");
        if let Some(token) = token {
            request = request.header("authorization", token);
        }
        let answer = site
            .send(
                request
                    .body(Body::from(person("1234567893").to_string()))
                    .expect("a request"),
            )
            .await;
        assert_eq!(refused(&answer).0, status);
        assert_eq!(answer.header("www-authenticate"), "Bearer");
    }
    let plain = Request::post("/providers").header("authorization", format!("Bearer {}", site.token));
    let plain = site.send(plain.body(Body::from("{}")).expect("a request")).await;
    assert_eq!(refused(&plain), (415, "unsupported-media-type".to_owned()));
    let broken = site
        .write("POST", "/providers", None, json!({"kind": "individual"}))
        .await;
    assert_eq!(
        (refused(&broken).0, broken.fault()),
        (400, ("category".to_owned(), "missing".to_owned()))
    );
    // All that is wrong is said at once, in words of JSON.
    let many = json!({
        "kind": "person", "npi": "1234567890", "first_name": 5, "colour": 1, "verified_at": "yesterday", "specialty": "flurb",
        "locations": [{"line1": "1 Main St"}, {"line1": "1 Main St", "city": "Houston", "telehealth": "yes"}, {"floor": 2}],
    });
    let many = site.write("POST", "/providers", None, many).await;
    let told = many.json();
    let mut fields: Vec<(String, String)> = told["errors"]
        .as_array()
        .expect("errors")
        .iter()
        .map(|fault| {
            let text = |name: &str| fault[name].as_str().unwrap_or_default().to_owned();
            for word in ["struct", "expected", "missing field", "unknown field", "invalid type"] {
                assert!(!text("message").contains(word), "{fault}");
            }
            (text("field"), text("code"))
        })
        .collect();
    fields.sort();
    let fields: Vec<(&str, &str)> = fields
        .iter()
        .map(|(field, code)| (field.as_str(), code.as_str()))
        .collect();
    assert_eq!(
        fields,
        [
            ("category", "missing"),
            ("colour", "unknown_property"),
            ("first_name", "invalid"),
            ("kind", "invalid"),
            ("locations[0].city", "missing"),
            ("locations[1].state", "missing"),
            ("locations[1].telehealth", "invalid"),
            ("locations[2].floor", "unknown_property"),
            ("npi", "check_digit"),
            ("specialty", "unknown_specialty"),
            ("verified_at", "invalid"),
        ],
        "{told:#}"
    );
    for list in [json!([]), json!([{"kind": "individual"}])] {
        let refused = site.write("POST", "/providers", None, list).await;
        assert_eq!(
            refused.fault(),
            ("body".to_owned(), "invalid".to_owned()),
            "{}",
            refused.text
        );
    }
    let nameless = json!({"kind": "individual", "category": "practitioner"});
    assert_eq!(
        refused(&site.write("POST", "/providers", None, nameless).await),
        (422, "rule-refused".to_owned())
    );
}

#[tokio::test]
async fn a_creation_said_twice_is_done_once() {
    let site = Site::open().await;
    let post = async |key: &str, body: &Value| {
        let request = Request::post("/providers")
            .header("authorization", format!("Bearer {}", site.token))
            .header("content-type", "application/json")
            .header("idempotency-key", key)
            .body(Body::from(body.to_string()))
            .expect("a request");
        site.send(request).await
    };
    let doe = json!({"kind": "individual", "category": "practitioner", "last_name": "Doe"});
    let first = post("a-1", &doe).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = post("a-1", &doe).await;
    assert_eq!((again.status, &again.text), (first.status, &first.text));
    for header in ["etag", "location", "x-position", "content-type"] {
        assert_eq!(again.header(header), first.header(header), "{header}");
    }
    let (left, right) = tokio::join!(post("a-2", &doe), post("a-2", &doe));
    assert_eq!(left.text, right.text, "at the same moment too");
    assert_ne!(left.text, first.text, "another key is another provider");

    let mut other = doe.clone();
    other["last_name"] = json!("Roe");
    let refused_now = post("a-1", &other).await;
    assert_eq!(refused(&refused_now), (422, "rule-refused".to_owned()));
    assert_eq!(
        refused_now.fault(),
        ("Idempotency-Key".to_owned(), "key_reused".to_owned())
    );

    // What was refused is not kept: put right, the same key works.
    other["last_name"] = json!("");
    assert_eq!(post("a-3", &other).await.status, 422);
    other["last_name"] = json!("Roe");
    assert_eq!(post("a-3", &other).await.status, 201);
    assert_eq!(post(&"x".repeat(256), &doe).await.status, 400);
}

/// What everybody reads of a provider says what it shows, has an end, and has happened.
#[tokio::test]
async fn what_cannot_be_is_refused_with_its_field() {
    let site = Site::open().await;
    let at = |place: Value| json!([place]);
    let wrong = [
        ("email", json!("bad")),
        ("phone", json!("abc")),
        ("first_name", json!("A".repeat(10_000))),
        ("last_name", json!("line\nbreak")),
        ("last_name", json!("A\u{202e}B")),
        ("address", json!({"x": "y".repeat(100_000)})),
        ("verified_at", json!("9999-12-31")),
        ("verified_at", json!("2026-11-24")),
        ("locations", at(json!({}))),
        ("locations", at(json!({"lat": 0, "lon": 0, "city": "X", "state": "TX"}))),
        ("locations", at(json!({"city": "X\u{200b}", "state": "TX"}))),
        ("locations", at(json!({"city": "X", "state": "TX", "phone": "call us"}))),
    ];
    let known = site.person(person("1234567893")).await;
    let path = format!("/providers/{}", known["id"].as_str().expect("an id"));
    for (field, value) in wrong {
        let mut body = json!({"kind": "individual", "category": "practitioner", "last_name": "Doe"});
        body[field] = value.clone();
        let made = site.write("POST", "/providers", None, body).await;
        let mut change = json!({});
        change[field] = value;
        let changed = site.write("PATCH", &path, Some("*"), change).await;
        for answer in [made, changed] {
            assert_eq!(answer.status, 422, "{field}: {}", answer.text);
            assert!(answer.fault().0.starts_with(field), "{field}: {}", answer.text);
        }
    }
    assert_eq!(site.get(&path).await.version(), "1", "nothing was written");
    let today = json!({"verified_at": "2026-11-22", "phone": "+1 (210) 555-0142 ext. 7", "last_name": "Nuñez"});
    assert_eq!(site.write("PATCH", &path, Some("*"), today).await.status, 200);
}

/// What a list from outside has brought is kept, and may be said again with what is changed.
#[tokio::test]
async fn odd_numbers_of_an_import_may_be_sent_back() {
    let site = Site::open().await;
    let mut body = person("1234567893");
    body["locations"] = json!([{"city": "Houston", "state": "TX", "phone": "7135550100"}]);
    let made = site.person(body).await;
    site.house
        .sql("UPDATE provider SET phone = 'none'; UPDATE provider_location SET phone = '0'")
        .await;
    let path = format!("/providers/{}", made["id"].as_str().expect("an id"));
    let place = json!({"id": made["locations"][0]["id"], "city": "Houston", "state": "TX", "phone": "0"});
    let change = json!({"phone": "none", "locations": [place], "first_name": "Jane"});
    let changed = site.write("PATCH", &path, Some("*"), change).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
}
