//! `forkcov`: parses the command line, runs a command, prints an error, and chooses the exit status.

mod commands;

use clap::error::ErrorKind;
use forkcov::cli::{self, Command};
use forkcov::config::{self, ParseError};
use forkcov::message::{print_error, print_lines, print_message};
use std::ffi::OsString;
use std::process::ExitCode;

/// It takes new memory in large pages where the kernel has them: page faults were a third of a cached start.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    let command = match config::parse(&arguments) {
        Ok(cli) => cli.command,
        Err(failure) => return parse_failed(&failure, &arguments),
    };
    let status = match command {
        Command::Run(options) => return commands::run(&options),
        Command::Combine(options) => commands::combine(&options),
        Command::Report(options) => commands::report(&options),
        Command::Processes(options) => commands::processes(&options),
        Command::Tests(options) => commands::tests(&options),
        Command::Affected(options) => commands::affected(&options),
        Command::Annotate(options) => commands::annotate(&options),
        Command::Diff(options) => commands::diff(&options),
        Command::Html(options) => commands::html(&options),
        Command::Json(options) => commands::json(&options),
        Command::Lcov(options) => commands::lcov(&options),
        Command::Format(command) => commands::format(&command),
        Command::CoveragePy(options) => commands::coverage_py(&options),
        Command::Parquet(options) => commands::parquet(&options),
        Command::Coveralls(options) => commands::coveralls(&options),
        Command::Github(options) => commands::github(&options),
        Command::Erase(options) => commands::erase(&options),
        Command::Completions(options) => commands::completions(&options),
        Command::Man(options) => commands::man(&options),
    };
    status.unwrap_or_else(|error| {
        print_error(&error);
        ExitCode::from(cli::FAILED)
    })
}

/// Prints help on stdout, or an error in the command line or the configuration on stderr.
fn parse_failed(failure: &ParseError, arguments: &[OsString]) -> ExitCode {
    match failure {
        ParseError::Usage(error) => match error.kind() {
            ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
                let _ = error.print();
                return ExitCode::SUCCESS;
            }
            ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
                let _ = error.print();
            }
            _ => {
                let text = error.render().to_string();
                print_lines(text.strip_prefix("error: ").unwrap_or(&text).trim_end());
            }
        },
        ParseError::File(error) => print_message(&error.to_string()),
    }
    ExitCode::from(if is_run(arguments) { cli::RUN_FAILED } else { cli::FAILED })
}

/// Whether the command line, valid or not, is one of `forkcov run`.
fn is_run(arguments: &[OsString]) -> bool {
    cli::from_command(arguments).first().is_some_and(|command| command == "run")
}
