//! `forkcov cargo` and `forkcov go`: several commands, one after the other.

use super::{execute, run_built};
use forkcov::cli::{CargoOptions, Command, FrontEndOptions, GoOptions, RUN_FAILED};
use forkcov::config::{self, ParseError};
use forkcov::data::view::{Filter, View};
use forkcov::front_ends::{self, FrontEndError, TestRun};
use forkcov::message::{print_lines, print_message};
use std::cell::Cell;
use std::ffi::OsString;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{self, ExitCode, ExitStatus};

pub(crate) fn cargo(options: &CargoOptions, config: Option<&Path>) -> ExitCode {
    let forkcov = std::env::current_exe();
    let wrapper = forkcov.as_deref().ok().filter(|_| !options.no_link_dead_code);
    let tests = front_ends::cargo::test_run(&options.front_end.arguments, wrapper);
    run_tests(&options.front_end, tests, config)
}

pub(crate) fn go(options: &GoOptions, config: Option<&Path>) -> ExitCode {
    run_tests(&options.front_end, front_ends::go::test_run(&options.front_end.arguments), config)
}

/// Builds the tests, runs them, and writes the reports. Gives the status of the first step that fails. The
/// reports are written when tests fail, too.
fn run_tests(
    options: &FrontEndOptions,
    tests: Result<TestRun, FrontEndError>,
    config: Option<&Path>,
) -> ExitCode {
    let tests = match tests {
        Ok(tests) => tests,
        Err(error) => return failed(&error.to_string()),
    };
    if let Some(status) = tests.build.as_deref().and_then(build) {
        return status;
    }
    let parse = |command: Vec<OsString>| parse(command, config);
    let data_file;
    let mut status = match parse(front_ends::run_command(options, &tests)) {
        Ok(Command::Run(mut run_options)) => {
            let (selected, patterns) = (&run_options.source, &mut run_options.patterns);
            if selected.is_empty() && patterns.include.is_empty() && patterns.omit.is_empty() {
                patterns.omit = tests.omit;
            }
            data_file = run_options.data_file.data_file.clone();
            run_built(&run_options)
        }
        Ok(_) => unreachable!("a command line of `run`"),
        Err(error) => return failed(&error.to_string()),
    };
    let ran_nothing = !has_sources(&data_file);
    for report in front_ends::reports(options) {
        let written = match parse(report) {
            // Tests that are not there yet, or that could not be built, are no failure of the report.
            Ok(Command::Report(report)) if ran_nothing && report.fail_under.is_none() => {
                print_message("no report: no source that counts has run");
                continue;
            }
            Ok(command) if ran_nothing && !matches!(command, Command::Report(_)) => continue,
            Ok(command) => execute(command, config),
            Err(error) => failed(&error.to_string()),
        };
        if status == ExitCode::SUCCESS {
            status = written;
        }
    }
    status
}

/// Whether the data file has any source.
fn has_sources(data_file: &Path) -> bool {
    let has_any = Cell::new(false);
    let wants = |_: &Path| {
        has_any.set(true);
        false
    };
    let loaded = View::load(data_file, &Filter { wants: &wants, ..Filter::default() });
    // An error is the report's to print.
    loaded.is_err() || has_any.get()
}

/// Builds the tests. Gives a status if that fails.
fn build(command: &[OsString]) -> Option<ExitCode> {
    let status = process::Command::new(&command[0]).args(&command[1..]).status();
    match status {
        Ok(status) if status.success() => None,
        Ok(status) => Some(ExitCode::from(code(status))),
        Err(error) => Some(failed(&format!("failed to run {}: {error}", command[0].to_string_lossy()))),
    }
}

/// The status that a shell gives for one.
fn code(status: ExitStatus) -> u8 {
    status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(RUN_FAILED.into()) as u8
}

/// A command of forkcov's, with the configuration file that the user named.
fn parse(mut command: Vec<OsString>, config: Option<&Path>) -> Result<Command, ParseError> {
    if let Some(config) = config {
        command.splice(1..1, ["--config".into(), config.into()]);
    }
    config::parse(&command).map(|cli| cli.command)
}

fn failed(message: &str) -> ExitCode {
    match message.strip_prefix("error: ").unwrap_or(message) {
        message if message.contains('\n') => print_lines(message),
        message => print_message(message),
    }
    ExitCode::from(RUN_FAILED)
}
