//! The adapters against a Product Opener on loopback that checks what it is sent, and a
//! Redis.

mod edits;
mod events;
mod failures;
mod files;
mod image_files;
mod logins;
mod pull;
mod reads;
mod set_up;
