//! Reading of photos for the service: on threads of its own, few at once, since a photo holds
//! a processor for about a second and some hundred megabytes.

use std::sync::{Arc, Weak};
use std::time::Duration;

use async_trait::async_trait;
use robotoff_ports::parts::{ImageText, ImageTextReader};
use robotoff_ports::{BlockingPool, PortError, PortResult};

use crate::decode::DecodedImage;
use crate::language::FastTextLanguages;
use crate::ocr::PageReader;

/// Time that a caller waits for a thread.
const MAX_WAIT: Duration = Duration::from_secs(30);

/// Time that a caller waits for the text.
const TIMEOUT: Duration = Duration::from_secs(60);

/// Reads the text of image files in this process.
pub struct PixelTexts {
    reader: Arc<dyn PageReader>,
    languages: Arc<FastTextLanguages>,
    threads: BlockingPool,
    max_wait: Duration,
}

impl PixelTexts {
    /// Reads so many images at once, at least one.
    pub fn new(
        reader: Arc<dyn PageReader>,
        languages: Arc<FastTextLanguages>,
        threads: usize,
    ) -> Self {
        Self {
            reader,
            languages,
            threads: BlockingPool::of(threads),
            max_wait: MAX_WAIT,
        }
    }
}

#[async_trait]
impl ImageTextReader for PixelTexts {
    async fn text_of(&self, file: Arc<[u8]>) -> PortResult<ImageText> {
        let busy = |secs: Duration| {
            PortError::unavailable("reading of photos", format!("no result within {secs:?}"))
        };
        let thread = tokio::time::timeout(self.max_wait, self.threads.thread())
            .await
            .map_err(|_| busy(self.max_wait))?;
        let (reader, languages) = (self.reader.clone(), self.languages.clone());
        let reading = thread.run(move || read(&*reader, &languages, &file));
        match tokio::time::timeout(TIMEOUT, reading).await {
            Ok(Ok(text)) => text,
            Ok(Err(panic)) => Err(PortError::defect("reading of a photo", panic)),
            Err(_) => Err(busy(TIMEOUT)),
        }
    }
}

fn read(
    reader: &dyn PageReader,
    languages: &FastTextLanguages,
    file: &[u8],
) -> PortResult<ImageText> {
    let image = match DecodedImage::of(file) {
        Ok(image) => image,
        Err(error) => return Ok(ImageText::Unreadable(error.to_string())),
    };
    let mut page = reader.read(image.into_upright())?;
    if languages.is_present() {
        languages.add_to(&mut page)?;
    }
    let document = page.to_vision_json().to_string();
    Ok(ImageText::Document(document.into_bytes()))
}

/// Releases models that are not used for a while, until the reader is gone.
pub async fn release_idle_models(reader: Weak<dyn PageReader>, after: Duration) {
    loop {
        tokio::time::sleep(after.max(Duration::from_secs(1)) / 2).await;
        let Some(reader) = reader.upgrade() else {
            return;
        };
        let released = reader.release_idle(after);
        if released > 0 {
            tracing::info!(sessions = released, "released unused models");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::models::ModelFolder;
    use crate::ocr::{OcrSpeed, TextReader};

    fn texts(threads: usize) -> (tempfile::TempDir, PixelTexts) {
        let folder = tempfile::tempdir().expect("a folder");
        let models = ModelFolder::new(folder.path().to_owned());
        let reader = Arc::new(TextReader::new(models.clone(), OcrSpeed::Fast));
        let languages = Arc::new(FastTextLanguages::new(models));
        (folder, PixelTexts::new(reader, languages, threads))
    }

    #[tokio::test]
    async fn files_that_are_no_images_are_named_and_models_that_are_absent_too() {
        let (_folder, texts) = texts(0);
        let text = texts.text_of(Arc::from(&b"<html>"[..])).await;
        let expected = "the file is neither JPEG, PNG nor WebP".to_owned();
        assert_eq!(text.expect("an answer"), ImageText::Unreadable(expected));
        let mut png = std::io::Cursor::new(Vec::new());
        let image = image::RgbImage::new(4, 4);
        image
            .write_to(&mut png, image::ImageFormat::Png)
            .expect("a PNG");
        let error = texts
            .text_of(png.into_inner().into())
            .await
            .expect_err("no models");
        assert!(!error.is_retryable(), "{error}");
        assert!(error.to_string().contains("models pull"), "{error}");
    }

    #[tokio::test]
    async fn a_caller_does_not_wait_for_ever() {
        let (_folder, mut texts) = texts(1);
        texts.max_wait = Duration::from_millis(1);
        let _all = texts.threads.thread().await;
        let error = texts.text_of(Arc::from(&b""[..])).await.expect_err("busy");
        assert!(error.is_retryable(), "{error}");
    }
}
