//! The walls of the house: which room of `src/` may name which other room.
//!
//! `ROOMS` is the architecture. If this test fails, move the code; changing the table needs a reason in the commit.

use std::{
    fs,
    path::{Path, PathBuf},
};

/// Each room, and the rooms it may name. A room may only name rooms above it in this table, so no circle can exist.
const ROOMS: &[(&str, &[&str])] = &[
    ("vocab", &[]),
    ("domain", &["vocab"]),
    ("store", &["vocab", "domain"]),
    ("index", &["vocab", "domain"]),
    ("feed", &["vocab", "domain", "store", "index"]),
    ("query", &["vocab", "domain", "index"]),
    ("intake", &["vocab", "domain", "store", "query"]),
    (
        "interfaces",
        &["vocab", "domain", "store", "index", "feed", "query", "intake"],
    ),
];

/// What wires the rooms and measures them: no room may name it.
const WIRING: &[(&str, &[&str])] = &[("app", &[]), ("config", &[]), ("bench", &[])];

/// Words that may only appear in the rooms named beside them.
const KEPT_IN: &[(&str, &[&str])] = &[
    ("sqlx", &["store"]),
    ("tantivy", &["index", "query"]),
    ("axum", &["interfaces"]),
    ("tonic", &["interfaces"]),
    ("temporalio", &["feed"]),
];

#[test]
fn rooms_only_name_the_rooms_they_may() {
    let src = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut faults = Vec::new();
    for (n, (room, may)) in ROOMS.iter().enumerate() {
        for other in *may {
            assert!(
                ROOMS[..n].iter().any(|(r, _)| r == other),
                "{room} may name {other}, which is not above it"
            );
        }
        for file in rust_files(&src.join(room)) {
            let text = code_of(&file);
            for (other, _) in ROOMS.iter().chain(WIRING) {
                if other != room && !may.contains(other) && text.contains(&format!("crate::{other}")) {
                    faults.push(format!("{}: names crate::{other}", file.display()));
                }
            }
            let top = file.parent() == Some(src.join(room).as_path()) && file.ends_with("mod.rs");
            for way_out in ["crate::{", "super::super::"]
                .iter()
                .chain(if top { &["super::"][..] } else { &[] })
            {
                if text.contains(way_out) {
                    faults.push(format!(
                        "{}: write `use crate::room::..` instead of `{way_out}`",
                        file.display()
                    ));
                }
            }
        }
    }
    for file in rust_files(&src) {
        let at = file.strip_prefix(&src).expect("under src");
        let room = at.iter().next().expect("a name").to_string_lossy().into_owned();
        let text = code_of(&file);
        for (word, homes) in KEPT_IN {
            if text.contains(&format!("{word}::")) && !homes.contains(&room.as_str()) {
                faults.push(format!("{}: uses {word}, kept in {homes:?}", file.display()));
            }
        }
        if !fs::read_to_string(&file).expect("readable").starts_with("//! ") {
            faults.push(format!("{}: does not open with what the file is for", file.display()));
        }
    }
    assert!(faults.is_empty(), "\n{}\n", faults.join("\n"));
}

/// The file without line comments, up to its module of tests.
fn code_of(file: &Path) -> String {
    let text = fs::read_to_string(file).expect("readable");
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    text.lines()
        .map(|l| l.split("//").next().unwrap_or_default())
        .collect::<Vec<_>>()
        .join("\n")
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(dir) else { return found }; // a room that is not built yet
    for entry in entries {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            found.extend(rust_files(&path));
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
    found
}
