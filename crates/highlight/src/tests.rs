use crate::{Language, MAX_LINE_BYTES, ScannedText, Scanner, Token, TokenSpan};
use proptest::prelude::*;
use std::path::Path;

fn file(name: &str) -> Language {
    Language::of_file(Path::new(name), "").unwrap_or_else(|| panic!("{name} has no language"))
}

/// The tokens of lines, each with its text.
fn tokens(language: Language, lines: &[&str]) -> Vec<Vec<(String, Token)>> {
    let mut scanner = Scanner::new(language);
    lines.iter().map(|line| named(line, &scanner.scan(line))).collect()
}

fn named(line: &str, spans: &[TokenSpan]) -> Vec<(String, Token)> {
    let units: Vec<u16> = line.encode_utf16().collect();
    spans
        .iter()
        .map(|TokenSpan(from, to, token)| {
            (String::from_utf16(&units[*from as usize..*to as usize]).unwrap().trim().to_owned(), *token)
        })
        .collect()
}

/// Checks that words of a text have the kinds they should.
fn check(name: &str, text: &str, wanted: &[(&str, Token)]) {
    let lines: Vec<_> = text.lines().collect();
    let found: Vec<_> = tokens(file(name), &lines).into_iter().flatten().collect();
    for (word, token) in wanted {
        assert!(
            found.iter().any(|(text, kind)| text == word && kind == token),
            "{name}: {word} in {found:?}"
        );
    }
}

#[test]
fn common_languages_have_the_colours_one_expects() {
    use Token::{Attribute, Comment, Constant, Escape, Function, Keyword, Property, String, Tag, Type};
    check(
        "a.rs",
        "// why\nfn main() -> u8 { let s = \"a\\n\"; 42 }",
        &[("// why", Comment), ("fn", Keyword), ("main", Function), ("\\n", Escape), ("42", Constant)],
    );
    check(
        "a.py",
        "class A:\n    def f(self):\n        return None  # no",
        &[("A", Type), ("f", Function), ("return", Keyword), ("None", Constant), ("# no", Comment)],
    );
    check("a.ts", "const a: string = `b ${c}`;", &[("const", Keyword), ("`b", String)]);
    check("a.tsx", "const a = <p class=\"b\">c</p>;", &[("p", Tag), ("class", Attribute)]);
    check(
        "a.json",
        "{\"name\": \"x\", \"n\": 1}",
        &[("\"name\"", Property), ("\"x\"", String), ("1", Constant)],
    );
    check("a.yaml", "name: x\nlist:\n  - 1", &[("name", Property), ("1", Constant)]);
    check("Cargo.toml", "name = \"x\"", &[("name", Property), ("\"x\"", String)]);
    check("a.css", ".a { color: red; }", &[("color", Property)]);
    check("a.sh", "if true; then echo \"$A\"; fi # x", &[("if", Keyword), ("# x", Comment)]);
    check("Dockerfile", "FROM debian\nRUN ls", &[("FROM", Keyword), ("RUN", Keyword)]);
    check("Makefile", "all: a\n\techo b", &[("all", Function)]);
    check("a.go", "func main() { return nil }", &[("func", Keyword), ("main", Function), ("nil", Constant)]);
}

#[test]
fn the_state_comes_from_the_lines_before() {
    let lines = ["let a = 1; /* b", "let c = 2;", "d */ let e = 3;"];
    let found = tokens(file("a.js"), &lines);
    assert_eq!(found[1], [("let c = 2;".to_owned(), Token::Comment)]);
    assert!(found[2].contains(&("let".to_owned(), Token::Keyword)));
}

#[test]
fn plain_text_and_unknown_files_have_no_language() {
    for name in ["notes.txt", "LICENSE", "a.unheard-of", ""] {
        assert!(Language::of_file(Path::new(name), "hello").is_none(), "{name}");
    }
    assert_eq!(Language::of_file(Path::new("run"), "#!/usr/bin/env python3").unwrap().name(), "Python");
}

#[test]
fn code_blocks_name_their_language_in_many_ways() {
    for (name, language) in [("rust", "Rust"), ("rs", "Rust"), ("Python", "Python"), ("json5", "JSON")] {
        assert_eq!(Language::named(name).unwrap().name(), language);
    }
    assert!(Language::named("console").is_some() && Language::named("tsx").is_some());
    assert!(
        Language::named("").is_none()
            && Language::named("text").is_none()
            && Language::named("x y").is_none()
    );
}

#[test]
fn places_are_counted_in_utf_16_units() {
    let found = tokens(file("a.rs"), &["let 𝒳é = \"🦀\"; // 🦀"]);
    assert!(found[0].contains(&("\"🦀\"".to_owned(), Token::String)), "{found:?}");
    assert!(found[0].contains(&("// 🦀".to_owned(), Token::Comment)), "{found:?}");
}

#[test]
fn a_line_too_long_is_left_plain_and_the_next_one_is_not() {
    let long = "a".repeat(MAX_LINE_BYTES + 1);
    let found = tokens(file("a.rs"), &[&long, "fn a() {}"]);
    assert!(found[0].is_empty() && !found[1].is_empty());
}

#[test]
fn a_text_is_scanned_up_to_a_place_once_and_alike() {
    let lines: Vec<_> = (0..1000)
        .map(|number| match number % 300 {
            7 => "/*".to_owned(),
            200 => "*/".to_owned(),
            _ => format!("let a{number} = {number};"),
        })
        .collect();
    let whole = ScannedText::new(file("a.js")).tokens(&lines, 0..lines.len());
    let mut parts = ScannedText::new(file("a.js"));
    for range in [900..950, 0..20, 120..140, 500..1200, 255..257] {
        let end = range.end.min(lines.len());
        assert_eq!(parts.tokens(&lines, range.clone()), whole[range.start..end]);
    }
    assert!(parts.tokens(&lines, 2000..2010).is_empty());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn tokens_of_any_text_are_in_order_and_within_their_line(
        name in prop::sample::select(vec!["a.rs", "a.py", "a.tsx", "a.md", "a.html", "a.sh", "a.yaml", "a.c", "a.php"]),
        lines in prop::collection::vec("[\\PC\\t\"'`{}<>/*#$()=\\[\\] a-z]{0,60}", 0..12),
    ) {
        let mut scanner = Scanner::new(file(name));
        for line in &lines {
            let units = u32::try_from(line.encode_utf16().count()).unwrap();
            let mut at = 0;
            for TokenSpan(from, to, _) in scanner.scan(line) {
                prop_assert!(at <= from && from < to && to <= units, "{}..{} of {} in {:?}", from, to, units, line);
                at = to;
            }
        }
    }
}
