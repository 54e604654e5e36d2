//! Families of models, as far as they are to be spoken to differently: which edits they write best, and what they need to be
//! told besides.

use std::sync::{Arc, LazyLock};

/// A family of models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ModelFamily {
    /// OpenAI's models. They are trained to write patches.
    Gpt,
    /// Anthropic's models.
    Claude,
    /// Google's models.
    Gemini,
    /// Models with open weights, and all that are not known by their name.
    OpenWeights,
}

impl ModelFamily {
    /// The family of a model by its name, with or without a router's part before it ("openai/gpt-5", "claude-opus-4-6").
    pub fn of(model: &str) -> Self {
        let name = model.rsplit('/').next().unwrap_or(model).to_lowercase();
        let begins = |prefixes: &[&str]| prefixes.iter().any(|prefix| name.starts_with(prefix));
        if name.contains("claude") {
            Self::Claude
        } else if name.contains("gemini") {
            Self::Gemini
        } else if begins(&["gpt-", "chatgpt", "codex", "o1", "o3", "o4"]) {
            Self::Gpt
        } else {
            Self::OpenWeights
        }
    }

    /// Reports whether the family writes better edits when it may name a text and its replacement, beside
    /// patches.
    pub fn prefers_edit(self) -> bool {
        self != Self::Gpt
    }

    /// The agent's instructions for it.
    pub fn instructions(self) -> Arc<str> {
        let text = match self {
            Self::Gpt => &GPT,
            Self::Claude => &CLAUDE,
            Self::Gemini => &GEMINI,
            Self::OpenWeights => &OPEN_WEIGHTS,
        };
        Arc::clone(text)
    }
}

const PATCH: &str = include_str!("instructions/patch.md");
const EDIT: &str = include_str!("instructions/edit.md");

static GPT: LazyLock<Arc<str>> = LazyLock::new(|| text("", PATCH));
static CLAUDE: LazyLock<Arc<str>> = LazyLock::new(|| text("", EDIT));
static GEMINI: LazyLock<Arc<str>> = LazyLock::new(|| text(include_str!("instructions/gemini.md"), EDIT));
static OPEN_WEIGHTS: LazyLock<Arc<str>> =
    LazyLock::new(|| text(include_str!("instructions/open_weights.md"), EDIT));

/// Returns the instructions all families share, with `habits` among how to work and `edits` before the form
/// of a patch.
fn text(habits: &str, edits: &str) -> Arc<str> {
    [
        include_str!("instructions/start.md"),
        habits,
        include_str!("instructions/plan.md"),
        edits,
        include_str!("instructions/grammar.md"),
        include_str!("instructions/end.md"),
    ]
    .concat()
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_family_is_known_by_the_name() {
        for (model, family) in [
            ("gpt-5.6", ModelFamily::Gpt),
            ("openai/gpt-oss-120b", ModelFamily::Gpt),
            ("codex-mini-latest", ModelFamily::Gpt),
            ("o3", ModelFamily::Gpt),
            ("claude-opus-5-5", ModelFamily::Claude),
            ("us.anthropic.claude-sonnet-4-6-v1:0", ModelFamily::Claude),
            ("google/gemini-2.5-pro", ModelFamily::Gemini),
            ("qwen3-coder:30b", ModelFamily::OpenWeights),
            ("olmo-3", ModelFamily::OpenWeights),
            ("practice", ModelFamily::OpenWeights),
        ] {
            assert_eq!(ModelFamily::of(model), family, "{model}");
        }
    }

    #[test]
    fn each_is_told_of_the_tools_it_has_and_in_little_room() {
        use crate::tools::{Editing, tool_specs};
        for family in [ModelFamily::Gpt, ModelFamily::Claude, ModelFamily::Gemini, ModelFamily::OpenWeights] {
            let text = family.instructions();
            let editing = if family.prefers_edit() { Editing::Replace } else { Editing::Patch };
            let offered: Vec<String> = tool_specs(editing)
                .iter()
                .map(|tool| match tool {
                    crate::ToolSpec::Function { name, .. } | crate::ToolSpec::Freeform { name, .. } => {
                        name.to_string()
                    }
                })
                .collect();
            for tool in ["read_file", "grep_files", "list_dir", "update_plan", "edit", "apply_patch", "shell"]
            {
                let told = text.contains(&format!("`{tool}`"));
                assert_eq!(told, offered.iter().any(|name| name == tool), "{family:?}: {tool}");
            }
            assert!(text.len() < 4200, "{family:?}: {} bytes", text.len());
        }
    }
}
