//! What all resources here have in common: how they are searched and read, by whom, and how the document and the
//! `CapabilityStatement` tell of it. What is particular to one it says as a [`Resource`].

use std::{future::Future, sync::Arc};

use axum::{
    extract::{RawQuery, State},
    response::Response,
    routing::get,
};
use chrono::{DateTime, NaiveDate, Utc};
use schemars::JsonSchema;
use serde::{Serialize, de::DeserializeOwned};
use serde_json::{Value, json};

use super::{
    absent, answer,
    bundle::{Bundle, Page},
    operation,
    search::{self, Search},
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
    /// Where one is read by its key.
    pub path_of_one: &'static str,
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

    /// The resource with its id, as it is on a day.
    fn of(known: Self::Known, today: NaiveDate) -> (String, Self);
}

/// The paths of a resource.
pub fn routes<R: Resource>() -> Routes {
    vec![(R::TOLD.path, get(list::<R>)), (R::TOLD.path_of_one, get(read::<R>))]
}

/// What they do.
pub fn operations<R: Resource>() -> [Operation; 2] {
    let told = R::TOLD;
    let own = told.parameters.iter().map(Parameter::told);
    [
        operation::<Bundle<R>>(told.path, told.finds, told.who).asking(search::asked(own, told.sorted_by)),
        operation::<R>(told.path_of_one, told.reads, told.who).refusing(&[Kind::NotFound]),
    ]
}

/// What can be done with it, for the `CapabilityStatement`.
pub fn capability<R: Resource>() -> Value {
    let told = R::TOLD;
    let parameter = |own: &Parameter| json!({"name": own.name, "type": own.kind});
    json!({
        "type": told.of,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "no-version",
        "searchParam": told.parameters.iter().map(parameter).collect::<Vec<_>>(),
    })
}

async fn list<R: Resource>(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    links: Links,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let told = R::TOLD;
    inside.require(told.permission)?;
    let mut filter = R::Filter::default();
    let search = Search::read(raw.as_deref(), (told.parameters, told.sorted_by), |name, value| {
        R::narrow(&mut filter, name, value)
    })?;
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
        let resources = found.into_iter().map(|known| R::of(known, now.date_naive()));
        (page.found, page.next) = (resources.collect(), next);
    }
    tx.commit().await?; // Holds that have run out were given back where slots were read.
    answer(&Bundle::page(&links, told.path, &search, page))
}

async fn read<R: Resource>(
    State(rooms): State<Arc<Rooms>>,
    inside: InOrganization,
    Path(key): Path<R::Key>,
) -> Result<Response, Problem> {
    inside.require(R::TOLD.permission)?;
    let now = rooms.now();
    let mut tx = rooms.store.begin(&inside.actor).await?;
    let found = R::page(&mut tx, R::only(key), None, 1, now).await?.pop();
    tx.commit().await?;
    let found = found.ok_or_else(|| absent(R::TOLD.called))?;
    answer(&R::of(found, now.date_naive()).1)
}
