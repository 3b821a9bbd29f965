//! The configuration file: values for flags that are not given.
//!
//! | file | subject |
//! |---|---|
//! | `file.rs` | finding the file, and forkcov's table in it |
//! | `content.rs` | the text of a file, if it mentions a tool |
//! | `keys.rs` | the keys: the flags of the commands in [`cli`](crate::cli) |
//! | `value.rs` | converting a TOML value to the value of a flag |
//! | `paths.rs` | `[paths]` |
//! | `minimums.rs` | `[minimum]` |
//! | `coverage_py/` | the files of coverage.py |
//! | `settings.rs` | all settings of a file, checked |
//! | `merge.rs` | making these settings the defaults of flags |
//!
//! Every new flag is a key without further work. The commands do not know about the file.

mod content;
mod coverage_py;
mod error;
mod file;
mod keys;
mod merge;
mod minimums;
mod nearest;
mod paths;
mod settings;
#[cfg(test)]
mod tests;
mod value;

pub use error::ConfigFileError;

use crate::cli::{Cli, Command, add_hint, options_first};
use crate::quote;
use clap::{ArgMatches, FromArgMatches};
use settings::CoveragePyFile;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Why a command line was not parsed.
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// The command line asks for help, or is not valid.
    #[error(transparent)]
    Usage(#[from] clap::Error),
    /// The configuration file is not valid.
    #[error(transparent)]
    File(#[from] ConfigFileError),
}

/// Parses the command line `arguments`, which begins with the name of the program, with defaults from the
/// environment and from the configuration file of `--config` or of the current directory.
///
/// # Errors
/// See [`ParseError`].
pub fn parse(arguments: &[OsString]) -> Result<Cli, ParseError> {
    parse_in(Path::new(""), arguments)
}

/// [`parse`] with the configuration file of `directory`.
fn parse_in(directory: &Path, arguments: &[OsString]) -> Result<Cli, ParseError> {
    let command = keys::command();
    let arguments = &*options_first(&command, arguments);
    let given = command.clone().try_get_matches_from(arguments);
    let given = given.map_err(|error| add_hint(error, arguments))?;
    let named = given.get_one::<PathBuf>("config").map(PathBuf::as_path);
    let Some(settings) = file::settings(directory, named, &command)? else { return cli(&given) };
    let merged = merge::under_flags(command, &settings, &given);
    let mut cli = cli(&merged.try_get_matches_from(arguments)?)?;
    cli.notes.extend(settings.coverage_py.as_ref().and_then(unused));
    match &mut cli.command {
        Command::Combine(options) => options.map.extend(settings.paths),
        command => {
            if let Some(file) = command.reported() {
                file.paths = settings.paths;
            }
        }
    }
    if let Command::Report(options) = &mut cli.command {
        options.minimum.extend(settings.minimums);
    }
    Ok(cli)
}

/// What the user is to know of a file of coverage.py.
fn unused(file: &CoveragePyFile) -> Option<String> {
    let CoveragePyFile { path, unused } = file;
    (!unused.is_empty()).then(|| {
        format!("{}: no effect on forkcov: {}", quote::path(path), quote::name(unused.join(", ").as_bytes()))
    })
}

fn cli(matches: &ArgMatches) -> Result<Cli, ParseError> {
    Ok(Cli::from_arg_matches(matches)?)
}
