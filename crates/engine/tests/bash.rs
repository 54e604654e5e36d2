//! Comparison of the parser with a real bash: its words against the arguments that bash passes.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on should stop there")]

use engine::command::{Operator, PlainScript, ReadScript, ShellWord, plain, widened};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngAlgorithm, TestError, TestRunner};
use std::collections::BTreeSet;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Scripts that are compared at least, and how many are made for one bash.
const SCRIPTS: usize = 10_000;
const AT_ONCE: usize = 1_000;

/// Tells the arguments of every command instead of running it: each name is a function that tells, and what is no such name is
/// not found, which is told too. Files, variables and a home are there to be expanded.
const HARNESS: &str = r#"
PATH=/nowhere HOME=/home/x x=1 a=2
exec 3>&1 >/dev/null 2>&1 </dev/null
names=$1
shift
command_not_found_handle() { printf '%s\0' command "$#" "$@" >&3; return $status; }
for name in $names; do
    eval "function $name { printf '%s\0' command \$((\$# + 1)) '$name' \"\$@\" >&3; return \$status; }"
done
for script; do
    for status in 0 1; do
        printf '%s\0' script >&3
        eval "$script"
    done
done
"#;

/// Builtins that the harness keeps for itself.
const OWN: [&str; 4] = ["eval", "printf", "return", "shift"];

type Words = Vec<String>;

/// The commands of each script, when every command succeeds and when every one fails.
fn passed(scripts: &[String], names: &str) -> Vec<[Vec<Words>; 2]> {
    let folder = tempfile::tempdir().unwrap();
    for name in ["a", "b", "ab", "x", "-n", ".a", "1"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    let output = Command::new("bash")
        .args(["--noprofile", "--norc", "-c", HARNESS, "bash", names])
        .args(scripts)
        .env_clear()
        .env("LC_ALL", "C.UTF-8")
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    let mut told = told.split_terminator('\0');
    let mut runs: Vec<Vec<Words>> = Vec::new();
    while let Some(kind) = told.next() {
        match kind {
            "script" => runs.push(Vec::new()),
            "command" => {
                let count: usize = told.next().unwrap().parse().unwrap();
                let words = told.by_ref().take(count).map(str::to_owned).collect();
                runs.last_mut().unwrap().push(words);
            }
            other => panic!("bash told {other:?}"),
        }
    }
    assert_eq!(
        runs.len(),
        2 * scripts.len(),
        "bash ended early: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    runs.chunks(2).map(|runs| [runs[0].clone(), runs[1].clone()]).collect()
}

/// The commands that run when every command succeeds, or when every one fails.
fn run_of(script: &PlainScript, all_succeed: bool) -> Vec<Words> {
    let mut runs = true;
    let operators = std::iter::once(&Operator::Then).chain(&script.operators);
    let run = script.commands.iter().zip(operators).filter(|(_, operator)| {
        runs = match operator {
            Operator::Then => true,
            Operator::And => all_succeed,
            Operator::Or => !all_succeed,
            Operator::Pipe => runs,
        };
        runs
    });
    run.map(|(words, _)| words.clone()).collect()
}

fn check(scripts: &[String], read: &AtomicUsize) -> Result<(), TestCaseError> {
    // a path would be started, and what the harness needs would not be told
    let is_told = |words: &Words| !words[0].contains('/') && !OWN.contains(&words[0].as_str());
    let (scripts, plains): (Vec<String>, Vec<PlainScript>) = scripts
        .iter()
        .filter_map(|script| Some((script.clone(), plain(script)?)))
        .filter(|(_, plain)| plain.commands.iter().all(is_told))
        .unzip();
    read.fetch_add(scripts.len(), Ordering::Relaxed);
    let names: BTreeSet<&str> =
        plains.iter().flat_map(|plain| &plain.commands).map(|words| words[0].as_str()).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(" ");
    for ((script, plain), mut passed) in scripts.iter().zip(plains).zip(passed(&scripts, &names)) {
        let mut expected = [run_of(&plain, true), run_of(&plain, false)];
        if plain.operators.contains(&Operator::Pipe) {
            // the commands of a pipe tell at the same time
            passed.iter_mut().chain(&mut expected).for_each(|run| run.sort());
        }
        prop_assert_eq!(passed, expected, "{}", script);
    }
    Ok(())
}

/// Reports whether bash passed what the words may become.
fn fits(words: &[ShellWord], passed: &[String]) -> bool {
    let Some((word, rest)) = words.split_first() else { return passed.is_empty() };
    match word {
        ShellWord::Exact(text) => passed.first() == Some(text) && fits(rest, &passed[1..]),
        ShellWord::PatternFrom(first) => {
            let most = passed.iter().take_while(|word| word.starts_with(*first)).count();
            (1..=most).any(|count| fits(rest, &passed[count..]))
        }
        ShellWord::Any => (0..=passed.len()).any(|count| fits(rest, &passed[count..])),
    }
}

fn check_widened(scripts: &[String], read: &AtomicUsize) -> Result<(), TestCaseError> {
    let name = |words: &[ShellWord]| match words.first() {
        Some(ShellWord::Exact(name)) => name.clone(),
        _ => panic!("the name of a program is known"),
    };
    let is_told = |words: &Vec<ShellWord>| !name(words).contains('/') && !OWN.contains(&name(words).as_str());
    let (scripts, found): (Vec<String>, Vec<ReadScript>) = scripts
        .iter()
        .filter_map(|script| Some((script.clone(), widened(script)?)))
        // one command at a time: which of several run is what the other test looks at
        .filter(|(_, found)| found.commands.len() == 1 && found.commands.iter().all(is_told))
        .unzip();
    read.fetch_add(scripts.len(), Ordering::Relaxed);
    let names: BTreeSet<String> = found.iter().map(|found| name(&found.commands[0])).collect();
    let names = names.into_iter().collect::<Vec<_>>().join(" ");
    for ((script, found), passed) in scripts.iter().zip(found).zip(passed(&scripts, &names)) {
        for run in passed {
            prop_assert_eq!(run.len(), 1, "{}", script);
            prop_assert!(fits(&found.commands[0], &run[0]), "{}: {:?} passed {:?}", script, found, run);
        }
    }
    Ok(())
}

/// A word with what a shell makes others of, or takes the meaning from.
fn open_word() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        3 => "[a-z0-9./_-]{1,3}",
        2 => prop_oneof![Just("*"), Just("?"), Just("~"), Just("~/"), Just("\\(" ), Just("\\)"), Just("\\*"), Just("\\;"), Just("\\ ")]
            .prop_map(str::to_owned),
        2 => prop_oneof![Just("$HOME"), Just("${PWD}"), Just("$USER"), Just("$x"), Just("\"$HOME/a b\""), Just("$PATH:a")]
            .prop_map(str::to_owned),
    ];
    proptest::collection::vec(piece, 1..4).prop_map(|pieces| pieces.concat())
}

fn open_script() -> impl Strategy<Value = String> {
    let redirection = prop_oneof![
        4 => Just(""),
        1 => Just(" 2>/dev/null"),
        1 => Just(" >/dev/null 2>&1"),
        1 => Just(" > /dev/null"),
        1 => Just(" </dev/null"),
        1 => Just("2>/dev/null"),
        1 => Just(" >f"),
    ];
    (name(), proptest::collection::vec(prop_oneof![open_word(), word()], 0..4), redirection).prop_map(
        |(name, words, redirection)| {
            words.into_iter().fold(name, |script, word| script + " " + &word) + redirection
        },
    )
}

/// A word in one of its ways to be written, often with what shells read something into.
fn word() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[a-zA-Z0-9%+,./:@_é-]{1,6}",
        2 => "-{1,2}[a-z]{1,5}",
        3 => "'[ a-z$`\"\\\\*?{}()|&;<>!#~=\\[\\]é\u{a0}世]{0,8}'",
        3 => "\"[ a-z'*?{}()|&;<>#~=,\\[\\]é世^%]{0,8}\"",
        1 => "[0-9]{1,3}",
        1 => Just("''".to_owned()),
        1 => Just("\"\"".to_owned()),
    ]
}

/// The first word of a command: any, or one that means something to bash.
fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        16 => "[a-z][a-z0-9_-]{0,5}",
        1 => prop_oneof![
            Just("ls"), Just("echo"), Just("cd"), Just("test"), Just("exec"), Just("source"), Just("time"), Just("if"), Just("do"),
            Just("case"), Just("for"), Just("function"), Just("coproc"), Just("then"), Just("fi"), Just("in"), Just("select"),
        ].prop_map(str::to_owned),
    ]
}

fn command() -> impl Strategy<Value = String> {
    (name(), proptest::collection::vec((" {1,2}", word()), 0..4)).prop_map(|(name, words)| {
        words.into_iter().fold(name, |command, (space, word)| command + &space + &word)
    })
}

/// A script that is mostly plain, and sometimes has something put in that shells read something into.
fn script() -> impl Strategy<Value = String> {
    let operator = prop_oneof![
        Just(" && "),
        Just("&&"),
        Just(" || "),
        Just("||"),
        Just("; "),
        Just(";"),
        Just(" | "),
        Just("|"),
        Just(" ;"),
        Just("  |  ")
    ];
    let rest = proptest::collection::vec((operator, command()), 0..4);
    let put_in = prop_oneof![
        Just("$"),
        Just("\\"),
        Just("\""),
        Just("'"),
        Just("`"),
        Just("{a,b}"),
        Just("*"),
        Just("?"),
        Just("[ab]"),
        Just("~"),
        Just("="),
        Just("#"),
        Just("!"),
        Just(">"),
        Just("<"),
        Just("&"),
        Just("("),
        Just(")"),
        Just("\n"),
        Just("\t"),
        Just(" "),
        Just(";"),
        Just("|"),
        Just("$x"),
        Just("$'\\n'"),
        Just("\\ "),
        Just("^"),
        Just("\u{a0}"),
        Just("''"),
        Just("}"),
        Just("]"),
    ];
    let change = prop_oneof![
        3 => Just(None),
        1 => (any::<prop::sample::Index>(), put_in).prop_map(Some),
    ];
    (command(), rest, prop_oneof![4 => Just(""), 1 => Just(";"), 1 => Just(" \n")], change).prop_map(
        |(first, rest, end, change)| {
            let mut script =
                rest.into_iter().fold(first, |script, (operator, next)| script + operator + &next) + end;
            if let Some((at, put_in)) = change {
                let places: Vec<usize> = script.char_indices().map(|(place, _)| place).collect();
                script.insert_str(*at.get(&places), put_in);
            }
            script
        },
    )
}

/// Checks scripts, many to a bash, and at least `least` that are understood.
fn check_scripts(
    script: impl Strategy<Value = String>,
    least: usize,
    check: impl Fn(&[String], &AtomicUsize) -> Result<(), TestCaseError>,
) {
    if Command::new("bash").args(["-c", "true"]).stdout(Stdio::null()).status().is_err() {
        eprintln!("SKIPPED: there is no bash");
        return;
    }
    let read = AtomicUsize::new(0);
    let made = u32::try_from(2 * SCRIPTS / AT_ONCE).unwrap();
    let mut runner = TestRunner::new(Config {
        cases: made,
        failure_persistence: None,
        // every try is a bash of its own, and the failure names its script
        max_shrink_iters: 0,
        // much cheaper than the default without optimisations
        rng_algorithm: RngAlgorithm::XorShift,
        ..Config::default()
    });
    let outcome = runner.run(&proptest::collection::vec(script, AT_ONCE), |scripts| check(&scripts, &read));
    if let Err(TestError::Fail(why, _)) = outcome {
        panic!("{why}");
    }
    let read = read.into_inner();
    assert!(read >= least, "only {read} scripts were understood");
}

#[test]
fn b14_the_words_are_the_arguments_that_bash_passes() {
    check_scripts(script(), SCRIPTS, check);
}

#[test]
fn b14_patterns_and_variables_become_what_was_foreseen() {
    check_scripts(open_script(), SCRIPTS / 4, check_widened);
}
