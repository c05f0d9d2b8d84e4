//! The adapters against a Product Opener on loopback that checks what it is sent, and a
//! Redis.

#![expect(clippy::unwrap_used, reason = "a test that cannot go on fails")]

mod edits;
mod events;
mod failures;
mod files;
mod image_files;
mod logins;
mod pull;
mod reads;
mod set_up;
