//! The command line program, run in a project of its own.

use crate::harness::PROVIDER;
use crate::model_server::ModelServer;
use anyhow::{Context, Result, ensure};
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};
use tempfile::TempDir;
use tokio::process::Command;

/// `countersign`, with a home and a project in temporary folders.
pub struct Program {
    program: PathBuf,
    place: TempDir,
}

impl Program {
    /// The program beside this one, where one build puts both.
    pub fn beside_this() -> Result<Self> {
        let here = std::env::current_exe()?;
        let program = here.with_file_name("countersign");
        ensure!(program.is_file(), "{} is not built", program.display());
        // beside `/tmp`, which is writable under every policy
        let place = tempfile::Builder::new().prefix("countersign-soak").tempdir_in("/var/tmp")?;
        let this = Self { program, place };
        std::fs::create_dir(this.home())?;
        std::fs::create_dir(this.project())?;
        Ok(this)
    }

    pub(super) fn home(&self) -> PathBuf {
        self.place.path().join("home")
    }

    pub(super) fn project(&self) -> PathBuf {
        self.place.path().join("project")
    }

    /// Writes the config file that leads to a scripted server.
    pub(super) fn use_server(&self, server: &ModelServer) -> Result<()> {
        let text = format!(
            "model = \"m\"\nmodel_provider = \"{PROVIDER}\"\n[model_providers.{PROVIDER}]\nname = \"Scripted\"\nbase_url = \"{}\"\n",
            server.base_url()
        );
        Ok(std::fs::write(self.home().join("config.toml"), text)?)
    }

    /// Returns the program with these arguments.
    pub(super) fn command(&self, args: &[&str]) -> Command {
        self.prepared(Command::new(&self.program), args)
    }

    /// Returns the program with these arguments, killed (SIGKILL) at the `nth` system call of a thread.
    pub(super) fn killed_at(&self, nth: usize, args: &[&str]) -> Command {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-qq", "-o", "/dev/null", "--trace=all"]);
        strace.arg(format!("--inject=all:signal=SIGKILL:when={nth}")).arg(&self.program);
        self.prepared(strace, args)
    }

    fn prepared(&self, mut command: Command, args: &[&str]) -> Command {
        command
            .args(args)
            .env("COUNTERSIGN_HOME", self.home())
            .env("COUNTERSIGN_NO_KEYCHAIN", "1")
            .current_dir(self.project())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }

    pub(super) async fn run(&self, args: &[&str]) -> Result<Ran> {
        Ok(Ran::of(self.command(args).output().await.with_context(|| args.join(" "))?))
    }
}

/// Result of a run.
pub(super) struct Ran {
    /// Exit code; none when a signal ended it.
    pub(super) code: Option<i32>,
    /// Everything it printed.
    pub(super) said: String,
}

impl Ran {
    pub(super) fn of(output: Output) -> Self {
        let said = [output.stdout, output.stderr].concat();
        Self { code: output.status.code(), said: String::from_utf8_lossy(&said).into_owned() }
    }
}

/// Copies a folder with its folders and files, permissions included, to where nothing is. What else is in it stays behind: where an
/// overlay was being tried, a file that is gone in it is a device.
pub(super) fn copy_dir(from: &Path, to: &Path) -> Result<()> {
    // a helper of what was killed may still be at its end
    while let Err(error) = std::fs::remove_dir_all(to) {
        match error.kind() {
            std::io::ErrorKind::NotFound => break,
            std::io::ErrorKind::DirectoryNotEmpty => {}
            _ => return Err(error.into()),
        }
    }
    std::fs::create_dir(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        let kind = entry.file_type()?;
        if kind.is_dir() {
            copy_dir(&entry.path(), &to)?;
        } else if kind.is_file() {
            std::fs::copy(entry.path(), &to)?;
        }
    }
    std::fs::set_permissions(to, from.metadata()?.permissions())?;
    Ok(())
}
