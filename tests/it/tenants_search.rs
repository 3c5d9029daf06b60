//! What somebody of a tenant finds beyond what everybody does: the tenant's own providers, in the way that it has set, without
//! the database being asked who they are; and, for everybody, when its people are free, if it says so.

use std::time::Duration;

use chrono::TimeDelta;
use provider_directory::{
    domain::access::Role,
    index::schema::Handle,
    interfaces::http::Settings,
    store::{
        access::Credential,
        providers::{self, NewProvider},
        slots::Filter,
    },
    vocab::{OrganizationId, Position, terms::SubscriptionTier},
};
use serde_json::{Value, json};

use crate::{
    house::{House, member, noon},
    http_site::{Answer, Site},
    practice::{Practice, day, hours},
    tenants::{account, ask, join, session, signed_in, tenant},
    tenants_organizations::change,
};

/// Makes a provider that is a tenant's own; its locator.
pub async fn own(house: &House, tenant: OrganizationId, last: &str, more: Value) -> String {
    let mut new = json!({"kind": "individual", "category": "attorney", "last_name": last});
    if let (Some(new), Value::Object(more)) = (new.as_object_mut(), more) {
        new.extend(more);
    }
    let new: NewProvider = serde_json::from_value(new).expect("a provider");
    let mut tx = house.store.begin(&member(tenant)).await.expect("begun");
    let made = providers::create(&mut tx, &new, noon()).await.expect("created");
    tx.commit().await.expect("committed");
    made.locator.to_string()
}

/// Everything committed is in the index of a node.
pub async fn settle(site: &Site) -> Position {
    let position = site.house.settled().await;
    assert!(
        site.index.wait_for(position, Duration::from_secs(30)).await,
        "it arrives"
    );
    position
}

fn names(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let found = answer.json();
    let cards = found["results"].as_array().cloned().unwrap_or_default();
    let name = |card: &Value| card["name"].as_str().unwrap_or_default().to_owned();
    cards.iter().map(name).collect()
}

/// 5.03: what is a tenant's own is found by its members, with everything that a search has, and by nobody else on any way.
#[tokio::test]
async fn feature_5_03_a_tenants_own_providers_are_found_by_its_members_alone() {
    let site = Site::open().await;
    let (a, b) = (
        tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id,
        tenant(&site.house, "Beta", SubscriptionTier::Basic).await.id,
    );
    let (of_a, of_b) = (
        signed_in(&site.house, a, Role::Member).await,
        signed_in(&site.house, b, Role::OrganizationAdmin).await,
    );
    site.house.provider("Quincewright", Some("1234567893")).await;
    let place = json!({"locations": [{"city": "Houston", "state": "TX", "postal_code": "77030", "point": {"lat_e7": 297_000_000, "lon_e7": -954_000_000}}],
        "languages": ["es"]});
    let locator = own(&site.house, a, "Quincewright", place).await;
    own(&site.house, b, "Bramblethorpe", json!({})).await;
    settle(&site).await;
    let as_a = async |path: &str| ask(&site, &of_a, None, "GET", path, None).await;
    let as_b = async |path: &str| ask(&site, &of_b, Some(b), "GET", path, None).await;

    let path = "/providers/search?name=quincewright&facets=category,language";
    let seen = as_a(path).await;
    assert_eq!(seen.json()["total"], json!({"value": 2, "relation": "eq"}));
    assert_eq!(seen.json()["facets"]["language"][0]["count"], 1);
    assert_eq!(seen.header("cache-control"), "private, no-store");
    for other in [as_b(path).await, site.get(path).await] {
        assert_eq!(other.json()["total"]["value"], 1);
        assert_eq!(other.json()["facets"]["language"], json!([]));
        assert!(!other.text.contains(&locator), "{}", other.text);
    }
    // Page by page, near a place, as a file, by JSON, by its key, in the box.
    let mut pages = Vec::new();
    let mut next = String::new();
    for _ in 0..2 {
        let page = as_a(&format!("/providers/search?name=quincewright&sort=name&limit=1{next}")).await;
        pages.extend(names(&page));
        next = format!("&cursor={}", page.json()["next_cursor"].as_str().unwrap_or_default());
    }
    assert_eq!(pages.len(), 2);
    for path in [
        "/providers/search?near=77030&radius=5".to_owned(),
        "/providers/search?q=quincewright+in+houston".to_owned(),
        "/providers/search?format=ndjson&category=attorney".to_owned(),
        format!("/providers/{locator}"),
        format!("/providers/compare?id={locator}&id=1234567893"),
    ] {
        let needle = format!("\"{locator}\"");
        let mine = as_a(&path).await;
        assert!(
            mine.status == 200 && mine.text.contains(&needle),
            "{path}: {}",
            mine.text
        );
        for other in [as_b(&path).await, site.get(&path).await] {
            assert!(!other.text.contains(&needle), "{path}: {}", other.text);
        }
    }
    let why = format!("/providers/{locator}/why-not?language=vi");
    assert_eq!(as_a(&why).await.json()["causes"][0]["parameter"], "language");
    for other in [as_b(&why).await, site.get(&why).await] {
        assert_eq!(other.json()["causes"][0]["cause"], "unknown", "{}", other.text);
    }
    let body = Some(json!({"category": "attorney"}));
    let found = ask(&site, &of_a, None, "POST", "/providers/search", body.clone()).await;
    assert_eq!(names(&found).len(), 1);
    let found = ask(&site, &of_b, None, "POST", "/providers/search", body).await;
    assert_eq!(names(&found), ["Bramblethorpe"]);

    // Nothing is completed, corrected or counted for others.
    for path in [
        "/providers/suggest?q=brambleth",
        "/providers/search?q=bramblethorp",
        "/providers/search?name=bramblethorp",
    ] {
        assert!(as_b(path).await.text.contains("Bramblethorpe"), "{path}");
        for other in [as_a(path).await, site.get(path).await] {
            assert!(
                !other.text.to_lowercase().contains("bramblethorpe"),
                "{path}: {}",
                other.text
            );
        }
    }

    // A change is seen, one made public is everybody's, and a node that starts knows it all.
    let other = site.second_node().await;
    assert_eq!(
        names(&ask(&other, &of_a, None, "GET", "/providers/search?category=attorney", None).await).len(),
        1
    );
    site.house
        .sql(&format!(
            "UPDATE provider SET last_name = 'Zimmerholt' WHERE locator = '{locator}'"
        ))
        .await;
    settle(&site).await;
    assert_eq!(
        names(&as_a("/providers/search?category=attorney").await),
        ["Zimmerholt"]
    );
    assert_eq!(names(&site.get("/providers/search?category=attorney").await), [""; 0]);
    site.house
        .sql(&format!(
            "UPDATE provider SET owner_organization_id = NULL WHERE locator = '{locator}'"
        ))
        .await;
    settle(&site).await;
    for found in [
        as_a("/providers/search?name=zimmerholt").await,
        site.get("/providers/search?name=zimmerholt").await,
    ] {
        assert_eq!(names(&found).len(), 1);
    }
    site.house
        .sql("DELETE FROM provider WHERE owner_organization_id IS NOT NULL")
        .await;
    settle(&site).await;
    assert_eq!(
        names(&as_b("/providers/search?category=attorney").await),
        ["Zimmerholt"]
    );
}

/// 1.36, the setting: members of an organisation find by default what it has set; what they say themselves goes before.
#[tokio::test]
async fn feature_1_36_an_organization_sets_what_its_members_find_by_default() {
    let site = Site::open().await;
    let a = tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id;
    let admin = signed_in(&site.house, a, Role::OrganizationAdmin).await;
    site.house.provider("Pending", Some("1234567893")).await;
    settle(&site).await;
    let path = format!("/organizations/{a}/config");
    let count = async |query: &str| {
        let found = ask(&site, &admin, None, "GET", &format!("/providers/search?{query}"), None).await;
        found.json()["total"]["value"].clone()
    };
    assert_eq!(count("").await, 1);
    let set = json!({"search": {"default_network_status": "ACTIVE"}});
    assert_eq!(change(&site, &admin, a, &path, "\"0\"", set).await.status, 200);
    assert_eq!(count("").await, 0, "at once");
    assert_eq!(count("network_status=PENDING").await, 1);
    // Why not is told by the same default, and by nobody else's.
    let why_not = "/providers/1234567893/why-not?name=pending";
    let why = ask(&site, &admin, None, "GET", why_not, None).await.json();
    assert_eq!(
        (
            &why["matches"],
            &why["causes"][0]["cause"],
            &why["causes"][0]["parameter"]
        ),
        (&json!(false), &json!("status"), &json!("network_status")),
        "{why}"
    );
    assert_eq!(site.get(why_not).await.json()["matches"], true);
    assert_eq!(
        site.get("/providers/search").await.json()["total"]["value"],
        1,
        "nobody else's search"
    );
    let body = Some(json!({"name": "pending"}));
    let found = ask(&site, &admin, None, "POST", "/providers/search", body).await;
    assert_eq!(found.json()["total"]["value"], 0);
}

/// 1.36 over HTTP: the weights of tiers that an organisation sets move providers in its members' searches, and in nobody else's.
#[tokio::test]
async fn feature_1_36_weights_of_tiers_move_providers_in_the_searches_of_a_tenant() {
    let site = Site::open().await;
    let a = tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id;
    let admin = signed_in(&site.house, a, Role::OrganizationAdmin).await;
    let network = site.house.network("Main", true).await.id;
    for (npi, last, postal_code, tier) in [
        ("1234567893", "Alder", "77030", "Gold"),
        ("1245319599", "Birch", "77004", "Silver"),
    ] {
        let place = json!([{"city": "Houston", "state": "TX", "postal_code": postal_code}]);
        let body = json!({"kind": "individual", "category": "practitioner", "last_name": last, "npi": npi, "locations": place});
        site.person(body).await;
        let list = json!([{"network_id": network, "status": "ACTIVE", "effective": "2026-01-01", "tier": tier}]);
        let path = format!("/providers/{npi}/participations");
        let put = site
            .write("PUT", &path, Some("*"), json!({"participations": list}))
            .await;
        assert_eq!(put.status, 200, "{}", put.text);
    }
    settle(&site).await;
    let search = format!("/providers/search?near=77030&radius=50&network={network}&network_status=PENDING");
    let mine = async || names(&ask(&site, &admin, None, "GET", &search, None).await);
    assert_eq!(mine().await, ["Alder", "Birch"], "the nearer one first");
    let path = format!("/organizations/{a}/config");
    let refused = json!({"search": {"tier_weights": {"silver": 100.0}}});
    let refused = change(&site, &admin, a, &path, "\"0\"", refused).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (422, "search.tier_weights.silver"),
        "{}",
        refused.text
    );
    let set = json!({"search": {"tier_weights": {"silver": 8.0}}});
    let set = change(&site, &admin, a, &path, "\"0\"", set).await;
    assert_eq!(set.status, 200, "{}", set.text);
    assert_eq!(mine().await, ["Birch", "Alder"], "moved, and nobody is dropped");
    assert_eq!(
        names(&site.get(&search).await),
        ["Alder", "Birch"],
        "nobody else's search"
    );
}

/// Who asks is known from memory: a search of somebody signed in goes on while the database is away, and stops when what is
/// known has grown too old.
#[tokio::test]
async fn a_search_of_somebody_signed_in_waits_for_no_database() {
    let settings = Settings {
        identity_patience: Duration::from_secs(60),
        ..Settings::default()
    };
    let site = Site::set_up(Handle::embedded(), settings).await;
    let a = tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id;
    let of_a = signed_in(&site.house, a, Role::Member).await;
    let late = tenant(&site.house, "Late", SubscriptionTier::Basic).await.id;
    own(&site.house, a, "Quincewright", json!({})).await;
    settle(&site).await;
    let identities = site.feed.identities();
    identities.catch_up().await;
    let known = |at_most| identities.standing(Credential::Session(&of_a), None, noon(), at_most);
    assert!(known(Duration::from_secs(60)).is_some_and(|standing| standing.admitted));
    assert!(known(Duration::ZERO).is_none(), "what is known is older than that");
    assert!(
        identities
            .standing(
                Credential::Session(&of_a),
                None,
                noon() + TimeDelta::hours(1),
                Duration::from_secs(60)
            )
            .is_none(),
        "the session has run out"
    );
    site.house.store.clone().close().await;
    for path in ["/providers/search", "/providers/suggest?q=quince"] {
        let found = ask(&site, &of_a, Some(a), "GET", path, None).await;
        assert!(
            found.status == 200 && found.text.contains("Quincewright"),
            "{path}: {}",
            found.text
        );
    }
    // Whom memory does not admit, the store must refuse.
    let refused = ask(&site, &of_a, Some(late), "GET", "/providers/search", None).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    identities.catch_up().await;
    let stopped = ask(&site, &of_a, Some(a), "GET", "/providers/search", None).await;
    assert_eq!(
        stopped.status, 503,
        "nothing is known for sure any more: {}",
        stopped.text
    );
}

/// Whoever is shut out is so at once on this node and as soon as they are told on others, whatever it was that let them in.
#[tokio::test]
async fn who_is_shut_out_finds_nothing_from_then_on() {
    let site = Site::open().await;
    let other = site.second_node().await;
    let a = tenant(&site.house, "Alpha", SubscriptionTier::Basic).await.id;
    let admin = signed_in(&site.house, a, Role::OrganizationAdmin).await;
    let jane = account(&site.house, "jane@example.org", false, None).await;
    join(&site.house, a, jane, Role::Member).await;
    own(&site.house, a, "Quincewright", json!({})).await;
    settle(&site).await;
    settle(&other).await;
    let search = async |node: &Site, token: &str| {
        node.feed.identities().catch_up().await;
        ask(node, token, Some(a), "GET", "/providers/search", None)
            .await
            .status
            .as_u16()
    };

    let token = session(&site.house, jane).await;
    assert_eq!((search(&site, &token).await, search(&other, &token).await), (200, 200));
    let ended = ask(&site, &token, None, "DELETE", "/sessions/current", None).await;
    assert_eq!(ended.status, 204, "{}", ended.text);
    let at_once = ask(&site, &token, Some(a), "GET", "/providers/search", None).await;
    assert_eq!(at_once.status, 401, "signed out: at once");
    assert_eq!(search(&other, &token).await, 401);

    let token = session(&site.house, jane).await;
    assert_eq!(search(&site, &token).await, 200);
    let path = format!("/members/{jane}");
    let revoked = change(&site, &admin, a, &path, "\"1\"", json!({"is_active": false})).await;
    assert_eq!(revoked.status, 200, "{}", revoked.text);
    let at_once = ask(&site, &token, Some(a), "GET", "/providers/search", None).await;
    assert_eq!(
        (at_once.status.as_u16(), at_once.fault().1.as_str()),
        (403, "not_a_member")
    );
    assert_eq!(search(&other, &token).await, 403);
    let public = ask(&site, &token, None, "GET", "/providers/search", None).await;
    assert_eq!(names(&public), [""; 0], "what is public is theirs still");

    for sql in [
        "UPDATE app_user SET is_active = false",
        "DELETE FROM user_session",
        "UPDATE organization SET is_active = false",
    ] {
        let token = signed_in(&site.house, a, Role::Member).await;
        assert_eq!(search(&other, &token).await, 200, "{sql}");
        site.house.sql(sql).await;
        assert!(matches!(search(&other, &token).await, 401 | 403), "{sql}");
        site.house
            .sql("UPDATE app_user SET is_active = true; UPDATE organization SET is_active = true")
            .await;
    }
}

/// 1.29: the next free slot of a public provider, of tenants that show it; booking the slot moves the provider down.
#[tokio::test]
async fn feature_1_29_the_next_free_slot_is_shown_asked_for_and_sorted_by() {
    let site = Site::open().await;
    let house = &site.house;
    for (last, npi) in [
        ("Early", "1234567893"),
        ("Later", "1000000004"),
        ("Never", "1000000012"),
    ] {
        house.provider(last, Some(npi)).await;
    }
    let practice = Practice::open(house, "practice").await;
    let clinic = practice.clinic("Main", "America/New_York").await;
    let mut people = Vec::new();
    for (name, npi, weekday) in [("early", 1_234_567_893_i64, 1), ("later", 1_000_000_004, 2)] {
        let practitioner = practice.practitioner_at(name, &[clinic]).await;
        house
            .sql(&format!(
                "UPDATE practitioner SET npi = {npi}, provider_id = (SELECT id FROM provider WHERE npi = {npi})
                WHERE id = '{practitioner}'"
            ))
            .await;
        practice
            .schedule(practitioner, clinic, &hours(weekday, "09:00", "09:30"))
            .await;
        people.push(practitioner);
    }
    let order = async |query: &str| {
        settle(&site).await;
        let found = site.get(&format!("/providers/search?sort=next_available{query}")).await;
        let cards = found.json()["results"].as_array().cloned().unwrap_or_default();
        let told = |card: &Value| {
            (
                card["name"].as_str().unwrap_or_default().to_owned(),
                card["next_available"].clone(),
            )
        };
        cards.iter().map(told).collect::<Vec<_>>()
    };
    let told = |list: &[(&str, Value)]| {
        let all = list.iter().map(|(name, at)| ((*name).to_owned(), at.clone()));
        all.collect::<Vec<_>>()
    };
    assert!(order("").await.iter().all(|(_, at)| at.is_null()), "off by default");
    let document = async |document: Value| {
        house
            .sql(&format!(
                "INSERT INTO organization_config (organization_id, version, document, changed_at)
                SELECT '{0}', coalesce(max(version), 0) + 1, '{document}', now()
                FROM organization_config WHERE organization_id = '{0}'",
                practice.organization
            ))
            .await;
    };
    let set = async |shown: bool| document(json!({"appointments": {"public_free_slots": shown}})).await;
    set(true).await;
    // The Monday and the Tuesday after 22 November, at nine in New York.
    let (monday, tuesday) = ("2026-11-23T09:00:00-05:00", "2026-11-24T09:00:00-05:00");
    let all = told(&[
        ("Early", json!(monday)),
        ("Later", json!(tuesday)),
        ("Never", Value::Null),
    ]);
    assert_eq!(order("").await, all);
    // The page says where that is; so does a card, which does not pretend that it is at the address it shows.
    let early = site.get("/providers/search?name=Early").await.json();
    let locator = early["results"][0]["locator"].as_str().expect("a locator");
    let page = site.get(&format!("/p/{locator}")).await.text;
    assert!(
        page.contains("Next appointment: ")
            && page.contains("Monday 23 November, 9:00")
            && page.contains("href=\"#roles\""),
        "{page}"
    );
    let named = async |name: &str| {
        settle(&site).await;
        let card = site.get("/?sort=next_available&kind=individual").await.text;
        let part = format!("<a href=\"/p/{locator}\" referrerpolicy=\"same-origin\">{name}</a></dd>");
        assert!(card.contains(&part), "no {part} in {card}");
    };
    named("Main").await;
    house.sql("UPDATE clinic SET name = 'Harbor Clinic'").await;
    named("Harbor Clinic").await;
    document(json!({"appointments": {"public_free_slots": true, "public_clinics": false}})).await;
    named("at a clinic named in their listing").await;
    document(json!({"appointments": {"public_free_slots": true}, "features": {"scheduling": false}})).await;
    assert!(
        order("").await.iter().all(|(_, at)| at.is_null()),
        "nothing can be booked"
    );
    set(true).await;
    assert_eq!(order("&available_before=2026-11-24").await, all[..1]);
    assert!(order("&available_before=2026-11-23").await.is_empty());
    assert_eq!(order("&available_before=2026-11-25").await, all[..2]);
    let paged = site.get("/providers/search?sort=next_available&limit=1").await.json();
    let cursor = paged["next_cursor"].as_str().unwrap_or_default();
    assert_eq!(order(&format!("&limit=1&cursor={cursor}")).await, all[1..2]);
    let rest = site
        .get("/providers/search?available_before=2026-11-24&facets=kind")
        .await
        .json();
    assert_eq!(
        (&rest["total"]["value"], &rest["facets"]["kind"][0]["count"]),
        (&json!(1), &json!(1))
    );
    let excluded = site
        .get("/providers/search?exclude.available_before=2026-11-24")
        .await
        .json();
    assert_eq!(excluded["total"]["value"], 2);
    let why = site
        .get("/providers/1000000012/why-not?available_before=2026-11-24")
        .await
        .json();
    assert_eq!(why["causes"][0]["parameter"], "available_before", "{why}");
    let odd = site.get("/providers/search?available_before=soon").await;
    assert_eq!((odd.status.as_u16(), odd.fault().0.as_str()), (400, "available_before"));

    // Booked: the Monday after.
    let of_early = Filter {
        practitioners: Some(vec![people[0]]),
        ..Filter::default()
    };
    let first = practice.slots(&of_early).await[0].id;
    practice.book(first, "p-1").await.expect("booked");
    let moved = told(&[
        ("Later", json!(tuesday)),
        ("Early", json!("2026-11-30T09:00:00-05:00")),
        ("Never", Value::Null),
    ]);
    assert_eq!(order("").await, moved, "booking the slot moves the provider down");
    house.sql("UPDATE appointment SET status = 'cancelled'").await;
    assert_eq!(order("").await, all, "cancelled: it is free again");

    // On leave, clinic closed, schedule off, tenant closed, another setting; and a node that starts.
    house
        .sql(&format!(
            "UPDATE practitioner SET status = 'on_leave', status_from = '{}' WHERE id = '{}'",
            day("2026-11-01"),
            people[0]
        ))
        .await;
    let without = told(&[
        ("Later", json!(tuesday)),
        ("Early", Value::Null),
        ("Never", Value::Null),
    ]);
    assert_eq!(order("").await[..1], without[..1]);
    assert_eq!(order("&name=early").await, without[1..2]);
    house
        .sql("UPDATE practitioner SET status = 'active', status_from = NULL")
        .await;
    assert_eq!(order("").await, all);
    for (off, on) in [
        (
            "UPDATE clinic SET is_active = false",
            "UPDATE clinic SET is_active = true",
        ),
        (
            "UPDATE schedule SET is_active = false",
            "UPDATE schedule SET is_active = true",
        ),
        (
            "UPDATE organization SET is_active = false",
            "UPDATE organization SET is_active = true",
        ),
    ] {
        house.sql(off).await;
        assert!(order("").await.iter().all(|(_, at)| at.is_null()), "{off}");
        house.sql(on).await;
        assert_eq!(order("").await, all, "{on}");
    }
    let other = site.second_node().await;
    assert_eq!(
        other.index.snapshot().free_slots.len(),
        2,
        "a node that starts knows them"
    );
    set(false).await;
    assert!(order("").await.iter().all(|(_, at)| at.is_null()), "switched off");
    set(true).await;
    house.sql("DELETE FROM appointment; DELETE FROM time_slot").await;
    assert!(order("").await.iter().all(|(_, at)| at.is_null()), "no slots");
}

/// 6.04: a profile that was there before the directory had its provider is linked when that comes.
#[tokio::test]
async fn feature_6_04_a_profile_finds_its_provider_later() {
    let house = House::open().await;
    let practice = Practice::open(&house, "practice").await;
    let practitioner = practice.practitioner("jane").await;
    house
        .sql(&format!(
            "UPDATE practitioner SET npi = 1234567893 WHERE id = '{practitioner}'"
        ))
        .await;
    let provider = house.provider("Jane", Some("1234567893")).await;
    let linked: Option<uuid::Uuid> = sqlx::query_scalar("SELECT provider_id FROM practitioner")
        .fetch_one(&mut house.owner().await)
        .await
        .expect("read");
    assert_eq!(linked, Some(provider.id.0));
    // Somebody of another name is somebody else.
    let other = practice.practitioner("mallory").await;
    house
        .sql(&format!(
            "UPDATE practitioner SET npi = 1003000126 WHERE id = '{other}'"
        ))
        .await;
    house.provider("Edwards", Some("1003000126")).await;
    let linked: Option<uuid::Uuid> = sqlx::query_scalar("SELECT provider_id FROM practitioner WHERE npi = 1003000126")
        .fetch_one(&mut house.owner().await)
        .await
        .expect("read");
    assert_eq!(linked, None);
}
