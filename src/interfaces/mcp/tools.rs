//! The tools: what each takes, answers, and how it is asked. All of them only read.

use std::sync::{Arc, LazyLock};

use rmcp::model::{Tool, ToolAnnotations};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value, json};

use super::{
    arguments::as_declared,
    freshness::{Answered, Moment},
};
use crate::domain::access::Permission;
use crate::intake::extract::Told;
use crate::intake::matching::{Outcome, Record, match_record};
use crate::interfaces::http::{
    Rooms,
    access::{Identity, InOrganization, admit},
    detail::Detail,
    extract, listing, matching, parameters,
    problem::{Kind, Problem},
    providers,
    search::{self, View},
    slots::{self, Slots},
    why_not,
    work::{self, Weight},
};
use crate::interfaces::network_check;
use crate::query::{self, candidates::Directory, request::Key};
use crate::vocab::{Npi, NpiError};

/// Results of a search that nobody asked for more of: a reader of language pays by the word.
const USUAL_LIMIT: u32 = 5;

/// An object whose properties are those of the HTTP interface.
type Object = Map<String, Value>;

/// What a search takes: the parameters of `GET /providers/search` that a program needs.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct SearchArguments {
    /// Everything in one box: `spanish speaking cardiologist in Houston accepting new patients`.
    q: Option<String>,
    /// Name of a person or organisation.
    name: Option<String>,
    /// NUCC codes or words: `cardiology`.
    specialty: Option<Vec<String>>,
    /// Codes or names: `es`.
    language: Option<Vec<String>>,
    /// `lat,lon`, a ZIP or `City, ST`.
    near: Option<String>,
    /// Miles around `near`.
    radius: Option<f64>,
    /// City.
    city: Option<String>,
    /// Two letters.
    state: Option<String>,
    /// ZIP.
    postal_code: Option<String>,
    /// Network by id or name.
    network: Option<Vec<String>>,
    /// Plan by id or name.
    plan: Option<Vec<String>>,
    /// `ACTIVE`, `PENDING`, `INACTIVE`.
    network_status: Option<Vec<String>>,
    /// `F`, `M`, `X`.
    gender: Option<String>,
    /// Whether new patients are accepted.
    accepting_new_patients: Option<bool>,
    /// Whether there is telehealth.
    telehealth: Option<bool>,
    /// `individual` or `organization`.
    kind: Option<String>,
    /// Results, 1 to 100; 5 if not said.
    limit: Option<u32>,
    /// Where the next page begins: `next_cursor` of the last answer.
    cursor: Option<String>,
}

/// A provider by one of its keys.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct KeyArguments {
    /// NPI, locator (`PRV-2026-000042`) or id.
    key: String,
}

/// A number to be checked.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NpiArguments {
    /// Ten digits.
    npi: String,
}

/// A text to be read.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct TextArguments {
    /// At most five megabytes. It is read as data, whatever it says.
    text: String,
    /// Where its providers are, as far as it does not say: `lat,lon`, a ZIP or `City, ST`.
    near: Option<String>,
    /// Most candidates of each mention, 1 to 50; 5 if not said.
    limit: Option<usize>,
}

/// What is looked for in the calendars of an organisation.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct SlotArguments {
    /// With the practitioner who has this NPI.
    npi: Option<String>,
    /// With this practitioner, by id.
    practitioner_id: Option<String>,
    /// With a practitioner of this specialty: a NUCC code or words.
    specialty: Option<String>,
    /// At this clinic, by id.
    clinic_id: Option<String>,
    /// That take appointments of this type.
    appointment_type: Option<String>,
    /// That begin at or after this moment: `2026-11-23T09:00:00Z`; now if not said.
    from: Option<String>,
    /// That begin before this moment.
    until: Option<String>,
    /// Slots, 1 to 100; 5 if not said.
    limit: Option<u32>,
    /// Where the next page begins: `next_cursor` of the last answer.
    cursor: Option<String>,
}

/// Most slots of one answer.
const MOST_SLOTS: u32 = 100;

/// A check of a network that leaves nothing behind: no claim is held, and nothing is kept.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
struct CheckArguments {
    /// Ten digits.
    npi: String,
    /// Plan: id, code or name. This or `network`.
    plan: Option<String>,
    /// Network: id or name.
    network: Option<String>,
    /// Date of service, `2026-11-22`; today (UTC) if not said.
    date: Option<String>,
    /// At this location; at any if not said.
    location_id: Option<String>,
    /// NUCC code that the provider should list.
    taxonomy: Option<String>,
    /// As the directory knew it at the end of this day (UTC).
    as_known_on: Option<String>,
    /// The day on which the member looked into the public directory.
    relied_on: Option<String>,
}

impl From<CheckArguments> for network_check::Asked {
    fn from(arguments: CheckArguments) -> Self {
        Self {
            npi: arguments.npi,
            plan: arguments.plan,
            network: arguments.network,
            date: arguments.date,
            location_id: arguments.location_id,
            taxonomy: arguments.taxonomy,
            as_known_on: arguments.as_known_on,
            relied_on: arguments.relied_on,
            claim_ref: None,
            receipt: false,
        }
    }
}

/// A provider, and a search that it should be found by.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ExplainArguments {
    /// NPI, locator (`PRV-2026-000042`) or id.
    key: String,
    /// The search.
    #[serde(default)]
    search: SearchArguments,
}

/// What is known of a number.
#[derive(Debug, Serialize, JsonSchema)]
struct NpiAnswer {
    /// As it was given.
    npi: String,
    /// Whether it has ten digits and its check digit fits.
    valid: bool,
    /// Why it is not valid: `length`, `digits`, `check_digit`.
    fault: Option<&'static str>,
    /// The same in a sentence.
    reason: Option<String>,
    /// The digit that would fit.
    expected_check_digit: Option<u8>,
    /// Whether the first digit is 1 or 2, as in all NPIs that have been issued.
    issuable: bool,
    /// Whether a provider of this directory has it.
    known: bool,
    /// That provider.
    provider: Option<Value>,
}

/// All tools, in the order in which they are mostly needed.
pub static ALL: LazyLock<Vec<Tool>> = LazyLock::new(|| {
    vec![
        tool::<SearchArguments, Object>(
            "search_providers",
            "Search providers",
            "Finds healthcare providers by name, specialty, language, place, network and more. Results are as those of \
             GET /providers/search; `interpreted` says how `q` was understood.",
        ),
        tool::<KeyArguments, Object>(
            "get_provider",
            "Get a provider",
            "One provider with everything that is public: locations, specialties, languages, networks, identifiers.",
        ),
        tool::<NpiArguments, NpiAnswer>(
            "validate_npi",
            "Check an NPI",
            "Whether a National Provider Identifier can be one (check digit), and who has it.",
        ),
        tool::<Record, Outcome>(
            "match_record",
            "Match a record",
            "Which provider a record (name, address, phone, licence, NPI, ...) means: a decision with calibrated probabilities \
             and the evidence of each field. Only the decision `match` is one.",
        ),
        tool::<TextArguments, Told<Outcome>>(
            "extract_providers",
            "Find providers in a text",
            "The providers that a letter, roster, e-mail or form mentions, each with its exact place in the text (in Unicode scalar \
             values), its fields, and whom it means. Patients and clerks are left out.",
        ),
        tool::<CheckArguments, network_check::Checked>(
            "check_network",
            "Check a network",
            "Whether a provider was in a network or plan on a day, and what follows for a claim.",
        ),
        tool::<SlotArguments, Slots>(
            "find_slots",
            "Find free slots",
            "The next free slots at the clinics of the organisation that the caller acts for, in the order of time. Nothing is \
             held or booked. Needs a token that may read schedules; one of somebody who is in several organisations needs the \
             header `X-Organization-Id` beside it, which is set where the client is set up.",
        ),
        tool::<ExplainArguments, Object>(
            "explain",
            "Explain a search",
            "What keeps a provider out of a search: each cause with the parameter that it comes from.",
        ),
    ]
});

/// The tool of a name.
pub fn named(name: &str) -> Option<&'static Tool> {
    ALL.iter().find(|tool| tool.name == name)
}

fn tool<A, R>(name: &'static str, title: &str, says: &'static str) -> Tool
where
    A: JsonSchema + 'static,
    R: JsonSchema + 'static,
{
    let annotations = ToolAnnotations::with_title(title)
        .read_only(true)
        .destructive(false)
        .idempotent(true)
        .open_world(false);
    Tool::new(name, says, Arc::new(Object::new()))
        .with_title(title)
        .with_input_schema::<A>()
        .with_output_schema::<Answered<R>>()
        .with_annotations(annotations)
}

/// The answer of a tool; `None` for a name that none has.
pub async fn call(
    rooms: &Arc<Rooms>,
    asker: Option<&Identity>,
    name: &str,
    arguments: Value,
) -> Option<Result<Value, Problem>> {
    let arguments = as_declared(&named(name)?.input_schema, arguments);
    let view = View::of(asker);
    // Before, so that everything up to the position that is told is in the answer.
    let moment = Moment::read(rooms);
    let result = match name {
        "search_providers" => search_providers(rooms, &view, arguments).await,
        "get_provider" => get_provider(rooms, &view, arguments).await,
        "validate_npi" => validate_npi(rooms, arguments),
        "match_record" => match_one(rooms, asker, arguments).await,
        "extract_providers" => extract_providers(rooms, asker, arguments).await,
        "check_network" => check_network(rooms, asker, arguments).await,
        "find_slots" => find_slots(rooms, asker, arguments).await,
        "explain" => explain(rooms, &view, arguments).await,
        _ => return None,
    };
    let source = match name {
        "get_provider" | "check_network" | "find_slots" => "provider directory, from its store of record",
        _ => "provider directory, from its index",
    };
    Some(result.map(|result| moment.answered(source, &result)))
}

fn read<A: DeserializeOwned>(arguments: Value) -> Result<A, Problem> {
    parameters::from_value(arguments)
}

fn told(answer: &impl Serialize) -> Result<Value, Problem> {
    serde_json::to_value(answer).map_err(|e| Problem::internal(&e))
}

/// The arguments as the parameters of a query string.
fn pairs(arguments: &impl Serialize) -> Result<Vec<(String, String)>, Problem> {
    let Value::Object(members) = told(arguments)? else {
        return Ok(Vec::new());
    };
    let text = |value: Value| match value {
        Value::String(text) => Some(text),
        Value::Null => None,
        other => Some(other.to_string()),
    };
    let each = members.into_iter().flat_map(|(name, value)| {
        let values = match value {
            Value::Array(values) => values,
            value => vec![value],
        };
        values
            .into_iter()
            .filter_map(text)
            .map(move |value| (name.clone(), value))
    });
    Ok(each.collect())
}

async fn search_providers(rooms: &Rooms, view: &View, arguments: Value) -> Result<Value, Problem> {
    let mut arguments: SearchArguments = read(arguments)?;
    arguments.limit = arguments.limit.or(Some(USUAL_LIMIT));
    let answer = search::look(rooms, view, &pairs(&arguments)?).await?;
    told(&answer)
}

/// As the store has it, or with the store away as the index has it.
async fn get_provider(rooms: &Rooms, view: &View, arguments: Value) -> Result<Value, Problem> {
    let KeyArguments { key } = read(arguments)?;
    let key = providers::parse_key(&key)?;
    match providers::read(rooms, view, &key).await {
        Ok(found) => {
            let (lexicon, snapshot) = (rooms.schema.lexicon(), view.snapshot(rooms));
            let today = rooms.now().date_naive();
            told(&Detail::new(&found.provider, &lexicon, &snapshot.reference, today).with_roles(found.roles))
        }
        Err(problem) if problem.kind() == Kind::Unavailable => Ok(listing::merged(listing::cards(rooms, view, &key)?)),
        Err(problem) => Err(problem),
    }
}

fn validate_npi(rooms: &Rooms, arguments: Value) -> Result<Value, Problem> {
    let NpiArguments { npi } = read(arguments)?;
    let read = npi.trim().parse::<Npi>();
    let expected = match read {
        Err(NpiError::CheckDigit { expected, .. }) => Some(expected),
        _ => None,
    };
    let provider = match read {
        Ok(npi) => {
            let snapshot = rooms.index.snapshot();
            query::provider(&snapshot, &Key::Npi(npi))?
                .first()
                .map(told)
                .transpose()?
        }
        Err(_) => None,
    };
    told(&NpiAnswer {
        npi: npi.chars().take(40).collect(),
        valid: read.is_ok(),
        fault: read.err().map(NpiError::code),
        reason: read.err().map(|why| why.to_string()),
        expected_check_digit: expected,
        issuable: read.is_ok_and(Npi::is_issuable),
        known: provider.is_some(),
        provider,
    })
}

async fn match_one(rooms: &Arc<Rooms>, asker: Option<&Identity>, arguments: Value) -> Result<Value, Problem> {
    let record = Record::parse(arguments).map_err(Problem::faults)?;
    let snapshot = rooms.index.snapshot();
    let actor = admit(asker.cloned(), Permission::ProvidersMatch)?;
    let options = matching::options(rooms, &actor, &[], &snapshot.lexicon.match_model).await?;
    let matched = move || match_record(&Directory::of(&snapshot), &record, &options);
    told(&work::run(rooms, Weight::Heavy, matched).await??)
}

async fn extract_providers(rooms: &Arc<Rooms>, asker: Option<&Identity>, arguments: Value) -> Result<Value, Problem> {
    let TextArguments { text, near, limit } = read(arguments)?;
    let asked = extract::Asked {
        id: None,
        text,
        near,
        limit,
    };
    let snapshot = rooms.index.snapshot();
    let actor = admit(asker.cloned(), Permission::ProvidersExtract)?;
    let model = &snapshot.lexicon.match_model;
    let mut options = matching::options(rooms, &actor, &[], model).await?;
    options.read_from_text(model);
    told(&extract::read(rooms, snapshot, Arc::new(options), asked).await?)
}

async fn check_network(rooms: &Rooms, asker: Option<&Identity>, arguments: Value) -> Result<Value, Problem> {
    let arguments: CheckArguments = read(arguments)?;
    let actor = admit(asker.cloned(), Permission::NetworkCheck)?;
    let reader = network_check::Reader::open(rooms, &actor, None).await?;
    told(&reader.check(&arguments.into()).await?)
}

async fn find_slots(rooms: &Rooms, asker: Option<&Identity>, arguments: Value) -> Result<Value, Problem> {
    let mut arguments: SlotArguments = read(arguments)?;
    let limit = arguments.limit.unwrap_or(USUAL_LIMIT);
    if !(1..=MOST_SLOTS).contains(&limit) {
        return Err(Problem::fault("limit", "range", format!("1 to {MOST_SLOTS}")));
    }
    arguments.limit = Some(limit);
    let inside = InOrganization::of_asker(asker).map_err(|problem| match problem.kind() {
        // No argument can say it: a model would try one after the other.
        Kind::InvalidParameter if asker.is_some() => Problem::fault(
            "X-Organization-Id",
            "missing",
            "tell whoever has set up this client: the connection must name the organisation that it acts for in this header",
        ),
        _ => problem,
    })?;
    told(&slots::look(rooms, &inside, pairs(&arguments)?).await?)
}

async fn explain(rooms: &Rooms, view: &View, arguments: Value) -> Result<Value, Problem> {
    let ExplainArguments { key, search } = read(arguments)?;
    let found = why_not::causes(rooms, view, &key, &pairs(&search)?).await?;
    Ok(json!({"key": key, "matches": found["matches"], "causes": found["causes"], "position": found["position"]}))
}
