//! A random walk of grants, revocations and ends, held against a model: what is seen at every step is what the model believes.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::atomic::{AtomicI64, Ordering},
};

use chrono::{DateTime, TimeDelta, Utc};
use provider_directory::{
    domain::{
        case_view::view,
        sharing::{Extent, Terms},
    },
    store::{
        agency_providers, case_items,
        cases::{self, NewAssignment},
        configuration, portal, provider_tokens, provider_users,
        sharing::{self, viewer},
        sharing_proof,
    },
    vocab::{
        AssignmentId, CaseId, CaseItemId, ProviderId, ProviderUserId,
        terms::{ItemKind, ProviderUserKind},
    },
};
use rand::{Rng, SeedableRng, rngs::StdRng};
use serde_json::{Value, json};

use super::{
    agency::{Agency, sheet, thing},
    house::{House, noon},
    http_site::Site,
    sharing::{MACHINE, PERSON},
    tenants::ask,
};

/// What a user sees of a case in the portal: the fields of each sheet, none for other items.
type Seen = BTreeMap<CaseItemId, Vec<String>>;

pub async fn seen_in_portal(
    agency: &Agency,
    user: ProviderUserId,
    kind: ProviderUserKind,
    case: CaseId,
    now: DateTime<Utc>,
) -> Option<Seen> {
    let actor = provider_tokens::actor(agency.id, user);
    let mut tx = agency.store.begin_at(&actor, now).await.expect("begun");
    let view = portal::case(&mut tx, case, kind, now).await.expect("asked");
    view.as_ref().map(seen_in)
}

fn seen_in(view: &provider_directory::domain::case_view::CaseView) -> Seen {
    let mut seen = view.items().map(|id| (id, Vec::new())).collect::<Seen>();
    for sheet in &view.match_sheets {
        let fields = sheet
            .sections
            .iter()
            .flat_map(|s| s.fields.iter().map(|f| format!("{}.{}", s.key, f.key)));
        seen.insert(sheet.shared.id, fields.collect());
    }
    seen
}

/// Case, provider, channel, beginning and end.
type Assigned = (
    CaseId,
    ProviderId,
    ProviderUserKind,
    DateTime<Utc>,
    Option<DateTime<Utc>>,
);

/// Fields and end.
type Granted = (Option<Vec<String>>, Option<DateTime<Utc>>);

/// What the walk believes, in the plainest words there are.
#[derive(Default)]
struct Model {
    /// Whether the agency works on cases at all.
    open: bool,
    providers: BTreeMap<ProviderId, bool>,
    users: BTreeMap<ProviderUserId, (ProviderId, ProviderUserKind, bool)>,
    assignments: BTreeMap<AssignmentId, Assigned>,
    items: BTreeMap<CaseItemId, (CaseId, ItemKind, bool)>,
    shares: BTreeMap<(AssignmentId, CaseItemId), Granted>,
}

impl Model {
    fn sees(&self, user: ProviderUserId, case: CaseId, now: DateTime<Utc>) -> Option<Seen> {
        let (provider, kind, active) = self.users[&user];
        if !self.open || !active || !self.providers[&provider] {
            return None;
        }
        let open = self.assignments.iter().filter(|(_, (of, to, channel, starts, ends))| {
            *of == case && *to == provider && *channel == kind && *starts <= now && ends.is_none_or(|end| now < end)
        });
        let open = open.map(|(id, _)| *id).collect::<BTreeSet<_>>();
        if open.is_empty() {
            return None;
        }
        let mut seen = Seen::new();
        for ((assignment, item), (fields, expires)) in &self.shares {
            let (_, kind, offered) = self.items[item];
            if !open.contains(assignment) || !offered || expires.is_some_and(|end| end <= now) {
                continue;
            }
            let shown = seen.entry(*item).or_default();
            if kind == ItemKind::MatchSheet {
                let all = ["identity.first_name", "identity.age", "health.history"];
                for field in all {
                    let section = field.split('.').next().expect("a section");
                    let named = |f: &Vec<String>| f.iter().any(|f| f == field || f == section);
                    if fields.as_ref().is_none_or(named) && !shown.iter().any(|s| s == field) {
                        shown.push(field.to_owned());
                    }
                }
                shown.sort_by_key(|f| all.iter().position(|a| a == f));
            }
        }
        Some(seen)
    }
}

/// Everything that the walk moves about in.
struct Walk {
    agency: Agency,
    model: Model,
    random: StdRng,
    now: DateTime<Utc>,
    cases: Vec<CaseId>,
    /// By user, what they come in with over HTTP.
    tokens: BTreeMap<ProviderUserId, String>,
}

/// The moment at which the walk stands, for the site that is asked on its way.
static CLOCK: AtomicI64 = AtomicI64::new(0);

fn of_the_walk() -> DateTime<Utc> {
    DateTime::from_timestamp_micros(CLOCK.load(Ordering::Relaxed)).expect("a moment")
}

/// What an answer of the portal or the external API shows of a case.
fn seen_in_answer(told: &Value) -> Seen {
    let mut seen = Seen::new();
    for part in [
        "documents",
        "match_sheets",
        "match_sheet_lists",
        "notes",
        "financial_items",
    ] {
        for item in told[part].as_array().expect("a list") {
            let id = item["id"].as_str().and_then(|id| id.parse().ok()).expect("an id");
            let sections = item["sections"].as_array().cloned().unwrap_or_default();
            let fields = sections.iter().flat_map(|section| {
                let fields = section["fields"].as_array().expect("fields").iter();
                let key = |of: &Value| of["key"].as_str().expect("a key").to_owned();
                fields
                    .map(|field| format!("{}.{}", key(section), key(field)))
                    .collect::<Vec<_>>()
            });
            seen.insert(id, fields.collect());
        }
    }
    seen
}

impl Walk {
    async fn begin(house: &House, seed: u64) -> Self {
        let agency = Agency::open(house, "Hope").await;
        let mut walk = Self {
            agency,
            model: Model {
                open: true,
                ..Model::default()
            },
            random: StdRng::seed_from_u64(seed),
            now: noon(),
            cases: Vec::new(),
            tokens: BTreeMap::new(),
        };
        for n in 0..3 {
            let provider = walk.agency.provider(&format!("P{n}"), "ivf_clinic").await;
            walk.model.providers.insert(provider, true);
            for (kind, name) in [(PERSON, "A"), (PERSON, "B"), (MACHINE, "M")] {
                let user = walk.agency.user(provider, kind, &format!("{name}{n}")).await;
                walk.model.users.insert(user, (provider, kind, true));
                let seed = u8::try_from(walk.tokens.len()).expect("few");
                walk.tokens.insert(user, walk.agency.token(user, seed).await);
            }
        }
        for n in 0..2 {
            let case = walk.agency.case(&format!("C-{n}")).await;
            walk.cases.push(case);
            for kind in ItemKind::ALL {
                let item = walk.agency.put(case, &thing(*kind)).await;
                walk.model.items.insert(item, (case, *kind, true));
            }
            let item = walk.agency.put(case, &case_items::NewItem::MatchSheet(sheet())).await;
            walk.model.items.insert(item, (case, ItemKind::MatchSheet, true));
        }
        walk
    }

    fn any<T: Copy>(&mut self, of: &[T]) -> T {
        of[self.random.random_range(0..of.len())]
    }

    async fn step(&mut self) {
        self.now += TimeDelta::seconds(self.random.random_range(1..90));
        match self.random.random_range(0..100) {
            0..6 => self.assign().await,
            6..10 => self.end().await,
            10..16 => self.turn_user().await,
            16..19 => self.turn_provider().await,
            19..23 => self.turn_note().await,
            23..24 => self.turn_cases().await,
            24..45 => self.revoke().await,
            _ => self.grant().await,
        }
    }

    async fn assign(&mut self) {
        let cases = self.cases.clone();
        let providers = self.model.providers.keys().copied().collect::<Vec<_>>();
        let starts = self.now + TimeDelta::seconds(self.random.random_range(-30..60));
        let ends = self
            .random
            .random_bool(0.3)
            .then(|| starts + TimeDelta::seconds(self.random.random_range(600..12_000)));
        let new = NewAssignment {
            provider: self.any(&providers),
            channel: self.any(&[PERSON, MACHINE]),
            role: format!("r{}", self.random.random_range(0..1000)),
            external_reference: None,
            starts_at: starts,
            ends_at: ends,
        };
        let case = self.any(&cases);
        let begun = self.agency.store.begin_at(&self.agency.staff, self.now).await;
        let mut tx = begun.expect("begun");
        // The same role twice is refused, which now and then chance brings about.
        let made = cases::assign(&mut tx, case, &new).await;
        if let Ok(made) = made {
            tx.commit().await.expect("committed");
            let row = (case, new.provider, new.channel, starts, ends);
            self.model.assignments.insert(made.id, row);
        }
    }

    fn an_assignment(&mut self) -> Option<AssignmentId> {
        let all = self.model.assignments.keys().copied().collect::<Vec<_>>();
        (!all.is_empty()).then(|| self.any(&all[all.len().saturating_sub(12)..]))
    }

    async fn end(&mut self) {
        let Some(id) = self.an_assignment() else { return };
        let (case, .., starts, ends) = self.model.assignments[&id];
        let now = self.now;
        let done = self.agency.store.begin_at(&self.agency.staff, now).await;
        let mut tx = done.expect("begun");
        let done = cases::end(&mut tx, case, id, now).await;
        assert_eq!(done.is_ok(), ends.is_none_or(|end| end > now), "{done:?}");
        if done.is_ok() {
            tx.commit().await.expect("committed");
            self.model.assignments.get_mut(&id).expect("there").4 = Some(now.max(starts));
        }
    }

    async fn turn_user(&mut self) {
        let all = self.model.users.keys().copied().collect::<Vec<_>>();
        let user = self.any(&all);
        let active = self.random.random_bool(0.8);
        if self.model.users[&user].2 == active {
            return;
        }
        let done = self
            .agency
            .does_at(self.now, async |tx| provider_users::set_active(tx, user, active).await)
            .await;
        done.expect("turned");
        self.model.users.get_mut(&user).expect("there").2 = active;
    }

    async fn turn_provider(&mut self) {
        let all = self.model.providers.keys().copied().collect::<Vec<_>>();
        let provider = self.any(&all);
        let active = self.random.random_bool(0.8);
        let change = async |tx: &mut _| agency_providers::change(tx, provider, None, Some(active)).await;
        self.agency.does_at(self.now, change).await.expect("turned");
        self.model.providers.insert(provider, active);
    }

    async fn turn_cases(&mut self) {
        let open = self.random.random_bool(0.8);
        let document = json!({"features": {"cases": open}});
        let id = self.agency.id;
        let write = async |tx: &mut _| {
            let last = configuration::current(tx, id).await?.version;
            configuration::write(tx, id, last, &document, None, self.now).await
        };
        self.agency.does_at(self.now, write).await.expect("switched");
        self.model.open = open;
    }

    async fn turn_note(&mut self) {
        let notes = self
            .model
            .items
            .iter()
            .filter(|(_, (_, kind, _))| *kind == ItemKind::Note);
        let notes = notes.map(|(id, _)| *id).collect::<Vec<_>>();
        let note = self.any(&notes);
        let (case, _, offered) = self.model.items[&note];
        let turn = async |tx: &mut _| case_items::set_note_internal(tx, case, note, offered).await;
        self.agency.does_at(self.now, turn).await.expect("turned");
        self.model.items.get_mut(&note).expect("there").2 = !offered;
    }

    async fn grant(&mut self) {
        let Some(assignment) = self.an_assignment() else { return };
        let (case, _, channel, _, ends) = self.model.assignments[&assignment];
        let items = self.model.items.iter().filter(|(_, (of, ..))| *of == case);
        let items = items.map(|(id, _)| *id).collect::<Vec<_>>();
        let item = self.any(&items);
        let (_, kind, offered) = self.model.items[&item];
        let choice = [None, Some("identity"), Some("identity.age"), Some("health.history")];
        let fields = self.any(&choice).filter(|_| kind == ItemKind::MatchSheet);
        let terms = Terms {
            fields: fields.map(|f| vec![f.to_owned()]),
            expires_at: self
                .random
                .random_bool(0.3)
                .then(|| self.now + TimeDelta::seconds(self.random.random_range(1..3600))),
        };
        let now = self.now;
        let mut tx = self
            .agency
            .store
            .begin_at(&self.agency.staff, now)
            .await
            .expect("begun");
        let done = sharing::grant(&mut tx, case, assignment, item, &terms, None, now).await;
        let through = channel == PERSON || !matches!(kind, ItemKind::Note | ItemKind::FinancialItem);
        assert_eq!(
            done.is_ok(),
            offered && through && ends.is_none_or(|end| end > now),
            "{done:?}"
        );
        if done.is_ok() {
            tx.commit().await.expect("committed");
            self.model
                .shares
                .insert((assignment, item), (terms.fields, terms.expires_at));
        }
    }

    async fn revoke(&mut self) {
        let shares = self.model.shares.keys().copied().collect::<Vec<_>>();
        if shares.is_empty() {
            return;
        }
        let (assignment, item) = self.any(&shares);
        let case = self.model.assignments[&assignment].0;
        let now = self.now;
        let mut tx = self
            .agency
            .store
            .begin_at(&self.agency.staff, now)
            .await
            .expect("begun");
        let done = sharing::revoke(&mut tx, case, assignment, item, None, now).await;
        let ran_out = self.model.shares[&(assignment, item)].1.is_some_and(|end| end <= now);
        assert_eq!(done.is_ok(), !ran_out, "{done:?}");
        if done.is_ok() {
            tx.commit().await.expect("committed");
        }
        self.model.shares.remove(&(assignment, item));
    }

    /// The same from outside: what the portal or the external API answers the user's token.
    async fn check_from_outside(&self, site: &Site, user: ProviderUserId, case: CaseId) {
        CLOCK.store(self.now.timestamp_micros(), Ordering::Relaxed);
        let (provider, kind, active) = self.model.users[&user];
        let door = if kind == PERSON { "portal" } else { "external" };
        let at = format!("/api/{door}/v1/cases/{case}");
        let answer = ask(site, &self.tokens[&user], None, "GET", &at, None).await;
        match self.model.sees(user, case, self.now) {
            Some(seen) => assert_eq!(seen_in_answer(&answer.json()), seen, "{at}"),
            None if self.model.open && active && self.model.providers[&provider] => {
                assert_eq!(answer.status, 404, "{at}");
            }
            None => assert_eq!(answer.status, 401, "{at}"),
        }
    }

    /// The portal or external API, the preview and the proof, for one user and case.
    async fn check(&self, user: ProviderUserId, case: CaseId) {
        let (provider, kind, _) = self.model.users[&user];
        let believed = self.model.sees(user, case, self.now);
        let portal = seen_in_portal(&self.agency, user, kind, case, self.now).await;
        assert_eq!(portal, believed, "the portal");
        let (preview, history) = self
            .agency
            .does_at(self.now, async |tx| {
                let file = case_items::file(tx, case).await.expect("a file");
                let viewer = viewer(tx, user, case).await.expect("a viewer");
                let preview = view(&file, &viewer, self.now).as_ref().map(seen_in);
                (
                    preview,
                    sharing_proof::history(tx, case, provider).await.expect("history"),
                )
            })
            .await;
        assert_eq!(preview, believed, "the preview");
        assert_eq!(
            history.case_seen_at(user, kind, self.now),
            believed.is_some(),
            "the proof"
        );
        for (item, (of, ..)) in &self.model.items {
            let proven = history.item_seen_at(user, kind, *item, self.now);
            let shown = believed.as_ref().and_then(|seen| seen.get(item));
            assert_eq!(proven.is_some(), shown.is_some() && *of == case, "the proof of {item}");
            if let (Some(extent), Some(fields)) = (proven, shown)
                && !fields.is_empty()
            {
                let covered = |s, k| extent == Extent::Whole || extent.covers(s, k);
                let three = [("identity", "first_name"), ("identity", "age"), ("health", "history")];
                let proven = three
                    .iter()
                    .filter(|(s, k)| covered(s, k))
                    .map(|(s, k)| format!("{s}.{k}"));
                assert_eq!(&proven.collect::<Vec<_>>(), fields, "the proof's fields of {item}");
            }
        }
    }
}

/// 7.04 to 7.17: after each of many random steps the portal, the external API, the preview and the proof show what a model
/// of a few maps believes; at the end the proof tells of sampled moments of the past what was seen then.
#[tokio::test]
async fn feature_7_17_a_random_walk_shows_what_the_model_believes() {
    CLOCK.store(noon().timestamp_micros(), Ordering::Relaxed);
    let site = Site::on_clock(of_the_walk).await;
    let mut walk = Walk::begin(&site.house, 20_261_123).await;
    let mut samples = Vec::new();
    for n in 0..2000 {
        walk.step().await;
        let users = walk.model.users.keys().copied().collect::<Vec<_>>();
        let cases = walk.cases.clone();
        let (user, case) = (walk.any(&users), walk.any(&cases));
        walk.check(user, case).await;
        if n % 20 == 0 {
            walk.check_from_outside(&site, user, case).await;
        }
        if n % 10 == 0 {
            samples.push((walk.now, user, case, walk.model.sees(user, case, walk.now)));
        }
    }
    for user in walk.model.users.keys().copied().collect::<Vec<_>>() {
        for case in walk.cases.clone() {
            walk.check(user, case).await;
            walk.check_from_outside(&site, user, case).await;
        }
    }
    let seen = samples
        .iter()
        .filter(|(.., seen)| seen.as_ref().is_some_and(|s| !s.is_empty()))
        .count();
    assert!(seen > 10, "the walk shows something: {seen} of {}", samples.len());
    for (moment, user, case, seen) in samples {
        let (provider, kind, _) = walk.model.users[&user];
        let report = walk
            .agency
            .does_at(walk.now, async |tx| {
                sharing_proof::report(tx, case, provider, walk.now).await
            })
            .await
            .expect("a report");
        let within = |p: &&provider_directory::domain::sharing_proof::Period| {
            p.provider_user_id == user && p.from <= moment && p.until.is_none_or(|end| moment < end)
        };
        assert_eq!(
            report.case.iter().any(|p| within(&p)),
            seen.is_some(),
            "the case at {moment}"
        );
        let told = report
            .items
            .iter()
            .filter(|item| item.could_see.iter().any(|p| within(&p)));
        let told = told.map(|item| item.id).collect::<BTreeSet<_>>();
        let seen = seen.unwrap_or_default().into_keys().collect::<BTreeSet<_>>();
        assert_eq!(told, seen, "at {moment}");
        assert_eq!(walk.model.users[&user].1, kind);
    }
}
