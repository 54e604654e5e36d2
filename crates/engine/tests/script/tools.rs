//! Tools of MCP servers, tools that only look, commands in the background, and what overlaps.

use crate::stage::*;
use engine::*;
use protocol::*;

fn call(id: &str, name: &str, arguments: &str) -> Item {
    Item::FunctionCall { call_id: id.into(), name: name.to_owned(), arguments: arguments.to_owned() }
}

fn tool(name: &str, read_only: bool, trusted: bool) -> McpTool {
    McpTool {
        name: format!("srv__{name}"),
        server: "srv".to_owned(),
        tool: name.to_owned(),
        description: "does things".to_owned(),
        parameters: serde_json::json!({"type": "object"}),
        read_only,
        hints: ToolHints::default(),
        trusted,
    }
}

fn with_tools(policies: Policies) -> Script {
    let mut script = Script::new(policies);
    script.input(Input::McpTools(
        [tool("write", false, false), tool("read", true, false), tool("mine", false, true)].into(),
    ));
    script
}

fn done(script: &mut Script, id: &str, text: &str) {
    let outcome = ToolOutcome {
        result: ToolResult { output: text.to_owned(), ..ToolEndedBy::Succeeded.into() },
        model_output: text.to_owned(),
        images: Vec::new(),
    };
    script.input(Input::ToolEnded { call_id: id.into(), outcome });
}

fn decide(script: &mut Script, id: &str, decision: ReviewDecision, note: Option<&str>) {
    let (note, binding) = (note.map(str::to_owned), script.binding(id));
    script.op(Op::Decide {
        call_id: id.into(),
        binding,
        decision,
        hunks: None,
        note,
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    });
}

#[test]
fn b28_tools_ask_unless_they_only_read_or_are_trusted() {
    let mut script = with_tools(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(
        1,
        vec![call("c1", "srv__read", "{}"), call("c2", "srv__mine", "{}"), call("c3", "srv__write", "{}")],
    );
    script.check(
        "= task_started
         = input
         = sampling_started
         > sample 1
         = model_item
         = tool_started
         > call c1 srv/read
         = model_item
         = model_item
         = sampling_ended",
    );
    done(&mut script, "c1", "1");
    script.check("= tool_end\n= call_answered\n= tool_started\n> call c2 srv/mine");
    done(&mut script, "c2", "2");
    script.check("= tool_end\n= call_answered\n= asked");
    let decision = ReviewDecision::Approved;
    script.op(Op::Decide {
        call_id: "c3".into(),
        binding: "another".into(),
        decision,
        hunks: None,
        note: None,
        comments: Vec::new(),
        viewed: None,
        unattended: false,
    });
    script.check("> complain no such approval is open for call c3: it was answered, or asked anew");
    decide(&mut script, "c3", ReviewDecision::ApprovedForSession, None);
    script.check("= decided\n= tool_started\n> call c3 srv/write");
    done(&mut script, "c3", "3");
    script.check("= tool_end\n= call_answered\n= sampling_started\n> sample 2");
    assert_eq!(script.outputs().iter().map(|(_, text)| text.as_str()).collect::<Vec<_>>(), ["1", "2", "3"]);
    // approved for the session: this tool of this server
    script.model(2, vec![call("c4", "srv__write", "{}")]);
    script.check("= model_item\n= tool_started\n> call c4 srv/write\n= sampling_ended");
}

#[test]
fn b28_a_denied_tool_is_not_called_and_the_note_reaches_the_model() {
    let mut script = with_tools(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![call("c1", "srv__write", "{}")]);
    decide(&mut script, "c1", ReviewDecision::Denied, Some("not that one"));
    script.model(2, vec![text("ok")]);
    assert_eq!(
        script.outputs(),
        [("c1".to_owned(), "tool call rejected by user\nnote from the person: not that one".to_owned())]
    );
    assert!(!script.log.iter().any(|line| line.starts_with("> call")));

    let mut script = with_tools(policies(ApprovalPolicy::Never, false));
    script.ask("go");
    script.model(1, vec![call("c1", "srv__write", "{}"), call("c2", "srv__gone", "{}")]);
    let outputs = script.outputs();
    assert!(outputs[0].1.starts_with("tool call rejected: "), "{outputs:?}");
    assert_eq!(outputs[1].1, "unsupported call: srv__gone");
}

#[test]
fn b28_a_tool_that_reads_and_reaches_everything_is_asked_about_once_a_session() {
    let mut fetch = tool("fetch", true, false);
    fetch.hints.open_world = true;
    let with_fetch = |policy| {
        let mut script = Script::new(policies(policy, true));
        script.input(Input::McpTools([fetch.clone()].into()));
        script.ask("go");
        script.model(1, vec![call("c1", "srv__fetch", "{}"), call("c2", "srv__fetch", "{}")]);
        script
    };
    let mut script = with_fetch(ApprovalPolicy::OnRequest);
    assert!(!script.log.iter().any(|line| line.starts_with("> call")), "{:?}", script.log);
    decide(&mut script, "c1", ReviewDecision::ApprovedForSession, None);
    done(&mut script, "c1", "1");
    done(&mut script, "c2", "2");
    assert_eq!(script.log.iter().filter(|line| *line == "= asked").count(), 1, "{:?}", script.log);

    let script = with_fetch(ApprovalPolicy::Never);
    assert!(script.outputs()[0].1.starts_with("tool call rejected: "), "{:?}", script.outputs());
}

#[test]
fn b28_a_waiting_tool_is_asked_about_again_after_a_restart_and_one_that_ran_is_not_called_twice() {
    let mut script = with_tools(policies(ApprovalPolicy::OnRequest, true));
    script.ask("go");
    script.model(1, vec![call("c1", "srv__write", "{\"a\":1}")]);
    script.restart();
    script.log.clear();
    // the server is not even ready yet: what was shown is what is called
    decide(&mut script, "c1", ReviewDecision::Approved, None);
    script.check("= decided\n= tool_started\n> call c1 srv/write");
    script.restart();
    assert!(script.records.iter().any(|record| matches!(
        &record.fact,
        Fact::ToolEnded { result, .. } if result.ended_by == ToolEndedBy::AppStopped
    )));
    script.log.clear();
    script.ask("and now?");
    assert!(script.outputs()[0].1.contains("it may have done its work"));
    assert!(!script.log.iter().any(|line| line.starts_with("> call")));
}

#[test]
fn b6_calls_that_only_read_overlap_and_writers_take_turns() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, false));
    script.ask("go");
    script.model(
        1,
        vec![
            call("c1", "read_file", r#"{"path":"a.rs"}"#),
            shell("c2", r#"{"command":["ls"]}"#),
            call("c3", "grep_files", r#"{"pattern":"x"}"#),
            shell("c4", r#"{"command":["make"]}"#),
            call("c5", "list_dir", "{}"),
        ],
    );
    let begun: Vec<&str> = script
        .log
        .iter()
        .filter(|line| line.starts_with("> read") || line.starts_with("> run"))
        .map(|line| &line[..9])
        .collect();
    assert_eq!(begun, ["> read c1", "> run c2 ", "> read c3"], "{:?}", script.log);
    script.log.clear();
    // they come back in any order; what writes waits for all of them, and what follows waits for it
    done(&mut script, "c3", "3");
    script.ended("c2", ran("2"));
    script.check("= tool_end\n= call_answered\n= exec_end\n= call_answered");
    done(&mut script, "c1", "1");
    script.check("= tool_end\n= call_answered\n= exec_started\n> run c4 make [workspace-write]");
    script.ended("c4", ran("4"));
    done(&mut script, "c5", "5");
    let order: Vec<String> = script.outputs().into_iter().map(|(id, _)| id).collect();
    assert_eq!(order, ["c1", "c2", "c3", "c4", "c5"]);
}

#[test]
fn b10_a_look_answers_with_text_and_images() {
    let mut script = Script::new(policies(ApprovalPolicy::Never, false));
    script.ask("go");
    script.model(
        1,
        vec![call("c1", "view_image", r#"{"path":"x.png"}"#), call("c2", "read_file", r#"{"pat":1}"#)],
    );
    let outcome = ToolOutcome {
        result: ToolResult { images: 1, ..ToolEndedBy::Succeeded.into() },
        model_output: "x.png, 1 x 1".to_owned(),
        images: vec!["data:image/png;base64,AA".to_owned()],
    };
    script.input(Input::ToolEnded { call_id: "c1".into(), outcome });
    let prompt = script.last_prompt.as_ref().unwrap();
    let image = prompt.items.iter().any(|item| {
        matches!(item.as_ref(), Item::CallOutput { output, .. } if output.images == ["data:image/png;base64,AA"])
    });
    assert!(image);
    assert!(script.outputs()[1].1.starts_with("failed to parse the call's arguments"));
}

#[test]
fn b12_a_command_in_the_background_is_read_ended_and_told_of() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, false));
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["serve"],"background":true}"#)]);
    assert!(script.outputs()[0].1.contains("`c1`"), "{:?}", script.outputs());
    script.model(2, vec![call("c2", "command_output", r#"{"id":"c1"}"#)]);
    done(&mut script, "c2", "listening");
    script.model(3, vec![text("it runs")]);
    assert!(!script.session.has_task(), "a task does not wait for what it left in the background");
    script.log.clear();
    script.op(Op::StopCommand { call_id: "nobody".into() });
    script.check("> complain no command of call nobody runs in the background");
    script.op(Op::StopCommand { call_id: "c1".into() });
    script.check("> cancel c1");
    script.ended("c1", EndedBy::Interrupted.into());
    script.check("= exec_end");
    script.ask("and?");
    let told = script.last_prompt.as_ref().unwrap().items.iter().any(
        |item| matches!(item.as_ref(), Item::Context { text } if text.contains("c1 (serve) has ended: interrupted")),
    );
    assert!(told);
}

#[test]
fn b7_an_interrupt_ends_what_runs_in_the_background_too() {
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, false));
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["serve"],"background":true}"#)]);
    script.log.clear();
    script.op(Op::Interrupt);
    script.check("= model_item\n> cancel sampling\n> cancel c1");
    script.ended("c1", EndedBy::Interrupted.into());
    script.check("= exec_end\n= task_aborted");
    // and a restart knows that it is gone
    let mut script = Script::new(policies(ApprovalPolicy::OnRequest, false));
    script.ask("go");
    script.model(1, vec![shell("c1", r#"{"command":["serve"],"background":true}"#)]);
    script.model(2, vec![text("it runs")]);
    script.log.clear();
    script.restart();
    assert_eq!(script.log.iter().filter(|line| *line == "= exec_end").count(), 1, "{:?}", script.log);
    script.restart();
    assert_eq!(script.log.iter().filter(|line| *line == "= exec_end").count(), 1, "{:?}", script.log);
}
