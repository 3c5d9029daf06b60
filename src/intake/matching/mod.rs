//! Who a record means: candidates by keys, each field held against each, one posterior over all of them and nobody.
//!
//! ```text
//! Record -> given (folded, taken apart) -> blocking -> candidates -> compare -> posterior -> decide -> Outcome
//! ```
//!
//! Nothing is learnt while answering: the same record at the same state of the directory and by the same model gets the
//! same answer, and every probability can be recomputed from the evidence beside it.

pub mod alike;
pub mod blocking;
mod brackets;
mod called;
pub mod chance;
pub mod compare;
mod credential;
pub mod decide;
pub mod dirty;
pub mod duplicates;
pub mod evidence;
pub mod given;
mod misplaced;
pub mod name;
pub mod options;
mod organization;
pub mod outcome;
pub mod place;
pub mod posterior;
pub mod record;
mod said;
pub mod train;
mod worded;

pub use options::Options;
pub use outcome::{Decision, Grade, Outcome};
pub use record::Record;

use rustc_hash::FxHashMap;

use chance::Chances;
use compare::{Finding, Scales, View};
use given::Given;
use outcome::{Explanation, NpiStatus, Ranked, Thresholds};
use posterior::Posterior;

use crate::query::{
    Error,
    candidates::{Block, Candidate, Candidates, Directory, Misspellings},
};
use crate::vocab::{
    keys::key,
    lexicon::{MatchModel, Profile, WAYS},
};

/// Candidates told where nobody says how many.
const USUAL_LIMIT: usize = 5;
/// Candidates that are less likely are not told, but for the best.
const LEAST_TOLD: f64 = 1e-6;
/// A candidate that is at least so likely makes the search for misspellings needless.
const SURE: f64 = 0.9999;
/// Those who agree plainly, and are together so likely, do so as well.
const SURE_IF_PLAIN: f64 = 0.98;
/// By so many bits somebody else must agree better than the holder of an NPI.
const OUTDONE_BITS: f64 = 3.0;
/// So many of them.
const MOST_SURE: usize = 8;

/// Whether the whole name agrees as it is written, and something beside it that few share.
fn agrees_plainly(findings: &[Finding]) -> bool {
    let has = |field: &str, levels: &[&str]| {
        let mut all = findings.iter();
        all.any(|finding| finding.field == field && levels.contains(&finding.level))
    };
    let person = has("last", &["exact"]) && has("first", &["exact", "nickname"]);
    let beside = has("place", &["address"])
        || has("phone", &["exact", "exact_there"])
        || has("npi", &["exact"])
        || has("license", &["exact"]);
    (person || has("organization", &["exact"])) && beside
}

/// Who a record means, in one state of the directory.
///
/// # Errors
/// If there is no index, or it cannot be read.
///
/// # Panics
/// Never: an unknown profile is taken for `default`, which every model has.
pub fn match_record(directory: &Directory<'_>, record: &Record, options: &Options) -> Result<Outcome, Error> {
    if directory.position().is_none() {
        return Err(Error::NotBuilt);
    }
    let lexicon = directory.lexicon();
    let model = &lexicon.match_model;
    let profile = model
        .profiles
        .get(&options.profile)
        .or_else(|| model.profiles.get("default"));
    let profile = profile.expect("every model has a profile `default`");
    let mut given = Given::of(record, lexicon);
    given.follow(&options.lives, |npi| directory.now_of(npi));
    let at = thresholds(options, profile);
    if !given.is_telling() {
        return Ok(untold(record, profile, at, model, directory));
    }
    let asked = Asked::of(directory, &given, profile)?;
    let mut candidates = Candidates::default();
    let weighed = asked.weigh(None, &mut candidates)?;
    Ok(weighed.told(record, options, at, model))
}

/// A record, as the directory is asked about it.
struct Asked<'a, 's> {
    directory: &'a Directory<'s>,
    given: &'a Given,
    profile: &'a Profile,
    chances: Chances,
    misspellings: Misspellings<'a, 's>,
}

impl<'a, 's> Asked<'a, 's> {
    fn of(directory: &'a Directory<'s>, given: &'a Given, profile: &'a Profile) -> Result<Self, Error> {
        let misspellings = Misspellings::of(directory);
        Ok(Self {
            chances: Chances::of(given, directory, profile, &misspellings)?,
            directory,
            given,
            profile,
            misspellings,
        })
    }

    /// Weighs everybody who may be meant, but for one. Those of the name and the place are looked up only where the numbers do
    /// not settle it, rare words and misspellings only where nobody is sure without them.
    fn weigh<'c>(&'c self, except: Option<u128>, candidates: &'c mut Candidates<'s>) -> Result<Weighed<'c, 's>, Error> {
        let lexicon = self.directory.lexicon();
        let near = blocking::near(self.given, lexicon);
        let numbered = blocking::numbered(self.given);
        let mut known = Known::default();
        if !numbered.is_empty() {
            self.directory.find(numbered, &near, candidates)?;
            candidates.leave_out(except);
            let holders = Weighed::of(self, candidates, known);
            let settled = holders.is_settled();
            known = holders.known();
            if settled {
                return Ok(Weighed::of(self, candidates, known));
            }
        }
        let plain = blocking::plain(self.given, lexicon);
        self.directory.find(plain, &near, candidates)?;
        candidates.leave_out(except);
        let first = Weighed::of(self, candidates, known);
        let sure = first.is_sure();
        let known = first.known();
        if sure {
            return Ok(Weighed::of(self, candidates, known));
        }
        let mut blocks = worded::of_words(self.given, self.directory, &self.misspellings);
        blocks.extend(blocking::misspelt(self.given, lexicon, &self.misspellings));
        self.directory.find(blocks, &near, candidates)?;
        candidates.leave_out(except);
        Ok(Weighed::of(self, candidates, known))
    }
}

fn thresholds(options: &Options, profile: &Profile) -> Thresholds {
    let threshold = options.threshold.unwrap_or(profile.threshold);
    Thresholds {
        threshold,
        review: options.review.unwrap_or(profile.review).min(threshold),
    }
}

/// What candidates have been found to agree in, by their ids: but for legal forms, which are settled again, it does not change
/// when others join them.
type Known = FxHashMap<u128, Vec<Finding>>;

/// All candidates, compared and weighed.
struct Weighed<'a, 's> {
    directory: &'a Directory<'s>,
    scales: Scales<'a>,
    candidates: Vec<&'a Candidate<'s>>,
    compared: Vec<Vec<Finding>>,
    posterior: Posterior,
    /// Numbers of the candidates, the likeliest first.
    order: Vec<usize>,
}

impl<'a, 's> Weighed<'a, 's> {
    fn of(asked: &'a Asked<'_, 's>, found: &'a Candidates<'s>, mut known: Known) -> Self {
        let given = asked.given;
        let block = |state: Option<&str>, number: &str| found.number_of(&Block::Key(key::license(state, number)));
        let license = given.license.as_ref();
        let scales = Scales::of(
            given,
            &asked.chances,
            asked.profile,
            asked.directory.lexicon(),
            license.and_then(|(state, number)| block(state.as_deref(), number)),
            license.and_then(|(_, number)| block(None, number)),
        );
        let candidates = found.in_order();
        let mut compared: Vec<Vec<Finding>> = candidates
            .iter()
            .map(|candidate| match known.remove(&candidate.records[0].provider) {
                Some(findings) => findings,
                None => scales.compare(&View::of(candidate)),
            })
            .collect();
        scales.settle_forms(&mut compared);
        let unseen = blocking::of_name(given).map_or(0, |block| found.unseen(&block));
        let posterior = posterior::weigh(&scales, &compared, unseen);
        let mut order: Vec<usize> = (0..candidates.len()).collect();
        // Candidates stand in the order of their ids, so that ties always fall the same way.
        order.sort_by(|a, b| {
            posterior.probabilities[*b]
                .total_cmp(&posterior.probabilities[*a])
                .then(a.cmp(b))
        });
        Self {
            directory: asked.directory,
            scales,
            candidates,
            compared,
            posterior,
            order,
        }
    }

    fn known(self) -> Known {
        let ids = self.candidates.iter().map(|candidate| candidate.records[0].provider);
        ids.zip(self.compared).collect()
    }

    /// Whether the holder of the NPI has the whole name, and is where the record says, so that nobody else could be meant.
    fn is_settled(&self) -> bool {
        let Some(best) = self.order.first() else { return false };
        let findings = &self.compared[*best];
        let is_placed = findings
            .iter()
            .any(|finding| matches!(finding.field, "place" | "phone"));
        self.posterior.probabilities[*best] >= SURE
            && self.holder_of_npi() == Some(*best)
            && agrees_plainly(findings)
            && (compare::is_there(findings) || !is_placed)
            && !decide::name_differs(findings)
            && decide::conflicts(findings, None).is_empty()
    }

    /// Whether nobody who is found by a misspelling could change anything.
    fn is_sure(&self) -> bool {
        let plain: f64 = self
            .order
            .iter()
            .take(MOST_SURE)
            .filter(|number| agrees_plainly(&self.compared[**number]))
            .map(|number| self.posterior.probabilities[*number])
            .sum();
        let named = |finding: &Finding| matches!(finding.field, "last" | "organization") && finding.level == "exact";
        let top = self.order.first();
        plain >= SURE_IF_PLAIN
            || top
                .is_some_and(|top| self.posterior.probabilities[*top] >= SURE && self.compared[*top].iter().any(named))
    }

    fn told(&self, record: &Record, options: &Options, at: Thresholds, model: &MatchModel) -> Outcome {
        let ranked: Vec<f64> = self
            .order
            .iter()
            .map(|number| self.posterior.probabilities[*number])
            .collect();
        let best = self.order.first().map(|number| self.compared[*number].as_slice());
        let npi_status = decide::npi_status(self.scales.given, best, self.scales.chances.npi_is_known);
        let mut conflicts = best
            .map(|findings| decide::conflicts(findings, npi_status))
            .unwrap_or_default();
        if self.scales.given.names_several {
            conflicts.push("several_people".to_owned());
        }
        if best.is_some_and(|findings| decide::names_nobody(self.scales.given, findings)) {
            conflicts.push("no_name".to_owned());
        }
        let holder = self.holder_of_npi();
        if holder.is_some_and(|holder| self.is_outdone(holder))
            && !conflicts.iter().any(|what| what == "npi_with_other_name")
        {
            conflicts.push("npi_with_other_name".to_owned());
        }
        let held_back = decide::holds_back(&conflicts);
        let disputed = holder.is_some_and(|holder| decide::name_conflicts(&self.compared[holder]));
        let decision = decide::decide(&ranked, self.posterior.none, held_back, disputed, at);
        let top = ranked.first().copied().unwrap_or(0.0);
        let limit = record.limit.unwrap_or(USUAL_LIMIT);
        let mut told: Vec<usize> = self
            .order
            .iter()
            .copied()
            .take(limit)
            .enumerate()
            .filter(|(rank, number)| *rank == 0 || self.posterior.probabilities[*number] >= LEAST_TOLD)
            .map(|(_, number)| number)
            .collect();
        // Whose the number is must be seen, however unlikely.
        if let Some(holder) = holder.filter(|holder| !told.contains(holder) && limit > 1) {
            told.truncate(limit - 1);
            told.push(holder);
        }
        let candidates: Vec<Ranked> = told.iter().map(|number| self.ranked(*number)).collect();
        let matched = candidates
            .first()
            .filter(|_| decision == Decision::Match)
            .map(|best| &best.provider);
        let grade = match Grade::of(top) {
            Grade::Certain if held_back => Grade::Probable,
            grade => grade,
        };
        let sum: f64 = told.iter().map(|number| self.posterior.probabilities[*number]).sum();
        Outcome {
            id: record.id.clone(),
            decision,
            grade,
            npi: matched.and_then(|who| who.npi),
            provider_id: matched.map(|who| who.id),
            probability: top,
            p_none: self.posterior.none,
            p_other: (1.0 - sum - self.posterior.none).max(0.0),
            npi_status,
            conflicts,
            candidates,
            thresholds: at,
            explain: options.explain.then(|| self.explained(options, &told)),
            rule_version: model.rule_version(),
            position: self.directory.position(),
        }
    }

    /// The candidate with the very NPI of the record.
    fn holder_of_npi(&self) -> Option<usize> {
        let holds = |findings: &Vec<Finding>| findings.iter().any(|f| f.field == "npi" && f.level == "exact");
        self.compared.iter().position(holds)
    }

    /// Whether the NPI alone speaks for its holder, of whom part of the name differs, and all else for another: numbers of kin
    /// and of colleagues are mixed up.
    fn is_outdone(&self, holder: usize) -> bool {
        let findings = &self.compared[holder];
        if !decide::name_differs(findings) {
            return false;
        }
        let without = |findings: &Vec<Finding>| -> f64 {
            let others = findings.iter().filter(|finding| finding.field != "npi");
            others.map(|finding| finding.bits[0]).sum()
        };
        let own = without(findings);
        self.compared.iter().any(|other| without(other) > own + OUTDONE_BITS)
    }

    fn ranked(&self, number: usize) -> Ranked {
        let (view, findings) = (View::of(self.candidates[number]), &self.compared[number]);
        let probability = self.posterior.probabilities[number];
        Ranked {
            provider: evidence::who(&view, findings),
            probability,
            grade: Grade::of(probability),
            evidence: evidence::of(&self.scales, &view, findings, &self.posterior, number),
        }
    }

    fn explained(&self, options: &Options, told: &[usize]) -> Explanation {
        let ways = |number: &usize| {
            let bits = self.posterior.weights[*number].bits;
            WAYS.into_iter().zip(bits.map(evidence::rounded)).collect()
        };
        Explanation {
            profile: options.profile.clone(),
            providers: self.directory.providers(),
            compared: self.candidates.len(),
            frequencies: evidence::frequencies(self.scales.chances),
            ways: told.iter().map(ways).collect(),
        }
    }
}

/// The answer to a record that tells nobody apart: a ZIP alone, a specialty alone.
fn untold(
    record: &Record,
    profile: &Profile,
    at: Thresholds,
    model: &MatchModel,
    directory: &Directory<'_>,
) -> Outcome {
    Outcome {
        id: record.id.clone(),
        decision: Decision::None,
        grade: Grade::CertainlyNot,
        npi: None,
        provider_id: None,
        probability: 0.0,
        p_none: profile.absent,
        p_other: 1.0 - profile.absent,
        npi_status: None::<NpiStatus>,
        conflicts: vec!["not_identifying".to_owned()],
        candidates: Vec::new(),
        thresholds: at,
        explain: None,
        rule_version: model.rule_version(),
        position: directory.position(),
    }
}
