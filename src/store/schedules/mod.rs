//! Weekly schedules with the slots that follow.
//!
//! Here they are read. What changes them is in `change`, how slots are made anew where hours change in `remake`, how they are made
//! for the days that come in `roll`.

mod booked;
mod change;
mod list;
mod remake;
mod report;
mod roll;
mod rows;

pub(super) use self::{
    booked::{booked_at, take_back},
    change::no_collision,
    remake::{follow_clinic, remake},
};
pub use self::{
    change::{create, delete, update},
    roll::{Rolled, keep_horizon, roll_on, roll_on_all},
};
pub use list::{Filter, Place, count, list, page, place};
use report::affected;
pub use report::{Affected, Report};
pub(super) use rows::{column, keep_clinics, lock, zone_of};
pub use rows::{defaults, find};
