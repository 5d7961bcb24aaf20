//! Schemas of functions with `#[eryx::callback]`.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::callback::Callback;
use super::function::IntoCallback;

/// A parameter of a function.
#[derive(Debug)]
pub struct Parameter {
    name: &'static str,
    description: &'static str,
    optional: bool,
    schema: fn(&mut SchemaGenerator) -> schemars::Schema,
}

impl Parameter {
    /// Makes a parameter of type `T`, which is an `Option` if it may be left out.
    pub fn new<T: JsonSchema>(name: &'static str, description: &'static str, optional: bool) -> Self {
        Self { name, description, optional, schema: SchemaGenerator::subschema_for::<T> }
    }
}

/// Declaration of a function.
#[derive(Debug)]
pub struct Signature {
    /// Name for Python.
    pub name: &'static str,
    /// Its documentation.
    pub description: &'static str,
    /// Its parameters, in order.
    pub parameters: Vec<Parameter>,
    /// Schema of its answer.
    pub returns: fn(&mut SchemaGenerator) -> schemars::Schema,
}

impl Signature {
    /// Makes a callback of the function.
    pub fn callback<A, F: IntoCallback<A>>(self, function: F) -> Callback {
        // One self-contained schema per function, because models read one function at a time.
        let generator = || {
            let mut settings = SchemaSettings::draft2020_12();
            settings.inline_subschemas = true;
            settings.meta_schema = None;
            settings.into_generator()
        };
        let mut arguments = generator();
        let mut properties = Map::new();
        let mut required = Vec::new();
        for parameter in &self.parameters {
            let mut schema = (parameter.schema)(&mut arguments).to_value();
            if let (false, Value::Object(schema)) = (parameter.description.is_empty(), &mut schema) {
                schema.insert("description".into(), parameter.description.into());
            }
            properties.insert(parameter.name.into(), schema);
            if !parameter.optional {
                required.push(Value::from(parameter.name));
            }
        }
        let names = self.parameters.iter().map(|parameter| parameter.name.to_owned()).collect();
        let mut answer = generator();
        let returns = with_definitions((self.returns)(&mut answer).to_value(), &mut answer);
        let callback =
            Callback::new(self.name, function).with_description(self.description).with_answer_schema(returns);
        // A single struct: its fields are the arguments.
        if let [parameter] = self.parameters.as_slice()
            && let Some(whole) = properties.get(parameter.name)
            && whole.get("properties").is_some()
        {
            let whole = with_definitions(whole.clone(), &mut arguments);
            return callback.with_arguments_schema(whole);
        }
        let schema = json!({
            "type": "object",
            "properties": properties,
            "required": required,
            "additionalProperties": false,
        });
        callback.named(names).with_arguments_schema(with_definitions(schema, &mut arguments))
    }
}

/// Adds the definitions of recursive types, which cannot be written in place.
fn with_definitions(mut schema: Value, generator: &mut SchemaGenerator) -> Value {
    let definitions = generator.take_definitions(true);
    if let (false, Value::Object(schema)) = (definitions.is_empty(), &mut schema) {
        schema.insert("$defs".into(), Value::Object(definitions));
    }
    schema
}
