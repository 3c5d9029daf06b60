//! Brute force: every provider is made again and every sampled query is tested on it, by rules written a second time.

use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};

use chrono::NaiveDate;
use geo::{Distance, Haversine};

use super::{
    Error, Options, Report, answer,
    mix::{Asked, KINDS, Query},
    parse,
};
use crate::domain::provider::{Location, Name, Provider};
use crate::index::Snapshot;
use crate::intake::generate;
use crate::query::{self, spelling::CORPORATE};
use crate::vocab::{
    Lexicon, NetworkId, Npi,
    names::words,
    terms::{Accepting, NetworkStatus, ProviderKind},
};

/// Checks a sample of every kind.
pub fn check(
    snapshot: &Arc<Snapshot>,
    queries: &[Query],
    changed: &[(u64, Provider)],
    options: &Options,
    lexicon: &Lexicon,
    report: &mut Report,
) -> Result<(), Error> {
    let mut checks: Vec<Check<'_>> = Vec::new();
    for kind in KINDS {
        let sampled = queries.iter().filter(|query| query.kind == *kind).take(options.check);
        checks.extend(sampled.filter_map(|query| Check::of(query, snapshot)));
    }
    let changed: BTreeMap<u64, &Provider> = changed.iter().map(|(number, provider)| (*number, provider)).collect();
    let day = options.now.date_naive();
    let threads = std::thread::available_parallelism().map_or(1, usize::from) as u64;
    let found: Vec<Vec<Vec<Found>>> = std::thread::scope(|scope| {
        let part = |from: u64| {
            let (checks, changed) = (&checks, &changed);
            scope.spawn(move || {
                let mut found = vec![Vec::new(); checks.len()];
                for number in (from..options.providers).step_by(threads as usize) {
                    let made;
                    let provider = match changed.get(&number) {
                        Some(provider) => *provider,
                        None => {
                            made = generate::provider(number, options.seed).to_provider(lexicon);
                            &made
                        }
                    };
                    let facts = Facts::of(provider);
                    for (check, found) in checks.iter().zip(&mut found) {
                        found.extend(check.test(provider, &facts, day));
                    }
                }
                found
            })
        };
        let parts: Vec<_> = (0..threads).map(part).collect();
        parts
            .into_iter()
            .map(|part| part.join().expect("a scan does not panic"))
            .collect()
    });
    for (at, check) in checks.iter().enumerate() {
        let mut all: Vec<Found> = found.iter().flat_map(|part| part[at].iter().cloned()).collect();
        all.sort_by(|a, b| a.key.total_cmp(&b.key).then(a.id.cmp(&b.id)));
        if check.is_by_relevance() {
            for window in all.chunks_mut(WINDOW) {
                window.sort_by(|a, b| b.score.total_cmp(&a.score));
            }
        }
        report.checked += 1;
        report.differences.extend(check.compare(snapshot, &all, options)?);
    }
    Ok(())
}

/// A provider that matches, what it is ordered by, and what it weighs among its neighbours in that order.
#[derive(Clone, Debug)]
struct Found {
    key: f64,
    id: u128,
    score: f64,
}

/// So many rows in the order of the index are ranked together.
const WINDOW: usize = 100;
/// What a house that is called so and nothing else weighs more: half a step of the name.
const WHOLE: f64 = 20.0;

/// What the tests of a provider share: the words of its names.
pub(super) struct Facts {
    /// Of the current one.
    pub current: Vec<String>,
    /// Of all.
    pub any: Vec<String>,
}

impl Facts {
    /// Of a provider.
    pub fn of(provider: &Provider) -> Self {
        let current = spelt(&provider.name);
        let any = provider
            .other_names
            .iter()
            .flat_map(|other| spelt(&other.name))
            .chain(current.clone())
            .collect();
        Self { current, any }
    }
}

/// The words of a name, and its compound parts in one word.
fn spelt(name: &Name) -> Vec<String> {
    let parts = [&name.first, &name.middle, &name.last, &name.suffix, &name.organization];
    let mut all: Vec<String> = parts.into_iter().flatten().flat_map(|part| words(part)).collect();
    all.extend(
        [&name.first, &name.last]
            .into_iter()
            .flatten()
            .map(|part| words(part).concat()),
    );
    all
}

/// A query as brute force understands it.
struct Check<'q> {
    query: &'q Query,
    npi: Option<Npi>,
    name: Option<Vec<String>>,
    prefix: Option<(Vec<String>, String)>,
    specialty: Vec<String>,
    language: Option<String>,
    network: Option<NetworkId>,
    near: Option<(geo::Point<f64>, f64)>,
}

impl<'q> Check<'q> {
    /// `None` for kinds whose meaning is a matter of reading, which have tests of their own.
    fn of(query: &'q Query, snapshot: &Snapshot) -> Option<Self> {
        let mut check = Self {
            query,
            npi: None,
            name: None,
            prefix: None,
            specialty: Vec::new(),
            language: None,
            network: None,
            near: None,
        };
        match &query.asked {
            Asked::Suggest(text) => {
                let mut all = words(text);
                let last = all.pop()?;
                check.prefix = Some((all, last));
            }
            Asked::Search(pairs) => {
                let pairs: HashMap<&str, &str> = pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
                if pairs.contains_key("q") {
                    return None;
                }
                check.npi = pairs.get("npi").and_then(|npi| npi.parse().ok());
                check.name = pairs.get("name").map(|name| words(name));
                check.specialty = pairs
                    .get("specialty")
                    .map_or(Vec::new(), |code| snapshot.lexicon.specialties.resolve(code).to_vec());
                check.language = pairs.get("language").map(|code| (*code).to_owned());
                check.network = pairs.get("network").and_then(|id| id.parse().ok());
                if let (Some(near), Some(radius)) = (pairs.get("near"), pairs.get("radius")) {
                    let (lat, lon) = near.split_once(',')?;
                    check.near = Some((
                        geo::Point::new(lon.parse().ok()?, lat.parse().ok()?),
                        radius.parse().ok()?,
                    ));
                }
            }
        }
        Some(check)
    }

    /// Whether hits are weighed, not only put in the order of the index.
    fn is_by_relevance(&self) -> bool {
        match &self.query.asked {
            Asked::Search(pairs) => pairs.iter().all(|(name, _)| name != "sort"),
            Asked::Suggest(_) => false,
        }
    }

    fn test(&self, provider: &Provider, facts: &Facts, day: NaiveDate) -> Option<Found> {
        let id = provider.id.0.as_u128();
        let has_all = |words: &[String], all: &[String]| words.iter().all(|word| all.contains(word));
        if let Some((whole, last)) = &self.prefix {
            let begins = facts.any.iter().any(|word| word.starts_with(last.as_str()));
            return (begins && has_all(whole, &facts.any)).then(|| Found {
                key: rank(provider, day),
                id,
                score: 0.0,
            });
        }
        if self.npi.is_some() && provider.npi != self.npi {
            return None;
        }
        let mut tier = 0.0;
        if let Some(name) = &self.name
            && !has_all(name, &facts.current)
        {
            if !has_all(name, &facts.any) {
                return None;
            }
            tier = 1e9;
        }
        if !self.specialty.is_empty() && !provider.specialties.iter().any(|s| self.specialty.contains(&s.code)) {
            return None;
        }
        if self
            .language
            .as_ref()
            .is_some_and(|code| !provider.languages.contains(code))
        {
            return None;
        }
        let is_said = |own: &String| CORPORATE.contains(&own.as_str()) || self.name.iter().flatten().any(|w| w == own);
        let is_house = self.name.is_some() && provider.kind == ProviderKind::Organization;
        let whole = if is_house && tier == 0.0 && facts.current.iter().all(is_said) {
            WHOLE
        } else {
            0.0
        };
        let mut here = provider
            .locations
            .iter()
            .filter(|location| self.in_network(provider, location, day));
        let Some((from, radius)) = self.near else {
            return Some(Found {
                key: tier + rank(provider, day),
                id,
                score: self.score(provider, here.next(), day) + whole - tier,
            });
        };
        let miles = here.filter_map(|location| {
            let point = location.point?;
            let miles = Haversine.distance(from, geo::Point::new(point.lon(), point.lat())) / 1609.344;
            (miles <= radius).then_some((miles, location))
        });
        let (nearest, location) = miles.min_by(|a, b| a.0.total_cmp(&b.0))?;
        Some(Found {
            key: tier + nearest,
            id,
            score: self.score(provider, Some(location), day) + whole - tier - (1.0 + nearest / 5.0).log2(),
        })
    }

    /// The formula of [`crate::query::score`] with its usual weights, but for name and nearness.
    fn score(&self, provider: &Provider, location: Option<&Location>, day: NaiveDate) -> f64 {
        let status: f64 = match provider.network_status {
            NetworkStatus::Active => 4.0,
            NetworkStatus::Pending => 2.0,
            NetworkStatus::Inactive => 1.0,
        };
        let here = |p: &&crate::domain::provider::Participation| {
            p.status_on(day, provider.network_status) == NetworkStatus::Active
                && p.location_id
                    .is_none_or(|id| location.is_some_and(|location| location.id == id))
        };
        let participations = || provider.participations.iter().filter(here);
        let open = participations().any(|p| p.accepting == Some(Accepting::New));
        let lately = provider.verified_at.is_some_and(|at| (day - at).num_days() <= 90);
        let asked = |p: &crate::domain::provider::Participation| Some(p.network_id) == self.network;
        let preferred = participations().any(|p| asked(p) && p.tier.as_deref() == Some("PREFERRED"));
        let factors = [(open, 1.4), (lately, 1.2), (preferred, 1.4_f64)];
        let points = factors
            .into_iter()
            .filter(|(holds, _)| *holds)
            .map(|(_, factor)| factor.log2());
        status.log2() + points.sum::<f64>()
    }

    fn in_network(&self, provider: &Provider, location: &Location, day: NaiveDate) -> bool {
        self.network.is_none_or(|network| {
            provider.participations.iter().any(|p| {
                p.network_id == network
                    && p.location_id.is_none_or(|id| id == location.id)
                    && p.status_on(day, provider.network_status) == NetworkStatus::Active
            })
        })
    }

    /// Compares page and total with what the scan found, best first.
    fn compare(&self, snapshot: &Arc<Snapshot>, all: &[Found], options: &Options) -> Result<Option<String>, Error> {
        let differs = |what: String| Some(format!("{}: {:?}: {what}", self.query.kind, self.query.asked));
        match &self.query.asked {
            Asked::Suggest(_) => {
                let mut body = Vec::new();
                answer(snapshot, self.query, options.now, &mut body)?;
                let shown: serde_json::Value = serde_json::from_slice(&body).map_err(std::io::Error::other)?;
                let shown: Vec<&serde_json::Value> = shown["suggestions"].as_array().into_iter().flatten().collect();
                let names: Vec<&str> = shown
                    .iter()
                    .filter(|s| s["type"] == "provider" || s["type"] == "organization")
                    .filter_map(|s| s["value"].as_str())
                    .collect();
                let best: Vec<String> = all
                    .iter()
                    .filter_map(|found| npi_of(snapshot, found.id))
                    .take(names.len())
                    .collect();
                Ok((names != best)
                    .then(|| differs(format!("{names:?} is not {best:?}")))
                    .flatten())
            }
            Asked::Search(pairs) => {
                let answer = query::search(snapshot, &parse(snapshot, pairs)?, options.now)?;
                let total = answer.total.map(|total| total.value);
                let bound = answer
                    .total
                    .is_some_and(|total| total.relation == "gte" && total.value <= all.len() as u64);
                if !bound && total != Some(all.len() as u64) {
                    return Ok(differs(format!("total {total:?} is not {}", all.len())));
                }
                let shown: Vec<u128> = answer.cards().iter().map(|card| card.id.as_u128()).collect();
                let best: Vec<u128> = all.iter().take(shown.len()).map(|found| found.id).collect();
                Ok((shown != best)
                    .then(|| differs(format!("{shown:x?} is not {best:x?}")))
                    .flatten())
            }
        }
    }
}

/// The static rank: ACTIVE, PENDING, INACTIVE; those who take new patients first.
fn rank(provider: &Provider, day: NaiveDate) -> f64 {
    let active = |p: &&crate::domain::provider::Participation| {
        p.status_on(day, provider.network_status) == NetworkStatus::Active
            && p.location_id
                .is_none_or(|id| provider.locations.iter().any(|location| location.id == id))
    };
    let open = provider
        .participations
        .iter()
        .filter(active)
        .any(|p| p.accepting == Some(Accepting::New));
    let status = match provider.network_status {
        NetworkStatus::Active => 0.0,
        NetworkStatus::Pending => 2.0,
        NetworkStatus::Inactive => 4.0,
    };
    status + if open { 0.0 } else { 1.0 }
}

fn npi_of(snapshot: &Snapshot, id: u128) -> Option<String> {
    let cards = query::provider(snapshot, &query::request::Key::Id(id)).ok()?;
    cards.first().and_then(|card| card.npi).map(|npi| npi.to_string())
}
