//! Nicknames of given names: directional and noisy, so weak evidence and never equality.

use rustc_hash::FxHashMap;

use super::table::{Table, TableError};
use crate::vocab::names::words;

const COLUMNS: &[&str] = &["name", "nickname"];

/// Which given names have which nicknames.
#[derive(Clone, Debug, Default)]
pub struct Nicknames {
    nicknames: FxHashMap<Box<str>, Vec<Box<str>>>,
    names: FxHashMap<Box<str>, Vec<Box<str>>>,
}

impl Nicknames {
    /// Reads `nicknames.csv`.
    ///
    /// # Errors
    /// Unknown columns, a name that is not one folded word, a name that is its own nickname, a pair that is there twice.
    pub fn parse(text: &str) -> Result<Self, TableError> {
        let mut table = Table::open("nicknames.csv", text, COLUMNS)?;
        let mut read = Self::default();
        while let Some(row) = table.next()? {
            let (name, nickname) = (row.required(0)?, row.required(1)?);
            if let Some(odd) = [name, nickname].into_iter().find(|n| words(n) != [*n]) {
                return Err(row.fault(format!("`{odd}` is not one word in lower case")));
            }
            let nicknames = read.nicknames.entry(name.into()).or_default();
            if name == nickname || nicknames.iter().any(|n| **n == *nickname) {
                return Err(row.fault(format!("`{nickname}` for `{name}` is there already")));
            }
            nicknames.push(nickname.into());
            read.names.entry(nickname.into()).or_default().push(name.into());
        }
        Ok(read)
    }

    /// The nicknames of a folded name: of `robert` among others `bob`.
    pub fn nicknames_of(&self, name: &str) -> impl Iterator<Item = &str> {
        self.nicknames.get(name).into_iter().flatten().map(AsRef::as_ref)
    }

    /// The names that a folded word is a nickname of: of `bill` among others `william`.
    pub fn names_of(&self, nickname: &str) -> impl Iterator<Item = &str> {
        self.names.get(nickname).into_iter().flatten().map(AsRef::as_ref)
    }
}
