//! What happens to every request: its id, its span, its numbers, limits, and the headers of every answer.
//!
//! A search is nobody's business: neither the span nor the log carries the caller's address, the query or the path as
//! sent, only the route's pattern.

use std::{any::Any, sync::Arc, time::Instant};

use axum::{
    Router,
    body::Body,
    extract::{DefaultBodyLimit, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, Method, Response, StatusCode, header},
    middleware::{Next, from_fn, from_fn_with_state, map_request},
    response::IntoResponse,
};
use tokio::sync::Semaphore;
use tower_http::{catch_panic::CatchPanicLayer, compression::CompressionLayer, timeout::TimeoutLayer};
use tracing::Instrument;
use uuid::Uuid;

use super::{
    Settings,
    links::Links,
    measure,
    problem::{self, Kind, Problem},
    providers::parse_key,
};
use crate::interfaces::grpc;
use crate::vocab::Fault;

/// Where a request id comes in and goes out.
pub const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// Puts all of this around a router.
pub fn around(router: Router, settings: &Settings) -> Router {
    let in_flight = Arc::new(Semaphore::new(settings.max_in_flight));
    router
        .layer(DefaultBodyLimit::max(settings.max_body_bytes))
        .layer(TimeoutLayer::with_status_code(
            StatusCode::SERVICE_UNAVAILABLE,
            settings.timeout,
        ))
        .layer(CatchPanicLayer::custom(on_panic))
        .layer(from_fn_with_state(in_flight, shed))
        .layer(from_fn(observe))
        .layer(from_fn(harden))
        .layer(CompressionLayer::new())
        .layer(map_request(named))
}

/// Over HTTP/2 the host stands in the address (`:authority`) alone: from here on it is where HTTP/1.1 has it, for links and origins.
async fn named(mut request: Request) -> Request {
    if !request.headers().contains_key(header::HOST)
        && let Some(authority) = request.uri().authority()
        && let Ok(host) = HeaderValue::from_str(authority.as_str())
    {
        request.headers_mut().insert(header::HOST, host);
    }
    request
}

/// Takes over the caller's id if it is sane, or makes one; opens the span; finishes problems; counts.
async fn observe(request: Request, next: Next) -> Response<Body> {
    let began = Instant::now();
    let id = request_id(request.headers());
    let route = request.extensions().get::<MatchedPath>();
    let route = route.map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
    let method = request.method().clone();
    let asked = Asked::of(&request);
    let is_grpc = grpc::is_meant(request.headers());
    let span = tracing::info_span!("request", %method, route, request.id = &*id);
    let response = next.run(request).instrument(span.clone()).await;
    let mut response = if is_grpc {
        grpc::in_its_words(response)
    } else {
        problem::finish(asked.lead_on(response), &id)
    };
    if let Ok(value) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    let status = response.status().as_u16();
    let took = began.elapsed();
    measure::request(&route, &method, status, took);
    let latency_us = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
    // Thousands a second: told where somebody looks for it. The numbers are in the metrics all the time.
    span.in_scope(|| match status {
        500.. => tracing::warn!(status, latency_us, "answered"),
        _ => tracing::debug!(status, latency_us, "answered"),
    });
    response
}

/// Where a request went, for an answer that leads on.
struct Asked {
    is_read: bool,
    origin: String,
    path: String,
    query: Option<String>,
}

impl Asked {
    fn of(request: &Request) -> Self {
        Self {
            is_read: matches!(*request.method(), Method::GET | Method::HEAD),
            // The path has our own prefix already.
            origin: Links::of(request.headers(), "", "").absolute(""),
            path: request.uri().path().to_owned(),
            query: request.uri().query().map(str::to_owned),
        }
    }

    /// An answer about a provider that is one with another leads to the same path of that one.
    fn lead_on(&self, mut response: Response<Body>) -> Response<Body> {
        let Some(problem) = response.extensions().get::<Problem>().cloned() else {
            return response;
        };
        let Some(into) = problem.moved_to().map(|locator| locator.to_string()) else {
            return response;
        };
        let mut path: Vec<&str> = self.path.split('/').collect();
        let key = path
            .iter()
            .rposition(|part| matches!(*part, "providers" | "p"))
            .map(|at| at + 1);
        let part = key.and_then(|at| path.get_mut(at));
        let Some(part) = part.filter(|part| parse_key(part).is_ok()) else {
            // It was named in the body or in the query: there is no address to go on to.
            let fault = Fault::new("provider", "merged", format!("is one with {into} now: name that one"));
            return Problem::new(Kind::RuleRefused, format!("`provider`: {}", fault.message))
                .with_errors(vec![fault])
                .into_response();
        };
        *part = &into;
        if !self.is_read {
            response = problem.answering_a_write().into_response();
        }
        let query = self.query.as_ref().map(|query| format!("?{query}")).unwrap_or_default();
        let location = format!("{}{}{query}", self.origin, path.join("/"));
        if let Ok(location) = HeaderValue::from_str(&location) {
            response.headers_mut().insert(header::LOCATION, location);
        }
        response
    }
}

/// The caller's id if it is short and plain, else a new one.
fn request_id(headers: &HeaderMap) -> Arc<str> {
    let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b':' | b'/' | b'+' | b'=');
    let sane = |id: &&str| !id.is_empty() && id.len() <= 128 && id.bytes().all(plain);
    match headers.get(REQUEST_ID).and_then(|v| v.to_str().ok()).filter(sane) {
        Some(id) => id.into(),
        None => Uuid::now_v7().to_string().into(),
    }
}

/// Refuses at once what would only queue up, instead of letting everybody wait.
async fn shed(State(in_flight): State<Arc<Semaphore>>, request: Request, next: Next) -> Response<Body> {
    let Ok(_permit) = in_flight.try_acquire() else {
        return Problem::new(Kind::Unavailable, "Too much is asked at once; try again in a moment.")
            .retry_after(1)
            .into_response();
    };
    next.run(request).await
}

/// Headers that make a browser careful. A page may load our own style, script and pictures, and nothing else.
const HARDENING: [(HeaderName, &str); 5] = [
    (
        header::CONTENT_SECURITY_POLICY,
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    ),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::REFERRER_POLICY, "no-referrer"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), microphone=(), payment=()",
    ),
];

async fn harden(request: Request, next: Next) -> Response<Body> {
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in HARDENING {
        headers.entry(name).or_insert(HeaderValue::from_static(value));
    }
    // What somebody searched for stays out of every cache unless a handler says otherwise.
    headers
        .entry(header::CACHE_CONTROL)
        .or_insert(HeaderValue::from_static("no-store"));
    response
}

/// A panic is logged with its words and answered without them.
fn on_panic(panic: Box<dyn Any + Send + 'static>) -> Response<Body> {
    let words = panic.downcast_ref::<String>().map(String::as_str);
    let words = words
        .or_else(|| panic.downcast_ref::<&str>().copied())
        .unwrap_or("no words");
    tracing::error!(panic = words, "a handler panicked");
    Problem::broken().into_response()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::{
        body::{Bytes, to_bytes},
        routing::{get, post},
    };
    use tower::ServiceExt;

    use super::*;

    fn app() -> Router {
        let settings = Settings {
            timeout: Duration::from_millis(50),
            max_body_bytes: 16,
            ..Settings::default()
        };
        let router = Router::new()
            .route("/fine", get(|| async { "fine" }))
            .route(
                "/panics",
                get(|| async {
                    if true {
                        panic!("the password is swordfish")
                    }
                }),
            )
            .route(
                "/sleeps",
                get(|| async { tokio::time::sleep(Duration::from_secs(5)).await }),
            )
            .route(
                "/links",
                get(|request: Request| async move { Links::of(request.headers(), "", "").absolute("/x") }),
            )
            .route("/reads", post(|body: Bytes| async move { body.len().to_string() }))
            .fallback(|| async { Problem::not_found("There is nothing at this path.") });
        around(router, &settings)
    }

    async fn ask(method: &str, path: &str, id: Option<&str>, body: &'static str) -> (Response<()>, String) {
        let mut request = Request::builder().method(method).uri(path);
        if let Some(id) = id {
            request = request.header(REQUEST_ID, id);
        }
        let response = app()
            .oneshot(request.body(Body::from(body)).expect("a request"))
            .await
            .expect("an answer");
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, 1 << 20).await.expect("a body");
        (
            Response::from_parts(parts, ()),
            String::from_utf8(body.to_vec()).expect("text"),
        )
    }

    fn header<'a>(response: &'a Response<()>, name: &str) -> &'a str {
        response
            .headers()
            .get(name)
            .and_then(|v| v.to_str().ok())
            .unwrap_or_default()
    }

    #[tokio::test]
    async fn the_host_is_known_over_http_2_too() {
        let asked = |uri: &str, host: &[&str]| {
            let request = host.iter().fold(Request::get(uri), |r, host| r.header("host", *host));
            app().oneshot(request.body(Body::empty()).expect("a request"))
        };
        for (uri, host, wanted) in [
            (
                "http://care.example.org:8080/links",
                &[][..],
                "http://care.example.org:8080/x",
            ),
            (
                "http://elsewhere.example/links",
                &["care.example.org"],
                "http://care.example.org/x",
            ),
            ("/links", &[], "/x"),
        ] {
            let answer = asked(uri, host).await.expect("an answer");
            let body = to_bytes(answer.into_body(), 1 << 20).await.expect("a body");
            assert_eq!(body, wanted, "{uri}");
        }
    }

    #[tokio::test]
    async fn a_sane_request_id_is_taken_over_and_any_other_replaced() {
        assert_eq!(
            header(&ask("GET", "/fine", Some("gateway-7"), "").await.0, "x-request-id"),
            "gateway-7"
        );
        for odd in ["a b", "<script>", ""] {
            let given = header(&ask("GET", "/fine", Some(odd), "").await.0, "x-request-id").to_owned();
            assert!(given.parse::<Uuid>().is_ok(), "{odd:?} became {given}");
        }
    }

    #[tokio::test]
    async fn every_refusal_of_the_framework_is_a_problem() {
        let long = "0123456789 and more";
        for (method, path, body, status) in [
            ("GET", "/nowhere", "", 404),
            ("DELETE", "/fine", "", 405),
            ("POST", "/reads", long, 413),
            ("GET", "/sleeps", "", 503),
            ("GET", "/panics", "", 500),
        ] {
            let (response, body) = ask(method, path, Some("r-1"), body).await;
            assert_eq!(response.status().as_u16(), status, "{method} {path}");
            assert_eq!(
                header(&response, "content-type"),
                problem::MEDIA_TYPE,
                "{method} {path}"
            );
            let document = serde_json::from_str::<serde_json::Value>(&body).expect("JSON");
            assert_eq!(
                (&document["status"], &document["request_id"]),
                (&status.into(), &"r-1".into())
            );
            assert!(!body.contains("swordfish"));
            assert_eq!(header(&response, "x-content-type-options"), "nosniff");
        }
        let (response, _) = ask("DELETE", "/fine", None, "").await;
        assert_eq!(header(&response, "allow"), "GET,HEAD");
    }

    /// A log that a test can read.
    #[derive(Clone, Default)]
    struct Log(Arc<std::sync::Mutex<Vec<u8>>>);

    impl std::io::Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().expect("not poisoned").write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn the_log_of_a_search_says_neither_who_nor_what() {
        let log = Log::default();
        let written = log.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::DEBUG)
            .with_writer(move || written.clone())
            .finish();
        let guard = tracing::subscriber::set_default(subscriber);
        let request = Request::get("/fine?q=oncologist&near=77030")
            .header("x-forwarded-for", "203.0.113.9")
            .header("user-agent", "somebody");
        let answer = app().oneshot(request.body(Body::empty()).expect("a request")).await;
        drop(guard);
        assert!(answer.is_ok_and(|answer| answer.status() == 200));
        let log = String::from_utf8(log.0.lock().expect("not poisoned").clone()).expect("text");
        assert!(log.contains("/fine") && log.contains("latency_us"), "{log}");
        for private in ["oncologist", "77030", "203.0.113.9", "somebody"] {
            assert!(!log.contains(private), "{private} is in {log}");
        }
    }
}
