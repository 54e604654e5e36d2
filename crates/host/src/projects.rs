//! The folders the person picked, and what was said about them.

use crate::api::ProjectView;
use crate::store;
use config::{Home, project_doc};
use protocol::SessionId;
use serde::{Deserialize, Serialize};
use std::path::{Path, PathBuf};

/// Folders remembered; the one opened longest ago is let go.
const MAX_PROJECTS: usize = 50;

/// One folder.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Project {
    pub(crate) id: String,
    /// Absolute, links followed.
    pub(crate) path: PathBuf,
    /// What the person said; `None` until asked.
    pub(crate) trusted: Option<bool>,
    pub(crate) opened_ms: u64,
    /// The session that was opened last.
    #[serde(alias = "shown")]
    pub(crate) last_session: Option<SessionId>,
    #[serde(skip)]
    seen: Seen,
}

/// What was seen when the folder was last looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Seen {
    exists: bool,
    steers: Vec<String>,
}

impl Project {
    /// The folder's name.
    pub(crate) fn name(&self) -> String {
        let name =
            self.path.file_name().map_or_else(|| self.path.to_string_lossy(), |name| name.to_string_lossy());
        name.into_owned()
    }

    /// Whether what is in it may steer the agent.
    pub(crate) fn is_trusted(&self) -> bool {
        self.trusted == Some(true)
    }

    fn view(&self) -> ProjectView {
        ProjectView {
            id: self.id.clone(),
            name: self.name(),
            path: tilde(&self.path, std::env::home_dir().as_deref()),
            exists: self.seen.exists,
            trusted: self.is_trusted(),
            trust_asked: self.trusted.is_some(),
            steers: self.seen.steers.clone(),
            opened_ms: self.opened_ms,
        }
    }

    fn look(&mut self, home: &Home) {
        self.seen = Seen { exists: self.path.is_dir(), steers: steers(home, &self.path) };
    }
}

/// All of them, the last opened first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Projects {
    list: Vec<Project>,
    /// Id of the open one.
    current: Option<String>,
}

impl Projects {
    /// Those remembered, as they are now.
    pub(crate) fn load(home: &Home) -> Self {
        let mut list: Vec<Project> = store::load(&file(home));
        for project in &mut list {
            project.look(home);
        }
        Self { list, current: None }
    }

    /// Remembers them.
    pub(crate) fn save(&self, home: &Home) -> std::io::Result<()> {
        store::save(&file(home), &self.list)
    }

    /// Opens a folder, known or not. `path` is absolute, links followed.
    pub(crate) fn open(&mut self, home: &Home, path: &Path, now_ms: u64) -> Project {
        let known = self.list.iter().position(|project| project.path == path);
        let mut project = match known {
            Some(at) => self.list.remove(at),
            None => Project {
                id: uuid::Uuid::now_v7().to_string(),
                path: path.to_owned(),
                trusted: None,
                opened_ms: 0,
                last_session: None,
                seen: Seen::default(),
            },
        };
        project.opened_ms = now_ms;
        project.look(home);
        self.list.insert(0, project.clone());
        self.list.truncate(MAX_PROJECTS);
        self.current = Some(project.id.clone());
        project
    }

    /// Returns the open folder.
    pub(crate) fn current(&self) -> Option<&Project> {
        self.get(self.current.as_deref()?)
    }

    /// Returns the id of the open folder.
    pub(crate) fn current_id(&self) -> Option<String> {
        self.current.clone()
    }

    /// The folder with an id.
    pub(crate) fn get(&self, id: &str) -> Option<&Project> {
        self.list.iter().find(|project| project.id == id)
    }

    /// The same, to be changed.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut Project> {
        self.list.iter_mut().find(|project| project.id == id)
    }

    /// The one that is this folder.
    pub(crate) fn at(&self, path: &Path) -> Option<&Project> {
        self.list.iter().find(|project| project.path == path)
    }

    /// No folder goes on with this session any more when it is opened.
    pub(crate) fn forget_session(&mut self, id: &SessionId) {
        for project in &mut self.list {
            project.last_session.take_if(|last| last == id);
        }
    }

    /// Removes a folder from the list, and closes it. Reports whether it was the open one.
    pub(crate) fn forget(&mut self, id: &str) -> bool {
        let was_open = self.current.take_if(|current| current == id).is_some();
        self.list.retain(|project| project.id != id);
        was_open
    }

    /// All of them, for the window.
    pub(crate) fn views(&self) -> Vec<ProjectView> {
        self.list.iter().map(Project::view).collect()
    }

    /// One of them, for the window.
    pub(crate) fn view(&self, id: &str) -> Option<ProjectView> {
        self.get(id).map(Project::view)
    }
}

fn file(home: &Home) -> PathBuf {
    home.app_file("projects.json")
}

/// The files in and above a folder, up to its project's root, that would steer the agent.
fn steers(home: &Home, folder: &Path) -> Vec<String> {
    let own = home.agents_file();
    let doc = project_doc::load(home, folder, project_doc::DEFAULT_MAX_BYTES);
    doc.sources
        .iter()
        .filter(|source| **source != own)
        .map(|source| match source.strip_prefix(folder) {
            Ok(inside) => inside.display().to_string(),
            Err(_) => tilde(source, std::env::home_dir().as_deref()),
        })
        .collect()
}

/// A path for the eye: the home folder stands as `~`.
pub(crate) fn tilde(path: &Path, home: Option<&Path>) -> String {
    match home.and_then(|home| path.strip_prefix(home).ok()) {
        Some(rest) if rest.as_os_str().is_empty() => "~".to_owned(),
        Some(rest) => format!("~/{}", rest.display()),
        None => path.display().to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_are_remembered_with_what_was_said() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(&dir.path().join("home"));
        let folders = ["a", "b"].map(|name| dir.path().join(name));
        for folder in &folders {
            std::fs::create_dir(folder).unwrap();
        }
        std::fs::write(folders[0].join("AGENTS.md"), "Be brief.").unwrap();

        let mut projects = Projects::load(&home);
        let first = projects.open(&home, &folders[0], 1);
        projects.open(&home, &folders[1], 2);
        projects.get_mut(&first.id).unwrap().trusted = Some(true);
        assert_eq!(projects.open(&home, &folders[0], 3).id, first.id);
        projects.save(&home).unwrap();
        std::fs::remove_dir(&folders[1]).unwrap();

        let views = Projects::load(&home).views();
        let shown: Vec<_> = views
            .iter()
            .map(|view| {
                (view.name.as_str(), view.exists, view.trusted, view.trust_asked, view.steers.clone())
            })
            .collect();
        assert_eq!(
            shown,
            [("a", true, true, true, vec!["AGENTS.md".to_owned()]), ("b", false, false, false, vec![])]
        );
        projects.forget(&first.id);
        assert!(projects.get(&first.id).is_none());
    }

    #[test]
    fn the_home_folder_stands_as_a_tilde() {
        let home = Some(Path::new("/home/me"));
        assert_eq!(tilde(Path::new("/home/me/src/x"), home), "~/src/x");
        assert_eq!(tilde(Path::new("/home/me"), home), "~");
        assert_eq!(tilde(Path::new("/home/meg"), home), "/home/meg");
        assert_eq!(tilde(Path::new("/srv"), None), "/srv");
    }
}
