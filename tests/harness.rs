//! The harness of these tests: a test that could not run is reported as ignored, with the reason, or as failed
//! if what it lacks is demanded.
//!
//! With `HARNESS_SUBJECTS` in its environment this program runs the subjects in place of the tests.

#[macro_use]
extern crate forkcov_testing;

use forkcov_testing::harness;
use forkcov_testing::needs::{self, Lack};
use libtest_mimic::{Arguments, Failed, Trial};
use std::collections::BTreeMap;
use std::env;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    if env::var_os("HARNESS_SUBJECTS").is_some() {
        return harness::run(&Arguments::from_args(), subjects());
    }
    harness::main()
}

fn subjects() -> Vec<Trial> {
    let subject = |name: &str, test: fn() -> Result<(), Failed>| harness::trial(name, test);
    vec![
        subject("passes", || Ok(())),
        subject("gives_up", || needs::give_up(Lack::tool("no-such-tool"))),
        subject("notes", || {
            needs::note(Lack::tool("no-such-tool"));
            Ok(())
        }),
        subject("passes_after_one_that_noted", || Ok(())),
        subject("notes_and_fails", || {
            needs::note(Lack::machine("no-such-right", "a right is lacking"));
            Err("it fails".into())
        }),
        subject("notes_and_panics", || {
            needs::note(Lack::machine("no-such-right", "a right is lacking"));
            panic!("it panics")
        }),
        subject("built_nothing", || {
            needs::note_refusal("cc refuses".to_owned());
            Ok(())
        }),
        subject("built_something", || {
            needs::note_refusal("cc refuses".to_owned());
            needs::note_built();
            Ok(())
        }),
        subject("stops", || {
            needs::note_built();
            needs::note_refusal("cc refuses".to_owned());
            needs::stop()
        }),
    ]
}

/// What is reported of each subject, and whether the run is a success.
fn reported(required: &str) -> (BTreeMap<String, String>, bool) {
    let mut command = Command::new(env::current_exe().unwrap());
    command.args(["--test-threads", "1", "--color", "never"]);
    command.env("HARNESS_SUBJECTS", "1").env("FORKCOV_TESTS_REQUIRE", required);
    let output = command.output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let outcomes = text.lines().filter_map(|line| line.strip_prefix("test ")?.split_once("..."));
    let outcomes = outcomes.map(|(name, outcome)| (name.trim().to_owned(), outcome.trim().to_owned()));
    (outcomes.collect(), output.status.success())
}

#[test]
fn a_lack_makes_a_test_ignored_and_hides_no_failure() {
    let (outcomes, is_success) = reported("");
    let expected = [
        ("passes", "ok"),
        ("gives_up", "ignored (no-such-tool is not installed)"),
        ("notes", "ignored (no-such-tool is not installed)"),
        ("passes_after_one_that_noted", "ok"),
        ("notes_and_fails", "FAILED"),
        ("notes_and_panics", "FAILED"),
        ("built_nothing", "ignored (cc refuses)"),
        ("built_something", "ok"),
        ("stops", "ignored (cc refuses)"),
    ];
    assert_eq!(outcomes, expected.map(|(name, outcome)| (name.to_owned(), outcome.to_owned())).into());
    assert!(!is_success);
}

#[test]
fn what_is_demanded_fails_a_test_that_lacks_it() {
    for required in ["tools", "no-such-tool", "pythons, no-such-tool"] {
        let (outcomes, _) = reported(required);
        assert_eq!((&*outcomes["gives_up"], &*outcomes["notes"]), ("FAILED", "FAILED"), "{required}");
        assert_eq!((&*outcomes["passes"], &*outcomes["built_something"]), ("ok", "ok"), "{required}");
    }
    let (outcomes, _) = reported("pythons,machine,another-tool");
    assert_eq!(outcomes["gives_up"], "ignored (no-such-tool is not installed)");
}
