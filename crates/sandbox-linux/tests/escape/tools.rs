//! Tools that refuse to be run by root, inside the sandbox.

use crate::world::{levels, worlds};
use protocol::SandboxLevel;
use std::fs;

/// Returns the folder of PostgreSQL's programs; says loudly when there is none.
fn postgres() -> Option<String> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let found = versions.map(|version| version.path().join("bin")).find(|bin| bin.join("initdb").is_file());
    if found.is_none() {
        eprintln!("SKIPPED: a database in the sandbox: there is no PostgreSQL in /usr/lib/postgresql");
    }
    found.map(|bin| bin.display().to_string())
}

#[test]
fn a_database_serves_on_a_socket_in_a_temporary_folder() {
    let Some(bin) = postgres() else { return };
    if !levels().contains(&SandboxLevel::Full) {
        return;
    }
    for world in worlds().into_iter().filter(|world| !world.is_root()) {
        let temporary = world.path("temporary");
        fs::create_dir(&temporary).unwrap();
        world.give(&temporary);
        let mut policy = world.policy(SandboxLevel::Full);
        policy.writable.push(temporary.clone());
        policy.temporary.push(temporary.clone());
        let temporary = temporary.display();
        let script = format!(
            "set -e; '{bin}/initdb' -D data -A trust -U me > made 2>&1 || {{ cat made >&2; exit 1; }}
            '{bin}/pg_ctl' -D data -w -l log -o \"-k '{temporary}' -h ''\" start > started || {{ cat log >&2; exit 1; }}
            '{bin}/psql' -h '{temporary}' -U me -d postgres -Atc 'select 6 * 7'
            '{bin}/pg_ctl' -D data -m fast -w stop > stopped"
        );
        let outcome = world.run_policy(&policy, &script);
        assert_eq!((outcome.code, outcome.stdout.as_str()), (0, "42\n"), "{}: {outcome:?}", world.who());
    }
}
