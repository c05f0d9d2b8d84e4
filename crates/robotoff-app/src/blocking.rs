//! Work that holds a processor, on threads of its own, in a bounded number.
//!
//! A job whose time is over is dropped, but a thread cannot be stopped: reading a text goes
//! on. The pool keeps such work within its bound, so that jobs which are tried again and
//! again do not fill the machine, and counts it, so that an operator sees it.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use tokio::sync::Semaphore;
use tokio::task::JoinError;

/// Threads for work that holds a processor.
#[derive(Clone)]
pub struct BlockingPool {
    permits: Arc<Semaphore>,
    counts: Arc<Counts>,
}

#[derive(Debug, Default)]
struct Counts {
    outliving: AtomicU64,
    outlived: AtomicU64,
}

impl BlockingPool {
    /// A pool of so many threads, at least one.
    pub fn new(threads: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(threads.max(1))),
            counts: Arc::default(),
        }
    }

    /// A pool of one thread for each processor.
    pub fn per_core() -> Self {
        Self::new(std::thread::available_parallelism().map_or(1, usize::from))
    }

    /// Runs the work as soon as a thread is free.
    ///
    /// # Errors
    /// The work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        // It is never closed; and without a permit work would only be unbounded.
        let permit = self.permits.clone().acquire_owned().await.ok();
        let is_awaited = Arc::new(AtomicBool::new(true));
        let caller = Caller {
            is_awaited: is_awaited.clone(),
            counts: self.counts.clone(),
        };
        let thread = Thread {
            is_awaited,
            counts: self.counts.clone(),
        };
        let result = tokio::task::spawn_blocking(move || {
            // The thread holds the permit: it is taken until the work has really ended.
            let _held = (thread, permit);
            work()
        })
        .await;
        drop(caller);
        result
    }

    /// The number of pieces of work that go on now although their job has ended.
    pub fn outliving(&self) -> u64 {
        self.counts.outliving.load(Ordering::Acquire)
    }

    /// The number of pieces of work that went on after their job, since the start.
    pub fn outlived(&self) -> u64 {
        self.counts.outlived.load(Ordering::Acquire)
    }
}

/// Whoever waits for the work. `is_awaited` goes from true to false once: by the end of the
/// work, or by the caller that is dropped before.
struct Caller {
    is_awaited: Arc<AtomicBool>,
    counts: Arc<Counts>,
}

impl Drop for Caller {
    fn drop(&mut self) {
        // Counted before the exchange, so that the thread never takes back what is not
        // counted yet.
        let outliving = self.counts.outliving.fetch_add(1, Ordering::AcqRel) + 1;
        if !self.is_awaited.swap(false, Ordering::AcqRel) {
            self.counts.outliving.fetch_sub(1, Ordering::AcqRel);
            return;
        }
        let outlived = self.counts.outlived.fetch_add(1, Ordering::AcqRel) + 1;
        tracing::warn!(outliving, outlived, "work on a thread outlives its job");
    }
}

/// The thread that does the work.
struct Thread {
    is_awaited: Arc<AtomicBool>,
    counts: Arc<Counts>,
}

impl Drop for Thread {
    fn drop(&mut self) {
        if self.is_awaited.swap(false, Ordering::AcqRel) {
            return;
        }
        let outliving = self.counts.outliving.fetch_sub(1, Ordering::AcqRel) - 1;
        tracing::info!(outliving, "work that outlived its job has ended");
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[tokio::test]
    async fn work_that_outlives_its_job_is_counted_and_keeps_its_thread() {
        let pool = BlockingPool::new(1);
        let (begun, has_begun) = tokio::sync::oneshot::channel();
        let (end, may_end) = mpsc::channel::<()>();
        let job = {
            let pool = pool.clone();
            tokio::spawn(async move {
                let work = move || {
                    let _ = begun.send(());
                    let _ = may_end.recv();
                };
                pool.run(work).await
            })
        };
        has_begun.await.expect("the work begins");
        job.abort();
        assert!(job.await.is_err_and(|error| error.is_cancelled()));
        assert_eq!((pool.outliving(), pool.outlived()), (1, 1));
        assert_eq!(pool.permits.available_permits(), 0, "no thread is free");
        end.send(()).expect("the work goes on");
        // The next one waits for the thread.
        assert_eq!(pool.run(|| 7).await.expect("no panic"), 7);
        assert_eq!((pool.outliving(), pool.outlived()), (0, 1));
    }

    #[tokio::test]
    async fn a_panic_frees_the_thread() {
        let pool = BlockingPool::new(1);
        let panicked = pool.run(|| panic!("a defect")).await;
        assert!(panicked.is_err_and(|error| error.is_panic()));
        assert_eq!(pool.run(|| 7).await.expect("no panic"), 7);
        assert_eq!((pool.outliving(), pool.outlived()), (0, 0));
    }
}
