//! Work that holds a processor or waits for files, on threads of its own, in a bounded number.
//!
//! A call whose time is over is dropped, but a thread cannot be stopped: reading a text goes
//! on. A pool keeps such work within its bound, so that jobs which are tried again and again
//! do not fill the machine, and counts it, so that an operator sees it.
//!
//! The processors belong to the process, and so do the pool for short work
//! ([`BlockingPool::shared`]) and the counts. Work that may last for minutes has a bound of
//! its own ([`BlockingPool::of`]): in the shared pool it would hold up everything else.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::task::JoinError;

/// Threads for work that holds a processor.
#[derive(Debug, Clone)]
pub struct BlockingPool {
    permits: Arc<Semaphore>,
    counts: Arc<BlockingCounts>,
}

/// Work that went on although nobody waits for it any more.
#[derive(Debug, Default)]
pub struct BlockingCounts {
    outliving: AtomicU64,
    outlived: AtomicU64,
}

/// A free thread of a pool, taken by the holder.
#[derive(Debug)]
pub struct BlockingThread {
    permit: Option<OwnedSemaphorePermit>,
    counts: Arc<BlockingCounts>,
}

impl BlockingCounts {
    /// Those of this process.
    pub fn of_process() -> &'static Arc<Self> {
        static COUNTS: OnceLock<Arc<BlockingCounts>> = OnceLock::new();
        COUNTS.get_or_init(Arc::default)
    }

    /// The number of pieces of work that go on now although their caller has gone.
    pub fn outliving(&self) -> u64 {
        self.outliving.load(Ordering::Acquire)
    }

    /// The number of pieces of work that went on after their caller, since the start.
    pub fn outlived(&self) -> u64 {
        self.outlived.load(Ordering::Acquire)
    }
}

impl BlockingPool {
    /// The pool of this process for work of at most some seconds: one thread for each
    /// processor.
    pub fn shared() -> &'static Self {
        static SHARED: OnceLock<BlockingPool> = OnceLock::new();
        let threads = || std::thread::available_parallelism().map_or(1, usize::from);
        SHARED.get_or_init(|| Self::of(threads()))
    }

    /// A pool of so many threads of its own, at least one, counted with the shared one.
    pub fn of(threads: usize) -> Self {
        Self {
            permits: Arc::new(Semaphore::new(threads.max(1))),
            counts: BlockingCounts::of_process().clone(),
        }
    }

    /// Waits for a free thread.
    pub async fn thread(&self) -> BlockingThread {
        BlockingThread {
            // It is never closed; and without a permit work would only be unbounded.
            permit: self.permits.clone().acquire_owned().await.ok(),
            counts: self.counts.clone(),
        }
    }

    /// Runs the work as soon as a thread is free.
    ///
    /// # Errors
    /// The work panicked.
    pub async fn run<T: Send + 'static>(
        &self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        self.thread().await.run(work).await
    }
}

impl BlockingThread {
    /// Runs the work.
    ///
    /// # Errors
    /// The work panicked.
    pub async fn run<T: Send + 'static>(
        self,
        work: impl FnOnce() -> T + Send + 'static,
    ) -> Result<T, JoinError> {
        let is_awaited = Arc::new(AtomicBool::new(true));
        let caller = Caller {
            is_awaited: is_awaited.clone(),
            counts: self.counts.clone(),
        };
        let running = Running {
            is_awaited,
            counts: self.counts,
        };
        let permit = self.permit;
        let result = tokio::task::spawn_blocking(move || {
            // The thread holds the permit: it is taken until the work has really ended.
            let _held = (running, permit);
            work()
        })
        .await;
        drop(caller);
        result
    }
}

/// Whoever waits for the work. `is_awaited` goes from true to false once: by the end of the
/// work, or by the caller that is dropped before.
struct Caller {
    is_awaited: Arc<AtomicBool>,
    counts: Arc<BlockingCounts>,
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

/// Work on its thread.
struct Running {
    is_awaited: Arc<AtomicBool>,
    counts: Arc<BlockingCounts>,
}

impl Drop for Running {
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

    /// A pool whose counts no other test changes.
    fn pool(threads: usize) -> BlockingPool {
        BlockingPool {
            counts: Arc::default(),
            ..BlockingPool::of(threads)
        }
    }

    #[tokio::test]
    async fn work_that_outlives_its_job_is_counted_and_keeps_its_thread() {
        let pool = pool(1);
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
        assert_eq!((pool.counts.outliving(), pool.counts.outlived()), (1, 1));
        assert_eq!(pool.permits.available_permits(), 0, "no thread is free");
        end.send(()).expect("the work goes on");
        // The next one waits for the thread.
        assert_eq!(pool.run(|| 7).await.expect("no panic"), 7);
        assert_eq!((pool.counts.outliving(), pool.counts.outlived()), (0, 1));
    }

    #[tokio::test]
    async fn a_panic_frees_the_thread() {
        let pool = pool(1);
        let panicked = pool.run(|| panic!("a defect")).await;
        assert!(panicked.is_err_and(|error| error.is_panic()));
        assert_eq!(pool.run(|| 7).await.expect("no panic"), 7);
        assert_eq!((pool.counts.outliving(), pool.counts.outlived()), (0, 0));
    }

    #[tokio::test]
    async fn whoever_holds_a_thread_keeps_it_from_others() {
        let pool = pool(1);
        let held = pool.thread().await;
        assert_eq!(pool.permits.available_permits(), 0);
        assert_eq!(held.run(|| 7).await.expect("no panic"), 7);
        assert_eq!(pool.permits.available_permits(), 1);
    }

    #[test]
    fn the_shared_pool_is_one_and_its_counts_are_those_of_the_process() {
        let (one, other) = (BlockingPool::shared(), BlockingPool::shared());
        assert!(Arc::ptr_eq(&one.permits, &other.permits));
        let apart = BlockingPool::of(3);
        assert!(!Arc::ptr_eq(&one.permits, &apart.permits));
        assert!(Arc::ptr_eq(&apart.counts, BlockingCounts::of_process()));
    }
}
