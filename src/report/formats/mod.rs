//! Reports for other tools, one file each, listed in [`FORMATS`]. They have no flags of their own.
//!
//! To add one, write its file with a `FORMAT`, and add a row to [`FORMATS`]. The command line, the manual
//! pages, the shell completions and the configuration file read this table.

pub mod codecov;
mod format;
pub mod sonarqube;
pub mod xml;

pub use format::{Format, FormatInput};

/// Every format, in the order of `forkcov --help`.
pub const FORMATS: &[Format] = &[xml::FORMAT, codecov::FORMAT, sonarqube::FORMAT];
