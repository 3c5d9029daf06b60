//! Languages by code and by the names people use for them.

use rustc_hash::FxHashSet;

use super::{
    phrases::Phrases,
    table::{Table, TableError},
};
use crate::vocab::names::fold;

const COLUMNS: &[&str] = &["code", "name", "other_names", "ambiguous_names"];

/// Languages by BCP 47 code and by the names people use.
#[derive(Clone, Debug, Default)]
pub struct Languages {
    /// Sorted by code.
    terms: Vec<LanguageTerm>,
    /// Every name and code, where a language is asked for.
    names: Phrases,
    /// The names that may be recognised in free text: no codes (`is`, `my`, `or`), no names that are ordinary words (`Karen`).
    spoken: Phrases,
}

/// One language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LanguageTerm {
    /// `es`, `yue`.
    pub code: String,
    /// `Spanish`.
    pub name: String,
}

impl Languages {
    /// Reads `languages.csv`.
    ///
    /// # Errors
    /// Unknown columns, a code or a name that occurs twice, an empty code or name.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut table = Table::open("languages.csv", text, COLUMNS)?;
        let mut rows = Vec::new();
        let mut taken = FxHashSet::default();
        while let Some(row) = table.next()? {
            let (code, name) = (row.required(0)?, row.required(1)?);
            let subtag = (2..=3).contains(&code.len()) && code.bytes().all(|b| b.is_ascii_lowercase());
            if !subtag {
                return Err(row.fault(format!(
                    "`{code}` is no language code of two or three lower-case letters"
                )));
            }
            let ambiguous: Vec<String> = row.text(3).split('|').map(fold).filter(|n| !n.is_empty()).collect();
            let all = [name].into_iter().chain(row.text(2).split('|')).map(fold);
            let spoken: Vec<String> = all.filter(|n| !n.is_empty() && !ambiguous.contains(n)).collect();
            // A name may repeat within its row (`Kreyòl`, `Kreyol`), not across rows; a code shares the names' space.
            let own: FxHashSet<String> = spoken
                .iter()
                .chain(&ambiguous)
                .cloned()
                .chain([code.to_owned()])
                .collect();
            for name in own {
                if taken.contains(&name) {
                    return Err(row.fault(format!("`{name}` is a code or name of an earlier row too")));
                }
                taken.insert(name);
            }
            let term = LanguageTerm {
                code: code.to_owned(),
                name: name.to_owned(),
            };
            rows.push((term, spoken, ambiguous));
        }
        rows.sort_by(|a, b| a.0.code.cmp(&b.0.code));
        let numbered = || (0_u32..).zip(&rows);
        let spoken = || numbered().flat_map(|(n, (_, s, _))| s.iter().map(move |s| (s.as_str().into(), n)));
        let guarded =
            numbered().flat_map(|(n, (t, _, a))| a.iter().chain([&t.code]).map(move |a| (a.as_str().into(), n)));
        Ok(Self {
            names: Phrases::new(spoken().chain(guarded)),
            spoken: Phrases::new(spoken()),
            terms: rows.into_iter().map(|(term, ..)| term).collect(),
        })
    }

    /// By code.
    pub fn get(&self, code: &str) -> Option<&LanguageTerm> {
        let at = self.terms.binary_search_by(|t| t.code.as_str().cmp(code)).ok()?;
        self.terms.get(at)
    }

    /// All, by code.
    pub fn iter(&self) -> impl Iterator<Item = &LanguageTerm> {
        self.terms.iter()
    }

    /// Every name that is read as a language in free text, folded.
    pub fn phrases(&self) -> impl Iterator<Item = &str> {
        self.spoken.all()
    }

    /// By code or by any of its names, in any case; a region behind the code (`es-MX`) is passed over.
    pub fn resolve(&self, text: &str) -> Option<&LanguageTerm> {
        let whole = self.names.get(&fold(text));
        let number = whole.or_else(|| {
            let (code, region) = text.trim().split_once('-')?;
            let tag = (2..=4).contains(&region.len()) && region.bytes().all(|b| b.is_ascii_alphanumeric());
            if tag && code.len() <= 3 {
                self.names.get(&fold(code))
            } else {
                None
            }
        })?;
        self.terms.get(number as usize)
    }

    /// The longest language name at the start of these folded words, and how many words it took. Names that are ordinary
    /// words or personal names as well (`Karen`, `Crow`) and codes are not recognised here.
    pub fn longest_prefix(&self, words: &[String]) -> Option<(&LanguageTerm, usize)> {
        let (number, count) = self.spoken.longest_prefix(words)?;
        Some((self.terms.get(number as usize)?, count))
    }

    /// The name, folded, of one word that is the fewest edits from a word, if it is at most so many.
    pub fn nearest(&self, word: &str, most: usize) -> Option<&str> {
        let far = |name: &&str| strsim::osa_distance(name, word);
        let may_be = |name: &&str| name.len() > 3 && name.len().abs_diff(word.len()) <= most && !name.contains(' ');
        let names = self.spoken.all().filter(may_be);
        names.filter(|name| far(name) <= most).min_by_key(far)
    }

    /// Up to `limit` names near a text that is none, nearest first.
    pub fn suggest(&self, text: &str, limit: usize) -> Vec<String> {
        let mut near: Vec<u32> = Vec::new();
        for (_, number) in self.spoken.like(&fold(text)) {
            if !near.contains(&number) {
                near.push(number);
            }
        }
        let terms = near.into_iter().filter_map(|n| self.terms.get(n as usize));
        terms.take(limit).map(|t| t.name.clone()).collect()
    }
}
