//! Lines of a file, of bounded length.

use std::io::{self, BufRead, Read};

/// Bytes a line of a transcript may have. A longer one is skipped: nothing the app writes comes near.
pub(super) const MAX_LINE_BYTES: usize = 64 * 1024 * 1024;

/// One line of a file, without its end.
pub(super) enum RecordLine<'a> {
    /// A line with its end.
    Whole(&'a [u8]),
    /// A line that is longer than is read.
    TooLong,
    /// The last line, without its end.
    Torn,
    /// There are no more.
    End,
}

/// Lines of bounded length.
pub(super) struct LineReader<R> {
    input: R,
    buffer: Vec<u8>,
    max_bytes: usize,
    /// Bytes of the lines read so far.
    pub(super) read_bytes: u64,
}

impl<R: BufRead> LineReader<R> {
    pub(super) fn new(input: R, max_bytes: usize) -> Self {
        Self { input, buffer: Vec::new(), max_bytes, read_bytes: 0 }
    }

    /// Reads the next line.
    pub(super) fn next(&mut self) -> io::Result<RecordLine<'_>> {
        self.buffer.clear();
        let limit = self.max_bytes as u64 + 1;
        let read = (&mut self.input).take(limit).read_until(b'\n', &mut self.buffer)?;
        self.read_bytes += read as u64;
        if self.buffer.last() == Some(&b'\n') {
            self.buffer.pop();
            return Ok(RecordLine::Whole(&self.buffer));
        }
        if read == 0 {
            return Ok(RecordLine::End);
        }
        if read as u64 == limit {
            return self.skip_line();
        }
        Ok(RecordLine::Torn)
    }

    fn skip_line(&mut self) -> io::Result<RecordLine<'_>> {
        loop {
            let available = match self.input.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                other => other?,
            };
            let end = available.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(available.len(), |at| at + 1);
            let torn = available.is_empty();
            self.input.consume(used);
            self.read_bytes += used as u64;
            if torn {
                return Ok(RecordLine::Torn);
            }
            if end.is_some() {
                return Ok(RecordLine::TooLong);
            }
        }
    }
}
