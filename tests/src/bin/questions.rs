//! `questions`: how often a person is asked in a session of everyday commands, under each policy.
//!
//! The real driver on a scripted model runs [`COMMANDS`] one after another in a real project of more than 100 files: the source of a
//! crate that this workspace is built from. Whatever is asked is approved. Said for each policy: `POLICY_commands`, questions about a
//! command's text, and `POLICY_changes`, questions about what it changed.
#![expect(clippy::print_stdout, reason = "its output is what it measured")]

use anyhow::{Result, ensure};
use countersign_tests::crate_source::copy_crate_source;
use countersign_tests::harness::{Harness, reviewing};
use countersign_tests::model_server::Reply;
use protocol::{ApprovalPolicy, ApprovalSubject, EndedBy, EventMsg, Policies, ReviewDecision, SandboxLevel};
use serde_json::json;
use std::process::Command;

/// Beginning of the crate's name.
const CRATE: &str = "pxfm-";

/// Least number of files of the project.
const LEAST_FILES: usize = 100;

/// Commands of a session: looking around, building, testing, formatting, generating code, changing dependencies.
const COMMANDS: [&str; 40] = [
    "ls -la",
    "git status --short",
    "git log --oneline -5",
    "cat Cargo.toml",
    "find . -name '*.rs' | wc -l",
    "grep -rn 'pub fn f_sin' src | head -5",
    "wc -l src/lib.rs",
    "head -40 src/lib.rs",
    "cargo metadata --offline --no-deps --format-version 1 | head -c 200",
    "cargo tree --offline",
    "cargo check --offline --quiet",
    "cargo build --offline --quiet",
    "cargo test --offline --quiet --no-run",
    "cargo test --offline --quiet --lib cbrt",
    "rustfmt --edition 2024 --check src/cbrt.rs > /dev/null; echo checked",
    "printf 'fn  made( ){ }\\n' > src/made.rs",
    "rustfmt --edition 2024 src/made.rs",
    "cat src/made.rs",
    "git diff --stat",
    "python3 -c \"print('pub const TABLE: [u32; 4] = [' + ', '.join(str(n * n) for n in range(4)) + '];')\" > src/table.rs",
    "cat src/table.rs",
    "rm src/made.rs src/table.rs",
    "sed -i '1s/^/<!-- seen -->\\n/' README.md",
    "git diff README.md | head -20",
    "sed -i 1d README.md",
    "cargo doc --offline --no-deps --quiet",
    "du -sh target",
    "cargo new --quiet --lib --vcs none helper",
    "cargo add --offline --quiet --path helper",
    "cargo build --offline --quiet",
    "cargo remove --offline --quiet helper",
    "rm -r helper",
    "cargo update --offline --quiet",
    "cargo test --offline --quiet --lib hypot",
    "sha256sum Cargo.toml",
    "tar cf - src | wc -c",
    "sort -u .gitignore",
    "diff -u README.md README.md && echo same",
    "env | grep -c PATH",
    "cargo clean --offline --quiet --release; echo cleaned",
];

fn main() -> Result<()> {
    let runtime = tokio::runtime::Runtime::new()?;
    for (name, approval) in [
        ("untrusted", ApprovalPolicy::Untrusted),
        ("on_request", ApprovalPolicy::OnRequest),
        ("on_effect", ApprovalPolicy::OnEffect),
    ] {
        let Asked { commands, changes } = runtime.block_on(session(approval))?;
        println!("{name}_commands={commands}");
        println!("{name}_changes={changes}");
    }
    println!("count={}", COMMANDS.len());
    Ok(())
}

/// Number of questions, by their kind.
#[derive(Default)]
struct Asked {
    commands: usize,
    changes: usize,
}

async fn session(approval: ApprovalPolicy) -> Result<Asked> {
    let mut replies: Vec<Reply> = COMMANDS
        .iter()
        .enumerate()
        .map(|(index, script)| {
            let arguments = json!({"command": ["bash", "-c", script], "timeout_ms": 600_000});
            Reply::new().function_call(&format!("c{index}"), "shell", &arguments).completed()
        })
        .collect();
    replies.push(Reply::text("done"));
    let harness = Harness::new(Policies { approval, ..reviewing() }, &[], replies).await?;
    let files = copy_crate_source(CRATE, harness.project())?;
    ensure!(files >= LEAST_FILES, "the project has only {files} files");
    std::fs::write(harness.project().join(".gitignore"), "/target\n")?;
    for args in [
        &["init", "--quiet"][..],
        &["add", "."],
        &["-c", "user.name=P", "-c", "user.email=p@example.org", "commit", "--quiet", "-m", "first"],
    ] {
        let ran = Command::new("git").args(args).current_dir(harness.project()).status()?;
        ensure!(ran.success(), "git {args:?} failed");
    }
    let mut session = harness.open(None).await?;
    let is_full = |msg: &EventMsg| matches!(msg, EventMsg::SandboxReady { report } if report.level == SandboxLevel::Full && report.no_overlay.is_none());
    ensure!(session.said().any(is_full), "this needs the sandbox at its full level, with overlays");
    session.ask("go").await?;
    let mut asked = Asked::default();
    let is_step = |msg: &EventMsg| {
        matches!(
            msg,
            EventMsg::ApprovalRequested { .. } | EventMsg::TaskComplete { .. } | EventMsg::TurnAborted { .. }
        )
    };
    loop {
        match session.until("a question or the end", is_step).await? {
            EventMsg::ApprovalRequested { approval } => {
                match approval.subject {
                    ApprovalSubject::Patch { .. } => asked.changes += 1,
                    _ => asked.commands += 1,
                }
                session.decide(&approval, ReviewDecision::Approved, None, None).await?;
            }
            EventMsg::TaskComplete { .. } => break,
            other => anyhow::bail!("the session did not come to its end: {other:?}"),
        }
    }
    let failed: Vec<_> = session
        .said()
        .filter_map(|msg| match msg {
            EventMsg::ExecCommandEnd { call_id, end, output, .. }
                if end.ended_by != (EndedBy::Exited { code: 0 }) =>
            {
                Some(format!("{call_id}: {:?} {output}", end.ended_by))
            }
            _ => None,
        })
        .collect();
    ensure!(failed.is_empty(), "under {approval:?} commands failed: {failed:?}");
    session.shut_down().await?;
    Ok(asked)
}
