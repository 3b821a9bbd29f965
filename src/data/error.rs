//! What can go wrong with files of data.

use crate::quote;
use std::io;
use std::path::{Path, PathBuf};

/// An error of this room. Each names its file.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system reported an error. A full disk is reported here, and by [`Error::Database`].
    #[error("failed to {action} {}: {source}", quote::path(path))]
    Io {
        /// What failed, as a verb.
        action: &'static str,
        /// The file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// A file is damaged, is not what was expected, or was made by another version of forkcov.
    #[error("failed to read {}: {reason}", quote::path(path))]
    Unusable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// SQLite failed to write.
    #[error("failed to write {}: {}", quote::path(path), why(.source))]
    Database {
        /// The data file.
        path: PathBuf,
        /// Why it failed.
        source: rusqlite::Error,
    },
    /// No input had the data of any process. The output is unchanged.
    #[error("nothing to combine into {}{}", quote::path(output), damage(.damaged))]
    NothingToCombine {
        /// The data file that was to be written.
        output: PathBuf,
        /// The inputs that could not be used, and why.
        damaged: Vec<(PathBuf, String)>,
    },
}

/// SQLite's reason. For a full disk, the message of the operating system.
fn why(error: &rusqlite::Error) -> String {
    match error.sqlite_error_code() {
        Some(rusqlite::ErrorCode::DiskFull) => io::Error::from_raw_os_error(libc::ENOSPC).to_string(),
        _ => error.to_string(),
    }
}

impl Error {
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { action, path, source }
    }

    pub(super) fn unusable(path: &Path, reason: impl ToString) -> Self {
        Self::Unusable { path: path.to_owned(), reason: reason.to_string() }
    }
}

/// An I/O error that names its file and keeps its kind.
pub(super) fn named(action: &str, path: &Path, error: &io::Error) -> io::Error {
    io::Error::new(error.kind(), format!("failed to {action} {}: {error}", quote::path(path)))
}

fn damage(damaged: &[(PathBuf, String)]) -> String {
    if damaged.is_empty() {
        return ": `forkcov run -p` leaves hit files to combine".to_owned();
    }
    damaged
        .iter()
        .map(|(path, reason)| format!("; {} is left in place: {reason}", quote::path(path)))
        .collect()
}
