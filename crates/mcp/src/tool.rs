//! Tools as they are offered.

use crate::config::{ServerConfig, ToolApprovalMode, Transport};
use crate::name::qualified;
use serde_json::{Map, Value};
use std::collections::{BTreeMap, HashSet};

/// A server's description of a tool longer than this many bytes is cut: it goes along with every request.
const MAX_DESCRIPTION_BYTES: usize = 4 * 1024;

/// One tool of one server.
#[derive(Clone, Debug, PartialEq)]
pub struct Tool {
    /// Name the model calls it by: `server__tool`, at most 64 characters of `[a-zA-Z0-9_-]`, unique.
    pub qualified: String,
    /// Its server.
    pub server: String,
    /// Name the server calls it by.
    pub name: String,
    /// Its name for people; may be empty.
    pub title: String,
    /// Description for the model, in the server's words; may be empty.
    pub description: String,
    /// JSON schema of its arguments: an object with `properties`.
    pub input_schema: Value,
    /// True when the server says that it changes nothing, and is believed.
    pub read_only: bool,
    /// True when the server says that it reaches beyond itself: what it is told can go anywhere.
    pub open_world: bool,
    /// True when the server says that it may destroy something.
    pub destructive: bool,
    /// Host of its server, where that is reached over HTTP.
    pub host: Option<String>,
    /// True when the person trusts it.
    pub trusted: bool,
}

/// The tools of a server that are offered, in the server's order.
pub(crate) fn offered(config: &ServerConfig, listed: Vec<rmcp::model::Tool>) -> Vec<Tool> {
    let mut seen = HashSet::new();
    listed
        .into_iter()
        .filter(|tool| config.offers(&tool.name) && seen.insert(tool.name.clone()))
        .map(|tool| offer(config, tool))
        .collect()
}

/// All tools in a stable order, without those whose name is taken.
pub(crate) fn all(by_server: &BTreeMap<String, Vec<Tool>>) -> Vec<Tool> {
    let mut names = HashSet::new();
    let mut tools = Vec::new();
    for tool in by_server.values().flatten() {
        if names.insert(tool.qualified.as_str()) {
            tools.push(tool.clone());
        } else {
            tracing::warn!(server = tool.server, tool = tool.name, "left out: its name is taken");
        }
    }
    tools
}

fn offer(config: &ServerConfig, tool: rmcp::model::Tool) -> Tool {
    let annotations = tool.annotations.unwrap_or_default();
    let approval = config.approval_of(&tool.name);
    Tool {
        qualified: qualified(&config.name, &tool.name),
        server: config.name.clone(),
        trusted: approval == ToolApprovalMode::Approve,
        title: tool.title.or(annotations.title).unwrap_or_default(),
        description: cut(tool.description.as_deref().unwrap_or_default()),
        input_schema: schema((*tool.input_schema).clone()),
        read_only: approval != ToolApprovalMode::Prompt && annotations.read_only_hint.unwrap_or(false),
        open_world: annotations.open_world_hint.unwrap_or(false),
        // the hint means nothing beside that it only reads
        destructive: annotations.destructive_hint.unwrap_or(false)
            && !annotations.read_only_hint.unwrap_or(false),
        host: host(&config.transport),
        name: tool.name.into_owned(),
    }
}

/// Returns the host of a server over HTTP, with its port where one is named.
fn host(transport: &Transport) -> Option<String> {
    let Transport::Http { url, .. } = transport else { return None };
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // a password would stand before the sign
    Some(authority.rsplit('@').next()?.to_owned())
}

/// A schema every vendor takes: some refuse an object without `properties`.
fn schema(mut schema: Map<String, Value>) -> Value {
    schema.entry("type").or_insert_with(|| "object".into());
    schema.entry("properties").or_insert_with(|| Map::new().into());
    Value::Object(schema)
}

fn cut(description: &str) -> String {
    let kept = &description[..description.floor_char_boundary(MAX_DESCRIPTION_BYTES)];
    if kept.len() == description.len() { kept.to_owned() } else { format!("{kept} [cut]") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Timeouts;
    use rmcp::model::ToolAnnotations;
    use serde_json::json;
    use std::sync::Arc;

    fn config(name: &str) -> ServerConfig {
        ServerConfig {
            name: name.to_owned(),
            transport: Transport::Http { url: "http://x".to_owned(), headers: BTreeMap::new() },
            timeouts: Timeouts::default(),
            approval: ToolApprovalMode::Auto,
            tool_approvals: BTreeMap::new(),
            enabled_tools: None,
            disabled_tools: std::collections::BTreeSet::new(),
        }
    }

    fn listed(name: &'static str, schema: Value) -> rmcp::model::Tool {
        let Value::Object(schema) = schema else { panic!("a schema is an object") };
        rmcp::model::Tool::new(name, "Does it.", Arc::new(schema))
    }

    #[test]
    fn b28_only_what_is_enabled_is_offered_once_and_trust_is_by_the_server_s_own_names() {
        let mut config = config("s");
        config.enabled_tools = Some(["a", "b", "c"].map(str::to_owned).into());
        config.disabled_tools = ["b".to_owned()].into();
        config.tool_approvals = [("c".to_owned(), ToolApprovalMode::Approve)].into();
        let names = ["b", "c", "a", "d", "a"].map(|name| listed(name, json!({})));
        let tools = offered(&config, names.into());
        let shown: Vec<_> = tools.iter().map(|t| (t.qualified.as_str(), t.trusted)).collect();
        assert_eq!(shown, [("s__c", true), ("s__a", false)]);
    }

    #[test]
    fn a_schema_always_has_properties_and_a_hint_makes_it_read_only() {
        let mut look = listed("look", json!({"$schema": "x"}));
        look.annotations = Some(ToolAnnotations::new().read_only(true));
        let write = listed("write", json!({"type": "object", "properties": {"a": {}}, "required": ["a"]}));
        let tools = offered(&config("s"), vec![look.clone(), write]);
        assert_eq!(tools[0].input_schema, json!({"$schema": "x", "type": "object", "properties": {}}));
        assert_eq!(tools[1].input_schema["required"], json!(["a"]));
        assert!(tools[0].read_only && !tools[1].read_only, "not said is not read-only");
        let doubted = ServerConfig { approval: ToolApprovalMode::Prompt, ..config("s") };
        assert!(!offered(&doubted, vec![look])[0].read_only);
    }

    #[test]
    fn a_description_without_end_is_cut_at_a_character() {
        let mut tool = listed("x", json!({}));
        tool.description = Some("ä".repeat(4_000).into());
        let description = offered(&config("s"), vec![tool]).remove(0).description;
        assert!(description.len() <= MAX_DESCRIPTION_BYTES + 6 && description.ends_with("ä [cut]"));
    }
}
