//! A state by itself: `dentist in TX`, `nj dentist`, `florida cardiologist`, `boston mass`. Two letters may be a word or
//! somebody's credentials, so the words around them and how they are written decide.

use super::cities::{PREPOSITIONS, SPOKEN, WORDS_TOO};
use super::places::MOST_WORDS;
use super::{Before, Reader, untold, wishes};
use crate::query::spelling;
use crate::vocab::{names::CREDENTIALS, place::Place};

/// How states were written in short before they had two letters, and how people call them.
const OLD: &[(&str, &str)] = &[
    ("ala", "al"),
    ("ariz", "az"),
    ("ark", "ar"),
    ("cali", "ca"),
    ("calif", "ca"),
    ("colo", "co"),
    ("conn", "ct"),
    ("del", "de"),
    ("fla", "fl"),
    ("ill", "il"),
    ("ind", "in"),
    ("kan", "ks"),
    ("kans", "ks"),
    ("mass", "ma"),
    ("mich", "mi"),
    ("minn", "mn"),
    ("miss", "ms"),
    ("mont", "mt"),
    ("ncar", "nc"),
    ("ndak", "nd"),
    ("neb", "ne"),
    ("nebr", "ne"),
    ("nev", "nv"),
    ("nmex", "nm"),
    ("okla", "ok"),
    ("ore", "or"),
    ("oreg", "or"),
    ("penn", "pa"),
    ("penna", "pa"),
    ("scar", "sc"),
    ("sdak", "sd"),
    ("tenn", "tn"),
    ("tex", "tx"),
    ("wash", "wa"),
    ("wis", "wi"),
    ("wisc", "wi"),
    ("wva", "wv"),
    ("wyo", "wy"),
];

/// Those of them that are hardly a word or a name.
const OLD_ALONE: &[&str] = &[
    "ariz", "cali", "calif", "fla", "kans", "mich", "minn", "ncar", "ndak", "nebr", "nmex", "okla", "oreg", "penna",
    "scar", "sdak", "tenn", "wis", "wisc", "wva", "wyo",
];
/// Those that are one behind `in`.
const OLD_LED: &[&str] = &["ala", "colo", "conn", "ill", "mass", "penn", "tex", "wash"];

/// Those that are one at the end right behind who is asked for, unless somebody is called so.
const OLD_BEHIND: &[&str] = &[
    "ala", "ark", "colo", "conn", "ill", "ind", "mass", "mont", "neb", "nev", "ore", "penn", "tex", "wash",
];
/// So many people has a town that is meant behind `in`, and not the state in short: `in mont`.
const KNOWN_TOWN: u32 = 5_000;

/// How states are called in Spanish, where that is another name.
const SPANISH: &[(&[&str], &str)] = &[
    (&["nueva", "jersey"], "nj"),
    (&["nuevo", "mexico"], "nm"),
    (&["carolina", "del", "norte"], "nc"),
    (&["carolina", "del", "sur"], "sc"),
    (&["dakota", "del", "norte"], "nd"),
    (&["dakota", "del", "sur"], "sd"),
    (&["virginia", "occidental"], "wv"),
    (&["luisiana"], "la"),
    (&["pensilvania"], "pa"),
    (&["misisipi"], "ms"),
    (&["misuri"], "mo"),
];

/// Codes that people never mean by two letters alone: islands, the forces.
pub(super) const NEVER: &[&str] = &["aa", "ae", "ap", "as", "fm", "gu", "mh", "mp", "pw", "vi"];

/// Words behind which a state's two letters stand.
const LEADS: &[&str] = &[
    "in",
    "near",
    "around",
    "from",
    "outside",
    "serving",
    "across",
    "throughout",
];

/// Two letters that go on with a sentence behind such a word, too.
const GOES_ON: &[&str] = &["in", "or", "me", "so", "as"];

/// Letters of states that are degrees, people or scans beside a physician or a nurse.
const DEGREES: &[&str] = &["ct", "ma", "md", "ms", "nd", "pa"];
/// Letters of states that say nothing else at the end behind a kind of care.
const WORDS_AT_END: &[&str] = &["id", "mi", "mo", "oh"];
/// How the codes of those begin who have such assistants and degrees: physicians, nurses, assistants.
const MEDICAL: &[&str] = &["16", "20", "36"];
/// Codes from here on are of houses.
const FIRST_HOUSE: &str = "251";

/// The two letters of a state that was written in short in the old way.
pub(super) fn old_way(word: &str) -> Option<&'static str> {
    let at = OLD.binary_search_by_key(&word, |(old, _)| *old).ok()?;
    Some(OLD[at].1)
}

impl Reader<'_, '_> {
    /// `nueva jersey`: a state by its Spanish name at the beginning of the words, and how many words it took.
    pub(super) fn spanish_state(&self, rest: &[String]) -> Option<(Place, usize)> {
        let (name, code) = SPANISH.iter().find(|(name, _)| super::starts_with(rest, name))?;
        let state = self.snapshot.lexicon.gazetteer.state(code)?;
        Some((state, name.len()))
    }

    /// `in colo.`, `therapist mass`: a state in the old short form, whatever village is called so.
    pub(super) fn state_of_old(&self, at: usize, behind: usize) -> Option<Place> {
        let at_state = at + behind;
        let word = self.words.get(at_state)?.as_str();
        let code = old_way(word)?;
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let rest = &self.words[at_state..];
        let ends = rest.len() == 1;
        // `in penn hills`, `colo springs`
        let longer = (2..=rest.len().min(MOST_WORDS)).any(|length| gazetteer.is_city(&rest[..length].join(" ")));
        if longer || gazetteer.is_town(word, KNOWN_TOWN) {
            return None;
        }
        let led = behind > 0 && LEADS.contains(&self.words[at].as_str()) && word != "miss" && word != "del";
        if led {
            let follows = ends || self.known_follows(at_state + 1) || self.everyday().is_filler(&rest[1]);
            return follows.then(|| gazetteer.state(code)).flatten();
        }
        let asked = || self.specialties.last().is_some_and(|(_, condition)| !condition);
        let meant = behind == 0
            && ends
            && OLD_BEHIND.contains(&word)
            && self.is_behind_what_is_known()
            && asked()
            && !spelling::is_borne_by_person(self.snapshot, &rest[..1]);
        meant.then(|| gazetteer.state(code)).flatten()
    }

    /// A state in short at a word, `behind` so many words of which lead to it.
    pub(super) fn state_alone(&self, at: usize, behind: usize) -> Option<Place> {
        let at_state = at + behind;
        let word = self.words.get(at_state)?.as_str();
        let led = behind > 0 && LEADS.contains(&self.words[at].as_str());
        let led = led || (at > 0 && behind == 0 && LEADS.contains(&self.words[at - 1].as_str()));
        let ends = at_state + 1 == self.words.len();
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        if word.len() != 2 {
            let meant = OLD_ALONE.contains(&word) || (led && OLD_LED.contains(&word));
            let code = meant.then(|| old_way(word)).flatten()?;
            let said = led || (ends && self.is_behind_what_is_known());
            return said.then(|| gazetteer.state(code)).flatten();
        }
        let meant = if led {
            !GOES_ON.contains(&word) || (self.capitals[at_state] && ends)
        } else {
            behind == 0 && (self.means_state_alone(at, ends) || self.is_behind_unknown_town(at, ends))
        };
        // `in la corse wi`
        let elsewhere = word == "la" && self.is_la_of_another_state(&self.words[at_state..]);
        (meant && !elsewhere && !NEVER.contains(&word))
            .then(|| gazetteer.state(word))
            .flatten()
    }

    /// `dentist in birminqqam al`: the state behind a town that is not known, which stands behind `in`, or is one elsewhere.
    pub(super) fn is_behind_unknown_town(&self, at: usize, ends: bool) -> bool {
        let code = self.words[at].as_str();
        let town = self
            .named
            .iter()
            .rev()
            .zip((0..at).rev())
            .take_while(|(named, at)| *named == at);
        let town = &self.words[at - town.count()..at];
        let lead = at.checked_sub(town.len() + 1);
        // `dentist marlboro ma`: right behind a trade, and nobody's name.
        let trade = |lead: usize| {
            let mut terms = self.reading.terms.iter();
            let behind = terms.any(|term| term.kind == "specialty" && term.end == self.tokens[lead].end);
            behind && !spelling::is_borne_by_person(self.snapshot, town)
        };
        let led = lead.is_some_and(|lead| {
            lead + 1 < at && (matches!(self.words[lead].as_str(), "in" | "near" | "around") || trade(lead))
        });
        let free = self.reading.place.is_none() && self.reading.state.is_none();
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let known = gazetteer.is_state(code);
        // `dentist parma co`: what is a town elsewhere; but `cardiologist jackson md`, `therapist martinez la`.
        let person = || spelling::is_borne_by_person(self.snapshot, town);
        let elsewhere = || {
            let doubtful = code == "la" || CREDENTIALS.contains(&code) || DEGREES.contains(&code);
            !self.specialties.is_empty() && gazetteer.is_city(&town.join(" ")) && !(doubtful && person())
        };
        ends && free && known && code.len() == 2 && !self.titled && !SPOKEN.contains(&code) && (led || elsewhere())
    }

    /// Two letters without a word that leads to them: at the end or amid what is understood, or before a kind of provider.
    fn means_state_alone(&self, at: usize, ends: bool) -> bool {
        let word = self.words[at].as_str();
        let lexicon = &self.snapshot.lexicon;
        if self.is_state_of_trade(at, ends) {
            return true;
        }
        if lexicon.specialties.longest_prefix(&self.words[at..]).is_some() {
            return false;
        }
        let plain = !WORDS_TOO.contains(&word) && word != "nd";
        if CREDENTIALS.contains(&word) || !(plain || self.capitals[at]) {
            return false;
        }
        let follows = self.known_follows(at + 1);
        if at == 0 {
            // `VA doctor`: of the veterans. `NC Williams Bill`, as tables of people have it.
            return (follows && word != "va") || self.before_whole_name(at);
        }
        let named = self.before == Before::Name && (ends || follows);
        let goes_on = PREPOSITIONS.contains(&word) || matches!(word, "mt" | "ne" | "va");
        let known = self.is_behind_what_is_known() && (ends || !goes_on);
        named || known
    }

    /// Whether all that stands behind a word is somebody's name, which that word is not of.
    fn before_whole_name(&self, at: usize) -> bool {
        let behind = &self.words[at + 1..];
        (2..=3).contains(&behind.len())
            && behind
                .iter()
                .all(|word| word.len() > 1 && word.bytes().all(|b| b.is_ascii_lowercase()))
            && !spelling::is_borne(self.snapshot, self.words)
            && self.is_likely_name(behind)
    }

    /// `dentist pa`, `PA dentist`, `therapist oh`: letters that are degrees, assistants or words elsewhere, but not beside a trade
    /// whose people have none of these.
    fn is_state_of_trade(&self, at: usize, ends: bool) -> bool {
        let word = self.words[at].as_str();
        let phrase = self.snapshot.lexicon.specialties.longest_prefix(&self.words[at..]);
        // `ct scan`, `ms specialist`.
        if phrase.is_some_and(|(_, taken)| taken > 1) {
            return false;
        }
        let trade = |codes: &[String]| {
            let medical = |code: &String| MEDICAL.iter().any(|group| code.starts_with(group));
            let house = codes.first().is_some_and(|code| code.as_str() >= FIRST_HOUSE);
            !codes.is_empty() && (house || !codes.iter().any(medical))
        };
        let specialties = &self.snapshot.lexicon.specialties;
        let next = self
            .words
            .get(at + 1..)
            .and_then(|rest| specialties.longest_prefix(rest));
        if at == 0 {
            let said = word == "va" || (DEGREES.contains(&word) && self.capitals[at]);
            return said && next.is_some_and(|(codes, _)| trade(codes) && codes[0].as_str() < FIRST_HOUSE);
        }
        // `urgent care ma`: a word that says nothing by itself, but is of the kind of care.
        let end = self.tokens[at - 1].end;
        let of_term = || {
            self.reading
                .terms
                .iter()
                .any(|term| term.kind == "specialty" && term.end == end)
        };
        let right_behind =
            self.is_behind_what_is_known() && (!self.everyday().is_filler(&self.words[at - 1]) || of_term());
        if !right_behind || !(ends || self.known_follows(at + 1)) {
            return false;
        }
        let last = self
            .specialties
            .last()
            .map(|(codes, _)| codes.as_slice())
            .unwrap_or_default();
        (DEGREES.contains(&word) && trade(last)) || (ends && WORDS_AT_END.contains(&word) && !last.is_empty())
    }

    /// Two letters at a word that are a state's, and hardly anything else.
    pub(super) fn plain_state(&self, at: usize) -> Option<Place> {
        let code = self.words.get(at).filter(|word| word.len() == 2)?.as_str();
        let plain = !WORDS_TOO.contains(&code) && !CREDENTIALS.contains(&code) && !NEVER.contains(&code);
        plain.then(|| self.snapshot.lexicon.gazetteer.state(code)).flatten()
    }

    /// `in gotham al`: two letters that end the text behind a town, though they are a word elsewhere.
    pub(super) fn ending_state(&self, at: usize) -> Option<Place> {
        let code = self.words.get(at).filter(|word| word.len() == 2)?.as_str();
        let ends = at + 1 == self.words.len() && !SPOKEN.contains(&code) && !NEVER.contains(&code);
        ends.then(|| self.snapshot.lexicon.gazetteer.state(code)).flatten()
    }

    /// Whether something was understood right before, or somebody was asked for.
    pub(super) fn is_behind_what_is_known(&self) -> bool {
        (self.pieces > 0 || self.anybody) && self.before == Before::Understood
    }

    /// Whether at a word begins what is asked for: a kind of provider, a language, a wish.
    pub(super) fn known_follows(&self, at: usize) -> bool {
        let lexicon = &self.snapshot.lexicon;
        self.words
            .get(at..)
            .filter(|rest| !rest.is_empty())
            .is_some_and(|rest| {
                lexicon.specialties.longest_prefix(rest).is_some()
                    || lexicon.languages.longest_prefix(rest).is_some()
                    || untold::is_anybody(&rest[0])
                    || lexicon.everyday.is_child(&rest[0])
                    || (rest[0].len() > 4 && wishes::words().any(|word| word == rest[0]))
                    || matches!(rest[0].as_str(), "male" | "open" | "speaks")
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_ways_are_in_order() {
        assert!(OLD.is_sorted());
        assert_eq!((old_way("mass"), old_way("nobody")), (Some("ma"), None));
        assert!(OLD_ALONE.iter().chain(OLD_BEHIND).all(|word| old_way(word).is_some()));
    }
}
