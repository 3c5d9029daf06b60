//! A Postgres that provdir looks after: found, made, started, shared by processes, stopped by the last one.
//!
//! Everything is in one folder: `postgres/` (the cluster), `cluster.json` (port and passwords, for its owner only),
//! `postgres.log`, `socket/` (where Postgres listens, beside 127.0.0.1), and two lock files. `gate.lock` is held while
//! somebody starts or stops; `users.lock` is held, shared, by each process that uses the cluster: who gets it exclusively
//! is the last one and stops the cluster. The system lets go of locks when a process dies, so a crash leaves a running
//! cluster behind, which the next start takes over.
//!
//! Postgres refuses to run as root. Then it runs as `nobody`, and its folder must be where that user can reach it.

mod binaries;
mod home;
mod managed;
mod user;

pub use home::is_made_in;
use managed::OWNER;
pub use managed::{Cluster, default_data_dir};
