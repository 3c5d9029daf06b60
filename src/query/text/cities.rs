//! A city before its state, where the state's two letters may be a word or somebody's credentials; and places beside a place.

use super::places::{MOST_WORDS, OF_TOWNS, is_whole_state, leads, zip_length};
use super::states::old_way;
use super::surer::JOINS;
use super::{Before, Reader};
use crate::query::spelling;
use crate::vocab::place::Place;

/// State codes that are more often words.
pub(super) const WORDS_TOO: &[&str] = &[
    "in", "or", "me", "hi", "ok", "oh", "la", "de", "id", "al", "co", "so", "as", "pr", "ma", "pa", "md", "ms", "mi",
    "mo",
];

/// Those of them that go on with a sentence.
pub(super) const PREPOSITIONS: &[&str] = &["in", "or", "me", "hi", "ok", "la", "de", "al", "co", "so", "as"];

/// Those of them that are hardly anything else behind the name of a city: the name may be misspelt.
const PLAIN: &[&str] = &["oh", "mo", "id"];

/// Those that end a sentence as well.
pub(super) const SPOKEN: &[&str] = &["as", "hi", "me", "ok", "so"];

/// Words behind which a town stands, be it misspelt.
const SURELY_LED: &[&str] = &["in", "near", "around", "outside", "en", "from"];

impl Reader<'_, '_> {
    /// `Houston TX`, `san antonio texas`, `huston tx`, `harris county tx`, and a ZIP behind it.
    pub(super) fn with_state(&self, rest: &[String]) -> Option<(Place, usize)> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let zip = |taken: usize| rest.get(taken).and_then(|word| gazetteer.postal_code(word));
        for length in (1..=rest.len().min(MOST_WORDS)).rev() {
            let states = [1, 2].into_iter().filter(|n| length + n <= rest.len());
            for state_words in states {
                let state = rest[length..length + state_words].join(" ");
                let old = old_way(&state);
                let code = match state.len() {
                    2 if state_words == 1 => Some(state.clone()),
                    _ if old.is_some() => old.map(str::to_owned),
                    0..=3 => None,
                    _ => gazetteer.state(&state).map(|place| place.state),
                };
                let Some(code) = code else { continue };
                let city = rest[..length].join(" ");
                let taken = length + state_words;
                // `johnson new york ny`: the words of the state are a city, as its own code behind them says.
                if state.len() > 2 && rest.get(taken).is_some_and(|again| again.eq_ignore_ascii_case(&code)) {
                    let is_city = gazetteer.has_city(&state, &code);
                    if is_city && !gazetteer.has_city(&rest[..taken].join(" "), &code) {
                        continue;
                    }
                }
                let parish = code.eq_ignore_ascii_case("la") && rest[length - 1] == "parish";
                let county = (parish || rest[length - 1] == "county")
                    .then(|| gazetteer.county(&city, &code))
                    .flatten();
                let spelt = || self.spelt_before(rest, length, &state, &code);
                // `pain in`, `lee or`: a filler is no city, whatever follows.
                // `spade, e houston tx`: an initial before a city.
                let initial = rest[0].len() == 1 && !gazetteer.has_city(&city, &code);
                // `normal il`: a town that is called like a word, if the letters behind it are none.
                let stated = !WORDS_TOO.contains(&state.as_str()) && gazetteer.has_city(&city, &code);
                let filler = initial || (!stated && self.snapshot.lexicon.everyday.is_filler(&city));
                let doubtful = || WORDS_TOO.contains(&state.as_str()) && !self.means_state(rest, length, &city);
                if filler || doubtful() {
                    continue;
                }
                if let Some(place) = gazetteer.city(&city, &code).or(county).or_else(spelt) {
                    return Some(match zip(taken) {
                        Some(zip) => (zip, taken + zip_length(&rest[taken..])),
                        None => (place, taken),
                    });
                }
            }
        }
        None
    }

    /// `huston tx`, `birmingam al`: the city of a state that so many words before it are, misspelt.
    fn spelt_before(&self, rest: &[String], length: usize, state: &str, code: &str) -> Option<Place> {
        let (lexicon, city) = (&self.snapshot.lexicon, &rest[..length]);
        let gazetteer = &lexicon.gazetteer;
        let written = old_way(state).is_some();
        if written || length > 3 || lexicon.specialties.longest_prefix(rest).is_some() {
            return None;
        }
        if !WORDS_TOO.contains(&state) || PLAIN.contains(&state) {
            return self.like_in_state(city, code);
        }
        let at = self.words.len().checked_sub(rest.len())?;
        let led = at > 0 && SURELY_LED.contains(&self.words[at - 1].as_str());
        let person = || spelling::is_borne_by_person(self.snapshot, city);
        let sentence = || {
            let mut words = city.iter();
            words.all(|word| lexicon.everyday.is_filler(word) || lexicon.everyday.is_ordinary(word))
        };
        let preposition = PREPOSITIONS.contains(&state);
        if preposition {
            // Where the sentence does not go on with that word.
            let to = at + length + 1;
            let zip = || {
                rest.get(length + 1)
                    .is_some_and(|zip| gazetteer.postal_code(zip).is_some())
            };
            let ends = to == self.words.len() || self.known_follows(to) || zip();
            if !(ends || self.capitals[to - 1]) || sentence() {
                return None;
            }
        }
        let place = self.like_in_state(city, code)?;
        let name = place.city.as_deref().unwrap_or_default();
        // `pittsburg pa`: a city that many know; but `perez md` is somebody.
        let known = || gazetteer.is_known_city(name, code) && !person();
        // `my boyfriend beats me`: a verb.
        let verb = SPOKEN.contains(&state);
        let asked = || {
            let behind = self.is_behind_what_is_known() && !verb;
            // `dentist westwod ma`: no degree, behind a trade and nobody's name.
            let ends = at + length + 1 == self.words.len() || self.known_follows(at + length + 1);
            (preposition || ends) && (behind || self.capitals[at + length]) && !person()
        };
        // `dentist westwod ma`: behind a kind of care, at the end.
        let cared = || {
            let ends = at + length + 1 == self.words.len();
            ends && self.is_behind_what_is_known() && !self.specialties.is_empty() && !person() && !sentence()
        };
        (led || known() || asked() || cared()).then_some(place)
    }

    /// The city of a state that words are like; four letters only where nobody is called so and no dictionary has them: `wacp tx`.
    fn like_in_state(&self, city: &[String], code: &str) -> Option<Place> {
        let lexicon = &self.snapshot.lexicon;
        let gazetteer = &lexicon.gazetteer;
        gazetteer.like(&city.join(" "), Some(code)).or_else(|| {
            let [word] = city else { return None };
            let place = gazetteer.like_short(word, code)?;
            let known = lexicon.everyday.is_filler(word)
                || lexicon.everyday.is_ordinary(word)
                || lexicon.words.bearers(word) > 0
                || spelling::is_borne(self.snapshot, city);
            (!known).then_some(place)
        })
    }

    /// Whether the word behind the name of a city is its state, though it may be another word: `kansas city mo`, but not
    /// `springfield or peoria` nor `laura smith md`. That somebody is called like a city that many know does not speak against it.
    fn means_state(&self, rest: &[String], length: usize, city: &str) -> bool {
        let lexicon = &self.snapshot.lexicon;
        let state = rest[length].as_str();
        let preposition = PREPOSITIONS.contains(&state);
        if preposition && self.begins_place(&rest[length + 1..], state) {
            return false;
        }
        // `hodge la crosse wi`: of the town behind it.
        if OF_TOWNS.contains(&state) && (2..=MOST_WORDS).any(|words| self.is_stated(&rest[length..], words)) {
            return false;
        }
        // `east lansing mi`: a town of several words that is there.
        let town = length > 1 && !preposition && OF_TOWNS.contains(&rest[0].as_str());
        if town && lexicon.gazetteer.has_city(city, state) {
            return true;
        }
        let specialty = lexicon.specialties.longest_prefix(rest).map(|(_, taken)| taken);
        let language = lexicon.languages.longest_prefix(rest).map(|(_, taken)| taken);
        let term = specialty.max(language).unwrap_or(0);
        if lexicon.gazetteer.is_known_city(city, state) {
            return term <= length;
        }
        let named = matches!(self.before, Before::Understood | Before::Name);
        term == 0 && (named || !spelling::is_borne(self.snapshot, &rest[..length]))
    }

    /// Whether a place begins here, so that the word before it goes on with the sentence; not where it is a ZIP of that state.
    fn begins_place(&self, rest: &[String], state: &str) -> bool {
        let rest = match rest.first().map(String::as_str) {
            Some("the") => &rest[1..],
            _ => rest,
        };
        let Some(first) = rest.first() else { return false };
        let lexicon = &self.snapshot.lexicon;
        let gazetteer = &lexicon.gazetteer;
        if let Some(zip) = gazetteer.postal_code(first) {
            return !zip.state.eq_ignore_ascii_case(state);
        }
        // `the chiropractor anderson in calais me`: a town and its state, however few live there.
        if (1..=MOST_WORDS).any(|length| self.is_stated(rest, length)) {
            return true;
        }
        let is_term =
            || lexicon.specialties.longest_prefix(rest).is_some() || lexicon.languages.longest_prefix(rest).is_some();
        // `in new york`: `new` is a word of its own, but not here.
        let great = (2..=rest.len().min(3)).any(|length| {
            let name = rest[..length].join(" ");
            gazetteer.is_great_city(&name) || gazetteer.is_state(&name)
        });
        if great {
            return true;
        }
        // `columbus in tidewater`: the payer, whatever village is called so.
        if lexicon.everyday.is_filler(first) || is_term() || self.begins_payer(&rest[..1]) {
            return false;
        }
        self.in_short(rest, true).is_some()
            || (1..=rest.len().min(MOST_WORDS)).any(|length| {
                let name = rest[..length].join(" ");
                let known = name.len() > 3 && (gazetteer.is_great_city(&name) || gazetteer.is_state(&name));
                let town = || gazetteer.is_city(&name) && !spelling::is_borne(self.snapshot, &rest[..length]);
                known || (name.len() > 3 && town())
            })
    }

    /// `la crosse wi`: whether so many words are a town of the state behind them.
    fn is_stated(&self, words: &[String], length: usize) -> bool {
        let code = words.get(length).filter(|code| code.len() == 2);
        let town = |code: &String| {
            let gazetteer = &self.snapshot.lexicon.gazetteer;
            gazetteer.has_city(&words[..length].join(" "), code)
        };
        code.is_some_and(town)
    }

    /// `lady lake fl`: a town and its state that begin like a wish.
    pub(super) fn town_of_wish(&mut self, at: usize) -> Option<usize> {
        let rest = &self.words[at..];
        let town = (2..=MOST_WORDS).any(|length| self.is_stated(rest, length));
        let wish = town && super::wishes::words().any(|word| word == rest[0]);
        wish.then(|| self.place_term(at)).flatten()
    }

    /// Whether words named a town that is not great, and neither its state nor a ZIP.
    pub(super) fn is_bare_town(&self, words: &[String]) -> bool {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let last = words.last().map_or("", String::as_str);
        let said = gazetteer.is_state(last) || last.bytes().any(|b| b.is_ascii_digit());
        let place = self.reading.place.as_ref();
        let town = place.filter(|place| !gazetteer.is_landmark(place));
        let city = town.and_then(|place| place.city.as_deref());
        !said && city.is_some_and(|city| !gazetteer.is_great_city(&city.to_lowercase()))
    }

    /// `oregon or washington`: one more state. Of other places only one can be measured from: the next is left out, and told.
    pub(super) fn another_place(&mut self, at: usize) -> Option<usize> {
        let words = self.words;
        if at == 0 || at != self.placed || !JOINS.contains(&words[at].as_str()) {
            return None;
        }
        let skipped = words[at + 1..]
            .iter()
            .take_while(|word| leads(word) || word.as_str() == "the");
        let from = at + 1 + skipped.count();
        if let Some(taken) = self.another_code(at, from) {
            return Some(taken);
        }
        let (place, taken) = self.place_beside(from)?;
        if self.reading.state.is_some() && is_whole_state(&place) {
            self.term_at(from, taken, "place", place.label.clone());
            self.reading.other_states.push(place);
        } else {
            let said = words[from..from + taken].join(" ");
            self.tell(format!("only one place is searched at a time, so `{said}` is left out"));
            self.term_at(from, taken, "unknown", said);
        }
        self.placed = from + taken;
        Some(from + taken - at)
    }

    /// `NY and NJ`: one more state by its two letters, and no city before it.
    fn another_code(&mut self, at: usize, from: usize) -> Option<usize> {
        let code = self.words.get(from)?.as_str();
        let plain = code.len() == 2 && (!WORDS_TOO.contains(&code) || self.capitals[from]);
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let state = plain.then(|| gazetteer.state(code)).flatten()?;
        if self.reading.state.is_none() && self.words[at - 1] == "ny" {
            let first = gazetteer.state("ny")?;
            if let Some(term) = self.reading.terms.iter_mut().find(|term| term.kind == "place") {
                term.value.clone_from(&first.label);
            }
            self.reading.place = None;
            self.reading.state = Some(first);
        }
        self.reading.state.as_ref()?;
        self.term_at(from, 1, "place", state.label.clone());
        self.reading.other_states.push(state);
        self.placed = from + 1;
        Some(from + 1 - at)
    }

    pub(super) fn place_beside(&self, from: usize) -> Option<(Place, usize)> {
        let lexicon = &self.snapshot.lexicon;
        let gazetteer = &lexicon.gazetteer;
        let rest = self.words.get(from..).filter(|rest| !rest.is_empty())?;
        if let Some(place) = gazetteer.postal_code(&rest[0]) {
            return Some((place, zip_length(rest)));
        }
        if lexicon.everyday.is_filler(&rest[0])
            || lexicon.specialties.longest_prefix(rest).is_some()
            || lexicon.languages.longest_prefix(rest).is_some()
        {
            return None;
        }
        if let Some(found) = self.in_short(rest, true).or_else(|| self.with_state(rest)) {
            return Some(found);
        }
        for length in (1..=rest.len().min(MOST_WORDS)).rev() {
            let name = rest[..length].join(" ");
            if name.len() < 3 {
                continue;
            }
            // `oregon or washington`: two states, not a state and a city.
            let state = gazetteer.state(&name);
            if self.reading.state.is_some() && state.is_some() {
                return state.map(|state| (state, length));
            }
            let known = gazetteer.is_great_city(&name) || !spelling::is_borne(self.snapshot, &rest[..length]);
            if known
                && !self.goes_on(from + length, &name)
                && let Some(place) = state.or_else(|| self.meant_city(&name))
            {
                return Some((place, length));
            }
        }
        None
    }

    /// Behind a place: a ZIP of its state, a city of a state, or once more the city or the state, which make it more exact.
    pub(super) fn nearer_place(&mut self, at: usize) -> Option<usize> {
        let (place, taken) = self.nearer_at(at)?;
        // `austin counseling center in austin`, `henderson family health near 89014`: a house may be called after its town.
        self.displace();
        if let Some(place) = place {
            self.reading.state = None;
            self.term_at(at, taken, "place", place.label.clone());
            self.put_place(place);
        }
        self.placed = at + taken;
        Some(taken)
    }

    /// The place that is nearer than the one that is known; none where the same is said again.
    fn nearer_at(&self, at: usize) -> Option<(Option<Place>, usize)> {
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        let known = self.reading.place.as_ref().or(self.reading.state.as_ref())?;
        let rest = &self.words[at..];
        if known.state.is_empty() || known.postal_code.is_some() || !self.reading.other_states.is_empty() {
            return None;
        }
        if let Some(zip) = gazetteer.postal_code(&rest[0]) {
            return (zip.state == known.state).then(|| (Some(zip), zip_length(rest)));
        }
        if self.before != Before::Understood {
            return None;
        }
        let here = at == self.placed;
        if let Some(city) = &known.city {
            let said = city.split(' ').count();
            let again = here && rest.len() >= said && rest[..said].join(" ").eq_ignore_ascii_case(city);
            if again {
                return Some((None, said));
            }
            // `houston dentist tx`, `columbia dialysis md`
            if rest.len() > 2 || !self.named.is_empty() {
                return None;
            }
            let code = rest.join(" ");
            let state = gazetteer.state(&code)?.state;
            if state == known.state {
                return Some((None, rest.len()));
            }
            let word = WORDS_TOO.contains(&code.as_str());
            if PREPOSITIONS.contains(&code.as_str()) || (word && !gazetteer.is_known_city(city, &state)) {
                return None;
            }
            return gazetteer.city(city, &state).map(|there| (Some(there), rest.len()));
        }
        // `tx houston`: a city of the state.
        if !here || !is_whole_state(known) {
            return None;
        }
        if let Some((city, taken)) = self.in_short(rest, true)
            && city.state == known.state
        {
            return Some((Some(city), taken));
        }
        (1..=rest.len().min(MOST_WORDS)).rev().find_map(|length| {
            let name = rest[..length].join(" ");
            let great = gazetteer.is_great_city(&name);
            let city = gazetteer.city(&name, &known.state)?;
            (great || !spelling::is_borne_by_person(self.snapshot, &rest[..length])).then_some((Some(city), length))
        })
    }

    /// The words of a name go on with the city that is in it already: `Sewell Immediate Care, Sewell, NJ`.
    pub(super) fn repeats_place(&self, at: usize) -> bool {
        let repeated = self.named.iter().any(|named| self.words[*named] == self.words[at]);
        repeated && self.with_state(&self.words[at..]).is_some()
    }
}
