//! The Open*Facts world around robotoff: data files today; products, pictures and
//! events later.

pub mod data;
pub mod file;
