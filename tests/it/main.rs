//! The one integration binary: a module for each room and interface.

mod lexicon;
mod rooms;
