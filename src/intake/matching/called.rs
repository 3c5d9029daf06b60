//! What organisations are called: by which words a name is one of theirs, whose practice it is, and which names stand in one.

use super::credential::{OWNERS, credential_classes};
use crate::vocab::{keys, names::words};

/// Words that only organisations have in their names.
const ORGANIZATIONAL: &[&str] = &[
    "clinic",
    "clinics",
    "hospital",
    "hospitals",
    "center",
    "centre",
    "centers",
    "pharmacy",
    "pharmacies",
    "llc",
    "inc",
    "corp",
    "corporation",
    "pllc",
    "llp",
    "ltd",
    "pc",
    "group",
    "associates",
    "associate",
    "medical",
    "health",
    "healthcare",
    "services",
    "care",
    "laboratory",
    "laboratories",
    "lab",
    "labs",
    "hospice",
    "dental",
    "dentistry",
    "chiropractic",
    "therapy",
    "rehab",
    "rehabilitation",
    "institute",
    "foundation",
    "department",
    "university",
    "county",
    "physicians",
    "partners",
    "imaging",
    "radiology",
    "orthopedics",
    "orthopaedics",
    "pediatrics",
    "cardiology",
    "dermatology",
    "optical",
    "eyewear",
    "vision",
    "eyecare",
    "home",
    "ambulance",
    "ems",
    "surgery",
    "surgical",
    "diagnostics",
    "practice",
    "medicine",
    "system",
    "network",
    "wellness",
    "counseling",
    "recovery",
    "manor",
    "living",
    "drugs",
    "drug",
    "apothecary",
    "supply",
    "equipment",
    "transport",
    "transportation",
    "transit",
    "dialysis",
    "urgent",
    "community",
    "memorial",
    "regional",
    "acupuncture",
    "podiatry",
    "psychiatry",
    "women",
    "womens",
    "smiles",
    "spine",
    "skin",
    "joint",
    "kidney",
    "sleep",
    "school",
    "district",
    "agency",
    "city",
];

/// Whether a word says what many organisations are, and which one it is no more than `group` does.
pub fn is_usual_of_organizations(word: &str) -> bool {
    ORGANIZATIONAL.contains(&word)
}

/// Whether a name has a word that only organisations have. A legal form behind credentials is that of one person's practice,
/// who may be meant as well: `WILKERSON WILLIAM C D.D.S.,P.L.L.C.`
pub fn looks_organizational(name: &str) -> bool {
    let all = words(name);
    let behind_comma = name.split(',').skip(1).flat_map(words).next();
    let practises = !credential_classes(name).is_empty();
    // A `PC` behind a comma may be a person's practice; `PA` and `MD` are credentials.
    let telling = |word: &&String| {
        ORGANIZATIONAL.contains(&word.as_str()) && !(practises && keys::legal_form(word.as_str()).is_some())
    };
    all.iter().any(|word| telling(&word)) || (behind_comma.is_none() && name.contains('&'))
}

/// Whether a name given as an organisation's is that of a person: a credential, and nothing that only organisations have.
pub fn is_one_person(name: &str) -> bool {
    let titled = words(name).first().is_some_and(|word| word == "dr");
    let formed = keys::legal_form(name).is_some();
    let several = name.contains(['&', '/']) || !(2..=6).contains(&words(name).len());
    !formed && !several && !looks_organizational(name) && (titled || !credential_classes(name).is_empty())
}

/// The person after whom a practice is called, with the credential and without the legal form: `MAX ROSENTHAL MD PC`.
pub fn owner_of(name: &str) -> Option<&str> {
    let bare = name.trim_end_matches(['.', ',', ' ']);
    let form = keys::legal_form(bare)?;
    let (before, _) = bare.rsplit_once([' ', ','])?;
    let before = before.trim_end_matches([',', ' ']);
    // Behind a nurse's credentials `PA` is one more.
    let owns = form != "pa" || credential_classes(before).iter().all(|class| OWNERS.contains(class));
    (owns && is_one_person(before)).then_some(before)
}

/// Marks behind which stands a department, a campus, whom to ask: nothing of the name.
const BESIDE: [&str; 8] = [" attn", " c/o ", " - ", " #", " (", " @ ", " / ", " site "];
/// Words of a department, which stand before or behind the name.
const DEPARTMENTS: &[&str] = &[
    "accounts",
    "attn",
    "billing",
    "dept",
    "department",
    "ed",
    "er",
    "main",
    "office",
    "patient",
    "payable",
    "campus",
    "of",
];
/// Words between two names of one organisation.
const ALSO: [&str; 10] = [
    " d/b/a ",
    " dba ",
    " d b a ",
    " t/a ",
    " a/k/a ",
    " aka ",
    " f/k/a ",
    " fka ",
    "(formerly ",
    " formerly ",
];

/// The names that stand in one: `Lakeside LLC DBA Shore Clinic - MAIN CAMPUS`; nothing where it is one name only.
pub fn names_within(name: &str) -> Vec<&str> {
    let mut parts = vec![name];
    for mark in ALSO {
        parts = parts.into_iter().flat_map(|part| split_once_at(part, mark)).collect();
    }
    for part in &mut parts {
        for mark in BESIDE {
            *part = split_once_at(part, mark)[0];
        }
        *part = part.trim_matches([' ', ',', ';', '(', ')', '-', '.']);
    }
    let bare = without_department(name);
    parts.extend(bare);
    parts.retain(|part| *part != name && !keys::organization_words(part).is_empty());
    parts
}

/// A name without the department at its beginning or its end: `Attn: Billing, Shore Clinic`, `ER Dept Shore Pharmacy`.
fn without_department(name: &str) -> Option<&str> {
    let is_department = |word: &str| {
        let folded = words(word).concat();
        folded.is_empty() || DEPARTMENTS.contains(&folded.as_str())
    };
    let mut bare = name;
    while let Some((_, rest)) = bare.split_once(' ').filter(|(word, _)| is_department(word)) {
        bare = rest.trim_start();
    }
    while let Some((rest, _)) = bare.rsplit_once(' ').filter(|(_, word)| is_department(word)) {
        bare = rest.trim_end_matches([' ', ',', '-']);
    }
    (bare != name && words(bare).len() > 1).then_some(bare)
}

/// What stands before and behind a mark, in any case; the whole where it has none, or stands at the beginning.
fn split_once_at<'n>(name: &'n str, mark: &str) -> Vec<&'n str> {
    match name.to_ascii_lowercase().find(mark).filter(|at| *at > 0) {
        Some(at) => vec![&name[..at], &name[at + mark.len()..]],
        None => vec![name],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn departments_are_no_part_of_a_name() {
        for (name, bare) in [
            ("ER Dept Lynnwood Pharmacy PC", Some("Lynnwood Pharmacy PC")),
            ("Attn: Billing, Heritage Counseling", Some("Heritage Counseling")),
            ("St Rita Family Health Patient Accounts", Some("St Rita Family Health")),
            ("Heritage Counseling", None),
            ("Billing Office", None),
        ] {
            assert_eq!(without_department(name), bare, "{name}");
        }
        assert_eq!(names_within("St Jude Imaging Site 3"), ["St Jude Imaging"]);
    }

    #[test]
    fn practices_are_called_after_their_owners() {
        for (name, owner) in [
            ("MAX ROSENTHAL MD PC", Some("MAX ROSENTHAL MD")),
            ("Gary Dalton, D.D.S., P.A.", Some("Gary Dalton, D.D.S.")),
            ("GARY DALTON DDS", None),
            ("JANE DOE MPAS PA", None),
            ("Dalton Dental PLLC", None),
            ("Gary Dalton LLC", None),
            ("Dalton & Eubanks DDS PA", None),
        ] {
            assert_eq!(owner_of(name), owner, "{name}");
        }
    }
}
