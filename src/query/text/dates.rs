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

/// `3`, `3rd`: a day of a month, and whether it is said as such.
fn day_number(word: &str) -> Option<(u32, bool)> {
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &word[digits.len()..];
    let ordinal = matches!(suffix, "st" | "nd" | "rd" | "th");
    let number: u32 = digits.parse().ok()?;
    ((1..=31).contains(&number) && digits.len() < 3 && (ordinal || suffix.is_empty())).then_some((number, ordinal))
}

/// Joins `12/15` to one word, which no other reads.
pub(super) fn join(tokens: &mut Vec<Token>, text: &str) {
    if !text.contains('/') {
        return;
    }
    let characters: Vec<char> = text.chars().collect();
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

/// The day that words begin with, and how many of them; `before`: the word before them.
pub(super) fn date(words: &[String], before: Option<&str>, today: NaiveDate) -> Option<(NaiveDate, usize)> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    if let Some((month, day)) = word(0).split_once('/') {
        return Some((next(today, month.parse().ok()?, day.parse().ok()?)?, 1));
    }
    if let Some(month) = month(word(0)) {
        let the = usize::from(word(1) == "the");
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
