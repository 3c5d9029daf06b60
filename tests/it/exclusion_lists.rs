//! Lists of exclusions other than the OIG's, from the file to the approval that they stand in the way of.

use provider_directory::{
    intake::exclusions::{self, Asked, Layout, Part},
    store::{
        Error,
        credentialing::{self, NewRequest},
        exclusion,
    },
    vocab::terms::NetworkStatus,
};
use serde_json::json;

use crate::{
    credentialing_steps::{approve, open_request, status, work},
    house::{House, admin, noon, person},
    http_site::Site,
};

const SAM: &str = "Classification,Name,Prefix,First,Middle,Last,Suffix,Address 1,City,State / Province,Country,Zip Code,\
    Exclusion Program,Excluding Agency,CT Code,Exclusion Type,Additional Comments,Active Date,Termination Date,Record Status,\
    SAM Number,CAGE,NPI\n\
    Individual,,Dr,JANE,,DOE,,,,,USA,,Reciprocal,HHS,Z1,Prohibition/Restriction,,01/31/2020,Indefinite,,S1,,1234567893\n\
    Individual,,,RICHARD,,ROE,,,,,USA,,Reciprocal,HHS,,Ineligible,,01/31/2020,Indefinite,,S2,,\n\
    Individual,,,OVER,,LONG,,,,,USA,,Reciprocal,HHS,,Ineligible,,01/31/2010,01/31/2015,,S3,,1003000142\n\
    Firm,ACME,,,,,,,,,USA,,Reciprocal,HHS,,Ineligible,,soon,,,S4,,\n";

const STATE_LAYOUT: &str = "source = \"TX HHSC OIG\"\ndate_formats = [\"%m/%d/%Y\"]\nneeded = [\"name\", \"excluded_on\"]\n\
    name = \"last, first\"\n[columns]\nname = \"Provider\"\nnpi = \"NPI\"\nexcluded_on = \"Start\"\nreinstated_on = \"End\"\n";
const STATE: &str = "Start,End,Provider,NPI\n\
    01/31/2020,,\"DOE, JANE\",1234567893\n\
    01/31/2020,,\"ROE, RICHARD\",\n\
    01/31/2010,01/31/2015,\"LONG, OVER\",1003000142\n\
    soon,,\"DOE, JOHN\",\n";

/// A number on the list is an identification and stands in the way of an approval; a name is for a person to look at, and
/// what has been lifted counts for nothing.
async fn goes_through(layout: &Layout, text: &str) {
    let house = House::open().await;
    let numbered = house.provider("OTHERNAME", Some("1234567893")).await.id;
    let mut named = person("Roe", None);
    named.first_name = Some("Richard".to_owned());
    let named = house.create(&named).await.id;
    let lifted = house.provider("LONG", Some("1003000142")).await.id;
    let mut requests = Vec::new();
    for id in [numbered, named, lifted] {
        requests.push(open_request(&house, id, &NewRequest::default()).await);
    }
    let ground = tempfile::tempdir().expect("a folder");
    let file = ground.path().join("list.csv");
    std::fs::write(&file, text).expect("written");
    let asked = Asked {
        file: &file,
        layout,
        part: Part::Whole,
        as_of: noon().date_naive(),
        dry_run: false,
        force: false,
    };
    let report = exclusions::import(&house.store, &admin(), asked, noon())
        .await
        .expect("loaded");
    assert_eq!((report.lines, report.skipped), (3, 1), "{report:?}");
    assert_eq!((report.identified, report.candidates), (1, 1), "{report:?}");
    work(&house, noon()).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let mut found = exclusion::findings(&mut tx, Some("OPEN"), None, 10)
        .await
        .expect("read");
    found.sort_by(|a, b| b.hit.cmp(&a.hit));
    let told: Vec<_> = found
        .iter()
        .map(|f| (f.provider_id, f.hit.as_str(), f.source.as_str()))
        .collect();
    let source = layout.source.as_str();
    assert_eq!(
        told,
        [(numbered.0, "identified", source), (named.0, "candidate", source)]
    );
    let refused = credentialing::approve(&mut tx, requests[0], None, noon()).await;
    assert!(
        matches!(&refused, Err(Error::Refused(fault)) if fault.code == "excluded"),
        "{refused:?}"
    );
    drop(tx);
    assert_eq!(status(&house, numbered).await, NetworkStatus::Pending);
    for request in &requests[1..] {
        approve(&house, *request, noon()).await;
    }
    assert_eq!(status(&house, named).await, NetworkStatus::Active);
    assert_eq!(status(&house, lifted).await, NetworkStatus::Active);
}

#[tokio::test]
async fn feature_3_10_sam_stands_in_the_way_of_an_approval() {
    goes_through(&Layout::sam(), SAM).await;
}

#[tokio::test]
async fn feature_3_10_a_states_list_stands_in_the_way_of_an_approval() {
    let ground = tempfile::tempdir().expect("a folder");
    let file = ground.path().join("texas.toml");
    std::fs::write(&file, STATE_LAYOUT).expect("written");
    goes_through(&Layout::read(&file).expect("a layout"), STATE).await;
}

/// 3.10: a file that did not arrive whole lifts nobody; a person may say that it is right.
#[tokio::test]
async fn feature_3_10_a_list_that_was_cut_off_is_not_taken() {
    let house = House::open().await;
    let layout = Layout::sam();
    let (header, _) = SAM.split_once('\n').expect("a header");
    let line = |n: usize| format!("Individual,,,JOHN,,ROE{n},,,,,USA,,Reciprocal,HHS,,Ineligible,,02/29/2016,,,S{n},,");
    let ground = tempfile::tempdir().expect("a folder");
    let file = ground.path().join("list.csv");
    let load = async |lines: usize, force: bool| {
        let lines = std::iter::once(header.to_owned()).chain((0..lines).map(line));
        std::fs::write(&file, lines.collect::<Vec<_>>().join("\n")).expect("written");
        let asked = Asked {
            file: &file,
            layout: &layout,
            part: Part::Whole,
            as_of: noon().date_naive(),
            dry_run: false,
            force,
        };
        let loaded = exclusions::import(&house.store, &admin(), asked, noon()).await;
        loaded.map(|report| report.lines)
    };
    for (lines, force, taken) in [
        (0, false, false),
        (200, false, true),
        (0, false, false),
        (179, false, false),
        (180, false, true),
        (1, true, true),
        (0, true, true),
    ] {
        let loaded = load(lines, force).await;
        match &loaded {
            Err(refused) => assert!(!taken && refused.to_string().contains("--force"), "{lines}: {refused}"),
            Ok(loaded) => assert!(taken && *loaded == lines, "{lines}"),
        }
    }
}

/// 3.10: a decision about a finding is taken back by another one, each with its note in the audit.
#[tokio::test]
async fn feature_3_10_a_decision_about_a_finding_is_taken_back() {
    let site = Site::open().await;
    let provider = site
        .person(json!({"kind": "individual", "category": "practitioner", "last_name": "Doe", "npi": "1234567893"}))
        .await;
    site.house
        .sql(
            "WITH l AS (INSERT INTO exclusion_list (source, as_of, loaded_at, is_current)
                VALUES ('OIG LEIE', '2026-11-01', now(), true) RETURNING id)
            INSERT INTO exclusion (list_id, line, npi, last_name, first_name, business_name, state, kind, excluded_on, waiver_state)
            SELECT l.id, 1, 1234567893, 'DOE', 'JANE', '', 'TX', '1128a1', '2026-10-20', '' FROM l",
        )
        .await;
    let id: uuid::Uuid = provider["id"].as_str().expect("an id").parse().expect("a uuid");
    let mut tx = site.house.store.begin(&admin()).await.expect("begun");
    exclusion::screen(&mut tx, &[id.into()], noon())
        .await
        .expect("screened");
    tx.commit().await.expect("committed");
    let found = site
        .write("GET", "/exclusions/findings", None, json!(null))
        .await
        .json();
    let path = format!(
        "/exclusions/findings/{}/decide",
        found[0]["id"].as_str().expect("an id")
    );
    let decide = async |confirmed: bool, note: &str| {
        site.write("POST", &path, None, json!({"confirmed": confirmed, "note": note}))
            .await
    };
    let approve = async || {
        let body = json!({"npis": ["1234567893"], "source": "R", "decided": "2026-11-01"});
        site.write("POST", "/credentialing-requests/delegated", None, body)
            .await
    };
    assert_eq!(decide(false, "another birthday").await.status, 200);
    let again = decide(false, "another birthday").await;
    assert_eq!(
        (again.status.as_u16(), again.fault()),
        (422, ("confirmed".to_owned(), "decided".to_owned())),
        "{}",
        again.text
    );
    assert_eq!(decide(true, "the wrong line was looked at").await.status, 200);
    let refused = approve().await;
    assert!(refused.text.contains("excluded"), "{}", refused.text);
    assert_eq!(decide(false, "reinstated, by letter of the OIG").await.status, 200);
    let approved = approve().await;
    assert!(
        approved.status.is_success() && !approved.text.contains("excluded"),
        "{}",
        approved.text
    );
    let said: Vec<(String, Option<String>)> = sqlx::query_as(
        "SELECT detail ->> 'reason', detail #>> '{was,reason}' FROM audit WHERE action = 'exclusions.decide' ORDER BY id",
    )
    .fetch_all(&mut site.house.owner().await)
    .await
    .expect("read");
    let pair = |reason: &str, was: Option<&str>| (reason.to_owned(), was.map(str::to_owned));
    assert_eq!(
        said,
        [
            pair("another birthday", None),
            pair("the wrong line was looked at", Some("another birthday")),
            pair("reinstated, by letter of the OIG", Some("the wrong line was looked at")),
        ]
    );
    let gone = site
        .write(
            "POST",
            "/exclusions/findings/018f0000-0000-7000-8000-000000000000/decide",
            None,
            json!({"confirmed": true, "note": "x"}),
        )
        .await;
    assert_eq!(gone.status, 404);
}
