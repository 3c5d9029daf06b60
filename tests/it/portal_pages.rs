//! The portal's pages: a sign-in of their own, clothes by subdomain, what is booked at a clinic.

use provider_directory::{
    store::{case_items, provider_users, slots::Filter},
    vocab::terms::ItemKind,
};
use serde_json::{Value, json};

use crate::browser::{browser, form_word, sent_back};
use crate::portal::{PORTAL, World};
use crate::practice::{Practice, hours};

/// 7.07: the portal's pages have a sign-in and a cookie of their own; nobody else's opens them, and theirs opens nothing else.
#[tokio::test]
async fn feature_7_07_the_portals_pages_stand_apart() {
    let world = World::open().await;
    let host = "127.0.0.1:8080";
    let site = &world.site;
    let first = site.send(browser("GET", "/provider/", host, None, "")).await;
    assert_eq!(
        (first.status.as_u16(), first.header("refresh")),
        (401, "0; url=/provider/sign-in")
    );
    // Who was on the way to a page goes on to it, and to no page of anybody else's.
    let way = format!("/provider/cases/{}", world.case);
    let sent = format!("word=&x={}", "y".repeat(3));
    let form = site
        .send(browser(
            "POST",
            &format!("{way}/documents/1/received"),
            host,
            None,
            &sent,
        ))
        .await;
    let led = site.send(browser("GET", &way, host, None, "")).await;
    assert_eq!(led.header("refresh"), form.header("refresh"));
    let at = led
        .header("refresh")
        .strip_prefix("0; url=")
        .expect("an address")
        .to_owned();
    let asked = site.send(browser("GET", &at, host, None, "")).await;
    assert!(
        asked.text.contains("your session has ended") && asked.text.contains(&format!("value=\"{way}\"")),
        "{}",
        asked.text
    );
    for (next, to) in [
        (way.as_str(), way.as_str()),
        ("/admin/", "/provider/"),
        ("//evil.example", "/provider/"),
    ] {
        let form = format!("token={}&next={next}", world.ann_token);
        let entered = site.send(browser("POST", "/provider/sign-in", host, None, &form)).await;
        assert_eq!((entered.status.as_u16(), entered.header("location")), (303, to));
    }
    let sign_in = async |token: &str| {
        site.send(browser(
            "POST",
            "/provider/sign-in",
            host,
            None,
            &format!("token={token}"),
        ))
        .await
    };
    for wrong in [&world.staff, &site.token, &world.robot_token, "pvp_x"] {
        let refused = sign_in(wrong).await;
        assert_eq!(refused.status, 401);
        assert!(refused.headers.get("set-cookie").is_none() && refused.text.contains("role=\"alert\""));
    }
    let entered = sign_in(&world.ann_token).await;
    let set = entered.header("set-cookie").to_owned();
    assert!(
        set.contains("Path=/provider;") && set.contains("HttpOnly; SameSite=Strict"),
        "{set}"
    );
    let cookie = sent_back(&set);
    let note = case_items::NewItem::Note {
        note: serde_json::from_value(json!({"text": "<script>alert(1)</script>"})).expect("a note"),
        internal: false,
    };
    let note = world.agency.put(world.case, &note).await;
    world.agency.share(world.case, world.portal, note).await;
    let file = world.agency.item(world.case, ItemKind::Document).await;
    world.agency.share(world.case, world.portal, file).await;
    let see = async |path: &str| site.send(browser("GET", path, host, Some(&cookie), "")).await;
    let home = see("/provider/").await;
    assert!(home.status == 200 && home.text.contains("HOPE-1"), "{}", home.text);
    let at = format!("/provider/cases/{}", world.case);
    let page = see(&at).await;
    assert!(
        page.text.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !page.text.contains("<script"),
        "{}",
        page.text
    );
    assert!(page.header("content-security-policy").starts_with("default-src 'none'"));
    assert!(page.header("cache-control").contains("no-store"));
    let download = see(&format!("{at}/documents/{file}")).await;
    assert_eq!(download.text, "%PDF-1.7 secret-document");
    let received = format!("{at}/documents/{file}/received");
    let word = form_word(&page.text);
    for (form, status) in [("word=", 403), (&*format!("word={word}"), 200)] {
        let answer = site.send(browser("POST", &received, host, Some(&cookie), form)).await;
        assert_eq!(answer.status.as_u16(), status, "{}", answer.text);
    }
    // Said once, it stays said, and there is nothing to say again.
    let after = see(&at).await;
    assert!(
        after.text.contains("You confirmed receipt") && !after.text.contains("Confirm receipt"),
        "{}",
        after.text
    );
    let again = browser("POST", &received, host, Some(&cookie), &format!("word={word}"));
    assert_eq!(site.send(again).await.status, 303);
    assert_eq!(world.audited("portal.acknowledged").await, 1);
    let mut foreign = browser("POST", &received, host, Some(&cookie), &format!("word={word}"));
    foreign
        .headers_mut()
        .insert("sec-fetch-site", "cross-site".parse().expect("a value"));
    assert_eq!(site.send(foreign).await.status, 403);
    let missing = [
        see("/provider/cases/1").await,
        see(&format!("/provider/cases/{}", uuid::Uuid::now_v7())).await,
    ];
    assert_eq!((missing[0].status.as_u16(), &missing[0].text), (404, &missing[1].text));
    // The cookie and the token open nothing else, and nothing else opens the portal.
    for path in ["/cases", "/agency-providers", "/provider-users", "/provider-tokens"] {
        assert_eq!(see(path).await.status, 401, "{path}");
        assert_eq!(
            world.ask("GET", path, Some(&world.ann_token), None).await.status,
            401,
            "{path}"
        );
    }
    let other = site
        .send(browser(
            "GET",
            "/provider/",
            host,
            Some("provdir_session=provsession_00"),
            "",
        ))
        .await;
    assert_eq!(other.status, 401);
    // The session dies with its token.
    let shut = world
        .agency
        .does(async |tx| provider_users::set_active(tx, world.ann, false).await);
    shut.await.expect("deactivated");
    assert_eq!(see(&at).await.status, 401);
    let back = world
        .agency
        .does(async |tx| provider_users::set_active(tx, world.ann, true).await);
    back.await.expect("activated");
    assert_eq!(see(&at).await.status, 200);
    let out = site
        .send(browser(
            "POST",
            "/provider/sign-out",
            host,
            Some(&cookie),
            &format!("word={word}"),
        ))
        .await;
    assert_eq!(out.status, 303);
    assert_eq!(see(&at).await.status, 401, "signed out");
}

/// 7.12: the host's first label chooses the clothes; an unknown one gets the plain portal.
#[tokio::test]
async fn feature_7_12_a_configured_subdomain_dresses_the_portal_up() {
    let world = World::open().await;
    let at = format!("/agency-providers/{}/clinic-portal", world.clinic);
    let clothes = json!({"subdomain": "riverside", "title": "Riverside <Family>", "theme": "teal", "welcome": "Hello"});
    assert_eq!(world.staff("PUT", &at, clothes.clone()).await.status, 200);
    let page = async |host: &str| {
        let page = world
            .site
            .send(browser("GET", "/provider/sign-in", host, None, ""))
            .await;
        assert_eq!(page.status, 200);
        page.text
    };
    let dressed = page("riverside.portal.example.org").await;
    assert!(
        dressed.contains("Riverside &lt;Family&gt;") && dressed.contains("theme-teal") && dressed.contains("Hello")
    );
    for plain in ["other.portal.example.org", "localhost:8080", "127.0.0.1"] {
        let page = page(plain).await;
        assert!(page.contains("Provider portal") && page.contains("theme-plain") && !page.contains("Riverside"));
    }
    for (subdomain, theme, code) in [("Not a label", "teal", "format"), ("fine", "<b>", "unknown_term")] {
        let body = json!({"subdomain": subdomain, "title": "x", "theme": theme});
        assert_eq!(world.staff("PUT", &at, body).await.fault().1, code);
    }
    let law = world.agency.provider("Law", "attorney").await;
    let taken = world
        .staff("PUT", &format!("/agency-providers/{law}/clinic-portal"), clothes)
        .await;
    assert_eq!(taken.fault().1, "taken");
    assert_eq!(world.staff("DELETE", &at, json!({})).await.status, 204);
    assert!(page("riverside.portal.example.org").await.contains("Provider portal"));
}

/// 7.12: a clinic sees in its own portal what is booked at the site that the agency has tied to it; whom for only where that
/// is a case assigned to it; and nothing without the tie, by a plain portal, or by a machine.
#[tokio::test]
async fn feature_7_12_a_clinic_sees_what_is_booked_at_it() {
    let world = World::open().await;
    let practice = Practice {
        house: &world.site.house,
        organization: world.agency.id,
        actor: world.agency.staff.clone(),
    };
    let main = practice.clinic("Main <Street>", "America/New_York").await;
    let away = practice.clinic("Away", "America/Chicago").await;
    let doctor = practice.practitioner_at("Dr. Gray", &[main, away]).await;
    for (clinic, monday) in [(main, hours(1, "09:00", "11:00")), (away, hours(1, "14:00", "15:00"))] {
        practice.schedule(doctor, clinic, &monday).await;
    }
    let book = async |at: &str, patient: &str| {
        let slots = practice.slots(&Filter::default()).await;
        let slot = slots
            .iter()
            .find(|slot| slot.span.starts_at.to_rfc3339().starts_with(at));
        let slot = slot.unwrap_or_else(|| panic!("a slot at {at}"));
        practice.book(slot.id, patient).await.expect("booked")
    };
    // In New York's winter nine o'clock is two in the afternoon, UTC.
    book("2026-11-23T14:00", "HOPE-1").await;
    book("2026-11-23T14:30", "Mrs Secret").await;
    world.agency.case("HOPE-2").await;
    book("2026-11-23T15:00", "HOPE-2").await;
    book("2026-11-30T14:00", "HOPE-1").await;
    book("2026-11-23T20:00", "HOPE-1").await;

    let at = format!("/agency-providers/{}/clinic-portal", world.clinic);
    let clothes = |clinic: Value| json!({"subdomain": "riverside", "title": "Riverside", "theme": "teal", "welcome": "", "clinic_id": clinic});
    let seen = async |query: &str| world.ann(&format!("/clinic/appointments{query}")).await;
    assert_eq!(world.staff("PUT", &at, clothes(Value::Null)).await.status, 200);
    assert_eq!(seen("").await.status, 404, "no site is tied to it");
    let unknown = world.staff("PUT", &at, clothes(json!(uuid::Uuid::nil()))).await;
    assert_eq!(unknown.fault(), ("clinic_id".to_owned(), "unknown".to_owned()));
    assert_eq!(world.staff("PUT", &at, clothes(json!(main))).await.status, 200);
    let kept = world.staff("GET", &at, json!({})).await.json();
    assert_eq!(kept, clothes(json!(main)));

    let week = seen("").await;
    assert_eq!(week.status, 200, "{}", week.text);
    assert!(!week.text.contains("Secret") && !week.text.contains("HOPE-2") && !week.text.contains("20:00"));
    let week = week.json();
    assert_eq!(
        (&week["clinic"], &week["from"], &week["until"], &week["more"]),
        (
            &json!("Main <Street>"),
            &json!("2026-11-22"),
            &json!("2026-11-29"),
            &json!(false)
        )
    );
    let told = |week: &Value| {
        let all = week["appointments"].as_array().cloned().unwrap_or_default();
        let one = |a: &Value| {
            assert_eq!(a["practitioner_name"], "Dr. Gray");
            (
                a["starts_at"].as_str().unwrap_or_default().to_owned(),
                a["case_reference"].clone(),
            )
        };
        all.iter().map(one).collect::<Vec<_>>()
    };
    let of = |at: &str, case: Value| (format!("{at}:00Z"), case);
    let first = of("2026-11-23T14:00", json!("HOPE-1"));
    let taken = ["2026-11-23T14:30", "2026-11-23T15:00"].map(|at| of(at, Value::Null));
    assert_eq!(told(&week), [vec![first], taken.to_vec()].concat());
    let next = seen("?from=2026-11-30&days=1").await.json();
    assert_eq!(told(&next), [of("2026-11-30T14:00", json!("HOPE-1"))]);
    for (query, field) in [
        ("?from=x", "from"),
        ("?days=63", "days"),
        ("?from=0001-01-01", "from"),
        ("?day=1", "day"),
    ] {
        assert_eq!(seen(query).await.fault().0, field, "{query}");
    }
    assert!(world.audited("portal.appointments").await >= 2);

    let cookie = world.sign_in(&world.ann_token).await;
    let page = async |host: &str, path: &str| world.site.send(browser("GET", path, host, Some(&cookie), "")).await;
    let path = "/provider/clinic/appointments";
    let own = page("riverside.portal.example.org", path).await;
    assert_eq!(own.status, 200, "{}", own.text);
    for words in [
        "Main &lt;Street&gt;",
        "09:00",
        "Dr. Gray",
        "HOPE-1",
        "from=2026-11-29",
        "from=2026-11-15",
    ] {
        assert!(own.text.contains(words), "{words}: {}", own.text);
    }
    assert!(!own.text.contains("Secret") && !own.text.contains("HOPE-2"));
    let plain = page("portal.example.org", path).await;
    assert_eq!(plain.status, 404, "only in the clinic's own portal");
    assert!(!page("portal.example.org", "/provider/").await.text.contains(path));

    // The case goes: the appointment stays, and is nobody's any more.
    let end = format!("/cases/{}/providers/{}/end", world.case, world.portal);
    let ended = world.staff("POST", &end, json!({})).await;
    assert_eq!(ended.status, 200, "{}", ended.text);
    assert!(!seen("").await.text.contains("HOPE-1"));
    // The tie goes, too.
    assert_eq!(world.staff("PUT", &at, clothes(Value::Null)).await.status, 200);
    assert_eq!(seen("").await.status, 404);
    assert_eq!(page("riverside.portal.example.org", path).await.status, 404);
    let robot = format!("{PORTAL}/clinic/appointments");
    assert_eq!(
        world.ask("GET", &robot, Some(&world.robot_token), None).await.status,
        403
    );
}

/// 7.14: a session that is over is shown in vain, and its agency learns of it.
#[tokio::test]
async fn feature_7_14_a_session_that_is_over_leaves_a_trace() {
    let world = World::open().await;
    let cookie = world.sign_in(&world.ann_token).await;
    let page = world.page(Some(&cookie), "GET", "/provider/").await;
    let form = format!("word={}", form_word(&page.text));
    let out = browser("POST", "/provider/sign-out", "127.0.0.1", Some(&cookie), &form);
    assert_eq!(world.site.send(out).await.status, 303);
    assert_eq!(world.audited("provider_token.refused").await, 0);
    assert_eq!(world.page(Some(&cookie), "GET", "/provider/").await.status, 401);
    assert_eq!(world.audited("provider_token.refused").await, 1);
    let invented = format!("provdir_portal={}", "ab".repeat(32));
    assert_eq!(world.page(Some(&invented), "GET", "/provider/").await.status, 401);
    assert_eq!(
        world.audited("provider_token.refused").await,
        1,
        "of what nobody has opened nothing is known"
    );
}
