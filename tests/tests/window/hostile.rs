//! Hostile text of a model, a command, a patch or a tool: the window shows it, asks nobody anything because
//! of it, and goes on.

mod ear;
mod texts;

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use countersign_tests::desktop::{Window, eventually, person};
use countersign_tests::model_server::Reply;
use serde_json::{Value, json};

use crate::harness::{AGENT, APPROVAL, APPROVE, COMPOSER, Harness, TASK_END, ask};
use ear::Ear;
use texts::{MARKUP, SEQUENCES, TRICKS, at};

const ROW: &str = "[data-testid=row]";
/// Selector of the note that there is more than is shown.
const REST: &str = "[data-testid=rest]";
const BACKSPACE: &str = "\u{e003}";
/// Much, because the machine may be busy: a window that hangs takes longer.
const PATIENCE: Duration = Duration::from_secs(30);
const DENY: &str = "[data-testid=deny]";

/// The page as it is when nothing got hold of it.
async fn state(window: &Window) -> Result<Value> {
    let script = "
        const of = (css) => [...document.querySelectorAll(css)].map((each) => each.outerHTML.slice(0, 200));
        return {
            // the count of what waits stands before it
            title: document.title.replace(/^\\(\\d+\\) /, ''),
            place: location.href,
            pwned: String(window.pwned),
            foreign: of('iframe:not(#__tauri_isolation__), object, embed, base, form[action], video, audio, a[href], img, '
                + 'script:not([type=module]), link:not([rel=stylesheet]), meta[http-equiv], svg image, svg use'),
            handlers: of('[onload], [onerror], [onclick], [onfocus], [onmouseover], [ping], [srcdoc]'),
        };";
    Ok(window.page().execute(script, Vec::new()).await?)
}

/// Proves that the ear hears, so that its silence later means something.
async fn hear_the_test(ear: &Ear) -> Result<()> {
    reqwest::get(format!("http://{}/proof", ear.address())).await?;
    ensure!(ear.heard() == ["GET /proof HTTP/1.1"], "the ear hears nothing: {:?}", ear.heard());
    Ok(())
}

/// Holds that the page is what it was, and that nobody but the test was heard.
async fn untouched(window: &Window, before: &Value, ear: &Ear) -> Result<()> {
    let now = state(window).await?;
    ensure!(now == *before, "the page was {before:#}\nand is {now:#}");
    ensure!(ear.heard().len() == 1, "the window reached out: {:?}", ear.heard());
    Ok(())
}

/// The window takes a key press, and shows it.
async fn answers(window: &Window) -> Result<()> {
    let composer = window.find(COMPOSER).await?;
    let pressed = async {
        composer.send_keys("k").await?;
        ensure!(composer.prop("value").await?.as_deref() == Some("k"), "the composer does not take a key");
        composer.send_keys(BACKSPACE).await?;
        let value = composer.prop("value").await?;
        ensure!(value.as_deref() == Some(""), "the composer does not give it back: {value:?}");
        Ok(())
    };
    // a page that hangs keeps the WebDriver waiting for ever
    tokio::time::timeout(PATIENCE, pressed).await.context("the window does not answer a key")?
}

#[tokio::test]
async fn what_a_model_says_stays_text_wherever_it_stands() -> Result<()> {
    if !std::process::Command::new("python3").arg("--version").output().is_ok_and(|ran| ran.status.success())
    {
        println!("SKIPPED: there is no python3 for the MCP server");
        return Ok(());
    }
    let ear = Ear::open().await?;
    hear_the_test(&ear).await?;
    let (markup, sequences) = (at(MARKUP, ear.address()), at(SEQUENCES, ear.address()));
    let printed = format!("printf '%s\\n' '{markup}' '{sequences}' '{TRICKS}'");
    let plan = json!({"explanation": markup, "plan": [
        {"step": format!("{markup} {TRICKS}"), "status": "in_progress"}, {"step": sequences, "status": "pending"}]});
    let escalated = json!({"command": ["bash", "-lc", printed], "with_escalated_permissions": true,
        "justification": format!("{markup} {TRICKS}")});
    let name = "<img src=x onerror=window.pwned=1>\u{202e}gpj.md";
    let patch = format!("*** Add File: {name}\n+{markup}\n+{TRICKS}\n+{sequences}");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/mcp/scripted.py");
    let server = format!(
        "[mcp_servers.odd]\ncommand = \"python3\"\nargs = [{script:?}, \"markup\"]\nenv = {{ DESCRIPTION = {} }}\n",
        json!(format!("{markup} {TRICKS}"))
    );
    let replies = vec![
        Reply::new()
            .reasoning(&texts::answer(ear.address()), "sealed")
            .message(&texts::answer(ear.address()))
            .function_call("plan", "update_plan", &plan)
            .shell("printed", &["bash", "-lc", &printed])
            .completed(),
        Reply::new().function_call("escalated", "shell", &escalated).completed(),
        Reply::new().apply_patch("patch", &patch).completed(),
        Reply::new().function_call(&markup, &markup, &json!({"x": markup})).completed(),
        Reply::text("So much for that."),
    ];
    let (harness, model) = Harness::scripted(&[("a.txt", "a\n")], &server, replies).await?;
    let window = harness.open_configured().await?;
    window.find(COMPOSER).await?;
    let before = state(&window).await?;
    ensure!(before["foreign"] == json!([]) && before["title"] == "Countersign", "{before:#}");

    ask(&window, "look").await?;
    let said = window.wait_for_text(AGENT, "and bidi").await?;
    for text in ["<img src=\"http://", "<script>window.pwned", "<style>@import", "http-equiv=\"refresh\""] {
        ensure!(said.contains(text), "{text} is not shown as it was said:\n{said}");
    }
    window.find(&format!("{APPROVAL}[data-type=command]")).await?;
    untouched(&window, &before, &ear).await?;
    window.screenshot("hostile-command").await?;
    let card = window.wait_for_text("[data-testid=command-text]", "<script>").await?;
    for escape in ["\\u{202e}txt.exe", "zero\\u{200b}width", "\\u{1b}]0;owned\\u{7}", "\\u{1b}]52;c"] {
        ensure!(card.contains(escape), "{escape} is not drawn: {card}");
    }
    window.wait_for_text(APPROVAL, "another order than it runs").await?;
    window.click(APPROVE).await?;

    window.find(&format!("{APPROVAL}[data-type=patch]")).await?;
    window.wait_for_text(APPROVAL, "<img src=x onerror=window.pwned=1>\\u{202e}gpj.md").await?;
    window.wait_for_text(APPROVAL, "\\u{1b}]8;;http://").await?;
    window.screenshot("hostile-patch").await?;
    untouched(&window, &before, &ear).await?;
    window.click(APPROVE).await?;
    window.wait_for_text("[data-testid=change-file]", "\\u{202e}gpj.md").await?;
    ensure!(harness.read(name)?.contains(&sequences), "what was approved is written as it is");
    window.find(TASK_END).await?;

    // the tool's name in front of the model is made from its own
    let tools = model.tools();
    let tool = tools.iter().find(|name| name.starts_with("odd__") && name.contains("look_"));
    let tool = tool.with_context(|| format!("the odd tool is not offered: {tools:?}"))?;
    let arguments = json!({"<b>": markup, "tricks": TRICKS, "sequences": sequences});
    model.then(Reply::new().function_call("mcp", tool, &arguments).completed());
    model.then(Reply::text("Still here."));
    ask(&window, "use the tool").await?;
    window.find(&format!("{APPROVAL}[data-type=tool]")).await?;
    window.wait_for_text("[data-testid=tool-name]", "<b onclick=x>look</b>\\u{202e}").await?;
    window.wait_for_text("[data-testid=tool-arguments]", "onerror=window.pwned=1").await?;
    window.screenshot("hostile-tool").await?;
    untouched(&window, &before, &ear).await?;
    window.click(DENY).await?;
    window.wait_for_text(AGENT, "Still here.").await?;
    answers(&window).await?;

    // a link is looked at before anything happens
    let home = format!("{ROW}[data-kind=agent] [role=link]");
    window.page().execute("document.querySelector('[data-testid=transcript]').scrollTop = 0", vec![]).await?;
    window.click(&home).await?;
    window.wait_for_text("[role=dialog]", &ear.address().to_string()).await?;
    window.screenshot("hostile-link").await?;
    window.page().active_element().await?.send_keys("\u{e00c}").await?;
    untouched(&window, &before, &ear).await?;
    ensure!(!person::windows(r"(\([0-9]+\) )?Countersign")?.is_empty(), "the window's title was changed");
    window.end().await
}

/// Attempts of a script that got into the page, one after the other. Each ends in its result.
const ATTEMPTS: &str = include_str!("hostile/attempts.js");

#[tokio::test]
async fn a_script_that_got_in_gets_no_further() -> Result<()> {
    let ear = Ear::open().await?;
    hear_the_test(&ear).await?;
    let harness = Harness::with(&[("a.txt", "a\n")])?;
    let window = harness.open().await?;
    window.find(COMPOSER).await?;
    let place = state(&window).await?["place"].clone();
    let seen = window.page().execute_async(ATTEMPTS, vec![json!(ear.address().to_string())]).await?;
    let expected = json!({
        "eval": "EvalError",
        "Function": "EvalError",
        // no text becomes markup or a script's address: Trusted Types
        "innerHTML": "TypeError",
        "srcdoc": "TypeError",
        "script": "TypeError",
        "policy": "TypeError",
        "second policy": "TypeError",
        "worker": "TypeError",
        "open": "null",
        // taken, as the standard has it, and not sent
        "beacon": "true",
        "fetch": "TypeError",
        "socket": "SecurityError",
        // the frame lets nothing through that is not one of the window's own messages
        "another command": "unheard",
        "another form": "unheard",
        "a third form": "unheard",
        "another window’s zoom": "unheard",
        "no such zoom": "unheard",
        "the app": "done",
    });
    let mut outcome = seen["outcome"].clone();
    // what was not enciphered in the frame cannot be read as a message
    let past = outcome.as_object_mut().and_then(|outcome| outcome.remove("past the frame"));
    ensure!(past.as_ref().and_then(Value::as_str).is_some_and(|why| why.contains("nonce")), "{past:?}");
    ensure!(outcome == expected, "{outcome:#}");
    for directive in
        ["connect-src", "form-action", "frame-src", "img-src", "media-src", "object-src", "style-src-elem"]
    {
        ensure!(seen["violated"].to_string().contains(directive), "{directive} holds nothing back: {seen:#}");
    }

    // leaving is refused by the app itself, which says so
    let log = harness.home().join("log/desktop.log");
    for (name, target) in [("blank", "_blank"), ("self", "_self")] {
        let link = "const link = Object.assign(document.createElement('a'), arguments[0]);
            link.style = 'position: fixed; inset: 0 auto auto 0; z-index: 9999';
            document.body.append(link);";
        let href = format!("http://{}/{name}", ear.address());
        let shown = json!({"id": name, "href": href, "target": target, "textContent": name});
        window.page().execute(link, vec![shown]).await?;
        // by the person's own hand, without which no engine opens a window
        window.click(&format!("#{name}")).await?;
    }
    for refused in ["/location", "data:text/plain,x", "/blank", "/self"] {
        eventually(format!("{refused} to be refused"), || async {
            let log = std::fs::read_to_string(&log)?;
            Ok(log.lines().any(|line| line.contains("refused to") && line.contains(refused)).then_some(()))
        })
        .await
        .with_context(|| std::fs::read_to_string(&log).unwrap_or_default())?;
    }
    let now = state(&window).await?;
    ensure!(now["place"] == place && now["pwned"] == "undefined", "{now:#}");
    ensure!(ear.heard().len() == 1, "the window reached out: {:?}", ear.heard());
    answers(&window).await?;
    let frame = "return getComputedStyle(document.getElementById('__tauri_isolation__')).display";
    ensure!(window.page().execute(frame, vec![]).await? == "none", "the frame between is seen");
    window.screenshot("hostile-script").await?;
    window.end().await
}

/// Columns of a line that nobody reads.
const COLUMNS: usize = 200_000;

/// Keys, as WebDriver spells them.
const HOME: &str = "\u{e011}";
const END: &str = "\u{e010}";

/// An answer in pieces of a size, and whole.
fn said_in_pieces(reply: Reply, text: &str, bytes: usize) -> Reply {
    let mut reply = reply;
    let mut rest = text;
    while !rest.is_empty() {
        let (piece, after) = rest.split_at(rest.ceil_char_boundary(bytes.min(rest.len())));
        reply = reply.text_delta(piece);
        rest = after;
    }
    let content = json!([{"type": "output_text", "text": text}]);
    reply.item("msg", json!({"type": "message", "role": "assistant", "content": content}))
}

#[tokio::test]
async fn what_has_no_end_leaves_the_window_alive() -> Result<()> {
    let line = "x".repeat(COLUMNS);
    let words = "word ".repeat(COLUMNS / 5);
    let places = [
        line.clone(),
        words.clone(),
        format!("```\n{line}\n```"),
        format!("# {line}"),
        format!("| a |\n|---|\n| {line} |"),
        format!("- {line}"),
        format!("[{line}](http://good.example/) [short](http://good.example/{line})"),
    ];
    let long = places.iter().fold(Reply::new(), |reply, place| {
        said_in_pieces(reply, &format!("{place}\n\nThe end of it.\n"), 4096)
    });
    let print = "head -c 200000 /dev/zero | tr '\\0' x; echo; yes 'a line of fifty megabytes' | head -c 50000000; echo; \
                 head -c 200000 /dev/zero | tr '\\0' y; echo; echo over";
    let patch = format!("*** Update File: a.txt\n@@\n-a\n+{line}\n+{words}");
    let mut book = String::new();
    for chapter in 0..40_000 {
        book.push_str(&format!("{chapter}. A paragraph of a book that has **no end**, and `goes on`.\n\n"));
    }
    book.push_str("```\n");
    for number in 0..30_000 {
        book.push_str(&format!("let line_{number} = \"of a listing that has no end\";\n"));
    }
    book.push_str("```\n\nThe end.\n");
    let (harness, model) = Harness::scripted(&[("a.txt", "a\n")], "", vec![long.completed()]).await?;
    let window = harness.open_configured().await?;
    ask(&window, "say long lines").await?;
    window.find(TASK_END).await?;
    // the last of the places is longer than is shown, and fills the view
    let transcript = window.find("[data-testid=transcript]").await?;
    transcript.send_keys(HOME).await?;
    let shown = window.wait_for_text(AGENT, "The end of it.").await?;
    transcript.send_keys(END).await?;
    ensure!(shown.contains("more characters]"), "what is left out is not said: {}", shown.len());
    answers(&window).await?;
    window.screenshot("endless-lines").await?;

    model.then(Reply::new().shell("print", &["bash", "-lc", print]).completed());
    model.then(Reply::new().apply_patch("patch", &patch).completed());
    model.then(Reply::text("Written."));
    ask(&window, "print and write").await?;
    answers(&window).await?;
    window.find(&format!("{APPROVAL}[data-type=patch]")).await?;
    answers(&window).await?;
    window.wait_for_text(APPROVAL, "198000 more characters").await?;
    window.screenshot("endless-patch").await?;
    window.click(APPROVE).await?;
    window.wait_for_text(AGENT, "Written.").await?;
    answers(&window).await?;

    model.then(said_in_pieces(Reply::new(), &book, 4096).completed());
    ask(&window, "write a book").await?;
    answers(&window).await?;
    window.wait_for_text(REST, "longer than the window shows").await?;
    answers(&window).await?;
    window.wait_until_gone("[data-testid=stop]").await?;
    answers(&window).await?;
    window.screenshot("endless-book").await?;
    window.end().await
}
