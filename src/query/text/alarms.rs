//! Who needs help at once, whatever else they type: whom to call is told, the place is kept, and where no kind of care was asked for
//! the kind that helps is shown. Phrases come from the table of everyday words; what people say in many ways is told by rules: a
//! verb and `myself`, a part of the body and what is wrong with it, somebody who does something to somebody.

use std::ops::Range;

use super::{Reader, harms};
use crate::query::spelling;
use crate::vocab::lexicon::Alarm;

/// Words that deny what stands right behind them.
const DENIED: &[&str] = &["no", "not", "without", "never", "sin"];
/// What somebody does to themselves.
const HARM: &[&str] = &[
    "burning", "cuts", "cutting", "drown", "hang", "hanging", "harm", "harming", "harms", "hurt", "hurting", "kill",
    "killing", "kills", "shoot", "shooting", "starving", "stab", "stabbing",
];
/// To whom.
const THEMSELVES: &[&str] = &["herself", "himself", "myself", "themself", "themselves", "yourself"];
/// Words between a denial and life.
const WILL: &[&str] = &["point", "reason", "reasons", "wanna", "want", "wants", "wish"];
/// The same, of which one alone says nothing.
const BETWEEN: &[&str] = &["a", "any", "be", "going", "in", "keep", "much", "on", "to"];
/// What somebody does not want.
const LIFE: &[&str] = &["alive", "exist", "existing", "live", "living"];
/// A denial of a wish.
const NOT: &[&str] = &["cannot", "cant", "didnt", "doesnt", "dont", "no", "not", "wont"];
/// What somebody thinks of, or plans.
const ENDS: &[&str] = &["dying", "ending", "suicide", "killing", "death"];
/// Words that say that somebody thinks of it.
const THOUGHTS: &[&str] = &["plan", "planning", "think", "thinking", "thought", "thoughts"];
/// What may be ended so.
const ENDED: &[&str] = &["everything", "it", "things"];

/// Parts of the body, and signs beside them that call for an ambulance.
const SIGNS: &[(&[&str], &[&str])] = &[
    (
        &["chest", "pecho"],
        &[
            "aprieta",
            "crushing",
            "duele",
            "elephant",
            "heaviness",
            "hurt",
            "hurting",
            "hurts",
            "pain",
            "pains",
            "pressure",
            "squeezing",
            "tight",
            "tightness",
        ],
    ),
    (
        &["throat", "tongue", "garganta", "airway"],
        &[
            "cerrando", "cierra", "closed", "closes", "closing", "swelling", "swells",
        ],
    ),
    (&["face", "mouth"], &["droop", "drooped", "drooping", "droops"]),
    (&["speech"], &["slurred", "slurring"]),
    (&["stroke"], &["signs", "symptoms"]),
    (&["lips"], &["blue", "swelling", "swells"]),
];
/// What does not happen that must, and what must not and does: `bleeding wont stop`, `can not breathe`.
const UNABLE: &[&str] = &[
    "cannot",
    "cant",
    "couldnt",
    "isnt",
    "no",
    "not",
    "stopped",
    "struggling",
    "unable",
    "wont",
    "doesnt",
];
const VITAL: &[&str] = &["breath", "breathe", "breathing", "wake", "waking"];
const FLOWS: &[&str] = &[
    "bleed",
    "bleeding",
    "bleeds",
    "blood",
    "convulsions",
    "hemorrhage",
    "hemorrhaging",
    "seizing",
    "seizure",
    "seizures",
];
const STOPS: &[&str] = &["stop", "stopping", "stops"];

/// Who may hurt somebody at home.
pub(super) const ACTORS: &[&str] = &[
    "boyfriend",
    "brother",
    "dad",
    "esposo",
    "ex",
    "father",
    "fiance",
    "girlfriend",
    "he",
    "husband",
    "marido",
    "mom",
    "mother",
    "novio",
    "partner",
    "she",
    "somebody",
    "someone",
    "spouse",
    "stepdad",
    "stepfather",
    "they",
    "uncle",
    "wife",
];
/// What they do.
const VIOLENT: &[&str] = &[
    "abused",
    "abuses",
    "abusing",
    "assaulted",
    "attacked",
    "beat",
    "beating",
    "beats",
    "choked",
    "choking",
    "hit",
    "hits",
    "hitting",
    "hurt",
    "hurting",
    "hurts",
    "kicked",
    "kicks",
    "molested",
    "punched",
    "punches",
    "raped",
    "rapes",
    "slapped",
    "slaps",
    "strangled",
    "threatened",
    "threatens",
    "touched",
    "touches",
    "touching",
];
/// Children, whose harm is told elsewhere.
const CHILDREN: &[&str] = &[
    "baby",
    "child",
    "children",
    "daughter",
    "kid",
    "kids",
    "niece",
    "nephew",
    "son",
    "stepdaughter",
    "stepson",
    "toddler",
];
/// So many words may stand between what belongs together.
const APART: usize = 3;

/// The words of a text that call for help, and for which.
pub(super) type Heard = Vec<(Range<usize>, Alarm)>;

impl Reader<'_, '_> {
    /// Hears who needs help, and tells whom to call.
    pub(super) fn hear_alarms(&mut self) {
        // Also as they were typed: `throat closing` is no misspelt `losing`.
        let typed: Vec<String> = self.tokens.iter().map(|token| token.word.clone()).collect();
        for at in 0..self.words.len() {
            let heard = self.heard_at(&typed, at).or_else(|| self.heard_at(self.words, at));
            if let Some((alarm, taken)) = heard {
                self.alarms.push((at..at + taken, alarm));
                self.tell(alarm.told().to_owned());
            }
        }
    }

    /// What calls for help at a word, and how many words that are.
    fn heard_at(&self, words: &[String], at: usize) -> Option<(Alarm, usize)> {
        let before = at.checked_sub(1).map(|before| words[before].as_str());
        let denied = before.is_some_and(|before| DENIED.contains(&before));
        let row = self.everyday().alarm(&words[at..]).filter(|_| !denied);
        let row = row.filter(|(_, taken)| {
            !harms::is_of_work(&words[at + taken..]) && !harms::is_of_needle(words, &words[at..at + taken])
        });
        let told = || harms::told_at(words, at).filter(|_| !denied);
        row.or_else(|| said_at(words, at, denied)).or_else(told)
    }

    /// Whether a word is of what calls for help.
    pub(super) fn is_of_alarm(&self, at: usize) -> bool {
        self.alarms.iter().any(|(words, _)| words.contains(&at))
    }

    /// The kind of care that helps, where none and nobody was asked for.
    pub(super) fn settle_alarm(&mut self) {
        let Some((_, alarm)) = self.alarms.first() else { return };
        let number = self.reading.npi.is_some() || self.reading.phone.is_some();
        if self.reading.specialty.is_empty() && self.reading.name.is_empty() && !number {
            self.reading.specialty = self.snapshot.lexicon.specialties.resolve(alarm.care()).to_vec();
        }
    }

    /// Beside a call for help nobody is looked for whose name is one word of it, or no name: the words are left out.
    pub(super) fn leave_out_names(&mut self, name: &[String]) -> bool {
        let person = name.len() > 1 && spelling::is_borne_by_person(self.snapshot, name);
        if self.alarms.is_empty() || self.titled || person {
            return false;
        }
        for word in name.iter().rev() {
            self.reading.leave_out(word);
        }
        self.named.clear();
        true
    }
}

/// What the words from one on say by the rules above, and how many of them.
fn said_at(words: &[String], at: usize, denied: bool) -> Option<(Alarm, usize)> {
    let is = |at: usize, list: &[&str]| words.get(at).is_some_and(|word| list.contains(&word.as_str()));
    let near = |from: usize, list: &[&str]| (from..=from + APART).find(|at| is(*at, list));
    if !denied && is(at, HARM) && is(at + 1, THEMSELVES) {
        return Some((Alarm::Crisis, 2));
    }
    if is(at, THOUGHTS) && (is(at + 1, &["about", "of"])) && is(at + 2, ENDS) {
        let ending = is(at + 2, &["ending"]) && at + 3 < words.len() && !is(at + 3, ENDED);
        return (!ending).then_some((Alarm::Crisis, 3));
    }
    if is(at, NOT) {
        let mut to = at + 1;
        while is(to, WILL) || is(to, BETWEEN) {
            to += 1;
        }
        if is(to, LIFE) && (at + 1..to).any(|between| is(between, WILL)) {
            return Some((Alarm::Crisis, to + 1 - at));
        }
    }
    if is(at, UNABLE) {
        let between = |to: usize| {
            (at + 1..to).all(|between| is(between, &["to", "get", "catch", "my", "her", "his", "him", "up", "a"]))
        };
        if let Some(to) = near(at + 1, VITAL).filter(|to| between(*to)) {
            return Some((Alarm::Emergency, to + 1 - at));
        }
    }
    if !denied
        && is(at, FLOWS)
        && let Some(not) = near(at + 1, UNABLE)
        && is(not + 1, STOPS)
    {
        return Some((Alarm::Emergency, not + 2 - at));
    }
    let sign = SIGNS.iter().find_map(|(parts, signs)| {
        let other = match (is(at, parts), is(at, signs)) {
            (true, _) => signs,
            (_, true) => parts,
            _ => return None,
        };
        near(at + 1, other)
    });
    if let Some(to) = sign.filter(|_| !denied) {
        return Some((Alarm::Emergency, to + 1 - at));
    }
    let verb = near(at + 1, VIOLENT).filter(|_| is(at, ACTORS))?;
    if is(verb + 1, &["me", "us"]) {
        return Some((Alarm::Violence, verb + 2 - at));
    }
    let child = (verb + 1..=verb + 2).find(|to| is(*to, CHILDREN))?;
    is(verb + 1, &["my", "our", "his", "her", "the", "a"]).then_some((Alarm::Abuse, child + 1 - at))
}
