//! Commands of the table, one function each.

use crate::api::{
    AppView, ArchiveArgs, CallArgs, CommandError, CommandResult, ExportArgs, Exported, FindFilesArgs,
    ForkArgs, HunkLinesArgs, InstructionFileView, Lines, NewSessionArgs, NoArgs, OpenLinkArgs, ProjectArgs,
    ProjectView, ProviderArgs, RenameArgs, ResetSettingArgs, RowsArgs, SearchSessionsArgs, SessionArgs,
    SessionsPage, SettingsChange, StoreKeyArgs, SubmitArgs, TrustArgs, WindowOp,
};
use crate::blocking::blocking;
use crate::clock::now_ms;
use crate::host::{Host, cannot_save};
use crate::subscribers::AppPart;
use crate::{projects, settings};
use config::Overlay;
use config::project_doc::InstructionNames;
use protocol::{InputItem, Op, OpId, SessionId};
use secrets::Secret;
use std::sync::Arc;
use transcript::{PromptHistory, SessionPage};
use view::Row;

/// Most items of one reply, by kind.
const MAX_ROWS: u32 = 500;
const MAX_LINES: u32 = 2000;
const MAX_PROMPTS: usize = 100;
/// Largest prompt, images included, in bytes.
const MAX_PROMPT_BYTES: usize = 32 * 1024 * 1024;

#[allow(clippy::unused_async, reason = "the table calls all of them alike")]
impl Host {
    pub(crate) async fn app(&self, _: NoArgs) -> CommandResult<AppView> {
        Ok(self.app_view())
    }

    pub(crate) async fn pick_folder(self: &Arc<Self>, _: NoArgs) -> CommandResult<Option<ProjectView>> {
        match self.desktop.pick_folder().await {
            Some(folder) => self.open_folder(&folder).await.map(Some),
            None => Ok(None),
        }
    }

    pub(crate) async fn open_project(self: &Arc<Self>, args: ProjectArgs) -> CommandResult<ProjectView> {
        let folder = self.projects().get(&args.project).map(|project| project.path.clone());
        self.open_folder(&folder.ok_or_else(CommandError::no_such_project)?).await
    }

    pub(crate) async fn forget_project(&self, args: ProjectArgs) -> CommandResult<()> {
        {
            let mut sessions = self.sessions();
            if self.projects().forget(&args.project) {
                sessions.listed = SessionPage::default();
            }
        }
        self.mark_app_dirty(AppPart::Projects);
        self.mark_app_dirty(AppPart::Sessions);
        self.save_projects().await
    }

    pub(crate) async fn trust_project(&self, args: TrustArgs) -> CommandResult<ProjectView> {
        let project = self.projects().get(&args.project).cloned();
        let project = project.ok_or_else(CommandError::no_such_project)?;
        let (home, trusted) = (self.home.clone(), args.trusted);
        let trust = blocking(move || {
            let names = InstructionNames::load(&home);
            projects::decide_trust(&home, &project.path, project.instructions(), trusted, now_ms())
                .map(|trust| (trust, names))
        });
        let (trust, names) = trust.await?.map_err(|error| cannot_save(&error))?;
        let view = {
            let mut projects = self.projects();
            if let Some(project) = projects.get_mut(&args.project) {
                project.refresh(&self.home, &trust, &names);
            }
            projects.view(&args.project).ok_or_else(CommandError::no_such_project)?
        };
        self.mark_app_dirty(AppPart::Projects);
        Ok(view)
    }

    pub(crate) async fn instruction_files(
        &self,
        args: ProjectArgs,
    ) -> CommandResult<Vec<InstructionFileView>> {
        let projects = self.projects();
        let project = projects.get(&args.project).ok_or_else(CommandError::no_such_project)?;
        Ok(project.instruction_views())
    }

    pub(crate) async fn confirm_folder(self: &Arc<Self>, args: ProjectArgs) -> CommandResult<ProjectView> {
        let folder = {
            let mut projects = self.projects();
            let project = projects.get_mut(&args.project).ok_or_else(CommandError::no_such_project)?;
            project.confirm();
            project.path.clone()
        };
        // as when it was picked: the session used last is opened with it
        self.open_folder(&folder).await
    }

    pub(crate) async fn new_session(self: &Arc<Self>, args: NewSessionArgs) -> CommandResult<SessionId> {
        self.begin_session(&args.project, args.provider, args.isolated).await
    }

    pub(crate) async fn open_session(self: &Arc<Self>, args: SessionArgs) -> CommandResult<SessionId> {
        self.open(&args.session).await?;
        Ok(args.session)
    }

    pub(crate) async fn open_window(&self, args: SessionArgs) -> CommandResult<()> {
        if self.sessions().get(&args.session).is_none() {
            return Err(CommandError::session_not_open());
        }
        self.desktop
            .open_window(&args.session)
            .map_err(|error| CommandError::new(format!("cannot open a window: {error}")))
    }

    pub(crate) async fn search_sessions(
        self: &Arc<Self>,
        args: SearchSessionsArgs,
    ) -> CommandResult<SessionsPage> {
        self.find_sessions(args).await
    }

    pub(crate) async fn fork_session(self: &Arc<Self>, args: ForkArgs) -> CommandResult<SessionId> {
        self.fork(args).await
    }

    pub(crate) async fn export_session(
        self: &Arc<Self>,
        args: ExportArgs,
    ) -> CommandResult<Option<Exported>> {
        self.export(args).await
    }

    pub(crate) async fn mark_seen(&self, args: SessionArgs) -> CommandResult<()> {
        let was_unseen =
            self.sessions().get_mut(&args.session).is_some_and(|open| std::mem::take(&mut open.is_unseen));
        if was_unseen {
            self.mark_app_dirty(AppPart::Sessions);
        }
        Ok(())
    }

    pub(crate) async fn rename_session(self: &Arc<Self>, args: RenameArgs) -> CommandResult<()> {
        self.rename(args).await
    }

    pub(crate) async fn archive_session(self: &Arc<Self>, args: ArchiveArgs) -> CommandResult<()> {
        self.archive(args).await
    }

    pub(crate) async fn delete_session(self: &Arc<Self>, args: SessionArgs) -> CommandResult<()> {
        self.delete(args).await
    }

    pub(crate) async fn restore_session(self: &Arc<Self>, args: SessionArgs) -> CommandResult<()> {
        self.restore(args).await
    }

    pub(crate) async fn submit(&self, args: SubmitArgs) -> CommandResult<OpId> {
        let submitter = self.submitter(&args.session)?;
        let prompt = match &args.op {
            WindowOp::UserInput { items } => Some(prompt(items)?),
            _ => None,
        };
        let gone = |error: agent::AgentGone| {
            CommandError::with_hint(error.to_string(), "open it from the list to go on with it")
        };
        let id = submitter.submit(args.op.into()).await.map_err(gone)?;
        if let Some(text) = prompt.filter(|text| !text.is_empty()) {
            submitter.submit(Op::AddToHistory { text }).await.map_err(gone)?;
        }
        Ok(id)
    }

    pub(crate) async fn rows(&self, args: RowsArgs) -> CommandResult<Vec<Row>> {
        let sessions = self.sessions();
        let open = sessions.get(&args.session).ok_or_else(CommandError::session_not_open)?;
        Ok(open.timeline.rows(args.from as usize, args.count.min(MAX_ROWS) as usize).to_vec())
    }

    pub(crate) async fn last_answer(&self, args: SessionArgs) -> CommandResult<Option<String>> {
        let sessions = self.sessions();
        let open = sessions.get(&args.session).ok_or_else(CommandError::session_not_open)?;
        Ok(open.timeline.last_answer().map(str::to_owned))
    }

    pub(crate) async fn hunk_lines(&self, args: HunkLinesArgs) -> CommandResult<Lines> {
        let sessions = self.sessions();
        let open = sessions.get(&args.session).ok_or_else(CommandError::session_not_open)?;
        let count = args.count.min(MAX_LINES) as usize;
        let of = args.of.hunk_of();
        let lines = open.timeline.hunk_lines(of, &args.path, &args.hunk, args.from as usize, count);
        lines.ok_or_else(|| CommandError::new(format!("this change of {} is not there any more", args.path)))
    }

    pub(crate) async fn command_output(&self, args: CallArgs) -> CommandResult<String> {
        let kept = self.outputs().get(&args.session, &args.call_id);
        kept.ok_or_else(|| {
            CommandError::with_hint(
                "this output is not kept any more",
                "open the session again to read what was recorded",
            )
        })
    }

    pub(crate) async fn save_settings(&self, change: SettingsChange) -> CommandResult<AppView> {
        let providers = self.providers().views.clone();
        settings::check(&change, &providers)?;
        let config = self.config();
        let practice = self.practice;
        self.change_overlay(|overlay| settings::record(overlay, change, &config, &providers, practice))
            .await?;
        self.app(NoArgs {}).await
    }

    pub(crate) async fn reset_setting(&self, args: ResetSettingArgs) -> CommandResult<AppView> {
        self.change_overlay(|overlay| settings::reset(overlay, args.setting)).await?;
        self.app(NoArgs {}).await
    }

    /// Changes the overlay and saves it. Open sessions have another reviewer from then on, if that was changed; also where the overlay
    /// could not be saved: it holds until the app ends.
    async fn change_overlay(&self, change: impl FnOnce(&mut Overlay)) -> CommandResult<()> {
        let reviewer =
            || settings::in_effect(&self.overlay(), &self.config(), &self.providers().views).reviewer;
        let before = reviewer();
        change(&mut self.overlay());
        self.mark_app_dirty(AppPart::Settings);
        let saved = self.save_settings_file().await;
        let after = reviewer();
        if before != after {
            let submitters: Vec<_> = {
                let sessions = self.sessions();
                let open = sessions.iter().map(|(_, open)| open).filter(|open| !open.has_ended());
                open.map(|open| open.submitter.clone()).collect()
            };
            for submitter in submitters {
                // one that has just ended takes nothing in
                let _ = submitter.submit(Op::SetReviewer { reviewer: after.clone() }).await;
            }
        }
        // what the tray tells is a setting too
        self.activity_changed();
        saved
    }

    pub(crate) async fn store_key(&self, args: StoreKeyArgs) -> CommandResult<AppView> {
        if !self.config().providers.contains_key(&args.provider) {
            return Err(CommandError::new(format!("there is no provider `{}`", args.provider)));
        }
        let key = Secret::new(&args.secret);
        if key.is_empty() {
            return Err(CommandError::with_hint("the key is empty", "paste it again"));
        }
        match self.keychain.set(&args.provider, &key).await {
            Ok(()) => {
                self.providers().session_keys.remove(&args.provider);
            }
            Err(error) => {
                // kept until the app ends, and the window says so (B41)
                tracing::warn!(provider = args.provider, %error, "a key is kept for this run only");
                self.providers().session_keys.set(args.provider, key);
            }
        }
        self.refresh_providers(false).await;
        self.app(NoArgs {}).await
    }

    pub(crate) async fn delete_key(&self, args: ProviderArgs) -> CommandResult<AppView> {
        let was_typed_in = self.providers().session_keys.remove(&args.provider);
        let deleted = self.keychain.delete(&args.provider).await;
        self.refresh_providers(false).await;
        match deleted {
            // where there is no keychain there was nothing else to delete
            Err(error) if !was_typed_in => Err(CommandError::new(error)),
            _ => self.app(NoArgs {}).await,
        }
    }

    pub(crate) async fn find_providers(&self, _: NoArgs) -> CommandResult<AppView> {
        self.reload_config().await?;
        self.refresh_providers(true).await;
        self.app(NoArgs {}).await
    }

    pub(crate) async fn find_files(self: &Arc<Self>, args: FindFilesArgs) -> CommandResult<Vec<String>> {
        let folder = match &args.session {
            Some(session) => self.folder_of_session(session)?,
            None => self.open_project_record()?.path,
        };
        let host = self.clone();
        blocking(move || {
            let app_files: Vec<_> =
                host.home.dirs().into_iter().filter_map(|dir| dir.canonicalize().ok()).collect();
            host.finder.find(&folder, &app_files, &args.query)
        })
        .await
    }

    pub(crate) async fn prompt_history(&self, _: NoArgs) -> CommandResult<Vec<String>> {
        let history = PromptHistory::new(&self.home);
        blocking(move || history.recent(MAX_PROMPTS)).await?.map_err(CommandError::new)
    }

    pub(crate) async fn open_link(&self, args: OpenLinkArgs) -> CommandResult<()> {
        let is_web = args.url.split_once("://").is_some_and(|(scheme, _)| {
            scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https")
        });
        if !is_web || args.url.chars().any(|c| c.is_control() || c.is_whitespace()) {
            return Err(CommandError::new("only http and https addresses are opened"));
        }
        self.desktop
            .open_url(&args.url)
            .map_err(|error| CommandError::new(format!("cannot open {}: {error}", args.url)))
    }
}

/// Returns the text of a prompt, for the history.
pub(crate) fn prompt(items: &[InputItem]) -> CommandResult<String> {
    let bytes: usize = items
        .iter()
        .map(|item| match item {
            InputItem::Text { text } => text.len(),
            InputItem::Image { image_url } => image_url.len(),
        })
        .sum();
    if bytes > MAX_PROMPT_BYTES {
        return Err(CommandError::with_hint(
            format!("the prompt is {} MiB, more than {} MiB", bytes >> 20, MAX_PROMPT_BYTES >> 20),
            "leave an image out, or make it smaller",
        ));
    }
    let texts = items.iter().filter_map(|item| match item {
        InputItem::Text { text } => Some(text.trim()),
        InputItem::Image { .. } => None,
    });
    let text = texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n");
    if text.is_empty() && bytes == 0 {
        return Err(CommandError::new("the prompt is empty"));
    }
    Ok(text)
}
