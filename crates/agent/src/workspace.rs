//! The project's files: what may be written, the patch writer, and watching.

pub(crate) mod checkpoint;
mod hidden;
pub(crate) mod ignore;
pub mod roots;
pub mod watch;
pub mod writer;

pub use hidden::Hidden;
pub use roots::Roots;
pub use watch::Workspace;
