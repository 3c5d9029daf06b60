//! The one integration binary: a module for each room and interface.

mod command_line;
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
mod store_cluster;
mod store_outbox;
mod store_providers;
mod store_security;
mod store_status;
mod words_names;
mod words_reading;
mod words_suggest;
mod words_why_not;
