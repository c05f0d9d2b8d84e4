//! Use cases on a store in memory, with products that the test makes.

mod product_name;
mod refresh_many;
mod stage;
