//! Files of every kind, and files that are none.

use super::*;

const CMYK: &[u8] = include_bytes!("../../tests/images/cmyk.jpg");
const YCCK: &[u8] = include_bytes!("../../tests/images/ycck.jpg");
const PROGRESSIVE: &[u8] = include_bytes!("../../tests/images/progressive.jpg");
const ANIMATED: &[u8] = include_bytes!("../../tests/images/animated.webp");

/// Asserts that the color is this one, but for what a JPEG loses.
fn assert_near(image: &RgbImage, at: (u32, u32), expected: [u8; 3], name: &str) {
    let found = image.get_pixel(at.0, at.1).0;
    let is_near = found.iter().zip(expected).all(|(a, b)| a.abs_diff(b) < 12);
    assert!(is_near, "{name} at {at:?}: {found:?}, not {expected:?}");
}

#[test]
fn every_kind_of_file_has_the_same_pixels() {
    // Left half red, right half white.
    for (name, file) in [
        ("cmyk", CMYK),
        ("ycck", YCCK),
        ("progressive", PROGRESSIVE),
        ("first frame of an animation", ANIMATED),
    ] {
        let image = DecodedImage::of(file).expect(name).into_upright();
        assert_eq!(image.dimensions(), (32, 16), "{name}");
        assert_near(&image, (4, 4), [220, 30, 30], name);
        assert_near(&image, (28, 4), [255, 255, 255], name);
    }
}

#[test]
fn transparency_is_dropped() {
    let mut image = image::RgbaImage::new(2, 1);
    image.put_pixel(0, 0, image::Rgba([200, 100, 50, 0]));
    let mut png = Cursor::new(Vec::new());
    image.write_to(&mut png, ImageFormat::Png).expect("a PNG");
    let image = DecodedImage::of(png.get_ref()).expect("an image");
    assert_eq!(image.into_upright().get_pixel(0, 0).0, [200, 100, 50]);
}

/// A JPEG with this orientation in its Exif segment.
fn with_orientation(jpeg: &[u8], orientation: u8) -> Vec<u8> {
    let mut exif = b"Exif\0\0MM\0*\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0".to_vec();
    exif.extend([orientation, 0, 0, 0, 0, 0, 0]);
    let length = u16::try_from(exif.len() + 2).expect("a short segment");
    let mut file = jpeg[..2].to_vec();
    file.extend([0xFF, 0xE1]);
    file.extend(length.to_be_bytes());
    file.extend(exif);
    file.extend(&jpeg[2..]);
    file
}

#[test]
fn an_image_is_turned_upright_and_so_are_its_parts() {
    let plain = fixture::jpeg(48, 32);
    let stored = DecodedImage::of(&plain).expect("an image").into_upright();
    for orientation in 1..=8 {
        let file = with_orientation(&plain, orientation);
        let image = DecodedImage::of(&file).expect("an image");
        let upright = image.clone().into_upright();
        let size = image.size();
        let is_wide = orientation < 5;
        assert_eq!(size.width, if is_wide { 48 } else { 32 }, "{orientation}");
        assert_eq!(upright.dimensions(), (size.width, size.height));
        assert_eq!(upright == stored, orientation == 1, "{orientation}");
        let area = PixelBox {
            y_min: 3,
            x_min: 5,
            y_max: 20,
            x_max: 19,
        };
        let expected = image::imageops::crop_imm(&upright, 5, 3, 14, 17).to_image();
        assert_eq!(image.part(area), expected, "{orientation}");
    }
}

#[test]
fn a_part_ends_at_the_borders() {
    let image = DecodedImage::of(&fixture::png(10, 20)).expect("an image");
    for (area, size) in [
        ([0, 0, 20, 10], (10, 20)),
        ([-5, -5, 100, 100], (10, 20)),
        ([15, 8, 30, 30], (2, 5)),
        ([30, 30, 40, 40], (0, 0)),
        ([9, 9, 3, 3], (0, 0)),
    ] {
        let [y_min, x_min, y_max, x_max] = area;
        let part = image.part(PixelBox {
            y_min,
            x_min,
            y_max,
            x_max,
        });
        assert_eq!(part.dimensions(), size, "{area:?}");
    }
}

#[test]
fn sizes_beyond_the_limits_are_refused_before_they_are_decoded() {
    // The size stands in the header; the pixels of a flat image take few bytes.
    let size_of = |width, height| {
        let result = DecodedImage::of(&fixture::png_header(width, height));
        match result {
            Err(DecodeError::TooLarge(size)) => Some((size.width, size.height)),
            Err(DecodeError::Format | DecodeError::Damaged(_)) | Ok(_) => None,
        }
    };
    assert_eq!(size_of(12_001, 1), Some((12_001, 1)));
    assert_eq!(size_of(1, 12_001), Some((1, 12_001)));
    assert!(DecodedImage::of(&fixture::png_header(2_000_000_000, 2)).is_err());
    // RGB of 268 MB.
    assert_eq!(size_of(12_000, 7_457), Some((12_000, 7_457)));
    assert_eq!(size_of(12_000, 7_456), None);
}

#[test]
fn a_progressive_jpeg_needs_more_memory() {
    assert!(is_progressive(PROGRESSIVE));
    assert!(!is_progressive(&fixture::jpeg(8, 8)));
    assert!(is_progressive(&with_orientation(PROGRESSIVE, 6)));
    assert!(!is_progressive(b"\xFF\xD8\xFF\xE0\0"));
    let size = ImageSize {
        width: 6000,
        height: 6000,
    };
    assert!(bytes_of(size, ColorType::Rgb8, false) < MAX_BYTES);
    assert!(bytes_of(size, ColorType::Rgb8, true) > MAX_BYTES);
}

#[test]
fn odd_files_are_errors() {
    for file in [&b""[..], b"GIF89a", b"<html>", b"%PDF-1.4"] {
        assert_eq!(DecodedImage::of(file).err(), Some(DecodeError::Format));
    }
    for whole in [CMYK, PROGRESSIVE, ANIMATED, &fixture::png(30, 30)] {
        for length in 12..whole.len() {
            // An error or an image whose end is gray, never a panic.
            let _ = DecodedImage::of(&whole[..length]);
        }
        for at in 12..whole.len() {
            let mut damaged = whole.to_vec();
            damaged[at] ^= 0xFF;
            let _ = DecodedImage::of(&damaged);
        }
    }
}
