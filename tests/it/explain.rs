//! How an answer came about, what a search may cost, and what the log of slow ones tells.

use std::{
    io,
    sync::{Arc, Mutex, OnceLock},
    time::Duration,
};

use axum::{Router, body::Body, http::Request};
use provider_directory::{
    index::{Index, schema::Handle},
    intake::generate,
    interfaces::http::{Rooms, Settings, router},
    query::{self, budget::Limits},
    vocab::Position,
};
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use tracing_subscriber::fmt::MakeWriter;

use super::{house::noon, http_site::Site};

/// Scores and their parts are told to six decimals.
fn millionths(value: &Value) -> i64 {
    (value.as_f64().expect("a number") * 1e6).round() as i64
}

/// Parts of every card sum to its score.
fn assert_sums(answer: &Value) {
    for card in answer["results"].as_array().expect("results") {
        let parts = card["explain"]["score"].as_array().expect("parts");
        let sum: i64 = parts.iter().map(|part| millionths(&part["value"])).sum();
        assert!(!parts.is_empty(), "{card}");
        assert_eq!(sum, millionths(&card["score"]), "{card}");
    }
}

fn token<'a>(card: &'a Value, parameter: &str) -> &'a Value {
    let tokens = card["explain"]["matched"].as_array().expect("tokens");
    tokens
        .iter()
        .find(|token| token["parameter"] == parameter)
        .unwrap_or_else(|| panic!("no {parameter} in {card}"))
}

async fn people(site: &Site) {
    let place = |zip: &str| json!([{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": zip, "primary": true}]);
    for (first, last, zip) in [
        ("Jane", "Smith", "77030"),
        ("Robert", "Smith", "77002"),
        ("Ann", "Smyth", "77030"),
    ] {
        site.person(json!({
            "kind": "individual", "category": "practitioner", "first_name": first, "last_name": last,
            "specialties": [{"code": "207RC0000X", "primary": true}], "languages": ["en", "es"], "locations": place(zip),
        }))
        .await;
    }
}

#[tokio::test]
async fn feature_1_47_a_hit_says_what_its_score_is_made_of_and_what_it_matches() {
    let site = Site::open().await;
    people(&site).await;
    for query in [
        "name=Smith",
        "name=Smith&near=77030",
        "q=Bob+Smith",
        "specialty=207RC0000X&near=77030&radius=25&language=es",
        "q=spanish+speaking+cardiologist+in+Houston",
        "specialty=207RC0000X",
    ] {
        let told = site
            .get(&format!("/providers/search?{query}&explain=true"))
            .await
            .json();
        assert!(told["total"]["value"].as_u64() > Some(0), "{query}: {told}");
        assert_sums(&told);
        for stage in ["understand", "find", "facets", "finish", "whole"] {
            assert!(told["explain"]["stages_us"][stage].is_number(), "{told}");
        }
        let plain = site.get(&format!("/providers/search?{query}")).await.json();
        assert!(plain.get("explain").is_none() && plain["results"][0].get("explain").is_none());
        let ids = |answer: &Value| {
            let cards = answer["results"].as_array().cloned().unwrap_or_default();
            cards.iter().map(|card| card["id"].clone()).collect::<Vec<_>>()
        };
        assert_eq!(ids(&plain), ids(&told), "explaining changes nothing");
    }

    let told = site.get("/providers/search?q=Bob+Smith&explain=true").await.json();
    let robert = &told["results"][0];
    assert_eq!(robert["name"], "Robert Smith");
    let first = token(robert, "name");
    assert_eq!(
        (&first["asked"], &first["found"], &first["how"]),
        (&json!("bob"), &json!("robert"), &json!("nickname"))
    );

    let near = site
        .get("/providers/search?specialty=207RC0000X&language=es&near=77002&radius=25&explain=true")
        .await
        .json();
    let (course, card) = (&near["explain"], &near["results"][0]);
    assert_eq!(
        (&course["plan"], &course["order"]),
        (&json!("nearest"), &json!("distance"))
    );
    assert_eq!(token(card, "specialty")["found"], "207RC0000X");
    assert_eq!(token(card, "language")["found"], "es");
    assert_eq!(card["explain"]["distance_miles"], 0.0);
    let exact = near["results"][1]["explain"]["distance_miles"]
        .as_f64()
        .expect("a distance");
    let shown = near["results"][1]["distance_miles"].as_f64().expect("a distance");
    assert!((exact - shown).abs() <= 0.005 + 1e-9, "{exact} is told as {shown}");

    // All three lie in the overlay until their segment is written.
    let looked_at = course["looked_at"].as_object().expect("counters");
    let all: u64 = looked_at.values().filter_map(Value::as_u64).sum();
    assert!(all >= 3, "{course}");
}

#[tokio::test]
async fn feature_1_47_the_plan_is_told_by_every_door() {
    let site = Site::open().await;
    people(&site).await;
    let posted = Request::post("/providers/search").header("content-type", "application/json");
    let body = json!({"name": "Smith", "explain": true, "fields": "name"}).to_string();
    let posted = site
        .send(posted.body(Body::from(body)).expect("a request"))
        .await
        .json();
    assert_eq!(posted["explain"]["plan"], "by_rank", "{posted}");
    let members = posted["results"][0].as_object().expect("a card");
    assert!(
        members.len() == 2 && members.contains_key("name") && members.contains_key("explain"),
        "what was asked for, and why: {posted}"
    );
    site.feed.rebuild().await.expect("a generation"); // Plans are chosen by what a segment has, so there must be one.
    for (query, plan) in [
        ("name=Smith&near=77030&radius=5", "cells"),
        ("name=Smith&sort=name", "ordered"),
        ("name=Smith&group=location", "names"),
        ("npi=1234567893", "npi"),
        ("state=TX", "postings"),
        ("near=77030", "nearest"),
        ("bbox=-96,29,-95,30", "trees"),
        ("kind=individual", "listed"),
    ] {
        let told = site
            .get(&format!("/providers/search?{query}&explain=true"))
            .await
            .json();
        assert_eq!(told["explain"]["plan"], plan, "{query}: {}", told["explain"]);
    }
    let metrics = site.get("/metrics").await.text;
    assert!(
        metrics.contains("provdir_search_plan_duration_seconds_bucket{plan=\"nearest\""),
        "{metrics}"
    );
}

const PROVIDERS: u64 = 2_500;

/// Invented providers, all in one segment.
fn directory() -> &'static Index {
    static INDEX: OnceLock<(Index, TempDir)> = OnceLock::new();
    let (index, _) = INDEX.get_or_init(|| {
        let folder = tempfile::tempdir().expect("a folder");
        let schema = Handle::embedded();
        let index = Index::open(folder.path(), schema.clone()).expect("an index");
        index.set_reference(generate::reference());
        let mut rebuild = index.rebuild().expect("begun");
        for synthetic in generate::providers(PROVIDERS, 1) {
            let provider = synthetic.to_provider(&schema.lexicon());
            rebuild.add(provider, noon().date_naive()).expect("added");
        }
        rebuild.seal(Position { xid: 1, id: 1 }, 0).expect("sealed");
        rebuild.swap().expect("live");
        (index, folder)
    });
    index
}

/// What a search answers within a number of documents; `None`: it is refused.
fn within(pairs: &[(&str, &str)], documents: u64) -> Option<Value> {
    let snapshot = directory().snapshot();
    let pairs: Vec<(String, String)> = pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
    let request = query::Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).expect("parameters");
    let limits = Limits {
        documents,
        time: Duration::from_secs(3_600),
    };
    match query::search_within(&snapshot, &request, noon(), limits) {
        Ok(answer) => Some(serde_json::to_value(&answer).expect("JSON")),
        Err(query::Error::TooCostly(trace)) => {
            assert!(trace.spent.is_some() && trace.seen.documents > 0);
            None
        }
        Err(other) => panic!("{pairs:?}: {other}"),
    }
}

/// 11.09: a budget never makes a page wrong. It makes a total a lower bound that says so, or refuses.
#[test]
fn feature_11_09_a_budget_makes_totals_lower_bounds_and_pages_never_wrong() {
    let everywhere = ("near", "39,-98");
    let queries: &[&[(&str, &str)]] = &[
        &[("name", "smith")],
        &[("name", "health"), ("gender", "F")],
        &[("name", "smith"), everywhere, ("radius", "3000")],
        &[
            ("specialty", "207Q00000X"),
            everywhere,
            ("radius", "3000"),
            ("language", "es"),
        ],
        &[everywhere, ("radius", "3000"), ("gender", "F")],
        &[("gender", "F")],
        &[("gender", "F"), ("network_status", "ACTIVE")],
        &[("profession", "physician"), ("gender", "M")],
        &[("kind", "individual"), ("network_status", "PENDING")],
        &[("network_status", "ACTIVE")],
        &[("kind", "individual")],
        &[("state", "TX")],
        &[("state", "TX"), ("sort", "name")],
        &[("kind", "organization"), ("sort", "verified")],
        &[("bbox", "-125,25,-65,49"), ("sort", "name")],
        &[("network_status", "ACTIVE"), ("facets", "gender")],
        &[everywhere, ("radius", "3000"), ("clusters", "4")],
    ];
    let (mut bounds, mut refusals, mut whole) = (0, 0, 0);
    for pairs in queries {
        let exact = within(pairs, u64::MAX).expect("no limit");
        assert_eq!(exact["total"]["relation"], "eq", "{pairs:?}");
        for documents in [0, 1, 10, 30, 100, 300, 1_000, 2_000, 10_000] {
            let Some(told) = within(pairs, documents) else {
                refusals += 1;
                continue;
            };
            for same in ["results", "facets", "clusters"] {
                assert_eq!(told[same], exact[same], "{pairs:?} within {documents}");
            }
            let (value, all) = (&told["total"]["value"], &exact["total"]["value"]);
            if told["total"]["relation"] == "gte" {
                bounds += 1;
                assert!(value.as_u64() <= all.as_u64(), "{pairs:?} within {documents}");
            } else {
                whole += 1;
                assert_eq!(value, all, "{pairs:?} within {documents}");
            }
        }
    }
    assert!(bounds > 5 && refusals > 20 && whole > 20, "{bounds} {refusals} {whole}");
}

/// The same site behind other settings.
fn strict(site: &Site, settings: Settings) -> Router {
    let (store, schema) = (site.house.store.clone(), site.index.schema().clone());
    let rooms = Rooms::new(store, site.index.clone(), schema, site.feed.clone(), settings, noon);
    router(Arc::new(rooms))
}

async fn ask(router: &Router, request: Request<Body>) -> (u16, Value) {
    let response = router.clone().oneshot(request).await.expect("an answer");
    let status = response.status().as_u16();
    let body = axum::body::to_bytes(response.into_body(), 1 << 20)
        .await
        .expect("a body");
    (status, serde_json::from_slice(&body).expect("JSON"))
}

fn get(path: &str) -> Request<Body> {
    Request::get(path).body(Body::empty()).expect("a request")
}

#[tokio::test]
async fn feature_11_09_an_expensive_search_is_refused_with_the_reason() {
    let site = Site::open().await;
    people(&site).await;
    site.feed.rebuild().await.expect("a generation");
    let settings = Settings {
        search: Limits {
            documents: 2,
            time: Duration::from_secs(60),
        },
        ..Settings::default()
    };
    let strict = strict(&site, settings);
    for (query, field) in [
        ("specialty=207RC0000X&sort=name", "sort"),
        ("near=77030&radius=100", "radius"),
        ("bbox=-96,29,-95,30", "bbox"),
        ("specialty=207RC0000X&facets=gender", "facets"),
    ] {
        let (status, problem) = ask(&strict, get(&format!("/providers/search?{query}"))).await;
        assert_eq!(
            (status, &problem["type"]),
            (422, &json!("/problems/too-costly")),
            "{query}: {problem}"
        );
        assert_eq!(problem["errors"][0]["field"], field, "{problem}");
        assert_eq!(problem["errors"][0]["code"], "too_costly");
        let reason = problem["detail"].as_str().expect("a sentence");
        assert!(reason.contains("more than 2 documents"), "{reason}");
    }
    let (status, answer) = ask(&strict, get("/providers/search?npi=1234567893")).await;
    assert_eq!(status, 200, "what costs little is answered: {answer}");
    let page = strict
        .clone()
        .oneshot(get("/?q=&near=77030&radius=100&language="))
        .await
        .expect("a page");
    assert_eq!(page.status(), 422);
    let metrics = site.get("/metrics").await.text;
    assert!(
        metrics.contains("provdir_searches_cut_short_total{outcome=\"refused\"}"),
        "{metrics}"
    );
}

#[tokio::test]
async fn what_takes_longer_than_a_worker_can_be_spared_is_answered_all_the_same() {
    let site = Site::open().await;
    people(&site).await;
    for manner in [
        provider_directory::interfaces::http::work::Manner::OnTheSpot,
        provider_directory::interfaces::http::work::Manner::HandedOver,
    ] {
        let settings = Settings {
            manner,
            ..Settings::default()
        };
        let (status, answer) = ask(
            &strict(&site, settings),
            get("/providers/search?name=Smith&match=exact"),
        )
        .await;
        assert_eq!((status, &answer["total"]["value"]), (200, &json!(2)), "{answer}");
    }
}

/// Where a test reads the log.
#[derive(Clone, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// What has been logged.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().expect("not poisoned").clone()).expect("text")
    }
}

impl io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

/// 1.52 and 11.05: a slow search is logged with its plan, and no line of a search tells who asked or what for.
#[tokio::test]
async fn feature_1_52_and_11_05_the_log_of_a_slow_search_has_its_plan_and_nobody_in_it() {
    let site = Site::open().await;
    people(&site).await;
    let settings = Settings {
        slow_query: Duration::ZERO,
        behind_gateway: true,
        ..Settings::default()
    };
    let strict = strict(&site, settings);
    let log = Log::default();
    let lines = tracing_subscriber::fmt()
        .json()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(log.clone())
        .finish();
    super::statements::keep_callsites();
    let guard = tracing::subscriber::set_default(lines);
    let asked = Request::get("/providers/search?name=Smith&near=29.7071,-95.4013&radius=10&network_status=PENDING")
        .header("x-forwarded-for", "203.0.113.77")
        .header("user-agent", "Mozilla/5.0 (of somebody)")
        .header("authorization", format!("Bearer {}", site.token));
    let (status, _) = ask(&strict, asked.body(Body::empty()).expect("a request")).await;
    drop(guard);
    assert_eq!(status, 200);
    let text = log.text();
    let slow = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).expect("JSON"))
        .find(|line| line["fields"]["message"] == "a slow search")
        .unwrap_or_else(|| panic!("no line of a slow search in {text}"));
    let fields = slow["fields"].as_object().expect("fields");
    assert_eq!(fields["asks"], "name,network_status,near,radius");
    for name in [
        "plan",
        "order",
        "segments",
        "nodes",
        "cells",
        "documents",
        "records",
        "overlay",
        "find_us",
        "whole_us",
    ] {
        assert!(fields.contains_key(name), "{name} is missing in {slow}");
    }
    for secret in ["203.0.113.77", "mith", "29.70", "95.40", "somebody", &site.token] {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
    let metrics = site.get("/metrics").await.text;
    assert!(metrics.contains("provdir_slow_searches_total{plan="), "{metrics}");
}
