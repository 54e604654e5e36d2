//! The sample project, and the two conversations that are written down for it.
//!
//! What is proposed is made from the files as they are at that moment: a change that is in already is not proposed again, so
//! a person can decline hunks, ask once more, and get what is missing.

use super::rename::heard;
use super::talk::{Flow, Patched, Ran, Talk};
use include_dir::{Dir, DirEntry, include_dir};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::{fs, io};

static FILES: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/sample");

/// Files by which the sample is known.
const KNOWN_BY: [&str; 3] = ["daybook", "lib/clock.sh", "tests/run.sh"];

/// Writes the sample project into a folder, which is created. One that holds anything is left alone, with an error.
pub fn write_sample(dir: &Path) -> io::Result<()> {
    fs::create_dir_all(dir)?;
    if fs::read_dir(dir)?.next().is_some() {
        let what =
            format!("the folder {} is not empty, so the sample project is not written there", dir.display());
        return Err(io::Error::new(io::ErrorKind::DirectoryNotEmpty, what));
    }
    write_entries(&FILES, dir)
}

fn write_entries(from: &Dir<'_>, dir: &Path) -> io::Result<()> {
    for entry in from.entries() {
        let path = dir.join(entry.path());
        match entry {
            DirEntry::Dir(folder) => {
                fs::create_dir_all(&path)?;
                write_entries(folder, dir)?;
            }
            DirEntry::File(file) => {
                fs::write(&path, file.contents())?;
                #[cfg(unix)]
                if file.contents().starts_with(b"#!") {
                    use std::os::unix::fs::PermissionsExt;
                    fs::set_permissions(&path, fs::Permissions::from_mode(0o755))?;
                }
            }
        }
    }
    Ok(())
}

/// A conversation about a change of the sample.
pub(super) struct SampleJob {
    /// True when the job is done once the tests pass.
    mends_tests: bool,
    steps: [&'static str; 3],
    /// Files it reads before it changes anything.
    reads: &'static [&'static str],
    /// Finding, as reasoning.
    reasoning: &'static str,
    cause: &'static str,
    edits: &'static [SampleEdit],
    /// Hint at what the person should look at in the end.
    check: &'static str,
}

/// One change of one file.
struct SampleEdit {
    path: &'static str,
    what: &'static str,
    /// Lines before it, which stay.
    after: &'static str,
    /// Lines taken out.
    old: &'static str,
    /// Lines put in.
    new: &'static str,
}

/// "Fix the failing test".
pub(super) const FIX: SampleJob = SampleJob {
    mends_tests: true,
    steps: ["Find out why the test fails", "Propose a fix", "Run the tests again"],
    reads: &[
        "lib/text.sh",
        "lib/clock.sh",
        "lib/calendar.sh",
        "tests/clock_test.sh",
        "tests/calendar_test.sh",
        "CHANGELOG.md",
    ],
    reasoning: "**Why 08:30 and not 07:15**\n\n07:15 works and 08:30 does not. Both go through the same arithmetic. To a shell a \
                number that begins with 0 is octal: 07 is 7 by luck, 08 and 09 are not numbers at all. Dates have the \
                same leading zeros, so `weekday` must fail in August and September, and on the 8th and 9th.",
    cause: "The cause is in `lib/clock.sh`: `minutes_of` calculates with `08`, and the shell takes a number with a leading \
            zero for octal, where there is no 8.\n\n`weekday` in `lib/calendar.sh` makes the same mistake with months and \
            days. No test covers that yet. I propose to mend both, with a test for each:",
    edits: &[
        SampleEdit {
            path: "lib/text.sh",
            what: "adds `number`, which takes off a leading zero",
            after: "pad() {\n    printf \"%-${1}s\" \"$2\"\n}\n",
            old: "",
            new: "\n# number DIGITS: two digits as a number. With its leading zero the shell would take it for octal.\nnumber() {\n    \
                  set -- \"${1#0}\"\n    echo \"${1:-0}\"\n}\n",
        },
        SampleEdit {
            path: "lib/clock.sh",
            what: "uses it for hours and minutes",
            after: "minutes_of() {\n",
            old: "    echo $((${1%:*} * 60 + ${1#*:}))\n",
            new: "    echo $(($(number \"${1%:*}\") * 60 + $(number \"${1#*:}\")))\n",
        },
        SampleEdit {
            path: "lib/calendar.sh",
            what: "uses it for months and days",
            after: "    rest=${1#*-}\n",
            old: "    month=${rest%-*}\n    day=${rest#*-}\n",
            new: "    month=$(number \"${rest%-*}\")\n    day=$(number \"${rest#*-}\")\n",
        },
        SampleEdit {
            path: "tests/clock_test.sh",
            what: "tests a time with two leading zeros",
            after: "expect \"08:30 in minutes\" 510 \"$(minutes_of 08:30)\"\n",
            old: "",
            new: "expect \"09:09 in minutes\" 549 \"$(minutes_of 09:09)\"\n",
        },
        SampleEdit {
            path: "tests/clock_test.sh",
            what: "tests a span between such times",
            after: "expect \"a span within a day\" 105 \"$(span 10:15 12:00)\"\n",
            old: "",
            new: "expect \"a span in the morning\" 84 \"$(span 08:05 09:29)\"\n",
        },
        SampleEdit {
            path: "tests/calendar_test.sh",
            what: "tests a day in August",
            after: "expect \"a leap day\" Thursday \"$(weekday 2024-02-29)\"\n",
            old: "",
            new: "expect \"the eighth of August\" Friday \"$(weekday 2025-08-08)\"\n",
        },
        SampleEdit {
            path: "CHANGELOG.md",
            what: "mentions it",
            after: "- `daybook day` names the day of the week.\n",
            old: "",
            new: "- Times and dates with an `08` or `09` in them add up.\n",
        },
    ],
    check: "Try it on the example, where it used to count 72 hours for the guide:\n\n```sh\nDAYBOOK=examples/march.txt sh \
            daybook report\n```",
};

/// "Add a total to the report".
pub(super) const TOTAL: SampleJob = SampleJob {
    mends_tests: false,
    steps: ["Read how the report is made", "Propose the total", "Run the tests"],
    reads: &["lib/book.sh", "lib/report.sh", "tests/report_test.sh", "CHANGELOG.md"],
    reasoning: "**Where the sum comes from**\n\n`by_project` prints its lines from within a pipeline, so a sum kept in a \
                variable there would be lost with its subshell. `minutes_on` adds up already; without a project it could \
                add up everything.",
    cause: "`minutes_on` in `lib/book.sh` adds up the entries of one project. Called without a project it can add up all of \
            them, and `by_project` in `lib/report.sh` prints that below a rule:",
    edits: &[
        SampleEdit {
            path: "lib/book.sh",
            what: "says that the project may be left out",
            after: "",
            old: "# minutes_on PROJECT: reads entries, prints the minutes spent on the project.\n",
            new: "# minutes_on [PROJECT]: reads entries, prints the minutes spent on the project, or on all of them.\n",
        },
        SampleEdit {
            path: "lib/book.sh",
            what: "counts every entry when it is",
            after: "    while read -r date times project note; do\n",
            old: "        [ \"$project\" = \"$1\" ] || continue\n",
            new: "        [ \"$project\" = \"${1-$project}\" ] || continue\n",
        },
        SampleEdit {
            path: "lib/report.sh",
            what: "says that there is a total",
            after: "",
            old: "# by_project: the time spent on each project.\n",
            new: "# by_project: the time spent on each project, and in all.\n",
        },
        SampleEdit {
            path: "lib/report.sh",
            what: "prints it",
            after: "        echo \"$(pad 10 \"$project\") $(as_hours \"$minutes\")\"\n    done\n",
            old: "",
            new: "    rule 17\n    echo \"$(pad 10 total) $(as_hours \"$(printf '%s\\n' \"$book\" | minutes_on)\")\"\n",
        },
        SampleEdit {
            path: "tests/report_test.sh",
            what: "tests it",
            after: "expect \"the second project\" \"post       0h 25m\" \"$(printf '%s\\n' \"$book\" | by_project | sed -n 2p)\"\n",
            old: "",
            new: "expect \"the total\" \"total      3h 55m\" \"$(printf '%s\\n' \"$book\" | by_project | tail -n 1)\"\n",
        },
        SampleEdit {
            path: "CHANGELOG.md",
            what: "mentions it",
            after: "- `daybook day` names the day of the week.\n",
            old: "",
            new: "- `daybook report` ends with the total.\n",
        },
    ],
    check: "See what it looks like:\n\n```sh\nDAYBOOK=examples/march.txt sh daybook report\n```",
};

/// State of an edit in a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Standing {
    /// It is in.
    In,
    /// It can be made.
    Open,
    /// Neither: the place looks different.
    Lost,
}

impl SampleEdit {
    fn standing(&self, files: &SampleFiles) -> Standing {
        let Some(text) = files.get(self.path) else { return Standing::Lost };
        let holds = |lines: &str| text.contains(lines);
        if holds(self.new) {
            Standing::In
        } else if holds(&format!("{}{}", self.after, self.old)) {
            Standing::Open
        } else {
            Standing::Lost
        }
    }

    /// Returns the state of the edit after it was proposed, where not everything was written: a declined one
    /// looks as it did before.
    fn outcome(&self, before: &SampleFiles, now: &SampleFiles) -> Standing {
        let follows = |files: &SampleFiles| {
            let (_, rest) = files.get(self.path)?.split_once(self.after)?;
            rest.lines().next().map(str::to_owned)
        };
        match self.standing(now) {
            Standing::Open if self.old.is_empty() && follows(before) != follows(now) => Standing::Lost,
            standing => standing,
        }
    }
}

type SampleFiles = BTreeMap<&'static str, String>;

/// The conversation: look, run the tests, propose, hear what became of it, run the tests again, and say how it stands.
pub(super) fn work(talk: &mut Talk<'_>, job: &SampleJob) -> Flow {
    talk.say("I look at the project and run its tests first.");
    let known = ["ls", "-1"].into_iter().chain(KNOWN_BY).map(str::to_owned).collect();
    let tests = ["sh", "tests/run.sh"].map(str::to_owned).to_vec();
    let mut ran = talk.run_all(&[known, tests.clone()])?;
    let (Some(before), Some(listing)) = (ran.pop(), ran.pop()) else { return Flow::Break(()) };
    if !listing.succeeded() {
        return talk.close(
            "This conversation is written down for the sample project, and this folder is another one. Open the sample \
             project to see it.\n\nIn any folder I can do these: `rename OLD to NEW`, `list the todos` and `what is in here`.",
        );
    }
    if job.mends_tests && before.succeeded() {
        return talk
            .close(format!("All tests pass: {}. There is nothing to fix.", last_line(&before.output)));
    }
    talk.plan(&job.steps, 0);
    let found = if before.succeeded() { "The tests pass" } else { "Not every test passes" };
    talk.say(format!("{found} ({}). I read the files this is about.", last_line(&before.output)));
    let files = read(talk, job)?;
    let open: Vec<&SampleEdit> =
        job.edits.iter().filter(|edit| edit.standing(&files) == Standing::Open).collect();
    if open.is_empty() {
        return talk.close(nothing_to_propose(job, &files, before.succeeded(), last_line(&before.output)));
    }
    talk.reason(job.reasoning);
    talk.plan(&job.steps, 1);
    let lost = list(job.edits.iter().filter(|edit| edit.standing(&files) == Standing::Lost));
    talk.say(match (open.len() == job.edits.len(), lost.is_empty()) {
        (true, _) => job.cause.to_owned(),
        (false, true) => "Some of it is in already. This is what is missing:".to_owned(),
        (false, false) => format!(
            "Some places look different from what I know, and I leave them alone:\n{lost}\n\nThis is what I can propose:"
        ),
    });
    let patched = match talk.patch(&patch(&open))? {
        Patched::Failed { why } => {
            return talk.close(format!(
                "The patch was not applied:\n\n```\n{why}\n```\n\nSay `try again`, and I read the files anew."
            ));
        }
        patched => patched,
    };
    if let Patched::Declined { note } = &patched {
        return talk.close(format!(
            "You declined all of it, so nothing was written, and the tests are where they were: {}.{}\n\nSay `try again` if you \
             want to see the patch once more.",
            last_line(&before.output),
            heard(note.as_ref()),
        ));
    }
    talk.plan(&job.steps, 2);
    talk.say(match patched {
        Patched::Written => "All of it is written. I run the tests again.",
        _ => "Part of it is written. I look at what is in the files now, and run the tests again.",
    });
    let after = talk.run(&["sh", "tests/run.sh"])?;
    // the files say what was written, whatever the answer to the patch did
    let now = if patched == Patched::Written { None } else { Some(read(talk, job)?) };
    if after.succeeded() {
        talk.plan(&job.steps, 3);
    }
    let outcomes =
        open.iter().map(|&edit| (edit, now.as_ref().map_or(Standing::In, |now| edit.outcome(&files, now))));
    talk.close(report(job, &outcomes.collect::<Vec<_>>(), &patched, &before, &after))
}

fn read(talk: &mut Talk<'_>, job: &SampleJob) -> Flow<SampleFiles> {
    let commands: Vec<Vec<String>> =
        job.reads.iter().map(|path| vec!["cat".to_owned(), (*path).to_owned()]).collect();
    let read = talk.run_all(&commands)?;
    Flow::Continue(
        job.reads.iter().copied().zip(read.into_iter().map(|ran| ran.output.replace('\r', ""))).collect(),
    )
}

fn nothing_to_propose(job: &SampleJob, files: &SampleFiles, passes: bool, result: &str) -> String {
    let lost = job.edits.iter().filter(|edit| edit.standing(files) == Standing::Lost).count();
    match (lost, passes) {
        (0, true) => format!("That is in already, and the tests pass: {result}."),
        (0, false) => format!(
            "That is in already, and still the tests say: {result}. What else is wrong is beyond my rules; for that, choose a model \
             in settings."
        ),
        _ => format!(
            "The files no longer look the way I know them, so I have nothing to propose. The tests say: {result}. For this, \
             choose a model in settings."
        ),
    }
}

fn patch(edits: &[&SampleEdit]) -> String {
    let mut patch = String::from("*** Begin Patch\n");
    let mut current = "";
    for edit in edits {
        if edit.path != current {
            let _ = writeln!(patch, "*** Update File: {}", edit.path);
            current = edit.path;
        }
        patch.push_str("@@\n");
        for (sign, lines) in [(' ', edit.after), ('-', edit.old), ('+', edit.new)] {
            for line in lines.lines() {
                let _ = writeln!(patch, "{sign}{line}");
            }
        }
    }
    patch.push_str("*** End Patch\n");
    patch
}

/// Reports the end state, from the files and the tests.
fn report(
    job: &SampleJob,
    outcomes: &[(&SampleEdit, Standing)],
    patched: &Patched,
    before: &Ran,
    after: &Ran,
) -> String {
    let passes = after.succeeded();
    let failed = failures(&after.output);
    let failed_before = failures(&before.output);
    let is_new = failed.iter().any(|failure| !failed_before.contains(failure));
    let those = |wanted: Standing| {
        list(outcomes.iter().filter(|(_, standing)| *standing == wanted).map(|(edit, _)| *edit))
    };
    let (written, declined, edited) = (those(Standing::In), those(Standing::Open), those(Standing::Lost));

    let result = last_line(&after.output);
    let mut text = if passes {
        format!("**All tests pass**: {result}.\n")
    } else {
        format!("**Not every test passes**: {result}.\n\n```\n{}\n```\n", failed.join("\n"))
    };
    if !passes && !is_new && !job.mends_tests {
        text.push_str("\nThat was so before, and is another matter: ask me to `fix the failing test`.\n");
    }
    if !written.is_empty() {
        let _ = write!(text, "\nWhat was written:\n{written}\n");
    }
    if !edited.is_empty() {
        let _ = write!(text, "\nWhere your own text was written:\n{edited}\n");
    }
    if !declined.is_empty() {
        let _ = write!(text, "\nWhat you declined, and what is therefore left out:\n{declined}\n");
        text.push_str(if passes || !(is_new || job.mends_tests) {
            "\nThe rest does without it. I do not propose it again unless you ask."
        } else {
            "\nThe rest needs some of that. Say `try again`, and I propose what is missing; or undo what was written."
        });
        text.push('\n');
    } else if passes {
        let _ = write!(text, "\n{}", job.check);
    }
    if let Patched::Partly { note } = patched {
        text.push_str(&heard(note.as_ref()));
    }
    text.trim_end().to_owned()
}

/// Returns the lines of the tests' output about those that fail, and the shell's messages.
fn failures(output: &str) -> Vec<&str> {
    let result = last_line(output);
    let lines = output.lines().filter_map(|line| line.strip_prefix("    "));
    lines.map(str::trim).filter(|line| !line.is_empty() && *line != result).collect()
}

fn list<'e>(edits: impl Iterator<Item = &'e SampleEdit>) -> String {
    let mut list = String::new();
    for edit in edits {
        let _ = write!(list, "\n- `{}`: {}", edit.path, edit.what);
    }
    list
}

fn last_line(output: &str) -> &str {
    output.lines().rev().find(|line| !line.trim().is_empty()).map_or("no result", str::trim)
}
