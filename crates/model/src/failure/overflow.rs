//! Vendors' words for a request that is more than the model's context holds, and the size of that context in them.
//!
//! Only OpenAI, Copilot and llama.cpp have a code for it: of the others this is the documented text, or text of their
//! servers' sources.

/// Codes of an overflow.
const CODES: [&str; 10] = [
    "context_length_exceeded",
    "exceed_context_size_error",
    "model_max_prompt_tokens_exceeded",
    "max_prompt_tokens_exceeded",
    "model_context_window_exceeded",
    "context_window_exceeded",
    "input_too_long",
    "prompt_too_long",
    "string_above_max_length",
    "tokens_limit_reached",
];

/// Signs, in lower case, of an overflow.
const SIGNS: [&str; 51] = [
    // OpenAI, vLLM, DeepSeek, routers
    "maximum context length",
    "exceeds the context window",
    "maximum model length",
    "context length exceeded",
    "context_length_exceeded",
    "input tokens exceed the configured limit",
    "expected a string with maximum length",
    "must be reduced in order to run",
    // Anthropic, Z.ai
    "prompt is too long",
    "exceed context limit",
    "model_context_window_exceeded",
    "prompt exceeds max length",
    // llama.cpp, LM Studio, Ollama
    "exceeds the available context size",
    "context size has been exceeded",
    "configured context size is",
    "when context the overflows",
    "greater than the context length",
    "exceeds the context length",
    "exceeded max context length",
    "exceeded context length",
    "larger than the context",
    "exceeds the context size",
    "input is too large to process",
    "exceeds context window",
    // SGLang, Together
    "longer than the model's context",
    "longer than the context length",
    "exceeds the model's maximum context",
    "exceeds maximum context",
    // Gemini, xAI, Groq, Mistral, Moonshot, Bedrock, LiteLLM
    "exceeds the maximum number of tokens",
    "maximum prompt length",
    "reduce the length of the messages",
    "reduce the length of your prompt",
    "too large for model with",
    "exceeded model token limit",
    "exceeds model token limit",
    "input is too long",
    "input too long",
    "prompt too long",
    "contextwindowexceedederror",
    "context window exceeded",
    "context window is full",
    "context window full",
    // Copilot, GitHub Models
    "exceeds the limit of",
    "request body too large",
    // DashScope, MiniMax, Cohere, TGI, poolside
    "range of input length should be",
    "context window exceeds limit",
    "too many tokens",
    "must have less than",
    "tokens + `max_new_tokens` must be",
    "maximum allowed input length",
    "token limit exceeded",
];

/// Signs, in lower case, that it is about how much may be sent in a time instead.
const RATE_SIGNS: [&str; 6] =
    ["rate limit", "rate_limit", "too many requests", "throttl", "please wait", "per minute"];

/// Words, in lower case, after which the size of the context stands; the most exact ones first.
const BEFORE_WINDOW: [&str; 24] = [
    "\"n_ctx\":",
    "\"max_model_len\":",
    "maximum context length",
    "maximum model length",
    "maximum prompt length",
    "maximum allowed input length",
    "configured context size",
    "available context size",
    "maximum number of tokens allowed",
    "range of input length should be [1,",
    "model token limit",
    "configured limit of",
    "limit for this model is",
    "exceeds the limit of",
    "longer than the model's context length",
    "must have less than",
    "must be <=",
    "model is loaded with context length of only",
    "model is loaded with",
    "max size",
    "context length",
    "context window",
    "context size",
    "n_ctx",
];

/// Characters between those words and the number, at the most.
const GAP_CHARS: usize = 24;

/// Sizes outside of these bounds are numbers of something else.
const WINDOWS: std::ops::RangeInclusive<u64> = 512..=100_000_000;

/// Reports whether a vendor's error, its text in lower case, says that the request was too long.
pub(super) fn is_overflow(code: Option<&str>, text: &str) -> bool {
    if code.is_some_and(|code| CODES.contains(&code)) || text.contains("must be reduced in order to run") {
        return true;
    }
    SIGNS.iter().any(|sign| text.contains(sign)) && !RATE_SIGNS.iter().any(|sign| text.contains(sign))
}

/// Reads the size of the model's context from the text, in lower case, of an overflow.
pub(super) fn window(text: &str) -> Option<u64> {
    let numbers = numbers(text);
    let is_window = |number: &&Number| WINDOWS.contains(&number.value);
    // "208310 tokens > 200000 maximum", "190000 + 20000 > 200000"
    let compared = numbers.iter().rev().filter(is_window).find(|number| {
        let before = text[..number.start].trim_end();
        before.ends_with('>') || text[number.end..].trim_start().starts_with("maximum")
    });
    if let Some(number) = compared {
        return Some(number.value);
    }
    BEFORE_WINDOW.iter().find_map(|words| {
        let after = text.find(words)? + words.len();
        let number = numbers.iter().find(|number| number.start >= after)?;
        let gap = &text[after..number.start];
        // "context window exceeds limit (2013)" ends in a code
        let is_near = gap.chars().count() <= GAP_CHARS && !gap.contains("exceed");
        (is_near && WINDOWS.contains(&number.value)).then_some(number.value)
    })
}

/// A number in a text, and where it stands.
struct Number {
    value: u64,
    start: usize,
    end: usize,
}

/// Finds the numbers in a text; groups of digits may be parted by commas or underscores.
fn numbers(text: &str) -> Vec<Number> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(from) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + from;
        let bytes = text.as_bytes();
        let mut end = start;
        while end < bytes.len() {
            let digit = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_digit);
            let grouped = matches!(bytes[end], b',' | b'_') && (1..=3).all(|more| digit(end + more));
            if !digit(end) && !grouped {
                break;
            }
            end += 1;
        }
        let digits: String = text[start..end].chars().filter(char::is_ascii_digit).collect();
        if let Ok(value) = digits.parse() {
            found.push(Number { value, start, end });
        }
        at = end;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn b32_every_vendors_words_for_too_long_are_known_and_the_window_is_read_from_them() {
        for (message, want) in [
            (
                "This model's maximum context length is 128000 tokens. However, your messages resulted in 130000 tokens.",
                Some(128_000),
            ),
            (
                "Your input exceeds the context window of this model. Please adjust your input and try again.",
                None,
            ),
            (
                "Input tokens exceed the configured limit of 272000 tokens. Your messages resulted in 509178 tokens.",
                Some(272_000),
            ),
            ("prompt is too long: 208310 tokens > 200000 maximum", Some(200_000)),
            ("input length and `max_tokens` exceed context limit: 190000 + 20000 > 200000", Some(200_000)),
            (
                "request (9000 tokens) exceeds the available context size (8192 tokens), try increasing it",
                Some(8192),
            ),
            (
                "the request exceeds the available context size. {\"n_prompt_tokens\":9000,\"n_ctx\":4096}",
                Some(4096),
            ),
            (
                "Trying to keep the first 9000 tokens when context the overflows. However, the model is loaded with context length of only 4096 tokens",
                Some(4096),
            ),
            (
                "The number of tokens to keep from the initial prompt is greater than the context length.",
                None,
            ),
            ("prompt has 32769 tokens, but the configured context size is 32768 tokens", Some(32_768)),
            (
                "The input token count (1200000) exceeds the maximum number of tokens allowed (1048576).",
                Some(1_048_576),
            ),
            (
                "This model's maximum prompt length is 131072 but the request contains 537812 tokens.",
                Some(131_072),
            ),
            (
                "Prompt contains 40000 tokens and 0 draft tokens, too large for model with 32768 maximum context length",
                Some(32_768),
            ),
            ("Invalid request: Your request exceeded model token limit: 8192 (requested: 9000)", Some(8192)),
            (
                "The input (516368 tokens) is longer than the model's context length (262144 tokens).",
                Some(262_144),
            ),
            (
                "Requested token count exceeds the model's maximum context length of 131,072 tokens.",
                Some(131_072),
            ),
            (
                "The decoder prompt (length 40960) is longer than the maximum model length of 32768.",
                Some(32_768),
            ),
            ("prompt token count of 391491 exceeds the limit of 128000", Some(128_000)),
            (
                "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]",
                Some(98_304),
            ),
            ("Prompt exceeds max length", None),
            ("invalid params, context window exceeds limit (2013)", None),
            (
                "too many tokens: size limit exceeded by 11326 tokens. The limit for this model is 4081 tokens.",
                Some(4081),
            ),
            ("Input validation error: `inputs` must have less than 4095 tokens. Given: 5120", Some(4095)),
            ("`inputs` tokens + `max_new_tokens` must be <= 8192. Given: 9000 `inputs` tokens", Some(8192)),
            ("Input length 131393 exceeds the maximum allowed input length of 131040 tokens.", Some(131_040)),
            ("Request body too large for gpt-4o-mini model. Max size: 8000 tokens.", Some(8000)),
            (
                "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 39000. The input or output tokens must be reduced in order to run successfully.",
                None,
            ),
            ("Please reduce the length of the messages or completion.", None),
            ("Input is too long for requested model.", None),
            ("litellm.ContextWindowExceededError: no", None),
        ] {
            let text = message.to_lowercase();
            assert!(is_overflow(None, &text), "{message}");
            assert_eq!(window(&text), want, "{message}");
        }
        for code in CODES {
            assert!(is_overflow(Some(code), "no"), "{code}");
        }
        for message in [
            "Rate limit reached for requests",
            "Too many tokens, please wait before trying again.",
            "max_tokens is too large: 64000",
            "tools[0].name is too long",
            "Rate limit: too many tokens per minute",
        ] {
            assert!(!is_overflow(None, &message.to_lowercase()), "{message}");
        }
    }
}
