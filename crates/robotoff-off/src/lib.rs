//! The Open*Facts world around robotoff: products and edits, images and their
//! OCR, data files and knowledge, events.

pub mod addresses;
pub mod archive;
pub mod batches;
pub mod brands;
pub mod data;
pub mod error_reports;
pub mod events;
pub mod facets;
pub mod fasttext;
pub mod file;
pub mod google;
pub mod http;
pub mod image_files;
pub mod influx;
pub mod knowledge;
mod lines;
#[cfg(test)]
mod loopback;
pub mod moderation;
pub mod objects;
pub mod opener;
pub mod products;
mod public_addresses;
pub mod pull;
pub mod temporary_files;
pub mod traces;
pub mod vision;
