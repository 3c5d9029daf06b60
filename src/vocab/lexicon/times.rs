//! Times of the day that people say without a number: `after church`, `weeknights`, `first thing in the morning`.

use chrono::NaiveTime;
use rustc_hash::FxHashMap;

use super::table::{Table, TableError};
use crate::vocab::names::words;

const COLUMNS: &[&str] = &["phrase", "time", "said"];
const FILE: &str = "times.csv";

/// Where such words speak of when somebody should be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimeSaid {
    /// Anywhere.
    Alone,
    /// Beside who is asked for, and not in a story of what ails somebody.
    Beside,
    /// Behind `open`.
    Open,
}

/// The words behind the first one, the time, and where they speak of it.
type Phrase = (Vec<String>, NaiveTime, TimeSaid);

/// Such times.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// By their first word: the words behind it, the longer ones first.
    by_first: FxHashMap<Box<str>, Vec<Phrase>>,
}

impl Times {
    /// Reads `times.csv`.
    ///
    /// # Errors
    /// Unknown columns, a phrase that is not in folded words or there twice, a time that is not `HH:MM`, an unknown `said`.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut table = Table::open(FILE, text, COLUMNS)?;
        let mut read = Self::default();
        while let Some(row) = table.next()? {
            let phrase = row.required(0)?;
            let folded = words(phrase);
            let [first, behind @ ..] = folded.as_slice() else {
                return Err(row.fault(format!("`{phrase}` has no words")));
            };
            if folded.join(" ") != phrase {
                return Err(row.fault(format!("`{phrase}` is not words in lower case")));
            }
            let time = NaiveTime::parse_from_str(row.required(1)?, "%H:%M");
            let time = time.map_err(|_| row.fault(format!("`{}` is no time, as 18:30 is", row.text(1))))?;
            let said = match row.required(2)? {
                "alone" => TimeSaid::Alone,
                "beside" => TimeSaid::Beside,
                "open" => TimeSaid::Open,
                other => return Err(row.fault(format!("`{other}` in `said` is none of alone, beside, open"))),
            };
            let known = read.by_first.entry(first.as_str().into()).or_default();
            if known.iter().any(|(rest, ..)| rest == behind) {
                return Err(row.fault(format!("`{phrase}` is there already")));
            }
            known.push((behind.to_vec(), time, said));
        }
        for known in read.by_first.values_mut() {
            known.sort_by_key(|(rest, ..)| std::cmp::Reverse(rest.len()));
        }
        Ok(read)
    }

    /// The time that folded words begin with, where it is one, and how many of them it is.
    pub fn at(&self, words: &[String]) -> Option<(NaiveTime, TimeSaid, usize)> {
        let (first, behind) = words.split_first()?;
        let known = self.by_first.get(first.as_str())?.iter();
        let (rest, time, said) = known.into_iter().find(|(rest, ..)| behind.starts_with(rest))?;
        Some((*time, *said, rest.len() + 1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_phrase_is_read_and_bad_rows_are_refused() {
        let times = Times::parse(
            "phrase,time,said\nfirst thing,08:00,beside\nfirst thing in the morning,07:30,alone\nearly,07:00,open\n",
        );
        let times = times.expect("a table");
        let told = |text: &str| {
            let found = times.at(&words(text));
            found.map(|(time, said, taken)| format!("{} {said:?} {taken}", time.format("%H:%M")))
        };
        assert_eq!(told("first thing tomorrow").as_deref(), Some("08:00 Beside 2"));
        assert_eq!(told("first thing in the morning").as_deref(), Some("07:30 Alone 5"));
        assert_eq!(
            (told("early").as_deref(), told("first"), told("")),
            (Some("07:00 Open 1"), None, None)
        );
        for (row, reason) in [
            ("Early,07:00,open", "lower case"),
            ("early,7,open", "no time"),
            ("early,07:00,shut", "none of"),
            ("early,07:00,open\nearly,08:00,open", "already"),
            ("-,08:00,open", "no words"),
        ] {
            let refused = Times::parse(&format!("phrase,time,said\n{row}\n")).expect_err(row);
            assert!(refused.file == FILE && refused.reason.contains(reason), "{refused}");
        }
    }
}
