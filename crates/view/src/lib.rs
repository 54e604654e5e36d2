//! What the window paints, worked out from a session's events. Pure: events in, rows and changes of rows out.

pub mod row;

pub use row::*;
