//! Schemas of arguments, as servers write them, made what every vendor takes: one that it refuses ends every request.
//!
//! `OpenAI` and Anthropic want an object at the top, without alternatives; Gemini wants one type each, and what is in a list;
//! most know no references.

use serde_json::{Map, Value, json};

/// Levels of a schema that are kept: deeper ones become any value, and so do references that go round in circles.
const MAX_DEPTH: usize = 24;

/// Parts of a schema that are read.
const MAX_NODES: usize = 20_000;

/// Bytes of a schema from which its descriptions are left out, and at which it is no schema any more: it goes along with every
/// request.
const MAX_WITH_DESCRIPTIONS: usize = 24 * 1024;
const MAX_BYTES: usize = 64 * 1024;

/// Alternatives of a schema. None may stand at the top.
const ALTERNATIVES: [&str; 3] = ["anyOf", "oneOf", "allOf"];

/// Keywords that say nothing to a model, or that some vendor refuses.
const LEFT_OUT: [&str; 12] = [
    "$schema",
    "$id",
    "$anchor",
    "$comment",
    "$defs",
    "definitions",
    "not",
    "if",
    "then",
    "else",
    "examples",
    "unevaluatedProperties",
];

/// Returns the schema of an object that every vendor takes, or why there can be none.
pub(crate) fn for_vendors(schema: &Map<String, Value>) -> Result<Value, String> {
    let root = Value::Object(schema.clone());
    let mut reader = Reader { root: &root, nodes: 0 };
    let mut object = reader.object(schema, 0)?;
    if bytes(&object) > MAX_WITH_DESCRIPTIONS {
        strip_descriptions(&mut object);
    }
    match bytes(&object) {
        size if size > MAX_BYTES => {
            Err(format!("the schema of its arguments is {size} bytes long, and at most {MAX_BYTES} are sent"))
        }
        _ => Ok(object),
    }
}

fn bytes(value: &Value) -> usize {
    value.to_string().len()
}

struct Reader<'a> {
    root: &'a Value,
    /// Parts read so far: references multiply them.
    nodes: usize,
}

impl Reader<'_> {
    /// The schema of all arguments: its alternatives become one object that has the properties of each.
    fn object(&mut self, schema: &Map<String, Value>, depth: usize) -> Result<Value, String> {
        self.nodes += 1;
        if depth > MAX_DEPTH || self.nodes > MAX_NODES {
            return Err("the schema of its arguments goes round in circles".to_owned());
        }
        let schema = &self.resolved(schema, 0);
        let kinds = types(schema);
        if !kinds.is_empty() && !kinds.iter().any(|kind| kind == "object") {
            return Err(format!("its arguments are no object but {}", kinds.join(" or ")));
        }
        let mut properties = Map::new();
        let mut required = Vec::new();
        for name in ALTERNATIVES {
            let branches = schema.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
            let mut in_all: Option<Vec<String>> = None;
            for branch in branches.iter().filter_map(Value::as_object) {
                let branch = self.resolved(branch, 0);
                if types(&branch).iter().any(|kind| kind != "object") {
                    continue;
                }
                let Ok(Value::Object(object)) = self.object(&branch, depth + 1) else { continue };
                let own = strings(object.get("required"));
                in_all = Some(match (name, in_all) {
                    (_, None) => own,
                    ("allOf", Some(before)) => before.into_iter().chain(own).collect(),
                    (_, Some(before)) => before.into_iter().filter(|name| own.contains(name)).collect(),
                });
                if let Some(Value::Object(more)) = object.get("properties") {
                    for (name, property) in more {
                        properties.entry(name.clone()).or_insert_with(|| property.clone());
                    }
                }
            }
            required.extend(in_all.unwrap_or_default());
        }
        if let Some(own) = schema.get("properties").and_then(Value::as_object) {
            for (name, property) in own {
                properties.insert(name.clone(), self.property(property, depth + 1));
            }
        }
        required.extend(strings(schema.get("required")));
        required.retain(|name| properties.contains_key(name));
        required.sort();
        required.dedup();
        let mut object = Map::new();
        object.insert("type".to_owned(), json!("object"));
        if let Some(description) = schema.get("description").filter(|text| text.is_string()) {
            object.insert("description".to_owned(), description.clone());
        }
        object.insert("properties".to_owned(), Value::Object(properties));
        if !required.is_empty() {
            object.insert("required".to_owned(), json!(required));
        }
        if let Some(Value::Bool(more)) = schema.get("additionalProperties") {
            object.insert("additionalProperties".to_owned(), json!(more));
        }
        Ok(Value::Object(object))
    }

    /// A part of the schema.
    fn property(&mut self, schema: &Value, depth: usize) -> Value {
        self.nodes += 1;
        let Some(schema) = schema.as_object().filter(|_| depth < MAX_DEPTH && self.nodes < MAX_NODES) else {
            // true, null, or too deep: anything
            return json!({});
        };
        let schema = self.resolved(schema, 0);
        let mut part = Map::new();
        for (name, value) in &schema {
            let kept = match name.as_str() {
                "type" | "$ref" => continue,
                name if LEFT_OUT.contains(&name) => continue,
                "properties" | "patternProperties" => match value.as_object() {
                    Some(fields) if name == "properties" => Value::Object(
                        fields
                            .iter()
                            .map(|(name, field)| (name.clone(), self.property(field, depth + 1)))
                            .collect(),
                    ),
                    _ => continue,
                },
                "items" => match value {
                    // one for each place: every place may be any of them
                    Value::Array(places) => {
                        places.first().map_or(json!({}), |first| self.property(first, depth + 1))
                    }
                    one => self.property(one, depth + 1),
                },
                "additionalProperties" => match value {
                    Value::Bool(more) => json!(more),
                    Value::Object(_) => self.property(value, depth + 1),
                    _ => continue,
                },
                "anyOf" | "oneOf" | "allOf" => {
                    let branches = value.as_array().map(Vec::as_slice).unwrap_or_default();
                    let branches: Vec<Value> = branches
                        .iter()
                        .filter(|branch| branch["type"] != "null")
                        .map(|branch| self.property(branch, depth + 1))
                        .collect();
                    match branches.as_slice() {
                        [] => continue,
                        [Value::Object(only)] => {
                            for (name, value) in only {
                                part.entry(name.clone()).or_insert_with(|| value.clone());
                            }
                            continue;
                        }
                        // what is every one of them is told as any of them
                        _ => {
                            part.insert("anyOf".to_owned(), Value::Array(branches));
                            continue;
                        }
                    }
                }
                "required" => json!(strings(Some(value))),
                "enum" if !value.is_array() => continue,
                "description" if !value.is_string() => continue,
                _ => value.clone(),
            };
            part.insert(name.clone(), kept);
        }
        let kinds: Vec<String> = types(&schema).into_iter().filter(|kind| kind != "null").collect();
        match kinds.as_slice() {
            [] => {}
            [only] => {
                part.insert("type".to_owned(), json!(only));
            }
            several => {
                let kinds: Vec<Value> = several.iter().map(|kind| json!({"type": kind})).collect();
                part.entry("anyOf").or_insert(Value::Array(kinds));
            }
        }
        if part.get("type").is_some_and(|kind| kind == "array") {
            part.entry("items").or_insert_with(|| json!({}));
        }
        Value::Object(part)
    }

    /// The schema, or what it refers to in the same document, with what stands beside the reference.
    fn resolved(&self, schema: &Map<String, Value>, hops: usize) -> Map<String, Value> {
        let Some(target) = schema.get("$ref").and_then(Value::as_str) else { return schema.clone() };
        let mut beside = schema.clone();
        beside.remove("$ref");
        let path = target.strip_prefix('#').filter(|_| hops < MAX_DEPTH);
        let found = path.and_then(|path| self.root.pointer(path));
        let Some(Value::Object(found)) = found else { return beside };
        let mut found = self.resolved(found, hops + 1);
        found.extend(beside);
        found
    }
}

/// The types a schema allows: one, or a list.
fn types(schema: &Map<String, Value>) -> Vec<String> {
    match schema.get("type") {
        Some(Value::String(one)) => vec![one.clone()],
        list => strings(list),
    }
}

fn strings(value: Option<&Value>) -> Vec<String> {
    let values = value.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    values.iter().filter_map(Value::as_str).map(str::to_owned).collect()
}

fn strip_descriptions(schema: &mut Value) {
    match schema {
        Value::Object(fields) => {
            // a property may be called so
            fields.retain(|name, value| !(name == "description" && value.is_string()));
            fields.values_mut().for_each(strip_descriptions);
        }
        Value::Array(values) => values.iter_mut().for_each(strip_descriptions),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(schema: Value) -> Result<Value, String> {
        let Value::Object(schema) = schema else { panic!("a schema is an object") };
        for_vendors(&schema)
    }

    #[test]
    fn b28_a_schema_is_made_one_that_every_vendor_takes() {
        let one = json!({"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"]});
        assert_eq!(read(one.clone()), Ok(one.clone()));
        for (what, schema, want) in [
            ("nothing", json!({}), json!({"type": "object", "properties": {}})),
            (
                "null",
                json!({"type": "object", "properties": null, "required": null}),
                json!({"type": "object", "properties": {}}),
            ),
            (
                "a list of types",
                json!({"type": ["object", "null"], "properties": {"a": {"type": ["string", "null"]}}}),
                json!({"type": "object", "properties": {"a": {"type": "string"}}}),
            ),
            ("a reference at the top", json!({"$ref": "#/$defs/A", "$defs": {"A": one}}), one.clone()),
            (
                "alternatives at the top",
                json!({"anyOf": [
                    {"type": "object", "properties": {"id": {"type": "integer"}, "x": true}, "required": ["id"]},
                    {"type": "object", "properties": {"name": {"type": "string"}, "x": {}}, "required": ["name"]}]}),
                json!({"type": "object", "properties": {
                    "id": {"type": "integer"}, "name": {"type": "string"}, "x": {}}}),
            ),
            (
                "all of several",
                json!({"allOf": [{"properties": {"a": {}}, "required": ["a"]}, {"properties": {"b": {}}, "required": ["b"]}]}),
                json!({"type": "object", "properties": {"a": {}, "b": {}}, "required": ["a", "b"]}),
            ),
            (
                "parts",
                json!({"type": "object", "$schema": "x", "properties": {
                    "list": {"type": "array"},
                    "pair": {"type": "array", "items": [{"type": "string"}, {"type": "integer"}]},
                    "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "d"},
                    "several": {"type": ["string", "integer"]},
                    "any": null,
                    "ref": {"$ref": "#/definitions/B"}},
                    "definitions": {"B": {"type": "object", "properties": {"again": {"$ref": "#/definitions/C"}}},
                        "C": {"type": "boolean"}}}),
                json!({"type": "object", "properties": {
                    "list": {"type": "array", "items": {}},
                    "pair": {"type": "array", "items": {"type": "string"}},
                    "maybe": {"type": "string", "description": "d"},
                    "several": {"anyOf": [{"type": "string"}, {"type": "integer"}]},
                    "any": {},
                    "ref": {"type": "object", "properties": {"again": {"type": "boolean"}}}}}),
            ),
        ] {
            assert_eq!(read(schema), Ok(want), "{what}");
        }
    }

    #[test]
    fn b28_a_schema_without_end_or_of_something_else_is_none() {
        let circle = json!({"type": "object", "properties": {"a": {"$ref": "#"}, "b": {"$ref": "#"}}});
        // what is too large is said to be, and nothing hangs
        assert!(read(circle).is_err_and(|why| why.contains("bytes long")));
        let line = json!({"type": "object", "properties": {"next": {"$ref": "#"}}});
        assert!(read(line).is_ok());
        assert!(read(json!({"$ref": "#"})).is_ok_and(|schema| schema["type"] == "object"));
        assert!(read(json!({"type": "string"})).is_err_and(|why| why.contains("no object but string")));
        let long =
            |bytes: usize| json!({"properties": {"a": {"type": "string", "description": "x".repeat(bytes)}}});
        assert_eq!(read(long(100_000)).unwrap()["properties"]["a"], json!({"type": "string"}));
        let fields: Map<String, Value> =
            (0..9_000).map(|n| (format!("field {n}"), json!({"type": "string"}))).collect();
        assert!(read(json!({"properties": fields})).is_err_and(|why| why.contains("bytes long")));
    }
}
