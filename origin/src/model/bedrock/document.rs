//! JSON and TOML as the SDK's documents.

use aws_smithy_types::{Document, Number};
use serde_json::Value;

/// A JSON value.
pub(super) fn of_json(value: &Value) -> Document {
    match value {
        Value::Null => Document::Null,
        Value::Bool(value) => Document::Bool(*value),
        Value::Number(number) => Document::Number(of_number(number)),
        Value::String(text) => Document::String(text.clone()),
        Value::Array(values) => Document::Array(values.iter().map(of_json).collect()),
        Value::Object(fields) => {
            Document::Object(fields.iter().map(|(name, value)| (name.clone(), of_json(value))).collect())
        }
    }
}

/// A number that fits neither integer is a fraction, or as large as one.
fn of_number(number: &serde_json::Number) -> Number {
    match (number.as_u64(), number.as_i64()) {
        (Some(value), _) => Number::PosInt(value),
        (None, Some(value)) => Number::NegInt(value),
        (None, None) => Number::Float(number.as_f64().unwrap_or_default()),
    }
}

/// A TOML table. A date becomes the text that it was written as.
pub(super) fn of_table(table: &toml::Table) -> Document {
    Document::Object(table.iter().map(|(name, value)| (name.clone(), of_toml(value))).collect())
}

fn of_toml(value: &toml::Value) -> Document {
    match value {
        toml::Value::String(text) => Document::String(text.clone()),
        toml::Value::Integer(value) => {
            Document::Number(u64::try_from(*value).map_or(Number::NegInt(*value), Number::PosInt))
        }
        toml::Value::Float(value) => Document::Number(Number::Float(*value)),
        toml::Value::Boolean(value) => Document::Bool(*value),
        toml::Value::Datetime(date) => Document::String(date.to_string()),
        toml::Value::Array(values) => Document::Array(values.iter().map(of_toml).collect()),
        toml::Value::Table(table) => of_table(table),
    }
}
