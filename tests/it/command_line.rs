//! The command line as a person or a script meets it: help everywhere, exit codes, no secrets, no surprises.

use std::process::{Command, Output};

use serde_json::{Value, json};

use crate::program::{Folder, Server, command, run};

fn provdir(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_provdir"))
        .args(arguments)
        .env_remove("DATABASE_URL")
        .current_dir(env!("CARGO_TARGET_TMPDIR"))
        .output()
        .expect("the program runs")
}

fn out(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).expect("text")
}

fn err(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).expect("text")
}

/// A mistyped folder is told, and nothing is made there in which everything would be in order.
#[test]
fn what_only_looks_or_lets_somebody_in_makes_no_directory() {
    let folder = tempfile::tempdir().expect("a folder");
    let typo = folder.path().join("typo");
    let roster = folder.path().join("roster.csv");
    std::fs::write(&roster, "id,name\n1,Jane Roe\n").expect("written");
    let roster = roster.to_str().expect("text");
    for command in [
        &["audit", "verify"][..],
        &["index", "verify"],
        &["index", "reconcile"],
        &["index", "rebuild"],
        &["search", "smith"],
        &["match", roster],
        &["token", "create", "some"],
        &["user", "list"],
        &["organization", "create", "Clinic", "--type", "clinic"],
    ] {
        let told = provdir(&[command, &["--data", typo.to_str().expect("text")]].concat());
        assert!(!told.status.success(), "{command:?}: {}", out(&told));
        assert!(err(&told).contains("provdir serve"), "{command:?}: {}", err(&told));
        assert!(!typo.join("postgres").exists(), "{command:?}");
    }
    assert!(!folder.path().join("roster.matched.ndjson").exists());
}

/// A token for a tenant is not one of the platform, and none lasts for ever because its days could not be counted.
#[test]
fn a_token_is_no_more_than_was_asked_for() {
    let folder = Folder::new("tokens");
    let data = folder.0.to_str().expect("text");
    let mut server = Server::start(&["serve"], &folder.0);
    server.listening();
    let organization = run(
        &["organization", "create", "Clinic", "--type", "clinic", "--json"],
        &folder.0,
    );
    let organization: Value = serde_json::from_str(&organization).expect("JSON");
    let id = organization["id"].as_str().expect("an id");
    for (wanted, said) in [
        (&["--organization", id][..], "--role"),
        (
            &["--organization", id, "--role", "platform-admin"],
            "acts for no tenant",
        ),
        (&["--role", "service", "--scope", "network:chek"], "network:chek"),
        (&["--days", "99999999"], "36525"),
        (&["--days", "0"], "36525"),
    ] {
        let refused = provdir(&[&["token", "create", "some", "--data", data][..], wanted].concat());
        assert!(!refused.status.success(), "{wanted:?}: {}", out(&refused));
        assert!(err(&refused).contains(said), "{wanted:?}: {}", err(&refused));
    }
}

#[test]
fn every_command_has_help_and_says_what_it_does() {
    for command in [
        &[][..],
        &["demo"],
        &["serve"],
        &["import"],
        &["import", "nppes"],
        &["import", "leie"],
        &["import", "sam"],
        &["import", "exclusions"],
        &["import", "roster"],
        &["audit"],
        &["audit", "verify"],
        &["generate"],
        &["index"],
        &["index", "rebuild"],
        &["index", "status"],
        &["index", "reconcile"],
        &["index", "verify"],
        &["search"],
        &["token"],
        &["token", "create"],
        &["token", "list"],
        &["token", "revoke"],
        &["version"],
    ] {
        let help = provdir(&[command, &["--help"]].concat());
        assert!(help.status.success(), "{command:?}: {}", err(&help));
        let text = out(&help);
        assert!(text.contains("Usage: provdir"), "{command:?}: {text}");
        assert!(text.contains("--data"), "{command:?} names the settings: {text}");
    }
}

#[test]
fn the_version_is_there_for_people_and_for_programs() {
    assert!(out(&provdir(&["version"])).starts_with("provdir "));
    let json: Value = serde_json::from_slice(&provdir(&["version", "--json"]).stdout).expect("JSON");
    assert_eq!(json["version"], env!("CARGO_PKG_VERSION"));
}

#[test]
fn what_is_not_understood_ends_with_code_2_and_a_hint() {
    let unknown = provdir(&["serch"]);
    assert_eq!(unknown.status.code(), Some(2));
    assert!(
        err(&unknown).contains("search"),
        "suggests the near one: {}",
        err(&unknown)
    );
    assert_eq!(provdir(&["serve", "--listen", "nowhere"]).status.code(), Some(2));
    assert_eq!(provdir(&["bench", "--providers", "0"]).status.code(), Some(2));
}

#[test]
fn a_setting_that_cannot_work_is_named() {
    let refused = provdir(&["version", "--prefix", "api"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("prefix"), "{}", err(&refused));
}

#[test]
fn a_settings_file_that_was_asked_for_must_be_there() {
    let refused = provdir(&["version", "--config", "no-such.toml"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("no-such.toml"), "{}", err(&refused));
}

#[test]
fn a_line_of_the_settings_file_that_is_no_setting_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("provdir.toml");
    std::fs::write(&file, "listn = '127.0.0.1:1'\n").expect("written");
    let refused = provdir(&["version", "--config", file.to_str().expect("a path")]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("listn"), "{}", err(&refused));
}

#[test]
fn a_bad_address_does_not_tell_the_password() {
    let refused = provdir(&["serve", "--database-url", "mysql://user:hush@host/db"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = err(&refused);
    assert!(said.contains("postgres://") && !said.contains("hush"), "{said}");
}

#[test]
fn a_search_on_the_terminal_names_the_parameter_that_is_wrong() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path");
    let refused = provdir(&["search", "--data", data, "--near", "91,0"]);
    assert_eq!(refused.status.code(), Some(1));
    assert!(err(&refused).contains("near"), "{}", err(&refused));
}

#[test]
fn feature_1_47_a_search_on_the_terminal_explains_itself() {
    let folder = tempfile::tempdir().expect("a folder");
    let schema = provider_directory::index::schema::Handle::embedded();
    let index = provider_directory::index::Index::open(&folder.path().join("index"), schema.clone()).expect("an index");
    let (provider, day) = (
        provider_directory::intake::generate::provider(7, 1).to_provider(&schema.lexicon()),
        chrono::NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day"),
    );
    let npi = provider.npi.expect("an NPI").to_string();
    let mut rebuild = index.rebuild().expect("begun");
    rebuild.add(provider, day).expect("added");
    let position = provider_directory::vocab::Position { xid: 1, id: 1 };
    rebuild.seal(position, 0).expect("sealed");
    rebuild.swap().expect("live");
    drop(index);
    let data = folder.path().to_str().expect("a path");
    let named = provdir(&["search", "--with", "network=Any", "--data", data]);
    assert!(
        !named.status.success() && err(&named).contains("there is no directory"),
        "{}",
        err(&named)
    );
    let found = provdir(&["search", &npi, "--explain", "--data", data]);
    assert!(found.status.success(), "{}", err(&found));
    let text = out(&found);
    for words in [
        "plan npi, order relevance, 1 segments",
        "by relevance; score",
        "looked at",
        "understand",
        &npi,
    ] {
        assert!(text.contains(words), "{words} is missing in {text}");
    }
}

#[test]
fn the_status_of_an_index_that_was_never_built_is_told_to_programs() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path");
    let status = provdir(&["index", "status", "--json", "--data", data]);
    assert!(status.status.success(), "{}", err(&status));
    let json: Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!(json["alias"], "provider.providers");
    assert_eq!(json["position"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_demo_says_what_to_try_and_starts_again_on_what_is_there() {
    let folder = Folder::new("demo");
    let data = folder.0.as_path();
    let mut demo = Server::start(&["demo", "--providers", "500"], data);
    let said = demo.says_until("Stop with");
    let tries: Vec<&str> = said.lines().filter_map(|l| l.trim().strip_prefix("curl '")).collect();
    assert_eq!(tries.len(), 5, "{said}");
    assert!(
        said.contains("admin@agency.example"),
        "the accounts are told before the last line: {said}"
    );
    assert!(
        said.contains("/provider/ with the token") && said.contains("pvp_"),
        "the way into the portal is told: {said}"
    );
    for address in tries {
        let address = address.trim_end_matches('\'');
        let answer = reqwest::get(address).await.expect("an answer");
        assert_eq!(answer.status(), 200, "{address}");
        let answer: Value = answer.json().await.expect("JSON");
        assert!(answer.is_object(), "{address}: {answer}");
    }
    let listed = demo_networks(&said).await;
    let network = listed["networks"][0]["id"]
        .as_str()
        .unwrap_or_else(|| panic!("{listed}"));
    let searched = ["search", "--with", &format!("network={network}"), "--json"];
    let found: Value = serde_json::from_str(&run(&searched, data)).expect("JSON");
    assert!(found["total"]["value"].as_u64() > Some(0), "{found}");
    let before: Value = serde_json::from_str(&run(&["index", "status", "--json"], data)).expect("JSON");
    assert!(before["providers"].as_u64() > Some(500), "{before}");
    assert!(demo.stop(), "stops in order");

    let mut again = Server::start(&["demo", "--providers", "500"], data);
    let now = again.says_until("Stop with");
    assert_eq!(
        now.lines()
            .find(|l| l.contains("providers. Open"))
            .map(|l| l.split(' ').next()),
        said.lines()
            .find(|l| l.contains("providers. Open"))
            .map(|l| l.split(' ').next()),
    );
    let after: Value = serde_json::from_str(&run(&["index", "status", "--json"], data)).expect("JSON");
    assert_eq!(after["generation"], before["generation"], "nothing is built anew");
    assert_eq!(after["providers"], before["providers"]);
    assert!(again.stop(), "stops in order");

    // A command that is done ends what it has begun beside, before it lets go of the store.
    let verified = command(&["index", "verify"], data).output().expect("the program runs");
    let said = err(&verified);
    assert!(verified.status.success(), "{said}");
    assert!(!said.contains("ERROR") && !said.contains("WARN"), "{said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn commands_work_beside_a_running_server() {
    let folder = Folder::new("beside");
    let data = folder.0.as_path();
    let mut server = Server::start(&["serve"], data);
    let address = server.listening();

    let token = run(&["token", "create", "beside", "--json"], data);
    let token: Value = serde_json::from_str(&token).expect("JSON");
    let token = token["token"].as_str().expect("a token");
    let client = reqwest::Client::new();
    let made = client
        .post(format!("{address}/providers"))
        .bearer_auth(token)
        .json(&json!({"kind": "individual", "category": "practitioner", "last_name": "Beside"}));
    let made = made.send().await.expect("an answer");
    assert_eq!(made.status(), 201);
    let position = made.headers()["x-position"].to_str().expect("text").to_owned();
    let seen = reqwest::get(format!(
        "{address}/providers/search?name=Beside&min_position={position}"
    ))
    .await;
    assert_eq!(total(seen.expect("an answer")).await, 1);

    let real = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/nppes/npidata_pfile_videntity_2014.csv"
    );
    let rejects = data.join("rejects.csv");
    let report = run(
        &[
            "import",
            "nppes",
            real,
            "--json",
            "--rejects",
            rejects.to_str().expect("a path"),
        ],
        data,
    );
    let report: Value = serde_json::from_str(&report).expect("JSON");
    let everybody = format!("{address}/providers/search?limit=1");
    let began = std::time::Instant::now();
    while total(reqwest::get(&everybody).await.expect("an answer")).await < 2 {
        assert!(
            began.elapsed().as_secs() < 60,
            "the server does not see the import: {report}"
        );
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }

    let status: Value = serde_json::from_str(&run(&["index", "status", "--json"], data)).expect("JSON");
    assert_eq!(status["alias"], "provider.providers");
    run(&["search", "Beside", "--json"], data);
    let busy = command(&["index", "verify"], data).output().expect("the program runs");
    assert!(
        !busy.status.success() && err(&busy).contains("a running provdir has it"),
        "{}",
        err(&busy)
    );
    assert!(server.stop(), "stops in order");
}

/// The networks of a demo, by one of the addresses that it says.
async fn demo_networks(said: &str) -> Value {
    let begin = said.find("http://").expect("an address");
    let address = said[begin..].split('/').nth(2).expect("a host");
    let answer = reqwest::get(format!("http://{address}/networks")).await;
    answer.expect("an answer").json().await.expect("JSON")
}

async fn total(answer: reqwest::Response) -> u64 {
    let answer: Value = answer.json().await.expect("JSON");
    answer["total"]["value"].as_u64().unwrap_or_else(|| panic!("{answer}"))
}

/// A server that is named and that the program can't use is told, not passed over.
#[cfg(not(feature = "temporal"))]
#[test]
fn what_was_not_built_in_is_refused() {
    let folder = Folder::new("built-without");
    let serve = ["serve", "--listen", "127.0.0.1:0", "--temporal", "http://127.0.0.1:1"];
    let refused = command(&serve, &folder.0).output().expect("the program runs");
    assert!(!refused.status.success());
    let text = err(&refused);
    assert!(
        text.contains("http://127.0.0.1:1") && text.contains("without the feature temporal"),
        "{text}"
    );
}
