//! When: days, hours, `open now`, `tomorrow morning`, `at 7 pm tonight`, `before friday`. What is said in pieces is put
//! together: `saturday`, and elsewhere in the text `after 3 pm`.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, Timelike};

use super::Reader;
use super::clocks::{Said, around_the_clock, at_hour, hour_behind_day, time_of_day};
use super::{dates, places};
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
        "finde",
    ],
    &["sunday", "sundays", "sun", "domingo", "domingos"],
];
/// Shorter names of days are names of people and words, too.
const SURE_DAY: usize = 6;
/// Shorter ones that are neither.
const SURE_SHORT: &[&str] = &["thurs", "tues"];
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
        if apart || differ(day(self), day(other)) || differ(time(self), time(other)) {
            return None;
        }
        let time = self.time.or(other.time);
        Some(Self {
            day: self.day.or(other.day),
            time,
            now: (self.now || other.now) && time.is_none(),
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
            now: false,
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
        if today && let Some(said) = time_of_day(&rest[at + 1..]) {
            return Some((at_time(Some(self.today()), said.time), at + 1 + said.taken));
        }
        if today || (opens && matches!(word(at), Some("now" | "ahora" | "right"))) {
            let right = usize::from(word(at) == Some("right") && word(at + 1) == Some("now"));
            let hours = usize::from(word(at + 1) == Some("hours"));
            let now = When {
                day: today.then(|| self.today()),
                time: None,
                now: true,
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
        let said =
            time_of_day(behind).or_else(|| hour_behind_day(behind).filter(|said| ends_time(&behind[said.taken..])));
        at += said.map_or(0, |said| said.taken);
        at += usize::from(word(at).is_some_and(|word| matches!(word, "hours" | "appointments" | "appointment")));
        let when = When {
            day: Some(day),
            time: said.map(|said| said.time),
            now: false,
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
            time_of_day(behind).is_some_and(|said| said.clear)
                || matches!(behind.first().map(String::as_str), Some("am" | "pm"))
        };
        let led = || matches!(before, Some("on" | "this" | "every" | "next"));
        let sure = opens
            || word(at).is_some_and(|word| word.len() >= SURE_DAY || SURE_SHORT.contains(&word))
            || led()
            || behind();
        sure.then(|| (self.next(day as u64), 1))
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
        match day.filter(|_| when.time.is_some()) {
            Some((day, said)) => (When { day: Some(day), ..when }, at + said),
            None => (when, taken),
        }
    }

    /// The day of a word. Short names of days are names of people and words.
    fn day(&self, word: &str) -> Option<NaiveDate> {
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

    /// `available before friday`, `appointment by tomorrow`: the day before which there must be a free slot.
    pub(super) fn before_day(&self, rest: &[String]) -> Option<(NaiveDate, usize)> {
        let cue = |word: &&String| {
            matches!(
                word.as_str(),
                "available" | "availability" | "free" | "appointment" | "appointments" | "slot" | "slots" | "seen"
            )
        };
        let at = rest.iter().take_while(cue).count();
        if let Some((days, taken)) = within_days(&rest[at..]) {
            return Some((self.today() + Days::new(days + 1), at + taken));
        }
        let on = match rest.get(at)?.as_str() {
            "before" => 0,
            "by" => 1,
            _ => return None,
        };
        let skipped = rest[at + 1..]
            .iter()
            .take_while(|word| matches!(word.as_str(), "this" | "next" | "the"));
        let at = at + 1 + skipped.count();
        // `by 3pm` is an hour; `by 12/15` a day.
        let (day, said) = match self.day(rest.get(at)?) {
            Some(day) => (day, 1),
            None => dates::date(&rest[at..], Some("on"), self.today())?,
        };
        // On a Monday, before Monday is before the next one.
        let day = if day == self.today() && on == 0 {
            day + Days::new(7)
        } else {
            day
        };
        Some((day + Days::new(on), at + said))
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
            now: false,
        };
        let (time, taken) = match (word(0)?, word(1)) {
            ("tonight", Some("at" | "after" | "until" | "till" | "before" | "around")) => {
                return match time_of_day(&words[1..]) {
                    Some(said) => Some((tonight(said.time), 1 + said.taken)),
                    None => Some((tonight(at_hour(20)), 1)),
                };
            }
            ("tonight", _) => return Some((tonight(at_hour(20)), 1)),
            ("this", Some("morning" | "afternoon" | "evening")) => {
                return time_of_day(&words[1..]).map(|said| (tonight(said.time), 2));
            }
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
                let said = time_of_day(words)?;
                let clear = said.clear || opens || is_time_of_wish(words, &said);
                clear.then_some((said.time, said.taken))?
            }
        };
        let when = When {
            time: Some(time),
            ..When::default()
        };
        Some((when, taken))
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
    fn today(&self) -> NaiveDate {
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

/// `before 9 in boston`, `after 5 on mondays`: a bare number is an hour where nothing stands behind it, or what is no noun.
/// `at 12` may be the number of a house.
fn is_time_of_wish(words: &[String], said: &Said) -> bool {
    let behind = &words[said.taken..];
    // `at 9 thursday`
    let day = behind.first().is_some_and(|word| is_day(word));
    day || (!matches!(words[0].as_str(), "at" | "by" | "around") && ends_time(behind))
}

/// `mondays dont work`, `weekends no`: words behind a time that refuse it.
fn refused_behind(words: &[String]) -> Option<usize> {
    let said = phrase(
        words,
        &[
            &["dont", "work"],
            &["doesnt", "work"],
            &["do", "not", "work"],
            &["does", "not", "work"],
            &["wont", "work"],
            &["will", "not", "work"],
            &["is", "bad"],
            &["are", "bad"],
            &["is", "out"],
            &["are", "out"],
            &["is", "no", "good"],
            &["are", "no", "good"],
            &["not", "possible"],
            &["not", "good"],
            &["not", "ok"],
            &["is", "not", "good"],
            &["are", "not", "good"],
            &["excluded"],
            &["no", "puedo"],
        ],
    );
    said.or_else(|| matches!(words, [no] if no == "no" || no == "not").then_some(1))
}

/// `within 2 weeks`, `in the next 3 days`: how many days, and how many words say it.
fn within_days(words: &[String]) -> Option<(u64, usize)> {
    let led = phrase(
        words,
        &[
            &["within"],
            &["within", "the", "next"],
            &["in", "the", "next"],
            &["in", "next"],
        ],
    )?;
    let days = counted(words.get(led)?)?;
    let each = match words.get(led + 1)?.as_str() {
        "day" | "days" => 1,
        "week" | "weeks" => 7,
        _ => return None,
    };
    (days < 60).then_some((days * each, led + 2))
}

fn counted(word: &str) -> Option<u64> {
    let said = ["a", "two", "three", "four", "five", "six", "seven"];
    let number = (1..)
        .zip(said)
        .find_map(|(number, said)| (said == word).then_some(number));
    number.or_else(|| word.parse().ok())
}

/// The length of the longest of some phrases that the words begin with.
fn phrase(words: &[String], phrases: &[&[&str]]) -> Option<usize> {
    let said = phrases.iter().filter(|phrase| super::starts_with(words, phrase));
    said.map(|phrase| phrase.len()).max()
}
