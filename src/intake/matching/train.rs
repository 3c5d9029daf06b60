//! Estimating how often each level is reached where the provider is meant: expectation-maximisation over records without
//! labels, weighted by the posterior; so how many are absent, and how many of these are namesakes, juniors, kin or colleagues of
//! somebody who is listed; then, where labels are there, the temperature that makes probabilities true.
//!
//! The same records over the same directory give the same parameters.

use std::collections::BTreeMap;

use super::{Asked, Weighed, given::Given, place, record::Record};
use crate::query::{
    Error,
    candidates::{Candidates, Directory},
};
use crate::vocab::{
    Npi,
    lexicon::{Bin, Hidden, Profile},
};

/// Rounds of estimating; later ones change nothing that matters.
const ROUNDS: usize = 4;
/// What was known before weighs as much as so many records.
const PRIOR_RECORDS: f64 = 60.0;
/// What was known of those who are absent weighs as much as so many of them.
const PRIOR_ABSENT: f64 = 30.0;
/// Least and most of those who are absent that are of one such way.
const SHARE_OF_A_WAY: [f64; 2] = [0.002, 0.3];
/// Candidates that are less likely teach nothing.
const LEAST_LIKELY: f64 = 1e-3;
/// Temperatures that are tried.
const TEMPERATURES: [f64; 15] = [
    0.40, 0.45, 0.50, 0.55, 0.60, 0.65, 0.70, 0.75, 0.80, 0.85, 0.90, 0.95, 1.0, 1.05, 1.10,
];
/// Ranges of a calibration table.
const BINS: usize = 15;

/// Levels that exclude one another: their probabilities sum to one.
const GROUPS: &[(&str, &[&str])] = &[
    ("last", &["exact", "other_name", "part", "typo", "sound", "different"]),
    (
        "first",
        &["exact", "nickname", "initial", "middle", "typo", "sound", "different"],
    ),
    ("middle", &["exact", "initial", "different"]),
    ("suffix", &["absent", "given_only"]),
    ("suffix", &["exact", "found_only", "different"]),
    ("organization", &["exact", "alike", "contains", "part", "different"]),
    ("credential", &["same", "different"]),
    ("specialty", &["exact", "classification", "grouping", "different"]),
    ("language", &["shared", "different"]),
    ("npi", &["exact", "near", "bad", "unknown", "other_provider"]),
    ("license", &["exact", "number_only", "different", "other_state"]),
    ("place", &["address", "postal_code", "city", "state", "different"]),
    ("site", &["address", "postal_code", "city", "state", "different"]),
    ("phone", &["exact_there", "different_there"]),
    ("phone", &["exact", "different"]),
];

/// A record to learn from, with the answer where it is known.
#[derive(Clone, Debug)]
pub struct Lesson {
    /// The record.
    pub record: Record,
    /// Who is meant, if that is known; `Some(None)`: nobody of the directory.
    pub meant: Option<Option<Npi>>,
    /// Who is known not to be meant, where it is not known who is.
    pub rejected: Vec<Npi>,
}

impl Lesson {
    /// Whether a candidate with this NPI is known not to be meant.
    fn rejects(&self, npi: Option<u64>) -> bool {
        npi.is_some_and(|npi| self.rejected.iter().any(|rejected| rejected.number() == npi))
    }
}

/// Estimates a profile anew, beginning with what it is.
///
/// # Errors
/// If the index cannot be read.
pub fn estimate(
    directory: &Directory<'_>,
    start: &Profile,
    lessons: &[Lesson],
    mut said: impl FnMut(usize),
) -> Result<Profile, Error> {
    let mut profile = start.clone();
    for round in 0..ROUNDS {
        let mut counts = Counts::default();
        for lesson in lessons {
            counts.learn(directory, &profile, lesson)?;
        }
        counts.apply(start, &mut profile);
        said(round + 1);
    }
    calibrate(directory, &mut profile, lessons)?;
    said(ROUNDS + 1);
    Ok(profile)
}

#[derive(Default)]
struct Counts {
    levels: BTreeMap<(&'static str, &'static str), f64>,
    absent: f64,
    /// How many of those are hidden behind somebody, for each way.
    hidden: [f64; 4],
    records: f64,
}

impl Counts {
    fn learn(&mut self, directory: &Directory<'_>, profile: &Profile, lesson: &Lesson) -> Result<(), Error> {
        weighed(directory, profile, &lesson.record, |weighed, given| {
            self.records += 1.0;
            // What those who are not meant were given goes to the others, and to nobody, by their shares.
            let is_out = |at: usize| lesson.rejects(weighed.candidates[at].records[0].npi);
            let out: f64 = (0..weighed.candidates.len())
                .filter(|at| is_out(*at))
                .map(|at| weighed.posterior.probabilities[at])
                .sum();
            let left = (1.0 - out).max(f64::EPSILON);
            let probability = |at: usize| match lesson.meant {
                None if is_out(at) => 0.0,
                None => weighed.posterior.probabilities[at] / left,
                Some(meant) => {
                    let own = weighed.candidates[at].records[0].npi;
                    f64::from(u8::from(meant.is_some() && own == meant.map(Npi::number)))
                }
            };
            let absent = match lesson.meant {
                None => (weighed.posterior.none / left).min(1.0),
                Some(meant) => f64::from(u8::from(meant.is_none())),
            };
            self.absent += absent;
            let weights = &weighed.posterior.weights;
            let nobody: f64 = 1.0 + weights.iter().map(|weight| weight.hidden).sum::<f64>();
            for weight in weights {
                let parts = weight.hidden_parts(profile.hidden.shares());
                for (sum, part) in self.hidden.iter_mut().zip(parts) {
                    *sum += absent * weight.hidden / nobody * part;
                }
            }
            for (at, findings) in weighed.compared.iter().enumerate() {
                let share = probability(at);
                if share < LEAST_LIKELY {
                    continue;
                }
                for finding in findings {
                    // Without a street the finer levels are summed up in the coarser ones.
                    let field = match finding.field {
                        "place" if given.street.is_none() => continue,
                        "place" => place::row_of(weighed.candidates[at]),
                        field => field,
                    };
                    *self.levels.entry((field, finding.level)).or_default() += share;
                }
            }
        })
    }

    fn apply(&self, start: &Profile, profile: &mut Profile) {
        for (field, group) in GROUPS {
            let count = |level: &str| self.levels.get(&(*field, level)).copied().unwrap_or(0.0);
            let seen: f64 = group.iter().map(|level| count(level)).sum();
            let before: f64 = group.iter().map(|level| start.level(field, level).r#match).sum();
            let Some(levels) = profile.fields.get_mut(*field) else {
                continue;
            };
            for level in *group {
                let prior = start.level(field, level).r#match / before;
                let share = (count(level) + PRIOR_RECORDS * prior) / (seen + PRIOR_RECORDS);
                if let Some(row) = levels.get_mut(*level) {
                    row.r#match = rounded(share);
                }
            }
        }
        let share = (self.absent + PRIOR_RECORDS * start.absent) / (self.records + PRIOR_RECORDS);
        profile.absent = rounded(share).clamp(0.01, 0.9);
        let mut shares = start.hidden.shares();
        let [least, most] = SHARE_OF_A_WAY;
        for (share, hidden) in shares.iter_mut().zip(self.hidden) {
            *share = rounded((hidden + PRIOR_ABSENT * *share) / (self.absent + PRIOR_ABSENT)).clamp(least, most);
        }
        let [namesake, junior, kin, colleague] = shares;
        profile.hidden = Hidden {
            namesake,
            junior,
            kin,
            colleague,
        };
    }
}

/// Five digits: the file stays readable, and two machines agree.
fn rounded(share: f64) -> f64 {
    ((share * 1e5).round() / 1e5).max(1e-5)
}

fn weighed(
    directory: &Directory<'_>,
    profile: &Profile,
    record: &Record,
    visit: impl FnOnce(&Weighed<'_, '_>, &Given),
) -> Result<(), Error> {
    let given = Given::of(record, directory.lexicon());
    if given.is_telling() {
        let asked = Asked::of(directory, &given, profile)?;
        let mut candidates = Candidates::default();
        visit(&asked.weigh(None, &mut candidates)?, &given);
    }
    Ok(())
}

/// What is known of a labelled record.
enum Right {
    /// This candidate is meant.
    Candidate(usize),
    /// Nobody of the directory is.
    Nobody,
    /// None of these candidates is; who is was not said.
    Not(Vec<usize>),
}

/// What a labelled record comes to: the weights of its candidates and of nobody, and which of them is right.
struct Case {
    meant: Vec<f64>,
    hidden: Vec<f64>,
    unseen: f64,
    right: Right,
}

impl Case {
    /// The probability of what is known to be so, and the best candidate's with whether it is right.
    fn at(&self, temperature: f64) -> (f64, f64, bool) {
        let raised = |weight: &f64| weight.powf(temperature);
        let nobody: f64 = 1.0 + self.hidden.iter().map(raised).sum::<f64>();
        let meant: Vec<f64> = self.meant.iter().map(raised).collect();
        let total = nobody + raised(&self.unseen) + meant.iter().sum::<f64>();
        let right = match &self.right {
            Right::Candidate(at) => meant[*at],
            Right::Nobody => nobody,
            Right::Not(out) => total - out.iter().map(|at| meant[*at]).sum::<f64>(),
        } / total;
        let best = (0..meant.len()).max_by(|a, b| meant[*a].total_cmp(&meant[*b]));
        best.map_or((right, 0.0, false), |best| {
            let is_right = matches!(self.right, Right::Candidate(at) if at == best);
            (right, meant[best] / total, is_right)
        })
    }

    /// Whether the label says if the best candidate is right: that some other is wrong does not.
    fn judges_the_best(&self) -> bool {
        let best = (0..self.meant.len()).max_by(|a, b| self.meant[*a].total_cmp(&self.meant[*b]));
        match &self.right {
            Right::Candidate(_) | Right::Nobody => true,
            Right::Not(out) => best.is_some_and(|best| out.contains(&best)),
        }
    }
}

/// What the label of a lesson says of the candidates. None: nothing, or it means one whom blocking missed, which cannot be
/// learnt from.
fn right_of(lesson: &Lesson, weighed: &Weighed<'_, '_>) -> Option<Right> {
    let npi_of = |at: usize| weighed.candidates[at].records[0].npi;
    let mut all = 0..weighed.candidates.len();
    match lesson.meant {
        Some(Some(npi)) => all.find(|at| npi_of(*at) == Some(npi.number())).map(Right::Candidate),
        Some(None) => Some(Right::Nobody),
        None => {
            let out: Vec<usize> = all.filter(|at| lesson.rejects(npi_of(*at))).collect();
            (!out.is_empty()).then_some(Right::Not(out))
        }
    }
}

/// Chooses the temperature under which the labels are likeliest, and measures how true the probabilities are.
fn calibrate(directory: &Directory<'_>, profile: &mut Profile, lessons: &[Lesson]) -> Result<(), Error> {
    let plain = Profile {
        temperature: 1.0,
        ..profile.clone()
    };
    let mut cases = Vec::new();
    for lesson in lessons {
        if lesson.meant.is_none() && lesson.rejected.is_empty() {
            continue;
        }
        weighed(directory, &plain, &lesson.record, |weighed, _| {
            if let Some(right) = right_of(lesson, weighed) {
                cases.push(Case {
                    meant: weighed.posterior.weights.iter().map(|weight| weight.meant).collect(),
                    hidden: weighed.posterior.weights.iter().map(|weight| weight.hidden).collect(),
                    unseen: weighed.posterior.unseen,
                    right,
                });
            }
        })?;
    }
    if cases.is_empty() {
        return Ok(());
    }
    let loss = |temperature: f64| -> f64 { cases.iter().map(|case| -case.at(temperature).0.max(1e-9).ln()).sum() };
    let best = TEMPERATURES.into_iter().min_by(|a, b| loss(*a).total_cmp(&loss(*b)));
    profile.temperature = best.unwrap_or(1.0);
    let told: Vec<(f64, bool)> = cases
        .iter()
        .filter(|case| case.judges_the_best())
        .map(|case| case.at(profile.temperature))
        .map(|(_, p, ok)| (p, ok))
        .collect();
    profile.calibration = table(told);
    Ok(())
}

/// Probabilities told against how often they were right, in ranges of as many records each.
pub fn table(mut told: Vec<(f64, bool)>) -> Vec<Bin> {
    told.sort_by(|a, b| a.0.total_cmp(&b.0));
    let size = told.len().div_ceil(BINS).max(1);
    let mean = |of: &[(f64, bool)], value: fn(&(f64, bool)) -> f64| of.iter().map(value).sum::<f64>() / of.len() as f64;
    told.chunks(size)
        .map(|bin| Bin {
            told: rounded(mean(bin, |(p, _)| *p)),
            right: (mean(bin, |(_, right)| f64::from(u8::from(*right))) * 1e5).round() / 1e5,
            records: bin.len() as u32,
        })
        .collect()
}
