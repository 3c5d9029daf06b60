//! Credentialing under faults: a write that fails at any moment, a damaged line of a file, another engine. The end is the same.

use chrono::{DateTime, Utc};
use provider_directory::{
    feed::workflow::{Next, advance, run_due},
    store::{
        credentialing::{self, NewRequest, doors::Closing},
        exclusion, verification,
        workflow::{self, engine},
    },
    vocab::{
        CredentialingRequestId,
        terms::{Element, NetworkStatus, Profile, Stage},
    },
};

use super::{
    credentialing_requests::verified,
    credentialing_steps::{approve, days, excluded, open_request, stage, status, tasks, work},
    house::{House, admin, noon},
};

/// Everything that a run leaves behind, without keys and without how often something was tried.
pub async fn state(house: &House) -> Vec<String> {
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
        force: false,
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
