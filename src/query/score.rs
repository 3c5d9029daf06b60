//! How hits are weighed in an order by relevance.
//!
//! ```text
//! relevance = name x specialty x nearness x status x new patients x verified lately x tier
//! ```
//!
//! | factor | value |
//! |---|---|
//! | name | 2^(40 x (6 - step)); the step is 0 for the name as typed, one more for each way of matching that is farther from it; half a step more for a house that is called so and nothing else, also where its words mean a kind of care, and for a person who has the one word behind a title for a surname; a quarter for who is in the very town that is named |
//! | specialty | 0.75 for each step down among what the words of the box stand for (`wisdom teeth`: oral surgeons, then dentists), at least 0.3; half of it where it is not the primary one, and half for a house where they mean a person (`cardiologist`), a quarter behind a title (`dr bone`) |
//! | nearness | 1 / (1 + miles / `half_distance_miles`): half as good at that distance, a third at twice it |
//! | status | `active` for an ACTIVE provider, its square root for a PENDING one, 1 for an INACTIVE one |
//! | new patients | `accepting`, where they are taken at the location shown |
//! | verified lately | `verified`, where the listing was confirmed within the last 90 days |
//! | tier | the weight of the tier in the network or plan that is asked for |
//!
//! What does not apply is 1. The score that is told is the logarithm of the product to the base 2, so its parts sum up to it,
//! and one point more is twice as good. An organisation sets the names in `code` for its members (`search.ranking`,
//! `search.tier_weights`). Every weight lies between a tenth and ten, so all of them together, and any distance on earth, weigh
//! less than one step of the name: whatever an organisation prefers, nobody comes above a name that was typed exactly.

use std::collections::BTreeMap;

use serde::Serialize;

use super::filter::tier;
use crate::domain::configuration::Search;
use crate::vocab::{names::fold, terms::NetworkStatus};

/// Points between one way in which a name matches and the next; more than all other parts together.
const STEP: f64 = 40.0;
/// Of houses whose names have all the words those that have no others come first: `Mayo Clinic` before `Mayo Clinic Pharmacy`.
const WHOLE: f64 = STEP / 2.0;
/// Of people of a name those come first who are in the very town that is named: whoever asks knows where they are.
const IN_TOWN: f64 = STEP / 4.0;
/// A listing that was confirmed within so many days was verified lately.
pub const LATELY_DAYS: i32 = 90;
/// Parts are told to so many decimals, as a power of ten.
const DECIMALS: f64 = 1e6;

/// What counts how much. Factors, 1 counts nothing.
#[derive(Clone, Debug, PartialEq)]
pub struct Weights {
    /// Taking new patients.
    pub accepting: f64,
    /// Having been verified lately.
    pub verified: f64,
    /// Being ACTIVE.
    pub active: f64,
    /// The distance at which a provider counts half, in miles.
    pub half_distance_miles: f64,
    /// By folded name of a tier.
    pub tiers: BTreeMap<String, f64>,
}

impl Weights {
    /// All of them, as what can be hashed.
    pub fn bits(&self) -> (Vec<u64>, Vec<(&str, u64)>) {
        let factors = [self.accepting, self.verified, self.active, self.half_distance_miles];
        let tiers = self
            .tiers
            .iter()
            .map(|(name, factor)| (name.as_str(), factor.to_bits()));
        (factors.map(f64::to_bits).to_vec(), tiers.collect())
    }
}

impl Default for Weights {
    fn default() -> Self {
        let preferred = ["preferred", "tier 1", "1"];
        Self {
            accepting: 1.4,
            verified: 1.2,
            active: 4.0,
            half_distance_miles: 5.0,
            tiers: preferred.map(|tier| (tier.to_owned(), 1.4)).into(),
        }
    }
}

impl Weights {
    /// As an organisation has configured them.
    pub fn of(search: &Search) -> Self {
        let ranking = &search.ranking;
        let mut weights = Self {
            accepting: ranking.accepting_new_patients,
            verified: ranking.verified_lately,
            active: ranking.active,
            half_distance_miles: ranking.half_distance_miles,
            ..Self::default()
        };
        let own = search.tier_weights.iter().map(|(tier, weight)| (fold(tier), *weight));
        weights.tiers.extend(own);
        weights
    }
}

/// What is known of a hit.
#[derive(Clone, Copy, Debug)]
pub struct Signals<'a> {
    /// How its name matches, where one is asked for: see [`tier`].
    pub name: Option<u8>,
    /// Whether it is a house that is called so and nothing else, or behind a title a person of that surname.
    pub whole: bool,
    /// Whether it is in the very town that is named beside a name.
    pub in_town: bool,
    /// The best of its specialties among those that the words of the box stand for, best first; and whether it is the primary
    /// one.
    pub specialty: Option<(usize, bool)>,
    /// What a house is worth where the words mean a person: see [`of_house`]. 1 for everybody else.
    pub kind: f64,
    /// From the place asked for.
    pub miles: Option<f64>,
    /// The provider's status.
    pub status: NetworkStatus,
    /// Whether new patients are taken here.
    pub accepting: bool,
    /// Days since it was last confirmed.
    pub verified_days_ago: Option<i32>,
    /// The tier here in the network or plan asked for.
    pub tier: Option<&'a str>,
}

/// What a house is worth beside a person: as much, unless the words name a kind of person, or one by title.
pub fn of_house(means_person: bool, titled: bool) -> f64 {
    match (titled, means_person) {
        (true, _) => 0.25,
        (false, true) => 0.5,
        (false, false) => 1.0,
    }
}

/// A score by its parts; they sum up to it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Score {
    /// How well the name matches.
    pub name: f64,
    /// How well the specialty and the kind fit the words.
    pub specialty: f64,
    /// Nearness: 0 at the place itself, less the farther away.
    pub distance: f64,
    /// The provider's status.
    pub network_status: f64,
    /// Taking new patients.
    pub accepting_new_patients: f64,
    /// Verified lately.
    pub verified: f64,
    /// The tier in the network or plan.
    pub tier: f64,
}

impl Score {
    /// Weighs a hit.
    pub fn of(weights: &Weights, signals: &Signals<'_>) -> Self {
        let holds = |holds: bool, weight: f64| if holds { part(weight) } else { 0.0 };
        let active = match signals.status {
            NetworkStatus::Active => weights.active,
            NetworkStatus::Pending => weights.active.sqrt(),
            NetworkStatus::Inactive => 1.0,
        };
        let lately = signals.verified_days_ago.is_some_and(|days| days <= LATELY_DAYS);
        let tier_weight = signals.tier.and_then(|tier| weights.tiers.get(&fold(tier)));
        Self {
            name: {
                let whole = if signals.whole { WHOLE } else { 0.0 };
                let in_town = if signals.in_town { IN_TOWN } else { 0.0 };
                let step = signals.name.map(|step| tier::LAST.saturating_sub(step));
                whole + in_town + step.map_or(0.0, |steps| STEP * f64::from(steps))
            },
            specialty: {
                let fits = signals.specialty.map_or(1.0, |(step, primary)| {
                    let fits = 0.75_f64.powi(step.min(20) as i32).max(0.3);
                    if primary { fits } else { 0.5 * fits }
                });
                part(fits * signals.kind)
            },
            distance: signals
                .miles
                .map_or(0.0, |miles| part(1.0 / (1.0 + miles / weights.half_distance_miles))),
            network_status: part(active),
            accepting_new_patients: holds(signals.accepting, weights.accepting),
            verified: holds(lately, weights.verified),
            tier: tier_weight.map_or(0.0, |weight| part(*weight)),
        }
    }

    /// The parts by name, in the order in which they are told.
    pub fn parts(&self) -> [(&'static str, f64); 7] {
        [
            ("name", self.name),
            ("specialty", self.specialty),
            ("distance", self.distance),
            ("network_status", self.network_status),
            ("accepting_new_patients", self.accepting_new_patients),
            ("verified", self.verified),
            ("tier", self.tier),
        ]
    }

    /// Their sum.
    pub fn total(&self) -> f64 {
        rounded(self.parts().iter().map(|(_, value)| value).sum())
    }
}

/// A factor as points.
fn part(factor: f64) -> f64 {
    // Adding zero makes a negative zero a plain one.
    rounded(factor.log2()) + 0.0
}

fn rounded(points: f64) -> f64 {
    (points * DECIMALS).round() / DECIMALS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signals() -> Signals<'static> {
        Signals {
            name: None,
            whole: false,
            in_town: false,
            specialty: None,
            kind: 1.0,
            miles: None,
            status: NetworkStatus::Active,
            accepting: false,
            verified_days_ago: None,
            tier: None,
        }
    }

    #[test]
    fn the_parts_sum_up_to_the_logarithm_of_the_product() {
        let weights = Weights {
            tiers: [("gold".to_owned(), 3.0)].into(),
            ..Weights::default()
        };
        let all = Signals {
            name: Some(tier::NICKNAME),
            specialty: Some((1, true)),
            miles: Some(5.0),
            accepting: true,
            verified_days_ago: Some(90),
            tier: Some("Gold"),
            ..signals()
        };
        let score = Score::of(&weights, &all);
        let sum: f64 = score.parts().iter().map(|(_, value)| value).sum();
        assert!((sum - score.total()).abs() < 1e-9);
        let product: f64 = 0.75 * 0.5 * 4.0 * 1.4 * 1.2 * 3.0;
        let name = STEP * f64::from(tier::LAST - tier::NICKNAME);
        assert!((score.total() - name - product.log2()).abs() < 1e-5, "{score:?}");
        let late = Signals {
            verified_days_ago: Some(91),
            ..all
        };
        assert!(Score::of(&weights, &late).total() < score.total());
        // A house that has all a house can have stands behind a person whose title was typed, though less is known of them.
        let house = Signals {
            kind: of_house(false, true),
            accepting: true,
            verified_days_ago: Some(1),
            ..signals()
        };
        let person = Signals {
            status: NetworkStatus::Pending,
            ..signals()
        };
        let total = |signals| Score::of(&Weights::default(), &signals).total();
        assert!(total(person) > total(house));
        assert_eq!(
            total(signals()),
            total(Signals {
                kind: of_house(false, false),
                ..signals()
            })
        );
    }

    #[test]
    fn nothing_weighs_as_much_as_a_step_of_the_name() {
        let weights = Weights {
            accepting: 10.0,
            verified: 10.0,
            active: 10.0,
            half_distance_miles: 0.5,
            tiers: [("gold".to_owned(), 10.0), ("lead".to_owned(), 0.1)].into(),
        };
        let worst = Signals {
            name: Some(tier::EXACT),
            specialty: Some((9, false)),
            kind: of_house(true, true),
            miles: Some(12_437.0),
            status: NetworkStatus::Inactive,
            tier: Some("lead"),
            ..signals()
        };
        let best = Signals {
            name: Some(tier::OTHER_NAME),
            miles: Some(0.0),
            accepting: true,
            verified_days_ago: Some(0),
            tier: Some("gold"),
            ..signals()
        };
        assert!(Score::of(&weights, &worst).total() > Score::of(&weights, &best).total());
    }
}
