//! What the queries of docs/fleet.md take over 10,000,000 facts, in DuckDB and in Spark (which needs Java).
//!
//! `cargo bench --bench fleet` prints a Markdown table of seconds of CPU time, after it has checked the
//! answers.

#[path = "../../tests/fleet/engine.rs"]
mod engine;
#[path = "../../tests/fleet/facts.rs"]
mod facts;

use engine::{DUCKDB, Engine, check, prepare};
use facts::Size;
use forkcov_testing::interpreter;
use std::time::Instant;

const SPARK: Engine = Engine { name: "Spark", packages: "pyspark==4.3.0", script: include_str!("spark.py") };

fn main() {
    let size = Size { runs: 20, tests: 250, sources: 500 };
    let directory = tempfile::tempdir().expect("a temporary directory");
    let began = Instant::now();
    prepare(size, directory.path());
    eprintln!("combined and written in {:.1} s", began.elapsed().as_secs_f64());
    let answers = size.answers();
    let mut found = interpreter::found(11..=14).into_iter().rev();
    let python = found.find(|python| python.environments).expect("CPython 3.11 or later").path;
    let mut table = String::new();
    for engine in [DUCKDB, SPARK] {
        let results =
            engine.run(&python, &directory.path().join("tables")).unwrap_or_else(|why| panic!("{why}"));
        check(&results, &answers);
        for (heading, (rows, seconds)) in &results {
            table += &format!("| {} | {heading} | {} | {seconds:.2} |\n", engine.name, rows.len());
        }
    }
    println!("| engine | query | rows | CPU seconds |\n|---|---|---|---|\n{table}");
}
