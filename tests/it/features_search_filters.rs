//! The rows of the feature table on filters, each by the test that its row names; sets and counts are those that SQL gives.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use provider_directory::{intake::load, vocab::terms::Accessibility};
use serde_json::{Value, json};

use super::{
    features_search::{activate, found, id, npi, person, search, written},
    house::noon,
    http_site::Site,
    lexicon::LEXICON,
};

/// A payer with networks of these names: their ids.
async fn networks(site: &Site, names: &[&str]) -> (Value, Vec<Value>) {
    let payer = json!({"name": "Payer", "slug": "payer", "type": "payer"});
    let payer = written(site, "POST", "/organizations", payer).await["id"].clone();
    let mut ids = Vec::new();
    for name in names {
        let network = json!({"organization_id": payer, "name": name});
        ids.push(written(site, "POST", "/networks", network).await["id"].clone());
    }
    (payer, ids)
}

async fn joins(site: &Site, provider: &str, participations: Value) {
    let path = format!("/providers/{provider}/participations");
    written(site, "PUT", &path, json!({"participations": participations})).await;
}

/// 1.24: a provider that takes new patients at A and not at B is found only with location A.
#[tokio::test]
async fn feature_1_24_new_patients_are_taken_at_one_place_and_not_at_the_other() {
    let site = Site::open().await;
    let (_, networks) = networks(&site, &["BlueChoice", "GreenCare"]).await;
    let places = json!({"npi": npi(1), "locations": [
        {"city": "Houston", "state": "TX", "postal_code": "77030", "primary": true},
        {"city": "Austin", "state": "TX", "postal_code": "78701"}]});
    let provider = site.person(person("Twoplaces", places)).await;
    activate(&site, &[&npi(1)]).await;
    let places: BTreeMap<&str, &Value> = provider["locations"]
        .as_array()
        .expect("places")
        .iter()
        .map(|l| (l["city"].as_str().expect("a city"), &l["id"]))
        .collect();
    let at = |city: &str, network: &Value, accepting: &str| json!({"network_id": network, "location_id": places[city], "status": "ACTIVE", "effective": "2026-01-01", "accepting": accepting});
    let list = json!([
        at("Houston", &networks[0], "newpt"),
        at("Austin", &networks[0], "nopt"),
        at("Austin", &networks[1], "existptonly")
    ]);
    joins(&site, &npi(1), list).await;
    for query in [
        "accepting_new_patients=true&group=location",
        "accepting_new_patients=true&network=BlueChoice",
    ] {
        let answer = search(&site, query).await;
        assert_eq!(
            (&answer["total"]["value"], &answer["results"][0]["location"]["city"]),
            (&json!(1), &json!("Houston")),
            "{query}"
        );
    }
    assert_eq!(
        search(&site, "accepting_new_patients=true&near=78701&radius=20").await["total"]["value"],
        0
    );
    assert_eq!(
        search(&site, "accepting_new_patients=true&network=GreenCare").await["total"]["value"],
        0
    );
    let closed = search(&site, "accepting_new_patients=false&group=location").await;
    assert_eq!(
        (&closed["total"]["value"], &closed["results"][0]["location"]["city"]),
        (&json!(1), &json!("Austin"))
    );
}

/// 1.25: an unknown gender never matches `M` or `F`.
#[tokio::test]
async fn feature_1_25_an_unknown_gender_matches_neither() {
    let site = Site::open().await;
    for (last, gender) in [
        ("Unknown", json!(null)),
        ("Female", json!("F")),
        ("Male", json!("M")),
        ("Other", json!("X")),
    ] {
        site.person(person(last, json!({"gender": gender}))).await;
    }
    for (gender, last) in [("F", "Female"), ("M", "Male"), ("X", "Other"), ("f", "Female")] {
        let answer = search(&site, &format!("gender={gender}")).await;
        assert_eq!(
            (&answer["total"]["value"], &answer["results"][0]["name"]),
            (&json!(1), &json!(format!("Jane {last}")))
        );
    }
    assert_eq!(search(&site, "gender=F&gender=M").await["total"]["value"], 2);
    assert_eq!(search(&site, "").await["total"]["value"], 4);
}

/// 1.26: a provider that is there by video only, without any address, is found; by state where licensed.
#[tokio::test]
async fn feature_1_26_a_virtual_provider_is_found_without_a_location() {
    let site = Site::open().await;
    let afar = json!({"specialties": [{"code": "208000000X", "license_number": "T1", "license_state": "TX"}],
        "locations": [{"telehealth": true}]});
    let afar = id(&site.person(person("Video", afar)).await);
    let clinic = json!({"locations": [{"city": "Houston", "state": "TX", "postal_code": "77030"}]});
    let clinic = id(&site.person(person("Clinic", clinic)).await);
    assert_eq!(found(&site, "telehealth=true").await, [afar.as_str()]);
    assert_eq!(found(&site, "q=telehealth").await, [afar.as_str()]);
    assert_eq!(found(&site, "telehealth=true&state=TX").await, [afar.as_str()]);
    assert_eq!(found(&site, "telehealth=true&state=NY").await, [""; 0]);
    assert_eq!(found(&site, "telehealth=false").await, [clinic.as_str()]);
    assert_eq!(
        found(&site, "near=77030&radius=10").await,
        [clinic],
        "a place filter leaves out who has none"
    );
    let card = &search(&site, "telehealth=true").await["results"][0];
    assert_eq!(
        (&card["location"]["lat"], &card["distance_miles"]),
        (&json!(null), &json!(null)),
        "{card}"
    );
}

/// 1.27: each Plan-Net code of accessibility filters.
#[tokio::test]
async fn feature_1_27_each_accessibility_code_filters() {
    let site = Site::open().await;
    let mut of = Vec::new();
    for code in Accessibility::ALL {
        let place = json!({"locations": [{"city": "Houston", "state": "TX", "postal_code": "77030", "accessibility": [code.code()]}]});
        of.push((code.code(), id(&site.person(person("Ramp", place)).await)));
    }
    site.person(person(
        "Stairs",
        json!({"locations": [{"city": "Houston", "state": "TX"}]}),
    ))
    .await;
    assert_eq!(of.len(), 7);
    for (code, who) in &of {
        assert_eq!(
            found(&site, &format!("accessibility={code}")).await,
            [who.as_str()],
            "{code}"
        );
    }
    assert_eq!(
        search(&site, "accessibility=adacomp&accessibility=pubtrans").await["total"]["value"],
        2
    );
}

/// 1.30: a provider in network N1 only is not found for a plan that uses N2; a plan's tier counts.
#[tokio::test]
async fn feature_1_30_a_plan_stands_for_its_networks_and_tiers() {
    let site = Site::open().await;
    let (payer, nets) = networks(&site, &["North", "South"]).await;
    let plan = |code: &str, used: Value| json!({"organization_id": payer, "code": code, "name": format!("Plan {code}"), "networks": used});
    for (code, used) in [
        ("P1", json!([{"network_id": nets[0]}])),
        ("P2", json!([{"network_id": nets[1]}])),
        ("GOLD", json!([{"network_id": nets[0], "tier": "GOLD"}])),
    ] {
        written(&site, "POST", "/plans", plan(code, used)).await;
    }
    let mut ids = Vec::new();
    for n in 0..4 {
        let place = json!({"npi": npi(n), "locations": [{"city": "Houston", "state": "TX", "postal_code": "77030"}]});
        ids.push(id(&site.person(person("Member", place)).await));
    }
    activate(&site, &[&npi(0), &npi(1), &npi(2)]).await;
    let of = |network: &Value, tier: Value| json!([{"network_id": network, "tier": tier, "status": "ACTIVE", "effective": "2026-01-01"}]);
    joins(&site, &npi(0), of(&nets[0], json!(null))).await;
    joins(&site, &npi(1), of(&nets[1], json!(null))).await;
    joins(&site, &npi(2), of(&nets[0], json!("GOLD"))).await;
    joins(&site, &npi(3), of(&nets[0], json!(null))).await; // PENDING: in no network, whatever its participation says.
    let set = |of: &[usize]| of.iter().map(|n| ids[*n].clone()).collect::<BTreeSet<_>>();
    let north = nets[0].as_str().expect("an id");
    for (query, of) in [
        ("plan=P1", &[0, 2][..]),
        ("plan=P2", &[1][..]),
        ("plan=GOLD", &[2][..]),
        ("plan=Plan+P2", &[1][..]),
        ("network=North", &[0, 2][..]),
        (&format!("network={north}"), &[0, 2][..]),
        ("network=South", &[1][..]),
        ("plan=P1&plan=P2", &[0, 1, 2][..]),
        ("network=North&network_status=PENDING", &[3][..]),
    ] {
        assert_eq!(
            found(&site, query).await.into_iter().collect::<BTreeSet<_>>(),
            set(of),
            "{query}"
        );
    }
    let refused = site.get("/providers/search?plan=P9").await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault()),
        (400, ("plan".to_owned(), "unknown_plan".to_owned()))
    );
}

/// 1.31: those affiliated with an organisation, named by id, NPI or locator, are those that SQL finds.
#[tokio::test]
async fn feature_1_31_the_affiliated_set_is_that_of_sql() {
    let site = Site::open().await;
    let hospital =
        json!({"kind": "organization", "category": "hospital", "organization_name": "St. Luke", "npi": npi(1)});
    let hospital = site.person(hospital).await;
    let group = site
        .person(json!({"kind": "organization", "category": "group", "organization_name": "Group"}))
        .await;
    for (n, (to, role)) in (0..).zip([
        (&hospital, "admitting"),
        (&hospital, "member_of"),
        (&group, "member_of"),
        (&hospital, "covering"),
    ]) {
        site.person(person(
            &format!("Affiliate{n}"),
            json!({"affiliations": [{"to": to["id"], "role": role}]}),
        ))
        .await;
    }
    let sql = "SELECT DISTINCT a.provider_id::text FROM provider_affiliation a JOIN provider p ON p.id = a.to_provider_id WHERE p.npi = $1";
    let by_sql: Vec<String> = sqlx::query_scalar(sql)
        .bind(npi(1).parse::<i64>().expect("a number"))
        .fetch_all(&mut site.house.owner().await)
        .await
        .expect("asked");
    assert_eq!(by_sql.len(), 3);
    for key in [
        id(&hospital),
        npi(1),
        hospital["locator"].as_str().expect("a locator").to_owned(),
    ] {
        for parameter in ["affiliation", "organization"] {
            let set = found(&site, &format!("{parameter}={key}")).await;
            assert_eq!(
                set.into_iter().collect::<BTreeSet<_>>(),
                by_sql.iter().cloned().collect(),
                "{parameter}={key}"
            );
        }
    }
    assert_eq!(
        search(&site, &format!("affiliation={}", npi(2))).await["total"]["value"],
        0,
        "nobody's NPI has no members"
    );
    // Whoever has chosen a hospital still sees how many the others have, from the written index as well.
    site.feed.rebuild().await.expect("a generation");
    for filter in ["", "&affiliation="] {
        let filter = if filter.is_empty() {
            String::new()
        } else {
            format!("{filter}{}", npi(1))
        };
        let facets = search(&site, &format!("facets=affiliation{filter}")).await["facets"]["affiliation"].clone();
        let counts: BTreeMap<_, _> = facets
            .as_array()
            .expect("values")
            .iter()
            .map(|value| (value["value"].clone().to_string(), value["count"].clone()))
            .collect();
        let expected = [(&hospital, 3), (&group, 1)].map(|(house, count)| (house["id"].to_string(), json!(count)));
        assert_eq!(counts, BTreeMap::from(expected), "{filter}");
    }
    let twice = format!("npi={0}&npi={0}", npi(1));
    let answer = search(&site, &twice).await;
    assert_eq!(
        (&answer["total"]["value"], answer["results"].as_array().map(Vec::len)),
        (&json!(1), Some(1))
    );
}

/// A site with so many invented providers.
pub async fn peopled(count: u64) -> Site {
    let site = Site::open().await;
    load::networks(&site.house.store).await.expect("networks");
    load::synthetic(&site.house.store, &LEXICON, count, 5, noon(), |_| {})
        .await
        .expect("loaded");
    let at = site.house.settled().await;
    // A bulk load is owed for a while: single changes pass it, so `min_position` does not wait for it.
    let loaded = site.index.wait_for_all(at, Duration::from_secs(120)).await;
    assert!(loaded, "the index never had all up to {at}");
    site
}

/// Who is new comes whole: nothing was there before it, so nothing is kept of what it was, and nobody is told twice.
#[tokio::test(flavor = "multi_thread")]
async fn a_first_load_leaves_no_history_and_the_second_changes_nothing() {
    let site = peopled(1_200).await;
    let rows = "SELECT 'kept', count(*) FROM provider_history UNION ALL SELECT 'told', count(*) FROM provider_change
        UNION ALL SELECT 'versions', sum(version)::bigint FROM provider
        UNION ALL SELECT 'members', count(*) FROM participation";
    let first = counted(&site, rows).await;
    assert_eq!((first["kept"], first["told"], first["versions"]), (0, 0, 1_200));
    load::synthetic(&site.house.store, &LEXICON, 1_200, 5, noon(), |_| {})
        .await
        .expect("loaded");
    let second = counted(&site, rows).await;
    assert_eq!(second["members"], first["members"]);
    assert_eq!((second["kept"], second["told"]), (0, 0));
}

async fn counted(site: &Site, sql: &'static str) -> BTreeMap<String, i64> {
    let rows: Vec<(String, i64)> = sqlx::query_as(sql)
        .fetch_all(&mut site.house.owner().await)
        .await
        .expect("counted");
    rows.into_iter().collect()
}

/// 1.33: kinds and categories are counted as SQL counts them, by filter and by facet.
#[tokio::test(flavor = "multi_thread")]
async fn feature_1_33_kinds_and_categories_count_as_in_sql() {
    let site = peopled(400).await;
    let facets = search(&site, "limit=1&facets=kind,category").await["facets"].clone();
    for (name, sql) in [
        ("kind", "SELECT kind, count(*) FROM provider GROUP BY 1"),
        ("category", "SELECT category, count(*) FROM provider GROUP BY 1"),
    ] {
        let by_sql = counted(&site, sql).await;
        assert!(by_sql.len() > 1, "{by_sql:?}");
        let mut by_filter = BTreeMap::new();
        for value in by_sql.keys() {
            let total = search(&site, &format!("{name}={value}&limit=1")).await["total"]["value"]
                .as_i64()
                .expect("a total");
            by_filter.insert(value.clone(), total);
        }
        assert_eq!(by_filter, by_sql);
        let by_facet = facets[name].as_array().expect("counts").iter();
        let by_facet = by_facet.map(|v| {
            (
                v["value"].as_str().expect("a value").to_owned(),
                v["count"].as_i64().expect("a count"),
            )
        });
        assert_eq!(by_facet.collect::<BTreeMap<_, _>>(), by_sql);
    }
}
