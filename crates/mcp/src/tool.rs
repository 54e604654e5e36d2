//! Tools as they are offered.

use crate::config::{ServerConfig, ToolApprovalMode, Transport};
use crate::name::qualified;
use crate::schema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashSet};

/// A server's description of a tool longer than this many bytes is cut: it goes along with every request.
const MAX_DESCRIPTION_BYTES: usize = 4 * 1024;

/// One tool of one server.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
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
    /// True when it is none of the server's own, but reads its resources.
    pub is_reader: bool,
}

/// Tools of a server.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Offered {
    /// Tools that are offered, in the server's order.
    pub(crate) tools: Vec<Tool>,
    /// Tools that no vendor would take, each with the reason.
    pub(crate) left_out: Vec<String>,
}

/// Reads the tools of a server from its lists. One that cannot be read takes no other with it.
pub(crate) fn offered(config: &ServerConfig, listed: Vec<Value>) -> Offered {
    let mut seen = HashSet::new();
    let mut offered = Offered::default();
    for mut listed in listed {
        let name = listed["name"].as_str().unwrap_or_default().to_owned();
        // a tool without arguments has no schema in the lists of some servers
        if !listed["inputSchema"].is_object() {
            listed["inputSchema"] = json!({});
        }
        // only for who calls it from a program
        if let Some(fields) = listed.as_object_mut() {
            fields.retain(|name, value| name != "outputSchema" && !value.is_null());
        }
        if !name.is_empty() && (!config.offers(&name) || !seen.insert(name.clone())) {
            continue;
        }
        let tool = serde_json::from_value::<rmcp::model::Tool>(listed).map_err(|error| error.to_string());
        match tool.and_then(|tool| offer(config, tool)) {
            Ok(tool) => offered.tools.push(tool),
            Err(why) if name.is_empty() => offered.left_out.push(format!("a tool without a name ({why})")),
            Err(why) => offered.left_out.push(format!("{name} ({why})")),
        }
    }
    offered
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

fn offer(config: &ServerConfig, tool: rmcp::model::Tool) -> Result<Tool, String> {
    let annotations = tool.annotations.unwrap_or_default();
    let (approval, host) = (config.approval_of(&tool.name), host(&config.transport));
    Ok(Tool {
        qualified: qualified(&config.name, &tool.name),
        server: config.name.clone(),
        trusted: approval == ToolApprovalMode::Approve,
        title: tool.title.or(annotations.title).unwrap_or_default(),
        description: cut(tool.description.as_deref().unwrap_or_default()),
        input_schema: schema::for_vendors(&tool.input_schema)?,
        read_only: approval != ToolApprovalMode::Prompt && annotations.read_only_hint.unwrap_or(false),
        // where nothing is said of it: a server elsewhere is sent what it is called with
        open_world: annotations.open_world_hint.unwrap_or(host.is_some()),
        // the hint means nothing beside that it only reads
        destructive: annotations.destructive_hint.unwrap_or(false)
            && !annotations.read_only_hint.unwrap_or(false),
        host,
        is_reader: false,
        name: tool.name.into_owned(),
    })
}

/// Returns the host of a server over HTTP, with its port where one is named.
pub(crate) fn host(transport: &Transport) -> Option<String> {
    let Transport::Http { url, .. } = transport else { return None };
    let (_, rest) = url.split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    // a password would stand before the sign
    Some(authority.rsplit('@').next()?.to_owned())
}

fn cut(description: &str) -> String {
    let kept = &description[..description.floor_char_boundary(MAX_DESCRIPTION_BYTES)];
    if kept.len() == description.len() { kept.to_owned() } else { format!("{kept} [cut]") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Timeouts;

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

    fn listed(name: &str, schema: Value) -> Value {
        json!({"name": name, "description": "Does it.", "inputSchema": schema})
    }

    #[test]
    fn b28_only_what_is_enabled_is_offered_once_and_trust_is_by_the_server_s_own_names() {
        let mut config = config("s");
        config.enabled_tools = Some(["a", "b", "c"].map(str::to_owned).into());
        config.disabled_tools = ["b".to_owned()].into();
        config.tool_approvals = [("c".to_owned(), ToolApprovalMode::Approve)].into();
        let names = ["b", "c", "a", "d", "a"].map(|name| listed(name, json!({})));
        let tools = offered(&config, names.into()).tools;
        let shown: Vec<_> = tools.iter().map(|t| (t.qualified.as_str(), t.trusted)).collect();
        assert_eq!(shown, [("s__c", true), ("s__a", false)]);
    }

    #[test]
    fn b28_a_tool_says_how_far_it_reaches_and_where_its_server_is() {
        let mut config = config("s");
        config.transport = Transport::Http {
            url: "https://me:secret@mcp.example:8443/sse?key=1".to_owned(),
            headers: BTreeMap::new(),
        };
        let mut fetch = listed("fetch", json!({}));
        fetch["annotations"] = json!({"readOnlyHint": true, "openWorldHint": true, "destructiveHint": true});
        let mut remove = listed("remove", json!({}));
        remove["annotations"] = json!({"destructiveHint": true});
        let mut closed = listed("closed", json!({}));
        closed["annotations"] = json!({"readOnlyHint": true, "openWorldHint": false});
        let list = vec![fetch, remove, closed, listed("plain", json!({}))];
        let hints = |config: &ServerConfig| -> Vec<_> {
            let tools = offered(config, list.clone()).tools;
            tools.iter().map(|tool| (tool.read_only, tool.open_world, tool.destructive)).collect()
        };
        let elsewhere =
            [(true, true, false), (false, true, true), (true, false, false), (false, true, false)];
        assert_eq!(hints(&config), elsewhere, "what is called there is sent there");
        assert_eq!(offered(&config, list.clone()).tools[0].host.as_deref(), Some("mcp.example:8443"));
        config.transport = Transport::Stdio {
            command: "mcp".to_owned(),
            args: Vec::new(),
            env: BTreeMap::new(),
            cwd: "/".into(),
            secrets: Vec::new(),
        };
        let here = [(true, true, false), (false, false, true), (true, false, false), (false, false, false)];
        assert_eq!(hints(&config), here);
    }

    #[test]
    fn a_schema_always_has_properties_and_a_hint_makes_it_read_only() {
        let mut look = listed("look", json!({"$schema": "x"}));
        look["annotations"] = json!({"readOnlyHint": true});
        let write = listed("write", json!({"type": "object", "properties": {"a": {}}, "required": ["a"]}));
        let tools = offered(&config("s"), vec![look.clone(), write]).tools;
        assert_eq!(tools[0].input_schema, json!({"type": "object", "properties": {}}));
        assert_eq!(tools[1].input_schema["required"], json!(["a"]));
        assert!(tools[0].read_only && !tools[1].read_only, "not said is not read-only");
        let doubted = ServerConfig { approval: ToolApprovalMode::Prompt, ..config("s") };
        assert!(!offered(&doubted, vec![look]).tools[0].read_only);
    }

    #[test]
    fn b28_a_tool_that_cannot_be_offered_takes_no_other_with_it() {
        let list = vec![
            json!({"name": "bare", "description": null}),
            json!({"name": "null", "inputSchema": null, "outputSchema": true}),
            listed("text", json!({"type": "string"})),
            json!({"description": "nobody"}),
            listed("good", json!({"type": "object", "properties": {"a": {"type": "string"}}})),
        ];
        let Offered { tools, left_out } = offered(&config("s"), list);
        let names: Vec<&str> = tools.iter().map(|tool| tool.name.as_str()).collect();
        assert_eq!(names, ["bare", "null", "good"]);
        assert_eq!(tools[0].input_schema, json!({"type": "object", "properties": {}}));
        assert_eq!(left_out.len(), 2, "{left_out:?}");
        assert!(left_out[0].starts_with("text (its arguments are no object but string"), "{left_out:?}");
    }

    #[test]
    fn a_description_without_end_is_cut_at_a_character() {
        let mut tool = listed("x", json!({}));
        tool["description"] = json!("ä".repeat(4_000));
        let description = offered(&config("s"), vec![tool]).tools.remove(0).description;
        assert!(description.len() <= MAX_DESCRIPTION_BYTES + 6 && description.ends_with("ä [cut]"));
    }
}
