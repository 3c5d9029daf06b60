//! Why not: for each cause a provider that is kept out by exactly that.

use std::sync::OnceLock;

use chrono::NaiveDate;
use provider_directory::{
    domain::provider::{Participation, Provider},
    intake::generate::network_id,
    query::{self, Request, request::Key},
    vocab::terms::{Accepting, NetworkStatus},
};
use serde_json::json;
use uuid::Uuid;

use super::{
    http_site::Site,
    words_names::{Words, now, provider},
};

fn in_network(
    network: usize,
    status: NetworkStatus,
    effective: (i32, u32, u32),
    accepting: Accepting,
) -> Participation {
    let (year, month, day) = effective;
    Participation {
        id: Uuid::nil(),
        network_id: network_id(network),
        location_id: None,
        tier: None,
        status,
        effective: NaiveDate::from_ymd_opt(year, month, day).expect("a day"),
        termination: None,
        accepting: Some(accepting),
        characteristics: None,
    }
}

fn providers() -> Vec<Provider> {
    let mut all: Vec<Provider> = (0..4).map(|n| provider(n, "Ada Quill", None, "207RC0000X")).collect();
    all[0].participations = vec![
        in_network(0, NetworkStatus::Active, (2020, 1, 1), Accepting::None),
        in_network(1, NetworkStatus::Pending, (2020, 1, 1), Accepting::New),
        in_network(2, NetworkStatus::Active, (2027, 1, 1), Accepting::New),
    ];
    all[1].locations.clear();
    all[2].network_status = NetworkStatus::Inactive;
    all
}

fn world() -> &'static Words {
    static WORLD: OnceLock<Words> = OnceLock::new();
    WORLD.get_or_init(|| Words::of(providers()))
}

#[test]
fn feature_1_48_each_cause_is_told_alone() {
    let network = |n: usize| network_id(n).to_string();
    let (closed, pending, future, none) = (network(0), network(1), network(2), network(3));
    for (number, parameters, cause) in [
        (
            0,
            vec![("specialty", "207RC0000X"), ("near", "77030"), ("radius", "10")],
            None,
        ),
        (
            0,
            vec![("specialty", "207N00000X")],
            Some(("specialty", "wanted 207N00000X, has 207RC0000X")),
        ),
        (0, vec![("language", "es")], Some(("language", "wanted es, has en"))),
        (
            0,
            vec![("name", "Brandt")],
            Some(("name", "`brandt` is not in `Ada Quill`")),
        ),
        (
            0,
            vec![("gender", "F")],
            Some(("filter", "the gender is another, or not known")),
        ),
        (
            0,
            vec![("open_at", "now")],
            Some(("filter", "the open at is another, or not known")),
        ),
        (
            0,
            vec![("near", "29.84,-95.4"), ("radius", "9")],
            Some(("distance", "9.7 > 9 mi")),
        ),
        (0, vec![("near", "29.84,-95.4"), ("radius", "10")], None),
        (0, vec![("bbox", "0,0,1,1")], Some(("filter", "lies outside the area"))),
        (
            0,
            vec![("network", &none)],
            Some(("network", "has no participation in it at this location")),
        ),
        (0, vec![("network", &closed)], None),
        (
            0,
            vec![("network", &closed), ("accepting_new_patients", "true")],
            Some(("accepting", "takes no new patients here, as far as is known")),
        ),
        (
            0,
            vec![("network", &pending)],
            Some(("status", "the participation is PENDING today")),
        ),
        (
            0,
            vec![("network", &future)],
            Some(("date", "the participation begins on 2027-01-01")),
        ),
        (
            0,
            vec![("exclude.specialty", "207RC0000X")],
            Some(("excluded", "it has what the search excludes")),
        ),
        (
            1,
            vec![("near", "77030")],
            Some(("no_location", "has no location whose position is known")),
        ),
        (
            2,
            vec![("network_status", "ACTIVE")],
            Some(("status", "wanted ACTIVE, is INACTIVE")),
        ),
        (3, vec![("q", "ada quill cardiologist")], None),
    ] {
        let snapshot = world().index.snapshot();
        let pairs: Vec<(String, String)> = parameters
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let request = Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
        let row = &providers()[number];
        let key = Key::Id(row.id.0.as_u128());
        let told = query::why_not(&snapshot, &key, &request, &row.participations, now())
            .expect("an answer")
            .expect("in the index");
        let found: Vec<(&str, &str)> = told.causes.iter().map(|c| (c.cause, c.detail.as_str())).collect();
        assert_eq!(found, cause.into_iter().collect::<Vec<_>>(), "{parameters:?}");
        let answer = query::search(&snapshot, &Request { limit: 100, ..request }, now()).expect("an answer");
        let shown = answer.cards().iter().any(|card| card.id == row.id.0);
        assert_eq!(shown, told.matches, "{parameters:?}");
    }
}

#[tokio::test]
async fn feature_1_41_and_1_48_unknown_providers_are_causes_and_cards_stand_side_by_side() {
    let site = Site::open().await;
    let person = |first: &str, npi: &str| {
        json!({
            "kind": "individual", "category": "practitioner", "first_name": first, "last_name": "Quill", "npi": npi,
            "specialties": [{"code": "207RC0000X", "primary": true}], "languages": ["en"],
            "locations": [{"city": "Houston", "state": "TX", "postal_code": "77030", "primary": true}]
        })
    };
    let ada = site.person(person("Ada", "1234567893")).await;
    let told = site
        .get("/providers/1234567893/why-not?specialty=207N00000X")
        .await
        .json();
    assert_eq!(told["causes"][0]["cause"], "specialty", "{told}");
    let locator = ada["locator"].as_str().expect("a locator");
    let told = site
        .get(&format!("/providers/{locator}/why-not?language=en"))
        .await
        .json();
    assert_eq!(told["matches"], true, "{told}");
    let told = site.get("/providers/1245319599/why-not?language=en").await.json();
    assert_eq!(told["causes"][0]["cause"], "unknown", "{told}");
    let refused = site.get("/providers/1234567893/why-not?colour=red").await;
    assert_eq!(refused.status, 400);

    let bea = site.person(person("Bea", "1245319599")).await;
    let path = format!(
        "/providers/compare?id=1234567893&id={}",
        bea["locator"].as_str().expect("a locator")
    );
    let compared = site.get(&path).await.json();
    let rows = compared["properties"].as_array().expect("rows");
    let row = |name: &str| rows.iter().find(|row| row["property"] == name).expect("a row");
    assert_eq!(row("name")["values"], json!(["Ada Quill", "Bea Quill"]));
    assert_eq!(
        (&row("name")["same"], &row("languages")["same"]),
        (&json!(false), &json!(true))
    );
    for bad in ["id=1234567893", "id=1&id=2", "x=1"] {
        assert_eq!(
            site.get(&format!("/providers/compare?{bad}")).await.status,
            400,
            "{bad}"
        );
    }
}

/// What the store has but no search sees yet is told apart from what nobody knows.
#[tokio::test]
async fn feature_1_48_what_is_not_indexed_yet_is_a_cause() {
    let site = Site::open().await;
    site.feed.stop().await;
    site.house.provider("Newcomer", Some("1234567893")).await;
    let cause = async |npi: &str| {
        let told = site
            .get(&format!("/providers/{npi}/why-not?name=newcomer"))
            .await
            .json();
        assert_eq!(told["matches"], false, "{told}");
        let causes = told["causes"].as_array().expect("causes");
        assert_eq!(causes.len(), 1, "{told}");
        causes[0]["cause"].as_str().unwrap_or_default().to_owned()
    };
    assert_eq!(cause("1234567893").await, "not_indexed");
    assert_eq!(cause("1245319599").await, "unknown");
}
