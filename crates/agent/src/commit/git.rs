//! The git of this machine, contained.

use crate::commit::error::CommitRefusal;
use engine::ExecRequest;
use exec::Executor;
use protocol::{EndedBy, ExecStream, Granted, NetworkAccess, SandboxPolicy};
use std::path::{Path, PathBuf};
use tokio_util::sync::CancellationToken;

/// Time limit of one git, hooks included, in milliseconds.
const TIMEOUT_MS: u64 = 10 * 60 * 1000;

/// Largest output that is read, in bytes: more of it is not passed on by the executor.
const MAX_OUTPUT: usize = 1024 * 1024;

/// Outcome of one git.
pub(crate) struct GitRun {
    pub(crate) succeeded: bool,
    /// Standard output.
    pub(crate) stdout: String,
    /// Both streams, for people.
    pub(crate) output: String,
}

/// Git in a folder.
#[derive(Clone)]
pub(crate) struct Git<'a> {
    executor: &'a Executor,
    folder: PathBuf,
    sandbox: SandboxPolicy,
    hooks: bool,
    /// Index that it works on; the repository's own when absent.
    index: Option<PathBuf>,
}

impl<'a> Git<'a> {
    /// Git that only reads, and runs no hook.
    pub(crate) fn new(executor: &'a Executor, folder: &Path) -> Self {
        let sandbox = SandboxPolicy::ReadOnly { network: NetworkAccess::None, granted: Granted::default() };
        Self { executor, folder: folder.to_owned(), sandbox, hooks: false, index: None }
    }

    /// Lets it write these folders, and its own.
    pub(crate) fn writing(self, folders: Vec<PathBuf>) -> Self {
        let granted = Granted { write: folders, read: Vec::new() };
        let sandbox = SandboxPolicy::WorkspaceWrite {
            writable_roots: Vec::new(),
            network: NetworkAccess::None,
            granted,
        };
        Self { sandbox, ..self }
    }

    /// Sets whether the repository's hooks run.
    pub(crate) fn hooks(self, hooks: bool) -> Self {
        Self { hooks, ..self }
    }

    /// Sets the index that it works on, and its hooks with it.
    pub(crate) fn index(self, index: PathBuf) -> Self {
        Self { index: Some(index), ..self }
    }

    /// Runs git on paths, which are taken literally.
    pub(crate) async fn on(&self, args: &[&str], paths: &[&str]) -> Result<GitRun, CommitRefusal> {
        let args: Vec<_> = [args, &["--"], paths].concat();
        self.run(&args).await
    }

    /// Runs git, without the file system monitor that a repository may name.
    pub(crate) async fn run(&self, args: &[&str]) -> Result<GitRun, CommitRefusal> {
        let index = self.index.as_ref().map(|index| format!("GIT_INDEX_FILE={}", index.display()));
        let environment: Vec<&str> = index.iter().flat_map(|index| ["env", index]).collect();
        let base = ["git", "--literal-pathspecs", "-c", "core.fsmonitor=false"];
        let hooks: &[&str] = if self.hooks { &[] } else { &["-c", "core.hooksPath=/dev/null"] };
        let request = ExecRequest {
            argv: [&environment[..], &base, hooks, args].concat().into_iter().map(str::to_owned).collect(),
            cwd: self.folder.clone(),
            session_cwd: self.folder.clone(),
            timeout_ms: TIMEOUT_MS,
            sandbox: self.sandbox.clone(),
            background: false,
            overlay: false,
            known_by_name: None,
        };
        let mut stdout = String::new();
        let outcome = self
            .executor
            .run(&request, CancellationToken::new(), |stream, text| {
                if stream == ExecStream::Stdout {
                    stdout.push_str(&text);
                }
            })
            .await;
        if stdout.len() >= MAX_OUTPUT {
            return Err(CommitRefusal::TooManyFiles);
        }
        match outcome.end.ended_by {
            EndedBy::Exited { code } => {
                Ok(GitRun { succeeded: code == 0, stdout, output: outcome.output.trim().to_owned() })
            }
            EndedBy::TimedOut { .. } => Ok(GitRun {
                succeeded: false,
                stdout,
                output: format!("{}\nstopped after ten minutes", outcome.output.trim()),
            }),
            EndedBy::Signaled { signal } => Ok(GitRun {
                succeeded: false,
                stdout,
                output: format!("{}\nended by signal {signal}", outcome.output.trim()),
            }),
            EndedBy::NotStarted { why } | EndedBy::SandboxFailed { why } | EndedBy::Lost { why } => {
                Err(CommitRefusal::NotRun { why })
            }
            EndedBy::Interrupted | EndedBy::Rejected | EndedBy::AppStopped => {
                Err(CommitRefusal::NotRun { why: "it was stopped".to_owned() })
            }
        }
    }

    /// Returns the only line that git prints; `None` when it fails or prints nothing.
    pub(crate) async fn line(&self, args: &[&str]) -> Result<Option<String>, CommitRefusal> {
        Ok(self.lines(args).await?.into_iter().next())
    }

    /// Returns the lines that git prints; none when it fails.
    pub(crate) async fn lines(&self, args: &[&str]) -> Result<Vec<String>, CommitRefusal> {
        let run = self.run(args).await?;
        if !run.succeeded {
            return Ok(Vec::new());
        }
        Ok(run.stdout.lines().map(str::to_owned).collect())
    }
}
