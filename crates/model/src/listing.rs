//! The list of a provider's models, with what it says of each.

use super::endpoint::Endpoint;
use engine::FailureCause;
use protocol::{ErrorInfo, ErrorKind, ModelPrice};
use serde::Deserialize;
use serde_json::{Map, Value};

/// A model as its server lists it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListedModel {
    /// Name of the model.
    pub name: String,
    /// Number of tokens it can be sent, where the server says so.
    pub context_window: Option<u64>,
    /// Its price, where the server says so.
    pub price: Option<ModelPrice>,
}

/// A server that did not list its models.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListError {
    /// Whether there is a server, which did not do what it was asked. Many answer prompts, and list nothing.
    pub is_running: bool,
    /// Message for people.
    pub error: ErrorInfo,
}

impl From<ListError> for ErrorInfo {
    fn from(failed: ListError) -> Self {
        failed.error
    }
}

/// Names under which servers list the price of one token in dollars, as a number or as text: `OpenRouter` (in `pricing`), `LiteLLM`.
const INPUT_PRICE_FIELDS: [&str; 2] = ["prompt", "input_cost_per_token"];
const CACHED_PRICE_FIELDS: [&str; 2] = ["input_cache_read", "cache_read_input_token_cost"];
const OUTPUT_PRICE_FIELDS: [&str; 2] = ["completion", "output_cost_per_token"];

/// Names, the most exact ones first, under which servers list the size of a model's context: llama.cpp, LM Studio, vLLM and `SGLang`,
/// Anthropic and `LiteLLM`, `OpenRouter` and Together, Groq, Mistral, Gemini.
const WINDOW_FIELDS: [&str; 11] = [
    "n_ctx",
    "loaded_context_length",
    "max_model_len",
    "max_input_tokens",
    "max_prompt_tokens",
    "inputTokenLimit",
    "context_length",
    "context_window",
    "max_context_length",
    "context_size",
    "n_ctx_train",
];

/// Objects in an entry that hold such fields.
const NESTED: [&str; 6] = ["meta", "model_info", "top_provider", "limits", "capabilities", "details"];

/// Asks a server for its models.
pub(super) async fn list(endpoint: &Endpoint) -> Result<Vec<ListedModel>, ListError> {
    let body = endpoint.models().await.map_err(|failure| ListError {
        is_running: failure.cause != FailureCause::Unreachable,
        error: failure.error,
    })?;
    parse(&body).map_err(|error| {
        let (name, address) = (&endpoint.name, endpoint.address());
        let message = format!("{name} at {address} does not list its models as expected: {error}");
        ListError { is_running: true, error: ErrorInfo::new(ErrorKind::Model, message) }
    })
}

/// Reads a list in the form all vendors share: `{"data": [{"id": ..}]}`.
fn parse(body: &[u8]) -> Result<Vec<ListedModel>, serde_json::Error> {
    #[derive(Deserialize)]
    struct ModelNames {
        data: Vec<ModelEntry>,
    }
    #[derive(Deserialize)]
    struct ModelEntry {
        id: String,
        #[serde(flatten)]
        more: Map<String, Value>,
    }
    let list: ModelNames = serde_json::from_slice(body)?;
    let listed = |entry: ModelEntry| ListedModel {
        name: entry.id,
        context_window: window(&entry.more),
        price: price(&entry.more),
    };
    Ok(list.data.into_iter().map(listed).collect())
}

/// The size of the context in an entry: in it, or in one of the objects it has for such things.
fn window(entry: &Map<String, Value>) -> Option<u64> {
    let nested = NESTED.iter().filter_map(|name| entry.get(*name)?.as_object());
    let objects: Vec<&Map<String, Value>> = nested
        .flat_map(|object| [Some(object), object.get("limits").and_then(Value::as_object)])
        .flatten()
        .collect();
    WINDOW_FIELDS.iter().find_map(|name| {
        let number = |object: &Map<String, Value>| object.get(*name)?.as_u64().filter(|tokens| *tokens > 0);
        number(entry).or_else(|| objects.iter().find_map(|object| number(object)))
    })
}

/// The price in an entry, unless it says one of the two that every model has only.
fn price(entry: &Map<String, Value>) -> Option<ModelPrice> {
    let objects = [entry.get("pricing"), entry.get("model_info")];
    let objects: Vec<_> = objects.into_iter().flatten().filter_map(Value::as_object).chain([entry]).collect();
    let of = |names: &[&str]| {
        names.iter().find_map(|name| objects.iter().find_map(|object| dollars(object.get(*name)?)))
    };
    let (input, output) = (of(&INPUT_PRICE_FIELDS)?, of(&OUTPUT_PRICE_FIELDS)?);
    Some(ModelPrice { input, output, cached_input: of(&CACHED_PRICE_FIELDS).unwrap_or(input) })
}

/// Reads a price of one token in dollars as millionths of a dollar for a million of them. A negative one, as `OpenRouter` lists for
/// models that others choose, is none.
fn dollars(value: &Value) -> Option<u64> {
    let price = match value {
        Value::String(text) => text.trim().parse::<f64>().ok()?,
        value => value.as_f64()?,
    };
    let price = (price * 1e12).round();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "in the range of a u64")]
    (0.0..1e15).contains(&price).then_some(price as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn b32_the_size_of_a_models_context_is_read_from_its_servers_list() {
        for (entry, want) in [
            (json!({"id": "m", "meta": {"n_ctx_train": 131_072, "n_ctx": 8192}}), Some(8192)),
            (json!({"id": "m", "meta": {"n_ctx_train": 131_072}}), Some(131_072)),
            (json!({"id": "m", "meta": null}), None),
            (json!({"id": "m", "max_model_len": 32_768}), Some(32_768)),
            (json!({"id": "m", "max_input_tokens": 200_000, "max_tokens": 64_000}), Some(200_000)),
            (
                json!({"id": "m", "context_length": 262_144, "top_provider": {"context_length": 131_072}}),
                Some(262_144),
            ),
            (json!({"id": "m", "context_window": 131_072}), Some(131_072)),
            (json!({"id": "m", "capabilities": {"limits": {"max_prompt_tokens": 128_000}}}), Some(128_000)),
            (json!({"id": "m", "max_context_length": 40_960, "loaded_context_length": 4096}), Some(4096)),
            (json!({"id": "m", "context_length": 0}), None),
            (json!({"id": "m"}), None),
        ] {
            let listed = parse(json!({"data": [entry]}).to_string().as_bytes()).unwrap();
            let want = ListedModel { name: "m".to_owned(), context_window: want, price: None };
            assert_eq!(listed, [want], "{entry}");
        }
        assert!(parse(b"{\"models\": []}").is_err());
    }

    #[test]
    fn the_price_of_a_model_is_read_from_its_servers_list() {
        let price = |input, cached_input, output| Some(ModelPrice { input, cached_input, output });
        for (entry, want) in [
            (
                json!({"id": "m", "pricing": {"prompt": "0.00000125", "completion": "0.00001", "input_cache_read": "0.000000125"}}),
                price(1_250_000, 125_000, 10_000_000),
            ),
            (json!({"id": "m", "pricing": {"prompt": "0", "completion": "0"}}), price(0, 0, 0)),
            (
                json!({"id": "m", "input_cost_per_token": 3e-6, "output_cost_per_token": 1.5e-5}),
                price(3_000_000, 3_000_000, 15_000_000),
            ),
            (json!({"id": "m", "pricing": {"prompt": "-1", "completion": "-1"}}), None),
            (json!({"id": "m", "pricing": {"prompt": "0.1"}}), None),
            (json!({"id": "m", "pricing": "on request"}), None),
            (json!({"id": "m"}), None),
        ] {
            let listed = parse(json!({"data": [entry]}).to_string().as_bytes()).unwrap();
            assert_eq!(listed[0].price, want, "{entry}");
        }
    }
}
