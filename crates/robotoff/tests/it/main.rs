//! Tests of the whole program, and of the house it lives in.

mod extract;
mod recorded;
mod tidy;
mod workspace;
