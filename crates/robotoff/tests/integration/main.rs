//! Tests that need more than Rust and PostgreSQL: `make integration` installs it.

mod clients;
