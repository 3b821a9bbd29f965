//! `forkcov codecov`: Codecov's JSON, as described on its page "Codecov Custom Coverage Format".
//!
//! The hits of a line are the number of processes that ran it, or `1/2` if its branches went one of two ways.

use super::super::branches::FileBranches;
use super::super::coverage::{Coverage, FileCoverage};
use super::super::line_counts::LineCounts;
use super::super::naming::file_name_in_json;
use super::super::totals::Part;
use super::format::{Format, FormatInput};
use crate::quote::json;
use crate::sources::Here;
use serde::{Serialize, Serializer};
use std::io::{self, Write};

/// The row of [`FORMATS`](super::FORMATS).
pub const FORMAT: Format = Format {
    name: "codecov",
    about: "Write a report in Codecov's JSON format",
    notes: "\
The hits of a line are the number of processes that ran it, or 1/2 if its branches went one of two ways. File names are relative to the current \
directory: run this in the root of the repository. Codecov also reads the reports of `forkcov lcov` and \
`forkcov xml`.

Example:
  forkcov codecov && codecovcli upload-process --file codecov.json",
    default_output: "codecov.json",
    write,
};

/// Writes the report and a line break.
///
/// # Errors
/// When `out` cannot be written.
pub fn write(input: &FormatInput, out: &mut dyn Write) -> io::Result<()> {
    json::to_writer(
        out,
        &CodecovReport { coverage: CodecovFiles { coverage: input.coverage, here: input.here } },
    )?;
    writeln!(out)
}

#[derive(Serialize)]
struct CodecovReport<'a> {
    coverage: CodecovFiles<'a>,
}

struct CodecovFiles<'a> {
    coverage: &'a Coverage<'a>,
    here: &'a Here,
}

impl<'a> Serialize for CodecovFiles<'a> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entry =
            |file: &'a FileCoverage<'a>| (file_name_in_json(self.here, &file.source.path), LineHits(file));
        serializer.collect_map(self.coverage.files.iter().map(entry))
    }
}

/// The executable lines of a file, each with its hits.
struct LineHits<'a>(&'a FileCoverage<'a>);

impl Serialize for LineHits<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (counts, branches) = (LineCounts::of(self.0.source), FileBranches::of(self.0));
        let hits = |line| match branches.part(line) {
            Some(Part { all, hit }) if hit > 0 && hit < all => Hits::Partial(format!("{hit}/{all}")),
            _ => Hits::Count(counts.at(line)),
        };
        serializer.collect_map(self.0.lines().map(|(line, _)| (line, hits(line))))
    }
}

/// The hits of a line. If its branches did not go every way, how many ways they went, of how many.
#[derive(Serialize)]
#[serde(untagged)]
enum Hits {
    Count(usize),
    Partial(String),
}
