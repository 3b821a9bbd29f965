use regex::Regex;
use serde_json::{Value, json};

/// Writes and reads a document, and matches its words.
pub fn work(number: usize) -> usize {
    let rows: Vec<Value> = (0..200).map(|row| json!({"row": row, "name": format!("name {}", row * number)})).collect();
    let text = json!({"number": number, "rows": rows}).to_string();
    let read: Value = serde_json::from_str(&text).expect("a document");
    let word = Regex::new(r"^name (?<number>\d+)$").expect("an expression");
    let names = read["rows"].as_array().expect("rows").iter().filter_map(|row| row["name"].as_str());
    names.filter(|name| word.is_match(name)).count()
}

