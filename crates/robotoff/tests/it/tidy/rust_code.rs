//! Rust text reduced to what a rule looks at: comments and literals blanked,
//! tests cut out, functions measured. Lines keep their numbers.

/// The text with comments and the insides of literals replaced by spaces.
pub(super) fn blanked(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut code = String::with_capacity(text.len());
    let mut at = 0;
    while at < chars.len() {
        let end = literal_end(&chars, at);
        if end == at {
            code.push(chars[at]);
            at += 1;
            continue;
        }
        let blank = |&c: &char| if c == '\n' { '\n' } else { ' ' };
        code.extend(chars[at..end].iter().map(blank));
        at = end;
    }
    code
}

/// Where the comment or literal that starts here ends; `at` when none starts here.
fn literal_end(chars: &[char], at: usize) -> usize {
    let next = |ahead: usize| chars.get(at + ahead).copied().unwrap_or('\0');
    let is_inside_word = at > 0 && is_word(chars[at - 1]);
    match (chars[at], next(1)) {
        ('/', '/') => find(chars, at, "\n"),
        ('/', '*') => block_comment_end(chars, at),
        ('"', _) => string_end(chars, at + 1),
        ('r', '"' | '#') if !is_inside_word => raw_string_end(chars, at, at + 1),
        ('b' | 'c', 'r') if !is_inside_word => raw_string_end(chars, at, at + 2),
        // A character, not a lifetime: 'x' or '\..'.
        ('\'', '\\') => (find(chars, at + 3, "'") + 1).min(chars.len()),
        ('\'', _) if next(2) == '\'' => at + 3,
        _ => at,
    }
}

fn is_word(c: char) -> bool {
    c.is_alphanumeric() || c == '_'
}

/// Where the needle starts, from `at` on; the end of the text when it does not.
fn find(chars: &[char], at: usize, needle: &str) -> usize {
    let needle: Vec<char> = needle.chars().collect();
    (at..chars.len())
        .find(|&start| chars[start..].starts_with(&needle))
        .unwrap_or(chars.len())
}

fn block_comment_end(chars: &[char], start: usize) -> usize {
    let mut depth = 0;
    let mut at = start;
    while at < chars.len() {
        let step = match (chars[at], chars.get(at + 1)) {
            ('/', Some('*')) => 1,
            ('*', Some('/')) => -1,
            _ => 0,
        };
        depth += step;
        at += if step == 0 { 1 } else { 2 };
        if depth == 0 {
            break;
        }
    }
    at
}

fn string_end(chars: &[char], start: usize) -> usize {
    let mut at = start;
    while at < chars.len() && chars[at] != '"' {
        at += if chars[at] == '\\' { 2 } else { 1 };
    }
    (at + 1).min(chars.len())
}

/// `quote` is where the hashes or the quote should stand; `at` when they do not.
fn raw_string_end(chars: &[char], at: usize, quote: usize) -> usize {
    let hashes = chars[quote.min(chars.len())..]
        .iter()
        .take_while(|&&c| c == '#')
        .count();
    if chars.get(quote + hashes) != Some(&'"') {
        return at;
    }
    let close = format!("\"{}", "#".repeat(hashes));
    let end = find(chars, quote + hashes + 1, &close) + close.len();
    end.min(chars.len())
}

/// Blanked code without the items that `#[cfg(test)]` stands before.
pub(super) fn without_tests(blanked: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut code = String::with_capacity(blanked.len());
    let mut rest = blanked;
    while let Some(mark) = rest.find(MARK) {
        code.push_str(&rest[..mark]);
        let item = &rest[mark + MARK.len()..];
        let end = item_end(item);
        code.extend(item[..end].chars().filter(|&c| c == '\n'));
        rest = &item[end..];
    }
    code + rest
}

/// The length of the item that the text starts with: to its `;` or last `}`.
fn item_end(code: &str) -> usize {
    let mut depth = 0_usize;
    for (at, c) in code.char_indices() {
        match c {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 && c == '}' {
                    return at + 1;
                }
            }
            ';' if depth == 0 => return at + 1,
            _ => {}
        }
    }
    code.len()
}

/// Name, first line (from 1) and number of lines of every function with a body.
pub(super) fn functions(blanked: &str) -> Vec<(String, usize, usize)> {
    let mut found = Vec::new();
    for (at, _) in blanked.match_indices("fn ") {
        let is_word_start = !blanked[..at].chars().next_back().is_some_and(is_word);
        let name: String = blanked[at + 3..]
            .chars()
            .take_while(|&c| is_word(c))
            .collect();
        let item = &blanked[at..at + item_end(&blanked[at..])];
        if is_word_start && !name.is_empty() && item.ends_with('}') {
            let line = blanked[..at].matches('\n').count() + 1;
            found.push((name, line, item.matches('\n').count() + 1));
        }
    }
    found
}

/// True when the code holds the word or path, with no letter before or after it.
pub(super) fn has_word(code: &str, word: &str) -> bool {
    code.match_indices(word).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + word.len()..].chars().next();
        !before.is_some_and(is_word) && !after.is_some_and(is_word)
    })
}

#[test]
fn comments_and_literals_are_blanked_and_lifetimes_are_not() {
    for (text, left) in [
        ("a // b {\nc", "a c"),
        ("a /* b /* { */ } */ c", "a c"),
        (r#"f("{ \" {") {"#, "f( ) {"),
        (r##"f(r#"{ " {"#)"##, "f( )"),
        (r#"f(b"{", br"{", r#type)"#, "f(b , , r#type)"),
        (r"'{' '\'' '\n' &'a str", "&'a str"),
        ("var\"x\"", "var"),
        ("\"never closed", ""),
    ] {
        let blanked = blanked(text);
        let words: Vec<&str> = blanked.split_whitespace().collect();
        assert_eq!(words.join(" "), left, "{text}");
        assert_eq!(blanked.chars().count(), text.chars().count(), "{text}");
    }
}

#[test]
fn tests_are_cut_out_and_lines_keep_their_numbers() {
    let code = "fn a() {}\n#[cfg(test)]\nmod tests {\n  fn b() {}\n}\nfn c() {}\n";
    assert_eq!(without_tests(code), "fn a() {}\n\n\n\n\nfn c() {}\n");
    let declared = "#[cfg(test)]\nmod tests;\nfn c() {}";
    assert_eq!(without_tests(declared), "\n\nfn c() {}");
}

#[test]
fn functions_are_measured_from_their_name_to_their_last_brace() {
    let code = "trait T { fn none(&self); }\n\nfn two(a: [u8; 2])\n{ if a { b } }\n";
    assert_eq!(functions(code), [("two".to_owned(), 3, 2)]);
}

#[test]
fn a_word_is_found_whole() {
    assert!(has_word("use std::fs;", "std::fs"));
    assert!(!has_word("use std::fst;", "std::fs"));
    assert!(!has_word("brand::x", "rand"));
}
