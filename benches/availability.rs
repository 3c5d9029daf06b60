//! How long does it take to find the first slots among millions, and when providers are next free?
//!
//! ```text
//! cargo bench --bench availability -- [--slots 2000000] [--practitioners 1000] [--tenants 4] [--trials 1000]
//! ```
//!
//! Several tenants, which have the slots and practitioners between them: a planner that has seen one tenant only knows every row for
//! its own. Each has slots over weeks at ten clinics, nine in ten of them full in the first half. What is measured is a whole read
//! as the interface does it: transaction, holds that have run out, the question itself, each asked by another tenant at random.
//! Below, what the feed reads for the table beside the index: the next free slots of one provider as after a booking, and of
//! everybody as at a start.

mod ground;

use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, TimeZone, Utc};
use provider_directory::{
    domain::access::{Actor, Role},
    store::{
        Store, appointments, free_slots,
        slots::{self, Filter, Which},
    },
    vocab::{ClinicId, OrganizationId, PractitionerId, ProviderId},
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use uuid::Uuid;

/// Clinics of a tenant.
const CLINICS: u64 = 10;

/// How much there is.
#[derive(Clone, Copy)]
struct Size {
    slots: u64,
    people: u64,
    tenants: u64,
}

fn main() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let tenants = ground::number("tenants", 4).max(1);
    let size = Size {
        slots: ground::number("slots", 2_000_000),
        people: ground::number("practitioners", 1_000).max(tenants),
        tenants,
    };
    runtime.block_on(measure(size, ground::number("trials", 1_000)));
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).single().expect("a moment")
}

/// One of the tenants, and whom it has.
struct Tenant {
    actor: Actor,
    clinics: Vec<ClinicId>,
    people: Vec<PractitionerId>,
}

impl Tenant {
    fn new(number: u64, size: Size) -> Self {
        let organization = OrganizationId(id("organization", number));
        let mine = |last: u64| (1..=last).filter(move |n| n % size.tenants == number);
        Self {
            actor: Actor::new("bench", Role::OrganizationAdmin).within(organization),
            clinics: mine(CLINICS * size.tenants)
                .map(|n| ClinicId(id("clinic", n)))
                .collect(),
            people: mine(size.people)
                .map(|n| PractitionerId(id("practitioner", n)))
                .collect(),
        }
    }
}

async fn measure(size: Size, trials: u64) {
    let ground = ground::Ground::open("availability").await;
    let mut owner = PgConnection::connect_with(&ground.access.owner)
        .await
        .expect("the owner");
    fill(&mut owner, size).await;
    let tenants: Vec<Tenant> = (0..size.tenants).map(|n| Tenant::new(n, size)).collect();
    let mut dice = StdRng::seed_from_u64(1);
    println!(
        "{} slots of {} practitioners in {} tenants; {trials} trials each; times in ms; {} MB of this process",
        size.slots,
        size.people,
        size.tenants,
        ground::peak_megabytes()
    );
    println!("{:<52} {:>6} {:>8} {:>8} {:>8}", "", "rows", "p50", "p99", "max");
    for (name, kind) in [
        ("first 20 free: of one practitioner", 0),
        ("first 20 free: of one, of a type, from a day on", 1),
        ("first 20 free: at one clinic, from a day on", 2),
        ("first 20 free: of thirty practitioners (a specialty)", 3),
        ("first 20 free: of a third of all, from a day on", 4),
        ("first 20 free: of the whole organisation", 5),
        ("50 of any status: of the organisation, from a day on", 6),
        ("50 of any status: at one clinic, from a day on", 7),
    ] {
        let mut times = Times::default();
        for _ in 0..trials + WARM {
            let tenant = &tenants[dice.random_range(0..tenants.len())];
            let filter = question(kind, tenant, &mut dice);
            let begun = Instant::now();
            let rows = ask(&ground.store, &tenant.actor, &filter, if kind < 6 { 20 } else { 50 }).await;
            times.add(begun, rows);
        }
        times.tell(name);
    }
    let mut times = Times::default();
    for _ in 0..trials + WARM {
        let tenant = &tenants[dice.random_range(0..tenants.len())];
        let filter = appointments::Filter {
            from: Some(some_day(&mut dice)),
            ..appointments::Filter::default()
        };
        let begun = Instant::now();
        let mut tx = ground.store.begin(&tenant.actor).await.expect("begun");
        let found = appointments::list(&mut tx, &filter, 50).await.expect("appointments");
        tx.commit().await.expect("committed");
        times.add(begun, found.len());
    }
    times.tell("50 appointments: of the organisation, from a day on");
    let mut times = Times::default();
    for _ in 0..trials + WARM {
        let provider = ProviderId(id("provider", dice.random_range(1..=size.people)));
        let begun = Instant::now();
        let found = free_slots::load(&ground.store, &[provider], now(), NEXT).await;
        times.add(begun, found.expect("slots").len());
    }
    times.tell("next 16 free of one provider, beside the index");
    everybody(&ground.store).await;
    owner.close().await.expect("closed");
    ground.close().await;
}

/// Trials before those that count.
const WARM: u64 = 20;
/// The slots of a provider that the feed keeps.
const NEXT: i32 = 16;

/// What a start reads: everybody's next free slots, page by page.
async fn everybody(store: &Store) {
    let (begun, mut after, mut providers, mut slots) = (Instant::now(), None, 0, 0);
    loop {
        let page = free_slots::providers(store, after, 500).await.expect("providers");
        let Some(last) = page.last() else { break };
        after = Some(*last);
        providers += page.len();
        slots += free_slots::load(store, &page, now(), NEXT).await.expect("slots").len();
    }
    let took = ms(begun.elapsed());
    println!("at a start: {slots} next free slots of {providers} providers in {took:.0} ms");
}

/// How long trials took, without the first few.
#[derive(Default)]
struct Times {
    tries: u64,
    rows: usize,
    times: Vec<Duration>,
}

impl Times {
    fn add(&mut self, begun: Instant, rows: usize) {
        let took = begun.elapsed();
        self.tries += 1;
        self.rows = self.rows.max(rows);
        if self.tries > WARM {
            self.times.push(took);
        }
    }

    fn tell(mut self, name: &str) {
        self.times.sort_unstable();
        let last = self.times.len().saturating_sub(1);
        let at = |share: usize| ms(self.times[(self.times.len() * share / 100).min(last)]);
        let rows = self.rows;
        println!("{name:<52} {rows:>6} {:>8.2} {:>8.2} {:>8.2}", at(50), at(99), at(100));
    }
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1000.0
}

async fn ask(store: &Store, actor: &Actor, filter: &Filter, limit: i64) -> usize {
    let mut tx = store.begin(actor).await.expect("begun");
    let found = slots::list(&mut tx, filter, limit, now()).await.expect("slots");
    tx.commit().await.expect("committed");
    found.len()
}

fn some_day(dice: &mut StdRng) -> DateTime<Utc> {
    now() + TimeDelta::hours(dice.random_range(0..24 * 30))
}

fn question(kind: u8, tenant: &Tenant, dice: &mut StdRng) -> Filter {
    let everybody = &tenant.people;
    let start = dice.random_range(0..everybody.len());
    let some = |count: usize| {
        let step = (everybody.len() / count.max(1)).max(1);
        Some(
            (0..count.min(everybody.len()))
                .map(|n| everybody[(start + n * step) % everybody.len()])
                .collect::<Vec<_>>(),
        )
    };
    let clinic = Some(tenant.clinics[dice.random_range(0..tenant.clinics.len())]);
    let later = Some(some_day(dice));
    let mut filter = Filter::default();
    match kind {
        0 => filter.practitioners = some(1),
        1 => {
            filter.practitioners = some(1);
            filter.appointment_type = Some("vaccination".to_owned());
            filter.from = later;
        }
        2 => (filter.clinic_id, filter.from) = (clinic, later),
        3 => filter.practitioners = some(30),
        4 => (filter.practitioners, filter.from) = (some(everybody.len() / 3), later),
        6 => (filter.which, filter.from) = (Which::All, later),
        7 => (filter.which, filter.clinic_id, filter.from) = (Which::All, clinic, later),
        _ => {}
    }
    filter
}

/// The `number`th of something, always the same.
fn id(what: &str, number: u64) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_OID, format!("{what} {number}").as_bytes())
}

/// Fills the tables set by set, past the triggers: the slots of a practitioner stand one behind the other. What has a number is of
/// the tenant that is left when it is divided by how many there are.
async fn fill(owner: &mut PgConnection, size: Size) {
    let each = size.slots / size.people;
    let ids = |what: &str, first: u64, last: u64| (first..=last).map(|n| id(what, n)).collect::<Vec<_>>();
    run(owner, "SET session_replication_role = replica").await;
    let at = "'2026-01-01T00:00:00Z'";
    let tenant = format!(
        "(SELECT o.id FROM organization o WHERE o.slug = 'bench-' || u.n % {})",
        size.tenants
    );
    for (what, list, sql) in [
        (
            "organization",
            ids("organization", 0, size.tenants - 1),
            "WITH made AS (
                INSERT INTO organization (id, name, slug, type)
                SELECT u.id, 'Bench ' || u.n - 1, 'bench-' || u.n - 1, 'clinic'
                FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, n) RETURNING id)
            INSERT INTO organization_config (organization_id, version, document, changed_at)
            SELECT id, 1, '{\"appointments\": {\"public_free_slots\": true}}', now() FROM made"
                .to_owned(),
        ),
        (
            "clinic",
            ids("clinic", 1, CLINICS * size.tenants),
            format!(
                "INSERT INTO clinic (id, organization_id, name, time_zone, created_at, updated_at)
                SELECT u.id, {tenant}, 'Clinic ' || u.n, 'America/New_York', {at}, {at}
                FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, n)"
            ),
        ),
        (
            "practitioner",
            ids("practitioner", 1, size.people),
            format!(
                "INSERT INTO practitioner (id, organization_id, user_id, name, created_at, updated_at)
                SELECT u.id, {tenant}, u.id, 'Person ' || u.n, {at}, {at}
                FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, n)"
            ),
        ),
        (
            "provider",
            ids("provider", 1, size.people),
            "UPDATE practitioner p SET provider_id = u.id FROM unnest($1::uuid[]) WITH ORDINALITY AS u (id, n)
            WHERE p.name = 'Person ' || u.n"
                .to_owned(),
        ),
    ] {
        let filled = sqlx::query(AssertSqlSafe(sql)).bind(list).execute(&mut *owner).await;
        filled.unwrap_or_else(|e| panic!("{what}: {e}"));
    }
    run(owner, &format!(
        "INSERT INTO clinic_assignment (organization_id, practitioner_id, clinic_id, start_date, is_primary)
        SELECT p.organization_id, p.id, c.id, '2026-01-01', c.n = 1 FROM practitioner p JOIN
            (SELECT id, organization_id, row_number() OVER (PARTITION BY organization_id ORDER BY id) AS n FROM clinic) c
            ON c.organization_id = p.organization_id;
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
                FROM generate_series(0, {each} - 1) slot WHERE slot / 16 % {CLINICS} = d.n) t;
        INSERT INTO appointment (organization_id, slot_id, practitioner_id, clinic_id, starts_at, ends_at, patient_reference,
            created_at, updated_at)
        SELECT organization_id, id, practitioner_id, clinic_id, starts_at, ends_at, id::text, {at}, {at}
        FROM time_slot WHERE taken = 1"
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
