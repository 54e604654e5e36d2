//! Rust source reduced to its code: comments, literals and test items are blanked, and every other byte keeps its place.

use std::ops::Range;

/// Returns `text` with comments, literals and items under `#[cfg(test)]` replaced by spaces.
pub(super) fn strip(text: &str) -> String {
    let mut code = text.as_bytes().to_vec();
    blank_comments_and_literals(&mut code);
    blank_test_items(&mut code);
    // blanking covers whole characters, so the rest is still text
    String::from_utf8(code).unwrap_or_default()
}

/// Returns the offset behind the bracket that closes the one at `open`, or the end of `code`.
pub(super) fn end_of_group(code: &[u8], open: usize) -> usize {
    let mut depth = 0_usize;
    for (at, byte) in code.iter().enumerate().skip(open) {
        match byte {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1;
                }
            }
            _ => {}
        }
    }
    code.len()
}

fn blank(code: &mut [u8], range: Range<usize>) {
    for byte in &mut code[range] {
        if *byte != b'\n' {
            *byte = b' ';
        }
    }
}

fn blank_comments_and_literals(code: &mut [u8]) {
    let mut at = 0;
    while at < code.len() {
        let end = match code[at..] {
            [b'/', b'/', ..] => end_of_line(code, at),
            [b'/', b'*', ..] => end_of_block_comment(code, at),
            [b'"', ..] => end_of_string(code, at),
            [b'r', b'"' | b'#', ..] if !is_in_word(code, at) => match end_of_raw_string(code, at) {
                Some(end) => end,
                None => at + 1,
            },
            [b'\'', ..] => match end_of_char(code, at) {
                Some(end) => end,
                None => at + 1,
            },
            _ => {
                at += 1;
                continue;
            }
        };
        if end > at + 1 {
            blank(code, at..end);
        }
        at = end;
    }
}

/// Reports whether the byte at `at` continues a name; the `b` of a byte string does not count as one.
fn is_in_word(code: &[u8], at: usize) -> bool {
    let is_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
    let before = at.checked_sub(1).map(|index| code[index]);
    match before {
        Some(b'b') => at.checked_sub(2).is_some_and(|index| is_word(&code[index])),
        Some(byte) => is_word(&byte),
        None => false,
    }
}

fn end_of_line(code: &[u8], from: usize) -> usize {
    code[from..].iter().position(|byte| *byte == b'\n').map_or(code.len(), |length| from + length)
}

fn end_of_block_comment(code: &[u8], from: usize) -> usize {
    let (mut at, mut depth) = (from, 0_usize);
    while at < code.len() {
        match code[at..] {
            [b'/', b'*', ..] => (depth, at) = (depth + 1, at + 2),
            [b'*', b'/', ..] => {
                (depth, at) = (depth - 1, at + 2);
                if depth == 0 {
                    return at;
                }
            }
            _ => at += 1,
        }
    }
    code.len()
}

fn end_of_string(code: &[u8], from: usize) -> usize {
    let mut at = from + 1;
    while at < code.len() {
        match code[at] {
            b'\\' => at += 2,
            b'"' => return at + 1,
            _ => at += 1,
        }
    }
    code.len()
}

/// Returns `None` for a raw name such as `r#type`.
fn end_of_raw_string(code: &[u8], from: usize) -> Option<usize> {
    let hashes = code[from + 1..].iter().take_while(|byte| **byte == b'#').count();
    let open = from + 1 + hashes;
    if code.get(open) != Some(&b'"') {
        return None;
    }
    let closes = |at: usize| {
        code[at] == b'"'
            && code[at + 1..].iter().take_while(|byte| **byte == b'#').take(hashes).count() == hashes
    };
    Some((open + 1..code.len()).find(|at| closes(*at)).map_or(code.len(), |at| at + 1 + hashes))
}

/// Returns `None` for a lifetime.
fn end_of_char(code: &[u8], from: usize) -> Option<usize> {
    if code.get(from + 1) == Some(&b'\\') {
        let close = code[from + 3..].iter().position(|byte| *byte == b'\'')?;
        return Some(from + 3 + close + 1);
    }
    // one character has at most four bytes, and a lifetime is followed by no quote so soon, but for `'a'`
    let length = match code.get(from + 1)? {
        0..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    (code.get(from + 1 + length) == Some(&b'\'')).then_some(from + length + 2)
}

fn blank_test_items(code: &mut [u8]) {
    const ATTRIBUTES: [&[u8]; 2] = [b"#[cfg(test)]", b"#[cfg(all(test"];
    let mut at = 0;
    while at < code.len() {
        if ATTRIBUTES.iter().any(|attribute| code[at..].starts_with(attribute)) {
            let end = end_of_item(code, end_of_group(code, at + 1));
            blank(code, at..end);
            at = end;
        } else {
            at += 1;
        }
    }
}

/// Returns the end of the item whose attributes end before `from`.
fn end_of_item(code: &[u8], from: usize) -> usize {
    let mut at = from;
    while at < code.len() {
        match code[at] {
            b';' => return at + 1,
            b'{' => return end_of_group(code, at),
            b'(' | b'[' => at = end_of_group(code, at),
            _ => at += 1,
        }
    }
    code.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_blanked_and_code_keeps_its_place() {
        let text =
            "a // b\n\"c \\\" d\" 'e' '\\'' 'é' &'f g /* h /* i */ j */ k r#\"l \" m\"# b\"n\" r#type o";
        let code = strip(text);
        assert_eq!(code.len(), text.len());
        let words: Vec<_> = code.split_whitespace().collect();
        assert_eq!(words, ["a", "&'f", "g", "k", "b", "r#type", "o"]);
        assert_eq!(code.find('k'), text.find("k r#"));
    }

    #[test]
    fn test_items_are_blanked() {
        let text = "use a;\n#[cfg(test)]\nuse b;\n#[cfg(all(test, unix))]\n#[x(y)]\nmod tests { fn f() { g } }\n#[cfg(test)]\nmod c;\nfn d() {}";
        let code = strip(text);
        assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["use", "a;", "fn", "d()", "{}"]);
    }
}
