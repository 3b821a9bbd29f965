//! Runs a test program under the built forkcov.

use crate::paths;
use crate::program::Program;
use crate::run::{Outcome, run};
use std::fs;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// How long a test program may take; enough for thousands of processes on a busy machine.
const LIMIT: Duration = Duration::from_secs(300);

/// Runs a program that was built in `directory` under forkcov, with the data file there too, and with these
/// flags besides.
pub fn run_traced(flags: &[&str], program: &Program, directory: &Path) -> Result<Outcome, String> {
    let mut command = Command::new(paths::forkcov());
    command
        .args(["run", "-q", "--data-file", "forkcov.data"])
        .args(flags)
        .args(["--", &program.executable()]);
    start(command, program, directory)
}

/// Runs a program by `command`, which lacks its arguments. Every run logs roles to the same file, so that
/// their environments are equal. `RUST_BACKTRACE` of the tester does not change what a Rust program prints
/// for a panic.
pub fn start(mut command: Command, program: &Program, directory: &Path) -> Result<Outcome, String> {
    let roles = directory.join("roles");
    if roles.exists() {
        fs::remove_file(&roles).map_err(|why| format!("failed to remove {}: {why}", roles.display()))?;
    }
    command.args(program.args()).env("ROLES", roles).env("RUST_BACKTRACE", "0").current_dir(directory);
    run(command, program.stdin(), LIMIT)
}
