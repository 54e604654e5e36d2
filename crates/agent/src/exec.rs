//! Running commands: spawning them contained, their output, their environment (B17, B18, B19).
