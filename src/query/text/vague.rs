//! Places that everybody knows where they are and no map does: `in the valley`, `near the mall`, `downtown`. They are left out,
//! and that is said; whatever village is called so is not meant.

use super::{Reader, places, starts_with};

/// What people call such places.
const VAGUE: &[&[&str]] = &[
    &["airport"],
    &["barrio"],
    &["beach"],
    &["bus", "stop"],
    &["campus"],
    &["centro"],
    &["city", "center"],
    &["coast"],
    &["college"],
    &["country"],
    &["countryside"],
    &["downtown"],
    &["freeway"],
    &["heights"],
    &["highway"],
    &["hills"],
    &["hood"],
    &["lake"],
    &["library"],
    &["mall"],
    &["midtown"],
    &["mountains"],
    &["neighborhood"],
    &["park"],
    &["river"],
    &["school"],
    &["shopping", "center"],
    &["stadium"],
    &["station"],
    &["suburb"],
    &["suburbs"],
    &["subway"],
    &["town", "center"],
    &["train", "station"],
    &["university"],
    &["uptown"],
    &["valley"],
    &["village"],
    &["waterfront"],
    &["woods"],
];
/// Those of them that say by themselves that a place is meant.
const ALONE: &[&str] = &["downtown", "midtown", "uptown"];
/// What stands between a place and the word that leads to it.
const ARTICLES: &[&str] = &["the", "a", "my", "our", "el", "la", "nearest", "closest", "local"];

impl Reader<'_, '_> {
    /// Such a place at a word, and how many words it took.
    pub(super) fn vague_place(&mut self, at: usize) -> Option<usize> {
        let words = self.words;
        let lead =
            usize::from(places::leads(&words[at]) || matches!(words[at].as_str(), "beside" | "behind" | "downtown"));
        let articles = words.get(at + lead..)?.iter();
        let articles = articles.take_while(|word| ARTICLES.contains(&word.as_str())).count();
        let from = at + lead + articles;
        let said = VAGUE
            .iter()
            .filter(|phrase| starts_with(words.get(from..).unwrap_or_default(), phrase));
        let length = said.map(|phrase| phrase.len()).max();
        let alone = ALONE.contains(&words[at].as_str());
        let (first, to) = match length {
            // `of the lake`, `la playa`: only behind what leads to a place, with an article.
            Some(length) if lead > 0 && articles > 0 && !matches!(words[at].as_str(), "of" | "from" | "to") => {
                (from, from + length)
            }
            _ if alone => (at, at + 1),
            _ => return None,
        };
        let next = words.get(to..).unwrap_or_default();
        // `downtown houston`, `near the airport in dallas`, `in the valley stream`: what says where is read for itself.
        if !next.is_empty() && self.place_at_ahead(to) {
            return Some(to - at);
        }
        let gazetteer = &self.snapshot.lexicon.gazetteer;
        // `midtown houston therapist`
        let free = self.reading.place.is_none() && self.reading.state.is_none() && self.named.is_empty();
        if alone && free && length.is_none_or(|length| length == 1) {
            let great = (1..=next.len().min(3)).rev().find_map(|length| {
                let city = next[..length].join(" ");
                let ends = next.len() == length || self.known_follows(to + length);
                let great = ends && gazetteer.is_great_city(&city);
                great
                    .then(|| self.meant_city(&city))
                    .flatten()
                    .map(|place| (place, length))
            });
            if let Some((place, length)) = great {
                self.term_at(to, length, "place", place.label.clone());
                self.put_place(place);
                self.placed = to + length;
                return Some(to + length - at);
            }
        }
        let is_city = |length: usize| {
            let city = next.get(..length).map(|city| city.join(" "));
            city.is_some_and(|city| gazetteer.is_city(&city))
        };
        if (1..=3).any(is_city) {
            return None;
        }
        // `the heights hospital`: more of a name.
        let lexicon = &self.snapshot.lexicon;
        let goes_on = next.first().is_some_and(|word| {
            let known = lexicon.everyday.is_filler(word) || self.known_follows(to);
            !known && !places::leads(word)
        });
        if goes_on && !alone {
            return None;
        }
        let said = words[first..to].join(" ");
        self.tell(format!(
            "`{said}` is no place that is known here, so it is left out: name a ZIP or a city"
        ));
        self.term_at(first, to - first, "unknown", said);
        Some(to - at)
    }
}
