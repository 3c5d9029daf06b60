//! What all resources here have in common: how they are searched and read, by whom, and how the document and the
//! `CapabilityStatement` tell of it. What is particular to one it says as a [`Resource`].

use std::{future::Future, sync::Arc};

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, header},
    response::Response,
    routing::{get, post},
};
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    absent, answer,
    bundle::{Bundle, Page},
    include::{self, One},
    operation,
    search::{self, Search, is_lenient, one},
    sent::{Entered, Sent, Versioned, elements},
};
use crate::domain::access::Permission;
use crate::interfaces::http::{
    Rooms, Routes,
    access::InOrganization,
    links::Links,
    operation::{Operation, query},
    paging,
    path::Path,
    problem::{Kind, Problem},
};
use crate::store::{Error, Tx};
use crate::vocab::Fault;

/// The media type of a form.
const FORM: &str = "application/x-www-form-urlencoded";

/// A parameter of a search.
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The kind that FHIR gives it: `token`, `reference`.
    pub kind: &'static str,
    /// What it asks for.
    pub meaning: &'static str,
    /// All that it can be; empty: any text.
    pub words: &'static [&'static str],
}

impl Parameter {
    /// One that takes a text.
    pub const fn new(name: &'static str, kind: &'static str, meaning: &'static str) -> Self {
        Self {
            name,
            kind,
            meaning,
            words: &[],
        }
    }

    /// One that takes one of some words.
    pub const fn one_of(self, words: &'static [&'static str]) -> Self {
        Self { words, ..self }
    }

    /// When resources were last changed.
    pub const LAST_UPDATED: Self = Self::new(
        "_lastUpdated",
        "date",
        "Last changed then: a date with a prefix (`gt2026-11-30T10:00:00Z`). Repeated: all hold.",
    );

    fn told(&self) -> Value {
        let shape = match self.words {
            [] => json!({"type": "string"}),
            words => json!({"type": "string", "enum": words}),
        };
        query(self.name, &shape, self.meaning)
    }
}

/// How a kind of resource is told of.
pub struct Told {
    /// Its type in R4.
    pub of: &'static str,
    /// Where it is searched.
    pub path: &'static str,
    /// Where it is searched by a form.
    pub path_of_search: &'static str,
    /// Where one is read by its key.
    pub path_of_one: &'static str,
    /// The elements that R4 wants of each: told also to who asks for others only.
    pub mandatory: &'static [&'static str],
    /// What one is here: `clinic`.
    pub called: &'static str,
    /// What is read.
    pub reads: &'static str,
    /// What a search finds, in which order.
    pub finds: &'static str,
    /// The parameter that names the order.
    pub sorted_by: &'static str,
    /// The parameters of a search that are its own.
    pub parameters: &'static [Parameter],
    /// Who may.
    pub who: &'static str,
    /// What they need.
    pub permission: Permission,
}

/// A kind of resource: what it is made of, and how the store is asked for it.
pub trait Resource: Serialize + JsonSchema + Send + Sized + 'static {
    /// How it is told of.
    const TOLD: Told;
    /// Its key.
    type Key: DeserializeOwned + Send + 'static;
    /// Which are searched.
    type Filter: Default + Send + Sync;
    /// What it is made of.
    type Known: Send;
    /// Where one stands in the order.
    type Place: Serialize + DeserializeOwned + Send;

    /// Narrows a search by one parameter. Whether it is one of its own.
    ///
    /// # Errors
    /// For a value that is not understood.
    fn narrow(filter: &mut Self::Filter, name: &str, value: &str) -> Result<bool, Fault>;

    /// The one with this key.
    fn only(key: Self::Key) -> Self::Filter;

    /// How many fit.
    fn count(tx: &mut Tx, filter: &Self::Filter, now: DateTime<Utc>)
    -> impl Future<Output = Result<i64, Error>> + Send;

    /// The first `limit` of those that fit, behind a place.
    fn page(
        tx: &mut Tx,
        filter: Self::Filter,
        after: Option<Self::Place>,
        limit: i64,
        now: DateTime<Utc>,
    ) -> impl Future<Output = Result<Vec<Self::Known>, Error>> + Send;

    /// Where one stands.
    fn place(known: &Self::Known) -> Self::Place;

    /// When what is told of one last changed; none: that is not known.
    fn changed_at(_known: &Self::Known) -> Option<DateTime<Utc>> {
        None
    }

    /// The resource with its id, as it is on a day.
    fn of(known: Self::Known, today: NaiveDate) -> (String, Self);
}

/// The paths of a resource.
pub fn routes<R: Resource>() -> Routes {
    vec![
        (R::TOLD.path, get(list::<R>)),
        (R::TOLD.path_of_search, post(search_by_form::<R>)),
        (R::TOLD.path_of_one, get(read::<R>)),
    ]
}

/// What they do.
pub fn operations<R: Resource>() -> [Operation; 3] {
    let told = R::TOLD;
    let asked = || {
        let own = told.parameters.iter().map(Parameter::told);
        search::asked(own.chain(include::asked(told.of)), told.sorted_by)
    };
    [
        operation::<Bundle<Entered<R>>>(told.path, told.finds, told.who).asking(asked()),
        operation::<Bundle<Entered<R>>>(told.path_of_search, told.finds, told.who)
            .posted()
            .taking_a_form()
            .asking(asked()),
        operation::<Versioned<R>>(told.path_of_one, told.reads, told.who)
            .asking(search::asked_of_one())
            .refusing(&[Kind::NotFound]),
    ]
}

/// What can be done with it, for the `CapabilityStatement`.
pub fn capability<R: Resource>() -> Value {
    let told = R::TOLD;
    let parameter = |own: &Parameter| json!({"name": own.name, "type": own.kind});
    let mut capability = json!({
        "type": told.of,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "conditionalRead": "not-match",
        // A chain is asked by the parameter that it begins with, and is none of its own.
        "searchParam": told.parameters.iter().filter(|own| !own.name.contains('.')).map(parameter).collect::<Vec<_>>(),
    });
    let ways = [
        ("searchInclude", include::includes(told.of)),
        ("searchRevInclude", include::reverse_includes(told.of)),
    ];
    for (name, ways) in ways.into_iter().filter(|(_, ways)| !ways.is_empty()) {
        capability[name] = json!(ways); // FHIR has no empty lists.
    }
    capability
}

async fn list<R: Resource>(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    links: Links,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    found::<R>(&rooms, &inside, &links, (raw.as_deref(), &headers)).await
}

/// The same search with its parameters in a form, some of them perhaps in the address.
async fn search_by_form<R: Resource>(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    links: Links,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    inside.require(R::TOLD.permission)?; // Before what was sent is looked at.
    let of = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let of = of.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    if !of.eq_ignore_ascii_case(FORM) && !body.is_empty() {
        let detail = format!("Send the parameters as {FORM}.");
        return Err(Problem::new(Kind::UnsupportedMediaType, detail));
    }
    let form = std::str::from_utf8(&body).map_err(|_| Problem::new(Kind::Malformed, "The form is not UTF-8."))?;
    let all = [raw.as_deref().unwrap_or_default(), form.trim()].join("&");
    found::<R>(&rooms, &inside, &links, (Some(&all), &headers)).await
}

async fn found<R: Resource>(
    rooms: &Rooms,
    inside: &InOrganization,
    links: &Links,
    (raw, headers): (Option<&str>, &HeaderMap),
) -> Result<Response, Problem> {
    let told = R::TOLD;
    inside.require(told.permission)?;
    let mut filter = R::Filter::default();
    let known = (told.parameters, told.sorted_by);
    let search = Search::read(raw, known, is_lenient(headers), |search, name, value| match name {
        "_elements" => one(&mut search.elements, name, elements::<R>(value)?).map(|()| true),
        _ if search.beside.take(told.of, name, value)? => Ok(true),
        _ => R::narrow(&mut filter, name, value),
    })?;
    search
        .beside
        .permissions()
        .try_for_each(|needed| inside.require(needed))?;
    let after = paging::read(search.cursor.clone())?;
    let now = rooms.now();
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let mut page = Page::default();
    if search.counts() {
        page.counted = Some(R::count(&mut tx, &filter, now).await?);
    }
    if !search.only_total {
        let found = R::page(&mut tx, filter, after, paging::one_more(search.count()), now).await?;
        let (found, next) = paging::page(found, search.count(), R::place);
        let mut from = Vec::new();
        for known in found {
            let changed_at = R::changed_at(&known);
            let (id, resource) = R::of(known, now.date_naive());
            if !search.beside.is_empty() {
                let told = serde_json::to_value(&resource).map_err(|e| Problem::internal(&e))?;
                let (of, id) = (R::TOLD.of, id.clone());
                from.push(One { of, id, told });
            }
            page.found
                .push((id, Sent::of(resource, changed_at, search.elements.as_deref())?.0));
        }
        let beside = search.beside.beside(&mut tx, &from, now).await?.into_iter();
        page.beside = beside.map(|one| (one.of, one.id, Sent::Beside(one.told))).collect();
        page.next = next;
    }
    tx.commit().await?; // Holds that have run out were given back where slots were read.
    answer(&Bundle::page(links, told.path, &search, page))
}

async fn read<R: Resource>(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(key): Path<String>,
    RawQuery(raw): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    inside.require(R::TOLD.permission)?;
    let mut wanted = None;
    search::read_one(raw.as_deref(), is_lenient(&headers), |name, value| {
        one(&mut wanted, name, elements::<R>(value)?)
    })?;
    // What has the form of an id of FHIR's, and is none of ours, is an id of nothing.
    let key = serde_json::from_value::<R::Key>(Value::String(key)).map_err(|_| absent(R::TOLD.called))?;
    let now = rooms.now();
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = R::page(&mut tx, R::only(key), None, 1, now).await?.pop();
    tx.commit().await?;
    let found = found.ok_or_else(|| absent(R::TOLD.called))?;
    let changed_at = R::changed_at(&found);
    let resource = R::of(found, now.date_naive()).1;
    Sent::read(&headers, (resource, changed_at), wanted.as_deref())
}
