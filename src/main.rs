//! The command `provdir`.

fn main() {}
