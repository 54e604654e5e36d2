//! Files of a project that texts of a session name: found, read and opened.

use crate::api::{
    CommandError, CommandResult, FileArgs, FileLink, FileLinks, FileLinksArgs, FileText, OpenFileArgs,
};
use crate::blocking::blocking;
use crate::find::{ROWS_AT_ONCE, partly_shown};
use crate::host::Host;
use crate::session_folder::SessionFolder;
use config::regular_file;
use protocol::SessionId;
use std::collections::HashMap;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use view::RowBody;
use view::file_links::{PathMention, path_mentions};
use view::find::each_text;
use view::text::visible_line;

/// Most texts of one call.
const MAX_TEXTS: usize = 500;

/// Longest text that is read for links, in bytes.
const MAX_TEXT_BYTES: usize = 1024 * 1024;

/// Largest file that is shown, in bytes.
const MAX_FILE_BYTES: usize = 1024 * 1024;

impl Host {
    pub(crate) async fn file_links(&self, args: FileLinksArgs) -> CommandResult<FileLinks> {
        let files = self.session_folder(&args.session)?;
        blocking(move || {
            let mut files = ProjectFiles::new(&files, &args.folder);
            args.texts.iter().take(MAX_TEXTS).map(|text| files.links(text)).collect()
        })
        .await
    }

    pub(crate) async fn file_text(self: &Arc<Self>, args: FileArgs) -> CommandResult<FileText> {
        let host = self.clone();
        blocking(move || {
            let refused = |why: String| CommandError::new(format!("couldn't show {}: {why}", args.path));
            let files = host.session_folder(&args.session)?;
            let file = files.file_at(&files.project.join(&args.path)).map_err(refused)?;
            host.require_named(&args.session, &args.path, &files)?;
            let bytes = regular_file::read(&file).map_err(|error| refused(error.to_string()))?;
            if bytes.contains(&0) {
                return Err(refused("it is no text".to_owned()));
            }
            let shown = &bytes[..bytes.len().min(MAX_FILE_BYTES)];
            let text = String::from_utf8_lossy(shown);
            let lines = text.lines().map(visible_line).collect();
            let language = file.extension().or(file.file_name()).unwrap_or_default();
            Ok(FileText {
                lines,
                language: language.to_string_lossy().into_owned(),
                is_whole: shown.len() == bytes.len(),
            })
        })
        .await?
    }

    pub(crate) async fn open_project_file(self: &Arc<Self>, args: OpenFileArgs) -> CommandResult<()> {
        let (host, session, path) = (self.clone(), args.session.clone(), args.path.clone());
        let found = blocking(move || {
            let files = host.session_folder(&session)?;
            host.require_named(&session, &path, &files)?;
            Ok::<_, CommandError>((files.project.join(path), files))
        });
        let (path, files) = found.await??;
        self.open_at(path, files, &args).await
    }

    /// Refuses a file that no text of the session names: a page that asks for one was not made by us.
    fn require_named(&self, session: &SessionId, path: &str, files: &SessionFolder) -> CommandResult<()> {
        let name = path.rsplit('/').next().unwrap_or(path);
        let mut from = 0;
        loop {
            let sessions = self.sessions();
            let open = sessions.get(session).ok_or_else(CommandError::session_not_open)?;
            let rows = open.timeline.rows(from, ROWS_AT_ONCE);
            if rows.is_empty() {
                return Err(CommandError::new(format!("{path} is not named in this session")));
            }
            for row in rows {
                let folder = match &row.body {
                    RowBody::Command(command) => command.cwd.as_str(),
                    _ => "",
                };
                let whole = partly_shown(row).and_then(|call| self.outputs().get(session, call));
                let mut is_named = false;
                each_text(&row.body, whole.as_deref(), &mut |text| {
                    is_named = is_named
                        || (text.contains(name)
                            && ProjectFiles::new(files, folder)
                                .links(text)
                                .iter()
                                .any(|link| link.path == path));
                });
                if is_named {
                    return Ok(());
                }
            }
            from += rows.len();
        }
    }

    /// Returns the folder that a session works in.
    pub(crate) fn session_folder(&self, session: &SessionId) -> CommandResult<SessionFolder> {
        let sessions = self.sessions();
        Ok(sessions.get(session).ok_or_else(CommandError::session_not_open)?.files.clone())
    }
}

/// Files of a project by the paths that name them, looked for once each.
struct ProjectFiles<'a> {
    files: &'a SessionFolder,
    folder: PathBuf,
    known: HashMap<String, Option<String>>,
}

impl<'a> ProjectFiles<'a> {
    fn new(files: &'a SessionFolder, folder: &str) -> Self {
        Self { files, folder: files.project.join(folder), known: HashMap::new() }
    }

    /// Returns the files that a text names.
    fn links(&mut self, text: &str) -> Vec<FileLink> {
        if text.len() > MAX_TEXT_BYTES {
            return Vec::new();
        }
        let (mut bytes, mut units) = (0, 0);
        let link = |mention: PathMention<'_>| {
            let path = self.find(mention.path)?;
            units += text[bytes..mention.start].encode_utf16().count();
            let start = units;
            units += text[mention.start..mention.end].encode_utf16().count();
            bytes = mention.end;
            Some(FileLink {
                start: u32::try_from(start).ok()?,
                end: u32::try_from(units).ok()?,
                path,
                line: mention.line,
                column: mention.column,
            })
        };
        path_mentions(text).into_iter().filter_map(link).collect()
    }

    /// Returns the path of a file relative to the project; `None` when there is no such file in it.
    fn find(&mut self, path: &str) -> Option<String> {
        if let Some(known) = self.known.get(path) {
            return known.clone();
        }
        let found =
            [&self.folder, &self.files.project].into_iter().find_map(|from| self.file_at(&from.join(path)));
        self.known.insert(path.to_owned(), found.clone());
        found
    }

    fn file_at(&self, path: &Path) -> Option<String> {
        // what leads out of the project is not even looked for
        let path = without_dots(path)?;
        let relative = path.strip_prefix(&self.files.project).ok()?;
        let is_file = self.files.file_at(&path).is_ok();
        is_file.then(|| relative.to_str().map(str::to_owned))?
    }
}

/// Resolves `.` and `..` of a path by its text.
fn without_dots(path: &Path) -> Option<PathBuf> {
    let mut plain = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                if !plain.pop() {
                    return None;
                }
            }
            part => plain.push(part),
        }
    }
    Some(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_files_of_the_project_are_linked() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().canonicalize().unwrap().join("project");
        std::fs::create_dir_all(project.join("web/src")).unwrap();
        for path in ["project/web/src/a.ts", "project/README.md", "secret.txt"] {
            std::fs::write(dir.path().join(path), "x\n").unwrap();
        }
        let folder = SessionFolder { project: project.clone(), copy: None };
        let mut files = ProjectFiles::new(&folder, "web");
        let text = format!(
            "ü😀 src/a.ts(3,14) README.md:2 gone.rs:1 ../README.md ../../secret.txt web {}/web/src/a.ts:7",
            project.display()
        );
        let links = files.links(&text);
        let units: Vec<u16> = text.encode_utf16().collect();
        let seen: Vec<_> = links
            .iter()
            .map(|link| {
                let shown = String::from_utf16(&units[link.start as usize..link.end as usize]).unwrap();
                (shown, link.path.as_str(), link.line)
            })
            .collect();
        let whole = format!("{}/web/src/a.ts:7", project.display());
        assert_eq!(
            seen,
            [
                ("src/a.ts(3,14)".to_owned(), "web/src/a.ts", Some(3)),
                ("README.md:2".to_owned(), "README.md", Some(2)),
                ("../README.md".to_owned(), "README.md", None),
                (whole, "web/src/a.ts", Some(7)),
            ]
        );
    }

    #[cfg(unix)]
    #[test]
    fn a_link_out_of_the_project_is_no_file_of_it() {
        let dir = tempfile::tempdir().unwrap();
        let project = dir.path().canonicalize().unwrap().join("project");
        std::fs::create_dir(&project).unwrap();
        std::fs::write(dir.path().join("secret.txt"), "x").unwrap();
        std::os::unix::fs::symlink("../secret.txt", project.join("out.txt")).unwrap();
        let folder = SessionFolder { project, copy: None };
        assert_eq!(ProjectFiles::new(&folder, "").links("out.txt:1"), []);
    }
}
