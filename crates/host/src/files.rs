//! Search for files of a folder by a few letters of their paths.

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Most files that are listed; of a folder with more, only some are found.
const MAX_FILES: usize = 50_000;
/// Most files that one search returns.
const MAX_FOUND: usize = 20;
/// Lifetime of the list of a folder's files: as long as somebody types.
const LIST_LIFETIME: Duration = Duration::from_secs(5);

/// Finder of files, with the list of the last folder.
#[derive(Debug, Default)]
pub(crate) struct FileFinder {
    last: Mutex<Option<FileList>>,
}

/// List of the files of a folder at one time.
#[derive(Debug)]
struct FileList {
    folder: PathBuf,
    at: Instant,
    files: Arc<Vec<String>>,
}

impl FileFinder {
    /// Returns the paths relative to `folder` that match, best first, none of them in the folders `except`. Reads the disk: not for the async threads.
    pub(crate) fn find(&self, folder: &Path, except: &[PathBuf], query: &str) -> Vec<String> {
        let files = self.files(folder, except);
        if query.trim().is_empty() {
            return files.iter().take(MAX_FOUND).cloned().collect();
        }
        let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
        let pattern = Pattern::parse(query, CaseMatching::Smart, Normalization::Smart);
        let found = pattern.match_list(files.iter().map(String::as_str), &mut matcher);
        found.into_iter().take(MAX_FOUND).map(|(path, _)| path.to_owned()).collect()
    }

    fn files(&self, folder: &Path, except: &[PathBuf]) -> Arc<Vec<String>> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(listing) = last.as_ref()
            && listing.folder == folder
            && listing.at.elapsed() < LIST_LIFETIME
        {
            return listing.files.clone();
        }
        let files = Arc::new(list(folder, except));
        *last = Some(FileList { folder: folder.to_owned(), at: Instant::now(), files: files.clone() });
        files
    }
}

fn list(folder: &Path, except: &[PathBuf]) -> Vec<String> {
    // a folder that cannot be read holds nothing to find
    let files = worktree::list_files(folder, except, MAX_FILES).unwrap_or_default();
    let mut files: Vec<_> = files.iter().filter_map(|path| path.to_str()).map(str::to_owned).collect();
    files.sort_unstable_by(|a, b| (a.matches('/').count(), a).cmp(&(b.matches('/').count(), b)));
    files
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_found_by_a_few_letters() {
        let dir = tempfile::tempdir().unwrap();
        for path in [
            "src/parse.rs",
            "src/deep/parser_tests.rs",
            "README.md",
            ".git/config",
            "Cargo.toml",
            "target/x",
            "node_modules/m/index.js",
            "web/.next/y",
            "out/gen.rs",
            ".gitignore",
        ] {
            let path = dir.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, "").unwrap();
        }
        std::fs::write(dir.path().join(".gitignore"), "out/\n").unwrap();
        let finder = FileFinder::default();
        let find = |query| finder.find(dir.path(), &[], query);
        assert_eq!(find("parse"), ["src/parse.rs", "src/deep/parser_tests.rs"]);
        assert_eq!(find("rdme"), ["README.md"]);
        assert_eq!(find("gen"), Vec::<String>::new());
        assert_eq!(
            find(""),
            [".gitignore", "Cargo.toml", "README.md", "src/parse.rs", "src/deep/parser_tests.rs"]
        );
    }
}
