//! The query mix, drawn from the data: what is asked has, mostly, an answer.

use std::fmt;

use rand::{Rng, SeedableRng, seq::IndexedRandom};
use rand_chacha::ChaCha8Rng;

use super::Options;
use crate::domain::provider::Provider;
use crate::index::Snapshot;
use crate::intake::generate;
use crate::vocab::{Lexicon, names::words, terms::ProviderKind};

/// The kinds of queries, in the order of the table.
pub const KINDS: &[&str] = &[
    "npi",
    "name",
    "name near",
    "name typo",
    "type-ahead",
    "specialty near",
    "specialty + filters near",
    "nearest",
    "sentence",
    "sentence with a typo",
];
/// How many of a hundred queries each kind gets.
const SHARES: &[usize] = &[10, 15, 10, 5, 15, 20, 15, 5, 3, 2];

/// A query of the mix.
#[derive(Clone, Debug)]
pub struct Query {
    /// One of [`KINDS`].
    pub kind: &'static str,
    /// What is asked.
    pub asked: Asked,
}

/// What is asked.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Parameters of a search.
    Search(Vec<(String, String)>),
    /// A text to be completed.
    Suggest(String),
}

impl fmt::Display for Asked {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Search(pairs) => pairs.iter().try_for_each(|(name, value)| write!(f, "{name}={value} ")),
            Self::Suggest(text) => write!(f, "suggest {text}"),
        }
    }
}

/// Radii in miles, and points that matter beside those drawn: dense metros and empty country.
const RADII: &[f64] = &[1.0, 5.0, 10.0, 25.0, 50.0, 100.0, 200.0];
const PLACES: &[(f64, f64)] = &[
    (40.7549, -73.984),
    (34.0522, -118.2437),
    (41.8781, -87.6298),
    (29.7604, -95.3698),
    (64.8378, -147.7164),
    (39.4933, -117.0693),
];
const LANGUAGES: &[&str] = &["es", "zh", "vi", "ru", "ko", "ar", "ht"];

/// Draws the mix.
pub fn draw(options: &Options, lexicon: &Lexicon, snapshot: &Snapshot) -> Vec<Query> {
    let mut drawing = Drawing {
        rng: ChaCha8Rng::seed_from_u64(options.seed ^ 0x9e1),
        options,
        lexicon,
        snapshot,
    };
    let mut queries = Vec::with_capacity(options.queries);
    for (kind, share) in KINDS.iter().zip(SHARES) {
        for _ in 0..(options.queries * share / 100).max(1) {
            queries.push(Query {
                kind,
                asked: drawing.query(kind),
            });
        }
    }
    queries
}

struct Drawing<'a> {
    rng: ChaCha8Rng,
    options: &'a Options,
    lexicon: &'a Lexicon,
    snapshot: &'a Snapshot,
}

fn pair(name: &str, value: impl ToString) -> (String, String) {
    (name.to_owned(), value.to_string())
}

/// Nearest first, whatever else speaks for a provider.
fn by_distance() -> Vec<(String, String)> {
    vec![pair("sort", "distance")]
}

impl Drawing<'_> {
    fn query(&mut self, kind: &str) -> Asked {
        let provider = self.provider();
        let pairs = match kind {
            "npi" => vec![pair("npi", provider.npi.map(|npi| npi.to_string()).unwrap_or_default())],
            "name" => vec![pair("name", self.name(&provider)), pair("match", "exact")],
            "name near" => {
                let name = vec![pair("name", self.name(&provider)), pair("match", "exact")];
                [name, self.around(&provider)].concat()
            }
            "name typo" => vec![pair("q", self.typo(&provider))],
            "type-ahead" => return Asked::Suggest(self.prefix(&provider)),
            "specialty near" => {
                let specialty = vec![pair("specialty", self.specialty(&provider))];
                [specialty, self.around(&provider), by_distance()].concat()
            }
            "specialty + filters near" => [self.filters(&provider), self.around(&provider), by_distance()].concat(),
            "nearest" => [self.around(&provider), by_distance()].concat(),
            "sentence" => vec![pair("q", self.sentence(&provider))],
            _ => vec![pair("q", self.misspelt(&provider))],
        };
        Asked::Search(pairs)
    }

    fn provider(&mut self) -> Provider {
        let number = self.rng.random_range(0..self.options.providers);
        generate::provider(number, self.options.seed).to_provider(self.lexicon)
    }

    /// One or two words of a name: first and last of a person, or any two neighbours of an organisation.
    fn name(&mut self, provider: &Provider) -> String {
        let all = match provider.kind {
            ProviderKind::Individual => {
                let (first, last) = (provider.name.first.clone(), provider.name.last.clone());
                if self.rng.random_bool(0.3) {
                    last.unwrap_or_default()
                } else {
                    [first, last].map(Option::unwrap_or_default).join(" ")
                }
            }
            ProviderKind::Organization => {
                let words = words(provider.name.organization.as_deref().unwrap_or_default());
                let at = self.rng.random_range(0..words.len().max(2) - 1);
                words[at..words.len().min(at + 2)].join(" ")
            }
        };
        if all.trim().is_empty() { "smith".to_owned() } else { all }
    }

    /// A name with one letter dropped, doubled or swapped.
    fn typo(&mut self, provider: &Provider) -> String {
        let name = self.name(provider);
        self.mistyped(&name)
    }

    fn mistyped(&mut self, text: &str) -> String {
        let mut letters: Vec<char> = text.chars().collect();
        if letters.len() > 4 {
            let at = self.rng.random_range(1..letters.len() - 1);
            match self.rng.random_range(0..3) {
                0 => drop(letters.remove(at)),
                1 => letters.insert(at, letters[at]),
                _ => letters.swap(at, at - 1),
            }
        }
        letters.into_iter().collect()
    }

    /// A sentence with a typo in the language or in what is looked for.
    fn misspelt(&mut self, provider: &Provider) -> String {
        let sentence = self.sentence(provider);
        let mut words: Vec<String> = sentence.split(' ').map(str::to_owned).collect();
        let at = if self.rng.random_bool(0.5) { 0 } else { 2 };
        words[at] = self.mistyped(&words[at]);
        words.join(" ")
    }

    fn prefix(&mut self, provider: &Provider) -> String {
        let name = self.name(provider);
        let length = self.rng.random_range(1..=name.chars().count().max(1));
        name.chars().take(length).collect()
    }

    fn specialty(&mut self, provider: &Provider) -> String {
        let code = provider
            .specialties
            .choose(&mut self.rng)
            .map(|specialty| specialty.code.clone());
        code.unwrap_or_else(|| "207Q00000X".to_owned())
    }

    /// A point, mostly that of a provider, with a radius.
    fn around(&mut self, provider: &Provider) -> Vec<(String, String)> {
        let known = provider.locations.iter().find_map(|location| location.point);
        let (lat, lon) = match known {
            Some(point) if self.rng.random_bool(0.7) => (point.lat(), point.lon()),
            _ => *PLACES.choose(&mut self.rng).expect("not empty"),
        };
        let radius = RADII.choose(&mut self.rng).expect("not empty");
        vec![pair("near", format!("{lat},{lon}")), pair("radius", radius)]
    }

    fn filters(&mut self, provider: &Provider) -> Vec<(String, String)> {
        let language = LANGUAGES.choose(&mut self.rng).expect("not empty");
        let networks = &self.snapshot.reference.networks;
        let network = networks
            .choose(&mut self.rng)
            .map(|network| network.id.to_string())
            .unwrap_or_default();
        vec![
            pair("specialty", self.specialty(provider)),
            pair("language", language),
            pair("network_status", "ACTIVE"),
            pair("network", network),
        ]
    }

    fn sentence(&mut self, provider: &Provider) -> String {
        let language = ["spanish", "chinese", "vietnamese", "russian"]
            .choose(&mut self.rng)
            .expect("not empty");
        let what = ["cardiologist", "dentist", "pediatrician", "family doctor", "pharmacy"]
            .choose(&mut self.rng)
            .expect("not empty");
        let location = provider.locations.first();
        let city = location.and_then(|l| Some(format!("{}, {}", l.city.as_deref()?, l.state.as_deref()?)));
        format!(
            "{language} speaking {what} in {}",
            city.unwrap_or_else(|| "Houston, TX".to_owned())
        )
    }
}
