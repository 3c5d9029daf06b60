//! What outside providers reach with a token: the portal's JSON under `/api/portal/v1` for people, and the external API under
//! `/api/external/v1` for their systems. The two differ in who comes through, not in what is behind.
//!
//! What may not be seen and what is not there get the same answer to the letter. Every answer is written down: who saw what.

mod acts;
mod cases;
mod changes;
mod documents;
mod door;
mod notes;
mod operations;
mod paths;
mod token;

pub use acts::{asked, does, told};
pub use cases::{seen_case, seen_cases};
pub use documents::download;
pub use door::{Guest, admit_person, admit_system, not_taken, session_not_taken, welcome};
pub use notes::seen_notes;
pub use operations::operations;
pub use paths::routes;
