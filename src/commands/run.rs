//! `forkcov run`.

use super::loading::path_maps;
use forkcov::cli::{NOT_EXECUTABLE, NOT_FOUND, RUN_FAILED, RunOptions, TestFramework};
use forkcov::data::Exit;
use forkcov::data::view::Filter;
use forkcov::front_ends::python;
use forkcov::message::{print_error, print_message};
use forkcov::ptrace::{SpawnError, die_of};
use forkcov::quote;
use forkcov::record::{
    self, ContextRules, Framework, Granularity, Output, RunResult, Settings, Target, Verbosity,
};
use forkcov::report::{self, Coverage, summary};
use forkcov::sources::Selection;
use std::ffi::OsString;
use std::io::{Write, stderr};
use std::path::Path;
use std::process::ExitCode;

/// Runs the program, and ends as the program ended: with its exit code, or by the same signal.
pub(crate) fn run(options: &RunOptions) -> ExitCode {
    run_with(options, &settings(options))
}

/// [`run`] for a front end, which has built the program.
pub(crate) fn run_built(options: &RunOptions) -> ExitCode {
    run_with(options, &Settings { advises: false, ..settings(options) })
}

fn run_with(options: &RunOptions, settings: &Settings) -> ExitCode {
    let summarize = |data_file: &Path| print_summary(options, data_file);
    match record::run(settings, &summarize) {
        Ok(RunResult { exit: Exit::Code(0), is_complete: false }) => ExitCode::from(RUN_FAILED),
        Ok(RunResult { exit: Exit::Code(code), .. }) => ExitCode::from(code as u8),
        Ok(RunResult { exit: Exit::Signal(signal), .. }) => die_as_program(signal),
        Err(error) => {
            match error.downcast_ref().and_then(hint) {
                Some(hint) => print_message(&format!("{error}: {hint}")),
                None => print_error(&error),
            }
            if let Some(SpawnError::Killed(_, signal)) = error.downcast_ref() {
                return die_as_program(*signal as i32);
            }
            ExitCode::from(failure_status(&error))
        }
    }
}

/// Dies by the signal that has killed the program.
fn die_as_program(signal: i32) -> ExitCode {
    die_of(signal);
    // The signal did not kill forkcov. A shell would show such a death by this status.
    ExitCode::from(128_u8.wrapping_add(signal as u8))
}

fn settings(options: &RunOptions) -> Settings {
    Settings {
        target: match options.attach {
            Some(pid) => Target::Attach(pid),
            None => Target::Launch(command(options)),
        },
        data_file: options.data_file.data_file.clone(),
        output: match (options.parallel_mode, options.append) {
            (true, _) => Output::HitFiles,
            (false, true) => Output::Append,
            (false, false) => Output::Replace,
        },
        label: options.label.clone(),
        contexts: ContextRules {
            command: options.context_from.clone(),
            variable: options.context_from_env.clone(),
            frameworks: options.test_framework.iter().map(|it| framework(*it)).collect(),
        },
        selection: Selection::from(options),
        granularity: if options.every_line { Granularity::Line } else { Granularity::Block },
        branches: options.branches,
        trampolines_after: options.trampolines_after,
        exit_first_process: options.exit_first_process,
        cache: options.cache,
        log_events: options.log_events.clone(),
        verbosity: match (options.quiet, options.verbose) {
            (true, _) => Verbosity::Quiet,
            (false, true) => Verbosity::Verbose,
            (false, false) => Verbosity::Normal,
        },
        advises: true,
    }
}

/// The program and its arguments.
fn command(options: &RunOptions) -> Vec<OsString> {
    if options.module.is_empty() {
        return options.command.clone();
    }
    let forkcov = std::env::args_os().next().unwrap_or_default();
    python::module_command(&forkcov, &options.module)
}

fn framework(framework: TestFramework) -> Framework {
    match framework {
        TestFramework::Pytest => Framework::Pytest,
        TestFramework::Unittest => Framework::Unittest,
        TestFramework::Googletest => Framework::Googletest,
        TestFramework::Catch2 => Framework::Catch2,
        TestFramework::Doctest => Framework::Doctest,
    }
}

/// What to type instead, if a script is named as if it were a program.
fn hint(error: &SpawnError) -> Option<String> {
    let script = match error {
        SpawnError::NotFound(program) => Path::new(program),
        SpawnError::NotExecutable(path, _) => path,
        _ => return None,
    };
    let interpreter = match script.extension()?.to_str()? {
        "py" => "python3",
        "sh" | "bash" => "bash",
        _ => return None,
    };
    let command = format!("`forkcov run -- {interpreter} {}`", quote::path(script));
    script.is_file().then(|| format!("to run the script, use {command}"))
}

/// The exit status for a run that failed with `error`, as in env(1) and in shells.
fn failure_status(error: &anyhow::Error) -> u8 {
    match error.downcast_ref() {
        Some(SpawnError::NotFound(_)) => NOT_FOUND,
        Some(SpawnError::NotExecutable(..)) => NOT_EXECUTABLE,
        _ => RUN_FAILED,
    }
}

fn print_summary(options: &RunOptions, data_file: &Path) -> anyhow::Result<()> {
    let excluded = options.patterns.exclude.excluded()?;
    let maps = path_maps(&options.data_file.paths)?;
    let rewriter = maps.rewriter();
    let rewrite = rewriter.as_deref();
    let view = report::load_for_totals(data_file, &Filter { rewrite, ..Filter::default() }, &excluded)?.view;
    let totals = Coverage::of(&view).totals;
    let line = summary::line(view.processes.len(), view.programs, totals, data_file);
    let _ = writeln!(stderr(), "{line}");
    Ok(())
}
