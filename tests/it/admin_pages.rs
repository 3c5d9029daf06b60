//! The agency's pages: who opens them, what their forms do, what they refuse; and the records of a clinic.

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::access::Role,
    vocab::terms::{ItemKind, ProviderUserKind},
};
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::agency::Agency;
use crate::browser::{browser, form_word};
use crate::http_site::{Answer, Site};
use crate::tenants::{ask, signed_in};

const PERSON: ProviderUserKind = ProviderUserKind::Person;

async fn send(site: &Site, method: &str, path: &str, session: Option<&str>, form: &str) -> Answer {
    let cookie = session.map(|session| format!("provdir_session={session}"));
    site.send(browser(method, path, "a.example:80", cookie.as_deref(), form))
        .await
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
    let from = issued.text.find("pvp_").expect("a token");
    let token = issued.text[from..].split('<').next().expect("a token").to_owned();
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

/// A form with a file, as a browser sends it.
async fn upload(site: &Site, session: &str, path: &str, word: &str, name: &str, file: &str) -> Answer {
    let part =
        |head: &str, content: &str| format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n");
    let head = format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/pdf");
    let form = format!("{}{}--edge--\r\n", part("name=\"word\"", word), part(&head, file));
    let request = Request::post(path)
        .header("accept", "text/html")
        .header("host", "a.example:80")
        .header("cookie", format!("provdir_session={session}"))
        .header("content-type", "multipart/form-data; boundary=edge");
    site.send(request.body(Body::from(form)).expect("a request")).await
}

/// 7.08: what is put into a case and done with it, and all that is kept about a provider: by forms, and refused by their rules.
#[tokio::test]
async fn feature_7_08_cases_and_records_are_kept_by_forms() {
    let site = Site::open().await;
    let agency = Agency::open(&site.house, "Hope").await;
    let boss = signed_in(&site.house, agency.id, Role::OrganizationAdmin).await;
    let clinic = agency.provider("Riverside", "ivf_clinic").await;
    let ann = agency.user(clinic, PERSON, "Ann").await;
    let token = agency.token(ann, 1).await;
    let case = agency.case("HOPE-1").await;
    let (at, theirs) = (format!("/admin/cases/{case}"), format!("/admin/network/{clinic}"));
    let see = async |path: &str| send(&site, "GET", path, Some(&boss), "").await.text;
    let word = form_word(&see(&at).await);
    let post =
        async |path: &str, form: &str| send(&site, "POST", path, Some(&boss), &format!("word={word}&{form}")).await;
    let done = async |path: &str, form: &str| {
        let answer = post(path, form).await;
        assert_eq!(answer.status, 303, "{path} {form}: {}", answer.text);
    };
    let seen = async || {
        let at = format!("/api/portal/v1/cases/{case}");
        ask(&site, &token, None, "GET", &at, None).await
    };

    // An assignment that has begun and will end, and one that has not begun.
    let assign = format!("{at}/providers");
    done(
        &assign,
        &format!("provider={clinic}&role=later&channel=person&starts_at=2026-11-23T12%3A00&ends_at="),
    )
    .await;
    assert_eq!(seen().await.status, 404);
    done(
        &assign,
        &format!("provider={clinic}&role=now&channel=person&starts_at=2026-11-22T11%3A00&ends_at=2026-12-01T00%3A00"),
    )
    .await;
    assert_eq!(seen().await.json()["roles"][0]["until"], "2026-12-01T00:00:00Z");
    let wrong = post(
        &assign,
        &format!("provider={clinic}&role=x&channel=person&starts_at=soon"),
    )
    .await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    done(&format!("{at}/status"), "status=on_hold").await;
    assert_eq!(seen().await.json()["status"], "on_hold");

    // A file, a sheet, a list, an amount.
    let file = upload(
        &site,
        &boss,
        &format!("{at}/documents"),
        &word,
        "results.pdf",
        "%PDF-1.7 fine",
    )
    .await;
    assert_eq!(file.status, 303, "{}", file.text);
    for (word, name, bytes, status) in [
        (word.as_str(), "page.pdf", "<script>", 422),
        (word.as_str(), "..\\..\\x.pdf", "%PDF-1.7", 422),
        ("", "results.pdf", "%PDF-1.7", 403),
    ] {
        let refused = upload(&site, &boss, &format!("{at}/documents"), word, name, bytes).await;
        assert_eq!(refused.status.as_u16(), status, "{name}: {}", refused.text);
    }
    done(
        &format!("{at}/match-sheets"),
        "title=Surrogate+12&fields=Identity+%7C+Age+%7C+31%0D%0AHealth+%7C+History+%7C+secret",
    )
    .await;
    assert_eq!(
        post(&format!("{at}/match-sheets"), "title=x&fields=Identity")
            .await
            .status,
        400
    );
    done(
        &format!("{at}/amounts"),
        "label=Retainer&amount=1%2C200.5&currency=USD&due_on=2026-12-01",
    )
    .await;
    assert_eq!(
        post(&format!("{at}/amounts"), "label=x&amount=1e3&currency=USD")
            .await
            .status,
        400
    );
    let items = async |kind: &str| {
        let path = format!("/cases/{case}/{kind}");
        ask(&site, &boss, None, "GET", &path, None).await.json()["items"].clone()
    };
    let key = |items: &serde_json::Value| items[0]["id"].as_str().expect("an id").to_owned();
    let sheet = key(&items("match-sheets").await);
    done(
        &format!("{at}/match-sheet-lists"),
        &format!("title=Candidates&match_sheets={sheet}"),
    )
    .await;
    assert_eq!(items("match-sheet-lists").await.as_array().map(Vec::len), Some(1));
    assert_eq!(
        items("documents").await.as_array().map(Vec::len),
        Some(1),
        "nothing of what was refused"
    );
    let amount = items("financial-items").await;
    assert!(amount.to_string().contains("120050"), "{amount}");

    // Terms of a share: by field, with an end and a reason; taken back with one; withdrawn from everybody.
    let page = see(&at).await;
    let from = page.find("name=\"assignment\" value=\"").expect("a cell") + 25;
    let first = page[from..from + 36].to_owned();
    let all = ask(&site, &boss, None, "GET", &format!("/cases/{case}/providers"), None)
        .await
        .json();
    let now = all["assignments"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|a| a["role"] == "now")
        .expect("there");
    let assignment = now["id"].as_str().expect("an id");
    assert!(page.contains(assignment) && !first.is_empty());
    let terms = format!("assignment={assignment}&item={sheet}");
    done(
        &format!("{at}/shares/terms"),
        &format!("{terms}&fields=identity&expires_at=2026-11-30T00%3A00&reason=asked+for&then=grant"),
    )
    .await;
    let shown = seen().await;
    assert!(
        shown.text.contains("\"age\"") && !shown.text.contains("secret"),
        "{}",
        shown.text
    );
    assert_eq!(shown.json()["match_sheets"][0]["expires_at"], "2026-11-30T00:00:00Z");
    let past = format!("{terms}&expires_at=2020-01-01T00%3A00&then=grant");
    assert_eq!(post(&format!("{at}/shares/terms"), &past).await.status, 422);
    done(
        &format!("{at}/shares/terms"),
        &format!("{terms}&reason=no+consent&then=revoke"),
    )
    .await;
    assert_eq!(seen().await.json()["match_sheets"], json!([]));
    let proof = see(&format!("{at}/proof/{clinic}")).await;
    assert!(proof.contains("asked for") && proof.contains("no consent"), "{proof}");
    let note = agency.item(case, ItemKind::Note).await;
    done(&format!("{at}/items/{note}/shareable"), "shareable=false").await;
    assert_eq!(items("notes").await[0]["offered"], json!(false));
    done(&format!("{at}/items/{note}/withdraw"), "").await;
    assert!(items("notes").await[0]["withdrawn_at"].is_string());

    // The provider's page: contacts, papers, its portal, a token in the place of one.
    done(
        &format!("{theirs}/contacts"),
        "name=Dr.+Rivera&role=director&phone=&email=r%40example.org",
    )
    .await;
    let paper = upload(
        &site,
        &boss,
        &format!("{theirs}/documents"),
        &word,
        "contract.pdf",
        "%PDF-1.7",
    )
    .await;
    assert_eq!(paper.status, 303, "{}", paper.text);
    let page = see(&theirs).await;
    assert!(page.contains("Dr. Rivera") && page.contains("contract.pdf"), "{page}");
    let after = |page: &str, what: &str| {
        let from = page.find(what).unwrap_or_else(|| panic!("no {what} in {page}")) + what.len();
        page[from..from + 36].to_owned()
    };
    let paper = after(&page, &format!("{theirs}/documents/"));
    let own = async || {
        ask(&site, &token, None, "GET", "/api/portal/v1/clinic", None)
            .await
            .json()
    };
    assert_eq!(own().await["documents"], json!([]));
    done(&format!("{theirs}/documents/{paper}"), "shareable=true").await;
    assert_eq!(own().await["documents"][0]["name"], "contract.pdf");
    let contact = after(&page, &format!("{theirs}/contacts/"));
    done(&format!("{theirs}/contacts/{contact}/remove"), "").await;
    assert_eq!(own().await["contacts"], json!([]));
    let dressed = "subdomain=riverside&title=Riverside+Family&theme=teal&welcome=Hello";
    done(&format!("{theirs}/portal"), dressed).await;
    let portal = format!("/agency-providers/{clinic}/clinic-portal");
    let kept = ask(&site, &boss, None, "GET", &portal, None).await;
    assert_eq!(kept.json()["theme"], "teal");
    assert!(see(&theirs).await.contains("value=\"riverside\""));
    assert_eq!(
        post(&format!("{theirs}/portal"), "subdomain=Not+one&title=x&theme=teal")
            .await
            .status,
        422
    );
    done(&format!("{theirs}/portal"), "subdomain=").await;
    assert_eq!(ask(&site, &boss, None, "GET", &portal, None).await.status, 404);
    let key = after(&page, "/admin/provider-tokens/");
    let rotated = post(&format!("/admin/provider-tokens/{key}/rotate"), "").await;
    let from = rotated.text.find("pvp_").expect("a token");
    let fresh = rotated.text[from..].split('<').next().expect("a token").to_owned();
    for (token, status) in [(&token, 401), (&fresh, 200)] {
        let me = ask(&site, token, None, "GET", "/api/portal/v1/me", None).await;
        assert_eq!(me.status.as_u16(), status);
    }
    let other = Agency::open(&site.house, "Other").await;
    let rival = signed_in(&site.house, other.id, Role::OrganizationAdmin).await;
    let foreign = form_word(&send(&site, "GET", "/admin/cases", Some(&rival), "").await.text);
    for path in [
        format!("{at}/status"),
        format!("{theirs}/portal"),
        format!("{at}/items/{note}/withdraw"),
    ] {
        let form = format!(
            "word={foreign}{}",
            if path.ends_with("status") { "&status=open" } else { "" }
        );
        let refused = send(&site, "POST", &path, Some(&rival), &form).await;
        assert!(matches!(refused.status.as_u16(), 303 | 404), "{path}: {}", refused.text);
    }
    assert_eq!(
        seen_status(&site, &fresh, &case.to_string()).await,
        "on_hold",
        "a rival has changed nothing"
    );
}

async fn seen_status(site: &Site, token: &str, case: &str) -> String {
    let at = format!("/api/portal/v1/cases/{case}");
    let seen = ask(site, token, None, "GET", &at, None).await.json();
    seen["status"].as_str().unwrap_or_default().to_owned()
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
            .json()["contacts"],
        json!([])
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
