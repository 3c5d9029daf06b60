//! Hours of the day as people say them: `at 5 pm`, `after 17`, `before 9`, `until 5:30`, `between 2 and 4`, `morning`.
//!
//! A stretch of time becomes a moment within it, as a search asks who is open at one.

use chrono::{NaiveTime, TimeDelta};

/// What a number counts that is no hour: `after 3 months`, `from 10 to 15 miles`.
const COUNTED: &[&str] = &[
    "ano", "anos", "block", "blocks", "child", "children", "cuadras", "day", "days", "dias", "dollar", "dollars",
    "kid", "kids", "km", "meses", "mi", "mile", "miles", "min", "mins", "minute", "minutes", "minutos", "month",
    "months", "old", "patients", "people", "semanas", "star", "stars", "times", "week", "weeks", "year", "years", "yo",
    "yr", "yrs",
];
/// Words before a part of the day: `in the morning`.
const INTO_PART: &[&[&str]] = &[
    &["in", "the"],
    &["during", "the"],
    &["in"],
    &["early", "in", "the"],
    &["late", "in", "the"],
    &["por", "la"],
    &["en", "la"],
    &["de", "la"],
];

/// A full hour.
pub(super) fn at_hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default()
}

/// What a text says of the time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Said {
    pub(super) time: NaiveTime,
    /// Words that say it.
    pub(super) taken: usize,
    /// Whether it can hardly be anything else: with `am` or `pm`, `noon`, a part of the day, from one hour to another.
    pub(super) clear: bool,
    /// Whether its minutes are said.
    pub(super) exact: bool,
}

/// A time as it stands on a clock.
struct Clock {
    hour: u32,
    minute: u32,
    /// `am` or `pm`, where it is said.
    half: Option<Half>,
    taken: usize,
    /// `7 o'clock`.
    spoken: bool,
    /// Whether its minutes are said.
    exact: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Half {
    Am,
    Pm,
}

impl Half {
    fn of(word: &str) -> Option<Self> {
        match word {
            "am" => Some(Self::Am),
            "pm" => Some(Self::Pm),
            _ => None,
        }
    }

    /// `in the morning`, `at night` behind an hour, and how many words it took.
    fn behind(words: &[String]) -> Option<(Self, usize)> {
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        match (word(0), word(1), word(2)) {
            ("in", "the", "morning") => Some((Self::Am, 3)),
            ("in", "the", "afternoon" | "evening") => Some((Self::Pm, 3)),
            ("at", "night", _) => Some((Self::Pm, 2)),
            _ => None,
        }
    }
}

/// Hours as they are said.
const HOURS: &[&str] = &[
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
];

/// `thirty`, `forty five`: minutes as they are said, and how many words they take.
fn said_minutes(words: &[String]) -> Option<(u32, usize)> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    match (word(0), word(1)) {
        ("fifteen", _) => Some((15, 1)),
        ("thirty", _) => Some((30, 1)),
        ("forty", "five") => Some((45, 2)),
        _ => None,
    }
}

impl Clock {
    /// `5`, `5pm`, `5:30 pm`, `noon`.
    fn read(words: &[String]) -> Option<Self> {
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        if let ("half" | "quarter", side @ ("past" | "to" | "after")) = (word(0), word(1)) {
            let clock = Self::read(words.get(2..)?).filter(|clock| clock.minute == 0)?;
            let quarter = word(0) == "quarter";
            let (hour, minute) = match (side, quarter) {
                ("to", false) => return None,
                ("to", true) => (clock.hour.checked_sub(1).filter(|hour| *hour > 0).unwrap_or(12), 45),
                (_, true) => (clock.hour, 15),
                (_, false) => (clock.hour, 30),
            };
            return Some(Self {
                hour,
                minute,
                taken: clock.taken + 2,
                exact: true,
                ..clock
            });
        }
        if matches!(word(0), "midnight" | "medianoche") {
            return Some(Self {
                hour: 12,
                minute: 0,
                half: Some(Half::Am),
                taken: 1,
                spoken: true,
                exact: false,
            });
        }
        if matches!(word(0), "noon" | "midday" | "mediodia") {
            return Some(Self {
                hour: 12,
                minute: 0,
                half: Some(Half::Pm),
                taken: 1,
                spoken: true,
                exact: false,
            });
        }
        let (hour, suffix) = number(word(0))?;
        let mut clock = Self {
            hour,
            minute: 0,
            half: Half::of(suffix),
            taken: 1,
            // `around 5ish`
            spoken: suffix == "ish",
            exact: false,
        };
        if suffix.is_empty() {
            let behind = || Half::of(word(2));
            if let Some((minute, minutes)) = said_minutes(words.get(1..).unwrap_or_default()) {
                clock.minute = minute;
                clock.half = Half::of(word(1 + minutes));
                clock.taken = 1 + minutes + usize::from(clock.half.is_some());
                clock.exact = true;
            } else if let Some((minute, suffix)) = number(word(1)).filter(|(_, half)| word(1).len() == half.len() + 2)
                && let half = Half::of(suffix).or_else(|| suffix.is_empty().then(behind)?)
                && (half.is_some() || (suffix.is_empty() && matches!(minute, 0 | 15 | 30 | 45)))
                && minute < 60
            {
                clock.minute = minute;
                clock.half = half;
                clock.taken = if suffix.is_empty() && half.is_some() { 3 } else { 2 };
                clock.exact = true;
            } else if let Some(half) = Half::of(word(1)) {
                clock.half = Some(half);
                clock.taken = 2;
            }
            clock.spoken = word(clock.taken) == "oclock";
            clock.taken += usize::from(clock.spoken);
            // `at seven in the evening`
            if clock.half.is_none()
                && let Some((half, said)) = Half::behind(words.get(clock.taken..).unwrap_or_default())
            {
                clock.half = Some(half);
                clock.taken += said;
            }
            // `las 4 de la tarde`
            if clock.half.is_none() && word(clock.taken) == "de" && word(clock.taken + 1) == "la" {
                clock.half = match word(clock.taken + 2) {
                    "manana" => Some(Half::Am),
                    "tarde" | "noche" => Some(Half::Pm),
                    _ => None,
                };
                clock.taken += if clock.half.is_some() { 3 } else { 0 };
            }
        } else if clock.half.is_none() && !clock.spoken {
            return None;
        }
        let most = if clock.half.is_some() { 12 } else { 23 };
        (clock.hour <= most).then_some(clock)
    }

    /// As minutes of a day; where no half is said, in that in which a doctor is open, of which the earliest hour is told.
    fn minutes(&self, earliest: u32) -> u32 {
        let hour = match self.half {
            Some(Half::Am) => self.hour % 12,
            Some(Half::Pm) => self.hour % 12 + 12,
            None if self.hour < earliest => self.hour + 12,
            None => self.hour,
        };
        60 * hour + self.minute
    }
}

/// Digits with letters behind them: one or two digits. Or an hour as it is said.
fn number(word: &str) -> Option<(u32, &str)> {
    if let Some(hour) = HOURS
        .iter()
        .zip(1..)
        .find_map(|(said, hour)| (*said == word).then_some(hour))
    {
        return Some((hour, ""));
    }
    let digits = word.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let short = (1..=2).contains(&digits.len());
    Some((digits.parse().ok().filter(|_| short)?, &word[digits.len()..]))
}

fn at_minutes(minutes: u32) -> Option<NaiveTime> {
    NaiveTime::from_hms_opt(minutes / 60, minutes % 60, 0)
}

/// Whether what stands behind a number says that it is no hour.
fn is_counted(behind: Option<&String>) -> bool {
    behind.is_some_and(|word| COUNTED.contains(&word.as_str()))
}

/// Such a time at the beginning of the words.
pub(super) fn time_of_day(words: &[String]) -> Option<Said> {
    part_of_day(words).or_else(|| stretch(words)).or_else(|| moment(words))
}

/// `morning`, `in the afternoon`, `lunch time`.
pub(super) fn part_of_day(words: &[String]) -> Option<Said> {
    let leads = INTO_PART.iter().filter(|lead| super::starts_with(words, lead));
    let lead = leads.map(|lead| lead.len()).max().unwrap_or(0);
    let word = |at: usize| words.get(lead + at).map_or("", String::as_str);
    let (hour, taken) = match word(0) {
        "manana" | "mananas" if lead > 0 => (10, 1),
        "tarde" | "tardes" if lead > 0 => (14, 1),
        "noche" | "noches" if lead > 0 => (19, 1),
        "morning" | "mornings" => (10, 1),
        "afternoon" | "afternoons" => (14, 1),
        "evening" | "evenings" => (18, 1),
        "night" | "nights" | "tonight" if lead == 0 => (18, 1),
        "lunchtime" => (12, 1),
        "lunch" if matches!(word(1), "time" | "hour" | "break") => (12, 2),
        _ => return None,
    };
    Some(Said {
        time: at_hour(hour),
        taken: lead + taken,
        clear: true,
        exact: false,
    })
}

/// `between 2 and 4`, `from 9 to 5`, `2-4pm`: the middle of it.
fn stretch(words: &[String]) -> Option<Said> {
    let word = |at: usize| words.get(at).map_or("", String::as_str);
    let led = matches!(word(0), "between" | "from" | "entre");
    let mut at = usize::from(led);
    let first = Clock::read(words.get(at..)?)?;
    at += first.taken;
    let joined = matches!(
        word(at),
        "and" | "to" | "until" | "till" | "til" | "through" | "thru" | "y" | "a"
    );
    at += usize::from(joined);
    let last = Clock::read(words.get(at..)?)?;
    at += last.taken;
    // `2 4 pm` is a stretch only with a hyphen, which no word tells: with a half of the day it is.
    // `dec 14 10 15am` is a day and an hour.
    let sure = (led && joined) || (last.half.is_some() && (joined || first.hour <= 12));
    if !sure || is_counted(words.get(at)) {
        return None;
    }
    let earliest = 8;
    let end = last.minutes(earliest);
    let begin = match first.half {
        Some(_) => first.minutes(earliest),
        None if last.half == Some(Half::Pm) && first.hour < 12 && 60 * (first.hour + 12) + first.minute < end => {
            60 * (first.hour + 12) + first.minute
        }
        None if last.half.is_some() => 60 * first.hour + first.minute,
        None => first.minutes(earliest),
    };
    let end = if end <= begin { end + 12 * 60 } else { end };
    Some(Said {
        time: at_minutes(((begin + end) / 2).min(23 * 60 + 59))?,
        taken: at,
        clear: true,
        exact: false,
    })
}

/// What stands before an hour, and which side of it is meant; the longer ones first.
const LEADS: &[(&[&str], Lead)] = &[
    (&["no", "later", "than"], Lead::Before),
    (&["not", "later", "than"], Lead::Before),
    (&["no", "earlier", "than"], Lead::From),
    (&["not", "earlier", "than"], Lead::From),
    (&["not", "before"], Lead::From),
    (&["not", "until"], Lead::From),
    (&["not", "after"], Lead::Before),
    (&["earlier", "than"], Lead::Before),
    (&["later", "than"], Lead::From),
    (&["a", "partir", "de", "las"], Lead::From),
    (&["despues", "de", "las"], Lead::From),
    (&["despues", "de", "la"], Lead::From),
    (&["antes", "de", "las"], Lead::Before),
    (&["a", "las"], Lead::From),
    (&["a", "la"], Lead::From),
    (&["until"], Lead::Until),
    (&["till"], Lead::Until),
    (&["til"], Lead::Until),
    (&["before"], Lead::Before),
    (&["by"], Lead::Before),
    (&["at"], Lead::From),
    (&["after"], Lead::From),
    (&["around"], Lead::From),
    (&["past"], Lead::From),
];

/// Which side of an hour is meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Lead {
    /// From then on.
    From,
    Before,
    /// Before it, in the evening.
    Until,
}

/// Whether words begin with a negation that is a bound: `not before noon`.
pub(super) fn is_denied_bound(words: &[String]) -> bool {
    let denied = |lead: &[&str]| lead.len() > 1 && matches!(lead[0], "no" | "not");
    let lead = LEADS
        .iter()
        .find(|(lead, _)| denied(lead) && super::starts_with(words, lead));
    lead.is_some() && moment(words).is_some()
}

/// `at 5 pm`, `after 17`, `before 9`, `not before noon`, `5pm`.
pub(super) fn moment(words: &[String]) -> Option<Said> {
    let found = LEADS.iter().find(|(lead, _)| super::starts_with(words, lead));
    let lead = found.map(|(_, lead)| *lead);
    let led = found.map_or(0, |(lead, _)| lead.len());
    let clock = Clock::read(words.get(led..)?)?;
    let taken = led + clock.taken;
    // `half past 4` says by itself that it is an hour.
    let spoken = matches!(words[led].as_str(), "half" | "quarter");
    let lead = lead.or_else(|| spoken.then_some(Lead::From));
    if (clock.half.is_none() && lead.is_none()) || is_counted(words.get(taken)) {
        return None;
    }
    // `open till 8` speaks of the evening, `before 8` of the morning.
    let earliest = match lead {
        Some(Lead::Until) => 12,
        Some(Lead::Before) => 6,
        _ => 8,
    };
    let minutes = clock.minutes(earliest);
    let mut time = at_minutes(minutes)?;
    // Who is open until nine is closed at nine; and who opens at nine is not open before.
    if matches!(lead, Some(Lead::Until | Lead::Before)) {
        time -= TimeDelta::minutes(1);
    }
    Some(Said {
        time,
        taken,
        clear: clock.half.is_some() || spoken || clock.spoken,
        exact: clock.exact,
    })
}

/// `thurs 6`, `wed pm`: the hour right behind a day, without a word that leads to it.
pub(super) fn hour_behind_day(words: &[String]) -> Option<Said> {
    let said = |hour, taken| Said {
        time: at_hour(hour),
        taken,
        clear: false,
        exact: false,
    };
    match words.first()?.as_str() {
        "am" => return Some(said(10, 1)),
        "pm" => return Some(said(14, 1)),
        _ => {}
    }
    let clock = Clock::read(words).filter(|clock| clock.hour > 0 && clock.hour < 20)?;
    (!is_counted(words.get(clock.taken))).then_some(Said {
        time: at_minutes(clock.minutes(8))?,
        taken: clock.taken,
        clear: clock.half.is_some(),
        exact: clock.exact,
    })
}

/// `24 hours`, `24/7`, `24hr`: how many words it took.
pub(super) fn around_the_clock(words: &[String]) -> Option<usize> {
    let word = |at: usize| words.get(at).map(String::as_str);
    match (word(0)?, word(1)) {
        ("24", Some("hours" | "hour" | "hr" | "hrs" | "7" | "horas")) => Some(2),
        ("24hr" | "24hrs" | "24h" | "247", _) => Some(1),
        ("all", Some("night")) | ("around", Some("clock")) => Some(2),
        ("around", Some("the")) if word(2) == Some("clock") => Some(3),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_are_read_as_they_are_said() {
        let told = |text: &str| {
            let words: Vec<String> = text.split(' ').map(str::to_owned).collect();
            time_of_day(&words).map(|said| format!("{} {}", said.time.format("%H:%M"), said.taken))
        };
        for (text, expected) in [
            ("at 5 pm", Some("17:00 3")),
            ("at 5pm tuesday", Some("17:00 2")),
            ("after 5", Some("17:00 2")),
            ("before 9", Some("08:59 2")),
            ("before 7 am", Some("06:59 3")),
            ("before 5", Some("16:59 2")),
            ("until 5 30 pm", Some("17:29 4")),
            ("till 8", Some("19:59 2")),
            ("not before noon", Some("12:00 3")),
            ("no later than 5 pm", Some("16:59 5")),
            ("no later than friday", None),
            ("between 2 and 4", Some("15:00 4")),
            ("between 9 and 5", Some("13:00 4")),
            ("from 8 to 10 am", Some("09:00 5")),
            ("2 4pm", Some("15:00 2")),
            ("9am to 5pm", Some("13:00 3")),
            ("10 30am", Some("10:30 2")),
            ("14 10 15am", None),
            ("at noon", Some("12:00 2")),
            ("in the morning", Some("10:00 3")),
            ("por la tarde", Some("14:00 3")),
            ("12 am", Some("00:00 2")),
            ("at midnight", Some("00:00 2")),
            ("half past 4", Some("16:30 3")),
            ("half past four", Some("16:30 3")),
            ("quarter to five", Some("16:45 3")),
            ("at four thirty pm", Some("16:30 4")),
            ("after six pm", Some("18:00 3")),
            ("at six forty five", Some("18:45 4")),
            ("at seven in the evening", Some("19:00 5")),
            ("at eight in the morning", Some("08:00 5")),
            ("9 at night", Some("21:00 3")),
            ("at seven oclock", Some("19:00 3")),
            ("around 5ish", Some("17:00 2")),
            ("between two and four", Some("15:00 4")),
            ("after two weeks", None),
            ("one", None),
            ("at quarter to 5 pm", Some("16:45 5")),
            ("a las 4", Some("16:00 3")),
            ("a las 9 de la manana", Some("09:00 6")),
            ("despues de las 5", Some("17:00 4")),
            // What is counted is no hour.
            ("after 3 months", None),
            ("from 10 to 15 miles", None),
            ("between 5th and 6th", None),
            ("5", None),
            ("at 1200 main", None),
            ("after 25", None),
        ] {
            assert_eq!(told(text).as_deref(), expected, "{text}");
        }
    }
}
