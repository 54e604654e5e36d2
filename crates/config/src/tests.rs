use super::resolve::resolve;
use super::*;
use proptest::prelude::*;
use protocol::{ApprovalPolicy, NetworkAccess, ReasoningEffort, SandboxPolicy};
use std::path::{Path, PathBuf};

fn with(text: &str, overrides: &[(&str, &str)], profile: Option<&str>) -> Result<Config, String> {
    let overrides: Vec<_> = overrides.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
    resolve(Path::new("/h/config.toml"), text, &overrides, profile, &|_| None)
        .map_err(|error| error.to_string())
}

pub(crate) fn config(text: &str) -> Config {
    with(text, &[], None).unwrap()
}

pub(crate) fn error(text: &str) -> String {
    with(text, &[], None).unwrap_err()
}

#[test]
fn no_file_is_an_empty_one() {
    let dir = tempfile::tempdir().unwrap();
    let config = Config::load(&Home::at(dir.path()), &[], None).unwrap();
    assert_eq!(config.policies.approval, ApprovalPolicy::OnRequest);
    assert_eq!(config.policies.sandbox, SandboxPolicy::workspace_write());
    assert!(config.policies.review_patches);
    assert_eq!(config.project_doc_max_bytes, 32 * 1024);
    assert_eq!(config.model_provider, None);
    assert_eq!(config.provider().unwrap().key, "openai");
    assert!(config.notes.is_empty());
}

#[test]
fn the_built_in_providers_are_there() {
    let providers = config("").providers;
    let urls: Vec<_> =
        providers.values().map(|p| (p.key.as_str(), p.base_url.as_str(), p.is_local())).collect();
    assert_eq!(
        urls,
        [
            ("anthropic", "https://api.anthropic.com/v1", false),
            ("llamacpp", "http://localhost:8080/v1", true),
            ("lmstudio", "http://localhost:1234/v1", true),
            ("ollama", "http://localhost:11434/v1", true),
            ("openai", "https://api.openai.com/v1", false),
            ("openrouter", "https://openrouter.ai/api/v1", false),
            ("practice", "", true),
            ("vllm", "http://localhost:8000/v1", true),
        ]
    );
    let openai = &providers["openai"];
    assert_eq!(openai.env_key.as_deref(), Some("OPENAI_API_KEY"));
    assert_eq!(
        (openai.request_max_retries, openai.stream_max_retries, openai.stream_idle_timeout_ms),
        (10, 10, 300_000)
    );
    let wires: Vec<_> = providers.values().map(|p| p.wire_api).collect();
    let (chat, messages) = (WireApi::Chat, WireApi::Messages);
    assert_eq!(wires, [messages, chat, chat, chat, WireApi::Responses, chat, WireApi::Practice, chat]);
    assert_eq!(providers["anthropic"].env_key.as_deref(), Some("ANTHROPIC_API_KEY"));
    assert_eq!(providers["openrouter"].env_key.as_deref(), Some("OPENROUTER_API_KEY"));
}

#[test]
fn a_whole_file_is_read() {
    let config = config(
        r#"
        model = "big"
        model_provider = "mine"
        model_reasoning_effort = "high"
        approval_policy = "untrusted"
        sandbox_mode = "workspace-write"
        review_patches = false
        notify = ["notify-send", "agent"]
        project_doc_max_bytes = 100
        disable_response_storage = true
        show_raw_agent_reasoning = true

        [sandbox_workspace_write]
        writable_roots = ["/var/cache/mine"]
        network_access = true

        [shell_environment_policy]
        inherit = "core"
        exclude = ["AWS_*"]
        set = { CI = "1" }

        [history]
        persistence = "none"

        [model_providers.mine]
        name = "Mine"
        base_url = "https://models.example.com/v1/"
        env_key = "MINE_KEY"
        wire_api = "responses"
        http_headers = { "X-Team" = "a" }
        env_http_headers = { "X-User" = "USER" }
        query_params = { version = "2" }
        request_max_retries = 1
        stream_max_retries = 2
        stream_idle_timeout_ms = 3
        "#,
    );
    assert_eq!(config.model.as_deref(), Some("big"));
    assert_eq!(config.reasoning_effort, Some(protocol::ReasoningEffort::High));
    assert_eq!(config.policies.approval, ApprovalPolicy::Untrusted);
    assert_eq!(
        config.policies.sandbox,
        SandboxPolicy::WorkspaceWrite {
            writable_roots: vec![PathBuf::from("/var/cache/mine")],
            network: NetworkAccess::Full,
            granted: protocol::Granted::default(),
        }
    );
    assert!(
        !config.policies.review_patches && config.disable_response_storage && config.show_raw_agent_reasoning
    );
    assert_eq!(config.environment.inherit, EnvironmentInherit::Core);
    assert_eq!(config.environment.exclude, ["AWS_*"]);
    assert_eq!(config.environment.set["CI"], "1");
    assert_eq!(config.history, HistoryPersistence::None);
    assert_eq!((config.notify.len(), config.project_doc_max_bytes), (2, 100));
    let mine = config.provider().unwrap();
    assert_eq!((mine.key.as_str(), mine.name.as_str()), ("mine", "Mine"));
    assert_eq!(mine.base_url, "https://models.example.com/v1");
    assert_eq!(mine.env_key.as_deref(), Some("MINE_KEY"));
    assert_eq!(mine.env_http_headers["X-User"], "USER");
    assert_eq!((mine.request_max_retries, mine.stream_max_retries, mine.stream_idle_timeout_ms), (1, 2, 3));
}

#[test]
fn an_entry_overrides_a_built_in_provider_field_by_field() {
    let config =
        config("[model_providers.ollama]\nbase_url = \"http://10.0.0.2:11434/v1\"\nstream_max_retries = 9");
    let ollama = &config.providers["ollama"];
    assert_eq!(
        (ollama.name.as_str(), ollama.stream_max_retries, ollama.request_max_retries),
        ("Ollama", 9, 10)
    );
    assert!(!ollama.is_local());
}

#[test]
fn the_environment_moves_openai() {
    let env = |name: &str| (name == "OPENAI_BASE_URL").then(|| "http://127.0.0.1:9/v1/".to_owned());
    let path = Path::new("config.toml");
    let config = resolve(path, "", &[], None, &env).unwrap();
    assert_eq!(config.providers["openai"].base_url, "http://127.0.0.1:9/v1");
    let config =
        resolve(path, "openai_base_url = \"https://proxy.example.com/v1\"", &[], None, &env).unwrap();
    assert_eq!(config.providers["openai"].base_url, "https://proxy.example.com/v1");
    let config = resolve(path, "", &[], None, &|_| Some("localhost".to_owned())).unwrap();
    assert_eq!(config.providers["openai"].base_url, "https://api.openai.com/v1");
    assert!(config.notes[0].starts_with("OPENAI_BASE_URL has no effect"), "{:?}", config.notes);
}

#[test]
fn a_file_in_the_codex_format_is_read_as_it_is() {
    let config = config(
        r#"
        model = "gpt-5-codex"
        model_reasoning_effort = "xhigh"
        model_reasoning_summary = "detailed"
        model_context_window = 200000
        file_opener = "vscode"
        hide_agent_reasoning = false
        [tui]
        notifications = ["agent-turn-complete"]
        [mcp_servers.docs]
        command = "npx"
        args = ["-y", "docs"]
        startup_timeout_sec = 20
        required = true
        [projects."/home/me/x"]
        trust_level = "trusted"
        [sandbox_workspace_write]
        exclude_slash_tmp = true
        [shell_environment_policy]
        experimental_use_profile = true
        [profiles.fast]
        model_verbosity = "low"
        "#,
    );
    assert_eq!(config.reasoning_effort, Some(protocol::ReasoningEffort::Xhigh));
    assert_eq!(config.context_window, Some(200_000));
    let noted = |key: &str| config.notes.iter().any(|note| note.contains(&format!("`{key}`")));
    for key in ["tui", "mcp_servers.docs.required", "projects", "sandbox_workspace_write.exclude_slash_tmp"] {
        assert!(noted(key), "{key} is not in {:?}", config.notes);
    }
    assert!(noted("profiles.fast.model_verbosity"));
    assert!(config.environment.use_profile);
    assert_eq!(config.reasoning_summary, Some(protocol::ReasoningSummary::Detailed));
    assert!(config.notes[0].starts_with("/h/config.toml:"), "{:?}", config.notes);
}

#[test]
fn an_unknown_key_is_named_with_its_place_and_the_nearest_one() {
    assert_eq!(
        error("model = \"a\"\n  aproval_policy = \"never\"\n"),
        "/h/config.toml:2:3: unknown key `aproval_policy`, did you mean `approval_policy`?"
    );
    assert_eq!(
        error("[model_providers.x]\nbase_url = \"http://x\"\nstream_retries = 1"),
        "/h/config.toml:3:1: unknown key `model_providers.x.stream_retries`, did you mean `model_providers.x.stream_max_retries`?"
    );
    assert_eq!(
        error("[profiles.p]\nmodle = \"x\""),
        "/h/config.toml:2:1: unknown key `profiles.p.modle`, did you mean `profiles.p.model`?"
    );
}

#[test]
fn b35_the_beginning_of_a_key_is_not_taken_for_another_one() {
    assert_eq!(
        error("sandbox = \"read-only\""),
        "/h/config.toml:1:1: unknown key `sandbox`, did you mean `sandbox_mode`?"
    );
    assert!(error("approval = \"never\"").contains("did you mean `approval_policy`?"));
}

#[test]
fn b35_keys_that_look_like_none_are_skipped_and_named_all_at_once() {
    let config = config("model = \"a\"\nzebra = 1\n[quux]\nx = { y = [1] }\n[profiles.p]\ngnu = true\n");
    assert_eq!(config.model.as_deref(), Some("a"));
    assert_eq!(
        config.notes,
        [
            "/h/config.toml: keys that are not known are skipped: `profiles.p.gnu` (line 6), `quux` (line 3), `zebra` (line 2)"
        ]
    );
}

#[test]
fn b35_what_another_agent_knows_is_taken_as_the_nearest_that_allows_no_more() {
    let with = |text: &str| config(text);
    for effort in ReasoningEffort::ALL {
        let config = with(&format!("model_reasoning_effort = \"{}\"", effort.word()));
        assert_eq!((config.reasoning_effort, config.notes.len()), (Some(effort), 0));
    }
    for (text, expected) in [
        (
            "approval_policy = { granular = { sandbox_approval = true, rules = false } }",
            ApprovalPolicy::OnRequest,
        ),
        (
            "approval_policy = { granular = { sandbox_approval = false, mcp_elicitations = true } }",
            ApprovalPolicy::Never,
        ),
        ("[approval_policy.granular]\nrules = true", ApprovalPolicy::OnRequest),
    ] {
        let config = with(text);
        assert_eq!((config.policies.approval, config.notes.len()), (expected, 1), "{text}");
    }
    assert!(error("approval_policy = { sometimes = 1 }").contains("granular"));
    for (text, expected) in [
        ("default_permissions = \":read-only\"", SandboxPolicy::read_only()),
        (
            "default_permissions = \":read-only\"\nsandbox_mode = \"danger-full-access\"",
            SandboxPolicy::read_only(),
        ),
        ("default_permissions = \":workspace\"\nsandbox_mode = \"read-only\"", SandboxPolicy::read_only()),
        ("default_permissions = \":danger-no-sandbox\"", SandboxPolicy::workspace_write()),
    ] {
        assert_eq!(with(text).policies.sandbox, expected, "{text}");
    }
    assert_eq!(
        error("default_permissions = \"mine\"\n[permissions.mine]\nnetwork = { enabled = false }"),
        "/h/config.toml:1:1: the permission profile `mine` can't be kept to; set `sandbox_mode` and `sandbox_workspace_write` instead"
    );
    let config = with("[model_providers.x]\nbase_url = \"http://x\"\nrequires_openai_auth = true");
    assert_eq!(config.providers["x"].env_key.as_deref(), Some("OPENAI_API_KEY"));
}

#[test]
fn b39_ollama_is_asked_where_its_own_variable_says() {
    let base_url = |host: &str| {
        let env = |name: &str| (name == "OLLAMA_HOST").then(|| host.to_owned());
        let config = resolve(Path::new("/h/config.toml"), "", &[], None, &env).unwrap();
        (config.providers["ollama"].base_url.clone(), config.notes.len())
    };
    for (host, expected) in [
        ("", "http://localhost:11434/v1"),
        ("0.0.0.0", "http://localhost:11434/v1"),
        ("0.0.0.0:8080", "http://localhost:8080/v1"),
        (":5000", "http://localhost:5000/v1"),
        ("10.0.0.2", "http://10.0.0.2:11434/v1"),
        ("http://box:1/", "http://box:1/v1"),
        ("https://box", "https://box:443/v1"),
        ("http://box", "http://box:80/v1"),
        ("[::1]:11434", "http://[::1]:11434/v1"),
        ("::1", "http://[::1]:11434/v1"),
        ("[::]", "http://localhost:11434/v1"),
    ] {
        assert_eq!(base_url(host), (expected.to_owned(), 0), "{host}");
    }
    for host in ["ftp://x", "a b", "x/y", "x:port"] {
        assert_eq!(base_url(host), ("http://localhost:11434/v1".to_owned(), 1), "{host}");
    }
    let env = |name: &str| (name == "OLLAMA_HOST").then(|| "box".to_owned());
    let config =
        resolve(Path::new("/h/c"), "[model_providers.ollama]\nbase_url = \"http://y\"", &[], None, &env);
    assert_eq!(config.unwrap().providers["ollama"].base_url, "http://y", "the file counts more");
}

#[cfg(unix)]
#[test]
fn b35_only_a_regular_file_is_read() {
    let dir = tempfile::tempdir().unwrap();
    let home = Home::at(dir.path());
    for target in ["/dev/zero", "/dev/null", "/"] {
        std::os::unix::fs::symlink(target, home.config_file()).unwrap();
        let error = Config::load(&home, &[], None).unwrap_err().to_string();
        assert!(error.contains("config.toml could not be read: not a regular file"), "{error}");
        std::fs::remove_file(home.config_file()).unwrap();
    }
    let pipe = std::process::Command::new("mkfifo").arg(home.config_file()).status().unwrap();
    assert!(pipe.success() && Config::load(&home, &[], None).is_err());
}

#[test]
fn a_wrong_type_is_named_with_its_place() {
    let message = error("\nmodel = 5");
    assert!(
        message.starts_with("/h/config.toml:2:9: ") && message.contains("expected a string"),
        "{message}"
    );
    let message = error("approval_policy = \"sometimes\"");
    assert!(message.starts_with("/h/config.toml:1:19: ") && message.contains("on-request"), "{message}");
    let message = error("[profiles.p]\nnotify = \"x\"");
    assert!(message.starts_with("/h/config.toml:2:10: "), "{message}");
    let message = error("model = \"a\"\nnotify = [");
    assert!(message.starts_with("/h/config.toml:2:"), "{message}");
    let message = error("[sandbox_workspace_write]\nwritable_roots = [\"x\"]");
    assert_eq!(message, "/h/config.toml:2:1: writable root x is not an absolute path");
}

#[test]
fn a_wrong_type_never_shows_the_value() {
    let message = error("[model_providers.openai]\nhttp_headers = \"Bearer sk-very-secret\"");
    assert!(message.starts_with("/h/config.toml:2:16: ") && !message.contains("sk-"), "{message}");
    let message = with("", &[("notify", "sk-very-secret")], None).unwrap_err();
    assert!(message.starts_with("-c notify: ") && !message.contains("sk-"), "{message}");
}

#[test]
fn b38_a_wire_is_chosen_by_its_name() {
    for (name, wire) in WireApi::NAMED {
        let text = format!("[model_providers.x]\nbase_url = \"http://x\"\nwire_api = \"{name}\"");
        assert_eq!(config(&text).providers["x"].wire_api, wire);
    }
    let ollama = "[model_providers.ollama]\nwire_api = \"responses\"";
    assert_eq!(config(ollama).providers["ollama"].wire_api, WireApi::Responses);
    assert_eq!(config("[model_providers.ollama]").providers["ollama"].wire_api, WireApi::Chat);
}

#[test]
fn a_wire_that_is_not_spoken_is_named_with_the_way_out() {
    assert_eq!(
        error("[model_providers.x]\nbase_url = \"http://x\"\nwire_api = \"practice\""),
        "/h/config.toml:3:12: wire_api \"practice\" is not spoken; `responses`, `chat`, `messages` are"
    );
}

#[test]
fn a_provider_must_be_there_and_have_an_address() {
    let message = error("model_provider = \"nobody\"");
    assert!(
        message.starts_with("/h/config.toml:1:1: no provider `nobody`; there are anthropic, "),
        "{message}"
    );
    let message = error("[model_providers.x]\nname = \"X\"");
    assert!(message.starts_with("/h/config.toml:1:18: provider `x` has no `base_url`"), "{message}");
    let message = error("[model_providers.x]\nbase_url = \"ftp://x\"");
    assert!(message.starts_with("/h/config.toml:2:1: not an address"), "{message}");
    let message = error("[model_providers.practice]\nname = \"X\"");
    assert!(message.contains("practice model"), "{message}");
}

#[test]
fn a_profile_is_laid_over_the_file_and_the_command_line_over_both() {
    let text = r#"
        model = "a"
        approval_policy = "untrusted"
        profile = "day"
        [profiles.day]
        model = "b"
        [profiles.night]
        model = "c"
        approval_policy = "never"
    "#;
    let model = |overrides: &[(&str, &str)], profile| with(text, overrides, profile).unwrap().model.unwrap();
    assert_eq!(model(&[], None), "b");
    assert_eq!(model(&[], Some("night")), "c");
    assert_eq!(model(&[("profile", "night")], None), "c");
    assert_eq!(model(&[("model", "o3")], Some("night")), "o3");
    assert_eq!(with(text, &[], Some("night")).unwrap().policies.approval, ApprovalPolicy::Never);
    assert_eq!(
        with(text, &[], Some("noon")).unwrap_err(),
        "no profile `noon` in /h/config.toml, which has day, night"
    );
}

#[test]
fn an_override_is_toml_or_else_a_string() {
    let overrides = [
        ("model_providers.mine.base_url", "http://127.0.0.1:1/v1"),
        ("model_provider", "mine"),
        ("sandbox_workspace_write.network_access", "true"),
        ("notify", "[\"a\", \"b\"]"),
        ("model", "say \"hi\""),
    ];
    let config = with("", &overrides, None).unwrap();
    assert_eq!(config.provider().unwrap().base_url, "http://127.0.0.1:1/v1");
    assert_eq!(config.policies.sandbox.network(), NetworkAccess::Full);
    assert_eq!(config.notify, ["a", "b"]);
    assert_eq!(config.model.as_deref(), Some("say \"hi\""));
    assert_eq!(
        with("", &[("modle", "x")], None).unwrap_err(),
        "-c modle: unknown key `modle`, did you mean `model`?"
    );
    assert!(with("", &[("a=1\nb", "2")], None).unwrap_err().contains("not a key"));
}

#[test]
fn a_file_that_is_not_utf8_is_named_with_its_place() {
    let dir = tempfile::tempdir().unwrap();
    std::fs::write(dir.path().join("config.toml"), b"model = \"a\"\nx = \"\xff\"").unwrap();
    let message = Config::load(&Home::at(dir.path()), &[], None).unwrap_err().to_string();
    assert!(message.contains("config.toml:2:6: not UTF-8"), "{message}");
}

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in "\\PC*", key in "\\PC*", value in "\\PC*") {
        let _ = with(&text, &[(&key, &value)], Some(&value));
    }

    #[test]
    fn near_toml_never_panics(text in "([a-z_.]{1,8}|\\[|\\]|\"|=| |\n|[0-9]|\\{|\\}|,|model|profiles|wire_api|é){0,60}") {
        let _ = with(&text, &[("model", &text)], None);
    }
}

mod prices;
mod project_doc;
mod reviewer;

#[test]
fn b35_a_profile_that_is_not_there_is_wrong_where_it_is_named() {
    let error =
        resolve(Path::new("/h/config.toml"), "\nprofile = \"x\"\n", &[], None, &|_| None).unwrap_err();
    assert_eq!(error.to_string(), "/h/config.toml:2:1: no profile `x` in /h/config.toml, which has none");
}
