//! One test per program: ignored, with the reason, where it cannot run.

use crate::build::missing_tool;
use crate::needs;
use crate::program::{self, Program};
use crate::repeated::{ignored, trial};
use crate::run::dispositions;
use libtest_mimic::Arguments;
use std::process::ExitCode;

/// Runs `test` on every program but those that `not` gives a reason for.
pub fn run(not: fn(&Program) -> Option<String>, test: fn(&Program) -> Result<(), String>) -> ExitCode {
    dispositions::are_default();
    let trial = |program: Program| {
        let left_out = cannot_run(&program).or_else(|| not(&program));
        trial(program.name.clone(), left_out, move || test(&program))
    };
    let trials = program::all("").into_iter().map(trial).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

/// Why a program is left out, if so: a tool or a right is missing, or it says so itself.
fn cannot_run(program: &Program) -> Option<String> {
    missing_tool(program)
        .map(|tool| format!("{tool} is not installed"))
        .or_else(|| program.values("needs").find_map(needs::lacking))
        .or_else(|| ignored(program))
}
