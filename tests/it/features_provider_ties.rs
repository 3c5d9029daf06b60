//! The rows of the feature table on what hangs on a provider: locations, specialties, ties to others, networks.

use provider_directory::vocab::ProviderId;
use serde_json::{Value, json};

use super::{
    features_providers::{npi, person},
    http_site::Site,
};

/// 2.09: a provider with five places is found near each, at that place, with its phone; its detail has hours and access.
#[tokio::test]
async fn feature_2_09_five_locations_are_found_near_each() {
    let site = Site::open().await;
    let places = [
        ("Houston", "TX", "77030"),
        ("Austin", "TX", "78701"),
        ("New York", "NY", "10013"),
        ("Miami", "FL", "33101"),
        ("Seattle", "WA", "98101"),
    ];
    let locations = (0..).zip(places).map(|(n, (city, state, zip))| {
        json!({"line1": format!("{n} Main St"), "city": city, "state": state, "postal_code": zip, "phone": format!("713555010{n}"),
            "hours": [{"weekday": n + 1, "opens": 480, "closes": 1020}], "accessibility": ["adacomp"], "primary": n == 0})
    });
    let locations = locations.collect::<Vec<_>>();
    let mut new = person("Fiveplaces");
    new["locations"] = json!(locations);
    let created = site.person(new).await;
    for (n, (city, state, zip)) in (0..).zip(places) {
        let found = site
            .get(&format!("/providers/search?near={zip}&radius=15"))
            .await
            .json();
        let card = &found["results"][0];
        assert_eq!(
            (&found["total"]["value"], &card["id"]),
            (&json!(1), &created["id"]),
            "{city}"
        );
        assert_eq!(
            (&card["location"]["city"], &card["location"]["state"]),
            (&json!(city), &json!(state))
        );
        assert_eq!(card["location"]["phone"], format!("713555010{n}"));
        let read = created["locations"]
            .as_array()
            .expect("places")
            .iter()
            .find(|l| l["city"] == city)
            .expect("the place");
        assert_eq!(
            (&read["hours"][0]["weekday"], &read["accessibility"]),
            (&json!(n + 1), &json!(["adacomp"]))
        );
    }
    let far = site.get("/providers/search?near=60601&radius=15").await.json();
    assert_eq!(far["total"]["value"], 0, "Chicago is none of them");
}

/// 2.13: two ties away, followed both ways; what somebody may not see is not there.
#[tokio::test]
async fn feature_2_13_ties_are_followed_two_hops() {
    let site = Site::open().await;
    let tied = async |body: Value| site.person(body).await["id"].as_str().expect("an id").to_owned();
    let firm = |name: &str, ties: Value| json!({"kind": "organization", "category": "group", "organization_name": name, "affiliations": ties});
    let doctor = |name: &str, ties: Value| json!({"kind": "individual", "category": "practitioner", "last_name": name, "affiliations": ties});
    let system = tied(firm("System", json!([]))).await;
    let hospital = tied(firm("Hospital", json!([{"to": system, "role": "part_of"}]))).await;
    let group = tied(firm("Group", json!([{"to": hospital, "role": "admitting"}]))).await;
    let boss = tied(doctor("Boss", json!([{"to": group, "role": "member_of"}]))).await;
    tied(doctor("Resident", json!([{"to": boss, "role": "supervised_by"}]))).await;
    tied(doctor("Colleague", json!([{"to": group, "role": "member_of"}]))).await;
    tied(doctor("Stranger", json!([]))).await;
    let around = async |key: &str, hops: &str| site.get(&format!("/providers/{key}/affiliations{hops}")).await;
    let named = |graph: &Value| {
        let told = graph["providers"].as_array().expect("a list").iter();
        told.map(|p| format!("{} {}", p["hops"], p["name"].as_str().expect("a name")))
            .collect::<Vec<_>>()
    };
    let two = around(&boss, "").await.json();
    assert_eq!(
        named(&two),
        ["0 Boss", "1 Group", "1 Resident", "2 Colleague", "2 Hospital"]
    );
    let ties = two["ties"].as_array().expect("a list");
    assert_eq!(ties.len(), 4, "{two}");
    assert!(ties.contains(&json!({"from": group, "to": hospital, "role": "admitting"})));
    assert_eq!(two["cut_off"], false);
    let three = around(&boss, "?hops=3").await.json();
    assert_eq!(named(&three).last().map(String::as_str), Some("3 System"));
    assert_eq!(named(&around(&boss, "?hops=1").await.json()).len(), 3);
    let refused = around(&boss, "?hops=9").await;
    assert_eq!((refused.status.as_u16(), refused.fault().0.as_str()), (400, "hops"));
    // A tenant's own entry that is tied to a public one is told to nobody else.
    let tenant = site.house.organization("Agency").await.id;
    let own = serde_json::from_value(doctor("Own", json!([{"to": group, "role": "covering"}]))).expect("a provider");
    let mut tx = site
        .house
        .store
        .begin(&super::house::member(tenant))
        .await
        .expect("begun");
    provider_directory::store::providers::create(&mut tx, &own, super::house::noon())
        .await
        .expect("created");
    tx.commit().await.expect("committed");
    assert_eq!(around(&boss, "").await.json(), two);
}

/// 2.14: several specialties with licences by state, exactly one primary; other identifiers beside them.
#[tokio::test]
async fn feature_2_14_exactly_one_specialty_is_primary() {
    let site = Site::open().await;
    let with = |list: Value| {
        let mut new = person("Primary");
        new["specialties"] = list;
        new
    };
    let primaries = |read: &Value| {
        let list = read["specialties"].as_array().expect("a list").iter();
        list.filter(|s| s["primary"] == true)
            .map(|s| s["code"].as_str().expect("a code").to_owned())
            .collect::<Vec<_>>()
    };
    for (list, primary) in [
        (json!([{"code": "207RC0000X"}, {"code": "208000000X"}]), "207RC0000X"),
        (
            json!([{"code": "207RC0000X"}, {"code": "208000000X", "primary": true}]),
            "208000000X",
        ),
        (
            json!([{"code": "207RC0000X", "license_number": "A", "license_state": "TX"},
            {"code": "207RC0000X", "license_number": "B", "license_state": "NY", "primary": true}]),
            "207RC0000X",
        ),
    ] {
        let created = site.person(with(list)).await;
        assert_eq!(
            (primaries(&created), created["specialties"].as_array().map(Vec::len)),
            (vec![primary.to_owned()], Some(2))
        );
    }
    let two = with(json!([{"code": "207RC0000X", "primary": true}, {"code": "208000000X", "primary": true}]));
    let refused = site.write("POST", "/providers", None, two).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (422, "specialties"),
        "{}",
        refused.text
    );
    let created = site
        .person(with(
            json!([{"code": "207RC0000X", "license_number": "A", "license_state": "TX"}]),
        ))
        .await;
    let path = format!("/providers/{}", created["id"].as_str().expect("an id"));
    let changed = site
        .write("PATCH", &path, Some("*"), json!({"specialty": "Dermatology"}))
        .await
        .json();
    assert_eq!(
        (primaries(&changed), changed["specialties"].as_array().map(Vec::len)),
        (vec!["207N00000X".to_owned()], Some(2)),
        "the other one stays"
    );
    let sql = "SELECT count(*) FROM provider p WHERE 1 <> (SELECT count(*) FROM provider_specialty s WHERE s.provider_id = p.id AND s.is_primary)";
    let without: i64 = sqlx::query_scalar(sql)
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("counted");
    assert_eq!(without, 0);
}

/// Participations are replaced as a list, under the version that was read, and what is wrong is named.
#[tokio::test]
async fn participations_are_a_list_that_is_replaced() {
    let site = Site::open().await;
    let network = site.house.network("BlueChoice", true).await;
    let other = site.house.network("GreenCare", true).await;
    let provider: ProviderId = site.house.provider("Member", Some(&npi(1))).await.id;
    // The names of networks are joined from memory, which the feed fills.
    let at = site.house.settled().await;
    assert_eq!(
        site.get(&format!("/providers/search?min_position={at}")).await.status,
        200
    );
    let path = format!("/providers/{provider}/participations");
    let entry = |network: String| json!({"network_id": network, "status": "ACTIVE", "effective": "2026-01-01"});
    let (one, two) = (entry(network.id.to_string()), entry(other.id.to_string()));
    let list = |entries: Value| json!({"participations": entries});
    let none = site.write("PUT", &path, None, list(json!([one]))).await;
    assert_eq!(none.status, 428);
    let both = site.write("PUT", &path, Some("\"1\""), list(json!([one, two]))).await;
    assert_eq!(
        (both.status.as_u16(), both.header("etag")),
        (200, "\"2\""),
        "{}",
        both.text
    );
    assert_eq!(
        site.write("PUT", &path, Some("\"1\""), list(json!([]))).await.status,
        412
    );
    let same = site.write("PUT", &path, Some("\"2\""), list(json!([two, one]))).await;
    assert_eq!(same.header("etag"), "\"2\"", "nothing differs: {}", same.text);
    let less = site.write("PUT", &path, Some("\"2\""), list(json!([two]))).await;
    let kept = &less.json()["networks"];
    assert_eq!(
        (less.header("etag"), kept.as_array().map(Vec::len), &kept[0]["name"]),
        ("\"3\"", Some(1), &json!("GreenCare"))
    );
    // 2.12: which new patients are taken is said only where some are.
    let with = |accepting: Value| {
        let mut said = two.clone();
        said["accepting"] = accepting;
        said["characteristics"] = json!("children up to 12");
        list(json!([said]))
    };
    for accepting in [json!("nopt"), Value::Null] {
        let refused = site.write("PUT", &path, Some("\"3\""), with(accepting)).await;
        let expected = (
            "participations[0].characteristics".to_owned(),
            "not_accepting".to_owned(),
        );
        assert_eq!(refused.fault(), expected, "{}", refused.text);
    }
    let said = site.write("PUT", &path, Some("\"3\""), with(json!("newpt"))).await;
    assert_eq!(
        said.json()["networks"][0]["characteristics"],
        "children up to 12",
        "{}",
        said.text
    );
    let closed = "UPDATE participation SET accepting = 'nopt' WHERE characteristics IS NOT NULL";
    let refused = sqlx::raw_sql(closed).execute(&mut site.house.owner().await).await;
    assert!(refused.is_err(), "not by SQL either");
    let unknown = entry("00000000-0000-7000-8000-00000000000a".to_owned());
    let mut backwards = one.clone();
    backwards["termination"] = json!("2025-01-01");
    let mut nowhere = one.clone();
    nowhere["location_id"] = json!("00000000-0000-7000-8000-00000000000b");
    for (entries, field) in [
        (json!([unknown]), "participations[0].network_id"),
        (json!([two, backwards]), "participations[1].termination"),
        (json!([nowhere]), "participations[0].location_id"),
        (json!([one, one]), "participations[1]"),
    ] {
        let refused = site.write("PUT", &path, Some("*"), list(entries)).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (422, field),
            "{}",
            refused.text
        );
    }
    let refused = site
        .write("PUT", &path, Some("*"), json!({"participations": [{"colour": 1}]}))
        .await;
    assert_eq!(refused.status, 400);
    assert_eq!(site.get(&format!("/providers/{provider}")).await.version(), "4");
}

/// What administrators make beside providers names what is wrong, and shows up in the lists that everybody may read.
#[tokio::test]
async fn organizations_networks_and_plans_are_made_and_listed() {
    let site = Site::open().await;
    let make = async |path: &str, body: Value| site.write("POST", path, None, body).await;
    let payer = make(
        "/organizations",
        json!({"name": "Payer", "slug": "payer", "type": "payer"}),
    )
    .await;
    assert_eq!(payer.status, 201, "{}", payer.text);
    let payer = payer.json()["id"].clone();
    let network = make("/networks", json!({"organization_id": payer, "name": "BlueChoice"}))
        .await
        .json()["id"]
        .clone();
    let nobody = json!("00000000-0000-7000-8000-00000000000a");
    let plan = |code: &str, networks: Value| json!({"organization_id": payer, "code": code, "name": "Plan", "networks": networks});
    for (path, body, status, field) in [
        (
            "/organizations",
            json!({"name": "Other", "slug": "payer", "type": "payer"}),
            422,
            "slug",
        ),
        (
            "/organizations",
            json!({"name": "Other", "slug": "other", "type": "bank"}),
            400,
            "type",
        ),
        (
            "/organizations",
            json!({"name": "Other", "slug": "Not A Slug", "type": "payer"}),
            422,
            "slug",
        ),
        (
            "/organizations",
            json!({"name": " ", "slug": "other", "type": "payer"}),
            400,
            "name",
        ),
        (
            "/networks",
            json!({"organization_id": payer, "name": "BlueChoice"}),
            422,
            "name",
        ),
        (
            "/networks",
            json!({"organization_id": nobody, "name": "Red"}),
            422,
            "organization_id",
        ),
        (
            "/networks",
            json!({"organization_id": payer, "name": "Red", "colour": 1}),
            400,
            "colour",
        ),
        ("/plans", plan("P", json!([{"network_id": nobody}])), 422, "networks"),
        (
            "/plans",
            plan("P", json!([{"network_id": network}, {"network_id": network}])),
            422,
            "networks",
        ),
        ("/plans", plan("", json!([{"network_id": network}])), 400, "code"),
    ] {
        let refused = make(path, body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (status, field),
            "{path}: {}",
            refused.text
        );
    }
    let made = make("/plans", plan("P1", json!([{"network_id": network, "tier": "GOLD"}]))).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let at = made.header("x-position").to_owned();
    assert_eq!(
        site.get(&format!("/providers/search?min_position={at}")).await.status,
        200
    );
    let listed = site.get("/plans").await.json();
    assert_eq!(
        (&listed["total"], &listed["plans"][0]["networks"][0]["tier"]),
        (&json!(1), &json!("GOLD"))
    );
    let anonymous = axum::http::Request::post("/networks").header("content-type", "application/json");
    let anonymous = anonymous.body(axum::body::Body::from("{}")).expect("a request");
    assert_eq!(site.send(anonymous).await.status, 401);
}
