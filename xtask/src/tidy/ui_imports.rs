//! Imports of the window's files: which folders may import which, and the graph that circles are looked for in.

use super::circles::Import;
use super::fault::Fault;
use super::sources::{SourceFiles, line_at};

/// Name of the rule in the list of debts.
const RULE: &str = "ui-layers";

/// Root of the window's sources.
const ROOT: &str = "ui/src/";

/// Folders with a closed list of folders they may import, besides packages.
const LAYERS: [(&str, &[&str]); 2] =
    [("state", &["state", "bindings", "host", "strings"]), ("parts", &["parts", "strings"])];

/// Returns the imports between files of the window. Unit tests are left out.
pub(super) fn imports(sources: &SourceFiles) -> Vec<Import> {
    let files = sources.0.iter().filter(|(file, _)| file.starts_with(ROOT) && !file.ends_with(".test.ts"));
    let mut imports = Vec::new();
    for (file, text) in files {
        for (line, specifier) in specifiers(text) {
            if let Some(to) = resolve(sources, file, specifier) {
                imports.push(Import { from: file.clone(), line, to });
            }
        }
    }
    imports
}

/// Reports imports that leave the layers.
pub(super) fn check_layers(imports: &[Import]) -> Vec<Fault> {
    let mut faults = Vec::new();
    for import in imports {
        let Some((layer, allowed)) = LAYERS.iter().find(|(layer, _)| folder(&import.from) == *layer) else {
            continue;
        };
        if !allowed.contains(&folder(&import.to)) {
            faults.push(Fault {
                rule: RULE,
                file: import.from.clone(),
                line: import.line,
                text: format!(
                    "{ROOT}{layer} imports {}, and may import {} only: move the imported part there, or pass it as an argument",
                    import.to,
                    allowed.join(", ")
                ),
            });
        }
    }
    faults
}

/// Returns the first folder beneath the root; a file in the root itself stands for its own.
fn folder(file: &str) -> &str {
    file.strip_prefix(ROOT).unwrap_or(file).split('/').next().unwrap_or_default()
}

/// Returns the relative module specifiers of imports and re-exports, with their lines.
fn specifiers(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    for introduction in ["from '", "import '", "import('"] {
        for (at, _) in text.match_indices(introduction) {
            let rest = &text[at + introduction.len()..];
            let is_word = text[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_');
            if let Some((specifier, _)) = rest.split_once('\'')
                && specifier.starts_with('.')
                && !is_word
            {
                found.push((line_at(text, at), specifier));
            }
        }
    }
    found.sort_unstable();
    found
}

/// Returns the source file that a relative specifier names; `None` for styles and generated files.
fn resolve(sources: &SourceFiles, from: &str, specifier: &str) -> Option<String> {
    let mut path: Vec<&str> = from.split('/').collect();
    path.pop();
    for part in specifier.split('?').next()?.split('/') {
        match part {
            "." => {}
            ".." => {
                path.pop()?;
            }
            part => path.push(part),
        }
    }
    let path = path.join("/");
    let candidates = ["", ".ts", "/index.ts"].map(|end| format!("{path}{end}"));
    candidates.into_iter().find(|candidate| sources.0.contains_key(candidate))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_resolved_to_files() {
        let text = "import type {\n  A,\n} from '../b/c';\nimport D from './D.svelte';\nimport x from 'bits-ui';\nimport './e.css';\n\
                    export { F } from './f.svelte';\nconst lazy = () => import('../b');";
        let sources = SourceFiles::of(&[
            ("ui/src/a/a.ts", text),
            ("ui/src/a/D.svelte", ""),
            ("ui/src/a/f.svelte.ts", ""),
            ("ui/src/b/c.ts", ""),
            ("ui/src/b/index.ts", ""),
            ("ui/src/a/a.test.ts", "import { A } from './a';"),
        ]);
        let found: Vec<_> = imports(&sources).into_iter().map(|import| (import.line, import.to)).collect();
        let expected = [
            (3, "ui/src/b/c.ts"),
            (4, "ui/src/a/D.svelte"),
            (7, "ui/src/a/f.svelte.ts"),
            (8, "ui/src/b/index.ts"),
        ];
        assert_eq!(found, expected.map(|(line, to)| (line, to.to_owned())));
    }

    #[test]
    fn state_imports_no_component_and_parts_only_themselves() {
        let import = |from: &str, to: &str| Import { from: from.to_owned(), line: 1, to: to.to_owned() };
        let imports = [
            import("ui/src/state/a.ts", "ui/src/host/host.ts"),
            import("ui/src/state/a.ts", "ui/src/settings/b.ts"),
            import("ui/src/parts/a.svelte", "ui/src/parts/b.svelte"),
            import("ui/src/parts/a.svelte", "ui/src/strings/b.ts"),
            import("ui/src/parts/a.svelte", "ui/src/state/b.ts"),
            import("ui/src/chat/a.svelte", "ui/src/state/b.ts"),
        ];
        let faults = check_layers(&imports);
        let told: Vec<_> =
            faults.iter().map(|fault| fault.text.split(' ').nth(2).unwrap_or_default()).collect();
        assert_eq!(told, ["ui/src/settings/b.ts,", "ui/src/state/b.ts,"]);
    }
}
