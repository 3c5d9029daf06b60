//! Bad input is refused by name, leaves no trace and breaks nothing: parameters, bodies, paths, from a list and at random.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{body::Body, http::Request};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use provider_directory::query::request::PARAMETERS;
use serde_json::{Value, json};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use super::{house::on_a_runtime, http_site::Site};

pub fn person(last: &str) -> Value {
    json!({"kind": "individual", "category": "practitioner", "last_name": last, "specialty": "CARDIOLOGY",
        "locations": [{"city": "Houston", "state": "TX", "postal_code": "77030"}]})
}

/// Counts what is logged as an error.
struct Errors(Arc<AtomicUsize>);

impl<S: tracing::Subscriber> Layer<S> for Errors {
    fn on_event(&self, event: &tracing::Event<'_>, _: Context<'_, S>) {
        if *event.metadata().level() == tracing::Level::ERROR {
            self.0.fetch_add(1, Ordering::Relaxed);
        }
    }
}

pub async fn state(site: &Site) -> (Value, i64, i64) {
    let mut index = site.get("/admin/index").await.json();
    for moving in [
        "feed",
        "position",
        "committed",
        "complete",
        "bytes",
        "segments",
        "overlay",
    ] {
        index[moving] = Value::Null;
    }
    let count = async |sql: &'static str| -> i64 {
        sqlx::query_scalar(sql)
            .fetch_one(&mut site.house.owner().await)
            .await
            .expect("counted")
    };
    (
        index,
        count("SELECT count(*) FROM provider").await,
        count("SELECT count(*) FROM outbox").await,
    )
}

/// Bad input is a 400 that names the field; nothing is logged as an error and nothing has changed.
#[tokio::test]
async fn bad_input_is_refused_by_name_and_leaves_no_trace() {
    let site = Site::open().await;
    for n in 0..3 {
        site.person(person(&format!("Trace{n}"))).await;
    }
    let errors = Arc::new(AtomicUsize::new(0));
    let watch = tracing_subscriber::registry().with(Errors(errors.clone()));
    let watching = tracing::subscriber::set_default(watch);
    let before = state(&site).await;
    let long = "x".repeat(10_000);
    let page = site.get("/providers/search?specialty=CARDIOLOGY&limit=1").await.json();
    let cursor = page["next_cursor"].as_str().expect("a next page");
    for (query, field, says) in [
        ("colour=red", "colour", "no parameter"),
        ("specialtie=x", "specialtie", "did you mean `specialty`"),
        ("npi=1234567890", "npi", "should be 3"),
        ("npi=12345", "npi", "10 digits"),
        ("specialty=cardiolgy", "specialty", "did you mean"),
        ("language=spansh", "language", "Spanish"),
        ("near=91,0", "near", "latitude 91"),
        ("near=0,181", "near", "longitude 181"),
        ("near=77030&radius=0", "radius", "more than 0"),
        ("near=77030&radius=-1", "radius", "more than 0"),
        ("near=77030&radius=1e9", "radius", "at most"),
        ("near=77030&radius=NaN", "radius", "number"),
        (&format!("q={long}"), "q", "bytes"),
        (&format!("name={long}"), "name", "bytes"),
        ("q=%ff%fe", "q", "UTF-8"),
        ("q=%zz", "q", "percent"),
        (
            &format!("specialty=DERMATOLOGY&limit=1&cursor={cursor}"),
            "cursor",
            "another query",
        ),
        (&format!("cursor={cursor}"), "cursor", "another query"),
    ] {
        let refused = site.get(&format!("/providers/search?{query}")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (400, field),
            "{query:.60}: {}",
            refused.text
        );
        assert_eq!(refused.header("content-type"), "application/problem+json");
        assert!(
            refused.text.contains(says),
            "{query:.60} does not say `{says}`: {}",
            refused.text
        );
    }
    let all_at_once = site.get("/providers/search?colour=red&npi=12&near=91,0").await.json();
    assert_eq!(
        all_at_once["errors"].as_array().map(Vec::len),
        Some(3),
        "all faults at once: {all_at_once}"
    );
    for (method, path, body) in [
        ("POST", "/providers", json!({"kind": "robot"})),
        ("POST", "/providers", json!([])),
        (
            "POST",
            "/providers",
            json!({"kind": "individual", "category": "practitioner", "last_name": "\u{0}"}),
        ),
        ("PATCH", "/providers/1234567890", json!({})),
        ("POST", "/credentialing-requests/delegated", json!({"npis": 7})),
    ] {
        let refused = site.write(method, path, Some("*"), body).await;
        assert!(refused.status.is_client_error(), "{path}: {}", refused.text);
    }
    assert_eq!(state(&site).await, before);
    assert_eq!(errors.load(Ordering::Relaxed), 0, "something was logged as an error");
    drop(watching);
}

/// Anything that can stand in a query string, more often something like a search.
fn any_query() -> impl Strategy<Value = String> {
    let name = prop_oneof![
        4 => prop::sample::select(PARAMETERS.to_vec()).prop_map(str::to_owned),
        1 => prop::sample::select(PARAMETERS.to_vec()).prop_map(|name| format!("exclude.{name}")),
        1 => "[a-zA-Z.%0-9]{0,12}",
    ];
    let likely = prop::sample::select(vec![
        "77030",
        "40.7,-74",
        "89.9999,179.9999",
        "-90,-180",
        "0",
        "1",
        "5",
        "km",
        "distance",
        "name",
        "location",
        "none",
        "true",
        "cardiologist near Houston who speaks Spanish",
        "1234567893",
        "PRV-2026-000001",
        "ACTIVE",
        "csv",
        "geojson",
        "ndjson",
        "specialty,language,city,network",
        "-180,-90,180,90",
        "0,0;10,0;10,10",
        "0,0;0,0;0,0",
        "20",
        "now",
        "2026-11-28T10:00",
        "id,name",
        "CARDIOLOGY",
        "es",
        "NaN",
        "inf",
        "1e308",
        "-0.0",
        "\u{1f600}",
        "a",
        "''''",
        "Dr. O'Brien-Smith Jr., MD",
    ]);
    let encoded = |bytes: Vec<u8>| bytes.iter().map(|b| format!("%{b:02x}")).collect::<String>();
    let value = prop_oneof![
        3 => likely.prop_map(move |text: &str| encoded(text.as_bytes().to_vec())),
        1 => prop::collection::vec(any::<u8>(), 0..40).prop_map(encoded),
        1 => any::<String>().prop_map(move |text| encoded(text.into_bytes())),
        1 => "[!-~&&[^#<>\"`{}|^\\\\]]{0,30}",
    ];
    let likely_query = prop::collection::vec((name, value), 0..7).prop_map(|pairs| {
        pairs
            .into_iter()
            .map(|(n, v)| format!("{n}={v}"))
            .collect::<Vec<_>>()
            .join("&")
    });
    prop_oneof![6 => likely_query, 1 => "[!-~&&[^#<>\"`{}|^\\\\]]{0,80}"]
}

/// 500 random requests: never a 5xx, never a panic, and what is refused is refused as a problem.
#[test]
fn random_requests_never_break_anything() {
    on_a_runtime(async {
        let site = Site::open().await;
        for n in 0..5 {
            site.person(person(&format!("Fuzz{n}"))).await;
        }
        let mut runner = TestRunner::new(Config {
            cases: 500,
            failure_persistence: None,
            ..Config::default()
        });
        let mut seen = Vec::new();
        let mut asked = Vec::new();
        for _ in 0..500 {
            let tree = any_query().new_tree(&mut runner).expect("a query");
            asked.push(tree.current());
        }
        for (n, query) in asked.iter().enumerate() {
            let path = [
                "/providers/search",
                "/providers/search",
                "/providers/suggest",
                "/specialties",
            ][n % 4];
            let Ok(request) = Request::get(format!("{path}?{query}")).body(Body::empty()) else {
                continue;
            };
            let answer = site.send(request).await;
            let waits = answer.text.contains("position-not-reached");
            assert!(
                !answer.status.is_server_error() || waits,
                "{query}: {} {}",
                answer.status,
                answer.text
            );
            if answer.status.is_client_error() {
                assert_eq!(answer.header("content-type"), "application/problem+json", "{query}");
                assert!(
                    answer.json()["errors"].as_array().is_some_and(|e| !e.is_empty()),
                    "{query}: {}",
                    answer.text
                );
            }
            seen.push(answer.status.as_u16());
            let body = if n % 2 == 0 {
                query.clone().into_bytes()
            } else {
                json!({"q": query, "limit": n, "near": [n, null, query]})
                    .to_string()
                    .into_bytes()
            };
            let posted = Request::post("/providers/search")
                .header("content-type", "application/json")
                .body(Body::from(body));
            let answer = site.send(posted.expect("a request")).await;
            assert!(
                !answer.status.is_server_error(),
                "{query}: {} {}",
                answer.status,
                answer.text
            );
        }
        let good = seen.iter().filter(|status| **status == 200).count();
        assert!(
            good > 20 && good < seen.len(),
            "{good} of {}: the requests should be mixed",
            seen.len()
        );
    });
}

/// No path takes a parameter that it does not know for none: neither those that know some nor those that know none.
#[tokio::test]
async fn no_path_passes_over_a_parameter_that_it_does_not_know() {
    let site = Site::open().await;
    let document = site.get("/openapi.json").await.json();
    let mut refused = 0;
    for (path, methods) in document["paths"].as_object().expect("paths") {
        let is_page = ["/", "/docs"].contains(&path.as_str()) || path.starts_with("/assets");
        // Those that answer programs of others, pages, and the stream that does not end.
        let open = ["/healthz", "/readyz", "/metrics", "/mcp", "/events"].contains(&path.as_str());
        let real = path
            .replace("{id}", "018f0000-0000-7000-8000-000000000000")
            .replace("{key}", "1234567893")
            .replace("{slug}", "not-found");
        for method in methods.as_object().expect("methods").keys() {
            let request = Request::builder()
                .method(method.to_uppercase().as_str())
                .uri(format!("{real}?no_such_parameter=1"))
                .header("authorization", format!("Bearer {}", site.token))
                .header("content-type", "application/json")
                .body(Body::from("{}"))
                .expect("a request");
            let answer = site.send(request).await;
            let json = answer.header("content-type").contains("json");
            if open || is_page || (answer.status.is_success() && !json) {
                continue;
            }
            assert!(
                !answer.status.is_success(),
                "{method} {path} passes over it: {}",
                answer.text.chars().take(200).collect::<String>()
            );
            refused += usize::from(answer.text.contains("no_such_parameter"));
        }
    }
    assert!(refused > 100, "{refused}");
    for path in [
        "/fhir/Patient",
        "/fhir/Patient/1",
        "/fhir/metadata?no_such_parameter=1",
        "/api/v1/fhir/Patient",
    ] {
        let answer = site.get(path).await;
        assert!(answer.status.is_client_error(), "{path}: {}", answer.status);
        assert_eq!(answer.header("content-type"), "application/fhir+json", "{path}");
        assert_eq!(answer.json()["resourceType"], "OperationOutcome", "{path}");
    }
}

/// Puts something odd somewhere into a body: the `n`-th value of it, counted depth first.
fn with_odd(value: &mut Value, n: &mut usize, odd: &Value) -> bool {
    if *n == 0 {
        *value = odd.clone();
        return true;
    }
    *n -= 1;
    match value {
        Value::Array(items) => items.iter_mut().any(|item| with_odd(item, n, odd)),
        Value::Object(members) => members.values_mut().any(|member| with_odd(member, n, odd)),
        _ => false,
    }
}

/// Whatever stands anywhere in a body that is written: it is taken or refused by name, and never breaks anything.
#[tokio::test]
async fn odd_bodies_never_break_anything() {
    let site = Site::open().await;
    let mut known = person("Known");
    known["npi"] = json!("1234567893");
    let known = site.person(known).await["id"].as_str().expect("an id").to_owned();
    let (one, parts, out) = (
        format!("/providers/{known}"),
        format!("/providers/{known}/participations"),
        format!("/providers/{known}/deactivate"),
    );
    let network = site.house.network("BlueChoice", true).await;
    let organization = network.organization_id;
    let provider = json!({
        "kind": "individual", "category": "practitioner", "npi": null, "prefix": "Dr.", "first_name": "Jane", "last_name": "Odd",
        "credential": "MD", "other_names": [{"type_code": 1, "last": "Before"}],
        "specialties": [{"code": "207RC0000X", "primary": true, "license_number": "A", "license_state": "TX"}],
        "languages": ["es"], "gender": "F", "address": {"line1": "x", "extension": {"languages": ["es"]}}, "phone": "1",
        "email": "a@b.c", "verified_at": "2026-01-01", "identifiers": [{"type_code": "05", "value": "1", "state": "TX", "issuer": "x"}],
        "affiliations": [], "locations": [{"line1": "1", "city": "Houston", "state": "TX", "postal_code": "77030", "county": "Harris",
            "country": "US", "lat": 29.7, "lon": -95.4, "phone": "1", "fax": "1", "time_zone": "America/Chicago",
            "hours": [{"weekday": 1, "opens": 480, "closes": 1020}], "telehealth": true, "accessibility": ["adacomp"], "primary": true}]
    });
    let part = json!({"participations": [{"network_id": network.id, "location_id": null, "tier": "GOLD", "status": "ACTIVE",
        "effective": "2026-01-01", "termination": "2027-01-01", "accepting": "newpt"}]});
    let bodies = [
        ("POST", "/providers", provider.clone()),
        ("PATCH", &one, provider),
        ("PUT", &parts, part),
        (
            "POST",
            "/networks",
            json!({"organization_id": organization, "name": "N", "public": true}),
        ),
        (
            "POST",
            "/organizations",
            json!({"name": "N", "slug": "n", "type": "payer"}),
        ),
        (
            "POST",
            "/plans",
            json!({"organization_id": organization, "code": "C", "name": "N",
            "networks": [{"network_id": network.id, "tier": "T"}], "oon_policy": "PAY", "pending_policy": "HOLD"}),
        ),
        (
            "POST",
            "/credentialing-requests/delegated",
            json!({"npis": ["1234567893"], "source": "s", "decided": "2026-10-01"}),
        ),
        ("POST", &out, json!({"reason": "r"})),
    ];
    let long = "x".repeat(50_000);
    let odds = [
        json!(null),
        json!(true),
        json!(-1),
        json!(1e300),
        json!(u64::MAX),
        json!(""),
        json!(" "),
        json!("\u{0}"),
        json!("a\u{0}b"),
        json!("\u{1f600}"),
        json!("\u{202e}"),
        json!([]),
        json!({}),
        json!([[[]]]),
        json!(long),
        json!("-262143-01-01"),
        json!("+262142-12-31"),
        json!("00000000-0000-0000-0000-000000000000"),
        json!(["\u{0}"]),
        json!({"\u{0}": 1}),
        json!("'; DROP TABLE provider; --"),
        json!(90.0),
        json!("TX"),
        json!("Europe/Gotham"),
    ];
    let errors = Arc::new(AtomicUsize::new(0));
    let watch = tracing_subscriber::registry().with(Errors(errors.clone()));
    let watching = tracing::subscriber::set_default(watch);
    let mut faults = Vec::new();
    for (method, path, body) in &bodies {
        for (n, odd) in odds.iter().enumerate() {
            for at in 0.. {
                let mut body = body.clone();
                if !with_odd(&mut body, &mut at.clone(), odd) {
                    break;
                }
                if (n + at) % 4 != 0 {
                    continue; // Every odd value comes in many places, but not in all: it takes long enough.
                }
                let answer = site.write(method, path, Some("*"), body).await;
                let named = || {
                    answer.json()["errors"]
                        .as_array()
                        .is_some_and(|e| !e.is_empty() && e[0]["field"] != "")
                };
                if answer.status.is_server_error() || matches!(answer.status.as_u16(), 400 | 422) && !named() {
                    let odd = odd.to_string();
                    faults.push(format!("{method} {path}, {odd:.40} at {at}: {:.300}", answer.text));
                }
            }
        }
    }
    assert!(faults.is_empty(), "{faults:#?}");
    assert_eq!(errors.load(Ordering::Relaxed), 0, "something was logged as an error");
    drop(watching);
    let begun = site.house.settled().await;
    let seen = site
        .get(&format!("/providers/search?limit=100&min_position={begun}"))
        .await;
    assert_eq!(seen.status, 200, "the index has taken it all: {}", seen.text);
}
