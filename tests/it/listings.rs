//! Whether listings are still true, over HTTP.

use std::time::Duration;

use axum::{body::Body, http::Request};
use chrono::{DateTime, Utc};
use provider_directory::feed::workflow::suppress_listings;
use serde_json::{Value, json};

use crate::{
    credentialing_http::ask,
    http_site::{Answer, Site},
};

pub async fn post(site: &Site, path: &str, body: Value) -> Answer {
    let request = Request::post(path)
        .header("content-type", "application/json")
        .body(Body::from(body.to_string()))
        .expect("a request");
    site.send(request).await
}

/// An ACTIVE provider in Texas, confirmed on a day.
pub async fn listed(site: &Site, npi: &str, verified: &str) {
    site.person(
        json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": npi,
        "verified_at": verified, "locations": [{"city": "Houston", "state": "TX", "postal_code": "77030"}]}),
    )
    .await;
    let roster = json!({"npis": [npi], "source": "Roster", "decided": "2026-01-01"});
    let done = site
        .write("POST", "/credentialing-requests/delegated", None, roster)
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
}

/// 2.18, 2.19: due, not verified, to be removed; confirming begins the clock anew and keeps what was confirmed.
#[tokio::test]
async fn feature_2_18_listings_are_confirmed_in_time() {
    let site = Site::open().await;
    // Today is 22 November 2026: confirmed 91 days, 80 days and 10 days ago.
    listed(&site, "1234567893", "2026-08-23").await;
    listed(&site, "1003000126", "2026-09-03").await;
    listed(&site, "1003000142", "2026-11-12").await;
    let due = ask(&site, &site.token, "GET", "/listings/due", Value::Null)
        .await
        .json();
    let standings = due
        .as_array()
        .expect("a list")
        .iter()
        .map(|d| d["standing"].clone())
        .collect::<Vec<_>>();
    assert_eq!(standings, ["not_verified", "due"], "{due}");
    let told = site.get("/providers/1234567893/listing").await.json();
    assert_eq!(
        (&told["verified"], &told["clock"]["removal_on"]),
        (&json!(false), &json!("2026-11-30")),
        "{told}"
    );
    let confirmed = site
        .write(
            "POST",
            "/providers/1234567893/attestations",
            None,
            json!({"method": "telephone"}),
        )
        .await;
    assert_eq!(
        (confirmed.status.as_u16(), &confirmed.json()["verified"]),
        (201, &json!(true)),
        "{}",
        confirmed.text
    );
    let due = ask(&site, &site.token, "GET", "/listings/due", Value::Null)
        .await
        .json();
    assert_eq!(due.as_array().map(Vec::len), Some(1));
    let kept = ask(
        &site,
        &site.token,
        "GET",
        "/providers/1234567893/attestations",
        Value::Null,
    )
    .await
    .json();
    assert_eq!(
        (&kept[0]["method"], &kept[0]["snapshot"]["npi"]),
        (&json!("telephone"), &json!("1234567893")),
        "{kept}"
    );
    let touched = sqlx::query("UPDATE listing_attestation SET method = 'x'")
        .execute(&mut site.house.owner().await)
        .await;
    assert!(touched.is_err(), "a snapshot stays");
}

/// 2.18, 2.19: what nobody confirmed in time is flagged at once and, five business days later, in no search until somebody does;
/// claims are answered as before.
#[tokio::test]
async fn feature_2_18_and_2_19_listings_are_flagged_then_suppressed_until_they_are_confirmed() {
    let site = Site::open().await;
    // Confirmed 91 days before 22 November 2026, so to be removed on the 30th; and one that is fresh.
    listed(&site, "1234567893", "2026-08-23").await;
    listed(&site, "1003000142", "2026-11-12").await;
    let settle = async || {
        let position = site.house.settled().await;
        assert!(
            site.index.wait_for(position, Duration::from_secs(30)).await,
            "it arrives"
        );
    };
    let found = async || -> Vec<Value> {
        let found = site.get("/providers/search?name=smith").await;
        let mut npis: Vec<Value> = found.json()["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|card| card["npi"].clone())
            .collect();
        npis.sort_by_key(Value::to_string);
        npis
    };
    let (old, fresh) = (json!("1234567893"), json!("1003000142"));
    settle().await;
    let page = async |npi: &str| site.get(&format!("/p/{npi}")).await.text;
    assert!(page("1234567893").await.contains("Not verified"));
    assert!(!page("1003000142").await.contains("Not verified"));
    let cards = site.get("/?q=smith").await.text;
    assert_eq!(cards.matches("Not verified").count(), 1, "{cards}");

    let day = |text: &str| format!("{text}T12:00:00Z").parse::<DateTime<Utc>>().expect("a moment");
    assert_eq!(
        suppress_listings(&site.house.store, day("2026-11-29"))
            .await
            .expect("looked"),
        0
    );
    assert_eq!(
        suppress_listings(&site.house.store, day("2026-11-30"))
            .await
            .expect("looked"),
        1
    );
    assert_eq!(
        suppress_listings(&site.house.store, day("2026-11-30"))
            .await
            .expect("looked"),
        0,
        "once"
    );
    settle().await;
    assert_eq!(found().await, std::slice::from_ref(&fresh));
    let why = site.get("/providers/1234567893/why-not?name=smith").await.json();
    assert_eq!(
        (&why["matches"], &why["causes"][0]["cause"]),
        (&json!(false), &json!("suppressed")),
        "{why}"
    );
    assert!(
        page("1234567893").await.contains("Not verified"),
        "its own page goes on"
    );
    site.feed.rebuild().await.expect("built anew");
    assert_eq!(
        found().await,
        std::slice::from_ref(&fresh),
        "a new generation knows of it too"
    );
    // Somebody confirms it: it is found again at once.
    let confirmed = site
        .write(
            "POST",
            "/providers/1234567893/attestations",
            None,
            json!({"method": "telephone"}),
        )
        .await;
    assert_eq!(confirmed.status, 201, "{}", confirmed.text);
    settle().await;
    assert_eq!(found().await, [fresh.clone(), old.clone()]);
    // A later confirmation that comes in by a file brings it back as well.
    assert_eq!(
        suppress_listings(&site.house.store, day("2027-03-31"))
            .await
            .expect("looked"),
        2
    );
    site.house
        .sql("UPDATE provider SET verified_at = '2027-03-30' WHERE npi = 1234567893")
        .await;
    assert_eq!(
        suppress_listings(&site.house.store, day("2027-03-31"))
            .await
            .expect("looked"),
        1
    );
    settle().await;
    assert_eq!(found().await, [old]);
}

/// 2.21: anybody reports, somebody sees to it, the reporter follows.
#[tokio::test]
async fn feature_2_21_reports_have_an_outcome() {
    let site = Site::open().await;
    listed(&site, "1234567893", "2026-08-23").await;
    assert_eq!(
        post(&site, "/providers/1234567893/reports", json!({"text": " "}))
            .await
            .status,
        400
    );
    assert_eq!(
        post(&site, "/providers/1003000126/reports", json!({"text": "x"}))
            .await
            .status,
        404
    );
    let made = post(
        &site,
        "/providers/1234567893/reports",
        json!({"text": "The telephone is dead.", "contact": "me@example.org"}),
    )
    .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let key = made.json()["key"].as_str().expect("a key").to_owned();
    let followed = site.get(&format!("/reports/{key}")).await.json();
    assert_eq!(
        (&followed["status"], &followed["due_at"]),
        (&json!("OPEN"), &json!("2026-11-25T06:00:00Z"))
    );
    assert!(followed.get("contact").is_none());
    let open = ask(&site, &site.token, "GET", "/listing-changes", Value::Null)
        .await
        .json();
    assert_eq!(
        (&open[0]["text"], &open[0]["kind"]),
        (&json!("The telephone is dead."), &json!("report"))
    );
    let decide = format!("/listing-changes/{}/decide", open[0]["id"].as_str().expect("an id"));
    site.write("POST", &decide, None, json!({"apply": false, "outcome": "It rings."}))
        .await;
    let followed = site.get(&format!("/reports/{key}")).await.json();
    assert_eq!(
        (&followed["status"], &followed["outcome"]),
        (&json!("DISMISSED"), &json!("It rings."))
    );
    assert_eq!(site.get("/reports/none").await.status, 401);
}

/// 2.24: a missing answer leaves a listing unverified, never a ghost; a person's word makes one, a later one undoes it.
#[tokio::test]
async fn feature_2_24_nobody_is_a_ghost_by_silence() {
    let site = Site::open().await;
    site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": "1234567893"}))
        .await;
    let path = "/providers/1234567893/signals";
    let notice = async |signal: &str, on: &str| {
        let body = json!({"signal": signal, "on": on, "source": "call centre"});
        site.write("POST", path, None, body).await
    };
    for day in ["2026-11-18", "2026-11-19", "2026-11-20"] {
        let told = notice("no_answer", day).await;
        assert_eq!(
            (told.status.as_u16(), &told.json()["presence"]),
            (201, &json!("unverified")),
            "{}",
            told.text
        );
    }
    assert_eq!(
        notice("phone_disconnected", "2026-11-20").await.json()["presence"],
        "doubtful"
    );
    assert_eq!(notice("visit_denied", "2026-11-21").await.json()["presence"], "ghost");
    let told = notice("claim_seen", "2026-11-22").await.json();
    assert_eq!(told["presence"], "present", "{told}");
    assert_eq!(told["because"], json!([{"signal": "claim_seen", "on": "2026-11-22"}]));
    for (body, field) in [
        (json!({"signal": "gone", "on": "2026-11-22", "source": "x"}), "signal"),
        (json!({"signal": "no_answer", "on": "2026-11-23", "source": "x"}), "on"),
        (
            json!({"signal": "no_answer", "on": "2026-11-22", "source": " "}),
            "source",
        ),
    ] {
        let refused = site.write("POST", path, None, body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (400, field),
            "{}",
            refused.text
        );
    }
    let kept = ask(&site, &site.token, "GET", path, Value::Null).await.json();
    assert_eq!(
        kept["signals"].as_array().map(Vec::len),
        Some(6),
        "a refusal writes nothing"
    );
}

/// 2.25: a fixed seed draws a fixed sample of those who take part today, and what is found gives a fixed score.
#[tokio::test]
async fn feature_2_25_a_fixed_seed_gives_a_fixed_sample_and_score() {
    use provider_directory::{domain::access::Role, vocab::Npi};
    let site = Site::open().await;
    let payer = site.house.network("BlueChoice", true).await;
    let plan = json!({"organization_id": payer.organization_id, "code": "GOLD", "name": "Gold", "networks": [{"network_id": payer.id}]});
    let plan = site.write("POST", "/plans", None, plan).await.json()["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let npis: Vec<String> = (0..8).map(|n| Npi::from_base(100_000_000 + n).to_string()).collect();
    for (n, npi) in npis.iter().enumerate() {
        site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": npi}))
            .await;
        let until = (n == 7).then_some("2026-11-21"); // The last one left yesterday.
        let list = json!({"participations": [{"network_id": payer.id, "status": "ACTIVE", "effective": "2026-01-01", "termination": until}]});
        let path = format!("/providers/{npi}/participations");
        assert_eq!(site.write("PUT", &path, Some("*"), list).await.status, 200);
    }
    // One more is not let in.
    let roster = json!({"npis": npis[1..], "source": "R", "decided": "2026-01-01"});
    site.write("POST", "/credentialing-requests/delegated", None, roster)
        .await;
    let boss = crate::credentialing_http::token(&site, "boss", Role::OrganizationAdmin, payer.organization_id).await;
    let draw = async |seed: &str, size: i64| {
        let path = format!("/plans/{plan}/accuracy-reports");
        ask(&site, &boss, "POST", &path, json!({"seed": seed, "size": size})).await
    };
    let people = |report: &Value| {
        let list = report["listings"].as_array().expect("a list").iter();
        list.map(|l| l["listed"]["npi"].as_str().expect("an npi").to_owned())
            .collect::<Vec<_>>()
    };
    let first = draw("2026", 4).await;
    assert_eq!(first.status, 201, "{}", first.text);
    let first = first.json();
    assert_eq!((&first["population"], people(&first).len()), (&json!(6), 4));
    assert_eq!(people(&draw("2026", 4).await.json()), people(&first), "the same seed");
    assert_eq!(
        people(&draw("2026", 6).await.json())[..4],
        people(&first),
        "a larger one goes on"
    );
    assert_ne!(
        people(&draw("2027", 6).await.json()),
        people(&draw("2026", 6).await.json())
    );

    let path = format!("/accuracy-reports/{}", first["id"].as_str().expect("an id"));
    let found = [
        json!({"name": "right", "phone": "wrong", "in_network": "right"}),
        json!({"name": "right", "phone": "right"}),
        json!({"phone": "unreachable"}),
    ];
    for (npi, found) in people(&first).iter().zip(found) {
        let done = ask(
            &site,
            &boss,
            "POST",
            &format!("{path}/findings"),
            json!({"provider": npi, "found": found}),
        )
        .await;
        assert_eq!(done.status, 200, "{}", done.text);
    }
    let told = ask(&site, &boss, "GET", &path, Value::Null).await.json();
    let score = &told["score"];
    assert_eq!(
        (
            &score["sample"],
            &score["checked"],
            &score["all_right"],
            &score["score"]
        ),
        (&json!(4), &json!(3), &json!(1), &json!(80.0)),
        "{score}"
    );
    assert_eq!(score["fields"]["phone"]["share"], 0.5);
    // What was drawn is kept: a later change of the directory changes neither sample nor score.
    let npi = &people(&first)[0];
    site.write(
        "PATCH",
        &format!("/providers/{npi}"),
        Some("*"),
        json!({"last_name": "Jones"}),
    )
    .await;
    assert_eq!(ask(&site, &boss, "GET", &path, Value::Null).await.json(), told);
    // Who is not in the sample, and whoever is not the payer.
    let stranger = npis.iter().find(|npi| !people(&first).contains(npi)).expect("one");
    let refused = json!({"provider": stranger, "found": {"name": "right"}});
    let refused = ask(&site, &boss, "POST", &format!("{path}/findings"), refused).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().1.as_str()),
        (422, "stranger"),
        "{}",
        refused.text
    );
    let other = site.house.organization("Other").await.id;
    let other = crate::credentialing_http::token(&site, "other", Role::OrganizationAdmin, other).await;
    assert_eq!(ask(&site, &other, "GET", &path, Value::Null).await.status, 404);
    assert_eq!(draw("", 4).await.fault().0, "seed");
    assert_eq!(draw("x", 0).await.fault().0, "size");
}
