//! One provider at its places becomes documents, documents become segments.
