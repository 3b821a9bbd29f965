//! One test per program: ignored, with the reason, where it cannot run; repeated `FORKCOV_REPEAT` times.

use crate::build::missing_tool;
use crate::needs;
use crate::program::{self, Program};
use libtest_mimic::{Arguments, Trial};
use std::process::ExitCode;

/// Runs `test` on every program but those that `not` gives a reason for.
pub fn run(not: fn(&Program) -> Option<String>, test: fn(&Program) -> Result<(), String>) -> ExitCode {
    let times = std::env::var("FORKCOV_REPEAT").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let trials = program::all().into_iter().map(|program| trial(program, not, test, times)).collect();
    libtest_mimic::run(&Arguments::from_args(), trials).exit_code()
}

fn trial(
    program: Program,
    not: fn(&Program) -> Option<String>,
    test: fn(&Program) -> Result<(), String>,
    times: usize,
) -> Trial {
    let missing = missing_tool(&program).map(|tool| format!("{tool} is not installed"));
    let ignored = missing
        .or_else(|| program.values("needs").find_map(needs::lacking))
        .or_else(|| program.first("ignore").map(str::to_string))
        .or_else(|| not(&program));
    let name = program.name.clone();
    let repeated = move || {
        (1..=times).try_for_each(|round| {
            test(&program)
                .map_err(|why| if times == 1 { why } else { format!("in round {round} of {times}: {why}") })
        })
    };
    let trial = Trial::test(name, move || repeated().map_err(Into::into));
    match ignored {
        Some(reason) => trial.with_kind(reason).with_ignored_flag(true),
        None => trial,
    }
}
