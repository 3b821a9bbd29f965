//! Copies of executables, for users without access to the directory that they are in.

use crate::paths;
use std::io::{Error, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Copies files into a directory, by cp(1).
///
/// A file that the tests had open for writing would also be open in a child that another of their threads is
/// just starting, and could not be executed until that child's exec (ETXTBSY in execve(2)).
pub fn copy_into(directory: &Path, files: impl IntoIterator<Item = PathBuf>) -> Result<()> {
    let mut command = Command::new("cp");
    command.arg("--target-directory").arg(directory).args(files);
    let output = command.output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(Error::other(String::from_utf8_lossy(&output.stderr).trim()))
}

/// Copies forkcov into a directory.
pub fn copy_forkcov_into(directory: &Path) -> Result<()> {
    copy_into(directory, [paths::forkcov().to_owned()])
}
