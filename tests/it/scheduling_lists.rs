//! Lists of slots and appointments read about as many rows as a page has, however many a tenant has and whoever else is there.
//! What is counted is what Postgres says that it has read: nothing here is timed.

use std::time::Duration;

use chrono::{DateTime, Utc};
use provider_directory::{
    domain::{
        access::{Actor, Role},
        slot::State,
    },
    store::{
        Store, Tx, appointments,
        slot_search::{self, Bound, Edge, Moment, Relation},
        slots::{self, Which},
    },
    vocab::{ClinicId, OrganizationId, PractitionerId, ids::ScheduleId},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::house::{House, noon};

/// Rows of a page.
const PAGE: i64 = 20;
/// What a tenant has of each.
const EACH: i64 = 5_000;

/// Four tenants with five clinics, 25 practitioners and [`EACH`] slots, most of them booked. They are made set by set, past the
/// triggers, and the planner is told of them.
const PLANTED: &str = "
    SET session_replication_role = replica;
    INSERT INTO organization (id, name, slug, type)
    SELECT gen_random_uuid(), 'Tenant ' || n, 'tenant-' || n, 'clinic' FROM generate_series(1, 4) n;
    INSERT INTO clinic (organization_id, name, time_zone, created_at, updated_at)
    SELECT o.id, 'Clinic ' || n, 'America/New_York', now(), now() FROM organization o, generate_series(1, 5) n;
    INSERT INTO practitioner (organization_id, user_id, name, created_at, updated_at)
    SELECT o.id, gen_random_uuid(), 'Person ' || n, now(), now() FROM organization o, generate_series(1, 25) n;
    INSERT INTO clinic_assignment (organization_id, practitioner_id, clinic_id, start_date, is_primary)
    SELECT p.organization_id, p.id, c.id, '2026-01-01', true
    FROM (SELECT *, row_number() OVER (PARTITION BY organization_id ORDER BY id) AS n FROM practitioner) p
    JOIN (SELECT *, row_number() OVER (PARTITION BY organization_id ORDER BY id) AS n FROM clinic) c
        ON c.organization_id = p.organization_id AND c.n = 1 + p.n % 5;
    INSERT INTO schedule (organization_id, practitioner_id, clinic_id, day_of_week, start_time, end_time, slot_minutes,
        buffer_minutes, max_bookings, valid_from, materialized_through, created_at, updated_at)
    SELECT a.organization_id, a.practitioner_id, a.clinic_id, 1, '00:00', '00:00', 30, 0, 1, '2026-01-01', '2027-06-01',
        now(), now()
    FROM clinic_assignment a;
    INSERT INTO time_slot (organization_id, schedule_id, practitioner_id, clinic_id, starts_at, ends_at, max_bookings, taken)
    SELECT d.organization_id, d.id, d.practitioner_id, d.clinic_id, t.at, t.at + '30 minutes'::interval, 1,
        CASE WHEN t.n % 5 = 0 THEN 0 ELSE 1 END
    FROM schedule d, LATERAL (
        SELECT n, '2026-11-01T00:00:00Z'::timestamptz + n * '6 hours'::interval AS at FROM generate_series(0, 199) n) t;
    INSERT INTO appointment (organization_id, slot_id, practitioner_id, clinic_id, starts_at, ends_at, patient_reference,
        created_at, updated_at)
    SELECT organization_id, id, practitioner_id, clinic_id, starts_at, ends_at,
        'patient-' || row_number() OVER (PARTITION BY organization_id ORDER BY starts_at, id) % 800, now(), now()
    FROM time_slot WHERE taken = 1;
    UPDATE appointment SET slot_id = NULL, displaced = true
    WHERE id IN (SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY organization_id ORDER BY starts_at DESC, id) AS n FROM appointment) a
        WHERE n <= 10);
    SET session_replication_role = DEFAULT;
    ANALYZE";

/// The world, and whom of the first tenant is asked about.
struct Planted {
    house: House,
    actor: Actor,
    clinic: ClinicId,
    practitioner: PractitionerId,
    schedule: ScheduleId,
}

impl Planted {
    async fn new() -> Self {
        let house = House::open().await;
        house.sql(PLANTED).await;
        let (organization, clinic, practitioner, schedule): (Uuid, Uuid, Uuid, Uuid) = sqlx::query_as(
            "SELECT d.organization_id, d.clinic_id, d.practitioner_id, d.id FROM schedule d
            JOIN organization o ON o.id = d.organization_id WHERE o.slug = 'tenant-1' ORDER BY d.id LIMIT 1",
        )
        .fetch_one(&mut house.owner().await)
        .await
        .expect("planted");
        Self {
            house,
            actor: Actor::new("user:x", Role::OrganizationAdmin).within(OrganizationId(organization)),
            clinic: clinic.into(),
            practitioner: practitioner.into(),
            schedule: schedule.into(),
        }
    }

    /// The rows that a look finds, and how many rows of a table are read for it.
    async fn read(&self, table: &str, look: impl AsyncFnOnce(&mut Tx) -> usize) -> (usize, i64) {
        let mut owner = self.house.owner().await;
        // Connections tell what they have read when they end: those that planted are gone first.
        let (mut connected, mut planting) = others(&mut owner).await;
        while planting > 0 {
            tokio::time::sleep(Duration::from_millis(10)).await;
            (connected, planting) = others(&mut owner).await;
        }
        let before = rows_read(&mut owner, table).await;
        let store = Store::connect(&self.house.access, 1).await.expect("connected");
        let mut tx = store.begin(&self.actor).await.expect("begun");
        let found = look(&mut tx).await;
        tx.commit().await.expect("committed");
        store.close().await;
        loop {
            let ((left, _), read) = (others(&mut owner).await, rows_read(&mut owner, table).await - before);
            if left <= connected && read >= i64::try_from(found).expect("few") {
                return (found, read);
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }
}

/// How many other connections the services have, and the owner.
async fn others(owner: &mut PgConnection) -> (i64, i64) {
    sqlx::query_as(
        "SELECT count(*) FILTER (WHERE usename <> current_user), count(*) FILTER (WHERE usename = current_user)
        FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()",
    )
    .fetch_one(owner)
    .await
    .expect("counted")
}

async fn rows_read(owner: &mut PgConnection, table: &str) -> i64 {
    sqlx::query_scalar(
        "SELECT (coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0))::bigint
        FROM pg_stat_user_tables WHERE relname = $1",
    )
    .bind(table)
    .fetch_one(owner)
    .await
    .expect("read")
}

fn at(text: &str) -> DateTime<Utc> {
    text.parse().expect("a moment")
}

#[tokio::test]
async fn a_page_of_slots_reads_no_more_than_a_page() {
    let planted = Planted::new().await;
    let late = Some(at("2026-12-18T09:00:00Z"));
    let all = slots::Filter {
        which: Which::All,
        ..slots::Filter::default()
    };
    let filters = [
        slots::Filter::default(),
        all.clone(),
        slots::Filter {
            from: late,
            ..slots::Filter::default()
        },
        slots::Filter {
            from: late,
            ..all.clone()
        },
        slots::Filter {
            which: Which::Busy,
            from: late,
            until: Some(at("2026-12-19T09:00:00Z")),
            ..slots::Filter::default()
        },
        slots::Filter {
            clinic_id: Some(planted.clinic),
            ..slots::Filter::default()
        },
        slots::Filter {
            clinic_id: Some(planted.clinic),
            from: late,
            ..all.clone()
        },
        slots::Filter {
            practitioners: Some(vec![planted.practitioner]),
            from: late,
            ..all.clone()
        },
        slots::Filter {
            schedule_id: Some(planted.schedule),
            from: late,
            ..all.clone()
        },
        slots::Filter {
            after: Some((at("2026-12-18T06:00:00Z"), Uuid::max().into())),
            ..all
        },
    ];
    for filter in filters {
        let (found, read) = planted
            .read("time_slot", async |tx| {
                slots::list(tx, &filter, PAGE, noon()).await.expect("slots").len()
            })
            .await;
        assert!(found >= 10, "{found} found: {filter:?}");
        assert!(read < EACH / 10, "{read} rows read: {filter:?}");
    }

    let begin = |relation, text| Bound {
        edge: Edge::Start,
        relation,
        moment: Moment::At(at(text)),
    };
    let searches = [
        slot_search::Filter::default(),
        slot_search::Filter {
            bounds: vec![
                begin(Relation::From, "2026-12-18T09:00:00Z"),
                begin(Relation::Before, "2026-12-20T09:00:00Z"),
            ],
            states: Some(vec![State::Busy]),
            ..slot_search::Filter::default()
        },
        slot_search::Filter {
            schedules: Some(vec![planted.schedule]),
            bounds: vec![begin(Relation::After, "2026-12-10T09:00:00Z")],
            ..slot_search::Filter::default()
        },
    ];
    for filter in searches {
        let (found, read) = planted
            .read("time_slot", async |tx| {
                slot_search::list(tx, &filter, PAGE, noon()).await.expect("slots").len()
            })
            .await;
        assert!(found >= 10, "{found} found: {filter:?}");
        assert!(read < EACH / 10, "{read} rows read: {filter:?}");
    }
    let two: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM time_slot WHERE schedule_id = $1 LIMIT 2")
        .bind(planted.schedule.0)
        .fetch_all(&mut planted.house.owner().await)
        .await
        .expect("two");
    let by_key = slot_search::Filter {
        ids: Some(two.into_iter().map(Into::into).collect()),
        ..slot_search::Filter::default()
    };
    let (found, read) = planted
        .read("time_slot", async |tx| {
            slot_search::list(tx, &by_key, PAGE, noon()).await.expect("slots").len()
        })
        .await;
    assert_eq!(found, 2);
    assert!(read < 10, "{read} rows read for two by their keys");
}

#[tokio::test]
async fn a_page_of_appointments_reads_no_more_than_a_page() {
    let planted = Planted::new().await;
    let late = Some(at("2026-12-10T09:00:00Z"));
    type Filter = appointments::Filter;
    for (filter, wanted) in [
        (Filter::default(), 20),
        (
            Filter {
                from: late,
                ..Filter::default()
            },
            20,
        ),
        (
            Filter {
                from: late,
                until: Some(at("2026-12-11T09:00:00Z")),
                ..Filter::default()
            },
            20,
        ),
        (
            Filter {
                clinic_id: Some(planted.clinic),
                from: late,
                ..Filter::default()
            },
            20,
        ),
        (
            Filter {
                practitioner_id: Some(planted.practitioner),
                from: late,
                ..Filter::default()
            },
            20,
        ),
        (
            Filter {
                patient_reference: Some("patient-7".to_owned()),
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                displaced: Some(true),
                ..Filter::default()
            },
            1,
        ),
    ] {
        let (found, read) = planted
            .read("appointment", async |tx| {
                appointments::list(tx, &filter, PAGE).await.expect("read").len()
            })
            .await;
        assert!(found >= wanted, "{found} found: {filter:?}");
        assert!(read < EACH / 10, "{read} rows read: {filter:?}");
    }
}
