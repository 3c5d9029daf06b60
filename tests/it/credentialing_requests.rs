//! Requests to be let in: decided once, by the right people, with everything that follows or nothing.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use proptest::{
    prelude::{Just, Strategy, prop_oneof},
    strategy::ValueTree,
    test_runner::TestRunner,
};
use provider_directory::{
    domain::{
        access::{Actor, Role},
        credentialing::{self as rules, Application, Request},
    },
    store::{
        Error, Tx,
        credentialing::{self, NewRequest, doors::Closing},
        providers::{self, ProviderKey},
        verification::{self, NewVerification},
    },
    vocab::{
        CredentialingRequestId, OrganizationId, ProviderId,
        terms::{Element, Finding, NetworkStatus, Profile, RequestStatus},
    },
};
use serde_json::json;
use sqlx::{Connection, PgConnection};

use crate::house::{House, admin, execute, noon};

pub fn reviewer(name: &str, organization: OrganizationId) -> Actor {
    Actor::new(name, Role::Reviewer).within(organization)
}

/// Somebody else of the platform than who submits.
pub fn second() -> Actor {
    Actor::new("token:second", Role::PlatformAdmin)
}

pub async fn submitted(tx: &mut Tx, provider: ProviderId, new: &NewRequest) -> CredentialingRequestId {
    credentialing::submit(tx, provider, new, noon())
        .await
        .expect("submitted")
}

pub fn verified(element: Element, on: NaiveDate) -> NewVerification {
    NewVerification {
        element,
        source: "the board".to_owned(),
        verified_on: on,
        method: "web".to_owned(),
        result: Finding::Confirmed,
        document: Some("doc:1".to_owned()),
        note: None,
        expires_on: None,
        state: None,
    }
}

async fn status(tx: &mut Tx, id: ProviderId) -> NetworkStatus {
    let found = providers::find(tx, &ProviderKey::Id(id)).await.expect("asked");
    found.expect("there").network_status
}

/// 3.01, 3.04: all fields; a rejection leaves the provider, a re-application names the request before.
#[tokio::test]
async fn feature_3_01_and_3_04_a_request_is_decided_once_and_another_may_follow() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let first = submitted(&mut tx, id, &NewRequest::default()).await;
    let twice = credentialing::submit(&mut tx, id, &NewRequest::default(), noon()).await;
    assert!(matches!(twice, Err(Error::Refused(fault)) if fault.code == "open_request"));
    drop(tx);

    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let first = if credentialing::find(&mut tx, first).await.is_ok() {
        first
    } else {
        submitted(&mut tx, id, &NewRequest::default()).await
    };
    let rejected = credentialing::close(&mut tx, first, Closing::Declined, Some("no licence"), noon())
        .await
        .expect("rejected");
    assert_eq!(rejected.status, RequestStatus::Rejected);
    assert_eq!(rejected.reviewer_notes.as_deref(), Some("no licence"));
    assert_eq!(
        (rejected.reviewed_at, rejected.reviewer.as_deref()),
        (Some(noon()), Some("token:test"))
    );
    assert_eq!(status(&mut tx, id).await, NetworkStatus::Pending);
    for again in [
        credentialing::approve(&mut tx, first, None, noon()).await,
        credentialing::close(&mut tx, first, Closing::Withdrawn, None, noon()).await,
    ] {
        assert!(
            matches!(&again, Err(Error::Refused(fault)) if fault.code == "request_transition"),
            "{again:?}"
        );
    }
    let next = submitted(&mut tx, id, &NewRequest::default()).await;
    let next = credentialing::approve(&mut tx, next, Some("all there"), noon())
        .await
        .expect("approved");
    assert_eq!(next.previous_request_id, Some(first));
    assert_eq!(status(&mut tx, id).await, NetworkStatus::Active);
    tx.commit().await.expect("committed");
}

/// 3.05: who submitted does not decide where four eyes are asked for, in the program and in the database.
#[tokio::test]
async fn feature_3_05_four_eyes_see_more() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let strict = NewRequest {
        four_eyes: true,
        ..NewRequest::default()
    };
    let request = submitted(&mut tx, id, &strict).await;
    tx.commit().await.expect("committed");
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let own = credentialing::approve(&mut tx, request, None, noon()).await;
    assert!(matches!(own, Err(Error::RefusedAll(faults)) if faults[0].code == "four_eyes"));
    let own = credentialing::close(&mut tx, request, Closing::Declined, Some("x"), noon()).await;
    assert!(matches!(own, Err(Error::Refused(fault)) if fault.code == "four_eyes"));
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    let sql = format!(
        "SELECT set_config('app.role', 'platform_admin', false), set_config('app.actor', 'token:test', false);
        SELECT credentialing_approve('{request}', 'by hand', now())"
    );
    let refused = sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut app).await;
    assert!(refused.expect_err("refused").to_string().contains("does not decide it"));
    let mut tx = house.store.begin(&second()).await.expect("begun");
    let approved = credentialing::approve(&mut tx, request, None, noon())
        .await
        .expect("approved");
    assert_eq!(approved.reviewer.as_deref(), Some("token:second"));
}

/// 3.03: whatever statement of an approval fails, nothing of it is there; without a fault, all of it.
#[tokio::test]
async fn feature_3_03_an_approval_is_whole_or_not_at_all() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let request = submitted(&mut tx, id, &NewRequest::default()).await;
    tx.commit().await.expect("committed");
    house
        .sql(
            "CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS
            $$ BEGIN RAISE EXCEPTION 'a fault'; END $$",
        )
        .await;
    let begin = house.settled().await;
    for (table, when) in [
        ("credentialing_request", "UPDATE"),
        ("provider", "UPDATE"),
        ("provider_status_history", "INSERT"),
        ("outbox", "INSERT"),
        ("credentialing_event", "INSERT"),
        ("credentialing_task", "INSERT"),
        ("workflow_step", "INSERT"),
        ("audit", "INSERT"),
        ("audit_seal", "INSERT"),
    ] {
        house
            .sql(&format!(
                "CREATE TRIGGER zz_fault AFTER {when} ON {table} FOR EACH ROW EXECUTE FUNCTION fault()"
            ))
            .await;
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        let done = match credentialing::approve(&mut tx, request, None, noon()).await {
            Ok(_) => tx.commit().await.map(drop),
            Err(error) => Err(error),
        };
        assert!(done.is_err(), "{table}");
        house.sql(&format!("DROP TRIGGER zz_fault ON {table}")).await;
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        assert_eq!(status(&mut tx, id).await, NetworkStatus::Pending, "{table}");
        let still = credentialing::find(&mut tx, request).await.expect("there");
        assert_eq!(still.status, RequestStatus::Submitted, "{table}");
        drop(tx);
        assert!(house.entries(begin).await.is_empty(), "{table}");
    }
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    credentialing::approve(&mut tx, request, None, noon())
        .await
        .expect("approved");
    tx.commit().await.expect("committed");
    assert_eq!(house.entries(begin).await.len(), 1, "one row of the outbox");
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let found = providers::find(&mut tx, &ProviderKey::Id(id))
        .await
        .expect("asked")
        .expect("there");
    assert_eq!(
        (found.network_status, found.activated_at),
        (NetworkStatus::Active, Some(noon()))
    );
}

/// 3.06, 3.07, 3.08: nothing may be missing or too old, and what is recorded stays as it is.
#[tokio::test]
async fn feature_3_06_to_3_08_a_file_must_be_complete_and_fresh() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let new = NewRequest {
        profile: Some(Profile::NcqaAccreditation),
        application: application(),
        ..NewRequest::default()
    };
    let request = submitted(&mut tx, id, &new).await;
    let on = noon().date_naive() - TimeDelta::days(20);
    for missing in Element::ALL {
        let refused = credentialing::approve(&mut tx, request, None, noon()).await;
        let Err(Error::RefusedAll(faults)) = refused else {
            panic!("{missing} is missing: {refused:?}");
        };
        let named = faults.iter().any(|f| f.field == missing.code() && f.code == "missing");
        assert!(named, "{missing}: {faults:?}");
        verification::record(&mut tx, request, &verified(*missing, on), noon())
            .await
            .expect("recorded");
    }
    tx.commit().await.expect("committed");
    for (days, may) in [(100, true), (101, false)] {
        // Recorded twenty days ago; the decision comes when they are 120 or 121 days old.
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        let decision = noon() + TimeDelta::days(days);
        let approved = credentialing::approve(&mut tx, request, None, decision).await;
        assert_eq!(approved.is_ok(), may, "{days}: {approved:?}");
    }
    let touched = sqlx::query("UPDATE verification SET result = 'adverse'")
        .execute(&mut house.owner().await)
        .await;
    assert!(touched.expect_err("refused").to_string().contains("never changed"));
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    for sql in [
        "UPDATE verification SET result = 'adverse'",
        "DELETE FROM verification",
        "DELETE FROM credentialing_event",
    ] {
        assert!(
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut app).await.is_err(),
            "{sql}"
        );
    }
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    let mut future = verified(Element::License, on);
    future.verified_on = noon().date_naive() + TimeDelta::days(1);
    let refused = verification::record(&mut tx, request, &future, noon()).await;
    assert!(matches!(refused, Err(Error::Refused(fault)) if fault.field == "verified_on"));
}

pub fn application() -> Application {
    serde_json::from_value(json!({"work_history": [{"from": "2010-01-01"}], "school": "UT"})).expect("an application")
}

/// A tenant reviews for itself; what it may not decide about, and what is another's, it does not.
#[tokio::test]
async fn tenants_decide_about_their_own_and_with_authority_about_public_providers() {
    let house = House::open().await;
    let (mine, other) = (
        house.organization("Mine").await.id,
        house.organization("Other").await.id,
    );
    let public = house.provider("SMITH", None).await.id;
    let mut tx = house.store.begin(&reviewer("ann", mine)).await.expect("begun");
    let request = submitted(&mut tx, public, &NewRequest::default()).await;
    tx.commit().await.expect("committed");
    let mut tx = house.store.begin(&reviewer("eve", other)).await.expect("begun");
    assert!(matches!(
        credentialing::find(&mut tx, request).await,
        Err(Error::NotFound)
    ));
    assert!(matches!(
        credentialing::approve(&mut tx, request, None, noon()).await,
        Err(Error::NotFound)
    ));
    // The other tenant's own request does not collide with one that it can't see.
    submitted(&mut tx, public, &NewRequest::default()).await;
    drop(tx);
    let mut tx = house.store.begin(&reviewer("bob", mine)).await.expect("begun");
    let refused = credentialing::approve(&mut tx, request, None, noon()).await;
    assert!(matches!(refused, Err(Error::Forbidden)), "{refused:?}");
    drop(tx);
    house
        .sql(&format!(
            "INSERT INTO credentialing_authority (organization_id) VALUES ('{mine}')"
        ))
        .await;
    house
        .sql(&format!(
            "INSERT INTO credentialing_rules (tenant, rules, changed_at) VALUES ('{mine}', '{{\"four_eyes\": true}}', now())"
        ))
        .await;
    let mut tx = house.store.begin(&reviewer("ann", mine)).await.expect("begun");
    let own = credentialing::approve(&mut tx, request, None, noon()).await;
    assert!(matches!(own, Err(Error::RefusedAll(faults)) if faults[0].code == "four_eyes"));
    drop(tx);
    let mut tx = house.store.begin(&reviewer("bob", mine)).await.expect("begun");
    let approved: Request = credentialing::approve(&mut tx, request, None, noon())
        .await
        .expect("approved");
    assert_eq!(approved.organization_id, Some(mine));
    assert_eq!(status(&mut tx, public).await, NetworkStatus::Active);
}

/// 3.09: the database and the rules count the same end, also from the last of February.
#[tokio::test]
async fn feature_3_09_an_approval_ends_when_the_rules_say() {
    let house = House::open().await;
    for (decided, provisional) in [
        ("2024-02-29T23:30:00Z", false),
        ("2026-01-31T04:00:00Z", false),
        ("2026-08-31T12:00:00Z", true),
    ] {
        let decided: DateTime<Utc> = decided.parse().expect("a moment");
        let id = house.provider("SMITH", None).await.id;
        let mut tx = house.store.begin(&admin()).await.expect("begun");
        let new = NewRequest {
            provisional,
            ..NewRequest::default()
        };
        let request = credentialing::submit(&mut tx, id, &new, decided)
            .await
            .expect("submitted");
        let approved = credentialing::approve(&mut tx, request, None, decided)
            .await
            .expect("approved");
        assert_eq!(approved.expires_at, Some(rules::expires(decided, provisional)));
    }
}

/// What may be tried with a provider.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Move {
    Submit,
    Approve,
    Reject,
    Deactivate,
    Reactivate,
    /// As a roster credentialed elsewhere.
    Delegate,
    /// The approvals run out.
    Later,
}

/// What the database should hold, by the rules alone.
#[derive(Clone, Copy, Debug)]
struct Model {
    status: NetworkStatus,
    open: bool,
    until: Option<DateTime<Utc>>,
    activated: Option<DateTime<Utc>>,
    now: DateTime<Utc>,
}

impl Model {
    /// Whether the move is allowed, and the state after it.
    fn after(self, step: Move) -> Option<Self> {
        let credentialed = self.until.is_some_and(|until| until > self.now);
        let to_active = |mut model: Self| {
            model.activated = model.activated.or(Some(model.now));
            model.status = NetworkStatus::Active;
            model
        };
        let approved = |mut model: Self, decided: DateTime<Utc>| {
            model.until = model.until.max(Some(rules::expires(decided, false)));
            to_active(model)
        };
        match step {
            Move::Submit => (!self.open).then_some(Self { open: true, ..self }),
            Move::Approve => self.open.then(|| approved(Self { open: false, ..self }, self.now)),
            Move::Reject => self.open.then_some(Self { open: false, ..self }),
            Move::Deactivate => rules::may_move(self.status, NetworkStatus::Inactive, credentialed)
                .is_ok()
                .then_some(Self {
                    status: NetworkStatus::Inactive,
                    ..self
                }),
            Move::Reactivate => (self.status == NetworkStatus::Inactive && credentialed).then(|| to_active(self)),
            Move::Delegate if self.status == NetworkStatus::Active => Some(self),
            Move::Delegate => {
                let day = self.now.date_naive().and_time(chrono::NaiveTime::MIN).and_utc();
                Some(approved(self, day))
            }
            Move::Later => {
                let now = self.now + TimeDelta::days(800);
                let over = self.until.is_some_and(|until| until <= now);
                let status = match self.status {
                    NetworkStatus::Active if over => NetworkStatus::Inactive,
                    status => status,
                };
                Some(Self { now, status, ..self })
            }
        }
    }
}

/// 2.06: any sequence of moves ends where the rules say, and what the rules refuse the database refuses.
#[tokio::test]
async fn feature_2_06_any_sequence_of_moves_is_as_the_model_says() {
    let house = House::open().await;
    let moves = proptest::collection::vec(
        prop_oneof![
            Just(Move::Submit),
            Just(Move::Submit),
            Just(Move::Approve),
            Just(Move::Reject),
            Just(Move::Deactivate),
            Just(Move::Reactivate),
            Just(Move::Delegate),
            Just(Move::Later),
        ],
        4..14,
    );
    let mut runner = TestRunner::deterministic();
    for _ in 0..40 {
        let sequence = moves.new_tree(&mut runner).expect("a sequence").current();
        let id = house.provider("SMITH", None).await.id;
        let mut model = Model {
            status: NetworkStatus::Pending,
            open: false,
            until: None,
            activated: None,
            now: noon(),
        };
        let mut request = None;
        for step in &sequence {
            let expected = model.after(*step);
            let mut tx = house.store.begin(&admin()).await.expect("begun");
            let now = model.now;
            let done = match step {
                Move::Submit => credentialing::submit(&mut tx, id, &NewRequest::default(), now)
                    .await
                    .map(|made| request = Some(made))
                    .is_ok(),
                Move::Approve => match request {
                    Some(request) => credentialing::approve(&mut tx, request, None, now).await.is_ok(),
                    None => false,
                },
                Move::Reject => match request {
                    Some(request) => credentialing::close(&mut tx, request, Closing::Declined, None, now)
                        .await
                        .is_ok(),
                    None => false,
                },
                Move::Deactivate => {
                    let found = providers::find(&mut tx, &ProviderKey::Id(id))
                        .await
                        .expect("asked")
                        .expect("there");
                    providers::deactivate(&mut tx, id, found.version, "x", now)
                        .await
                        .is_ok()
                }
                Move::Reactivate => matches!(credentialing::reactivate(&mut tx, id, "x", now).await, Ok(true)),
                Move::Delegate => credentialing::approve_delegated(&mut tx, &[id], "R", now.date_naive(), now)
                    .await
                    .is_ok(),
                Move::Later => credentialing::lapse(&mut tx, 1000, now + TimeDelta::days(800))
                    .await
                    .is_ok(),
            };
            assert_eq!(done, expected.is_some(), "{step:?} of {sequence:?} from {model:?}");
            if done {
                tx.commit().await.expect("committed");
                model = expected.expect("allowed");
            }
            model.now += TimeDelta::seconds(1);
            let mut tx = house.store.begin(&admin()).await.expect("begun");
            let found = providers::find(&mut tx, &ProviderKey::Id(id))
                .await
                .expect("asked")
                .expect("there");
            assert_eq!(found.network_status, model.status, "{step:?} of {sequence:?}");
            assert_eq!(found.activated_at, model.activated, "{step:?} of {sequence:?}");
        }
    }
}

/// 3.03: the service role has no way to ACTIVE by plain SQL, whatever it says it is.
#[tokio::test]
async fn no_sql_of_the_service_role_leads_past_a_decision() {
    let house = House::open().await;
    let id = house.provider("SMITH", None).await.id;
    let mut app = PgConnection::connect_with(&house.access.app).await.expect("connected");
    execute(
        &mut app,
        "SELECT set_config('app.role', 'platform_admin', false), set_config('app.actor', 'x', false)",
    )
    .await;
    let open = format!("INSERT INTO credentialing_request (provider_id, submitted_at) VALUES ('{id}', now())");
    execute(&mut app, &open).await;
    for sql in [
        "UPDATE credentialing_request SET status = 'APPROVED'",
        "UPDATE credentialing_request SET stage = 'DECIDED'",
        "UPDATE credentialing_request SET lapsed_at = NULL",
        "UPDATE credentialing_request SET submitted_by = 'y'",
        "INSERT INTO credentialing_authority VALUES (uuid_v7())",
        "SELECT credentialing_needs_four_eyes(r) FROM credentialing_request r",
    ] {
        assert!(
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&mut app).await.is_err(),
            "{sql}"
        );
    }
    execute(&mut app, "SELECT set_config('app.role', 'member', false)").await;
    let decided =
        format!("SELECT credentialing_approve(r.id, '', now()) FROM credentialing_request r WHERE '{id}' <> ''");
    execute(&mut app, &decided).await;
    let mut tx = house.store.begin(&admin()).await.expect("begun");
    assert_eq!(
        status(&mut tx, id).await,
        NetworkStatus::Pending,
        "a member sees no request to approve"
    );
}
