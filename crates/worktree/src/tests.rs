//! Stories of checkpoints: files as they are, what is done to them, and what they are once it is undone.

mod keeping;
mod limits;
mod storing;
mod undoing;
pub(crate) mod world;
