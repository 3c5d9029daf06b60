//! Who is asking, checked before a handler is entered: a token, a session or an OpenID Connect token in `Authorization: Bearer`, or the
//! cookie of a browser; and for which organisation: `X-Organization-Id`, the path, or the one that they are in.
//!
//! A handler names what it needs by what it takes: [`Caller`] for anybody, [`SignedIn`], [`InOrganization`],
//! [`Administrator`]; pages take a [`Visitor`]. Who names an organisation that is not theirs is refused and written down.
//!
//! A search asks the memory of the node instead of the store ([`Searcher`]), and so does a check of a network ([`Checker`]); both
//! ask the store only before somebody is refused.

mod askers;
mod browser;
mod checker;
mod identity;
mod recognize;
mod shown;
mod visitors;

pub use askers::{Administrator, Asker, Caller, InOrganization, Searcher, SignedIn, admit, anonymous, bearer, require};
pub use checker::{Checker, checker};
pub use identity::Identity;
pub use recognize::{keep_up, once_more, sign_in, worth_counting};
pub use shown::COOKIE;
pub use visitors::Visitor;
