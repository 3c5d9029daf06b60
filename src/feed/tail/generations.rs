//! The generation of the index that is to come: it is opened beside the one that answers, catches up with what has changed
//! meanwhile, and is swapped in.
//!
//! One begins when somebody asks for it, after a bulk load, when `fields.toml` has become another one, and where the old one
//! can't be trusted or followed any more. Whoever changes in the old one while it is made is loaded once more before the swap.
//!
//! A bulk load writes a marker with each of its transactions. What it changed is owed until the next generation, which
//! begins once no more markers come; the index keeps what it owes with its position, so a process that is killed
//! meanwhile knows it again. Single changes are visible at their position all the while: [`Index::position`] goes on, and
//! who waits for everything waits for what is owed too.
//!
//! [`Index::position`]: crate::index::Index::position

use std::{
    sync::Arc,
    time::{Duration, Instant},
};

use rustc_hash::FxHashSet;
use tokio::task::JoinHandle;

use super::Tail;
use crate::feed::{
    Error, State,
    handle::Reply,
    rebuild::{self, Built},
    reconcile,
};
use crate::store;
use crate::vocab::{Position, ProviderId};

/// How long after the last rebuild marker the rebuild begins: a bulk load writes one with every batch.
const QUIET: Duration = Duration::from_millis(500);

/// What is known of the next generation: why and when it begins, who waits for it, and how far it is.
#[derive(Default)]
pub(super) struct Next {
    /// Where the last rebuild marker stands, until a generation with its rows answers.
    marked: Option<Position>,
    /// When it begins, if one is due and none is in the making.
    due: Option<Instant>,
    /// Who waits for the one that is due.
    waiting: Vec<Reply>,
    building: Option<Building>,
    /// The text of `fields.toml` that the generation was last held against.
    fields_seen: Option<Arc<String>>,
    /// The index has failed to write: only a new generation is trusted.
    broken: bool,
    /// The outbox no longer reaches back to the position of the index.
    behind: bool,
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

impl Next {
    /// Notes what an error says about the generation that answers.
    pub(super) fn hear(&mut self, error: &Error) {
        self.behind |= matches!(error, Error::Store(store::Error::Behind));
        self.broken |= matches!(error, Error::Index(_) | Error::Work(_));
    }

    /// Whether the index has failed to write since the last swap.
    pub(super) fn is_broken(&self) -> bool {
        self.broken
    }

    /// Forgets what was under way; who waits for a rebuild gets one at once.
    pub(super) fn start_over(&mut self) {
        self.abandon();
        self.marked = None;
        self.fields_seen = None;
        self.due = (!self.waiting.is_empty()).then(Instant::now);
    }

    /// Ends what is in the making, if anything is.
    pub(super) fn abandon(&mut self) {
        self.building = None;
    }

    /// Somebody asks for a rebuild.
    pub(super) fn ask(&mut self, reply: Reply) {
        self.waiting.push(reply);
        self.due = Some(Instant::now());
    }

    /// A bulk load has written its marker here: what it changed is owed.
    pub(super) fn owe(&mut self, marker: Position) {
        self.marked = Some(marker);
        self.due = Some(Instant::now() + QUIET);
    }

    /// Whether the outbox is worth following for the generation that answers.
    pub(super) fn lets_follow(&self) -> bool {
        self.building.as_ref().is_none_or(|building| building.follow)
    }

    /// These have changed in the generation that answers.
    pub(super) fn note_touched(&mut self, providers: &[ProviderId]) {
        if let Some(building) = &mut self.building {
            building.touched.extend(providers);
        }
    }

    /// The time until one begins, if one is due and none is in the making.
    pub(super) fn begins_in(&self) -> Option<Duration> {
        let due = self.due.filter(|_| self.building.is_none())?;
        Some(due.saturating_duration_since(Instant::now()))
    }

    /// Whether one waits for a commit to end: nothing waits for it but that.
    pub(super) fn is_built(&self) -> bool {
        self.building
            .as_ref()
            .is_some_and(|building| building.task.is_finished())
    }

    /// The one in the making, once it is made; never, if none is.
    pub(super) async fn built(&mut self) -> Result<Built, Error> {
        match &mut self.building {
            Some(building) => (&mut building.task).await?,
            None => std::future::pending().await,
        }
    }
}

impl Tail {
    /// Whether the index can't be brought up to date from the outbox: never built, of another database cluster, or (as the
    /// outbox has told) older than what is kept there.
    pub(super) async fn is_useless(&self) -> Result<bool, Error> {
        Ok(self.next.behind || self.index.system_identifier() != Some(self.store.system_identifier().await?))
    }

    /// Begins the rebuild that is due. To be asked right after reading: a bulk load that goes on has put it off.
    pub(super) fn begin_if_due(&mut self) {
        let asked_for = !self.next.waiting.is_empty();
        let due = asked_for || self.next.due.is_some_and(|due| due <= Instant::now());
        if due && self.next.building.is_none() {
            self.begin_building(true);
        }
    }

    /// Other fields are another index: where `fields.toml` is another one than the generation was built by, a new one is built
    /// while the old one answers.
    pub(super) fn begin_if_fields_changed(&mut self) {
        let fields = self.index.schema().fields_text();
        let seen = self.next.fields_seen.as_ref();
        let is_seen = seen.is_some_and(|seen| Arc::ptr_eq(seen, &fields));
        // A commit holds the generation: it would have to be waited for.
        if is_seen || self.next.building.is_some() || self.committing.is_some() {
            return;
        }
        if self.index.fields_changed() {
            self.begin_building(true);
        }
        self.next.fields_seen = Some(fields);
    }

    /// Starts a new generation. `follow` says whether the old one is worth following meanwhile.
    pub(super) fn begin_building(&mut self, follow: bool) {
        self.next.due = None;
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
        self.next.building = Some(Building {
            task,
            follow,
            touched: FxHashSet::default(),
            replies: std::mem::take(&mut self.next.waiting),
        });
        if !follow {
            self.tell(|s| s.state = State::Building);
        }
    }

    /// Goes on with a generation that is ready: it catches up in the background as long as many have changed meanwhile, and is
    /// swapped in with the last few.
    pub(super) async fn end_building(&mut self, built: Built) -> Result<(), Error> {
        let mut building = self.next.building.take().expect("one has ended");
        let touched: Vec<_> = building.touched.drain().collect();
        // A marker behind the snapshot is not in this generation: its rows are owed from there on.
        let marked = self.next.marked.filter(|marked| *marked > built.snapshot);
        if touched.len() > self.settings.commit_changes {
            let owed = marked.map(|_| built.snapshot);
            let (store, position, day) = (self.store.clone(), self.read, self.today());
            building.task = tokio::spawn(async move { built.catch_up(&store, &touched, position, owed, day).await });
            self.next.building = Some(building);
            return Ok(());
        }
        self.swap_in(built, building, &touched, marked).await
    }

    /// Lets a generation answer from now on. `touched`: whom it does not have as they are now. `marked`: the last marker, where its
    /// rows are still owed.
    async fn swap_in(
        &mut self,
        built: Built,
        mut building: Building,
        touched: &[ProviderId],
        marked: Option<Position>,
    ) -> Result<(), Error> {
        self.end_commit().await?;
        let progress = built.progress;
        let changes = reconcile::corrections(&self.store, touched).await?;
        if !building.follow || self.read < built.position {
            self.read = built.position;
        }
        self.next.marked = marked;
        let owed = marked.map(|_| built.snapshot);
        if owed.is_none() && self.next.waiting.is_empty() {
            self.next.due = None;
        }
        let (number, position, day) = (changes.len(), self.read, self.today());
        tokio::task::spawn_blocking(move || built.swap_in(changes, position, owed, day)).await??;
        self.read_private().await?; // A bulk load names nobody.
        self.read_former_npis().await?;
        (self.next.broken, self.next.behind) = (false, false);
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
}
