//! The folders the person picked.

use crate::api::{InstructionFileView, ProjectView};
use config::project_doc::{self, InstructionFile, InstructionNames};
use config::{BroadFolder, Home, Trust, TrustState, TrustStore, saved};
use protocol::SessionId;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::path::{Path, PathBuf};

/// Folders remembered; the one opened longest ago is let go.
const MAX_PROJECTS: usize = 50;

/// One folder. Members of a newer version are kept when the file is written again.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct ProjectRecord {
    pub(crate) id: String,
    /// Absolute, links followed.
    pub(crate) path: PathBuf,
    pub(crate) opened_ms: u64,
    /// The session that was opened last.
    #[serde(alias = "shown")]
    pub(crate) last_session: Option<SessionId>,
    /// Whether the person said that the agent may work in it, though it holds more than a project.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    is_confirmed: bool,
    #[serde(flatten)]
    unknown: Map<String, Value>,
    #[serde(skip)]
    seen: FolderSnapshot,
}

/// A folder as it was when it was last looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct FolderSnapshot {
    exists: bool,
    is_sample: bool,
    instructions: Vec<InstructionFile>,
    trust: Option<TrustState>,
    broad: Option<BroadFolder>,
}

impl ProjectRecord {
    /// The folder's name.
    pub(crate) fn name(&self) -> String {
        let name =
            self.path.file_name().map_or_else(|| self.path.to_string_lossy(), |name| name.to_string_lossy());
        name.into_owned()
    }

    /// Returns its instruction files, as the person was shown them.
    pub(crate) fn instructions(&self) -> &[InstructionFile] {
        &self.seen.instructions
    }

    /// Returns its instruction files with their contents, as the person is asked to trust them.
    pub(crate) fn instruction_views(&self) -> Vec<InstructionFileView> {
        let views = self.seen.instructions.iter().map(|file| {
            let (text, encoding) = file.text();
            InstructionFileView {
                name: self.display_name(&file.path),
                is_whole: file.size <= file.content.len() as u64,
                encoding: encoding.map(str::to_owned),
                // what cannot be seen would be sent all the same
                text: view::text::visible(&text).into_owned(),
            }
        });
        views.collect()
    }

    /// Returns why the person must confirm that the agent works in the folder; nothing once they did.
    pub(crate) fn unconfirmed(&self) -> Option<BroadFolder> {
        self.seen.broad.filter(|_| !self.is_confirmed)
    }

    /// Notes that the person confirmed it.
    pub(crate) fn confirm(&mut self) {
        self.is_confirmed = true;
    }

    fn view(&self) -> ProjectView {
        ProjectView {
            id: self.id.clone(),
            name: self.name(),
            path: tilde(&self.path, std::env::home_dir().as_deref()),
            exists: self.seen.exists,
            trusted: self.seen.trust == Some(TrustState::Trusted),
            trust_asked: matches!(self.seen.trust, Some(TrustState::Trusted | TrustState::Declined)),
            steers: self.seen.instructions.iter().map(|file| self.display_name(&file.path)).collect(),
            is_sample: self.seen.is_sample,
            confirm: self.unconfirmed().map(Into::into),
            opened_ms: self.opened_ms,
        }
    }

    /// Looks at the folder's instruction files, and whether they are trusted as they are.
    pub(crate) fn refresh(&mut self, home: &Home, trust: &TrustStore, names: &InstructionNames) {
        let mut instructions = project_doc::find_steering(&self.path, names);
        instructions.retain(|file| file.problem.is_none());
        let state = trust.state_of(&self.path, &instructions);
        self.seen = FolderSnapshot {
            exists: self.path.is_dir(),
            is_sample: practice::is_sample(&self.path),
            instructions,
            trust: Some(state),
            broad: BroadFolder::find(home, &self.path),
        };
    }

    /// Returns the path of a file, relative to the folder where it is in it.
    fn display_name(&self, file: &Path) -> String {
        match file.strip_prefix(&self.path) {
            Ok(inside) => inside.display().to_string(),
            Err(_) => tilde(file, std::env::home_dir().as_deref()),
        }
    }
}

/// The folders, the last opened first.
#[derive(Clone, Debug, Default)]
pub(crate) struct Projects {
    list: Vec<ProjectRecord>,
    /// Entries of a newer version, kept when the file is written again.
    unreadable: Vec<Value>,
    /// Id of the open one.
    current: Option<String>,
}

impl Projects {
    /// Loads the saved folders, and looks at each.
    pub(crate) fn load(home: &Home) -> Self {
        let (trust, names) = (TrustStore::load(home), InstructionNames::load(home));
        let mut projects = Self::default();
        for entry in saved::load::<Vec<Value>>(&file(home)) {
            match ProjectRecord::deserialize(&entry) {
                Ok(mut project) if project.path.is_absolute() && !project.id.is_empty() => {
                    // version 0.1 saved it here; it is in the trust store now
                    project.unknown.remove("trusted");
                    project.refresh(home, &trust, &names);
                    projects.list.push(project);
                }
                _ => projects.unreadable.push(entry),
            }
        }
        projects
    }

    /// Saves the folders.
    pub(crate) fn save(&self, home: &Home) -> std::io::Result<()> {
        let known = self.list.iter().map(serde_json::to_value).collect::<Result<Vec<_>, _>>();
        let entries: Vec<Value> = known?.into_iter().chain(self.unreadable.iter().cloned()).collect();
        saved::save(&file(home), &entries)
    }

    /// Opens a folder, known or not. `path` is absolute, links followed.
    pub(crate) fn open(&mut self, home: &Home, path: &Path, now_ms: u64) -> ProjectRecord {
        let known = self.list.iter().position(|project| project.path == path);
        let mut project = match known {
            Some(at) => self.list.remove(at),
            None => ProjectRecord {
                id: uuid::Uuid::now_v7().to_string(),
                path: path.to_owned(),
                ..ProjectRecord::default()
            },
        };
        project.opened_ms = now_ms;
        project.refresh(home, &TrustStore::load(home), &InstructionNames::load(home));
        self.list.insert(0, project.clone());
        self.list.truncate(MAX_PROJECTS);
        self.current = Some(project.id.clone());
        project
    }

    /// Returns the open folder.
    pub(crate) fn current(&self) -> Option<&ProjectRecord> {
        self.get(self.current.as_deref()?)
    }

    /// Returns the id of the open folder.
    pub(crate) fn current_id(&self) -> Option<String> {
        self.current.clone()
    }

    /// The folder with an id.
    pub(crate) fn get(&self, id: &str) -> Option<&ProjectRecord> {
        self.list.iter().find(|project| project.id == id)
    }

    /// Returns the folder with an id, to change it.
    pub(crate) fn get_mut(&mut self, id: &str) -> Option<&mut ProjectRecord> {
        self.list.iter_mut().find(|project| project.id == id)
    }

    /// The one that is this folder.
    pub(crate) fn at(&self, path: &Path) -> Option<&ProjectRecord> {
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
        self.list.iter().map(ProjectRecord::view).collect()
    }

    /// One of them, for the window.
    pub(crate) fn view(&self, id: &str) -> Option<ProjectView> {
        self.get(id).map(ProjectRecord::view)
    }
}

fn file(home: &Home) -> PathBuf {
    home.app_file("projects.json")
}

/// Records whether the person trusts a folder, having been shown `instructions`.
pub(crate) fn decide_trust(
    home: &Home,
    folder: &Path,
    instructions: &[InstructionFile],
    trusted: bool,
    now_ms: u64,
) -> std::io::Result<TrustStore> {
    TrustStore::update(home, |store| {
        if trusted {
            store.trust(folder, instructions, now_ms);
        } else {
            store.decline(folder, now_ms);
        }
        store.clone()
    })
}

/// Returns which instruction files sessions in a folder may use.
pub(crate) fn trust_of(home: &Home, folder: &Path) -> Trust {
    TrustStore::load(home).trust_of(folder)
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
        decide_trust(&home, &folders[0], first.instructions(), true, 2).unwrap();
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
    fn instructions_that_changed_since_they_were_trusted_are_asked_about_again() {
        let dir = tempfile::tempdir().unwrap();
        let (home, folder) = (Home::at(&dir.path().join("home")), dir.path().join("a"));
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("AGENTS.md"), "Be brief.").unwrap();
        let mut projects = Projects::load(&home);
        let project = projects.open(&home, &folder, 1);
        // what is trusted is what was shown, not what came after
        std::fs::write(folder.join("AGENTS.md"), "Be quick.").unwrap();
        decide_trust(&home, &folder, project.instructions(), true, 2).unwrap();
        let view = |projects: &mut Projects| {
            let id = projects.open(&home, &folder, 3).id;
            let view = projects.view(&id).unwrap();
            (view.trusted, view.trust_asked)
        };
        assert_eq!(view(&mut projects), (false, false));
        std::fs::write(folder.join("AGENTS.md"), "Be brief.").unwrap();
        assert_eq!(view(&mut projects), (true, true));
    }

    #[test]
    fn folders_of_another_version_lose_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let home = Home::at(dir.path());
        let mut saved: Vec<Value> =
            serde_json::from_str(include_str!("../fixtures/0.1/projects.json")).unwrap();
        saved[0].as_object_mut().unwrap().insert("color".to_owned(), "red".into());
        saved[1].as_object_mut().unwrap().remove("opened_ms");
        saved.push(serde_json::json!({ "remote": "ssh://host/srv" }));
        std::fs::write(file(&home), serde_json::to_string(&saved).unwrap()).unwrap();

        let mut projects = Projects::load(&home);
        assert_eq!(projects.list.len(), 2);
        let shown = projects.list[1].last_session.clone().unwrap();
        assert_eq!(shown.as_str(), "01a226cf-9237-76c9-8eb2-9c1e81570fae");
        assert!(projects.views()[0].trust_asked, "what was declined is not asked again");
        projects.open(&home, &dir.path().canonicalize().unwrap(), 5);
        projects.save(&home).unwrap();
        let again: Vec<Value> = serde_json::from_slice(&std::fs::read(file(&home)).unwrap()).unwrap();
        assert_eq!(again.len(), 4);
        assert_eq!((&again[1]["color"], &again[1]["path"]), (&"red".into(), &"/srv/other".into()));
        assert_eq!(again[3], serde_json::json!({ "remote": "ssh://host/srv" }));
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
