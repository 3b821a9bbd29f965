//! Validation of JSON against a schema of this repository.

use crate::paths;
use serde_json::{Value, json};

/// Asserts that `report` is valid by the schema `path`, and has no property that the schema does not name:
/// readers have to pass over such, but a new property has to be described.
#[track_caller]
pub fn assert_valid(path: &str, report: &Value) {
    let path = paths::repository().join(path);
    let mut schema: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    assert!(jsonschema::meta::is_valid(&schema), "the schema is none");
    close(&mut schema);
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(report)
        .map(|error| format!("{} at {}", error, error.instance_path()))
        .collect();
    assert!(errors.is_empty(), "{errors:#?}\n{report:#}");
}

/// Makes every object with named properties allow no others.
fn close(schema: &mut Value) {
    match schema {
        Value::Object(keys) => {
            if keys.get("properties").is_some_and(|properties| !properties["type"].is_string()) {
                keys.entry("additionalProperties").or_insert(json!(false));
            }
            keys.values_mut().for_each(close);
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}
