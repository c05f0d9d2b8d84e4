//! Conversion of byte offsets to code points: the wire counts code points, the code
//! bytes.

/// Bytes between two stored counts.
const STRIDE: usize = 256;

/// Number of code points before any byte of one text, without walking it again.
#[derive(Debug, Clone, Default)]
pub struct CodePointIndex {
    /// Code points before byte `STRIDE * i`; empty when the text is ASCII.
    counts: Vec<u32>,
}

impl CodePointIndex {
    /// Builds the index in one walk.
    pub fn new(text: &str) -> Self {
        if text.is_ascii() {
            return Self::default();
        }
        let mut total = 0;
        let counts = text.as_bytes().chunks(STRIDE).map(|chunk| {
            let before = total;
            total += starts(chunk);
            before
        });
        Self {
            counts: counts.collect(),
        }
    }

    /// Number of code points before the byte; `text` is the text that was indexed.
    pub fn before(&self, text: &str, byte: usize) -> usize {
        let Some(last) = self.counts.len().checked_sub(1) else {
            return byte;
        };
        let chunk = (byte / STRIDE).min(last);
        let rest = &text.as_bytes()[chunk * STRIDE..byte];
        (self.counts[chunk] + starts(rest)) as usize
    }
}

fn starts(bytes: &[u8]) -> u32 {
    bytes
        .iter()
        .map(|byte| u32::from(byte & 0xC0 != 0x80))
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_agree_with_walking() {
        for text in ["", "abc", "é", &"aé漢😀".repeat(200), &"é".repeat(STRIDE)] {
            let index = CodePointIndex::new(text);
            for (count, (byte, _)) in text.char_indices().enumerate() {
                assert_eq!(index.before(text, byte), count);
            }
            assert_eq!(index.before(text, text.len()), text.chars().count());
        }
    }
}
