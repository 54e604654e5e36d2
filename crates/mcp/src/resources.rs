//! Tools that read the resources of a server that has any, for a model that knows only tools.

use crate::config::{ServerConfig, ToolApprovalMode};
use crate::content::CallOutcome;
use crate::name::qualified;
use crate::tool::{self, Tool};
use rmcp::Peer;
use rmcp::model::{CallToolResult, ContentBlock, ReadResourceRequestParams, ReadResourceResponse};
use rmcp::service::{RoleClient, ServiceError};
use serde_json::{Map, Value, json};
use std::fmt::Write as _;

/// Names of the tools, unless the server has tools of these names itself.
const LIST: &str = "list_resources";
const READ: &str = "read_resource";

/// Resources that one list names.
const MAX_LISTED: usize = 1_000;

/// Tool that reads resources.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ResourceTool {
    /// Names them.
    List,
    /// Reads one.
    Read,
}

/// Result of reading resources, when the server did not refuse it.
pub(crate) enum ResourceAnswer {
    Complete(CallOutcome),
    /// The arguments are wrong, for this reason.
    BadArguments(&'static str),
    /// The server asks for something in return.
    WantsInput,
}

impl ResourceTool {
    /// Returns the tool of a name that is offered for resources.
    pub(crate) fn named(name: &str) -> Option<Self> {
        match name {
            LIST => Some(Self::List),
            READ => Some(Self::Read),
            _ => None,
        }
    }

    /// Calls the tool.
    pub(crate) async fn call(
        self,
        peer: &Peer<RoleClient>,
        arguments: &Map<String, Value>,
    ) -> Result<ResourceAnswer, ServiceError> {
        match self {
            Self::List => list(peer).await.map(ResourceAnswer::Complete),
            Self::Read => {
                let Some(uri) = arguments.get("uri").and_then(Value::as_str).filter(|uri| !uri.is_empty())
                else {
                    return Ok(ResourceAnswer::BadArguments("`uri` is missing: the URI of a resource"));
                };
                read(peer, uri).await
            }
        }
    }
}

/// Returns the tools that read a server's resources, but for those whose names its own tools have.
pub(crate) fn tools(config: &ServerConfig, own: &[Tool]) -> Vec<Tool> {
    let uri = json!({ "type": "string", "description": "URI of the resource, as the list names it." });
    let offered = [
        (
            LIST,
            "List the resources of this server, and the templates of their URIs.",
            json!({ "type": "object", "properties": {} }),
        ),
        (
            READ,
            "Read a resource of this server.",
            json!({ "type": "object", "properties": { "uri": uri }, "required": ["uri"] }),
        ),
    ];
    let offered = offered
        .into_iter()
        .filter(|(name, ..)| config.offers(name) && own.iter().all(|tool| tool.name != *name));
    let tools = offered.map(|(name, description, input_schema)| {
        let approval = config.approval_of(name);
        Tool {
            qualified: qualified(&config.name, name),
            server: config.name.clone(),
            name: name.to_owned(),
            title: String::new(),
            description: description.to_owned(),
            input_schema,
            read_only: approval != ToolApprovalMode::Prompt,
            // nobody knows where a URI that the model makes up leads
            open_world: name == READ,
            destructive: false,
            host: tool::host(&config.transport),
            trusted: approval == ToolApprovalMode::Approve,
            is_reader: true,
        }
    });
    tools.collect()
}

async fn list(peer: &Peer<RoleClient>) -> Result<CallOutcome, ServiceError> {
    let mut text = String::new();
    let mut line = |uri: &str, name: &str, mime: Option<String>, description: Option<String>| {
        // writing to a String cannot fail
        let _ = write!(text, "{uri}  {name}");
        let _ = mime.map(|mime| write!(text, ", {mime}"));
        let _ = description.map(|description| write!(text, ": {}", description.replace('\n', " ")));
        text.push('\n');
    };
    let resources = peer.list_all_resources().await?;
    let (count, left_out) = (resources.len(), resources.len().saturating_sub(MAX_LISTED));
    for resource in resources.into_iter().take(MAX_LISTED) {
        line(&resource.uri, &resource.name, resource.mime_type, resource.description);
    }
    // a server that has none need not know what they are
    let templates = peer.list_all_resource_templates().await.unwrap_or_default();
    for template in templates.into_iter().take(MAX_LISTED) {
        let name = format!("{} (template)", template.name);
        line(&template.uri_template, &name, template.mime_type, template.description);
    }
    if left_out > 0 {
        let _ = writeln!(text, "[{left_out} of {count} resources are not listed]");
    }
    if text.is_empty() {
        "There are no resources.".clone_into(&mut text);
    }
    Ok(CallOutcome { text, ..CallOutcome::default() })
}

async fn read(peer: &Peer<RoleClient>, uri: &str) -> Result<ResourceAnswer, ServiceError> {
    let answer = peer.read_resource_once(ReadResourceRequestParams::new(uri)).await?;
    let ReadResourceResponse::Complete(answer) = answer else { return Ok(ResourceAnswer::WantsInput) };
    let mut result = CallToolResult::default();
    result.content = answer.contents.into_iter().map(ContentBlock::resource).collect();
    Ok(ResourceAnswer::Complete(CallOutcome::of(result)))
}
