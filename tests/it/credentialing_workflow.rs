//! What happens to requests by itself: steps, timers, and what follows from what is known.

use chrono::{DateTime, TimeDelta, Utc};
use provider_directory::{
    feed::workflow::run_due,
    store::{
        credentialing::{self, NewRequest, work},
        exclusion, verification, workflow,
    },
    vocab::{
        ProviderId,
        terms::{Element, Finding, NetworkStatus, Profile, Stage},
    },
};

use super::{
    credentialing_requests::{application, submitted, verified},
    credentialing_steps::{approve, days, excluded, open_request, stage, status, tasks, work},
    house::{House, admin, noon},
};

/// The engine holds the request before its step, as a person does who decides something and sets the clock anew: nobody's
/// work is refused because both came at once.
#[tokio::test(flavor = "multi_thread")]
async fn a_person_and_the_engine_never_wait_for_each_other() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let request = open_request(&house, id, &NewRequest::default()).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::lock(&mut tx, request).await.expect("there");
    let store = house.store.clone();
    let engine = tokio::spawn(async move { run_due(&store, noon()).await });
    // Until the engine stands before the request; a deadlock would be found out after a second.
    let standing = "SELECT EXISTS (SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock')";
    for tried in 0.. {
        assert!(tried < 1_200, "the engine never comes to the request");
        let stands: bool = sqlx::query_scalar(standing)
            .fetch_one(&mut house.owner().await)
            .await
            .expect("asked");
        if stands {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let due = async || -> Vec<String> {
        sqlx::query_scalar("SELECT name FROM workflow_step WHERE done_at IS NULL AND due_at <= $1")
            .bind(noon())
            .fetch_all(&mut house.owner().await)
            .await
            .expect("read")
    };
    let waiting = due().await;
    assert!(!waiting.is_empty(), "something is due");
    for name in waiting {
        workflow::schedule(&mut tx, credentialing::WORKFLOW, request.0, &name, noon())
            .await
            .expect("nobody is in the way");
    }
    tx.commit().await.expect("committed");
    engine.await.expect("no panic").expect("done");
    assert!(due().await.is_empty(), "and the steps were done");
    let failed: i64 = sqlx::query_scalar("SELECT count(*) FROM workflow_step WHERE last_error IS NOT NULL")
        .fetch_one(&mut house.owner().await)
        .await
        .expect("counted");
    assert_eq!(failed, 0, "nor was the engine in anybody's way");
}

/// 3.02: reminders, escalation, deadline, each at its time and once.
#[tokio::test]
async fn feature_3_02_clocks_ring_when_they_should() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let new = NewRequest {
        profile: Some(Profile::NcqaAccreditation),
        ..NewRequest::default()
    };
    let request = open_request(&house, id, &new).await;
    work(&house, noon()).await;
    assert_eq!(stage(&house, request).await, Stage::Verifying);
    assert!(tasks(&house, request).await.is_empty());
    for (day, expected) in [
        (13, vec![]),
        (14, vec!["remind:14"]),
        (30, vec!["remind:14", "remind:28"]),
        (30, vec!["remind:14", "remind:28"]),
        (46, vec!["remind:14", "remind:28", "escalate"]),
        (91, vec!["remind:14", "remind:28", "escalate", "deadline"]),
        (400, vec!["remind:14", "remind:28", "escalate", "deadline"]),
    ] {
        work(&house, noon() + days(day)).await;
        assert_eq!(tasks(&house, request).await, expected, "day {day}");
    }
}

/// 3.02: a complete file goes to the committee, one that ages or turns bad goes back; a decision stops the clocks.
#[tokio::test]
async fn feature_3_02_stages_follow_what_is_known() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let new = NewRequest {
        profile: Some(Profile::NcqaAccreditation),
        application: application(),
        ..NewRequest::default()
    };
    let request = open_request(&house, id, &new).await;
    work(&house, noon()).await;
    let on = noon().date_naive();
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    for element in Element::ALL {
        verification::record(&mut tx, request, &verified(*element, on), noon())
            .await
            .expect("recorded");
    }
    tx.commit().await.expect("committed");
    work(&house, noon()).await;
    assert_eq!(stage(&house, request).await, Stage::Committee);
    let mut bad = verified(Element::License, on);
    bad.result = Finding::Adverse;
    for (found, expected) in [
        (bad, Stage::Verifying),
        (verified(Element::License, on), Stage::Committee),
    ] {
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        verification::record(&mut tx, request, &found, noon() + days(1))
            .await
            .expect("recorded");
        tx.commit().await.expect("committed");
        work(&house, noon() + days(1)).await;
        assert_eq!(stage(&house, request).await, expected);
    }
    approve(&house, request, noon() + days(2)).await;
    work(&house, noon() + days(61)).await;
    let all = tasks(&house, request).await;
    assert_eq!(all, ["decide", "letter"], "no reminder after the decision");
    work(&house, noon() + days(63)).await;
    assert_eq!(
        tasks(&house, request).await.last().map(String::as_str),
        Some("letter_overdue")
    );
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let told = work::timeline(&mut tx, request).await.expect("read");
    let stages = told.iter().filter_map(|e| e.stage.as_deref()).collect::<Vec<_>>();
    let expected = ["INTAKE", "VERIFYING", "COMMITTEE", "VERIFYING", "COMMITTEE", "DECIDED"];
    assert_eq!(stages, expected);
}

/// 3.09, 3.12: alerts before the end, then the end; provisional approvals end after sixty days.
#[tokio::test]
async fn feature_3_09_and_3_12_approvals_run_out() {
    let house = House::open().await;
    let (id, brief) = (
        house.provider("SMITH", None).await.id,
        house.provider("JONES", None).await.id,
    );
    let request = open_request(&house, id, &NewRequest::default()).await;
    let provisional = NewRequest {
        provisional: true,
        ..NewRequest::default()
    };
    let short = open_request(&house, brief, &provisional).await;
    work(&house, noon()).await;
    approve(&house, request, noon()).await;
    approve(&house, short, noon()).await;
    work(&house, noon() + days(60) - TimeDelta::seconds(1)).await;
    assert_eq!(status(&house, brief).await, NetworkStatus::Active);
    work(&house, noon() + days(60)).await;
    assert_eq!(
        status(&house, brief).await,
        NetworkStatus::Inactive,
        "sixty days are over"
    );
    assert_eq!(status(&house, id).await, NetworkStatus::Active);
    let end: DateTime<Utc> = "2029-11-22T12:00:00Z".parse().expect("a moment");
    for (before, count) in [(181, 0), (180, 1), (120, 2), (89, 3), (60, 4), (30, 5)] {
        work(&house, end - days(before)).await;
        let renewals = tasks(&house, request).await;
        let renewals = renewals.iter().filter(|name| name.starts_with("renew:")).count();
        assert_eq!(renewals, count, "{before} days before");
    }
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let due = credentialing::Filter {
        expires_before: Some(end + days(1)),
        ..credentialing::Filter::default()
    };
    let due = credentialing::list(&mut tx, &due, 10).await.expect("listed");
    assert_eq!(due.iter().map(|r| r.id).collect::<Vec<_>>(), [request]);
    drop(tx);
    work(&house, end).await;
    assert_eq!(status(&house, id).await, NetworkStatus::Inactive);
}

/// A new approval in time keeps the provider in.
#[tokio::test]
async fn a_renewal_in_time_keeps_the_provider_in() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let first = open_request(&house, id, &NewRequest::default()).await;
    approve(&house, first, noon()).await;
    let later = noon() + days(1000);
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let next = credentialing::submit(&mut tx, id, &NewRequest::default(), later)
        .await
        .expect("submitted");
    tx.commit().await.expect("committed");
    approve(&house, next, later).await;
    work(&house, noon() + days(1200)).await;
    assert_eq!(status(&house, id).await, NetworkStatus::Active);
    let all = tasks(&house, first).await;
    assert!(!all.iter().any(|name| name == "renew:30"), "{all:?}");
}

/// 3.11: a licence ends at midnight where it was issued, and raises one task.
#[tokio::test]
async fn feature_3_11_a_licence_ends_at_midnight_local_and_raises_one_task() {
    let house = House::open().await;
    for (state, midnight) in [("TX", "2026-12-01T06:00:00Z"), ("HI", "2026-12-01T10:00:00Z")] {
        let id = house.provider("SMITH", None).await.id;
        let request = open_request(&house, id, &NewRequest::default()).await;
        let mut license = verified(Element::License, noon().date_naive());
        license.expires_on = Some("2026-11-30".parse().expect("a day"));
        license.state = Some(state.to_owned());
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        verification::record(&mut tx, request, &license, noon())
            .await
            .expect("recorded");
        tx.commit().await.expect("committed");
        approve(&house, request, noon()).await;
        let ended = async || {
            let all = tasks(&house, request).await;
            all.iter().filter(|name| name.starts_with("license_ended:")).count()
        };
        let midnight: DateTime<Utc> = midnight.parse().expect("a moment");
        work(&house, midnight - TimeDelta::seconds(1)).await;
        assert_eq!(ended().await, 0, "{state}");
        work(&house, midnight).await;
        work(&house, midnight + days(9)).await;
        assert_eq!(ended().await, 1, "{state}");
        assert_eq!(
            status(&house, id).await,
            NetworkStatus::Active,
            "only where the settings say so"
        );
    }
}

/// 3.11: where the organisation says so, an expired licence takes the provider out.
#[tokio::test]
async fn feature_3_11_an_expired_licence_suspends_where_the_settings_say_so() {
    let house = House::open().await;
    let mine = house.organization("Mine").await.id;
    house
        .sql(&format!(
            "INSERT INTO credentialing_rules (tenant, rules, changed_at)
            VALUES ('{mine}', '{{\"suspend_on_expired_license\": true}}', now());
            INSERT INTO credentialing_authority (organization_id) VALUES ('{mine}')"
        ))
        .await;
    let id = house.provider("SMITH", None).await.id;
    let ann = crate::credentialing_requests::reviewer("ann", mine);
    let mut tx = house.store.begin(&ann).await.expect("begun");
    let request = submitted(&mut tx, id, &NewRequest::default()).await;
    let mut license = verified(Element::License, noon().date_naive());
    license.expires_on = Some("2026-11-30".parse().expect("a day"));
    verification::record(&mut tx, request, &license, noon())
        .await
        .expect("recorded");
    credentialing::approve(&mut tx, request, None, noon())
        .await
        .expect("approved");
    tx.commit().await.expect("committed");
    work(&house, noon() + days(7)).await;
    assert_eq!(status(&house, id).await, NetworkStatus::Active);
    work(&house, noon() + days(9)).await;
    assert_eq!(status(&house, id).await, NetworkStatus::Inactive);
}

/// 3.10: a number on the list stands in the way, a name is for a person to look at; nobody is taken out by a name.
#[tokio::test]
async fn feature_3_10_lists_of_exclusions_are_looked_at() {
    let house = House::open().await;
    excluded(&house, &[("DOE", "JANE", Some("1234567893")), ("ROE", "RICHARD", None)]).await;
    let numbered = house.provider("OTHERNAME", Some("1234567893")).await.id;
    let mut named = crate::house::person("Roe", None);
    named.first_name = Some("Richard".to_owned());
    let named = house.create(&named).await.id;
    let clear = house.provider("CLEAR", Some("1003000126")).await.id;
    let requests = [
        open_request(&house, numbered, &NewRequest::default()).await,
        open_request(&house, named, &NewRequest::default()).await,
        open_request(&house, clear, &NewRequest::default()).await,
    ];
    work(&house, noon()).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let mut results = Vec::new();
    for request in requests {
        let known = verification::of_request(&mut tx, request).await.expect("read");
        results.push(known.iter().map(|v| v.result).collect::<Vec<_>>());
    }
    assert_eq!(results, [vec![Finding::Adverse], vec![], vec![Finding::Confirmed]]);
    let findings = exclusion::findings(&mut tx, Some("OPEN"), None, 10)
        .await
        .expect("read");
    assert_eq!(findings.len(), 2);
    drop(tx);
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let refused = credentialing::approve(&mut tx, requests[0], None, noon()).await;
    assert!(matches!(refused, Err(provider_directory::store::Error::Refused(f)) if f.code == "excluded"));
    drop(tx);
    approve(&house, requests[1], noon()).await; // A name alone does not stand in the way.
    let of = |id: ProviderId| findings.iter().find(|f| f.provider_id == id.0).expect("found");
    assert_eq!(
        (of(numbered).hit.as_str(), of(named).hit.as_str()),
        ("identified", "candidate")
    );
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    exclusion::decide(&mut tx, of(numbered).id, false, "the NPI was misprinted", noon())
        .await
        .expect("decided");
    tx.commit().await.expect("committed");
    // The same list again finds nothing new, and what was dismissed stays so.
    excluded(&house, &[("DOE", "JANE", Some("1234567893")), ("ROE", "RICHARD", None)]).await;
    work(&house, noon() + days(32)).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let open = exclusion::findings(&mut tx, Some("OPEN"), None, 10)
        .await
        .expect("read");
    assert_eq!(open.iter().map(|f| f.provider_id).collect::<Vec<_>>(), [named.0]);
    credentialing::approve(&mut tx, requests[0], None, noon())
        .await
        .expect("approved");
}

/// 3.17: the figures are what plain SQL says.
#[tokio::test]
async fn feature_3_17_figures_equal_sql() {
    let house = House::open().await;
    for n in 0..6_i64 {
        let id = house.provider("SMITH", None).await.id;
        let request = open_request(&house, id, &NewRequest::default()).await;
        work(&house, noon() + days(n)).await;
        if n % 2 == 0 {
            approve(&house, request, noon() + days(3 * n + 6)).await;
        }
    }
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let times = work::stage_times(&mut tx, noon() - days(1), noon() + days(2))
        .await
        .expect("read");
    let told = times
        .iter()
        .map(|t| (t.stage.as_str(), t.left, t.now, t.stuck))
        .collect::<Vec<_>>();
    assert_eq!(
        told,
        [("INTAKE", 6, 0, 0), ("VERIFYING", 6, 0, 0), ("COMMITTEE", 3, 3, 1)]
    );
    let (average, longest): (f64, f64) = sqlx::query_as(
        "SELECT avg(s)::float8, max(s)::float8 FROM (
            SELECT extract(epoch FROM d.at - c.at) AS s FROM credentialing_event c
            JOIN credentialing_event d ON d.request_id = c.request_id AND d.stage = 'DECIDED'
            WHERE c.stage = 'COMMITTEE') x",
    )
    .fetch_one(&mut house.owner().await)
    .await
    .expect("counted");
    assert_eq!((times[2].average_s, times[2].longest_s), (Some(average), Some(longest)));
    let reviewers = work::reviewer_times(&mut tx, noon() - days(1)).await.expect("read");
    assert_eq!(
        (reviewers.len(), reviewers[0].approved, reviewers[0].rejected),
        (1, 3, 0)
    );
}
