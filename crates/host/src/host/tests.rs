use super::*;
use crate::desktop::{Notification, Picked};
use std::collections::BTreeSet;
use tokio::sync::mpsc;

/// How long a page is watched.
const WATCHED: Duration = Duration::from_secs(10);

struct NoDesktop;

impl Desktop for NoDesktop {
    fn pick_folder(&self) -> Picked {
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

/// How many batches a page gets while something new is to be told all the time, when it says that it has painted one so long after
/// it came.
async fn batches(paints_in: Option<Duration>) -> usize {
    let home = tempfile::tempdir().unwrap();
    let options = HostOptions { home: Home::at(home.path()), practice: true, open: None };
    let host = Host::start(options, Arc::new(NoDesktop)).await.unwrap();
    let (told, mut batches) = mpsc::unbounded_channel();
    let attached = host.attach(Box::new(move |batch| {
        let _ = told.send(batch.seq);
    }));
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
                    host.heard(attached, seq);
                }
            }
            Some(seq) = batches.recv() => {
                count += 1;
                painted.extend(paints_in.map(|after| (tokio::time::Instant::now() + after, seq)));
            }
            _ = tick.tick() => host.change(State::touch_app),
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_page_that_paints_at_once_is_told_each_frame() {
    let frames = WATCHED.as_millis() / FRAME.as_millis();
    let told = batches(Some(Duration::ZERO)).await as u128;
    assert!((frames / 2..=frames + 1).contains(&told), "{told} batches in {frames} frames");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_paints_slowly_is_told_no_more_than_it_paints() {
    // two are on their way at a time: one that is painted, and the next
    let told = batches(Some(Duration::from_millis(250))).await;
    assert!((60..=85).contains(&told), "{told} batches");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_never_says_what_it_painted_is_told_once_a_second() {
    let told = batches(None).await;
    assert!((10..=13).contains(&told), "{told} batches");
}
