//! Who is called like the name in a box in the town or near the place that it names, where whoever bears the very name is far away:
//! `dr fisher ada ok` is the Fischer in Ada, `dr bourl burlington ks` the Bourland there, of whom only the beginning was heard.

use super::{
    Error,
    filter::tier,
    lesser,
    named_there::{Asked, FAR_MILES, NEAR_MILES, first_of, nearest_named},
    relaxed,
    search::answer,
    spelling,
    text::{self, Reading},
};
use crate::vocab::{names::words, place::Place};

/// So many names that are like one are looked for near the place.
const MOST_LIKE: usize = 8;
/// A shorter name is like too many.
const SHORTEST_LIKE: usize = 4;

impl Asked<'_> {
    /// The reading within reach of the place, for whoever is called so or like it.
    pub(super) fn like_there(&self) -> Result<Option<Reading>, Error> {
        let (reading, request) = (self.reading, self.request);
        let far = nearest_named(self.first).is_some_and(|miles| miles >= FAR_MILES);
        let asked = reading.place.is_some() && reading.radius_miles.is_none() && request.radius_km.is_none();
        let short = reading.name.iter().any(|word| word.len() < SHORTEST_LIKE);
        if !far || !asked || short || reading.name.is_empty() || !reading.other_names.is_empty() {
            return Ok(None);
        }
        let mut near = reading.clone();
        near.radius_miles = Some(NEAR_MILES);
        if !self.finds(&near)? {
            // Of a name that many bear, others are not looked for that are like it.
            let like = spelling::alternatives(self.snapshot, &near.name, request.nicknames).into_iter();
            near.other_names = like.take(MOST_LIKE).map(|name| name.words).collect();
            if near.other_names.is_empty() || !self.finds(&near)? {
                return Ok(None);
            }
        }
        near.tell(format!(
            "nobody of the very name `{}` is within {NEAR_MILES} miles; shown is who is called like it",
            self.name()
        ));
        Ok(Some(near))
    }

    /// The reading for those in the town whose surnames are like the one that was heard, or of which only the beginning was: where
    /// nobody of the very one is near.
    pub(super) fn heard_there(&self) -> Result<Option<Reading>, Error> {
        let reading = self.reading;
        let [heard] = reading.name.as_slice() else {
            return Ok(None);
        };
        let plain = heard.len() >= SHORTEST_LIKE && heard.bytes().all(|b| b.is_ascii_lowercase());
        let asked = plain && self.request.literal.is_empty() && reading.other_names.is_empty();
        let nearest = nearest_named(self.first);
        if !asked || nearest.is_some_and(|miles| miles <= NEAR_MILES) {
            return Ok(None);
        }
        let Some(town) = self.town().filter(|town| self.may_be_surname(town)) else {
            return Ok(None);
        };
        let far = nearest.is_none_or(|miles| miles >= FAR_MILES);
        if let Some(begun) = far.then(|| self.begun_in(town)).flatten() {
            return Ok(Some(begun));
        }
        let mut names = self.sounding_so_in(town).into_iter();
        let mut called = reading.clone();
        let Some(first) = names.next() else { return Ok(None) };
        called.name = first;
        called.other_names = names.collect();
        let nobody = format!("nobody of the name `{heard}` in {}", town.label);
        let groups = [
            vec![called.clone()],
            lesser::of_the_care(self.snapshot, &called, &nobody),
            // Without a title who sounds like a word is meant only where they do what is asked for.
            if self.is_titled() {
                lesser::of_any_care(&called, &nobody)
            } else {
                Vec::new()
            },
        ];
        let mut found = first_of(groups, |less| self.is_in(town, less))?;
        if let Some(found) = &mut found {
            found.tell(format!(
                "nobody of the very name `{heard}` is near {}; shown is who is called like it there",
                town.label
            ));
        }
        Ok(found)
    }

    /// `dr neal`, `doctor neal`.
    fn is_titled(&self) -> bool {
        let said = |q: &str| {
            let words = words(q);
            let mut pairs = words.windows(2);
            pairs.any(|pair| pair[0] == "doctor" && self.reading.name.first() == Some(&pair[1]))
        };
        self.reading.titled || (self.reading.specialty.is_empty() && self.request.q.as_deref().is_some_and(said))
    }

    /// The surnames in a town that sound like the one that was heard, those first that begin alike. Behind a title
    /// and beside a kind of care a slip is forgiven, too.
    fn sounding_so_in(&self, town: &Place) -> Vec<Vec<String>> {
        let reading = self.reading;
        let titled = self.is_titled();
        if !titled && !spelling::is_borne_by_person(self.snapshot, &reading.name) {
            return Vec::new();
        }
        let heard = &reading.name[0];
        let like = spelling::like_word(self.snapshot, heard);
        let (alike, others): (Vec<_>, Vec<_>) = like.into_iter().partition(|(word, _)| word.starts_with(&heard[..1]));
        let farthest = if titled || !reading.specialty.is_empty() {
            tier::TYPO
        } else {
            tier::PHONETIC
        };
        let alike = alike.into_iter().filter(|(_, tier)| *tier <= farthest);
        let others = others.into_iter().filter(|(_, tier)| *tier <= tier::PHONETIC);
        let names = alike.chain(others).map(|(word, _)| vec![word]);
        let there = names.filter(|name| text::is_called_at(self.snapshot, name, town, |_| true));
        there.take(MOST_LIKE).collect()
    }

    /// The reading for those in a town whose surnames begin with the word behind a title.
    fn begun_in(&self, town: &Place) -> Option<Reading> {
        if !self.reading.titled {
            return None;
        }
        let begun = self.name();
        let surnames = text::surnames_beginning(self.snapshot, town, &begun, MOST_LIKE);
        let mut names = surnames.into_iter().map(|surname| vec![surname]);
        let mut whole = self.reading.clone();
        whole.name = names.next()?;
        whole.other_names = names.collect();
        whole.tell(format!(
            "nobody of the very name `{begun}` is near {}; shown is whose name there begins so",
            town.label
        ));
        Some(whole)
    }

    fn finds(&self, reading: &Reading) -> Result<bool, Error> {
        match answer(
            self.snapshot,
            &relaxed::alone(self.request),
            reading.clone(),
            self.now,
            self.spending,
        ) {
            Ok(found) => Ok(!found.is_empty()),
            Err(Error::TooCostly(_)) => Ok(false),
            Err(other) => Err(other),
        }
    }
}
