//! One provider at a time: created with its party, found, changed under optimistic concurrency, deactivated.

mod change;
mod children;
mod find;
mod input;
mod written;

pub mod sources;

pub use self::input::{NewLocation, NewProvider, ProviderChange};
pub(super) use self::written::check_change;
pub use change::{MOST_PRIVATE, create, deactivate, set_participations, update, update_as};
pub(super) use find::npi_column;
pub use find::{ProviderKey, StatusChange, find, find_all, ids_of, names_of, status_history};
