//! The rows of the feature table on the box, its keys and what it refuses, each by the test that its row names; and the words in
//! which they are asked.

use std::collections::BTreeSet;
use std::time::Duration;

use axum::{
    body::Body,
    http::{Request, StatusCode},
};
use provider_directory::{query::request::PARAMETERS, vocab::Npi};
use serde_json::{Value, json};

use super::http_site::Site;

/// A person with this last name, and whatever else there is to say.
pub fn person(last: &str, more: Value) -> Value {
    let mut person = json!({"kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": last});
    for (name, value) in more.as_object().cloned().unwrap_or_default() {
        person[name] = value;
    }
    person
}

pub fn npi(n: u64) -> String {
    Npi::from_base(100_000_000 + n).to_string()
}

/// The answer to a search that must be understood.
pub async fn search(site: &Site, query: &str) -> Value {
    let answer = site.get(&format!("/providers/search?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {}", answer.text);
    answer.json()
}

pub fn ids(answer: &Value) -> Vec<String> {
    let results = answer["results"].as_array().expect("results");
    results
        .iter()
        .map(|card| card["id"].as_str().expect("an id").to_owned())
        .collect()
}

/// Who is found, in order.
pub async fn found(site: &Site, query: &str) -> Vec<String> {
    ids(&search(site, query).await)
}

/// The ids of providers as they were created.
pub fn id(created: &Value) -> String {
    created["id"].as_str().expect("an id").to_owned()
}

/// Writes as the administrator and waits until a search sees it.
pub async fn written(site: &Site, method: &str, path: &str, body: Value) -> Value {
    let answer = site.write(method, path, Some("*"), body).await;
    assert!(answer.status.is_success(), "{path}: {}", answer.text);
    let at = answer.header("x-position");
    let seen = site.get(&format!("/providers/search?limit=1&min_position={at}")).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    answer.json()
}

pub async fn activate(site: &Site, npis: &[&str]) {
    let roster = json!({"npis": npis, "source": "roster of a test", "decided": "2026-10-01"});
    let done = written(site, "POST", "/credentialing-requests/delegated", roster).await;
    assert_eq!(done["approved"], npis.len());
}

/// 1.01: full text over name, organisation, specialty: of 20 providers, the one with the surname is first, HTTP 200.
#[tokio::test]
async fn feature_1_01_a_surname_an_organisation_and_a_specialty_are_found_in_one_box() {
    let site = Site::open().await;
    let surnames = [
        "Abernathy",
        "Blackwood",
        "Carmichael",
        "Dumont",
        "Eriksson",
        "Fairbanks",
        "Goldstein",
        "Hathaway",
        "Ivanov",
        "Jablonski",
        "Kowalczyk",
        "Lindqvist",
        "Montague",
        "Nakamura",
        "Oyelaran",
        "Pemberton",
        "Quesada",
        "Rosenthal",
    ];
    for (n, last) in (0..).zip(surnames) {
        site.person(person(
            last,
            json!({"npi": npi(n), "specialties": [{"code": "208000000X"}]}),
        ))
        .await;
    }
    let clinic = json!({"kind": "organization", "category": "clinic", "organization_name": "Willow Creek Clinic", "npi": npi(18)});
    site.person(clinic).await;
    site.person(person("Zimmermann", json!({"npi": npi(19), "specialty": "CARDIOLOGY"})))
        .await;
    for (n, last) in (0..).zip(surnames) {
        let answer = search(&site, &format!("q={}", last.to_lowercase())).await;
        assert_eq!(answer["results"][0]["npi"], npi(n), "{last}");
    }
    assert_eq!(search(&site, "q=willow+creek").await["results"][0]["npi"], npi(18));
    let cardiologists = search(&site, "q=cardiologist").await;
    assert_eq!(
        (&cardiologists["results"][0]["npi"], &cardiologists["total"]["value"]),
        (&json!(npi(19)), &json!(1))
    );
}

/// 1.02: ten digits give exactly one hit; `npi=` with a wrong check digit is a typed 400, in `q` a hint beside the answer;
/// a prefix is allowed in typeahead.
#[tokio::test]
async fn feature_1_02_an_npi_is_a_key() {
    let site = Site::open().await;
    for n in 0..12 {
        site.house.provider(&format!("Keyes{n}"), Some(&npi(n))).await;
    }
    site.person(person("Keyeslast", json!({"npi": "1234567893"}))).await;
    for query in ["q=1234567893", "npi=1234567893"] {
        let answer = search(&site, query).await;
        assert_eq!(
            (&answer["total"]["value"], &answer["results"][0]["npi"]),
            (&json!(1), &json!("1234567893")),
            "{query}"
        );
    }
    let refused = site.get("/providers/search?npi=1234567890").await;
    assert_eq!(
        (refused.status, refused.fault()),
        (StatusCode::BAD_REQUEST, ("npi".to_owned(), "check_digit".to_owned()))
    );
    assert!(refused.text.contains("should be 3"), "{}", refused.text);
    let hinted = site.get("/providers/search?q=1234567890").await;
    assert_eq!(hinted.status, 200);
    assert!(hinted.text.contains("should be 3"), "{}", hinted.text);
    for typed in ["12", "12345", "1234567893"] {
        let told = site.get(&format!("/providers/suggest?q={typed}")).await.json();
        let values = told["suggestions"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|s| s["value"].clone());
        assert!(
            values.collect::<Vec<_>>().contains(&json!("1234567893")),
            "{typed}: {told}"
        );
    }
    let told = site.get("/providers/suggest?q=10000&limit=20").await.json();
    let of_people = told["suggestions"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(|s| s["type"] == "provider");
    assert_eq!(of_people.count(), 12, "{told}");
}

/// 1.03: `CARDIOLOGY`, `207RC0000X` and "Cardiovascular Disease" give the same set; an unknown code is a 400 with suggestions.
#[tokio::test]
async fn feature_1_03_a_specialty_in_three_ways_is_one_set() {
    let site = Site::open().await;
    let mut hearts = BTreeSet::new();
    for (n, words) in (0..).zip(["CARDIOLOGY", "207RC0000X", "Cardiovascular Disease"]) {
        hearts.insert(id(&site
            .person(person(&format!("Heart{n}"), json!({"specialty": words})))
            .await));
    }
    site.person(person("Skin", json!({"specialty": "Dermatology"}))).await;
    for query in ["CARDIOLOGY", "207RC0000X", "Cardiovascular+Disease", "cardiology"] {
        let set = found(&site, &format!("specialty={query}")).await;
        assert_eq!(set.into_iter().collect::<BTreeSet<_>>(), hearts, "{query}");
    }
    let refused = site.get("/providers/search?specialty=cardiolgy").await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().1.as_str()),
        (400, "unknown_specialty")
    );
    assert!(
        refused.text.contains("did you mean") && refused.text.to_lowercase().contains("cardiology"),
        "{}",
        refused.text
    );
    let refused = site
        .write(
            "POST",
            "/providers",
            None,
            person("Odd", json!({"specialty": "cardiolgy"})),
        )
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (400, "specialty")
    );
}

/// 1.06: each status gives only its own; without the filter all are found, each labelled.
#[tokio::test]
async fn feature_1_06_each_status_gives_only_its_own() {
    let site = Site::open().await;
    for n in 0..3 {
        site.person(person("Statusson", json!({"npi": npi(n)}))).await;
    }
    activate(&site, &[&npi(1), &npi(2)]).await;
    written(
        &site,
        "POST",
        &format!("/providers/{}/deactivate", npi(2)),
        json!({"reason": "retired"}),
    )
    .await;
    for (n, status) in (0..).zip(["PENDING", "ACTIVE", "INACTIVE"]) {
        let answer = search(&site, &format!("name=Statusson&network_status={status}")).await;
        assert_eq!(
            (&answer["total"]["value"], &answer["results"][0]["npi"]),
            (&json!(1), &json!(npi(n))),
            "{status}"
        );
    }
    let all = search(&site, "name=Statusson").await;
    let labels = all["results"]
        .as_array()
        .expect("results")
        .iter()
        .map(|c| c["network_status"].as_str().expect("a label"));
    assert_eq!(
        labels.collect::<BTreeSet<_>>(),
        BTreeSet::from(["ACTIVE", "INACTIVE", "PENDING"])
    );
    assert_eq!(
        search(&site, "network_status=PENDING&network_status=ACTIVE").await["total"]["value"],
        2
    );
}

/// 1.07: a provider with `address.extension.languages = ["es"]` is found by `language=es` and by "Spanish".
#[tokio::test]
async fn feature_1_07_languages_are_read_from_the_extension_of_the_address() {
    let site = Site::open().await;
    let address = |languages: Value| json!({"address": {"line1": "1 Main St", "extension": {"languages": languages}}});
    let spanish = site.person(person("Lingua", address(json!(["es"])))).await;
    assert_eq!(
        (&spanish["languages"], &spanish["address"]["extension"]["languages"]),
        (&json!(["es"]), &json!(["es"]))
    );
    site.person(person("Muta", json!({}))).await;
    for language in ["es", "Spanish", "spanish", "ES"] {
        assert_eq!(
            found(&site, &format!("language={language}")).await,
            [id(&spanish)],
            "{language}"
        );
    }
    let path = format!("/providers/{}", id(&spanish));
    written(&site, "PATCH", &path, address(json!(["Vietnamese"]))).await;
    assert_eq!(found(&site, "language=es").await, [""; 0]);
    assert_eq!(found(&site, "language=vi").await, [id(&spanish)]);
    let refused = site
        .write("PATCH", &path, Some("*"), address(json!(["Klingonese"])))
        .await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().0.as_str()),
        (400, "address.extension.languages[0]")
    );
}

/// 1.08: `/admin/index` tells the alias `provider.providers` and the live generation behind it; so does the health output.
#[tokio::test]
async fn feature_1_08_the_alias_leads_to_the_live_generation() {
    let site = Site::open().await;
    let before = site.get("/admin/index").await.json();
    assert_eq!(before["alias"], "provider.providers");
    assert_eq!(site.get("/readyz").await.json()["index"]["alias"], "provider.providers");
    site.write("POST", "/admin/index/rebuild", None, json!({})).await;
    let generation = |told: &Value| told["generation"].as_u64().expect("a number");
    for _ in 0..2_000 {
        if generation(&site.get("/admin/index").await.json()) > generation(&before) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("the alias still leads to generation {}", generation(&before));
}

/// 1.09: `near=10013&radius=5` is the query by latitude and longitude at that ZIP's centroid; city, state and county are
/// places too.
#[tokio::test]
async fn feature_1_09_a_zip_is_its_centroid() {
    let site = Site::open().await;
    for (n, (city, state, zip)) in (0..).zip([
        ("New York", "NY", "10013"),
        ("New York", "NY", "10001"),
        ("Brooklyn", "NY", "11201"),
        ("Jersey City", "NJ", "07302"),
        ("Houston", "TX", "77030"),
        ("Yonkers", "NY", "10701"),
    ]) {
        let place = json!({"locations": [{"city": city, "state": state, "postal_code": zip}]});
        site.person(person(&format!("Place{n}"), place)).await;
    }
    let by_zip = search(&site, "near=10013&radius=5").await;
    let place = &by_zip["interpreted"]["place"];
    let by_point = search(&site, &format!("near={},{}&radius=5", place["lat"], place["lon"])).await;
    let told = |answer: &Value| {
        answer["results"]
            .as_array()
            .expect("results")
            .iter()
            .map(|c| (c["id"].clone(), c["distance_miles"].clone()))
            .collect::<Vec<_>>()
    };
    assert_eq!(told(&by_zip), told(&by_point));
    assert!((3..=4).contains(&told(&by_zip).len()), "{by_zip}");
    assert_eq!(search(&site, "city=new+york&state=NY").await["total"]["value"], 2);
    assert_eq!(search(&site, "state=Texas").await["total"]["value"], 1);
    assert_eq!(search(&site, "county=Kings&state=NY").await["total"]["value"], 1);
    assert_eq!(search(&site, "near=Houston,+TX&radius=15").await["total"]["value"], 1);
    assert_eq!(search(&site, "postal_code=10001").await["total"]["value"], 1);
}

/// 1.13: "card" suggests Cardiology and people named Card..., each typed; places too; from the first character on.
#[tokio::test]
async fn feature_1_13_completions_are_typed_and_begin_at_the_first_character() {
    let site = Site::open().await;
    site.person(person("Cardoso", json!({"npi": npi(1)}))).await;
    let clinic = json!({"kind": "organization", "category": "clinic", "organization_name": "Cardinal Health Partners"});
    site.person(clinic).await;
    let told = site.get("/providers/suggest?q=card&limit=12").await.json();
    let of = |told: &Value, kind: &str| {
        let list = told["suggestions"].as_array().expect("a list").iter();
        list.filter(|s| s["type"] == kind)
            .map(|s| s["text"].as_str().expect("a text").to_lowercase())
            .collect::<Vec<_>>()
    };
    assert!(of(&told, "specialty").contains(&"cardiologist".to_owned()), "{told}");
    assert_eq!(of(&told, "provider"), ["jane cardoso"], "{told}");
    assert_eq!(of(&told, "organization"), ["cardinal health partners"], "{told}");
    for typed in ["c", "ca"] {
        let told = site.get(&format!("/providers/suggest?q={typed}&limit=12")).await.json();
        assert!(
            !of(&told, "specialty").is_empty() && !of(&told, "provider").is_empty() && !of(&told, "place").is_empty(),
            "{told}"
        );
    }
    let told = site.get("/providers/suggest?q=hous").await.json();
    assert!(of(&told, "place").contains(&"houston, tx".to_owned()), "{told}");
}

/// 1.18: `obrien`, `O'Brien`, `OBRIEN` are one set; `munoz` is `Muñoz`; hyphens, suffixes and credentials don't matter.
#[tokio::test]
async fn feature_1_18_a_name_is_found_however_it_is_written() {
    let site = Site::open().await;
    let mut all = Vec::new();
    for name in [
        json!({"last_name": "O'Brien"}),
        json!({"last_name": "OBRIEN"}),
        json!({"last_name": "O’Brien"}),
        json!({"last_name": "Muñoz"}),
        json!({"last_name": "MUNOZ"}),
        json!({"last_name": "Garcia-Lopez", "suffix": "Jr.", "credential": "M.D., FACC"}),
    ] {
        all.push(id(&site.person(person("", name)).await));
    }
    let set = |of: &[usize]| of.iter().map(|n| all[*n].clone()).collect::<BTreeSet<_>>();
    for (queries, of) in [
        (&["obrien", "O'Brien", "OBRIEN", "o%E2%80%99brien"][..], &[0, 1, 2][..]),
        (&["munoz", "Mu%C3%B1oz", "MUNOZ", "Mun%CC%83oz"][..], &[3, 4][..]),
        (
            &[
                "garcia-lopez",
                "Garcia+Lopez",
                "GARCIA-LOPEZ+JR",
                "Garcia-Lopez,+MD",
                "Garcia-Lopez+Jr.+M.D.",
            ][..],
            &[5][..],
        ),
    ] {
        for query in queries {
            for parameter in ["name", "q"] {
                let found: BTreeSet<_> = found(&site, &format!("{parameter}={query}"))
                    .await
                    .into_iter()
                    .collect();
                assert_eq!(found, set(of), "{parameter}={query}");
            }
        }
    }
}

/// 1.19: a maiden name finds the provider, and the hit says that it was a former name.
#[tokio::test]
async fn feature_1_19_former_and_business_names_find_their_bearer() {
    let site = Site::open().await;
    let married = json!({"other_names": [{"type_code": 1, "first": "Jane", "last": "Maidenhead"}]});
    let married = id(&site.person(person("Marriott", married)).await);
    let clinic = json!({"kind": "organization", "category": "clinic", "organization_name": "Harris Holdings LLC",
        "other_names": [{"type_code": 3, "organization": "Sunny Smiles"}]});
    let clinic = id(&site.person(clinic).await);
    for (query, who, how) in [
        ("name=Maidenhead", &married, "former"),
        ("q=jane+maidenhead", &married, "former"),
        ("q=sunny+smiles", &clinic, "alias"),
    ] {
        let answer = search(&site, query).await;
        assert_eq!(ids(&answer), [who.as_str()], "{query}");
        assert_eq!(answer["results"][0]["matched"]["name"], how, "{query}");
    }
    assert_eq!(
        search(&site, "name=Marriott").await["results"][0]["matched"]["name"],
        "exact"
    );
}

/// 1.46: every documented parameter has a value that is refused by its name.
#[tokio::test]
async fn feature_1_46_every_parameter_refuses_a_bad_value_by_name() {
    let site = Site::open().await;
    let long = "x".repeat(5_000);
    let table = [
        ("q", long.as_str()),
        ("literal", long.as_str()),
        ("name", "%21%21"),
        ("npi", "1234567890"),
        ("specialty", "basketry"),
        ("language", "klingonese"),
        ("network_status", "BUSY"),
        ("network", "Nonet"),
        ("plan", "Noplan"),
        ("near", "91,0"),
        ("radius", "0"),
        ("unit", "furlong"),
        ("bbox", "1,2,3"),
        ("polygon", "1,2;3,4"),
        ("city", "%21"),
        ("state", "QQ"),
        ("postal_code", "123"),
        ("county", "%2E"),
        ("gender", "Q"),
        ("accepting_new_patients", "maybe"),
        ("telehealth", "perhaps"),
        ("kind", "robot"),
        ("profession", "plumber"),
        ("category", ""),
        ("accessibility", "wings"),
        ("open_at", "noonish"),
        ("available_before", "someday"),
        ("organization", "nobody"),
        ("affiliation", "1234567890"),
        ("match", "psychic"),
        ("nicknames", "some"),
        ("sort", "karma"),
        ("group", "tribe"),
        ("limit", "101"),
        ("cursor", "abc"),
        ("facets", "colour"),
        ("clusters", "99"),
        ("count", "roughly"),
        ("fields", "colour"),
        ("format", "xml"),
        ("explain", "why"),
        ("min_position", "soon"),
    ];
    let named: BTreeSet<&str> = table.iter().map(|row| row.0).collect();
    assert_eq!(
        named,
        PARAMETERS.iter().copied().collect(),
        "each parameter is in the table"
    );
    for (parameter, value) in table {
        let near = if parameter == "radius" { "&near=77030" } else { "" };
        let refused = site.get(&format!("/providers/search?{parameter}={value}{near}")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.header("content-type")),
            (400, "application/problem+json"),
            "{parameter}"
        );
        assert_eq!(refused.fault().0, parameter, "{}", refused.text);
        assert_eq!(refused.json()["type"], "/problems/invalid-parameter");
        let body = json!({parameter: if parameter == "category" { json!({}) } else { json!(value.replace("%21", "!").replace("%2E", ".")) }, "near": if parameter == "near" { "91,0" } else { "77030" }});
        let posted = Request::post("/providers/search").header("content-type", "application/json");
        let posted = site
            .send(posted.body(Body::from(body.to_string())).expect("a request"))
            .await;
        assert_eq!(
            (posted.status.as_u16(), posted.fault().0.as_str()),
            (400, parameter),
            "{}",
            posted.text
        );
    }
    for unknown in ["colour", "exclude.colour", "exclude.near", "Q"] {
        let refused = site.get(&format!("/providers/search?{unknown}=1")).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault()),
            (400, (unknown.to_owned(), "unknown_parameter".to_owned()))
        );
    }
}
