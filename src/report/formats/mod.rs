//! Reports for other tools that are written from a [`Coverage`](super::Coverage) alone, one file each, listed
//! in [`FORMATS`].
//!
//! To add one, write its file with a `FORMAT`, and add a row to [`FORMATS`]. The command line, the manual
//! pages, the shell completions and the configuration file read this table.

pub mod codecov;
mod format;
pub mod lcov;
pub mod sonarqube;
pub mod xml;

pub use format::{Format, FormatContext};

/// Every format, in the order of `forkcov --help`.
pub const FORMATS: &[Format] = &[lcov::FORMAT, xml::FORMAT, codecov::FORMAT, sonarqube::FORMAT];
