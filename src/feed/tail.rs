//! The tail: the one task that writes to the index.
//!
//! It reads the outbox behind its own position, loads what is named there as it is now, and makes it visible. While a
//! rebuild runs it goes on doing so in the old generation and remembers whom it has touched: those are loaded once more
//! when the new generation is swapped in.
//!
//! A bulk load writes a marker with each of its transactions. What it changed is owed until the next generation, which
//! begins once no more markers come; the index keeps what it owes with its position, so a process that is killed
//! meanwhile knows it again. Single changes are visible at their position all the while:
//! [`Index::position`](crate::index::Index::position) goes on, and who waits for everything waits for what is owed too.

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use chrono::{DateTime, NaiveDate, Utc};
use rustc_hash::FxHashSet;
use tokio::{
    sync::{mpsc, oneshot, watch},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

use super::{
    Error, Identities, Participations, Progress, State, Status, free_slots, publish,
    rebuild::{self, Built},
    reconcile,
    tasks::Tasks,
    timers,
};
use crate::index::{self, Change, Index};
use crate::store::{
    self, Store,
    outbox::{self, EntryKind, Listener},
};
use crate::vocab::{Position, ProviderId};

/// The shortest and the longest wait before another try after an error.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The first look after a wake that found nothing: the row was announced, but a transaction before it still runs.
/// Each further look waits twice as long, up to [`Settings::poll`].
const SECOND_LOOK: Duration = Duration::from_millis(2);

/// The longest wait before another look where rows are committed already and only wait for a transaction before them.
const HELD_LOOK: Duration = Duration::from_millis(16);

/// How long after the last rebuild marker the rebuild begins: a bulk load writes one with every batch.
const QUIET: Duration = Duration::from_millis(500);

/// How often a position that moves without changes is written down.
const COMMIT_IDLE: Duration = Duration::from_secs(600);

/// How the feed works.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The longest wait for a notification before the outbox is read anyway.
    pub poll: Duration,
    /// Most outbox rows taken at once.
    pub batch: usize,
    /// The longest time that visible changes wait for their segments.
    pub commit_after: Duration,
    /// The number of visible changes at which segments are written at once.
    pub commit_changes: usize,
    /// Tells the day to the timers.
    pub clock: fn() -> DateTime<Utc>,
}

/// A running feed. Clones are handles to the same one.
#[derive(Clone)]
pub struct Feed {
    requests: mpsc::Sender<Request>,
    status: watch::Receiver<Status>,
    participations: Participations,
    identities: Identities,
    tasks: Tasks,
}

type Reply = oneshot::Sender<Result<Progress, Error>>;

enum Request {
    Rebuild(Reply),
    Repair(Vec<ProviderId>, oneshot::Sender<Result<(), Error>>),
}

impl Feed {
    /// Starts to follow the outbox from the position of the index. Must be called within a tokio runtime.
    pub fn start(store: Store, index: Index, settings: Settings) -> Self {
        let (requests, received) = mpsc::channel(16);
        let (told, status) = watch::channel(Status::starting(index.position()));
        let tasks = Tasks::default();
        let participations = Participations::start(store.clone(), settings.poll, settings.batch, &tasks);
        let identities = Identities::start(store.clone(), settings.clock, &tasks);
        let tail = Tail {
            read: Position::default(),
            marked: None,
            due: None,
            waiting: Vec::new(),
            building: None,
            committing: None,
            uncommitted: 0,
            committed: Instant::now(),
            looks: 0,
            held: false,
            day: None,
            chores: JoinSet::new(),
            reference_of: None,
            slots_seen: None,
            fields_seen: None,
            broken: false,
            behind: false,
            backoff: BACKOFF.0,
            requests: received,
            status: told,
            stop: tasks.stop().clone(),
            store,
            index,
            settings,
        };
        tasks.spawn_to_its_end(tail.run());
        Self {
            requests,
            status,
            participations,
            identities,
            tasks,
        }
    }

    /// A feed that follows nothing, beside an index that stays as it is: for measuring.
    pub fn at_rest(index: &Index) -> Self {
        let (requests, _) = mpsc::channel(1);
        let (_, status) = watch::channel(Status::starting(index.position()));
        Self {
            requests,
            status,
            participations: Participations::at_rest(),
            identities: Identities::at_rest(),
            tasks: Tasks::default(),
        }
    }

    /// Starts to publish what changes, until this feed is stopped.
    ///
    /// # Errors
    /// If the settings name a broker that this program was built without.
    pub fn publish(&self, store: &Store, settings: &publish::Settings) -> Result<(), publish::Error> {
        publish::start(store, settings, &self.participations.watch(), &self.tasks)
    }

    /// With participations of one's own, which nothing follows: for measuring.
    #[must_use]
    pub fn with_participations(self, participations: Participations) -> Self {
        Self { participations, ..self }
    }

    /// Who takes part where, kept fresh beside the index.
    pub fn participations(&self) -> &Participations {
        &self.participations
    }

    /// Who is who, kept fresh in memory.
    pub fn identities(&self) -> &Identities {
        &self.identities
    }

    /// What the feed is doing.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// A view of the status that tells of every change.
    pub fn watch(&self) -> watch::Receiver<Status> {
        self.status.clone()
    }

    /// Waits until there is a generation to answer from and the end of the outbox has been reached once.
    ///
    /// # Errors
    /// If the feed is stopped meanwhile.
    pub async fn caught_up(&self) -> Result<(), Error> {
        let mut status = self.status.clone();
        status
            .wait_for(|s| s.caught_up.is_some())
            .await
            .map(drop)
            .map_err(|_| Error::Stopped)
    }

    /// Makes a new generation in the background and answers when it is the one that answers searches.
    ///
    /// # Errors
    /// If Postgres goes away or the index can't be written; the old generation stays.
    pub async fn rebuild(&self) -> Result<Progress, Error> {
        let (reply, replied) = oneshot::channel();
        self.requests
            .send(Request::Rebuild(reply))
            .await
            .map_err(|_| Error::Stopped)?;
        replied.await.map_err(|_| Error::Stopped)?
    }

    /// Brings these providers of the index to what the store has.
    ///
    /// # Errors
    /// If Postgres goes away or the index can't be written.
    pub async fn repair(&self, providers: Vec<ProviderId>) -> Result<(), Error> {
        let (reply, replied) = oneshot::channel();
        self.requests
            .send(Request::Repair(providers, reply))
            .await
            .map_err(|_| Error::Stopped)?;
        replied.await.map_err(|_| Error::Stopped)?
    }

    /// Stops in order: what is visible is in segments when this returns.
    pub async fn stop(&self) {
        self.tasks.end().await;
    }
}

struct Tail {
    store: Store,
    index: Index,
    settings: Settings,
    /// What has been read of the outbox, and is visible but for bulk loads.
    read: Position,
    /// Where the last rebuild marker stands, until a generation with its rows answers.
    marked: Option<Position>,
    /// When the next rebuild begins, if one is due and none runs.
    due: Option<Instant>,
    /// Who waits for that one.
    waiting: Vec<Reply>,
    building: Option<Building>,
    committing: Option<JoinHandle<Result<(), index::Error>>>,
    /// Changes visible and not in segments yet.
    uncommitted: usize,
    committed: Instant,
    /// Looks in a row that found nothing.
    looks: u32,
    /// Whether the last of them found rows that are not final.
    held: bool,
    /// The day whose timers this process knows to have rung.
    day: Option<NaiveDate>,
    /// What goes on beside, and ends with the feed: the connections are closed under it then.
    chores: JoinSet<()>,
    /// The day whose networks and plans the index has.
    reference_of: Option<NaiveDate>,
    /// When free slots were last looked through for those that have elapsed.
    slots_seen: Option<DateTime<Utc>>,
    /// The text of `fields.toml` that the generation was last held against.
    fields_seen: Option<Arc<String>>,
    /// The index has failed to write: only a new generation is trusted.
    broken: bool,
    /// The outbox no longer reaches back to the position of the index.
    behind: bool,
    backoff: Duration,
    requests: mpsc::Receiver<Request>,
    status: watch::Sender<Status>,
    stop: CancellationToken,
}

/// A generation in the making.
struct Building {
    task: JoinHandle<Result<Built, Error>>,
    /// Whether the old generation is worth following meanwhile.
    follow: bool,
    /// Whoever has changed in the old generation since the snapshot was asked for.
    touched: FxHashSet<ProviderId>,
    replies: Vec<Reply>,
}

impl Drop for Building {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Tail {
    async fn run(mut self) {
        while let Err(error) = self.follow().await {
            if matches!(error, Error::Stopped) {
                break;
            }
            self.behind |= matches!(error, Error::Store(store::Error::Behind));
            self.broken |= matches!(error, Error::Index(_) | Error::Work(_));
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the change feed waits before it tries again"
            );
            let told = describe(&error);
            self.tell(|s| {
                s.state = State::Waiting;
                s.error = Some(told);
            });
            tokio::select! {
                () = tokio::time::sleep(self.backoff) => {}
                () = self.stop.cancelled() => break,
            }
            self.backoff = (self.backoff * 2).min(BACKOFF.1);
        }
        self.building = None;
        self.chores.shutdown().await;
        if let Err(error) = self.commit_now().await {
            tracing::warn!(
                error = &error as &dyn std::error::Error,
                "the last changes are read again at the next start"
            );
        }
        self.tell(|s| s.state = State::Stopped);
    }

    /// Follows the outbox until it is stopped or something fails.
    async fn follow(&mut self) -> Result<(), Error> {
        self.building = None;
        self.marked = None;
        self.fields_seen = None;
        self.due = (!self.waiting.is_empty()).then(Instant::now);
        self.read_reference().await?;
        free_slots::load_all(&self.store, &self.index, (self.settings.clock)()).await?;
        self.read_private().await?;
        if self.is_useless().await? {
            self.begin_building(false);
        } else {
            self.read = self.index.position().unwrap_or_default();
            if self.broken {
                self.begin_building(true);
            } else if self.index.owed().is_some() {
                self.marked = Some(self.read);
                self.due = Some(Instant::now() + QUIET);
            }
        }
        let mut listener = outbox::listen(&self.store).await?;
        loop {
            if self.stop.is_cancelled() {
                return Err(Error::Stopped);
            }
            self.look_around().await?;
            let may_read = self.building.as_ref().is_none_or(|b| b.follow);
            let more = may_read && self.take_batch().await?;
            self.begin_if_due();
            self.begin_if_fields_changed();
            let now = (self.settings.clock)();
            if self.reference_of != Some(now.date_naive()) {
                self.read_reference().await?; // Something may have ended with the day.
            }
            let day = self.day;
            timers::ring(&self.store, &mut self.day, now).await?;
            if self.day != day {
                self.chores.spawn(timers::tidy(self.store.clone(), now));
            }
            free_slots::pass_time(&self.store, &self.index, &mut self.slots_seen, now).await?;
            self.commit_if_due().await?;
            if !more {
                self.pause(&mut listener).await?;
            }
        }
    }

    /// Reads the networks and plans that are in force today.
    async fn read_reference(&mut self) -> Result<(), Error> {
        let today = self.today();
        let reference = store::networks::reference(&self.store).await?;
        self.index.set_reference(reference.in_force(today));
        self.reference_of = Some(today);
        Ok(())
    }

    /// Reads what tenants have of their own, in the place of all that was known: it is in memory only.
    async fn read_private(&self) -> Result<(), Error> {
        let providers = store::snapshot::load_private(&self.store).await?;
        self.index.set_private(providers, self.read, self.today());
        Ok(())
    }

    /// Whether the index can't be brought up to date from the outbox: never built, of another database cluster, or (as the
    /// outbox has told) older than what is kept there.
    async fn is_useless(&self) -> Result<bool, Error> {
        Ok(self.behind || self.index.system_identifier() != Some(self.store.system_identifier().await?))
    }

    /// Reads and applies one batch. Answers whether there may be more.
    async fn take_batch(&mut self) -> Result<bool, Error> {
        let limit = self.settings.batch;
        let batch = outbox::read(&self.store, self.read, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
        let full = batch.entries.len() >= limit;
        let (mut seen, mut providers, mut freed) = (FxHashSet::default(), Vec::new(), FxHashSet::default());
        for entry in &batch.entries {
            match entry.kind {
                EntryKind::Provider(id) if seen.insert(id) => providers.push(id),
                EntryKind::Slots(id) => drop(freed.insert(id)),
                EntryKind::Provider(_) | EntryKind::Rebuild | EntryKind::Reference => {}
            }
        }
        if batch.entries.iter().any(|e| matches!(e.kind, EntryKind::Reference)) {
            self.read_reference().await?;
        }
        if !freed.is_empty() {
            // Before the position is told, so that who waits for it sees them.
            let freed: Vec<_> = freed.into_iter().collect();
            free_slots::load(&self.store, &self.index, &freed, (self.settings.clock)()).await?;
        }
        let mut markers = batch.entries.iter().filter(|e| matches!(e.kind, EntryKind::Rebuild));
        if let Some(last) = markers.next_back() {
            self.index.owe(self.read);
            self.marked = Some(last.position);
            self.due = Some(Instant::now() + QUIET);
        }
        self.apply(&providers, batch.position).await?;
        self.held = batch.held;
        self.looks = if batch.entries.is_empty() { self.looks + 1 } else { 0 };
        self.backoff = BACKOFF.0;
        if !full {
            self.tell(|s| {
                s.state = State::Following;
                s.error = None;
                s.caught_up = Some(Instant::now());
            });
        }
        Ok(full)
    }

    /// Makes the current state of these providers visible, and the position with it.
    async fn apply(&mut self, providers: &[ProviderId], position: Position) -> Result<(), Error> {
        if providers.is_empty() && position == self.read {
            return Ok(());
        }
        let changes = if providers.is_empty() {
            Vec::new()
        } else {
            reconcile::corrections(&self.store, providers).await?
        };
        if let Some(building) = &mut self.building {
            building.touched.extend(providers);
        }
        self.write_visible(changes, position).await?;
        self.read = position;
        Ok(())
    }

    async fn write_visible(&mut self, changes: Vec<Change>, position: Position) -> Result<(), Error> {
        let number = changes.len();
        let (index, day) = (self.index.clone(), self.today());
        tokio::task::spawn_blocking(move || index.apply(changes, position, day)).await??;
        self.uncommitted += number;
        metrics::counter!("provdir_feed_changes_total").increment(number as u64);
        self.tell(|s| s.applied += number as u64);
        Ok(())
    }

    /// Waits for whatever comes first: a notification, the time to look again, a request, a finished generation, the end.
    async fn pause(&mut self, listener: &mut Listener) -> Result<(), Error> {
        let longest = if self.held { HELD_LOOK } else { self.settings.poll };
        let mut at_most = SECOND_LOOK
            .saturating_mul(1 << self.looks.min(16))
            .min(longest.min(self.settings.poll));
        if let (Some(due), None) = (self.due, &self.building) {
            at_most = at_most.min(due.saturating_duration_since(Instant::now()));
        }
        let began = Instant::now();
        tokio::select! {
            () = self.stop.cancelled() => Err(Error::Stopped),
            built = finished(&mut self.building), if self.committing.is_none() => self.end_building(built?).await,
            Some(request) = self.requests.recv() => self.answer(request).await,
            () = listener.wait(at_most) => {
                if began.elapsed() < at_most {
                    self.looks = 0;
                }
                Ok(())
            }
        }
    }

    /// What [`Self::pause`] waits for, without waiting: so that a full outbox starves nobody.
    async fn look_around(&mut self) -> Result<(), Error> {
        if self.is_built() && self.committing.is_none() {
            let built = finished(&mut self.building).await?;
            self.end_building(built).await?;
        }
        while let Ok(request) = self.requests.try_recv() {
            self.answer(request).await?;
        }
        Ok(())
    }

    /// Begins the rebuild that is due. To be asked right after reading: a bulk load that goes on has put it off.
    fn begin_if_due(&mut self) {
        let asked_for = !self.waiting.is_empty();
        let due = asked_for || self.due.is_some_and(|due| due <= Instant::now());
        if due && self.building.is_none() {
            self.begin_building(true);
        }
    }

    async fn answer(&mut self, request: Request) -> Result<(), Error> {
        match request {
            Request::Rebuild(reply) => {
                self.waiting.push(reply);
                self.due = Some(Instant::now());
            }
            Request::Repair(providers, reply) => {
                // Whoever asked has gone if it can't be told; the repair is done all the same.
                let _ = reply.send(self.apply(&providers, self.read).await);
            }
        }
        Ok(())
    }

    /// Starts a new generation. `follow` says whether the old one is worth following meanwhile.
    /// Other fields are another index: where `fields.toml` is another one than the generation was built by, a new one is built
    /// while the old one answers.
    fn begin_if_fields_changed(&mut self) {
        let fields = self.index.schema().fields_text();
        let seen = self.fields_seen.as_ref().is_some_and(|seen| Arc::ptr_eq(seen, &fields));
        // A commit holds the generation: it would have to be waited for.
        if seen || self.building.is_some() || self.committing.is_some() {
            return;
        }
        if self.index.fields_changed() {
            self.begin_building(true);
        }
        self.fields_seen = Some(fields);
    }

    fn begin_building(&mut self, follow: bool) {
        self.due = None;
        let (store, index, status, day) = (
            self.store.clone(),
            self.index.clone(),
            self.status.clone(),
            self.today(),
        );
        let task = tokio::spawn(async move {
            rebuild::build(&store, &index, day, move |p| {
                status.send_modify(|s| s.rebuild = Some(p));
            })
            .await
        });
        self.building = Some(Building {
            task,
            follow,
            touched: FxHashSet::default(),
            replies: std::mem::take(&mut self.waiting),
        });
        if !follow {
            self.tell(|s| s.state = State::Building);
        }
    }

    /// Goes on with a generation that is ready: it catches up in the background as long as many have changed meanwhile, and is
    /// swapped in with the last few.
    async fn end_building(&mut self, built: Built) -> Result<(), Error> {
        let mut building = self.building.take().expect("one has ended");
        let touched: Vec<_> = building.touched.drain().collect();
        // A marker behind the snapshot is not in this generation: its rows are owed from there on.
        let marked = self.marked.filter(|marked| *marked > built.snapshot);
        let owed = marked.map(|_| built.snapshot);
        if touched.len() > self.settings.commit_changes {
            let (store, position, day) = (self.store.clone(), self.read, self.today());
            building.task = tokio::spawn(async move { built.catch_up(&store, &touched, position, owed, day).await });
            self.building = Some(building);
            return Ok(());
        }
        self.end_commit().await?;
        let progress = built.progress;
        let changes = reconcile::corrections(&self.store, &touched).await?;
        if !building.follow || self.read < built.position {
            self.read = built.position;
        }
        self.marked = marked;
        if owed.is_none() && self.waiting.is_empty() {
            self.due = None;
        }
        let (number, position, day) = (changes.len(), self.read, self.today());
        tokio::task::spawn_blocking(move || built.swap_in(changes, position, owed, day)).await??;
        self.read_private().await?; // A bulk load names nobody.
        (self.broken, self.behind) = (false, false);
        self.uncommitted = number;
        self.tell(|s| s.rebuild = None);
        for reply in building.replies.drain(..) {
            let _ = reply.send(Ok(progress)); // Whoever asked may have gone.
        }
        tracing::info!(
            providers = progress.done,
            elapsed_s = progress.elapsed_s,
            rows_per_s = progress.rows_per_s,
            "a new generation of the index answers"
        );
        Ok(())
    }

    /// Whether a new generation waits for a commit to end: nothing waits for it but that.
    fn is_built(&self) -> bool {
        self.building
            .as_ref()
            .is_some_and(|building| building.task.is_finished())
    }

    fn today(&self) -> NaiveDate {
        (self.settings.clock)().date_naive()
    }

    /// Starts to write segments if enough has changed or waited, without waiting for them.
    async fn commit_if_due(&mut self) -> Result<(), Error> {
        if let Some(running) = &self.committing {
            if !running.is_finished() {
                return Ok(());
            }
            self.end_commit().await?;
        }
        if self.is_built() {
            return Ok(()); // What is visible goes over to the new generation.
        }
        let waited = self.committed.elapsed();
        let due = self.uncommitted >= self.settings.commit_changes
            || (self.uncommitted > 0 && waited >= self.settings.commit_after)
            || waited >= COMMIT_IDLE;
        if due && self.index.position().is_some() {
            self.committed = Instant::now();
            self.uncommitted = 0;
            let (index, day) = (self.index.clone(), self.today());
            self.committing = Some(tokio::task::spawn_blocking(move || index.commit(day)));
        }
        Ok(())
    }

    async fn end_commit(&mut self) -> Result<(), Error> {
        match self.committing.take() {
            Some(running) => Ok(running.await??),
            None => Ok(()),
        }
    }

    async fn commit_now(&mut self) -> Result<(), Error> {
        self.end_commit().await?;
        if self.index.position().is_some() {
            let (index, day) = (self.index.clone(), self.today());
            tokio::task::spawn_blocking(move || index.commit(day)).await??;
        }
        Ok(())
    }

    fn tell(&self, change: impl FnOnce(&mut Status)) {
        let position = self.index.position();
        self.status.send_modify(|s| {
            change(s);
            s.position = position;
        });
    }
}

/// The generation in the making, once it is made; never, if none is.
async fn finished(building: &mut Option<Building>) -> Result<Built, Error> {
    match building {
        Some(building) => (&mut building.task).await?,
        None => std::future::pending().await,
    }
}

/// An error with its causes, in one line.
fn describe(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| (*e).source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}
