//! The network check as every interface offers it: what is asked is understood, read from memory or the store, decided.
//!
//! The store is asked where memory cannot answer: for what was known on an earlier day, before the first table has been
//! read, and where a change is to be seen that has not arrived yet.

use std::{borrow::Cow, sync::Arc, time::Duration};

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::domain::access::{Actor, Role};
use crate::domain::network::{
    Answer, Decision, Disposition, Facts, Question, RULE_VERSION, Statement, Terms, judge, rely,
};
use crate::domain::reference::{Network, Plan, PlanNetwork, Reference};
use crate::feed::publish::holds::decide_again;
use crate::interfaces::http::{
    Rooms,
    network_receipts::may_keep,
    problem::{Kind, Problem},
    refusals,
};
use crate::store::{
    self, audit,
    holds::{self, NewHold},
    outbox, receipts, standing,
};
use crate::vocab::{Fault, LocationId, NetworkId, Npi, PlanId, Position, day::iso, names::fold};

/// How long memory may take to see a change before the store is asked instead.
const PATIENCE: Duration = Duration::from_millis(100);

/// The scope that a machine's token needs.
const SCOPE: &str = "network:check";

/// One check as it was written down.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Asked {
    /// Ten digits.
    pub npi: String,
    /// Plan: id, code or name. This or `network`.
    pub plan: Option<String>,
    /// Network: id or name.
    pub network: Option<String>,
    /// Date of service, `2026-11-22`; left out: today (UTC).
    pub date: Option<String>,
    /// At this location; left out: at any.
    pub location_id: Option<String>,
    /// NUCC code that the provider should list.
    pub taxonomy: Option<String>,
    /// As the directory knew it at the end of this day (UTC).
    pub as_known_on: Option<String>,
    /// The day on which the member looked into the public directory.
    pub relied_on: Option<String>,
    /// The payer's own word for the claim: answered PENDING_INFO, it is held, and released by `network.decision.changed`.
    pub claim_ref: Option<String>,
    /// Whether the decision is to be kept, signed, so that it can be proved later.
    pub receipt: bool,
}

impl Asked {
    /// Whether something of it is to be written down.
    pub fn is_kept(&self) -> bool {
        self.receipt || self.claim_ref.is_some()
    }
}

/// A plan or network by its name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Named {
    /// Its key.
    pub id: uuid::Uuid,
    /// The payer's code of a plan.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub code: Option<String>,
    /// The name shown.
    pub name: String,
}

/// Where the facts of an answer come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Source {
    /// The table in memory.
    Memory,
    /// The store of record.
    Store,
}

/// The answer to one check.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Checked {
    /// Who was asked for.
    pub npi: String,
    /// The plan that was asked for.
    pub plan: Option<Named>,
    /// The network that was asked for, or that of the participation.
    pub network: Option<Named>,
    /// The date of service.
    pub service_date: NaiveDate,
    /// The location that was asked for.
    pub location_id: Option<LocationId>,
    /// The taxonomy that was asked for.
    pub taxonomy: Option<String>,
    /// As known at the end of this day; none: as known now.
    pub as_known_on: Option<NaiveDate>,
    /// What follows.
    #[serde(flatten)]
    pub decision: Decision,
    /// The version of the rules that decided.
    pub rule_version: &'static str,
    /// The data that it was decided from contains the change feed up to here.
    pub position: String,
    /// Where the data was read.
    pub source: Source,
    /// Where the claim is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hold_id: Option<uuid::Uuid>,
    /// What proves the decision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt_id: Option<uuid::Uuid>,
}

/// A check that is understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Understood {
    /// What is asked of the provider.
    pub question: Question,
    /// The plan, with those of its networks that the caller may know of; or the network alone.
    pub plan: Option<Plan>,
    /// The network, where no plan was named.
    pub network: Option<Network>,
    /// As known at the end of this day.
    pub as_known_on: Option<NaiveDate>,
    /// The day on which the member relied on the directory.
    pub relied_on: Option<NaiveDate>,
}

impl Understood {
    /// The terms to decide by.
    pub fn terms(&self) -> Terms<'_> {
        match (&self.plan, &self.network) {
            (Some(plan), _) => Terms::of_plan(plan, self.question.service_date),
            (None, Some(network)) => Terms::of_network_until(network.id, network.life.ends_on),
            (None, None) => Terms {
                networks: Cow::Borrowed(&[]),
                policies: None,
            },
        }
    }
}

/// What checks are answered from, as new as was asked for.
pub struct Reader<'a> {
    rooms: &'a Rooms,
    actor: &'a Actor,
    reference: Arc<Reference>,
    /// Where the store has to be asked: how new it is.
    store: Option<Position>,
}

impl<'a> Reader<'a> {
    /// What this actor may be answered from; it contains everything up to `min_position`.
    ///
    /// # Errors
    /// If the actor may not ask, the position is not reached, or neither memory nor the store can answer.
    pub async fn open(rooms: &'a Rooms, actor: &'a Actor, min_position: Option<Position>) -> Result<Self, Problem> {
        if actor.role == Role::Service && !actor.scopes.iter().any(|scope| scope == SCOPE) {
            let detail = format!("The token lacks the scope {SCOPE}.");
            return Err(Problem::new(Kind::NotAllowed, detail));
        }
        let memory = rooms.feed.participations();
        let fresh = match min_position {
            None => memory.position().is_some(),
            Some(position) => memory.wait_for(position, PATIENCE).await,
        };
        if fresh {
            return Ok(Self {
                rooms,
                actor,
                reference: memory.reference(),
                store: None,
            });
        }
        let asked = async {
            let begun = outbox::begun(&rooms.store).await?;
            let reference = store::networks::reference(&rooms.store).await?;
            Ok::<_, store::Error>((begun, outbox::end(&rooms.store).await?, reference))
        };
        let (begun, end, reference) = patiently(rooms, asked).await?;
        if min_position.is_some_and(|position| position.xid > begun.xid) {
            let detail = format!("The directory is at {begun} and cannot show what comes later.");
            return Err(Problem::new(Kind::PositionNotReached, detail).retry_after(1));
        }
        Ok(Self {
            rooms,
            actor,
            reference: Arc::new(reference),
            store: Some(end.max(min_position.unwrap_or_default())),
        })
    }

    /// Answers one check.
    ///
    /// # Errors
    /// If it is not understood, names a plan or network that is not known, or needs a store that is away.
    pub async fn check(&self, asked: &Asked) -> Result<Checked, Problem> {
        let mut understood = self.understand(asked)?;
        if let Some(day) = understood.as_known_on {
            self.turn_back(&mut understood, end_of(day)).await?;
        }
        if asked.is_kept() {
            return self.check_and_keep(asked, understood).await;
        }
        let terms = understood.terms();
        let (mut decision, position, source) = self.decide(&understood, &terms).await?;
        if let Some(day) = understood.relied_on {
            decision = rely(decision, self.listed(&understood, day).await?);
        }
        Ok(self.tell(understood, decision, position, source))
    }

    /// Answers a check, and keeps what remains of it: a receipt, a hold.
    async fn check_and_keep(&self, asked: &Asked, understood: Understood) -> Result<Checked, Problem> {
        let actor = may_keep(self.actor.clone())?;
        let claim_ref = claim_ref(asked, &understood)?;
        let terms = understood.terms();
        let payer = understood.plan.as_ref().map(|plan| plan.organization_id);
        let payer = payer.or(understood.network.as_ref().map(|n| n.organization_id));
        let owner = actor
            .organization_id
            .or(payer)
            .ok_or_else(|| Problem::not_found("There is no such plan."))?;
        let npi = understood.question.npi;
        let present = patiently(self.rooms, standing::now(&self.rooms.store, npi)).await?;
        let (known_at, position) = (present.at, present.position);
        let facts = present.standing.map(|standing| standing.facts);
        let any_data = self.has_data(&terms, facts.as_ref()).await?;
        let (question, terms) = (understood.question.clone(), terms.into_owned());
        let statement = Statement {
            snapshot: Some(present.snapshot),
            ..Statement::make(question, terms, facts, any_data, known_at, position.to_string())
        };
        let mut tx = self.rooms.store.begin(&actor).await?;
        let receipt_id = match asked.receipt {
            true => Some(receipts::keep(&mut tx, owner, claim_ref, &statement).await?),
            false => None,
        };
        let waits = statement.decision.disposition == Disposition::PendingInfo
            && statement.decision.decision == Answer::Pending;
        let hold_id = match (claim_ref.filter(|_| waits), &understood.plan) {
            (Some(claim_ref), Some(plan)) => {
                let new = NewHold {
                    organization_id: owner,
                    claim_ref,
                    plan_id: plan.id,
                    question: &statement.question,
                    decision: &statement.decision,
                };
                Some(holds::hold(&mut tx, &new).await?)
            }
            _ => None,
        };
        let detail = json!({"npi": npi, "receipt_id": receipt_id, "hold_id": hold_id});
        audit::record(
            &mut tx,
            "network.check",
            "claim",
            claim_ref.unwrap_or_default(),
            &detail,
        )
        .await?;
        tx.commit().await?;
        if hold_id.is_some() {
            // What it waits for may have been decided while it was written down.
            decide_again(&self.rooms.store, &[npi], self.rooms.now()).await?;
        }
        let mut checked = self.tell(understood, statement.decision, position, Source::Store);
        (checked.hold_id, checked.receipt_id) = (hold_id, receipt_id);
        Ok(checked)
    }

    /// How far what it reads from memory has come; of the store: what is final there.
    pub fn position(&self) -> Position {
        let memory = || self.rooms.feed.participations().position().unwrap_or_default();
        self.store.unwrap_or_else(memory)
    }

    async fn decide(
        &self,
        understood: &Understood,
        terms: &Terms<'_>,
    ) -> Result<(Decision, Position, Source), Problem> {
        let memory = self.rooms.feed.participations();
        let at = understood.as_known_on.map(end_of);
        if let (None, None) = (at, self.store)
            && let Some((decision, position)) = memory.check(&understood.question, terms)
        {
            return Ok((decision, position, Source::Memory));
        }
        let facts = self.facts(understood.question.npi, at).await?;
        let decision = self.judge(&understood.question, terms, facts.as_ref()).await?;
        Ok((decision, self.position(), Source::Store))
    }

    /// What the public directory said on a day about that day: that somebody is in, if it said so at any time of it.
    async fn listed(&self, understood: &Understood, day: NaiveDate) -> Result<Answer, Problem> {
        let (npi, began) = (understood.question.npi, end_of(day.pred_opt().unwrap_or(day)));
        let plan = understood.plan.as_ref().map(|plan| plan.id.0);
        let of = plan.or(understood.network.as_ref().map(|network| network.id.0));
        let asked = standing::moments(&self.rooms.store, npi, of, (began, end_of(day)));
        let mut answer = Answer::NoData;
        for at in std::iter::once(began).chain(patiently(self.rooms, asked).await?) {
            let mut then = understood.clone();
            self.turn_back(&mut then, at).await?;
            answer = self.listed_at(&then, day, at).await?.decision;
            if answer == Answer::InNetwork {
                break;
            }
        }
        Ok(answer)
    }

    /// What it said at a moment.
    async fn listed_at(&self, understood: &Understood, day: NaiveDate, at: DateTime<Utc>) -> Result<Decision, Problem> {
        let terms = understood.terms();
        let public = |n: &&PlanNetwork| self.reference.network(n.network_id).is_some_and(|n| n.public);
        let terms = Terms {
            networks: terms.networks.iter().filter(public).cloned().collect(),
            policies: None,
        };
        let facts = self.facts(understood.question.npi, Some(at)).await?;
        let question = Question {
            service_date: day,
            taxonomy: None,
            ..understood.question.clone()
        };
        self.judge(&question, &terms, facts.as_ref()).await
    }

    async fn facts(&self, npi: Npi, at: Option<DateTime<Utc>>) -> Result<Option<Facts>, Problem> {
        let asked = standing::as_known(&self.rooms.store, npi, at.map(Into::into));
        Ok(patiently(self.rooms, asked).await?.map(|standing| standing.facts))
    }

    async fn judge(&self, question: &Question, terms: &Terms<'_>, facts: Option<&Facts>) -> Result<Decision, Problem> {
        Ok(judge(question, terms, facts, self.has_data(terms, facts).await?))
    }

    /// Puts plan and network as they were known at a moment in the place of what they are now.
    async fn turn_back(&self, understood: &mut Understood, at: DateTime<Utc>) -> Result<(), Problem> {
        let asked = store::networks::earlier(&self.rooms.store, at);
        let earlier = patiently(self.rooms, asked).await?;
        if earlier.is_empty() {
            return Ok(());
        }
        let then = Reference::clone(&self.reference).with_earlier(earlier);
        if let Some(plan) = &mut understood.plan
            && let Some(was) = then.plans.iter().find(|was| was.id == plan.id)
        {
            *plan = self.seen(was, &then);
        }
        if let Some(network) = &mut understood.network
            && let Some(was) = then.network(network.id)
        {
            *network = was.clone();
        }
        Ok(())
    }

    /// A plan as the caller may see it: of somebody else's only the public networks count.
    fn seen(&self, plan: &Plan, reference: &Reference) -> Plan {
        let mut plan = reference.narrowed(plan).into_owned();
        if !self.owns(plan.organization_id) {
            let visible = |n: &PlanNetwork| reference.network(n.network_id).is_some_and(|n| self.may_see(n));
            plan.networks.retain(visible);
        }
        plan
    }

    /// Whether there is data of the networks at all: by memory, or, where nothing has been read yet, by the store.
    async fn has_data(&self, terms: &Terms<'_>, facts: Option<&Facts>) -> Result<bool, Problem> {
        let named = |id: NetworkId| terms.networks.iter().any(|n| n.network_id == id);
        if facts.is_some_and(|facts| facts.participations.iter().any(|p| named(p.network_id))) {
            return Ok(true);
        }
        let memory = self.rooms.feed.participations();
        if memory.position().is_some() {
            return Ok(memory.knows_any(terms));
        }
        let known = patiently(self.rooms, standing::networks_with_data(&self.rooms.store)).await?;
        Ok(known.into_iter().any(named))
    }

    fn tell(&self, understood: Understood, decision: Decision, position: Position, source: Source) -> Checked {
        let of_participation = decision.participation.as_ref().map(|p| p.network_id);
        let network = understood.network.as_ref().map(|n| n.id).or(of_participation);
        let network = network.and_then(|id| self.reference.network(id));
        Checked {
            npi: understood.question.npi.to_string(),
            plan: understood.plan.map(|plan| Named {
                id: plan.id.0,
                code: Some(plan.code),
                name: plan.name,
            }),
            network: network.map(|network| Named {
                id: network.id.0,
                code: None,
                name: network.name.clone(),
            }),
            service_date: understood.question.service_date,
            location_id: understood.question.location_id,
            taxonomy: understood.question.taxonomy,
            as_known_on: understood.as_known_on,
            decision,
            rule_version: RULE_VERSION,
            position: position.to_string(),
            source,
            hold_id: None,
            receipt_id: None,
        }
    }

    /// Reads what was written down; all that is wrong is told at once.
    ///
    /// # Errors
    /// A fault for each field that is not understood; not found for a plan or network that is not known.
    pub fn understand(&self, asked: &Asked) -> Result<Understood, Problem> {
        let mut faults = Vec::new();
        let npi = match asked.npi.trim() {
            "" => Err(Fault::new("npi", "missing", "ten digits")),
            text => text
                .parse::<Npi>()
                .map_err(|why| Fault::new("npi", why.code(), why.to_string())),
        };
        let npi = npi.map_err(|fault| faults.push(fault)).ok();
        let today = self.rooms.now().date_naive();
        let date = day("date", asked.date.as_deref(), &mut faults).unwrap_or(today);
        let as_known_on = day("as_known_on", asked.as_known_on.as_deref(), &mut faults);
        let relied_on = day("relied_on", asked.relied_on.as_deref(), &mut faults);
        for (field, day) in [("as_known_on", as_known_on), ("relied_on", relied_on)] {
            if day.is_some_and(|day| day > today) {
                faults.push(Fault::new(field, "range", "what will be known is not known today"));
            }
        }
        if relied_on.is_some_and(|day| day > date && day <= today) {
            let message = "whoever relied on the directory looked before the service, or on its day";
            faults.push(Fault::new("relied_on", "range", message));
        }
        let location_id = asked.location_id.as_deref().and_then(|text| {
            let parsed = text.trim().parse::<LocationId>();
            let fault = |_| faults.push(Fault::new("location_id", "format", "is the id of a location"));
            parsed.map_err(fault).ok()
        });
        let taxonomy = asked.taxonomy.as_deref().map(str::trim).map(str::to_ascii_uppercase);
        if taxonomy.as_deref().is_some_and(|code| !is_taxonomy(code)) {
            let message = "a NUCC code has ten letters and digits, such as 207RC0000X";
            faults.push(Fault::new("taxonomy", "format", message));
        }
        if asked.plan.is_some() == asked.network.is_some() {
            let message = "name a plan or a network, one of them";
            faults.push(Fault::new("plan", "plan_or_network", message));
        }
        let Some(npi) = npi.filter(|_| faults.is_empty()) else {
            return Err(Problem::faults(faults));
        };
        Ok(Understood {
            question: Question {
                npi,
                service_date: date,
                location_id,
                taxonomy,
            },
            plan: asked.plan.as_deref().map(|text| self.plan(text)).transpose()?,
            network: asked.network.as_deref().map(|text| self.network(text)).transpose()?,
            as_known_on,
            relied_on,
        })
    }

    fn may_see(&self, network: &Network) -> bool {
        network.public || self.owns(network.organization_id)
    }

    fn owns(&self, organization: crate::vocab::OrganizationId) -> bool {
        self.actor.role == Role::PlatformAdmin || self.actor.organization_id == Some(organization)
    }

    /// A plan by id, code or name. Of somebody else's plan only the public networks count.
    fn plan(&self, text: &str) -> Result<Plan, Problem> {
        let visible = |n: &PlanNetwork| self.reference.network(n.network_id).is_some_and(|n| self.may_see(n));
        let (id, folded) = (text.trim().parse::<PlanId>().ok(), fold(text));
        let is_it = |plan: &&Plan| match id {
            Some(id) => plan.id == id,
            None => plan.code.eq_ignore_ascii_case(text.trim()) || fold(&plan.name) == folded,
        };
        let may = |plan: &&Plan| self.owns(plan.organization_id) || plan.networks.iter().any(visible);
        let mut found = self.reference.plans.iter().filter(is_it).filter(may);
        let plan = found.next().ok_or_else(|| unknown("plan", "unknown_plan"))?;
        if found.next().is_some() {
            let message = "several payers have a plan of this code or name: give its id";
            return Err(Problem::fault("plan", "ambiguous", message));
        }
        Ok(self.seen(plan, &self.reference))
    }

    /// A network by id or name.
    fn network(&self, text: &str) -> Result<Network, Problem> {
        let (id, folded) = (text.trim().parse::<NetworkId>().ok(), fold(text));
        let is_it = |n: &&Network| id.map_or_else(|| fold(&n.name) == folded, |id| n.id == id);
        let networks = self.reference.networks.iter().filter(|n| self.may_see(n));
        let mut found = networks.filter(is_it);
        let network = found.next().ok_or_else(|| unknown("network", "unknown_network"))?;
        if found.next().is_some() {
            let message = "several payers have a network of this name: give its id";
            return Err(Problem::fault("network", "ambiguous", message));
        }
        Ok(network.clone())
    }
}

/// A question to the store, given up after a while.
async fn patiently<T>(rooms: &Rooms, asked: impl Future<Output = Result<T, store::Error>>) -> Result<T, Problem> {
    tokio::time::timeout(rooms.settings.store_patience, asked)
        .await
        .map_err(|_| refusals::away())?
        .map_err(Problem::from)
}

fn unknown(field: &str, code: &'static str) -> Problem {
    let fault = Fault::new(field, code, format!("is no {field} that is known"));
    Problem::not_found(format!("There is no such {field}.")).with_errors(vec![fault])
}

/// The payer's own word for a claim. A claim is held by a plan, as it is known now.
fn claim_ref<'a>(asked: &'a Asked, understood: &Understood) -> Result<Option<&'a str>, Problem> {
    if understood.as_known_on.is_some() || understood.relied_on.is_some() {
        let message = "a claim is held and a receipt given for what is known now, without as_known_on and relied_on";
        return Err(Problem::fault("as_known_on", "combination", message));
    }
    let Some(given) = asked.claim_ref.as_deref() else {
        return Ok(None);
    };
    let claim_ref = given.trim();
    if claim_ref.is_empty() || claim_ref.chars().count() > 200 || claim_ref.chars().any(char::is_control) {
        return Err(Problem::fault("claim_ref", "length", "1 to 200 characters on one line"));
    }
    Ok(Some(claim_ref))
}

/// The last moment of a day that the database can tell from the next one.
pub fn end_of(day: NaiveDate) -> DateTime<Utc> {
    let next = day.succ_opt().unwrap_or(day).and_time(NaiveTime::MIN).and_utc();
    next - TimeDelta::microseconds(1)
}

fn day(field: &str, text: Option<&str>, faults: &mut Vec<Fault>) -> Option<NaiveDate> {
    let text = text?.trim();
    let day = iso(text).filter(|_| text.len() == 10);
    if day.is_none() {
        faults.push(Fault::new(field, "format", "a day of the calendar, such as 2026-11-22"));
    }
    day
}

fn is_taxonomy(code: &str) -> bool {
    code.len() == 10 && code.bytes().all(|b| b.is_ascii_alphanumeric())
}
