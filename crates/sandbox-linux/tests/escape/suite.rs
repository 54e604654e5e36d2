// The modules of the suite, for each of the three programs that run it.

#[path = "attempts.rs"]
mod attempts;
#[path = "calls.rs"]
mod calls;
#[path = "failures.rs"]
mod failures;
#[path = "files.rs"]
mod files;
#[path = "modes.rs"]
mod modes;
#[path = "network.rs"]
mod network;
#[path = "processes.rs"]
mod processes;
#[path = "shared_memory.rs"]
mod shared_memory;
#[path = "tools.rs"]
mod tools;
#[path = "world.rs"]
mod world;

#[test]
fn all_of_it_holds_on_an_isolated_copy() {
    world::run_suite_on_copy();
}

#[test]
fn attempt() {
    attempts::run_the_one_asked_for();
}
