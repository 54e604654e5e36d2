//! Everyday tools of a person, which must work inside the sandbox: through the real driver, as the agent runs
//! them.

use crate::cli::{in_python, run};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, Session, reviewing, unasked};
use countersign_tests::model_server::Reply;
use protocol::{EventMsg, SandboxLevel};
use serde_json::json;
use std::process::Command;

/// One command in the project, contained at level full: what it must end with, and what it must print.
struct Work<'a> {
    /// Without these programs nothing is checked.
    needs: &'a [&'a str],
    files: &'a [(&'a str, &'a str)],
    script: &'a str,
    prints: &'a [&'a str],
}

/// Returns the level at which the session's commands are contained.
pub(crate) fn level(session: &Session) -> SandboxLevel {
    let level = session.said().find_map(|msg| match msg {
        EventMsg::SandboxReady { report } => Some(report.level),
        _ => None,
    });
    level.unwrap_or(SandboxLevel::None)
}

/// Reports whether programs can be run here; prints a skip when not.
pub(crate) fn has(programs: &[&str]) -> bool {
    programs.iter().all(|program| {
        let answers = |option: &str| {
            Command::new(program).arg(option).output().is_ok_and(|output| output.status.success())
        };
        let found = answers("--version") || answers("-V");
        if !found {
            eprintln!("SKIPPED: there is no {program}");
        }
        found
    })
}

async fn check(work: Work<'_>) -> Result<()> {
    check_on(work, |_| Ok(())).await
}

/// Runs the check in a project that `prepare` has changed.
async fn check_on(work: Work<'_>, prepare: impl FnOnce(&Harness) -> Result<()>) -> Result<()> {
    if !has(work.needs) {
        return Ok(());
    }
    let arguments = json!({"command": ["bash", "-c", work.script], "timeout_ms": 120_000});
    let replies =
        vec![Reply::new().function_call("c1", "shell", &arguments).completed(), Reply::text("fine")];
    let harness = Harness::new(unasked(), work.files, replies).await?;
    prepare(&harness)?;
    let mut session = harness.open(None).await?;
    if level(&session) != SandboxLevel::Full {
        eprintln!("SKIPPED: this machine's sandbox is not at its full level");
        return Ok(());
    }
    session.ask_and_wait("go").await?;
    let ended = session.said().find_map(|msg| match msg {
        EventMsg::ExecCommandEnd { end, .. } => Some(end.ended_by.exit_code()),
        _ => None,
    });
    let told = harness.server.requests()[1].output_of("c1").context("an output")?.to_owned();
    let told: serde_json::Value = serde_json::from_str(&told)?;
    let told = told["output"].as_str().context("what it printed")?;
    ensure!(ended == Some(Some(0)), "{ended:?}: {told}");
    for expected in work.prints {
        ensure!(told.contains(expected), "{expected:?} is missing in\n{told}");
    }
    session.shut_down().await
}

#[tokio::test]
async fn a_crate_is_built_and_tested() -> Result<()> {
    let manifest = "[package]\nname = \"small\"\nversion = \"0.1.0\"\nedition = \"2021\"\n[workspace]\n";
    let library = "pub fn two() -> u8 { 2 }\n#[test]\nfn is_two() { assert_eq!(two(), 2); }\n";
    let outside = "#[test]\nfn talks() {\n let server = std::net::TcpListener::bind(\"127.0.0.1:0\").unwrap();\n \
                   std::net::TcpStream::connect(server.local_addr().unwrap()).unwrap();\n \
                   std::fs::write(std::env::temp_dir().join(\"small-crate\"), \"x\").unwrap();\n}\n";
    check(Work {
        needs: &["cargo"],
        files: &[
            ("Cargo.toml", manifest),
            ("src/lib.rs", library),
            ("src/main.rs", "fn main() { println!(\"{}\", small::two()) }\n"),
            ("tests/talks.rs", outside),
        ],
        script: "cargo build --offline -j 4 2>&1 && cargo test --offline 2>&1 && cargo run --offline --quiet",
        prints: &["is_two ... ok", "talks ... ok", "\n2"],
    })
    .await
}

#[tokio::test]
async fn a_package_of_node_is_tested() -> Result<()> {
    let package = "{\"name\": \"small\", \"version\": \"1.0.0\", \"scripts\": {\"test\": \"node --test\"}}";
    let test = "const test = require('node:test'); const http = require('node:http');
        const { spawnSync } = require('node:child_process'); const { Worker } = require('node:worker_threads');
        test('serves and calls', (t, done) => {
            const server = http.createServer((_, answer) => answer.end('heard'));
            server.listen(0, '127.0.0.1', async () => {
                const answer = await fetch(`http://127.0.0.1:${server.address().port}`);
                if (await answer.text() !== 'heard') throw new Error('not heard');
                server.close(done);
            });
        });
        test('starts another', () => {
            const child = spawnSync(process.execPath, ['-p', '6 * 7'], { encoding: 'utf8' });
            if (child.stdout !== '42\\n') throw new Error(JSON.stringify(child));
        });
        test('has workers', (t, done) => { new Worker('', { eval: true }).on('exit', () => done()); });\n";
    check(Work {
        needs: &["node", "npm"],
        files: &[("package.json", package), ("small.test.js", test)],
        script: "npm test 2>&1",
        prints: &["pass 3", "fail 0"],
    })
    .await
}

const PYTHON_TEST: &str = "import http.server, multiprocessing, tempfile, threading, unittest, urllib.request

def double(x):
    return 2 * x

class Small(unittest.TestCase):
    def test_serves_and_calls(self):
        server = http.server.ThreadingHTTPServer(('127.0.0.1', 0), http.server.SimpleHTTPRequestHandler)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        page = urllib.request.urlopen(f'http://127.0.0.1:{server.server_port}/').read()
        self.assertIn(b'test_small.py', page)
        server.shutdown()

    def test_has_processes(self):
        with multiprocessing.Pool(2) as pool:
            self.assertEqual(pool.map(double, [1, 2]), [2, 4])

    def test_has_temporary_files(self):
        with tempfile.TemporaryDirectory() as folder, open(f'{folder}/x', 'w') as file:
            self.assertEqual(file.write('x'), 1)
";

#[tokio::test]
async fn a_test_in_python_runs() -> Result<()> {
    let files = &[("test_small.py", PYTHON_TEST)];
    let script = "python3 -m unittest 2>&1";
    check(Work { needs: &["python3"], files, script, prints: &["Ran 3 tests"] }).await?;
    let Some(python) = in_python("python") else { return Ok(()) };
    let script = format!("'{}' -m pytest 2>&1", python.display());
    check(Work { needs: &[], files, script: &script, prints: &["3 passed"] }).await
}

#[tokio::test]
async fn a_repository_is_looked_at() -> Result<()> {
    let work = Work {
        needs: &["git"],
        files: &[("a.txt", "one\n")],
        script: "set -e; git status --short; git diff; git log --oneline; git blame -s a.txt; git show --stat
            git stash list; git branch; git grep -n two
            # one of its own, elsewhere
            cd $(mktemp -d); git init -q .; echo x > x; git add x; git -c user.name=n -c user.email=e commit -qm made; git log --format=%s",
        prints: &[" M a.txt", "?? new.txt", "+two", "begun", "a.txt:2:two", "made"],
    };
    check_on(work, |harness| {
        let script = "git init -q . && git add . && git -c user.name=n -c user.email=e commit -qm begun
            echo two >> a.txt; echo new > new.txt";
        let made = Command::new("sh").args(["-c", script]).current_dir(harness.project()).status()?;
        ensure!(made.success());
        Ok(())
    })
    .await
}

#[tokio::test]
async fn temporary_files_and_pipes_and_locks_work() -> Result<()> {
    check(Work {
        needs: &["bash"],
        files: &[],
        script: "set -e; file=$(mktemp); echo kept > $file; cat $file; rm $file; dir=$(mktemp -d); mkdir $dir/in; rm -r $dir
            cat <<< here; cat <(echo there); mkfifo pipe; echo through > pipe & cat pipe
            exec 9> lock; flock 9; echo locked; yes | head -n 100000 | wc -l; sort -R /etc/passwd | sort > sorted; wait",
        prints: &["kept", "here", "there", "through", "locked", "100000"],
    })
    .await
}

#[tokio::test]
async fn a_program_that_wants_a_terminal_gets_one() -> Result<()> {
    check(Work {
        needs: &["script"],
        files: &[],
        // through the terminal by each of its names
        script: "script -qec 'tty; test -t 0 && echo is a terminal; echo by name > $(tty); echo by tty > /dev/tty; stty size' /dev/null",
        prints: &["/dev/pts/", "is a terminal", "by name", "by tty"],
    })
    .await?;
    check(Work {
        needs: &["python3"],
        files: &[],
        script: "python3 -c 'import pty; pty.spawn([\"sh\", \"-c\", \"test -t 1 && echo in python too\"])'",
        prints: &["in python too"],
    })
    .await
}

#[tokio::test]
async fn without_its_helper_the_sandbox_runs_nothing_and_says_why() -> Result<()> {
    let harness = Harness::new(reviewing(), &[], vec![]).await?;
    let ran = run(&harness, &["sandbox", "--", "touch", "ran"], "").await?;
    if ran.code != Some(0) {
        eprintln!("SKIPPED: this machine cannot contain a command: {}", ran.err);
        return Ok(());
    }
    std::fs::remove_file(harness.project().join("ran"))?;
    // not there, not a program, and a program that is no helper
    let text = harness.home().join("no-helper");
    std::fs::write(&text, "#!/bin/sh\n")?;
    for (helper, why) in [
        (harness.home().join("absent"), "countersign-sandbox is not beside the app; install it there or set"),
        (text, "cannot start"),
        ("/bin/true".into(), "gave no report"),
    ] {
        let mut command = crate::cli::command(&harness, &["sandbox", "--", "touch", "ran"])?;
        let output = command.env("COUNTERSIGN_SANDBOX_HELPER", &helper).output().await?;
        let err = String::from_utf8_lossy(&output.stderr);
        ensure!(output.status.code() == Some(1) && err.contains(why), "{}: {err}", helper.display());
        ensure!(err.contains("nothing was run"), "{err}");
        ensure!(!harness.project().join("ran").exists(), "{}: nothing is run", helper.display());
    }
    Ok(())
}
