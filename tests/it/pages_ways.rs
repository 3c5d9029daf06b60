//! The pages as somebody goes through them: one frame for all, the way back to where one came from, words of the page's own language.

use axum::{body::Body, http::Request};
use provider_directory::domain::access::Role;
use serde_json::json;

use crate::admin_pages::send;
use crate::agency::Agency;
use crate::http_site::{Answer, Site};
use crate::tenants::signed_in;

/// A page as a browser opens it that comes from another one, in a language.
async fn opened(site: &Site, path: &str, from: Option<&str>, language: &str) -> Answer {
    let mut request = Request::get(path)
        .header("accept", "text/html")
        .header("accept-language", language)
        .header("host", "a.example:80");
    if let Some(from) = from {
        request = request.header("referer", from);
    }
    site.send(request.body(Body::empty()).expect("a request")).await
}

async fn doctor(site: &Site, code: &str) {
    site
        .person(json!({
            "kind": "individual", "category": "practitioner", "first_name": "Jane", "last_name": "Smith", "npi": "1234567893",
            "specialties": [{"code": code, "primary": true}],
            "locations": [{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030", "phone": "713-555-0100"}],
        }))
        .await;
}

/// Whoever opens a page, signed in or refused: it fits a telephone, says its language, and a keyboard gets past its header.
#[tokio::test]
async fn every_page_has_the_same_frame() {
    let site = Site::open().await;
    doctor(&site, "207RC0000X").await;
    let agency = Agency::open(&site.house, "Hope").await;
    let boss = signed_in(&site.house, agency.id, Role::OrganizationAdmin).await;
    for (path, session) in [
        ("/", None),
        ("/docs", None),
        ("/sign-in", None),
        ("/nothing", None),
        ("/p/1234567893", None),
        ("/p/1234567893/report", None),
        ("/update-links/00ff", None),
        ("/provider/", None),
        ("/provider/sign-in", None),
        ("/admin/", None),
        ("/admin/", Some(&boss)),
        ("/admin/cases", Some(&boss)),
    ] {
        let page = send(&site, "GET", path, session.map(String::as_str), "").await.text;
        for part in [
            "<html lang=\"en\">",
            "name=\"viewport\" content=\"width=device-width, initial-scale=1\"",
            "rel=\"stylesheet\"",
            "class=\"skip\" href=\"#content\"",
            "<main id=\"content\" tabindex=\"-1\">",
        ] {
            assert!(page.contains(part), "{path} lacks {part}: {page}");
        }
        assert_eq!(page.matches("<h1").count(), 1, "{path}: {page}");
        let is_public = ["/", "/docs", "/sign-in", "/nothing", "/p/1234567893"].contains(&path);
        assert_eq!(page.contains("content=\"noindex\""), !is_public, "{path}");
    }
    let cases = send(&site, "GET", "/admin/cases", Some(&boss), "").await.text;
    assert!(cases.contains("href=\"/admin/cases\" aria-current=\"true\""), "{cases}");
}

/// A provider's page leads back to the results that one comes from, and nowhere else; no address tells what was searched for.
#[tokio::test]
async fn a_provider_leads_back_to_the_results() {
    let site = Site::open().await;
    doctor(&site, "207RC0000X").await;
    let results = opened(&site, "/?q=heart+doctor&near=77030", None, "en").await.text;
    let link = "href=\"/p/PRV-";
    assert!(
        results.contains(link) && results.contains("referrerpolicy=\"same-origin\""),
        "{results}"
    );
    let from = "http://a.example:80/?q=heart+doctor&near=77030&network_status=ACTIVE&utm_source=x";
    let page = opened(&site, "/p/1234567893", Some(from), "en").await.text;
    let back = "<a href=\"/?q=heart+doctor&amp;near=77030&amp;network_status=ACTIVE\">Back to the results</a>";
    assert!(page.contains(back), "{page}");
    let spanish = opened(&site, "/p/1234567893?lang=es", Some("http://a.example:80/?q=x"), "en")
        .await
        .text;
    assert!(
        spanish.contains("<a href=\"/?q=x&amp;lang=es\">Volver a los resultados</a>"),
        "{spanish}"
    );
    // The browser tells of the search once; the way to the other language carries it, and nothing but a search.
    let way = "href=\"?from=q%3Dheart%2Bdoctor%26near%3D77030";
    assert!(page.contains(way), "{page}");
    let spanish = opened(
        &site,
        "/p/1234567893?from=q%3Dheart%2Bdoctor%26next%3Dx&lang=es",
        None,
        "en",
    )
    .await
    .text;
    assert!(
        spanish.contains("<a href=\"/?q=heart+doctor&amp;lang=es\">Volver a los resultados</a>"),
        "{spanish}"
    );
    for elsewhere in [
        None,
        Some("http://evil.example/?q=x"),
        Some("http://a.example:80/"),
        Some("http://a.example:80/admin/?q=x"),
    ] {
        let page = opened(&site, "/p/1234567893", elsewhere, "en").await.text;
        assert!(!page.contains("Back to the results"), "{elsewhere:?}: {page}");
    }
    // Whoever is in a hurry finds the number above all that is told of them.
    let at = |part: &str| page.find(part).unwrap_or_else(|| panic!("no {part} in {page}"));
    assert!(at("tel:+17135550100") < at("id=\"about\""));
}

/// A page in Spanish names specialties in Spanish, and says where a name is known in English only.
#[tokio::test]
async fn specialties_are_named_in_the_language_of_the_page() {
    let site = Site::open().await;
    doctor(&site, "207RC0000X").await;
    for path in ["/p/1234567893", "/?q=cardiologist"] {
        let page = opened(&site, path, None, "es").await.text;
        assert!(
            page.contains("Cardiología") && !page.contains("Cardiovascular Disease"),
            "{path}: {page}"
        );
        let page = opened(&site, path, None, "en").await.text;
        assert!(page.contains("Cardiovascular Disease Physician"), "{path}: {page}");
    }
    let site = Site::open().await;
    doctor(&site, "246ZX2200X").await;
    let page = opened(&site, "/p/1234567893", None, "es").await.text;
    assert!(
        page.contains("<span lang=\"en\">Orthopedic Assistant</span><span class=\"more\"> (en inglés)</span>"),
        "{page}"
    );
}

/// A wrong listing is reported in the language of the page, and followed in it; a refusal says at the field what is wrong.
#[tokio::test]
async fn a_wrong_listing_is_reported_in_spanish() {
    let site = Site::open().await;
    doctor(&site, "207RC0000X").await;
    let page = opened(&site, "/p/1234567893?lang=es", None, "en").await.text;
    let at = page.split('"').find(|part| part.contains("/report"));
    let at = at.unwrap_or_else(|| panic!("no way to report in {page}")).to_owned();
    assert!(at.ends_with("/report?lang=es"), "{at}");
    let form = opened(&site, &at, None, "en").await.text;
    assert!(
        form.contains("<html lang=\"es\">") && form.contains("¿Qué está mal?") && form.contains("hreflang=\"en\""),
        "{form}"
    );
    let empty = send(&site, "POST", &at, None, "text=+&contact=me%40example.org").await;
    assert_eq!(empty.status, 400);
    for part in [
        "<a href=\"#text\">¿Qué está mal?</a> Diga qué está mal.",
        "id=\"text-wrong\"",
        "value=\"me@example.org\"",
    ] {
        assert!(empty.text.contains(part), "no {part} in {}", empty.text);
    }
    let sent = send(&site, "POST", &at, None, "text=El+consultorio+se+mud%C3%B3.&contact=").await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let to = sent.header("location").to_owned();
    assert!(to.ends_with("?lang=es"), "{to}");
    let followed = opened(&site, &to, None, "en").await.text;
    assert!(
        followed.contains("Gracias. El aviso ha llegado") && followed.contains("de noviembre de 2026"),
        "{followed}"
    );
    let absent = opened(&site, "/p/1003000126/report?lang=es", None, "en").await;
    assert!(
        absent.status == 404 && absent.text.contains("No se encontró"),
        "{}",
        absent.text
    );
}

/// Who was sent a link that is no good any more is told so, and not to sign in.
#[tokio::test]
async fn a_link_that_is_dead_says_so() {
    let site = Site::open().await;
    for path in ["/update-links/00ff", "/reports/00ff"] {
        let page = send(&site, "GET", path, None, "").await;
        assert_eq!(page.status, 401, "{path}");
        assert!(
            page.text.contains("<h1>This link does not work any more</h1>") && !page.text.contains("oken"),
            "{path}: {}",
            page.text
        );
    }
    let page = opened(&site, "/reports/00ff?lang=es", None, "en").await.text;
    assert!(page.contains("Este enlace ya no sirve"), "{page}");
}

/// Backticks are for programs: a page sets names and values apart.
#[tokio::test]
async fn no_page_shows_backticks() {
    let site = Site::open().await;
    let agency = Agency::open(&site.house, "Hope").await;
    let member = signed_in(&site.house, agency.id, Role::Member).await;
    let docs = site.get("/docs").await.text;
    assert!(
        !docs.contains('`') && docs.contains("<code>application/problem+json</code>"),
        "a backtick in /docs"
    );
    let refused = send(&site, "GET", "/admin/cases", Some(&member), "").await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text.contains("The page is for: organization admin.") && !refused.text.contains('`'),
        "{}",
        refused.text
    );
}

/// A path that is no text is refused with the reason, in a page where a browser asks.
#[tokio::test]
async fn a_path_that_is_no_text_is_named() {
    let site = Site::open().await;
    for path in ["/p/%ff", "/p/%ff/report", "/problems/%ff", "/assets/%ff"] {
        let page = opened(&site, path, None, "en").await;
        assert_eq!(page.status, 400, "{path}");
        assert!(page.header("content-type").starts_with("text/html"), "{path}");
        assert!(
            page.text.contains(path) && page.text.contains("is no text in UTF-8"),
            "{path}: {}",
            page.text
        );
        let told = site.get(path).await;
        assert_eq!(
            (told.status.as_u16(), told.fault()),
            (400, ("path".to_owned(), "encoding".to_owned())),
            "{path}"
        );
    }
}

/// What a status means is said in words that somebody who looks for care knows.
#[tokio::test]
async fn a_status_is_told_in_plain_words() {
    let site = Site::open().await;
    doctor(&site, "207RC0000X").await;
    for (language, words) in [("en", "Not in network yet"), ("es", "Todavía no en la red")] {
        for path in ["/p/1234567893", "/?q=1234567893"] {
            let page = opened(&site, path, None, language).await.text;
            assert!(page.contains(words), "{path}: {page}");
        }
    }
}
