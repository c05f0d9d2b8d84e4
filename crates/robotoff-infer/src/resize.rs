//! Images in another size.

use fast_image_resize::images::{Image, ImageRef};
use fast_image_resize::{FilterType, PixelType, ResizeAlg, ResizeOptions, Resizer};
use image::RgbImage;
use robotoff_core::geometry::ImageSize;

/// The image in another size, without aliasing.
pub(crate) fn resized(image: &RgbImage, size: ImageSize, filter: FilterType) -> RgbImage {
    let (width, height) = image.dimensions();
    if (width, height) == (size.width, size.height) {
        return image.clone();
    }
    let source = ImageRef::new(width, height, image.as_raw(), PixelType::U8x3)
        .expect("the buffer of an image has its size");
    let mut target = Image::new(size.width, size.height, PixelType::U8x3);
    let algorithm = ResizeAlg::Convolution(filter);
    let options = ResizeOptions::new().resize_alg(algorithm).use_alpha(false);
    Resizer::new()
        .resize(&source, &mut target, &options)
        .expect("both images have the same pixels and at least one");
    RgbImage::from_raw(size.width, size.height, target.into_vec())
        .expect("the buffer of an image has its size")
}
