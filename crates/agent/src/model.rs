//! Models: one neutral stream of events from each wire, and the practice model (B38, B40).
