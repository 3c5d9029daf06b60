//! Providers in the store: created, found, changed, read for the index.

use std::collections::HashSet;

use provider_directory::{
    domain::provider::Provider,
    store::{
        Error,
        networks::{self, NewParticipation},
        outbox::EntryKind,
        providers::{self, NewProvider, ProviderChange, ProviderKey},
        snapshot,
    },
    vocab::{ProviderId, terms::NetworkStatus},
};
use serde_json::json;

use crate::house::{House, admin, member, noon, person};

fn full() -> NewProvider {
    serde_json::from_value(json!({
        "kind": "individual", "category": "practitioner", "npi": "1234567893",
        "prefix": "Dr.", "first_name": "JANE", "middle_name": "A", "last_name": "O'DEA", "suffix": "III", "credential": "MD",
        "other_names": [{"type_code": 1, "prefix": null, "first": "JANE", "middle": null, "last": "SMITH", "suffix": null,
            "credential": null, "organization": null}],
        "specialties": [
            {"code": "207RC0000X", "primary": false, "license_number": "A1", "license_state": "TX"},
            {"code": "207RC0000X", "primary": true, "license_number": "B2", "license_state": "NY"}],
        "languages": ["ES", "en"], "gender": "F", "address": {"line1": "1 MAIN ST"}, "phone": "7135550100",
        "email": "jane@example.org", "verified_at": "2026-10-02",
        "locations": [
            {"line1": "1 MAIN ST", "city": "HOUSTON", "state": "TX", "postal_code": "77030", "county": "Harris",
             "point": {"lat_e7": 297_000_000, "lon_e7": -954_000_000}, "position_quality": "postal_code",
             "time_zone": "America/Chicago", "hours": [{"weekday": 1, "opens": 480, "closes": 1020}],
             "telehealth": true, "accessibility": ["adacomp", "pubtrans"], "primary": true},
            {"line1": "2 OAK AVE", "city": "AUSTIN", "state": "TX", "postal_code": "787011234"}],
        "identifiers": [{"type_code": "05", "value": "M-1", "state": "TX", "issuer": null}],
    }))
    .expect("a provider")
}

#[tokio::test]
async fn every_field_round_trips_and_is_found_by_each_key() {
    let house = House::open().await;
    let made = house.create(&full()).await;
    assert_eq!(made.version, 1);
    assert_eq!(made.network_status, NetworkStatus::Pending);
    assert_eq!(made.languages, ["en", "es"]);
    let address = made.address.clone().expect("an address");
    assert_eq!(address["extension"]["languages"], json!(["en", "es"]));
    assert_eq!(made.specialties.iter().filter(|s| s.primary).count(), 1);
    assert_eq!(made.locations.len(), 2);
    assert!(made.locations[0].telehealth && made.locations[0].accessibility.len() == 2);
    assert_eq!(made.other_names[0].name.last.as_deref(), Some("SMITH"));
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    for key in [
        ProviderKey::Id(made.id),
        ProviderKey::Npi(made.npi.expect("an npi")),
        ProviderKey::Locator(made.locator),
    ] {
        assert_eq!(
            providers::find(&mut tx, &key).await.expect("asked").as_ref(),
            Some(&made)
        );
    }
    assert_eq!(snapshot::load(&house.store, &[made.id]).await.expect("loaded"), [made]);
}

#[tokio::test]
async fn every_category_round_trips() {
    let house = House::open().await;
    for category in [
        "hospital",
        "pharmacy",
        "group",
        "clinic",
        "lab",
        "facility",
        "ivf_clinic",
        "escrow_agency",
    ] {
        let new: NewProvider = serde_json::from_value(
            json!({"kind": "organization", "category": category, "organization_name": format!("The {category}")}),
        )
        .expect("a provider");
        let made = house.create(&new).await;
        assert_eq!((made.category.as_str(), made.npi), (category, None));
    }
}

/// 2.02: 1,000 concurrent creations: no locator comes twice, and each is well formed.
#[tokio::test]
async fn feature_2_02_a_thousand_concurrent_creations_get_different_locators() {
    let house = House::open().await;
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..50 {
        let store = house.store.clone();
        writers.spawn(async move {
            let mut locators = Vec::new();
            for n in 0..20 {
                let mut tx = store.begin(&admin()).await.expect("begun");
                let made = providers::create(&mut tx, &person("SMITH", None), noon())
                    .await
                    .expect("created");
                // Some are rolled back: their numbers stay gaps.
                if (writer + n) % 7 == 0 {
                    drop(tx);
                } else {
                    tx.commit().await.expect("committed");
                }
                locators.push(made.locator);
            }
            locators
        });
    }
    let all: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    assert_eq!(all.len(), 1000);
    assert_eq!(all.iter().collect::<HashSet<_>>().len(), 1000);
    assert!(
        all.iter()
            .all(|l| l.year == 2026 && l.to_string().len() >= "PRV-2026-000001".len())
    );
}

#[tokio::test]
async fn an_npi_is_unique_and_none_is_not() {
    let house = House::open().await;
    house.provider("FIRST", Some("1234567893")).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let refused = providers::create(&mut tx, &person("SECOND", Some("1234567893")), noon()).await;
    assert!(matches!(refused, Err(Error::NpiTaken(npi)) if npi.number() == 1_234_567_893));
    for last in ["ATTORNEY ONE", "ATTORNEY TWO"] {
        let mut attorney = person(last, None);
        attorney.category = "attorney".to_owned();
        assert_eq!(house.create(&attorney).await.npi, None);
    }
}

#[tokio::test]
async fn a_party_is_made_or_linked_and_another_type_is_refused() {
    let house = House::open().await;
    let first = house.provider("FIRST", None).await;
    let mut second = person("SECOND", None);
    second.party_id = Some(first.party_id);
    assert_eq!(house.create(&second).await.party_id, first.party_id);
    house
        .sql("INSERT INTO party (id, party_type) VALUES ('00000000-0000-7000-8000-00000000000a', 'PERSON')")
        .await;
    second.party_id = Some("00000000-0000-7000-8000-00000000000a".parse().expect("an id"));
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let refused = providers::create(&mut tx, &second, noon()).await;
    assert!(matches!(refused, Err(Error::Refused(fault)) if fault.field == "party_id"));
}

async fn update(
    house: &House,
    provider: &Provider,
    version: i64,
    change: serde_json::Value,
) -> Result<Provider, Error> {
    let change: ProviderChange = serde_json::from_value(change).expect("a change");
    let mut tx = house.store.begin(&admin()).await?;
    let changed = providers::update(&mut tx, provider.id, version, &change, noon()).await?;
    tx.commit().await?;
    Ok(changed)
}

#[tokio::test]
async fn a_change_raises_the_version_once_and_a_stale_one_is_told() {
    let house = House::open().await;
    let made = house.create(&full()).await;
    let site = made.locations[0].id;
    let changed = update(
        &house,
        &made,
        1,
        json!({"phone": null, "last_name": "O'DEA-RUIZ", "languages": ["fr"], "specialties": [
            {"code": "208D00000X", "primary": false, "license_number": null, "license_state": null}],
            "locations": [{"id": site, "line1": "9 NEW ST", "city": "HOUSTON", "state": "TX"}]}),
    )
    .await
    .expect("changed");
    assert_eq!(changed.version, 2);
    assert_eq!(
        (changed.phone, changed.name.last.as_deref()),
        (None, Some("O'DEA-RUIZ"))
    );
    assert_eq!(changed.languages, ["fr"]);
    assert_eq!(changed.address.expect("kept")["extension"]["languages"], json!(["fr"]));
    assert!(changed.specialties.len() == 1 && changed.specialties[0].primary);
    assert_eq!((changed.locations.len(), changed.locations[0].id), (1, site));
    assert_eq!(
        changed.email.as_deref(),
        Some("jane@example.org"),
        "what was not said stays"
    );
    let stale = update(&house, &made, 1, json!({"phone": "1"})).await;
    assert!(matches!(stale, Err(Error::VersionMismatch { current: 2 })));
    let same = update(
        &house,
        &made,
        2,
        json!({"last_name": "O'DEA-RUIZ", "languages": ["fr"]}),
    )
    .await
    .expect("same");
    assert_eq!(same.version, 2, "nothing differs, nothing is raised");
    let mut stranger = made.clone();
    stranger.id = ProviderId(uuid::Uuid::now_v7());
    assert!(matches!(
        update(&house, &stranger, 1, json!({})).await,
        Err(Error::NotFound)
    ));
}

#[tokio::test]
async fn bad_input_names_its_field() {
    let house = House::open().await;
    let two = json!([{"code": "207RC0000X", "primary": true, "license_number": null, "license_state": null},
        {"code": "208D00000X", "primary": true, "license_number": null, "license_state": null}]);
    for (field, value, named) in [
        ("last_name", json!(" "), "last_name"),
        ("category", json!("Attorney at law"), "category"),
        ("address", json!([1]), "address"),
        ("specialties", two, "specialties"),
        ("languages", json!(["es", "?"]), "languages[1]"),
        ("locations", json!([{"state": "Texas"}]), "locations[0].state"),
        (
            "locations",
            json!([{"postal_code": "77030-1234"}]),
            "locations[0].postal_code",
        ),
        (
            "affiliations",
            json!([{"to": "00000000-0000-7000-8000-00000000000a", "role": "member_of"}]),
            "affiliations",
        ),
    ] {
        let mut new = json!({"kind": "individual", "category": "practitioner", "last_name": "SMITH"});
        new[field] = value;
        let new: NewProvider = serde_json::from_value(new).expect("well formed");
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        match providers::create(&mut tx, &new, noon()).await {
            Err(Error::Refused(fault)) => assert_eq!(fault.field, named),
            other => panic!("{field}: {other:?}"),
        }
    }
    assert!(serde_json::from_value::<ProviderChange>(json!({"network_status": "ACTIVE"})).is_err());
}

#[tokio::test]
async fn languages_are_kept_in_step_both_ways() {
    let house = House::open().await;
    let mut new = person("SMITH", None);
    new.address = Some(json!({"line1": "x", "extension": {"languages": ["Es", " en "], "floor": 2}}));
    let made = house.create(&new).await;
    assert_eq!(made.languages, ["en", "es"]);
    assert_eq!(
        made.address.expect("there")["extension"],
        json!({"languages": ["en", "es"], "floor": 2})
    );
    house.sql("DELETE FROM provider_language WHERE language = 'es'").await;
    house
        .sql("INSERT INTO provider_language SELECT id, 'vi' FROM provider")
        .await;
    let read = |list: Vec<Provider>| (list[0].languages.clone(), list[0].address.clone().expect("there"));
    let (languages, address) = read(snapshot::load(&house.store, &[made.id]).await.expect("loaded"));
    assert_eq!(languages, ["en", "vi"]);
    assert_eq!(address["extension"]["languages"], json!(["en", "vi"]));
    house
        .sql("UPDATE provider SET address = '{\"extension\": {\"languages\": [\"de\"]}}'")
        .await;
    let (languages, _) = read(snapshot::load(&house.store, &[made.id]).await.expect("loaded"));
    assert_eq!(languages, ["de"]);
    house.sql("UPDATE provider SET address = '{\"line1\": \"y\"}'").await;
    let (languages, address) = read(snapshot::load(&house.store, &[made.id]).await.expect("loaded"));
    assert_eq!(
        languages,
        ["de"],
        "an address without the list says nothing about languages"
    );
    assert_eq!(address, json!({"line1": "y", "extension": {"languages": ["de"]}}));
}

#[tokio::test]
async fn an_export_reads_one_moment_in_order() {
    let house = House::open().await;
    let mut ids = Vec::new();
    for n in 0..25 {
        ids.push(house.provider(&format!("N{n}"), None).await.id);
    }
    ids.sort();
    let mut export = snapshot::Export::begin(&house.store).await.expect("begun");
    let added = house.provider("LATE", None).await;
    assert_eq!(export.count(), 25);
    let mut read = Vec::new();
    loop {
        let some = export.next(10).await.expect("read");
        if some.is_empty() {
            break;
        }
        read.extend(some.iter().map(|p| p.id));
    }
    assert_eq!(read, ids);
    let late = house.entries(export.position()).await;
    assert!(
        late.contains(&EntryKind::Provider(added.id)),
        "what came later is behind the export's position"
    );
    let versions = snapshot::versions(&house.store, Some(ids[22]), 10).await.expect("read");
    assert_eq!(versions.len(), 3);
}

#[tokio::test]
async fn participations_keep_what_was_known() {
    let house = House::open().await;
    let provider = house.provider("SMITH", None).await;
    let network = house.network("Gold", true).await;
    let mut new = NewParticipation {
        provider_id: provider.id,
        network_id: network.id,
        location_id: None,
        tier: Some("PREFERRED".to_owned()),
        status: NetworkStatus::Pending,
        effective: noon().date_naive(),
        termination: None,
        accepting: None,
        characteristics: None,
    };
    for (status, changed) in [
        (NetworkStatus::Pending, 1),
        (NetworkStatus::Active, 1),
        (NetworkStatus::Active, 0),
    ] {
        new.status = status;
        let mut tx = house
            .store
            .begin(&member(network.organization_id))
            .await
            .expect("begun");
        let rows = networks::add_participations(&mut tx, std::slice::from_ref(&new))
            .await
            .expect("added");
        tx.commit().await.expect("committed");
        assert_eq!(rows, changed);
    }
    let loaded = snapshot::load(&house.store, &[provider.id]).await.expect("loaded");
    assert_eq!((loaded[0].participations.len(), loaded[0].version), (1, 3));
    let known: String =
        sqlx::query_scalar("SELECT status FROM participation_history WHERE superseded_at > recorded_at")
            .fetch_one(&mut house.owner().await)
            .await
            .expect("one earlier state");
    assert_eq!(known, "PENDING");
    let reference = networks::reference(&house.store).await.expect("read");
    assert_eq!(reference.networks, [network]);
}
