//! Who is who, in memory, so that a search of somebody signed in waits for no database.
//!
//! Everything is read once; then Postgres tells at each commit whose entry changed, and that one is read anew. A node that
//! has lost the connection reads everything again, and knows how old its knowledge is meanwhile. Who has changed something
//! waits with [`Identities::catch_up`] until it is seen here: on this node a revocation holds at once.

mod follow;
mod held;
mod table;

pub use self::table::Table;
pub use held::Identities;
