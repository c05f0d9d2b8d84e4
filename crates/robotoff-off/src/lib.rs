//! The Open*Facts world around robotoff: data files and knowledge today; products,
//! pictures and events later.

pub mod data;
pub mod file;
pub mod knowledge;
