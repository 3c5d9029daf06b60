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
    vocab::{ClinicId, OrganizationId, PractitionerId, ids::ScheduleId, terms::AppointmentStatus},
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::house::{House, noon};

/// Rows of a page.
const PAGE: i64 = 20;
/// What is read for a page at most, of the 5,000 that a tenant has: what others have, is elapsed or is over by the moment from
/// which on they are asked for is passed in the index.
const MOST: i64 = 3 * PAGE;

/// Four tenants with five clinics, 25 practitioners and 5,000 slots, most of them booked. They are made set by set, past the
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
    UPDATE appointment SET status = 'no_show'
    WHERE id IN (SELECT id FROM (
        SELECT id, row_number() OVER (PARTITION BY organization_id ORDER BY starts_at, id) AS n FROM appointment) a
        WHERE n % 200 = 0);
    SET session_replication_role = DEFAULT;
    ANALYZE";

/// The world, and whom of the first tenant is asked about.
struct Planted {
    house: House,
    actor: Actor,
    clinic: ClinicId,
    practitioner: PractitionerId,
    /// All that the tenant has.
    practitioners: Vec<PractitionerId>,
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
        let everybody: Vec<Uuid> = sqlx::query_scalar("SELECT id FROM practitioner WHERE organization_id = $1")
            .bind(organization)
            .fetch_all(&mut house.owner().await)
            .await
            .expect("planted");
        Self {
            practitioners: everybody.into_iter().map(Into::into).collect(),
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
            clinic_id: Some(planted.clinic),
            which: Which::Busy,
            from: late,
            ..slots::Filter::default()
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
        assert!(read <= MOST, "{read} rows read: {filter:?}");
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
        assert!(read <= MOST, "{read} rows read: {filter:?}");
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

    // 5.02: however much others have, it costs this tenant nothing.
    let first = async |of: &Planted| {
        let list = async |tx: &mut Tx| {
            slots::list(tx, &all_from(late), PAGE, noon())
                .await
                .expect("slots")
                .len()
        };
        of.read("time_slot", list).await
    };
    let before = first(&planted).await;
    planted.house.sql(OTHERS_GROW).await;
    assert_eq!(first(&planted).await, before);
}

/// Slots of any status from a moment on.
fn all_from(from: Option<DateTime<Utc>>) -> slots::Filter {
    slots::Filter {
        which: Which::All,
        from,
        ..slots::Filter::default()
    }
}

/// Every other tenant gets twice as many slots again.
const OTHERS_GROW: &str = "
    SET session_replication_role = replica;
    INSERT INTO time_slot (organization_id, schedule_id, practitioner_id, clinic_id, starts_at, ends_at, max_bookings, taken)
    SELECT s.organization_id, schedule_id, practitioner_id, clinic_id, starts_at + n * '1 hour'::interval,
        ends_at + n * '1 hour'::interval, max_bookings, 0
    FROM time_slot s JOIN organization o ON o.id = s.organization_id, generate_series(1, 2) n WHERE o.slug <> 'tenant-1';
    SET session_replication_role = DEFAULT;
    ANALYZE time_slot";

/// Of many practitioners at once a share is read of each, and more only of those who are free before the others: the first slots
/// of all are the same as if all had been read.
#[tokio::test]
async fn the_first_slots_of_many_practitioners_read_few_of_each() {
    let planted = Planted::new().await;
    let count = i64::try_from(planted.practitioners.len()).expect("few");
    let of_many = slots::Filter {
        practitioners: Some(planted.practitioners.clone()),
        ..slots::Filter::default()
    };
    let whole = slots::Filter::default();
    // At first all are free every thirtieth hour, then some of them nearly always and the others hardly ever.
    for world in [
        "SELECT",
        "SET session_replication_role = replica;
        UPDATE time_slot SET taken = CASE WHEN abs(hashtext(practitioner_id::text)) % 6 = 0
            OR abs(hashtext(id::text)) % 25 = 0 THEN 0 ELSE 1 END",
    ] {
        planted.house.sql(world).await;
        let (found, read) = planted
            .read("time_slot", async |tx| {
                slots::list(tx, &of_many, PAGE, noon()).await.expect("slots").len()
            })
            .await;
        assert_eq!(found, 20);
        // Four of each, a page of each of the five at most who had all four before the others, and the next that ends a search.
        assert!(read <= 4 * count + 5 * PAGE + 2 * count, "{read} rows read");
        let mut tx = planted.house.store.begin(&planted.actor).await.expect("begun");
        for limit in [1, 2, 7, PAGE, 51, 300] {
            let many = slots::list(&mut tx, &of_many, limit, noon()).await.expect("slots");
            let all = slots::list(&mut tx, &whole, limit, noon()).await.expect("slots");
            assert_eq!(many, all, "{limit}");
        }
        let two = slots::Filter {
            practitioners: Some(planted.practitioners[..2].to_vec()),
            ..slots::Filter::default()
        };
        let both = slots::list(&mut tx, &two, PAGE, noon()).await.expect("slots");
        let mut all = slots::list(&mut tx, &whole, 5_000, noon()).await.expect("slots");
        all.retain(|slot| planted.practitioners[..2].contains(&slot.practitioner_id));
        all.truncate(20);
        assert_eq!(both, all);
    }
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
        (
            Filter {
                status: Some(AppointmentStatus::NoShow),
                ..Filter::default()
            },
            19,
        ),
        (
            Filter {
                status: Some(AppointmentStatus::NoShow),
                from: late,
                ..Filter::default()
            },
            1,
        ),
        (
            Filter {
                status: Some(AppointmentStatus::Arrived),
                ..Filter::default()
            },
            0,
        ),
    ] {
        let (found, read) = planted
            .read("appointment", async |tx| {
                appointments::list(tx, &filter, PAGE).await.expect("read").len()
            })
            .await;
        assert!(found >= wanted, "{found} found: {filter:?}");
        // A few hundred may be gathered and sorted: the planner finds that as cheap.
        assert!(read <= 250, "{read} rows read: {filter:?}");
    }
}
