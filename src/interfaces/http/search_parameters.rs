//! The parameters of a search as the OpenAPI document tells them: the shape of each, and what it does.

use serde_json::{Value, json};

use super::operation::query;
use crate::query::request::PARAMETERS;
use crate::vocab::terms::{Accessibility, Gender, NetworkStatus, Profession, ProviderKind};

/// Forms of a search's answer beside JSON, by `format`.
pub const FORMS: [&str; 3] = ["application/geo+json", "text/csv", "application/x-ndjson"];

/// Every parameter of a search, in the order of the contract.
pub fn search_parameters() -> Vec<Value> {
    let told = |name: &&str| {
        let (schema, says) = search_parameter(name);
        query(name, &schema, says)
    };
    let excluded = |name: &&str| {
        let (schema, _) = search_parameter(name);
        let says =
            "The same filter the other way round: removes whoever has it, whatever else is asked for or excluded.";
        query(&format!("exclude.{name}"), &schema, says)
    };
    PARAMETERS
        .iter()
        .map(told)
        .chain(EXCLUDABLE.iter().map(excluded))
        .collect()
}

/// The filters that can be turned round.
const EXCLUDABLE: &[&str] = &[
    "name",
    "npi",
    "specialty",
    "language",
    "gender",
    "kind",
    "profession",
    "category",
    "network",
    "plan",
    "network_status",
    "accepting_new_patients",
    "telehealth",
    "accessibility",
    "open_at",
    "available_before",
    "affiliation",
    "organization",
    "city",
    "county",
    "state",
    "postal_code",
];

/// The shape of a parameter, and what it does.
type Told = (Value, &'static str);

/// What is told of one parameter. The JSON body of a search has the same.
pub fn search_parameter(name: &str) -> Told {
    of_whom(name)
        .or_else(|| of_where(name))
        .or_else(|| of_the_answer(name))
        .unwrap_or_else(|| (text(), ""))
}

/// Who is looked for.
fn of_whom(name: &str) -> Option<Told> {
    Some(match name {
        "q" => (
            text(),
            "One box: names, specialties, lay terms, languages, places, wishes, numbers. `interpreted.terms` tells what each piece \
             was taken for; leave a piece out of `q`, or name its words in `literal`, to undo it.",
        ),
        "literal" => (
            several(text()),
            "Words of `q` that are words of a name, whatever else they may mean.",
        ),
        "name" => (several(text()), "Words of a name, current or former."),
        "npi" => (
            several(json!({"type": "string", "pattern": "^[0-9]{10}$"})),
            "National Provider Identifier.",
        ),
        "specialty" => (several(text()), "NUCC code, short code (CARDIOLOGY) or words."),
        "language" => (several(text()), "Code or name of a language."),
        "network_status" => (
            codes(NetworkStatus::ALL.iter().map(|s| s.code()).collect()),
            "Status of the provider; with `network` or `plan`, of the participation.",
        ),
        "network" => (
            several(text()),
            "Id or name of a network: an ACTIVE participation today.",
        ),
        "plan" => (
            several(text()),
            "Id, code or name of a plan: a participation in one of its networks.",
        ),
        "gender" => (
            codes(Gender::ALL.iter().map(|g| g.code()).collect()),
            "Gender of a person.",
        ),
        "accepting_new_patients" => (
            flag(),
            "Whether new patients are taken, at the place and in the network asked for.",
        ),
        "telehealth" => (flag(), "Whether patients are seen by telehealth."),
        "kind" => (
            codes(ProviderKind::ALL.iter().map(|k| k.code()).collect()),
            "Person or organisation.",
        ),
        "profession" => (
            codes(Profession::ALL.iter().map(|p| p.code()).collect()),
            "`physician`: a person with a code of NUCC's allopathic and osteopathic physicians, of whatever specialty.",
        ),
        "category" => (
            several(text()),
            "practitioner, hospital, pharmacy, group, clinic, lab, ...",
        ),
        "accessibility" => (
            codes(Accessibility::ALL.iter().map(|a| a.code()).collect()),
            "Plan-Net accessibility codes.",
        ),
        "open_at" => (text(), "`now` or a local time such as 2026-11-28T10:00."),
        "available_before" => (
            text(),
            "A day: whose next free slot, as far as everybody may see it, begins before it.",
        ),
        "organization" | "affiliation" => (several(text()), "NPI, locator or id of the organisation it belongs to."),
        "match" => (one_of(&["auto", "exact", "fuzzy"]), "How names match."),
        "nicknames" => (flag(), "Whether nicknames match; true if not said."),
        _ => return None,
    })
}

/// Where somebody is looked for.
fn of_where(name: &str) -> Option<Told> {
    Some(match name {
        "near" => (
            text(),
            "`lat,lon`, a ZIP or `City, ST`. A point is where somebody is: a place that `q` names goes before it.",
        ),
        "radius" => (
            json!({"type": "number", "exclusiveMinimum": 0}),
            "Within this distance of `near`, in `unit`.",
        ),
        "unit" => (one_of(&["mi", "km"]), "Unit of `radius`; miles if not said."),
        "bbox" => (text(), "`west,south,east,north` in degrees."),
        "polygon" => (text(), "`lon,lat` pairs separated by `;`, 3 to 500 corners."),
        "city" => (several(text()), "City."),
        "state" => (several(text()), "Two letters or the name of a state."),
        "postal_code" => (several(text()), "ZIP of five or nine digits."),
        "county" => (several(text()), "County."),
        _ => return None,
    })
}

/// What is answered, and how.
fn of_the_answer(name: &str) -> Option<Told> {
    Some(match name {
        "sort" => (
            one_of(&["relevance", "distance", "name", "verified", "next_available"]),
            "The order; ties break by id.",
        ),
        "group" => (
            one_of(&["provider", "location"]),
            "One row for each provider, or for each of its places.",
        ),
        "limit" => (
            json!({"type": "integer", "minimum": 1, "maximum": 100, "default": 20}),
            "Rows of a page.",
        ),
        "cursor" => (text(), "`next_cursor` of the page before, with the same parameters."),
        "facets" => (
            text(),
            "Comma-separated: specialty, language, gender, network, plan, network_status, accepting_new_patients, telehealth, city, state, kind, category, affiliation.",
        ),
        "clusters" => (
            json!({"type": "integer", "minimum": 0, "maximum": 20}),
            "Counts by the cells of a map at this zoom level.",
        ),
        "count" => (one_of(&["exact", "none"]), "Whether the total is counted."),
        "fields" => (text(), "Comma-separated properties of a card to keep."),
        "format" => (
            one_of(&["json", "geojson", "csv", "ndjson"]),
            "Form of the answer; csv and ndjson stream the whole set.",
        ),
        "explain" => (
            flag(),
            "Whether to tell how the answer came about, and why each result is where it is.",
        ),
        "min_position" => (
            json!({"type": "string", "pattern": "^[0-9]+-[0-9]+$"}),
            "Answer from an index at least this new (`X-Position` of a write).",
        ),
        _ => return None,
    })
}

fn text() -> Value {
    json!({"type": "string", "maxLength": 4096})
}

fn flag() -> Value {
    json!({"type": "boolean"})
}

fn several(items: Value) -> Value {
    json!({"type": "array", "items": items})
}

fn one_of(codes: &[&str]) -> Value {
    json!({"type": "string", "enum": codes})
}

/// Some of the codes of a vocabulary.
fn codes(all: Vec<&'static str>) -> Value {
    several(one_of(&all))
}
