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
        BlockKind::Table { head, rows, .. } => {
            let line = |cells: &Vec<Vec<Span>>| {
                cells.iter().map(|cell| spans_text(cell)).collect::<Vec<_>>().join(",")
            };
            format!("table({} / {})", line(head), rows.iter().map(line).collect::<Vec<_>>().join(" / "))
        }
        BlockKind::Rule => "rule".to_owned(),
        BlockKind::Rest => "rest".to_owned(),
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

/// Returns the characters and elements that a message of hostile size has in the page.
fn size(text: &str) -> (usize, usize) {
    fn of(blocks: &[Block], size: &mut (usize, usize)) {
        let spans = |spans: &[Span], size: &mut (usize, usize)| {
            size.0 += spans.iter().map(|span| span.text.chars().count()).sum::<usize>();
            size.1 += spans.len();
        };
        for block in blocks {
            size.1 += 1;
            match &block.kind {
                BlockKind::Paragraph { spans: run } | BlockKind::Heading { spans: run, .. } => {
                    spans(run, size);
                }
                BlockKind::Code { language, text } => size.0 += language.len() + text.chars().count(),
                BlockKind::List { items, .. } => {
                    for item in items {
                        size.1 += 1;
                        of(&item.blocks, size);
                    }
                }
                BlockKind::Quote { blocks } => of(blocks, size),
                BlockKind::Table { head, rows, .. } => {
                    for row in rows.iter().chain([head]) {
                        size.1 += 1;
                        for cell in row {
                            size.1 += 1;
                            spans(cell, size);
                        }
                    }
                }
                BlockKind::Rule | BlockKind::Rest => {}
            }
        }
    }
    let mut size = (0, 0);
    of(&Markdown::of(text), &mut size);
    size
}

#[test]
fn whatever_is_written_the_page_stays_of_a_size_and_says_that_there_is_more() {
    for piece in [
        "x",
        "word ",
        "# a\n",
        "- \n",
        "- a\n",
        "1. [ ] a\n\n",
        "> a\n\n",
        "a\n\n",
        "*a*b",
        "`a` ",
        "---\n",
        "```\n```\n",
        "[a](http://b) ",
        "| a ",
        "<b>",
        "\u{202e}",
        "\u{1b}[",
    ] {
        let text = piece.repeat(2 * MAX_SHOWN_BYTES / piece.len());
        let blocks = Markdown::of(&text);
        assert_eq!(blocks.last().map(|block| &block.kind), Some(&BlockKind::Rest), "{piece:?}");
        let (characters, elements) = size(&text);
        assert!(characters <= 8 * MAX_SHOWN_BYTES, "{piece:?} makes {characters} characters");
        assert!(elements <= 2 * build::MAX_PIECES as usize + 100, "{piece:?} makes {elements} elements");
    }
    let table = format!("|a|b|\n|-|-|\n{}", "|a|b|\n".repeat(50_000));
    assert!(size(&table).1 <= 2 * build::MAX_PIECES as usize, "a table makes {:?}", size(&table));
    // and what is shown ends where the first thing is missing
    let shown = show(&Markdown::of(&"a **b** c\n\n".repeat(20_000)));
    assert!(!shown.contains("a  c"), "something is missing in the midst");
    // what anybody means to be read is shown whole
    let book = "A paragraph with **bold** text.\n\n".repeat(1500);
    assert!(!show(&Markdown::of(&book)).contains("rest"));
}

#[test]
fn a_message_that_is_too_long_is_the_same_however_it_comes() {
    let text = "A line of *text*.\n\n- é\n".repeat(MAX_SHOWN_BYTES / 20);
    let whole = Markdown::of(&text);
    for bytes in [20_000, 100_001] {
        let mut streamed = Markdown::default();
        let mut rest = text.as_str();
        while !rest.is_empty() {
            let (piece, after) = rest.split_at(rest.ceil_char_boundary(bytes.min(rest.len())));
            streamed.push(piece);
            rest = after;
        }
        assert!(streamed.blocks() == whole, "in pieces of {bytes}");
    }
    assert_eq!(whole.last().map(|block| &block.kind), Some(&BlockKind::Rest));
}

#[test]
fn long_runs_are_cut_and_say_so() {
    let line = "x".repeat(build::MAX_RUN_CHARS + 5);
    for (text, end) in [
        (line.clone(), "x [5 more characters]"),
        (format!("{line} **b**"), "x [7 more characters]"),
        (format!("# {line}"), "x [5 more characters]"),
        (format!("| a |\n|---|\n| {line} |"), "x [5 more characters])"),
        (format!("```\nshort\n{line}\n```"), "x [14005 more characters]\""),
    ] {
        let shown = show(&Markdown::of(&text));
        assert!(shown.ends_with(end), "{}", &shown[shown.len() - 60..]);
    }
    // an address nobody could judge leads nowhere
    check(&format!("[a](http://{})", "b".repeat(3000)), "a");
}

#[test]
fn what_reverses_text_or_steers_a_terminal_is_drawn() {
    check("a \u{202e}b\u{202c} `\u{1b}[2J`", "a \\u{202e}b\\u{202c} <c:\\u{1b}[2J>");
    check("```x\u{202e}\n\u{2066}a\n```", "code(x\\u{202e}) \"\\\\u{2066}a\"");
    // and what scripts and emoji need is left
    check("\u{5d0}\u{200f}! \u{1f469}\u{200d}\u{1f4bb}", "\u{5d0}\u{200f}! \u{1f469}\u{200d}\u{1f4bb}");
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

#[test]
fn columns_of_a_table_are_aligned_as_its_second_line_says() {
    let blocks = Markdown::of("| a | b | c | d |\n|---|:--|:-:|--:|\n| 1 | 2 | 3 | 4 |\n");
    let [Block { kind: BlockKind::Table { columns, .. }, .. }] = blocks.as_slice() else {
        panic!("{blocks:?}")
    };
    let shown: Vec<_> = columns.iter().map(|column| format!("{column:?}")).collect();
    assert_eq!(shown, ["Start", "Start", "Center", "End"]);
}
