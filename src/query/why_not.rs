//! Why a provider is not among the results of a search: each condition tried alone on each of its locations; the location
//! that fails the fewest of them tells the causes.

use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;

use super::{
    Error, by_key,
    filter::Conditions,
    plan::Plan,
    request::{Key, NetworkChoice, Request},
    spelling,
};
use crate::domain::provider::Participation;
use crate::index::{Snapshot, geometry::KM_PER_MILE, record::Record, snapshot::Found};
use crate::vocab::terms::{Accepting, NetworkStatus};

/// Why a provider is not found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct WhyNot {
    /// Whether the search does find it; then there are no causes.
    pub matches: bool,
    /// What keeps it out, at the location that is nearest to matching.
    pub causes: Vec<Cause>,
}

/// One thing that keeps a provider out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Cause {
    /// `unknown`, `not_indexed`, `suppressed`, `status`, `network`, `date`, `distance`, `no_location`, `specialty`, `language`,
    /// `accepting`, `name`, `filter`, `excluded`.
    pub cause: &'static str,
    /// The parameter that asks for it.
    pub parameter: &'static str,
    /// What was asked for, and what there is.
    pub detail: String,
}

impl Cause {
    /// A cause with what was asked for and what there is.
    pub fn new(cause: &'static str, parameter: &'static str, detail: impl Into<String>) -> Self {
        Self {
            cause,
            parameter,
            detail: detail.into(),
        }
    }
}

/// Tries a search on one provider. `None`: the index does not have it. `participations`, where the caller has them, tell
/// when one begins or ended.
pub fn why_not(
    snapshot: &Arc<Snapshot>,
    key: &Key,
    request: &Request,
    participations: &[Participation],
    now: DateTime<Utc>,
) -> Result<Option<WhyNot>, Error> {
    let (plan, understood) = Plan::new(snapshot, request, now)?;
    let trial = Trial {
        plan: &plan,
        request: &understood,
        participations,
        now,
    };
    let causes = match by_key::find(snapshot, key)? {
        None => return Ok(None),
        Some(Found::InSegment(living, provider)) => {
            let locations = living.segment.locations_of(provider).iter();
            trial.least(locations.map(|location| living.segment.record(*location)))
        }
        Some(Found::InOverlay(changed)) => trial.least(changed.records()),
    };
    Ok(Some(WhyNot {
        matches: causes.is_empty(),
        causes,
    }))
}

struct Trial<'p, 's> {
    plan: &'p Plan<'s>,
    request: &'p Request,
    participations: &'p [Participation],
    now: DateTime<Utc>,
}

impl Trial<'_, '_> {
    fn least<'r>(&self, records: impl Iterator<Item = Record<'r>>) -> Vec<Cause> {
        let all = records.map(|record| self.causes(&record));
        all.min_by_key(Vec::len).unwrap_or_default()
    }

    fn causes(&self, record: &Record<'_>) -> Vec<Cause> {
        let mut causes = Vec::new();
        self.name(record, &mut causes);
        self.provider(record, &mut causes);
        self.network(record, &mut causes);
        self.place(record, &mut causes);
        self.others(record, &mut causes);
        if self.plan.has_exclusions() && self.plan.exclude.excludes(record, self.now) {
            causes.push(Cause::new("excluded", "exclude", "it has what the search excludes"));
        }
        causes
    }

    fn name(&self, record: &Record<'_>, causes: &mut Vec<Cause>) {
        let names = &self.plan.conditions.names;
        if !names.is_empty() && spelling::match_of(record, names).is_none() {
            let wanted = names[0].words.join(" ");
            causes.push(Cause::new(
                "name",
                "name",
                format!("`{wanted}` is not in `{}`", record.name),
            ));
        }
    }

    fn provider(&self, record: &Record<'_>, causes: &mut Vec<Cause>) {
        let asked = &self.plan.conditions;
        let lacks = |change: &dyn Fn(&mut Conditions)| self.lacks(record, change);
        if lacks(&|c| c.specialty.clone_from(&asked.specialty)) {
            let known: Vec<String> = record.specialties.iter().map(ToOwned::to_owned).collect();
            let wanted: Vec<&str> = asked.specialty.iter().take(5).map(String::as_str).collect();
            let detail = format!("wanted {}, has {}", wanted.join(" or "), some(&known));
            causes.push(Cause::new("specialty", "specialty", detail));
        }
        if lacks(&|c| c.language.clone_from(&asked.language)) {
            let known: Vec<String> = record.languages.iter().map(ToOwned::to_owned).collect();
            let detail = format!("wanted {}, has {}", asked.language.join(" or "), some(&known));
            causes.push(Cause::new("language", "language", detail));
        }
        let wants_status = !asked.asks_network() && !asked.network_status.is_empty();
        if wants_status && !asked.network_status.contains(&record.status) {
            let wanted: Vec<String> = asked.network_status.iter().map(ToString::to_string).collect();
            let detail = format!("wanted {}, is {}", wanted.join(" or "), record.status);
            causes.push(Cause::new("status", "network_status", detail));
        }
        if !asked.asks_network() && asked.accepting.is_some_and(|wanted| record.accepting() != Some(wanted)) {
            causes.push(self.not_accepting());
        }
    }

    fn not_accepting(&self) -> Cause {
        let wanted = self.plan.conditions.accepting == Some(true);
        let detail = if wanted {
            "takes no new patients here, as far as is known"
        } else {
            "takes new patients here, or nobody said"
        };
        Cause::new("accepting", "accepting_new_patients", detail)
    }

    /// Of network, plan, status, date and accepting, which must hold on one participation, the one that fails first.
    fn network(&self, record: &Record<'_>, causes: &mut Vec<Cause>) {
        let asked = &self.plan.conditions;
        let network_only = |change: &dyn Fn(&mut Conditions)| {
            self.lacks(record, &|c| {
                c.networks.clone_from(&asked.networks);
                c.plans.clone_from(&asked.plans);
                change(c);
            })
        };
        if !asked.asks_network()
            || !network_only(&|c| {
                c.network_status.clone_from(&asked.network_status);
                c.accepting = asked.accepting;
            })
        {
            return;
        }
        let parameter = if asked.networks.is_empty() { "plan" } else { "network" };
        if network_only(&|c| c.network_status.extend(NetworkStatus::ALL)) {
            let detail = "has no participation in it at this location";
            causes.push(Cause::new("network", parameter, detail));
        } else if network_only(&|c| c.network_status.clone_from(&asked.network_status)) {
            causes.push(self.out_of_force(record, parameter));
        } else {
            causes.push(self.not_accepting());
        }
    }

    /// A participation is there, but not in force: for its date, or for its status.
    fn out_of_force(&self, record: &Record<'_>, parameter: &'static str) -> Cause {
        let asked = &self.plan.conditions;
        let choices = asked.networks.iter().chain(asked.plans.iter().flatten());
        let ids: Vec<u128> = choices.map(|choice: &NetworkChoice| choice.id).collect();
        let today: NaiveDate = self.now.date_naive();
        let here = || record.networks.iter().filter(|network| ids.contains(&network.id));
        // One of today says more than those of other days.
        let pending = here().find(|network| network.status == NetworkStatus::Pending);
        let pending = pending.filter(|_| !asked.network_status.contains(&NetworkStatus::Pending));
        let of_other_days = self.participations.iter().filter(|_| pending.is_none());
        for participation in of_other_days {
            if !ids.contains(&participation.network_id.0.as_u128()) || participation.status != NetworkStatus::Active {
                continue;
            }
            if participation.effective > today {
                let detail = format!("the participation begins on {}", participation.effective);
                return Cause::new("date", parameter, detail);
            }
            if let Some(end) = participation.termination.filter(|end| *end < today) {
                return Cause::new("date", parameter, format!("the participation ended on {end}"));
            }
        }
        let here = pending.or_else(|| here().next());
        let status = here.map_or(record.status, |network| network.status);
        let closed = here.is_some_and(|network| network.accepting == Some(Accepting::None));
        let more = if closed { ", and takes no new patients" } else { "" };
        Cause::new(
            "status",
            parameter,
            format!("the participation is {status} today{more}"),
        )
    }

    fn place(&self, record: &Record<'_>, causes: &mut Vec<Cause>) {
        if !self.plan.needs_point() {
            return;
        }
        let Some(point) = record.point() else {
            causes.push(Cause::new(
                "no_location",
                "near",
                "has no location whose position is known",
            ));
            return;
        };
        let (origin, radius) = (self.plan.origin, self.request.radius_km);
        if let Some((km, radius)) = origin.map(|origin| origin.km(point)).zip(radius)
            && km > radius
        {
            let unit = self.request.unit;
            let told = |km: f64| match unit {
                super::request::Unit::Miles => km / KM_PER_MILE,
                super::request::Unit::Kilometres => km,
            };
            let (far, most) = (told(km), told(radius));
            // As many decimals as it takes to see which is greater.
            let digits = (1..6)
                .find(|n| format!("{far:.n$}") != format!("{most:.n$}"))
                .unwrap_or(6);
            let most = format!("{most:.3}");
            let most = most.trim_end_matches('0').trim_end_matches('.');
            let detail = format!("{far:.digits$} > {most} {unit}");
            causes.push(Cause::new("distance", "radius", detail));
        }
        let mut region = self.plan.region.clone();
        region.disc = None;
        if !region.contains(point) {
            let parameter = if self.request.polygon.is_some() {
                "polygon"
            } else {
                "bbox"
            };
            causes.push(Cause::new("filter", parameter, "lies outside the area"));
        }
    }

    fn others(&self, record: &Record<'_>, causes: &mut Vec<Cause>) {
        let asked = &self.plan.conditions;
        type Without<'f> = (&'static str, &'f dyn Fn(&mut Conditions));
        let phone = |c: &mut Conditions| {
            c.phone.clone_from(&asked.phone);
            c.phone_ids.clone_from(&asked.phone_ids);
        };
        let tests: [Without<'_>; 13] = [
            ("q", &phone),
            ("npi", &|c| c.npi.clone_from(&asked.npi)),
            ("gender", &|c| c.gender.clone_from(&asked.gender)),
            ("kind", &|c| c.kind.clone_from(&asked.kind)),
            ("profession", &|c| c.profession.clone_from(&asked.profession)),
            ("category", &|c| c.category.clone_from(&asked.category)),
            ("accessibility", &|c| c.accessibility.clone_from(&asked.accessibility)),
            ("telehealth", &|c| c.telehealth = asked.telehealth),
            ("city", &|c| c.city.clone_from(&asked.city)),
            ("state", &|c| c.state.clone_from(&asked.state)),
            ("postal_code", &|c| c.postal_code.clone_from(&asked.postal_code)),
            ("county", &|c| c.county.clone_from(&asked.county)),
            ("open_at", &|c| c.open_at = asked.open_at),
        ];
        for (parameter, change) in tests {
            if self.lacks(record, change) {
                let what = parameter.replace('_', " ");
                causes.push(Cause::new(
                    "filter",
                    parameter,
                    format!("the {what} is another, or not known"),
                ));
            }
        }
        if asked
            .available
            .as_ref()
            .is_some_and(|ids| ids.binary_search(&record.provider).is_err())
        {
            causes.push(Cause::new(
                "filter",
                "available_before",
                "has no free slot before that day",
            ));
        }
        let affiliated = |id: &u128| record.affiliations.contains(id);
        if !asked.affiliation.is_empty() && !asked.affiliation_ids.iter().any(affiliated) {
            causes.push(Cause::new("filter", "affiliation", "does not belong to it"));
        }
    }

    /// Whether a record fails conditions that are put into an empty set.
    fn lacks(&self, record: &Record<'_>, change: &dyn Fn(&mut Conditions)) -> bool {
        let mut only = Conditions::default();
        change(&mut only);
        !only.admits(record, self.now)
    }
}

fn some(values: &[String]) -> String {
    if values.is_empty() {
        "none".to_owned()
    } else {
        values.join(", ")
    }
}
