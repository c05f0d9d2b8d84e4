//! The sources of products, chosen by `PRODUCTS_URL`: Product Opener, a file of
//! documents, its MongoDB (feature `mongo`), or nowhere.

pub(crate) mod document;
mod dump;
mod file;
mod index;
#[cfg(feature = "mongo")]
mod mongo;
mod rows;

use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use async_trait::async_trait;
use robotoff_core::product::{Lookup, ProductId};
use robotoff_ports::connection_url::without_password;
use robotoff_ports::{PortResult, Products};
use thiserror::Error;

pub use dump::DumpFile;
pub use file::FileProducts;
#[cfg(feature = "mongo")]
pub use mongo::{MongoProducts, MongoSettings, MongoUri};
pub(crate) use rows::parquet_rows;

/// The value of `PRODUCTS_URL`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProductsUrl {
    /// `opener:`, the API of Product Opener.
    Opener,
    /// `file:PATH`: one document a line, plain or gzipped, or Parquet.
    File(PathBuf),
    /// `mongodb://…`, the database of Product Opener.
    #[cfg(feature = "mongo")]
    Mongo(MongoUri),
    /// `none`: products are not looked at.
    None,
}

/// As it is written, without a password.
impl fmt::Display for ProductsUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Opener => f.write_str("opener:"),
            Self::File(path) => write!(f, "file:{}", path.display()),
            #[cfg(feature = "mongo")]
            Self::Mongo(uri) => uri.fmt(f),
            Self::None => f.write_str("none"),
        }
    }
}

/// Why a value cannot be used. Passwords are left out.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ProductsUrlError {
    #[error("{0:?} is not known: expected opener:, file:PATH.jsonl[.gz], mongodb://HOST or none")]
    Unknown(String),
    #[error(
        "{0:?} needs a program that is built with the feature mongo \
         (cargo build --features robotoff/mongo), and this one is not"
    )]
    WithoutMongo(String),
    #[error("{address:?} cannot be used: {why}")]
    Malformed { address: String, why: String },
}

impl FromStr for ProductsUrl {
    type Err = ProductsUrlError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "" | "opener" | "opener:" => return Ok(Self::Opener),
            "none" | "none:" => return Ok(Self::None),
            _ => {}
        }
        if text.starts_with("mongodb:") || text.starts_with("mongodb+srv:") {
            #[cfg(feature = "mongo")]
            return text.parse().map(Self::Mongo);
            #[cfg(not(feature = "mongo"))]
            return Err(ProductsUrlError::WithoutMongo(without_password(text)));
        }
        let path = text.strip_prefix("file:").map(|path| {
            // `file:///data/x` and `file:data/x` are both written.
            path.strip_prefix("//").unwrap_or(path)
        });
        match path {
            Some(path) if !path.is_empty() => Ok(Self::File(path.into())),
            _ => Err(ProductsUrlError::Unknown(without_password(text))),
        }
    }
}

/// No source: every product is unknown.
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
                error.starts_with(&format!("{text:?} is not known")),
                "{error}"
            );
        }
    }

    #[test]
    fn an_address_of_mongodb_names_the_feature_that_is_missing() {
        let address = "mongodb://me:s3cret@db";
        let error = ProductsUrlError::WithoutMongo(without_password(address)).to_string();
        assert!(error.starts_with("\"mongodb://me:…@db\" needs"), "{error}");
        assert!(error.contains("--features robotoff/mongo"), "{error}");
    }
}
