//! The rows of the feature table on a provider's own record: fields, keys, status. Each by the test that its row names.

use std::collections::BTreeSet;

use provider_directory::vocab::Npi;
use serde_json::{Value, json};

use super::http_site::Site;

pub fn npi(n: u64) -> String {
    Npi::from_base(100_000_000 + n).to_string()
}

pub fn person(last: &str) -> Value {
    json!({"kind": "individual", "category": "practitioner", "last_name": last})
}

/// 2.01: every field is created, changed and read back over HTTP; a stale `If-Match` is a 412; what is read can be sent back
/// and changes nothing.
#[tokio::test]
async fn feature_2_01_every_field_round_trips_and_a_stale_version_is_refused() {
    let site = Site::open().await;
    let group = site
        .person(json!({"kind": "organization", "category": "group", "organization_name": "Group"}))
        .await;
    let name = |last: &str| json!({"type_code": 1, "prefix": null, "first": "Jane", "middle": null, "last": last, "suffix": null, "credential": null, "organization": null});
    let place = |line1: &str| {
        json!({"line1": line1, "line2": "Ste 4", "city": "Houston", "state": "TX", "postal_code": "770301234", "county": "Harris",
            "country": "US", "lat": 29.7012345, "lon": -95.4, "phone": "7135550100", "fax": "7135550101",
            "time_zone": "America/Chicago", "hours": [{"weekday": 1, "opens": 480, "closes": 1020}], "telehealth": true,
            "accessibility": ["adacomp", "pubtrans"], "primary": true})
    };
    let names = |last: &str| json!({"prefix": "Dr.", "first_name": "Jane", "middle_name": "A.", "last_name": last, "suffix": "III", "credential": "MD, FACC"});
    let first = json!({
        "other_names": [name("Smith")],
        "specialties": [
            {"code": "207RC0000X", "primary": true, "license_number": "B2", "license_state": "NY"},
            {"code": "208000000X", "primary": false, "license_number": "A1", "license_state": "TX"}],
        "languages": ["en", "es"], "gender": "F", "address": {"line1": "1 Main St", "extension": {"languages": ["en", "es"]}},
        "phone": "7135550199", "email": "jane@example.org", "verified_at": "2026-10-02", "locations": [place("1 Main St")],
        "identifiers": [{"type_code": "05", "value": "M-1", "state": "TX", "issuer": null},
            {"type_code": "DEA", "value": "AB1234563", "state": null, "issuer": "DEA"}],
        "affiliations": [{"to": group["id"], "role": "member_of"}]
    });
    let second = json!({
        "other_names": [name("Jones")], "specialties": [{"code": "207Q00000X", "primary": true, "license_number": null, "license_state": null}],
        "languages": ["vi"], "gender": "X", "address": {"line1": "2 Oak Ave", "extension": {"languages": ["vi"]}},
        "phone": "7135550188", "email": "j@example.org", "verified_at": "2026-11-02", "locations": [place("2 Oak Ave")],
        "identifiers": [{"type_code": "01", "value": "X", "state": null, "issuer": "Payer"}],
        "affiliations": [{"to": group["id"], "role": "admitting"}]
    });
    let holds = |read: &Value, said: &Value| {
        for (field, value) in said.as_object().expect("fields") {
            let mut told = read[field].clone();
            if field == "specialties" || field == "locations" {
                // What is told has names, ids and the like beside what was said.
                for (told, said) in told
                    .as_array_mut()
                    .expect("a list")
                    .iter_mut()
                    .zip(value.as_array().expect("a list"))
                {
                    let known = said.as_object().expect("an object");
                    told.as_object_mut()
                        .expect("an object")
                        .retain(|name, _| known.contains_key(name));
                }
            }
            assert_eq!(&told, value, "{field}");
        }
    };
    let parts = |read: &Value, last: &str| {
        let told = json!({"prefix": "Dr.", "first": "Jane", "middle": "A.", "last": last, "suffix": "III", "credential": "MD, FACC", "organization": null});
        assert_eq!(read["name_parts"], told);
    };
    let merged = |all: &[&Value]| {
        let mut one = json!({});
        for part in all {
            for (name, value) in part.as_object().expect("fields") {
                one[name] = value.clone();
            }
        }
        one
    };
    let new = merged(&[&person("O'Dea"), &names("O'Dea"), &first, &json!({"npi": "1234567893"})]);
    let created = site.person(new).await;
    holds(&created, &first);
    parts(&created, "O'Dea");
    assert_eq!(
        (&created["specialty"], &created["npi"]),
        (&json!("CARDIOLOGY"), &json!("1234567893"))
    );
    assert_eq!(
        (&created["network_status"], &created["activated_at"]),
        (&json!("PENDING"), &json!(null))
    );

    let path = "/providers/1234567893";
    let change = merged(&[&names("O'Day"), &second]);
    let changed = site.write("PATCH", path, Some("\"1\""), change.clone()).await;
    assert_eq!(
        (changed.status.as_u16(), changed.header("etag")),
        (200, "\"2\""),
        "{}",
        changed.text
    );
    holds(&changed.json(), &second);
    parts(&changed.json(), "O'Day");
    let stale = site.write("PATCH", path, Some("\"1\""), change).await;
    assert_eq!(
        (stale.status.as_u16(), stale.json()["type"].as_str()),
        (412, Some("/problems/version-mismatch"))
    );

    let read = site.get(path).await.json();
    assert_eq!(read, changed.json());
    let mut back = json!({});
    for field in [
        "other_names",
        "languages",
        "gender",
        "address",
        "phone",
        "email",
        "verified_at",
        "identifiers",
        "affiliations",
        "category",
        "kind",
        "npi",
    ] {
        back[field] = read[field].clone();
    }
    back["locations"] = read["locations"].clone();
    let same = site.write("PATCH", path, Some("\"2\""), back).await;
    assert_eq!(
        (same.status.as_u16(), same.header("etag")),
        (200, "\"2\""),
        "what is read can be sent back: {}",
        same.text
    );

    let cleared = json!({"prefix": null, "suffix": null, "phone": null, "email": null, "gender": null, "verified_at": null, "specialties": [], "locations": [], "identifiers": [], "affiliations": [], "other_names": [], "languages": [], "npi": null});
    let cleared = site.write("PUT", path, Some("\"2\""), cleared).await;
    assert_eq!(cleared.status, 200, "{}", cleared.text);
    let cleared = cleared.json();
    for field in ["phone", "email", "gender", "verified_at", "npi", "specialty"] {
        assert_eq!(cleared[field], json!(null), "{field}");
    }
    for field in [
        "specialties",
        "locations",
        "identifiers",
        "affiliations",
        "other_names",
        "languages",
    ] {
        assert_eq!(cleared[field], json!([]), "{field}");
    }
    let specialty = site
        .write(
            "PATCH",
            &format!("/providers/{}", created["locator"].as_str().expect("a locator")),
            Some("*"),
            json!({"specialty": "GENERAL_PRACTICE"}),
        )
        .await;
    assert_eq!(specialty.json()["specialty"], "GENERAL_PRACTICE", "{}", specialty.text);
}

/// 2.02: created at the same time over HTTP, no locator comes twice and each is `PRV-<year>-<at least 6 digits>`; the store's
/// own test does it a thousand times.
#[tokio::test(flavor = "multi_thread")]
async fn feature_2_02_locators_are_unique_and_well_formed() {
    let site = std::sync::Arc::new(Site::open().await);
    let mut at_work = tokio::task::JoinSet::new();
    for n in 0..40 {
        let site = site.clone();
        at_work.spawn(async move {
            site.write("POST", "/providers", None, person(&format!("Many{n}")))
                .await
                .json()["locator"]
                .clone()
        });
    }
    let locators = at_work.join_all().await;
    let unique: BTreeSet<&str> = locators.iter().map(|l| l.as_str().expect("a locator")).collect();
    assert_eq!(unique.len(), 40);
    for locator in unique {
        let number = locator.strip_prefix("PRV-2026-").unwrap_or_else(|| panic!("{locator}"));
        assert!(
            number.len() >= 6 && number.bytes().all(|b| b.is_ascii_digit()),
            "{locator}"
        );
    }
}

/// 2.03: ten digits, the first 1 or 2, the last by Luhn with 80840: the example of CMS passes, its nine other digits fail.
#[tokio::test]
async fn feature_2_03_the_check_digit_of_an_npi_is_checked() {
    let site = Site::open().await;
    let create = async |npi: &str| {
        let mut new = person("Digit");
        new["npi"] = json!(npi);
        site.write("POST", "/providers", None, new).await
    };
    for digit in (0..10).filter(|digit| *digit != 3) {
        let refused = create(&format!("123456789{digit}")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (400, "npi"),
            "{}",
            refused.text
        );
        assert!(refused.text.contains("should be 3"), "{}", refused.text);
    }
    for odd in ["123456789", "12345678930", "12345678x3", "", "3000000000"] {
        let refused = create(odd).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (400, "npi"),
            "{odd}: {}",
            refused.text
        );
    }
    let other_first = Npi::from_base(300_000_000).to_string();
    let refused = create(&other_first).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault()),
        (400, ("npi".to_owned(), "first_digit".to_owned())),
        "{}",
        refused.text
    );
    assert_eq!(create("1234567893").await.status, 201);
}

/// 2.04: a second provider with the same NPI is a 409; two attorneys without one are both accepted.
#[tokio::test]
async fn feature_2_04_an_npi_is_unique_and_may_be_missing() {
    let site = Site::open().await;
    let with = |last: &str, category: &str, npi: Value| json!({"kind": "individual", "category": category, "last_name": last, "npi": npi});
    for (last, category, npi, status) in [
        ("First", "practitioner", json!("1234567893"), 201),
        ("Second", "practitioner", json!("1234567893"), 409),
        ("Counsel", "attorney", json!(null), 201),
        ("Advocate", "attorney", json!(null), 201),
    ] {
        let answer = site.write("POST", "/providers", None, with(last, category, npi)).await;
        assert_eq!(answer.status, status, "{last}: {}", answer.text);
    }
    let third = site
        .write("POST", "/providers", None, with("Third", "practitioner", json!(npi(3))))
        .await
        .json();
    let path = format!("/providers/{}", third["id"].as_str().expect("an id"));
    let taken = site
        .write("PATCH", &path, Some("*"), json!({"npi": "1234567893"}))
        .await;
    assert_eq!(
        (taken.status.as_u16(), taken.fault()),
        (409, ("npi".to_owned(), "npi_taken".to_owned()))
    );
}

/// 2.05: a party is made, or one of type PROVIDER is linked; a party of another type is refused.
#[tokio::test]
async fn feature_2_05_a_party_of_another_type_is_refused() {
    let site = Site::open().await;
    let made = site.person(person("Made")).await;
    let sql = "SELECT party_type FROM party WHERE id = $1::uuid";
    let kind: String = sqlx::query_scalar(sql)
        .bind(made["party_id"].as_str())
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("a party");
    assert_eq!(kind, "PROVIDER");
    let mut linked = person("Linked");
    linked["party_id"] = made["party_id"].clone();
    assert_eq!(site.person(linked).await["party_id"], made["party_id"]);
    for (id, kind) in [("a", "PERSON"), ("b", "ORGANIZATION")] {
        let id = format!("00000000-0000-7000-8000-00000000000{id}");
        site.house
            .sql(&format!("INSERT INTO party (id, party_type) VALUES ('{id}', '{kind}')"))
            .await;
        let mut other = person("Other");
        other["party_id"] = json!(id);
        let refused = site.write("POST", "/providers", None, other).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (422, "party_id"),
            "{}",
            refused.text
        );
    }
}

/// 2.06: no way of writing sets ACTIVE (409); an approved credentialing does; then INACTIVE, and ACTIVE again. The model of
/// all moves is tested at the store.
#[tokio::test]
async fn feature_2_06_only_credentialing_leads_to_active() {
    let site = Site::open().await;
    site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Status", "npi": npi(1)}))
        .await;
    let path = format!("/providers/{}", npi(1));
    for (method, status) in [
        ("PUT", "ACTIVE"),
        ("PATCH", "ACTIVE"),
        ("PUT", "INACTIVE"),
        ("PATCH", "PENDING"),
    ] {
        let refused = site
            .write(method, &path, Some("*"), json!({"network_status": status}))
            .await;
        assert_eq!(
            (refused.status.as_u16(), refused.json()["type"].as_str()),
            (409, Some("/problems/status-guard")),
            "{method} {status}"
        );
    }
    for (field, value) in [
        ("activated_at", json!("2026-01-01T00:00:00Z")),
        ("version", json!(7)),
        ("locator", json!("PRV-2026-000001")),
    ] {
        let refused = site.write("PATCH", &path, Some("*"), json!({field: value})).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (400, field),
            "{}",
            refused.text
        );
    }
    let delegated = async |npis: Value, source: &str, decided: &str| {
        site.write(
            "POST",
            "/credentialing-requests/delegated",
            None,
            json!({"npis": npis, "source": source, "decided": decided}),
        )
        .await
    };
    for (npis, source, decided, status, field) in [
        (json!([npi(1)]), "", "2026-10-01", 400, "source"),
        (json!([npi(1)]), "NCQA roster", "2020-01-01", 422, "decided"),
        (json!([npi(1)]), "NCQA roster", "2027-01-01", 422, "decided"),
        (json!([npi(1), npi(2)]), "NCQA roster", "2026-10-01", 422, "npis[1]"),
        (json!(["1234567890"]), "NCQA roster", "2026-10-01", 400, "npis[0]"),
    ] {
        let refused = delegated(npis, source, decided).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (status, field),
            "{}",
            refused.text
        );
    }
    assert_eq!(
        site.get(&path).await.json()["network_status"],
        "PENDING",
        "a refusal changes nothing"
    );
    let done = delegated(json!([npi(1)]), "NCQA roster", "2026-10-01").await;
    assert_eq!(
        (done.status.as_u16(), &done.json()["approved"]),
        (200, &json!(1)),
        "{}",
        done.text
    );
    let active = site.get(&path).await.json();
    assert_eq!(active["network_status"], "ACTIVE");
    let first = active["activated_at"].clone();
    assert!(first.is_string(), "{active}");
    assert_eq!(
        delegated(json!([npi(1)]), "NCQA roster", "2026-10-01").await.json()["approved"],
        0,
        "it is ACTIVE already"
    );
    let out = site
        .write(
            "POST",
            &format!("{path}/deactivate"),
            Some("*"),
            json!({"reason": "moved"}),
        )
        .await;
    assert_eq!(out.json()["network_status"], "INACTIVE", "{}", out.text);
    delegated(json!([npi(1)]), "NCQA roster", "2026-10-02").await;
    let again = site.get(&path).await.json();
    assert_eq!(
        (&again["network_status"], &again["activated_at"]),
        (&json!("ACTIVE"), &first)
    );
}

/// 2.08: individuals and organisations of every category in one model.
#[tokio::test]
async fn feature_2_08_all_categories_round_trip() {
    let site = Site::open().await;
    for (kind, category) in [
        ("individual", "practitioner"),
        ("individual", "attorney"),
        ("individual", "genetic_counselor"),
        ("individual", "psychologist"),
        ("organization", "hospital"),
        ("organization", "pharmacy"),
        ("organization", "group"),
        ("organization", "clinic"),
        ("organization", "lab"),
        ("organization", "facility"),
        ("organization", "ivf_clinic"),
        ("organization", "escrow_agency"),
        ("organization", "other"),
    ] {
        let name = if kind == "individual" {
            "last_name"
        } else {
            "organization_name"
        };
        let created = site
            .person(json!({"kind": kind, "category": category, name: "Roundtrip"}))
            .await;
        let read = site
            .get(&format!("/providers/{}", created["id"].as_str().expect("an id")))
            .await
            .json();
        assert_eq!((&read["kind"], &read["category"]), (&json!(kind), &json!(category)));
        let found = site
            .get(&format!("/providers/search?kind={kind}&category={category}"))
            .await
            .json();
        assert_eq!(
            (&found["total"]["value"], &found["results"][0]["id"]),
            (&json!(1), &created["id"]),
            "{category}"
        );
    }
}
