//! The agency's pages: who opens them, what their forms do, what they refuse; and the records of a clinic.

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::access::Role,
    vocab::terms::{ItemKind, ProviderUserKind},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::agency::Agency;
use crate::browser::{browser, cookies, form_word, sent_back};
use crate::http_site::{Answer, Site};
use crate::tenants::{ask, signed_in};

const PERSON: ProviderUserKind = ProviderUserKind::Person;

/// A page that a browser asks for, or a form that it sends, with a session.
pub async fn send(site: &Site, method: &str, path: &str, session: Option<&str>, form: &str) -> Answer {
    let cookie = session.map(|session| format!("provdir_session={session}"));
    site.send(browser(method, path, "a.example:80", cookie.as_deref(), form))
        .await
}

/// The token that a form has made: its page shows it once, and no address and no second look does.
pub async fn shown_once(site: &Site, session: &str, made: &Answer) -> String {
    assert_eq!(made.status, 303, "{}", made.text);
    let at = made.header("location");
    let set = cookies(made);
    let [set] = &set[..] else { panic!("{set:?}") };
    assert!(
        set.contains("HttpOnly") && set.contains("SameSite=Strict") && set.contains("Path=/admin;"),
        "{set}"
    );
    let own = format!("provdir_session={session}");
    let with = format!("{own}; {}", sent_back(set));
    let shown = site.send(browser("GET", at, "a.example:80", Some(&with), "")).await;
    let from = shown.text.find("pvp_").expect("a token");
    let token = shown.text[from..].split('<').next().expect("a token").to_owned();
    assert!(!at.contains(&token) && !made.text.contains(&token));
    assert!(cookies(&shown)[0].contains("Max-Age=0"), "{:?}", cookies(&shown));
    let again = site.send(browser("GET", at, "a.example:80", Some(&own), "")).await;
    assert!(again.status == 200 && !again.text.contains(&token), "{}", again.text);
    token
}

/// 7.08: the network, a provider, a case, its sharing: by forms, for the agency's administrators alone.
#[tokio::test]
async fn feature_7_08_an_agency_works_by_its_pages() {
    let site = Site::open().await;
    let agency = Agency::open(&site.house, "Hope").await;
    let boss = signed_in(&site.house, agency.id, Role::OrganizationAdmin).await;
    let clerk = signed_in(&site.house, agency.id, Role::Member).await;
    let see = async |path: &str| send(&site, "GET", path, Some(&boss), "").await;
    for path in ["/admin/", "/admin/network", "/admin/cases", "/admin/credentialing"] {
        let stranger = send(&site, "GET", path, None, "").await;
        assert_eq!(stranger.status, 401, "{path}");
        assert!(stranger.header("refresh").starts_with("0; url=/sign-in?next="));
        assert_eq!(send(&site, "GET", path, Some(&clerk), "").await.status, 403, "{path}");
        assert_eq!(see(path).await.status, 200, "{path}");
    }
    let reviewer = signed_in(&site.house, agency.id, Role::Reviewer).await;
    for (path, status) in [
        ("/admin/", 200),
        ("/admin/credentialing", 200),
        ("/admin/network", 403),
        ("/admin/cases", 403),
    ] {
        let seen = send(&site, "GET", path, Some(&reviewer), "").await;
        assert_eq!(seen.status, status, "{path}");
        assert!(
            !seen.text.contains("href=\"/admin/cases\""),
            "what is not for them is not offered: {path}"
        );
    }
    let word = form_word(&see("/admin/network").await.text);
    let post =
        async |path: &str, form: &str| send(&site, "POST", path, Some(&boss), &format!("word={word}&{form}")).await;
    let added = post("/admin/network", "type=ivf_clinic&name=Riverside+%3Cb%3E").await;
    assert_eq!(added.status, 303, "{}", added.text);
    let clinic = added.header("location").to_owned();
    let without = send(
        &site,
        "POST",
        "/admin/network",
        Some(&boss),
        "word=&type=attorney&name=X",
    )
    .await;
    assert_eq!(without.status, 403, "a form without its word");
    let wrong = post("/admin/network", "type=ivf_clinic").await;
    assert!(
        wrong.status == 400 && wrong.text.contains("role=\"alert\""),
        "{}",
        wrong.text
    );
    assert_eq!(
        post(
            &format!("{clinic}/users"),
            "name=Ann&email=ann%40example.org&kind=person"
        )
        .await
        .status,
        303
    );
    assert_eq!(post(&format!("{clinic}/notes"), "text=%3Cscript%3E").await.status, 303);
    let page = see(&clinic).await.text;
    assert!(
        page.contains("Riverside &lt;b&gt;") && page.contains("&lt;script&gt;") && page.contains("ann@example.org")
    );
    let at = page.find("/admin/provider-users/").expect("a user");
    let user = page[at..].split('/').nth(3).expect("an id").to_owned();
    let issued = post(&format!("/admin/provider-users/{user}/tokens"), "name=laptop").await;
    let token = shown_once(&site, &boss, &issued).await;
    let me = ask(&site, &token, None, "GET", "/api/portal/v1/me", None).await;
    assert_eq!(me.status, 200, "{}", me.text);
    let opened = post("/admin/cases", "reference=HOPE-1&kind=surrogacy").await;
    let case = opened.header("location").to_owned();
    let provider = clinic.rsplit('/').next().expect("an id");
    let assigned = post(
        &format!("{case}/providers"),
        &format!("provider={provider}&role=ivf_clinic&channel=person"),
    )
    .await;
    assert_eq!(assigned.status, 303, "{}", assigned.text);
    assert_eq!(post(&format!("{case}/notes"), "text=hidden+words").await.status, 303);
    assert_eq!(
        post(&format!("{case}/notes"), "text=shared+words&shareable=true")
            .await
            .status,
        303
    );
    let page = see(&case).await.text;
    let field = |name: &str| {
        let from = page.find(&format!("name=\"{name}\" value=\"")).expect("a field") + name.len() + 15;
        page[from..from + 36].to_owned()
    };
    let share = format!("assignment={}&item={}", field("assignment"), field("item"));
    assert_eq!(
        post(&format!("{case}/shares"), &format!("{share}&then=grant"))
            .await
            .status,
        303
    );
    let api = case.replace("/admin", "/api/portal/v1");
    let seen = ask(&site, &token, None, "GET", &api, None).await.text;
    assert!(
        seen.contains("shared words") && !seen.contains("hidden words"),
        "{seen}"
    );
    let preview = see(&format!("{case}/view-as/{user}")).await.text;
    assert!(preview.contains("shared words") && !preview.contains("hidden words"));
    let proof = see(&format!("{case}/proof/{provider}")).await.text;
    assert!(proof.contains("shared words") && proof.contains("still") && proof.contains("viewed"));
    assert_eq!(
        post(&format!("{case}/shares"), &format!("{share}&then=revoke"))
            .await
            .status,
        303
    );
    assert!(
        !ask(&site, &token, None, "GET", &api, None)
            .await
            .text
            .contains("shared words")
    );
    assert_eq!(post(&format!("{clinic}/active"), "active=false").await.status, 303);
    assert_eq!(ask(&site, &token, None, "GET", &api, None).await.status, 401);
    let other = Agency::open(&site.house, "Other").await;
    let rival = signed_in(&site.house, other.id, Role::OrganizationAdmin).await;
    for path in [&clinic, &case] {
        assert_eq!(send(&site, "GET", path, Some(&rival), "").await.status, 404, "{path}");
    }
}

/// 5.07: contacts and papers of a clinic, own or outside: bytes and hash come back, and only to those who may.
#[tokio::test]
async fn feature_5_07_contacts_and_papers_come_back_whole_to_those_who_may() {
    let site = Site::open().await;
    let agency = Agency::open(&site.house, "Hope").await;
    let boss = signed_in(&site.house, agency.id, Role::OrganizationAdmin).await;
    let outside = agency.provider("Riverside", "ivf_clinic").await;
    let law = agency.provider("Law", "attorney").await;
    let (ann, bob) = (
        agency.user(outside, PERSON, "Ann").await,
        agency.user(law, PERSON, "Bob").await,
    );
    let (ann, bob) = (agency.token(ann, 1).await, agency.token(bob, 2).await);
    let own = ask(
        &site,
        &boss,
        None,
        "POST",
        "/clinics",
        Some(json!({"name": "Main", "time_zone": "America/Chicago"})),
    )
    .await;
    assert_eq!(own.status, 201, "{}", own.text);
    let own = format!("/clinics/{}", own.json()["id"].as_str().expect("an id"));
    let theirs = format!("/agency-providers/{outside}");
    for clinic in [&own, &theirs] {
        let contact = json!({"name": "Dr. Rivera", "role": "director", "email": "r@example.org"});
        let kept = ask(&site, &boss, None, "POST", &format!("{clinic}/contacts"), Some(contact)).await;
        assert_eq!(kept.status, 201, "{}", kept.text);
        let upload = async |name: &str, bytes: &'static [u8]| {
            let request = Request::post(format!("{clinic}/documents?name={name}"))
                .header("authorization", format!("Bearer {boss}"))
                .header("content-type", "application/pdf");
            site.send(request.body(Body::from(bytes)).expect("a request")).await
        };
        let paper = upload("contract.pdf", b"%PDF-1.7 contract").await;
        assert_eq!(paper.status, 201, "{}", paper.text);
        let hash = Sha256::digest(b"%PDF-1.7 contract");
        let hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(paper.json()["sha256"], json!(hash), "of the very bytes");
        assert_eq!(upload("contract.pdf", b"not a pdf").await.fault().1, "type_mismatch");
        let id = paper.json()["id"].as_str().expect("an id").to_owned();
        let content = ask(
            &site,
            &boss,
            None,
            "GET",
            &format!("{clinic}/documents/{id}/content"),
            None,
        )
        .await;
        assert_eq!(content.text, "%PDF-1.7 contract");
        let listed = ask(&site, &boss, None, "GET", &format!("{clinic}/contacts"), None)
            .await
            .json();
        assert_eq!(listed["contacts"][0]["name"], "Dr. Rivera");
    }
    let seen = async |token: &str| {
        ask(&site, token, None, "GET", "/api/portal/v1/clinic", None)
            .await
            .json()
    };
    assert_eq!(seen(&ann).await["documents"], json!([]), "internal until it is shown");
    assert_eq!(seen(&ann).await["contacts"][0]["name"], "Dr. Rivera");
    let papers = ask(&site, &boss, None, "GET", &format!("{theirs}/documents"), None)
        .await
        .json();
    let paper = papers["documents"][0]["id"].as_str().expect("an id").to_owned();
    let content = format!("/api/portal/v1/clinic/documents/{paper}/content");
    for (shareable, status) in [(true, 200), (false, 404)] {
        let shown = json!({"shareable": shareable});
        let shown = ask(
            &site,
            &boss,
            None,
            "PATCH",
            &format!("{theirs}/documents/{paper}"),
            Some(shown),
        )
        .await;
        assert_eq!(shown.status, 200, "{}", shown.text);
        assert_eq!(
            ask(&site, &ann, None, "GET", &content, None).await.status.as_u16(),
            status
        );
        assert_eq!(ask(&site, &bob, None, "GET", &content, None).await.status, 404);
        assert_eq!(seen(&bob).await, json!({"contacts": [], "documents": []}));
    }
    let other = Agency::open(&site.house, "Other").await;
    let rival = signed_in(&site.house, other.id, Role::OrganizationAdmin).await;
    for path in [
        format!("{theirs}/documents/{paper}/content"),
        format!("{own}/documents/{paper}/content"),
    ] {
        assert_eq!(ask(&site, &rival, None, "GET", &path, None).await.status, 404, "{path}");
    }
    assert_eq!(
        ask(&site, &rival, None, "GET", &format!("{own}/contacts"), None)
            .await
            .status,
        404
    );
    let item = agency.item(agency.case("C-1").await, ItemKind::Document).await;
    assert_eq!(
        ask(
            &site,
            &ann,
            None,
            "GET",
            &format!("/api/portal/v1/clinic/documents/{item}/content"),
            None
        )
        .await
        .status,
        404
    );
}
