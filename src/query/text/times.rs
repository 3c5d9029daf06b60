//! When: days, hours, `open now`, `tomorrow morning`, `at 7 pm tonight`, `before friday`. What is said in pieces is put
//! together: `saturday`, and elsewhere in the text `after 3 pm`.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Timelike};

use super::clocks::{Said, around_the_clock, at_hour, hour_behind_day, moment, part_of_day};
use super::days::refused_behind;
use super::{Before, Reader};
use super::{clocks, dates, places};
use crate::query::{request::OpenAt, spelling};
use crate::vocab::lexicon::TimeSaid;

/// Names of the days, from Monday on.
pub(super) const DAYS: &[&[&str]] = &[
    &["monday", "mondays", "mon", "lunes"],
    &["tuesday", "tuesdays", "tue", "tues", "martes"],
    &["wednesday", "wednesdays", "wed", "weds", "miercoles"],
    &["thursday", "thursdays", "thu", "thur", "thurs", "jueves"],
    &["friday", "fridays", "fri", "viernes"],
    &[
        "saturday",
        "saturdays",
        "sat",
        "weekend",
        "weekends",
        "sabado",
        "sabados",
        "finde",
    ],
    &["sunday", "sundays", "sun", "domingo", "domingos"],
];
/// Shorter names of days are names of people and words, too.
const SURE_DAY: usize = 6;
/// Shorter ones that are neither.
const SURE_SHORT: &[&str] = &["thur", "thurs", "tues", "weds"];
/// An hour of the day before this one is of the night.
const NIGHT_ENDS: u32 = 5;
/// By this hour most have opened.
const OPENS: u32 = 10;
/// How people write tomorrow.
const TOMORROW: &[&str] = &[
    "2morrow",
    "tmrw",
    "tmr",
    "tmw",
    "tomorow",
    "tomorrow",
    "tommorow",
    "tommorrow",
];

/// Spans of time that are no day.
const VAGUE: &[&[&str]] = &[
    &["this", "week"],
    &["next", "week"],
    &["this", "month"],
    &["next", "month"],
    &["next", "year"],
    &["esta", "semana"],
    &["proxima", "semana"],
];

/// Such a span at the beginning of the words, and how many words it takes.
pub(super) fn vague(words: &[String]) -> Option<usize> {
    // `in january`, but not `in march 3rd`.
    let month =
        matches!(words, [lead, month, ..] if matches!(lead.as_str(), "in" | "during" | "en") && dates::is_month(month));
    let said = VAGUE.iter().filter(|phrase| super::starts_with(words, phrase));
    let said = said.map(|phrase| phrase.len()).max();
    said.or_else(|| month.then_some(2))
}

/// `since monday`, `since last friday`: when something began, and how many words tell it.
pub(super) fn since(words: &[String]) -> Option<usize> {
    let last = usize::from(words.get(1).is_some_and(|word| word == "last"));
    let day = words.get(1 + last)?.as_str();
    let told = matches!(day, "yesterday" | "today" | "ayer" | "night" | "week" | "month") || is_day(day);
    (matches!(words[0].as_str(), "since" | "desde") && told).then_some(2 + last)
}

/// What a phrase says of when somebody should be open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct When {
    day: Option<NaiveDate>,
    time: Option<NaiveTime>,
    /// `now`, `today`.
    now: bool,
    /// Whether the time is that of a part of the day, which an hour makes more exact.
    part: bool,
}

impl When {
    /// Both together, where neither says otherwise than the other.
    fn and(self, other: Self) -> Option<Self> {
        let differ = |a: Option<u32>, b: Option<u32>| a.zip(b).is_some_and(|(a, b)| a != b);
        let day = |when: Self| when.day.map(|day| day.num_days_from_ce().unsigned_abs());
        let time = |when: Self| when.time.map(|time| time.num_seconds_from_midnight());
        // `open now` is no other day and no other hour; `today` may have one.
        let moment = |when: Self| when.now && when.day.is_none();
        let apart = self.now != other.now && (moment(self) || moment(other));
        // `monday evening`, and `at 7`.
        let refined = match (self.part, other.part) {
            (true, false) => self.time.zip(other.time).map(|(part, hour)| within(part, hour)),
            (false, true) => self.time.zip(other.time).map(|(hour, part)| within(part, hour)),
            _ => None,
        };
        if apart || differ(day(self), day(other)) || (refined.is_none() && differ(time(self), time(other))) {
            return None;
        }
        let time = refined.or(self.time).or(other.time);
        Some(Self {
            day: self.day.or(other.day),
            time,
            now: (self.now || other.now) && time.is_none(),
            part: refined.is_none() && (self.part || other.part),
        })
    }
}

impl Reader<'_, '_> {
    /// Such a phrase at the beginning of the words, which is put beside what was said before; and how many words it took.
    pub(super) fn open_when(&mut self, rest: &[String]) -> Option<usize> {
        let (when, taken) = self.opening(rest)?;
        if let Some(behind) = refused_behind(&rest[taken..]) {
            let said = rest[..taken + behind].join(" ");
            self.tell(format!(
                "`{said}` is no condition that can be searched for, so it is left out"
            ));
            return Some(taken + behind);
        }
        match self.when.map_or(Some(when), |known| known.and(when)) {
            Some(both) => {
                // In one term what was said in two.
                if self.when.is_some_and(|known| known != both) {
                    self.reading.terms.retain(|term| term.kind != "open_at");
                }
                self.when = Some(both);
                self.reading.open_at = Some(self.open_at(both));
            }
            None => {
                let said = rest[..taken].join(" ");
                self.tell(format!(
                    "only one time is searched for at once, so `{said}` is left out"
                ));
            }
        }
        Some(taken)
    }

    fn open_at(&self, when: When) -> OpenAt {
        // `need someone today`, asked before anybody has opened.
        if when.now && when.day.is_some() && self.hour() < OPENS {
            return OpenAt::Local(self.today().and_time(at_hour(OPENS)));
        }
        if when.now {
            return OpenAt::Now;
        }
        let time = when.time.unwrap_or_else(|| at_hour(10));
        // `at midnight` is where a day ends, and `at 2 am` in the night that comes.
        let day = match when.day {
            Some(day) if time == at_hour(0) => day + Days::new(1),
            Some(day) => day,
            None if time.hour() < NIGHT_ENDS => self.today() + Days::new(1),
            None => self.workday(),
        };
        OpenAt::Local(day.and_time(time))
    }

    /// `open now`, `open on saturday morning`, `open sunday at 3 pm`, `saturday hours`, `after 5 pm`, `evenings`.
    pub(super) fn opening(&self, rest: &[String]) -> Option<(When, usize)> {
        let mut at = 0;
        let word = |at: usize| rest.get(at).map(String::as_str);
        let at_time = |day: Option<NaiveDate>, time: NaiveTime| When {
            day,
            time: Some(time),
            ..When::default()
        };
        let opens = matches!(
            rest.first()?.as_str(),
            "open" | "opened" | "opens" | "abierto" | "abierta" | "abiertos" | "abiertas" | "available"
        ) || (rest[0] == "free" && Self::is_when(&rest[1..]));
        at += usize::from(opens);
        // `throwing up all night`: what ails somebody, and no door.
        let ails = |taken: usize| {
            let night = word(at) == Some("all");
            night && !opens && !self.is_for_somebody(&rest[at + taken..])
        };
        if let Some(taken) = around_the_clock(&rest[at..]).filter(|taken| !ails(*taken)) {
            // Whoever is open at three in the night is open always.
            return Some((at_time(Some(self.today() + Days::new(1)), at_hour(3)), at + taken));
        }
        while opens
            && word(at)
                .is_some_and(|word| matches!(word, "on" | "this" | "next" | "every" | "the" | "el" | "los" | "late"))
        {
            let late = word(at) == Some("late");
            at += 1;
            if late && word(at).is_none_or(|word| !matches!(word, "night" | "nights" | "tonight")) {
                return Some((at_time(None, at_hour(21)), at));
            }
        }
        let today = matches!(word(at), Some("today" | "hoy"));
        if today && let Some(said) = self.time_of_day(&rest[at + 1..]) {
            return Some((at_time(Some(self.today()), said.time), at + 1 + said.taken));
        }
        if let Some((when, taken)) = self.in_hours(&rest[at..], opens) {
            return Some((when, at + taken));
        }
        if today || (opens && matches!(word(at), Some("now" | "ahora" | "right"))) {
            let right = usize::from(word(at) == Some("right") && word(at + 1) == Some("now"));
            let hours = usize::from(word(at + 1) == Some("hours"));
            let now = When {
                day: today.then(|| self.today()),
                now: true,
                ..When::default()
            };
            return Some((now, at + 1 + right + hours));
        }
        let Some((day, taken)) = self.day_at(rest, at, opens) else {
            // `a therapist tonight` is in a hurry; only `open tonight` speaks of the door.
            if !opens && word(at) == Some("tonight") {
                return None;
            }
            let (when, taken) = self.time_alone(&rest[at..], opens)?;
            return Some(self.on_day(when, rest, at + taken));
        };
        at += taken;
        let behind = rest.get(at..).unwrap_or_default();
        let part = part_of_day(behind).is_some();
        let said = self
            .time_of_day(behind)
            .or_else(|| hour_behind_day(behind).filter(|said| ends_time(&behind[said.taken..])));
        at += said.map_or(0, |said| said.taken);
        at += usize::from(word(at).is_some_and(|word| matches!(word, "hours" | "appointments" | "appointment")));
        let when = When {
            day: Some(day),
            time: said.map(|said| said.time),
            now: false,
            part: part && said.is_some_and(|said| !said.exact),
        };
        Some((when, at))
    }

    /// The day at a word, and how many words it took: `tomorrow`, `saturday`, `wed afternoon`, `day after tomorrow`,
    /// `in 3 days`.
    fn day_at(&self, rest: &[String], at: usize, opens: bool) -> Option<(NaiveDate, usize)> {
        let word = |at: usize| rest.get(at).map(String::as_str);
        let before = (self.words.len() - rest.len() + at)
            .checked_sub(1)
            .map(|before| self.words[before].as_str());
        if let Some(taken) = phrase(&rest[at..], &[&["day", "after", "tomorrow"], &["pasado", "manana"]]) {
            return Some((self.today() + Days::new(2), taken));
        }
        if let (Some("in" | "en"), Some(number), Some("days" | "dias")) = (word(at), word(at + 1), word(at + 2)) {
            // `a rash that spread in 2 days`
            let days = counted(number).filter(|days| *days < 60 && (opens || self.is_for_somebody(&rest[at + 3..])))?;
            return Some((self.today() + Days::new(days), 3));
        }
        if let Some(found) = dates::date(rest.get(at..)?, before, self.today()) {
            return Some(found);
        }
        if let Some((ahead, taken)) = dates::weeks_from(rest.get(at..)?) {
            let day = self.day(word(at + taken)?)?;
            return Some((day + ahead, taken + 1));
        }
        // `weekday mornings`
        if matches!(word(at), Some("weekday" | "weekdays")) {
            return Some((self.workday(), 1));
        }
        // `the 3rd`, where it ends what is asked for: no street, and nobody's grandson.
        if matches!(word(at), Some("the"))
            && (at + rest.len() == self.words.len() || self.before == Before::Understood)
            && let Some(found) = dates::date(&rest[at + 1..], Some("on"), self.today())
            && self.is_end_of_wish(&rest[at + 1 + found.1..])
        {
            return Some((found.0, found.1 + 1));
        }
        // `por la manana` is the morning.
        let tomorrow = word(at).is_some_and(|word| TOMORROW.contains(&word))
            || (word(at) == Some("manana") && (at > 0 || before != Some("la")));
        if tomorrow {
            return Some((self.today() + Days::new(1), 1));
        }
        let day = DAYS
            .iter()
            .position(|names| names.contains(&word(at).unwrap_or_default()))?;
        // Short names of days are names of people and words: only behind `open`, before a time, or behind what says so.
        let behind = || {
            let behind = rest.get(at + 1..).unwrap_or_default();
            self.time_of_day(behind).is_some_and(|said| said.clear)
                || matches!(behind.first().map(String::as_str), Some("am" | "pm"))
        };
        let led = || matches!(before, Some("on" | "this" | "every" | "next"));
        // `dentist chicago sat`, `sat or sun dentist`: nobody is called so.
        let alone = || {
            let or = usize::from(matches!(word(at + 1), Some("or" | "and")) && word(at + 2).is_some_and(is_day));
            let starts = at == 0 && (before.is_none() || self.is_behind_what_is_known() || self.when.is_some());
            let word = rest[at..=at].to_vec();
            starts
                && self.is_end_of_wish(&rest[at + 1 + 2 * or..])
                && !spelling::is_borne_by_person(self.snapshot, &word)
        };
        let another = || self.when.is_some() && matches!(before, Some("or" | "and"));
        let sure = opens
            || word(at).is_some_and(|word| word.len() >= SURE_DAY || SURE_SHORT.contains(&word))
            || led()
            || behind()
            || another()
            || alone();
        // On a Monday, the next one is that of the next week.
        let day = self.next(day as u64);
        let after = if before == Some("next") && day == self.today() {
            7
        } else {
            0
        };
        sure.then(|| (day + Days::new(after), 1))
    }

    /// `7 pm tonight`, `at 9 am on monday`: a day behind a time that stood alone.
    fn on_day(&self, when: When, rest: &[String], taken: usize) -> (When, usize) {
        let skipped = rest[taken..]
            .iter()
            .take_while(|word| matches!(word.as_str(), "on" | "this" | "next"));
        let at = taken + skipped.count();
        let short = |word: &str| DAYS.iter().position(|names| names.contains(&word));
        let day = rest.get(at).and_then(|word| {
            let named = short(word).map(|day| self.next(day as u64));
            let day = self.day(word).or(named).map(|day| (day, 1));
            // `at 2 pm on dec 3rd`
            day.or_else(|| dates::date(&rest[at..], Some("on"), self.today()))
        });
        let tonight = rest.get(at).is_some_and(|word| word == "tonight");
        match day.filter(|_| when.time.is_some()) {
            Some((day, said)) => {
                let time = when
                    .time
                    .map(|time| if tonight { within(at_hour(18), time) } else { time });
                let when = When {
                    day: Some(day),
                    time,
                    ..when
                };
                (when, at + said)
            }
            None => (when, taken),
        }
    }

    /// The day of a word. Short names of days are names of people and words.
    pub(super) fn day(&self, word: &str) -> Option<NaiveDate> {
        match word {
            "today" | "tonight" | "hoy" => Some(self.today()),
            "manana" => Some(self.today() + Days::new(1)),
            _ if TOMORROW.contains(&word) => Some(self.today() + Days::new(1)),
            _ if word.len() < SURE_DAY && !SURE_SHORT.contains(&word) => None,
            _ => DAYS
                .iter()
                .position(|names| names.contains(&word))
                .map(|day| self.next(day as u64)),
        }
    }

    /// Whether words begin with a day: `free tomorrow`, but not `free clinic`.
    fn is_when(words: &[String]) -> bool {
        let skipped = words
            .iter()
            .take_while(|word| matches!(word.as_str(), "on" | "this" | "next"));
        words.get(skipped.count()).is_some_and(|word| {
            let word = word.as_str();
            matches!(word, "now" | "today")
                || TOMORROW.contains(&word)
                || DAYS.iter().any(|names| names.contains(&word))
        })
    }

    /// A time of the day without a day, and how many words it took. `opens`: the words before speak of a door.
    fn time_alone(&self, words: &[String], opens: bool) -> Option<(When, usize)> {
        let word = |at: usize| words.get(at).map(String::as_str);
        let tonight = |time| When {
            day: Some(self.today()),
            time: Some(time),
            ..When::default()
        };
        if let Some((time, said, taken)) = self.snapshot.lexicon.times.at(words)
            && (opens || said == TimeSaid::Alone || (said == TimeSaid::Beside && self.is_for_somebody(&words[taken..])))
        {
            let when = When {
                time: Some(time),
                part: true,
                ..When::default()
            };
            return Some((when, taken));
        }
        let (time, taken) = match (word(0)?, word(1)) {
            ("tonight", Some("at" | "after" | "until" | "till" | "before" | "around")) => {
                return match self.time_of_day(&words[1..]) {
                    Some(said) => Some((tonight(within(at_hour(18), said.time)), 1 + said.taken)),
                    None => Some((tonight(at_hour(20)), 1)),
                };
            }
            ("tonight", _) => return Some((tonight(at_hour(20)), 1)),
            ("esta", Some("noche")) => return Some((tonight(at_hour(20)), 2)),
            ("this", Some("morning" | "afternoon" | "evening")) => {
                return self
                    .time_of_day(&words[1..])
                    .map(|said| (tonight(said.time), 1 + said.taken));
            }
            ("esta", Some("tarde")) => return Some((tonight(at_hour(14)), 2)),
            ("late", Some("night" | "nights")) | ("night" | "late", Some("hours")) => (at_hour(21), 2),
            // `legs swell at night`, `night guard`: of a door only beside who may have one.
            ("night" | "nights", _) if self.is_for_somebody(&words[1..]) => (at_hour(20), 1),
            ("night" | "nights", _) => return None,
            ("early", Some("morning" | "mornings" | "hours")) => (at_hour(7), 2),
            ("evening" | "evenings", next) => {
                let more = matches!(next, Some("hours" | "appointments"));
                (at_hour(18), 1 + usize::from(more))
            }
            ("after", Some("work" | "school")) => (at_hour(if word(1) == Some("school") { 16 } else { 18 }), 2),
            ("before", Some("work" | "school")) => (at_hour(7), 2),
            ("after", Some("hours")) => (at_hour(20), 2),
            // A complaint has its time of the day: `headache in the morning`.
            ("morning" | "mornings" | "afternoon" | "afternoons" | "in" | "during" | "en" | "de" | "por", _)
                if !opens && self.when.is_none() && !self.is_time_to_come(words) =>
            {
                return None;
            }
            _ => {
                let said = spoken_time(words)?;
                let clear = said.clear || opens || self.is_time_of_wish(words, &said);
                clear.then_some((said.time, said.taken))?
            }
        };
        let when = When {
            time: Some(time),
            part: part_of_day(words).is_some_and(|said| said.taken == taken),
            ..When::default()
        };
        Some((when, taken))
    }

    /// A time of the day at the beginning of the words, where one is expected: behind a day.
    fn time_of_day(&self, words: &[String]) -> Option<Said> {
        if let Some((time, _, taken)) = self.snapshot.lexicon.times.at(words) {
            return Some(Said {
                time,
                taken,
                clear: true,
                exact: false,
            });
        }
        spoken_time(words)
    }

    /// `in an hour`, `in 2 hours`, `within the hour`: that moment, and how many words say it.
    fn in_hours(&self, words: &[String], opens: bool) -> Option<(When, usize)> {
        let word = |at: usize| words.get(at).map_or("", String::as_str);
        let (minutes, taken) = match (word(0), word(1), word(2), word(3)) {
            ("in", "half", "an", "hour") => (30, 4),
            ("in" | "within", "an" | "the" | "one", "hour", _) => (60, 3),
            ("in" | "within", "a", "couple", "hours") => (120, 4),
            ("in", number, "hours", _) => (60 * counted(number).filter(|hours| *hours < 13)?, 3),
            _ => return None,
        };
        let then = self.now.with_timezone(&chrono_tz::America::Chicago) + chrono::TimeDelta::minutes(minutes as i64);
        let when = When {
            day: Some(then.date_naive()),
            time: Some(then.time().with_second(0)?.with_nanosecond(0)?),
            ..When::default()
        };
        (opens || self.is_for_somebody(&words[taken..])).then_some((when, taken))
    }

    /// Whether words behind a time end the text or go on with what is asked for.
    fn is_end_of_wish(&self, behind: &[String]) -> bool {
        let at = self.words.len() - behind.len();
        ends_time(behind) || self.known_follows(at)
    }

    /// `before 9 in boston`, `after 5 on mondays`: a bare number is an hour where nothing stands behind it, or what is no noun.
    /// `at 12` may be the number of a house; `at 4:30` is none.
    fn is_time_of_wish(&self, words: &[String], said: &Said) -> bool {
        let behind = &words[said.taken..];
        // `at 9 thursday`
        let day = behind.first().is_some_and(|word| is_day(word));
        let number = matches!(words[0].as_str(), "at" | "by" | "around") && !said.exact;
        day || (!number && self.is_end_of_wish(behind))
    }

    /// Whether a kind of provider that is asked for stands before or behind these words, and no mere complaint.
    fn is_for_somebody(&self, behind: &[String]) -> bool {
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

    /// `can only do afternoons`, `dentist mornings`: when somebody comes, beside who is asked for; not what comes `in the mornings`.
    fn is_time_to_come(&self, words: &[String]) -> bool {
        let at = self.words.len() - words.len();
        let before = at.checked_sub(1).map(|before| self.words[before].as_str());
        matches!(words[0].as_str(), "mornings" | "afternoons")
            && !matches!(before, Some("the" | "in" | "at" | "every" | "some" | "most" | "on"))
            && self.is_for_somebody(&words[1..])
    }

    /// The day in the middle of the country; where an hour matters, it is that of each location.
    pub(super) fn today(&self) -> NaiveDate {
        self.now.with_timezone(&chrono_tz::America::Chicago).date_naive()
    }

    /// The hour there.
    fn hour(&self) -> u32 {
        self.now.with_timezone(&chrono_tz::America::Chicago).hour()
    }

    /// The next day from Monday to Friday, today included.
    fn workday(&self) -> NaiveDate {
        let ahead = match self.today().weekday().num_days_from_monday() {
            5 => 2,
            6 => 1,
            _ => 0,
        };
        self.today() + Days::new(ahead)
    }

    /// The next such day, counted from Monday as 0; today, if it is one.
    fn next(&self, weekday: u64) -> NaiveDate {
        let today = u64::from(self.today().weekday().num_days_from_monday());
        self.today() + Days::new((7 + weekday - today) % 7)
    }
}

/// Whether what stands behind an hour is no noun that it counts.
fn ends_time(words: &[String]) -> bool {
    words.first().is_none_or(|word| {
        let word = word.as_str();
        let other = matches!(
            word,
            "on" | "this" | "next" | "and" | "or" | "for" | "with" | "who" | "that" | "please"
        );
        places::leads(word) || other || DAYS.iter().any(|names| names.contains(&word)) || TOMORROW.contains(&word)
    })
}

/// Whether a word is a day.
fn is_day(word: &str) -> bool {
    TOMORROW.contains(&word) || DAYS.iter().any(|names| names.contains(&word))
}

/// A time of the day at the beginning of the words; a part of the day with an hour behind it is that hour: `evening at 7`.
fn spoken_time(words: &[String]) -> Option<Said> {
    let said = clocks::time_of_day(words)?;
    let behind = words.get(said.taken..).unwrap_or_default();
    let part = part_of_day(words).filter(|part| part.taken == said.taken);
    match part.and_then(|part| Some((part, moment(behind)?))) {
        Some((part, hour)) => Some(Said {
            time: within(part.time, hour.time),
            taken: part.taken + hour.taken,
            clear: true,
            exact: true,
        }),
        None => Some(said),
    }
}

/// An hour within a part of the day: `7` of the evening is 19:00.
fn within(part: NaiveTime, time: NaiveTime) -> NaiveTime {
    match (part.hour() >= 12, time.hour()) {
        (true, 1..=11) => time + chrono::TimeDelta::hours(12),
        (false, 13..) => time - chrono::TimeDelta::hours(12),
        _ => time,
    }
}

/// A number of days or hours, in digits or as it is said.
pub(super) fn counted(word: &str) -> Option<u64> {
    let said = ["a", "two", "three", "four", "five", "six", "seven"];
    let number = (1..)
        .zip(said)
        .find_map(|(number, said)| (said == word).then_some(number));
    number.or_else(|| word.parse().ok())
}

/// The length of the longest of some phrases that the words begin with.
pub(super) fn phrase(words: &[String], phrases: &[&[&str]]) -> Option<usize> {
    let said = phrases.iter().filter(|phrase| super::starts_with(words, phrase));
    said.map(|phrase| phrase.len()).max()
}
