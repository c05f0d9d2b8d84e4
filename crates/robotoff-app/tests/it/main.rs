//! Use cases on a store in memory, with products that the test makes.

mod product_name;
mod stage;
