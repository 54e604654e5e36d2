//! `countersign rules`: what the person saved about commands (B15).

use crate::out::outln;
use crate::settings::{folder, home};
use agent::rules::{RulesFile, SavedRule};
use anyhow::Result;
use clap::{Args, Subcommand, ValueEnum};
use protocol::{CommandRule, RuleDecision};
use serde::Serialize;
use std::path::PathBuf;
use std::process::ExitCode;
use view::approval::display;
use view::text::visible;

/// Options of `countersign rules`.
#[derive(Args)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Subcommand)]
enum Action {
    /// Lists the rules.
    List {
        /// Only those that count in this folder.
        #[arg(long, short = 'C', value_name = "DIR")]
        cd: Option<PathBuf>,
        /// One JSON object a line instead of text.
        #[arg(long)]
        json: bool,
    },
    /// Saves a rule about the commands that begin with certain words, in one project.
    Add {
        /// Decision on the commands. The strictest rule that is about a command counts.
        #[arg(long, value_enum, default_value = "allow")]
        decision: DecisionArg,
        /// The project; the current folder unless said.
        #[arg(long, short = 'C', value_name = "DIR")]
        cd: Option<PathBuf>,
        /// They run without the sandbox.
        #[arg(long)]
        without_sandbox: bool,
        /// A command it must be about, as one types it; checked now and whenever the rules are read.
        #[arg(long, value_name = "COMMAND")]
        example: Vec<String>,
        /// A command it must not be about.
        #[arg(long, value_name = "COMMAND")]
        not_example: Vec<String>,
        /// The words they begin with.
        #[arg(last = true, required = true)]
        words: Vec<String>,
    },
    /// Removes a rule.
    Remove {
        /// Its id, as `list` shows it.
        id: String,
    },
}

#[derive(Clone, Copy, ValueEnum)]
enum DecisionArg {
    Allow,
    Ask,
    Deny,
}

impl From<DecisionArg> for RuleDecision {
    fn from(decision: DecisionArg) -> Self {
        match decision {
            DecisionArg::Allow => Self::Allow,
            DecisionArg::Ask => Self::Ask,
            DecisionArg::Deny => Self::Deny,
        }
    }
}

#[derive(Serialize)]
struct ListedRule<'a> {
    id: String,
    #[serde(flatten)]
    rule: &'a SavedRule,
}

/// Lists, saves or removes.
pub(crate) fn rules(args: RulesArgs) -> Result<ExitCode> {
    let file = RulesFile::new(&home()?);
    match args.action {
        Action::List { cd, json } => {
            let only = cd.map(|dir| folder(Some(&dir))).transpose()?;
            for rule in file.load()? {
                if only.as_ref().is_some_and(|cwd| !cwd.starts_with(&rule.project)) {
                    continue;
                }
                if json {
                    outln!("{}", serde_json::to_string(&ListedRule { id: rule.id(), rule: &rule })?);
                } else {
                    outln!("{}", line(&rule));
                }
            }
        }
        Action::Add { decision, cd, without_sandbox, example, not_example, words } => {
            let rule = SavedRule {
                examples: example,
                not_examples: not_example,
                ..SavedRule::new(CommandRule {
                    decision: decision.into(),
                    prefix: words,
                    project: folder(cd.as_deref())?,
                    without_sandbox,
                })
            };
            file.add(&rule)?;
            outln!("{}", line(&rule));
        }
        Action::Remove { id } => drop(file.remove(&id)?),
    }
    Ok(ExitCode::SUCCESS)
}

fn line(rule: &SavedRule) -> String {
    let bare = if rule.without_sandbox { ", without the sandbox" } else { "" };
    format!(
        "{}  {:<5}  {}  in {}{bare}",
        rule.id(),
        rule.decision.name(),
        display(&rule.prefix),
        visible(&rule.project.to_string_lossy())
    )
}
