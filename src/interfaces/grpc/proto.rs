//! What is generated from `network_status.proto`.
#![expect(
    missing_docs,
    unused_qualifications,
    clippy::allow_attributes,
    clippy::large_enum_variant,
    reason = "generated: the documentation is in the protocol file"
)]

tonic::include_proto!("provider.v1");
