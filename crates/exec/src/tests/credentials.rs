//! Every row of the table of credential files, in the real sandbox.

use super::{World, free, worlds};
use protocol::{EndedBy, SandboxPolicy};
use secrets::paths::{IN_HOME, OF_SYSTEM};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

/// Files beside credentials that tools need to work.
const BESIDE: &[&str] = &[
    ".cargo/config.toml",
    ".codex/config.toml",
    ".gem/specs",
    ".m2/repository/a.jar",
    ".terraform.d/plugin",
];

const CONTENT: &str = "a credential";

/// A home folder in which everything of the table is there.
fn home(world: &World) -> std::path::PathBuf {
    let home = world.path("home");
    for path in IN_HOME.iter().chain(BESIDE) {
        let file = home.join(path);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, CONTENT).unwrap();
    }
    home
}

/// The paths a command can read, each relative to the folder.
fn readable(world: &World, folder: &Path, paths: &[&str], policy: SandboxPolicy) -> Vec<String> {
    let mut script = String::new();
    for path in paths {
        let file = folder.join(path);
        let _ = writeln!(
            script,
            "if [ -n \"$(cat '{}' 2> /dev/null)\" ]; then echo '{path}'; fi",
            file.display()
        );
    }
    let outcome = world.run(&script, policy);
    assert_eq!(outcome.end.ended_by, EndedBy::Exited { code: 0 }, "{}", outcome.output);
    outcome.output.lines().map(str::to_owned).collect()
}

#[test]
fn b12_every_file_of_the_table_of_credentials_is_hidden() {
    for level in worlds("files that hold credentials").iter().map(World::level) {
        let world = World::with_home().limited_to(level);
        let home = home(&world);
        let policies = [SandboxPolicy::read_only(), SandboxPolicy::workspace_write()];
        assert_eq!(readable(&world, &home, IN_HOME, free()), IN_HOME, "readable without the sandbox");
        for policy in policies {
            let seen = readable(&world, &home, IN_HOME, policy.clone());
            assert_eq!(seen, Vec::<String>::new(), "{level:?} {}", policy.name());
            assert_eq!(readable(&world, &home, BESIDE, policy.clone()), BESIDE, "{level:?}");
            let hidden = world.executor.hidden(&policy);
            for path in IN_HOME {
                assert!(hidden.why(&home.join(path)).is_some(), "tools: {path}");
            }
        }
    }
}

#[test]
fn b12_password_hashes_of_the_system_are_hidden_from_root() {
    let there: Vec<&str> = OF_SYSTEM.iter().copied().filter(|path| fs::read(path).is_ok()).collect();
    for world in worlds("password hashes of the system") {
        let root = Path::new("/");
        assert_eq!(readable(&world, root, &there, SandboxPolicy::read_only()), Vec::<String>::new());
    }
}
