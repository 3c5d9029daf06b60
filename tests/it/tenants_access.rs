//! Who comes in, and for whom: sessions, cookies, organisations that are named.

use axum::{body::Body, http::Request};
use chrono::TimeDelta;
use provider_directory::{
    domain::access::{Actor, Role},
    store::{Error, access, people, sessions},
    vocab::terms::SubscriptionTier,
};
use serde_json::json;
use sqlx::Connection;

use crate::{
    browser::sent_back,
    house::{House, admin, noon},
    http_site::{Answer, Site},
    tenants::{PASSWORD, account, ask, join, session, signed_in, tenant},
};

async fn post(site: &Site, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
    let mut request = Request::post(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    site.send(request.body(Body::from(body.to_owned())).expect("a request"))
        .await
}

/// D14: built-in accounts sign in with address and password; the token is kept as a digest and is worthless at once when it is
/// revoked.
#[tokio::test]
async fn feature_d14_a_person_signs_in_and_out() {
    let site = Site::open().await;
    let clinic = tenant(&site.house, "St. Mary's Clinic", SubscriptionTier::Basic).await;
    let jane = account(&site.house, "Jane@Example.org", true, None).await;
    join(&site.house, clinic.id, jane, Role::OrganizationAdmin).await;
    let json = [("content-type", "application/json")];
    let with = |email: &str, password: &str| json!({"email": email, "password": password}).to_string();
    let (wrong, unknown) = (
        post(&site, "/sessions", &json, &with("jane@example.org", "not the words")).await,
        post(&site, "/sessions", &json, &with("nobody@example.org", PASSWORD)).await,
    );
    assert_eq!((wrong.status.as_u16(), unknown.status.as_u16()), (401, 401));
    assert_eq!(
        wrong.json()["detail"],
        unknown.json()["detail"],
        "who has an account is not told"
    );

    let begun = post(&site, "/sessions", &json, &with("jane@example.org", PASSWORD)).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    let token = begun.json()["token"].as_str().expect("a token").to_owned();
    let who = access::authenticate(&site.house.store, &token, noon())
        .await
        .expect("asked")
        .expect("known");
    assert_eq!(
        (who.user_id, who.role, who.organization_id),
        (Some(jane), Role::OrganizationAdmin, Some(clinic.id)),
        "in the one organisation that she belongs to"
    );
    let kept: String = sqlx::query_scalar("SELECT string_agg(s::text, ' ') FROM user_session s")
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("read");
    assert!(!kept.contains(&token));
    let late = noon() + TimeDelta::hours(13);
    assert!(
        access::authenticate(&site.house.store, &token, late)
            .await
            .expect("asked")
            .is_none()
    );

    assert_eq!(
        ask(&site, &token, None, "DELETE", "/sessions/current", None)
            .await
            .status,
        204
    );
    assert_eq!(
        ask(&site, &token, None, "DELETE", "/sessions/current", None)
            .await
            .status,
        401
    );
}

/// Whoever signs in while the password changes has shown the old one: it begins no session that outlives the change.
#[tokio::test]
async fn a_session_begins_by_the_password_that_holds() {
    let site = Site::open().await;
    let store = &site.house.store;
    let jane = account(&site.house, "jane@example.org", true, None).await;
    let (_, seen) = people::for_sign_in(store, "jane@example.org")
        .await
        .expect("asked")
        .expect("known");
    let seen = seen.expect("a password");
    let begin = async |seen: &str| {
        sessions::open_by_password(store, jane, seen, rand::random(), noon(), noon() + TimeDelta::hours(1))
            .await
            .expect("asked")
    };
    assert!(begin(&seen).await.is_some());
    let mut tx = store.begin(&admin()).await.expect("begun");
    people::set_password(&mut tx, jane, "$argon2id$x", None, noon())
        .await
        .expect("set");
    tx.commit().await.expect("committed");
    assert_eq!(begin(&seen).await, None);
    assert!(begin("$argon2id$x").await.is_some());
}

#[tokio::test]
async fn a_password_is_its_owners_and_a_new_one_ends_other_sessions() {
    let site = Site::open().await;
    let jane = account(&site.house, "jane@example.org", true, None).await;
    let (here, elsewhere) = (session(&site.house, jane).await, session(&site.house, jane).await);
    let change = |current: &str, new: &str| Some(json!({"current": current, "new": new}));
    let wrong = ask(
        &site,
        &here,
        None,
        "POST",
        "/me/password",
        change("guess", "five words on new paper"),
    )
    .await;
    assert_eq!(
        (wrong.status.as_u16(), wrong.fault()),
        (422, ("current".to_owned(), "wrong".to_owned()))
    );
    let weak = ask(&site, &here, None, "POST", "/me/password", change(PASSWORD, "short")).await;
    assert_eq!(
        (weak.status.as_u16(), weak.fault()),
        (422, ("new".to_owned(), "too_short".to_owned()))
    );
    let done = ask(
        &site,
        &here,
        None,
        "POST",
        "/me/password",
        change(PASSWORD, "five words on new paper"),
    )
    .await;
    assert_eq!(done.status, 204, "{}", done.text);
    for (token, good) in [(&here, true), (&elsewhere, false)] {
        let known = access::authenticate(&site.house.store, token, noon())
            .await
            .expect("asked");
        assert_eq!(known.is_some(), good);
    }
    let stranger = Actor::new("user:x", Role::OrganizationAdmin);
    let mut tx = site.house.store.begin(&stranger).await.expect("begun");
    let refused = people::set_password(&mut tx, jane, "$argon2id$x", None, noon()).await;
    assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
}

#[tokio::test]
async fn a_closed_account_is_out_at_once() {
    let house = House::open().await;
    let jane = account(&house, "jane@example.org", false, None).await;
    let token = session(&house, jane).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    people::enable(&mut tx, jane, false, noon()).await.expect("closed");
    tx.commit().await.expect("committed");
    assert!(
        access::authenticate(&house.store, &token, noon())
            .await
            .expect("asked")
            .is_none()
    );
    assert!(
        people::for_sign_in(&house.store, "jane@example.org")
            .await
            .expect("asked")
            .is_none()
    );
    let mut app = sqlx::PgConnection::connect_with(&house.access.app)
        .await
        .expect("connected");
    for secret in ["SELECT password_hash FROM app_user", "SELECT * FROM user_session"] {
        assert!(sqlx::raw_sql(secret).execute(&mut app).await.is_err(), "{secret}");
    }
}

/// 5.09: the organisation that a request names is checked; one that is not theirs is a 403 and an audit row.
#[tokio::test]
async fn feature_5_09_a_spoofed_organization_is_refused_and_written_down() {
    let site = Site::open().await;
    let (a, b) = (
        tenant(&site.house, "Alpha", SubscriptionTier::Basic).await,
        tenant(&site.house, "Beta", SubscriptionTier::Basic).await,
    );
    let jane = account(&site.house, "jane@example.org", false, None).await;
    join(&site.house, a.id, jane, Role::OrganizationAdmin).await;
    let token = session(&site.house, jane).await;
    let nowhere = provider_directory::vocab::OrganizationId(uuid::Uuid::now_v7());
    for wanted in [b.id, nowhere] {
        let refused = ask(&site, &token, Some(wanted), "GET", "/providers/search", None).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().1.as_str()),
            (403, "not_a_member")
        );
        let refused = ask(&site, &token, Some(wanted), "POST", "/admin/index/rebuild", None).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().1.as_str()),
            (403, "not_a_member"),
            "{}",
            refused.text
        );
        let body = Some(json!({"organization_id": wanted}));
        let refused = ask(&site, &token, None, "PATCH", "/sessions/current", body).await;
        assert_eq!(
            (refused.status.as_u16(), refused.fault().1.as_str()),
            (403, "not_a_member")
        );
        let written: i64 = sqlx::query_scalar(
            "SELECT count(*) FROM audit WHERE action = 'organization.refused' AND entity_id = $1 AND actor = $2",
        )
        .bind(wanted.to_string())
        .bind(format!("user:{jane}"))
        .fetch_one(&mut site.house.owner().await)
        .await
        .expect("read");
        assert_eq!(written, 3);
    }
    let odd = Request::post("/admin/index/rebuild")
        .header("authorization", format!("Bearer {token}"))
        .header("x-organization-id", "alpha");
    let odd = site.send(odd.body(Body::empty()).expect("a request")).await;
    assert_eq!(
        (odd.status.as_u16(), odd.fault().0.as_str()),
        (400, "X-Organization-Id")
    );
    let nobody = Request::post("/admin/index/rebuild").header("x-organization-id", a.id.to_string());
    assert_eq!(
        site.send(nobody.body(Body::empty()).expect("a request")).await.status,
        401
    );
}

/// The pages' way in: a cookie that no script reads, and forms that no other site can send.
#[tokio::test]
async fn a_browser_signs_in_by_a_form_and_only_its_own_pages_change_things() {
    let site = Site::open().await;
    account(&site.house, "jane@example.org", true, None).await;
    let page = site.get("/sign-in?next=/docs").await;
    assert!(
        page.status == 200 && page.text.contains("name=\"next\" value=\"/docs\""),
        "{}",
        page.text
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let wrong = post(
        &site,
        "/sign-in",
        &form,
        "email=jane@example.org&password=guess&next=/docs",
    )
    .await;
    assert!(
        wrong.status == 401 && wrong.text.contains("role=\"alert\""),
        "{}",
        wrong.text
    );
    let body = format!(
        "email=jane%40example.org&password={}&next=%2Fdocs",
        PASSWORD.replace(' ', "+")
    );
    let foreign = [form[0], ("sec-fetch-site", "cross-site")];
    assert_eq!(post(&site, "/sign-in", &foreign, &body).await.status, 403);
    let begun = post(&site, "/sign-in", &form, &body).await;
    assert_eq!(
        (begun.status.as_u16(), begun.header("location")),
        (303, "/docs"),
        "{}",
        begun.text
    );
    let set = begun.header("set-cookie").to_owned();
    assert!(set.contains("; HttpOnly; SameSite=Lax; Max-Age="), "{set}");
    let cookie = sent_back(&set);

    let with_cookie = [form[0], ("cookie", cookie.as_str())];
    assert_eq!(post(&site, "/sign-out", &with_cookie, "csrf=guess").await.status, 403);
    let json = [("content-type", "application/json"), ("cookie", cookie.as_str())];
    let refused = post(&site, "/me/password", &json, "{}").await;
    assert_eq!(refused.status, 403, "a cookie alone changes nothing: {}", refused.text);
    let token = cookie.split_once('=').expect("a pair").1;
    assert!(
        access::authenticate(&site.house.store, token, noon())
            .await
            .expect("asked")
            .is_some()
    );
    let ended = sessions::close(&site.house.store, token, noon()).await.expect("closed");
    assert!(ended);
    assert_eq!(post(&site, "/sign-out", &with_cookie, "csrf=").await.status, 303);
}

/// 5.04: an organisation that is not active keeps its data, and nobody acts for it.
#[tokio::test]
async fn feature_5_04_nobody_acts_for_an_inactive_organization() {
    let site = Site::open().await;
    let clinic = tenant(&site.house, "Alpha", SubscriptionTier::Basic).await;
    let token = signed_in(&site.house, clinic.id, Role::OrganizationAdmin).await;
    let body = || Some(json!({"name": "North", "time_zone": "UTC"}));
    let made = ask(&site, &token, None, "POST", "/clinics", body()).await;
    assert_eq!(made.status, 201, "{}", made.text);
    site.house.sql("UPDATE organization SET is_active = false").await;
    for (organization, method, path) in [
        (None, "GET", "/clinics"),
        (Some(clinic.id), "GET", "/clinics"),
        (Some(clinic.id), "POST", "/clinics"),
        (Some(clinic.id), "GET", "/members"),
    ] {
        let sent = body().filter(|_| method == "POST");
        let refused = ask(&site, &token, organization, method, path, sent).await;
        assert_eq!(refused.status, 403, "{method} {path}: {}", refused.text);
        assert_eq!(
            refused.fault().1,
            "organization_inactive",
            "{method} {path}: {}",
            refused.text
        );
    }
    let refused = ask(&site, &token, Some(clinic.id), "DELETE", "/sessions/current", None).await;
    assert_eq!(
        (refused.status.as_u16(), refused.fault().1.as_str()),
        (403, "organization_inactive")
    );
    assert_eq!(
        ask(&site, &token, None, "DELETE", "/sessions/current", None)
            .await
            .status,
        204
    );
    site.house.sql("UPDATE organization SET is_active = true").await;
    let token = signed_in(&site.house, clinic.id, Role::OrganizationAdmin).await;
    let kept = ask(&site, &token, None, "GET", "/clinics", None).await.json();
    assert_eq!(kept["clinics"][0]["id"], made.json()["id"], "what was there is there");
}

/// The command line makes accounts that can sign in, and the demo somebody for each role, once.
#[tokio::test]
async fn accounts_are_made_on_the_command_line_and_by_the_demo() {
    use provider_directory::{
        interfaces::cli::{demo_accounts, demo_content, user},
        store::provider_tokens,
    };
    let house = House::open().await;
    tenant(&house, "Alpha", SubscriptionTier::Basic).await;
    let create = |email: &str, organization: &str| user::Command::Create {
        email: email.to_owned(),
        name: "Jane".to_owned(),
        organization: Some(organization.to_owned()),
        role: Some(Role::Practitioner),
        platform_role: None,
        json: true,
    };
    user::run(&house.store, &create("jane@example.org", "alpha"), noon())
        .await
        .expect("created");
    assert!(
        user::run(&house.store, &create("sam@example.org", "beta"), noon())
            .await
            .is_err(),
        "no such organisation"
    );
    assert!(
        people::for_sign_in(&house.store, "sam@example.org")
            .await
            .expect("asked")
            .is_none(),
        "nothing by halves"
    );
    let jane = people::for_sign_in(&house.store, "jane@example.org")
        .await
        .expect("asked")
        .expect("there");
    assert!(jane.1.is_some_and(|hash| hash.starts_with("$argon2id$")));

    let data = tempfile::tempdir().expect("a folder");
    let password = demo_accounts::make(&house.store, data.path(), noon())
        .await
        .expect("made");
    assert_eq!(
        demo_accounts::make(&house.store, data.path(), noon())
            .await
            .expect("again"),
        password
    );
    // There is something behind each door, made once; the way into the portal is new with each start.
    house.provider("Dalton", Some("1003021692")).await;
    let first = demo_content::make(&house.store, noon())
        .await
        .expect("made")
        .expect("a token");
    let second = demo_content::make(&house.store, noon())
        .await
        .expect("again")
        .expect("a token");
    for (token, is_good) in [(&first, false), (&second, true)] {
        let found = provider_tokens::authenticate(&house.store, token, noon())
            .await
            .expect("asked");
        assert_eq!(found.is_some(), is_good);
    }
    let counts: Vec<i64> = sqlx::query_scalar(
        "SELECT count(*) FROM clinic UNION ALL SELECT count(*) FROM schedule UNION ALL SELECT count(*) FROM appointment
        UNION ALL SELECT count(*) FROM agency_provider UNION ALL SELECT count(*) FROM \"case\"
        UNION ALL SELECT count(*) FROM case_item UNION ALL SELECT count(*) FROM share
        UNION ALL SELECT count(*) FROM credentialing_request WHERE status = 'SUBMITTED'",
    )
    .fetch_all(&mut house.owner().await)
    .await
    .expect("counted");
    assert_eq!(counts, [1, 5, 1, 2, 1, 5, 3, 1]);
    let (user, kept) = people::for_sign_in(&house.store, "admin@agency.example")
        .await
        .expect("asked")
        .expect("there");
    assert!(provider_directory::domain::password::is_right(
        &password,
        kept.as_deref()
    ));
    let token = session(&house, user).await;
    let who = access::authenticate(&house.store, &token, noon())
        .await
        .expect("asked")
        .expect("known");
    assert!(who.role == Role::OrganizationAdmin && who.organization_id.is_some());
}

/// 11.09: too many tries to sign in to an account are refused, with a time after which to come again.
#[tokio::test]
async fn feature_11_09_guessing_a_password_is_slowed_down() {
    let site = Site::open().await;
    let jane = account(&site.house, "jane@example.org", true, None).await;
    let json = [("content-type", "application/json")];
    let body = json!({"email": "jane@example.org", "password": "a guess of mine"}).to_string();
    let mut statuses = Vec::new();
    for _ in 0..11 {
        statuses.push(post(&site, "/sessions", &json, &body).await);
    }
    let last = statuses.pop().expect("eleven");
    assert!(statuses.iter().all(|answer| answer.status == 401));
    assert_eq!(last.status, 429, "{}", last.text);
    assert!(
        last.header("retry-after")
            .parse::<u32>()
            .is_ok_and(|seconds| seconds >= 1)
    );
    // Nor is a session a way to guess on.
    let token = session(&site.house, jane).await;
    let guess = json!({"current": "a guess of mine", "new": "five words on new paper"});
    let guessed = ask(&site, &token, None, "POST", "/me/password", Some(guess)).await;
    assert_eq!(guessed.status, 429, "{}", guessed.text);
    // Each refusal is written down, though nobody waits for it.
    let noted = "SELECT count(*) FROM audit WHERE action = 'session.refused' AND entity_id = $1";
    for _ in 0..600 {
        let noted = sqlx::query_scalar(noted).bind(jane.to_string());
        let noted: i64 = noted.fetch_one(&mut site.house.owner().await).await.expect("counted");
        if noted == 10 {
            return;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
    panic!("ten refusals are never all written down");
}
