//! The module trees of the workspace's crates, and the paths between their files. Test code is left out.

use std::collections::BTreeMap;

use super::circles::Import;
use super::fault::Fault;
use super::rust_code::{end_of_group, strip};
use super::rust_paths;
use super::sources::{SourceFiles, has_extension};

/// Name of the rule in the list of debts.
const RULE: &str = "parent-imports";

/// Path of a module in its crate; the root's is empty.
type ModulePath = Vec<String>;

/// The modules of a crate that are compiled without its tests.
struct ModuleTree {
    /// The file of each module; an inline module has that of the module around it.
    files: BTreeMap<ModulePath, String>,
    /// Code of each file, and the path of the module it is the body of.
    code: BTreeMap<String, (ModulePath, String)>,
}

/// Names and bodies of the modules declared in a file.
#[derive(Default)]
struct Declared {
    files: Vec<String>,
    /// Inline modules with the range of their bodies.
    inline: Vec<(String, std::ops::Range<usize>)>,
}

/// A path resolved to a module.
struct Reference<'a> {
    from: &'a str,
    from_module: &'a ModulePath,
    line: usize,
    /// The path as written.
    path: String,
    to_module: ModulePath,
    to: &'a str,
}

/// Returns the imports between files of the same crate, and the faults of modules that name an item of their parent.
pub(super) fn check(sources: &SourceFiles) -> (Vec<Import>, Vec<Fault>) {
    let (mut imports, mut faults) = (Vec::new(), Vec::new());
    for root in roots(sources) {
        let tree = ModuleTree::read(sources, root);
        for reference in tree.references() {
            if reference.to != reference.from {
                let (from, to) = (reference.from.to_owned(), reference.to.to_owned());
                imports.push(Import { from, line: reference.line, to });
            }
            if reference.names_ancestor() {
                faults.push(reference.fault());
            }
        }
    }
    (imports, faults)
}

/// Returns the files that are the root of a library or an executable.
fn roots(sources: &SourceFiles) -> impl Iterator<Item = &str> {
    let is_root = |file: &str| {
        let (dir, name) = file.rsplit_once('/').unwrap_or_default();
        let is_named = ["lib.rs", "main.rs"].contains(&name) && (dir == "src" || dir.ends_with("/src"));
        is_named || dir.ends_with("/src/bin") && has_extension(name, "rs")
    };
    sources.0.keys().map(String::as_str).filter(move |file| is_root(file))
}

impl Reference<'_> {
    /// Reports whether the path ends in a module around the one it stands in.
    fn names_ancestor(&self) -> bool {
        self.to_module.len() < self.from_module.len() && self.from_module.starts_with(&self.to_module)
    }

    fn fault(&self) -> Fault {
        Fault {
            rule: RULE,
            file: self.from.to_owned(),
            line: self.line,
            text: format!(
                "`{}` is an item of {}, a module around this one: move it to a module beside this one, or name the module that \
                 defines it",
                self.path, self.to
            ),
        }
    }
}

impl ModuleTree {
    fn read(sources: &SourceFiles, root: &str) -> Self {
        let mut tree = Self { files: BTreeMap::new(), code: BTreeMap::new() };
        let mut open = vec![(ModulePath::new(), root.to_owned())];
        while let Some((module, file)) = open.pop() {
            let code = strip(&sources.0[&file]);
            let declared = declared(&code);
            for name in declared.files {
                let child = [module.as_slice(), &[name]].concat();
                let found = candidates(root, &child).into_iter().find(|file| sources.0.contains_key(file));
                open.extend(found.map(|file| (child, file)));
            }
            for (name, _) in declared.inline {
                tree.files.insert([module.as_slice(), &[name]].concat(), file.clone());
            }
            tree.files.insert(module.clone(), file.clone());
            tree.code.insert(file, (module, code));
        }
        tree
    }

    fn references(&self) -> Vec<Reference<'_>> {
        let mut references = Vec::new();
        for (file, (module, code)) in &self.code {
            let declared = declared(code);
            let inline_names = declared.inline.iter().map(|(name, _)| name.clone());
            let children: Vec<String> = declared.files.into_iter().chain(inline_names).collect();
            for path in rust_paths::find(code, &children) {
                let around = declared.inline.iter().find(|(_, body)| body.contains(&path.offset));
                let scope = around.map_or_else(
                    || module.clone(),
                    |(name, _)| [module.as_slice(), std::slice::from_ref(name)].concat(),
                );
                let Some(to_module) = self.resolve(scope, &path.segments) else { continue };
                references.push(Reference {
                    from: file,
                    from_module: module,
                    line: path.line,
                    path: path.segments.join("::"),
                    to: &self.files[&to_module],
                    to_module,
                });
            }
        }
        references
    }

    /// Returns the innermost module that the path leads through, seen from the module `scope`.
    fn resolve(&self, scope: ModulePath, segments: &[String]) -> Option<ModulePath> {
        let mut module = scope;
        for (index, segment) in segments.iter().enumerate() {
            match segment.as_str() {
                "crate" if index == 0 => module.clear(),
                "self" => {}
                "super" => {
                    module.pop()?;
                }
                name => {
                    module.push(name.to_owned());
                    if !self.files.contains_key(&module) {
                        module.pop();
                        break;
                    }
                }
            }
        }
        self.files.contains_key(&module).then_some(module)
    }
}

/// Returns the files that the module may be in.
fn candidates(root: &str, module: &[String]) -> [String; 2] {
    let (dir, name) = root.rsplit_once('/').unwrap_or_default();
    // modules of an executable in `src/bin` are in the folder beside it
    let dir = if dir.ends_with("/bin") {
        format!("{dir}/{}", name.trim_end_matches(".rs"))
    } else {
        dir.to_owned()
    };
    let path = module.join("/");
    [format!("{dir}/{path}.rs"), format!("{dir}/{path}/mod.rs")]
}

/// Finds the module declarations at the top level of `code`.
fn declared(code: &str) -> Declared {
    let mut declared = Declared::default();
    let mut at = 0;
    while let Some(found) = code[at..].find("mod ") {
        let begin = at + found;
        at = begin + "mod ".len();
        let is_word = code[..begin].ends_with(|c: char| c.is_alphanumeric() || c == '_');
        let end = at + code[at..].find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(code.len() - at);
        let (name, rest) = (&code[at..end], code[end..].trim_start());
        if is_word || name.is_empty() {
            continue;
        }
        if rest.starts_with(';') {
            declared.files.push(name.to_owned());
        } else if rest.starts_with('{') {
            let open = code.len() - rest.len();
            let close = end_of_group(code.as_bytes(), open);
            declared.inline.push((name.to_owned(), open..close));
            at = close;
        }
    }
    declared
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources() -> SourceFiles {
        SourceFiles::of(&[
            (
                "crates/a/src/lib.rs",
                "mod b;\nmod e;\nmod inner { pub fn f() { super::b::g(); } }\n#[cfg(test)]\nmod testing;\npub use b::B;",
            ),
            (
                "crates/a/src/b.rs",
                "mod c;\nmod d;\n#[cfg(test)]\nmod tests;\npub struct B;\nuse crate::e::E;\nfn f() { c::f() }",
            ),
            (
                "crates/a/src/b/c.rs",
                "use super::d::D;\nuse super::{d, B};\nuse crate::b::B as C;\nuse crate::e;\nuse super::*;\nuse crate::B as R;\n\
                 #[cfg(test)]\nmod tests { use super::super::B; }",
            ),
            ("crates/a/src/b/d.rs", "use super::c::f;"),
            ("crates/a/src/b/tests.rs", "use super::B;"),
            ("crates/a/src/e.rs", "use crate::inner::f;\nuse self::f::G;"),
            ("crates/a/src/testing.rs", "use super::B;"),
        ])
    }

    #[test]
    fn a_module_names_siblings_and_no_item_of_a_module_around_it() {
        let (_, faults) = check(&sources());
        let told: Vec<_> = faults.iter().map(|fault| (fault.file.as_str(), fault.line)).collect();
        let file = "crates/a/src/b/c.rs";
        assert_eq!(told, [(file, 2), (file, 3), (file, 5), (file, 6)]);
    }

    #[test]
    fn imports_lead_from_file_to_file() {
        let (imports, _) = check(&sources());
        let mut edges: Vec<_> =
            imports.iter().map(|import| (import.from.as_str(), import.to.as_str())).collect();
        edges.sort_unstable();
        edges.dedup();
        let expected = [
            ("b.rs", "b/c.rs"),
            ("b.rs", "e.rs"),
            ("b/c.rs", "b.rs"),
            ("b/c.rs", "b/d.rs"),
            ("b/c.rs", "e.rs"),
            ("b/c.rs", "lib.rs"),
            ("b/d.rs", "b/c.rs"),
            ("e.rs", "lib.rs"),
            ("lib.rs", "b.rs"),
        ];
        let full = |name: &str| format!("crates/a/src/{name}");
        let expected = expected.map(|(from, to)| (full(from), full(to)));
        assert_eq!(edges, expected.each_ref().map(|(from, to)| (from.as_str(), to.as_str())));
    }
}
