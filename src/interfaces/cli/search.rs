//! `provdir search`: the same search as over HTTP, on the terminal, from the index folder alone; only what networks and plans there are
//! stands in the store.

use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;

use super::{Error, print, print_json};
use crate::domain::reference::Reference;
use crate::index::Index;
use crate::query;
use crate::vocab::Lexicon;

/// What to search for.
#[derive(Clone, Debug, Args)]
pub struct Options {
    /// Names, specialty, language, place: `spanish speaking cardiologist in Houston`.
    text: Vec<String>,
    /// `lat,lon`, a ZIP or `City, ST`.
    #[arg(long, value_name = "PLACE")]
    near: Option<String>,
    /// In miles.
    #[arg(long, value_name = "MILES")]
    radius: Option<String>,
    /// NUCC code, short code or words.
    #[arg(long, value_name = "WORDS")]
    specialty: Vec<String>,
    /// Code or name.
    #[arg(long, value_name = "LANGUAGE")]
    language: Vec<String>,
    /// PENDING, ACTIVE or INACTIVE.
    #[arg(long, value_name = "STATUS")]
    network_status: Vec<String>,
    /// Any parameter of /providers/search: `--with state=TX --with gender=F`. With network= or plan= Postgres is asked which there are.
    #[arg(long = "with", value_name = "NAME=VALUE")]
    others: Vec<String>,
    /// Most results.
    #[arg(long, default_value = "20", value_name = "N")]
    limit: String,
    /// Also tell how the answer came about and why each result is where it is.
    #[arg(long)]
    explain: bool,
    /// The whole answer as JSON.
    #[arg(long)]
    json: bool,
}

impl Options {
    /// Whether a parameter names a network or a plan, of which the index has but numbers.
    pub fn asks_store(&self) -> bool {
        let mut names = self.others.iter().filter_map(|pair| pair.split('=').next());
        names.any(|name| matches!(name, "network" | "plan"))
    }

    /// As the parameters of `/providers/search`.
    fn parameters(&self) -> Vec<(String, String)> {
        let mut pairs = vec![
            ("q".to_owned(), self.text.join(" ")),
            ("limit".to_owned(), self.limit.clone()),
        ];
        let one = [("near", &self.near), ("radius", &self.radius)];
        pairs.extend(
            one.into_iter()
                .filter_map(|(name, value)| Some((name.to_owned(), value.clone()?))),
        );
        let many = [
            ("specialty", &self.specialty),
            ("language", &self.language),
            ("network_status", &self.network_status),
        ];
        for (name, values) in many {
            pairs.extend(values.iter().map(|value| (name.to_owned(), value.clone())));
        }
        pairs.extend(self.others.iter().map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (name.to_owned(), value.to_owned())
        }));
        if self.explain {
            pairs.push(("explain".to_owned(), "true".to_owned()));
        }
        pairs.retain(|(name, value)| name != "q" || !value.is_empty());
        pairs
    }
}

/// Searches and prints. Exit code 1 if nothing was found.
///
/// # Errors
/// If a parameter is refused.
pub fn run(
    index: &Index,
    lexicon: &Lexicon,
    reference: &Reference,
    options: &Options,
    now: DateTime<Utc>,
) -> Result<ExitCode, Error> {
    let request = query::Request::parse(&options.parameters(), lexicon, reference).map_err(Error::Refused)?;
    let answer = query::search(&index.snapshot(), &request, now)?;
    let answer = serde_json::to_value(&answer).map_err(std::io::Error::from)?;
    let results = answer["results"].as_array().cloned().unwrap_or_default();
    if options.json {
        print_json(&answer)?;
    } else {
        for card in &results {
            print(&line(card))?;
            if let Some(why) = card.get("explain") {
                print(&because(why, &card["score"]))?;
            }
        }
        if let Some(course) = answer.get("explain") {
            print(&told(course))?;
        }
        let took = answer["took_us"].as_u64().unwrap_or_default();
        let total = answer["total"]["value"].as_u64().unwrap_or_default();
        print(&format!("{total} found in {:.2} ms", took as f64 / 1000.0))?;
    }
    Ok(if results.is_empty() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    })
}

/// Why a card is where it is, as one line.
fn because(why: &serde_json::Value, score: &serde_json::Value) -> String {
    let items = |name: &str| why[name].as_array().cloned().unwrap_or_default();
    let parts: Vec<String> = items("score")
        .iter()
        .filter(|part| part["value"].as_f64() != Some(0.0))
        .map(|part| format!("{} {}", part["part"].as_str().unwrap_or_default(), part["value"]))
        .collect();
    let tokens: Vec<String> = items("matched").iter().map(token).collect();
    let mut said = vec![format!("by {}", why["order"].as_str().unwrap_or_default())];
    if !parts.is_empty() {
        said.push(format!("score {score} = {}", parts.join(" + ")));
    }
    said.extend(why["distance_miles"].as_f64().map(|miles| format!("{miles:.4} mi")));
    if !tokens.is_empty() {
        said.push(tokens.join(", "));
    }
    format!("            {}", said.join("; "))
}

/// `name smyth -> smith (phonetic)`
fn token(token: &serde_json::Value) -> String {
    let text = |name: &str| token[name].as_str().unwrap_or_default();
    let (asked, found, how) = (text("asked"), text("found"), text("how"));
    let met = if asked == found {
        found.to_owned()
    } else {
        format!("{asked} -> {found}")
    };
    let how = if how == "exact" {
        String::new()
    } else {
        format!(" ({how})")
    };
    format!("{} {met}{how}", text("parameter"))
}

/// The course of the search as one line.
fn told(course: &serde_json::Value) -> String {
    let list = |name: &str| {
        let members = course[name].as_object().cloned().unwrap_or_default();
        let each = members.iter().map(|(name, value)| format!("{name} {value}"));
        each.collect::<Vec<_>>().join(", ")
    };
    format!(
        "plan {}, order {}, {} segments; looked at {}; microseconds: {}",
        course["plan"].as_str().unwrap_or_default(),
        course["order"].as_str().unwrap_or_default(),
        course["segments"],
        list("looked_at"),
        list("stages_us"),
    )
}

/// A card as one line of a terminal.
fn line(card: &serde_json::Value) -> String {
    let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let place = &card["location"];
    let distance = card["distance_miles"]
        .as_f64()
        .map_or(String::new(), |d| format!("{d:>7.1} mi"));
    format!(
        "{:<10}  {:<36.36}  {:<36.36}  {:<8}  {}, {} {}{distance}",
        text(&card["npi"]),
        text(&card["name"]),
        text(&card["specialties"][0]["name"]),
        text(&card["network_status"]),
        text(&place["city"]),
        text(&place["state"]),
        text(&place["postal_code"]),
    )
}
