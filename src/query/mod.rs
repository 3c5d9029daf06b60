//! The directory as a reader sees it: answered from the index, never from Postgres.
