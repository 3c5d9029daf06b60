//! `POST /providers/match` over HTTP: one record, an array, lines.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use axum::{body::Body, http::Request};
use futures::{StreamExt, stream};
use provider_directory::{
    intake::matching::Options,
    interfaces::cli::matching::{file_through, lives},
};
use serde_json::{Value, json};
use tower::ServiceExt;

use super::http_site::{Answer, Site};

async fn post(site: &Site, path: &str, media: &str, body: impl Into<Body>) -> Answer {
    let request = Request::post(path).header("content-type", media).body(body.into());
    site.send(request.expect("a request")).await
}

async fn site_with_jane() -> Site {
    let site = Site::open().await;
    site.person(json!({
        "kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "Featherstonehaugh",
        "npi": "1234567893",
        "locations": [{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030", "phone": "7135550123"}],
    }))
    .await;
    site
}

/// 9.01 over HTTP: the contract's shape, options in the query string, faults that name the property.
#[tokio::test]
async fn feature_9_01_match_answers_in_the_shape_of_the_contract() {
    let site = site_with_jane().await;
    let record = json!({"id": "a", "name": "FEATHERSTONEHAUGH, JANE", "phone": "(713) 555-0123", "address": {"line1": "1 Main Street", "postal_code": "77030-1234"}});
    let answer = post(
        &site,
        "/providers/match?explain=true",
        "application/json",
        record.to_string(),
    )
    .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told = answer.json();
    assert_eq!(
        (&told["decision"], &told["npi"], &told["id"]),
        (&json!("match"), &json!("1234567893"), &json!("a")),
        "{told:#}"
    );
    for property in [
        "grade",
        "provider_id",
        "probability",
        "p_none",
        "npi_status",
        "conflicts",
        "candidates",
        "rule_version",
        "position",
    ] {
        assert!(told.get(property).is_some(), "{property} is missing");
    }
    let evidence = &told["candidates"][0]["evidence"][0];
    for property in ["field", "level", "given", "found", "bits", "source"] {
        assert!(evidence.get(property).is_some(), "{property} is missing");
    }
    assert!(told["explain"]["providers"].is_number());
    for (path, body, field, code) in [
        (
            "/providers/match?threshold=2",
            json!({"name": "x"}),
            "threshold",
            "range",
        ),
        (
            "/providers/match?colour=1",
            json!({"name": "x"}),
            "colour",
            "unknown_parameter",
        ),
        (
            "/providers/match?profile=odd",
            json!({"name": "x"}),
            "profile",
            "unknown_term",
        ),
        ("/providers/match", json!({"nam": "x"}), "nam", "unknown_property"),
        ("/providers/match", json!({}), "record", "empty"),
    ] {
        let refused = post(&site, path, "application/json", body.to_string()).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault()),
            (400, (field.to_owned(), code.to_owned())),
            "{path} {body}"
        );
    }
    assert_eq!(post(&site, "/providers/match", "text/plain", "x").await.status, 415);
    let model = site.get("/providers/match/model").await.json();
    assert_eq!(model["rule_version"], told["rule_version"]);
}

/// NPIs that NPPES has replaced or deactivated are followed and said.
#[tokio::test]
async fn feature_9_06_replaced_and_deactivated_npis_are_followed_and_said() {
    let site = site_with_jane().await;
    site.house
        .sql(
            "INSERT INTO npi_event (npi, kind, occurred_on, replacement_npi, source) VALUES
            (1000000004, 'replacement', '2020-01-01', 1234567893, 'nppes'), (1111111112, 'deactivation', '2021-01-01', NULL, 'nppes')",
        )
        .await;
    for (npi, status, decision) in [
        ("1000000004", "replaced", "match"),
        ("1111111112", "deactivated", "review"),
        ("1234567893", "ok", "match"),
    ] {
        let record = json!({"npi": npi, "name": "Jane Featherstonehaugh", "address": {"line1": "1 Main St", "postal_code": "77030"}});
        let told = post(&site, "/providers/match", "application/json", record.to_string())
            .await
            .json();
        assert_eq!(told["npi_status"], status, "{told:#}");
        assert_eq!(told["candidates"][0]["provider"]["npi"], "1234567893", "{told:#}");
        assert!(decision != "match" || told["decision"] == "match", "{told:#}");
    }
}

/// One record, asked for over HTTP, from a file and as a text says it: the same answer, also where the NPI was replaced.
#[tokio::test]
async fn feature_9_01_http_files_and_texts_are_answered_alike() {
    let site = site_with_jane().await;
    site.house
        .sql("INSERT INTO npi_event (npi, kind, occurred_on, replacement_npi, source) VALUES (1000000004, 'replacement', '2020-01-01', 1234567893, 'nppes')")
        .await;
    let record = json!({"npi": "1000000004", "first_name": "Jane", "last_name": "Featherstonehaugh",
        "address": {"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030"}});
    let mut over_http = post(&site, "/providers/match", "application/json", record.to_string())
        .await
        .json();
    assert_eq!(
        (&over_http["npi"], &over_http["npi_status"]),
        (&json!("1234567893"), &json!("replaced")),
        "{over_http:#}"
    );

    let folder = tempfile::tempdir().expect("a folder");
    let (file, out) = (folder.path().join("in.ndjson"), folder.path().join("out.ndjson"));
    std::fs::write(&file, record.to_string()).expect("written");
    let how = Options {
        lives: lives(&site.house.store).await,
        ..Options::default()
    };
    file_through(&site.index.snapshot(), &how, &file, &out, false, &mut |_| ()).expect("matched");
    let mut from_file: Value = serde_json::from_str(&std::fs::read_to_string(&out).expect("read")).expect("JSON");
    // Other tests move the position of the whole cluster on.
    for told in [&mut from_file, &mut over_http] {
        told["position"] = Value::Null;
    }
    assert_eq!(from_file, over_http);

    let text = "Seen by Dr. Jane Featherstonehaugh, NPI 1000000004, 1 Main St, Houston, TX 77030.";
    let read = post(&site, "/providers/extract", "text/plain", text).await.json();
    let in_text = &read["mentions"][0]["match"];
    for member in ["decision", "npi", "npi_status", "grade", "thresholds", "rule_version"] {
        assert_eq!(in_text[member], over_http[member], "{member}: {read:#}");
    }
}

/// 9.04: lines in, lines out, in order; a broken one is an error in its own place, and the stream goes on.
#[tokio::test]
async fn feature_9_04_lines_are_answered_in_order_with_errors_in_their_place() {
    let site = site_with_jane().await;
    let mut lines = Vec::new();
    for number in 0..700 {
        lines.push(match number % 100 {
            7 => "{\"id\": 7, \"name\": ".to_owned(),
            8 => json!({"id": number, "nome": "x"}).to_string(),
            9 => format!("{{\"name\": \"{}\"}}", "x".repeat(70_000)),
            _ => json!({"id": number, "name": "Jane Featherstonehaugh", "address": {"state": "TX"}}).to_string(),
        });
    }
    // Pieces that end anywhere, as a network brings them; the mark is what some programs begin a file with.
    let text = format!("\u{feff}{}", lines.join("\n"));
    let pieces: Vec<Result<Vec<u8>, std::io::Error>> =
        text.as_bytes().chunks(1_013).map(|piece| Ok(piece.to_vec())).collect();
    let body = Body::from_stream(stream::iter(pieces));
    let answer = post(&site, "/providers/match", "application/x-ndjson", body).await;
    assert_eq!(
        (answer.status.as_u16(), answer.header("content-type")),
        (200, "application/x-ndjson")
    );
    let told: Vec<Value> = answer
        .text
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(told.len(), 700);
    for (number, line) in told.iter().enumerate() {
        if line["error"].is_object() {
            assert_eq!(line["line"], json!(number + 1), "{line}");
        }
        match number % 100 {
            7 => assert_eq!(line["error"]["errors"][0]["code"], "malformed", "{line}"),
            8 => assert_eq!(line["error"]["errors"][0]["field"], "nome", "{line}"),
            9 => assert_eq!(line["error"]["status"], 413, "{line}"),
            _ => assert_eq!(
                (&line["id"], &line["npi"]),
                (&json!(number), &json!("1234567893")),
                "{line}"
            ),
        }
    }
    let array = json!([{"id": 1, "name": "Jane Featherstonehaugh"}, {"id": 2}, 3]);
    let answer = post(&site, "/providers/match", "application/json", array.to_string())
        .await
        .json();
    assert_eq!((&answer[0]["id"], &answer[1]["id"]), (&json!(1), &json!(2)));
    assert!(answer[1]["error"].is_object() && answer[2]["error"].is_object());
}

/// 9.04: no more is taken in than is answered and read: whoever does not read holds the sender back, however much there is.
#[tokio::test]
async fn feature_9_04_whoever_does_not_read_holds_the_sender_back() {
    const LINES: usize = 40;
    let site = site_with_jane().await;
    let sent = Arc::new(AtomicUsize::new(0));
    let line = json!({"name": "Jane Featherstonehaugh", "address": {"state": "TX"}}).to_string() + "\n";
    let counted = Arc::clone(&sent);
    // Lines without end.
    let pieces = stream::repeat_with(move || {
        counted.fetch_add(LINES, Ordering::SeqCst);
        Ok::<_, std::io::Error>(line.repeat(LINES))
    });
    let request = Request::post("/providers/match")
        .header("content-type", "application/x-ndjson")
        .body(Body::from_stream(pieces));
    let response = site
        .router()
        .oneshot(request.expect("a request"))
        .await
        .expect("an answer");
    let mut answers = response.into_body().into_data_stream();
    let mut read = 0;
    while read < 1_000 {
        let piece = answers.next().await.expect("more").expect("read");
        read += piece.iter().filter(|byte| **byte == b'\n').count();
        let ahead = sent.load(Ordering::SeqCst) - read;
        assert!(ahead <= 1_024, "{ahead} lines ahead of what was read");
    }
}
