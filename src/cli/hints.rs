//! What to type instead of a command line that is not valid, where it follows a habit of another tool.

use clap::error::{ContextKind, ContextValue, Error, ErrorKind};
use std::ffi::{OsStr, OsString};

/// Adds to the error in the command line `arguments` what to type instead, if that is known.
pub fn add_hint(mut error: Error, arguments: &[OsString]) -> Error {
    let hint = match error.kind() {
        ErrorKind::InvalidSubcommand => of_command(&error, arguments),
        ErrorKind::UnknownArgument => of_argument(&error, arguments),
        _ => None,
    };
    if let Some(hint) = hint {
        error.insert(ContextKind::Suggested, ContextValue::StyledStrs(vec![hint.into()]));
    }
    error
}

/// The first argument that is no flag, and those behind it: the command, valid or not, and its arguments.
pub fn from_command(arguments: &[OsString]) -> &[OsString] {
    let mut at = 1;
    while let Some(argument) = arguments.get(at) {
        match argument.to_str() {
            Some("--config") => at += 2,
            Some(flag) if flag.starts_with('-') => at += 1,
            _ => return &arguments[at..],
        }
    }
    &[]
}

fn of_command(error: &Error, arguments: &[OsString]) -> Option<String> {
    let command = text_of(error, ContextKind::InvalidSubcommand)?;
    if command == "help" {
        let of = from_command(arguments).get(1).map(|of| format!("{} ", of.to_string_lossy()));
        return Some(format!("for help, use `forkcov {}--help`", of.unwrap_or_default()));
    }
    let is_misspelt = error.get(ContextKind::SuggestedSubcommand).is_some();
    let is_program = command.contains('/') || is_in_path(command);
    (is_program || !is_misspelt).then(|| format!("to run a program, use `forkcov run -- {command}`"))
}

fn of_argument(error: &Error, arguments: &[OsString]) -> Option<String> {
    let flag = text_of(error, ContextKind::InvalidArg)?;
    let command = from_command(arguments).first()?;
    match flag {
        "--branch" | "--branches" if command != OsStr::new("run") => {
            Some("record branches by `forkcov run --branches`: every report shows them then".to_owned())
        }
        _ => None,
    }
}

fn is_in_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|directory| directory.join(program).is_file())
}

fn text_of(error: &Error, kind: ContextKind) -> Option<&str> {
    match error.get(kind)? {
        ContextValue::String(text) => Some(text),
        _ => None,
    }
}
