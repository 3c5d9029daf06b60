//! The words of names at one edit from a word, each looked up once for a record.

use std::{cell::RefCell, rc::Rc};

use rustc_hash::FxHashMap;

use super::Directory;

/// A word of a name that another may be a slip of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misspelling {
    /// The word.
    pub text: String,
    /// How many providers bear it.
    pub bearers: u64,
}

/// The words at one edit from those of a record.
pub struct Misspellings<'d, 's> {
    directory: &'d Directory<'s>,
    known: RefCell<FxHashMap<String, Rc<[Misspelling]>>>,
}

impl<'d, 's> Misspellings<'d, 's> {
    /// None yet.
    pub fn of(directory: &'d Directory<'s>) -> Self {
        Self {
            directory,
            known: RefCell::default(),
        }
    }

    /// Of a word: the most frequent first.
    pub fn at_one_edit(&self, word: &str) -> Rc<[Misspelling]> {
        if let Some(known) = self.known.borrow().get(word) {
            return Rc::clone(known);
        }
        let found: Rc<[Misspelling]> = self.directory.misspellings(word).into();
        self.known.borrow_mut().insert(word.to_owned(), Rc::clone(&found));
        found
    }
}
