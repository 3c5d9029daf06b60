//! The rules of the business as pure functions over values. No I/O, no clock, no chance: they come in as arguments.

pub mod access;
pub mod appointment;
pub mod audit;
pub mod calendar;
pub mod case;
pub mod case_view;
pub mod clinic;
pub mod configuration;
pub mod credentialing;
pub mod document;
pub mod exclusion;
pub mod match_sheet;
pub mod network;
pub mod npi_life;
pub mod organization;
pub mod password;
pub mod person;
pub mod practitioner;
pub mod provider;
pub mod reference;
pub mod schedule;
pub mod sharing;
pub mod sharing_proof;
pub mod slot;
pub mod verification;
pub mod workflow;
