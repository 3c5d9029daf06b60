//! Links by which providers confirm and correct their own listings, and how little else they open.

use provider_directory::{
    domain::access::{Actor, Role},
    store::{
        Error, Tx, audit, listings,
        providers::{self, ProviderChange, ProviderKey},
    },
    vocab::ProviderId,
};
use serde_json::{Value, json};

use crate::{
    credentialing_http::ask,
    house::{admin, noon},
    http_site::Site,
    listings::{listed, post},
};

/// 2.20: a link shows, confirms and corrects one listing until it expires; a correction is made when somebody accepts it.
#[tokio::test]
async fn feature_2_20_links_let_providers_correct_their_own() {
    let site = Site::open().await;
    listed(&site, "1234567893", "2026-08-23").await;
    let made = site
        .write("POST", "/providers/1234567893/update-links", None, json!({"days": 7}))
        .await;
    assert_eq!(made.status, 201, "{}", made.text);
    let link = format!("/update-links/{}", made.json()["token"].as_str().expect("a token"));
    let shown = site.get(&link).await;
    assert_eq!(
        shown.json()["listing"]["locations"][0]["city"],
        "Houston",
        "{}",
        shown.text
    );
    let refused = post(&site, &link, json!({"change": {"npi": null}})).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (400, "change.npi")
    );
    assert_eq!(post(&site, &link, json!({})).await.status, 400);
    // What is wrong is not confirmed with the same words.
    let before = site.get("/providers/1234567893/listing").await.json();
    let both = json!({"confirm": true, "change": {"phone": "7135550100"}});
    let both = post(&site, &link, both).await;
    assert_eq!(
        (both.status.as_u16(), both.fault()),
        (400, ("confirm".to_owned(), "contradiction".to_owned())),
        "{}",
        both.text
    );
    assert_eq!(site.get("/providers/1234567893/listing").await.json(), before);
    let used = post(&site, &link, json!({"change": {"phone": "7135550100"}})).await;
    assert_eq!(used.status, 201, "{}", used.text);
    // Sunday, 22 November: Monday and Tuesday are the two business days, by the clock of Texas.
    assert_eq!(used.json()["due_at"], "2026-11-25T06:00:00Z");
    assert_eq!(site.get("/providers/1234567893").await.json()["phone"], Value::Null);
    let open = ask(&site, &site.token, "GET", "/listing-changes", Value::Null)
        .await
        .json();
    let decide = format!("/listing-changes/{}/decide", open[0]["id"].as_str().expect("an id"));
    let done = site
        .write("POST", &decide, None, json!({"apply": true, "outcome": "called back"}))
        .await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(site.get("/providers/1234567893").await.json()["phone"], "7135550100");
    assert_eq!(
        site.write("POST", &decide, None, json!({"apply": true, "outcome": "x"}))
            .await
            .status,
        404
    );
    // What has changed since it was proposed is not lost with it.
    post(&site, &link, json!({"change": {"languages": ["es"]}})).await;
    post(&site, &link, json!({"change": {"phone": "7135550101"}})).await;
    let now = json!({"languages": ["en", "vi"]});
    let changed = site.write("PATCH", "/providers/1234567893", Some("*"), now).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let open = ask(&site, &site.token, "GET", "/listing-changes", Value::Null)
        .await
        .json();
    let mut codes = Vec::new();
    for change in open.as_array().expect("a list") {
        let decide = format!("/listing-changes/{}/decide", change["id"].as_str().expect("an id"));
        let decided = json!({"apply": true, "outcome": "called back"});
        let decided = site.write("POST", &decide, None, decided).await;
        codes.push((decided.status.as_u16(), change["change"]["phone"].is_string()));
    }
    codes.sort_unstable();
    assert_eq!(codes, [(200, true), (422, false)]);
    let now = site.get("/providers/1234567893").await.json();
    assert_eq!(
        (&now["languages"], &now["phone"]),
        (&json!(["en", "vi"]), &json!("7135550101"))
    );
    site.house
        .sql("UPDATE listing_link SET expires_at = '2026-11-22T12:00:00Z'")
        .await;
    assert_eq!(site.get(&link).await.status, 401, "expired");
    assert_eq!(post(&site, &link, json!({"confirm": true})).await.status, 401);
}

/// The words of a new link for a provider.
async fn link_for(site: &Site, npi: &str) -> String {
    let path = format!("/providers/{npi}/update-links");
    let made = site.write("POST", &path, None, json!({})).await;
    assert_eq!(made.status, 201, "{}", made.text);
    made.json()["token"].as_str().expect("a token").to_owned()
}

async fn id_of(tx: &mut Tx, npi: &str) -> ProviderId {
    let key = ProviderKey::Npi(npi.parse().expect("an NPI"));
    providers::find(tx, &key).await.expect("read").expect("there").id
}

/// Whoever holds a link may touch one listing, and that only to confirm it and to propose what somebody else decides.
#[tokio::test]
async fn a_link_opens_one_listing_and_nothing_else() {
    let site = Site::open().await;
    listed(&site, "1234567893", "2026-08-23").await;
    listed(&site, "1003000126", "2026-08-23").await;
    let token = link_for(&site, "1234567893").await;
    let store = &site.house.store;
    let found = listings::find_link(store, &token, noon()).await.expect("asked");
    let (holder, own): (Actor, ProviderId) = found.expect("a good link");
    assert_eq!((holder.role, holder.listing), (Role::Anonymous, Some(own)));
    let change: ProviderChange = serde_json::from_value(json!({"phone": "7135550100"})).expect("a change");
    let begun = || async { store.begin(&holder).await.expect("begun") };

    let mut tx = begun().await;
    let other = id_of(&mut tx, "1003000126").await;
    let refused = listings::attest(&mut tx, other, "update link", noon()).await;
    assert!(matches!(refused, Err(Error::Forbidden)), "another's: {refused:?}");
    drop(tx);
    let mut tx = begun().await;
    let refused = listings::propose(&mut tx, other, &change, noon(), noon()).await;
    assert!(matches!(refused, Err(Error::Forbidden)), "another's: {refused:?}");
    drop(tx);
    let mut tx = begun().await;
    let version = providers::find(&mut tx, &ProviderKey::Id(own))
        .await
        .expect("read")
        .expect("there")
        .version;
    let refused = providers::update(&mut tx, own, version, &change, noon()).await;
    assert!(matches!(refused, Err(Error::Forbidden)), "past the review: {refused:?}");
    drop(tx);
    let mut tx = begun().await;
    let refused = listings::make_link(&mut tx, own, [1; 32], noon(), noon()).await;
    assert!(
        matches!(refused, Err(Error::Forbidden)),
        "a link of its own: {refused:?}"
    );

    post(&site, "/providers/1234567893/reports", json!({"text": "moved away"})).await;
    drop(tx);
    let mut tx = begun().await;
    listings::attest(&mut tx, own, "update link", noon())
        .await
        .expect("confirmed");
    let proposed = listings::propose(&mut tx, own, &change, noon(), noon())
        .await
        .expect("proposed");
    let seen = listings::changes(&mut tx, true, 10).await.expect("read");
    assert_eq!(
        seen.iter().map(|c| c.id).collect::<Vec<_>>(),
        [proposed],
        "no reports of others"
    );
    let applied = listings::decide(&mut tx, proposed, true, "mine", noon()).await;
    assert!(
        matches!(applied, Err(Error::NotFound | Error::Forbidden)),
        "decided by itself: {applied:?}"
    );
    drop(tx);
    let mut tx = begun().await;
    listings::attest(&mut tx, own, "update link", noon())
        .await
        .expect("confirmed");
    listings::propose(&mut tx, own, &change, noon(), noon())
        .await
        .expect("proposed");
    let nothing = audit::list(&mut tx, &audit::Filter::default(), 10).await.expect("read");
    assert!(nothing.is_empty(), "the audit is not theirs: {nothing:?}");
    tx.commit().await.expect("committed");

    let mut tx = store.begin(&admin()).await.expect("begun");
    let filter = audit::Filter {
        actor: Some(holder.name.clone()),
        ..Default::default()
    };
    let told = audit::list(&mut tx, &filter, 10).await.expect("read");
    let told = told
        .iter()
        .map(|e| (e.action.as_str(), e.entity_id.as_deref()))
        .collect::<Vec<_>>();
    let own = own.to_string();
    assert_eq!(
        told,
        [
            ("listing.propose", Some(own.as_str())),
            ("listing.attest", Some(own.as_str()))
        ]
    );
}

/// 2.20: what a provider says of itself is read as an administrator's change is, while they are there to correct it.
#[tokio::test]
async fn feature_2_20_own_words_are_read_like_a_change() {
    let site = Site::open().await;
    listed(&site, "1234567893", "2026-08-23").await;
    let made = site
        .write("POST", "/providers/1234567893/update-links", None, json!({"days": 7}))
        .await;
    let link = format!("/update-links/{}", made.json()["token"].as_str().expect("a token"));
    for (change, field) in [
        (json!({"languages": ["klingonese"]}), "languages[0]"),
        (json!({"email": "bad"}), "email"),
        (json!({"phone": "7".repeat(10_000)}), "phone"),
        (json!({"locations": []}), "change.locations"),
        (json!({}), "change"),
    ] {
        let refused = post(&site, &link, json!({ "change": change })).await;
        assert!(refused.status.is_client_error(), "{change}: {}", refused.text);
        assert_eq!(refused.fault().0, field, "{change}");
    }
    let said = json!({"change": {"languages": ["English", "Vietnamese"]}});
    assert_eq!(post(&site, &link, said).await.status, 201);
    let open = ask(&site, &site.token, "GET", "/listing-changes", Value::Null)
        .await
        .json();
    assert_eq!(open[0]["change"]["languages"], json!(["en", "vi"]), "{open}");
}
