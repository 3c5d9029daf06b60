//! Credentialing over HTTP: who may, what is refused and how it is said.

use provider_directory::{
    domain::access::Role,
    store::access::{Grant, issue_token},
    vocab::OrganizationId,
};
use serde_json::{Value, json};

use crate::{
    house::{admin, noon},
    http_site::{Answer, Site},
    tenants::{account, join, session},
};
use axum::{body::Body, http::Request};
use sqlx::{Connection, PgConnection};

/// A token of this role within an organisation.
pub async fn token(site: &Site, name: &str, role: Role, organization: OrganizationId) -> String {
    let grant = Grant {
        name: name.to_owned(),
        role,
        organization_id: Some(organization),
        scopes: Vec::new(),
        expires_at: None,
    };
    let mut secret = [0_u8; 32];
    secret.iter_mut().zip(name.bytes()).for_each(|(to, from)| *to = from);
    let mut tx = site.house.store.begin(&admin()).await.expect("begun");
    let token = issue_token(&mut tx, &grant, secret, noon()).await.expect("a token");
    tx.commit().await.expect("committed");
    token
}

/// Asks as the bearer of a token; `null` sends no body.
pub async fn ask(site: &Site, token: &str, method: &str, path: &str, body: Value) -> Answer {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("authorization", format!("Bearer {token}"))
        .header("content-type", "application/json");
    let body = if body.is_null() {
        Body::empty()
    } else {
        Body::from(body.to_string())
    };
    site.send(request.body(body).expect("a request")).await
}

/// 3.01 to 3.07 over HTTP, from submission to search.
#[tokio::test]
async fn feature_3_01_to_3_07_from_submission_to_search() {
    let site = Site::open().await;
    let jane = site
        .person(json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": "1234567893"}))
        .await;
    let given = json!({"provider": "1234567893", "profile": "ncqa_accreditation",
        "application": {"work_history": [{"from": "2015-01-01"}]}});
    let made = site.write("POST", "/credentialing-requests", None, given).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let request = made.json();
    assert_eq!(
        (&request["status"], &request["provider_id"]),
        (&json!("SUBMITTED"), &jane["id"])
    );
    assert_eq!(request["allowed"], json!(["APPROVED", "REJECTED"]));
    assert_eq!(request["checklist"].as_array().map(Vec::len), Some(9));
    let path = format!("/credentialing-requests/{}", request["id"].as_str().expect("an id"));
    let refused = site.write("POST", &format!("{path}/approve"), None, json!({})).await;
    assert_eq!(refused.status, 422);
    assert_eq!(
        refused.json()["errors"].as_array().map(Vec::len),
        Some(9),
        "all that is missing at once"
    );
    for item in request["checklist"].as_array().expect("a list") {
        let given = json!({"element": item["element"], "source": "board", "verified_on": "2026-11-20", "method": "web",
            "result": "confirmed", "document": "doc:7"});
        let made = site.write("POST", &format!("{path}/verifications"), None, given).await;
        assert_eq!(made.status, 201, "{}", made.text);
    }
    let noted = site
        .write(
            "POST",
            &format!("{path}/notes"),
            None,
            json!({"text": "called the board"}),
        )
        .await;
    assert_eq!(noted.status, 200, "{}", noted.text);
    let approved = site
        .write("POST", &format!("{path}/approve"), None, json!({"notes": "fine"}))
        .await;
    assert_eq!(approved.status, 200, "{}", approved.text);
    assert_eq!(
        (&approved.json()["status"], &approved.json()["allowed"]),
        (&json!("APPROVED"), &json!([]))
    );
    let found = site
        .get(&format!(
            "/providers/search?npi=1234567893&network_status=ACTIVE&min_position={}",
            approved.header("x-position")
        ))
        .await;
    assert_eq!(found.json()["total"]["value"], 1, "{}", found.text);
    for verb in ["approve", "reject", "withdraw"] {
        let again = site
            .write("POST", &format!("{path}/{verb}"), None, json!({"notes": "x"}))
            .await;
        assert_eq!(again.status, 409, "{}", again.text);
        assert_eq!(again.json()["type"], "/problems/transition-refused");
        assert!(
            again.json()["detail"].as_str().is_some_and(|d| d.contains("final")),
            "{}",
            again.text
        );
    }
    let timeline = ask(&site, &site.token, "GET", &format!("{path}/timeline"), Value::Null)
        .await
        .json();
    let kinds = timeline
        .as_array()
        .expect("a list")
        .iter()
        .map(|e| e["kind"].clone())
        .collect::<Vec<_>>();
    assert_eq!(
        (&kinds[0], &kinds[kinds.len() - 1]),
        (&json!("submitted"), &json!("approved"))
    );
    assert!(kinds.contains(&json!("note")));
    let history = ask(
        &site,
        &site.token,
        "GET",
        "/providers/1234567893/status-history",
        Value::Null,
    )
    .await
    .json();
    assert_eq!(history[0]["to_status"], "ACTIVE");
    let back = site
        .write("POST", "/providers/1234567893/reactivate", None, json!({"reason": "x"}))
        .await;
    assert_eq!(back.status, 409, "{}", back.text);
    assert!(
        back.json()["detail"]
            .as_str()
            .is_some_and(|d| d.contains("from ACTIVE it goes to INACTIVE"))
    );
}

/// Roles: who reviews in an organisation, who may not, and that another's requests are not there.
#[tokio::test]
async fn each_role_may_what_it_should() {
    let site = Site::open().await;
    site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": "1234567893"}))
        .await;
    let (mine, other) = (
        site.house.organization("Mine").await.id,
        site.house.organization("Other").await.id,
    );
    let reviewer = token(&site, "reviewer", Role::Reviewer, mine).await;
    let member = token(&site, "member", Role::Member, mine).await;
    let practitioner = token(&site, "practitioner", Role::Practitioner, mine).await;
    let stranger = token(&site, "stranger", Role::Reviewer, other).await;
    let given = json!({"provider": "1234567893"});
    assert_eq!(
        ask(&site, &member, "POST", "/credentialing-requests", given.clone())
            .await
            .status,
        403
    );
    let made = ask(&site, &practitioner, "POST", "/credentialing-requests", given.clone()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let twice = ask(&site, &practitioner, "POST", "/credentialing-requests", given).await;
    assert_eq!((twice.status.as_u16(), twice.fault().1.as_str()), (422, "open_request"));
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/credentialing-requests/{id}");
    for (who, status) in [(&reviewer, 200), (&stranger, 404), (&member, 403), (&practitioner, 403)] {
        assert_eq!(ask(&site, who, "GET", &path, Value::Null).await.status, status);
        let decided = ask(
            &site,
            who,
            "POST",
            &format!("{path}/assign"),
            json!({"reviewer": "token:reviewer"}),
        )
        .await;
        assert_eq!(decided.status, status, "{}", decided.text);
    }
    // Work goes to nobody who does not exist, may not review, or is another tenant's.
    for nobody in [
        "nobody",
        "user:00000000-0000-0000-0000-000000000000",
        "token:member",
        "token:stranger",
        "token:ops",
    ] {
        let given = json!({"reviewer": nobody});
        let refused = ask(&site, &reviewer, "POST", &format!("{path}/assign"), given).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().1.as_str()),
            (422, "unknown_reviewer"),
            "{nobody}: {}",
            refused.text
        );
    }
    let person = account(&site.house, "rae@example.org", false, None).await;
    join(&site.house, mine, person, Role::Reviewer).await;
    for (who, to) in [
        (&reviewer, json!(format!("user:{person}"))),
        (&site.token, json!("token:ops")),
        (&reviewer, Value::Null),
        (&reviewer, json!("token:reviewer")),
    ] {
        let given = json!({"reviewer": to});
        let done = ask(&site, who, "POST", &format!("{path}/assign"), given).await;
        assert_eq!(done.status, 200, "{to}: {}", done.text);
        assert_eq!(done.json()["assigned_to"], to);
    }
    assert_eq!(site.get(&path).await.status, 401);
    let listed = ask(
        &site,
        &reviewer,
        "GET",
        "/credentialing-requests?status=submitted&assigned_to=token:reviewer",
        Value::Null,
    )
    .await;
    assert_eq!(
        listed.json()["results"].as_array().map(Vec::len),
        Some(1),
        "{}",
        listed.text
    );
    let listed = ask(&site, &stranger, "GET", "/credentialing-requests", Value::Null).await;
    assert_eq!(listed.json()["results"], json!([]));
    // Without the platform's authority a tenant does not make a public provider ACTIVE; it may say no.
    let shown = ask(&site, &reviewer, "GET", &path, Value::Null).await.json();
    assert_eq!(shown["allowed"], json!(["REJECTED"]), "{shown}");
    let refused = ask(&site, &reviewer, "POST", &format!("{path}/approve"), json!({})).await;
    assert_eq!(refused.status, 403, "{}", refused.text);
    let wordless = ask(&site, &reviewer, "POST", &format!("{path}/reject"), json!({})).await;
    assert_eq!((wordless.status.as_u16(), wordless.fault().0.as_str()), (400, "notes"));
    let rejected = ask(
        &site,
        &reviewer,
        "POST",
        &format!("{path}/reject"),
        json!({"notes": "no"}),
    )
    .await;
    assert_eq!(rejected.json()["status"], "REJECTED", "{}", rejected.text);
    for (path, field) in [
        ("/credentialing-requests?status=OPEN", "status"),
        ("/credentialing-requests?limit=0", "limit"),
        ("/credentialing-requests?cursor=x", "cursor"),
        ("/credentialing-requests/7", "id"),
        ("/credentialing-tasks?open=maybe", "open"),
        ("/statistics/credentialing?since=yesterday", "since"),
        ("/exclusions/findings?status=x", "status"),
    ] {
        let refused = ask(&site, &reviewer, "GET", path, Value::Null).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().0.as_str()),
            (400, field),
            "{}",
            refused.text
        );
    }
}

/// The platform's own reviewers decide what no organisation has brought, and what is an organisation's is not there for them;
/// nor is the platform's for an organisation, not even for one that may decide about public providers.
#[tokio::test]
async fn platform_requests_are_for_platform_reviewers() {
    let site = Site::open().await;
    for (name, npi) in [("A", "1234567893"), ("B", "1000000004"), ("C", "1000000012")] {
        site.person(json!({"kind": "individual", "category": "practitioner", "last_name": name, "npi": npi}))
            .await;
    }
    let mine = site.house.organization("Mine").await.id;
    sqlx::query("INSERT INTO credentialing_authority (organization_id, granted_by) VALUES ($1, 'test')")
        .bind(mine.0)
        .execute(&mut site.house.owner().await)
        .await
        .expect("granted");
    let robin = account(&site.house, "robin@example.org", false, Some(Role::Reviewer)).await;
    let reviewer = session(&site.house, robin).await;
    let tenant = token(&site, "tenant", Role::Reviewer, mine).await;
    let bring = async |who: &str, npi: &str| {
        let made = ask(&site, who, "POST", "/credentialing-requests", json!({"provider": npi})).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.json()["id"].as_str().expect("an id").to_owned()
    };
    let (by_platform, by_reviewer, by_tenant) = (
        bring(&site.token, "1234567893").await,
        bring(&reviewer, "1000000004").await,
        bring(&tenant, "1000000012").await,
    );
    let listed = async |who: &str| {
        let page = ask(&site, who, "GET", "/credentialing-requests", Value::Null)
            .await
            .json();
        let rows = page["results"].as_array().expect("a list").clone();
        let mut ids: Vec<String> = rows
            .iter()
            .map(|row| row["id"].as_str().expect("an id").to_owned())
            .collect();
        ids.sort_unstable();
        ids
    };
    let mut platforms = vec![by_platform.clone(), by_reviewer.clone()];
    platforms.sort_unstable();
    assert_eq!(listed(&reviewer).await, platforms);
    assert_eq!(listed(&tenant).await, std::slice::from_ref(&by_tenant));
    let decide = async |who: &str, id: &str, what: &str| {
        let path = format!("/credentialing-requests/{id}/{what}");
        ask(&site, who, "POST", &path, json!({"notes": "seen"})).await
    };
    assert_eq!(decide(&reviewer, &by_tenant, "reject").await.status, 404);
    assert_eq!(decide(&tenant, &by_reviewer, "reject").await.status, 404);
    // Past the handlers, by the doors of the database alone.
    for door in [
        "SELECT credentialing_approve($1::uuid, 'x', now())::text",
        "SELECT credentialing_close($1::uuid, 'withdrawn', 'x', now())::text",
    ] {
        let mut past = PgConnection::connect_with(&site.house.access.app)
            .await
            .expect("connected");
        sqlx::query("SELECT set_config('app.organization_id', $1, false), set_config('app.role', 'reviewer', false)")
            .bind(mine.0.to_string())
            .execute(&mut past)
            .await
            .expect("set");
        let opened = sqlx::query_scalar::<_, String>(door)
            .bind(&by_platform)
            .fetch_one(&mut past);
        let refused = opened.await.expect_err("a shut door").to_string();
        assert!(refused.contains("no open request"), "{door}: {refused}");
    }
    let path = format!("/credentialing-requests/{by_platform}");
    let request = ask(&site, &reviewer, "GET", &path, Value::Null).await.json();
    for item in request["checklist"].as_array().expect("a list") {
        let given = json!({"element": item["element"], "source": "board", "verified_on": "2026-11-20", "method": "web",
            "result": "confirmed", "document": "doc:7"});
        let noted = ask(&site, &reviewer, "POST", &format!("{path}/verifications"), given).await;
        assert_eq!(noted.status, 201, "{}", noted.text);
    }
    let rejected = decide(&reviewer, &by_reviewer, "reject").await;
    assert_eq!(rejected.json()["status"], "REJECTED", "{}", rejected.text);
    let approved = decide(&reviewer, &by_platform, "approve").await;
    assert_eq!(approved.json()["status"], "APPROVED", "{}", approved.text);
    let seen = site.get("/providers/1234567893").await.json();
    assert_eq!(seen["network_status"], "ACTIVE", "{seen}");
}

/// Pages of requests neither skip nor repeat, and a submission said twice is one.
#[tokio::test]
async fn pages_and_repeated_submissions() {
    let site = Site::open().await;
    for n in 0..5 {
        let made = site
            .person(json!({"kind": "individual", "category": "practitioner", "last_name": format!("N{n}")}))
            .await;
        let given = json!({"provider": made["locator"]});
        let mut ids = Vec::new();
        for _ in 0..2 {
            let request = Request::post("/credentialing-requests")
                .header("authorization", format!("Bearer {}", site.token))
                .header("content-type", "application/json")
                .header("idempotency-key", format!("key-{n}"))
                .body(Body::from(given.to_string()))
                .expect("a request");
            let made = site.send(request).await;
            assert_eq!(made.status, 201, "{}", made.text);
            ids.push(made.json()["id"].clone());
        }
        assert_eq!(ids[0], ids[1]);
    }
    let mut path = "/credentialing-requests?limit=2".to_owned();
    let mut seen = Vec::new();
    loop {
        let page = ask(&site, &site.token, "GET", &path, Value::Null).await.json();
        seen.extend(
            page["results"]
                .as_array()
                .expect("a list")
                .iter()
                .map(|r| r["id"].clone()),
        );
        match page["next_cursor"].as_str() {
            Some(cursor) => path = format!("/credentialing-requests?limit=2&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(seen.len(), 5);
    seen.sort_by_key(ToString::to_string);
    seen.dedup();
    assert_eq!(seen.len(), 5);
    let figures = ask(&site, &site.token, "GET", "/statistics/credentialing", Value::Null)
        .await
        .json();
    assert_eq!(figures["stages"][0]["now"], 5, "{figures}");
}

/// 3.08: an organisation's own age limits, set by its administrators, decide.
#[tokio::test]
async fn feature_3_08_age_limits_are_configured() {
    let site = Site::open().await;
    let mine = site.house.organization("Mine").await.id;
    let boss = token(&site, "boss", Role::OrganizationAdmin, mine).await;
    let reviewer = token(&site, "reviewer", Role::Reviewer, mine).await;
    let defaults = ask(&site, &reviewer, "GET", "/credentialing-policy", Value::Null)
        .await
        .json();
    assert_eq!(defaults["standards"][1]["accreditation_days"], 120);
    let strict = json!({"four_eyes": true, "standards": [{"from": "2020-01-01", "accreditation_days": 10, "certification_days": 5}]});
    assert_eq!(
        ask(&site, &reviewer, "PUT", "/credentialing-policy", strict.clone())
            .await
            .status,
        403
    );
    let set = ask(&site, &boss, "PUT", "/credentialing-policy", strict).await;
    assert_eq!(set.status, 200, "{}", set.text);
    let senseless = ask(
        &site,
        &boss,
        "PUT",
        "/credentialing-policy",
        json!({"deadline_days": 0}),
    )
    .await;
    assert_eq!(
        (senseless.status.as_u16(), senseless.fault().0.as_str()),
        (422, "deadline_days")
    );
    site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": "1234567893"}))
        .await;
    let given = json!({"provider": "1234567893", "profile": "ncqa_accreditation"});
    let made = ask(&site, &reviewer, "POST", "/credentialing-requests", given)
        .await
        .json();
    assert_eq!(made["four_eyes"], true);
    let path = format!("/credentialing-requests/{}", made["id"].as_str().expect("an id"));
    let given = json!({"element": "license", "source": "board", "verified_on": "2026-11-11", "method": "web", "result": "confirmed"});
    ask(&site, &reviewer, "POST", &format!("{path}/verifications"), given).await;
    let read = ask(&site, &reviewer, "GET", &path, Value::Null).await.json();
    assert_eq!(
        (&read["checklist"][0]["element"], &read["checklist"][0]["code"]),
        (&json!("license"), &json!("too_old")),
        "{read}"
    );
}

/// 3.16: an application as it is exported becomes a request; each field says where it came from, what the directory knows is
/// filled in, what is not understood is listed.
#[tokio::test]
async fn feature_3_16_an_application_becomes_a_request_with_traces() {
    let site = Site::open().await;
    site.person(
        json!({"kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "Smith", "npi": "1234567893",
        "specialties": [{"code": "207RC0000X", "license_number": "B2", "license_state": "NY"}], "languages": ["es"]}),
    )
    .await;
    let application = json!({
        "Provider": {"NPI": "1234567893", "LastName": "Smith-Jones", "ShoeSize": 9},
        "WorkHistory": [{"EmployerName": "Acme", "StartDate": "2015-01-01"}],
        "Insurance": [{"CarrierName": "Mutual", "ExpirationDate": "12/31/2026"}],
        "AttestationDate": "2026-11-01",
    });
    let import = async |application: &Value| {
        let body = json!({"file": "caqh-17.json", "application": application, "profile": "ncqa_accreditation"});
        site.write("POST", "/credentialing-requests/import", None, body).await
    };
    let done = import(&application).await;
    assert_eq!(done.status, 201, "{}", done.text);
    let told = done.json();
    assert_eq!(told["unread"], json!(["Provider.ShoeSize"]));
    let trace = |field: &str| {
        let traces = told["traces"].as_array().expect("a list");
        let found = traces.iter().find(|t| t["field"] == field);
        found.unwrap_or_else(|| panic!("no trace of {field}: {told}")).clone()
    };
    assert_eq!(
        trace("cover.0.expires_on"),
        json!({"field": "cover.0.expires_on", "source": "caqh-17.json", "place": "Insurance.0.ExpirationDate"})
    );
    assert_eq!(
        trace("person.last_name")["source"],
        "caqh-17.json",
        "the application's word comes first"
    );
    assert_eq!(trace("person.first_name")["source"], "directory");
    assert_eq!(trace("licenses")["place"], "specialties (manual)");
    let path = format!("/credentialing-requests/{}", told["id"].as_str().expect("an id"));
    let request = ask(&site, &site.token, "GET", &path, Value::Null).await.json();
    let kept = &request["application"];
    assert_eq!(
        (&kept["attested_on"], &kept["person"]["last_name"]),
        (&json!("2026-11-01"), &json!("Smith-Jones"))
    );
    assert_eq!(kept["licenses"], json!([{"number": "B2", "state": "NY"}]));
    assert_eq!(kept["traces"], told["traces"]);

    let mut wrong = application.clone();
    wrong["Insurance"][0]["ExpirationDate"] = json!("soon");
    wrong["Provider"]["NPI"] = json!("1234567890");
    let refused = import(&wrong).await;
    assert_eq!(refused.status, 400);
    let faults = refused.json()["errors"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|f| f["field"].clone())
        .collect::<Vec<_>>();
    assert_eq!(
        faults,
        ["application.Insurance.0.ExpirationDate", "application.Provider.NPI"]
    );
    let twice = import(&application).await;
    assert_eq!(
        (twice.status.as_u16(), twice.fault().1.as_str()),
        (422, "open_request"),
        "{}",
        twice.text
    );
}

/// 3.16: the same from CSV: a header and the line of one provider, which the places name.
#[tokio::test]
async fn feature_3_16_an_application_comes_as_csv_too() {
    let site = Site::open().await;
    site.person(json!({"kind": "individual", "category": "practitioner", "last_name": "Smith", "npi": "1234567893"}))
        .await;
    let import = async |lines: &str| {
        let csv = format!("Provider.NPI,Provider.LastName,ProviderLicense.0.LicenseNumber\n{lines}");
        let body = json!({"file": "caqh.csv", "application": csv, "profile": "ncqa_accreditation"});
        site.write("POST", "/credentialing-requests/import", None, body).await
    };
    for lines in ["", "1234567893,Smith,A1\n1003000126,Doe,A2\n"] {
        let refused = import(lines).await;
        assert_eq!(refused.status, 400, "{}", refused.text);
        assert_eq!(refused.fault(), ("application".to_owned(), "one_line".to_owned()));
    }
    let refused = import("1234567890,Smith,A1\n").await;
    assert_eq!(
        refused.fault().0,
        "application.line 2: Provider.NPI",
        "{}",
        refused.text
    );
    let done = import("1234567893,Smith,A1\n").await;
    assert_eq!(done.status, 201, "{}", done.text);
    let told = done.json();
    let traces = told["traces"].as_array().expect("a list");
    let last = traces.iter().find(|trace| trace["field"] == "person.last_name");
    assert_eq!(
        last,
        Some(&json!({"field": "person.last_name", "source": "caqh.csv", "place": "line 2: Provider.LastName"}))
    );
}
