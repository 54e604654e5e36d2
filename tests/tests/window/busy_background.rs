//! A session in the background whose command prints a lot, and the keys of the one on the screen.

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::eventually;
use countersign_tests::model_server::{Received, Reply};
use serde_json::json;

use crate::hands::{click, press, take_keyboard, until_page_says, write};
use crate::harness::{COMPOSER, Harness, ask, prompts};

/// Prints 100 MB, then goes on until somebody says that it is enough; in the end, says how much it was.
const PRINTS: &str = "n=0; while [ ! -e enough ] || [ $n -lt 10 ]; do \
    yes 'a line of a command that prints a lot, line after line after line' | head -c 10000000; \
    n=$((n+1)); echo $n > printed; done; echo; echo printed $n times 10 MB";
const TYPED: &str = "the quick brown fox jumps over the lazy dog, 0123456789 times";

fn answer(asked: &Received) -> Reply {
    match asked.output_of("prints") {
        None if String::from_utf8_lossy(&asked.bytes).contains("print a lot") => {
            let arguments = json!({"command": ["sh", "-c", PRINTS], "timeout_ms": 300_000});
            Reply::new().function_call("prints", "shell", &arguments).completed()
        }
        _ => Reply::text("Done."),
    }
}

#[tokio::test]
async fn keys_arrive_in_order_while_a_command_in_the_background_prints_100_mb() -> Result<()> {
    let (harness, server) = Harness::answered(&[("a.txt", "a\n")], "", answer).await?;
    let window = harness.open_configured().await?;
    ask(&window, "print a lot").await?;
    let printed = || harness.read("printed").ok().and_then(|text| text.trim().parse::<u32>().ok());
    eventually("its first output", || async { Ok(printed()) }).await?;
    take_keyboard()?;
    press(&["ctrl+n"])?;
    window.find("[data-testid=empty]").await?;
    click(&window, COMPOSER).await?;

    let value = format!("return document.querySelector('{COMPOSER}').value");
    let mut typed = String::new();
    // until it has printed all of it, and at least once
    loop {
        let before = printed().unwrap_or_default();
        write(TYPED)?;
        typed.push_str(TYPED);
        until_page_says(&window, &value, json!(typed)).await?;
        if before >= 10 {
            break;
        }
    }
    window.screenshot("busy-background").await?;
    ensure!(prompts(&server).len() == 1, "the command ended before the keys did");
    std::fs::write(harness.project().join("enough"), "")?;
    let told = eventually("the end of the command", || async {
        Ok(prompts(&server).iter().find_map(|asked| asked.output_of("prints").map(str::to_owned)))
    })
    .await?;
    ensure!(told.contains("times 10 MB"), "the model does not get the end of the output: {told}");
    let times = printed().context("it says how much it was")?;
    ensure!(times >= 10, "{times} times 10 MB");
    until_page_says(&window, &value, json!(typed)).await?;
    window.end().await
}
