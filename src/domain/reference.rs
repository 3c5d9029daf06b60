//! Networks, plans and organisations as other rooms join them to providers: small, whole in memory, renamed without re-indexing.

use std::borrow::Cow;

use chrono::NaiveDate;
use rustc_hash::FxHashSet;
use serde::{Deserialize, Serialize};

use crate::vocab::{NetworkId, OrganizationId, PlanId, names::words};

/// All networks, plans and organisations that a reader may see.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reference {
    /// Networks, by id.
    pub networks: Vec<Network>,
    /// Plans, by id.
    pub plans: Vec<Plan>,
    /// Tenants, by id.
    pub organizations: Vec<Organization>,
}

/// A network that providers take part in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Network {
    /// Its key.
    pub id: NetworkId,
    /// The name shown.
    pub name: String,
    /// Who runs it.
    pub organization_id: OrganizationId,
    /// Whether everybody may see and filter by it; as a reader sees it ([`Reference::seen_by`]), whether that reader may.
    pub public: bool,
    /// How often it was changed, and when it ends.
    #[serde(flatten)]
    pub life: Life,
}

/// What networks and plans have in common: they change, and end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Life {
    /// One more with each change.
    pub version: i64,
    /// The last day; none: no end is known.
    pub ends_on: Option<NaiveDate>,
}

impl Default for Life {
    fn default() -> Self {
        Self {
            version: 1,
            ends_on: None,
        }
    }
}

/// Days of service, both ends included.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Days {
    /// The first one; none: always so far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub begins_on: Option<NaiveDate>,
    /// The last one; none: no end is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ends_on: Option<NaiveDate>,
}

impl Days {
    /// Whether a day is one of them.
    pub fn cover(&self, day: NaiveDate) -> bool {
        self.begins_on.is_none_or(|first| first <= day) && self.ends_on.is_none_or(|last| day <= last)
    }

    /// The same, but over at the latest on a day.
    #[must_use]
    fn until(self, last: Option<NaiveDate>) -> Self {
        let ends_on = self.ends_on.into_iter().chain(last).min();
        Self { ends_on, ..self }
    }
}

/// A plan, which uses one or several networks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Plan {
    /// Its key.
    pub id: PlanId,
    /// HIOS plan id or the payer's own.
    pub code: String,
    /// The name shown.
    pub name: String,
    /// The payer.
    pub organization_id: OrganizationId,
    /// The networks it pays in.
    pub networks: Vec<PlanNetwork>,
    /// What happens to claims from outside.
    pub oon_policy: OonPolicy,
    /// What happens to claims of providers whose credentialing is open.
    pub pending_policy: PendingPolicy,
    /// What happened to them before, the earliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier_policies: Vec<EarlierPolicies>,
    /// How often it was changed, and when it ends.
    #[serde(flatten)]
    pub life: Life,
}

/// What a plan said until a day about claims that are not in network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EarlierPolicies {
    /// The last day of service on which it did; on the next one begin those that come after it.
    pub ends_on: NaiveDate,
    /// Of claims from outside.
    pub oon_policy: OonPolicy,
    /// Of claims of providers whose credentialing is open.
    pub pending_policy: PendingPolicy,
}

impl Plan {
    /// What it says on a day of service: of claims from outside, and of providers whose credentialing is open.
    pub fn policies_on(&self, day: NaiveDate) -> (OonPolicy, PendingPolicy) {
        let then = self.earlier_policies.iter().find(|earlier| day <= earlier.ends_on);
        then.map_or((self.oon_policy, self.pending_policy), |was| {
            (was.oon_policy, was.pending_policy)
        })
    }

    /// Says something else of it from a day on; of earlier days it says what it said.
    pub fn change_policies(&mut self, oon: Option<OonPolicy>, pending: Option<PendingPolicy>, from: NaiveDate) {
        let earlier = self.earlier_policies.iter();
        let mut spans: Vec<_> = earlier
            .map(|was| (Some(was.ends_on), (was.oon_policy, was.pending_policy)))
            .chain([(None, (self.oon_policy, self.pending_policy))])
            .collect();
        let mut at = spans
            .iter()
            .take_while(|(last, _)| last.is_some_and(|last| last < from))
            .count();
        let eve = from.pred_opt();
        if at == 0 || spans[at - 1].0 != eve {
            spans.insert(at, (eve, spans[at].1));
            at += 1;
        }
        for (_, said) in &mut spans[at..] {
            *said = (oon.unwrap_or(said.0), pending.unwrap_or(said.1));
        }
        spans.dedup_by(|next, kept| {
            let same = next.1 == kept.1;
            if same {
                kept.0 = next.0;
            }
            same
        });
        if let Some((_, said)) = spans.pop() {
            (self.oon_policy, self.pending_policy) = said;
        }
        let earlier = spans.into_iter().filter_map(|(last, (oon_policy, pending_policy))| {
            Some(EarlierPolicies {
                ends_on: last?,
                oon_policy,
                pending_policy,
            })
        });
        self.earlier_policies = earlier.collect();
    }
}

/// A network of a plan, and the tier that the plan sees it as.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanNetwork {
    /// The network.
    pub network_id: NetworkId,
    /// Only providers of this tier; none: all of the network.
    pub tier: Option<String>,
    /// On which days of service.
    #[serde(flatten)]
    pub days: Days,
}

/// A tenant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its key.
    pub id: OrganizationId,
    /// The name shown.
    pub name: String,
    /// Its word in addresses.
    pub slug: String,
    /// `hospital`, `clinic`, `practice_group`, `payer`, `agency`.
    pub kind: String,
}

/// Claims from outside the network are paid at the higher cost share, or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum OonPolicy {
    /// Pay.
    Pay,
    /// Deny.
    Deny,
}

/// Claims of a PENDING provider are held, treated as out of network, or denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum PendingPolicy {
    /// Hold.
    Hold,
    /// Out of network.
    Oon,
    /// Deny.
    Deny,
}

/// A network or plan as it was known before it was changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Earlier {
    /// A network.
    Network(Network),
    /// A plan, with its networks.
    Plan(Plan),
}

impl Reference {
    /// The network of an id.
    pub fn network(&self, id: NetworkId) -> Option<&Network> {
        let at = self.networks.binary_search_by_key(&id, |network| network.id).ok()?;
        self.networks.get(at)
    }

    /// A plan whose networks end with themselves, and with it, where they do not end before.
    pub fn narrowed<'a>(&self, plan: &'a Plan) -> Cow<'a, Plan> {
        let end_of = |used: &PlanNetwork| self.network(used.network_id).and_then(|network| network.life.ends_on);
        if plan.life.ends_on.is_none() && plan.networks.iter().all(|used| end_of(used).is_none()) {
            return Cow::Borrowed(plan);
        }
        let mut plan = plan.clone();
        for used in &mut plan.networks {
            used.days = used.days.until(plan.life.ends_on).until(end_of(used));
        }
        Cow::Owned(plan)
    }

    /// What of it is in force on a day: what has ended is neither shown nor found.
    #[must_use]
    pub fn in_force(mut self, day: NaiveDate) -> Self {
        let lasts = |life: &Life| life.ends_on.is_none_or(|last| day <= last);
        for n in 0..self.plans.len() {
            let mut plan = self.narrowed(&self.plans[n]).into_owned();
            plan.networks.retain(|used| used.days.cover(day));
            self.plans[n].networks = plan.networks;
        }
        self.plans.retain(|plan| lasts(&plan.life) && !plan.networks.is_empty());
        self.networks.retain(|network| lasts(&network.life));
        self
    }

    /// With some networks and plans as they were.
    #[must_use]
    pub fn with_earlier(mut self, earlier: Vec<Earlier>) -> Self {
        for one in earlier {
            match one {
                Earlier::Network(was) => {
                    if let Some(network) = self.networks.iter_mut().find(|network| network.id == was.id) {
                        *network = was;
                    }
                }
                Earlier::Plan(was) => {
                    if let Some(plan) = self.plans.iter_mut().find(|plan| plan.id == was.id) {
                        *plan = was;
                    }
                }
            }
        }
        self
    }

    /// As a reader sees it: a tenant's own networks are to it like public ones, and of somebody else's plan only the networks
    /// count that the reader sees; a plan without any is not told.
    #[must_use]
    pub fn seen_by(&self, tenant: Option<OrganizationId>) -> Self {
        let mut seen = self.clone();
        let owns = |owner| tenant == Some(owner);
        for network in &mut seen.networks {
            network.public |= owns(network.organization_id);
        }
        let hidden = |used: &PlanNetwork| seen.network(used.network_id).is_some_and(|network| !network.public);
        let mut plans = self.plans.clone();
        for plan in plans.iter_mut().filter(|plan| !owns(plan.organization_id)) {
            plan.networks.retain(|used| !hidden(used));
        }
        plans.retain(|plan| !plan.networks.is_empty());
        seen.plans = plans;
        seen
    }

    /// The network of an id, if the reader may see it.
    pub fn public_network(&self, id: u128) -> Option<&Network> {
        let at = self
            .networks
            .binary_search_by(|network| network.id.0.as_u128().cmp(&id))
            .ok()?;
        self.networks.get(at).filter(|network| network.public)
    }
}

/// The names of networks and plans as texts are read for them: folded once, not for each text.
#[derive(Clone, Debug, Default)]
pub struct FoldedNames {
    /// The words of the name of each public network, and its id.
    pub networks: Vec<(Vec<String>, NetworkId)>,
    /// The words of the name of each plan, in the order of the plans.
    pub plans: Vec<Vec<String>>,
    all: FxHashSet<String>,
}

impl FoldedNames {
    /// Of all networks that everybody may see, and of all plans.
    pub fn of(reference: &Reference) -> Self {
        let public = reference.networks.iter().filter(|network| network.public);
        let networks: Vec<_> = public.map(|network| (words(&network.name), network.id)).collect();
        let plans: Vec<_> = reference.plans.iter().map(|plan| words(&plan.name)).collect();
        let all = networks.iter().map(|(name, _)| name).chain(&plans).flatten();
        Self {
            all: all.cloned().collect(),
            networks,
            plans,
        }
    }

    /// Whether a folded word is of one of the names.
    pub fn has(&self, word: &str) -> bool {
        self.all.contains(word)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn day(text: &str) -> Option<NaiveDate> {
        Some(text.parse().expect("a day"))
    }

    fn network(n: u128, ends_on: Option<NaiveDate>) -> Network {
        Network {
            id: NetworkId(Uuid::from_u128(n)),
            name: format!("Network {n}"),
            organization_id: OrganizationId(Uuid::nil()),
            public: true,
            life: Life { version: 1, ends_on },
        }
    }

    /// 1.30, 1.48: a private network is its owner's alone, and so is what a plan pays there.
    #[test]
    fn a_tenant_sees_its_own_networks_beside_the_public_ones() {
        let (payer, other) = (OrganizationId(Uuid::from_u128(8)), OrganizationId(Uuid::from_u128(9)));
        let private = Network {
            public: false,
            organization_id: payer,
            ..network(2, None)
        };
        let plan = |n, networks: &[u128]| Plan {
            id: PlanId(Uuid::from_u128(n)),
            code: format!("P{n}"),
            name: format!("Plan {n}"),
            organization_id: payer,
            networks: networks
                .iter()
                .map(|n| PlanNetwork {
                    network_id: NetworkId(Uuid::from_u128(*n)),
                    tier: None,
                    days: Days::default(),
                })
                .collect(),
            oon_policy: OonPolicy::Pay,
            pending_policy: PendingPolicy::Hold,
            earlier_policies: Vec::new(),
            life: Life::default(),
        };
        let all = Reference {
            networks: vec![network(1, None), private],
            plans: vec![plan(1, &[1, 2]), plan(2, &[2])],
            ..Reference::default()
        };
        let seen = |tenant| {
            let seen = all.seen_by(tenant);
            let networks = seen.networks.iter().filter(|network| network.public).count();
            (
                networks,
                seen.plans.iter().map(|plan| plan.networks.len()).collect::<Vec<_>>(),
            )
        };
        assert_eq!(seen(None), (1, vec![1]));
        assert_eq!(seen(Some(other)), (1, vec![1]));
        assert_eq!(seen(Some(payer)), (2, vec![2, 1]));
    }

    #[test]
    fn a_plan_pays_in_a_network_until_the_first_of_three_ends() {
        let used = |n, last: Option<NaiveDate>| PlanNetwork {
            network_id: NetworkId(Uuid::from_u128(n)),
            tier: None,
            days: Days {
                begins_on: None,
                ends_on: last,
            },
        };
        let mut plan = Plan {
            id: PlanId(Uuid::nil()),
            code: "P".to_owned(),
            name: "Plan".to_owned(),
            organization_id: OrganizationId(Uuid::nil()),
            networks: vec![used(1, None), used(2, day("2026-03-31")), used(3, day("2026-12-31"))],
            oon_policy: OonPolicy::Pay,
            pending_policy: PendingPolicy::Hold,
            earlier_policies: Vec::new(),
            life: Life::default(),
        };
        let mut all = Reference {
            networks: vec![network(1, None), network(2, day("2026-06-30")), network(3, None)],
            ..Reference::default()
        };
        let ends = |all: &Reference, plan: &Plan| -> Vec<_> {
            all.narrowed(plan)
                .networks
                .iter()
                .map(|used| used.days.ends_on)
                .collect()
        };
        assert_eq!(ends(&all, &plan), [None, day("2026-03-31"), day("2026-12-31")]);
        plan.life.ends_on = day("2026-09-30");
        assert_eq!(
            ends(&all, &plan),
            [day("2026-09-30"), day("2026-03-31"), day("2026-09-30")]
        );
        all.plans.push(plan);
        let seen = |at: &str| {
            let then = all.clone().in_force(at.parse().expect("a day"));
            (then.networks.len(), then.plans.first().map(|plan| plan.networks.len()))
        };
        assert_eq!(seen("2026-03-31"), (3, Some(3)));
        assert_eq!(seen("2026-04-01"), (3, Some(2)));
        assert_eq!(seen("2026-07-01"), (2, Some(2)));
        assert_eq!(seen("2026-10-01"), (2, None));
    }

    #[test]
    fn policies_change_from_a_day_on() {
        use OonPolicy::{Deny, Pay};
        use PendingPolicy::{Hold, Oon};
        let at = |text: &str| -> NaiveDate { text.parse().expect("a day") };
        let mut plan = Plan {
            id: PlanId(Uuid::nil()),
            code: "P".to_owned(),
            name: "Plan".to_owned(),
            organization_id: OrganizationId(Uuid::nil()),
            networks: Vec::new(),
            oon_policy: Pay,
            pending_policy: Hold,
            earlier_policies: Vec::new(),
            life: Life::default(),
        };
        plan.change_policies(Some(Deny), None, at("2027-01-01"));
        // From today on, and for what begins next year as well.
        plan.change_policies(None, Some(Oon), at("2026-11-22"));
        let said =
            |plan: &Plan| ["2026-11-21", "2026-11-22", "2026-12-31", "2027-01-01"].map(|day| plan.policies_on(at(day)));
        assert_eq!(said(&plan), [(Pay, Hold), (Pay, Oon), (Pay, Oon), (Deny, Oon)]);
        assert_eq!(plan.earlier_policies.len(), 2);
        // What is said again makes no span of its own, and what is taken back leaves none.
        plan.change_policies(Some(Deny), None, at("2028-01-01"));
        assert_eq!(plan.earlier_policies.len(), 2);
        plan.change_policies(Some(Pay), Some(Hold), at("2026-11-22"));
        assert_eq!((said(&plan), plan.earlier_policies.len()), ([(Pay, Hold); 4], 0));
    }
}
