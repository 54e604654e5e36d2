//! The project's files: what may be written, the patch writer, and watching.

pub mod roots;

pub use roots::Roots;
