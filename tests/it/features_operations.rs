//! The rows of the feature table on operations: indexing, figures, vocabularies that are edited, the demo.

use std::{collections::BTreeSet, fs, path::Path, time::Duration};

use provider_directory::{index::schema::Handle, vocab::Npi};
use serde_json::{Value, json};

use super::{bad_input::person, house::ground_for, http_site::Site};

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
