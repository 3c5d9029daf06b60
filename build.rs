//! Builds anew when a migration is added (they are compiled in), and turns the protocol files into code without protoc.

use std::{env, error::Error, path::PathBuf};

const PROTOCOLS: &str = "src/interfaces/grpc";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=migrations");
    println!("cargo:rerun-if-changed={PROTOCOLS}");
    let descriptors = protox::compile(["network_status.proto"], [PROTOCOLS])?;
    let out = PathBuf::from(env::var("OUT_DIR")?);
    tonic_prost_build::configure()
        .file_descriptor_set_path(out.join("provider.v1.bin"))
        .compile_fds(descriptors)?;
    Ok(())
}
