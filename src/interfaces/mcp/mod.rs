//! The Model Context Protocol: the directory as tools for programs that read and write language, over HTTP at `/mcp` and over
//! standard input and output (`provdir mcp`).
//!
//! All tools only read. What providers and texts say comes back as data in a schema, never as an instruction, and each answer
//! says how fresh it is. A refusal is an answer with `isError` and the problem document of the HTTP interface, so that whoever
//! asked can ask better.

mod arguments;
mod freshness;
mod message;
mod server;
mod tools;

pub use server::{Error, operations, over_stdio, routes};
