//! Standard output of a server that is a program: lines of the protocol, and others among them.
//!
//! Programs print what they should not: banners, logs, JSON of their own. The SDK answers each such line with an error, and a
//! server that never reads those stands still once the pipe is full. Here they are left out, and a line that is longer than may be
//! is answered in the server's place.

use crate::config::Transport;
use serde_json::{Value, json};
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWriteExt as _, BufReader, DuplexStream,
};
use tokio::task::JoinHandle;

/// Longest line that is passed on, in bytes.
const MAX_LINE_BYTES: usize = 16 * 1024 * 1024;

/// Bytes at either end of a longer line in which the id of the call is looked for.
const ENDS_BYTES: usize = 512;

/// Bytes of the pipe to the SDK.
const PIPE_BYTES: usize = 64 * 1024;

/// Returns the lines of the protocol in what a server prints, and the task that reads them. They end when the task does.
pub(crate) fn of_protocol(
    server: String,
    transport: Transport,
    stdout: impl AsyncRead + Send + Unpin + 'static,
) -> (DuplexStream, JoinHandle<()>) {
    let (mut to_sdk, from_server) = tokio::io::duplex(PIPE_BYTES);
    let reading = tokio::spawn(async move {
        let mut stdout = BufReader::new(stdout);
        let mut line = Vec::new();
        while let Some(length) = read_line(&mut stdout, &mut line).await {
            let passed = if length > MAX_LINE_BYTES {
                too_long(&line, length)
            } else if is_of_protocol(&line) {
                Some(std::mem::take(&mut line))
            } else {
                let text = transport.scrub(&String::from_utf8_lossy(&line[..line.len().min(ENDS_BYTES)]));
                tracing::debug!(server, "not of the protocol: {}", text.trim_end());
                None
            };
            let Some(mut passed) = passed else { continue };
            passed.push(b'\n');
            if to_sdk.write_all(&passed).await.is_err() {
                return;
            }
        }
    });
    (from_server, reading)
}

/// Reads a line without its end, and returns its whole length. Of one that is too long both ends are kept.
async fn read_line(stdout: &mut (impl tokio::io::AsyncBufRead + Unpin), line: &mut Vec<u8>) -> Option<usize> {
    line.clear();
    let mut limited = (&mut *stdout).take(MAX_LINE_BYTES as u64 + 1);
    let mut length = limited.read_until(b'\n', line).await.ok().filter(|read| *read > 0)?;
    if length > MAX_LINE_BYTES && !line.ends_with(b"\n") {
        line.truncate(ENDS_BYTES);
        let mut tail: Vec<u8> = Vec::new();
        let mut piece = Vec::new();
        loop {
            piece.clear();
            let mut limited = (&mut *stdout).take(PIPE_BYTES as u64);
            let read = limited.read_until(b'\n', &mut piece).await.unwrap_or(0);
            length += read;
            tail.extend_from_slice(&piece);
            tail.drain(..tail.len().saturating_sub(ENDS_BYTES));
            if read == 0 || piece.ends_with(b"\n") {
                break;
            }
        }
        line.extend_from_slice(&tail);
    }
    while line.last().is_some_and(u8::is_ascii_whitespace) {
        line.pop();
    }
    Some(length)
}

/// Reports whether a line is a message of the protocol, or several.
fn is_of_protocol(line: &[u8]) -> bool {
    let is_message = |value: &Value| {
        let has = |name: &str| value.get(name).is_some();
        has("jsonrpc") && (has("method") || has("result") || has("error"))
    };
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    match serde_json::from_slice::<Value>(line) {
        Ok(Value::Array(values)) => !values.is_empty() && values.iter().all(is_message),
        Ok(value) => is_message(&value),
        Err(_) => false,
    }
}

/// Answers a call in the place of an answer that is too long; `None` when it is not known which one.
fn too_long(line: &[u8], length: usize) -> Option<Vec<u8>> {
    let id = id_in(line)?;
    let message = format!(
        "the answer is {length} bytes long, and at most {MAX_LINE_BYTES} are read; ask the tool for less at once"
    );
    let answer = json!({"jsonrpc": "2.0", "id": id, "error": {"code": -32000, "message": message}});
    Some(answer.to_string().into_bytes())
}

/// The id of a message, at either end of what is left of its line.
fn id_in(line: &[u8]) -> Option<Value> {
    let text = String::from_utf8_lossy(line);
    let after = |at: usize| {
        let rest = text[at..].trim_start().strip_prefix(':')?.trim_start();
        let end = rest.find([',', '}'])?;
        serde_json::from_str::<Value>(rest[..end].trim()).ok().filter(|id| id.is_number() || id.is_string())
    };
    let ids: Vec<Value> =
        text.match_indices("\"id\"").filter_map(|(at, name)| after(at + name.len())).collect();
    // before the result, or after it: what is between may have ids of its own
    let is_first =
        text.find("\"id\"").is_some_and(|at| text.find("\"result\"").is_none_or(|result| at < result));
    if is_first { ids.first().cloned() } else { ids.last().cloned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    async fn passed(printed: Vec<u8>) -> Vec<Value> {
        let transport = Transport::Http { url: String::new(), headers: BTreeMap::new() };
        let (mut lines, reading) = of_protocol("s".to_owned(), transport, std::io::Cursor::new(printed));
        let mut text = String::new();
        lines.read_to_string(&mut text).await.unwrap();
        reading.await.unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    #[tokio::test]
    async fn b28_lines_that_are_not_of_the_protocol_are_left_out() {
        let printed = "Starting...\n{\"level\": \"info\", \"msg\": \"ready\"}\n\n[1, 2]\nnull\n\
                       {\"jsonrpc\": \"2.0\", \"id\": 1, \"result\": {}}\r\n{\"jsonrpc\": \"2.0\"}\n\
                       {\"jsonrpc\": \"2.0\", \"method\": \"notifications/x\"}";
        let passed = passed(printed.into()).await;
        assert_eq!(passed.len(), 2, "{passed:?}");
        assert_eq!(passed[0]["id"], 1);
        assert_eq!(passed[1]["method"], "notifications/x");
    }

    #[tokio::test]
    async fn b28_an_answer_that_is_too_long_is_told_as_that_at_once() {
        let filler = "x".repeat(MAX_LINE_BYTES);
        for line in [
            format!("{{\"jsonrpc\":\"2.0\",\"id\":7,\"result\":{{\"id\":3,\"text\":\"{filler}\"}}}}"),
            format!("{{\"result\":{{\"text\":\"{filler}\",\"id\":3}},\"jsonrpc\":\"2.0\",\"id\":7}}"),
        ] {
            let after = "{\"jsonrpc\": \"2.0\", \"id\": 8, \"result\": {}}";
            let passed = passed(format!("{line}\n{after}\n").into_bytes()).await;
            assert_eq!(passed.len(), 2);
            assert_eq!(passed[0]["id"], 7);
            let message = passed[0]["error"]["message"].as_str().unwrap();
            assert!(message.contains("bytes long, and at most 16777216 are read"), "{message}");
            assert_eq!(passed[1]["id"], 8);
        }
    }
}
