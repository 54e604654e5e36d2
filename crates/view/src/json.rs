//! JSON laid out for the eye, word for word: nothing is parsed and written anew, so nothing can be lost on the way.

use crate::text::visible;
use serde::de::IgnoredAny;
use serde_json::Value;

/// Returns arguments for the eye; empty when there are none.
pub(crate) fn arguments(json: &str) -> String {
    let shown = indented(json);
    if matches!(shown.as_str(), "{}" | "null") {
        return String::new();
    }
    visible(&shown).into_owned()
}

/// JSON text with line feeds and indentation; every name, string and number stays as it is written. Text that is no JSON stays
/// as it is, and nothing at all is an empty text.
pub fn indented(text: &str) -> String {
    let text = text.trim();
    if serde_json::from_str::<IgnoredAny>(text).is_err() {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut depth = 0_usize;
    let mut in_string = false;
    let mut escaped = false;
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if in_string {
            out.push(c);
            in_string = escaped || c != '"';
            escaped = !escaped && c == '\\';
            continue;
        }
        match c {
            '{' | '[' => {
                out.push(c);
                while chars.next_if(char::is_ascii_whitespace).is_some() {}
                if let Some(close) = chars.next_if(|next| matches!(next, '}' | ']')) {
                    out.push(close);
                } else {
                    depth += 1;
                    line(&mut out, depth);
                }
            }
            '}' | ']' => {
                depth = depth.saturating_sub(1);
                line(&mut out, depth);
                out.push(c);
            }
            ',' => {
                out.push(c);
                line(&mut out, depth);
            }
            ':' => out.push_str(": "),
            _ if c.is_ascii_whitespace() => {}
            _ => {
                in_string = c == '"';
                out.push(c);
            }
        }
    }
    out
}

fn line(out: &mut String, depth: usize) {
    out.push('\n');
    (0..depth).for_each(|_| out.push_str("  "));
}

/// Calls `look` with every string of a JSON text as it is meant, escapes resolved: names and values.
pub fn strings(text: &str, look: &mut impl FnMut(&str)) {
    if let Ok(value) = serde_json::from_str(text) {
        walk(&value, look);
    }
}

fn walk(value: &Value, look: &mut impl FnMut(&str)) {
    match value {
        Value::String(text) => look(text),
        Value::Array(items) => items.iter().for_each(|item| walk(item, look)),
        Value::Object(fields) => fields.iter().for_each(|(name, value)| {
            look(name);
            walk(value, look);
        }),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn json_is_laid_out_word_for_word() {
        for (text, expected) in [
            ("", ""),
            ("not json", "not json"),
            ("{}", "{}"),
            (r#"{"a":[ ],"b":{ } }"#, "{\n  \"a\": [],\n  \"b\": {}\n}"),
            // a name that comes twice, a number no machine holds, and escapes stay what they are
            (r#"{"a":1,"a":1e999}"#, "{\n  \"a\": 1,\n  \"a\": 1e999\n}"),
            (r#"["x\"]\\",{"\u202e":"{,:"}]"#, "[\n  \"x\\\"]\\\\\",\n  {\n    \"\\u202e\": \"{,:\"\n  }\n]"),
        ] {
            assert_eq!(indented(text), expected, "{text}");
        }
    }

    #[test]
    fn strings_are_seen_as_they_are_meant() {
        let mut seen = Vec::new();
        strings(r#"{"k\u200b":["v",{"w":1}]}"#, &mut |text| seen.push(text.to_owned()));
        assert_eq!(seen, ["k\u{200b}", "v", "w"]);
    }

    fn any_json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            ".*".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 32, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::vec((".*", inner), 0..4)
                    .prop_map(|fields| Value::Object(fields.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn what_is_laid_out_means_the_same(value in any_json()) {
            let shown = indented(&value.to_string());
            prop_assert_eq!(serde_json::from_str::<Value>(&shown).unwrap(), value);
        }
    }
}
