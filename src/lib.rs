//! A search-centric directory of healthcare providers.
//!
//! Postgres is the store of record. Every change flows through an outbox into an embedded tantivy index, and every search
//! is answered from that index alone. The rooms below stand in the order of the flow; ARCHITECTURE.md is their map.

pub mod vocab;

pub mod domain;

pub mod store;

pub mod index;

pub mod feed;

pub mod query;

pub mod intake;

pub mod interfaces;

pub mod app;
pub mod bench;
pub mod config;
