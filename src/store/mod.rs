//! The store of record: all SQL of the product.
//!
//! One function is one step of a transaction that an [`Actor`](crate::domain::access::Actor) opened ([`Store::begin`]); what
//! the actor may see and write is decided by row-level security, what may follow what by the guards of the schema
//! (`migrations/`). Readers that keep an index fresh come in as another login role through [`outbox`] and [`snapshot`].
//!
//! [`cluster`] finds or starts a Postgres where no address of one is given.

mod connection;
mod provider_rows;
mod pruning;

pub mod access;
pub mod accuracy;
pub mod affiliations;
pub mod agency_providers;
pub mod appointments;
pub mod as_sql;
pub mod audit;
pub mod case_items;
pub mod cases;
pub mod clinic_assignments;
pub mod clinic_records;
pub mod clinic_roles;
pub mod clinics;
pub mod cluster;
pub mod conditions;
pub mod configuration;
pub mod credentialing;
pub mod error;
pub mod exclusion;
pub mod former_npis;
pub mod free_slots;
pub mod holds;
pub mod idempotency;
pub mod identities;
pub mod invitations;
pub mod listings;
pub mod match_feedback;
pub mod members;
pub mod merges;
pub mod networks;
pub mod npi_life;
pub mod nppes;
pub mod organizations;
pub mod outbox;
pub mod past;
pub mod people;
pub mod portal;
mod practitioner_names;
pub mod practitioners;
pub mod proposals;
pub mod provider_tokens;
pub mod provider_users;
pub mod providers;
pub mod publish;
pub mod receipts;
pub mod refusals;
pub mod rosters;
pub mod schedule_exceptions;
pub mod schedules;
pub mod sessions;
pub mod sharing;
pub mod sharing_proof;
pub mod signals;
mod slot_list;
pub mod slot_search;
pub mod slots;
pub mod snapshot;
pub mod standing;
pub mod statistics;
pub mod supplement;
pub mod timers;
pub mod verification;
pub mod webhooks;
pub mod workflow;

pub use cluster::default_data_dir;
pub use connection::{Access, Database, Settings, Store, Tx, migrate, only_looking, schema_fingerprint};
pub use error::Error;

/// A coded term as a column holds it.
fn term<T: std::str::FromStr>(code: &str) -> Result<T, Error> {
    code.parse().map_err(|_| Error::Corrupt(format!("the term {code}")))
}
