use super::*;
use crate::row::{BlockKind, ListItem, Span};
use proptest::prelude::*;
use std::fmt::Write as _;

/// Blocks as text, so that a case fits on a line.
fn show(blocks: &[Block]) -> String {
    blocks.iter().map(|block| show_one(&block.kind)).collect::<Vec<_>>().join(" | ")
}

fn show_one(kind: &BlockKind) -> String {
    match kind {
        BlockKind::Paragraph { spans } => spans_text(spans),
        BlockKind::Heading { level, spans } => format!("h{level} {}", spans_text(spans)),
        BlockKind::Code { language, text } => format!("code({language}) {text:?}"),
        BlockKind::List { start, items } => {
            let mark = start.map_or("-".to_owned(), |start| start.to_string());
            let items: Vec<_> = items
                .iter()
                .map(|ListItem { checked, blocks }| match checked {
                    None => show(blocks),
                    Some(checked) => format!("{}{}", if *checked { "[x]" } else { "[ ]" }, show(blocks)),
                })
                .collect();
            format!("list({mark}: {})", items.join("; "))
        }
        BlockKind::Quote { blocks } => format!("quote({})", show(blocks)),
        BlockKind::Table { head, rows } => {
            let line = |cells: &Vec<Vec<Span>>| {
                cells.iter().map(|cell| spans_text(cell)).collect::<Vec<_>>().join(",")
            };
            format!("table({} / {})", line(head), rows.iter().map(line).collect::<Vec<_>>().join(" / "))
        }
        BlockKind::Rule => "rule".to_owned(),
    }
}

fn spans_text(spans: &[Span]) -> String {
    spans.iter().fold(String::new(), |mut text, span| {
        let mut style = String::new();
        for (on, mark) in [(span.bold, "b"), (span.italic, "i"), (span.strike, "s"), (span.code, "c")] {
            if on {
                style.push_str(mark);
            }
        }
        if let Some(link) = &span.link {
            let _ = write!(style, "->{link}");
        }
        let _ = if style.is_empty() {
            write!(text, "{}", span.text)
        } else {
            write!(text, "<{style}:{}>", span.text)
        };
        text
    })
}

/// The blocks of a text, the same whether it comes at once or character by character.
#[track_caller]
fn check(text: &str, expected: &str) {
    let at_once = Markdown::of(text);
    assert_eq!(show(&at_once), expected, "{text:?}");
    let mut streamed = Markdown::default();
    for c in text.chars() {
        streamed.push(c.encode_utf8(&mut [0; 4]));
    }
    assert_eq!(streamed.blocks(), at_once, "streamed {text:?}");
}

#[test]
fn blocks_of_every_kind() {
    check("one\ntwo\n\nthree", "one two | three");
    check("one  \ntwo", "one\ntwo");
    check("# Title\n\nText\n===\n## *x*", "h1 Title | h1 Text | h2 <i:x>");
    check("**b** _i_ ~~s~~ `c` ***bi***", "<b:b> <i:i> <s:s> <c:c> <bi:bi>");
    check("```rust,ignore\nfn a() {}\n\n*x*\n```\nafter", "code(rust) \"fn a() {}\\n\\n*x*\" | after");
    check("```\nopen", "code() \"open\"");
    check("    indented\n    code", "code() \"indented\\ncode\"");
    check("- a\n- b\n  - c\n\n3. x\n4. y", "list(-: a; b | list(-: c)) | list(3: x; y)");
    check("- [x] done\n- [ ] open\n- plain", "list(-: [x]done; [ ]open; plain)");
    check("- a\n\n  more\n- b", "list(-: a | more; b)");
    check("> q\n> - l\n\nout", "quote(q | list(-: l)) | out");
    check("|a|b|\n|-|-|\n|1|**2**|\n\nend", "table(a,b / 1,<b:2>) | end");
    check("a\n\n---\n\nb", "a | rule | b");
    check("one\r\n\r\ntwo\rthree", "one | two three");
    check("", "");
}

#[test]
fn a_line_that_is_not_complete_settles_nothing() {
    check("- a\n---b", "list(-: a ---b)");
    check("a\n\n***b", "a | ***b");
    check("text\n-\n- item", "h2 text | list(-: item)");
    check("one\n\n[a]: /u\n\"ti\ntle\"\n\ntwo", "one | two");
}

#[test]
fn raw_html_is_text() {
    check("a <b onclick=\"x\">bold</b>", "a <b onclick=\"x\">bold</b>");
    check("<script>\nalert(1)\n</script>\n\nafter", "<script>\nalert(1)\n</script> | after");
    check("<!-- a\n\nb -->\n\nc", "<!-- a\n\nb --> | c");
}

#[test]
fn links_lead_to_web_addresses_only() {
    check(
        "[a](https://example.org/x) <http://example.org>",
        "<->https://example.org/x:a> <->http://example.org:http://example.org>",
    );
    check("[a](javascript:alert(1)) [b](file:///etc/passwd) [c](src/lib.rs)", "a b c");
    check("[a](https://example.org/\u{202e}x)", "a");
    check("![alt](https://example.org/x.png)", "<->https://example.org/x.png:alt>");
    check("[**a** b](https://example.org)", "<b->https://example.org:a><->https://example.org: b>");
}

#[test]
fn a_reference_reaches_no_further_than_its_block() {
    check("[a]\n\n[a]: https://example.org\n\n[a]", "[a] | [a]");
}

#[test]
fn only_the_end_is_parsed_again() {
    let mut markdown = Markdown::default();
    for number in 0..1000 {
        let from = markdown.push(&format!("Paragraph {number}.\n\n"));
        assert!(from + 3 >= markdown.blocks().len(), "{from} of {}", markdown.blocks().len());
        assert!(markdown.open_bytes() < 100, "{}", markdown.open_bytes());
    }
    assert_eq!(markdown.blocks().len(), 1000);
    let ids: Vec<_> = markdown.blocks().iter().map(|block| block.id).collect();
    assert!(ids.is_sorted() && ids[0] == 0);
}

#[test]
fn deep_nesting_is_flattened() {
    let deep = "> ".repeat(5000) + "x";
    assert!(show(&Markdown::of(&deep)).matches("quote").count() < 20);
    let lists: String = (0..400).fold(String::new(), |text, depth| text + &"  ".repeat(depth) + "- x\n");
    assert!(show(&Markdown::of(&lists)).matches("list").count() < 20);
}

/// Text made of what makes markdown difficult.
fn markdown_text() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "\n",
        "\n",
        "\n\n",
        " ",
        "    ",
        "\t",
        "\r\n",
        "\r",
        "a",
        "b c",
        "é",
        "*",
        "**",
        "_",
        "`",
        "```",
        "~~~",
        "~~",
        "-",
        "- ",
        "---",
        "===",
        "1. ",
        "2) ",
        "+ ",
        "> ",
        ">",
        "# ",
        "#",
        "|",
        "|-|",
        ":-",
        "[a]",
        "[a]: /u",
        "(http://x)",
        "!",
        "<",
        ">",
        "<b>",
        "</b>",
        "<!--",
        "-->",
        "<pre>",
        "<div>",
        "\"t",
        "t\"",
        "\\",
        "&amp;",
        "[ ] ",
        "[x] ",
        "[^1]: ",
    ]);
    prop::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_split_gives_the_same_blocks(text in markdown_text(), cuts in prop::collection::vec(0usize..200, 0..6)) {
        check_split(&text, cuts)?;
    }

    #[test]
    fn any_text_in_any_split_gives_the_same_blocks(text in any::<String>(), cuts in prop::collection::vec(0usize..200, 0..6)) {
        check_split(&text, cuts)?;
    }

    #[test]
    fn character_by_character_gives_the_same_blocks(text in markdown_text()) {
        check_split(&text, (0..text.len()).collect())?;
    }
}

fn check_split(text: &str, cuts: Vec<usize>) -> Result<(), TestCaseError> {
    let mut cuts: Vec<_> = cuts.into_iter().filter(|cut| text.is_char_boundary(*cut)).collect();
    cuts.sort_unstable();
    cuts.push(text.len());
    let mut streamed = Markdown::default();
    let mut shown: Vec<Block> = Vec::new();
    let mut at = 0;
    for cut in cuts {
        let from = streamed.push(&text[at..cut]);
        shown.truncate(from);
        shown.extend_from_slice(&streamed.blocks()[from..]);
        at = cut;
    }
    prop_assert_eq!(&shown, &Markdown::of(text));
    Ok(())
}
