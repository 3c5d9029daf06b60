//! The gRPC service of the network check, with health and reflection, and the routes that lead to them.

use std::sync::Arc;

use axum::{
    Router,
    body::Body,
    http::{HeaderMap, StatusCode, header},
};
use futures::FutureExt;
use tonic::{Request, Response, Status, metadata::MetadataMap, server::NamedService};

use super::{
    convert,
    proto::{
        BatchCheckNetworkRequest, BatchCheckNetworkResponse, BatchCheckNetworkResult, CheckNetworkRequest,
        CheckNetworkResponse,
        batch_check_network_result::Result as One,
        network_status_service_server::{NetworkStatusService, NetworkStatusServiceServer},
    },
    status,
};
use crate::domain::access::Actor;
use crate::interfaces::{
    http::{
        Rooms, access,
        network_status::{MAX_BATCH, position},
        problem::{Kind, Problem, of_framework},
    },
    network_check::{Asked, Reader},
};

/// Tells clients that ask by reflection what there is.
const DESCRIPTORS: &[u8] = tonic::include_file_descriptor_set!("provider.v1");

/// The services by their paths. It has no fallback, so that it can be merged into any router.
///
/// # Panics
/// If the descriptors that were compiled in are broken, which a test would have seen.
pub fn router(rooms: Arc<Rooms>) -> Router {
    let (health, healthy) = tonic_health::server::health_reporter();
    // Nobody else holds the reporter yet, so that it answers at once.
    let _ = health
        .set_serving::<NetworkStatusServiceServer<Service>>()
        .now_or_never();
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(DESCRIPTORS)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let current = reflection().build_v1().expect("descriptors that were compiled in");
    let older = reflection().build_v1alpha().expect("the same descriptors");
    let router = route(Router::new(), NetworkStatusServiceServer::new(Service { rooms }));
    route(route(route(router, healthy), current), older)
}

/// Whether a request speaks gRPC.
pub fn is_meant(headers: &HeaderMap) -> bool {
    let media = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    media.is_some_and(|media| media.starts_with("application/grpc"))
}

/// A refusal from around the services as a status, which is all that a client of gRPC reads.
pub fn in_its_words(response: axum::http::Response<Body>) -> axum::http::Response<Body> {
    if response.status().is_success() {
        return response;
    }
    if response.status() == StatusCode::NOT_FOUND {
        return Status::unimplemented("there is no such service").into_http();
    }
    let problem = response.extensions().get::<Problem>().cloned();
    let problem = problem.unwrap_or_else(|| of_framework(response.status()));
    status::of(&problem).into_http()
}

/// Adds a service under its name.
fn route<S, B>(router: Router, service: S) -> Router
where
    S: tower::Service<axum::extract::Request, Response = axum::http::Response<B>, Error = std::convert::Infallible>
        + NamedService
        + Clone
        + Send
        + Sync
        + 'static,
    S::Future: Send + 'static,
    axum::http::Response<B>: axum::response::IntoResponse,
{
    router.route_service(&format!("/{}/{{*method}}", S::NAME), service)
}

/// The network check.
struct Service {
    rooms: Arc<Rooms>,
}

impl Service {
    /// Who asks: the bearer of the token in `authorization`, for the organisation in `x-organization-id`, as over HTTP; or nobody in
    /// particular.
    async fn caller(&self, metadata: &MetadataMap, keeps: bool) -> Result<Actor, Problem> {
        access::checker(&self.rooms, metadata.clone().into_headers(), !keeps).await
    }

    async fn one(&self, metadata: &MetadataMap, asked: CheckNetworkRequest) -> Result<CheckNetworkResponse, Problem> {
        let at_least = position(convert::given(&asked.min_position))?;
        let asked: Asked = asked.into();
        let actor = self.caller(metadata, asked.is_kept()).await?;
        let reader = Reader::open(&self.rooms, &actor, at_least).await?;
        let checked = reader.check(&asked).await?;
        Ok(checked.into())
    }

    async fn many(
        &self,
        metadata: &MetadataMap,
        asked: BatchCheckNetworkRequest,
    ) -> Result<BatchCheckNetworkResponse, Problem> {
        if asked.checks.is_empty() || asked.checks.len() > MAX_BATCH {
            let message = format!("1 to {MAX_BATCH} checks at once");
            return Err(Problem::fault("checks", "too_many", message));
        }
        let at_least = position(convert::given(&asked.min_position))?;
        let checks: Vec<Asked> = asked.checks.into_iter().map(Into::into).collect();
        let actor = self.caller(metadata, checks.iter().any(Asked::is_kept)).await?;
        let reader = Reader::open(&self.rooms, &actor, at_least).await?;
        let mut results = Vec::with_capacity(checks.len());
        for check in &checks {
            let result = match reader.check(check).await {
                Ok(checked) => One::Answer(checked.into()),
                Err(problem) if matches!(problem.kind(), Kind::Unavailable | Kind::Internal) => return Err(problem),
                Err(problem) => One::Error(status::of_check(&problem)),
            };
            results.push(BatchCheckNetworkResult { result: Some(result) });
        }
        Ok(BatchCheckNetworkResponse { results })
    }
}

#[tonic::async_trait]
impl NetworkStatusService for Service {
    async fn check_network(
        &self,
        request: Request<CheckNetworkRequest>,
    ) -> Result<Response<CheckNetworkResponse>, Status> {
        let (metadata, _, asked) = request.into_parts();
        let answer = self.one(&metadata, asked).await;
        answer.map(Response::new).map_err(|problem| status::of(&problem))
    }

    async fn batch_check_network(
        &self,
        request: Request<BatchCheckNetworkRequest>,
    ) -> Result<Response<BatchCheckNetworkResponse>, Status> {
        let (metadata, _, asked) = request.into_parts();
        let answer = self.many(&metadata, asked).await;
        answer.map(Response::new).map_err(|problem| status::of(&problem))
    }
}
