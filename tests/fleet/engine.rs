//! The queries of docs/fleet.md, and the engines that answer them.

use super::facts::{Answers, Size};
use forkcov_testing::environment::{Environment, finish};
use forkcov_testing::paths;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

/// An engine, with the packages of PyPI that it is in, and a script that runs queries.
pub struct Engine {
    pub name: &'static str,
    pub packages: &'static str,
    pub script: &'static str,
}

pub const DUCKDB: Engine =
    Engine { name: "DuckDB", packages: "duckdb==2.0.1", script: include_str!("duckdb.py") };

/// The rows of each query, and how many seconds of CPU time it took.
pub type Results = BTreeMap<String, (Vec<Vec<Value>>, f64)>;

impl Engine {
    /// Runs the queries of the document over the tables in `tables`.
    pub fn run(&self, python: &Path, tables: &Path) -> Result<Results, String> {
        let root = paths::scratch().join("fleet").join(self.name);
        fs::create_dir_all(&root).map_err(|why| why.to_string())?;
        let environment = Environment::make(python, root, self.packages)?;
        let queries = serde_json::to_string(&queries()).map_err(|why| why.to_string())?;
        let mut command = Command::new(environment.python());
        command.args(["-c", self.script]).arg(tables).arg(queries);
        let output = finish(command)?;
        serde_json::from_str(&output).map_err(|why| format!("{why}: {output}"))
    }
}

/// The queries, by the headings above them.
fn queries() -> BTreeMap<String, String> {
    let document = fs::read_to_string(paths::repository().join("docs/fleet.md")).expect("docs/fleet.md");
    let mut queries = BTreeMap::new();
    let mut heading = "";
    let mut parts = document.split("```");
    while let Some(text) = parts.next() {
        heading = text.lines().rev().find_map(|line| line.strip_prefix("### ")).unwrap_or(heading);
        if let Some(query) = parts.next().and_then(|block| block.strip_prefix("sql\n")) {
            queries.insert(heading.to_owned(), query.to_owned());
        }
    }
    queries
}

/// Asserts that the results are the answers.
pub fn check(results: &Results, Answers { union, of_line, stale, redundant }: &Answers) {
    let rows = |heading: &str| &results[heading].0;
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let texts = |heading: &str| rows(heading).iter().map(|row| text(&row[0])).collect::<BTreeSet<String>>();
    let of_sources: BTreeMap<String, usize> = rows("Lines of each source")
        .iter()
        .map(|row| (text(&row[0]), row[2].as_u64().expect("a number") as usize))
        .collect();
    assert_eq!(&of_sources, union);
    assert_eq!(&texts("Tests of a line"), of_line);
    let lines = rows("Lines that no test has run for 30 days").iter();
    let lines: BTreeSet<(String, u32)> =
        lines.map(|row| (text(&row[0]), row[1].as_u64().expect("a number") as u32)).collect();
    assert_eq!(&lines, stale);
    assert_eq!(&texts("Tests that run nothing alone"), redundant);
}

/// Writes the facts, and the tables of them, into `directory`.
pub fn prepare(size: Size, directory: &Path) {
    size.write(directory);
    forkcov(directory, &["combine"]);
    forkcov(directory, &["parquet", "-o", "tables", "--repository", "server"]);
}

fn forkcov(directory: &Path, arguments: &[&str]) {
    let mut command = Command::new(paths::forkcov());
    command.args(arguments).current_dir(directory);
    finish(command).unwrap_or_else(|why| panic!("{why}"));
}
