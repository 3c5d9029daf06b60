//! The one integration binary: a module for each room and interface.

mod house;
mod lexicon;
mod rooms;
mod store_cluster;
mod store_outbox;
mod store_providers;
mod store_security;
mod store_status;
