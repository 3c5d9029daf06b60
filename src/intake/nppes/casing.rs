//! Display case: NPPES is upper case throughout, people are not. Search folds case anyway; this is for the eye.
//!
//! A text with any lower-case letter has been written by somebody who meant it and is kept.

/// Stay upper case wherever they stand in the name of an organisation or an address.
const UPPER: &[&str] = &[
    "LLC", "PLLC", "LLP", "PC", "PA", "PS", "SC", "PL", "LP", "MD", "DO", "DDS", "DMD", "DPM", "OD", "DC", "PHD", "RN",
    "NP", "APRN", "LCSW", "PT", "OT", "USA", "US", "UCLA", "NYU", "ENT", "MRI", "EMS", "ER", "IV", "II", "III", "VI",
    "VII", "VA", "UPMC", "ABA", "ASC", "OB", "GYN", "OBGYN", "HIV", "AIDS", "YMCA", "PO", "RR", "HC", "NW", "NE", "SW",
    "SE", "APO", "FPO", "AFB", "IPA", "ACO", "HMO", "CVS", "BHS",
];

/// Stay lower case inside the name of an organisation.
const LOWER: &[&str] = &["of", "and", "the", "for", "in", "at", "by", "to", "on", "an"];

/// Have no vowel and are words all the same.
const VOWELLESS: &[&str] = &[
    "ST", "DR", "MT", "FT", "MR", "MRS", "MS", "JR", "SR", "CTR", "LTD", "SVCS", "SVC", "GRP", "BLVD", "RD", "LN",
    "PKWY", "HWY", "CT", "PL", "STR", "FL", "BLDG", "NTH", "TRL", "PLZ", "SQ", "CNTR", "MGMT", "PHCY", "PHYS", "HLTH",
    "MY", "BY", "TRWY",
];

/// The name of a person or a part of it: `O'DEA` to `O'Dea`, `MCDONALD` to `McDonald`, `DE LA CRUZ` to `De La Cruz`.
pub fn person(text: &str) -> String {
    each_word(text, |word, _| {
        if is_roman(word) {
            word.to_owned()
        } else {
            capitalized(word)
        }
    })
}

/// The name of an organisation: `ST MARY'S HOSPITAL OF TEXAS, LLC` to `St Mary's Hospital of Texas, LLC`.
pub fn organization(text: &str) -> String {
    each_word(text, |word, first| {
        if stays_upper(word) {
            return word.to_owned();
        }
        let lower = word.to_lowercase();
        if !first && LOWER.contains(&lower.as_str()) {
            lower
        } else {
            capitalized(word)
        }
    })
}

/// A line of an address or a city: `500 N 3RD ST NW STE B` to `500 N 3rd St NW Ste B`.
pub fn address(text: &str) -> String {
    each_word(text, |word, _| {
        let street = VOWELLESS.contains(&word);
        if !street && (word.len() == 1 || UPPER.contains(&word)) {
            word.to_owned()
        } else {
            capitalized(word)
        }
    })
}

/// Applies `casing` to each run of letters, digits and apostrophes; it is told whether the word is the first.
fn each_word(text: &str, casing: impl Fn(&str, bool) -> String) -> String {
    if text.chars().any(char::is_lowercase) {
        return text.to_owned();
    }
    let mut shown = String::with_capacity(text.len());
    let mut rest = text;
    let mut first = true;
    while !rest.is_empty() {
        let end = rest.find(|c| !is_word(c)).unwrap_or(rest.len());
        if end > 0 {
            shown.push_str(&casing(&rest[..end], first));
            first = false;
        }
        let next = rest[end..].find(is_word).map_or(rest.len(), |n| end + n);
        shown.push_str(&rest[end..next]);
        rest = &rest[next..];
    }
    shown
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || matches!(c, '\'' | '\u{2019}')
}

fn stays_upper(word: &str) -> bool {
    let letters = word.bytes().all(|b| b.is_ascii_uppercase());
    let vowel = word.contains(['A', 'E', 'I', 'O', 'U', 'Y']);
    UPPER.contains(&word) || (letters && !vowel && word.len() <= 4 && !VOWELLESS.contains(&word))
}

fn is_roman(word: &str) -> bool {
    matches!(word, "II" | "III" | "IV" | "VI" | "VII" | "VIII")
}

/// One word: first letter upper, also behind `O'` and `Mc`; a possessive `'S` and the ordinal of a number stay small.
fn capitalized(word: &str) -> String {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        let digits = word.trim_start_matches(|c: char| c.is_ascii_digit());
        return match digits {
            "ST" | "ND" | "RD" | "TH" => word.to_lowercase(),
            _ => word.to_owned(),
        };
    }
    let mut shown = String::with_capacity(word.len());
    let mut upper = true;
    for (at, c) in word.char_indices() {
        if upper {
            shown.push(c);
        } else {
            shown.extend(c.to_lowercase());
        }
        let after = &word[at + c.len_utf8()..];
        upper = match c {
            // `O'DEA`, `D'AMICO`; not `MARY'S` or `WOMEN'S`.
            '\'' | '\u{2019}' => after.chars().count() > 1,
            'C' => at == 1 && word.starts_with("MC") && after.len() > 2,
            _ => false,
        };
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_people_are_written_as_they_write_them() {
        for (given, shown) in [
            ("O'DEA", "O'Dea"),
            ("MCDONALD", "McDonald"),
            ("DE LA CRUZ", "De La Cruz"),
            ("SMITH-JONES", "Smith-Jones"),
            ("J", "J"),
            ("JR.", "Jr."),
            ("III", "III"),
            ("MUÑOZ", "Muñoz"),
            ("D'AMICO", "D'Amico"),
            ("MCA", "Mca"),
            ("van der Berg", "van der Berg"),
            ("", ""),
        ] {
            assert_eq!(person(given), shown);
        }
    }

    #[test]
    fn organisations_keep_their_legal_forms_and_small_words() {
        for (given, shown) in [
            ("ST MARY'S HOSPITAL OF TEXAS, LLC", "St Mary's Hospital of Texas, LLC"),
            ("CSP ANESTHESIA LLC", "CSP Anesthesia LLC"),
            ("THE CENTER FOR WOMEN", "The Center for Women"),
            (
                "GREATER NEW BEDFORD COMMUNITY HEALTH CENTER, INC.",
                "Greater New Bedford Community Health Center, Inc.",
            ),
            ("Vine Discount Pharmacy", "Vine Discount Pharmacy"),
            ("1ST CHOICE EMS", "1st Choice EMS"),
            ("O'NEILL & MCGRATH, M.D., P.C.", "O'Neill & McGrath, M.D., P.C."),
        ] {
            assert_eq!(organization(given), shown);
        }
    }

    #[test]
    fn addresses_keep_directions_and_boxes_in_capitals() {
        for (given, shown) in [
            ("500 N 3RD ST NW STE B", "500 N 3rd St NW Ste B"),
            ("PO BOX 2168", "PO Box 2168"),
            ("RR 8 BOX 3311", "RR 8 Box 3311"),
            ("SAINT LOUIS", "Saint Louis"),
            ("23rd Ave No, Suite 328", "23rd Ave No, Suite 328"),
        ] {
            assert_eq!(address(given), shown);
        }
    }
}
