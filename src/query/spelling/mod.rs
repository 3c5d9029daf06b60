//! What a name as typed may stand for: nicknames, words that sound the same, one or two edits, words written together or
//! apart. All of it only adds below the exact hits, and only where those are few.

mod candidates;
mod initials;
mod shortened;

use std::borrow::{Borrow, Cow};

use candidates::Candidate;
pub use candidates::like_word;
pub use shortened::whole_house;

use super::{
    candidates::{Block, Candidates, Directory, Near, Parts},
    changed,
    filter::{NameWanted, tier},
    lists::Lists,
    request::{NameMatch, Request},
};
use crate::index::{Snapshot, living::Living, names::Which, record::Record, tree::flag};
use crate::vocab::{
    keys::key,
    names::{self, CREDENTIALS, SUFFIXES, TITLES},
    terms::ProviderKind,
};

/// With so many exact hits nobody needs others.
const ENOUGH: usize = 10;
/// Most names that one name is expanded into.
const MOST: usize = 24;
/// Most names that are tried for it.
const MOST_TRIED: usize = 48;
/// So many bearers of the rarest word are looked at, to see whether it meets the others.
const FIRST_BEARERS: usize = 4_000;
/// Particles of names that are written apart have no more letters.
const LONGEST_PART: usize = 3;
/// So many bearers of a name are looked at for a person.
const MOST_LOOKED_AT: usize = 64;
/// Names of more words are taken as they are.
const MOST_WORDS: usize = 6;

/// The names of a snapshot, for somebody who looks for them in a text.
pub struct Known<'s>(&'s Snapshot);

impl<'s> Known<'s> {
    /// Of a snapshot.
    pub fn of(snapshot: &'s Snapshot) -> Self {
        Self(snapshot)
    }

    /// How many providers bear a folded word.
    pub fn bearers(&self, word: &str) -> u32 {
        candidates::bearers(self.0, word)
    }

    /// Whether some living provider bears all these words.
    pub fn is_borne(&self, words: &[String]) -> bool {
        is_borne(self.0, words)
    }

    /// The name of the person who has an NPI.
    pub fn holder(&self, npi: u64) -> Option<Parts> {
        let mut found = Candidates::default();
        let one = vec![Block::Npi(self.0.former.now(npi).unwrap_or(npi))];
        Directory::of(self.0).find(one, &Near::default(), &mut found).ok()?;
        let record = &found.in_order().first()?.records[0];
        (record.kind == ProviderKind::Individual).then(|| Parts::of(record))
    }

    /// The names of those people, or some of them, whom a telephone number of ten digits reaches.
    pub fn reached_by(&self, phone: &str) -> Vec<Parts> {
        let mut found = Candidates::default();
        let one = vec![Block::Key(key::phone(phone))];
        if Directory::of(self.0).find(one, &Near::default(), &mut found).is_err() {
            return Vec::new();
        }
        let records = found.in_order().into_iter().map(|candidate| &candidate.records[0]);
        let people = records.filter(|record| record.kind == ProviderKind::Individual);
        people.map(Parts::of).collect()
    }
}

/// Words that are written in two ways in names: long, and short.
const TWO_WAYS: &[(&str, &str)] = &[("saint", "st"), ("mount", "mt"), ("fort", "ft")];

/// The other way of writing such a word.
pub fn other_way(word: &str) -> Option<&'static str> {
    TWO_WAYS.iter().find_map(|(long, short)| match word {
        word if word == *long => Some(*short),
        word if word == *short => Some(*long),
        _ => None,
    })
}

/// The words with `saint` written as somebody bears all of them, or it together with the next word (`St Mary`), where nobody
/// bears them as they are. Nothing, where that changes nothing.
pub fn as_borne(snapshot: &Snapshot, words: &[String]) -> Option<Vec<String>> {
    if !words.iter().any(|word| other_way(word).is_some()) {
        return None;
    }
    if !is_borne(snapshot, words)
        && let Some(all) = saints(words).into_iter().find(|all| is_borne(snapshot, all))
    {
        return Some(all);
    }
    let mut written = words.to_vec();
    for at in 0..words.len().saturating_sub(1) {
        if let Some(other) = other_way(&words[at])
            && is_borne(snapshot, &[other, words[at + 1].as_str()])
            && !is_borne(snapshot, &words[at..at + 2])
        {
            other.clone_into(&mut written[at]);
        }
    }
    (written != words).then_some(written)
}

/// The other ways of writing a name with such a word: `saint mary` is `st mary`, `st marys`, and `saint marys`.
fn saints(words: &[String]) -> Vec<Vec<String>> {
    let otherwise = |word: &String| other_way(word).map_or_else(|| word.clone(), str::to_owned);
    let short: Vec<String> = words.iter().map(otherwise).collect();
    let mut all = Vec::new();
    for written in [words.to_vec(), short.clone()] {
        // `St Mary's` is folded to `st marys`.
        let mut owned = written.clone();
        for at in 1..owned.len() {
            if matches!(owned[at - 1].as_str(), "saint" | "st") && owned[at].len() > 2 {
                match owned[at].strip_suffix('s') {
                    Some(bare) => owned[at] = bare.to_owned(),
                    None => owned[at].push('s'),
                }
            }
        }
        all.push(owned);
        // `Saint-Pierre` may be written `Stpierre`.
        let is_two_ways = |pair: &[String]| other_way(&pair[0]).is_some();
        if let Some(at) = words.windows(2).position(is_two_ways) {
            let mut joined = written.clone();
            let tail = joined.remove(at + 1);
            joined[at].push_str(&tail);
            all.push(joined);
        }
    }
    all.insert(0, short);
    all.retain(|written| written != words);
    all
}

/// The ways of writing a name in which somebody bears it: as it is, and with `saint` written otherwise.
pub fn ways_borne(snapshot: &Snapshot, words: &[String]) -> Vec<Vec<String>> {
    let mut ways = vec![words.to_vec()];
    if words.iter().any(|word| other_way(word).is_some()) {
        ways.extend(saints(words));
    }
    ways.retain(|way| is_borne(snapshot, way));
    ways
}

/// Words at one edit from a word, or that sound like it, which somebody bears: those first that most bear.
pub fn near_words(snapshot: &Snapshot, word: &str) -> Vec<String> {
    let mut found = candidates::of(snapshot, word, false);
    found.retain(|candidate| candidate.tier <= tier::TYPO);
    found.sort_by_key(|candidate| std::cmp::Reverse(candidate.bearers));
    found.iter().map(|candidate| candidate.text.to_owned()).collect()
}

/// Adds to the names of a search what they may stand for, as the request wants it.
pub fn expand(snapshot: &Snapshot, request: &Request, names: &mut Vec<NameWanted>) {
    for name in names.iter_mut() {
        let bare = without_extras(&name.words);
        if bare.len() < name.words.len() && !is_borne(snapshot, &name.words) {
            name.words = bare;
        }
        if request.name_match != NameMatch::Exact
            && let Some(written) = as_borne(snapshot, &name.words)
        {
            name.words = written;
        }
    }
    if request.name_match != NameMatch::Exact {
        // `St Mary`, `Saint Mary` and `St. Mary's` are one, whichever of them a house has chosen.
        let is_two_ways = |name: &&NameWanted| name.words.iter().any(|word| other_way(word).is_some());
        let ways: Vec<Vec<String>> = names
            .iter()
            .filter(is_two_ways)
            .flat_map(|name| saints(&name.words))
            .filter(|words| is_borne(snapshot, words))
            .collect();
        for words in ways {
            if names.iter().all(|known| known.words != words) {
                names.push(NameWanted::exact(words));
            }
        }
        let spelt: Vec<NameWanted> = names
            .iter()
            .flat_map(|name| initials::of(snapshot, &name.words))
            .collect();
        for name in spelt {
            if names.iter().all(|known| known.words != name.words) {
                names.push(name);
            }
        }
    }
    let wanted = match request.name_match {
        NameMatch::Exact => false,
        NameMatch::Fuzzy => true,
        NameMatch::Auto => !names.is_empty() && !are_enough(snapshot, names),
    };
    if wanted {
        let typed = names.iter().filter(|name| name.tier == tier::EXACT);
        let added: Vec<NameWanted> = typed
            .flat_map(|name| {
                let short = shortened::of(snapshot, &name.words);
                short
                    .into_iter()
                    .chain(alternatives(snapshot, &name.words, request.nicknames))
            })
            .collect();
        for alternative in added {
            if names.iter().all(|known| known.words != alternative.words) {
                names.push(alternative);
            }
        }
    }
}

/// The words of a name without titles before, and suffixes and credentials behind it, unless nothing else is left.
pub fn without_extras(words: &[String]) -> Vec<String> {
    let untitled = || words.iter().filter(|word| !TITLES.contains(&word.as_str()));
    let bare: Vec<String> = untitled()
        .enumerate()
        .filter(|(at, word)| *at == 0 || !(SUFFIXES.contains(&word.as_str()) || CREDENTIALS.contains(&word.as_str())))
        .map(|(_, word)| word.clone())
        .collect();
    if bare.is_empty() { words.to_vec() } else { bare }
}

/// What a name may stand for, best first.
pub fn alternatives(snapshot: &Snapshot, words: &[String], nicknames: bool) -> Vec<NameWanted> {
    if words.is_empty() || words.len() > MOST_WORDS {
        return Vec::new();
    }
    let missing: Vec<usize> = (0..words.len())
        .filter(|at| candidates::bearers(snapshot, &words[*at]) == 0)
        .collect();
    let options: Vec<Vec<Candidate<'_>>> = (0..words.len())
        .map(|at| match missing.as_slice() {
            _ if is_part(snapshot, words, at) => Vec::new(),
            [] => candidates::of(snapshot, &words[at], nicknames),
            [_] | [_, _] if missing.contains(&at) => candidates::of(snapshot, &words[at], nicknames),
            // Beside a word that is of no name, one that is of some is at most a nickname.
            [_] if nicknames => candidates::nicknames(snapshot, &words[at]),
            _ => Vec::new(),
        })
        .collect();
    let mut made: Vec<Made<'_>> = Vec::new();
    match missing.as_slice() {
        [] => one_changed(words, &options, &mut made),
        [at] => one_replaced(words, *at, &options, &mut made),
        [first, second] => {
            for one in &options[*first] {
                for two in &options[*second] {
                    made.push(Made::of(words, &[(*first, one), (*second, two)]));
                }
            }
        }
        _ => {}
    }
    best_first(&mut made);
    made.truncate(MOST_TRIED);
    // However many others there are: `john o brien` is no Johanna O'Brien before he is John O'Brien.
    joined_and_split(words, snapshot, &mut made);
    best_first(&mut made);
    let several = words.len() > 1;
    made.into_iter()
        .filter(|made| !several || is_met(snapshot, &made.words))
        .take(MOST)
        .map(|made| NameWanted {
            words: made.words.into_iter().map(Cow::into_owned).collect(),
            tier: made.tier,
        })
        .collect()
}

/// Whether somebody bears all of a few words: seen among the first who bear them, or by the key of a person's whole name.
/// Frequent words that meet in neither way meet so seldom that nobody is asked for whom there are better guesses.
fn is_met(snapshot: &Snapshot, words: &[Cow<'_, str>]) -> bool {
    let mut all_read = true;
    for living in &snapshot.segments {
        for which in [Which::Current, Which::Any] {
            let Some(mut lists) = Lists::open(living.segment.names(), which, words) else {
                continue;
            };
            let end = lists.reach(FIRST_BEARERS);
            all_read &= end == u32::MAX;
            let mut from = 0;
            while let Some(provider) = lists.next_before(from, end) {
                if living.is_alive(provider) {
                    return true;
                }
                from = provider + 1;
            }
        }
    }
    if changed::bearers(snapshot, words).next().is_some() {
        return true;
    }
    let [one, other] = words else {
        return !all_read && is_borne(snapshot, words);
    };
    let has_key = |surname: &str, given: &str| {
        let key = key::person(surname, given);
        let field = |living: &Living| living.segment.doc_freq(living.segment.fields().key, &key);
        snapshot
            .segments
            .iter()
            .any(|living| field(living).is_ok_and(|bearers| bearers > 0))
    };
    !all_read && (has_key(&other[..], &one[..]) || has_key(&one[..], &other[..]))
}

/// `o` of `o brien`, `mc` of `mc donald`: a short word that makes a name together with the next. By itself it stands for nothing.
fn is_part(snapshot: &Snapshot, words: &[String], at: usize) -> bool {
    let joined = || [words[at].as_str(), words[at + 1].as_str()].concat();
    words[at].len() <= LONGEST_PART && at + 1 < words.len() && candidates::bearers(snapshot, &joined()) > 0
}

/// Each once, in the order in which they are likely.
fn best_first(made: &mut Vec<Made<'_>>) {
    made.sort_by(|a, b| {
        let key = |made: &Made<'_>| (made.tier, made.changes, std::cmp::Reverse(made.bearers));
        key(a).cmp(&key(b)).then_with(|| a.words.cmp(&b.words))
    });
    made.dedup_by(|next, kept| next.words == kept.words);
}

/// An alternative in the making.
struct Made<'a> {
    words: Vec<Cow<'a, str>>,
    tier: u8,
    changes: usize,
    /// Of the rarest new word.
    bearers: u32,
}

impl<'a> Made<'a> {
    fn of(words: &'a [String], changes: &[(usize, &Candidate<'a>)]) -> Self {
        let mut words = borrowed(words);
        for (at, candidate) in changes {
            words[*at] = candidate.text.into();
        }
        Self {
            words,
            tier: changes.iter().map(|(_, c)| c.tier).max().unwrap_or(tier::EXACT),
            changes: changes.len(),
            bearers: changes.iter().map(|(_, c)| c.bearers).min().unwrap_or(0),
        }
    }

    /// Written together or apart.
    fn respelt(words: Vec<Cow<'a, str>>, bearers: u32) -> Self {
        Self {
            words,
            tier: tier::TYPO,
            changes: 1,
            bearers,
        }
    }
}

fn borrowed(words: &[String]) -> Vec<Cow<'_, str>> {
    words.iter().map(|word| word.as_str().into()).collect()
}

/// Every word is one of some name: one of them may be another, and a nickname beside it.
fn one_changed<'a>(words: &'a [String], options: &[Vec<Candidate<'a>>], made: &mut Vec<Made<'a>>) {
    for at in 0..words.len() {
        one_replaced(words, at, options, made);
    }
}

/// One word is of no name, so it must be another.
fn one_replaced<'a>(words: &'a [String], at: usize, options: &[Vec<Candidate<'a>>], made: &mut Vec<Made<'a>>) {
    for candidate in &options[at] {
        made.push(Made::of(words, &[(at, candidate)]));
        with_nickname(words, at, candidate, options, made);
    }
}

fn with_nickname<'a>(
    words: &'a [String],
    at: usize,
    candidate: &Candidate<'a>,
    options: &[Vec<Candidate<'a>>],
    made: &mut Vec<Made<'a>>,
) {
    if candidate.tier == tier::NICKNAME {
        return;
    }
    for (other, candidates) in options.iter().enumerate().filter(|(other, _)| *other != at) {
        for nickname in candidates.iter().filter(|c| c.tier == tier::NICKNAME) {
            made.push(Made::of(words, &[(at, candidate), (other, nickname)]));
        }
    }
}

/// `mc donald` for `mcdonald`, `maryann` for `mary ann`.
fn joined_and_split<'a>(words: &'a [String], snapshot: &Snapshot, made: &mut Vec<Made<'a>>) {
    let bearers_of = |word: &str| candidates::bearers(snapshot, word);
    // `van den berg` is Vandenberg.
    for (count, first) in [2, 3]
        .into_iter()
        .flat_map(|count| (0..words.len()).map(move |first| (count, first)))
    {
        let Some(parts) = words.get(first..first + count) else {
            continue;
        };
        let joined = parts.concat();
        let bearers = bearers_of(&joined);
        if bearers > 0 {
            let mut words = borrowed(words);
            words.splice(first..first + count, [joined.into()]);
            made.push(Made::respelt(words, bearers));
        }
    }
    for (at, word) in words.iter().enumerate() {
        if word.len() < 5 || !word.is_ascii() {
            continue;
        }
        for cut in 2..word.len() - 1 {
            let (head, tail) = word.split_at(cut);
            let bearers = match bearers_of(head) {
                0 => 0,
                of_head => of_head.min(bearers_of(tail)),
            };
            if bearers > 0 && (words.len() > 1 || is_borne(snapshot, &[head, tail])) {
                let mut words = borrowed(words);
                words.splice(at..=at, [head.into(), tail.into()]);
                made.push(Made::respelt(words, bearers));
            }
        }
    }
}

/// Whether some living provider bears all these words in its names.
pub fn is_borne<W: Borrow<str>>(snapshot: &Snapshot, words: &[W]) -> bool {
    !words.is_empty() && bearers(snapshot, words, 1) > 0
}

/// Whether one of the first who bear all these words is a person: houses are called after their towns, and what only they are
/// called is rather a place.
pub fn is_borne_by_person<W: Borrow<str>>(snapshot: &Snapshot, words: &[W]) -> bool {
    let is_person = |flags: u32| flags & flag::kind(ProviderKind::Individual) != 0;
    for living in &snapshot.segments {
        for which in [Which::Current, Which::Any] {
            let Some(mut lists) = Lists::open(living.segment.names(), which, words) else {
                continue;
            };
            let (mut from, mut left) = (0, MOST_LOOKED_AT);
            while left > 0
                && let Some(provider) = lists.next(from)
            {
                (from, left) = (provider + 1, left - 1);
                let location = living.segment.locations_of(provider).first();
                let person = location.is_some_and(|at| is_person(living.segment.entry(*at).masks.flags));
                if person && living.is_alive(provider) {
                    return true;
                }
            }
        }
    }
    changed::bearers(snapshot, words)
        .take(MOST_LOOKED_AT)
        .any(|changed| changed.record(0).kind == ProviderKind::Individual)
}

fn are_enough(snapshot: &Snapshot, names: &[NameWanted]) -> bool {
    names
        .iter()
        .map(|name| bearers(snapshot, &name.words, ENOUGH))
        .sum::<usize>()
        >= ENOUGH
}

/// How many living providers bear all these words in their names, counted up to `most`.
pub fn bearers<W: Borrow<str>>(snapshot: &Snapshot, words: &[W], most: usize) -> usize {
    let mut found = 0;
    for living in &snapshot.segments {
        let mut seen: Vec<u32> = Vec::new();
        for which in [Which::Current, Which::Any] {
            let Some(mut lists) = Lists::open(living.segment.names(), which, words) else {
                continue;
            };
            let mut from = 0;
            while found + seen.len() < most
                && let Some(provider) = lists.next(from)
            {
                from = provider + 1;
                if living.is_alive(provider) && !seen.contains(&provider) {
                    seen.push(provider);
                }
            }
        }
        found += seen.len();
    }
    let left = most.saturating_sub(found);
    found + changed::bearers(snapshot, words).take(left).count()
}

/// How a record's names match one of the names: what the postings tell a search by relevance, read from the record.
pub fn tier_of(record: &Record<'_>, names: &[NameWanted]) -> u8 {
    // Other names written together are words of the index, but not of the record.
    match_of(record, names).unwrap_or(tier::OTHER_NAME)
}

/// The same, where it may match none.
pub fn match_of(record: &Record<'_>, names: &[NameWanted]) -> Option<u8> {
    let current: Vec<&str> = record.words.split(' ').collect();
    let others: Vec<String> = record.other_names.iter().flat_map(names::words).collect();
    let has = |word: &String| current.contains(&word.as_str());
    let best = names.iter().filter_map(|name| {
        if name.words.iter().all(has) {
            Some(name.tier)
        } else {
            let all = name.words.iter().all(|word| has(word) || others.contains(word));
            all.then_some(name.tier.max(tier::OTHER_NAME))
        }
    });
    best.min()
}

/// What companies are, behind their names (folded).
pub const CORPORATE: &[&str] = &["corp", "inc", "incorporated", "llc", "llp", "ltd", "pllc"];

/// Further words of that kind, which are credentials or states, too: only behind the name of a house.
const FORMS: &[&str] = &["apc", "lc", "lllp", "lp", "pa", "pc", "pl", "plc", "psc", "sc"];

/// Whether a word behind the name of a house says what it is as a company.
pub fn is_company(word: &str) -> bool {
    CORPORATE.contains(&word) || FORMS.contains(&word)
}

/// Whether one of the first who bear all these words is a house of no other words, what it is as a company apart.
pub fn is_whole_house<W: Borrow<str>>(snapshot: &Snapshot, words: &[W]) -> bool {
    let is_word = |word: &W, own: &str| {
        let word: &str = word.borrow();
        word == own
    };
    let is_said = |own: &str| is_company(own) || words.iter().any(|word| is_word(word, own));
    for living in &snapshot.segments {
        let segment = &living.segment;
        let Some(mut lists) = Lists::open(segment.names(), Which::Current, words) else {
            continue;
        };
        let (mut from, mut left) = (0, MOST_LOOKED_AT);
        while left > 0
            && let Some(provider) = lists.next(from)
        {
            (from, left) = (provider + 1, left - 1);
            let Some(location) = segment.locations_of(provider).first() else {
                continue;
            };
            let record = segment.record(*location);
            let house = record.kind == ProviderKind::Organization && record.words.split(' ').all(is_said);
            if house && living.is_alive(provider) {
                return true;
            }
        }
    }
    changed::bearers(snapshot, words).take(MOST_LOOKED_AT).any(|changed| {
        let mut own = changed.spellings.current.iter();
        changed.record(0).kind == ProviderKind::Organization && own.all(|own| is_said(own))
    })
}

/// Names as somebody may bear them who wrote titles, suffixes, credentials or what a company is beside them: all of it, then
/// without the words behind it one after the other (`Anthony Do PA` is no Anthony), then without any.
pub fn with_fewer_extras(words: &[String]) -> Vec<Vec<String>> {
    let untitled = words.iter().filter(|word| !TITLES.contains(&word.as_str()));
    let mut name: Vec<String> = untitled.cloned().collect();
    let is_extra = |word: &String| {
        let word = word.as_str();
        SUFFIXES.contains(&word) || CREDENTIALS.contains(&word) || CORPORATE.contains(&word)
    };
    let mut all = vec![name.clone()];
    while name.len() > 1 && name.last().is_some_and(is_extra) {
        name.pop();
        all.push(name.clone());
    }
    all.push(without_extras(words));
    all.dedup();
    all
}
