//! The gRPC interface, on the same port as HTTP: the network check, health, and reflection in both versions that clients speak.

mod convert;
mod service;
mod status;

pub mod proto;

pub use service::{in_its_words, is_meant, router};
