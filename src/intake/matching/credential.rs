//! Classes of credentials: letters that are written for one another stand for one calling.

use crate::vocab::names::words;

/// The class of those who have studied medicine, in either school.
pub const PHYSICIAN: &str = "physician";

/// The classes of nurses: one studies on to become the other.
pub const NURSES: [&str; 2] = ["nurse", "nurse practitioner"];

/// Classes of credentials whose members are written for one another.
const CREDENTIAL_CLASSES: &[(&str, &[&str])] = &[
    (PHYSICIAN, &["md", "do", "mbbs", "mbchb", "mdphd"]),
    ("dentist", &["dds", "dmd", "bds"]),
    ("podiatrist", &["dpm"]),
    ("optometrist", &["od"]),
    ("chiropractor", &["dc"]),
    ("psychologist", &["psyd", "edd", "abpp"]),
    (
        "nurse practitioner",
        &[
            "np", "fnp", "aprn", "arnp", "crnp", "cnp", "dnp", "pmhnp", "agnp", "cpnp", "apn", "fnpc", "fnpbc", "cnm",
            "crna", "cns", "msn",
        ],
    ),
    ("nurse", &["rn", "lpn", "bsn", "lvn"]),
    ("physician assistant", &["pa", "pac", "mpas"]),
    ("pharmacist", &["pharmd", "rph"]),
    (
        "counselor",
        &[
            "lcsw", "lmsw", "msw", "lpc", "lmft", "lmhc", "lcpc", "lpcc", "lcswc", "licsw", "lsw", "bcba", "rbt",
        ],
    ),
    (
        "therapist",
        &[
            "pt", "dpt", "ot", "otr", "otrl", "otd", "slp", "ccc", "cccslp", "mspt", "ota", "pta",
        ],
    ),
    ("dietitian", &["rd", "ldn", "rdn"]),
];

/// Classes whose members have practices that are called after them.
pub const OWNERS: &[&str] = &[
    PHYSICIAN,
    "dentist",
    "podiatrist",
    "optometrist",
    "chiropractor",
    "psychologist",
];

/// The class of a folded credential.
pub fn class_of(word: &str) -> Option<&'static str> {
    let known = CREDENTIAL_CLASSES.iter().find(|(_, members)| members.contains(&word));
    known.map(|(class, _)| *class)
}

/// The classes of a provider's credential.
pub fn credential_classes(text: &str) -> Vec<&'static str> {
    let mut classes: Vec<&'static str> = Vec::new();
    for token in text.split([',', ' ', '/', ';']) {
        let class = class_of(&words(token).concat());
        classes.extend(class.filter(|class| !classes.contains(class)));
    }
    classes
}

/// Whether a text of credentials has one of some words.
pub fn shares_a_word(some: &[String], text: &str) -> bool {
    let mut tokens = text.split([',', ' ', '/', ';']);
    tokens.any(|token| some.contains(&words(token).concat()))
}
