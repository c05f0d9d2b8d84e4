//! The adapters against a Product Opener on loopback that checks what it is sent.

mod edits;
mod failures;
mod files;
mod image_files;
mod logins;
mod reads;
mod set_up;
