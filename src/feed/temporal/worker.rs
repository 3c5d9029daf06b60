//! This server as a worker of Temporal's: it does what workflows ask for, and tells them of calls.

use std::{error::Error, pin::pin, time::Duration};

use chrono::{DateTime, TimeDelta, Utc};
use futures::{StreamExt, TryStreamExt, stream};
use temporalio_client::{
    Client, ClientOptions, Connection, ConnectionOptions, Url, WorkflowStartOptions,
    envconfig::LoadClientConfigProfileOptions,
};
use temporalio_sdk::{Runtime, Worker, WorkerOptions, runtime::RuntimeOptions};
use tokio::{runtime::Handle, task::JoinHandle};
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use super::credentialing::{Credentialing, Steps};
use crate::store::{
    Store,
    credentialing::WORKFLOW,
    workflow::{self, Bell},
};

/// Where workflows ask and workers listen.
const QUEUE: &str = "provdir";
/// The longest wait for a call that nobody heard ring.
const POLL: Duration = Duration::from_secs(5);
/// Calls that are told before others are looked for, and how many at the same time.
const BATCH: (i64, usize) = (1_000, 16);
/// How often, and how late, steps are looked for that nobody seems to wait for: Temporal may have lost its own records.
const OVERDUE: TimeDelta = TimeDelta::minutes(1);
/// The wait before another try to reach the server.
const AGAIN: Duration = Duration::from_secs(5);
/// How long a connection may take, and what is being done when the program stops.
const PATIENCE: Duration = Duration::from_secs(5);

/// What can go wrong here, in many types.
type Fault = Box<dyn Error + Send + Sync>;

struct Engine {
    store: Store,
    clock: fn() -> DateTime<Utc>,
    connection: ConnectionOptions,
    client: ClientOptions,
    stop: CancellationToken,
}

/// Starts, and answers what ends once it is told to stop; or why it can't be.
pub fn start(
    store: &Store,
    server: &str,
    clock: fn() -> DateTime<Utc>,
    stop: &CancellationToken,
) -> Result<JoinHandle<()>, String> {
    let profile = LoadClientConfigProfileOptions::default();
    let (mut connection, client) = ClientOptions::load_from_config(profile).map_err(|why| why.to_string())?;
    connection.target = server.parse::<Url>().map_err(|why| why.to_string())?;
    connection.connect_timeout = Some(PATIENCE);
    let runtime = RuntimeOptions::builder().disable_environment_info(true).build()?;
    let runtime = Runtime::from_current_tokio(runtime).map_err(|why| why.to_string())?;
    let engine = Engine {
        store: store.clone(),
        clock,
        connection,
        client,
        stop: stop.clone(),
    };
    // Workflows stay on the thread that they begin on.
    let handle = Handle::current();
    Ok(tokio::task::spawn_blocking(move || {
        handle.block_on(engine.run(&runtime));
    }))
}

impl Engine {
    async fn run(self, runtime: &Runtime) {
        while !self.stop.is_cancelled() {
            if let Err(error) = self.serve(runtime).await {
                tracing::warn!(
                    error = &*error as &dyn Error,
                    server = %self.connection.target,
                    "credentialing waits until Temporal can be reached"
                );
                let _ = self.stop.run_until_cancelled(tokio::time::sleep(AGAIN)).await;
            }
        }
    }

    /// Works until told to stop, or until something breaks.
    async fn serve(&self, runtime: &Runtime) -> Result<(), Fault> {
        let Some(connected) = self
            .stop
            .run_until_cancelled(Connection::connect(self.connection.clone()))
            .await
        else {
            return Ok(());
        };
        let client = Client::new(connected?, self.client.clone())?;
        let steps = Steps {
            store: self.store.clone(),
            clock: self.clock,
        };
        let options = WorkerOptions::new(QUEUE)
            .register_activities(steps)
            .register_workflow::<Credentialing>()?
            .graceful_shutdown_period(PATIENCE)
            .build();
        let mut worker = Worker::new(runtime, client.clone(), options)?;
        let end = worker.shutdown_handle();
        let mut working = pin!(worker.run());
        tokio::select! {
            ended = &mut working => return Ok(ended?),
            () = self.tell(&client) => {}
        }
        end();
        // What does not end in time is asked for again elsewhere.
        match tokio::time::timeout(PATIENCE, working).await {
            Ok(ended) => Ok(ended?),
            Err(_) => Ok(()),
        }
    }

    /// Tells Temporal of calls, until told to stop.
    async fn tell(&self, client: &Client) {
        let telling = async {
            let mut bell = Bell::hang(&self.store).await;
            let mut looked: Option<DateTime<Utc>> = None;
            loop {
                match self.tell_some(client, &mut looked).await {
                    Ok(true) => {}
                    Ok(false) => bell.wait(POLL).await,
                    Err(error) => {
                        tracing::warn!(
                            error = &*error as &dyn Error,
                            "Temporal is told later of what was set on the clock"
                        );
                        tokio::time::sleep(AGAIN).await;
                    }
                }
            }
        };
        self.stop.run_until_cancelled(telling).await;
    }

    /// Tells of some calls; whether there may be more.
    async fn tell_some(&self, client: &Client, looked: &mut Option<DateTime<Utc>>) -> Result<bool, Fault> {
        let now = (self.clock)();
        let mut tx = self.store.begin(&workflow::engine()).await?;
        workflow::move_out(&mut tx, WORKFLOW, now).await?;
        let calls = workflow::calls(&mut tx, WORKFLOW, BATCH.0).await?;
        let look = looked.is_none_or(|at| now - at >= OVERDUE);
        let late = match look {
            true => workflow::overdue(&mut tx, WORKFLOW, now - OVERDUE, BATCH.0).await?,
            false => Vec::new(),
        };
        tx.commit().await?;
        let (ids, mut subjects): (Vec<i64>, Vec<Uuid>) = calls.into_iter().unzip();
        subjects.extend(late);
        subjects.sort_unstable();
        subjects.dedup();
        stream::iter(&subjects)
            .map(|request| call(client, *request))
            .buffer_unordered(BATCH.1)
            .try_collect::<()>()
            .await?;
        if look {
            *looked = Some(now);
        }
        if !ids.is_empty() {
            let mut tx = self.store.begin(&workflow::engine()).await?;
            workflow::heard(&mut tx, &ids).await?;
            tx.commit().await?;
        }
        Ok(ids.len() >= usize::try_from(BATCH.0)?)
    }
}

/// Calls the workflow of a request, which begins by it where there is none.
async fn call(client: &Client, request: Uuid) -> Result<(), Fault> {
    let options = WorkflowStartOptions::new(QUEUE, format!("{WORKFLOW}-{request}")).build();
    client
        .signal_with_start_workflow(Credentialing::run, request, Credentialing::call, (), options)
        .await?;
    Ok(())
}
