//! Hears whoever reaches out to it: a page that loads a picture, follows a link or sends a form does.

use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;

/// A listener on the loopback. Ends when it is dropped.
pub(super) struct Ear {
    address: SocketAddr,
    heard: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Ear {
    /// Opens one on a free port.
    pub(super) async fn open() -> io::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let heard = Arc::<Mutex<Vec<String>>>::default();
        let hears = Arc::clone(&heard);
        let task = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(answer(stream, Arc::clone(&hears)));
            }
        });
        Ok(Self { address, heard, task })
    }

    /// Returns the address it listens on, without a scheme.
    pub(super) fn address(&self) -> SocketAddr {
        self.address
    }

    /// The first line of every connection so far, in the order they came.
    pub(super) fn heard(&self) -> Vec<String> {
        self.heard.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.task.abort();
    }
}

/// A connection counts when it is made: some only look whether somebody is there.
async fn answer(stream: TcpStream, heard: Arc<Mutex<Vec<String>>>) {
    let at = {
        let mut heard = heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.push("a connection that says nothing".to_owned());
        heard.len() - 1
    };
    let mut stream = BufReader::new(stream);
    let mut line = String::new();
    if stream.read_line(&mut line).await.is_ok_and(|bytes| bytes > 0) {
        heard.lock().unwrap_or_else(PoisonError::into_inner)[at] = line.trim_end().to_owned();
    }
    // whoever asked may be gone
    let _ = stream.write_all(b"HTTP/1.1 204 No Content\r\nconnection: close\r\n\r\n").await;
}
