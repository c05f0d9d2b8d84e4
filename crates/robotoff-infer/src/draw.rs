//! Outlines on images.

use std::io::Cursor;

use image::{ImageFormat, Rgb, RgbImage};
use robotoff_core::geometry::{RelativeBox, Vertex};
use robotoff_core::ocr::ReadPage;
use robotoff_ports::{PortError, PortResult};

const COLOR: Rgb<u8> = Rgb([230, 30, 30]);

/// Draws the outline of each word and returns the image as PNG.
///
/// # Errors
/// The image cannot be written, which is a defect.
pub fn with_boxes(mut image: RgbImage, page: &ReadPage) -> PortResult<Vec<u8>> {
    let rows = page.blocks.iter().flat_map(|block| &block.rows);
    for word in rows.flatten() {
        for (index, from) in word.corners.iter().enumerate() {
            draw_line(&mut image, *from, word.corners[(index + 1) % 4]);
        }
    }
    let mut png = Cursor::new(Vec::new());
    image
        .write_to(&mut png, ImageFormat::Png)
        .map_err(|error| PortError::defect("writing of a PNG", error))?;
    Ok(png.into_inner())
}

/// Draws the border of a part of an image, five pixels wide.
pub(crate) fn outline(image: &mut RgbImage, area: RelativeBox) {
    let (width, height) = image.dimensions();
    // Casts of floats saturate; the parts are between 0 and 1.
    let x = |part: f64| (part * f64::from(width)) as i32;
    let y = |part: f64| (part * f64::from(height)) as i32;
    for inset in 0..5 {
        let (left, right) = (x(area.x_min) + inset, x(area.x_max) - inset);
        let (top, bottom) = (y(area.y_min) + inset, y(area.y_max) - inset);
        let corners = [(left, top), (right, top), (right, bottom), (left, bottom)];
        let corners = corners.map(|(x, y)| Vertex { x, y });
        for (index, from) in corners.iter().enumerate() {
            draw_line(image, *from, corners[(index + 1) % 4]);
        }
    }
}

/// Draws a line two pixels wide.
fn draw_line(image: &mut RgbImage, from: Vertex, to: Vertex) {
    let steps = (to.x - from.x).abs().max((to.y - from.y).abs()).max(1);
    for step in 0..=steps {
        let x = from.x + (to.x - from.x) * step / steps;
        let y = from.y + (to.y - from.y) * step / steps;
        for (dx, dy) in [(0, 0), (1, 0), (0, 1)] {
            let at = (u32::try_from(x + dx), u32::try_from(y + dy));
            if let (Ok(x), Ok(y)) = at
                && let Some(pixel) = image.get_pixel_mut_checked(x, y)
            {
                *pixel = COLOR;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use robotoff_core::ocr::{ReadBlock, ReadWord};

    use super::*;

    #[test]
    fn words_are_outlined_also_at_the_border() {
        let at = |x: i32, y: i32| Vertex { x, y };
        let word = ReadWord {
            text: "a".to_owned(),
            corners: [at(2, 2), at(20, 2), at(20, 8), at(2, 8)],
            confidence: 1.0,
        };
        let block = ReadBlock {
            language: None,
            rows: vec![vec![word]],
        };
        let page = ReadPage {
            size: None,
            blocks: vec![block],
        };
        let png = with_boxes(RgbImage::new(10, 10), &page).expect("a PNG");
        let drawn = image::load_from_memory(&png).expect("a PNG").into_rgb8();
        assert_eq!(*drawn.get_pixel(9, 2), COLOR);
        assert_eq!(*drawn.get_pixel(2, 5), COLOR);
        assert_eq!(*drawn.get_pixel(5, 5), Rgb([0; 3]));
    }
}
