//! `GET /events`: what changes, as a stream of server-sent events that goes on where a reader left off.

use std::{collections::VecDeque, convert::Infallible, net::SocketAddr, sync::Arc, time::Duration};

use axum::{
    Extension,
    extract::{ConnectInfo, RawQuery, State},
    http::HeaderMap,
    response::{
        IntoResponse, Response, Sse,
        sse::{self, KeepAlive},
    },
    routing::get,
};
use futures::stream;
use serde_json::json;
use tokio::sync::watch;

use super::{
    Rooms, Routes,
    access::{self, Asker, admit},
    limits,
    operation::{Answer, Operation, query},
    parameters,
    problem::{Kind, Problem},
    shares::Share,
};
use crate::domain::{
    access::{Actor, Permission, Rights},
    event::{APPOINTMENT_UPDATED, DECISION_CHANGED, TYPES},
};
use crate::feed::State as FeedState;
use crate::store::{
    self, outbox,
    publish::{self, Published},
};
use crate::vocab::{Position, ids::PositionError};

/// Streams open at once; each reads for itself.
pub const MOST_OPEN: usize = 256;

/// Events read at once.
const BATCH: i64 = 200;

/// The longest wait before a stream looks by itself.
const LOOK: Duration = Duration::from_secs(5);

/// The paths.
pub fn routes() -> Routes {
    vec![("/events", get(follow))]
}

/// What the paths tell of themselves.
pub fn operations() -> Vec<Operation> {
    let text = json!({"type": "string"});
    vec![
        Operation::new(
            "get",
            "/events",
            "events",
            "What changes, as CloudEvents in a stream of server-sent events",
            Answer::Media("text/event-stream"),
        )
        .asking([
            query("type", &text, "Only events of this type."),
            query(
                "after",
                &text,
                "Begin behind this position (the `id` of an event; the header Last-Event-ID says the same); left out: now.",
            ),
        ])
        .refusing(&[Kind::NoLongerKept, Kind::Unavailable]),
    ]
}

/// `GET /events?type=&after=`, or with `Last-Event-ID`.
pub async fn follow(
    State(rooms): State<Arc<Rooms>>,
    Asker(known): Asker,
    headers: HeaderMap,
    peer: Option<Extension<ConnectInfo<SocketAddr>>>,
    RawQuery(raw): RawQuery,
) -> Result<Response, Problem> {
    let rights = known.as_ref().map(|known| known.rights.clone());
    let actor = admit(known, Permission::EventsRead)?;
    let [kind, after] = parameters::only(parameters::pairs(raw.as_deref())?, ["type", "after"])?;
    if let Some(unknown) = kind.as_deref().filter(|kind| !TYPES.contains(kind)) {
        let message = format!("`{unknown}` is no type of event: one of {}", TYPES.join(", "));
        return Err(Problem::fault("type", "unknown_term", message));
    }
    let last = headers.get("last-event-id").and_then(|v| v.to_str().ok());
    let position = match last.or(after.as_deref()) {
        Some(text) => {
            let position = text
                .parse()
                .map_err(|why: PositionError| Problem::fault("after", "format", why.to_string()))?;
            if let Err(behind @ store::Error::Behind) = publish::read(&rooms.store, position, 1).await {
                return Err(behind.into());
            }
            if position > outbox::begun(&rooms.store).await? {
                let message =
                    "nothing has got there yet: the database is another one, or older, than where it was read";
                return Err(Problem::fault("after", "ahead", message));
            }
            position
        }
        None => outbox::end(&rooms.store).await?,
    };
    let caller = limits::caller(&rooms, &headers, peer.as_deref()).await;
    let open = rooms.event_streams.take(caller)?;
    let reading = Reading {
        woken: rooms.feed.participations().watch(),
        feed: rooms.feed.watch(),
        rooms,
        kind,
        opened_by: actor,
        rights,
        headers,
        position,
        waiting: VecDeque::new(),
        _open: open,
    };
    let events = stream::unfold(reading, |mut reading| async {
        let event = reading.next().await?;
        Some((Ok::<_, Infallible>(event), reading))
    });
    Ok(Sse::new(events).keep_alive(KeepAlive::default()).into_response())
}

/// A reader of the stream.
struct Reading {
    rooms: Arc<Rooms>,
    woken: watch::Receiver<Option<Position>>,
    feed: watch::Receiver<crate::feed::Status>,
    kind: Option<String>,
    opened_by: Actor,
    /// What they may, as it was when the last events were read; none: nobody has signed in.
    rights: Option<Rights>,
    /// What the reader showed: asked about again with all that is sent.
    headers: HeaderMap,
    position: Position,
    waiting: VecDeque<Published>,
    _open: Share,
}

impl Reading {
    /// The next event, whenever it comes; none: the server is about to stop, the reader may no longer read, or events that
    /// they have not had are not kept any longer. Who opens the stream again hears which.
    async fn next(&mut self) -> Option<sse::Event> {
        loop {
            while let Some(published) = self.waiting.pop_front() {
                if self.wants(&published) {
                    let event = sse::Event::default()
                        .id(published.resume.to_string())
                        .event(&published.event.kind)
                        .json_data(&published.event);
                    if let Ok(event) = event {
                        return Some(event);
                    }
                }
            }
            match publish::read(&self.rooms.store, self.position, BATCH).await {
                Ok(batch) => {
                    if self.is_shut_out().await {
                        return None;
                    }
                    self.position = batch.position;
                    self.waiting.extend(batch.events);
                }
                Err(store::Error::Behind) => return None,
                Err(error) => tracing::debug!(
                    error = &error as &dyn std::error::Error,
                    "an event stream waits for the store"
                ),
            }
            if self.waiting.is_empty() && self.is_over().await {
                return None;
            }
        }
    }

    fn wants(&self, published: &Published) -> bool {
        let kind = &published.event.kind;
        let is_theirs = |owner| Some(owner) == self.opened_by.organization_id && self.may_read_own(kind);
        self.kind.as_ref().is_none_or(|wanted| wanted == kind) && published.owner.is_none_or(is_theirs)
    }

    /// What a tenant's own events tell is for those who may read it by asking, too.
    fn may_read_own(&self, kind: &str) -> bool {
        let needed = match kind {
            APPOINTMENT_UPDATED => Permission::AppointmentsRead,
            DECISION_CHANGED => Permission::NetworkCheck,
            _ => Permission::EventsRead,
        };
        self.rights.as_ref().is_some_and(|rights| rights.may(needed))
    }

    /// Whether the reader's token or session has ended since, or what they are in the tenant, or they may not read events any
    /// more. What else they may is taken as it is now.
    async fn is_shut_out(&mut self) -> bool {
        let known = match access::once_more(&self.rooms, &self.headers, &self.opened_by).await {
            Ok(known) => known,
            Err(problem) => return problem.kind() != Kind::Unavailable,
        };
        self.rights = known.as_ref().map(|known| known.rights.clone());
        let Ok(now) = admit(known, Permission::EventsRead) else {
            return true;
        };
        now.name != self.opened_by.name || now.organization_id != self.opened_by.organization_id
    }

    /// Waits until there may be more. Whether there will not be.
    async fn is_over(&mut self) -> bool {
        tokio::select! {
            _ = self.woken.changed() => {}
            () = self.rooms.stopping.cancelled() => return true,
            _ = self.feed.wait_for(|status| status.state == FeedState::Stopped) => return true,
            () = tokio::time::sleep(LOOK) => {}
        }
        false
    }
}
