//! The configuration file: what a flag has that was not given.
//!
//! | file | tells |
//! |---|---|
//! | `file.rs` | which file it is, and which table in it |
//! | `keys.rs` | which keys there are: the flags of the commands, as [`cli`](crate::cli) has them |
//! | `value.rs` | what a value of TOML is as the value of a flag |
//! | `paths.rs` | `[paths]` |
//! | `settings.rs` | all that the file sets, checked |
//! | `merge.rs` | the commands with these settings under their flags |
//!
//! A new flag is a new key by that alone. Whoever acts on options knows nothing of the file.

mod error;
mod file;
mod keys;
mod merge;
mod nearest;
mod paths;
mod settings;
#[cfg(test)]
mod tests;
mod value;

pub use error::Error;

use crate::cli::{Cli, Command};
use clap::{ArgMatches, FromArgMatches};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Why there are no options.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The command line asks for help, or is not understood.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The configuration file is not.
    #[error(transparent)]
    File(#[from] Error),
}

/// The options of the command line `arguments`, which begins with the name of the program, the environment, and the
/// configuration file of the current directory or of `--config`, in this order.
///
/// # Errors
/// See [`Failure`].
pub fn parse(arguments: &[OsString]) -> Result<Cli, Failure> {
    parse_in(Path::new(""), arguments)
}

/// The same, for somebody who is in `directory`.
fn parse_in(directory: &Path, arguments: &[OsString]) -> Result<Cli, Failure> {
    let command = keys::command();
    let given = command.clone().try_get_matches_from(arguments)?;
    let named = given.get_one::<PathBuf>("config").map(PathBuf::as_path);
    let Some(settings) = file::settings(directory, named, &command)? else { return cli(&given) };
    let merged = merge::under_flags(command, &settings, &given);
    let mut cli = cli(&merged.try_get_matches_from(arguments)?)?;
    if let Command::Combine(options) = &mut cli.command {
        options.map.extend(settings.paths);
    }
    Ok(cli)
}

fn cli(matches: &ArgMatches) -> Result<Cli, Failure> {
    Ok(Cli::from_arg_matches(matches)?)
}
