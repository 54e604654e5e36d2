//! States that a preview left files in, compared with those that the command left for real.

use protocol::{ChangedPath, MAX_COMPARED_PATHS, PatchProposal, PathState, PreviewComparison};
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

/// State that a preview left each path in that it changed, by the path's name in its patch.
pub(crate) type PreviewedStates = BTreeMap<PathBuf, PathState>;

/// Returns the states that a command left on a copy of the project.
pub(crate) fn states_of(effects: &PatchProposal) -> PreviewedStates {
    let state =
        |file: &protocol::FilePatch| Some((PathBuf::from(&file.path), file.effect.as_ref()?.now.clone()));
    effects.files.iter().filter_map(state).collect()
}

/// Compares what a command did, relative to the session's folder `cwd`, with what its preview showed.
pub(crate) fn compare(
    previewed: &PreviewedStates,
    done: &BTreeMap<PathBuf, ChangedPath>,
    cwd: &Path,
) -> PreviewComparison {
    let relative = |path: &PathBuf| path.strip_prefix(cwd).map_or_else(|_| path.clone(), Path::to_owned);
    let previewed: BTreeMap<PathBuf, &PathState> =
        previewed.iter().map(|(path, state)| (relative(path), state)).collect();
    // a folder that something is put into is not told of in a patch
    let is_told = |change: &&ChangedPath| {
        let is_folder = |state: &PathState| matches!(state, PathState::Dir { .. });
        change.was != change.now
            && (previewed.contains_key(&change.path) || !(is_folder(&change.was) || is_folder(&change.now)))
    };
    let done: BTreeMap<&PathBuf, &PathState> =
        done.values().filter(is_told).map(|change| (&change.path, &change.now)).collect();
    let all: BTreeSet<&PathBuf> = previewed.keys().chain(done.keys().copied()).collect();
    let is_other = |path: &&PathBuf| match (previewed.get(*path), done.get(*path)) {
        (Some(shown), Some(left)) => !shown.is_same(left),
        _ => true,
    };
    let others = all.into_iter().filter(is_other).take(MAX_COMPARED_PATHS);
    let paths: Vec<String> = others.map(|path| path.to_string_lossy().into_owned()).collect();
    if paths.is_empty() { PreviewComparison::Same } else { PreviewComparison::Different { paths } }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(hash: &str) -> PathState {
        PathState::File { mode: 0o644, hash: hash.to_owned() }
    }

    fn did(changes: &[(&str, PathState, PathState)]) -> BTreeMap<PathBuf, ChangedPath> {
        let change = |(path, was, now): &(&str, PathState, PathState)| {
            let path = PathBuf::from(path);
            (path.clone(), ChangedPath { path, was: was.clone(), now: now.clone() })
        };
        changes.iter().map(change).collect()
    }

    #[test]
    fn a_run_that_did_what_its_preview_showed_is_the_same_and_any_other_names_the_paths() {
        let shown: PreviewedStates =
            [("new/a".into(), file("1")), ("/w/gone".into(), PathState::Absent)].into();
        let compare = |changes: &[_]| compare(&shown, &did(changes), Path::new("/w"));
        let folder = || ("new", PathState::Absent, PathState::Dir { mode: 0o755 });
        let gone = || ("gone", file("9"), PathState::Absent);
        let made = |hash| ("new/a", PathState::Absent, file(hash));
        assert_eq!(compare(&[folder(), made("1"), gone()]), PreviewComparison::Same);
        let others = |changes: &[_]| match compare(changes) {
            PreviewComparison::Different { paths } => paths,
            PreviewComparison::Same => Vec::new(),
        };
        assert_eq!(others(&[folder(), made("2"), gone()]), ["new/a"]);
        assert_eq!(others(&[made("1")]), ["gone"]);
        assert_eq!(others(&[made("1"), gone(), ("more", file("1"), file("2"))]), ["more"]);
        assert_eq!(
            others(&[made("1"), gone(), ("x", PathState::Unknown, PathState::Unknown)]),
            Vec::<String>::new()
        );
    }
}
