//! Kills at every system call of a patch, an undo and a redo.

use super::findings::Findings;
use super::program::{Program, Ran, copy_dir};
use super::tree::Tree;
use crate::model_server::{ModelServer, Reply};
use anyhow::{Context, Result, ensure};
use std::fmt::Write as _;
use std::path::PathBuf;

/// Files the patch changes in their place.
const UPDATED: usize = 6;

/// Kills that may miss, one after the other, before the last system call is taken to be passed: threads differ in how far they
/// get.
const MISSES: usize = 8;

/// A program whose way through its work is cut at one system call after another.
struct Cut<'a> {
    program: &'a Program,
    /// State before the patch, and after it.
    before: Tree,
    after: Tree,
    findings: Findings,
}

/// Kills the program at every `step`-th system call of `apply-patch`, of `undo` and of `redo`; each time the files must be as
/// before or as after, with nothing left behind, and the ways on must be open. Needs `strace`.
pub async fn kill_at_system_calls(program: &Program, step: usize) -> Result<Findings> {
    let before = first_tree(program)?;
    let patch = patch_text();
    let applied = program.run(&["apply-patch", &patch]).await?;
    ensure!(applied.code == Some(0), "{}", applied.said);
    let after = Tree::read(&program.project())?;
    before.write(&program.project())?;
    let mut cut = Cut { program, before, after, findings: Findings::default() };
    cut.patches(&patch, step).await?;
    cut.undos(&patch, step).await?;
    Ok(cut.findings)
}

fn first_tree(program: &Program) -> Result<Tree> {
    let project = program.project();
    for number in 0..UPDATED {
        std::fs::write(project.join(format!("f{number}.txt")), "old\n")?;
    }
    std::fs::write(project.join("gone.txt"), "old\n")?;
    std::fs::write(project.join("moved.txt"), "old\nstays\n")?;
    Tree::read(&project)
}

fn patch_body() -> String {
    let mut body = String::new();
    for number in 0..UPDATED {
        // writing to a String cannot fail
        let _ = writeln!(body, "*** Update File: f{number}.txt\n-old\n+new");
    }
    body.push_str("*** Delete File: gone.txt\n*** Add File: made/new.txt\n+new\n");
    body.push_str("*** Update File: moved.txt\n*** Move to: made/moved.txt\n@@\n-old\n+new\n stays\n");
    body
}

fn patch_text() -> String {
    format!("*** Begin Patch\n{}*** End Patch\n", patch_body())
}

impl Cut<'_> {
    async fn patches(&mut self, patch: &str, step: usize) -> Result<()> {
        const NEXT: &str = "*** Begin Patch\n*** Add File: next.txt\n+next\n*** End Patch\n";
        let home = Copied::of(self.program.home())?;
        let mut nth = Counter::new(step);
        while nth.goes_on() {
            home.restore()?;
            self.before.write(&self.program.project())?;
            let ran = self.killed(nth.value(), &["apply-patch", patch]).await?;
            nth.was_hit(ran.code.is_none());
            let next = self.program.run(&["apply-patch", NEXT]).await?;
            let tree = Tree::read(&self.program.project())?.without("next.txt");
            let what = |what: &str| format!("patch, system call {}: {what}: {}", nth.value(), next.said);
            self.findings.check(next.code == Some(0), || what("the next patch failed"));
            let is_whole = tree == self.before || tree == self.after;
            self.findings.check(is_whole, || what("half written, or something is left behind"));
            let complete = next.said.contains("it is complete now");
            self.findings.check(!complete || tree == self.after, || what("told as complete"));
            let undone = next.said.contains("as they were before it");
            self.findings.check(!undone || tree == self.before, || what("told as taken back"));
        }
        home.restore()?;
        self.before.write(&self.program.project())
    }

    async fn undos(&mut self, patch: &str, step: usize) -> Result<()> {
        let body = patch_body();
        let replies = vec![Reply::new().apply_patch("c1", &body).completed(), Reply::text("done")];
        let server = ModelServer::start(replies).await?;
        self.program.use_server(&server)?;
        let flags = ["--approval", "never", "--sandbox", "danger-full-access"];
        let ran = self.program.run(&[&["exec", "go"], &flags[..]].concat()).await?;
        ensure!(Tree::read(&self.program.project())? == self.after, "{patch}: {}", ran.said);
        let done = Copied::of(self.program.home())?;
        let ways = ["undo", "redo"];
        self.killed_ways(&done, ways, step).await?;
        done.restore()?;
        self.after.write(&self.program.project())?;
        let ran = self.program.run(&["undo", "--last", "--yes"]).await?;
        ensure!(Tree::read(&self.program.project())? == self.before, "{}", ran.said);
        let undone = Copied::of(self.program.home())?;
        let [undo, redo] = ways;
        self.killed_ways(&undone, [redo, undo], step).await
    }

    /// Kills the way `first` at each system call: after it, the other way and `first` again lead where they should.
    async fn killed_ways(&mut self, home: &Copied, [first, other]: [&str; 2], step: usize) -> Result<()> {
        let (from, to) = match first {
            "undo" => (self.after.clone(), self.before.clone()),
            _ => (self.before.clone(), self.after.clone()),
        };
        let mut nth = Counter::new(step);
        while nth.goes_on() {
            home.restore()?;
            from.write(&self.program.project())?;
            let ran = self.killed(nth.value(), &[first, "--last", "--yes"]).await?;
            nth.was_hit(ran.code.is_none());
            // where it was taken back there is nothing to do, and this says so
            let back = self.program.run(&[other, "--last", "--yes"]).await?;
            let what =
                |what: &str, said: &str| format!("{first}, system call {}: {what}: {said}", nth.value());
            let tree = Tree::read(&self.program.project())?;
            self.findings.check(tree == from, || what("the way back does not lead back", &back.said));
            let again = self.program.run(&[first, "--last", "--yes"]).await?;
            self.findings.check(again.code == Some(0), || what("it cannot be done again", &again.said));
            let tree = Tree::read(&self.program.project())?;
            self.findings.check(tree == to, || what("again, and not whole", &again.said));
        }
        Ok(())
    }

    async fn killed(&mut self, nth: usize, args: &[&str]) -> Result<Ran> {
        let output = self.program.killed_at(nth, args).output().await;
        let ran = Ran::of(output.context("`strace` kills at system calls; install it")?);
        self.findings.runs += usize::from(ran.code.is_none());
        Ok(ran)
    }
}

/// A folder that is put back as it was, under its own name.
struct Copied {
    dir: PathBuf,
    copy: tempfile::TempDir,
}

impl Copied {
    fn of(dir: PathBuf) -> Result<Self> {
        let copy = tempfile::TempDir::new()?;
        copy_dir(&dir, &copy.path().join("copy"))?;
        Ok(Self { dir, copy })
    }

    fn restore(&self) -> Result<()> {
        copy_dir(&self.copy.path().join("copy"), &self.dir)
    }
}

/// Number of the system call to kill at, until none is hit any more.
struct Counter {
    nth: usize,
    step: usize,
    misses: usize,
}

impl Counter {
    fn new(step: usize) -> Self {
        Self { nth: 0, step, misses: 0 }
    }

    fn goes_on(&mut self) -> bool {
        self.nth += if self.nth == 0 { 1 } else { self.step };
        self.misses < MISSES
    }

    fn value(&self) -> usize {
        self.nth
    }

    fn was_hit(&mut self, hit: bool) {
        self.misses = if hit { 0 } else { self.misses + 1 };
    }
}
