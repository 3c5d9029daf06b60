//! The Model Context Protocol, message by message: over HTTP at `/mcp`, and over standard input and output of the program.

use std::{
    io::{BufRead, BufReader, Lines, Write},
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Stdio},
};

use axum::{body::Body, http::Request};
use serde_json::{Value, json};

use super::{
    claims_check::{NPI, World},
    http_site::{Answer, Site},
    program::{Folder, command, run},
    scheduling_desk::{Desk, mondays},
};

/// What a client says first.
fn initialize() -> Value {
    json!({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {
        "protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": {"name": "test", "version": "1"},
    }})
}

fn calling(id: u32, tool: &str, arguments: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": id, "method": "tools/call", "params": {"name": tool, "arguments": arguments}})
}

async fn say(site: &Site, message: &Value) -> Answer {
    say_as(site, None, message).await
}

async fn say_as(site: &Site, token: Option<&str>, message: &Value) -> Answer {
    let mut request = Request::post("/mcp")
        .header("content-type", "application/json")
        .header("accept", "application/json, text/event-stream")
        .header("mcp-protocol-version", "2025-06-18")
        .header("host", "directory.example.org");
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let request = request.body(Body::from(message.to_string()));
    site.send(request.expect("a request")).await
}

/// A body that is no JSON and a header that is missing are told as what they are.
#[tokio::test]
async fn a_message_that_cannot_be_read_is_refused_by_its_reason() {
    let site = site().await;
    let ping = r#"{"jsonrpc":"2.0","id":1,"method":"ping"}"#;
    let both = "application/json, text/event-stream";
    for (body, accept, said, media) in [
        ("{", both, "-32700", "application/json"),
        ("{}", both, "-32600", "application/json"),
        (ping, "application/json", "Accept", "application/problem+json"),
    ] {
        let request = Request::post("/mcp")
            .header("content-type", "application/json")
            .header("accept", accept)
            .header("host", "directory.example.org")
            .body(Body::from(body));
        let answer = site.send(request.expect("a request")).await;
        assert_eq!(answer.status, 400, "{}", answer.text);
        assert_eq!(answer.header("content-type"), media);
        assert!(answer.text.contains(said), "{}", answer.text);
    }
    // A page that somebody has open elsewhere may not speak for them.
    for (origin, status) in [("https://evil.example", 403), ("http://directory.example.org", 200)] {
        let request = Request::post("/mcp")
            .header("content-type", "application/json")
            .header("accept", "application/json, text/event-stream")
            .header("host", "directory.example.org")
            .header("origin", origin)
            .body(Body::from(ping));
        assert_eq!(site.send(request.expect("a request")).await.status, status, "{origin}");
    }
    let shapeless =
        json!({"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": "get_provider", "arguments": []}});
    let told = say(&site, &shapeless).await;
    assert_eq!(
        (told.status.as_u16(), &told.json()["error"]["code"]),
        (200, &json!(-32602)),
        "{}",
        told.text
    );
    // Errors of the protocol stay in its words, whatever their status.
    let unknown = say(&site, &json!({"jsonrpc": "2.0", "id": 1, "method": "tools/paint"})).await;
    assert_eq!(unknown.json()["jsonrpc"], "2.0", "{}", unknown.text);
    assert!(unknown.json()["error"]["code"].is_i64(), "{}", unknown.text);
}

/// Calls a tool and gives its structured answer, which is the text as well.
async fn call(site: &Site, tool: &str, arguments: Value) -> Value {
    let answer = say(site, &calling(7, tool, &arguments)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let told = answer.json();
    let result = &told["result"];
    assert_eq!(result["isError"], json!(false), "{told:#}");
    let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().expect("text")).expect("JSON");
    assert_eq!(text, result["structuredContent"]);
    let freshness = &text["freshness"];
    assert!(
        freshness["source"].is_string() && freshness["as_of"].is_string() && freshness["position"].is_string(),
        "{tool}: {freshness:#}"
    );
    text
}

async fn site() -> Site {
    let site = Site::open().await;
    site.person(json!({
        "kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "Featherstonehaugh", "npi": "1234567893", "verified_at": "2026-10-02",
        "specialties": [{"code": "207RC0000X", "primary": true}],
        "locations": [{"line1": "1200 Main St", "city": "Houston", "state": "TX", "postal_code": "77030", "phone": "7135550142"}],
    }))
    .await;
    site
}

#[tokio::test]
async fn feature_9_09_the_protocol_is_spoken_over_http() {
    let site = site().await;
    let begun = say(&site, &initialize()).await;
    assert_eq!(
        (begun.status.as_u16(), begun.header("content-type")),
        (200, "application/json"),
        "{}",
        begun.text
    );
    let begun = begun.json();
    assert_eq!(
        (&begun["id"], &begun["result"]["protocolVersion"]),
        (&json!(1), &json!("2025-06-18"))
    );
    assert_eq!(begun["result"]["serverInfo"]["name"], "provdir");
    assert!(begun["result"]["capabilities"]["tools"].is_object());
    assert!(
        begun["result"]["instructions"]
            .as_str()
            .is_some_and(|text| text.contains("never instructions"))
    );
    let ready = say(&site, &json!({"jsonrpc": "2.0", "method": "notifications/initialized"})).await;
    assert_eq!(ready.status, 202, "{}", ready.text);

    let listed = say(&site, &json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}))
        .await
        .json();
    let tools = listed["result"]["tools"].as_array().expect("tools");
    let names: Vec<&str> = tools.iter().filter_map(|tool| tool["name"].as_str()).collect();
    assert_eq!(
        names,
        [
            "search_providers",
            "get_provider",
            "validate_npi",
            "match_record",
            "extract_providers",
            "check_network",
            "find_slots",
            "explain"
        ]
    );
    for tool in tools {
        let hints = &tool["annotations"];
        assert_eq!(
            (
                &hints["readOnlyHint"],
                &hints["destructiveHint"],
                &hints["openWorldHint"]
            ),
            (&json!(true), &json!(false), &json!(false))
        );
        assert_eq!(
            (&tool["inputSchema"]["type"], &tool["outputSchema"]["type"]),
            (&json!("object"), &json!("object")),
            "{tool:#}"
        );
        assert_eq!(hints["idempotentHint"], true);
        assert!(tool["outputSchema"]["properties"]["freshness"].is_object(), "{tool:#}");
    }
    let unknown = say(&site, &calling(3, "drop_tables", &json!({}))).await.json();
    assert_eq!(unknown["error"]["code"], -32602, "{unknown:#}");
}

#[tokio::test]
async fn feature_9_09_each_tool_answers_from_the_directory() {
    let site = site().await;
    let found = call(&site, "search_providers", json!({"q": "cardiologist in Houston"})).await;
    assert_eq!(found["result"]["results"][0]["npi"], "1234567893");
    assert_eq!(
        (&found["freshness"]["verified_at"], &found["freshness"]["unverified"]),
        (&json!("2026-10-02"), &json!(0))
    );

    let one = call(&site, "get_provider", json!({"key": "1234567893"})).await;
    assert_eq!(one["result"]["locations"][0]["city"], "Houston");

    let good = call(&site, "validate_npi", json!({"npi": "1234567893"})).await;
    assert_eq!(
        (&good["result"]["valid"], &good["result"]["known"]),
        (&json!(true), &json!(true))
    );
    let bad = call(&site, "validate_npi", json!({"npi": "1234567890"})).await;
    assert_eq!(
        (&bad["result"]["valid"], &bad["result"]["expected_check_digit"]),
        (&json!(false), &json!(3))
    );

    let matched = call(
        &site,
        "match_record",
        json!({"name": "FEATHERSTONEHAUGH, JANE", "npi": "1234567893"}),
    )
    .await;
    assert_eq!(matched["result"]["decision"], "match", "{matched:#}");

    let text = "Patient John Baker saw Dr. Jane Featherstonehaugh, NPI 1234567893.";
    let read = call(&site, "extract_providers", json!({"text": text})).await;
    let mentions = read["result"]["mentions"].as_array().expect("mentions");
    assert_eq!(
        (mentions.len(), &mentions[0]["match"]["npi"]),
        (1, &json!("1234567893"))
    );

    let why = call(
        &site,
        "explain",
        json!({"key": "1234567893", "search": {"city": "Dallas"}}),
    )
    .await;
    assert_eq!(why["result"]["matches"], false);
    assert!(
        why["result"]["causes"]
            .as_array()
            .is_some_and(|causes| !causes.is_empty()),
        "{why:#}"
    );
}

/// A check is answered and leaves nothing behind, also for one who could hold a claim and keep a receipt over HTTP.
#[tokio::test]
async fn feature_9_09_a_network_is_checked_and_nothing_is_kept() {
    let world = World::open().await;
    let site = &world.site;
    let token = Some(site.token.as_str());
    let kept = async || -> (i64, i64, i64) {
        let counts = "SELECT (SELECT count(*) FROM network_hold), (SELECT count(*) FROM network_receipt),
            (SELECT count(*) FROM audit)";
        let counted = sqlx::query_as(counts).fetch_one(&mut site.house.owner().await).await;
        counted.expect("counted")
    };
    let before = kept().await;
    let asked = json!({"npi": NPI, "plan": "PAY-HOLD", "date": "2026-11-22"});
    for token in [None, token] {
        let told = say_as(site, token, &calling(5, "check_network", &asked)).await.json();
        let answer = &told["result"]["structuredContent"];
        assert_eq!(
            (&answer["result"]["decision"], &answer["result"]["disposition"]),
            (&json!("PENDING"), &json!("PENDING_INFO")),
            "{told:#}"
        );
        assert!(answer["freshness"]["as_of"].is_string(), "{told:#}");
    }
    for (name, value) in [("claim_ref", json!("C-1")), ("receipt", json!(true))] {
        let mut asked = asked.clone();
        asked[name] = value;
        let told = say_as(site, token, &calling(6, "check_network", &asked)).await.json();
        assert_eq!(told["result"]["isError"], true, "{name}: {told:#}");
        let problem = told["result"]["content"][0]["text"].as_str().expect("text");
        assert!(problem.contains(name), "{problem}");
    }
    assert_eq!(kept().await, before, "no hold, no receipt, no line of the audit");
}

/// 9.10: where an answer comes from, as of when it holds and how far it has read, whatever the tool.
#[tokio::test]
async fn feature_9_10_every_answer_of_every_tool_says_how_fresh_it_is() {
    let world = World::open().await;
    let desk = Desk::open(&world.site, "Clinic").await;
    let list = json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"});
    let listed = say(&world.site, &list).await.json();
    for tool in listed["result"]["tools"].as_array().expect("tools") {
        let name = tool["name"].as_str().expect("a name");
        let required = tool["outputSchema"]["required"].as_array().expect("required");
        assert!(required.contains(&json!("freshness")), "{name}");
        let arguments = match name {
            "search_providers" => json!({"q": "smith"}),
            "get_provider" => json!({"key": NPI}),
            "validate_npi" => json!({"npi": NPI}),
            "match_record" => json!({"name": "Smith", "npi": NPI}),
            "extract_providers" => json!({"text": format!("Dr. Smith, NPI {NPI}")}),
            "check_network" => json!({"npi": NPI, "plan": "PAY-HOLD"}),
            "find_slots" => json!({}),
            "explain" => json!({"key": NPI, "search": {"state": "TX"}}),
            other => panic!("{other} is called by no test"),
        };
        let told = say_as(&world.site, Some(&desk.token), &calling(8, name, &arguments))
            .await
            .json();
        assert_eq!(told["result"]["isError"], false, "{name}: {told:#}");
        let freshness = &told["result"]["structuredContent"]["freshness"];
        let text = |member: &str| freshness[member].as_str().unwrap_or_default();
        assert!(
            text("source").starts_with("provider directory, from its "),
            "{name}: {freshness}"
        );
        assert!(text("as_of").starts_with("2026-11-22T12:00:00"), "{name}: {freshness}");
        assert!(!text("position").is_empty(), "{name}: {freshness}");
        for member in ["age_seconds", "verified_at", "unverified"] {
            assert!(freshness.get(member).is_some(), "{name}: {freshness}");
        }
    }
}

/// Free slots are told to those who may see the calendars of their organisation, and to nobody else.
#[tokio::test]
async fn feature_9_09_free_slots_are_found_within_ones_organization() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let other = Desk::open(&site, "Other").await;
    let clinic = desk.clinic("North", "UTC").await;
    let user = desk.member("jane").await;
    let jane = json!({"user_id": user, "specialty": "CARDIOLOGY", "npi": "1234567893"});
    let jane = desk.make("/practitioners", jane).await;
    let assigned = json!({"practitioner_id": jane, "clinic_id": clinic, "start_date": "2026-01-01"});
    desk.make("/clinic-assignments", assigned).await;
    desk.make("/schedules", mondays(&jane, &clinic)).await;
    let find = async |token: Option<&str>, arguments: Value| -> Value {
        let answer = say_as(&site, token, &calling(9, "find_slots", &arguments)).await;
        answer.json()["result"].clone()
    };
    let found = find(Some(desk.token.as_str()), json!({"npi": "1234567893", "limit": 2})).await;
    assert_eq!(found["isError"], false, "{found:#}");
    let told = &found["structuredContent"];
    let slots = told["result"]["slots"].as_array().expect("slots");
    assert_eq!(
        (slots.len(), &slots[0]["practitioner_id"]),
        (2, &json!(jane)),
        "{told:#}"
    );
    assert!(
        told["freshness"]["source"]
            .as_str()
            .is_some_and(|source| source.contains("store"))
    );
    let next = json!({"limit": 2, "cursor": told["result"]["next_cursor"]});
    let next = find(Some(desk.token.as_str()), next).await;
    assert_ne!(next["structuredContent"]["result"]["slots"][0]["id"], slots[0]["id"]);
    let elsewhere = find(Some(other.token.as_str()), json!({})).await;
    assert_eq!(
        elsewhere["structuredContent"]["result"]["slots"],
        json!([]),
        "{elsewhere:#}"
    );
    for (token, arguments, status) in [
        (None, json!({}), 401),
        (Some(desk.token.as_str()), json!({"limit": 1000}), 400),
        (Some(desk.token.as_str()), json!({"npi": "1234567890"}), 400),
    ] {
        let refused = find(token, arguments).await;
        let problem = refused["content"][0]["text"].as_str().expect("text");
        let problem: Value = serde_json::from_str(problem).expect("JSON");
        assert_eq!(
            (&refused["isError"], &problem["status"]),
            (&json!(true), &json!(status))
        );
    }
}

/// Models write one word where a list is wanted, and numbers as they stand in a text.
#[tokio::test]
async fn feature_9_09_arguments_are_read_in_the_types_that_are_declared() {
    let site = site().await;
    let listed = call(
        &site,
        "search_providers",
        json!({"specialty": ["cardiology"], "limit": 3}),
    )
    .await;
    let single = call(
        &site,
        "search_providers",
        json!({"specialty": "cardiology", "limit": "3"}),
    )
    .await;
    assert_eq!(listed["result"]["results"], single["result"]["results"]);
    assert!(listed["result"]["total"]["value"].as_u64() > Some(0), "{listed:#}");
    let number: u64 = NPI.parse().expect("a number");
    let checked = call(&site, "validate_npi", json!({"npi": number})).await;
    assert_eq!(checked["result"]["valid"], true, "{checked:#}");
}

/// A refusal is an answer that can be read and learnt from, in the words of the HTTP interface.
#[tokio::test]
async fn a_refusal_is_told_as_an_error_of_the_tool() {
    let site = site().await;
    for (tool, arguments, field) in [
        ("search_providers", json!({"colour": "red"}), "colour"),
        ("search_providers", json!({"limit": 1000}), "limit"),
        ("match_record", json!({}), "record"),
        ("get_provider", json!({"key": "1234567890"}), "npi"),
        ("extract_providers", json!({"text": "a\u{0}b"}), "text"),
    ] {
        let told = say(&site, &calling(4, tool, &arguments)).await.json();
        assert_eq!(told["result"]["isError"], true, "{tool}: {told:#}");
        let problem: Value =
            serde_json::from_str(told["result"]["content"][0]["text"].as_str().expect("text")).expect("JSON");
        assert_eq!(problem["errors"][0]["field"], field, "{tool}: {problem:#}");
    }
}

/// What differs from run to run by its kind alone.
fn steady(text: &str, ids: &mut Vec<String>) -> String {
    let replaced = |pattern: &str, with: &str, text: &str| {
        let pattern = regex::Regex::new(pattern).expect("a pattern");
        pattern.replace_all(text, with).into_owned()
    };
    let text = replaced(r#""\d+-\d+""#, "\"<position>\"", text);
    let text = replaced(r#""took_us":\d+"#, "\"took_us\":0", &text);
    let text = replaced(r#""\d{4}\.\d+\+[0-9a-f]{12}""#, "\"<rules>\"", &text);
    let text = replaced(r#""version":"\d+\.\d+\.\d+""#, "\"version\":\"<version>\"", &text);
    let text = replaced(r#""age_seconds":[^,}]+"#, "\"age_seconds\":0", &text);
    let id = regex::Regex::new(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}").expect("a pattern");
    let numbered = id.replace_all(&text, |found: &regex::Captures<'_>| {
        let known = ids.iter().position(|known| *known == found[0]);
        let number = known.unwrap_or_else(|| {
            ids.push(found[0].to_owned());
            ids.len() - 1
        });
        format!("<id {}>", number + 1)
    });
    numbered.into_owned()
}

/// A whole conversation as it is spoken: a change of the contract shows here.
#[tokio::test]
async fn feature_9_09_a_whole_conversation_stays_as_it_is() {
    let world = World::open().await;
    let desk = Desk::open(&world.site, "Clinic").await;
    let text = format!("Dr. Smith, NPI {NPI}");
    let said = [
        initialize(),
        json!({"jsonrpc": "2.0", "method": "notifications/initialized"}),
        json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}),
        calling(
            3,
            "search_providers",
            &json!({"q": "smith", "specialty": "cardiology", "limit": 1}),
        ),
        calling(4, "get_provider", &json!({"key": NPI})),
        calling(5, "validate_npi", &json!({"npi": "1234567890"})),
        calling(6, "match_record", &json!({"name": "Smith", "npi": NPI, "limit": 1})),
        calling(7, "extract_providers", &json!({"text": text, "limit": 1})),
        calling(
            8,
            "check_network",
            &json!({"npi": NPI, "plan": "PAY-HOLD", "date": "2026-11-22"}),
        ),
        calling(9, "find_slots", &json!({"limit": 1})),
        calling(10, "explain", &json!({"key": NPI, "search": {"state": "AK"}})),
        calling(11, "match_record", &json!({"nam": "Smith", "limit": "one"})),
        calling(12, "drop_tables", &json!({})),
        json!({"jsonrpc": "2.0", "id": 13, "method": "tools/paint"}),
    ];
    let mut transcript = String::new();
    let mut ids = Vec::new();
    for message in &said {
        let answer = say_as(&world.site, Some(&desk.token), message).await;
        let mut told: Value = serde_json::from_str(&answer.text).unwrap_or_default();
        // The text is the structured answer once more; each tool on a line of its own.
        let result = &mut told["result"];
        if result["structuredContent"].is_object() {
            let text: Value = serde_json::from_str(result["content"][0]["text"].as_str().expect("text")).expect("JSON");
            assert_eq!(text, result["structuredContent"]);
            result["content"] = json!("as structuredContent");
        }
        let tools = result["tools"].take();
        let shown = [message.to_string(), format!("{} {told}", answer.status.as_u16())];
        for line in shown.iter().map(String::as_str).chain([""]) {
            transcript.push_str(&steady(line, &mut ids));
            transcript.push('\n');
        }
        for tool in tools.as_array().into_iter().flatten() {
            transcript.push_str(&format!("{tool}\n"));
        }
    }
    insta::assert_snapshot!(transcript);
}

/// A program that a client has started itself.
struct Spoken {
    process: Child,
    input: Option<ChildStdin>,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Spoken {
    fn begin(data: &Path, token: Option<&str>) -> Self {
        let mut command = command(&["mcp"], data);
        match token {
            Some(token) => command.env("PROVDIR_TOKEN", token),
            None => command.env_remove("PROVDIR_TOKEN"),
        };
        let started = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
        let mut process = started.expect("the program starts");
        let lines = BufReader::new(process.stdout.take().expect("piped")).lines();
        let mut spoken = Self {
            input: process.stdin.take(),
            process,
            lines,
        };
        let begun = spoken.ask(&initialize());
        assert_eq!(begun["result"]["serverInfo"]["name"], "provdir");
        spoken.say(&json!({"jsonrpc": "2.0", "method": "notifications/initialized"}));
        spoken
    }

    fn say(&mut self, message: &Value) {
        writeln!(self.input.as_mut().expect("open"), "{message}").expect("written");
    }

    fn ask(&mut self, message: &Value) -> Value {
        self.say(message);
        serde_json::from_str(&self.lines.next().expect("a line").expect("read")).expect("JSON")
    }

    fn end(mut self) {
        drop(self.input.take());
        assert!(self.process.wait().expect("it ends").success());
    }
}

#[test]
fn feature_9_09_the_protocol_is_spoken_over_standard_input_and_output() {
    let folder = Folder::new("mcp");
    let find = calling(4, "find_slots", &json!({}));

    let mut nobody = Spoken::begin(&folder.0, None);
    let listed = nobody.ask(&json!({"jsonrpc": "2.0", "id": 2, "method": "tools/list"}));
    assert_eq!(listed["result"]["tools"].as_array().map(Vec::len), Some(8));
    let told = nobody.ask(&calling(3, "validate_npi", &json!({"npi": "1234567893"})));
    assert_eq!(told["result"]["structuredContent"]["result"]["valid"], true, "{told:#}");
    assert_eq!(told["result"]["structuredContent"]["result"]["known"], false);
    let refused = nobody.ask(&find);
    assert_eq!(refused["result"]["isError"], true, "{refused:#}");
    nobody.end();

    let organization = run(
        &["organization", "create", "Clinic", "--type", "clinic", "--json"],
        &folder.0,
    );
    let organization: Value = serde_json::from_str(&organization).expect("JSON");
    let id = organization["id"].as_str().expect("an id");
    let granted = ["--role", "service", "--scope", "schedules:read", "--organization", id];
    let token = run(&[&["token", "create", "desk"][..], &granted].concat(), &folder.0);
    let mut desk = Spoken::begin(&folder.0, Some(token.trim()));
    let told = desk.ask(&find);
    assert_eq!(
        told["result"]["structuredContent"]["result"]["slots"],
        json!([]),
        "{told:#}"
    );
    // A token that is revoked while the client speaks is refused from then on.
    run(&["token", "revoke", "desk"], &folder.0);
    let told = loop {
        let told = desk.ask(&find);
        if told["result"]["isError"] == true {
            break told;
        }
    };
    let problem = told["result"]["content"][0]["text"].as_str().expect("text");
    assert!(problem.contains("revoked"), "{problem}");
    desk.end();
}
