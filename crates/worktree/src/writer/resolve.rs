//! Where a path of a patch really leads.

use std::ffi::OsString;
use std::io::ErrorKind;
use std::path::{Component, Path, PathBuf};

/// As many links as Linux follows.
const MAX_LINKS: usize = 40;

/// A path and where it leads.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Resolved {
    /// Absolute, every link and `..` followed; nothing need be there.
    pub(super) target: PathBuf,
    /// Absolute, `..` taken by the text, links only followed as far as the session's folder.
    pub(super) named: PathBuf,
    /// Whether the path's last name is itself a link.
    pub(super) is_link: bool,
    /// The link that leads to something that does not exist, and its target as it is written.
    pub(super) dangling: Option<(PathBuf, PathBuf)>,
}

/// Follows `path`, relative to `cwd`. A link that leads nowhere is followed to where its file would be. The error goes on from the
/// path's name.
pub(super) fn resolve(cwd: &Path, path: &str) -> Result<Resolved, String> {
    let cwd = cwd.canonicalize().map_err(|error| format!("cannot be found: {}: {error}", cwd.display()))?;
    let mut named = cwd.clone();
    step_through(&mut named, Path::new(path));
    let mut target = cwd;
    let mut ahead = parts_reversed(Path::new(path));
    let mut links = 0;
    let mut is_link = false;
    let mut last_link = None;
    while let Some(part) = ahead.pop() {
        let name = match part {
            Part::Root => {
                target = PathBuf::from("/");
                continue;
            }
            Part::Parent => {
                target.pop();
                continue;
            }
            Part::Name(name) => name,
        };
        let next = target.join(name);
        match next.symlink_metadata() {
            Ok(metadata) if metadata.is_symlink() => {
                links += 1;
                if links > MAX_LINKS {
                    return Err("goes through too many links".to_owned());
                }
                is_link |= ahead.is_empty();
                let leads_to = next.read_link().map_err(|error| format!("cannot be read: {error}"))?;
                ahead.extend(parts_reversed(&leads_to));
                last_link = Some((next, leads_to));
            }
            Ok(_) => target = next,
            Err(error) if error.kind() == ErrorKind::NotFound => target = next,
            Err(error) if error.kind() == ErrorKind::NotADirectory => {
                return Err(format!("cannot be reached: {} is not a folder", target.display()));
            }
            Err(error) => return Err(format!("cannot be reached: {error}")),
        }
    }
    let dangling =
        last_link.filter(|(link, _)| link.metadata().is_err_and(|error| error.kind() == ErrorKind::NotFound));
    Ok(Resolved { target, named, is_link, dangling })
}

enum Part {
    Root,
    Parent,
    Name(OsString),
}

fn parts_reversed(path: &Path) -> Vec<Part> {
    let parts = path.components().filter_map(|component| match component {
        Component::RootDir | Component::Prefix(_) => Some(Part::Root),
        Component::ParentDir => Some(Part::Parent),
        Component::Normal(name) => Some(Part::Name(name.to_owned())),
        Component::CurDir => None,
    });
    let mut parts: Vec<Part> = parts.collect();
    parts.reverse();
    parts
}

fn step_through(from: &mut PathBuf, path: &Path) {
    for component in path.components() {
        match component {
            Component::RootDir | Component::Prefix(_) => *from = PathBuf::from("/"),
            Component::ParentDir => {
                from.pop();
            }
            Component::Normal(name) => from.push(name),
            Component::CurDir => {}
        }
    }
}
