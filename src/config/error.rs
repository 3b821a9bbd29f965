//! Errors in configuration files.

use crate::quote;
use std::io;
use std::path::PathBuf;

/// A configuration file that cannot be used. Every message names the file.
#[derive(Debug, thiserror::Error)]
pub enum ConfigFileError {
    /// It cannot be read, or is not UTF-8 ([`io::ErrorKind::InvalidData`]).
    #[error("failed to read {}: {source}", quote::path(path))]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// The error.
        source: io::Error,
    },
    /// The user named a file that has no table for forkcov.
    #[error("failed to read {}: it has no [{table}]", quote::path(path))]
    NoTable {
        /// The file.
        path: PathBuf,
        /// The table's name.
        table: String,
    },
    /// A file of coverage.py is not valid.
    #[error("{}: {reason}", quote::path(path))]
    Malformed {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// A key, table or value is not valid.
    #[error("{}:{line}: {reason}", quote::path(path))]
    At {
        /// The file.
        path: PathBuf,
        /// The line, counted from 1.
        line: usize,
        /// What is wrong there.
        reason: String,
    },
}

/// An error at a byte of a file.
#[derive(Debug)]
pub(super) struct ErrorAt {
    /// Offset of the byte in the file.
    pub(super) at: usize,
    pub(super) reason: String,
}

impl ErrorAt {
    pub(super) fn new(at: usize, reason: impl Into<String>) -> Self {
        Self { at, reason: reason.into() }
    }
}
