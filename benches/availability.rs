//! How long does it take to find the first free slots among millions?
//!
//! ```text
//! cargo bench --bench availability -- [--slots 2000000] [--practitioners 1000] [--trials 1000]
//! ```
//!
//! One tenant, slots over sixty days at ten clinics, nine in ten of them full in the first weeks. What is measured is a whole
//! read as the interface does it: transaction, holds that have run out, the question itself.

mod ground;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use provider_directory::{
    domain::access::{Actor, Role},
    store::{
        Store,
        slots::{self, Filter},
    },
    vocab::{ClinicId, OrganizationId, PractitionerId},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure(
        ground::number("slots", 2_000_000),
        ground::number("practitioners", 1_000),
        ground::number("trials", 1_000),
    ));
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).single().expect("a moment")
}

async fn measure(count: u64, people: u64, trials: u64) {
    let ground = ground::Ground::open("availability").await;
    let mut owner = PgConnection::connect_with(&ground.access.owner)
        .await
        .expect("the owner");
    fill(&mut owner, count, people).await;
    let actor = Actor::new("bench", Role::OrganizationAdmin).within(OrganizationId(id("organization", 1)));
    let mut dice = StdRng::seed_from_u64(1);
    let everybody: Vec<PractitionerId> = (1..=people).map(|n| PractitionerId(id("practitioner", n))).collect();
    let resident = ground::peak_megabytes();
    println!(
        "{count} slots of {people} practitioners; {trials} trials each; times in ms; {resident} MB of this process"
    );
    println!(
        "{:<44} {:>8} {:>8} {:>8} {:>8}",
        "first 20 free slots", "rows", "p50", "p99", "max"
    );
    for (name, kind) in [
        ("of one practitioner", 0),
        ("of one practitioner, of a type, from a day on", 1),
        ("at one clinic, from a day on", 2),
        ("of thirty practitioners (a specialty)", 3),
        ("of a fifth of all practitioners, from a day on", 4),
        ("of the whole organisation", 5),
    ] {
        let mut times = Vec::new();
        let mut rows = 0;
        for trial in 0..trials + 20 {
            let filter = question(kind, &everybody, &mut dice);
            let begun = Instant::now();
            rows = rows.max(ask(&ground.store, &actor, &filter).await);
            if trial >= 20 {
                times.push(begun.elapsed());
            }
        }
        times.sort_unstable();
        let at = |share: usize| ms(times[(times.len() * share / 100).min(times.len() - 1)]);
        println!("{name:<44} {rows:>8} {:>8.2} {:>8.2} {:>8.2}", at(50), at(99), at(100));
    }
    owner.close().await.expect("closed");
    ground.close().await;
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

async fn ask(store: &Store, actor: &Actor, filter: &Filter) -> usize {
    let mut tx = store.begin(actor).await.expect("begun");
    let found = slots::list(&mut tx, filter, 20, now()).await.expect("slots");
    tx.commit().await.expect("committed");
    found.len()
}

fn question(kind: u8, everybody: &[PractitionerId], dice: &mut StdRng) -> Filter {
    let start = dice.random_range(0..everybody.len());
    let some = |count: usize| {
        let step = (everybody.len() / count).max(1);
        Some(
            (0..count)
                .map(|n| everybody[(start + n * step) % everybody.len()])
                .collect::<Vec<_>>(),
        )
    };
    let later = Some(now() + TimeDelta::hours(dice.random_range(0..24 * 50)));
    let mut filter = Filter::default();
    match kind {
        0 => filter.practitioners = some(1),
        1 => {
            filter.practitioners = some(1);
            filter.appointment_type = Some("vaccination".to_owned());
            filter.from = later;
        }
        2 => {
            filter.clinic_id = Some(ClinicId(id("clinic", dice.random_range(1..=10))));
            filter.from = later;
        }
        3 => filter.practitioners = some(30),
        4 => {
            filter.practitioners = some(everybody.len() / 5);
            filter.from = later;
        }
        _ => {}
    }
    filter
}

/// The `number`th of something, always the same.
fn id(what: &str, number: u64) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{what} {number}").as_bytes())
}

/// Fills the tables set by set, past the triggers: the slots of a practitioner stand one behind the other.
async fn fill(owner: &mut PgConnection, count: u64, people: u64) {
    let each = count / people.max(1);
    let organization = id("organization", 1);
    let ids = |what: &str, last: u64| (1..=last).map(|n| id(what, n)).collect::<Vec<_>>();
    run(owner, "SET session_replication_role = replica").await;
    run(
        owner,
        &format!(
            "INSERT INTO organization (id, name, slug, type) VALUES ('{organization}', 'Bench', 'bench', 'clinic')"
        ),
    )
    .await;
    let at = "'2026-01-01T00:00:00Z'";
    for (what, list, sql) in [
        (
            "clinic",
            ids("clinic", 10),
            format!(
                "INSERT INTO clinic (id, organization_id, name, time_zone, created_at, updated_at)
            SELECT u.id, '{organization}', 'Clinic ' || n, 'America/New_York', {at}, {at}
            FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, n)"
            ),
        ),
        (
            "practitioner",
            ids("practitioner", people),
            format!(
                "INSERT INTO practitioner (id, organization_id, user_id, name, created_at, updated_at)
            SELECT u.id, '{organization}', u.id, 'Person ' || n, {at}, {at}
            FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, n)"
            ),
        ),
    ] {
        let filled = sqlx::query(AssertSqlSafe(sql)).bind(list).execute(&mut *owner).await;
        filled.unwrap_or_else(|e| panic!("{what}: {e}"));
    }
    run(owner, &format!(
        "INSERT INTO clinic_assignment (organization_id, practitioner_id, clinic_id, start_date, is_primary)
        SELECT '{organization}', p.id, c.id, '2026-01-01', c.n = 1 FROM practitioner p,
            (SELECT id, row_number() OVER (ORDER BY id) AS n FROM clinic) c;
        INSERT INTO schedule (organization_id, practitioner_id, clinic_id, day_of_week, start_time, end_time, slot_minutes,
            buffer_minutes, max_bookings, valid_from, materialized_through, created_at, updated_at)
        SELECT a.organization_id, a.practitioner_id, a.clinic_id, 1, '00:00', '00:00', 30, 0, 1, '2026-01-01', '2027-01-21',
            {at}, {at}
        FROM clinic_assignment a;
        INSERT INTO time_slot (organization_id, schedule_id, practitioner_id, clinic_id, starts_at, ends_at, max_bookings,
            taken, appointment_types)
        SELECT d.organization_id, d.id, d.practitioner_id, d.clinic_id, t.at, t.at + '30 minutes'::interval, 1,
            CASE WHEN t.slot < {each} / 2 AND t.slot % 10 <> 0 THEN 1 ELSE 0 END,
            CASE t.slot % 3 WHEN 0 THEN ARRAY['Vaccination'] WHEN 1 THEN ARRAY['Checkup'] ELSE '{{}}' END
        FROM (SELECT d.*, row_number() OVER (PARTITION BY d.practitioner_id ORDER BY d.clinic_id) - 1 AS n FROM schedule d) d,
            LATERAL (SELECT slot, '2026-11-15T00:00:00Z'::timestamptz + slot * '30 minutes'::interval AS at
                FROM generate_series(0, {each} - 1) slot WHERE slot / 16 % 10 = d.n) t"
    ))
    .await;
    run(owner, "SET session_replication_role = DEFAULT").await;
    run(owner, "VACUUM (ANALYZE) time_slot").await;
    run(owner, "ANALYZE").await;
}

async fn run(owner: &mut PgConnection, sql: &str) {
    let done = sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(owner).await;
    done.unwrap_or_else(|e| panic!("{sql}: {e}"));
}
