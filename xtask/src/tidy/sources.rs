//! The source files that rules read.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use crate::checkout::Checkout;

/// Folder of the TypeScript that is generated from the Rust types.
const GENERATED: &str = "ui/src/bindings/";

/// Text of the hand-written source files, by their paths in the checkout.
#[derive(Default)]
pub(super) struct SourceFiles(pub(super) BTreeMap<String, String>);

impl SourceFiles {
    pub(super) fn read(checkout: &Checkout, files: &[String]) -> Self {
        let sources = files.iter().filter(|file| is_source(file) && !file.starts_with(GENERATED));
        // a file may be gone from disk but not yet from git
        let read =
            sources.filter_map(|file| Some((file.clone(), fs::read_to_string(checkout.path(file)).ok()?)));
        Self(read.collect())
    }

    #[cfg(test)]
    pub(super) fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

fn is_source(file: &str) -> bool {
    ["rs", "ts", "svelte"].iter().any(|extension| has_extension(file, extension))
}

pub(super) fn has_extension(file: &str, extension: &str) -> bool {
    Path::new(file).extension().is_some_and(|end| end == extension)
}

/// Returns the line of the byte at `offset`, counted from 1.
pub(super) fn line_at(text: &str, offset: usize) -> usize {
    text[..offset].matches('\n').count() + 1
}
