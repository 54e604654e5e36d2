//! Approvals as cards: everything a person needs to judge, in words, and nothing hidden.

use crate::row::{Approval, ApprovalBody, CommandApproval, PatchApproval, ToolApproval};
use crate::text::{Warnings, visible};
use crate::{diff, json, timeline};
use protocol::{
    AskReason, CommandRule, ExecApprovalRequest, NetworkAccess, PatchApprovalRequest, PatchKind,
    SandboxGrant, SandboxPolicy, ToolApprovalRequest,
};
use std::path::{Path, PathBuf};

/// The card of a command.
pub fn command(request: &ExecApprovalRequest) -> Approval {
    let mut looked_at = Warnings::default();
    for argument in &request.argv {
        looked_at.look_at_command(argument);
    }
    looked_at.look_at_command(&request.cwd.to_string_lossy());
    let mut warnings = looked_at.sentences();
    warnings.splice(0..0, reach(&request.sandbox));
    let shown = display(&request.argv);
    let cwd = visible(&request.cwd.to_string_lossy()).into_owned();
    Approval {
        call_id: request.call_id.clone(),
        body: ApprovalBody::Command(CommandApproval {
            binding: request.binding.clone(),
            argv: request.argv.iter().map(|argument| visible(argument).into_owned()).collect(),
            sandbox: request.sandbox.name().to_owned(),
            why: why(&request.reason, "command"),
            reason: request.reason.clone(),
            warnings,
            offer: request.offer.as_ref().map(|offer| offered(&offer.grant)),
            rule: request.rule.as_ref().map(rule),
            session_rule: format!(
                "exactly `{shown}` in {cwd} under {}, without asking",
                request.sandbox.name()
            ),
            display: shown,
            cwd,
        }),
    }
}

/// What the person may allow instead, so that the command runs in the sandbox nevertheless.
fn offered(grant: &SandboxGrant) -> String {
    let path = |path: &Path| visible(&path.to_string_lossy()).into_owned();
    match grant {
        SandboxGrant::Write { path: at } => format!("write {}", path(at)),
        SandboxGrant::Read { path: at } => format!("read {}", path(at)),
        SandboxGrant::Network => "reach the network".to_owned(),
    }
}

/// What a rule that can be saved would let run unasked, exactly.
fn rule(rule: &CommandRule) -> String {
    format!(
        "every command that begins with `{}`, in {} and the folders beneath it{}, without asking, in this session and every \
         later one",
        display(&rule.prefix),
        visible(&rule.project.to_string_lossy()),
        if rule.without_sandbox { ", without the sandbox" } else { "" }
    )
}

/// What the policy's name does not say of what the command can reach.
fn reach(sandbox: &SandboxPolicy) -> Vec<String> {
    if *sandbox == SandboxPolicy::DangerFullAccess {
        return vec!["Runs without the sandbox: it can read and change whatever you can.".to_owned()];
    }
    let mut sentences = Vec::new();
    if sandbox.network() == NetworkAccess::Full {
        sentences.push("It can reach the network.".to_owned());
    }
    let named = |paths: &[PathBuf]| -> Vec<String> {
        paths.iter().map(|path| visible(&path.to_string_lossy()).into_owned()).collect()
    };
    let granted = sandbox.granted().cloned().unwrap_or_default();
    let mut writable = named(&granted.write);
    if let SandboxPolicy::WorkspaceWrite { writable_roots, .. } = sandbox {
        writable.splice(0..0, named(writable_roots));
    }
    if !writable.is_empty() {
        sentences.push(format!("It can also write in {}.", writable.join(", ")));
    }
    if !granted.read.is_empty() {
        sentences.push(format!("It can read what is hidden otherwise: {}.", named(&granted.read).join(", ")));
    }
    sentences
}

/// The card of a patch.
pub fn patch(request: &PatchApprovalRequest) -> Approval {
    let mut warnings = Warnings::default();
    for file in &request.proposal.files {
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
    for (_, hunk) in request.proposal.hunks() {
        for line in &hunk.new {
            warnings.look_at(line);
        }
    }
    let files = diff::proposal(&request.proposal);
    let paths: Vec<_> = files
        .iter()
        .flat_map(|file| [Some(&file.path), file.other_path.as_ref()])
        .flatten()
        .cloned()
        .collect();
    Approval {
        call_id: request.call_id.clone(),
        body: ApprovalBody::Patch(PatchApproval {
            binding: request.binding.clone(),
            added: files.iter().map(|file| file.added).sum(),
            removed: files.iter().map(|file| file.removed).sum(),
            files,
            why: why(&request.reason, "patch"),
            reason: request.reason.clone(),
            warnings: warnings.sentences(),
            session_rule: format!(
                "patches to {}, without asking; what is protected, lies outside the writable folders or replaces a \
                 file is always asked about again",
                paths.join(", ")
            ),
        }),
    }
}

/// The card of a call of an MCP tool.
pub fn tool(request: &ToolApprovalRequest) -> Approval {
    let invocation = &request.invocation;
    let server = invocation.server.as_deref().unwrap_or_default();
    let mut warnings = Warnings::default();
    warnings.look_at_command(server);
    warnings.look_at_command(&invocation.tool);
    warnings.look_at(&request.description);
    warnings.look_at(&invocation.arguments);
    // an escape in JSON hides as well as the character itself
    json::strings(&invocation.arguments, &mut |text| warnings.look_at(text));
    let server = visible(server).into_owned();
    let tool = visible(&invocation.tool).into_owned();
    Approval {
        call_id: invocation.call_id.clone(),
        body: ApprovalBody::Tool(ToolApproval {
            binding: request.binding.clone(),
            description: visible(request.description.trim()).into_owned(),
            arguments: timeline::arguments(&invocation.arguments),
            why: why(&request.reason, "tool"),
            reason: request.reason.clone(),
            warnings: warnings.sentences(),
            session_rule: format!("every call of {tool} of {server}, whatever its arguments, without asking"),
            server,
            tool,
        }),
    }
}

/// Why it asks, as sentences.
fn why(reason: &AskReason, what: &str) -> String {
    let named = |paths: &[String]| paths.iter().map(|path| visible(path)).collect::<Vec<_>>().join(", ");
    match reason {
        AskReason::Untrusted if what == "patch" => "You are asked before every patch.".to_owned(),
        AskReason::Untrusted => "You are asked before every command that is not known to be safe.".to_owned(),
        AskReason::Escalation { justification: Some(words) } if !words.trim().is_empty() => {
            format!("The agent wants to run this without the sandbox. It says: {}", visible(words.trim()))
        }
        AskReason::Escalation { .. } => {
            "The agent wants to run this without the sandbox, and gives no reason.".to_owned()
        }
        AskReason::NoSandbox => "This machine has no sandbox, so nothing runs without you.".to_owned(),
        AskReason::SandboxDenied { what } => {
            format!(
                "The sandbox refused something this command tried: {}. Approving runs it again without the sandbox.",
                visible(what)
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
        AskReason::Rule { what } => format!("{}.", visible(what.trim_end_matches('.'))),
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
    use protocol::{CallId, FilePatch, Granted, Hunk, HunkId, PatchProposal, RuleDecision, SandboxOffer};

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

    fn command_card(argv: &[&str], sandbox: SandboxPolicy, reason: AskReason) -> CommandApproval {
        let request = ExecApprovalRequest {
            call_id: CallId::from("c1"),
            attempt: 2,
            argv: strings(argv),
            cwd: "/p".into(),
            sandbox,
            reason,
            offer: None,
            rule: None,
            binding: "b2".to_owned(),
        };
        match command(&request).body {
            ApprovalBody::Command(card) => card,
            _ => unreachable!("a command has the card of a command"),
        }
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
        assert_eq!(
            card.session_rule,
            "exactly `curl '\u{441}om'` in /p under danger-full-access, without asking"
        );
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
            network: NetworkAccess::Full,
            granted: Granted { write: vec!["/w".into()], read: vec!["/h".into()] },
        };
        let card = command_card(&["cargo", "test"], sandbox, AskReason::Untrusted);
        assert_eq!(card.sandbox, "workspace-write");
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
        let request = ExecApprovalRequest {
            call_id: CallId::from("c1"),
            attempt: 1,
            argv: strings(&["cargo", "test", "x"]),
            cwd: "/p".into(),
            sandbox: SandboxPolicy::DangerFullAccess,
            reason: AskReason::Rule { what: "a rule asks before `cargo`".to_owned() },
            offer: Some(SandboxOffer {
                sandbox: sandbox.with(&SandboxGrant::Network),
                grant: SandboxGrant::Network,
            }),
            rule: Some(CommandRule {
                decision: RuleDecision::Allow,
                prefix: strings(&["cargo", "my test"]),
                project: "/p".into(),
                without_sandbox: true,
            }),
            binding: String::new(),
        };
        let ApprovalBody::Command(card) = command(&request).body else {
            unreachable!("a command has the card of a command")
        };
        assert_eq!(card.why, "a rule asks before `cargo`.");
        assert_eq!(card.offer.as_deref(), Some("reach the network"));
        assert_eq!(
            card.rule.as_deref(),
            Some(
                "every command that begins with `cargo 'my test'`, in /p and the folders beneath it, without the sandbox, without \
                 asking, in this session and every later one"
            )
        );
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
            notes: vec!["a note\u{200b}".to_owned()],
        };
        let request = PatchApprovalRequest {
            call_id: CallId::from("c1"),
            attempt: 1,
            proposal: PatchProposal { files: vec![file] },
            reason: AskReason::Changed { paths: strings(&["src/a.rs"]) },
            binding: String::new(),
        };
        let ApprovalBody::Patch(card) = patch(&request).body else {
            unreachable!("a patch has the card of a patch")
        };
        assert_eq!((card.added, card.removed), (1, 1));
        assert!(card.session_rule.starts_with("patches to src/a.rs, src/\u{441}.rs, without asking; "));
        assert!(card.session_rule.ends_with("is always asked about again"));
        for what in ["U+2066", "U+202E", "U+200B", "\u{441}ode"] {
            assert!(
                card.warnings.iter().any(|warning| warning.contains(what)),
                "{what}: {:?}",
                card.warnings
            );
        }
        assert_eq!(card.files[0].protected.as_deref(), Some("protected\\u{202e}"));
        assert_eq!(
            card.files[0].notes,
            [
                "this move is in part outside the folders this session may write: /p/src/a.rs -> /q/\u{441}ode.rs",
                "a note\\u{200b}"
            ]
        );
        assert!(card.why.contains("files changed after it was shown: src/a.rs."));
        assert_eq!(card.files[0].hunks[0].new_text.as_deref(), Some("if admin\u{2066} {"));
    }
}
