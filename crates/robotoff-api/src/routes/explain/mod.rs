//! Below `/api/v1/explain`: why something is asked or not. The existing service
//! has nothing like it.

pub(crate) mod barcode;
mod body;

pub use body::ExplanationList;
