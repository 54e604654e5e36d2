//! The project's files: what may be written, the patch writer, and watching.

mod ignore;
pub mod roots;
pub mod watch;
pub mod writer;

pub use roots::Roots;
pub use watch::Workspace;
