//! The one integration binary: a module for each room and interface.

mod generate;
mod lexicon;
mod rooms;
