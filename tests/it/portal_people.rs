//! Who is outside, and whether they come in at all: types of providers, users, assignments, notes about a provider, an agency that
//! is closed.

use serde_json::{Value, json};

use crate::agency::Agency;
use crate::browser::browser;
use crate::portal::{PERSON, PORTAL, World, id};

/// 7.01: the types of an agency's network, private entries beside public ones, and an NPI only where it applies.
#[tokio::test]
async fn feature_7_01_providers_of_every_type_with_an_npi_only_where_it_applies() {
    let world = World::open().await;
    for kind in [
        "IVF_CLINIC",
        "attorney",
        "escrow_agency",
        "GENETIC_COUNSELOR",
        "psychologist",
        "doula",
    ] {
        let made = world
            .staff("POST", "/agency-providers", json!({"type": kind, "name": "New one"}))
            .await;
        assert_eq!(made.status, 201, "{}", made.text);
        let made = made.json();
        assert_eq!((&made["private"], &made["npi"]), (&json!(true), &Value::Null));
        assert_eq!(made["type"], kind.to_lowercase());
    }
    let public = world.site.house.provider("SMITH", Some("1234567893")).await;
    let as_attorney = world
        .staff(
            "POST",
            "/agency-providers",
            json!({"type": "attorney", "provider": "1234567893"}),
        )
        .await;
    assert_eq!(
        (as_attorney.status.as_u16(), as_attorney.fault().1.as_str()),
        (422, "npi_not_applicable")
    );
    let linked = world
        .staff(
            "POST",
            "/agency-providers",
            json!({"type": "psychologist", "provider": "1234567893"}),
        )
        .await;
    assert_eq!(linked.status, 201, "{}", linked.text);
    assert_eq!(linked.json()["provider_id"], json!(public.id));
    assert_eq!(linked.json()["private"], json!(false));
    let twice = world
        .staff(
            "POST",
            "/agency-providers",
            json!({"type": "psychologist", "provider": public.id}),
        )
        .await;
    assert_eq!(twice.fault().1, "in_network");
    let odd = world
        .staff("POST", "/agency-providers", json!({"type": "no such!", "name": "x"}))
        .await;
    assert_eq!(odd.status, 422);
    let network = world.staff("GET", "/agency-providers", json!({})).await.json();
    assert_eq!(network["providers"].as_array().map(Vec::len), Some(8));
    for stranger in [None, Some(world.ann_token.as_str()), Some(world.site.token.as_str())] {
        let refused = world.ask("GET", "/agency-providers", stranger, None).await;
        assert!(matches!(refused.status.as_u16(), 401 | 403), "{}", refused.text);
    }
}

/// 7.02: invited, active with the first request, deactivated: dead at once; several at one provider.
#[tokio::test]
async fn feature_7_02_users_are_invited_come_in_and_are_shut_out() {
    let world = World::open().await;
    let invite = json!({"provider_id": world.clinic, "name": "Cleo", "email": "cleo@example.org"});
    let invited = world.staff("POST", "/provider-users", invite.clone()).await;
    assert_eq!(
        (invited.status.as_u16(), &invited.json()["status"]),
        (201, &json!("invited"))
    );
    assert_eq!(world.staff("POST", "/provider-users", invite).await.fault().1, "taken");
    let cleo = id(&invited);
    let issued = world
        .staff(
            "POST",
            "/provider-tokens",
            json!({"provider_user_id": cleo, "name": "laptop"}),
        )
        .await;
    assert_eq!(issued.status, 201, "{}", issued.text);
    let token = issued.json()["token"].as_str().expect("shown once").to_owned();
    let me = world.ask("GET", &format!("{PORTAL}/me"), Some(&token), None).await;
    assert_eq!((me.status.as_u16(), &me.json()["user_name"]), (200, &json!("Cleo")));
    let at = format!("/provider-users/{cleo}");
    assert_eq!(world.staff("GET", &at, json!({})).await.json()["status"], "active");
    let both = world
        .staff(
            "GET",
            &format!("/provider-users?provider_id={}", world.clinic),
            json!({}),
        )
        .await;
    assert_eq!(both.json()["users"].as_array().map(Vec::len), Some(3));
    for (turn, status) in [("deactivate", 401), ("activate", 200)] {
        let turned = world.staff("POST", &format!("{at}/{turn}"), json!({})).await;
        assert_eq!(turned.status, 200, "{}", turned.text);
        let me = world.ask("GET", &format!("{PORTAL}/me"), Some(&token), None).await;
        assert_eq!(me.status.as_u16(), status, "{turn}");
        let again = world.staff("POST", &format!("{at}/{turn}"), json!({})).await;
        assert_eq!((again.status.as_u16(), again.fault().1.as_str()), (422, "transition"));
    }
    let foreign = Agency::open(&world.site.house, "Other").await;
    let theirs = foreign.provider("Elsewhere", "attorney").await;
    let stranger = foreign.user(theirs, PERSON, "Zoe").await;
    let reached = world
        .staff("POST", &format!("/provider-users/{stranger}/deactivate"), json!({}))
        .await;
    assert_eq!(reached.status, 404);
}

/// 7.03: a case, an assignment, its end.
#[tokio::test]
async fn feature_7_03_an_ended_assignment_shows_nothing_from_then_on() {
    let world = World::open().await;
    let made = world
        .staff("POST", "/cases", json!({"reference": "HOPE-2", "kind": "egg_donation"}))
        .await;
    assert_eq!((made.status.as_u16(), made.header("etag")), (201, "\"1\""));
    let case = id(&made);
    let taken = world
        .staff("POST", "/cases", json!({"reference": "HOPE-2", "kind": "x"}))
        .await;
    assert_eq!(taken.fault().1, "taken");
    assert_eq!(world.ann(&format!("/cases/{case}")).await.status, 404);
    let assigned = world
        .staff(
            "POST",
            &format!("/cases/{case}/providers"),
            json!({"provider_id": world.clinic, "role": "ivf_clinic"}),
        )
        .await;
    assert_eq!(assigned.status, 201, "{}", assigned.text);
    assert_eq!(
        world.ann(&format!("/cases/{case}")).await.json()["roles"][0]["role"],
        "ivf_clinic"
    );
    assert_eq!(
        world.ann("/cases").await.json()["cases"].as_array().map(Vec::len),
        Some(2)
    );
    let end = format!("/cases/{case}/providers/{}/end", id(&assigned));
    assert_eq!(world.staff("POST", &end, json!({})).await.status, 200);
    assert_eq!(world.ann(&format!("/cases/{case}")).await.status, 404);
    assert_eq!(
        world.ann("/cases").await.json()["cases"].as_array().map(Vec::len),
        Some(1)
    );
    let closed = world
        .staff("PATCH", &format!("/cases/{case}"), json!({"status": "closed"}))
        .await;
    assert_eq!(
        (&closed.json()["status"], &closed.json()["version"]),
        (&json!("closed"), &json!(2))
    );
    let outsider = world
        .staff(
            "POST",
            &format!("/cases/{case}/providers"),
            json!({"provider_id": uuid::Uuid::now_v7(), "role": "x"}),
        )
        .await;
    assert_eq!(outsider.fault().1, "not_in_network");
}

/// 7.11: a note about a provider: the flag shows and hides it at once.
#[tokio::test]
async fn feature_7_11_a_flag_shows_and_hides_a_note_at_once() {
    let world = World::open().await;
    let at = format!("/agency-providers/{}/notes", world.clinic);
    let note = world.staff("POST", &at, json!({"text": "pays late"})).await;
    assert_eq!(note.status, 201, "{}", note.text);
    let with_case = world
        .staff(
            "POST",
            &at,
            json!({"text": "call us", "case_id": world.case, "shareable": true}),
        )
        .await;
    assert_eq!(with_case.status, 201, "{}", with_case.text);
    let seen = async || {
        world.ann("/provider-notes").await.json()["notes"]
            .as_array()
            .map(Vec::len)
    };
    assert_eq!(seen().await, Some(0));
    assert_eq!(
        world.ann(&world.at_case()).await.json()["provider_notes"][0]["text"],
        "call us"
    );
    for (shareable, count) in [(true, 1), (false, 0)] {
        let flag = format!("/provider-notes/{}", id(&note));
        assert_eq!(
            world
                .staff("PATCH", &flag, json!({"shareable": shareable}))
                .await
                .status,
            200
        );
        assert_eq!(seen().await, Some(count));
    }
    // The same for a note of the case that is shared.
    let made = world
        .staff(
            "POST",
            &format!("/cases/{}/notes", world.case),
            json!({"text": "Embryo <b>7</b>"}),
        )
        .await;
    assert_eq!(made.json()["offered"], json!(false));
    let grant = json!({"assignment_id": world.portal, "item_id": id(&made)});
    let shares = format!("/cases/{}/shares", world.case);
    assert_eq!(
        world.staff("POST", &shares, grant.clone()).await.fault().1,
        "internal_note"
    );
    let flag = format!("/cases/{}/notes/{}", world.case, id(&made));
    for (internal, count) in [(false, 1), (true, 0), (false, 1)] {
        assert_eq!(
            world.staff("PATCH", &flag, json!({"internal": internal})).await.status,
            200
        );
        if world.staff("GET", &shares, json!({})).await.json()["shares"] == json!([]) {
            assert_eq!(world.staff("POST", &shares, grant.clone()).await.status, 201);
        }
        let notes = world.ann(&format!("{}/notes", world.at_case())).await.json();
        assert_eq!(
            notes["items"].as_array().map(Vec::len),
            Some(count),
            "internal: {internal}"
        );
    }
}

/// 5.16: an agency that has `cases` switched off is closed to those outside, with every token, session and subdomain; what
/// they try is written down, and all is as before when it is on again.
#[tokio::test]
async fn feature_5_16_cases_switched_off_close_the_portal() {
    let world = World::open().await;
    let at = format!("/agency-providers/{}/clinic-portal", world.clinic);
    let clothes = json!({"subdomain": "riverside", "title": "Riverside", "theme": "teal"});
    assert_eq!(world.staff("PUT", &at, clothes).await.status, 200);
    let cookie = world.sign_in(&world.ann_token).await;
    let of = format!("/organizations/{}/config", world.agency.id);
    for (on, status) in [(true, 200), (false, 401), (true, 200)] {
        let switched = world.staff("PATCH", &of, json!({"features": {"cases": on}})).await;
        assert_eq!(switched.status, 200, "{}", switched.text);
        assert_eq!(world.ann("/me").await.status, status);
        assert_eq!(world.robot("/me").await.status, status);
        assert_eq!(world.page(Some(&cookie), "GET", "/provider/").await.status, status);
        let dressed = browser("GET", "/provider/sign-in", "riverside.example.org", None, "");
        assert_eq!(world.site.send(dressed).await.text.contains("Riverside"), on);
    }
    assert_eq!(
        world.audited("provider_token.refused").await,
        3,
        "two tokens and a session"
    );
}
