//! One test per program: ignored, with the reason, where it cannot run.

use crate::build::missing_tool;
use crate::program::{self, Program};
use crate::repeated::{LeftOut, ignored, trial};
use crate::{dispositions, harness, needs};
use libtest_mimic::Arguments;
use std::process::ExitCode;

/// Runs `test` on every program but those that have the directive `not`; its value is the reason.
pub fn run(not: &str, test: fn(&Program) -> Result<(), String>) -> ExitCode {
    dispositions::are_default();
    let trial = |program: Program| {
        let not = || program.first(not).map(|reason| LeftOut::OnRequest(reason.to_string()));
        let left_out = cannot_run(&program).or_else(not);
        trial(program.name.clone(), left_out, move || test(&program))
    };
    let trials = program::all("").into_iter().map(trial).collect();
    harness::run(&Arguments::from_args(), trials)
}

/// Why a program is left out, if so: a tool or a right is missing, or it says so itself.
fn cannot_run(program: &Program) -> Option<LeftOut> {
    missing_tool(program)
        .or_else(|| program.values("needs").find_map(needs::right))
        .map(LeftOut::Lacking)
        .or_else(|| ignored(program))
}
