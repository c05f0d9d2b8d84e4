//! Entities of HTML in texts that people pasted from web pages: `&quot;`, `&#39;`, `&eacute;`.

use std::borrow::Cow;

/// Named entities that are found in names of products, without `&` and `;`.
const NAMED: &[(&str, &str)] = &[
    ("amp", "&"),
    ("apos", "'"),
    ("gt", ">"),
    ("lt", "<"),
    ("nbsp", " "),
    ("quot", "\""),
    ("agrave", "à"),
    ("Agrave", "À"),
    ("acirc", "â"),
    ("auml", "ä"),
    ("Auml", "Ä"),
    ("ccedil", "ç"),
    ("Ccedil", "Ç"),
    ("eacute", "é"),
    ("Eacute", "É"),
    ("egrave", "è"),
    ("Egrave", "È"),
    ("ecirc", "ê"),
    ("Ecirc", "Ê"),
    ("euml", "ë"),
    ("icirc", "î"),
    ("iuml", "ï"),
    ("ntilde", "ñ"),
    ("ocirc", "ô"),
    ("ouml", "ö"),
    ("Ouml", "Ö"),
    ("oelig", "œ"),
    ("szlig", "ß"),
    ("ucirc", "û"),
    ("ugrave", "ù"),
    ("uuml", "ü"),
    ("Uuml", "Ü"),
    ("deg", "°"),
    ("euro", "€"),
    ("hellip", "…"),
    ("laquo", "«"),
    ("raquo", "»"),
    ("ldquo", "“"),
    ("rdquo", "”"),
    ("lsquo", "‘"),
    ("rsquo", "’"),
    ("ndash", "–"),
    ("mdash", "—"),
    ("reg", "®"),
    ("trade", "™"),
];

/// Longest entity, without `&` and `;`: a text with many `&` is read in linear time.
const MAX_CHARS: usize = 10;

/// The text with its entities decoded. An unknown entity stays as it is, and what an entity
/// stands for is not decoded once more: `&amp;lt;` is `&lt;`.
pub fn decode_entities(text: &str) -> Cow<'_, str> {
    if !text.contains('&') {
        return Cow::Borrowed(text);
    }
    let mut decoded = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find('&') {
        decoded.push_str(&rest[..start]);
        rest = &rest[start..];
        let end = rest
            .char_indices()
            .take(MAX_CHARS + 2)
            .find(|(_, c)| *c == ';');
        let entity = end.and_then(|(end, _)| Some((end, character(&rest[1..end])?)));
        match entity {
            Some((end, character)) => {
                decoded.push_str(&character);
                rest = &rest[end + 1..];
            }
            None => {
                decoded.push('&');
                rest = &rest[1..];
            }
        }
    }
    decoded.push_str(rest);
    Cow::Owned(decoded)
}

fn character(name: &str) -> Option<Cow<'static, str>> {
    let Some(number) = name.strip_prefix('#') else {
        let named = NAMED.iter().find(|(known, _)| *known == name);
        return named.map(|(_, character)| Cow::Borrowed(*character));
    };
    let code = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    let character = char::from_u32(code).filter(|c| !c.is_control())?;
    Some(Cow::Owned(character.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_decoded_once() {
        for (text, decoded) in [
            ("Pâté", "Pâté"),
            ("Ben &amp; Jerry&#39;s", "Ben & Jerry's"),
            ("P&acirc;t&eacute; &quot;bio&quot;", "Pâté \"bio\""),
            ("&#x27;a&#X27; &#233;", "'a' é"),
            ("&amp;lt;", "&lt;"),
            (
                "a & b; c &unknown; &#0; &#xD800; &",
                "a & b; c &unknown; &#0; &#xD800; &",
            ),
            ("&éééééééééééééééé;", "&éééééééééééééééé;"),
        ] {
            assert_eq!(decode_entities(text), decoded);
        }
    }
}
