//! The rows of the feature table on operations, and what bad input may not do.

use std::{
    collections::BTreeSet,
    fs,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use axum::{body::Body, http::Request};
use proptest::{
    prelude::*,
    strategy::ValueTree,
    test_runner::{Config, TestRunner},
};
use provider_directory::{index::schema::Handle, query::request::PARAMETERS, vocab::Npi};
use serde_json::{Value, json};
use tracing_subscriber::{Layer, layer::Context, prelude::*};

use super::{
    house::{ground_for, on_a_runtime},
    http_site::Site,
};

fn person(last: &str) -> Value {
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

async fn state(site: &Site) -> (Value, i64, i64) {
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

/// 11.01: each kind of change is searchable at the position that its commit was given, whoever writes it.
#[tokio::test]
async fn feature_11_01_every_change_is_indexed_by_itself() {
    let site = Site::open().await;
    let mut new = person("Changeable");
    new["npi"] = json!("1234567893");
    let created = site.person(new).await;
    let path = "/providers/1234567893";
    let seen = async |query: &str, position: &str| {
        let answer = site
            .get(&format!("/providers/search?{query}&min_position={position}"))
            .await;
        assert_eq!(answer.status, 200, "{}", answer.text);
        answer.json()["total"]["value"].as_u64().expect("a total")
    };
    for (change, before, after) in [
        (
            json!({"specialty": "DERMATOLOGY"}),
            "specialty=DERMATOLOGY",
            "specialty=DERMATOLOGY",
        ),
        (
            json!({"locations": [{"city": "Austin", "state": "TX", "postal_code": "78701"}]}),
            "near=78701&radius=5",
            "near=78701&radius=5",
        ),
        (json!({"last_name": "Changed"}), "name=Changed", "name=Changed"),
        (json!({"languages": ["vi"]}), "language=vi", "language=vi"),
    ] {
        assert_eq!(seen(before, "0-0").await, 0, "{before}");
        let written = site.write("PATCH", path, Some("*"), change).await;
        assert_eq!(written.status, 200, "{}", written.text);
        assert_eq!(seen(after, written.header("x-position")).await, 1, "{after}");
    }
    let roster = json!({"npis": ["1234567893"], "source": "roster", "decided": "2026-11-01"});
    let approved = site
        .write("POST", "/credentialing-requests/delegated", None, roster)
        .await;
    assert_eq!(seen("network_status=ACTIVE", approved.header("x-position")).await, 1);
    let sql = format!(
        "UPDATE provider SET last_name = 'Plainsql' WHERE id = '{}'",
        created["id"].as_str().expect("an id")
    );
    site.house.sql(&sql).await;
    let at = site.house.settled().await.to_string();
    assert_eq!(seen("name=Plainsql", &at).await, 1, "written past every code of ours");
}

/// 11.05: health, readiness and metrics answer; every line of the scrape is one of Prometheus's text format, and what is
/// promised is in it.
#[tokio::test]
async fn feature_11_05_a_scrape_parses() {
    let site = Site::open().await;
    site.person(person("Measured")).await;
    site.get("/providers/search?q=measured").await;
    site.get("/providers/suggest?q=me").await;
    site.get("/nowhere").await;
    assert_eq!(
        (
            site.get("/healthz").await.status.as_u16(),
            site.get("/readyz").await.status.as_u16()
        ),
        (200, 200)
    );
    let scrape = site.get("/metrics").await;
    assert!(scrape.header("content-type").starts_with("text/plain; version=0.0.4"));
    let mut typed = std::collections::BTreeMap::new();
    let mut samples = BTreeSet::new();
    let is_name = |name: &str| {
        name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
            && name
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b':')
    };
    for line in scrape.text.lines().filter(|line| !line.is_empty()) {
        if let Some(comment) = line.strip_prefix("# ") {
            let mut words = comment.splitn(3, ' ');
            match (words.next(), words.next(), words.next()) {
                (Some("TYPE"), Some(name), Some(kind)) => {
                    assert!(
                        is_name(name) && ["counter", "gauge", "histogram", "summary"].contains(&kind),
                        "{line}"
                    );
                    assert!(
                        typed.insert(name.to_owned(), kind.to_owned()).is_none(),
                        "typed twice: {line}"
                    );
                }
                (Some("HELP"), Some(name), _) => assert!(is_name(name), "{line}"),
                _ => panic!("{line}"),
            }
            continue;
        }
        let (name, value) = line.rsplit_once(' ').unwrap_or_else(|| panic!("{line}"));
        assert!(
            value.parse::<f64>().is_ok() || ["+Inf", "-Inf", "NaN"].contains(&value),
            "{line}"
        );
        let (bare, labels) = name
            .split_once('{')
            .map_or((name, None), |(bare, rest)| (bare, Some(rest)));
        assert!(is_name(bare), "{line}");
        if let Some(labels) = labels {
            let labels = labels.strip_suffix('}').unwrap_or_else(|| panic!("{line}"));
            for label in labels.split("\",").filter(|label| !label.is_empty()) {
                let (label, value) = label.split_once("=\"").unwrap_or_else(|| panic!("{line}"));
                assert!(is_name(label) && !value.trim_end_matches('"').contains('\n'), "{line}");
            }
        }
        assert!(samples.insert(name.to_owned()), "a sample comes twice: {line}");
        let family = ["_bucket", "_sum", "_count"]
            .iter()
            .find_map(|end| bare.strip_suffix(end))
            .filter(|f| typed.contains_key(*f));
        assert!(typed.contains_key(family.unwrap_or(bare)), "no type for {line}");
    }
    for family in [
        "provdir_http_requests_total",
        "provdir_search_duration_seconds",
        "provdir_index_providers",
        "provdir_store_reachable",
    ] {
        assert!(typed.contains_key(family), "{family} is missing in {:?}", typed.keys());
    }
}

fn copied(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).expect("readable") {
        let entry = entry.expect("an entry");
        fs::copy(entry.path(), to.join(entry.file_name())).expect("copied");
    }
}

/// Asks until it is so, for at most a minute: a watched folder has no position to wait for.
async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    for _ in 0..600 {
        if so().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    panic!("never came: {what}");
}

/// 11.10: an edited file of the schema folder gives new results without a restart; a bad one is kept out, with file, line and
/// reason, and the old one stays.
#[tokio::test(flavor = "multi_thread")]
async fn feature_11_10_an_edited_vocabulary_is_live_and_a_bad_one_is_kept_out() {
    let folder = tempfile::tempdir().expect("a folder");
    copied(
        &Path::new(env!("CARGO_MANIFEST_DIR")).join("index_schema"),
        folder.path(),
    );
    let site = Site::with(Handle::watch(folder.path()).expect("watched")).await;
    site.person(person("Pump")).await;
    let synonyms = folder.path().join("specialty_synonyms.csv");
    let good = fs::read_to_string(&synonyms).expect("readable");
    let status = async |query: &str| site.get(&format!("/providers/search?{query}")).await.status.as_u16();
    assert_eq!(status("specialty=ticker+tinkerer").await, 400);

    fs::write(
        &synonyms,
        format!("{}\nticker tinkerer,207RC0000X,1,title\n", good.trim_end()),
    )
    .expect("written");
    until("the new phrase", async || {
        status("specialty=ticker+tinkerer").await == 200
    })
    .await;
    for query in ["specialty=ticker+tinkerer", "q=ticker+tinkerer"] {
        assert_eq!(
            site.get(&format!("/providers/search?{query}")).await.json()["total"]["value"],
            1,
            "{query}"
        );
    }
    // The words that sentences are made of are data as well.
    let everyday = folder.path().join("everyday_words.csv");
    let words = fs::read_to_string(&everyday).expect("readable");
    let for_a_child = async || {
        let read = site.get("/providers/search?q=cardiologist+zorpling").await.json();
        read["interpreted"]["terms"].to_string().contains("\"pediatric\"")
    };
    assert!(!for_a_child().await);
    fs::write(&everyday, format!("{}\nzorpling,child\n", words.trim_end())).expect("written");
    until("the new word", for_a_child).await;
    let told = site.get("/providers/suggest?q=ticker+t").await;
    assert!(told.text.contains("ticker tinkerer"), "{}", told.text);
    assert_eq!(site.get("/admin/index").await.json()["schema_refused"], Value::Null);

    let lines = good.lines().count();
    fs::write(
        &synonyms,
        format!("{}\nheart fixer,000000000X,1,title\n", good.trim_end()),
    )
    .expect("written");
    let refused = async || {
        site.get("/admin/index").await.json()["schema_refused"]
            .as_str()
            .map(str::to_owned)
    };
    let of_the_row = async || refused().await.is_some_and(|why| why.contains("000000000X"));
    until("the refusal", of_the_row).await; // A half-written file may have been refused before.
    let why = refused().await.expect("a reason");
    for part in ["specialty_synonyms.csv", &format!("line {}", lines + 1)] {
        assert!(why.contains(part), "{part} is missing in: {why}");
    }
    assert_eq!(
        (
            status("specialty=ticker+tinkerer").await,
            status("specialty=heart+fixer").await
        ),
        (200, 400),
        "the old one stays"
    );

    fs::write(&synonyms, &good).expect("written");
    until("the old table", async || {
        status("specialty=ticker+tinkerer").await == 400 && refused().await.is_none()
    })
    .await;
    let languages = folder.path().join("languages.csv");
    let text = fs::read_to_string(&languages)
        .expect("readable")
        .replacen("es,Spanish,", "es,Spanish,Espaniol|", 1);
    fs::write(&languages, text).expect("written");
    until("the new name of a language", async || {
        status("language=Espaniol").await == 200
    })
    .await;
    // Other fields are another index, which is built by itself.
    let built = site.index.status().generation;
    let fields = folder.path().join("fields.toml");
    let text = fs::read_to_string(&fields).expect("readable");
    fs::write(&fields, text + "# another\n").expect("written");
    until("the new generation", async || site.index.status().generation != built).await;
    assert_eq!(status("q=Pump").await, 200);
}

/// The demo as a stranger starts it, in a folder that is gone with the test.
struct Demo {
    process: std::process::Child,
    data: std::path::PathBuf,
}

impl Drop for Demo {
    fn drop(&mut self) {
        let pid = i32::try_from(self.process.id()).expect("a process id");
        #[expect(unsafe_code, reason = "std has no way to send SIGTERM")]
        // SAFETY: a signal to a child that has not been waited for, so the number is its own.
        unsafe {
            libc::kill(pid, libc::SIGTERM); // In order, so that its Postgres stops with it.
        }
        let _ = self.process.wait();
        let _ = fs::remove_dir_all(&self.data);
    }
}

/// 11.13: one command starts a directory of providers that are not real beside the real ones; the five searches that it
/// prints answer, and so does the administrator's token.
#[tokio::test]
async fn feature_11_13_the_demo_answers_the_searches_that_it_prints() {
    use std::io::{BufRead, BufReader};
    let data = ground_for(&format!("demo-{}", std::process::id()));
    let process = std::process::Command::new(env!("CARGO_BIN_EXE_provdir"))
        .args(["demo", "--providers", "300", "--port", "0", "--log", "warn", "--data"])
        .arg(&data)
        .env_remove("DATABASE_URL")
        .stdout(std::process::Stdio::piped())
        .spawn()
        .expect("the program starts");
    let mut demo = Demo { process, data };
    // Held to the end: with nobody to read its output the demo would stop.
    let mut printed = BufReader::new(demo.process.stdout.take().expect("its output")).lines();
    let (mut searches, mut token, mut base) = (Vec::new(), String::new(), String::new());
    for line in printed.by_ref() {
        let line = line.expect("text");
        if let Some(url) = line.trim().strip_prefix("curl '") {
            searches.push(url.trim_end_matches('\'').to_owned());
        } else if let Some((_, open)) = line.split_once("Open ") {
            base = open
                .split_whitespace()
                .next()
                .expect("an address")
                .trim_end_matches('/')
                .to_owned();
        } else if let Some((_, rest)) = line.split_once("token (30 days): ") {
            token = rest.trim().to_owned();
            break;
        }
    }
    assert_eq!(searches.len(), 5, "{searches:?}");
    for url in &searches {
        let answer = reqwest::get(url).await.expect("an answer");
        assert_eq!(answer.status().as_u16(), 200, "{url}");
    }
    let all: Value = reqwest::get(format!("{base}/providers/search?limit=1"))
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    assert!(all["total"]["value"].as_u64() > Some(300), "{all}");
    let invented: Value = reqwest::get(format!("{base}/providers/search?network_status=ACTIVE&limit=100"))
        .await
        .expect("an answer")
        .json()
        .await
        .expect("JSON");
    let npis = invented["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|c| c["npi"].as_str().expect("an NPI").to_owned());
    let npis = npis.collect::<Vec<_>>();
    assert!(
        !npis.is_empty()
            && npis
                .iter()
                .all(|npi| npi.starts_with('2') && npi.parse::<Npi>().is_ok()),
        "{npis:?}"
    );
    let new = json!({"kind": "individual", "category": "practitioner", "last_name": "Visitor"});
    let written = reqwest::Client::new()
        .post(format!("{base}/providers"))
        .bearer_auth(&token)
        .json(&new)
        .send()
        .await
        .expect("an answer");
    assert_eq!(written.status().as_u16(), 201);
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
