//! Practitioners as they are asked for over HTTP: found, on leave, on the page of their provider, and of no other tenant.

use std::fmt::Write as _;

use axum::{body::Body, http::Request};
use provider_directory::domain::{access::Role, organization::Organization};
use serde_json::{Value, json};

use super::{
    http_site::Site,
    scheduling_desk::{Desk, mondays, text},
    tenants::{account, join},
};

#[tokio::test]
async fn feature_6_02_practitioners_are_found_in_five_ways_within_their_tenant() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let other = Desk::open(&site, "Other").await;
    let user = desk.member("jane").await;
    let body = json!({"user_id": user, "name": "Jane de la Cruz", "specialty": "CARDIOLOGY", "npi": "1234567893",
        "gender": "F", "license_number": "TX-1", "qualifications": [
            {"name": "MD", "kind": "degree", "issuer": "Baylor", "valid_from": "2001-06-01"},
            {"name": "Cardiology", "kind": "certificate", "valid_until": "2030-12-31"}]});
    let made = desk.post("/practitioners", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let jane = text(&made.json()["id"]);
    // 6.05: what was said about qualifications comes back.
    let qualifications = json!([
        {"name": "MD", "kind": "degree", "issuer": "Baylor", "valid_from": "2001-06-01", "valid_until": null},
        {"name": "Cardiology", "kind": "certificate", "issuer": null, "valid_from": null, "valid_until": "2030-12-31"}]);
    assert_eq!(made.json()["qualifications"], qualifications);
    assert_eq!(
        desk.get(&format!("/practitioners/{jane}")).await["qualifications"],
        qualifications
    );
    let twice = desk.post("/practitioners", body).await;
    assert_eq!(
        (twice.status.as_u16(), twice.fault().1.as_str()),
        (409, "duplicate_profile")
    );
    let john = desk.member("john").await;
    desk.make("/practitioners", json!({"user_id": john})).await;
    let found = async |desk: &Desk<'_>, query: &str| -> Vec<String> {
        let list = desk.get(&format!("/practitioners?{query}")).await;
        list["practitioners"]
            .as_array()
            .expect("a list")
            .iter()
            .map(|p| text(&p["id"]))
            .collect()
    };
    for query in [
        format!("user_id={user}"),
        "specialty=207RC0000X".to_owned(),
        "specialty=CARDIOLOGY".to_owned(),
        "name=cruz+jane".to_owned(),
        "npi=1234567893".to_owned(),
    ] {
        assert_eq!(found(&desk, &query).await, [jane.as_str()], "{query}");
        if !query.starts_with("specialty") {
            assert!(found(&other, &query).await.is_empty(), "{query} of another tenant");
        }
    }
    assert_eq!(found(&desk, "").await.len(), 2, "of the organisation");
    assert_eq!(found(&desk, "name=ruz").await.len(), 0, "from the beginning of a word");
    assert_eq!(text(&desk.get(&format!("/practitioners/{jane}")).await["id"]), jane);
    let hidden = other
        .send("GET", &format!("/practitioners/{jane}"), &[], Value::Null)
        .await;
    assert_eq!(hidden.status, 404);
    let page = desk.get("/practitioners?limit=1").await;
    let next = format!("/practitioners?limit=1&cursor={}", text(&page["next_cursor"]));
    assert_eq!(desk.get(&next).await["next_cursor"], Value::Null);
    // 6.04: the same NPI in another tenant, linked to the same provider once that is there.
    let there = other.member("jane2").await;
    other
        .make("/practitioners", json!({"user_id": there, "npi": "1234567893"}))
        .await;
}

#[tokio::test]
async fn feature_6_03_a_status_comes_with_its_days() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "UTC").await;
    let (jane, _) = desk.practice("jane", &clinic).await;
    let path = format!("/practitioners/{jane}");
    let change = async |version: &str, body: Value| desk.send("PATCH", &path, &[("if-match", version)], body).await;
    let endless = change("\"1\"", json!({"status": "on_leave"})).await;
    assert_eq!(
        (endless.status.as_u16(), endless.fault().0.as_str()),
        (422, "status_from")
    );
    let leave = json!({"status": "on_leave", "status_from": "2026-11-30", "status_until": "2026-12-06"});
    let done = change("\"1\"", leave).await;
    assert_eq!(
        (done.status.as_u16(), done.header("etag")),
        (200, "\"2\""),
        "{}",
        done.text
    );
    assert_eq!(
        change("\"1\"", json!({"status": "active"})).await.status,
        412,
        "read before it changed"
    );
    let slots = desk.get("/slots?until=2026-12-08T00:00:00Z").await;
    let days: Vec<String> = slots["slots"]
        .as_array()
        .expect("slots")
        .iter()
        .map(|s| text(&s["starts_at"]))
        .collect();
    assert!(
        days.iter().any(|d| d.starts_with("2026-12-07")) && !days.iter().any(|d| d.starts_with("2026-11-30")),
        "{days:?}"
    );
    let back = change("\"2\"", json!({"status": "active"})).await;
    assert_eq!(
        (back.status.as_u16(), back.json()["status_from"].clone()),
        (200, Value::Null)
    );
    assert_eq!(
        change("\"3\"", json!({"colour": 1})).await.fault().1,
        "unknown_property"
    );
}

/// What another tenant, or somebody without the right, gets to see of all this.
#[tokio::test]
async fn feature_5_02_nothing_of_a_practice_is_another_tenants() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let other = Desk::open(&site, "Other").await;
    let clinic = desk.clinic("North", "UTC").await;
    let (jane, schedule) = desk.practice("jane", &clinic).await;
    let slot = desk.free().await;
    let mine = desk.book("patient-1").await;
    let lists = [
        "/practitioners",
        "/clinic-assignments",
        "/schedules",
        "/schedule-exceptions",
        "/slots?status=all",
        "/appointments",
        "/statistics/appointments",
        "/statistics/clinics",
        "/statistics/wait-times",
    ];
    let mut seen = String::new();
    for path in lists {
        write!(seen, "{}", other.get(path).await).expect("written");
    }
    for secret in [&jane, &schedule, &slot, &mine, &clinic] {
        assert!(!seen.contains(secret.as_str()), "{secret} in {seen}");
    }
    let if_match = [("if-match", "*")];
    for (method, path, body) in [
        ("GET", format!("/practitioners/{jane}"), Value::Null),
        ("PATCH", format!("/practitioners/{jane}"), json!({"name": "X"})),
        ("GET", format!("/practitioners/{jane}/calendar.ics"), Value::Null),
        ("GET", format!("/schedules/{schedule}"), Value::Null),
        (
            "PATCH",
            format!("/schedules/{schedule}"),
            json!({"start_time": "10:00"}),
        ),
        ("DELETE", format!("/schedules/{schedule}?force=true"), Value::Null),
        ("GET", format!("/appointments/{mine}"), Value::Null),
        ("POST", format!("/appointments/{mine}/cancel"), json!({})),
    ] {
        let answer = other.send(method, &path, &if_match, body).await;
        assert_eq!(answer.status, 404, "{method} {path}: {}", answer.text);
    }
    let unknown = other
        .post("/appointments", json!({"slot_id": slot, "patient_reference": "x"}))
        .await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.fault().1.as_str()),
        (422, "unknown_slot")
    );
    let unknown = other.post("/schedules", mondays(&jane, &clinic)).await;
    assert_eq!(
        (unknown.status.as_u16(), unknown.fault().1.as_str()),
        (422, "unknown_practitioner")
    );
    // Roles: the front desk books, and changes no hours.
    let front = desk.front().await;
    assert_eq!(front.post("/schedules", mondays(&jane, &clinic)).await.status, 403);
    assert_eq!(
        front
            .send("GET", "/statistics/practitioners", &[], Value::Null)
            .await
            .status,
        403
    );
    assert_eq!(front.get(&format!("/appointments/{mine}")).await["id"], mine);
    let reads: i64 =
        sqlx::query_scalar("SELECT count(*) FROM audit WHERE action = 'appointment.read' AND entity_id = $1")
            .bind(&mine)
            .fetch_one(&mut site.house.owner().await)
            .await
            .expect("counted");
    assert_eq!(reads, 1, "who looks at a patient's appointment is written down");
    let nobody = site.get("/slots").await;
    assert_eq!(nobody.status, 401);
}

/// 6.16, 5.02 and 5.03: a key stands for one request of one person within one tenant.
#[tokio::test]
async fn feature_5_02_an_idempotency_key_crosses_neither_tenants_nor_paths() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Alpha").await;
    let other = Desk::open(&site, "Beta").await;
    let both = account(&site.house, "both@example.org", false, None).await;
    for tenant in [desk.tenant.id, other.tenant.id] {
        join(&site.house, tenant, both, Role::OrganizationAdmin).await;
    }
    let token = crate::tenants::session(&site.house, both).await;
    let body = json!({"name": "North", "time_zone": "UTC"});
    let create = async |tenant: &Organization| {
        let within = Desk {
            site: &site,
            tenant: tenant.clone(),
            token: token.clone(),
        };
        let organization = tenant.id.to_string();
        let headers = [("idempotency-key", "k-1"), ("x-organization-id", organization.as_str())];
        let made = within.send("POST", "/clinics", &headers, body.clone()).await;
        assert_eq!(made.status, 201, "{}", made.text);
        (made.json()["id"].clone(), made.json()["organization_id"].clone())
    };
    let first = create(&desk.tenant).await;
    let second = create(&other.tenant).await;
    assert_eq!(second.1, json!(other.tenant.id), "its own clinic, not Alpha's");
    assert_ne!(first.0, second.0);
    assert_eq!(create(&desk.tenant).await, first, "said again, it is the same one");
    assert_eq!(create(&other.tenant).await, second);

    let clinic = text(&first.0);
    let (jane, _) = desk.practice("jane", &clinic).await;
    let free = desk.get(&format!("/slots?practitioner_id={jane}&limit=2")).await;
    let path = |n: usize| format!("/slots/{}/holds", text(&free["slots"][n]["id"]));
    let key = [("idempotency-key", "k-2")];
    let hold = async |n: usize| desk.send("POST", &path(n), &key, json!({"minutes": 5})).await;
    let held = hold(0).await;
    assert_eq!(held.status, 201, "{}", held.text);
    let elsewhere = hold(1).await;
    assert_eq!(
        (elsewhere.status.as_u16(), elsewhere.fault()),
        (422, ("Idempotency-Key".to_owned(), "key_reused".to_owned())),
        "the same body to another path is another request"
    );
    assert_eq!(hold(0).await.json(), held.json());
    let taken = desk.get("/slots?status=busy").await;
    assert_eq!(taken["slots"].as_array().map(Vec::len), Some(1), "{taken}");
}

/// 6.04: one person with a profile in two organisations. Everybody sees at which clinics they work; what is the organisations'
/// own nobody sees, and an organisation that shows none is not told of.
#[tokio::test]
async fn feature_6_04_the_providers_page_shows_both_roles_and_nothing_private() {
    const NPI: &str = "1234567893";
    let site = Site::open().await;
    site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Cruz", "npi": NPI}))
        .await;
    let (alpha, beta) = (Desk::open(&site, "Alpha").await, Desk::open(&site, "Beta").await);
    let mut profiles = Vec::new();
    for (desk, street) in [(&alpha, "1 Main St"), (&beta, "2 Elm St")] {
        let user = desk.member(&format!("secret-{}", desk.tenant.slug)).await;
        let profile = json!({"user_id": user, "name": "Secret Cruz", "npi": NPI, "license_number": "SECRET-1", "gender": "F",
            "qualifications": [{"name": "Secret degree", "kind": "degree"}]});
        let practitioner = desk.make("/practitioners", profile).await;
        for name in ["Open", "Closed", "Unassigned"] {
            let clinic = json!({"name": format!("{name} {street}"), "time_zone": "UTC", "line1": street, "city": "Houston",
                "state": "TX", "phone": "713-555-0100", "email": "secret@example.org"});
            let clinic = desk.make("/clinics", clinic).await;
            let assigned = json!({"practitioner_id": practitioner, "clinic_id": clinic, "start_date": "2026-01-01"});
            if name != "Unassigned" {
                desk.make("/clinic-assignments", assigned).await;
            }
            if name == "Closed" {
                let closed = desk
                    .send(
                        "DELETE",
                        &format!("/clinics/{clinic}"),
                        &[("if-match", "*")],
                        Value::Null,
                    )
                    .await;
                assert_eq!(closed.status, 200, "{}", closed.text);
            }
        }
        profiles.push(practitioner);
    }
    let shown = async || {
        let told = site.get(&format!("/providers/{NPI}")).await;
        let page = site.get(&format!("/p/{NPI}")).await;
        assert_eq!(
            (told.status.as_u16(), page.status.as_u16()),
            (200, 200),
            "{}",
            told.text
        );
        for text in [&told.text, &page.text] {
            let private = ["secret", "Secret", "SECRET", "Closed", "Unassigned"];
            for word in private.into_iter().chain(profiles.iter().map(String::as_str)) {
                assert!(!text.contains(word), "{word} in {text}");
            }
        }
        let roles = told.json()["roles"].as_array().cloned().unwrap_or_default();
        for role in &roles {
            for name in ["organization", "clinic", "line1"] {
                assert!(page.text.contains(&text(&role[name])), "{role}");
            }
        }
        roles.iter().map(|role| text(&role["clinic"])).collect::<Vec<_>>()
    };
    assert_eq!(shown().await, ["Open 1 Main St", "Open 2 Elm St"]);
    let path = format!("/providers/{NPI}");
    let tag = site.get(&path).await.header("etag").to_owned();
    let again = async || {
        let request = Request::get(&path).header("if-none-match", &tag);
        site.send(request.body(Body::empty()).expect("a request")).await.status
    };
    assert_eq!(again().await, 304);
    // Who has left is not shown; who is away for a while still is.
    let standing = async |desk: &Desk<'_>, id: &str, body: Value| {
        let done = desk
            .send("PATCH", &format!("/practitioners/{id}"), &[("if-match", "*")], body)
            .await;
        assert_eq!(done.status, 200, "{}", done.text);
    };
    let leave = json!({"status": "on_leave", "status_from": "2026-11-20", "status_until": "2026-12-06"});
    standing(&alpha, &profiles[0], leave).await;
    standing(&beta, &profiles[1], json!({"status": "inactive"})).await;
    assert_eq!(shown().await, ["Open 1 Main St"]);
    assert_eq!(again().await, 200, "what was read is older than what is shown");
    alpha
        .configure(json!({"appointments": {"public_clinics": false}}))
        .await;
    assert_eq!(shown().await, [""; 0]);
}

/// 6.04, 9.06: the number of somebody of another name is a slip, which would put this clinic on a stranger's page. Their name of
/// before fits, and the platform may say that it is the same person.
#[tokio::test]
async fn feature_6_04_a_profile_is_of_the_name_of_its_number() {
    const NPI: &str = "1234567893";
    let site = Site::open().await;
    let provider = site
        .person(json!({"kind": "individual", "category": "practitioner", "first_name": "Mar\u{ed}a", "last_name": "N\u{fa}\u{f1}ez-Lopez",
            "npi": NPI, "other_names": [{"type_code": 1, "last": "O'Brien"}]}))
        .await;
    site.person(
        json!({"kind": "organization", "category": "group", "organization_name": "Jones Group", "npi": "1003000126"}),
    )
    .await;
    let desk = Desk::open(&site, "Alpha").await;
    let user = desk.member("jones").await;
    let profile = |name: &str, npi: &str| json!({"user_id": user, "name": name, "npi": npi});
    for (name, npi) in [
        ("Dr. Pat Jones", NPI),
        ("Maria de la Rosa", NPI),
        ("Pat Jones", "1003000126"),
    ] {
        let refused = desk.post("/practitioners", profile(name, npi)).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault()),
            (422, ("npi".to_owned(), "other_name".to_owned())),
            "{name}: {}",
            refused.text
        );
    }
    let made = desk
        .make("/practitioners", json!({"user_id": user, "name": "Pat Jones"}))
        .await;
    let path = format!("/practitioners/{made}");
    let change = async |body: Value| desk.send("PATCH", &path, &[("if-match", "*")], body).await;
    let linked = async || desk.get(&path).await["provider_id"].clone();
    assert_eq!(change(json!({"npi": NPI})).await.fault().0, "npi");
    assert_eq!(linked().await, Value::Null);
    for name in [
        "Maria Nunez",
        "Mar\u{ed}a N\u{da}\u{d1}EZ",
        "Lopez, Maria",
        "Mary OBrien, MD",
        "Maria O'Brien",
    ] {
        let done = change(json!({"name": name, "npi": NPI})).await;
        assert_eq!(done.status, 200, "{name}: {}", done.text);
        assert_eq!(linked().await, provider["id"], "{name}");
        assert_eq!(change(json!({"npi": null})).await.status, 200);
    }
    // A married name that the directory does not know yet keeps the link that is there.
    assert_eq!(change(json!({"name": "Maria Nunez", "npi": NPI})).await.status, 200);
    assert_eq!(change(json!({"name": "Maria Jones"})).await.status, 200);
    assert_eq!(linked().await, provider["id"]);
    // The platform knows better.
    assert_eq!(change(json!({"npi": null})).await.status, 200);
    let request = Request::patch(&path)
        .header("authorization", format!("Bearer {}", site.token))
        .header("x-organization-id", desk.tenant.id.to_string())
        .header("content-type", "application/json")
        .header("if-match", "*");
    let body = Body::from(json!({"npi": NPI}).to_string());
    let done = site.send(request.body(body).expect("a request")).await;
    assert_eq!(done.status, 200, "{}", done.text);
    assert_eq!(linked().await, provider["id"]);
}
