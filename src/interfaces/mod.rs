//! Faces to the outside: translate in, call the rooms, translate out.

pub mod cli;
pub mod fhir;
pub mod grpc;
pub mod http;
pub mod mcp;
pub mod network_check;
pub mod parts;
pub mod web;
