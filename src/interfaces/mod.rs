//! Faces to the outside: translate in, call the rooms, translate out.

pub mod http;
pub mod web;
