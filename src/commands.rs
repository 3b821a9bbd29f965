//! The commands, one function each.

mod affected;
mod annotate;
mod by_context;
mod changes;
mod combine;
mod diff;
mod formats;
mod front_ends;
mod github;
mod html;
mod loading;
mod manuals;
mod output;
mod parquet;
mod processes;
mod report;
mod run;

use affected::affected;
use annotate::annotate;
use by_context::tests;
use combine::{combine, erase};
use diff::diff;
use forkcov::cli::{self, Command};
use forkcov::message::print_error;
use formats::{coverage_py, coveralls, format, json, lcov};
use github::github;
use html::html;
use manuals::{completions, man};
use parquet::parquet;
use processes::processes;
use report::report;
use run::{run, run_built};
use std::path::Path;
use std::process::ExitCode;

/// Executes a command, with the configuration file that the user named. Gives the exit status.
pub(crate) fn execute(command: Command, config: Option<&Path>) -> ExitCode {
    let status = match command {
        Command::Run(options) => return run(&options),
        Command::Combine(options) => combine(&options),
        Command::Cargo(options) => return front_ends::cargo(&options, config),
        Command::Go(options) => return front_ends::go(&options, config),
        Command::Report(options) => report(&options),
        Command::Processes(options) => processes(&options),
        Command::Tests(options) => tests(&options),
        Command::Affected(options) => affected(&options),
        Command::Annotate(options) => annotate(&options),
        Command::Diff(options) => diff(&options),
        Command::Html(options) => html(&options),
        Command::Json(options) => json(&options),
        Command::Lcov(options) => lcov(&options),
        Command::Format(command) => format(&command),
        Command::CoveragePy(options) => coverage_py(&options),
        Command::Parquet(options) => parquet(&options),
        Command::Coveralls(options) => coveralls(&options),
        Command::Github(options) => github(&options),
        Command::Erase(options) => erase(&options),
        Command::Completions(options) => completions(&options),
        Command::Man(options) => man(&options),
    };
    status.unwrap_or_else(|error| {
        print_error(&error);
        ExitCode::from(cli::FAILED)
    })
}
