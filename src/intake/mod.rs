//! Outside files and texts become known providers.
