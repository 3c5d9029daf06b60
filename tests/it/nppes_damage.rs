//! Broken files: the good rows are in, the bad ones in the reject file with line and reason, and a file that is none is an
//! error that says what was expected.

use std::fs;

use flate2::{Compression, write::GzEncoder};
use provider_directory::intake::{Error, nppes::Options};
use std::io::Write as _;

use crate::{
    house::House,
    nppes_import::{fixture, import, import_with, number, provider},
    nppes_lessons::Files,
};

const HEADER: &str = "NPI,Entity Type Code,Provider Last Name (Legal Name),Provider Organization Name (Legal Business Name),Last Update Date";

#[tokio::test]
async fn damaged_rows_are_rejected_and_the_others_stored() {
    let house = House::open().await;
    let files = Files::new();
    let text = format!(
        "{HEADER}\n\
         2000000002,1,SMITH,,06/01/2026\n\
         12345,1,SHORT,,06/01/2026\n\
         2000000010,1,\"OPEN,,06/01/2026\n\
         2345678900,1,FEW\n\
         2345678900,3,KIND,,06/01/2026\n\
         2345678900,1,,,06/01/2026\n\
         2345678900,,NOKIND,,06/01/2026\n\
         1234567893,2,,\"TWO\nLINES, LLC\",soon\n\
         2999999990,1,M\u{fc}ller,,06/01/2026\n"
    );
    // As Latin-1: one byte for the umlaut.
    let bytes: Vec<u8> = text.chars().map(|c| c as u32 as u8).collect();
    let path = files.text("broken.csv", bytes);
    let rejects = path.with_extension("rejects");
    let options = Options {
        reject_file: Some(rejects.clone()),
        ..Options::default()
    };
    let report = import_with(&house, &[path], &options).await.expect("imported");
    let c = report.total();
    assert_eq!((c.rows_in, c.added, c.rejected), (9, 3, 6), "{report}");
    assert_eq!(
        provider(&house, "2999999990")
            .await
            .expect("there")
            .name
            .last
            .as_deref(),
        Some("Müller")
    );
    assert_eq!(
        provider(&house, "1234567893").await.expect("there").name.display(),
        "Two Lines, LLC"
    );
    insta::assert_snapshot!(fs::read_to_string(rejects).expect("the reject file"), @r#"
    file,line,npi,field,reason
    broken.csv,3,12345,NPI,"an NPI has 10 digits, this has 5 characters"
    broken.csv,4,2000000010,,a quote is left open
    broken.csv,5,2345678900,,has 3 fields where the header has 5
    broken.csv,6,2345678900,Entity Type Code,`3` is neither 1 nor 2
    broken.csv,7,2345678900,Provider Last Name (Legal Name),is empty
    broken.csv,8,2345678900,Entity Type Code,"is empty, and the row is not that of a deactivated NPI"
    "#);
}

/// Names are shown to everybody: what is none stays out, and no character of it turns those around it.
#[tokio::test]
async fn what_is_no_name_is_rejected() {
    let house = House::open().await;
    let files = Files::new();
    let long = |length: usize| "X".repeat(length);
    let text = format!(
        "{HEADER}\n\
         2000000002,1,{},,06/01/2026\n\
         2000000010,1,\"{}\",,06/01/2026\n\
         2999999990,1,AM\u{202e}BER,,06/01/2026\n",
        long(5_000),
        long(2 << 20),
    );
    let path = files.text("long.csv", text.into_bytes());
    let rejects = path.with_extension("rejects");
    let options = Options {
        reject_file: Some(rejects.clone()),
        ..Options::default()
    };
    let report = import_with(&house, &[path], &options).await.expect("imported");
    let c = report.total();
    assert_eq!((c.rows_in, c.added, c.rejected), (3, 1, 2), "{report}");
    let told = fs::read_to_string(rejects).expect("the reject file");
    assert!(
        told.contains("has 5000 characters") && told.contains("longer than a megabyte"),
        "{told}"
    );
    let last = provider(&house, "2999999990").await.expect("there").name.last;
    assert_eq!(last.as_deref(), Some("Amber"));
}

#[tokio::test]
async fn a_file_that_is_none_says_what_was_expected() {
    let house = House::open().await;
    let files = Files::new();
    for (name, bytes) in [
        ("empty.csv", Vec::new()),
        ("roster.csv", b"Name,Address\nA,B\n".to_vec()),
        ("dac.csv", b"NPI,Provider Name,Primary Specialty\n".to_vec()),
        ("noise.bin", (0..=255).collect()),
    ] {
        let error = import_with(&house, &[files.text(name, bytes)], &Options::default())
            .await
            .expect_err(name);
        assert!(matches!(error, Error::UnknownLayout { .. }), "{name}: {error}");
        assert!(error.to_string().contains("Entity Type Code"), "{error}");
    }
    let wide = format!("{HEADER}\n2000000002,1,SMITH,,06/01/2026\n");
    let wide: Vec<u8> = "\u{feff}"
        .encode_utf16()
        .chain(wide.encode_utf16())
        .flat_map(u16::to_le_bytes)
        .collect();
    let refused = import_with(&house, &[files.text("wide.csv", wide)], &Options::default()).await;
    let refused = refused.expect_err("UTF-16").to_string();
    assert!(refused.contains("UTF-16"), "{refused}");
    let missing = import_with(&house, &["/nowhere/npi.csv".into()], &Options::default()).await;
    assert!(matches!(missing, Err(Error::Unreadable { .. })));
    assert_eq!(number(&house, "SELECT count(*) FROM provider").await, 0);
}

#[tokio::test]
async fn a_gzip_cut_off_stores_what_came_whole_and_says_so() {
    let house = House::open().await;
    let files = Files::new();
    let whole = fs::read(fixture("npidata_pfile_ct_organizations_2018.csv")).expect("a fixture");
    let mut gzip = GzEncoder::new(Vec::new(), Compression::none());
    gzip.write_all(&whole).expect("packed");
    let packed = gzip.finish().expect("packed");
    let path = files.text("cut.csv.gz", &packed[..packed.len() - 4000]);
    let error = import_with(
        &house,
        &[path],
        &Options {
            batch_rows: 5,
            ..Options::default()
        },
    )
    .await
    .expect_err("cut");
    assert!(matches!(error, Error::Damaged { .. }), "{error}");
    assert!(number(&house, "SELECT count(*) FROM provider").await > 0);
}

#[tokio::test]
async fn answers_of_the_registry_that_are_errors_are_rejected() {
    let house = House::open().await;
    let files = Files::new();
    let error = r#"{"Errors":[{"description":"No valid search criteria provided","field":"generic","number":"04"}]}"#;
    let bad = r#"{"number":"1234567890","enumeration_type":"NPI-1","basic":{"last_name":"X"}}"#;
    let good = r#"{"number":1234567893,"enumeration_type":"NPI-1","basic":{"last_name":"SMITH","name_suffix":"--","gender":"F"}}"#;
    for (name, text, rejected) in [
        ("lines.ndjson", format!("{error}\n{bad}\n\nnot json\n{good}\n"), 3),
        ("list.json", format!("[{error},\n{bad},\n{good}]"), 2),
        (
            "pretty.json",
            format!("{{\n\"result_count\": 2,\n\"results\": [\n{bad},\n{good}\n]}}\n"),
            1,
        ),
        ("empty.json", r#"{"result_count":0,"results":[]}"#.to_owned(), 0),
    ] {
        let path = files.text(name, text);
        let rejects = path.with_extension("rejects");
        let options = Options {
            reject_file: Some(rejects.clone()),
            ..Options::default()
        };
        let report = import_with(&house, &[path], &options).await.expect(name);
        assert_eq!(report.total().rejected, rejected, "{name}: {report}");
        assert_eq!(
            report.total().rows_in,
            rejected + u64::from(rejected > 0),
            "{name}: {report}"
        );
        if rejected > 1 {
            let text = fs::read_to_string(rejects).expect("the reject file");
            assert!(
                text.contains("error 04: No valid search criteria provided (generic)"),
                "{text}"
            );
        }
    }
    let cut = files.text("cut.json", format!("[{good},"));
    assert!(matches!(
        import_with(&house, &[cut], &Options::default()).await,
        Err(Error::Damaged { .. })
    ));
    let read = provider(&house, "1234567893").await.expect("there");
    assert_eq!((read.name.display().as_str(), read.name.suffix), ("Smith", None));
}

#[tokio::test]
async fn one_npi_twice_in_a_file_is_merged_in_order() {
    let house = House::open().await;
    let files = Files::new();
    let text = format!(
        "{HEADER}\n2000000002,1,FIRST,,06/01/2026\n2000000002,1,SECOND,,06/02/2026\n2000000002,1,FIRST,,06/01/2026\n"
    );
    let report = import(&house, &[files.text("twice.csv", text)]).await;
    let c = report.total();
    assert_eq!((c.added, c.changed, c.older), (1, 1, 1), "{report}");
    assert_eq!(
        provider(&house, "2000000002")
            .await
            .expect("there")
            .name
            .last
            .as_deref(),
        Some("Second")
    );
}
