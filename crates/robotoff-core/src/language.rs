//! Language codes of requests, and the fallbacks of each.

/// Longest language code; longer texts are not codes.
const MAX_CODE_LEN: usize = 16;

/// Codes for one language, or for languages that each other's speakers read; the usual
/// one first.
const READ_ALIKE: [&[&str]; 4] = [
    &["nb", "no", "nn"],
    &["he", "iw"],
    &["id", "in"],
    &["fil", "tl"],
];

/// Regions where Chinese is written in traditional characters.
const TRADITIONAL_CHINESE: [&str; 4] = ["TW", "HK", "MO", "Hant"];

/// Fallbacks of a language code, best first: the code in its canonical spelling (`pt_BR`
/// for `pt-BR`, `PT-br` and `pt_BR`), then without its region, then under another name.
/// Empty for a text that is not a language code.
///
/// ```
/// use robotoff_core::language::fallbacks;
///
/// assert_eq!(fallbacks("PT-br"), ["pt_BR", "pt"]);
/// assert!(fallbacks("what is this?").is_empty());
/// ```
pub fn fallbacks(code: &str) -> Vec<String> {
    let mut parts = code.trim().split(['-', '_']);
    let language = parts.next().unwrap_or_default().to_ascii_lowercase();
    let is_code = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_alphanumeric());
    if code.len() > MAX_CODE_LEN || !is_code(&language) {
        return Vec::new();
    }
    let parts: Vec<String> = parts.filter(|part| is_code(part)).map(subtag).collect();
    let mut tries = Vec::new();
    if let Some(region) = parts.iter().find(|part| !is_script(part)) {
        tries.push(format!("{language}_{region}"));
    }
    if language == "zh" && parts.iter().any(|part| is_traditional(part)) {
        tries.push("zh_TW".to_owned());
    }
    let alike = READ_ALIKE.iter().find(|codes| codes.contains(&&*language));
    let alike = alike.into_iter().copied().flatten().copied();
    let others = alike.filter(|code| *code != language).map(str::to_owned);
    let others: Vec<String> = others.collect();
    tries.push(language);
    tries.extend(others);
    tries.dedup();
    tries
}

/// A code in its canonical spelling: scripts as `Hant`, regions as `TW`.
fn subtag(part: &str) -> String {
    if !is_script(part) {
        return part.to_ascii_uppercase();
    }
    let (first, rest) = part.split_at(1);
    first.to_ascii_uppercase() + &rest.to_ascii_lowercase()
}

const fn is_script(part: &str) -> bool {
    part.len() == 4
}

fn is_traditional(part: &str) -> bool {
    TRADITIONAL_CHINESE.contains(&part)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_leads_from_region_to_language_to_its_other_name() {
        for (code, expected) in [
            ("fr", "fr"),
            ("FR", "fr"),
            (" fr ", "fr"),
            ("pt-BR", "pt_BR pt"),
            ("pt_BR", "pt_BR pt"),
            ("PT-br", "pt_BR pt"),
            ("pt_PT", "pt_PT pt"),
            ("es-419", "es_419 es"),
            ("zh-Hant-TW", "zh_TW zh"),
            ("zh-hant", "zh_TW zh"),
            ("zh_HK", "zh_HK zh_TW zh"),
            ("zh-CN", "zh_CN zh"),
            ("sr-Latn-RS", "sr_RS sr"),
            ("kmr_TR", "kmr_TR kmr"),
            ("no", "no nb nn"),
            ("nb", "nb no nn"),
            ("nn_NO", "nn_NO nn nb no"),
            ("iw", "iw he"),
            ("xx", "xx"),
            ("fr-", "fr"),
            ("fr-é", "fr"),
            ("", ""),
            ("-", ""),
            ("é", ""),
            ("../../etc/passwd", ""),
            ("a-language-that-is-none", ""),
        ] {
            assert_eq!(fallbacks(code).join(" "), expected, "{code:?}");
        }
    }
}
