//! The configuration of coverage.py, read where there is none of forkcov.
//!
//! | file | subject |
//! |---|---|
//! | `ini.rs` | INI files |
//! | `known.rs` | which options there are |
//! | `options.rs` | the options of a file, whatever its format |
//! | `variables.rs` | variables of the environment in their values |
//! | `translate.rs` | the settings of forkcov that they stand for |
//!
//! The files, their order and their options are those of coverage.py 7.17.

mod ini;
mod known;
mod options;
#[cfg(test)]
mod tests;
mod translate;
mod variables;

use super::content::text_with;
use super::error::ConfigFileError;
use super::settings::FileSettings;
use crate::source_file;
use clap::Command;
use options::Options;
use std::fs;
use std::path::{Path, PathBuf};

/// The files to look for. The first that has an option that coverage.py knows is used.
const FILES: [&str; 5] = [".coveragerc", ".coveragerc.toml", "setup.cfg", "tox.ini", "pyproject.toml"];

/// Whether a file of this name, which the user has given, can only be one of coverage.py.
pub(super) fn is_name(path: &Path) -> bool {
    let is_ini = || path.extension().is_some_and(|extension| extension == "cfg" || extension == "ini");
    path.file_name().is_some_and(|name| name == FILES[0] || name == FILES[1]) || is_ini()
}

/// The variable of the environment that names another file than `.coveragerc`.
const VARIABLE: &str = "COVERAGE_RCFILE";

/// The settings of the file that the environment names, or else of the first file in `directory` that has
/// any. `command` has the subcommands of forkcov.
pub(super) fn settings(directory: &Path, command: &Command) -> Result<Option<FileSettings>, ConfigFileError> {
    if let Some(named) = std::env::var_os(VARIABLE).filter(|named| !named.is_empty() && named != FILES[0]) {
        let path = directory.join(named);
        let text = fs::read_to_string(&path)
            .map_err(|source| ConfigFileError::Unreadable { path: path.clone(), source })?;
        return of_file(path, &text, true, command);
    }
    for name in FILES {
        let path = directory.join(name);
        // coverage.py skips what it cannot read, too.
        let Ok(content) = source_file::read(&path) else { continue };
        // A file of several tools that does not mention coverage.py need not be valid.
        let mention = match name {
            _ if is_own(name) => "",
            "pyproject.toml" => "coverage",
            _ => "[coverage:",
        };
        let Some(text) = text_with(mention, content, &path)? else { continue };
        let settings = of_file(path, &text, is_own(name), command)?;
        if settings.is_some() {
            return Ok(settings);
        }
    }
    Ok(None)
}

/// The settings of the file `path` with the content `text`; `None` if it has no option that coverage.py
/// knows.
pub(super) fn of_text(
    path: PathBuf,
    text: &str,
    command: &Command,
) -> Result<Option<FileSettings>, ConfigFileError> {
    let is_own = path.file_name().and_then(|name| name.to_str()).is_some_and(is_own);
    of_file(path, text, is_own, command)
}

/// [`of_text`]; a file that `is_own` belongs to coverage.py alone.
fn of_file(
    path: PathBuf,
    text: &str,
    is_own: bool,
    command: &Command,
) -> Result<Option<FileSettings>, ConfigFileError> {
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let malformed = |reason| ConfigFileError::Malformed { path: path.clone(), reason };
    let options = Options::parse(text, name, is_own).map_err(malformed)?;
    if !is_own && !options.has_known() {
        return Ok(None);
    }
    translate::settings(&options, &path, command).map(Some)
}

/// Whether a file of this name belongs to coverage.py alone.
fn is_own(name: &str) -> bool {
    FILES[..2].contains(&name)
}
