//! Measures checkpoints of a project of so many files; `cargo xtask bench` runs it. Says one row a line, parted by tabs: how
//! many files, what was done, and each run in microseconds.

use std::collections::BTreeSet;
use std::error::Error;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::time::{Duration, Instant};
use worktree::{PlanRequest, Store};

/// Files in each folder.
const IN_ONE_FOLDER: usize = 20;

fn main() -> Result<(), Any> {
    let mut args = std::env::args().skip(1);
    let (Some(place), Some(files), Some(runs)) = (args.next(), args.next(), args.next()) else {
        return Err("usage: measure FOLDER FILES RUNS".into());
    };
    let (place, files, runs): (&Path, usize, usize) = (place.as_ref(), files.parse()?, runs.parse()?);
    let (root, dir) = (place.join("project"), place.join("store"));
    for number in 0..files {
        let folder = root.join(format!("part{}/module{}", number / 1000, number % 1000 / IN_ONE_FOLDER));
        if number % IN_ONE_FOLDER == 0 {
            fs::create_dir_all(&folder)?;
        }
        let lines = format!("line {number} of a file like any other\n").repeat(number % 100 + 10);
        fs::write(folder.join(format!("file{number}.txt")), lines)?;
    }
    fs::write(root.join(".gitignore"), "*.log\n/out/\nbuild\n*.tmp\n")?;
    let mut store = Store::open(&dir, &root)?;
    let first = timed(|| store.snapshot(&[]))?;
    // settles what was read a moment after it was written
    store.snapshot(&[])?;
    say("first checkpoint", files, &[first])?;
    // in turns, so that a busy machine slows all alike
    let (mut bare, mut unchanged, mut reopened) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..runs {
        let started = Instant::now();
        look_at_each(&root)?;
        bare.push(started.elapsed());
        unchanged.push(timed(|| store.snapshot(&[]))?);
        reopened.push(timed(|| {
            store = Store::open(&dir, &root)?;
            store.snapshot(&[])
        })?);
    }
    say("the dates of all files, by one thread", files, &bare)?;
    say("nothing changed", files, &unchanged)?;
    say("nothing changed, the store just opened", files, &reopened)?;
    let changed = repeat(runs, |run| {
        fs::write(root.join("part0/module0/file0.txt"), run.to_string())?;
        timed(|| store.snapshot(&[]))
    })?;
    say("one file changed", files, &changed)?;
    let (target, _) = store.snapshot(&[])?;
    let undone = repeat(runs, |run| {
        fs::write(root.join("part0/module0/file0.txt"), format!("changed {run}"))?;
        let (base, _) = store.snapshot(&[])?;
        timed(|| {
            let (now, _) = store.snapshot(&[target, base])?;
            let others = vec![(base, now)];
            let plan = store.plan(&PlanRequest {
                target,
                now,
                changed: None,
                others,
                others_paths: BTreeSet::new(),
            })?;
            store.apply(&plan, false)
        })
    })?;
    say("one file undone", files, &undone)
}

type Any = Box<dyn Error>;

fn timed<T>(work: impl FnOnce() -> Result<T, worktree::Error>) -> Result<Duration, Any> {
    let started = Instant::now();
    work()?;
    Ok(started.elapsed())
}

/// The least that tells whether anything changed: what everything else is held against.
fn look_at_each(dir: &Path) -> std::io::Result<()> {
    for entry in fs::read_dir(dir)? {
        let entry = entry?;
        if entry.metadata()?.is_dir() {
            look_at_each(&entry.path())?;
        }
    }
    Ok(())
}

fn repeat(runs: usize, run: impl FnMut(usize) -> Result<Duration, Any>) -> Result<Vec<Duration>, Any> {
    (0..runs).map(run).collect()
}

fn say(what: &str, files: usize, runs: &[Duration]) -> Result<(), Any> {
    let runs: Vec<_> = runs.iter().map(|run| run.as_micros().to_string()).collect();
    writeln!(std::io::stdout(), "{files}\t{what}\t{}", runs.join("\t"))?;
    Ok(())
}
