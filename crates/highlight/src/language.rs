//! Languages and their syntaxes.

use std::path::Path;
use std::sync::LazyLock;
use syntect::parsing::{SyntaxReference, SyntaxSet};

/// Syntaxes of all languages; each is unpacked when it is first used.
static SYNTAXES: LazyLock<SyntaxSet> = LazyLock::new(two_face::syntax::extra_newlines);

/// Language whose tokens can be told apart.
#[derive(Clone, Copy, Debug)]
pub struct Language(&'static SyntaxReference);

impl Language {
    /// Returns the language of a file, by its name, its extension or its first line (`#!/bin/sh`). `None` for plain text and for
    /// what is not known.
    pub fn of_file(path: &Path, first_line: &str) -> Option<Self> {
        let name = path.file_name().and_then(|name| name.to_str());
        let extension = path.extension().and_then(|extension| extension.to_str());
        // longest first: "CMakeLists.txt" is no plain text
        [name, extension]
            .into_iter()
            .flatten()
            .find_map(|token| SYNTAXES.find_syntax_by_extension(token))
            .or_else(|| SYNTAXES.find_syntax_by_first_line(first_line))
            .and_then(Self::unless_plain)
    }

    /// Returns the language that a code block names: "rust", "rs", "Rust".
    pub fn named(name: &str) -> Option<Self> {
        let name = match name {
            // names that code blocks use and syntaxes do not know
            "console" | "shell" | "sh-session" | "shellsession" => "bash",
            "jsonc" | "json5" => "json",
            "plaintext" | "text" => return None,
            name => name,
        };
        SYNTAXES.find_syntax_by_token(name).and_then(Self::unless_plain)
    }

    fn unless_plain(syntax: &'static SyntaxReference) -> Option<Self> {
        (syntax.name != SYNTAXES.find_syntax_plain_text().name).then_some(Self(syntax))
    }

    /// Name for people: "Rust".
    pub fn name(self) -> &'static str {
        &self.0.name
    }

    pub(crate) fn syntax(self) -> &'static SyntaxReference {
        self.0
    }

    pub(crate) fn syntaxes() -> &'static SyntaxSet {
        &SYNTAXES
    }
}
