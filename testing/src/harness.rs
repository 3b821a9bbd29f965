//! Runs the tests of one suite. A test that notes a lack (see [`needs`](crate::needs)) is reported as
//! ignored, with the reason, and never as passed.

use crate::needs;
use libtest_mimic::{Arguments, Completion, Failed, Trial};
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::process::ExitCode;

/// A function with `#[test]`.
#[derive(Debug)]
pub struct Test {
    /// Its path, with the name of the test's crate.
    pub path: &'static str,
    /// The function.
    pub run: fn(),
}

inventory::collect!(Test);

/// Runs the functions with `#[test]`.
pub fn main() -> ExitCode {
    let mut tests: Vec<&Test> = inventory::iter::<Test>.into_iter().collect();
    if tests.is_empty() {
        eprintln!("no test has been registered: is `#[macro_use] extern crate forkcov_testing` missing?");
        return ExitCode::FAILURE;
    }
    tests.sort_by_key(|test| test.path);
    let trial_of = |test: &Test| {
        let run = test.run;
        let (_crate, name) = test.path.split_once("::").unwrap_or(("", test.path));
        trial(name, move || -> Result<(), Failed> {
            run();
            Ok(())
        })
    };
    run(&Arguments::from_args(), tests.into_iter().map(trial_of).collect())
}

/// Runs tests that were made by [`trial`].
pub fn run(arguments: &Arguments, trials: Vec<Trial>) -> ExitCode {
    libtest_mimic::run(arguments, trials).exit_code()
}

/// A test that fails, passes, or is ignored because it notes a lack.
pub fn trial<F, E>(name: impl Into<String>, test: F) -> Trial
where
    F: FnOnce() -> Result<(), E> + Send + 'static,
    E: Into<Failed>,
{
    Trial::ignorable_test(name, || {
        needs::forget();
        let outcome = catch_unwind(AssertUnwindSafe(test));
        let why_ignored = needs::why_ignored();
        match outcome {
            Ok(Err(why)) => return Err(why.into()),
            Err(payload) if !needs::has_given_up(&*payload) => resume_unwind(payload),
            Ok(Ok(())) | Err(_) => {}
        }
        Ok(why_ignored.map_or(Completion::Completed, Completion::ignored_with))
    })
}

/// A test that runs only with `--ignored` or `--include-ignored`, for a reason.
pub fn on_request(reason: impl Into<String>, trial: Trial) -> Trial {
    trial.with_kind(reason).with_ignored_flag(true)
}
