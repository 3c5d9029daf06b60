//! Doors that say what is wrong instead of passing over it: clinics that nobody knows, parameters that are none, keys that are not
//! kept, and another tenant's rows, of which nothing is told.

use provider_directory::vocab::terms::SubscriptionTier;
use serde_json::{Value, json};

use crate::{
    http_site::{Answer, Site},
    portal::World,
    scheduling_desk::Desk,
    tenants::{ask, tenant},
};

fn refused(answer: &Answer) -> (u16, String, String) {
    let (field, code) = answer.fault();
    (answer.status.as_u16(), field, code)
}

/// Of a clinic that is not there nothing is kept, and nothing is empty.
#[tokio::test]
async fn records_of_a_clinic_that_nobody_knows_are_not_found() {
    let world = World::open().await;
    let unknown = "01a22aae-0000-7000-8000-000000000000";
    let contact = json!({"name": "Ann"});
    for (method, path, body) in [
        ("GET", format!("/clinics/{unknown}/contacts"), json!({})),
        ("GET", format!("/clinics/{unknown}/documents"), json!({})),
        ("POST", format!("/clinics/{unknown}/contacts"), contact.clone()),
        ("GET", format!("/agency-providers/{unknown}/contacts"), json!({})),
        ("GET", format!("/agency-providers/{unknown}/documents"), json!({})),
        ("POST", format!("/agency-providers/{unknown}/contacts"), contact.clone()),
        (
            "DELETE",
            format!("/agency-providers/{unknown}/clinic-portal"),
            json!({}),
        ),
    ] {
        let answer = world.staff(method, &path, body).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text);
    }
    let known = format!("/agency-providers/{}/contacts", world.clinic);
    assert_eq!(world.staff("GET", &known, json!({})).await.status, 200);
    for (field, value) in [("name", "A\u{202e}B"), ("phone", "abc"), ("email", "nobody")] {
        let mut body = contact.clone();
        body[field] = json!(value);
        let answer = world.staff("POST", &known, body).await;
        assert_eq!((answer.status.as_u16(), answer.fault().0.as_str()), (422, field));
    }
    assert_eq!(world.staff("POST", &known, contact).await.status, 201);
}

/// 5.02: whether a practitioner works at a clinic is told to nobody of another tenant, not by the words of a refusal either.
#[tokio::test]
async fn feature_5_02_another_tenants_assignments_are_not_told_by_a_refusal() {
    let site = Site::open().await;
    let (alpha, beta) = (Desk::open(&site, "Alpha").await, Desk::open(&site, "Beta").await);
    let clinics = (alpha.clinic("North", "UTC").await, alpha.clinic("South", "UTC").await);
    let (jane, _) = alpha.practice("jane", &clinics.0).await;
    let mut told = Vec::new();
    for clinic in [&clinics.0, &clinics.1] {
        let body = json!({"practitioner_id": jane, "clinic_id": clinic, "start_date": "2026-12-01"});
        told.push(refused(&beta.post("/clinic-assignments", body).await));
    }
    assert_eq!(told[0], told[1]);
    assert_eq!((told[0].0, told[0].2.as_str()), (422, "unknown_practitioner"));
}

/// 1.46: a parameter that says nothing is refused, not taken for its absence.
#[tokio::test]
async fn feature_1_46_what_no_parameter_says_is_refused() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    for (path, field) in [
        ("/clinics?inactive=AAA", "inactive"),
        ("/clinics?inactive=1", "inactive"),
        ("/clinics?inactive=", "inactive"),
        ("/events?type=nope", "type"),
        ("/events?after=99999999-1", "after"),
    ] {
        let answer = desk.send("GET", path, &[], Value::Null).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fault().0.as_str()),
            (400, field),
            "{path}"
        );
    }
    assert_eq!(desk.get("/clinics?inactive=true").await["clinics"], json!([]));
}

/// 6.16: what creates something takes an `Idempotency-Key`, and says so, or refuses it: nobody relies on what is not kept.
#[tokio::test]
async fn feature_6_16_a_key_is_kept_or_refused() {
    let site = Site::open().await;
    let document = site.get("/openapi.json").await.json();
    let paths = document["paths"].as_object().expect("paths").iter();
    let creating = paths.filter(|(_, methods)| methods["post"]["responses"].get("201").is_some());
    let (mut kept, mut not_taken) = (0, 0);
    for (path, methods) in creating {
        let mut parameters = methods["post"]["parameters"].as_array().into_iter().flatten();
        if parameters.any(|parameter| parameter["name"] == "Idempotency-Key") {
            kept += 1;
            continue;
        }
        not_taken += 1;
        let request = axum::http::Request::post(path.replace(['{', '}'], ""))
            .header("authorization", format!("Bearer {}", site.token))
            .header("content-type", "application/json")
            .header("idempotency-key", "once");
        let answer = site
            .send(request.body(axum::body::Body::from("{}")).expect("a request"))
            .await;
        assert_eq!(
            refused(&answer),
            (400, "Idempotency-Key".to_owned(), "not_taken".to_owned()),
            "{path}: {}",
            answer.text
        );
    }
    assert!(kept > 10 && not_taken > 10, "{kept} {not_taken}");

    let payer = tenant(&site.house, "Payer", SubscriptionTier::Basic).await.id;
    let body = json!({"organization_id": payer, "name": "Blue"});
    let mut made = Vec::new();
    for _ in 0..2 {
        let request = axum::http::Request::post("/networks")
            .header("authorization", format!("Bearer {}", site.token))
            .header("content-type", "application/json")
            .header("idempotency-key", "once");
        let request = request
            .body(axum::body::Body::from(body.to_string()))
            .expect("a request");
        let answer = site.send(request).await;
        assert_eq!(answer.status, 201, "{}", answer.text);
        made.push(answer.json());
    }
    assert_eq!(made[0], made[1], "said again, it is the same one");
    let again = ask(&site, &site.token, None, "POST", "/networks", Some(body)).await;
    assert_ne!(again.status, 201, "without a key it is another one");
}
