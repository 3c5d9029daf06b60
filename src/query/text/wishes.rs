//! What people wish for in words of their own: new patients, telehealth, a woman, within so many miles, open on Saturday.

use super::{Reader, clocks, miles::distance, starts_with, times::DAYS, untold};
use crate::query::request::Sort;
use crate::vocab::terms::{Accessibility, Gender};

const ACCEPTING: &[&[&str]] = &[
    &["accepting", "new", "patients"],
    &["accepting", "new", "patient"],
    &["accepting", "new"],
    &["accepting", "new", "pts"],
    &["accepting", "pts"],
    &["accepts", "new", "pts"],
    &["taking", "new", "pts"],
    &["takes", "new", "pts"],
    &["seeing", "new", "pts"],
    &["new", "pts"],
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
const FEMALE: &[&[&str]] = &[
    &["female"],
    &["girl", "doctor"],
    &["woman"],
    &["lady"],
    &["females"],
    &["women"],
    &["mujer"],
    &["doctora"],
    &["doctoras"],
];
const MALE: &[&[&str]] = &[
    &["guy", "doctor"],
    &["dude", "doctor"],
    &["male"],
    &["man"],
    &["gentleman"],
    &["males"],
    &["hombre"],
];
/// Phrases that say nothing that is not said by `near=`.
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
    &["cerca"],
];
/// The country, as addresses end with it.
const COUNTRY: &[&[&str]] = &[
    &["america"],
    &["u", "s", "a"],
    &["united", "states"],
    &["united", "states", "of", "america"],
    &["usa"],
];
/// Hurry, of which no record tells.
const HURRY: &[&[&str]] = &[
    &["same", "day"],
    &["right", "away"],
    &["as", "soon", "as", "possible"],
    &["lo", "antes", "posible"],
];
/// The nearest first.
const NEAREST: &[&[&str]] = &[
    &["closest"],
    &["closest", "to", "me"],
    &["nearest"],
    &["nearest", "to", "me"],
    &["mas", "cercano"],
    &["mas", "cercana"],
    &["mas", "cercanos"],
    &["mas", "cercanas"],
    &["mas", "cerca"],
    &["mas", "proximo"],
    &["mas", "proxima"],
];
/// Who is free first.
const SOONEST: &[&[&str]] = &[
    &["earliest"],
    &["earliest", "available"],
    &["earliest", "opening"],
    &["first", "opening"],
    &["soonest", "opening"],
    &["earliest", "appointment"],
    &["earliest", "available", "appointment"],
    &["soonest"],
    &["soonest", "available"],
    &["soonest", "appointment"],
    &["soonest", "available", "appointment"],
    &["next", "available"],
    &["next", "available", "appointment"],
    &["next", "appointment"],
    &["next", "opening"],
    &["first", "available"],
    &["first", "available", "appointment"],
    &["first", "appointment"],
    &["primera", "cita"],
    &["proxima", "cita"],
    &["cita", "mas", "pronto"],
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
        if let Some(taken) = self.when(rest) {
            return Some(taken);
        }
        if let Some(taken) = self.open_when(rest) {
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
            if self.is_of_patient(self.words.len() - rest.len(), taken) {
                return Some(taken);
            }
            self.wish_gender(Gender::Female, taken, rest);
            return Some(taken);
        }
        if let Some(taken) = said(MALE).filter(|taken| !phrase(*taken)) {
            if self.is_of_patient(self.words.len() - rest.len(), taken) {
                return Some(taken);
            }
            self.wish_gender(Gender::Male, taken, rest);
            return Some(taken);
        }
        if let Some(taken) = said(NEAREST).filter(|taken| !phrase(*taken)) {
            self.reading.sort = Some(Sort::Distance);
            self.reading.needs_place = true;
            return Some(taken);
        }
        if let Some(taken) = said(COUNTRY).filter(|taken| *taken == rest.len()) {
            return Some(taken);
        }
        if let Some(taken) = said(HERE).filter(|taken| !phrase(*taken)) {
            self.reading.needs_place = true;
            return Some(taken);
        }
        said(HURRY).filter(|taken| !phrase(*taken))
    }

    /// `next available`, `before friday`, `next week`: of appointments, which only some publish.
    fn when(&mut self, rest: &[String]) -> Option<usize> {
        if let Some(taken) = super::times::since(rest) {
            return Some(taken);
        }
        if let Some(taken) = phrase_of(rest, SOONEST) {
            if self.knows_slots() {
                self.reading.sort = Some(Sort::NextAvailable);
            } else {
                self.leave_out_slots(&rest[..taken]);
            }
            return Some(taken);
        }
        if let Some((day, taken)) = self.before_day(rest) {
            if self.knows_slots() {
                self.reading.available_before = Some(day);
            } else {
                self.leave_out_slots(&rest[..taken]);
            }
            return Some(taken);
        }
        if let Some(taken) = travel(rest) {
            let said = rest[..taken].join(" ");
            self.tell(format!(
                "`{said}` is no distance that can be searched for, so it is left out: name miles"
            ));
            return Some(taken);
        }
        // `dentist tonight`: who is in a hurry does not say that the door must be open then.
        let late = usize::from(rest[0] == "late" && rest.len() > 1);
        if rest[late] == "tonight" && self.alarms.is_empty() && clocks::time_of_day(&rest[late + 1..]).is_none() {
            let on = rest
                .get(late + 1)
                .is_some_and(|next| matches!(next.as_str(), "at" | "after" | "until" | "till" | "before" | "around"));
            if !on {
                let said = rest[..=late].join(" ");
                self.tell(format!(
                    "`{said}` is left out, as few are open at night: say `open tonight` for those who are"
                ));
                return Some(late + 1);
            }
        }
        let taken = super::times::vague(rest)?;
        let said = rest[..taken].join(" ");
        self.tell(format!(
            "`{said}` is no day that can be searched for, so it is left out: name a day"
        ));
        Some(taken)
    }

    fn knows_slots(&self) -> bool {
        self.snapshot.free_slots.free(self.now.timestamp()).next().is_some()
    }

    fn leave_out_slots(&mut self, words: &[String]) {
        let said = words.join(" ");
        self.tell(format!(
            "no free appointments are published here, so `{said}` is left out"
        ));
    }

    /// `male or female`: either will do.
    fn wish_gender(&mut self, gender: Gender, taken: usize, rest: &[String]) {
        let first = self.words.len() - rest.len();
        // `doctora`, `girl doctor`.
        let physician = rest[..taken].iter().position(|word| untold::is_physician(word));
        self.physician = physician.map(|at| first + at).or(self.physician);
        let before = first.checked_sub(1).map(|at| self.words[at].as_str());
        // `prefer female but male ok`
        let fine = || {
            let behind = rest[taken..].iter().take(2);
            behind
                .into_iter()
                .any(|word| matches!(word.as_str(), "ok" | "okay" | "fine" | "works" | "too" | "also"))
        };
        let either = self.reading.gender.is_some_and(|known| known != gender)
            && (matches!(before, Some("or" | "and" | "o")) || fine());
        if either {
            self.reading.terms.retain(|term| term.kind != "gender");
        }
        self.reading.gender = (!either).then_some(gender);
    }
}

/// The length of the longest of some phrases that the words begin with.
fn phrase_of(words: &[String], phrases: &[&[&str]]) -> Option<usize> {
    let said = phrases.iter().filter(|phrase| starts_with(words, phrase));
    said.map(|phrase| phrase.len()).max()
}

/// `within 10 minutes`, `5 blocks`: how many words it took.
fn travel(words: &[String]) -> Option<usize> {
    let led = usize::from(
        words
            .first()
            .is_some_and(|word| matches!(word.as_str(), "within" | "under" | "about")),
    );
    let number = words.get(led)?;
    let unit = words.get(led + 1)?.as_str();
    let counted = number.len() < 4 && number.bytes().all(|b| b.is_ascii_digit());
    let told = counted
        && matches!(
            unit,
            "minute" | "minutes" | "min" | "mins" | "block" | "blocks" | "minutos" | "cuadras"
        );
    told.then_some(led + 2)
}
