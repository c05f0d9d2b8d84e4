//! Outages of other services.

use robotoff_ports::PortError;

/// True when another service was out of reach, wherever in the chain of causes that stands.
/// An attempt of a job that it ended does not count.
pub(crate) fn is_outage(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let cause = cause.downcast_ref::<PortError>();
        cause.is_some_and(PortError::is_retryable)
    })
}
