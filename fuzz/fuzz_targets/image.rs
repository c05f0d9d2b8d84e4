//! Files of images: decoding, fingerprint and barcodes end without a panic, within bounds.

#![no_main]

use libfuzzer_sys::fuzz_target;
use robotoff_infer::barcode::barcodes;
use robotoff_infer::decode::DecodedImage;
use robotoff_infer::fingerprint::fingerprint;

/// Larger images only take more time.
const MAX_PIXELS: u64 = 1 << 20;

fuzz_target!(|file: &[u8]| {
    let Ok(image) = DecodedImage::of(file) else {
        return;
    };
    let size = image.size();
    if u64::from(size.width) * u64::from(size.height) > MAX_PIXELS {
        return;
    }
    fingerprint(image.stored());
    for barcode in barcodes(image.stored()) {
        assert!((0.0..=1.0).contains(&barcode.area), "{barcode:?}");
    }
});
