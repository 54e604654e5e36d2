//! MCP servers as the agent uses them (B28): what is set, with the machine it is set for, and what came of a call, for the
//! machine of `engine`.

mod status;
mod tokens;

pub use mcp::{Hub, Login, ServerConfig, ServerEvent, TokenStore, Tool};
pub use status::{McpStatusTable, ServerStatus};

use crate::picture;
use crate::tools::with_images;
use config::{Config, McpServer, McpTransport, ShellEnvironmentPolicy};
use engine::{McpTool, ToolOutcome};
use exec::environment;
use exec::output::{Bounded, bounded};
use mcp::{CallFailure, CallOutcome, CallProgress, Timeouts, Transport};
use protocol::{ErrorInfo, ErrorKind, ToolEndedBy, ToolHints, ToolProgress, ToolResult};
use secrets::{Keychain, is_credential_variable};
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// Whether what is traced from here may be written to a log: never what the SDK of MCP says, which are requests with their whole
/// addresses and all that a server prints, keys included (B41). No level that is asked for can bring it back.
pub fn may_be_logged(target: &str) -> bool {
    target.split("::").next() != Some("rmcp")
}

/// Length in bytes from which the value of a variable that sounds like a credential is taken for one: not "true", not "yes".
const MIN_SECRET_BYTES: usize = 6;

/// Text that no answer should be without.
const NOTHING_SAID: &str = "(the tool said nothing)";

/// The enabled servers of `config` for a session in `cwd`, by name, each ready to be started or with the reason why it cannot be.
/// `inherited` is the app's own environment.
pub fn servers(
    config: &Config,
    cwd: &Path,
    inherited: &BTreeMap<OsString, OsString>,
) -> Vec<(String, Result<ServerConfig, String>)> {
    let secret: Vec<String> = config.secret_variables().cloned().collect();
    let enabled = config.mcp_servers.iter().filter(|(_, server)| server.enabled);
    enabled.map(|(name, server)| (name.clone(), resolve(name, server, cwd, inherited, &secret))).collect()
}

fn resolve(
    name: &str,
    server: &McpServer,
    cwd: &Path,
    inherited: &BTreeMap<OsString, OsString>,
    secret: &[String],
) -> Result<ServerConfig, String> {
    let usual = Timeouts::default();
    let or = |ms: Option<u64>, usual: Duration| ms.map_or(usual, Duration::from_millis);
    Ok(ServerConfig {
        name: name.to_owned(),
        transport: transport(&server.transport, cwd, inherited, secret)?,
        timeouts: Timeouts {
            start: or(server.startup_timeout_ms, usual.start),
            list: or(server.list_timeout_ms, usual.list),
            call: or(server.tool_timeout_ms, usual.call),
        },
        approval: server.approval,
        tool_approvals: server.tool_approvals.clone(),
        enabled_tools: server.enabled_tools.clone(),
        disabled_tools: server.disabled_tools.clone(),
    })
}

fn transport(
    transport: &McpTransport,
    cwd: &Path,
    inherited: &BTreeMap<OsString, OsString>,
    secret: &[String],
) -> Result<Transport, String> {
    match transport {
        McpTransport::Stdio { command, args, env, env_vars, cwd: folder } => {
            let core = ShellEnvironmentPolicy {
                inherit: config::EnvironmentInherit::Core,
                ..ShellEnvironmentPolicy::default()
            };
            let mut variables = environment(&core, inherited.clone(), secret);
            for name in env_vars {
                if secret.contains(name) {
                    return Err(format!(
                        "its env_vars name {name}, which holds a key of the app's own; give it a key of its own under env"
                    ));
                }
                let name = OsString::from(name);
                variables.extend(inherited.get(&name).map(|value| (name, value.clone())));
            }
            variables.extend(env.iter().map(|(name, value)| (name.into(), value.into())));
            let secrets = variables.iter().filter(|(name, value)| {
                is_credential_variable(&name.to_string_lossy()) && value.len() >= MIN_SECRET_BYTES
            });
            Ok(Transport::Stdio {
                command: command.clone(),
                args: args.clone(),
                secrets: secrets.map(|(_, value)| value.to_string_lossy().into_owned()).collect(),
                env: variables,
                cwd: folder.as_ref().map_or_else(|| cwd.to_owned(), |folder| cwd.join(folder)),
            })
        }
        McpTransport::Http { url, bearer_token_env_var, http_headers, env_http_headers, .. } => {
            let read = |name: &String| {
                inherited.get(&OsString::from(name)).and_then(|value| value.to_str()).map(str::trim)
            };
            let mut headers = http_headers.clone();
            for (header, variable) in env_http_headers {
                headers.extend(read(variable).map(|value| (header.clone(), value.to_owned())));
            }
            if let Some(variable) = bearer_token_env_var {
                let token = read(variable).filter(|token| !token.is_empty());
                let token =
                    token.ok_or_else(|| format!("the variable {variable}, its bearer token, is not set"))?;
                headers.insert("Authorization".to_owned(), format!("Bearer {token}"));
            }
            Ok(Transport::Http { url: url.clone(), headers })
        }
    }
}

/// Where the tokens of servers that want a login are kept.
pub fn tokens(keychain: &Keychain) -> Arc<dyn TokenStore> {
    Arc::new(tokens::InKeychain(keychain.clone()))
}

/// Begins to log in to the server `name` of `config`.
pub async fn login(config: &Config, name: &str, keychain: &Keychain) -> Result<Login, ErrorInfo> {
    let McpTransport::Http { url, scopes, oauth_client_id, .. } = &find(config, name)?.transport else {
        let message = format!("the MCP server {name} is a program, and needs no login");
        return Err(ErrorInfo::new(ErrorKind::BadRequest, message).with_hint("give it its keys under env"));
    };
    // said before anybody goes to a browser in vain
    if let Some(problem) = keychain.problem().await {
        return Err(ErrorInfo::new(
            ErrorKind::BadRequest,
            format!("there is no place for tokens: {problem}"),
        )
        .with_hint("set a bearer_token_env_var for the server instead"));
    }
    let login = Login::begin(name, url, scopes, oauth_client_id.as_deref(), tokens(keychain)).await;
    login.map_err(|error| ErrorInfo::new(ErrorKind::BadRequest, error.to_string()))
}

/// Forgets the tokens of the server `name` of `config`.
pub async fn logout(config: &Config, name: &str, keychain: &Keychain) -> Result<(), ErrorInfo> {
    find(config, name)?;
    let forgotten = tokens(keychain).clear(name).await;
    forgotten.map_err(|error| ErrorInfo::new(ErrorKind::Storage, error))
}

fn find<'a>(config: &'a Config, name: &str) -> Result<&'a McpServer, ErrorInfo> {
    config.mcp_servers.get(name).ok_or_else(|| {
        let known: Vec<_> = config.mcp_servers.keys().map(String::as_str).collect();
        let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
        ErrorInfo::new(ErrorKind::BadRequest, format!("there is no MCP server `{name}` in the config file"))
            .with_hint(format!("the servers are: {known}"))
    })
}

/// Tools of servers in a request at the most: with the built-in ones, no more than the 128 that OpenAI takes.
const MAX_TOOLS: usize = 112;

/// Names of the tools that no request has, since there are more than vendors take.
pub(crate) fn too_many(tools: &[Tool]) -> Vec<String> {
    tools.iter().skip(MAX_TOOLS).map(|tool| tool.qualified.clone()).collect()
}

/// The tools as the machine knows them, as many as vendors take.
pub(crate) fn tools(tools: Vec<Tool>) -> Arc<[McpTool]> {
    let tool = |tool: Tool| McpTool {
        name: tool.qualified,
        server: tool.server,
        tool: tool.name,
        description: if tool.description.is_empty() { tool.title } else { tool.description },
        parameters: tool.input_schema,
        read_only: tool.read_only,
        hints: ToolHints { open_world: tool.open_world, destructive: tool.destructive, host: tool.host },
        trusted: tool.trusted,
    };
    tools.into_iter().take(MAX_TOOLS).map(tool).collect()
}

/// Progress of a call as it is told. A server may say any number.
pub(crate) fn progress(progress: CallProgress) -> ToolProgress {
    let CallProgress { done, total, message } = progress;
    let percent = total.filter(|total| *total > 0.0).map(|total| (done / total * 100.0).clamp(0.0, 100.0));
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a cast to a smaller number saturates"
    )]
    ToolProgress { percent: percent.map(|percent| percent as u8), done: done as u64, message }
}

/// The outcome of a call as the machine knows it. Its pictures are decoded, which takes its time.
pub(crate) fn outcome(outcome: CallOutcome) -> ToolOutcome {
    let CallOutcome { mut text, images, is_error, failure, duration_ms, .. } = outcome;
    let (images, notes) = picture::admit(images);
    for note in notes {
        if !text.is_empty() {
            text.push('\n');
        }
        text.push_str(&note);
    }
    if text.is_empty() && images.is_empty() && failure.is_none() {
        NOTHING_SAID.clone_into(&mut text);
    }
    let Bounded { output, truncation, model_output } = bounded(&text);
    let ended_by = match failure {
        None if is_error => ToolEndedBy::Failed,
        None => ToolEndedBy::Succeeded,
        Some(CallFailure::Cancelled) => ToolEndedBy::Interrupted,
        Some(CallFailure::TimedOut(limit)) => {
            ToolEndedBy::TimedOut { after_ms: u64::try_from(limit.as_millis()).unwrap_or(u64::MAX) }
        }
        Some(CallFailure::Unavailable(why)) => ToolEndedBy::Unavailable { why },
    };
    let result = ToolResult { output, truncation, images: 0, ended_by, duration_ms };
    with_images(ToolOutcome { result, model_output, images: Vec::new() }, images)
}

#[cfg(test)]
mod tests {
    use super::*;
    use exec::output::{MAX_MODEL_BYTES, MAX_MODEL_LINES, MAX_OUTPUT_BYTES};
    use mcp::ToolApprovalMode;
    use std::path::PathBuf;

    /// Loads a config file; an error names it as `/h/config.toml`.
    fn load(text: &str) -> Result<Config, String> {
        let dir = tempfile::tempdir().unwrap();
        let home = config::Home::at(dir.path());
        std::fs::write(home.config_file(), text).unwrap();
        let place = dir.path().display().to_string();
        Config::load(&home, &[], None).map_err(|error| error.to_string().replace(&place, "/h"))
    }

    fn config(text: &str) -> Config {
        load(text).unwrap()
    }

    fn inherited() -> BTreeMap<OsString, OsString> {
        [
            ("PATH", "/bin"),
            ("OPENAI_API_KEY", "sk-app"),
            ("DOCS_TOKEN", "tok-docs"),
            ("EXTRA", "more"),
            ("MANPATH", "vi"),
        ]
        .map(|(name, value)| (name.into(), value.into()))
        .into()
    }

    fn only(text: &str) -> Result<ServerConfig, String> {
        servers(&config(text), Path::new("/project"), &inherited()).remove(0).1
    }

    #[test]
    fn b19_b28_a_program_gets_the_core_variables_and_what_is_set_for_it_but_no_key_of_the_app() {
        let server = only(
            "[mcp_servers.a]\ncommand = \"x\"\nargs = [\"y\"]\nenv_vars = [\"EXTRA\", {name = \"NONE\"}]\ncwd = \"sub\"\n\
             env = { OPENAI_API_KEY = \"sk-given\" }\ntool_timeout_sec = 1.5\nstartup_timeout_ms = 20",
        )
        .unwrap();
        let Transport::Stdio { env, cwd, secrets, .. } = server.transport else { panic!("a program") };
        let shown: Vec<_> = env
            .iter()
            .map(|(name, value)| (name.to_str().unwrap(), value.to_str().unwrap()))
            .filter(|(name, _)| {
                ["PATH", "EXTRA", "MANPATH", "DOCS_TOKEN", "OPENAI_API_KEY", "NONE"].contains(name)
            })
            .collect();
        assert_eq!(shown, [("EXTRA", "more"), ("OPENAI_API_KEY", "sk-given"), ("PATH", "/bin")]);
        assert_eq!((cwd, secrets), (PathBuf::from("/project/sub"), vec!["sk-given".to_owned()]));
        assert_eq!(server.timeouts.call, Duration::from_millis(1_500));
        assert_eq!(server.timeouts.start, Duration::from_millis(20));
        assert_eq!(server.timeouts.list, Timeouts::default().list);
        let why = only("[mcp_servers.a]\ncommand = \"x\"\nenv_vars = [\"OPENAI_API_KEY\"]").unwrap_err();
        assert!(why.contains("OPENAI_API_KEY") && !why.contains("sk-"), "{why}");
    }

    #[test]
    fn b28_headers_come_from_the_file_and_from_variables() {
        let text = "[mcp_servers.far]\nurl = \"https://far.example/mcp\"\nbearer_token_env_var = \"DOCS_TOKEN\"\n\
                    http_headers = { X-Team = \"a\" }\nenv_http_headers = { X-Extra = \"EXTRA\", X-None = \"NONE\" }";
        let Transport::Http { headers, .. } = only(text).unwrap().transport else { panic!("over HTTP") };
        let shown: Vec<_> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        assert_eq!(shown, [("Authorization", "Bearer tok-docs"), ("X-Extra", "more"), ("X-Team", "a")]);
        let why = only(&text.replace("DOCS_TOKEN", "NO_TOKEN")).unwrap_err();
        assert!(why.contains("NO_TOKEN"), "{why}");
        let names: Vec<_> = config(text).secret_variables().cloned().collect();
        assert!(["DOCS_TOKEN", "EXTRA", "NONE"].iter().all(|name| names.iter().any(|known| known == name)));
    }

    #[test]
    fn b28_trust_is_read_in_our_words_and_in_codex_s() {
        let approvals = |text: &str| {
            let server = only(&format!("[mcp_servers.a]\ncommand = \"x\"\n{text}")).unwrap();
            ["one", "two"].map(|tool| server.approval_of(tool))
        };
        assert_eq!(approvals(""), [ToolApprovalMode::Auto, ToolApprovalMode::Auto]);
        assert_eq!(approvals("trust = true"), [ToolApprovalMode::Approve, ToolApprovalMode::Approve]);
        assert_eq!(
            approvals("trusted_tools = [\"two\"]"),
            [ToolApprovalMode::Auto, ToolApprovalMode::Approve]
        );
        assert_eq!(
            approvals("default_tools_approval_mode = \"approve\"\ntools.one.approval_mode = \"prompt\""),
            [ToolApprovalMode::Prompt, ToolApprovalMode::Approve]
        );
    }

    #[test]
    fn b35_a_server_that_cannot_be_is_named_with_its_place() {
        let error = |keys: &str| load(&format!("[mcp_servers.a]\n{keys}")).unwrap_err();
        for (keys, at, message) in [
            ("args = []", "1:14", "MCP server `a` has neither `command` (a program) nor `url`"),
            ("command = \"x\"\nurl = \"http://x\"", "1:14", "MCP server `a` has both `command` and `url`"),
            ("command = \"x\"\nhttp_headers = {}", "3:1", "`http_headers` is for servers with a `url`"),
            ("url = \"http://x\"\nenv = {}", "3:1", "`env` is for programs"),
            ("url = \"x.example\"", "2:1", "not an address"),
            (
                "comand = \"x\"",
                "2:1",
                "unknown key `mcp_servers.a.comand`, did you mean `mcp_servers.a.command`?",
            ),
            ("url = \"http://x\"\nbearer_token = \"t\"", "3:1", "unknown key `mcp_servers.a.bearer_token`"),
            ("command = [\"x\"]", "2:11", "expected a string"),
        ] {
            let said = error(keys);
            assert!(
                said.starts_with(&format!("/h/config.toml:{at}: ")) && said.contains(message),
                "{keys}: {said}"
            );
        }
    }

    #[test]
    fn a_server_that_is_not_enabled_is_not_there() {
        let none = config("[mcp_servers.a]\ncommand = \"x\"\nenabled = false");
        assert!(servers(&none, Path::new("/"), &inherited()).is_empty());
    }

    #[test]
    fn b28_output_is_bounded_for_the_transcript_and_for_the_model() {
        let lines: Vec<_> = (0..100_000).map(|n| format!("line {n}\n")).collect();
        let text = lines.concat();
        let long = outcome(CallOutcome { text, ..CallOutcome::default() });
        assert!(
            long.result.succeeded()
                && long.result.output.len() <= MAX_OUTPUT_BYTES
                && long.result.output.len() > MAX_OUTPUT_BYTES / 2
                && long.result.truncation.is_some()
        );
        assert!(
            long.model_output.len() <= MAX_MODEL_BYTES
                && long.model_output.lines().count() <= MAX_MODEL_LINES
        );
        assert!(long.model_output.starts_with("line 0\n") && long.model_output.ends_with("line 99999\n"));
        assert!(long.model_output.contains("lines left out"));
        let silent = outcome(CallOutcome { is_error: true, ..CallOutcome::default() });
        assert_eq!((silent.model_output.as_str(), silent.result.succeeded()), (NOTHING_SAID, false));
    }
}
