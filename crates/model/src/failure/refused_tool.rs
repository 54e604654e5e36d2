//! Refusals of a tool's description, which name the tool or its place in the request.

use engine::RefusedTool;

/// Words before a quoted name of a tool.
const BEFORE_NAME: [&str; 4] = [
    "Invalid schema for function ",
    "schema for tool ",
    "Invalid tool schema for ",
    "parameters of function ",
];

/// Names of the list of tools in a request, the most exact ones first: Gemini has a list in the one tool of its list.
const LISTS: [&str; 3] = ["function_declarations", "functionDeclarations", "tools"];

/// Finds the tool that an error is about, in its message or the name of the part of the request.
pub(super) fn find(message: &str, param: Option<&str>) -> Option<RefusedTool> {
    let named = BEFORE_NAME.iter().find_map(|before| quoted(message.split_once(before)?.1));
    let place = || {
        let texts = [param.unwrap_or_default(), message];
        LISTS.iter().find_map(|list| texts.into_iter().find_map(|text| place_in(text, list)))
    };
    named.map(RefusedTool::Named).or_else(|| place().map(RefusedTool::At))
}

/// Returns the text in the quotes that `text` begins with.
fn quoted(text: &str) -> Option<String> {
    let quote = text.chars().next().filter(|c| matches!(c, '\'' | '"' | '`'))?;
    let (name, _) = text[1..].split_once(quote)?;
    Some(name.to_owned()).filter(|name| !name.is_empty())
}

/// Parts of a tool's description, as paths into a request name them. The rest of an entry is written by the app itself.
const DESCRIPTION: [&str; 8] =
    ["parameters", "input_schema", "inputSchema", "toolSpec", "function", "custom", "name", "description"];

/// Returns the place in a list whose path leads on into a description: `tools[3].function`, `tools.3.input_schema`,
/// `('body', 'tools', 3, 'function')`.
fn place_in(text: &str, list: &str) -> Option<usize> {
    text.match_indices(list).find_map(|(at, _)| {
        let rest = &text[at + list.len()..];
        let (path, end) = match rest.strip_prefix(['[', '.']) {
            Some(path) => (path, rest.find(char::is_whitespace)),
            None => (rest.strip_prefix("', ").or_else(|| rest.strip_prefix("\", "))?, rest.find([')', ']'])),
        };
        let place = path.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()?;
        let path = &rest[..end.unwrap_or(rest.len())];
        let is_described =
            DESCRIPTION.iter().any(|part| path.contains(part)) && !path.contains("cache_control");
        is_described.then_some(place)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refused_tool_is_found_by_its_name_or_its_place() {
        let named = |name: &str| Some(RefusedTool::Named(name.to_owned()));
        for (message, param, want) in [
            (
                "Invalid schema for function 'mcp__fs__read': In context=('properties', 'x'), array schema missing items.",
                Some("tools[12].parameters"),
                named("mcp__fs__read"),
            ),
            ("Missing required parameter: 'tools[12].parameters'.", None, Some(RefusedTool::At(12))),
            ("Invalid value.", Some("tools[3].function.parameters"), Some(RefusedTool::At(3))),
            (
                "tools.5.custom.input_schema: JSON schema is invalid. It must match JSON Schema draft 2020-12",
                None,
                Some(RefusedTool::At(5)),
            ),
            (
                "* GenerateContentRequest.tools[0].function_declarations[7].parameters.properties[a].type: must be specified",
                None,
                Some(RefusedTool::At(7)),
            ),
            (
                "[{'loc': ('body', 'tools', 2, 'function', 'parameters'), 'msg': 'Input should be a valid dictionary'}]",
                None,
                Some(RefusedTool::At(2)),
            ),
            (
                "The value at toolConfig.tools.2.toolSpec.inputSchema.json is invalid",
                None,
                Some(RefusedTool::At(2)),
            ),
            ("Invalid 'tools': array too long. Expected at most 128, got 200", Some("tools"), None),
            ("tools.41.custom.cache_control: Extra inputs are not permitted", None, None),
            ("You sent 150 tools, 128 are allowed", None, None),
            ("too many tools. 128 at most", None, None),
            ("Invalid value: 'tools[3].type'", None, None),
            ("messages.3.content.0.tool_use.id: Field required", None, None),
            ("tools.99999999999999999999999: no", None, None),
            ("Invalid schema for function '': no", None, None),
            ("schema for tool ", None, None),
            ("", None, None),
        ] {
            assert_eq!(find(message, param), want, "{message}");
        }
    }
}
