//! `countersign doctor`: what this machine offers.

use crate::out::outln;
use crate::settings::home;
use crate::text;
use anyhow::Result;
use config::{Config, ProviderConfig};
use model::ListError;
use model::credential::{self, CredentialSource, SessionKeys};
use protocol::SandboxReport;
use secrets::Keychain;
use serde::Serialize;
use std::process::ExitCode;
use view::text::{visible, visible_inline};

#[derive(Serialize)]
struct Findings {
    version: &'static str,
    platform: String,
    sandbox: SandboxReport,
    keychain: Availability,
    notifications: Availability,
    providers: Vec<Provider>,
    config_file: String,
    config_error: Option<String>,
}

#[derive(Serialize)]
struct Availability {
    available: bool,
    problem: Option<String>,
}

#[derive(Serialize)]
struct Provider {
    key: String,
    base_url: String,
    key_source: &'static str,
    reachable: Option<bool>,
    /// The reason a server that is there lists no models.
    problem: Option<String>,
    models: Vec<String>,
}

/// Looks at everything side by side, and says what it found.
pub(crate) async fn doctor(json: bool) -> Result<ExitCode> {
    let home = home()?;
    let config_file = home.config_file().display().to_string();
    // a broken config file is a finding, not the end of the examination
    let (config, config_error) = match Config::load(&home, &[], None) {
        Ok(config) => (config, None),
        // the machine is what it is without the file
        Err(error) => (Config::built_in()?, Some(error.to_string())),
    };
    let keychain = Keychain::open();
    let executor = agent::driver::executor(&home, &config);
    let looked = config.providers.values().map(|provider| look_at(provider, &keychain));
    let (sandbox, providers) = tokio::join!(executor.probe(), futures_util::future::join_all(looked));
    let keychain_problem = keychain.problem().await;
    let notifications_problem = notification_problem().await;
    let findings = Findings {
        version: env!("CARGO_PKG_VERSION"),
        platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
        sandbox,
        keychain: Availability { available: keychain_problem.is_none(), problem: keychain_problem },
        notifications: Availability {
            available: notifications_problem.is_none(),
            problem: notifications_problem,
        },
        providers,
        config_file,
        config_error,
    };
    if json {
        outln!("{}", serde_json::to_string_pretty(&findings)?);
    } else {
        print(&findings);
    }
    Ok(if findings.config_error.is_some() { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

async fn look_at(provider: &ProviderConfig, keychain: &Keychain) -> Provider {
    let credential = credential::resolve(provider, keychain, &SessionKeys::default()).await;
    // only what is on this machine is asked: looking must not cost a request elsewhere
    let listed =
        if provider.is_local() { Some(agent::models::list_models(provider, None).await) } else { None };
    let is_running =
        |listed: &Result<_, ListError>| listed.as_ref().map_or_else(|failed| failed.is_running, |_| true);
    let problem = |listed: &Result<_, ListError>| {
        listed.as_ref().err().filter(|failed| failed.is_running).map(|failed| failed.error.message.clone())
    };
    Provider {
        key: provider.key.clone(),
        base_url: provider.base_url.clone(),
        key_source: source(credential.source),
        reachable: listed.as_ref().map(is_running),
        problem: listed.as_ref().and_then(problem),
        models: listed.and_then(Result::ok).unwrap_or_default(),
    }
}

fn source(source: CredentialSource) -> &'static str {
    match source {
        CredentialSource::NotNeeded => "not needed",
        CredentialSource::Keychain => "in the keychain",
        CredentialSource::Environment => "in the environment",
        CredentialSource::Session => "typed in",
        CredentialSource::Missing => "missing",
    }
}

/// Returns the reason no notification would be shown; `None` when one would be.
#[cfg(target_os = "linux")]
async fn notification_problem() -> Option<String> {
    let asked = tokio::task::spawn_blocking(notify_rust::get_server_information);
    match tokio::time::timeout(std::time::Duration::from_secs(2), asked).await {
        Ok(Ok(Ok(_))) => None,
        Ok(Ok(Err(error))) => Some(format!("no notification service answers on the session bus: {error}")),
        Ok(Err(_)) | Err(_) => Some("the notification service on the session bus does not answer".to_owned()),
    }
}

/// The system always has one.
#[cfg(not(target_os = "linux"))]
async fn notification_problem() -> Option<String> {
    None
}

fn print(findings: &Findings) {
    outln!("countersign {} on {}", findings.version, findings.platform);
    outln!("\nsandbox: {:?}", findings.sandbox.level);
    for layer in &findings.sandbox.layers {
        outln!("  + {layer}");
    }
    for gap in &findings.sandbox.gaps {
        outln!("  - {gap}");
    }
    match &findings.sandbox.no_overlay {
        None => outln!("  + overlays: on-effect can ask about changes"),
        Some(why) => {
            outln!("  - no overlays, so on-effect asks before commands run: {}", visible_inline(why));
        }
    }
    let say = |name: &str, what: &Availability| match &what.problem {
        None => outln!("\n{name}: available"),
        Some(problem) => outln!("\n{name}: not available\n  {problem}"),
    };
    say("keychain", &findings.keychain);
    say("notifications", &findings.notifications);
    outln!("\nproviders:");
    for provider in &findings.providers {
        let state = match provider.reachable {
            Some(true) if provider.base_url.is_empty() => "built in",
            Some(true) => "found",
            Some(false) => "not running",
            None => "not asked",
        };
        let models = text::named(&provider.models);
        outln!(
            "  {:<12} {state:<12} key: {:<19} {} {models}",
            provider.key,
            provider.key_source,
            visible_inline(&provider.base_url)
        );
        if let Some(problem) = &provider.problem {
            outln!("               {}", visible_inline(problem));
        }
    }
    let config = findings.config_error.as_deref().unwrap_or(&findings.config_file);
    outln!("\nconfig: {}", visible(config.trim_end()));
}
