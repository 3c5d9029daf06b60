//! From probabilities to a decision, the status of the NPI, and what contradicts.

use super::{
    compare::Finding,
    given::{Given, GivenNpi},
    outcome::{Decision, NpiStatus, Thresholds},
};

/// A candidate below this is not one of several that may be meant.
const PLAUSIBLE: f64 = 0.05;

/// The decision over candidates in falling order of their probabilities.
///
/// `conflicting`: something keeps the best from being linked. `disputed`: the NPI is somebody's whose name is another one, which
/// a person must look at even where nobody is likely.
pub fn decide(probabilities: &[f64], none: f64, conflicting: bool, disputed: bool, at: Thresholds) -> Decision {
    let top = probabilities.first().copied().unwrap_or(0.0);
    let plausible: Vec<f64> = probabilities.iter().copied().filter(|p| *p >= PLAUSIBLE).collect();
    let together: f64 = plausible.iter().sum();
    match () {
        () if top >= at.threshold && !conflicting => Decision::Match,
        () if plausible.len() > 1 && together >= at.threshold && top < at.threshold => Decision::Ambiguous,
        () if top >= at.review || disputed => Decision::Review,
        () if none >= top => Decision::None,
        () if plausible.len() > 1 && together > none => Decision::Ambiguous,
        () => Decision::Review,
    }
}

/// What became of the NPI, looking from the best candidate.
pub fn npi_status(given: &Given, best: Option<&[Finding]>, known: bool) -> Option<NpiStatus> {
    let level = best.and_then(|findings| Some(findings.iter().find(|f| f.field == "npi")?.level));
    match (given.npi.as_ref()?, level) {
        (GivenNpi::Damaged(_), _) => Some(NpiStatus::CheckDigit),
        (GivenNpi::Valid(_), _) if given.replacement.is_some() => Some(NpiStatus::Replaced),
        (GivenNpi::Valid(_), _) if given.npi_is_deactivated => Some(NpiStatus::Deactivated),
        (GivenNpi::Valid(_), Some("exact")) => Some(NpiStatus::Ok),
        (GivenNpi::Valid(_), _) if known => Some(NpiStatus::OtherProvider),
        (GivenNpi::Valid(_), _) => Some(NpiStatus::Unknown),
    }
}

/// What contradicts the best candidate so much that nobody should be linked without a look.
pub fn conflicts(findings: &[Finding], status: Option<NpiStatus>) -> Vec<String> {
    let level = |field: &str| {
        findings
            .iter()
            .find(|finding| finding.field == field)
            .map(|finding| finding.level)
    };
    let differs = |field: &str| level(field) == Some("different");
    let mut conflicts = Vec::new();
    let mut say = |what: &str, when: bool| conflicts.extend(when.then(|| what.to_owned()));
    let holder = level("npi") == Some("exact");
    say("npi_of_other_provider", level("npi") == Some("other_provider"));
    say("npi_replaced", status == Some(NpiStatus::Replaced));
    say("npi_deactivated", status == Some(NpiStatus::Deactivated));
    say("npi_with_other_name", holder && name_conflicts(findings));
    say("suffix", differs("suffix"));
    say("kind", differs("kind"));
    say("gender", differs("gender") && !holder);
    conflicts
}

/// Whether the name is another one: both parts differ, or one does and nothing else speaks for the provider.
pub fn name_conflicts(findings: &[Finding]) -> bool {
    let level = |field: &str| {
        findings
            .iter()
            .find(|finding| finding.field == field)
            .map(|finding| finding.level)
    };
    let differs = |field: &str| level(field) == Some("different");
    let placed = matches!(level("place"), Some("address")) || matches!(level("phone"), Some("exact" | "exact_there"));
    let (last, first) = (differs("last"), differs("first"));
    (last && first) || differs("organization") || differs("kind") || ((last || first) && !placed)
}

/// The conflicts that keep a match from being one.
pub fn holds_back(conflicts: &[String]) -> bool {
    let grave = [
        "npi_of_other_provider",
        "npi_with_other_name",
        "several_people",
        "suffix",
        "kind",
    ];
    conflicts.iter().any(|conflict| grave.contains(&conflict.as_str()))
}
