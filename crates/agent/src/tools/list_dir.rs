//! `list_dir`: what is in a folder, some levels deep.

use super::access::PathError;
use super::found::{ToolError, ToolFindings};
use super::location::ToolLocation;
use super::walk::ToolWalk;
use engine::tools::list_dir::Args;
use std::collections::VecDeque;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use worktree::{EntryKind, NamedEntry};

/// Entries that are listed at the most.
const MAX_ENTRIES: usize = 500;

/// Levels that are looked at, however many are asked for.
const MAX_DEPTH: u32 = 32;

/// Names of what is ignored that are said.
const IGNORED_NAMED: usize = 8;

/// Lists a folder as many levels deep as the model asks. What lies deep gives way to what lies higher when there is too much.
pub(super) fn run(location: &ToolLocation, args: &Args) -> Result<ToolFindings, ToolError> {
    let (path, depth) = (args.path(&location.session_cwd), args.depth());
    let shown = location.shown(&path);
    let opened = location.open(&path)?;
    if !opened.is_dir() {
        let bytes = opened.metadata.len();
        return Err(format!("'{shown}' is a file of {}; read_file reads it", size(bytes)).into());
    }
    let mut walk = ToolWalk::begin(location, &opened.path);
    let mut tree = DirTree::new(opened.path.clone());
    let mut due = VecDeque::from([(DirTree::ROOT, opened)]);
    let mut deeper = VecDeque::new();
    for level in 1..=depth.min(MAX_DEPTH) {
        while let Some((node, dir)) = due.pop_front() {
            let folder = walk.scan_dir(&dir)?;
            tree.ignored.extend(folder.ignored);
            for child in tree.add(node, folder.entries) {
                if level < depth {
                    deeper.push_back(child);
                }
            }
        }
        for node in std::mem::take(&mut deeper) {
            match walk.open(&tree.nodes[node].path) {
                Ok(opened) if opened.is_dir() => due.push_back((node, opened)),
                // it is something else by now
                Ok(_) | Err(PathError::Missing | PathError::Link) => {}
                Err(PathError::Hidden(_)) => tree.nodes[node].remark = Some("hidden".to_owned()),
                Err(error) => tree.nodes[node].remark = Some(error.to_string()),
            }
        }
    }
    Ok(tree.text().into())
}

/// Entries found, in the order of the levels.
struct DirTree {
    nodes: Vec<ListingNode>,
    ignored: Vec<OsString>,
}

struct ListingNode {
    path: PathBuf,
    /// Kind as it is listed; none for the root.
    label: String,
    /// A remark beside its name.
    remark: Option<String>,
    children: Vec<usize>,
    /// Entries in it that are not listed.
    left_out: usize,
}

impl ListingNode {
    fn new(path: PathBuf, label: String) -> Self {
        Self { path, label, remark: None, children: Vec::new(), left_out: 0 }
    }
}

impl DirTree {
    const ROOT: usize = 0;

    fn new(root: PathBuf) -> Self {
        Self { nodes: vec![ListingNode::new(root, String::new())], ignored: Vec::new() }
    }

    /// Adds what is in a folder, folders first, and returns the folders among it.
    fn add(&mut self, parent: usize, entries: Vec<NamedEntry>) -> Vec<usize> {
        let (dirs, others): (Vec<_>, Vec<_>) =
            entries.into_iter().partition(|entry| entry.kind == EntryKind::Dir);
        let count = dirs.len();
        let mut folders = Vec::new();
        for (position, entry) in dirs.into_iter().chain(others).enumerate() {
            if self.nodes.len() > MAX_ENTRIES {
                self.nodes[parent].left_out += 1;
                continue;
            }
            let path = self.nodes[parent].path.join(&entry.name);
            let label = label(&path, &entry);
            let node = self.nodes.len();
            self.nodes.push(ListingNode::new(path, label));
            self.nodes[parent].children.push(node);
            if position < count {
                folders.push(node);
            }
        }
        folders
    }

    fn text(&self) -> String {
        let mut text = String::new();
        self.write(Self::ROOT, 0, &mut text);
        if text.is_empty() {
            text.push_str("(the folder is empty)\n");
        }
        if !self.ignored.is_empty() {
            let mut names: Vec<_> = self.ignored.iter().map(|name| name.display().to_string()).collect();
            names.sort();
            names.dedup();
            let more = names.len().saturating_sub(IGNORED_NAMED);
            names.truncate(IGNORED_NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            // writing to a string cannot fail
            let _ = writeln!(text, "[ignored, and left out: {}{more}]", names.join(", "));
        }
        text
    }

    fn write(&self, node: usize, level: usize, text: &mut String) {
        for child in &self.nodes[node].children {
            let indent = "  ".repeat(level);
            let ListingNode { label, remark, .. } = &self.nodes[*child];
            let remark = remark.as_ref().map(|remark| format!("  [{remark}]")).unwrap_or_default();
            let _ = writeln!(text, "{indent}{label}{remark}");
            self.write(*child, level + 1, text);
        }
        let left_out = self.nodes[node].left_out;
        if left_out > 0 {
            let entries = if left_out == 1 { "entry" } else { "entries" };
            let _ = writeln!(text, "{}[{left_out} more {entries} not listed]", "  ".repeat(level));
        }
    }
}

fn label(path: &Path, entry: &NamedEntry) -> String {
    let name = entry.name.display();
    match entry.kind {
        EntryKind::Dir => format!("{name}/"),
        EntryKind::Link => match fs::read_link(path) {
            Ok(target) => format!("{name} -> {}", target.display()),
            Err(_) => format!("{name} -> ?"),
        },
        EntryKind::Pipe => format!("{name}  (a named pipe)"),
        EntryKind::Socket => format!("{name}  (a socket)"),
        EntryKind::Device => format!("{name}  (a device)"),
        // the name of a file, not what it leads to: nothing hidden is told by its size
        EntryKind::File => match fs::symlink_metadata(path) {
            Ok(metadata) => format!("{name}  {}", size(metadata.len())),
            Err(_) => name.to_string(),
        },
    }
}

/// A number of bytes for people and models.
fn size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if bytes < 1_000 {
        return format!("{bytes} B");
    }
    let mut tenths = bytes / 100;
    let mut unit = 0;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths /= 1_000;
        unit += 1;
    }
    format!("{}.{} {}", tenths / 10, tenths % 10, UNITS[unit])
}
