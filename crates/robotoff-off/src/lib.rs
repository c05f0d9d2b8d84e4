//! The Open*Facts world around robotoff: products and edits, images and their
//! OCR, data files and knowledge; events later.

pub mod addresses;
pub mod data;
pub mod file;
pub mod http;
pub mod image_files;
pub mod knowledge;
pub mod opener;
pub mod products;
