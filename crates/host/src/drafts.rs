//! Drafts: prompts and reviews of patches that a person has begun and not sent. Kept over a restart, however the app ended.
//!
//! Each draft is a file of its own, so that a keystroke writes no other. The window alone knows what is in it.

use crate::api::{CommandError, CommandResult, DraftArgs, DraftReply, SaveDraftArgs};
use crate::blocking::blocking;
use crate::host::{Host, cannot_save};
use config::{HistoryPersistence, Home, saved};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

/// Largest draft, in bytes.
const MAX_BYTES: usize = 8 * 1024 * 1024;

/// Longest key, in bytes.
const MAX_KEY_BYTES: usize = 500;

/// Age at which a draft that nobody came back to is removed.
const MAX_AGE: Duration = Duration::from_hours(90 * 24);

/// A draft on disk.
#[derive(Default, Serialize, Deserialize)]
struct SavedDraft {
    key: String,
    content: String,
}

fn dir(home: &Home) -> PathBuf {
    home.app_file("drafts")
}

fn file(home: &Home, key: &str) -> PathBuf {
    dir(home).join(format!("{}.json", hex::encode(Sha256::digest(key))))
}

/// Removes the drafts that nobody came back to. Blocks.
pub(crate) fn sweep(home: &Home) {
    for entry in fs::read_dir(dir(home)).into_iter().flatten().flatten() {
        let modified = entry.metadata().and_then(|metadata| metadata.modified());
        let age = modified.ok().and_then(|modified| SystemTime::now().duration_since(modified).ok());
        if age.is_some_and(|age| age > MAX_AGE) {
            let _ = fs::remove_file(entry.path());
        }
    }
}

impl Host {
    pub(crate) async fn draft(&self, args: DraftArgs) -> CommandResult<DraftReply> {
        let path = file(&self.home, &args.key);
        let draft: SavedDraft = blocking(move || saved::load(&path)).await?;
        let content = (draft.key == args.key).then_some(draft.content);
        Ok(DraftReply { content, is_kept: self.keeps_drafts() })
    }

    /// Reports whether drafts are kept: who keeps no prompts on this disk keeps no drafts of them.
    fn keeps_drafts(&self) -> bool {
        self.config().history == HistoryPersistence::SaveAll
    }

    /// Keeps a draft, or removes it. Reports whether it is kept: one of a person who keeps no history is not.
    pub(crate) async fn save_draft(&self, args: SaveDraftArgs) -> CommandResult<bool> {
        let SaveDraftArgs { key, content } = args;
        if key.len() > MAX_KEY_BYTES {
            return Err(CommandError::new(format!("the name of a draft has over {MAX_KEY_BYTES} bytes")));
        }
        if content.as_ref().is_some_and(|content| content.len() > MAX_BYTES) {
            return Err(CommandError::with_hint(
                format!("this draft has over {} MiB and is not kept over a restart", MAX_BYTES >> 20),
                "send it, or make it shorter",
            ));
        }
        let path = file(&self.home, &key);
        let is_kept = content.is_none() || self.keeps_drafts();
        let kept = content.filter(|_| is_kept);
        let _turn = self.saving_drafts.lock().await;
        let saved = blocking(move || match kept {
            Some(content) => saved::save(&path, &SavedDraft { key, content }),
            None => match fs::remove_file(&path) {
                Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        });
        saved.await?.map_err(|error| cannot_save(&error))?;
        Ok(is_kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_drafts_that_nobody_came_back_to_are_removed() {
        let place = tempfile::tempdir().unwrap();
        let home = Home::at(place.path());
        for key in ["old", "new"] {
            let draft = SavedDraft { key: key.to_owned(), content: String::new() };
            saved::save(&file(&home, key), &draft).unwrap();
        }
        let old = fs::File::options().write(true).open(file(&home, "old")).unwrap();
        old.set_modified(SystemTime::now() - MAX_AGE - Duration::from_mins(1)).unwrap();
        sweep(&home);
        assert!(!file(&home, "old").exists() && file(&home, "new").exists());
    }
}
