//! The Open*Facts world around robotoff: products and edits, images and their
//! OCR, data files and knowledge; events later.

pub mod addresses;
pub mod archive;
pub mod data;
pub mod facets;
pub mod file;
pub mod http;
pub mod image_files;
pub mod influx;
pub mod knowledge;
pub mod moderation;
pub mod opener;
pub mod products;
mod public_addresses;
pub mod temporary_files;
