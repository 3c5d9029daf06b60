//! `/fhir`: schedules and slots of a tenant, its practitioners, where they work, and its clinics, as FHIR R4 (4.0.1) has them, to
//! be read and searched. Refusals are `OperationOutcome`s.
//!
//! A parameter that is not known is refused, as everywhere here, so that a typing error never widens a search. The organisation
//! is told by its key (a logical reference): it is no resource here.

mod paths;

mod accepted;
mod bundle;
pub mod include;
pub mod location;
pub mod outcome;
pub mod practitioner;
pub mod resource;
mod role;
pub mod schedule;
pub mod search;
mod sent;
pub mod slot;
pub mod types;

pub use paths::{MEDIA_TYPE, answer, not_supported, operations, routes, service_types};
use paths::{absent, operation};
