//! Tools as they are described to the model.

use crate::prompt::ToolSpec;
use schemars::JsonSchema;
use schemars::generate::SchemaSettings;
use serde_json::{Map, Value, json};

/// Describes a function whose arguments are `Args`: the doc comments of its fields are what the model is told of them.
pub(crate) fn function<Args: JsonSchema>(name: &'static str, description: &'static str) -> ToolSpec {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let mut schema = settings.into_generator().into_root_schema_for::<Args>().to_value();
    simplify(&mut schema);
    if let Value::Object(schema) = &mut schema {
        // of the type, not of the tool
        schema.remove("description");
        // strict modes want it said
        schema.entry("required").or_insert_with(|| json!([]));
        schema.entry("properties").or_insert_with(|| json!({}));
    }
    ToolSpec::Function { name: name.into(), description: description.into(), parameters: schema }
}

/// Leaves of a schema what every vendor takes: no names of types, no formats and bounds of numbers, no null beside a type (a field
/// that is not required may be left out).
fn simplify(schema: &mut Value) {
    let Value::Object(schema) = schema else { return };
    for keyword in ["$schema", "title", "format", "minimum", "maximum", "default"] {
        schema.remove(keyword);
    }
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|kind| kind != "null");
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(items) = schema.get_mut("items") {
        simplify(items);
    }
    let properties: Option<&mut Map<String, Value>> =
        schema.get_mut("properties").and_then(Value::as_object_mut);
    properties.into_iter().flatten().for_each(|(_, property)| simplify(property));
}
