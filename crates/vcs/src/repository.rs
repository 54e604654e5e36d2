//! Opens the repository that a folder is in.

use gix::ThreadSafeRepository;
use gix::discover::upwards;
use gix::open::Options;
use gix::sec::trust::Mapping;
use std::path::Path;

pub(crate) type AnyError = Box<dyn std::error::Error + Send + Sync>;

/// Finds the repository that `dir` is in, a linked worktree or a submodule among them.
pub(crate) fn discover(dir: &Path) -> Result<gix::Repository, AnyError> {
    // neither the person's configuration nor the environment has a say, whoever owns the repository
    let isolated = Mapping { full: Options::isolated(), reduced: Options::isolated() };
    let upwards = upwards::Options { cross_fs: true, ..upwards::Options::default() };
    Ok(ThreadSafeRepository::discover_opts(dir, upwards, isolated)?.to_thread_local())
}
