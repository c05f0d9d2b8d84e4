//! Compression of responses: gzip, Brotli or zstd, as the client accepts.

use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{NotForContentType, Predicate, SizeAbove};

/// Bodies up to this size are sent as they are: they fit into one packet.
const SMALL_BYTES: u64 = 1024;

/// Layer that compresses responses which are large and not compressed in themselves. At the
/// fastest level: a page of questions shrinks to a fifth in some 0.1 ms, and better levels
/// take several times as long for a tenth less.
pub(crate) fn layer() -> CompressionLayer<impl Predicate> {
    let worthwhile = SizeAbove::new(SMALL_BYTES)
        .and(NotForContentType::IMAGES)
        .and(NotForContentType::const_new(
            "application/vnd.apache.parquet",
        ))
        .and(NotForContentType::const_new("font/"))
        // Events are sent as they come: a compressor would hold them back.
        .and(NotForContentType::SSE);
    CompressionLayer::new()
        .quality(CompressionLevel::Fastest)
        .compress_when(worthwhile)
}
