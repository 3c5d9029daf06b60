//! The bench at a small size: the index, Postgres and the server asked the same, and all of them agree.

use std::time::Duration;

use provider_directory::bench::{self, Options, Rival};
use serde_json::Value;

use super::house::{House, noon};

#[tokio::test]
async fn the_bench_asks_the_index_postgres_and_the_server_the_same() {
    let house = House::open().await;
    let folder = tempfile::tempdir().expect("a folder");
    let picture = folder.path().join("latency.svg");
    let options = Options {
        providers: 400,
        seed: 1,
        queries: 100,
        rounds: 1,
        check: 3,
        kinds: Vec::new(),
        slowest: 1,
        folder: folder.path().join("index"),
        now: noon(),
        rival: Some(Rival::Given(Box::new(house.access.clone()))),
        load: Some(Duration::from_millis(50)),
        plot: Some(picture.clone()),
    };
    let report = bench::run(&options, &mut |_| {}).await.expect("a report");
    assert!(report.checked > 15, "{report}");
    assert_eq!(report.differences, Vec::<String>::new());

    let told = serde_json::to_value(&report).expect("JSON");
    let kinds: Vec<&str> = report.kinds.iter().map(|row| row.kind).collect();
    assert!(
        kinds.contains(&"sentence") && kinds.contains(&"sentence with a typo"),
        "{kinds:?}"
    );
    let against = report.against.as_ref().expect("Postgres was asked");
    assert_eq!(against.differences, Vec::<String>::new());
    if against.missing.is_empty() {
        let compared: Vec<&str> = against.kinds.iter().map(|row| row.kind).collect();
        for kind in &kinds {
            // A sentence with a typo may be read as a name.
            assert!(
                compared.contains(kind) || *kind == "sentence with a typo",
                "{kind}: {compared:?}"
            );
        }
        let equal: usize = against.kinds.iter().map(|row| row.equal).sum();
        assert!(equal > 50, "{against}");
    }
    for ratio in told["against"]["kinds"].as_array().expect("rows") {
        // How great it is says nothing on a machine that does much else.
        assert!(ratio["ratio_p50"].is_f64() && ratio["ratio_p99"].is_f64(), "{ratio}");
    }
    let http = told["http"]["rows"].as_array().expect("rows");
    assert_eq!(http.len(), 4);
    for row in http {
        assert_eq!(row["failed"], 0, "{row}");
        assert!(
            row["per_second"].as_f64() > Some(0.0) && row["p50"].as_f64() > Some(0.0),
            "{row}"
        );
    }

    let svg = std::fs::read_to_string(&picture).expect("a picture");
    assert!(svg.starts_with("<svg ") && svg.trim_end().ends_with("</svg>"));
    for kind in &kinds {
        assert!(
            svg.contains(&format!(">{kind}</text>")),
            "{kind} is missing in the picture"
        );
    }
    let hills = svg.matches("<path class=\"index\"").count();
    assert_eq!(hills, kinds.len(), "a hill for each kind");
    assert!(svg.contains("<path class=\"postgres\""));
    let shown = report.to_string();
    for words in ["| kind |", "ratio p50", "answers a second", "checked by brute force"] {
        assert!(shown.contains(words), "{words} is missing in {shown}");
    }
    assert!(matches!(told["calibration_ns"], Value::Number(_)));
}
