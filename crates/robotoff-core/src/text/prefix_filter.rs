//! A set of prefixes of words, as a Bloom filter with one hash: false positives, no false
//! negatives.

/// Length of the stored prefixes in bytes.
const LETTERS: usize = 4;

/// Bits for each word, so that at most one bit in 32 is set.
const BITS_EACH: usize = 32;

/// Factor of the hash for each length, so that a short word and the prefix of a longer
/// one have different bits.
const FACTORS: [u32; LETTERS] = [0x85EB_CA77, 0xC2B2_AE3D, 0x27D4_EB2F, 0x9E37_79B1];

/// The keyword walk asks it at each place where a word may begin. Without it each place
/// costs a step into the trie, often a cache miss, which took 29 % of the run time; about
/// 15 % of the places of label text pass without a keyword there. Alternatives: a hash
/// set of prefixes is exact, but compares keys and follows a second pointer; prefixes
/// shorter than four bytes are too common to exclude much; longer ones do not fit the
/// register that the walk has at hand.
///
/// ```
/// use robotoff_core::text::prefix_filter::{Prefix, PrefixFilter};
///
/// let filter = PrefixFilter::new(["oat", "oat milk"].into_iter());
/// assert!(filter.may_hold(Prefix::of(b"oat, salt", 0)), "a word may begin here");
/// assert!(!filter.may_hold(Prefix::of(b"oats", 0)), "three letters that go on are no word");
/// assert!(!filter.may_hold(Prefix::of(b"wheat", 0)));
/// ```
#[derive(Debug, Clone)]
pub struct PrefixFilter {
    bits: Box<[u64]>,
    /// Right shift that turns a hash into a position in the set.
    shift: u32,
    /// True for each length of prefix that is stored: a word shorter than [`LETTERS`] is
    /// stored whole.
    has_length: [bool; LETTERS],
}

impl PrefixFilter {
    /// The filter for these words; empty ones are ignored.
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
            let place = set.place(Prefix::of(word.as_bytes(), 0).bytes, length);
            set.bits[place / 64] |= 1 << (place % 64);
        }
        set
    }

    #[inline]
    fn place(&self, bytes: u32, length: usize) -> usize {
        let kept = bytes & (u32::MAX >> (8 * (LETTERS - length)));
        (kept.wrapping_mul(FACTORS[length - 1]) >> self.shift) as usize
    }

    /// True when a word may begin with this prefix. Never false for a word of the set.
    #[inline]
    pub fn may_hold(&self, prefix: Prefix) -> bool {
        // Unrolled: this runs at nearly every word of every text, most of which are longer.
        self.holds(prefix, 4)
            || prefix.may_end != 0
                && (self.holds(prefix, 3) || self.holds(prefix, 2) || self.holds(prefix, 1))
    }

    #[inline]
    fn holds(&self, prefix: Prefix, length: usize) -> bool {
        let may_be = length == LETTERS || prefix.may_end & 1 << length != 0;
        may_be && self.has_length[length - 1] && {
            let place = self.place(prefix.bytes, length);
            self.bits[place / 64] & 1 << (place % 64) != 0
        }
    }
}

/// Up to four bytes from a place of a text.
#[derive(Debug, Clone, Copy)]
pub struct Prefix {
    /// Zeros behind the end of the text.
    bytes: u32,
    /// Bit for each length below four with which a word may end: not between two ASCII letters.
    may_end: u8,
}

impl Prefix {
    /// Prefix of what starts at a byte.
    #[inline]
    pub fn of(text: &[u8], at: usize) -> Self {
        let rest = &text[at..];
        let mut first = [0; LETTERS];
        match rest.first_chunk() {
            Some(chunk) => first = *chunk,
            None => first[..rest.len()].copy_from_slice(rest),
        }
        let letters = first.map(|byte| byte.is_ascii_alphabetic());
        let ends = |length: usize| u8::from(!(letters[length - 1] && letters[length])) << length;
        Self {
            bytes: u32::from_le_bytes(first),
            may_end: ends(1) | ends(2) | ends(3),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prefixes_of_the_set_pass_and_most_others_do_not() {
        let words: Vec<String> = (0..1000)
            .map(|number| format!("{}x{number}", number % 7))
            .collect();
        let short = ["a", "bc", "def"];
        let all = words.iter().map(String::as_str).chain(short);
        let all: Vec<&str> = all.collect();
        let set = PrefixFilter::new(all.iter().copied());
        let holds = |text: &str| set.may_hold(Prefix::of(text.as_bytes(), 0));
        assert!(all.iter().all(|word| holds(word)));
        for text in ["a", "a x", "a1", "aé", "bc", "bc.", "bc1d", "def g"] {
            assert!(holds(text), "{text}");
        }
        for text in ["ax", "axyz", "bcd", "defg"] {
            assert!(!holds(text), "{text}");
        }
        let others = (0..1000).filter(|number| holds(&format!("z{number:04}")));
        assert!(others.count() < 150);
        let none = PrefixFilter::new(["", ""].into_iter());
        assert!(!none.may_hold(Prefix::of(b"word", 0)) && !none.may_hold(Prefix::of(b"", 0)));
    }
}
