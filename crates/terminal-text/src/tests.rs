use super::*;
use proptest::prelude::*;

#[track_caller]
fn check(printed: &str, expected: &str) {
    assert_eq!(TerminalText::convert(printed, Styles::Dropped), expected, "{printed:?}");
}

#[test]
fn the_last_state_of_a_line_stands_and_the_others_are_counted() {
    let steps = |between: fn(u32) -> String| (1..=5000).map(between).collect::<Vec<_>>().concat();
    check(&steps(|step| format!("\rstep {step}")), "step 5000 [5,000 updates]");
    check(&steps(|step| format!("step {step}\r")), "step 5000 [5,000 updates]");
    check(&(steps(|step| format!("step {step}\r")) + "\n"), "step 5000 [5,000 updates]\n");
    check(&steps(|step| format!("\u{1b}[2K\u{1b}[1Gstep {step}")), "step 5000 [5,000 updates]");
    check(&steps(|step| format!("{}\u{8}", ["|", "/", "-", "\\"][step as usize % 4])), "| [5,000 updates]");
    check("10%\r20%\r\n", "20% [2 updates]\n");
    check("a long state\rshort       \rok\u{1b}[K\nnext\n", "ok [3 updates]\nnext\n");
    check("over\rtaken\n", "taken [2 updates]\n");
    check("leftover\rnew\n", "newtover [2 updates]\n");
}

#[test]
fn line_ends_of_every_kind_are_one() {
    check("a\r\nb\r\n", "a\nb\n");
    check("a\r\r\nb", "a\nb");
    check("\r\n\r\n", "\n\n");
    check("plain\ttext\n\n  x  \n", "plain\ttext\n\n  x  \n");
    check("", "");
    check("no end", "no end");
}

#[test]
fn several_lines_are_redrawn_in_place() {
    let frame = |at: u32| format!("one {at}%\ntwo {at}%\n");
    let printed = (1..=1200)
        .map(|at| if at == 1 { frame(at) } else { format!("\u{1b}[2A{}", frame(at)) })
        .collect::<Vec<_>>()
        .concat();
    check(&printed, "one 1200% [1,200 updates]\ntwo 1200% [1,200 updates]\n");
    // erased when done, as npm does
    check("a\nwait\n\u{1b}[1A\u{1b}[2K\u{1b}[Gdone\n", "a\ndone [2 updates]\n");
    check("x\ny\nz\u{1b}[2A\r\u{1b}[Jnew", "new [2 updates]\n");
}

#[test]
fn what_is_no_text_is_taken_out() {
    check("\u{1b}[1;31merror\u{1b}[0m: no", "error: no");
    check("\u{1b}]0;title\u{7}text", "text");
    check("\u{1b}]8;;http://x\u{1b}\\link\u{1b}]8;;\u{1b}\\ after", "link after");
    check("bell\u{7}\u{0}\u{7f}\u{9b}", "bell");
    check("\u{1b}Pq#0;2;0;0;0\u{1b}\\sixel", "sixel");
    check("\u{1b}(Bascii\u{1b}[?25l\u{1b}[?1049h", "ascii");
    check("before\u{1b}[H\u{1b}[2Jafter", "before\nafter");
    check("N\u{8}NA\u{8}A_\u{8}x", "NAx");
    check("cut\u{1b}[31", "cut");
}

#[test]
fn styles_are_kept_line_by_line_where_they_are_wanted() {
    let kept = |printed: &str| TerminalText::convert(printed, Styles::Kept);
    assert_eq!(
        kept("\u{1b}[31mred\nstill\u{1b}[m no"),
        "\u{1b}[0;31mred\u{1b}[0m\n\u{1b}[0;31mstill\u{1b}[0m no"
    );
    assert_eq!(kept("\u{1b}[1;38;5;200mx\u{1b}[22;39my"), "\u{1b}[0;1;38;5;200mx\u{1b}[0my");
    assert_eq!(kept("\u{1b}[38:2::1:2:3;48;2;4;5;6mx"), "\u{1b}[0;38;2;1;2;3;48;2;4;5;6mx\u{1b}[0m");
    assert_eq!(kept("\u{1b}[91;107mx\u{1b}[0m"), "\u{1b}[0;91;107mx\u{1b}[0m");
    assert_eq!(kept("\u{1b}[8mhidden"), "hidden");
    assert_eq!(without_styles(&kept("a\u{1b}[1;4mb\u{1b}[0mc")), "abc");
}

#[test]
fn a_flood_and_a_line_without_end_are_text_too() {
    let flood = (0..20_000).map(|number| format!("line {number}\n")).collect::<Vec<_>>().concat();
    check(&flood, &flood);
    let endless = "xé".repeat(50_000);
    check(&endless, &endless);
    let mut terminal = TerminalText::default();
    let mut held = 0;
    for _ in 0..1000 {
        terminal.push(&"y".repeat(1000));
        held = held.max(terminal.live().len());
    }
    assert!(held <= 8192, "{held}");
}

#[test]
fn a_line_is_final_at_once_where_nothing_can_be_taken_back() {
    let mut terminal = TerminalText::append_only(Styles::Dropped);
    assert_eq!(terminal.push("one\ntw"), "one\n");
    assert_eq!(terminal.live(), "tw");
    assert_eq!(terminal.push("o\rtwo\n"), "two [2 updates]\n");
    assert_eq!(terminal.finish(), "");
}

proptest! {
    #[test]
    fn any_split_gives_the_same_text(text in "([a-z\r\n\t\u{8}\u{e9}]|\u{1b}\\[[0-9;]{0,4}[mKAGJHC]|\u{1b}\\]0;x\u{7}){0,40}", at in 0usize..200) {
        let at = text.floor_char_boundary(at.min(text.len()));
        for styles in [Styles::Dropped, Styles::Kept] {
            let mut terminal = TerminalText::new(styles);
            let mut pieces = terminal.push(&text[..at]);
            pieces += &terminal.push(&text[at..]);
            pieces += &terminal.finish();
            prop_assert_eq!(pieces, TerminalText::convert(&text, styles));
        }
    }

    #[test]
    fn what_was_converted_stays_as_it_is(text in "([a-z\r\n\t\u{8}]|\u{1b}\\[[0-9;]{0,4}[mKAGJHC]){0,60}") {
        for styles in [Styles::Dropped, Styles::Kept] {
            let once = TerminalText::convert(&text, styles);
            prop_assert_eq!(&TerminalText::convert(&once, styles), &once);
        }
        let kept = TerminalText::convert(&text, Styles::Kept);
        prop_assert_eq!(without_styles(&kept).into_owned(), TerminalText::convert(&text, Styles::Dropped));
    }

    #[test]
    fn nothing_breaks_it(text in "(.|\n|\u{1b}|\\[|\\]|[0-9;:?]){0,300}") {
        let text = TerminalText::convert(&text, Styles::Dropped);
        prop_assert!(!text.chars().any(|c| c.is_control() && c != '\n' && c != '\t'));
    }
}
