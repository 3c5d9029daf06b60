//! One posterior over every candidate and nobody.
//!
//! Nobody comes in several shapes: somebody by chance, and for every candidate a namesake, a junior or senior, kin or a
//! colleague of theirs who is not in the directory. Without these, a son whose father alone is listed would be taken for
//! him with every confidence.

use super::compare::{Finding, Scales};

/// What the findings of one candidate come to.
#[derive(Clone, Copy, Debug)]
pub struct Weight {
    /// Sum of the bits under each way.
    pub bits: [f64; 5],
    /// Weight of the candidate being meant, relative to nobody by chance.
    pub meant: f64,
    /// Weight of somebody hidden behind the candidate.
    pub hidden: f64,
}

impl Weight {
    /// Which part of somebody hidden behind the candidate each way has, where `shares` are those of the ways.
    pub fn hidden_parts(&self, shares: [f64; 4]) -> [f64; 4] {
        let most = self.bits[1..].iter().copied().fold(f64::MIN, f64::max);
        let mut parts = shares;
        for (part, bits) in parts.iter_mut().zip(&self.bits[1..]) {
            *part *= (bits - most).exp2();
        }
        let sum: f64 = parts.iter().sum();
        parts.map(|part| if sum > 0.0 { part / sum } else { 0.0 })
    }
}

/// Probabilities, in the order of the candidates.
#[derive(Clone, Debug)]
pub struct Posterior {
    /// What each candidate's findings come to.
    pub weights: Vec<Weight>,
    /// That each is meant.
    pub probabilities: Vec<f64>,
    /// That nobody of the directory is.
    pub none: f64,
    /// Log2 of the prior odds of one provider against nobody.
    pub prior_bits: f64,
    /// Weight of those together who have the very name but were not looked at.
    pub unseen: f64,
}

/// Weights beyond this say no more.
const MOST_BITS: f64 = 300.0;

/// Weighs all candidates against one another, against so many of the same name who were not looked at, and against nobody.
pub fn weigh(scales: &Scales<'_>, compared: &[Vec<Finding>], unseen: u64) -> Posterior {
    let profile = scales.profile;
    let providers = scales.chances.providers;
    let shares = profile.hidden.shares();
    let by_chance = (1.0 - shares.iter().sum::<f64>()).max(1e-6);
    let nobody = profile.absent.clamp(1e-6, 1.0 - 1e-6);
    // Everything is told relative to nobody by chance.
    let prior = (1.0 - nobody) / (nobody * by_chance * providers);
    let weights: Vec<Weight> = compared
        .iter()
        .map(|findings| {
            let mut bits = [0.0; 5];
            for finding in findings {
                for (sum, more) in bits.iter_mut().zip(finding.bits) {
                    *sum += more;
                }
            }
            let bits = bits.map(|sum| sum.clamp(-MOST_BITS, MOST_BITS));
            let hidden = shares
                .iter()
                .zip(&bits[1..])
                .map(|(share, bits)| share / by_chance / providers * bits.exp2());
            Weight {
                bits,
                meant: tempered(prior * bits[0].exp2(), profile.temperature),
                hidden: tempered(hidden.sum(), profile.temperature),
            }
        })
        .collect();
    let nobody: f64 = 1.0 + weights.iter().map(|weight| weight.hidden).sum::<f64>();
    let unseen = match unseen {
        0 => 0.0,
        count => count as f64 * tempered(prior * scales.unseen_bits().min(MOST_BITS).exp2(), profile.temperature),
    };
    let total = nobody + unseen + weights.iter().map(|weight| weight.meant).sum::<f64>();
    Posterior {
        probabilities: weights.iter().map(|weight| weight.meant / total).collect(),
        none: nobody / total,
        prior_bits: prior.log2(),
        unseen,
        weights,
    }
}

fn tempered(weight: f64, temperature: f64) -> f64 {
    if temperature == 1.0 {
        weight
    } else {
        weight.powf(temperature)
    }
}

impl Posterior {
    /// The weight of everything else, relative to nobody by chance.
    pub fn rivals(&self, number: usize) -> f64 {
        let others = self.weights.iter().enumerate().filter(|(at, _)| *at != number);
        let hidden: f64 = self.weights.iter().map(|weight| weight.hidden).sum();
        1.0 + self.unseen + hidden + others.map(|(_, w)| w.meant).sum::<f64>()
    }
}
