//! The command line as a person or a script meets it: help everywhere, exit codes, no secrets, no surprises.

use std::process::{Command, Output};

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

#[test]
fn every_command_has_help_and_says_what_it_does() {
    for command in [
        &[][..],
        &["demo"],
        &["serve"],
        &["import"],
        &["import", "nppes"],
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
    let json: serde_json::Value = serde_json::from_slice(&provdir(&["version", "--json"]).stdout).expect("JSON");
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
fn the_status_of_an_index_that_was_never_built_is_told_to_programs() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().to_str().expect("a path");
    let status = provdir(&["index", "status", "--json", "--data", data]);
    assert!(status.status.success(), "{}", err(&status));
    let json: serde_json::Value = serde_json::from_slice(&status.stdout).expect("JSON");
    assert_eq!(json["alias"], "provider.providers");
    assert_eq!(json["position"], serde_json::Value::Null);
}
