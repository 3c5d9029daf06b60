//! Does the one box understand people? Sentences with what must be understood and found, over invented providers.
//!
//! `cargo bench --bench relevance` prints how many are read exactly, and for how many the right provider is first or among
//! the first five, of those that somebody here answers at all; for the part that may be tuned on and for the part kept aside. `-- --providers N` sets the size of the
//! directory, `--verbose` tells each failure of the part for tuning, `--all` those of all parts; `--file` reads other
//! sentences, `--index-schema` another vocabulary.

use std::{error::Error, sync::Arc, time::Instant};

use chrono::{DateTime, TimeZone, Utc};
use provider_directory::{
    index::{Index, Snapshot, schema::Handle},
    intake::generate,
    query::{self, Request},
    vocab::{Position, names::words},
};
use serde::Deserialize;
use serde_json::Value;

const SENTENCES: &str = include_str!("../fixtures/relevance.csv");
/// Sentences that were written later, all at once, and measured before anything was tuned on them.
const FRESH: &str = include_str!("../fixtures/relevance_fresh.csv");
/// The names in the sentences are those of the first 3,000 providers of this seed.
const SEED: u64 = 11;
const PROVIDERS: u64 = 50_000;

#[derive(Deserialize)]
struct Sentence {
    part: String,
    sentence: String,
    near: String,
    /// One of these codes, separated by `|`.
    specialty: String,
    language: String,
    /// `?`: whatever it is read as.
    place: String,
    /// `?`: whatever it is read as.
    name: String,
    npi: String,
    /// `accepting`, `telehealth`, `open`, `gender=F`, `networks=3`, `plans=1`, separated by `;`.
    more: String,
}

#[derive(Default)]
struct Score {
    all: usize,
    read: usize,
    /// Sentences that somebody in this directory answers.
    answerable: usize,
    first: usize,
    five: usize,
}

impl Score {
    fn line(&self, name: &str) -> String {
        let share = |n: usize, of: usize| n as f64 / of.max(1) as f64;
        let (read, first, five) = (
            share(self.read, self.all),
            share(self.first, self.answerable),
            share(self.five, self.answerable),
        );
        let (all, able) = (self.all, self.answerable);
        format!("{name:8} {all:>9} {read:>9.3} {able:>10} {first:>9.3} {five:>9.3}")
    }
}

/// What is asked for on the command line.
struct Asked {
    providers: u64,
    /// Failures are told but for the sentences kept aside.
    verbose: bool,
    /// All failures are told.
    all: bool,
    schema: Handle,
    sentences: String,
}

impl Asked {
    fn read() -> Result<Self, Box<dyn Error>> {
        let arguments: Vec<String> = std::env::args().collect();
        let after = |name: &str| {
            let at = arguments.iter().position(|a| a == name)?;
            arguments.get(at + 1)
        };
        let has = |name: &str| arguments.iter().any(|a| a == name);
        Ok(Self {
            providers: after("--providers").map_or(Ok(PROVIDERS), |n| n.parse())?,
            verbose: has("--verbose"),
            all: has("--all"),
            schema: match after("--index-schema") {
                Some(folder) => Handle::watch(std::path::Path::new(folder))?,
                None => Handle::embedded(),
            },
            sentences: match after("--file") {
                Some(file) => std::fs::read_to_string(file)?,
                None => [SENTENCES, FRESH.split_once('\n').map_or("", |(_, rows)| rows)].concat(),
            },
        })
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let asked = Asked::read()?;
    let now = Utc
        .with_ymd_and_hms(2026, 11, 22, 17, 0, 0)
        .single()
        .ok_or("a moment")?;
    let folder = tempfile::tempdir()?;
    let snapshot = directory(folder.path(), asked.providers, asked.schema, now)?;
    let (mut tune, mut aside, mut fresh) = (Score::default(), Score::default(), Score::default());
    let mut times = Vec::new();
    for row in csv::Reader::from_reader(asked.sentences.as_bytes()).deserialize() {
        let row: Sentence = row?;
        let began = Instant::now();
        let answer = ask(&snapshot, &row, now)?;
        times.push(began.elapsed());
        let score = match row.part.as_str() {
            "aside" => &mut aside,
            "fresh" => &mut fresh,
            _ => &mut tune,
        };
        let failure = judge(&snapshot, &row, &answer, now, score)?;
        let is_told = asked.all || (asked.verbose && row.part != "aside");
        if let Some(failure) = failure.filter(|_| is_told) {
            println!("{failure}");
        }
    }
    times.sort_unstable();
    println!(
        "{:8} {:>9} {:>9} {:>10} {:>9} {:>9}",
        "part", "sentences", "reading", "answerable", "success@1", "success@5"
    );
    for (name, score) in [("tuned on", &tune), ("aside", &aside), ("fresh", &fresh)] {
        println!("{}", score.line(name));
    }
    println!(
        "median {:?}, slowest {:?}",
        times[times.len() / 2],
        times[times.len() - 1]
    );
    Ok(())
}

/// Adds how a sentence was answered to a score. What is wrong, if it was misread or nobody fitting is among the first five though
/// there is somebody.
fn judge(
    snapshot: &Arc<Snapshot>,
    row: &Sentence,
    answer: &Value,
    now: DateTime<Utc>,
    score: &mut Score,
) -> Result<Option<String>, Box<dyn Error>> {
    let read = misread(row, &answer["interpreted"]);
    let mut cards = answer["results"].as_array().into_iter().flatten();
    let rank = cards.position(|card| is_right(snapshot, row, card));
    let is_answerable = rank.is_some() || is_answerable(snapshot, row, &answer["interpreted"], now)?;
    score.all += 1;
    score.read += usize::from(read.is_none());
    score.first += usize::from(rank == Some(0));
    score.five += usize::from(rank.is_some_and(|rank| rank < 5));
    score.answerable += usize::from(is_answerable);
    let failed = read.is_some() || (is_answerable && rank.is_none_or(|rank| rank > 4));
    Ok(failed.then(|| {
        let top = answer["results"][0]["name"].as_str().unwrap_or("nothing");
        let read = read.unwrap_or_default();
        format!("{} | {read} | rank {rank:?} | {top}", row.sentence)
    }))
}

fn directory(
    folder: &std::path::Path,
    count: u64,
    schema: Handle,
    now: DateTime<Utc>,
) -> Result<Arc<Snapshot>, Box<dyn Error>> {
    let lexicon = schema.lexicon();
    let index = Index::open(folder, schema)?;
    index.set_reference(generate::reference());
    let mut rebuild = index.rebuild()?;
    for synthetic in generate::providers(count, SEED) {
        rebuild.add(synthetic.to_provider(&lexicon), now.date_naive())?;
    }
    rebuild.seal(Position { xid: 1, id: 1 }, 1)?;
    rebuild.swap()?;
    let snapshot = index.snapshot();
    for living in &snapshot.segments {
        living.segment.vocabulary();
    }
    Ok(snapshot)
}

fn ask(snapshot: &Arc<Snapshot>, row: &Sentence, now: DateTime<Utc>) -> Result<Value, Box<dyn Error>> {
    let mut pairs = vec![("q".to_owned(), row.sentence.clone())];
    if !row.near.is_empty() {
        pairs.push(("near".to_owned(), row.near.clone()));
    }
    let request =
        Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).map_err(|faults| format!("{faults:?}"))?;
    let answer = query::search(snapshot, &request, now)?;
    Ok(serde_json::to_value(&answer)?)
}

/// Whether the directory has somebody who is what a sentence asks for, found without reading it: by the parameters that mean
/// the same. Only hours and networks, which the table does not name, are taken as they were read.
fn is_answerable(
    snapshot: &Arc<Snapshot>,
    row: &Sentence,
    read: &Value,
    now: DateTime<Utc>,
) -> Result<bool, Box<dyn Error>> {
    if !row.npi.is_empty() {
        return Ok(true);
    }
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut put = |name: &str, value: &str| {
        if !value.is_empty() {
            pairs.push((name.to_owned(), value.to_owned()));
        }
    };
    for code in row.specialty.split('|') {
        put("specialty", code);
    }
    put("language", &row.language);
    if !matches!(row.name.as_str(), "" | "?") {
        put("name", &row.name);
        put("match", "exact");
    }
    let place = snapshot.lexicon.gazetteer.find(label_key(&row.place));
    match place {
        Some(place) if place.city.is_none() && place.county.is_none() && place.postal_code.is_none() => {
            put("state", &place.state);
        }
        Some(place) => {
            put("near", &format!("{},{}", place.point.lat(), place.point.lon()));
            put("radius", &THERE_MILES.to_string());
        }
        None if !row.near.is_empty() => {
            put("near", &row.near);
            put("radius", &THERE_MILES.to_string());
        }
        None => {}
    }
    for wish in row.more.split(';') {
        match wish.split_once('=').unwrap_or((wish, "true")) {
            ("accepting", yes) => put("accepting_new_patients", yes),
            ("telehealth", yes) => put("telehealth", yes),
            ("gender", gender) => put("gender", gender),
            ("open", _) => put("open_at", read["open_at"].as_str().unwrap_or_default()),
            ("networks", _) => {
                for id in read["network"].as_array().into_iter().flatten() {
                    put("network", id.as_str().unwrap_or_default());
                }
            }
            _ => {}
        }
    }
    let request =
        Request::parse(&pairs, &snapshot.lexicon, &snapshot.reference).map_err(|faults| format!("{faults:?}"))?;
    let answer = serde_json::to_value(&query::search(snapshot, &request, now)?)?;
    Ok(answer["total"]["value"] != 0)
}

/// What was read otherwise than it is meant.
fn misread(row: &Sentence, read: &Value) -> Option<String> {
    let text = |name: &str| read[name].as_str().unwrap_or_default().to_owned();
    let list = |name: &str| -> Vec<String> {
        let values = read[name].as_array().into_iter().flatten();
        values.filter_map(Value::as_str).map(str::to_owned).collect()
    };
    let codes = list("specialty");
    let wanted: Vec<&str> = row.specialty.split('|').filter(|code| !code.is_empty()).collect();
    let place = read["place"]["label"].as_str().unwrap_or_default();
    let near = !row.near.is_empty() && row.place.is_empty();
    let mut more: Vec<String> = Vec::new();
    for (name, key) in [("accepting", "accepting_new_patients"), ("telehealth", "telehealth")] {
        more.extend((read[key] == true).then(|| name.to_owned()));
    }
    more.extend((!text("open_at").is_empty()).then(|| "open".to_owned()));
    more.extend((!text("gender").is_empty()).then(|| format!("gender={}", text("gender"))));
    for name in ["network", "plan"] {
        let count = list(name).len();
        more.extend((count > 0).then(|| format!("{name}s={count}")));
    }
    let mut meant: Vec<String> = row
        .more
        .split(';')
        .filter(|m| !m.is_empty())
        .map(str::to_owned)
        .collect();
    more.sort();
    meant.sort();
    let faults = [
        (
            "specialty",
            codes.is_empty() == wanted.is_empty()
                && (wanted.is_empty() || codes.iter().any(|c| wanted.contains(&c.as_str()))),
            codes.join("|"),
        ),
        (
            "language",
            list("language").join("|") == row.language,
            list("language").join("|"),
        ),
        (
            "place",
            near || row.place == "?" || place == row.place,
            place.to_owned(),
        ),
        ("name", row.name == "?" || text("name") == row.name, text("name")),
        ("npi", !row.name.is_empty() || text("npi") == row.npi, text("npi")),
        ("wishes", more == meant, more.join(";")),
    ];
    let wrong: Vec<String> = faults
        .into_iter()
        .filter(|(_, right, _)| !right)
        .map(|(name, _, found)| format!("{name}: `{found}`"))
        .collect();
    (!wrong.is_empty()).then(|| wrong.join(", "))
}

/// Whether a result is what was asked for.
fn is_right(snapshot: &Snapshot, row: &Sentence, card: &Value) -> bool {
    if !row.npi.is_empty() {
        return card["npi"] == row.npi.as_str();
    }
    let has = |list: &str, wanted: &str| card[list].as_array().into_iter().flatten().any(|value| value == wanted);
    let codes = || {
        card["specialties"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|s| s["code"].as_str())
    };
    let specialty =
        row.specialty.is_empty() || codes().any(|code| row.specialty.split('|').any(|wanted| wanted == code));
    let language = row.language.is_empty() || has("languages", &row.language);
    let place = is_there(snapshot, row, card);
    let name = card["name"].as_str().map(words).unwrap_or_default();
    let named = row.name == "?" || words(&row.name).iter().all(|word| name.contains(word));
    let wishes = row.more.split(';').all(|wish| match wish {
        "accepting" => card["accepting_new_patients"] == true,
        "telehealth" => card["telehealth"] == true,
        "gender=F" => card["gender"] == "F",
        "gender=M" => card["gender"] == "M",
        _ => true,
    });
    specialty && language && place && named && wishes
}

/// Farther than this from a place that was named, nobody is there: a search looks no farther at first.
const THERE_MILES: f64 = 50.0;

/// Whether a result is where it was asked for: near the place, or in the city or state that the sentence names.
fn is_there(snapshot: &Snapshot, row: &Sentence, card: &Value) -> bool {
    let near = card["distance_miles"]
        .as_f64()
        .is_some_and(|miles| miles <= THERE_MILES);
    if row.place.is_empty() {
        return row.near.is_empty() || near;
    }
    if row.place == "?" || near {
        return true;
    }
    let Some(place) = snapshot.lexicon.gazetteer.find(label_key(&row.place)) else {
        return false;
    };
    let at = |name: &str| card["location"][name].as_str().unwrap_or_default();
    let in_city = |city: &String| at("city").eq_ignore_ascii_case(city);
    at("state") == place.state && place.city.as_ref().is_none_or(in_city)
}

/// What a label of a place is found by: `10013 New York, NY` leads with the ZIP.
fn label_key(label: &str) -> &str {
    let (first, _) = label.split_once(' ').unwrap_or((label, ""));
    let zip = !first.is_empty() && first.bytes().all(|b| b.is_ascii_digit());
    if zip { first } else { label }
}
