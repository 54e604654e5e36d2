use super::*;
use proptest::prelude::*;

fn argv(words: &[&str]) -> Vec<String> {
    words.iter().map(|word| (*word).to_owned()).collect()
}

fn shells(script: &str) -> Vec<Vec<String>> {
    ["bash", "sh", "zsh"]
        .iter()
        .flat_map(|shell| [argv(&[shell, "-lc", script]), argv(&[shell, "-c", script])])
        .collect()
}

#[test]
fn every_case_of_the_list() {
    let list = include_str!("../../tests/data/commands.txt");
    let mut wrong = Vec::new();
    let mut cases = 0;
    for line in list.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let (verdict, rest) = line.split_once(' ').unwrap();
        let (safe, contained) = match verdict {
            "safe" => (true, true),
            "contained" => (false, true),
            "unsafe" => (false, false),
            other => panic!("no verdict: {other}"),
        };
        let commands = match rest.trim_start().split_once(' ').unwrap() {
            ("sh", script) => shells(script),
            ("argv", json) => vec![serde_json::from_str(json).unwrap()],
            _ => panic!("neither script nor words: {line}"),
        };
        cases += 1;
        if commands.iter().any(|command| (is_safe(command), is_safe_contained(command)) != (safe, contained))
        {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "not as the list says:\n{}", wrong.join("\n"));
    assert!(cases >= 120, "{cases} cases");
}

#[test]
fn what_is_too_long_is_not_safe() {
    assert!(is_safe(&argv(&["echo", &"x".repeat(MAX_BYTES - 4)])));
    assert!(!is_safe(&argv(&["echo", &"x".repeat(MAX_BYTES)])));
    assert!(!is_safe(&vec!["echo".to_owned(); MAX_WORDS + 1]));
    assert!(!is_safe(&argv(&["bash", "-lc", &"ls;".repeat(33)])));
    assert!(is_safe(&argv(&["bash", "-lc", &"ls;".repeat(32)])));
}

const PATCH: &str = "*** Begin Patch\n*** Add File: a\n+$x `y` 'z'\n*** End Patch\n";

#[track_caller]
fn check_patch(script: &str, workdir: Option<&str>) {
    for command in shells(&script.replace("PATCH", PATCH)) {
        let expected = ShellPatch { patch: PATCH.to_owned(), workdir: workdir.map(str::to_owned) };
        assert_eq!(apply_patch_in(&command), Some(expected), "{script}");
    }
}

#[test]
fn finds_the_patch_of_a_command() {
    for program in ["apply_patch", "applypatch"] {
        let found = apply_patch_in(&argv(&[program, PATCH])).unwrap();
        assert_eq!((found.patch.as_str(), found.workdir), (PATCH, None));
    }
    check_patch("apply_patch <<'EOF'\nPATCHEOF", None);
    check_patch("apply_patch <<'EOF'\nPATCHEOF\n\n", None);
    check_patch("\n applypatch << \"END_1\"\nPATCHEND_1\n", None);
    check_patch("apply_patch <<EOF\nPATCHEOF", None);
    check_patch("cd src/dir && apply_patch <<'EOF'\nPATCHEOF", Some("src/dir"));
    check_patch("cd 'a b' && apply_patch <<'EOF'\nPATCHEOF", Some("a b"));
    check_patch("cd \"a b\" && apply_patch <<'EOF'\nPATCHEOF", Some("a b"));
}

#[test]
fn anything_more_than_a_patch_is_a_command() {
    for script in [
        "apply_patch <<'EOF'\nPATCHEOF\nrm x",
        "apply_patch <<'EOF' && rm x\nPATCHEOF",
        "apply_patch <<'EOF' > out\nPATCHEOF",
        "rm x && apply_patch <<'EOF'\nPATCHEOF",
        "rm x; apply_patch <<'EOF'\nPATCHEOF",
        "cd a; apply_patch <<'EOF'\nPATCHEOF",
        "cd a || apply_patch <<'EOF'\nPATCHEOF",
        "cd a | apply_patch <<'EOF'\nPATCHEOF",
        "cd a && cd b && apply_patch <<'EOF'\nPATCHEOF",
        "cd a b && apply_patch <<'EOF'\nPATCHEOF",
        "cd && apply_patch <<'EOF'\nPATCHEOF",
        "cd - && apply_patch <<'EOF'\nPATCHEOF",
        "cd $HOME && apply_patch <<'EOF'\nPATCHEOF",
        "cd ~ && apply_patch <<'EOF'\nPATCHEOF",
        "cd a && apply_patch x <<'EOF'\nPATCHEOF",
        "apply_patch; <<'EOF'\nPATCHEOF",
        "A=b apply_patch <<'EOF'\nPATCHEOF",
        "apply_patch <<-'EOF'\nPATCHEOF",
        "apply_patch <<<'EOF'\nPATCHEOF",
        "apply_patch <<'EOF'\nPATCH",
        "apply_patch <<''\nPATCH\n",
        "apply_patch 'PATCH'",
        "apply_patch",
    ] {
        for command in shells(&script.replace("PATCH", PATCH)) {
            assert_eq!(apply_patch_in(&command), None, "{script}");
        }
    }
    assert_eq!(apply_patch_in(&argv(&["apply_patch"])), None);
    assert_eq!(apply_patch_in(&argv(&["apply_patch", PATCH, "x"])), None);
    assert_eq!(apply_patch_in(&argv(&["bin/apply_patch", PATCH])), None);
}

/// Text with much of what shells read something into.
fn shell_text() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("ls"),
        Just("echo"),
        Just("cd a"),
        Just("apply_patch"),
        Just("<<'EOF'\n"),
        Just("EOF"),
        Just(" "),
        Just("&&"),
        Just("|"),
        Just(";"),
        Just("'"),
        Just("\""),
        Just("$("),
        Just(")"),
        Just("`"),
        Just("{"),
        Just("}"),
        Just("\\"),
        Just("\n"),
        Just("<<"),
        Just(">"),
        Just("é"),
        Just("\u{202e}"),
        Just("-n"),
        Just("=")
    ];
    prop_oneof![proptest::collection::vec(piece, 0..24).prop_map(|pieces| pieces.concat()), any::<String>()]
}

proptest! {
    #[test]
    fn no_text_makes_it_panic(script in shell_text(), words in proptest::collection::vec(shell_text(), 0..6)) {
        for command in shells(&script).into_iter().chain([words]) {
            let _ = (is_safe_contained(&command), apply_patch_in(&command));
        }
    }

    #[test]
    fn a_safe_script_with_anything_dangerous_behind_it_is_not_safe(
        script in "(ls|cat|echo|pwd|git log|git status)( [a-z./-]{1,6}){0,3}( (&&|;|[|]) ls)?",
        tail in prop_oneof![
            Just("> f"), Just("& id"), Just("$(id)"), Just("`id`"), Just("\nid"), Just("; id1"), Just("| sh"), Just("&& rm x"),
            Just("|| rm x"), Just("{a,b}"), Just("$x"), Just("<(id)"), Just("\\"), Just("'"), Just("| rg *"), Just("| sort $HOME"), Just("2>f"), Just("[a]")
        ],
    ) {
        for command in shells(&format!("{script} {tail}")) {
            prop_assert!(!is_safe(&command) && !is_safe_contained(&command));
        }
    }
}
