use super::*;
use crate::desktop::{Desktop, Notification, Picked};
use crate::host::HostOptions;
use crate::subscribers::AppPart;
use config::Home;
use std::collections::BTreeSet;
use std::path::Path;
use tokio::sync::mpsc;

/// Time in which batches are counted.
const WATCHED: Duration = Duration::from_secs(10);

struct NoDesktop;

impl Desktop for NoDesktop {
    fn pick_folder(&self) -> Picked {
        Box::pin(std::future::ready(None))
    }

    fn pick_new_file(&self, _: &str) -> Picked {
        Box::pin(std::future::ready(None))
    }

    fn notify(&self, _: Notification) {}

    fn focused(&self) -> bool {
        true
    }

    fn open_path(&self, _: &Path) -> Result<(), String> {
        Ok(())
    }

    fn open_url(&self, _: &str) -> Result<(), String> {
        Ok(())
    }
}

async fn start() -> (tempfile::TempDir, Arc<Host>) {
    let home = tempfile::tempdir().unwrap();
    let options = HostOptions { home: Home::at(home.path()), practice: true, open: None };
    let host = Host::start(options, Arc::new(NoDesktop)).await.unwrap();
    (home, host)
}

/// Counts the batches that a page gets while something new is to be sent all the time, when it acknowledges each so long after it
/// came.
async fn batches(paints_in: Option<Duration>) -> usize {
    let (_home, host) = start().await;
    // one that never acknowledges anything changes nothing for the page
    host.attach(|_| ());
    let (told, mut batches) = mpsc::unbounded_channel();
    let page = host.attach(move |batch| {
        let _ = told.send(batch.seq);
    });
    let end = tokio::time::Instant::now() + WATCHED;
    let mut painted = BTreeSet::new();
    let mut count = 0;
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    loop {
        let next = painted.first().copied();
        tokio::select! {
            biased;
            () = tokio::time::sleep_until(end) => return count,
            () = async { tokio::time::sleep_until(next.map_or(end, |(at, _)| at)).await }, if next.is_some() => {
                if let Some((_, seq)) = painted.pop_first() {
                    host.ack(page, seq);
                }
            }
            Some(seq) = batches.recv() => {
                count += 1;
                painted.extend(paints_in.map(|after| (tokio::time::Instant::now() + after, seq)));
            }
            _ = tick.tick() => host.mark_app_dirty(AppPart::Mcp),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_paints_at_once_gets_a_batch_each_frame() {
    let frames = WATCHED.as_millis() / FRAME.as_millis();
    let got = batches(Some(Duration::ZERO)).await as u128;
    assert!((frames / 2..=frames + 1).contains(&got), "{got} batches in {frames} frames");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_paints_slowly_gets_no_more_than_it_paints() {
    // two are on their way at a time: one that is painted, and the next
    let got = batches(Some(Duration::from_millis(250))).await;
    assert!((60..=85).contains(&got), "{got} batches");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_never_acknowledges_gets_one_batch_a_second() {
    let got = batches(None).await;
    assert!((10..=13).contains(&got), "{got} batches");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_is_gone_gets_nothing_more() {
    let (_home, host) = start().await;
    let (told, mut batches) = mpsc::unbounded_channel();
    let page = host.attach(move |batch| {
        let _ = told.send(batch.seq);
    });
    assert_eq!(batches.recv().await, Some(1));
    host.detach(page);
    host.mark_app_dirty(AppPart::Mcp);
    // the sink goes with the subscriber
    assert_eq!(batches.recv().await, None);
}
