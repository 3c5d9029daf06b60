//! How FHIR is asked: what every search and reading takes beside what is its own, by address and by form, and that the
//! `CapabilityStatement` says what is done.

use axum::{body::Body, http::Request};
use provider_directory::domain::access::Role;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    fhir::{Program, issue, one_of_each},
    http_site::Answer,
    tenants::signed_in,
};

const FORM: &str = "application/x-www-form-urlencoded";

/// Sends a request with more headers, and a body where there is one.
async fn send(program: &Program<'_>, line: (&str, &str), headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::builder().method(line.0).uri(line.1);
    request = request.header("authorization", format!("Bearer {}", program.token));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body.to_owned())).expect("a request");
    program.site.send(request).await
}

/// 6.19: a search by a form finds what the same search by an address finds; `_count=0` asks how many there are.
#[tokio::test]
async fn feature_6_19_fhir_is_searched_by_forms() {
    let (site, token, organization) = one_of_each().await;
    let program = Program { site: &site, token };
    let counted = program.ask("/fhir/Slot?_count=0&status=free").await.json();
    let all = program.ids("/fhir/Slot?status=free").await;
    assert_eq!(
        (&counted["total"], &counted["entry"]),
        (&json!(all.len()), &Value::Null)
    );
    let post = async |path, media, body| send(&program, ("POST", path), &[("content-type", media)], body).await;
    for (path, media, body) in [
        ("/fhir/Slot/_search?status=free", FORM, "_count=0"),
        (
            "/fhir/Slot/_search",
            "Application/X-WWW-Form-Urlencoded; charset=utf-8",
            "status=free&_count=0",
        ),
        ("/fhir/Slot/_search?status=free&_count=0", "application/json", ""),
    ] {
        let posted = post(path, media, body).await;
        assert_eq!(
            posted.json()["total"],
            counted["total"],
            "{path} {media}: {}",
            posted.text
        );
    }
    let posted = post("/fhir/Schedule/_search", FORM, "_count=1").await.json();
    let link = posted["link"][0]["url"].as_str().expect("an address");
    assert!(link.ends_with("/fhir/Schedule?_count=1"), "{link}");
    for (body, media, status, wanted) in [
        ("{}", "application/json", 415, "processing"),
        ("status=open", FORM, 400, "value"),
        ("begin=2026", FORM, 400, "not-supported"),
        ("status=%zz", FORM, 400, "value"),
    ] {
        let odd = post("/fhir/Slot/_search", media, body).await;
        assert_eq!(
            (odd.status.as_u16(), issue(&odd).0.as_str()),
            (status, wanted),
            "{body}: {}",
            odd.text
        );
    }
    let employer = Program {
        site: &site,
        token: signed_in(&site.house, organization, Role::Employer).await,
    };
    let refused = send(
        &employer,
        ("POST", "/fhir/Slot/_search"),
        &[("content-type", "text/csv")],
        "x",
    )
    .await;
    assert_eq!(
        (refused.status.as_u16(), issue(&refused).0.as_str()),
        (403, "forbidden")
    );
}

/// 6.19: what is read has a version, also in a search, and is not sent again to who has it; a change makes another one.
#[tokio::test]
async fn feature_6_19_fhir_resources_have_versions() {
    let (site, token, _) = one_of_each().await;
    let program = Program { site: &site, token };
    let found = program.ask("/fhir/Schedule").await.json()["entry"][0]["resource"].clone();
    let at = format!("/fhir/Schedule/{}", found["id"].as_str().expect("an id"));
    let read = program.ask(&at).await;
    assert_eq!(read.json(), found, "the same in a search");
    let tag = read.header("etag").to_owned();
    assert_eq!(
        tag,
        format!("W/\"{}\"", found["meta"]["versionId"].as_str().expect("a version"))
    );
    for (known, status) in [(tag.as_str(), 304), ("*", 304), ("W/\"0\"", 200)] {
        let again = send(&program, ("GET", &at), &[("if-none-match", known)], "").await;
        assert_eq!(again.status, status, "{known}");
    }
    site.house.sql("UPDATE schedule SET slot_minutes = 20").await;
    let changed = send(&program, ("GET", &at), &[("if-none-match", &tag)], "").await;
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
    for path in ["/fhir/Slot/abc", "/fhir/Slot/abc?_format=json"] {
        assert_eq!(program.refused(path, 404).await.0, "not-found");
    }
}

/// 6.19: some elements only, marked as such, with those that R4 wants of each.
#[tokio::test]
async fn feature_6_19_fhir_tells_the_elements_that_are_asked_for() {
    let (site, token, _) = one_of_each().await;
    let program = Program { site: &site, token };
    let page = program.ask("/fhir/Location?_elements=name,mode&_count=1").await.json();
    let one = &page["entry"][0]["resource"];
    let names = |one: &Value| one.as_object().expect("members").keys().cloned().collect::<Vec<_>>();
    assert_eq!(names(one), ["id", "meta", "mode", "name", "resourceType"]);
    assert_eq!(one["meta"]["tag"][0]["code"], "SUBSETTED");
    let link = page["link"][0]["url"].as_str().expect("an address");
    assert!(link.contains("_elements=name,mode"), "{link}");
    let at = format!("/fhir/Location/{}", one["id"].as_str().expect("an id"));
    assert_eq!(program.ask(&format!("{at}?_elements=name,mode")).await.json(), *one);
    let slot = program.ask("/fhir/Slot?_elements=start&_count=1").await.json();
    assert_eq!(
        names(&slot["entry"][0]["resource"]),
        ["end", "id", "meta", "resourceType", "schedule", "start", "status"]
    );
    for query in ["_elements=nmae", "_elements=name&_elements=mode"] {
        for path in ["/fhir/Location", &at] {
            let (code, _, place) = program.refused(&format!("{path}?{query}"), 400).await;
            assert_eq!(
                (code.as_str(), place.as_str()),
                ("value", "http._elements"),
                "{path}?{query}"
            );
        }
    }
}

/// 6.19: what is not known is refused, or passed over for who says so, and then the link `self` tells what was heeded.
#[tokio::test]
async fn feature_6_19_fhir_passes_over_what_it_does_not_know_where_asked() {
    let (site, token, _) = one_of_each().await;
    let program = Program { site: &site, token };
    let ask = async |path: &str, prefer: &str| send(&program, ("GET", path), &[("prefer", prefer)], "").await;
    let path = "/fhir/Location?colour=red&name=nor&_pretty=true";
    for (prefer, status) in [
        ("handling=strict", 400),
        ("return=minimal", 400),
        ("handling=lenient", 200),
        ("return=representation, Handling=\"Lenient\"", 200),
    ] {
        let answer = ask(path, prefer).await;
        assert_eq!(answer.status, status, "{prefer}: {}", answer.text);
    }
    let page = ask(path, "handling=lenient").await.json();
    assert_eq!(page["total"], 1);
    let link = page["link"][0]["url"].as_str().expect("an address");
    assert!(link.ends_with("/fhir/Location?name=nor"), "{link}");
    let odd = ask("/fhir/Location?colour=red&status=open", "handling=lenient").await;
    assert_eq!(
        (odd.status.as_u16(), odd.json()["issue"].as_array().map(Vec::len)),
        (400, Some(1))
    );
    // One that is read knows parameters, too.
    let one = program.ids("/fhir/Location").await.pop().expect("a clinic");
    for (query, place) in [
        ("_format=xml", "http._format"),
        ("_summary=true", "http._summary"),
        ("colour=red", "http.colour"),
    ] {
        let (.., at) = program.refused(&format!("/fhir/Location/{one}?{query}"), 400).await;
        assert_eq!(at, place, "{query}");
    }
    // The plus of a media type stands in many programs as it is.
    for format in ["application/fhir+json", "application/fhir%2Bjson", "json"] {
        program.one(&format!("/fhir/Location/{one}?_format={format}")).await;
    }
}

/// The types of what a page tells beside what fits, in their order.
fn beside(page: &Value) -> Vec<String> {
    let entries = page["entry"].as_array().into_iter().flatten();
    let entries = entries.filter(|entry| entry["search"]["mode"] == "include");
    let types = entries.map(|entry| {
        let of = entry["resource"]["resourceType"].as_str().expect("a type");
        let id = entry["resource"]["id"].as_str().expect("an id");
        let url = entry["fullUrl"].as_str().expect("an address");
        assert!(url.ends_with(&format!("/fhir/{of}/{id}")), "{url}");
        assert!(entry["resource"]["meta"]["versionId"].is_string());
        of.to_owned()
    });
    types.collect()
}

/// 6.19: what is found leads to others, and others to it, each told once and counted never.
#[tokio::test]
async fn feature_6_19_fhir_tells_beside_what_is_asked_for() {
    let (site, token, organization) = one_of_each().await;
    let program = Program { site: &site, token };
    let slots = program.all("/fhir/Slot?_count=1000").await.len();
    for (query, wanted) in [
        ("Slot?_include=Slot:schedule", vec!["Schedule"]),
        (
            "Slot?_include=Slot:schedule&_include:iterate=Schedule:actor",
            vec!["Schedule", "Practitioner", "Location"],
        ),
        (
            "Slot?_include=Slot:schedule&_include:iterate=Schedule:actor:Location",
            vec!["Schedule", "Location"],
        ),
        ("Slot?_include:iterate=Schedule:actor", vec![]),
        ("Slot?_count=0&_include=Slot:schedule", vec![]),
        ("Schedule?_include=Schedule:actor", vec!["Practitioner", "Location"]),
        (
            "Schedule?_include=Schedule:actor&_elements=active",
            vec!["Practitioner", "Location"],
        ),
        (
            "PractitionerRole?_include=PractitionerRole:location&_include=PractitionerRole:location:Location",
            vec!["Location"],
        ),
        (
            "Practitioner?_revinclude=PractitionerRole:practitioner",
            vec!["PractitionerRole"],
        ),
        (
            "Practitioner?_revinclude=PractitionerRole:practitioner&_include:iterate=PractitionerRole:location",
            vec!["PractitionerRole", "Location"],
        ),
        (
            "Location?_revinclude=PractitionerRole:location&_revinclude=Schedule:actor",
            vec!["PractitionerRole", "Schedule"],
        ),
    ] {
        let page = program.ask(&format!("/fhir/{query}")).await;
        assert_eq!(page.status, 200, "{query}: {}", page.text);
        assert_eq!(beside(&page.json()), wanted, "{query}");
    }
    let page = program
        .ask("/fhir/Slot?_include=Slot:schedule&_total=accurate&_count=2")
        .await
        .json();
    assert_eq!(
        (&page["total"], page["entry"].as_array().map(Vec::len)),
        (&json!(slots), Some(3)),
        "what is told beside is not counted"
    );
    let link = page["link"][1]["url"].as_str().expect("a next page");
    assert_eq!(beside(&program.ask(link).await.json()), ["Schedule"]);
    for query in [
        "Slot?_include=Slot:owner",
        "Slot?_include=Schedule:actor",
        "Slot?_include=*",
        "Slot?_include=Slot:schedule:Location",
        "Schedule?_revinclude=Slot:schedule",
        "Practitioner?_include=Practitioner:organization",
    ] {
        let (code, own, place) = program.refused(&format!("/fhir/{query}"), 400).await;
        assert_eq!((code.as_str(), own.as_str()), ("value", "unknown_term"), "{query}");
        assert!(place.starts_with("http._"), "{place}");
    }
    // Who may not see clinics is told of none.
    let reviewer = Program {
        site: &site,
        token: signed_in(&site.house, organization, Role::Reviewer).await,
    };
    let path = "/fhir/PractitionerRole?_include=PractitionerRole";
    reviewer.refused(&format!("{path}:location"), 403).await;
    assert_eq!(
        beside(&reviewer.ask(&format!("{path}:practitioner")).await.json()),
        ["Practitioner"]
    );
}

/// 8.02: each parameter that the statement declares is one of the search, and no other is; what it says of reading holds.
#[tokio::test]
async fn feature_8_02_the_capability_statement_is_true() {
    let (site, token, _) = one_of_each().await;
    let program = Program { site: &site, token };
    let can = site.get("/fhir/metadata").await.json();
    let resources = can["rest"][0]["resource"].as_array().expect("resources");
    assert!(resources.len() >= 5);
    for resource in resources {
        let of = resource["type"].as_str().expect("a type");
        let codes = resource["interaction"].as_array().expect("interactions");
        assert_eq!(
            codes.iter().map(|one| &one["code"]).collect::<Vec<_>>(),
            ["read", "search-type"]
        );
        assert_eq!(
            (&resource["versioning"], &resource["conditionalRead"]),
            (&json!("versioned"), &json!("not-match"))
        );
        for parameter in resource["searchParam"].as_array().expect("parameters") {
            let name = parameter["name"].as_str().expect("a name");
            let value = match (parameter["type"].as_str().expect("a type"), name) {
                ("date", _) => "ge2026-01-01".to_owned(),
                ("token", "active") => "true".to_owned(),
                ("token", "identifier") => "1234567893".to_owned(),
                ("token", "status") if of == "Slot" => "free".to_owned(),
                ("token", "status") => "active".to_owned(),
                ("token", "_id") | ("reference", _) => Uuid::nil().to_string(),
                ("string", _) => "a".to_owned(),
                other => panic!("{of}.{name}: {other:?} is not known here"),
            };
            let answer = program.ask(&format!("/fhir/{of}?{name}={value}")).await;
            assert_eq!(answer.status, 200, "{of}?{name}={value}: {}", answer.text);
            assert_eq!(answer.json()["type"], "searchset");
        }
        for (name, ways) in [("_include", "searchInclude"), ("_revinclude", "searchRevInclude")] {
            for way in resource[ways].as_array().into_iter().flatten() {
                let path = format!("/fhir/{of}?{name}={}", way.as_str().expect("a way"));
                let page = program.ask(&path).await;
                assert!(!beside(&page.json()).is_empty(), "{path}: {}", page.text);
            }
        }
        let one = program.all(&format!("/fhir/{of}?_count=1")).await.pop().expect("one");
        let id = one["id"].as_str().expect("an id");
        assert_eq!(program.one(&format!("/fhir/{of}/{id}")).await, one);
    }
}

/// 8.01: who takes no JSON of FHIR 4.0 is told that there is nothing else, and not sent it all the same; `_format` goes before.
#[tokio::test]
async fn feature_8_01_fhir_has_one_form() {
    let (site, token, _) = one_of_each().await;
    let program = Program { site: &site, token };
    let ask = async |path: &str, accept: &str| send(&program, ("GET", path), &[("accept", accept)], "").await;
    for path in ["/fhir/Slot?_count=1", "/fhir/metadata"] {
        for accept in [
            "application/fhir+xml",
            "text/html",
            "application/fhir+json; fhirVersion=5.0",
        ] {
            let refused = ask(path, accept).await;
            assert_eq!(refused.status, 406, "{path} {accept}: {}", refused.text);
            assert_eq!(refused.json()["issue"][0]["code"], "not-supported", "{}", refused.text);
        }
        for accept in [
            "application/fhir+json; fhirVersion=4.0",
            "text/html, */*;q=0.1",
            "application/json",
        ] {
            assert_eq!(ask(path, accept).await.status, 200, "{path} {accept}");
        }
    }
    assert_eq!(ask("/fhir/Slot?_format=json", "application/fhir+xml").await.status, 200);
}
