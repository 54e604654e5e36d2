//! Knowledge of models by their names: how they think, how much they take, how much they say.
//!
//! From the vendors' pages: <https://platform.openai.com/docs/models>, <https://platform.claude.com/docs/en/about-claude/models>,
//! <https://ai.google.dev/gemini-api/docs/models>. Of a model that is not known nothing is guessed.

/// Returns the version of a Claude model, `(4, 6)`; `None` for other models.
pub(super) fn claude_version(model: &str) -> Option<(u64, u64)> {
    let (_, name) = model.split_once("claude")?;
    let mut numbers = name.split(['-', '.', '@', '_', ':', '/']).filter(|part| !part.is_empty()).peekable();
    let small = |part: &&str| part.len() <= 2 && part.bytes().all(|byte| byte.is_ascii_digit());
    while numbers.next_if(|part| !small(part)).is_some() {}
    // one without a number is newer than the numbers known here
    let Some(major) = numbers.next().and_then(|part| part.parse().ok()) else { return Some((u64::MAX, 0)) };
    let minor = numbers.next().filter(small).and_then(|part| part.parse().ok());
    Some((major, minor.unwrap_or(0)))
}

/// The name without the router's or the cloud's part before it.
fn bare(model: &str) -> &str {
    model.rsplit('/').next().unwrap_or(model)
}

/// Reports whether a model of OpenAI's reasons, and takes how hard it should; its others refuse a request that says how.
pub(super) fn is_openai_reasoning(model: &str) -> bool {
    let name = bare(model);
    let family =
        ["gpt-5", "gpt-oss", "codex", "o1", "o3", "o4"].iter().any(|family| name.starts_with(family));
    family && !name.contains("-chat")
}

/// Reports whether a model is Mistral's, whose templates take names of calls of nine letters and digits alone.
pub(super) fn is_mistral(model: &str) -> bool {
    let name = bare(model).to_lowercase();
    ["mistral", "magistral", "devstral", "codestral", "ministral", "mixtral", "pixtral"]
        .iter()
        .any(|family| name.starts_with(family))
}

/// Reports whether a model seals its reasoning when it is asked to, and takes it back: OpenAI's and xAI's that reason. Others answer
/// such a request with an error.
pub(super) fn seals_reasoning(model: &str) -> bool {
    let name = bare(model);
    let is_grok = ["grok-4", "grok-code"].iter().any(|family| name.starts_with(family));
    is_openai_reasoning(model) || (is_grok && !name.contains("non-reasoning"))
}

/// Returns the number of tokens a model can say in one answer, for wires that want it said. Every server takes the last.
pub(super) fn max_output_tokens(model: &str) -> u64 {
    match claude_version(model) {
        Some(version) if version >= (4, 6) => 64_000,
        Some(version) if version >= (3, 7) => 32_000,
        Some((3, 0)) => 4096,
        _ => 8192,
    }
}

/// Returns the number of tokens a model can be sent. Where the window holds the answer too, room for that is taken off.
pub(super) fn context_window(model: &str) -> Option<u64> {
    if let Some(version) = claude_version(model) {
        let window = if version >= (4, 7) { 1_000_000 } else { 200_000 };
        return Some(window - max_output_tokens(model));
    }
    let name = bare(model);
    let known = [
        ("gpt-5-chat", 128_000),
        ("gpt-5", 272_000),
        ("gpt-4.1", 1_047_576),
        ("gpt-4o", 128_000),
        ("gpt-oss", 131_072),
        ("codex-mini", 200_000),
        ("o1", 200_000),
        ("o3", 200_000),
        ("o4-mini", 200_000),
        ("gemini-2.", 1_048_576),
        ("gemini-3", 1_048_576),
    ];
    known.iter().find(|(prefix, _)| name.starts_with(prefix)).map(|(_, window)| *window)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_the_version_of_a_claude() {
        for (model, version) in [
            ("claude-opus-4-6", Some((4, 6))),
            ("claude-sonnet-4-5-20250929", Some((4, 5))),
            ("claude-sonnet-4-20250514", Some((4, 0))),
            ("claude-3-7-sonnet-latest", Some((3, 7))),
            ("claude-3-haiku-20240307", Some((3, 0))),
            ("anthropic/claude-opus-4.7", Some((4, 7))),
            ("us.anthropic.claude-opus-4-6-v1:0", Some((4, 6))),
            ("claude-haiku-4-5@20251001", Some((4, 5))),
            ("claude-sonnet-5", Some((5, 0))),
            ("claude-mythos-preview", Some((u64::MAX, 0))),
            ("gpt-5", None),
        ] {
            assert_eq!(claude_version(model), version, "{model}");
        }
    }

    #[test]
    fn knows_windows_by_the_beginning_of_a_name_and_guesses_none() {
        for (model, window) in [
            ("openai/gpt-5.6", Some(272_000)),
            ("gpt-5-chat-latest", Some(128_000)),
            ("google/gemini-2.5-pro", Some(1_048_576)),
            ("claude-haiku-4-5", Some(168_000)),
            ("claude-opus-5-5", Some(936_000)),
            ("qwen3-coder:30b", None),
        ] {
            assert_eq!(context_window(model), window, "{model}");
        }
    }
}
