//! The index answers exactly what a naive scan over the rows answers: which rows, in which order, how far, how many, on
//! every page; whether a row is in the base segment, in a small one, in the overlay, replaced or removed; whoever asks, for
//! nobody and for each tenant with what is its own; and who is free when.

use std::{cmp::Ordering, collections::BTreeMap, sync::OnceLock};

use chrono::{DateTime, NaiveDate, TimeZone, Utc};
use geo::{Distance, Haversine, Intersects, LineString, Polygon};
use proptest::prelude::*;
use provider_directory::{
    domain::{
        provider::{Location, Name, OpeningHours, OtherName, Participation, Provider, Specialty},
        reference::{Days, Life, Network, OonPolicy, PendingPolicy, Plan, PlanNetwork, Reference},
    },
    index::{
        Change, Index,
        free_slots::{Free, FreeSlot, FreeSlots},
        layout::VERSION,
        schema::Handle,
    },
    query::{self, Request, filter::NameWanted},
    vocab::{
        Locator, NetworkId, Npi, OrganizationId, PartyId, PlanId, Position, ProviderId,
        names::words,
        place::Point,
        terms::{Accepting, Gender, NetworkStatus, PositionQuality, ProviderKind},
    },
};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

const SPECIALTIES: [&str; 4] = ["207RC0000X", "208000000X", "207Q00000X", "282N00000X"];
const LANGUAGES: [&str; 4] = ["en", "es", "vi", "zh"];
const FIRST: [&str; 5] = ["Maria", "John", "Li", "Aoife", "José"];
const LAST: [&str; 6] = ["Smith", "O'Brien", "Garcia-Lopez", "Ng", "De La Cruz", "Young"];
const STATES: [&str; 3] = ["NY", "TX", "AK"];
const CITIES: [&str; 3] = ["New York", "Houston", "Nome"];

fn schema() -> Handle {
    static SCHEMA: OnceLock<Handle> = OnceLock::new();
    SCHEMA.get_or_init(Handle::embedded).clone()
}

fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).single().expect("a moment")
}

fn today() -> NaiveDate {
    now().date_naive()
}

fn id(kind: u128, number: u64) -> Uuid {
    // Three in a row have the same rank, if their status is the same, too.
    Uuid::from_u128(kind << 96 | u128::from(number / 3) << 70 | u128::from(number))
}

fn network(number: u64) -> NetworkId {
    NetworkId(id(7, number))
}

/// 70 networks, so that where all are met some have no bit of their own in the masks; plan 0 uses networks 0 and 1, plan 1 the gold tier of 2.
fn reference() -> Reference {
    let organization_id = id(9, 1).into();
    let plan = |number, networks| Plan {
        id: PlanId(id(8, number)),
        code: format!("PLAN{number}"),
        name: format!("Plan {number}"),
        organization_id,
        networks,
        oon_policy: OonPolicy::Pay,
        pending_policy: PendingPolicy::Hold,
        life: Life::default(),
    };
    let in_network = |number, tier: Option<&str>| PlanNetwork {
        network_id: network(number),
        tier: tier.map(str::to_owned),
        days: Days::default(),
    };
    Reference {
        networks: (0..70)
            .map(|n| Network {
                id: network(n),
                name: format!("Network {n}"),
                organization_id,
                public: true,
                life: Life::default(),
            })
            .collect(),
        plans: vec![
            plan(0, vec![in_network(0, None), in_network(1, None)]),
            plan(1, vec![in_network(2, Some("GOLD"))]),
        ],
        organizations: Vec::new(),
    }
}

/// Points in a handful of clusters: around New York, around the date line, by a pole (not on it, where all longitudes are
/// one point and rounding alone would order them), and many on one and the same point.
fn point(rng: &mut ChaCha8Rng) -> Point {
    let (lat, lon) = *[
        (40.75, -73.99),
        (40.75, -73.99),
        (51.9, 179.9),
        (13.4, 144.8),
        (89.9, 10.0),
        (29.76, -95.37),
    ]
    .choose(rng)
    .expect("not empty");
    let spread = *[0.0, 0.0, 0.02, 0.5, 3.0].choose(rng).expect("not empty");
    let lat: f64 = lat + rng.random_range(-1.0..=1.0) * spread;
    let mut lon: f64 = lon + rng.random_range(-1.0..=1.0) * spread;
    if lon > 180.0 {
        lon -= 360.0;
    }
    Point::from_degrees(lat.clamp(-89.99, 89.99), lon).expect("on the globe")
}

/// Zones, and how far their clocks are from Greenwich on the day of [`now`], in minutes.
const ZONES: [Option<(&str, i64)>; 4] = [
    None,
    Some(("America/New_York", -300)),
    Some(("America/Denver", -420)),
    Some(("Pacific/Auckland", 780)),
];

/// Opening hours: unknown, on working days, on a Sunday morning, over the night to Monday.
fn hours(kind: u32) -> Vec<OpeningHours> {
    let open = |weekday, opens, closes| OpeningHours { weekday, opens, closes };
    match kind {
        0 => (1..=5).map(|weekday| open(weekday, 480, 1_020)).collect(),
        1 => vec![open(7, 300, 450)],
        2 => vec![open(7, 1_320, 120), open(2, 600, 660)],
        _ => Vec::new(),
    }
}

/// Moments that are asked for.
const MOMENTS: [&str; 4] = ["now", "2026-11-22T06:00", "2026-11-23T01:00", "2026-11-24T10:30"];

const WEEK: i64 = 7 * 24 * 60;

fn provider(number: u64, version: i64, rng: &mut ChaCha8Rng) -> Provider {
    let pick = |rng: &mut ChaCha8Rng, list: &[&str]| (*list.choose(rng).expect("not empty")).to_owned();
    let person = rng.random_bool(0.8);
    let name = if person {
        Name {
            first: Some(pick(rng, &FIRST)),
            last: Some(pick(rng, &LAST)),
            ..Name::default()
        }
    } else {
        Name {
            organization: Some(format!("{} Clinic", pick(rng, &LAST))),
            ..Name::default()
        }
    };
    let locations: Vec<Location> = (0..*[0, 1, 1, 1, 2, 3].choose(rng).expect("not empty"))
        .map(|n| {
            let point = rng.random_bool(0.9).then(|| point(rng));
            let at = rng.random_range(0..3);
            Location {
                id: id(3, number * 8 + n).into(),
                line1: None,
                line2: None,
                city: Some(CITIES[at].to_owned()),
                state: Some(STATES[at].to_owned()),
                postal_code: Some(format!("1001{}", rng.random_range(0..4))),
                county: None,
                country: "US".to_owned(),
                point,
                position_quality: PositionQuality::PostalCode,
                phone: None,
                fax: None,
                time_zone: ZONES.choose(rng).expect("not empty").map(|(zone, _)| zone.to_owned()),
                hours: hours(rng.random_range(0..5)),
                telehealth: rng.random_bool(0.3),
                accessibility: Vec::new(),
                primary: n == 0,
            }
        })
        .collect();
    let participations = (0..rng.random_range(0..4))
        .map(|_| Participation {
            id: Uuid::nil(),
            network_id: network(if rng.random_bool(0.5) {
                *[0, 1, 2, 66, 69].choose(rng).expect("not empty")
            } else {
                rng.random_range(0..70)
            }),
            location_id: locations.choose(rng).filter(|_| rng.random_bool(0.5)).map(|l| l.id),
            tier: rng.random_bool(0.5).then(|| "GOLD".to_owned()),
            status: *NetworkStatus::ALL.choose(rng).expect("not empty"),
            effective: NaiveDate::from_ymd_opt(2026, *[1, 11, 12].choose(rng).expect("not empty"), 22).expect("a day"),
            termination: None,
            accepting: *[None, Some(Accepting::New), Some(Accepting::None)]
                .choose(rng)
                .expect("not empty"),
            characteristics: None,
        })
        .collect();
    let mut specialties: Vec<Specialty> = Vec::new();
    for n in 0..rng.random_range(0..3) {
        let code = pick(rng, &SPECIALTIES);
        specialties.push(Specialty {
            code,
            primary: n == 0,
            license_number: None,
            license_state: None,
        });
    }
    let mut languages: Vec<String> = (0..rng.random_range(0..3)).map(|_| pick(rng, &LANGUAGES)).collect();
    if rng.random_bool(0.6) {
        // Of all that are known, so that some have no bit of their own.
        let lexicon = schema().lexicon();
        let known: Vec<_> = lexicon.languages.iter().collect();
        languages.extend(known.choose(rng).map(|term| term.code.clone()));
    }
    languages.sort();
    languages.dedup();
    let other_names = if rng.random_bool(0.4) {
        vec![OtherName {
            type_code: 1,
            name: Name {
                last: Some(pick(rng, &LAST)),
                ..Name::default()
            },
        }]
    } else {
        Vec::new()
    };
    Provider {
        id: id(1, number).into(),
        locator: Locator {
            year: 2026,
            number: number as u32 + 1,
        },
        npi: rng.random_bool(0.9).then(|| Npi::from_base(200_000_000 + number)),
        party_id: PartyId(Uuid::nil()),
        kind: if person {
            ProviderKind::Individual
        } else {
            ProviderKind::Organization
        },
        category: if person {
            "practitioner".to_owned()
        } else {
            "clinic".to_owned()
        },
        name,
        other_names,
        specialties,
        languages,
        gender: *[None, Some(Gender::Female), Some(Gender::Male)]
            .choose(rng)
            .expect("not empty"),
        network_status: *NetworkStatus::ALL.choose(rng).expect("not empty"),
        address: None,
        phone: None,
        email: None,
        activated_at: None,
        version,
        owner_organization_id: rng.random_bool(0.1).then(|| tenant(rng.random_range(0..2))),
        verified_at: rng.random_bool(0.5).then(|| {
            NaiveDate::from_ymd_opt(2026, *[3, 10].choose(rng).expect("not empty"), rng.random_range(1..5))
                .expect("a day")
        }),
        locations,
        identifiers: Vec::new(),
        affiliations: Vec::new(),
        participations,
    }
}

/// One of two tenants.
fn tenant(number: u64) -> OrganizationId {
    id(9, 2 + number).into()
}

/// When a provider is free: some never, some not any more, on clocks of three zones.
fn free(provider: ProviderId) -> Vec<FreeSlot> {
    let number = provider.0.as_u128() as u64;
    let slot = |nth: u64| FreeSlot {
        starts_at: now().timestamp() + 3_600 * (((number * 37) % 130 + nth * 45) as i64 - 60),
        utc_offset_minutes: [-300, 0, 540][(number % 3) as usize],
    };
    if number % 4 == 1 {
        Vec::new()
    } else {
        (0..2).map(slot).collect()
    }
}

fn table_of<'a>(providers: impl Iterator<Item = &'a ProviderId>) -> FreeSlots {
    let mut table = FreeSlots::default();
    for id in providers {
        let (slots, more) = (free(*id), false);
        let clinics = Vec::new();
        table.put(*id, Free { slots, clinics, more });
    }
    table
}

fn next_free(provider: ProviderId) -> Option<FreeSlot> {
    free(provider)
        .into_iter()
        .find(|slot| slot.starts_at > now().timestamp())
}

/// A world: the index, and the rows it was made from.
struct World {
    index: Index,
    /// What is public.
    rows: BTreeMap<ProviderId, Provider>,
    /// What is a tenant's own.
    own: BTreeMap<ProviderId, Provider>,
    folder: tempfile::TempDir,
}

/// Some rows built, some changed in two commits, some changed since, some removed at each step.
fn world(seed: u64) -> World {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let folder = tempfile::tempdir().expect("a folder");
    let index = Index::open(folder.path(), schema()).expect("an index");
    index.set_reference(reference());
    let mut rows = BTreeMap::new();
    let count = rng.random_range(1..160);
    let mut rebuild = index.rebuild().expect("a rebuild");
    for number in 0..count {
        let provider = provider(number, 1, &mut rng);
        rebuild.add(provider.clone(), today()).expect("added");
        rows.insert(provider.id, provider);
    }
    rebuild.seal(Position { xid: 1, id: 1 }, 42).expect("sealed");
    rebuild.swap().expect("swapped");
    let is_private = |provider: &&Provider| provider.owner_organization_id.is_some();
    let private = rows.values().filter(is_private).cloned().collect();
    index.set_private(private, Position { xid: 1, id: 1 }, today());
    for step in 2..5u64 {
        let mut changes = Vec::new();
        for _ in 0..rng.random_range(0..12) {
            let provider = provider(rng.random_range(0..count + 10), step as i64, &mut rng);
            if rng.random_bool(0.2) {
                rows.remove(&provider.id);
                changes.push(Change::Remove(provider.id));
            } else {
                rows.insert(provider.id, provider.clone());
                changes.push(Change::Put(Box::new(provider)));
            }
        }
        // Of several changes of one provider in a batch the last one counts.
        index
            .apply(changes, Position { xid: step, id: 1 }, today())
            .expect("applied");
        if step < 4 {
            index.commit(today()).expect("committed");
        }
    }
    index.set_free_slots(table_of(rows.keys()));
    let (rows, own) = rows.into_iter().partition(|(_, provider)| !is_private(&provider));
    World {
        index,
        rows,
        own,
        folder,
    }
}

/// A random query: its parameters.
fn query(rng: &mut ChaCha8Rng) -> Vec<(String, String)> {
    let mut pairs: Vec<(&str, String)> = Vec::new();
    // Sometimes a pole, or a point at sea.
    let place = match rng.random_range(0..12) {
        0 => Point::from_degrees(90.0, 25.0).expect("a pole"),
        1 => Point::from_degrees(-90.0, 0.0).expect("a pole"),
        2 => Point::from_degrees(30.0, -40.0).expect("the Atlantic"),
        3 => Point::from_degrees(52.0, -179.95).expect("beyond the Aleutians"),
        _ => point(rng),
    };
    if rng.random_bool(0.5) {
        pairs.push(("near", format!("{},{}", place.lat(), place.lon())));
        pairs.push((
            "radius",
            format!(
                "{}",
                [0.5, 5.0, 60.0, 800.0, 3_000.0, 12_000.0]
                    .choose(rng)
                    .expect("not empty")
            ),
        ));
    } else if rng.random_bool(0.3) {
        // The second begins on the very meridian of a crowd.
        let (w, e) = *[
            (-75.0, -73.0),
            (-73.99, -73.0),
            (179.0, -179.0),
            (-180.0, 180.0),
            (144.0, 145.0),
        ]
        .choose(rng)
        .expect("not empty");
        pairs.push((
            "bbox",
            format!(
                "{w},{},{e},{}",
                rng.random_range(-90.0..40.0),
                rng.random_range(41.0..90.0)
            ),
        ));
    } else if rng.random_bool(0.2) {
        let ring = *[
            "-75,40;-73,40;-73,41.5;-74.5,42",
            "-73.99,40.75;-73,40;-73,41.5",
            "178,50;180,50;180,54;178,53",
            "144.8,13.4;146,13;145,12",
        ]
        .choose(rng)
        .expect("not empty");
        pairs.push(("polygon", ring.to_owned()));
    }
    if rng.random_bool(0.4) {
        for _ in 0..rng.random_range(1..3) {
            pairs.push(("specialty", (*SPECIALTIES.choose(rng).expect("not empty")).to_owned()));
        }
    }
    if rng.random_bool(0.3) {
        pairs.push(("language", (*LANGUAGES.choose(rng).expect("not empty")).to_owned()));
    }
    if rng.random_bool(0.3) {
        pairs.push((
            "network_status",
            NetworkStatus::ALL.choose(rng).expect("not empty").to_string(),
        ));
    }
    if rng.random_bool(0.3) {
        pairs.push((
            "network",
            network(*[0, 1, 2, 66, 68].choose(rng).expect("not empty")).to_string(),
        ));
    }
    if rng.random_bool(0.15) {
        pairs.push(("plan", format!("PLAN{}", rng.random_range(0..2))));
    }
    if rng.random_bool(0.2) {
        pairs.push(("accepting_new_patients", rng.random_bool(0.7).to_string()));
    }
    if rng.random_bool(0.3) {
        let names = [
            "smith",
            "obrien",
            "O'Brien",
            "garcia",
            "garcialopez",
            "maria smith",
            "jose",
            "young clinic",
            "ng",
            "cruz",
        ];
        let misspelt = [
            "smiht",
            "mria smith",
            "obrian",
            "garcialopes",
            "jon young",
            "de la crux",
            "delacruz",
        ];
        let fuzzy = rng.random_bool(0.4);
        let name = if fuzzy && rng.random_bool(0.7) {
            *misspelt.choose(rng).expect("not empty")
        } else {
            *names.choose(rng).expect("not empty")
        };
        pairs.push(("name", name.to_owned()));
        pairs.push(("match", if fuzzy { "fuzzy" } else { "exact" }.to_owned()));
    }
    for (name, chance, value) in [
        ("gender", 0.1, "F".to_owned()),
        ("kind", 0.1, "organization".to_owned()),
        ("profession", 0.15, "physician".to_owned()),
        ("telehealth", 0.1, "true".to_owned()),
        ("state", 0.1, "TX".to_owned()),
        ("city", 0.1, "new york".to_owned()),
        ("postal_code", 0.1, "10012".to_owned()),
        ("open_at", 0.15, (*MOMENTS.choose(rng).expect("not empty")).to_owned()),
        (
            "exclude.open_at",
            0.06,
            (*MOMENTS.choose(rng).expect("not empty")).to_owned(),
        ),
        (
            "available_before",
            0.15,
            format!("2026-11-{}", rng.random_range(22..28)),
        ),
        ("exclude.language", 0.1, "es".to_owned()),
        ("exclude.specialty", 0.1, SPECIALTIES[0].to_owned()),
        ("exclude.gender", 0.08, "F".to_owned()),
        ("exclude.kind", 0.04, "organization".to_owned()),
        ("exclude.profession", 0.04, "physician".to_owned()),
        ("exclude.city", 0.08, "new york".to_owned()),
        ("exclude.state", 0.05, "TX".to_owned()),
        ("exclude.telehealth", 0.05, "true".to_owned()),
        ("exclude.network_status", 0.05, "PENDING".to_owned()),
        ("exclude.accepting_new_patients", 0.05, "true".to_owned()),
        (
            "exclude.network",
            0.1,
            network(*[0, 2, 66].choose(rng).expect("not empty")).to_string(),
        ),
        ("exclude.plan", 0.05, format!("PLAN{}", rng.random_range(0..2))),
        ("exclude.name", 0.08, "Smith".to_owned()),
        ("group", 0.3, "location".to_owned()),
    ] {
        if rng.random_bool(chance) {
            pairs.push((name, value));
        }
    }
    let mut sorts = vec!["relevance", "name", "verified", "next_available"];
    if pairs.iter().any(|(name, _)| *name == "near") {
        sorts.push("distance");
    }
    pairs.push(("sort", (*sorts.choose(rng).expect("not empty")).to_owned()));
    pairs
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect()
}

/// The naive reading of the parameters, written without any code of the index.
struct Naive<'a> {
    pairs: &'a [(String, String)],
    /// The name asked for, and what it may stand for besides: what that is, is the matter of `words_names`.
    names: Vec<NameWanted>,
}

/// A row as the scan sees it: the provider, its location, and what it is ordered by.
#[derive(Clone, Debug)]
struct Row {
    tier: u8,
    number: f64,
    text: String,
    provider: ProviderId,
    ordinal: usize,
    location: Option<Uuid>,
    miles: Option<f64>,
    /// What it weighs in an order by relevance.
    score: f64,
}

/// So many rows in the order of the index are ranked together.
const WINDOW: usize = 100;

fn before(a: &Row, b: &Row) -> Ordering {
    a.tier
        .cmp(&b.tier)
        .then(a.number.total_cmp(&b.number))
        .then_with(|| a.text.cmp(&b.text))
        .then(a.provider.cmp(&b.provider))
        .then(a.ordinal.cmp(&b.ordinal))
}

/// Whether a location is open, counted in minutes since the beginning of Monday.
fn is_open(place: &Location, at: &str) -> bool {
    let minute = match at {
        "now" => {
            let zone = ZONES
                .into_iter()
                .flatten()
                .find(|(zone, _)| place.time_zone.as_deref() == Some(*zone));
            // Noon of a Sunday in Greenwich.
            zone.map(|(_, offset)| (6 * 24 * 60 + 12 * 60 + offset).rem_euclid(WEEK))
        }
        "2026-11-22T06:00" => Some(6 * 24 * 60 + 6 * 60),
        "2026-11-23T01:00" => Some(60),
        _ => Some(24 * 60 + 10 * 60 + 30),
    };
    minute.is_some_and(|minute| {
        place.hours.iter().any(|hours| {
            let opens = i64::from(hours.weekday - 1) * 24 * 60 + i64::from(hours.opens);
            let stays = (i64::from(hours.closes) - i64::from(hours.opens)).rem_euclid(24 * 60);
            (minute - opens).rem_euclid(WEEK) < stays
        })
    })
}

impl Naive<'_> {
    fn all(&self, name: &str) -> Vec<&str> {
        self.pairs
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .collect()
    }

    fn one(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    fn scan(&self, rows: &BTreeMap<ProviderId, Provider>) -> Vec<Row> {
        let mut found: Vec<Row> = Vec::new();
        for provider in rows.values() {
            let Some(tier) = self.tier(provider) else { continue };
            let places = provider.locations.iter().map(Some).collect::<Vec<_>>();
            let places = if places.is_empty() { vec![None] } else { places };
            for (ordinal, place) in places.into_iter().enumerate() {
                if self.holds(provider, place) {
                    found.extend(self.row(provider, place, ordinal, tier));
                }
            }
        }
        found.sort_by(before);
        if self.one("group") != Some("location") {
            let mut seen = std::collections::BTreeSet::new();
            found.retain(|row| seen.insert(row.provider));
        }
        if self.one("sort") == Some("relevance") {
            for window in found.chunks_mut(WINDOW) {
                window.sort_by(|a, b| b.score.total_cmp(&a.score));
            }
        }
        found
    }

    /// The formula of the documents, in logarithms: how the name matches, nearness, status, new patients, verified lately.
    fn score(&self, provider: &Provider, place: Option<&Location>, tier: u8, miles: Option<f64>) -> f64 {
        let open = Naive {
            pairs: &[("accepting_new_patients".to_owned(), "true".to_owned())],
            names: Vec::new(),
        };
        let status: f64 = match provider.network_status {
            NetworkStatus::Active => 4.0,
            NetworkStatus::Pending => 2.0,
            NetworkStatus::Inactive => 1.0,
        };
        let lately = provider.verified_at.is_some_and(|day| (today() - day).num_days() <= 90);
        let name = if self.one("name").is_some() {
            -40.0 * f64::from(tier)
        } else {
            0.0
        };
        let near = miles.map_or(1.0, |miles| 1.0 / (1.0 + miles / 5.0));
        let accepting = if open.network_holds(provider, place) { 1.4 } else { 1.0 };
        let verified = if lately { 1.2 } else { 1.0 };
        name + f64::log2(near * status * accepting * verified)
    }

    fn tier(&self, provider: &Provider) -> Option<u8> {
        if self.names.is_empty() {
            return Some(0);
        }
        let of = |name: &Name| {
            let mut all = Vec::new();
            for part in [&name.first, &name.middle, &name.last, &name.suffix, &name.organization]
                .into_iter()
                .flatten()
            {
                all.extend(words(part));
            }
            for part in [&name.first, &name.last].into_iter().flatten() {
                all.push(words(part).concat());
            }
            all
        };
        let current = of(&provider.name);
        let others = provider.other_names.iter().flat_map(|other| of(&other.name));
        let any: Vec<String> = others.chain(current.iter().cloned()).collect();
        let tiers = self.names.iter().filter_map(|name| {
            if name.words.iter().all(|word| current.contains(word)) {
                Some(name.tier)
            } else {
                let bears = name.words.iter().all(|word| any.contains(word));
                bears.then_some(name.tier.max(1))
            }
        });
        tiers.min()
    }

    fn holds(&self, provider: &Provider, place: Option<&Location>) -> bool {
        let has_specialty = |code: &&str| provider.specialties.iter().any(|s| s.code == *code);
        let speaks = |code: &&str| provider.languages.iter().any(|l| l == code);
        let one_of = |name: &str, test: &dyn Fn(&&str) -> bool| {
            let asked = self.all(name);
            asked.is_empty() || asked.iter().any(test)
        };
        one_of("specialty", &has_specialty)
            && one_of("language", &speaks)
            && !self.all("exclude.specialty").iter().any(has_specialty)
            && !self.all("exclude.language").iter().any(speaks)
            && !self.excludes(provider, place)
            && one_of("gender", &|g| provider.gender.is_some_and(|own| own.code() == *g))
            && one_of("kind", &|k| provider.kind.code() == *k)
            && one_of("profession", &|_| {
                let physician = |specialty: &Specialty| specialty.code.starts_with("20");
                provider.kind == ProviderKind::Individual && provider.specialties.iter().any(physician)
            })
            && one_of("open_at", &|at| place.is_some_and(|p| is_open(p, at)))
            && one_of("telehealth", &|_| place.is_some_and(|p| p.telehealth))
            && one_of("state", &|s| place.is_some_and(|p| p.state.as_deref() == Some(s)))
            && one_of("city", &|_| {
                place.is_some_and(|p| p.city.as_deref() == Some("New York"))
            })
            && one_of("postal_code", &|z| {
                place.is_some_and(|p| p.postal_code.as_deref() == Some(z))
            })
            && self.one("available_before").is_none_or(|day| {
                let day: NaiveDate = day.parse().expect("a day");
                let clock = |slot: FreeSlot| slot.starts_at + i64::from(slot.utc_offset_minutes) * 60;
                let local = next_free(provider.id).and_then(|slot| DateTime::from_timestamp(clock(slot), 0));
                local.is_some_and(|local| local.date_naive() < day)
            })
            && self.network_holds(provider, place)
            && self.place_holds(place)
    }

    /// Whether one of the things that are not wanted is there: each is asked by itself, network and plan together.
    fn excludes(&self, provider: &Provider, place: Option<&Location>) -> bool {
        let of = |names: &[&str]| -> Vec<(String, String)> {
            let unwanted = self.pairs.iter().filter_map(|(name, value)| {
                let name = name.strip_prefix("exclude.").filter(|name| names.contains(name))?;
                Some((name.to_owned(), value.clone()))
            });
            unwanted.collect()
        };
        let has = |names: &[&str]| {
            let pairs = of(names);
            let asked = Naive {
                pairs: &pairs,
                names: Vec::new(),
            };
            !pairs.is_empty() && asked.holds(provider, place)
        };
        let named = |name: &(String, String)| {
            let own = [&provider.name.first, &provider.name.last, &provider.name.organization];
            own.into_iter()
                .flatten()
                .any(|part| words(part).contains(&name.1.to_lowercase()))
        };
        [
            "gender",
            "kind",
            "profession",
            "city",
            "state",
            "telehealth",
            "open_at",
            "network_status",
            "accepting_new_patients",
        ]
        .iter()
        .any(|name| has(&[name]))
            || has(&["network", "plan"])
            || of(&["name"]).iter().any(named)
    }

    fn network_holds(&self, provider: &Provider, place: Option<&Location>) -> bool {
        let here: Vec<(NetworkId, Option<&str>, NetworkStatus, Option<Accepting>)> = provider
            .participations
            .iter()
            .filter(|p| p.location_id.is_none() || p.location_id == place.map(|l| l.id))
            .map(|p| {
                (
                    p.network_id,
                    p.tier.as_deref(),
                    p.status_on(today(), provider.network_status),
                    p.accepting,
                )
            })
            .collect();
        // Two participations in one network and tier count as the better one, the first of equals.
        let mut best: Vec<(NetworkId, Option<&str>, NetworkStatus, Option<Accepting>)> = Vec::new();
        for row in here {
            match best.iter_mut().find(|b| (b.0, b.1) == (row.0, row.1)) {
                Some(known) if row.2 == NetworkStatus::Active && known.2 != NetworkStatus::Active => *known = row,
                Some(_) => {}
                None => best.push(row),
            }
        }
        let statuses = self.all("network_status");
        let accepting = self.one("accepting_new_patients").map(|v| v == "true");
        let networks = self.all("network");
        let plan = self.one("plan");
        if networks.is_empty() && plan.is_none() {
            let codes: Vec<Accepting> = best
                .iter()
                .filter(|b| b.2 == NetworkStatus::Active)
                .filter_map(|b| b.3)
                .collect();
            let open = (!codes.is_empty()).then(|| codes.contains(&Accepting::New));
            return (statuses.is_empty() || statuses.contains(&provider.network_status.code()))
                && accepting.is_none_or(|wanted| open == Some(wanted));
        }
        best.iter().any(|(network_id, tier, status, code)| {
            (networks.is_empty() || networks.contains(&network_id.to_string().as_str()))
                && match plan {
                    Some("PLAN0") => [network(0), network(1)].contains(network_id),
                    Some(_) => *network_id == network(2) && *tier == Some("GOLD"),
                    None => true,
                }
                && if statuses.is_empty() {
                    *status == NetworkStatus::Active
                } else {
                    statuses.contains(&status.code())
                }
                && accepting.is_none_or(|wanted| code.map(|c| c == Accepting::New) == Some(wanted))
        })
    }

    fn place_holds(&self, place: Option<&Location>) -> bool {
        let asked = ["near", "bbox", "polygon"].iter().any(|name| self.one(name).is_some());
        let Some(point) = place.and_then(|p| p.point) else {
            return !asked;
        };
        let near = self
            .miles(point)
            .zip(self.one("radius"))
            .is_none_or(|(miles, radius)| miles <= radius.parse().expect("a number"));
        let inside_box = self.one("bbox").is_none_or(|bbox| {
            let n: Vec<f64> = bbox.split(',').map(|n| n.parse().expect("a number")).collect();
            let lon = if n[0] <= n[2] {
                n[0] <= point.lon() && point.lon() <= n[2]
            } else {
                point.lon() >= n[0] || point.lon() <= n[2]
            };
            lon && n[1] <= point.lat() && point.lat() <= n[3]
        });
        let inside_area = self.one("polygon").is_none_or(|polygon| {
            let ring: Vec<(f64, f64)> = polygon
                .split(';')
                .map(|corner| corner.split_once(',').expect("a pair"))
                .map(|(lon, lat)| (lon.parse().expect("a number"), lat.parse().expect("a number")))
                .collect();
            Polygon::new(LineString::from(ring), Vec::new()).intersects(&geo::Point::new(point.lon(), point.lat()))
        });
        near && inside_box && inside_area
    }

    fn miles(&self, point: Point) -> Option<f64> {
        let (lat, lon) = self.one("near")?.split_once(',')?;
        let from = geo::Point::new(lon.parse::<f64>().ok()?, lat.parse::<f64>().ok()?);
        Some(Haversine.distance(from, geo::Point::new(point.lon(), point.lat())) / 1609.344)
    }

    fn row(&self, provider: &Provider, place: Option<&Location>, ordinal: usize, tier: u8) -> Option<Row> {
        let miles = place.and_then(|p| p.point).and_then(|point| self.miles(point));
        let rank = self.rank(provider);
        let named = self.one("name").is_some();
        let (tier, number, text) = match self.one("sort")? {
            "name" => (0, 0.0, provider.name.sort_key()),
            "verified" => (
                0,
                provider
                    .verified_at
                    .map_or(f64::MAX, |day| -f64::from(chrono::Datelike::num_days_from_ce(&day))),
                String::new(),
            ),
            "next_available" => {
                let slot = next_free(provider.id);
                (0, slot.map_or(f64::MAX, |slot| slot.starts_at as f64), String::new())
            }
            "distance" => (0, miles?, String::new()),
            _ if self.one("near").is_some() => (if named { tier } else { 0 }, miles?, String::new()),
            _ => (tier, rank, String::new()),
        };
        Some(Row {
            tier,
            number,
            text,
            provider: provider.id,
            ordinal,
            location: place.map(|p| p.id.0),
            miles,
            score: self.score(provider, place, tier, miles),
        })
    }

    /// ACTIVE before PENDING before INACTIVE; those who take new patients somewhere first; then by id.
    fn rank(&self, provider: &Provider) -> f64 {
        let open = {
            let places: Vec<Option<&Location>> = provider.locations.iter().map(Some).collect();
            let places = if places.is_empty() { vec![None] } else { places };
            let asks = Naive {
                pairs: &[("accepting_new_patients".to_owned(), "true".to_owned())],
                names: Vec::new(),
            };
            places.into_iter().any(|place| asks.network_holds(provider, place))
        };
        let status = match provider.network_status {
            NetworkStatus::Active => 0.0,
            NetworkStatus::Pending => 2.0,
            NetworkStatus::Inactive => 4.0,
        };
        status + if open { 0.0 } else { 1.0 }
    }
}

/// Checks what somebody of a tenant is answered, or nobody in particular.
fn check(world: &World, viewer: Option<OrganizationId>, pairs: &[(String, String)], limit: usize) {
    let snapshot = world.index.snapshot().for_tenant(viewer);
    let mut rows = world.rows.clone();
    let own = world
        .own
        .iter()
        .filter(|(_, provider)| provider.owner_organization_id == viewer);
    rows.extend(own.map(|(id, provider)| (*id, provider.clone())));
    let asked = Request::parse(pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
    let mut names = asked.conditions.names.clone();
    query::spelling::expand(&snapshot, &asked, &mut names);
    let expected = Naive { pairs, names }.scan(&rows);
    let mut shown: Vec<(ProviderId, Option<Uuid>)> = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut page = pairs.to_vec();
        page.push(("limit".to_owned(), limit.to_string()));
        page.extend(cursor.take().map(|c| ("cursor".to_owned(), c)));
        let request = Request::parse(&page, &snapshot.lexicon, &snapshot.reference).expect("a request");
        let answer = query::search(&snapshot, &request, now()).expect("an answer");
        assert_eq!(
            answer.total.map(|t| t.value),
            Some(expected.len() as u64),
            "total of {pairs:?}"
        );
        let plain = serde_json::to_string(&answer).expect("JSON");
        assert_eq!(
            String::from_utf8(answer.to_json().expect("JSON")).expect("a text"),
            plain,
            "the answer as it is sent"
        );
        for card in answer.cards() {
            let row = &expected[shown.len().min(expected.len() - 1)];
            if let Some((miles, card)) = row.miles.zip(card.distance_miles) {
                assert!((miles - card).abs() < 0.006, "{miles} is not {card}");
            }
            let free = next_free(card.id.into()).and_then(FreeSlot::local);
            assert_eq!(card.next_available, free.map(|at| at.to_rfc3339()), "next free slot");
            shown.push((ProviderId(card.id), card.location.map(|l| l.id)));
        }
        cursor.clone_from(&answer.next_cursor);
        if cursor.is_none() {
            break;
        }
        assert!(
            shown.len() <= expected.len(),
            "pages go on beyond the total of {pairs:?}"
        );
    }
    let by = |sort: &str| pairs.contains(&("sort".to_owned(), sort.to_owned()));
    if pairs.iter().any(|(name, _)| name == "near") && (by("distance") || by("relevance")) {
        in_one_order(&expected, &mut shown);
    }
    let expected: Vec<_> = expected.iter().map(|row| (row.provider, row.location)).collect();
    assert_eq!(shown, expected, "rows of {pairs:?} in pages of {limit}");
}

/// Puts rows that are equally far into the order of the scan: two ways to compute a distance need not agree on its last bit,
/// as seen from a pole, where all of one latitude are as far as each other.
fn in_one_order(expected: &[Row], shown: &mut [(ProviderId, Option<Uuid>)]) {
    // In miles, a millimetre or two.
    let as_far = |one: &Row, other: &Row| {
        one.tier == other.tier && (one.number - other.number).abs() <= 1e-6 && (one.score - other.score).abs() <= 1e-6
    };
    let mut start = 0;
    for alike in expected.chunk_by(as_far) {
        let end = (start + alike.len()).min(shown.len());
        let place = |row: &(ProviderId, Option<Uuid>)| {
            let same = |known: &Row| (known.provider, known.location) == *row;
            alike.iter().position(same).unwrap_or(usize::MAX)
        };
        shown[start..end].sort_by_key(place);
        start = end;
    }
}

/// Some sixty random questions to a random directory, each answered by the index and by a scan.
fn ask_and_scan(seed: u64) {
    let world = world(seed);
    let mut rng = ChaCha8Rng::seed_from_u64(!seed);
    for _ in 0..60 {
        let pairs = query(&mut rng);
        let viewer = *[None, Some(tenant(0)), Some(tenant(1))]
            .choose(&mut rng)
            .expect("not empty");
        check(&world, viewer, &pairs, rng.random_range(1..12));
    }
}

/// Here two providers are as far from a pole as each other, up to the last bit.
#[test]
fn those_who_are_as_far_from_a_pole_are_found() {
    ask_and_scan(13_854_232_157_972_141_479);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_index_answers_what_a_scan_answers(seed in any::<u64>()) {
        ask_and_scan(seed);
    }

    #[test]
    fn a_facet_counts_what_its_filter_finds(seed in any::<u64>()) {
        let world = world(seed);
        let mut rng = ChaCha8Rng::seed_from_u64(!seed);
        let snapshot = world.index.snapshot();
        let total = |pairs: &[(String, String)]| {
            let request = Request::parse(pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
            query::search(&snapshot, &request, now()).expect("an answer")
        };
        for round in 0..6 {
            // Once over everything, which is counted when a segment is written.
            let pairs = if round == 0 { Vec::new() } else { query(&mut rng) };
            let mut faceted = pairs.clone();
            faceted.push(("facets".to_owned(), "specialty,language,gender,network,plan,network_status,accepting_new_patients,telehealth,city,kind,state,category".to_owned()));
            for (facet, values) in total(&faceted).facets {
                for value in values {
                    // A facet does not feel its own filter: take that out before asking for the value.
                    let mut asked: Vec<_> = pairs.iter().filter(|(name, _)| *name != facet).cloned().collect();
                    asked.push((facet.clone(), value.value.clone()));
                    prop_assert_eq!(total(&asked).total.map(|t| t.value), Some(value.count), "{} {} of {:?}", facet, value.value, pairs);
                }
            }
        }
    }
}

/// What lies beside a segment is made of its documents; a program with another layout makes it again when it opens the index.
#[test]
fn what_an_older_version_wrote_is_derived_anew() {
    let World {
        index,
        rows,
        own,
        folder,
    } = world(3);
    index.commit(today()).expect("committed");
    drop(index);
    let mut aged = 0;
    let generations = std::fs::read_dir(folder.path()).expect("a folder").flatten();
    for generation in generations.filter(|entry| entry.path().is_dir()) {
        for file in std::fs::read_dir(generation.path()).expect("a generation").flatten() {
            if file.path().extension().is_none_or(|extension| extension != "directory") {
                continue;
            }
            let mut bytes = std::fs::read(file.path()).expect("a file");
            // Behind our file stands tantivy's footer and, in eight bytes, how long that is.
            let number =
                |bytes: &[u8], at: usize| u32::from_le_bytes(bytes[at..at + 4].try_into().expect("four bytes"));
            let end = bytes.len() - 8 - number(&bytes, bytes.len() - 8) as usize;
            let table = end - 8 - number(&bytes, end - 8) as usize;
            assert_eq!(u32::from(bytes[table]), VERSION, "the version comes first");
            bytes[table] -= 1;
            std::fs::write(file.path(), bytes).expect("written");
            aged += 1;
        }
    }
    assert!(aged > 0);
    let index = Index::open(folder.path(), schema()).expect("an index");
    index.set_reference(reference());
    index.set_free_slots(table_of(rows.keys()));
    let world = World {
        index,
        rows,
        own,
        folder,
    };
    let mut rng = ChaCha8Rng::seed_from_u64(3);
    for _ in 0..20 {
        check(&world, None, &query(&mut rng), 7);
    }
}

#[test]
fn clusters_sum_up_to_the_total() {
    let world = world(7);
    let snapshot = world.index.snapshot();
    for zoom in ["0", "4", "12"] {
        let pairs = [("bbox", "-180,-90,180,90"), ("clusters", zoom)].map(|(a, b)| (a.to_owned(), b.to_owned()));
        let request = Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).expect("a request");
        let answer = query::search(&snapshot, &request, now()).expect("an answer");
        let counted: u64 = answer.clusters.iter().flatten().map(|cluster| cluster.count).sum();
        assert_eq!(Some(counted), answer.total.map(|t| t.value));
    }
}
