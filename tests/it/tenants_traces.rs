//! What a tenant does leaves nothing for another to see: no event, no delivery, no line of the log, no number.

use std::time::Duration;

use provider_directory::{domain::access::Role, query::cursor::Cursor, store::slots::Filter, vocab::OrganizationId};
use serde_json::{Value, json};

use crate::{
    events_webhooks::{Receiver, publish},
    explain::Log,
    house::noon,
    http_site::{Answer, Site},
    practice::{Practice, hours},
    tenants::{ask, signed_in},
    tenants_search::{own, settle},
};

/// What all texts of Alpha are.
const MARK: &str = "Alphasecret";

/// Reads a stream until it has told of the one that all wait for; the types of the events, and all of it.
async fn stream(address: &str, token: Option<&str>, after: &str, until: &str) -> (Vec<String>, String) {
    let mut request = reqwest::Client::new().get(format!("{address}/events?after={after}"));
    if let Some(token) = token {
        request = request.bearer_auth(token);
    }
    let mut answer = request.send().await.expect("an answer");
    assert_eq!(answer.status().as_u16(), 200);
    let mut text = String::new();
    while !text.contains(until) {
        let chunk = tokio::time::timeout(Duration::from_secs(20), answer.chunk()).await;
        let chunk = chunk.expect("in time").expect("read").expect("no end");
        text.push_str(std::str::from_utf8(&chunk).expect("text"));
    }
    let mut types = text
        .lines()
        .filter_map(|line| line.strip_prefix("event:"))
        .map(|kind| kind.trim().to_owned())
        .collect::<Vec<_>>();
    types.sort();
    (types, text)
}

/// Books the first free slot and cancels, all in words of its own.
async fn books_and_cancels(site: &Site, token: &str, practice: &Practice<'_>, words: &str) -> String {
    let slot = practice.slots(&Filter::default()).await[0].id;
    let booking = json!({"slot_id": slot, "patient_reference": format!("{words}-1"), "note": words});
    let made = ask(site, token, None, "POST", "/appointments", Some(booking)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    let path = format!("/appointments/{id}/cancel");
    let gone = ask(site, token, None, "POST", &path, Some(json!({"reason": words}))).await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    id
}

/// A tenant with a practitioner who has hours.
async fn at_work<'a>(site: &'a Site, name: &str) -> (Practice<'a>, String) {
    let practice = Practice::open(&site.house, name).await;
    let clinic = practice.clinic("North", "UTC").await;
    let jane = practice.practitioner_at(&format!("Jane {name}"), &[clinic]).await;
    practice.schedule(jane, clinic, &hours(1, "09:00", "11:00")).await;
    let token = signed_in(&site.house, practice.organization, Role::OrganizationAdmin).await;
    (practice, token)
}

async fn hook(site: &Site, token: &str) -> (Receiver, String) {
    let (receiver, url) = Receiver::open(0).await;
    let public = json!({"url": "https://hooks.example.org/"});
    let made = ask(site, token, None, "POST", "/webhooks", Some(public)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.json()["id"].as_str().expect("an id").to_owned();
    // No test posts to the world outside: the address becomes one of this machine behind the interface's back.
    let moved = format!("UPDATE webhook SET url = '{url}' WHERE id = '{id}'");
    site.house.sql(&moved).await;
    (receiver, id)
}

/// 5.03: of a tenant's own providers and appointments its own streams and webhooks tell, nobody else's, and no line of the log.
#[tokio::test]
async fn feature_5_03_events_deliveries_and_the_log_tell_nobody_else_of_a_tenant() {
    let site = Site::open().await;
    let (alpha, of_alpha) = at_work(&site, "Alpha").await;
    let (beta, of_beta) = at_work(&site, "Beta").await;
    let (alphas, hook_of_alpha) = hook(&site, &of_alpha).await;
    let (betas, hook_of_beta) = hook(&site, &of_beta).await;
    let (platforms, hook_of_platform) = hook(&site, &site.token).await;
    for (token, own) in [
        (&of_alpha, &hook_of_alpha),
        (&of_beta, &hook_of_beta),
        (&site.token, &hook_of_platform),
    ] {
        let listed = ask(&site, token, None, "GET", "/webhooks", None).await.json();
        let ids = listed["webhooks"].as_array().expect("a list").iter();
        assert_eq!(
            ids.map(|hook| &hook["id"]).collect::<Vec<_>>(),
            [&json!(own)],
            "{listed}"
        );
    }
    let log = Log::default();
    let lines = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::DEBUG)
        .with_writer(log.clone())
        .finish();
    super::statements::keep_callsites();
    let guard = tracing::subscriber::set_default(lines);
    publish(&site, 10);
    let begin = site.house.settled().await.to_string();

    let locator = own(
        &site.house,
        alpha.organization,
        MARK,
        json!({"email": format!("{MARK}@example.org")}),
    )
    .await;
    let changed = format!("UPDATE provider SET phone = '713-555-0101' WHERE locator = '{locator}'");
    site.house.sql(&changed).await;
    let booked = books_and_cancels(&site, &of_alpha, &alpha, MARK).await;
    books_and_cancels(&site, &of_beta, &beta, "Betaword").await;
    let last = site
        .person(json!({"kind": "individual", "category": "practitioner", "last_name": "Lastone"}))
        .await;
    let last = last["id"].as_str().expect("an id");

    let address = site.listen().await;
    let (appointment, provider) = ("appointment.updated", "provider.updated");
    let secrets = [MARK, &locator, &booked, &alpha.organization.to_string()];
    for (token, wanted) in [
        (
            Some(of_alpha.as_str()),
            vec![appointment, appointment, provider, provider, provider],
        ),
        (Some(of_beta.as_str()), vec![appointment, appointment, provider]),
        (Some(site.token.as_str()), vec![provider]),
        (None, vec![provider]),
    ] {
        let (types, text) = stream(&address, token, &begin, last).await;
        assert_eq!(types, wanted, "{text}");
        let is_own = token == Some(of_alpha.as_str());
        assert_eq!(secrets.iter().any(|secret| text.contains(secret)), is_own, "{text}");
    }
    // The last event of all has been put down for everybody once it has come to one.
    assert_eq!(alphas.wait_for(5).await.len(), 5);
    for (receiver, count) in [(&betas, 3), (&platforms, 1)] {
        let got = receiver.wait_for(count).await;
        assert_eq!(got.len(), count, "{got:?}");
        for (headers, body) in &got {
            let text = format!("{headers:?} {body}");
            assert!(!secrets.iter().any(|secret| text.contains(secret)), "{text}");
        }
    }
    let put_down: Vec<i64> = sqlx::query_scalar(
        "SELECT count(d.id) FROM webhook w LEFT JOIN webhook_delivery d ON d.webhook_id = w.id GROUP BY w.id ORDER BY 1",
    )
    .fetch_all(&mut site.house.owner().await)
    .await
    .expect("counted");
    assert_eq!(put_down, [1, 3, 5], "and no more will come");
    let path = format!("/webhooks/{hook_of_beta}/deliveries");
    let listed = ask(&site, &of_beta, None, "GET", &path, None).await;
    assert_eq!(
        listed.json()["deliveries"].as_array().map(Vec::len),
        Some(3),
        "{}",
        listed.text
    );
    for (method, path) in [("GET", path.clone()), ("DELETE", format!("/webhooks/{hook_of_beta}"))] {
        let other = ask(&site, &of_alpha, None, method, &path, None).await;
        assert!(
            other.status == 404 || other.json()["deliveries"] == json!([]),
            "{method}: {}",
            other.text
        );
    }
    drop(guard);
    let log = log.text();
    assert!(log.contains("answered"), "something was logged");
    assert!(!log.contains(MARK) && !log.contains("Betaword"), "{log}");
}

/// What an answer says but for times, and for the place in the order of all changes, which is everybody's.
fn said(mut value: Value) -> Value {
    match &mut value {
        Value::Object(members) => {
            members.retain(|name, _| {
                let moves = ["position", "complete", "committed", "segments", "bytes", "age_seconds"];
                !name.ends_with("_us") && !moves.contains(&name.as_str())
            });
            for (name, member) in members.iter_mut() {
                let cursor = member
                    .as_str()
                    .filter(|_| name == "next_cursor")
                    .and_then(Cursor::decode);
                *member = match cursor {
                    Some(cursor) => json!(format!(
                        "{:?}",
                        Cursor {
                            position: None,
                            ..cursor
                        }
                    )),
                    None => said(member.take()),
                };
            }
        }
        Value::Array(items) => {
            for item in items.iter_mut() {
                *item = said(item.take());
            }
        }
        _ => {}
    }
    value
}

/// What is made of everybody's providers, which a tenant's own are mixed into for that tenant.
const SEARCHES: [&str; 9] = [
    "/providers/search?name=quincewright&limit=1&facets=specialty,language,category&explain=true",
    "/providers/search?q=quincewright+in+houston&limit=1&explain=true",
    "/providers/search?near=77030&radius=5&limit=1&sort=distance&clusters=6&explain=true",
    "/providers/search?name=quincewrigt&explain=true",
    "/providers/search?q=qincewright",
    "/providers/search?sort=name&limit=2",
    "/providers/search?specialty=207RC0000X&language=es&limit=1",
    "/providers/suggest?q=quince",
    "/readyz",
];

/// What is one tenant's.
const LISTS: [&str; 18] = [
    "/statistics/practitioners",
    "/statistics/appointments",
    "/statistics/clinics",
    "/statistics/wait-times",
    "/slots?status=all&limit=1",
    "/fhir/Slot?_count=1",
    "/fhir/Schedule?_count=1",
    "/fhir/Practitioner?_count=1&_total=accurate",
    "/fhir/PractitionerRole?_summary=count",
    "/fhir/Location?_count=1&_total=accurate",
    "/schedules?limit=1",
    "/appointments?limit=1",
    "/practitioners?limit=1",
    "/clinics",
    "/members",
    "/networks",
    "/plans",
    "/me",
];

/// What a caller is told on every path.
async fn everything(site: &Site, token: Option<&str>) -> Vec<(String, Value)> {
    let lists = LISTS.iter().filter(|_| token.is_some());
    let mut told = Vec::new();
    for path in SEARCHES.iter().chain(lists) {
        let answer: Answer = match token {
            Some(token) => ask(site, token, None, "GET", path, None).await,
            None => site.get(path).await,
        };
        assert_eq!(answer.status, 200, "{path}: {}", answer.text);
        told.push(((*path).to_owned(), said(answer.json())));
    }
    told
}

/// Everything that was changed is in segments: how much a search looks at does not hang on when they are written.
async fn written(site: &Site) {
    settle(site).await;
    site.index.commit(noon().date_naive()).expect("written");
}

async fn providers_of(site: &Site, tenant: OrganizationId, count: usize) {
    let more = json!({"specialties": [{"code": "207RC0000X", "primary": true}], "languages": ["es"],
        "locations": [{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030", "primary": true,
            "point": {"lat_e7": 297_000_000, "lon_e7": -954_000_000}}]});
    for _ in 0..count {
        own(&site.house, tenant, "Quincewright", more.clone()).await;
    }
}

/// 5.03: whatever a tenant adds, no total, facet, suggestion, correction, statistic or cursor of another one, or of nobody, is
/// different afterwards, and a search of theirs looks at no more than before.
#[tokio::test]
async fn feature_5_03_nothing_that_a_tenant_adds_is_counted_for_another() {
    let site = Site::open().await;
    let (alpha, of_alpha) = at_work(&site, "Alpha").await;
    let (beta, of_beta) = at_work(&site, "Beta").await;
    for first in ["Ann", "Bob", "Cid"] {
        site.person(json!({"kind": "individual", "category": "practitioner", "first_name": first, "last_name": "Quincewright",
            "specialties": [{"code": "207RC0000X", "primary": true}], "languages": ["es"],
            "locations": [{"line1": "1 Main St", "city": "Houston", "state": "TX", "postal_code": "77030", "primary": true}]}))
            .await;
    }
    providers_of(&site, beta.organization, 2).await;
    books_and_cancels(&site, &of_beta, &beta, "Betaword").await;
    written(&site).await;
    let (mine, public) = (everything(&site, Some(&of_beta)).await, everything(&site, None).await);
    let alphas = everything(&site, Some(&of_alpha)).await;

    providers_of(&site, alpha.organization, 12).await;
    books_and_cancels(&site, &of_alpha, &alpha, MARK).await;
    let clinic = alpha.clinic("South", "UTC").await;
    let other = alpha.practitioner_at("Other", &[clinic]).await;
    alpha.schedule(other, clinic, &hours(2, "08:00", "18:00")).await;
    site.house.network(MARK, false).await;
    written(&site).await;
    for (token, before) in [(Some(of_beta.as_str()), &mine), (None, &public)] {
        let after = everything(&site, token).await;
        for ((path, before), (_, after)) in before.iter().zip(&after) {
            assert_eq!(before, after, "{path} is another answer since");
        }
    }
    // The same look as the one who has added it all: most of these answers would have shown it.
    let after = everything(&site, Some(&of_alpha)).await;
    let same = alphas.iter().zip(&after).filter(|(before, after)| before == after);
    let same = same.map(|((path, _), _)| path.as_str()).collect::<Vec<_>>();
    assert!(same.len() <= 8, "{same:?}");
}
