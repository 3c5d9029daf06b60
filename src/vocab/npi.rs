//! The National Provider Identifier: ten digits, the last a Luhn check digit over the prefix `80840` and the first nine.
//!
//! Source: 45 CFR 162.406; CMS, "Requirements for National Provider Identifier and NPI check digit".

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// The prefix 80840 adds the same amount to every Luhn sum.
const PREFIX_SUM: u32 = 24;

/// A National Provider Identifier whose check digit has been verified.
#[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Npi(u64);

/// Why a text is not an NPI.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NpiError {
    /// Not ten characters.
    #[error("an NPI has 10 digits, this has {0} characters")]
    Length(usize),
    /// A character that is no digit, at this position counted from one.
    #[error("an NPI has digits only, character {0} is none")]
    NotADigit(usize),
    /// The check digit does not fit the first nine digits.
    #[error("the check digit of {given} should be {expected}")]
    CheckDigit {
        /// The number as given.
        given: u64,
        /// The digit that should be there.
        expected: u8,
    },
}

impl NpiError {
    /// A stable word for programs.
    pub fn code(self) -> &'static str {
        match self {
            NpiError::CheckDigit { .. } => "check_digit",
            NpiError::Length(_) => "length",
            NpiError::NotADigit(_) => "digits",
        }
    }
}

impl Npi {
    /// The NPI of a number, if its check digit is right.
    pub fn from_number(number: u64) -> Result<Self, NpiError> {
        let digits = number.checked_ilog10().map_or(1, |l| l as usize + 1);
        if digits != 10 {
            return Err(NpiError::Length(digits));
        }
        let expected = check_digit(number / 10);
        if number % 10 == u64::from(expected) {
            Ok(Self(number))
        } else {
            Err(NpiError::CheckDigit {
                given: number,
                expected,
            })
        }
    }

    /// The NPI that begins with these nine digits.
    ///
    /// `base` is taken modulo one billion.
    pub fn from_base(base: u64) -> Self {
        let base = base % 1_000_000_000;
        Self(base * 10 + u64::from(check_digit(base)))
    }

    /// The number, between 0 and 9,999,999,999.
    pub fn number(self) -> u64 {
        self.0
    }

    /// Whether the first digit is 1 or 2, as in every NPI issued so far. Others are worth a warning, not a refusal.
    pub fn is_issuable(self) -> bool {
        matches!(self.0 / 1_000_000_000, 1 | 2)
    }
}

/// The Luhn check digit for nine digits behind the prefix 80840.
pub fn check_digit(base: u64) -> u8 {
    let mut sum = PREFIX_SUM;
    let mut rest = base;
    for place in 0..9 {
        let digit = (rest % 10) as u32;
        rest /= 10;
        sum += match place % 2 {
            0 if digit > 4 => digit * 2 - 9,
            0 => digit * 2,
            _ => digit,
        };
    }
    ((10 - sum % 10) % 10) as u8
}

impl FromStr for Npi {
    type Err = NpiError;

    fn from_str(text: &str) -> Result<Self, NpiError> {
        let text = text.trim();
        if let Some(at) = text.chars().position(|c| !c.is_ascii_digit()) {
            return Err(NpiError::NotADigit(at + 1));
        }
        if text.len() != 10 {
            return Err(NpiError::Length(text.len()));
        }
        let number = text.bytes().fold(0, |n, b| n * 10 + u64::from(b - b'0'));
        let expected = check_digit(number / 10);
        if number % 10 == u64::from(expected) {
            Ok(Self(number))
        } else {
            Err(NpiError::CheckDigit {
                given: number,
                expected,
            })
        }
    }
}

impl fmt::Display for Npi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:010}", self.0)
    }
}

impl fmt::Debug for Npi {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Npi {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Npi {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?
            .parse()
            .map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_cms_passes_and_its_nine_siblings_fail() {
        for last in 0..10 {
            let read = format!("123456789{last}").parse::<Npi>();
            match last {
                3 => assert_eq!(read.map(Npi::number), Ok(1_234_567_893)),
                _ => assert!(matches!(read, Err(NpiError::CheckDigit { expected: 3, .. }))),
            }
        }
    }

    #[test]
    fn known_vectors() {
        for good in [
            "9876543213",
            "2000000002",
            "2000000010",
            "2345678900",
            "2999999990",
            "1000000004",
            "0000000006",
        ] {
            assert_eq!(good.parse::<Npi>().map(|n| n.to_string()), Ok(good.to_owned()));
        }
        assert_eq!("12345".parse::<Npi>(), Err(NpiError::Length(5)));
        assert_eq!("12345678x3".parse::<Npi>(), Err(NpiError::NotADigit(9)));
        assert_eq!(Npi::from_base(123_456_789).number(), 1_234_567_893);
    }
}
