//! The names of the directory, as the index has them.

use super::view::Names;
use crate::query::{candidates::Parts, spelling::Known};

impl Names for Known<'_> {
    fn bearers(&self, word: &str) -> u32 {
        Known::bearers(self, word)
    }

    fn is_borne(&self, words: &[String]) -> bool {
        Known::is_borne(self, words)
    }

    fn holder(&self, npi: u64) -> Option<Parts> {
        Known::holder(self, npi)
    }

    fn reached_by(&self, phone: &str) -> Vec<Parts> {
        Known::reached_by(self, phone)
    }
}
