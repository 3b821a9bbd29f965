//! How things are called in reports: files, signals, endings.

use crate::data::Exit;
use crate::signal_name::signal_name;
use crate::sources::Here;
use std::path::Path;

/// The name of a source file: relative to the current directory when below it.
pub(super) fn file_name(here: &Here, path: &Path) -> String {
    here.relative(path).to_string_lossy().into_owned()
}

/// How a process ended, in a word or two.
pub(super) fn ending(exit: Option<Exit>) -> String {
    match exit {
        Some(Exit::Code(code)) => format!("exit {code}"),
        Some(Exit::Signal(number)) => signal_name(number),
        None => "unknown".to_owned(),
    }
}
