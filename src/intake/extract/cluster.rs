//! Who is the same: one NPI, one full name; `Dr. Smith` is the Smith that was named last.

use rustc_hash::FxHashMap;

use super::Who;
use crate::vocab::{Lexicon, names::fold};

/// What tells one provider from another within a text.
#[derive(Clone, Debug, Default)]
struct Cluster {
    first: String,
    middle: String,
    suffix: String,
    npi: Option<String>,
}

/// The number of each mention's cluster, counted from zero in the order of the text.
pub fn clusters(mentions: &[(&Who, Option<&str>)], lexicon: &Lexicon) -> Vec<usize> {
    let mut made = Clusters {
        lexicon,
        all: Vec::new(),
        by_surname: FxHashMap::default(),
        by_name: FxHashMap::default(),
        by_npi: FxHashMap::default(),
    };
    let mut numbers: Vec<Option<usize>> = mentions.iter().map(|(who, npi)| made.full(who, *npi)).collect();
    // The nearest of a surname before and behind: each text is folded once, however many there are.
    let surnames: Vec<Option<String>> = mentions.iter().map(|(who, _)| surname(who)).collect();
    let mut behind: FxHashMap<&str, Vec<usize>> = FxHashMap::default();
    for (surname, number) in surnames.iter().zip(&numbers).rev() {
        if let (Some(surname), Some(number)) = (surname, number) {
            behind.entry(surname).or_default().push(*number);
        }
    }
    let mut before: FxHashMap<&str, usize> = FxHashMap::default();
    for (surname, number) in surnames.iter().zip(&mut numbers) {
        let Some(surname) = surname.as_deref() else {
            number.get_or_insert_with(|| made.add(Cluster::default(), String::new()));
            continue;
        };
        let next = behind.get_mut(surname);
        let known = match *number {
            Some(known) => {
                if let Some(next) = next {
                    next.pop();
                }
                known
            }
            None => {
                let nearest = before.get(surname).copied();
                let nearest = nearest.or_else(|| next.and_then(|next| next.last().copied()));
                nearest.unwrap_or_else(|| made.add(Cluster::default(), surname.to_owned()))
            }
        };
        *number = Some(known);
        before.insert(surname, known);
    }
    // Numbered anew, in the order of the text.
    let mut order: FxHashMap<usize, usize> = FxHashMap::default();
    let numbers = numbers.into_iter().flatten();
    numbers
        .map(|number| {
            let next = order.len();
            *order.entry(number).or_insert(next)
        })
        .collect()
}

struct Clusters<'l> {
    lexicon: &'l Lexicon,
    all: Vec<Cluster>,
    by_surname: FxHashMap<String, Vec<usize>>,
    by_name: FxHashMap<String, usize>,
    by_npi: FxHashMap<String, usize>,
}

impl Clusters<'_> {
    /// The cluster of a mention that says enough; `None` for a surname alone.
    fn full(&mut self, who: &Who, npi: Option<&str>) -> Option<usize> {
        if let Some(known) = npi.and_then(|npi| self.by_npi.get(npi))
            && self.is_same_kind(*known, who)
        {
            return Some(*known);
        }
        let number = match who {
            Who::Person(person) => {
                let first = fold(person.first.as_deref()?);
                let cluster = Cluster {
                    first,
                    middle: fold(person.middle.as_deref().unwrap_or_default()),
                    suffix: fold(person.suffix.as_deref().unwrap_or_default()),
                    npi: npi.map(str::to_owned),
                };
                let same = self.by_surname.get(&fold(&person.last)).into_iter().flatten().rev();
                let same = same.copied().find(|known| self.agree(&self.all[*known], &cluster));
                same.unwrap_or_else(|| self.add(cluster, fold(&person.last)))
            }
            Who::Organization(organization) => {
                let key = bare(&organization.name);
                let known = self.by_name.get(&key).copied();
                let known = known.filter(|known| no_conflict(&self.all[*known].npi, npi));
                known.unwrap_or_else(|| {
                    let number = self.add(Cluster::default(), String::new());
                    self.by_name.insert(key, number);
                    number
                })
            }
            Who::Identifier => self.add(Cluster::default(), String::new()),
        };
        if let Some(npi) = npi {
            self.all[number].npi = Some(npi.to_owned());
            self.by_npi.insert(npi.to_owned(), number);
        }
        Some(number)
    }

    fn is_same_kind(&self, known: usize, who: &Who) -> bool {
        // A number that a person and an organisation both have beside them belongs to one of them.
        match who {
            Who::Identifier => true,
            Who::Person(person) => person.first.as_deref().is_none_or(|first| {
                let known = &self.all[known].first;
                known.is_empty() || self.is_same_given(known, &fold(first))
            }),
            Who::Organization(_) => self.all[known].first.is_empty(),
        }
    }

    fn add(&mut self, cluster: Cluster, surname: String) -> usize {
        self.all.push(cluster);
        let number = self.all.len() - 1;
        if !surname.is_empty() {
            self.by_surname.entry(surname).or_default().push(number);
        }
        number
    }

    fn agree(&self, a: &Cluster, b: &Cluster) -> bool {
        let initials = match (a.middle.chars().next(), b.middle.chars().next()) {
            (Some(x), Some(y)) => x == y,
            _ => true,
        };
        initials
            && a.suffix == b.suffix
            && self.is_same_given(&a.first, &b.first)
            && no_conflict(&a.npi, b.npi.as_deref())
    }

    fn is_same_given(&self, a: &str, b: &str) -> bool {
        let initial = |short: &str, long: &str| short.len() == 1 && long.starts_with(short);
        let nickname = |a: &str, b: &str| self.lexicon.nicknames.nicknames_of(a).any(|nickname| nickname == b);
        a == b || initial(a, b) || initial(b, a) || nickname(a, b) || nickname(b, a)
    }
}

/// The folded surname of a person.
fn surname(who: &Who) -> Option<String> {
    match who {
        Who::Person(person) => Some(fold(&person.last)),
        _ => None,
    }
}

fn no_conflict(a: &Option<String>, b: Option<&str>) -> bool {
    match (a.as_deref(), b) {
        (Some(a), Some(b)) => a == b,
        _ => true,
    }
}

/// The name of an organisation without its legal form.
fn bare(name: &str) -> String {
    let folded = crate::vocab::names::words(name);
    let kept = folded
        .iter()
        .filter(|word| super::words::senses(word) & super::words::sense::LEGAL == 0 && *word != "the");
    kept.cloned().collect::<Vec<_>>().join(" ")
}
