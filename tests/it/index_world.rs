//! An invented directory of a few hundred providers, with everything that a filter can ask for: for the tests that hold the index
//! against a scan.

use std::{collections::BTreeMap, sync::OnceLock};

use chrono::{DateTime, NaiveDate, TimeDelta, TimeZone, Utc};
use provider_directory::{
    domain::{
        provider::{Location, Name, OpeningHours, OtherName, Participation, Provider, Specialty},
        reference::{Days, Life, Network, OonPolicy, PendingPolicy, Plan, PlanNetwork, Reference},
    },
    index::{
        Change, Index,
        free_slots::{Free, FreeSlot, FreeSlots},
        schema::Handle,
    },
    vocab::{
        Locator, NetworkId, Npi, OrganizationId, PartyId, PlanId, Position, ProviderId,
        place::Point,
        terms::{Accepting, Gender, NetworkStatus, PositionQuality, ProviderKind},
    },
};
use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;
use uuid::Uuid;

pub const SPECIALTIES: [&str; 4] = ["207RC0000X", "208000000X", "207Q00000X", "282N00000X"];

pub const LANGUAGES: [&str; 4] = ["en", "es", "vi", "zh"];

const FIRST: [&str; 5] = ["Maria", "John", "Li", "Aoife", "José"];

const LAST: [&str; 6] = ["Smith", "O'Brien", "Garcia-Lopez", "Ng", "De La Cruz", "Young"];

const STATES: [&str; 3] = ["NY", "TX", "AK"];

const CITIES: [&str; 3] = ["New York", "Houston", "Nome"];

pub fn schema() -> Handle {
    static SCHEMA: OnceLock<Handle> = OnceLock::new();
    SCHEMA.get_or_init(Handle::embedded).clone()
}

pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).single().expect("a moment")
}

pub fn today() -> NaiveDate {
    now().date_naive()
}

pub fn id(kind: u128, number: u64) -> Uuid {
    // Three in a row have the same rank, if their status is the same, too.
    Uuid::from_u128(kind << 96 | u128::from(number / 3) << 70 | u128::from(number))
}

pub fn network(number: u64) -> NetworkId {
    NetworkId(id(7, number))
}

/// 70 networks, so that where all are met some have no bit of their own in the masks; plan 0 uses networks 0 and 1, plan 1 the gold tier of 2.
pub fn reference() -> Reference {
    let organization_id = id(9, 1).into();
    let plan = |number, networks| Plan {
        id: PlanId(id(8, number)),
        code: format!("PLAN{number}"),
        name: format!("Plan {number}"),
        organization_id,
        networks,
        oon_policy: OonPolicy::Pay,
        pending_policy: PendingPolicy::Hold,
        earlier_policies: Vec::new(),
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
pub fn point(rng: &mut ChaCha8Rng) -> Point {
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
pub const ZONES: [Option<(&str, i64)>; 4] = [
    None,
    Some(("America/New_York", -300)),
    Some(("America/Denver", -420)),
    Some(("Pacific/Auckland", 780)),
];

/// Opening hours: unknown, on working days, on a Sunday morning, over the night to Monday.
pub fn hours(kind: u32) -> Vec<OpeningHours> {
    let open = |weekday, opens, closes| OpeningHours { weekday, opens, closes };
    match kind {
        0 => (1..=5).map(|weekday| open(weekday, 480, 1_020)).collect(),
        1 => vec![open(7, 300, 450)],
        2 => vec![open(7, 1_320, 120), open(2, 600, 660)],
        _ => Vec::new(),
    }
}

pub fn provider(number: u64, version: i64, rng: &mut ChaCha8Rng) -> Provider {
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
        .map(|row| Participation {
            // Some of the early ones have ended.
            termination: row.accepting.is_none().then(|| row.effective + TimeDelta::days(60)),
            ..row
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
pub fn tenant(number: u64) -> OrganizationId {
    id(9, 2 + number).into()
}

/// When a provider is free: some never, some not any more, on clocks of three zones.
pub fn free(provider: ProviderId) -> Vec<FreeSlot> {
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

pub fn table_of<'a>(providers: impl Iterator<Item = &'a ProviderId>) -> FreeSlots {
    let mut table = FreeSlots::default();
    for id in providers {
        let (slots, more) = (free(*id), false);
        let clinics = Vec::new();
        table.put(*id, Free { slots, clinics, more });
    }
    table
}

pub fn next_free(provider: ProviderId) -> Option<FreeSlot> {
    free(provider)
        .into_iter()
        .find(|slot| slot.starts_at > now().timestamp())
}

/// A world: the index, and the rows it was made from.
pub struct World {
    pub index: Index,
    /// What is public.
    pub rows: BTreeMap<ProviderId, Provider>,
    /// What is a tenant's own.
    pub own: BTreeMap<ProviderId, Provider>,
    pub folder: tempfile::TempDir,
}

/// Some rows built, some changed in two commits, some changed since, some removed at each step.
pub fn world(seed: u64) -> World {
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
