//! The words of the field as values: identifiers, names, coded terms, places, time. No I/O, no rules of the business.
//!
//! A value of one of these types has been checked once, at the door, and cannot be wrong afterwards. The tables behind
//! coded terms (specialties, languages, places) are read from text that the caller brings; see [`lexicon`].

pub mod day;
pub mod fault;
mod gazetteer;
pub mod ids;
pub mod keys;
pub mod lexicon;
pub mod likeness;
pub mod names;
pub mod npi;
pub mod place;
pub mod shape;
pub mod terms;
pub mod vocabulary;

pub use fault::Fault;
pub use ids::{
    AssignmentId, CaseId, CaseItemId, ClinicId, CredentialingRequestId, LocationId, Locator, NetworkId, OrganizationId,
    PartyId, PlanId, Position, PractitionerId, ProviderId, ProviderNoteId, ProviderTokenId, ProviderUserId, UserId,
};
pub use lexicon::Lexicon;
pub use npi::{Npi, NpiError};
