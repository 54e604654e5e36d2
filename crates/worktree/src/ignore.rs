//! Ignore rules that snapshots and the watcher go by: files of a project that are nobody's work, those that `.gitignore` names, with or without git, and those
//! that tools make.
//!
//! Walks through a whole project, from many threads, and walks through one folder after the other share the rules of this file.

use crate::staged::STAGED_PREFIX;
use ::ignore::Match;
use ::ignore::gitignore::{Gitignore, GitignoreBuilder};
use std::ffi::OsStr;
use std::path::Path;
use std::sync::Arc;

/// Folders that are never looked into, wherever they stand.
const TOOL_FOLDERS: &[&str] = &[
    ".git",
    ".hg",
    ".svn",
    ".jj",
    "node_modules",
    ".venv",
    "__pycache__",
    ".mypy_cache",
    ".pytest_cache",
    ".ruff_cache",
    ".tox",
    ".gradle",
    ".next",
    ".svelte-kit",
    ".terraform",
];

/// Files beside a folder named `target` that make it a build's output.
const TARGET_BUILDS: &[&str] = &["Cargo.toml", "pom.xml", "build.sbt"];

/// The name of a file of rules.
pub(crate) const RULES_FILE: &str = ".gitignore";

/// The rules that hold in one folder: its own, and those above it.
#[derive(Debug)]
pub(crate) struct Scope {
    own: Vec<Gitignore>,
    above: Option<Arc<Scope>>,
}

impl Scope {
    /// Returns the rules from outside a project: the outermost scope.
    pub(crate) fn outside(root: &Path) -> Arc<Self> {
        Arc::new(Self { own: outside(root), above: None })
    }

    /// The rules of a folder within, given the text of its file of rules.
    pub(crate) fn with_text(self: &Arc<Self>, folder: &Path, text: &str) -> Arc<Self> {
        let mut builder = GitignoreBuilder::new(folder);
        for line in text.trim_start_matches('\u{feff}').lines() {
            // a line that cannot be understood is left out, as git does
            let _ = builder.add_line(None, line);
        }
        match builder.build() {
            Ok(rules) if !rules.is_empty() => {
                Arc::new(Self { own: vec![rules], above: Some(Arc::clone(self)) })
            }
            _ => Arc::clone(self),
        }
    }

    /// The rules of a folder within that has a file of rules.
    pub(crate) fn with_file(self: &Arc<Self>, folder: &Path) -> Arc<Self> {
        match rules_of(folder, &folder.join(RULES_FILE)) {
            Some(rules) => Arc::new(Self { own: vec![rules], above: Some(Arc::clone(self)) }),
            None => Arc::clone(self),
        }
    }

    /// Reports whether there is no rule at all.
    pub(crate) fn is_empty(&self) -> bool {
        self.own.is_empty() && self.above.as_ref().is_none_or(|above| above.is_empty())
    }

    /// Reports whether the nearest rule that matches an absolute path leaves it out.
    pub(crate) fn leaves_out(&self, absolute: &Path, is_dir: bool) -> bool {
        let mut scope = Some(self);
        while let Some(at) = scope {
            if let Some(decided) = decide(&at.own, absolute, is_dir) {
                return decided;
            }
            scope = at.above.as_deref();
        }
        false
    }
}

/// Reports whether a path leads through a folder that is never walked. Looks at the names only.
pub fn in_tool_folder(path: &Path) -> bool {
    path.components().any(|component| is_tool_folder(component.as_os_str()))
}

/// Reports whether an entry of this name is never walked, whatever the rules say.
pub(crate) fn is_never_looked_at(name: &OsStr, is_dir: bool) -> bool {
    // what is staged is seen under its own name once it is in place
    (is_dir && is_tool_folder(name)) || name.as_encoded_bytes().starts_with(STAGED_PREFIX.as_bytes())
}

/// Reports whether a folder of this name is a build's output.
pub(crate) fn is_build_target(name: &OsStr, has_beside: impl Fn(&str) -> bool) -> bool {
    name == "target" && TARGET_BUILDS.iter().any(|file| has_beside(file))
}

fn is_tool_folder(name: &OsStr) -> bool {
    TOOL_FOLDERS.iter().any(|folder| name == *folder)
}

fn decide<'a>(rules: impl IntoIterator<Item = &'a Gitignore>, absolute: &Path, is_dir: bool) -> Option<bool> {
    rules.into_iter().find_map(|rules| match rules.matched(absolute, is_dir) {
        Match::None => None,
        Match::Ignore(_) => Some(true),
        Match::Whitelist(_) => Some(false),
    })
}

/// Rules from outside, the nearest first: folders above up to the repository's, its `info/exclude`, the person's own.
fn outside(root: &Path) -> Vec<Gitignore> {
    let mut outside = Vec::new();
    if let Some(repository) = root.ancestors().find(|dir| dir.join(".git").exists()) {
        let above = root.ancestors().skip(1).take_while(|dir| dir.starts_with(repository));
        outside.extend(above.filter_map(|dir| rules_of(dir, &dir.join(RULES_FILE))));
        outside.extend(rules_of(repository, &repository.join(".git/info/exclude")));
    }
    let own = GitignoreBuilder::new(root).build_global().0;
    outside.extend((!own.is_empty()).then_some(own));
    outside
}

/// The rules a file holds for a folder; `None` when there is no such file, or nothing in it.
fn rules_of(dir: &Path, file: &Path) -> Option<Gitignore> {
    if !file.is_file() {
        return None;
    }
    let mut builder = GitignoreBuilder::new(dir);
    // a line that cannot be understood is left out, as git does
    let _ = builder.add(file);
    builder.build().ok().filter(|rules| !rules.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_through_a_folder_of_tools_is_known_by_its_names() {
        assert!(in_tool_folder(Path::new("a/.git/x")) && !in_tool_folder(Path::new("a/.github/x")));
    }
}
