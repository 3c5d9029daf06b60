//! The NPI behind its label, also where some of its digits were misread.

use std::sync::LazyLock;

use regex::Regex;

use super::regex;
use crate::intake::extract::field::Check;
use crate::vocab::Npi;

static NPI_VALUE: LazyLock<Regex> = LazyLock::new(|| regex(r"^[0-9OoQDlISsBZz](?:[ -]?[0-9OoQDlISsBZz]){6,12}"));
/// Each digit in a box of its own.
static BOXES: LazyLock<Regex> = LazyLock::new(|| regex(r"^\d(?: ?\| ?\d){9}\b"));

/// The number behind a label: its length as written, its digits, and whether it holds.
pub fn npi_of(rest: &str) -> Option<(usize, String, Check)> {
    if let Some(boxes) = BOXES.find(rest) {
        let digits: String = boxes.as_str().chars().filter(char::is_ascii_digit).collect();
        return Some((boxes.len(), digits.clone(), check(&digits)));
    }
    if let Some(found) = misread_npi(rest) {
        return Some(found);
    }
    let found = NPI_VALUE.find(rest)?;
    let written = found.as_str();
    // Ten digits in one piece, else ten in groups, else what looks like digits.
    let whole = written.bytes().take_while(u8::is_ascii_digit).count();
    if whole >= 7 && !rest[whole..].starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Some((whole, rest[..whole].to_owned(), check(&rest[..whole])));
    }
    let mut digits = String::new();
    let mut length = 0;
    let mut misread = false;
    for (at, c) in written.char_indices() {
        if digits.len() == 10 {
            break;
        }
        if let Some(digit) = as_digit(c) {
            misread |= !c.is_ascii_digit();
            digits.push(digit);
            length = at + c.len_utf8();
        }
    }
    let real = written.bytes().filter(u8::is_ascii_digit).count();
    if real < 6 || digits.len() < 8 {
        return None;
    }
    let check = match check(&digits) {
        Check::Ok if misread => Check::Repaired,
        other => other,
    };
    Some((length, digits, check))
}

/// Ten characters in one piece, of which one or two are letters that no other reading takes for digits: `28444397G2`. It is
/// the number that it looks like where the check digit fits, else it is told as it is written.
fn misread_npi(rest: &str) -> Option<(usize, String, Check)> {
    let piece = rest.split(|c: char| !c.is_ascii_alphanumeric()).next()?;
    let digits = piece.bytes().filter(u8::is_ascii_digit).count();
    let other = |c: char| c.is_ascii_alphabetic() && as_digit(c).is_none();
    if piece.len() != 10 || !(8..=9).contains(&digits) || !piece.contains(other) {
        return None;
    }
    let looks: Option<String> = piece.chars().map(|c| as_digit(c).or_else(|| like_digit(c))).collect();
    let sound = looks.filter(|digits| check(digits) == Check::Ok);
    let (value, check) = match sound {
        Some(digits) => (digits, Check::Repaired),
        None => (piece.to_ascii_uppercase(), Check::Digit),
    };
    Some((piece.len(), value, check))
}

/// The digit that a letter may be, where only its shape says so.
fn like_digit(c: char) -> Option<char> {
    match c {
        'G' | 'b' => Some('6'),
        'g' | 'q' => Some('9'),
        'T' => Some('7'),
        'A' => Some('4'),
        'E' => Some('3'),
        'U' | 'C' => Some('0'),
        'i' | 'L' | 'J' => Some('1'),
        _ => None,
    }
}

/// Whether digits can be an NPI.
pub fn check(digits: &str) -> Check {
    match digits.parse::<Npi>() {
        Ok(_) => Check::Ok,
        Err(_) if digits.len() == 10 => Check::Digit,
        Err(_) => Check::Length,
    }
}

/// The digit that a character is, or looks like on a bad copy.
fn as_digit(c: char) -> Option<char> {
    match c {
        '0'..='9' => Some(c),
        'O' | 'o' | 'Q' | 'D' => Some('0'),
        'l' | 'I' => Some('1'),
        'S' | 's' => Some('5'),
        'B' => Some('8'),
        'Z' | 'z' => Some('2'),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn misread_and_wrong_numbers_are_told_as_such() {
        assert_eq!(
            npi_of("l234567893"),
            Some((10, "1234567893".to_owned(), Check::Repaired))
        );
        assert_eq!(
            npi_of("1234567890 x"),
            Some((10, "1234567890".to_owned(), Check::Digit))
        );
        // One letter that looks like a digit, and one whose digit does not fit.
        for (written, value, check) in [
            ("12345678g3.", "1234567893", Check::Repaired),
            ("28444397G2", "2844439762", Check::Repaired),
            ("12453195G9", "12453195G9", Check::Digit),
        ] {
            assert_eq!(npi_of(written), Some((10, value.to_owned(), check)));
        }
        assert_eq!(npi_of("123456789"), Some((9, "123456789".to_owned(), Check::Length)));
        let boxes = "1|2|3|4|5|6|7|8|9|3";
        assert_eq!(npi_of(boxes), Some((19, "1234567893".to_owned(), Check::Ok)));
    }
}
