//! What an agency keeps by the forms of its pages: a case and what is put into it, shares on terms, a provider's contacts, papers,
//! portal and tokens.

use axum::{body::Body, http::Request};
use provider_directory::{
    domain::access::Role,
    vocab::{
        CaseId, ProviderId,
        terms::{ItemKind, ProviderUserKind},
    },
};
use serde_json::{Value, json};

use crate::admin_pages::{send, shown_once};
use crate::agency::Agency;
use crate::browser::{browser, cookies, form_word, sent_back};
use crate::http_site::{Answer, Site};
use crate::tenants::{ask, signed_in};

/// Somebody who runs an agency with one case and one provider, at their pages.
struct Desk {
    site: Site,
    agency: Agency,
    boss: String,
    clinic: ProviderId,
    /// Of a person of the provider.
    token: String,
    case: CaseId,
    /// The word of their forms.
    word: String,
}

impl Desk {
    async fn open() -> Self {
        let site = Site::open().await;
        let agency = Agency::open(&site.house, "Hope").await;
        let boss = signed_in(&site.house, agency.id, Role::OrganizationAdmin).await;
        let clinic = agency.provider("Riverside", "ivf_clinic").await;
        let ann = agency.user(clinic, ProviderUserKind::Person, "Ann").await;
        let token = agency.token(ann, 1).await;
        let case = agency.case("HOPE-1").await;
        let page = send(&site, "GET", &format!("/admin/cases/{case}"), Some(&boss), "").await;
        let word = form_word(&page.text);
        Self {
            site,
            agency,
            boss,
            clinic,
            token,
            case,
            word,
        }
    }

    /// The case's page, and the provider's.
    fn paths(&self) -> (String, String) {
        (
            format!("/admin/cases/{}", self.case),
            format!("/admin/network/{}", self.clinic),
        )
    }

    async fn see(&self, path: &str) -> String {
        send(&self.site, "GET", path, Some(&self.boss), "").await.text
    }

    async fn post(&self, path: &str, form: &str) -> Answer {
        let form = format!("word={}&{form}", self.word);
        send(&self.site, "POST", path, Some(&self.boss), &form).await
    }

    async fn done(&self, path: &str, form: &str) {
        let answer = self.post(path, form).await;
        assert_eq!(answer.status, 303, "{path} {form}: {}", answer.text);
    }

    /// A form with a file, as a browser sends it.
    async fn upload(&self, path: &str, word: &str, name: &str, file: &str) -> Answer {
        let part = |head: &str, content: &str| {
            format!("--edge\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n")
        };
        let head = format!("name=\"file\"; filename=\"{name}\"\r\nContent-Type: application/pdf");
        let form = format!("{}{}--edge--\r\n", part("name=\"word\"", word), part(&head, file));
        let request = Request::post(path)
            .header("accept", "text/html")
            .header("host", "a.example:80")
            .header("cookie", format!("provdir_session={}", self.boss))
            .header("content-type", "multipart/form-data; boundary=edge");
        self.site.send(request.body(Body::from(form)).expect("a request")).await
    }

    /// The case as the provider's person sees it.
    async fn seen(&self) -> Answer {
        let at = format!("/api/portal/v1/cases/{}", self.case);
        ask(&self.site, &self.token, None, "GET", &at, None).await
    }

    async fn items(&self, kind: &str) -> Value {
        let path = format!("/cases/{}/{kind}", self.case);
        ask(&self.site, &self.boss, None, "GET", &path, None).await.json()["items"].clone()
    }

    /// The provider takes part in the case for a while.
    async fn assign_now(&self) {
        let form = format!(
            "provider={}&role=now&channel=person&starts_at=2026-11-22T11%3A00&ends_at=2026-12-01T00%3A00",
            self.clinic
        );
        self.done(&format!("{}/providers", self.paths().0), &form).await;
    }

    async fn add_sheet(&self) -> String {
        let form = "title=Surrogate+12&fields=Identity+%7C+Age+%7C+31%0D%0AHealth+%7C+History+%7C+secret";
        self.done(&format!("{}/match-sheets", self.paths().0), form).await;
        let sheets = self.items("match-sheets").await;
        sheets[0]["id"].as_str().expect("an id").to_owned()
    }
}

/// 7.08: whom a case is assigned to, from when and until when, and where it stands.
#[tokio::test]
async fn feature_7_08_a_case_is_assigned_by_forms() {
    let desk = Desk::open().await;
    let (at, clinic) = (desk.paths().0, desk.clinic);
    // An assignment that has begun and will end, and one that has not begun.
    let assign = format!("{at}/providers");
    desk.done(
        &assign,
        &format!("provider={clinic}&role=later&channel=person&starts_at=2026-11-23T12%3A00&ends_at="),
    )
    .await;
    assert_eq!(desk.seen().await.status, 404);
    desk.assign_now().await;
    assert_eq!(desk.seen().await.json()["roles"][0]["until"], "2026-12-01T00:00:00Z");
    let wrong = desk
        .post(
            &assign,
            &format!("provider={clinic}&role=x&channel=person&starts_at=soon"),
        )
        .await;
    assert_eq!(wrong.status, 400, "{}", wrong.text);
    desk.done(&format!("{at}/status"), "status=on_hold").await;
    assert_eq!(desk.seen().await.json()["status"], "on_hold");
}

/// 7.08: what is put into a case: files, sheets, lists of them, amounts; what can't be is refused.
#[tokio::test]
async fn feature_7_08_a_case_is_filled_by_forms() {
    let desk = Desk::open().await;
    let at = desk.paths().0;
    let file = desk
        .upload(&format!("{at}/documents"), &desk.word, "results.pdf", "%PDF-1.7 fine")
        .await;
    assert_eq!(file.status, 303, "{}", file.text);
    for (word, name, bytes, status) in [
        (desk.word.as_str(), "page.pdf", "<script>", 422),
        (desk.word.as_str(), "..\\..\\x.pdf", "%PDF-1.7", 422),
        ("", "results.pdf", "%PDF-1.7", 403),
    ] {
        let refused = desk.upload(&format!("{at}/documents"), word, name, bytes).await;
        assert_eq!(refused.status.as_u16(), status, "{name}: {}", refused.text);
    }
    let sheet = desk.add_sheet().await;
    assert_eq!(
        desk.post(&format!("{at}/match-sheets"), "title=x&fields=Identity")
            .await
            .status,
        400
    );
    desk.done(
        &format!("{at}/amounts"),
        "label=Retainer&amount=1%2C200.5&currency=USD&due_on=2026-12-01",
    )
    .await;
    assert_eq!(
        desk.post(&format!("{at}/amounts"), "label=x&amount=1e3&currency=USD")
            .await
            .status,
        400
    );
    desk.done(
        &format!("{at}/match-sheet-lists"),
        &format!("title=Candidates&match_sheets={sheet}"),
    )
    .await;
    assert_eq!(desk.items("match-sheet-lists").await.as_array().map(Vec::len), Some(1));
    assert_eq!(
        desk.items("documents").await.as_array().map(Vec::len),
        Some(1),
        "nothing of what was refused"
    );
    let amount = desk.items("financial-items").await;
    assert!(amount.to_string().contains("120050"), "{amount}");
}

/// 7.08: terms of a share: by field, with an end and a reason; taken back with one; withdrawn from everybody.
#[tokio::test]
async fn feature_7_08_shares_have_terms_by_forms() {
    let desk = Desk::open().await;
    let (at, case, clinic) = (desk.paths().0, desk.case, desk.clinic);
    desk.assign_now().await;
    let sheet = desk.add_sheet().await;
    let page = desk.see(&at).await;
    let all = ask(
        &desk.site,
        &desk.boss,
        None,
        "GET",
        &format!("/cases/{case}/providers"),
        None,
    )
    .await
    .json();
    let now = all["assignments"]
        .as_array()
        .expect("a list")
        .iter()
        .find(|a| a["role"] == "now")
        .expect("there");
    let assignment = now["id"].as_str().expect("an id");
    assert!(page.contains(assignment), "{page}");
    let terms = format!("assignment={assignment}&item={sheet}");
    desk.done(
        &format!("{at}/shares/terms"),
        &format!("{terms}&fields=identity&expires_at=2026-11-30T00%3A00&reason=asked+for&then=grant"),
    )
    .await;
    let shown = desk.seen().await;
    assert!(
        shown.text.contains("\"age\"") && !shown.text.contains("secret"),
        "{}",
        shown.text
    );
    assert_eq!(shown.json()["match_sheets"][0]["expires_at"], "2026-11-30T00:00:00Z");
    let past = format!("{terms}&expires_at=2020-01-01T00%3A00&then=grant");
    assert_eq!(desk.post(&format!("{at}/shares/terms"), &past).await.status, 422);
    desk.done(
        &format!("{at}/shares/terms"),
        &format!("{terms}&reason=no+consent&then=revoke"),
    )
    .await;
    assert_eq!(desk.seen().await.json()["match_sheets"], json!([]));
    let proof = desk.see(&format!("{at}/proof/{clinic}")).await;
    assert!(proof.contains("asked for") && proof.contains("no consent"), "{proof}");
    assert!(!proof.contains("user:"), "people have names: {proof}");
    let note = desk.agency.item(desk.case, ItemKind::Note).await;
    desk.done(&format!("{at}/items/{note}/shareable"), "shareable=false")
        .await;
    assert_eq!(desk.items("notes").await[0]["offered"], json!(false));
    desk.done(&format!("{at}/items/{note}/withdraw"), "").await;
    assert!(desk.items("notes").await[0]["withdrawn_at"].is_string());
}

/// 7.08: the provider's page: contacts, papers, its portal, a token in the place of one.
#[tokio::test]
async fn feature_7_08_a_provider_is_kept_by_forms() {
    let desk = Desk::open().await;
    let (theirs, clinic) = (desk.paths().1, desk.clinic);
    desk.done(
        &format!("{theirs}/contacts"),
        "name=Dr.+Rivera&role=director&phone=&email=r%40example.org",
    )
    .await;
    let paper = desk
        .upload(&format!("{theirs}/documents"), &desk.word, "contract.pdf", "%PDF-1.7")
        .await;
    assert_eq!(paper.status, 303, "{}", paper.text);
    let page = desk.see(&theirs).await;
    assert!(page.contains("Dr. Rivera") && page.contains("contract.pdf"), "{page}");
    let after = |page: &str, what: &str| {
        let from = page.find(what).unwrap_or_else(|| panic!("no {what} in {page}")) + what.len();
        page[from..from + 36].to_owned()
    };
    let paper = after(&page, &format!("{theirs}/documents/"));
    let own = async || {
        ask(&desk.site, &desk.token, None, "GET", "/api/portal/v1/clinic", None)
            .await
            .json()
    };
    assert_eq!(own().await["documents"], json!([]));
    desk.done(&format!("{theirs}/documents/{paper}"), "shareable=true")
        .await;
    assert_eq!(own().await["documents"][0]["name"], "contract.pdf");
    let contact = after(&page, &format!("{theirs}/contacts/"));
    desk.done(&format!("{theirs}/contacts/{contact}/remove"), "").await;
    assert_eq!(own().await["contacts"], json!([]));
    let dressed = "subdomain=riverside&title=Riverside+Family&theme=teal&welcome=Hello";
    desk.done(&format!("{theirs}/portal"), dressed).await;
    let portal = format!("/agency-providers/{clinic}/clinic-portal");
    let kept = ask(&desk.site, &desk.boss, None, "GET", &portal, None).await;
    assert_eq!(kept.json()["theme"], "teal");
    assert!(desk.see(&theirs).await.contains("value=\"riverside\""));
    assert_eq!(
        desk.post(&format!("{theirs}/portal"), "subdomain=Not+one&title=x&theme=teal")
            .await
            .status,
        422
    );
    desk.done(&format!("{theirs}/portal"), "subdomain=").await;
    assert_eq!(
        ask(&desk.site, &desk.boss, None, "GET", &portal, None).await.status,
        404
    );
    let key = after(&page, "/admin/provider-tokens/");
    let rotated = desk.post(&format!("/admin/provider-tokens/{key}/rotate"), "").await;
    let fresh = shown_once(&desk.site, &desk.boss, &rotated).await;
    // What can't be taken back is asked once more, and what was done is said once.
    let page = desk.see(&theirs).await;
    assert!(
        page.contains("<details class=\"ask\"><summary>Revoke the token"),
        "{page}"
    );
    let session = format!("provdir_session={}", desk.boss);
    let form = format!("word={}&name=Desk&role=&phone=&email=", desk.word);
    let done = browser(
        "POST",
        &format!("{theirs}/contacts"),
        "a.example:80",
        Some(&session),
        &form,
    );
    let done = desk.site.send(done).await;
    let with = format!("{session}; {}", sent_back(&cookies(&done)[0]));
    let told = desk
        .site
        .send(browser("GET", done.header("location"), "a.example:80", Some(&with), ""))
        .await;
    assert!(
        told.text.contains("<p class=\"done\" role=\"status\">Kept.</p>"),
        "{}",
        told.text
    );
    assert!(cookies(&told)[0].contains("Max-Age=0") && !desk.see(&theirs).await.contains("Kept."));
    for (token, status) in [(&desk.token, 401), (&fresh, 200)] {
        let me = ask(&desk.site, token, None, "GET", "/api/portal/v1/me", None).await;
        assert_eq!(me.status.as_u16(), status);
    }
}

/// 7.08: a form that is refused stands on its page again, with what was in it and what is wrong at the field.
#[tokio::test]
async fn feature_7_08_a_refused_form_keeps_what_was_typed() {
    let desk = Desk::open().await;
    let (at, theirs) = desk.paths();
    let has = |answer: &Answer, parts: &[&str]| {
        for part in parts {
            assert!(answer.text.contains(part), "{part} is missing in {}", answer.text);
        }
    };
    let none = desk.post("/admin/network", "type=attorney&own=&provider=&name=").await;
    assert_eq!(none.status, 400, "{}", none.text);
    has(
        &none,
        &[
            "aria-invalid=\"true\"",
            "<option value=\"attorney\" selected>",
            "id=\"provider-wrong\"",
        ],
    );
    let both = desk
        .post(
            "/admin/network",
            "type=attorney&own=&provider=2999999999&name=Quinn+%22Q%22",
        )
        .await;
    has(
        &both,
        &[
            "value=\"2999999999\"",
            "value=\"Quinn &quot;Q&quot;\"",
            "id=\"name-wrong\"",
        ],
    );
    let odd = desk.post("/admin/cases", "reference=HOPE-1&kind=surrogacy").await;
    assert!(odd.status.is_client_error(), "{}", odd.text);
    has(&odd, &["value=\"HOPE-1\"", "<h1>Cases</h1>", "id=\"reference-wrong\""]);
    // What somebody calls something in words becomes the code that is kept.
    let own = desk.post("/admin/cases", "reference=HOPE-2&kind=Egg+donation").await;
    assert_eq!(own.status, 303, "{}", own.text);
    let own = desk.see(own.header("location")).await;
    assert!(own.contains("Egg donation"), "{own}");
    let bars = "title=Surrogate+12&fields=Identity+Age+31%0D%0AHealth";
    let sheet = desk.post(&format!("{at}/match-sheets"), bars).await;
    has(
        &sheet,
        &[
            "value=\"Surrogate 12\"",
            "Identity Age 31",
            "id=\"sheet-fields-wrong\"",
            "HOPE-1",
        ],
    );
    let contact = desk
        .post(&format!("{theirs}/contacts"), "name=+&role=nurse&phone=&email=")
        .await;
    has(&contact, &["value=\"nurse\"", "id=\"contact-name-wrong\""]);
    // A form whose address does not tell on which page it stands, stands there again, too.
    let page = desk.see(&theirs).await;
    let user = page
        .split('"')
        .find_map(|part| part.strip_prefix("/admin/provider-users/")?.strip_suffix("/tokens"));
    let user = user
        .unwrap_or_else(|| panic!("no form for a token in {page}"))
        .to_owned();
    let long = "n".repeat(101);
    let token = desk
        .post(
            &format!("/admin/provider-users/{user}/tokens"),
            &format!("on={}&name={long}", desk.clinic),
        )
        .await;
    assert_eq!(token.status, 422, "{}", token.text);
    has(
        &token,
        &[
            "<h1>Riverside</h1>",
            &format!("value=\"{long}\""),
            &format!("id=\"token-{user}-wrong\""),
        ],
    );
    let elsewhere = desk
        .post(
            &format!("/admin/provider-users/{user}/tokens"),
            &format!("on={}&name={long}", desk.case),
        )
        .await;
    assert!(
        elsewhere.status == 422 && !elsewhere.text.contains("<h1>Riverside"),
        "{}",
        elsewhere.text
    );
    let file = desk
        .upload(
            &format!("{at}/documents"),
            &desk.word,
            "page.pdf",
            "<script>alert(1)</script>",
        )
        .await;
    assert_eq!(file.status, 422);
    has(&file, &["id=\"file-wrong\"", "<h1>Case HOPE-1</h1>"]);
    // What does not come from a page of ours is refused, and shows nothing.
    let session = format!("provdir_session={}", desk.boss);
    let form = "word=x&type=attorney&own=&provider=&name=%3Cscript%3E";
    let foreign = browser("POST", "/admin/network", "a.example:80", Some(&session), form);
    let foreign = desk.site.send(foreign).await;
    assert!(
        foreign.status == 403 && !foreign.text.contains("script"),
        "{}",
        foreign.text
    );
}

/// 7.08: forms of another agency's pages open nothing.
#[tokio::test]
async fn feature_7_08_a_rival_changes_nothing_by_forms() {
    let desk = Desk::open().await;
    let (at, theirs) = desk.paths();
    desk.assign_now().await;
    let note = desk.agency.item(desk.case, ItemKind::Note).await;
    let other = Agency::open(&desk.site.house, "Other").await;
    let rival = signed_in(&desk.site.house, other.id, Role::OrganizationAdmin).await;
    let foreign = form_word(&send(&desk.site, "GET", "/admin/cases", Some(&rival), "").await.text);
    for path in [
        format!("{at}/status"),
        format!("{theirs}/portal"),
        format!("{at}/items/{note}/withdraw"),
    ] {
        let form = format!(
            "word={foreign}{}",
            if path.ends_with("status") { "&status=closed" } else { "" }
        );
        let refused = send(&desk.site, "POST", &path, Some(&rival), &form).await;
        assert!(matches!(refused.status.as_u16(), 303 | 404), "{path}: {}", refused.text);
    }
    let seen = desk.seen().await.json();
    assert_eq!(seen["status"], "open", "a rival has changed nothing");
}
