//! The pages as a browser gets them: what stands first, who is signed in, where a form leads once a session has ended, and the board
//! of reviewers.

use axum::{body::Body, http::Request};
use provider_directory::domain::access::Role;
use serde_json::{Value, json};

use crate::admin_pages::send;
use crate::agency::Agency;
use crate::browser::form_word;
use crate::credentialing_http;
use crate::http_site::Site;
use crate::tenants::signed_in;

/// Whom to call stands before anything that was found, in sentences, and is dialled by a touch.
#[tokio::test]
async fn who_needs_help_at_once_is_told_first() {
    let site = Site::open().await;
    let page = site.get("/?q=i+want+to+kill+myself").await.text;
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("{part} is missing in {page}"));
    assert!(at("role=\"alert\"") < at("id=\"found\""));
    for part in [
        "In a crisis call",
        "href=\"tel:988\"",
        "href=\"sms:988\"",
        "href=\"tel:911\"",
    ] {
        at(part);
    }
    let page = site.get("/?q=zzzqxv+qqqwv").await.text;
    assert!(!page.contains('`'), "{page}");
}

/// On paper stands of what day it is and where it comes from, and what to do before a visit.
#[tokio::test]
async fn a_printed_page_says_as_of_when_it_is() {
    let site = Site::open().await;
    let page = site.get("/?q=cardiologist").await.text;
    let printed = page.split("class=\"printed\"").nth(1).unwrap_or_default();
    let printed = printed.split("</p>").next().unwrap_or_default();
    assert!(
        printed.contains("As of ") && printed.ends_with("/?q=cardiologist"),
        "{printed}"
    );
    let style = include_str!("../../src/interfaces/web/assets/style.css");
    let print = style.split("@media print").nth(1).expect("rules for paper");
    assert!(
        print.contains(".printed { display: block") && !print.contains("footer.site,"),
        "{print}"
    );
}

/// What follows a link from a mail is not asked about; what the form does not know is refused, and the text stays.
#[tokio::test]
async fn a_shared_link_keeps_its_search() {
    let site = Site::open().await;
    for mark in ["utm_source=x", "fbclid=x", "gclid=x"] {
        assert_eq!(site.get(&format!("/?{mark}&q=smith")).await.status, 200, "{mark}");
    }
    let refused = site.get("/?gander=F&q=smith").await;
    assert_eq!(refused.status, 400);
    assert!(refused.text.contains("value=\"smith\""), "{}", refused.text);
}

/// Whoever is signed in sees it on every page, and can leave by it; the other pages are offered to whom they are for.
#[tokio::test]
async fn who_is_signed_in_sees_it_and_can_leave() {
    let site = Site::open().await;
    let agency = Agency::open(&site.house, "Hope").await;
    for (role, administers) in [(Role::Member, false), (Role::OrganizationAdmin, true)] {
        let session = signed_in(&site.house, agency.id, role).await;
        for path in ["/", "/sign-in", "/docs"] {
            let page = send(&site, "GET", path, Some(&session), "").await.text;
            assert!(
                page.contains("action=\"/sign-out\"") && page.contains("Hope"),
                "{path}: {page}"
            );
            assert_eq!(page.contains("href=\"/admin/\""), administers, "{path}");
        }
        let page = send(&site, "GET", "/admin/cases", Some(&session), "").await;
        assert!(page.text.contains("action=\"/sign-out\""), "{}", page.text);
    }
    assert!(site.get("/").await.text.contains("href=\"/sign-in\""));
}

/// What a form is sent to cannot be opened: who has to sign in again is led to the page on which the form stands.
#[tokio::test]
async fn after_a_session_has_ended_a_form_leads_back_to_its_page() {
    let site = Site::open().await;
    let refused = send(&site, "POST", "/admin/cases/abc/notes", None, "text=x").await;
    assert_eq!(refused.status, 401);
    assert_eq!(refused.header("refresh"), "0; url=/sign-in?next=%2Fadmin%2Fcases%2Fabc");
    let page = site.get("/sign-in?next=/admin/cases/abc").await.text;
    assert!(page.contains("your session has ended"), "{page}");
}

/// The list decides nothing. The page of a request has what there is to decide by, and says afterwards what was decided.
#[tokio::test]
async fn a_request_is_decided_on_its_own_page() {
    let site = Site::open().await;
    let agency = Agency::open(&site.house, "Hope").await;
    let token = credentialing_http::token(&site, "brings", Role::OrganizationAdmin, agency.id).await;
    let reviewer = signed_in(&site.house, agency.id, Role::Reviewer).await;
    let mut made = Vec::new();
    for npi in ["1234567893", "1003000142"] {
        let jane = json!({"kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "Smith", "npi": npi});
        site.person(jane).await;
        let asks = json!({"provider": npi, "profile": if made.is_empty() { "basic" } else { "ncqa_accreditation" }});
        let asked = credentialing_http::ask(&site, &token, "POST", "/credentialing-requests", asks).await;
        assert_eq!(asked.status, 201, "{}", asked.text);
        made.push(asked.json());
    }
    let see = async |path: &str| send(&site, "GET", path, Some(&reviewer), "").await;
    let list = see("/admin/credentialing").await.text;
    assert!(
        list.contains("1234567893") && list.contains("1003000142"),
        "two of one name: {list}"
    );
    assert!(
        !list.contains("name=\"decision\"") && !list.contains("COMMITTEE") && !list.contains("token:"),
        "{list}"
    );
    let path = |request: &Value| format!("/admin/credentialing/{}", request["id"].as_str().expect("an id"));
    let lacking = see(&path(&made[1])).await;
    assert_eq!(lacking.status, 200, "{}", lacking.text);
    for part in ["Checklist", "Exclusions", "Board certification", "/p/PRV-"] {
        assert!(lacking.text.contains(part), "{part} is missing in {}", lacking.text);
    }
    let first = path(&made[0]);
    let word = form_word(&see(&first).await.text);
    let reject = format!("word={word}&decision=reject&notes=No+proof+of+training.");
    let done = send(&site, "POST", &first, Some(&reviewer), &reject).await;
    assert_eq!(
        (done.status.as_u16(), done.header("location")),
        (303, first.as_str()),
        "{}",
        done.text
    );
    let page = see(&first).await.text;
    assert!(
        page.contains("was rejected by you")
            && page.contains("No proof of training.")
            && !page.contains("name=\"decision\""),
        "{page}"
    );
    assert!(!see("/admin/credentialing").await.text.contains("1234567893"));
}

/// Whatever refuses, a browser gets a page and a program a document.
#[tokio::test]
async fn a_refusal_to_a_browser_is_a_page() {
    let site = Site::open().await;
    let agency = Agency::open(&site.house, "Hope").await;
    let session = signed_in(&site.house, agency.id, Role::OrganizationAdmin).await;
    for (method, path, form, status) in [
        ("GET", "/admin/cases/abc/notes", "", 405),
        ("GET", "/problems/nope", "", 404),
        ("POST", "/sign-out", "csrf=old", 403),
        ("GET", "/assets/nothing.css", "", 404),
    ] {
        let page = send(&site, method, path, Some(&session), form).await;
        assert_eq!(page.status, status, "{path}: {}", page.text);
        assert!(
            page.header("content-type").starts_with("text/html"),
            "{path}: {}",
            page.text
        );
        assert!(
            page.text.contains("role=\"alert\"") && page.text.contains("<h1>"),
            "{path}: {}",
            page.text
        );
    }
    let program = site.get("/problems/nope").await;
    assert_eq!(program.header("content-type"), "application/problem+json");
}

/// Somebody in Houston who speaks these languages.
fn speaker(first: &str, gender: &str, languages: &[&str], line1: &str) -> Value {
    json!({
        "kind": "individual", "category": "practitioner", "first_name": first, "last_name": "Quillfeather", "gender": gender,
        "specialties": [{"code": "207RC0000X", "primary": true}], "languages": languages,
        "locations": [{"line1": line1, "city": "Houston", "state": "TX", "postal_code": "77030", "primary": true}]
    })
}

/// Beside the results stand the choices that narrow them, with counts; several may be chosen, and each is taken back by itself.
#[tokio::test]
async fn results_are_narrowed_by_links() {
    let site = Site::open().await;
    let network = site.house.network("Harbor", true).await;
    for body in [
        speaker("Ana", "F", &["es"], "1 Main St"),
        speaker("Bea", "F", &["es", "vi"], "2 Main St"),
        speaker("Carl", "M", &["vi"], "3 Main St"),
        speaker("Dora", "F", &["fr"], "4 Main St"),
    ] {
        site.person(body).await;
    }
    let page = site.get("/?q=Quillfeather&language=es").await.text;
    // Cards stand under the heading of what was found, not under that of the choices beside them.
    let headings: Vec<&str> = page
        .split("<h2")
        .skip(1)
        .filter_map(|rest| rest.split('>').next())
        .collect();
    assert!(
        headings.last().is_some_and(|last| last.contains("found")),
        "{headings:?}"
    );
    for part in [
        "href=\"/?q=Quillfeather&amp;language=es&amp;language=vi\"",
        "<span class=\"words\">Vietnamese</span> <span class=\"count\">2</span>",
        "href=\"/?q=Quillfeather&amp;language=es&amp;open_at=now\"",
        "Filters (1)",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let all = site.get("/?q=Quillfeather").await.text;
    for part in [
        "href=\"/?q=Quillfeather&amp;gender=F\"",
        "<span class=\"words\">Women</span> <span class=\"count\">3</span>",
    ] {
        assert!(all.contains(part), "{part} is missing in {all}");
    }
    // Only languages that somebody speaks are offered.
    assert!(
        page.contains("<option value=\"vi\">") && !page.contains("<option value=\"ach\">"),
        "{page}"
    );
    let several = site.get("/?q=Quillfeather&language=es&language=vi&gender=F").await.text;
    assert!(
        several.contains("speaks Spanish or Vietnamese") && several.contains("2 providers"),
        "{several}"
    );
    assert!(
        several.contains("type=\"hidden\" name=\"language\" value=\"vi\""),
        "{several}"
    );
    // What is chosen by a field is a chip, and is taken back there.
    let chosen = site.get(&format!("/?q=Quillfeather&network={}", network.id)).await.text;
    assert!(
        chosen.contains("in the network Harbor: leave this out") && chosen.contains("href=\"/?q=Quillfeather\""),
        "{chosen}"
    );
    // What the box says and the filter overrules is told.
    let overruled = site.get("/?q=cardiologist&specialty=Dermatology").await.text;
    assert!(
        overruled.contains("\u{201c}cardiologist\u{201d} in the box is left out"),
        "{overruled}"
    );
}

/// A map of the results, drawn here: its markers lead to the cards of their numbers.
#[tokio::test]
async fn results_are_on_a_map() {
    let site = Site::open().await;
    for name in ["Ana", "Bea"] {
        site.person(speaker(name, "F", &["es"], "1 Main St")).await;
    }
    let page = site.get("/?q=Quillfeather&near=77002&radius=25").await.text;
    for part in [
        "<svg",
        "Map of 2 results around",
        "href=\"#result-1\"",
        "id=\"result-1\"",
        "aria-label=\"2, Bea Quillfeather\"",
        "class=\"ring\"",
        " mi</text>",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let nobody = site.get("/?q=zzyzzxq+wvvwvv").await.text;
    assert!(!nobody.contains("<svg"), "{nobody}");
}

/// Whoever reads Spanish is answered in it, and whoever chooses a language keeps it.
#[tokio::test]
async fn pages_speak_spanish_to_who_reads_it() {
    let site = Site::open().await;
    let ana = site.person(speaker("Ana", "F", &["es", "vi"], "1 Main St")).await;
    site.person(speaker("Bea", "F", &["es"], "2 Main St")).await;
    let read = async |path: &str, accept: &str| {
        let request = Request::get(path)
            .header("accept", "text/html")
            .header("accept-language", accept);
        site.send(request.body(Body::empty()).expect("a request")).await
    };
    let provider = format!("/p/{}", ana["locator"].as_str().expect("a locator"));
    let spanish = "es-MX,es;q=0.9,en;q=0.8";
    for (path, status, words) in [
        ("/", 200, "Encuentre un médico"),
        ("/?q=Quillfeather", 200, "2 proveedores"),
        ("/?q=Quillfeather&language=es", 200, "habla español: quitar"),
        ("/?q=zzyzzxq+wvvwvv", 200, "No se encontraron proveedores"),
        ("/?q=dentist&near=nowhere+at+all", 400, "No se entendió la búsqueda."),
        (provider.as_str(), 200, "español, vietnamita"),
        ("/p/PRV-1999-000001", 404, "No se encontró"),
        ("/nothing/here", 404, "No se encontró"),
        ("/sign-in", 200, "Contraseña"),
        ("/problems/nope", 404, "Empezar una búsqueda nueva"),
    ] {
        let page = read(path, spanish).await;
        assert_eq!(page.status, status, "{path}: {}", page.text);
        assert!(
            page.text.contains("<html lang=\"es\">") && page.text.contains(words),
            "{path}: {}",
            page.text
        );
        let vary = page
            .headers
            .get_all("vary")
            .iter()
            .filter_map(|v| v.to_str().ok())
            .collect::<Vec<_>>()
            .join(",");
        assert!(vary.to_lowercase().contains("accept-language"), "{path}: {vary}");
        let english = read(path, "en-US").await;
        assert!(
            english.text.contains("<html lang=\"en\">") && !english.text.contains(words),
            "{path}"
        );
    }
    // The address goes before the browser, and links keep what it says.
    let chosen = read("/?q=Quillfeather&lang=es", "en").await.text;
    for part in [
        "<html lang=\"es\">",
        "href=\"?q=Quillfeather&amp;lang=en\" hreflang=\"en\"",
        "name=\"lang\" value=\"es\"",
        &format!("href=\"{provider}?lang=es\""),
        "href=\"/?q=Quillfeather&amp;language=vi&amp;lang=es\"",
    ] {
        assert!(chosen.contains(part), "{part} is missing in {chosen}");
    }
    let unasked = read("/?q=Quillfeather", "es").await.text;
    assert!(
        unasked.contains("href=\"?q=Quillfeather&amp;lang=en\"") && !unasked.contains("lang=es\""),
        "{unasked}"
    );
}

/// What is not understood is answered with what may be meant, as links; nobody is shown whom nobody asked for.
#[tokio::test]
async fn what_is_not_understood_is_answered_with_what_may_be_meant() {
    let site = Site::open().await;
    let ana = site.person(speaker("Ana", "F", &["es"], "1 Main St")).await;
    let town = site.get("/?q=dentist&near=Springfield").await;
    assert_eq!(town.status, 400);
    assert!(
        town.text.contains("Did you mean one of these?") && town.text.contains("Springfield, MO</a>"),
        "{}",
        town.text
    );
    let specialty = site.get("/?specialty=Cardiologee").await.text;
    assert!(specialty.to_lowercase().contains(">cardiology</a>"), "{specialty}");
    let npi = site.get("/?q=1234567890").await.text;
    assert!(
        npi.contains("href=\"/?q=1234567893\"") && !npi.contains("class=\"card\""),
        "{npi}"
    );
    let order = site.get("/?q=Quillfeather&sort=next_available").await.text;
    assert!(
        order.contains("Nobody found here publishes free appointments"),
        "{order}"
    );
    assert!(
        !site.get("/").await.text.contains("value=\"next_available\""),
        "an order by what nobody has"
    );
    let locator = ana["locator"].as_str().expect("a locator");
    let page = site.get(&format!("/p/{locator}")).await.text;
    for part in [
        "<dt>Gender</dt><dd>Woman</dd>",
        "https://www.openstreetmap.org/search?query=1+Main+St",
    ] {
        assert!(page.contains(part), "{part} is missing in {page}");
    }
    let wrong = site.get("/p/2675393501").await;
    assert!(
        wrong.status == 400 && !wrong.text.contains("The search was not understood"),
        "{}",
        wrong.text
    );
    for path in ["/docs", &format!("/p/{locator}")] {
        let slashed = site.get(&format!("{path}/")).await;
        assert_eq!((slashed.status.as_u16(), slashed.header("location")), (308, path));
    }
}
