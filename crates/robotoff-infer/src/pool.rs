//! Decoding on threads of its own, few at once: one image may take 256 MiB and a second.

use std::sync::Arc;
use std::time::Duration;

use robotoff_ports::{BlockingPool, PortError, PortResult};

use crate::decode::{DecodeError, DecodedImage};

/// Images that are decoded at once.
const MAX_AT_ONCE: usize = 2;

/// Time that a caller waits for a thread and for the result.
const TIMEOUT: Duration = Duration::from_secs(15);

/// Threads that decode images and work on their pixels.
#[derive(Debug, Clone)]
pub struct DecoderPool {
    threads: BlockingPool,
    timeout: Duration,
}

impl Default for DecoderPool {
    fn default() -> Self {
        Self::new(MAX_AT_ONCE, TIMEOUT)
    }
}

impl DecoderPool {
    /// A pool of so many threads, at least one, and the time that a caller waits.
    pub fn new(threads: usize, timeout: Duration) -> Self {
        Self {
            threads: BlockingPool::of(threads),
            timeout,
        }
    }

    /// Decodes a file and works on its pixels, on one of the threads.
    ///
    /// # Errors
    /// Every thread is busy, or the file takes too long: a thread cannot be stopped, so it goes
    /// on, and its permit stays taken until it ends. A panic is a defect.
    pub async fn with_pixels<T: Send + 'static>(
        &self,
        file: Arc<[u8]>,
        work: impl FnOnce(DecodedImage) -> T + Send + 'static,
    ) -> PortResult<Result<T, DecodeError>> {
        let decoding = self.threads.run(move || DecodedImage::of(&file).map(work));
        match tokio::time::timeout(self.timeout, decoding).await {
            Ok(Ok(decoded)) => Ok(decoded),
            Ok(Err(panic)) => Err(PortError::defect("decoding of an image", panic)),
            Err(_) => {
                let secs = self.timeout.as_secs_f64();
                let why = format!("no result within {secs} s");
                Err(PortError::unavailable("decoding of an image", why))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;
    use crate::decode::fixture;

    #[tokio::test]
    async fn a_caller_waits_no_longer_than_its_time() {
        let pool = DecoderPool::new(1, Duration::from_millis(50));
        let (end, may_end) = mpsc::channel::<()>();
        let file: Arc<[u8]> = fixture::png(2, 1).into();
        let endless = pool.with_pixels(file.clone(), move |_| may_end.recv().is_ok());
        assert!(endless.await.is_err_and(|error| error.is_retryable()));
        // Its thread is still taken.
        let next = pool.with_pixels(file.clone(), |image| image.size().width);
        assert!(next.await.is_err_and(|error| error.is_retryable()));
        end.send(()).expect("the work goes on");
        let longer = DecoderPool {
            timeout: Duration::from_secs(60),
            ..pool
        };
        let width = longer.with_pixels(file, |image| image.size().width);
        assert_eq!(width.await.expect("a free thread"), Ok(2));
    }

    #[tokio::test]
    async fn a_panic_is_a_defect_and_frees_the_thread() {
        let pool = DecoderPool::new(1, Duration::from_secs(60));
        let file: Arc<[u8]> = fixture::png(2, 1).into();
        let panicked = pool.with_pixels(file.clone(), |_| -> () { panic!("as the test wants it") });
        assert!(panicked.await.is_err_and(|error| !error.is_retryable()));
        let damaged = pool.with_pixels(Arc::from(&b"text"[..]), |_| ());
        assert_eq!(
            damaged.await.expect("a free thread"),
            Err(DecodeError::Format)
        );
    }
}
