//! What the benches of single questions share: invented providers, an index of them in a folder that is gone in the end, a
//! stopwatch, and a scan over all rows that every answer is held against.

// Every bench is a program of its own and uses what it needs of this.
#![expect(dead_code, reason = "each bench uses a part")]

use std::{
    path::PathBuf,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, TimeZone, Utc};
use geo::{Distance, Haversine};
use provider_directory::{
    domain::provider::{Location, Name, Provider},
    index::{Index, Snapshot, schema::Handle},
    intake::generate,
    query::{self, Answer, Request},
    vocab::{NetworkId, Position, names::words, terms::NetworkStatus},
};

/// Of the providers and of what is asked.
const SEED: u64 = 7;

/// An index and the rows it was made from.
pub struct World {
    /// The rows.
    pub providers: Vec<Provider>,
    /// The index.
    pub index: Index,
    /// Taken away in the end.
    folder: Option<PathBuf>,
}

/// The moment at which everything is asked.
pub fn now() -> DateTime<Utc> {
    Utc.with_ymd_and_hms(2026, 11, 22, 12, 0, 0).single().expect("a moment")
}

/// A number given as `--name N`, else the default.
pub fn number(name: &str, default: usize) -> usize {
    let flag = format!("--{name}");
    let given = std::env::args().skip_while(|a| *a != flag).nth(1);
    given.map_or(default, |n| n.replace('_', "").parse().expect("a number"))
}

impl World {
    /// As many providers as `--providers` says, 20,000 by default.
    pub fn open(name: &str) -> Self {
        Self::of(name, Self::invented(number("providers", 20_000)))
    }

    /// The index that `--index FOLDER` names, as `provdir bench` leaves it behind, without its rows; else as [`Self::open`].
    pub fn open_or_kept(name: &str) -> Self {
        let Some(folder) = std::env::args().skip_while(|a| a != "--index").nth(1) else {
            return Self::open(name);
        };
        let index = Index::open_read_only(folder.as_ref(), Handle::embedded()).expect("an index");
        index.set_reference(generate::reference());
        Self {
            providers: Vec::new(),
            index,
            folder: None,
        }
    }

    /// Invented providers.
    pub fn invented(count: usize) -> Vec<Provider> {
        let lexicon = Handle::embedded().lexicon();
        let all = generate::providers(count as u64, SEED);
        all.map(|provider| provider.to_provider(&lexicon)).collect()
    }

    /// An index of given rows.
    pub fn of(name: &str, providers: Vec<Provider>) -> Self {
        let folder = std::env::temp_dir().join(format!("provdir-{name}-{}", std::process::id()));
        let index = Index::open(&folder, Handle::embedded()).expect("an index");
        index.set_reference(generate::reference());
        let mut rebuild = index.rebuild().expect("a new generation");
        for provider in &providers {
            rebuild.add(provider.clone(), now().date_naive()).expect("added");
        }
        rebuild.seal(Position { xid: 1, id: 1 }, 0).expect("sealed");
        rebuild.swap().expect("swapped");
        Self {
            providers,
            index,
            folder: Some(folder),
        }
    }

    /// Every so manyth provider, so that the questions are spread over all.
    pub fn sample(&self, count: usize) -> impl Iterator<Item = &Provider> {
        let step = (self.providers.len() / count).max(1);
        self.providers.iter().step_by(step).take(count)
    }

    /// A search as parameters ask for it.
    pub fn request(&self, pairs: &[(&str, String)]) -> Request {
        let snapshot = self.index.snapshot();
        let pairs: Vec<_> = pairs.iter().map(|(n, v)| ((*n).to_owned(), v.clone())).collect();
        Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).expect("parameters")
    }

    /// Holds the answer of a search against what a scan finds: `wanted` tells by which number a row is ordered, if it
    /// matches.
    pub fn check(&self, request: &Request, wanted: impl Fn(&Provider) -> Option<f64>) {
        let answer = query::search(&self.index.snapshot(), request, now()).expect("an answer");
        let found = self.providers.iter().filter_map(|p| Some((wanted(p)?, p.id.0)));
        let mut found: Vec<(f64, uuid::Uuid)> = found.collect();
        found.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        let total = answer.total.map(|total| (total.value, total.relation));
        assert_eq!(total, Some((found.len() as u64, "eq")), "total of {request:?}");
        let shown: Vec<uuid::Uuid> = answer.cards().iter().map(|card| card.id).collect();
        let best: Vec<uuid::Uuid> = found.iter().take(shown.len()).map(|(_, id)| *id).collect();
        assert_eq!(shown, best, "rows of {request:?}");
    }

    /// Parameters that about so many providers match: those around Midtown Manhattan, within a radius that is found by halving.
    pub fn crowd(&self, hits: u64) -> (Vec<(&'static str, String)>, u64) {
        let around = |miles: f64| {
            vec![
                ("near", "40.7549,-73.984".to_owned()),
                ("radius", format!("{miles:.4}")),
            ]
        };
        let count = |miles: f64| {
            let request = self.request(&around(miles));
            let answer = query::search(&self.index.snapshot(), &request, now()).expect("an answer");
            answer.total.map_or(0, |total| total.value)
        };
        let (mut low, mut high) = (0.0, 3_000.0);
        for _ in 0..24 {
            let middle = (low + high) / 2.0;
            if count(middle) < hits {
                low = middle;
            } else {
                high = middle;
            }
        }
        (around(high), count(high))
    }

    /// Runs all requests, from the request to the bytes of the answer, and tells how long one takes.
    pub fn time(&self, what: &str, requests: &[Request]) {
        let snapshot = self.index.snapshot();
        let body = |answer: &Answer, body: &mut Vec<u8>| serde_json::to_writer(body, answer).expect("JSON");
        self.tell(what, requests, |request, bytes| {
            let answer = query::search(&snapshot, request, now()).expect("an answer");
            body(&answer, bytes);
        });
    }

    /// Asks every question a few times and tells the best time of each: median, 99 % and worst.
    pub fn tell<T>(&self, what: &str, questions: &[T], mut ask: impl FnMut(&T, &mut Vec<u8>)) {
        let mut best = vec![Duration::MAX; questions.len()];
        let mut bytes = Vec::with_capacity(1 << 20);
        for _ in 0..5 {
            for (question, best) in questions.iter().zip(&mut best) {
                bytes.clear();
                let started = Instant::now();
                ask(question, &mut bytes);
                *best = started.elapsed().min(*best);
                std::hint::black_box(&bytes);
            }
        }
        best.sort_unstable();
        let at = |share: f64| best[((best.len() - 1) as f64 * share) as usize].as_secs_f64() * 1e6;
        println!(
            "{what}: {} providers, {} questions, best of 5: median {:.1} µs, 99 % {:.1} µs, worst {:.1} µs",
            self.index.snapshot().providers(),
            questions.len(),
            at(0.5),
            at(0.99),
            at(1.0)
        );
    }

    /// What searches read.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        self.index.snapshot()
    }
}

impl Drop for World {
    fn drop(&mut self) {
        if let Some(folder) = &self.folder {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
}

/// Every word by which a name is found.
pub fn name_words(name: &Name) -> Vec<String> {
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

/// Miles to the nearest of a provider's locations that pass a test, if that is within a radius.
pub fn nearest(provider: &Provider, from: (f64, f64), radius: f64, test: impl Fn(&Location) -> bool) -> Option<f64> {
    let from = geo::Point::new(from.1, from.0);
    let points = provider.locations.iter().filter(|l| test(l)).filter_map(|l| l.point);
    let miles = points.map(|p| Haversine.distance(from, geo::Point::new(p.lon(), p.lat())) / 1609.344);
    miles.filter(|miles| *miles <= radius).min_by(f64::total_cmp)
}

/// Whether a provider is active in a network at a location.
pub fn is_active(provider: &Provider, location: &Location, network: NetworkId) -> bool {
    provider.participations.iter().any(|p| {
        p.network_id == network
            && p.location_id.is_none_or(|id| id == location.id)
            && p.status_on(now().date_naive(), provider.network_status) == NetworkStatus::Active
    })
}
