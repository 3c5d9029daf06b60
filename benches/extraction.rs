//! Are the providers in a text found where they stand, and linked to whom they are? Documents in several styles over invented
//! providers, read and matched against an index of them.
//!
//! `cargo bench --bench extraction` prints for each style and for all: span F1 (half of the characters in common), spans that
//! are exact, precision and recall of links, how many of those who are in no directory were linked, documents with nothing
//! wrong, and milliseconds for a document. `-- --documents N --providers N --profile NAME`; `--verbose` shows what went wrong;
//! `--aside` takes kinds of documents that are kept aside, `--texts FILE`
//! documents of others, a line of `{"style": .., "text": .., "gold": [{"start": .., "end": .., "npi": ..}]}` for each.

mod documents;

use std::{
    collections::BTreeMap,
    error::Error,
    path::Path,
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{TimeZone, Utc};
use documents::{Document, Gold};
use provider_directory::{
    index::{Index, Snapshot, schema::Handle},
    intake::{
        extract::{self, Told},
        generate,
        matching::{Decision, Options, Outcome},
    },
    query::{candidates::Directory, spelling::Known},
    vocab::Position,
};
use serde_json::Value;

const SEED: u64 = 29;

/// What was counted.
#[derive(Clone, Default)]
struct Score {
    documents: usize,
    right: usize,
    gold: usize,
    found: usize,
    hit: usize,
    exact: usize,
    /// Mentions whose provider is in the directory.
    listed: usize,
    links: usize,
    right_links: usize,
    absent: usize,
    absent_linked: usize,
    took: Duration,
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, default: u64| -> Result<u64, std::num::ParseIntError> {
        let at = arguments.iter().position(|a| a == name);
        at.and_then(|at| arguments.get(at + 1))
            .map_or(Ok(default), |n| n.parse())
    };
    let (count, providers) = (number("--documents", 1_200)?, number("--providers", 100_000)?);
    let profile = arguments.iter().position(|a| a == "--profile");
    let profile = profile.and_then(|at| arguments.get(at + 1));
    let options = Options {
        profile: profile.map_or_else(|| Options::default().profile, Clone::clone),
        ..Options::default()
    };
    let verbose = arguments.iter().any(|a| a == "--verbose");
    let folder = tempfile::tempdir()?;
    let snapshot = directory(folder.path(), providers)?;
    let aside = arguments.iter().any(|a| a == "--aside");
    let file = arguments.iter().position(|a| a == "--texts");
    let given = match file.and_then(|at| arguments.get(at + 1)) {
        Some(file) => of_others(file)?,
        None => (0..count)
            .map(|n| documents::document(n, SEED, providers, aside))
            .map(|document| (document.style.to_owned(), document))
            .collect(),
    };
    let mut scores: BTreeMap<String, Score> = BTreeMap::new();
    for (n, (style, document)) in given.into_iter().enumerate() {
        let began = Instant::now();
        let told = read(&snapshot, &options, &document)?;
        let took = began.elapsed();
        let score = scores.entry(style.clone()).or_default();
        score.took += took;
        let wrong = score.add(&document, &told);
        if verbose && !wrong.is_empty() {
            println!("--- {style} {n}\n{}\n>> {}", document.text, wrong.join("; "));
        }
    }
    println!(
        "{:10} {:>6} {:>7} {:>7} {:>7} {:>7} {:>7} {:>7} {:>8}",
        "style", "docs", "F1", "exact", "link P", "link R", "absent", "right", "ms"
    );
    let mut all = Score::default();
    for (style, score) in &scores {
        score.print(style);
        all.join(score);
    }
    all.print("all");
    Ok(())
}

/// Documents that somebody else has made.
fn of_others(file: &str) -> Result<Vec<(String, Document)>, Box<dyn Error>> {
    let mut read = Vec::new();
    for line in std::fs::read_to_string(file)?.lines() {
        let line: Value = serde_json::from_str(line)?;
        let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok()).ok_or("a place");
        let mut gold = Vec::new();
        for one in line["gold"].as_array().ok_or("mentions")? {
            gold.push(Gold {
                start: number(&one["start"])?,
                end: number(&one["end"])?,
                npi: one["npi"].as_str().map(str::to_owned),
            });
        }
        let document = Document {
            style: "others",
            text: line["text"].as_str().ok_or("a text")?.to_owned(),
            gold,
        };
        read.push((line["style"].as_str().unwrap_or("others").to_owned(), document));
    }
    Ok(read)
}

fn directory(folder: &Path, count: u64) -> Result<Arc<Snapshot>, Box<dyn Error>> {
    let now = Utc
        .with_ymd_and_hms(2026, 11, 22, 17, 0, 0)
        .single()
        .ok_or("a moment")?;
    let schema = Handle::embedded();
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

fn read(snapshot: &Snapshot, options: &Options, document: &Document) -> Result<Told<Outcome>, Box<dyn Error>> {
    let found = extract::extract(&document.text, &snapshot.lexicon, &Known::of(snapshot));
    Ok(found.linked(&Directory::of(snapshot), options, None, None)?)
}

/// Characters in common, as a share of those of both.
fn overlap(gold: &Gold, start: usize, end: usize) -> f64 {
    let common = gold.end.min(end).saturating_sub(gold.start.max(start));
    common as f64 / (gold.end.max(end) - gold.start.min(start)) as f64
}

impl Score {
    /// Counts a document, and tells what is wrong with it.
    fn add(&mut self, document: &Document, told: &Told<Outcome>) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut used = vec![false; told.mentions.len()];
        for gold in &document.gold {
            let name: String = document
                .text
                .chars()
                .skip(gold.start)
                .take(gold.end - gold.start)
                .collect();
            self.listed += usize::from(gold.npi.is_some());
            self.absent += usize::from(gold.npi.is_none());
            let fits = |(at, mention): (usize, &extract::ToldMention<Outcome>)| {
                !used[at] && overlap(gold, mention.start, mention.end) >= 0.5
            };
            let Some(at) = told.mentions.iter().enumerate().position(fits) else {
                wrong.push(format!("missed {name}"));
                continue;
            };
            used[at] = true;
            let mention = &told.mentions[at];
            self.hit += 1;
            self.exact += usize::from((mention.start, mention.end) == (gold.start, gold.end));
            let linked = mention
                .matched
                .npi
                .filter(|_| mention.matched.decision == Decision::Match);
            let linked = linked.map(|npi| npi.to_string());
            self.links += usize::from(linked.is_some());
            self.right_links += usize::from(linked.is_some() && linked == gold.npi);
            self.absent_linked += usize::from(gold.npi.is_none() && linked.is_some());
            if linked != gold.npi {
                wrong.push(format!("{name} linked to {linked:?}, is {:?}", gold.npi));
            }
        }
        for (mention, _) in told.mentions.iter().zip(&used).filter(|(_, used)| !**used) {
            self.links += usize::from(mention.matched.decision == Decision::Match);
            wrong.push(format!("extra {}", mention.text));
        }
        self.documents += 1;
        self.right += usize::from(wrong.is_empty());
        self.gold += document.gold.len();
        self.found += told.mentions.len();
        wrong
    }

    fn join(&mut self, other: &Self) {
        self.documents += other.documents;
        self.right += other.right;
        self.gold += other.gold;
        self.found += other.found;
        self.hit += other.hit;
        self.exact += other.exact;
        self.listed += other.listed;
        self.links += other.links;
        self.right_links += other.right_links;
        self.absent += other.absent;
        self.absent_linked += other.absent_linked;
        self.took += other.took;
    }

    fn print(&self, name: &str) {
        let share = |part: usize, whole: usize| part as f64 / whole.max(1) as f64;
        let (precision, recall) = (share(self.hit, self.found), share(self.hit, self.gold));
        println!(
            "{name:10} {:>6} {:>7.4} {:>7.4} {:>7.4} {:>7.4} {:>3}/{:<3} {:>7.3} {:>8.3}",
            self.documents,
            2.0 * precision * recall / (precision + recall).max(f64::MIN_POSITIVE),
            share(self.exact, self.gold),
            share(self.right_links, self.links),
            share(self.right_links, self.listed),
            self.absent_linked,
            self.absent,
            share(self.right, self.documents),
            self.took.as_secs_f64() * 1e3 / self.documents.max(1) as f64,
        );
    }
}
