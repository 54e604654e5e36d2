//! Statements of a receipt about a session.

use crate::story::{PersonAnswer, Story, proposal, sha256, state, strings};
use protocol::{
    AbortReason, Approval, ApprovalPolicy, ApprovalSubject, AskReason, CallId, EndedBy, ExecEnd, Fact,
    HunkEdit, HunkId, HunkOutcome, HunkSelection, PartialHunk, PatchEndedBy, PatchSide, PathState, Policies,
    ReviewComment, ReviewDecision, SandboxPolicy, TaskId,
};
use receipt::{Authority, CommandRecord, HunkState, ReceiptEntry, ReceiptError, page, summary};

const BEFORE: &str = "a\nb\nc\nd\ne\nf\ng\nh\n";
const AFTER: &str = "A\nb\nc\nD\ne\nF\ng\nH\n";

/// A patch of four hunks: one as it is, one edited, one in part, one declined.
fn reviewed() -> Story {
    let mut story = Story::new();
    story.task("Shout\nand more");
    let proposal = proposal("src/a.txt", Some(BEFORE), Some(AFTER));
    let ids: Vec<_> = (0..4).map(|hunk| HunkId::new(0, hunk)).collect();
    let comment = ReviewComment {
        path: "src/a.txt".to_owned(),
        side: PatchSide::After,
        line: 8,
        to_line: 8,
        quoted: strings(&["+H"]),
        more: 0,
        text: "not hunter2".to_owned(),
    };
    let hunks = HunkSelection {
        accepted: ids[..3].to_vec(),
        edited: vec![HunkEdit { id: ids[1].clone(), new_text: "dd\nd2".to_owned() }],
        partial: vec![PartialHunk { id: ids[2].clone(), left_out: vec![] }],
    };
    let answer = PersonAnswer {
        hunks: Some(hunks),
        note: Some(" mind the case ".to_owned()),
        comments: vec![comment],
        viewed: Some(ids[..2].to_vec()),
    };
    story.ask("p1", &proposal, ReviewDecision::Approved, answer);
    let outcomes = vec![
        HunkOutcome::Written { id: ids[0].clone() },
        HunkOutcome::Edited { id: ids[1].clone(), new_text: "dd\nd2".to_owned() },
        HunkOutcome::Edited { id: ids[2].clone(), new_text: "F".to_owned() },
        HunkOutcome::Declined { id: ids[3].clone() },
    ];
    story.write("p1", "src/a.txt", (state(BEFORE), state("...")), outcomes);
    story.end_task();
    story
}

#[test]
fn each_hunk_has_its_hash_its_state_and_its_marks() {
    let receipt = reviewed().receipt();
    let ReceiptEntry::Patch { decision, files, failure: None, .. } = &receipt.records[3].entry else {
        panic!("{:?}", receipt.records[3]);
    };
    let Authority::Person { answer: ReviewDecision::Approved, binding, at_ms } = &decision.authority else {
        panic!("{decision:?}");
    };
    assert_eq!((binding, receipt.records[3].at_ms > *at_ms), (&sha256("p1"), true));
    assert_eq!(decision.note.as_deref(), Some("mind the case"));
    assert_eq!(decision.comments[0].text, "not [secret removed]");
    let file = &files[0];
    assert_eq!((file.path.as_str(), file.kind.as_str()), ("src/a.txt", "update"));
    assert_eq!(file.base_sha256, Some(sha256(BEFORE)));
    let states: Vec<_> = file.hunks.iter().map(|hunk| (hunk.state, hunk.viewed)).collect();
    assert_eq!(
        states,
        [
            (HunkState::Written, Some(true)),
            (HunkState::Edited, Some(true)),
            (HunkState::InPart, Some(false)),
            (HunkState::Declined, Some(false)),
        ]
    );
    assert_eq!(file.hunks[0].sha256, sha256("-a\n+A\n"));
    assert_eq!(file.hunks[1].written, [&sha256("dd")[..32], &sha256("d2")[..32]]);
    // nothing of what was declined can be told from a receipt but whether it is the same
    assert!(file.hunks[3].old.is_empty() && file.hunks[3].written.is_empty());
    let counts = summary(&receipt.records);
    assert_eq!((counts.approved, counts.declined, counts.edited, counts.comments), (3, 1, 2, 1));
}

#[test]
fn a_page_says_it_for_people() {
    let page = page(&reviewed().receipt());
    for said in [
        "# Receipt: range",
        "**3 hunks approved, 1 declined, 2 edited, 0 commands, 1 comment**",
        "Not signed.",
        "Model: `openai/gpt-x`; approval on-request; sandbox workspace-write; every patch reviewed",
        "12 bytes of the project's",
        "## Task 1: Shout\n",
        "**Patch** approved by a person, 2027-01-15",
        "`src/a.txt:1`: written as shown, viewed",
        "`src/a.txt:4`: written with the person's text, viewed",
        "`src/a.txt:8`: declined",
        "comment on `src/a.txt:8`: not \\[secret removed\\]",
    ] {
        assert!(page.contains(said), "{said:?} is not in\n{page}");
    }
}

fn commands(story: &Story) -> Vec<CommandRecord> {
    let commands = story.receipt().records.into_iter().filter_map(|record| match record.entry {
        ReceiptEntry::Command(command) => Some(*command),
        _ => None,
    });
    commands.collect()
}

/// Asks about a command, and has a person answer.
fn ask_command(story: &mut Story, call: &str, argv: &[&str], decision: ReviewDecision) {
    let call_id = CallId::from(call);
    let subject = ApprovalSubject::Exec {
        argv: strings(argv),
        cwd: crate::story::FOLDER.into(),
        sandbox: SandboxPolicy::workspace_write(),
        offer: None,
        rule: None,
        preview: None,
    };
    story.fact(Fact::Asked {
        approval: Box::new(Approval {
            call_id: call_id.clone(),
            attempt: 1,
            reason: AskReason::Untrusted,
            subject,
            binding: sha256(call),
        }),
    });
    story.fact(Fact::Decided {
        call_id,
        decision,
        hunks: None,
        note: None,
        comments: vec![],
        viewed: None,
        unattended: false,
        check: None,
    });
}

#[test]
fn a_command_says_who_let_it_run() {
    let mut story = Story::new();
    story.task("Test");
    story.run("c1", &["ls"], vec![], &[]);
    story.run("c2", &["cargo", "test"], vec![strings(&["cargo", "test"])], &[]);
    ask_command(&mut story, "c3", &["make", "TOKEN=hunter2"], ReviewDecision::ApprovedForSession);
    story.run("c3", &["make", "TOKEN=hunter2"], vec![], &[]);
    story.run("c4", &["make", "TOKEN=hunter2"], vec![], &[]);
    ask_command(&mut story, "c5", &["rm", "-r", "."], ReviewDecision::Denied);
    let end: ExecEnd = EndedBy::Rejected.into();
    story.fact(Fact::ExecEnded {
        call_id: "c5".into(),
        output: String::new(),
        end,
        denied: None,
        held_answer: None,
        as_previewed: None,
        held_effects: None,
    });
    let commands = commands(&story);
    let by: Vec<_> = commands.iter().map(|command| &command.decision.authority).collect();
    assert!(matches!(by[0], Authority::Policy { .. }), "{by:?}");
    assert_eq!(*by[1], Authority::Rule { rules: vec![strings(&["cargo", "test"])] });
    assert!(matches!(by[2], Authority::Person { answer: ReviewDecision::ApprovedForSession, .. }), "{by:?}");
    let Authority::Person { at_ms: since, .. } = by[2] else { panic!("{by:?}") };
    assert_eq!(*by[3], Authority::Session { at_ms: *since });
    assert!(matches!(by[4], Authority::Person { answer: ReviewDecision::Denied, .. }), "{by:?}");
    let approved: Vec<_> = commands.iter().map(|command| command.decision.approved).collect();
    assert_eq!(approved, [true, true, true, true, false]);
    assert_eq!(commands[2].argv[1], "TOKEN=[secret removed]");
    assert_eq!(commands[1].sandbox, "workspace-write");
    assert_eq!(commands[1].end, Some(EndedBy::Exited { code: 0 }));
    let counts = summary(&story.receipt().records);
    assert_eq!((counts.commands, counts.refused), (4, 1));
}

#[test]
fn what_nobody_answered_is_not_a_persons_decision() {
    let mut story = Story::new();
    story.task("Change");
    let proposal = proposal("a.txt", None, Some("x\n"));
    story.fact(Fact::PatchVerified { call_id: "p1".into(), proposal: proposal.clone() });
    story.fact(Fact::Decided {
        call_id: "p1".into(),
        decision: ReviewDecision::Denied,
        hunks: None,
        note: None,
        comments: vec![],
        viewed: None,
        unattended: true,
        check: None,
    });
    let outcomes = vec![HunkOutcome::Declined { id: HunkId::new(0, 0) }];
    story.fact(Fact::PatchEnded { call_id: "p1".into(), ended_by: PatchEndedBy::Declined, outcomes });
    let receipt = story.receipt();
    let ReceiptEntry::Patch { decision, .. } = &receipt.records[3].entry else { panic!("{receipt:?}") };
    assert!(matches!(decision.authority, Authority::Nobody { .. }) && !decision.approved, "{decision:?}");
}

#[test]
fn what_nobody_was_asked_about_is_not_counted_as_approved() {
    let mut story = Story::new();
    story.task("Change");
    let proposal = proposal("a.txt", None, Some("x\n"));
    story.fact(Fact::PatchVerified { call_id: "p1".into(), proposal });
    let outcomes = vec![HunkOutcome::Written { id: HunkId::new(0, 0) }];
    story.write("p1", "a.txt", (PathState::Absent, state("x\n")), outcomes);
    story.approve("p2", "b.txt", None, Some("y\n"));
    let counts = summary(&story.receipt().records);
    assert_eq!((counts.approved, counts.unasked), (1, 1));
}

#[test]
fn a_patch_of_whose_end_nothing_is_known_is_said_to_be_so() {
    let mut story = Story::new();
    story.task("Change");
    let proposal = proposal("a.txt", None, Some("x\n"));
    story.ask("p1", &proposal, ReviewDecision::Approved, PersonAnswer::default());
    story.fact(Fact::PatchStarted { call_id: "p1".into(), auto_approved: false, journaled: true });
    let receipt = story.receipt();
    let ReceiptEntry::Patch { failure, files, .. } = &receipt.records[3].entry else { panic!("{receipt:?}") };
    assert!(failure.is_some());
    assert_eq!(files[0].hunks[0].state, HunkState::NotWritten);
}

#[test]
fn a_receipt_can_be_of_one_task() {
    let mut story = Story::new();
    story.task("First");
    story.approve("p1", "a.txt", None, Some("x\n"));
    story.end_task();
    story.task("Second");
    story.approve("p2", "b.txt", None, Some("y\n"));
    story.end_task();
    story.undo(2, false, &["b.txt"]);
    let receipt = receipt::verify(story.of_task(2).unwrap().as_bytes()).unwrap();
    assert!(receipt.is_intact());
    let page = page(&receipt);
    assert!(page.contains("b.txt") && !page.contains("a.txt") && page.contains("openai/gpt-x"), "{page}");
    assert!(page.contains("## Task 2: Second (undone)"), "{page}");
    assert_eq!(story.of_task(3), Err(ReceiptError::NoTask(3)));
}

#[test]
fn what_was_declined_with_the_task_is_recorded_too() {
    let mut story = Story::new();
    story.task("Change and clean");
    let patch = proposal("src/a.txt", Some(BEFORE), Some(AFTER));
    story.ask("p1", &patch, ReviewDecision::Abort, PersonAnswer::default());
    story.fact(Fact::TaskAborted { task_id: TaskId(1), reason: AbortReason::Interrupted });
    story.task("Again");
    ask_command(&mut story, "c1", &["rm", "-r", "."], ReviewDecision::Abort);
    story.fact(Fact::TaskAborted { task_id: TaskId(2), reason: AbortReason::Interrupted });
    let receipt = story.receipt();
    let counts = summary(&receipt.records);
    assert_eq!((counts.declined, counts.commands, counts.refused), (4, 0, 1));
    let entries: Vec<_> = receipt.records.iter().map(|record| &record.entry).collect();
    let is_patch =
        |entry: &&ReceiptEntry| matches!(entry, ReceiptEntry::Patch { decision, .. } if !decision.approved);
    assert!(entries.iter().any(is_patch), "{entries:?}");
}

#[test]
fn an_answer_about_access_is_not_one_about_the_patch_that_follows() {
    let mut story = Story::new();
    story.task("Build");
    story.approve("p1", "src/a.txt", None, Some(BEFORE));
    let patch = proposal("src/a.txt", Some(BEFORE), Some(AFTER));
    story.run("c1", &["make"], vec![], &[]);
    ask_command(&mut story, "c1", &["make"], ReviewDecision::Denied);
    story.fact(Fact::PatchVerified { call_id: "c1".into(), proposal: patch.clone() });
    let outcomes = patch.hunks().map(|(_, hunk)| HunkOutcome::Written { id: hunk.id.clone() }).collect();
    story.write("c1", "src/a.txt", (state(BEFORE), state(AFTER)), outcomes);
    let receipt = story.receipt();
    let decision = receipt.records.iter().rev().find_map(|record| match &record.entry {
        ReceiptEntry::Patch { decision, .. } => Some(decision),
        _ => None,
    });
    let decision = decision.unwrap();
    assert!(decision.approved && matches!(decision.authority, Authority::Policy { .. }), "{decision:?}");
    let by: Vec<_> = commands(&story).into_iter().map(|command| command.decision.authority).collect();
    assert!(matches!(by[1], Authority::Person { answer: ReviewDecision::Denied, .. }), "{by:?}");
}

#[test]
fn a_credential_at_the_end_of_what_is_kept_of_a_prompt_is_removed_whole() {
    let mut story = Story::new();
    story.task(&format!("{}hunter2", "x".repeat(195)));
    let receipt = story.receipt();
    let prompt = receipt.records.iter().find_map(|record| match &record.entry {
        ReceiptEntry::Task { prompt } => Some(prompt.clone()),
        _ => None,
    });
    assert!(!prompt.unwrap().contains("hunt"));
}

#[test]
fn a_command_names_the_policies_it_began_under() {
    let mut story = Story::new();
    story.task("Build");
    story.run("c1", &["ls"], vec![], &[]);
    let ended = story.records.pop().unwrap();
    let policies = Policies { approval: ApprovalPolicy::Never, ..Policies::default() };
    story.fact(Fact::PolicyChanged { policies });
    story.records.push(ended);
    let by = commands(&story).remove(0).decision.authority;
    assert!(matches!(by, Authority::Policy { approval: ApprovalPolicy::OnRequest, .. }), "{by:?}");
}
