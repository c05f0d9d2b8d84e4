//! Ranges of a text that were read already, so that a word is not used twice.

use std::ops::Range;

/// Ranges of a text that do not overlap.
#[derive(Debug, Default)]
pub(super) struct Spans {
    sorted: Vec<Range<usize>>,
    fresh: Vec<Range<usize>>,
}

impl Spans {
    /// True when a range overlaps one that is settled.
    pub(super) fn touches(&self, range: &Range<usize>) -> bool {
        let before = self.sorted.partition_point(|other| other.start < range.end);
        self.sorted[..before]
            .last()
            .is_some_and(|other| range.start < other.end)
    }

    /// Adds a range that overlaps none; it takes effect when it is settled.
    pub(super) fn add(&mut self, range: Range<usize>) {
        self.fresh.push(range);
    }

    /// Makes the added ranges take effect.
    pub(super) fn settle(&mut self) {
        if !self.fresh.is_empty() {
            self.sorted.append(&mut self.fresh);
            self.sorted.sort_unstable_by_key(|range| range.start);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_count_from_when_they_are_settled() {
        let mut spans = Spans::default();
        spans.add(5..8);
        assert!(!spans.touches(&(6..7)));
        spans.settle();
        spans.add(1..3);
        spans.settle();
        for (range, touches) in [
            (0..1, false),
            (2..4, true),
            (3..5, false),
            (7..9, true),
            (8..9, false),
            (0..9, true),
        ] {
            assert_eq!(spans.touches(&range), touches, "{range:?}");
        }
    }
}
