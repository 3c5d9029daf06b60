//! 2.17: two records of one provider become one, every reader follows, and undoing it leaves nothing behind.

use provider_directory::{
    domain::access::{Actor, Role},
    store::{self, match_feedback::NewReview},
    vocab::Position,
};
use serde_json::{Value, json};

use crate::{
    claims_check::{NPI, World},
    house::{House, admin, noon},
    http_site::{Answer, Site},
    nppes_import::{import, provider},
    nppes_lessons::Files,
};

const OTHER: &str = "1003000126";

async fn merge(site: &Site, kept: &str, other: &str) -> Answer {
    let body = json!({"other": other, "reason": "the same licence"});
    site.write("POST", &format!("/providers/{kept}/merges"), None, body)
        .await
}

/// A second record of the provider of [`World`], with everything that can hang on one.
async fn second_record(world: &World) -> Value {
    let site = &world.site;
    let group = site
        .person(json!({"kind": "organization", "category": "group", "organization_name": "Heart Group"}))
        .await;
    let record = site
        .person(json!({
            "kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "Smithers", "npi": OTHER,
            "languages": ["es"], "specialties": [{"code": "207RC0000X", "primary": true}],
            "identifiers": [{"type_code": "05", "value": "M-1", "state": "TX"}],
            "locations": [{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030", "primary": true}],
            "affiliations": [{"to": group["id"], "role": "member_of"}],
        }))
        .await;
    site.person(
        json!({"kind": "individual", "category": "practitioner", "last_name": "Resident",
        "affiliations": [{"to": record["id"], "role": "supervised_by"}]}),
    )
    .await;
    let mut list = json!([
        world.participation("2025-01-01", None),
        world.participation("2026-01-01", None)
    ]);
    list[0]["location_id"] = record["locations"][0]["id"].clone();
    let path = format!("/providers/{OTHER}/participations");
    let done = site
        .write("PUT", &path, Some("*"), json!({"participations": list}))
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
    let tenant = site.house.organization("Clinic").await.id;
    let user = uuid::Uuid::now_v7();
    site.house
        .sql(&format!(
            "INSERT INTO app_user (id, email, name, created_at) VALUES ('{user}', 'j@example.org', 'Jane', now());
            INSERT INTO practitioner (organization_id, user_id, name, npi, provider_id, created_at, updated_at)
            SELECT '{tenant}', '{user}', 'Jane', {OTHER}, p.id, now(), now() FROM provider p WHERE p.npi = {OTHER}"
        ))
        .await;
    site.get(&format!("/providers/{OTHER}")).await.json()
}

/// Both records with all rows that hang on them, but for what counts changes.
async fn everything(house: &House) -> Vec<Value> {
    sqlx::query_scalar(
        "SELECT to_jsonb(p) - ARRAY['version', 'version_xid', 'updated_at'] FROM provider p
        UNION ALL SELECT to_jsonb(x) FROM provider_location x
        UNION ALL SELECT to_jsonb(x) - 'recorded_at' - 'recorded_xid' FROM participation x
        UNION ALL SELECT to_jsonb(x) FROM provider_identifier x UNION ALL SELECT to_jsonb(x) FROM provider_other_name x
        UNION ALL SELECT to_jsonb(x) FROM provider_specialty x UNION ALL SELECT to_jsonb(x) FROM provider_language x
        UNION ALL SELECT to_jsonb(x) FROM provider_affiliation x UNION ALL SELECT to_jsonb(x) FROM practitioner x
        ORDER BY 1",
    )
    .fetch_all(&mut house.owner().await)
    .await
    .expect("read")
}

#[tokio::test]
async fn feature_2_17_a_merged_record_leads_to_the_one_that_stays_and_undoing_restores_both() {
    let world = World::open().await;
    let site = &world.site;
    world.approve().await;
    let gone = second_record(&world).await;
    let before = everything(&site.house).await;
    let check = async |npi: &str, position: &str| {
        let path = format!("/network-status?npi={npi}&plan=DENY-HOLD&date=2025-06-01&min_position={position}");
        site.get(&path).await.json()
    };
    // A claim of 2025: the one had no participation then, the other was never let in.
    assert_eq!(check(NPI, "0-0").await["decision"], "OUT_OF_NETWORK");
    assert_eq!(check(OTHER, "0-0").await["decision"], "PENDING");
    let began = site.house.settled().await;

    let done = merge(site, NPI, OTHER).await;
    assert_eq!(done.status, 201, "{}", done.text);
    let at = done.header("x-position").to_owned();
    let kept = site.get(&format!("/providers/{NPI}")).await.json();
    assert_eq!(kept["networks"].as_array().map(Vec::len), Some(2), "one more: {kept}");
    assert_eq!(kept["locations"].as_array().map(Vec::len), Some(1));
    assert_eq!(kept["languages"], json!(["es"]));
    assert_eq!(kept["other_names"][0]["last"], "Smithers");
    assert_eq!(kept["identifiers"][0]["value"], "M-1");
    assert_eq!(kept["affiliations"].as_array().map(Vec::len), Some(1));

    // Every old key leads on, with the rest of the path and under the prefix; pages too.
    let locator = kept["locator"].as_str().expect("a locator");
    let (id, old) = (
        gone["id"].as_str().expect("an id"),
        gone["locator"].as_str().expect("one"),
    );
    for (asked, leads) in [
        (format!("/providers/{OTHER}"), format!("/providers/{locator}")),
        (format!("/providers/{id}"), format!("/providers/{locator}")),
        (
            format!("/api/v1/providers/{old}"),
            format!("/api/v1/providers/{locator}"),
        ),
        (
            format!("/providers/{OTHER}/listing"),
            format!("/providers/{locator}/listing"),
        ),
        (format!("/p/{old}"), format!("/p/{locator}")),
    ] {
        let answer = site.get(&asked).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("location")),
            (301, leads.as_str()),
            "{asked}"
        );
    }
    let written = site
        .write(
            "PATCH",
            &format!("/providers/{OTHER}"),
            Some("*"),
            json!({"phone": "1"}),
        )
        .await;
    assert_eq!(
        (written.status.as_u16(), &written.json()["type"]),
        (308, &json!("/problems/merged")),
        "a write is said again, not made a reading"
    );

    // One is found, by either name; claims under the old number are answered by what holds for the one that stays.
    let found = site
        .get(&format!("/providers/search?q=smithers&min_position={at}"))
        .await
        .json();
    assert_eq!(found["total"]["value"], 1, "{found}");
    assert_eq!(found["results"][0]["npi"], NPI);
    let (a, b) = (check(NPI, &at).await, check(OTHER, &at).await);
    assert_eq!(
        (&a["decision"], &b["decision"]),
        (&json!("IN_NETWORK"), &json!("IN_NETWORK")),
        "{b}"
    );
    assert_eq!(a["participation"], b["participation"]);
    let profiles: i64 = sqlx::query_scalar("SELECT count(*) FROM practitioner WHERE provider_id = $1::uuid")
        .bind(kept["id"].as_str())
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("counted");
    assert_eq!(profiles, 1, "a tenant's profile follows");

    // Both tell of it, each in an event of its own.
    let told = |reason: &'static str, after: Position| async move {
        site.house.settled().await;
        let batch = store::publish::read(&site.house.store, after, 1_000)
            .await
            .expect("read");
        let told = batch.events.into_iter().map(|e| e.event);
        let told = told.filter(|e| e.data["reason"] == reason).map(|e| e.subject);
        let mut told = told.collect::<Vec<_>>();
        told.sort();
        told
    };
    let mut both = vec![locator.to_owned(), old.to_owned()];
    both.sort();
    assert_eq!(told("merged", began).await, both);
    // The same twice, and a record that is gone already, are refused; so is plain SQL of the service.
    assert_eq!(merge(site, NPI, OTHER).await.fault().1, "merged");
    let mut tx = site.house.store.begin(&admin()).await.expect("begun");
    let list = store::merges::of(&mut tx, kept["id"].as_str().expect("an id").parse().expect("an id")).await;
    drop(tx);
    let list = list.expect("listed");
    assert_eq!((list.len(), list[0].reason.as_str()), (1, "the same licence"));

    let undone = site
        .write(
            "POST",
            &format!("/provider-merges/{}/undo", list[0].id),
            None,
            json!({"reason": "sisters"}),
        )
        .await;
    assert_eq!(undone.status, 200, "{}", undone.text);
    assert_eq!(everything(&site.house).await, before, "nothing is left behind");
    let at = undone.header("x-position").to_owned();
    assert_eq!(
        site.get(&format!("/providers/{OTHER}")).await.json()["name"],
        "Jane Smithers"
    );
    let found = site
        .get(&format!("/providers/search?q=smithers&min_position={at}"))
        .await
        .json();
    assert_eq!(found["results"][0]["npi"], OTHER, "{found}");
    assert_eq!(check(NPI, &at).await["decision"], "OUT_OF_NETWORK");
    assert_eq!(check(OTHER, &at).await["decision"], "PENDING");
    assert_eq!(told("split", began).await, both);
    let again = format!("/provider-merges/{}/undo", list[0].id);
    assert_eq!(
        site.write("POST", &again, None, json!({"reason": "x"})).await.status,
        404
    );
}

/// A number that only one had goes with it and comes back; what was known before the merge is answered as before.
#[tokio::test]
async fn feature_2_17_a_number_passes_on_and_the_past_stays_as_it_was_known() {
    let world = World::open().await;
    let site = &world.site;
    let unnumbered = site
        .person(json!({"kind": "individual", "category": "practitioner", "last_name": "Smith"}))
        .await;
    let kept = unnumbered["locator"].as_str().expect("a locator");
    site.house
        .sql(
            "ALTER TABLE participation DISABLE TRIGGER USER;
            UPDATE participation SET recorded_at = '2026-11-20T10:00:00Z'; UPDATE provider SET created_at = '2026-11-19T10:00:00Z';
            ALTER TABLE participation ENABLE TRIGGER USER",
        )
        .await;
    let done = merge(site, kept, NPI).await;
    assert_eq!(done.status, 201, "{}", done.text);
    let at = done.header("x-position");
    assert_eq!(site.get(&format!("/providers/{NPI}")).await.json()["locator"], kept);
    let asked = format!("/network-status?npi={NPI}&plan=DENY-HOLD&date=2026-11-20&min_position={at}");
    assert_eq!(site.get(&asked).await.json()["decision"], "PENDING");
    let then = site.get(&format!("{asked}&as_known_on=2026-11-20")).await.json();
    assert_eq!(then["decision"], "PENDING", "{then}");
    let undo = format!("/provider-merges/{}/undo", done.json()["id"].as_str().expect("an id"));
    assert_eq!(
        site.write("POST", &undo, None, json!({"reason": "not so"}))
            .await
            .status,
        200
    );
    assert_eq!(site.get(&format!("/providers/{kept}")).await.json()["npi"], json!(null));
    assert_ne!(site.get(&format!("/providers/{NPI}")).await.json()["locator"], kept);
}

#[tokio::test]
async fn feature_2_17_what_stands_against_a_merge_is_told_and_changes_nothing() {
    let site = Site::open().await;
    let one = json!({"kind": "individual", "category": "practitioner", "last_name": "A", "npi": NPI});
    site.person(one).await;
    site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "B", "npi": OTHER}))
        .await;
    site.person(json!({"kind": "organization", "category": "clinic", "organization_name": "C", "npi": "1003000142"}))
        .await;
    let before = everything(&site.house).await;
    for (kept, other, status, field, code) in [
        (NPI, NPI, 422, "other", "same"),
        (NPI, "1003000142", 422, "other", "kind"),
        (NPI, "1245319599", 404, "", ""),
        (NPI, "jane", 400, "other", "unknown_key"),
        ("1245319599", NPI, 404, "", ""),
    ] {
        let refused = merge(&site, kept, other).await;
        assert_eq!(refused.status, status, "{}", refused.text);
        assert_eq!(refused.fault(), (field.to_owned(), code.to_owned()), "{other}");
    }
    let unsaid = site
        .write(
            "POST",
            &format!("/providers/{NPI}/merges"),
            None,
            json!({"other": OTHER, "reason": " "}),
        )
        .await;
    assert_eq!((unsaid.status.as_u16(), unsaid.fault().0.as_str()), (400, "reason"));
    let open = site
        .write("POST", "/credentialing-requests", None, json!({"provider": OTHER}))
        .await;
    assert_eq!(open.status, 201, "{}", open.text);
    assert_eq!(merge(&site, NPI, OTHER).await.fault().1, "open_request");
    let roster = json!({"npis": [NPI], "source": "R", "decided": "2026-01-01"});
    site.write("POST", "/credentialing-requests/delegated", None, roster)
        .await;
    assert_eq!(merge(&site, OTHER, NPI).await.fault().1, "other_way_round");
    let rest = |all: Vec<Value>| {
        all.into_iter()
            .filter(|row| row["last_name"] != "A")
            .collect::<Vec<_>>()
    };
    assert_eq!(rest(everything(&site.house).await), rest(before));
    // Nobody else may, neither by the door nor past it.
    let stranger = Actor::new("stranger", Role::Reviewer);
    let mut tx = site.house.store.begin(&stranger).await.expect("begun");
    let both = async |tx: &mut store::Tx, npi: &str| {
        let key = store::providers::ProviderKey::Npi(npi.parse().expect("an NPI"));
        store::providers::find(tx, &key).await.expect("asked").expect("there")
    };
    let (kept, other) = (both(&mut tx, NPI).await, both(&mut tx, OTHER).await);
    let refused = store::merges::merge(&mut tx, &kept, &other, "x", noon()).await;
    assert!(matches!(refused, Err(store::Error::Forbidden)), "{refused:?}");
    let may: bool = sqlx::query_scalar(
        "SELECT has_column_privilege('provdir_app', 'provider', 'merged_into', 'UPDATE')
            OR has_table_privilege('provdir_app', 'provider_merge', 'INSERT, UPDATE, DELETE')",
    )
    .fetch_one(&mut site.house.owner().await)
    .await
    .expect("asked");
    assert!(!may);
}

/// The queue of duplicates leads to a merge: with the decision, or neither.
#[tokio::test]
async fn feature_2_17_a_confirmed_pair_becomes_one() {
    let site = Site::open().await;
    let new = |npi: &str| json!({"kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "Smith", "npi": npi});
    let (a, b) = (site.person(new(NPI)).await, site.person(new(OTHER)).await);
    let id = |value: &Value| value["id"].as_str().expect("an id").parse().expect("an id");
    let mut tx = site.house.store.begin(&admin()).await.expect("begun");
    let review = NewReview {
        record: json!({"name": "Jane Smith"}),
        provider: id(&a),
        other: Some(id(&b)),
        probability: 0.97,
        evidence: json!([]),
        rule_version: "1".to_owned(),
        position: None,
    };
    let review = store::match_feedback::queue(&mut tx, &review, noon())
        .await
        .expect("queued");
    tx.commit().await.expect("committed");
    let path = format!("/providers/match/reviews/{}/decision", review.expect("new"));
    let decide = async |body: Value| site.write("POST", &path, None, body).await;
    let stranger = decide(json!({"verdict": "confirmed", "keep": "1245319599"})).await;
    assert_eq!(stranger.status, 404, "{}", stranger.text);
    let rejected = decide(json!({"verdict": "rejected", "keep": NPI})).await;
    assert_eq!(
        (rejected.status.as_u16(), rejected.fault().1.as_str()),
        (422, "no_pair")
    );
    let done = decide(json!({"verdict": "confirmed", "keep": NPI, "note": "one licence"})).await;
    assert_eq!(
        (done.status.as_u16(), &done.json()["verdict"]),
        (200, &json!("confirmed")),
        "{}",
        done.text
    );
    assert!(done.json()["merge_id"].is_string(), "{}", done.text);
    assert_eq!(site.get(&format!("/providers/{OTHER}")).await.status, 301);
}

/// A file that has a merged number changes nothing and is no fault.
#[tokio::test]
async fn feature_2_17_an_import_leaves_a_merged_record_alone() {
    let (house, files) = (House::open().await, Files::new());
    let row = |npi, last, updated| {
        vec![
            ("NPI", npi),
            ("Entity Type Code", "1"),
            ("Provider Last Name (Legal Name)", last),
            ("Last Update Date", updated),
        ]
    };
    let (a, b) = (row(NPI, "SMITH", "01/01/2026"), row(OTHER, "SMYTH", "01/01/2026"));
    import(&house, &[files.main(&[&a, &b])]).await;
    let (kept, gone) = (
        provider(&house, NPI).await.expect("there"),
        provider(&house, OTHER).await.expect("there"),
    );
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    store::merges::merge(&mut tx, &kept, &gone, "one", noon())
        .await
        .expect("merged");
    tx.commit().await.expect("committed");
    let newer = row(OTHER, "SMYTHE", "06/01/2026");
    let report = import(&house, &[files.main(&[&newer])]).await;
    assert!(!report.has_rejects(), "{report}");
    let name: String = sqlx::query_scalar("SELECT last_name FROM provider WHERE npi = 1003000126")
        .fetch_one(&mut house.owner().await)
        .await
        .expect("there");
    assert_eq!(name, "Smyth");
    let lives = store::npi_life::lives(&house.store).await.expect("read");
    let number = |npi: &str| npi.parse::<u64>().expect("a number");
    assert_eq!(lives.replacement(number(OTHER)), Some(number(NPI)));
}
