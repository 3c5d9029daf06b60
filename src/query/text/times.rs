//! When: days, hours, `open now`, `tomorrow morning`, `at 7 pm tonight`, `before friday`.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta};

use super::Reader;
use crate::query::request::OpenAt;

/// Names of the days, from Monday on.
pub(super) const DAYS: &[&[&str]] = &[
    &["monday", "mondays", "mon", "lunes"],
    &["tuesday", "tuesdays", "tue", "tues", "martes"],
    &["wednesday", "wednesdays", "wed", "miercoles"],
    &["thursday", "thursdays", "thu", "thurs", "jueves"],
    &["friday", "fridays", "fri", "viernes"],
    &[
        "saturday",
        "saturdays",
        "sat",
        "weekend",
        "weekends",
        "sabado",
        "sabados",
    ],
    &["sunday", "sundays", "sun", "domingo", "domingos"],
];

/// Spans of time that are no day.
const VAGUE: &[&[&str]] = &[
    &["this", "week"],
    &["next", "week"],
    &["this", "month"],
    &["next", "month"],
    &["next", "year"],
    &["in", "march"],
    &["in", "april"],
    &["in", "may"],
    &["in", "june"],
    &["in", "july"],
    &["in", "august"],
    &["esta", "semana"],
    &["proxima", "semana"],
];

/// Such a span at the beginning of the words, and how many words it takes.
pub(super) fn vague(words: &[String]) -> Option<usize> {
    let said = VAGUE.iter().filter(|phrase| super::starts_with(words, phrase));
    said.map(|phrase| phrase.len()).max()
}

impl Reader<'_, '_> {
    /// `open now`, `open on saturday morning`, `open sunday at 3 pm`, `saturday hours`, `after 5 pm`, `evenings`.
    pub(super) fn opening(&self, rest: &[String]) -> Option<(OpenAt, usize)> {
        let mut at = 0;
        let word = |at: usize| rest.get(at).map(String::as_str);
        let opens = matches!(
            rest[0].as_str(),
            "open" | "opened" | "opens" | "abierto" | "abierta" | "abiertos" | "abiertas" | "available"
        ) || (rest[0] == "free" && Self::is_when(&rest[1..]));
        at += usize::from(opens);
        if let Some(taken) = around_the_clock(&rest[at..]) {
            // Whoever is open at three in the night is open always.
            let night = self.today() + Days::new(1);
            return Some((OpenAt::Local(night.and_time(at_hour(3))), at + taken));
        }
        while opens
            && word(at)
                .is_some_and(|word| matches!(word, "on" | "this" | "next" | "every" | "the" | "el" | "los" | "late"))
        {
            let late = word(at) == Some("late");
            at += 1;
            if late && word(at).is_none_or(|word| !matches!(word, "night" | "nights" | "tonight")) {
                return Some((OpenAt::Local(self.today().and_time(at_hour(21))), at));
            }
        }
        let today = matches!(word(at), Some("today" | "hoy"));
        if today && let (time, taken @ 1..) = time_of_day(&rest[at + 1..]) {
            return Some((OpenAt::Local(self.today().and_time(time)), at + 1 + taken));
        }
        if today || (opens && matches!(word(at), Some("now" | "ahora" | "right"))) {
            let right = usize::from(word(at) == Some("right") && word(at + 1) == Some("now"));
            let hours = usize::from(word(at + 1) == Some("hours"));
            return Some((OpenAt::Now, at + 1 + right + hours));
        }
        // `por la manana` is the morning.
        let article = self
            .words
            .len()
            .checked_sub(rest.len() + 1)
            .map(|before| self.words[before].as_str());
        let tomorrow =
            word(at) == Some("tomorrow") || (word(at) == Some("manana") && (at > 0 || article != Some("la")));
        let day = word(at).and_then(|word| DAYS.iter().position(|names| names.contains(&word)));
        let date = match day {
            _ if tomorrow => self.today() + Days::new(1),
            Some(day) => self.next(day as u64),
            // `a therapist tonight` is in a hurry; only `open tonight` speaks of the door.
            None if !opens && word(at) == Some("tonight") => return None,
            None => {
                let (open, taken) = self.time_alone(&rest[at..])?;
                return Some(self.on_day(open, rest, at + taken));
            }
        };
        // Short names of days are names of people and words: only behind `open`.
        let behind = word(at + 1).is_some_and(|word| {
            matches!(
                word,
                "morning" | "mornings" | "afternoon" | "afternoons" | "evening" | "evenings"
            )
        });
        if !opens && !behind && word(at).is_none_or(|word| word.len() < 6) {
            return None;
        }
        at += 1;
        let (time, taken) = time_of_day(&rest[at..]);
        at += taken;
        at += usize::from(word(at).is_some_and(|word| matches!(word, "hours" | "appointments" | "appointment")));
        Some((OpenAt::Local(date.and_time(time)), at))
    }

    /// `7 pm tonight`, `at 9 am on monday`: a day behind a time that stood alone.
    fn on_day(&self, open: OpenAt, rest: &[String], taken: usize) -> (OpenAt, usize) {
        let skipped = rest[taken..]
            .iter()
            .take_while(|word| matches!(word.as_str(), "on" | "this" | "next"));
        let at = taken + skipped.count();
        match (open, rest.get(at).and_then(|word| self.day(word))) {
            (OpenAt::Local(time), Some(day)) => (OpenAt::Local(day.and_time(time.time())), at + 1),
            _ => (open, taken),
        }
    }

    /// The day of a word. Short names of days are names of people and words.
    fn day(&self, word: &str) -> Option<NaiveDate> {
        match word {
            "today" | "tonight" | "hoy" => Some(self.today()),
            "tomorrow" | "manana" => Some(self.today() + Days::new(1)),
            _ if word.len() < 6 => None,
            _ => DAYS
                .iter()
                .position(|names| names.contains(&word))
                .map(|day| self.next(day as u64)),
        }
    }

    /// `available before friday`, `appointment by tomorrow`: the day before which there must be a free slot.
    pub(super) fn before_day(&self, rest: &[String]) -> Option<(NaiveDate, usize)> {
        let cue = |word: &&String| {
            matches!(
                word.as_str(),
                "available" | "availability" | "free" | "appointment" | "appointments" | "slot" | "slots" | "seen"
            )
        };
        let at = rest.iter().take_while(cue).count();
        let on = match rest.get(at)?.as_str() {
            "before" => 0,
            "by" => 1,
            _ => return None,
        };
        let skipped = rest[at + 1..]
            .iter()
            .take_while(|word| matches!(word.as_str(), "this" | "next" | "the"));
        let at = at + 1 + skipped.count();
        let day = self.day(rest.get(at)?)?;
        // On a Monday, before Monday is before the next one.
        let day = if day == self.today() && on == 0 {
            day + Days::new(7)
        } else {
            day
        };
        Some((day + Days::new(on), at + 1))
    }

    /// Whether words begin with a day: `free tomorrow`, but not `free clinic`.
    fn is_when(words: &[String]) -> bool {
        let skipped = words
            .iter()
            .take_while(|word| matches!(word.as_str(), "on" | "this" | "next"));
        words.get(skipped.count()).is_some_and(|word| {
            let word = word.as_str();
            matches!(word, "now" | "today" | "tomorrow") || DAYS.iter().any(|names| names.contains(&word))
        })
    }

    /// A time of the day without a day: tonight it is today, else the next day from Monday to Friday.
    fn time_alone(&self, words: &[String]) -> Option<(OpenAt, usize)> {
        let word = |at: usize| words.get(at).map(String::as_str);
        let workday = || {
            let ahead = match self.today().weekday().num_days_from_monday() {
                5 => 2,
                6 => 1,
                _ => 0,
            };
            self.today() + Days::new(ahead)
        };
        let (date, hour, taken) = match (word(0)?, word(1)) {
            ("tonight", Some("at" | "after" | "until" | "till")) if time_of_day(&words[1..]).1 > 1 => {
                let (time, taken) = time_of_day(&words[1..]);
                (self.today(), time, taken + 1)
            }
            ("tonight", _) => (self.today(), at_hour(20), 1),
            ("this", Some("morning" | "afternoon" | "evening")) => (self.today(), time_of_day(&words[1..]).0, 2),
            ("late", Some("night" | "nights")) | ("night" | "late", Some("hours")) => (workday(), at_hour(21), 2),
            // `legs swell at night`, `night guard`: of a door only beside who may have one.
            ("night" | "nights", _) if self.opens_at_night(&words[1..]) => (workday(), at_hour(20), 1),
            ("early", Some("morning" | "mornings" | "hours")) => (workday(), at_hour(7), 2),
            ("evening" | "evenings", next) => (
                workday(),
                at_hour(18),
                1 + usize::from(matches!(next, Some("hours" | "appointments"))),
            ),
            ("after", Some("work")) => (workday(), at_hour(18), 2),
            ("after", Some("hours")) => (workday(), at_hour(20), 2),
            ("after" | "at" | "before" | "past" | "until" | "till" | "til", _) => {
                let (time, taken) = time_of_day(words);
                let said = word(taken.checked_sub(1)?)?;
                let half = said.ends_with("am") || said.ends_with("pm");
                // `at 1200 main street`, `after 3 months`: only what is clearly a time.
                let clear = half || (word(0) != Some("at") && taken == words.len());
                (taken > 1 && clear).then_some((workday(), time, taken))?
            }
            // `7pm tonight`
            _ => {
                let (time, taken) = time_of_day(words);
                let half = word(taken.checked_sub(1)?)?;
                (half.ends_with("am") || half.ends_with("pm")).then_some((workday(), time, taken))?
            }
        };
        Some((OpenAt::Local(date.and_time(hour)), taken))
    }

    /// Whether a kind of provider that is asked for stands before or behind these words, and no mere complaint.
    fn opens_at_night(&self, behind: &[String]) -> bool {
        let phrase = self.snapshot.lexicon.specialties.longest_prefix(behind);
        let title = |taken: usize| {
            !self
                .snapshot
                .lexicon
                .specialties
                .is_condition(&behind[..taken].join(" "))
        };
        self.anybody
            || self.specialties.iter().any(|(_, condition)| !condition)
            || phrase.is_some_and(|(_, taken)| title(taken))
    }

    /// The day in the middle of the country; where an hour matters, it is that of each location.
    fn today(&self) -> NaiveDate {
        self.now.with_timezone(&chrono_tz::America::Chicago).date_naive()
    }

    /// The next such day, counted from Monday as 0; today, if it is one.
    fn next(&self, weekday: u64) -> NaiveDate {
        let today = u64::from(self.today().weekday().num_days_from_monday());
        self.today() + Days::new((7 + weekday - today) % 7)
    }
}

fn at_hour(hour: u32) -> NaiveTime {
    NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or_default()
}

/// `24 hours`, `24/7`, `24hr`: how many words it took.
fn around_the_clock(words: &[String]) -> Option<usize> {
    let word = |at: usize| words.get(at).map(String::as_str);
    match (word(0)?, word(1)) {
        ("24", Some("hours" | "hour" | "hr" | "hrs" | "7" | "horas")) => Some(2),
        ("24hr" | "24hrs" | "24h" | "247", _) => Some(1),
        ("all", Some("night")) | ("around", Some("clock")) => Some(2),
        ("around", Some("the")) if word(2) == Some("clock") => Some(3),
        _ => None,
    }
}

/// `morning`, `at 5 pm`, `after 17`: the time, and how many words it took. Ten o'clock where nothing is said.
fn time_of_day(words: &[String]) -> (NaiveTime, usize) {
    let at = at_hour;
    let word = |n: usize| words.get(n).map(String::as_str);
    match word(0) {
        Some("morning" | "mornings") => return (at(10), 1),
        Some("afternoon" | "afternoons") => return (at(14), 1),
        Some("evening" | "evenings" | "night" | "nights" | "tonight") => return (at(18), 1),
        _ => {}
    }
    let until = matches!(word(0), Some("until" | "till" | "til"));
    let lead = usize::from(until || matches!(word(0), Some("at" | "after" | "around" | "before" | "past")));
    let Some(said) = word(lead) else { return (at(10), 0) };
    if said == "noon" {
        return (at(12), lead + 1);
    }
    let digits = said.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let suffix = &said[digits.len()..];
    let Ok(hour) = digits.parse::<u32>() else {
        return (at(10), 0);
    };
    let (half, taken) = match (suffix, word(lead + 1)) {
        ("", Some(half @ ("am" | "pm"))) => (half, lead + 2),
        (half, _) => (half, lead + 1),
    };
    let hour = match half {
        "pm" if hour < 12 => hour + 12,
        "am" if hour == 12 => 0,
        // `open till 8` speaks of the evening.
        "" if lead > 0 && (hour < 8 || (until && hour < 12)) => hour + 12,
        "am" | "pm" | "" => hour,
        _ => return (at(10), 0),
    };
    if (half.is_empty() && lead == 0) || hour > 23 {
        return (at(10), 0);
    }
    let time = at(hour);
    // Who is open until nine is closed at nine.
    let last = || time - TimeDelta::minutes(1);
    (if until { last() } else { time }, taken)
}
