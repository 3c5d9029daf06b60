//! Serves until it is told to stop.

use std::{future::Future, io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::{measure, paths::router, rooms::Rooms};

/// Serves until `shutdown` is done; then open answers get [`Settings::drain`](super::settings::Settings::drain) to finish.
pub async fn serve(
    listener: TcpListener,
    rooms: Arc<Rooms>,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let drain = rooms.settings.drain;
    let stopping = rooms.stopping.clone();
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
