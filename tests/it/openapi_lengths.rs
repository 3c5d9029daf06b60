//! The lengths that the OpenAPI document tells of texts are those that are refused: one character more, and the answer names the
//! property.

use provider_directory::domain::access::Role;
use serde_json::{Value, json};

use crate::{
    portal::World,
    scheduling_desk::Desk,
    tenants::{ask, signed_in},
};

/// The properties of a body that have a length, each with the most that it has.
fn lengths(document: &Value, method: &str, path: &str) -> Vec<(String, usize)> {
    let body = &document["paths"][path][method]["requestBody"]["content"]["application/json"]["schema"];
    let name = body["$ref"]
        .as_str()
        .and_then(|way| way.rsplit('/').next())
        .expect("a shape");
    let properties = &document["components"]["schemas"][name]["properties"];
    let all = properties.as_object().expect("properties").iter();
    all.filter_map(|(name, told)| Some((name.clone(), usize::try_from(told["maxLength"].as_u64()?).ok()?)))
        .collect()
}

/// 10.01: what is longer than the document tells is refused by the property's name, what is as long is not.
#[tokio::test]
async fn the_document_tells_the_lengths_that_are_refused() {
    let world = World::open().await;
    let site = &world.site;
    let desk = Desk::open(site, "Clinic").await;
    let document = site.get("/openapi.json").await.json();
    let nobody = uuid::Uuid::nil();
    let member = signed_in(&site.house, desk.tenant.id, Role::Member).await;
    let clinic = desk.clinic("North", "UTC").await;
    let tried = [
        ("/clinics", json!({"name": "N", "time_zone": "UTC"}), &desk.token, 6),
        (
            "/appointments",
            json!({"slot_id": nobody, "patient_reference": "p"}),
            &member,
            3,
        ),
        (
            "/networks",
            json!({"organization_id": desk.tenant.id, "name": "N"}),
            &site.token,
            1,
        ),
        (
            "/plans",
            json!({"organization_id": desk.tenant.id, "code": "C", "name": "N", "networks": [{"network_id": nobody}]}),
            &site.token,
            2,
        ),
        (
            "/providers",
            json!({"kind": "individual", "category": "practitioner", "last_name": "Doe", "specialty": "CARDIOLOGY"}),
            &site.token,
            9,
        ),
        ("/organizations", json!({"name": "N", "type": "clinic"}), &site.token, 1),
        ("/clinics/{id}/contacts", json!({"name": "Ann"}), &desk.token, 4),
    ];
    for (path, body, token, least) in tried {
        let lengths = lengths(&document, "post", path);
        assert!(lengths.len() >= least, "{path}: {lengths:?}");
        for (name, most) in lengths {
            for (length, is_refused) in [(most + 1, true), (most, false)] {
                let mut body = body.clone();
                let end = if name == "email" { "@example.org" } else { "" };
                body[&name] = json!(format!("{}{end}", "1".repeat(length - end.len())));
                let at = path.replace("{id}", &clinic);
                let answer = ask(site, token, None, "POST", &at, Some(body)).await;
                let told = match answer.status.as_u16() {
                    201 => false,
                    400..500 => answer.json()["errors"].as_array().is_some_and(|faults| {
                        let of_length = |fault: &&Value| fault["code"] == "length" || fault["code"] == "format";
                        faults.iter().filter(of_length).any(|fault| fault["field"] == *name)
                    }),
                    _ => panic!("{path}: {}", answer.text),
                };
                assert_eq!(told, is_refused, "{path}.{name} with {length}: {}", answer.text);
            }
        }
    }
    // The same of an agency's.
    let at_case = world.at_case();
    for (path, body) in [
        ("/cases/{id}/notes", json!({"text": "t"})),
        (
            "/cases/{id}/financial-items",
            json!({"label": "l", "amount_cents": 1, "currency": "USD"}),
        ),
    ] {
        for (name, most) in lengths(&document, "post", path) {
            let mut body = body.clone();
            body[&name] = json!("1".repeat(most + 1));
            let refused = world.staff("POST", &path.replace("/cases/{id}", &at_case), body).await;
            assert_eq!(
                refused.fault(),
                (name.clone(), "length".to_owned()),
                "{path}.{name}: {}",
                refused.text
            );
        }
    }
}
