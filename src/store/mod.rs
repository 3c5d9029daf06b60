//! The store of record: all SQL of the product.
