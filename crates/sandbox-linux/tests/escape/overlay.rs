//! The whole suite once more, on copy-on-write views of the roots.

use crate::world::{IN_OVERLAY, World, in_overlay, levels};
use protocol::SandboxLevel;
use std::process::Command;

/// Tests of what becomes of the real folder, which a command in an overlay leaves as it is.
const OF_THE_FOLDER: &[&str] = &[
    "a_repository_that_would_run_a_program_is_not_found_by_git_once_the_command_has_ended",
    "a_repository_that_a_command_makes_is_its_own_until_it_ends",
    "a_repository_made_while_the_command_runs_is_protected",
    // it reads a file that the command writes
    "nothing_outlives_the_command",
];

#[test]
fn every_escape_is_refused_in_an_overlay_as_well() {
    if in_overlay() || !levels().contains(&SandboxLevel::Full) {
        return;
    }
    if let Some(why) = World::new(None).probe().no_overlay {
        eprintln!("SKIPPED: escapes from overlays: {why}");
        return;
    }
    let mut suite = Command::new(std::env::current_exe().unwrap());
    suite.env(IN_OVERLAY, "1").args(["--test-threads", "2"]);
    for name in OF_THE_FOLDER {
        suite.args(["--skip", name]);
    }
    let output = suite.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stdout));
}
