//! The one integration binary: a module for each room and interface.

mod index_answers;
mod lexicon;
mod rooms;
