//! Faces to the outside: translate in, call the rooms, translate out.

pub mod cli;
pub mod http;
pub mod web;
