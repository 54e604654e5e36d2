//! Everyday tools that need more of the sandbox than files: sockets, a shared network, debuggers, repositories of their own.

use crate::cli::{self, in_python};
use crate::inside::{has, level};
use anyhow::{Context, Result, ensure};
use countersign_tests::harness::{Harness, unasked};
use countersign_tests::model_server::Reply;
use countersign_tests::terminal::Terminal;
use protocol::SandboxLevel;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};

/// One command of a session.
struct Command<'a> {
    script: &'a str,
    in_background: bool,
    prints: &'a [&'a str],
}

fn command<'a>(script: &'a str, prints: &'a [&'a str]) -> Command<'a> {
    Command { script, in_background: false, prints }
}

/// Runs the commands one after another in one session, contained at level full. Each must end well and print what it must.
async fn check(needs: &[&str], files: &[(&str, &str)], commands: &[Command<'_>]) -> Result<()> {
    check_on(needs, files, commands, |_| Ok(())).await
}

/// Like [`check`], in a project that `prepare` has changed.
async fn check_on(
    needs: &[&str],
    files: &[(&str, &str)],
    commands: &[Command<'_>],
    prepare: impl FnOnce(&Path) -> Result<()>,
) -> Result<()> {
    if !has(needs) {
        return Ok(());
    }
    let mut replies = Vec::new();
    for (index, command) in commands.iter().enumerate() {
        let arguments = json!({
            "command": ["bash", "-c", command.script],
            "timeout_ms": 50_000,
            "background": command.in_background,
        });
        replies.push(Reply::new().function_call(&format!("c{index}"), "shell", &arguments).completed());
    }
    replies.push(Reply::text("fine"));
    let harness = Harness::new(unasked(), files, replies).await?;
    prepare(harness.project())?;
    let mut session = harness.open(None).await?;
    if level(&session) != SandboxLevel::Full {
        eprintln!("SKIPPED: this machine's sandbox is not at its full level");
        return Ok(());
    }
    session.ask_and_wait("go").await?;
    for (index, command) in commands.iter().enumerate() {
        let told = harness
            .server
            .requests()
            .get(index + 1)
            .context("it went on")?
            .output_of(&format!("c{index}"))
            .context("an output")?
            .to_owned();
        if command.in_background {
            ensure!(told.contains("started in the background"), "{told}");
            continue;
        }
        let answer: Value = serde_json::from_str(&told)?;
        let printed = answer["output"].as_str().context("what it printed")?;
        ensure!(answer["metadata"]["exit_code"] == 0, "{}: {answer:#}", command.script);
        for expected in command.prints {
            ensure!(printed.contains(expected), "{expected:?} is missing in\n{printed}");
        }
    }
    session.shut_down().await
}

const FORKSERVER: &str = "import array, multiprocessing as mp, socket, tempfile, os
from multiprocessing import shared_memory

def double(x):
    return 2 * x

def main():
    for method in ('fork', 'spawn', 'forkserver'):
        context = mp.get_context(method)
        with context.Pool(2) as pool:
            assert pool.map(double, [1, 2]) == [2, 4]
        with context.Manager() as manager:
            shared = manager.dict(a=1)
            shared['b'] = 2
            assert dict(shared) == {'a': 1, 'b': 2}
        print(method, 'works')
    memory = shared_memory.SharedMemory(create=True, size=16)
    memory.close(); memory.unlink()
    for family, address in ((socket.AF_INET, '127.0.0.1'), (socket.AF_INET6, '::1')):
        with socket.create_server((address, 0), family=family) as server:
            socket.create_connection(server.getsockname()[:2]).close()
    print(sorted(name for _, name in socket.if_nameindex()))

if __name__ == '__main__':
    main()
";

#[tokio::test]
async fn pythons_processes_speak_to_each_other_however_they_are_started() -> Result<()> {
    let works = ["fork works", "spawn works", "forkserver works", "['lo']"];
    check(&["python3"], &[("main.py", FORKSERVER)], &[command("python3 main.py 2>&1", &works)]).await
}

#[tokio::test]
async fn a_server_in_the_background_is_called_by_the_next_command_over_every_kind_of_socket() -> Result<()> {
    let server = "import http.server, os, socketserver, threading
class Tcp(http.server.ThreadingHTTPServer): pass
class Unix(socketserver.ThreadingUnixStreamServer): pass
class Hello(socketserver.StreamRequestHandler):
    def handle(self): self.wfile.write(b'hello over a socket')
for path in ('own.sock', os.environ['TMPDIR'] + '/own.sock'):
    threading.Thread(target=Unix(path, Hello).serve_forever).start()
server = Tcp(('127.0.0.1', 8931), http.server.SimpleHTTPRequestHandler)
open('ready', 'w').close()
server.serve_forever()
";
    let client = "import os, socket, urllib.request
print(urllib.request.urlopen('http://127.0.0.1:8931/page.txt').read())
for path in ('own.sock', os.environ['TMPDIR'] + '/own.sock'):
    near = socket.socket(socket.AF_UNIX)
    near.connect(path)
    print(near.makefile().read())
";
    let files = [("server.py", server), ("client.py", client), ("page.txt", "a page")];
    check(
        &["python3"],
        &files,
        &[
            Command { script: "exec python3 server.py", in_background: true, prints: &[] },
            command(
                "until [ -e ready ]; do sleep 0.05; done; python3 client.py 2>&1",
                &["a page", "hello over a socket"],
            ),
        ],
    )
    .await
}

#[tokio::test]
async fn a_terminal_multiplexer_keeps_a_session() -> Result<()> {
    let script = "set -e; tmux new-session -d -s work 'echo in tmux > out; exec sleep 300'
        until [ -s out ]; do sleep 0.05; done; cat out; tmux list-sessions; tmux kill-server";
    check(&["tmux"], &[], &[command(script, &["in tmux", "work: 1 windows"])]).await
}

#[tokio::test]
async fn programs_with_sanitizers_are_built_and_run_and_their_leaks_found() -> Result<()> {
    let clean =
        "#include <stdlib.h>\n#include <stdio.h>\nint main(void) { free(malloc(3)); puts(\"clean\"); }\n";
    let leaky = "#include <stdlib.h>\nvoid *volatile kept;\nint main(void) { for (int i = 0; i < 100; i++) kept = malloc(9); kept = 0; }\n";
    let script = "set -e; cc -g -fsanitize=address clean.c -o clean; cc -g -fsanitize=address leaky.c -o leaky; ./clean
        ! ./leaky 2> leaks; grep -o 'detected memory leaks' leaks";
    check(
        &["cc"],
        &[("clean.c", clean), ("leaky.c", leaky)],
        &[command(script, &["clean", "detected memory leaks"])],
    )
    .await
}

#[tokio::test]
async fn debuggers_look_into_what_they_start() -> Result<()> {
    let strace = "strace -f -o trace sh -c 'true; cat /dev/null; true' && grep -q 'exited with 0' trace && echo traced";
    check(&["strace"], &[], &[command(strace, &["traced"])]).await?;
    let gdb = "gdb -batch -ex 'break main' -ex run -ex backtrace ./small 2>&1";
    check(
        &["gdb", "cc"],
        &[("small.c", "int main(void) { return 0; }\n")],
        &[command("cc -g small.c -o small", &[]), command(gdb, &["Breakpoint 1, main"])],
    )
    .await
}

/// Returns the folder of packages of Node that has this one; says loudly when it is not there.
fn node_packages(dir: &str, package: &str) -> Option<PathBuf> {
    let packages = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(dir).join("node_modules");
    let found = packages.canonicalize().ok().filter(|packages| packages.join(package).is_dir());
    if found.is_none() {
        eprintln!("SKIPPED: {} has no {package}; `cargo xtask test` installs it", packages.display());
    }
    found
}

#[tokio::test]
async fn typescript_is_run_and_may_serve_and_list_interfaces() -> Result<()> {
    let Some(packages) = node_packages("tests/mcp", "tsx") else { return Ok(()) };
    let main = "import { networkInterfaces } from 'node:os'
import { createServer, connect } from 'node:net'
const path: string = `${process.env.TMPDIR}/own.sock`
const server = createServer((socket) => socket.end('heard')).listen(path, () => {
    connect(path).on('data', (data: Buffer) => { console.log(String(data), Object.keys(networkInterfaces())); server.close() })
})
";
    let files = [
        ("package.json", "{\"name\": \"small\", \"private\": true, \"type\": \"module\"}"),
        ("main.ts", main),
    ];
    check_on(&["node", "npx"], &files, &[command("npx tsx main.ts 2>&1", &["heard [ 'lo' ]"])], |project| {
        Ok(std::os::unix::fs::symlink(packages, project.join("node_modules"))?)
    })
    .await
}

#[tokio::test]
async fn a_site_is_served_on_every_interface_to_the_next_command() -> Result<()> {
    let Some(packages) = node_packages("ui", "vite") else { return Ok(()) };
    let config = "export default { cacheDir: '.cache', server: { port: 5931, strictPort: true } }\n";
    let page = "<!doctype html><title>served</title><script type=\"module\" src=\"/main.js\"></script>\n";
    let fetch =
        "fetch('http://127.0.0.1:5931/').then((page) => page.text()).then((text) => console.log(text))";
    let ask = format!("until node -e \"{fetch}\" 2> /dev/null; do sleep 0.1; done");
    let files = [
        ("package.json", "{\"name\": \"small\", \"private\": true, \"type\": \"module\"}"),
        ("vite.config.js", config),
        ("index.html", page),
        ("main.js", "console.log('here')\n"),
    ];
    check_on(
        &["node", "npx"],
        &files,
        &[
            Command { script: "npx vite --host > vite.log 2>&1", in_background: true, prints: &[] },
            command(&ask, &["<title>served</title>"]),
        ],
        // the folder itself is the project's: vite writes there
        |project| {
            std::fs::create_dir(project.join("node_modules"))?;
            for entry in std::fs::read_dir(packages)? {
                let entry = entry?;
                // what an earlier run wrote there is not this project's
                let name = entry.file_name();
                if name != ".bin" && name.as_encoded_bytes().starts_with(b".") {
                    continue;
                }
                std::os::unix::fs::symlink(
                    entry.path(),
                    project.join("node_modules").join(entry.file_name()),
                )?;
            }
            Ok(())
        },
    )
    .await
}

#[tokio::test]
async fn tests_in_python_run_side_by_side() -> Result<()> {
    let Some(python) = in_python("python") else { return Ok(()) };
    let test = "import pytest\n@pytest.mark.parametrize('n', range(8))\ndef test_one(n):\n    assert n < 8\n";
    let script = format!("'{}' -m pytest -n 2 2>&1", python.display());
    check(&[], &[("test_small.py", test)], &[command(&script, &["8 passed"])]).await
}

#[tokio::test]
async fn packages_and_repositories_are_begun_in_folders_of_their_own() -> Result<()> {
    let identity = "-c user.name=n -c user.email=e";
    let git = format!(
        "set -e; git init -q sub; cd sub; echo x > x; git add x; git {identity} commit -qm first; git log --format=%s
        cd ..; git clone -q sub copy; git -C copy log --format=%s%d"
    );
    check(&["git"], &[], &[command(&git, &["first", "origin"])]).await?;
    check(
        &["git", "cargo"],
        &[],
        &[command(
            "cargo new --quiet small 2>&1 && git -C small status --short",
            &["?? Cargo.toml", "?? src/"],
        )],
    )
    .await
}

#[tokio::test]
async fn what_opens_an_editor_ends_at_once_and_leaves_no_lock() -> Result<()> {
    let script = "mkdir r && cd r && git init -q -b main && git config user.email a@b.example && git config user.name A
        echo one > a && git add a && git commit 2>&1; echo ended $?
        git commit -q -m one && echo two > a && git commit -q -a -m two && git commit -q --amend
        git rebase -q -i --root && git branch side HEAD~1 && git switch -q side && echo b > b && git add b && git commit -q -m b
        git merge -q --no-ff main && git log --format=%s && test ! -e .git/index.lock && echo unlocked";
    let prints = ["empty commit message", "ended 1", "two", "Merge branch 'main' into side", "unlocked"];
    check(&["git"], &[], &[command(script, &prints)]).await
}

#[tokio::test]
async fn a_repository_that_would_run_a_program_is_set_aside_and_the_model_told() -> Result<()> {
    let script = "git init -q sub && git -C sub config core.fsmonitor ./evil";
    let told = ["the repository ", "sub/.git has the setting core.fsmonitor", "it was renamed to "];
    check(&["git"], &[], &[command(script, &told)]).await
}

#[tokio::test]
async fn b12_commands_have_a_temporary_folder_of_the_sessions_own_whatever_tmpdir_says() -> Result<()> {
    let harness = Harness::new(unasked(), &[], vec![]).await?;
    let elsewhere = tempfile::tempdir_in("/var/tmp")?;
    let (outside, link) = (elsewhere.path().join("outside"), elsewhere.path().join("link"));
    std::fs::create_dir(&outside)?;
    std::os::unix::fs::symlink(&outside, &link)?;
    let script = format!(
        "set -e; test -d \"$TMPDIR\"; test \"$TMPDIR\" = \"$TMP\"; file=$(mktemp); echo kept > $file; cat $file
        git init -q \"$TMPDIR\" && echo x >> \"$TMPDIR/.git/config\"; echo in $TMPDIR; ! touch {}/made 2> /dev/null",
        outside.display()
    );
    if !cli::run(&harness, &["sandbox", "--", "true"], "").await?.err.is_empty() || !has(&["git"]) {
        eprintln!("SKIPPED: the temporary folder of commands: this machine cannot contain a command");
        return Ok(());
    }
    for named in
        [Path::new("/"), &link, &outside, &outside.join("absent"), Path::new("relative"), Path::new("")]
    {
        let mut command = cli::command(&harness, &["sandbox", "--", "bash", "-c", &script])?;
        let output = command.env("TMPDIR", named).output().await?;
        let (out, err) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success() && out.starts_with("kept\n"), "{}: {out}{err}", named.display());
        let folder = out.lines().find_map(|line| line.strip_prefix("in ")).context("a folder")?;
        ensure!(folder.contains("/countersign-"), "{}: {folder}", named.display());
        ensure!(!Path::new(folder).exists(), "{folder} is gone with the session");
        ensure!(!outside.join("made").exists(), "{}", named.display());
    }
    Ok(())
}

#[tokio::test]
async fn b12_a_folder_with_more_than_a_project_is_confirmed_on_the_terminal_or_by_name() -> Result<()> {
    let harness = Harness::new(unasked(), &[], vec![Reply::text("done"), Reply::text("done")]).await?;
    harness.write_config()?;
    let in_home = |args: &[&str]| -> Result<_> {
        let mut command = cli::command(&harness, args)?;
        command.env("HOME", harness.project());
        Ok(command)
    };
    let output = in_home(&["exec", "go"])?.output().await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(!output.status.success() && harness.server.requests().is_empty(), "{said}");
    for part in ["is your home folder", "--allow-broad-folder", "undo reaches all of it"] {
        ensure!(said.contains(part), "{part:?} is missing in\n{said}");
    }
    let output = in_home(&["exec", "--allow-broad-folder", "go"])?.output().await?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = in_home(&["exec", "--cd", "/", "go"])?.output().await?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(!output.status.success() && said.contains("is the root of the file system"), "{said}");

    let mut terminal = Terminal::start(in_home(&["exec", "go"])?.env("NO_COLOR", "1"))?;
    terminal.wait_for("work in it [y/N]? ")?;
    terminal.enter("n\n")?;
    let (code, shown) = terminal.end().await?;
    ensure!(code != 0 && shown.contains("nothing was done"), "{shown}");
    let mut terminal = Terminal::start(in_home(&["exec", "go"])?.env("NO_COLOR", "1"))?;
    terminal.wait_for("work in it [y/N]? ")?;
    terminal.enter("y\n")?;
    let (code, shown) = terminal.end().await?;
    ensure!(code == 0 && shown.contains("done"), "{shown}");
    Ok(())
}

#[tokio::test]
async fn b12_in_a_home_folder_what_starts_with_a_login_is_protected_and_the_apps_files_are_no_part_of_undo()
-> Result<()> {
    let script = "mkdir -p .config/sub && echo ok > .config/sub/ok
        for place in .config/autostart/x.desktop .config/systemd/user/x.service .xprofile .profile .bashrc .local/bin/x; do
            mkdir -p $(dirname $place) 2> /dev/null; echo x >> $place && echo WROTE $place; done; true";
    let arguments = json!({"command": ["bash", "-c", script]});
    let replies =
        vec![Reply::new().function_call("c1", "shell", &arguments).completed(), Reply::text("done")];
    let harness = Harness::new(unasked(), &[("mine.txt", "mine\n"), (".profile", "mine\n")], replies).await?;
    // the app's own files are in it, as they are in a person's home folder
    let home = harness.project().join(".local/share/countersign");
    std::fs::create_dir_all(&home)?;
    harness.write_config()?;
    std::fs::copy(harness.home().join("config.toml"), home.join("config.toml"))?;
    let in_home = |args: &[&str]| -> Result<_> {
        let mut command = cli::command(&harness, args)?;
        command.env("HOME", harness.project()).env("COUNTERSIGN_HOME", &home);
        Ok(command)
    };
    let arguments =
        ["exec", "--allow-broad-folder", "--approval", "never", "--sandbox", "workspace-write", "go"];
    let output = in_home(&arguments)?.output().await?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    ensure!(output.status.success(), "{said}");
    let told = harness.server.requests()[1].output_of("c1").context("an output")?.to_owned();
    if told.contains("cannot contain commands") || told.contains("no sandbox") {
        eprintln!("SKIPPED: what starts with a login: this machine cannot contain a command");
        return Ok(());
    }
    ensure!(!told.contains("WROTE"), "{told}");
    ensure!(harness.read(".profile")? == "mine\n" && harness.read(".config/sub/ok")? == "ok\n", "{told}");
    let sessions = std::fs::read_dir(home.join("sessions"))?.count();
    let output = in_home(&["undo", "--last", "--yes"])?.output().await?;
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    ensure!(
        output.status.success() && !said.contains("countersign/"),
        "{said}{}",
        String::from_utf8_lossy(&output.stderr)
    );
    ensure!(
        !harness.project().join(".config/sub/ok").exists() && harness.read("mine.txt")? == "mine\n",
        "{said}"
    );
    ensure!(sessions > 0 && std::fs::read_dir(home.join("sessions"))?.count() == sessions, "{said}");
    Ok(())
}
