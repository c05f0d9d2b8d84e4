//! The adapters against servers that `make test` does not start.

mod mongo;
