//! A naive scan over the rows: what an answer of the index has to be, in the plainest way that it can be said.

use std::{cmp::Ordering, collections::BTreeMap};

use chrono::{DateTime, NaiveDate};
use geo::{Distance, Haversine, Intersects, LineString, Polygon};
use provider_directory::{
    domain::provider::{Location, Name, Provider, Specialty},
    index::free_slots::FreeSlot,
    query::filter::NameWanted,
    vocab::{
        NetworkId, ProviderId,
        names::words,
        place::Point,
        terms::{Accepting, NetworkStatus, ProviderKind},
    },
};
use uuid::Uuid;

use super::index_world::{ZONES, network, next_free, today};

/// Moments that are asked for.
pub const MOMENTS: [&str; 4] = ["now", "2026-11-22T06:00", "2026-11-23T01:00", "2026-11-24T10:30"];

const WEEK: i64 = 7 * 24 * 60;

/// The naive reading of the parameters, written without any code of the index.
pub struct Naive<'a> {
    pub pairs: &'a [(String, String)],
    /// The name asked for, and what it may stand for besides: what that is, is the matter of `words_names`.
    pub names: Vec<NameWanted>,
}

/// A row as the scan sees it: the provider, its location, and what it is ordered by.
#[derive(Clone, Debug)]
pub struct Row {
    pub tier: u8,
    pub number: f64,
    pub text: String,
    pub provider: ProviderId,
    ordinal: usize,
    pub location: Option<Uuid>,
    pub miles: Option<f64>,
    /// What it weighs in an order by relevance.
    pub score: f64,
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
    pub fn all(&self, name: &str) -> Vec<&str> {
        self.pairs
            .iter()
            .filter(|(n, _)| n == name)
            .map(|(_, v)| v.as_str())
            .collect()
    }

    pub fn one(&self, name: &str) -> Option<&str> {
        self.all(name).first().copied()
    }

    pub fn scan(&self, rows: &BTreeMap<ProviderId, Provider>) -> Vec<Row> {
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
    pub fn score(&self, provider: &Provider, place: Option<&Location>, tier: u8, miles: Option<f64>) -> f64 {
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

    pub fn tier(&self, provider: &Provider) -> Option<u8> {
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

    pub fn holds(&self, provider: &Provider, place: Option<&Location>) -> bool {
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

    /// Whether one of the things that are not wanted is there: each is asked by itself.
    pub fn excludes(&self, provider: &Provider, place: Option<&Location>) -> bool {
        let of = |names: &[&str]| -> Vec<(String, String)> {
            let unwanted = self.pairs.iter().filter_map(|(name, value)| {
                let name = name.strip_prefix("exclude.").filter(|name| names.contains(name))?;
                Some((name.to_owned(), value.clone()))
            });
            unwanted.collect()
        };
        let has = |name: &str| {
            let pairs = of(&[name]);
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
            "network",
            "plan",
            "network_status",
            "accepting_new_patients",
        ]
        .iter()
        .any(|name| has(name))
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
        let order = |status| match status {
            NetworkStatus::Active => 0,
            NetworkStatus::Pending => 1,
            NetworkStatus::Inactive => 2,
        };
        let mut best: Vec<(NetworkId, Option<&str>, NetworkStatus, Option<Accepting>)> = Vec::new();
        for row in here {
            match best.iter_mut().find(|b| (b.0, b.1) == (row.0, row.1)) {
                Some(known) if order(row.2) < order(known.2) => *known = row,
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

    pub fn miles(&self, point: Point) -> Option<f64> {
        let (lat, lon) = self.one("near")?.split_once(',')?;
        let from = geo::Point::new(lon.parse::<f64>().ok()?, lat.parse::<f64>().ok()?);
        Some(Haversine.distance(from, geo::Point::new(point.lon(), point.lat())) / 1609.344)
    }

    pub fn row(&self, provider: &Provider, place: Option<&Location>, ordinal: usize, tier: u8) -> Option<Row> {
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
    pub fn rank(&self, provider: &Provider) -> f64 {
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
