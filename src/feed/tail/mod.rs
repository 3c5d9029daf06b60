//! The tail: the one task that writes to the index.
//!
//! It reads the outbox behind its own position, loads what is named there as it is now, and makes it visible, what is
//! committed but not final yet too. While a rebuild runs it goes on doing so in the old generation; how the new one comes
//! about and takes over is told in [`generations`].

mod generations;

use std::time::{Duration, Instant};

use chrono::{DateTime, NaiveDate, Utc};
use rustc_hash::FxHashSet;
use tokio::{
    sync::{mpsc, watch},
    task::{JoinHandle, JoinSet},
};
use tokio_util::sync::CancellationToken;

use super::{
    Error, State, Status, free_slots,
    handle::{Request, Settings},
    heard::Heard,
    reconcile, timers,
};
use crate::index::{self, Change, Index};
use crate::store::{
    self, Store,
    outbox::{self, EntryKind, Listener},
};
use crate::vocab::{Position, ProviderId};
use generations::Next;

/// The shortest and the longest wait before another try after an error.
const BACKOFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// The first look after a wake that found nothing: the row was announced, but a transaction before it still runs.
/// Each further look waits twice as long, up to [`Settings::poll`].
const SECOND_LOOK: Duration = Duration::from_millis(2);

/// How often a position that moves without changes is written down.
const COMMIT_IDLE: Duration = Duration::from_secs(600);

/// What the one task holds.
pub(super) struct Tail {
    store: Store,
    index: Index,
    settings: Settings,
    /// What has been read of the outbox, and is visible but for bulk loads.
    read: Position,
    /// The generation that is to come.
    next: Next,
    /// The segments that are being written.
    committing: Option<JoinHandle<Result<(), index::Error>>>,
    /// Changes visible and not in segments yet.
    uncommitted: usize,
    committed: Instant,
    /// Looks in a row that found nothing.
    looks: u32,
    /// What is visible already and not final.
    heard: Heard,
    /// The day whose timers this process knows to have rung.
    day: Option<NaiveDate>,
    /// What goes on beside, and ends with the feed: the connections are closed under it then.
    chores: JoinSet<()>,
    /// The day whose networks and plans the index has.
    reference_of: Option<NaiveDate>,
    /// When free slots were last looked through for those that have elapsed.
    slots_seen: Option<DateTime<Utc>>,
    /// The wait before the next try after an error.
    backoff: Duration,
    requests: mpsc::Receiver<Request>,
    status: watch::Sender<Status>,
    stop: CancellationToken,
}

impl Tail {
    /// One that has read nothing yet.
    pub(super) fn new(
        store: Store,
        index: Index,
        settings: Settings,
        requests: mpsc::Receiver<Request>,
        status: watch::Sender<Status>,
        stop: CancellationToken,
    ) -> Self {
        Self {
            store,
            index,
            settings,
            read: Position::default(),
            next: Next::default(),
            committing: None,
            uncommitted: 0,
            committed: Instant::now(),
            looks: 0,
            heard: Heard::default(),
            day: None,
            chores: JoinSet::new(),
            reference_of: None,
            slots_seen: None,
            backoff: BACKOFF.0,
            requests,
            status,
            stop,
        }
    }

    /// Follows until it is stopped, whatever fails meanwhile: then it waits, and tries again.
    pub(super) async fn run(mut self) {
        while let Err(error) = self.follow().await {
            if matches!(error, Error::Stopped) {
                break;
            }
            self.next.hear(&error);
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
        self.next.abandon();
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
        self.next.start_over();
        self.heard = Heard::default();
        self.read_reference().await?;
        free_slots::load_all(&self.store, &self.index, (self.settings.clock)()).await?;
        self.read_private().await?;
        self.read_former_npis().await?;
        if self.is_useless().await? {
            self.begin_building(false);
        } else {
            self.read = self.index.position().unwrap_or_default();
            if self.next.is_broken() {
                self.begin_building(true);
            } else if self.index.owed().is_some() {
                self.next.owe(self.read);
            }
        }
        let mut listener = outbox::listen(&self.store).await?;
        loop {
            if self.stop.is_cancelled() {
                return Err(Error::Stopped);
            }
            self.look_around().await?;
            let more = self.next.lets_follow() && self.take_batch().await?;
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

    /// Reads which numbers lead to a provider who has another now, in the place of all that were known: in memory, too.
    async fn read_former_npis(&self) -> Result<(), Error> {
        let all = store::former_npis::all(&self.store).await?;
        self.index.set_former_npis(all.into_iter().collect());
        Ok(())
    }

    /// Reads and applies one batch. Answers whether there may be more.
    async fn take_batch(&mut self) -> Result<bool, Error> {
        let limit = self.settings.batch;
        let batch = outbox::read(&self.store, self.read, i64::try_from(limit).unwrap_or(i64::MAX)).await?;
        let full = batch.entries.len() >= limit;
        let fresh = self.heard.fresh(&batch);
        let (mut seen, mut providers, mut freed) = (FxHashSet::default(), Vec::new(), FxHashSet::default());
        for entry in &fresh {
            match entry.kind {
                EntryKind::Provider(id) if seen.insert(id) => providers.push(id),
                EntryKind::Slots(id) => drop(freed.insert(id)),
                EntryKind::Provider(_) | EntryKind::Rebuild | EntryKind::Reference => {}
            }
        }
        if fresh.iter().any(|e| matches!(e.kind, EntryKind::Reference)) {
            self.read_reference().await?;
        }
        if !freed.is_empty() {
            // Before the position is told, so that who waits for it sees them.
            let freed: Vec<_> = freed.into_iter().collect();
            free_slots::load(&self.store, &self.index, &freed, (self.settings.clock)()).await?;
        }
        let mut markers = fresh.iter().filter(|e| matches!(e.kind, EntryKind::Rebuild));
        if let Some(last) = markers.next_back() {
            self.index.owe(self.read);
            self.next.owe(last.position);
        }
        self.apply(&providers, batch.position).await?;
        self.heard.note(&batch);
        self.looks = if fresh.is_empty() { self.looks + 1 } else { 0 };
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
            let changes = reconcile::corrections(&self.store, providers).await?;
            // A number becomes a former one where its record goes, and is told of anew where there are some.
            let goes = changes.iter().any(|change| matches!(change, Change::Remove(_)));
            if goes || self.index.has_former_npis() {
                let former = store::former_npis::of(&self.store, providers).await?;
                self.index.change_former_npis(former);
            }
            changes
        };
        self.next.note_touched(providers);
        self.write_visible(changes, position).await?;
        self.read = position;
        Ok(())
    }

    /// Hands changes to the index, on a thread of their own: documents are made of them.
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
        let longest = self.heard.look_within().unwrap_or(self.settings.poll);
        let mut at_most = SECOND_LOOK
            .saturating_mul(1 << self.looks.min(16))
            .min(longest.min(self.settings.poll));
        if let Some(wait) = self.next.begins_in() {
            at_most = at_most.min(wait);
        }
        let began = Instant::now();
        tokio::select! {
            () = self.stop.cancelled() => Err(Error::Stopped),
            built = self.next.built(), if self.committing.is_none() => self.end_building(built?).await,
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
        if self.next.is_built() && self.committing.is_none() {
            let built = self.next.built().await?;
            self.end_building(built).await?;
        }
        while let Ok(request) = self.requests.try_recv() {
            self.answer(request).await?;
        }
        Ok(())
    }

    /// Does what is asked for beside following, or notes that it is to be done.
    async fn answer(&mut self, request: Request) -> Result<(), Error> {
        match request {
            Request::Rebuild(reply) => self.next.ask(reply),
            Request::Repair(providers, reply) => {
                // Whoever asked has gone if it can't be told; the repair is done all the same.
                let _ = reply.send(self.apply(&providers, self.read).await);
            }
        }
        Ok(())
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
        if self.next.is_built() {
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

    /// Waits for the segments that are being written, if any are.
    async fn end_commit(&mut self) -> Result<(), Error> {
        match self.committing.take() {
            Some(running) => Ok(running.await??),
            None => Ok(()),
        }
    }

    /// Writes segments of whatever is visible, and waits for them.
    async fn commit_now(&mut self) -> Result<(), Error> {
        self.end_commit().await?;
        if self.index.position().is_some() {
            let (index, day) = (self.index.clone(), self.today());
            tokio::task::spawn_blocking(move || index.commit(day)).await??;
        }
        Ok(())
    }

    /// Changes the status, and tells what is visible with it.
    fn tell(&self, change: impl FnOnce(&mut Status)) {
        let position = self.index.position();
        self.status.send_modify(|s| {
            change(s);
            s.position = position;
        });
    }
}

/// An error with its causes, in one line.
fn describe(error: &dyn std::error::Error) -> String {
    let causes = std::iter::successors(error.source(), |e| (*e).source());
    causes.fold(error.to_string(), |said, cause| format!("{said}: {cause}"))
}
