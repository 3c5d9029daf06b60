//! Faces to the outside: translate in, call the rooms, translate out.

mod fhir;
mod mcp;
mod network_check;
mod parts;
mod web;

pub mod cli;
pub mod grpc;
pub mod http;
