use super::*;
use protocol::{EndedBy, ExecEnd, InputItem, OpId, Policies, SandboxPolicy, SessionId, TaskId};

const MEAN: &str = "Fix <script>alert(1)</script> & say *hi*";

fn export() -> Export {
    let mut export = Export::default();
    let events = [
        EventMsg::SessionConfigured {
            session_id: SessionId::from("s1"),
            provider: "p".to_owned(),
            model: "big-model".to_owned(),
            cwd: "/w".into(),
            policies: Policies::default(),
            check: None,
            reviewer: None,
            isolated: None,
            history_log_id: 0,
            history_entry_count: 0,
            rollout_path: "/r".into(),
        },
        EventMsg::TaskStarted { task_id: TaskId(1) },
        EventMsg::UserMessage {
            content: vec![
                InputItem::Text { text: MEAN.to_owned() },
                InputItem::Image { image_url: "https://elsewhere.test/a.png\" onerror=\"x".to_owned() },
                InputItem::Image { image_url: "data:image/png;base64,hunter2".to_owned() },
            ],
        },
        EventMsg::ExecCommandBegin {
            call_id: "c".into(),
            argv: vec!["cat".to_owned(), "key.txt".to_owned()],
            cwd: "/w".into(),
            sandbox: SandboxPolicy::default(),
            background: false,
            overlay: false,
        },
        EventMsg::ExecCommandEnd {
            call_id: "c".into(),
            output: "\u{1b}[31mhunter2\u{1b}[0m\n```\nout\n".to_owned(),
            end: ExecEnd { duration_ms: 1500, ..ExecEnd::from(EndedBy::Exited { code: 1 }) },
            as_previewed: None,
        },
        EventMsg::AgentMessage {
            text: "It is `hunter2`:\n\n```rust\nlet a = 1;\n```\n\n1. one\n2. [two](https://a.test/)\n\n| a | b |\n|---|--:|\n| 1 | **2** |".to_owned(),
            interrupted: false,
        },
        EventMsg::TaskComplete { task_id: TaskId(1), last_agent_message: None, duration_ms: 61_500 },
    ];
    for (seq, msg) in (1..).zip(events) {
        export.take_in(&Event { seq, id: OpId::default(), at_ms: seq * 1000, replay: true, msg });
    }
    export
}

fn write(format: ExportFormat) -> String {
    let removed = std::cell::Cell::new(0);
    let redact = |text: &str| {
        let count = u32::try_from(text.matches("hunter2").count()).unwrap();
        removed.set(removed.get() + count);
        text.replace("hunter2", "[gone]")
    };
    let header = || ExportHeader {
        id: "s1".to_owned(),
        project: "todo".to_owned(),
        started_ms: 1_700_000_000_000,
        secrets_removed: removed.get(),
    };
    export().write(format, redact, header).unwrap()
}

#[test]
fn a_session_is_written_as_markdown_that_reads_as_it_was() {
    let text = write(ExportFormat::Markdown);
    assert_eq!(
        text,
        "# Fix \\<script\\>alert(1)\\</script\\> & say \\*hi\\*\n\n\
         todo, started 2023-11-14 22:13 UTC, with big-model\n\n\
         > Exported from Countersign. 2 secrets were removed from it: keys that are known here, and text that has the form of one. \
         Read it before you share it.\n\n\
         ## You (1970-01-01 00:00 UTC)\n\n\
         Fix <script>alert(1)</script> & say *hi*\n\n*(a picture)*\n\n*(a picture)*\n\n\
         **Command** `cat key.txt`: exit 1, 1.5 s\n\n\
         ````text\n[gone]\n```\nout\n````\n\n\
         ## Agent\n\n\
         It is `[gone]`:\n\n```rust\nlet a = 1;\n```\n\n1. one\n2. [two](<https://a.test/>)\n\n| a | b |\n| --- | --- |\n| 1 | **2** |\n\n\
         *Done after 61.5 s*\n\n---\n"
    );
}

#[test]
fn a_page_needs_nothing_beside_it_and_runs_nothing() {
    let page = write(ExportFormat::Html);
    assert!(
        page.contains("<title>Fix &lt;script&gt;alert(1)&lt;/script&gt; &amp; say *hi*</title>"),
        "{page}"
    );
    assert!(page.contains("default-src 'none'"));
    assert!(!page.contains("<script") && !page.contains("elsewhere.test") && !page.contains("hunter2\u{1b}"));
    assert!(page.contains("<img src=\"data:image/png;base64,hunter2\" alt=\"\">"), "a picture stays whole");
    assert!(page.contains("<pre>[gone]\n```\nout\n</pre>"), "{page}");
    assert!(page.contains("2 secrets were removed"));
    assert!(page.contains("<a href=\"https://a.test/\" rel=\"noreferrer\">two</a>"));
    assert!(page.contains("<td><strong>2</strong></td>"));
}

#[test]
fn json_has_the_rows_as_the_window_has_them() {
    let document: Value = serde_json::from_str(&write(ExportFormat::Json)).unwrap();
    assert_eq!((&document["format"], &document["version"]), (&"countersign-session".into(), &1.into()));
    assert_eq!((&document["project"], &document["secrets_removed"]), (&"todo".into(), &2.into()));
    assert_eq!(document["session"]["model"], "big-model");
    let kinds: Vec<_> =
        document["rows"].as_array().unwrap().iter().map(|row| row["body"]["type"].clone()).collect();
    assert_eq!(kinds, ["user", "command", "agent", "task_end"]);
    assert_eq!(document["rows"][0]["body"]["content"][0]["text"], MEAN);
}
