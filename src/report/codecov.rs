//! `forkcov codecov`: Codecov's own JSON, as its page "Codecov Custom Coverage Format" describes it.
//!
//! The hits of a line are the number of processes that ran it.

use super::counts::LineCounts;
use super::coverage::{Coverage, FileCoverage};
use super::names::file_name;
use crate::sources::Here;
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// Writes the report and a line break. File names are relative to `here`.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(coverage: &Coverage, here: &Here, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Report { coverage: Files { coverage, here } })?;
    writeln!(out)
}

#[derive(Serialize)]
struct Report<'a> {
    coverage: Files<'a>,
}

struct Files<'a> {
    coverage: &'a Coverage<'a>,
    here: &'a Here,
}

impl<'a> Serialize for Files<'a> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry = |file: &'a FileCoverage<'a>| (file_name(self.here, &file.source.path), Lines(file));
        serializer.collect_map(self.coverage.files.iter().map(entry))
    }
}

/// The lines of a file, each with its hits. One that is not there has no code.
struct Lines<'a>(&'a FileCoverage<'a>);

impl Serialize for Lines<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let counts = LineCounts::of(self.0.source);
        serializer.collect_map(self.0.lines().map(|(line, _)| (line, counts.at(line))))
    }
}
