//! What people wish for in words of their own: new patients, telehealth, a woman, within so many miles, open on Saturday.

use chrono::{Datelike, Days, NaiveDate, NaiveTime, TimeDelta};

use super::{Reader, starts_with};
use crate::index::geometry::KM_PER_MILE;
use crate::query::request::OpenAt;
use crate::vocab::terms::{Accessibility, Gender};

const ACCEPTING: &[&[&str]] = &[
    &["accepting", "new", "patients"],
    &["accepting", "new", "patient"],
    &["accepting", "new"],
    &["accepting", "patients"],
    &["accepts", "new", "patients"],
    &["accept", "new", "patients"],
    &["taking", "new", "patients"],
    &["taking", "patients"],
    &["takes", "new", "patients"],
    &["take", "new", "patients"],
    &["taking", "on", "new", "patients"],
    &["seeing", "new", "patients"],
    &["open", "to", "new", "patients"],
    &["welcoming", "new", "patients"],
    &["new", "patients", "welcome"],
    &["new", "patients"],
    &["new", "patient"],
    &["accepting"],
    &["nuevos", "pacientes"],
    &["pacientes", "nuevos"],
    &["takes", "new"],
    &["taking", "new"],
    &["accepts", "new"],
    &["accepting", "newborns"],
    &["open", "to", "new"],
    &["openings"],
];
const TELEHEALTH: &[&[&str]] = &[
    &["telehealth"],
    &["telemedicine"],
    &["teletherapy"],
    &["tele", "health"],
    &["tele", "medicine"],
    &["virtual", "visits"],
    &["virtual", "visit"],
    &["virtual", "appointments"],
    &["virtual", "appointment"],
    &["virtual", "care"],
    &["virtually"],
    &["virtual"],
    &["video", "visits"],
    &["video", "visit"],
    &["video", "appointment"],
    &["video", "call"],
    &["over", "video"],
    &["by", "video"],
    &["over", "zoom"],
    &["on", "zoom"],
    &["online", "visit"],
    &["online"],
    &["remote"],
    &["remotely"],
    &["tele"],
    &["video", "therapy"],
    &["video"],
    &["phone", "visit"],
    &["phone", "appointment"],
    &["zoom"],
    &["facetime"],
    &["from", "home"],
    &["videollamada"],
    &["en", "linea"],
    &["telemed"],
    &["telepsychiatry"],
    &["teladoc"],
    &["e", "visit"],
    &["e", "visits"],
    &["evisit"],
    &["skype"],
    &["over", "skype"],
    &["over", "the", "phone"],
    &["by", "phone"],
    &["phone", "consultation"],
    &["phone", "consult"],
    &["telefonica"],
    &["por", "telefono"],
    &["a", "distancia"],
    &["por", "video"],
];
/// Somebody cannot climb stairs.
const ACCESSIBLE: &[&[&str]] = &[
    &["wheelchair", "accessible"],
    &["wheelchair", "accessibility"],
    &["wheelchair", "access"],
    &["wheelchair", "friendly"],
    &["wheelchair", "users"],
    &["wheelchair", "user"],
    &["in", "a", "wheelchair"],
    &["with", "a", "wheelchair"],
    &["use", "a", "wheelchair"],
    &["uses", "a", "wheelchair"],
    &["wheelchair", "ramp"],
    &["handicap", "accessible"],
    &["handicapped", "accessible"],
    &["handicap", "access"],
    &["handicap", "friendly"],
    &["disability", "accessible"],
    &["disability", "access"],
    &["ada", "accessible"],
    &["ada", "compliant"],
    &["accessible", "en", "silla", "de", "ruedas"],
    &["con", "silla", "de", "ruedas"],
    &["en", "silla", "de", "ruedas"],
    &["silla", "de", "ruedas"],
];
/// What a location that can be reached so has one of.
const REACHABLE: [Accessibility; 3] = [
    Accessibility::HandicapAccess,
    Accessibility::AdaCompliant,
    Accessibility::Mobility,
];
const FEMALE: &[&[&str]] = &[&["female"], &["woman"], &["lady"], &["females"], &["women"], &["mujer"]];
const MALE: &[&[&str]] = &[&["male"], &["man"], &["gentleman"], &["males"], &["hombre"]];
/// Phrases that say nothing that is not said by `near=`, and hurry.
const HERE: &[&[&str]] = &[
    &["near", "me"],
    &["close", "to", "me"],
    &["around", "me"],
    &["around", "here"],
    &["close", "by"],
    &["near", "by"],
    &["in", "my", "area"],
    &["near", "my", "house"],
    &["near", "my", "home"],
    &["cerca", "de", "mi"],
    &["near", "my", "location"],
    &["near", "here"],
    &["close", "to", "home"],
    &["close", "to", "my", "house"],
    &["in", "the", "area"],
    &["around", "my", "area"],
    &["cerca", "de", "aqui"],
    &["same", "day"],
    &["right", "away"],
    &["as", "soon", "as", "possible"],
    &["lo", "antes", "posible"],
    &["cerca"],
];
const DAYS: &[&[&str]] = &[
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

/// All words of the tables above, for correcting them.
pub(super) fn words() -> impl Iterator<Item = &'static str> {
    let days = DAYS.iter().flat_map(|names| names.iter().take(2));
    let phrases = ACCEPTING
        .iter()
        .chain(TELEHEALTH)
        .chain(ACCESSIBLE)
        .chain(FEMALE)
        .chain(MALE);
    phrases.flat_map(|phrase| phrase.iter()).chain(days).copied()
}

impl Reader<'_, '_> {
    /// A wish at the beginning of the words, and how many words it took.
    pub(super) fn wish(&mut self, rest: &[String]) -> Option<usize> {
        if let Some((miles, taken)) = distance(rest) {
            self.reading.radius_miles = Some(miles);
            return Some(taken);
        }
        if let Some((at, taken)) = self.opening(rest) {
            self.reading.open_at = Some(at);
            return Some(taken);
        }
        let said = |phrases: &[&[&str]]| phrase_of(rest, phrases);
        // `womens health`, `male infertility` are specialties.
        let snapshot = self.snapshot;
        let phrase = |taken: usize| {
            let specialty = snapshot.lexicon.specialties.longest_prefix(rest);
            specialty.is_some_and(|(_, longer)| longer > taken)
        };
        if let Some(taken) = said(ACCEPTING) {
            self.reading.accepting = Some(true);
            return Some(taken);
        }
        if let Some(taken) = said(ACCESSIBLE) {
            self.reading.accessibility = REACHABLE.to_vec();
            return Some(taken);
        }
        if let Some(taken) = self.untold(rest) {
            return Some(taken);
        }
        if let Some(taken) = said(TELEHEALTH).filter(|taken| !phrase(*taken)) {
            self.reading.telehealth = Some(true);
            return Some(taken);
        }
        if let Some(taken) = said(FEMALE).filter(|taken| !phrase(*taken)) {
            self.wish_gender(Gender::Female, rest);
            return Some(taken);
        }
        if let Some(taken) = said(MALE).filter(|taken| !phrase(*taken)) {
            self.wish_gender(Gender::Male, rest);
            return Some(taken);
        }
        said(HERE).filter(|taken| !phrase(*taken))
    }

    /// `male or female`: either will do.
    fn wish_gender(&mut self, gender: Gender, rest: &[String]) {
        let before = self
            .words
            .len()
            .checked_sub(rest.len() + 1)
            .map(|at| self.words[at].as_str());
        let either =
            matches!(before, Some("or" | "and" | "o")) && self.reading.gender.is_some_and(|known| known != gender);
        if either {
            self.reading.terms.retain(|term| term.kind != "gender");
        }
        self.reading.gender = (!either).then_some(gender);
    }

    /// `open now`, `open on saturday morning`, `open sunday at 3 pm`, `saturday hours`, `after 5 pm`, `evenings`.
    fn opening(&self, rest: &[String]) -> Option<(OpenAt, usize)> {
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
        if opens && matches!(word(at), Some("now" | "today" | "ahora" | "hoy" | "right")) {
            let right = usize::from(word(at) == Some("right") && word(at + 1) == Some("now"));
            let hours = usize::from(word(at + 1) == Some("hours"));
            return Some((OpenAt::Now, at + 1 + right + hours));
        }
        let tomorrow = opens && word(at) == Some("tomorrow");
        let day = word(at).and_then(|word| DAYS.iter().position(|names| names.contains(&word)));
        let date = match day {
            _ if tomorrow => self.today() + Days::new(1),
            Some(day) => self.next(day as u64),
            // `a therapist tonight` is in a hurry; only `open tonight` speaks of the door.
            None if !opens && word(at) == Some("tonight") => return None,
            None => return self.time_alone(&rest[at..]).map(|(open, taken)| (open, at + taken)),
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
            ("tonight", _) => (self.today(), at_hour(20), 1),
            ("late", Some("night" | "nights")) | ("night" | "late", Some("hours")) => (workday(), at_hour(21), 2),
            ("night" | "nights", _) => (workday(), at_hour(20), 1),
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
            _ => return None,
        };
        Some((OpenAt::Local(date.and_time(hour)), taken))
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

/// The length of the longest of some phrases that the words begin with.
fn phrase_of(words: &[String], phrases: &[&[&str]]) -> Option<usize> {
    let said = phrases.iter().filter(|phrase| starts_with(words, phrase));
    said.map(|phrase| phrase.len()).max()
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
        "" if lead > 0 && hour < 8 => hour + 12,
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

/// `within 10 miles`, `10mi`, `less than 5 miles`, with `of` or `from` behind it.
pub(super) fn distance(words: &[String]) -> Option<(f64, usize)> {
    let word = |at: usize| words.get(at).map(String::as_str);
    let mut at = match (word(0)?, word(1)) {
        ("within" | "under", Some("a")) => 2,
        ("within" | "under" | "inside", _) => 1,
        ("less" | "no", Some("than" | "more")) => 2 + usize::from(word(2) == Some("than")),
        ("not", Some("more")) => 2 + usize::from(word(2) == Some("than")),
        _ => 0,
    };
    let said = word(at)?;
    let digits = said.trim_end_matches(|c: char| c.is_ascii_alphabetic());
    let number: f64 = match said {
        "five" => 5.0,
        "ten" => 10.0,
        "fifteen" => 15.0,
        "twenty" => 20.0,
        "thirty" => 30.0,
        "fifty" => 50.0,
        _ => digits.parse().ok()?,
    };
    let mut unit = if digits.is_empty() { "" } else { &said[digits.len()..] };
    at += 1;
    if unit.is_empty() {
        unit = word(at)?;
        at += 1;
    }
    let factor = match unit {
        "mile" | "miles" | "mi" | "millas" => 1.0,
        "km" | "kms" | "kilometer" | "kilometers" | "kilometres" | "kilometre" => 1.0 / KM_PER_MILE,
        _ => return None,
    };
    let miles = number * factor;
    at += usize::from(matches!(word(at), Some("radius")));
    at += usize::from(matches!(word(at), Some("of" | "from")));
    (miles > 0.0 && miles <= 12_437.0).then_some((miles, at))
}
