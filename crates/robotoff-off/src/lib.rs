//! The Open*Facts world around robotoff: products and edits, pictures and their
//! OCR, data files and knowledge; events later.

pub mod addresses;
pub mod data;
pub mod file;
pub mod http;
pub mod knowledge;
pub mod opener;
pub mod pictures;
pub mod products;
