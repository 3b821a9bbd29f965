//! `forkcov`: parse, dispatch, print one error, choose the exit status.

mod commands;

use clap::Parser;
use clap::error::ErrorKind;
use forkcov::cli::{self, Cli, Command, RunOptions};
use forkcov::complain::complain;
use forkcov::data::Exit;
use forkcov::record;
use std::process::ExitCode;

fn main() -> ExitCode {
    let command = match Cli::try_parse() {
        Ok(cli) => cli.command,
        Err(error) => return not_understood(&error),
    };
    let done = match command {
        Command::Run(options) => return run(&options),
        Command::Combine(options) => commands::combine(&options),
        Command::Report(options) => commands::report(&options),
        Command::Processes(options) => commands::processes(&options),
        Command::Annotate(options) => commands::annotate(&options),
        Command::Diff(options) => commands::diff(&options),
        Command::Html(options) => commands::html(&options),
        Command::Json(options) => commands::json(&options),
        Command::Lcov(options) => commands::lcov(&options),
        Command::Xml(options) => commands::xml(&options),
        Command::CoveragePy(options) => commands::coverage_py(&options),
        Command::Erase(options) => commands::erase(&options),
    };
    done.unwrap_or_else(|error| {
        complain(&message(&error));
        ExitCode::from(cli::FAILED)
    })
}

/// The program's end becomes forkcov's own.
fn run(options: &RunOptions) -> ExitCode {
    match record::run(options) {
        Ok(Exit::Code(code)) => ExitCode::from(code as u8),
        Ok(Exit::Signal(signal)) => {
            record::die_of(signal);
            // Only a signal that does not kill comes here; a shell would show the death so.
            ExitCode::from(128_u8.wrapping_add(signal as u8))
        }
        Err(error) => {
            complain(&message(&error));
            ExitCode::from(record::failure_status(&error))
        }
    }
}

/// Prints help to stdout, or what is wrong with the command line to stderr.
fn not_understood(error: &clap::Error) -> ExitCode {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            let _ = error.print();
        }
        _ => complain(text.strip_prefix("error: ").unwrap_or(&text).trim_end()),
    }
    let is_run = std::env::args_os().nth(1).is_some_and(|command| command == "run");
    ExitCode::from(if is_run { cli::RUN_FAILED } else { cli::FAILED })
}

/// An error with its causes, but for those that it names itself.
fn message(error: &anyhow::Error) -> String {
    error.chain().map(ToString::to_string).fold(String::new(), |message, cause| {
        if message.is_empty() {
            cause
        } else if message.contains(&cause) {
            message
        } else {
            format!("{message}: {cause}")
        }
    })
}
