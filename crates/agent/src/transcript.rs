//! What is kept of sessions (B29, B31).
