//! Which organisations are looked at by the words of a name: those who bear its rarest words together, and those who are called
//! as it would be called were one slip of the hand undone.

use super::{blocking::MOST_MISSPELLINGS, given::Given};
use crate::query::candidates::{Area, Block, Directory, Misspellings};
use crate::vocab::keys::{self, key, telling_words};

/// Misspellings of one word that whole names are looked up with: those that most bear.
const MOST_RESPELT: usize = 8;
/// So many times as many must bear a word for another to be a slip of it.
const MUCH_MORE: u64 = 10;
/// What more bear is no slip.
const MOST_BEARING_A_SLIP: u64 = 200;
/// Letters of the parts of a word that was two.
const SHORTEST_PART: usize = 3;
/// A longer word is no slip of a legal form.
const LONGEST_FORM: usize = 5;

/// The blocks of an organisation's words, anywhere and nearby.
pub fn of_words(given: &Given, directory: &Directory<'_>, misspellings: &Misspellings<'_, '_>) -> Vec<Block> {
    // Who has a credential is a person, unless the name can be none: the `PA` of `Jones Family Health PA` is a legal form.
    let may_be_one = given.credentials.is_empty() || given.is_organization == Some(true);
    if !may_be_one {
        return Vec::new();
    }
    let words = Words {
        written: &given.organization_words,
        directory,
        misspellings,
    };
    let mut blocks = words.rarest(given.zip.as_deref());
    blocks.extend(words.respelt().map(|name| Block::Key(key::organization(&name))));
    blocks
}

struct Words<'a, 'd, 's> {
    written: &'a [String],
    directory: &'a Directory<'s>,
    misspellings: &'a Misspellings<'d, 's>,
}

impl Words<'_, '_, '_> {
    /// The rarest words by themselves, two by two and in the ZIP.
    fn rarest(&self, zip: Option<&str>) -> Vec<Block> {
        let mut rare: Vec<(u64, &String)> = Vec::new();
        for word in self.written {
            if word.len() > 1 && rare.iter().all(|(_, known)| *known != word) {
                rare.push((self.directory.bearers(word), word));
            }
        }
        rare.sort();
        // A word that nobody bears is misspelt, or known by another name only.
        let misspelt = rare.iter().filter(|(bearers, word)| *bearers == 0 && word.len() > 4);
        let meant: Vec<String> = misspelt
            .take(2)
            .flat_map(|(_, word)| {
                let near = self.misspellings.at_one_edit(word);
                let near = near.iter().take(MOST_MISSPELLINGS).map(|near| near.text.clone());
                near.collect::<Vec<String>>()
            })
            .collect();
        let known: Vec<&String> = rare
            .iter()
            .filter(|(bearers, _)| *bearers > 0)
            .map(|(_, word)| *word)
            .collect();
        let mut blocks = Vec::new();
        for (at, one) in known.iter().take(3).enumerate() {
            let others = known.iter().take(3).skip(at + 1);
            blocks.extend(others.map(|two| Block::Words(vec![(*one).clone(), (*two).clone()])));
        }
        blocks.extend(known.first().map(|word| Block::Words(vec![(*word).clone()])));
        for word in meant.iter().take(MOST_MISSPELLINGS) {
            let with = known.first().map(|known| (*known).clone());
            blocks.push(Block::Words(std::iter::once(word.clone()).chain(with).collect()));
        }
        if let Some(zip) = zip {
            let words = known.iter().take(2).map(|word| (*word).clone()).chain(meant);
            let near_by = words.map(|word| Block::Named(vec![word], Area::PostalCode(zip.to_owned())));
            blocks.extend(near_by.take(MOST_MISSPELLINGS));
        }
        blocks
    }

    /// The telling words of the name with one slip undone: a word at one edit, two words that were written as one, one that was
    /// written as two, a legal form that is none. However frequent each word is, few bear them all.
    fn respelt(&self) -> impl Iterator<Item = Vec<String>> + '_ {
        (0..self.written.len())
            .flat_map(|at| {
                let mut instead = self.as_meant(at);
                instead.extend(self.as_two(at));
                if at > 0 && at + 1 == self.written.len() && self.written[at].len() <= LONGEST_FORM {
                    instead.push(Vec::new());
                }
                let one = instead.into_iter().map(move |words| (at..at + 1, words));
                one.chain(self.as_one(at).map(|word| (at..at + 2, vec![word])))
            })
            .map(|(place, instead)| {
                let (before, behind) = (&self.written[..place.start], &self.written[place.end..]);
                telling_words(&[before, &instead, behind].concat())
            })
    }

    /// What a word may be a slip of.
    fn as_meant(&self, at: usize) -> Vec<Vec<String>> {
        let word = &self.written[at];
        let bearers = self.directory.bearers(word);
        if word.len() < SHORTEST_PART || bearers > MOST_BEARING_A_SLIP {
            return Vec::new();
        }
        let least = MUCH_MORE * bearers.max(1);
        let near = self.misspellings.at_one_edit(word);
        let meant = near.iter().filter(|near| near.bearers >= least).take(MOST_RESPELT);
        meant.map(|near| vec![near.text.clone()]).collect()
    }

    /// The two words that nobody's word may be, with nothing or with a slip for the blank between them: `josephmental`,
    /// `clinicrpa`.
    fn as_two(&self, at: usize) -> Option<Vec<String>> {
        let word = &self.written[at];
        if word.len() < 2 * SHORTEST_PART || self.directory.bearers(word) > 0 {
            return None;
        }
        let is_part = |part: &str| part.len() >= SHORTEST_PART || keys::legal_form(part).is_some();
        let parts = (SHORTEST_PART..word.len()).flat_map(|end| {
            let behind = [end, end + 1];
            behind.map(|from| word.get(..end).zip(word.get(from..)))
        });
        let (_, (one, two)) = parts
            .flatten()
            .filter(|(one, two)| is_part(one) && is_part(two))
            .map(|(one, two)| (self.directory.bearers(one).min(self.directory.bearers(two)), (one, two)))
            .filter(|(bearers, _)| *bearers >= MUCH_MORE)
            .max_by_key(|(bearers, _)| *bearers)?;
        Some(vec![one.to_owned(), two.to_owned()])
    }

    /// The word that two may be: `med ical`.
    fn as_one(&self, at: usize) -> Option<String> {
        let [one, two] = self.written.get(at..at + 2)? else {
            return None;
        };
        let fewest = self.directory.bearers(one).min(self.directory.bearers(two));
        let joined = format!("{one}{two}");
        (self.directory.bearers(&joined) >= MUCH_MORE * fewest.max(1)).then_some(joined)
    }
}
