//! From the outbox to the index, in order, at least once.
