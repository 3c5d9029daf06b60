//! The doors to ACTIVE that lead past a review: who may not come in by them, what follows, and licences that were renewed.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use provider_directory::{
    store::{
        credentialing::{self, Filter, NewRequest},
        exclusion, verification,
    },
    vocab::{
        CredentialingRequestId, ProviderId,
        terms::{Element, Finding, NetworkStatus},
    },
};
use serde_json::{Value, json};

use crate::{
    credentialing_requests::{reviewer, submitted, verified},
    credentialing_steps::{approve, days, excluded, open_request, status, tasks, work},
    house::{House, admin, noon},
    http_site::{Answer, Site},
};

const NPI: &str = "1234567893";
const OTHER: &str = "1003000126";

async fn delegate(site: &Site, npis: &[&str]) -> Answer {
    let body = json!({"npis": npis, "source": "Roster", "decided": "2026-11-20"});
    let path = "/credentialing-requests/delegated";
    site.write("POST", path, None, body).await
}

/// 3.10: whom a list identifies comes in by no door, looked for or not; once a person has dismissed the finding, by each.
#[tokio::test]
async fn feature_3_10_whom_a_list_identifies_comes_in_by_no_door() {
    let site = Site::open().await;
    let new = site.house.provider("NEW", Some(NPI)).await.id;
    let back = site.house.provider("BACK", Some(OTHER)).await.id;
    assert_eq!(delegate(&site, &[OTHER]).await.json()["approved"], 1);
    let path = format!("/providers/{OTHER}");
    let left = json!({"reason": "left"});
    let gone = site
        .write("POST", &format!("{path}/deactivate"), Some("*"), left.clone())
        .await;
    assert_eq!(gone.status, 200, "{}", gone.text);
    excluded(&site.house, &[("DOE", "JANE", Some(NPI)), ("ROE", "JOE", Some(OTHER))]).await;

    let refused = delegate(&site, &[NPI]).await;
    assert_eq!(refused.status, 422, "{}", refused.text);
    assert_eq!(refused.fault(), ("provider_id".to_owned(), "excluded".to_owned()));
    assert!(refused.text.contains(NPI), "it says who: {}", refused.text);
    let reactivate = async || {
        let path = format!("{path}/reactivate");
        site.write("POST", &path, Some("*"), left.clone()).await
    };
    let refused = reactivate().await;
    assert_eq!((refused.status.as_u16(), refused.fault().1.as_str()), (422, "excluded"));
    site.house
        .sql(&format!(
            "INSERT INTO change_proposal (provider_id, kind, source) VALUES ('{back}', 'reactivate', 'nppes')"
        ))
        .await;
    let open = site.write("GET", "/change-proposals", None, Value::Null).await.json();
    let proposal = format!("/change-proposals/{}/decide", open[0]["id"].as_str().expect("an id"));
    let refused = site.write("POST", &proposal, None, json!({"accept": true})).await;
    assert_eq!((refused.status.as_u16(), refused.fault().1.as_str()), (422, "excluded"));
    assert_eq!(status(&site.house, new).await, NetworkStatus::Pending);
    assert_eq!(status(&site.house, back).await, NetworkStatus::Inactive);

    // Somebody looks, and says that it is somebody else.
    let mut tx = site.house.store.begin(&admin()).await.expect("begun");
    exclusion::screen(&mut tx, &[new, back], noon()).await.expect("looked");
    for found in exclusion::findings(&mut tx, Some("OPEN"), None, 10)
        .await
        .expect("read")
    {
        exclusion::decide(&mut tx, found.id, false, "another person", noon())
            .await
            .expect("dismissed");
    }
    tx.commit().await.expect("committed");
    assert_eq!(delegate(&site, &[NPI]).await.json()["approved"], 1);
    assert_eq!(reactivate().await.status, 200);
}

async fn delegated(house: &House, provider: ProviderId, decided: NaiveDate) -> CredentialingRequestId {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::approve_delegated(&mut tx, &[provider], "Roster", decided, noon())
        .await
        .expect("approved");
    let filter = Filter {
        delegated_source: Some("Roster".to_owned()),
        provider: Some(provider),
        ..Filter::default()
    };
    let found = credentialing::list(&mut tx, &filter, 10).await.expect("read");
    tx.commit().await.expect("committed");
    found.first().expect("one").id
}

/// 3.10, 3.09, 3.12: who was credentialed elsewhere is looked for at once and every month, and asked in time.
#[tokio::test]
async fn feature_3_12_who_was_credentialed_elsewhere_is_looked_at_like_all() {
    let house = House::open().await;
    let id = house.provider("SMITH", Some(NPI)).await.id;
    excluded(&house, &[("OTHER", "ONE", Some(OTHER))]).await;
    let decided = noon().date_naive() - days(700);
    let request = delegated(&house, id, decided).await;
    work(&house, noon()).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let known = verification::of_request(&mut tx, request).await.expect("read");
    let known = known.iter().map(|v| (v.element, v.result)).collect::<Vec<_>>();
    assert_eq!(known, [(Element::Sanctions, Finding::Confirmed)]);
    drop(tx);
    assert!(tasks(&house, request).await.is_empty(), "nothing that lies behind");
    excluded(&house, &[("SMITH", "ANN", Some(NPI))]).await;
    work(&house, noon() + days(31)).await;
    assert_eq!(tasks(&house, request).await, ["excluded"]);
    work(&house, noon() + days(1095 - 700 - 100)).await;
    let mut asked = tasks(&house, request).await;
    asked.sort_unstable();
    assert_eq!(asked, ["excluded", "renew:120", "renew:180"]);
    // A second roster with the same provider, who is in: nothing is added.
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let again = credentialing::approve_delegated(&mut tx, &[id], "Roster", decided, noon()).await;
    assert_eq!(again.expect("asked"), 0);
}

/// 3.12: the list by source, and what the figures say of it.
#[tokio::test]
async fn feature_3_12_sources_are_overseen() {
    let site = Site::open().await;
    site.house.provider("SMITH", Some(NPI)).await;
    let own = site.house.provider("OTHER", None).await.id;
    delegate(&site, &[NPI]).await;
    open_request(&site.house, own, &NewRequest::default()).await;
    for (source, expected) in [("Roster", 1), ("*", 1), ("Nobody", 0)] {
        let path = format!("/credentialing-requests?delegated_source={source}");
        let listed = site.write("GET", &path, None, Value::Null).await.json();
        assert_eq!(listed["results"].as_array().map(Vec::len), Some(expected), "{listed}");
    }
    let figures = site
        .write("GET", "/statistics/credentialing", None, Value::Null)
        .await
        .json();
    let expected = json!([{"source": "Roster", "approved": 1, "holding": 1, "running_out": 0, "open_tasks": 0,
        "last_decided": "2026-11-20"}]);
    assert_eq!(figures["delegated"], expected, "{figures}");
}

/// An organisation that suspends at once, with a provider whose licence of Texas is good through a day.
async fn licensed(
    house: &House,
    through: &str,
) -> (
    provider_directory::domain::access::Actor,
    ProviderId,
    CredentialingRequestId,
) {
    let id = house.provider("SMITH", None).await.id;
    licensed_of(house, id, through).await
}

async fn licensed_of(
    house: &House,
    id: ProviderId,
    through: &str,
) -> (
    provider_directory::domain::access::Actor,
    ProviderId,
    CredentialingRequestId,
) {
    let mine = house.organization("Mine").await.id;
    house
        .sql(&format!(
            "INSERT INTO credentialing_rules (tenant, rules, changed_at)
            VALUES ('{mine}', '{{\"suspend_on_expired_license\": true}}', now());
            INSERT INTO credentialing_authority (organization_id) VALUES ('{mine}')"
        ))
        .await;
    let ann = reviewer("ann", mine);
    let mut tx = house.store.begin(&ann).await.expect("begun");
    let request = submitted(&mut tx, id, &NewRequest::default()).await;
    verification::record(&mut tx, request, &license(through), noon())
        .await
        .expect("recorded");
    credentialing::approve(&mut tx, request, None, noon())
        .await
        .expect("approved");
    tx.commit().await.expect("committed");
    (ann, id, request)
}

fn license(through: &str) -> verification::NewVerification {
    let mut license = verified(Element::License, noon().date_naive());
    license.expires_on = Some(through.parse().expect("a day"));
    license.state = Some("TX".to_owned());
    license
}

fn moment(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

/// 3.11, 5.02: what another organisation found out about a licence proves nothing to the one that let the provider in.
#[tokio::test]
async fn feature_3_11_a_renewal_that_a_stranger_records_does_not_count() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let bob = reviewer("bob", house.organization("Other").await.id);
    let mut tx = house.store.begin(&bob).await.expect("begun");
    let request = submitted(&mut tx, id, &NewRequest::default()).await;
    verification::record(&mut tx, request, &license("2029-01-01"), noon())
        .await
        .expect("recorded");
    tx.commit().await.expect("committed");
    licensed_of(&house, id, "2026-11-30").await;
    work(&house, noon() + days(7)).await;
    assert_eq!(status(&house, id).await, NetworkStatus::Active);
    work(&house, noon() + days(9)).await;
    assert_eq!(status(&house, id).await, NetworkStatus::Inactive);
}

/// 3.11: a licence that was renewed while the approval holds suspends nobody; its own end does.
#[tokio::test]
async fn feature_3_11_a_renewed_licence_is_recorded_and_counts() {
    let house = House::open().await;
    let (ann, id, request) = licensed(&house, "2026-11-30").await;
    let mut tx = house.store.begin(&ann).await.expect("begun");
    verification::record(&mut tx, request, &license("2027-05-31"), noon() + days(1))
        .await
        .expect("recorded after the approval");
    tx.commit().await.expect("committed");
    let ended = async || {
        let all = tasks(&house, request).await;
        all.iter().filter(|name| name.starts_with("license_ended:")).count()
    };
    work(&house, moment("2027-05-31T12:00:00Z")).await;
    assert_eq!((status(&house, id).await, ended().await), (NetworkStatus::Active, 0));
    work(&house, moment("2027-06-02T12:00:00Z")).await;
    assert_eq!((status(&house, id).await, ended().await), (NetworkStatus::Inactive, 1));
    // Once the approval has run out, nothing is recorded for it any more.
    let late = moment("2030-01-01T00:00:00Z");
    let mut tx = house.store.begin(&ann).await.expect("begun");
    let refused = verification::record(&mut tx, request, &license("2031-01-01"), late).await;
    assert!(refused.is_err(), "{refused:?}");
}

/// 3.11: a newer licence counts for whichever request it was verified, and its end is seen to by that one.
#[tokio::test]
async fn feature_3_11_a_licence_of_a_later_request_counts() {
    let house = House::open().await;
    let (ann, id, first) = licensed(&house, "2026-11-30").await;
    let mut tx = house.store.begin(&ann).await.expect("begun");
    let second = submitted(&mut tx, id, &NewRequest::default()).await;
    verification::record(&mut tx, second, &license("2027-05-31"), noon() + days(1))
        .await
        .expect("recorded");
    tx.commit().await.expect("committed");
    let mut tx = house.store.begin(&ann).await.expect("begun");
    credentialing::approve(&mut tx, second, None, noon() + days(2))
        .await
        .expect("approved");
    tx.commit().await.expect("committed");
    work(&house, moment("2027-05-31T12:00:00Z")).await;
    assert_eq!(status(&house, id).await, NetworkStatus::Active);
    work(&house, moment("2027-06-01T05:00:00Z") + TimeDelta::hours(1)).await;
    assert_eq!(status(&house, id).await, NetworkStatus::Inactive);
    let ended = async |request| {
        let all = tasks(&house, request).await;
        all.iter().filter(|name| name.starts_with("license_ended:")).count()
    };
    assert_eq!((ended(first).await, ended(second).await), (0, 1));
}

/// 3.08: what the applicant signed has a limit of its own, on the checklist and in the application.
#[tokio::test]
async fn feature_3_08_an_attestation_has_a_limit_of_its_own() {
    use provider_directory::{store::Error, vocab::terms::Profile};
    let house = House::open().await;
    let policy = credentialing::policy(&mut house.store.begin(&admin()).await.expect("begun")).await;
    let limit = policy.expect("the defaults").standards[1].attestation_days;
    for (signed_before, verified_before, refused) in [
        (limit, limit, None),
        (limit + 1, limit, Some("application.attested_on")),
        (limit, limit + 1, Some("attestation")),
        (-1, limit, Some("application.attested_on")),
    ] {
        let id = house.provider("SMITH", None).await.id;
        let mut application = crate::credentialing_requests::application();
        application.attested_on = Some(noon().date_naive() - days(signed_before));
        let new = NewRequest {
            profile: Some(Profile::NcqaAccreditation),
            application,
            ..NewRequest::default()
        };
        let request = open_request(&house, id, &new).await;
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        for element in Element::ALL {
            let age = if *element == Element::Attestation {
                verified_before
            } else {
                0
            };
            let new = verified(*element, noon().date_naive() - days(age));
            verification::record(&mut tx, request, &new, noon())
                .await
                .expect("recorded");
        }
        tx.commit().await.expect("committed");
        match refused {
            None => approve(&house, request, noon()).await,
            Some(field) => {
                let mut tx = house.store.begin(&admin()).await.expect("begun");
                let answer = credentialing::approve(&mut tx, request, None, noon()).await;
                let Err(Error::RefusedAll(faults)) = answer else {
                    panic!("{field}: {answer:?}");
                };
                assert_eq!(faults.iter().map(|f| f.field.as_str()).collect::<Vec<_>>(), [field]);
            }
        }
    }
}
