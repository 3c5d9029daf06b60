//! Names of organisations as they are in NPPES: a place, a saint, a surname or a word of nature, what it does, a legal form.

use super::{
    draw::Draw,
    tables::{TABLES, Zip},
};

const SAINTS: &[&str] = &[
    "Mary",
    "Joseph",
    "Luke",
    "Francis",
    "John",
    "Vincent",
    "Elizabeth",
    "Anthony",
    "Michael",
    "Thomas",
    "Agnes",
    "Jude",
    "Clare",
    "Catherine",
    "Rita",
    "Anne",
    "Peter",
    "Mark",
];

const WORDS: &[&str] = &[
    "Lakeside",
    "Riverside",
    "Summit",
    "Evergreen",
    "Sunrise",
    "Valley",
    "Harmony",
    "Pinnacle",
    "Cedar",
    "Oakwood",
    "Premier",
    "Advanced",
    "Comprehensive",
    "Family First",
    "Horizon",
    "Hope",
    "Golden",
    "Blue Ridge",
    "Coastal",
    "Prairie",
    "Meadow",
    "Northside",
    "Southgate",
    "Westwood",
    "Eastside",
    "Heritage",
    "Liberty",
    "Unity",
    "Compass",
    "Integrated",
    "Total",
    "Cornerstone",
    "Guardian",
    "Beacon",
    "Crossroads",
    "Willow",
    "Maple",
    "Mountain View",
    "Bayview",
    "Trinity",
    "Grace",
    "Legacy",
    "Metro",
    "Central",
    "United",
    "Precision",
    "Restore",
    "Renew",
    "Thrive",
    "Serenity",
    "Bright",
    "Clear",
    "Elite",
];

const FORMS: &[&str] = &["LLC", "Inc", "PC", "PLLC", "PA", "Corp", "LLP", "", "", ""];

/// What an organisation of a taxonomy calls itself, by the beginning of its code; the first that fits holds.
const CALLINGS: &[(&str, &[&str])] = &[
    ("283Q", &["Behavioral Hospital", "Psychiatric Hospital"]),
    ("283X", &["Rehabilitation Hospital"]),
    (
        "28",
        &[
            "Hospital",
            "Medical Center",
            "Regional Medical Center",
            "Memorial Hospital",
            "Community Hospital",
        ],
    ),
    ("33", &["Pharmacy", "Pharmacy", "Drugs", "Apothecary", "Care Pharmacy"]),
    ("332B", &["Medical Supply", "Medical Equipment", "Home Medical"]),
    ("332H", &["Optical", "Eyewear"]),
    ("335E", &["Prosthetics & Orthotics"]),
    ("291", &["Laboratory", "Diagnostics", "Clinical Laboratories"]),
    ("251E", &["Home Health", "Home Health Care", "Home Care"]),
    ("251G", &["Hospice", "Hospice Care"]),
    ("251S", &["Behavioral Health", "Community Services"]),
    ("253Z", &["Home Care", "Senior Care", "Companion Care"]),
    (
        "314",
        &["Nursing & Rehabilitation Center", "Care Center", "Health & Rehab"],
    ),
    ("310", &["Assisted Living", "Senior Living", "Manor"]),
    ("261QE07", &["Dialysis", "Dialysis Center", "Kidney Care"]),
    ("261QA1903", &["Surgery Center", "Surgical Center"]),
    ("261QA0006", &["Fertility Center", "Reproductive Medicine"]),
    ("261QU", &["Urgent Care", "Express Care", "Immediate Care"]),
    (
        "261QM08",
        &["Counseling Center", "Behavioral Health", "Mental Health Center"],
    ),
    ("261QR0405", &["Recovery Center", "Recovery"]),
    ("261QR02", &["Imaging", "Radiology"]),
    ("261QP2000", &["Physical Therapy", "Rehab & Sports Therapy"]),
    ("261QF0400", &["Community Health Center", "Health Center"]),
    ("261QS1200", &["Sleep Center"]),
    ("261QD", &["Dental Clinic"]),
    ("261Q", &["Clinic", "Health Center", "Medical Clinic", "Family Health"]),
    ("3245", &["Recovery", "Treatment Center"]),
    ("3439", &["Transportation", "Medical Transport", "Transit"]),
    ("3416", &["Ambulance", "EMS"]),
    (
        "122",
        &["Dental", "Family Dental", "Dental Care", "Dentistry", "Smiles"],
    ),
    ("111N", &["Chiropractic", "Chiropractic & Wellness", "Spine Center"]),
    ("152W", &["Eye Care", "Vision Center", "Family Eyecare"]),
    (
        "207RC",
        &["Cardiology", "Heart Associates", "Cardiovascular Associates"],
    ),
    ("207W", &["Eye Associates", "Eye Institute"]),
    ("207X", &["Orthopedics", "Orthopaedic Associates", "Bone & Joint"]),
    ("207V", &["OB/GYN Associates", "Women's Health"]),
    ("2080", &["Pediatrics", "Pediatric Associates"]),
    ("207Q", &["Family Medicine", "Family Practice"]),
    ("207R", &["Internal Medicine", "Medical Associates"]),
    ("207N", &["Dermatology", "Skin Center"]),
    ("207L", &["Anesthesia Associates"]),
    ("2085", &["Radiology Associates", "Imaging Associates"]),
    ("213E", &["Foot & Ankle", "Podiatry"]),
    ("2251", &["Physical Therapy", "Rehab & Sports Therapy"]),
    ("235Z", &["Speech Therapy", "Speech & Language"]),
    ("2084", &["Psychiatry", "Behavioral Health"]),
    (
        "10",
        &[
            "Counseling",
            "Therapy",
            "Behavioral Health",
            "Counseling & Wellness",
            "Autism Services",
        ],
    ),
    (
        "193",
        &[
            "Medical Group",
            "Physicians Group",
            "Health Partners",
            "Medical Associates",
        ],
    ),
    ("171100", &["Acupuncture", "Acupuncture & Herbs"]),
];

const OTHER_CALLINGS: &[&str] = &["Health Services", "Care Services", "Wellness", "Health", "Medical"];

/// A legal business name for an organisation of this taxonomy at this place.
pub(super) fn name(draw: &mut Draw, code: &str, zip: &Zip) -> String {
    let callings = CALLINGS.iter().filter(|(start, _)| code.starts_with(start));
    // `33` stands before `332B`: the longest beginning is the closest.
    let callings = callings
        .max_by_key(|(start, _)| start.len())
        .map_or(OTHER_CALLINGS, |(_, names)| names);
    let calling = *draw.pick(callings);
    let who = match draw.below(100) {
        0..30 => zip.city.clone(),
        30..40 => format!("St {}", draw.pick(SAINTS)),
        40..58 => TABLES.surnames.draw(draw).0.to_owned(),
        58..64 => format!("{} & {}", TABLES.surnames.draw(draw).0, TABLES.surnames.draw(draw).0),
        64..76 => format!("{} {}", draw.pick(WORDS), zip.city),
        _ => (*draw.pick(WORDS)).to_owned(),
    };
    match *draw.pick(FORMS) {
        "" => format!("{who} {calling}"),
        form => format!("{who} {calling} {form}"),
    }
}

/// What the directory calls an organisation of this taxonomy.
pub(super) fn category(code: &str) -> &'static str {
    match code {
        "261QA0006X" => "ivf_clinic",
        _ if code.starts_with("28") => "hospital",
        _ if code.starts_with("3336") || matches!(code, "333600000X" | "332100000X" | "332800000X" | "332000000X") => {
            "pharmacy"
        }
        _ if code.starts_with("29") => "lab",
        _ if code.starts_with("261Q") => "clinic",
        _ if code.starts_with("193") => "group",
        _ if code.starts_with("31") || code.starts_with("32") || code.starts_with("27") => "facility",
        _ if code.starts_with("20") => "group",
        _ => "other",
    }
}
