mod world;

use super::*;
use futures_util::StreamExt;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use world::{World, all, none};

fn sample() -> World {
    let world = World::empty();
    write_sample(world.dir()).unwrap();
    world
}

fn tests_pass(world: &World) -> bool {
    Command::new("sh").arg("tests/run.sh").current_dir(world.dir()).output().unwrap().status.success()
}

#[track_caller]
fn check_says(said: &str, wanted: &[&str]) {
    for wanted in wanted {
        assert!(said.contains(wanted), "{wanted:?} is not in:\n{said}");
    }
}

#[test]
fn b40_fixes_the_failing_test_of_the_sample() {
    let mut world = sample();
    assert!(!tests_pass(&world), "the sample begins with a bug");
    let said = world.person_says("Fix the failing test");
    check_says(
        &said,
        &["**All tests pass**: 24 passed, 0 failed.", "- `lib/clock.sh`", "- `CHANGELOG.md`", "```sh"],
    );
    assert!(tests_pass(&world));
    assert_eq!(world.proposals.len(), 1);
    assert_eq!((world.proposals[0].files.len(), world.proposals[0].hunks().count()), (6, 7));
    let plan = world.plans.last().unwrap();
    assert!(plan.plan.iter().all(|step| step.status == protocol::StepStatus::Completed), "{plan:?}");
    assert_eq!(world.plans.len(), 4);

    let said = world.person_says("fix the failing test, please");
    check_says(&said, &["There is nothing to fix"]);
    assert_eq!(world.proposals.len(), 1);
}

#[test]
fn b40_hears_which_hunks_were_declined() {
    let mut world = sample();
    world.note = Some("the log is mine".to_owned());
    world.accepts = Box::new(|file, _| file.path != "CHANGELOG.md");
    let changes = world.read("CHANGELOG.md");
    let said = world.person_says("Fix the failing test");
    check_says(
        &said,
        &[
            "**All tests pass**",
            "What you declined",
            "\n- `CHANGELOG.md`: mentions it",
            "“the log is mine”",
            "does without it",
        ],
    );
    assert!(tests_pass(&world));
    assert_eq!(world.read("CHANGELOG.md"), changes);
}

#[test]
fn b40_says_what_does_not_work_without_a_declined_hunk_and_proposes_just_that_when_asked() {
    let mut world = sample();
    world.accepts = Box::new(|file, _| file.path != "lib/text.sh");
    let said = world.person_says("Fix the failing test");
    check_says(
        &said,
        &["**Not every test passes**", "number", "\n- `lib/text.sh`: adds `number`", "Say `try again`"],
    );
    assert!(
        world.plans.last().unwrap().plan.iter().any(|step| step.status == protocol::StepStatus::InProgress)
    );

    world.accepts = all();
    let said = world.person_says("Try again");
    check_says(&said, &["**All tests pass**", "- `lib/text.sh`"]);
    assert_eq!(world.proposals[1].hunks().count(), 1);
    assert!(tests_pass(&world));
}

#[test]
fn b40_takes_an_edited_hunk_for_what_it_is() {
    let mut world = sample();
    world.edits.insert("CHANGELOG.md".to_owned(), "- Octal is for octopuses.".to_owned());
    let said = world.person_says("Fix the failing test");
    check_says(&said, &["**All tests pass**", "your own text was written:\n\n- `CHANGELOG.md`"]);
    check_says(&world.read("CHANGELOG.md"), &["octopuses"]);
}

#[test]
fn b40_a_patch_that_is_declined_as_a_whole_leaves_everything_as_it_was() {
    let mut world = sample();
    let before = world.files();
    world.accepts = none();
    world.note = Some("not today".to_owned());
    let said = world.person_says("Fix the failing test");
    check_says(&said, &["You declined all of it", "20 passed, 1 failed", "“not today”"]);
    assert_eq!(world.files(), before);
}

#[test]
fn b40_adds_a_total_to_the_report_before_and_after_the_fix() {
    let mut world = sample();
    let said = world.person_says("Add a total to the report");
    check_says(&said, &["**Not every test passes**: 21 passed, 1 failed", "08:30", "That was so before"]);
    check_says(&world.person_says("Fix the failing test"), &["**All tests pass**: 25 passed"]);
    check_says(&world.person_says("Add a total to the report"), &["That is in already, and the tests pass"]);
    let mut report = Command::new("sh");
    let report =
        report.args(["daybook", "report"]).env("DAYBOOK", "examples/march.txt").current_dir(world.dir());
    let report = report.output().unwrap();
    assert_eq!(
        String::from_utf8(report.stdout).unwrap(),
        "guide      6h 40m\npost       1h 10m\nreview     3h 10m\n-----------------\ntotal      11h 00m\n"
    );
}

#[test]
fn b40_a_declined_hunk_that_matters_shows_in_the_tests() {
    let mut world = sample();
    world.accepts = Box::new(|file, hunk| file.path != "lib/report.sh" || hunk.old_start < 10);
    let said = world.person_says("Add a total to the report");
    check_says(
        &said,
        &[
            "20 passed, 2 failed",
            "the total: wanted",
            "- `lib/report.sh`: prints it",
            "The rest needs some of that",
        ],
    );
}

#[test]
fn b40_every_suggestion_works_on_the_sample_in_any_order() {
    for turned in 0..SUGGESTED_PROMPTS.len() {
        let mut world = sample();
        for at in 0..SUGGESTED_PROMPTS.len() {
            world.person_says(SUGGESTED_PROMPTS[(turned + at) % SUGGESTED_PROMPTS.len()]);
        }
        assert_eq!(world.proposals.len(), 3, "beginning with {:?}", SUGGESTED_PROMPTS[turned]);
        assert!(tests_pass(&world));
        check_says(&world.read("lib/report.sh"), &["total"]);
        check_says(&world.read("lib/book.sh"), &["warn \"not a time"]);
    }
}

#[test]
fn b40_knows_the_sample_from_any_other_folder() {
    let mut world = World::empty();
    world.write("main.c", "int main() {}\n");
    check_says(&world.person_says("Fix the failing test"), &["this folder is another one"]);
    let mut world = sample();
    world.write("lib/clock.sh", "# rewritten\n");
    check_says(
        &world.person_says("Fix the failing test"),
        &["**Not every test passes**", "is_time: not found"],
    );
    assert!(
        world.said(
            "Some places look different from what I know, and I leave them alone:\n\n- `lib/clock.sh`:"
        )
    );
    check_says(&world.person_says("Fix the failing test"), &["The files no longer look the way I know them"]);
}

#[test]
fn b40_says_what_it_is_when_asked_for_anything_else() {
    let mut world = World::empty();
    check_says(
        &world.person_says("Write me a compiler"),
        &["There is no language model", "rename OLD to NEW"],
    );
    check_says(&world.person_says("try again"), &["There is no language model"]);
    check_says(&world.person_says("rename foo"), &["I need two names"]);
    assert_eq!(next(&world::prompt(Vec::new())), [PracticeOutput::Text(ask::INTRODUCTION.to_owned())]);
}

#[test]
fn b40_stops_when_a_command_is_not_allowed_to_run() {
    let mut world = sample();
    world.refuse = Some("exec command rejected by user\nnote from the person: no tests now".to_owned());
    world.note = Some("no tests now".to_owned());
    let said = world.person_says("Fix the failing test");
    check_says(&said, &["exec command rejected by user", "“no tests now”", "I stop here"]);
    assert!(world.proposals.is_empty());
}

#[test]
fn b40_an_interrupted_task_is_taken_up_again_from_the_files() {
    let mut world = sample();
    world.abort_after = Some(4);
    world.person_says("Fix the failing test");
    check_says(&world.person_says("What is the weather?"), &["There is no language model"]);
    check_says(&world.person_says("continue"), &["**All tests pass**"]);
}

#[test]
fn b5_what_is_said_while_it_works_is_owned_up_to() {
    let mut world = sample();
    world.interjection = Some("and mind the tabs".to_owned());
    let said = world.person_says("Fix the failing test");
    check_says(&said, &["**All tests pass**", "While I worked you said: “and mind the tabs”"]);
    assert_eq!(world.proposals.len(), 1);
}

/// A tree with everything that makes renaming hard.
fn tangle() -> (World, BTreeMap<String, String>) {
    let world = World::empty();
    let mut long = String::new();
    for line in 0..1500 {
        let _ = match line % 5 {
            0 => writeln!(long, "    let total = old_name(old_name, {line});"),
            1 => writeln!(long, "    same(old_name);"),
            _ => writeln!(long, "    // line {line} of old_names and my_old_name"),
        };
    }
    let wide = format!("x = \"{}\"; old_name();\nold_name(2);\n", "y".repeat(30_000));
    let medium =
        (0..40).fold(String::new(), |text, n| text + &format!("old_name({n}, \"{}\");\n", "z".repeat(900)));
    let files = [
        ("src/long.rs", long.as_str()),
        ("src/crlf.txt", "one old_name\r\ntwo\r\nold_name\r\nold_name\r\n"),
        ("src/no newline", "old_name"),
        ("it's/odd: 7:name.md", "`old_name` is old\n\nold_name-ish, $old_name\n"),
        ("medium.js", &medium),
        ("dashes.txt", "- old_name\n+ old_name\n*** End Patch old_name\n@@ old_name\n\told_name \n"),
        ("untouched.rs", "fn old_names() {}\n"),
        ("wide.js", &wide),
    ];
    let mut wanted = BTreeMap::new();
    for (path, text) in files {
        world.write(path, text);
        let text = text.replace("old_name", "new_name");
        let text = text.replace("new_names", "old_names").replace("my_new_name", "my_old_name");
        wanted.insert(path.to_owned(), text);
    }
    // of the wide file, only the line that can be read
    wanted.insert("wide.js".to_owned(), wide.replace("old_name(2)", "new_name(2)"));
    for kept in [".git/HEAD", "target/x.rs", "web/node_modules/x.js"] {
        world.write(kept, "old_name\n");
        wanted.insert(kept.to_owned(), "old_name\n".to_owned());
    }
    (world, wanted)
}

#[test]
fn b40_renames_a_word_everywhere_through_pages_and_long_lines() {
    let (mut world, wanted) = tangle();
    let said = world.person_says("rename old_name to new_name");
    let files = world.files();
    for (path, text) in &wanted {
        assert!(files.get(path) == Some(text), "{path} is not as it should be");
    }
    assert_eq!(files.len(), wanted.len());
    // 300 * 2 + 300 in the long file, 3 + 1 + 3 + 40 + 5 + 1 elsewhere
    check_says(
        &said,
        &["Renamed `old_name` to `new_name` in 953 places.", "- `src/long.rs`: 600 lines", "1 line too long"],
    );
    assert!(world.proposals[0].hunks().count() > 300);
    check_says(&world.person_says("rename old_name to new_name in src"), &["is in no text file in `src`"]);
}

#[test]
fn b40_renames_in_one_place_only_and_minds_a_name_that_is_taken() {
    let mut world = World::empty();
    world.write("src/a.rs", "old(); new();\n");
    world.write("src/sub/old.rs", "old();\n");
    world.write("doc.md", "old\n");
    let said = world.person_says("rename `old` to `new` in src");
    check_says(
        &said,
        &["in 2 places", "`new` was in use before", "names of files stay as they are: `src/sub/old.rs`"],
    );
    assert_eq!(world.read("doc.md"), "old\n");
    check_says(&world.person_says("rename old to new in doc.md"), &["in 1 place."]);
    assert_eq!(world.read("doc.md"), "new\n");
}

#[test]
fn b40_a_rename_with_declined_hunks_names_what_is_left() {
    let mut world = World::empty();
    world.write("a.txt", "old\nx\nold\n");
    world.write("b.txt", "old old\n");
    world.accepts = Box::new(|file, hunk| file.path == "a.txt" && hunk.old_start == 0);
    let said = world.person_says("rename old to new");
    check_says(
        &said,
        &[
            "in 1 place.",
            "3 places stayed as they were",
            "- `a.txt:3`",
            "- `b.txt:1`",
            "you left these hunks out",
        ],
    );
    assert_eq!(
        (world.read("a.txt"), world.read("b.txt")),
        ("new\nx\nold\n".to_owned(), "old old\n".to_owned())
    );

    world.accepts = none();
    check_says(&world.person_says("rename old to new"), &["You declined the patch"]);
}

#[test]
fn b40_a_rename_that_does_not_apply_is_made_anew_from_the_files() {
    let mut world = World::empty();
    world.write("a.txt", "one old\n");
    world.before_patch.push(Box::new(|dir| fs::write(dir.join("a.txt"), "two old\nold\n").unwrap()));
    let said = world.person_says("rename old to new");
    check_says(&said, &["in 2 places."]);
    assert_eq!(world.read("a.txt"), "two new\nnew\n");
}

#[test]
fn b40_files_that_cannot_be_patched_are_left_out_and_named() {
    let mut world = World::empty();
    world.write("a.txt", "old\n");
    fs::write(world.dir().join("latin1.txt"), b"caf\xe9 \xe9old old\n").unwrap();
    // only the line with the name is read; that the file is not UTF-8 elsewhere shows when it is patched
    fs::write(world.dir().join("hidden.txt"), b"caf\xe9\nold\n").unwrap();
    let said = world.person_says("rename old to new");
    check_says(
        &said,
        &["in 1 place.", "- `a.txt`: 1 line", "- `hidden.txt`: the patch does not apply", "Left out"],
    );
    assert_eq!(world.read("a.txt"), "new\n");
}

#[test]
fn b40_lists_the_todos() {
    let mut world = World::empty();
    world.write("src/a.rs", "// TODO: one\nfn todo() {}\n/* FIXME(me) two */\n");
    world.write("b.sh", "# XXX\n# TODOS are none\n");
    world.write("target/c.rs", "// TODO: not this\n");
    world.write("d.js", &format!("{} // TODO three\n", "d".repeat(50_000)));
    let said = world.person_says("list the todos");
    check_says(
        &said,
        &[
            "3 notes in 2 files (1 TODO, 1 FIXME, 1 XXX).",
            "**src/a.rs**\n\n- `src/a.rs:1` TODO: one\n- `src/a.rs:3` FIXME(me) two",
            "- `b.sh:1` XXX",
        ],
    );
    let many = (0..700).fold(String::new(), |text, n| text + &format!("TODO {n} {}\n", "m".repeat(n % 90)));
    world.write("many.txt", &many);
    check_says(&world.person_says("list the todos"), &["703 notes in 3 files", "... and 603 more"]);
    let mut world = World::empty();
    world.write("a", "done\n");
    check_says(&world.person_says("list the todos"), &["Nothing in here"]);
}

#[test]
fn b40_says_what_is_in_a_folder() {
    let mut world = sample();
    let said = world.person_says("What is in here?");
    check_says(
        &said,
        &["**Daybook**: A log of where your hours go", "15 files, 3 of them here", "tests/\n", "| `.sh` |"],
    );
    let mut world = World::empty();
    check_says(&world.person_says("What is in here?"), &["There is no file"]);
    for n in 0..900 {
        world.write(&format!("{}/{n}.txt", n % 60), "");
    }
    check_says(&world.person_says("What is in here?"), &["900 files, 0 of them here", "... 20 more"]);
}

#[test]
fn b14_what_it_reads_with_is_known_to_be_safe() {
    let (mut world, _) = tangle();
    world.person_says("rename old_name to new_name");
    world.person_says("list the todos");
    let unsafe_ones: Vec<_> = world.commands.iter().filter(|argv| !engine::command::is_safe(argv)).collect();
    assert!(unsafe_ones.is_empty(), "{unsafe_ones:?}");
}

#[test]
fn b40_streams_what_it_says_and_ends() {
    let mut world = sample();
    world.person_says("Fix the failing test");
    let model = Practice { delay: Duration::ZERO };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
    for prompt in &world.prompts {
        let events: Vec<StreamEvent> = runtime.block_on(model.stream(Arc::new(prompt.clone())).collect());
        assert_eq!(events.iter().filter(|event| event.is_last()).count(), 1);
        assert!(events.last().is_some_and(StreamEvent::is_last));
        let (mut text, mut reasoning) = (String::new(), String::new());
        for event in events {
            match event {
                StreamEvent::TextDelta(delta) => text += &delta,
                StreamEvent::ReasoningDelta(delta) => reasoning += &delta,
                StreamEvent::Event(ModelEvent::ItemDone(Item::AgentMessage { text: whole, .. })) => {
                    assert_eq!(std::mem::take(&mut text), whole);
                }
                StreamEvent::Event(ModelEvent::ItemDone(Item::Reasoning { summary, .. })) => {
                    assert_eq!(std::mem::take(&mut reasoning), summary.concat());
                }
                _ => {}
            }
        }
        assert_eq!(text + &reasoning, "", "every delta belongs to an item");
    }
}

#[test]
fn the_sample_is_never_written_over_anything() {
    let world = World::empty();
    world.write("README.md", "mine\n");
    let error = write_sample(world.dir()).unwrap_err();
    assert!(error.to_string().contains("is not empty"), "{error}");
    assert_eq!(world.read("README.md"), "mine\n");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let dir = world.dir().join("new/folder");
        write_sample(&dir).unwrap();
        let mode = |name: &str| fs::metadata(dir.join(name)).unwrap().permissions().mode() & 0o111;
        assert_eq!((mode("daybook"), mode("README.md")), (0o111, 0));
    }
}
