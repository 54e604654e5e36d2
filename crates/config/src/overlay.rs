//! The settings saved in the window: a sparse layer over the config file.

use super::config::Config;
use super::provider::WireApi;
use super::source::ValueSource;
use protocol::{ApprovalPolicy, ReasoningEffort, Reviewer, SandboxPolicy};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value};
use ts_rs::TS;

/// Name of the file in the app's data folder.
pub const SETTINGS_FILE: &str = "settings.json";

/// Format of the file: 2 is sparse. A file without the field is a whole copy of the settings, which is what the app saved before.
const VERSION: u64 = 2;

/// The window's colors.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Follows the system.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// Effect of closing the window while agents are at work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum CloseAction {
    /// Asks the person.
    #[default]
    Ask,
    /// Hides the window; the agents keep running.
    KeepRunning,
    /// Quits the app.
    Quit,
}

/// A setting that the window can save.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, TS)]
#[serde(rename_all = "snake_case")]
pub enum Setting {
    /// The default provider.
    Provider,
    /// The default model.
    Model,
    /// The reasoning effort.
    ReasoningEffort,
    /// The approval policy.
    Approval,
    /// The sandbox policy.
    Sandbox,
    /// Whether every patch is shown before it is written.
    ReviewPatches,
    /// The window's colors.
    Theme,
    /// Whether a patch can be approved only when every hunk of it was viewed.
    ApproveOnlyViewed,
    /// Cost after which a task waits for the person.
    TaskCostLimit,
    /// Number of tokens after which a task waits for the person.
    TaskTokenLimit,
    /// The model that reviews patches.
    Reviewer,
    /// Whether the system notifies of a finished turn.
    NotifyTurnComplete,
    /// Whether the system notifies of a pending approval.
    NotifyApproval,
    /// Effect of closing the window while agents are at work.
    CloseAction,
}

impl Setting {
    /// Every setting.
    pub const ALL: [Self; 14] = [
        Self::Provider,
        Self::Model,
        Self::ReasoningEffort,
        Self::Approval,
        Self::Sandbox,
        Self::ReviewPatches,
        Self::Theme,
        Self::ApproveOnlyViewed,
        Self::TaskCostLimit,
        Self::TaskTokenLimit,
        Self::Reviewer,
        Self::NotifyTurnComplete,
        Self::NotifyApproval,
        Self::CloseAction,
    ];

    /// Returns the key of the config file that sets the same; `None` where the file has none.
    pub fn config_key(self) -> Option<&'static str> {
        match self {
            Self::Provider => Some("model_provider"),
            Self::Model => Some("model"),
            Self::ReasoningEffort => Some("model_reasoning_effort"),
            Self::Approval => Some("approval_policy"),
            Self::Sandbox => Some("sandbox_mode"),
            Self::ReviewPatches => Some("review_patches"),
            Self::TaskCostLimit => Some("task_cost_limit"),
            Self::TaskTokenLimit => Some("task_token_limit"),
            Self::Reviewer => Some("reviewer.model"),
            Self::Theme
            | Self::ApproveOnlyViewed
            | Self::NotifyTurnComplete
            | Self::NotifyApproval
            | Self::CloseAction => None,
        }
    }

    /// Returns the member of `settings.json` that holds it, and the object within that the member is in.
    fn member(self) -> (Option<&'static str>, &'static str) {
        match self {
            Self::Provider => (None, "provider"),
            Self::Model => (None, "model"),
            Self::ReasoningEffort => (None, "reasoning_effort"),
            Self::Approval => (Some("policies"), "approval"),
            Self::Sandbox => (Some("policies"), "sandbox"),
            Self::ReviewPatches => (Some("policies"), "review_patches"),
            Self::Theme => (None, "theme"),
            Self::ApproveOnlyViewed => (None, "approve_only_viewed"),
            Self::TaskCostLimit => (None, "task_cost_limit"),
            Self::TaskTokenLimit => (None, "task_token_limit"),
            Self::Reviewer => (None, "reviewer"),
            Self::NotifyTurnComplete => (None, "notify_turn_complete"),
            Self::NotifyApproval => (None, "notify_approval"),
            Self::CloseAction => (None, "close_action"),
        }
    }
}

/// The values of an [`Overlay`]; `None` where the layers beneath decide.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OverlayValues {
    /// Key of the default provider.
    pub provider: Option<String>,
    /// The default model.
    pub model: Option<String>,
    /// The reasoning effort; `Some(None)` leaves it to the model.
    pub reasoning_effort: Option<Option<ReasoningEffort>>,
    /// The approval policy.
    pub approval: Option<ApprovalPolicy>,
    /// The sandbox policy.
    pub sandbox: Option<SandboxPolicy>,
    /// Whether every patch is shown before it is written.
    pub review_patches: Option<bool>,
    /// The window's colors.
    pub theme: Option<Theme>,
    /// Whether a patch can be approved only when every hunk of it was viewed.
    pub approve_only_viewed: Option<bool>,
    /// Cost after which a task waits for the person, in millionths of a dollar; `Some(None)` for none.
    pub task_cost_limit: Option<Option<u64>>,
    /// Number of tokens after which a task waits for the person; `Some(None)` for none.
    pub task_token_limit: Option<Option<u64>>,
    /// The model that reviews patches; `Some(None)` for none.
    pub reviewer: Option<Option<Reviewer>>,
    /// Whether the system notifies of a finished turn.
    pub notify_turn_complete: Option<bool>,
    /// Whether the system notifies of a pending approval.
    pub notify_approval: Option<bool>,
    /// Effect of closing the window while agents are at work.
    pub close_action: Option<CloseAction>,
}

/// The settings saved in the window. Members of a newer version, and values that cannot be parsed, are kept as they are when the
/// file is written again, and have no effect.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Overlay {
    members: Map<String, Value>,
    values: OverlayValues,
}

impl Overlay {
    /// Returns the values in effect.
    pub fn values(&self) -> &OverlayValues {
        &self.values
    }

    /// Reports whether the overlay sets a setting.
    pub fn sets(&self, setting: Setting) -> bool {
        let values = &self.values;
        match setting {
            Setting::Provider => values.provider.is_some(),
            Setting::Model => values.model.is_some(),
            Setting::ReasoningEffort => values.reasoning_effort.is_some(),
            Setting::Approval => values.approval.is_some(),
            Setting::Sandbox => values.sandbox.is_some(),
            Setting::ReviewPatches => values.review_patches.is_some(),
            Setting::Theme => values.theme.is_some(),
            Setting::ApproveOnlyViewed => values.approve_only_viewed.is_some(),
            Setting::TaskCostLimit => values.task_cost_limit.is_some(),
            Setting::TaskTokenLimit => values.task_token_limit.is_some(),
            Setting::Reviewer => values.reviewer.is_some(),
            Setting::NotifyTurnComplete => values.notify_turn_complete.is_some(),
            Setting::NotifyApproval => values.notify_approval.is_some(),
            Setting::CloseAction => values.close_action.is_some(),
        }
    }

    /// Sets a setting. A value that does not serialize is not set.
    pub fn set(&mut self, setting: Setting, value: &impl Serialize) {
        let Ok(value) = serde_json::to_value(value) else { return };
        let (object, member) = setting.member();
        let members = match object {
            None => &mut self.members,
            Some(object) => {
                let object = self.members.entry(object).or_insert_with(|| Value::Object(Map::new()));
                if !object.is_object() {
                    *object = Value::Object(Map::new());
                }
                let Value::Object(members) = object else { return };
                members
            }
        };
        members.insert(member.to_owned(), value);
        self.parse();
    }

    /// Removes a setting: the layers beneath decide.
    pub fn reset(&mut self, setting: Setting) {
        let (object, member) = setting.member();
        let members = match object {
            None => Some(&mut self.members),
            Some(object) => self.members.get_mut(object).and_then(Value::as_object_mut),
        };
        if let Some(members) = members {
            members.remove(member);
        }
        if let Some(object) = object
            && self.members.get(object).and_then(Value::as_object).is_some_and(Map::is_empty)
        {
            self.members.remove(object);
        }
        self.parse();
    }

    /// Makes a whole copy of the settings sparse, which an earlier version saved: what says the same as `config` is removed, so
    /// that the config file decides from now on. Everything else is kept.
    pub fn make_sparse(&mut self, config: &Config) {
        if self.members.get("version").and_then(Value::as_u64).is_some_and(|version| version >= VERSION) {
            return;
        }
        let values = self.values.clone();
        for (setting, is_same) in [
            (Setting::Provider, values.provider.as_deref() == Some("")),
            (Setting::Model, values.model.as_deref() == Some("")),
            (Setting::ReasoningEffort, values.reasoning_effort == Some(config.reasoning_effort)),
            (Setting::Approval, values.approval == Some(config.policies.approval)),
            (Setting::Sandbox, values.sandbox.as_ref() == Some(&config.policies.sandbox)),
            (Setting::ReviewPatches, values.review_patches == Some(config.policies.review_patches)),
            (Setting::Theme, values.theme == Some(Theme::default())),
            (Setting::ApproveOnlyViewed, values.approve_only_viewed == Some(false)),
            (Setting::NotifyTurnComplete, values.notify_turn_complete == Some(true)),
            (Setting::NotifyApproval, values.notify_approval == Some(true)),
        ] {
            if is_same {
                self.reset(setting);
            }
        }
        self.members.insert("version".to_owned(), VERSION.into());
    }

    fn parse(&mut self) {
        fn get<T: DeserializeOwned>(members: &Map<String, Value>, setting: Setting) -> Option<T> {
            let (object, member) = setting.member();
            let members = match object {
                None => members,
                Some(object) => members.get(object)?.as_object()?,
            };
            let value = members.get(member)?;
            T::deserialize(value)
                .inspect_err(|error| tracing::warn!(member, %error, "a saved setting has no effect"))
                .ok()
        }
        let members = &self.members;
        self.values = OverlayValues {
            provider: get(members, Setting::Provider),
            model: get(members, Setting::Model),
            reasoning_effort: get(members, Setting::ReasoningEffort),
            approval: get(members, Setting::Approval),
            sandbox: get(members, Setting::Sandbox),
            review_patches: get(members, Setting::ReviewPatches),
            theme: get(members, Setting::Theme),
            approve_only_viewed: get(members, Setting::ApproveOnlyViewed),
            task_cost_limit: get(members, Setting::TaskCostLimit),
            task_token_limit: get(members, Setting::TaskTokenLimit),
            reviewer: get(members, Setting::Reviewer),
            notify_turn_complete: get(members, Setting::NotifyTurnComplete),
            notify_approval: get(members, Setting::NotifyApproval),
            close_action: get(members, Setting::CloseAction),
        };
    }
}

impl Serialize for Overlay {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut members = self.members.clone();
        members.entry("version").or_insert_with(|| VERSION.into());
        members.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Overlay {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let members = Option::<Map<String, Value>>::deserialize(deserializer)?.unwrap_or_default();
        let mut overlay = Self { members, values: OverlayValues::default() };
        overlay.parse();
        Ok(overlay)
    }
}

impl Config {
    /// Lays the window's settings over the config file. The command line stays above them, and a provider that does not exist
    /// any more has no effect.
    pub fn lay_overlay(&mut self, overlay: &Overlay) {
        let OverlayValues {
            provider,
            model,
            reasoning_effort,
            approval,
            sandbox,
            review_patches,
            task_cost_limit,
            task_token_limit,
            reviewer,
            ..
        } = overlay.values().clone();
        let provider = provider.filter(|provider| self.providers.contains_key(provider));
        // a model belongs to the provider it was chosen with
        let is_orphan = overlay.sets(Setting::Provider)
            && (provider.is_none() || self.sources.is_command_line("model_provider"));
        if let Some(provider) = provider.filter(|_| self.yields_to_overlay("model_provider")) {
            self.model_provider = Some(provider);
            if self.yields_to_overlay("model") {
                self.model = None;
            }
        }
        if let Some(model) = model.filter(|model| !model.is_empty() && !is_orphan)
            && self.yields_to_overlay("model")
        {
            self.model = Some(model);
        }
        if let Some(effort) = reasoning_effort.filter(|_| self.yields_to_overlay("model_reasoning_effort")) {
            self.reasoning_effort = effort;
        }
        if let Some(approval) = approval.filter(|_| self.yields_to_overlay("approval_policy")) {
            self.policies.approval = approval;
        }
        if let Some(sandbox) = sandbox.filter(|_| self.yields_to_overlay("sandbox_mode")) {
            self.policies.sandbox = sandbox;
        }
        if let Some(review) = review_patches.filter(|_| self.yields_to_overlay("review_patches")) {
            self.policies.review_patches = review;
        }
        if let Some(cost) = task_cost_limit.filter(|_| self.yields_to_overlay("task_cost_limit")) {
            self.task_limit.cost = cost;
        }
        if let Some(tokens) = task_token_limit.filter(|_| self.yields_to_overlay("task_token_limit")) {
            self.task_limit.tokens = tokens;
        }
        let known = reviewer.filter(|reviewer| self.has_provider_of(reviewer.as_ref()));
        if let Some(reviewer) = known.filter(|_| self.yields_to_overlay("reviewer.model")) {
            self.reviewer = reviewer;
            for key in ["reviewer.provider", "reviewer.every_patch"] {
                self.yields_to_overlay(key);
            }
        }
    }

    /// Reports whether the provider of a reviewer, where there is one, is configured.
    pub fn has_provider_of(&self, reviewer: Option<&Reviewer>) -> bool {
        reviewer.is_none_or(|reviewer| self.providers.contains_key(&reviewer.provider))
    }

    /// Leaves the practice model as the only one there is.
    pub fn keep_practice_only(&mut self) {
        self.providers.retain(|_, provider| provider.wire_api == WireApi::Practice);
        self.model_provider = None;
        self.reviewer = self.reviewer.take().filter(|reviewer| self.has_provider_of(Some(reviewer)));
    }

    /// Records that the overlay sets a key, unless the command line does.
    fn yields_to_overlay(&mut self, key: &str) -> bool {
        let yields = !self.sources.is_command_line(key);
        if yields {
            self.sources.set(key, ValueSource::Overlay);
        }
        yields
    }

    /// Returns the source of a setting's value, under an overlay that is not laid over this config.
    pub fn source_of(&self, overlay: &Overlay, setting: Setting) -> ValueSource {
        if overlay.sets(setting) {
            return ValueSource::Overlay;
        }
        let source = setting.config_key().map(|key| self.sources.get(key)).unwrap_or_default();
        match (setting, &source) {
            // the mode is the default, and what it allows is not
            (Setting::Sandbox, ValueSource::Default) => ["writable_roots", "network_access"]
                .iter()
                .map(|key| self.sources.get(&format!("sandbox_workspace_write.{key}")))
                .find(|source| *source != ValueSource::Default)
                .unwrap_or_default(),
            _ => source,
        }
    }
}

#[cfg(test)]
mod tests;
