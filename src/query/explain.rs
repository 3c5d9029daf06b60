//! How an answer came about: the way that was taken, what was looked at, how long each stage took; and for each hit what
//! its score is made of and which of its words match.

use std::{collections::BTreeMap, time::Duration};

use serde::{Serialize, Serializer, ser::SerializeMap};

use super::{
    budget::{Limits, Route, Seen, Spent},
    cards::Card,
    filter::{Conditions, NameWanted, tier},
    matched::name_label,
    plan::Order,
    request::Request,
    spelling,
};
use crate::index::record::Record;
use crate::vocab::names::words;

/// The course of a search: small enough to be kept with every answer.
#[derive(Clone, Copy, Debug)]
pub struct Trace {
    /// How the rows were found.
    pub route: Route,
    /// What decided their order.
    pub order: Order,
    /// Segments of the index.
    pub segments: usize,
    /// What was looked at.
    pub seen: Seen,
    /// What it might have cost.
    pub limits: Limits,
    /// The limit that was met, if any.
    pub spent: Option<Spent>,
    /// Understanding the request.
    pub read: Duration,
    /// Finding the rows and counting them.
    pub find: Duration,
    /// Facets and clusters.
    pub count: Duration,
    /// All of it, up to the writing of the cards.
    pub whole: Duration,
}

fn microseconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e7).round() / 10.0
}

impl Serialize for Trace {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let finish = self.whole.saturating_sub(self.read + self.find + self.count);
        let stages = [
            ("understand", self.read),
            ("find", self.find),
            ("facets", self.count),
            ("finish", finish),
            ("whole", self.whole),
        ];
        let stages: BTreeMap<&str, f64> = stages.map(|(stage, time)| (stage, microseconds(time))).into();
        let budget = serde_json::json!({
            "documents": self.limits.documents,
            "time_ms": u64::try_from(self.limits.time.as_millis()).unwrap_or(u64::MAX),
            "spent": self.spent,
        });
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("plan", self.route.label())?;
        map.serialize_entry("order", self.order.label())?;
        map.serialize_entry("segments", &self.segments)?;
        map.serialize_entry("looked_at", &self.seen)?;
        map.serialize_entry("stages_us", &stages)?;
        map.serialize_entry("budget", &budget)?;
        map.end()
    }
}

/// One addend of a score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Part {
    /// What counts, see [`super::score::Score`].
    pub part: &'static str,
    /// How much.
    pub value: f64,
}

/// A value of the request and what it met on a hit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Token {
    /// The parameter that asks for it.
    pub parameter: &'static str,
    /// As asked for.
    pub asked: String,
    /// As it stands on the hit.
    pub found: String,
    /// `exact`, or for words of a name how they match.
    pub how: &'static str,
}

/// Why a hit is where it is.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// What the score is made of; empty where the order is not by relevance.
    pub score: Vec<Part>,
    /// What the order goes by.
    pub order: &'static str,
    /// The distance, not rounded.
    pub distance_miles: Option<f64>,
    /// What of the request it matches.
    pub matched: Vec<Token>,
    /// `segment`, or `overlay`: changed a moment ago.
    pub read_from: &'static str,
}

/// The values of a request that a record has.
pub fn tokens(asked: &Conditions, record: &Record<'_>, card: &Card<'_>) -> Vec<Token> {
    let mut tokens = names(&asked.names, record, card);
    let mut add = |parameter, found: &str| {
        tokens.push(Token {
            parameter,
            asked: found.to_owned(),
            found: found.to_owned(),
            how: "exact",
        });
    };
    if let Some(npi) = card.npi.filter(|npi| asked.npi.contains(&npi.number())) {
        add("npi", &npi.to_string());
    }
    let has = |list: &[String], value: &str| list.iter().any(|asked| asked == value);
    for specialty in card.specialties.iter().filter(|s| has(&asked.specialty, s.code)) {
        add("specialty", specialty.code);
    }
    for language in card.languages.iter().filter(|code| has(&asked.language, code)) {
        add("language", language);
    }
    if !asked.asks_network() && asked.network_status.contains(&card.network_status) {
        add("network_status", card.network_status.code());
    }
    for network in record.networks.iter() {
        let of_plan = asked.plans.iter().flatten().any(|choice| choice.includes(&network));
        if of_plan || asked.networks.iter().any(|choice| choice.includes(&network)) {
            let id = uuid::Uuid::from_u128(network.id).to_string();
            add(if of_plan { "plan" } else { "network" }, &id);
        }
    }
    tokens
}

/// The words of the name that brought the record, best match first.
fn names(wanted: &[NameWanted], record: &Record<'_>, card: &Card<'_>) -> Vec<Token> {
    let matching = wanted.iter().filter_map(|name| {
        let tier = spelling::match_of(record, std::slice::from_ref(name))?;
        Some((tier, name))
    });
    let Some((_, name)) = matching.min_by_key(|(tier, _)| *tier) else {
        return Vec::new();
    };
    // What was typed stands before what it may stand for; the nearest of several is the one it was made from.
    let typed = wanted.iter().filter(|typed| typed.tier == tier::EXACT);
    let in_common = |typed: &&NameWanted| typed.words.iter().filter(|word| name.words.contains(word)).count();
    let Some(typed) = typed.max_by_key(in_common) else {
        return Vec::new();
    };
    let current: Vec<&str> = record.words.split(' ').collect();
    let other: Vec<String> = record.other_names.iter().flat_map(words).collect();
    let whole = typed.words.join(" ");
    let token = |(at, word): (usize, &String)| {
        let same = typed.words.len() == name.words.len();
        let asked = if same { typed.words[at].clone() } else { whole.clone() };
        let of_another = !current.contains(&word.as_str()) && other.contains(word);
        let how = match asked == *word {
            true if of_another => name_label(tier::OTHER_NAME, card.kind),
            true => name_label(tier::EXACT, card.kind),
            false => name_label(name.tier, card.kind),
        };
        Token {
            parameter: "name",
            asked,
            found: word.clone(),
            how,
        }
    };
    name.words.iter().enumerate().map(token).collect()
}

/// Which parameters a request uses, without their values: what a log may know.
pub fn shape(request: &Request) -> String {
    let asks = &request.conditions;
    let used = [
        ("q", request.q.is_some()),
        ("name", !asks.names.is_empty()),
        ("npi", !asks.npi.is_empty()),
        ("phone", asks.phone.is_some()),
        ("specialty", !asks.specialty.is_empty()),
        ("language", !asks.language.is_empty()),
        ("network_status", !asks.network_status.is_empty()),
        ("network", !asks.networks.is_empty()),
        ("plan", asks.plans.is_some()),
        ("near", request.near.is_some()),
        ("radius", request.radius_km.is_some()),
        ("bbox", !request.boxes.is_empty()),
        ("polygon", request.polygon.is_some()),
        (
            "place",
            [&asks.city, &asks.state, &asks.postal_code, &asks.county]
                .iter()
                .any(|list| !list.is_empty()),
        ),
        ("exclude", request.exclude != Conditions::default()),
        ("facets", !request.facets.is_empty()),
        ("clusters", request.clusters.is_some()),
        ("cursor", request.cursor.is_some()),
        ("sort", request.sort != super::request::Sort::Relevance),
    ];
    let used: Vec<&str> = used
        .into_iter()
        .filter(|(_, used)| *used)
        .map(|(name, _)| name)
        .collect();
    used.join(",")
}
