//! Two places of which one is past: `moved from denver to austin`, `used to live in tampa, now in reno`, `my dentist is in phoenix but i
//! live in boise now`. Where somebody lives now is meant; the other one is left out, and that is said.

use super::{Reader, starts_with};
use crate::vocab::place::Place;

/// Who moves says so at most so many words before `from`.
const MOST_BEFORE: usize = 4;
/// What is said of it.
const MOVED: &[&str] = &[
    "move",
    "moved",
    "moving",
    "mudamos",
    "mudando",
    "mudarme",
    "mude",
    "relocate",
    "relocated",
    "relocating",
    "transferred",
    "transferring",
];
/// What stands before the place that is left.
const FROM: &[&str] = &["de", "desde", "from"];
/// And before the one that is gone to.
const TO: &[&str] = &["a", "for", "into", "to"];
/// Behind these stands where somebody is now.
const NOW: &[&[&str]] = &[
    &["now", "in"],
    &["now", "im", "in"],
    &["now", "live", "in"],
    &["now", "living", "in"],
    &["now", "i", "live", "in"],
    &["i", "now", "live", "in"],
    &["i", "am", "now", "in"],
    &["im", "now", "in"],
    &["but", "i", "live", "in"],
    &["but", "im", "in"],
    &["ahora", "en"],
    &["ahora", "vivo", "en"],
];

impl Reader<'_, '_> {
    /// The place that somebody left, with the word before it, if behind it stands where they went: how many words that is.
    pub(super) fn moved_from(&mut self, at: usize) -> Option<usize> {
        let words = self.words;
        let before = &words[at.saturating_sub(MOST_BEFORE)..at];
        let told = || before.iter().any(|word| MOVED.contains(&word.as_str()));
        if words[at] != "leaving" && !(FROM.contains(&words[at].as_str()) && told()) {
            return None;
        }
        let from = at + 1;
        let (_, taken) = self.place_ahead(from)?;
        let to = from + taken;
        if !words.get(to).is_some_and(|word| TO.contains(&word.as_str())) {
            return None;
        }
        self.place_ahead(to + 1)?;
        let left = words[from..to].join(" ");
        self.tell(format!("`{left}` is where you were, so it is left out"));
        self.term_at(from, taken, "unknown", left);
        Some(to - at)
    }

    /// `now in reno`: the place in the stead of the one that was said before.
    pub(super) fn lives_now(&mut self, at: usize) -> Option<usize> {
        let known = self.reading.place.as_ref().or(self.reading.state.as_ref())?;
        let words = self.words;
        let phrases = NOW.iter().filter(|phrase| starts_with(&words[at..], phrase));
        let lead = phrases.map(|phrase| phrase.len()).max()?;
        // `open now in reno`
        if at.checked_sub(1).is_some_and(|before| words[before] == "open") {
            return None;
        }
        let from = at + lead;
        let (place, taken) = self.place_ahead(from)?;
        if place == *known {
            return None;
        }
        self.reading.other_states.clear();
        self.put_instead(from, taken, place);
        Some(lead + taken)
    }

    /// A place at a word before which stands what says that one follows.
    fn place_ahead(&self, from: usize) -> Option<(Place, usize)> {
        let state = [2, 1].into_iter().find_map(|length| {
            let name = self.words.get(from..from + length)?.join(" ");
            let state = (name.len() > 3).then(|| self.snapshot.lexicon.gazetteer.state(&name))??;
            Some((state, length))
        });
        let beside = self.place_beside(from);
        match (state, beside) {
            // `texas city`: a town that begins like a state.
            (Some(state), Some(place)) if place.1 <= state.1 && place.0.city.is_none() => Some(state),
            (state, place) => place.or(state),
        }
    }
}
