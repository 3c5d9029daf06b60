//! `/providers/search` from outside: what is written is found, every form holds the whole set, bad input is named.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use super::http_site::Site;

fn cardiologist(last: &str, npi: Option<&str>) -> Value {
    json!({
        "kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": last, "npi": npi,
        "specialties": [{"code": "207RC0000X", "primary": true}], "languages": ["en", "es"],
        "locations": [{"line1": "6624 Fannin St", "city": "Houston", "state": "TX", "postal_code": "77030", "primary": true}]
    })
}

#[tokio::test]
async fn a_change_is_found_at_the_position_it_was_given() {
    let site = Site::open().await;
    let created = site.person(cardiologist("Quillfeather", Some("1234567893"))).await;
    let found = site.get("/providers/search?q=Quillfeather&near=77030").await.json();
    assert_eq!(found["total"], json!({"value": 1, "relation": "eq"}));
    let card = &found["results"][0];
    assert_eq!(card["locator"], created["locator"]);
    assert_eq!(card["location"]["position_quality"], "postal_code");
    assert_eq!(card["distance_miles"], 0.0);

    let path = format!("/providers/{}", created["locator"].as_str().expect("a locator"));
    let version = format!("\"{}\"", created["version"]);
    let changed = site
        .write("PATCH", &path, Some(&version), json!({"last_name": "Penhaligon"}))
        .await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let at = changed.header("x-position");
    let found = site
        .get(&format!("/providers/search?q=Penhaligon&min_position={at}"))
        .await
        .json();
    assert_eq!(found["results"][0]["name"], "Jane Penhaligon");
    let posted = Request::post("/providers/search").header("content-type", "application/json");
    let posted = posted.body(Body::from(
        json!({"name": "Penhaligon", "language": ["es"]}).to_string(),
    ));
    assert_eq!(site.send(posted.expect("a request")).await.json()["total"]["value"], 1);
}

#[tokio::test]
async fn every_form_and_every_walk_holds_the_whole_set() {
    let site = Site::open().await;
    for n in 0..230 {
        site.house
            .create(&serde_json::from_value(cardiologist(&format!("Walker{n}"), None)).expect("a provider"))
            .await;
    }
    site.person(cardiologist("Walkerlast", None)).await;
    let lines = site
        .get("/providers/search?specialty=207RC0000X&format=ndjson&fields=id,name")
        .await;
    assert_eq!(lines.header("content-type"), "application/x-ndjson");
    let streamed = lines
        .text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
    let ids = streamed
        .map(|card| card["id"].as_str().expect("an id").to_owned())
        .collect::<Vec<_>>();
    assert_eq!((ids.len(), ids.iter().collect::<BTreeSet<_>>().len()), (231, 231));

    let accessible = site
        .get("/providers/search?format=csv&fields=accessibility&limit=1")
        .await;
    assert_eq!(accessible.text.lines().next(), Some("accessibility"));
    let table = site.get("/providers/search?specialty=207RC0000X&format=csv").await;
    let mut rows = csv::Reader::from_reader(table.text.as_bytes());
    assert_eq!(rows.records().filter(Result::is_ok).count(), 231);

    let (mut next, mut walked) = (
        "/providers/search?specialty=207RC0000X&limit=50".to_owned(),
        BTreeSet::new(),
    );
    loop {
        let page = site.get(&next).await;
        let results = page.json()["results"].as_array().expect("results").clone();
        let ids = results
            .iter()
            .map(|card| card["id"].as_str().expect("an id").to_owned());
        assert!(ids.into_iter().all(|id| walked.insert(id)), "one came twice");
        let Some((link, _)) = page.header("link").split_once(">; rel=\"next\"") else {
            break;
        };
        next = link.trim_start_matches('<').to_owned();
    }
    assert_eq!(walked, ids.into_iter().collect());

    let features = site
        .get("/providers/search?specialty=207RC0000X&format=geojson&fields=name&limit=3")
        .await
        .json();
    assert_eq!(features["type"], "FeatureCollection");
    assert_eq!(features["features"].as_array().map(Vec::len), Some(3));
    assert_eq!(
        features["features"][0]["properties"]
            .as_object()
            .map(serde_json::Map::len),
        Some(1)
    );
}

/// A filter goes by what is meant, however the name is written.
#[tokio::test]
async fn cities_and_counties_are_asked_for_as_people_write_them() {
    let site = Site::open().await;
    for (last, city, state, code) in [
        ("Ashgrove", "Saint Louis", "MO", "63110"),
        ("Birchall", "ST LOUIS", "MO", "63110"),
        ("Cedarholm", "New Orleans", "LA", "70112"),
    ] {
        let mut doctor = cardiologist(last, None);
        doctor["locations"][0] = json!({"city": city, "state": state, "postal_code": code});
        site.person(doctor).await;
    }
    for (query, found) in [
        ("city=St.+Louis", 2),
        ("city=saint+louis", 2),
        ("city=st+louis&exclude.city=Saint+Louis", 0),
        ("county=Orleans+Parish", 1),
        ("county=orleans", 1),
    ] {
        let answer = site.get(&format!("/providers/search?{query}")).await.json();
        assert_eq!(answer["total"]["value"], found, "{query}: {answer}");
    }
}

#[tokio::test]
async fn bad_input_is_a_problem_that_names_the_field() {
    let site = Site::open().await;
    let long = "x".repeat(10_000);
    for (query, field) in [
        ("colour=red", "colour"),
        ("npi=1234567890", "npi"),
        ("specialty=underwater+basketry", "specialty"),
        ("language=klingonese", "language"),
        ("near=91,0", "near"),
        ("near=77030&radius=0", "radius"),
        ("near=77030&radius=1e9", "radius"),
        (&format!("q={long}"), "q"),
        ("q=%ff%fe", "q"),
        ("cursor=abc", "cursor"),
        ("limit=0", "limit"),
        ("q=smith&q=jones", "q"),
        ("telehealth=true&telehealth=false", "telehealth"),
        ("near=10001&near=10002", "near"),
        ("format=xml", "format"),
        ("fields=colour", "fields"),
        ("format=csv&fields=matched", "fields"),
        ("polygon=1,1;2,2;3,3", "polygon"),
        ("min_position=soon", "min_position"),
    ] {
        let refused = site.get(&format!("/providers/search?{query}")).await;
        assert_eq!(refused.status, 400, "{query:.60}: {}", refused.text);
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert_eq!(refused.fault().0, field, "{}", refused.text);
    }
    let post = async |body: Value| {
        let request = Request::post("/providers/search").header("content-type", "application/json");
        site.send(request.body(Body::from(body.to_string())).expect("a request"))
            .await
    };
    let many = |most: usize, value: &str| vec![value.to_owned(); most];
    let long = "x".repeat(200_000);
    // What costs much or is told at length ends at a bound.
    for (body, field, code, errors) in [
        (json!({"city": many(257, "Houston")}), "city", "too_many", 1),
        (json!({"county": many(201, "Harris")}), "county", "too_many_values", 1),
        (json!({"literal": many(256, "x")}), "literal", "too_many_values", 1),
        (json!({&long: many(256, "x")}), &long[..60], "unknown_parameter", 1),
        (
            json!({"specialty": "x".repeat(4_000)}),
            "specialty",
            "unknown_specialty",
            1,
        ),
        (
            json!({"specialty": many(200, "underwater basketry")}),
            "specialty",
            "unknown_specialty",
            50,
        ),
        (json!({"state": vec![json!({}); 200]}), "state", "not_a_value", 50),
        (json!({"fields": "a,".repeat(2_000)}), "fields", "unknown_field", 1),
        (json!({"facets": "a,".repeat(2_000)}), "facets", "invalid_value", 1),
    ] {
        let refused = post(body).await;
        assert_eq!(refused.status, 400, "{field}");
        assert_eq!(refused.fault(), (field.to_owned(), code.to_owned()));
        let told = refused.json();
        assert_eq!(told["errors"].as_array().map(Vec::len), Some(errors), "{field}");
        assert!(refused.text.len() < 20_000, "{field}: {} bytes", refused.text.len());
    }
    let twice = post(json!({"facets": "city,city", "fields": "id,id", "city": many(200, "Houston")})).await;
    assert_eq!(twice.status, 200, "{}", twice.text);
    let refused = site.get("/providers/search?npi=1234567890").await.text;
    assert!(refused.contains("should be 3"), "{refused}");
    // `lat` is no slip of `plan`.
    let other = site.get("/providers/search?lat=29.7").await.text;
    assert!(
        other.contains("no parameter `lat`") && !other.contains("did you mean"),
        "{other}"
    );
    let waited = site.get("/providers/suggest?q=card&colour=1").await;
    assert_eq!(
        (waited.status.as_u16(), waited.fault().1.as_str()),
        (400, "unknown_parameter")
    );
}
