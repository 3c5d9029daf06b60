//! Settings, read once at start: flags, then `PROVDIR_*`, then `provdir.toml`.
