//! The words that one word of a name may stand for, from the words of all segments and of the overlay.

use crate::index::Snapshot;
use crate::query::filter::tier;
use crate::vocab::likeness::Typed;
use crate::vocab::vocabulary::{Shape, Sounding, Vocabulary, Word, is_at};

/// Most candidates of one tier for one word.
const MOST_OF_A_TIER: usize = 6;
/// The same where each is looked for in a town.
const MOST_IN_A_TOWN: usize = 32;
/// Nicknames stand for given names of at least so many letters.
const SHORTEST_NICKNAME: usize = 2;

/// A word that another may stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'s> {
    /// The word.
    pub text: &'s str,
    /// How far it is.
    pub tier: u8,
    /// How many providers bear it.
    pub bearers: u32,
}

/// How many providers of a snapshot bear a word, dead ones and those with other names included more than once.
pub fn bearers(snapshot: &Snapshot, word: &str) -> u32 {
    let segments = snapshot
        .segments
        .iter()
        .map(|living| living.segment.names().bearers(word));
    let changed = snapshot.overlays().map(|overlay| overlay.bearers(word).count() as u32);
    segments.sum::<u32>() + changed.iter().sum::<u32>()
}

/// The nicknames of a given name, or the names that a nickname stands for: those that most bear.
pub fn nicknames<'s>(snapshot: &'s Snapshot, word: &str) -> Vec<Candidate<'s>> {
    let mut found = Vec::new();
    if word.len() >= SHORTEST_NICKNAME {
        let table = &snapshot.lexicon.nicknames;
        let given = table.names_of(word).chain(table.nicknames_of(word));
        let given = given.map(|text| Word {
            text,
            bearers: bearers(snapshot, text),
        });
        add(&mut found, given.collect(), tier::NICKNAME, MOST_OF_A_TIER);
    }
    found
}

/// What a word may stand for, the best of each tier.
pub fn of<'s>(snapshot: &'s Snapshot, word: &str, nicknames: bool) -> Vec<Candidate<'s>> {
    of_many(snapshot, word, nicknames, MOST_OF_A_TIER)
}

/// The words of names that sound like one or are an edit or two from it, more than a name is widened to: for who looks for one of
/// them in a town. With how far each is, those first that sound so.
pub fn like_word(snapshot: &Snapshot, word: &str) -> Vec<(String, u8)> {
    let found = of_many(snapshot, word, false, MOST_IN_A_TOWN).into_iter();
    found.map(|like| (like.text.to_owned(), like.tier)).collect()
}

fn of_many<'s>(snapshot: &'s Snapshot, word: &str, nicknames: bool, most: usize) -> Vec<Candidate<'s>> {
    let mut found = if nicknames {
        self::nicknames(snapshot, word)
    } else {
        Vec::new()
    };
    let (sounding, shape) = (Sounding::new(word), Shape::of(word));
    let sounds = &sounding;
    let in_overlay = snapshot.overlays().into_iter().flat_map(|overlay| {
        overlay.words_like(
            move |other| sounds.sounds_like(other),
            move |other| sounds.is_written_like(other),
        )
    });
    add(
        &mut found,
        gathered(snapshot, |words| words.sounding_like(&sounding), in_overlay),
        tier::PHONETIC,
        most,
    );
    let typed = Typed::new(word);
    let at = |edits: u32| {
        let typed = typed.iter();
        typed.flat_map(move |typed| {
            snapshot.overlays().into_iter().flat_map(move |overlay| {
                overlay.words_like(
                    move |other| other.may_be_at(edits, &shape),
                    move |other| is_at(edits, other, typed),
                )
            })
        })
    };
    add(
        &mut found,
        gathered(snapshot, |words| words.at_one_edit(word), at(1)),
        tier::TYPO,
        most,
    );
    if found.iter().all(|known| known.tier == tier::NICKNAME) && bearers(snapshot, word) == 0 {
        add(
            &mut found,
            gathered(snapshot, |words| words.at_two_edits(word), at(2)),
            tier::TWO_EDITS,
            most,
        );
    }
    found
}

/// What is found among the words of all segments, with what was found in the overlay.
fn gathered<'s>(
    snapshot: &'s Snapshot,
    find: impl Fn(&'s Vocabulary) -> Vec<Word<'s>>,
    in_overlay: impl Iterator<Item = &'s str>,
) -> Vec<Word<'s>> {
    let segments = snapshot.segments.iter().map(|living| living.segment.vocabulary());
    let mut all: Vec<Word<'_>> = segments.flat_map(find).collect();
    all.extend(in_overlay.map(|text| Word { text, bearers: 1 }));
    all
}

/// Adds the words that most bear, so many of them, as candidates of a tier.
fn add<'s>(found: &mut Vec<Candidate<'s>>, mut words: Vec<Word<'s>>, of_tier: u8, most: usize) {
    words.sort_unstable_by_key(|word| word.text);
    words.dedup_by(|next, kept| {
        let same = next.text == kept.text;
        // A nickname comes with all who bear it, each time that the table has it.
        if same && of_tier != tier::NICKNAME {
            kept.bearers += next.bearers;
        }
        same
    });
    words.retain(|word| word.bearers > 0 && found.iter().all(|known| known.text != word.text));
    words.sort_by(|a, b| b.bearers.cmp(&a.bearers).then_with(|| a.text.cmp(b.text)));
    words.truncate(most);
    found.extend(words.into_iter().map(|word| Candidate {
        text: word.text,
        tier: of_tier,
        bearers: word.bearers,
    }));
}
