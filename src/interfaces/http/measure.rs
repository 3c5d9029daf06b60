//! The numbers that `/metrics` tells, and where they are counted.

use std::{sync::OnceLock, time::Duration};

use axum::http::Method;
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};

const REQUESTS: &str = "provdir_http_requests_total";
const REQUEST_SECONDS: &str = "provdir_http_request_duration_seconds";
const SEARCH_SECONDS: &str = "provdir_search_duration_seconds";
const PLAN_SECONDS: &str = "provdir_search_plan_duration_seconds";
const SLOW: &str = "provdir_slow_searches_total";
const CUT: &str = "provdir_searches_cut_short_total";
const PROVIDERS: &str = "provdir_index_providers";
const DOCUMENTS: &str = "provdir_index_documents";
const POSITION: &str = "provdir_index_position_xid";
const AGE: &str = "provdir_index_age_seconds";
const STORE_REACHABLE: &str = "provdir_store_reachable";

/// Upper bounds of the latency buckets in seconds: 50 microseconds to 10 seconds.
const BUCKETS: [f64; 16] = [
    0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0,
];

/// The one recorder of this process; installed at first use.
fn handle() -> Option<&'static PrometheusHandle> {
    static HANDLE: OnceLock<Option<PrometheusHandle>> = OnceLock::new();
    let installed = HANDLE.get_or_init(|| install().inspect_err(|e| tracing::warn!(%e, "no metrics")).ok());
    installed.as_ref()
}

fn install() -> Result<PrometheusHandle, BuildError> {
    let handle = PrometheusBuilder::new()
        .set_buckets_for_metric(Matcher::Suffix("_duration_seconds".to_owned()), &BUCKETS)?
        .install_recorder()?;
    metrics::describe_counter!(REQUESTS, "Answers by route, method and status.");
    metrics::describe_histogram!(
        REQUEST_SECONDS,
        "From the request's head to the answer's head, by route."
    );
    metrics::describe_histogram!(SEARCH_SECONDS, "Answering a search from the index alone, by kind.");
    metrics::describe_histogram!(PLAN_SECONDS, "The same by the way on which the rows were found.");
    metrics::describe_counter!(
        SLOW,
        "Searches that took longer than the log of slow ones allows, by plan."
    );
    metrics::describe_counter!(CUT, "Searches whose budget was spent, by what came of them.");
    metrics::describe_gauge!(PROVIDERS, "Providers that a search can see.");
    metrics::describe_gauge!(DOCUMENTS, "Providers at locations that a search can see.");
    metrics::describe_gauge!(POSITION, "Transaction up to which the index has read the change feed.");
    metrics::describe_gauge!(AGE, "Since the index was last known to hold everything final.");
    metrics::describe_gauge!(STORE_REACHABLE, "1 while Postgres answers.");
    Ok(handle)
}

/// Makes sure that counting has begun; called before the first request.
pub fn start() {
    let _ = handle();
}

/// One answered request.
pub fn request(route: &str, method: &Method, status: u16, took: Duration) {
    let (route, method) = (route.to_owned(), method.as_str().to_owned());
    metrics::counter!(REQUESTS, "route" => route.clone(), "method" => method, "status" => status.to_string())
        .increment(1);
    metrics::histogram!(REQUEST_SECONDS, "route" => route).record(took);
}

/// One search; `kind` is `search`, `suggest` or `export`.
pub fn search(kind: &'static str, took: Duration) {
    metrics::histogram!(SEARCH_SECONDS, "kind" => kind).record(took);
}

/// The plan of one search.
pub fn plan(plan: &'static str, took: Duration) {
    metrics::histogram!(PLAN_SECONDS, "plan" => plan).record(took);
}

/// One search that was slow.
pub fn slow(plan: &'static str) {
    metrics::counter!(SLOW, "plan" => plan).increment(1);
}

/// One search whose budget was spent; `outcome` is `lower_bound` or `refused`.
pub fn cut_short(outcome: &'static str) {
    metrics::counter!(CUT, "outcome" => outcome).increment(1);
}

/// What the index holds and how far it has read.
#[expect(
    clippy::cast_precision_loss,
    reason = "a gauge is a float; counts stay far below 2^53"
)]
pub fn index(providers: u64, documents: u64, position_xid: Option<u64>, age: Option<Duration>) {
    metrics::gauge!(PROVIDERS).set(providers as f64);
    metrics::gauge!(DOCUMENTS).set(documents as f64);
    if let Some(xid) = position_xid {
        metrics::gauge!(POSITION).set(xid as f64);
    }
    if let Some(age) = age {
        metrics::gauge!(AGE).set(age.as_secs_f64());
    }
}

/// Whether Postgres answered just now.
pub fn store(reachable: bool) {
    metrics::gauge!(STORE_REACHABLE).set(if reachable { 1.0 } else { 0.0 });
}

/// All numbers in Prometheus text format.
pub fn render() -> String {
    handle().map(PrometheusHandle::render).unwrap_or_default()
}

/// Folds what histograms have gathered, so that it does not pile up where nobody scrapes. Call every few seconds.
pub fn upkeep() {
    if let Some(handle) = handle() {
        handle.run_upkeep();
    }
}
