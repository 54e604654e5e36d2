//! `countersign config`: the effective configuration and the source of each value.

use crate::out::{errln, outln};
use crate::settings::{ModelArgs, failure, home};
use anyhow::Result;
use clap::Args;
use config::{EffectiveValue, Home, Overlay, SETTINGS_FILE, ValueSource, saved};
use std::process::ExitCode;
use view::text::visible;

/// Options of `countersign config`.
#[derive(Args)]
pub(crate) struct ConfigArgs {
    #[command(flatten)]
    model: ModelArgs,
    /// Includes the settings saved in the window, which the command line does not use.
    #[arg(long)]
    window: bool,
    /// One JSON object a line instead of text.
    #[arg(long)]
    json: bool,
}

/// Prints every value in effect. Values that may hold a secret are hidden.
pub(crate) fn run(args: &ConfigArgs) -> Result<ExitCode> {
    let home = home()?;
    let mut overrides = args.model.overrides(true)?;
    let mut config = overrides.load(&home).map_err(failure)?;
    if args.window {
        overrides.overlay = overlay(&home, &config);
        config = overrides.load(&home).map_err(failure)?;
    }
    let values = config.effective();
    if args.json {
        for value in &values {
            outln!("{}", serde_json::to_string(value)?);
        }
    } else {
        outln!("# {}", visible(&home.config_file().to_string_lossy()));
        for value in &values {
            show(value);
        }
        for note in &config.notes {
            errln!("  {}", visible(note));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// Loads the window's settings, without what says the same as the config file.
fn overlay(home: &Home, config: &config::Config) -> Overlay {
    let mut overlay: Overlay = saved::load(&home.app_file(SETTINGS_FILE));
    overlay.make_sparse(config);
    overlay
}

fn show(value: &EffectiveValue) {
    let text = match &value.value {
        serde_json::Value::Null => "(not set)".to_owned(),
        set => set.to_string(),
    };
    let line = format!("{} = {}", visible(&value.key), visible(&text));
    outln!("{line:<60}  # {}", source(&value.source));
}

fn source(source: &ValueSource) -> String {
    match source {
        ValueSource::Default => "default".to_owned(),
        ValueSource::ConfigFile { line, .. } => format!("config.toml line {line}"),
        ValueSource::Profile { name, line, .. } => {
            format!("profile {}, config.toml line {line}", visible(name))
        }
        ValueSource::Overlay => "set in the window".to_owned(),
        ValueSource::CommandLine => "command line".to_owned(),
        ValueSource::Environment { name } => format!("environment variable {name}"),
    }
}
