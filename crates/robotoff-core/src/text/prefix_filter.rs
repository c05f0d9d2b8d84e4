//! What the words of a set begin with: one look tells of most places of a text that
//! none of them begins there, without following a trie into memory.

/// Letters of a word that count.
const LETTERS: usize = 4;

/// Bits for each beginning, so that few others share its bit.
const BITS_EACH: usize = 32;

/// One for each length, so that a word and its own beginning differ.
const FACTORS: [u32; LETTERS] = [0x85EB_CA77, 0xC2B2_AE3D, 0x27D4_EB2F, 0x9E37_79B1];

/// The first bytes of words, as a set that may hold more than was added, never less.
#[derive(Debug, Clone)]
pub struct PrefixFilter {
    bits: Box<[u64]>,
    /// How far a hash is moved to the right to be a position in the set.
    shift: u32,
    /// True for each length of prefix that is in the set: a word that is shorter
    /// than what counts begins with all of itself.
    has_length: [bool; LETTERS],
}

impl PrefixFilter {
    /// The prefix filter of the words; empty ones are passed over.
    pub fn new<'a>(words: impl ExactSizeIterator<Item = &'a str>) -> Self {
        let bits = (words.len() * BITS_EACH).next_power_of_two().max(64);
        let mut set = Self {
            bits: vec![0; bits / 64].into_boxed_slice(),
            shift: 32 - bits.ilog2().min(32),
            has_length: [false; LETTERS],
        };
        for word in words.filter(|word| !word.is_empty()) {
            let length = word.len().min(LETTERS);
            set.has_length[length - 1] = true;
            let place = set.place(first_bytes(word.as_bytes(), 0), length);
            set.bits[place / 64] |= 1 << (place % 64);
        }
        set
    }

    #[inline]
    fn place(&self, first: u32, length: usize) -> usize {
        let kept = first & (u32::MAX >> (8 * (LETTERS - length)));
        (kept.wrapping_mul(FACTORS[length - 1]) >> self.shift) as usize
    }

    /// True where a word may begin with these [`first_bytes`].
    #[inline]
    pub fn may_hold(&self, first: u32) -> bool {
        // Written out, since nearly every word of every text comes by here.
        self.holds(first, 4) || self.holds(first, 3) || self.holds(first, 2) || self.holds(first, 1)
    }

    #[inline]
    fn holds(&self, first: u32, length: usize) -> bool {
        self.has_length[length - 1] && {
            let place = self.place(first, length);
            self.bits[place / 64] & 1 << (place % 64) != 0
        }
    }
}

/// Up to four bytes from a place of a text, zeros behind its end.
#[inline]
pub fn first_bytes(text: &[u8], at: usize) -> u32 {
    let rest = &text[at..];
    let mut first = [0; LETTERS];
    match rest.first_chunk() {
        Some(chunk) => first = *chunk,
        None => first[..rest.len()].copy_from_slice(rest),
    }
    u32::from_le_bytes(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_added_is_held_and_most_else_is_not() {
        let words: Vec<String> = (0..1000)
            .map(|number| format!("{}x{number}", number % 7))
            .collect();
        let short = ["a", "bc", "def"];
        let all = words.iter().map(String::as_str).chain(short);
        let all: Vec<&str> = all.collect();
        let set = PrefixFilter::new(all.iter().copied());
        let holds = |text: &str| set.may_hold(first_bytes(text.as_bytes(), 0));
        assert!(all.iter().all(|word| holds(word)));
        for text in ["a", "ax", "axyz", "bcd", "bc", "defg"] {
            assert!(holds(text), "{text}");
        }
        let others = (0..1000).filter(|number| holds(&format!("z{number:04}")));
        assert!(others.count() < 150);
        let none = PrefixFilter::new(["", ""].into_iter());
        assert!(!none.may_hold(first_bytes(b"word", 0)) && !none.may_hold(first_bytes(b"", 0)));
    }
}
