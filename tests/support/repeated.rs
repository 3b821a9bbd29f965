//! A test of a program that is repeated `FORKCOV_REPEAT` times, or ignored for a reason.

use crate::program::Program;
use libtest_mimic::Trial;

/// Why it says itself that it is left out, if so.
pub fn ignored(program: &Program) -> Option<String> {
    program.first("ignore").map(str::to_string)
}

/// A test that is repeated, or ignored for a reason.
pub fn trial(
    name: String,
    ignored: Option<String>,
    test: impl Fn() -> Result<(), String> + Send + 'static,
) -> Trial {
    let times = std::env::var("FORKCOV_REPEAT").ok().and_then(|n| n.parse().ok()).unwrap_or(1);
    let repeated = move || {
        (1..=times).try_for_each(|round| {
            test().map_err(|why| if times == 1 { why } else { format!("in round {round} of {times}: {why}") })
        })
    };
    let trial = Trial::test(name, move || repeated().map_err(Into::into));
    match ignored {
        Some(reason) => trial.with_kind(reason).with_ignored_flag(true),
        None => trial,
    }
}
