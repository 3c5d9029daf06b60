//! 2.22: who says what of a provider, and whose word counts where NPPES says something else.

use provider_directory::intake::nppes::Options;
use serde_json::{Value, json};

use crate::{
    credentialing_http::ask,
    http_site::Site,
    nppes_import::{import_with, number},
    nppes_lessons::Files,
};

const NPI: &str = "1234567893";

/// A row of NPPES with these words for name, telephone and day.
async fn nppes(site: &Site, files: &Files, first: &str, phone: &str, updated: &str, trusted_days: u32) -> u64 {
    let row = [
        ("NPI", NPI),
        ("Entity Type Code", "1"),
        ("Provider Last Name (Legal Name)", "SMITH"),
        ("Provider First Name", first),
        ("Provider First Line Business Practice Location Address", "1 MAIN ST"),
        ("Provider Business Practice Location Address City Name", "HOUSTON"),
        ("Provider Business Practice Location Address State Name", "TX"),
        ("Provider Business Practice Location Address Postal Code", "77030"),
        ("Provider Business Practice Location Address Telephone Number", phone),
        ("Last Update Date", updated),
    ];
    let options = Options {
        trusted_days,
        ..Options::default()
    };
    let report = import_with(&site.house, &[files.main(&[&row])], &options)
        .await
        .expect("imported");
    report.total().proposals
}

async fn read(site: &Site) -> Value {
    site.get(&format!("/providers/{NPI}")).await.json()
}

#[tokio::test]
async fn feature_2_22_attested_beats_nppes_until_it_is_too_old() {
    let (site, files) = (Site::open().await, Files::new());
    nppes(&site, &files, "JANE", "7135550100", "01/02/2026", 180).await;
    let told = read(&site).await;
    assert_eq!(
        told["sources"]["phone"],
        json!({"source": "nppes", "verified_at": "2026-01-02", "confidence": 0.38})
    );
    // An administrator corrects the telephone, the provider confirms all of it.
    let path = format!("/providers/{NPI}");
    let changed = site
        .write("PATCH", &path, Some("*"), json!({"phone": "7135550111"}))
        .await;
    assert_eq!(
        changed.json()["sources"]["phone"]["source"],
        "manual",
        "{}",
        changed.text
    );
    assert_eq!(changed.json()["sources"]["name"]["source"], "nppes");
    let attested = site
        .write(
            "POST",
            &format!("{path}/attestations"),
            None,
            json!({"method": "telephone"}),
        )
        .await;
    assert_eq!(attested.status, 201, "{}", attested.text);
    let told = read(&site).await;
    for group in ["phone", "name", "locations"] {
        assert_eq!(
            told["sources"][group],
            json!({"source": "attested", "verified_at": "2026-11-22", "confidence": 0.95}),
            "{group}"
        );
    }

    // NPPES says something else: what was confirmed stays, and a person is asked, once.
    assert_eq!(nppes(&site, &files, "JANET", "7135550122", "11/20/2026", 180).await, 1);
    let told = read(&site).await;
    assert_eq!(
        (&told["name"], &told["phone"]),
        (&json!("Jane Smith"), &json!("7135550111"))
    );
    let open = ask(&site, &site.token, "GET", "/change-proposals", Value::Null)
        .await
        .json();
    assert_eq!(open.as_array().map(Vec::len), Some(1), "{open}");
    let change = &open[0]["change"];
    assert_eq!(change["phone"], json!({"held": "7135550111", "offered": "7135550122"}));
    assert_eq!(change["first_name"], json!({"held": "Jane", "offered": "Janet"}));
    nppes(&site, &files, "JANET", "7135550133", "11/21/2026", 180).await;
    let open = ask(
        &site,
        &site.token,
        "GET",
        &format!("/change-proposals?provider={NPI}"),
        Value::Null,
    )
    .await;
    assert_eq!(open.json().as_array().map(Vec::len), Some(1), "{}", open.text);
    assert_eq!(open.json()[0]["change"]["phone"]["offered"], "7135550133");

    // Accepted, it happens, and is the register's word from then on.
    let id = open.json()[0]["id"].as_str().expect("an id").to_owned();
    let decide = async |accept: bool| {
        let path = format!("/change-proposals/{id}/decide");
        site.write("POST", &path, None, json!({"accept": accept})).await
    };
    let done = decide(true).await;
    assert_eq!(
        (done.status.as_u16(), &done.json()["status"]),
        (200, &json!("ACCEPTED")),
        "{}",
        done.text
    );
    assert_eq!(decide(false).await.status, 404, "decided once");
    let told = read(&site).await;
    assert_eq!(
        (&told["name"], &told["phone"]),
        (&json!("Janet Smith"), &json!("7135550133"))
    );
    assert_eq!(told["sources"]["phone"]["source"], "nppes");
    assert_eq!(told["sources"]["locations"]["source"], "attested");

    // Older than the days that are given, a word no longer counts, though the file has not changed.
    let old = "UPDATE provider SET provenance = jsonb_set(provenance, '{name}', '{\"source\": \"attested\", \"verified_at\": \"2026-05-25\"}'),
        first_name = 'June'";
    site.house.sql(old).await;
    assert_eq!(nppes(&site, &files, "JANET", "7135550133", "11/21/2026", 181).await, 0);
    assert_eq!(read(&site).await["name"], "June Smith", "181 days are not over");
    nppes(&site, &files, "JANET", "7135550133", "11/21/2026", 180).await;
    let told = read(&site).await;
    assert_eq!(
        (&told["name"], &told["sources"]["name"]["source"]),
        (&json!("Janet Smith"), &json!("nppes"))
    );
    assert_eq!(
        number(
            &site.house,
            "SELECT count(*) FROM change_proposal WHERE status = 'OPEN'"
        )
        .await,
        0
    );
}

/// 2.15, 2.22: a deactivated NPI is a proposal; accepted, the provider is out.
#[tokio::test]
async fn feature_2_15_a_deactivation_is_decided_by_a_person() {
    let (site, files) = (Site::open().await, Files::new());
    nppes(&site, &files, "JANE", "7135550100", "01/02/2026", 180).await;
    let deactivated = files.text(
        "NPPES Deactivated NPI Report 20261109.csv",
        format!("npi,deactivation_date\n{NPI},11/02/2026\n"),
    );
    import_with(&site.house, &[deactivated], &Options::default())
        .await
        .expect("imported");
    assert_eq!(
        read(&site).await["network_status"],
        "PENDING",
        "nothing happens by itself"
    );
    let open = ask(&site, &site.token, "GET", "/change-proposals", Value::Null)
        .await
        .json();
    assert_eq!(
        (&open[0]["kind"], &open[0]["change"]["occurred_on"]),
        (&json!("deactivate"), &json!("2026-11-02")),
        "{open}"
    );
    let path = format!("/change-proposals/{}/decide", open[0]["id"].as_str().expect("an id"));
    let done = site.write("POST", &path, None, json!({"accept": true})).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(read(&site).await["network_status"], "INACTIVE");
}
