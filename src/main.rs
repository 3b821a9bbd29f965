//! `forkcov`: parses the command line, runs a command, prints an error, and chooses the exit status.

mod commands;

use clap::error::ErrorKind;
use forkcov::cli::{self, Cli, Command, RunOptions};
use forkcov::config::{self, ParseError};
use forkcov::front_ends::rustc::become_rustc;
use forkcov::message::{print_lines, print_message};
use std::ffi::OsString;
use std::process::ExitCode;

/// It takes new memory in large pages where the kernel has them: page faults were a third of a cached start.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let arguments: Vec<OsString> = std::env::args_os().collect();
    if let Some(error) = become_rustc(&arguments) {
        print_message(&format!("failed to run rustc: {error}"));
        return ExitCode::from(cli::RUN_FAILED);
    }
    let Cli { command, config, .. } = match config::parse(&arguments) {
        Ok(cli) => {
            print_notes(&cli);
            cli
        }
        Err(failure) => return parse_failed(&failure, &arguments),
    };
    commands::execute(command, config.as_deref())
}

/// Prints what there is to say about the configuration. One command is enough: it is `run`.
fn print_notes(cli: &Cli) {
    if let Command::Run(RunOptions { quiet: false, .. }) = cli.command {
        cli.notes.iter().for_each(|note| print_message(note));
    }
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

/// Whether the command line, valid or not, is one that runs a program.
fn is_run(arguments: &[OsString]) -> bool {
    let is_run = |command: &OsString| command == "run" || cli::FRONT_ENDS.iter().any(|it| command == it);
    cli::from_command(arguments).first().is_some_and(is_run)
}
