//! Where products are read, chosen by `PRODUCTS_URL`: Product Opener, a file of
//! documents, or nowhere.

pub(crate) mod document;
mod file;
mod index;

use std::path::PathBuf;
use std::str::FromStr;

use async_trait::async_trait;
use robotoff_core::product::{Lookup, ProductId};
use robotoff_ports::{PortResult, Products};
use thiserror::Error;

pub use file::FileProducts;

/// The value of `PRODUCTS_URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductsUrl {
    /// `opener:`, the API of Product Opener.
    Opener,
    /// `file:PATH`: one document a line, plain or gzipped.
    File(PathBuf),
    /// `none`: products are not looked at.
    None,
}

/// A value that is none of the three.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("PRODUCTS_URL {0:?} is not known: expected opener:, file:PATH.jsonl[.gz] or none")]
pub struct UnknownProductsUrl(String);

impl FromStr for ProductsUrl {
    type Err = UnknownProductsUrl;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" | "opener" | "opener:" => return Ok(Self::Opener),
            "none" | "none:" => return Ok(Self::None),
            _ => {}
        }
        let path = text.strip_prefix("file:").map(|path| {
            // `file:///data/x` and `file:data/x` are both written.
            path.strip_prefix("//").unwrap_or(path)
        });
        match path {
            Some(path) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(UnknownProductsUrl(text.to_owned())),
        }
    }
}

/// No source: nobody looks, so nothing is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct NoProducts;

#[async_trait]
impl Products for NoProducts {
    async fn product(&self, _: &ProductId) -> PortResult<Lookup> {
        Ok(Lookup::Unchecked)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_setting_is_read_or_named() {
        for (text, expected) in [
            ("", ProductsUrl::Opener),
            ("opener:", ProductsUrl::Opener),
            ("none", ProductsUrl::None),
            ("file:a/b.jsonl", ProductsUrl::File("a/b.jsonl".into())),
            ("file:/a/b.jsonl", ProductsUrl::File("/a/b.jsonl".into())),
            ("file:///a/b.jsonl", ProductsUrl::File("/a/b.jsonl".into())),
        ] {
            assert_eq!(text.parse(), Ok(expected), "{text}");
        }
        for text in ["file:", "mongo", "http://x"] {
            let error = text.parse::<ProductsUrl>().unwrap_err().to_string();
            assert!(
                error.starts_with(&format!("PRODUCTS_URL {text:?}")),
                "{error}"
            );
        }
    }
}
