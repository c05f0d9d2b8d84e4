//! [`Counted`]: a page of rows, and the number of all matches.

/// Page of rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Counted<T> {
    /// Number of matches on all pages.
    pub count: u64,
    pub rows: Vec<T>,
}

/// Rows of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RowRange {
    pub limit: u64,
    pub offset: u64,
}
