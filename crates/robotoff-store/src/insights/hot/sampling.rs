//! Random rows of a list in memory, by a draw that its caller made.

use std::collections::HashMap;

/// Numbers that look random, from a draw: the same draw gives the same numbers.
struct Draws(u64);

impl Draws {
    fn of(draw: f64) -> Self {
        Self(draw.to_bits() ^ 0x9e37_79b9_7f4a_7c15)
    }

    /// A number below the limit, which is not 0.
    fn below(&mut self, limit: usize) -> usize {
        // SplitMix64: one multiplication after another spreads all bits.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        let product = u128::from(mixed ^ (mixed >> 31)) * limit as u128;
        (product >> 64) as usize
    }
}

/// Numbers of `take` different rows of `rows`, in random order: a partial shuffle.
pub(crate) fn sample(draw: f64, rows: usize, take: usize) -> Vec<usize> {
    let mut draws = Draws::of(draw);
    let mut moved: HashMap<usize, usize> = HashMap::new();
    let at = |moved: &HashMap<usize, usize>, index| moved.get(&index).copied().unwrap_or(index);
    (0..take.min(rows))
        .map(|index| {
            let drawn = index + draws.below(rows - index);
            let picked = at(&moved, drawn);
            let here = at(&moved, index);
            moved.insert(drawn, here);
            picked
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::sample;

    #[test]
    fn a_sample_has_different_rows_and_the_same_draw_the_same_ones() {
        for (rows, take) in [(100, 25), (25, 25), (10, 25), (0, 5)] {
            let picked = sample(0.3, rows, take);
            let different: HashSet<usize> = picked.iter().copied().collect();
            assert_eq!(different.len(), take.min(rows), "{rows} {take}");
            assert!(picked.iter().all(|row| *row < rows), "{rows} {take}");
            assert_eq!(picked, sample(0.3, rows, take));
        }
        assert_ne!(sample(0.3, 2048, 25), sample(0.4, 2048, 25));
    }
}
