//! Proofs that a downloaded file is whole and what it should be.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use robotoff_core::taxonomy::{Keep, Taxonomy};
use sha2::{Digest, Sha256};

use super::asset::AssetCheck;
use crate::lines::Lines;
use crate::products::parquet_rows;

/// Facts of a verified file.
pub(super) struct Verified {
    pub(super) bytes: u64,
    pub(super) entries: u64,
    /// Of small files.
    pub(super) sha256: Option<String>,
}

/// Reads the whole file; the error says why it is not taken.
pub(super) fn verify(
    path: &Path,
    check: AssetCheck,
    min_products: u64,
) -> Result<Verified, String> {
    let unreadable = |error: io::Error| format!("cannot read {}: {error}", path.display());
    let bytes = path.metadata().map_err(unreadable)?.len();
    let (entries, sha256) = match check {
        AssetCheck::Taxonomy(kind) => {
            let document = std::fs::read(path).map_err(unreadable)?;
            let keep = kind.map_or(&[][..], |kind| kind.used_properties());
            let taxonomy = Taxonomy::from_json(&document, Keep::Only(keep));
            let taxonomy = taxonomy.map_err(|error| format!("it is no taxonomy: {error}"))?;
            if taxonomy.is_empty() {
                return Err("it is an empty taxonomy".to_owned());
            }
            (taxonomy.len() as u64, Some(hash(path).map_err(unreadable)?))
        }
        AssetCheck::Pinned(expected) => {
            let actual = hash(path).map_err(unreadable)?;
            if actual != expected {
                return Err(format!(
                    "its checksum is {actual}, and {expected} is expected"
                ));
            }
            (bytes, Some(actual))
        }
        AssetCheck::Products => {
            let products = count_products(path)?;
            if products < min_products {
                return Err(format!(
                    "it has {products} products, and {min_products} are expected at least"
                ));
            }
            (products, None)
        }
        AssetCheck::Parquet => (parquet_rows(path)?, None),
    };
    Ok(Verified {
        bytes,
        entries,
        sha256,
    })
}

/// Reads each line of a dump; a broken one, or a broken end of the gzip stream, is an error.
fn count_products(path: &Path) -> Result<u64, String> {
    let mut lines = Lines::open(path)?;
    let mut products = 0;
    while lines.advance()? {
        lines.parsed::<serde::de::IgnoredAny>()?;
        products += 1;
    }
    Ok(products)
}

fn hash(path: &Path) -> io::Result<String> {
    let mut file = File::open(path)?;
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            length => hasher.update(&buffer[..length]),
        }
    }
    let digest = hasher.finalize();
    Ok(digest.iter().map(|byte| format!("{byte:02x}")).collect())
}
