//! Approvals as cards: everything a person needs to judge, in words, and nothing hidden.

use crate::hosts::hosts_in;
use crate::preview::preview_card;
use crate::reach::{contained, reach};
use crate::row::{ApprovalBody, ApprovalCard, CommandApproval, PatchApproval, PreviewCard, ToolApproval};
use crate::text::{Warnings, listed, visible, visible_inline};
use crate::{diff, json};
use protocol::{
    Approval, ApprovalSubject, AskReason, CommandRule, PatchKind, PatchProposal, SandboxGrant, SandboxPolicy,
    ToolHints, ToolInvocation,
};
use std::fmt::Write as _;
use std::path::Path;

/// Parts of a card that depend on its subject.
struct Parts {
    body: ApprovalBody,
    warnings: Vec<String>,
    session_rule: String,
}

/// Preview of a command, with what it reaches for real.
struct ShownPreview {
    card: PreviewCard,
    reach: Vec<String>,
}

/// Makes the card of an approval.
pub fn card(approval: &Approval) -> ApprovalCard {
    let Parts { body, warnings, session_rule } = match &approval.subject {
        ApprovalSubject::Exec { argv, cwd, sandbox, offer, rule, preview } => {
            let offer = offer.as_ref().map(|offer| offered(&offer.grant));
            let preview = preview.as_deref().map(|preview| ShownPreview {
                card: preview_card(preview),
                reach: preview.sandbox().map(reach).unwrap_or_default(),
            });
            command(argv, cwd, sandbox, (offer, rule.as_ref().map(self::rule), preview))
        }
        ApprovalSubject::Patch { proposal } => patch(proposal),
        ApprovalSubject::Tool { invocation, description, hints } => tool(invocation, description, hints),
    };
    ApprovalCard {
        call_id: approval.call_id.clone(),
        binding: approval.binding.clone(),
        why: why(&approval.reason, &approval.subject),
        reason: approval.reason.clone(),
        warnings,
        session_rule,
        check: None,
        model_review: None,
        body,
    }
}

/// Summarizes the subject of an approval in one line, for a notification.
pub fn summary(subject: &ApprovalSubject) -> String {
    match subject {
        ApprovalSubject::Exec { argv, .. } => display(argv),
        ApprovalSubject::Patch { proposal } => {
            let files: Vec<_> = proposal.files.iter().map(|file| visible_inline(&file.path)).collect();
            files.join(", ")
        }
        ApprovalSubject::Tool { invocation, .. } => visible_inline(&invocation.title).into_owned(),
    }
}

fn command(
    argv: &[String],
    cwd: &Path,
    sandbox: &SandboxPolicy,
    (offer, rule, preview): (Option<String>, Option<String>, Option<ShownPreview>),
) -> Parts {
    let (preview, preview_reach) =
        preview.map_or_else(Default::default, |shown| (Some(shown.card), shown.reach));
    let mut looked_at = Warnings::default();
    for argument in argv {
        looked_at.look_at_command(argument);
    }
    looked_at.look_at_command(&cwd.to_string_lossy());
    let mut warnings = looked_at.sentences();
    warnings.splice(0..0, reach(sandbox));
    let display = display(argv);
    let cwd = visible_inline(&cwd.to_string_lossy()).into_owned();
    Parts {
        warnings,
        session_rule: format!("exactly this command in {cwd}, {}, without asking", contained(sandbox)),
        body: ApprovalBody::Command(CommandApproval {
            argv: argv.iter().map(|argument| visible(argument).into_owned()).collect(),
            display,
            cwd,
            sandbox: sandbox.name().to_owned(),
            offer,
            rule,
            preview,
            preview_reach,
        }),
    }
}

/// Names the access the person may allow instead, so that the command runs in the sandbox nevertheless.
fn offered(grant: &SandboxGrant) -> String {
    let path = |path: &Path| visible_inline(&path.to_string_lossy()).into_owned();
    match grant {
        SandboxGrant::Write { path: at } => format!("write {}", path(at)),
        SandboxGrant::Read { path: at } => format!("read {}", path(at)),
        SandboxGrant::Network => "reach the network".to_owned(),
    }
}

/// Says exactly which commands a rule that can be saved would let run unasked.
fn rule(rule: &CommandRule) -> String {
    format!(
        "every command that begins with `{}`, in {} and the folders beneath it{}, without asking, in this session and every \
         later one",
        display(&rule.prefix),
        visible_inline(&rule.project.to_string_lossy()),
        if rule.without_sandbox { ", without the sandbox" } else { "" }
    )
}

fn patch(proposal: &PatchProposal) -> Parts {
    let mut warnings = Warnings::default();
    for file in &proposal.files {
        warnings.look_at(&file.path);
        warnings.look_at(&file.target.to_string_lossy());
        if let PatchKind::Update { move_to: Some(to) } = &file.kind {
            warnings.look_at(to);
        }
        if let Some(target) = &file.move_target {
            warnings.look_at(&target.to_string_lossy());
        }
        for note in file.notes.iter().chain(&file.protected) {
            warnings.look_at(note);
        }
    }
    for (_, hunk) in proposal.hunks() {
        for line in &hunk.new {
            warnings.look_at(line);
        }
    }
    let files = diff::proposal(proposal);
    let paths: Vec<_> = files
        .iter()
        .flat_map(|file| [Some(&file.path), file.other_path.as_ref()])
        .flatten()
        .cloned()
        .collect();
    Parts {
        warnings: warnings.sentences(),
        session_rule: format!(
            "patches to {}, without asking; what is protected, lies outside the writable folders or replaces a file is \
             always asked about again",
            paths.join(", ")
        ),
        body: ApprovalBody::Patch(PatchApproval {
            added: files.iter().map(|file| file.added).sum(),
            removed: files.iter().map(|file| file.removed).sum(),
            files,
        }),
    }
}

fn tool(invocation: &ToolInvocation, description: &str, hints: &ToolHints) -> Parts {
    let server = invocation.server.as_deref().unwrap_or_default();
    let mut warnings = Warnings::default();
    warnings.look_at_command(server);
    warnings.look_at_command(&invocation.tool);
    warnings.look_at(description);
    warnings.look_at(&invocation.arguments);
    // an escape in JSON hides as well as the character itself
    let mut hosts = Vec::new();
    json::strings(&invocation.arguments, &mut |text| {
        warnings.look_at(text);
        hosts.extend(hosts_in(text));
    });
    hosts.sort();
    hosts.dedup();
    let mut sentences = Vec::new();
    if hints.destructive {
        sentences.push("Its server says that it may destroy something.".to_owned());
    }
    if hints.open_world {
        sentences.push(
            "Its server says that it reaches beyond itself: whatever stands in the arguments can go anywhere.".to_owned(),
        );
    }
    if let Some(host) = &hints.host {
        sentences.push(format!("Its server is at {}.", visible_inline(host)));
    }
    if !hosts.is_empty() {
        sentences.push(format!("Its arguments name {}.", listed(&hosts)));
    }
    sentences.extend(warnings.sentences());
    let server = visible_inline(server).into_owned();
    let tool = visible_inline(&invocation.tool).into_owned();
    Parts {
        warnings: sentences,
        session_rule: format!("every call of {tool} of {server}, whatever its arguments, without asking"),
        body: ApprovalBody::Tool(ToolApproval {
            server,
            tool,
            description: visible(description.trim()).into_owned(),
            arguments: json::arguments(&invocation.arguments),
        }),
    }
}

/// Why it asks, as sentences.
fn why(reason: &AskReason, subject: &ApprovalSubject) -> String {
    let named =
        |paths: &[String]| paths.iter().map(|path| visible_inline(path)).collect::<Vec<_>>().join(", ");
    match reason {
        AskReason::Untrusted if matches!(subject, ApprovalSubject::Patch { .. }) => {
            "You are asked before every patch.".to_owned()
        }
        AskReason::Untrusted => "You are asked before every command that is not known to be safe.".to_owned(),
        AskReason::Escalation { justification: Some(words) } if !words.trim().is_empty() => {
            format!("The agent wants to run this without the sandbox. It says: {}", visible(words.trim()))
        }
        AskReason::Escalation { .. } => {
            "The agent wants to run this without the sandbox, and gives no reason.".to_owned()
        }
        AskReason::NoSandbox => "This machine has no sandbox, so nothing runs without you.".to_owned(),
        AskReason::SandboxDenied { what, in_overlay } => {
            let ran = if *in_overlay { "It ran on a copy of the project. " } else { "" };
            let files = if *in_overlay { ", on your files" } else { "" };
            let what = visible_inline(what);
            format!(
                "{ran}The sandbox refused something this command tried: {what}. Approving runs it again without the sandbox{files}."
            )
        }
        AskReason::OutsideRoots { paths } => {
            format!("It writes outside the folders this session may write: {}.", named(paths))
        }
        AskReason::Protected { paths } => {
            format!("It changes something that is protected: {}.", named(paths))
        }
        AskReason::Overwrites { paths } => {
            format!("It adds a file where there already is one: {}.", named(paths))
        }
        AskReason::UntrustedTool => {
            "It goes to an MCP server, which runs outside the sandbox and does with it what it likes."
                .to_owned()
        }
        AskReason::Effects { argv, left_out, .. } => {
            let mut text = format!(
                "`{}` ran on a copy of the project. These are its changes; your files are as they were.",
                display(argv)
            );
            if !left_out.is_empty() {
                let _ = write!(text, " Can’t be applied: {}.", named(left_out));
            }
            text
        }
        AskReason::BringIn { left_out, .. } => {
            let mut said = "You bring in the changes of an isolated copy of this folder.".to_owned();
            if !left_out.is_empty() {
                let left_out: Vec<_> =
                    left_out.iter().map(|what| visible_inline(what).into_owned()).collect();
                let _ = write!(said, " Not brought in: {}.", left_out.join("; "));
            }
            said
        }
        AskReason::NoOverlay { why } => format!(
            "It can’t run on a copy of the project first, so it would change your files directly: {}.",
            visible_inline(why.trim_end_matches('.'))
        ),
        AskReason::Rule { what } => format!("{}.", visible_inline(what.trim_end_matches('.'))),
        AskReason::Review => "You review every patch before it is written.".to_owned(),
        AskReason::Changed { paths } => {
            format!(
                "It was approved, but files changed after it was shown: {}. This is what would be written now.",
                named(paths)
            )
        }
    }
}

/// A command as one piece of text: the script of `bash -lc SCRIPT`, else the words quoted for a shell. Only the system's own
/// shells are left out; any other program has to be seen, whatever it is called.
pub fn display(argv: &[String]) -> String {
    if let [shell, flag, script] = argv
        && is_system_shell(shell)
        && ["-lc", "-c"].contains(&flag.as_str())
    {
        return visible(script).into_owned();
    }
    let words: Vec<_> = argv
        .iter()
        // a word with a NUL cannot be quoted, nor run; it is shown as it is
        .map(|word| shlex::try_quote(word).unwrap_or(std::borrow::Cow::Borrowed(word)))
        .collect();
    visible(&words.join(" ")).into_owned()
}

fn is_system_shell(word: &str) -> bool {
    let name = word.strip_prefix("/usr/bin/").or_else(|| word.strip_prefix("/bin/")).unwrap_or(word);
    ["bash", "sh", "zsh"].contains(&name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use protocol::{CallId, FilePatch, Granted, Hunk, HunkId, RuleDecision, SandboxOffer};

    fn strings(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn commands_are_shown_as_one_would_type_them() {
        for (argv, expected) in [
            (vec!["bash", "-lc", "cargo test && echo 'ok'"], "cargo test && echo 'ok'"),
            (vec!["/bin/sh", "-c", "ls"], "ls"),
            (vec!["/usr/bin/zsh", "-lc", "ls"], "ls"),
            (vec!["./bash", "-lc", "ls"], "./bash -lc ls"),
            (vec!["/tmp/bin/bash", "-lc", "ls"], "/tmp/bin/bash -lc ls"),
            (vec!["/usr/bin/../bash", "-c", "ls"], "/usr/bin/../bash -c ls"),
            (vec!["ls", "my file", "$HOME"], "ls 'my file' '$HOME'"),
            (vec!["bash", "-lc", "a", "b"], "bash -lc a b"),
            (vec!["echo", "a\u{202e}b"], "echo 'a\\u{202e}b'"),
            (vec![], ""),
        ] {
            assert_eq!(display(&strings(&argv)), expected);
        }
    }

    fn card_of(reason: AskReason, subject: ApprovalSubject) -> ApprovalCard {
        card(&Approval { call_id: CallId::from("c1"), attempt: 2, reason, subject, binding: "b2".to_owned() })
    }

    fn command_card(argv: &[&str], sandbox: SandboxPolicy, reason: AskReason) -> ApprovalCard {
        let (argv, cwd) = (strings(argv), "/p".into());
        card_of(reason, ApprovalSubject::Exec { argv, cwd, sandbox, offer: None, rule: None, preview: None })
    }

    #[test]
    fn the_card_of_a_command_hides_nothing() {
        let reason = AskReason::Escalation { justification: Some("needs\u{202e} net".to_owned()) };
        let card = command_card(&["curl", "\u{441}om"], SandboxPolicy::DangerFullAccess, reason);
        assert_eq!(card.binding, "b2");
        assert_eq!(card.why, "The agent wants to run this without the sandbox. It says: needs\\u{202e} net");
        assert_eq!(card.warnings.len(), 2);
        assert!(card.warnings[0].starts_with("Runs without the sandbox"));
        assert!(card.warnings[1].contains("U+0441"));
        assert_eq!(card.session_rule, "exactly this command in /p, without the sandbox, without asking");
        assert!(
            command_card(&["cargo", "test"], SandboxPolicy::default(), AskReason::Untrusted)
                .warnings
                .is_empty()
        );
    }

    #[test]
    fn the_card_of_a_command_says_what_it_can_reach() {
        let sandbox = SandboxPolicy::WorkspaceWrite {
            writable_roots: vec!["/q".into(), "/r\u{202e}".into()],
            network: protocol::NetworkAccess::Full,
            granted: Granted { write: vec!["/w".into()], read: vec!["/h".into()] },
        };
        let card = command_card(&["cargo", "test"], sandbox, AskReason::Untrusted);
        let ApprovalBody::Command(body) = &card.body else { panic!("the card of a command") };
        assert_eq!(body.sandbox, "workspace-write");
        assert_eq!(
            card.warnings,
            [
                "It can reach the network.",
                "It can also write in /q, /r\\u{202e}, /w.",
                "It can read what is hidden otherwise: /h.",
            ]
        );
    }

    #[test]
    fn the_card_of_a_command_says_what_else_can_be_allowed() {
        let sandbox = SandboxPolicy::workspace_write();
        for (grant, expected) in [
            (SandboxGrant::Network, "reach the network"),
            (SandboxGrant::Write { path: "/x\u{202e}".into() }, "write /x\\u{202e}"),
            (SandboxGrant::Read { path: "/y".into() }, "read /y"),
        ] {
            assert_eq!(offered(&grant), expected);
        }
        let reason = AskReason::Rule { what: "a rule asks before `cargo`".to_owned() };
        let subject = ApprovalSubject::Exec {
            argv: strings(&["cargo", "test", "x"]),
            cwd: "/p".into(),
            sandbox: SandboxPolicy::DangerFullAccess,
            offer: Some(SandboxOffer {
                sandbox: sandbox.clone().with(&SandboxGrant::Network),
                grant: SandboxGrant::Network,
            }),
            rule: Some(CommandRule {
                decision: RuleDecision::Allow,
                prefix: strings(&["cargo", "my test"]),
                project: "/p".into(),
                without_sandbox: true,
            }),
            preview: Some(Box::new(protocol::CommandPreview::Possible {
                sandbox: sandbox.with(&SandboxGrant::Network),
                last: None,
            })),
        };
        let card = card_of(reason, subject);
        let ApprovalBody::Command(body) = &card.body else { panic!("the card of a command") };
        assert_eq!(card.why, "a rule asks before `cargo`.");
        assert_eq!(body.offer.as_deref(), Some("reach the network"));
        assert_eq!(body.preview_reach, ["It can reach the network."]);
        assert_eq!(
            body.rule.as_deref(),
            Some(
                "every command that begins with `cargo 'my test'`, in /p and the folders beneath it, without the sandbox, without \
                 asking, in this session and every later one"
            )
        );
    }

    #[test]
    fn the_card_of_a_tool_says_where_its_arguments_can_go() {
        let invocation = ToolInvocation {
            call_id: CallId::from("c1"),
            server: Some("web\n  run   ls".to_owned()),
            tool: "fetch".to_owned(),
            title: "fetch".to_owned(),
            arguments:
                r#"{"url": "https://good.example@evil.example:8080/?q=x", "note": "see http://b.example"}"#
                    .to_owned(),
        };
        let hints = ToolHints { open_world: true, destructive: true, host: Some("mcp.example".to_owned()) };
        let subject = ApprovalSubject::Tool { invocation, description: String::new(), hints };
        let card = card_of(AskReason::UntrustedTool, subject);
        assert_eq!(
            card.warnings,
            [
                "Its server says that it may destroy something.",
                "Its server says that it reaches beyond itself: whatever stands in the arguments can go anywhere.",
                "Its server is at mcp.example.",
                "Its arguments name b.example, evil.example:8080.",
            ]
        );
        let ApprovalBody::Tool(body) = &card.body else { panic!("the card of a tool") };
        assert_eq!(body.server, "web\\u{a}  run   ls");
    }

    #[test]
    fn the_card_of_a_patch_names_its_files_and_tricks() {
        let hunk = Hunk {
            id: HunkId::new(0, 0),
            old_start: 0,
            new_start: 0,
            before: vec![],
            old: strings(&["if admin {"]),
            new: strings(&["if admin\u{2066} {"]),
            after: vec![],
        };
        let file = FilePatch {
            path: "src/a.rs".to_owned(),
            target: "/p/src/a.rs".into(),
            kind: PatchKind::Update { move_to: Some("src/\u{441}.rs".to_owned()) },
            move_target: Some("/q/\u{441}ode.rs".into()),
            base_sha256: None,
            move_base_sha256: None,
            hunks: vec![hunk],
            outside: true,
            protected: Some("protected\u{202e}".to_owned()),
            loose: vec![],
            linked: vec![],
            binary: false,
            conflicts: Vec::new(),
            effect: None,
            notes: vec!["a note\u{200b}".to_owned()],
        };
        let reason = AskReason::Changed { paths: strings(&["src/a.rs"]) };
        let card = card_of(reason, ApprovalSubject::Patch { proposal: PatchProposal { files: vec![file] } });
        let ApprovalBody::Patch(body) = &card.body else { panic!("the card of a patch") };
        assert_eq!((body.added, body.removed), (1, 1));
        assert!(card.session_rule.starts_with("patches to src/a.rs, src/\u{441}.rs, without asking; "));
        assert!(card.session_rule.ends_with("is always asked about again"));
        for what in ["U+2066", "U+202E", "U+200B", "\u{441}ode"] {
            let is_named = card.warnings.iter().any(|warning| warning.contains(what));
            assert!(is_named, "{what}: {:?}", card.warnings);
        }
        assert_eq!(body.files[0].protected.as_deref(), Some("protected\\u{202e}"));
        assert_eq!(
            body.files[0].notes,
            [
                "this move is in part outside the folders this session may write: /p/src/a.rs -> /q/\u{441}ode.rs",
                "a note\\u{200b}"
            ]
        );
        assert!(card.why.contains("files changed after it was shown: src/a.rs."));
        assert_eq!(body.files[0].hunks[0].new_text.as_deref(), Some("if admin\u{2066} {"));
    }
}
