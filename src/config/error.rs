//! What can be wrong with a configuration file.

use std::io;
use std::path::PathBuf;

/// A configuration file that cannot be used. Every message names it.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The operating system said no, or it is not UTF-8 ([`io::ErrorKind::InvalidData`]).
    #[error("failed to read {path}: {source}")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Somebody named a file that has no table for forkcov.
    #[error("failed to read {path}: it has no [{table}]")]
    NoTable {
        /// The file.
        path: PathBuf,
        /// The table's name.
        table: String,
    },
    /// Something in it is not understood.
    #[error("{path}:{line}: {reason}")]
    At {
        /// The file.
        path: PathBuf,
        /// Where, from 1.
        line: usize,
        /// What is wrong.
        reason: String,
    },
}

/// What is wrong at a byte of a file.
#[derive(Debug)]
pub(super) struct Wrong {
    /// From the file's first byte.
    pub(super) at: usize,
    pub(super) reason: String,
}

impl Wrong {
    pub(super) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}
