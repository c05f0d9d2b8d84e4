//! Read, decide, commit; and again if another writer was faster.

use anyhow::{Result, bail};
use robotoff_core::product::ProductId;
use robotoff_ports::Store;
use robotoff_ports::job::{Lease, NewJob};
use robotoff_ports::store::{Change, Changes, Committed, Conflict, ProductSnapshot, Receipt};
use thiserror::Error;

/// Attempts before a commit is given up.
const MAX_ATTEMPTS: u32 = 5;

/// The product was changed by others during every attempt.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{0} was changed by others during each of {MAX_ATTEMPTS} attempts to write it")]
pub(crate) struct Contended(ProductId);

/// Commits what `decide` makes of the stored predictions and insights of a product;
/// returns its summary, and the receipt. Without changes there is no commit.
///
/// The commit expects the revision of the snapshot, so a decision is never applied to
/// other rows than those it was made on. Optimistic, since conflicts are rare (jobs of
/// one product run one after the other) and a decision may take long: it reads
/// knowledge, which may have to be loaded first. A lock held meanwhile would stop the
/// answers of people.
///
/// # Errors
/// [`Contended`] after five lost attempts. When the lease is lost, no row is written.
pub(crate) async fn commit_with<T, Deciding>(
    store: &dyn Store,
    product: &ProductId,
    lease: Option<Lease>,
    decide: impl Fn(ProductSnapshot) -> Deciding,
) -> Result<(T, Receipt)>
where
    Deciding: Future<Output = Result<(Vec<Change>, T)>>,
{
    let decide = |snapshot| {
        let decided = decide(snapshot);
        async move {
            let (changes, summary) = decided.await?;
            Ok((changes, Vec::new(), summary))
        }
    };
    commit_with_jobs(store, product, lease, decide).await
}

/// As [`commit_with`], with jobs that follow from the changes. Without changes no job is
/// enqueued.
pub(crate) async fn commit_with_jobs<T, Deciding>(
    store: &dyn Store,
    product: &ProductId,
    lease: Option<Lease>,
    decide: impl Fn(ProductSnapshot) -> Deciding,
) -> Result<(T, Receipt)>
where
    Deciding: Future<Output = Result<(Vec<Change>, Vec<NewJob>, T)>>,
{
    for _ in 0..MAX_ATTEMPTS {
        let snapshot = store.product_snapshot(product).await?;
        let revision = snapshot.revision;
        let (changes, jobs, summary) = decide(snapshot).await?;
        if changes.is_empty() {
            return Ok((summary, Receipt::default()));
        }
        let changes = Changes {
            lease,
            changes,
            jobs,
            ..Changes::of(product.clone(), revision)
        };
        match store.commit(changes).await? {
            Committed::Done(receipt) => return Ok((summary, receipt)),
            Committed::Conflict(Conflict::LeaseLost(_)) => {
                bail!("cannot write {product}: another worker has the job now")
            }
            // An insight that was answered or got an edit after the snapshot conflicts
            // like a changed revision: the next snapshot shows it.
            Committed::Conflict(conflict) => {
                tracing::debug!(product.barcode = %product.barcode, ?conflict, "deciding again");
            }
        }
    }
    Err(Contended(product.clone()).into())
}
