//! Single cells: what counts as empty, and the repair of what spreadsheets did to numbers.

use crate::domain::line::is_hidden;
use crate::vocab::{Npi, NpiError};

/// The text of a cell without outer spaces; `None` for what NPPES writes when it has nothing: an empty cell, `<UNAVAIL>`,
/// and `--` in the API.
pub fn cell(text: &str) -> Option<&str> {
    let text = text.trim().trim_matches('\u{a0}');
    (!text.is_empty() && text != "--" && !text.eq_ignore_ascii_case("<UNAVAIL>")).then_some(text)
}

/// The same, with runs of spaces inside made one, and without characters that show nothing or turn the direction of others.
pub fn squeezed(text: &str) -> Option<String> {
    let odd = |c: char| is_hidden(c) && !c.is_whitespace();
    if !text.bytes().all(|b| (b' '..=b'~').contains(&b)) && text.contains(odd) {
        return squeezed(&text.replace(odd, ""));
    }
    let text = cell(text)?;
    if !text.contains("  ") && !text.contains(['\t', '\n', '\r']) {
        return Some(text.to_owned());
    }
    Some(text.split_whitespace().collect::<Vec<_>>().join(" "))
}

/// The text of a code: `1.0` and `1` are one thing to a spreadsheet.
pub fn code(text: &str) -> Option<&str> {
    cell(text).map(|t| t.strip_suffix(".0").unwrap_or(t))
}

/// The NPI of a cell, and whether it had to be repaired (`1234567893.0`, `1.234567893E9`).
pub fn npi(text: &str) -> Result<(Npi, bool), NpiError> {
    let text = text.trim().trim_start_matches('\'');
    if let Some(whole) = text.strip_suffix(".0") {
        return whole.parse().map(|npi| (npi, true));
    }
    if text.len() > 10
        && text.contains(['e', 'E'])
        && let Ok(number) = text.parse::<f64>()
        && number.fract() == 0.0
        && (0.0..1e11).contains(&number)
    {
        // Below 1e11 an f64 holds every whole number exactly.
        return Npi::from_number(number as u64).map(|npi| (npi, true));
    }
    text.parse().map(|npi| (npi, false))
}

/// The postal code of an address in the United States: five or nine digits without a dash, leading zeros put back.
/// A text that is no ZIP at all (foreign ones) is kept as it is.
pub fn postal_code(text: &str, domestic: bool) -> Option<String> {
    let text = cell(text)?;
    if !domestic {
        return Some(text.to_owned());
    }
    let whole = text.strip_suffix(".0").unwrap_or(text);
    let digits: String = whole.chars().filter(|c| !matches!(c, '-' | ' ')).collect();
    if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return Some(text.to_owned());
    }
    Some(match digits.len() {
        3 | 4 => format!("{digits:0>5}"),
        7 | 8 => format!("{digits:0>9}"),
        _ => digits,
    })
}

/// Two letters stand for a state, a territory or a military post office of the United States.
pub fn is_domestic(state: Option<&str>, country: Option<&str>) -> bool {
    match country {
        Some(country) if !matches!(country, "US" | "UM" | "USA") => TERRITORIES.contains(&country),
        _ => state.is_none_or(|s| s.len() == 2),
    }
}

/// NPPES sometimes gives these as countries.
const TERRITORIES: &[&str] = &["PR", "GU", "VI", "AS", "MP", "FM", "MH", "PW"];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literal_nulls_are_nothing() {
        for text in ["", "  ", "<UNAVAIL>", "<unavail>", "--", " -- "] {
            assert_eq!(cell(text), None, "{text:?}");
        }
        assert_eq!(squeezed(" A   B\tC ").as_deref(), Some("A B C"));
        assert_eq!(squeezed("M\u{fc}l\u{202e}ler\u{200b}").as_deref(), Some("M\u{fc}ller"));
        assert_eq!(squeezed("\u{202e} "), None);
    }

    #[test]
    fn spreadsheets_are_undone() {
        assert_eq!(
            npi("1234567893.0").map(|(n, fixed)| (n.number(), fixed)),
            Ok((1_234_567_893, true))
        );
        assert_eq!(
            npi("1.234567893E9").map(|(n, fixed)| (n.number(), fixed)),
            Ok((1_234_567_893, true))
        );
        assert_eq!(npi(" 1234567893").map(|(_, fixed)| fixed), Ok(false));
        assert!(npi("1234567890").is_err());
        assert_eq!(code("1.0"), Some("1"));
        for (given, repaired) in [
            ("2740", "02740"),
            ("40112681.0", "040112681"),
            ("27406232", "027406232"),
            ("02740-6232", "027406232"),
            ("969", "00969"),
            ("77030", "77030"),
        ] {
            assert_eq!(postal_code(given, true).as_deref(), Some(repaired), "{given}");
        }
        assert_eq!(postal_code("K1A 0B1", false).as_deref(), Some("K1A 0B1"));
        assert_eq!(postal_code("1234", false).as_deref(), Some("1234"));
    }

    #[test]
    fn territories_count_as_home() {
        assert!(is_domestic(Some("PR"), Some("US")));
        assert!(is_domestic(Some("AE"), Some("UM")));
        assert!(is_domestic(None, Some("PR")));
        assert!(!is_domestic(Some("ONTARIO"), Some("CA")));
    }
}
