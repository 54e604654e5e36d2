//! Arguments of a call, read from the model's JSON.

use serde::de::DeserializeOwned;
use serde_json::{Map, Value, error::Category, json};

/// Parses the arguments of a call. The error is for the model: it names the field, not a type of this program.
pub(crate) fn parse<T: DeserializeOwned>(arguments: &str) -> Result<T, String> {
    parse_object(arguments).map_err(|why| format!("failed to parse the call's arguments: {why}"))
}

/// Reads arguments as the model wrote them. None at all, in any way of saying so, are no fields; an object that was written as a
/// text is that object.
fn value_of(arguments: &str) -> serde_json::Result<Value> {
    if arguments.trim().is_empty() {
        return Ok(json!({}));
    }
    let value: Value = serde_json::from_str(arguments)?;
    Ok(match value {
        Value::Null => json!({}),
        Value::String(text) if text.trim().is_empty() => json!({}),
        Value::String(text) => match serde_json::from_str(&text) {
            Ok(Value::Object(fields)) => Value::Object(fields),
            Ok(Value::Null) => json!({}),
            _ => Value::String(text),
        },
        value => value,
    })
}

/// Returns arguments as the text of an object, where they can be read as one; as they are where not.
pub(super) fn object_text(arguments: &str) -> String {
    match value_of(arguments) {
        Ok(value) if serde_json::from_str::<Map<String, Value>>(arguments).is_err() && value.is_object() => {
            value.to_string()
        }
        _ => arguments.to_owned(),
    }
}

fn parse_object<T: DeserializeOwned>(arguments: &str) -> Result<T, String> {
    let value = value_of(arguments).map_err(|error| match error.classify() {
        Category::Eof => format!("the JSON ends too early: {error}"),
        _ => format!("they are not JSON: {error}"),
    })?;
    if !value.is_object() {
        return Err(format!("they must be a JSON object, not {}", kind(&value)));
    }
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        let why = error.inner().to_string();
        match path.as_str() {
            "." | "?" => why,
            path => format!("`{path}`: {}", in_words(&why)),
        }
    })
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Replaces what serde calls a type by what JSON Schema calls it.
fn in_words(why: &str) -> String {
    let Some((found, expected)) = why.split_once(", expected ") else { return why.to_owned() };
    let expected = match expected {
        "u32" | "u64" => "an integer from 0 on",
        "a sequence" => "an array",
        expected if expected.starts_with("struct ") => "an object",
        expected => expected,
    };
    format!("{}, expected {expected}", found.replace(": sequence", ": array").replace(": map", ": object"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what is wrong with it is looked at")]
    struct InternalName {
        path: String,
        lines: Option<u32>,
        steps: Option<Vec<InternalStep>>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only what is wrong with it is looked at")]
    struct InternalStep {
        step: String,
    }

    #[test]
    fn b10_errors_name_the_field_and_no_type_of_this_program() {
        for (arguments, why) in [
            ("{}", "missing field `path`"),
            (r#"{"path": 1}"#, "`path`: invalid type: integer `1`, expected a string"),
            (
                r#"{"path": "a", "lines": "ten"}"#,
                "`lines`: invalid type: string \"ten\", expected an integer from 0 on",
            ),
            (
                r#"{"path": "a", "lines": -1}"#,
                "`lines`: invalid value: integer `-1`, expected an integer from 0 on",
            ),
            (r#"{"path": "a", "steps": {}}"#, "`steps`: invalid type: object, expected an array"),
            (
                r#"{"path": "a", "steps": ["x"]}"#,
                "`steps[0]`: invalid type: string \"x\", expected an object",
            ),
            (r#"{"path": "a", "steps": [{}]}"#, "`steps[0]`: missing field `step`"),
            ("[]", "they must be a JSON object, not an array"),
            (r#""ls""#, "they must be a JSON object, not a string"),
            ("true", "they must be a JSON object, not a boolean"),
            (r#"{"path": "#, "the JSON ends too early"),
            ("ls -la", "they are not JSON"),
        ] {
            let error = parse::<InternalName>(arguments).unwrap_err();
            assert!(error.starts_with("failed to parse the call's arguments: "), "{error}");
            assert!(error.contains(why), "{arguments}: {error}");
            assert!(!error.contains("Internal"), "{error}");
        }
        assert_eq!(parse::<InternalName>(r#"{"path": "a", "lines": null}"#).unwrap().path, "a");
    }

    #[test]
    fn b10_no_arguments_are_no_fields_in_every_way_of_saying_so() {
        #[derive(Debug, Default, PartialEq, Deserialize)]
        struct Empty {
            more: Option<String>,
        }
        for nothing in ["", " ", "\n\t", "null", " null ", "{}", r#""""#, r#"" ""#, r#""{}""#, r#""null""#] {
            assert_eq!(parse::<Empty>(nothing), Ok(Empty::default()), "{nothing:?}");
            let error = parse::<InternalName>(nothing).unwrap_err();
            assert_eq!(error, "failed to parse the call's arguments: missing field `path`", "{nothing:?}");
        }
        assert_eq!(parse::<InternalName>(r#""{\"path\": \"a\"}""#).unwrap().path, "a");
    }
}
