//! Days of the calendar as people write them: `dec 3rd`, `12/15`, `15 de diciembre`, `on the 15th`, `a week from monday`.

use chrono::{Datelike, Days, Months, NaiveDate};

use crate::vocab::names::Token;

/// Names of the months, from January on.
const MONTHS: &[&[&str]] = &[
    &["january", "jan", "enero"],
    &["february", "feb", "febrero"],
    &["march", "mar", "marzo"],
    &["april", "apr", "abril"],
    &["may", "mayo"],
    &["june", "jun", "junio"],
    &["july", "jul", "julio"],
    &["august", "aug", "agosto"],
    &["september", "sep", "sept", "septiembre", "setiembre"],
    &["october", "oct", "octubre"],
    &["november", "nov", "noviembre"],
    &["december", "dec", "diciembre"],
];
/// Before `the 15th`: a day of the month.
const BEFORE_DAY: &[&str] = &["by", "for", "on", "open", "until"];
/// What is counted so and no day: `the 5th floor`, `12/15 main street`.
const NO_DAY: &[&str] = &[
    "am",
    "ave",
    "avenue",
    "blvd",
    "floor",
    "grade",
    "mile",
    "miles",
    "pm",
    "rd",
    "road",
    "st",
    "street",
    "time",
    "trimester",
    "ward",
];

/// Whether a word is a month.
pub(super) fn is_month(word: &str) -> bool {
    month(word).is_some()
}

fn month(word: &str) -> Option<u32> {
    let at = MONTHS.iter().position(|names| names.contains(&word))?;
    Some(at as u32 + 1)
}

/// Days of a month as they are said, from the first on.
const SAID: &[&str] = &[
    "first",
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
    "thirteenth",
    "fourteenth",
    "fifteenth",
    "sixteenth",
    "seventeenth",
    "eighteenth",
    "nineteenth",
    "twentieth",
];

/// `third`, `twenty first`: such a day at the beginning of the words, and how many of them say it.
fn said_day(words: &[String]) -> Option<(u32, usize)> {
    let of = |word: &str| {
        SAID.iter()
            .zip(1..)
            .find_map(|(said, day)| (*said == word).then_some(day))
    };
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match (word(0), word(1)) {
        ("thirtieth", _) => Some((30, 1)),
        ("thirty", "first") => Some((31, 2)),
        ("twenty", unit) => of(unit).filter(|day| *day < 10).map(|day| (20 + day, 2)),
        (word, _) => of(word).map(|day| (day, 1)),
    }
}

/// `3`, `3rd`: a day of a month, and whether it is said as such.
fn day_number(word: &str) -> Option<(u32, bool)> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &word[digits.len()..];
    let ordinal = matches!(suffix, "st" | "nd" | "rd" | "th");
    let number: u32 = digits.parse().ok()?;
    ((1..=31).contains(&number) && digits.len() < 3 && (ordinal || suffix.is_empty())).then_some((number, ordinal))
}

/// Joins `12/15` to one word, which no other reads; `12-15-2026` and `2026-12-15`, too.
pub(super) fn join(tokens: &mut Vec<Token>, text: &str) {
    let hyphens = text.contains('-');
    if !text.contains('/') && !hyphens {
        return;
    }
    let characters: Vec<char> = text.chars().collect();
    if hyphens {
        join_hyphens(tokens, &characters);
    }
    let short = |token: &Token| {
        let plain = token.word.len() == token.end - token.start && token.word.len() < 3;
        token.word.parse::<u32>().ok().filter(|_| plain)
    };
    let mut at = 0;
    while at + 1 < tokens.len() {
        let (first, second) = (&tokens[at], &tokens[at + 1]);
        let slashed = characters.get(first.end) == Some(&'/') && first.end + 1 == second.start;
        let counted = tokens
            .get(at + 2)
            .is_some_and(|next| NO_DAY.contains(&next.word.as_str()));
        if slashed
            && !counted
            && let (Some(month @ 1..=12), Some(day @ 1..=31)) = (short(first), short(second))
        {
            let word = format!("{month}/{day}");
            let mut to = at + 1;
            // `12/15/2026`
            if let Some(year) = tokens.get(at + 2)
                && characters.get(second.end) == Some(&'/')
                && second.end + 1 == year.start
                && matches!(year.word.len(), 2 | 4)
            {
                to += 1;
            }
            let (start, end) = (first.start, tokens[to].end);
            tokens.splice(at..=to, [Token { word, start, end }]);
        }
        at += 1;
    }
}

/// Joins days with a year that are written with hyphens: no other number is, that has a year of these.
fn join_hyphens(tokens: &mut Vec<Token>, characters: &[char]) {
    let mut at = 0;
    while at + 2 < tokens.len() {
        let (first, second, third) = (&tokens[at], &tokens[at + 1], &tokens[at + 2]);
        let joined = |a: &Token, b: &Token| characters.get(a.end) == Some(&'-') && a.end + 1 == b.start;
        let number = |token: &Token, digits: usize| {
            let plain = token.word.len() == token.end - token.start && token.word.len() == digits;
            token.word.parse::<u32>().ok().filter(|_| plain)
        };
        let short = |token: &Token| number(token, 2).or_else(|| number(token, 1));
        let year = |token: &Token| number(token, 4).filter(|year| (2025..2100).contains(year));
        let day = match (year(first), year(third)) {
            (Some(_), None) => short(second).zip(short(third)),
            (None, Some(_)) => short(first).zip(short(second)),
            _ => None,
        };
        let day = day.filter(|(month, day)| (1..=12).contains(month) && (1..=31).contains(day));
        if let Some((month, day)) = day.filter(|_| joined(first, second) && joined(second, third)) {
            let (start, end) = (first.start, third.end);
            let word = format!("{month}/{day}");
            tokens.splice(at..=at + 2, [Token { word, start, end }]);
        }
        at += 1;
    }
}

/// The day that words begin with, and how many of them; `before`: the word before them.
pub(super) fn date(words: &[String], before: Option<&str>, today: NaiveDate) -> Option<(NaiveDate, usize)> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    if let Some((month, day)) = word(0).split_once('/') {
        return Some((next(today, month.parse().ok()?, day.parse().ok()?)?, 1));
    }
    if let Some(month) = month(word(0)) {
        let the = usize::from(word(1) == "the");
        if let Some((day, said)) = said_day(words.get(1 + the..)?) {
            let taken = 1 + the + said;
            return Some((
                next(today, month, day)?,
                taken + usize::from(is_year(word(taken), today)),
            ));
        }
        let (day, ordinal) = day_number(word(1 + the))?;
        let mut taken = 2 + the;
        // `dec 3 pm` says no day.
        if !ordinal && NO_DAY.contains(&word(taken)) {
            return None;
        }
        taken += usize::from(is_year(word(taken), today));
        return Some((next(today, month, day)?, taken));
    }
    let on = usize::from(matches!(word(0), "on" | "by"));
    let the = usize::from(matches!(word(on), "the" | "el"));
    let led = on + the;
    // `the third of december`
    if let Some((day, said)) = said_day(words.get(led..)?)
        && matches!(word(led + said), "of")
        && let Some(month) = month(word(led + said + 1))
    {
        return Some((next(today, month, day)?, led + said + 2));
    }
    let (day, ordinal) = day_number(word(led))?;
    let of = usize::from(matches!(word(led + 1), "of" | "de"));
    if let Some(month) = month(word(led + 1 + of)) {
        // `3 may be` and the like: only with a day that is said as one, or a whole name.
        let sure = ordinal || of > 0 || word(led + 1 + of).len() > 3;
        let taken = led + 2 + of;
        let year = usize::from(is_year(word(taken), today));
        return next(today, month, day).filter(|_| sure).map(|day| (day, taken + year));
    }
    let led_in = on > 0 || before.is_some_and(|before| BEFORE_DAY.contains(&before));
    if !ordinal || !led_in || word(on) == "el" || NO_DAY.contains(&word(led + 1)) {
        return None;
    }
    // The next day of that number.
    let this = (0..3).find_map(|ahead| {
        let month = today.with_day(1)?.checked_add_months(Months::new(ahead))?;
        month.with_day(day).filter(|day| *day >= today)
    });
    Some((this?, led + 1))
}

fn is_year(word: &str, today: NaiveDate) -> bool {
    let year = word.parse::<i32>().ok().filter(|_| word.len() == 4);
    year.is_some_and(|year| (today.year()..today.year() + 2).contains(&year))
}

/// The next such day of the year.
fn next(today: NaiveDate, month: u32, day: u32) -> Option<NaiveDate> {
    let of = |year: i32| NaiveDate::from_ymd_opt(year, month, day);
    of(today.year())
        .filter(|date| *date >= today)
        .or_else(|| of(today.year() + 1))
}

/// `a week from`, `2 weeks from`: so many days ahead of the day behind it, and how many words that took.
pub(super) fn weeks_from(words: &[String]) -> Option<(Days, usize)> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let weeks = match word(0) {
        "a" | "one" | "1" => 1,
        "two" | "2" => 2,
        "three" | "3" => 3,
        "four" | "4" => 4,
        _ => return None,
    };
    let from = matches!(word(1), "week" | "weeks") && matches!(word(2), "from" | "after");
    from.then_some((Days::new(7 * weeks), 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocab::names::tokens;

    #[test]
    fn days_are_read_as_they_are_written() {
        let today = NaiveDate::from_ymd_opt(2026, 11, 22).expect("a day");
        let told = |text: &str| {
            let mut all = tokens(text);
            join(&mut all, text);
            let words: Vec<String> = all.into_iter().map(|token| token.word).collect();
            date(&words, None, today).map(|(day, taken)| format!("{day} {taken}"))
        };
        for (text, expected) in [
            ("dec 3rd 2pm", Some("2026-12-03 2")),
            ("dec 4 3pm", Some("2026-12-04 2")),
            ("december 15, 2026", Some("2026-12-15 3")),
            ("jan 2", Some("2027-01-02 2")),
            ("12/15 2pm", Some("2026-12-15 1")),
            ("12/15/2026", Some("2026-12-15 1")),
            ("on the 25th", Some("2026-11-25 3")),
            ("on the 15th", Some("2026-12-15 3")),
            ("15 de diciembre", Some("2026-12-15 3")),
            ("el 15 de diciembre", Some("2026-12-15 4")),
            ("15th of december", Some("2026-12-15 3")),
            ("12-15-2026", Some("2026-12-15 1")),
            ("2026-12-15", Some("2026-12-15 1")),
            ("12-15-1970", None),
            ("december third", Some("2026-12-03 2")),
            ("dec the twenty first", Some("2026-12-21 4")),
            ("the third of december", Some("2026-12-03 4")),
            ("third floor", None),
            ("24/7", None),
            ("dec 3 pm", None),
            ("may be", None),
            ("the 5th floor", None),
            ("on the 5th floor", None),
            ("15", None),
            ("2 may help", None),
        ] {
            assert_eq!(told(text).as_deref(), expected, "{text}");
        }
    }
}
