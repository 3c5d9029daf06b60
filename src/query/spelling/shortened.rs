//! Names of houses with words in short: `behav hlth assoc` is Behavioral Health Associates, and `family medical center` a house
//! that is listed as FAM MED CTR. Either is looked for only where some house is listed so.

use super::{candidates, is_borne, is_whole_house};
use crate::index::Snapshot;
use crate::query::filter::{NameWanted, tier};

/// Most ways of writing one name.
const MOST: usize = 48;

/// The other ways of writing a name, of words that somebody bears each: some in short, some written out. None, and little looked
/// at, where no word of it is ever shortened.
fn ways(snapshot: &Snapshot, words: &[String]) -> Vec<Vec<String>> {
    let table = &snapshot.lexicon.abbreviations;
    if words.iter().all(|word| table.others(word).next().is_none()) {
        return Vec::new();
    }
    let mut ways: Vec<Vec<String>> = vec![Vec::with_capacity(words.len())];
    for word in words {
        let own = std::iter::once(word.as_str());
        let written: Vec<&str> = own
            .chain(table.others(word))
            .filter(|written| candidates::bearers(snapshot, written) > 0)
            .collect();
        let longer = |way: Vec<String>| {
            let written = written.iter();
            let longer = written.map(move |written| way.iter().cloned().chain([(*written).to_owned()]).collect());
            longer.collect::<Vec<Vec<String>>>()
        };
        ways = ways.into_iter().flat_map(longer).take(MOST).collect();
    }
    ways.retain(|way| way != words);
    ways
}

/// The words of a whole name of a house, as it is listed: as they are, with some of them in short, or written out.
pub fn whole_house(snapshot: &Snapshot, words: &[String]) -> Option<Vec<String>> {
    if is_whole_house(snapshot, words) {
        return Some(words.to_vec());
    }
    ways(snapshot, words)
        .into_iter()
        .find(|way| is_whole_house(snapshot, way))
}

/// The other ways of writing a name in which somebody bears it.
pub fn of(snapshot: &Snapshot, words: &[String]) -> Vec<NameWanted> {
    let ways = ways(snapshot, words).into_iter();
    ways.filter(|way| is_borne(snapshot, way))
        .map(|words| NameWanted {
            words,
            tier: tier::NICKNAME,
        })
        .collect()
}
