//! Copy-on-write views of writable folders: what a command did in one, as a patch.
//!
//! The command's sandbox mounts the views; here is where their changes are kept, how these are read, and what becomes of them. A view
//! is of one command: it is made for it, and removed when nothing of it waits for the person any more. The project may change in
//! between, and what is applied is verified against it as it is then.
//!
//! Paths that the ignore rules name are nobody's work. An ignored folder that exists is the real one in the view as well, so that caches
//! stay warm. Ignored files that are new or changed are moved in without a question; their removal is asked about, as nothing brings
//! them back. No path whose name is protected or that of a secret counts as ignored.
//!
//! An isolated copy of a folder is a view that lasts: a whole session works in it. All of the folder is on it, ignored files too, which
//! stay there; its changes are brought into the project against the project as it is then, merged where that has changed.

mod bring_in;
mod layers;
mod move_in;
mod proposal;
mod put;
mod rules;
mod scan;

#[cfg(test)]
mod tests;

pub use bring_in::CopyBase;
pub use layers::{CommandOverlay, OverlayRoot};
pub use put::PutError;

use crate::roots::Roots;
use crate::transaction::TransactionLog;
use engine::OverlayEffects;
use scan::Scan;
use std::io;
use std::path::Path;

impl CommandOverlay {
    /// Takes in what a command left in its view, once it has ended: moves ignored files into the project, and returns all else as a
    /// patch, whose paths are relative to `cwd` where they lie in it. Blocks.
    ///
    /// # Errors
    /// Fails when the view cannot be read or written out to the disk, or holds more than a person could look at. Then nothing was done.
    pub fn take_effects(
        &self,
        roots: &Roots,
        cwd: &Path,
        log: &TransactionLog,
    ) -> Result<OverlayEffects, String> {
        let mut scan = Scan::default();
        for root in &self.roots {
            scan.add(root, roots)
                .map_err(|error| format!("its changes of {} cannot be read: {error}", root.root.display()))?;
        }
        let proposal = proposal::of_changes(&scan.changes, cwd)?;
        if !scan.is_empty() {
            self.write_out().map_err(|error| format!("its changes cannot be written out: {error}"))?;
        }
        let not_moved = move_in::move_in(&scan, log);
        let left_out = scan.left_out.into_iter().chain(not_moved).collect();
        Ok(OverlayEffects { proposal, left_out })
    }

    /// Has the changes on the disk: the view itself was mounted so that nothing waits for that.
    fn write_out(&self) -> io::Result<()> {
        #[cfg(target_os = "linux")]
        for root in &self.roots {
            rustix::fs::syncfs(std::fs::File::open(&root.upper)?)?;
        }
        Ok(())
    }
}
