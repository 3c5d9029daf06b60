//! Which providers are looked at: first those under its numbers, then those under the other keys of the record as it is, then
//! those under its misspellings.

use super::{
    alike::LOOKALIKES,
    given::{Given, GivenNpi},
    name::Reading,
};
use crate::query::candidates::{Area, Block, Misspellings, Near};
use crate::vocab::{Lexicon, Npi, keys, keys::key};

/// Nicknames of one given name that are looked up.
const MOST_NICKNAMES: usize = 12;
/// Misspellings of one word that are looked up.
pub(super) const MOST_MISSPELLINGS: usize = 24;
/// Misspellings of a given name that are looked up with each of a surname.
const MOST_BOTH: usize = 8;

/// The blocks of numbers that are one provider's own.
pub fn numbered(given: &Given) -> Vec<Block> {
    let mut blocks = Vec::new();
    match &given.npi {
        Some(GivenNpi::Valid(npi)) => {
            blocks.push(Block::Npi(*npi));
            blocks.extend(given.replacement.map(Block::Npi));
        }
        Some(GivenNpi::Damaged(digits)) => blocks.extend(neighbours(digits).into_iter().map(Block::Npi)),
        None => {}
    }
    if let Some((state, number)) = &given.license {
        blocks.push(Block::Key(key::license(state.as_deref(), number)));
        blocks.push(Block::Key(key::license(None, number)));
    }
    blocks
}

/// The other blocks of the record as it is written.
pub fn plain(given: &Given, lexicon: &Lexicon) -> Vec<Block> {
    let mut blocks = Vec::new();
    blocks.extend(given.phone.as_deref().map(|phone| Block::Key(key::phone(phone))));
    if let (Some(street), Some(zip)) = (&given.street, &given.zip) {
        blocks.push(Block::Key(key::address(&street.key(), zip)));
    }
    for reading in given.readings.iter().filter(|reading| !is_aside(reading)) {
        of_person(reading, given, lexicon, &mut blocks);
    }
    for words in &given.organizations {
        blocks.push(Block::Key(key::organization(words)));
    }
    blocks
}

/// Whether a reading is looked up only where nobody is sure without it.
fn is_aside(reading: &Reading) -> bool {
    reading.how == Some("swapped")
}

/// What large blocks of the record are met with.
pub fn near(given: &Given, lexicon: &Lexicon) -> Near {
    let mut near = Near {
        point: given.point(lexicon),
        specialties: given.specialties.clone(),
        ..Near::default()
    };
    if let Some(reading) = given.readings.first() {
        // An initial leaves so many that only the place tells them apart.
        near.walks = reading.first.len() < 2;
        if !near.walks {
            near.partners.push(key::first(&reading.first));
        }
        near.partners
            .extend(reading.surnames.iter().map(|surname| key::last(surname)));
        let middles = reading.middles.iter().filter(|middle| middle.len() > 1);
        near.words.extend(middles.chain(&reading.suffix).cloned());
    }
    near
}

/// The block of everybody with the name as it is written.
pub fn of_name(given: &Given) -> Option<Block> {
    let reading = given.readings.first()?;
    let is_whole = reading.first.len() > 1 && !reading.last.is_empty();
    is_whole.then(|| Block::Key(key::person(&reading.last, &reading.first)))
}

fn of_person(reading: &Reading, given: &Given, lexicon: &Lexicon, blocks: &mut Vec<Block>) {
    let nicknames = nicknames(&reading.first, lexicon);
    let mut initials: Vec<char> = reading.first.chars().next().into_iter().collect();
    initials.extend(nicknames.iter().filter_map(|name| name.chars().next()));
    initials.extend(reading.middles.iter().filter_map(|name| name.chars().next()));
    initials.sort_unstable();
    initials.dedup();
    for surname in &reading.surnames {
        let given_names = std::iter::once(&reading.first)
            .chain(&reading.middles)
            .map(String::as_str);
        for first in given_names
            .chain(nicknames.iter().copied())
            .filter(|first| !first.is_empty())
        {
            blocks.push(Block::Key(key::person(surname, first)));
        }
        let Some(state) = &given.state else { continue };
        for initial in &initials {
            blocks.push(Block::Key(key::local(surname, *initial, state)));
        }
    }
}

/// The blocks that a misspelt or changed word leads to.
pub fn misspelt(given: &Given, lexicon: &Lexicon, misspellings: &Misspellings<'_, '_>) -> Vec<Block> {
    let mut blocks = Vec::new();
    for reading in given.readings.iter().filter(|reading| is_aside(reading)) {
        of_person(reading, given, lexicon, &mut blocks);
    }
    for reading in given.readings.iter().filter(|reading| !is_aside(reading)) {
        let initial = reading.first.chars().next();
        let spelt = |word: &str| -> Vec<String> {
            let near = misspellings.at_one_edit(word);
            near.iter()
                .take(MOST_MISSPELLINGS)
                .map(|near| near.text.clone())
                .collect()
        };
        let mut surnames = spelt(&reading.last);
        surnames.extend(misread(&reading.last));
        let mut firsts = misread(&reading.first);
        firsts.extend(spelt(&reading.first));
        for surname in &surnames {
            if !reading.first.is_empty() {
                blocks.push(Block::Key(key::person(surname, &reading.first)));
            }
            match (&given.state, initial) {
                (Some(state), Some(initial)) => blocks.push(Block::Key(key::local(surname, initial, state))),
                // Without a state, both words may still be damaged.
                _ => {
                    let both = firsts.iter().take(MOST_BOTH).map(|first| key::person(surname, first));
                    blocks.extend(both.map(Block::Key));
                }
            }
        }
        blocks.extend(firsts.iter().map(|first| Block::Key(key::person(&reading.last, first))));
        let sound = keys::sound(&reading.last);
        if let (Some(state), Some(initial)) = (&given.state, initial)
            && !sound.is_empty()
        {
            blocks.push(Block::Key(key::sounding(&sound, initial, state)));
        }
        for surname in &reading.surnames {
            blocks.push(Block::Key(key::last(surname)));
        }
        // Another given name, or, by marriage, another surname: nearby.
        if let Some(zip) = &given.zip {
            let near_by = |word: &String| Block::Named(vec![word.clone()], Area::PostalCode(zip.clone()));
            blocks.extend(reading.surnames.iter().take(1).map(near_by));
            blocks.extend(Some(&reading.first).filter(|first| first.len() > 1).map(near_by));
        }
    }
    blocks
}

/// What a scanner may have made a word of: one pair of letters read for another, at one place.
fn misread(word: &str) -> Vec<String> {
    let both = LOOKALIKES.iter().flat_map(|(one, two)| [(*one, *two), (*two, *one)]);
    let mut found: Vec<String> = both
        .filter(|(from, to)| from.len() != to.len() && word.len() > 4)
        .flat_map(|(from, to)| {
            let places = word.match_indices(from).map(move |(at, _)| at);
            places.map(move |at| [&word[..at], to, &word[at + from.len()..]].concat())
        })
        .collect();
    found.sort_unstable();
    found.dedup();
    found.truncate(MOST_MISSPELLINGS);
    found
}

/// The given names that a name may be written for.
pub fn nicknames<'l>(first: &str, lexicon: &'l Lexicon) -> Vec<&'l str> {
    let table = &lexicon.nicknames;
    let mut all: Vec<&str> = table.names_of(first).chain(table.nicknames_of(first)).collect();
    all.sort_unstable();
    all.dedup();
    all.truncate(MOST_NICKNAMES);
    all
}

/// The NPIs at one digit, one swap, one digit more or less from a damaged one.
pub fn neighbours(digits: &str) -> Vec<u64> {
    let digits: Vec<u8> = digits.bytes().map(|b| b - b'0').collect();
    let mut tries: Vec<Vec<u8>> = Vec::new();
    match digits.len() {
        10 => {
            for at in 0..10 {
                for digit in 0..10 {
                    let mut other = digits.clone();
                    other[at] = digit;
                    tries.push(other);
                }
            }
            for at in 1..10 {
                let mut other = digits.clone();
                other.swap(at - 1, at);
                tries.push(other);
            }
        }
        9 => {
            for at in 0..=9 {
                for digit in 0..10 {
                    let mut other = digits.clone();
                    other.insert(at, digit);
                    tries.push(other);
                }
            }
        }
        11 => {
            for at in 0..11 {
                let mut other = digits.clone();
                other.remove(at);
                tries.push(other);
            }
        }
        _ => {}
    }
    let number = |digits: Vec<u8>| digits.into_iter().fold(0, |n, digit| n * 10 + u64::from(digit));
    let mut found: Vec<u64> = tries
        .into_iter()
        .filter_map(|digits| Npi::from_number(number(digits)).ok())
        .filter(|npi| npi.is_issuable())
        .map(Npi::number)
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_damaged_npi_leads_to_the_one_that_was_meant() {
        for damaged in ["1234567898", "1234576893", "124567893", "12345678933", "1234567393"] {
            assert!(neighbours(damaged).contains(&1_234_567_893), "{damaged}");
            assert!(neighbours(damaged).len() < 60);
        }
        assert!(neighbours("12").is_empty());
    }
}
