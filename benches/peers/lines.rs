//! The lines that ran, read from the output formats of the tools.

use serde_json::Value;
use std::collections::BTreeSet;
use std::path::Path;

/// Lines, each with the name of its source without directories: no two sources of a work have the same.
pub type Lines = BTreeSet<(String, u64)>;

fn file_name(path: &str) -> String {
    Path::new(path).file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// LCOV's format: of forkcov, llvm-cov and cargo-tarpaulin.
pub fn of_lcov(text: &str) -> Lines {
    let mut lines = Lines::new();
    let mut file = String::new();
    for record in text.lines() {
        if let Some(path) = record.strip_prefix("SF:") {
            file = file_name(path);
        } else if let Some(data) = record.strip_prefix("DA:") {
            let mut numbers = data.split(',');
            let line = numbers.next().and_then(|line| line.parse().ok()).expect("a line in LCOV's format");
            if numbers.next() != Some("0") {
                lines.insert((file.clone(), line));
            }
        }
    }
    lines
}

/// What `gcov --stdout --json-format` writes, a value per object: the lines that ran, and the others that it
/// knows.
pub fn of_gcov(text: &str) -> (Lines, Lines) {
    let (mut ran, mut idle) = (Lines::new(), Lines::new());
    for report in text.lines().filter(|line| !line.is_empty()) {
        let report: Value = serde_json::from_str(report).expect("JSON of gcov");
        for file in report["files"].as_array().expect("files in the JSON of gcov") {
            let name = file_name(file["file"].as_str().expect("the name of a file"));
            for line in file["lines"].as_array().expect("the lines of a file") {
                let of_count = if line["count"].as_u64() == Some(0) { &mut idle } else { &mut ran };
                of_count.insert((name.clone(), line["line_number"].as_u64().expect("the number of a line")));
            }
        }
    }
    idle.retain(|line| !ran.contains(line));
    (ran, idle)
}

/// kcov's codecov.json: for each line how many of its addresses were reached, as `"1/2"`.
pub fn of_kcov(text: &str) -> Lines {
    let mut lines = Lines::new();
    let report: Value = serde_json::from_str(text).expect("JSON of kcov");
    for (file, counts) in report["coverage"].as_object().expect("the coverage of kcov") {
        let name = file_name(file);
        for (line, count) in counts.as_object().expect("the lines of a file") {
            if !count.as_str().is_some_and(|count| count.starts_with("0/")) {
                lines.insert((name.clone(), line.parse().expect("the number of a line")));
            }
        }
    }
    lines
}

/// What callgrind writes with `--compress-pos=no` and `--compress-strings=no`.
pub fn of_callgrind(text: &str) -> Lines {
    let mut lines = Lines::new();
    let mut file = String::new();
    for record in text.lines() {
        let path = ["fl=", "fi=", "fe="].iter().find_map(|key| record.strip_prefix(key));
        if let Some(path) = path {
            file = file_name(path);
        } else if record.starts_with(|first: char| first.is_ascii_digit()) {
            let line = record.split(' ').next().and_then(|line| line.parse().ok());
            lines.insert((file.clone(), line.expect("a position of callgrind")));
        }
    }
    lines
}

/// Of forkcov's JSON: how many pairs there are of a process and a line of `wanted` that it ran.
pub fn pairs_of_forkcov(text: &str, wanted: &Lines) -> usize {
    let report: Value = serde_json::from_str(text).expect("JSON of forkcov");
    let mut pairs = 0;
    for process in report["processes"].as_array().expect("the processes") {
        for (file, lines) in process["files"].as_object().expect("the files of a process") {
            let name = file_name(file);
            let lines = lines.as_array().expect("the lines of a process");
            let is_wanted =
                |line: &&Value| line.as_u64().is_some_and(|line| wanted.contains(&(name.clone(), line)));
            pairs += lines.iter().filter(is_wanted).count();
        }
    }
    pairs
}
