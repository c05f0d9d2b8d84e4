//! Bodies of requests as fields: forms, multipart forms and JSON.

use anyhow::{Context, Result, ensure};
use percent_encoding::percent_decode;

/// Names and values, in the order in which they were sent.
pub(super) type FormFields = Vec<(String, String)>;

/// `a=1&b=x+y`.
pub(super) fn url_encoded(body: &[u8]) -> FormFields {
    let text = |bytes: &[u8]| {
        let spaced: Vec<u8> = bytes
            .iter()
            .map(|byte| if *byte == b'+' { b' ' } else { *byte })
            .collect();
        percent_decode(&spaced).decode_utf8_lossy().into_owned()
    };
    let pairs = body
        .split(|byte| *byte == b'&')
        .filter(|pair| !pair.is_empty());
    pairs
        .map(|pair| {
            let mut parts = pair.splitn(2, |byte| *byte == b'=');
            let name = text(parts.next().unwrap_or_default());
            (name, text(parts.next().unwrap_or_default()))
        })
        .collect()
}

/// A multipart form of text fields.
pub(super) fn multipart(content_type: &str, body: &[u8]) -> Result<FormFields> {
    let (_, boundary) = content_type
        .split_once("boundary=")
        .context("a multipart form without boundary")?;
    let body = std::str::from_utf8(body).context("a multipart form that is not UTF-8")?;
    let delimiter = format!("--{}", boundary.trim_matches('"'));
    let mut fields = Vec::new();
    let mut parts = body.split(&delimiter);
    ensure!(
        parts.next().is_some_and(|before| before.trim().is_empty()),
        "a multipart form with something before its first part"
    );
    for part in parts {
        if part.starts_with("--") {
            return Ok(fields);
        }
        let (head, value) = part.split_once("\r\n\r\n").context("a part without head")?;
        let name = head
            .split("name=\"")
            .nth(1)
            .and_then(|rest| rest.split('"').next());
        let value = value.strip_suffix("\r\n").context("a part without end")?;
        fields.push((
            name.context("a part without name")?.to_owned(),
            value.to_owned(),
        ));
    }
    anyhow::bail!("a multipart form without end")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_decoded() {
        let fields = url_encoded(b"a=1&b=x+%2B%C3%A9&c");
        let expected = [("a", "1"), ("b", "x +\u{e9}"), ("c", "")];
        let expected = expected.map(|(name, value)| (name.to_owned(), value.to_owned()));
        assert_eq!(fields, expected);
    }

    #[test]
    fn multipart_forms_are_taken_apart() {
        let body = "--X\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n1\r\n2\r\n--X\r\n\
                    Content-Disposition: form-data; name=\"b\"\r\n\r\n\r\n--X--\r\n";
        let fields = multipart("multipart/form-data; boundary=X", body.as_bytes()).unwrap();
        let expected = [("a", "1\r\n2"), ("b", "")];
        assert_eq!(
            fields,
            expected.map(|(name, value)| (name.to_owned(), value.to_owned()))
        );
        let broken = &body.as_bytes()[..body.len() - 5];
        assert!(multipart("multipart/form-data; boundary=X", broken).is_err());
    }
}
