//! The person's rules about commands (B15): listed, added, deleted, restored, and tried on a command. `agent` and `engine` decide what
//! a rule means; nothing here runs anything.

use crate::api::{
    AddRuleArgs, CommandError, CommandResult, DryRunArgs, DryRunResult, NoArgs, Outcome, RuleArgs, RuleDraft,
    RulePreview, RuleSample, RuleView, RulesView,
};
use crate::blocking::blocking;
use crate::host::Host;
use crate::open_file;
use crate::projects::tilde;
use agent::check::{Answer, DryRunVerdict, Question, check};
use agent::rules::{Draft, RemovedRule, RulesError, RulesFile, SavedRule, samples, typed};
use protocol::{Policies, RuleDecision, SessionId};
use std::cmp::Reverse;
use std::path::{Path, PathBuf};
use view::approval::display;
use view::text::visible;

/// Most bytes of what is typed into one field.
const MAX_TYPED: usize = 4096;
/// Most examples of a draft.
const MAX_EXAMPLES: usize = 32;

impl Host {
    pub(crate) async fn rules(&self, _: NoArgs) -> CommandResult<RulesView> {
        let (file, open) = (RulesFile::new(&self.home), self.open_folder_path());
        let shown = for_the_eye(&self.home.rules_file());
        blocking(move || listed(&file, shown, open.as_deref())).await
    }

    pub(crate) async fn preview_rule(&self, draft: RuleDraft) -> CommandResult<RulePreview> {
        let folder = self.open_project_record()?.path;
        let file = RulesFile::new(&self.home);
        blocking(move || {
            let rule = match read(&draft, &folder) {
                Ok(rule) => rule,
                Err(error) => return RulePreview { problem: Some(error), ..RulePreview::default() },
            };
            let view = rule_view(&rule, Some(&folder));
            let samples = samples(&rule, &view.command).into_iter();
            let (saved, problem) = match file.load() {
                Ok(rules) => (rules.iter().any(|each| each.id() == view.id), None),
                Err(error) => (false, Some(worded(&error))),
            };
            RulePreview {
                text: visible(&rule.text()).into_owned(),
                samples: samples
                    .map(|each| RuleSample { command: each.command, covered: each.covered })
                    .collect(),
                rule: Some(view),
                saved,
                problem,
            }
        })
        .await
    }

    pub(crate) async fn add_rule(&self, args: AddRuleArgs) -> CommandResult<RulesView> {
        let folder = self.open_project_record()?.path;
        let file = RulesFile::new(&self.home);
        blocking(move || {
            let rule = read(&args.draft, &folder)?;
            if rule.id() != args.shown {
                // another folder was opened meanwhile, or the window shows something else than it sends
                return Err(CommandError::with_hint(
                    "this is not the rule that was shown",
                    "look at it again before you save it",
                ));
            }
            file.add(&rule).map_err(|error| worded(&error))
        })
        .await??;
        self.rules(NoArgs {}).await
    }

    pub(crate) async fn delete_rule(&self, args: RuleArgs) -> CommandResult<RulesView> {
        let file = RulesFile::new(&self.home);
        let removed = blocking(move || file.remove(&args.id).map_err(|error| worded(&error))).await??;
        self.removed_rules().push(removed);
        self.rules(NoArgs {}).await
    }

    pub(crate) async fn restore_rule(&self, args: RuleArgs) -> CommandResult<RulesView> {
        let removed = self.removed_rules().get(&args.id).cloned();
        let removed: RemovedRule = removed.ok_or_else(|| {
            CommandError::with_hint("this rule cannot be put back any more", "add it again")
        })?;
        let file = RulesFile::new(&self.home);
        blocking(move || file.restore(&removed).map_err(|error| worded(&error))).await??;
        self.removed_rules().remove(&args.id);
        self.rules(NoArgs {}).await
    }

    pub(crate) async fn open_rules_file(&self, _: NoArgs) -> CommandResult<()> {
        let file = self.home.rules_file();
        let shown = for_the_eye(&file);
        let refused = |why: String| CommandError::new(format!("cannot open {shown}: {why}"));
        let found = blocking(move || open_file::openable(&file, file.parent().unwrap_or(&file))).await?;
        self.desktop.open_path(&found.map_err(refused)?).map_err(refused)
    }

    pub(crate) async fn dry_run_command(&self, args: DryRunArgs) -> CommandResult<DryRunResult> {
        let command = args.command.trim().to_owned();
        if command.is_empty() {
            return Err(CommandError::new("there is no command to judge"));
        }
        is_short(&command, "the command")?;
        let cwd = self.open_project_record()?.path;
        let (policies, in_session) = self.policies_in_effect(args.session.as_ref());
        let report = self.executor.probe().await;
        let home = self.home.clone();
        blocking(move || {
            let question = Question {
                argv: typed(&command),
                cwd: cwd.clone(),
                escalated: args.escalated,
                policies: &policies,
                level: report.level,
                no_overlay: report.no_overlay.as_deref(),
            };
            // what is wrong with the file is part of the answer: it is why it asks
            let (Answer { verdict, why, sandbox, rules: ids, .. }, _) = check(&home, question);
            let saved = RulesFile::new(&home).load().unwrap_or_default();
            let rules = saved.iter().filter(|rule| ids.contains(&rule.id()));
            DryRunResult {
                outcome: match verdict {
                    DryRunVerdict::Runs => Outcome::Runs,
                    DryRunVerdict::Asks => Outcome::Asks,
                    DryRunVerdict::Refuses => Outcome::Refuses,
                },
                why: visible(&why).into_owned(),
                sandbox: sandbox.map(str::to_owned),
                rules: rules.map(|rule| rule_view(rule, Some(&cwd))).collect(),
                in_session,
            }
        })
        .await
    }

    fn open_folder_path(&self) -> Option<PathBuf> {
        self.open_project_record().ok().map(|project| project.path)
    }

    /// Returns the policies of a session that is open in the open folder, or else those of new ones; and whether of a session.
    fn policies_in_effect(&self, session: Option<&SessionId>) -> (Policies, bool) {
        let of_session = session.and_then(|id| {
            let sessions = self.sessions();
            let open = sessions.get(id).filter(|open| !open.has_ended())?;
            let is_here = self.projects().current_id().as_ref() == Some(&open.project);
            is_here.then(|| open.timeline.session().policies.clone())
        });
        match of_session {
            Some(policies) => (policies, true),
            None => (self.settings().policies, false),
        }
    }
}

fn listed(file: &RulesFile, path: String, open: Option<&Path>) -> RulesView {
    match file.load() {
        Ok(saved) => {
            let mut rules: Vec<RuleView> = saved.iter().map(|rule| rule_view(rule, open)).collect();
            rules.sort_by(|a, b| {
                let order = |rule: &RuleView| (Reverse(rule.here), (!rule.here).then(|| rule.folder.clone()));
                order(a)
                    .cmp(&order(b))
                    .then_with(|| b.decision.cmp(&a.decision))
                    .then_with(|| a.command.cmp(&b.command))
            });
            RulesView { rules, file: path, problem: None }
        }
        Err(error) => RulesView { rules: Vec::new(), file: path, problem: Some(worded(&error)) },
    }
}

fn rule_view(rule: &SavedRule, open: Option<&Path>) -> RuleView {
    let exact = rule.rule();
    let folder = for_the_eye(&rule.project);
    let texts = |texts: &[String]| texts.iter().map(|text| visible(text).into_owned()).collect();
    RuleView {
        id: rule.id(),
        decision: rule.decision,
        words: texts(&rule.prefix),
        command: display(&rule.prefix),
        here: open.is_some_and(|open| open.starts_with(&rule.project)),
        without_sandbox: rule.without_sandbox,
        says: view::rule::sentence(&exact, &folder),
        warnings: view::rule::warnings(&exact),
        folder,
        examples: texts(&rule.examples),
        not_examples: texts(&rule.not_examples),
    }
}

/// Returns the rule that a draft would be.
fn read(draft: &RuleDraft, folder: &Path) -> CommandResult<SavedRule> {
    let RuleDraft { decision, command, without_sandbox, examples, not_examples } = draft;
    is_short(command, "the rule")?;
    if examples.len() + not_examples.len() > MAX_EXAMPLES {
        return Err(CommandError::new(format!("there are more than {MAX_EXAMPLES} examples")));
    }
    for example in examples.iter().chain(not_examples) {
        is_short(example, "an example")?;
    }
    let (decision, without_sandbox) = (*decision, *without_sandbox);
    let without_sandbox = without_sandbox && decision == RuleDecision::Allow;
    let draft = Draft { decision, command, without_sandbox, examples, not_examples };
    draft.rule(folder).map_err(|error| worded(&error))
}

fn is_short(text: &str, what: &str) -> CommandResult<()> {
    if text.len() > MAX_TYPED {
        return Err(CommandError::new(format!("{what} is {} bytes long, more than {MAX_TYPED}", text.len())));
    }
    Ok(())
}

/// Words a failure for the window, with a hint.
fn worded(error: &RulesError) -> CommandError {
    match error {
        RulesError::Invalid { path, line, message } => CommandError::with_hint(
            format!("{}:{line}: {}", for_the_eye(path), visible(message)),
            "mend the file in an editor, or move it away. Until then no rule counts, and whatever is not known to be safe \
                 is asked about",
        ),
        RulesError::Io { path, what, source } => CommandError::with_hint(
            format!("{} could not be {what}: {source}", for_the_eye(path)),
            "see to it that you may read and write it",
        ),
        RulesError::Rule(why) => CommandError::new(visible(why)),
        RulesError::Unknown(_) => CommandError::with_hint(
            "this rule is not there any more",
            "somebody else took it out; the list is read again when it is opened",
        ),
    }
}

fn for_the_eye(path: &Path) -> String {
    visible(&tilde(path, std::env::home_dir().as_deref())).into_owned()
}
