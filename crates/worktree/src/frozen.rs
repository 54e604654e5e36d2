//! The ignore rules as they were in a checkpoint.

use crate::changes::node_at;
use crate::error::Error;
use crate::ignore::{self, Scope};
use crate::node::{Node, Root};
use crate::objects::Objects;
use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The ignore rules as they were in a checkpoint: what they left out may have been there without being in it.
pub(crate) struct FrozenRules<'a> {
    objects: &'a Objects,
    root: &'a Path,
    checkpoint: Root,
    outside: Arc<Scope>,
    scopes: Mutex<HashMap<PathBuf, Arc<Scope>>>,
}

impl<'a> FrozenRules<'a> {
    /// The rules of a checkpoint of the project at `root`, given those from outside of it.
    pub(crate) fn new(objects: &'a Objects, root: &'a Path, outside: Arc<Scope>, checkpoint: Root) -> Self {
        Self { objects, root, checkpoint, outside, scopes: Mutex::default() }
    }

    /// Reports whether a path, or any folder on the way to it, was left out.
    pub(crate) fn leave_out(&self, path: &Path, is_dir: bool) -> Result<bool, Error> {
        self.leave_out_given(path, is_dir, |beside| {
            matches!(node_at(self.objects, &self.checkpoint, beside), Ok(Some(Node::File { .. })))
        })
    }

    /// Reports whether a walk by these rules leaves a path out, or any folder on the way to it.
    pub(crate) fn leave_out_now(&self, path: &Path, is_dir: bool) -> Result<bool, Error> {
        let mut ways = path.ancestors().filter(|way| !way.as_os_str().is_empty());
        let is_never = ways.any(|way| {
            let name = way.file_name().unwrap_or_default();
            ignore::is_never_looked_at(name, is_dir || way != path)
        });
        Ok(is_never || self.leave_out_given(path, is_dir, |beside| self.root.join(beside).is_file())?)
    }

    /// Like [`FrozenRules::leave_out`]; `is_file` tells whether a build's file stands at a path.
    fn leave_out_given(
        &self,
        path: &Path,
        is_dir: bool,
        is_file: impl Fn(&Path) -> bool,
    ) -> Result<bool, Error> {
        let ways: Vec<&Path> = path.ancestors().filter(|way| !way.as_os_str().is_empty()).collect();
        for way in ways.into_iter().rev() {
            let is_dir = is_dir || way != path;
            let (Some(folder), Some(name)) = (way.parent(), way.file_name()) else { continue };
            if (is_dir && ignore::is_build_target(name, |file| is_file(&folder.join(file))))
                || self.scope(folder)?.leaves_out(&self.root.join(way), is_dir)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Returns the rules that held in a folder.
    pub(crate) fn scope(&self, folder: &Path) -> Result<Arc<Scope>, Error> {
        if let Some(scope) = self.scopes().get(folder) {
            return Ok(Arc::clone(scope));
        }
        let above = match folder.parent() {
            Some(parent) => self.scope(parent)?,
            None => Arc::clone(&self.outside),
        };
        let file = node_at(self.objects, &self.checkpoint, &folder.join(ignore::RULES_FILE))?;
        let scope = match file {
            Some(Node::File { content, .. }) => {
                let text = self.objects.content(&content)?;
                above.with_text(&self.root.join(folder), &String::from_utf8_lossy(&text))
            }
            _ => above,
        };
        self.scopes().insert(folder.to_owned(), Arc::clone(&scope));
        Ok(scope)
    }

    fn scopes(&self) -> MutexGuard<'_, HashMap<PathBuf, Arc<Scope>>> {
        self.scopes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
