//! Builds anew when a migration is added (they are compiled in), and turns the protocol files into code without protoc.

use std::{env, error::Error, fs, path::PathBuf};

const PROTOCOLS: &str = "src/interfaces/grpc";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed={PROTOCOLS}");
    let descriptors = protox::compile(["network_status.proto"], [PROTOCOLS])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    // What reflection tells clients.
    fs::write(
        out.join("provider.v1.bin"),
        protox::prost::Message::encode_to_vec(&descriptors),
    )?;
    tonic_prost_build::configure().compile_fds(descriptors)?;
    Ok(())
}
