//! The OpenAPI document says what the server does, path by path and shape by shape.

use std::collections::BTreeSet;

use axum::{body::Body, http::Request};
use provider_directory::interfaces::http::routes;
use serde_json::{Value, json};

use crate::http_site::{Answer, Site};

/// What is wrong with a value by a schema of the document: as much of JSON Schema as the document uses.
pub fn misfits(document: &Value, schema: &Value, value: &Value, at: &str, faults: &mut Vec<String>) {
    if let Some(name) = schema["$ref"].as_str() {
        let name = name
            .strip_prefix("#/components/schemas/")
            .expect("a shape of the document");
        let shape = &document["components"]["schemas"][name];
        assert!(shape.is_object(), "no shape {name}");
        return misfits(document, shape, value, at, faults);
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let fits = choices.iter().any(|choice| {
            let mut faults = Vec::new();
            misfits(document, choice, value, at, &mut faults);
            faults.is_empty()
        });
        if !fits {
            faults.push(format!("{at}: {value} fits no choice"));
        }
        return;
    }
    if schema["enum"].as_array().is_some_and(|codes| !codes.contains(value)) {
        faults.push(format!("{at}: {value} is none of {}", schema["enum"]));
    }
    if schema.get("const").is_some_and(|only| only != value) {
        faults.push(format!("{at}: {value} is not {}", schema["const"]));
    }
    let kinds = match &schema["type"] {
        Value::Array(kinds) => kinds.clone(),
        Value::Null => Vec::new(),
        one => vec![one.clone()],
    };
    let is = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(n) if n.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let fits = kinds.is_empty()
        || kinds
            .iter()
            .any(|kind| kind == is || (kind == "number" && is == "integer"));
    if !fits {
        faults.push(format!("{at}: {value} is no {}", schema["type"]));
    }
    for item in value.as_array().into_iter().flatten() {
        misfits(document, &schema["items"], item, &format!("{at}[]"), faults);
    }
    let Some(members) = value.as_object() else { return };
    for name in schema["required"].as_array().into_iter().flatten() {
        if !members.contains_key(name.as_str().expect("a name")) {
            faults.push(format!("{at}: {name} is missing"));
        }
    }
    for (name, member) in members {
        match schema["properties"].get(name) {
            Some(property) => misfits(document, property, member, &format!("{at}.{name}"), faults),
            None if schema["additionalProperties"] == false => {
                faults.push(format!("{at}: {name} is not in the document"));
            }
            None => {}
        }
    }
}

fn every_reference(value: &Value, visit: &mut impl FnMut(&str)) {
    match value {
        Value::Object(members) => {
            if let Some(name) = members.get("$ref").and_then(Value::as_str) {
                visit(name);
            }
            members.values().for_each(|member| every_reference(member, visit));
        }
        Value::Array(items) => items.iter().for_each(|item| every_reference(item, visit)),
        _ => {}
    }
}

/// A site with its document, and a provider of whom there is much to tell.
struct Documented {
    site: Site,
    document: Value,
}

impl Documented {
    async fn open() -> Self {
        let site = Site::open().await;
        let document = site.get("/openapi.json").await.json();
        let network = site.house.network("BlueChoice", true).await;
        let mut new = json!({"kind": "individual", "category": "practitioner", "last_name": "Documented", "specialty": "CARDIOLOGY",
            "locations": [{"city": "Houston", "state": "TX", "postal_code": "77030"}]});
        new["npi"] = json!("1234567893");
        new["languages"] = json!(["es"]);
        new["other_names"] = json!([{"type_code": 1, "last": "Before"}]);
        new["identifiers"] = json!([{"type_code": "05", "value": "1"}]);
        site.person(new).await;
        let part = json!({"participations": [{"network_id": network.id, "status": "ACTIVE", "effective": "2026-01-01", "accepting": "newpt"}]});
        let joined = site
            .write("PUT", "/providers/1234567893/participations", Some("*"), part)
            .await;
        let at = joined.header("x-position").to_owned();
        site.get(&format!("/providers/search?min_position={at}")).await;
        Self { site, document }
    }

    /// The paths that the document tells of.
    fn paths(&self) -> &serde_json::Map<String, Value> {
        self.document["paths"].as_object().expect("paths")
    }

    /// Whether an answer has the shape that is told of it.
    fn fits(&self, path: &str, method: &str, answer: &Answer) {
        let document = &self.document;
        let told = &document["paths"][path][method]["responses"];
        let told = told.get(answer.status.as_str()).unwrap_or(&told["default"]);
        if answer.text.is_empty() {
            return; // Such as one that only leads on to another page.
        }
        let media = answer.header("content-type").split(';').next().expect("a type");
        let content = told["content"].get(media).or(told["content"].get("*/*"));
        let content = content.unwrap_or_else(|| panic!("{method} {path} answers {media} with {}", answer.status));
        let mut faults = Vec::new();
        if media.ends_with("json") {
            misfits(document, &content["schema"], &answer.json(), "", &mut faults);
        }
        assert!(faults.is_empty(), "{method} {path}: {faults:#?}");
    }
}

/// The document has every path and method of the router and no other, and says who may; what is answered fits the shape that it
/// tells.
#[tokio::test]
async fn the_openapi_document_has_the_paths_of_the_router() {
    let told = Documented::open().await;
    let (site, document, paths) = (&told.site, &told.document, told.paths());
    assert_eq!(document["openapi"], "3.1.0");
    every_reference(document, &mut |name| {
        let shape = name.strip_prefix("#").and_then(|pointer| document.pointer(pointer));
        assert!(shape.is_some(), "{name} leads nowhere");
    });
    let routed: BTreeSet<&str> = routes().into_iter().map(|(path, _)| path).collect();
    assert_eq!(paths.keys().map(String::as_str).collect::<BTreeSet<_>>(), routed);
    // The stream of events does not end.
    for (path, methods) in paths.iter().filter(|(path, _)| *path != "/events") {
        let real = path
            .replace("{id}", "018f0000-0000-7000-8000-000000000000")
            .replace("{key}", "1234567893")
            .replace("{slug}", "not-found")
            .replace("{name}", "style.css");
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE"] {
            let request = Request::builder()
                .method(method)
                .uri(&real)
                .body(Body::empty())
                .expect("a request");
            let answer = site.send(request).await;
            let is_told = methods.get(method.to_lowercase()).is_some();
            assert_eq!(
                answer.status.as_u16() != 405,
                is_told,
                "{method} {path}: {}",
                answer.status
            );
            if is_told {
                told.fits(path, &method.to_lowercase(), &answer);
                // There is nothing to compare or check without the providers to be compared or checked.
                let names_somebody = ["/providers/compare", "/network-status"].contains(&path.as_str());
                let wanted = match path.as_str() {
                    "/api/downloads/{link}" | "/networks/{id}" | "/plans/{id}" => 404, // Nobody has made one.
                    "/sign-in/oidc" | "/sign-in/oidc/callback" => 404,                 // No issuer is trusted.
                    _ if names_somebody => 400,
                    _ => 200,
                };
                let open = method == "GET" && !methods["get"]["security"].is_array();
                assert!(!open || answer.status == wanted, "{path}: {}", answer.text);
            }
            let protected = methods[method.to_lowercase()]["security"].is_array();
            assert_eq!(
                answer.status.as_u16() == 401,
                protected,
                "{method} {path}: {}",
                answer.status
            );
        }
    }
}

/// What is made and asked for has the shape that the document tells.
#[tokio::test]
async fn answers_fit_what_the_openapi_document_tells() {
    let told = Documented::open().await;
    let site = &told.site;
    for query in [
        "q=documented&near=77030&facets=specialty,network&clusters=3",
        "npi=1234567890",
        "q=1234567890",
        "group=location&sort=name",
    ] {
        told.fits(
            "/providers/search",
            "get",
            &site.get(&format!("/providers/search?{query}")).await,
        );
    }
    told.fits(
        "/providers/suggest",
        "get",
        &site.get("/providers/suggest?q=card").await,
    );
    let payer = site
        .write(
            "POST",
            "/organizations",
            None,
            json!({"name": "P", "slug": "p", "type": "payer"}),
        )
        .await;
    told.fits("/organizations", "post", &payer);
    let payer = payer.json()["id"].clone();
    let made = site
        .write(
            "POST",
            "/networks",
            None,
            json!({"organization_id": payer, "name": "N"}),
        )
        .await;
    told.fits("/networks", "post", &made);
    let plan =
        json!({"organization_id": payer, "code": "C", "name": "N", "networks": [{"network_id": made.json()["id"]}]});
    let plan = site.write("POST", "/plans", None, plan).await;
    assert_eq!(plan.status, 201, "{}", plan.text);
    told.fits("/plans", "post", &plan);
    let roster = json!({"npis": ["1234567893"], "source": "roster", "decided": "2026-11-01"});
    told.fits(
        "/credentialing-requests/delegated",
        "post",
        &site
            .write("POST", "/credentialing-requests/delegated", None, roster)
            .await,
    );
    site.get(&format!("/providers/search?min_position={}", plan.header("x-position")))
        .await;
    told.fits("/plans", "get", &site.get("/plans").await);
    let id = |answer: &Answer| answer.json()["id"].as_str().expect("an id").to_owned();
    for (path, id) in [("/networks", id(&made)), ("/plans", id(&plan))] {
        let one = site.get(&format!("{path}/{id}")).await;
        assert_eq!((one.status.as_u16(), &one.json()["id"]), (200, &json!(id)), "{path}");
        told.fits(&format!("{path}/{{id}}"), "get", &one);
        assert_eq!(site.get(&format!("{path}/nobody")).await.status, 404);
    }
    let nowhere = json!({"organization_id": payer, "code": "D", "name": "N", "networks": []});
    let refused = site.write("POST", "/plans", None, nowhere).await;
    assert_eq!(
        refused.fault(),
        ("networks".to_owned(), "required".to_owned()),
        "{}",
        refused.text
    );
}

/// Every property of a body is one that is known, and no other is.
#[tokio::test]
async fn bodies_take_the_properties_that_the_openapi_document_tells() {
    let told = Documented::open().await;
    let (site, document) = (&told.site, &told.document);
    for (shape, method, path) in [
        ("NewProvider", "POST", "/providers"),
        ("ProviderChange", "PATCH", "/providers/1234567893"),
    ] {
        let properties = document["components"]["schemas"][shape]["properties"]
            .as_object()
            .expect("properties");
        for name in properties.keys() {
            let mut body = json!({"kind": "individual", "category": "practitioner", "last_name": "X"});
            body[name] = json!({"odd": [1]});
            let answer = site.write(method, path, Some("*"), body).await;
            assert!(
                answer.status == 400 || answer.status.is_success(),
                "{shape} {name}: {}",
                answer.text
            );
            assert!(
                answer.status.is_success() || answer.fault().1 != "unknown_property",
                "{shape} {name}: {}",
                answer.text
            );
        }
        let mut body = json!({"kind": "individual", "category": "practitioner", "last_name": "X"});
        body["colour"] = json!(1);
        assert_eq!(
            site.write(method, path, Some("*"), body).await.fault().1,
            "unknown_property"
        );
    }
}

/// Its page holds it all, and under a prefix it tells the prefix.
#[tokio::test]
async fn the_openapi_document_has_a_page() {
    let told = Documented::open().await;
    let (site, paths) = (&told.site, told.paths());
    let page = site.get("/docs").await.text;
    for path in paths.keys() {
        assert!(page.contains(path.as_str()), "{path} is not on the page");
    }
    assert!(
        !page.contains("<style") && !page.contains("http://") && !page.contains("https://"),
        "nothing comes from elsewhere"
    );
    let under = site.get("/api/v1/openapi.json").await.json();
    assert_eq!(under["servers"][0]["url"], "/api/v1");
}

/// 1.44: what is refused by its length or range is told in the document, so that generated clients know.
#[tokio::test]
async fn lengths_and_ranges_are_told() {
    let told = Documented::open().await;
    let shapes = &told.document["components"]["schemas"];
    for (shape, property, bound, value) in [
        ("NewSchedule", "day_of_week", "maximum", 7),
        ("NewSchedule", "slot_minutes", "minimum", 1),
        ("NewHold", "minutes", "maximum", 60),
        ("LinkDays", "days", "maximum", 90),
        ("NewProviderUser", "name", "maxLength", 200),
        ("NewCase", "reference", "maxLength", 64),
        ("NewCaseProvider", "role", "maxLength", 63),
    ] {
        let told = &shapes[shape]["properties"][property];
        assert_eq!(told[bound], json!(value), "{shape}.{property}: {told}");
    }
    let paths = told.paths();
    let taken = |path: &str| {
        let schema = &paths[path]["post"]["requestBody"]["content"]["application/json"]["schema"]["$ref"];
        let name = schema
            .as_str()
            .and_then(|name| name.rsplit('/').next())
            .expect("a shape");
        shapes[name]["properties"].clone()
    };
    assert_eq!(taken("/clinics")["name"]["maxLength"], json!(200));
    let roles = &taken("/invitations")["role"]["enum"];
    assert_eq!(roles.as_array().map(Vec::len), Some(5), "{roles}");
    assert!(paths["/providers/match/reviews"]["post"]["responses"]["200"].is_object());
    assert!(paths["/providers/{key}"]["patch"]["responses"]["308"].is_object());
    assert!(paths["/providers/search"]["get"]["responses"]["414"].is_object());
    let forms = &paths["/providers/search"]["post"]["responses"]["200"]["content"];
    assert!(
        forms["text/csv"].is_object() && forms["application/geo+json"].is_object(),
        "{forms}"
    );
    assert_eq!(
        shapes["Card"]["properties"]["explain"]["$ref"],
        "#/components/schemas/WhyHere"
    );
}
