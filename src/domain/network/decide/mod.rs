//! The decision table of the network check: from a plan, its networks and what a provider takes part in to one answer for a day.

use std::borrow::Cow;

use chrono::NaiveDate;

use super::{
    AllowedBasis, Answer, CostShare, Decision, Disposition, InNetwork, Policies, Question, Reason, Terms, Timeline,
};
use crate::domain::{
    provider::Participation,
    reference::{OonPolicy, PendingPolicy, PlanNetwork},
};
use crate::vocab::{
    LocationId, NetworkId,
    terms::{Accepting, NetworkStatus},
};

/// One participation of the provider that is asked for, borrowed from wherever it is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Membership<'a> {
    /// The network.
    pub network_id: NetworkId,
    /// The place it holds for; none: every place.
    pub location_id: Option<LocationId>,
    /// Tier within the network.
    pub tier: Option<&'a str>,
    /// Its own status, below the provider's.
    pub status: NetworkStatus,
    /// First day.
    pub effective: NaiveDate,
    /// Last day, inclusive.
    pub termination: Option<NaiveDate>,
    /// Whether new patients are taken.
    pub accepting: Option<Accepting>,
}

impl<'a> Membership<'a> {
    /// A participation as a decision reads it.
    pub fn of(p: &'a Participation) -> Self {
        Self {
            network_id: p.network_id,
            location_id: p.location_id,
            tier: p.tier.as_deref(),
            status: p.status,
            effective: p.effective,
            termination: p.termination,
            accepting: p.accepting,
        }
    }

    fn covers(&self, day: NaiveDate) -> bool {
        self.effective <= day && self.termination.is_none_or(|last| day <= last)
    }

    /// The better one first: ACTIVE, at the very location, in a named tier, begun last. The rest only makes it certain.
    fn preference(&self) -> impl Ord + use<> {
        let status = match self.status {
            NetworkStatus::Active => 0_u8,
            NetworkStatus::Pending => 1,
            NetworkStatus::Inactive => 2,
        };
        let begun = std::cmp::Reverse(self.effective);
        (
            status,
            self.location_id.is_none(),
            self.tier.is_none(),
            begun,
            self.network_id,
            self.location_id,
        )
    }

    fn told(&self) -> InNetwork {
        InNetwork {
            network_id: self.network_id,
            location_id: self.location_id,
            tier: self.tier.map(str::to_owned),
            status: self.status,
            effective: self.effective,
            termination: self.termination,
            accepting: self.accepting,
        }
    }
}

/// What is known of the provider: its status over days, its participations, the taxonomies that it lists.
pub type Known<'a> = (&'a Timeline, &'a [Membership<'a>], &'a [String]);

/// Decides. `known` is none for an NPI that the directory does not have; `any_data` says whether the directory has
/// participations of the networks at all, of whomever.
pub fn decide(question: &Question, terms: &Terms<'_>, known: Option<Known<'_>>, any_data: bool) -> Decision {
    let Some((timeline, memberships, taxonomies)) = known else {
        return outside(Answer::UnknownProvider, terms.policies, vec![Reason::UnknownNpi]);
    };
    let day = question.service_date;
    let status = timeline.on(day);
    let mut decision = if any_data {
        standing(question, terms, timeline, memberships)
    } else {
        let disposition = terms
            .policies
            .map_or(Disposition::Undecided, |_| Disposition::PendingInfo);
        undecided(Answer::NoData, disposition, vec![Reason::NoNetworkData])
    };
    decision.provider_status = Some(status);
    let listed = |wanted: &String| taxonomies.binary_search(wanted).is_ok();
    if question.taxonomy.as_ref().is_some_and(|wanted| !listed(wanted)) {
        decision.reasons.push(Reason::TaxonomyNotListed);
    }
    decision
}

/// By where the provider stood on the day.
fn standing(question: &Question, terms: &Terms<'_>, timeline: &Timeline, memberships: &[Membership<'_>]) -> Decision {
    let day = question.service_date;
    let waits = !matches!(
        terms.policies,
        Some(Policies {
            pending: PendingPolicy::Oon | PendingPolicy::Deny,
            ..
        })
    );
    if waits && timeline.ended_rejected(day) {
        let reasons = vec![Reason::CredentialingRejected, Reason::CredentialingResolved];
        return outside(Answer::OutOfNetwork, terms.policies, reasons);
    }
    if timeline.on(day) == NetworkStatus::Pending && waits && !pays_anywhere(terms, day) {
        // Whatever credentialing ends with, the plan pays in no network on that day: there is nothing to wait for.
        let reasons = absence(question, terms, memberships).into_iter().collect();
        return outside(Answer::OutOfNetwork, terms.policies, reasons);
    }
    let outcome = timeline.outcome(day).filter(|_| waits);
    let mut decision = match outcome.unwrap_or_else(|| timeline.on(day)) {
        NetworkStatus::Active => participating(question, terms, memberships),
        NetworkStatus::Inactive => outside(Answer::OutOfNetwork, terms.policies, vec![Reason::ProviderInactive]),
        NetworkStatus::Pending => {
            let mut reasons = vec![Reason::ProviderPending];
            // Approval alone will not bring this one in.
            reasons.extend(absence(question, terms, memberships).filter(|r| *r != Reason::ParticipationPending));
            pending(terms.policies, reasons, best(question, terms, memberships))
        }
    };
    if outcome.is_some() {
        decision.reasons.push(Reason::CredentialingResolved);
    }
    decision
}

/// The provider was ACTIVE: the participations decide.
fn participating(question: &Question, terms: &Terms<'_>, memberships: &[Membership<'_>]) -> Decision {
    let best = best(question, terms, memberships);
    match best.map(|m| m.status) {
        Some(NetworkStatus::Active) => Decision {
            decision: Answer::InNetwork,
            allowed_basis: AllowedBasis::Contracted,
            cost_share: CostShare::InNetwork,
            disposition: Disposition::Pay,
            carc: Some(Cow::Borrowed("45")),
            reasons: vec![Reason::Participating],
            provider_status: None,
            participation: best.map(|m| m.told()),
            directory_reliance: false,
        },
        Some(NetworkStatus::Pending) => pending(terms.policies, vec![Reason::ParticipationPending], best),
        Some(NetworkStatus::Inactive) | None => {
            let reasons = absence(question, terms, memberships).into_iter().collect();
            let mut decision = outside(Answer::OutOfNetwork, terms.policies, reasons);
            decision.participation = best.map(|m| m.told());
            decision
        }
    }
}

/// The participation that counts most, of those that cover the day and the place in a network and tier of the plan.
fn best<'a>(question: &Question, terms: &Terms<'_>, memberships: &[Membership<'a>]) -> Option<Membership<'a>> {
    let fit = memberships.iter().filter(|m| {
        let day = question.service_date;
        m.covers(day) && fits_tier(m, terms, day) && fits_place(m, question)
    });
    fit.min_by_key(|m| m.preference()).copied()
}

fn fits_network(membership: &Membership<'_>, terms: &Terms<'_>) -> bool {
    terms.networks.iter().any(|n| n.network_id == membership.network_id)
}

/// The networks of the plan that it is one of, as far as the plan pays in them on the day.
fn on_the_day<'t>(
    membership: &Membership<'_>,
    terms: &'t Terms<'_>,
    day: NaiveDate,
) -> impl Iterator<Item = &'t PlanNetwork> + use<'t> {
    let id = membership.network_id;
    let networks = terms.networks.iter();
    networks.filter(move |n| n.network_id == id && n.days.cover(day))
}

/// Whether the plan pays in any network on the day; one that names none says nothing.
fn pays_anywhere(terms: &Terms<'_>, day: NaiveDate) -> bool {
    terms.networks.is_empty() || terms.networks.iter().any(|n| n.days.cover(day))
}

fn fits_tier(membership: &Membership<'_>, terms: &Terms<'_>, day: NaiveDate) -> bool {
    on_the_day(membership, terms, day).any(|n| n.tier.is_none() || n.tier.as_deref() == membership.tier)
}

fn fits_place(membership: &Membership<'_>, question: &Question) -> bool {
    let (here, wanted) = (membership.location_id, question.location_id);
    here.is_none() || wanted.is_none() || here == wanted
}

/// Why no participation makes the provider one of the network on the day; none: one does.
fn absence(question: &Question, terms: &Terms<'_>, memberships: &[Membership<'_>]) -> Option<Reason> {
    let day = question.service_date;
    match best(question, terms, memberships).map(|m| m.status) {
        Some(NetworkStatus::Active) => return None,
        Some(NetworkStatus::Pending) => return Some(Reason::ParticipationPending),
        Some(NetworkStatus::Inactive) => return Some(Reason::ParticipationInactive),
        None => {}
    }
    let network = memberships.iter().filter(|m| fits_network(m, terms));
    let in_force = network.clone().filter(|m| on_the_day(m, terms, day).next().is_some());
    let here = in_force.clone().filter(|m| m.covers(day));
    if here.clone().any(|m| fits_tier(m, terms, day)) {
        return Some(Reason::OtherLocation);
    }
    if here.count() > 0 {
        return Some(Reason::OtherTier);
    }
    // Where the plan pays in none of them on the day, it is the network that has ended or not begun.
    let (before, after) = match in_force.clone().next() {
        Some(_) => (
            in_force.clone().any(|m| m.effective <= day),
            in_force.clone().any(|m| m.effective > day),
        ),
        None => {
            let known = |n: &&PlanNetwork| network.clone().any(|m| m.network_id == n.network_id);
            let of_them = terms.networks.iter().filter(known);
            let ended = |n: &PlanNetwork| n.days.ends_on.is_some_and(|last| last < day);
            (
                of_them.clone().any(ended),
                of_them
                    .clone()
                    .any(|n| n.days.begins_on.is_some_and(|first| first > day)),
            )
        }
    };
    Some(match (before, after) {
        (true, true) => Reason::Gap,
        (true, false) => Reason::Terminated,
        (false, true) => Reason::NotYetEffective,
        (false, false) => Reason::NoParticipation,
    })
}

/// Credentialing, of the provider or of the participation, is open.
fn pending(policies: Option<Policies>, mut reasons: Vec<Reason>, best: Option<Membership<'_>>) -> Decision {
    let mut decision = match policies.map(|p| p.pending) {
        None => undecided(Answer::Pending, Disposition::Undecided, reasons),
        Some(PendingPolicy::Hold) => undecided(Answer::Pending, Disposition::PendingInfo, reasons),
        Some(PendingPolicy::Oon) => outside(Answer::OutOfNetwork, policies, reasons),
        Some(PendingPolicy::Deny) => {
            reasons.push(Reason::PendingDenied);
            denied(Answer::OutOfNetwork, reasons)
        }
    };
    decision.participation = best.map(|m| m.told());
    decision
}

/// Not in network: what the plan says about outsiders.
fn outside(answer: Answer, policies: Option<Policies>, mut reasons: Vec<Reason>) -> Decision {
    match policies.map(|p| p.oon) {
        None => undecided(answer, Disposition::Undecided, reasons),
        Some(OonPolicy::Pay) => Decision {
            allowed_basis: AllowedBasis::Ucr,
            cost_share: CostShare::OutOfNetwork,
            disposition: Disposition::Pay,
            ..undecided(answer, Disposition::Pay, reasons)
        },
        Some(OonPolicy::Deny) => {
            reasons.push(Reason::StrictNetwork);
            denied(answer, reasons)
        }
    }
}

fn denied(answer: Answer, reasons: Vec<Reason>) -> Decision {
    Decision {
        allowed_basis: AllowedBasis::None,
        cost_share: CostShare::PerPlan,
        carc: Some(Cow::Borrowed("242")),
        ..undecided(answer, Disposition::Deny, reasons)
    }
}

fn undecided(answer: Answer, disposition: Disposition, reasons: Vec<Reason>) -> Decision {
    Decision {
        decision: answer,
        allowed_basis: AllowedBasis::Undecided,
        cost_share: CostShare::Undecided,
        disposition,
        carc: None,
        reasons,
        provider_status: None,
        participation: None,
        directory_reliance: false,
    }
}

/// What becomes of a decision if the public directory listed the provider as in network on the day that the member
/// relied on: the member pays as in network, whatever was found (42 USC 300gg-115).
#[must_use]
pub fn rely(mut decision: Decision, listed: Answer) -> Decision {
    if listed == Answer::InNetwork {
        decision.directory_reliance = true;
        if decision.decision != Answer::InNetwork {
            decision.cost_share = CostShare::InNetwork;
            decision.disposition = Disposition::Pay;
            decision.carc = None;
            if matches!(decision.allowed_basis, AllowedBasis::None | AllowedBasis::Undecided) {
                decision.allowed_basis = AllowedBasis::Ucr;
            }
            decision.reasons.push(Reason::DirectoryReliance);
        }
    }
    decision
}

#[cfg(test)]
mod tests;
