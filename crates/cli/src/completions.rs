//! `countersign completions`: what a shell completes, and the manual page.

use crate::out::out;
use anyhow::Result;
use clap::{Command, ValueEnum};
use clap_complete::Shell;
use std::process::ExitCode;

/// Kind of text to print.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Target {
    Bash,
    Elvish,
    Fish,
    Powershell,
    Zsh,
    Man,
}

/// Prints the completions or the manual page of `command`.
pub(crate) fn print(target: Target, mut command: Command) -> Result<ExitCode> {
    let mut text = Vec::new();
    let shell = match target {
        Target::Bash => Shell::Bash,
        Target::Elvish => Shell::Elvish,
        Target::Fish => Shell::Fish,
        Target::Powershell => Shell::PowerShell,
        Target::Zsh => Shell::Zsh,
        Target::Man => {
            manual(&command, &mut text)?;
            out!("{}", String::from_utf8_lossy(&text));
            return Ok(ExitCode::SUCCESS);
        }
    };
    clap_complete::generate(shell, &mut command, "countersign", &mut text);
    out!("{}", String::from_utf8_lossy(&text));
    Ok(ExitCode::SUCCESS)
}

/// Writes one page: the program, and each of its commands with its options.
fn manual(command: &Command, text: &mut Vec<u8>) -> Result<()> {
    let page = clap_mangen::Man::new(command.clone());
    page.render(text)?;
    for part in command.get_subcommands().filter(|part| !part.is_hide_set()) {
        let name = format!("countersign {}", part.get_name());
        text.extend_from_slice(format!(".SH \"{}\"\n", name.to_uppercase()).as_bytes());
        let page = clap_mangen::Man::new(part.clone().bin_name(name));
        page.render_description_section(text)?;
        page.render_options_section(text)?;
    }
    Ok(())
}
