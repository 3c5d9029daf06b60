//! The wiring: builds every room from the settings, connects them, starts and stops them in order.

use std::{io, path::Path, sync::Arc, time::Duration};

use chrono::{DateTime, Utc};
use tokio::{net::TcpListener, signal};
use tokio_util::sync::CancellationToken;

use crate::config::Settings;
use crate::feed::{self, Feed};
use crate::index::{self, Index, schema::Handle};
use crate::interfaces::http;
use crate::query::budget::Limits;
use crate::store::{self, Store};

/// Why the rooms could not be opened or served.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No Postgres, or not one that can be used.
    #[error("open the store")]
    Store(#[from] store::Error),
    /// A vocabulary that can't be read.
    #[error("read the index schema")]
    Schema(#[from] index::schema::SchemaError),
    /// An index folder that can be neither opened nor made anew.
    #[error("open the index")]
    Index(#[from] index::Error),
    /// The feed has stopped.
    #[error("follow the changes")]
    Feed(#[from] feed::Error),
    /// A broker that this program can't publish to.
    #[error("publish events")]
    Publish(#[from] feed::publish::Error),
    /// The address is taken, or a folder or file can't be written.
    #[error("{0}")]
    Io(&'static str, #[source] io::Error),
}

/// The rooms, opened and connected.
pub struct App {
    /// The store of record.
    pub store: Store,
    /// What answers searches.
    pub index: Index,
    /// What the index is made of.
    pub schema: Handle,
    settings: Settings,
    clock: fn() -> DateTime<Utc>,
}

impl App {
    /// Opens the store (starting the managed Postgres if there is none) and the index, which may be empty still.
    ///
    /// # Errors
    /// If there is no Postgres to be had, or the data folder can't be written.
    pub async fn open(settings: &Settings, clock: fn() -> DateTime<Utc>) -> Result<Self, Error> {
        std::fs::create_dir_all(&settings.data).map_err(|e| Error::Io("make the data folder", e))?;
        let (index, schema) = open_index(settings)?;
        Ok(Self {
            store: open_store(settings).await?,
            index,
            schema,
            settings: settings.clone(),
            clock,
        })
    }

    /// Starts to bring changes of the store into the index.
    pub fn follow(&self) -> Feed {
        let settings = feed::Settings {
            poll: Duration::from_millis(self.settings.feed_poll_ms),
            batch: self.settings.feed_batch,
            commit_after: Duration::from_millis(self.settings.commit_after_ms),
            commit_changes: self.settings.commit_changes,
            clock: self.clock,
        };
        Feed::start(self.store.clone(), self.index.clone(), settings)
    }

    /// Takes the address to serve on, before any long work: a port that is taken is told at once.
    ///
    /// # Errors
    /// If the address is taken.
    pub async fn listen(&self) -> Result<TcpListener, Error> {
        TcpListener::bind(self.settings.listen)
            .await
            .map_err(|e| Error::Io("take the address to listen on", e))
    }

    /// Says where it serves: in the log, and in the port file if the settings want one.
    ///
    /// # Errors
    /// If the port file can't be written.
    pub fn announce(&self, listener: &TcpListener) -> Result<(), Error> {
        let address = listener.local_addr().map_err(|e| Error::Io("read the address", e))?;
        if let Some(file) = &self.settings.port_file {
            write_whole(file, &address.port().to_string()).map_err(|e| Error::Io("write the port file", e))?;
        }
        tracing::info!(%address, "serving");
        Ok(())
    }

    /// Answers requests until told to stop.
    ///
    /// # Errors
    /// If the listener breaks.
    pub async fn serve(&self, listener: TcpListener, feed: &Feed, stop: CancellationToken) -> Result<(), Error> {
        let mut publish = feed::publish::Settings {
            kafka: self.settings.kafka.clone(),
            nats: self.settings.nats.clone(),
            ..feed::publish::Settings::new(self.clock)
        };
        publish.webhooks.inner_nets = self.settings.webhooks_inside;
        feed.publish(&self.store, &publish)?;
        let waiting = match &self.settings.temporal {
            Some(server) => Some(feed::temporal::start(&self.store, server, self.clock, &stop)?),
            None => None,
        };
        let duties = feed::workflow::Duties {
            steps: waiting.is_none(),
            listings: self.settings.listing_removal,
        };
        let working = tokio::spawn(feed::workflow::follow(
            self.store.clone(),
            self.clock,
            duties,
            stop.clone(),
        ));
        let (store, until) = (self.store.clone(), stop.clone());
        let keeping = tokio::spawn(async move { store.keep_running(until).await });
        let served = http::serve(listener, self.rooms(feed), stop.clone().cancelled_owned()).await;
        stop.cancel();
        let _ = working.await;
        let _ = keeping.await;
        if let Some(waiting) = waiting {
            let _ = waiting.await;
        }
        served.map_err(|e| Error::Io("serve", e))
    }

    /// What the faces are built on.
    pub fn rooms(&self, feed: &Feed) -> Arc<http::Rooms> {
        let settings = http::Settings {
            prefix: self.settings.prefix.clone(),
            requests_per_minute: self.settings.requests_per_minute,
            sign_ins_per_minute: self.settings.sign_ins_per_minute,
            identity_patience: Duration::from_secs(self.settings.identity_patience_s),
            behind_gateway: self.settings.behind_gateway,
            webhooks_inside: self.settings.webhooks_inside,
            public_url: self.settings.public_url.clone(),
            search: Limits {
                documents: self.settings.search_documents,
                time: Duration::from_millis(self.settings.search_time_ms),
            },
            slow_query: Duration::from_millis(self.settings.slow_query_ms),
            oidc: self.trusted_issuer(),
            sign_in: self.sign_in_elsewhere(),
            ..http::Settings::default()
        };
        Arc::new(http::Rooms::new(
            self.store.clone(),
            self.index.clone(),
            self.schema.clone(),
            feed.clone(),
            settings,
            self.clock,
        ))
    }

    /// Whose tokens are taken as people's, if anybody's.
    fn trusted_issuer(&self) -> Option<http::oidc::Settings> {
        let issuer = self.settings.oidc_issuer.clone()?;
        let keys = self.settings.oidc_keys.clone();
        let audience = self.settings.oidc_audience.clone();
        Some(http::oidc::Settings {
            issuer,
            audience: audience.unwrap_or_else(|| "provdir".to_owned()),
            keys: keys.map_or(http::oidc::Keys::Published, http::oidc::Keys::File),
        })
    }

    /// How people sign in to pages at that issuer, if they do.
    fn sign_in_elsewhere(&self) -> Option<http::oidc_code::Settings> {
        Some(http::oidc_code::Settings {
            client_id: self.settings.oidc_client_id.clone()?,
            client_secret: self.settings.oidc_client_secret.clone(),
            public_url: self.settings.public_url.clone()?,
            name: self.settings.oidc_name.clone(),
        })
    }

    /// The folder of everything that is kept.
    pub fn data(&self) -> &Path {
        &self.settings.data
    }

    /// The path prefix under which a gateway publishes the server.
    pub fn prefix(&self) -> &str {
        &self.settings.prefix
    }

    /// Stops what this process started. A feed that runs is stopped before.
    pub async fn close(self) {
        self.store.close().await;
    }
}

/// Opens the schema: the folder of the settings, watched, or what is compiled in.
///
/// # Errors
/// If a table of the folder is refused.
pub fn open_schema(settings: &Settings) -> Result<Handle, Error> {
    match &settings.index_schema {
        Some(folder) => Ok(Handle::watch(folder)?),
        None => Ok(Handle::embedded()),
    }
}

/// Opens the store alone, for commands that leave the index to the server that may be running beside them.
///
/// # Errors
/// If there is no Postgres to be had.
pub async fn open_store(settings: &Settings) -> Result<Store, Error> {
    let database = match &settings.database_url {
        Some(url) => store::Database::Url(url.reveal().to_owned()),
        None => store::Database::Managed {
            data_dir: settings.data.clone(),
            binaries: settings.pg_bindir.clone(),
        },
    };
    let settings = store::Settings {
        database,
        max_connections: settings.max_connections,
    };
    Ok(Store::open(&settings).await?)
}

/// Whether there is a store of record to be opened: one that the settings name, or one that was made in the folder before.
pub fn has_store(settings: &Settings) -> bool {
    settings.database_url.is_some() || store::cluster::is_made_in(&settings.data)
}

/// Opens the index folder to search in it, also beside a running server, for commands that need no Postgres.
///
/// # Errors
/// If the schema is refused, or the index can't be read.
pub fn read_index(settings: &Settings) -> Result<(Index, Handle), Error> {
    let schema = open_schema(settings)?;
    let index = Index::open_read_only(&settings.data.join("index"), schema.clone())?;
    Ok((index, schema))
}

/// Opens the index folder to write to it, and its schema. A folder whose files are damaged is put aside and a new one
/// begun: the store has everything that was in it.
fn open_index(settings: &Settings) -> Result<(Index, Handle), Error> {
    let schema = open_schema(settings)?;
    let folder = settings.data.join("index");
    hold_alone(&settings.data)?;
    let index = match Index::open(&folder, schema.clone()) {
        Ok(index) => index,
        Err(error) if error.is_corruption() => {
            let aside = put_aside(&folder).map_err(|e| Error::Io("put the broken index aside", e))?;
            tracing::error!(
                error = &error as &dyn std::error::Error,
                "the index is broken: put aside as {}, made anew",
                aside.display()
            );
            Index::open(&folder, schema.clone())?
        }
        Err(error) => return Err(error.into()),
    };
    Ok((index, schema))
}

/// Makes sure that no other process writes to the index: what looks broken might be at work. The lock is held until the
/// process ends, however it ends, so nothing has to give it back.
fn hold_alone(data: &Path) -> Result<(), Error> {
    std::fs::create_dir_all(data).map_err(|e| Error::Io("make the data folder", e))?;
    let lock =
        std::fs::File::create(data.join("index.lock")).map_err(|e| Error::Io("make the lock of the index", e))?;
    lock.try_lock().map_err(|e| {
        Error::Io(
            "open the index: a running provdir has it; ask that one, or stop it first",
            e.into(),
        )
    })?;
    std::mem::forget(lock);
    Ok(())
}

/// The first free name beside the folder.
fn put_aside(folder: &Path) -> io::Result<std::path::PathBuf> {
    let aside = (1_u32..)
        .map(|n| folder.with_extension(format!("broken-{n}")))
        .find(|path| !path.exists())
        .expect("numbers do not run out");
    std::fs::rename(folder, &aside)?;
    Ok(aside)
}

/// A reader of the file sees all of it or none.
fn write_whole(file: &Path, text: &str) -> io::Result<()> {
    let part = file.with_extension("part");
    std::fs::write(&part, text)?;
    std::fs::rename(part, file)
}

/// Listens for SIGINT and SIGTERM from this call on; the token is cancelled by the first.
///
/// # Errors
/// If the system lets nobody listen.
pub fn stop_signals() -> io::Result<CancellationToken> {
    let stop = CancellationToken::new();
    let asked = stop.clone();
    #[cfg(unix)]
    let (mut interrupt, mut terminate) = {
        use signal::unix::{SignalKind, signal};
        (signal(SignalKind::interrupt())?, signal(SignalKind::terminate())?)
    };
    tokio::spawn(async move {
        #[cfg(unix)]
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
        #[cfg(not(unix))]
        let _ = signal::ctrl_c().await;
        tracing::info!("stopping");
        asked.cancel();
    });
    Ok(stop)
}
