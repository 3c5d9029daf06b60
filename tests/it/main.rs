//! The one integration binary: a module for each room and interface.

mod command_line;
mod features_operations;
mod features_providers;
mod features_search;
mod feed_follow;
mod feed_kill;
mod generate;
mod house;
mod http_operations;
mod http_providers;
mod http_search;
mod http_site;
mod index_answers;
mod lexicon;
mod nppes_damage;
mod nppes_import;
mod nppes_lessons;
mod program;
mod rooms;
mod stopping;
mod store_cluster;
mod store_outbox;
mod store_providers;
mod store_security;
mod store_status;
