//! A package with tests that fork workers by the hundred, and kill them.

use crate::environment::Environments;
use crate::measure::{self, What};
use crate::suite::{self, Suite};
use forkcov_testing::interpreter::Interpreter;
use serde_json::json;

/// Pools of processes: those that take too long, are cancelled or crash are killed.
const POOLS: Suite = Suite {
    package: "pebble",
    version: "5.2.1",
    root: ".",
    sources: "pebble",
    tests: "-p no:warnings test/test_process_pool_fork.py test/test_concurrent_process_fork.py",
};

/// Its tests do under forkcov what they do bare, and no worker is without lines that was made to end.
pub fn pass_alike(python: &Interpreter, environments: &Environments) -> Result<(), String> {
    let environment = environments.of(python)?;
    let place = suite::unpack(&POOLS, python, environment.python())?;
    let bare = measure::bare(&POOLS, &place, environment.python())?;
    let ours = measure::by_forkcov(&POOLS, &place, environment.python(), What::Lines)?;
    if bare != ours.results {
        return Err(format!("the tests: bare {bare}, under forkcov {}", ours.results));
    }
    let ended = ours.processes.iter().filter(|process| process["exit"] != json!({ "code": 0 }));
    let (with, without): (Vec<_>, Vec<_>) =
        ended.partition(|process| process["files"].as_object().is_some_and(|files| !files.is_empty()));
    // That many are ended by the tests whatever the time they take.
    if with.len() < 50 || !without.is_empty() {
        return Err(format!(
            "of workers that were made to end {} have lines; none: {without:#?}",
            with.len()
        ));
    }
    Ok(())
}
