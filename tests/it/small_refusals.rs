//! Small things that a caller stumbles over: changes that change nothing, bodies in a wrapping, values that mean nothing.

use provider_directory::domain::access::Role;
use serde_json::{Value, json};

use crate::{
    http_site::Site,
    portal::World,
    scheduling_desk::Desk,
    tenants::{PASSWORD, account, ask, join, session},
};

/// 1.50: a change that changes nothing raises no version, so nobody else's ETag dies for it.
#[tokio::test]
async fn what_changes_nothing_raises_no_version() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let clinic = desk.clinic("North", "America/Chicago").await;
    let (_, schedule) = desk.practice("jane", &clinic).await;
    let member = desk.member("drew").await;
    for (path, body) in [
        (format!("/clinics/{clinic}"), json!({"name": "North"})),
        (format!("/schedules/{schedule}"), json!({})),
        (format!("/members/{member}"), json!({"role": null})),
    ] {
        let before = desk.send("PATCH", &path, &[("if-match", "*")], body.clone()).await;
        let after = desk.send("PATCH", &path, &[("if-match", "*")], body).await;
        assert_eq!(
            (before.status.as_u16(), after.status.as_u16()),
            (200, 200),
            "{path}: {}",
            after.text
        );
        assert_eq!((before.version(), after.version()), ("1", "1"), "{path}");
    }
}

/// 1.46: what is wrong is said of the thing that is wrong.
#[tokio::test]
async fn small_faults_are_told_as_what_they_are() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    let gone = "/organizations/018f0000-0000-7000-8000-000000000000";
    for (token, status) in [(&site.token, 404), (&desk.token, 403)] {
        assert_eq!(ask(&site, token, None, "GET", gone, None).await.status.as_u16(), status);
    }
    let gzip = [("content-encoding", "gzip")];
    let wrapped = desk
        .send("POST", "/clinics", &gzip, json!({"name": "N", "time_zone": "UTC"}))
        .await;
    assert_eq!(wrapped.status, 415, "{}", wrapped.text);
    let none = ask(
        &site,
        &site.token,
        None,
        "POST",
        "/network-status/batch",
        Some(json!({"checks": []})),
    )
    .await;
    assert_eq!(
        none.fault(),
        ("checks".to_owned(), "required".to_owned()),
        "{}",
        none.text
    );
    let roster = axum::http::Request::post("/rosters?network=018f0000-0000-7000-8000-000000000000")
        .header("authorization", format!("Bearer {}", site.token))
        .header("content-type", "text/csv");
    let text = "npi\n1234567893\n"
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect::<Vec<_>>();
    let roster = site
        .send(roster.body(axum::body::Body::from(text)).expect("a request"))
        .await;
    assert_eq!(
        roster.fault(),
        ("body".to_owned(), "encoding".to_owned()),
        "{}",
        roster.text
    );
    let asked = json!({"email": "sky@example.org", "role": "member"});
    let issued = desk.post("/invitations", asked).await.json();
    account(&site.house, "sky@example.org", false, None).await;
    let other = session(
        &site.house,
        account(&site.house, "other@example.org", false, None).await,
    )
    .await;
    let accept = json!({"token": issued["token"]});
    let accept = ask(&site, &other, None, "POST", "/invitations/accept", Some(accept)).await;
    assert_eq!(
        (accept.status.as_u16(), accept.fault()),
        (403, ("token".to_owned(), "other_address".to_owned())),
        "{}",
        accept.text
    );
    let hook = json!({"url": "https://example.org/hook#part", "types": []});
    let hook = ask(&site, &site.token, None, "POST", "/webhooks", Some(hook)).await;
    assert_eq!(hook.fault(), ("url".to_owned(), "format".to_owned()), "{}", hook.text);
    let user = account(&site.house, "pat@example.org", true, None).await;
    join(&site.house, desk.tenant.id, user, Role::Member).await;
    let token = session(&site.house, user).await;
    let same = json!({"current": PASSWORD, "new": PASSWORD});
    let same = ask(&site, &token, None, "POST", "/me/password", Some(same)).await;
    assert_eq!(same.fault(), ("new".to_owned(), "same".to_owned()), "{}", same.text);
    let still = ask(&site, &token, None, "GET", "/me", None).await;
    assert_eq!(
        (still.status.as_u16(), &still.json()["user"]["email"]),
        (200, &Value::from("pat@example.org"))
    );
}

/// 1.46: of two values for one thing neither is taken, a parameter has a name, and a moment is one that can be reckoned with.
#[tokio::test]
async fn what_is_said_twice_or_without_a_name_is_refused() {
    let site = Site::open().await;
    let desk = Desk::open(&site, "Clinic").await;
    for (body, field) in [
        ("{\"name\": \"N\", \"time_zone\": \"UTC\", \"name\": \"M\"}", "name"),
        (
            "{\"name\": \"N\", \"time_zone\": \"UTC\", \"operating_hours\": [{\"weekday\": 1, \"opens\": 1, \"opens\": 2, \"closes\": 9}]}",
            "operating_hours[0].opens",
        ),
    ] {
        let request = axum::http::Request::post("/clinics")
            .header("authorization", format!("Bearer {}", desk.token))
            .header("content-type", "application/json")
            .body(axum::body::Body::from(body));
        let twice = site.send(request.expect("a request")).await;
        assert_eq!(
            (twice.status.as_u16(), twice.fault()),
            (400, (field.to_owned(), "repeated".to_owned())),
            "{}",
            twice.text
        );
    }
    assert_eq!(desk.get("/clinics").await["clinics"], json!([]));
    for (path, field, code) in [
        ("/clinics?=true", "query", "malformed"),
        ("/slots?from=9999-12-31T00:00:00Z", "from", "range"),
        ("/slots?from=soon", "from", "malformed"),
    ] {
        let answer = desk.send("GET", path, &[], Value::Null).await;
        assert_eq!(
            (answer.status.as_u16(), answer.fault()),
            (400, (field.to_owned(), code.to_owned())),
            "{path}: {}",
            answer.text
        );
    }
    let nameless = desk.post("/providers/search", json!({"": 1})).await;
    assert_eq!(
        nameless.fault(),
        ("body".to_owned(), "unknown_parameter".to_owned()),
        "{}",
        nameless.text
    );
}

/// 2.10: who runs a network reads it with its tag, also one that is not public; nobody else knows of it.
#[tokio::test]
async fn a_network_that_is_not_public_is_read_by_who_runs_it() {
    let site = Site::open().await;
    let (payer, other) = (Desk::open(&site, "Payer").await, Desk::open(&site, "Other").await);
    let make = async |path: &str, body: Value| {
        let made = site.write("POST", path, None, body).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made
    };
    let network = json!({"organization_id": payer.tenant.id, "name": "Inner", "public": false});
    let network = make("/networks", network).await.json()["id"].clone();
    let plan = json!({"organization_id": payer.tenant.id, "code": "P1", "name": "Plan", "networks": [{"network_id": network}]});
    let made = make("/plans", plan).await;
    let (plan, position) = (made.json()["id"].clone(), made.header("x-position").to_owned());
    let seen = site
        .get(&format!("/providers/search?limit=1&min_position={position}"))
        .await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    for (path, name) in [("/networks", &network), ("/plans", &plan)] {
        let path = format!("{path}/{}", name.as_str().expect("an id"));
        assert_eq!(site.get(&path).await.status, 404, "{path}");
        assert_eq!(other.send("GET", &path, &[], Value::Null).await.status, 404, "{path}");
        let read = ask(&site, &site.token, None, "GET", &path, None).await;
        assert_eq!(read.status, 200, "who runs the platform: {}", read.text);
        let read = payer.send("GET", &path, &[], Value::Null).await;
        assert_eq!(
            (read.status.as_u16(), read.header("cache-control")),
            (200, "private, no-cache"),
            "{}",
            read.text
        );
        let tag = read.header("etag");
        let again = payer.send("GET", &path, &[("if-none-match", tag)], Value::Null).await;
        assert_eq!(
            (again.status.as_u16(), again.text.as_str(), again.header("etag")),
            (304, "", tag)
        );
        // And it is the one that a change is based on.
        let changed = site.write("PATCH", &path, Some(tag), json!({"name": "Renamed"})).await;
        assert_eq!(changed.status, 200, "{}", changed.text);
        let late = site.write("PATCH", &path, Some(tag), json!({"name": "Late"})).await;
        assert_eq!(late.status, 412, "{}", late.text);
    }
    let listed = payer.get("/networks").await;
    assert_eq!(listed["total"], json!(0), "{listed}");
}

/// 7.05: money is of a currency that there is.
#[tokio::test]
async fn an_unknown_currency_is_refused() {
    let world = World::open().await;
    let path = format!("{}/financial-items", world.at_case());
    for (currency, wanted) in [
        ("ZZZ", "unknown_currency"),
        ("usd", "format"),
        ("XXX", "unknown_currency"),
    ] {
        let body = json!({"label": "Fee", "amount_cents": 100, "currency": currency});
        let refused = world.staff("POST", &path, body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault()),
            (422, ("currency".to_owned(), wanted.to_owned())),
            "{currency}: {}",
            refused.text
        );
    }
    let body = json!({"label": "Fee", "amount_cents": 100, "currency": "MXN"});
    assert_eq!(world.staff("POST", &path, body).await.status, 201);
}

/// 11.01: who is not let in is told so by the title, of a program's answer as of a page.
#[tokio::test]
async fn a_wrong_password_has_a_title_of_its_own() {
    let site = Site::open().await;
    account(&site.house, "pat@example.org", true, None).await;
    let wrong = json!({"email": "pat@example.org", "password": "wrong"});
    let refused = site.write("POST", "/sessions", None, wrong).await;
    assert_eq!(
        (refused.status.as_u16(), &refused.json()["title"]),
        (401, &json!("Not signed in"))
    );
    for (path, form) in [
        ("/sign-in", "email=pat@example.org&password=wrong"),
        ("/provider/sign-in", "token=wrong"),
    ] {
        let shown = site.get(path).await;
        assert!(shown.text.contains("<title>Sign in ·"), "{}", shown.text);
        let request = axum::http::Request::post(path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(axum::body::Body::from(form));
        let refused = site.send(request.expect("a request")).await;
        assert_eq!(refused.status, 401, "{path}");
        assert!(refused.text.contains("<title>Not signed in ·"), "{}", refused.text);
    }
}
