//! Barcodes that are drawn: upright, rotated, small, blurred; and pictures without one.

use image::Rgb;
use image::imageops::{blur, rotate90, rotate180};

use super::symbol::fixture::widths_of;
use super::*;

/// A gray photo with a barcode whose modules have `module` pixels, its bars `height`, rotated
/// by `degrees` around its centre.
fn photo(code: &str, module: f32, height: f32, degrees: f32) -> RgbImage {
    let widths = widths_of(code, 4);
    let mut ends = vec![0.0];
    for width in &widths {
        ends.push(ends[ends.len() - 1] + width * module);
    }
    let length = ends[ends.len() - 1];
    let (sin, cos) = degrees.to_radians().sin_cos();
    RgbImage::from_fn(600, 500, |x, y| {
        // Four samples for each pixel, so that edges are smooth.
        let mut sum = 0;
        for (dx, dy) in [(0.25, 0.25), (0.75, 0.25), (0.25, 0.75), (0.75, 0.75)] {
            let (x, y) = (x as f32 + dx - 300.0, y as f32 + dy - 250.0);
            let along = x * cos + y * sin + length / 2.0;
            let across = y * cos - x * sin;
            let run = ends.iter().rposition(|&end| end <= along);
            let is_label = (0.0..length).contains(&along) && across.abs() < height / 2.0 + 8.0;
            let is_bar = run.is_some_and(|run| run % 2 == 1) && across.abs() < height / 2.0;
            sum += match (is_label, is_bar) {
                (true, true) => 30,
                (true, false) => 230,
                (false, _) => 140,
            };
        }
        Rgb([u8::try_from(sum / 4).unwrap_or(u8::MAX); 3])
    })
}

fn codes(image: &RgbImage) -> Vec<String> {
    let found = barcodes(image).into_iter();
    found.map(|barcode| barcode.code).collect()
}

#[test]
fn a_barcode_is_read_in_any_direction_and_size() {
    for degrees in [0.0, 7.0, 38.0, 90.0, 135.0, 180.0, 250.0, 301.0] {
        for module in [1.5, 2.5, 4.0] {
            let photo = photo("3017620422003", module, 90.0 * module / 2.0, degrees);
            assert_eq!(codes(&photo), ["3017620422003"], "{degrees} {module}");
        }
    }
    assert_eq!(codes(&photo("20005733", 3.0, 120.0, 20.0)), ["20005733"]);
    assert_eq!(codes(&photo("425261", 3.0, 120.0, 20.0)), ["042100005264"]);
}

#[test]
fn a_blurred_barcode_is_read() {
    let photo = photo("4000539017100", 3.0, 150.0, 5.0);
    // Up to a standard deviation of a module: narrow bars are gray stripes no more.
    for sigma in [1.0, 2.0, 2.8] {
        assert_eq!(codes(&blur(&photo, sigma)), ["4000539017100"], "{sigma}");
    }
}

#[test]
fn its_area_and_corners_are_those_of_its_bars() {
    let photo = photo("3017620422003", 4.0, 200.0, 0.0);
    let found = barcodes(&photo);
    // 95 modules of 4 pixels.
    let expected = 380.0 * 200.0 / (600.0 * 500.0);
    assert!((found[0].area - expected).abs() < 0.02, "{found:?}");
    let inside = |(x, y): &(f32, f32)| (105.0..495.0).contains(x) && (145.0..355.0).contains(y);
    assert!(found[0].corners.iter().all(inside), "{found:?}");
    for turned in [rotate90(&photo), rotate180(&photo)] {
        let area = barcodes(&turned)[0].area;
        assert!((area - expected).abs() < 0.02, "{area}");
    }
}

#[test]
fn pictures_without_a_barcode_have_none() {
    let flat = RgbImage::from_pixel(300, 200, Rgb([120, 130, 140]));
    let mut state = 1_u32;
    let noise = RgbImage::from_fn(500, 400, |_, _| {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        Rgb([u8::try_from(state >> 24).unwrap_or(0); 3])
    });
    let stripes = RgbImage::from_fn(500, 400, |x, _| {
        Rgb([if x / 3 % 2 == 0 { 20 } else { 220 }; 3])
    });
    for image in [
        flat,
        noise,
        stripes,
        RgbImage::new(1, 1),
        RgbImage::new(0, 0),
    ] {
        assert_eq!(barcodes(&image), [], "{:?}", image.dimensions());
    }
}
