//! Requests that a provider be let in: brought, worked on, decided.
//!
//! The doors to ACTIVE are in [`doors`]; what happens to a request and what people are asked to do about it in [`work`];
//! what happens by itself in [`steps`].

mod policy;
mod requests;

pub mod doors;
pub mod steps;
pub mod work;

pub use self::doors::{approve, approve_delegated, close, lapse, may_let_in, reactivate};
pub use policy::{policy, set_policy};
pub(super) use requests::enter;
pub(in crate::store) use requests::still_open;
pub use requests::{Filter, NewRequest, WORKFLOW, assign, find, list, lock, submit};
