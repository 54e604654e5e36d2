//! Size of a value as JSON.

use serde::Serialize;
use std::io;

/// Returns how many bytes the JSON of `value` has, without keeping it.
pub(crate) fn json_size(value: &impl Serialize) -> u64 {
    struct Count(u64);
    impl io::Write for Count {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0 += bytes.len() as u64;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    let mut count = Count(0);
    // types of our own, with text as keys: writing them out does not fail
    let _ = serde_json::to_writer(&mut count, value);
    count.0
}
