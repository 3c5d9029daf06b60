//! `/providers/search`: from parameters or JSON to an answer in the form that was asked for.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use axum::{
    body::Bytes,
    extract::{RawQuery, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    response::{IntoResponse, Response},
};
use serde_json::Value;

use super::{
    Rooms,
    access::{Identity, Searcher},
    export::Export,
    formats,
    links::Links,
    measure, parameters,
    problem::{Kind, Problem},
    work::{self, Manner, SPARED, Weight},
};
use crate::domain::configuration::Search;
use crate::index::Snapshot;
use crate::query::{
    self, Answer, Format, Request,
    budget::{Limits, Spent},
    explain::{self, Trace},
    facets::FacetValue,
    score::Weights,
};
use crate::vocab::{Fault, OrganizationId, Position};

/// How far the answer has read the change feed; a later search can ask for it as `min_position`.
pub const POSITION: HeaderName = HeaderName::from_static("x-position");

/// What an answer owes to who asks: everybody sees what is public; members of a tenant see its own providers too, and search
/// as it has set.
#[derive(Clone, Debug, Default)]
pub struct View {
    /// The tenant.
    pub organization: Option<OrganizationId>,
    /// How its members search.
    pub settings: Search,
}

impl View {
    /// Of somebody, if they are signed in.
    pub fn of(known: Option<&Identity>) -> Self {
        known.map_or_else(Self::default, |known| Self {
            organization: known.actor.organization_id,
            settings: known.search.clone(),
        })
    }

    /// The index as it is seen.
    pub fn snapshot(&self, rooms: &Rooms) -> Arc<Snapshot> {
        rooms.index.snapshot().for_tenant(self.organization)
    }

    /// What a request means that leaves something open.
    pub fn complete(&self, request: &mut Request) {
        let status = &mut request.conditions.network_status;
        if status.is_empty() {
            status.extend(self.settings.default_network_status);
        }
        if self.organization.is_some() {
            request.weights = Weights::of(&self.settings);
        }
    }
}

/// `GET /providers/search`.
pub async fn get(
    State(rooms): State<Arc<Rooms>>,
    Searcher(known): Searcher,
    links: Links,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let view = View::of(known.as_ref());
    let pairs = parameters::pairs(raw.as_deref())?;
    let (snapshot, request) = understand(&rooms, &view, &pairs).await?;
    let answered = answer(rooms, snapshot, request, |cursor| next_link(&links, &pairs, cursor)).await?;
    Ok(kept(answered, &view))
}

/// What a tenant was answered is for its own eyes.
pub fn kept(mut response: Response, view: &View) -> Response {
    if view.organization.is_some() {
        let private = HeaderValue::from_static("private, no-store");
        response.headers_mut().insert(header::CACHE_CONTROL, private);
    }
    response
}

/// `POST /providers/search`: the same parameters as properties of a JSON object.
pub async fn post(
    State(rooms): State<Arc<Rooms>>,
    Searcher(known): Searcher,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let view = View::of(known.as_ref());
    let value: Value = parameters::json(&headers, &body)?;
    let snapshot = view.snapshot(&rooms);
    let mut request =
        Request::from_json(&value, &rooms.schema.lexicon(), &snapshot.reference).map_err(Problem::faults)?;
    view.complete(&mut request);
    let snapshot = fresh(&rooms, &view, snapshot, &request).await?;
    Ok(kept(answer(rooms, snapshot, request, |_| None).await?, &view))
}

/// Understands and answers a search, one page of it: what the search page calls.
pub async fn look(rooms: &Rooms, view: &View, pairs: &[(String, String)]) -> Result<Answer, Problem> {
    let (snapshot, request) = understand(rooms, view, pairs).await?;
    page(rooms, snapshot, request, "search").await
}

/// The same search's counts by value, within a time that a page can wait for; nothing where they take longer, for a count that is
/// too low would be believed.
pub async fn counts(
    rooms: &Rooms,
    view: &View,
    pairs: &[(String, String)],
    time: Duration,
) -> Option<BTreeMap<String, Vec<FacetValue>>> {
    let (snapshot, request) = understand(rooms, view, pairs).await.ok()?;
    let now = rooms.now();
    let limits = Limits {
        time: rooms.settings.search.time.min(time),
        ..rooms.settings.search
    };
    let work = move || (query::search_within(&snapshot, &request, now, limits), request);
    // The wait for a turn is one, too.
    let counted = tokio::time::timeout(time, work::run(rooms, Weight::Heavy, work)).await;
    let (searched, request) = counted.ok()?.ok()?;
    told(rooms, "counts", &request, searched)
        .ok()
        .map(|answer| answer.facets)
}

/// The request as understood, and the state of the index that it is answered from: at least `min_position`.
async fn understand(
    rooms: &Rooms,
    view: &View,
    pairs: &[(String, String)],
) -> Result<(Arc<Snapshot>, Request), Problem> {
    let snapshot = view.snapshot(rooms);
    let mut request = Request::parse(pairs, &rooms.schema.lexicon(), &snapshot.reference).map_err(Problem::faults)?;
    view.complete(&mut request);
    Ok((fresh(rooms, view, snapshot, &request).await?, request))
}

async fn fresh(
    rooms: &Rooms,
    view: &View,
    snapshot: Arc<Snapshot>,
    request: &Request,
) -> Result<Arc<Snapshot>, Problem> {
    let Some(position) = request.min_position else {
        return Ok(snapshot);
    };
    wait_for(rooms, position).await?;
    Ok(view.snapshot(rooms))
}

/// Waits until the index has read the change feed up to `position`, as long as the settings allow.
pub async fn wait_for(rooms: &Rooms, position: Position) -> Result<(), Problem> {
    if rooms.index.wait_for(position, rooms.settings.max_wait).await {
        return Ok(());
    }
    let at = rooms
        .index
        .position()
        .map_or_else(|| "nowhere yet".to_owned(), |at| format!("at {at}"));
    let waited = rooms.settings.max_wait.as_secs_f32();
    let detail = format!("The index is {at} and has not reached {position} within {waited} s.");
    Err(Problem::new(Kind::PositionNotReached, detail).retry_after(1))
}

/// What a search may cost, by what it asks for.
fn weight(request: &Request) -> Weight {
    let all = matches!(request.format, Format::Csv | Format::Ndjson);
    if all || !request.facets.is_empty() || request.clusters.is_some() {
        Weight::Heavy
    } else {
        Weight::Light
    }
}

/// One page, counted and logged as a search of this kind.
async fn page(rooms: &Rooms, snapshot: Arc<Snapshot>, request: Request, kind: &'static str) -> Result<Answer, Problem> {
    let (searched, request) = search(rooms, snapshot, request).await?;
    told(rooms, kind, &request, searched)
}

/// What the index says to a request, and the request. A search computes on the spot while the worker can be spared; one that
/// takes longer begins anew where it may.
pub(super) async fn search(
    rooms: &Rooms,
    snapshot: Arc<Snapshot>,
    request: Request,
) -> Result<(Searched, Request), Problem> {
    let (now, limits) = (rooms.now(), rooms.settings.search);
    let light = weight(&request) == Weight::Light;
    match rooms.settings.manner {
        Manner::OnTheSpot if light => {
            let spared = Limits {
                time: limits.time.min(SPARED),
                ..limits
            };
            let searched = query::search_within(&snapshot, &request, now, spared);
            let is_done = spared == limits || spent(&searched) != Some(Spent::Time);
            if is_done {
                return Ok((searched, request));
            }
        }
        Manner::InPlace if light => {
            let searched = tokio::task::block_in_place(|| query::search_within(&snapshot, &request, now, limits));
            return Ok((searched, request));
        }
        Manner::OnTheSpot | Manner::InPlace | Manner::HandedOver => {}
    }
    let work = move || (query::search_within(&snapshot, &request, now, limits), request);
    work::run(rooms, Weight::Heavy, work).await
}

/// What came of a search.
pub(super) type Searched = Result<Answer, query::Error>;

fn trace(searched: &Searched) -> Option<&Trace> {
    match searched {
        Ok(answer) => Some(&answer.trace),
        Err(query::Error::TooCostly(trace)) => Some(trace),
        Err(_) => None,
    }
}

/// Which of its limits a search has met.
pub(super) fn spent(searched: &Searched) -> Option<Spent> {
    trace(searched).and_then(|trace| trace.spent)
}

/// Counts a search, logs it if it was slow, and says why where it is refused.
pub(super) fn told(
    rooms: &Rooms,
    kind: &'static str,
    request: &Request,
    searched: Searched,
) -> Result<Answer, Problem> {
    if let Some(trace) = trace(&searched) {
        measure::search(kind, trace.whole);
        measure::plan(trace.route.label(), trace.whole);
        if trace.spent.is_some() {
            measure::cut_short(if searched.is_ok() { "lower_bound" } else { "refused" });
        }
        if trace.whole >= rooms.settings.slow_query {
            measure::slow(trace.route.label());
            log_slow(kind, request, trace);
        }
    }
    searched.map_err(|error| match &error {
        query::Error::TooCostly(trace) => too_costly(request, trace),
        _ => error.into(),
    })
}

/// What took long, and why; not what was searched for, nor by whom.
fn log_slow(kind: &'static str, request: &Request, trace: &Trace) {
    let microseconds = |time: Duration| u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
    tracing::warn!(
        kind,
        asks = explain::shape(request),
        plan = trace.route.label(),
        order = trace.order.label(),
        segments = trace.segments,
        nodes = trace.seen.nodes,
        cells = trace.seen.cells,
        documents = trace.seen.documents,
        records = trace.seen.records,
        overlay = trace.seen.overlay,
        understand_us = microseconds(trace.read),
        find_us = microseconds(trace.find),
        facets_us = microseconds(trace.count),
        whole_us = microseconds(trace.whole),
        spent = ?trace.spent,
        "a slow search"
    );
}

/// Which limit a search has met, and the parameter that would help most.
fn too_costly(request: &Request, trace: &Trace) -> Problem {
    let limit = match trace.spent {
        Some(Spent::Documents) => format!("look at more than {} documents", trace.limits.documents),
        Some(Spent::Time) | None => format!("take longer than {} ms", trace.limits.time.as_millis()),
    };
    let (field, advice) = if !request.facets.is_empty() {
        ("facets", "ask for fewer rows before counting their values")
    } else if request.clusters.is_some() {
        ("clusters", "ask for a smaller part of the map")
    } else if request.radius_km.is_some() {
        ("radius", "ask for a smaller radius or a rarer property")
    } else if request.polygon.is_some() {
        ("polygon", "ask for a smaller part of the map")
    } else if !request.boxes.is_empty() {
        ("bbox", "ask for a smaller part of the map")
    } else if request.sort != query::request::Sort::Relevance {
        ("sort", "ask for fewer rows, or for another order")
    } else if request.q.is_some() {
        ("q", "be more exact, or add a place")
    } else {
        ("near", "add a place, a specialty or a name")
    };
    let message = format!("this search would {limit}: {advice}");
    let detail = format!("The search would {limit}, which is more than one search may. `{field}`: {advice}.");
    Problem::new(Kind::TooCostly, detail).with_errors(vec![Fault::new(field, "too_costly", message)])
}

async fn answer(
    rooms: Arc<Rooms>,
    snapshot: Arc<Snapshot>,
    mut request: Request,
    link: impl FnOnce(&str) -> Option<(HeaderName, HeaderValue)>,
) -> Result<Response, Problem> {
    match request.format {
        Format::Csv | Format::Ndjson => return Export::begin(rooms, snapshot, request).await,
        Format::Json | Format::Geojson => {}
    }
    let format = request.format;
    // A feature needs its location whatever is to be told of it, so fields are chosen there.
    let fields = if format == Format::Geojson {
        std::mem::take(&mut request.fields)
    } else {
        Vec::new()
    };
    let answer = page(&rooms, snapshot, request, "search").await?;
    let mut headers = HeaderMap::new();
    headers.extend(answer.next_cursor.as_deref().and_then(link));
    let (media_type, body) = if format == Format::Geojson {
        let answer = serde_json::to_value(&answer);
        (
            "application/geo+json",
            answer.map(|answer| formats::geojson(answer, &fields).to_string().into_bytes()),
        )
    } else {
        ("application/json", answer.to_json())
    };
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    Ok((headers, body.map_err(|e| Problem::internal(&e))?).into_response())
}

/// The same search at its next page, as a `Link` header.
fn next_link(links: &Links, pairs: &[(String, String)], cursor: &str) -> Option<(HeaderName, HeaderValue)> {
    let others = pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let others = others.filter(|(name, _)| !matches!(*name, "cursor" | "min_position"));
    let query = parameters::encode(others.chain([("cursor", cursor)]));
    let link = format!(
        "<{}>; rel=\"next\"",
        links.absolute(&format!("/providers/search?{query}"))
    );
    Some((header::LINK, HeaderValue::from_str(&link).ok()?))
}
