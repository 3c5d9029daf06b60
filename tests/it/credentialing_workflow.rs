//! What happens to requests by itself: steps, timers, and that a fault or a kill at any moment changes nothing in the end.

use chrono::{DateTime, TimeDelta, Utc};
use provider_directory::{
    domain::exclusion::Exclusion,
    feed::workflow::{Next, advance, run_due},
    store::{
        credentialing::{
            self, NewRequest,
            doors::Closing,
            work::{self, TaskFilter},
        },
        exclusion, providers, verification,
        workflow::{self, engine},
    },
    vocab::{
        CredentialingRequestId, ProviderId,
        terms::{Element, Finding, NetworkStatus, Profile, Stage},
    },
};

use crate::{
    credentialing_requests::{application, submitted, verified},
    house::{House, admin, noon},
};

pub fn days(n: i64) -> TimeDelta {
    TimeDelta::days(n)
}

pub async fn open_request(house: &House, provider: ProviderId, new: &NewRequest) -> CredentialingRequestId {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let request = submitted(&mut tx, provider, new).await;
    tx.commit().await.expect("committed");
    request
}

pub async fn work(house: &House, now: DateTime<Utc>) {
    run_due(&house.store, now).await.expect("done");
}

async fn stage(house: &House, request: CredentialingRequestId) -> Stage {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::find(&mut tx, request).await.expect("there").stage
}

pub async fn approve(house: &House, request: CredentialingRequestId, now: DateTime<Utc>) {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::approve(&mut tx, request, None, now)
        .await
        .expect("approved");
    tx.commit().await.expect("committed");
}

/// The names of all tasks of a request, open and done.
pub async fn tasks(house: &House, request: CredentialingRequestId) -> Vec<String> {
    let filter = TaskFilter {
        request: Some(request),
        ..TaskFilter::default()
    };
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let tasks = work::tasks(&mut tx, &filter, 1000).await.expect("read");
    tasks.into_iter().map(|t| t.name).collect()
}

pub async fn status(house: &House, id: ProviderId) -> NetworkStatus {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let found = providers::find(&mut tx, &providers::ProviderKey::Id(id))
        .await
        .expect("asked");
    found.expect("there").network_status
}

/// Loads a list with these people and numbers on it.
pub async fn excluded(house: &House, lines: &[(&str, &str, Option<&str>)]) {
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let list = exclusion::begin(&mut tx, "OIG LEIE", noon().date_naive(), noon())
        .await
        .expect("begun");
    let lines = (2..).zip(lines).map(|(n, (last, first, npi))| {
        let line = Exclusion {
            last_name: (*last).to_owned(),
            first_name: (*first).to_owned(),
            npi: npi.map(|n| n.parse().expect("an NPI")),
            ..Exclusion::default()
        };
        (n, line)
    });
    let lines = lines.collect::<Vec<_>>();
    exclusion::add(&mut tx, list, &lines).await.expect("added");
    exclusion::publish(&mut tx, list, 0).await.expect("published");
    tx.commit().await.expect("committed");
}

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

/// Everything that a run leaves behind, without keys and without how often something was tried.
async fn state(house: &House) -> Vec<String> {
    sqlx::query_scalar(
        "SELECT x FROM (
            SELECT concat_ws(' ', 'request', p.last_name, r.status, r.stage, r.expires_at) AS x
                FROM credentialing_request r JOIN provider p ON p.id = r.provider_id
            UNION ALL SELECT concat_ws(' ', 'provider', p.last_name, p.network_status, p.activated_at) FROM provider p
            UNION ALL SELECT concat_ws(' ', 'event', p.last_name, e.kind, e.stage, e.actor, split_part(e.detail ->> 'task', ':', 1))
                FROM credentialing_event e JOIN credentialing_request r ON r.id = e.request_id
                JOIN provider p ON p.id = r.provider_id
            UNION ALL SELECT concat_ws(' ', 'task', p.last_name, split_part(t.name, ':', 1), t.recipient, t.done_at IS NULL)
                FROM credentialing_task t JOIN provider p ON p.id = t.provider_id
            UNION ALL SELECT concat_ws(' ', 'verification', p.last_name, v.element, v.result, v.method)
                FROM verification v JOIN provider p ON p.id = v.provider_id
            UNION ALL SELECT concat_ws(' ', 'step', p.last_name, split_part(s.name, ':', 1), s.done_at IS NULL)
                FROM workflow_step s JOIN credentialing_request r ON r.id = s.subject JOIN provider p ON p.id = r.provider_id
        ) y ORDER BY x",
    )
    .fetch_all(&mut house.owner().await)
    .await
    .expect("read")
}

/// The life of two requests; `work` does what is due at a moment.
async fn life(house: &House, work: impl AsyncFn(DateTime<Utc>)) {
    excluded(house, &[("ROE", "RICHARD", None)]).await;
    let (first, second) = (
        house.provider("FIRST", None).await.id,
        house.provider("SECOND", None).await.id,
    );
    let request = open_request(house, first, &NewRequest::default()).await;
    let strict = NewRequest {
        profile: Some(Profile::NcqaAccreditation),
        ..NewRequest::default()
    };
    open_request(house, second, &strict).await;
    work(noon()).await;
    let mut license = verified(Element::License, noon().date_naive());
    license.expires_on = Some("2026-11-30".parse().expect("a day"));
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    verification::record(&mut tx, request, &license, noon())
        .await
        .expect("recorded");
    tx.commit().await.expect("committed");
    work(noon()).await;
    approve(house, request, noon() + days(1)).await;
    for day in [10, 40, 70, 100, 1000, 1100] {
        work(noon() + days(day)).await;
    }
}

/// 3.02: a fault after any number of writes: what was begun is undone, the step is done again, the end is the same.
#[tokio::test]
async fn feature_3_02_a_fault_at_any_write_changes_nothing_in_the_end() {
    let calm = House::open().await;
    life(&calm, async |now| work(&calm, now).await).await;
    let expected = state(&calm).await;

    let house = House::open().await;
    house
        .sql(
            "CREATE SEQUENCE fault_writes;
            CREATE TABLE fault_at (n bigint);
            GRANT USAGE ON SEQUENCE fault_writes TO provdir_app;
            GRANT SELECT ON fault_at TO provdir_app;
            CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, public, pg_temp AS $$
            BEGIN
                -- Counts over rollbacks: each step fails at its first write, then at its second, and so on.
                IF app_actor() = 'workflow' AND nextval('fault_writes') = (SELECT max(n) FROM fault_at) THEN
                    RAISE EXCEPTION 'a fault';
                END IF;
                RETURN NULL;
            END $$",
        )
        .await;
    for table in [
        "credentialing_request",
        "credentialing_event",
        "credentialing_task",
        "verification",
        "provider",
    ] {
        house
            .sql(&format!(
                "CREATE TRIGGER zz_fault AFTER INSERT OR UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION fault()"
            ))
            .await;
    }
    let faults = std::sync::atomic::AtomicI64::new(0);
    life(&house, async |now| {
        // Ever later faults, until a whole round goes through without one.
        for n in 1..200_i64 {
            house
                .sql(&format!("SELECT setval('fault_writes', 1, false); DELETE FROM fault_at; INSERT INTO fault_at VALUES ({n})"))
                .await;
            if run_due(&house.store, now).await.is_err() {
                faults.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
            }
            let failed: i64 = sqlx::query_scalar("SELECT count(*) FROM workflow_step WHERE attempts > 0 AND done_at IS NULL")
                .fetch_one(&mut house.owner().await)
                .await
                .expect("counted");
            faults.fetch_add(failed, std::sync::atomic::Ordering::Relaxed);
            // What failed waits for a while; time does not pass here, so it is put back.
            house
                .sql("UPDATE workflow_step SET due_at = due_at - interval '1 hour' WHERE attempts > 0 AND done_at IS NULL")
                .await;
            let waiting: bool = sqlx::query_scalar("SELECT EXISTS (SELECT 1 FROM workflow_step WHERE done_at IS NULL AND due_at <= $1)")
                .bind(now)
                .fetch_one(&mut house.owner().await)
                .await
                .expect("asked");
            let lapsing: bool = sqlx::query_scalar(
                "SELECT EXISTS (SELECT 1 FROM credentialing_request WHERE expires_at <= $1 AND lapsed_at IS NULL)",
            )
            .bind(now)
            .fetch_one(&mut house.owner().await)
            .await
            .expect("asked");
            if !waiting && !lapsing {
                break;
            }
        }
    })
    .await;
    assert!(faults.into_inner() > 10, "faults happened");
    assert_eq!(state(&house).await, expected);
}

/// 3.10: a file as it is published, with a damaged line; the others count, and who is in is compared with it.
#[tokio::test]
async fn feature_3_10_a_file_is_loaded_but_for_its_damaged_line() {
    use provider_directory::intake::exclusions::{self, Asked, Layout, Part};
    let house = House::open().await;
    let id = house.provider("OTHER", Some("1234567893")).await.id;
    house.provider("PENDING", Some("1003000126")).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::approve_delegated(&mut tx, &[id], "Roster", noon().date_naive(), noon())
        .await
        .expect("approved");
    tx.commit().await.expect("committed");
    let dir = tempfile::tempdir().expect("a folder");
    let file = dir.path().join("UPDATED.csv");
    let header = "LASTNAME,FIRSTNAME,MIDNAME,BUSNAME,GENERAL,SPECIALTY,UPIN,NPI,DOB,ADDRESS,CITY,STATE,ZIP,EXCLTYPE,EXCLDATE,REINDATE,WAIVERDATE,WVRSTATE";
    let lines = [
        header,
        "DOE,JANE,,,PHYSICIAN,,,1234567893,19600131,1 MAIN,HOUSTON,TX,77030,1128a1,20200220,00000000,00000000,",
        "damaged",
        "BACK,AGAIN,,,PHYSICIAN,,,1003000126,19600131,1 MAIN,HOUSTON,TX,77030,1128a1,20100220,20150101,00000000,",
    ];
    std::fs::write(&file, lines.join("\n")).expect("written");
    let layout = Layout::leie();
    let asked = |part, dry_run| Asked {
        file: &file,
        layout: &layout,
        part,
        as_of: noon().date_naive(),
        dry_run,
    };
    let looked = exclusions::import(&house.store, &admin(), asked(Part::Whole, true), noon())
        .await
        .expect("read");
    assert_eq!((looked.lines, looked.skipped, looked.screened), (2, 1, 0));
    assert_eq!(looked.skipped_lines[0].line, 3);
    for _ in 0..2 {
        let report = exclusions::import(&house.store, &admin(), asked(Part::Whole, false), noon())
            .await
            .expect("loaded");
        assert_eq!(
            (report.lines, report.screened, report.identified, report.candidates),
            (2, 1, 1, 0)
        );
    }
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    assert_eq!(
        exclusion::findings(&mut tx, None, None, 10).await.expect("read").len(),
        1
    );
    assert_eq!(exclusion::lists(&mut tx).await.expect("read").len(), 1);
    let kept: i64 = sqlx::query_scalar("SELECT count(*) FROM exclusion")
        .fetch_one(&mut house.owner().await)
        .await
        .expect("counted");
    assert_eq!(kept, 2, "the list before is gone");
    drop(tx);
    assert_eq!(status(&house, id).await, NetworkStatus::Active, "a person decides");

    // Supplements: one brings the second provider in, who then stands in the way; the other lifts both, and nothing does.
    let supplement = async |part, lines: &[&str]| {
        std::fs::write(&file, [&[header], lines].concat().join("\n")).expect("written");
        let report = exclusions::import(&house.store, &admin(), asked(part, false), noon()).await;
        report.expect("loaded")
    };
    let now_here = "OTHER,ONE,,,PHYSICIAN,,,1003000142,,,,TX,,1128b8,20261101,,,";
    house.provider("SECOND", Some("1003000142")).await;
    let second = house.provider("THIRD", Some("1003000159")).await.id;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::approve_delegated(&mut tx, &[second], "Roster", noon().date_naive(), noon())
        .await
        .expect("approved");
    tx.commit().await.expect("committed");
    let third = "THIRD,X,,,PHYSICIAN,,,1003000159,,,,TX,,1128b8,20261101,,,";
    let more = supplement(Part::Additions, &[now_here, third]).await;
    assert_eq!((more.lines, more.identified, more.lifted), (2, 2, 0));
    let lists = "SELECT lines FROM exclusion_list WHERE is_current";
    assert_eq!(
        crate::nppes_import::number(&house, lists).await,
        4,
        "the earlier ones stay"
    );
    let jane = "DOE,JANE,,,PHYSICIAN,,,1234567893,19600131,1 MAIN,HOUSTON,TX,77030,1128a1,20200220,20261120,00000000,";
    let fewer = supplement(Part::Reinstatements, &[jane, "damaged"]).await;
    assert_eq!((fewer.skipped, fewer.identified, fewer.lifted), (1, 1, 1));
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let open = exclusion::findings(&mut tx, Some("OPEN"), None, 10)
        .await
        .expect("read");
    assert_eq!(open.iter().map(|f| f.provider_id).collect::<Vec<_>>(), [second.0]);
    drop(tx);
    // The next full file has neither: what it no longer says is closed too.
    let none = supplement(Part::Whole, &[now_here]).await;
    assert_eq!((none.identified, none.lifted), (0, 1));
    let again = supplement(Part::Whole, &[now_here, third]).await;
    assert_eq!(
        (again.identified, again.lifted),
        (1, 0),
        "the file before was a wrong one"
    );
    assert_eq!(status(&house, second).await, NetworkStatus::Active);
}

/// Calls that wait for an engine outside; they count as heard from then on.
async fn called(house: &House) -> Vec<CredentialingRequestId> {
    let mut tx = house.store.begin(&engine()).await.expect("begun");
    let calls = workflow::calls(&mut tx, credentialing::WORKFLOW, 100).await;
    let (ids, subjects): (Vec<i64>, Vec<_>) = calls.expect("read").into_iter().unzip();
    workflow::heard(&mut tx, &ids).await.expect("heard");
    tx.commit().await.expect("committed");
    let mut requests: Vec<_> = subjects.into_iter().map(CredentialingRequestId).collect();
    requests.dedup();
    requests
}

/// 3.02: an engine outside is called in the transaction that it is about, gets on one request at a time, and finds nothing
/// to do where the embedded one was there before.
#[tokio::test]
async fn feature_3_02_another_engine_may_wait() {
    let house = House::open().await;
    let (first, second) = (
        house.provider("SMITH", None).await.id,
        house.provider("JONES", None).await.id,
    );
    let before = open_request(&house, first, &NewRequest::default()).await;
    assert!(called(&house).await.is_empty(), "nobody waits outside");
    let mut tx = house.store.begin(&engine()).await.expect("begun");
    workflow::move_out(&mut tx, credentialing::WORKFLOW, noon())
        .await
        .expect("moved");
    workflow::move_out(&mut tx, credentialing::WORKFLOW, noon())
        .await
        .expect("moved");
    tx.commit().await.expect("committed");
    assert_eq!(called(&house).await, [before], "of what waits already, once");
    let request = open_request(&house, second, &NewRequest::default()).await;
    assert_eq!(called(&house).await, [request]);

    let fortnight = u64::try_from(days(14).num_milliseconds()).expect("positive");
    let next = advance(&house.store, request, noon()).await.expect("done");
    assert_eq!(next, Next::After(fortnight), "until the first reminder");
    assert_eq!(stage(&house, before).await, Stage::Intake, "of its own request only");
    work(&house, noon() + days(14)).await;
    let next = advance(&house.store, request, noon() + days(14)).await.expect("done");
    assert_eq!(next, Next::After(fortnight), "until the second");
    assert_eq!(
        tasks(&house, request).await,
        ["decide", "remind:14"],
        "by the other engine, once"
    );
    called(&house).await;
    let overdue = async |now| {
        let mut tx = house.store.begin(&engine()).await.expect("begun");
        let late = workflow::overdue(&mut tx, credentialing::WORKFLOW, now, 100).await;
        late.expect("read").len()
    };
    assert_eq!(overdue(noon() + days(28)).await, 0);
    assert_eq!(overdue(noon() + days(29)).await, 2, "nobody came");

    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let notes = Some("no");
    credentialing::close(&mut tx, request, Closing::Declined, notes, noon() + days(15))
        .await
        .expect("closed");
    drop(tx);
    assert!(called(&house).await.is_empty(), "with the decision or not at all");
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::close(&mut tx, request, Closing::Declined, notes, noon() + days(15))
        .await
        .expect("closed");
    tx.commit().await.expect("committed");
    assert_eq!(called(&house).await, [request]);
    let next = advance(&house.store, request, noon() + days(15)).await.expect("done");
    assert_eq!(next, Next::Nothing);

    let next = advance(&house.store, before, noon() + days(400)).await.expect("done");
    assert_eq!(next, Next::Call, "open, and past all its clocks");
    approve(&house, before, noon() + days(400)).await;
    assert_eq!(called(&house).await, [before]);
    let mut tx = house.store.begin(&engine()).await.expect("begun");
    workflow::move_in(&mut tx).await.expect("moved");
    tx.commit().await.expect("committed");
    let third = house.provider("BROWN", None).await.id;
    open_request(&house, third, &NewRequest::default()).await;
    assert!(called(&house).await.is_empty(), "home again");
}
