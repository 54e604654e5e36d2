//! The person's rules about commands (B15): `rules.toml` in the app's config folder, never in a project.
//!
//! A file that cannot be read makes no rule count but one: what is not known to be safe is asked about, since nobody can tell
//! what it would have forbidden.

mod draft;
mod rules_file;

pub use draft::{Draft, Sample, samples};
pub use rules_file::{RemovedRule, RulesError, RulesFile, SavedRule, typed};
