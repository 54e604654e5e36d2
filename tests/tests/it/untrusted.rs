//! The window is not trusted: what it may load, where it may go and what it may ask for, as it is configured. That it is so when
//! the window runs, the window's own tests show.

use anyhow::{Context, Result, ensure};
use countersign_tests::types::Declarations;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use ts_rs::{Config, TS, TypeVisitor};

fn shell() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../src-tauri")
}

fn read(name: &str) -> Result<String> {
    let file = shell().join(name);
    std::fs::read_to_string(&file).with_context(|| format!("cannot read {}", file.display()))
}

#[test]
fn the_page_may_load_what_is_its_own_and_nothing_else() -> Result<()> {
    let config: Value = serde_json::from_str(&read("tauri.conf.json")?)?;
    let policy = &config["app"]["security"]["csp"];
    // the frame between the page and the app has an address of its own in each build, which Tauri adds to `default-src`;
    // everything that is not named falls back to that
    let expected = json!({
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "img-src": "'self' data:",
        "font-src": "'self'",
        "connect-src": "ipc: http://ipc.localhost",
        "object-src": "'none'",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
        "require-trusted-types-for": "'script'",
        "trusted-types": "svelte-trusted-html",
    });
    ensure!(*policy == expected, "{policy:#}");
    Ok(())
}

#[test]
fn the_page_reaches_the_app_by_its_commands_through_a_frame_that_checks_them() -> Result<()> {
    let config: Value = serde_json::from_str(&read("tauri.conf.json")?)?;
    let security = &config["app"]["security"];
    ensure!(config["app"]["withGlobalTauri"] == json!(false));
    ensure!(security["freezePrototype"] == json!(true));
    ensure!(security["capabilities"] == json!(["window"]));
    ensure!(security["pattern"] == json!({ "use": "isolation", "options": { "dir": "isolation" } }));
    ensure!(security["dangerousDisableAssetCspModification"].is_null());
    ensure!(security["assetProtocol"].is_null());
    let capabilities: Vec<_> = std::fs::read_dir(shell().join("capabilities"))?
        .map(|entry| Ok(entry?.file_name().into_string().unwrap_or_default()))
        .collect::<Result<_>>()?;
    ensure!(capabilities == ["window.json"], "{capabilities:?}");
    let capability: Value = serde_json::from_str(&read("capabilities/window.json")?)?;
    let zoom = "core:webview:allow-set-webview-zoom";
    let permissions = json!(["allow-host-call", "allow-host-attach", "allow-host-ack", zoom]);
    ensure!(capability["permissions"] == permissions);
    ensure!(capability["remote"].is_null() && capability["windows"] == json!(["main", "session-*"]));
    Ok(())
}

#[test]
fn what_is_shipped_has_no_developer_tools() -> Result<()> {
    let manifest = read("Cargo.toml")?;
    let tauri =
        manifest.lines().find(|line| line.starts_with("tauri = ")).context("the shell needs Tauri")?;
    ensure!(!tauri.contains("devtools") && !manifest.contains("tauri/devtools"), "{tauri}");
    Ok(())
}

/// Every text that the page can send to the app, by command. Whoever adds one says here what becomes of it: none is a program or
/// its arguments, and none is a path that is opened, read or written because the page names it.
const TEXTS: &[(&str, &[&str])] = &[
    ("app", &[]),
    // asks the person, in a dialog of the system's
    ("pick_folder", &[]),
    // ids of folders that were picked, and of sessions that are listed
    ("open_project", &["ProjectArgs.project"]),
    ("forget_project", &["ProjectArgs.project"]),
    ("trust_project", &["TrustArgs.project"]),
    ("instruction_files", &["ProjectArgs.project"]),
    ("confirm_folder", &["ProjectArgs.project"]),
    // the provider is one of the config, by its key
    ("new_session", &["NewSessionArgs.project", "NewSessionArgs.provider"]),
    // the app's own sample, where the app says
    ("open_sample", &[]),
    ("open_session", &["SessionArgs.session"]),
    // one that is open; its window loads the app's own page
    ("open_window", &["SessionArgs.session"]),
    ("fork_session", &["ForkArgs.session"]),
    ("archive_session", &["ArchiveArgs.session"]),
    ("delete_session", &["SessionArgs.session"]),
    ("restore_session", &["SessionArgs.session"]),
    ("mark_seen", &["SessionArgs.session"]),
    // whether the window is closed or the app ends, and whether the system starts the app itself: no text
    ("close_question_shown", &[]),
    ("close_window", &[]),
    ("quit", &[]),
    ("background", &[]),
    ("set_start_at_login", &[]),
    ("project_check", &["SessionArgs.session"]),
    // a person's own command, which runs in the sandbox on a copy of the project, as the dialog says
    ("set_project_check", &["SetProjectCheckArgs.session", "SetProjectCheckArgs.command"]),
    // the person picks the file in the system's dialog
    ("export_session", &["ExportArgs.session"]),
    ("save_receipt", &["SaveReceiptArgs.session"]),
    ("receipt", &["SessionArgs.session"]),
    // the text of a receipt, which is read and compared; the commit is looked up by its name, and no program runs
    ("verify_receipt", &["VerifyReceiptArgs.commit", "VerifyReceiptArgs.project", "VerifyReceiptArgs.text"]),
    // prompts for later: as those of `submit`
    ("queue_prompt", &["InputItem.image_url", "InputItem.text", "QueueArgs.session"]),
    ("take_queued", &["QueuedArgs.session"]),
    ("order_queue", &["OrderQueueArgs.session"]),
    ("send_queued", &["QueuedArgs.session"]),
    ("subscribe", &["SubscribeArgs.session"]),
    ("unsubscribe", &["SubscribeArgs.session"]),
    ("rows", &["RowsArgs.session"]),
    ("last_answer", &["SessionArgs.session"]),
    ("command_output", &["CallArgs.call_id", "CallArgs.session"]),
    // a copy that the app made, by its id
    ("isolated_copies", &[]),
    ("bring_in", &["CopyArgs.copy"]),
    ("discard_copy", &["CopyArgs.copy"]),
    ("restore_copy", &["CopyArgs.copy"]),
    ("empty_copy_trash", &[]),
    ("preview_undo", &["UndoArgs.session"]),
    ("apply_undo", &["ApplyUndoArgs.session"]),
    // words that are looked for, and a name
    ("search_sessions", &["SearchSessionsArgs.words"]),
    ("rename_session", &["RenameArgs.session", "RenameArgs.title"]),
    ("find_files", &["FindFilesArgs.query", "FindFilesArgs.session"]),
    ("find_in_session", &["FindArgs.query", "FindArgs.session"]),
    // texts that may name files: answered with those of the project that are there
    ("file_links", &["FileLinksArgs.folder", "FileLinksArgs.session", "FileLinksArgs.texts"]),
    // a file of the project that a text of the session names, which the host looks for in its own copy of the texts; shown as text, or
    // opened as a changed file is
    ("file_text", &["FileArgs.path", "FileArgs.session"]),
    ("open_project_file", &["OpenFileArgs.path", "OpenFileArgs.session"]),
    // a prompt that may be a command of a file that the person wrote or trusts; the name is looked for in the list of them
    ("prompt_commands", &["PromptCommandsArgs.session"]),
    ("expand_prompt", &["ExpandPromptArgs.session", "ExpandPromptArgs.text"]),
    // a question for the model, with the name its answer goes by in the window; a hunk that it is about is looked for in the diff
    (
        "ask_aside",
        &[
            "AskAsideArgs.name",
            "AskAsideArgs.session",
            "AskAsideArgs.text",
            "HunkRef.hunk",
            "HunkRef.path",
            "HunkSource.call_id",
        ],
    ),
    ("stop_aside", &["StopAsideArgs.name", "StopAsideArgs.session"]),
    // files that git names as changed, by their names in that list: their changes go to the model
    (
        "draft_commit_message",
        &[
            "DraftMessageArgs.name",
            "DraftMessageArgs.paths",
            "DraftMessageArgs.session",
            "DraftMessageArgs.typed",
            "HunkPick.digest",
            "PartialCommitFile.path",
        ],
    ),
    // beginnings of days
    ("day_usage", &[]),
    // what the person has begun to write, under a name whose hash is the name of its file
    ("draft", &["DraftArgs.key"]),
    ("save_draft", &["SaveDraftArgs.content", "SaveDraftArgs.key"]),
    ("prompt_history", &[]),
    // ops: prompts and pictures for the model, answers to what the app asked, and what the session may write and read beside
    // its folder. That says what a sandbox holds back; it opens nothing
    (
        "submit",
        &[
            "SubmitArgs.session",
            "InputItem.text",
            "InputItem.image_url",
            "WindowOp.binding",
            "WindowOp.call_id",
            "WindowOp.note",
            "WindowOp.viewed",
            "HunkSelection.accepted",
            "HunkEdit.id",
            "HunkEdit.new_text",
            "PartialHunk.id",
            "HunkComment.hunk",
            "HunkComment.text",
            "SandboxPolicy.writable_roots",
            "Granted.read",
            "Granted.write",
        ],
    ),
    (
        "save_settings",
        &[
            "SettingsChange.model",
            "SettingsChange.provider",
            "Reviewer.model",
            "Reviewer.provider",
            "SandboxPolicy.writable_roots",
            "Granted.read",
            "Granted.write",
        ],
    ),
    ("reset_setting", &[]),
    // names of providers in the config, and a key for the keychain
    ("store_key", &["StoreKeyArgs.provider", "StoreKeyArgs.secret"]),
    ("delete_key", &["ProviderArgs.provider"]),
    ("find_providers", &[]),
    // names of files in the list the app made, compared with it and nothing else
    (
        "hunk_lines",
        &["HunkLinesArgs.hunk", "HunkLinesArgs.path", "HunkLinesArgs.session", "HunkSource.call_id"],
    ),
    ("context_lines", &["ContextLinesArgs.call_id", "ContextLinesArgs.path", "ContextLinesArgs.session"]),
    // a text that is compared and shown, and written nowhere
    (
        "edited_hunk",
        &[
            "EditedHunkArgs.call_id",
            "EditedHunkArgs.hunk",
            "EditedHunkArgs.new_text",
            "EditedHunkArgs.session",
        ],
    ),
    (
        "hunk_tokens",
        &["HunkLinesArgs.hunk", "HunkLinesArgs.path", "HunkLinesArgs.session", "HunkSource.call_id"],
    ),
    // a code block, to be told its words from its strings
    ("code_tokens", &["CodeArgs.language", "CodeArgs.text"]),
    (
        "hunk_origin",
        &["HunkOriginArgs.hunk", "HunkOriginArgs.path", "HunkOriginArgs.session", "HunkSource.call_id"],
    ),
    ("file_versions", &["FileVersionsArgs.path", "FileVersionsArgs.session", "HunkSource.call_id"]),
    ("compare_changes", &["CompareArgs.session"]),
    ("revert_changes", &["RevertArgs.digest", "RevertArgs.hunk", "RevertArgs.path", "RevertArgs.session"]),
    (
        "patch_text",
        &["HunkSource.call_id", "PatchTextArgs.hunk", "PatchTextArgs.path", "PatchTextArgs.session"],
    ),
    // written where the person picks, in the desktop's own dialog
    (
        "export_patch",
        &["HunkSource.call_id", "PatchTextArgs.hunk", "PatchTextArgs.path", "PatchTextArgs.session"],
    ),
    ("open_file", &["OpenFileArgs.path", "OpenFileArgs.session"]),
    // pictures that the person copied
    ("copied_files", &[]),
    // files that git names as changed, compared with its list and nothing else, digests of their hunks, which are compared as well, and
    // the message of a commit
    ("commit_plan", &["ProjectArgs.project"]),
    (
        "commit",
        &[
            "CommitArgs.project",
            "CommitRequest.message",
            "CommitRequest.new_branch",
            "CommitRequest.paths",
            "HunkPick.digest",
            "PartialCommitFile.path",
        ],
    ),
    // rules about commands, and a command that is asked about: text that is read and shown, and starts nothing
    ("rules", &[]),
    ("preview_rule", &["RuleDraft.command", "RuleDraft.examples", "RuleDraft.not_examples"]),
    ("add_rule", &["AddRuleArgs.shown", "RuleDraft.command", "RuleDraft.examples", "RuleDraft.not_examples"]),
    ("delete_rule", &["RuleArgs.id"]),
    ("restore_rule", &["RuleArgs.id"]),
    ("open_rules_file", &[]),
    ("dry_run_command", &["DryRunArgs.command", "DryRunArgs.session"]),
    ("mcp_servers", &["McpServersArgs.session"]),
    // http and https, to the person's browser
    ("open_link", &["OpenLinkArgs.url"]),
];

#[test]
fn no_command_of_the_host_takes_a_program_or_a_path() {
    let mut found = BTreeMap::new();
    macro_rules! table {
        ($($(#[doc = $doc:literal])* $name:ident($args:ty) -> $reply:ty;)*) => {{
            use host::api::*;
            $( found.insert(stringify!($name), texts::<$args>()); )*
        }};
    }
    host::commands!(table);
    let expected: BTreeMap<_, BTreeSet<String>> = TEXTS
        .iter()
        .map(|(name, texts)| (*name, texts.iter().map(|text| (*text).to_owned()).collect()))
        .collect();
    assert_eq!(found, expected);
}

/// The members of a type, and of all it is made of, that hold text: `Type.member`.
fn texts<T: TS + 'static>() -> BTreeSet<String> {
    let mut types = Declarations::new(Config::default());
    types.visit::<T>();
    let declarations: BTreeMap<_, _> =
        types.all().iter().map(|(name, found)| (name.as_str(), without_comments(&found.code))).collect();
    let plain = |declaration: &String| declaration.ends_with("= string;");
    let is_text = |word: &str| word == "string" || declarations.get(word).is_some_and(plain);
    let mut texts = BTreeSet::new();
    for (name, declaration) in &declarations {
        let body = declaration.split_once('=').map_or("", |(_, body)| body);
        for member in body.split(['{', '}', ',', ';']) {
            let Some((member, kind)) = member.split_once(':') else { continue };
            if kind.split(|c: char| !c.is_alphanumeric()).any(is_text) {
                texts.insert(format!("{name}.{}", member.trim().trim_matches(['"', '?'])));
            }
        }
    }
    texts
}

/// A declaration without what is said in it.
fn without_comments(declaration: &str) -> String {
    let mut pieces = declaration.split("/**");
    let mut code = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        code.push_str(piece.split_once("*/").map_or("", |(_, code)| code));
    }
    code
}
