//! Counts the processes that have all of their lines in the data.

use crate::tool::{HERE, Tool};
use crate::work::Children;
use forkcov_testing::environment::{CoverageEnvironment, output};
use forkcov_testing::paths;
use serde_json::Value;
use std::path::Path;
use std::process::Command;

/// Of `children`, those that have every line; by the data in `place`. None of a tool that keeps no data.
pub fn complete(
    tool: Tool,
    environment: &CoverageEnvironment,
    children: &Children,
    place: &Path,
) -> Option<usize> {
    let lines_of: Vec<Value> = match tool {
        Tool::Bare => return None,
        Tool::Forkcov | Tool::ForkcovBranches => by_forkcov(children, place),
        Tool::CoveragePy(_) => by_coverage_py(environment, children, place),
    };
    let wanted = children.lines();
    assert!(!wanted.is_empty(), "{} has no function `work`", children.source().display());
    let has_all = |lines: &Value| {
        let lines = lines.as_array().map_or(&[][..], Vec::as_slice);
        wanted.iter().all(|line| lines.contains(&Value::from(*line)))
    };
    Some(lines_of.into_iter().filter(has_all).count())
}

fn by_forkcov(children: &Children, place: &Path) -> Vec<Value> {
    let forkcov = |arguments: &[&str]| {
        let mut command = Command::new(paths::forkcov());
        command.args(arguments).env_remove("FORKCOV_FILE").current_dir(place);
        output(command)
    };
    forkcov(&["combine"]);
    let mut report: Value = serde_json::from_str(&forkcov(&["json", "-o", "-"])).expect("a report in JSON");
    let source = children.source().to_string_lossy().into_owned();
    let processes = report["processes"].as_array_mut().expect("the processes of the report");
    processes.iter_mut().map(|process| process["files"][&source].take()).collect()
}

fn by_coverage_py(environment: &CoverageEnvironment, children: &Children, place: &Path) -> Vec<Value> {
    let mut command = Command::new(environment.python());
    command.arg(Path::new(HERE).join("kept.py")).arg(children.source()).current_dir(place);
    serde_json::from_str(&output(command)).expect("a list in JSON")
}
