//! Canonical spelling of packager codes, by which they are compared.

use unicode_normalization::UnicodeNormalization;

/// `FR 40.261.001 CE` is `fr40261001ec` (`docs/reference/pipeline.md` 1.6.1).
pub fn normal_packager_code(code: &str) -> String {
    let lower = code.trim().to_lowercase();
    let mut normal: String = lower
        .nfkd()
        .filter(|c| c.is_ascii() && !matches!(c, ' ' | '-' | '.'))
        .collect();
    if normal.ends_with("ce") {
        normal.truncate(normal.len() - 2);
        normal.push_str("ec");
    }
    normal
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spellings_of_a_code_are_one() {
        for (code, expected) in [
            ("FR 40.261.001 CE", "fr40261001ec"),
            (" fr 40-261-001 ec ", "fr40261001ec"),
            ("EMB 29230C", "emb29230c"),
            ("DE BW-03111 EG", "debw03111eg"),
            ("É 1 CE", "e1ec"),
            ("ce", "ec"),
            ("", ""),
        ] {
            assert_eq!(normal_packager_code(code), expected, "{code:?}");
        }
    }
}
