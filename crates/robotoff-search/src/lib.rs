//! Text search: the corpora that ship with the program.

pub mod build;
pub mod shipped;

pub use shipped::{Shipped, ShippedError};
