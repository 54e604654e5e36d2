//! The project's files: what may be written, the patch writer, and watching.

pub mod roots;
pub mod writer;

pub use roots::Roots;
