//! Rosters over HTTP and on the command line: checked first, applied once.

use axum::{body::Body, http::Request};
use provider_directory::domain::access::Role;
use serde_json::{Value, json};

use crate::{
    credentialing_http::{ask, token},
    http_site::{Answer, Site},
};

async fn upload(site: &Site, token: &str, network: &str, file: &str) -> Answer {
    let request = Request::post(format!("/rosters?network={network}"))
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "text/csv")
        .body(Body::from(file.to_owned()))
        .expect("a request");
    site.send(request).await
}

/// 2.16: nothing changes before somebody says so; bad rows are told by line, good ones applied once.
#[tokio::test]
async fn feature_2_16_a_roster_is_checked_and_then_applied() {
    let site = Site::open().await;
    let network = site.house.network("BlueChoice", true).await;
    for npi in ["1234567893", "1003000126"] {
        site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": npi}))
            .await;
    }
    let roster = json!({"npis": ["1234567893", "1003000126"], "source": "R", "decided": "2026-01-01"});
    site.write("POST", "/credentialing-requests/delegated", None, roster)
        .await;
    let boss = token(&site, "boss", Role::OrganizationAdmin, network.organization_id).await;
    let other = site.house.organization("Other").await.id;
    let stranger = token(&site, "stranger", Role::OrganizationAdmin, other).await;
    let file = "npi,effective,termination,accepting\n\
        1234567893,2026-01-01,,newpt\n1003000126,2027-01-01,,\n1234567890,2026-01-01,,\n1003000142,2026-01-01,,\n";
    let id = network.id.to_string();
    let made = upload(&site, &boss, &id, file).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let told = made.json();
    assert_eq!((&told["good"], &told["applied_at"]), (&json!(2), &Value::Null));
    let faults = told["faults"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|f| (f["line"].clone(), f["code"].clone()));
    assert_eq!(
        faults.collect::<Vec<_>>(),
        [(json!(4), json!("check_digit")), (json!(5), json!("unknown_provider"))]
    );
    assert_eq!(
        site.get("/providers/1234567893").await.json()["participations"]
            .as_array()
            .map_or(0, Vec::len),
        0
    );
    let path = format!("/rosters/{}", told["id"].as_str().expect("an id"));
    assert_eq!(ask(&site, &stranger, "GET", &path, Value::Null).await.status, 404);
    assert_eq!(
        ask(&site, &stranger, "POST", &format!("{path}/apply"), Value::Null)
            .await
            .status,
        404
    );
    let foreign = upload(&site, &stranger, &id, file).await;
    assert!(foreign.status.is_client_error(), "{}", foreign.text);
    let applied = ask(&site, &boss, "POST", &format!("{path}/apply"), Value::Null).await;
    assert_eq!(
        (applied.status.as_u16(), &applied.json()["changed"]),
        (200, &json!(2)),
        "{}",
        applied.text
    );
    let at = applied.header("x-position").to_owned();
    let found = site
        .get(&format!("/providers/search?network={id}&min_position={at}"))
        .await
        .json();
    assert_eq!(found["total"]["value"], 1, "the other begins next year: {found}");
    let twice = ask(&site, &boss, "POST", &format!("{path}/apply"), Value::Null).await;
    assert_eq!(twice.status, 409, "{}", twice.text);
    let again = upload(&site, &boss, &id, file).await.json();
    let again = format!("/rosters/{}/apply", again["id"].as_str().expect("an id"));
    assert_eq!(
        ask(&site, &boss, "POST", &again, Value::Null).await.json()["changed"],
        0
    );
    let wrong = upload(&site, &boss, "x", file).await;
    assert_eq!((wrong.status.as_u16(), wrong.fault().0.as_str()), (400, "network"));
}

/// 2.11 with 2.16: a row may be for one location, by its id or its address; who is meant nowhere is told by line.
#[tokio::test]
async fn feature_2_11_a_roster_says_at_which_location() {
    let site = Site::open().await;
    let network = site.house.network("BlueChoice", true).await;
    let place =
        |street: &str, zip: &str| json!({"line1": street, "city": "Houston", "state": "TX", "postal_code": zip});
    let made = site
        .person(
            json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": "1234567893",
            "locations": [place("6550 Fannin Street", "77030"), place("12 N Main St", "77002")]}),
        )
        .await;
    let id_of = |street: &str| {
        let mut all = made["locations"].as_array().expect("locations").iter();
        let found = all.find(|l| l["line1"] == street).expect("the location");
        found["id"].as_str().expect("an id").to_owned()
    };
    let [fannin, main] = ["6550 Fannin Street", "12 N Main St"].map(id_of);
    let boss = token(&site, "boss", Role::OrganizationAdmin, network.organization_id).await;
    let file = format!(
        "npi,effective,location,accepting\n\
        1234567893,2026-01-01,\"6550 FANNIN ST STE 9, Houston, TX 77030-1111\",newpt\n\
        1234567893,2026-02-01,{main},nopt\n\
        1234567893,2026-01-01,{fannin},\n\
        1234567893,2026-01-01,\"7 Elsewhere Rd, Houston, TX 77030\",\n\
        1234567893,2026-01-01,Fannin,\n\
        1234567893,2026-03-01,,\n"
    );
    let told = upload(&site, &boss, &network.id.to_string(), &file).await;
    assert_eq!(told.status, 201, "{}", told.text);
    let told = told.json();
    assert_eq!((&told["good"], &told["at_one_location"]), (&json!(3), &json!(2)));
    let faults = told["faults"].as_array().expect("a list").iter();
    let faults = faults.map(|f| json!([f["line"], f["field"], f["code"]]));
    assert_eq!(
        faults.collect::<Vec<_>>(),
        [
            json!([4, "location", "repeated"]),
            json!([5, "location", "unknown_location"]),
            json!([6, "location", "format"]),
        ]
    );
    let path = format!("/rosters/{}/apply", told["id"].as_str().expect("an id"));
    let applied = ask(&site, &boss, "POST", &path, Value::Null).await;
    assert_eq!(applied.json()["changed"], 3, "{}", applied.text);
    let seen = site.get("/providers/1234567893").await.json();
    let mut at = seen["networks"]
        .as_array()
        .expect("networks")
        .iter()
        .map(|n| (n["effective"].clone(), n["location_id"].clone()))
        .collect::<Vec<_>>();
    at.sort_by_key(|(from, _)| from.to_string());
    assert_eq!(
        at,
        [
            (json!("2026-01-01"), json!(fannin)),
            (json!("2026-02-01"), json!(main)),
            (json!("2026-03-01"), Value::Null),
        ]
    );
}
