//! The words that tell what their neighbours are: titles, credentials, heads of organisations' names, streets, people who are
//! no providers. All folded.

mod never;
mod states;

use std::sync::LazyLock;

use rustc_hash::{FxHashMap, FxHashSet};

use self::{never::NEVER, states::STATE_NAMES};
use crate::vocab::names::{CREDENTIALS, SUFFIXES};

/// Titles of doctors.
pub const DOCTOR: &[&str] = &[
    "dr",
    "drs",
    "doctor",
    "doctors",
    "doc",
    "prof",
    "professor",
    "dra",
    "doctora",
    "docteur",
    "docteure",
    "doktor",
    "dott",
    "dottore",
    "dottoressa",
];

/// Titles of anybody.
pub const CIVIL: &[&str] = &[
    "mr", "mrs", "ms", "miss", "mx", "mme", "mlle", "sra", "srta", "senor", "senora", "herr", "frau", "monsieur",
    "madame", "signor", "signora",
];

/// Credentials beyond those that a search sets aside.
const MORE_CREDENTIALS: &[&str] = &[
    "mbbs", "mbchb", "dnp", "msn", "bsn", "fnpc", "fnpbc", "pmhnp", "pmhnpbc", "agnp", "agacnp", "agpcnp", "whnp",
    "whnpbc", "cpnp", "cpnppc", "acnp", "anp", "anpbc", "gnp", "npc", "cnp", "cns", "cnmw", "lm", "cpm", "lac", "dacm",
    "daom", "licsw", "lisw", "lcsws", "lcswr", "lcswc", "lsw", "csw", "acsw", "lcpc", "lcmhc", "lpcc", "lpcs", "lmhp",
    "lcmft", "lmfta", "mft", "lcadc", "ladc", "lcas", "cadc", "ncc", "edd", "eds", "msed", "med", "scd", "drph", "aud",
    "ccca", "cccslp", "ccc", "facs", "faan", "faao", "faaos", "faafp", "faaem", "facep", "fasn", "fasa", "fccp",
    "fccm", "fscai", "fhrs", "fase", "facr", "fidsa", "facog", "facg", "fascrs", "face", "fapa", "dfapa", "facoi",
    "facoog", "fams", "facfas", "dabr", "frcs", "frcp", "frcpc", "cde", "cdces", "rdn", "rcp", "rrt", "cscs", "cht",
    "ocs", "fps", "cota", "cotal", "pta", "atc", "ra", "cfnp", "bcbad", "bcps", "bcacp", "bcop", "mhs", "mha", "mhsa",
    "mpas", "mspas", "msc", "mpt", "mot", "mspt", "msot", "ms", "bs", "ba", "bds", "mds", "msd", "nd", "nmd", "dom",
    "lmt", "cmt", "opa", "cst", "cnim", "pac", "papc", "rpa", "rpac", "rpt", "ldo", "coa", "cpo", "cpht", "dvm", "esq",
    "jd", "cphon", "ocn", "aocnp", "ccrn", "cen", "rnfa", "rnc", "lpn", "lvn", "cma", "rma", "cpa", "csr", "dmin",
];

/// Credentials that are words or names as well: they must be written in capitals or with full stops.
const AMBIGUOUS_CREDENTIALS: &[&str] = &[
    "do", "ma", "ms", "pa", "od", "pt", "ot", "dc", "nd", "rd", "np", "rn", "med", "face", "ra", "lm", "ba", "bs",
    "dom", "cen", "ccc", "mft", "cns", "lac", "jd", "esq", "pta", "cst", "fps", "ase", "mha", "mot", "doc", "lsw",
    "coa", "anp",
];

/// Credentials of people who are no providers of care.
const LAY_CREDENTIALS: &[&str] = &[
    "esq", "jd", "cpcs", "cpmsm", "cpc", "mba", "cpa", "csr", "dmin", "phr", "shrm",
];

/// Words of surnames that stand before the main one.
const PARTICLES: &[&str] = &[
    "de", "la", "las", "los", "del", "della", "di", "da", "dos", "das", "du", "le", "van", "von", "der", "den", "ter",
    "ten", "st", "saint", "san", "santa", "el", "al", "bin", "ibn", "abu", "mac", "mc", "o", "y",
];

/// Words that end or carry the name of an organisation beyond doubt.
const STRONG_HEADS: &[&str] = &[
    "clinic",
    "clinics",
    "hospital",
    "hospitals",
    "associates",
    "pharmacy",
    "apothecary",
    "drugs",
    "laboratory",
    "laboratories",
    "hospice",
    "institute",
    "infirmary",
    "sanatorium",
    "physicians",
    "surgeons",
    "specialists",
    "consultants",
    "center",
    "centers",
    "centre",
    "group",
    "partners",
    "practice",
    "practices",
    "foundation",
    "ambulance",
    "dispensary",
    "diagnostics",
    "eyecare",
    "eyewear",
    "dentistry",
    "healthcare",
];

/// Words that are part of such names and of much else.
const WEAK_HEADS: &[&str] = &[
    "surgical",
    "health",
    "care",
    "services",
    "medical",
    "dental",
    "therapy",
    "rehab",
    "rehabilitation",
    "wellness",
    "counseling",
    "counselling",
    "pediatrics",
    "paediatrics",
    "cardiology",
    "orthopedics",
    "orthopaedics",
    "dermatology",
    "oncology",
    "radiology",
    "imaging",
    "medicine",
    "surgery",
    "dialysis",
    "living",
    "manor",
    "ems",
    "transport",
    "transportation",
    "transit",
    "optical",
    "vision",
    "chiropractic",
    "acupuncture",
    "recovery",
    "university",
    "network",
    "smiles",
    "supply",
    "equipment",
    "prosthetics",
    "orthotics",
    "psychiatry",
    "psychology",
    "neurology",
    "urology",
    "gastroenterology",
    "podiatry",
    "anesthesia",
    "obstetrics",
    "gynecology",
    "system",
    "systems",
    "home",
    "labs",
    "lab",
    "nursing",
    "treatment",
    "college",
    "school",
    "company",
    "heart",
    "kidney",
    "eye",
    "bone",
    "joint",
    "spine",
    "skin",
    "women",
    "womens",
    "family",
    "urgent",
    "sleep",
    "fertility",
    "smile",
    "facility",
    "professional",
    "behavioral",
    "mental",
    "community",
    "regional",
    "memorial",
    "autism",
    "speech",
    "dds",
    "md",
    "herbs",
    "companion",
    "senior",
    "assisted",
    "orthodontics",
    "endodontics",
    "periodontics",
    "allergy",
    "asthma",
    "nephrology",
    "pulmonary",
    "rheumatology",
    "endocrinology",
    "ent",
];

/// Legal forms, folded without full stops, that are nothing else.
const LEGAL: &[&str] = &[
    "llc",
    "inc",
    "pllc",
    "llp",
    "corp",
    "corporation",
    "incorporated",
    "ltd",
    "plc",
    "pllp",
];

/// Legal forms that are other things as well: credentials, states.
const SHORT_LEGAL: &[&str] = &["pc", "pa", "sc", "lp", "lc", "psc", "co"];

/// Ways, as written and abbreviated.
const STREETS: &[&str] = &[
    "st",
    "street",
    "ave",
    "avenue",
    "av",
    "blvd",
    "boulevard",
    "rd",
    "road",
    "dr",
    "drive",
    "ln",
    "lane",
    "ct",
    "court",
    "pl",
    "place",
    "pkwy",
    "parkway",
    "hwy",
    "highway",
    "way",
    "cir",
    "circle",
    "ter",
    "terrace",
    "trl",
    "trail",
    "sq",
    "square",
    "plz",
    "plaza",
    "fwy",
    "freeway",
    "expy",
    "expressway",
    "loop",
    "aly",
    "alley",
    "row",
    "run",
    "xing",
    "crossing",
    "pike",
    "tpke",
    "turnpike",
    "path",
    "broadway",
    "bypass",
];

/// Diseases, tests and things that are called after somebody; behind them the word says so.
const EPONYMS: &[&str] = &[
    "parkinson",
    "parkinsons",
    "alzheimer",
    "alzheimers",
    "down",
    "downs",
    "crohn",
    "crohns",
    "hodgkin",
    "hodgkins",
    "tourette",
    "tourettes",
    "huntington",
    "huntingtons",
    "cushing",
    "cushings",
    "addison",
    "addisons",
    "graves",
    "hashimoto",
    "hashimotos",
    "raynaud",
    "raynauds",
    "sjogren",
    "sjogrens",
    "barrett",
    "barretts",
    "meniere",
    "menieres",
    "marfan",
    "marfans",
    "asperger",
    "aspergers",
    "foley",
    "kaposi",
    "lyme",
    "mohs",
    "whipple",
    "kawasaki",
    "guillain",
    "barre",
    "epstein",
    "babinski",
    "romberg",
    "apgar",
    "glasgow",
    "achilles",
    "bell",
    "bells",
    "wilson",
    "wilsons",
    "turner",
    "turners",
    "klinefelter",
    "ehlers",
    "danlos",
    "kegel",
    "heimlich",
    "dupuytren",
    "dupuytrens",
    "paget",
    "pagets",
    "peyronie",
    "charcot",
    "colles",
    "bartholin",
    "gilbert",
];

/// What stands behind an eponym.
const EPONYM_HEADS: &[&str] = &[
    "disease",
    "syndrome",
    "palsy",
    "test",
    "score",
    "scale",
    "sign",
    "lymphoma",
    "catheter",
    "procedure",
    "surgery",
    "tendon",
    "sarcoma",
    "tendinitis",
    "disorder",
    "thyroiditis",
    "phenomenon",
    "esophagus",
    "contracture",
    "virus",
    "fracture",
    "coma",
    "maneuver",
    "cyst",
    "exercises",
    "law",
    "dementia",
    "repair",
];

/// Who stands in a text without being a provider; before the name, or in a label.
const PATIENTS: &[&str] = &[
    "patient",
    "patients",
    "pt",
    "pts",
    "member",
    "members",
    "subscriber",
    "insured",
    "client",
    "beneficiary",
    "dependent",
    "guarantor",
    "enrollee",
    "policyholder",
    "decedent",
    "claimant",
    "infant",
    "baby",
    "boy",
    "girl",
    "consumer",
    "victim",
    "plaintiff",
    "defendant",
    "paciente",
    "pacientes",
    "difunto",
    "difunta",
    "decedents",
    "pupil",
];

/// Who belongs to a patient, or to anybody else.
const KIN: &[&str] = &[
    "mother",
    "father",
    "spouse",
    "wife",
    "husband",
    "son",
    "daughter",
    "parent",
    "guardian",
    "caregiver",
    "brother",
    "sister",
    "child",
    "caller",
    "veteran",
    "friend",
    "neighbor",
    "aunt",
    "uncle",
    "grandmother",
    "grandfather",
    "mom",
    "dad",
    "teacher",
];

/// Whether somebody of this name belongs to a patient, as far as nothing else says that they provide.
pub fn is_kin(word: &str) -> bool {
    KIN.contains(&word)
}

/// Who works with papers.
const CLERKS: &[&str] = &[
    "manager",
    "coordinator",
    "clerk",
    "receptionist",
    "scheduler",
    "secretary",
    "administrator",
    "representative",
    "biller",
    "coder",
    "transcriptionist",
    "analyst",
    "recruiter",
    "liaison",
    "auditor",
    "accountant",
    "attorney",
    "judge",
    "paralegal",
    "supervisor",
    "interpreter",
    "translator",
    "registrar",
    "officer",
    "ceo",
    "cfo",
    "coo",
    "rep",
    "admin",
    "executive",
    "credentialing",
    "webmaster",
    "mgr",
];

/// What a word is, as flags.
pub mod sense {
    /// A title of doctors.
    pub const DOCTOR: u16 = 1;
    /// A title of anybody.
    pub const CIVIL: u16 = 1 << 1;
    /// A credential.
    pub const CREDENTIAL: u16 = 1 << 2;
    /// A credential only in capitals.
    pub const AMBIGUOUS: u16 = 1 << 3;
    /// A credential of somebody who is no provider.
    pub const LAY: u16 = 1 << 4;
    /// Jr, III.
    pub const SUFFIX: u16 = 1 << 5;
    /// Stands before a surname.
    pub const PARTICLE: u16 = 1 << 6;
    /// Head of an organisation's name.
    pub const HEAD: u16 = 1 << 7;
    /// May be part of one.
    pub const WEAK_HEAD: u16 = 1 << 8;
    /// A legal form.
    pub const LEGAL: u16 = 1 << 9;
    /// A way.
    pub const STREET: u16 = 1 << 10;
    /// Called after somebody.
    pub const EPONYM: u16 = 1 << 11;
    /// Behind an eponym.
    pub const EPONYM_HEAD: u16 = 1 << 12;
    /// No part of a name.
    pub const NEVER: u16 = 1 << 13;
    /// A patient or who belongs to one.
    pub const PATIENT: u16 = 1 << 14;
    /// Works with papers.
    pub const CLERK: u16 = 1 << 15;
}

static SENSES: LazyLock<FxHashMap<&'static str, u16>> = LazyLock::new(|| {
    let lists: [(&[&str], u16); 18] = [
        (DOCTOR, sense::DOCTOR),
        (CIVIL, sense::CIVIL),
        (CREDENTIALS, sense::CREDENTIAL),
        (MORE_CREDENTIALS, sense::CREDENTIAL),
        (AMBIGUOUS_CREDENTIALS, sense::AMBIGUOUS),
        (LAY_CREDENTIALS, sense::LAY),
        (SUFFIXES, sense::SUFFIX),
        (PARTICLES, sense::PARTICLE),
        (STRONG_HEADS, sense::HEAD),
        (WEAK_HEADS, sense::WEAK_HEAD),
        (LEGAL, sense::HEAD | sense::LEGAL),
        (SHORT_LEGAL, sense::WEAK_HEAD | sense::LEGAL),
        (STREETS, sense::STREET),
        (EPONYMS, sense::EPONYM),
        (EPONYM_HEADS, sense::EPONYM_HEAD),
        (NEVER, sense::NEVER),
        (PATIENTS, sense::PATIENT),
        (CLERKS, sense::CLERK),
    ];
    let mut senses = FxHashMap::default();
    for (words, flag) in lists {
        for word in words {
            *senses.entry(*word).or_default() |= flag;
        }
    }
    senses
});

/// All that a folded word may be.
pub fn senses(word: &str) -> u16 {
    SENSES.get(word).copied().unwrap_or(0)
}

/// Names of states and their two letters, folded.
pub static STATES: LazyLock<FxHashMap<String, &'static str>> = LazyLock::new(|| {
    let named = STATE_NAMES.iter().map(|(name, code)| ((*name).to_owned(), *code));
    let coded = STATE_NAMES.iter().map(|(_, code)| (code.to_ascii_lowercase(), *code));
    named.chain(coded).collect()
});

/// Two letters, of states and territories.
pub static STATE_CODES: LazyLock<FxHashSet<&'static str>> =
    LazyLock::new(|| STATE_NAMES.iter().map(|(_, code)| *code).collect());

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_may_be_several_things() {
        assert_ne!(senses("dr") & sense::DOCTOR, 0);
        assert_ne!(senses("dr") & sense::STREET, 0);
        assert_ne!(senses("pa") & (sense::CREDENTIAL | sense::LEGAL | sense::AMBIGUOUS), 0);
        assert_eq!(senses("featherstonehaugh"), 0);
        assert_eq!(STATES.get("tx"), Some(&"TX"));
        assert!(STATE_CODES.contains("CT"));
    }
}
