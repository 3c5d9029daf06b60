//! Lists of people and firms that may not be paid: the OIG's with its monthly supplements, SAM.gov's, and those of states by
//! a [`layout`] of their own.
//!
//! A damaged line is skipped and told, with its number and what is wrong; the others count. Nobody sees half a file: the
//! new list takes the place of the old one when all of it is in.

mod import;

pub mod layout;

pub use self::layout::Layout;
pub use import::{Asked, Contents, Part, Report, Skipped, import, read};
