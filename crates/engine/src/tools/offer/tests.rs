use super::*;
use serde_json::{Value, json};

#[test]
fn b12_the_model_is_told_of_the_tools_in_these_very_words() {
    for editing in [Editing::Patch, Editing::Replace] {
        let specs = tool_specs(editing);
        for (spec, expected) in specs.iter().zip(expected(editing)) {
            assert_eq!(*spec, expected);
        }
        assert_eq!(specs.len(), expected(editing).len());
    }
}

fn apply_patch_grammar() -> &'static str {
    match (apply_patch::TOOL.spec.unwrap())() {
        ToolSpec::Freeform { grammar, .. } => grammar,
        ToolSpec::Function { .. } => panic!("it is written as plain text"),
    }
}

/// The tools as the model knows them: written out, so that no change of a type changes them unseen.
fn expected(editing: Editing) -> Vec<ToolSpec> {
    let mut tools = vec![
        function(
            "shell",
            "Runs a command and returns its output. The command is an argv array; wrap shell syntax in [\"bash\", \"-lc\", SCRIPT]. \
             Runs in a sandbox that the environment context describes.",
            json!({
                "command": {"type": "array", "items": {"type": "string"}, "description": "program and arguments"},
                "workdir": {"type": "string", "description": "folder to run in; relative to the project"},
                "timeout_ms": {"type": "integer", "description": "how long it may run; 10000 when left out"},
                "background": {
                    "type": "boolean",
                    "description": "go on while it runs (a server, a watcher); its id is the call's"
                },
                "with_escalated_permissions": {
                    "type": "boolean",
                    "description": "ask the person to run it without the sandbox; only when it cannot work inside"
                },
                "justification": {"type": "string", "description": "one sentence: why it needs that"}
            }),
            &["command"],
        ),
        ToolSpec::Freeform {
            name: "apply_patch".into(),
            description: "Edits files. The person reviews the patch hunk by hunk before it is written, and you are told which \
                          hunks were written. Write the patch as plain text, not as JSON."
                .into(),
            grammar: apply_patch_grammar(),
        },
    ];
    if editing == Editing::Replace {
        tools.push(function(
            "edit",
            "Replaces text in one file; the person reviews it as a patch. `old_string` must be in the file exactly once, unless \
             `replace_all`; an empty one creates the file.",
            json!({
                "path": {"type": "string"},
                "old_string": {"type": "string"},
                "new_string": {"type": "string"},
                "replace_all": {"type": "boolean"}
            }),
            &["path", "old_string", "new_string"],
        ));
    }
    tools.extend([
        function(
            "read_file",
            "Returns lines of a text file, numbered.",
            json!({
                "path": {"type": "string"},
                "first_line": {"type": "integer", "description": "counted from 1; 1 when left out"},
                "lines": {"type": "integer", "description": "how many; 400 when left out"}
            }),
            &["path"],
        ),
        function(
            "list_dir",
            "Lists a folder; what git ignores is left out.",
            json!({
                "path": {"type": "string", "description": "the project when left out"},
                "depth": {"type": "integer", "description": "levels down; 2 when left out"}
            }),
            &[],
        ),
        function(
            "grep_files",
            "Finds lines by a regular expression (Rust syntax); what git ignores is left out.",
            json!({
                "pattern": {"type": "string"},
                "path": {"type": "string", "description": "folder or file; the project when left out"},
                "include": {"type": "string", "description": "glob of the files to look in, such as *.rs"}
            }),
            &["pattern"],
        ),
        function("view_image", "Shows you an image file.", json!({"path": {"type": "string"}}), &["path"]),
        function(
            "command_output",
            "Returns what a command in the background printed since you last looked, and whether it still runs.",
            json!({
                "id": {"type": "string"},
                "wait_ms": {"type": "integer", "description": "wait so long for output or its end; 0 when left out"}
            }),
            &["id"],
        ),
        function("stop_command", "Ends a command in the background.", json!({"id": {"type": "string"}}), &["id"]),
        function(
            "update_plan",
            "Keeps the plan the person sees. At most one step is in progress.",
            json!({
                "explanation": {"type": "string"},
                "plan": {
                    "type": "array",
                    "items": {
                        "type": "object",
                        "properties": {
                            "step": {"type": "string"},
                            "status": {"type": "string", "enum": ["pending", "in_progress", "completed"]}
                        },
                        "required": ["step", "status"],
                        "additionalProperties": false
                    }
                }
            }),
            &["plan"],
        ),
    ]);
    tools
}

fn function(name: &'static str, description: &'static str, properties: Value, required: &[&str]) -> ToolSpec {
    ToolSpec::Function {
        name: name.into(),
        description: description.into(),
        parameters: json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false
        }),
    }
}
