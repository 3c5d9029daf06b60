//! The HTTP interface: paths, and what every handler may reach.
//!
//! One file for each noun; a handler reads the request, asks a room and writes the answer down. What all requests share
//! is in [`middleware`], what all refusals share in [`problem`].

pub mod access;
pub mod accuracy;
pub mod affiliations;
pub mod agency;
pub mod agency_providers;
pub mod applications;
pub mod appointments;
pub mod audit_report;
pub mod calendar;
pub mod case_items;
pub mod cases;
pub mod clinic_appointments;
pub mod clinic_assignments;
pub mod clinic_records;
pub mod clinics;
pub mod compare;
pub mod configuration;
pub mod credentialing;
pub mod credentialing_work;
pub mod detail;
pub mod downloads;
pub mod event_shapes;
pub mod events;
pub mod exclusions;
mod export;
pub mod external_webhooks;
pub mod extract;
pub mod formats;
pub mod known_parameters;
pub mod limits;
pub mod links;
pub mod listing;
pub mod listings;
pub mod match_feedback;
pub mod matching;
pub mod me;
pub mod measure;
pub mod members;
pub mod merges;
pub mod middleware;
pub mod network_changes;
pub mod network_receipts;
pub mod network_status;
pub mod networks;
pub mod oidc;
pub mod oidc_code;
pub mod openapi;
pub mod operation;
pub mod operations;
pub mod organizations;
pub mod paging;
pub mod parameters;
pub mod past;
pub mod path;
pub mod portal;
pub mod practitioners;
pub mod problem;
pub mod proposals;
pub mod provider_tokens;
pub mod provider_users;
pub mod providers;
mod pulse;
pub mod reference;
pub mod refusals;
pub mod rosters;
pub mod schedule_exceptions;
pub mod schedules;
pub mod schemas;
pub mod search;
pub mod sessions;
pub mod shares;
pub mod sharing;
pub mod slots;
pub mod statistics;
pub mod suggest;
pub mod token_rate;
pub mod versioned;
pub mod webhooks;
pub mod why_not;
pub mod work;

use std::{future::Future, io, net::SocketAddr, num::NonZeroU32, sync::Arc, time::Duration};

use axum::{
    Router,
    extract::State,
    http::{HeaderMap, Uri},
    middleware::from_fn_with_state,
    response::{IntoResponse, Response},
    routing::{MethodRouter, get, post, put},
};
use chrono::{DateTime, Utc};
use tokio::{net::TcpListener, sync::Semaphore};
use tokio_util::sync::CancellationToken;

use self::{limits::Limits as RateLimits, links::Links, problem::Problem, shares::Shares, work::Manner};
use crate::feed::Feed;
use crate::index::{self, Index};
use crate::interfaces::fhir;
use crate::interfaces::grpc;
use crate::interfaces::mcp;
use crate::interfaces::web;
use crate::query::budget::Limits;
use crate::store::Store;

/// How the face behaves. The defaults serve one machine well.
#[derive(Clone, Debug)]
pub struct Settings {
    /// A path under which everything is served as well, `/api/v1`; empty: none. No slash at its end.
    pub prefix: String,
    /// Largest body taken, in bytes. A text that is to be read for providers may be longer, see [`extract`]; few are at a time.
    pub max_body_bytes: usize,
    /// Time until an answer must have begun.
    pub timeout: Duration,
    /// Longest that a search waits for `min_position`.
    pub max_wait: Duration,
    /// Requests at work at once; one more is refused with 503.
    pub max_in_flight: usize,
    /// Heavy searches (exports, facets over everything) computing at once; more wait for their turn.
    pub max_heavy: usize,
    /// What one search may cost.
    pub search: Limits,
    /// Searches that take so long are logged with their plan.
    pub slow_query: Duration,
    /// Where searches compute.
    pub manner: Manner,
    /// How long open answers may go on after the shutdown began.
    pub drain: Duration,
    /// How long a question to Postgres may take before the index answers instead.
    pub store_patience: Duration,
    /// How old what is known of those who are signed in may be for a search: with Postgres away their searches stop then.
    pub identity_patience: Duration,
    /// Requests a minute that one token of an outside provider may make.
    pub token_per_minute: NonZeroU32,
    /// Requests of one caller in a minute, calls of gRPC among them; 0: no limit.
    pub requests_per_minute: u32,
    /// Tries to sign in to one account in a minute; 0: no limit.
    pub sign_ins_per_minute: u32,
    /// Whether a gateway in front says in `X-Forwarded-For` who the caller is.
    pub behind_gateway: bool,
    /// Whether webhooks of tenants may lead into inner nets, and to this machine.
    pub webhooks_inside: bool,
    /// Whose OpenID Connect tokens are taken; none: nobody's.
    pub oidc: Option<oidc::Settings>,
    /// How people sign in to pages at that issuer; none: with accounts of ours only.
    pub sign_in: Option<oidc_code::Settings>,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            prefix: String::new(),
            max_body_bytes: 1 << 20,
            timeout: Duration::from_secs(30),
            max_wait: Duration::from_secs(5),
            max_in_flight: 1024,
            max_heavy: std::thread::available_parallelism().map_or(2, usize::from),
            search: Limits::default(),
            slow_query: Duration::from_millis(50),
            manner: Manner::default(),
            drain: Duration::from_secs(10),
            store_patience: Duration::from_secs(2),
            identity_patience: Duration::from_secs(300),
            token_per_minute: NonZeroU32::new(600).expect("not zero"),
            requests_per_minute: 0,
            sign_ins_per_minute: 10,
            behind_gateway: false,
            webhooks_inside: false,
            oidc: None,
            sign_in: None,
        }
    }
}

/// What the handlers need of the house.
pub struct Rooms {
    /// The store of record; a search never asks it.
    pub store: Store,
    /// What a search reads.
    pub index: Index,
    /// The vocabulary, as it is right now.
    pub schema: index::schema::Handle,
    /// What keeps the index fresh: for operations only.
    pub feed: Feed,
    /// How to behave.
    pub settings: Settings,
    /// What time it is.
    pub clock: fn() -> DateTime<Utc>,
    /// How often tokens of outside providers may ask.
    pub token_rate: token_rate::TokenRate,
    heavy: Arc<Semaphore>,
    pulse: pulse::Pulse,
    npi_lives: matching::KnownLives,
    limits: RateLimits,
    /// Streams of events.
    event_streams: Arc<Shares>,
    /// Long texts, and streams of texts, that are being read.
    long_texts: Arc<Shares>,
    oidc: Option<oidc::Verifier>,
    sign_in: Option<oidc_code::Client>,
}

impl Rooms {
    /// The rooms a face is built on; `clock` is `Utc::now` outside tests.
    pub fn new(
        store: Store,
        index: Index,
        schema: index::schema::Handle,
        feed: Feed,
        settings: Settings,
        clock: fn() -> DateTime<Utc>,
    ) -> Self {
        Self {
            token_rate: token_rate::TokenRate::per_minute(settings.token_per_minute),
            heavy: Arc::new(Semaphore::new(settings.max_heavy.max(1))),
            pulse: pulse::Pulse::default(),
            npi_lives: matching::KnownLives::default(),
            event_streams: Shares::new(events::MOST_OPEN),
            long_texts: Shares::new(extract::MOST_LONG),
            oidc: settings.oidc.clone().map(oidc::Verifier::new),
            sign_in: oidc_code::Client::of(settings.oidc.as_ref(), settings.sign_in.as_ref()),
            limits: RateLimits::new(
                settings.requests_per_minute,
                settings.sign_ins_per_minute,
                settings.behind_gateway,
            ),
            store,
            index,
            schema,
            feed,
            settings,
            clock,
        }
    }

    /// The time of this request.
    pub fn now(&self) -> DateTime<Utc> {
        (self.clock)()
    }
}

/// All paths, with everything around them, at the root and under the configured prefix; and gRPC, on the same port.
pub fn router(rooms: Arc<Rooms>) -> Router {
    measure::start();
    let settings = rooms.settings.clone();
    let all = routes()
        .into_iter()
        .fold(Router::new(), |router, (path, does)| router.route(path, does));
    let mut router = all.clone();
    if !settings.prefix.is_empty() {
        let slash = format!("{}/", settings.prefix);
        router = router
            .nest(&settings.prefix, all)
            .route(&slash, get(web::search_page::get));
    }
    let grpc = grpc::router(rooms.clone());
    let known = from_fn_with_state(rooms.clone(), known_parameters::refuse);
    let limited = from_fn_with_state(rooms.clone(), limits::limit);
    let kept_up = from_fn_with_state(rooms.clone(), access::keep_up);
    let router = router.fallback(nothing_here).with_state(rooms);
    let router = router.layer(known).layer(kept_up).merge(grpc).layer(limited);
    middleware::around(router, &settings)
}

/// Paths with what they do. Each noun has a function of this type and one that tells its operations.
pub type Routes = Vec<(&'static str, MethodRouter<Arc<Rooms>>)>;

/// Every path, with what it does: what the router is built from, and what the OpenAPI document is held against.
pub fn routes() -> Routes {
    let provider = get(providers::get).patch(providers::change).put(providers::change);
    let mut routes = vec![
        ("/providers", post(providers::create)),
        ("/providers/search", get(search::get).post(search::post)),
        ("/providers/suggest", get(suggest::get)),
        ("/providers/compare", get(compare::get)),
        ("/providers/{key}", provider),
        ("/providers/{key}/why-not", get(why_not::get)),
        ("/providers/{key}/deactivate", post(providers::deactivate)),
        ("/providers/{key}/participations", put(networks::set_participations)),
        ("/specialties", get(reference::specialties)),
        ("/languages", get(reference::languages)),
        ("/networks", get(reference::networks).post(networks::create_network)),
        (
            "/networks/{id}",
            get(reference::network).patch(network_changes::change_network),
        ),
        ("/plans/{id}", get(reference::plan).patch(network_changes::change_plan)),
        ("/plans", get(reference::plans).post(networks::create_plan)),
        ("/credentialing-requests/delegated", post(networks::approve_delegated)),
        ("/healthz", get(operations::healthz)),
        ("/readyz", get(operations::readyz)),
        ("/metrics", get(operations::metrics)),
        ("/admin/index", get(operations::index)),
        ("/admin/index/rebuild", post(operations::rebuild)),
        ("/openapi.json", get(openapi::get)),
        ("/problems/{slug}", get(web::problems::explain)),
    ];
    routes.extend(network_status::routes());
    routes.extend(network_changes::routes());
    routes.extend(webhooks::routes());
    routes.extend(events::routes());
    routes.extend(network_receipts::routes());
    routes.extend(matching::routes());
    routes.extend(credentialing::routes());
    routes.extend(credentialing_work::routes());
    routes.extend(exclusions::routes());
    routes.extend(listings::routes());
    routes.extend(rosters::routes());
    routes.extend(extract::routes());
    routes.extend(match_feedback::routes());
    routes.extend(clinics::routes());
    routes.extend(configuration::routes());
    routes.extend(me::routes());
    routes.extend(members::routes());
    routes.extend(merges::routes());
    routes.extend(accuracy::routes());
    routes.extend(audit_report::routes());
    routes.extend(affiliations::routes());
    routes.extend(applications::routes());
    routes.extend(proposals::routes());
    routes.extend(organizations::routes());
    routes.extend(sessions::routes());
    routes.extend(mcp::routes());
    routes.extend(agency_providers::routes());
    routes.extend(case_items::routes());
    routes.extend(cases::routes());
    routes.extend(clinic_records::routes());
    routes.extend(external_webhooks::routes());
    routes.extend(portal::routes());
    routes.extend(clinic_appointments::routes());
    routes.extend(provider_tokens::routes());
    routes.extend(provider_users::routes());
    routes.extend(sharing::routes());
    routes.extend(appointments::routes());
    routes.extend(clinic_assignments::routes());
    routes.extend(practitioners::routes());
    routes.extend(schedule_exceptions::routes());
    routes.extend(schedules::routes());
    routes.extend(slots::routes());
    routes.extend(fhir::routes());
    routes.extend(statistics::routes());
    routes.extend(web::routes());
    routes
}

/// A person gets a page, a program a problem document, and a reader of FHIR an outcome.
async fn nothing_here(State(rooms): State<Arc<Rooms>>, links: Links, headers: HeaderMap, uri: Uri) -> Response {
    let path = uri.path();
    let path = path.strip_prefix(rooms.settings.prefix.as_str()).unwrap_or(path);
    if path == "/fhir" || path.starts_with("/fhir/") {
        return fhir::not_supported(path).await;
    }
    let problem = Problem::not_found("There is nothing at this path.");
    if web::prefers_pages(&headers) {
        web::problems::page(&links, &problem).into_response()
    } else {
        problem.into_response()
    }
}

/// Serves until `shutdown` is done; then open answers get [`Settings::drain`] to finish.
pub async fn serve(
    listener: TcpListener,
    rooms: Arc<Rooms>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let drain = rooms.settings.drain;
    let stopping = CancellationToken::new();
    let upkeep = tokio::spawn(keep_numbers_small(rooms.clone(), stopping.clone()));
    let (begun, until) = (stopping.clone(), stopping.clone());
    let service = router(rooms).into_make_service_with_connect_info::<SocketAddr>();
    let serving = axum::serve(listener, service).with_graceful_shutdown(async move {
        shutdown.await;
        begun.cancel();
    });
    let ended = tokio::select! {
        ended = serving.into_future() => ended,
        () = async { until.cancelled().await; tokio::time::sleep(drain).await } => {
            tracing::warn!(drain_s = drain.as_secs(), "open answers were cut off at shutdown");
            Ok(())
        }
    };
    stopping.cancel();
    let _ = upkeep.await;
    ended
}

async fn keep_numbers_small(rooms: Arc<Rooms>, stopping: CancellationToken) {
    let mut every = tokio::time::interval(Duration::from_secs(5));
    while stopping.run_until_cancelled(every.tick()).await.is_some() {
        measure::upkeep();
        rooms.token_rate.forget_idle();
        rooms.limits.upkeep();
    }
}
