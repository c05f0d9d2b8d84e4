//! The running parts of a process: one that ends stops the others.

use anyhow::Result;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Running parts of this process.
pub(super) struct Tasks {
    tasks: JoinSet<(&'static str, Result<()>)>,
    stop: CancellationToken,
}

impl Tasks {
    pub(super) fn new(stop: CancellationToken) -> Self {
        Self {
            tasks: JoinSet::new(),
            stop,
        }
    }

    pub(super) fn spawn(
        &mut self,
        name: &'static str,
        part: impl Future<Output = ()> + Send + 'static,
    ) {
        self.spawn_fallible(name, async {
            part.await;
            Ok(())
        });
    }

    pub(super) fn spawn_fallible(
        &mut self,
        name: &'static str,
        part: impl Future<Output = Result<()>> + Send + 'static,
    ) {
        self.tasks.spawn(async move { (name, part.await) });
    }

    /// Waits until all parts have ended. A part that ends by itself stops the others, so
    /// that a supervisor restarts the process instead of seeing half a service run.
    pub(super) async fn until_stopped(mut self) -> Result<()> {
        let mut result = Ok(());
        while let Some(ended) = self.tasks.join_next().await {
            let failure = match ended {
                Ok((_, Ok(()))) if self.stop.is_cancelled() => continue,
                Ok((name, Ok(()))) => anyhow::anyhow!("the {name} ended by itself"),
                Ok((name, Err(error))) => error.context(format!("the {name} failed")),
                Err(panic) => anyhow::anyhow!("a part of the service failed: {panic}"),
            };
            self.stop.cancel();
            result = result.and(Err(failure));
        }
        result
    }
}
