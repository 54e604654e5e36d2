//! Painting by the processor or the graphics card.

use anyhow::{Result, ensure};
use countersign_tests::desktop::Window;
use countersign_tests::desktop::processes::used_by_threads;

use crate::harness::{APPROVAL, COMPOSER, Harness, ask};

/// A card that is imitated puts a window together more slowly than the processor paints all of it.
#[tokio::test]
async fn no_graphics_card_is_imitated() -> Result<()> {
    let harness = Harness::with_sample()?;
    let project = harness.project();
    let args = ["--safe-graphics".as_ref(), "--practice".as_ref(), project.as_os_str()];
    let window = Window::open(&harness.home(), &args, &[]).await?;
    window.find(COMPOSER).await?;
    ask(&window, "Fix the failing test").await?;
    window.find(APPROVAL).await?;
    let (imitated, all) = (used_by_threads(window.pid()?, "llvmpipe")?, used_by_threads(window.pid()?, "")?);
    ensure!(imitated * 20 < all, "{imitated:?} of {all:?} went into the imitation of a graphics card");
    window.end().await
}
