//! Calls of tools that are neither a command nor a patch.

use super::*;

#[test]
fn looks_in_a_row_are_one_quiet_line() {
    let mut story = Story::with_task();
    story.tell_all([
        reads("a", "a.rs"),
        reads("b", "b\u{202e}.rs"),
        looks("c", "grep_files", "search . for fn", "{}"),
    ]);
    story.tell_all([
        looked("b", ToolEndedBy::Succeeded, "1 x"),
        looked("a", ToolEndedBy::Failed, "\ncannot read a.rs: no such file\nmore"),
        looked("c", ToolEndedBy::Interrupted, ""),
    ]);
    story.shows(&[
        "Failed Read 2 files, searched 1 time [Failed read a.rs Some(\"cannot read a.rs: no such file\"), \
          Ok read b\\u{202e}.rs None, Interrupted search . for fn None]",
    ]);
    // what is said or done in between begins another line
    story.tell_all([message("Aha."), looks("d", "list_dir", "list .", "{}")]);
    assert_eq!(story.rows.len(), 3);
    story.tell(aborted(AbortReason::Interrupted));
    assert_eq!(show(&story.rows[2]), "Interrupted Listed 1 folder [Interrupted list . None]");
}

#[test]
fn a_group_has_an_end() {
    let mut story = Story::with_task();
    for call in 0..120 {
        story.tell(reads(&call.to_string(), "a.rs"));
        story.tell(looked(&call.to_string(), ToolEndedBy::Succeeded, ""));
    }
    let sizes: Vec<_> = story
        .rows
        .iter()
        .map(|row| match &row.body {
            RowBody::Looks(looks) => (looks.calls.len(), looks.summary.clone()),
            other => panic!("{other:?}"),
        })
        .collect();
    let group = |count: usize| (count, format!("Read {count} files"));
    assert_eq!(sizes, [group(50), group(50), group(20)]);
}

#[test]
fn a_look_at_a_running_command_names_the_command() {
    let mut story = Story::with_task();
    story.tell_all([
        begin_in_background("b"),
        looks("l", "command_output", "read the output of b", r#"{"id":"b"}"#),
        looks("m", "stop_command", "end x", r#"{"id":"x"}"#),
    ]);
    assert_eq!(
        show(&story.rows[1]),
        "Running Looked at running commands 1 time, ended 1 command \
         [Running look at the output of `npm start` None, Running end x None]"
    );
}

#[test]
fn a_call_of_an_mcp_tool_asks_runs_and_ends() {
    let mut story = Story::with_task();
    story.tell(asks_tool("m", r#"{"query":"a\u200b"}"#));
    let arguments = "{\n  \"query\": \"a\\u200b\"\n}";
    story.shows(&[&format!("Waiting tickets/search {arguments} -> \"\"")]);
    let frame = &story.session.approvals[0];
    let ApprovalBody::Tool(card) = &frame.body else { panic!("not the card of a tool") };
    assert_eq!((card.server.as_str(), card.tool.as_str()), ("tickets", "search"));
    assert_eq!((card.description.as_str(), card.arguments.as_str()), ("Finds tickets.", arguments));
    assert!(frame.warnings[0].contains("U+200B"), "{:?}", frame.warnings);
    assert_eq!(frame.session_rule, "every call of search of tickets, whatever its arguments, without asking");
    story.tell_all([
        resolved("m", Some(ReviewDecision::Approved)),
        calls("m", r#"{"query":"a\u200b"}"#),
        called("m", ToolEndedBy::Succeeded, "\u{1b}[1mthree\u{202e}"),
    ]);
    story.shows(&[&format!("Ok tickets/search {arguments} -> \"three\\\\u{{202e}}\"")]);
    assert!(story.session.approvals.is_empty());
}

#[test]
fn a_call_of_an_mcp_tool_ends_as_it_did() {
    let denied = || vec![asks_tool("m", "{}"), resolved("m", Some(ReviewDecision::Denied))];
    for (mut events, end, expected) in [
        (vec![], called("m", ToolEndedBy::Succeeded, "x"), CardStatus::Ok),
        (vec![], called("m", ToolEndedBy::Failed, "no such ticket"), CardStatus::Failed),
        (vec![], called("m", ToolEndedBy::TimedOut { after_ms: 60_000 }, ""), CardStatus::Failed),
        (vec![], called("m", ToolEndedBy::Interrupted, ""), CardStatus::Interrupted),
        (vec![], aborted(AbortReason::Interrupted), CardStatus::Interrupted),
        (denied(), called("m", ToolEndedBy::Rejected, ""), CardStatus::Declined),
    ] {
        if events.is_empty() {
            events.push(calls("m", "{}"));
        }
        events.push(end);
        let mut story = Story::with_task();
        story.tell_all(events.clone());
        let RowBody::Mcp(call) = &story.rows[0].body else { panic!("no card") };
        assert_eq!(call.status, expected, "{events:?}");
        assert_eq!(call.arguments, "");
    }
}

#[test]
fn the_card_of_an_mcp_tool_shows_progress_while_it_runs() {
    let mut story = Story::with_task();
    let progress = |message: &str| EventMsg::McpToolCallProgress {
        call_id: "m".into(),
        progress: protocol::ToolProgress { percent: Some(40), done: 2, message: Some(message.to_owned()) },
    };
    let shown = |story: &Story| match &story.rows[0].body {
        RowBody::Mcp(call) => call.progress.as_ref().and_then(|progress| progress.message.clone()),
        other => panic!("{other:?}"),
    };
    story.tell_all([calls("m", "{}"), progress("page 2\u{202e}\nof 5")]);
    let message = shown(&story).unwrap();
    assert!(message.starts_with("page 2\\u{202e}") && !message.contains('\n'), "{message}");
    story.tell(called("m", ToolEndedBy::Succeeded, "x"));
    assert_eq!(shown(&story), None);
    // one that comes late changes nothing
    story.tell(progress("page 3"));
    assert_eq!(shown(&story), None);
}

#[test]
fn a_card_holds_the_beginning_of_what_was_said() {
    let mut story = Story::with_task();
    let long = "é".repeat(20_000);
    story.tell_all([calls("m", &format!("[\"{long}\"]")), called("m", ToolEndedBy::Succeeded, &long)]);
    let RowBody::Mcp(call) = &story.rows[0].body else { panic!("no card") };
    assert!(call.more && call.output.len() == 8 * 1024, "{}", call.output.len());
    assert!(call.arguments.ends_with("more characters]") && call.arguments.len() < 17 * 1024);
}
