//! From probabilities to a decision, the status of the NPI, and what contradicts.

use super::{
    compare::{Finding, is_there},
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
    let level = |field: &str| level(findings, field);
    let differs = |field: &str| level(field) == Some("different");
    let mut conflicts = Vec::new();
    let mut say = |what: &str, when: bool| conflicts.extend(when.then(|| what.to_owned()));
    let holder = level("npi") == Some("exact");
    say("npi_of_other_provider", level("npi") == Some("other_provider"));
    say("npi_replaced", status == Some(NpiStatus::Replaced));
    say("npi_deactivated", status == Some(NpiStatus::Deactivated));
    say("npi_with_other_name", holder && name_conflicts(findings));
    say("half_of_name", is_half_a_name(findings));
    say("given_name", is_anothers(findings));
    say("middle_name", differs("middle") && !is_numbered(findings));
    say("suffix", differs("suffix"));
    say(
        "kind",
        differs("kind") || (level("kind") == Some("owner") && !is_numbered(findings)),
    );
    say(
        "gender",
        matches!(level("gender"), Some("slip" | "different")) && !holder,
    );
    conflicts
}

/// Whether the name is another one. A surname changes with a marriage, and the holder of the NPI is the same where the place
/// is; a given name that is neither the same nor like it is somebody else's there, too.
pub fn name_conflicts(findings: &[Finding]) -> bool {
    let differs = |field: &str| level(findings, field) == Some("different");
    differs("first") || differs("organization") || differs("kind") || (differs("last") && !is_there(findings))
}

/// Whether any part of the name differs.
pub fn name_differs(findings: &[Finding]) -> bool {
    let parts = ["last", "first", "middle", "organization"];
    parts.iter().any(|part| level(findings, part) == Some("different"))
        || matches!(
            level(findings, "suffix"),
            Some("different" | "given_only" | "found_only")
        )
}

/// Whether the record names nobody, and no number of their own says who it is: a place and a phone are those of all who work there.
pub fn names_nobody(given: &Given, findings: &[Finding]) -> bool {
    let named = !given.readings.is_empty() || !given.organizations.is_empty();
    !named && !is_numbered(findings)
}

/// Whether a number says who it is.
fn is_numbered(findings: &[Finding]) -> bool {
    matches!(level(findings, "npi"), Some("exact" | "near"))
        || matches!(level(findings, "license"), Some("exact" | "number_only"))
}

/// Whether half of a double surname agrees, or an initial with the surname, and nothing beside the name; or only a given name is
/// told, and no number.
fn is_half_a_name(findings: &[Finding]) -> bool {
    let beside = is_there(findings)
        || is_numbered(findings)
        || matches!(level(findings, "place"), Some("postal_code" | "city"))
        || level(findings, "specialty") == Some("exact");
    let half = level(findings, "last") == Some("part") || level(findings, "first") == Some("initial");
    // A given name alone is that of a colleague as well, and of a son.
    let is_given_alone = level(findings, "last").is_none() && level(findings, "first").is_some();
    (half && !beside) || (is_given_alone && !is_numbered(findings))
}

/// Whether the given name is another one, and no number says that it is the same person: kin and namesakes have the surname,
/// the place and often the profession.
fn is_anothers(findings: &[Finding]) -> bool {
    level(findings, "first") == Some("different") && !is_numbered(findings)
}

fn level(findings: &[Finding], field: &str) -> Option<&'static str> {
    let found = findings.iter().find(|finding| finding.field == field)?;
    Some(found.level)
}

/// The conflicts that keep a match from being one.
pub fn holds_back(conflicts: &[String]) -> bool {
    let grave = [
        "npi_of_other_provider",
        "npi_with_other_name",
        "several_people",
        "half_of_name",
        "given_name",
        "middle_name",
        "no_name",
        "suffix",
        "kind",
    ];
    conflicts.iter().any(|conflict| grave.contains(&conflict.as_str()))
}
